"""The convex hull of finitely many exact points, and membership with a certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul
from typing import TypeAlias

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, feasible_point
from piecewise_mt.memory import cached_property

Point: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True)
class Combination:
    """target = Σ weights·points, the weights positive with sum 1."""

    points: tuple[Point, ...]
    weights: tuple[Fraction, ...]


@dataclass(frozen=True)
class Separation:
    """direction·p ≤ bound < direction·target for every point p of the set."""

    direction: Point
    value: Fraction
    bound: Fraction


def dot(direction: Sequence[Fraction | int], point: Sequence[Fraction | int]) -> Fraction:
    """The scalar product."""
    pairs = zip(direction, point, strict=True)
    return sum((fraction(d * v) for d, v in pairs if d), Fraction(0))


def locate(
    target: Point, start: Iterable[Point], furthest: Callable[[Point], Point]
) -> Combination | Separation:
    """Whether a point lies in the hull of a finite set that an oracle knows.

    Parameters
    ----------
    target : point
    start : points of the set, at least one
    furthest : callable
        A point of the set where direction·p is largest.

    Notes
    -----
    Cutting planes: a direction that separates the target from the points seen so far either
    separates it from all, or the oracle names a new point. A strict linear program finds the
    direction; its Farkas certificate is the convex combination.

    Examples
    --------
    >>> triangle = [(0, 0), (1, 0), (0, 1)]
    >>> oracle = lambda d: max(triangle, key=lambda p: dot(d, p))
    >>> locate((1, 1), triangle[:1], oracle).bound
    Fraction(1, 1)
    """
    seen = list(dict.fromkeys(start))
    if target in seen:
        return Combination((target,), (Fraction(1),))
    rows: list[tuple[tuple[int, ...], bool]] = []
    scales: list[Fraction] = []

    def add(point: Point) -> None:
        difference = [fraction(t) - p for t, p in zip(target, point, strict=True)]
        row = primitive(difference)
        index = next(i for i, value in enumerate(row) if value)
        scales.append(row[index] / difference[index])
        rows.append(((0, *row), True))

    for point in seen:
        add(point)
    while True:
        answer = feasible_point([], rows)
        if isinstance(answer, Farkas):
            raw = [m * scale for m, scale in zip(answer.inequalities, scales, strict=True)]
            total = sum(raw, Fraction(0))
            used = [(p, w / total) for p, w in zip(seen, raw, strict=True) if w]
            return Combination(tuple(p for p, _ in used), tuple(w for _, w in used))
        direction = tuple(map(fraction, primitive(answer.point)))
        new = furthest(direction)
        value, bound = dot(direction, target), dot(direction, new)
        if bound < value:
            return Separation(direction, value, bound)
        if new == target:
            return Combination((target,), (Fraction(1),))
        seen.append(new)
        add(new)


def outermost(points: Sequence[Sequence[int]]) -> set[int]:
    """Points of a set with mean 0 that a filter proves to be the only ones furthest somewhere.

    Notes
    -----
    A direction is tried for each point p: p itself, and C⁻¹p with the covariance C, in which a
    parallelotope is a cube. How it was found does not matter, as any float is an exact number.
    Entries are divided by the largest one and rounded, u = 2⁻⁵³ off at most; those of a direction
    are in [-1, 1], so that however a computer adds up k products, d·p comes out within k (k + 3) u
    of the truth. Where the gap to all other points is at least twenty times that, d·p is the
    largest for sure. Empty without numpy.

    Examples
    --------
    The middle of an edge is not:

    >>> sorted(outermost([(-1, -1), (-1, 1), (1, -1), (1, 1), (1, 0)])) in ([], [0, 1, 2, 3])
    True
    """
    try:
        import numpy
    except ImportError:
        return set()
    width = len(points[0])
    if any(isinstance(v, Algebraic) for point in points for v in point):
        # their quotients are no floats that are rounded in a known way
        return set()
    largest = max((abs(v) for point in points for v in point), default=0)
    if not largest or width > 10**3:
        return set()
    # int / int rounds correctly, however long the two are
    rounded = numpy.array([[v / largest for v in point] for point in points])
    gap = 20 * width * (width + 3) * 2.0**-53
    try:
        turned = rounded @ numpy.linalg.pinv(rounded.T @ rounded, hermitian=True)
    except numpy.linalg.LinAlgError:
        turned = rounded
    found: set[int] = set()
    block = 256
    for tried in (turned, rounded):
        size = abs(tried).max(axis=1, keepdims=True)
        # a little smaller, so that rounding does not lead beyond 1
        directions = tried / numpy.where(size > 0, size * (1 + 2.0**-50), 1)
        for start in range(0, len(points), block):
            own = directions[start : start + block]
            heights = own @ rounded.T
            rows = numpy.arange(len(own))
            at_own = heights[rows, start + rows].copy()
            heights[rows, start + rows] = -numpy.inf
            above = at_own - heights.max(axis=1) > gap
            found.update(int(i) + start for i in numpy.flatnonzero(above))
    return found


@dataclass(frozen=True)
class Facets:
    """The hull is {p : d·p = c for each equation, d·p ≤ h for each inequality}."""

    equations: tuple[tuple[Point, Fraction], ...]
    inequalities: tuple[tuple[Point, Fraction], ...]


class Polytope:
    """The convex hull of finitely many points with exact coordinates.

    Parameters
    ----------
    points : iterable of tuples of Fractions
        At least one, all of one length; repeated ones are dropped.

    Raises
    ------
    PiecewiseError
        If there is no point.

    Examples
    --------
    >>> square = Polytope([(0, 0), (1, 0), (0, 1), (1, 1), (Fraction(1, 2), 0)])
    >>> square.dimension, len(square.vertices), square.contains((1, Fraction(1, 2)))
    (2, 4, True)
    """

    def __init__(self, points: Iterable[Sequence[Fraction | int]]) -> None:
        self.points: tuple[Point, ...] = tuple(
            dict.fromkeys(tuple(map(fraction, point)) for point in points)
        )
        if not self.points:
            raise PiecewiseError("expected at least one point, got none; give the points")
        self._scale = lcm(*(v.denominator for point in self.points for v in point))
        self._whole = [
            tuple(v.numerator * (self._scale // v.denominator) for v in point)
            for point in self.points
        ]

    @cached_property
    def _directions(self) -> tuple[tuple[int, ...], ...]:
        """The direction space of the affine hull, in reduced echelon form."""
        origin = self._whole[0]
        done: tuple[tuple[int, ...], ...] = ()
        for point in self._whole[1:]:
            row = (0, *(p - o for p, o in zip(point, origin, strict=True)))
            if len(done) == len(origin):
                break
            done = echelon([*done, row])
        return tuple(row[1:] for row in done)

    @property
    def dimension(self) -> int:
        """The dimension of the affine hull."""
        return len(self._directions)

    def furthest(self, direction: Sequence[Fraction | int]) -> Point:
        """The first point where direction·p is largest."""
        row = primitive(direction)
        heights = [sum(map(mul, row, point)) for point in self._whole]
        return self.points[heights.index(max(heights))]

    def is_furthest_alone(self, index: int, direction: Sequence[int]) -> bool:
        """Whether direction·p is largest at this point and nowhere else: then it is a vertex."""
        heights = [sum(map(mul, direction, point)) for point in self._whole]
        return heights[index] == max(heights) and heights.count(heights[index]) == 1

    def certificate(self, target: Sequence[Fraction | int]) -> Combination | Separation:
        """A convex combination of the points, or a direction that separates."""
        wanted = tuple(map(fraction, target))
        if wanted in self._set:
            return Combination((wanted,), (Fraction(1),))
        start = self.points[:1] if len(self.points) > 40 else self.points
        return locate(wanted, start, self.furthest)

    @cached_property
    def _set(self) -> frozenset[Point]:
        return frozenset(self.points)

    def contains(self, target: Sequence[Fraction | int]) -> bool:
        """Whether a point lies in the hull."""
        return isinstance(self.certificate(target), Combination)

    @cached_property
    def vertices(self) -> tuple[Point, ...]:
        """The extreme points, sorted."""
        count = len(self.points)
        total = [sum(column) for column in zip(*self._whole, strict=True)]
        # away from the mean: if nothing is as far, the point is extreme
        centred = [[count * p - t for p, t in zip(own, total, strict=True)] for own in self._whole]
        proved = outermost(centred) if count > 100 else set()
        found = []
        for index, row in enumerate(centred):
            if index in proved:
                found.append(self.points[index])
                continue
            if count > 1 and self.is_furthest_alone(index, row):
                found.append(self.points[index])
                continue
            others = [p for i, p in enumerate(self.points) if i != index]
            if not others or isinstance(
                Polytope(others).certificate(self.points[index]), Separation
            ):
                found.append(self.points[index])
        return tuple(sorted(found))

    @cached_property
    def facets(self) -> Facets:
        """Equations of the affine hull and one inequality a facet.

        In coordinates of the affine hull about an inner point c, the facets are the vertices of the
        polar {d : d·(p - c) ≤ 1 for all points p}, which the face complex refines.
        """
        from piecewise_mt.geometry.columns import Combination
        from piecewise_mt.geometry.complex import FaceComplex

        directions = self._directions
        pivots = [next(i for i, value in enumerate(row) if value) for row in directions]
        equations = []
        width = len(self.points[0])
        for column in range(width):
            if column in pivots:
                continue
            normal = [Fraction(0)] * width
            normal[column] = Fraction(1)
            for row, pivot in zip(directions, pivots, strict=True):
                normal[pivot] = -quotient(row[column], row[pivot])
            if any(normal):
                equations.append((tuple(normal), dot(normal, self.points[0])))
        inequalities = []
        if pivots:
            count = len(self.points)
            centre = [sum((p[i] for p in self.points), Fraction(0)) / count for i in pivots]
            cells = FaceComplex(len(pivots), 10**6)
            for point in self.vertices:
                row = primitive([1, *(c - point[i] for c, i in zip(centre, pivots, strict=True))])
                cells.cut(Combination.of(row), 1)
                cells.drop(4)
                cells.clear(1, 2)
            for generator in cells.generators:
                # a bounded polar: no rays
                local = [quotient(v, generator[0]) for v in generator[1:]]
                normal = [Fraction(0)] * width
                for i, value in zip(pivots, local, strict=True):
                    normal[i] = value
                scaled = primitive([1 + dot(local, centre), *normal])
                inequalities.append((tuple(map(fraction, scaled[1:])), fraction(scaled[0])))
        return Facets(tuple(equations), tuple(sorted(inequalities)))

    def __repr__(self) -> str:
        return f"Polytope of dimension {self.dimension}, hull of {len(self.points)} points"
