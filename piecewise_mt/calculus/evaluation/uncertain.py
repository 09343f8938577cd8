"""Maxima and minima of numbers that enclosures do not compare."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.smooth.tapes import shortened
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.balls import ball_of, joined


class Hulls:
    """Maxima and minima of numbers that cannot be compared, for :meth:`Atom.max_min`."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def affine(self, terms: Sequence[tuple[Any, Any]], constant: Any) -> Any:
        total: Any = Fraction(constant) if isinstance(constant, int) else constant
        for c, value in terms:
            total = total + c * value
        return shortened(total, self.bits)

    def maximum(self, functions: Sequence[Any]) -> Any:
        best, *rest = functions
        for value in rest:
            try:
                best = value if value > best else best
            except Undecided:
                best = joined(ball_of(best, self.bits), ball_of(value, self.bits))
        return best

    def minimum(self, functions: Sequence[Any]) -> Any:
        return -1 * self.maximum([-1 * value for value in functions])
