"""Functions of one variable in SVG: the graph of f above that of its associated gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from html import escape
from itertools import pairwise
from math import isfinite
from typing import Any

from piecewise_mt.display.plots.line import LINES, Curve, Dot, runs, shown_pieces, slopes
from piecewise_mt.display.plots.sampled import along, drawn, entry_at, formula_at, is_curved, varies
from piecewise_mt.display.plots.shapes import Shape, View, Window
from piecewise_mt.display.plots.style import gradient_of
from piecewise_mt.display.svg.frame import (
    Frame,
    Limits,
    Rectangle,
    free_place,
    headline,
    label_box,
    margin_for,
    name_svg,
    text,
    whole,
    width_of,
)
from piecewise_mt.typeset.affine import entry_text

LABEL = ' class="label"'
WIDTH, TALL, APART, TOP = 480.0, 190.0, 22.0, 34.0


def line_svg(
    rep: Any, view: View, window: Window, title: str, parameters: Mapping[str, Fraction]
) -> str:
    """The two graphs, one above the other, with the same numbers below."""
    shown = shown_pieces(rep, view, window)
    outputs = range(len(rep[0].rows))
    upper = _limits(y for k in outputs for y in _values(shown, view, window, k))
    lower = _limits(y for k in outputs for y in _slopes(shown, view, window, k, parameters))
    left = max(margin_for(upper, TALL), margin_for(lower, TALL))
    name = name_svg(view.free_names[0])
    body = [headline(title)]
    frames = []
    for k, (limits, what) in enumerate(((upper, "f"), (lower, "∇̃f"))):
        frame = Frame((window[0], limits), left, TOP + k * (TALL + APART), WIDTH, TALL)
        frames.append(frame)
        body += frame.drawn(name, what, numbers=k == 1)
    taken: list[Rectangle] = []
    for k in outputs:
        color = LINES[k % len(LINES)]
        body += _value(frames[0], shown, view, window, k, color)
        body += _gradient(frames[1], shown, view, window, k, color, parameters, taken)
    body += [frame.border() for frame in frames]
    right = left + WIDTH
    if len(outputs) > 1:  # beside the frames, never on the graphs
        body += _key(len(outputs), right + 12)
        right += 60
    wide = max(right, width_of(title, 14)) + 14
    return whole(wide, TOP + 2 * TALL + APART + 46, title, body)


def _values(shown: Sequence[Shape], view: View, window: Window, output: int) -> Iterator[Any]:
    curves, dots = runs(shown, view, window, output)
    yield from (y for curve in curves for _, y in curve)
    yield from (dot.y for dot in dots)


def _slopes(
    shown: Sequence[Shape],
    view: View,
    window: Window,
    output: int,
    parameters: Mapping[str, Fraction],
) -> Iterator[Any]:
    curves, dots, _ = slopes(shown, view, window, output, parameters)
    yield from (y for curve in curves for _, y in curve)
    yield from (dot.y for dot in dots)


def _limits(values: Iterator[Any]) -> Limits:
    """Room for all finite values, and some more; exact where the values are."""
    found = [_exact(y) for y in values if isfinite(drawn(y))]
    low, high = min(found, default=Fraction(0)), max(found, default=Fraction(0))
    room = max((high - low) / 8, Fraction(1, 10) if low != high else Fraction(1))
    return low - room, high + room


def _exact(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(drawn(value))


def _value(
    frame: Frame, shown: Sequence[Shape], view: View, window: Window, output: int, color: str
) -> Iterator[str]:
    """The graph of one output, piece by piece, so that every part knows its piece."""
    for shape in shown:
        if shape.dimension == 1:
            samples = along(shape, window, is_curved(shape.owner, view, output))
            curve: Curve = [(x, formula_at(shape.owner, output, view, (x,))) for (x,) in samples]
            yield _curve(frame, curve, shape.owner.alpha, color)
    for shape in shown:
        if shape.dimension == 0:
            (point,) = shape.corners
            y = formula_at(shape.owner, output, view, point)
            yield from _hit(frame, point[0], y, shape.owner.alpha)
    for dot in runs(shown, view, window, output)[1]:
        yield _dot(frame, dot, _owner_at(shown, dot.x), color)


def _gradient(
    frame: Frame,
    shown: Sequence[Shape],
    view: View,
    window: Window,
    output: int,
    color: str,
    parameters: Mapping[str, Fraction],
    taken: list[Rectangle],
) -> Iterator[str]:
    """The graph of the associated gradient: open and closed dots, dotted lines where it is free."""
    for shape in shown:
        entry = gradient_of(shape.owner)[output][view.free[0]]
        if shape.dimension == 1 and entry_at(entry, view, shape.center, parameters) is not None:
            samples = along(shape, window, varies(entry, view))
            curve: Curve = [(x, entry_at(entry, view, (x,), parameters)) for (x,) in samples]
            yield _curve(frame, curve, shape.owner.alpha, color)
    curves, dots, free = slopes(shown, view, window, output, parameters)
    ends: dict[Fraction, list[Fraction]] = {tie.x: [] for tie in free}
    for dot in dots:
        if dot.x in ends and isfinite(drawn(dot.y)):
            ends[dot.x].append(_exact(dot.y))
    zero = [Fraction(0)]
    ties = [(x, min(found or zero), max(found or zero)) for x, found in ends.items()]
    taken += _boxes(frame, curves, dots, ties)
    for tie in ties:
        owner = _owner_at(shown, tie[0])
        label = entry_text(gradient_of(owner)[output][view.free[0]])
        yield _free(frame, tie, owner, label, taken, color)
    # a closed dot stands for the value, so it is not covered by an open one
    for dot in sorted(dots, key=lambda own: own.filled):
        yield _dot(frame, dot, _owner_at(shown, dot.x) if dot.filled else None, color)


def _boxes(
    frame: Frame,
    curves: Sequence[Curve],
    dots: Sequence[Dot],
    ties: Sequence[tuple[Fraction, Fraction, Fraction]],
) -> Iterator[Rectangle]:
    """What a label keeps clear of: curves, dots, dotted lines."""
    for curve in curves:
        places = [frame.place(x, _exact(y)) for x, y in curve if isfinite(drawn(y))]
        for (a, b), (c, d) in pairwise(places):
            yield min(a, c), min(b, d) - 2, max(a, c), max(b, d) + 2
    for dot in dots:
        if isfinite(drawn(dot.y)):
            a, b = frame.place(dot.x, _exact(dot.y))
            yield a - 6, b - 6, a + 6, b + 6
    for x, low, high in ties:
        (a, b), (_, d) = frame.place(x, high), frame.place(x, low)
        yield a - 3, b, a + 3, d


def _owner_at(shown: Sequence[Shape], x: Fraction) -> Any:
    """The piece that has the point."""
    for shape in shown:
        if any(c == (x,) and closed for c, closed in zip(shape.corners, shape.closed, strict=True)):
            return shape.owner
    return None


def _curve(frame: Frame, curve: Curve, alpha: int, color: str) -> str:
    lines: list[list[tuple[Fraction, Fraction]]] = [[]]
    for x, y in curve:
        if isfinite(drawn(y)):
            lines[-1].append((x, _exact(y)))
        elif lines[-1]:
            lines.append([])
    parts = []
    for line in filter(None, lines):
        points = frame.points(line)
        parts.append(
            f'<polyline class="hit" points="{points}" fill="none" stroke="none" '
            'pointer-events="stroke"/>'
            f'<polyline class="seg" points="{points}" fill="none" stroke="{color}" '
            'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
        )
    return f'<g class="shape graph" data-key="{alpha}">{"".join(parts)}</g>'


def _hit(frame: Frame, x: Fraction, y: Any, alpha: int) -> Iterator[str]:
    """A place for the mouse where a piece is one point."""
    if isfinite(drawn(y)):
        a, b = frame.place(x, _exact(y))
        yield (
            f'<g class="shape" data-key="{alpha}"><circle class="pt hit" cx="{a:.2f}" '
            f'cy="{b:.2f}" r="5" fill="none" stroke="none" pointer-events="all"/></g>'
        )


def _dot(frame: Frame, dot: Dot, owner: Any, color: str) -> str:
    kind, fill = ("closed", color) if dot.filled else ("open", "#ffffff")
    a, b = frame.place(dot.x, _exact(dot.y))
    circle = (
        f'<circle class="dot {kind}" cx="{a:.2f}" cy="{b:.2f}" r="4" fill="{fill}" '
        f'stroke="{color}" stroke-width="1.6"/>'
    )
    return circle if owner is None else f'<g class="shape" data-key="{owner.alpha}">{circle}</g>'


def _free(
    frame: Frame,
    tie: tuple[Fraction, Fraction, Fraction],
    owner: Any,
    label: str,
    taken: list[Rectangle],
    color: str,
) -> str:
    """A dotted line between the one-sided limits, beside it the gradient with its parameter."""
    x, low, high = tie
    (a, bottom), (_, top) = frame.place(x, low), frame.place(x, high)
    ends = f'x1="{a:.2f}" y1="{bottom:.2f}" x2="{a:.2f}" y2="{top:.2f}"'
    inside = (frame.left, frame.top, frame.left + frame.width, frame.top + frame.tall)
    wide = width_of(label)
    left, base = free_place(a, (bottom + top) / 2, wide, taken, inside)
    taken.append(label_box(left, base, wide))
    return (
        f'<g class="shape" data-key="{owner.alpha}"><line class="hit" {ends} stroke="none" '
        f'pointer-events="stroke"/><line class="seg free" {ends} stroke="{color}" '
        f'stroke-width="1.6" stroke-dasharray="2 3"/>'
        f"{text(left, base, escape(label), more=LABEL)}</g>"
    )


def _key(outputs: int, x: float) -> Iterator[str]:
    for k in range(outputs):
        y = TOP + 14 + 18 * k
        yield (
            f'<line class="key" x1="{x:.1f}" y1="{y - 4:.1f}" x2="{x + 20:.1f}" y2="{y - 4:.1f}" '
            f'stroke="{LINES[k % len(LINES)]}" stroke-width="2"/>'
        )
        yield text(x + 26, y, f'f<tspan dy="3" font-size="9">{k + 1}</tspan>')
