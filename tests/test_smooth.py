"""Smooth nodes and formulas: pieces stay polyhedral, formulas and gradients are SymPy's.

Expected values are derivatives of closed formulas by hand, SymPy's own derivative of the
composed formula, or the pointwise chain rule, which shares no code with the formulas of pieces.
"""

from __future__ import annotations

import math

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

X, Y = sympy.symbols("x y", real=True)
T = sympy.Symbol("t")


def scalars():
    return mt.variables("x y")


def conditions(rep):
    return [str(piece.polyhedron) for piece in rep]


def is_zero(entry):
    return sympy.simplify(entry) == 0


# -- closed formulas ---------------------------------------------------------------------------


def test_huber_by_where():
    x, _ = scalars()
    f = mt.where(mt.abs(x) <= 1, mt.square(x) / 2, mt.abs(x) - "1/2")
    rep = f.represent()
    assert [(str(p.polyhedron), p.formula, p.gradient[0]) for p in rep] == [
        ("-1 <= x < 0", X**2 / 2, X),
        ("x < -1", -X - sympy.Rational(1, 2), -1),
        ("0 < x <= 1", X**2 / 2, X),
        ("x > 1", X - sympy.Rational(1, 2), 1),
        ("x = 0", X**2 / 2, 0),
    ]
    assert mt.check(rep).ok and mt.verify_chain_rule(f).ok


def test_softmax_of_a_network():
    x, y = scalars()
    f = mt.softmax([mt.max(x, y), 0])
    rep = f.represent()
    assert conditions(rep) == ["x > y", "x < y", "x = y"]
    p = sympy.exp(X) / (1 + sympy.exp(X))
    slope = p * (1 - p)  # the derivative of the logistic function
    z = sympy.Symbol("z", real=True)
    free = rep[2].gradient.free_symbols - {X, Y}
    gradient = rep[2].gradient.xreplace({next(iter(free)): z})
    expected = sympy.Matrix([[z * slope, (1 - z) * slope], [-z * slope, (z - 1) * slope]])
    assert all(map(is_zero, gradient - expected))
    assert all(condition.holds for condition in rep.tangential_conditions())
    assert mt.equal(f[0] + f[1], 1)


def test_products_of_piecewise_linear_functions():
    x, y = scalars()
    rep = (x * mt.relu(y)).represent()
    assert [(str(p.polyhedron), p.formula) for p in rep][:2] == [("y < 0", 0), ("y > 0", X * Y)]
    (condition,) = rep.tangential_conditions()
    assert condition.expected == 0 and condition.holds and condition.normals == ((0, 1),)
    assert condition.direction == (1, 0)


def test_an_identity_along_the_tie_line():
    x, y = scalars()
    rep = mt.square(mt.max(x, y)).represent()
    (condition,) = rep.tangential_conditions()
    assert condition.expected == 2 * X  # d/dt of t² along (t, t), y being written as x
    assert condition.holds is True
    assert str(condition) == "∂f3/∂x + ∂f3/∂y = 2*x on P3"


def test_kinks_whose_arguments_turn_out_affine():
    x, y = scalars()
    for f, expected in (
        (mt.max(mt.square(x), mt.square(x) + y), ["y < 0", "y > 0", "y = 0"]),
        (mt.relu(x * y - y * x + x), ["x < 0", "x > 0", "x = 0"]),
        (mt.relu((x + y) ** 2 - x**2 - y**2 - 2 * x * y + y), ["y < 0", "y > 0", "y = 0"]),
    ):
        cells = f.on(x, y).strata()
        assert [str(cell.polyhedron) for cell in cells] == expected
    # the product is 0 on every stratum, whatever the tie selects
    f = mt.relu(mt.relu(x) * mt.relu(-x) + y)
    assert f.strata().f_vector == (1, 4, 4)


# -- what is not polyhedral --------------------------------------------------------------------


