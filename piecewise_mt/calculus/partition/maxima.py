"""A program as affine forms plus multiples of maxima and order statistics of affine forms.

max(f1 + c h, f2) = max(f1 + (c - m) h, f2 - m h) + m h with m = min(c, 0), so that what a maximum
reads can be made a sum of maxima with factors ≥ 0, and a maximum of such sums is one of affine
forms: max(a + max(b, c), d) = max(a + b, a + c, d). So a tie of n operands is n forms, never the
2ⁿ - 1 sets of them. Maxima that differ by an affine form and a factor are one term, so that
those that cancel are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb, lcm, prod
from typing import Any, TypeAlias

from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.exact.number_rows import content, quotient

Key: TypeAlias = tuple[tuple[int, int | Fraction], ...]
"""An affine form of the variables as sorted pairs (slot, factor): slot 0 is one."""

MAX_FORMS = 1000
"""How many forms one maximum may have."""


@dataclass(frozen=True, slots=True)
class Term:
    """The value of rank `rank`, from 0, of affine forms with integer factors, in increasing order.

    The smallest form, in lexicographic order, is taken from all of them, so that the first one
    is 0. A maximum has the largest rank; it has no form twice.
    """

    forms: tuple[Key, ...]
    rank: int

    @property
    def is_maximum(self) -> bool:
        """Whether it is the maximum of its forms."""
        return self.rank == len(self.forms) - 1


@dataclass(frozen=True, slots=True)
class Maxima:
    """Every output as an affine form plus multiples of the terms."""

    names: tuple[str, ...]
    terms: tuple[Term, ...]
    outputs: tuple[tuple[Slots, dict[int, int | Fraction]], ...]


def rough_faces(program: Program) -> int:
    """A rough bound on the faces that a refinement meets: combinations of labels, or of kinks.

    It does not hold for deep programs, whose kinks bend.
    """
    a, sizes = len(program.names), [unit.atom.arity for unit in program.units]
    kinks = sum(comb(n, 2) if n > 1 else 1 for n in sizes)
    arranged = sum(comb(kinks, j) << j for j in range(min(a, kinks) + 1))
    labelled: int = prod(2**n + 1 for n in sizes)
    return min(labelled, arranged)


def maxima_of(program: Program, limit: int = MAX_FORMS) -> Maxima | None:
    """The outputs of a program as sums of maxima; None if it has other nodes, or too many forms."""
    if program.is_smooth:
        return None
    reader = _Reader(limit)
    known: list[_Sum | None] = [_Sum({slot: 1}, {}) for slot in range(len(program.names) + 1)]
    for unit in program.units:
        known.append(reader.unit(unit, known))
    outputs = []
    for row in program.outputs:
        found = _combined(row, known)
        if found is None:
            return None
        outputs.append(found)
    used = sorted({index for own in outputs for index in own.terms})
    place = {index: i for i, index in enumerate(used)}
    return Maxima(
        program.names,
        tuple(reader.terms[index] for index in used),
        tuple((own.form, {place[i]: c for i, c in own.terms.items()}) for own in outputs),
    )


@dataclass(frozen=True, slots=True)
class _Sum:
    """An affine form plus multiples of terms, by their index; no zeros."""

    form: Slots
    terms: dict[int, int | Fraction]

    @property
    def key(self) -> Any:
        return _key(self.form), _key(self.terms)


class _Unknown(Exception):
    """A function that is no sum of maxima within the bound."""


class _Reader:
    """The lattice of :meth:`Atom.max_min`, with the terms that were met."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.terms: list[Term] = []
        self.places: dict[Term, int] = {}

    def unit(self, unit: Unit, known: Sequence[_Sum | None]) -> _Sum | None:
        """The value of a unit; None if it is not known."""
        operands = []
        for row in unit.operands:
            found = _combined(row, known)
            if found is None:
                return None
            operands.append(found)
        atom = unit.atom
        try:
            if atom.rank is not None:
                return self.ranked(operands, atom.rank)
            return atom.max_min(operands, self)
        except _Unknown:
            return None

    def affine(self, terms: Sequence[tuple[int | Fraction, _Sum]], constant: Any) -> _Sum:
        return _sum((*terms, (constant, _ONE)))

    def maximum(self, functions: Sequence[_Sum]) -> _Sum:
        return self.ranked(functions, len(functions) - 1)

    def minimum(self, functions: Sequence[_Sum]) -> _Sum:
        return self.ranked(functions, 0)

    def ranked(self, functions: Sequence[_Sum], rank: int) -> _Sum:
        """The value of this rank."""
        distinct = {own.key: own for own in functions}
        if len(distinct) == 1:
            return functions[0]
        if rank == len(functions) - 1:
            return self._maximum(list(distinct.values()))
        if rank == 0:
            return _sum([(-1, self._maximum([_sum([(-1, own)]) for own in distinct.values()]))])
        first = functions[0]
        if any(own.terms != first.terms for own in functions):
            raise _Unknown
        return _sum(
            [(1, _Sum({}, first.terms)), (1, self._term([f.form for f in functions], rank))]
        )

    def _maximum(self, functions: Sequence[_Sum]) -> _Sum:
        indices = dict.fromkeys(index for own in functions for index in own.terms)
        shared = {i: min(own.terms.get(i, 0) for own in functions) for i in indices}
        forms: dict[Key, Slots] = {}
        for own in functions:
            rest = [(i, own.terms.get(i, 0) - c) for i, c in shared.items()]
            found = [(self.terms[i], c) for i, c in rest if c]
            if any(not term.is_maximum for term, _ in found):
                raise _Unknown
            if prod(len(term.forms) for term, _ in found) > self.limit - len(forms):
                raise _Unknown
            for choice in product(*(term.forms for term, _ in found)):
                pairs = [(c, dict(form)) for (_, c), form in zip(found, choice, strict=True)]
                form = _forms([(1, own.form), *pairs])
                forms[_key(form)] = form
        common = _Sum({}, {i: c for i, c in shared.items() if c})
        if len(forms) == 1:
            (form,) = forms.values()
            return _sum([(1, common), (1, _Sum(form, {}))])
        return _sum([(1, common), (1, self._term(list(forms.values()), len(forms) - 1))])

    def _term(self, forms: Sequence[Slots], rank: int) -> _Sum:
        """base + factor·term."""
        # the lexicographic order moves along with the forms, so that equal terms look alike
        base = forms[0]
        for form in forms[1:]:
            step = _forms([(1, form), (-1, base)])
            if step and step[min(step)] < 0:
                base = form
        steps = [_forms([(1, form), (-1, base)]) for form in forms]
        values = [c for step in steps for c in step.values()]
        factor = quotient(
            content(c.numerator for c in values), lcm(*(c.denominator for c in values))
        )
        whole = [_key({s: int(c / factor) for s, c in step.items()}) for step in steps]
        term = Term(tuple(sorted(whole)), rank)
        if term not in self.places:
            self.places[term] = len(self.terms)
            self.terms.append(term)
        return _Sum(base, {self.places[term]: _whole(factor)})


_ONE = _Sum({0: 1}, {})


def _combined(row: Slots, known: Sequence[_Sum | None]) -> _Sum | None:
    pairs = []
    for slot, c in row.items():
        own = known[slot]
        if own is None:
            return None
        pairs.append((c, own))
    return _sum(pairs)


def _sum(pairs: Iterable[tuple[int | Fraction, _Sum]]) -> _Sum:
    own = list(pairs)
    return _Sum(_forms([(c, s.form) for c, s in own]), _forms([(c, s.terms) for c, s in own]))


def _forms(pairs: Iterable[tuple[int | Fraction, Slots]]) -> Slots:
    total: Slots = {}
    for factor, form in pairs:
        if factor:
            for slot, c in form.items():
                total[slot] = total.get(slot, 0) + factor * c
    return {slot: _whole(c) for slot, c in total.items() if c}


def _whole(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _key(form: Slots) -> Key:
    return tuple(sorted(form.items()))
