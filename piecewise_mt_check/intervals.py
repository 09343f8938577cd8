"""Intervals with rational ends, and elementary functions of them, rounded outwards.

An operation returns an interval that contains all results of numbers in its operands. Ends with
long numerators or denominators are replaced by shorter ones further out, never further in.

Series are summed in whole multiples of 2^-W, called *units*, each product and quotient rounded
down. The bounds on what that and the rest of a series make are proved where they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from piecewise_mt_check.reading import Unsupported, spend

BITS = 100
"""So many binary digits has an end that was rounded."""
W = 160
UNIT = Fraction(1, 1 << W)
MAX_SCALE = 30_000
MAX_EXPONENT = 10_000
MAX_POWER = 1000
MAX_ANGLE = 1 << 20


class NotKnown(Exception):
    """An operation is not defined on all of an interval, or no bound of it is known."""


@dataclass(frozen=True, slots=True)
class Interval:
    """low ≤ x ≤ high."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Interval) -> Interval:
        return rounded(self.low + other.low, self.high + other.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.low, self.high, other.low, other.high
        if a >= 0 and c >= 0:
            return rounded(a * c, b * d)
        every = (a * c, a * d, b * c, b * d)
        return rounded(min(every), max(every))

    def inverse(self) -> Interval:
        if self.low <= 0 <= self.high:
            raise NotKnown("a denominator may be 0")
        return rounded(1 / self.high, 1 / self.low)

    def power(self, n: int) -> Interval:
        """x to the n, a whole number."""
        if abs(n) > MAX_POWER:
            raise Unsupported(f"a formula has a power above {MAX_POWER}")
        if n < 0:
            return self.power(-n).inverse()
        if n % 2 == 0:
            size = self.size()
            return size._power(n)
        return Interval(point(self.low)._power(n).low, point(self.high)._power(n).high)

    def _power(self, n: int) -> Interval:
        """For an interval that is a point or has no negative numbers; by squaring."""
        result, square = ONE, self
        while n:
            if n & 1:
                result = result * square
            n >>= 1
            square = square * square if n else square
        return result

    def size(self) -> Interval:
        """The absolute values."""
        if self.low >= 0:
            return self
        if self.high <= 0:
            return -self
        return Interval(Fraction(0), self.magnitude())

    def magnitude(self) -> Fraction:
        """The largest absolute value."""
        return max(-self.low, self.high)

    def meet(self, other: Interval) -> Interval:
        """What is in both, of intervals with a common number."""
        return Interval(max(self.low, other.low), min(self.high, other.high))


def point(x: Fraction | int) -> Interval:
    return Interval(Fraction(x), Fraction(x))


ZERO, ONE = point(0), point(1)


def hull(intervals: Sequence[Interval]) -> Interval:
    """The smallest interval with all of them in it."""
    return Interval(min(own.low for own in intervals), max(own.high for own in intervals))


def scaled(x: Interval, c: Fraction) -> Interval:
    return rounded(c * x.low, c * x.high) if c >= 0 else rounded(c * x.high, c * x.low)


def rounded(low: Fraction, high: Fraction) -> Interval:
    spend(50)
    return Interval(_down(low), -_down(-high))


def _down(x: Fraction) -> Fraction:
    """x, or a number below it with fewer digits."""
    above, below = x.numerator.bit_length(), x.denominator.bit_length()
    if above + below <= 4 * BITS:
        return x
    shift = BITS - above + below
    if abs(shift) > MAX_SCALE:
        if shift < 0:
            raise Unsupported("a number is too large")
        return Fraction(0) if x > 0 else Fraction(-1, 1 << MAX_SCALE)
    spend((above + below) // 64)
    if shift >= 0:
        return Fraction((x.numerator << shift) // x.denominator, 1 << shift)
    return Fraction((x.numerator // (x.denominator << -shift)) << -shift)


def _increasing(at: Callable[[Fraction], Interval], x: Interval) -> Interval:
    """An increasing function by an enclosure of it at numbers."""
    low = at(_down(x.low))
    return low if x.low == x.high == _down(x.low) else Interval(low.low, at(-_down(-x.high)).high)


def _units(x: Fraction) -> int:
    return (x.numerator << W) // x.denominator


def _around(units: int, error: int) -> Interval:
    return Interval((units - error) * UNIT, (units + error) * UNIT)


def _odd_series(t: Fraction, sign: int) -> Interval:
    """Σ signⁱ·t²ⁱ⁺¹/(2i+1), artanh t or arctan t, for |t| ≤ 1/2: within 400 units.

    The power i is wrong by e(i) units, where e(0) ≤ 1 and e(i) ≤ e(i-1)/4 + 2.5, since t² is wrong
    by less than 2.2 units, so e ≤ 4. A term is wrong by e(i)/(2i+1) + 1, all 82 by less than 300.
    The rest is below 2^-165·4/3.
    """
    spend(4000)
    whole = _units(t)
    square, power, total = whole * whole >> W, whole, 0
    for i in range(82):
        term = power // (2 * i + 1)
        total += term if sign > 0 or i % 2 == 0 else -term
        power = power * square >> W
    return _around(total, 400)


LOG_TWO = scaled(_odd_series(Fraction(1, 3), 1), Fraction(2))
PI = scaled(_odd_series(Fraction(1, 5), -1), Fraction(16)) - scaled(
    _odd_series(Fraction(1, 239), -1), Fraction(4)
)
"""By Machin."""


def _exp_at(x: Fraction) -> Interval:
    """By the series at y = x/2ⁿ with |y| ≤ 1/16, squared n times.

    e(i) ≤ e(i-1)/16 + 2 for the terms yⁱ/i!, so e ≤ 3, and 30 of them are wrong by less than 100
    units; the rest is below 2·16^-31/31!, less than a unit.
    """
    if not x:
        return ONE
    if abs(x) > MAX_EXPONENT:
        if x > 0:
            raise Unsupported(f"an exponent is above {MAX_EXPONENT}")
        return Interval(Fraction(0), _exp_at(Fraction(-MAX_EXPONENT)).high)
    spend(4000)
    n = max(0, (abs(x.numerator) // x.denominator).bit_length() + 4)
    y = _units(x / (1 << n))
    term = total = 1 << W
    for i in range(1, 31):
        term = term * y // (i << W)
        total += term
    result = _around(total, 200)
    for _ in range(n):
        result = result * result
    return result


def _log_at(x: Fraction) -> Interval:
    """log x = k·log 2 + 2·artanh t, where x = 2ᵏ·m and t = (m - 1)/(m + 1) with |t| ≤ 1/3."""
    if x <= 0:
        raise NotKnown("a logarithm of a number that may not be positive")
    if x == 1:
        return ZERO
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x / (1 << k) if k >= 0 else x * (1 << -k)
    return scaled(LOG_TWO, Fraction(k)) + scaled(
        _odd_series((m - 1) / (m + 1), 1), Fraction(2)
    )  # 1/2 < m < 2


def _circular_at(x: Fraction, start: int) -> Interval:
    """cos x (start 0) or sin x (start 1), by the series at y = x - 2kπ.

    |y| < 4 as k is the nearest whole number. The terms are at most 4⁴/4! < 11, and y² is wrong by 9
    units; with e' and t' those of the term before, e ≤ (16e' + 9t')/(n(n - 1)) + 1, which is at
    most 6, 15, 12 and from there on less (cos) or 10, 14, 8 (sin). So 40 terms are wrong by less
    than 600 units. The rest is at most 4^82/82!, less than a unit, and a change of y by d changes
    the result by at most d.
    """
    if not x:
        return (ONE, ZERO)[start]
    if abs(x) > MAX_ANGLE:
        raise Unsupported(f"an angle is above {MAX_ANGLE}")
    spend(6000)
    k = round(x / (2 * PI.low))
    own = point(x) - scaled(PI, Fraction(2 * k))
    y = _units(own.low)
    error = _units(own.high - own.low) + 2
    square = y * y >> W
    term = total = (1 << W, y)[start]
    for i in range(1, 41):
        n = 2 * i + start
        term = -term * square // (n * (n - 1) << W)
        total += term
    return _around(total, 2500 + error)


def _circular(x: Interval, start: int) -> Interval:
    """Between critical points the function is monotone; they are at multiples of π/2."""
    if x.high - x.low > 7:
        return Interval(Fraction(-1), Fraction(1))
    x = Interval(_down(x.low), -_down(-x.high))
    found = [_circular_at(x.low, start), _circular_at(x.high, start)]
    low = max(Fraction(-1), min(own.low for own in found))
    high = min(Fraction(1), max(own.high for own in found))
    for j in _quarters(x):
        place = (j - start) % 4
        low, high = (Fraction(-1) if place == 2 else low), (Fraction(1) if place == 0 else high)
    return Interval(low, high)


def _quarters(x: Interval) -> list[int]:
    """All j with j·π/2 in the interval, and perhaps some with j·π/2 just beside it."""
    first, last = (2 * end / PI.low for end in (x.low, x.high))
    found = []
    for j in range(int(first) - 2, int(last) + 3):
        place = scaled(PI, Fraction(j, 2))
        if place.low <= x.high and place.high >= x.low:
            found.append(j)
    return found


def _tan_at(x: Fraction) -> Interval:
    return _circular_at(x, 1) * _circular_at(x, 0).inverse() if x else ZERO


def _tanh_at(x: Fraction) -> Interval:
    if not x:
        return ZERO
    found = ONE - scaled((_exp_at(2 * x) + ONE).inverse(), Fraction(2))
    return found.meet(Interval(Fraction(-1), Fraction(1)))


def _sinh_at(x: Fraction) -> Interval:
    return scaled(_exp_at(x) - _exp_at(-x), Fraction(1, 2))


def _cosh_at(x: Fraction) -> Interval:
    return scaled(_exp_at(x) + _exp_at(-x), Fraction(1, 2)) if x else ONE


def _atan_at(x: Fraction) -> Interval:
    """For x > 1 by arctan 1/x, for x > 1/2 by the difference from arctan 1/2."""
    if x < 0:
        return -_atan_at(-x)
    if x > 1:
        return scaled(PI, Fraction(1, 2)) - _atan_at(1 / x)
    if x > Fraction(1, 2):
        return _atan_at(Fraction(1, 2)) + _odd_series((2 * x - 1) / (2 + x), -1)
    return _odd_series(x, -1) if x else ZERO


def _asinh_at(x: Fraction) -> Interval:
    if x < 0:
        return -_asinh_at(-x)
    return log(point(x) + root(point(x * x + 1), 2))


def _erf_at(x: Fraction) -> Interval:
    """2/√π·exp(-x²)·Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!, whose terms are positive; for x > 9, 1 - erf < exp(-x²).

    One sum is rounded down and one up, until a term is less than half of the one before; from there
    on the rest is less than the last term.
    """
    if x < 0:
        return -_erf_at(-x)
    if not x:
        return ZERO
    if x > 9:
        return Interval(1 - _exp_at(Fraction(-81)).high, Fraction(1))
    spend(20_000)
    low = _units(x)
    high = low + 1
    total, above, n = low, high, 0
    while True:
        n += 1
        low = 2 * low * _units(x * x) // (2 * n + 1 << W)
        high = -(-2 * high * (_units(x * x) + 1) // (2 * n + 1 << W))
        total, above = total + low, above + high
        if 4 * x * x < 2 * n + 3 and high < 1 << 20:
            break
    own = Interval(total * UNIT, (above + high) * UNIT) * exp(-point(x * x))
    found = own * scaled(root(PI, 2).inverse(), Fraction(2))
    return found.meet(Interval(Fraction(0), Fraction(1)))


def _root_at(x: Fraction, n: int) -> Interval:
    """The n-th root of a number that is not negative; exact if it is rational."""
    above, below = _whole_root(x.numerator, n), _whole_root(x.denominator, n)
    if above**n == x.numerator and below**n == x.denominator:
        return point(Fraction(above, below))
    spend(200 * n)
    shift = max(0, BITS + (x.denominator.bit_length() - x.numerator.bit_length()) // n)
    found = _whole_root((x.numerator << shift * n) // x.denominator, n)
    return Interval(Fraction(found, 1 << shift), Fraction(found + 1, 1 << shift))


def _whole_root(x: int, n: int) -> int:
    """The largest whole number whose n-th power is at most x."""
    if n == 2:
        return isqrt(x)
    low, high = 0, 1 << x.bit_length() // n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**n <= x else (low, middle)
    return low


def root(x: Interval, n: int) -> Interval:
    """The n-th root, of numbers that are not negative."""
    if x.low < 0:
        raise NotKnown("a root of a number that may be negative")
    if n > MAX_POWER:
        raise Unsupported(f"a formula has a root above {MAX_POWER}")
    return _increasing(lambda end: _root_at(end, n), x)


def exp(x: Interval) -> Interval:
    return _increasing(_exp_at, x)


def log(x: Interval) -> Interval:
    return _increasing(_log_at, x)


def sin(x: Interval) -> Interval:
    return _circular(x, 1)


def cos(x: Interval) -> Interval:
    return _circular(x, 0)


def tan(x: Interval) -> Interval:
    """Increasing between two poles, at odd multiples of π/2."""
    if x.high - x.low > 4 or any(j % 2 for j in _quarters(x)):
        raise NotKnown("a tangent may have a pole")
    return _increasing(_tan_at, x)


def sinh(x: Interval) -> Interval:
    return _increasing(_sinh_at, x)


def cosh(x: Interval) -> Interval:
    return _increasing(_cosh_at, x.size())


def tanh(x: Interval) -> Interval:
    return _increasing(_tanh_at, x)


def atan(x: Interval) -> Interval:
    return _increasing(_atan_at, x)


def asinh(x: Interval) -> Interval:
    return _increasing(_asinh_at, x)


def erf(x: Interval) -> Interval:
    return _increasing(_erf_at, x)
