"""Labels that keep clear of lines, arrows, dots and each other, as far as there is room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Any

from piecewise_mt.display.plots.style import INK

FARTHEST, STEP = 60, 3
"""Points: how far a label goes from its place, and by which steps."""
_AROUND = 12
_FINE = 4.0

Rectangle = tuple[float, float, float, float]
"""Left, bottom, right and top, in pixels."""


@dataclass(frozen=True)
class Label:
    """A text and where it belongs."""

    place: tuple[float, float]
    text: str
    within: tuple[tuple[float, float], ...] = ()
    """The corners of a convex polygon that its middle must not leave."""


def along_segment(axes: Any, start: Sequence[Any], end: Sequence[Any]) -> list[Rectangle]:
    """Small squares along a segment in the coordinates of the data."""
    (a, b), (c, d) = (axes.transData.transform(tuple(map(float, p))) for p in (start, end))
    count = min(2000, max(1, int(hypot(c - a, d - b) / _FINE)))
    half = _FINE / 2
    places = ((a + (c - a) * k / count, b + (d - b) * k / count) for k in range(count + 1))
    return [(x - half, y - half, x + half, y + half) for x, y in places]


def settled(axes: Any) -> None:
    """Lay the figure out, so that pixels mean what they will mean when it is drawn."""
    axes.figure.draw_without_rendering()


def place_labels(
    axes: Any,
    labels: Iterable[Label],
    taken: Sequence[Rectangle],
    *,
    size: float = 9,
) -> list[Any]:
    """Write every label where nothing is, as close to its place as it gets.

    Parameters
    ----------
    labels : iterable of Label
    taken : sequence of rectangles
        What is drawn already.

    Returns
    -------
    list of Annotation
        One without a free place stands where it belongs, on white.
    """
    import numpy as np

    boxes = np.array(taken, dtype=float).reshape(-1, 4)
    frame = axes.get_window_extent()
    scale = axes.figure.dpi / 72
    found = []
    for label in labels:
        artist = axes.annotate(
            label.text, label.place, xytext=(0, 0), textcoords="offset points", ha="center",
            va="center", fontsize=size, color=INK, zorder=6,
        )  # fmt: skip
        artist.set_in_layout(False)
        extent = artist.get_window_extent()
        wide, tall = extent.width / 2 + 1, extent.height / 2 + 1
        a, b = axes.transData.transform(label.place)
        corners = [tuple(axes.transData.transform(corner)) for corner in label.within]
        for dx, dy in _spiral():
            p, q = a + dx * scale, b + dy * scale
            own = (p - wide, q - tall, p + wide, q + tall)
            inside = frame.x0 <= own[0] and own[2] <= frame.x1
            inside = inside and frame.y0 <= own[1] and own[3] <= frame.y1
            inside = inside and _has(corners, p, q)
            if inside and not _meets(boxes, own):
                artist.xyann = (dx, dy)
                break
        else:
            own = (a - wide, b - tall, a + wide, b + tall)
            artist.set_bbox(
                {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
            )
        boxes = np.vstack([boxes, own])
        found.append(artist)
    return found


def _has(corners: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a convex polygon has the point; no polygon is no condition."""
    turns = [
        (c - a) * (y - b) - (d - b) * (x - a)
        for (a, b), (c, d) in zip(corners, [*corners[1:], *corners[:1]], strict=True)
    ]
    return all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns)


def _meets(boxes: Any, own: Rectangle) -> bool:
    left, low, right, high = own
    return bool(
        (
            (boxes[:, 0] < right)
            & (left < boxes[:, 2])
            & (boxes[:, 1] < high)
            & (low < boxes[:, 3])
        ).any()
    )


def _spiral() -> Iterable[tuple[float, float]]:
    yield 0.0, 0.0
    for radius in range(STEP, FARTHEST + 1, STEP):
        for k in range(_AROUND):
            angle = 2 * pi * k / _AROUND
            yield radius * cos(angle), radius * sin(angle)
