"""Engine 1 at work: the face complex of a domain, refined by every unit of a program.

Values of units are kept at the generators (scaled to integers) for as long as later operands
need them; so a kink of a deep network is read off, never pulled back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from piecewise_mt.budget import MAX_LOOKS, allowed_faces, require_bytes, require_work
from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.partition.cutting import cut_directly, cut_stepwise, pick
from piecewise_mt.calculus.partition.domain import empty_domain
from piecewise_mt.calculus.partition.own_faces import require_few_faces
from piecewise_mt.calculus.partition.seams import check_seams
from piecewise_mt.calculus.partition.smooth_kinks import relayed_columns
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import content, fraction, quotient
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.engine import AnyComplex, engine, fitting, new_complex
from piecewise_mt.geometry.generators import REAL
from piecewise_mt.geometry.kernel_rows import Unsuited
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import related
from piecewise_mt.memory import ProcessLock, collector_frozen


@dataclass(frozen=True, slots=True)
class Partition:
    """The refined complex; `strict` are the word bits that a point of the domain must have."""

    cells: AnyComplex
    strict: int


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
    return Cutting(program, domain, max_faces).run(on_cut)


LINE = 24
"""The bytes of one entry of the lines that a complex starts with."""


class Cutting:
    """The refinement of a domain by a program, which may be halted and gone on with.

    What fails or is interrupted is begun anew when it is asked for again.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> x, y = mt.variables("x y")
    >>> cutting = Cutting(compile_program(mt.relu(x) + mt.abs(y)), None, 1000)
    >>> cutting.is_done_by(4), len(cutting.run().cells)
    (False, 18)
    """

    def __init__(self, program: Program, domain: Polyhedron | None, max_faces: int) -> None:
        self.program = program
        self.domain = domain
        self.max_faces = allowed_faces(max_faces)
        self._halted: Refinement | None = None
        self._in_python = False
        self._looks = 0
        self.lock = ProcessLock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Cutting, (self.program, self.domain, self.max_faces)

    def is_done_by(self, faces: int, on_cut: Callable[[int], None] | None = None) -> bool:
        """Refine until there are more faces than these, or to the end: whether it is the end."""
        with self.lock.held(), collector_frozen():
            return self._advanced(faces, on_cut).is_done

    def run(self, on_cut: Callable[[int], None] | None = None) -> Partition:
        """Refine to the end."""
        with self.lock.held(), collector_frozen():
            cells = self._advanced(sys.maxsize, on_cut).cells
            self._halted = None
        cells.on_cut = None
        return Partition(cells, cells.inside)

    def _advanced(self, faces: int, on_cut: Callable[[int], None] | None) -> Refinement:
        own, self._halted = self._halted, None
        try:
            if own is None:
                self._looks = 0
                own = started(
                    self.program, self.domain, self.max_faces, on_cut, in_python=self._in_python
                )
            own.cells.on_cut = on_cut
            while not own.is_done and len(own.cells) <= faces:
                own.step()
                # many kinks in few variables: each cut adds few faces and looks at all of them
                self._looks += len(own.cells)
                require_work(self._looks, "the faces of a function", MAX_LOOKS)
        except Unsuited:
            self._in_python = True
            return self._advanced(faces, on_cut)
        self._halted = own
        return own


def counted(cells: AnyComplex, mask: int) -> tuple[int, ...]:
    """How many faces of each dimension 0, …, a have all bits of a mask."""
    counts = [0] * (cells.dimension + 1)
    shift = len(cells.lines) - 1
    for level, count in enumerate(cells.count(mask)):
        if count:
            counts[level + shift] += count
    return tuple(counts)


def started(
    program: Program,
    domain: Polyhedron | None,
    max_faces: int,
    on_cut: Callable[[int], None] | None = None,
    *,
    in_python: bool = False,
) -> Refinement:
    """The domain as a complex, to be refined by the units of a program.

    Raises
    ------
    OutsideDomain
        If the domain is empty.
    TooManyPieces
        If the domain alone has more faces than fit.
    """
    if domain is not None:
        require_few_faces(domain, max_faces)
    dimension = len(program.names)
    require_bytes(LINE * dimension**2, f"the lines of a space of {dimension} variables")
    in_python = in_python or not program.is_rational or is_irrational_domain(domain)
    rows = 0 if domain is None else len(domain.equations) + len(domain.inequalities)
    bits = program.free_bit + 2 * rows
    cells = (
        FaceComplex(dimension, max_faces, on_cut)
        if in_python
        else new_complex(dimension, max_faces, on_cut, bits)
    )
    strict = _restrict(cells, domain, program.free_bit) if domain is not None else 0
    cells.inside = strict | REAL
    refinement = Refinement(cells, program)
    # kinks behind smooth nodes ask for all faces as lists again and again
    if not in_python and not program.is_smooth and engine().name == "numpy":
        refinement.array_bits = bits
    return refinement


def is_irrational_domain(domain: Polyhedron | None) -> bool:
    """Whether a domain has irrational numbers."""
    rows = () if domain is None else related(domain)
    return any(type(c) is Algebraic for row, _ in rows for c in row)


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
        Refinement(cells, program).run()


def _restrict(cells: AnyComplex, domain: Polyhedron, bit: int) -> int:
    """Cut by the rows of the domain and drop what is outside; return the bits to demand."""
    strict = 0
    for row, relation in related(domain):
        cells.cut(Combination.of(row), bit)
        cells.drop((3 if relation == "=" else 2) << bit)
        if relation == ">":
            strict |= 1 << bit
        bit += 2
    needed = strict | REAL
    if not any(cells.count(needed)):
        raise empty_domain(domain)
    return strict


class Refinement:
    """The pass over the levels of a program."""

    def __init__(self, cells: AnyComplex, program: Program) -> None:
        self.cells = cells
        self.program = program
        self.units = program.units
        self.first = len(program.names) + 1
        self.width = self.first
        # slot -> (column, scale): the column holds scale times the slot
        self.columns: dict[int, tuple[int, Fraction]] = {
            s: (s, Fraction(1)) for s in range(self.first)
        }
        # what has been refined by already, by its combinations of columns: bits and slots
        self.known_kinks: dict[Hashable, int] = {}
        self.known_units: dict[Hashable, int] = {}
        self.known_outputs: dict[Hashable, int] = {}
        self.last_use: dict[int, int] = {}
        for unit in self.units:
            if unit.relayed:
                continue
            for row in unit.operands:
                for slot in row:
                    self.last_use[slot] = max(self.last_use.get(slot, 0), unit.level)

        self.array_bits = 0
        """How many bits words have, if faces may go on in arrays once there are many."""
        self.steps = list(self._steps())
        self.done = 0
        """How many of the steps have been taken."""

    def _steps(self) -> Iterator[tuple[Callable[[Refinement, int], None], int]]:
        """What is done one after the other: methods, and the unit or level that they act on."""
        levels: dict[int, list[int]] = {}
        for index, unit in enumerate(self.units):
            levels.setdefault(unit.level, []).append(index)
        for level in sorted(levels):
            relayed = [i for i in levels[level] if self.units[i].relayed]
            for index in levels[level]:
                if not self.units[index].relayed:
                    yield Refinement._run_unit, index
            for index in relayed:
                yield Refinement._run_relayed, index
            yield Refinement._forget, level

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to refine by."""
        return self.done == len(self.steps)

    @property
    def finished(self) -> list[int]:
        """The units that faces have been refined by."""
        own = (Refinement._run_unit, Refinement._run_relayed)
        return [index for act, index in self.steps[: self.done] if act in own]

    def run(self) -> None:
        while not self.is_done:
            self.step()

    def step(self) -> None:
        """Refine by the next unit, or tidy up after a level."""
        if self.array_bits:
            self.cells = fitting(self.cells, self.array_bits)
        act, index = self.steps[self.done]
        act(self, index)
        self.done += 1

    def copy(self) -> Refinement:
        """One that goes on by itself."""
        twin = copy(self)
        twin.cells = self.cells.copy()
        twin.columns = dict(self.columns)
        twin.known_kinks = dict(self.known_kinks)
        twin.known_units = dict(self.known_units)
        twin.known_outputs = dict(self.known_outputs)
        return twin

    def _run_relayed(self, index: int) -> None:
        """Refine by a unit behind smooth nodes; its output is a formula, not a column."""
        cells, unit, start = self.cells, self.units[index], self.width
        plan = plan_of(unit.atom)
        scale, at_generators, on_lines = relayed_columns(cells, self.program, index)
        cells.append_values(at_generators, on_lines)
        if plan.direct >= 0:
            kinks = [Combination([(start + j, 1)]) for j in range(plan.direct)]
            cut_directly(cells, kinks, unit.bit)
        else:
            cut_stepwise(cells, plan, unit.bit, scale, start)
        grown = sum(step.grown for step in plan.steps)
        cells.delete(range(start, start + len(plan.formulas) + grown))
        check_seams(cells, self.program, unit, self.first + index)

    def _run_unit(self, index: int) -> None:
        """Refine by a unit of affine operands, and append its output if a later one reads it."""
        cells, unit, start = self.cells, self.units[index], self.width
        plan = plan_of(unit.atom)
        slot = self.first + index
        is_read = slot in self.last_use or unit.atom.sides is not None
        width = 0
        if plan.direct >= 0:
            # columns are made when they are cut by: a new generator then has few
            kinks = [self._scaled([form], unit)[0][0] for form in plan.columns]
            cuts = [self._cut_once(k, unit.bit + 2 * j) for j, k in enumerate(kinks)]
            key: Hashable = None
            if is_read:
                outputs, scale = self._scaled(plan.outputs, unit)
                key = (unit.atom.key, scale, *(own.terms for own in (*kinks, *outputs)))
                if self._shared(key, slot):
                    return
                pick(cells, unit.atom, unit.bit, outputs, is_last=all(cuts))
        else:
            columns, whole = self._scaled(plan.columns, unit, plan.factor)
            key = (unit.atom.key, whole, *(column.terms for column in columns))
            known = self.known_units.get(key)
            if known is not None:
                cells.copy_bits(known, unit.bit, unit.atom.bits)
            if known is not None and (not is_read or self._shared(key, slot)):
                return
            width = len(columns) + sum(step.grown for step in plan.steps)
            cells.append(columns)
            # an integer, as sums have constants in its terms
            cut_stepwise(cells, plan, unit.bit, whole.numerator, start)
            self.known_units[key] = unit.bit
            if is_read:
                scale = whole * plan.scale
                sums = [own.at(start, whole.numerator) for own in plan.sums]
                pick(cells, unit.atom, unit.bit, sums)
        cells.delete(range(start, start + width))
        if slot in self.last_use:
            self.columns[slot] = (start, scale)
            self.known_outputs[key] = slot
            self.width += 1
        elif is_read:
            cells.delete(range(start, start + 1))

    def _cut_once(self, kink: Combination, bit: int) -> bool:
        """Cut, or copy the signs of the same kink before; whether it has been cut by."""
        turned = tuple((column, -c) for column, c in kink.terms)
        for key, swapped in ((kink.terms, False), (turned, True)):
            known = self.known_kinks.get(key)
            if known is not None:
                self.cells.copy_bits(known, bit, 2, swapped=swapped)
                return False
        self.cells.cut(kink, bit)
        self.known_kinks[kink.terms] = bit
        return True

    def _shared(self, key: Hashable, slot: int) -> bool:
        """Let a slot have the column of the same unit before, if there is one."""
        known = self.known_outputs.get(key)
        if known is None:
            return False
        if slot in self.last_use:
            self.columns[slot] = self.columns[known]
        return True

    def _scaled(
        self, forms: Sequence[Form], unit: Unit, factor: int = 0
    ) -> tuple[list[Combination], Fraction]:
        """Forms of a unit's operands as integer combinations of columns, and their common scale.

        With a `factor` the scale is an integer, and the factor divides the combinations.
        """
        rows: list[list[tuple[int, int, int]]] = []
        for coefficients, constant in forms:
            row = []
            for slot, value in _combined(coefficients, constant, unit.operands).items():
                if value:
                    column, own = self.columns[slot]
                    over = value.numerator * own.denominator
                    under = value.denominator * own.numerator
                    try:
                        divisor = gcd(over, under)
                    except TypeError:
                        divisor = content([over, under])
                    row.append((column, over // divisor, under // divisor))
            row.sort()
            rows.append(row)
        whole = lcm(*(under for row in rows for _, _, under in row))
        found = [[(column, over * (whole // under)) for column, over, under in row] for row in rows]
        if factor:
            found = [[(column, factor * value) for column, value in row] for row in found]
            return list(map(Combination, found)), fraction(factor * whole)
        try:
            common = gcd(*(value for row in found for _, value in row)) or 1
        except TypeError:
            common = content(value for row in found for _, value in row)
        if common > 1:
            found = [[(column, value // common) for column, value in row] for row in found]
        return list(map(Combination, found)), quotient(whole, common)

    def _forget(self, level: int) -> None:
        """Delete the columns that no later level reads."""
        live = {
            column
            for slot, (column, _) in self.columns.items()
            if slot < self.first or self.last_use[slot] > level
        }
        dead = sorted({column for column, _ in self.columns.values()} - live, reverse=True)
        stop = 0
        for place, column in enumerate(dead):
            if not place or dead[place - 1] != column + 1:
                stop = column + 1
            if place + 1 == len(dead) or dead[place + 1] != column - 1:
                self.cells.delete(range(column, stop))
        self.width -= len(dead)
        gone = set(dead)
        self.columns = {
            slot: (column - sum(d < column for d in dead), scale)
            for slot, (column, scale) in self.columns.items()
            if column not in gone
        }
        if dead:
            # columns have new numbers
            for known in (self.known_kinks, self.known_units, self.known_outputs):
                known.clear()


def _combined(
    coefficients: Sequence[int | Fraction], constant: int | Fraction, operands: Sequence[Slots]
) -> Slots:
    """A form of a unit's operands as one of slots."""
    total: Slots = {0: constant} if constant else {}
    for c, operand in zip(coefficients, operands, strict=True):
        if c == 1 and not total:
            total = dict(operand)
        elif c:
            for slot, value in operand.items():
                total[slot] = total.get(slot, 0) + c * value
    return total


def generator_rows(cells: AnyComplex, level: int, index: int) -> Sequence[Sequence[int]]:
    """The coordinates (x0, x1, …, xa) of the generators of a face, as primitive rows."""
    return cells.coordinates_of(level, index)
