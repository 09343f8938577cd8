"""The k-th smallest of n operands: the order statistics behind sort, top-k and the median."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

from piecewise_mt.errors import InvalidTieRule, ShapeError
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Mixture,
    Weights,
    difference,
    unit_form,
    value,
)
from piecewise_mt.functions.atoms.ties import (
    FREE,
    Free,
    Parameter,
    TieRule,
    require_weights,
    rule_key,
    tie_rule,
)

STABLE = ("stable", "reverse")


class OrderStatistic(Atom):
    """The operand of rank k (from 0, ascending) among n operands; continuous.

    Labels: (e, b, i1, …, ie, j1, …, jb), the operands equal to the value and those below it, as
    increasing positions, the sizes of the two sets first; the rest is above. Mark i is positive
    where operand i is above the value, and negative where it is below.

    With the orders "stable" and "reverse" ties are broken by position, so that the branch of
    operand i with a given set below it is one half-open polyhedron. Every other rule gives the
    weights of a label's equal operands, and each label is a branch of its own.
    """

    rank: int
    kind = "OrderStatistic"
    name = "kth"
    every_output_has_interior = True
    told_at_infinity = True

    def __init__(self, n: int, k: int, rule: TieRule | str) -> None:
        if not 0 <= k < n:
            raise ShapeError(
                f"expected a rank from 0 to {n - 1} among {n} operands, got {k}; ranks count from "
                "0 and ascending"
                if n
                else "expected at least one operand to order, got none; give operands"
            )
        self.arity = n
        self.rank = k
        self.rule = rule
        self.parameters = (str(k + 1),)
        self.rule_text = f"ties={rule}" if isinstance(rule, str) else rule.text
        self.has_checked_rule = isinstance(rule, str) or rule.checked
        # the shorter way: the k + 1 lowest, or after a change of sign the n - k highest
        self.sign = 1 if k < n - k else -1
        self.kept = min(k + 1, n - k)

    @property
    def key(self) -> Hashable:
        rule = self.rule if isinstance(self.rule, str) else rule_key(self.rule)
        return (type(self), self.arity, self.rank, rule)

    def kinks(self) -> tuple[Kink, ...]:
        return _insertion(self.arity, self.kept, self.sign)[0]

    def marks(self) -> tuple[Mixture, ...]:
        found = _insertion(self.arity, self.kept, self.sign)[1]
        return tuple(difference(i, found) for i in range(self.arity))

    def outputs(self) -> tuple[Form, ...]:
        return tuple(unit_form(self.arity, i) for i in range(self.arity))

    def output(self, label: Label) -> int:
        return label[2]

    def label(self, bits: int) -> Label:
        signs = [(bits >> (2 * i)) & 3 for i in range(self.arity)]
        return self._label([i for i, s in enumerate(signs) if s == 0],
                           [i for i, s in enumerate(signs) if s == 2])  # fmt: skip

    def label_at(self, values: Sequence[Fraction]) -> Label:
        value = sorted(values)[self.rank]
        return self._label([i for i, v in enumerate(values) if v == value],
                           [i for i, v in enumerate(values) if v < value])  # fmt: skip

    @staticmethod
    def _label(equal: Sequence[int], below: Sequence[int]) -> Label:
        return (len(equal), len(below), *equal, *below)

    def sets(self, label: Label) -> tuple[Label, Label, Label]:
        """The positions below, equal to, and above the value."""
        equal, below = label[2 : 2 + label[0]], label[2 + label[0] :]
        rest = {*equal, *below}
        return below, equal, tuple(i for i in range(self.arity) if i not in rest)

    def label_text(self, label: Label) -> str:
        parts = ("{" + ", ".join(str(i + 1) for i in part) + "}" for part in self.sets(label))
        return " < ".join(parts)

    def _over(self, i: int, j: int, relation: str) -> Constraint:
        """Operand i minus operand j against 0."""
        return Constraint(Form(tuple((p == i) - (p == j) for p in range(self.arity)), 0), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        below, equal, above = self.sets(label)
        value = equal[0]
        return [
            *(self._over(value, i, "=") for i in equal[1:]),
            *(self._over(value, j, ">") for j in below),
            *(self._over(j, value, ">") for j in above),
        ]

    def branch(self, label: Label) -> Label:
        if not isinstance(self.rule, str):
            return label
        below, equal, _ = self.sets(label)
        order = equal if self.rule == "stable" else equal[::-1]
        place = self.rank - len(below)
        return self._label([order[place]], sorted((*below, *order[:place])))

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        if not isinstance(self.rule, str):
            return self.constraints(label)
        below, (i,), above = self.sets(branch)
        turn = 1 if self.rule == "stable" else -1
        return [
            *(self._over(i, j, ">=" if turn * j < turn * i else ">") for j in below),
            *(self._over(j, i, ">=" if turn * j > turn * i else ">") for j in above),
        ]

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        equal = self.sets(label)[1]
        row: list[Coefficient] = [0] * self.arity
        if isinstance(self.rule, str):
            row[self.branch(label)[2]] = 1
            return tuple(row), 0
        if isinstance(self.rule, Free):
            start = self._offset(label) if len(equal) > 1 else 0
            rest: Coefficient = 1
            for place, i in enumerate(equal[:-1]):
                row[i] = parameter(start + place)
                rest = rest - row[i]
            row[equal[-1]] = rest
            return tuple(row), 0
        given = self.rule.weights(equal, self.arity, parameter)
        for i, weight in zip(equal, given, strict=True):
            row[i] = weight
        return tuple(row), 0

    def selection(self, label: Label) -> Weights:
        return unit_form(self.arity, label[2])

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        below, equal, _ = self.sets(self.label_at(values))
        return order_atom(len(equal), self.rank - len(below)), equal

    def _sizes_below(self, e: int) -> range:
        """How many operands may be below, if e are equal."""
        return range(max(0, self.rank - e + 1), min(self.rank, self.arity - e) + 1)

    def _offset(self, label: Label) -> int:
        """How many parameters come before the label's own."""
        n, (e, b) = self.arity, label[:2]
        below, equal, above = self.sets(label)
        total = sum(
            comb(n, size) * comb(n - size, under) * (size - 1)
            for size in range(2, e)
            for under in self._sizes_below(size)
        )
        total += sum(
            comb(n, e) * comb(n - e, under) * (e - 1) for under in self._sizes_below(e) if under < b
        )
        others = sorted((*below, *above))
        rank = _lexicographic(equal, n) * comb(n - e, b)
        rank += _lexicographic([others.index(i) for i in below], n - e)
        return total + rank * (e - 1)

    def with_rule(self, rule: str) -> OrderStatistic:
        return OrderStatistic(self.arity, self.rank, FREE if rule == "free" else "stable")

    def parameter_count(self) -> int:
        n = self.arity
        if isinstance(self.rule, str):
            return 0
        if not isinstance(self.rule, Free):
            return self.rule.parameter_count(n)
        return sum(
            comb(n, e) * comb(n - e, b) * (e - 1)
            for e in range(2, n + 1)
            for b in self._sizes_below(e)
        )

    def names(self) -> set[str]:
        return set() if isinstance(self.rule, str) else self.rule.names()


