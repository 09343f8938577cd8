"""Piecewise linear forms as a maximum of minima of affine ones.

Every continuous piecewise linear function has such a form (Ovchinnikov, "Max-min representation
of piecewise linear functions", 2002); here it is composed node by node, so no piece is derived.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product

from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear

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
    try:
        for unit in program.units:
            operands = [_combined(slots, units, program, limit) for slots in unit.operands]
            form = _node(unit, operands, limit)
            if form is None:
                return None
            units.append(form)
        return _combined(program.outputs[0], units, program, limit)
    except _TooLong:
        return None


def _node(unit: Unit, operands: list[MaxMin], limit: int) -> MaxMin | None:
    atom = unit.atom
    if isinstance(atom, Extremum):
        return (_max if atom.sign > 0 else _min)(operands, limit)
    if isinstance(atom, PiecewiseLinear):
        return _of_line(atom, operands[0], limit)
    return None


def _of_line(atom: PiecewiseLinear, operand: MaxMin, limit: int) -> MaxMin:
    """The first interval's line and a hinge for every change of slope."""
    slope, constant = atom.interval_form(0)
    parts = [_shifted(_scaled(operand, slope, limit), constant)]
    steps = zip(atom.slopes, atom.slopes[1:], atom.breakpoints, strict=False)
    zero = [[(Fraction(0),) * len(operand[0][0])]]
    for left, right, b in steps:
        if left != right:
            # jump · max(0, y - b)
            hinge = _max([zero, _shifted(operand, -b)], limit)
            parts.append(_scaled(hinge, right - left, limit))
    return _sum(parts, limit)


def _combined(slots: Slots, units: list[MaxMin], program: Program, limit: int) -> MaxMin:
    """A sparse affine form of the slots: 1, the variables, and the units so far."""
    a = len(program.names)
    row = tuple(Fraction(slots.get(i, 0)) for i in range(a + 1))
    parts: list[MaxMin] = [[[row]]]
    for slot, factor in slots.items():
        if slot > a and factor:
            parts.append(_scaled(units[slot - a - 1], Fraction(factor), limit))
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
