"""Smooth nodes that numbers for some operands make affine, such as w·x with a number for w."""

from __future__ import annotations

from fractions import Fraction

import sympy

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.number_fields import Algebraic, Number
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.reals import number_expr
from piecewise_mt.functions.build.arithmetic import constant_values
from piecewise_mt.functions.build.smooth_nodes import placeholder
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear, Smooth


def folded(node: Smooth) -> Expression:
    """The node as an affine one, if all its entries are; else the node itself.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> w, x = mt.variables("w x")
    >>> [type(f).__name__ for f in (w * x, (w * x).subs({w: 3}), mt.exp(w * x).subs({w: 3}))]
    ['Smooth', 'Linear', 'Smooth']
    """
    known: dict[int, Number] = {}
    start = 0
    for arg in node.args:
        values = constant_values(arg)
        if values is not None and all(isinstance(v, int | Fraction | Algebraic) for v in values):
            known.update((start + k, v) for k, v in enumerate(values))
        start += arg.size
    if not known:
        return node
    rows, bias = [], []
    for function, operands in node.units:
        numbers = {
            placeholder(k): number_expr(fraction(known[i]))
            for k, i in enumerate(operands)
            if i in known
        }
        left = [(placeholder(k), i) for k, i in enumerate(operands) if i not in known]
        form = _affine(function.expression, numbers, [symbol for symbol, _ in left])
        if form is None:
            return node
        bias.append(form[0])
        rows.append([(i, c) for (_, i), c in zip(left, form[1:], strict=True) if c])
    return Linear(node.args, rows, bias, node.shape)


def _affine(
    expression: sympy.Expr, numbers: dict[sympy.Symbol, sympy.Expr], left: list[sympy.Symbol]
) -> list[Fraction] | None:
    """The constant and the coefficients of a formula with these numbers; None if it has others."""
    if not expression.is_polynomial():
        return None
    put = expression.xreplace(numbers)
    if not left:
        return [fraction(to_number(put))]
    rational = all(number.is_Rational for number in numbers.values())
    try:
        p = sympy.Poly(put, *left, domain="QQ" if rational else "EX")
        coefficients = {monomial: fraction(to_number(c)) for monomial, c in p.terms()}
    except (sympy.PolynomialError, sympy.CoercionFailed, PiecewiseError):
        return None
    if any(c and sum(monomial) > 1 for monomial, c in coefficients.items()):
        return None
    units = [tuple(int(i == j) for i in range(len(left))) for j in range(len(left))]
    return [coefficients.get(unit, Fraction(0)) for unit in ((0,) * len(left), *units)]
