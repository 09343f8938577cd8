"""``where(lhs op rhs, a, b)``: two branches as written, refused if they jump."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Sides,
    Weights,
    difference,
    unit_form,
)
from piecewise_mt.functions.atoms.extremum import max_atom
from piecewise_mt.functions.atoms.ties import Parameter

_TRUE, _FALSE, _TIE = (0,), (1,), (2,)


class Where(Atom):
    """``where(lhs op rhs, a, b)`` of the operands (lhs, rhs, a, b).

    Labels: (0,) the condition holds and the sides differ, (1,) it fails and they differ,
    (2,) the sides are equal. Branches: the two as written.
    """

    arity = 4
    kind = "Where"
    name = "where"
    every_output_has_interior = True

    def __init__(self, op: str) -> None:
        self.op = op
        self.parameters = (op,)
        self.sign = 1 if op in (">", ">=") else -1
        self.tie_holds = op in ("<=", ">=")

    @property
    def key(self) -> Hashable:
        return (type(self), self.op)

    def kinks(self) -> tuple[Kink, ...]:
        return (Kink(difference(0, 1) if self.sign > 0 else difference(1, 0)),)

    def outputs(self) -> tuple[Form, ...]:
        return (unit_form(4, 2), unit_form(4, 3))

    def output(self, label: Label) -> int:
        return self.branch(label)[0]

    @property
    def sides(self) -> Sides:
        other = _FALSE if self.tie_holds else _TRUE
        return Sides(_TIE, other, (0, 1))

    def label(self, bits: int) -> Label:
        return (_TIE, _TRUE, _FALSE)[bits]

    def label_at(self, values: Sequence[Fraction]) -> Label:
        difference = self.sign * (values[0] - values[1])
        return _TRUE if difference > 0 else _FALSE if difference < 0 else _TIE

    def label_text(self, label: Label) -> str:
        return ("true", "false", "tie")[label[0]]

    def _compare(self, sign: int, relation: str) -> Constraint:
        zero, one = 0, self.sign * sign
        return Constraint(Form((one, -one, zero, zero), zero), relation)

    def constraints(self, label: Label) -> list[Constraint]:
        if label == _TIE:
            return [self._compare(1, "=")]
        return [self._compare(1 if label == _TRUE else -1, ">")]

    def branch(self, label: Label) -> Label:
        return label if label != _TIE else (_TRUE if self.tie_holds else _FALSE)

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        closed = self.branch(_TIE) == branch
        return [self._compare(1 if branch == _TRUE else -1, ">=" if closed else ">")]

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        return self.selection(label)

    def selection(self, label: Label) -> Weights:
        return unit_form(4, 2 + self.output(label))

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        label = self.label_at(values)
        if label != _TIE:
            taken = 2 if label == _TRUE else 3
            # a maximum of one operand is that operand
            return max_atom(1), (taken,)
        return self, (0, 1, 2, 3)


def where_atom(op: str) -> Where:
    return Where(op)
