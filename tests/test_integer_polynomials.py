"""Polynomials of the checkers, dicts from exponents to ints, against SymPy's."""

from __future__ import annotations

from itertools import product
from math import gcd

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.integer_polynomials import (
    coefficients_in,
    frozen,
    is_constant,
    plus,
    primitive,
    quotient,
    times,
    variables_in,
)

GENERATORS = sympy.symbols("x y")
exponents = st.tuples(st.integers(0, 2), st.integers(0, 2))
terms = st.dictionaries(exponents, st.integers(-3, 3).filter(bool), max_size=4)


def poly(p):
    return (
        sympy.Poly(dict(p), *GENERATORS, domain="ZZ")
        if p
        else sympy.Poly(0, *GENERATORS, domain="ZZ")
    )


def plain(p):
    return {e: int(c) for e, c in p.terms() if c}


@given(terms, terms, st.integers(-2, 2))
def test_sums_and_products_have_no_zero_coefficients(p, q, factor):
    assert plus(p, q, factor) == plain(poly(p) + factor * poly(q))
    assert plus(p, q) == plain(poly(p) + poly(q)) and plus(p, p, -1) == {}
    assert times(p, q) == plain(poly(p) * poly(q)) and times(p, {}) == {}


@given(terms)
def test_a_polynomial_is_its_sign_and_content_times_the_primitive_one(p):
    sign, own = primitive(p)
    if not p:
        assert (sign, own) == (1, {})
        return
    assert own[max(own)] > 0 and gcd(*own.values()) == 1
    content = gcd(*p.values())
    assert {e: sign * content * c for e, c in own.items()} == p


@given(terms, terms)
@settings(max_examples=150)
def test_a_quotient_is_found_iff_there_is_one(p, q):
    assume(q)
    assert quotient(times(p, q), q) == p
    over_rationals, rest = sympy.div(poly(p).set_domain("QQ"), poly(q).set_domain("QQ"))
    whole = rest.is_zero and all(c.is_Integer for c in over_rationals.coeffs())
    assert quotient(p, q) == (plain(over_rationals) if whole else None)


@pytest.mark.parametrize(
    "dividend, divisor, expected",
    [
        ({}, {(0, 0): 2}, {}),
        ({(1, 0): 1}, {}, None),
        ({(1, 0): 3}, {(0, 0): 2}, None),
        ({(0, 1): 1}, {(1, 0): 1}, None),
        ({(2, 0): 1, (0, 1): 1}, {(1, 0): 1}, None),
        ({(): 6}, {(): 3}, {(): 2}),
        # over the rationals, not over the integers
        ({(1, 0): 1, (0, 0): 1}, {(1, 0): 2, (0, 0): 2}, None),
        # a remainder appears where the dividend has no term
        ({(2, 0): 1}, {(1, 0): 1, (0, 0): 1}, None),
    ],
)
def test_quotients_at_the_limits(dividend, divisor, expected):
    assert quotient(dividend, divisor) == expected


@given(terms, st.integers(0, 1))
def test_coefficients_by_powers_of_one_variable(p, variable):
    rows = coefficients_in(p, variable)
    assert not rows or rows[-1]
    other = GENERATORS[variable]
    total = sum((poly(c).as_expr() * other**k for k, c in enumerate(rows)), sympy.S.Zero)
    assert sympy.expand(total - poly(p).as_expr()) == 0
    assert all(e[variable] == 0 for c in rows for e in c)
    assert len(rows) == (poly(p).degree(other) + 1 if p else 0)


@given(st.lists(terms, max_size=3))
def test_variables_that_occur(polynomials):
    found = variables_in(polynomials)
    assert found == {
        i for i, p in product(range(2), polynomials) if GENERATORS[i] in poly(p).free_symbols
    }
    for p in polynomials:
        assert is_constant(p) == poly(p).is_ground
        assert dict(frozen(p)) == p and frozen(dict(reversed(p.items()))) == frozen(p)
