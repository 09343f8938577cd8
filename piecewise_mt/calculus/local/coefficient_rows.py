"""Membership of a gradient with tie parameters in a hull: the relations, from its coefficients.

They are those of ``memberships``, summed as polynomials. Most strata say the same of some
parameter, as in 0 ≤ z ≤ 1, so that a SymPy relation is made once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from piecewise_mt.calculus.local.memberships import at_most
from piecewise_mt.calculus.local.reduction import Reduction
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Coefficient, Monomial, Polynomial, free_names
from piecewise_mt.geometry.polytope import Facets

Terms = frozenset[tuple[Monomial, Fraction]]


class CoefficientRows:
    """A b×a matrix of rational numbers and polynomials in symbols that are real numbers."""

    def __init__(self, rows: Sequence[Sequence[Coefficient]]) -> None:
        self.rows = rows

    @staticmethod
    def are_in(rows: Iterable[Iterable[Any]]) -> bool:
        """Whether all entries of a matrix are of this kind."""
        return all(
            type(c) is Fraction
            or type(c) is int
            or (
                isinstance(c, Polynomial)
                and all(
                    not isinstance(number, Algebraic)
                    and all(isinstance(generator, str) for generator in monomial)
                    for monomial, number in c.terms.items()
                )
            )
            for row in rows
            for c in row
        )

    @property
    def free_symbols(self) -> set[str]:
        """The names of the symbols."""
        return {name for row in self.rows for c in row for name in free_names(c)}


def span_relations(reduction: Reduction, given: CoefficientRows) -> list[Any]:
    """G = L + (G_p - L_p) B, entry by entry: what (15) says of G."""
    found = []
    for row, base, own in zip(given.rows, reduction.base, reduction.base_at_pivots, strict=True):
        steps = [
            _sum(((1, row[p]), (-1, old))) for p, old in zip(reduction.pivots, own, strict=True)
        ]
        for j, (entry, start) in enumerate(zip(row, base, strict=True)):
            terms: list[tuple[Any, Any]] = [(1, entry), (-1, start)]
            terms += [
                (-axis[j], step)
                for step, axis in zip(steps, reduction.basis, strict=True)
                if axis[j]
            ]
            rest = _sum(terms)
            if rest:
                found.append(_equal(frozenset(rest.items()), Fraction(0)))
    return found


def condition(reduction: Reduction, facets: Facets | None, given: CoefficientRows) -> Any:
    """The equations and inequalities of a hull at a matrix; false for the empty set."""
    if facets is None:
        return sympy.false
    found = span_relations(reduction, given)
    entries = [row[p] for row in given.rows for p in reduction.pivots]
    for normal, height in facets.equations:
        found.append(_equal(_key(normal, entries), height))
    for normal, height in facets.inequalities:
        found.append(_at_most(_key(normal, entries), height))
    return conjunction(tuple(found))


def _key(normal: Sequence[Fraction], entries: Sequence[Coefficient]) -> Terms:
    return frozenset(_sum(zip(normal, entries, strict=True)).items())


def _sum(terms: Iterable[tuple[Any, Any]]) -> dict[Monomial, Any]:
    """A combination of coefficients or of such sums, without zeros."""
    total: dict[Monomial, Any] = {}
    for factor, value in terms:
        if not factor or not value:
            continue
        if isinstance(value, Polynomial):
            value = value.terms
        if isinstance(value, dict):
            for monomial, c in value.items():
                total[monomial] = total.get(monomial, 0) + factor * c
        else:
            total[()] = total.get((), 0) + factor * value
    return {monomial: c for monomial, c in total.items() if c}


@lru_cache(1 << 14)
def conjunction(relations: tuple[Any, ...]) -> Any:
    """All of some relations."""
    return sympy.And(*relations)


@lru_cache(1 << 14)
def _equal(terms: Terms, height: Fraction) -> Any:
    return sympy.Eq(_expression(terms), to_rational(height))


def _at_most(terms: Terms, bound: Fraction) -> Any:
    """As ``memberships.at_most``, where many multiples of one symbol have one bound."""
    if len(terms) > 2:
        return _compared(terms, bound)
    symbol, factor, room = "", Fraction(0), Fraction(bound)
    for monomial, c in terms:
        if not monomial:
            room -= c
        elif symbol or len(monomial) > 1:
            return _compared(terms, bound)
        else:
            symbol, factor = str(monomial[0]), Fraction(c)
    if not symbol:
        return sympy.true if room >= 0 else sympy.false
    return _half_line(symbol, room / factor, factor > 0)


@lru_cache(1 << 14)
def _half_line(name: str, limit: Fraction, is_upper: bool) -> Any:
    symbol = sympy.Symbol(name, real=True)
    return symbol <= to_rational(limit) if is_upper else symbol >= to_rational(limit)


@lru_cache(1 << 14)
def _compared(terms: Terms, bound: Fraction) -> Any:
    return at_most(_expression(terms), to_rational(bound))


def _expression(terms: Terms) -> Any:
    return Polynomial({monomial: Fraction(c) for monomial, c in terms}).to_sympy()
