"""Tables of text and mathematics, written as aligned text, LaTeX, Markdown or HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Literal

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.memory import collector_frozen
from piecewise_mt.typeset.latex_layout import TEXT_WIDTH, tabular
from piecewise_mt.typeset.latex_letters import text_letter
from piecewise_mt.typeset.mathml import mathml, prose_html
from piecewise_mt.typeset.text_layout import text_table

_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "&%$#_{}"},
    "…": r"\dots{}", "α": r"$\alpha$", "ᵅ": r"$^{\alpha}$", "¹": r"$^{1}$", "∇": r"$\nabla$",
    "Σ": r"$\Sigma$", "∂": r"$\partial$", "§": r"\S{}", "|": "$|$", "·": r"$\cdot$", "é": r"\'e",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip

_TABLE = '<table cellpadding="4">'
"""An attribute that every style overrides; without a style, columns would touch."""


def latex_escape(text: str) -> str:
    r"""Plain text for LaTeX.

    >>> latex_escape("{1, 2} & x_1")
    '\\{1, 2\\} \\& x\\_1'
    """
    return "".join(_SPECIAL[c] if c in _SPECIAL else text_letter(c) for c in text)


class Cell:
    """One entry: its text, and its LaTeX, in math mode unless `math` is false.

    Parameters
    ----------
    text : str
    latex : str or function that makes one
        A function is called when the LaTeX is asked for; a table that is only printed asks for
        none.
    math : bool
    """

    __slots__ = ("_latex", "math", "text")

    def __init__(self, text: str, latex: str | Callable[[], str], math: bool = True) -> None:
        self.text = text
        self._latex = latex
        self.math = math

    @property
    def latex(self) -> str:
        """The LaTeX, without the dollars of math mode."""
        if not isinstance(self._latex, str):
            self._latex = self._latex()
        return self._latex

    @staticmethod
    def plain(text: str) -> Cell:
        """A cell of words rather than mathematics."""
        return Cell(text, partial(latex_escape, text), False)

    def with_latex(self, latex: str) -> Cell:
        """The cell with other LaTeX."""
        return Cell(self.text, latex, self.math)

    def inline_latex(self) -> str:
        return f"${self.latex}$" if self.math else self.latex

    def math_latex(self) -> str:
        return self.latex if self.math else _mathjax(self.text)

    def html(self) -> str:
        """The cell for a page; a number needs no mathematics, and takes much less room."""
        if not self.math or self.text.isdecimal():
            return html.escape(self.text)
        return mathml(self.latex, self.text)

    def markdown(self) -> str:
        if not self.math or self.text.isalnum():
            return _markdown(self.text)
        code = self.text.replace("|", "\\|")
        return f"`{code}`"


@dataclass(frozen=True)
class Column:
    """A column's header and its alignment, ``"l"``, ``"c"`` or ``"r"``."""

    header: Cell
    align: Literal["l", "c", "r"] = "l"


