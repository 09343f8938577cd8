"""A program with smooth nodes, to first order at one point: the same kinks, affine in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, Unit
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.reals import Missing, number_expr, real, real_or_missing
from piecewise_mt.functions.build.smooth_nodes import put


def linearized(program: Program, point: Sequence[Fraction]) -> Program:
    """Every smooth unit replaced by its tangent at an exact point.

    Derivatives of smooth units are continuous, so that directional derivatives and limits of
    gradients at the point are those of the result, as long as the kinks near the point are
    polyhedral.

    Raises
    ------
    NotPolyhedral
        If a kink behind a smooth node has a tie at the point.
    Unsupported
        If a value or derivative that matters there is irrational.
    """
    if not program.is_smooth:
        return program
    first = len(program.names) + 1
    values: dict[int, Any] = dict(enumerate((Fraction(1), *point)))
    tangents: dict[int, Slots] = {}
    units: list[Unit] = []

    def flat(row: Slots) -> Slots:
        """The form with smooth slots replaced by their tangents."""
        total: Slots = {}
        for slot, c in row.items():
            for s, v in tangents.get(slot, {slot: 1}).items():
                total[s] = total.get(s, 0) + c * v
        return total

    for slot, unit in program.ordered():
        given = [sum((c * values[s] for s, c in row.items()), Fraction(0)) for row in unit.operands]
        operands = [flat(row) for row in unit.operands]
        if isinstance(unit, SmoothUnit):
            values[slot] = real_or_missing(unit.function.at, given)
            # the side of a where that is not taken has no tangent, and needs none
            missing = isinstance(values[slot], Missing)
            tangents[slot] = {} if missing else _tangent(unit, given, operands, values[slot])
            continue
        label = unit.atom.label_at(given)
        weights, constant = unit.atom.selection(label)
        values[slot] = constant + sum(w * y for w, y in zip(weights, given, strict=True) if w)
        tied = {
            i
            for form, relation in unit.atom.constraints(label)
            for i, c in enumerate(form.coefficients)
            if relation == "=" and c
        }
        read = {s for i in tied for s in unit.operands[i]}
        if any(s < 0 or (s >= first and program.units[s - first].relayed) for s in read):
            raise NotPolyhedral(
                f"expected ties of arguments without smooth functions, got a tie of {unit.text}, "
                "which is not supported yet; ask at another point, or for f.gradient"
            )
        units.append(replace(unit, operands=tuple(operands)))
    return Program(
        program.names,
        tuple(units),
        tuple(flat(row) for row in program.outputs),
        program.shape,
        program.free_bit,
    )


def _tangent(unit: SmoothUnit, given: list[Any], operands: list[Slots], value: Any) -> Slots:
    """value + Σ partial·(operand - its value), as a form of slots."""
    at = [number_expr(v) for v in given]
    total: Slots = {}
    constant: Any = value
    for partial, operand, v in zip(unit.function.partials, operands, given, strict=True):
        slope = real(put(partial, at))
        if not isinstance(slope, Fraction):
            raise Unsupported(
                f"expected rational derivatives, got {slope} of {unit.text}; ask at a point where "
                "they are rational, or for f.gradient"
            )
        constant = constant - slope * v
        for slot, c in operand.items():
            total[slot] = total.get(slot, 0) + slope * c
    # an irrational constant moves no derivative; what would read it in a kink is refused there
    if isinstance(constant, Fraction):
        total[0] = total.get(0, 0) + constant
    return {slot: c for slot, c in total.items() if c}
