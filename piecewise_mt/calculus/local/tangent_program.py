"""A program with smooth nodes, to first order at one point: the same kinks, affine in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from piecewise_mt.calculus.evaluation.forward import UnitAt, partials_at
from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, Unit
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic
from piecewise_mt.exact.reals import Missing, Real


class IrrationalDerivative(Unsupported):
    """A derivative of a smooth node that is not known to be algebraic."""


def linearized(
    program: Program, point: Sequence[Any], *, reals: bool = False
) -> tuple[Program, tuple[UnitAt, ...]]:
    """Every smooth unit replaced by its tangent at an exact point, and what the others are there.

    Smooth and piecewise linear functions have directional derivatives that compose, so that those
    at the point are those of the result; limits of gradients are, but for cells between kinks that
    agree to first order, see ``thin_cells``.

    With `reals`, derivatives need not be algebraic, and coefficients then are Reals.

    Raises
    ------
    IrrationalDerivative
        If a derivative of a smooth unit is not known to be algebraic there.
    Unsupported
        If a ``where`` has a tie behind a smooth unit that is no kink to first order, or depends on
        other units.
    """
    if not program.is_smooth:
        return program, program.units_at(point)
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

    forward = list(program.forward(point))
    for slot, unit, here in forward:
        operands = [flat(row) for row in unit.operands]
        if isinstance(unit, SmoothUnit):
            # the side of a where that is not taken has no tangent, and needs none
            missing = isinstance(here.value, Missing)
            try:
                tangents[slot] = {} if missing else _tangent(unit, here, operands, reals)
            except IrrationalDerivative:
                if slot in _read(program, forward):
                    raise
                # its value keeps the operands inactive that read it
                tangents[slot] = {0: here.value}
            continue
        if unit.atom.sides is not None:
            _require_kink(program, unit, here, operands)
        units.append(replace(unit, operands=tuple(operands), relayed=False))
        passed.append(here)
    outputs = tuple(flat(row) for row in program.outputs)
    made = Program(program.names, tuple(units), outputs, program.shape, program.free_bit)
    return made, tuple(passed)


def _read(program: Program, forward: Sequence[tuple[int, Unit | SmoothUnit, UnitAt]]) -> set[int]:
    """The slots that the outputs read to first order: not those of inactive operands alone."""
    read = {slot for row in program.outputs for slot in row}
    for slot, unit, here in reversed(forward):
        if slot in read:
            for k, row in enumerate(unit.operands):
                if isinstance(unit, SmoothUnit) or _counts(unit, here, k):
                    read.update(row)
    return read


def _counts(unit: Unit, here: UnitAt, k: int) -> bool:
    """Whether an operand has a say near the point."""
    atom = unit.atom
    if atom.rank is not None:
        return bool(here.operands[k] == here.value)
    apart = all(relation in ("<", ">") for _, relation in atom.constraints(here.label))
    if apart or (atom.sides is not None and not here.is_seam):
        return bool(here.weights[k] != 0)  # the label is the same all around
    return True


def _require_kink(program: Program, unit: Unit, here: UnitAt, operands: list[Slots]) -> None:
    """Refuse a ``where`` whose sides the linearised condition does not tell apart.

    All other units are maxima of operands, of which those with a tie are equal at the point.
    """
    first = len(program.names) + 1
    for form, relation in unit.atom.constraints(here.label):
        tied = [i for i, c in enumerate(form.coefficients) if c]
        read = {s for i in tied for s in unit.operands[i]}
        if relation != "=" or not any(
            s < 0 or (s >= first and program.units[s - first].relayed) for s in read
        ):
            continue
        total: Slots = {}
        for i in tied:
            for s, v in operands[i].items():
                total[s] = total.get(s, 0) + form.coefficients[i] * v
        kink = [s for s, v in total.items() if s and v]
        if not kink or any(s >= first for s in kink):
            raise Unsupported(
                "expected a where whose condition has a derivative that tells its sides apart, got "
                f"a tie of {unit.text}, which is not supported yet; use mt.max, or ask at another "
                "point"
            )


def number_of(value: Any) -> Any:
    """A Real as a number of a field if it is algebraic, of no large degree; other values as is."""
    if not isinstance(value, Real):
        return value
    try:
        return algebraic(value.expression)
    except (NotAlgebraic, Unsupported):
        return value


def _tangent(unit: SmoothUnit, here: UnitAt, operands: list[Slots], reals: bool) -> Slots:
    """value + Σ partial·(operand - its value), as a form of slots."""
    total: Slots = {}
    constant = number_of(here.value)
    slopes = partials_at(unit.node, unit.position, here.operands)
    for slope, operand, v in zip(slopes, operands, here.operands, strict=True):
        factor: Any = number_of(slope)
        if not reals and isinstance(factor, Real):
            raise IrrationalDerivative(
                f"expected algebraic derivatives, got {slope} of {unit.text}; ask at a point where "
                "they are algebraic, or for f.gradient"
            )
        constant = constant - factor * v
        for slot, c in operand.items():
            total[slot] = total.get(slot, 0) + factor * c
    # it may be a Real, which moves no derivative, but tells on which side of a kink the point is
    total[0] = total.get(0, 0) + constant
    return {slot: c for slot, c in total.items() if not slot or c}
