"""Infima of piecewise quadratic functions, and where they are attained.

On each face of each piece a quadratic has a lowest point inside, or from every point of the face it
falls along some segment to the boundary, or it falls along a ray for ever. So by induction the
lowest of finitely many stationary values is the infimum: a quadratic that is bounded below on a
polyhedron attains its minimum (Frank and Wolfe).

References
----------
- M. Frank, P. Wolfe, *An algorithm for quadratic programming*, Naval Research Logistics Quarterly
  3, 1956.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.in_words import InWords, infimum_text, point_text
from piecewise_mt.calculus.properties.quadratic_faces import (
    Key,
    QuadraticFace,
    QuadraticFaces,
    agrees,
)
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.quadratics import Quadratic, Vector, dot, moved
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined
from piecewise_mt.memory import cached_property


@dataclass(frozen=True)
class Lowest:
    """The quadratic is convex along the face, and lowest at a stationary point of its hull.

    If the point is in the face, its value is a lower bound there: the conditions of Karush, Kuhn
    and Tucker without multipliers. If it violates an inequality of the face, the segment to it from
    each point of the face goes down as far as the boundary.
    """

    point: Vector
    violated: int | None

    def holds(self, face: FaceStep, value: Fraction) -> bool:
        """Check it anew."""
        q, directions = face.quadratic, face.directions
        slope = q.gradient(self.point)
        is_bowl = isinstance(shape_along(q, directions), Bowl)
        if not is_bowl or any(dot(slope, d) for d in directions):
            return False
        rows = face.closure.inequalities
        if any(dot(row, (1, *self.point)) for row in face.closure.equations):
            return False
        if self.violated is not None:
            return dot(rows[self.violated][0], (1, *self.point)) < 0
        return face.closure.contains(self.point) and q.value(self.point) >= value


@dataclass(frozen=True)
class Slope:
    """A direction of the face along which the quadratic falls, and which leaves the face.

    It falls from every point of the face; if it is concave along the direction, then along this or
    the opposite one, and the face is left by both.
    """

    direction: Vector
    left: tuple[int, ...]
    """Inequalities of the face that decrease along the direction, and along the opposite one."""

    def holds(self, face: FaceStep) -> bool:
        """Check it anew."""
        q, d = face.quadratic, self.direction
        rows = face.closure.inequalities
        if any(dot(row[1:], d) for row in face.closure.equations):
            return False
        if not all(sign * dot(rows[i][0][1:], d) < 0 for sign, i in zip((1, -1), self.left)):
            return False
        if q.curvature(d, d) < 0:
            return len(self.left) == 2
        level = all(not q.curvature(d, own) for own in face.directions)
        return level and dot(q.gradient(face.point), d) < 0 and len(self.left) == 1


Step: TypeAlias = Lowest | Slope


@dataclass(frozen=True)
class FaceStep:
    """Why no point inside a face is needed to find a lower value, or what bounds them all."""

    closure: Polyhedron
    """The closed face."""
    point: Vector
    """One of its relative interior."""
    quadratic: Quadratic
    directions: tuple[Vector, ...]
    step: Step
    facets: tuple[Polyhedron, ...]
    """Those that are bounded in turn; empty for a lower bound of the whole face."""

    def holds(self, value: Fraction, function: Expression, names: tuple[str, ...]) -> bool:
        """Check the step, that the facets are all there are, and the quadratic by values of f."""
        own = (self.closure, self.point, self.directions, (self.quadratic,))
        if len(self.directions) != self.closure.dimension or not agrees(function, names, *own):
            return False
        if isinstance(self.step, Slope):
            return self.step.holds(self) and self._is_bounded_by_facets()
        return self.step.holds(self, value) and (
            self.step.violated is None or self._is_bounded_by_facets()
        )

    def _is_bounded_by_facets(self) -> bool:
        """Whether each inequality is tight nowhere, or in faces that are bounded in turn."""
        known = set(self.facets)
        for row, _ in self.closure.inequalities:
            side = Polyhedron(
                self.closure.variables, [*self.closure.equations, row], self.closure.inequalities
            )
            if not side.is_empty and side not in known:
                return False
        return True


@dataclass(frozen=True)
class Fall:
    """A ray of a face along which f tends to -∞."""

    closure: Polyhedron
    point: Vector
    ray: Vector
    quadratic: Quadratic

    def holds(self, function: Expression, names: tuple[str, ...]) -> bool:
        """Check it anew: f is the quadratic at three points of the ray, which stays in the face."""
        rows = self.closure.inequalities
        return (
            self.closure.contains(self.point)
            and all(dot(row[1:], self.ray) >= 0 for row, _ in rows)
            and not any(dot(row[1:], self.ray) for row in self.closure.equations)
            and self.quadratic.falls_along(self.point, self.ray)
            and all(
                values_at(function, names, point)[0] == self.quadratic.value(point)
                for point in (moved(self.point, step, self.ray) for step in range(3))
            )
        )


@dataclass(frozen=True, repr=False)
class QuadraticInfimum(InWords, Proof):
    """The infimum of a piecewise quadratic function, with its proof.

    A finite one is a value at a point of the closure of the domain, and bounded below face by face:
    see :class:`FaceStep`. For -oo there is a ray. ``verify``
    finds the pieces anew.
    """

    value: sympy.Expr
    point: Vector
    ray: Vector | None
    is_attained: bool
    """Whether some point of the domain has the value."""
    evidence: tuple[FaceStep, ...] | Fall
    _function: Expression = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    def __str__(self) -> str:
        if self.ray is not None:
            return f"-oo, from {point_text(self.point)} along {point_text(self.ray)}"
        return infimum_text(self.value, point_text(self.point), self.is_attained)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        along = "" if self.ray is None else f" along {numbers_text(self.ray)}"
        how = "attained" if self.is_attained else "not attained"
        return (
            f"The infimum over {domain_text(self._domain)} is {self.value}, {how}, at "
            f"{numbers_text(self.point)}{along}, for {function_text(self._function)}."
        )

    def _question(self) -> Question:
        value = None if self.value == -sympy.oo else self.value
        kind = "line_infimum" if len(self._names) == 1 else "quadratic_infimum"
        answer = {"kind": kind, "value": value}
        return Question(self._function, "minimum", {"domain": self._domain}, answer)

    def _check(self) -> bool:
        faces = QuadraticFaces.of(strata(self._function, self._domain))
        if faces is None or not same(QuadraticOptimum(faces).report, self):
            return False
        own = self.evidence
        if isinstance(own, Fall):
            return self.value == -sympy.oo and own.holds(self._function, self._names)
        pieces = [face.closure for face in faces.top]
        lowest = to_number(self.value)
        here = values_at(self._function, self._names, self.point)[0]
        known = {step.closure for step in own}
        needed = {facet for step in own for facet in step.facets}
        return (
            here == lowest
            and any(piece.contains(self.point) for piece in pieces)
            and known.issuperset(pieces)
            and known.issuperset(needed)
            and all(step.holds(lowest, self._function, self._names) for step in own)
        )


@dataclass(frozen=True, eq=False)
class _Bottom:
    """The stationary points of a face's hull, where its quadratic is convex."""

    face: QuadraticFace
    bowl: Bowl
    value: Fraction


