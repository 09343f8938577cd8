"""Strata of stationary points, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.evaluation import pointwise
from piecewise_mt.calculus.evaluation.program import Program, compile_program, selected
from piecewise_mt.calculus.local.certificates import (
    CLARKE,
    ConvexCombination,
    HullClaim,
    SeparatingDirection,
)
from piecewise_mt.calculus.local.place import Place, exact_vector
from piecewise_mt.calculus.local.proofs import ExtremumProof
from piecewise_mt.calculus.local.reduction import dot
from piecewise_mt.calculus.partition.base import Stratum
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import (
    Proof,
    domain_text,
    function_text,
    rebuilt,
    same,
)
from piecewise_mt.calculus.results.same import alike
from piecewise_mt.calculus.results.shown import ShownCritical
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
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


class _OfStratum(Proof):
    """What is said of all points of a stratum, as at one of them: to first order f is the same.

    ``verify()`` finds the stratum of the point anew, which must have all points of this one, and
    checks what is said at the point. Beside smooth nodes the search is repeated on the stratum.
    """

    stratum: Stratum
    place: Place | None
    """The function and the point."""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What is trusted beside exact arithmetic, such as SymPy where it differentiates."""
        return foundations(self.place)

    def _place_on(self) -> Place:
        """The place, if the stratum is where it is said to be.

        Raises
        ------
        ValueError
            If it is not.
        """
        place, polyhedron = rebuilt((self.place, self.stratum.polyhedron))
        if type(place) is not Place or type(polyhedron) is not Polyhedron:
            raise ValueError("expected a function and a polyhedron")
        program = compile_program(place.function)
        point = exact_vector(place.point, len(program.names))
        if polyhedron.variables != program.names or not polyhedron.contains(point):
            raise ValueError("expected a point of the stratum")
        if self.stratum.dimension != polyhedron.dimension:
            raise ValueError("expected the dimension of the stratum")
        if not program.is_smooth:
            own = _points_with_labels(program, program.labels_at(point))
            if not own.includes(polyhedron):
                raise ValueError("expected a part of one stratum")
        return place


def _points_with_labels(program: Program, labels: Sequence[Label]) -> Polyhedron:
    """The stratum of labels, by the affine forms that the units are under these."""
    equations, inequalities = [], []
    operands = program.affine(labels, selected).operands
    for unit, label, rows in zip(program.units, labels, operands, strict=True):
        for (coefficients, constant), relation in unit.atom.constraints(label):
            columns = [dot(coefficients, column) for column in zip(*rows, strict=True)]
            row = primitive([columns[0] + constant, *columns[1:]])
            if relation == "=":
                equations.append(row)
            else:
                inequalities.append((row, relation == ">"))
    return Polyhedron(program.names, equations, inequalities)


@dataclass(frozen=True)
class CriticalStratum(_OfStratum):
    """A stratum of stationary points; they are all of one kind."""

    stratum: Stratum
    kind: Kind
    value: Any
    """The value of f on the stratum, where f is constant."""
    certificate: ConvexCombination
    """0 as a convex combination of limits of gradients."""
    proof: ProofOfExtremum
    """Directions up and down, or all rays along which there are none: ``proof.verify()``."""
    place: Place | None = field(default=None, compare=False, repr=False)
    """The function, and a point of the stratum."""

    @property
    def statement(self) -> str:
        """The function, the stratum, the value and the kind."""
        where = "" if self.place is None else f"{function_text(self.place.function)}: "
        return (
            f"{where}all points of {{{self.stratum.polyhedron}}} are stationary, f is {self.value} "
            f"there, and as to extrema they are: {self.kind}."
        )

    def _is_proved(self) -> bool:
        return self._check()  # a stratum is no plain data, but may be compared with one found anew

    def _check(self) -> bool:
        place = self._place_on()
        kind, value, certificate, proof = rebuilt(
            (self.kind, self.value, self.certificate, self.proof)
        )
        if type(kind) is not Kind or kind is not kind_of(proof):
            return False
        if compile_program(place.function).is_smooth:
            return self._is_found_again(place) and proof.verify()
        zero = ((Fraction(0),) * len(place.point),)
        return (
            type(proof) is ExtremumProof
            and same(proof.place, place)
            and proof._check()
            and type(certificate) is ConvexCombination
            and replace(certificate, of=HullClaim(place, CLARKE, zero))._check()
            and same(value, pointwise.value(place.function, place.point))
        )

    def _is_found_again(self, place: Place) -> bool:
        from piecewise_mt.calculus.properties.critical import critical_points

        found = critical_points(place.function, self.stratum.polyhedron)
        return any(
            own.stratum.polyhedron == self.stratum.polyhedron
            and own.kind is self.kind
            and same(own.value, rebuilt(self.value))
            and same(rebuilt(own.certificate), rebuilt(self.certificate))
            for own in found.strata
        )

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value} on {{{self.stratum.polyhedron}}}>"


