"""A homogeneous program in a normal form in which equal and opposite kinks are one unit.

relu(-c y) = c (relu(y) - y) for c > 0, a maximum of two is y0 + relu(y1 - y0), and so on: every
unit becomes a linear form plus a multiple of a unit with a normalised operand, and units
with equal operands are shared. Kinks that cancel, as in relu(x) - relu(-x), are then gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.local.reduction import make_program
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import content, fraction, quotient
from piecewise_mt.functions.atoms import Atom, Form, max_atom, relu_atom


def normal_form(program: Program) -> Program:
    """The same function of the same variables, with as few units as sharing gives."""
    return _Normalizer(program).run()


def is_sum_of_kinks(program: Program) -> bool:
    """Whether a program in normal form is linear plus multiples of kinks of linear forms."""
    return all(unit.level == 1 and unit.atom is RELU for unit in program.units)


def combination(*terms: tuple[Any, Slots]) -> Slots:
    """A linear combination of forms, without zeros."""
    total: Slots = {}
    for factor, form in terms:
        if factor:
            for slot, c in form.items():
                total[slot] = total.get(slot, 0) + factor * c
    return {slot: c for slot, c in total.items() if c}


class _Normalizer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.first = len(program.names) + 1
        self.forms: list[Slots] = [{s: 1} for s in range(self.first)]
        self.units: list[tuple[Any, list[Slots]]] = []
        self.known: dict[Any, int] = {}

    def run(self) -> Program:
        for unit in self.program.units:
            operands = [self._form(row) for row in unit.operands]
            self.forms.append(self._unit(unit, operands))
        outputs = [self._form(row) for row in self.program.outputs]
        return self._used(outputs)

    def _form(self, row: Slots) -> Slots:
        return combination(*((c, self.forms[slot]) for slot, c in row.items()))

    def _unit(self, unit: Unit, operands: list[Slots]) -> Slots:
        atom = unit.atom
        forms = [
            combination(*zip(own.coefficients, operands, strict=True)) for own in atom.outputs()
        ]
        if all(form == forms[0] for form in forms):
            return forms[0]
        plan = plan_of(atom)
        if plan.direct == 1:
            found = self._of_one_kink(atom, plan.columns[-1], operands, forms)
            if found is not None:
                return found
        found = atom.max_min(operands, self)
        return self._shared(atom, operands) if found is None else found

    def _of_one_kink(
        self, atom: Atom, kink: Form, operands: list[Slots], forms: list[Slots]
    ) -> Slots | None:
        """The function, if its two sides differ by a multiple of the kink."""
        side = combination(*zip(kink.coefficients, operands, strict=True))
        tie, above, below = (forms[atom.output(atom.label(bits))] for bits in range(3))
        if not side:
            return tie
        jump = combination((1, above), (-1, below))
        factor = _multiple(jump, side)
        if factor is None:
            return None
        return combination((1, below), (factor, self._relu(side)))

    # -- the lattice of Atom.max_min ---------------------------------------------------------

    def affine(self, terms: Sequence[tuple[Any, Slots]], constant: Any) -> Slots:
        return combination(*terms, (constant, {0: 1}))

    def maximum(self, functions: Sequence[Slots]) -> Slots:
        return self._extremum(1, functions)

    def minimum(self, functions: Sequence[Slots]) -> Slots:
        return self._extremum(-1, functions)

    def _relu(self, form: Slots) -> Slots:
        if not form:
            return {}
        if all(not isinstance(c, Algebraic) and c.denominator == 1 for c in form.values()):
            return self._relu_of_whole({s: c.numerator for s, c in form.items()})
        lead = fraction(form[min(form)])
        one = combination((1 / lead, form))
        kept = self._shared(RELU, [one])
        if lead > 0:
            return combination((lead, kept))
        return combination((-lead, kept), (lead, one))

    def _relu_of_whole(self, form: dict[int, int]) -> Slots:
        size = gcd(*form.values())
        is_positive = form[min(form)] > 0
        one: Slots = {s: c // (size if is_positive else -size) for s, c in form.items()}
        slot = self._slot(RELU, [one])
        # relu(-y) = relu(y) - y
        return {slot: size} if is_positive else combination((size, {slot: 1}), (-size, one))

    def _extremum(self, sign: int, operands: Sequence[Slots]) -> Slots:
        base = operands[0]
        others: dict[Any, Slots] = {}
        for operand in operands[1:]:
            step = combination((sign, operand), (-sign, base))
            if step:
                others[tuple(sorted(step.items()))] = step
        if not others:
            return base
        if len(others) == 1:
            (step,) = others.values()
            return combination((1, base), (sign, self._relu(step)))
        steps = [others[key] for key in sorted(others)]
        shared = self._shared(max_atom(len(steps) + 1), [{}, *steps])
        return combination((1, base), (sign, shared))

    def _shared(self, atom: Any, operands: list[Slots]) -> Slots:
        if not any(operands):
            # positively homogeneous: zero at zero
            return {}
        # positively homogeneous: with integer operands, the loops over cones run on integers
        scale = quotient(
            lcm(*(c.denominator for row in operands for c in row.values())),
            content(c.numerator for row in operands for c in row.values()) or 1,
        )
        operands = [{s: (scale * c).numerator for s, c in row.items()} for row in operands]
        return {self._slot(atom, operands): 1 / scale}

    def _slot(self, atom: Any, operands: list[Slots]) -> int:
        """The slot of a unit, that of an equal one if there is one."""
        key = (atom.key, tuple(tuple(sorted(row.items())) for row in operands))
        if key not in self.known:
            self.known[key] = self.first + len(self.units)
            self.units.append((atom, operands))
        return self.known[key]

    def _used(self, outputs: list[Slots]) -> Program:
        used: set[int] = set()
        for row in outputs:
            used |= {s for s in row if s >= self.first}
        for index in range(len(self.units) - 1, -1, -1):
            if self.first + index in used:
                for row in self.units[index][1]:
                    used |= {s for s in row if s >= self.first}
        place = {s: s for s in range(self.first)}
        for position, slot in enumerate(sorted(used)):
            place[slot] = self.first + position

        def moved(row: Slots) -> Slots:
            return {place[s]: _whole(c) for s, c in row.items()}

        units = [
            (atom, [moved(row) for row in operands])
            for index, (atom, operands) in enumerate(self.units)
            if self.first + index in used
        ]
        return make_program(self.program.names, units, map(moved, outputs))


RELU = relu_atom()
"""The atom of every unit of a normal form that is one kink."""


def _multiple(form: Slots, of: Slots) -> Fraction | None:
    """The factor c with form = c·of, None if there is none."""
    slot = min(of)
    factor = fraction(form.get(slot, 0)) / of[slot]
    return factor if combination((1, form), (-factor, of)) == {} else None


def _whole(value: Any) -> Any:
    return value.numerator if value.denominator == 1 else value
