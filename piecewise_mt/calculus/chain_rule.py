"""The chain rule (14) written out: the factors whose product is a piece's gradient.

∇f = W_ℓ B̃_ℓ W_{ℓ-1} … W_1 B̃_1 W_0. A program is levelled: level r holds the units whose operands
need the levels below only. W_{r-1} maps the values that are alive after level r - 1 to the
operands of level r, and B̃_r holds the weights that the tie rules pick. A value that a later level
needs is carried along through an identity block, so a general DAG fits the same form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sympy

from piecewise_mt.calculus.program import Affine, Program, Slots, picked
from piecewise_mt.exact.polynomials import Coefficient, coefficient_to_sympy
from piecewise_mt.functions.atoms import Label

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation import DerivedPiece
    from piecewise_mt.display.tables import Table

Matrix = list[list[Coefficient]]


@dataclass(frozen=True)
class ActiveBranch:
    """Which branch of one unit a piece lies in: one of the sets U of (9)."""

    level: int
    kind: str
    """The kind of atom."""
    operands: tuple[Affine, ...]
    """The operands as affine forms (c0, c1, …, ca) on the piece."""
    label: str
    weights: tuple[sympy.Expr, ...]
    """The row of B̃ that belongs to the unit."""


class ChainRule:
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

    def __init__(self, piece: DerivedPiece, program: Program, labels: Sequence[Label]) -> None:
        self.piece = piece
        self._program = program
        self._labels = labels
        rows, self.names = _factors(program, labels)
        self.factors: tuple[sympy.ImmutableMatrix, ...] = tuple(map(_to_matrix, rows))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables."""
        return self._program.names

    @cached_property
    def product(self) -> sympy.ImmutableMatrix:
        """The factors multiplied and expanded."""
        result = self.factors[0]
        for factor in self.factors[1:]:
            result = (result * factor).applyfunc(sympy.expand)
        return sympy.ImmutableMatrix(result)

    @cached_property
    def branches(self) -> tuple[ActiveBranch, ...]:
        """The sets of (9): the active branch of every unit, level by level."""
        forms = self._program.affine(self._labels, picked).operands
        found = []
        for unit, label, operands in zip(self._program.units, self._labels, forms, strict=True):
            weights, _ = picked(unit, label)
            found.append(
                ActiveBranch(
                    unit.level,
                    type(unit.atom).__name__,
                    tuple(map(tuple, operands)),
                    unit.atom.label_text(label),
                    tuple(map(coefficient_to_sympy, weights)),
                )
            )
        return tuple(sorted(found, key=lambda branch: branch.level))

    def table(self) -> Table:
        """The active branches as a table, with the product below."""
        from piecewise_mt.display.derivations import chain_rule_table

        return chain_rule_table(self)

    def to_latex(self) -> str:
        """The product (14) as a display: the factors, and what they multiply to."""
        from piecewise_mt.display.derivations import chain_rule_latex

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


def _factors(program: Program, labels: Sequence[Label]) -> tuple[list[Matrix], tuple[str, ...]]:
    """The factors, outermost first, and their names."""
    a = len(program.names)
    depth = max((unit.level for unit in program.units), default=0)
    alive = list(range(1, a + 1))
    factors: list[Matrix] = []
    names: list[str] = []
    for level in range(1, depth + 1):
        members = [i for i, unit in enumerate(program.units) if unit.level == level]
        later = _needed(program, level)
        carried = [slot for slot in alive if slot in later]
        operands: list[Slots] = [row for i in members for row in program.units[i].operands]
        operands += [{slot: 1} for slot in carried]
        factors.append([_row(form, alive) for form in operands])
        names.append(f"W{level - 1}")
        blocks: Matrix = []
        start = 0
        for i in members:
            weights, _ = picked(program.units[i], labels[i])
            row: list[Coefficient] = [0] * len(operands)
            row[start : start + len(weights)] = weights
            start += len(weights)
            blocks.append(row)
        for k in range(len(carried)):
            blocks.append([int(j == start + k) for j in range(len(operands))])
        factors.append(blocks)
        names.append(f"B{level}")
        alive = [a + 1 + i for i in members] + carried
    factors.append([_row(form, alive) for form in program.outputs])
    names.append(f"W{depth}")
    return factors[::-1], tuple(names[::-1])


def _needed(program: Program, level: int) -> set[int]:
    """The slots that levels above `level`, or the outputs, read."""
    rows = [row for unit in program.units if unit.level > level for row in unit.operands]
    return {slot for row in (*rows, *program.outputs) for slot in row}


def _row(form: Slots, alive: list[int]) -> list[Coefficient]:
    return [form.get(slot, 0) for slot in alive]


def _to_matrix(rows: Matrix) -> sympy.ImmutableMatrix:
    width = len(rows[0]) if rows else 0
    entries = [coefficient_to_sympy(c) for row in rows for c in row]
    return sympy.ImmutableMatrix(len(rows), width, entries)
