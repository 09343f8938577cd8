"""Partitions of three variables in SVG: pieces drawn apart and lit, which a script can turn.

The picture is complete without the script; that reads the corners from the page and draws the
same polygons anew from where the reader looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sin
from typing import Any, TypeAlias

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.display.plots.plane import LEGEND, thin_owners
from piecewise_mt.display.plots.sampled import named
from piecewise_mt.display.plots.shapes import Point, View, Window
from piecewise_mt.display.plots.style import color_key, colored
from piecewise_mt.display.svg.frame import (
    GREY,
    INK,
    headline,
    name_svg,
    text,
    ticks,
    whole,
    width_of,
)
from piecewise_mt.display.svg.plane import TOP, keys, legend
from piecewise_mt.display.svg.solids import Solid, solids
from piecewise_mt.errors import PiecewiseError

SIZE = 480.0
MOST = 400
"""More pieces and ties than this would be a blot."""
AZIMUTH, ELEVATION, APART = 35, 25, 0.3
"""From where the picture is seen at first, in degrees, and how far pieces are moved apart."""
AMBIENT = 0.62
"""The light on a face that is turned away from the lamp, which is where the reader is."""
THIN = "#8a8a8a"
GROWN, ASIDE, NAMED = 1.15, 1.4, 1.7
"""How large the cube comes out with its pieces apart, and where its axes and their names stand."""

Numbers: TypeAlias = tuple[float, ...]


@dataclass(frozen=True)
class Item:
    """One polygon, segment or point of the picture, in the coordinates of the unit cube."""

    key: int
    dimension: int
    """Of the set that it belongs to."""
    corners: tuple[Numbers, ...]
    center: Numbers
    """Of the set that it belongs to; it is moved away from the middle along this."""
    color: str


def items(rep: Any, view: View, window: Window) -> tuple[list[Item], list[Solid]]:
    """What is drawn, and the pieces of the largest dimension.

    Raises
    ------
    PiecewiseError
        If the window shows more than MOST pieces and ties.
    """
    bodies: list[Solid]
    thin: list[Solid]
    bodies, thin = [], []
    for dimensions, owners, group in (((3,), rep, bodies), ((0, 1, 2), thin_owners(rep), thin)):
        for solid in solids(owners, view, window):
            if solid.dimension in dimensions:
                group.append(solid)
            if len(bodies) + len(thin) > MOST:
                raise PiecewiseError(
                    f"expected at most {MOST} pieces and ties to draw in space, got more; choose a "
                    "smaller window=, or hold a variable fixed with at={name: value}"
                )
    # a flat domain has polygons at most, which are coloured then
    top = max((solid.dimension for solid in [*bodies, *thin]), default=3)
    widest = [
        Solid(s.dimension, s.faces, owner_of(rep, view, s))
        for s in [*bodies, *thin]
        if s.dimension == top
    ]
    palette = colored([solid.owner for solid in widest])
    found = []
    for solid in [*bodies, *thin]:
        owner = owner_of(rep, view, solid)
        color = palette[color_key(owner)] if solid.dimension == top else THIN
        center = _unit(solid.center, window)
        for face in solid.faces:
            corners = tuple(_unit(corner, window) for corner in face)
            found.append(Item(owner.alpha, solid.dimension, corners, center, color))
    return found, widest


def owner_of(rep: Any, view: View, solid: Solid) -> Any:
    """The piece that a stratum belongs to."""
    if solid.dimension < 3 and isinstance(rep, PolyhedralRepresentation):
        return rep.piece_at(named(solid.center, view))
    return solid.owner


def _unit(point: Point, window: Window) -> Numbers:
    """Exact until here: the window becomes the cube from −1 to 1."""
    return tuple(
        float((2 * x - low - high) / (high - low))
        for x, (low, high) in zip(point, window, strict=True)
    )


class Camera:
    """Parallel projection from a direction; the script has the same formulas."""

    def __init__(self, azimuth: float = AZIMUTH, elevation: float = ELEVATION) -> None:
        a, e = radians(azimuth), radians(elevation)
        self.right = (-sin(a), cos(a), 0.0)
        self.up = (-sin(e) * cos(a), -sin(e) * sin(a), cos(e))
        self.toward = (cos(e) * cos(a), cos(e) * sin(a), sin(e))
        self.middle, self.scale = SIZE / 2, SIZE / 2 / 2.35

    def place(self, point: Numbers) -> tuple[float, float]:
        """The pixels of a point, within the picture's square."""
        x, y = _dot(point, self.right), _dot(point, self.up)
        return self.middle + self.scale * x, TOP + self.middle - self.scale * y

    def depth(self, point: Numbers) -> float:
        """Larger is nearer."""
        return _dot(point, self.toward)


def _dot(a: Numbers, b: Numbers) -> float:
    return sum(p * q for p, q in zip(a, b, strict=True))


def _normal(item: Item) -> Numbers:
    """Of a polygon, of length one, away from the middle of its body."""
    first = item.corners[0]
    best: Numbers = (0.0, 0.0, 0.0)
    for one, two in zip(item.corners[1:], item.corners[2:], strict=False):
        a, b = (tuple(p - q for p, q in zip(c, first, strict=True)) for c in (one, two))
        own = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
        best = max(best, own, key=lambda n: hypot(*n))
    out = _dot(best, tuple(p - q for p, q in zip(first, item.center, strict=True)))
    size = (hypot(*best) or 1.0) * (-1 if out < 0 else 1)
    return tuple(c / size for c in best)


