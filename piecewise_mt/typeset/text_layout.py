"""Columns of text: how wide they are, where their cells are broken, and how they are filled up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, zip_longest

_LEAST_CAP = 8
_ENDS = (",", ";", *(f" {c}" for c in "-+=<>"), " <=", " >=")
"""What a space may follow where a line is broken."""
_COMPARED = (" <", " >", " =", " <=", " >=")
"""What a line ends with only if it has no comma: x < 0 is not torn apart."""
_BREAKS = re.compile(r" (?:(?<=[,;] )|(?<= [-+=<>] )|(?<= [<>]= ))")


def display_width(text: str) -> int:
    """The number of terminal columns that `text` takes.

    >>> display_width("∇fᵅ"), display_width("f\u0303"), display_width("面")
    (3, 1, 2)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def text_table(
    title: str,
    headers: Sequence[str],
    aligns: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Iterable[str],
    width: int,
    headings: Mapping[int, str] | None = None,
) -> list[str]:
    """The lines of a table; rows are apart if a cell has several lines.

    A heading stands above the row of its number.

    Examples
    --------
    >>> text_table("", ["n", "square"], "rl", [["1", "1"], ["12", "144"]], ["…"], 80)
    [' n  square', '──  ──────', ' 1  1', '12  144', '…']
    """
    widths, broken = _broken(headers, rows, width - 2 * (len(headers) - 1))
    lines = [line for part in title.split("\n") for line in wrapped(part, width)]
    lines = [*lines, ""] if title else []
    (header,) = filled([[[text] for text in headers]], widths, aligns)
    lines += [*header, "  ".join("─" * w for w in widths)]
    tall = any(len(parts) > 1 for row in broken for parts in row)
    for number, own in enumerate(filled(broken, widths, aligns)):
        heading = headings.get(number) if headings else None
        if number and (tall or heading is not None):
            lines.append("")
        if heading is not None:
            lines += wrapped(heading, width)
        lines += own
    for note in notes:
        lines += wrapped(note, width)
    return lines


def _broken(
    headers: Sequence[str], rows: Sequence[Sequence[str]], total: int
) -> tuple[list[int], list[list[list[str]]]]:
    """Column widths, and the lines of all cells."""
    columns = list(zip(*rows, strict=True)) or [()] * len(headers)
    natural = [
        max(display_width(header), max(map(_measure(column), column), default=0))
        for header, column in zip(headers, columns, strict=True)
    ]
    widths = capped(natural, total)
    lines = [
        [wrapped(text, width) for text in column] if width < full else [[text] for text in column]
        for column, width, full in zip(columns, widths, natural)
    ]
    for header, column, width, full in zip(headers, lines, widths, natural):
        if width < full and (
            display_width(header) > width
            or max(map(display_width, chain.from_iterable(column)), default=0) > width
        ):
            # what cannot be broken takes room from the other columns; this is rare, and slow
            least = [_longest_part([header, *column]) for header, column in zip(headers, columns)]
            widths = capped(natural, total, least)
            lines = [
                [wrapped(text, width) for text in column] for column, width in zip(columns, widths)
            ]
            break
    return widths, [list(row) for row in zip(*lines)]


def capped(natural: Sequence[int], total: int, least: Sequence[int] | None = None) -> list[int]:
    """Column widths: the natural ones if they fit in a total, else the widest columns shrink.

    No column becomes narrower than its least width, nor one that is narrow anyway.

    Examples
    --------
    >>> capped([1, 20], 30), capped([1, 20], 12), capped([1, 20], 12, [1, 15])
    ([1, 20], [1, 11], [1, 15])
    """
    widths = list(natural)
    low = [0] * len(widths) if least is None else least
    # the largest common cap under which the columns fit
    cap = max(natural)
    while cap > _LEAST_CAP and sum(widths) > total:
        cap -= 1
        widths = [
            full if full <= _LEAST_CAP else max(few, min(full, cap))
            for few, full in zip(low, natural, strict=True)
        ]
    return widths


def _measure(texts: Iterable[str]) -> Callable[[str], int]:
    return len if all(map(str.isascii, texts)) else display_width


def _longest_part(texts: Iterable[str]) -> int:
    """The width of the longest part that cannot be broken."""
    parts = list(chain.from_iterable(map(_BREAKS.split, set(texts))))
    return max(map(_measure(parts), map(str.rstrip, parts)))


