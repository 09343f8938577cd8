"""Checked pieces on the whole space as a node of an expression."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy

from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.functions.atoms.stated import Stated
from piecewise_mt.functions.build.smooth_nodes import smooth
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise


def node_of(
    names: Sequence[str], entries: Sequence[StatedPiece], operands: Expression
) -> Expression:
    """The function of these pieces, applied to one operand a variable.

    The pieces must be disjoint and cover the space, their formulas continuous and without free
    parameters; :func:`mt.check` tells.
    """
    given = operands.size
    nodes: list[Expression] = [operands]
    units = []
    named = {name: operands[i] for i, name in enumerate(names)}
    for k in range(len(entries[0].formulas)):
        atom, formulas = _selection(entries, k, given)
        start = sum(node.size for node in nodes)
        nodes += [smooth(formula, named) for formula in formulas]
        units.append((atom, (*range(given), *range(start, start + len(formulas)))))
    scalar = all(piece.is_scalar for piece in entries)
    return Piecewise(nodes, units, () if scalar else (len(units),), "apply")


def _selection(
    entries: Sequence[StatedPiece], k: int, given: int
) -> tuple[Stated, list[sympy.Expr]]:
    """The atom of one output, and the smooth formulas that are operands of their own."""
    rows = [piece.formulas[k] for piece in entries]
    formulas = [row.expr for row in rows if row.is_smooth]
    width = 1 + given + len(formulas)
    pieces = []
    seen = 0
    for piece, row in zip(entries, rows, strict=True):
        form = [Fraction(0)] * width
        if row.is_smooth:
            form[1 + given + seen] = Fraction(1)
            seen += 1
        else:
            form[: 1 + given] = map(Fraction, row.raw)
        pieces.append((piece.parts, tuple(form)))
    return Stated(pieces), formulas
