"""Where a polynomial with rational coefficients is positive or zero: exact, or not decided.

One variable on an interval by Sturm's theorem; a quadratic by its minimum, which exists iff the
Hessian is positive semidefinite and the gradient is in its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from piecewise_mt.exact.number_fields import Algebraic


@dataclass(frozen=True)
class Interval:
    """An interval with rational or algebraic ends; None stands for no bound."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    def inside(self) -> Fraction:
        """A point of a nonempty interval."""
        if self.low is None and self.high is None:
            return Fraction(0)
        if self.low is None:
            assert self.high is not None
            return self.high - 1
        return self.low + 1 if self.high is None else (self.low + self.high) / 2


def sign_on_interval(poly: sympy.Poly, interval: Interval) -> int | None:
    """1 or -1 if a polynomial in one variable has that sign all over an interval, else None.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> sign_on_interval(sympy.Poly(x**2 - 2, x), Interval(low=Fraction(2), low_open=True))
    1
    >>> sign_on_interval(sympy.Poly(x**2 - 2, x), Interval()) is None
    True
    """
    low, high = _rational_ends(interval)
    roots = poly.count_roots(low, high)  # the ends count
    ends = ((interval.low, interval.low_open), (interval.high, interval.high_open and low != high))
    roots -= sum(1 for end, is_open in ends if is_open and end is not None and not _at(poly, end))
    if roots:
        return None
    return 1 if _at(poly, interval.inside()) > 0 else -1


_BITS = 64


def _rational_ends(interval: Interval) -> tuple[sympy.Rational | None, sympy.Rational | None]:
    """Rational ends: irrational ones are rounded outwards, which may only add roots."""
    low, high = interval.low, interval.high
    if isinstance(low, Algebraic):
        low = Fraction(low.floor(_BITS), 1 << _BITS)
    if isinstance(high, Algebraic):
        high = -Fraction((-high).floor(_BITS), 1 << _BITS)
    first, last = (None if end is None else _rational(end) for end in (low, high))
    return first, last


def _at(poly: sympy.Poly, value: Fraction) -> Fraction:
    """The value of a polynomial with rational coefficients, by Horner's scheme."""
    total = Fraction(0)
    for c in poly.all_coeffs():
        total = total * value + Fraction(int(c.p), int(c.q))
    return total


def quadratic_minimum(poly: sympy.Poly) -> sympy.Rational | None:
    """The minimum of a polynomial of degree at most 2, None if it is not bounded below.

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> quadratic_minimum(sympy.Poly(x**2 + x * y + y**2 + x + 1, x, y))
    2/3
    >>> quadratic_minimum(sympy.Poly(x**2 + y**2, x, y))
    0
    >>> quadratic_minimum(sympy.Poly(x * y, x, y)) is None
    True
    """
    if poly.total_degree() > 2:
        return None
    symbols = poly.gens
    expression = poly.as_expr()
    hessian = sympy.hessian(expression, symbols)
    if not hessian.is_positive_semidefinite:
        return None
    origin = dict.fromkeys(symbols, sympy.Integer(0))
    slope = sympy.Matrix([sympy.diff(expression, s).xreplace(origin) for s in symbols])
    try:
        solution, free = hessian.gauss_jordan_solve(-slope)
    except ValueError:  # the gradient is nowhere zero
        return None
    place: Sequence[sympy.Expr] = solution.xreplace(dict.fromkeys(free, sympy.Integer(0)))
    found: sympy.Rational = poly.eval(dict(zip(symbols, place, strict=True)))
    return found


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)
