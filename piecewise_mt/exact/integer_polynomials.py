"""Polynomials with integer coefficients for the checkers: dicts from exponents to ints.

Deliberately small, and apart from what the solvers use, so that a mistake there is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd
from typing import TypeAlias

Exponents: TypeAlias = tuple[int, ...]
Terms: TypeAlias = Mapping[Exponents, int]
"""A polynomial: nonzero coefficients by exponents, one exponent a variable."""
Frozen: TypeAlias = tuple[tuple[Exponents, int], ...]
"""The same as sorted pairs, which can be hashed."""


def frozen(terms: Terms) -> Frozen:
    """A polynomial that can be a key."""
    return tuple(sorted(terms.items()))


def plus(first: Terms, second: Terms, factor: int = 1) -> dict[Exponents, int]:
    """first + factor·second.

    Examples
    --------
    >>> plus({(1, 0): 1}, {(0, 1): 1}, -1)
    {(1, 0): 1, (0, 1): -1}
    """
    total = dict(first)
    for exponents, c in second.items():
        value = total.get(exponents, 0) + factor * c
        if value:
            total[exponents] = value
        else:
            total.pop(exponents, None)
    return total


def times(first: Terms, second: Terms) -> dict[Exponents, int]:
    """The product.

    Examples
    --------
    >>> times({(1, 0): 1, (0, 1): 1}, {(1, 0): 1, (0, 1): -1})
    {(2, 0): 1, (0, 2): -1}
    """
    total: dict[Exponents, int] = {}
    for left, a in first.items():
        for right, b in second.items():
            exponents = tuple(map(int.__add__, left, right))
            total[exponents] = total.get(exponents, 0) + a * b
    return {exponents: c for exponents, c in total.items() if c}


def primitive(terms: Terms) -> tuple[int, dict[Exponents, int]]:
    """(sign, polynomial) with coprime coefficients, the lexicographically leading one positive.

    Examples
    --------
    >>> primitive({(1, 0): -4, (0, 1): 2})
    (-1, {(1, 0): 2, (0, 1): -1})
    """
    if not terms:
        return 1, {}
    content = gcd(*terms.values())
    sign = 1 if terms[max(terms)] > 0 else -1
    return sign, {exponents: sign * c // content for exponents, c in terms.items()}


def quotient(dividend: Terms, divisor: Terms) -> dict[Exponents, int] | None:
    """The quotient if it is a polynomial with integer coefficients, else None.

    Examples
    --------
    >>> quotient({(2, 0): 1, (0, 2): -1}, {(1, 0): 1, (0, 1): 1})
    {(1, 0): 1, (0, 1): -1}
    >>> quotient({(2, 0): 1}, {(1, 0): 1, (0, 1): 1}) is None
    True
    """
    if not divisor:
        return None
    lead = max(divisor)
    top = divisor[lead]
    rest = dict(dividend)
    found: dict[Exponents, int] = {}
    while rest:
        exponents = max(rest)
        c, remainder = divmod(rest[exponents], top)
        shift = tuple(a - b for a, b in zip(exponents, lead, strict=True))
        if remainder or min(shift, default=0) < 0:
            return None
        found[shift] = c
        for own, b in divisor.items():
            place = tuple(map(int.__add__, own, shift))
            value = rest.get(place, 0) - c * b
            if value:
                rest[place] = value
            else:
                del rest[place]
    return found


def coefficients_in(terms: Terms, variable: int) -> list[dict[Exponents, int]]:
    """The coefficients by the powers 0, 1, … of one variable; [] for the zero polynomial."""
    degree = max((exponents[variable] for exponents in terms), default=-1)
    found: list[dict[Exponents, int]] = [{} for _ in range(degree + 1)]
    for exponents, c in terms.items():
        rest = (*exponents[:variable], 0, *exponents[variable + 1 :])
        found[exponents[variable]][rest] = c
    return found


def is_constant(terms: Terms) -> bool:
    """Whether no variable occurs."""
    return not any(any(exponents) for exponents in terms)


def variables_in(polynomials: Iterable[Terms]) -> set[int]:
    """The variables that occur."""
    return {
        i
        for terms in polynomials
        for exponents in terms
        for i, power in enumerate(exponents)
        if power
    }
