"""Formulas of C¹ functions on intervals, with mpmath for what is not rational."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import sympy

from piecewise_mt.functions.build.smooth_nodes import placeholder

_BITS = 160
_WIDER = Fraction(1, 2 ** (_BITS - 24))
"""Far more than mpmath's last digits, relative and absolute."""
_FARTHEST = 10**4
"""Beyond this no float has the exponential."""
_RISING: dict[Any, str] = {
    sympy.exp: "exp", sympy.tanh: "tanh", sympy.atan: "atan", sympy.sinh: "sinh",
    sympy.asinh: "asinh", sympy.erf: "erf", sympy.log: "log",
}  # fmt: skip


class Interval(NamedTuple):
    """All numbers from ``low`` to ``high``."""

    low: Fraction
    high: Fraction

    @staticmethod
    def around(value: Fraction, radius: float) -> Interval:
        """The numbers up to a distance from one."""
        reach = Fraction(radius)
        return Interval(value - reach, value + reach)

    @property
    def middle(self) -> Fraction:
        """The number half way."""
        return self.low if self.low == self.high else (self.low + self.high) / 2


def enclosed(formula: sympy.Expr, operands: Sequence[Interval]) -> Interval | None:
    """An interval with all values of a formula in placeholders; None where it may have none."""
    named = {placeholder(k): interval for k, interval in enumerate(operands)}
    with mpmath.workprec(_BITS):
        return _enclosed(formula, named)


def exponential(x: Interval) -> Interval | None:
    """All exponentials; None if no float has them."""
    if x.high > _FARTHEST:
        return None
    with mpmath.workprec(_BITS):
        if x.low >= -_FARTHEST:
            return _monotone("exp", x)
        # below, mpmath's exponent is longer than its digits
        least = _mpf(max(x.high, Fraction(-_FARTHEST)))
        return Interval(Fraction(0), _wider(mpmath.exp(least), mpmath.exp(least)).high)


def logarithm(value: Fraction) -> Interval | None:
    """The logarithm of a number; None if it has none."""
    with mpmath.workprec(_BITS):
        return _monotone("log", Interval(value, value)) if value > 0 else None


def short(value: Fraction) -> Fraction:
    """A number cut to many more digits than a float has."""
    scale = 1 << (2 * _BITS)
    return Fraction(value.numerator * scale // value.denominator, scale)


def _enclosed(formula: sympy.Expr, named: dict[sympy.Symbol, Interval]) -> Interval | None:
    if formula.is_Symbol:
        return named[formula]
    if formula.is_Rational:
        value = Fraction(int(formula.p), int(formula.q))
        return Interval(value, value)
    if formula is sympy.pi:
        return _wider(mpmath.pi + 0, mpmath.pi + 0)
    parts = []
    for arg in formula.args:
        part = _enclosed(arg, named)
        if part is None:
            return None
        parts.append(part)
    if formula.is_Add:
        none = Fraction(0)
        return Interval(sum((p.low for p in parts), none), sum((p.high for p in parts), none))
    if formula.is_Mul:
        return _product(parts)
    if formula.is_Pow:
        return _power(parts[0], parts[1])
    for kind, name in _RISING.items():
        if isinstance(formula, kind):
            if name == "log" and parts[0].low <= 0:
                return None
            if name == "exp":
                return exponential(parts[0])
            if max(map(abs, parts[0])) > _FARTHEST and name == "sinh":
                return None
            return _monotone(name, parts[0])
    return _others(formula, parts[0])


def _others(formula: sympy.Expr, x: Interval) -> Interval | None:
    if isinstance(formula, (sympy.sin, sympy.cos)):
        function = mpmath.sin if isinstance(formula, sympy.sin) else mpmath.cos
        middle, reach = function(_mpf(x.middle)), (x.high - x.low) / 2
        found = _wider(middle, middle)
        one = Fraction(1)
        return Interval(max(found.low - reach, -one), min(found.high + reach, one))
    if isinstance(formula, sympy.erfc):
        low, high = mpmath.erfc(_mpf(x.high)), mpmath.erfc(_mpf(x.low))
        return _wider(low, high)
    if isinstance(formula, sympy.cosh):
        if max(map(abs, x)) > _FARTHEST:
            return None
        ends = [mpmath.cosh(_mpf(end)) for end in x]
        least = mpmath.mpf(1) if x.low <= 0 <= x.high else min(ends)
        return _wider(least, max(ends))
    return None


def _product(parts: Sequence[Interval]) -> Interval:
    low = high = Fraction(1)
    for part in parts:
        ends = [a * b for a in (low, high) for b in part]
        low, high = min(ends), max(ends)
    return _short(Interval(low, high))


def _power(base: Interval, exponent: Interval) -> Interval | None:
    if exponent.low != exponent.high:
        if base.low <= 0:
            return None
        logarithm = _monotone("log", base)
        return _monotone("exp", _product([logarithm, exponent]))
    power = exponent.low
    if power.denominator == 1:
        n = int(power)
        if n < 0 and base.low <= 0 <= base.high:
            return None
        ends = [base.low**n, base.high**n]
        if n % 2 == 0 and n > 0 and base.low <= 0 <= base.high:
            ends.append(Fraction(0))
        return _short(Interval(min(ends), max(ends)))
    if base.low < 0 or (base.low == 0 and power < 0):
        return None
    exact = mpmath.mpf(power.numerator) / power.denominator
    found = [mpmath.power(_mpf(end), exact) for end in base]
    return _wider(min(found), max(found))


def _monotone(name: str, x: Interval) -> Interval:
    function: Callable[[Any], Any] = getattr(mpmath, name)
    return _wider(function(_mpf(x.low)), function(_mpf(x.high)))


def _mpf(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _fraction(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    number = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -number if sign else number


def _wider(low: Any, high: Any) -> Interval:
    first, last = _fraction(low), _fraction(high)
    return Interval(first - _WIDER * (1 + abs(first)), last + _WIDER * (1 + abs(last)))


def _short(x: Interval) -> Interval:
    """A little wider, with fewer digits, so that long products stay cheap."""
    if max(x.low.denominator.bit_length(), x.high.denominator.bit_length()) < 4 * _BITS:
        return x
    scale = 1 << (2 * _BITS)
    return Interval(
        Fraction((x.low.numerator * scale) // x.low.denominator, scale),
        Fraction(-((-x.high.numerator * scale) // x.high.denominator), scale),
    )
