"""What proves that a vector is a limiting subgradient, or that it is none."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.local.frechet import FrechetSubdifferential, slopes_along_rays
from piecewise_mt.calculus.local.hulls import local_hull
from piecewise_mt.calculus.local.normal_form import normal_form
from piecewise_mt.calculus.local.proofs import limits_along, verified_limit
from piecewise_mt.calculus.local.reduction import Vector, dot, reduce_at
from piecewise_mt.calculus.local.tangent_fan import Fan
from piecewise_mt.calculus.local.tangent_program import linearized
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.geometry.polyhedron import Polyhedron

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis

HALVINGS = 200
"""So often a step is halved before a point near x is given up."""


@dataclass(frozen=True)
class LimitingSubgradient:
    """A Fréchet subgradient at x + ε·direction for all small ε > 0; at x itself for zero.

    Without a direction it is a limit of gradients, which is found anew as that.

    Checkable as a whole, but for the enumeration of cones at one nearby point: ``verify`` takes a
    point of the segment that has the ties of all those before it, and asks there. Where ties are
    curved, it asks the linearised function, whose subgradients are limits of those of f.
    """

    _local: LocalAnalysis
    gradient: Vector
    direction: Vector | None

    def verify(self) -> bool:
        """Check it anew, at a point near x."""
        local = self._local
        if {len(self.gradient), len(self.direction or self.gradient)} != {local.shape[1]}:
            return False
        if self.direction is None:
            matrix = to_matrix((self.gradient,), len(self.gradient))
            known = limits_along(local, [matrix])
            return matrix in known and verified_limit(local, matrix, known[matrix])
        start = tuple(local.reduction.point)
        program, _ = linearized(compile_program(local.function), start)
        point = start
        if any(self.direction):
            found = point_along(program, start, self.direction, local.domain)
            if found is None:
                return False
            point = found
        walls = local.walls_at(point)
        reduction = reduce_at(program, point, walls)
        hull = None if walls else local_hull(reduction, max(4 * local.max_pieces, 1000))

        def slopes() -> list[tuple[Vector, Fraction]]:
            own = normal_form(reduction.program)
            return slopes_along_rays(reduction, own, walls, local.max_pieces)

        return FrechetSubdifferential(reduction, slopes, hull).contains(self.gradient)


@dataclass(frozen=True)
class NotLimiting:
    """No cone of directions near x has the vector as a Fréchet subgradient.

    That there are no other cones is a proof by enumeration; ``verify`` cuts the fan anew, by all
    kinks and not only by those that are left in the normal form, and finds for each cone a
    direction d with g·d > f'(x; d), or a direction along the stratum in which they differ. Of many
    cones it asks the summands of f'(x; ·).
    """

    _local: LocalAnalysis
    gradient: Vector

    def verify(self) -> bool:
        """Check it anew, on all cones."""
        local = self._local
        start = tuple(local.reduction.point)
        walls = local.walls_at(start)
        program = compile_program(local.function)
        reduction = reduce_at(program, start, walls)
        if reduction.defect((self.gradient,)) is not None:
            return True
        hull = None if walls else local_hull(reduction, max(4 * local.max_pieces, 1000))
        inside = None
        if hull is not None:
            inside = hull.contains_limiting(reduction.restrict((self.gradient,)))
        if inside is not None:
            return not inside
        fresh = local.anew()
        if fresh.is_linearized and not fresh.is_exact:
            # there may be cells without a cone of directions; their limits are in Clarke's set
            if fresh.on_boundary or fresh.clarke.contains(self.gradient):
                return False
        fan = Fan(reduction, reduction.program, walls, max(4 * local.max_pieces, 1000))
        (own,) = reduction.restrict((self.gradient,))
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
