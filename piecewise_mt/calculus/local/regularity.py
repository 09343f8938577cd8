"""Clarke regularity: whether f'(x; ·) is the largest product with a limit of gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import sympy

from piecewise_mt.calculus.local.bouligand import lexicographic, sample_directions, unit_directions
from piecewise_mt.calculus.local.certificates import matrix_text, rows_of
from piecewise_mt.calculus.local.clarke import OPEN
from piecewise_mt.calculus.local.place import LocalProof, Place, exact_rows, exact_vector
from piecewise_mt.calculus.local.recomputed import (
    are_limits,
    listed_again,
    slope_function,
    slopes_again,
)
from piecewise_mt.calculus.local.reduction import Vector, dot
from piecewise_mt.calculus.results.proof import numbers_text
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


@dataclass(frozen=True)
class RegularityProof(LocalProof):
    """A limit G and a direction d with f'(x; d) < G·d, or none: then f is regular.

    A refutation is checkable as a whole. That there is none is a proof by enumeration: f'(x; ·) is
    linear on cones, and on each of their rays no limit has a larger product; ``verify`` lists both
    anew, and finds the slopes by passes over the function.
    """

    place: Place
    limit: sympy.ImmutableMatrix | None
    direction: Vector | None

    @property
    def holds(self) -> bool:
        """Whether f is regular at the point."""
        return self.limit is None

    @property
    def claim(self) -> str:
        if self.limit is None or self.direction is None:
            return "f is regular"
        own, d = matrix_text(rows_of(self.limit)), numbers_text(self.direction)
        return f"f is not regular, as f'(x; d) < G·d for d = {d} and the limit of gradients {own}"

    def _check(self) -> bool:
        local = self.place.analysis()
        if local.shape[0] != 1 or local.on_boundary:
            return False
        slope = slope_function(local)
        if self.limit is not None and self.direction is not None:
            d = exact_vector(self.direction, local.shape[1])
            (row,) = exact_rows(self.limit, local.shape)
            if not are_limits(local, [(row,)]):
                return False
            return bool(slope(d)[0] < dot(row, d))
        if self.limit is not None or self.direction is not None:
            return False
        hull = local.tangent_hull
        if hull is not None and hull.knows_subgradients and local.is_exact:
            return hull.is_convex
        limits = [own.reduced for own in local.known_limits]
        limits += [*local.open_limits, *listed_again(local)]
        rows = [rows_of(local.lifted(own))[0] for own in limits]
        for ray, height in slopes_again(local):
            d = local.spread(ray)
            if slope(d)[0] != height or any(dot(row, d) > height for row in rows):
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
            local.place, None, None
        )
    try:
        found = _checked(local, (own.gradient for own in local.known_limits))
        if found is None and any(
            local.frechet.ascent(local.lifted(own)) is not None for own in local.open_limits
        ):
            raise Undecided(OPEN)
        return found or RegularityProof(local.place, None, None)
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
            return RegularityProof(local.place, limit, ascent[0])
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
                    return RegularityProof(local.place, limit, d)
    return None
