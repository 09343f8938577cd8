"""Stated gradients against ∇fᵅ, the tangential condition (15), and ∇f almost everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Affine
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.stated_pieces import Rows, StatedPiece
from piecewise_mt.calculus.results.report import Check, Failure, Verdict, exact_point, verdict_check
from piecewise_mt.calculus.smooth.entries import along, are_constant, as_expr, equal_on
from piecewise_mt.calculus.smooth.formulas import Region
from piecewise_mt.calculus.smooth.identities import Answer
from piecewise_mt.calculus.smooth.rewriting import at_point
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.cover import Leaf
from piecewise_mt.geometry.row_cells import RowCell


def gradient_checks(
    rep: Representation,
    leaves: list[Leaf],
    formulas: Verdict,
    written: Mapping[int, Sequence[Affine]],
) -> list[Check]:
    """Stated gradients against ∇fᵅ, (15), and ∇f almost everywhere (Corollary 1).

    `written` has the coefficients of pieces whose formulas are SymPy's as they have parameters.
    """
    names = ("stated gradients", "(15)", "Corollary 1")
    if all(piece.stated is None for piece in rep.entries):
        implied = Verdict.implied if formulas is Verdict.passed else Verdict.undecided
        detail = "no gradient is stated, so it is ∇fᵅ"
        return [Check(name, implied, detail) for name in names[1:]]
    # what is the same polynomial needs no proof, on the piece or along it
    same = {
        piece.alpha
        for piece in rep.entries
        if piece.stated is not None and _is_written(piece.stated, written.get(piece.alpha))
    }
    unequal, tangential, almost = [], [], []
    doubtful: dict[str, list[int]] = {name: [] for name in names}
    for piece in rep.entries:
        if piece.stated is None or piece.alpha in same:
            continue
        vanishes, point = _gradient_difference(piece)
        if vanishes is None:
            doubtful[names[0]].append(piece.alpha)
        elif not vanishes:
            message = (
                f"the stated gradient of piece {piece.alpha} is {shown_rows(piece.stated)}, but "
                f"its formula has {shown_rows(piece.jacobian)}"
            )
            unequal.append(
                Failure(names[0], message, exact_point(point or ()), {"piece": piece.alpha})
            )
    for leaf in leaves:
        for alpha in leaf.inside:
            if alpha in same:
                continue
            piece = rep.entries[alpha - 1]
            is_full = leaf.cell.dimension == len(rep.names)
            for defect in _tangential_defects(leaf.cell, piece):
                if defect is None:
                    doubtful[names[1]].append(alpha)
                    if is_full:
                        doubtful[names[2]].append(alpha)
                    continue
                direction, found, expected, at = defect
                point = exact_point(at)
                message = (
                    f"along {direction} on piece {alpha} the stated gradient gives {found} at "
                    f"{point}, but f changes by {expected}"
                )
                data = {
                    "piece": alpha,
                    "direction": direction,
                    "found": found,
                    "expected": expected,
                }
                tangential.append(Failure(names[1], message, point, data))
                if is_full:
                    almost.append(Failure(names[2], message, point, data))
                break
    details = (
        "equal to ∇fᵅ",
        "∇fᵅ·t = D(f|P)·t on every piece",
        "equal to ∇f almost everywhere",
    )
    found = (unequal, tangential, almost)
    return [
        verdict_check(name, detail, failures, doubtful[name])
        for name, detail, failures in zip(names, details, found, strict=True)
    ]


def _is_written(stated: Sequence[Sequence[Any]], rows: Sequence[Affine] | None) -> bool:
    """Whether a stated gradient is that of affine forms, entry by entry."""
    return rows is not None and all(
        as_expr(one) == as_expr(other)
        for own, row in zip(stated, rows, strict=True)
        for one, other in zip(own, row[1:], strict=True)
    )


def _gradient_difference(piece: StatedPiece) -> Answer:
    """Whether the stated gradient is that of the formula, all over the piece."""
    assert piece.stated is not None
    jacobian = piece.jacobian
    if are_constant((*piece.stated, *jacobian)):
        return list(map(list, piece.stated)) == list(map(list, jacobian)), None
    answer: Answer = (True, None)
    cell = piece.interior.complex
    region = Region(piece.names, cell.generators, cell.lines, piece)
    for stated, own in zip(piece.stated, jacobian, strict=True):
        for one, other in zip(stated, own, strict=True):
            vanishes, point = equal_on(one, other, region)
            if vanishes is False:
                return False, point
            if vanishes is None:
                answer = (None, None)
    return answer


def shown_rows(rows: Rows) -> str:
    """The rows of a gradient as text."""
    texts = [f"({', '.join(map(str, row))})" for row in rows]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


Defect = tuple[tuple[int, ...], Any, Any, tuple[Fraction, ...]]
"""(direction, found, expected, point)."""


def _tangential_defects(cell: Cell, piece: StatedPiece) -> Iterator[Defect | None]:
    """Tangent vectors along which the stated gradient and the formula differ; None: undecided."""
    if piece.stated is None:
        return
    if isinstance(cell, RowCell):
        # gradients are constant then, and need no points
        region = Region(piece.names, [], [], piece)
    else:
        region = Region(piece.names, cell.complex.generators, cell.complex.lines)
    own_rows = [formula.gradient(region) for formula in piece.formulas]
    for direction in cell.directions():
        for stated, own in zip(piece.stated, own_rows, strict=True):
            found, expected = along(stated, direction), along(own, direction)
            vanishes, point = equal_on(found, expected, region)
            if vanishes is None:
                yield None
            elif point is not None:
                values = (at_point(as_expr(v), point, piece.names) for v in (found, expected))
                yield direction, *values, point
            elif not vanishes:
                yield direction, found, expected, cell.point
