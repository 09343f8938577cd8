"""Polynomials on the line and the order of algebraic numbers, against SymPy."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.line_polynomials import (
    BITS,
    between,
    derivative_of,
    is_among,
    less,
    lies_between,
    lower,
    minimal_polynomial,
    roots_of,
    same,
    sign_at_infinity,
    sign_near,
    stripped,
    value_at,
    where_negative,
)
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reading_numbers import to_number

t = sympy.Symbol("t")
HALF = Fraction(1, 2)
coefficients = st.lists(st.fractions(-2, 2, max_denominator=2), max_size=5).map(stripped)
split = st.lists(st.sampled_from([-2, -1, 0, 1, HALF]), max_size=4)
TWO, THREE = to_number(sympy.sqrt(2)), to_number(sympy.sqrt(3))
FIFTH = to_number(sympy.rootof(t**5 - t - 1, 0))
OPPOSITE = to_number(sympy.rootof(t**5 - t + 1, 0))
NUMBERS = [
    Fraction(-1),
    Fraction(0),
    HALF,
    Fraction(3, 2),
    TWO,
    -TWO,
    THREE,
    TWO + THREE,
    TWO / 2,
    FIFTH,
    -FIFTH,
    OPPOSITE,
]


def poly(p):
    return sympy.Poly(
        [sympy.Rational(c.numerator, c.denominator) for c in reversed(p)] or [0], t, domain="QQ"
    )


def decimal(number):
    if isinstance(number, Algebraic):
        return number.expression.evalf(40)
    return sympy.Rational(number.numerator, number.denominator).evalf(40)


def product_of(roots, factor=1):
    own = [Fraction(factor)]
    for root in roots:
        own = [
            (own[k - 1] if k else 0) - root * (own[k] if k < len(own) else 0)
            for k in range(len(own) + 1)
        ]
    return tuple(own)


def sign(v):
    return (v > 0) - (v < 0)


@settings(max_examples=60)
@given(coefficients, st.sampled_from([Fraction(0), Fraction(-3, 2), Fraction(2)]))
def test_values_derivatives_and_signs_far_away(p, x):
    assert not p or p[-1]
    at = sympy.Rational(x.numerator, x.denominator)
    assert value_at(p, x) == Fraction(str(poly(p).eval(at)))
    assert poly(derivative_of(p)) == poly(p).diff(t)
    # larger than all roots, by Cauchy's bound
    far = 1 + sum(map(abs, p), Fraction(0)) * 4
    assert sign_at_infinity(p, 1) == sign(value_at(p, far))
    assert sign_at_infinity(p, -1) == sign(value_at(p, -far))


@given(split, st.sampled_from([1, -2]), st.sampled_from([-2, -1, 0, 1, HALF]))
def test_signs_of_the_difference_near_a_point(roots, factor, x):
    """All roots of the derivative of p(x + t) - p(x) are ≥ 10⁻³ away from 0, or 0."""
    p = product_of(roots, factor)
    for side in (1, -1):
        near = Fraction(x) + Fraction(side, 1000)
        assert sign_near(p, Fraction(x), side) == sign(value_at(p, near) - value_at(p, Fraction(x)))
    assert sign_near((Fraction(3),), x, 1) == 0 == sign_near((), x, -1)


def test_signs_near_an_irrational_root():
    p = product_of([0, 0], 1)  # t²
    q = (Fraction(4), Fraction(0), Fraction(-4), Fraction(0), Fraction(1))  # (t² - 2)²
    assert (
        [sign_near(q, TWO, s) for s in (-1, 1)] == [1, 1] == [sign_near(p, 0, s) for s in (-1, 1)]
    )
    assert [sign_near(p, TWO, s) for s in (-1, 1)] == [-1, 1]


@given(
    split,
    st.sampled_from([(), (-2, 0, 1), (-2, 0, 0, 1), (1, 1, 1), (-1, -1, 0, 0, 0, 1)]),
    st.sampled_from([1, -HALF]),
)
@settings(max_examples=40, deadline=None)
def test_roots_are_all_real_ones_once_and_ascending(roots, other, factor):
    own = poly(product_of(roots, factor)) * (poly([Fraction(c) for c in other]) if other else 1)
    p = tuple(Fraction(str(c)) for c in reversed(own.all_coeffs()))
    found = roots_of(p)
    expected = sorted(set(own.real_roots()), key=lambda r: r.evalf(30)) if own.degree() > 0 else []
    assert len(found) == len(expected)
    for number, root in zip(found, expected, strict=True):
        assert isinstance(number, Algebraic) != bool(root.is_Rational)
        assert abs(decimal(number) - root.evalf(40)) < sympy.Float("1e-30")
        assert value_at(p, number) == 0
    assert roots_of(()) == [] == roots_of((Fraction(5),))


def test_quadratic_roots_are_radicals():
    (one, two) = roots_of((Fraction(-1), Fraction(-1), Fraction(1)))
    assert two.expression == (1 + sympy.sqrt(5)) / 2 and (one + two, one * two) == (1, -1)


@given(st.sampled_from(NUMBERS), st.integers(-3, 3), st.integers(0, 70))
def test_numbers_are_rounded_down(number, shift, bits):
    x = number + Fraction(shift, 3)
    below = lower(x, bits)
    assert (below.denominator & (below.denominator - 1)) == 0 and below.denominator <= 1 << bits
    assert below <= x < below + Fraction(1, 1 << bits)


@pytest.mark.parametrize("number", [n for n in NUMBERS if isinstance(n, Algebraic)])
def test_minimal_polynomials_are_those_of_sympy(number):
    expected = sympy.Poly(sympy.minimal_polynomial(number.expression, t), t)
    found = minimal_polynomial(number)
    assert found == tuple(int(c) for c in reversed(expected.all_coeffs()))
    assert minimal_polynomial(number / 2 + 1)[-1] > 0


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.sampled_from([0, 0, Fraction(1, 2**70), 1]),
)
@settings(max_examples=150, deadline=None)
def test_the_order_is_that_of_decimals(one, two, shift):
    two = two + shift
    difference = decimal(one) - decimal(two)
    equal = abs(difference) < sympy.Float("1e-30")
    assert same(one, two) == equal == same(two, one)
    assert less(one, two) == (not equal and difference < 0)
    assert less(two, one) == (not equal and difference > 0)
    if less(one, two):
        assert one < between(one, two) < two
    assert lies_between(one, two, None) == less(one, two) and lies_between(None, one, two) == less(
        one, two
    )


def test_equal_numbers_of_different_fields_and_very_near_ones():
    root = to_number(sympy.sqrt(6))
    assert same(TWO * THREE, root) and same(TWO * THREE, root + Fraction(1, 2**100)) is False
    assert not less(root, TWO * THREE) and less(TWO * THREE, root + Fraction(1, 2**100))
    # conjugate numbers that differ after more than BITS bits
    near = to_number(sympy.sqrt(2)) / 2 ** (BITS + 10)
    assert less(-near, near) and not same(near, -near) and less(0, near) and less(-near, 0)
    # equal, of one polynomial, of fields that are not joined
    assert same(FIFTH, -OPPOSITE) and same(FIFTH**2, OPPOSITE**2)
    assert (
        is_among(FIFTH, [TWO, -OPPOSITE])
        and not is_among(FIFTH, [TWO, OPPOSITE])
        and not is_among(TWO, [])
    )


def test_two_roots_of_one_polynomial_that_are_very_near():
    """(n t - 1)² = 2 t⁵ has two roots near 1/n, at a distance of about 2 √2 n^(-7/2)."""
    n = 3 * 2**40
    p = sympy.Poly((n * t - 1) ** 2 - 2 * t**5, t)
    one, two = (to_number(sympy.rootof(p, k, radicals=False)) for k in (0, 1))
    assert lower(one, BITS) == lower(two, BITS)
    assert (
        less(one, two)
        and not less(two, one)
        and same(one, two) is False
        and one < between(one, two) < two
    )
    assert same(one, one) and not same(one, two * 2)


def test_points_between_and_beyond():
    for low, high in ((None, None), (None, TWO), (TWO, None), (None, Fraction(3)), (Fraction(3), None),
                      (1, 2), (HALF, Fraction(513, 1024)), (-TWO, TWO), (Fraction(7, 5), TWO), (TWO, Fraction(3, 2))):  # fmt: skip
        found = between(low, high)
        assert type(found) is Fraction
        assert (low is None or low < found) and (high is None or found < high)
        assert lies_between(low, found, high)
    assert (
        not lies_between(1, 1, None)
        and not lies_between(None, 1, 1)
        and lies_between(None, 5, None)
    )


@given(
    split,
    st.sampled_from([1, -1, 2]),
    st.sampled_from([None, -1, 0]),
    st.sampled_from([None, 1, HALF]),
)
def test_where_a_polynomial_is_negative(roots, factor, low, high):
    """Against a value in each gap of the roots."""
    p = product_of(roots, factor)
    found = where_negative(p, low, high)
    places = sorted(
        {Fraction(r) for r in roots} | {Fraction(c) for c in (low, high) if c is not None}
    )
    gaps = [(a + b) / 2 for a, b in zip(places, places[1:], strict=False)]
    gaps += [places[0] - 1, places[-1] + 1] if places else [Fraction(0)]
    inside = [g for g in gaps if (low is None or low < g) and (high is None or g < high)]
    if found is None:
        assert all(value_at(p, g) >= 0 for g in inside)
    else:
        assert value_at(p, found) < 0 and lies_between(low, found, high)
