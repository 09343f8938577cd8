"""Functions with parameters: their pieces case by case, under one heading a case."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from piecewise_mt.display.derivation.titles import function_latex
from piecewise_mt.display.latex_styles import (
    COLUMNS,
    STYLES,
    Notation,
    display_latex,
    own_names,
    parameter_names,
    read_notation,
    renamed_table,
)
from piecewise_mt.display.page import written
from piecewise_mt.display.pieces import PIECES, pieces_table, space_text, summary
from piecewise_mt.errors import PiecewiseError, TooManyPieces, Undecided
from piecewise_mt.functions.traversal import parameter_signs
from piecewise_mt.typeset.affine import space_latex
from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, TEXT_WIDTH, document
from piecewise_mt.typeset.tables import Cell, Column, Table, latex_escape

RELATIONS = {1: " < 0", 2: " = 0", 3: " <= 0", 4: " > 0", 5: " != 0", 6: " >= 0", 7: ""}


def cases_title(rep: Any) -> str:
    """The function, its space, its parameters with what is assumed, and the number of cases."""
    signs = parameter_signs(rep.function)
    shown = ", ".join(f"{name}{RELATIONS[mask]}" for name, mask in signs.items())
    space = space_text(rep.names)
    where = f" where {rep.domain_text}" if rep.domain_text else ""
    count = len(rep.cases())
    words = "the parameters" if len(signs) > 1 else "the parameter"
    return (
        f"{rep.title} on {space}, with {words} {shown}{where}: "
        f"{count} case{'s' if count != 1 else ''}"
    )


def heading(case: Any) -> Cell:
    """What stands above the pieces of a case."""
    return Cell(case.condition_text, lambda: case.condition_latex)


def cases_table(rep: Any, limit: int | None = None) -> Table:
    r"""The tables of all cases, one below the other.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", positive=True)
    >>> print(cases_table(mt.relu(w * x).represent()).to_markdown())
    **relu(w\*x) on R, (x), with the parameter w > 0: 1 case**
    <BLANKLINE>
    | α | Pᵅ | dim | fᵅ | ∇fᵅ |
    | --: | --- | --: | --- | --- |
    | **w > 0** | | | | |
    | 1 | `x < 0` | 1 | 0 | 0 |
    | 2 | `x > 0` | 1 | `w*x` | w |
    | 3 | `x = 0` | 0 | `w*x*z` | `w*z` |
    """
    try:
        cases = list(rep.cases())
    except (Undecided, TooManyPieces) as error:
        return _undecided(rep, limit, str(error))
    rows: list[Any] = []
    headings: dict[int, Cell] = {}
    total = sum(len(case.representation) for case in cases)
    for case in cases:
        if limit is not None and len(rows) >= limit:
            break
        headings[len(rows)] = heading(case)
        left = None if limit is None else limit - len(rows)
        rows += pieces_table(case.representation, left).rows
    more = total - len(rows)
    notes = (f"… and {more} more piece{'s' if more > 1 else ''}",) if more else ()
    return Table(cases_title(rep), PIECES, rows, notes, headings=headings)


def _undecided(rep: Any, limit: int | None, reason: str) -> Table:
    """The pieces in variables and parameters, with the reason why there are no cases."""
    table = pieces_table(rep.whole, limit)
    found = []
    for own, row in zip(pieces_table(rep, limit).rows, table.rows, strict=True):
        found.append([*row[:4], own[4]])
    return Table(summary(rep.whole), PIECES, found, (*table.notes, reason))


def cases_latex(
    rep: Any,
    style: str = "table",
    *,
    standalone: bool = False,
    columns: Any = None,
    symbols: Any = None,
    piece_names: Any = None,
    width: float | None = None,
) -> str:
    r"""The cases in LaTeX: a table with a heading a case, or displays one after the other.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", nonnegative=True)
    >>> rep = mt.relu(w * x).represent()
    >>> print(cases_latex(rep, columns=["piece", "gradient"]))
    % relu(w*x) on R, (x), with the parameter w >= 0: 2 cases
    \begin{tabular}{ll}
    \toprule
    $P^{\alpha}$ & $\widetilde\nabla f^{\alpha}$ \\
    \midrule
    \multicolumn{2}{l}{$w = 0$} \\
    $\mathbb{R}$ & $0$ \\
    \midrule
    \multicolumn{2}{l}{$w > 0$} \\
    $x < 0$ & $0$ \\
    $x > 0$ & $w$ \\
    $x = 0$ & $w z$ \\
    \bottomrule
    \end{tabular}
    """
    if style not in STYLES:
        raise PiecewiseError(f"expected one of the styles {', '.join(STYLES)}, got {style!r}")
    room = width if width is not None else PAGE_WIDTH if standalone else TEXT_WIDTH
    if style != "table" and columns is not None:
        raise PiecewiseError(
            f"expected columns= with the style table only, got the style {style}; leave it out"
        )
    notation = read_notation(symbols, piece_names, own_names(rep))
    if style == "table":
        body = _table_latex(rep, columns, notation, room)
    else:
        parts = []
        for case in rep.cases():
            own = display_latex(case.representation, notation, style, room)
            parts.append(f"\\noindent {_words(case)}:\n{own}")
        body = "\n\n".join(parts)
    # one number for a parameter in all cases
    body = notation.numbered(body, parameter_names(rep), own_names(rep))
    if not standalone:
        return body
    title = function_latex(rep.whole, notation, rep.names)
    text = latex_escape(" ".join(str(rep.title).split()))
    return document(body, title or f"{text} on ${space_latex(len(rep.names))}$")


def _words(case: Any) -> str:
    text = case.condition_text
    return "Always" if text == "always" else f"If ${case.condition_latex}$"


def _table_latex(rep: Any, columns: Any, notation: Notation, room: float) -> str:
    chosen = tuple(COLUMNS if columns is None else columns)
    rows: list[Any] = []
    headings: dict[int, Cell] = {}
    header: tuple[Column, ...] = PIECES
    for case in rep.cases():
        table = renamed_table(case.representation, notation, chosen)
        header = table.columns
        headings[len(rows)] = heading(case)
        rows += table.rows
    return Table(cases_title(rep), header, rows, headings=headings).to_latex(room)


def cases_page(rep: Any, path: str | Path | None = None) -> str:
    """One self-contained page with the tables of all cases.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w")
    >>> cases_page(mt.relu(w * x).represent()).count('<th colspan="5"')
    3
    """
    table = cases_table(rep)
    title = escape(table.title)
    return written(title, [f"<h1>{title}</h1>", table.to_html()], "", path)
