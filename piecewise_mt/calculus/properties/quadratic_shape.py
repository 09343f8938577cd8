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
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.facet_bends import jump_row
from piecewise_mt.calculus.properties.quadratic_faces import (
    QuadraticFace,
    QuadraticFaces,
)
from piecewise_mt.calculus.properties.shape_verdict import (
    ShapeVerdict,
    above_chord,
    chord_around,
    decrease,
)
from piecewise_mt.calculus.results.proof import (
    Proof,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot, moved
from piecewise_mt.exact.shape_certificates import (
    is_semidefinite,
)
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class OnPiece(Proof):
    """A full-dimensional piece, and what f is on it."""

    closure: Polyhedron
    point: Vector
    quadratic: Quadratic
    _function: Expression = field(repr=False)

    @staticmethod
    def of(face: QuadraticFace, function: Expression) -> OnPiece:
        """That of a face."""
        return OnPiece(face.closure, face.stratum.point, face.quadratic, function)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"On {domain_text(self.closure)} f is {self.quadratic.constant} + "
            f"{numbers_text(self.quadratic.linear)}·x + xᵀHx/2 with the rows "
            f"{numbers_text(map(numbers_text, self.quadratic.hessian))} of H, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        return self.face() is not None

    def face(self) -> QuadraticFace | None:
        """The closure as the one piece of f on it, None if f is something else there."""
        faces = QuadraticFaces.of(strata(self._function, self.closure))
        if faces is None or len(faces.top) != 1 or not self.closure.contains(self.point):
            return None
        (face,) = faces.top
        full = face.stratum.dimension == len(faces.names)
        return face if full and same(face.quadratic, self.quadratic) else None


@dataclass(frozen=True)
class ConvexPiece(Proof):
    """The hessian of a piece is positive semidefinite."""

    piece: OnPiece

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return f"H is positive semidefinite. {self.piece.statement}"

    def _check(self) -> bool:
        return is_semidefinite(self.piece.quadratic.hessian) and self.piece.verify()


@dataclass(frozen=True)
class QuadraticBend(Proof):
    """The gradient across a facet, in a direction from one piece to the other, does not decrease.

    The jump is affine on the facet: ≥ 0 at its vertices and along its rays.
    """

    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    step: Vector
    before: OnPiece
    behind: OnPiece

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"Along {numbers_text(self.step)} from one piece to the other the gradient does not "
            f"decrease between them. Before: {self.before.statement} "
            f"Behind: {self.behind.statement}"
        )

    def _check(self) -> bool:
        row = jump_row(self.before.quadratic, self.behind.quadratic, self.step)
        pieces = (self.before, self.behind)
        shared = self.before.closure & self.behind.closure
        return (
            shared.contains(moved(self.behind.point, -1, self.step))
            and all(own.face() is not None for own in pieces)
            and _is_nowhere_negative(row, shared)
            and _lie_in(shared, self.vertices, self.rays)
        )


@dataclass(frozen=True)
class QuadraticGrowth(Proof):
    """The slopes in some variables are ≥ 0 on a piece: at its vertices and along its rays."""

    piece: OnPiece
    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]
    places: tuple[int, ...]

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"The slopes in the variables at the places {numbers_text(self.places)}, from 0 on, "
            f"are at least 0. {self.piece.statement}"
        )

    def _check(self) -> bool:
        q, region = self.piece.quadratic, self.piece.closure
        axes = [tuple(int(i == j) for i in range(len(q.linear))) for j in range(len(q.linear))]
        return (
            self.piece.face() is not None
            and all(0 <= j < len(axes) for j in self.places)
            and all(_is_nowhere_negative(q.slope(axes[j]), region) for j in self.places)
            and _lie_in(region, self.vertices, self.rays)
        )


def _is_nowhere_negative(row: Sequence[Fraction], region: Polyhedron) -> bool:
    """Whether an affine function is at least 0 on a polyhedron, by a linear program."""
    half = Polyhedron(region.variables, [], [(tuple(normal_row(row)), False)])
    return not any(row) or half.includes(region)


def _lie_in(region: Polyhedron, vertices: Sequence[Vector], rays: Sequence[Vector]) -> bool:
    """Whether points are of a closed polyhedron, and rays along it."""
    above = [row[1:] for row, _ in region.inequalities]
    return (
        all(map(region.contains, vertices))
        and all(dot(row, ray) >= 0 for row in above for ray in rays)
        and not any(dot(row[1:], ray) for row in region.equations for ray in rays)
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
