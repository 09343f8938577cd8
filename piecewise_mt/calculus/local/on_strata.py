"""The local functions of a program on its strata: from forms, with no pass at a point.

On a stratum all labels are known, and with them what every operand is as a form of the variables,
in whole numbers. Strata share these forms. What is left to find is how the outputs depend on the
units with a tie, which most other units do not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from operator import mul
from typing import Any, overload

from piecewise_mt.calculus.evaluation.forward import UnitAt
from piecewise_mt.calculus.evaluation.program import Program, Slots, selected
from piecewise_mt.calculus.evaluation.whole import (
    Mixed,
    Weighed,
    Whole,
    mixed_of,
    primitive_of,
    weighted,
    weights_of,
    word_of,
)
from piecewise_mt.calculus.local.reduction import Reduction, Vector, make_program, ties_of
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.spans import Span
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.atoms.near import local_form

Kept = dict[int, int | Fraction]
"""A combination of active units, by their numbers."""


class StratumReducer:
    """Reduces a program without smooth units on one stratum after the other.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> strata = mt.relu(mt.variable("x") - 1).strata()
    >>> reducer = StratumReducer(strata.program)
    >>> found = reducer.at(strata[2].label_keys, strata[2].point)
    >>> found.active, found.basis, found.base
    ((0,), ((Fraction(1, 1),),), ((Fraction(0, 1),),))
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._width = len(program.names) + 1
        self._reads = [word_of(unit.operands, self._width) for unit in program.units]
        self._ties: list[dict[Label, list[Mixed]]] = [{} for _ in program.units]
        """The forms that are zero at a label."""
        self._weights: list[dict[Label, tuple[Any, Any, Weighed]]] = [{} for _ in program.units]
        """The selection at a label."""
        self._terms: list[dict[Label, list[tuple[int | Fraction, Slots]]]] = [
            {} for _ in program.units
        ]
        """The operands that it takes, with their weights."""

    def at(
        self, labels: Sequence[Label], point: Vector, walls: Sequence[Sequence[int]] = ()
    ) -> Reduction:
        """As :func:`reduce_at` at a point of the stratum with these labels."""
        program, width = self._program, self._width
        for i, label in enumerate(labels):
            if label not in self._ties[i]:
                self._learn(i, label)
        forms = program.following(selected).operands(labels)
        chosen = [known[label] for known, label in zip(self._weights, labels, strict=True)]
        units = _UnitsAt(program, labels, forms, point, chosen)
        active = [i for i, label in enumerate(labels) if self._ties[i][label]]
        kept = self._kept(labels, active)
        wholes: dict[int, Whole] = {}
        kinks: list[Sequence[int]] = [(0, *row) for row in walls]
        for i in active:
            own = forms[i]
            assert own is not None
            kinks += [(0, *primitive_of(tie, own)[1:]) for tie in self._ties[i][labels[i]]]
            wholes[i] = weighted(self._weights[i][labels[i]][2], own, width)
        reduced = echelon(kinks)
        pivots = tuple(next(j for j, c in enumerate(row) if c) - 1 for row in reduced)
        basis = tuple(
            tuple([Fraction(c, row[p + 1]) for c in row[1:]])
            for row, p in zip(reduced, pivots, strict=True)
        )
        place = {i: len(pivots) + 1 + k for k, i in enumerate(active)}

        def local(full: Sequence[int], denominator: int, own: Kept) -> Slots:
            """A form of the pivot variables and of active units."""
            row: Slots = {}
            for k, p in enumerate(pivots, start=1):
                rest: int | Fraction = full[p + 1]
                if denominator != 1:
                    rest = Fraction(rest, denominator)
                for i, c in own.items():
                    step = wholes[i].row[p + 1]
                    if step:
                        d = wholes[i].denominator
                        rest = rest - (c * step if d == 1 else c * Fraction(step, d))
                if rest:
                    row[k] = _plain(rest)
            for i in sorted(own, reverse=True):
                row[place[i]] = _plain(own[i])
            return row

        made, used = [], []
        for i in active:
            atom, taken = local_form(program.units[i].atom, units[i].operands)
            own = forms[i]
            assert own is not None
            given = program.units[i].operands
            rows = [
                local(own[k].row, own[k].denominator, _summed(given[k], kept, width)) for k in taken
            ]
            made.append((atom, rows))
            used.append(taken)
        ends = [self._over(row) for row in program.following(selected).outputs(labels)]
        outputs = [
            local(full, denominator, _summed(row, kept, width))
            for (full, denominator), row in zip(ends, program.outputs, strict=True)
        ]
        base = tuple(tuple([Fraction(c, d) for c in full[1:]]) for full, d in ends)
        names = tuple(program.names[p] for p in pivots)
        return Reduction(
            program, point, units, tuple(active), Span(pivots, basis=basis), base,
            make_program(names, made, outputs), tuple(used),
        )  # fmt: skip

    def _learn(self, i: int, label: Label) -> None:
        unit = self._program.units[i]
        weights, constant = unit.atom.selection(label)
        self._weights[i][label] = weights, constant, weights_of((weights, constant))
        # selections have no parameters
        rows: Any = zip(weights, unit.operands, strict=True)
        self._terms[i][label] = [(_plain(w), row) for w, row in rows if w]
        self._ties[i][label] = list(map(mixed_of, ties_of(unit.atom, label)))

    def _kept(self, labels: Sequence[Label], active: Sequence[int]) -> dict[int, Kept]:
        """The units that depend on active ones through units without a tie, and how."""
        kept: dict[int, Kept] = {}
        word = 0
        ties = set(active)
        for i, reads in enumerate(self._reads):
            if i in ties:
                kept[i] = {i: 1}
                word |= 1 << i
                continue
            if not reads & word:
                continue
            total: Kept = {}
            for w, row in self._terms[i][labels[i]]:
                for unit, c in _summed(row, kept, self._width).items():
                    total[unit] = total.get(unit, 0) + w * c
            total = {unit: c for unit, c in total.items() if c}
            if total:
                kept[i] = total
                word |= 1 << i
        return kept

    @staticmethod
    def _over(row: Sequence[Any]) -> tuple[list[int], int]:
        scale = lcm(*(c.denominator for c in row))
        return [c.numerator * (scale // c.denominator) for c in row], scale


class _UnitsAt(Sequence[UnitAt]):
    """What every unit is at a point of a stratum, made when it is asked for."""

    def __init__(
        self,
        program: Program,
        labels: Sequence[Label],
        forms: Sequence[list[Whole] | None],
        point: Vector,
        chosen: Sequence[tuple[Any, Any, Weighed]],
    ) -> None:
        scale = lcm(*(v.denominator for v in point))
        self._at = [scale, *(v.numerator * (scale // v.denominator) for v in point)]
        self._given = program.units, labels, forms, chosen

    def __len__(self) -> int:
        return len(self._given[0])

    @overload
    def __getitem__(self, index: int) -> UnitAt: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[UnitAt, ...]: ...
    def __getitem__(self, index: int | slice) -> UnitAt | tuple[UnitAt, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        units, labels, forms, chosen = self._given
        at = self._at
        values = [
            Fraction(sum(map(mul, form.row, at)), form.denominator * at[0])
            for form in forms[index] or ()
        ]
        weights, total, _ = chosen[index]
        for w, value in zip(weights, values, strict=True):
            if w:
                total = total + (value if w == 1 else w * value)
        return UnitAt(units[index].atom, values, total, labels[index], weights)


def _summed(row: Slots, kept: dict[int, Kept], width: int) -> Kept:
    """What a form has of active units."""
    total: Kept = {}
    for slot, c in row.items():
        if slot >= width:
            for i, factor in kept.get(slot - width, {}).items():
                total[i] = total.get(i, 0) + c * factor
    return {i: c for i, c in total.items() if c}


def _plain(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value
