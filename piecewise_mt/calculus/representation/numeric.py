"""Representations as SymPy's Piecewise, and as functions of floats with exact pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.representation.batches import (
    exact_doubles,
    missing_parameters,
    read_parameters,
    require_unmasked,
)
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.geometry.points import on_text

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
    given = read_parameters(parameters)
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
            raise missing_parameters(free)
        return sympy.lambdify(symbols, rows, modules="math")  # type: ignore[no-any-return]

    def function(*point: float) -> Any:
        if len(point) != len(names):
            raise PiecewiseError(
                f"expected {len(names)} numbers, in the order {list(names)}, got {len(point)}; "
                "give one a variable, or choose the variables and their order with "
                f"{on_text(names)}"
            )
        if any(getattr(value, "ndim", 0) for value in point):
            return _of_arrays(rep, point, gradient, parameters)
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


def _of_arrays(
    rep: Representation, point: Sequence[Any], gradient: bool, parameters: Mapping[Any, Any] | None
) -> Any:
    """The function at arrays of coordinates, which are broadcast together."""
    import numpy

    columns = []
    for entry in point:
        require_unmasked(entry)
        column = numpy.asarray(entry)
        if column.dtype.kind != "f":
            # whole numbers must be doubles
            column = numpy.array(exact_doubles(column.reshape(-1).tolist())).reshape(column.shape)
        columns.append(column)
    points = numpy.stack(numpy.broadcast_arrays(*columns), axis=-1)
    flat = points.reshape(-1, len(rep.names))
    found = rep.gradients(flat, parameters=parameters) if gradient else rep.values(flat)
    return found.reshape(*points.shape[:-1], *found.shape[1:])


def _plain(value: Any) -> Any:
    """A number as Python's own int or float, if it is of another library's type."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and not isinstance(value, (float, Fraction)):
        return float(value)
    return value
