"""One self-contained interactive page: the picture as SVG, a panel, and the table of pieces.

Nothing is loaded from anywhere: style, script and drawing are in the file. Every text is escaped;
the script only copies text from the document's own data attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.smooth.formulas import formula_text
from piecewise_mt.display.derivation.factors import condition_15_text
from piecewise_mt.display.pieces import condition_cell, pieces_table, summary
from piecewise_mt.display.plots.shapes import View
from piecewise_mt.display.plots.style import gradient_label
from piecewise_mt.display.svg.picture import drawing, window_of
from piecewise_mt.display.svg.turning import CONTROLS, TURNING
from piecewise_mt.errors import PiecewiseError

MOST_ROWS = 2000
"""A page lists no more pieces than this, and says so."""

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #222; }
main { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
svg { max-width: 100%; height: auto; }
.hit { stroke: transparent; stroke-width: 11; } .shape { cursor: pointer; }
.shape.on.poly { filter: brightness(0.85); } .shape.on.tie { fill: #d1495b; filter: none; }
.shape.on .seg, .shape.on.seg { stroke: #d1495b; stroke-width: 4; }
.shape.on .pt, .shape.on.pt { fill: #d1495b; } .shape.on .dot { stroke: #d1495b; }
.shape.on .dot.closed { fill: #d1495b; } .tick { fill: #555; } svg text { pointer-events: none; }
main > div { max-width: 38rem; } .controls label, .controls button { margin-right: 0.8rem; }
#panel { min-width: 19rem; max-width: 34rem; border: 1px solid #ccc; padding: 0.8rem 1rem; }
#panel dt { color: #666; font-size: 12px; margin-top: 0.5rem; }
#panel dd { margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin-top: 1.5rem; }
th, td { padding: 0.15rem 0.7rem; border-bottom: 1px solid #eee; }
td { font-family: ui-monospace, monospace; } caption { text-align: left; padding: 0.4rem 0; }
"""

_SCRIPT = """
"use strict";
const fields = ["name", "condition", "dimension", "formula", "gradient", "verdict"];
let pinned = null;
function show(key) {
  document.querySelectorAll(".on").forEach(e => e.classList.remove("on"));
  const own = document.querySelectorAll('[data-key="' + key + '"]');
  own.forEach(e => e.classList.add("on"));
  const row = document.getElementById("data-" + key);
  if (!row) return;
  for (const field of fields) {
    document.getElementById("show-" + field).textContent = row.dataset[field] || "";
  }
}
document.querySelectorAll(".shape").forEach(e => {
  e.addEventListener("mouseenter", () => { if (pinned === null) show(e.dataset.key); });
  e.addEventListener("focus", () => { if (pinned === null) show(e.dataset.key); });
  e.addEventListener("click", () => {
    pinned = pinned === e.dataset.key ? null : e.dataset.key;
    show(e.dataset.key);
  });
});
"""


def page(
    rep: Any,
    path: str | Path | None = None,
    *,
    window: Any = None,
    at: Mapping[Any, Any] | None = None,
) -> str:
    """The page of a representation; see :meth:`Representation.to_html`."""
    view = View(rep.names, at)
    title, table = escape(summary(rep)), pieces_table(rep, MOST_ROWS)
    body = [f"<h1>{table.title_html()}</h1>"]
    script = ""
    why = _not_drawn(rep, view)
    if not why:
        chosen = window_of(rep, view, window)
        try:
            picture, scene = drawing(rep, view, chosen)
        except PiecewiseError as error:  # too many pieces to be drawn in space
            why = f"There is no drawing: {error}."
    if why:
        body.append(f"<p>{escape(why)}</p>")
    else:
        body += ["<main>", f"<div>{picture}"]
        if scene:
            body.append(f'{CONTROLS}<script type="application/json" id="scene">{scene}</script>')
            script = TURNING
        body += ["</div>", _panel(), "</main>", _records(rep)]
        script = f"<script>{_SCRIPT}{script}</script>"
    body.append(table.to_html())
    return written(title, body, script, path)


def _not_drawn(rep: Any, view: View) -> str:
    """Why there is no drawing, nothing if there is one."""
    count = len(view.free)
    if count != 1 and any(piece.is_curved for piece in rep):
        return "There is a drawing of polyhedra; some pieces are curved."
    if not 1 <= count <= 3:
        return f"There is a drawing for one, two or three free variables; here there are {count}."
    return ""


def written(title: str, body: Sequence[str], script: str, path: str | Path | None) -> str:
    """A page of these lines, written to `path` if one is given; the title is escaped already."""
    text = "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>',
            "<body>",
            *body,
            script,
            "</body>",
            "</html>",
            "",
        ]
    )
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _panel() -> str:
    parts = ['<dl id="panel">']
    labels = {
        "name": "piece",
        "condition": "condition",
        "dimension": "dimension",
        "formula": "formula fᵅ",
        "gradient": "gradient ∇fᵅ",
        "verdict": "tangential consistency (15)",
    }
    for key, label in labels.items():
        hint = "move over the drawing; click to keep a piece" if key == "name" else ""
        parts.append(f'<dt>{label}</dt><dd id="show-{key}">{hint}</dd>')
    return "\n".join([*parts, "</dl>"])


def _records(rep: Any) -> str:
    """What the panel shows of every piece, as data attributes of hidden elements."""
    verdicts = _verdicts(rep)
    parts = []
    for piece in rep:
        values = {
            "name": f"P{piece.alpha}",
            "condition": condition_cell(piece).text,
            "dimension": str(piece.dimension),
            "formula": formula_text(piece.rows, rep.names, rep.shape),
            "gradient": gradient_label(piece),
            "verdict": verdicts.get(piece.alpha, "nothing to check: the piece is full-dimensional"),
        }
        data = " ".join(f'data-{key}="{escape(value)}"' for key, value in values.items())
        parts.append(f'<span hidden id="data-{piece.alpha}" {data}></span>')
    return "\n".join(parts)


def _verdicts(rep: Any) -> dict[int, str]:
    """What (15) says of every thin piece; of a stated piece it is for mt.check to say."""
    if not isinstance(rep, DerivedRepresentation):
        return {piece.alpha: "stated; see mt.check" for piece in rep}
    found: dict[int, list[str]] = {}
    conditions = rep.tangential_conditions()
    for condition in conditions:
        mark = {True: "holds", False: "VIOLATED", None: "undecided"}[condition.holds]
        found.setdefault(condition.alpha, []).append(f"{condition_15_text(condition)}: {mark}")
    for alpha in (*conditions.empty, *dict.fromkeys(alpha for alpha, _ in conditions.empty_parts)):
        found.setdefault(alpha, []).append("empty at a point: holds")
    if conditions.undecided:
        for piece in rep:
            if piece.dimension < len(rep.names):
                found.setdefault(piece.alpha, []).append("some parts undecided")
    return {alpha: "; ".join(texts) for alpha, texts in found.items()}
