"""The two kinds of summands in a sum of maxima, of which all limits of gradients are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from math import prod
from typing import final

from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, feasible_point
from piecewise_mt.geometry.polytope import (
    Combination,
    Point,
    Polytope,
    Separation,
    dot,
    locate,
)
from piecewise_mt.geometry.rearrangements import Rearrangements
from piecewise_mt.memory import cached_property

MAX_SUMS = 512
"""How many sums of forms of several maxima are tried for vertices."""
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Extreme:
    """A limit of gradients of one summand, in the coordinates of its span, row-major."""

    point: Point
    direction: Point
    """A direction of the inside of its cone, by the values of the basis on it."""
    cone: Callable[[], tuple[Point, ...]]
    """What makes the forms of the basis that are > 0 on its cone: many, and seldom asked for."""

    @property
    def rows(self) -> tuple[Point, ...]:
        """The forms of the basis that are > 0 on its cone."""
        return self.cone()


class Summand(ABC):
    """Terms that span one of the independent spaces."""

    has_only_vertices: bool = True
    """Whether each limit is a vertex of the hull."""

    def __init__(self, basis: tuple[int, ...], outputs: int) -> None:
        self.basis = basis
        """Which vectors of the common basis span it."""
        self.outputs = outputs

    @property
    def rank(self) -> int:
        """The dimension of its span."""
        return len(self.basis)

    @property
    @abstractmethod
    def is_convex(self) -> bool:
        """Whether each output is convex."""

    @property
    @abstractmethod
    def is_concave(self) -> bool:
        """Whether there is one output, which is concave and not linear."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The dimension of the hull of the limits."""

    @property
    def is_point(self) -> bool:
        """Whether there is one limit only."""
        return False

    @property
    @abstractmethod
    def count(self) -> int | None:
        """How many limits there are; None if that takes too many sums."""

    @abstractmethod
    def extremes(self) -> Iterator[Extreme]:
        """The limits."""

    @abstractmethod
    def find(self, point: Point) -> Extreme | None:
        """The limit with this point, None if there is none."""

    @abstractmethod
    def furthest(self, direction: Point) -> Point:
        """A limit of a function with one output where direction·limit is largest."""

    @abstractmethod
    def certificate(self, point: Point) -> Combination | Separation:
        """The point as a convex combination of limits, or what separates it from all of them."""

    def contains(self, point: Point) -> bool:
        """Whether the point is in the hull of the limits."""
        return isinstance(self.certificate(point), Combination)


