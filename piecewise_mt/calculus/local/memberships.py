"""Membership of a matrix with symbols in a hull, as conditions on the symbols."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.local.reduction import Reduction
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.geometry.polytope import Facets


def span_equations(reduction: Reduction, given: sympy.ImmutableMatrix) -> list[Any]:
    """G = L + (G_p - L_p) B, entry by entry: what (15) says of G."""
    found = []
    pairs = zip(reduction.base, reduction.base_at_pivots, strict=True)
    for i, (base, own) in enumerate(pairs):
        for j in range(len(base)):
            rest = given[i, j] - to_rational(base[j])
            for p, old, axis in zip(reduction.pivots, own, reduction.basis, strict=True):
                if axis[j]:
                    rest -= (given[i, p] - to_rational(old)) * to_rational(axis[j])
            found.append(sympy.Eq(sympy.expand(rest), 0))
    return found


def membership(reduction: Reduction, facets: Facets | None, given: sympy.ImmutableMatrix) -> Any:
    """The equations and inequalities of a hull at a matrix; false for the empty set."""
    if facets is None:
        return sympy.false
    found = span_equations(reduction, given)
    entries = [given[i, p] for i in range(given.rows) for p in reduction.pivots]
    return sympy.And(*found, *relations(facets, entries))


def relations(facets: Facets, entries: Sequence[Any]) -> list[Any]:
    """The equations and inequalities of a hull at a point with these entries."""
    found: list[Any] = []
    for normal, height in facets.equations:
        found.append(sympy.Eq(_sum(normal, entries), to_rational(height)))
    for normal, height in facets.inequalities:
        found.append(at_most(_sum(normal, entries), to_rational(height)))
    return found


def _sum(normal: Sequence[Fraction], entries: Sequence[Any]) -> Any:
    pairs = zip(normal, entries, strict=True)
    return sympy.expand(sympy.Add(*(to_rational(c) * e for c, e in pairs if c)))


def at_most(value: Any, bound: Any) -> Any:
    """value ≤ bound, as z ≥ c or z ≤ c for a multiple of one symbol."""
    constant, rest = value.as_independent(*value.free_symbols, as_Add=True)
    factor, symbol = rest.as_coeff_Mul()
    if symbol.is_Symbol and factor:
        limit = (bound - constant) / factor
        return symbol <= limit if factor > 0 else symbol >= limit
    return value <= bound
