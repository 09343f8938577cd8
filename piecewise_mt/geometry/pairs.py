"""Rational numbers as pairs of floats, for the compiled engine: high + low up to 2^-105 of it."""

from __future__ import annotations

from math import ldexp

PRECISION = 112
"""Bits of a quotient, before it is split into two floats of 53."""


class OutOfRange(ArithmeticError):
    """A number whose pair of floats would underflow or overflow."""


def pair(numerator: int, denominator: int = 1, shift: int = 0) -> tuple[float, float, bool]:
    """(high, low, whether they are exact) of numerator / denominator · 2^shift.

    Examples
    --------
    >>> pair(1, 4), pair(2**60 + 1)
    ((0.25, 0.0, True), (1.152921504606847e+18, 1.0, True))
    >>> high, low, exact = pair(1, 3)
    >>> high == 1 / 3, 0 < low < 2**-54, exact
    (True, True, False)
    """
    if not numerator:
        return 0.0, 0.0, True
    extra = PRECISION - numerator.bit_length() + denominator.bit_length()
    if extra >= 0:
        quotient, rest = divmod(numerator << extra, denominator)
    else:
        quotient, rest = divmod(numerator, denominator << -extra)
    high = float(quotient)
    left = quotient - int(high)
    low = float(left)
    shift -= extra
    if not -800 < quotient.bit_length() + shift < 800:
        raise OutOfRange("expected a number of moderate size")
    return ldexp(high, shift), ldexp(low, shift), not rest and int(low) == left


def triple(numerator: int, denominator: int, shift: int) -> tuple[float, float, float]:
    """(high, low, radius) of numerator / denominator · 2^shift."""
    high, low, exact = pair(numerator, denominator, shift)
    return high, low, 0.0 if exact else ldexp(abs(high), -104)
