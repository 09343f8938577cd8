"""Affine forms as whole numbers over one denominator, and how they are put together.

A form has one row for every monomial of tie parameters; no fraction is made before somebody asks
for one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from piecewise_mt.exact.linear import Row, make_primitive
from piecewise_mt.exact.number_rows import content, quotient
from piecewise_mt.exact.numbers import common_denominator
from piecewise_mt.exact.polynomials import Coefficient, Monomial, Polynomial
from piecewise_mt.functions.atoms.base import Form as Combination

if TYPE_CHECKING:
    from piecewise_mt.calculus.evaluation.program import Slots


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
            plain: list[Coefficient] = [c // d if not c % d else Fraction(c, d) for c in self.row]
        except TypeError:
            plain = [quotient(c, d) for c in self.row]
        return [self._coefficient(k, c) for k, c in enumerate(plain)] if self.more else plain

    def _coefficient(self, k: int, plain: Coefficient) -> Coefficient:
        assert self.more is not None
        c, d = self.row[k], self.denominator
        terms = {m: _fraction(row[k], d) for m, row in self.more.items() if row[k]}
        if not terms:
            return plain
        if c:
            terms[()] = _fraction(c, d)
        return Polynomial(terms)


# most coefficients come again and again
_fraction = lru_cache(1 << 14)(quotient)


def _whole(c: Any, scale: int) -> Any:
    return c.numerator * (scale // c.denominator)


class Sum(NamedTuple):
    """A sparse form of slots, times a denominator."""

    denominator: int
    of: dict[int, int]


class Weighed(NamedTuple):
    """Weights of operands and a constant, times a denominator, by monomials."""

    denominator: int
    terms: list[tuple[Monomial, int, int]]
    """(monomial, operand, weight)."""
    constants: list[tuple[Monomial, int]]
    only: int
    """The operand that is picked as it is, or -1."""


class Mixed(NamedTuple):
    """A positive multiple of a combination of operands."""

    terms: list[tuple[int, int]]
    constant: int


def combined(row: Sum, slots: Sequence[Whole | None], width: int) -> Whole:
    """The form of a row of slots, the first `width` of which are the variables'."""
    total = [0] * width
    scale = 1
    forms: list[tuple[Whole, int]] = []
    for slot, c in row.of.items():
        if slot < width:
            total[slot] = c
            continue
        form = slots[slot]
        assert form is not None
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
            add_rows(more, form.more, c)
    return reduced(row.denominator * scale, total, more)


def moved(
    row: Sum, form: Whole, by: Mapping[int, Whole | None], slots: Sequence[Whole | None], width: int
) -> Whole:
    """The form of a row after some slots have moved by these forms (None: by any)."""
    if form.denominator != 1 or row.denominator != 1 or 2 * len(by) > len(row.of):
        return combined(row, slots, width)
    total, more = form.row, dict(form.more or ())
    for slot, step in by.items():
        c = row.of.get(slot)
        if c is None:
            continue
        if step is None:
            return combined(row, slots, width)
        total = [t + c * v for t, v in zip(total, step.row)]
        if step.more:
            add_rows(more, step.more, c)
    return form if total is form.row else reduced(1, total, more)


