"""Rows of numbers that may be irrational, and their one positive multiple."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from piecewise_mt.exact.number_fields import Algebraic, Number


def quotient(one: Number, two: Number) -> Any:
    """one / two, exactly."""
    try:
        return Fraction(one, two)  # type: ignore[arg-type]
    except TypeError:
        return one / two


def normal_row(row: Sequence[Number]) -> list[Any]:
    """The positive multiple that is the same for all: the first entry that is not zero is whole.

    Coefficients of irrational entries are whole, too, and have no common divisor.

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
    if not all(isinstance(value, (int, Fraction, Algebraic)) for value in row):
        raise TypeError("expected exact numbers")
    first = next((value for value in row if value), None)
    if first is None:
        return list(row)
    if isinstance(first, Algebraic):
        factor: Any = abs(1 / first)
        row = [factor * value for value in row]
    scale = lcm(*(value.denominator for value in row))
    whole: list[Any] = [value.numerator * (scale // value.denominator) for value in row]
    divisor = gcd(*_coefficients(whole))
    return whole if divisor < 2 else [value // divisor for value in whole]


def _coefficients(row: Iterable[Number]) -> Iterable[int]:
    for value in row:
        if isinstance(value, Algebraic):
            yield from value.coefficients
        else:
            yield value.numerator
