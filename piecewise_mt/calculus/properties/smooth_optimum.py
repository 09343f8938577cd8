"""Which of the ways to minimise a function with smooth nodes is the one for it."""

from __future__ import annotations

from typing import Any, TypeAlias

from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.quadratic_faces import QuadraticFaces, higher_degree
from piecewise_mt.calculus.properties.quadratic_optimum import QuadraticInfimum, QuadraticOptimum
from piecewise_mt.functions.expression import Expression

SmoothOptimum: TypeAlias = QuadraticOptimum
SmoothInfimum: TypeAlias = QuadraticInfimum


def smooth_optimum(f: Expression, domain: Any) -> SmoothOptimum:
    """The infimum of a scalar function with smooth nodes, with its proof and minimisers.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> smooth_optimum(x**2 + abs(x - 1), None).argmin()
    PolyhedralSet({x = 1/2})
    """
    cells = strata(f, domain)
    faces = QuadraticFaces.of(cells)
    if faces is not None:
        return QuadraticOptimum(faces)
    raise higher_degree(cells)