def weighted(weights: Weighed, operands: Sequence[Whole], width: int) -> Whole:
    """The operands of a unit, each times its weight."""
    if weights.only >= 0:
        return operands[weights.only]
    scale = 1
    for _, k, _ in weights.terms:
        scale = lcm(scale, operands[k].denominator)
    rows: dict[Monomial, list[int]] = {(): [0] * width}
    for monomial, k, weight in weights.terms:
        form = operands[k]
        c = weight * (scale // form.denominator)
        add_rows(rows, {monomial: form.row}, c)
        if form.more:
            add_rows(rows, {times(monomial, m): row for m, row in form.more.items()}, c)
    for monomial, constant in weights.constants:
        row = rows.setdefault(monomial, [0] * width)
        row[0] += constant * scale
    return reduced(weights.denominator * scale, rows.pop(()), rows)


def interpolated(corners: Sequence[Whole], axes: Sequence[Sequence[Monomial]], width: int) -> Whole:
    """The form that is affine in the monomials of every axis, from its values at the corners.

    Along an axis one corner is that of no monomial, and one that of each monomial alone at 1; the
    corners come in the order of digits, the last axis being the last digit.

    Examples
    --------
    (1 - z) + z x, where only z, the one monomial of one axis, is 0 or 1:

    >>> interpolated([Whole(1, [1, 0]), Whole(1, [0, 1])], [[("z",)]], 2)
    Whole(denominator=1, row=[1, 0], more={('z',): [-1, 1]})
    """
    scale = lcm(*(corner.denominator for corner in corners))
    rows = [
        c.row if c.denominator == scale else [scale // c.denominator * v for v in c.row]
        for c in corners
    ]
    monomials: list[Monomial] = [()]
    step = len(rows)
    for axis in axes:
        size = len(axis) + 1
        step //= size
        for first in range(0, len(rows), step * size):
            for place in range(first, first + step):
                low = rows[place]
                for other in range(place + step, first + step * size, step):
                    rows[other] = [b - a for a, b in zip(low, rows[other])]
        monomials = [times(one, other) for one in monomials for other in ((), *axis)]
    found: dict[Monomial, list[int]] = {}
    for monomial, row in zip(monomials, rows):
        before = found.get(monomial)
        found[monomial] = row if before is None else [a + b for a, b in zip(before, row)]
    return reduced(scale, found.pop(()), found)


def primitive_of(mixed: Mixed, operands: Sequence[Whole]) -> Row:
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


def _scale(values: Collection[int | Fraction]) -> int:
    return 1 if all(type(c) is int for c in values) else common_denominator(values)


def mixed_of(form: Combination) -> Mixed:
    scale = _scale([*form.coefficients, form.constant])
    terms = [(k, _whole(c, scale)) for k, c in enumerate(form.coefficients) if c]
    return Mixed(terms, _whole(form.constant, scale))


def summed(row: Slots) -> Sum:
    scale = _scale(row.values())
    return Sum(scale, {slot: _whole(c, scale) for slot, c in row.items()})


def word_of(rows: Sequence[Slots], width: int) -> int:
    """The units that rows read, as bits."""
    word = 0
    for row in rows:
        for slot in row:
            if slot >= width:
                word |= 1 << (slot - width)
    return word


def difference(before: Whole | None, after: Whole | None) -> Whole | None:
    """By what a form has moved, if it is one of whole numbers."""
    if before is None or after is None or before.denominator != 1 or after.denominator != 1:
        return None
    more: dict[Monomial, list[int]] = dict(after.more or ())
    if before.more:
        add_rows(more, before.more, -1)
    return Whole(1, [b - a for a, b in zip(before.row, after.row)], more or None)


def weights_of(given: tuple[Sequence[Coefficient], Coefficient]) -> Weighed:
    weights, constant = given
    terms = [(m, k, c) for k, w in enumerate(weights) for m, c in _monomials(w)]
    constants = _monomials(constant)
    scale = _scale([*(c for *_, c in terms), *(c for _, c in constants)])
    whole = [(m, k, _whole(c, scale)) for m, k, c in terms]
    only = whole[0][1] if scale == 1 and not constants and len(whole) == 1 else -1
    if only >= 0 and whole[0] != ((), only, 1):
        only = -1
    return Weighed(scale, whole, [(m, _whole(c, scale)) for m, c in constants], only)


class Choice(NamedTuple):
    """What a label chooses of a unit's operands: weights without parameters, and with them."""

    plain: Weighed
    """The weights if all monomials are 0."""
    others: dict[Monomial, Weighed]
    """Those if one monomial is 1 and the others are 0."""


def choice_of(given_weights: tuple[Sequence[Coefficient], Coefficient]) -> Choice:
    """The weights as a function of the monomials in them, of which each is affine.

    Examples
    --------
    The tie z y1 + (1 - z) y2 of a maximum is y2 for z = 0, and y1 for z = 1:

    >>> z = Polynomial.generator("z")
    >>> plain, others = choice_of(((z, 1 - z), 0))
    >>> plain.only, {monomial: own.only for monomial, own in others.items()}
    (1, {('z',): 0})
    """
    weights = weights_of(given_weights)
    given = [m for m, *_ in weights.terms] + [m for m, _ in weights.constants]
    monomials = dict.fromkeys(m for m in given if m)
    if not monomials:
        return Choice(weights, {})

    def at(one: Monomial) -> Weighed:
        own: dict[int, int] = {}
        for m, k, c in weights.terms:
            if m in ((), one):
                own[k] = own.get(k, 0) + c
        constant = sum(c for m, c in weights.constants if m in ((), one))
        size = max(own, default=-1) + 1
        scale = weights.denominator
        return weights_of(
            ([quotient(own.get(k, 0), scale) for k in range(size)], quotient(constant, scale))
        )

    return Choice(at(()), {m: at(m) for m in monomials})


def _monomials(value: Coefficient) -> list[tuple[Monomial, int | Fraction]]:
    if isinstance(value, Polynomial):
        return list(value.terms.items())
    return [((), value)] if value else []


@lru_cache(1 << 12)
def times(one: Monomial, other: Monomial) -> Monomial:
    return tuple(sorted(one + other, key=str)) if one and other else one or other


def add_rows(rows: dict[Monomial, list[int]], added: dict[Monomial, list[int]], c: int) -> None:
    for monomial, row in added.items():
        before = rows.get(monomial)
        if before is None:
            rows[monomial] = [c * v for v in row]
        else:
            rows[monomial] = [t + c * v for t, v in zip(before, row)]


def reduced(denominator: int, row: list[int], more: dict[Monomial, list[int]]) -> Whole:
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
