"""Stated representations with polynomial conditions: reading, values, and mt.check of them."""

import itertools
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.consistency import questions
from piecewise_mt.calculus.partition.conditions import read_sets
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, Undecided

x, y = mt.variables("x y")
CAP = [("x**2 + y**2 < 1", "1 - x**2 - y**2"), ("x**2 + y**2 >= 1", "0")]
RING = "abs(x**2 + y**2 - 1)"
INSIDE = ("x**2 + y**2 < 1", "1 - x**2 - y**2", "(-2*x, -2*y)")
OUTSIDE = ("x**2 + y**2 > 1", "x**2 + y**2 - 1", "(2*x, 2*y)")
GRID = [Fraction(k, 2) for k in range(-3, 4)]
POINTS = [*itertools.product(GRID, repeat=2), (Fraction(3, 5), Fraction(-4, 5))]


def verdicts(report):
    return {check.name: str(check.verdict) for check in report.checks}


def test_pieces_with_polynomial_conditions_are_read():
    rep = mt.Representation("x y", CAP)
    assert rep.piece_at((0, 0)).alpha == 1 and rep.piece_at((1, 0)).alpha == 2
    assert rep.value((0, "1/2")) == Fraction(3, 4)
    assert rep.gradient((0, "1/2")) == sympy.Matrix([[0, -1]])
    half = sympy.sqrt(2) / 2
    assert rep.piece_at((half, half)).alpha == 2
    assert rep.value((half / 2, half / 2)) == Fraction(3, 4)
    line = mt.Representation("x y", [("x*y > 0", "x + z*y"), ("x*y <= 0", "0")])
    assert line.value((half, 1)).equals(half + sympy.Symbol("z", real=True))
    assert [p.dimension for p in rep] == [2, 2]
    assert isinstance(rep[0].set, SemialgebraicSet) and rep[0].set.contains(rep[0].witness)
    assert "x**2 + y**2 < 1" in str(rep)
    with pytest.raises(mt.NotPolyhedral, match="ask its .set"):
        rep[0].polyhedron


def test_conditions_in_every_spelling():
    symbols = sympy.symbols("x y", real=True)
    norm = symbols[0] ** 2 + symbols[1] ** 2
    for condition in (x**2 + y**2 < 1, norm < 1, ["x**2 + y**2 < 1"], "1 > x**2 + y**2"):
        rep = mt.Representation("x y", [(condition, "1 - x**2 - y**2"), CAP[1]])
        assert mt.check(rep).ok
    again = mt.Representation("x y", [(rep[0].set, "1 - x**2 - y**2"), (rep[1].set, "0")])
    assert mt.check(again).ok
    # polyhedra among them, and unions
    mixed = [("x**2 < 1", "1 - x**2"), ("x >= 1 or x <= -1", "0")]
    assert mt.check(mt.Representation("x", mixed)).ok


def test_formulas_must_be_c1_on_their_pieces():
    rep = mt.Representation("x", [("x**2 > 1", "1/x"), ("x**2 <= 1", "x")])
    assert rep.value((2,)) == Fraction(1, 2)
    with pytest.raises(mt.PiecewiseError, match=r"in piece 1: expected a C¹ formula.* at \(0,\)"):
        mt.Representation("x", [("x**2 < 1", "1/x"), ("x**2 >= 1", "x")])
    with pytest.raises(mt.PiecewiseError, match="piece 1"):
        mt.Representation("x", [("x**2 < 2", "log(x)")])
    with pytest.raises(mt.NotPolyhedral, match="in piece 1"):
        mt.Representation("x", [("sin(x) < 0", "x")])


@pytest.mark.parametrize("of", [None, "where(x**2 + y**2 < 1, 1 - x**2 - y**2, 0)"])
def test_a_representation_that_is_one(of):
    report = mt.check(mt.Representation("x y", CAP, of=of))
    assert report.ok and not report.undecided


@pytest.mark.parametrize(
    ("entries", "failed", "message"),
    [
        ([("x**2 + y**2 <= 1", "1 - x**2 - y**2"), CAP[1]], "disjoint", "both contain (1, 0)"),
        ([CAP[0], ("x**2 + y**2 > 1", "0")], "cover", "no piece contains (1, 0)"),
        ([("x**2 + y**2 < 1", "1"), CAP[1]], "continuity", "tends to 1 at (1, 0)"),
        ([("x**2 + y**2 < 1", "x"), CAP[1]], "continuity", "f1 tends to"),
        ([CAP[0], ("x**2 + y**2 >= 1 and x > -5", "0")], "cover", "no piece contains"),
    ],
)
def test_what_is_wrong_is_found_with_a_point(entries, failed, message):
    report = mt.check(mt.Representation("x y", entries))
    assert [c.name for c in report.checks if str(c.verdict) == "failed"] == [failed]
    assert message in report.failures[0].message and report.failures[0].point


