"""Entries of gradients: coefficients of affine formulas, SymPy expressions of smooth ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.smooth.formulas import Region
from piecewise_mt.calculus.smooth.identities import Answer, zero_or_point
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.polynomials import coefficient_to_sympy


def is_expression(entry: Any) -> bool:
    """Whether SymPy holds an entry, so that it may depend on the point."""
    return isinstance(entry, sympy.Expr)


def as_expr(entry: Any) -> sympy.Expr:
    """An entry as a SymPy expression."""
    return entry if is_expression(entry) else coefficient_to_sympy(entry)


def are_constant(rows: Iterable[Iterable[Any]]) -> bool:
    """Whether a gradient has coefficients only."""
    return not any(is_expression(entry) for row in rows for entry in row)


def along(gradient: Sequence[Any], direction: Row) -> Any:
    """∇f·t: a coefficient, or a SymPy expression if an entry is one.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> along((1, 2), (1, -1)), along((1, sympy.exp(x)), (1, -1))
    (Fraction(-1, 1), 1 - exp(x))
    """
    entries: Sequence[Any] = gradient
    if not are_constant([gradient]):
        entries = list(map(as_expr, gradient))
    total: Any = Fraction(0) if entries is gradient else sympy.Integer(0)
    for c, t in zip(entries, direction, strict=True):
        if t:
            total = total + c * t
    return total


def equal_on(one: Any, other: Any, region: Region) -> Answer:
    """Whether two entries are equal on a region: exactly for coefficients, else as SymPy finds.

    Where coefficients differ they do so at every point, so none is named.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> right = Region(("x",), [(1, 0), (0, 1)])
    >>> equal_on(1, 2, right), equal_on(x, 1, right)
    ((False, None), (False, (Fraction(1, 2),)))
    """
    if are_constant([(one, other)]):
        return one == other, None
    difference = as_expr(one) - as_expr(other)
    return zero_or_point(difference, region.hull, region.points(), region.sign)
