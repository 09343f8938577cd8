"""Fewest polyhedra, against partitions that are tried one after the other, and known figures."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.geometry import fewest as module
from piecewise_mt.geometry.fewest import Member, fewest, union_of
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined, union

NAMES = ("x", "y")


def box(left, low, right, high, strict=(False, True, False, True)):
    rows = [(-left, 1, 0), (right, -1, 0), (-low, 0, 1), (high, 0, -1)]
    return Polyhedron(NAMES, [], list(zip(rows, strict, strict=True)))


def partitions(items):
    """All partitions of a list."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for own in partitions(rest):
        for k in range(len(own)):
            yield [*own[:k], [first, *own[k]], *own[k + 1 :]]
        yield [[first], *own]


def one_polyhedron(parts):
    """Whether parts make up one polyhedron, joined in every order of pairs or all at once."""
    return union_of([Member(part) for part in parts]) is not None


def fewest_by_trial(parts):
    known = {}

    def good(block):
        key = tuple(block)
        if key not in known:
            known[key] = one_polyhedron([parts[i] for i in block])
        return known[key]

    return min(len(own) for own in partitions(list(range(len(parts)))) if all(good(b) for b in own))


def contained(parts, point):
    return sum(part.contains(point) for part in parts)


grid = st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(grid)
def test_unions_of_unit_squares_are_fewest(cells):
    parts = [box(i, j, i + 1, j + 1) for i, j in sorted(cells)]
    found = fewest(parts)
    assert len(found) == fewest_by_trial(parts)
    for a, b in itertools.product(range(7), repeat=2):
        point = (Fraction(a, 2), Fraction(b, 2))
        assert contained(found, point) == contained(parts, point)


pieces_of_a_line = st.lists(st.booleans(), min_size=1, max_size=9)


@given(pieces_of_a_line)
def test_points_and_open_intervals_of_a_line(present):
    """The fewest intervals are as many as the runs of what is there: (k, k+1) and {k} in turn."""
    parts = []
    for k, is_there in enumerate(present):
        if is_there:
            half = k // 2
            rows = [(-half, 1), (half + 1, -1)]
            parts.append(
                Polyhedron(("x",), [], [(row, True) for row in rows])
                if k % 2
                else Polyhedron(("x",), [(-half, 1)])
            )
    runs = sum(own and not before for own, before in zip(present, [False, *present], strict=False))
    assert len(fewest(parts)) == runs


faces = st.sets(st.tuples(st.sampled_from((-1, 0, 1)), st.sampled_from((-1, 0, 1))), max_size=7)


@settings(max_examples=20, deadline=None)
@given(faces)
def test_strata_of_a_cross_with_any_missing(signs):
    """Quadrants, half-axes and the origin: half-open unions and lower-dimensional pieces."""
    parts = []
    for signs_of in sorted(signs):
        equations = [tuple(int(k == i + 1) for k in range(3)) for i in (0, 1) if not signs_of[i]]
        above = [
            (tuple(signs_of[i] * int(k == i + 1) for k in range(3)), True)
            for i in (0, 1)
            if signs_of[i]
        ]
        parts.append(Polyhedron(NAMES, equations, above))
    found = fewest(parts)
    assert len(found) == (fewest_by_trial(parts) if parts else 0)
    for point in itertools.product((-1, 0, 1), repeat=2):
        assert contained(found, point) == (point in signs)


def test_a_union_of_two_is_that_of_pairs():
    boxes = [box(*own) for own in [(0, 0, 1, 1), (1, 0, 2, 1), (0, 0, 2, 2), (3, 0, 4, 1)]]
    for one, other in itertools.combinations(boxes, 2):
        member = union_of([Member(one), Member(other)])
        assert (None if member is None else member.part) == union(one, other)


def test_a_wheel_that_pairs_miss():
    """Four rectangles around a square: no two of the five have a convex union."""
    wheel = [box(0, 0, 2, 1), box(2, 0, 3, 2), box(1, 2, 3, 3), box(0, 1, 1, 3), box(1, 1, 2, 2)]
    assert len(joined(wheel)) == 5
    assert [str(part) for part in fewest(wheel)] == ["0 <= x < 3, 0 <= y < 3"]


def test_pairs_that_are_joined_too_early():
    """Joined in order, the left two squares leave three pieces; two are possible."""
    parts = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 1, 2), box(0, 2, 1, 3), box(2, 0, 3, 1)]
    assert len(fewest(parts)) == 2


