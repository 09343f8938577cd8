"""A polygonal line with the fewest edges in a corridor between two others, exactly.

Each edge is drawn as far as any line through the last window can go; where it leaves the corridor,
the part of it behind its last contact with the other side is the next window, from which every
point further on that the next edge can reach is seen (S. Suri, "A linear time algorithm for minimum
link paths inside a simple polygon", 1986; H. Imai, M. Iri, "An optimal algorithm for approximating
a piecewise linear function", 1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

Line: TypeAlias = tuple[Fraction, Fraction]
"""(m, c) of the line y = m x + c."""
Side: TypeAlias = list[Fraction]
"""The heights of one side at the places."""


@dataclass(frozen=True)
class _Window:
    """A part of the last edge: what the next one must cross, from where it sees the corridor."""

    start: Fraction
    """Where the last edge touches the side that it does not leave through."""
    end: Fraction
    """Where it leaves the corridor."""
    upper: bool
    """Whether through the upper side."""


def fewest_links(places: Sequence[Fraction], low: Side, high: Side) -> list[Line]:
    """The lines of a polygonal line in a corridor, with as few of them as there can be.

    Parameters
    ----------
    places : increasing numbers, at least two
        The sides of the corridor are affine between neighbouring ones.
    low, high : numbers
        The heights of the sides there, low ≤ high.

    Returns
    -------
    list of (slope, intercept)
        Neighbouring lines meet inside the corridor, at increasing places.

    Examples
    --------
    A tent of the height 1 is one line up to an error of 1/2, and two below that:

    >>> places, tent = [Fraction(v) for v in (-1, 0, 1)], [0, 1, 0]
    >>> def between(error):
    ...     return fewest_links(places, [t - error for t in tent], [t + error for t in tent])
    >>> len(between(Fraction(1, 2))), len(between(Fraction(1, 3)))
    (1, 2)
    """
    found: list[Line] = []
    window = None
    while True:
        line, window = _furthest(places, low, high, window)
        found.append(line)
        if window is None:
            return found


def _height(places: Sequence[Fraction], side: Side, x: Fraction) -> Fraction:
    """The height of a side at any place of the corridor."""
    for (one, u), (two, v) in pairwise(zip(places, side, strict=True)):
        if one <= x <= two:
            return u + (x - one) / (two - one) * (v - u)
    raise ValueError("expected a place in the corridor")


def _furthest(
    places: Sequence[Fraction], low: Side, high: Side, window: _Window | None
) -> tuple[Line, _Window | None]:
    """The line through a window that goes furthest, and the next window, None at the end."""
    one = places[0] if window is None else window.end
    rest = [x for x in places if x > one]
    if not rest:
        # the corridor ends where the window does
        y = _height(places, low if window is not None and not window.upper else high, one)
        return (Fraction(0), y), None
    two = rest[0]
    # lines by their heights at one and two, which the corridor bounds
    box = [(_height(places, low, x), _height(places, high, x)) for x in (one, two)]
    lines = [_through(one, u, two, v) for u in dict.fromkeys(box[0]) for v in dict.fromkeys(box[1])]
    if len(lines) == 4:
        lines = [lines[0], lines[1], lines[3], lines[2]]
    if window is not None:
        side, sign = (low, 1) if window.upper else (high, -1)
        seen = [window.start, *(x for x in places if window.start < x < one)]
        for x in seen:
            lines = _clipped(lines, x, _height(places, side, x), sign)
    reached = two
    for x in rest[1:]:
        above = _clipped(lines, x, _height(places, low, x), 1)
        inside = _clipped(above, x, _height(places, high, x), -1)
        if not inside:
            upper = bool(above)
            return _leaving(places, low, high, lines, (one, window), reached, x, upper)
        lines, reached = inside, x
    return _middle(lines), None


def _through(one: Fraction, u: Fraction, two: Fraction, v: Fraction) -> Line:
    slope = (v - u) / (two - one)
    return slope, u - slope * one


def _middle(lines: Sequence[Line]) -> Line:
    count = len(lines)
    return sum((m for m, _ in lines), Fraction(0)) / count, sum(
        (c for _, c in lines), Fraction(0)
    ) / count


def _clipped(lines: Sequence[Line], x: Fraction, y: Fraction, sign: int) -> list[Line]:
    """The part of a convex polygon of lines that are above (sign 1) or below a point."""
    heights = [sign * (m * x + c - y) for m, c in lines]
    found: list[Line] = []
    count = len(lines)
    for i, (line, height) in enumerate(zip(lines, heights, strict=True)):
        if height >= 0:
            found.append(line)
        j = (i + 1) % count
        other = heights[j]
        if height * other < 0:
            part = height / (height - other)
            found.append(
                (line[0] + part * (lines[j][0] - line[0]), line[1] + part * (lines[j][1] - line[1]))
            )
    return list(dict.fromkeys(found))


def _leaving(
    places: Sequence[Fraction],
    low: Side,
    high: Side,
    lines: Sequence[Line],
    start: tuple[Fraction, _Window | None],
    reached: Fraction,
    x: Fraction,
    upper: bool,
) -> tuple[Line, _Window]:
    """The line that leaves the corridor last, between two places, and the window on it."""
    side, other = (high, low) if upper else (low, high)
    here, there = _height(places, side, reached), _height(places, side, x)
    slope = (there - here) / (x - reached)

    def exit_of(line: Line) -> Fraction:
        # beyond the next place it is outside, and not before the last one
        m, c = line
        gap = here - (m * reached + c)
        return reached + gap / (m - slope) if m != slope else reached

    best = max(lines, key=exit_of)
    end = exit_of(best)
    m, c = best
    one, window = start
    first = one if window is None else window.start
    touched = [
        p
        for p in sorted({first, one, *places})
        if first <= p <= reached and m * p + c == _height(places, other, p)
    ]
    return best, _Window(max(touched), end, upper)
