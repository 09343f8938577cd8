"""Is a formula C¹ at every point of a piece? Decided exactly, or said to be undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sympy

from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.calculus.smooth.refuting import even_powers, meeting, refuting_place, stationary
from piecewise_mt.calculus.smooth.rewriting import MOST_TERMS, is_long, symbols_of
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.positivity import Interval, quadratic_minimum, sign_on_interval
from piecewise_mt.functions.build.smooth_nodes import Requirement
from piecewise_mt.geometry.polyhedron import Polyhedron


def require_c1(formula: Formula, parts: Sequence[Polyhedron]) -> None:
    """Refuse a formula that is not C¹ at a point of a union of polyhedra.

    Raises
    ------
    PiecewiseError
        If it is not, naming a point where that can be had.
    Undecided
        If neither SymPy's assumptions nor linear programming decide it.

    Examples
    --------
    >>> from piecewise_mt.calculus.smooth.formulas import SmoothFormula
    >>> x = sympy.Symbol("x", real=True)
    >>> right = Polyhedron(("x",), [], [((0, 1), True)])
    >>> require_c1(SmoothFormula(("x",), sympy.log(x)), [right])
    >>> require_c1(SmoothFormula(("x",), sympy.log(x)), [Polyhedron(("x",))])
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a C¹ formula, got log(x), where x is not positive \
at (0,); restrict the piece, or change the formula
    """
    for requirement in formula.requirements:
        for part in parts:
            if not part.is_empty:
                written = Written(formula.text, str(requirement.form))
                require(requirement, written, part, formula.names)


_BROKEN = {"positive": "not positive", "nonnegative": "negative", "nonzero": "zero"}
"""What a form is where it does not meet a requirement."""


class Written(NamedTuple):
    """What is not C¹, and the form that it depends on, as the user would write them."""

    whole: str
    form: str


def require(
    requirement: Requirement, written: Written, part: Polyhedron, names: Sequence[str]
) -> None:
    """Refuse a polyhedron on which a requirement of a formula or a node is not met."""
    met, place = _met(requirement, part, names)
    if met:
        return
    if met is None:
        raise Undecided(
            f"expected a formula that is C¹ on {{{part}}}, got {written.whole}, where it is not "
            f"decided whether {written.form} is {requirement.kind}; write the formula so that it "
            "shows"
        )
    raise broken(written, requirement.kind, place)


def broken(written: Written, kind: str, place: str) -> PiecewiseError:
    """The error for a requirement that is not met, with the place as " at …"."""
    return PiecewiseError(
        f"expected a C¹ formula, got {written.whole}, where {written.form} is "
        f"{_BROKEN[kind]}{place}; restrict the piece, or change the formula"
    )


def _met(
    requirement: Requirement, part: Polyhedron, names: Sequence[str]
) -> tuple[bool | None, str]:
    """Whether a requirement is met all over a part, None if not decided; if not, " at …"."""
    if requirement.is_met():
        return True, ""
    form = AffineHull.of_equations(names, part.equations).affine_row(requirement.form)
    if form is not None:
        bad = _violation(primitive(form), requirement.kind, part)
        return bad is None, f" at {bad}"
    met = _by_signs(requirement, part, names)
    if met:
        return True, ""
    place = refuting_place(requirement, part, names)
    return (False, place) if place else (met, "")


def sign_on(form: sympy.Expr, part: Polyhedron, names: Sequence[str]) -> int | None:
    """1 or -1 if a formula is proved to have that sign all over a part, else None.

    Examples
    --------
    >>> x, y = symbols_of(("x", "y"))
    >>> above = Polyhedron(("x", "y"), [], [((0, 0, 1), False)])
    >>> sign_on(-sympy.exp(x) - y, above, ("x", "y"))
    -1
    >>> sign_on(sympy.exp(x) - y, above, ("x", "y")) is None
    True
    """
    row = AffineHull.of_equations(names, part.equations).affine_row(form)
    for sign in (1, -1):
        if row is not None:
            if _violation(primitive([sign * c for c in row]), "positive", part) is None:
                return sign
        elif _by_signs(Requirement(sign * form, "positive"), part, names):
            return sign
    return None


def _by_signs(requirement: Requirement, part: Polyhedron, names: Sequence[str]) -> bool | None:
    """What the signs of the variables, or exact decisions about polynomials, say on a part."""
    hull = AffineHull.of_equations(names, part.equations)
    signed = hull.restricted(requirement.form).xreplace(_signed_symbols(part, names))
    met = requirement._replace(form=signed).is_met()
    if met is None and _is_met_by_polynomials(requirement, hull, part):
        return True
    return met


def _is_met_by_polynomials(requirement: Requirement, hull: AffineHull, part: Polyhedron) -> bool:
    """Whether exact decisions about polynomials prove a requirement on a part."""
    sign = 1
    for factor in sympy.Mul.make_args(sympy.factor_terms(hull.restricted(requirement.form))):
        own = 1 if factor.is_positive else -1 if factor.is_negative else _sign(factor, hull, part)
        if own is None:
            return False
        sign *= own
    return requirement.kind == "nonzero" or sign > 0


def _sign(form: sympy.Expr, hull: AffineHull, part: Polyhedron) -> int | None:
    """The sign that a polynomial has all over a part, None if that is not proved."""
    rows = even_powers(form, hull)
    if rows and meeting(part, rows).is_empty:
        return 1
    symbols = sorted(form.free_symbols, key=str)
    if not symbols or not form.is_polynomial(*symbols) or not set(symbols) <= set(hull.free):
        return None
    if is_long(form, MOST_TERMS):
        return None
    poly = sympy.Poly(form, *symbols)
    if not all(c.is_Rational for c in poly.coeffs()):
        return None
    if len(symbols) > 1:
        return _sign_of_quadratic(poly, hull, part)
    return sign_on_interval(poly, _interval(symbols[0], hull, part))


def _sign_of_quadratic(poly: sympy.Poly, hull: AffineHull, part: Polyhedron) -> int | None:
    """1 or -1 if a quadratic has that sign everywhere, or all over a part without its zeros."""
    for sign in (1, -1):
        least = quadratic_minimum(poly * sign)
        if least is None or least < 0:
            continue
        if least > 0 or meeting(part, stationary(poly.as_expr(), hull)).is_empty:
            return sign
    return None


def _interval(symbol: sympy.Symbol, hull: AffineHull, part: Polyhedron) -> Interval:
    """An interval that the variable stays in: that of the inequalities in it alone."""
    found = Interval()
    for row, strict in part.inequalities:
        form = [fraction(c) for c in hull.restricted_row(row)]
        place = symbols_of(hull.names).index(symbol) + 1
        slope = form[place]
        if not slope or any(c for i, c in enumerate(form) if i not in (0, place)):
            continue
        end = -form[0] / slope
        if slope > 0:
            if found.low is None or (end, strict) > (found.low, found.low_open):
                found = replace(found, low=end, low_open=strict)
        elif found.high is None or (-end, strict) > (-found.high, found.high_open):
            found = replace(found, high=end, high_open=strict)
    return found


def _violation(row: Row, kind: str, part: Polyhedron) -> tuple[Any, ...] | None:
    """A point of the part where an affine form is not positive, nonnegative or nonzero."""
    if not any(row[1:]):
        bad = {"positive": row[0] <= 0, "nonnegative": row[0] < 0, "nonzero": row[0] == 0}[kind]
        return _shown(part) if bad else None
    minus = tuple(-c for c in row)
    equations, inequalities = list(part.equations), list(part.inequalities)
    if kind == "nonzero":
        equations.append(row)
    else:
        inequalities.append((minus, kind == "nonnegative"))
    outside = Polyhedron(part.variables, equations, inequalities)
    return None if outside.is_empty else _shown(outside)


def _shown(part: Polyhedron) -> tuple[Any, ...]:
    return tuple(map(to_rational, part.witness() or ()))


def _signed_symbols(part: Polyhedron, names: Sequence[str]) -> dict[sympy.Symbol, sympy.Symbol]:
    """Symbols that know the sign which a variable has all over the part."""
    found = {}
    for index, symbol in enumerate(symbols_of(names)):
        row = tuple(int(i == index + 1) for i in range(len(names) + 1))
        minus = tuple(-c for c in row)
        if _violation(row, "positive", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, positive=True)
        elif _violation(minus, "positive", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, negative=True)
        elif _violation(row, "nonnegative", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, nonnegative=True)
        elif _violation(minus, "nonnegative", part) is None:
            found[symbol] = sympy.Symbol(symbol.name, nonpositive=True)
    return found
