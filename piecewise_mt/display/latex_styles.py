r"""A representation in LaTeX: a table, a display with cases, or the sums (6) and (7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from piecewise_mt.display.pieces import pieces_table, space_text, summary
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.affine import latex_name, space_latex
from piecewise_mt.typeset.latex_layout import (
    PAGE_WIDTH,
    TEXT_WIDTH,
    breakable,
    document,
    latex_width,
    loosened,
    outermost,
)
from piecewise_mt.typeset.tables import Cell, Column, Table, latex_escape

STYLES = ("table", "cases", "indicator")
COLUMNS = ("alpha", "piece", "dimension", "formula", "gradient")
LONG_CASES = 24
"""With more pieces, cases are written line by line, so that pages can break."""


@dataclass(frozen=True)
class Notation:
    r"""The symbols of a document, as LaTeX for mathematics.

    Parameters
    ----------
    piece, function, gradient : str
        For Pᵅ, fᵅ and ∇̃.
    parameter : str
        For the free parameters z, z₁, ….
    pieces : mapping of int to str
        Names of single pieces by their number α, instead of Pᵅ.
    """

    piece: str = "P"
    function: str = "f"
    gradient: str = r"\widetilde\nabla"
    parameter: str = "z"
    pieces: Mapping[int, str] = field(default_factory=dict)

    def piece_name(self, alpha: int | str) -> str:
        if isinstance(alpha, int) and alpha in self.pieces:
            return self.pieces[alpha]
        return f"{self.piece}^{{{alpha}}}"

    def gradient_of(self, alpha: int | str) -> str:
        return f"{self.gradient} {self.function}^{{{alpha}}}"

    def renamed(self, latex: str, parameters: Sequence[str]) -> str:
        """The same with the tie parameters renamed."""
        if self.parameter == "z":
            return latex
        for name in parameters:
            old = latex_name(name)
            new = self.parameter + old[1:]
            pattern = rf"(?<![A-Za-z\\]){re.escape(old)}(?![A-Za-z_])"
            latex = re.sub(pattern, lambda _, new=new: new, latex)  # type: ignore[misc]
        return latex


def read_notation(symbols: Mapping[str, str] | None, piece_names: Any) -> Notation:
    """The notation that the arguments of ``to_latex`` describe."""
    given = dict(symbols or {})
    known = ("piece", "function", "gradient", "parameter")
    for key in given:
        if key not in known:
            raise PiecewiseError(
                f"expected symbols for {', '.join(known)}, got {key!r}; leave it out or correct it"
            )
    if piece_names is None:
        names: dict[int, str] = {}
    elif isinstance(piece_names, Mapping):
        names = dict(piece_names)
    else:
        names = dict(enumerate(piece_names, start=1))
    return Notation(**given, pieces=names)


def parameter_names(rep: Any) -> tuple[str, ...]:
    """The tie parameters that occur in a derived representation, z10 before z1 for renaming."""
    from piecewise_mt.calculus.evaluation.parameters import ParameterNames

    function = rep.of
    if function is None:
        return ()
    names = ParameterNames(function)
    return tuple(names.name(i) for i in range(names.total))[::-1]


def representation_latex(
    rep: Any,
    style: str = "table",
    *,
    standalone: bool = False,
    columns: Sequence[str] | None = None,
    symbols: Mapping[str, str] | None = None,
    piece_names: Any = None,
    width: float | None = None,
) -> str:
    r"""A representation in LaTeX; see :meth:`Representation.to_latex`."""
    if style not in STYLES:
        raise PiecewiseError(f"expected one of the styles {', '.join(STYLES)}, got {style!r}")
    if columns is not None and style != "table":
        raise PiecewiseError(
            f"expected columns= with the style table only, got the style {style}; leave it out"
        )
    notation = read_notation(symbols, piece_names)
    room = width if width is not None else PAGE_WIDTH if standalone else TEXT_WIDTH
    if style == "table":
        body = renamed_table(rep, notation, columns).to_latex(room)
    else:
        write = _cases if style == "cases" else _indicator
        body = write(rep, notation, room)
    if not standalone:
        return body
    return document(body, latex_escape(_title(rep)))


def _title(rep: Any) -> str:
    text = " ".join(str(rep.title).split())
    if len(text) > 60:
        return f"A representation of {summary(rep, named=False)}"
    return f"{text} on {space_text(rep.names)}"


def renamed_table(
    rep: Any, notation: Notation, columns: Sequence[str] | None = None, limit: int | None = None
) -> Table:
    """The table of pieces with chosen columns and names."""
    chosen = tuple(COLUMNS if columns is None else columns)
    for name in chosen:
        if name not in COLUMNS:
            raise PiecewiseError(
                f"expected columns among {', '.join(COLUMNS)}, got {name!r}; correct the name"
            )
    if not chosen:
        raise PiecewiseError(f"expected at least one column of {', '.join(COLUMNS)}, got none")
    table = pieces_table(rep, limit)
    headers = {
        "alpha": r"\alpha",
        "piece": notation.piece_name(r"\alpha"),
        "dimension": r"\dim",
        "formula": f"{notation.function}^{{\\alpha}}",
        "gradient": notation.gradient_of(r"\alpha"),
    }
    parameters = parameter_names(rep)
    places = [COLUMNS.index(name) for name in chosen]
    header = [
        Column(table.columns[k].header.with_latex(headers[name]), table.columns[k].align)
        for k, name in zip(places, chosen, strict=True)
    ]
    rows = []
    for alpha, row in enumerate(table.rows, start=1):
        cells = list(row)
        if alpha in notation.pieces:
            cells[0] = Cell(notation.pieces[alpha], notation.pieces[alpha])
        rows.append(
            [cells[k].with_latex(notation.renamed(cells[k].latex, parameters)) for k in places]
        )
    return Table(table.title, header, rows, table.notes)


def _rows(rep: Any, notation: Notation) -> list[tuple[str, str, str]]:
    """Condition, formula and gradient of every piece in LaTeX."""
    table = renamed_table(rep, notation, ("piece", "formula", "gradient"))
    return [(row[0].latex, row[1].latex, row[2].latex) for row in table.rows]


def arguments_latex(names: Sequence[str]) -> str:
    r"""``(y_{1}, y_{2})``, shortened to ``(x)`` for more than four variables."""
    if len(names) > 4:
        return f"({latex_name(names[0])}, \\dots, {latex_name(names[-1])})"
    return f"({', '.join(map(latex_name, names))})"


def _everywhere(condition: str, rep: Any) -> str:
    if condition == space_latex(len(rep.names)):
        return r"\text{everywhere}"
    return rf"\text{{if }} {condition}"


def split_latex(latex: str, room: float) -> list[str]:
    """A formula in lines of at most `room` points, broken after commas and before signs."""
    if latex_width(latex) <= room:
        return [latex]
    marked = re.sub(r"\\allowbreak ", "\0", breakable(loosened(latex)))
    marked = re.sub(r" ([+-]) (?=[^\0]*)", "\0\\1 ", marked)
    parts = [part.strip() for part in outermost(marked).split("\0")]
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]} {part}"
        if latex_width(joined) > room:
            lines.append(f"{{}} {part}" if part[:1] in "+-" else part)
        else:
            lines[-1] = joined
    return lines


def _cases(rep: Any, notation: Notation, room: float) -> str:
    """f by its formulas and conditions, then the gradient in the same way."""
    rows = _rows(rep, notation)
    left = [notation.function + arguments_latex(rep.names)]
    left.append(f"{notation.gradient} {left[0]}")
    displays = []
    for name, values in zip(left, zip(*[(f, g) for _, f, g in rows], strict=True), strict=True):
        displays.append(_cases_display(name, values, [r[0] for r in rows], rep, room))
    return "\n".join(displays)


def _cases_display(
    name: str, values: Sequence[str], conditions: Sequence[str], rep: Any, room: float
) -> str:
    outer = latex_width(name) + 14 + 10
    widest = max(map(latex_width, values))
    lines: list[tuple[str, str]] = []
    for k, (value, condition) in enumerate(zip(values, conditions, strict=True)):
        last = "." if k == len(values) - 1 else ","
        text = _everywhere(condition, rep)
        beside = room - outer - min(widest, 0.6 * room) - 30
        value_lines = split_latex(value, 0.6 * (room - outer))
        text_lines = split_latex(text, max(beside, 0.35 * room))
        for i in range(max(len(value_lines), len(text_lines))):
            one = value_lines[i] if i < len(value_lines) else ""
            two = text_lines[i] if i < len(text_lines) else ""
            end = last if i == max(len(value_lines), len(text_lines)) - 1 else ""
            lines.append((one, two + end))
    if len(lines) <= LONG_CASES:
        body = " \\\\\n".join(map(" & ".join, lines))
        return f"\\[\n{name} =\n\\begin{{cases}}\n{body}\n\\end{{cases}}\n\\]"
    # a cases environment cannot break across pages, so the lines stand on their own
    written = [f"& {one} && {two}" for one, two in lines]
    body = " \\\\\n".join([f"{name} ={{}} {written[0]}", *written[1:]])
    return f"{{\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}}}"


def _indicator(rep: Any, notation: Notation, room: float) -> str:
    """(6), (7) as sums, then what the pieces are."""
    rows = _rows(rep, notation)
    n = len(rows)
    names = [notation.piece_name(alpha) for alpha in range(1, n + 1)]
    f, argument = notation.function, r"\alpha"
    any_piece = f"{notation.piece}^{{{argument}}}"
    lines = []
    for symbol, index in ((f, 1), (f"{notation.gradient} {f}", 2)):
        general = f"{f}^{{{argument}}}" if index == 1 else rf"\nabla {f}^{{{argument}}}"
        lines.append(rf"{symbol} &= \sum_{{\alpha=1}}^{{{n}}} 1_{{{any_piece}}}\, {general}")
        total = [f"1_{{{name}}}\\, {_factor(row[index])}" for name, row in zip(names, rows)]
        start = latex_width(symbol) + 20
        current = "&= "
        for k, term in enumerate(total):
            plus = "+ " if k else ""
            if k and latex_width(f"{current} {plus}{term}") > room - start - 6:
                lines.append(current.rstrip())
                current = r"&\quad + "
                plus = ""
            current += f"{plus}{term} "
        lines.append(current.rstrip())
    space = space_latex(len(rep.names))
    point = arguments_latex(rep.names) if len(rep.names) > 1 else latex_name(rep.names[0])
    for name, (condition, _, _) in zip(names, rows):
        if condition == space:
            lines.append(f"{name} &= {space}")
            continue
        opening = rf"{name} &= \{{{point} \in {space} : "
        parts = split_latex(condition, room - latex_width(opening) - 20)
        lines.append(opening + parts[0])
        for part in parts[1:]:
            lines.append(rf"&\qquad {part}")
        lines[-1] += r"\}"
    body = " \\\\\n".join(lines)
    return "{\\allowdisplaybreaks\n\\begin{align*}\n" + body + "\n\\end{align*}}"


def _factor(latex: str) -> str:
    """A formula as a factor: in parentheses if it is a sum or begins with a sign."""
    if latex.startswith(("(", "[", r"\begin")) and (latex.endswith((")", "]", "}"))):
        if not re.match(r"\([^()]*\).*\(", latex):
            return loosened(latex)
    if re.search(r" [+-] |^-", latex):
        return rf"({loosened(latex)})"
    return latex
