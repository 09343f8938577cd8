"""Functions of one variable: the graph of f with its kinks, and of ∇̃f with dots at the ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Any

from piecewise_mt.calculus.smooth.entries import is_expression
from piecewise_mt.display.plots.curved_line import curved_intervals, roots
from piecewise_mt.display.plots.labels import Label, along_segment, place_labels, settled
from piecewise_mt.display.plots.sampled import (
    Value,
    along,
    differ,
    drawn,
    entry_at,
    formula_at,
    is_curved,
    named,
    near,
    symbolic,
    varies,
)
from piecewise_mt.display.plots.shapes import Point, Shape, View, Window, choose_window, shapes
from piecewise_mt.display.plots.style import OPEN, gradient_of, legend_beside
from piecewise_mt.typeset.affine import entry_latex, latex_name

LINES = ("#1d4e89", "#d1495b", "#2e8b57", "#7b2d8b", "#b26e00")


@dataclass(frozen=True)
class Dot:
    """A point of the graph of ∇̃f: filled if the value is taken there."""

    x: Fraction
    y: Value
    filled: bool


@dataclass(frozen=True)
class Free:
    """A tie at which the gradient holds a free parameter."""

    x: Fraction
    label: str


Curve = list[tuple[Fraction, Value | None]]
"""Points (x, y) from left to right; None where there is no value."""


def graph(shown: Sequence[Shape], view: View, window: Window, output: int) -> Curve:
    """Points of the graph of one output, from left to right: the corners, and samples of curves."""
    points: dict[Fraction, Value | None] = {}
    for shape in shown:
        if shape.dimension == 0:
            own = [shape.corners[0]]
        else:
            own = along(shape, window, is_curved(shape.owner, view, output))
        for (x,) in own:
            value = formula_at(shape.owner, output, view, (x,))
            if points.get(x) is None:
                points[x] = value
    return sorted(points.items(), key=lambda item: item[0])


def runs(
    shown: Sequence[Shape], view: View, window: Window, output: int
) -> tuple[list[Curve], list[Dot]]:
    """The graph of one output, cut where it jumps or has a gap, and the dots at what is cut.

    A derived representation is continuous, so that it has a run on every interval of its domain
    and dots at the ends of these only; a stated one may jump.
    """
    found: list[Curve] = []
    dots: list[Dot] = []
    previous: Shape | None = None  # of an interval, if the last run ends in it
    points = {s.corners[0][0]: formula_at(s.owner, output, view, s.corners[0]) for s in shown
              if s.dimension == 0}  # fmt: skip
    for shape in shown:
        if shape.dimension == 0:
            continue
        samples = along(shape, window, is_curved(shape.owner, view, output))
        curve: Curve = [(x, formula_at(shape.owner, output, view, (x,))) for (x,) in samples]
        start, value = curve[0]
        if previous is not None and found[-1][-1][0] == start:
            before, at = found[-1][-1][1], points.get(start, value)
            joined = shape.closed[0] or previous.closed[1] or start in points
            if joined and not _jumps(before, value) and not _jumps(value, at):
                found[-1] += curve[1:]
                points.pop(start, None)
                previous = shape
                continue
        found.append(curve)
        previous = shape
    low, high = window[0]
    for curve in found:
        for x, y in (curve[0], curve[-1]):
            if low < x < high and y is not None:
                dots.append(Dot(x, y, _taken(shown, view, output, x, y)))
    dots += [Dot(x, y, True) for x, y in points.items() if y is not None]
    return found, list(dict.fromkeys(dots))


def _jumps(one: Value | None, two: Value | None) -> bool:
    return one is not None and two is not None and differ(one, two)


def _taken(shown: Sequence[Shape], view: View, output: int, x: Fraction, y: Value) -> bool:
    """Whether the function has this value at x, rather than tending to it."""
    for shape in shown:
        if any(c == (x,) and closed for c, closed in zip(shape.corners, shape.closed, strict=True)):
            return not _jumps(formula_at(shape.owner, output, view, (x,)), y)
    return False


def kinks(
    shown: Sequence[Shape], view: View, points: Curve, output: int
) -> list[tuple[Fraction, Value]]:
    """Where one-sided derivatives are known to differ."""
    values = dict(points)
    intervals = [shape for shape in shown if shape.dimension == 1]
    found = []
    for left, right in zip(intervals, intervals[1:], strict=False):
        (x,) = left.corners[1]
        y = values[x]
        sides = [
            entry_at(shape.owner.jacobian[output][view.free[0]], view, (x,))
            for shape in (left, right)
        ]
        if (x,) != right.corners[0] or y is None or sides[0] is None or sides[1] is None:
            continue
        if differ(sides[0], sides[1]):
            found.append((x, y))
    return found


def slopes(
    shown: Sequence[Shape],
    view: View,
    window: Window,
    output: int,
    parameters: Mapping[str, Fraction],
) -> tuple[list[Curve], list[Dot], list[Free]]:
    """Curves of the gradient, the dots at their inner ends and at ties, and free ties."""
    curves: list[Curve] = []
    dots, free = [], []
    low, high = window[0]
    for shape in shown:
        own = gradient_of(shape.owner)[output][view.free[0]]
        value = entry_at(own, view, shape.center, parameters)
        if value is None:
            free += [Free(x, _free_label(own, view, (x,))) for (x,) in shape.corners[:1]]
            continue
        if shape.dimension == 0:
            dots.append(Dot(shape.corners[0][0], value, True))
            continue
        samples = along(shape, window, varies(own, view))
        curves.append([(x, entry_at(own, view, (x,), parameters)) for (x,) in samples])
        for place, closed in zip((0, -1), shape.closed, strict=True):
            x, y = curves[-1][place]
            if low < x < high and y is not None:
                dots.append(Dot(x, y, closed))
    return curves, dots, free


def _free_label(entry: Any, view: View, point: Point) -> str:
    """A gradient with its free parameters, at a point."""
    if is_expression(entry):
        values = named(point, view)
        entry = entry.xreplace(
            {s: symbolic(values[s.name]) for s in entry.free_symbols if s.name in values}
        )
    return f"${entry_latex(entry)}$"


def draw_value(axes: Any, rep: Any, view: View, window: Window, shown: Sequence[Shape]) -> None:
    """The graph of f, its kinks as dots."""
    outputs = range(len(rep[0].rows))
    for output in outputs:
        color = LINES[output % len(LINES)]
        label = "$f$" if len(outputs) == 1 else f"$f_{{{output + 1}}}$"
        curves, dots = runs(shown, view, window, output)
        for k, curve in enumerate(curves):
            own = label if k == 0 else "_more"
            axes.plot(*_floats(curve), color=color, linewidth=1.8, label=own)
        marks = kinks(shown, view, graph(shown, view, window, output), output)
        cut = {dot.x for dot in dots}
        marks = [mark for mark in marks if mark[0] not in cut]
        if marks:
            axes.plot(*_floats(marks), "o", color=color, markersize=5, label="_kinks")
        _dots(axes, dots, color)
    _finish(axes, view, window, "f", len(outputs))


def draw_gradient(
    axes: Any,
    rep: Any,
    view: View,
    window: Window,
    shown: Sequence[Shape],
    parameters: Mapping[str, Fraction],
) -> None:
    """The graph of the associated gradient: lines or curves, open and closed dots at the ties."""
    labels: list[Label] = []
    segments: list[tuple[tuple[float, float], tuple[float, float]]] = []
    places: list[tuple[float, float]] = []
    outputs = range(len(rep[0].rows))
    for output in outputs:
        color = LINES[output % len(LINES)]
        curves, dots, free = slopes(shown, view, window, output, parameters)
        label = r"$\widetilde\nabla f$"
        if len(outputs) > 1:
            label = rf"$\widetilde\nabla f_{{{output + 1}}}$"
        for k, curve in enumerate(curves):
            own = label if k == 0 else "_more"
            axes.plot(*_floats(curve), color=color, lw=1.8, label=own)
        _dots(axes, dots, color)
        ends = {
            x: [drawn(c[k][1]) for c in curves for k in (0, -1) if c[k][0] == x] or [0.0]
            for x in (tie.x for tie in free)
        }
        for tie in free:
            low, high = min(ends[tie.x]), max(ends[tie.x])
            axes.plot([float(tie.x)] * 2, [low, high], ":", color=color, lw=1.4, label="_free")
            labels.append(Label((float(tie.x), (low + high) / 2), tie.label))
            segments.append(((float(tie.x), low), (float(tie.x), high)))
        segments += [
            ((float(a), drawn(b)), (float(c), drawn(d)))
            for curve in curves
            for (a, b), (c, d) in pairwise(curve)
            if isfinite(drawn(b)) and isfinite(drawn(d))
        ]
        places += [(float(dot.x), drawn(dot.y)) for dot in dots]
    _finish(axes, view, window, r"\widetilde\nabla f", len(outputs))
    if labels:
        settled(axes)
        taken = [box for start, end in segments for box in along_segment(axes, start, end)]
        pixels = [axes.transData.transform(place) for place in places if isfinite(place[1])]
        taken += [(x - 7, y - 7, x + 7, y + 7) for x, y in pixels]
        place_labels(axes, labels, taken)


def _dots(axes: Any, dots: Sequence[Dot], color: str) -> None:
    for dot in dots:
        axes.plot(
            float(dot.x), drawn(dot.y), "o", markersize=6, markeredgewidth=1.4,
            markeredgecolor=color, markerfacecolor=color if dot.filled else OPEN,
            zorder=4 + dot.filled, label="_closed" if dot.filled else "_open",
        )  # fmt: skip


def _floats(points: Sequence[tuple[Fraction, Any]]) -> tuple[list[float], list[float]]:
    return [float(x) for x, _ in points], [drawn(y) for _, y in points]


def _finish(axes: Any, view: View, window: Window, what: str, outputs: int) -> None:
    variable = latex_name(view.free_names[0])
    axes.set_xlim(*map(float, window[0]))
    axes.set_xlabel(f"${variable}$")
    axes.set_ylabel(f"${what}({variable})$")
    axes.margins(y=0.15)
    low, high = axes.get_ylim()
    if high - low < 0.5:
        axes.set_ylim(low - 0.5, high + 0.5)
    axes.grid(True, color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if outputs > 1:
        legend_beside(axes)


def shown_pieces(rep: Any, view: View, window: Window) -> list[Shape]:
    """The clipped pieces from left to right."""
    if any(piece.is_curved for piece in rep):
        return curved_intervals(rep, view, window)
    return sorted(shapes(rep, view, window), key=lambda shape: shape.corners)


def line_window(rep: Any, view: View, window: Any) -> Window:
    """The window of one variable, around the roots where conditions are polynomials."""
    if window is None and any(piece.is_curved for piece in rep):
        found = [near(root) for root in roots(rep, view)] or [Fraction(0)]
        margin = max(Fraction(1), (found[-1] - found[0]) * 3 / 10)
        return ((found[0] - margin, found[-1] + margin),)
    return choose_window(rep, view, window)
