"""Colours, labels and the check for matplotlib, shared by all drawings."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.affine import gradient_latex, gradient_text
from piecewise_mt.typeset.latex_layout import latex_width, loosened

PALETTE = (
    "#8ecae6", "#ffb703", "#a7c957", "#e5989b", "#cdb4db", "#f4a261",
    "#84dcc6", "#bc6c25", "#90be6d", "#9a8c98", "#f2cc8f", "#577590",
)  # fmt: skip
INK = "#222222"
OPEN = "#ffffff"
LONGEST = 150
"""A legend writes out no gradient that is wider, in points."""


class MissingLibrary(PiecewiseError, ImportError):
    """An optional library is not installed."""


def pyplot() -> Any:
    """``matplotlib.pyplot``, imported when something is drawn."""
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise MissingLibrary(
            "expected matplotlib to draw with, got none; pip install piecewise_mt[plot]"
        ) from error
    return matplotlib.pyplot


def colors(count: int) -> list[str]:
    """So many different colours, always the same ones."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    found = []
    for i in range(count):
        # the golden ratio keeps neighbours apart; three lightnesses keep similar hues apart
        red, green, blue = colorsys.hls_to_rgb(i * 0.61803398875 % 1, (0.72, 0.6, 0.82)[i % 3], 0.6)
        found.append(f"#{int(255 * red):02x}{int(255 * green):02x}{int(255 * blue):02x}")
    return found


def gradient_of(piece: Any) -> Sequence[Sequence[Any]]:
    """The rows of a piece's gradient, the stated ones if there are any."""
    rows: Sequence[Sequence[Any]] = piece.gradient_rows
    return rows


def gradient_label(piece: Any) -> str:
    """The gradient as text."""
    return gradient_text(gradient_of(piece))


def gradient_math(piece: Any) -> str:
    """The gradient for matplotlib's mathtext, which knows no matrices.

    A varying one belongs to one piece, which is named; where it is too long, the name will do.
    """
    text = loosened(gradient_latex(gradient_of(piece)))
    if not gradient_varies(piece):
        return f"${text}$"
    name = f"P^{{{piece.alpha}}}"
    return f"${name}$: ${text}$" if latex_width(text) <= LONGEST else f"${name}$"


def gradient_varies(piece: Any) -> bool:
    """Whether the gradient depends on the point, rather than being constant on the piece."""
    names = set(piece.names)
    return any(
        symbol.name in names
        for row in gradient_of(piece)
        for entry in row
        if is_expression(entry)
        for symbol in entry.free_symbols
    )


def color_key(piece: Any) -> str:
    """Pieces of one constant gradient share a colour; a varying one has the piece's own.

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> [color_key(piece) for piece in (mt.square(mt.relu(x)) + 1).represent()]
    ['0', 'piece 2', '0']
    """
    return f"piece {piece.alpha}" if gradient_varies(piece) else gradient_label(piece)


def colored(pieces: Sequence[Any]) -> dict[str, str]:
    """A colour for every key, in order of first occurrence."""
    keys = list(dict.fromkeys(map(color_key, pieces)))
    return dict(zip(keys, colors(len(keys)), strict=True))
