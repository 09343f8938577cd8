"""Points with algebraic coordinates: signs of polynomials there, against SymPy and against factors."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import gcd

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.algebraic_points import (
    ExactPoint,
    Root,
    _plus,
    _reduced,
    _sign_at_root,
    _times,
    _whole,
    check_point,
    is_root,
    sign_at_point,
)

F = Fraction
SQRT2 = Root((-2, 0, 1), F(1), F(2))
ROOTS = {
    "sqrt(2)": (SQRT2, sympy.sqrt(2)),
    "-sqrt(2)": (Root((-2, 0, 1), F(-2), F(-1)), -sympy.sqrt(2)),
    "sqrt(2), by the negative": (Root((2, 0, -1), F(0), F(2)), sympy.sqrt(2)),
    "sqrt(2)/2": (Root((-1, 0, 2), F(1, 2), F(1)), sympy.sqrt(2) / 2),
    "sqrt(6)/3": (Root((2, 0, -3), F(0), F(3)), sympy.sqrt(6) / 3),
    "cbrt(2)": (Root((-2, 0, 0, 1), F(0), F(5)), sympy.cbrt(2)),
    "golden": (Root((-1, -1, 1), F(0), F(10)), (1 + sympy.sqrt(5)) / 2),
    # reducible: (x² - 2)(x - 3) and (x² - 2)(2x - 1)
    "sqrt(2), beside 3": (Root((6, -2, -3, 1), F(1), F(2)), sympy.sqrt(2)),
    "1/2, beside sqrt(2)": (Root((2, -4, -1, 2), F(0), F(1)), sympy.Rational(1, 2)),
    "3, beside sqrt(2)": (Root((6, -2, -3, 1), F(2), F(4)), sympy.Integer(3)),
}


def sympy_sign(value):
    value = sympy.expand(value)
    if value == 0:
        return 0
    return 1 if value.evalf(50) > 0 else -1


few = st.integers(-3, 3)
parts = st.lists(st.fractions(-2, 2, max_denominator=3), min_size=1, max_size=3).map(tuple)
polynomials = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2)), few.filter(bool), max_size=4
)


@pytest.mark.parametrize("name", ROOTS)
@settings(max_examples=8, deadline=None)
@given(parts, parts, polynomials)
def test_signs_are_those_of_sympy(name, one, two, terms):
    root, number = ROOTS[name]
    x, y = (
        sum(sympy.Rational(c.numerator, c.denominator) * number**k for k, c in enumerate(e))
        for e in (one, two)
    )
    value = sum((c * x**i * y**j for (i, j), c in terms.items()), sympy.Integer(0))
    point = ExactPoint((one, two), root)
    expected = sympy_sign(value)
    assert sign_at_point(terms, point) == expected
    for mask in range(8):
        assert check_point([(terms, mask)], point) == bool(mask & (1, 2, 4)[expected + 1])
        assert check_point([({}, 7), (terms, mask)], point) == bool(mask & (1, 2, 4)[expected + 1])
    # a zero on purpose: (x - its value)·(anything) has none left
    numerator = sympy.Poly(sympy.minimal_polynomial(x, sympy.Symbol("t")), sympy.Symbol("t"))
    zero = {(k, 0): int(c) for (k,), c in numerator.terms()}
    assert sign_at_point(zero, point) == 0


@pytest.mark.parametrize("name", ROOTS)
def test_polynomials_of_one_root(name):
    root, number = ROOTS[name]
    point = ExactPoint(((F(0), F(1)),), root)
    for p in product((-2, 0, 1, 3), repeat=3):
        value = sum(c * number**k for k, c in enumerate(p))
        terms = {(k,): c for k, c in enumerate(p) if c}
        assert sign_at_point(terms, point) == sympy_sign(value)
        own = list(p)
        while own and not own[-1]:
            own.pop()
        if len(own) > 1:
            assert _sign_at_root(own, root) == sympy_sign(value)


def test_signs_next_to_a_root():
    # convergents of the square root of two, on both sides, and multiples of its polynomial
    one, two = 1, 1
    for _ in range(12):
        one, two = one + 2 * two, one + two
        expected = (one * one < 2 * two * two) - (one * one > 2 * two * two)
        for root in (SQRT2, Root((2, 0, -1), F(0), F(3))):
            assert _sign_at_root((-one, two), root) == expected
            assert _sign_at_root((2 * one, -2 * two, -one, two), root) == 0
            assert _sign_at_root((one * one, -2 * one * two, two * two), root) == 1
    # the other polynomial has a root at an end, or at the middle of the interval
    for p, expected in (((-1, 1), 1), ((-2, 1), -1), ((-3, 2), -1), ((3, -2), 1), ((2, -3, 1), -1)):
        assert _sign_at_root(p, SQRT2) == expected
    # the middle is the root itself
    assert _sign_at_root((-5, 3), Root((-6, 4), F(1), F(2))) == -1
    assert _sign_at_root((-3, 2), Root((-6, 4), F(1), F(2))) == 0
    assert _sign_at_root((-4, 3), Root((-3, 2), F(1), F(2))) == 1


# elements


@settings(max_examples=50, deadline=None)
@given(parts, parts)
def test_elements_with_whole_coefficients(one, two):
    for element in (one, two):
        whole, scale = _whole(element)
        assert scale > 0 and tuple(F(c, scale) for c in whole) == element
    for operation, expected in ((_plus, added(one, two)), (_times, multiplied(one, two))):
        whole, scale = operation(_whole(one), _whole(two))
        assert scale > 0 and [F(c, scale) for c in whole] == expected


def added(one, two):
    return [
        (one[k] if k < len(one) else 0) + (two[k] if k < len(two) else 0)
        for k in range(max(len(one), len(two)))
    ]


def multiplied(one, two):
    result = [F(0)] * (len(one) + len(two) - 1)
    for (i, a), (j, b) in product(enumerate(one), enumerate(two)):
        result[i + j] += a * b
    return result


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-9, 9), max_size=6), st.integers(1, 4), st.sampled_from(sorted(ROOTS)))
def test_remainders(whole, scale, name):
    root, _ = ROOTS[name]
    rest, own = _reduced((list(whole), scale), root)
    assert own > 0 and len(rest) < len(root.polynomial) and gcd(own, *rest) == 1
    t = sympy.Symbol("t")

    def poly(coefficients, below):
        return sum(
            (sympy.Rational(c, below) * t**k for k, c in enumerate(coefficients)), sympy.Integer(0)
        )

    expected = sympy.rem(poly(whole, scale), poly(root.polynomial, 1), t)
    assert sympy.expand(poly(rest, own) - expected) == 0
    shared = gcd(scale, *whole)
    assert _reduced((list(whole), scale), None) == ([c // shared for c in whole], scale // shared)


# points and roots


def test_what_is_a_root():
    for root, _ in ROOTS.values():
        assert is_root(root)
    for wrong in (
        Root((), F(0), F(1)),
        Root((1,), F(0), F(1)),
        Root((0, 1, 0), F(-1), F(1)),
        # nothing in the interval, two roots, one at either end, ends in the wrong order
        Root((-2, 0, 1), F(2), F(3)),
        Root((-2, 0, 1), F(-2), F(2)),
        Root((-1, 1), F(0), F(1)),
        Root((-1, 1), F(1), F(2)),
        Root((-1, 0, 1), F(-1), F(2)),
        Root((-1, 0, 1), F(-2), F(1)),
        Root((-2, 0, 1), F(2), F(1)),
        Root((-2, 0, 1), F(1), F(1)),
        # a root that is double, elsewhere or here
        Root((1, -2, 1), F(0), F(2)),
        Root((-2, 5, -4, 1), F(3, 2), F(3)),
    ):
        assert is_root(wrong) is False
    assert is_root(Root((-1, 1), F(0), F(3))) and is_root(Root((0, 2), F(-1), F(1)))


def test_rational_points():
    half = ExactPoint(((F(1, 2),), (F(-2), F(0)), ()))
    assert half.is_rational and half.rational == (F(1, 2), -2, 0)
    terms = {(1, 1, 0): 1, (0, 0, 0): 1}
    assert [sign_at_point({**terms, (0, 0, 0): c}, half) for c in (0, 1, 2)] == [-1, 0, 1]
    assert sign_at_point({(0, 0, 2): 1}, half) == sign_at_point({}, half) == 0
    assert sign_at_point({(3, 0, 0): -8, (0, 0, 0): 2, (2, 0, 0): -4}, half) == 0
    assert check_point([(terms, 2)], half) and not check_point([(terms, 5)], half)
    # with a root that nothing is said with, which has to be one all the same
    for root, good in ((SQRT2, True), (Root((-2, 0, 1), F(2), F(3)), False)):
        assert check_point([(terms, 2)], ExactPoint(half.coordinates, root)) is good
    open_point = ExactPoint(((F(0), F(1)),))
    assert not open_point.is_rational and check_point([], open_point) is False
    with pytest.raises(ValueError, match="without a root"):
        sign_at_point({(1,): 1}, open_point)


def test_wrong_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        sign_at_point({(1, 0): 1}, ExactPoint(((F(0), F(1)),), SQRT2))
    with pytest.raises(ValueError, match="zip"):
        sign_at_point({(1, 0): 1}, ExactPoint(((F(1),),)))
