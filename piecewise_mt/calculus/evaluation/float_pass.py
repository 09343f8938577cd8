"""The forward pass of a program at many points of floats, every label decided by a bound.

The numbers are those of :mod:`piecewise_mt.calculus.evaluation.float_rows`. A point one of whose
kinks is in doubt is *doubtful*: exact arithmetic must decide it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.float_rows import (
    WIDEST,
    Rows,
    columns,
    grid_of,
    let_in,
    limit_of,
    lowest_bits,
    patterns,
    radius_of,
)
from piecewise_mt.calculus.evaluation.forward import combined
from piecewise_mt.calculus.evaluation.program import Program, Slots
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.atoms.base import Atom, Form, Mixture

CELLS = 2**17
"""So many doubles are held in a block of points: what a cache holds."""


@dataclass(slots=True)
class Enclosed:
    """Doubles and radii of one quantity of each unit of a group, points along the last axis."""

    value: Any
    radius: Any
    same: Any
    """Numbers of which two that are equal, and not negative, belong to equal quantities."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass found, points along the last axis."""

    values: Any
    radii: Any
    words: list[Any]
    """The bits of every unit's marks, in columns of 64, if they were asked for."""
    doubtful: Any


def is_let_in(program: Program) -> bool:
    """Whether the proof covers the numbers of a program; if not, exact arithmetic is left."""
    if program.smooth:
        return False
    rows = [row for unit in program.units for row in unit.operands]
    rows += program.outputs
    used = {c for row in rows for c in row.values()}
    for atom in {id(unit.atom): unit.atom for unit in program.units}.values():
        mixtures = [*atom.marks(), *map(_as_mixture, atom.outputs())]
        for kink in atom.kinks():
            mixtures += [kink.form, *(m for pair in kink.selected for m in pair)]
        used |= {c for m in mixtures for c in (m.constant, *(factor for _, factor in m.terms))}
    return all(map(let_in, used)) and all(len(row) < WIDEST for row in rows)


def _as_mixture(form: Form) -> Mixture:
    return Mixture(tuple((i, c) for i, c in enumerate(form.coefficients) if c), form.constant)


