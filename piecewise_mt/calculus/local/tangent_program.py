"""A program with smooth nodes, to first order at one point: the same kinks, affine in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from piecewise_mt.calculus.evaluation.forward import UnitAt, partials_at
from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, Unit
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.reals import Missing


def linearized(program: Program, point: Sequence[Fraction]) -> tuple[Program, tuple[UnitAt, ...]]:
    """Every smooth unit replaced by its tangent at an exact point, and what the others are there.

    Derivatives of smooth units are continuous, so that directional derivatives and limits of
    gradients at the point are those of the result, as long as the kinks near the point are
    polyhedral.

    Raises
    ------
    NotPolyhedral
        If a kink behind a smooth node has a tie at the point.
    Unsupported
        If a derivative of a smooth unit is irrational there.
    """
    if not program.is_smooth:
        return program, program.units_at(point)
    first = len(program.names) + 1
    tangents: dict[int, Slots] = {}
    units: list[Unit] = []
    passed: list[UnitAt] = []

    def flat(row: Slots) -> Slots:
        """The form with smooth slots replaced by their tangents."""
        total: Slots = {}
        for slot, c in row.items():
            for s, v in tangents.get(slot, {slot: 1}).items():
                total[s] = total.get(s, 0) + c * v
        return total

    for slot, unit, here in program.forward(point):
        operands = [flat(row) for row in unit.operands]
        if isinstance(unit, SmoothUnit):
            # the side of a where that is not taken has no tangent, and needs none
            missing = isinstance(here.value, Missing)
            tangents[slot] = {} if missing else _tangent(unit, here, operands)
            continue
        tied = {
            i
            for form, relation in unit.atom.constraints(here.label)
            for i, c in enumerate(form.coefficients)
            if relation == "=" and c
        }
        read = {s for i in tied for s in unit.operands[i]}
        if any(s < 0 or (s >= first and program.units[s - first].relayed) for s in read):
            raise NotPolyhedral(
                f"expected ties of arguments without smooth functions, got a tie of {unit.text}, "
                "which is not supported yet; ask at another point, or for f.gradient"
            )
        units.append(replace(unit, operands=tuple(operands), relayed=False))
        passed.append(here)
    outputs = tuple(flat(row) for row in program.outputs)
    made = Program(program.names, tuple(units), outputs, program.shape, program.free_bit)
    return made, tuple(passed)


def _tangent(unit: SmoothUnit, here: UnitAt, operands: list[Slots]) -> Slots:
    """value + Σ partial·(operand - its value), as a form of slots."""
    total: Slots = {}
    constant = here.value
    slopes = partials_at(unit.function, here.operands)
    for slope, operand, v in zip(slopes, operands, here.operands, strict=True):
        if not isinstance(slope, Fraction):
            raise Unsupported(
                f"expected rational derivatives, got {slope} of {unit.text}; ask at a point where "
                "they are rational, or for f.gradient"
            )
        constant = constant - slope * v
        for slot, c in operand.items():
            total[slot] = total.get(slot, 0) + slope * c
    # it may be a Real, which moves no derivative, but tells on which side of a kink the point is
    total[0] = total.get(0, 0) + constant
    return {slot: c for slot, c in total.items() if not slot or c}
