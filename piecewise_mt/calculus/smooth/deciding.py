"""Whether a formula vanishes on a semialgebraic set: by its normal form, or by a decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy

from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.polynomials import coefficients_of
from piecewise_mt.calculus.smooth.rewriting import expanded, numerator, symbols_of
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.exponentials import in_exponentials
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System

NONZERO = 5


@dataclass(frozen=True)
class Vanishing:
    """Whether something vanishes on a set, and what shows it."""

    holds: bool | None
    """None if it is not decided."""
    point: ExactPoint | None = None
    """A point of the set where it does not vanish."""
    dimension: int = -1
    """A dimension that the set of such points has near that one."""
    trusted: tuple[str, ...] = ()
    """The solvers that the proof rests on; () for one that can be checked."""
    reason: str = ""
    """Why it is not decided."""


def vanishing(
    names: Sequence[str],
    parts: Sequence[Conditions],
    expression: sympy.Expr,
    *,
    hull: CurvedHull | None = None,
    budget: float = 5.0,
    points: Iterable[ExactPoint] = (),
) -> Vanishing:
    """Whether a formula is 0 at every point of a union of sets, for all values of tie parameters.

    Parameters
    ----------
    names : sequence of str
        The variables, in the order of the exponents.
    parts : sequence of conditions
        The sets.
    expression : Expr
        In the variables, and perhaps tie parameters.
    hull : CurvedHull, optional
        Equations that hold on all parts.
    budget : float
        Seconds for each decision.
    points : iterable of ExactPoint
        Points of the parts, to refute what is no polynomial.

    Examples
    --------
    On the circle x² + y² - 1 vanishes, and x does at some points only:

    >>> x, y = symbols_of(("x", "y"))
    >>> circle = (({(2, 0): 1, (0, 2): 1, (0, 0): -1}, 2),)
    >>> vanishing(("x", "y"), [circle], x**2 + y**2 - 1).holds
    True
    >>> found = vanishing(("x", "y"), [circle], x)
    >>> found.holds, found.dimension
    (False, 1)
    """
    on = expression if hull is None else hull.restricted(expression)
    if on == 0 or expanded(on) == 0:
        return Vanishing(True)
    groups = coefficients_of(numerator(on), names)
    if groups is None:
        return _of_values(on, names, points)
    rows, is_polynomial = groups
    trusted: tuple[str, ...] = ()
    reason = ""
    for terms in rows:
        for part in parts:
            answer = decide(System(tuple(names), (*part, (terms, NONZERO))), budget)
            if isinstance(answer, NonEmpty):
                if not is_polynomial:
                    return _of_values(on, names, [*points, answer.point])
                return Vanishing(False, answer.point, answer.dimension)
            if isinstance(answer, Empty):
                trusted = (*trusted, *answer.trusted)
            else:
                reason = reason or answer.reason
    return Vanishing(None if reason else True, trusted=tuple(dict.fromkeys(trusted)), reason=reason)


def _of_values(
    expression: sympy.Expr, names: Sequence[str], points: Iterable[ExactPoint]
) -> Vanishing:
    """What SymPy finds of a formula that is no polynomial."""
    for point in points:
        value = at_exact(expression, point, names)
        nonzero = sign_of(value) not in (0, None) if value.is_number else False
        if nonzero:
            return Vanishing(False, point, 0)
    written = in_exponentials(expression)
    if written is not None and not written.above:
        return Vanishing(True)
    if sympy.simplify(expression) == 0:
        return Vanishing(True)
    return Vanishing(None, reason=f"SymPy cannot tell {expression} from 0")


def at_exact(expression: sympy.Expr, point: ExactPoint, names: Sequence[str]) -> sympy.Expr:
    """The value of a formula at a point with rational or algebraic coordinates.

    Examples
    --------
    >>> from fractions import Fraction
    >>> at_exact(symbols_of(("x",))[0] ** 2, ExactPoint(((Fraction(1, 2),),)), ("x",))
    1/4
    """
    values = zip(symbols_of(names), point_expressions(point), strict=True)
    return expanded(expression.xreplace(dict(values)))
