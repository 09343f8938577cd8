"""The audit of a framework as a table: primitives against the rungs of the ladder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from piecewise_mt.calculus.local.rungs import Rung
from piecewise_mt.typeset.conditions import condition_latex, condition_text
from piecewise_mt.typeset.tables import Cell, Column, Table

_SHOWN = 2


def audit_table(audit: Any) -> Table:
    """One row a primitive and mode: how many strata reach which rung, and where it fails.

    Rungs that no stratum reaches have no column.
    """
    totals = {rung: sum(result.counts[rung] for result in audit.results) for rung in Rung}
    rungs = [rung for rung in Rung if totals[rung]]
    untested = any(result.report.untested for result in audit.results)
    failing = any(result.worst for result in audit.results)

    def rows() -> Iterator[list[Cell]]:
        for result in audit.results:
            cells = [Cell.plain(result.primitive.name), Cell.plain(result.mode)]
            cells += [_count(result.counts[rung]) for rung in rungs]
            if untested:
                cells.append(_count(len(result.report.untested)))
            if failing:
                cells.append(_where([stratum.polyhedron for stratum in result.worst]))
            yield cells

    columns = [Column(Cell.plain("primitive")), Column(Cell.plain("mode"))]
    columns += [Column(Cell.plain(str(rung)), "r") for rung in rungs]
    if untested:
        columns.append(Column(Cell.plain("untested"), "r"))
    if failing:
        columns.append(Column(Cell.plain("not associated on")))
    title = f"{audit.framework} {audit.version} on {audit.day.isoformat()}: strata by rung"
    return Table(title, columns, rows)


def _count(number: int) -> Cell:
    return Cell.plain(str(number) if number else "")


def _where(polyhedra: list[Any]) -> Cell:
    shown = polyhedra[:_SHOWN]
    more = f", and {len(polyhedra) - _SHOWN} more" if len(polyhedra) > _SHOWN else ""
    return Cell(
        "; ".join(map(condition_text, shown)) + more,
        "; ".join(map(condition_latex, shown)) + (rf"\text{{{more}}}" if more else ""),
    )
