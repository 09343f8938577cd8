"""Polynomials with rational coefficients on the real line, at rational and algebraic numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.number_fields import Algebraic, coefficients_of
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.real_roots import (
    count_roots,
    isolated,
    root_bound,
    square_free,
    sturm_chain,
)

Coefficients = tuple[Fraction, ...]
"""By the powers 0, 1, …, without leading zeros."""
BITS = 64


def stripped(coefficients: Sequence[Fraction]) -> Coefficients:
    """Without leading zeros."""
    result = list(coefficients)
    while result and not result[-1]:
        result.pop()
    return tuple(result)


def value_at(p: Coefficients, x: Any) -> Any:
    """The value at a number."""
    total: Any = Fraction(0)
    for c in reversed(p):
        total = total * x + c
    return total


def derivative_of(p: Coefficients) -> Coefficients:
    """The derivative."""
    return tuple(k * c for k, c in enumerate(p))[1:]


def sign_near(p: Coefficients, x: Any, side: int) -> int:
    """The sign of p(x + side·t) - p(x) for all small t > 0.

    Examples
    --------
    >>> [sign_near((Fraction(0), Fraction(0), Fraction(0), Fraction(1)), 0, s) for s in (-1, 1)]
    [-1, 1]
    """
    turn = 1
    own = derivative_of(p)
    while own:
        turn *= side
        slope = value_at(own, x)
        if slope:
            return turn if slope > 0 else -turn
        own = derivative_of(own)
    return 0


def sign_at_infinity(p: Coefficients, side: int) -> int:
    """The sign at the end of the line, on the right for side 1, on the left for side -1."""
    if not p:
        return 0
    sign = 1 if p[-1] > 0 else -1
    return sign if side > 0 or len(p) % 2 else -sign


def roots_of(p: Coefficients) -> list[Any]:
    """The distinct real roots, ascending: Fractions, or algebraic numbers.

    Examples
    --------
    >>> roots_of((Fraction(0), Fraction(-2), Fraction(0), Fraction(1)))
    [Algebraic(-sqrt(2)), Fraction(0, 1), Algebraic(sqrt(2))]
    """
    if len(p) < 2:
        return []
    whole = square_free(primitive(p))
    chain = sturm_chain(whole)
    t = sympy.Symbol("t")
    expression = sympy.Add(*(c * t**k for k, c in enumerate(whole)))
    found = []
    for low, _ in isolated(whole):
        index = count_roots(chain, -root_bound(whole), low)
        root = sympy.rootof(expression, t, index, radicals=False)
        if isinstance(root, sympy.CRootOf) and root.poly.degree() == 2:
            root = sympy.rootof(root.poly, root.index)
        found.append(to_number(root))
    return found


def lower(x: Any, bits: int) -> Fraction:
    """A number below x, less than 2^-bits away, or x if it is a multiple of that."""
    if isinstance(x, Algebraic):
        return Fraction(x.floor(bits), 1 << bits)
    return Fraction((x.numerator << bits) // x.denominator, 1 << bits)


def minimal_polynomial(x: Algebraic) -> tuple[int, ...]:
    """The primitive integer polynomial of least degree with a root, by powers 0, 1, …

    Examples
    --------
    >>> minimal_polynomial(to_number(1 + sympy.sqrt(2)))
    (-1, -2, 1)
    """
    degree = x.field.degree
    powers: list[Any] = [Fraction(1)]
    while True:
        powers.append(powers[-1] * x)
        columns = [coefficients_of(power, degree) for power in powers]
        rows = [primitive(row) for row in zip(*columns, strict=True) if any(row)]
        found = kernel(rows, len(powers))
        if found:
            own = found[0]
            return own if own[-1] > 0 else tuple(-c for c in own)


def same(one: Any, two: Any) -> bool:
    """Whether two numbers are equal, whatever fields they are written in.

    Roots of one polynomial are told apart by enclosures, so no larger field is needed.

    Examples
    --------
    >>> root = sympy.rootof(sympy.Symbol("t") ** 5 - sympy.Symbol("t") - 1, 0)
    >>> other = sympy.rootof(sympy.Symbol("t") ** 5 - sympy.Symbol("t") + 1, 0)
    >>> same(to_number(root) ** 2, to_number(other) ** 2), same(to_number(root), to_number(other))
    (True, False)
    """
    if not (isinstance(one, Algebraic) and isinstance(two, Algebraic)):
        return bool(one == two)
    if one.field is two.field:
        return bool(one == two)
    if lower(one, BITS) != lower(two, BITS):
        return False
    own = minimal_polynomial(one)
    if own != minimal_polynomial(two):
        return False
    chain = sturm_chain(own)
    bits = BITS
    while True:
        a, b = lower(one, bits), lower(two, bits)
        if a != b:
            return False
        if count_roots(chain, a, a + Fraction(1, 1 << bits)) == 1:
            return True
        bits *= 2


def is_among(x: Any, numbers: Iterable[Any]) -> bool:
    """Whether a number is one of others."""
    return any(same(x, own) for own in numbers)


def less(one: Any, two: Any) -> bool:
    """Whether one number is less than another, by enclosures if one is irrational."""
    if not isinstance(one, Algebraic) and not isinstance(two, Algebraic):
        return bool(one < two)
    bits = BITS
    while True:
        a, b = lower(one, bits), lower(two, bits)
        if a != b:
            return a < b
        if bits == BITS and same(one, two):
            return False
        bits *= 2


def between(low: Any, high: Any) -> Fraction:
    """A rational number strictly between two numbers; None stands for no bound.

    Examples
    --------
    >>> root = to_number(sympy.sqrt(2))
    >>> between(root, Fraction(3, 2)) > root, str(between(None, Fraction(2))), str(between(1, 2))
    (True, '1', '3/2')
    """
    if low is None:
        return Fraction(0) if high is None else lower(high, 0) - 1
    if high is None:
        return lower(low, 0) + 1
    bits = 1
    while True:
        middle = (lower(low, bits) + lower(high, bits)) / 2
        if less(low, middle) and less(middle, high):
            return middle
        bits += 1


def lies_between(low: Any, x: Any, high: Any) -> bool:
    """Whether a number lies strictly between two others; None stands for no bound."""
    return (low is None or less(low, x)) and (high is None or less(x, high))


def where_negative(p: Coefficients, low: Any, high: Any) -> Fraction | None:
    """A rational number in an open interval at which p is < 0; None if there is none."""
    inside = [x for x in roots_of(p) if lies_between(low, x, high)]
    ends = [low, *inside, high]
    for a, b in zip(ends, ends[1:], strict=False):
        at = between(a, b)
        if value_at(p, at) < 0:
            return at
    return None
