"""What the text of many pieces takes a short way to, against the long way."""

from fractions import Fraction

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition import strata as partition
from piecewise_mt.geometry.polyhedron import Polyhedron, irredundant
from piecewise_mt.typeset import conditions
from piecewise_mt.typeset.text_layout import display_width, parts_of, wrapped

small = st.integers(-2, 2)
rows_of_three = st.lists(
    st.tuples(st.tuples(small, small, small, small), st.booleans()), max_size=6
)


@given(rows_of_three)
def test_rows_that_share_nothing_read_as_by_the_general_rules(rows):
    polyhedron = Polyhedron(("a", "b", "c"), [], rows)
    # each twice, as the second comes from what is kept
    short = [conditions.condition_text(polyhedron) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditions, "_apart", lambda rows: None)
        long = conditions.condition_text(polyhedron)
    assert short == [long, long]


def test_a_shared_condition_takes_the_names_of_each_polyhedron():
    rows = [((1, 2, -1), True)]
    texts = [str(Polyhedron(names, [], rows)) for names in (("x", "y"), ("u", "v"), ("x", "y"))]
    assert texts == ["2*x + 1 > y", "2*u + 1 > v", "2*x + 1 > y"]


big = st.integers(-(10**30), 10**30) | small
corners = st.lists(st.tuples(big, big), min_size=1, max_size=6, unique=True)


def _heights(row, points):
    return [sum(c * v for c, v in zip(row, (1, *point), strict=True)) for point in points]


@given(corners, st.lists(st.tuples(big, big), max_size=4), st.booleans())
def test_the_rows_tight_at_generators_are_found_whatever_their_size(points, normals, strict):
    # supporting rows through the hull's points, and rows strictly above them all
    rows = []
    for normal in [(1, 0), (-1, 0), (0, 1), (0, -1), *normals]:
        lowest = min(_heights((0, *normal), points))
        rows += [((-lowest, *normal), False), ((1 - lowest, *normal), strict)]
    for one in points:
        for two in points:
            normal = (one[1] - two[1], two[0] - one[0])
            lowest = min(_heights((0, *normal), points))
            rows.append(((-lowest, *normal), False))
    found = irredundant(("x", "y"), [], rows, [(1, *point) for point in points])
    assert found == Polyhedron(("x", "y"), [], rows)
    tight = [tuple(h == 0 for h in _heights(row, points)) for row, _ in found.inequalities]
    assert all(any(on) and not all(on) for on in tight)
    assert len(set(tight)) == len(tight)


words = st.sampled_from(
    [
        "a",
        "",
        "-",
        "+",
        "=",
        "<",
        ">",
        "<=",
        ">=",
        "==",
        "(1,",
        "2)",
        ",",
        ";",
        "x;",
        "3/2",
        "∇",
        "-1",
    ]
)


@given(st.lists(words, min_size=1, max_size=12), st.integers(1, 12))
def test_text_is_broken_after_commas_and_operators_only(parts, limit):
    text = " ".join(parts)
    pieces = parts_of(text)
    assert "".join(pieces) == text
    ends = [0]
    for k, word in enumerate(parts[:-1]):
        if word[-1:] in (",", ";") or (k and word in ("-", "+", "=", "<", ">", "<=", ">=")):
            ends.append(len(" ".join(parts[: k + 1])) + 1)
    assert [sum(map(len, pieces[:k])) for k in range(len(pieces))] == ends
    lines = wrapped(text, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    longest = max(display_width(piece.rstrip()) for piece in pieces)
    assert all(
        display_width(line) <= max(limit, longest) for line in lines if line == line.rstrip()
    )


def test_lone_variables_keep_their_fractions():
    text = str(Polyhedron(("x", "y"), [], [((-1, 2, 0), True), ((0, 1, -3), False)]))
    assert str(Fraction(1, 2)) in text and text == "x > 1/2, x >= 3*y"


def _polyhedra(f, domain):
    pieces = [p.polyhedron._rows() for p in f.represent(domain=domain)]
    return pieces, [s.polyhedron._rows() for s in f.strata(domain=domain)]


@settings(max_examples=40)
@given(functions(), st.sampled_from([None, "x1 >= 0", "x1 < 1", "x1 > -1, x1 <= 1"]))
def test_the_units_near_a_stratum_say_all_of_it(f, domain):
    if "x1" not in [symbol.name for symbol in f.symbols]:
        domain = None
    near = _polyhedra(f, domain)
    with pytest.MonkeyPatch.context() as patch:
        every = lambda self, word, labels, words: range(len(labels))  # noqa: E731
        patch.setattr(partition.NearUnits, "of", every)
        assert _polyhedra(f, domain) == near


def test_a_strict_row_at_a_corner_only_is_near():
    # x + y > 0 is no facet of the quadrant, but takes its corner away from the piece
    x, y = mt.variables("x y")
    f = sum(mt.max(0, x, ties="last") for x in (x, y)) + mt.max(x + y, 0, ties="last")
    rep = f.represent()
    assert "x >= 0, y >= 0, x + y > 0" in [str(p.polyhedron) for p in rep]
    assert [p.polyhedron.contains((0, 0)) for p in rep].count(True) == 1
