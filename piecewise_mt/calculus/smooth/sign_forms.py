"""Formulas with the sign of an affine form: strictly increasing functions, sums of exponentials.

exp(a) - exp(b) has the sign of a - b, as has f(a) - f(b) for any strictly increasing f. A sum of
powers of E = exp(a) is a polynomial p(E) whose root 1 is where a = 0; another root r is where
a = log r, which is not rational.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import sympy

from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import sign_on
from piecewise_mt.calculus.smooth.signs import Spanned
from piecewise_mt.exact.exponentials import in_exponentials
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.geometry.polyhedron import Polyhedron

Row: TypeAlias = Sequence[Fraction]

_ODD = (sympy.tanh, sympy.sinh, sympy.atan, sympy.asinh, sympy.erf)
"""Strictly increasing functions with the sign of their argument."""
_INCREASING = (*_ODD, sympy.exp, sympy.log)
MAX_DEGREE = 24
"""The roots of polynomials in an exponential of a higher degree are not looked for."""


@dataclass(frozen=True)
class PowerSum:
    """A polynomial in exp(a), for an affine a, whose root 1 has been divided out."""

    row: tuple[Fraction, ...]
    coefficients: tuple[int, ...]

    @property
    def poly(self) -> sympy.Poly:
        """The polynomial."""
        return sympy.Poly(list(reversed(self.coefficients)), sympy.Dummy(real=True))

    def sign(self, on: Spanned) -> int | None:
        """1 or -1 if it has that sign on a set, None if it has a zero or that is not decided."""
        if all(c >= 0 for c in self.coefficients) or all(c <= 0 for c in self.coefficients):
            return 1 if self.coefficients[-1] > 0 else -1
        if self.root_on(on) is not None:
            return None
        low, high = on.range(self.row)
        inside = low if low is not None else high if high is not None else Fraction(0)
        return sign_of(self.poly.eval(sympy.exp(to_rational(inside))))

    def root_on(self, on: Spanned) -> sympy.Expr | None:
        """A root r with a = log r somewhere on a set, or one that is not known to have none."""
        low, high = on.range(self.row)
        for root in self.poly.real_roots(multiple=False):
            r = root[0]
            outside = sign_of(r) != 1
            outside |= high is not None and sign_of(r - sympy.exp(to_rational(high))) == 1
            outside |= low is not None and sign_of(sympy.exp(to_rational(low)) - r) == 1
            if not outside:
                return r
        return None


@dataclass(frozen=True)
class SignForm:
    """A formula with the sign of turn·∏ rows·∏ rest: 0 where one of the rows or the rest is."""

    turn: int = 1
    rows: tuple[tuple[Fraction, ...], ...] = ()
    rest: tuple[sympy.Expr | PowerSum, ...] = ()

    def times(self, other: SignForm) -> SignForm:
        """That of a product."""
        return SignForm(
            self.turn * other.turn, self.rows + other.rows, self.rest + other.rest
        )  # fmt: skip

    def on(self, on: Spanned, around: Polyhedron) -> list[Fraction] | None:
        """One affine form with the sign of the formula on a closed set, None if none is known."""
        turn, left = self.turn, []
        for part in self.rest:
            own = (
                part.sign(on)
                if isinstance(part, PowerSum)
                else sign_on(part, around, on.names)
            )  # fmt: skip
            if own is None:
                return None
            turn *= own
        for row in self.rows:
            sign = on.sign(row)
            if sign and on.is_nonzero(row):
                turn *= sign
            else:
                left.append(row)
        if len(left) > 1:
            return None
        width = len(on.names)
        found = left[0] if left else (Fraction(1), *[Fraction(0)] * width)
        return [turn * c for c in found]


def sign_form(expression: sympy.Expr, hull: AffineHull) -> SignForm:
    """What the sign of a formula on an affine hull depends on.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> hull = AffineHull.of_equations(("x", "y"), [])
    >>> found = sign_form(sympy.exp(x) * (sympy.tanh(x) - sympy.tanh(2 * y + 1)), hull)
    >>> found.turn, [list(map(str, row)) for row in found.rows], found.rest
    (-1, [['1', '-1', '2']], ())
    """
    total = SignForm()
    for factor in sympy.Mul.make_args(sympy.factor_terms(hull.restricted(expression))):
        total = total.times(_of_factor(factor, hull))
    return total


def _of_factor(factor: sympy.Expr, hull: AffineHull) -> SignForm:
    if factor.is_positive or factor.is_negative:
        return SignForm(1 if factor.is_positive else -1)
    row = hull.affine_row(factor)
    if row is not None:
        return SignForm(rows=(tuple(row),))
    if factor.is_Pow and factor.exp.is_Integer and factor.exp % 2 and factor.exp > 0:
        return sign_form(factor.base, hull)
    if isinstance(factor, _ODD):
        return sign_form(factor.args[0], hull)
    if isinstance(factor, sympy.log):
        return sign_form(factor.args[0] - 1, hull)
    terms = sympy.Add.make_args(factor)
    if len(terms) == 2:
        found = _of_difference(terms[0], terms[1], hull)
        if found is not None:
            return found
    found = _of_exponentials(factor, hull)
    return SignForm(rest=(factor,)) if found is None else found


def _of_difference(one: sympy.Expr, other: sympy.Expr, hull: AffineHull) -> SignForm | None:
    """c f(a) - c f(b) for a strictly increasing f; c f(a) + c f(b) for an odd one."""
    (c, f), (d, g) = one.as_coeff_Mul(), other.as_coeff_Mul()
    if isinstance(f, _INCREASING) and f.func == g.func:
        a, b, is_odd = f.args[0], g.args[0], isinstance(f, _ODD)
    elif f.is_Pow and g.is_Pow and f.exp == g.exp and _is_increasing(f.exp):
        # a power that is not whole has values for no negative base
        a, b, is_odd = f.base, g.base, f.exp.is_Integer
    else:
        return None
    if c + d == 0:
        form = a - b
    elif c == d and is_odd:
        form = a + b
    else:
        return None
    return SignForm(1 if c > 0 else -1).times(sign_form(form, hull))


def _is_increasing(exponent: sympy.Expr) -> bool:
    if not (exponent.is_Rational and exponent > 0):
        return False
    return bool(not exponent.is_Integer or exponent % 2)


def _of_exponentials(factor: sympy.Expr, hull: AffineHull) -> SignForm | None:
    """Letters to powers times p(exp(a)) / q(exp(b))."""
    written = in_exponentials(factor)
    found = None if written is None else written.one_exponential()
    if found is None:
        return None
    powers, *sides = found
    total = SignForm()
    for letter, power in powers:
        if power % 2 == 0 or letter == factor:
            return None
        total = total.times(sign_form(letter, hull))
    for exponent, coefficients in sides:
        row = hull.affine_row(exponent)
        if row is None or len(coefficients) > MAX_DEGREE:
            return None
        count, rest = _without_one(coefficients)
        if count and count % 2 == 0:
            return None
        total = total.times(
            SignForm(rows=(tuple(row),) if count else (), rest=(PowerSum(tuple(row), rest),))
        )
    return total


def _without_one(coefficients: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """How often 1 is a root, and the quotient.

    >>> _without_one((-1, 3, -3, 1))
    (3, (1,))
    """
    own, count = list(coefficients), 0
    while not sum(own):
        total, quotient = 0, []
        for c in reversed(own[1:]):
            total += c
            quotient.append(total)
        own, count = quotient[::-1], count + 1
    return count, tuple(own)


def irrational_zero(form: SignForm, on: Spanned) -> tuple[tuple[Fraction, ...], sympy.Expr] | None:
    """(a, log r) where a formula is 0 for an affine form a = log r; None if none is known."""
    for part in form.rest:
        root = part.root_on(on) if isinstance(part, PowerSum) else None
        if isinstance(part, PowerSum) and root is not None:
            return part.row, sympy.log(root)
    return None
