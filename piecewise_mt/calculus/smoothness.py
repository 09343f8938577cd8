"""Is a formula C¹ at every point of a piece? Decided exactly, or said to be undecided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.symbolic import Hull, symbols_of
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.smooth_nodes import Requirement, requirements
from piecewise_mt.geometry.polyhedron import Polyhedron


def require_c1(row: Any, parts: Sequence[Polyhedron], names: Sequence[str]) -> None:
    """Refuse a formula that is not C¹ at a point of a union of polyhedra.

    Raises
    ------
    PiecewiseError
        If it is not, naming a point where that can be had.
    Undecided
        If neither SymPy's assumptions nor linear programming decide it.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> right = Polyhedron(("x",), [], [((0, 1), True)])
    >>> require_c1(sympy.log(x), [right], ("x",))
    >>> require_c1(sympy.log(x), [Polyhedron(("x",))], ("x",))
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a C¹ formula, got log(x), where x is not positive \
at (0,); restrict the piece, or change the formula
    """
    if not isinstance(row, sympy.Expr):
        return
    for requirement in requirements(row):
        for part in parts:
            if not part.is_empty:
                _require(requirement, row, part, names)


def _require(
    requirement: Requirement, row: sympy.Expr, part: Polyhedron, names: Sequence[str]
) -> None:
    hull = Hull.of_equations(names, part.equations)
    form = hull.affine_row(requirement.form)
    if form is not None:
        integral = primitive(form)
        bad = _violation(integral, requirement.kind, part)
        if bad is None:
            return
        raise PiecewiseError(
            f"expected a C¹ formula, got {row}, where {requirement.form} is not "
            f"{requirement.kind} at {bad}; restrict the piece, or change the formula"
        )
    signed = hull.restricted(requirement.form).xreplace(_signed_symbols(part, names))
    met = requirement._replace(form=signed).is_met()
    if met is None:
        raise Undecided(
            f"expected a formula that is C¹ on {{{part}}}, got {row}, where SymPy cannot decide "
            f"whether {requirement.form} is {requirement.kind}; write the formula so that it shows"
        )
    if not met:
        raise PiecewiseError(
            f"expected a C¹ formula, got {row}, where {requirement.form} is not "
            f"{requirement.kind}; restrict the piece, or change the formula"
        )


def _violation(row: Row, kind: str, part: Polyhedron) -> tuple[Any, ...] | None:
    """A point of the part where an affine form is not positive, nonnegative or nonzero."""
    if not any(row[1:]):
        bad = {"positive": row[0] <= 0, "nonnegative": row[0] < 0, "nonzero": row[0] == 0}[kind]
        return _shown(part) if bad else None
    minus = tuple(-c for c in row)
    equations, inequalities = list(part.equations), list(part.inequalities)
    if kind == "nonzero":
        equations.append(row)
    else:
        inequalities.append((minus, kind == "nonnegative"))
    outside = Polyhedron(part.variables, equations, inequalities)
    return None if outside.is_empty else _shown(outside)


def _shown(part: Polyhedron) -> tuple[Any, ...]:
    return tuple(map(to_rational, part.witness() or ()))


def _signed_symbols(part: Polyhedron, names: Sequence[str]) -> dict[sympy.Symbol, sympy.Symbol]:
    """Symbols that know the sign which a variable has all over the part."""
    found = {}
    for index, symbol in enumerate(symbols_of(names)):
        row = tuple(int(i == index + 1) for i in range(len(names) + 1))
        minus = tuple(-c for c in row)
        if _violation(row, "positive", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, positive=True)
        elif _violation(minus, "positive", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, negative=True)
        elif _violation(row, "nonnegative", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, nonnegative=True)
    return found
