"""Pieces of three free variables: exact polytopes, clipped to a box, as polygons of their faces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from operator import mul
from typing import Any

from piecewise_mt.display.plots.shapes import (
    Corner,
    Point,
    Relation,
    Row,
    View,
    Window,
    height,
    integers,
    mean,
    meeting,
    parts_of,
)
from piecewise_mt.geometry.relations import allows


@dataclass(frozen=True)
class Solid:
    """A clipped convex set of dimension 0 to 3."""

    dimension: int
    faces: tuple[tuple[Point, ...], ...]
    """The facets of a body, each with its corners in order; else the set itself."""
    owner: Any

    @property
    def center(self) -> Point:
        """A point of the relative interior."""
        return mean(list(dict.fromkeys(corner for face in self.faces for corner in face)))


def solids(pieces: Iterable[Any], view: View, window: Window) -> Iterator[Solid]:
    """What the box shows of the pieces, in their order."""
    for piece in pieces:
        for part in parts_of(piece):
            relations = view.relations(part)
            solid = None if relations is None else clipped_solid(relations, window, piece)
            if solid is not None:
                yield solid


def clipped_solid(relations: Sequence[Relation], window: Window, owner: Any) -> Solid | None:
    """What is left of a set in the box, None if nothing is.

    Examples
    --------
    A half of the cube has five facets, the plane through its diagonal one polygon:

    >>> from piecewise_mt.geometry.relations import Related
    >>> cube = ((Fraction(-1), Fraction(1)),) * 3
    >>> row = (Fraction(0), Fraction(1), Fraction(-1), Fraction(0))
    >>> half = clipped_solid([Related(row, ">")], cube, None)
    >>> half.dimension, len(half.faces)
    (3, 5)
    >>> plane = clipped_solid([Related(row, "=")], cube, None)
    >>> plane.dimension, len(plane.faces[0])
    (2, 4)
    """
    rows = [*(row for row, _ in relations), *_box(window)]
    whole = [integers(row) for row in rows]
    equal = [relation == "=" for _, relation in relations] + [False] * 6
    corners: dict[Corner, list[int]] = {}
    for three in combinations(whole, 3):
        corner = meeting(*three)
        if corner is None or corner in corners:
            continue
        heights = [sum(map(mul, row, corner)) for row in whole]
        if all(h == 0 if same else h >= 0 for h, same in zip(heights, equal, strict=True)):
            corners[corner] = heights
    points = [tuple(Fraction(c, w) for c in rest) for w, *rest in corners]
    if not points:
        return None
    center = mean(points)
    if not all(allows(relation, height(row, center)) for row, relation in relations):
        return None
    dimension = _dimension(points)
    if dimension < 3:
        return Solid(dimension, (around(points),), owner)
    faces: dict[frozenset[Point], tuple[Point, ...]] = {}
    for k in range(len(rows)):
        own = [p for p, h in zip(points, corners.values(), strict=True) if h[k] == 0]
        if _dimension(own) == 2:
            faces.setdefault(frozenset(own), around(own))
    return Solid(3, tuple(faces.values()), owner)


def _box(window: Window) -> Iterable[Row]:
    for k, (low, high) in enumerate(window):
        for sign, bound in ((1, low), (-1, high)):
            yield (-sign * bound, *(Fraction(sign if j == k else 0) for j in range(len(window))))


def _cross(a: Point, b: Point) -> Point:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _minus(a: Point, b: Point) -> Point:
    return tuple(p - q for p, q in zip(a, b, strict=True))


def _normal(points: Sequence[Point]) -> Point:
    """Perpendicular to the plane of the points; zero if they are on a line."""
    arms = [_minus(point, points[0]) for point in points[1:]]
    for a, b in combinations(arms, 2):
        found = _cross(a, b)
        if any(found):
            return found
    return (Fraction(0),) * 3


def _dimension(points: Sequence[Point]) -> int:
    """Of the affine hull; -1 for no point."""
    if len(points) < 2:
        return len(points) - 1
    normal = _normal(points)
    if not any(normal):
        return 1
    arms = (_minus(point, points[0]) for point in points)
    return 3 if any(sum(map(mul, normal, arm), Fraction(0)) for arm in arms) else 2


def around(points: Sequence[Point]) -> tuple[Point, ...]:
    """The corners of a plane convex polygon in order; the ends of a segment, or the point."""
    ordered = sorted(points)
    normal = _normal(ordered)
    if not any(normal):
        return (ordered[0], ordered[-1]) if len(ordered) > 1 else (ordered[0],)
    first, last = ordered[0], ordered[-1]
    along = _minus(last, first)

    def side(point: Point) -> Fraction:
        turned = _cross(along, _minus(point, first))
        return sum(map(mul, turned, normal), Fraction(0))

    below = [point for point in ordered[1:-1] if side(point) < 0]
    above = [point for point in ordered[1:-1] if side(point) > 0]
    return (first, *below, last, *reversed(above))
