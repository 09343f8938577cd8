"""Barcodes of persistence, and polyhedral sets with a colour for each component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.display.plots.plane import columns, is_square
from piecewise_mt.display.plots.shapes import View, choose_window, shapes
from piecewise_mt.display.plots.style import INK, OPEN, PALETTE, colors, legend_beside, pyplot
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.affine import latex_name

JOINED = 200
"""Components of so many polyhedra are drawn from the fewest."""


def draw_barcode(persistence: Any, ax: Any = None) -> Any:
    """One line a bar, by dimension from below; what goes on for ever ends in an arrow."""
    axes = ax
    if axes is None:
        height = 1.4 + 0.16 * len(persistence)
        axes = pyplot().figure(figsize=(6.4, min(height, 9.0)), layout="constrained").add_subplot()
    ends = {t for bar in persistence for t in (bar.birth, bar.death) if t.is_finite}
    finite = sorted(map(float, ends)) or [0.0]
    margin = max(0.15 * (finite[-1] - finite[0]), 0.5)
    low, high = finite[0] - margin, finite[-1] + margin
    listed: set[int] = set()
    for row, bar in enumerate(persistence):
        color = PALETTE[bar.dimension % len(PALETTE)]
        start = float(bar.birth) if bar.birth.is_finite else low
        end = float(bar.death) if bar.death.is_finite else high
        label = "_again" if bar.dimension in listed else f"$H_{{{bar.dimension}}}$"
        listed.add(bar.dimension)
        axes.plot([start, end], [row, row], color=color, lw=4, solid_capstyle="butt", label=label)
        if bar.birth.is_finite:
            face = INK if bar.has_birth else OPEN
            axes.plot(start, row, "o", color=INK, mfc=face, ms=4, zorder=3)
        else:
            axes.plot(low, row, "<", color=color, ms=7, zorder=3)
        if bar.death.is_finite:
            face = INK if bar.has_death else OPEN
            axes.plot(end, row, "o", color=INK, mfc=face, ms=4, zorder=3)
        else:
            axes.plot(high, row, ">", color=color, ms=7, zorder=3)
    axes.set_xlim(low - 0.3 * margin, high + 0.3 * margin)
    axes.set_ylim(-0.8, max(len(persistence), 1) - 0.2)
    axes.set_yticks([])
    axes.set_xlabel("level")
    if listed:
        legend_beside(axes)
    return axes


@dataclass(frozen=True)
class _Component:
    """What the drawing of shapes asks of a piece."""

    parts: tuple[Polyhedron, ...]
    number: int


def draw_components(
    components: Sequence[Any], names: Sequence[str], ax: Any, window: Any, at: Any
) -> Any:
    """Components as polygons, lines and dots, each in a colour of its own.

    Sides and ends that are not in the set are not marked.
    """
    view = View(names, at)
    owners = [
        _Component((own.merged() if len(own) <= JOINED else own).polyhedra, number)
        for number, own in enumerate(components)
    ]
    frame = choose_window(owners, view, window)
    axes = ax
    if axes is None:
        axes = pyplot().figure(figsize=(5.6, 5.2), layout="constrained").add_subplot()
    palette = colors(len(owners))
    flat = len(frame) == 1
    for shape in shapes(owners, view, frame):
        color = palette[shape.owner.number]
        corners = shape.corners
        if flat:
            corners = tuple((*corner, Fraction(0)) for corner in corners)
        if shape.dimension == 2:
            axes.fill(*columns(corners), facecolor=color, edgecolor=color, lw=0.6)
        elif shape.dimension == 1:
            axes.plot(*columns(corners), color=color, lw=3, solid_capstyle="round", zorder=3)
        else:
            axes.plot(*columns(corners), "o", color=color, ms=6, mec=INK, mew=0.6, zorder=4)
    axes.set_xlim(*map(float, frame[0]))
    axes.set_xlabel(f"${latex_name(view.free_names[0])}$")
    if flat:
        axes.set_yticks([])
    else:
        axes.set_ylim(*map(float, frame[1]))
        axes.set_aspect("equal" if is_square(frame) else "auto")
        axes.set_ylabel(f"${latex_name(view.free_names[1])}$")
    if not axes.get_title():
        count = len(owners)
        axes.set_title(f"{count} component{'s' * (count != 1)}", fontsize="medium")
    return axes