def test_many_are_joined_by_pairs_and_some_are_grown(monkeypatch):
    wheel = [box(0, 0, 2, 1), box(2, 0, 3, 2), box(1, 2, 3, 3), box(0, 1, 1, 3), box(1, 1, 2, 2)]
    far = [box(10 * k, 50 + k * k, 10 * k + 1, 51 + k * k) for k in range(6)]
    monkeypatch.setattr(module, "FEW", 4)
    assert len(fewest([*wheel, *far])) == 1 + len(far)
    monkeypatch.setattr(module, "MANY", 4)
    assert len(fewest([*wheel, *far])) == 5 + len(far)


def test_a_search_that_is_cut_short_gives_what_pairs_give(monkeypatch):
    wheel = [box(0, 0, 2, 1), box(2, 0, 3, 2), box(1, 2, 3, 3), box(0, 1, 1, 3), box(1, 1, 2, 2)]
    more = [*wheel, box(5, 5, 6, 6)]
    monkeypatch.setattr(module, "MOST_TRIALS", 0)
    assert len(fewest(more)) == 6
    monkeypatch.setattr(module, "MOST_CHOICES", 3)
    assert len(fewest(more)) == 6


# -- the search ----------------------------------------------------------------------------


def squares(cells):
    return [Member(box(i, j, i + 1, j + 1)) for i, j in cells]


def test_closed_choices_of_squares_are_boxes():
    """What two squares of a grid require is all of the least box around them, if it is there."""
    every = list(itertools.product(range(3), repeat=2))
    for missing in [None, (1, 1), (0, 1), (2, 2)]:
        cells = [cell for cell in every if cell != missing]
        own = module._Choices(squares(cells), module.Trials())
        boxes = {1 << i for i in range(len(cells))}
        for one, other in itertools.combinations(range(len(cells)), 2):
            (a, b), (c, d) = cells[one], cells[other]
            around = set(
                itertools.product(range(min(a, c), max(a, c) + 1), range(min(b, d), max(b, d) + 1))
            )
            found = own.closed(1 << one, 1 << other)
            if missing in around:
                assert found is None
            else:
                assert {cells[k] for k in module.places(found)} == around
                boxes.add(found)
                assert own.union(found).part == box(
                    min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1
                )
        # all rectangles of the grid that are there
        assert own._all() == boxes
        left = own.trials.left
        assert all(own.union(1 << k) is member for k, member in enumerate(own.members))
        assert own.trials.left == left
        choice, union = own.grown()
        assert choice in boxes and choice.bit_count() > 2 and union is own.union(choice)


def test_places_of_a_choice():
    assert list(module.places(0)) == [] and list(module.places(0b1011001)) == [0, 3, 4, 6]


class Stated:
    """Choices of which it is stated which have unions."""

    def __init__(self, count, unions):
        self.members = range(count)
        self.unions = unions
        self.trials = module.Trials()

    def union(self, choice):
        return choice if choice in self.unions else None


def fewest_choices(rest, unions):
    """By trial of everything."""
    if not rest:
        return 0
    first = rest & -rest
    return 1 + min(fewest_choices(rest & ~c, unions) for c in unions if c & first and not c & ~rest)


@pytest.mark.parametrize("seed", range(8))
def test_partitions_into_fewest_choices(seed, monkeypatch):
    draw = random.Random(seed)
    for _ in range(12):
        count = draw.randint(2, 7)
        closed = {1 << i for i in range(count)}
        closed |= {draw.randrange(1, 1 << count) for _ in range(draw.randint(0, 9))}
        unions = {c for c in closed if c.bit_count() == 1 or draw.random() < 0.7}
        unions -= {(1 << count) - 1}  # which is tried before
        least = fewest_choices((1 << count) - 1, unions)
        for known in (least, least + 1, count, count + 1):
            found = module._Search(Stated(count, unions), closed).fewest(known)
            if least >= known:
                assert found is None
                continue
            assert len(found) == least and {c for _, c in found} <= unions
            assert sum(c for _, c in found) == (1 << count) - 1
            assert [place for place, _ in found] == sorted(next(module.places(c)) for _, c in found)
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    assert module._Search(Stated(4, {1, 2, 4, 8, 3, 12}), {1, 2, 4, 8, 3, 12}).fewest(4) is None
    monkeypatch.setattr(module, "MOST_STEPS", 10)
    found = module._Search(Stated(4, {1, 2, 4, 8, 3, 12}), {1, 2, 4, 8, 3, 12}).fewest(4)
    assert found == [(0, 3), (2, 12)]


