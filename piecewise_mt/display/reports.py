"""Reports as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from piecewise_mt.typeset.tables import Cell, Column, Table


class ReportLike(Protocol):
    """What is read of a report."""

    @property
    def title(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def checks(self) -> Sequence[Any]: ...
    @property
    def failures(self) -> Sequence[Any]: ...
    @property
    def notes(self) -> Sequence[str]: ...


def report_table(report: ReportLike) -> Table:
    """One row a check; counterexamples and findings as notes below."""

    def rows() -> Iterator[list[Cell]]:
        for check in report.checks:
            yield [Cell.plain(check.name), Cell.plain(check.verdict), Cell.plain(check.detail)]

    columns = [Column(Cell.plain(name)) for name in ("check", "verdict", "detail")]
    notes = [f"{failure.check}: {failure.message}" for failure in report.failures]
    title = f"{report.title}: {'ok' if report.ok else 'not ok'}"
    return Table(title, columns, rows, [*notes, *report.notes, *_rests_on(report)])


def _rests_on(report: ReportLike) -> list[str]:
    """What is trusted beside exact arithmetic."""
    names = getattr(report, "rests_on", ())  # not every report has verdicts of its own
    return [f"rests on {', '.join(names)}"] if names else []
