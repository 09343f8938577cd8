"""How many strata there are, by a formula, where the operands of all units are independent."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.numbers import primitive


def independent_counts(program: Program) -> tuple[int, ...] | None:
    """The number of strata of each dimension 0, …, a; None if no formula is known.

    All combinations of labels occur if the kinks that tell them are linearly independent; the
    codimensions then add up. A unit counts by itself: a function of one operand by its breakpoints,
    an order statistic by its sets; all ranks of the same operands together by weak orders.

    Notes
    -----
    A label of the k-th smallest of n operands with e equal and b below it is one of
    C(n, e) C(n - e, b), of codimension e - 1; a weak order of j classes one of j! S(n, j), of
    codimension n - j.
    """
    if program.is_smooth or any(unit.level > 1 for unit in program.units):
        return None
    a = len(program.names)
    groups: dict[Any, list[Unit]] = {}
    for unit in program.units:
        key = tuple(tuple(sorted(row.items())) for row in unit.operands)
        groups.setdefault(key, []).append(unit)
    forms: list[tuple[int, ...]] = []
    # how many combinations of labels there are of each codimension
    total = [1]
    for units in groups.values():
        own = _codimensions(units)
        if own is None:
            return None
        first, *others = units[0].operands
        forms += [_row(other, first, a) for other in others] if others else [_row(first, {}, a)]
        if len(forms) > a:
            return None
        total = _product(total, own)
    if len(echelon(forms)) < len(forms):
        return None
    return tuple(total[a - d] if a - d < len(total) else 0 for d in range(a + 1))


def _row(form: Slots, base: Slots, a: int) -> tuple[int, ...]:
    """The linear part of a difference of forms of the variables."""
    return primitive([0, *(form.get(i, 0) - base.get(i, 0) for i in range(1, a + 1))])


def _codimensions(units: Sequence[Unit]) -> list[int] | None:
    """How many combinations of labels units of the same operands have, by codimension."""
    atom = units[0].atom
    n = atom.arity
    ranks = {unit.atom.rank for unit in units}
    if n == 1:
        known = len(units) == 1 and atom.breaks is not None
        return [atom.breaks + 1, atom.breaks] if known and atom.breaks is not None else None
    if ranks == set(range(n)):
        return [_weak_orders(n, n - c) for c in range(n)]
    if len(ranks) > 1 or atom.rank is None:
        return None
    k = atom.rank
    return [
        sum(comb(n, e) * comb(n - e, b) for b in range(max(0, k - e + 1), min(k, n - e) + 1))
        for e in range(1, n + 1)
    ]


def _weak_orders(n: int, classes: int) -> int:
    """classes!·S(n, classes): maps of n operands onto ordered classes."""
    return sum((-1) ** i * comb(classes, i) * (classes - i) ** n for i in range(classes + 1))


def _product(one: Sequence[int], two: Sequence[int]) -> list[int]:
    result = [0] * (len(one) + len(two) - 1)
    for i, p in enumerate(one):
        for j, q in enumerate(two):
            result[i + j] += p * q
    return result
