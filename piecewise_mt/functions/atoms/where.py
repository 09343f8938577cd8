"""``where(lhs op rhs, a, b)``: two branches as written, refused if they jump."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.errors import NotContinuous
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.atoms.base import Atom, Constraint, Form, Label, Weights
from piecewise_mt.functions.atoms.extremum import max_atom
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.geometry.complex import REAL, FaceComplex

_TRUE, _FALSE, _TIE = (0,), (1,), (2,)


class Where(Atom):
    """``where(lhs op rhs, a, b)`` of the operands (lhs, rhs, a, b).

    Labels: (0,) the condition holds and the sides differ, (1,) it fails and they differ,
    (2,) the sides are equal. Branches: the two as written.
    """

    arity = 4
    bits = 2

    def __init__(self, op: str) -> None:
        self.op = op
        self.sign = 1 if op in (">", ">=") else -1
        self.tie_holds = op in ("<=", ">=")

    def columns(self) -> tuple[Form, ...]:
        sign, zero, one = self.sign, 0, 1
        return (
            Form((zero, zero, one, zero), zero),
            Form((zero, zero, zero, one), zero),
            Form((sign, -sign, zero, zero), zero),
        )

    def kinks(self) -> tuple[Form, ...]:
        nothing = Form((0, 0, 0, 0), 0)
        return (nothing, nothing, self.columns()[-1])

    @property
    def seam(self) -> tuple[Label, Label, Form] | None:
        other = _FALSE if self.tie_holds else _TRUE
        return _TIE, other, Form((0, 0, 1, -1), 0)

    def refine(self, cells: FaceComplex, bit: int, unit: int) -> tuple[list[int], list[int]]:
        cells.refine(1 << bit, 2 << bit)
        rows = cells.generators
        words, inside = cells.words, cells.inside
        tie = -3 if self.tie_holds else -2
        choice = {i: -3 if row[-1] > 0 else -2 for i, row in enumerate(rows) if row[-1]}
        line_choice = tie
        for level in range(1, len(cells.levels)):
            for members in cells.generator_sets(level):
                if not any(words[g] & REAL for g in members):
                    continue
                moved = next((g for g in members if rows[g][-1]), None)
                own = tie if moved is None else choice[moved]
                if moved is not None:
                    line_choice = own
                on_kink = [g for g in sorted(members) if not rows[g][-1]]
                reached = any(words[g] & REAL for g in on_kink)
                word = 0
                for g in on_kink:
                    word |= words[g]
                if word & inside == inside and own != tie:
                    self._check_jump(cells, on_kink)
                for g in on_kink:
                    # a ray whose tie lies only at infinity takes the side of its faces
                    choice[g] = tie if reached else choice.get(g, own)
        outputs = [row[choice[i]] for i, row in enumerate(rows)]
        on_lines = [row[line_choice] for row in cells.lines]
        for row in (*rows, *cells.lines):
            del row[-3:]
        return outputs, on_lines

    def _check_jump(self, cells: FaceComplex, on_kink: list[int]) -> None:
        """Refuse sides that differ on a face of ties that the other branch reaches too."""
        rows = cells.generators
        d = cells.dimension
        base = next(rows[g] for g in on_kink if rows[g][0])
        point = [Fraction(value, base[0]) for value in base[1 : d + 1]]
        for row in (*(rows[g] for g in on_kink), *cells.lines):
            if row[-3] == row[-2]:
                continue
            if row[0]:
                point = [Fraction(value, row[0]) for value in row[1 : d + 1]]
            elif base[-3] == base[-2]:
                point = [p + step for p, step in zip(point, row[1 : d + 1], strict=True)]
            exact = tuple(map(to_rational, point))
            raise NotContinuous(
                "expected a where whose sides agree at the ties that both of them reach, got two "
                f"values at the point {exact}; make the sides equal there, or use mt.max",
                exact,
            )

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
        taken = 2 if self.branch(label) == _TRUE else 3
        return tuple(int(i == taken) for i in range(4)), 0

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        label = self.label_at(values)
        if label != _TIE:
            taken = 2 if label == _TRUE else 3
            # a maximum of one operand is that operand
            return max_atom(1), (taken,)
        return self, (0, 1, 2, 3)


def where_atom(op: str) -> Where:
    return Where(op)
