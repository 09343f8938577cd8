"""Is a formula C¹ at every point of a piece? Decided exactly, or said to be undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import sympy

from piecewise_mt.calculus.symbolic import Hull, affine_expr, at_point, symbols_of
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.exact.positivity import Interval, sign_of_quadratic, sign_on_interval
from piecewise_mt.functions.smooth_nodes import Requirement, requirements
from piecewise_mt.geometry.polyhedron import Polyhedron


def require_c1(row: Any, parts: Sequence[Polyhedron], names: Sequence[str]) -> None:
    """Refuse a formula that is not C¹ at a point of a union of polyhedra.

    Raises
    ------
    PiecewiseError
        If it is not, naming a point where that can be had.
    Undecided
        If neither SymPy's assumptions nor linear programming decide it.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> right = Polyhedron(("x",), [], [((0, 1), True)])
    >>> require_c1(sympy.log(x), [right], ("x",))
    >>> require_c1(sympy.log(x), [Polyhedron(("x",))], ("x",))
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a C¹ formula, got log(x), where x is not positive \
at (0,); restrict the piece, or change the formula
    """
    if not isinstance(row, sympy.Expr):
        return
    for requirement in requirements(row):
        for part in parts:
            if not part.is_empty:
                require(requirement, row, part, names)


_BROKEN = {"positive": "not positive", "nonnegative": "negative", "nonzero": "zero"}
"""What a form is where it does not meet a requirement."""


def require(
    requirement: Requirement, row: sympy.Expr | str, part: Polyhedron, names: Sequence[str]
) -> None:
    """Refuse a polyhedron on which a requirement of `row`, a formula or a node, is not met."""
    if requirement.is_met():
        return
    broken = _BROKEN[requirement.kind]
    hull = Hull.of_equations(names, part.equations)
    form = hull.affine_row(requirement.form)
    what = f"{requirement.form} is {broken}"
    if requirement.form.is_number:
        what = f"an argument is {requirement.form}, which is {broken},"
    if form is not None:
        integral = primitive(form)
        bad = _violation(integral, requirement.kind, part)
        if bad is None:
            return
        raise PiecewiseError(
            f"expected a C¹ formula, got {row}, where {what} "
            f"at {bad}; restrict the piece, or change the formula"
        )
    signed = hull.restricted(requirement.form).xreplace(_signed_symbols(part, names))
    met = requirement._replace(form=signed).is_met()
    if met is None and _is_met_by_polynomials(requirement, hull, part):
        return
    if met is None:
        bad = _refuting_point(requirement, part, names)
        if bad is not None:
            raise PiecewiseError(
                f"expected a C¹ formula, got {row}, where {requirement.form} is {broken} at "
                f"{bad}; restrict the piece, or change the formula"
            )
        raise Undecided(
            f"expected a formula that is C¹ on {{{part}}}, got {row}, where SymPy cannot decide "
            f"whether {requirement.form} is {requirement.kind}; write the formula so that it shows"
        )
    if not met:
        raise PiecewiseError(
            f"expected a C¹ formula, got {row}, where {requirement.form} is {broken}; "
            "restrict the piece, or change the formula"
        )


def _is_met_by_polynomials(requirement: Requirement, hull: Hull, part: Polyhedron) -> bool:
    """Whether exact decisions about polynomials prove a requirement on a part."""
    sign = 1
    for factor in sympy.Mul.make_args(sympy.factor_terms(hull.restricted(requirement.form))):
        own = 1 if factor.is_positive else -1 if factor.is_negative else _sign(factor, hull, part)
        if own is None:
            return False
        sign *= own
    return requirement.kind == "nonzero" or sign > 0


def _sign(form: sympy.Expr, hull: Hull, part: Polyhedron) -> int | None:
    """The sign that a polynomial has all over a part, None if that is not proved."""
    symbols = sorted(form.free_symbols, key=str)
    if not symbols or not form.is_polynomial(*symbols) or not set(symbols) <= set(hull.free):
        return None
    poly = sympy.Poly(form, *symbols)
    if not all(c.is_Rational for c in poly.coeffs()):
        return None
    if len(symbols) > 1:
        return sign_of_quadratic(poly)
    return sign_on_interval(poly, _interval(symbols[0], hull, part))


def _interval(symbol: sympy.Symbol, hull: Hull, part: Polyhedron) -> Interval:
    """An interval that the variable stays in: that of the inequalities in it alone."""
    found = Interval()
    for row, strict in part.inequalities:
        form = hull.affine_row(affine_expr(row, hull.names))
        assert form is not None, "an affine form stays one"
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


MAX_GRID = 3
"""In more variables than this only the origin and the witness are tried."""


def _refuting_point(
    requirement: Requirement, part: Polyhedron, names: Sequence[str]
) -> tuple[Any, ...] | None:
    """A simple point of the part where a requirement is not met, if one was found."""
    n = len(names)
    grid = product((0, 1, -1, 2, -2), repeat=n) if n <= MAX_GRID else iter([(0,) * n])
    tried = [tuple(map(Fraction, point)) for point in grid]
    for point in [*(tuple(map(Fraction, p)) for p in [part.witness() or ()] if p), *tried]:
        if not part.contains(point):
            continue
        value = at_point(requirement.form, point, names)
        if value.is_number and requirement._replace(form=value).is_met() is False:
            return tuple(map(to_rational, point))
    return None


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
    return found
