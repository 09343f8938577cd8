"""IEEE 754 arithmetic on exact numbers: what a framework computes in its float type."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from piecewise_mt.errors import InexactNumber

_FORMATS = {"float16": (11, -24, 16), "float32": (24, -149, 128), "float64": (53, -1074, 1024)}
"""Digits, the exponent of the smallest positive number, and that of the overflow."""


def rounded(value: Fraction, dtype: str) -> Fraction:
    """The nearest number of a binary float type, ties to even.

    Raises
    ------
    InexactNumber
        If the type is unknown or the value overflows.

    Examples
    --------
    Half way between 1 and the next number of 24 digits:

    >>> rounded(1 + Fraction(1, 2**24), "float32")
    Fraction(1, 1)
    """
    digits, smallest, overflow = _format(dtype)
    if not value:
        return value
    size = abs(value)
    step = max(_exponent(size) - digits, smallest)
    result = Fraction(round(size / Fraction(2) ** step)) * Fraction(2) ** step
    if result >= 2**overflow:
        raise InexactNumber(
            f"expected a number in the range of {dtype}, got one of 2**{_exponent(size)}; "
            "rescale it, or use a wider type"
        )
    return result if value > 0 else -result


def rounded_sqrt(value: Fraction, dtype: str) -> Fraction:
    """The square root of a number that is not negative, rounded once.

    Examples
    --------
    >>> rounded_sqrt(Fraction(2), "float32")
    Fraction(11863283, 8388608)
    """
    digits = _format(dtype)[0]
    if value < 0:
        raise InexactNumber(f"expected a number ≥ 0 for a square root, got {value}; check it")
    if not value:
        return value
    # enough digits below the last place, and one more that says whether the root is exact
    shift = digits + 4 + max(0, -_exponent(value))
    scaled = value * 4**shift
    root = isqrt(scaled.numerator // scaled.denominator)
    exact = root * root == scaled
    return rounded(Fraction(2 * root + (not exact), 2 ** (shift + 1)), dtype)


def _exponent(size: Fraction) -> int:
    """The e with 2**(e - 1) <= size < 2**e."""
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess + (size >= Fraction(2) ** guess)


def _format(dtype: str) -> tuple[int, int, int]:
    if dtype not in _FORMATS:
        raise InexactNumber(
            f"expected a float type of {', '.join(_FORMATS)}, got {dtype!r}; choose one of those"
        )
    return _FORMATS[dtype]
