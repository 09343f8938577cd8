"""Climbing the ladder of DESIGN §2 for one matrix at one point, with a proof at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.reduction import Matrix, Reduction
from piecewise_mt.calculus.rungs import Judgement, Rung
from piecewise_mt.calculus.subdifferential import ConvexCombination
from piecewise_mt.errors import TooManyPieces

if TYPE_CHECKING:
    from piecewise_mt.calculus.local import LocalAnalysis


def judge(local: LocalAnalysis, reduction: Reduction, rows: Matrix) -> Judgement:
    """The strongest rung of a matrix of Fractions."""
    defect = reduction.defect(rows)
    if defect is not None:
        output, t, found, expected = defect
        direction = ", ".join(map(str, t))
        reason = (
            f"expected G·t = {expected} for output {output + 1} and t = ({direction}), got {found}"
        )
        return Judgement(Rung.inconsistent, reason, defect)
    reduced = reduction.restrict(rows)
    outside: Any = None
    try:
        smooth = local.is_differentiable
        limit = next((own for own in local.limits if own.reduced == reduced), None)
        if limit is not None:
            if smooth:
                return Judgement(Rung.differentiable, "it is the derivative", limit)
            return Judgement(Rung.bouligand, "it is the gradient in a cone nearby", limit)
        outside = local.clarke.certificate_of_rows(rows)
        if isinstance(outside, ConvexCombination):
            return Judgement(Rung.clarke, "it is a convex combination of limits", outside)
    except TooManyPieces as error:
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
    local: LocalAnalysis, rows: Matrix, reduced: Matrix, error: TooManyPieces
) -> Judgement:
    """What can be said if the limits of gradients are too many to be listed."""
    if reduced in local.samples:
        return Judgement(Rung.bouligand, "it is a lexicographic derivative")
    try:
        found = local.clarke.certificate_of_rows(rows)
    except TooManyPieces:
        return Judgement(Rung.undecided, str(error))
    if isinstance(found, ConvexCombination):
        reason = "it is in Clarke's subdifferential; whether it is a limit of gradients is open"
        return Judgement(Rung.undecided, reason, found)
    # it was refuted by the hull of all products
    return Judgement(Rung.associated, "it satisfies (15) and no more", found, found)
