"""Values of formulas at exact points: SymPy formulas are sampled, then rounded when drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf, isfinite, nan
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.display.plots.shapes import Point, Shape, View, Window, number, value_at
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reals import sign_of

Value: TypeAlias = Fraction | sympy.Expr
"""An exact number: a Fraction, or what SymPy has of it."""
SAMPLES = 96
"""Points of a curve across the whole window."""
FEWEST = 16
"""Points of a curve on a short piece."""
FINE = 10**6
"""Roots are rounded to such fractions where only a point near them is needed."""
FACETS = 4000
"""About how many triangles a curved surface is made of."""


def full(point: Point, view: View) -> list[Fraction]:
    """A point of all variables."""
    free = dict(zip(view.free_names, point, strict=True))
    return [free[name] if name in free else view.fixed[name] for name in view.names]


def named(point: Point, view: View) -> dict[str, Fraction]:
    """The same by name, as a sequence is refused where the order of variables may be misread."""
    return dict(zip(view.names, full(point, view), strict=True))


def symbolic(value: Any) -> sympy.Expr:
    """A coordinate for SymPy; on a curved tie it is an irrational root already."""
    return value if isinstance(value, sympy.Expr) else to_rational(value)


def varies(entry: Any, view: View) -> bool:
    """Whether an entry of a gradient depends on a free coordinate of the drawing.

    >>> x = sympy.Symbol("x", real=True)
    >>> varies(2 * x, View(("x", "y"))), varies(2 * x, View(("x", "y"), {"x": 1}))
    (True, False)
    """
    if not is_expression(entry):
        return False
    return any(symbol.name in view.free_names for symbol in entry.free_symbols)


def is_curved(owner: Any, view: View, output: int) -> bool:
    """Whether an output of a piece's formula is not affine in the free coordinates."""
    return any(varies(owner.jacobian[output][i], view) for i in view.free)


def entry_at(
    entry: Any, view: View, point: Point, parameters: Mapping[str, Fraction] | None = None
) -> Value | None:
    """A coefficient or SymPy expression at an exact point, None if a parameter has no value.

    Examples
    --------
    The derivative z exp(x) on a tie needs a value for z:

    >>> x, z = sympy.symbols("x z", real=True)
    >>> view = View(("x",))
    >>> entry_at(z * sympy.exp(x), view, (Fraction(1, 2),), {"z": Fraction(2)})
    2*exp(1/2)
    >>> entry_at(z * sympy.exp(x), view, (Fraction(1, 2),)) is None
    True
    """
    given = parameters or {}
    if not is_expression(entry):
        return number(entry, given)
    values = named(point, view) | dict(given)
    found = entry.xreplace(
        {s: symbolic(values[s.name]) for s in entry.free_symbols if s.name in values}
    )
    return None if found.free_symbols else found


def formula_at(owner: Any, output: int, view: View, point: Point) -> Value | None:
    """The value of a piece's formula at a point of its closure."""
    formula = owner.formulas[output]
    if formula.is_smooth:
        found = entry_at(formula.expr, view, point)
        # on the piece itself the parameters cancel, which SymPy may see only when told to
        return found if found is not None else _without_parameters(formula.expr, view, point)
    return number(value_at(view.row(formula.raw), point), {})


def _without_parameters(row: sympy.Expr, view: View, point: Point) -> Value | None:
    values = dict(zip(view.names, map(symbolic, full(point, view)), strict=True))
    found = row.xreplace({s: values[s.name] for s in row.free_symbols if s.name in values})
    found = sympy.expand(found)
    found = sympy.simplify(found) if found.free_symbols else found
    return None if found.free_symbols else found


def drawn(value: Value | None) -> float:
    """The number as a float, nan where there is no finite real one.

    >>> drawn(Fraction(1, 2)), drawn(sympy.exp(0)), drawn(sympy.log(0))
    (0.5, 1.0, nan)
    """
    if value is None:
        return nan
    try:
        found = float(value)
    except (TypeError, OverflowError):
        return nan
    return found if isfinite(found) else nan


def differ(one: Value, two: Value) -> bool:
    """Whether two numbers are known to be different."""
    if isinstance(one, Fraction) and isinstance(two, Fraction):
        return one != two
    a, b = (to_rational(v) if isinstance(v, Fraction) else v for v in (one, two))
    difference = a - b
    if difference.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        return False
    return sign_of(difference) not in (0, None)


def along(shape: Shape, window: Window, curved: bool) -> list[Point]:
    """Exact points from one end of a segment to the other: the ends alone if nothing is curved."""
    start, end = shape.corners
    if not curved:
        return [start, end]
    shares = (
        abs(b - a) / (high - low) for a, b, (low, high) in zip(start, end, window, strict=True)
    )
    count = max(FEWEST, int(SAMPLES * max(shares)))
    one, two = (tuple(map(near, point)) for point in (start, end))
    inner = [
        tuple(a + (b - a) * k / count for a, b in zip(one, two, strict=True))
        for k in range(1, count)
    ]
    return [start, *inner, end]


def near(value: Any) -> Fraction:
    """A rational number next to a root, a rational one itself; only for what is drawn."""
    if isinstance(value, Fraction):
        return value
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    return Fraction(round(drawn(value) * FINE), FINE)


def triangles(corners: Sequence[Point], fineness: int) -> Iterator[tuple[Point, Point, Point]]:
    """A convex polygon as a fan of triangles, each cut into fineness² smaller ones.

    >>> square = [(Fraction(x), Fraction(y)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    >>> len(list(triangles(square, 3)))
    18
    """
    for b, c in zip(corners[1:], corners[2:], strict=False):
        grid = {
            (i, j): tuple(
                p + (q - p) * i / fineness + (r - p) * j / fineness
                for p, q, r in zip(corners[0], b, c, strict=True)
            )
            for i in range(fineness + 1)
            for j in range(fineness + 1 - i)
        }
        for i, j in grid:
            if i + j < fineness:
                yield grid[i, j], grid[i + 1, j], grid[i, j + 1]
            if i + j < fineness - 1:
                yield grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1]


def fineness(polygons: Sequence[Shape]) -> int:
    """Into how many parts an edge is cut, so that there are about FACETS triangles."""
    count = sum(len(shape.corners) - 2 for shape in polygons)
    return max(3, min(24, int((FACETS / max(count, 1)) ** 0.5)))


def limits(values: Sequence[float]) -> tuple[float, float]:
    """The lowest and highest of the finite values, apart; (-1, 1) if there are none."""
    finite = [value for value in values if isfinite(value)]
    low, high = min(finite, default=inf), max(finite, default=-inf)
    if low > high:
        return -1.0, 1.0
    return (low - 1, high + 1) if low == high else (low, high)
