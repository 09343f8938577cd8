"""Elementary functions of balls, by integer arithmetic with errors that are proved here.

A function of a ball is its value at the midpoint, computed on integers in units of ``2**-W``
(*units*), plus a bound of its derivative times the radius. Divisions of positive integers round
down, each by less than one unit; the bounds of the comments count them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from piecewise_mt.errors import OutsideDomain, Undecided, Unsupported
from piecewise_mt.exact.balls import Ball

GUARD = 24
"""Bits of the integers below those of the result."""
LARGEST = 40
"""Exponentials of numbers up to ``2**40``: the exponent then has 41 bits."""


def _middle(x: Ball, unit: int) -> int:
    """The midpoint in units, to one unit, rounded down."""
    shift = x.exp + unit
    return x.mid << shift if shift >= 0 else x.mid >> -shift


def _widened(value: Ball, x: Ball) -> Ball:
    """What a value at the midpoint is all over x, for a function that is 1-Lipschitz."""
    found: Ball = value + Ball(0, x.rad, x.exp, x.bits) if x.rad else value
    return found


@lru_cache(maxsize=32)
def log_two(unit: int) -> int:
    """log 2 = 2 Σ (1/3)**(2k+1)/(2k+1), to two units, and never more."""
    # 3 finer units a term, and a tail below one: less than 2**16 together for unit < 2**15
    fine = unit + 16
    power, total, k = (2 << fine) // 3, 0, 1
    while power:
        total += power // k
        power //= 9
        k += 2
    return total >> 16


@lru_cache(maxsize=32)
def pi_units(unit: int) -> int:
    """π = 16 atan(1/5) - 4 atan(1/239) (Machin), to two units either way."""
    fine = unit + 24

    def inverse_tangent(n: int) -> int:
        power, total, k, sign = (1 << fine) // n, 0, 1, 1
        while power:
            total += sign * (power // k)
            power //= n * n
            k += 2
            sign = -sign
        return total

    # each sum is of less than `fine` terms to 3 finer units, times 20: less than 2**24
    return (16 * inverse_tangent(5) - 4 * inverse_tangent(239)) >> 24


def exp(x: Ball) -> Ball:
    """The exponential, to a relative error."""
    if x.top > LARGEST:
        return _far_exp(x)
    unit = x.bits + GUARD
    wide = unit + max(x.top, 0) + 2
    two = log_two(wide)
    # x = k log 2 + t with 0 <= t < log 2 + 2 units: t to 3 units, for those of the midpoint, of
    # log 2 (times |k| < 2**(top + 1)) and of the shift
    middle = _middle(x, wide)
    k = middle // two
    t = (middle - k * two) >> (wide - unit)
    # a term has an error e < 3: e t/n + 1/n + 1 < 3 for t < 0.7; the tail is below the last one
    term, total, n = 1 << unit, 0, 0
    while term:
        total += term
        n += 1
        term = ((term * t) >> unit) // n
    # exp' < 2.1 on [0, log 2], so that 3 units of t are less than 7
    error = 4 * (n + 1) + 8
    if x.rad:
        _, rad = Ball(0, x.rad, x.exp, x.bits).fixed(unit)
        if rad >> unit:
            raise _too_wide(x)
        # exp(r) - 1 <= 2r for r <= 1
        error += -(-2 * (total + error) * rad >> unit)
    return Ball(total, error, k - unit, x.bits)


def _far_exp(x: Ball) -> Ball:
    if not _is_beyond(x, LARGEST - 1):
        raise _too_wide(x)
    if x.sign() > 0:
        raise Unsupported(
            f"expected exponentials of numbers up to 2**{LARGEST}, got one of {x}; scale the "
            "function"
        )
    # x <= -2**(LARGEST - 1), so that exp(x) is in [0, 2**-(2**(LARGEST - 1))]
    return Ball(1, 1, -(1 << (LARGEST - 1)) - 1, x.bits)


def _is_beyond(x: Ball, power: int) -> bool:
    """Whether all numbers of the ball are at least ``2**power`` in size."""
    least = abs(x.mid) - x.rad
    return least > 0 and least.bit_length() + x.exp > power


def _too_wide(x: Ball) -> Undecided:
    return Undecided(f"expected a number that is known to more digits, got {x}; ask for less")


def log(x: Ball) -> Ball:
    """The natural logarithm."""
    if x.sign() <= 0:
        raise OutsideDomain(f"expected a positive number for log, got {x}; check it")
    unit = x.bits + GUARD
    # x = f 2**k with 1/2 <= f < 1, to one unit
    size = x.mid.bit_length()
    k = x.exp + size
    f = x.mid << (unit - size)
    # log f = -2 atanh(z) with z = (1 - f)/(1 + f) <= 1/3, to two units: atanh' <= 9/8 there
    z = (((1 << unit) - f) << unit) // ((1 << unit) + f)
    square = (z * z) >> unit
    power, total, n = z, 0, 1
    while power:
        # a power has an error e < 2: e/9 + 1/3 * 1 + 1, and the quotient another one
        total += power // n
        power = (power * square) >> unit
        n += 2
    # the tail is below the last power over 1 - 1/9
    error = 2 * (3 * n + 8)
    wide = unit + k.bit_length() + 1
    value = ((k * log_two(wide)) >> (wide - unit)) - 2 * total
    if not x.rad:
        return Ball(value, error + 3, -unit, x.bits)
    # |log(m ± r) - log m| <= r/(m - r)
    rest = Ball(0, x.rad, 0, x.bits) * Ball(x.mid - x.rad, 0, 0, x.bits).inverse()
    found: Ball = Ball(value, error + 3, -unit, x.bits) + rest
    return found


def root(x: Ball, degree: int) -> Ball:
    """The root of a positive number."""
    if x.sign() <= 0:
        raise OutsideDomain(f"expected a positive number for a root, got {x}; check it")
    if degree == 2:
        # (m ± r) 2**e = M 2**(2E): an even exponent, and enough digits
        shift = max(2 * x.bits + 8 - x.mid.bit_length(), 0)
        shift += (x.exp - shift) & 1
        low = isqrt((x.mid - x.rad) << shift)
        high = isqrt((x.mid + x.rad) << shift) + 1
        return Ball(low + high, high - low, (x.exp - shift) // 2 - 1, x.bits)
    return exp(log(x) * Fraction(1, degree))


def _nearly_one(unit: int, bits: int) -> Ball:
    """What is not further from 1 than one unit."""
    return Ball(1 << unit, 1, -unit, bits)


def tanh(x: Ball) -> Ball:
    """The hyperbolic tangent, to an absolute error."""
    unit = x.bits + GUARD
    if _is_beyond(x, unit.bit_length()):
        # |x| > unit, and 1 - tanh|x| < 2 exp(-2|x|) < 2**-unit
        near: Ball = _nearly_one(unit, x.bits) * x.sign()
        return near
    if x.top >= LARGEST:
        raise _too_wide(x)
    middle = Ball(x.mid, 0, x.exp, x.bits)
    value = 1 - 2 * (exp(2 * middle) + 1).inverse()
    return _widened(value, x)


def sinh(x: Ball) -> Ball:
    """The hyperbolic sine."""
    up = exp(x)
    found: Ball = (up - up.inverse()) * Fraction(1, 2)
    return found


def cosh(x: Ball) -> Ball:
    """The hyperbolic cosine."""
    up = exp(x)
    found: Ball = (up + up.inverse()) * Fraction(1, 2)
    return found


def _turned(x: Ball, quarter: int) -> Ball:
    """sin(x + quarter π/2)."""
    if x.top > 4096:
        raise _too_wide(x)
    unit = x.bits + GUARD
    wide = unit + max(x.top, 0) + 4
    half = pi_units(wide) >> 1
    middle = _middle(x, wide)
    # x = k π/2 + t, t to 4 units: |k| < 2**(top + 1), times 2 of the wider units
    k = middle // half
    t = (middle - k * half) >> (wide - unit)
    square = (t * t) >> unit
    # terms t**n/n! with t < 1.58 to 4 units: (e t**2 + 3)/((n + 1)(n + 2)) + 1 < 4
    turn = (k + quarter) % 4
    term, n = (t, 1) if turn % 2 == 0 else (1 << unit, 0)
    total, sign, count = 0, 1, 0
    while term:
        total += sign * term
        sign = -sign
        term = ((term * square) >> unit) // ((n + 1) * (n + 2))
        n += 2
        count += 1
    value = -total if turn >= 2 else total
    # the tail is below the last term, as its signs alternate; 4 more for those of t
    here = Ball(value, 4 * (count + 3), -unit, x.bits)
    return _widened(here, x)


def sin(x: Ball) -> Ball:
    """The sine."""
    return _turned(x, 0)


def cos(x: Ball) -> Ball:
    """The cosine."""
    return _turned(x, 1)


def atan(x: Ball) -> Ball:
    """The inverse tangent, to an absolute error."""
    unit = x.bits + GUARD
    middle = Ball(x.mid, 0, x.exp, x.bits)
    if _is_beyond(x, unit):
        # π/2 - atan|x| < 1/|x| <= 2**-unit
        far: Ball = Ball(pi_units(unit), 6, -unit - 1, x.bits) * x.sign()
        return far
    if x.mid < 0:
        value = -atan(-middle)
    elif middle.mid and middle.top > 1:
        value = Ball(pi_units(unit), 3, -unit - 1, x.bits) - atan(middle.inverse())
    elif middle.mid and middle.top > -2:
        # atan x = 2 atan(x/(1 + √(1 + x²)))
        value = 2 * atan(middle / (1 + root(1 + middle * middle, 2)))
    else:
        t = _middle(middle, unit)
        square = (t * t) >> unit
        power, total, n, sign = t, 0, 1, 1
        while power:
            # a power has an error e < 2, the quotient another one
            total += sign * (power // n)
            power = (power * square) >> unit
            sign, n = -sign, n + 2
        value = Ball(total, 3 * n + 6, -unit, x.bits)
    return _widened(value, x)


def asinh(x: Ball) -> Ball:
    """The inverse hyperbolic sine, to an absolute error."""
    if x.mid < 0:
        return -asinh(-x)
    middle = Ball(x.mid, 0, x.exp, x.bits)
    value = log(middle + root(1 + middle * middle, 2))
    return _widened(value, x)


def erf(x: Ball) -> Ball:
    """The error function, to an absolute error."""
    unit = x.bits + GUARD
    if x.mid < 0:
        return -erf(-x)
    if _square_exceeds(x, unit):
        # 1 - erf x < exp(-x**2) < 2**-unit
        return _nearly_one(unit, x.bits)
    middle = Ball(x.mid, 0, x.exp, x.bits)
    if middle.top > unit.bit_length() + 1:
        # it holds numbers below √unit and above unit
        raise _too_wide(x)
    # erf x = 2x exp(-x²)/√π Σ a(n), a(n) = (2x²)**n/(1·3·…·(2n + 1)), all terms positive
    # s = 2x² exactly, but for a unit
    shift = 2 * x.exp + 1 + unit
    s = x.mid * x.mid << shift if shift >= 0 else x.mid * x.mid >> -shift
    term, total, n = 1 << unit, 0, 0
    # up to where the quotient of terms is below 1/2, so that the tail is below the first one
    while term or 2 * s > (2 * n + 1) << unit:
        total += term
        n += 1
        term = ((term * s) >> unit) // (2 * n + 1)
    # A step adds 2 units, which grow as terms do: up to 2(1 + a(n)), as terms grow from 1 and then
    # shrink. So e(n) < 2n(1 + a(n)), which is the tail, too. 2 units of s are 2a(n - 1) or less.
    # And Σ a(n) < 2·total + 1.
    error = 4 * n * n + 4 * n + (2 * n + 4) * (2 * (total >> unit) + 3)
    series = Ball(total, error, -unit, x.bits)
    pi = Ball(pi_units(unit), 3, -unit, x.bits)
    value: Ball = 2 * middle * exp(-(middle * middle)) * series / root(pi, 2)
    # erf' <= 2/√π < 2
    return _widened(_widened(value, x), x)


def _square_exceeds(x: Ball, bound: int) -> bool:
    """Whether x > 0 and x**2 is above a bound, all over the ball."""
    low = x.mid - x.rad
    if low <= 0:
        return False
    if low.bit_length() + x.exp > bound.bit_length():
        return True
    square, shift = low * low, 2 * x.exp
    return (square << shift if shift >= 0 else square >> -shift) > bound


def erfc(x: Ball) -> Ball:
    """1 - erf x."""
    found: Ball = 1 - erf(x)
    return found


FUNCTIONS: dict[str, Callable[[Ball], Ball]] = {
    function.__name__: function
    for function in (exp, log, tanh, sinh, cosh, sin, cos, atan, asinh, erf, erfc)
}
"""By SymPy's names."""
