"""Which of the ways to decide the shape of a function with smooth nodes is its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.line_pieces import line_pieces
from piecewise_mt.calculus.properties.line_shape import line_convexity, line_growth
from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
from piecewise_mt.calculus.properties.polynomial_shape import (
    polynomial_convexity,
    polynomial_growth,
)
from piecewise_mt.calculus.properties.quadratic_faces import QuadraticFaces
from piecewise_mt.calculus.properties.quadratic_shape import convexity, growth
from piecewise_mt.calculus.properties.shape_verdict import ShapeVerdict
from piecewise_mt.calculus.properties.smooth_optimum import quadratic_faces
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.expression import Expression


def smooth_convexity(f: Expression, domain: Any) -> ShapeVerdict:
    """Whether a scalar function with smooth nodes is convex on a full-dimensional domain.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> bool(smooth_convexity(x**4 + abs(x), None))
    True
    """
    faces = _faces(f, domain)
    if faces is not None:
        return convexity(faces)
    if len(f.variables) == 1:
        line = line_pieces(f, domain)
        if not line.pieces:
            raise no_interior(line.region)
        return line_convexity(line)
    # kinks that are polynomials are refused with their names
    cells = strata(f, domain)
    return polynomial_convexity(polynomial_pieces(f, domain), cells)


def smooth_growth(f: Expression, domain: Any, places: Sequence[int]) -> ShapeVerdict:
    """Whether it does not decrease in the variables at these places.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> bool(smooth_growth(x**3 + abs(x) * x, None, [0]))
    True
    """
    faces = _faces(f, domain)
    if faces is not None:
        return growth(faces, places)
    if len(f.variables) == 1:
        line = line_pieces(f, domain)
        if not line.pieces:
            raise no_interior(line.region)
        return line_growth(line)
    return polynomial_growth(polynomial_pieces(f, domain), places)


def _faces(f: Expression, domain: Any) -> QuadraticFaces | None:
    faces = quadratic_faces(f, domain)
    if faces is not None and not faces.cells.f_vector[-1]:
        raise no_interior(faces.cells.domain)
    return faces


def no_interior(domain: object) -> PiecewiseError:
    """What is said of a flat domain."""
    return PiecewiseError(
        f"expected a full-dimensional domain, got {domain}, which has no interior; give "
        "one with interior points"
    )
