"""Piecewise linear forms as a maximum of minima of affine ones.

Every continuous piecewise linear function has such a form (Ovchinnikov, "Max-min representation
of piecewise linear functions", 2002); here it is composed node by node, so no piece is derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, Slots
from piecewise_mt.exact.number_rows import fraction

AffineRow = tuple[Fraction, ...]
"""(c0, c1, …, ca): the value c0 + c1 x1 + … + ca xa."""
MaxMin = list[list[AffineRow]]
"""The function max over the lists of the min over each list's rows."""


class _TooLong(Exception):
    """More lists than the limit."""


def max_min_form(program: Program, limit: int) -> MaxMin | None:
    """The max-min form of a scalar program; None if it has other nodes or too many lists.

    Notes
    -----
    A minimum of maxima is turned inside out by distribution, which takes a product of lengths;
    `limit` bounds the number of lists at every step.
    """
    if program.is_smooth or len(program.outputs) != 1:
        return None
    units: list[MaxMin] = []
    lattice = _Forms(len(program.names) + 1, limit)
    try:
        for unit in program.units:
            operands = [_combined(slots, units, program, limit) for slots in unit.operands]
            form = unit.atom.max_min(operands, lattice)
            if form is None:
                return None
            units.append(form)
        return _combined(program.outputs[0], units, program, limit)
    except _TooLong:
        return None


@dataclass(frozen=True, slots=True)
class _Forms:
    """Max-min forms as the lattice of :meth:`Atom.max_min`."""

    width: int
    limit: int

    def affine(self, terms: Sequence[tuple[int | Fraction, MaxMin]], constant: Any) -> MaxMin:
        if not terms:
            return [[(fraction(constant), *[Fraction(0)] * (self.width - 1))]]
        (c, first), *others = terms
        parts = [_shifted(_scaled(first, fraction(c), self.limit), fraction(constant))]
        parts += [_scaled(form, fraction(c), self.limit) for c, form in others]
        return _sum(parts, self.limit)

    def maximum(self, functions: Sequence[MaxMin]) -> MaxMin:
        return _max(functions, self.limit)

    def minimum(self, functions: Sequence[MaxMin]) -> MaxMin:
        return _min(functions, self.limit)


def _combined(slots: Slots, units: list[MaxMin], program: Program, limit: int) -> MaxMin:
    """A sparse affine form of the slots: 1, the variables, and the units so far."""
    a = len(program.names)
    row = tuple(fraction(slots.get(i, 0)) for i in range(a + 1))
    parts: list[MaxMin] = [[[row]]]
    for slot, factor in slots.items():
        if slot > a and factor:
            parts.append(_scaled(units[slot - a - 1], fraction(factor), limit))
    return _sum(parts, limit)


def _sum(parts: list[MaxMin], limit: int) -> MaxMin:
    result = parts[0]
    for part in parts[1:]:
        _check(len(result) * len(part), limit)
        result = _reduced(
            [
                [_plus(first, second) for first, second in product(one, other)]
                for one, other in product(result, part)
            ],
            limit,
        )
    return result


def _max(parts: Iterable[MaxMin], limit: int) -> MaxMin:
    return _reduced([rows for part in parts for rows in part], limit)


def _min(parts: Iterable[MaxMin], limit: int) -> MaxMin:
    """min of maxima: one list from each, all of whose rows count."""
    result: MaxMin = [[]]
    for part in parts:
        _check(len(result) * len(part), limit)
        result = _reduced([one + other for one, other in product(result, part)], limit)
    return result


def _scaled(form: MaxMin, factor: Fraction, limit: int) -> MaxMin:
    if not factor:
        return [[(Fraction(0),) * len(form[0][0])]]
    rows = [[tuple(factor * value for value in row) for row in part] for part in form]
    if factor > 0:
        return rows
    # -max min = min max: every row is a list of its own in a maximum, and these are intersected
    return _min([[[row] for row in part] for part in rows], limit)


def _shifted(form: MaxMin, constant: Fraction) -> MaxMin:
    return [[(row[0] + constant, *row[1:]) for row in part] for part in form]


def _plus(first: AffineRow, second: AffineRow) -> AffineRow:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _reduced(form: MaxMin, limit: int) -> MaxMin:
    """Without repeated rows and lists, and without lists that contain another one."""
    sets = dict.fromkeys(frozenset(part) for part in form)
    kept = [rows for rows in sets if not any(other < rows for other in sets)]
    _check(sum(map(len, kept)), limit)
    order = {frozenset(part): list(dict.fromkeys(part)) for part in form}
    return [order[rows] for rows in kept]


def _check(count: int, limit: int) -> None:
    if count > limit:
        raise _TooLong
