"""What proves that a vector is a limiting subgradient, or that it is none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.local.frechet import FrechetSubdifferential, slopes_along_rays
from piecewise_mt.calculus.local.hulls import local_hull
from piecewise_mt.calculus.local.normal_form import normal_form
from piecewise_mt.calculus.local.place import LocalProof, Place, exact_vector
from piecewise_mt.calculus.local.recomputed import WITHOUT_NORMAL_FORM, are_limits
from piecewise_mt.calculus.local.reduction import Vector, dot, reduce_at
from piecewise_mt.calculus.local.tangent_fan import Fan
from piecewise_mt.calculus.local.tangent_program import linearized
from piecewise_mt.calculus.results.proof import numbers_text
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.geometry.polyhedron import Polyhedron

HALVINGS = 200
"""So often a step is halved before a point near x is given up."""


@dataclass(frozen=True)
class LimitingSubgradient(LocalProof):
    """A Fréchet subgradient at x + ε·direction for all small ε > 0; at x itself for zero.

    Without a direction it is a limit of gradients, which is found anew as that.

    Checkable as a whole, but for the enumeration of cones at one nearby point: ``verify`` takes a
    point of the segment that has the ties of all those before it, and asks there. Where ties are
    curved, it asks the linearised function, whose subgradients are limits of those of f.
    """

    place: Place
    gradient: Vector
    direction: Vector | None

    @property
    def claim(self) -> str:
        own = numbers_text(self.gradient)
        if self.direction is None:
            return f"{own} is a limiting subgradient, as it is a limit of gradients"
        where = numbers_text(self.direction)
        return f"{own} is a limiting subgradient, from the direction {where}"

    def _check(self) -> bool:
        local = self.place.analysis()
        if local.shape[0] != 1 or local._flat:
            return False
        given = exact_vector(self.gradient, local.shape[1])
        if self.direction is None:
            return are_limits(local, [(given,)])
        direction = exact_vector(self.direction, local.shape[1])
        start = tuple(local.reduction.point)
        program, _ = linearized(compile_program(local.function), start)
        point = start
        if any(direction):
            found = point_along(program, start, direction, local.domain)
            if found is None:
                return False
            point = found
        walls = local.walls_at(point)
        reduction = reduce_at(program, point, walls)
        hull = None if walls else local_hull(reduction, max(4 * local.max_pieces, 1000))

        def slopes() -> list[tuple[Vector, Fraction]]:
            own = normal_form(reduction.program)
            found = slopes_along_rays(reduction, own, walls, local.max_pieces)
            with suppress(TooManyPieces):
                most = WITHOUT_NORMAL_FORM // 4
                found += slopes_along_rays(reduction, reduction.program, walls, most)
            return found

        return FrechetSubdifferential(reduction, slopes, hull).contains(given)


@dataclass(frozen=True)
class NotLimiting(LocalProof):
    """No cone of directions near x has the vector as a Fréchet subgradient.

    That there are no other cones is a proof by enumeration; ``verify`` cuts the fan anew, by all
    kinks and not only by those that are left in the normal form, and finds for each cone a
    direction d with g·d > f'(x; d), or a direction along the stratum in which they differ. Of many
    cones it asks the summands of f'(x; ·).
    """

    place: Place
    gradient: Vector

    @property
    def claim(self) -> str:
        return f"{numbers_text(self.gradient)} is no limiting subgradient"

    def _check(self) -> bool:
        local = self.place.analysis()
        if local.shape[0] != 1 or local._flat:
            return False
        given = (exact_vector(self.gradient, local.shape[1]),)
        start = tuple(local.reduction.point)
        walls = local.walls_at(start)
        program = compile_program(local.function)
        reduction = reduce_at(program, start, walls)
        if reduction.defect(given) is not None:
            return True
        if local.is_linearized and not local.is_exact:
            # there may be cells without a cone of directions; their limits are in Clarke's set
            if local.on_boundary or local.clarke.contains(given):
                return False
        hull = None if walls else local_hull(reduction, max(4 * local.max_pieces, 1000))
        inside = None
        if hull is not None:
            inside = hull.contains_limiting(reduction.restrict(given))
        if inside is not None:
            return not inside
        fan = Fan(reduction, reduction.program, walls, max(4 * local.max_pieces, 1000))
        (own,) = reduction.restrict(given)
        return all(fan.violated(cone, own) is not None for cone in fan.cones)


def point_along(
    program: Program, start: Vector, direction: Vector, domain: Polyhedron | None
) -> Vector | None:
    """A point x + ε·direction with the labels, and the tight rows, of all those for small ε > 0."""
    near: Any = [Lexicographic((p, d)) for p, d in zip(start, direction, strict=True)]
    wanted = program.labels_at(near)
    rows = [] if domain is None else [row for row, _ in domain.inequalities]
    tight = [not row[0] + dot(row[1:], start) and not dot(row[1:], direction) for row in rows]
    step = Fraction(1)
    for _ in range(HALVINGS):
        point = tuple(p + step * d for p, d in zip(start, direction, strict=True))
        is_inside = domain is None or (
            domain.contains(point) and tight == [not row[0] + dot(row[1:], point) for row in rows]
        )
        if is_inside and program.labels_at(point) == wanted:
            return point
        step /= 2
    return None
