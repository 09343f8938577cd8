"""What an atom declares, made ready for the engine: columns to push, and integer sums of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, lcm
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from piecewise_mt.functions.atoms.base import Atom, Form, Kink, Mixture, unit_form
from piecewise_mt.geometry.columns import Combination


class Sum(NamedTuple):
    """(Σ c·column + constant·x0) / denominator in integers, columns counted from the first own."""

    terms: tuple[tuple[int, int], ...]
    constant: int = 0
    denominator: int = 1

    @property
    def copied(self) -> int | None:
        """The column that this is, if it is one."""
        is_copy = len(self.terms) == 1 and self.terms[0][1] == 1
        return self.terms[0][0] if is_copy and not self.constant else None

    def at(self, start: int, unit: int) -> Combination:
        """The sum over the columns from `start` on, which are `unit` times their forms."""
        terms = [(start + column, c) for column, c in self.terms]
        if self.constant:
            terms.insert(0, (0, self.constant * unit))
        return Combination(terms, self.denominator)


Marks: TypeAlias = tuple[Sum, ...]
"""Sums whose signs go into a word."""
Moves: TypeAlias = tuple[tuple[int, Sum], ...]
"""Columns that are written at once, and the sums that they become."""


def _moves(written: Iterable[tuple[int, Sum]]) -> Moves:
    """What is written, but for what stands there already."""
    return tuple((target, own) for target, own in written if own.copied != target)


@dataclass(frozen=True, slots=True)
class Step:
    """A kink that reads selected values, with the columns to which it writes its own."""

    form: Sum
    grown: int
    """How many columns arise."""
    positive: Moves
    """What is written where the form is positive."""
    otherwise: Moves
    told: Marks


@dataclass(frozen=True, slots=True)
class Plan:
    """How the engine cuts by the kinks of one atom.

    A *direct* plan has the kinks themselves as its columns: each is cut by as it stands, and the
    outputs are forms of the operands. Any other has its operands as columns, and steps.
    """

    columns: tuple[Form, ...]
    outputs: tuple[Form, ...]
    formulas: tuple[tuple[Form, int], ...]
    """The columns for operands that are formulas: as far as the kinks read them, up to a sign."""
    read: frozenset[int]
    """The operands that the kinks read."""
    by_signs: bool
    """Whether only the signs of the columns count for the labels, not which one is larger."""
    direct: int
    """How many kinks a direct plan has, -1 for a plan with steps."""
    factor: int
    """The columns must be this times an integer, for the selected values to be integers."""
    scale: int
    """The outputs times this are integer sums."""
    sums: tuple[Sum, ...] = ()
    """The outputs as sums of a plan with steps."""
    steps: tuple[Step, ...] = ()
    marks: Marks = ()
    ends_told: bool = False
    """Whether the last step already tells faces apart by the marks."""


_PLANS: WeakKeyDictionary[Atom, Plan] = WeakKeyDictionary()


def plan_of(atom: Atom) -> Plan:
    """The plan of an atom, made once for all that have its key."""
    plan = _PLANS.get(atom)
    if plan is None:
        plan = _PLANS[atom] = _keyed(_Keyed(atom))
    return plan


class _Keyed:
    """An atom that is equal to those that have its key."""

    __slots__ = ("atom", "key")

    def __init__(self, atom: Atom) -> None:
        self.atom = atom
        self.key = atom.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=512)
def _keyed(own: _Keyed) -> Plan:
    atom = own.atom
    kinks = atom.kinks()
    forms = tuple(kink.form for kink in kinks)
    if atom.marks() == forms and not any(kink.selected or kink.told for kink in kinks):
        return _direct(atom, forms)
    return _stepwise(atom, kinks)


# -- kinks of the operands alone ---------------------------------------------------------------


def _direct(atom: Atom, kinks: Sequence[Mixture]) -> Plan:
    forms = tuple(_dense(kink, atom.arity) for kink in kinks)
    pushed = tuple((form, 1) for form in forms)
    read = frozenset(i for kink in kinks for i, _ in kink.terms)
    return Plan(forms, atom.outputs(), pushed, read, True, len(forms), 1, 1)


def _dense(mixture: Mixture, arity: int) -> Form:
    row: list[int | Fraction] = [0] * arity
    for index, c in mixture.terms:
        row[index] += c
    return Form(tuple(row), mixture.constant)


# -- kinks of selected values ------------------------------------------------------------------


def _stepwise(atom: Atom, kinks: Sequence[Kink]) -> Plan:
    arity, marks, outputs = atom.arity, atom.marks(), atom.outputs()
    mixtures = [m for kink in kinks for m in _mixtures(kink)] + list(marks)
    by_kinks = {i for m in mixtures for i, _ in m.terms if i < arity}
    used = by_kinks | {i for form in outputs for i, c in enumerate(form.coefficients) if c}
    columns = {operand: place for place, operand in enumerate(sorted(used))}
    scale = lcm(*(v.denominator for f in outputs for v in (*f.coefficients, f.constant)))
    sums = tuple(
        Sum(
            tuple((columns[i], _whole(scale, c)) for i, c in enumerate(form.coefficients) if c),
            _whole(scale, form.constant),
        )
        for form in outputs
    )
    steps, places = _steps(kinks, marks, arity, columns)
    is_relative = _is_relative(kinks, marks, arity)
    return Plan(
        tuple(unit_form(arity, i) for i in sorted(used)),
        outputs,
        _formulas(kinks, arity, sorted(used), by_kinks, is_relative),
        frozenset(by_kinks),
        # the sign of one difference tells everything about two operands
        is_relative and len(by_kinks) <= 2 and len(kinks) <= 1,
        -1,
        _factor(kinks, arity),
        scale,
        sums,
        steps,
        tuple(_sum(mark, places) for mark in marks),
        bool(kinks) and kinks[-1].told == marks,
    )


def _whole(scale: int, value: Any) -> Any:
    return value.numerator * (scale // value.denominator)


def _mixtures(kink: Kink) -> list[Mixture]:
    return [kink.form, *(m for pair in kink.selected for m in pair), *kink.told]


def _sum(mixture: Mixture, places: Mapping[int, int]) -> Sum:
    values = [c for _, c in mixture.terms]
    scale = lcm(*(c.denominator for c in (*values, mixture.constant)))
    terms = tuple((places[i], _whole(scale, c)) for i, c in mixture.terms)
    return Sum(terms, _whole(scale, mixture.constant), scale)


def _steps(
    kinks: Sequence[Kink], marks: Iterable[Mixture], arity: int, columns: Mapping[int, int]
) -> tuple[tuple[Step, ...], dict[int, int]]:
    """The steps, and the columns of the values that the marks read."""
    # a value is read up to here; by what is told and by the marks, after the kink has selected
    last: dict[int, float] = {}
    for k, kink in enumerate(kinks):
        for mixture in _mixtures(kink):
            own = k + 0.5 if mixture in kink.told else k
            last.update((i, max(last.get(i, own), own)) for i, _ in mixture.terms)
    last.update((i, inf) for mark in marks for i, _ in mark.terms)
    places = dict(columns)
    steps = []
    fresh, width = arity, len(columns)
    for k, kink in enumerate(kinks):
        form = _sum(kink.form, places)
        # columns of selected values that nothing reads any more are written over
        free = [i for i in places if i >= arity and last.get(i, -1) <= k]
        written: list[tuple[int, Sum, Sum]] = []
        targets: dict[int, int] = {}
        grown = 0
        for first, other in kink.selected:
            kept = next((i for i in free if other == Mixture(((i, 1),))), None)
            if kept is None and free:
                kept = free[0]
            if kept is None:
                target = width + grown
                grown += 1
            else:
                free.remove(kept)
                target = places[kept]
            written.append((target, _sum(first, places), _sum(other, places)))
            targets[fresh] = target
            fresh += 1
        gone = set(targets.values())
        places = {i: c for i, c in places.items() if c not in gone} | targets
        width += grown
        steps.append(
            Step(
                form,
                grown,
                _moves((target, first) for target, first, _ in written),
                _moves((target, other) for target, _, other in written),
                tuple(_sum(mixture, places) for mixture in kink.told),
            )
        )
    return tuple(steps), places


def _factor(kinks: Sequence[Kink], arity: int) -> int:
    """What makes integers of all selected values, if the operands are."""
    factors = [1] * arity
    for kink in kinks:
        for pair in kink.selected:
            own = [c.denominator * factors[i] for mixture in pair for i, c in mixture.terms]
            factors.append(lcm(*own, *(mixture.constant.denominator for mixture in pair)))
    return lcm(*factors)


def _is_relative(kinks: Sequence[Kink], marks: Iterable[Mixture], arity: int) -> bool:
    """Whether nothing changes if the same is added to all operands."""
    shares: list[int | Fraction] = [1] * arity

    def share(mixture: Mixture) -> int | Fraction:
        return sum(c * shares[i] for i, c in mixture.terms)

    for kink in kinks:
        if share(kink.form):
            return False
        for first, other in kink.selected:
            if share(first) != share(other):
                return False
            shares.append(share(first))
        if any(map(share, kink.told)):
            return False
    return not any(map(share, marks))


def _formulas(
    kinks: Sequence[Kink], arity: int, used: Sequence[int], read: set[int], is_relative: bool
) -> tuple[tuple[Form, int], ...]:
    """The operands as the kinks read them: less the first one, if a common term cancels."""
    base = min(read, default=None) if is_relative else None
    result = []
    for operand in used:
        row = [0] * arity
        if operand in read:
            row[operand] += 1
            if base is not None:
                row[base] -= 1
        turns = (c for kink in kinks for i, c in kink.form.terms if i == operand)
        turn = -1 if next(turns, 1) < 0 else 1
        result.append((Form(tuple(turn * c for c in row), 0), turn))
    return tuple(result)
