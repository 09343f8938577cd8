"""Pieces of one free variable with polynomial conditions: intervals between exact real roots."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.display.plots.sampled import FINE, drawn, named, near
from piecewise_mt.display.plots.shapes import Shape, View, Window
from piecewise_mt.errors import OutsideDomain
from piecewise_mt.exact.numbers import to_rational


def roots(rep: Iterable[Any], view: View) -> list[Any]:
    """The real zeros of all polynomials in the conditions, in order; exact numbers.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> rep = mt.max(mt.square(mt.variable("t")), 2).represent()
    >>> roots(rep, View(rep.names))
    [-sqrt(2), sqrt(2)]
    """
    (name,) = view.free_names
    symbol = sympy.Symbol(name, real=True)
    values = [symbol if n == name else to_rational(view.fixed[n]) for n in view.names]
    found: dict[Any, None] = {}
    seen: set[Any] = set()
    for piece in rep:
        for conditions in piece.set.parts:
            for polynomial, _ in conditions:
                expression = sympy.Add(
                    *(
                        sympy.Rational(c) * sympy.Mul(*(v**k for v, k in zip(values, powers)))
                        for powers, c in polynomial.items()
                    )
                )
                poly = sympy.Poly(expression, symbol)
                if poly.is_zero or poly in seen:
                    continue
                seen.add(poly)
                found |= dict.fromkeys(sympy.real_roots(poly))
    return sorted(found)


def curved_intervals(rep: Any, view: View, window: Window) -> list[Shape]:
    """The pieces from left to right: the roots cut the window, and each part has one owner."""
    ((low, high),) = window
    cuts = [near(r) if r.is_Rational else r for r in roots(rep, view)]
    places: list[Any] = [low, *(cut for cut in cuts if low < cut < high), high]
    at = [_owner(rep, view, place) for place in places]
    last = len(places) - 1
    found: list[Shape] = []
    left = None
    for k, place in enumerate(places[:-1]):
        right = _owner(rep, view, _between(place, places[k + 1]))
        if k and at[k] is not None and not (_same(at[k], left) or _same(at[k], right)):
            found.append(Shape(0, ((place,),), at[k], (True,)))
        if right is not None:
            closed = tuple(j in (0, last) or _same(at[j], right) for j in (k, k + 1))
            found.append(Shape(1, ((place,), (places[k + 1],)), right, closed))
        left = right
    return found


def _same(one: Any, two: Any) -> bool:
    return one is not None and two is not None and one.alpha == two.alpha


def _between(one: Any, two: Any) -> Fraction:
    """A rational number strictly between two different numbers."""
    if isinstance(one, Fraction) and isinstance(two, Fraction):
        return (one + two) / 2
    fine = FINE
    middle = Fraction(round((drawn(one) + drawn(two)) / 2 * fine), fine)
    while not one < middle < two:
        fine *= FINE
        digits = sympy.N((one + two) / 2, len(str(fine)) + 20)
        middle = Fraction(str(digits)).limit_denominator(fine)
    return middle


def _owner(rep: Any, view: View, place: Any) -> Any:
    """The piece that has the point, None outside the domain."""
    try:
        return rep.piece_at(named((place,), view))
    except OutsideDomain:
        return None
