"""Cells for the check of a large maximum: where one operand is the one that a tie rule takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.partition.conditions import on_names
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.smooth.entries import are_constant
from piecewise_mt.calculus.smooth.identities import Answer
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.ties import tie_rule
from piecewise_mt.geometry.cover import Candidates, Leaf
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Inequality, related
from piecewise_mt.geometry.row_cells import (
    RowCell,
    differing_point,
    row_leaves,
    undecided_pieces,
)

LARGE = 12
"""From so many operands on, cells are told by rows instead of all of their faces."""


def large_leaves(
    rep: Representation,
    parts: Mapping[int, Sequence[Polyhedron]],
    progress: Callable[[int], None] | None,
) -> list[Leaf] | None:
    """The cells of the check; None if f is another function than one large maximum or minimum.

    That the operands taken under a tie rule are a disjoint cover is how the rule is made; so it is
    enough to look at the stated pieces where one operand is taken, with f the form of it.
    """
    if rep.of is None:
        return None
    program = on_names(rep.of, rep.names)
    if program.is_smooth or len(program.units) != 1 or not _is_affine(rep):
        return None
    atom = program.units[0].atom
    if not isinstance(atom, Extremum) or atom.arity < LARGE:
        return None
    start: Candidates = {alpha: [related(p) for p in own] for alpha, own in parts.items()}
    best: tuple[int, list[RowCell]] = (sys.maxsize, [])
    for rule in ("first", "last"):
        cells = _cells(program, atom, rule, rep.polyhedral_domain)
        # those that have to be split, few if one rule or the other has been meant
        open_ones = sum(bool(undecided_pieces(cell, start)[0]) for cell in cells)
        best = min(best, (open_ones, cells), key=itemgetter(0))
        if not open_ones:
            break
    return list(row_leaves(best[1], parts, progress))


def _is_affine(rep: Representation) -> bool:
    """Whether all formulas are affine, and stated gradients constant."""
    return not any(
        isinstance(piece, StatedPiece)
        and (piece.is_smooth or not are_constant(() if piece.stated is None else (*piece.stated,)))
        for piece in rep
    )


def _cells(program: Program, atom: Extremum, rule: str, domain: Polyhedron | None) -> list[RowCell]:
    a = len(program.names)
    operands = [[row.get(i, 0) for i in range(a + 1)] for row in program.units[0].operands]
    ruled = Extremum(atom.arity, atom.sign, tie_rule(rule, atom.arity))
    equations = [] if domain is None else list(domain.equations)
    found = []
    for branch in ruled.half_open_branches() or ():
        rows: list[Inequality] = []
        for (coefficients, _), relation in ruled.branch_constraints(branch, branch):
            pairs = [(c, own) for c, own in zip(coefficients, operands, strict=True) if c]
            row = [sum(c * own[i] for c, own in pairs) for i in range(a + 1)]
            rows.append((primitive(row), relation == ">"))
        rows += () if domain is None else domain.inequalities
        cell = RowCell.of(a, equations, rows)
        if cell is not None:
            found.append(cell)
    return found


def large_difference(cell: RowCell, program: Program, piece: StatedPiece) -> Answer:
    """Whether the formulas of f and of a piece agree on a cell of one operand."""
    labels = program.labels_at(cell.point)
    for own, formula in zip(program.affine(labels, selected).outputs, piece.formulas, strict=True):
        found: Any = [Fraction(a) - b for a, b in zip(own, formula.raw, strict=True)]  # type: ignore[arg-type]
        point = differing_point(cell, found)
        if point is not None:
            return False, point
    return True, None