def test_not_polyhedral_names_the_node_and_the_stratum():
    x, y = scalars()
    f = mt.relu(x * mt.relu(y))
    with pytest.raises(mt.NotPolyhedral, match=r"relu\(x\*relu\(y\)\) on \{y > 0\}"):
        mt.linear_pieces(f)
    assert f.value((2, 3)) == 6 and f.gradient((2, 3)) == sympy.Matrix([[3, 2]])
    g = mt.relu(mt.exp(x) - 2)
    with pytest.raises(mt.NotPolyhedral, match="the whole space"):
        g.strata()
    assert g.value((1,)) == sympy.E - 2 and g.gradient((0,)) == sympy.Matrix([[0]])


def test_irrational_ties_are_decided_or_said_undecided():
    x, _ = scalars()
    root = mt.smooth(sympy.sqrt(T + 2), {T: x * 0})  # √2, exactly
    f = mt.max(root * root, 2)
    assert f.gradient({"x": 0}).shape == (1, 1)
    assert f.value({"x": 0}) == 2
    # SymPy finds the tie of two forms of the Gudermannian function neither equal nor unequal
    one = mt.smooth(sympy.atan(sympy.sinh(T)), {T: x})
    other = mt.smooth(2 * sympy.atan(sympy.tanh(T / 2)), {T: x})
    with pytest.raises(mt.Undecided):
        mt.max(one, other).value((1,))
    report = mt.check(mt.Representation("x", [(True, 2 * sympy.atan(sympy.tanh(X / 2)))], of=one))
    (formulas,) = [check for check in report.checks if check.name == "formulas"]
    assert formulas.verdict == "undecided" and not report.ok
    with pytest.raises(mt.Undecided):
        mt.equal(one, other)


def test_where_with_smooth_sides_must_be_continuous():
    x, y = scalars()
    with pytest.raises(mt.NotContinuous):
        mt.where(x > 0, mt.square(x) + 1, 0).strata()
    assert len(mt.where(x > y, x * y, mt.square(y)).represent()) == 2
    # the tie is a point, which the other side reaches from all around
    norm = mt.abs(x) + mt.abs(y)
    assert mt.where(norm <= 0, 0, x * y).strata().f_vector[0] == 1
    with pytest.raises(mt.NotContinuous):
        mt.where(norm <= 0, 1, x * y).strata()


@pytest.mark.parametrize(
    "formula", [sympy.Abs(T), sympy.Max(T, 0), sympy.sign(T), sympy.floor(T), sympy.Float(0.5) * T]
)
def test_formulas_with_kinks_are_refused(formula):
    x, _ = scalars()
    with pytest.raises(mt.PiecewiseError):
        mt.smooth(formula, {T: x})


def test_functions_that_are_not_smooth_on_a_piece():
    x, y = scalars()
    with pytest.raises(mt.PiecewiseError, match=r"in piece 1, {x < 0}: .* not positive"):
        mt.log(mt.relu(x)).represent()
    with pytest.raises(mt.PiecewiseError, match=r"x is not positive at \(-1,\)"):
        mt.log(x).represent(domain="x >= -1")
    assert len(mt.log(1 + mt.relu(x)).represent()) == 3
    assert len((y / (1 + mt.square(x))).represent()) == 1
    with pytest.raises(mt.PiecewiseError, match=r"x is zero at \(0,\)"):
        (1 / x).represent()
    assert len((1 / x).represent(domain="x >= 1")) == 1


# -- stated formulas ---------------------------------------------------------------------------


def test_a_stated_smooth_representation():
    x, y = scalars()
    f = mt.square(mt.max(x, y))
    good = [("x > y", "x**2", ["2*x", 0]), ("x < y", Y**2), ("x = y", X * Y, [Y, X])]
    assert mt.check(mt.Representation("x y", good, of=f)).ok
    assert mt.check(mt.Representation("x y", good)).ok  # continuity

    def failed(entry):
        report = mt.check(mt.Representation("x y", [*good[:2], entry], of=f))
        return {failure.check for failure in report.failures}

    assert failed(("x = y", "x*y + x - y", ["y + 1", "x - 1"])) == set()
    assert failed(("x = y", "x*y", ["y + 1", "x - 1"])) == {"stated gradients"}
    assert failed(("x = y", "x*y", ["y", "y + 1"])) == {"stated gradients", "(15)"}
    assert failed(("x = y", "x*y + 1")) == {"formulas"}
    jump = mt.check(mt.Representation("x", [("x < 0", "exp(x)"), ("x >= 0", "1 + x**2/2 + x*0")]))
    assert jump.ok
    jump = mt.check(mt.Representation("x", [("x < 0", "exp(x)"), ("x >= 0", "cos(x) + 1")]))
    assert {failure.check for failure in jump.failures} == {"continuity"}


