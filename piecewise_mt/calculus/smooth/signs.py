"""Signs of affine forms on a set that generators span, and formulas without |…| where they tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.exact.number_rows import fraction, quotient

SignOf: TypeAlias = Callable[[sympy.Expr], int | None]
"""The sign of a formula where it is not 0, None if it is not known."""

MAX_POWERS = 40
"""Longer sums are not factored."""


@dataclass(frozen=True)
class Spanned:
    """The closed convex hull of generators (x0, x) and lines.

    Examples
    --------
    On the ray x = y ≥ 1 both are at least 1:

    >>> ray = Spanned(("x", "y"), [(1, 1, 1), (0, 1, 1)])
    >>> ray.sign((0, 1, 0)), ray.is_nonzero((0, 1, 0)), ray.range((0, 1, 1))
    (1, True, (Fraction(2, 1), None))
    >>> ray.sign((-1, 1, 0)), ray.is_nonzero((-1, 1, 0)), ray.sign((-2, 1, 0))
    (1, False, None)
    """

    names: tuple[str, ...]
    generators: Sequence[Sequence[int]]
    lines: Sequence[Sequence[int]] = ()

    def sign(self, row: Sequence[Any]) -> int | None:
        """1 if an affine form is at least 0 everywhere, -1 if at most, 0 if both, else None."""
        if any(_dot(row, line) for line in self.lines):
            return None
        values = [_dot(row, g) for g in self.generators]
        if all(v >= 0 for v in values):
            return int(any(values))
        return -1 if all(v <= 0 for v in values) else None

    def is_nonzero(self, row: Sequence[Any]) -> bool:
        """Whether an affine form with a sign has no zero."""
        return bool(self.sign(row)) and all(_dot(row, g) for g in self.generators if g[0])

    def range(self, row: Sequence[Any]) -> tuple[Fraction | None, Fraction | None]:
        """The least and the largest value of an affine form, None where there is no bound."""
        linear = (0, *row[1:])
        steps = [_dot(linear, g) for g in self.generators if not g[0]]
        steps += [turn * _dot(linear, line) for line in self.lines for turn in (1, -1)]
        values = [quotient(_dot(row, g), g[0]) for g in self.generators if g[0]]
        low = None if any(s < 0 for s in steps) else min(values)
        return low, None if any(s > 0 for s in steps) else max(values)

    def sign_of(self, hull: AffineHull) -> SignOf:
        """The signs of formulas that are affine on a hull, for :func:`with_signs`."""

        def sign(form: sympy.Expr) -> int | None:
            row = hull.affine_row(form)
            return None if row is None else self.sign(row)

        return sign


def _dot(row: Sequence[Any], generator: Sequence[int]) -> Fraction:
    return fraction(sum(map(mul, row, generator)))


def with_signs(expression: sympy.Expr, sign: SignOf) -> sympy.Expr:
    """The formula with |a| as a or -a, and roots of even powers likewise, where signs tell.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> with_signs(sympy.sqrt(25 * x**2) + abs(y), {x: -1}.get)
    -5*x + Abs(y)
    >>> with_signs(sympy.sqrt(4 * x**2 - 4 * x + 1), {2 * x - 1: 1}.get)
    2*x - 1
    """
    if not expression.args or not _may_change(expression):
        return expression
    args = [with_signs(arg, sign) for arg in expression.args]
    found = expression if args == list(expression.args) else expression.func(*args)
    if isinstance(found, sympy.Abs):
        return _absolute(found.args[0], sign)
    if found.is_Pow and found.exp.is_Rational and not found.exp.is_Integer:
        return _root(found.base, found.exp, sign)
    return found


def _may_change(expression: sympy.Expr) -> bool:
    return bool(expression.has(sympy.Abs)) or any(
        p.exp.is_Rational and not p.exp.is_Integer for p in expression.atoms(sympy.Pow)
    )


def _absolute(form: sympy.Expr, sign: SignOf) -> sympy.Expr:
    """|form|, by the signs of its factors."""
    parts = sympy.Mul.make_args(_factored(form))
    found: list[sympy.Expr] = []
    for part in parts:
        own = sign(part)
        # where it is 0 all over the set, so is its absolute value
        found.append(abs(part) if own is None else (own or 1) * part)
    return sympy.Mul(*found)


def _root(base: sympy.Expr, exponent: sympy.Rational, sign: SignOf) -> sympy.Expr:
    """base**exponent, where even powers of real factors come out of the root."""
    outside: list[sympy.Expr] = []
    inside: list[sympy.Expr] = []
    for part in sympy.Mul.make_args(_factored(base)):
        form, power = part.as_base_exp()
        if not (power.is_Integer and power > 1 and form.is_real):
            inside.append(part)
            continue
        even = power - power % 2
        if power % 2:
            inside.append(form)
        whole = even * exponent
        if whole.is_Integer and whole % 2 == 0:
            outside.append(form**whole)
        else:
            outside.append(_absolute(form, sign) ** whole)
    if not outside:
        return base**exponent
    return sympy.Mul(*outside, sympy.Mul(*inside) ** exponent)


def _factored(form: sympy.Expr) -> sympy.Expr:
    symbols = sorted(form.free_symbols, key=str)
    if not symbols or not form.is_polynomial(*symbols) or form.count_ops() > MAX_POWERS:
        return form
    return sympy.factor(form)
