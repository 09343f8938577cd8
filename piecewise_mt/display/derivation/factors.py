"""The chain rule (14) and the conditions (15) as a person would write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.calculus.smooth.formulas import formula_of
from piecewise_mt.exact.polynomials import to_coefficient
from piecewise_mt.typeset.affine import (
    coefficient_latex,
    expression_latex,
    latex_name,
    number_latex,
)
from piecewise_mt.typeset.latex_layout import matrix
from piecewise_mt.typeset.tables import Cell, Column, Table


class ConditionLike(Protocol):
    """What is read of a tangential condition."""

    @property
    def alpha(self) -> int: ...
    @property
    def output(self) -> int: ...
    @property
    def direction(self) -> tuple[int, ...]: ...
    @property
    def expected(self) -> Any: ...
    @property
    def holds(self) -> bool | None: ...
    @property
    def normals(self) -> tuple[tuple[int, ...], ...]: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def scalar(self) -> bool: ...


def _signed_sum(terms: Sequence[tuple[int, str]], times: str) -> str:
    parts: list[str] = []
    for c, text in terms:
        body = text if abs(c) == 1 else f"{abs(c)}{times}{text}"
        sign = "-" if c < 0 else "+"
        parts.append(f"{sign} {body}" if parts else ("-" if c < 0 else "") + body)
    return " ".join(parts)


def condition_15_text(condition: ConditionLike) -> str:
    """``∂f3/∂y1 + ∂f3/∂y2 = 1 on P3``."""
    f = f"f{condition.alpha}" + ("" if condition.scalar else f"_{condition.output + 1}")
    terms = [
        (t, f"∂{f}/∂{name}")
        for t, name in zip(condition.direction, condition.names, strict=True)
        if t
    ]
    return f"{_signed_sum(terms, '*')} = {condition.expected} on P{condition.alpha}"


def condition_15_latex(condition: ConditionLike) -> str:
    r"""The same in LaTeX, without the alignment."""
    index = "" if condition.scalar else f"_{{{condition.output + 1}}}"
    f = f"f^{{{condition.alpha}}}{index}"
    terms = [
        (t, rf"\partial_{{{latex_name(name)}}} {f}")
        for t, name in zip(condition.direction, condition.names, strict=True)
        if t
    ]
    right = (
        expression_latex(condition.expected)
        if is_expression(condition.expected)
        else number_latex(condition.expected)
    )
    return rf"{_signed_sum(terms, chr(92) + ', ')} = {right} \text{{ on }} P^{{{condition.alpha}}}"


def _vectors(vectors: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(f"({', '.join(map(str, vector))})" for vector in vectors)


def conditions_15_table(conditions: Any) -> Table:
    """One row an equation; pieces whose condition is empty are named below."""

    def rows() -> Iterator[list[Cell]]:
        for condition in conditions:
            yield [
                Cell(condition_15_text(condition), condition_15_latex(condition)),
                Cell.plain({True: "yes", False: "no", None: "undecided"}[condition.holds]),
                Cell(_vectors(condition.normals), _vectors(condition.normals)),
            ]

    columns = [Column(Cell.plain(name)) for name in ("condition (15)", "holds", "free along")]
    notes = [
        f"P{alpha} is a point: its tangent space is {{0}}, so the condition is empty there"
        for alpha in conditions.empty
    ]
    undecided = any(condition.holds is None for condition in conditions)
    violated = any(condition.holds is False for condition in conditions)
    title = f"Tangential conditions: {len(conditions)}, " + (
        "not all hold" if violated else "not all decided" if undecided else "all hold"
    )
    return Table(title, columns, rows, notes)


def conditions_15_latex(conditions: Any) -> str:
    r"""A numbered ``align`` display."""
    lines = [condition_15_latex(condition).replace(" = ", " &= ", 1) for condition in conditions]
    separator = " \\\\\n"
    return f"\\begin{{align}}\n{separator.join(lines)}\n\\end{{align}}"


def _operands(rows: Sequence[Any], names: Sequence[str]) -> str:
    return ", ".join(formula_of(row, tuple(names)).text for row in rows)


def chain_rule_table(chain: Any) -> Table:
    """The active branch of every unit; the product below."""

    def rows() -> Iterator[list[Cell]]:
        for branch in chain.branches:
            yield [
                Cell.plain(str(branch.level)),
                Cell.plain(f"{branch.kind}({_operands(branch.operands, chain.variables)})"),
                Cell.plain(branch.label),
                Cell.plain(f"({', '.join(map(str, branch.weights))})"),
            ]

    columns = [Column(Cell.plain(name)) for name in ("level", "node", "active", "weights")]
    factors = [
        f"{name} = {factor.tolist()}"
        for name, factor in zip(chain.names, chain.factors, strict=True)
    ]
    product = f"{' '.join(chain.names)} = {chain.product.tolist()}"
    return Table(f"Chain rule (14) on P{chain.piece.alpha}", columns, rows, [*factors, product])


def chain_rule_latex(chain: Any) -> str:
    r"""``\widetilde\nabla f^{α} = W_ℓ \widetilde B_ℓ … W_0``, each matrix over its name."""
    under = [
        rf"\underbrace{{{matrix_latex(factor)}}}_{{{factor_latex(name)}}}"
        for name, factor in zip(chain.names, chain.factors, strict=True)
    ]
    left = rf"\widetilde\nabla f^{{{chain.piece.alpha}}}"
    return f"{left} = {' '.join(under)} = {matrix_latex(chain.product)}"


def factor_latex(name: str) -> str:
    r"""``B2`` as ``\widetilde B_{2}``, ``W0`` as ``W_{0}``."""
    return rf"\widetilde B_{{{name[1:]}}}" if name[0] == "B" else f"W_{{{name[1:]}}}"


def matrix_latex(entries: sympy.MatrixBase) -> str:
    """A SymPy matrix in parentheses; polynomials in the package's order of terms."""
    rows = [entries.row(i) for i in range(entries.rows)]
    return matrix([[_entry(c) for c in row] for row in rows])


def _entry(value: sympy.Expr) -> str:
    if (value.is_number or value.is_polynomial()) and not value.has(sympy.E, sympy.exp):
        return coefficient_latex(to_coefficient(value))
    return expression_latex(value)