@pytest.mark.parametrize(
    ("condition", "formula"),
    [("x >= 0", "log(x)"), ("x > -1", "1/x"), ("x > 0", "abs(x)**2"), ("x >= 0", sympy.sqrt(X))],
)
def test_a_formula_that_is_not_c1_on_its_piece_names_the_piece(condition, formula):
    with pytest.raises(mt.PiecewiseError, match="in piece 1: expected a C¹ formula"):
        mt.Representation("x", [(condition, formula)])


def test_c1_on_its_piece_is_enough():
    rep = mt.Representation("x", [("x > 1", "log(x)"), ("x <= 1", "x - 1")])
    assert mt.check(rep).ok
    assert rep.gradient((2,)) == sympy.Matrix([[sympy.Rational(1, 2)]])
    assert mt.check(mt.Representation("x", [("x > 1", sympy.sqrt(X)), ("x <= 1", "x")])).ok


def test_verify_chain_rule_and_stampacchia():
    x, y = scalars()
    report = mt.verify_chain_rule(mt.exp(mt.max(x, x)) * y)
    assert report.ok and "full-dimensional preimage" in report.notes[0]
    assert mt.check_stampacchia(x * mt.relu(x) - mt.square(mt.relu(x))).ok
    assert mt.equal(x * mt.abs(x), mt.square(mt.relu(x)) - mt.square(mt.relu(-x)))
    assert not mt.equal(mt.exp(x), 1 + x)


# -- against independent computations ----------------------------------------------------------

heads = st.sampled_from(
    [
        lambda f: mt.square(f),
        lambda f: f * f.ravel()[0],
        lambda f: mt.exp(f.ravel()[0]) + f,
        lambda f: mt.softmax(mt.stack([f.ravel()[0], 0])),
        lambda f: mt.relu(f.ravel()[0]) * f,
    ]
)


@given(functions(max_layers=2), heads)
@settings(max_examples=30, deadline=None)
def test_pieces_agree_with_the_pointwise_chain_rule(f, head):
    g = head(f)
    rep = g.represent()
    for piece in rep:
        at = piece.witness
        value, gradient = g.value(at), g.gradient(at)
        found = rep.value(at)
        assert all(map(is_zero, sympy.Matrix([value]) - sympy.Matrix([found])))
        assert all(map(is_zero, gradient - rep.gradient(at)))


@given(functions(max_layers=2), heads)
@settings(max_examples=15, deadline=None)
def test_the_product_of_the_factors_is_the_gradient(f, head):
    rep = head(f).represent()
    for piece in list(rep)[:6]:
        difference = rep.chain_rule(piece.alpha).product - piece.gradient
        assert all(map(is_zero, (piece.hull.restricted(entry) for entry in difference)))


@given(functions(max_layers=1), heads)
@settings(max_examples=15, deadline=None)
def test_derived_smooth_representations_pass(f, head):
    rep = head(f).represent()
    conditions = rep.tangential_conditions()
    assert all(condition.holds is not False for condition in conditions)
    report = mt.check(rep)
    assert not report.failures


@given(functions(max_layers=2))
@settings(max_examples=15, deadline=None)
def test_strata_do_not_change_when_a_smooth_term_cancels(f):
    """relu(f + x² - x²) has the strata of relu(f): two ways to the same kinks."""
    x = f.variables[0]
    plain = mt.relu(f)
    disguised = mt.relu(f + mt.square(x) - mt.square(x))
    ours = [s.polyhedron for s in disguised.on(*plain.variables).strata()]
    assert [s.polyhedron for s in plain.strata()] == ours


