"""``mt.check`` on representations typed in as the paper prints them, right and wrong."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sympy import Rational, symbols

import piecewise_mt as mt

X = ["x1", "x2", "x3", "x4"]
MAX4 = mt.max(mt.vector("x", 4))


def equation_19(names=X):
    """(19) with (20) as stated gradients, as text."""
    entries = []
    for k in range(1, 5):
        for tied in combinations(range(4), k):
            others = [names[j] for j in range(4) if j not in tied]
            chain = " = ".join(names[i] for i in tied)
            condition = f"{chain} > max({', '.join(others)})" if others else chain
            formula = " + ".join(f"{names[i]}/{k}" for i in tied)
            gradient = [Fraction(int(X[j] in {names[i] for i in tied}), k) for j in range(4)]
            entries.append((condition, formula, gradient))
    return entries


def failed(rep):
    return {failure.check for failure in mt.check(rep).failures}


def test_17_with_18_passes():
    entries = [
        ("x1 >= max(x2, x3, x4)", "x1", (1, 0, 0, 0)),
        ("x2 > x1 and x2 >= max(x3, x4)", "x2", (0, 1, 0, 0)),
        ("x3 > max(x1, x2), x3 >= x4", "x3", (0, 0, 1, 0)),
        ("x4 > max(x1, x2, x3)", "x4", (0, 0, 0, 1)),
    ]
    report = mt.check(mt.Representation("x1:5", entries, of=MAX4))
    assert report.ok and not report.failures and len(report.checks) == 6


@pytest.mark.parametrize("order", list(permutations(X)))
def test_19_with_20_passes_in_any_order(order):
    assert mt.check(mt.Representation("x1:5", equation_19(list(order)), of=MAX4)).ok


def test_section_4_2_as_printed_fails_and_corrected_passes():
    f = mt.max(*mt.variables("y1 y2"))
    printed = [("y1 < y2", "y1"), ("y1 > y2", "y2"), ("y1 = y2", "(y1 + y2)/2")]
    report = mt.check(mt.Representation("y1 y2", printed, of=f))
    assert not report.ok
    failure = report.failures[0]
    assert failure.check == "formulas"
    (found,), expected = failure.data["found"], failure.data["expected"]
    assert found != expected == f.value(failure.point)
    corrected = [("y1 > y2", "y1"), ("y1 < y2", "y2"), ("y1 = y2", "(y1 + y2)/2")]
    assert mt.check(mt.Representation("y1 y2", corrected, of=f)).ok


def test_each_mistake_fails_for_the_right_reason():
    good = equation_19()
    for drop in (0, 6, 14):
        rep = mt.Representation("x1:5", good[:drop] + good[drop + 1 :], of=MAX4)
        (failure,) = [f for f in mt.check(rep).failures if f.check == "cover"][:1]
        assert not any(piece.contains(failure.point) for piece in rep.entries)
        assert failed(rep) == {"cover"}
    overlap = [*good]
    overlap[4] = ("x1 = x2 >= max(x3, x4)", *good[4][1:])
    rep = mt.Representation("x1:5", overlap, of=MAX4)
    assert failed(rep) == {"disjoint"}
    failure = mt.check(rep).failures[0]
    i, j = failure.data["pieces"]
    assert rep.entries[i - 1].contains(failure.point) and rep.entries[j - 1].contains(failure.point)
    wrong = [*good]
    wrong[4] = (good[4][0], "x1 + x2")
    assert failed(mt.Representation("x1:5", wrong, of=MAX4)) == {"formulas"}
    wrong[4] = (good[4][0], "3*x1 - 2*x2")
    assert failed(mt.Representation("x1:5", wrong, of=MAX4)) == set()
    wrong[4] = (*good[4][:2], (1, 1, 0, 0))
    assert failed(mt.Representation("x1:5", wrong, of=MAX4)) == {"stated gradients", "(15)"}
    # off the formula but consistent: only the first check fails
    wrong[4] = (*good[4][:2], (3, -2, 0, 0))
    assert failed(mt.Representation("x1:5", wrong, of=MAX4)) == {"stated gradients"}
    wrong[4] = good[4]
    wrong[0] = (*good[0][:2], (0, 0, 0, 1))
    assert failed(mt.Representation("x1:5", wrong, of=MAX4)) == {
        "stated gradients",
        "(15)",
        "Corollary 1",
    }


def test_a_gap_of_width_one_billionth():
    rep = mt.Representation(
        "t", [("t > 0.000000001", "t"), ("t <= 0", "0")], of=mt.relu(mt.variable("t"))
    )
    assert failed(rep) == {"cover"}
    points = [f.point[0] for f in mt.check(rep).failures]
    assert all(0 < p <= Rational(1, 10**9) for p in points)


def test_continuity_where_no_function_is_given():
    assert mt.check(mt.Representation("t", [("t > 0", "t"), ("t <= 0", "0")])).ok
    jump = mt.check(mt.Representation("t", [("t > 0", "t"), ("t <= 0", "1")]))
    assert [f.check for f in jump.failures] == ["continuity"] and jump.failures[0].point == (0,)
    # discontinuous at one point only, and along a ray only
    assert not mt.check(mt.Representation("t", [("t > 0", "t"), ("t = 0", "1"), ("t < 0", "t")])).ok
    assert not mt.check(mt.Representation("x y", [("x > 0", "y"), ("x <= 0", "0")])).ok
    assert mt.check(mt.Representation("x1:5", [entry[:2] for entry in equation_19()])).ok


def test_sympy_conditions_unions_piecewise_and_domains():
    a, b = symbols("x y")
    f = mt.abs(mt.variable("x")).on("x", "y")
    rep = mt.Representation((a, b), [(a >= 0, a), (a < 0, -a)], of=f)
    assert mt.check(rep).ok
    union = mt.Representation(
        "x", [(["x > 1", "x < -1"], "x"), ("-1 <= x <= 1", "x")], of=mt.variable("x")
    )
    assert mt.check(union).ok and union.piece_at((2,)).alpha == 1
    piecewise = sympy.Piecewise((a, a > sympy.Max(b, 0)), (b, b > 0), (0, True))
    g = mt.max(mt.variable("x"), mt.variable("y"), 0)
    assert mt.check(mt.Representation("x y", piecewise, of=g)).ok
    either = [("max(x, y) > 0", "x")]
    assert len(mt.Representation("x y", either).entries[0].parts) == 2
    touching = mt.Representation(
        "x y", [("x = max(y, 0)", "x"), ("x > max(y, 0)", "x"), ("x < max(y, 0)", "x")]
    )
    assert mt.check(touching).ok
    half = mt.Representation("x", [("x >= 0", "x")], of=mt.abs(mt.variable("x")), domain="x >= 0")
    assert mt.check(half).ok
    assert "cover" in failed(
        mt.Representation("x", [("x > 0", "x")], of=mt.abs(mt.variable("x")), domain="x >= 0")
    )


@given(functions(max_layers=2), st.data())
@settings(max_examples=40)
def test_derived_representations_pass_and_spoilt_ones_fail(f, data):
    rep = f.represent()
    assert mt.check(rep).ok  # for all values of the free parameters
    if any(piece.gradient.free_symbols for piece in rep):
        return
    x = [v.names[0] for v in f.variables]
    entries = [
        (
            p.polyhedron,
            [mt.affine([row[1:]], mt.stack(list(f.variables)), [row[0]])[0] for row in p.affine],
        )
        for p in rep
    ]
    spoilt = data.draw(st.integers(0, len(entries) - 1))
    condition, formulas = entries[spoilt]
    entries[spoilt] = (condition, [formulas[0] + 1, *formulas[1:]])
    assert failed(mt.Representation(x, entries, of=f)) == {"formulas"}


@given(functions(max_layers=2), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_wrong_pieces_are_shown_where_they_are_wrong(f, data):
    """A formula with an affine form added, whose zeros may cut the piece, or be all of it."""
    rep = f.represent()
    assume(not any(piece.gradient.free_symbols for piece in rep))
    x = mt.stack(list(f.variables))
    spoilt = data.draw(st.integers(0, len(rep) - 1))
    form = [data.draw(st.integers(-2, 2)) for _ in range(f.size * (x.size + 1))]
    rows = [form[i * (x.size + 1) : (i + 1) * (x.size + 1)] for i in range(f.size)]
    entries = [(p.polyhedron, [mt.affine([r[1:]], x, [r[0]])[0] for r in p.affine]) for p in rep]
    part, formulas = entries[spoilt]
    wrong = [own + mt.affine([r[1:]], x, [r[0]])[0] for own, r in zip(formulas, rows, strict=True)]
    entries[spoilt] = (part, wrong)
    names = [v.names[0] for v in f.variables]
    report = mt.check(mt.Representation(names, entries, of=f))
    for failure in report.failures:
        assert failure.check == "formulas" and failure.data["piece"] == spoilt + 1
        assert part.contains(failure.point)
        value = list(sympy.Matrix([f.value(failure.point)]))
        assert list(failure.data["found"]) != value
        step = [r[0] + sum(c * v for c, v in zip(r[1:], failure.point, strict=True)) for r in rows]
        assert [a - b for a, b in zip(failure.data["found"], value, strict=True)] == step
    if part.dimension == x.size:
        assert report.ok == (not any(form))


def test_bad_input_names_the_piece():
    cases = [
        [("exp(x)*y > 0", "x")],
        [("w > 0", "x")],
        [("x > 0", "relu(x)")],
        [("where(x > 0, exp(x), 0) > 1", "x")],
        [("exp(x) > 1", "x")],
        [("x > 0", "x", (1, 2, 3))],
        [("x > 0",)],
        [(3.5, "x")],
        [],
        [("x > 0", "x"), ("x <= 0", ["x", "y"])],
    ]
    for entries in cases:
        with pytest.raises(mt.PiecewiseError) as caught:
            mt.Representation("x y", entries)
        assert "expected" in str(caught.value)
        if entries and len(entries) == 1:
            assert "piece 1" in str(caught.value)


def test_merged_pieces_are_the_same_function_and_no_two_are_left_to_join():
    x, y = mt.variables("x y")
    f = mt.max(x, y, 0, ties="first") + 0 * mt.relu(x, at_zero=0)
    assert [str(p) for p in f.represent().merged()] == [
        "x >= max(y, 0)",
        "y >= 0, y > x",
        "x < 0, y < 0",
    ]
    # flat parts of different pieces join, the tie with its own formula stays
    assert [str(p) for p in mt.relu(mt.clip(x, -1, 1, at_edges=0), at_zero=0).represent().merged()] == [
        "x <= 0", "0 < x < 1", "x >= 1"]  # fmt: skip
    assert len(mt.max(x, y).represent().merged()) == 3


@given(functions(max_layers=2))
@settings(max_examples=30)
def test_merging_keeps_values_and_gradients(f):
    rep = f.represent()
    merged = rep.merged()
    assert len(merged) <= len(rep)
    for piece in rep:
        (holder,) = [p for p in merged.entries if p.contains(piece.witness)]
        assert holder.affine == piece.affine and holder.dimension >= piece.dimension
    if not any(piece.gradient.free_symbols for piece in rep):
        assert mt.check(merged).ok


def test_the_paper_shows_that_each_mistake_is_found():
    from piecewise_mt.paper.variants import mistakes, remark_2, wrong_node

    assert str(remark_2()).split()[-2:] == ["24", "24"]
    text = str(mistakes())
    assert "none: it passes" in text and text.count("cover") == 2 and not wrong_node().ok


@given(
    st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=1, max_size=3),
    st.lists(st.sampled_from(["0", "x", "y", "x + y", "1"]), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_continuity_against_all_pairs_of_closures(rows, formulas, random):
    """Every sign pattern is a piece; an oracle compares all pairs by linear programming."""
    from itertools import product

    from piecewise_mt.geometry.cells import relative_interior

    def polyhedron(signs, closed):
        kept = [(row, s) for row, s in zip(rows, signs, strict=True)]
        equations = [row for row, s in kept if s == 0]
        inequalities = [(tuple(s * c for c in row), not closed) for row, s in kept if s]
        return mt.Polyhedron(("x", "y"), equations, inequalities)

    patterns = [
        s for s in product((1, 0, -1), repeat=len(rows)) if not polyhedron(s, False).is_empty
    ]
    pieces = [(polyhedron(s, False), random.choice(formulas)) for s in patterns]
    rep = mt.Representation("x y", pieces)
    jumps = False
    for p, high in zip(patterns, rep.entries, strict=True):
        for q, low in zip(patterns, rep.entries, strict=True):
            shared = polyhedron(p, True) & polyhedron(q, False)
            cell = relative_interior(shared)
            difference = [a - b for a, b in zip(*high.affine, *low.affine, strict=True)]
            jumps = jumps or (cell is not None and cell.sign(tuple(difference)) != 0)
    (continuity,) = [c for c in mt.check(rep).checks if c.name == "continuity"]
    assert (str(continuity.verdict) == "failed") == jumps


def test_continuity_of_a_thousand_pieces():
    n = 32
    entries = []
    for i in range(n):
        for j in range(n):
            bounds = [f"x >= {i}"] * (i > 0) + [f"x < {i + 1}"] * (i < n - 1)
            bounds += [f"y >= {j}"] * (j > 0) + [f"y < {j + 1}"] * (j < n - 1)
            # the slopes 0, 1, 2, … of a convex function of x plus one of y
            formula = f"{i}*x - {i * (i + 1) // 2} + {j}*y - {j * (j + 1) // 2}"
            entries.append((" and ".join(bounds), formula))
    assert mt.check(mt.Representation("x y", entries)).ok
    entries[437] = (entries[437][0], entries[437][1] + " + 1")
    report = mt.check(mt.Representation("x y", entries))
    assert {failure.check for failure in report.failures} == {"continuity"}
