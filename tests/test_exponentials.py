"""Formulas of exponentials: equal ones are found equal, whatever they are written in."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.exponentials import in_exponentials, vanishes
from piecewise_mt.exact.reals import sign_of

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
few = settings(max_examples=40, deadline=None)

rates = st.sampled_from([sympy.Rational(p, q) for p in (-3, -1, 1, 2) for q in (1, 2, 3)])
arguments = st.builds(
    lambda a, b, c: a * X + b * Y + c, rates, st.integers(-1, 1), st.integers(-1, 1)
)
leaves = st.builds(
    lambda f, a: f(a),
    st.sampled_from(
        [sympy.exp, sympy.tanh, sympy.sinh, sympy.cosh, lambda a: 1 / (1 + sympy.exp(-a))]
    ),
    arguments,
)
formulas = st.recursive(
    st.one_of(leaves, st.sampled_from([X, sympy.Integer(2)])),
    lambda own: st.one_of(
        st.builds(lambda a, b: a + b, own, own),
        st.builds(lambda a, b: a * b, own, own),
        st.builds(lambda a: (1 + a**2) ** -1, own),
    ),
    max_leaves=3,
)


def value(formula, at):
    """The value to 60 digits, and the size of its terms."""
    with mpmath.workdps(60):
        found = sympy.lambdify((X, Y), formula, "mpmath")(*at)
        return mpmath.mpf(found)


@few
@given(formulas, st.sampled_from(["rewritten", "derivative", "moved"]))
def test_what_is_0_vanishes_and_nothing_else(formula, kind):
    other = formula.rewrite([sympy.tanh, sympy.sinh, sympy.cosh], sympy.exp)
    difference = formula - other
    if kind == "derivative":
        difference = sympy.diff(formula, X) - sympy.diff(other, X)
    if kind == "moved":
        # an even part: not 0 unless the formula is odd
        difference = formula + formula.xreplace({X: -X, Y: -Y})
    points = [(mpmath.mpf("0.7310"), mpmath.mpf("-0.3170")), (mpmath.mpf("1.91"), mpmath.mpf(2))]
    is_zero = all(abs(value(difference, at)) < mpmath.mpf(10) ** -40 for at in points)
    found = in_exponentials(difference)
    if found is None:  # too long to be written out
        assert difference.count_ops() > 20
        return
    assert (not found.above) == is_zero
    assert found.is_complete


def test_numbers_of_exponentials_have_signs():
    zero = sympy.tanh(sympy.Rational(7, 3)) + 1 - 2 / (1 + sympy.exp(-sympy.Rational(14, 3)))
    assert sign_of(zero) == 0 and sign_of(zero + sympy.exp(-50)) == 1
    assert vanishes(sympy.exp(2) - sympy.E**2) and not vanishes(sympy.exp(2) - 7)
    assert in_exponentials(sympy.cosh(X) ** 2 - sympy.sinh(X) ** 2).constant == 1
    assert in_exponentials(sympy.cosh(X) ** 2 + sympy.sinh(X) ** 2).constant is None


def test_work_is_limited():
    terms = [1 / (1 + sympy.exp(k * X) + sympy.exp(k * Y)) for k in range(1, 40)]
    assert in_exponentials(sympy.Add(*terms)) is None
    assert in_exponentials((1 + sympy.exp(X)) ** 1000) is None


@pytest.mark.parametrize("rate", [1, Fraction(1, 3), Fraction(7, 2)])
def test_tanh_against_sigmoid(rate):
    one, other = mt.tanh(rate * x), 2 * mt.sigmoid(2 * rate * x) - 1
    assert mt.equal(one, other) and not mt.equal(one, mt.sigmoid(rate * x))
    # the tie is everywhere: one piece, whose parameter does not show in value or gradient
    (piece,) = mt.max(one, other).represent()
    assert str(piece.polyhedron) == "everywhere"
    assert mt.max(one, other).value((1,)) == sympy.tanh(rate)
    local = mt.max(one, other).at((1,))
    slope = rate * (1 - sympy.tanh(rate) ** 2)
    assert local.is_differentiable
    (limit,) = local.limits
    assert vanishes(limit.gradient[0] - slope)


def test_what_cancels_leaves_an_affine_kink():
    f = mt.max(mt.tanh(x) + mt.relu(y), 2 * mt.sigmoid(2 * x) - 1 + x)
    assert [str(p) for p in (s.polyhedron for s in f.strata()) if p.dimension == 2] == [
        "x < 0, y < 0", "x > 0, y < 0", "y > max(x, 0)", "x > y > 0",
    ]  # fmt: skip


def test_a_number_that_is_0_refutes_nothing():
    step = sympy.Heaviside(X - Y, 1)
    inner = 2 / (1 + sympy.exp(-2 * X)) - 1
    report = mt.check_gradient(mt.tanh(x) + mt.relu(x - y), [step + 1 - inner**2, -step])
    assert "failed" not in [str(check.verdict) for check in report.checks]
    report = mt.check_gradient(mt.tanh(x) + mt.relu(x - y), [step + 2 - inner**2, -step])
    assert [str(check.verdict) for check in report.checks] == ["failed"] * 3
