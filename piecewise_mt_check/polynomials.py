"""Polynomials in the symbols of tie rules: a dict from sorted tuples of names to numbers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from piecewise_mt_check.reading import Invalid, Unsupported, field, items, number, text

Polynomial = dict[tuple[str, ...], Fraction]
MAX_TERMS = 20_000


def constant(value: Fraction | int) -> Polynomial:
    return {(): Fraction(value)} if value else {}


def symbol(name: str) -> Polynomial:
    return {(name,): Fraction(1)}


def plus(*terms: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for term in terms:
        for monomial, c in term.items():
            total[monomial] = total.get(monomial, Fraction(0)) + c
    return {monomial: c for monomial, c in total.items() if c}


def times(one: Polynomial, two: Polynomial) -> Polynomial:
    total: Polynomial = {}
    if len(one) * len(two) > MAX_TERMS:
        raise Unsupported("a gradient has too many terms")
    for left, c in one.items():
        for right, d in two.items():
            monomial = tuple(sorted(left + right))
            total[monomial] = total.get(monomial, Fraction(0)) + c * d
    return {monomial: c for monomial, c in total.items() if c}


def minus(one: Polynomial, two: Polynomial) -> Polynomial:
    return plus(one, {monomial: -c for monomial, c in two.items()})


def monomials(row: Iterable[Polynomial]) -> list[tuple[str, ...]]:
    return sorted({monomial for entry in row for monomial in entry})


def read(data: Any) -> Polynomial:
    """A number, or {"terms": [[number, name, name, …], …]}."""
    if not isinstance(data, dict):
        return constant(number(data))
    if "formula" in data:
        raise Unsupported("a coefficient is no polynomial")
    total = []
    for term in items(field(data, "terms")):
        if not items(term):
            raise Invalid("expected a term, got an empty list")
        total.append({tuple(sorted(map(text, term[1:]))): number(term[0])})
    return plus(*total)
