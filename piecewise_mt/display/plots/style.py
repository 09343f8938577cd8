"""Colours, labels and the check for matplotlib, shared by all drawings."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from typing import Any

from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.affine import gradient_latex, gradient_text, latex_name
from piecewise_mt.typeset.latex_layout import latex_width, loosened

PALETTE = (
    "#8ecae6", "#ffb703", "#a7c957", "#e5989b", "#cdb4db", "#f4a261",
    "#84dcc6", "#bc6c25", "#90be6d", "#9a8c98", "#f2cc8f", "#577590",
)  # fmt: skip
INK = "#222222"
OPEN = "#ffffff"
LEGEND_BELOW = 36
"""Points between the axes and a legend below: room for numbers and a name."""
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


_WORD = re.compile(r"\*\*(\d+)|[^\W\d]\w*|<=|>=|[*<>−-]|R\^\d+")
_SPACE = re.compile(r" on R(?:\^(\d+))?")
_SIGNS = {"<=": r"$\leq$", ">=": r"$\geq$", "<": "$<$", ">": "$>$", "-": "$-$", "*": "·"}


def mathtext(text: str, names: Sequence[str]) -> str:
    r"""A text with the names of variables, signs, small powers and R^a for matplotlib's mathtext.

    >>> print(mathtext("max(y1, 2*y2) on R^2, (y1, y2): 3 pieces", ("y1", "y2")))
    max($y_{1}$, 2·$y_{2}$) on $\mathbb{R}^{2}$, ($y_{1}$, $y_{2}$): 3 pieces
    """
    known = set(names)

    def typeset(match: re.Match[str]) -> str:
        word = match[0]
        if match[1]:
            return f"$^{{{match[1]}}}$"
        if word in known:
            return f"${latex_name(word)}$"
        return _SIGNS.get(word, word)

    def space(match: re.Match[str]) -> str:
        return rf" on $\mathbb{{R}}^{{{match[1]}}}$" if match[1] else r" on $\mathbb{R}$"

    head, found, rest = text.rpartition(" on R")
    if not found:
        return _WORD.sub(typeset, text)
    power, colon, rest = rest.partition(":")
    exponent, comma, order = power.partition(",")
    on = _SPACE.sub(space, f"{found}{exponent}") + comma + _WORD.sub(typeset, order)
    return _WORD.sub(typeset, head) + on + colon + rest


def legend_below(axes: Any) -> None:
    """A legend under the axes and their numbers, so that it covers nothing that is drawn."""
    from matplotlib.transforms import ScaledTranslation

    down = ScaledTranslation(0, -LEGEND_BELOW / 72, axes.figure.dpi_scale_trans)
    axes.legend(
        frameon=False,
        fontsize="small",
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=axes.transAxes + down,
    )


def legend_beside(axes: Any, title: str | None = None) -> None:
    """A legend at the right of the axes."""
    axes.legend(
        title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, borderaxespad=0
    )


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
    # in matplotlib a minus sign behind a comma stands between two operands
    text = re.sub(r"(?<=\\, )-", "{-}", loosened(gradient_latex(gradient_of(piece))))
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


def lit(facets: Sequence[Any], faces: Sequence[str], window: Any) -> Any:
    """The colours of facets under a lamp at the upper left, by matplotlib's ``LightSource``.

    Coordinates are scaled as they are drawn, so that a steep surface is not black all over.

    Parameters
    ----------
    facets : sequence of arrays of corners (x, y, z)
    faces : sequence of str
        Their colours.
    window : pair of (low, high)
        What is shown of x and y.
    """
    import numpy as np
    from matplotlib.colors import LightSource, to_rgb

    heights = [corner[2] for facet in facets for corner in facet]
    rise = max(heights) - min(heights) or 1.0
    scale = np.array([*(float(high - low) for low, high in window), rise])
    normals = []
    for facet in facets:
        own = facet / scale
        arms = own[1:] - own[0]
        normal = np.cross(arms[:-1], arms[1:]).sum(axis=0)
        normal = -normal if normal[2] < 0 else normal
        normals.append(normal / (np.linalg.norm(normal) or 1.0))
    lamp = LightSource(azdeg=225, altdeg=45)
    light = np.clip(np.array(normals) @ lamp.direction, 0, 1)
    colors_ = np.array([to_rgb(face) for face in faces])
    return colors_ * (0.55 + 0.45 * light)[:, np.newaxis]
