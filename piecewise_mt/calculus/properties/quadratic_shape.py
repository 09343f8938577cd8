"""Convexity and monotonicity of piecewise quadratic functions.

Convex are the functions with a positive semidefinite hessian on each full-dimensional piece and a
gradient that bends upwards across each facet between two of them: for almost all segments cross
facets in their relative interiors. Slopes are affine on a piece, and so are bends on a facet;
vertices, rays and lines decide their signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties.facet_bends import jump_row
from piecewise_mt.calculus.properties.quadratic_faces import (
    QuadraticFace,
    QuadraticFaces,
    agrees,
)
from piecewise_mt.calculus.properties.shape_verdict import (
    ShapeVerdict,
    above_chord,
    chord_around,
    decrease,
)
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot, moved
from piecewise_mt.exact.shape_certificates import (
    is_semidefinite,
)
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class OnPiece:
    """A full-dimensional piece, and what f is on it."""

    closure: Polyhedron
    point: Vector
    quadratic: Quadratic
    _function: Expression = field(repr=False)

    @staticmethod
    def of(face: QuadraticFace, function: Expression) -> OnPiece:
        """That of a face."""
        return OnPiece(face.closure, face.stratum.point, face.quadratic, function)

    def verify(self) -> bool:
        """Whether f has the values of the quadratic."""
        names = self.closure.variables
        axes = [tuple(Fraction(int(i == j)) for i in range(len(names))) for j in range(len(names))]
        return agrees(self._function, names, self.closure, self.point, axes, [self.quadratic])


@dataclass(frozen=True)
class ConvexPiece:
    """The hessian of a piece is positive semidefinite."""

    piece: OnPiece

    def verify(self) -> bool:
        """Check it anew."""
        return is_semidefinite(self.piece.quadratic.hessian) and self.piece.verify()


@dataclass(frozen=True)
class QuadraticBend:
    """The gradient across a facet, in a direction from one piece to the other, does not decrease.

    The jump is affine on the facet: ≥ 0 at its vertices and along its rays.
    """

    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    step: Vector
    before: OnPiece
    behind: OnPiece

    def verify(self) -> bool:
        """Check it anew."""
        row = jump_row(self.before.quadratic, self.behind.quadratic, self.step)
        sides = [own.closure.contains(v) for own in (self.before, self.behind)
                 for v in self.vertices]  # fmt: skip
        return (
            all(sides)
            and all(dot(row, (1, *v)) >= 0 for v in self.vertices)
            and all(dot(row[1:], ray) >= 0 for ray in self.rays)
            and self.before.verify()
            and self.behind.verify()
        )


@dataclass(frozen=True)
class QuadraticGrowth:
    """The slopes in some variables are ≥ 0 on a piece: at its vertices and along its rays."""

    piece: OnPiece
    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    places: tuple[int, ...]

    def verify(self) -> bool:
        """Check it anew."""
        q = self.piece.quadratic
        return self.piece.verify() and all(
            all(q.gradient(v)[j] >= 0 for v in self.vertices)
            and all(dot(q.hessian[j], ray) >= 0 for ray in self.rays)
            for j in self.places
        )


def convexity(faces: QuadraticFaces) -> ShapeVerdict:
    """Whether a piecewise quadratic function is convex on its full-dimensional domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> bool(convexity(QuadraticFaces.of((x**2 + abs(x)).strata())))
    True
    >>> convexity(QuadraticFaces.of((x**2 - abs(x)).strata())).segment
    ((1/2,), (-1/2,))
    """
    function = faces.function
    steps: list[ConvexPiece | QuadraticBend] = []
    axes = [tuple(Fraction(int(i == j)) for i in range(len(faces.names)))
            for j in range(len(faces.names))]  # fmt: skip
    for face in faces.top:
        shape = shape_along(face.quadratic, axes)
        if not isinstance(shape, Bowl):
            return _chord(faces, face.stratum.point, shape)
        steps.append(ConvexPiece(OnPiece.of(face, function)))
    level = faces.top[0].key[0] - 1
    for face in faces:
        around = faces.around(face)
        if face.key[0] != level or len(around) != 2:
            continue
        before, behind = around
        step = moved(behind.stratum.point, -1, face.stratum.point)
        point = face.where_negative(jump_row(before.quadratic, behind.quadratic, step))
        if point is not None:
            return _chord(faces, point, step)
        steps.append(QuadraticBend(face.vertices, face.rays, step,
                                   *(OnPiece.of(own, function) for own in around)))  # fmt: skip
    reason = "no hessian has a negative direction, and no facet bends downwards"
    return ShapeVerdict(True, (), reason, tuple(steps))


def _chord(faces: QuadraticFaces, middle: Vector, step: Vector) -> ShapeVerdict:
    """A short segment along a step on whose midpoint f is above the chord."""
    value, inside = _value(faces), faces.cells.domain
    return above_chord(value, *chord_around(value, inside, middle, step))


def growth(faces: QuadraticFaces, places: Sequence[int]) -> ShapeVerdict:
    """Whether it does not decrease in the variables at these places.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> bool(growth(QuadraticFaces.of((abs(x) * x).strata()), [0]))
    True
    """
    steps = []
    value = _value(faces)
    for face in faces.top:
        q = face.quadratic
        for j in places:
            axis = tuple(Fraction(int(i == j)) for i in range(len(faces.names)))
            start = face.where_negative(q.slope(axis))
            if start is None:
                continue
            slope = q.gradient(start)[j]
            has = face.stratum.polyhedron.contains
            return decrease(value, has, start, j, faces.names[j], slope)
        piece = OnPiece.of(face, faces.function)
        steps.append(QuadraticGrowth(piece, face.vertices, face.rays, tuple(places)))
    return ShapeVerdict(True, (), "no slope is negative", tuple(steps))


def _value(faces: QuadraticFaces) -> Callable[[Sequence[Fraction]], Fraction]:
    return lambda point: values_at(faces.function, faces.names, point)[0]
