"""Whether a function has a shape, with its proof or a segment that violates it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import sympy

from piecewise_mt.calculus.properties.in_words import InWords, point_text


class Step(Protocol):
    """One facet, cell or sum of a proof."""

    def verify(self) -> bool:
        """Check it anew."""


@dataclass(frozen=True, repr=False)
class ShapeVerdict(InWords):
    """Whether a property holds, with a segment that violates it otherwise.

    Its truth value is ``holds``. A segment is checkable as a whole. That a property holds is a
    proof by enumeration of facets or cells, each of which is checkable.
    """

    holds: bool
    segment: tuple[tuple[sympy.Rational, ...], ...] = ()
    """Two ends; for convexity, f at the midpoint exceeds the mean of f at the ends."""
    reason: str = ""
    steps: tuple[Step, ...] = ()
    """One bend an interior facet, or one gradient a full-dimensional stratum; or one sum."""
    violated: Callable[[], bool] | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        where = f", from {' to '.join(map(point_text, self.segment))}" if self.segment else ""
        return f"{'yes' if self.holds else 'no'}: {self.reason}{where}"

    def verify(self) -> bool:
        """Check the segment, or every step, anew: with Fractions alone, by values of f."""
        if self.holds:
            return all(step.verify() for step in self.steps)
        return self.violated is not None and self.violated()

    def __bool__(self) -> bool:
        return self.holds
