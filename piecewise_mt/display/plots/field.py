"""The associated gradient as a field on every stratum, and the directions of Remark 1 at ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import gcd, hypot, isfinite, lcm
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.display.plots.labels import Label, place_labels, settled
from piecewise_mt.display.plots.plane import (
    Arrow,
    draw_partition,
    fitted,
    obstacles,
    quiver,
    split,
)
from piecewise_mt.display.plots.sampled import drawn, entry_at, named, varies
from piecewise_mt.display.plots.shapes import Point, Shape, View, Window
from piecewise_mt.display.plots.style import INK, gradient_of, legend_below
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.typeset.affine import entry_latex, latex_name

ACROSS = 6
"""So many arrows on the pieces along either side of the window, three on an edge."""
WRITTEN = 12
"""Conditions at more edges would cover each other."""
FAINT = 0.35
COLORS = ("#7b2d8b", "#c1121f", INK)
"""Of arrows at vertices, on edges and on full-dimensional pieces."""
NAMES = ("at vertices", "on edges", "on pieces")
PART = "tangential part on edges, the rest is free"


def draw_field(
    axes: Any,
    rep: Any,
    view: View,
    window: Window,
    parameters: Mapping[str, Fraction],
    output: int,
) -> None:
    """Arrows of the associated gradient: in the pieces, along the edges, at the vertices.

    Where a gradient holds free parameters, an edge shows the part along it, which (15) fixes, and
    a vertex a ring.
    """
    polygons, lines, points = _faint(axes, rep, view, window)
    places = {
        2: [(s.owner, p) for s in polygons for p in _grid(s, window)],
        1: [(_owner(rep, view, s), p) for s in lines for p in _three(s)],
        0: [(_owner(rep, view, s), s.corners[0]) for s in points],
    }
    parts: list[tuple[Point, float, float]] = []
    found: dict[int, list[tuple[Point, float, float]]] = {0: [], 1: [], 2: []}
    rings: list[tuple[float, float]] = []
    directions = [direction(shape) for shape in lines for _ in _three(shape)]
    for dimension, spots in places.items():
        for k, (owner, point) in enumerate(spots):
            values = gradient_at(owner, view, point, parameters, output)
            if values is not None:
                found[dimension].append((point, *values))
            elif dimension == 1:
                known = tangential_part(owner, view, point, directions[k], output)
                parts += [] if known is None else [(point, *known)]
            elif dimension == 0:
                rings.append((float(point[0]), float(point[1])))
    groups = [*((COLORS[d], NAMES[d], found[d]) for d in (2, 1, 0)), ("#e07a5f", PART, parts)]
    longest = max((max(abs(a), abs(b)) for *_, own in groups for _, a, b in own), default=0.0)
    for color, name, own in groups:
        most = max((max(abs(a), abs(b)) for _, a, b in own), default=0.0)
        if most:
            arrows = fitted(own, window, 0.65 / ACROSS * most / longest)
            quiver(axes, arrows, color, rf"$\widetilde\nabla f$ {name}")
        still = [(float(p[0]), float(p[1])) for p, a, b in own if not (a or b)]
        if still:
            axes.plot(*zip(*still, strict=True), ".", color=color, ms=3, label="_zero")
    if rings:
        axes.plot(
            *zip(*rings, strict=True), "o", ms=9, mfc="none", mec=COLORS[0], mew=1.4,
            label="free at vertices",
        )  # fmt: skip
    if axes.get_legend_handles_labels()[1]:
        legend_below(axes)


def draw_directions(
    axes: Any, rep: Any, view: View, window: Window, output: int
) -> list[tuple[Shape, str]]:
    """Remark 1 at the ties: tangent directions, along which (15) fixes the gradient, and normals.

    Returns
    -------
    list of (segment, equation in mathtext)
        To be written by :func:`write_conditions` once the axes have their title.
    """
    _, lines, points = _faint(axes, rep, view, window)
    tangents, normals = _tripods(lines, window)
    for arrows, color, name in (
        (tangents, COLORS[1], "tangent: (15) fixes the gradient along it"),
        (normals, "#1d4e89", "normal: the gradient is free along it"),
    ):
        quiver(axes, arrows, color, name)
    if points:
        axes.plot(
            *zip(*((float(s.corners[0][0]), float(s.corners[0][1])) for s in points), strict=True),
            "o", ms=9, mfc="none", mec=COLORS[0], mew=1.4, label="no tangent: free",
        )  # fmt: skip
    if lines or points:
        legend_below(axes)
    return [
        (shape, equation(_owner(rep, view, shape), view, shape, output))
        for shape in (lines if len(lines) <= WRITTEN else [])
    ]


def _tripods(lines: Sequence[Shape], window: Window) -> tuple[list[Arrow], list[Arrow]]:
    """A tangent and a normal of one length at the middle of every segment."""
    size = float(min(high - low for low, high in window)) / 7
    tangents, normals = [], []
    for shape in lines:
        a, b = direction(shape)
        length = hypot(a, b)
        point, unit = shape.center, (a / length, b / length)
        tangents += fitted([(point, *unit)], window, _share(unit, size, window))
        normal = (unit[1], -unit[0])
        normals += fitted([(point, *normal)], window, _share(normal, size, window))
    return tangents, normals


def _share(unit: tuple[float, float], size: float, window: Window) -> float:
    """What makes an arrow of :func:`fitted` as long as `size`."""
    return size * max(map(abs, unit)) / float(min(high - low for low, high in window))


def write_conditions(
    axes: Any, rep: Any, view: View, window: Window, found: Sequence[tuple[Shape, str]]
) -> None:
    """The equations (15) beside their edges, clear of lines and arrows."""
    settled(axes)
    _, lines, points = split(rep, view, window)
    tangents, normals = _tripods(lines, window)
    taken = obstacles(axes, lines, points, [*tangents, *normals])
    labels = [
        Label((float(shape.center[0]), float(shape.center[1])), text) for shape, text in found
    ]
    place_labels(axes, labels, taken)


def direction(shape: Shape) -> tuple[int, int]:
    """The primitive integer tangent of a segment, its first entry that is not 0 positive.

    >>> direction(Shape(1, ((Fraction(1), Fraction(1)), (Fraction(0), Fraction(1, 2))), None))
    (2, 1)
    """
    first, last = shape.corners
    parts = [q - p for p, q in zip(first, last, strict=True)]
    factor = lcm(*(part.denominator for part in parts))
    whole = [int(part * factor) for part in parts]
    common = gcd(*whole) * (1 if next(filter(None, whole)) > 0 else -1)
    return whole[0] // common, whole[1] // common


def equation(owner: Any, view: View, shape: Shape, output: int) -> str:
    r"""Condition (15) along a segment in mathtext: ∇f·t = D(f|_P)·t.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> rep = mt.max(*mt.variables("x y")).represent()
    >>> shape = Shape(1, ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))), rep[2])
    >>> print(equation(rep[2], View(rep.names), shape, 0))
    $\partial_{x} f + \partial_{y} f = 1$
    """
    t = direction(shape)
    left = ""
    for c, name in zip(t, view.free_names, strict=True):
        if c:
            sign = ("-" if c < 0 else "") if not left else (" - " if c < 0 else " + ")
            left += f"{sign}{'' if abs(c) == 1 else abs(c)}\\partial_{{{latex_name(name)}}} f"
    row = [gradient_of(owner)[output][i] for i in view.free]
    unknown = f"${left} = D(f|_P)\\,t$"
    if any(varies(entry, view) for entry in row):
        return unknown
    zero = dict.fromkeys(unknowns(row, view), Fraction(0))
    total: Any = 0
    for c, entry in zip(t, row, strict=True):
        value = entry_at(entry, view, shape.center, zero)
        if value is None:
            return unknown
        total += c * (to_rational(value) if isinstance(value, Fraction) else value)
    return f"${left} = {entry_latex(total)}$"


def unknowns(row: Sequence[Any], view: View) -> list[str]:
    """The names of the free parameters in a gradient."""
    found: dict[str, None] = {}
    for entry in row:
        if is_expression(entry):
            found |= dict.fromkeys(
                sorted(s.name for s in entry.free_symbols if s.name not in view.names)
            )
        elif isinstance(entry, Polynomial):
            found |= dict.fromkeys(str(g) for monomial in entry.terms for g in monomial)
    return list(found)


def gradient_at(
    owner: Any, view: View, point: Point, parameters: Mapping[str, Fraction], output: int
) -> tuple[float, float] | None:
    """The gradient at a point, None while it has free parameters or is no finite number."""
    row = [gradient_of(owner)[output][i] for i in view.free]
    one, two = (drawn(entry_at(entry, view, point, parameters)) for entry in row)
    return (one, two) if isfinite(one) and isfinite(two) else None


def tangential_part(
    owner: Any, view: View, point: Point, t: tuple[int, int], output: int
) -> tuple[float, float] | None:
    """The projection of the gradient to t, which by (15) is the same for all parameters."""
    row = [gradient_of(owner)[output][i] for i in view.free]
    zero = dict.fromkeys(unknowns(row, view), Fraction(0))
    values = gradient_at(owner, view, point, zero, output)
    if values is None:
        return None
    share = (values[0] * t[0] + values[1] * t[1]) / (t[0] * t[0] + t[1] * t[1])
    return share * t[0], share * t[1]


def _faint(
    axes: Any, rep: Any, view: View, window: Window
) -> tuple[list[Shape], list[Shape], list[Shape]]:
    """The partition in pale colours without a legend."""
    draw_partition(axes, rep, view, window, arrows=False)
    for patch in axes.patches:
        patch.set_alpha(FAINT)
        patch.set_label("_piece")
    if axes.get_legend() is not None:
        axes.get_legend().remove()
    axes.set_title("")
    return split(rep, view, window)


def _owner(rep: Any, view: View, shape: Shape) -> Any:
    """The piece that a stratum belongs to."""
    if isinstance(rep, PolyhedralRepresentation):
        return rep.piece_at(named(shape.center, view))
    return shape.owner


def _grid(shape: Shape, window: Window) -> Iterator[Point]:
    """Points of a regular grid inside a polygon, its centre if it has none of them."""
    steps = [(high - low) / (2 * ACROSS) for low, high in window]
    inside = []
    for i in range(ACROSS):
        for j in range(ACROSS):
            point = tuple(
                low + (2 * k + 1) * step
                for (low, _), step, k in zip(window, steps, (i, j), strict=True)
            )
            turns = [
                (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
                for a, b in zip(shape.corners, (*shape.corners[1:], shape.corners[0]), strict=True)
            ]
            if all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns):
                inside.append(point)
    yield from inside or [shape.center]


def _three(shape: Shape) -> list[Point]:
    """Three points of a segment."""
    a, b = shape.corners
    return [
        tuple(p + (q - p) * Fraction(k, 4) for p, q in zip(a, b, strict=True)) for k in (1, 2, 3)
    ]
