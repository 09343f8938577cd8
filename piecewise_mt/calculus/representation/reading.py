"""Reading the formulas and gradients of a representation that somebody wrote down.

What is read may hold free tie parameters: the names that this package's own tables print, or those
that are given. A coefficient is then a polynomial in them, as it is in a derived representation.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.conditions import affine_row, from_sympy, on_names, position_of
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import AffineFormula, Formula, SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import expanded, symbols_of
from piecewise_mt.errors import NotPolyhedral, ParseError, PiecewiseError
from piecewise_mt.exact.matrices import read_matrix
from piecewise_mt.exact.names import CONSTANTS, checked_parameter
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.polynomials import Polynomial, to_coefficient
from piecewise_mt.functions.build.smooth_nodes import requirements
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.formula_text import formula_from_text, items_of
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.nodes import Piecewise, Smooth
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.points import variable_name

_PRINTED = re.compile(r"z([1-9][0-9]*)?", re.ASCII)


class TieNames(Container[str]):
    """The names of free parameters: those given, else what the tables print and `of` has."""

    def __init__(self, given: Any, names: Sequence[str], of: Expression | None) -> None:
        if isinstance(given, str):
            given = given.replace(",", " ").split()
        self._all_printed = given is None
        if given is None:
            nodes = () if of is None else topological(of)
            atoms = {atom for n in nodes if isinstance(n, Piecewise) for atom, _ in n.units}
            self._names = {name for atom in atoms for name in atom.names()}
            return
        self._names = {checked_parameter(variable_name(entry)) for entry in given}
        constants = sorted(self._names & CONSTANTS)
        if constants:
            raise PiecewiseError(
                f"expected names of parameters, got {constants[0]}, which is the name of a "
                "constant; give the parameter another name"
            )
        clash = sorted(self._names.intersection(names))
        if clash:
            raise PiecewiseError(
                f"expected parameters that are not variables, got {clash[0]} as both; give the "
                "parameter another name"
            )

    def __contains__(self, name: object) -> bool:
        printed = self._all_printed and _PRINTED.fullmatch(str(name)) is not None
        return printed or name in self._names


def read_formula(
    formula: Any, names: tuple[str, ...], parameters: Container[str] = ()
) -> tuple[Formula, ...]:
    """A formula, one an output: affine where it is affine, else SymPy's.

    Parameters
    ----------
    formula : str, number, sympy.Expr, expression, or a list of these
        A text may be a list in brackets, as a table shows several outputs.
    names : tuple of str
        The variables.
    parameters : container of str
        The names that are free tie parameters, in polynomials of which coefficients may be.

    Raises
    ------
    NotPolyhedral
        If the formula has a kink.
    """
    if isinstance(formula, str):
        items = items_of(formula, "[")
        formula = _parsed(formula) if items is None else items
    if isinstance(formula, (list, tuple, sympy.MatrixBase)):
        return tuple(one for entry in formula for one in read_formula(entry, names, parameters))
    if isinstance(formula, sympy.Expr):
        extra = _chosen((s.name for s in formula.free_symbols), names, parameters)
        _check_names(formula, (*names, *extra))
        if not _is_affine(formula):
            requirements(formula)  # which refuses kinks
            return (_folded(SmoothFormula((*names, *extra), _over_reals(formula)), names, extra),)
        formula = from_sympy(formula)
    if isinstance(formula, Expression):
        extra = _chosen((v.names[0] for v in formula.variables), names, parameters)
        space = (*names, *extra)
        flat = formula.reshape(-1)
        smooth = any(isinstance(node, Smooth) for node in topological(formula))
        read = _smooth if smooth else _affine
        return tuple(_folded(read(flat[k], space), names, extra) for k in range(flat.size))
    return (_affine(formula, names),)


def _parsed(text: str) -> Any:
    """A text of the grammar of functions, else a formula that only SymPy can hold."""
    try:
        return parse(text)
    except ParseError:
        try:
            return formula_from_text(text)
        except ParseError:
            pass
        raise


def _chosen(
    found: Iterable[str], names: tuple[str, ...], parameters: Container[str]
) -> tuple[str, ...]:
    """The parameters among the names that a formula has."""
    return tuple(sorted({name for name in found if name not in names and name in parameters}))


def _folded(formula: Formula, names: tuple[str, ...], extra: tuple[str, ...]) -> Formula:
    """A formula in variables and parameters as one in the variables, with polynomials in it."""
    if not extra:
        return formula
    if isinstance(formula, AffineFormula):
        constant = formula.row[0]
        for c, name in zip(formula.row[len(names) + 1 :], extra, strict=True):
            constant = constant + Polynomial.generator(name) * c
        return AffineFormula(names, (constant, *formula.row[1 : len(names) + 1]))
    whole = SmoothFormula(names, formula.expr)
    # a formula that is C¹ under a condition keeps it
    if whole.requirements:
        return whole
    multiplied = expanded(whole.expr)
    symbols = symbols_of(names)
    slopes = [expanded(sympy.diff(multiplied, symbol)) for symbol in symbols]
    products = (slope * symbol for slope, symbol in zip(slopes, symbols, strict=True))
    rest = expanded(multiplied - sympy.Add(*products))
    if any(value.free_symbols & set(symbols) for value in (rest, *slopes)):
        return whole
    return AffineFormula(names, tuple(map(to_coefficient, (rest, *slopes))))


def _over_reals(formula: sympy.Expr) -> sympy.Expr:
    return formula.xreplace({s: _real(s) for s in formula.free_symbols})


def _real(symbol: sympy.Symbol) -> sympy.Symbol:
    return sympy.Symbol(symbol.name, real=True)


def _check_names(formula: sympy.Expr, names: Sequence[str]) -> None:
    for name in sorted(symbol.name for symbol in formula.free_symbols):
        position_of(name, tuple(names))


def _is_affine(formula: sympy.Expr) -> bool:
    """Whether a formula is a sum of numbers and multiples of symbols, as it is written."""
    if formula.is_Add:
        return all(map(_is_affine, formula.args))
    if formula.is_Mul:
        return sum(not arg.is_number for arg in formula.args) < 2 and all(
            map(_is_affine, formula.args)
        )
    return bool(formula.is_Symbol or formula.is_Rational)


def _affine(form: Any, names: tuple[str, ...]) -> Formula:
    return AffineFormula(names, tuple(affine_row(form, names)))


def _smooth(form: Expression, names: tuple[str, ...]) -> Formula:
    program = on_names(form, names)
    if program.units:
        raise NotPolyhedral(
            f"expected a C¹ formula, got {form}, which has a kink; split the piece there"
        )
    (row,) = program.formulas((), selected).outputs
    affine = AffineHull.of_equations(names, ()).affine_row(row)
    return SmoothFormula(names, row) if affine is None else AffineFormula(names, tuple(affine))


def read_gradient(
    gradient: Any, outputs: int, names: tuple[str, ...], parameters: Container[str] = ()
) -> tuple[tuple[Any, ...], ...]:
    """A stated gradient as rows: one row if there is one output, else a b×a matrix.

    Entries are numbers, or SymPy expressions or texts in the variables and free parameters; the
    whole may be a text as a table shows it, ``"(z, 1 - z)"``.
    """
    if isinstance(gradient, str):
        gradient = _listed(gradient)
    return read_matrix(
        gradient,
        (outputs, len(names)),
        lambda entry: _gradient_entry(entry, names, parameters),
    )


def _listed(text: str) -> list[Any]:
    rows = items_of(text, "[")
    if rows is not None:
        return [items_of(row, "(") or [row] for row in rows]
    return items_of(text, "(") or [text]


def _gradient_entry(entry: Any, names: tuple[str, ...], parameters: Container[str]) -> Any:
    if isinstance(entry, sympy.Expr) and not entry.is_Rational:
        if entry.has(sympy.Float):
            return to_fraction(entry)  # which refuses it
        extra = _chosen((s.name for s in entry.free_symbols), names, parameters)
        _check_names(entry, (*names, *extra))
        entry = _over_reals(entry)
        constant = extra and len(entry.free_symbols) == len(extra)
        return to_coefficient(entry) if constant else entry
    if isinstance(entry, str):
        (formula,) = read_formula(entry, names, parameters)
        constant = isinstance(formula, AffineFormula) and not any(formula.row[1:])
        return formula.raw[0] if constant else formula.expr
    return to_fraction(entry)
