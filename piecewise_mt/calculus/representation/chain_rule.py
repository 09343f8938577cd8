"""The chain rule (14) written out: the factors whose product is a piece's gradient.

∇f = W_ℓ B̃_ℓ W_{ℓ-1} … W_1 B̃_1 W_0. A program is levelled: level r holds the units whose operands
need the levels below only. W_{r-1} maps the values that are alive after level r - 1 to the
operands of level r, and B̃_r holds the weights that the tie rules pick (the partial derivatives of
a smooth node). A value that a later level
needs is carried along through an identity block, so a general DAG fits the same form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program, Slots, SmoothUnit, picked
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.smooth.affine_hull import Hull
from piecewise_mt.calculus.smooth.rewriting import tidied
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.build.smooth_nodes import put
from piecewise_mt.memory import cached_property
from piecewise_mt.typeset.mathml import InNotebooks

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.derived import DerivedPiece
    from piecewise_mt.typeset.tables import Table

Matrix = list[list[Any]]


@dataclass(frozen=True)
class ActiveBranch:
    """Which branch of one unit a piece lies in: one of the sets U of (9)."""

    level: int
    kind: str
    """The node's name, as it is written: max, relu, …"""
    operands: tuple[Any, ...]
    """The operands on the piece, as affine forms (c0, c1, …, ca) or SymPy expressions."""
    label: str
    weights: tuple[sympy.Expr, ...]
    """The row of B̃ that belongs to the unit."""


class ChainRule(InNotebooks):
    """The factors of (14) on one piece.

    Attributes
    ----------
    factors : tuple of ImmutableMatrix
        W_ℓ, B̃_ℓ, …, B̃_1, W_0, outermost first.
    names : tuple of str
        Their names, ``"W2"``, ``"B2"``, …
    product : ImmutableMatrix
        The expanded product, which is the piece's gradient.
    branches : tuple of ActiveBranch
        The active branch of every unit, level by level.

    Examples
    --------
    (x, x) into max: the tie holds on the whole line, and z cancels in the product.

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> chain = mt.max(x, x).represent().chain_rule(1)
    >>> chain.factors
    (Matrix([[1]]), Matrix([[z, 1 - z]]), Matrix([
    [1],
    [1]]))
    >>> chain.product
    Matrix([[1]])
    """

    def __init__(
        self,
        piece: DerivedPiece,
        program: Program,
        labels: Sequence[Label],
        hull: Hull | None = None,
    ) -> None:
        self.piece = piece
        self._program = program
        self._members = _members(program, labels, piece.hull if hull is None else hull)
        rows, self.names = _factors(program, self._members)
        self.factors: tuple[sympy.ImmutableMatrix, ...] = tuple(
            to_matrix(matrix, len(matrix[0]) if matrix else 0) for matrix in rows
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables."""
        return self._program.names

    @cached_property
    def product(self) -> sympy.ImmutableMatrix:
        """The factors multiplied and expanded."""
        result = self.factors[0]
        multiplied = tidied if self._program.is_smooth else sympy.expand
        for factor in self.factors[1:]:
            result = (result * factor).applyfunc(multiplied)
        return sympy.ImmutableMatrix(result)

    @cached_property
    def branches(self) -> tuple[ActiveBranch, ...]:
        """The sets of (9): the active branch of every unit, level by level."""
        found = [
            ActiveBranch(
                member.level,
                member.kind,
                member.values,
                member.label,
                tuple(to_matrix([member.row], len(member.row))),
            )
            for member in self._members
        ]
        return tuple(sorted(found, key=lambda branch: branch.level))

    def table(self) -> Table:
        """The active branches as a table, with the product below."""
        from piecewise_mt.display.door import chain_rule_table

        return chain_rule_table(self)

    def to_latex(self) -> str:
        """The product (14) as a display: the factors, and what they multiply to."""
        from piecewise_mt.display.door import chain_rule_latex

        return chain_rule_latex(self)

    def to_text(self) -> str:
        return self.table().to_text()

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        shapes = " ".join(
            f"{name}({factor.rows}x{factor.cols})"
            for name, factor in zip(self.names, self.factors, strict=True)
        )
        return f"ChainRule(piece {self.piece.alpha}: {shapes})"

    def _repr_latex_(self) -> str:
        return f"$${self.to_latex()}$$"


@dataclass(frozen=True, slots=True)
class _Member:
    """A unit, smooth or not, as the factors see it."""

    slot: int
    level: int
    operands: tuple[Slots, ...]
    row: tuple[Any, ...]
    """Its row of B̃: the weights of the tie rule, or the partial derivatives."""
    kind: str
    label: str
    values: tuple[Any, ...]
    """The operands on the piece, affine forms or SymPy expressions."""


def _members(program: Program, labels: Sequence[Label], hull: Hull) -> list[_Member]:
    """All units, in the order of their slots' evaluation, levelled together."""
    a = len(program.names)
    forms = program.operand_forms(labels, picked)
    formulas = program.formulas(labels, picked).operands if program.is_smooth else {}
    level: dict[int, int] = {}
    found = []
    for slot, unit in program.ordered():
        level[slot] = 1 + max((level.get(s, 0) for row in unit.operands for s in row), default=0)
        row: tuple[Any, ...]
        values: Sequence[Any]
        if isinstance(unit, SmoothUnit):
            values = formulas[slot]
            row = tuple(tidied(hull.restricted(put(d, values))) for d in unit.function.partials)
            kind, label = unit.name, "C¹"
        else:
            own = labels[slot - a - 1]
            row, _ = picked(unit, own)
            values = formulas[slot] if unit.relayed else list(map(tuple, forms[slot - a - 1]))
            kind = unit.atom.kind if unit.node is None else unit.node.name
            label = unit.atom.label_text(own)
        found.append(_Member(slot, level[slot], unit.operands, row, kind, label, tuple(values)))
    return found


def _factors(program: Program, members: Sequence[_Member]) -> tuple[list[Matrix], tuple[str, ...]]:
    """The factors, outermost first, and their names."""
    alive = list(range(1, len(program.names) + 1))
    depth = max((member.level for member in members), default=0)
    factors: list[Matrix] = []
    names: list[str] = []
    for level in range(1, depth + 1):
        own = [member for member in members if member.level == level]
        later = {
            slot
            for row in (
                *(row for member in members if member.level > level for row in member.operands),
                *program.outputs,
            )
            for slot in row
        }
        carried = [slot for slot in alive if slot in later]
        operands: list[Slots] = [row for member in own for row in member.operands]
        operands += [{slot: 1} for slot in carried]
        factors.append([_row(form, alive) for form in operands])
        names.append(f"W{level - 1}")
        blocks: Matrix = []
        start = 0
        for member in own:
            row: list[Any] = [0] * len(operands)
            row[start : start + len(member.row)] = member.row
            start += len(member.row)
            blocks.append(row)
        for k in range(len(carried)):
            blocks.append([int(j == start + k) for j in range(len(operands))])
        factors.append(blocks)
        names.append(f"B{level}")
        alive = [member.slot for member in own] + carried
    factors.append([_row(form, alive) for form in program.outputs])
    names.append(f"W{depth}")
    return factors[::-1], tuple(names[::-1])


def _row(form: Slots, alive: list[int]) -> list[Any]:
    return [form.get(slot, 0) for slot in alive]
