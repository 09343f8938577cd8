"""What a derivation consists of: sentences, aligned lines, displays and tables; LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.typeset.latex_layout import small_fractions
from piecewise_mt.typeset.mathml import mathml, mathml_lines, prose_html
from piecewise_mt.typeset.tables import Table


@dataclass(frozen=True)
class Prose:
    r"""Sentences in LaTeX, mathematics between dollars, with a title in front of a section."""

    latex: str
    title: str = ""

    def to_latex(self, room: float) -> str:
        head = f"\\paragraph{{{self.title}}} " if self.title else ""
        return head + self.latex

    def to_html(self) -> str:
        head = f"<b>{prose_html(self.title)}</b> " if self.title else ""
        return f"<p>{head}{prose_html(self.latex)}</p>"


@dataclass(frozen=True)
class Lines:
    r"""Lines of an ``align*``, which may break across pages."""

    lines: Sequence[str]

    def to_latex(self, room: float) -> str:
        body = " \\\\\n".join(map(small_fractions, self.lines))
        return f"{{\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}}}"

    def to_html(self) -> str:
        return mathml_lines(list(map(small_fractions, self.lines)))


@dataclass(frozen=True)
class Display:
    r"""Formulas that stand alone, each between ``\[`` and ``\]``."""

    latex: str

    def to_latex(self, room: float) -> str:
        return self.latex

    def to_html(self) -> str:
        parts = self.latex.replace(r"\[", "").split(r"\]")
        return "\n".join(mathml(part.strip(), display=True) for part in parts if part.strip())


@dataclass(frozen=True)
class Shown:
    r"""A table, apart from the sentences around it and on the page of the one above it.

    >>> from piecewise_mt.typeset.tables import Cell, Column
    >>> own = Shown(Table("", [Column(Cell("n", "n"))], [[Cell("1", "1")]])).to_latex(300)
    >>> print(own.split(r"\toprule")[0])
    \nopagebreak\smallskip\noindent
    \begin{tabular}{l}
    <BLANKLINE>
    """

    table: Table

    def to_latex(self, room: float) -> str:
        latex = self.table.to_latex(room)
        if r"\begin{tabular}" not in latex:
            return latex  # a longtable keeps its own distance
        return f"\\nopagebreak\\smallskip\\noindent\n{latex}\n\\par\\smallskip"

    def to_html(self) -> str:
        return self.table.to_html()


Block: TypeAlias = Prose | Lines | Display | Shown


def latex_of(blocks: Sequence[Block], room: float) -> str:
    """The blocks one below the other; lines stand right below the sentence that introduces them.

    >>> print(latex_of([Prose("We have", "First."), Lines(["x &= 1"]), Prose("Done.")], 300))
    \\paragraph{First.} We have
    {\\allowdisplaybreaks
    \\begin{align*}
    x &= 1
    \\end{align*}}
    <BLANKLINE>
    Done.
    """
    parts = ""
    for block in blocks:
        close = isinstance(block, Lines | Display) or parts.endswith("\n")
        parts += ("" if not parts else "\n" if close else "\n\n") + block.to_latex(room)
    return parts


def html_of(blocks: Sequence[Block]) -> str:
    """The blocks for a notebook or a page; nothing is loaded."""
    return "\n".join(["<div>", *(block.to_html() for block in blocks), "</div>"])