class Table:
    """A titled table whose rows may be made on demand.

    Parameters
    ----------
    title : str
    columns : sequence of Column
    rows : iterable of sequences of Cell, or a function that makes one
        A function is called when rows are wanted and read no further than needed; it is called
        again for more, or after an interrupt. An iterator is read at once.
    notes : sequence of str
        Lines below the table.
    title_latex : str, optional
        The title in LaTeX (text mode), for a caption; by default `title` escaped.
    headings : mapping of int to Cell, optional
        What stands across all columns above the row of that number.
    caption : function, optional
        Makes the title of a page, in LaTeX (text mode); by default that is `title` as it is.
    note_latex : function, optional
        Makes LaTeX (text mode) of a note.

    Examples
    --------
    >>> table = Table("Squares", [Column(Cell("n", "n"), "r"), Column(Cell("n**2", "n^{2}"))],
    ...               ([Cell(str(n), str(n)), Cell(str(n * n), str(n * n))] for n in (1, 12)))
    >>> print(table)
    Squares
    <BLANKLINE>
     n  n**2
    ──  ────
     1  1
    12  144
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]] | Callable[[], Iterable[Sequence[Cell]]],
        notes: Sequence[str] = (),
        title_latex: str | None = None,
        headings: Mapping[int, Cell] | None = None,
        caption: Callable[[], str] | None = None,
        note_latex: Callable[[str], str] = latex_escape,
    ) -> None:
        self._note_latex = note_latex
        self.title = title
        self._caption = caption
        self.headings = dict(headings or {})
        self.columns = tuple(columns)
        self.notes = tuple(notes)
        self._title_latex = title_latex
        if not callable(rows):
            given = rows if isinstance(rows, Sequence) else tuple(rows)
            self._source: Callable[[], Iterable[Sequence[Cell]]] = lambda: given
        else:
            self._source = rows
        self._made: tuple[list[tuple[Cell, ...]], bool] = ([], False)

    def _make(self, count: int | None) -> list[tuple[Cell, ...]]:
        made, whole = self._made
        if not whole and (count is None or len(made) < count):
            # from the start, and published when done: an iterator that was interrupted is at its
            # end, and one that another thread reads cannot be read
            with collector_frozen(kept=True):
                made = [self._checked(row) for row in islice(self._source(), count)]
            self._made = (made, count is None or len(made) < count)
        return made if count is None else made[:count]

    def _checked(self, row: Sequence[Cell]) -> tuple[Cell, ...]:
        if len(row) != len(self.columns):
            raise PiecewiseError(
                f"expected {len(self.columns)} cells in a row, got {len(row)}; "
                "give one cell a column"
            )
        return tuple(row)

    @property
    def title_latex(self) -> str:
        """The title in LaTeX, in text mode."""
        return latex_escape(self.title) if self._title_latex is None else self._title_latex

    @property
    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """All rows."""
        return tuple(self._make(None))

    def __len__(self) -> int:
        return len(self._make(None))

    def head(self, n: int = 10) -> Table:
        """The table of the first `n` rows; a note says if that is not all."""
        rows = self._make(n + 1)
        notes = ("…",) if len(rows) > n else self.notes
        headings = {number: cell for number, cell in self.headings.items() if number < n}
        own = (self._title_latex, headings, self._caption, self._note_latex)
        return Table(self.title, self.columns, rows[:n], notes, *own)

    def title_html(self) -> str:
        """The title for a page, with its mathematics typeset where it is known."""
        if self._caption is None:
            return html.escape(self.title)
        return prose_html(self._caption())

    def to_text(self, width: int = 100) -> str:
        """Aligned Unicode text; cells are broken after commas and operators to keep to `width`.

        A piece that cannot be broken is never cut: its column is then as wide as it needs.
        """
        with collector_frozen(kept=True):
            rows = [[cell.text for cell in row] for row in self._make(None)]
            headers = [column.header.text for column in self.columns]
            aligns = [column.align for column in self.columns]
            above = {number: cell.text for number, cell in self.headings.items()}
            lines = text_table(self.title, headers, aligns, rows, self.notes, width, above)
            return "\n".join(lines)

    def to_latex(self, width: float = TEXT_WIDTH) -> str:
        r"""A booktabs ``tabular``, or a ``longtable`` for more than 40 lines.

        Columns that do not fit `width` points, by default the text width of ``article``, break
        their cells. Needs ``\usepackage{amsmath, amssymb, booktabs}``, and ``longtable`` for long
        ones.
        """
        rows = self._make(None)
        comment = self.title.encode("ascii", "backslashreplace").decode()
        lines = [f"% {' '.join(comment.split())}"] if self.title else []
        headers = [column.header for column in self.columns]
        if rows or not self.notes:  # a header alone over notes would look like a lost table
            aligns = [column.align for column in self.columns]
            lines += tabular(headers, aligns, rows, width, self.headings)
        # below the table, where long notes can break
        lines += [f"\n\\noindent {self._note_latex(note)}" for note in self.notes]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """A Markdown (GFM) table with the mathematics as code."""
        lines = [f"**{_markdown(self.title)}**", ""] if self.title else []
        marks = {"l": "---", "c": ":-:", "r": "--:"}
        lines.append(f"| {' | '.join(_markdown(c.header.text) for c in self.columns)} |")
        lines.append(f"| {' | '.join(marks[c.align] for c in self.columns)} |")
        for number, row in enumerate(self._make(None)):
            heading = self.headings.get(number)
            if heading is not None:
                lines.append(f"| **{_markdown(heading.text)}** |{' |' * (len(row) - 1)}")
            lines.append(f"| {' | '.join(cell.markdown() for cell in row)} |")
        for note in self.notes:
            lines += ["", _markdown(note)]
        return "\n".join(lines)

    def to_html(self) -> str:
        """A ``<table>`` with the mathematics as MathML, everything escaped; nothing is loaded."""
        styles = {"l": "left", "c": "center", "r": "right"}
        aligns = [f' style="text-align: {styles[c.align]}"' for c in self.columns]

        def line(tag: str, own: Iterable[Cell]) -> str:
            cells = (
                f"<{tag}{align}>{cell.html()}</{tag}>"
                for align, cell in zip(aligns, own, strict=True)
            )
            return f"<tr>{''.join(cells)}</tr>"

        lines = [_TABLE]
        if self.title:
            lines.append(f"<caption>{self.title_html()}</caption>")
        lines += ["<thead>", line("th", (c.header for c in self.columns)), "</thead>"]
        lines.append("<tbody>")
        for number, row in enumerate(self._make(None)):
            heading = self.headings.get(number)
            if heading is not None:
                across = f'<th colspan="{len(aligns)}" style="text-align: left">'
                lines.append(f"<tr>{across}{heading.html()}</th></tr>")
            lines.append(line("td", row))
        lines.append("</tbody>")
        if self.notes:
            notes = "<br>".join(map(html.escape, self.notes))
            lines.append(f'<tfoot><tr><td colspan="{len(aligns)}">{notes}</td></tr></tfoot>')
        return "\n".join([*lines, "</table>"])

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def __rich__(self) -> Any:
        """The table as rich prints it on a terminal."""
        import rich.table
        import rich.text

        justify: dict[str, Any] = {"l": "left", "c": "center", "r": "right"}
        table = rich.table.Table(
            title=rich.text.Text(self.title),
            title_justify="left",
            caption=rich.text.Text("\n".join(self.notes)) if self.notes else None,
            caption_justify="left",
        )
        for column in self.columns:
            name = rich.text.Text(column.header.text)
            table.add_column(name, justify=justify[column.align], overflow="fold")
        for number, row in enumerate(self._make(None)):
            heading = self.headings.get(number)
            if heading is not None:
                table.add_row(rich.text.Text(heading.text, style="bold"))
            # Text, because [1] would be markup
            table.add_row(*(rich.text.Text(cell.text) for cell in row))
        return table

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_latex_(self) -> str:
        aligns = "".join(column.align for column in self.columns)
        lines = [" & ".join(column.header.math_latex() for column in self.columns)]
        for number, row in enumerate(self._make(None)):
            if number in self.headings:
                # MathJax knows no \\multicolumn in arrays
                lines.append(rf"\rlap{{{self.headings[number].math_latex()}}}")
            lines.append(" & ".join(cell.math_latex() for cell in row))
        lines += [_mathjax(note) for note in self.notes]
        body = f"{lines[0]} \\\\ \\hline\n" + " \\\\\n".join(lines[1:])
        return f"$$\\begin{{array}}{{{aligns}}}\n{body}\n\\end{{array}}$$"


def _mathjax(text: str) -> str:
    """Words inside mathematics; MathJax knows no text-mode commands beyond these escapes."""
    escaped = "".join("\\" + c if c in "&%$#_{}" else c for c in text.replace("\\", "/"))
    return f"\\text{{{escaped}}}"


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_<|])", r"\\\1", text)
