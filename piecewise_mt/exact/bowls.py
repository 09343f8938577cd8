"""Quadratic polynomials along subspaces: bowls, saddles and slopes, by Lagrange's reduction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.exact.number_rows import quotient

Numbers = Sequence[Any]
Vector = tuple[Fraction, ...]


def dot(one: Numbers, two: Numbers) -> Fraction:
    """The inner product."""
    total: Any = sum((a * b for a, b in zip(one, two, strict=True)), Fraction(0))
    return total  # type: ignore[no-any-return]


def moved(point: Numbers, step: Any, direction: Numbers) -> Vector:
    """point + step·direction."""
    return tuple(p + step * d for p, d in zip(point, direction, strict=True))


@dataclass(frozen=True)
class Quadratic:
    """x ↦ constant + linear·x + xᵀ hessian x / 2.

    Examples
    --------
    >>> q = Quadratic.of({(2, 0): Fraction(1), (0, 1): Fraction(-1)}, 2)
    >>> q.value((3, 1)) == 8, tuple(map(int, q.gradient((3, 1))))
    (True, (6, -1))
    """

    constant: Fraction
    linear: Vector
    hessian: tuple[Vector, ...]

    @staticmethod
    def of(terms: Mapping[tuple[int, ...], Fraction], variables: int) -> Quadratic | None:
        """The polynomial with these coefficients by exponents; None if its degree exceeds 2."""
        constant = Fraction(0)
        linear = [Fraction(0)] * variables
        hessian = [[Fraction(0)] * variables for _ in range(variables)]
        for exponents, c in terms.items():
            used = [i for i, e in enumerate(exponents) for _ in range(e)]
            if len(used) > 2:
                return None
            if not used:
                constant += c
            elif len(used) == 1:
                linear[used[0]] += c
            else:
                i, j = used
                hessian[i][j] += c
                hessian[j][i] += c
        return Quadratic(constant, tuple(linear), tuple(map(tuple, hessian)))

    def value(self, point: Numbers) -> Fraction:
        """The value at a point."""
        return self.constant + dot(self.linear, point) + self.curvature(point, point) / 2

    def gradient(self, point: Numbers) -> Vector:
        """The gradient at a point."""
        return tuple(c + dot(row, point) for c, row in zip(self.linear, self.hessian, strict=True))

    def curvature(self, one: Numbers, two: Numbers) -> Fraction:
        """The second derivative along two directions."""
        return dot(one, [dot(row, two) for row in self.hessian])

    def falls_along(self, point: Numbers, direction: Numbers) -> bool:
        """Whether it tends to -∞ along a ray from a point."""
        bend = self.curvature(direction, direction)
        return bend < 0 or (not bend and dot(self.gradient(point), direction) < 0)

    def is_convex_along(self, directions: Sequence[Numbers]) -> bool:
        """Whether it is convex on the span of directions."""
        return not isinstance(shape_along(self, directions), tuple)


@dataclass(frozen=True)
class Bowl:
    """Directions that diagonalise a quadratic which is convex along them."""

    rising: tuple[Vector, ...]
    """Along these it is strictly convex; they are orthogonal to each other by its hessian."""
    flat: tuple[Vector, ...]
    """The hessian is 0 along these."""

    def lowest_from(self, q: Quadratic, point: Numbers) -> Vector | None:
        """A stationary point; None if the quadratic is unbounded below along a flat direction."""
        if self.slope(q, point) is not None:
            return None
        slope = q.gradient(point)
        for d in self.rising:
            point = moved(point, -dot(slope, d) / q.curvature(d, d), d)
        return tuple(point)

    def slope(self, q: Quadratic, point: Numbers) -> Vector | None:
        """A flat direction along which it falls for ever, if there is one."""
        own = q.gradient(point)
        for d in self.flat:
            fall = dot(own, d)
            if fall:
                return d if fall < 0 else tuple(-v for v in d)
        return None


def shape_along(q: Quadratic, directions: Sequence[Numbers]) -> Bowl | Vector:
    """That a quadratic is convex along independent directions, or one along which it is concave.

    Examples
    --------
    >>> q = Quadratic.of({(1, 1): Fraction(1)}, 2)
    >>> d = shape_along(q, [(1, 0), (0, 1)])
    >>> q.curvature(d, d) < 0, shape_along(q, [(1, 1)]).flat
    (True, ())
    """
    rising: list[Vector] = []
    flat: list[Vector] = []
    for given in directions:
        d: Vector = tuple(Fraction(1) * v for v in given)
        for r in rising:
            d = moved(d, -quotient(q.curvature(d, r), q.curvature(r, r)), r)
        for z in flat:
            # z has no curvature itself; if d has some with it, a multiple of z outweighs that of d
            mixed = q.curvature(z, d)
            if mixed:
                return moved(d, -(q.curvature(d, d) + 1) / (2 * mixed), z)
        bend = q.curvature(d, d)
        if bend < 0:
            return d
        (rising if bend else flat).append(d)
    return Bowl(tuple(rising), tuple(flat))
