"""Stationary points of a scalar function, local extrema among them, and spurious ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.clarke import ConvexCombination
from piecewise_mt.calculus.local.place import Place
from piecewise_mt.calculus.local.proofs import extremum_proof
from piecewise_mt.calculus.partition.base import Stratum
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.properties.smooth_critical import smooth_critical_points
from piecewise_mt.calculus.properties.stationary import (
    CriticalPoints as CriticalPoints,
)
from piecewise_mt.calculus.properties.stationary import (
    CriticalStratum,
    SpuriousStratum,
    kind_of,
)
from piecewise_mt.calculus.properties.stationary import (
    Kind as Kind,
)
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.geometry.polyhedron import Polyhedron


def critical_points(
    f: Expression, domain: Any = None, *, max_pieces: int = 10**6
) -> CriticalPoints:
    """All points where 0 is in Clarke's subdifferential of a scalar function.

    Parameters
    ----------
    f : Expression
        Of shape ().
    domain : Polyhedron, str or mapping, optional
        Where to look. Stationary is meant of f on the whole space; for the extrema on a domain
        see :func:`argmin`.
    max_pieces : int
        A bound on what is enumerated.

    Returns
    -------
    CriticalPoints
        ``strata`` with their kind, decided exactly by the slopes along the rays of the cones
        on which f is linear; ``spurious`` are the strata where the associated gradient is 0 for
        all parameters although 0 is not in Clarke's subdifferential.

    Raises
    ------
    ShapeError
        If f is not scalar.
    Unsupported
        If f is no polynomial on some stratum, or one of degree three or more in several variables.
    Undecided
        If Clarke's set changes along a stratum of codimension two or more.

    See Also
    --------
    LocalAnalysis.is_stationary : At one point.
    mt.argmin : Where the global minimum is.

    References
    ----------
    - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.
    - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation, stochastic
      gradient methods and deep learning*, Mathematical Programming 188, 2021.

    Examples
    --------
    At the tie 0, ``abs(x)`` has its minimum; backpropagation with relu'(0) = 0 stops at the kink
    of x, written as relu(x) - relu(-x), too:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.critical_points(abs(x)).strata
    (<local minimum 0 on {x = 0}>,)
    >>> f = mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0)
    >>> mt.critical_points(f).strata, mt.critical_points(f).spurious
    ((), (<spurious on {x = 0}>,))

    Polynomials on the pieces may have several strata of stationary points on one stratum:

    >>> mt.critical_points(x**2 - abs(x)).minima
    (<local minimum -1/4 on {x = 1/2}>, <local minimum -1/4 on {x = -1/2}>)
    """
    require_scalar(f.shape)
    region = read_domain(domain, tuple(v.name for v in f.variables))
    found = _critical_points(f, region, max_pieces)
    return replace(found, function=f, domain=region, max_pieces=max_pieces)


def _critical_points(f: Expression, domain: Polyhedron | None, max_pieces: int) -> CriticalPoints:
    if compile_program(f).is_smooth:
        return _placed(f, smooth_critical_points(f, domain, max_pieces), max_pieces)
    cells = strata(f, domain)
    zero = [[0] * len(cells.names)]
    found: list[CriticalStratum] = []
    spurious: list[SpuriousStratum] = []
    for stratum in cells:
        local = LocalAnalysis(f, stratum.point, program=cells.program, max_pieces=max_pieces)
        certificate = local.clarke.certificate(zero)
        if isinstance(certificate, ConvexCombination):
            value = pointwise.value(f, stratum.point)
            proof = extremum_proof(local)
            found.append(
                CriticalStratum(stratum, kind_of(proof), value, certificate, proof, local.place)
            )
        elif not any(local.gradient):
            spurious.append(SpuriousStratum(stratum, certificate, local.place))
    return CriticalPoints(tuple(found), tuple(spurious))


def _placed(f: Expression, found: CriticalPoints, max_pieces: int) -> CriticalPoints:
    """The same, with the function and a point of each stratum for ``verify``."""

    def place(stratum: Stratum) -> Place:
        point = stratum.polyhedron.witness()
        assert point is not None, "it is not empty"
        return Place(f, point, None, max_pieces)

    return CriticalPoints(
        tuple(replace(own, place=place(own.stratum)) for own in found.strata),
        tuple(replace(own, place=place(own.stratum)) for own in found.spurious),
    )
