"""Proofs of what is said at a point and of extrema, to be verified without the engine.

Every proof has ``verify()``, which hands numbers to the small checkers of ``exact``; slopes are
found anew by one forward pass over the nodes of the function, with infinitesimals. What cannot be
checked so, since it says that *all* cones were seen, is a proof by enumeration: each docstring
tells which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.bouligand import (
    Limit,
    lexicographic,
    sample_directions,
    unit_directions,
)
from piecewise_mt.calculus.local.clarke import (
    ConvexCombination,
    SeparatingDirection,
    rows_of,
)
from piecewise_mt.calculus.local.reduction import Vector, dot
from piecewise_mt.calculus.local.thin_cells import CurveLimit
from piecewise_mt.errors import PiecewiseError, TooManyPieces
from piecewise_mt.exact.certificates import check_separation
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.shape_certificates import check_not_linear

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis

Slope = Callable[[Sequence[Fraction]], list[Fraction]]


def slope_function(local: LocalAnalysis) -> Slope:
    """d ↦ f'(x; d), all outputs, by one pass over the whole function: no reduction, no complex.

    With smooth nodes the pass goes over the linearised program.
    """
    program = local.source
    point = [to_number(v) for v in local.point]

    def slope(direction: Sequence[Fraction]) -> list[Fraction]:
        near: Any = [Lexicographic((p, d)) for p, d in zip(point, direction, strict=True)]
        if local.is_linearized:
            forms = program.affine(program.labels_at(near), selected).outputs
            return [fraction(dot(row[1:], direction)) for row in forms]
        values: list[Any] = values_at(local.function, local.names, near)
        return [fraction(v.terms[1]) if isinstance(v, Lexicographic) else Fraction(0)
                for v in values]  # fmt: skip

    return slope


MAX_COORDINATES = 50
"""With more variables, limits are verified in the span of the active kinks only."""


def limit_holds(
    local: LocalAnalysis, gradient: Any, directions: Sequence[Sequence[Fraction]]
) -> bool:
    """Whether a matrix is the gradient at x + ε d1 + ε² d2 + …, for all small ε > 0, found anew.

    The directions are in the pivot variables and span them; coordinate directions follow, so that
    no kink is left at these points. One pass over the whole function, and checkable as a whole:
    the coefficients of ε, ε², … in the value must be G d1, G d2, … (Nesterov 2005). With many
    variables, what G does along the stratum is not asked.
    """
    program = local.source
    a = len(program.names)
    own = [local.spread(d) for d in directions]
    if a <= MAX_COORDINATES:
        axes = [tuple(Fraction(int(i == j)) for j in range(a)) for i in range(a)]
        own = list(dict.fromkeys((*own, *axes)))
    rows = rows_of(gradient)
    point = [to_number(v) for v in local.point]
    near: Any = [Lexicographic((p, *(d[j] for d in own))) for j, p in enumerate(point)]
    if local.is_linearized:
        forms = program.affine(program.labels_at(near), selected).outputs
        found = [[dot(form[1:], d) for d in own] for form in forms]
    else:
        values: list[Any] = values_at(local.function, local.names, near)
        found = [list(v.terms[1:]) if isinstance(v, Lexicographic) else [0] * len(own)
                 for v in values]  # fmt: skip
    return found == [[dot(row, d) for d in own] for row in rows]


def limit_agrees(local: LocalAnalysis, limit: Limit) -> bool:
    """Whether a limit of gradients is one: along the ray inside its cone, then the coordinates."""
    return limit_holds(local, limit.gradient, unit_directions(local.rank, limit.ray))


@dataclass(frozen=True)
class NotLinear:
    """Directions with Σ c·d = 0 and Σ c·f'(x; d) ≠ 0 in one output: f is not differentiable at x.

    Checkable as a whole: a derivative is linear in d.
    """

    _local: LocalAnalysis
    output: int
    directions: tuple[Vector, ...]
    coefficients: Vector

    def verify(self) -> bool:
        """Check it anew, with Fractions alone."""
        slope = slope_function(self._local)
        return check_not_linear(lambda d: slope(d)[self.output], self.directions, self.coefficients)


@dataclass(frozen=True)
class CommonGradient:
    """One gradient in all cones around x: f is differentiable there.

    That there are no other cones is a proof by enumeration (or by kinks that cancel by
    themselves). ``verify`` checks that it is the gradient in two opposite cones, and f'(x; d) =
    G·d for the coordinate directions of the span of the active kinks and their opposites; on
    the boundary of a domain, that it is the gradient in each cone that was listed.
    """

    _local: LocalAnalysis
    gradient: sympy.ImmutableMatrix

    def verify(self) -> bool:
        """Check it anew, with Fractions alone."""
        local = self._local
        if local.on_boundary:
            return all(
                own.gradient == self.gradient and limit_agrees(local, own)
                for own in local.tangent_limits
            )
        slope = slope_function(local)
        rows = rows_of(self.gradient)
        ahead, behind = (unit_directions(local.rank, sign=sign) for sign in (1, -1))
        return all(limit_holds(local, self.gradient, own) for own in (ahead, behind)) and all(
            slope(d) == [dot(row, d) for row in rows] for d in map(local.spread, (*ahead, *behind))
        )


def differentiability_proof(local: LocalAnalysis) -> NotLinear | CommonGradient:
    """See :attr:`LocalAnalysis.differentiability_proof`."""
    if local.is_differentiable:
        return CommonGradient(local, local.derivative)
    if local.on_boundary:
        if not local.tangent_limits:
            raise PiecewiseError(
                "expected a full-dimensional domain, got a flat one; leave the domain out"
            )
        return _between_limits(local)
    slope = slope_function(local)
    k = local.rank
    axes = [tuple(Fraction(int(i == j)) for j in range(k)) for i in range(k)]
    forward = [slope(local.spread(axis)) for axis in axes]
    for axis, ahead in zip(axes, forward, strict=True):
        behind = slope(local.spread([-v for v in axis]))
        for output, (one, two) in enumerate(zip(ahead, behind, strict=True)):
            if one + two:
                pair = tuple(tuple(local.spread([s * v for v in axis])) for s in (1, -1))
                return NotLinear(local, output, pair, (Fraction(1), Fraction(1)))

    def found(t: Sequence[Fraction]) -> NotLinear | None:
        own = slope(local.spread(t))
        for output, value in enumerate(own):
            if value != sum((c * row[output] for c, row in zip(t, forward, strict=True) if c), 0):
                used = [i for i in range(k) if t[i]]
                directions = [tuple(local.spread(axes[i])) for i in used]
                coefficients = (*(t[i] for i in used), Fraction(-1))
                return NotLinear(local, output, (*directions, tuple(local.spread(t))), coefficients)
        return None

    tries = sample_directions(local.normal, k)
    epsilon = Fraction(1)
    for _ in range(60):
        # along some lexicographic direction the gradient is not that of the axes
        for own in tries:
            t = [sum((epsilon**p * d[i] for p, d in enumerate(own)), Fraction(0)) for i in range(k)]
            proof = found(t)
            if proof is not None:
                return proof
        epsilon /= 2
        if epsilon < Fraction(1, 8) and len(local.samples) < 2:
            break
    return _between_limits(local)


def _between_limits(local: LocalAnalysis) -> NotLinear:
    """Rays that span the first cone, and a ray of another one on which its gradient differs."""
    first, *others = local.tangent_limits
    rays: list[Vector] = []
    for ray in first.rays:
        if len(echelon([(0, *primitive(own)) for own in (*rays, ray)])) > len(rays):
            rays.append(ray)
    for other in others:
        for ray in (*other.rays, other.ray):
            for output, (one, two) in enumerate(zip(first.reduced, other.reduced, strict=True)):
                if dot(one, ray) == dot(two, ray):
                    continue
                columns = zip(ray, *rays, strict=True)
                solved = echelon([primitive([-v, *own]) for v, *own in columns])
                weights = [quotient(-row[0], row[i + 1]) for i, row in enumerate(solved)]
                directions = tuple(tuple(local.spread(t)) for t in (*rays, ray))
                return NotLinear(local, output, directions, (*weights, Fraction(-1)))
    raise AssertionError("two different limits differ on a ray of the second one's cone")


@dataclass(frozen=True)
class StationarityProof:
    """0 as a convex combination of limits, or a direction d with G·d ≤ bound < 0 for all limits G.

    A combination is checkable as a whole, as ``verify`` finds each of its matrices anew as a
    gradient nearby. A direction is checked against the limits that were listed; that there are
    no others is a proof by enumeration.
    """

    _local: LocalAnalysis
    certificate: ConvexCombination | SeparatingDirection

    @property
    def holds(self) -> bool:
        """Whether the point is stationary."""
        return isinstance(self.certificate, ConvexCombination)

    def verify(self) -> bool:
        """Check it anew, with Fractions alone."""
        local, own = self._local, self.certificate
        zero = [[Fraction(0)] * local.shape[1]]
        if isinstance(own, SeparatingDirection):
            return _separates(local, own)
        known = limits_along(local, own.matrices)
        return own.holds(zero) and all(
            m in known and verified_limit(local, m, known[m]) for m in own.matrices
        )


def _separates(local: LocalAnalysis, own: SeparatingDirection) -> bool:
    """Whether G·d < 0 for all limits G, without the columns of G in which they agree.

    G = L + (R - L_p) B, so that G·d is L·d if B d = 0, and R·d if d is 0 off the pivots.
    """
    (d,) = rows_of(own.direction)
    reduction = local.reduction
    if not any(reduction.project(d)):
        return check_separation([0], [[dot(reduction.base[0], d)]], [1])
    if any(v for j, v in enumerate(d) if j not in reduction.pivots):
        limits = [own.gradient for own in local.known_limits]
        return own.holds([[0] * len(d)], [*limits, *map(local.lifted, local.open_limits)])
    if local.hull is not None:
        return local.hull.support(tuple(d[p] for p in reduction.pivots)) < 0
    points = [limit.reduced[0] for limit in local.known_limits]
    points += [matrix[0] for matrix in local.open_limits]
    return check_separation([0] * local.rank, points, [d[p] for p in reduction.pivots])


def verified_limit(
    local: LocalAnalysis, matrix: sympy.ImmutableMatrix, along: Sequence[Vector] | CurveLimit
) -> bool:
    """Whether a matrix is found anew as a limit of gradients, along directions or a curve."""
    if isinstance(along, CurveLimit):
        return along.verify()
    return limit_holds(local, matrix, along)


def limits_along(
    local: LocalAnalysis, wanted: Sequence[sympy.ImmutableMatrix]
) -> dict[sympy.ImmutableMatrix, Sequence[Vector] | CurveLimit]:
    """Limits with directions along which they are the gradient; some, if there are too many."""
    if local.hull is not None:
        found = [local.hull.find(local.reduction.restrict(rows_of(own))) for own in wanted]
        return {own.gradient: unit_directions(local.rank, own.ray) for own in found if own}
    try:
        return {
            own.gradient: own
            if isinstance(own, CurveLimit)
            else unit_directions(local.rank, own.ray)
            for own in local.known_limits
        }
    except TooManyPieces:
        tries = sample_directions(local.normal, local.rank)
        return {local.lifted(lexicographic(local.normal, own)): own for own in tries}


@dataclass(frozen=True)
class ExtremumProof:
    """What tells minima, maxima and the rest apart at a stationary point.

    ``up`` and ``down`` are directions with f'(x; d) > 0 and < 0, None if there is none; both
    together are checkable as a whole. That there is none is a proof by enumeration: f'(x; ·) is
    linear on cones that ``rays`` generate together with directions along the stratum, on which f is
    constant; the sign of each slope is checked.
    """

    _local: LocalAnalysis
    rays: tuple[Vector, ...]
    up: Vector | None
    down: Vector | None

    def verify(self) -> bool:
        """Check it anew, with Fractions alone."""
        slope = slope_function(self._local)
        slopes = [slope(ray)[0] for ray in self.rays]
        return (
            (any(s > 0 for s in slopes) if self.up is None else slope(self.up)[0] <= 0)
            + (any(s < 0 for s in slopes) if self.down is None else slope(self.down)[0] >= 0)
        ) == 0


def extremum_proof(local: LocalAnalysis) -> ExtremumProof:
    """The proof from the slopes along rays."""
    slopes = [(tuple(local.spread(ray)), slope) for ray, slope in local.slopes]
    up = next((ray for ray, slope in slopes if slope > 0), None)
    down = next((ray for ray, slope in slopes if slope < 0), None)
    return ExtremumProof(local, tuple(ray for ray, _ in slopes), up, down)
