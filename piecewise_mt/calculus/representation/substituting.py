"""Values for free tie parameters: the same pieces, with other formulas and gradients on ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved import CurvedPiece
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import Rows, StatedPiece
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.errors import PiecewiseError, UnknownVariable
from piecewise_mt.exact.names import checked_parameter
from piecewise_mt.exact.polynomials import (
    Coefficient,
    Polynomial,
    coefficient_to_sympy,
    free_names,
    to_coefficient,
)
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

Values = Mapping[str, Coefficient]


def substituted(
    rep: Representation, replacements: Any, named: Mapping[str, Any]
) -> StatedRepresentation:
    """See :meth:`Representation.subs`."""
    values = _read(replacements, named, rep.names)
    present = sorted({name for piece in rep for name in parameters_of(piece)})
    unknown = [name for name in values if name not in present]
    if unknown:
        has = f"has {', '.join(present)}" if present else "has none"
        raise UnknownVariable(
            f"expected free tie parameters of {rep.title}, got {unknown[0]}; it {has}"
        )
    pieces = [_piece(piece, values) for piece in rep]
    shown = ", ".join(f"{name} = {coefficient_to_sympy(v)}" for name, v in values.items())
    title = f"{rep.title} with {shown}" if values else rep.title
    found = StatedRepresentation.of_pieces(rep.names, pieces, rep.of, rep.domain, title)
    found._asked = rep.asked
    return found


def substituted_piece(piece: Piece, replacements: Any, named: Mapping[str, Any]) -> StatedPiece:
    """See :meth:`Piece.subs`."""
    return _piece(piece, _read(replacements, named, piece.names))


def parameters_of(piece: Piece) -> Iterator[str]:
    """The names of the free parameters in formulas and gradients of a piece, some repeated."""
    stated = piece.gradient_rows if isinstance(piece, StatedPiece) else ()
    for entry in (*(f.raw for f in piece.formulas), *stated):
        for part in [entry] if isinstance(entry, sympy.Expr) else entry:
            if isinstance(part, sympy.Expr):
                yield from ({s.name for s in part.free_symbols} - set(piece.names))
            else:
                yield from free_names(part)


def _read(
    replacements: Any, named: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Coefficient]:
    if replacements is not None and not isinstance(replacements, Mapping):
        raise PiecewiseError(
            f"expected a mapping from tie parameters to numbers, got {replacements!r}; write "
            "rep.subs({z1: 0}) or rep.subs(z1=0)"
        )
    found: dict[str, Coefficient] = {}
    for key, value in (*(replacements or {}).items(), *named.items()):
        name = variable_name(key)
        if name in names:
            raise UnknownVariable(
                f"expected a free tie parameter, got the variable {name}; substitute it in the "
                f"function, f.subs({{{name}: …}}), or ask rep.value and rep.gradient"
            )
        if name in found:
            raise UnknownVariable(f"expected one value for {name}, got two; leave one out")
        found[checked_parameter(name)] = own = to_coefficient(value)
        variables = sorted(free_names(own) & set(names))
        if variables:
            raise PiecewiseError(
                f"expected a constant for {name}, got {value} with the variable {variables[0]}; "
                "give a number, or a symbol that is no variable"
            )
    return found


def _piece(piece: Piece, values: Values) -> StatedPiece:
    formulas = tuple(_formula(formula, values) for formula in piece.formulas)
    stated: Rows | None = None
    if isinstance(piece, StatedPiece) and piece.stated is not None:
        stated = tuple(tuple(_put(c, values) for c in row) for row in piece.stated)
    region = piece.set
    if isinstance(region, SemialgebraicSet):
        return CurvedPiece(
            piece.alpha, piece.names, region.parts, formulas, stated, piece.is_scalar
        )
    return StatedPiece(piece.alpha, piece.names, piece.parts, formulas, stated, piece.is_scalar)


def _formula(formula: Formula, values: Values) -> Formula:
    if isinstance(formula, AffineFormula):
        if not formula.has_parameters:
            return formula
        return AffineFormula(formula.names, tuple(_put(c, values) for c in formula.row))
    return SmoothFormula(formula.names, _put(formula.expr, values))


def _put(value: Any, values: Values) -> Any:
    """A coefficient or an expression with values for parameters."""
    if isinstance(value, sympy.Expr):
        by_symbol = {
            sympy.Symbol(name, real=True): coefficient_to_sympy(own) for name, own in values.items()
        }
        found = value.xreplace(by_symbol)
        return found if found == value else sympy.expand(found)
    if not isinstance(value, Polynomial):
        return value
    total: Coefficient = Fraction(0)
    for monomial, coefficient in value.terms.items():
        product: Coefficient = coefficient
        for generator in monomial:
            if isinstance(generator, str):
                own = values.get(generator, Polynomial.generator(generator))
            else:
                own = to_coefficient(_put(generator, values))
            product = own * product
        total = total + product
    return total
