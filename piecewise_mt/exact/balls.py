"""Real numbers enclosed in intervals with binary midpoints, of as many bits as are asked for.

All rounding is counted in the radius, in integers: a ball always holds the number that it stands
for. Its functions are in :mod:`piecewise_mt.exact.ball_functions`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from piecewise_mt.errors import OutsideDomain, Undecided
from piecewise_mt.exact.number_fields import Algebraic

Enclosed: TypeAlias = "Fraction | Ball"
"""A rational number that is known exactly, or an enclosure."""

RADIUS_BITS = 32
"""A radius of more bits says nothing more."""

LONGEST = 2**16
"""Powers of two above this one are not written as decimals."""


class Ball:
    """The numbers x with ``|x - mid·2**exp| <= rad·2**exp``.

    Midpoints have at most `bits` bits. Arithmetic with ints and Fractions is enclosed, too. A
    comparison raises :class:`~piecewise_mt.errors.Undecided` where the ball does not tell.

    Examples
    --------
    >>> third = ball_of(Fraction(1, 3), 64)
    >>> third < Fraction(1, 2), 3 * third > 1 - Fraction(1, 10**9), str(third)
    (True, True, '0.333333 ± 3.4e-7')
    """

    __slots__ = ("bits", "exp", "mid", "rad")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, mid: int, rad: int, exp: int, bits: int) -> None:
        surplus = max(mid.bit_length() - bits, rad.bit_length() - RADIUS_BITS)
        if surplus > 0:
            # the midpoint loses less than one unit, and the radius is rounded up
            rad = -(-rad >> surplus) + (1 if mid & ((1 << surplus) - 1) else 0)
            mid >>= surplus
            exp += surplus
        self.mid = mid
        self.rad = rad
        self.exp = exp
        self.bits = bits

    # -- arithmetic ---------------------------------------------------------------------------

    def _other(self, other: Any) -> Ball | None:
        if isinstance(other, Ball):
            return other
        return ball_of(other, self.bits) if isinstance(other, int | Fraction | Algebraic) else None

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Ball) and isinstance(other, int | Fraction) and not other:
            return self
        own = self._other(other)
        return NotImplemented if own is None else _sum(self, own)

    __radd__ = __add__

    def __neg__(self) -> Ball:
        return Ball(-self.mid, self.rad, self.exp, self.bits)

    def __sub__(self, other: Any) -> Any:
        if other is self:  # a ball stands for one number
            return Ball(0, 0, 0, self.bits)
        own = self._other(other)
        return NotImplemented if own is None else _sum(self, -own)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is int or other.__class__ is Fraction:
            if not other:
                return Fraction(0)
            if other == 1:
                return self
        own = self._other(other)
        if own is None:
            return NotImplemented
        one, two = abs(self.mid), abs(own.mid)
        rad = one * own.rad + two * self.rad + self.rad * own.rad
        bits = max(self.bits, own.bits)
        return Ball(self.mid * own.mid, rad, self.exp + own.exp, bits)

    __rmul__ = __mul__

    def inverse(self) -> Ball:
        """1/x.

        Raises
        ------
        Undecided
            If the ball holds 0.
        """
        size, rad = abs(self.mid), self.rad
        if not self.sign():
            raise OutsideDomain("expected a number that is not 0 to divide by, got 0; check it")
        shift = size.bit_length() + self.bits + 4
        # |1/(m ± r) - 1/m| <= r/(m (m - r)), and the quotients are rounded
        wide = -(-(rad << shift) // (size * (size - rad)))
        mid = (1 << shift) // size
        return Ball(mid if self.mid > 0 else -mid, wide + 1, -shift - self.exp, self.bits)

    def __truediv__(self, other: Any) -> Any:
        own = self._other(other)
        return NotImplemented if own is None else self * own.inverse()

    def __rtruediv__(self, other: Any) -> Any:
        return self.inverse() * other

    # -- order --------------------------------------------------------------------------------

    @property
    def is_exact(self) -> bool:
        """Whether the ball is one number."""
        return not self.rad

    def sign(self) -> int:
        """1, 0 or -1.

        Raises
        ------
        Undecided
            If numbers of different signs are in the ball.
        """
        if abs(self.mid) > self.rad:
            return 1 if self.mid > 0 else -1
        if not self.mid and not self.rad:
            return 0
        raise Undecided(
            f"expected a number whose sign its enclosure tells, got {self}; choose another point"
        )

    def __eq__(self, other: object) -> bool:
        return _sign(self - other) == 0

    def __lt__(self, other: Any) -> bool:
        return _sign(self - other) < 0

    def __le__(self, other: Any) -> bool:
        return _sign(self - other) <= 0

    def __gt__(self, other: Any) -> bool:
        return _sign(self - other) > 0

    def __ge__(self, other: Any) -> bool:
        return _sign(self - other) >= 0

    def __bool__(self) -> bool:
        return self.sign() != 0

    # -- ends ---------------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """All numbers of the ball are below ``2**top`` in size."""
        return (abs(self.mid) + self.rad).bit_length() + self.exp

    def fixed(self, bits: int) -> tuple[int, int]:
        """A midpoint and a radius in units of ``2**-bits``."""
        shift = self.exp + bits
        if shift >= 0:
            return self.mid << shift, self.rad << shift
        # what is cut off is 0 if the lowest 1 of the midpoint is above it
        lowest = (self.mid & -self.mid).bit_length()
        return self.mid >> -shift, -(-self.rad >> -shift) + (0 < lowest <= -shift)

    def ends(self) -> tuple[Fraction, Fraction]:
        """The lower and the upper end."""
        return _dyadic(self.mid - self.rad, self.exp), _dyadic(self.mid + self.rad, self.exp)

    def __repr__(self) -> str:
        return f"Ball({self})"

    def __str__(self) -> str:
        if abs(self.top) > LONGEST:
            return f"a number below 2**{self.top} in size"
        return interval_text(*self.ends(), 6)


def _sign(difference: Any) -> int:
    # what is no number, such as a Missing, refuses to be asked
    return difference.sign() if isinstance(difference, Ball) else int(bool(difference))


def _sum(one: Ball, two: Ball) -> Ball:
    if one.exp < two.exp:
        one, two = two, one
    bits = max(one.bits, two.bits)
    gap = one.exp - two.exp
    if gap > 2 * bits + 128:
        if not (one.mid or one.rad):
            return Ball(two.mid, two.rad, two.exp, bits)
        if not (two.mid or two.rad):
            return Ball(one.mid, one.rad, one.exp, bits)
        # far below the last place of the other, where one unit holds it: so no shift is long
        gap = bits + 64
        two = Ball(0, 1, one.exp - gap, bits)
    return Ball((one.mid << gap) + two.mid, (one.rad << gap) + two.rad, two.exp, bits)


def _dyadic(mid: int, exp: int) -> Fraction:
    return Fraction(mid << exp) if exp >= 0 else Fraction(mid, 1 << -exp)


def ball_of(value: Any, bits: int) -> Ball:
    """A rational or algebraic number, enclosed to so many bits.

    Examples
    --------
    >>> ball_of(Fraction(3, 4), 64).is_exact, ball_of(Fraction(1, 3), 64).is_exact
    (True, False)
    """
    if isinstance(value, Ball):
        return value
    if isinstance(value, Algebraic):
        low, high = value.enclosure(bits)
        low, high = low // value.denominator, -(-high // value.denominator)
        return Ball(low + high, high - low, -bits - 1, bits)
    above, below = value.numerator, value.denominator
    if below == 1:
        return Ball(above, 0, 0, bits)
    if not below & (below - 1):
        return Ball(above, 0, 1 - below.bit_length(), bits)
    shift = max(bits + below.bit_length() - above.bit_length() + 1, 0)
    # the remainder is below one unit
    return Ball((above << shift) // below, 1, -shift, bits)


def joined(one: Ball, two: Ball) -> Ball:
    """A ball that holds both."""
    exp = min(one.exp, two.exp)
    ends = [
        end << (ball.exp - exp)
        for ball in (one, two)
        for end in (ball.mid - ball.rad, ball.mid + ball.rad)
    ]
    low, high = min(ends), max(ends)
    return Ball(low + high, high - low, exp - 1, max(one.bits, two.bits))


def interval_text(low: Fraction, high: Fraction, digits: int) -> str:
    """The midpoint to so many digits, and a radius in which what is cut is counted.

    Examples
    --------
    >>> third = Fraction(1, 3)
    >>> interval_text(third, 2 * third, 6), interval_text(third, third, 3)
    ('0.5 ± 1.7e-1', '0.333 ± 3.4e-4')
    >>> interval_text(third / third, third / third, 3), interval_text(third, 10**9 * third, 3)
    ('1', '1.67e8 ± 1.7e8')
    """
    middle = (low + high) / 2
    power = power_of_ten(middle) if middle else 0
    places = digits - power
    # rounded half up
    scaled = abs(middle) * Fraction(10) ** places
    lead = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    shown = lead / Fraction(10) ** places if middle >= 0 else -lead / Fraction(10) ** places
    radius = max(high - shown, shown - low)
    text = str(lead)
    if -4 < power <= digits:
        text = text.rjust(places + 1, "0")
        whole, rest, end = text[: len(text) - places], text[len(text) - places :], ""
    else:
        whole, rest, end = text[0], text[1:], f"e{len(text) - 1 - places}"
    rest = rest.rstrip("0")
    text = ("-" if shown < 0 else "") + (f"{whole}.{rest}" if rest else whole) + end
    return f"{text} ± {rounded_up(radius)}" if radius else text


def rounded_up(value: Fraction) -> str:
    """Two digits of a positive number, rounded up.

    Examples
    --------
    >>> rounded_up(Fraction(1, 3)), rounded_up(Fraction(999, 10))
    ('3.4e-1', '1.0e2')
    """
    power = power_of_ten(value)
    scaled = value / Fraction(10) ** (power - 2)
    lead = -(-scaled.numerator // scaled.denominator)
    if lead == 100:
        lead, power = 10, power + 1
    return f"{lead // 10}.{lead % 10}e{power - 1}"


def power_of_ten(value: Fraction) -> int:
    """The p with ``10**(p - 1) <= |value| < 10**p``."""
    size = abs(value)
    # log10(2), and then at most a step or two
    power = (size.numerator.bit_length() - size.denominator.bit_length()) * 30103 // 100000
    while size >= Fraction(10) ** power:
        power += 1
    while size < Fraction(10) ** (power - 1):
        power -= 1
    return power
