"""Affine forms of a program on one face after the other, in whole numbers.

Faces and pieces come sorted by their labels, so that most forms are those of the face before: only
what a changed label reaches is made again. A form is held as integers over one denominator, one
row for every monomial of tie parameters; no fraction is made before somebody asks for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from piecewise_mt.exact.linear import Row, make_primitive
from piecewise_mt.exact.number_rows import content, quotient
from piecewise_mt.exact.numbers import common_denominator
from piecewise_mt.exact.polynomials import Coefficient, Monomial, Polynomial
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.atoms.base import Form as Combination

if TYPE_CHECKING:
    from piecewise_mt.calculus.evaluation.program import Picked, Program, Slots, Unit

Say = Callable[["Unit", Label], Any]
"""Chooses the constraints of a unit at a label."""


class Whole(NamedTuple):
    """An affine form (c0, c1, …, ca) times a denominator, by monomials of tie parameters."""

    denominator: int
    row: list[int]
    """That of the monomial without parameters."""
    more: dict[Monomial, list[int]] | None = None
    """Those of all others."""

    def coefficients(self) -> list[Coefficient]:
        """The form itself; whole coefficients are ints."""
        d = self.denominator
        if d == 1 and not self.more:
            return list(self.row)
        try:
            plain: list[Coefficient] = [c // d if not c % d else quotient(c, d) for c in self.row]
        except TypeError:
            plain = [quotient(c, d) for c in self.row]
        return plain if not self.more else [self._coefficient(k) for k in range(len(plain))]

    def _coefficient(self, k: int) -> Coefficient:
        assert self.more is not None
        terms = {m: quotient(row[k], self.denominator) for m, row in self.more.items() if row[k]}
        c, d = self.row[k], self.denominator
        if not terms:
            return quotient(c, d)
        return Polynomial({**terms, (): quotient(c, d)} if c else terms)


class _Sum(NamedTuple):
    """A sparse form of slots, times a denominator."""

    denominator: int
    of: dict[int, int]


class _Picked(NamedTuple):
    """Weights of operands and a constant, times a denominator, by monomials."""

    denominator: int
    terms: list[tuple[Monomial, int, int]]
    """(monomial, operand, weight)."""
    constants: list[tuple[Monomial, int]]
    only: int
    """The operand that is picked as it is, or -1."""


class _Mixed(NamedTuple):
    """A positive multiple of a combination of operands."""

    terms: list[tuple[int, int]]
    constant: int


class State(NamedTuple):
    """All forms on one face. It is never changed, but for `made`, which grows."""

    labels: tuple[Label | None, ...]
    slots: list[Whole | None]
    operands: list[list[Whole] | None]
    made: list[dict[Any, Any]]
    """For every unit, what was made of its operands."""
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

    def __init__(self, program: Program, pick: Picked) -> None:
        self._pick = pick
        self._units = program.units
        self._width = width = len(program.names) + 1
        self._rows = [[_summed(row) for row in unit.operands] for unit in program.units]
        self._outputs = [_summed(row) for row in program.outputs]
        # units as the bits of a word, as most faces change few of them
        self._reads = [_word(unit.operands, width) for unit in program.units]
        self._output_reads = _word(program.outputs, width)
        self._picked: list[dict[Label, _Picked]] = [{} for _ in program.units]
        self._said: list[dict[Any, list[tuple[_Mixed, str]]]] = [{} for _ in program.units]
        self._alike: list[dict[Label, bool]] = [{} for _ in program.units]
        self._state: State | None = None

    def agrees(self, other: Following, labels: Sequence[Label | None]) -> bool:
        """Whether `other`, always the same one, chooses the same weights at these labels."""
        for unit, label, known in zip(self._units, labels, self._alike):
            if label is None or unit.relayed:
                continue
            alike = known.get(label)
            if alike is None:
                own, others = self._pick(unit, label), other._pick(unit, label)
                alike = known[label] = _weights(own) == _weights(others)
            if not alike:
                return False
        return True

    def operands(self, labels: Sequence[Label | None]) -> list[list[Whole] | None]:
        """The forms of the operands of every unit; None for relayed ones and those not known."""
        return self._at(labels).operands

    def outputs(self, labels: Sequence[Label | None]) -> list[list[Coefficient]]:
        """The forms of the outputs."""
        state = self._at(labels)
        found = state.outputs
        if found is None:
            found = [self._combined(row, state.slots).coefficients() for row in self._outputs]
            self._state = state._replace(outputs=found)
        return [list(row) for row in found]

    def slots(self, labels: Sequence[Label | None]) -> list[Whole | None]:
        """The forms of all slots."""
        return self._at(labels).slots

    def rows(
        self, labels: Sequence[Label | None], say: Say
    ) -> list[tuple[tuple[Row, str], ...] | None]:
        """What `say` says of the operands of every unit, as primitive rows of the variables.

        None for relayed units and those not known.
        """
        state = self._at(labels)
        result: list[tuple[tuple[Row, str], ...] | None] = []
        for unit, label, operands, made, known in zip(
            self._units, state.labels, state.operands, state.made, self._said
        ):
            if operands is None or label is None:
                result.append(None)
                continue
            found = made.get((say, label))
            if found is None:
                said = known.get((say, label))
                if said is None:
                    said = known[say, label] = [
                        (_mixed(f), relation) for f, relation in say(unit, label)
                    ]
                found = made[say, label] = tuple(
                    (primitive_of(mixed, operands), relation) for mixed, relation in said
                )
            result.append(found)
        return result

    def _at(self, labels: Sequence[Label | None]) -> State:
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
            state = State(labels, slots, [None] * count, [{} for _ in range(count)], None)
            changed: dict[int, Whole | None] = {}
            start = 0
        else:
            state = State(
                labels, list(before.slots), list(before.operands), list(before.made), before.outputs
            )
            changed = {}
            start = next(i for i in range(count) if labels[i] != before.labels[i])
        old = before.labels if before is not None else None
        word = 0
        for i in range(start, count):
            read = self._reads[i] & word
            if read or old is None or labels[i] != old[i]:
                slot = self._width + i
                former = state.slots[slot]
                moved = {self._width + k: by for k, by in changed.items() if read >> k & 1}
                self._renew(state, i, moved)
                after = state.slots[slot]
                if after is former and after is not None:
                    continue
                changed[i] = _difference(former, after)
                word |= 1 << i
        if self._output_reads & word:
            state = state._replace(outputs=None)
        self._state = state
        return state

    def _renew(self, state: State, i: int, moved: dict[int, Whole | None]) -> None:
        """Make the forms of a unit, those of its operands only if slots they read have moved."""
        unit, label, slot = self._units[i], state.labels[i], self._width + i
        if unit.relayed or label is None:
            state.slots[slot] = state.operands[i] = None
            state.made[i] = {}
            return
        operands = state.operands[i]
        if operands is None:
            operands = [self._combined(row, state.slots) for row in self._rows[i]]
        elif moved:
            operands = [
                self._moved(row, form, moved, state.slots)
                for row, form in zip(self._rows[i], operands)
            ]
        if operands is not state.operands[i]:
            state.operands[i] = operands
            state.made[i] = {}
        weights = self._picked[i].get(label)
        if weights is None:
            weights = self._picked[i][label] = _weights(self._pick(unit, label))
        state.slots[slot] = self._weighted(weights, operands)

    def _moved(
        self,
        row: _Sum,
        form: Whole,
        moved: dict[int, Whole | None],
        slots: Sequence[Whole | None],
    ) -> Whole:
        """The form of a row after some slots have moved by these forms (None: by any)."""
        if form.denominator != 1 or row.denominator != 1 or 2 * len(moved) > len(row.of):
            return self._combined(row, slots)
        total, more = form.row, dict(form.more or ())
        for slot, by in moved.items():
            c = row.of.get(slot)
            if c is None:
                continue
            if by is None:
                return self._combined(row, slots)
            total = [t + c * v for t, v in zip(total, by.row)]
            if by.more:
                _add(more, by.more, c)
        return form if total is form.row else _reduced(1, total, more)

    def _combined(self, row: _Sum, slots: Sequence[Whole | None]) -> Whole:
        width = self._width
        total = [0] * width
        scale = 1
        forms: list[tuple[Whole, int]] = []
        for slot, c in row.of.items():
            form = slots[slot]
            assert form is not None
            if slot < width:
                total[slot] = c
            else:
                forms.append((form, c))
                if form.denominator != 1:
                    scale = lcm(scale, form.denominator)
        if scale != 1:
            total = [scale * t for t in total]
        more: dict[Monomial, list[int]] = {}
        for form, c in forms:
            if scale != 1:
                c *= scale // form.denominator
            total = [t + c * v for t, v in zip(total, form.row)]
            if form.more:
                _add(more, form.more, c)
        return _reduced(row.denominator * scale, total, more)

    def _weighted(self, weights: _Picked, operands: list[Whole]) -> Whole:
        if weights.only >= 0:
            return operands[weights.only]
        scale = 1
        for _, k, _ in weights.terms:
            scale = lcm(scale, operands[k].denominator)
        rows: dict[Monomial, list[int]] = {(): [0] * self._width}
        for monomial, k, weight in weights.terms:
            form = operands[k]
            c = weight * (scale // form.denominator)
            _add(rows, {monomial: form.row}, c)
            if form.more:
                _add(rows, {_times(monomial, m): row for m, row in form.more.items()}, c)
        for monomial, constant in weights.constants:
            row = rows.setdefault(monomial, [0] * self._width)
            row[0] += constant * scale
        return _reduced(weights.denominator * scale, rows.pop(()), rows)


def primitive_of(mixed: _Mixed, operands: Sequence[Whole]) -> Row:
    """A combination of operands as the primitive row that is a positive multiple of it."""
    terms, constant = mixed
    if len(terms) == 1 and not constant:
        k, c = terms[0]
        total = operands[k].row if c > 0 else [-v for v in operands[k].row]
    else:
        scale = lcm(*(operands[k].denominator for k, _ in terms))
        total = [0] * len(operands[0].row)
        total[0] = constant * scale
        for k, c in terms:
            factor = c * (scale // operands[k].denominator)
            total = [t + factor * v for t, v in zip(total, operands[k].row)]
    return make_primitive(total)


def _mixed(form: Combination) -> _Mixed:
    scale = common_denominator([*form.coefficients, form.constant])
    terms = [(k, _times_whole(c, scale)) for k, c in enumerate(form.coefficients) if c]
    return _Mixed(terms, _times_whole(form.constant, scale))


def _times_whole(c: Any, scale: int) -> Any:
    return c.numerator * (scale // c.denominator)


def _summed(row: Slots) -> _Sum:
    scale = common_denominator(row.values())
    return _Sum(scale, {slot: _times_whole(c, scale) for slot, c in row.items()})


def _word(rows: Sequence[Slots], width: int) -> int:
    """The units that rows read, as bits."""
    word = 0
    for row in rows:
        for slot in row:
            if slot >= width:
                word |= 1 << (slot - width)
    return word


def _difference(before: Whole | None, after: Whole | None) -> Whole | None:
    """By what a form has moved, if it is one of whole numbers."""
    if before is None or after is None or before.denominator != 1 or after.denominator != 1:
        return None
    more: dict[Monomial, list[int]] = dict(after.more or ())
    if before.more:
        _add(more, before.more, -1)
    return Whole(1, [b - a for a, b in zip(before.row, after.row)], more or None)


def _weights(given: tuple[Sequence[Coefficient], Coefficient]) -> _Picked:
    weights, constant = given
    terms = [(m, k, c) for k, w in enumerate(weights) for m, c in _monomials(w)]
    constants = _monomials(constant)
    scale = common_denominator([*(c for *_, c in terms), *(c for _, c in constants)])
    whole = [(m, k, _times_whole(c, scale)) for m, k, c in terms]
    only = whole[0][1] if scale == 1 and not constants and len(whole) == 1 else -1
    if only >= 0 and whole[0] != ((), only, 1):
        only = -1
    return _Picked(scale, whole, [(m, _times_whole(c, scale)) for m, c in constants], only)


def _monomials(value: Coefficient) -> list[tuple[Monomial, int | Fraction]]:
    if isinstance(value, Polynomial):
        return list(value.terms.items())
    return [((), value)] if value else []


def _times(one: Monomial, other: Monomial) -> Monomial:
    return tuple(sorted(one + other, key=str)) if one and other else one or other


def _add(rows: dict[Monomial, list[int]], added: dict[Monomial, list[int]], c: int) -> None:
    for monomial, row in added.items():
        before = rows.get(monomial)
        if before is None:
            rows[monomial] = [c * v for v in row]
        else:
            rows[monomial] = [t + c * v for t, v in zip(before, row)]


def _reduced(denominator: int, row: list[int], more: dict[Monomial, list[int]]) -> Whole:
    if more:
        more = {monomial: own for monomial, own in more.items() if any(own)}
    if denominator != 1:
        entries = [denominator, *row, *(v for own in more.values() for v in own)]
        try:
            divisor = gcd(*entries)
        except TypeError:
            divisor = content(entries)
        if divisor != 1:
            denominator //= divisor
            row = [v // divisor for v in row]
            more = {monomial: [v // divisor for v in own] for monomial, own in more.items()}
    return Whole(denominator, row, more or None)
