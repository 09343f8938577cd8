"""Affine forms of a program on one face after the other, in whole numbers.

Where a tie rule has no parameters, forms are those of selections, and kept by them. With
parameters, the form of an output is affine in those of every unit, so that it follows from the
selections of the regions around, if these are few. All other forms follow from the face before:
faces and pieces come sorted by their labels, and only what a changed label reaches is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from piecewise_mt.calculus.evaluation.selections import UNKNOWN, Said, Say, Selections
from piecewise_mt.calculus.evaluation.whole import (
    Sum,
    Weighed,
    Whole,
    choice_of,
    combined,
    difference,
    interpolated,
    moved,
    summed,
    weighted,
    weights_of,
    word_of,
)
from piecewise_mt.exact.polynomials import Coefficient, Monomial
from piecewise_mt.functions.atoms import Label
from piecewise_mt.memory import cached_property

if TYPE_CHECKING:
    from piecewise_mt.calculus.evaluation.program import Picked, Program

MOST_CORNERS = 16
"""The parameters of so many selections are told apart; a sum of n ties would have 2^n of them."""
Axis = tuple[tuple[Monomial, int], ...]
"""The monomials of a tie, each with the selection in which it is 1 and the others are 0."""


class State(NamedTuple):
    """All forms on one face. It is never changed."""

    labels: tuple[Label | None, ...]
    slots: list[Whole | None]
    operands: list[list[Whole] | None]
    outputs: list[list[Coefficient]] | None


class Following:
    """The forms of a program under one choice of weights.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program, picked
    >>> program = compile_program(mt.relu(mt.variable("x")) / 3 - 1)
    >>> forms = Following(program, picked)
    >>> [forms.outputs(((label,),)) for label in (0, 1)]
    [[[-1, 0]], [[-1, Fraction(1, 3)]]]
    >>> forms.outputs(((2,),))
    [[-1, Polynomial(z/3)]]
    """

    def __init__(
        self, program: Program, pick: Picked, selections: Selections | None = None
    ) -> None:
        self._pick = pick
        self._units = program.units
        self._width = len(program.names) + 1
        self._selections = Selections(program) if selections is None else selections
        self._chosen: list[dict[Label | None, int]] = [{} for _ in program.units]
        """For every unit its selection at a label, all parameters being 0."""
        self._ties: list[dict[Label | None, Axis]] = [{} for _ in program.units]
        """What there is beside, at labels with parameters."""
        self._stepwise = _Stepwise(program, pick)

    def operands(self, labels: Sequence[Label | None]) -> list[list[Whole] | None]:
        """The forms of the operands of every unit; None for relayed ones and those not known."""
        chosen = self._choices(labels)
        if self._axes(labels):
            return self._stepwise.at(labels).operands
        return self._selections.operands(chosen)

    def outputs(self, labels: Sequence[Label | None]) -> list[list[Coefficient]]:
        """The forms of the outputs."""
        chosen = self._choices(labels)
        axes = self._axes(labels)
        if not axes:
            return [form.coefficients() for form in self._selections.outputs(chosen)]
        corners = 1
        for _, axis in axes:
            corners *= len(axis) + 1
        if corners > MOST_CORNERS:
            return self._stepwise.outputs(labels)
        own = list(chosen)
        found = []
        for numbers in product(*([own[i], *(n for _, n in axis)] for i, axis in axes)):
            for (i, _), number in zip(axes, numbers):
                own[i] = number
            found.append(self._selections.outputs(tuple(own)))
        monomials = [[m for m, _ in axis] for _, axis in axes]
        width = self._width
        return [interpolated(forms, monomials, width).coefficients() for forms in zip(*found)]

    def slots(self, labels: Sequence[Label | None]) -> list[Whole | None]:
        """The forms of all slots."""
        return self._stepwise.at(labels).slots

    def rows(
        self, labels: Sequence[Label | None], say: Say, units: Sequence[int] | None = None
    ) -> list[Said | None]:
        """What `say` says of the operands of every unit, as primitive rows of the variables.

        None for relayed units and those not known. Only that of some `units` if they are given.
        """
        chosen = self._choices(labels)
        if units is None:
            return self._selections.rows(chosen, labels, say)
        return self._selections.rows_of(units, chosen, labels, say)

    def _choices(self, labels: Sequence[Label | None]) -> tuple[int, ...]:
        try:
            return tuple([known[label] for known, label in zip(self._chosen, labels)])
        except KeyError:
            return tuple([self._choice(i, label) for i, label in enumerate(labels)])

    def _choice(self, i: int, label: Label | None) -> int:
        unit, known = self._units[i], self._chosen[i]
        if label not in known:
            if label is None or unit.relayed:
                known[label] = UNKNOWN
            else:
                plain, others = choice_of(self._pick(unit, label))
                number = self._selections.number
                if others:
                    # before the choice is known, as others look for ties where it is
                    self._ties[i][label] = tuple((m, number(i, w)) for m, w in others.items())
                known[label] = number(i, plain)
        return known[label]

    def _axes(self, labels: Sequence[Label | None]) -> list[tuple[int, Axis]]:
        """The units that have parameters at their labels, as :meth:`_choices` has found."""
        return [
            (i, known[label])
            for i, (known, label) in enumerate(zip(self._ties, labels))
            if label in known
        ]


class _Stepwise:
    """Forms with parameters, on one face after the other."""

    def __init__(self, program: Program, pick: Picked) -> None:
        self._program = program
        self._pick = pick
        self._units = program.units
        self._width = len(program.names) + 1
        self._picked: list[dict[Label, Weighed]] = [{} for _ in program.units]
        self._state: State | None = None

    @cached_property
    def _rows(self) -> list[list[Sum]]:
        return [[summed(row) for row in unit.operands] for unit in self._units]

    @cached_property
    def _outputs(self) -> list[Sum]:
        return [summed(row) for row in self._program.outputs]

    @cached_property
    def _reads(self) -> list[int]:
        """The units that each unit reads as the bits of a word; most faces change few of them."""
        return [word_of(unit.operands, self._width) for unit in self._units]

    @cached_property
    def _output_reads(self) -> int:
        return word_of(self._program.outputs, self._width)

    def outputs(self, labels: Sequence[Label | None]) -> list[list[Coefficient]]:
        """The forms of the outputs."""
        state = self.at(labels)
        found = state.outputs
        if found is None:
            forms = [combined(row, state.slots, self._width) for row in self._outputs]
            found = [form.coefficients() for form in forms]
            self._state = state._replace(outputs=found)
        return [list(row) for row in found]

    def at(self, labels: Sequence[Label | None]) -> State:
        """All forms."""
        # states are never changed, so that threads may share them: each makes its own next one
        labels = tuple(labels)
        before = self._state
        if before is not None and before.labels == labels:
            return before
        count = len(self._units)
        if before is None:
            identity = [Whole(1, [int(i == k) for i in range(self._width)])
                        for k in range(self._width)]  # fmt: skip
            slots: list[Whole | None] = [*identity, *[None] * count]
            state = State(labels, slots, [None] * count, None)
            changed: dict[int, Whole | None] = {}
            start = 0
        else:
            state = State(labels, list(before.slots), list(before.operands), before.outputs)
            changed = {}
            start = next(i for i in range(count) if labels[i] != before.labels[i])
        old = before.labels if before is not None else None
        word = 0
        for i in range(start, count):
            read = self._reads[i] & word
            if read or old is None or labels[i] != old[i]:
                slot = self._width + i
                former = state.slots[slot]
                steps = {self._width + k: by for k, by in changed.items() if read >> k & 1}
                self._renew(state, i, steps)
                after = state.slots[slot]
                if after is former and after is not None:
                    continue
                changed[i] = difference(former, after)
                word |= 1 << i
        if self._output_reads & word:
            state = state._replace(outputs=None)
        self._state = state
        return state

    def _renew(self, state: State, i: int, steps: dict[int, Whole | None]) -> None:
        """Make the forms of a unit, those of its operands only if slots they read have moved."""
        unit, label, slot = self._units[i], state.labels[i], self._width + i
        if unit.relayed or label is None:
            state.slots[slot] = state.operands[i] = None
            return
        operands = state.operands[i]
        if operands is None:
            operands = [combined(row, state.slots, self._width) for row in self._rows[i]]
        elif steps:
            operands = [
                moved(row, form, steps, state.slots, self._width)
                for row, form in zip(self._rows[i], operands)
            ]
        state.operands[i] = operands
        weights = self._picked[i].get(label)
        if weights is None:
            weights = self._picked[i][label] = weights_of(self._pick(unit, label))
        state.slots[slot] = weighted(weights, operands, self._width)
