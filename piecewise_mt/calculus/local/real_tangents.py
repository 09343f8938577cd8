"""f'(x; ·) where derivatives are not algebraic: maps with Reals around a rational core.

    f'(x; d) = L d + C F(S d)

F is a program with rational coefficients, one output for each kink; the rows of S are gradients of
kinks, scaled by positive factors so that F is rational. L, C and S have Reals as entries. So what
limits of gradients there are is found out with rational numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from piecewise_mt.calculus.evaluation.forward import UnitAt
from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.local.reduction import make_program
from piecewise_mt.calculus.local.tangent_program import linearized
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.atoms import Atom, max_atom
from piecewise_mt.functions.atoms.near import local_form

RealForm: TypeAlias = dict[int, Any]
"""Coefficients of the variables 1, …, a, and of kinks from a + 1 on; none is zero."""


class RealTangents:
    """The parts of f'(x; ·), for a program at a point."""

    def __init__(self, program: Program, point: Sequence[Any]) -> None:
        self.width = len(program.names)
        source, self.units = linearized(program, point, reals=True)
        self.active = tuple(
            i
            for i, (unit, here) in enumerate(zip(source.units, self.units, strict=True))
            if any(relation == "=" for _, relation in unit.atom.constraints(here.label))
        )
        self.axes: list[list[Any]] = []
        """S."""
        self._kinks: list[list[Slots]] = []
        forms: list[RealForm] = [{}] + [{i + 1: Fraction(1)} for i in range(self.width)]
        for index, (unit, here) in enumerate(zip(source.units, self.units, strict=True)):
            forms.append(self._unit(unit, here, forms, index in self.active))
        outputs = [self._form(row, forms) for row in source.outputs]
        first = self.width + 1
        self.base = [[row.get(j + 1, Fraction(0)) for j in range(self.width)] for row in outputs]
        """L."""
        self.factors = [
            [row.get(first + i, Fraction(0)) for i in range(len(self._kinks))] for row in outputs
        ]
        """C."""
        self.core = self._core()
        """F."""

    def _core(self) -> Program:
        k = len(self.axes)
        shift = k - self.width
        units = [
            (max_atom(len(rows)), [{s + shift if s > k else s: c for s, c in row.items()}
                                   for row in rows])
            for rows in self._kinks
        ]  # fmt: skip
        outputs = [{k + 1 + i: 1} for i in range(len(units))]
        return make_program(tuple(f"s{i + 1}" for i in range(k)), units, outputs)

    def _form(self, row: Slots, forms: Sequence[RealForm]) -> RealForm:
        return summed(*((c, forms[slot]) for slot, c in row.items()))

    def _unit(self, unit: Unit, here: UnitAt, forms: Sequence[RealForm], active: bool) -> RealForm:
        if not active:
            pairs = zip(here.weights, unit.operands, strict=True)
            return summed(*((w, self._form(row, forms)) for w, row in pairs if w))
        if unit.atom.sides is not None:
            raise Unsupported(
                f"expected an algebraic point where a where has a tie, got one of {unit.text}; use "
                "mt.max, or a point beside it"
            )
        atom, taken = local_form(unit.atom, here.operands)
        own = [self._form(unit.operands[i], forms) for i in taken]
        found = self._of_one_kink(atom, own)
        if found is None:
            found = atom.max_min(own, self)
        if found is None:
            raise Unsupported(
                "expected maxima, minima or functions of one kink where numbers are not algebraic, "
                f"got a tie of {unit.text}; ask at a rational point"
            )
        return found

    def _of_one_kink(self, atom: Atom, own: Sequence[RealForm]) -> RealForm | None:
        plan = plan_of(atom)
        if plan.direct != 1:
            return None
        sides = [summed(*zip(form.coefficients, own, strict=True)) for form in atom.outputs()]
        side = summed(*zip(plan.columns[-1].coefficients, own, strict=True))
        above, below = (sides[atom.output(atom.label(bits))] for bits in (1, 2))
        jump = summed((1, above), (-1, below))
        if not side:
            return below
        slot = min(side)
        factor = jump[slot] / side[slot] if slot in jump else Fraction(0)
        if summed((1, jump), (-factor, side)):
            return None
        return summed((1, below), (factor, self.maximum([{}, side])))

    # -- the lattice of Atom.max_min ---------------------------------------------------------

    def affine(self, terms: Sequence[tuple[Any, RealForm]], constant: Any) -> RealForm:
        """Increments have no constants."""
        return summed(*terms)

    def minimum(self, functions: Sequence[RealForm]) -> RealForm:
        """-max of the opposites."""
        return summed((-1, self.maximum([summed((-1, own)) for own in functions])))

    def maximum(self, functions: Sequence[RealForm]) -> RealForm:
        """The first operand, plus the positive part of what the others are more."""
        first = functions[0]
        steps: list[RealForm] = []
        for other in functions[1:]:
            step = summed((1, other), (-1, first))
            if step and not any(not summed((1, step), (-1, known)) for known in steps):
                steps.append(step)
        if not steps:
            return first
        scale, rows = self._scaled(steps)
        self._kinks.append([{}, *rows])
        return summed((1, first), (1 / scale, {self.width + len(self._kinks): Fraction(1)}))

    def _scaled(self, steps: Sequence[RealForm]) -> tuple[Any, list[Slots]]:
        """A positive factor, and rational forms of the axes: the steps times the factor."""
        old = len(self.axes)
        found: list[RealForm] = []
        for step in steps:
            row = [step.get(j + 1, Fraction(0)) for j in range(self.width)]
            weights, rest = combined_of(row, self.axes)
            if any(rest):
                weights = [Fraction(0)] * len(self.axes) + [Fraction(1)]
                self.axes.append(row)
            slots = {i + 1: w for i, w in enumerate(weights) if w}
            # kinks keep their places behind the variables until all axes are known
            slots.update({-(s - self.width): c for s, c in step.items() if s > self.width})
            found.append(slots)
        own = [c for slots in found for s, c in slots.items() if s < 0 or s <= old]
        scale = abs_of(1 / own[0]) if own else Fraction(1)
        for i in range(old, len(self.axes)):
            self.axes[i] = [scale * v for v in self.axes[i]]
        rows: list[Slots] = []
        for slots in found:
            moved: Slots = {}
            for s, c in slots.items():
                value = c if s > old else scale * c
                if isinstance(value, Real):
                    raise Unsupported(
                        "expected ties whose gradients are rational combinations of independent "
                        f"ones at the point, up to scale, got the coefficient {value}; ask at a "
                        "rational point"
                    )
                moved[s if s > 0 else self.width - s] = value
            rows.append(moved)
        return scale, rows


