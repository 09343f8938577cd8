"""Global minima of maxima of smooth functions by multipliers, and proofs that formulas are convex."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.properties.smooth_maxima import smooth_maximum
from piecewise_mt.calculus.smooth.convexity import convex_formula

calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
x, y = mt.variables("x y")
X, Y = SYMBOLS = sympy.symbols("x y", real=True)
small = st.integers(-2, 2)
vectors = st.tuples(small, small)


def operand(gradient, squares, at):
    """gradient·(v - at) + Σ (s·(v - at))², which is convex, with that gradient at the point."""
    p, q = x - at[0], y - at[1]
    total = gradient[0] * p + gradient[1] * q
    for s, t in squares:
        total = total + mt.square(s * p + t * q)
    return total


@st.composite
def maxima(draw):
    """(f, point, gradients): some operands tie at the point, others are lower there."""
    at = draw(vectors)
    gradients = draw(st.lists(vectors, min_size=1, max_size=4))
    squares = [draw(st.lists(vectors, max_size=2)) for _ in gradients]
    operands = [operand(g, s, at) for g, s in zip(gradients, squares)]
    lower = [
        operand(draw(vectors), [draw(vectors)], at) - 1 for _ in range(draw(st.integers(0, 1)))
    ]
    made = mt.max(*operands, *lower) if len(operands) + len(lower) > 1 else operands[0]
    return made.on(x, y), at, gradients


def can_fall(gradients):
    """Whether a direction has a negative product with all of them: perpendicular ones decide."""
    tries = [d for p, q in gradients for d in ((p, q), (-p, -q), (q, -p), (-q, p))]
    tries += [(a + c, b + d) for (a, b), (c, d) in product(tries, tries)]
    return any(all(p * a + q * b < 0 for p, q in gradients) for a, b in tries)


@given(maxima(), st.lists(vectors, min_size=4, max_size=4))
@calm
def test_a_point_is_a_minimum_iff_no_direction_falls(made, others):
    f, at, gradients = made
    verdict = mt.is_minimum(f, at)
    assert verdict.holds == (not can_fall(gradients)) == f.at(at).is_stationary
    assert bool(verdict) == verdict.holds and verdict.verify()
    assert verdict.value == f.value(at) == 0
    if verdict.holds:
        near = [(a + Fraction(p, 7), b + Fraction(q, 7)) for (a, b) in [at] for p, q in others]
        assert all(f.value(point) >= 0 for point in near + others)
    else:
        assert f.value(verdict.proof) < 0


@given(st.lists(st.tuples(st.integers(-3, 3), vectors), min_size=1, max_size=3), vectors)
@calm
def test_a_quadratic_is_convex_iff_its_second_differences_are(terms, shift):
    formula = sum(c * (p * X + q * Y + 1) ** 2 for c, (p, q) in terms) + shift[0] * X + shift[1] * Y
    proof = convex_formula(sympy.sympify(formula), SYMBOLS)

    def second(a, b):
        return sum(c * (p * a + q * b) ** 2 for c, (p, q) in terms)

    # ac ≥ b², by the values of the quadratic form
    a, c = second(1, 0), second(0, 1)
    b = Fraction(second(1, 1) - a - c, 2)
    assert (proof is not None) == (a >= 0 and c >= 0 and a * c >= b * b)
    assert proof is None or proof.verify()


@pytest.mark.parametrize(
    ("formula", "convex"),
    [
        (X**4, True),
        (X**4 - X**2, False),
        (X**4 + 6 * X**3 + 24 * X**2 + Y, True),
        (X**3, False),
        ((X + 2 * Y) ** 6 + X**2, True),
        (sympy.exp(X - Y) + sympy.exp(Y), True),
        (-sympy.exp(X), False),
        (sympy.log(1 + sympy.exp(X + Y)), True),
        (sympy.sqrt(X**2 + 1) + Y**2, True),
        (sympy.sin(X) + X**2, True),
        (sympy.sin(X), False),
        (X * Y, False),
        (sympy.exp(X * Y), False),
        (sympy.sqrt(2) * X**2, True),
    ],
)
def test_formulas(formula, convex):
    proof = convex_formula(formula, SYMBOLS)
    assert proof is None or (convex and proof.verify())
    if convex and formula.has(sympy.exp, X**4):
        assert proof is not None


def test_a_changed_proof_does_not_verify():
    verdict = mt.is_minimum(mt.max(x**2 + y, x**2 - y), (0, 0))
    own = verdict.proof
    assert own.weights == (Fraction(1, 2), Fraction(1, 2)) and verdict.verify()
    for wrong in (
        replace(own, weights=(sympy.Integer(1), sympy.Integer(0))),
        replace(own, weights=(sympy.Rational(3, 2), sympy.Rational(-1, 2))),
        replace(own, formulas=(X**2 - Y, X**2 + 2 * Y)),
        replace(own, convex=own.convex[:1]),
    ):
        assert not replace(verdict, proof=wrong).verify()
    assert not replace(verdict, point=(sympy.Integer(1), sympy.Integer(0))).verify()
    assert not replace(verdict, function=mt.max(x**2 + y, x**2 - 2 * y)).verify()
    assert not replace(verdict, proof=(sympy.Integer(1), sympy.Integer(1))).verify()


def test_the_sum_may_be_convex_where_operands_are_not():
    f = mt.max(2 * x**2 + y - x * y, -(x**2) - y + x * y)
    verdict = mt.is_minimum(f, (0, 0))
    assert verdict.holds and verdict.verify() and len(verdict.proof.convex) == 1


@pytest.mark.parametrize(
    ("f", "formulas"),
    [
        (mt.relu(x) + abs(y), {X + Y, X - Y, Y, -Y}),
        (mt.exp(mt.max(x, y)), {sympy.exp(X), sympy.exp(Y)}),
        (mt.max(x, mt.max(y, 1)), {X, Y, sympy.Integer(1)}),
        (x - mt.min(x, 0), {X, sympy.Integer(0)}),
        (mt.exp(-mt.min(x, y)), {sympy.exp(-X), sympy.exp(-Y)}),
        (mt.min(x, y), None),
        (mt.clip(x, 0, 1), None),
        (mt.square(mt.max(x, y)), None),
        (x * mt.relu(y), None),
        (-abs(x), None),
        (abs(abs(x) - 1), None),
        (mt.log(x), None),
        (mt.where(x > 0, x, 0), None),
    ],
)
def test_what_is_a_maximum_of_smooth_formulas(f, formulas):
    found = smooth_maximum(compile_program(f))
    if formulas is None:
        assert found is None
        with pytest.raises(mt.Undecided, match="maximum of smooth formulas"):
            mt.is_minimum(f, [1] * len(f.variables))
        return
    for point in product((-2, 0, 1), repeat=len(f.variables)):
        put = dict(zip(f.symbols, point))
        assert f.value(point) == max(sympy.sympify(own).subs(put) for own in found)


def test_stationary_points_without_convexity_are_not_decided():
    with pytest.raises(mt.Undecided, match="multipliers with a convex sum"):
        mt.is_minimum(x**2 - y**2, (0, 0))


def test_questions_that_have_no_answer():
    with pytest.raises(mt.ShapeError, match="scalar function"):
        mt.is_minimum(mt.stack([x, y]), (0, 0))
    with pytest.raises(mt.PiecewiseError, match="without parameters"):
        mt.is_minimum(abs(x) * mt.parameter("v"), (0,))


def test_numbers_that_are_not_rational():
    f = mt.max(mt.exp(1 + x), mt.exp(1 - x))
    verdict = mt.is_minimum(f, (0,))
    assert verdict.holds and verdict.value == sympy.E and verdict.verify()
    higher = mt.is_minimum(f, (1,))
    assert not higher and higher.verify() and f.value(higher.proof) < sympy.exp(2)
    g = 2 * abs(x**2 - 2) - x**2
    lowest = mt.is_minimum(g, (sympy.sqrt(2),))
    assert lowest.holds and lowest.value == -2 and lowest.verify()


@pytest.mark.parametrize("point", [(0,), (1,), (sympy.sqrt(2),)])
def test_a_value_that_is_not_that_of_the_function_is_no_proof(point):
    verdict = mt.is_minimum(mt.max(x**2, 2 * x - 1, 1 - x), point)
    assert verdict.verify()
    assert not replace(verdict, value=verdict.value - 1).verify()
