"""All entries of matrices that are given by their pivot columns, for norms of whole matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.nearest_points import Nearest, nearest_of
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.reals import Real, number_expr

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.hulls import LocalHull


def whole_entries(reduction: Reduction, reduced: Matrix) -> Vector:
    """All entries of a matrix that is given by its pivot columns."""
    return tuple(
        fraction(v) if scale == 1 else quotient(v, scale)
        for row, scale in reduction.lift(reduced)
        for v in row
    )


def lowest_entries(hull: LocalHull, towards: Sequence[Any]) -> Vector:
    """The entries of a limit G of one output where G·d is least."""
    down = tuple(-v for v in hull.reduction.project(towards))
    return whole_entries(hull.reduction, hull.furthest(down))


def written(value: Any) -> sympy.Expr:
    """An exact number as a SymPy expression."""
    return number_expr(value if isinstance(value, Real) else fraction(value))


def nearest_listed(points: Sequence[Vector]) -> Nearest:
    """The one of least norm in the hull of some points."""
    if not points:
        raise PiecewiseError(
            "expected limits of gradients, got none, as inside a flat domain; leave the domain out"
        )
    return nearest_of(points)