def test_exactly_as_many_as_are_few(monkeypatch):
    """The thresholds: one more, and pairs alone are joined, or larger unions grown."""
    wheel = [box(0, 0, 2, 1), box(2, 0, 3, 2), box(1, 2, 3, 3), box(0, 1, 1, 3), box(1, 1, 2, 2)]
    apart = [*wheel, box(9, 9, 10, 10)]
    monkeypatch.setattr(module, "MANY", 6)
    assert len(fewest(apart)) == 2
    assert [len(own) for own in [module.fewest_alike([(p, 0) for p in apart])]] == [2]
    monkeypatch.setattr(module, "MANY", 5)
    assert len(fewest(apart)) == 6
    found = module.fewest_alike([(p, 0) for p in apart])
    assert [part for part, _ in found] == apart and {own for _, own in found} == {0}
    monkeypatch.setattr(module, "MANY", 100)
    monkeypatch.setattr(module, "FEW", 0)
    assert len(fewest(apart)) == 2
    monkeypatch.setattr(module, "GROWN", 6)
    assert len(fewest(apart)) == 2
    monkeypatch.setattr(module, "GROWN", 5)
    assert len(fewest(apart)) == 6
    # pairs are joined all the same
    assert len(fewest([*apart, box(10, 9, 11, 10), box(9, 10, 11, 11)])) == 6


# -- sets ----------------------------------------------------------------------------------


def test_solution_sets_are_printed_joined_and_iterated_as_they_are():
    x, y, z = mt.variables("x y z")
    ball = mt.sublevel_set(mt.max(abs(x), abs(y)), 1)
    # before: 16 polyhedra, {0 >= y >= x > -1} ∪ {0 >= x > y > -1} ∪ …
    assert str(ball) == "{-1 <= x <= 1, -1 <= y <= 1}"
    assert ball.to_latex() == r"\{-1 \leq x \leq 1,\; -1 \leq y \leq 1\}"
    assert ball._repr_latex_() == f"${ball.to_latex()}$"
    assert len(ball) == len(list(ball)) == len(ball.polyhedra) == 16
    assert len(ball.merged()) == 1 and ball.merged().merged() is ball.merged()
    assert ball.merged().dimension == 2
    for point in itertools.product((-2, -1, Fraction(-1, 3), 0, 1, 2), repeat=2):
        assert ball.contains(point) == ball.merged().contains(point)
        assert sum(part.contains(point) for part in ball) <= 1
    # before: {x < -3} ∪ {x > 3} ∪ {x = -3} ∪ {x = 3}
    assert str(mt.sublevel_set(-abs(x), -3)) == "{x <= -3} ∪ {x >= 3}"
    # before: {-1 < x <= 0} ∪ {0 < x < 1} ∪ {x = -1} ∪ {x = 1}
    assert str(mt.argmin(mt.max(abs(x) - 1, 0))) == "{-1 <= x <= 1}"
    flat = mt.argmin(mt.max(abs(x) - 1, 0, abs(y) - 1))
    assert str(flat) == "{-1 <= x <= 1, -1 <= y <= 1}"
    cube = mt.sublevel_set(mt.max(abs(x), abs(y), abs(z)), 1)
    assert len(cube) == 48 and str(cube) == "{-1 <= x <= 1, -1 <= y <= 1, -1 <= z <= 1}"
    # a sphere is no polyhedron: its sides, half-open
    assert len(mt.level_set(mt.max(abs(x), abs(y)), 1).merged()) == 4
    assert str(mt.zero_set(x - x - 1)) == "∅" and not mt.zero_set(x - x - 1).merged().polyhedra
    # open sets stay open, and a point that is missing splits a line
    assert str(mt.difference_set(abs(x), 0)) == "{x < 0} ∪ {x > 0}"


def test_sets_of_many_polyhedra_are_printed_as_they_are():
    x = mt.variable("x")
    parts = [Polyhedron(("x",), [(-k, 1)]) for k in range(60)]
    shown = mt.PolyhedralSet(("x",), parts, 0)
    assert str(shown).count("∪") == 59
    assert str(mt.zero_set(x)) == "{x = 0}"


# -- representations -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def projection():
    """Onto the simplex of R^3: relu(x - t), t the largest of (s_k - 1)/k for sums of k largest."""
    x = mt.vector("x", 3)
    s = mt.sort(x, ties="average")
    sums = [s[2], s[2] + s[1], s[2] + s[1] + s[0]]
    t = mt.max(*((own - 1) / k for k, own in enumerate(sums, start=1)), ties="average")
    return mt.relu(x - t, at_zero=0).represent()


