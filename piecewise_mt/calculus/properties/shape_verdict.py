"""Whether a function has a shape, with its proof or a segment that violates it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties.in_words import InWords, point_text
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.quadratics import Numbers, Vector, moved
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.shape_certificates import Value, check_above_chord, check_decrease
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.traversal import definite_names, topological
from piecewise_mt.geometry.polyhedron import Polyhedron


class Step(Protocol):
    """One facet, cell or sum of a proof."""

    @property
    def statement(self) -> str:
        """What it says."""

    def verify(self) -> bool:
        """Check it anew."""


@dataclass(frozen=True, repr=False)
class ShapeVerdict(InWords, Proof):
    """Whether a property holds, with a segment that violates it otherwise.

    Its truth value is ``holds``. A segment is checked by values of f, a property that holds by its
    facets or cells: that these are all there are, by enumerating them anew.
    """

    holds: bool
    segment: tuple[tuple[sympy.Rational, ...], ...] = ()
    """Two ends; for convexity, f at the midpoint exceeds the mean of f at the ends."""
    reason: str = ""
    steps: tuple[Step, ...] = ()
    """One bend an interior facet, or one gradient a full-dimensional stratum; or one sum."""
    _function: Expression | None = field(default=None, repr=False, compare=False)
    _domain: Polyhedron | None = field(default=None, repr=False, compare=False)
    _places: tuple[int, ...] | None = field(default=None, repr=False, compare=False)
    """Those of the variables in which f is asked to grow; None where it is asked to be convex."""

    def __str__(self) -> str:
        where = f", from {' to '.join(map(point_text, self.segment))}" if self.segment else ""
        return f"{'yes' if self.holds else 'no'}: {self.reason}{where}"

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        if self._function is None:
            return "No function is known."
        if self._places is None:
            what = "is convex" if self.holds else "is not convex"
        else:
            names = definite_names(self._function)
            places = ", ".join(names[place] for place in self._places)
            what = f"{'does not decrease' if self.holds else 'decreases'} in {places}"
        ends = " to ".join(map(numbers_text, self.segment))
        where = f", see from {ends}" if ends else ""
        return (
            f"On {domain_text(self._domain)} f {what}{where}, for {function_text(self._function)}."
        )

    def _question(self) -> Question | None:
        if self._function is None:
            return None
        given = {"domain": self._domain, "places": self._places}
        if any(isinstance(node, Smooth) for node in topological(self._function)):
            shape = "convex" if self._places is None else "monotone"
            kind = "line_shape" if self.holds else f"not_{shape}"
            return Question(self._function, shape, given, {"kind": kind})
        if self._places is None:
            kind = "max_affine" if self.holds else "not_convex"
            return Question(self._function, "convex", given, {"kind": kind, "sense": "max"})
        kind = "monotone" if self.holds else "not_monotone"
        return Question(self._function, "monotone", given, {"kind": kind})

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.shape import convexity_of, growth_of

        f, places, region = self._function, self._places, self._domain
        if f is None or not (places is None or _are_places(places, len(definite_names(f)))):
            return False
        anew = convexity_of(f, region) if places is None else growth_of(f, places, region)
        if not same(anew, self):
            return False
        return all(step.verify() for step in self.steps) if self.holds else self._is_violated(f)

    def _is_violated(self, f: Expression) -> bool:
        """Whether the segment lies in the domain, and f on it is not as is asked."""
        names, region = definite_names(f), self._domain
        start, end = (tuple(map(to_number, own)) for own in self.segment)
        if region is not None and not (region.contains(start) and region.contains(end)):
            return False

        def value(point: Sequence[Fraction]) -> Fraction:
            found: Fraction = values_at(f, names, point)[0]
            return found

        if self._places is None:
            return check_above_chord(value, start, end)
        places = {j for j, (p, q) in enumerate(zip(start, end, strict=True)) if p != q}
        return places <= set(self._places) and check_decrease(value, start, end)

    def __bool__(self) -> bool:
        return self.holds


def _are_places(places: tuple[int, ...], count: int) -> bool:
    """Whether they are places of so many variables, in order."""
    known = all(type(place) is int and 0 <= place < count for place in places)
    return known and places != () and list(places) == sorted(set(places))


def above_chord(value: Value, start: Vector, end: Vector) -> ShapeVerdict:
    """That a function is not convex, as it is above the chord at the midpoint."""
    here, mean = midpoint_and_mean(value, start, end)
    reason = f"f is {here} at the midpoint, {mean} on the mean of the ends"
    shown = tuple(tuple(map(to_rational, own)) for own in (start, end))
    return ShapeVerdict(False, shown, reason)


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
    return ShapeVerdict(False, shown, f"the slope in {name} is {slope}")
