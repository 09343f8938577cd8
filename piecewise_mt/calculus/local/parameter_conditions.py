"""Conditions on free parameters as a person writes them: ``0 <= z <= 1``.

What the facets of a set of matrices say of parameters is a SymPy Boolean, a relation a facet.
Here only its writing is made: linear ones lose what follows from the others, and two bounds on
one polynomial are written as one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Or
from sympy.polys.polyerrors import BasePolynomialError

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, to_coefficient
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import coefficient_latex, coefficient_text, expression_latex
from piecewise_mt.typeset.tables import Cell

MOST_REDUCED = 64
"""With more relations than this, what follows from others is not looked for."""
_MASKS: dict[type[Any], tuple[int, str]] = {
    sympy.Ge: (1, ">="),
    sympy.Gt: (1, ">"),
    sympy.Le: (-1, ">="),
    sympy.Lt: (-1, ">"),
    sympy.Eq: (1, "="),
}
_LATEX = {"=": "=", ">": ">", ">=": r"\geq", "<": "<", "<=": r"\leq"}

Bound = tuple[Fraction, bool]
"""A number, and whether it is excluded."""


def condition_cell(condition: Any) -> Cell:
    """A condition on parameters in one line; what is not understood as SymPy writes it.

    Examples
    --------
    >>> z1, z2 = sympy.symbols("z1 z2", real=True)
    >>> condition_cell((z1 >= 0) & (z1 <= 1) & (z1 <= 2)).text
    '0 <= z1 <= 1'
    >>> condition_cell((z1 * z2 + z1 <= 2) & (-z1 * z2 - z1 <= 0)).text
    '0 <= z1*z2 + z1 <= 2'
    >>> condition_cell((-z1 * z2 <= 0) & (z1 * z2 - z2 <= 0)).text
    'z1*z2 >= 0, z1*z2 <= z2'
    """
    try:
        return _cell(condition)
    except (BasePolynomialError, PiecewiseError, TypeError, ValueError):
        return Cell(str(condition), lambda: expression_latex(condition))


def condition_text(condition: Any) -> str:
    """The text of :func:`condition_cell`."""
    return condition_cell(condition).text


def _cell(condition: Any) -> Cell:
    if isinstance(condition, Or):
        cells = [_cell(part) for part in sorted(condition.args, key=str)]
        texts, latex = [cell.text for cell in cells], [cell.latex for cell in cells]
        return Cell(" or ".join(texts), r" \text{ or } ".join(latex))
    relations = condition.args if isinstance(condition, And) else (condition,)
    read = [_read(relation) for relation in relations]
    if all(p.total_degree() <= 1 for p, _ in read) and len(read) <= MOST_REDUCED:
        return _linear(read)
    return _polynomial(read)


def _read(relation: Any) -> tuple[sympy.Poly, str]:
    """A polynomial with whole coefficients that is ``=``, ``>`` or ``>=`` 0."""
    if not isinstance(relation, Relational) or type(relation) not in _MASKS:
        raise TypeError("not a relation of polynomials")
    sign, relation_to_zero = _MASKS[type(relation)]
    symbols = sorted(relation.free_symbols, key=_natural)
    difference = sympy.expand(sign * (relation.lhs - relation.rhs))
    return sympy.Poly(difference, *symbols, domain="QQ"), relation_to_zero


def _natural(symbol: Any) -> list[tuple[int, int, str]]:
    """z2 before z10."""
    parts = re.split(r"(\d+)", symbol.name)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part]


def _linear(read: Sequence[tuple[sympy.Poly, str]]) -> Cell:
    symbols = sorted({symbol for p, _ in read for symbol in p.gens}, key=_natural)
    equations, inequalities = [], []
    for p, relation in read:
        own = sympy.Poly(p.as_expr(), *symbols, domain="QQ")
        row = [own.coeff_monomial(1), *map(own.coeff_monomial, symbols)]
        scale = lcm(*(int(c.q) for c in row))
        whole = tuple(int(c * scale) for c in row)
        if relation == "=":
            equations.append(whole)
        else:
            inequalities.append((whole, relation == ">"))
    names = [symbol.name for symbol in symbols]
    found = Polyhedron(names, equations, inequalities).canonical()
    return Cell(str(found), found._repr_latex_().strip("$"))


def _polynomial(read: Sequence[tuple[sympy.Poly, str]]) -> Cell:
    """The relations by the polynomial that they bound, in the order in which it first occurs."""
    bounds: dict[Any, dict[str, Bound]] = {}
    for p, relation in read:
        body = p - p.coeff_monomial(1)
        terms = [Fraction(int(c.p), int(c.q)) for c in body.coeffs()]
        scale = Fraction(
            gcd(*(c.numerator for c in terms)), lcm(*(c.denominator for c in terms))
        ) * (1 if terms[0] > 0 else -1)
        constant = p.coeff_monomial(1)
        bound = -Fraction(int(constant.p), int(constant.q)) / scale
        key = sympy.expand(body.as_expr() / sympy.Rational(scale.numerator, scale.denominator))
        side = "=" if relation == "=" else ">" if scale > 0 else "<"
        own = bounds.setdefault(key, {})
        new = (bound, relation == ">")
        own[side] = _tighter(side, own[side], new) if side in own else new
    texts, latex = zip(*(_written(body, own) for body, own in bounds.items()), strict=True)
    return Cell(", ".join(texts), r",\; ".join(latex))


def _tighter(side: str, one: Bound, other: Bound) -> Bound:
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return max(one, other) if side == ">" else min(one, other)


def _written(body: Any, bounds: dict[str, Bound]) -> tuple[str, str]:
    value = to_coefficient(body)
    assert isinstance(value, Polynomial)
    whole = coefficient_text(value), coefficient_latex(value)
    if "=" in bounds or len(bounds) == 1:
        (side,) = ("=",) if "=" in bounds else bounds
        bound, strict = bounds[side]
        operator = side if side == "=" or strict else side + "="
        left: Coefficient = value
        right = to_coefficient(sympy.Rational(bound.numerator, bound.denominator))
        if not bound:
            negative = Polynomial({m: -c for m, c in value.terms.items() if c < 0})
            if negative.terms:
                left, right = value + negative, negative
        return (
            f"{coefficient_text(left)} {operator} {coefficient_text(right)}",
            f"{coefficient_latex(left)} {_LATEX[operator]} {coefficient_latex(right)}",
        )
    (low, after), (high, before) = bounds[">"], bounds["<"]
    one, two = ("<" if strict else "<=" for strict in (after, before))
    ends = [to_coefficient(sympy.Rational(v.numerator, v.denominator)) for v in (low, high)]
    text = f"{coefficient_text(ends[0])} {one} {whole[0]} {two} {coefficient_text(ends[1])}"
    latex = [coefficient_latex(end) for end in ends]
    return text, f"{latex[0]} {_LATEX[one]} {whole[1]} {_LATEX[two]} {latex[1]}"
