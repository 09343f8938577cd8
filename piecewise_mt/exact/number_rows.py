"""Rows of numbers that may be irrational, and their one positive multiple."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from piecewise_mt.exact.number_fields import Algebraic, Number

MOST_TRIED = 8
"""In shorter rows the entry that is made whole is the one that makes the row simplest."""


def quotient(one: Number, two: Number) -> Fraction:
    """one / two, exactly; typed as what it has the arithmetic of.

    Examples
    --------
    >>> quotient(1, 2), quotient(Fraction(1, 2), 2)
    (Fraction(1, 2), Fraction(1, 4))
    """
    try:
        return Fraction(one, two)  # type: ignore[arg-type]
    except TypeError:
        found: Any = one / two
        return found  # type: ignore[no-any-return]


def fraction(value: Number) -> Fraction:
    """The number as a ``Fraction`` if it is rational; typed as what it has the arithmetic of."""
    return value if isinstance(value, Algebraic) else Fraction(value)  # type: ignore[return-value]


def normal_row(row: Sequence[Number]) -> list[Any]:
    """The one positive multiple for all: one of the variables' coefficients is whole.

    All products of roots, as they are written, have whole factors without a common divisor.

    Raises
    ------
    TypeError
        If an entry is no number.

    Examples
    --------
    >>> import sympy
    >>> from piecewise_mt.exact.reading_numbers import algebraic
    >>> root = algebraic(sympy.sqrt(2))
    >>> normal_row([0, -root, 2]), normal_row([root, 3 * root])
    ([0, -1, Algebraic(sqrt(2))], [1, 3])
    """
    places = [i for i in (*range(1, len(row)), 0) if row and row[i]]
    if len(places) > MOST_TRIED:
        places = places[:1]
    found = [_made_whole(row, place) for place in places]
    return min(found, key=_size) if found else [0] * len(row)


def normal_generator(row: Sequence[Number]) -> list[Any]:
    """The one positive multiple of a generator: the first entry that is not zero is whole.

    No entry has a denominator.
    """
    one = next((value for value in row if value), None)
    if one is None:
        return [0] * len(row)
    if isinstance(one, Algebraic):
        factor: Any = abs(1 / one)
        row = [factor * value for value in row]
    scale = lcm(*(value.denominator for value in row))
    whole: list[Any] = [value.numerator * (scale // value.denominator) for value in row]
    divisor = content(whole)
    return whole if divisor < 2 else [value // divisor for value in whole]


def _made_whole(row: Sequence[Number], place: int) -> list[Any]:
    if not all(isinstance(value, (int, Fraction, Algebraic)) for value in row):
        raise TypeError("expected exact numbers")
    one = row[place]
    if isinstance(one, Algebraic):
        factor: Any = abs(1 / one)
        row = [factor * value for value in row]
    own = [c for value in row for c in _coefficients(value)]
    scale = lcm(*(c.denominator for c in own))
    divisor = gcd(*(c.numerator * (scale // c.denominator) for c in own))
    times = Fraction(scale, divisor)
    found = [times * value for value in row]
    return [value.numerator if isinstance(value, Fraction) else value for value in found]


def content(row: Iterable[Number]) -> int:
    """The greatest common divisor of all coefficients of numbers without denominators."""
    return gcd(*(n for value in row for n in _whole(value)))


def _whole(value: Number) -> Iterable[int]:
    return value.coefficients if isinstance(value, Algebraic) else (value.numerator,)


def _size(row: Sequence[Number]) -> tuple[int, Any]:
    own: list[Any] = [abs(c) for value in row for c in _coefficients(value) if c]
    return len(own), sum(own)


def _coefficients(value: Number) -> Sequence[Fraction | int]:
    """Those of the products of atoms that the number is a sum of."""
    if not isinstance(value, Algebraic):
        return (value,)
    return [c for c, _ in value.field.terms(value)]
