"""The limits of gradients and their hull, where the function near the point is a sum of summands.

Nothing is cut then: a maximum of n operands that tie is n forms, and an order statistic all its
arrangements; see ``partition.summands`` for what is covered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from typing import final

from piecewise_mt.calculus.local.bouligand import Limit, raised
from piecewise_mt.calculus.local.certificates import flat
from piecewise_mt.calculus.local.clarke import unflat
from piecewise_mt.calculus.local.enumerated_summand import EnumeratedSummand
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector, dot
from piecewise_mt.calculus.partition.maxima import maxima_of, rough_faces
from piecewise_mt.calculus.partition.summand_kinds import Extreme, Summand
from piecewise_mt.calculus.partition.summands import Summands, summands_of
from piecewise_mt.exact.linear import Row, kernel
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.polytope import Combination, Separation
from piecewise_mt.memory import cached_property

SMALL = 1000
"""Up to this many faces are enumerated: then a cone is one cell of labels."""
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, repr=False)
class SumLimit(Limit):
    """A limit as a sum of one limit a summand."""

    _hull: LocalHull
    _extremes: tuple[Extreme, ...]

    @property
    def ray(self) -> Vector:
        hull = self._hull
        total = [_ZERO] * hull.rank
        for summand, own in zip(hull.summands, self._extremes, strict=True):
            for i, height in zip(summand.basis, own.direction, strict=True):
                if height:
                    total = [t + height * v for t, v in zip(total, hull.dual[i], strict=True)]
        return tuple(map(fraction, primitive(total)))

    @property
    def rays(self) -> tuple[Vector, ...]:
        """The inner direction, and others near it that span the pivot variables with it."""
        ray, found = self.ray, []
        for axis in range(len(ray)):
            step = Fraction(1)
            while True:
                near = tuple(v + step * (i == axis) for i, v in enumerate(ray))
                if all(dot(row, near) > 0 for row in self._rows):
                    break
                step /= 2
            found.append(near)
        return (ray, *found)

    @property
    def _rows(self) -> list[Vector]:
        """Forms of the pivot variables that are > 0 on the cone."""
        hull, rows = self._hull, []
        for summand, own in zip(hull.summands, self._extremes, strict=True):
            for row in own.rows:
                total = [_ZERO] * hull.rank
                for i, c in zip(summand.basis, row, strict=True):
                    if c:
                        total = [t + c * v for t, v in zip(total, hull.basis[i], strict=True)]
                rows.append(tuple(total))
        return rows

    @property
    def cone(self) -> Polyhedron:
        rows: list[tuple[Row, bool]] = [(raised(self._reduction, row), True) for row in self._rows]
        return Polyhedron(self._reduction.source.names, [], rows).irredundant()


@final
class LocalHull:
    """The hull of the limits of gradients of a local function, in the pivot columns."""

    def __init__(self, reduction: Reduction, found: Summands) -> None:
        self.reduction = reduction
        self.found = found
        self.summands = found.summands
        self.basis = found.basis
        self.rank = reduction.rank

    @property
    def dual(self) -> tuple[tuple[Fraction, ...], ...]:
        """What measures how far a direction goes along each vector of the basis."""
        return self.found.dual

    @property
    def count(self) -> int | None:
        """How many limits there are; None if that is not known without enumeration."""
        return self.found.count

    @property
    def is_point(self) -> bool:
        """Whether there is one limit only, so that the function is differentiable."""
        # summands that are told without enumeration first
        ordered = sorted(self.summands, key=lambda summand: isinstance(summand, EnumeratedSummand))
        return all(summand.is_point for summand in ordered)

    @property
    def has_only_vertices(self) -> bool:
        """Whether each limit is a vertex of the hull."""
        return all(summand.has_only_vertices for summand in self.summands)

    @property
    def dimension(self) -> int:
        """The dimension of the hull."""
        return sum(summand.dimension for summand in self.summands)

    def limits(self) -> list[Limit]:
        """All limits, sorted."""
        found: list[Limit] = []
        for choice in product(*(list(summand.extremes()) for summand in self.summands)):
            found.append(self._limit(choice))
        return sorted(found, key=lambda limit: limit.reduced)

    def _limit(self, choice: Sequence[Extreme]) -> SumLimit:
        matrix = self._matrix([own.point for own in choice])
        return SumLimit(self.reduction, matrix, self, tuple(choice))

    def _matrix(self, points: Sequence[Sequence[Fraction]]) -> Matrix:
        """The linear part and one point a summand."""
        rows = [list(row) for row in self.found.linear]
        for summand, point in zip(self.summands, points, strict=True):
            k = summand.rank
            for j, row in enumerate(rows):
                for i, c in zip(summand.basis, point[j * k : (j + 1) * k], strict=True):
                    if c:
                        row[:] = [v + c * w for v, w in zip(row, self.basis[i], strict=True)]
        return tuple(map(tuple, rows))

    def find(self, matrix: Matrix) -> Limit | None:
        """The limit with this reduced matrix, None if there is none."""
        points = self._coordinates(matrix)
        if isinstance(points, Separation):
            return None
        choice = []
        for summand, point in zip(self.summands, points, strict=True):
            own = summand.find(point)
            if own is None:
                return None
            choice.append(own)
        return self._limit(choice)

    def _coordinates(self, matrix: Matrix) -> list[Vector] | Separation:
        """For every summand the coordinates of a matrix; or what separates it from their span."""
        steps = [
            tuple(m - v for m, v in zip(row, own, strict=True))
            for row, own in zip(matrix, self.found.linear, strict=True)
        ]
        for j, step in enumerate(steps):
            for normal in self._normals:
                height = dot(normal, step)
                if height:
                    sign = 1 if height > 0 else -1
                    direction = [[sign * v * (i == j) for v in normal] for i in range(len(steps))]
                    bound = sign * dot(normal, self.found.linear[j])
                    return Separation(
                        tuple(fraction(v) for row in direction for v in row),
                        bound + sign * height,
                        Fraction(bound),
                    )
        heights = [[dot(vector, step) for vector in self.dual] for step in steps]
        return [
            tuple(row[i] for row in heights for i in summand.basis) for summand in self.summands
        ]

    @cached_property
    def _normals(self) -> tuple[Row, ...]:
        """The directions that no summand sees."""
        return kernel([primitive(row) for row in self.basis], self.rank)

    def contains(self, matrix: Matrix) -> bool:
        """Whether a reduced matrix is in the hull."""
        points = self._coordinates(matrix)
        return not isinstance(points, Separation) and all(
            summand.contains(point) for summand, point in zip(self.summands, points, strict=True)
        )

    def certificate(self, point: Vector) -> Combination | Separation:
        """For a flat reduced matrix: limits with weights, or a direction that separates."""
        matrix = unflat(point, len(self.found.linear))
        points = self._coordinates(matrix)
        if isinstance(points, Separation):
            return points
        parts: list[tuple[Vector, ...]] = []
        weights: list[tuple[Fraction, ...]] = []
        for summand, own in zip(self.summands, points, strict=True):
            answer = summand.certificate(own)
            if isinstance(answer, Separation):
                return self._raised(summand, answer)
            parts.append(answer.points)
            weights.append(answer.weights)
        chosen = list(staircase(weights))
        return Combination(
            tuple(
                flat(self._matrix([own[i] for own, i in zip(parts, places, strict=True)]))
                for places, _ in chosen
            ),
            tuple(weight for _, weight in chosen),
        )

    def _raised(self, summand: Summand, answer: Separation) -> Separation:
        """A direction that separates in the coordinates of a summand, as one of matrices."""
        k, rows = summand.rank, []
        for j in range(len(self.found.linear)):
            row = [_ZERO] * self.rank
            for i, c in zip(summand.basis, answer.direction[j * k : (j + 1) * k], strict=True):
                if c:
                    row = [v + c * w for v, w in zip(row, self.dual[i], strict=True)]
            rows.append(row)
        beside = sum((dot(r, own) for r, own in zip(rows, self.found.linear, strict=True)), _ZERO)
        return Separation(flat(rows), answer.value + beside, answer.bound + beside)

    # -- functions with one output -----------------------------------------------------------

    def _heights(self, direction: Vector) -> list[Vector]:
        """For every summand the values of its basis on a direction."""
        return [
            tuple(fraction(dot(self.basis[i], direction)) for i in summand.basis)
            for summand in self.summands
        ]

    def support(self, direction: Vector) -> Fraction:
        """The largest G·direction over all limits G."""
        total = fraction(dot(self.found.linear[0], direction))
        for summand, own in zip(self.summands, self._heights(direction), strict=True):
            total += dot(own, summand.furthest(own))
        return total

    def furthest(self, direction: Vector) -> Matrix:
        """A limit G where G·direction is largest."""
        heights = self._heights(direction)
        return self._matrix(
            [summand.furthest(own) for summand, own in zip(self.summands, heights, strict=True)]
        )

    def contains_limiting(self, matrix: Matrix) -> bool | None:
        """Whether a reduced matrix is a limiting subgradient; None if some summand does not tell.

        Of summands of independent variables the sets add up. That of a convex one is its hull; a
        concave one has Fréchet subgradients only where it is linear, so that its limits are all.
        """
        points = self._coordinates(matrix)
        if isinstance(points, Separation):
            return False
        answer: bool | None = True
        for summand, point in zip(self.summands, points, strict=True):
            if summand.is_convex:
                inside: bool | None = summand.contains(point)
            else:
                inside = summand.find(point) is not None if summand.is_concave else None
            if inside is False:
                return False
            answer = None if inside is None else answer
        return answer

    def limiting_direction(self, matrix: Matrix) -> Vector:
        """A direction towards points that have a limiting subgradient as a Fréchet subgradient.

        Concave summands have the gradient there, and convex ones their tie.
        """
        points, total = self._coordinates(matrix), [_ZERO] * self.rank
        assert not isinstance(points, Separation)
        for summand, point in zip(self.summands, points, strict=True):
            own = None if summand.is_convex else summand.find(point)
            if own is not None:
                for i, height in zip(summand.basis, own.direction, strict=True):
                    total = [t + height * v for t, v in zip(total, self.dual[i], strict=True)]
        return tuple(map(fraction, primitive(total)))

    def some_limit(self) -> Matrix:
        """A limit."""
        points = [summand.furthest((_ZERO,) * summand.rank) for summand in self.summands]
        return self._matrix(points)

    @property
    def is_convex(self) -> bool:
        """Whether the function is convex near the point."""
        return self.found.is_convex

    @property
    def knows_subgradients(self) -> bool:
        """Whether every summand is convex, or one of them is concave and not linear."""
        return self.is_convex or self._concave is not None

    @cached_property
    def _concave(self) -> Summand | None:
        if len(self.found.linear) > 1:
            return None
        return next((summand for summand in self.summands if summand.is_concave), None)

    def ascent(self, g: Vector) -> tuple[Vector, Fraction] | None:
        """A direction d with f'(x; d) < g·d, and f'(x; d), if ``knows_subgradients``."""
        if self._concave is None:
            answer = self.certificate(g)
            # of a convex function the slope is the largest product with a limit
            return (answer.direction, answer.bound) if isinstance(answer, Separation) else None
        # the slopes along d and -d have a negative sum for some d, those of g the sum 0
        summand = self._concave
        for place, axis in enumerate(summand.basis):
            for sign in (1, -1):
                own = tuple(fraction(sign * (i == place)) for i in range(summand.rank))
                d = tuple(sign * v for v in self.dual[axis])
                # of a concave function the slope is the smallest product with a limit
                lowest = summand.furthest(tuple(-v for v in own))
                slope = fraction(dot(self.found.linear[0], d)) + dot(own, lowest)
                if slope < dot(g, d):
                    return d, slope
        raise AssertionError("a concave summand that is not linear is no sum of slopes")


def staircase(weights: Sequence[Sequence[Fraction]]) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Combinations of places, one in each list of weights of sum 1, with these marginals."""
    places = [0] * len(weights)
    left = [own[0] for own in weights]
    rest = Fraction(1)
    while rest > 0:
        step = min([rest, *left])
        yield tuple(places), step
        rest -= step
        for i, own in enumerate(weights):
            left[i] -= step
            if not left[i] and places[i] + 1 < len(own):
                places[i] += 1
                left[i] = own[places[i]]


def local_hull(reduction: Reduction, max_faces: int) -> LocalHull | None:
    """The hull of a local function; None if it is small, or not covered."""
    if rough_faces(reduction.program) <= SMALL:
        return None
    maxima = maxima_of(reduction.program)
    if maxima is None:
        return None
    found = summands_of(maxima, partial(EnumeratedSummand, max_faces=max_faces))
    # alone, it is what is enumerated anyway
    alone = len(found.summands) == 1 and isinstance(found.summands[0], EnumeratedSummand)
    return None if alone else LocalHull(reduction, found)
