"""The limits of gradients at a point: the cones of the reduced local function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any, ClassVar, final

import sympy

from piecewise_mt.calculus.evaluation.program import Program, Slots, selected
from piecewise_mt.calculus.local.clarke import lifted
from piecewise_mt.calculus.local.normal_form import is_sum_of_kinks
from piecewise_mt.calculus.local.reduction import Matrix, Reduction, Vector, dot
from piecewise_mt.calculus.partition.refinement import generator_rows, partition
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.exact.linear import Row, echelon
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.atoms import Label
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant


@dataclass(frozen=True)
class Limit(ABC):
    """One limit of gradients, with the cone of directions along which it is the gradient.

    Attributes
    ----------
    gradient : ImmutableMatrix
        The b×a matrix.
    direction : tuple of Rational
        A direction d inside the cone: at x + ε d, for all small ε > 0, f is differentiable with
        this gradient.
    cone : Polyhedron
        An open, full-dimensional cone of such directions, in the variables of f.
    """

    _compared: ClassVar[tuple[str, ...]] = ("gradient", "reduced", "direction")
    _reduction: Reduction
    reduced: Matrix
    """The gradient in the pivot columns."""

    @property
    def gradient(self) -> sympy.ImmutableMatrix:
        return lifted(self._reduction, self.reduced)

    @property
    @abstractmethod
    def ray(self) -> Vector:
        """The direction in the pivot variables."""

    @property
    @abstractmethod
    def rays(self) -> tuple[Vector, ...]:
        """Rays that generate the cone, in the pivot variables; lines count as none."""

    @property
    def direction(self) -> tuple[sympy.Rational, ...]:
        return tuple(to_rational(v) for v in self._reduction.spread(self.ray))

    @property
    @abstractmethod
    def cone(self) -> Polyhedron: ...

    def __repr__(self) -> str:
        return f"Limit({list(self.gradient)} along {self.direction})"


@final
@dataclass(frozen=True, repr=False)
class CellLimit(Limit):
    """A limit with one cell of labels as its cone."""

    _program: Program
    _cell: tuple[tuple[Label, ...], Sequence[Sequence[int]]]
    _walls: tuple[Row, ...]

    @property
    def ray(self) -> Vector:
        return inner_ray(self._cell[1], self._reduction.rank)

    @property
    def rays(self) -> tuple[Vector, ...]:
        width = self._reduction.rank + 1
        return tuple(tuple(map(fraction, g[1:width])) for g in self._cell[1] if not g[0])

    @property
    def cone(self) -> Polyhedron:
        reduction = self._reduction
        labels, generators = self._cell
        forms = self._program.affine(labels, selected).operands
        inequalities: list[Inequality] = [(row, True) for row in self._walls]
        for unit, label, operands in zip(self._program.units, labels, forms, strict=True):
            for (coefficients, _), relation in unit.atom.constraints(label):
                if relation == "=":
                    continue
                row = [dot(coefficients, [form[i + 1] for form in operands])
                       for i in range(reduction.rank)]  # fmt: skip
                inequalities.append((raised(reduction, row), True))
        spread = [[g[0], *primitive(reduction.spread(g[1:]))] for g in generators]
        return irredundant(reduction.source.names, [], inequalities, spread)


def raised(reduction: Reduction, row: Sequence[Any]) -> Row:
    """A linear form of the reduced variables as a primitive row (0, c1, …, ca)."""
    total = [Fraction(0)] * len(reduction.source.names)
    for c, axis in zip(row, reduction.basis, strict=True):
        if c:
            total = [t + c * v for t, v in zip(total, axis, strict=True)]
    return primitive([0, *total])


def inner_ray(generators: Sequence[Sequence[int]], rank: int) -> Vector:
    """The sum of the rays of a cone: a direction of its relative interior."""
    if not rank:
        return ()
    total = [sum(column) for column in zip(*generators, strict=True)]
    return tuple(map(fraction, primitive(total[1:])))


def reduced_domain(reduction: Reduction, walls: Sequence[Row]) -> Polyhedron | None:
    """The tight constraints of a domain, as a cone in the pivot variables."""
    if not walls:
        return None
    rows = [((0, *(row[p] for p in reduction.pivots)), False) for row in walls]
    names = reduction.program.names
    # a pivot entry of B is 1, so the row in the pivot columns is the form of B d, up to scale
    return Polyhedron(names, [], rows)


def enumerate_limits(
    reduction: Reduction, program: Program, walls: Sequence[Row], max_faces: int
) -> list[Limit]:
    """All limits, sorted, each with one cone; `program` is the local function in normal form.

    Raises
    ------
    TooManyPieces
        If more than `max_faces` faces arise.
    """
    upwards = tuple((0, *row) for row in walls)
    if not reduction.rank:
        cell = (
            tuple(unit.atom.label_at([Fraction(0)] * unit.atom.arity) for unit in program.units),
            [[1]],
        )
        return [CellLimit(reduction, reduction.base_at_pivots, program, cell, upwards)]
    if not walls:
        found = independent_limits(reduction, program, max_faces)
        if found is not None:
            return found
    cut = partition(program, reduced_domain(reduction, walls), max_faces)
    cells = cut.cells
    top = len(cells.levels) - 1
    if top + len(cells.lines) - 1 < reduction.rank:
        return []
    by_word: dict[int, int] = {}
    for index, word in enumerate(cells.face_words()[top]):
        if word & 1:
            by_word.setdefault(word, index)
    # the loop over cones runs on integers: common denominators of the outputs are put off
    scale = lcm(*(c.denominator for row in program.outputs for c in row.values()))
    outputs: tuple[Slots, ...] = tuple(
        {s: c.numerator * (scale // c.denominator) for s, c in row.items()}
        for row in program.outputs
    )
    whole = replace(program, outputs=outputs)
    first: dict[Any, tuple[tuple[Label, ...], int]] = {}
    for word, index in by_word.items():
        labels = program.labels(word)
        rows = whole.affine(labels, selected).outputs
        first.setdefault(tuple(tuple(row[1:]) for row in rows), (labels, index))
    result: list[Limit] = []
    for key in sorted(first):
        labels, index = first[key]
        place = (labels, generator_rows(cells, top, index))
        reduced = tuple(tuple(fraction(c) / scale for c in row) for row in key)
        result.append(CellLimit(reduction, reduced, program, place, upwards))
    return result


def independent_limits(
    reduction: Reduction, program: Program, max_faces: int
) -> list[Limit] | None:
    """The limits if the kinks are linearly independent, so that all combinations of signs occur.

    None if they are not, or not all of them kinks of one linear form. Nothing is cut then: each
    limit is a sum, and the inverse of the forms gives the rays of its cone.
    """
    units, k = program.units, reduction.rank
    if not is_sum_of_kinks(program):
        return None
    forms = [[unit.operands[0].get(i, 0) for i in range(1, k + 1)] for unit in units]
    rays = right_inverse(forms)
    if rays is None:
        return None
    if 2 ** len(units) > max_faces:
        raise TooManyPieces(
            f"expected at most {max_faces} cones, got {2 ** len(units)}; raise max_pieces"
        )
    # relu(y) has the gradient of y on the positive side, 0 on the other
    base = tuple(tuple(fraction(row.get(i, 0)) for i in range(1, k + 1)) for row in program.outputs)
    sums: dict[Matrix, int] = {base: 0}
    for place, form in enumerate(forms):
        factors = [row.get(k + 1 + place, 0) for row in program.outputs]
        steps = [[factor * c for c in form] for factor in factors]
        for matrix, signs in list(sums.items()):
            moved = tuple(
                tuple(v + s for v, s in zip(row, step, strict=True)) if any(step) else row
                for row, step in zip(matrix, steps, strict=True)
            )
            sums.setdefault(moved, signs | 1 << place)
    result: list[Limit] = []
    for matrix in sorted(sums):
        signs = sums[matrix]
        positive = [bool(signs >> i & 1) for i in range(len(units))]
        labels: tuple[Label, ...] = tuple((int(up),) for up in positive)
        own = [[0, *(v if up else -v for v in ray)] for ray, up in zip(rays, positive, strict=True)]
        cell = (labels, [[1, *[0] * k], *own])
        result.append(CellLimit(reduction, matrix, program, cell, ()))
    return result


def right_inverse(forms: Sequence[Sequence[Any]]) -> list[Row] | None:
    """Integer vectors r_j with form_i(r_j) > 0 if i = j and 0 otherwise; None if there are none."""
    count = len(forms)
    # columns 1, …, k are the forms; the columns behind them follow the elimination
    rows = [
        primitive([0, *form, *(int(i == j) for j in range(count))]) for i, form in enumerate(forms)
    ]
    k = len(forms[0]) if forms else 0
    reduced = echelon(rows)
    pivots = [next((j for j, c in enumerate(row) if c), 0) for row in reduced]
    if len(reduced) < count or any(not 1 <= p <= k for p in pivots):
        return None
    result = []
    for j in range(count):
        ray = [Fraction(0)] * k
        for row, p in zip(reduced, pivots, strict=True):
            ray[p - 1] = quotient(row[k + 1 + j], row[p])
        result.append(primitive(ray))
    return result


def lexicographic(program: Program, directions: Sequence[Sequence[Fraction]]) -> Matrix:
    """The gradient of the reduced local function along d1, then d2, … (Nesterov): one pass."""
    point: Any = [Lexicographic(column) for column in zip(*directions, strict=True)]
    labels = program.labels_at(point)
    outputs = program.affine(labels, selected).outputs
    return tuple(tuple(fraction(c) for c in row[1:]) for row in outputs)  # type: ignore[arg-type]


def unit_directions(rank: int, first: Sequence[Fraction] = (), sign: int = 1) -> list[Vector]:
    """`first`, then the coordinate directions: together they decide every tie."""
    axes = [tuple(fraction(sign * (i == j)) for j in range(rank)) for i in range(rank)]
    return [tuple(first), *axes] if first else axes


def sampled_limits(program: Program, rank: int) -> list[Matrix]:
    """Some limits of gradients, along and across the kinks of the first level: no enumeration."""
    tries = sample_directions(program, rank)
    return list(dict.fromkeys(lexicographic(program, own) for own in tries))


def sample_directions(program: Program, rank: int) -> list[list[Vector]]:
    """The directions along which :func:`sampled_limits` looks."""
    if not rank:
        return []
    tries = [unit_directions(rank), unit_directions(rank, sign=-1)]
    for unit in program.units:
        if unit.level > 1:
            break
        forms = [[fraction(row.get(i, 0)) for i in range(1, rank + 1)] for row in unit.operands]
        # a kink is where an operand meets the first one, or zero if it is the only one
        for form in forms[1:] or [[Fraction(0)] * rank]:
            normal = [c - b for c, b in zip(form, forms[0], strict=True)]
            along = _generic(normal)
            for sign in (1, -1):
                across = tuple(sign * c for c in normal)
                tries.append([along, across, *unit_directions(rank)])
    return tries


def _generic(normal: Sequence[Fraction]) -> Vector:
    """A direction orthogonal to a vector, in no special position."""
    guess = [quotient(3**j % 101 + 1, j + 1) for j in range(len(normal))]
    square = dot(normal, normal)
    factor = dot(normal, guess) / square if square else Fraction(0)
    return tuple(g - factor * c for g, c in zip(guess, normal, strict=True))
