"""SymPy expressions of a formula: made, evaluated at exact points, multiplied out, shortened."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, prod
from typing import Any

import sympy

from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.exact.reals import Coordinate, number_expr


def symbols_of(names: Sequence[str]) -> tuple[sympy.Symbol, ...]:
    """The variables as SymPy symbols."""
    return tuple(sympy.Symbol(name, real=True) for name in names)


def affine_expr(row: Sequence[Any], names: Sequence[str]) -> sympy.Expr:
    """The affine form (c0, c1, …, ca) as a SymPy expression."""
    terms = [coefficient_to_sympy(row[0])]
    # most rows of a wide function are nearly empty
    for c, name in zip(row[1:], names, strict=True):
        if c:
            terms.append(coefficient_to_sympy(c) * sympy.Symbol(name, real=True))
    return sympy.Add(*terms)


def at_point(
    expression: sympy.Expr, point: Sequence[Coordinate], names: Sequence[str]
) -> sympy.Expr:
    """The value of an expression at an exact point, expanded in what is left."""
    values = zip(symbols_of(names), map(number_expr, point), strict=True)
    return without_high_powers(expanded(expression.xreplace(dict(values))))


def without_high_powers(expression: sympy.Expr) -> sympy.Expr:
    """A polynomial in roots without radicals, with powers below the degrees of the roots.

    So what vanishes is 0, as SymPy does not see of a sum of powers of a ``CRootOf``.

    Examples
    --------
    >>> z, t = sympy.symbols("z t")
    >>> root = sympy.CRootOf(t**5 - t - 1, 0)
    >>> without_high_powers(z * (root**5 - root))
    z
    """
    for root in sorted(expression.atoms(sympy.CRootOf), key=str):
        t = sympy.Dummy(real=True)
        own = expression.xreplace({root: t})
        if own.is_polynomial(t):
            expression = sympy.rem(own, root.poly.as_expr(t), t).xreplace({t: root})
    return sympy.expand(expression) if expression.has(sympy.CRootOf) else expression


MAX_TERMS = 2000
"""Sums that would be longer when multiplied out are left as they are."""


MOST_TERMS = 100_000
"""Polynomials that would be longer are not looked at."""


def expanded(expression: sympy.Expr) -> sympy.Expr:
    """Products and powers multiplied out, unless that is too long; exponentials are kept."""
    if _terms(expression) > MAX_TERMS:
        return expression
    return sympy.expand(expression, power_exp=False, power_base=False, log=False)


def _terms(expression: sympy.Expr) -> int:
    """A bound for the number of terms when everything is multiplied out."""
    inner = [min(_terms(arg), MAX_TERMS + 1) for arg in expression.args]
    if expression.is_Add:
        return sum(inner)
    if expression.is_Mul:
        return prod(inner)
    if expression.is_Pow and expression.exp.is_Integer and inner[0] > 1:
        size = abs(int(expression.exp))
        return comb(inner[0] + size - 1, size) if size < MAX_TERMS else MAX_TERMS + 1
    return max(inner, default=1)


def is_long(expression: sympy.Expr, most: int = MAX_TERMS) -> bool:
    """Whether a formula would have more terms when multiplied out.

    Examples
    --------
    >>> is_long((sum(symbols_of("abcdef")) ** 50)), is_long((sum(symbols_of("ab")) ** 50))
    (True, False)
    """
    return _terms(expression) > most


def tidied(expression: sympy.Expr) -> sympy.Expr:
    """Multiplied out or factored, whichever is shorter; exponentials of sums are kept.

    Examples
    --------
    >>> z, x = sympy.symbols("z x", real=True)
    >>> tidied(2 * (z * x + (1 - z) * x) * (z + 1 - z))
    2*x
    """
    multiplied = expanded(expression)
    candidates = [multiplied, expression]
    if not multiplied.is_polynomial():
        if not _is_of_low_degree(multiplied):
            multiplied = _shifted(multiplied)
        if _is_of_low_degree(multiplied) and multiplied.count_ops() <= MAX_OPERATIONS:
            candidates.append(sympy.factor(sympy.together(multiplied)))
        else:
            candidates += [multiplied, sympy.factor_terms(expression)]
    # first what has the fewest symbols, so that a z that cancels is gone; then the shortest
    return min(candidates, key=lambda found: (len(found.free_symbols), found.count_ops()))


MAX_OPERATIONS = 120
"""Factoring takes minutes for quotients of long sums, such as a softmax of many."""
MAX_DEGREE = 4
"""Factoring takes long for large multiples in exponents, which are powers of exponentials."""


def _is_of_low_degree(expression: sympy.Expr) -> bool:
    for power in expression.atoms(sympy.exp):
        multiples = (term.as_coeff_Mul()[0] for term in sympy.Add.make_args(power.args[0]))
        if sum(abs(c) * c.q if c.is_Rational else 1 for c in multiples) > MAX_DEGREE:
            return False
    return True


def _shifted(expression: sympy.Expr) -> sympy.Expr:
    """A quotient of sums of exponentials with one exponent subtracted from all.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> _shifted(sympy.exp(3 * x - 5 * y) / (sympy.exp(3 * x - 5 * y) + sympy.exp(2 * x - 5 * y)))
    exp(x)/(exp(x) + 1)
    """
    above, below = (expanded(part) for part in sympy.fraction(sympy.together(expression)))
    terms = [sympy.powsimp(term, combine="exp") for term in sympy.Add.make_args(below)]
    found = min(
        (power for term in terms for power in term.atoms(sympy.exp)),
        key=sympy.default_sort_key,
        default=None,
    )
    if found is None:
        return expression
    factor = sympy.exp(-found.args[0])
    parts = (
        sympy.Add(
            *(sympy.powsimp(term * factor, combine="exp") for term in sympy.Add.make_args(part))
        )
        for part in (above, below)
    )
    return next(parts) / next(parts)


def numerator(expression: sympy.Expr) -> sympy.Expr:
    """The numerator multiplied out, exponentials of sums as products, unless that is too long."""
    above, _ = sympy.fraction(sympy.together(expression))
    return sympy.expand(above) if _terms(above) <= MAX_TERMS else above