class FloatPass:
    """A program that is let in, ready for blocks of points."""

    def __init__(self, program: Program) -> None:
        import numpy

        self.numpy = numpy
        self.program = program
        self.first = len(program.names) + 1
        slots = self.first + len(program.units)
        self.block = max(2**10, min(2**13, CELLS // slots))
        grids = [0] * slots
        twins = self._equal_slots()
        levels: dict[int, list[int]] = {}
        for index, unit in enumerate(program.units):
            levels.setdefault(unit.level, []).append(index)
        self._layers: list[tuple[Rows, list[_Group]]] = []
        for _, members in sorted(levels.items()):
            wanted = [_renamed(row, twins) for i in members for row in program.units[i].operands]
            rows = Rows(numpy, wanted, grids)
            places = iter(rows.places)
            alike: dict[int, list[tuple[int, list[int]]]] = {}
            for i in members:
                own = [next(places) for _ in program.units[i].operands]
                alike.setdefault(id(program.units[i].atom), []).append((i, own))
            groups = [_Group(numpy, program, own, rows, grids) for own in alike.values()]
            self._layers.append((rows, groups))
        self._outputs = Rows(numpy, program.outputs, grids)

    def _equal_slots(self) -> dict[int, int]:
        """For units of equal atoms and operands, the slot of the first of them."""
        twins: dict[int, int] = {}
        seen: dict[Any, int] = {}
        for slot, unit in enumerate(self.program.units, start=self.first):
            rows = tuple(frozenset(_renamed(row, twins).items()) for row in unit.operands)
            twins[slot] = seen.setdefault((unit.atom.key, rows), slot)
        return twins

    def __reduce__(self) -> tuple[Any, ...]:
        # modules cannot be pickled
        return FloatPass, (self.program,)

    def run(self, points: Any, *, labels: bool) -> Passed:
        """Values, radii and labels at the columns of `points`, one row a variable."""
        numpy, count = self.numpy, points.shape[1]
        slots = self.first + len(self.program.units)
        values = numpy.zeros((slots, count))
        radii = numpy.zeros((slots, count))
        values[0] = 1
        values[1 : self.first] = points
        lowest = lowest_bits(numpy, points)
        doubtful = numpy.zeros(count, dtype=bool)
        flags = None
        if labels:
            flags = numpy.zeros((-(-self.program.free_bit // 64) * 64, count), dtype=bool)
        # what overflows is not finite, and so doubtful
        with numpy.errstate(all="ignore"):
            for rows, groups in self._layers:
                found = rows.at(values, radii, lowest)
                for group in groups:
                    group.run(*found, lowest, doubtful, flags, values, radii)
            value, radius = self._outputs.at(values, radii, lowest)
        doubtful |= ~(numpy.isfinite(value) & numpy.isfinite(radius)).all(axis=0)
        places = self._outputs.places
        words = [] if flags is None else columns(numpy, flags)
        return Passed(value[places], radius[places], words, doubtful)


def _renamed(row: Slots, twins: dict[int, int]) -> Slots:
    result: Slots = {}
    for slot, c in row.items():
        to = twins.get(slot, slot)
        total = result.get(to, 0) + c
        if total:
            result[to] = total
        else:
            result.pop(to, None)
    return result


class _Group:
    """The units of one level that have the same atom, taken together."""

    def __init__(
        self,
        numpy: Any,
        program: Program,
        members: Sequence[tuple[int, list[int]]],
        rows: Rows,
        grids: list[int],
    ) -> None:
        self.numpy = numpy
        units = [program.units[i] for i, _ in members]
        self.atom: Atom = units[0].atom
        self.kinks, self.marks = self.atom.kinks(), self.atom.marks()
        self.outputs = [_as_mixture(form) for form in self.atom.outputs()]
        self.bits = [unit.bit for unit in units]
        self.slots: Any = [len(program.names) + 1 + i for i, _ in members]
        operands = list(zip(*(places for _, places in members)))
        self.places = [numpy.array(own) for own in operands]
        # one list of grids a known value, one number a unit
        self.grids = [[rows.grids[place] for place in own] for own in operands]
        self.limits: dict[Mixture, Any] = {}
        for kink in self.kinks:
            self._follow(kink.form)
            for first, second in kink.selected:
                self.grids.append(list(map(max, self._follow(first), self._follow(second))))
        for mark in self.marks:
            self._follow(mark)
        for slot, own in zip(self.slots, zip(*map(self._follow, self.outputs))):
            grids[slot] = max(own)
        self.is_narrow = 2 * len(self.marks) <= 16
        # which output belongs to the signs of the marks; -2 is not known yet, -1 none
        self.taken = numpy.full(1 << (2 * len(self.marks)) if self.is_narrow else 0, -2)

    def _follow(self, mixture: Mixture) -> list[int]:
        """The grids of a mixture, which is made ready."""
        known = self.grids
        found = [
            grid_of([(mixture.constant, 0), *((c, known[i][u]) for i, c in mixture.terms)])
            for u in range(len(self.bits))
        ]
        self.limits[mixture] = self.numpy.array([[limit_of(grid)] for grid in found])
        return [grid or 0 for grid in found]

    def run(
        self,
        found: Any,
        spread: Any,
        lowest: Any,
        doubtful: Any,
        flags: Any,
        values: Any,
        radii: Any,
    ) -> None:
        """Write the units' values and radii, their labels into `flags`, and what is doubtful."""
        numpy = self.numpy
        known = [Enclosed(found[p], spread[p], p.reshape(-1, 1)) for p in self.places]
        signs: dict[Mixture, tuple[Any, Any]] = {}
        for kink in self.kinks:
            own = signs[kink.form] = self._signs(kink.form, known, lowest, doubtful)
            for first, second in kink.selected:
                one, other = self._mixed(first, known, lowest), self._mixed(second, known, lowest)
                pairs = ((getattr(one, a), getattr(other, a)) for a in Enclosed.__slots__)
                known.append(Enclosed(*(numpy.where(own[0], a, b) for a, b in pairs)))
        told = [
            signs.get(mark) or self._signs(mark, known, lowest, doubtful) for mark in self.marks
        ]
        if flags is not None:
            for i, pair in enumerate(told):
                for k, sign in enumerate(pair):
                    flags[[bit + 2 * i + k for bit in self.bits]] = sign
        taken = self._taken(told, len(lowest))
        value, radius = numpy.zeros(taken.shape), numpy.zeros(taken.shape)
        for k, mixture in enumerate(self.outputs):
            here = taken == k
            if (mixture.terms or mixture.constant) and here.any():
                entry = self._mixed(mixture, known, lowest)
                numpy.copyto(value, entry.value, where=here)
                numpy.copyto(radius, entry.radius, where=here)
        doubtful |= (taken < 0).any(axis=0)
        values[self.slots], radii[self.slots] = value, radius

    def _signs(
        self, form: Mixture, known: list[Enclosed], lowest: Any, doubtful: Any
    ) -> tuple[Any, Any]:
        """Where a form is positive and where negative; where that is not plain is doubtful."""
        height = self._mixed(form, known, lowest)
        positive, negative = height.value > height.radius, height.value < -height.radius
        # what is not a number is neither
        doubtful |= ~(positive | negative | (height.radius == 0)).all(axis=0)
        return positive, negative

    def _mixed(self, mixture: Mixture, known: list[Enclosed], lowest: Any) -> Enclosed:
        terms = [(known[i], float(c)) for i, c in mixture.terms]
        constant = float(mixture.constant)
        if len(terms) == 1 and terms[0][1] == 1 and not constant:
            return terms[0][0]
        numpy = self.numpy
        value = numpy.full((len(self.bits), len(lowest)), constant)
        size, carried = abs(value), numpy.zeros(value.shape)
        for entry, c in terms:
            value += c * entry.value
            size += abs(c) * abs(entry.value)
            carried += abs(c) * entry.radius
        radius = radius_of(carried, size, len(terms) + 1, self.limits[mixture], lowest)
        if len(terms) == 2 and not constant and terms[0][1] == -terms[1][1]:
            # a quantity less itself
            first, second = terms[0][0].same, terms[1][0].same
            equal = numpy.broadcast_to((first == second) & (first >= 0), value.shape)
            value[equal] = radius[equal] = 0
        return Enclosed(value, radius, numpy.array([[-1]]))

    def _taken(self, told: Sequence[tuple[Any, Any]], count: int) -> Any:
        """The output that each unit takes at each point, -1 where the signs mean nothing."""
        numpy = self.numpy
        if self.is_narrow:
            bits = numpy.zeros((len(self.bits), count), dtype=numpy.int64)
            for i, (positive, negative) in enumerate(told):
                bits += (1 << (2 * i)) * positive.astype(numpy.int64)
                bits += (2 << (2 * i)) * negative.astype(numpy.int64)
            taken = self.taken[bits]
            if (taken == -2).any():
                for own in numpy.unique(bits[taken == -2]).tolist():
                    self.taken[own] = self._output(own)
                taken = self.taken[bits]
            return taken
        flat = [flag.reshape(-1) for pair in told for flag in pair]
        flat += [numpy.zeros_like(flat[0])] * (-len(flat) % 64)
        words, place = patterns(numpy, columns(numpy, numpy.array(flat)), len(flat[0]))
        return numpy.array(list(map(self._output, words)))[place].reshape(len(self.bits), count)

    def _output(self, bits: int) -> int:
        """Which output the atom has where its marks have these signs; -1 if there is none."""
        try:
            return int(self.atom.output(self.atom.label(bits)))
        except (LookupError, PiecewiseError):
            # bits of what is doubtful need not mean anything
            return -1


def exact_pass(program: Program, point: Sequence[Fraction]) -> tuple[tuple[Any, ...], list[Any]]:
    """The labels of all units and the outputs at an exact point."""
    slots: dict[int, Any] = dict(enumerate((Fraction(1), *point)))
    labels = []
    for slot, _, here in program.forward(point):
        slots[slot] = here.value
        labels.append(here.label)
    return tuple(labels), [combined(row.items(), slots) for row in program.outputs]
