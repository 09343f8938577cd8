"""The gradients of a homogeneous sum of maxima, summand by summand, without listing sets of ties.

Terms whose forms span independent spaces see independent directions. So with the finest such
grouping into *summands* the limits of gradients at 0 are all sums of one limit a summand, and their
hull is the sum of the summands' hulls (the sum rule with equality, whatever the signs). Within a
summand the limits are known without enumeration in two cases:

- its terms are maxima, and their columns of factors are positive multiples of one of them: up to
  that column the summand is convex, and its limits are the vertices of a Minkowski sum;
- its terms are order statistics of the same affinely independent forms: every ranking of the forms
  occurs, so that the limits are all arrangements of the columns over the forms.

Only the ties of any other summand have to be enumerated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from piecewise_mt.calculus.partition.maxima import Key, Maxima, Term
from piecewise_mt.calculus.partition.summand_kinds import ConvexSummand, OrderSummand, Summand
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.spans import span_of
from piecewise_mt.geometry.polytope import Point
from piecewise_mt.memory import cached_property

_ZERO = Fraction(0)
Dense: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True)
class Summands:
    """Linear parts of the outputs, and the summands that see independent directions."""

    linear: tuple[Dense, ...]
    basis: tuple[Dense, ...]
    """Independent vectors; each summand has its own."""
    summands: tuple[Summand, ...]

    @cached_property
    def dual(self) -> tuple[Dense, ...]:
        """Vectors with dual_i·basis_j = 1 if i = j, else 0: an inverse, made if asked for."""
        return _dual(self.basis, len(self.basis[0])) if self.basis else ()

    @property
    def count(self) -> int | None:
        """How many limits of gradients there are; None if a summand does not know."""
        total = 1
        for summand in self.summands:
            own = summand.count
            if own is None:
                return None
            total *= own
        return total

    @property
    def is_convex(self) -> bool:
        """Whether each output is convex."""
        return all(summand.is_convex for summand in self.summands)


Other: TypeAlias = Callable[
    [tuple[int, ...], Sequence[Term], Sequence[Point], Sequence[Sequence[Point]]], Summand
]
"""Makes a summand of neither kind: of its places in the basis, terms, columns and coordinates."""


def summands_of(maxima: Maxima, other: Other) -> Summands:
    """The summands of a homogeneous sum of maxima; `other` makes those of neither kind."""
    k, terms = len(maxima.names), maxima.terms
    columns = [
        tuple(fraction(own.get(index, 0)) for _, own in maxima.outputs)
        for index in range(len(terms))
    ]
    linear = [list(_dense(tuple(form.items()), k)) for form, _ in maxima.outputs]
    # the columns of a matrix are the forms; its echelon form tells how they depend on each other
    order = sorted(range(len(terms)), key=lambda index: terms[index].is_maximum)
    vectors = [_dense(form, k) for index in order for form in terms[index].forms]
    owners = [index for index in order for _ in terms[index].forms]
    span = span_of([_sparse([v[i] for v in vectors]) for i in range(k)], len(vectors))
    pivots, reduced = span.pivots, span.basis
    group = list(range(len(terms)))

    def root(index: int) -> int:
        while group[index] != index:
            index = group[index]
        return index

    for row, pivot in zip(reduced, pivots, strict=True):
        for j, c in enumerate(row):
            if c:
                group[root(owners[j])] = root(owners[pivot])
    coordinates: list[list[tuple[Fraction, ...]]] = [[] for _ in terms]
    ranks: dict[int, list[int]] = {}
    for place, pivot in enumerate(pivots):
        ranks.setdefault(root(owners[pivot]), []).append(place)
    for j, owner in enumerate(owners):
        coordinates[owner].append(tuple(reduced[i][j] for i in ranks[root(owner)]))
    basis = tuple(vectors[pivot] for pivot in pivots)
    summands: list[Summand] = []
    for head, places in ranks.items():
        own = [index for index in order if root(index) == head]
        given = (
            tuple(places),
            [terms[i] for i in own],
            [columns[i] for i in own],
            [coordinates[i] for i in own],
        )
        found = _summand(*given)
        if found is None:
            summands.append(other(*given))
            continue
        summand, rest = found
        for line, step in zip(linear, rest, strict=True):
            for i, factor in zip(places, step, strict=True):
                if factor:
                    line[:] = [v + factor * w for v, w in zip(line, basis[i], strict=True)]
        summands.append(summand)
    return Summands(tuple(map(tuple, linear)), basis, tuple(summands))


def _dense(form: Key, k: int) -> Dense:
    row = [_ZERO] * k
    for slot, c in form:
        row[slot - 1] = fraction(c)
    return tuple(row)


def _sparse(row: Sequence[Fraction]) -> dict[int, int]:
    return {i: c for i, c in enumerate(primitive(row)) if c}


def _dual(basis: Sequence[Dense], k: int) -> tuple[Dense, ...]:
    count = len(basis)
    rows = [
        primitive([0, *vector, *(int(i == j) for j in range(count))])
        for i, vector in enumerate(basis)
    ]
    reduced = echelon(rows)
    pivots = [next(j for j, c in enumerate(row) if c) for row in reduced]
    result = []
    for j in range(count):
        vector = [_ZERO] * k
        for row, p in zip(reduced, pivots, strict=True):
            vector[p - 1] = quotient(row[k + 1 + j], row[p])
        result.append(tuple(vector))
    return tuple(result)


def _summand(
    places: tuple[int, ...],
    terms: Sequence[Term],
    columns: Sequence[Point],
    coordinates: Sequence[Sequence[Point]],
) -> tuple[Summand, Sequence[Point]] | None:
    """The summand of some terms, and linear parts of the outputs, in coordinates, beside it."""
    none = [(_ZERO,) * len(places)] * len(columns[0])
    if all(term.is_maximum for term in terms):
        factors = [_multiple(column, columns[0]) for column in columns]
        parts = [
            (factor, points)
            for factor, points in zip(factors, coordinates, strict=True)
            if factor is not None and factor > 0
        ]
        if len(parts) == len(terms):
            return ConvexSummand(places, columns[0], parts), none
    return _ordered(places, terms, columns, coordinates)


def _ordered(
    places: tuple[int, ...],
    terms: Sequence[Term],
    columns: Sequence[Point],
    coordinates: Sequence[Sequence[Point]],
) -> tuple[OrderSummand, Sequence[Point]] | None:
    """The terms as order statistics of the same independent vectors and 0."""
    own = coordinates[0]
    k, b = len(places), len(columns[0])
    unit = {tuple(Fraction(int(i == j)) for j in range(k)) for i in range(k)}
    if len(own) != k + 1 or set(own) != {*unit, (_ZERO,) * k}:
        return None
    by_rank = [[_ZERO] * b for _ in range(k + 1)]
    rest = [[_ZERO] * k for _ in range(b)]
    for term, column, points in zip(terms, columns, coordinates, strict=True):
        if sorted(points) == sorted(own):
            for j, c in enumerate(column):
                by_rank[term.rank][j] += c
            continue
        # the maximum of top - v over the same v is top less the smallest
        top = next((p for p in own if all(_less(p, v) in points for v in own)), None)
        if top is None or not term.is_maximum or len(points) != k + 1:
            return None
        for j, c in enumerate(column):
            by_rank[0][j] -= c
            rest[j] = [v + c * w for v, w in zip(rest[j], top, strict=True)]
    return OrderSummand(places, [tuple(column) for column in by_rank]), [tuple(row) for row in rest]


def _less(one: Point, two: Point) -> Point:
    return tuple(a - b for a, b in zip(one, two, strict=True))


def _multiple(column: Point, of: Point) -> Fraction | None:
    lead = next(j for j, c in enumerate(of) if c)
    factor = column[lead] / of[lead]
    return factor if all(c == factor * v for c, v in zip(column, of, strict=True)) else None