def test_a_wrong_formula_is_found_with_both_values():
    entries = [CAP[0], ("x**2 + y**2 >= 1", "x")]
    report = mt.check(mt.Representation("x y", entries, of=mt.parse("max(1 - x**2 - y**2, 0)")))
    assert verdicts(report)["formulas"] == "failed"
    data = report.failures[0].data
    assert data["piece"] == 2 and data["found"][0] == report.failures[0].point[0]
    assert data["expected"] == 0


@pytest.mark.parametrize(
    ("tie", "is_consistent"),
    [
        (("x**2 + y**2 = 1", "0", "(0, 0)"), True),
        (("x**2 + y**2 = 1", "z*(x**2 + y**2 - 1)", "(2*z*x, 2*z*y)"), True),
        (("x**2 + y**2 = 1", "0", "(x, y)"), True),
        (("x**2 + y**2 = 1", "0", "(1, 0)"), False),
        (("x**2 + y**2 = 1", "0", "(y, -x)"), False),
    ],
)
def test_gradients_on_a_circle_are_normal_to_it(tie, is_consistent):
    report = mt.check(mt.Representation("x y", [INSIDE, OUTSIDE, tie], of=RING))
    found = verdicts(report)
    assert found["(15)"] == ("passed" if is_consistent else "failed")
    assert found["Corollary 1"] == "passed"
    if not is_consistent:
        (failure,) = [f for f in report.failures if f.check == "(15)"]
        a, b = failure.point
        assert sympy.simplify(a**2 + b**2 - 1) == 0
        g = sympy.Matrix(
            [sympy.sympify(e, {"x": a, "y": b}) for e in tie[2].strip("()").split(", ")]
        )
        assert sympy.simplify(g[0] * b - g[1] * a) != 0


def test_a_wrong_gradient_on_a_set_with_interior():
    wrong = (*INSIDE[:2], "(-2*x, 0)")
    tie = ("x**2 + y**2 = 1", "0")
    found = verdicts(mt.check(mt.Representation("x y", [wrong, OUTSIDE, tie], of=RING)))
    assert found["stated gradients"] == found["(15)"] == found["Corollary 1"] == "failed"


def test_all_parts_of_a_tie_are_tested():
    # the mean of the gradients of max(ax, bx, cx) passes on x = 0, and fails off it
    pieces = [
        ("(a - b)*x > 0 and (a - c)*x > 0", "a*x"),
        ("(b - a)*x > 0 and (b - c)*x > 0", "b*x"),
        ("(c - a)*x > 0 and (c - b)*x > 0", "c*x"),
        ("(a - b)*x = 0 and (a - c)*x > 0", "a*x"),
        ("(a - c)*x = 0 and (a - b)*x > 0", "a*x"),
        ("(b - c)*x = 0 and (b - a)*x > 0", "b*x"),
    ]
    all_three = "(a - b)*x = 0 and (a - c)*x = 0"
    for gradient, expected in (
        ("(x/3, x/3, x/3, a)", "passed"),
        ("(x/2, x/2, x/2, a)", "failed"),
        ("(x/3, x/3, x/3, 0)", "failed"),
    ):
        rep = mt.Representation(
            "a b c x", [*pieces, (all_three, "a*x", gradient)], of="max(a*x, b*x, c*x)"
        )
        report = mt.check(rep)
        assert verdicts(report)["(15)"] == expected
        assert verdicts(report)["cover"] == verdicts(report)["formulas"] == "passed"
    point = next(f.point for f in report.failures if f.check == "(15)")
    assert point[0] == point[1] == point[2]


@pytest.mark.parametrize(
    "f",
    [
        mt.relu(x * y),
        mt.max(x**2 - y, y**2 - x),
        mt.abs(x**2 + y**2 - 1),
        mt.where(x**2 + y**2 < 1, 1 - x**2 - y**2, 0),
        mt.relu(x * y, at_zero=0) + mt.relu(x, at_zero=1),
    ],
)
def test_derived_representations_pass(f):
    assert mt.check(f.represent()).ok
    assert mt.check(f.on(x, y).represent("x**2 + y**2 <= 4")).ok


def test_a_curved_domain_of_a_stated_representation():
    rep = mt.Representation(
        "x y", [("x >= y", "x"), ("x < y", "y")], of=mt.max(x, y), domain="x**2 + y**2 < 1"
    )
    assert mt.check(rep).ok
    few = mt.Representation(
        "x y",
        [("x >= y and x < 1/2", "x"), ("x < y", "y")],
        of=mt.max(x, y),
        domain="x**2 + y**2 < 1",
    )
    (failure,) = mt.check(few).failures
    a, b = failure.point
    assert failure.check == "cover" and a >= Fraction(1, 2) and a**2 + b**2 < 1


def test_what_is_not_decided_is_not_ok(monkeypatch):
    rep = mt.Representation("x y", CAP)
    monkeypatch.setattr(questions, "decide", lambda *_, **__: Undecided("it is late"))
    report = mt.check(rep)
    assert not report.ok and not report.failures
    found = verdicts(report)
    assert found["disjoint"] == found["cover"] == "undecided" and found["continuity"] == "passed"
    assert "not decided: it is late" in report.undecided[0].detail


