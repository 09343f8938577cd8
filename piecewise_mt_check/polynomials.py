"""Polynomials in variables and in symbols of tie rules: dicts from sorted names to numbers.

3·x²·y is ``{("x", "x", "y"): 3}``; no coefficient is 0. Coefficients are Fractions or ints, and
what is made of ints has ints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from math import gcd
from typing import Any

from piecewise_mt_check.reading import Invalid, Unsupported, field, items, number, spend, text
from piecewise_mt_check.rows import MAX_BITS, common_denominator

Monomial = tuple[str, ...]
Polynomial = dict[Monomial, Fraction | int]
MAX_TERMS = 20_000
MAX_DEGREE = 100


def constant(value: Fraction | int) -> Polynomial:
    return {(): Fraction(value)} if value else {}


def symbol(name: str) -> Polynomial:
    return {(name,): Fraction(1)}


def plus(*terms: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for term in terms:
        for monomial, c in term.items():
            total[monomial] = total.get(monomial, 0) + c
    return {monomial: c for monomial, c in total.items() if c}


def times(one: Polynomial, two: Polynomial) -> Polynomial:
    total: Polynomial = {}
    if len(one) * len(two) > MAX_TERMS:
        raise Unsupported("a gradient has too many terms")
    bits = _bits(one) + _bits(two)
    if bits > MAX_BITS:
        raise Unsupported("the numbers become too long")
    if degree(one) > 0 and degree(two) > 0:  # numbers times rows are as many as the file is long
        spend(len(one) * len(two) * (1 + (degree(one) + degree(two)) // 8), bits)
    for left, c in one.items():
        for right, d in two.items():
            monomial = tuple(sorted(left + right))
            if len(monomial) > MAX_DEGREE:
                raise Unsupported(f"a polynomial has a degree above {MAX_DEGREE}")
            total[monomial] = total.get(monomial, 0) + c * d
    return {monomial: c for monomial, c in total.items() if c}


def minus(one: Polynomial, two: Polynomial) -> Polynomial:
    return plus(one, negative(two))


def negative(one: Polynomial) -> Polynomial:
    return {monomial: -c for monomial, c in one.items()}


def power(one: Polynomial, exponent: int) -> Polynomial:
    total: Polynomial = {(): 1}
    for _ in range(exponent):
        total = times(total, one)
    return total


def monomials(row: Iterable[Polynomial]) -> list[Monomial]:
    return sorted({monomial for entry in row for monomial in entry})


def variables(one: Polynomial) -> set[str]:
    return {name for monomial in one for name in monomial}


def degree(one: Polynomial) -> int:
    """The total degree; -1 for the polynomial 0."""
    return max(map(len, one), default=-1)


def derivative(one: Polynomial, name: str) -> Polynomial:
    found: Polynomial = {}
    for monomial, c in one.items():
        count = monomial.count(name)
        if count:
            place = monomial.index(name)
            found[monomial[:place] + monomial[place + 1 :]] = c * count
    return found


def coefficients(one: Polynomial, name: str) -> list[Polynomial]:
    """Those of the powers 0, 1, … of one variable, the last one not 0; [] for the polynomial 0."""
    found: list[Polynomial] = []
    for monomial, c in one.items():
        count = monomial.count(name)
        while len(found) <= count:
            found.append({})
        found[count][tuple(other for other in monomial if other != name)] = c
    return found


def substituted(one: Polynomial, given: Mapping[str, Polynomial]) -> Polynomial:
    """With polynomials for some of the variables."""
    total: list[Polynomial] = []
    for monomial, c in one.items():
        term: Polynomial = {tuple(name for name in monomial if name not in given): c}
        for name in monomial:
            if name in given:
                term = times(term, given[name])
        total.append(term)
    return plus(*total)


def split_by(one: Polynomial, symbols: Set[str]) -> dict[Monomial, Polynomial]:
    """The coefficients of the monomials in some symbols, as polynomials in the rest."""
    found: dict[Monomial, Polynomial] = {}
    for monomial, c in one.items():
        inside = tuple(name for name in monomial if name in symbols)
        rest = tuple(name for name in monomial if name not in symbols)
        found.setdefault(inside, {})[rest] = c
    return found


def value(one: Polynomial, point: Mapping[str, Fraction]) -> Fraction:
    """The value at numbers for all variables."""
    total = Fraction(0)
    for monomial, c in one.items():
        term = Fraction(c)
        for name in monomial:
            term *= point[name]
            spend(1, length(term))
        total += term
        spend(1, length(total))
        if length(total) > MAX_BITS:
            raise Unsupported("the numbers become too long")
    return total


def primitive(one: Polynomial) -> tuple[int, Polynomial]:
    """(sign, p), sign · p a positive multiple: coprime ints, the leading one positive."""
    if not one:
        return 1, {}
    below = common_denominator(one.values())
    whole = {m: c.numerator * (below // c.denominator) for m, c in one.items()}
    divisor = gcd(*whole.values())
    if max(c.bit_length() for c in whole.values()) > MAX_BITS:
        raise Unsupported("the numbers become too long")
    sign = 1 if whole[max(whole, key=order)] > 0 else -1
    return sign, {m: sign * c // divisor for m, c in whole.items()}


def order(monomial: Monomial) -> tuple[int, Monomial]:
    """An order of monomials that products keep: by degree, then by names."""
    return len(monomial), monomial


def quotient(one: Polynomial, two: Polynomial) -> Polynomial | None:
    """one / two if it is a polynomial, else None; both are primitive, and `two` is not 0."""
    lead = max(two, key=order)
    top = two[lead]
    rest, found = dict(one), Polynomial()
    while rest:
        monomial = max(rest, key=order)
        shift = _without(monomial, lead)
        if shift is None:
            return None
        c, remainder = divmod(rest[monomial], top)
        if remainder:
            return None  # by Gauss, the quotient of primitive polynomials has whole numbers
        spend(len(rest))
        spend(len(two) * (1 + len(monomial) // 8), _bits(two) + length(c))
        if len(found) > MAX_TERMS:
            raise Unsupported("a quotient has too many terms")
        found[shift] = c
        for own, d in two.items():
            place = tuple(sorted(own + shift))
            changed = rest.get(place, 0) - c * d
            if changed:
                rest[place] = changed
            else:
                rest.pop(place, None)
    return found


def _without(monomial: Monomial, factor: Monomial) -> Monomial | None:
    """monomial / factor."""
    if len(factor) > len(monomial):
        return None
    rest = list(monomial)
    for name in factor:
        if name not in rest:
            return None
        rest.remove(name)
    return tuple(rest)


def length(c: Fraction | int) -> int:
    """About how many bits a number has."""
    return c.numerator.bit_length() + c.denominator.bit_length()


def _bits(one: Polynomial) -> int:
    return max(map(length, one.values()), default=0)


def read(data: Any, names: set[str] | None = None) -> Polynomial:
    """A number, or {"terms": [[number, name, name, …], …]}; of these names only, if given."""
    if not isinstance(data, dict):
        return constant(number(data))
    if "formula" in data:
        raise Unsupported("a coefficient is no polynomial")
    total: list[Polynomial] = []
    for term in items(field(data, "terms")):
        if not items(term):
            raise Invalid("expected a term, got an empty list")
        own = tuple(sorted(map(text, term[1:])))
        if len(own) > MAX_DEGREE:
            raise Unsupported(f"a polynomial has a degree above {MAX_DEGREE}")
        if names is not None and not names.issuperset(own):
            raise Invalid("a polynomial has a variable that is not listed")
        total.append({own: number(term[0])})
    return plus(*total)
