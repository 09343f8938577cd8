"""Models as LP and MPS texts. All numbers are whole or short decimals, and so exact."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from piecewise_mt.calculus.models.model import Column, OptimisationModel

_WIDTH = 200
"""Of a line; solvers have limits."""


def number_text(value: Fraction) -> str:
    """A number with a finite decimal expansion.

    Examples
    --------
    >>> number_text(Fraction(-3, 40)), number_text(Fraction(2))
    ('-0.075', '2')
    """
    if value.denominator == 1:
        return str(value.numerator)
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f")


def lp_text(model: OptimisationModel) -> str:
    """The LP format."""
    names = [column.name for column in model.columns]
    title = repr(model.function).replace("\n", " ")[:_WIDTH]
    lines = [f"\\ minimum of {title}"]
    given = [v.name for v in model.function.variables]
    lines += [f"\\ {own} is {name}" for own, name in zip(names, given, strict=False) if own != name]
    lines += ["minimize", f" obj: {names[model.objective]}", "subject to"]
    for number, row in enumerate(model.rows, start=1):
        terms = [_term(c, names[j], i == 0) for i, (j, c) in enumerate(row.terms)]
        sign = "=" if row.is_equation else ">="
        lines += _wrapped(f" r{number}:", [*terms, f"{sign} {-row.constant}"])
    lines.append("bounds")
    for column in model.columns:
        if not column.is_integer:
            lines.append(f" {_bounds(column)}")
    own = [column.name for column in model.columns if column.is_integer]
    if own:
        lines += ["binary", *_wrapped("", own)]
    lines += ["end", ""]
    return "\n".join(lines)


def _term(c: int, name: str, is_first: bool) -> str:
    sign = "-" if c < 0 else "" if is_first else "+"
    size = name if abs(c) == 1 else f"{abs(c)} {name}"
    return f"{sign} {size}".strip()


def _wrapped(start: str, parts: Iterable[str]) -> list[str]:
    lines = [start]
    for part in parts:
        if len(lines[-1]) + len(part) > _WIDTH:
            lines.append(" ")
        lines[-1] += f" {part}"
    return lines


def _bounds(column: Column) -> str:
    low, high, name = column.lower, column.upper, column.name
    if low is None and high is None:
        return f"{name} free"
    if low is not None and low == high:
        return f"{name} = {number_text(low)}"
    left = "-inf" if low is None else number_text(low)
    right = "" if high is None else f" <= {number_text(high)}"
    return f"{left} <= {name}{right}"


def mps_text(model: OptimisationModel) -> str:
    """The free MPS format."""
    names = [column.name for column in model.columns]
    lines = ["NAME piecewise_mt", "ROWS", " N obj"]
    entries: list[list[str]] = [[] for _ in names]
    entries[model.objective].append("obj 1")
    sides = []
    for number, row in enumerate(model.rows, start=1):
        lines.append(f" {'E' if row.is_equation else 'G'} r{number}")
        for j, c in row.terms:
            entries[j].append(f"r{number} {c}")
        if row.constant:
            sides.append(f" RHS r{number} {-row.constant}")
    lines.append("COLUMNS")
    marked = False
    for column, own in zip(model.columns, entries, strict=True):
        if column.is_integer != marked:
            marked = column.is_integer
            lines.append(f" MARKER 'MARKER' '{'INTORG' if marked else 'INTEND'}'")
        # a column that no row reads still has to be named
        lines += [f" {column.name} {entry}" for entry in own or ["obj 0"]]
    if marked:
        lines.append(" MARKER 'MARKER' 'INTEND'")
    lines += ["RHS", *sides, "BOUNDS"]
    for column in model.columns:
        lines += [f" {kind} BND {column.name}{value}" for kind, value in _kinds(column)]
    lines += ["ENDATA", ""]
    return "\n".join(lines)


def _kinds(column: Column) -> list[tuple[str, str]]:
    low, high = column.lower, column.upper
    if column.is_integer:
        return [("BV", "")]
    if low is None and high is None:
        return [("FR", "")]
    if low is not None and low == high:
        return [("FX", f" {number_text(low)}")]
    first = ("MI", "") if low is None else ("LO", f" {number_text(low)}")
    return [first] if high is None else [first, ("UP", f" {number_text(high)}")]
