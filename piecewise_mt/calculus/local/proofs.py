"""Proofs of what is said at a point and of extrema, to be verified without what made them.

Every proof has the function and the point, and ``verify()`` analyses f there anew. Slopes and
gradients are found by one forward pass over the nodes of the function, with infinitesimals. What
cannot be checked so, since it says that *all* cones were seen, is a proof by enumeration: each
docstring tells which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy

from piecewise_mt.calculus.local.bouligand import sample_directions, unit_directions
from piecewise_mt.calculus.local.certificates import (
    CLARKE,
    ConvexCombination,
    HullClaim,
    SeparatingDirection,
    matrix_text,
    rows_of,
)
from piecewise_mt.calculus.local.normal_cones import normal_cone
from piecewise_mt.calculus.local.place import LocalProof, Place, exact_rows, exact_vector
from piecewise_mt.calculus.local.recomputed import (
    limit_agrees as limit_agrees,
)
from piecewise_mt.calculus.local.recomputed import (
    limit_holds as limit_holds,
)
from piecewise_mt.calculus.local.recomputed import (
    listed_again,
    slope_function,
    slopes_again,
)
from piecewise_mt.calculus.local.reduction import Vector, dot
from piecewise_mt.calculus.results.proof import Question, numbers_text
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.shape_certificates import check_not_linear

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


@dataclass(frozen=True)
class NotLinear(LocalProof):
    """Directions with Σ c·d = 0 and Σ c·f'(x; d) ≠ 0 in one output: f is not differentiable at x.

    Checkable as a whole: a derivative is linear in d. All directions lead into the domain.
    """

    place: Place
    output: int
    directions: tuple[Vector, ...]
    coefficients: Vector

    @property
    def claim(self) -> str:
        parts = [
            f"{c}*f'(x; {numbers_text(d)})" for c, d in zip(self.coefficients, self.directions)
        ]
        return (
            f"f is not differentiable, as {' + '.join(parts)} is not 0 in output "
            f"{self.output + 1}, and the same sum of directions is"
        )

    def _question(self) -> Question:
        return self._question_there("differentiable", kind="not_differentiable")

    def _check(self) -> bool:
        local = self.place.analysis()
        slope, cone = slope_function(local), normal_cone(local)
        own = [exact_vector(d, local.shape[1]) for d in self.directions]
        coefficients = exact_vector(self.coefficients, len(own))
        if local._flat or type(self.output) is not int or not all(map(cone.admits, own)):
            return False
        if self.output not in range(local.shape[0]):
            return False
        return check_not_linear(lambda d: slope(d)[self.output], own, coefficients)


@dataclass(frozen=True)
class CommonGradient(LocalProof):
    """One gradient in all cones around x: f is differentiable there.

    That there are no other cones is a proof by enumeration (or by kinks that cancel by
    themselves). ``verify`` enumerates anew, and again by the kinks as they are written if these are
    not too many; and finds f'(x; d) = G·d by passes over the function, for the coordinate
    directions of the span of the kinks and their opposites, or inside the cones of a domain.
    """

    place: Place
    gradient: sympy.ImmutableMatrix

    @property
    def claim(self) -> str:
        return f"f is differentiable, and its derivative is {matrix_text(rows_of(self.gradient))}"

    def _question(self) -> Question:
        rows = rows_of(self.gradient)
        return self._question_there("differentiable", kind="differentiable", gradient=rows)

    def _check(self) -> bool:
        local = self.place.analysis()
        rows = exact_rows(self.gradient, local.shape)
        if not local.is_differentiable or rows_of(local.derivative) != rows:
            return False
        own = local.reduction.restrict(rows)
        if any(other != own for other in listed_again(local)):
            return False
        if local.on_boundary:
            return all(limit_agrees(local, limit) for limit in local.tangent_limits)
        slope = slope_function(local)
        ahead, behind = (unit_directions(local.rank, sign=sign) for sign in (1, -1))
        return all(limit_holds(local, self.gradient, own) for own in (ahead, behind)) and all(
            slope(d) == [dot(row, d) for row in rows] for d in map(local.spread, (*ahead, *behind))
        )


def differentiability_proof(local: LocalAnalysis) -> NotLinear | CommonGradient:
    """See :attr:`LocalAnalysis.differentiability_proof`."""
    if local.is_differentiable:
        return CommonGradient(local.place, local.derivative)
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
                return NotLinear(local.place, output, pair, (Fraction(1), Fraction(1)))

    def found(t: Sequence[Fraction]) -> NotLinear | None:
        own = slope(local.spread(t))
        for output, value in enumerate(own):
            if value != sum((c * row[output] for c, row in zip(t, forward, strict=True) if c), 0):
                used = [i for i in range(k) if t[i]]
                directions = tuple(local.spread(d) for d in (*(axes[i] for i in used), t))
                coefficients = (*(t[i] for i in used), Fraction(-1))
                return NotLinear(local.place, output, directions, coefficients)
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
                return NotLinear(local.place, output, directions, (*weights, Fraction(-1)))
    raise AssertionError("two different limits differ on a ray of the second one's cone")


@dataclass(frozen=True)
class StationarityProof(LocalProof):
    """0 as a convex combination of limits, or a direction d with G·d ≤ bound < 0 for all limits G.

    A combination is checkable as a whole, as ``verify`` finds each of its matrices anew as a
    gradient nearby. A direction is checked against the limits that are listed anew; that there are
    no others is a proof by enumeration.
    """

    place: Place
    certificate: ConvexCombination | SeparatingDirection

    @property
    def holds(self) -> bool:
        """Whether the point is stationary."""
        return isinstance(self.certificate, ConvexCombination)

    @property
    def claim(self) -> str:
        own = replace(self.certificate, of=self._zero)
        return f"the point is {'' if self.holds else 'not '}stationary: {own.claim}"

    @property
    def _zero(self) -> HullClaim:
        row = (Fraction(0),) * len(self.place.point)
        return HullClaim(self.place, CLARKE, (row,))

    def _question(self) -> Question:
        kind = "in_clarke" if self.holds else "not_in_clarke"
        return self._question_there("stationary", kind=kind)

    def _check(self) -> bool:
        return replace(self.certificate, of=self._zero)._check()


@dataclass(frozen=True)
class ExtremumProof(LocalProof):
    """What tells minima, maxima and the rest apart at a stationary point.

    ``up`` and ``down`` are directions with f'(x; d) > 0 and < 0, None if there is none; both
    together are checkable as a whole. That there is none is a proof by enumeration: f'(x; ·) is
    linear on cones that ``rays`` generate together with directions along the stratum, on which f is
    constant. ``verify`` lists rays anew, and again by the kinks as they are written; each must be
    among ``rays``, and the sign of its slope is found by a pass over the function.
    """

    place: Place
    rays: tuple[Vector, ...]
    up: Vector | None
    down: Vector | None

    @property
    def claim(self) -> str:
        said = {
            (False, False): "f is constant nearby",
            (True, False): "f has a local minimum",
            (False, True): "f has a local maximum",
            (True, True): "f has no local extremum",
        }[self.up is not None, self.down is not None]
        ways = [
            f"f'(x; d) {sign} 0 for d = {numbers_text(d)}"
            for sign, d in ((">", self.up), ("<", self.down))
            if d is not None
        ]
        return f"{said}; {' and '.join(ways) or 'all slopes are 0'}"

    def _question(self) -> Question:
        claim = {
            (True, False): "minimum",
            (False, True): "maximum",
            (True, True): "neither",
            (False, False): "constant",
        }[self.up is not None, self.down is not None]
        return self._question_there("extremum", kind="extremum", claim=claim)

    def _check(self) -> bool:
        local = self.place.analysis()
        if local.shape[0] != 1 or local._flat:
            return False
        slope, cone = slope_function(local), normal_cone(local)
        for sign, d in ((1, self.up), (-1, self.down)):
            if d is not None:
                exact_vector(d, local.shape[1])
                if not (cone.admits(d) and sign * slope(d)[0] > 0):
                    return False
        given = {exact_vector(ray, local.shape[1]) for ray in self.rays}
        if self.up is not None and self.down is not None:
            return True
        zero = ((Fraction(0),) * local.shape[1],)
        if local.is_linearized or local.reduction.defect(zero) is not None:
            return False  # higher terms decide, or f is not constant along the stratum
        for ray, height in local.slopes:
            d = local.spread(ray)
            if d not in given or slope(d)[0] != height:
                return False
        for ray, _ in slopes_again(local):
            height = slope(local.spread(ray))[0]
            if (self.up is None and height > 0) or (self.down is None and height < 0):
                return False
        return True


def extremum_proof(local: LocalAnalysis) -> ExtremumProof:
    """The proof from the slopes along rays."""
    slopes = [(tuple(local.spread(ray)), slope) for ray, slope in local.slopes]
    up = next((ray for ray, slope in slopes if slope > 0), None)
    down = next((ray for ray, slope in slopes if slope < 0), None)
    return ExtremumProof(local.place, tuple(ray for ray, _ in slopes), up, down)
