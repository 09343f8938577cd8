"""Whether a function has a shape, with its proof or a segment that violates it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Protocol

import sympy

from piecewise_mt.calculus.properties.in_words import InWords, point_text
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.quadratics import Numbers, Vector, moved
from piecewise_mt.exact.shape_certificates import Value, check_above_chord, check_decrease
from piecewise_mt.geometry.polyhedron import Polyhedron


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


def above_chord(value: Value, start: Vector, end: Vector) -> ShapeVerdict:
    """That a function is not convex, as it is above the chord at the midpoint."""
    here, mean = midpoint_and_mean(value, start, end)
    reason = f"f is {here} at the midpoint, {mean} on the mean of the ends"
    shown = tuple(tuple(map(to_rational, own)) for own in (start, end))
    return ShapeVerdict(False, shown, reason, (), partial(check_above_chord, value, start, end))


def midpoint_and_mean(value: Value, start: Vector, end: Vector) -> tuple[Fraction, Fraction]:
    """The value at the midpoint, and the mean of those at the ends."""
    middle = [(p + q) / 2 for p, q in zip(start, end, strict=True)]
    return value(middle), (value(start) + value(end)) / 2


def chord_around(
    value: Value, domain: Polyhedron | None, middle: Numbers, step: Numbers
) -> tuple[Vector, Vector]:
    """The ends of a segment along a step, so short that f at the midpoint is above the chord.

    Near the midpoint, f must bend downwards in this direction.

    Examples
    --------
    >>> start, end = chord_around(lambda p: -abs(p[0]), None, (0,), (Fraction(3),))
    >>> start == (-3,), end == (3,)
    (True, True)
    """
    while True:
        start, end = (moved(middle, sign, step) for sign in (-1, 1))
        inside = domain is None or (domain.contains(start) and domain.contains(end))
        if inside and check_above_chord(value, start, end):
            return start, end
        step = [c / 2 for c in step]


def decrease(
    value: Value, has: Callable[[Vector], bool], start: Vector, place: int, name: str, slope: object
) -> ShapeVerdict:
    """That a function is not monotone, as its slope in a variable is negative at a point.

    Parameters
    ----------
    value, has : callables
        The function, and whether a point is where it is asked for.
    start : vector
        The point, from which a short step in the variable stays there.
    place : int
        That of the variable.
    name, slope
        What is shown.

    Examples
    --------
    >>> found = decrease(lambda p: p[0] ** 2, lambda p: p[0] < 0, (Fraction(-1),), 0, "x", -2)
    >>> print(found)
    no: the slope in x is -2, from -1 to -1/2
    """
    step = Fraction(1)
    while True:
        end = tuple(v + step * (i == place) for i, v in enumerate(start))
        if has(end) and value(end) < value(start):
            break
        step /= 2
    shown = tuple(tuple(map(to_rational, own)) for own in (start, end))
    check = partial(check_decrease, value, start, end)
    return ShapeVerdict(False, shown, f"the slope in {name} is {slope}", (), check)
