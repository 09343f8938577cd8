"""The gradient of a piece as it is read beside its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.entries import are_constant, as_expr
from piecewise_mt.calculus.smooth.rewriting import symbols_of, tidied

_NOT_OF_A_FORMULA = (sympy.Abs, sympy.sign, sympy.Derivative, sympy.Piecewise, sympy.Heaviside)


def shown_gradient(piece: Any) -> Sequence[Sequence[Any]]:
    """The rows of the gradient, in the variables of the formula where that is no longer.

    On a thin piece the gradient is kept in coordinates of the piece, so that equal ones are one.
    The formula is not, as it holds near the piece, too; beside it a reader expects its derivative.
    Both are equal on the piece, and what is shorter is shown.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> b, w = mt.variables("b w")
    >>> tie = (mt.relu(1 - b - w) + mt.square(w) / 2).represent()[2]
    >>> str(tie), tie.formula
    ('Piece(3: b + w = 1, gradient [-z, -b - z + 1])', -b*z + w**2/2 - w*z + z)
    >>> shown_gradient(tie)
    ((-z, w - z),)
    """
    rows: Sequence[Sequence[Any]] = piece.gradient_rows
    if are_constant(rows):
        return rows
    own_rows: Sequence[Sequence[Any]] = piece.jacobian
    if rows is not own_rows:
        return rows  # stated by somebody
    hull = getattr(piece, "hull", None)
    if not isinstance(hull, AffineHull) or not hull.substitution:
        return rows
    symbols = symbols_of(piece.names)
    found = []
    for row, formula in zip(rows, piece.formulas, strict=True):
        own = tuple(tidied(sympy.diff(formula.expr, symbol)) for symbol in symbols)
        found.append(own if _is_as_short(own, tuple(map(as_expr, row)), set(symbols)) else row)
    changed = any(own is not row for own, row in zip(found, rows, strict=True))
    return tuple(found) if changed else rows


def _is_as_short(own: Sequence[Any], other: Sequence[Any], variables: set[Any]) -> bool:
    """Whether a row has no more operations or symbols, nor parameters that the other lacks."""
    if own == other or any(entry.has(*_NOT_OF_A_FORMULA) for entry in own):
        return False
    # a parameter that cancels on the piece is not to come back
    mine, others = (set().union(*(e.free_symbols for e in row)) for row in (own, other))
    if len(mine) > len(others) or not mine - variables <= others - variables:
        return False
    lengths = [sum(e.count_ops() for e in row) for row in (own, other)]
    return bool(lengths[0] <= lengths[1])