def test_the_projection_onto_the_simplex(projection):
    """By formula 7, one for each face of the simplex; the least distance is the check."""
    by_gradient, by_formula = projection.merged(), projection.merged(by="formula")
    assert (len(projection), len(by_gradient), len(by_formula)) == (49, 19, 7)
    assert mt.check(by_gradient).ok and mt.check(by_formula).ok
    assert len(by_gradient.merged(by="formula")) == 7
    for point in itertools.product((-1, 0, Fraction(1, 3), 1, 2), repeat=3):
        found = by_formula.value(point)
        assert found == projection.value(point) == by_gradient.value(point)
        assert projection.gradient(point) == by_gradient.gradient(point)
        assert sum(found) == 1 and min(found) >= 0
        normal = [p - v for p, v in zip(point, found, strict=True)]
        # the normal cone: no corner is further in the direction of x - p
        assert max(normal) == sum(n * v for n, v in zip(normal, found, strict=True))


@pytest.fixture(scope="module")
def middle():
    return mt.median(mt.vector("x", 3), ties="average").represent()


def test_pieces_that_are_unions(middle):
    found = middle.merged(by="formula")
    assert [len(piece.parts) for piece in found] == [2, 2, 2]
    piece = found[0]
    with pytest.raises(mt.PiecewiseError, match=r"one polyhedron, got a union of 2 .*use \.parts"):
        _ = piece.polyhedron
    assert isinstance(piece.set, mt.PolyhedralSet) and len(piece.set) == 2
    assert str(piece.condition) == "((x1 >= x2) & (x3 > x1)) | ((x1 >= x3) & (x2 > x1))"
    assert piece.dimension == 3 and piece.gradient.tolist() == [[1, 0, 0]]
    assert mt.check(found).ok


def test_tables_of_unions_in_every_format(middle):
    table = middle.merged(by="formula").table()
    assert "merged by formula on R^3, (x1, x2, x3): 3 pieces" in table.to_text(200)
    assert "x3 > x1 >= x2 or x2 > x1 >= x3" in table.to_text(200)
    assert r"x_{3} > x_{1} \geq x_{2} \text{ or } x_{2} > x_{1} \geq x_{3}" in table.to_latex()
    assert "`x3 > x1 >= x2 or x2 > x1 >= x3`" in table.to_markdown()
    assert "x3 &gt; x1 &gt;= x2 or x2 &gt; x1 &gt;= x3" in table.to_html()
    found = middle.merged(by="formula")
    for style in ("table", "cases", "indicator"):
        assert r"\geq" in found.to_latex(style=style)
    assert found.to_html().count("<tr>") >= 4


def test_unions_are_exchanged_evaluated_and_drawn(middle):
    found = middle.merged(by="formula")
    again = mt.Representation.from_json(found.to_json())
    assert [piece.set.merged().polyhedra for piece in again] == [
        piece.set.merged().polyhedra for piece in found
    ]
    assert json.loads(found.to_json())["pieces"][0]["gradient"] == [["1", "0", "0"]]
    assert mt.check(again).ok
    points = list(itertools.product((-1, 0, 2), repeat=3))
    expected = [sorted(point)[1] for point in points]
    assert found.values(points) == again.values(points) == expected
    floats = numpy.array(points, dtype=float)
    assert found.values(floats).tolist() == expected
    assert found.gradients(floats).shape == (27, 1, 3)
    assert all(sum(g) == 1 for g in found.gradients(points))
    value, gradient = found.lambdify(), found.lambdify(gradient=True)
    assert value(0.25, 0.5, 0.75) == 0.5 and gradient(0.25, 0.5, 0.75) == [[0.0, 1.0, 0.0]]
    assert found.to_piecewise().subs({"x1": 1}).free_symbols
    assert found.classify().pieces


def test_a_picture_of_unions():
    pytest.importorskip("matplotlib").use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    x, y = mt.variables("x y")
    rep = mt.median([x, y, 0 * x], ties="average").represent()
    found = rep.merged(by="formula")
    assert [len(piece.parts) for piece in found] == [2, 2, 2]
    axes = found.plot()
    assert axes.get_title() == r"3 pieces on $\mathbb{R}^{2}$, ($x$, $y$)"
    assert found.plot(kind="surface") is not None
    assert found.to_html().count("polygon") >= 6
    pyplot.close("all")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (None, ["x < 0", "x >= 0"]),
        ("-1 <= x <= 1", ["-1 <= x < 0", "0 <= x <= 1"]),
        ("-1 < x < 1", ["-1 < x < 0", "0 <= x < 1"]),
        # moved towards 3/2, or towards -1/2: the tie is on the boundary of neither piece
        ("-1 <= x <= 4", ["-1 <= x < 0", "0 <= x <= 4"]),
        ("x >= 0", ["x >= 0"]),
        ("x <= 0", ["x <= 0"]),
        ("x = 0", ["x = 0"]),
    ],
)
def test_ties_and_the_domain(domain, expected):
    rep = abs(mt.variable("x")).represent(domain)
    found = rep.merged(by="formula")
    assert [str(piece.set).strip("{}") for piece in found] == expected
    assert mt.check(found).ok


