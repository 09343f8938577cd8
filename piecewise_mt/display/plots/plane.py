"""Functions of two variables: the partition coloured by gradient, and the graph as a surface."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.display.affine import latex_name
from piecewise_mt.display.plots.shapes import (
    Point,
    Shape,
    View,
    Window,
    number,
    shapes,
    value_at,
)
from piecewise_mt.display.plots.style import (
    INK,
    colored,
    gradient_label,
    gradient_math,
    gradient_of,
    pyplot,
)

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
        key = gradient_label(shape.owner)
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
    axes.set_aspect("equal" if _square(window) else "auto")
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
        axes.set_title(f"{len(palette)} gradients on {len(polygons)} pieces", fontsize="medium")


def _square(window: Window) -> bool:
    """Whether equal scales do not make a strip of the drawing."""
    width, tall = (high - low for low, high in window)
    return max(width, tall) <= 3 * min(width, tall)


def _columns(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    return [float(p[0]) for p in points], [float(p[1]) for p in points]


def _arrows(axes: Any, polygons: Sequence[Shape], view: View, window: Window) -> None:
    """The gradient of the first output at the centre of every polygon, all to one scale."""
    found: list[tuple[Point, Fraction, Fraction]] = []
    for shape in polygons:
        row = gradient_of(shape.owner)[0]
        step = [number(row[i], {}) for i in view.free]
        if step[0] is not None and step[1] is not None:
            found.append((shape.center, step[0], step[1]))
    longest = max((max(abs(a), abs(b)) for _, a, b in found), default=Fraction(0))
    if not longest:
        return
    scale = min(high - low for low, high in window) / longest / 8
    axes.quiver(
        [float(p[0]) for p, _, _ in found],
        [float(p[1]) for p, _, _ in found],
        [float(a * scale) for _, a, _ in found],
        [float(b * scale) for _, _, b in found],
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
) -> list[list[tuple[Fraction, ...]]]:
    """The graph of one output over the window; returns the corners (x, y, f) of every facet."""
    pyplot()
    from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

    polygons, lines, _ = split(rep, view, window)
    palette = colored([shape.owner for shape in polygons])
    facets = [_lifted(shape, view, output) for shape in polygons]
    faces = [palette[gradient_label(shape.owner)] for shape in polygons]
    axes.add_collection3d(
        Poly3DCollection([_floats(facet) for facet in facets], facecolors=faces, alpha=0.9)
    )
    edges = []
    for shape in lines:
        owner = rep.piece_at(_full(shape.center, view)) if hasattr(rep, "strata") else shape.owner
        edges.append(_lifted(Shape(1, shape.corners, owner), view, output))
    axes.add_collection3d(
        Line3DCollection([_floats(edge) for edge in edges], colors=INK, linewidths=1.0)
    )
    heights = [corner[2] for facet in facets for corner in facet]
    low, high = min(heights), max(heights)
    if low == high:
        low, high = low - 1, high + 1
    axes.set_xlim(*map(float, window[0]))
    axes.set_ylim(*map(float, window[1]))
    axes.set_zlim(float(low), float(high))
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    axes.set_zlabel("$f$" if len(rep[0].rows) == 1 else f"$f_{{{output + 1}}}$")
    axes.view_init(elev=28, azim=-125)
    return facets


def _full(point: Point, view: View) -> list[Fraction]:
    """A point of all variables."""
    free = dict(zip(view.free_names, point, strict=True))
    return [free[name] if name in free else view.fixed[name] for name in view.names]


def _lifted(shape: Shape, view: View, output: int) -> list[tuple[Fraction, ...]]:
    """The corners with the value of f as the last coordinate."""
    row = view.row(shape.owner.affine[output])
    found = []
    for corner in shape.corners:
        value = number(value_at(row, corner), {})
        assert value is not None, "on its piece the parameters of a formula cancel"
        found.append((*corner, value))
    return found


def _floats(points: Sequence[Sequence[Fraction]]) -> list[tuple[float, ...]]:
    return [tuple(map(float, point)) for point in points]
