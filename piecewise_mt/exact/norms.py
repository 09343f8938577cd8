"""Spectral norms without rounding: the largest root of det(λI - GᵀG), compared exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from typing import Any

import sympy

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.number_fields import Algebraic, Number
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import as_fraction, to_rational


def gram_polynomial(matrix: Sequence[Sequence[Fraction]]) -> tuple[Fraction, ...]:
    """The coefficients of det(λI - GGᵀ) or det(λI - GᵀG), the smaller one, leading one first.

    By the method of Faddeev and LeVerrier.

    Examples
    --------
    >>> gram_polynomial([[3, 4]])
    (Fraction(1, 1), Fraction(-25, 1))
    """
    rows = [list(map(fraction, row)) for row in matrix]
    if rows and len(rows) > len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    n = len(rows)
    gram = [[_dot(p, q) for q in rows] for p in rows]
    power = [[Fraction(0)] * n for _ in range(n)]
    coefficients = [Fraction(1)]
    for k in range(1, n + 1):
        for i in range(n):
            power[i][i] += coefficients[-1]
        power = [[_dot(row, column) for column in zip(*power, strict=True)] for row in gram]
        coefficients.append(-sum((power[i][i] for i in range(n)), Fraction(0)) / k)
    return tuple(coefficients)


def _dot(p: Sequence[Fraction], q: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(p, q, strict=True) if a and b), Fraction(0))


class LargestRoot:
    """The largest root of a polynomial with rational coefficients and real roots.

    Kept in an interval that holds it and no other root. Two of them are equal iff the greatest
    common divisor has a root in both intervals; else the intervals shrink until they are apart.

    Examples
    --------
    >>> two, three = LargestRoot([1, 0, -2]), LargestRoot([1, 0, -3])
    >>> two < three, LargestRoot([1, -1, -2, 2]) == two
    (True, True)
    """

    def __init__(self, coefficients: Sequence[Fraction | int]) -> None:
        if any(isinstance(c, Algebraic) for c in coefficients):
            self.poly, self.low, self.high = _of_irrational(coefficients)
            return
        given = [sympy.Rational(c.numerator, c.denominator) for c in coefficients]
        poly = sympy.Poly(given, sympy.Symbol("x"), domain="QQ")
        self.poly = poly.sqf_part()
        self.low, self.high = self.poly.intervals(sqf=True)[-1]
        # an end may be another root (or the root itself), and then the interval holds two
        while self.low != self.high and 0 in (self.poly.eval(self.low), self.poly.eval(self.high)):
            if self.poly.eval(self.high) == 0:
                self.low = self.high
            else:
                self._refine()

    def _refine(self) -> None:
        if self.low != self.high:
            eps = (self.high - self.low) / 1000
            self.low, self.high = self.poly.refine_root(self.low, self.high, eps=eps)

    def above(self, width: Fraction) -> Fraction:
        """A rational number ≥ the root, less than width away."""
        limit = sympy.Rational(width.numerator, width.denominator)
        while self.high - self.low > limit:
            self._refine()
        high = sympy.Rational(self.high)
        return as_fraction(high)

    def _order(self, other: LargestRoot) -> int:
        common: Any = None
        while True:
            if self.low > other.high:
                return 1
            if self.high < other.low:
                return -1
            if self.low == self.high == other.low == other.high:
                return 0
            if common is None:
                common = sympy.gcd(self.poly, other.poly)
            low, high = max(self.low, other.low), min(self.high, other.high)
            if common.degree() > 0 and common.count_roots(low, high):
                # the only root of either polynomial there
                return 0
            self._refine()
            other._refine()

    def __gt__(self, other: LargestRoot) -> bool:
        return self._order(other) > 0

    def __lt__(self, other: LargestRoot) -> bool:
        return self._order(other) < 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LargestRoot) and self._order(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def to_sympy(self) -> sympy.Expr:
        """The root as a SymPy number: a rational, a radical of degree 2, or a ``CRootOf``."""
        # SymPy sorts the roots of several factors in a cache that threads share, and may take
        # another one for the last; the interval tells which factor has it
        factors = [factor for factor, _ in self.poly.factor_list()[1]]
        poly = next(factor for factor in factors if factor.count_roots(self.low, self.high))
        try:
            root: sympy.Expr = poly.real_roots()[-1]
        except ValueError:  # see square_root
            return _shifted_root(poly)
        return root


def _of_irrational(
    coefficients: Sequence[Number],
) -> tuple[sympy.Poly, sympy.Rational, sympy.Rational]:
    """A rational polynomial and an interval of the root of one of degree 1.

    Raises
    ------
    Unsupported
        If the degree is larger.
    """
    if len(coefficients) != 2:
        raise Unsupported(
            "expected one output, or rational coefficients, for a spectral norm, got a matrix with "
            "irrational ones, which is not supported yet; ask for ord=1 or ord=inf"
        )
    value = -coefficients[1] * quotient(1, coefficients[0])
    symbol = sympy.Symbol("x")
    poly = sympy.Poly(sympy.minimal_polynomial(to_rational(value), symbol), symbol)
    for low, high in poly.intervals(sqf=True):
        if as_fraction(low) <= value <= as_fraction(high):
            return poly, low, high
    raise AssertionError("a number lies in an interval of its polynomial")


def square_root(value: sympy.Expr) -> sympy.Expr:
    """The square root of a SymPy number or formula that is not negative.

    SymPy 1.14 raises an error ("is not a prime factor") for some large integers that are near to
    a square and have no small factors. Squares are found by ``math.isqrt``; where SymPy fails,
    the root stays the root of a polynomial.

    Examples
    --------
    >>> square_root(sympy.Rational(9, 8)), square_root(sympy.Integer(10**30 + 57) ** 2)
    (3*sqrt(2)/4, 1000000000000000000000000000057)
    """
    if value.is_Rational:
        above, below = isqrt(int(value.p)), isqrt(int(value.q))
        if above**2 == value.p and below**2 == value.q:
            return sympy.Rational(above, below)
    try:
        root: sympy.Expr = sympy.sqrt(value)
    except ValueError:
        if not value.is_Rational:
            return sympy.Pow(value, sympy.S.Half, evaluate=False)
        square = sympy.Poly([1, 0, -int(value.p) * int(value.q)], sympy.Symbol("x"))
        return _shifted_root(square) / value.q
    return root


def _shifted_root(poly: sympy.Poly) -> sympy.Expr:
    """The largest root as a ``CRootOf`` of a polynomial for which SymPy takes no roots of numbers.

    It does so for binomials, and for the formula of degree 2.
    """
    roots: Sequence[sympy.Expr] = poly.shift(-1).real_roots(radicals=False)
    return roots[-1] - 1
