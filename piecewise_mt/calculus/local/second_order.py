"""The second derivative of a germ, and what it says of the sign near the point."""

from __future__ import annotations

from fractions import Fraction

import sympy

from piecewise_mt.calculus.local.germs import Germ, symbols_of
from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.exact.numbers import as_fraction


def hessian(germ: Germ) -> Matrix | None:
    """The second derivative at the point, None if it is not rational there."""
    width = len(germ.gradient)
    total = [[Fraction(0)] * width for _ in range(width)]
    symbols = symbols_of(width)
    for term, c in germ.terms.items():
        if isinstance(term, tuple):
            if sum(term) == 2:
                i, j = [i for i, n in enumerate(term) for _ in range(n)]
                total[i][j] += c
                total[j][i] += c
            continue
        used = [i for i, z in enumerate(symbols) if term.has(z)]
        for i in used:
            for j in used:
                found = sympy.diff(term, symbols[i], symbols[j]).subs(dict.fromkeys(symbols, 0))
                if not found.is_Rational:
                    return None
                total[i][j] += c * as_fraction(found)
    return tuple(map(tuple, total))


def is_at_most_zero(germ: Germ) -> bool:
    """Whether a germ without gradient is proved to be ≤ 0 near the point.

    Its second derivative is negative definite in the variables that it reads; or it is a quadratic
    form, and that is negative semidefinite.
    """
    if not germ.terms:
        return True
    second = hessian(germ)
    if second is None:
        return False
    symbols = symbols_of(len(germ.gradient))
    used = [
        i
        for i, z in enumerate(symbols)
        if any(t[i] if isinstance(t, tuple) else t.has(z) for t in germ.terms)
    ]
    rows = [[-second[i][j] for j in used] for i in used]
    rank = _pivots(rows)
    quadratic = all(isinstance(t, tuple) and sum(t) == 2 for t in germ.terms)
    return rank is not None and (quadratic or rank == len(used))


def _pivots(rows: list[list[Fraction]]) -> int | None:
    """The rank of a symmetric matrix that is positive semidefinite, None if it is not."""
    count, n = 0, len(rows)
    for k in range(n):
        pivot = rows[k][k]
        if pivot < 0 or (not pivot and any(rows[k][k:])):
            return None
        if not pivot:
            continue
        count += 1
        for i in range(k + 1, n):
            factor = rows[i][k] / pivot
            if factor:
                rows[i] = [v - factor * w for v, w in zip(rows[i], rows[k], strict=True)]
    return count
