"""The full-dimensional cells of a function on a box, found one by one by linear programs.

The box's own faces are never enumerated. A search decides one kink of one unit after the other; the
side on which an inner point of the cell lies needs no proof, the other one a linear program
(:mod:`piecewise_mt.exact.cube_programs`), whose size is that of the kinks and not of the box. What
is asked may bound the function on a cell whose units are not all decided, and leave it at that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from piecewise_mt.calculus.partition.switching import Line, Sparse, Switch, Switching
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.cube_programs import (
    CubeFarkas,
    CubePoint,
    CubeRow,
    maximize_on_cube,
)
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.atoms.base import Mixture

MOST_CELLS = 2000
"""So many cells, in part or whole, are looked at before the search gives up."""


FINE = 1 << 64
"""Bounds of derivatives are whole multiples of its reciprocal, rounded outwards."""


class Dense(NamedTuple):
    """An affine form (c0, c1, …) of the cube's variables, times a denominator."""

    denominator: int
    row: list[int]


class Mixed(NamedTuple):
    """One with switches beside it."""

    denominator: int
    row: list[int]
    switches: dict[int, int]


def dense_sum(
    terms: Sequence[tuple[int, int, Dense]], constant: Fraction | int, width: int
) -> Dense:
    """Σ over/under·form + constant."""
    constant = fraction(constant)
    scale = lcm(constant.denominator, *(under * form.denominator for _, under, form in terms))
    total = [0] * width
    for over, under, form in terms:
        factor = over * (scale // (under * form.denominator))
        if factor:
            total = [t + factor * c for t, c in zip(total, form.row)]
    total[0] += constant.numerator * (scale // constant.denominator)
    common = gcd(scale, *total)
    if common > 1:
        return Dense(scale // common, [c // common for c in total])
    return Dense(scale, total)


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the cube on which some switches are decided."""

    rows: tuple[CubeRow, ...]
    point: CubePoint
    """A point at which all rows are positive, inside the cube, but for `side`."""
    forms: Mapping[int, Dense]
    """Those of the switches that are decided."""
    slot: int = 0
    """The switch that is being decided, 0 for none."""
    known: tuple[Dense, ...] = ()
    """Its operands, and what its kinks have selected."""
    step: int = 0
    """How many of its kinks are decided."""
    bits: int = 0
    """Their signs, as those of marks are kept."""
    side: CubeRow | None = None
    """A row that need not be positive anywhere on the cell; it is the last one of `rows`."""


class Asked(ABC):
    """What is asked of all cells."""

    needs_interior: bool
    """Whether cells without inner points are to be left out."""
    preferred: Sequence[int] = ()
    """The switches to decide first on the cell that was not settled last."""

    @abstractmethod
    def is_settled(self, cell: Cell) -> bool:
        """Whether nothing more is to be learned from a cell, which may be empty."""

    @abstractmethod
    def see(self, cell: Cell) -> None:
        """A cell with inner points on which everything is decided."""


class BoxCells:
    """The cells of a program on a box that is the unit cube of its switching.

    Examples
    --------
    A kink at x = 1/2 of [0, 1], and one that is never reached; the tie has no inner points:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program
    >>> from piecewise_mt.calculus.partition.switching import Box
    >>> x = mt.variable("x")
    >>> program = compile_program(mt.relu(x - Fraction(1, 2)) + mt.relu(-1 - mt.abs(x)))
    >>> cells = BoxCells(Switching(program, Box((Fraction(0),), (Fraction(1),))), ())
    >>> class Slopes(Asked):
    ...     needs_interior = True
    ...     def is_settled(self, cell):
    ...         return False
    ...     def see(self, cell):
    ...         print(cells.output(cell, 0).row)
    >>> cells.search(Slopes())
    [-1, 2]
    [0, 0]
    """

    def __init__(self, switching: Switching, rows: Sequence[Sparse]) -> None:
        self.switching = switching
        first = switching.first
        every = [form for own in switching.switches.values() for form in own.operands]
        read = {slot for form in (*every, *switching.outputs, *rows) for slot in form.of}
        self.live = sorted(slot for slot in read if 0 < slot < first)
        """The variables that anything depends on."""
        self.width = len(self.live) + 1
        self._place = {0: 0, **{slot: k for k, slot in enumerate(self.live, start=1)}}
        self._operands = {
            slot: [self.mixed(form) for form in own.operands]
            for slot, own in switching.switches.items()
        }
        self.outputs = [self.mixed(form) for form in switching.outputs]
        self.given = [CubeRow(self.mixed(row).row) for row in rows]
        self._order = self._by_weight()
        self._needs_points = not all(own.is_told_by_kinks for own in switching.switches.values())

    def mixed(self, form: Sparse) -> Mixed:
        """A form of slots with a place for every variable."""
        row = [0] * self.width
        switches = {}
        for slot, c in form.of.items():
            if slot < self.switching.first:
                row[self._place[slot]] = c
            else:
                switches[slot] = c
        return Mixed(form.denominator, row, switches)

    def _by_weight(self) -> list[int]:
        """The switches, those first that leave most open of what the outputs are."""
        weight = dict.fromkeys(self.switching.switches, Fraction(0))
        for output in self.switching.outputs:
            own = {s: abs(Fraction(c, output.denominator)) for s, c in output.of.items()}
            for slot in sorted(weight, reverse=True):
                c = own.get(slot)
                if not c:
                    continue
                switch = self.switching.switches[slot]
                weight[slot] += c * _gap(switch)
                for (low, high), operand in zip(switch.weights, switch.operands, strict=True):
                    by = c * max(abs(low), abs(high)) / operand.denominator
                    for s, v in operand.of.items():
                        if s >= self.switching.first:
                            own[s] = own.get(s, Fraction(0)) + by * abs(v)
        return sorted(weight, key=lambda slot: (-weight[slot], slot))

    def decided(self, form: Mixed, forms: Mapping[int, Dense]) -> Dense:
        """A form whose switches are decided."""
        terms = [(c, form.denominator, forms[slot]) for slot, c in form.switches.items()]
        return dense_sum([(1, 1, Dense(form.denominator, form.row)), *terms], 0, self.width)

    def output(self, cell: Cell, which: int) -> Dense:
        """An output on a cell on which everything is decided."""
        return self.decided(self.outputs[which], cell.forms)

    def bounding(self, cell: Cell, form: Mixed, sign: int) -> tuple[Dense, dict[int, Fraction]]:
        """A form of variables alone that is above the given one on a cell (1), or below it (-1).

        With it the factors of the switches that are replaced by a bound.
        """
        terms = [(1, 1, Dense(form.denominator, form.row))]
        left = {slot: Fraction(c, form.denominator) for slot, c in form.switches.items()}
        constant, open_ = Fraction(0), {}
        while left:
            slot = max(left)
            c = left.pop(slot)
            if not c:
                continue
            known = cell.forms.get(slot)
            if known is not None:
                terms.append((c.numerator, c.denominator, known))
                continue
            open_[slot] = c
            line = self._line(slot, c, sign)
            constant += c * line.constant
            for k, slope in line.slopes:
                by = c * slope
                operand = self._operands[slot][k]
                terms.append(
                    (by.numerator, by.denominator, Dense(operand.denominator, operand.row))
                )
                for s, v in operand.switches.items():
                    left[s] = left.get(s, Fraction(0)) + by * Fraction(v, operand.denominator)
        return dense_sum(terms, constant, self.width), open_

    def _line(self, slot: int, factor: Fraction, sign: int) -> Line:
        own = self.switching.switches[slot]
        return own.above if factor * sign > 0 else own.below

    def slopes(self, cell: Cell, form: Mixed) -> list[tuple[int, int]]:
        """Between which numbers the derivatives of a form on a cell are, times `FINE`."""
        scale = form.denominator
        low = [FINE * c // scale for c in form.row[1:]]
        high = [-(-FINE * c // scale) for c in form.row[1:]]
        left = {s: (FINE * c // scale, -(-FINE * c // scale)) for s, c in form.switches.items()}
        while left:
            slot = max(left)
            down, up = left.pop(slot)
            known = cell.forms.get(slot)
            given: list[tuple[int, int, Mixed]] = []
            if known is not None:
                given.append((down, up, Mixed(*known, {})))
            else:
                weights = self.switching.switches[slot].weights
                for (least, most), operand in zip(weights, self._operands[slot], strict=True):
                    ends = [least * down, least * up, most * down, most * up]
                    given.append((floor(min(ends)), ceil(max(ends)), operand))
            for a, b, (d, row, switches) in given:
                low = [v + (a if c > 0 else b) * c // d for v, c in zip(low, row[1:])]
                high = [v - (-(b if c > 0 else a) * c // d) for v, c in zip(high, row[1:])]
                for s, c in switches.items():
                    p, q = left.get(s, (0, 0))
                    down, up = (a * c, b * c) if c > 0 else (b * c, a * c)
                    left[s] = p + down // d, q - (-up // d)
        return list(zip(low, high))

    def at(self, point: CubePoint) -> tuple[list[Fraction], dict[int, list[Fraction]]]:
        """The outputs at a point of the cube, and the operands of all switches."""
        values: dict[int, Fraction] = {}
        operands: dict[int, list[Fraction]] = {}

        def height(form: Mixed) -> Fraction:
            total = Fraction(
                sum(map(int.__mul__, form.row, (point.denominator, *point.numerators))),
                point.denominator,
            )
            total += sum((c * values[s] for s, c in form.switches.items()), Fraction(0))
            return total / form.denominator

        for slot, switch in self.switching.switches.items():
            operands[slot] = [height(form) for form in self._operands[slot]]
            values[slot] = switch.value(operands[slot])
        return [height(form) for form in self.outputs], operands

    def widest(
        self, point: CubePoint, open_: Mapping[int, Fraction], sign: int
    ) -> tuple[Fraction, list[int]]:
        """The first output at a point, and the switches whose bounds are far off there first."""
        (value, *_), operands = self.at(point)
        gaps = []
        for slot, factor in open_.items():
            given = operands[slot]
            line = self._line(slot, factor, sign)
            bound = sum((s * given[k] for k, s in line.slopes), line.constant)
            gaps.append((-abs(factor * (bound - self.switching.switches[slot].value(given))), slot))
        return value, [slot for gap, slot in sorted(gaps) if gap]

    def _start(self) -> Cell | None:
        """The whole domain; None if it has no inner points."""
        cell: Cell | None = Cell((), CubePoint(2, (1,) * (self.width - 1)), {})
        for row in self.given:
            if cell is None:
                break
            cell = self._inside(replace(cell, rows=(*cell.rows, row), side=row))
        return cell

    def has_inner_points(self) -> bool:
        """Whether the domain has points inside the box at which its other rows are positive."""
        return self._start() is not None

    def search(self, asked: Asked) -> None:
        """Go through all cells.

        Raises
        ------
        TooManyPieces
            If they are more than `MOST_CELLS`, in part or whole.
        """
        start = self._start()
        if start is None:
            return
        stack, count = [start], 0
        while stack:
            cell = stack.pop()
            count += 1
            if count > MOST_CELLS:
                raise TooManyPieces(
                    f"expected at most {MOST_CELLS} cells on the box, got more from "
                    f"{len(self._order)} units that switch on it; take a smaller one"
                )
            if asked.is_settled(cell):
                continue
            own: Cell | None = cell
            if asked.needs_interior or self._needs_points:
                own = self._inside(cell)
            if own is None:
                continue
            found = self._branched(own, asked.preferred)
            if isinstance(found, Cell):
                asked.see(found)
            else:
                stack += found

    def _inside(self, cell: Cell) -> Cell | None:
        """The cell with an inner point; None if it has none."""
        side = cell.side
        if side is None or side.at(cell.point) > 0:
            return replace(cell, side=None)
        before = cell.rows[:-1]
        if side.range[1] <= 0:
            return None
        found = maximize_on_cube(side, before)
        if isinstance(found, CubeFarkas) or found.value <= 0:
            return None
        return replace(cell, side=None, point=_between(cell.point, found.point, side, before))

    def _branched(self, cell: Cell, preferred: Sequence[int]) -> Cell | list[Cell]:
        """The two sides of the next kink, or the cell itself if there is none."""
        while True:
            if not cell.slot:
                slot = self._next(cell, preferred)
                if not slot:
                    return cell
                known = tuple(self.decided(form, cell.forms) for form in self._operands[slot])
                cell = replace(cell, slot=slot, known=known, step=0, bits=0)
            switch = self.switching.switches[cell.slot]
            if cell.step == len(switch.kinks):
                cell = self._finished(cell, self._label_bits(cell, switch))
                continue
            form = self._mixture(switch.kinks[cell.step].form, cell.known)
            row = CubeRow(form.row)
            low, high = row.range
            if low >= 0 or high <= 0:
                cell = self._stepped(cell, switch, 1 if high > 0 else -1 if low < 0 else 0)
                continue
            back = CubeRow([-c for c in form.row])
            sides = [
                replace(
                    self._stepped(cell, switch, sign),
                    rows=(*cell.rows, own),
                    side=own,
                )
                for own, sign in ((row, 1), (back, -1))
            ]
            # the one with the point is looked at first
            return sides if back.at(cell.point) > 0 else sides[::-1]

    def _next(self, cell: Cell, preferred: Sequence[int]) -> int:
        """A switch whose operands are decided; 0 if all switches are."""
        for slot in (*preferred, *self._order):
            if slot not in cell.forms and all(
                s in cell.forms for form in self._operands[slot] for s in form.switches
            ):
                return slot
        return 0

    def _mixture(self, mixture: Mixture, known: Sequence[Dense]) -> Dense:
        terms = []
        for index, c in mixture.terms:
            by = fraction(c)
            terms.append((by.numerator, by.denominator, known[index]))
        return dense_sum(terms, fraction(mixture.constant), self.width)

    def _stepped(self, cell: Cell, switch: Switch, sign: int) -> Cell:
        """The cell with one more kink decided, and the switch, too, if kinks tell its label."""
        pairs = switch.kinks[cell.step].selected
        new = [self._mixture(pair[0 if sign > 0 else 1], cell.known) for pair in pairs]
        bits = cell.bits | (0, 1, 2)[sign] << (2 * cell.step)
        cell = replace(cell, known=(*cell.known, *new), step=cell.step + 1, bits=bits)
        if cell.step == len(switch.kinks) and switch.is_told_by_kinks:
            return self._finished(cell, bits)
        return cell

    def _label_bits(self, cell: Cell, switch: Switch) -> int:
        """The signs of the marks at the inner point: they have one sign all over the cell."""
        bits = 0
        for i, mark in enumerate(switch.atom.marks()):
            height = CubeRow(self._mixture(mark, cell.known).row).at(cell.point)
            bits |= (1 if height > 0 else 2 if height < 0 else 0) << (2 * i)
        return bits

    def _finished(self, cell: Cell, bits: int) -> Cell:
        """The cell with the form of its switch, all of whose kinks are decided."""
        switch = self.switching.switches[cell.slot]
        if switch.is_tournament:
            form = cell.known[-1]
        else:
            atom = switch.atom
            coefficients, constant = atom.outputs()[atom.output(atom.label(bits))]
            form = self._mixture(Mixture(tuple(enumerate(coefficients)), constant), cell.known)
        forms = {**cell.forms, cell.slot: form}
        return replace(cell, forms=forms, slot=0, known=(), step=0, bits=0)


def _gap(switch: Switch) -> Fraction:
    """How much its bounds leave open."""
    if switch.below.slopes == switch.above.slopes:
        return switch.above.constant - switch.below.constant
    return switch.high - switch.low


def _between(inner: CubePoint, far: CubePoint, side: CubeRow, rows: Sequence[CubeRow]) -> CubePoint:
    """A point of the open segment from an inner point to one with side > 0, where side > 0."""
    step = 1
    while True:
        # (inner + (2^step - 1)·far) / 2^step
        a, b = far.denominator, inner.denominator * ((1 << step) - 1)
        total = inner.denominator * far.denominator << step
        exact = [a * p + b * q for p, q in zip(inner.numerators, far.numerators, strict=True)]
        found = CubePoint(total, tuple(exact))
        if side.at(found) > 0:
            break
        step += 1
    for digits in (24, 48, 96):
        scale = 1 << digits
        short = CubePoint(scale, tuple((v * scale + total // 2) // total for v in exact))
        if (
            all(0 < v < scale for v in short.numerators)
            and side.at(short) > 0
            and all(row.at(short) > 0 for row in rows)
        ):
            return short
    return found