def test_tables_and_json():
    x, y = scalars()
    rep = mt.square(mt.max(x, y)).represent()
    assert "2*x*z" in str(rep)
    assert r"\left(x z + y \left(1 - z\right)\right)^{2}" in rep.table().to_latex()
    from piecewise_mt.interop.json import json_data

    data = json_data(rep)["pieces"][0]
    assert data["affine"] is None and data["formula"] == "x**2"
    assert data["gradient"] == [["2*x", "0"]]


def test_a_smooth_representation_is_a_node():
    """Huber's function of max(x, y), by Theorem 1: closed formulas on the pieces."""
    x, y = scalars()
    huber = mt.Representation(
        "t", [("t < -1", "-t - 1/2"), ("-1 <= t <= 1", "t**2/2"), ("t > 1", "t - 1/2")]
    )
    f = mt.apply(huber, mt.max(x, y))
    m = mt.max(x, y)
    assert mt.equal(f, mt.where(mt.abs(m) <= 1, mt.square(m) / 2, mt.abs(m) - "1/2"))
    assert mt.check(f.represent()).ok and mt.verify_chain_rule(f).ok
    assert f.gradient(("1/2", 0)) == sympy.Matrix([[sympy.Rational(1, 2), 0]])
    # two outputs, one of them affine on every piece
    v = mt.Representation("a b", [("a > b", ["a*b", "a"]), ("a <= b", ["a*b", "b"])])
    both = mt.apply(v, x, y)
    assert mt.equal(both, mt.stack([x * y, mt.max(x, y)]))


def test_gradients_from_elsewhere():
    """SymPy's own derivative of Max(x, y)², and gradients spoilt by hand."""
    x, y = scalars()
    f = mt.square(mt.max(x, y))
    rungs = ["differentiable", "differentiable"]
    sympys = [sympy.diff(sympy.Max(X, Y) ** 2, v) for v in (X, Y)]
    report = mt.check_gradient(f, sympys)
    assert report.ok and [str(v.rung) for v in report.verdicts] == [*rungs, "clarke"]
    assert [v.points for v in report.verdicts[:2]] == [0, 0]  # identities are proofs
    half = [2 * X * sympy.Heaviside(X - Y), 2 * Y * sympy.Heaviside(Y - X, 0)]
    report = mt.check_gradient(f, half)
    (failure,) = report.failures
    (point, _), data = failure.point, failure.data
    assert data["found"] == point and data["expected"] == 2 * point
    report = mt.check_gradient(f, lambda p: [2 * p[0], 0] if p[0] >= p[1] else [0, 2 * p[1]])
    assert [str(v.rung) for v in report.verdicts] == [*rungs, "bouligand"]
    g = mt.exp(mt.abs(x))
    report = mt.check_gradient(g, [sympy.sign(X) * sympy.exp(sympy.Abs(X))])
    assert [str(v.rung) for v in report.verdicts] == [*rungs, "clarke"]
    # floats are no irrational numbers, unless rounding is allowed
    floats, near = (lambda p: [math.exp(p[0])]), "1 <= x <= 2"
    assert not mt.check_gradient(mt.exp(x), floats, near).holds_where_tried
    # at the ends of the domain the derivative is irrational and the rung undecided: no pass
    report = mt.check_gradient(mt.exp(x), floats, near, tolerance="1e-12")
    assert not report.failures and len(report.undecided) == 3 and not report.ok
    assert not report.holds_where_tried


def test_local_analysis_with_smooth_nodes():
    x, y = scalars()
    f = mt.square(mt.relu(x) + 1) * mt.max(x, y)
    at = f.at((0, 0))
    assert at.bouligand == (sympy.Matrix([[0, 1]]), sympy.Matrix([[1, 0]]))
    assert at.directional_derivative((1, 2)) == 2 and not at.is_differentiable
    huber = mt.where(mt.abs(x) <= 1, mt.square(x) / 2, mt.abs(x) - "1/2")
    assert huber.at((1,)).is_differentiable and huber.at((0,)).is_differentiable
    assert mt.exp(mt.abs(x)).at((1,)).derivative == sympy.Matrix([[sympy.E]])
    assert mt.relu(mt.square(x) - 1).at((1,)).bouligand == (
        sympy.Matrix([[0]]),
        sympy.Matrix([[2]]),
    )
