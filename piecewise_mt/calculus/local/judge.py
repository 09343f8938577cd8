"""Climbing the ladder of DESIGN §2 for one matrix at one point, with a proof at each step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.clarke import ConvexCombination
from piecewise_mt.calculus.local.reduction import Matrix, Reduction
from piecewise_mt.calculus.local.rungs import Judgement, Rung
from piecewise_mt.calculus.local.thin_cells import CurveLimit
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis


SINGULAR = "which may be smaller, as the gradients of its ties are dependent at the point"


def judge(local: LocalAnalysis, reduction: Reduction, rows: Matrix) -> Judgement:
    """The strongest rung of a matrix of Fractions."""
    return replace(_judged(local, reduction, rows), place=local.place, matrix=rows)


def _judged(local: LocalAnalysis, reduction: Reduction, rows: Matrix) -> Judgement:
    defect = reduction.defect(rows)
    if defect is not None:
        output, t, found, expected = defect
        direction = ", ".join(map(str, t))
        if not local.has_regular_stratum:
            if local.holds_at_singular_point(rows):
                reason = "it satisfies (15) on any part of its stratum, which is singular here"
                return Judgement(Rung.associated, reason, None, defect)
            reason = f"it violates (15) if ({direction}) is a tangent of the stratum, {SINGULAR}"
            return Judgement(Rung.undecided, reason, None, defect)
        reason = (
            f"expected G·t = {expected} for output {output + 1} and t = ({direction}), got {found}"
        )
        return Judgement(Rung.inconsistent, reason, defect)
    reduced = reduction.restrict(rows)
    outside: Any = None
    try:
        smooth = local.is_differentiable
        limit = local.limit_with(reduced)
        if limit is not None:
            if smooth and not isinstance(limit, CurveLimit):
                return Judgement(Rung.differentiable, "it is the derivative", limit)
            where = "along a curve" if isinstance(limit, CurveLimit) else "in a cone"
            return Judgement(Rung.bouligand, f"it is the gradient {where} nearby", limit)
        outside = local.clarke.certificate_of_rows(rows)
        if isinstance(outside, ConvexCombination):
            return Judgement(Rung.clarke, "it is a convex combination of limits", outside)
    except (TooManyPieces, Undecided) as error:
        return _without_limits(local, rows, reduced, error)
    try:
        inside = local.products.certificate_of_rows(rows)
    except TooManyPieces as error:
        return Judgement(Rung.undecided, str(error), None, outside)
    if isinstance(inside, ConvexCombination):
        reason = "it is in the hull of the products (14), not of the limits of gradients"
        return Judgement(Rung.autodiff, reason, inside, outside)
    return Judgement(Rung.associated, "it satisfies (15) and no more", inside, outside)


def _without_limits(
    local: LocalAnalysis, rows: Matrix, reduced: Matrix, error: PiecewiseError
) -> Judgement:
    """What can be said if not all limits of gradients are known."""
    if reduced in local.samples:
        return Judgement(Rung.bouligand, "it is a lexicographic derivative")
    try:
        found = local.clarke.certificate_of_rows(rows)
    except (TooManyPieces, Undecided):
        return Judgement(Rung.undecided, str(error))
    if isinstance(found, ConvexCombination):
        reason = "it is in Clarke's subdifferential; whether it is a limit of gradients is open"
        return Judgement(Rung.undecided, reason, found)
    # it was refuted by the hull of all products
    return Judgement(Rung.associated, "it satisfies (15) and no more", found, found)


def judge_by_conditions(local: LocalAnalysis, matrix: Any) -> Judgement:
    """The rung of a matrix with symbols or irrational entries, by the facets of the hulls.

    It is the one that holds whatever the symbols are; ``refuted`` says when it is Clarke's.
    """
    return replace(_judged_by_conditions(local, matrix), place=local.place, matrix=matrix)


def _judged_by_conditions(local: LocalAnalysis, matrix: Any) -> Judgement:
    consistent = local.products.span_condition(matrix)
    if consistent == sympy.false and not local.has_regular_stratum:
        return Judgement(
            Rung.undecided, f"it violates (15) on the tangents of the ties, {SINGULAR}"
        )
    if consistent == sympy.false:
        return Judgement(Rung.inconsistent, "it violates (15), whatever the symbols are")
    if consistent != sympy.true:
        return Judgement(Rung.undecided, f"it satisfies (15) only where {consistent}")
    try:
        inside = local.clarke.condition(matrix)
        if inside == sympy.true:
            return Judgement(Rung.clarke, "it satisfies the inequalities of all facets", inside)
        wider = local.products.condition(matrix)
    except (TooManyPieces, Undecided) as error:
        return Judgement(Rung.undecided, str(error))
    if wider == sympy.true:
        reason = "it is in the hull of the products (14), not always in that of the limits"
        return Judgement(Rung.autodiff, reason, wider, inside)
    free = matrix.free_symbols
    if not free and sympy.false not in (inside, wider):
        return Judgement(Rung.undecided, f"not found out whether {inside} and {wider} hold")
    if not free and wider != sympy.false:
        return Judgement(Rung.undecided, f"not found out whether {wider} holds")
    return Judgement(Rung.associated, "it satisfies (15), whatever the symbols are", wider, inside)
