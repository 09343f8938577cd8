"""Numbers with infinitesimals: c0 + c1 ε + c2 ε² + …, compared lexicographically.

What a piecewise linear function does at x + ε d1 + ε² d2 + … for all small ε > 0 is read off by
evaluating it at these numbers: one pass, the values ordered by their first difference (Nesterov,
"Lexicographic differentiation of nonsmooth functions", 2005; Khan and Barton, "A vector forward
mode of automatic differentiation for generalized derivative evaluation", 2015).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reals import Real


class Lexicographic:
    """An element c0 + c1 ε + … of an ordered vector space over the rationals.

    Examples
    --------
    At the tie 0 the first infinitesimal decides, then the second:

    >>> Lexicographic((0, -1)) < 0 < Lexicographic((0, 0, 1))
    True
    >>> 1 + 2 * Lexicographic((0, 3))
    Lexicographic(1, 6)
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Any) -> None:
        self.terms: tuple[Any, ...] = tuple(terms)

    def _of(self, other: Any) -> tuple[Any, ...]:
        if isinstance(other, Lexicographic):
            return other.terms
        return (other, *(0,) * (len(self.terms) - 1))

    def _known(self, other: Any) -> bool:
        return isinstance(other, (int, Fraction, Algebraic, Real, Lexicographic))

    def __add__(self, other: Any) -> Lexicographic:
        if not self._known(other):
            return NotImplemented
        pairs = zip(self.terms, self._of(other), strict=True)
        # most coefficients are 0 where many directions follow each other
        return Lexicographic((a + b if a else b) if b else a for a, b in pairs)

    __radd__ = __add__

    def __neg__(self) -> Lexicographic:
        return Lexicographic(-a for a in self.terms)

    def __sub__(self, other: Any) -> Lexicographic:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Lexicographic:
        return (-self).__add__(other)

    def __mul__(self, scalar: Any) -> Lexicographic:
        if not isinstance(scalar, (int, Fraction, Algebraic)):
            return NotImplemented
        return Lexicographic(scalar * a if a else a for a in self.terms)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return self._known(other) and self.terms == self._of(other)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> bool:
        return self.terms < self._of(other)

    def __le__(self, other: Any) -> bool:
        return self.terms <= self._of(other)

    def __gt__(self, other: Any) -> bool:
        return self.terms > self._of(other)

    def __ge__(self, other: Any) -> bool:
        return self.terms >= self._of(other)

    def __repr__(self) -> str:
        return f"Lexicographic({', '.join(map(str, self.terms))})"
