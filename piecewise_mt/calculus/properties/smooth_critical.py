"""Which of the ways to find the stationary points of a function with smooth nodes is its own."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.line_critical import line_critical
from piecewise_mt.calculus.properties.line_pieces import line_pieces
from piecewise_mt.calculus.properties.quadratic_critical import QuadraticCritical
from piecewise_mt.calculus.properties.quadratic_faces import higher_degree
from piecewise_mt.calculus.properties.smooth_optimum import quadratic_faces
from piecewise_mt.calculus.properties.stationary import CriticalPoints
from piecewise_mt.functions.expression import Expression


def smooth_critical_points(f: Expression, domain: Any, max_pieces: int) -> CriticalPoints:
    """The stationary points of a scalar function with smooth nodes.

    Pieces beyond the domain count as well, so the strata are those of the whole space.

    Raises
    ------
    Unsupported
        If it is no polynomial on every stratum.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> smooth_critical_points(abs(x) * x, None, 100).strata
    (<neither 0 on {x = 0}>,)
    """
    region = read_domain(domain, tuple(v.name for v in f.variables))
    faces = quadratic_faces(f, None)
    if faces is not None:
        return QuadraticCritical(faces, region, max_pieces).found
    if len(f.variables) == 1:
        return line_critical(line_pieces(f, None), region)
    strata(f)  # which names a kink that is a polynomial
    raise higher_degree(f)
