"""Which of the ways to minimise a function with smooth nodes is the one for it."""

from __future__ import annotations

from typing import Any, TypeAlias

from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.line_optimum import LineInfimum, LineOptimum
from piecewise_mt.calculus.properties.line_pieces import line_pieces
from piecewise_mt.calculus.properties.polynomial_optimum import (
    PolynomialInfimum,
    PolynomialOptimum,
)
from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
from piecewise_mt.calculus.properties.quadratic_faces import QuadraticFaces
from piecewise_mt.calculus.properties.quadratic_optimum import QuadraticInfimum, QuadraticOptimum
from piecewise_mt.errors import NotPolyhedral
from piecewise_mt.functions.expression import Expression

SmoothOptimum: TypeAlias = QuadraticOptimum | LineOptimum | PolynomialOptimum
SmoothInfimum: TypeAlias = QuadraticInfimum | LineInfimum | PolynomialInfimum


def smooth_optimum(f: Expression, domain: Any) -> SmoothOptimum:
    """The infimum of a scalar function with smooth nodes, with its proof and minimisers.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.
    Undecided
        If it has several variables, and it is not decided where it is lowest.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> smooth_optimum(x**2 + abs(x - 1), None).argmin()
    PolyhedralSet({x = 1/2})
    """
    faces = quadratic_faces(f, domain)
    if faces is not None:
        return QuadraticOptimum(faces)
    if len(f.variables) == 1:
        return LineOptimum(line_pieces(f, domain))
    return PolynomialOptimum(polynomial_pieces(f, domain))


def quadratic_faces(f: Expression, domain: Any) -> QuadraticFaces | None:
    """The faces of a piecewise quadratic function; None for other polynomials, or curved kinks."""
    try:
        cells = strata(f, domain)
    except NotPolyhedral:
        return None
    return QuadraticFaces.of(cells)
