"""What checks of proofs find anew at a point: slopes, gradients nearby, and all limits of these.

Slopes and limits are found by one forward pass over the nodes of the function, with infinitesimals.
That there are no other limits is a proof by enumeration: the limits are listed anew, and again
with all the kinks as they are written, without the normal form that shares and cancels some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.local.bouligand import (
    Limit,
    enumerate_limits,
    lexicographic,
    sample_directions,
    unit_directions,
)
from piecewise_mt.calculus.local.certificates import CLARKE, LIMITING, PRODUCTS, flat, rows_of
from piecewise_mt.calculus.local.frechet import slopes_along_rays
from piecewise_mt.calculus.local.reduction import Matrix, Vector, dot
from piecewise_mt.calculus.local.thin_cells import CurveLimit
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.reading_numbers import to_number

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis

Slope = Callable[[Sequence[Fraction]], list[Fraction]]
WITHOUT_NORMAL_FORM = 2000
"""With more faces, limits are not listed a second time."""


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


def verified_limit(
    local: LocalAnalysis, matrix: sympy.ImmutableMatrix, along: Sequence[Vector] | CurveLimit
) -> bool:
    """Whether a matrix is found anew as a limit of gradients, along directions or a curve."""
    if isinstance(along, CurveLimit):
        return along.rises
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


def are_limits(local: LocalAnalysis, matrices: Sequence[Matrix]) -> bool:
    """Whether all matrices are found anew as limits of gradients."""
    own = [to_matrix(rows, local.shape[1]) for rows in matrices]
    known = limits_along(local, own)
    return all(m in known and verified_limit(local, m, known[m]) for m in own)


def listed_again(local: LocalAnalysis) -> list[Matrix]:
    """The pivot columns of all limits by the kinks as they are written; [] if there are too many.

    Beside curved ties these are not all, but they are some.
    """
    if local._flat:
        return []
    with suppress(TooManyPieces):
        found = enumerate_limits(
            local.reduction, local.reduction.program, local._walls, WITHOUT_NORMAL_FORM
        )
        return [own.reduced for own in found]
    return []


def slopes_again(local: LocalAnalysis) -> Iterator[tuple[Vector, Fraction]]:
    """Rays with slopes that decide the signs of all, of a scalar function; and again as written."""
    yield from local.slopes
    with suppress(TooManyPieces):
        program = local.reduction.program
        yield from slopes_along_rays(
            local.reduction, program, local._walls, WITHOUT_NORMAL_FORM // 4
        )


def highest_product(local: LocalAnalysis, hull: str, direction: Matrix) -> Any:
    """The largest ⟨direction, M⟩ of the matrices M of a hull, None if it is empty.

    M = L + (R - L_p) B with R in the pivot columns, so that ⟨d, M⟩ = ⟨d, L⟩ + ⟨B d, R - L_p⟩.
    """
    reduction = local.reduction
    t = [tuple(reduction.project(row)) for row in direction]
    beside = _product(direction, reduction.base) - _product(t, reduction.base_at_pivots)
    if hull == PRODUCTS:
        furthest = local.products._furthest(flat(t))
        return beside + _product([flat(t)], [furthest])
    if hull == LIMITING:
        points = [rows_of(m) for m in local.mordukhovich.hull.vertices]
        return max((_product(direction, own) for own in points), default=None)
    if hull != CLARKE:
        raise ValueError("expected the name of a hull")
    if local.hull is not None and local.shape[0] == 1:
        return beside + local.hull.support(t[0])
    try:
        listed = [own.reduced for own in local.known_limits]
    except TooManyPieces:
        # the hull of all products is a larger one
        return highest_product(local, PRODUCTS, direction)
    listed += [*local.open_limits, *listed_again(local)]
    heights = [_product(t, own) for own in listed]
    return beside + max(heights) if heights else None


def _product(one: Sequence[Sequence[Any]], two: Sequence[Sequence[Any]]) -> Any:
    pairs = zip(one, two, strict=True)
    return sum((dot(row, own) for row, own in pairs), Fraction(0))
