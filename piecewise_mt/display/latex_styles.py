r"""A representation in LaTeX: a table, a display with cases, or the sums (6) and (7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from piecewise_mt.display.pieces import pieces_table
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.affine import latex_name, space_latex
from piecewise_mt.typeset.latex_layout import (
    PAGE_WIDTH,
    TEXT_WIDTH,
    breakable,
    document,
    joined_lines,
    latex_width,
    loosened,
    outermost,
    small_fractions,
)
from piecewise_mt.typeset.tables import Cell, Column, Table, latex_escape

STYLES = ("table", "cases", "indicator")
COLUMNS = ("alpha", "piece", "dimension", "formula", "gradient")
_PARAMETER = re.compile(r"(?<![A-Za-z\\])z(?:_\{\d+\})?(?![A-Za-z_])")
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
    index : str
        For the number of a piece.
    """

    piece: str = "P"
    function: str = "f"
    gradient: str = r"\widetilde\nabla"
    parameter: str = "z"
    pieces: Mapping[int, str] = field(default_factory=dict)
    index: str = r"\alpha"

    def piece_name(self, alpha: int | str) -> str:
        if isinstance(alpha, int) and alpha in self.pieces:
            return self.pieces[alpha]
        return f"{self.piece}^{{{alpha}}}"

    def gradient_of(self, alpha: int | str) -> str:
        return f"{self.gradient} {self.function}^{{{alpha}}}"

    def numbered(self, latex: str, parameters: Sequence[str], names: Sequence[str]) -> str:
        """The same with those tie parameters that occur numbered from 1, without gaps.

        `parameters` are all of the function, in their order, and `names` those that the user
        chose: a number that one of them has is skipped.

        Examples
        --------
        >>> Notation().numbered("z_{2} + z_{5}", ["z1", "z2", "z3", "z4", "z5"], ["x"])
        'z_{1} + z_{2}'
        >>> Notation().numbered("1 - z_{2}", ["z1", "z2"], ["x"])
        '1 - z'
        """
        # all are called z or z with a number
        found = set(_PARAMETER.findall(latex))
        used = [name for name in parameters if latex_name(name) in found]
        taken = {latex_name(name) for name in names}
        count = iter(range(1, len(used) + len(taken) + 2))
        fresh = (f"{self.parameter}_{{{k}}}" for k in count)
        new = [self.parameter] if len(used) == 1 and not (taken & {"z", self.parameter}) else []
        free = (name for name in fresh if name not in taken)
        new += [next(free) for _ in used[len(new) :]]
        changed = {latex_name(old): own for old, own in zip(used, new, strict=True)}
        if all(old == own for old, own in changed.items()):
            return latex
        return _PARAMETER.sub(lambda match: changed.get(match[0], match[0]), latex)


def replaced(latex: str, symbols: Mapping[str, str]) -> str:
    """The mathematics with all these symbols replaced at once.

    >>> replaced("z_{1} y_{1} + z_{2}", {"z_{1}": "z_{2}", "z_{2}": "z_{3}"})
    'z_{2} y_{1} + z_{3}'
    """
    changed = {old: new for old, new in symbols.items() if old != new}
    if not changed:
        return latex
    pattern = "|".join(map(_alone, sorted(changed, key=len, reverse=True)))
    return re.sub(pattern, lambda match: changed[match[0]], latex)


def _alone(symbol: str) -> str:
    return rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z_])"


def unused_letter(names: Sequence[str], letters: Sequence[str]) -> str:
    """The first of some letters that no name has, whatever its index; the last one if all are.

    >>> unused_letter(["f1", "g"], ("f", "g", "h"))
    'h'
    """
    bases = {latex_name(name).split("_{")[0] for name in names}
    return next((letter for letter in letters if letter not in bases), letters[-1])


FUNCTIONS = ("f", "g", "h", "F", "G", r"\mathcal{F}")
PIECES = ("P", "S", "U", "A", r"\mathcal{P}")
INDICES = (r"\alpha", r"\beta", r"\nu", r"\kappa", r"\imath")


def read_notation(
    symbols: Mapping[str, str] | None, piece_names: Any, variables: Sequence[str] = ()
) -> Notation:
    """The notation that the arguments of ``to_latex`` describe, else one that no variable has."""
    given = dict(symbols or {})
    known = ("piece", "function", "gradient", "parameter", "index")
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
    own = {
        "function": unused_letter(variables, FUNCTIONS),
        "piece": unused_letter(variables, PIECES),
        "index": unused_letter(variables, INDICES),
    }
    return Notation(**{**own, **given}, pieces=names)


