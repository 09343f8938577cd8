"""What is said of smooth formulas: proved by SymPy, refuted at an exact point, or undecided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import sympy

from piecewise_mt.calculus.smooth.affine_hull import Hull
from piecewise_mt.calculus.smooth.rewriting import (
    at_point,
    expanded,
    numerator,
    symbols_of,
    tidied,
)
from piecewise_mt.calculus.smooth.signs import SignOf, with_signs
from piecewise_mt.exact.exponentials import in_exponentials
from piecewise_mt.exact.reals import sign_of

Answer = tuple[bool | None, tuple[Fraction, ...] | None]
"""Whether something vanishes (None: undecided), and a point where it does not."""


def differentiated(expression: sympy.Expr, hull: Hull) -> tuple[sympy.Expr, ...]:
    """The partial derivatives of a formula, in the coordinates of the hull on which they matter.

    The formula is differentiated first: its derivatives normal to the hull count, too.
    """
    parts = (sympy.diff(expression, symbol) for symbol in symbols_of(hull.names))
    return tuple(tidied(hull.restricted(part)) for part in parts)


def zero_or_point(
    expression: sympy.Expr,
    hull: Hull,
    points: Iterable[Sequence[Fraction]],
    sign: SignOf | None = None,
) -> Answer:
    """Whether an expression vanishes on a relatively open subset of a hull.

    Returns (True, None) if SymPy proves that it vanishes on the whole hull, (False, point) with
    one of the points where its value is not 0, else (None, None). `sign` tells the signs that
    formulas have there.
    """
    on = hull.restricted(expression)
    on = on if sign is None else with_signs(on, sign)
    if on == 0 or expanded(on) == 0:
        return True, None
    written = in_exponentials(on)
    if numerator(on) == 0 if written is None else not written.above:
        return True, None
    for point in points:
        value = at_point(expression, point, hull.names)
        # a polynomial in tie parameters that is not 0 has values that are not
        nonzero = sign_of(value) not in (0, None) if value.is_number else value.is_polynomial()
        if nonzero:
            return False, tuple(point)
    # what is not 0 in independent functions does not become 0
    if (written is None or not written.is_complete) and sympy.simplify(on) == 0:
        return True, None
    return None, None