class QuadraticOptimum:
    """What minimises a scalar piecewise quadratic function.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> own = QuadraticOptimum(QuadraticFaces.of((x**2 - abs(x)).strata()))
    >>> own.value == Fraction(-1, 4), own.argmin()
    (True, PolyhedralSet({x = 1/2} ∪ {x = -1/2}))
    """

    def __init__(self, faces: QuadraticFaces) -> None:
        self.faces = faces
        self.steps: dict[Key, Step] = {}
        self.bottoms: list[_Bottom] = []
        self.fall: Fall | None = None
        best: tuple[Fraction, Vector] | None = None
        for face in faces:
            step = self._step(face)
            if isinstance(step, Fall):
                self.fall = step
                break
            self.steps[face.key] = step
            if isinstance(step, Lowest) and step.violated is None:
                value = face.quadratic.value(step.point)
                if best is None or value < best[0]:
                    best = value, step.point
        self.value: Fraction | None = None
        if self.fall is not None:
            self.point = self.fall.point
        else:
            assert best is not None, "a quadratic that is bounded below attains its minimum"
            self.value, self.point = best

    def _step(self, face: QuadraticFace) -> Step | Fall:
        q, inside = face.quadratic, face.stratum.point
        shape = shape_along(q, face.directions)
        if not isinstance(shape, Bowl):
            for sign in (1, -1):
                ray = tuple(sign * v for v in shape)
                if face.outward(ray) is None:
                    return Fall(face.closure, inside, ray, q)
            opposite = tuple(-v for v in shape)
            left = (face.outward(shape), face.outward(opposite))
            return Slope(shape, tuple(i for i in left if i is not None))
        direction = shape.slope(q, inside)
        if direction is not None:
            left_by = face.outward(direction)
            if left_by is None:
                return Fall(face.closure, inside, direction, q)
            return Slope(direction, (left_by,))
        point = shape.lowest_from(q, inside)
        assert point is not None, "there is no slope"
        self.bottoms.append(_Bottom(face, shape, q.value(point)))
        return Lowest(point, face.violated(point))

    def argmin(self) -> PolyhedralSet:
        """Where the infimum is attained: stationary points of strata."""
        names = self.faces.names
        found, dimension = [], -1
        for own in [] if self.fall else self.bottoms:
            if own.value != self.value or not own.face.is_stratum:
                continue
            region = stationary_part(own.face)
            if not region.is_empty:
                found.append(region)
                dimension = max(dimension, region.dimension)
        return PolyhedralSet(names, joined(found), dimension)

    @cached_property
    def report(self) -> QuadraticInfimum:
        """The proof."""
        faces = self.faces
        if self.fall is not None:
            return QuadraticInfimum(-sympy.oo, self.point, self.fall.ray, False, self.fall,
                                    faces.function, faces.names, faces.cells.domain)  # fmt: skip
        needed: dict[Key, None] = {face.key: None for face in faces.top}
        steps = []
        for key in needed_faces(faces, self.steps, needed):
            face, step = faces.faces[key], self.steps[key]
            bounded = isinstance(step, Lowest) and step.violated is None
            below = () if bounded else tuple(faces.faces[k].closure for k in face.facets)
            steps.append(FaceStep(face.closure, face.stratum.point, face.quadratic,
                                  face.directions, step, below))  # fmt: skip
        assert self.value is not None
        argmin = self.argmin()
        point = self.point
        if not argmin.is_empty:
            witness = next(iter(argmin)).witness()
            assert witness is not None
            point = witness
        return QuadraticInfimum(to_rational(self.value), point, None, not argmin.is_empty,
                                tuple(steps), faces.function, faces.names,
                                faces.cells.domain)  # fmt: skip


def needed_faces(
    faces: QuadraticFaces, steps: dict[Key, Step], needed: dict[Key, None]
) -> list[Key]:
    """The faces whose bounds a lower bound on the largest ones needs, those included."""
    for face in reversed(list(faces)):
        step = steps[face.key]
        if face.key in needed and not (isinstance(step, Lowest) and step.violated is None):
            needed.update(dict.fromkeys(face.facets))
    return list(needed)


def stationary_part(face: QuadraticFace) -> Polyhedron:
    """The points of a stratum at which the function is stationary along it."""
    q, own = face.quadratic, face.stratum.polyhedron
    # the hessian is symmetric
    rows = [
        normal_row([dot(q.linear, d), *(dot(row, d) for row in q.hessian)]) for d in face.directions
    ]
    return own & Polyhedron(own.variables, [row for row in rows if any(row)])
