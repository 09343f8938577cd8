"""The reference table of frameworks as one self-contained page with filters.

Nothing is loaded from anywhere. Every text is escaped; the script only shows and hides rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from piecewise_mt.audit.reference import Observation
from piecewise_mt.calculus.local.rungs import Rung
from piecewise_mt.display.page import written

TITLE = "What frameworks return at ties"
FILTERS = ("framework", "mode", "rung")
COLUMNS = {
    "primitive": "primitive",
    "function": "function",
    "framework": "framework",
    "version": "version",
    "example": "example",
    "mode": "mode",
    "rule": "rule at the tie",
    "rung": "weakest rung",
    "fails_on": "not associated on",
    "points": "points / strata",
    "observed": "how observed",
}

_SCRIPT = """
"use strict";
const rows = [...document.querySelectorAll("tbody tr")];
const filters = [...document.querySelectorAll("select")];
const words = document.getElementById("words");
function filter() {
  const sought = words.value.toLowerCase().split(" ").filter(w => w);
  let shown = 0;
  for (const row of rows) {
    const fits = filters.every(f => !f.value || row.dataset[f.name] === f.value)
      && sought.every(w => row.textContent.toLowerCase().includes(w));
    row.hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").textContent = shown + " of " + rows.length + " rows";
}
filters.forEach(f => f.addEventListener("change", filter));
words.addEventListener("input", filter);
filter();
"""


def reference_page(rows: Sequence[Observation], path: str | Path | None = None) -> str:
    """The page, written to `path` if one is given.

    Examples
    --------
    >>> from piecewise_mt.audit.audit import audit_framework
    >>> from piecewise_mt.audit.reference import observations
    >>> page = reference_page(observations(audit_framework("sympy", names=["max3"])))
    >>> '<tr data-framework="sympy" data-mode="symbolic" data-rung="inconsistent">' in page
    True
    """
    heads = "".join(f"<th>{escape(head)}</th>" for head in COLUMNS.values())
    body = [
        f"<h1>{TITLE}</h1>",
        "<p>"
        + " ".join(_select(name, rows) for name in FILTERS)
        + ' <label>words <input id="words" type="search"></label> <span id="count"></span></p>',
        f"<table><thead><tr>{heads}</tr></thead><tbody>",
        *map(_row, rows),
        "</tbody></table>",
    ]
    return written(TITLE, body, f"<script>{_SCRIPT}</script>", path)


def _select(name: str, rows: Sequence[Observation]) -> str:
    values = list(dict.fromkeys(str(getattr(row, name)) for row in rows))
    if name == "rung":
        values = [str(rung) for rung in Rung if str(rung) in values]
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return (
        f'<label>{name} <select name="{name}"><option value="">all</option>{options}</select>'
        "</label>"
    )


def _row(row: Observation) -> str:
    data = " ".join(f'data-{name}="{escape(str(getattr(row, name)))}"' for name in FILTERS)
    return (
        f"<tr {data}>"
        + "".join(f"<td>{escape(_cell(row, name))}</td>" for name in COLUMNS)
        + ("</tr>")
    )


def _cell(row: Observation, name: str) -> str:
    if name == "fails_on":
        return "; ".join(row.fails_on)
    if name == "points":
        untested = f", {row.untested} untested" if row.untested else ""
        return f"{row.points or 'all'} / {row.strata}{untested}"
    return str(getattr(row, name))
