"""Functions of two variables in SVG: the partition coloured by gradient, ties as lines and dots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.display.plots.plane import LEGEND, is_square, split
from piecewise_mt.display.plots.sampled import named
from piecewise_mt.display.plots.shapes import Shape, View, Window, shapes
from piecewise_mt.display.plots.style import (
    color_key,
    colored,
    gradient_label,
    gradient_varies,
)
from piecewise_mt.display.svg.frame import (
    INK,
    Frame,
    headline,
    margin_for,
    name_svg,
    text,
    whole,
    width_of,
)

SIZE = 480
"""The longer side of the frame, in pixels."""
TOP = 34.0
LONGEST = 44
"""A legend writes out no gradient of more characters."""


def plane_svg(rep: Any, view: View, window: Window, title: str) -> str:
    """The partition: polygons, then what is thin, so that it is on top and can be hit."""
    polygons, lines, points = owned(rep, view, window)
    widest = polygons or lines  # a flat domain has no polygons
    palette = colored([shape.owner for shape in widest])
    left = margin_for(window[1], SIZE)
    width, tall = _sides(window)
    frame = Frame((window[0], window[1]), left, TOP, width, tall)
    body = [headline(title), *frame.drawn(*map(name_svg, view.free_names))]
    for shape in polygons:
        body.append(
            f'<polygon class="shape poly" tabindex="0" data-key="{shape.owner.alpha}" '
            f'fill="{palette[color_key(shape.owner)]}" points="{frame.points(shape.corners)}"/>'
        )
    for shape in lines:
        ends = frame.points(shape.corners)
        color, wide = (INK, 1.6) if polygons else (palette[color_key(shape.owner)], 4)
        body.append(
            f'<g class="shape" data-key="{shape.owner.alpha}"><polyline class="hit" '
            f'points="{ends}" stroke="none" pointer-events="stroke"/><polyline class="seg" '
            f'points="{ends}" stroke="{color}" stroke-width="{wide}"/></g>'
        )
    for shape in points:
        x, y = frame.place(*shape.corners[0])
        body.append(
            f'<g class="shape" data-key="{shape.owner.alpha}"><circle class="hit" cx="{x:.2f}" '
            f'cy="{y:.2f}" r="4" fill="none" stroke="none" pointer-events="all"/>'
            f'<circle class="pt" cx="{x:.2f}" cy="{y:.2f}" r="3.5" fill="{INK}"/></g>'
        )
    body.append(frame.border())
    right = left + width
    if 0 < len(palette) <= LEGEND:
        entries = legend([shape.owner for shape in widest])
        body += keys([(palette[key], label) for key, label in entries.items()], right + 16)
        right += 16 + max((24 + width_of(label) for label in entries.values()), default=0)
    across = max(right, 8 + width_of(title, 14)) + 14
    down = max(TOP + tall + 46, TOP + 20 * min(len(palette), LEGEND) + 40)
    return whole(across, down, title, body)


def _sides(window: Window) -> tuple[float, float]:
    width, tall = (float(high - low) for low, high in window)
    if not is_square(window):
        return float(SIZE), float(SIZE)
    longest = max(width, tall)
    return SIZE * width / longest, SIZE * tall / longest


def legend(pieces: Iterable[Any]) -> dict[str, str]:
    """What the legend says of every colour, in the order of the pieces."""
    found: dict[str, str] = {}
    for piece in pieces:
        key, name = color_key(piece), f"P{piece.alpha}"
        if key not in found:
            label = gradient_label(piece)
            if len(label) > LONGEST:
                label = name
            elif gradient_varies(piece):
                label = f"{name}: {label}"
            found[key] = label
    return found


def keys(entries: Sequence[tuple[str, str]], x: float) -> Iterator[str]:
    """A legend: squares of colour with a text."""
    yield text(x, TOP + 10, "∇̃f", more=' class="key"')
    for k, (color, label) in enumerate(entries):
        y = TOP + 20 + 20 * k
        yield (
            f'<rect class="key" x="{x:.1f}" y="{y:.1f}" width="14" height="14" fill="{color}" '
            f'stroke="{INK}" stroke-width="0.6"/>'
        )
        yield text(x + 21, y + 11, escape(label), more=' class="key"')


def owned(rep: Any, view: View, window: Window) -> tuple[list[Shape], list[Shape], list[Shape]]:
    """Polygons, segments and points, each with the piece that it belongs to."""
    polygons, lines, points = split(rep, view, window)
    if isinstance(rep, PolyhedralRepresentation):
        # a stratum that a half-open piece contains shows that piece
        lines, points = (
            [Shape(s.dimension, s.corners, rep.piece_at(named(s.center, view))) for s in group]
            for group in (lines, points)
        )
        return polygons, lines, points
    thin = [shape for shape in shapes(rep, view, window) if shape.dimension < 2]
    lines = [shape for shape in thin if shape.dimension == 1]
    return polygons, lines, [shape for shape in thin if shape.dimension == 0]
