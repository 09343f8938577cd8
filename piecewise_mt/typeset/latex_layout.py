r"""How wide LaTeX comes out, and tables that fit the page because of it.

Widths are estimates in points at 10pt Computer Modern, on the large side; they decide about line
breaks only. Nothing but ``amsmath``, ``amssymb``, ``booktabs``, ``longtable`` and ``geometry`` is
assumed: a cell that must break is a ``p`` column with ``\raggedright``, its row ends with
``\tabularnewline``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

TEXT_WIDTH = 345
"""The text width of ``article``, in points."""
PAGE_WIDTH = 481
"""The text width of A4 with margins of 2 cm, which :func:`document` sets."""
LONG_TABLE = 40
"""With more lines than this, a table may break across pages."""
_GAP = 12.0
_TOKEN = re.compile(
    r"\\(?:begin|end)\{[a-z*]+\}|\\text(?:bf|it|tt)?\{|\\[A-Za-z]+\*?|\\.|[_^]\{|[{}&]|.", re.DOTALL
)
_FIXED = {
    **dict.fromkeys(("=", "<", ">", r"\geq", r"\leq", r"\in", r"\le", r"\ge", r"\to"), 13.8),
    **dict.fromkeys(("+", "-", r"\cdot", r"\cap", r"\cup", r"\setminus"), 12.3),
    r"\,": 1.7,
    r"\;": 2.8,
    r"\ ": 3.4,
    r"\quad": 10.0,
    r"\qquad": 20.0,
    ",": 4.9,
    "(": 3.9,
    ")": 3.9,
    "[": 2.8,
    "]": 2.8,
    "|": 2.8,
    r"\max": 19.5,
    r"\min": 17.0,
    r"\dim": 18.0,
    r"\sum": 16.0,
    r"\{": 5.0,
    r"\}": 5.0,
    r"\partial": 5.6,
    r"\nabla": 8.4,
    r"\frac": 2.6,
    r"\alpha": 6.4,
    "w": 8.2,
    "m": 8.9,
    "M": 9.9,
    "W": 9.5,
    r"\dots": 14.0,
    ":": 9.0,
    "f": 6.8,
}
_NARROW = frozenset("fijlrst")
_NOTHING = frozenset(
    r"\left \right \mathrm \mathbb \mathbf \widetilde \tilde \displaystyle \allowbreak \nonumber "
    r"\bigl \bigr \Bigl \Bigr \text \underbrace \noindent \ensuremath \limits".split()
)
_LINE_END = re.compile(r"\\\\(?:\[[^\]]*\])?")
_MATRIX = re.compile(
    r"(?:\\left\()?\\begin\{(?:[pb]?matrix\}|array\}\{[lcr]+\})(.*?)"
    r"\\end\{(?:[pb]?matrix|array)\}(?:\\right\))?",
    re.DOTALL,
)
MATRIX_COLUMNS = 10
"""The widest pmatrix of amsmath; beyond it an array is written."""


def latex_width(latex: str) -> float:
    r"""About how wide a line of LaTeX is, in points at 10pt.

    Examples
    --------
    >>> latex_width("x_{1} > x_{2}") > latex_width("x_{1} x_{2}") > 0
    True
    >>> latex_width(r"\begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}") > 2 * latex_width("1")
    True
    """
    extra = 0.0
    while match := _MATRIX.search(latex):
        rows = [row.split("&") for row in _LINE_END.split(match[1])]
        columns = max(map(len, rows))
        extra += 18 + 10 * (columns - 1)
        extra += sum(
            max(latex_width(row[k].strip()) for row in rows if k < len(row)) for k in range(columns)
        )
        latex = latex[: match.start()] + latex[match.end() :]
    latex = latex.replace(r"\tfrac{", r"\frac{")
    while (start := latex.rfind(r"\frac{")) >= 0:
        # the last one has no fraction inside; it is as wide as the wider of its two parts
        top, middle = _braced(latex, start + 5)
        bottom, end = _braced(latex, middle)
        extra += 2.6 + max(_width(top), _width(bottom))
        latex = latex[:start] + latex[end:]
    return extra + _width(latex)


def _braced(latex: str, start: int) -> tuple[str, int]:
    """What is in the braces that open at `start`, and the place behind them."""
    depth = 0
    for place in range(start, len(latex)):
        depth += {"{": 1, "}": -1}.get(latex[place], 0)
        if not depth:
            return latex[start + 1 : place], place + 1
    return latex[start + 1 :], len(latex)


def _width(latex: str) -> float:
    total, depth, small = 0.0, 0, []
    text: list[int] = []
    for token in _TOKEN.findall(latex):
        if token in ("_{", "^{"):
            depth += 1
            small.append(depth)
        elif token == "{" or token.startswith(r"\text") and token.endswith("{"):
            depth += 1
            if token != "{":
                text.append(depth)
        elif token == "}":
            small = [level for level in small if level != depth]
            text = [level for level in text if level != depth]
            depth -= 1
        elif token == " ":
            total += 3.4 if text or depth == 0 and _is_words(latex) else 0.0
        elif token in _NOTHING or token in ("&", "$") or token.isspace():
            pass
        else:
            if text and token in _NARROW:
                size = 3.7
            elif text and token.islower():
                size = 5.1
            else:
                size = _FIXED.get(token, 6.0 if token.isalpha() or token[0] == "\\" else 5.1)
            total += size * (0.75 if small else 1.0)
    return total


def _is_words(latex: str) -> bool:
    """Whether this is text: mathematics in dollars, or neither an index nor a command."""
    return "$" in latex or not re.search(r"[_^]\{|\\[a-z]", latex)


class CellLike(Protocol):
    """What is read of a cell."""

    @property
    def latex(self) -> str: ...
    @property
    def math(self) -> bool: ...
    def inline_latex(self) -> str: ...


def cell_width(cell: CellLike) -> float:
    """The width of a cell; words count as text."""
    if cell.math:
        return latex_width(cell.latex)
    return _width(f"\\text{{{cell.latex}}}")


def breakable(latex: str, room: float = 0.0) -> str:
    r"""The same mathematics with places to break after commas.

    Matrices wider than `room` are written row by row.

    >>> breakable(r"(1,\, 0)")
    '(1,\\, \\allowbreak 0)'
    """
    loose = loosened(latex, room)
    loose = re.sub(r",(\\[,;])? (?!\\allowbreak)", r",\1 \\allowbreak ", loose)
    return loose


def rows_below(latex: str) -> int:
    """So many points must the next line keep away: more for fractions, most for matrices."""
    tall = 3 if re.search(r"\\(?:[td]?frac|sqrt|left|underbrace)(?![a-z])", latex) else 0
    if tall and "^" in latex:
        tall = 7
    for match in _MATRIX.finditer(latex):
        tall = max(tall, 6 * (1 + len(_LINE_END.findall(match[1]))))
    return tall


def joined_lines(lines: Sequence[str], between: str = " ") -> str:
    r"""The lines of a matrix, or of cases, apart where one is higher than a line of letters.

    >>> joined_lines(["1", "0", r"\frac{1}{2}"])
    '1 \\\\ 0 \\\\[3pt] \\frac{1}{2}'
    """
    parts = list(lines[:1])
    for above, line in itertools.pairwise(lines):
        own = rows_below(above)
        # what reaches up from the next line needs no more than a fraction does, or half of it
        gap = max(own, min(rows_below(line), max(own, 7)))
        parts[-1] += f" \\\\[{gap}pt]" if gap else r" \\"
        parts.append(line)
    return between.join(parts)


def matrix(rows: Sequence[Sequence[str]]) -> str:
    r"""A matrix in parentheses, whatever its width.

    >>> print(matrix([["1", "0"], ["0", "1"]]))
    \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}
    """
    body = joined_lines([" & ".join(row) for row in rows])
    width = max(map(len, rows), default=1)
    if width <= MATRIX_COLUMNS:
        return f"\\begin{{pmatrix}} {body} \\end{{pmatrix}}"
    return f"\\left(\\begin{{array}}{{{'c' * width}}} {body} \\end{{array}}\\right)"


def loosened(latex: str, room: float = 0.0) -> str:
    r"""Matrices wider than `room` as lists of rows, which can break.

    >>> loosened(r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}")
    '[(1,\\, 0),\\; (0,\\, 1)]'
    """

    def rows(match: re.Match[str]) -> str:
        if room and latex_width(match[0]) <= room:
            return match[0]
        lines = [[entry.strip() for entry in row.split("&")] for row in _LINE_END.split(match[1])]
        if all(len(line) == 1 for line in lines):
            return "(" + r",\, ".join(line[0] for line in lines) + ")"
        return "[" + r",\; ".join("(" + r",\, ".join(line) + ")" for line in lines) + "]"

    return _MATRIX.sub(rows, latex)


def outermost(marked: str) -> str:
    r"""Without the marks in braces, in matrices, between ``\left`` and ``\right``: no breaks."""
    depth = 0
    kept: list[str] = []
    signs = r"(\\begin\{[a-z*]+\}|\\end\{[a-z*]+\}|\\left(?![a-z])|\\right(?![a-z])|\\.|[{}\0])"
    for token in re.split(signs, marked):
        if token in ("{", r"\left") or token.startswith(r"\begin{"):
            depth += 1
        elif token in ("}", r"\right") or token.startswith(r"\end{"):
            depth -= 1
        if token != "\0" or not depth:
            kept.append(token)
    return "".join(kept)


def _least(cell: CellLike, room: float = 0.0) -> float:
    """The widest part of a cell that cannot be broken; matrices up to `room` are not."""
    if cell.math:
        marked = re.sub(
            r"\\allowbreak|(?<==)|(?<=[<>+])|(?<= -)|\\geq|\\leq",
            "\0",
            breakable(cell.latex, room),
        )
        return max(map(latex_width, outermost(marked).split("\0")))
    return max(_width(f"\\text{{{part}}}") for part in cell.latex.split(" "))


_NUMERIC = re.compile(r"\\frac(?=\{\d+\}\{\d+\})")


def small_fractions(latex: str) -> str:
    r"""Displayed lines with numbers no higher than the parentheses and braces around them.

    Fractions of formulas keep their size, and so does what is in an index or an exponent.

    >>> print(small_fractions(r"u &= \max(\frac{1}{2} x, \frac{x}{y}) e^{\frac{1}{2}}"))
    u &= \max(\tfrac{1}{2} x, \frac{x}{y}) e^{\frac{1}{2}}
    """
    parts, start = [], 0
    for match in _NUMERIC.finditer(latex):
        before = latex[: match.start()].replace(r"\{", "").replace(r"\}", "")
        if before.count("{") == before.count("}"):
            parts += [latex[start : match.start()], r"\tfrac"]
            start = match.end()
    return "".join([*parts, latex[start:]])


SIZES = (("", 1.0), (r"\small", 0.92), (r"\footnotesize", 0.84), (r"\scriptsize", 0.76))


def column_widths(
    columns: Sequence[Sequence[CellLike]], width: float
) -> tuple[str, list[float | None]]:
    """A font size, and for every column None (as wide as it is) or the points to break to."""
    natural = [1.03 * max(map(cell_width, column), default=0.0) for column in columns]
    room = width - _GAP * len(columns) - 6
    if sum(natural) <= room:
        return "", [None] * len(columns)
    # Jacobians stay matrices if letters that are read well make room for them
    whole = [1.03 * max((_least(cell, width) for cell in c), default=0.0) for c in columns]
    fitting = [entry for entry in SIZES[:3] if sum(whole) * entry[1] * 1.02 <= room]
    least = whole
    if not fitting:
        least = [1.03 * max(map(_least, column), default=0.0) for column in columns]
        fitting = [entry for entry in SIZES if sum(least) * entry[1] * 1.02 <= room]
    size, scale = (fitting or SIZES)[0 if fitting else -1]
    # the largest common cap under which the columns fit, none below what cannot be broken
    cap = max(natural) * scale
    widths = [value * scale for value in natural]
    while sum(widths) > room and cap > 1:
        cap -= 1
        widths = [
            max(low * scale, min(full * scale, cap))
            for low, full in zip(least, natural, strict=True)
        ]
    return size, [
        None if got >= full * scale - 1e-9 else got
        for got, full in zip(widths, natural, strict=True)
    ]


def _height(cell: CellLike, limit: float | None, scale: float) -> int:
    """About how many lines a cell takes."""
    if limit is not None:
        return 1 + int(cell_width(cell) * scale * 1.1 / limit)
    return max(
        (len(_LINE_END.findall(match[1])) + 1 for match in _MATRIX.finditer(cell.latex)), default=1
    )


def tabular(
    headers: Sequence[CellLike],
    aligns: Sequence[str],
    rows: Sequence[Sequence[CellLike]],
    width: float,
    headings: Mapping[int, CellLike] | None = None,
) -> list[str]:
    r"""The lines of a booktabs ``tabular`` that fits `width` points, a ``longtable`` if it is long.

    Columns that are too wide together become ``p`` columns, the widest first. A heading stands
    across all columns, above the row of its number.
    """
    above = headings or {}
    columns = [[header, *(row[k] for row in rows)] for k, header in enumerate(headers)]
    if _is_too_wide(columns, width):
        return _stacked(headers, rows, width, above)
    size, widths = column_widths(columns, width)
    scale = dict(SIZES)[size]
    lines_used = sum(
        max(
            (_height(cell, limit, scale) for cell, limit in zip(row, widths, strict=True)),
            default=1,
        )
        for row in rows
    )
    long = lines_used > LONG_TABLE
    name = "longtable" if long else "tabular"
    spec = "".join(
        align if limit is None else f"p{{{limit:.0f}pt}}"
        for align, limit in zip(aligns, widths, strict=True)
    )
    wraps = any(limit is not None for limit in widths)
    end = r" \tabularnewline" if wraps else r" \\"

    def written(cells: Sequence[CellLike]) -> str:
        parts = []
        for cell, limit in zip(cells, widths, strict=True):
            if limit is None:
                parts.append(cell.inline_latex())
            else:
                parts.append(r"\raggedright " + in_paragraph(cell, limit / scale / 1.05))
        return " & ".join(parts)

    lines = [f"{{{size}"] if size else []
    lines += [f"\\begin{{{name}}}{{{spec}}}", r"\toprule", written(headers) + end, r"\midrule"]
    if long:
        lines.append(r"\endhead")
    heights = [max((rows_below(c.latex) for c in row if c.math), default=0) for row in rows]
    for number, row in enumerate(rows):
        if number and (heights[number] or heights[number - 1]) and number not in above:
            lines.append(r"\addlinespace[3pt]")
        if number in above:
            if number:
                lines.append(r"\midrule")
            inner = _across(above[number], len(headers), width)
            lines.append(inner + (" \\\\*" if long else end))
        line = written(row)
        # a row that begins with [ would be read as an optional argument of \\
        lines.append(("{}" if line.startswith("[") else "") + line + end)
    lines += [r"\bottomrule", f"\\end{{{name}}}"]
    if size:
        lines.append("}")
    return lines


def in_paragraph(cell: CellLike, room: float) -> str:
    """A cell that may take several lines, which keep apart where there are fractions."""
    if not cell.math:
        return cell.latex
    apart = r"\lineskiplimit=1.5pt \lineskip=3pt " if rows_below(cell.latex) else ""
    return f"{apart}${breakable(cell.latex, room)}$"


def _across(heading: CellLike, count: int, width: float) -> str:
    """A heading over all columns, which breaks if it is wide."""
    if cell_width(heading) <= width - 2 * _GAP:
        return rf"\multicolumn{{{count}}}{{l}}{{{heading.inline_latex()}}}"
    inner = in_paragraph(heading, width - 2 * _GAP)
    return rf"\multicolumn{{{count}}}{{p{{{width - 2 * _GAP:.0f}pt}}}}{{\raggedright {inner}}}"


def _is_too_wide(columns: Sequence[Sequence[CellLike]], width: float) -> bool:
    """Whether not even the smallest letters make room for what cannot be broken."""
    room = width - _GAP * len(columns) - 6
    natural = sum(1.03 * max(map(cell_width, column), default=0.0) for column in columns)
    if natural <= room:
        return False
    least = sum(1.03 * max(map(_least, column), default=0.0) for column in columns)
    return least * SIZES[-1][1] > room


def _stacked(
    headers: Sequence[CellLike],
    rows: Sequence[Sequence[CellLike]],
    width: float,
    headings: Mapping[int, CellLike],
) -> list[str]:
    r"""The rows one below the other, each entry after its header, in a ``longtable``."""
    room = width - 2 * _GAP
    least = 1.05 * max((_least(cell) for row in rows for cell in row), default=0.0)
    size = next((name for name, scale in SIZES if least * scale <= room), SIZES[-1][0])
    lines = [f"{{{size}", f"\\begin{{longtable}}{{p{{{room:.0f}pt}}}}", r"\toprule"]
    for number, row in enumerate(rows):
        parts: list[str] = []
        for header, cell in zip(headers, row, strict=True):
            inner = in_paragraph(cell, room)
            broad = cell_width(cell) > room / 2
            parts.append((r"\newline " if broad and parts else "") + header.inline_latex() + ": ")
            parts.append((r"\newline " if broad else "") + inner + r"\quad ")
        if number:
            lines.append(r"\midrule")
        if number in headings:
            lines.append(_across(headings[number], 1, room) + r" \tabularnewline")
        lines.append(
            r"\raggedright " + "".join(parts).removesuffix(r"\quad ") + r" \tabularnewline"
        )
    return [*lines, r"\bottomrule", r"\end{longtable}", "}"]


def document(body: str, title: str = "") -> str:
    r"""A complete document that compiles by itself.

    Uses ``article`` and ``amsmath``, ``amssymb``, ``booktabs``, ``longtable``, ``geometry``.
    """
    head = [
        r"\documentclass{article}",
        r"\usepackage[a4paper,margin=2cm]{geometry}",
        r"\usepackage{amsmath,amssymb,booktabs,longtable}",
        r"\setlength{\parindent}{0pt}",
        r"\setlength{\parskip}{6pt plus 2pt}",
        r"\setlength{\LTleft}{0pt}",
        r"\setcounter{MaxMatrixCols}{64}",
        r"\allowdisplaybreaks",
        r"\begin{document}",
    ]
    if title:
        head.append(f"\\section*{{\\raggedright {title}}}")
    return "\n".join([*head, body.strip("\n"), r"\end{document}", ""])
