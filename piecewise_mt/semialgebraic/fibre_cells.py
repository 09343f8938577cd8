"""The space of parameters, cut where the picture in the other variables changes.

Over one sample of the parameters the other variables are cut into cells on which given polynomials
have one sign each. The signs of a few polynomials in the parameters say that the picture is this
one (the recursion of ``projection``, one variable after the other), so it is the same wherever
they have these signs; the cases of other signs are left. So the walk ends, and signs alone decide:
no case needs to be connected.

References
----------
- M. Coste, *An introduction to semialgebraic geometry*, Università di Pisa, 2000 (the recursion).
- D. Jovanović, L. de Moura, *Solving non-linear arithmetic*, IJCAR 2012 (samples first).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.fibres import Fact, extended, fibre
from piecewise_mt.semialgebraic.fields import Field, Sample, trimmed
from piecewise_mt.semialgebraic.lines import Column, RealRoot
from piecewise_mt.semialgebraic.polynomials import (
    Polynomial,
    Ring,
    coefficients,
    degree,
    terms,
    variables_of,
)
from piecewise_mt.semialgebraic.projection import consult
from piecewise_mt.semialgebraic.states import ANY, NEGATIVE, POSITIVE, ZERO, mask_of_sign
from piecewise_mt.semialgebraic.systems import (
    Answer,
    Budget,
    NonEmpty,
    System,
    Undecided,
)

Masks: TypeAlias = Mapping[Polynomial, int]
"""The signs that irreducible polynomials may have: a conjunction."""


@dataclass(frozen=True)
class FibreCell:
    """A part of a fibre on which all polynomials have one sign, with a point of it."""

    sample: Sample
    signs: Mapping[Polynomial, int]
    dimension: int
    """The largest local dimension of all points of the fibre with these signs."""


@dataclass(frozen=True)
class ParameterCell:
    """A set of parameters over which the picture is the same, with a point of it."""

    masks: Masks
    sample: Sample
    fibre: tuple[FibreCell, ...]


class NotDecided(Exception):
    """A part of the parameters about which nothing is known; never leaves the package."""


class FibreCells:
    """Pictures over samples of the parameters, and the walk over all of them.

    Parameters
    ----------
    ring : Ring
        In all names.
    parameters : sequence of int
        The indices of the parameters; the others are the variables of the fibres.
    polynomials : sequence of polynomials
        Irreducible, in all names.
    budget : Budget

    Examples
    --------
    The signs of w·x along x, for w < 0, w = 0 and w > 0:

    >>> ring = Ring(("w", "x"))
    >>> cells = FibreCells(ring, [0], ring.variables, Budget(5))
    >>> w, x = ring.variables
    >>> [(dict(cell.masks)[w], len(cell.fibre)) for cell in cells.walk({})]
    [(1, 3), (2, 3), (4, 3)]
    """

    def __init__(
        self,
        ring: Ring,
        parameters: Sequence[int],
        polynomials: Sequence[Polynomial],
        budget: Budget,
    ) -> None:
        self.ring = ring
        self.parameters = tuple(parameters)
        self.polynomials = tuple(dict.fromkeys(polynomials))
        self.budget = budget
        self._asked: dict[Polynomial, int] = {}
        # what is asked first where the walk branches: fewer cells, as lower coefficients matter
        # only where the leading ones vanish
        inner = [i for i in range(len(ring.names)) if i not in self.parameters]
        self._leading = {
            factor
            for p in self.polynomials
            for i in inner
            if degree(p, i)
            for factor, _ in ring.factors(coefficients(p, i)[-1])[1]
        }

    # -- one fibre ---------------------------------------------------------------------------

    def over(self, sample: Sample) -> tuple[tuple[FibreCell, ...], dict[Polynomial, int]]:
        """The cells over a sample, and the signs of polynomials in the parameters that say so."""
        self._asked = {}
        inner = [i for i in range(len(self.ring.names)) if i not in self.parameters]
        found = self._cells(self.polynomials, inner, sample)
        return tuple(found), dict(self._asked)

    def _cells(
        self, polynomials: Sequence[Polynomial], variables: Sequence[int], base: Sample
    ) -> list[FibreCell]:
        self.budget.check()
        if not variables:
            signs = {p: base.sign(p) for p in polynomials}
            self._asked.update(signs)
            return [FibreCell(base, signs, 0)]
        i = _cheapest(polynomials, variables)
        rest = [k for k in variables if k != i]
        own = [p for p in polynomials if degree(p, i)]
        below = dict.fromkeys(p for p in polynomials if not degree(p, i))
        cells = self._cells(tuple(below), rest, base)
        while True:
            new: dict[Polynomial, None] = {}
            for cell in cells:
                self._consult(own, i, cell, new)
            if not new:
                return self._lifted(polynomials, own, i, cells)
            below.update(new)
            cells = self._cells(tuple(below), rest, base)

    def _consult(
        self,
        own: Sequence[Polynomial],
        i: int,
        cell: FibreCell,
        new: dict[Polynomial, None],
    ) -> None:
        """Note the polynomials whose signs decide the line over a cell, and are not known."""

        def sign_of(c: Polynomial) -> int:
            turn, factors = self.ring.factors(c)
            signs = []
            for factor, k in factors:
                known = cell.signs.get(factor)
                signs.append((factor, cell.sample.sign(factor) if known is None else known, k))
            zero = next((f for f, s, _ in signs if s == 0), None)
            for factor, s, k in signs:
                if (zero is None or factor == zero) and factor not in cell.signs:
                    new[factor] = None
                turn *= s if k % 2 else s * s
            return turn

        rows = [coefficients(p, i) for p in own]
        consult(rows, [False] * len(rows), sign_of, self.budget)

    def _lifted(
        self,
        polynomials: Sequence[Polynomial],
        own: Sequence[Polynomial],
        i: int,
        cells: Sequence[FibreCell],
    ) -> list[FibreCell]:
        """The columns over all cells; of those with the same signs one of largest dimension."""
        facts: list[Fact] = [(p, ANY) for p in own]
        best: dict[tuple[int, ...], tuple[int, FibreCell, Column, dict[Polynomial, int]]] = {}
        for cell in cells:
            for column in fibre(facts, cell.sample, i, self.budget):
                known = {**cell.signs, **dict(zip(own, column.signs, strict=True))}
                signs = {p: known[p] for p in polynomials}
                dimension = cell.dimension + column.is_interval
                key = tuple(signs.values())
                if key not in best or dimension > best[key][0]:
                    best[key] = (dimension, cell, column, signs)
        return [
            FibreCell(extended(cell.sample, i, column, facts, self.budget), signs, dimension)
            for dimension, cell, column, signs in best.values()
        ]

    # -- all parameters ----------------------------------------------------------------------

    def walk(self, region: Masks) -> Iterator[ParameterCell]:
        """The cells of the parameters in a region, by the signs of what cuts them.

        Raises
        ------
        NotDecided
            If it is not decided whether some signs occur.
        OutOfTime, TooHard
        """
        answer = self.decided(region)
        if isinstance(answer, Undecided):
            raise NotDecided(answer.reason)
        if not isinstance(answer, NonEmpty):
            return
        sample = sample_of(answer.point, self.parameters)
        cells, asked = self.over(sample)
        told = sorted(
            asked.items(), key=lambda pair: (pair[0] not in self._leading, reading_order(pair[0]))
        )
        yield from self._ordered(dict(region), told, sample, cells)

    def _ordered(
        self,
        region: dict[Polynomial, int],
        told: Sequence[tuple[Polynomial, int]],
        sample: Sample,
        cells: tuple[FibreCell, ...],
    ) -> Iterator[ParameterCell]:
        if not told:
            yield ParameterCell(region, sample, cells)
            return
        p, sign = told[0]
        for mask in (NEGATIVE, ZERO, POSITIVE):
            if not region.get(p, ANY) & mask:
                continue
            child = {**region, p: mask}
            if mask == mask_of_sign(sign):
                yield from self._ordered(child, told[1:], sample, cells)
            else:
                yield from self.walk(child)

    def decided(self, masks: Masks) -> Answer:
        """Whether some parameters have these signs."""
        self.budget.check()
        return decide(
            System(self.ring.names, tuple((dict(terms(p)), m) for p, m in masks.items())),
            max(self.budget.left / 2, 0.05),
            ring=self.ring,
        )


def sample_of(point: ExactPoint, indices: Sequence[int]) -> Sample:
    """Some coordinates of a point, to compute with."""
    values = {i: trimmed(point.coordinates[i]) for i in indices}
    root = point.root
    if root is None or all(len(value) <= 1 for value in values.values()):
        return Sample(Field(), values)
    return Sample(Field(RealRoot(root.polynomial, root.low, root.high)), values)


def reading_order(p: Polynomial) -> tuple[Any, ...]:
    """Orders polynomials as they are read: of low degree and short first, then by variables."""
    return (sum(p.degrees()), len(p), variables_of(p), terms(p))


def _cheapest(polynomials: Sequence[Polynomial], variables: Sequence[int]) -> int:
    """The variable to take out first: of low degree, then with constant coefficients."""

    def cost(i: int) -> tuple[int, ...]:
        own = [p for p in polynomials if degree(p, i)]
        degrees = [degree(p, i) for p in own]
        leading = sum(len(variables_of(coefficients(p, i)[-1])) for p in own)
        return (max(degrees, default=0), sum(degrees), leading, -i)

    return min(variables, key=cost)
