"""The supremum of the norm of a gradient with one row or column, where it depends on one variable.

Or where its square is a sum of terms in one variable each, on a stratum that is a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.exact.enclosures import Interval, largest
from piecewise_mt.exact.norms import square_root
from piecewise_mt.exact.suprema import Supremum, supremum

Suprema = tuple[Supremum, ...]


def norm_supremum(
    entries: Sequence[Sequence[sympy.Expr]],
    ord: Any,
    sides: Mapping[sympy.Symbol, Interval],
    is_box: bool,
) -> tuple[sympy.Expr, Suprema] | None:
    """The supremum of the operator norm of a gradient, with what it is made of; None if unknown.

    `sides` are the projections of the stratum, and `is_box` says whether it is their product.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> sides = {x: (-sympy.oo, sympy.oo), y: (0, 3)}
    >>> norm_supremum([[x / sympy.sqrt(1 + x**2), y]], 2, sides, True)[0]
    sqrt(10)
    """
    if len(entries) == 1:
        vector, is_row = list(entries[0]), True
    elif len(entries[0]) == 1:
        vector, is_row = [row[0] for row in entries], False
    else:
        return None
    squares = [tidied(entry**2) for entry in vector]
    if ord == 2:
        total = tidied(sympy.Add(*squares))
        terms = [total] if len(total.free_symbols) < 2 else sympy.Add.make_args(total)
        if len({s for term in terms for s in term.free_symbols}) > 1 and not is_box:
            return None
        found = _suprema(_by_symbol(terms), sides)
        return None if found is None else (square_root(_added(found)), found)
    found = _suprema(squares, sides)
    if found is None:
        return None
    sizes = [square_root(own.value) for own in found]
    if (ord == 1) == is_row:
        return largest(sizes), found
    used = [s for square in squares for s in square.free_symbols]
    # all are as large as they get at one point
    if len(used) > 1 and not (is_box and len(set(used)) == len(used)):
        return None
    return sympy.Add(*sizes), found


def _by_symbol(terms: Sequence[sympy.Expr]) -> list[sympy.Expr]:
    """The sums of the terms in the same variables."""
    groups: dict[Any, list[sympy.Expr]] = {}
    for term in terms:
        groups.setdefault(frozenset(term.free_symbols), []).append(term)
    return [sympy.Add(*own) for own in groups.values()]


def _added(found: Suprema) -> sympy.Expr:
    return sympy.Add(*(own.value for own in found))


def _suprema(
    formulas: Sequence[sympy.Expr], sides: Mapping[sympy.Symbol, Interval]
) -> Suprema | None:
    found = []
    for formula in formulas:
        symbols = sorted(formula.free_symbols & set(sides), key=str)
        if len(symbols) > 1:
            return None
        symbol = symbols[0] if symbols else next(iter(sides))
        own = supremum(formula, symbol, sides[symbol])
        if own is None:
            return None
        found.append(own)
    return tuple(found)
