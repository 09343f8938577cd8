"""Representations as SymPy's Piecewise, and as functions of floats with exact pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.geometry.points import variable_name

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.base import Representation
    from piecewise_mt.calculus.representation.pieces import Piece


def to_piecewise(rep: Representation) -> Any:
    """See :meth:`Representation.to_piecewise`."""
    pairs = [(piece.formula, piece.condition) for piece in rep]
    if rep.shape == ():
        return sympy.Piecewise(*pairs, evaluate=False)
    size = len(rep[0].formulas)
    return sympy.ImmutableMatrix(
        [[sympy.Piecewise(*((f[k], c) for f, c in pairs), evaluate=False)] for k in range(size)]
    )


def numeric_function(
    rep: Representation, gradient: bool, parameters: Mapping[Any, Any] | None
) -> Callable[..., Any]:
    """See :meth:`Representation.lambdify`."""
    names = rep.names
    given = {
        sympy.Symbol(variable_name(key), real=True): to_rational(to_fraction(value))
        for key, value in (parameters or {}).items()
    }
    compiled: dict[int, Callable[..., Any]] = {}

    def compile_piece(piece: Piece) -> Callable[..., Any]:
        symbols = symbols_of(names)
        if gradient:
            rows = [[as_expr(c).xreplace(given) for c in row] for row in piece.gradient_rows]
        else:
            rows = [[formula.expr.xreplace(given)] for formula in piece.formulas]
        unknown = {s.name for row in rows for entry in row for s in entry.free_symbols}
        free = sorted(unknown - set(names))
        if free:
            raise PiecewiseError(
                f"expected a number for every free parameter, got none for {', '.join(free)}; "
                "give parameters={...}, or choose a tie rule"
            )
        return sympy.lambdify(symbols, rows, modules="math")  # type: ignore[no-any-return]

    def function(*point: float) -> Any:
        if len(point) != len(names):
            raise PiecewiseError(
                f"expected {len(names)} numbers, in the order {list(names)}, got {len(point)}; "
                "give one a variable"
            )
        # NumPy's narrow integers would wrap around inside the formula
        plain = [_plain(value) for value in point]
        piece = rep.piece_at([Fraction(value) for value in plain])
        if piece.alpha not in compiled:
            compiled[piece.alpha] = compile_piece(piece)
        rows = [[float(entry) for entry in row] for row in compiled[piece.alpha](*plain)]
        if gradient:
            return rows
        return rows[0][0] if rep.shape == () else [row[0] for row in rows]

    return function


def _plain(value: Any) -> Any:
    """A number as Python's own int or float, if it is of another library's type."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and not isinstance(value, (float, Fraction)):
        return float(value)
    return value
