"""The root of one field in another: what is found is that number, and what is not there is not found."""

from __future__ import annotations

import pytest
import sympy
from sympy import Rational, cbrt, root, sqrt

from piecewise_mt.exact.field_members import root_in
from piecewise_mt.exact.reading_numbers import algebraic

FIELDS = [
    sqrt(2),
    -sqrt(2),
    3 * sqrt(2) / 5 - 1,
    sqrt(3),
    cbrt(2),
    root(2, 4),
    -root(2, 4),
    sqrt(2) + sqrt(3),
    sqrt(2) - sqrt(3),
    root(2, 6),
    (1 + sqrt(5)) / 2,
    1 / (7 * sqrt(8)),
]


TINY = Rational(1, 10**20)


@pytest.mark.parametrize("one", FIELDS)
def test_members_are_those_of_sympy(one):
    """A root is in the field if and only if it is that of a linear factor over the field."""
    field = algebraic(one).field
    x = sympy.Symbol("x")
    for two in FIELDS:
        other = algebraic(two).field
        polynomial = sympy.Poly(list(reversed(other.root.polynomial)), x)
        (target,) = (
            r for r in polynomial.nroots(n=40) if r.is_real and other.root.low < r < other.root.high
        )
        factors = polynomial.set_domain(sympy.QQ.algebraic_field(one)).factor_list()[1]
        roots = [sympy.N(-f.nth(0) / f.nth(1), 40) for f, _ in factors if f.degree() == 1]
        found = root_in(field, other)
        assert (found is not None) == any(abs(r - target) < TINY for r in roots)
        if found is not None:
            low, high = found.enclosure(100)
            unit = found.denominator * 2**100
            assert Rational(low, unit) - TINY < target < Rational(high, unit) + TINY
