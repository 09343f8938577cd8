"""Convex formulas: a quadratic plus functions of affine forms, each with a second derivative ≥ 0.

A sufficient condition, whose parts can be checked one by one; what it does not find is not decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from piecewise_mt.calculus.results.proof import Proof, numbers_text
from piecewise_mt.exact.numbers import as_fraction
from piecewise_mt.exact.shape_certificates import is_semidefinite

PROFILE = sympy.Symbol("t", real=True)
"""What a function of one affine form is written in."""


@dataclass(frozen=True)
class Ridge(Proof):
    """A function of the affine form direction·x: its ``profile`` at t = direction·x."""

    profile: sympy.Expr
    direction: tuple[sympy.Rational, ...]

    def formula(self, symbols: Sequence[sympy.Symbol]) -> sympy.Expr:
        """It as a formula in the variables."""
        form = sympy.Add(*(c * s for c, s in zip(self.direction, symbols, strict=True)))
        return self.profile.xreplace({PROFILE: form})

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        form = numbers_text(self.direction)
        return f"The function {self.profile} of t = {form}·x is convex."

    def _check(self) -> bool:
        """Whether its second derivative is ≥ 0 everywhere."""
        return (
            all(c.is_Rational for c in self.direction)
            and self.profile.free_symbols <= {PROFILE}
            and is_nonnegative(sympy.diff(self.profile, PROFILE, 2))
        )


@dataclass(frozen=True)
class ConvexFormula(Proof):
    """A formula as a quadratic with a positive semidefinite Hessian plus convex ridges.

    Examples
    --------
    >>> x, y = symbols = sympy.symbols("x y", real=True)
    >>> proof = convex_formula(sympy.exp(y - x) + x**4 + x * y + x**2 + y**2, symbols)
    >>> proof.quadratic, [ridge.direction for ridge in proof.ridges], proof.verify()
    (x**2 + x*y + y**2, [(1, -1), (1, 0)], True)
    """

    formula: sympy.Expr
    symbols: tuple[sympy.Symbol, ...]
    quadratic: sympy.Expr
    ridges: tuple[Ridge, ...]

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return f"The formula {self.formula} is convex in {numbers_text(self.symbols)}."

    def _check(self) -> bool:
        """Check anew that the parts sum to the formula, and that each is convex."""

        def kinds(formula: sympy.Expr) -> set[type]:
            return {type(part) for part in formula.atoms(sympy.Function)}

        # others might have steps, which derivatives do not see
        known = kinds(self.formula)
        total = self.quadratic + sympy.Add(*(own.formula(self.symbols) for own in self.ridges))
        return (
            _vanishes(total - self.formula)
            and _is_convex_quadratic(self.quadratic, self.symbols)
            and all(own.verify() and kinds(own.profile) <= known for own in self.ridges)
        )


def convex_formula(formula: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> ConvexFormula | None:
    """A proof that a formula is convex on the whole space; None if none of this kind is found.

    Parameters
    ----------
    formula : sympy.Expr
        Smooth wherever the real symbols are.

    Examples
    --------
    >>> x, y = symbols = sympy.symbols("x y", real=True)
    >>> convex_formula(x * y, symbols) is None, convex_formula(x**3, symbols) is None
    (True, True)
    """
    own = tuple(symbols)
    quadratic: sympy.Expr = sympy.Integer(0)
    ridges: dict[tuple[sympy.Rational, ...], sympy.Expr] = {}
    open_terms = list(sympy.Add.make_args(formula))
    while open_terms:
        term = open_terms.pop()
        if _degree(term, own) <= 2:
            quadratic += term
            continue
        ridge = _ridge(term, own)
        if ridge is not None:
            known = ridges.get(ridge.direction, sympy.Integer(0))
            ridges[ridge.direction] = known + ridge.profile
            continue
        parts = sympy.Add.make_args(sympy.expand(term, power_exp=False))
        if len(parts) == 1:
            return None
        open_terms.extend(parts)
    quadratic = sympy.expand(quadratic)
    for k, s in enumerate(own):
        # a variable that the quadratic does not mix with others helps its own ridge
        axis = tuple(sympy.Integer(int(j == k)) for j in range(len(own)))
        if axis in ridges and all(sympy.diff(quadratic, s, t) == 0 for t in own if t != s):
            share = quadratic - quadratic.xreplace({s: sympy.Integer(0)})
            quadratic -= share
            ridges[axis] += share.xreplace({s: PROFILE})
    found = tuple(Ridge(profile, direction) for direction, profile in ridges.items())
    proof = ConvexFormula(formula, own, quadratic, found)
    return proof if proof.verify() else None


def _degree(term: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> int:
    """The degree as a polynomial with rational coefficients; 3 if it is none."""
    poly = _polynomial(term, *symbols)
    if poly is None:
        return 3
    return 0 if poly.is_zero else int(poly.total_degree())


def _polynomial(expression: sympy.Expr, *symbols: sympy.Symbol) -> sympy.Poly | None:
    """A polynomial with rational coefficients, None if it is none."""
    if not expression.is_polynomial(*symbols):
        return None
    poly = sympy.Poly(expression, *symbols)
    return poly if poly.domain.is_ZZ or poly.domain.is_QQ else None


def _ridge(term: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> Ridge | None:
    """A term as a function of one affine form, if its gradient always has one direction."""
    used = [s for s in symbols if term.has(s)]
    lead, *others = used
    slope = sympy.diff(term, lead)
    factors = {lead: sympy.Integer(1)}
    for s in others:
        ratio = sympy.cancel(sympy.diff(term, s) / slope)
        if not ratio.is_Rational:
            return None
        factors[s] = ratio
    profile = term.xreplace({lead: PROFILE}).xreplace(dict.fromkeys(others, sympy.Integer(0)))
    direction = tuple(factors.get(s, sympy.Integer(0)) for s in symbols)
    ridge = Ridge(profile, direction)
    return ridge if _vanishes(ridge.formula(symbols) - term) else None


def _vanishes(expression: sympy.Expr) -> bool:
    return bool(sympy.expand(expression) == 0 or sympy.simplify(expression) == 0)


def _is_convex_quadratic(quadratic: sympy.Expr, symbols: Sequence[sympy.Symbol]) -> bool:
    poly = _polynomial(quadratic, *symbols)
    if poly is None or (not poly.is_zero and poly.total_degree() > 2):
        return False
    hessian = [[Fraction(0)] * len(symbols) for _ in symbols]
    for powers, c in poly.terms():
        places = [k for k, power in enumerate(powers) for _ in range(power)]
        if len(places) == 2:
            i, j = places
            hessian[i][j] += as_fraction(c)
            hessian[j][i] += as_fraction(c)
    return is_semidefinite(hessian)


def is_nonnegative(profile: sympy.Expr) -> bool:
    """Whether a function of t is ≥ 0 everywhere: by Sturm's theorem, or as SymPy knows.

    Examples
    --------
    >>> t = PROFILE
    >>> is_nonnegative(t**4 - 2 * t**2 + 1), is_nonnegative(t**2 - 1), is_nonnegative(sympy.exp(t))
    (True, False, True)
    """
    poly = _polynomial(profile, PROFILE)
    if poly is None:
        return sympy.factor(sympy.simplify(profile)).is_nonnegative is True
    if poly.is_zero:
        return True
    # a root of odd multiplicity is a change of sign
    return poly.LC() > 0 and not any(
        count % 2 and factor.count_roots() for factor, count in poly.sqf_list()[1]
    )
