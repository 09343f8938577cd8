"""Functions of one variable: the graph of f with its kinks, and of ∇̃f with dots at the ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.display.affine import coefficient_latex, latex_name
from piecewise_mt.display.plots.shapes import Shape, View, Window, number, shapes, value_at
from piecewise_mt.display.plots.style import INK, OPEN, gradient_of

LINES = ("#1d4e89", "#d1495b", "#2e8b57", "#7b2d8b", "#b26e00")


@dataclass(frozen=True)
class Dot:
    """A point of the graph of ∇̃f: filled if the value is taken there."""

    x: Fraction
    y: Fraction
    filled: bool


@dataclass(frozen=True)
class Free:
    """A tie at which the gradient holds a free parameter."""

    x: Fraction
    label: str


def graph(shown: Sequence[Shape], view: View, output: int) -> list[tuple[Fraction, Fraction]]:
    """The corners of the graph of one output, from left to right."""
    points: dict[Fraction, Fraction] = {}
    for shape in shown:
        row = view.row(shape.owner.affine[output])
        for (x,) in shape.corners:
            value = number(value_at(row, (x,)), {})
            if value is not None:
                points.setdefault(x, value)
    return sorted(points.items())


def kinks(points: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The corners at which the slope changes."""
    return [
        (b, q)
        for (a, p), (b, q), (c, r) in zip(points, points[1:], points[2:], strict=False)
        if (q - p) * (c - b) != (r - q) * (b - a)
    ]


def slopes(
    shown: Sequence[Shape],
    view: View,
    window: Window,
    output: int,
    parameters: Mapping[str, Fraction],
) -> tuple[list[tuple[Fraction, Fraction, Fraction]], list[Dot], list[Free]]:
    """Segments (left, right, slope), the dots at their inner ends and at ties, and free ties."""
    segments, dots, free = [], [], []
    low, high = window[0]
    for shape in shown:
        own = gradient_of(shape.owner)[output][view.free[0]]
        slope = number(own, parameters)
        if slope is None:
            free += [Free(x, f"${coefficient_latex(own)}$") for (x,) in shape.corners[:1]]
            continue
        if shape.dimension == 0:
            dots.append(Dot(shape.corners[0][0], slope, True))
            continue
        (a,), (b,) = shape.corners
        segments.append((a, b, slope))
        for x, closed in zip((a, b), shape.closed, strict=True):
            if low < x < high:
                dots.append(Dot(x, slope, closed))
    return segments, dots, free


def draw_value(axes: Any, rep: Any, view: View, window: Window, shown: Sequence[Shape]) -> None:
    """The graph of f, its kinks as dots."""
    outputs = range(len(rep[0].rows))
    for output in outputs:
        points = graph(shown, view, output)
        color = LINES[output % len(LINES)]
        label = "$f$" if len(outputs) == 1 else f"$f_{{{output + 1}}}$"
        axes.plot(*_floats(points), color=color, linewidth=1.8, label=label)
        marks = kinks(points)
        if marks:
            axes.plot(*_floats(marks), "o", color=color, markersize=5, label="_kinks")
    _finish(axes, view, window, "f", len(outputs))


def draw_gradient(
    axes: Any,
    rep: Any,
    view: View,
    window: Window,
    shown: Sequence[Shape],
    parameters: Mapping[str, Fraction],
) -> None:
    """The graph of the associated gradient: constant lines, open and closed dots at the ties."""
    outputs = range(len(rep[0].rows))
    for output in outputs:
        color = LINES[output % len(LINES)]
        segments, dots, free = slopes(shown, view, window, output, parameters)
        label = r"$\widetilde\nabla f$"
        if len(outputs) > 1:
            label = rf"$\widetilde\nabla f_{{{output + 1}}}$"
        for k, (a, b, slope) in enumerate(segments):
            own = label if k == 0 else "_more"
            axes.plot([float(a), float(b)], [float(slope)] * 2, color=color, lw=1.8, label=own)
        for dot in dots:
            face = color if dot.filled else OPEN
            axes.plot(
                float(dot.x), float(dot.y), "o", markersize=6, markeredgewidth=1.4,
                markeredgecolor=color, markerfacecolor=face, zorder=4 + dot.filled,
                label="_closed" if dot.filled else "_open",
            )  # fmt: skip
        ends = {
            x: [float(s) for a, b, s in segments if x in (a, b)] or [0.0]
            for x in (tie.x for tie in free)
        }
        for tie in free:
            low, high = min(ends[tie.x]), max(ends[tie.x])
            axes.plot([float(tie.x)] * 2, [low, high], ":", color=color, lw=1.4, label="_free")
            axes.annotate(
                tie.label, (float(tie.x), (low + high) / 2), xytext=(6, 0),
                textcoords="offset points", va="center", color=INK,
            )  # fmt: skip
    _finish(axes, view, window, r"\widetilde\nabla f", len(outputs))


def _floats(points: Sequence[tuple[Fraction, Fraction]]) -> tuple[list[float], list[float]]:
    return [float(x) for x, _ in points], [float(y) for _, y in points]


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
        axes.legend(frameon=False)


def shown_pieces(rep: Any, view: View, window: Window) -> list[Shape]:
    """The clipped pieces from left to right."""
    return sorted(shapes(rep, view, window), key=lambda shape: shape.corners)
