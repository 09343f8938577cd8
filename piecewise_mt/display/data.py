"""A point's value and gradient, strata and reports, as a table or as plain data for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.results.report import Report
from piecewise_mt.calculus.smooth.formulas import formula_latex, formula_text
from piecewise_mt.exact.polynomials import Coefficient, to_coefficient
from piecewise_mt.typeset.affine import gradient_latex, gradient_text, latex_name
from piecewise_mt.typeset.tables import Cell, Column, Table


class FunctionLike(Protocol):
    """What is read of a function."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def symbols(self) -> Sequence[sympy.Symbol]: ...
    def value(self, point: Any) -> Any: ...
    def gradient(self, point: Any) -> sympy.ImmutableMatrix: ...


def _entries(value: Any) -> list[Any]:
    return list(value) if isinstance(value, sympy.MatrixBase) else [value]


def _rows(matrix: sympy.MatrixBase) -> list[list[Coefficient]]:
    return [[to_coefficient(c) for c in matrix.row(i)] for i in range(matrix.rows)]


def point_table(f: FunctionLike, point: Mapping[str, Any]) -> Table:
    """The value and the associated gradient of `f` at one exact point.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(point_table(mt.max(*mt.variables("y1 y2")), {"y1": 1, "y2": 1}))
    max(y1, y2) at y1 = 1, y2 = 1
    <BLANKLINE>
    value  gradient
    ─────  ──────────
    1      (z, 1 - z)
    """
    value, gradient = f.value(point), f.gradient(point)
    where = ", ".join(f"{name} = {point[name]}" for name in (s.name for s in f.symbols))
    values = [[to_coefficient(entry)] for entry in _entries(value)]
    rows = _rows(gradient)
    columns = [Column(Cell.plain("value")), Column(Cell.plain("gradient"))]
    row = [
        Cell(formula_text(values, (), f.shape), formula_latex(values, (), f.shape)),
        Cell(gradient_text(rows), gradient_latex(rows)),
    ]
    title_latex = ", ".join(f"${latex_name(s.name)} = {point[s.name]}$" for s in f.symbols)
    return Table(f"{f} at {where}", columns, [row], title_latex=f"At {title_latex}")


def point_data(f: FunctionLike, point: Mapping[str, Any]) -> dict[str, Any]:
    """The same as plain data: numbers and expressions are strings."""
    gradient = f.gradient(point)
    return {
        "function": str(f),
        "variables": [s.name for s in f.symbols],
        "point": {name: str(value) for name, value in point.items()},
        "shape": list(f.shape),
        "value": [str(entry) for entry in _entries(f.value(point))],
        "gradient": [[str(c) for c in gradient.row(i)] for i in range(gradient.rows)],
    }


def strata_data(strata: Any) -> dict[str, Any]:
    """The strata of a function as plain data."""
    return {
        "function": strata.title,
        "variables": list(strata.names),
        "f_vector": list(strata.f_vector),
        "strata": [
            {
                "condition": stratum.condition_text,
                "dimension": stratum.dimension,
                "labels": list(stratum.labels),
                "witness": [str(value) for value in stratum.witness],
            }
            for stratum in strata
        ],
    }


def report_data(report: Report) -> dict[str, Any]:
    """A report as plain data, its counterexamples with exact points as strings."""
    return {
        "title": report.title,
        "ok": report.ok,
        "checks": [
            {
                "name": check.name,
                "verdict": str(check.verdict),
                "detail": check.detail,
                "failures": [
                    {"message": failure.message, "point": [str(c) for c in failure.point]}
                    for failure in check.failures
                ],
            }
            for check in report.checks
        ],
    }
