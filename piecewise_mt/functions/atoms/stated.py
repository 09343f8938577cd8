"""A user's own representation as an atom: Theorem 1 composes it with everything else."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Mixture,
    Weights,
)
from piecewise_mt.functions.atoms.ties import Parameter
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import related

_PLUS, _MINUS, _ZERO = 0, 1, 2
_SIGN = (_ZERO, _PLUS, _MINUS)
"""The sign that the two bits of a row mean."""


class Stated(Atom):
    """One output of a representation that covers space by disjoint pieces and is continuous.

    Labels: (α, s1, s2, …), the piece and the signs of all rows of all conditions (0 positive, 1
    negative, 2 zero). A piece that is one polyhedron is a branch, (α,); of a union every label is
    one, so that a branch is always one polyhedron.

    Parameters
    ----------
    pieces : sequence of (parts, formula)
        The parts of a piece, and its formula as coefficients (c0, c1, …, cn) of the operands: the
        coordinates of the parts, and then smooth formulas.
    """

    kind = "Stated"
    name = "apply"

    def __init__(
        self, pieces: Sequence[tuple[tuple[Polyhedron, ...], tuple[Fraction, ...]]]
    ) -> None:
        self.pieces = tuple(pieces)
        self.arity = len(pieces[0][1]) - 1
        rows: dict[Row, None] = {}
        for parts, _ in pieces:
            for part in parts:
                rows.update(dict.fromkeys(part.equations))
                rows.update(dict.fromkeys(row for row, _ in part.inequalities))
        # formulas may have operands of their own, which no condition reads
        self.rows = tuple((*row, *(0,) * (self.arity + 1 - len(row))) for row in rows)
        self._place = {row: i for i, row in enumerate(rows)}

    @property
    def key(self) -> Hashable:
        pieces = (
            (tuple((p.variables, p.equations, p.inequalities) for p in parts), formula)
            for parts, formula in self.pieces
        )
        return (type(self), *pieces)

    def kinks(self) -> tuple[Kink, ...]:
        return tuple(
            Kink(Mixture(tuple((i, c) for i, c in enumerate(row[1:]) if c), row[0]))
            for row in self.rows
        )

    def outputs(self) -> tuple[Form, ...]:
        return tuple(Form(formula[1:], formula[0]) for _, formula in self.pieces)

    def output(self, label: Label) -> int:
        return label[0] - 1

    def _of_signs(self, signs: Sequence[int]) -> Label:
        for alpha, (parts, _) in enumerate(self.pieces, start=1):
            if any(self._meets(part, signs) for part in parts):
                return (alpha, *signs)
        raise PiecewiseError(
            "expected pieces that cover the space, got a point in none; check the representation "
            "with mt.check"
        )

    def _meets(self, part: Polyhedron, signs: Sequence[int]) -> bool:
        return all(signs[self._place[row]] == _ZERO for row in part.equations) and all(
            signs[self._place[row]] in ((_PLUS,) if strict else (_PLUS, _ZERO))
            for row, strict in part.inequalities
        )

    def label(self, bits: int) -> Label:
        return self._of_signs([_SIGN[(bits >> (2 * j)) & 3] for j in range(len(self.rows))])

    def label_at(self, values: Sequence[Fraction]) -> Label:
        signs = []
        for row in self.rows:
            height = sum(
                (c * v for c, v in zip(row, (Fraction(1), *values), strict=True)), Fraction(0)
            )
            signs.append(_PLUS if height > 0 else _MINUS if height < 0 else _ZERO)
        return self._of_signs(signs)

    def label_text(self, label: Label) -> str:
        return f"P{label[0]}"

    def constraints(self, label: Label) -> list[Constraint]:
        result = []
        for row, sign in zip(self.rows, label[1:], strict=True):
            turned = tuple(-c for c in row) if sign == _MINUS else row
            result.append(Constraint(Form(turned[1:], turned[0]), "=" if sign == _ZERO else ">"))
        return result

    def branch(self, label: Label) -> Label:
        return label[:1] if len(self.pieces[label[0] - 1][0]) == 1 else label

    def branch_constraints(self, branch: Label, label: Label) -> list[Constraint]:
        if len(branch) > 1:
            return self.constraints(label)
        (part,) = self.pieces[branch[0] - 1][0]
        result = []
        for row, relation in related(part):
            wide = self.rows[self._place[row]]
            result.append(Constraint(Form(wide[1:], wide[0]), relation))
        return result

    def weights(self, label: Label, parameter: Parameter) -> Weights:
        return self.selection(label)

    def selection(self, label: Label) -> Weights:
        formula = self.pieces[self.output(label)][1]
        return formula[1:], formula[0]

    def localized(self, values: Sequence[Fraction]) -> tuple[Atom, tuple[int, ...]]:
        signs = dict(zip(self._place, self.label_at(values)[1:], strict=True))
        names = tuple(f"y{i + 1}" for i in range(self.arity))
        pieces = []
        for parts, formula in self.pieces:
            near = []
            for part in parts:
                # away from its boundary a relation holds nearby or fails nearby
                if any(signs[row] != _ZERO for row in part.equations) or any(
                    signs[row] == _MINUS for row, _ in part.inequalities
                ):
                    continue
                equal = [self._without_constant(row) for row in part.equations]
                above = [
                    (self._without_constant(row), strict)
                    for row, strict in part.inequalities
                    if signs[row] == _ZERO
                ]
                near.append(Polyhedron(names, equal, above))
            if near:
                pieces.append((tuple(near), (Fraction(0), *formula[1:])))
        return Stated(pieces), tuple(range(self.arity))

    def _without_constant(self, row: Row) -> Row:
        """A row of the coordinates, in all operands."""
        return (0, *self.rows[self._place[row]][1:])
