"""The maximum and minimum of n operands, with the tie rules of ``functions.ties``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.budget import require_bytes
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Lattice,
    Mixture,
    T,
    Weights,
    difference,
    unit_form,
    value,
)
from piecewise_mt.functions.atoms.ties import FIRST, FREE, Parameter, TieRule, rule_key, tie_rule

GAP = 60
"""The bytes of one difference of two operands; half of all pairs are compared."""


class Extremum(Atom):
    """The maximum (sign +1) or minimum (sign -1) of n operands.

    Labels: (k, i1, …, ik), the argmax set with its size first. Mark i is positive where operand i
    is *not* an argmax, and never negative.
    """

    rank: int
    kind = "Extremum"
    every_output_has_interior = True
    told_at_infinity = True

    def __init__(self, n: int, sign: int, rule: TieRule) -> None:
        if n < 1:
            raise ShapeError(
                "expected at least one operand of max or min, got none; the maximum of nothing "
                "is undefined"
            )
        self.arity = n
        self.sign = sign
        self.rank = n - 1 if sign > 0 else 0
        self.name = "max" if sign > 0 else "min"
        self.rule = rule
        self.rule_text = rule.text
        self.has_checked_rule = rule.checked

    @property
    def key(self) -> Hashable:
        return (type(self), self.arity, self.sign, rule_key(self.rule))

    def kinks(self) -> tuple[Kink, ...]:
        # each new candidate against the extremum so far; a candidate may pass several older ones
        # without any cut, inside a bounded face, so faces with equal argmax sets are joined
        require_bytes(GAP * self.arity**2, f"the kinks of a {self.name} of {self.arity}")
        result = []
        for j in range(1, self.arity):
            best, new = self._running(j - 1), self._running(j)
            form = difference(j, best) if self.sign > 0 else difference(best, j)
            told = tuple(self._gap(new, i) for i in range(j + 1)) if j > 1 else ()
            result.append(Kink(form, ((value(j), value(best)),), told))
        return tuple(result)

    def _running(self, j: int) -> int:
        """The value that is the extremum of the operands up to j."""
        return self.arity + j - 1 if j else 0

    def _gap(self, best: int, i: int) -> Mixture:
        return difference(best, i) if self.sign > 0 else difference(i, best)

    def marks(self) -> tuple[Mixture, ...]:
        return tuple(self._gap(self._running(self.arity - 1), i) for i in range(self.arity))

    def outputs(self) -> tuple[Form, ...]:
        return tuple(unit_form(self.arity, i) for i in range(self.arity))

    def output(self, label: Label) -> int:
        return label[1]

    def max_min(self, operands: Sequence[T], lattice: Lattice[T]) -> T:
        return (lattice.maximum if self.sign > 0 else lattice.minimum)(operands)

    def label(self, bits: int) -> Label:
        tied = tuple(i for i in range(self.arity) if not (bits >> (2 * i)) & 1)
        return (len(tied), *tied)

    def label_at(self, values: Sequence[Fraction]) -> Label:
        best = max(values) if self.sign > 0 else min(values)
        tied = tuple(i for i, value in enumerate(values) if value == best)
        return (len(tied), *tied)

    def label_text(self, label: Label) -> str:
        return "{" + ", ".join(str(i + 1) for i in label[1:]) + "}"

    def _over(self, i: int, j: int, relation: str) -> Constraint:
        """Operand i against operand j, in the order of the extremum."""
        row = [0] * self.arity
        row[i] += self.sign
        row[j] -= self.sign
        return Constraint(Form(tuple(row), 0), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        first, *others = label[1:]
        result = [self._over(first, i, "=") for i in others]
        tied = set(label[1:])
        return result + [self._over(first, j, ">") for j in range(self.arity) if j not in tied]

    def branch(self, label: Label) -> Label:
        return self.rule.branch(label[1:])

    def half_open_branches(self) -> tuple[Label, ...] | None:
        if not self.rule.half_open:
            return None
        return tuple(self.branch((1, i)) for i in range(self.arity))

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        if not self.rule.half_open:
            return self.constraints(label)
        i = branch[1]
        return [
            self._over(i, j, ">=" if self.branch((2, *sorted((i, j)))) == branch else ">")
            for j in range(self.arity)
            if j != i
        ]

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        row: list[Coefficient] = [0] * self.arity
        given = self.rule.weights(label[1:], self.arity, parameter)
        for i, weight in zip(label[1:], given, strict=True):
            row[i] = weight
        return tuple(row), 0

    def selection(self, label: Label) -> Weights:
        return unit_form(self.arity, label[1])

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        tied = self.label_at(values)[1:]
        return Extremum(len(tied), self.sign, tie_rule("free", len(tied))), tied

    def with_rule(self, rule: str) -> Extremum:
        return Extremum(self.arity, self.sign, FREE if rule == "free" else FIRST)

    def parameter_count(self) -> int:
        return self.rule.parameter_count(self.arity)

    def names(self) -> set[str]:
        return self.rule.names()


def max_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, 1, tie_rule(ties, n))


def min_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, -1, tie_rule(ties, n))