def parameter_names(rep: Any) -> tuple[str, ...]:
    """The tie parameters of a derived representation, in their order."""
    from piecewise_mt.calculus.evaluation.parameters import ParameterNames

    function = rep.of
    if function is None:
        return ()
    names = ParameterNames(function)
    return tuple(names.name(i) for i in range(names.total))


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
    notation = read_notation(symbols, piece_names, own_names(rep))
    room = width if width is not None else PAGE_WIDTH if standalone else TEXT_WIDTH
    if style == "table":
        body = renamed_table(rep, notation, columns).to_latex(room)
    else:
        body = display_latex(rep, notation, style, room)
    body = notation.numbered(body, parameter_names(rep), own_names(rep))
    if not standalone:
        return body
    return document(body, title_of(rep, notation))


def display_latex(rep: Any, notation: Notation, style: str, room: float) -> str:
    """One of the styles that are no table, with the parameters as they are called."""
    return (cases_latex if style == "cases" else _indicator)(rep, notation, room)


def own_names(rep: Any) -> tuple[str, ...]:
    """The names that are the user's: of variables, and of symbols in rules and parameters."""
    from piecewise_mt.calculus.evaluation.parameters import ParameterNames

    others = () if rep.of is None else ParameterNames(rep.of).taken
    return tuple(dict.fromkeys([*rep.names, *others]))


def title_of(rep: Any, notation: Notation) -> str:
    """The title of a document: the function in mathematics if it is short, else what it is."""
    from piecewise_mt.display.derivation.titles import function_latex

    found = function_latex(rep, notation)
    if found is not None:
        return found
    where = "" if rep.domain is not None else f" on ${space_latex(len(rep.names))}$"
    text = " ".join(str(rep.title).split())
    if rep.of is None and len(text) <= 60:
        return f"{latex_escape(text)}{where}"
    return f"A representation of {len(rep)} piece{'' if len(rep) == 1 else 's'}{where}"


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
        "alpha": notation.index,
        "piece": notation.piece_name(notation.index),
        "dimension": r"\dim",
        "formula": f"{notation.function}^{{{notation.index}}}",
        "gradient": notation.gradient_of(notation.index),
    }
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
        rows.append([cells[k] for k in places])
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
    return rf"\text{{if }} {signed(condition)}"


def signed(latex: str) -> str:
    r"""A formula behind words or a bar, where a minus sign in front would stand for a difference.

    >>> signed("-1 < x"), signed("x < 1")
    ('{-}1 < x', 'x < 1')
    """
    return "{-}" + latex[1:] if latex.startswith("-") else latex


def split_latex(latex: str, room: float) -> list[str]:
    """A formula in lines of at most `room` points, broken after commas and before signs."""
    if latex_width(latex) <= room:
        return [latex]
    marked = re.sub(r"\\allowbreak ", "\0", breakable(latex, room))
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


def cases_latex(rep: Any, notation: Notation, room: float) -> str:
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
        text = _everywhere(condition, rep) + last
        beside = room - outer - min(widest, 0.6 * room) - 30
        value_lines = split_latex(value, 0.6 * (room - outer))
        text_lines = split_latex(text, max(beside, 0.35 * room))
        for i in range(max(len(value_lines), len(text_lines))):
            one = value_lines[i] if i < len(value_lines) else ""
            two = text_lines[i] if i < len(text_lines) else ""
            lines.append((one, two))
    if len(lines) <= LONG_CASES:
        body = joined_lines(list(map(" & ".join, lines)), "\n")
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
    f, argument = notation.function, notation.index
    any_piece = f"{notation.piece}^{{{argument}}}"
    lines = []
    for symbol, index in ((f, 1), (f"{notation.gradient} {f}", 2)):
        general = f"{f}^{{{argument}}}" if index == 1 else rf"\nabla {f}^{{{argument}}}"
        lines.append(rf"{symbol} &= \sum_{{{argument}=1}}^{{{n}}} 1_{{{any_piece}}}\, {general}")
        own = [_factor(row[index], room / 2) for row in rows]
        total = [f"1_{{{name}}}\\, {factor}" for name, factor in zip(names, own)]
        start = latex_width(symbol) + 20
        current = "&= "
        for k, term in enumerate(total):
            plus = "+ " if k else ""
            # parentheses as high as fractions are wider than those in a line
            high = 10 * f"{current}{term}".count(r"\left(")
            if k and latex_width(f"{current} {plus}{term}") + high > room - start - 6:
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
    body = " \\\\\n".join(map(small_fractions, lines))
    return "{\\allowdisplaybreaks\n\\begin{align*}\n" + body + "\n\\end{align*}}"


def _factor(latex: str, room: float) -> str:
    """A formula as a factor: in parentheses if it is a sum or begins with a sign."""
    if latex.startswith(("(", "[", r"\begin")) and (latex.endswith((")", "]", "}"))):
        if not re.match(r"\([^()]*\).*\(", latex):
            return loosened(latex, room)
    if re.search(r" [+-] |^-", latex):
        inner = loosened(latex, room)
        return rf"\left({inner}\right)" if r"\frac" in inner else f"({inner})"
    return latex
