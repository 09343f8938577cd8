"""Reports as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from piecewise_mt.typeset.tables import Cell, Column, Table, latex_escape


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
            name, detail = check.name, check.detail
            yield [_words(name), Cell.plain(check.verdict), _words(detail)]

    columns = [Column(Cell.plain(name)) for name in ("check", "verdict", "detail")]
    notes = [f"{failure.check}: {failure.message}" for failure in report.failures]
    title = f"{report.title}: {'ok' if report.ok else 'not ok'}"
    notes = [*notes, *report.notes, *_rests_on(report)]
    return Table(title, columns, rows, notes, note_latex=findings_latex)


def _rests_on(report: ReportLike) -> list[str]:
    """What is trusted beside exact arithmetic."""
    names = getattr(report, "rests_on", ())  # not every report has verdicts of its own
    return [f"rests on {', '.join(names)}"] if names else []


def _words(text: str) -> Cell:
    return Cell(text, partial(findings_latex, text), math=False)


_MATH = re.compile(
    r"∇fᵅ·t = D\(f\|P\)·t|fᵅ = f\b|∇fᵅ|∇f\b|fᵅ|\bf(?P<piece>\d+)\b(?![*(])|\bP(?P<set>\d+)\b"
    r"|(?<![\w.)*^/])f(?= is | on every)|(?!\(\d+\))\((?:-?\d+(?:/\d+)?(?:, |(?=\))))+\)"
    r"|(?<=is )-\d+(?:/\d+)?(?![\w*^/.])"
)


def findings_latex(text: str) -> str:
    r"""The sentence of a check, with the formulas and points in it as mathematics.

    >>> print(findings_latex("f2 is -1/2 at (-1, 0) of piece 2, but f is 0"))
    $f^{2}$ is $-1/2$ at $(-1, 0)$ of piece 2, but $f$ is 0
    """
    parts, start = [], 0
    for match in _MATH.finditer(text):
        parts += [latex_escape(text[start : match.start()]), f"${_formula(match)}$"]
        start = match.end()
    return "".join([*parts, latex_escape(text[start:])])


def _formula(match: re.Match[str]) -> str:
    if match["piece"] or match["set"]:
        return f"{match[0][0]}^{{{match['piece'] or match['set']}}}"
    known = {
        "∇fᵅ": r"\widetilde\nabla f^{\alpha}",
        "∇f": r"\nabla f",
        "fᵅ": r"f^{\alpha}",
        "fᵅ = f": r"f^{\alpha} = f",
        "∇fᵅ·t = D(f|P)·t": r"\widetilde\nabla f^{\alpha} \cdot t = D(f|_{P}) \cdot t",
    }
    return known.get(match[0], match[0])
