"""The maximum and minimum of n operands, with the tie rules of ``functions.ties``."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.polynomials import Coefficient
from piecewise_mt.functions.atoms.base import Atom, Constraint, Form, Label, Weights
from piecewise_mt.functions.atoms.ties import Parameter, TieRule, tie_rule
from piecewise_mt.geometry.complex import FaceComplex


class Extremum(Atom):
    """The maximum (sign +1) or minimum (sign -1) of n operands.

    Labels: (k, i1, …, ik), the argmax set with its size first. Bit i of a word says that
    operand i is *not* an argmax.
    """

    def __init__(self, n: int, sign: int, rule: TieRule) -> None:
        if n < 1:
            raise ShapeError(
                "expected at least one operand of max or min, got none; the maximum of nothing "
                "is undefined"
            )
        self.arity = self.bits = n
        self.by_signs = n <= 2
        self.sign = sign
        self.rule = rule
        self.rule_text = rule.text

    def columns(self) -> tuple[Form, ...]:
        return tuple(
            Form(tuple(self.sign * (i == j) for j in range(self.arity)), 0)
            for i in range(self.arity)
        )

    def kinks(self) -> tuple[Form, ...]:
        # the maximum of all candidates less the first one has the same argmax sets
        return tuple(
            Form(tuple(self.sign * ((i == j) - (j == 0)) for j in range(self.arity)), 0)
            for i in range(self.arity)
        )

    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        n = self.arity
        for row in (*cells.generators, *cells.lines):
            row.append(row[-n])
        # n - 1 kinks, each new candidate against the maximum so far; the columns are now the
        # n candidates and that maximum. Faces with equal argmax sets are joined as they arise.
        for j in range(1, n):
            for row in (*cells.generators, *cells.lines):
                row.append(row[j - n - 1] - row[-1])
            cells.refine(0, 0)
            raised = False
            for row in cells.generators:
                height = row.pop()
                if height > 0:
                    raised = True
                    row[-1] += height
            for row in cells.lines:
                row.pop()
            # a candidate may pass several older ones without any cut, inside a bounded face
            if raised and j > 1:
                self._mark(cells, bit, j + 1)
                cells.merge()
                keep = ~(((1 << n) - 1) << bit)
                cells.words = [word & keep for word in cells.words]
        self._mark(cells, bit, n)
        outputs = [self.sign * row[-1] for row in cells.generators]
        on_lines = [self.sign * row[-1] for row in cells.lines]
        for row in (*cells.generators, *cells.lines):
            del row[-n - 1 :]
        return outputs, on_lines

    def _mark(self, cells: FaceComplex, bit: int, count: int) -> None:
        """Set the bits of the first `count` candidates at every generator."""
        n = self.arity
        for index, row in enumerate(cells.generators):
            best = row[-1]
            bits = 0
            for i in range(count):
                if row[i - n - 1] != best:
                    bits |= 1 << i
            cells.words[index] |= bits << bit

    def label(self, bits: int) -> Label:
        tied = tuple(i for i in range(self.arity) if not (bits >> i) & 1)
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
        return tuple(int(i == label[1]) for i in range(self.arity)), 0

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        tied = self.label_at(values)[1:]
        return Extremum(len(tied), self.sign, tie_rule("free", len(tied))), tied

    def parameter_count(self) -> int:
        return self.rule.parameter_count(self.arity)

    def names(self) -> set[str]:
        return self.rule.names()


def max_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, 1, tie_rule(ties, n))


def min_atom(n: int, ties: Any = "free") -> Extremum:
    return Extremum(n, -1, tie_rule(ties, n))