@final
class ConvexSummand(Summand):
    """column·(Σ factor·max over points), the factors > 0."""

    def __init__(
        self,
        basis: tuple[int, ...],
        column: Point,
        parts: Sequence[tuple[Fraction, Sequence[Point]]],
    ) -> None:
        super().__init__(basis, len(column))
        self.column = column
        self.parts = [
            (factor, [tuple(factor * v for v in p) for p in points]) for factor, points in parts
        ]
        self.lead = next(j for j, c in enumerate(column) if c)

    @property
    def is_convex(self) -> bool:
        return all(c >= 0 for c in self.column)

    @property
    def is_concave(self) -> bool:
        return len(self.column) == 1 and self.column[0] < 0

    @property
    def dimension(self) -> int:
        # 0 is among the points of every part
        return self.rank

    @property
    def count(self) -> int | None:
        if prod(len(points) for _, points in self.parts) > MAX_SUMS:
            return None
        return len(self._vertices)

    @cached_property
    def _sums(self) -> dict[Point, tuple[Point, ...]]:
        """Sums of one point a part, with these points."""
        found: dict[Point, tuple[Point, ...]] = {}
        for choice in product(*(points for _, points in self.parts)):
            found.setdefault(tuple(sum(own, _ZERO) for own in zip(*choice, strict=True)), choice)
        return found

    @cached_property
    def _vertices(self) -> dict[Point, Point]:
        """The vertices of the sum, each with a direction in which only it is furthest."""
        return dict(exposed(list(self._sums)))

    def _extreme(self, vertex: Point) -> Extreme:
        cone = partial(self._cone, self._sums[vertex])
        return Extreme(self._spread(vertex), self._vertices[vertex], cone)

    def _cone(self, chosen: Sequence[Point]) -> tuple[Point, ...]:
        """The forms that are > 0 where these points of the parts are furthest, and no others."""
        rows = (
            tuple(a - b for a, b in zip(own, other, strict=True))
            for (_, points), own in zip(self.parts, chosen, strict=True)
            for other in points
            if other != own
        )
        return tuple(dict.fromkeys(rows))

    def _spread(self, vertex: Point) -> Point:
        return tuple(c * v for c in self.column for v in vertex)

    def extremes(self) -> Iterator[Extreme]:
        return map(self._extreme, self._vertices)

    def _scalar(self, point: Point) -> Point:
        """The point whose spread has the same row for the first output with a factor."""
        k, lead = self.rank, self.column[self.lead]
        return tuple(v / lead for v in point[self.lead * k : (self.lead + 1) * k])

    def find(self, point: Point) -> Extreme | None:
        vertex = self._scalar(point)
        if self._spread(vertex) != point:
            return None
        if len(self.parts) == 1:
            return self._extreme(vertex) if vertex in self._vertices else None
        chosen = self._decomposed(vertex)
        if chosen is None:
            return None
        rows = self._cone(chosen)
        answer = feasible_point(
            [], [((0, *primitive(row)), True) for row in rows], variables=self.rank
        )
        if isinstance(answer, Farkas):
            return None
        ray = tuple(map(fraction, primitive(answer.point)))
        return Extreme(point, ray, partial(self._cone, chosen))

    def _decomposed(self, vertex: Point) -> list[Point] | None:
        """One point a part with this sum, if the point is a vertex; None if it is none for sure.

        A vertex is a sum of convex combinations in one way only, whose weights are 0 and 1.
        """
        owned = [(k, p) for k, (_, points) in enumerate(self.parts) for p in points]
        equations = [primitive([-v, *(p[i] for _, p in owned)]) for i, v in enumerate(vertex)]
        equations += [(-1, *(int(own == k) for own, _ in owned)) for k in range(len(self.parts))]
        width = len(owned)
        above = [((0, *(int(i == j) for j in range(width))), False) for i in range(width)]
        answer = feasible_point(equations, above, variables=width)
        if isinstance(answer, Farkas) or any(w not in (0, 1) for w in answer.point):
            return None
        return [p for (_, p), w in zip(owned, answer.point, strict=True) if w]

    def furthest(self, direction: Point) -> Point:
        (factor,) = self.column
        return self._spread(self._top(tuple(factor * v for v in direction)))

    def _top(self, direction: Point) -> Point:
        """The lexicographically largest of the furthest points: a vertex."""
        row = primitive(direction)
        best = [max(points, key=lambda p: (dot(row, p), p)) for _, points in self.parts]
        return tuple(sum(own, _ZERO) for own in zip(*best, strict=True))

    def certificate(self, point: Point) -> Combination | Separation:
        k, vertex = self.rank, self._scalar(point)
        lead = self.column[self.lead]
        for place, (found, expected) in enumerate(zip(point, self._spread(vertex), strict=True)):
            if found != expected:
                # row j is c_j / c_lead times the row of the lead
                direction = [_ZERO] * len(point)
                sign = 1 if found > expected else -1
                direction[place] = fraction(sign)
                direction[self.lead * k + place % k] = -sign * self.column[place // k] / lead
                return Separation(tuple(direction), sign * (found - expected), _ZERO)
        one = len(self.parts) == 1
        start = list(self._vertices) if one else [self._top(vertex), self._top((_ZERO,) * k)]
        answer = locate(vertex, start, self._top)
        if isinstance(answer, Combination):
            return Combination(tuple(map(self._spread, answer.points)), answer.weights)
        direction = [_ZERO] * len(point)
        for i, v in enumerate(answer.direction):
            direction[self.lead * k + i] = v / lead
        return Separation(tuple(direction), answer.value, answer.bound)


@final
class OrderSummand(Summand):
    """Σ over ranks of column·(order statistic of 0 and the vectors of the basis)."""

    def __init__(self, basis: tuple[int, ...], columns: Sequence[Point]) -> None:
        super().__init__(basis, len(columns[0]))
        self.arrangements = Rearrangements(columns)

    @property
    def is_convex(self) -> bool:
        """Larger ranks have larger factors."""
        columns = self.arrangements.columns
        pairs = zip(columns, columns[1:], strict=False)
        return all(a <= b for low, high in pairs for a, b in zip(low, high, strict=True))

    @property
    def is_concave(self) -> bool:
        columns = self.arrangements.columns
        falls = all(a >= b for a, b in zip(columns, columns[1:], strict=False))
        return self.outputs == 1 and falls and not self.is_point

    @property
    def dimension(self) -> int:
        return self.arrangements.dimension

    @property
    def is_point(self) -> bool:
        return self.count == 1

    @property
    def count(self) -> int:
        return self.arrangements.count

    def _spread(self, arranged: Sequence[Point]) -> Point:
        """The form 0 comes last, and has no coordinate."""
        return tuple(column[j] for j in range(self.outputs) for column in arranged[:-1])

    def _arranged(self, point: Point) -> list[Point]:
        k = self.rank
        own = [tuple(point[j * k + i] for j in range(self.outputs)) for i in range(k)]
        total = self.arrangements.total
        last = tuple(t - sum((g[j] for g in own), _ZERO) for j, t in enumerate(total))
        return [*own, last]

    def _extreme(self, arranged: Sequence[Point]) -> Extreme:
        ranks = self.arrangements.ranks(arranged)
        k = self.rank
        direction = tuple(fraction(ranks[i] - ranks[k]) for i in range(k))
        return Extreme(self._spread(arranged), direction, partial(self._chain, ranks))

    def _chain(self, ranks: Sequence[int]) -> tuple[Point, ...]:
        """The forms that put the vectors in this order."""
        k = self.rank
        order = sorted(range(k + 1), key=lambda i: ranks[i])
        return tuple(
            tuple(fraction((i == high) - (i == low)) for i in range(k))
            for low, high in zip(order, order[1:], strict=False)
        )

    def extremes(self) -> Iterator[Extreme]:
        return map(self._extreme, self.arrangements)

    def find(self, point: Point) -> Extreme | None:
        arranged = self._arranged(point)
        return self._extreme(arranged) if self.arrangements.has(arranged) else None

    def furthest(self, direction: Point) -> Point:
        """For one output."""
        return self._spread(self.arrangements.furthest([*direction, _ZERO]))

    def contains(self, point: Point) -> bool:
        return self.arrangements.contains(self._arranged(point))

    def certificate(self, point: Point) -> Combination | Separation:
        answer = self.arrangements.certificate(self._arranged(point))
        if isinstance(answer, list):
            return Combination(
                tuple(self._spread(arranged) for arranged, _ in answer),
                tuple(weight for _, weight in answer),
            )
        # a functional of all columns, the last of which is the total less the others
        functional, bound = answer
        last = functional[-1]
        direction = tuple(own[j] - last[j] for j in range(self.outputs) for own in functional[:-1])
        bound -= dot(last, self.arrangements.total)
        return Separation(direction, dot(direction, point), bound)


def exposed(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    """The vertices of a hull, each with a direction in which no other point is as far."""
    if len(points) == 1:
        yield points[0], (_ZERO,) * len(points[0])
        return
    count = len(points)
    total = [sum(column) for column in zip(*points, strict=True)]
    rows = [primitive([count * v - t for v, t in zip(p, total, strict=True)]) for p in points]
    whole = Polytope(points)
    for index, (point, row) in enumerate(zip(points, rows, strict=True)):
        # away from the mean: if nothing is as far, the point is a vertex
        if whole.is_furthest_alone(index, row):
            yield point, tuple(map(fraction, row))
            continue
        answer = Polytope([p for p in points if p != point]).certificate(point)
        if isinstance(answer, Separation):
            yield point, answer.direction
