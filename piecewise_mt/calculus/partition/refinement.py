"""Engine 1 at work: the face complex of a domain, refined by every unit of a program.

Values of units are kept at the generators (scaled to integers) for as long as later operands
need them; so a kink of a deep network is read off, never pulled back.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul

from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.partition.cutting import cut
from piecewise_mt.calculus.partition.smooth_kinks import check_seams, relayed_columns
from piecewise_mt.errors import OutsideDomain
from piecewise_mt.exact.linear import Row
from piecewise_mt.geometry.complex import REAL, FaceComplex
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True, slots=True)
class Partition:
    """The refined complex; `strict` are the word bits that a point of the domain must have."""

    cells: FaceComplex
    strict: int


@contextmanager
def collector_frozen() -> Iterator[None]:
    """Keep the cyclic garbage collector from walking millions of tuples again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def partition(
    program: Program,
    domain: Polyhedron | None,
    max_faces: int,
    on_cut: Callable[[int], None] | None = None,
) -> Partition:
    """All faces on which the labels of all units are constant.

    Raises
    ------
    OutsideDomain
        If the domain is empty.
    NotContinuous
        From a ``where`` that jumps inside the domain.
    TooManyPieces
        If more than `max_faces` faces arise.
    """
    with collector_frozen():
        cells = FaceComplex(len(program.names), max_faces, on_cut)
        strict = _restrict(cells, domain, program.free_bit) if domain is not None else 0
        cells.inside = strict | REAL
        _Refinement(cells, program).run()
    return Partition(cells, cells.inside)


def refine_by(cells: FaceComplex, program: Program) -> None:
    """Refine the complex of all faces of one closed polyhedron by every unit of a program.

    Faces with equal words are joined, so the polyhedron's own faces must have different ones: a
    bit for each facet says that the height over it is positive. (It must be a function that is
    linear on faces; a bit for each vertex would not be the same all over a face's interior.)
    """
    top = len(cells.levels) - 1
    (polyhedron,) = cells.levels[top]
    for position, facet in enumerate(polyhedron):
        on_facet = set(cells.generators_of(top - 1, facet))
        for index in range(len(cells.generators)):
            if index not in on_facet:
                cells.words[index] |= 1 << (program.free_bit + position)
    with collector_frozen():
        _Refinement(cells, program).run()


def _restrict(cells: FaceComplex, domain: Polyhedron, bit: int) -> int:
    """Cut by the rows of the domain and drop what is outside; return the bits to demand."""
    strict = 0
    rows: list[tuple[Row, str]] = [(row, "=") for row in domain.equations]
    rows += [(row, ">" if is_strict else ">=") for row, is_strict in domain.inequalities]
    for row, relation in rows:
        for generator in (*cells.generators, *cells.lines):
            generator.append(sum(map(mul, row, generator)))
        cells.refine(1 << bit, 2 << bit)
        for generator in (*cells.generators, *cells.lines):
            generator.pop()
        cells.drop((3 if relation == "=" else 2) << bit)
        if relation == ">":
            strict |= 1 << bit
        bit += 2
    needed = strict | REAL
    if not any(word & needed == needed for words in cells.face_words() for word in words):
        raise OutsideDomain(
            f"expected a domain with at least one point, got {domain}, which is empty; "
            "check its bounds"
        )
    return strict


class _Refinement:
    """The pass over the levels of a program."""

    def __init__(self, cells: FaceComplex, program: Program) -> None:
        self.cells = cells
        self.program = program
        self.units = program.units
        self.first = len(program.names) + 1
        # slot -> (column, scale): the column holds scale times the slot
        self.columns: dict[int, tuple[int, int]] = {s: (s, 1) for s in range(self.first)}
        self.last_use: dict[int, int] = {}
        for unit in self.units:
            if unit.relayed:
                continue
            for row in unit.operands:
                for slot in row:
                    self.last_use[slot] = max(self.last_use.get(slot, 0), unit.level)

    def run(self) -> None:
        levels: dict[int, list[int]] = {}
        for index, unit in enumerate(self.units):
            levels.setdefault(unit.level, []).append(index)
        for level in sorted(levels):
            relayed = [i for i in levels[level] if self.units[i].relayed]
            self._run_level(level, [i for i in levels[level] if not self.units[i].relayed])
            for index in relayed:
                self._run_relayed(index)
            self._forget(level)

    def _run_relayed(self, index: int) -> None:
        """Refine by a unit behind smooth nodes; its output is a formula, not a column."""
        cells, unit = self.cells, self.units[index]
        scale, at_generators, on_lines = relayed_columns(cells, self.program, index)
        for row, heights in zip(cells.generators, at_generators, strict=True):
            row += heights
        for row, heights in zip(cells.lines, on_lines, strict=True):
            row += heights
        cut(cells, unit.atom, unit.bit, scale, picks=False)
        check_seams(cells, self.program, unit, self.first + index)

    def _run_level(self, level: int, members: list[int]) -> None:
        cells = self.cells
        rows: list[list[int]] = []
        scales: dict[int, int] = {}
        # a stack: the first unit's columns are on top, each unit pops its own
        for index in reversed(members):
            scales[index], unit_rows = self._scaled_columns(self.units[index])
            rows += unit_rows
        for generator in (*cells.generators, *cells.lines):
            generator += [sum(map(mul, row, generator)) for row in rows]
        base = self.first + sum(slot >= self.first for slot in self.columns)
        for index in members:
            unit = self.units[index]
            outputs, on_lines = cut(cells, unit.atom, unit.bit, scales[index])
            slot = self.first + index
            if slot in self.last_use:
                for row, value in zip(cells.generators, outputs, strict=True):
                    row.insert(base, value)
                for row, value in zip(cells.lines, on_lines, strict=True):
                    row.insert(base, value)
                self.columns[slot] = (base, scales[index] * plan_of(unit.atom).scale)
                base += 1

    def _scaled_columns(self, unit: Unit) -> tuple[int, list[list[int]]]:
        """The unit's columns as integer rows over the current columns, times a common scale."""
        forms: list[Slots] = []
        plan = plan_of(unit.atom)
        for coefficients, constant in plan.columns:
            total: Slots = {0: constant}
            for c, operand in zip(coefficients, unit.operands, strict=True):
                if c:
                    for slot, value in operand.items():
                        total[slot] = total.get(slot, Fraction(0)) + c * value
            forms.append(total)
        rational = [
            {self.columns[s][0]: Fraction(value, self.columns[s][1]) for s, value in form.items()}
            for form in forms
        ]
        scale = lcm(*(value.denominator for form in rational for value in form.values()))
        scale *= plan.factor
        width = len(self.columns)
        result = []
        for form in rational:
            row = [0] * width
            for column, value in form.items():
                row[column] = int(value * scale)
            result.append(row)
        return scale, result

    def _forget(self, level: int) -> None:
        """Delete the columns that no later level reads."""
        dead = sorted(
            (
                column
                for slot, (column, _) in self.columns.items()
                if slot >= self.first and self.last_use[slot] <= level
            ),
            reverse=True,
        )
        for column in dead:
            for row in (*self.cells.generators, *self.cells.lines):
                del row[column]
        gone = set(dead)
        self.columns = {
            slot: (column - sum(d < column for d in dead), scale)
            for slot, (column, scale) in self.columns.items()
            if column not in gone
        }


def generator_rows(cells: FaceComplex, level: int, index: int) -> Sequence[Sequence[int]]:
    """The coordinates (x0, x1, …, xa) of the generators of a face."""
    width = cells.dimension + 1
    return [cells.generators[g][:width] for g in cells.generators_of(level, index)]