@pytest.mark.parametrize(
    "domain", ["x = y", "x + y <= 1 and x >= 0 and y >= 0", "0 <= x < 1 and 0 < y <= 1", "x = 1"]
)
def test_domains_of_every_kind_are_covered_once(domain):
    x, y = mt.variables("x y")
    f = mt.max(x, y, ties="average") - mt.relu(x - y) + abs(x + y - 1)
    rep = f.represent(domain)
    for by in ("gradient", "formula"):
        found = rep.merged(by=by)
        assert mt.check(found).ok
        steps = [Fraction(k, 2) for k in range(-1, 4)]
        for point in itertools.product(steps, repeat=2):
            inside = rep.domain.contains(point)
            assert sum(part.contains(point) for p in found for part in p.parts) == inside


def test_smooth_formulas_stay_apart_where_they_are_not_c1():
    x, y = mt.variables("x y")
    smooth = mt.exp(mt.max(x, y)).represent()
    assert (len(smooth), len(smooth.merged(by="formula"))) == (3, 2)
    assert mt.check(smooth.merged(by="formula")).ok


def test_what_is_refused():
    x, y = mt.variables("x y")
    rep = mt.max(x, y).represent()
    with pytest.raises(mt.PiecewiseError, match="by='gradient' or by='formula', got 'value'"):
        rep.merged(by="value")
    with pytest.raises(mt.Unsupported, match=r"ask every piece for its \.set"):
        mt.relu(x * y).represent().merged(by="formula")
    with pytest.raises(mt.PiecewiseError, match="by='gradient' or by='formula'"):
        rep.merged().merged(by=2)


def test_a_merged_representation_asks_for_the_order_as_the_other_does():
    w, b = mt.variables("w b")
    rep = mt.max(w, b).represent()
    for found in (rep.merged(), rep.merged(by="formula"), rep.merged().merged()):
        with pytest.raises(mt.UnknownVariable, match=r"f\.on\(w, b\)"):
            found.value((1, 2))
        assert found.value({w: 1, b: 2}) == 2
        assert found.to_json()


def test_stated_pieces_are_merged():
    entries = [
        ("x < 0", "0"),
        ("x = 0", "0"),
        ("0 < x < 1", "x"),
        ("x >= 1", "x"),
    ]
    rep = mt.Representation("x", entries, of="relu(x)")
    found = rep.merged()
    assert [str(piece.polyhedron) for piece in found] == ["x <= 0", "x > 0"]
    assert "relu(x), merged on R, (x): 2 pieces" in str(found.table())
    # a gradient that was stated keeps its piece apart, unless formulas alone count
    stated = mt.Representation("x", [("x < 0", "0"), ("x = 0", "0", "1/2"), ("x > 0", "x")])
    assert len(stated.merged()) == 3
    assert [str(piece) for piece in stated.merged(by="formula")] == ["x < 0", "x >= 0"]
    # a function that jumps: nothing is taken for granted
    jump = mt.Representation("x", [("x < 0", "0"), ("x = 0", "5"), ("x > 0", "x")])
    assert len(jump.merged(by="formula")) == 3


def test_a_thousand_pieces_take_no_longer_than_pairs(monkeypatch):
    """Every formula is alone, as in a large network: nothing is tried."""
    tried = []
    original = module.union_of
    monkeypatch.setattr(module, "union_of", lambda m: tried.append(len(m)) or original(m))
    x = mt.vector("x", 6)
    rep = mt.max(x).represent()
    assert len(rep.merged()) == len(rep) == 63 and not tried


def test_curved_sets_are_printed_joined():
    """Before: {x**2 + y**2 < 1} ∪ {x**2 + y**2 = 1}."""
    x, y = mt.variables("x y")
    disk = mt.sublevel_set(x**2 + y**2, 1)
    assert str(disk) == "{x**2 + y**2 <= 1}" and len(disk.merged()) == 1
    assert disk.to_latex() == r"\{x^{2} + y^{2} \leq 1\}"
    for point in ((0, 0), (1, 0), (1, 1)):
        assert disk.contains(point) == disk.merged().contains(point)
