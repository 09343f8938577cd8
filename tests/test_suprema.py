"""Exact Lipschitz constants of smooth functions, against closed formulas and SymPy's maxima."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy.calculus.util import maximum

import piecewise_mt as mt
from piecewise_mt.exact.suprema import MAX_DEGREE, critical_polynomial, supremum

x, y = mt.variables("x y")
X = sympy.Symbol("x", real=True)
HALF = Fraction(1, 2)
BELL = x * mt.exp(-(x**2))


@pytest.mark.parametrize(
    "f, domain, constant",
    [
        ((x**2 + 1) ** HALF, None, 1),  # a limit at infinity
        ((x**2 + 1) ** HALF, "-4 <= x <= 4", 4 / sympy.sqrt(17)),
        (BELL, None, 1),
        (BELL, "1 <= x <= 2", 2 * sympy.exp(-sympy.Rational(3, 2))),
        (mt.abs(x) ** Fraction(3, 2), "-4 <= x <= 4", 3),
        (1 / (1 + x**2), None, 3 * sympy.sqrt(3) / 8),
        (mt.log(1 + x**2), None, 1),
        (mt.sigmoid(x) - mt.relu(x), None, 1),
        (mt.softplus(x) - y, None, sympy.sqrt(2)),
        (BELL + mt.abs(y), None, sympy.sqrt(2)),
        ((x**2 + y**2) ** HALF, "x >= 1", 1),
        (mt.tanh(3 * x), "x >= 1", 3 * (1 - sympy.tanh(3) ** 2)),
        (mt.stack([(x**2 + 1) ** HALF, 2 * x]), None, sympy.sqrt(5)),
        (BELL, "x >= sqrt(2)", 3 * sympy.exp(-2)),
        (mt.square(x), "0 <= x <= sqrt(2)", 2 * sympy.sqrt(2)),
    ],
)
def test_closed_formulas(f, domain, constant):
    assert sympy.simplify(mt.lipschitz(f, 2, domain) - constant) == 0
    report = mt.lipschitz_report(f, 2, domain)
    assert report.is_best and report.proof.verify()


def test_other_norms():
    f = BELL + mt.abs(y)
    assert mt.lipschitz(f, 1) == 1 and mt.lipschitz(f, "inf") == 2
    # both variables at once on a triangle: a bound, which is not attained
    g = mt.smooth(sympy.sqrt(1 + X**2), {X: x}) + mt.smooth(sympy.sqrt(1 + X**2), {X: y})
    assert mt.lipschitz(g, 2, {"x": (0, 1), "y": (0, 1)}) == 1
    assert mt.lipschitz(g, 1, "x + y <= 1, x >= 0, y >= 0") == sympy.sqrt(2) / 2
    with pytest.raises(mt.Undecided):
        mt.lipschitz(g, 2, "x + y <= 1, x >= 0, y >= 0")


def test_what_has_no_bound_is_not_given_one():
    for f, domain in ((x**HALF, "0 < x < 1"), (mt.log(x), "0 < x < 1"), (1 / x, "x > 0")):
        with pytest.raises(mt.Undecided):
            mt.lipschitz(f, 2, domain)
    assert mt.lipschitz(mt.square(x)) == sympy.oo


def test_a_changed_proof_is_found_out():
    report = mt.lipschitz_report(BELL, 2, "1 <= x <= 2")
    (own,) = report.proof.strata
    (best,) = own.suprema
    assert best.verify() and not replace(best, value=best.value / 2).verify()
    assert not replace(best, side=(0, 2)).verify()


polynomials = st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(
    lambda c: sympy.Add(*(k * X**i for i, k in enumerate(c)))
)


@settings(max_examples=6, deadline=None)
@given(polynomials, polynomials, st.integers(-2, 1), st.integers(1, 2))
def test_suprema_are_those_that_sympy_finds(top, inner, low, width):
    side = (sympy.Integer(low), sympy.Integer(low + width))
    for formula in (top**2 / (1 + inner**2), top * sympy.exp(inner), sympy.sqrt(1 + inner**2)):
        found = supremum(formula, X, side)
        assert found is not None and found.verify()
        samples = [
            formula.subs(X, side[0] + sympy.Rational(k * width, 16)).evalf(30) for k in range(17)
        ]
        value = found.value.evalf(30)
        assert all(sample <= value + sympy.Float(10) ** -20 for sample in samples)
        # it is attained at a critical point or an end
        reached = [formula.subs(X, p).evalf(30) for p in (*found.points, *side)]
        assert any(abs(value - r) < sympy.Float(10) ** -20 for r in reached)


def test_against_sympy_maximum():
    for formula in (X / (1 + X**2), X**2 * sympy.exp(-X), (1 - X) ** 2 * (X + 2)):
        domain = sympy.Interval(0, 2)
        found = supremum(formula, X, (sympy.Integer(0), sympy.Integer(2)))
        assert sympy.simplify(found.value - maximum(formula, X, domain)) == 0


OO = sympy.oo
a = sympy.Symbol("a", real=True)


@pytest.mark.parametrize(
    "formula, side, value",
    [
        # at an end, inside, as a limit, and of a constant
        (X**2, (-1, 2), 4),
        (X**2, (-3, 2), 9),
        (-(X**2), (1, 2), -1),
        (-(X**2) + X, (0, 1), sympy.Rational(1, 4)),
        (X / (1 + X**2), (-OO, OO), sympy.S.Half),
        (X / (1 + X**2), (2, OO), sympy.Rational(2, 5)),
        (X**2 / (1 + X**2), (0, OO), 1),
        (-(X**2) / (1 + X**2), (-OO, 0), 0),
        (sympy.Integer(3), (0, 1), 3),
        (X, (-OO, 2), 2),
        # a zero of the slope at an end, and at none
        (X**3 - 3 * X, (-2, 1), 2),
        (X**3 - 3 * X, (-1, 1), 2),
        (X**3, (-1, 1), 1),
        (2 * X + 1, (0, 3), 7),
        # powers and exponentials
        (sympy.sqrt(4 - X**2), (-1, 2), 2),
        (X * sympy.exp(-X), (0, OO), sympy.exp(-1)),
        (X * sympy.exp(-X), (2, OO), 2 * sympy.exp(-2)),
        (sympy.exp(-(X**2)), (-OO, OO), 1),
        (X ** sympy.Rational(3, 2), (0, 4), 8),
        # rational functions of one exponential
        (sympy.exp(X) / (1 + sympy.exp(X)) ** 2, (-OO, OO), sympy.Rational(1, 4)),
        (1 / (1 + sympy.exp(X)), (0, OO), sympy.S.Half),
        (sympy.exp(-X) / (1 + sympy.exp(-X)) ** 2, (-OO, OO), sympy.Rational(1, 4)),
        (sympy.exp(-3 * X) / (1 + sympy.exp(-3 * X)) ** 2, (0, OO), sympy.Rational(1, 4)),
        (sympy.tanh(2 * X + 1), (0, 1), sympy.tanh(3)),
        (1 - sympy.tanh(X) ** 2, (-1, 2), 1),
        (sympy.exp(2 * X) / (1 + sympy.exp(4 * X)), (0, OO), sympy.S.Half),
        # negative powers of what has no zero there
        (1 / X, (1, 2), 1),
        (1 / (X**2 - 2), (2, 3), sympy.S.Half),
        (1 / (X**2 + 1), (-1, OO), 1),
    ],
)
def test_suprema_by_hand(formula, side, value):
    found = supremum(sympy.sympify(formula), X, tuple(map(sympy.sympify, side)))
    assert found is not None and sympy.simplify(found.value - value) == 0
    assert found.verify() and found.rests_on and str(found.value) in found.statement
    # another value, other points, an empty side or lists are no proof
    assert not replace(found, value=found.value + 1).verify()
    assert not replace(found, value=found.value - 1).verify()
    assert not replace(found, points=(*found.points, sympy.Integer(9))).verify()
    assert not replace(found, points=list(found.points)).verify()
    assert not replace(found, side=list(found.side)).verify()
    assert not replace(found, side=found.side[::-1]).verify()


@pytest.mark.parametrize(
    "formula, side",
    [
        (1 / X, (0, 1)),
        (1 / X, (-1, 0)),
        (1 / X, (-1, 1)),
        (X, (0, OO)),
        (X**2, (-OO, 0)),
        (1 / (X**2 - 2), (0, 3)),
        (1 / (X**2 - 2), (0, sympy.sqrt(2))),
        (1 / (X - a), (0, 1)),
        # one pole beside powers that have none
        (1 / (X**2 + 1) + 1 / (X**2 + 2) + 1 / (X**4 + 1) + 1 / (2 * X - 1) + X**2, (0, 1)),
        (X**2 * a, (0, 1)),
        (sympy.exp(X), (-OO, OO)),
        (sympy.log(X), (0, 1)),
    ],
)
def test_what_is_not_bounded_or_not_known_has_no_supremum(formula, side):
    found = supremum(formula, X, tuple(map(sympy.sympify, side)))
    # log(x) on (0, 1) is increasing, so that its supremum may be known
    assert found is None or formula == sympy.log(X) and found.value == 0


class Own(sympy.Symbol):
    """A symbol of a class that somebody derived."""


def test_floats_and_foreign_classes_prove_nothing():
    """They would be equal to what is found anew, as the formula is forged in the same way."""
    side = (sympy.Integer(0), sympy.Integer(1))
    for formula, symbol in (
        (X * sympy.Float(2), X),
        (2 * Own("x", real=True), Own("x", real=True)),
    ):
        found = supremum(formula, symbol, side)
        assert found is not None and float(found.value) == 2 and not found.verify()
    right = supremum(2 * X, X, side)
    assert right.verify() and not replace(right, side=(sympy.Float(0), sympy.Integer(1))).verify()


def test_zeros_of_slopes_are_roots_of_the_polynomial():
    for formula, zeros in (
        (X**4 - 2 * X**2, {-1, 0, 1}),
        ((X**2 - 1) * sympy.exp(X), {-1 - sympy.sqrt(2), sympy.sqrt(2) - 1}),
        ((X**2 + 4) ** sympy.Rational(3, 2), {0}),
        (3 * X ** sympy.Rational(5, 3), {0}),
        (X / (1 + X**2) ** 2, {-1 / sympy.sqrt(3), 1 / sympy.sqrt(3)}),
    ):
        found = critical_polynomial(sympy.diff(formula, X), X)
        assert found is not None and all(sympy.simplify(found.eval(zero)) == 0 for zero in zeros)
    for unknown in (
        sympy.exp(X) + X,
        sympy.exp(sympy.sin(X)),
        X**sympy.pi,
        2**a * X + sympy.exp(X),
        a * X + 1,
    ):
        found = critical_polynomial(unknown, X)
        assert found is None
    high = (X ** (MAX_DEGREE + 2) - X) / 100
    assert supremum(high, X, (sympy.Integer(0), sympy.Integer(1))) is None
    assert supremum(X ** (MAX_DEGREE + 1), X, (sympy.Integer(0), sympy.Integer(1))).value == 1
