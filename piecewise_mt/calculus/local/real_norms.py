"""The element of least norm of a hull of points whose coordinates are not algebraic.

Rational numbers near the coordinates tell which points it combines; its weights are then solved for
as formulas, and the conditions of Karush, Kuhn and Tucker are decided for the numbers themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import Undecided
from piecewise_mt.exact.nearest_points import Nearest, nearest_of
from piecewise_mt.exact.reals import number_expr, real

DIGITS = 60
"""So many of each coordinate are looked at; what they suggest is checked."""


def nearest_of_reals(points: Sequence[Sequence[Any]]) -> Nearest:
    """The point of least norm of the hull; at least one point.

    Examples
    --------
    >>> from piecewise_mt.exact.reals import Real
    >>> e = Real(sympy.E)
    >>> nearest_of_reals([[e, Fraction(0)], [-e, Fraction(1)], [Fraction(9), e]]).weights[1]
    Real(2*exp(2)/(1 + 4*exp(2)))
    """
    exact = [[sympy.sympify(number_expr(v)) for v in point] for point in points]
    near = [tuple(Fraction(str(sympy.N(v, DIGITS))) for v in point) for point in exact]
    places = {own: i for i, own in reversed(list(enumerate(near)))}
    chosen = sorted(places[own] for own in nearest_of(near).points)
    own = sympy.Matrix([exact[i] for i in chosen])
    size = len(chosen)
    # P Pᵀ w = t and Σ w = 1
    system = (
        (own * own.T)
        .row_join(sympy.ones(size, 1))
        .col_join(sympy.ones(1, size).row_join(sympy.zeros(1, 1)))
    )
    right = sympy.zeros(size, 1).col_join(sympy.ones(1, 1))
    whole = sympy.cancel(system.det(method="berkowitz"))
    weights = []
    for i in range(size):
        replaced = system.copy()
        replaced[:, i] = right
        weights.append(_tidied(replaced.det(method="berkowitz") / whole))
    found = [_tidied(sum(w * v for w, v in zip(weights, column)))
             for column in zip(*(exact[i] for i in chosen))]  # fmt: skip
    least = sum(v * v for v in found)
    rests = [sum(v * w for v, w in zip(found, point)) - least for point in exact]
    if not all(real(_tidied(v)) >= 0 for v in (*weights, *rests)):
        raise Undecided(
            "expected limits of gradients that digits tell which have the least norm, got some "
            "that are nearer to each other; ask clarke.contains about one matrix"
        )
    shown = tuple(tuple(map(real, exact[i])) for i in chosen)
    return Nearest(tuple(map(real, found)), shown, tuple(map(real, weights)))


def _tidied(value: Any) -> sympy.Expr:
    """A quotient in lowest terms, so that a zero is seen to be one."""
    return sympy.cancel(sympy.together(value))