@dataclass(frozen=True)
class SpuriousStratum(_OfStratum):
    """A stratum where the associated gradient is 0, but no convex combination of limits is."""

    stratum: Stratum
    certificate: SeparatingDirection
    place: Place | None = field(default=None, compare=False, repr=False)
    """The function, and a point of the stratum."""

    @property
    def statement(self) -> str:
        """The function and the stratum."""
        where = "" if self.place is None else f"{function_text(self.place.function)}: "
        return (
            f"{where}the associated gradient is 0 at all points of {{{self.stratum.polyhedron}}}, "
            "which are not stationary."
        )

    def _is_proved(self) -> bool:
        return self._check()

    def _check(self) -> bool:
        place, certificate = self._place_on(), rebuilt(self.certificate)
        if type(certificate) is not SeparatingDirection:
            return False
        if compile_program(place.function).is_smooth:
            return self._is_found_again(place)
        zero = ((Fraction(0),) * len(place.point),)
        gradient = pointwise.gradient(place.function, place.point)
        return not any(gradient) and bool(
            replace(certificate, of=HullClaim(place, CLARKE, zero))._check()
        )

    def _is_found_again(self, place: Place) -> bool:
        from piecewise_mt.calculus.properties.critical import critical_points

        found = critical_points(place.function, self.stratum.polyhedron)
        return any(
            own.stratum.polyhedron == self.stratum.polyhedron
            and same(rebuilt(own.certificate), rebuilt(self.certificate))
            for own in found.spurious
        )

    def __repr__(self) -> str:
        return f"<spurious on {{{self.stratum.polyhedron}}}>"


@dataclass(frozen=True, repr=False)
class CriticalPoints(ShownCritical, Proof):
    """All strata of stationary points, and the spurious ones apart.

    ``verify()`` looks for all of them anew, compares, and checks what is said of each.
    """

    strata: tuple[CriticalStratum, ...]
    spurious: tuple[SpuriousStratum, ...]
    function: Expression | None = field(default=None, compare=False, repr=False)
    domain: Polyhedron | None = field(default=None, compare=False, repr=False)
    """Where they were looked for."""
    max_pieces: int = field(default=10**6, compare=False, repr=False)

    @property
    def statement(self) -> str:
        """The function, the domain, and all that there is.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> print(mt.critical_points(abs(mt.variable("x"))).statement)
        The stationary points of f(x) = abs(x) in the whole space are: local minimum 0 on {x = 0};
        spurious ones: none.
        """
        if self.function is None:
            return "It is not said of which function the stationary points are."
        listed, spurious = (
            "; ".join(str(own).strip("<>") for own in some) or "none"
            for some in (self.strata, self.spurious)
        )
        return (
            f"The stationary points of {function_text(self.function)} in "
            f"{domain_text(self.domain)} are: {listed}; spurious ones: {spurious}."
        )

    @property
    def rests_on(self) -> tuple[str, ...]:
        """What is trusted beside exact arithmetic, such as SymPy where it differentiates."""
        return foundations((self.function, self.domain, [own.value for own in self.strata]))

    def _is_proved(self) -> bool:
        return self._check()  # strata are no plain data, but compared with those found anew

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.critical import critical_points

        function, domain, most = rebuilt((self.function, self.domain, self.max_pieces))
        if function is None:
            return False
        return alike(self, critical_points(function, domain, max_pieces=most)) and all(
            own.verify() for own in (*self.strata, *self.spurious)
        )

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
