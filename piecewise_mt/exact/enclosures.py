"""Exact bounds of SymPy formulas on boxes with rational or infinite sides.

Polynomials by Bernstein coefficients; a rational function of one exponential, hyperbolic tangent, …
by its critical points; anything else by interval arithmetic. Ends are exact SymPy numbers or ±oo.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

from piecewise_mt.errors import Undecided
from piecewise_mt.exact.bernstein import Box, Terms, bernstein_range
from piecewise_mt.exact.numbers import as_fraction, to_rational
from piecewise_mt.exact.reals import sign_of

Interval: TypeAlias = tuple[Any, Any]
Sides: TypeAlias = Mapping[sympy.Symbol, Interval]

_INCREASING = (sympy.exp, sympy.tanh, sympy.sinh, sympy.atan, sympy.asinh, sympy.erf)
_WHOLE: Interval = (-sympy.oo, sympy.oo)


def at_least(one: Any, two: Any) -> bool:
    """one ≥ two, for numbers and ±oo.

    Raises
    ------
    Undecided
        If SymPy does not know the sign of the difference.
    """
    if one == two or one == sympy.oo or two == -sympy.oo:
        return True
    if one == -sympy.oo or two == sympy.oo:
        return False
    sign = sign_of(sympy.sympify(one - two))
    if sign is None:
        raise Undecided(f"expected numbers that can be compared, got {one} and {two}; simplify f")
    return sign >= 0


def largest(values: Any) -> Any:
    """The largest of some numbers."""
    best, *rest = values
    for value in rest:
        if not at_least(best, value):
            best = value
    return best


def smallest(values: Any) -> Any:
    """The smallest of some numbers."""
    return -largest([-value for value in values])


def magnitude(interval: Interval) -> Any:
    """The largest absolute value in an interval."""
    return largest([interval[1], -interval[0]])


def polynomial_terms(expression: sympy.Expr, symbols: Any) -> Terms | None:
    """The terms of a polynomial with rational coefficients, None if it is none."""
    if not expression.is_polynomial(*symbols) or not symbols:
        return None
    try:
        poly = sympy.Poly(expression, *symbols)
    except sympy.PolynomialError:  # exp(x) and exp(-x) are not independent
        return None
    if poly.free_symbols_in_domain:
        return None
    if not all(c.is_Rational for c in poly.coeffs()):
        return None
    return {key: as_fraction(c) for key, c in poly.terms() if c}


def enclosure(expression: sympy.Expr, sides: Sides) -> Interval:
    """An interval that holds all values of an expression on a box.

    Examples
    --------
    The derivative of the sigmoid is largest at 0:

    >>> x = sympy.Symbol("x", real=True)
    >>> enclosure(sympy.exp(x) / (1 + sympy.exp(x)) ** 2, {x: (-sympy.oo, sympy.oo)})
    (0, 1/4)
    >>> enclosure(2 * x, {x: (-3, 1)}), enclosure(sympy.exp(x), {x: (0, 1)})
    ((-6, 2), (1, E))
    """
    symbols = [s for s in sides if s in expression.free_symbols]
    if not symbols:
        return (expression, expression)
    terms = polynomial_terms(expression, symbols)
    is_rational = all(sympy.sympify(side).is_Rational for s in symbols for side in sides[s])
    if terms is not None and is_rational:
        box: Box = [tuple(_fraction(v) for v in sides[s]) for s in symbols]  # type: ignore[misc]
        try:
            low, high = bernstein_range(terms, box)
            return (to_rational(low), to_rational(high))
        except OverflowError:
            pass
    found = [_by_arithmetic(expression, sides)]
    for attempt in (range_by_critical_points(expression, sides), _by_domination(expression)):
        if attempt is not None:
            found.append(attempt)
    return (largest([own[0] for own in found]), smallest([own[1] for own in found]))


def _fraction(value: Any) -> Fraction:
    rational = sympy.Rational(value)
    return as_fraction(rational)


def increasing_range(expression: sympy.Expr, sides: Sides) -> bool:
    """Whether an expression is one of an increasing function of one variable, with its range."""
    inner = _inner(expression)
    if inner is None or not isinstance(inner, _INCREASING):
        return False
    symbols = list(inner.free_symbols)
    rest = expression.xreplace({inner: sympy.Dummy(), **_reciprocal(inner, sympy.Dummy())})
    return (
        rest.free_symbols.isdisjoint(sides)
        and len(symbols) == 1
        and bool(sympy.diff(inner.args[0], symbols[0]).is_Rational)
    )


def range_by_critical_points(expression: sympy.Expr, sides: Sides) -> Interval | None:
    """The range of a rational function of one inner function, None if it is none."""
    w = sympy.Dummy("w", real=True)
    inner = _inner(expression)
    if inner is None:
        return None
    outer = sympy.together(expression.xreplace({inner: w, **_reciprocal(inner, w)}))
    top, bottom = sympy.fraction(outer)
    if outer.free_symbols != {w} or not (top.is_polynomial(w) and bottom.is_polynomial(w)):
        return None
    if not all(c.is_Rational for p in (top, bottom) for c in sympy.Poly(p, w).all_coeffs()):
        return None
    low, high = sides[inner] if inner.is_Symbol else _by_arithmetic(inner, sides)

    def inside(root: Any) -> bool:
        return at_least(root, low) and at_least(high, root)

    poles = sympy.Poly(bottom, w)
    if poles.degree() > 0 and any(inside(r) for r in poles.real_roots()):
        return None
    slope = sympy.Poly(sympy.numer(sympy.together(sympy.diff(outer, w))), w)
    roots = slope.real_roots() if slope.degree() > 0 else []
    values = [outer.subs(w, r) for r in roots if inside(r)]
    for end in (low, high):
        values.append(sympy.limit(outer, w, end) if end in (sympy.oo, -sympy.oo)
                      else outer.subs(w, end))  # fmt: skip
    return (smallest(values), largest(values))


def _by_domination(expression: sympy.Expr) -> Interval | None:
    """A quotient of sums of products of exponentials, bounded term by term; None if it is none.

    As exponentials are positive, |Σ a_m m| ≤ max(|a_m| / b_m) Σ b_m m for b_m > 0.
    """
    top, bottom = (sympy.expand(p) for p in sympy.fraction(sympy.together(expression)))
    atoms = sorted((top / bottom).atoms(sympy.exp), key=sympy.default_sort_key)
    atoms = [atom for atom in atoms if atom.free_symbols]
    if not atoms:
        return None
    above, below = polynomial_terms(top, atoms), polynomial_terms(bottom, atoms)
    if not above or not below or min(below.values()) < 0 or not above.keys() <= below.keys():
        return None
    bound = to_rational(max(abs(c) / below[m] for m, c in above.items()))
    positive, negative = min(above.values()) > 0, max(above.values()) < 0
    zero = sympy.Integer(0)
    return (zero if positive else -bound, zero if negative else bound)


def _inner(expression: sympy.Expr) -> sympy.Expr | None:
    """The one function, or the one symbol, that an expression is made of."""
    atoms = sorted(expression.atoms(sympy.Function), key=sympy.default_sort_key)
    if not atoms:
        symbols = sorted(expression.free_symbols, key=str)
        return symbols[0] if len(symbols) == 1 else None
    first = atoms[0]
    if isinstance(first, sympy.exp):
        pair = [a for a in atoms if a not in (first, sympy.exp(-first.args[0]))]
        return None if pair else first
    return first if len(atoms) == 1 else None


def _reciprocal(inner: sympy.Expr, w: sympy.Expr) -> dict[sympy.Expr, sympy.Expr]:
    return {sympy.exp(-inner.args[0]): 1 / w} if isinstance(inner, sympy.exp) else {}


def _by_arithmetic(expression: sympy.Expr, sides: Sides) -> Interval:
    """Interval arithmetic; everything where nothing better is known."""
    if expression in sides:
        low, high = sides[expression]
        return (sympy.sympify(low), sympy.sympify(high))
    if not expression.free_symbols:
        return (expression, expression)
    parts = [_by_arithmetic(arg, sides) for arg in expression.args]
    if expression.is_Add:
        return (sympy.Add(*(p[0] for p in parts)), sympy.Add(*(p[1] for p in parts)))
    if expression.is_Mul:
        total = parts[0]
        for part in parts[1:]:
            total = _product(total, part)
        return total
    if expression.is_Pow and expression.exp.is_Integer:
        return _power(parts[0], int(expression.exp))
    if expression.is_Pow and expression.exp.is_Rational and at_least(parts[0][0], 0):
        low, high = parts[0]
        if expression.exp > 0:
            return (low**expression.exp, high**expression.exp)
        return (high**expression.exp, sympy.oo if low == 0 else low**expression.exp)
    if isinstance(expression, _INCREASING):
        # SymPy's values at ±oo are the limits
        return (expression.func(parts[0][0]), expression.func(parts[0][1]))
    if isinstance(expression, (sympy.sin, sympy.cos)):
        return (sympy.Integer(-1), sympy.Integer(1))
    if isinstance(expression, sympy.cosh):
        far = magnitude(parts[0])
        return (sympy.Integer(1), sympy.cosh(far))
    return _WHOLE


def _product(one: Interval, two: Interval) -> Interval:
    values = [a * b if a != 0 and b != 0 else sympy.Integer(0) for a in one for b in two]
    return (smallest(values), largest(values))


def _power(base: Interval, exponent: int) -> Interval:
    if exponent < 0:
        low, high = _power(base, -exponent)
        if at_least(0, low) and at_least(high, 0):
            return _WHOLE
        # SymPy's 1/±oo is 0
        return (1 / high, 1 / low)
    ends = [end**exponent for end in base]
    if exponent % 2:
        return (ends[0], ends[1])
    crosses = at_least(0, base[0]) and at_least(base[1], 0)
    return (sympy.Integer(0) if crosses else smallest(ends), largest(ends))
