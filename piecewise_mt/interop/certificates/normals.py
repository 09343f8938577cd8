"""Multipliers: how a row of polynomials combines others on the zeros of some polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

import sympy

from piecewise_mt_check.polynomials import Polynomial, degree, variables

MAX_UNKNOWNS = 400


def combination(
    row: Sequence[Polynomial],
    rows: Sequence[Sequence[Polynomial]],
    zeros: Sequence[Polynomial] = (),
    most: int | None = None,
) -> list[Polynomial] | None:
    """Polynomials λ of low degree with row = Σ λ·rows modulo `zeros`; None if none are found.

    Their degree is `most` at most, and that of the row if it is not given.

    Examples
    --------
    On the circle x² + y² = 1, (x³ + xy², y) is a multiple of the normal (2x, 2y):

    >>> circle = {("x", "x"): 1, ("y", "y"): 1, (): -1}
    >>> row = [{("x", "x", "x"): 1, ("x", "y", "y"): 1}, {("y",): 1}]
    >>> combination(row, [[{("x",): 2}, {("y",): 2}]], [circle])
    [{(): Fraction(1, 2)}]
    """
    entries = (*row, *zeros, *(p for own in rows for p in own))
    names = sorted({name for p in entries for name in variables(p)})
    if not rows or not names:
        return None
    symbols = [sympy.Symbol(name) for name in names]
    given = [_expr(p) for p in zeros]
    basis = sympy.groebner(given, *symbols, order="grevlex", domain="QQ") if given else None

    def reduced(expr: Any) -> Any:
        own = sympy.expand(expr)
        return sympy.Poly(own if basis is None else basis.reduce(own)[1], *symbols, domain="QQ")

    for top in range((max(map(degree, row)) if most is None else most) + 1):
        monomials = [m for k in range(top + 1) for m in combinations_with_replacement(names, k)]
        unknowns = [(i, m) for i in range(len(rows)) for m in monomials]
        if len(unknowns) > MAX_UNKNOWNS:
            return None
        columns = []
        for i, m in unknowns:
            factor = sympy.Mul(*map(sympy.Symbol, m))
            columns.append([reduced(factor * _expr(p)).as_dict() for p in rows[i]])
        goal = [reduced(_expr(p)).as_dict() for p in row]
        places = sorted({(j, e) for own in (goal, *columns) for j, p in enumerate(own) for e in p})
        matrix = sympy.Matrix([[own[j].get(e, 0) for own in columns] for j, e in places])
        right = sympy.Matrix([goal[j].get(e, 0) for j, e in places])
        try:
            solution, free = matrix.gauss_jordan_solve(right)
        except ValueError:
            continue  # there is none of this degree
        values = solution.subs(dict.fromkeys(free, 0))
        found: list[Polynomial] = [{} for _ in rows]
        for (i, m), value in zip(unknowns, values, strict=True):
            if value:
                found[i][m] = Fraction(int(value.p), int(value.q))
        return found
    return None


def _expr(p: Polynomial) -> Any:
    return sympy.Add(
        *(
            sympy.Mul(sympy.Rational(c.numerator, c.denominator), *map(sympy.Symbol, monomial))
            for monomial, c in p.items()
        )
    )
