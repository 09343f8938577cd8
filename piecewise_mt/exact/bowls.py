"""Quadratic polynomials along subspaces: bowls, saddles and slopes, by Lagrange's reduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.quadratics import Numbers, Quadratic, Vector, dot, moved


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
