"""Strata of stationary points, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.local.clarke import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.partition.base import Stratum
from piecewise_mt.calculus.results.shown import ShownCritical
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.atoms import Label
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.conditions import condition_latex


class PartOfStratum(Stratum):
    """The points of a stratum that some affine conditions hold at.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> found = mt.critical_points(abs(x) * y).minima[0].stratum
    >>> found, found.dimension, found.labels
    (Stratum(x = 0, y > 0, dimension=1), 1, ('= 0',))
    """

    def __init__(
        self, polyhedron: Polyhedron, label_keys: tuple[Label, ...], labels: tuple[str, ...]
    ) -> None:
        self._polyhedron = polyhedron
        self._label_keys = label_keys
        self._labels = labels

    @cached_property
    def dimension(self) -> int:
        return self._polyhedron.dimension

    @property
    def label_keys(self) -> tuple[Label, ...]:
        return self._label_keys

    @property
    def labels(self) -> tuple[str, ...]:
        return self._labels

    @property
    def polyhedron(self) -> Polyhedron:
        return self._polyhedron

    @cached_property
    def point(self) -> tuple[Any, ...]:
        """A point of it."""
        found = self._polyhedron.witness()
        assert found is not None, "it is not empty"
        return found

    @property
    def witness(self) -> tuple[sympy.Expr, ...]:
        return tuple(map(to_rational, self.point))

    @property
    def set(self) -> PolyhedralSet:
        return PolyhedralSet(self._polyhedron.variables, [self._polyhedron], self.dimension)

    @property
    def condition_text(self) -> str:
        return str(self._polyhedron)

    @property
    def condition_latex(self) -> str:
        return condition_latex(self._polyhedron)

    @property
    def condition(self) -> Any:
        return self._polyhedron.condition

    def __repr__(self) -> str:
        return f"Stratum({self._polyhedron}, dimension={self.dimension})"


class ProofOfExtremum(Protocol):
    """What tells minima, maxima and the rest apart."""

    @property
    def up(self) -> Any:
        """Where f is larger nearby, None if it is nowhere."""

    @property
    def down(self) -> Any:
        """Where f is smaller nearby, None if it is nowhere."""

    def verify(self) -> bool:
        """Check it anew."""


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

    stratum: Stratum
    kind: Kind
    value: Any
    """The value of f on the stratum, where f is constant."""
    certificate: ConvexCombination
    """0 as a convex combination of limits of gradients."""
    proof: ProofOfExtremum
    """Directions up and down, or all rays along which there are none: ``proof.verify()``."""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value} on {{{self.stratum.polyhedron}}}>"


@dataclass(frozen=True)
class SpuriousStratum:
    """A stratum where the associated gradient is 0, but no convex combination of limits is."""

    stratum: Stratum
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


def kind_of(proof: ProofOfExtremum) -> Kind:
    """What a stationary point is."""
    if proof.up is not None and proof.down is not None:
        return Kind.neither
    if proof.up is not None:
        return Kind.minimum
    return Kind.constant if proof.down is None else Kind.maximum
