"""Sturm's theorem on integer polynomials in one variable, against SymPy and arithmetic of Fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import gcd

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.real_roots import (
    common_divisor,
    count_roots,
    derivative,
    exact_quotient,
    isolated,
    root_bound,
    sign_columns,
    square_free,
    sturm_chain,
    trimmed,
    value_sign,
)

x = sympy.Symbol("x")
FACTORS = [
    [0, 1],
    [1, 1],
    [-1, 1],
    [-4, 1],
    [-8, 1],
    [-1, 2],
    [3, -2],
    [-2, 0, 1],
    [1, 1, 1],
    [-1, -3, 0, 1],
    [5],
    [-1],
]
"""Roots at 0, at points that a bisection meets, irrational and complex ones; units of both signs."""
small = st.lists(st.integers(-4, 4), max_size=6)


def multiplied(factors):
    total = [1]
    for factor in factors:
        new = [0] * (len(total) + len(factor) - 1)
        for (i, a), (j, b) in product(enumerate(total), enumerate(factor)):
            new[i + j] += a * b
        total = new
    return total


products = st.lists(st.sampled_from(FACTORS), max_size=5).map(multiplied)
polynomials = st.one_of(small, products)


def poly(p):
    return sympy.Poly(list(reversed(p)) or [0], x, domain="QQ")


def value(p, at):
    return sum((c * Fraction(at) ** k for k, c in enumerate(p)), Fraction(0))


def sign(v):
    return (v > 0) - (v < 0)


def same_up_to_a_positive_factor(p, q):
    return len(p) == len(q) and (
        not p or sign(p[-1]) == sign(q[-1]) and [c * q[-1] for c in p] == [c * p[-1] for c in q]
    )


@given(small)
def test_a_polynomial_is_trimmed_to_the_primitive_one(p):
    own = trimmed(p)
    assert not own or own[-1]
    assert gcd(*own) == 1 if any(p) else own == []
    # nothing but zeros in front is gone
    assert same_up_to_a_positive_factor(own, p[: len(own)]) and not any(p[len(own) :])


@given(small, st.fractions(-3, 3, max_denominator=8))
def test_signs_of_values(p, at):
    assert value_sign(p, at) == sign(value(p, at))


@given(products, products)
@settings(max_examples=60)
def test_the_greatest_common_divisor_is_that_of_sympy(p, q):
    for one, two in ((p, q), (p, []), ([], p), (p, p), ([-c for c in p], q)):
        own = common_divisor(one, two)
        expected = sympy.gcd(poly(one), poly(two))
        assert poly(own).monic() == expected.monic() if own else expected.is_zero
        assert not own or own[-1] > 0 and gcd(*own) == 1
    assert common_divisor([], []) == []


@given(products, products)
@settings(max_examples=40)
def test_quotients_and_derivatives(p, q):
    assert same_up_to_a_positive_factor(exact_quotient(multiplied([p, q]), q), p)
    assert derivative(p) == [
        int(c) for c in reversed(poly(p).diff(x).all_coeffs()) if poly(p).degree() > 0
    ]


def test_whole_roots_which_a_bisection_meets():
    for roots in [*combinations(range(-2, 10), 3), (0, 128), (0, 1, 2, 4, 8, 16, 32)]:
        places = isolated(multiplied([[-r, 1] for r in roots]))
        assert len(places) == len(roots)
        assert all(low < r < high for (low, high), r in zip(places, roots, strict=True))
        assert all(one[1] <= two[0] for one, two in zip(places, places[1:], strict=False))
        assert not any(end in roots for place in places for end in place)


@given(products)
@settings(max_examples=60)
def test_roots_become_simple_and_none_is_lost(p):
    own = poly(square_free(p))
    assert own.degree() <= 0 or own.is_sqf
    assert own.degree() == poly(p).sqf_part().degree()
    assert poly(p).rem(own).is_zero if own.degree() > 0 else poly(p).degree() <= 0


@given(products, st.integers(-9, 9), st.integers(0, 9))
@settings(max_examples=100)
def test_roots_are_counted_without_the_lower_end(p, low, width):
    own = square_free(p)
    expected = [r for r in poly(own).real_roots() if low < r <= low + width] if len(own) > 1 else []
    assert count_roots(sturm_chain(own), Fraction(low), Fraction(low + width)) == len(expected)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=4).filter(lambda p: p[-1]))
@settings(max_examples=40)
def test_no_real_root_is_as_large_as_the_bound(p):
    assert all(abs(r) < root_bound(p) for r in poly(p).real_roots())


def test_the_bound_of_roots_that_are_large_compared_with_the_coefficients():
    # x² - a (x + 1) has a root between a and a + 1
    for a in range(1, 40):
        assert root_bound([-a, -a, 1]) > a + 1 - Fraction(1, a + 1)
        assert root_bound([-a * 7, -a * 7, 7]) > a + 1 - Fraction(1, a + 1)
    assert root_bound([3]) > 0


@given(polynomials)
@settings(max_examples=150)
def test_each_root_has_an_interval_of_its_own(p):
    places = isolated(p)
    roots = sorted(set(poly(p).real_roots())) if any(p[1:]) else []
    assert len(places) == len(roots)
    for (low, high), root in zip(places, roots, strict=True):
        assert low < root < high and value(p, low) and value(p, high)
    assert all(one[1] <= two[0] for one, two in zip(places, places[1:], strict=False))


def expected_columns(rows):
    """The signs at all roots and at points between them."""
    roots = sorted(
        {r for p in rows if any(p[1:]) for r in poly(p).real_roots()}, key=lambda r: r.evalf(40)
    )
    places = []
    for k, root in enumerate(roots):
        before = roots[k - 1] if k else root - 2
        places += [sympy.nsimplify(((before + root) / 2).evalf(30), rational=True), root]
    places.append(sympy.Integer(sympy.ceiling(roots[-1]) + 1) if roots else sympy.Integer(0))
    return [tuple(sign_at(p, place) for p in rows) for place in places]


def sign_at(p, place):
    if place.is_Rational:
        return sign(value(p, Fraction(int(place.p), int(place.q))))
    # a root of p iff its minimal polynomial divides p
    if poly(p).is_zero or poly(p).rem(sympy.Poly(sympy.minimal_polynomial(place, x), x)).is_zero:
        return 0
    return int(sympy.sign(poly(p).as_expr().subs(x, place.evalf(60))))


@given(st.lists(products, max_size=3))
@settings(max_examples=60)
def test_columns_of_signs_are_those_at_the_roots_and_between(rows):
    assert sign_columns(rows) == expected_columns(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [[0, 0], [0, 1]],
        [[3], [-2]],
        [[0, 0, 1], [0, -1]],
        [[-1, 0, 1], [1, 2, 1], [0, 0, 0, 1]],
        [[-2, 0, 1], [4, 0, -4, 0, 1], [0, -2, 0, 1]],
        [[-1, -3, 0, 1], [0, 1], [-1, -3, 0, 1]],
    ],
)
def test_columns_with_zero_rows_constants_and_common_roots(rows):
    assert sign_columns(rows) == expected_columns(rows)
