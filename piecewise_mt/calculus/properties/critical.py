"""Stationary points of a scalar function, local extrema among them, and spurious ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.clarke import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.local.proofs import ExtremumProof, extremum_proof
from piecewise_mt.calculus.partition.strata import PolyhedralStratum, strata
from piecewise_mt.calculus.results.shown import ShownCritical
from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.functions.expression import Expression


class Kind(StrEnum):
    """What a stationary point is."""

    minimum = "local minimum"
    maximum = "local maximum"
    constant = "locally constant"
    """Both: f does not change nearby."""
    neither = "neither"
    """A direction leads up, another one down."""


@dataclass(frozen=True)
class CriticalStratum:
    """A stratum of stationary points; they are all of one kind."""

    stratum: PolyhedralStratum
    kind: Kind
    value: Any
    """The value of f on the stratum, where f is constant."""
    certificate: ConvexCombination
    """0 as a convex combination of limits of gradients."""
    proof: ExtremumProof
    """Directions up and down, or all rays along which there are none: ``proof.verify()``."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value} on {{{self.stratum.polyhedron}}}>"


@dataclass(frozen=True)
class SpuriousStratum:
    """A stratum where the associated gradient is 0, but no convex combination of limits is."""

    stratum: PolyhedralStratum
    certificate: SeparatingDirection

    def __repr__(self) -> str:
        return f"<spurious on {{{self.stratum.polyhedron}}}>"


@dataclass(frozen=True, repr=False)
class CriticalPoints(ShownCritical):
    """All strata of stationary points, and the spurious ones apart."""

    strata: tuple[CriticalStratum, ...]
    spurious: tuple[SpuriousStratum, ...]

    def __repr__(self) -> str:
        return str(self.table())

    def of_kind(self, *kinds: Kind) -> tuple[CriticalStratum, ...]:
        """The strata of one of these kinds."""
        return tuple(entry for entry in self.strata if entry.kind in kinds)

    @property
    def minima(self) -> tuple[CriticalStratum, ...]:
        """Strata of local minima; where f is constant nearby, it is one."""
        return self.of_kind(Kind.minimum, Kind.constant)

    @property
    def maxima(self) -> tuple[CriticalStratum, ...]:
        """Strata of local maxima; where f is constant nearby, it is one."""
        return self.of_kind(Kind.maximum, Kind.constant)

    @property
    def others(self) -> tuple[CriticalStratum, ...]:
        """Strata of stationary points that are no local extrema."""
        return self.of_kind(Kind.neither)


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
        If f is not piecewise linear.

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
    """
    if f.shape != ():
        raise ShapeError(f"expected a scalar function, got the shape {f.shape}; take one entry")
    cells = strata(f, domain)
    if cells.program.is_smooth:
        raise Unsupported(
            "expected a piecewise linear function, got one with smooth nodes, whose stationary "
            "points need not be unions of strata; ask f.at(point).is_stationary"
        )
    zero = [[0] * len(cells.names)]
    found: list[CriticalStratum] = []
    spurious: list[SpuriousStratum] = []
    for stratum in cells:
        local = LocalAnalysis(f, stratum.point, program=cells.program, max_pieces=max_pieces)
        certificate = local.clarke.certificate(zero)
        if isinstance(certificate, ConvexCombination):
            value = pointwise.value(f, stratum.point)
            proof = extremum_proof(local)
            found.append(CriticalStratum(stratum, _kind(proof), value, certificate, proof))
        elif not any(local.gradient):
            spurious.append(SpuriousStratum(stratum, certificate))
    return CriticalPoints(tuple(found), tuple(spurious))


def _kind(proof: ExtremumProof) -> Kind:
    """0 is in the hull, so f is constant along the stratum; the rays decide across it."""
    if proof.up and proof.down:
        return Kind.neither
    return Kind.minimum if proof.up else Kind.maximum if proof.down else Kind.constant
