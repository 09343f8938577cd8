"""Clarke regularity: whether f'(x; ·) is the largest product with a limit of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy

from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.local.bouligand import lexicographic, sample_directions, unit_directions
from piecewise_mt.calculus.local.clarke import OPEN, rows_of
from piecewise_mt.calculus.local.hulls import local_hull
from piecewise_mt.calculus.local.proofs import limits_along, slope_function, verified_limit
from piecewise_mt.calculus.local.reduction import Vector, dot, reduce_at
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


@dataclass(frozen=True)
class RegularityProof:
    """A limit G and a direction d with f'(x; d) < G·d, or none: then f is regular.

    A refutation is checkable as a whole. That there is none is a proof by enumeration: f'(x; ·) is
    linear on cones, and on each of their rays no limit has a larger product; ``verify`` lists both
    anew, and finds the slopes by passes over the function.
    """

    _local: LocalAnalysis
    limit: sympy.ImmutableMatrix | None
    direction: Vector | None

    @property
    def holds(self) -> bool:
        """Whether f is regular at the point."""
        return self.limit is None

    def verify(self) -> bool:
        """Check it anew, with exact numbers alone."""
        local, slope = self._local, slope_function(self._local)
        if self.limit is not None and self.direction is not None:
            if len(self.direction) != local.shape[1]:
                return False
            known = limits_along(local, [self.limit])
            if self.limit not in known or not verified_limit(local, self.limit, known[self.limit]):
                return False
            (row,) = rows_of(self.limit)
            return bool(slope(self.direction)[0] < dot(row, self.direction))
        hull = local.tangent_hull
        if hull is not None and hull.knows_subgradients:
            anew = reduce_at(compile_program(local.function), local.reduction.point)
            found = local_hull(anew, max(4 * local.max_pieces, 1000))
            return found is not None and found.is_convex
        fresh = local.anew()
        limits = [rows_of(own.gradient)[0] for own in fresh.known_limits]
        limits += [rows_of(fresh.lifted(own))[0] for own in fresh.open_limits]
        for ray, height in fresh.slopes:
            d = fresh.spread(ray)
            if slope(d)[0] != height or any(dot(row, d) > height for row in limits):
                return False
        return True


def regularity_proof(local: LocalAnalysis) -> RegularityProof:
    """See :attr:`LocalAnalysis.regularity_proof`."""
    if local.on_boundary:
        raise PiecewiseError(
            "expected a point inside the domain, got one on its boundary, where not all directions "
            "lead into it; leave the domain out"
        )
    hull = local.tangent_hull
    if hull is not None and hull.knows_subgradients and local.is_exact:
        return _checked(local, [local.lifted(hull.some_limit())]) or RegularityProof(
            local, None, None
        )
    try:
        found = _checked(local, (own.gradient for own in local.known_limits))
        if found is None and any(
            local.frechet.ascent(local.lifted(own)) is not None for own in local.open_limits
        ):
            raise Undecided(OPEN)
        return found or RegularityProof(local, None, None)
    except TooManyPieces:
        refuted = _refuted_by_samples(local)
        if refuted is None:
            raise
        return refuted


def _checked(
    local: LocalAnalysis, limits: Iterator[sympy.ImmutableMatrix] | list[sympy.ImmutableMatrix]
) -> RegularityProof | None:
    for limit in limits:
        ascent = local.frechet.ascent(limit)
        if ascent is not None:
            return RegularityProof(local, limit, ascent[0])
    return None


def _refuted_by_samples(local: LocalAnalysis) -> RegularityProof | None:
    """Where f'(x; d) + f'(x; -d) < 0, each limit has a larger product with d or with -d."""
    program = local.normal
    tries = sample_directions(program, local.rank)
    limits = [local.lifted(lexicographic(program, own)) for own in tries]
    slope = slope_function(local)
    for t in (*unit_directions(local.rank), *(own[0] for own in tries)):
        for sign in (1, -1):
            d = local.spread([sign * Fraction(v) for v in t])
            height = slope(d)[0]
            for limit in limits:
                if height < dot(rows_of(limit)[0], d):
                    return RegularityProof(local, limit, d)
    return None
