"""The chain rule (14) and the conditions (15) as a person would write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    def direction(self) -> tuple[Any, ...]: ...
    @property
    def expected(self) -> Any: ...
    @property
    def holds(self) -> bool | None: ...
    @property
    def normals(self) -> tuple[tuple[Any, ...], ...]: ...
    @property
    def part(self) -> Any: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def scalar(self) -> bool: ...


def _signed_sum(
    terms: Sequence[tuple[Any, str]], times: str, write: Callable[[Any], str] = str
) -> str:
    # of expressions the positive ones come first; integers keep the order of the variables
    if any(is_expression(c) for c, _ in terms):
        terms = sorted(terms, key=lambda term: _is_negative(term[0]))
    parts: list[str] = []
    for c, text in terms:
        negative = _is_negative(c)
        size = -c if negative else c
        factor = write(size)
        if is_expression(size) and size.is_Add:
            factor = f"({factor})"
        body = text if size == 1 else f"{factor}{times}{text}"
        sign = "-" if negative else "+"
        parts.append(f"{sign} {body}" if parts else ("-" if negative else "") + body)
    return " ".join(parts)


def _is_negative(c: Any) -> bool:
    return bool(c.could_extract_minus_sign()) if is_expression(c) else bool(c < 0)


def condition_15_text(condition: ConditionLike) -> str:
    """``∂f3/∂y1 + ∂f3/∂y2 = 1 on P3``; a part of the piece is named by what holds on it."""
    f = f"f{condition.alpha}" + ("" if condition.scalar else f"_{condition.output + 1}")
    terms = [
        (t, f"∂{f}/∂{name}")
        for t, name in zip(condition.direction, condition.names, strict=True)
        if t
    ]
    where = part_text(condition.alpha, condition.part)
    return f"{_signed_sum(terms, '*')} = {condition.expected} on {where}"


def part_text(alpha: int, part: Any) -> str:
    """``P3``, or ``P3 ∩ {x = 0, w != 0}`` for a part of it."""
    return f"P{alpha}" if part is None else f"P{alpha} ∩ {{{part.text}}}"


def part_latex(alpha: int, part: Any) -> str:
    """The same in LaTeX."""
    own = f"P^{{{alpha}}}"
    return own if part is None else rf"{own} \cap \{{{part.latex}\}}"


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
    left = _signed_sum(terms, r"\, ", _latex)
    return rf"{left} = {right} \text{{ on }} {part_latex(condition.alpha, condition.part)}"


def _latex(c: Any) -> str:
    return expression_latex(c) if is_expression(c) else str(c)


def _vectors(vectors: Sequence[tuple[Any, ...]], write: Callable[[Any], str] = str) -> str:
    return ", ".join(f"({', '.join(map(write, vector))})" for vector in vectors)


def conditions_15_table(conditions: Any) -> Table:
    """One row an equation; pieces whose condition is empty are named below."""

    def rows() -> Iterator[list[Cell]]:
        for condition in conditions:
            yield [
                Cell(condition_15_text(condition), condition_15_latex(condition)),
                Cell.plain(_held(condition)),
                Cell(_vectors(condition.normals), _vectors(condition.normals, _latex)),
            ]

    columns = [Column(Cell.plain(name)) for name in ("condition (15)", "holds", "free along")]
    notes = [
        f"P{alpha} is a point: its tangent space is {{0}}, so the condition is empty there"
        for alpha in conditions.empty
    ]
    notes += [
        f"{part_text(alpha, part)} is of dimension 0: its tangent space is {{0}}, so the condition "
        "is empty there"
        for alpha, part in conditions.empty_parts
    ]
    notes += [f"not decided: {reason}" for reason in conditions.undecided]
    notes += [f"that there are no other parts rests on {name}" for name in conditions.trusted]
    undecided = (
        conditions.undecided
        or conditions.trusted
        or any(_held(c).startswith("undecided") for c in conditions)
    )
    violated = any(condition.holds is False for condition in conditions)
    title = f"Tangential conditions: {len(conditions)}, " + (
        "not all hold" if violated else "not all decided" if undecided else "all hold"
    )
    if len(conditions) == 1:
        title = "Tangential conditions: 1, which " + (
            "does not hold" if violated else "is not decided" if undecided else "holds"
        )
    return Table(title, columns, rows, notes)


def _held(condition: Any) -> str:
    if condition.holds and condition.trusted:
        return f"undecided, trusting {', '.join(condition.trusted)}"
    return {True: "yes", False: "no", None: "undecided"}[condition.holds]


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


def factor_latex(name: str, letter: str = "W") -> str:
    r"""``B2`` as ``\widetilde B_{2}``, ``W0`` as ``W_{0}``, or with another letter than W."""
    return rf"\widetilde B_{{{name[1:]}}}" if name[0] == "B" else f"{letter}_{{{name[1:]}}}"


def matrix_latex(entries: sympy.MatrixBase) -> str:
    """A SymPy matrix in parentheses; polynomials in the package's order of terms."""
    rows = [entries.row(i) for i in range(entries.rows)]
    return matrix([[_entry(c) for c in row] for row in rows])


def _entry(value: sympy.Expr) -> str:
    if (value.is_number or value.is_polynomial()) and not value.has(sympy.E, sympy.exp):
        return coefficient_latex(to_coefficient(value))
    return expression_latex(value)