def wrapped(text: str, limit: int) -> list[str]:
    """The lines of a text, broken after commas, semicolons and operators with a space behind.

    A part that cannot be broken makes a line that is longer than the limit.

    Examples
    --------
    >>> wrapped("-1 <= x1 + x2 < 1, x3 > 0", 20)
    ['-1 <= x1 + x2 < 1,', 'x3 > 0']
    >>> wrapped("x**2 < y, x < 0", 13)
    ['x**2 < y,', 'x < 0']
    """
    measure: Callable[[str], int] = len if text.isascii() else display_width
    if measure(text) <= limit:
        return [text]
    if measure is display_width:
        return _wrapped_parts(text, limit)
    lines = []
    start, size = 0, len(text.rstrip())
    while size - start > limit:
        # the last break that leaves a line within the limit, or else the first one of all
        end = text.rfind(" ", start, start + limit + 1)
        while end > start and not text.endswith(_ENDS, 0, end):
            end = text.rfind(" ", start, end)
        if end <= start:
            end = text.find(" ", start + limit + 1)
            while end > 0 and not text.endswith(_ENDS, 0, end):
                end = text.find(" ", end + 1)
            if end < 0:
                break
        if text.endswith(_COMPARED, start, end):
            comma = text.rfind(", ", start, end)
            end = end if comma < 0 else comma + 1
        lines.append(text[start:end])
        start = end + 1
    return [*lines, text[start:]]


def parts_of(text: str) -> list[str]:
    """The text in parts, each to its end after a comma, a semicolon or an operator and a space.

    >>> parts_of("x > 1, y")
    ['x > ', '1, ', 'y']
    """
    *parts, last = _BREAKS.split(text)
    return [*[part + " " for part in parts], last]


def _wrapped_parts(text: str, limit: int) -> list[str]:
    lines = [""]
    for part in parts_of(text):
        longer = lines[-1] + part
        if lines[-1] and display_width(longer.rstrip()) > limit:
            if lines[-1].rstrip().endswith(_COMPARED) and ", " in lines[-1].rstrip():
                head, _, rest = lines[-1].rstrip().rpartition(", ")
                lines[-1:] = [head + ",", rest + " "]
                if display_width((lines[-1] + part).rstrip()) <= limit:
                    lines[-1] += part
                    continue
            lines[-1] = lines[-1].rstrip()
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


def filled(
    rows: Sequence[Sequence[Sequence[str]]], widths: Sequence[int], aligns: Sequence[str]
) -> Iterator[list[str]]:
    """The lines of every row, whose cells are given as lines, with the columns side by side.

    Examples
    --------
    >>> list(filled([[["1"], ["x > 0,", "y > 0"]], [["12"], ["y < 0"]]], [2, 6], "rl"))
    [[' 1  x > 0,', '    y > 0'], ['12  y < 0']]
    """
    fills = [_fill(align, chain.from_iterable(column)) for align, column in zip(aligns, zip(*rows))]
    # one template is three times as fast
    template = "  ".join(
        [f"%{'-' if fill is str.ljust else ''}{width}s" for fill, width in zip(fills, widths)]
    )
    is_plain = all(fill in (str.ljust, str.rjust) for fill in fills)
    for row in rows:
        height = max(map(len, row), default=1)
        lines: Iterable[Sequence[str]] = (
            [[cell[0] for cell in row]] if height == 1 else zip_longest(*row, fillvalue="")
        )
        if is_plain:
            yield [(template % tuple(line)).rstrip() for line in lines]
            continue
        yield [
            "  ".join(
                [fill(text, width) for fill, text, width in zip(fills, line, widths)]
            ).rstrip()
            for line in lines
        ]


def _fill(align: str, texts: Iterable[str]) -> Callable[[str, int], str]:
    if align != "c" and all(map(str.isascii, texts)):
        return str.ljust if align == "l" else str.rjust
    return partial(_filled, align)


def _filled(align: str, text: str, width: int) -> str:
    room = width - (len(text) if text.isascii() else display_width(text))
    if room <= 0:
        return text
    left = 0 if align == "l" else room if align == "r" else room // 2
    return " " * left + text + " " * (room - left)