def shaded(color: str, light: float) -> str:
    """A colour under light from 0 to 1.

    >>> shaded("#8ecae6", 1), shaded("#8ecae6", 0)
    ('#8ecae6', '#587d8e')
    """
    factor = AMBIENT + (1 - AMBIENT) * light
    parts = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{int(part * factor):02x}" for part in parts)


def space_svg(rep: Any, view: View, window: Window, title: str) -> tuple[str, str]:
    """The pieces apart, seen from a corner of the box, and the scene for the script."""
    found, bodies = items(rep, view, window)
    camera = Camera()
    body = [headline(title), *_axes(view, window, camera), '<g id="space">']
    body += [element for _, element in sorted(_drawn(found, camera), key=lambda own: own[0])]
    body.append("</g>")
    entries = legend([solid.owner for solid in bodies])
    palette = colored([solid.owner for solid in bodies])
    right = SIZE
    if 0 < len(palette) <= LEGEND:
        body += keys([(palette[key], label) for key, label in entries.items()], right + 8)
        right += 8 + max(24 + width_of(label) for label in entries.values())
    wide = max(right, 8 + width_of(title, 14)) + 14
    return whole(wide, TOP + SIZE + 8, title, body), scene(found)


def _drawn(found: Sequence[Item], camera: Camera) -> Iterator[tuple[tuple[float, int], str]]:
    """How near each item is, and its element; faces that are turned away are hidden."""
    size = GROWN / (1 + APART / 2)
    for number, item in enumerate(found):
        corners = [
            tuple(size * (x + APART * c) for x, c in zip(corner, item.center, strict=True))
            for corner in item.corners
        ]
        middle = tuple(sum(column) / len(corners) for column in zip(*corners, strict=True))
        places = [camera.place(corner) for corner in corners]
        nearness = camera.depth(middle) + (3 - item.dimension) * 1e-3
        common = f'data-key="{item.key}" data-item="{number}"'
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
        if item.dimension == 0:
            x, y = places[0]
            element = (
                f'<circle class="shape pt" {common} cx="{x:.2f}" cy="{y:.2f}" r="4" fill="{INK}"/>'
            )
        elif item.dimension == 1:
            color = INK if item.color == THIN else item.color
            element = (
                f'<polyline class="shape seg" {common} points="{points}" fill="none" '
                f'stroke="{color}" stroke-width="2.2" stroke-linecap="round"/>'
            )
        else:
            facing = camera.depth(_normal(item))
            hidden = ' visibility="hidden"' if item.dimension == 3 and facing <= 0 else ""
            kind = "body" if item.dimension == 3 else "tie"
            solid = "1" if item.dimension == 3 else "0.55"
            element = (
                f'<polygon class="shape poly {kind}" {common} points="{points}" '
                f'fill="{shaded(item.color, abs(facing))}" fill-opacity="{solid}" '
                f'stroke="{INK}" stroke-width="0.7" stroke-linejoin="round"{hidden}/>'
            )
        yield (nearness, number), element


def _axes(view: View, window: Window, camera: Camera) -> Iterator[str]:
    """Three edges beside the box with ticks and the names of the variables."""
    for axis, (name, (low, high)) in enumerate(zip(view.free_names, window, strict=True)):
        ends = [_beside(axis, GROWN * side, ASIDE) for side in (-1, 1)]
        (x1, y1), (x2, y2) = map(camera.place, ends)
        data = " ".join(f"{c:.4f}" for end in ends for c in end)
        yield (
            f'<line class="axis turning" data-at="{data}" x1="{x1:.1f}" y1="{y1:.1f}" '
            f'x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GREY}"/>'
        )
        marks = [
            ("tick", float((2 * v - low - high) / (high - low)), (ASIDE + NAMED) / 2 - 0.03, label)
            for v, label in ticks(low, high, 3)
        ]
        for kind, value, far, inside in [*marks, ("name", 0.0, NAMED + 0.1, name_svg(name))]:
            at = _beside(axis, GROWN * value, far)
            x, y = camera.place(at)
            data = " ".join(f"{c:.4f}" for c in at)
            yield text(x, y + 4, inside, "middle", f' class="{kind} turning" data-at="{data}"')


def _beside(axis: int, value: float, far: float) -> Numbers:
    """A point of the edge of a larger box that is below or at the left at first."""
    if axis == 2:
        return (far, -far, value)
    return (value, far, -far) if axis == 0 else (far, value, -far)


def scene(found: Sequence[Item]) -> str:
    """What the script reads: corners as numbers, colours and keys, as JSON that is safe in HTML."""
    data = {
        "size": SIZE, "top": TOP, "scale": Camera().scale, "ambient": AMBIENT,
        "azimuth": AZIMUTH, "elevation": ELEVATION, "apart": APART, "grown": GROWN,
        "items": [
            {
                "dimension": item.dimension, "corners": item.corners, "center": item.center,
                "normal": _normal(item) if item.dimension > 1 else None, "color": item.color,
            }
            for item in found
        ],
    }  # fmt: skip
    return json.dumps(data).replace("<", "\\u003c").replace("&", "\\u0026")
