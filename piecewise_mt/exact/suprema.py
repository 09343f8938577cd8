"""The largest value of a formula of one variable on an interval: at critical points and ends.

Where the derivative is a polynomial times powers and exponentials that have no zero, its zeros are
the roots of that polynomial, of which Sturm's theorem counts all. A formula of one increasing
function, such as tanh(2 x + 1), is a rational function on the range of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from piecewise_mt.errors import Undecided
from piecewise_mt.exact.enclosures import (
    Interval,
    at_least,
    increasing_range,
    largest,
    range_by_critical_points,
)
from piecewise_mt.exact.exponentials import in_exponentials
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.plain import require_sympy, succeeds

MAX_DEGREE = 20
"""Roots of higher polynomials are not looked for."""


@dataclass(frozen=True)
class Supremum:
    """The supremum of a formula on an interval, which may be a limit at its ends.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> found = supremum((1 - 2 * x**2) ** 2 * sympy.exp(-2 * x**2), x, (-sympy.oo, sympy.oo))
    >>> found.value, found.points, found.verify()
    (1, (-sqrt(6)/2, -sqrt(2)/2, 0, sqrt(2)/2, sqrt(6)/2), True)
    """

    formula: sympy.Expr
    symbol: sympy.Symbol
    side: Interval
    value: sympy.Expr
    points: tuple[sympy.Expr, ...]
    """The critical points; of a formula of one increasing function none are kept."""

    @property
    def statement(self) -> str:
        """The formula, the interval and the supremum."""
        low, high = self.side
        return (
            f"The supremum of {self.formula} for {self.symbol} between {low} and {high} is "
            f"{self.value}."
        )

    @property
    def rests_on(self) -> tuple[str, ...]:
        """SymPy, which differentiates, isolates roots and finds limits."""
        return ("SymPy",)

    def verify(self) -> bool:
        """Find it anew, and that no value at a critical point is larger."""
        return succeeds(self._check)

    def _check(self) -> bool:
        if type(self.side) is not tuple or type(self.points) is not tuple:
            return False
        low, high = map(sympy.sympify, self.side)
        for own in (self.formula, self.symbol, self.value, low, high, *self.points):
            require_sympy(own)
        if at_least(low, high):
            return False
        found = supremum(self.formula, self.symbol, (low, high))
        values = (self.formula.xreplace({self.symbol: point}) for point in self.points)
        return (
            found is not None
            and bool(found.value == self.value)
            and found.points == self.points
            and all(at_least(self.value, value) for value in values)
        )


def supremum(formula: sympy.Expr, symbol: sympy.Symbol, side: Interval) -> Supremum | None:
    """The supremum on the interior of an interval of a formula that is C¹ there, None if unknown.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> supremum(x**2 / (1 + x**2), x, (-4, 4)).value, supremum(1 / x, x, (0, 1)) is None
    (16/17, True)
    """
    low, high = side
    if symbol not in formula.free_symbols:
        return Supremum(formula, symbol, side, formula, ())
    try:
        found = _by_roots(formula, symbol, low, high)
        if found is None:
            ends = _in_one_exponential(formula, symbol, side)
            if ends is None and increasing_range(formula, {symbol: side}):
                ends = range_by_critical_points(formula, {symbol: side})
            found = None if ends is None else (ends[1], ())
    except Undecided:
        return None
    if found is None or not found[0].is_finite:
        return None
    return Supremum(formula, symbol, side, *found)


def _by_roots(
    formula: sympy.Expr, x: sympy.Symbol, low: Any, high: Any
) -> tuple[sympy.Expr, tuple[sympy.Expr, ...]] | None:
    if _may_have_poles(formula, x, low, high):
        return None
    slope = critical_polynomial(sympy.diff(formula, x), x)
    if slope is None or slope.degree() > MAX_DEGREE:
        return None
    roots = slope.real_roots(multiple=False) if slope.degree() > 0 else []
    inside = [r for r, _ in roots if at_least(r, low) and at_least(high, r)]
    values = [formula.xreplace({x: r}) for r in inside]
    for end, towards in ((low, "+"), (high, "-")):
        is_far = end in (sympy.oo, -sympy.oo)
        values.append(
            sympy.limit(formula, x, end, towards) if is_far else formula.xreplace({x: end})
        )
    return largest(values), tuple(inside)


def _in_one_exponential(formula: sympy.Expr, x: sympy.Symbol, side: Interval) -> Interval | None:
    """The range of a rational function of exp(c x), None if it is none."""
    written = in_exponentials(formula)
    if written is None or written.letters or len(written.exponents) != 1:
        return None
    rate = sympy.diff(written.exponents[0], x)
    if not (rate.is_Rational and rate > 0):
        return None
    w = sympy.Dummy(positive=True)
    least = min(e for terms in (written.above, written.below) for (e,) in terms)
    above, below = (
        sympy.Add(*(to_rational(c) * w ** (e - least) for (e,), c in terms.items()))
        for terms in (written.above, written.below)
    )
    ends = tuple(sympy.exp(rate * end) for end in side)
    return range_by_critical_points(above / below, {w: (ends[0], ends[1])})


def critical_polynomial(slope: sympy.Expr, x: sympy.Symbol) -> sympy.Poly | None:
    """A polynomial whose roots are all zeros of a derivative, and perhaps more; None if unknown.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> critical_polynomial(sympy.diff(x * sympy.exp(-(x**2)), x), x).as_expr()
    2*x**2 - 1
    """
    letters: dict[sympy.Expr, sympy.Dummy] = {}
    zeros: list[sympy.Expr] = []
    for part in sorted(slope.atoms(sympy.exp, sympy.Pow), key=sympy.default_sort_key):
        if not part.has(x) or (not isinstance(part, sympy.exp) and part.exp.is_Integer):
            continue
        inner = part.args[0]
        if not inner.is_polynomial(x):
            return None
        if isinstance(part, sympy.exp):
            letters[part] = sympy.Dummy(positive=True)
        elif part.exp.is_Rational:
            # whole powers of one root
            root = inner ** sympy.Rational(1, part.exp.q)
            letter = letters.setdefault(root, sympy.Dummy(nonnegative=True))
            letters[part] = letter**part.exp.p
            zeros.append(inner)
        else:
            return None
    top = sympy.fraction(sympy.together(slope.xreplace(letters)))[0]
    kept = [sympy.Integer(1), *zeros]
    for factor, _ in sympy.factor_list(top)[1]:
        if factor.free_symbols == {x}:
            kept.append(factor)
        elif factor.free_symbols and not factor.is_Symbol:
            return None
    try:
        found = sympy.Poly(sympy.Mul(*kept), x, domain="QQ")
    except (sympy.PolynomialError, sympy.CoercionFailed):
        return None
    return found


def _may_have_poles(formula: sympy.Expr, x: sympy.Symbol, low: Any, high: Any) -> bool:
    for part in formula.atoms(sympy.Pow):
        if isinstance(part, sympy.exp) or not part.has(x) or part.exp.is_nonnegative:
            continue
        base = part.base
        if base.is_positive or base.is_negative:
            continue
        if not base.is_polynomial(x):
            return True
        poly = sympy.Poly(base, x)
        if not all(c.is_Rational for c in poly.coeffs()):
            return True
        if any(at_least(r, low) and at_least(high, r) for r in poly.real_roots()):
            return True
    others = formula.atoms(sympy.Function) - formula.atoms(sympy.exp)
    return any(part.has(x) for part in others)
