"""Where a function bends downwards across a facet between two of its quadratic pieces.

The gradient of a continuous function jumps along the normal of the facet, so that the jump along
any step from one piece to the other has the sign of the bend. It is affine on the facet: vertices
and rays decide whether it is negative somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.quadratics import Numbers, Quadratic, Vector, dot, moved


def jump_row(before: Quadratic, behind: Quadratic, step: Numbers) -> Vector:
    """The difference of the slopes along a step, affine in the point."""
    return behind.plus(before, -1).slope(step)


def where_negative(
    row: Sequence[Fraction], inside: Vector, vertices: Iterable[Vector], rays: Iterable[Vector]
) -> Vector | None:
    """An inner point at which an affine function is < 0; None if it is ≥ 0 on the closure.

    Parameters
    ----------
    row : sequence of numbers
        Its coefficients.
    inside : vector
        An inner point.
    vertices, rays : vectors
        What generates the closure, with both directions of each line among the rays.

    Examples
    --------
    >>> where_negative((1, -1), (Fraction(2),), [(Fraction(0),)], []) == (2,)
    True
    >>> where_negative((-1, 1), (Fraction(2),), [(Fraction(1),)], [(Fraction(1),)]) is None
    True
    """
    for vertex in (inside, *vertices):
        if dot(row, (1, *vertex)) < 0:
            weight = Fraction(1)
            while True:
                point = tuple(
                    weight * a + (1 - weight) * v for a, v in zip(inside, vertex, strict=True)
                )
                if dot(row, (1, *point)) < 0:
                    return point
                weight /= 2
    for ray in rays:
        fall = dot(row[1:], ray)
        if fall < 0:
            # the height is ≥ 0 at the inner point
            return moved(inside, 1 - quotient(dot(row, (1, *inside)), fall), ray)
    return None
