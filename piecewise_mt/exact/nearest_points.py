"""The point of a convex hull that is nearest to zero, exactly: Wolfe's method over any field.

It keeps a *corral*, affinely independent points whose affine hull is nearest to zero inside their
simplex. A point that lies further towards zero joins; those whose weight would become negative
leave. Norms fall, so that no corral comes twice, and exact arithmetic ends the search.

Method: P. Wolfe, "Finding the nearest point in a polytope" (1976).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Vector = tuple[Any, ...]


@dataclass(frozen=True)
class Nearest:
    """The nearest point, as Σ weights·points with positive weights of sum 1."""

    point: Vector
    points: tuple[Vector, ...]
    weights: tuple[Any, ...]


def product(one: Sequence[Any], two: Sequence[Any]) -> Any:
    """The scalar product."""
    return sum((v * w for v, w in zip(one, two, strict=True) if v and w), Fraction(0))


def nearest_to_zero(start: Vector, lowest: Callable[[Vector], Vector]) -> Nearest:
    """The point of least norm of the hull of a finite set that an oracle knows.

    Parameters
    ----------
    start : a point of the set
    lowest : callable
        A point p of the set where x·p is least, for a given x.

    Examples
    --------
    >>> segment = [(1, 2), (3, 0)]
    >>> nearest_to_zero((1, 2), lambda x: min(segment, key=lambda p: product(x, p))).point
    (Fraction(3, 2), Fraction(3, 2))
    """
    corral = _Corral()
    corral.add(tuple(start), Fraction(1))
    while True:
        x = corral.point()
        if not any(x):
            return corral.found(x)
        new = tuple(lowest(x))
        if product(x, new) >= product(x, x):
            return corral.found(x)
        corral.add(new, Fraction(0))
        while True:
            weights = corral.affine_weights()
            if all(w > 0 for w in weights):
                corral.weights = weights
                break
            corral.shrink(weights)


def nearest_of(points: Iterable[Sequence[Any]]) -> Nearest:
    """The same for points that are listed; at least one."""
    listed = [tuple(point) for point in points]
    start = min(listed, key=lambda point: product(point, point))
    return nearest_to_zero(start, lambda x: min(listed, key=lambda point: product(x, point)))


def is_nearest(point: Sequence[Any], points: Iterable[Sequence[Any]]) -> bool:
    """Whether point·p ≥ point·point for all p: then no combination of them is nearer to zero.

    Examples
    --------
    >>> is_nearest((1, 1), [(2, 0), (0, 2)]), is_nearest((2, 0), [(2, 0), (0, 2)])
    (True, False)
    """
    least = product(point, point)
    return all(product(point, own) >= least for own in points)


class _Corral:
    """Affinely independent points with weights, and the factors of their Gram matrix plus one.

    With P the points as rows, P Pᵀ + 1 1ᵀ = L D Lᵀ is positive definite, and its solution for the
    right side 1 is, scaled to sum 1, the weights of the point of the affine hull nearest to zero.
    """

    def __init__(self) -> None:
        self.points: list[Vector] = []
        self.weights: list[Any] = []
        self._lower: list[list[Any]] = []
        self._diagonal: list[Any] = []

    def point(self) -> Vector:
        pairs = list(zip(self.weights, self.points, strict=True))
        width = len(self.points[0])
        return tuple(
            sum((w * p[j] for w, p in pairs if w and p[j]), Fraction(0)) for j in range(width)
        )

    def found(self, point: Vector) -> Nearest:
        return Nearest(point, tuple(self.points), tuple(self.weights))

    def add(self, point: Vector, weight: Any) -> None:
        """The factors grow by one row."""
        row: list[Any] = []
        for i, other in enumerate(self.points):
            value = 1 + product(point, other)
            for j in range(i):
                if row[j] and self._lower[i][j]:
                    value = value - row[j] * self._diagonal[j] * self._lower[i][j]
            row.append(value / self._diagonal[i])
        rest = 1 + product(point, point)
        for j, c in enumerate(row):
            if c:
                rest = rest - c * c * self._diagonal[j]
        self.points.append(point)
        self.weights.append(weight)
        self._lower.append(row)
        self._diagonal.append(rest)

    def affine_weights(self) -> list[Any]:
        """Those of the point of the affine hull that is nearest to zero; some may be ≤ 0."""
        n = len(self.points)
        ahead: list[Any] = []
        for i in range(n):
            pairs = zip(self._lower[i], ahead, strict=True)
            ahead.append(1 - sum((c * v for c, v in pairs if c and v), Fraction(0)))
        found = [v / d for v, d in zip(ahead, self._diagonal, strict=True)]
        for i in range(n - 1, -1, -1):
            for j in range(i):
                if found[i] and self._lower[i][j]:
                    found[j] = found[j] - self._lower[i][j] * found[i]
        total = sum(found, Fraction(0))
        return [v / total for v in found]

    def shrink(self, wanted: Sequence[Any]) -> None:
        """Go towards the wanted weights until the first one is zero, and leave its point out."""
        step: Any = Fraction(1)
        for own, new in zip(self.weights, wanted, strict=True):
            if new <= 0 and own != new:
                step = min(step, own / (own - new))
        moved = [own + step * (new - own) for own, new in zip(self.weights, wanted, strict=True)]
        kept = [(p, w) for p, w in zip(self.points, moved, strict=True) if w > 0]
        self.__init__()  # type: ignore[misc]
        for point, weight in kept:
            self.add(point, weight)
