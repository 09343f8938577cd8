"""One self-contained interactive page: the partition as SVG, a panel, and the table of pieces.

Nothing is loaded from anywhere: style, script and drawing are in the file. Every text is escaped;
the script only copies text from the document's own data attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.smooth.formulas import formula_text
from piecewise_mt.display.derivation.factors import condition_15_text
from piecewise_mt.display.pieces import condition_cell, pieces_table, summary
from piecewise_mt.display.plots.plane import split
from piecewise_mt.display.plots.shapes import Shape, View, Window, choose_window, shapes
from piecewise_mt.display.plots.style import color_key, colored, gradient_label

SIZE = 560
"""The longer side of the drawing, in pixels."""
MOST_ROWS = 2000
"""A page lists no more pieces than this, and says so."""

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: #222; }
main { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
svg { border: 1px solid #ccc; background: #fff; max-width: 100%; height: auto; }
.poly { stroke: none; } .seg { stroke: #222; stroke-width: 1.6; } .pt { fill: #222; }
.hit { stroke: transparent; stroke-width: 11; } .shape { cursor: pointer; }
.shape.on.poly { filter: brightness(0.85); }
.shape.on .seg { stroke: #d1495b; stroke-width: 4; } .shape.on .pt { fill: #d1495b; }
.axis { font-size: 12px; fill: #555; }
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
    title = escape(summary(rep))
    curved = any(piece.is_curved for piece in rep)
    drawn = len(view.free) == 2 and not curved
    body = [f"<h1>{title}</h1>"]
    if drawn:
        chosen = choose_window(rep, view, window)
        body += ["<main>", _drawing(rep, view, chosen), _panel(), "</main>", _records(rep)]
    else:
        why = "some pieces are curved" if curved else f"here there are {len(view.free)}"
        body.append(f"<p>There is a drawing of polyhedra for two free variables; {why}.</p>")
    body.append(pieces_table(rep, MOST_ROWS).to_html())
    return written(title, body, f"<script>{_SCRIPT}</script>" if drawn else "", path)


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
    if not isinstance(rep, PolyhedralRepresentation):
        return {piece.alpha: "stated; see mt.check" for piece in rep}
    found: dict[int, list[str]] = {}
    conditions = rep.tangential_conditions()
    for condition in conditions:
        mark = {True: "holds", False: "VIOLATED", None: "undecided"}[condition.holds]
        found.setdefault(condition.alpha, []).append(f"{condition_15_text(condition)}: {mark}")
    result = {alpha: "; ".join(texts) for alpha, texts in found.items()}
    result.update(dict.fromkeys(conditions.empty, "empty at a point: holds"))
    return result


class _Scale:
    """From exact coordinates to pixels, rounded here and nowhere before."""

    def __init__(self, window: Window) -> None:
        (self.left, right), (low, self.top) = window
        width, tall = right - self.left, self.top - low
        fair = max(width, tall) <= 3 * min(width, tall)
        longest = max(width, tall)
        self.x = SIZE / (longest if fair else width)
        self.y = SIZE / (longest if fair else tall)
        self.width, self.height = float(width * self.x), float(tall * self.y)

    def point(self, corner: Sequence[Fraction]) -> str:
        x = float((corner[0] - self.left) * self.x)
        y = float((self.top - corner[1]) * self.y)
        return f"{x:.2f},{y:.2f}"


def _drawing(rep: Any, view: View, window: Window) -> str:
    polygons, lines, points = split(rep, view, window)
    if isinstance(rep, PolyhedralRepresentation):
        # a stratum that a half-open piece contains shows that piece
        lines, points = (
            [Shape(s.dimension, s.corners, _owner(rep, view, s)) for s in group]
            for group in (lines, points)
        )
    else:
        thin = [shape for shape in shapes(rep, view, window) if shape.dimension < 2]
        lines = [shape for shape in thin if shape.dimension == 1]
        points = [shape for shape in thin if shape.dimension == 0]
    palette = colored([shape.owner for shape in polygons])
    scale = _Scale(window)
    # every shape is one element; thin ones come last so that they are on top and can be hit
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {scale.width + 16:.0f} '
        f'{scale.height + 40:.0f}" width="{scale.width + 16:.0f}" role="img" '
        'aria-label="the pieces">'
    ]
    for shape in polygons:
        corners = " ".join(map(scale.point, shape.corners))
        parts.append(
            f'<polygon class="shape poly" tabindex="0" data-key="{shape.owner.alpha}" '
            f'fill="{palette[color_key(shape.owner)]}" points="{corners}"/>'
        )
    for shape in lines:
        ends = " ".join(map(scale.point, shape.corners))
        parts.append(
            f'<g class="shape" data-key="{shape.owner.alpha}"><polyline class="hit" '
            f'points="{ends}"/><polyline class="seg" points="{ends}"/></g>'
        )
    for shape in points:
        x, y = scale.point(shape.corners[0]).split(",")
        parts.append(
            f'<g class="shape" data-key="{shape.owner.alpha}"><circle class="hit" cx="{x}" '
            f'cy="{y}" r="4" fill="transparent"/><circle class="pt" cx="{x}" cy="{y}" r="3.5"/></g>'
        )
    (left, right), (low, high) = window
    one, two = map(escape, view.free_names)
    text = f"{one} from {left} to {right}, {two} from {low} to {high}"
    if view.fixed:
        text += "; " + ", ".join(f"{escape(n)} = {v}" for n, v in view.fixed.items())
    parts.append(f'<text class="axis" x="0" y="{scale.height + 22:.0f}">{text}</text></svg>')
    return "\n".join(parts)


def _owner(rep: Any, view: View, shape: Shape) -> Any:
    free = dict(zip(view.free_names, shape.center, strict=True))
    # by name, as a sequence is refused where the order of the variables may be misread
    return rep.piece_at({n: free[n] if n in free else view.fixed[n] for n in view.names})