@lru_cache(maxsize=64)
def _insertion(n: int, kept: int, sign: int) -> tuple[tuple[Kink, ...], int]:
    """The comparisons that sort n operands, and which value is the last of those kept.

    Insertion into the sorted list of the lowest candidates so far (after a change of sign the
    highest): every comparison is a kink, the smaller one stays in place, the larger one is carried
    upwards, and what is above the last place kept is dropped.
    """
    kinks = []
    held: list[int] = []
    values = n
    for j in range(n):
        carried = j
        for place, other in enumerate(held):
            form = difference(other, carried) if sign > 0 else difference(carried, other)
            smaller = (value(carried), value(other))
            is_last = place + 1 == kept
            kinks.append(Kink(form, (smaller,) if is_last else (smaller, smaller[::-1])))
            held[place], carried = values, values + 1
            values += 1 if is_last else 2
        if len(held) < kept:
            held.append(carried)
    return tuple(kinks), held[-1]


def _lexicographic(chosen: Sequence[int], n: int) -> int:
    """The rank of an increasing sequence among those of its length out of range(n)."""
    rank, previous, k = 0, -1, len(chosen)
    for position, index in enumerate(chosen):
        for skipped in range(previous + 1, index):
            rank += comb(n - skipped - 1, k - position - 1)
        previous = index
    return rank


def order_atom(n: int, k: int, ties: Any = "free") -> OrderStatistic:
    """The k-th smallest of n operands, k from 0."""
    if isinstance(ties, str) and ties in STABLE:
        return OrderStatistic(n, k, ties)
    try:
        rule = tie_rule(ties, n)
        require_weights(rule, n)
        return OrderStatistic(n, k, rule)
    except InvalidTieRule as error:
        if not isinstance(ties, str):
            raise
        raise InvalidTieRule(
            "expected ties to be one of ['average', 'first', 'free', 'last', 'reverse', "
            f"'stable'], weights or a mapping, got {ties!r}; 'stable' breaks ties by position"
        ) from error