def test_what_a_solver_says_without_a_proof_is_trusted_only_if_told(monkeypatch):
    rep = mt.Representation("x y", CAP)
    decide = questions.decide

    def unproved(*arguments, **keywords):
        found = decide(*arguments, **keywords)
        return Empty(found.proof, ("z3 0",)) if isinstance(found, Empty) else found

    monkeypatch.setattr(questions, "decide", unproved)
    report = mt.check(rep)
    assert verdicts(report)["disjoint"] == verdicts(report)["cover"] == "undecided"
    assert "trust=True" in report.undecided[0].detail
    assert mt.check(rep, trust=True).ok


SIDES = {
    "x - y": lambda a, b: a - b,
    "x**2 + y**2 - 1": lambda a, b: a * a + b * b - 1,
    "x**2 + y**2": lambda a, b: a * a + b * b,
    "x*y": lambda a, b: a * b,
    "y - x**2": lambda a, b: b - a * a,
    "x**2 - y**2": lambda a, b: a * a - b * b,
}


@settings(max_examples=20, deadline=None)
@given(
    sides=st.lists(st.sampled_from([*SIDES]), min_size=2, max_size=2),
    dropped=st.integers(-1, 8),
    doubled=st.booleans(),
    wrong=st.integers(-1, 8),
)
def test_random_tables_are_judged_as_points_judge_them(sides, dropped, doubled, wrong):
    f = mt.parse(f"relu({sides[0]}) + relu({sides[1]})").on(x, y)
    signs = [s for k, s in enumerate(itertools.product("<=>", repeat=2)) if k != dropped]
    entries = []
    for k, (one, other) in enumerate(signs):
        taken = [side for side, sign in zip(sides, (one, other)) if sign == ">"]
        formula = " + ".join(f"({side})" for side in taken) or "0"
        if k == wrong:
            formula += " + (x - 1)"
        first = "<=" if doubled and k == 0 else one
        entries.append((f"{sides[0]} {first} 0 and {sides[1]} {other} 0", formula))
    rep = mt.Representation("x y", entries, of=f)
    report = mt.check(rep)
    names = ("x", "y")
    sets = [SemialgebraicSet(names, read_sets(condition, names)) for condition, _ in entries]
    assert not {"disjoint", "cover", "formulas"} & {c.name for c in report.undecided}
    for failure in report.failures:
        point = failure.point
        inside = [alpha for alpha, own in enumerate(sets, start=1) if own.contains(point)]
        if failure.check == "cover":
            assert inside == []
        elif failure.check == "disjoint":
            assert len(inside) > 1
        elif failure.check == "formulas":
            values = [rep[alpha - 1].formulas[0].expr for alpha in inside]
            at = dict(zip(sympy.symbols("x y", real=True), point))
            assert any(sympy.expand(v.subs(at) - f.value(point)) != 0 for v in values)
    # what points of a grid show is found
    found = {failure.check for failure in report.failures}
    for point in POINTS:
        inside = [piece for piece, own in zip(rep, sets) if own.contains(point)]
        if not inside:
            assert "cover" in found
        if len(inside) > 1:
            assert "disjoint" in found
        expected = sum(max(SIDES[side](*point), 0) for side in sides)
        if any(piece.formulas[0].value(point) != expected for piece in inside):
            assert "formulas" in found


X, Y = sympy.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("whole", "is_everywhere"),
    [
        (sympy.Piecewise((1 - X**2 - Y**2, X**2 + Y**2 < 1), (0, True)), True),
        (sympy.Piecewise((X, X**2 < 2), (Y, (X * Y > 0) & (X > 0))), False),
        (sympy.Piecewise((1, X * Y > 1), (2, (X < 0) | (X * Y > 0)), (3, X**2 >= Y)), False),
        (sympy.Piecewise((sympy.Piecewise((X, X > Y**2), (Y, True)), X * Y < 0), (0, True)), True),
    ],
)
def test_a_sympy_piecewise_is_read_as_sympy_evaluates_it(whole, is_everywhere):
    rep = mt.Representation("x y", whole)
    for point in POINTS:
        expected = whole.subs(dict(zip((X, Y), map(sympy.Rational, point), strict=True)))
        pieces = [piece for piece in rep if piece.contains(point)]
        assert len(pieces) == (0 if expected is sympy.nan else 1)
        assert all(piece.formulas[0].value(point) == expected for piece in pieces)
    report = mt.check(rep)
    assert verdicts(report)["disjoint"] == "passed"
    assert verdicts(report)["cover"] == ("passed" if is_everywhere else "failed")
    alone = mt.Representation("x y", sympy.Piecewise((X, X**2 + Y**2 < 1)))
    assert mt.check(alone).ok and alone.domain.contains((0, 0))