def summed(*terms: tuple[Any, Mapping[int, Any]]) -> RealForm:
    """Σ c·form, without zeros."""
    total: RealForm = {}
    for c, form in terms:
        if c:
            for slot, v in form.items():
                total[slot] = total[slot] + c * v if slot in total else c * v
    return {slot: v for slot, v in total.items() if v}


def abs_of(value: Any) -> Any:
    """The absolute value."""
    return -value if value < 0 else value


def combined_of(row: Sequence[Any], axes: Sequence[Sequence[Any]]) -> tuple[list[Any], list[Any]]:
    """Weights of independent axes, and the rest that they leave of a row; zero if it is in them."""
    reduced: list[tuple[int, list[Any], list[Any]]] = []
    for i, axis in enumerate(axes):
        unit = [Fraction(int(i == j)) for j in range(len(axes))]
        own, weights = _without(list(axis), unit, reduced)
        pivot = next(j for j, v in enumerate(own) if v)
        factor = 1 / own[pivot]
        reduced.append((pivot, [factor * v for v in own], [factor * w for w in weights]))
    rest, negative = _without(list(row), [Fraction(0)] * len(axes), reduced)
    return [-w for w in negative], rest


def _without(
    row: list[Any], weights: list[Any], reduced: Sequence[tuple[int, list[Any], list[Any]]]
) -> tuple[list[Any], list[Any]]:
    for pivot, own, known in reduced:
        factor = row[pivot]
        if factor:
            row = [v - factor * c if c else v for v, c in zip(row, own, strict=True)]
            weights = [w - factor * c if c else w for w, c in zip(weights, known, strict=True)]
            row[pivot] = Fraction(0)
    return row, weights
