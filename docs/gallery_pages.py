"""The pages of the gallery of functions, written when the documentation is built.

The functions are in examples/gallery.py; every table, picture and line of LaTeX is made anew.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import gallery
import matplotlib

matplotlib.use("Agg")


def write_gallery(folder: Path) -> None:
    """One page a group, and the pictures beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for group in gallery.GROUPS:
        page = folder / f"{group}.rst"
        text = group_page(group, folder)
        # an unchanged page keeps its date, so that a second build does not read it again
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def group_page(group: str, folder: Path) -> str:
    """The page of a group in reStructuredText; saves the pictures."""
    title = gallery.GROUPS[group]
    parts = [title, "=" * len(title), ""]
    for own in gallery.ENTRIES:
        if own.group == group:
            draw(own, folder / f"{own.name}.png")
            parts.append(entry_text(own))
    return "\n".join(parts)


def draw(own: gallery.Entry, path: Path) -> None:
    """The picture of one entry."""
    from matplotlib import pyplot

    figure = own.draw()
    figure.savefig(path, dpi=100, bbox_inches="tight")
    pyplot.close(figure)


def entry_text(own: gallery.Entry) -> str:
    """The section of one entry: sentence, code, table, picture, and LaTeX to unfold."""
    rep = own.represent()
    lines = [own.title, "-" * len(own.title), "", own.sentence.replace("|", r"\|"), ""]
    lines += [".. code-block:: python", "", _indented(own.code), ""]
    if own.refusal:
        lines += ["Without the domain:", "", ".. code-block:: text", ""]
        lines += [_indented(textwrap.fill(own.refusal, 84)), ""]
    # the classes of the theme's own tables
    html = rep.table().to_html().replace("<table", '<table class="docutils align-default"', 1)
    table = f'<div class="table-wrapper docutils container">\n{html}\n</div>'
    lines += [".. raw:: html", "", _indented(table), ""]
    lines += [f".. image:: {own.name}.png", f"   :alt: {own.title}", ""]
    lines += [".. raw:: html", "", "   <details><summary>LaTeX</summary>", ""]
    lines += [".. code-block:: latex", "", _indented(rep.to_latex()), ""]
    lines += [".. raw:: html", "", "   </details>", ""]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return textwrap.indent(text, "   ")
