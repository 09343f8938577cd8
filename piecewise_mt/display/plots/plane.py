"""Functions of two variables: the partition coloured by gradient, and the graph as a surface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.display.plots.labels import (
    Label,
    Rectangle,
    along_segment,
    place_labels,
    settled,
)
from piecewise_mt.display.plots.sampled import (
    along,
    drawn,
    entry_at,
    fineness,
    formula_at,
    is_curved,
    limits,
    named,
    triangles,
)
from piecewise_mt.display.plots.shapes import Point, Shape, View, Window, shapes
from piecewise_mt.display.plots.style import (
    INK,
    color_key,
    colored,
    gradient_math,
    gradient_of,
    legend_beside,
    lit,
    pyplot,
)
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.affine import latex_name

CROWDED = 20
LEGEND = 12
"""A legend lists no more gradients than this."""


def thin_owners(rep: Any) -> Sequence[Any]:
    """What is drawn as lines and dots: the strata of a derived representation, else its pieces."""
    owners: Sequence[Any] = getattr(rep, "strata", rep)
    return owners


def split(rep: Any, view: View, window: Window) -> tuple[list[Shape], list[Shape], list[Shape]]:
    """The polygons of the pieces, and the segments and points of the strata."""
    polygons = [shape for shape in shapes(rep, view, window) if shape.dimension == 2]
    thin = [shape for shape in shapes(thin_owners(rep), view, window) if shape.dimension < 2]
    lines = [shape for shape in thin if shape.dimension == 1]
    return polygons, lines, [shape for shape in thin if shape.dimension == 0]


def draw_partition(axes: Any, rep: Any, view: View, window: Window, *, arrows: bool) -> list[Arrow]:
    """Polygons coloured by gradient, ties as lines and dots; returns the arrows."""
    polygons, lines, points = split(rep, view, window)
    palette = colored([shape.owner for shape in polygons])
    listed: set[str] = set()
    for shape in polygons:
        key = color_key(shape.owner)
        label = "_again" if key in listed else gradient_math(shape.owner)
        listed.add(key)
        axes.fill(*columns(shape.corners), facecolor=palette[key], edgecolor="none", label=label)
    if not polygons:  # a flat domain
        palette = colored([_owner(rep, view, shape) for shape in lines])
    for shape in lines:
        if polygons:
            color, label = INK, "_tie"
        else:
            owner = _owner(rep, view, shape)
            key = color_key(owner)
            color, label = palette[key], "_again" if key in listed else gradient_math(owner)
            listed.add(key)
        width = 1.3 if polygons else 3.5
        axes.plot(*columns(shape.corners), color=color, lw=width, zorder=3, label=label)
    if points:
        corners = [shape.corners[0] for shape in points]
        axes.plot(*columns(corners), "o", color=INK, markersize=4.5, zorder=4, label="_tie point")
    drawn_arrows: list[Arrow] = []
    if arrows:
        centers = [(shape.owner, shape.center) for shape in polygons]
        drawn_arrows = fitted(gradients_at(centers, view), window)
        quiver(axes, drawn_arrows, INK)
    axes.set_xlim(*map(float, window[0]))
    axes.set_ylim(*map(float, window[1]))
    axes.set_aspect("equal" if is_square(window) else "auto")
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    title = r"$\widetilde\nabla f$"
    if 0 < len(palette) <= LEGEND:
        legend_beside(axes, title)
    else:
        what = "colours" if any(shape.owner.is_smooth for shape in polygons) else "gradients"
        axes.set_title(f"{len(palette)} {what} on {len(polygons)} pieces", fontsize="medium")
    return drawn_arrows


def _owner(rep: Any, view: View, shape: Shape) -> Any:
    """The piece that a stratum belongs to."""
    if isinstance(rep, PolyhedralRepresentation):
        return rep.piece_at(named(shape.center, view))
    return shape.owner


def is_square(window: Window) -> bool:
    """Whether equal scales do not make a strip of the drawing."""
    width, tall = (high - low for low, high in window)
    return max(width, tall) <= 3 * min(width, tall)


def columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """The coordinates of points, apart."""
    return [float(p[0]) for p in points], [float(p[1]) for p in points]


Arrow = tuple[tuple[float, float], tuple[float, float]]
"""Where an arrow starts, and its length along either axis."""


def fitted(
    found: Sequence[tuple[Point, float, float]], window: Window, share: float = 1 / 8
) -> list[Arrow]:
    """Arrows at points, all to one scale, moved along themselves until the window has them."""
    longest = max((max(abs(a), abs(b)) for _, a, b in found), default=0.0)
    scale = float(min(high - low for low, high in window)) / (longest or 1.0) * share
    arrows: list[Arrow] = []
    for point, *parts in found:
        if not any(parts):
            continue
        start, length = [float(c) for c in point], [part * scale for part in parts]
        back = 0.0  # the share of the arrow that lies outside
        for c, part, (low, high) in zip(start, length, window, strict=True):
            room = float(high) - c if part > 0 else c - float(low)
            if part and abs(part) > room:
                back = max(back, 1 - room / abs(part))
        start = [c - back * part for c, part in zip(start, length, strict=True)]
        arrows.append(((start[0], start[1]), (length[0], length[1])))
    return arrows


def quiver(axes: Any, arrows: Sequence[Arrow], color: str, label: str = "_arrows") -> None:
    """Draw arrows in the coordinates of the data."""
    if arrows:
        axes.quiver(
            [a[0] for a, _ in arrows], [a[1] for a, _ in arrows],
            [b[0] for _, b in arrows], [b[1] for _, b in arrows],
            angles="xy", scale_units="xy", scale=1, width=0.005, color=color, zorder=5,
            label=label,
        )  # fmt: skip


def gradients_at(
    places: Sequence[tuple[Any, Point]], view: View, output: int = 0
) -> list[tuple[Point, float, float]]:
    """The gradients of pieces at points, where they are finite numbers."""
    found = []
    for owner, point in places:
        row = gradient_of(owner)[output]
        one, two = (drawn(entry_at(row[i], view, point)) for i in view.free)
        if isfinite(one) and isfinite(two):
            found.append((point, one, two))
    return found


def obstacles(
    axes: Any, lines: Sequence[Shape], points: Sequence[Shape], arrows: Sequence[Arrow]
) -> list[Rectangle]:
    """What labels keep clear of, in pixels."""
    found = [box for s in lines for box in along_segment(axes, s.corners[0], s.corners[1])]
    for (x, y), (u, v) in arrows:
        found += along_segment(axes, (x, y), (x + u, y + v))
    for shape in points:
        x, y = axes.transData.transform(tuple(map(float, shape.corners[0])))
        found.append((x - 7, y - 7, x + 7, y + 7))
    return found


def draw_names(axes: Any, rep: Any, view: View, window: Window, arrows: Sequence[Arrow]) -> None:
    """Pᵅ near the middle of every piece that is seen; of the full-dimensional ones if crowded."""
    shown = shapes(rep, view, window)
    if len(shown) > CROWDED:
        shown = [shape for shape in shown if shape.dimension == 2]
    settled(axes)
    _, lines, points = split(rep, view, window)
    taken = obstacles(axes, lines, points, arrows)
    wanted = [
        Label(
            (float(shape.center[0]), float(shape.center[1])),
            f"$P^{{{shape.owner.alpha}}}$",
            tuple((float(x), float(y)) for x, y in shape.corners) if shape.dimension == 2 else (),
        )
        for shape in shown
    ]
    place_labels(axes, wanted, taken, size=10)


def draw_surface(
    axes: Any, rep: Any, view: View, window: Window, output: int
) -> list[list[tuple[Any, ...]]]:
    """The graph of one output over the window; returns the corners (x, y, f) of every facet."""
    pyplot()
    import numpy as np
    from matplotlib.ticker import MaxNLocator
    from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

    polygons, lines, _ = split(rep, view, window)
    palette = colored([shape.owner for shape in polygons])
    curved = [shape for shape in polygons if is_curved(shape.owner, view, output)]
    fine = fineness(curved)
    facets, faces = [], []
    for shape in polygons:
        for facet in _facets(shape, view, output, fine if shape in curved else None):
            facets.append(facet)
            faces.append(palette[color_key(shape.owner)])
    if not facets:
        raise PiecewiseError(
            "expected a function with real values in the window, got none there; choose window="
        )
    own = [np.array(_floats(facet)) for facet in facets]
    axes.add_collection3d(
        Poly3DCollection(
            own,
            facecolors=lit(own, faces, window),
            antialiased=not curved,  # else the seams of the triangles shine through
        )
    )
    low, high = limits([drawn(corner[2]) for facet in facets for corner in facet])
    edges = []
    for shape in lines:
        owner = (
            rep.piece_at(named(shape.center, view))
            if isinstance(rep, PolyhedralRepresentation)
            else shape.owner
        )
        points = along(shape, window, is_curved(owner, view, output))
        edge = _floats(_lifted(points, owner, view, output))
        edges.append([point for point in edge if low <= point[2] <= high])
    # of one length, the last point repeated: some releases of matplotlib want one array
    longest = max(map(len, edges), default=0)
    kept = [edge + edge[-1:] * (longest - len(edge)) for edge in edges if edge]
    if kept:
        axes.add_collection3d(Line3DCollection(kept, colors=INK, linewidths=1.0, zorder=5))
    axes.set_xlim(*map(float, window[0]))
    axes.set_ylim(*map(float, window[1]))
    axes.set_zlim(low, high)
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    axes.set_zlabel("$f$" if len(rep[0].rows) == 1 else f"$f_{{{output + 1}}}$")
    # two axes end in one corner, where only one of them has a number
    for axis, prune in ((axes.xaxis, "lower"), (axes.yaxis, None), (axes.zaxis, None)):
        axis.set_major_locator(MaxNLocator(5, prune=prune))
    axes.view_init(elev=28, azim=-125)
    return facets


def _facets(
    shape: Shape, view: View, output: int, fine: int | None
) -> Iterator[list[tuple[Any, ...]]]:
    """The part of the graph over a polygon: one facet, or triangles if it is curved.

    Triangles with a corner at which there is no value are left out.
    """
    parts = [shape.corners] if fine is None else triangles(shape.corners, fine)
    for corners in parts:
        facet = _lifted(corners, shape.owner, view, output)
        if all(isfinite(drawn(corner[2])) for corner in facet):
            yield facet


def _lifted(points: Sequence[Point], owner: Any, view: View, output: int) -> list[tuple[Any, ...]]:
    """The points with the value of f, exact, as the last coordinate."""
    return [(*point, formula_at(owner, output, view, point)) for point in points]


def _floats(points: Sequence[Sequence[Any]]) -> list[tuple[float, ...]]:
    return [tuple(map(drawn, point)) for point in points]
