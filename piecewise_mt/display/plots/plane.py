"""Functions of two variables: the partition coloured by gradient, and the graph as a surface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.display.plots.sampled import (
    along,
    drawn,
    entry_at,
    fineness,
    formula_at,
    full,
    is_curved,
    limits,
    triangles,
)
from piecewise_mt.display.plots.shapes import Point, Shape, View, Window, shapes
from piecewise_mt.display.plots.style import (
    INK,
    color_key,
    colored,
    gradient_math,
    gradient_of,
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


def draw_partition(
    axes: Any, rep: Any, view: View, window: Window, *, arrows: bool, names: bool
) -> None:
    """Polygons coloured by gradient, ties as lines and dots."""
    polygons, lines, points = split(rep, view, window)
    palette = colored([shape.owner for shape in polygons])
    listed: set[str] = set()
    for shape in polygons:
        key = color_key(shape.owner)
        label = "_again" if key in listed else gradient_math(shape.owner)
        listed.add(key)
        axes.fill(*_columns(shape.corners), facecolor=palette[key], edgecolor="none", label=label)
    for shape in lines:
        axes.plot(*_columns(shape.corners), color=INK, lw=1.3, zorder=3, label="_tie")
    if points:
        corners = [shape.corners[0] for shape in points]
        axes.plot(*_columns(corners), "o", color=INK, markersize=4.5, zorder=4, label="_tie point")
    if arrows:
        _arrows(axes, polygons, view, window)
    if names:
        _names(axes, rep, view, window, offset=arrows)
    axes.set_xlim(*map(float, window[0]))
    axes.set_ylim(*map(float, window[1]))
    axes.set_aspect("equal" if is_square(window) else "auto")
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    title = r"$\widetilde\nabla f$"
    if len(palette) <= LEGEND:
        axes.legend(
            title=title,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            frameon=False,
            borderaxespad=0,
        )
    else:
        what = "colours" if any(shape.owner.is_smooth for shape in polygons) else "gradients"
        axes.set_title(f"{len(palette)} {what} on {len(polygons)} pieces", fontsize="medium")


def is_square(window: Window) -> bool:
    """Whether equal scales do not make a strip of the drawing."""
    width, tall = (high - low for low, high in window)
    return max(width, tall) <= 3 * min(width, tall)


def _columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [float(p[0]) for p in points], [float(p[1]) for p in points]


def _arrows(axes: Any, polygons: Sequence[Shape], view: View, window: Window) -> None:
    """The gradient of the first output at the centre of every polygon, all to one scale."""
    found: list[tuple[Point, float, float]] = []
    for shape in polygons:
        row = gradient_of(shape.owner)[0]
        one, two = (drawn(entry_at(row[i], view, shape.center)) for i in view.free)
        if isfinite(one) and isfinite(two):
            found.append((shape.center, one, two))
    longest = max((max(abs(a), abs(b)) for _, a, b in found), default=0.0)
    if not longest:
        return
    scale = float(min(high - low for low, high in window)) / longest / 8
    axes.quiver(
        [float(p[0]) for p, _, _ in found],
        [float(p[1]) for p, _, _ in found],
        [a * scale for _, a, _ in found],
        [b * scale for _, _, b in found],
        angles="xy", scale_units="xy", scale=1, width=0.005, color=INK, zorder=5,
    )  # fmt: skip


def _names(axes: Any, rep: Any, view: View, window: Window, *, offset: bool) -> None:
    """Pᵅ at the middle of every piece that is seen; of the full-dimensional ones if crowded."""
    shown = shapes(rep, view, window)
    if len(shown) > CROWDED:
        shown = [shape for shape in shown if shape.dimension == 2]
    for shape in shown:
        x, y = map(float, shape.center)
        thin = shape.dimension < 2
        shift = (5, 5) if shape.dimension == 0 else (0, -9) if offset else (0, 0)
        axes.annotate(
            f"$P^{{{shape.owner.alpha}}}$", (x, y), xytext=shift, textcoords="offset points",
            ha="center", va="center", zorder=6, fontsize=9 if thin else 11, color=INK,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
            if thin else None,
        )  # fmt: skip


def draw_surface(
    axes: Any, rep: Any, view: View, window: Window, output: int
) -> list[list[tuple[Any, ...]]]:
    """The graph of one output over the window; returns the corners (x, y, f) of every facet."""
    pyplot()
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
    # light and shade show how a surface bends; flat facets are told apart by colour
    axes.add_collection3d(
        Poly3DCollection(
            [_floats(facet) for facet in facets],
            facecolors=faces,
            alpha=1.0 if curved else 0.9,
            shade=bool(curved),
            antialiased=not curved,  # else the seams of the triangles shine through
        )
    )
    low, high = limits([drawn(corner[2]) for facet in facets for corner in facet])
    edges = []
    for shape in lines:
        owner = (
            rep.piece_at(full(shape.center, view))
            if isinstance(rep, PolyhedralRepresentation)
            else shape.owner
        )
        points = along(shape, window, is_curved(owner, view, output))
        edge = _floats(_lifted(points, owner, view, output))
        edges.append([point for point in edge if low <= point[2] <= high])
    kept = [edge for edge in edges if edge]
    if kept:
        axes.add_collection3d(Line3DCollection(kept, colors=INK, linewidths=1.0, zorder=5))
    axes.set_xlim(*map(float, window[0]))
    axes.set_ylim(*map(float, window[1]))
    axes.set_zlim(low, high)
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    axes.set_zlabel("$f$" if len(rep[0].rows) == 1 else f"$f_{{{output + 1}}}$")
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
