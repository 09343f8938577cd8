"""Points at which a formula breaks a requirement: tried, or solved for where that is exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

import sympy

from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.rewriting import (
    MOST_TERMS,
    affine_expr,
    at_point,
    is_long,
    symbols_of,
)
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.functions.build.smooth_nodes import Requirement, requirements
from piecewise_mt.geometry.polyhedron import Polyhedron

MAX_GRID = 3
"""In more variables than this only the origin and the witness are tried."""
MAX_DEGREE = 8
"""Roots of higher polynomials are not looked for."""
Point = tuple[Fraction, ...]


def refuting_place(requirement: Requirement, part: Polyhedron, names: Sequence[str]) -> str:
    """Where in the part a requirement is not met, as " at (…)"; "" if nothing was found.

    Examples
    --------
    >>> x, y = symbols_of(("x", "y"))
    >>> square = (3 * x - 1) ** 4 + (y - 7) ** 2
    >>> refuting_place(Requirement(square, "positive"), Polyhedron(("x", "y")), ("x", "y"))
    ' at (1/3, 7)'
    >>> refuting_place(Requirement(x**2 - 3, "nonzero"), Polyhedron(("x",)), ("x",))
    ' at (-sqrt(3),)'
    >>> refuting_place(Requirement(sympy.exp(x) - 2, "nonzero"), Polyhedron(("x",)), ("x",))
    ' between (0,) and (1,)'
    """
    tried = [p for p in _tried(part, len(names)) if part.contains(p)]
    solved = _common_zero(requirement.form, part, names)
    signs: dict[int, Point] = {}
    for point in [*tried, *([solved] if solved is not None else [])]:
        value = at_point(requirement.form, point, names)
        if not value.is_number:
            continue
        if requirement._replace(form=value).is_met() is False:
            return f" at {exact_point(point)}"
        sign = sign_of(value)
        if sign:
            signs.setdefault(sign, point)
    root = _root(requirement, part, names)
    if root:
        return root
    if len(signs) == 2 and _is_continuous(requirement.form):
        # parts are convex, so there is a zero on the segment
        return f" between {exact_point(signs[-1])} and {exact_point(signs[1])}"
    return ""


def _tried(part: Polyhedron, n: int) -> Iterator[Point]:
    witness = part.witness()
    if witness:
        yield tuple(map(fraction, witness))
    for point in product((0, 1, -1, 2, -2), repeat=n) if n <= MAX_GRID else [(0,) * n]:
        yield tuple(map(fraction, point))


def _is_continuous(form: sympy.Expr) -> bool:
    try:
        return not requirements(form)
    except PiecewiseError:
        return False


def even_powers(form: sympy.Expr, hull: AffineHull) -> list[Row]:
    """The affine forms of a sum of positive multiples of their even powers; [] for others."""
    rows: list[Row] = []
    for term in sympy.Add.make_args(form):
        factor, rest = term.as_coeff_Mul()
        is_power = factor.is_positive and rest.is_Pow and rest.exp.is_even and rest.exp.is_positive
        row = hull.affine_row(rest.base) if is_power else None
        if row is None:
            return []
        rows.append(primitive(row))
    return rows


def meeting(part: Polyhedron, rows: Sequence[Row]) -> Polyhedron:
    """The points of a part where affine forms are zero."""
    return Polyhedron(part.variables, [*part.equations, *rows], part.inequalities)


def _common_zero(form: sympy.Expr, part: Polyhedron, names: Sequence[str]) -> Point | None:
    """A point of the part where all terms of a sum of even powers, or of a quadratic, vanish."""
    hull = AffineHull.of_equations(names, part.equations)
    on = hull.restricted(form)
    rows = even_powers(on, hull) or stationary(on, hull)
    found = meeting(part, rows).witness() if rows else None
    return None if found is None else tuple(map(fraction, found))


def stationary(form: sympy.Expr, hull: AffineHull) -> list[Row]:
    """The equations of the points where a quadratic's derivatives are zero; [] for others."""
    symbols = sorted(form.free_symbols, key=str)
    if not symbols or not form.is_polynomial(*symbols) or is_long(form, MOST_TERMS):
        return []
    if sympy.Poly(form, *symbols).total_degree() != 2:
        return []
    rows = [hull.affine_row(sympy.diff(form, symbol)) for symbol in symbols]
    return [primitive(row) for row in rows if row is not None]


def _root(requirement: Requirement, part: Polyhedron, names: Sequence[str]) -> str:
    """An irrational root of a polynomial in one variable, the other variables at the witness."""
    hull = AffineHull.of_equations(names, part.equations)
    form = hull.restricted(requirement.form)
    symbols = list(form.free_symbols)
    witness = part.witness()
    if len(symbols) != 1 or symbols[0] not in hull.free or witness is None:
        return ""
    if requirement.kind == "nonnegative" or not form.is_polynomial(*symbols):
        return ""
    poly = sympy.Poly(form, *symbols)
    if poly.degree() > MAX_DEGREE or not all(c.is_Rational for c in poly.coeffs()):
        return ""
    at = dict(zip(symbols_of(names), map(to_rational, witness), strict=True))
    for root in poly.real_roots():
        own = at | {symbols[0]: root}
        own |= {s: right.xreplace(own) for s, right in hull.substitution}
        for row, strict in part.inequalities:
            sign = sign_of(affine_expr(row, names).xreplace(own))
            if sign is None or sign < 0 or (strict and not sign):
                break
        else:
            return f" at {tuple(own[s] for s in symbols_of(names))}"
    return ""
