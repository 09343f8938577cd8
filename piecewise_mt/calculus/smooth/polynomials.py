"""Formulas as polynomials with integer coefficients, for questions about semialgebraic sets."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from piecewise_mt.calculus.smooth.rewriting import MOST_TERMS, is_long, symbols_of
from piecewise_mt.semialgebraic.systems import Terms, integer_terms


def polynomial_of(expression: sympy.Expr, names: Sequence[str]) -> Terms | None:
    """A positive multiple of a polynomial with rational coefficients, None for anything else."""
    if is_long(expression, MOST_TERMS):
        return None
    try:
        found = sympy.Poly(expression, *symbols_of(names), domain="QQ")
    except (sympy.PolynomialError, sympy.CoercionFailed):
        return None
    return integer_terms(dict(found.terms()))


def polynomials_of(expression: sympy.Expr, names: Sequence[str]) -> list[Terms] | None:
    """The coefficients of a polynomial in tie parameters, as integer polynomials in the variables.

    The expression is zero for all values of the parameters where all of these are. None if it is no
    polynomial.

    Examples
    --------
    >>> x, z = sympy.Symbol("x", real=True), sympy.Symbol("z")
    >>> polynomials_of(x**2 / 2 - z * x, ("x",))
    [{(1,): -1}, {(2,): 1}]
    >>> polynomials_of((x + 1) ** 2 - x**2 - 2 * x - 1, ("x",)), polynomials_of(1 / x, ("x",))
    ([], None)
    """
    found = coefficients_of(expression, names)
    if found is None:
        return None
    rows, is_polynomial = found
    return rows if is_polynomial or not rows else None


def coefficients_of(
    expression: sympy.Expr, names: Sequence[str]
) -> tuple[list[Terms], bool] | None:
    """Polynomials in the variables, so that an expression is zero where all of these are.

    One a monomial in what else occurs; and whether the converse holds, too, as that is parameters
    only. None if there are none.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> coefficients_of((x - 1) * sympy.exp(x), ("x",))
    ([{(1,): 1, (0,): -1}], False)
    """
    symbols = symbols_of(names)
    # a first generator, as a number has none; there is none if the expression is 0
    try:
        p = sympy.Poly(sympy.Dummy() * expression)
    except sympy.GeneratorsNeeded:
        return [], True
    except sympy.PolynomialError:
        return None
    others = sorted((g for g in p.gens if g not in symbols), key=str)
    groups: dict[tuple[int, ...], dict[tuple[int, ...], sympy.Rational]] = {}
    for exponents, c in p.terms():
        if not c.is_Rational:
            return None
        powers = dict(zip(p.gens, exponents, strict=True))
        own = groups.setdefault(tuple(powers[g] for g in others), {})
        if c != 0:
            own[tuple(powers.get(s, 0) for s in symbols)] = c
    rows: list[Terms] = [integer_terms(dict(sorted(groups[key].items(), reverse=True)))
            for key in sorted(groups, reverse=True) if groups[key]]  # fmt: skip
    return rows, all(g.is_Symbol for g in others)
