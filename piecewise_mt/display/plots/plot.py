"""``rep.plot()``: which drawing, on which axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.display.pieces import summary
from piecewise_mt.display.plots.diagrams import draw_adjacency, draw_dag, draw_hasse
from piecewise_mt.display.plots.field import draw_directions, draw_field, write_conditions
from piecewise_mt.display.plots.line import (
    draw_gradient,
    draw_value,
    line_window,
    shown_pieces,
)
from piecewise_mt.display.plots.plane import draw_names, draw_partition, draw_surface
from piecewise_mt.display.plots.shapes import View, choose_window, refuse_curved
from piecewise_mt.display.plots.style import mathtext, pyplot
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.numbers import to_fraction

KINDS = (
    "graph", "value", "gradient", "partition", "surface", "field", "directions", "hasse",
    "adjacency", "dag",
)  # fmt: skip


def plot(
    rep: Any,
    kind: str | None = None,
    *,
    ax: Any = None,
    window: Any = None,
    at: Mapping[Any, Any] | None = None,
    parameters: Mapping[Any, Any] | None = None,
    arrows: bool = False,
    names: bool = False,
    output: int = 0,
) -> Any:
    """A representation as a picture; see :meth:`Representation.plot`."""
    view = View(rep.names, at)
    if kind is None:
        kind = "partition" if len(view.free) == 2 else "graph"
    if kind not in KINDS:
        raise PiecewiseError(f"expected one of the kinds {', '.join(KINDS)}, got {kind!r}")
    plt = pyplot()
    if kind in ("hasse", "adjacency", "dag"):
        axes = _one(plt, ax, kind)
        _diagram(axes, rep, kind, own=ax is None)
        return axes
    if len(view.free) == 1:
        chosen = line_window(rep, view, window)
    else:
        refuse_curved(rep, kind)
        chosen = choose_window(rep, view, window)
    needed = 2 if kind in ("partition", "surface", "field", "directions") else 1
    if len(view.free) != needed:
        raise PiecewiseError(
            f"expected {needed} free variable{'s' * (needed - 1)} for the kind {kind}, got "
            f"{len(view.free)} ({', '.join(view.free_names)}); hold the others fixed with "
            "at={name: value}, or choose another kind"
        )
    if not 0 <= output < len(rep[0].rows):
        raise PiecewiseError(
            f"expected an output from 0 to {len(rep[0].rows) - 1}, got {output}; outputs are "
            "flat and count from 0"
        )
    if kind == "partition":
        axes = _one(plt, ax, kind)
        shown_arrows = draw_partition(axes, rep, view, chosen, arrows=arrows)
        _title(axes, rep, view)
        if names:
            draw_names(axes, rep, view, chosen, shown_arrows)
        return axes
    values = {str(key): to_fraction(value) for key, value in (parameters or {}).items()}
    if kind == "field":
        axes = _one(plt, ax, kind)
        draw_field(axes, rep, view, chosen, values, output)
        _title(axes, rep, view)
        return axes
    if kind == "directions":
        axes = _one(plt, ax, kind)
        found = draw_directions(axes, rep, view, chosen, output)
        _title(axes, rep, view)
        write_conditions(axes, rep, view, chosen, found)
        return axes
    if kind == "surface":
        axes = _one(plt, ax, kind)
        if getattr(axes, "name", "") != "3d":
            raise PiecewiseError(
                "expected axes with projection='3d' for a surface, got plane ones; make them with "
                "figure.add_subplot(projection='3d')"
            )
        draw_surface(axes, rep, view, chosen, output)
        _title(axes, rep, view)
        return axes
    shown = shown_pieces(rep, view, chosen)
    if kind == "graph":
        upper, lower = _two(plt, ax)
        draw_value(upper, rep, view, chosen, shown)
        draw_gradient(lower, rep, view, chosen, shown, values)
        upper.set_xlabel("")
        _title(upper, rep, view)
        return upper, lower
    axes = _one(plt, ax, kind)
    if kind == "value":
        draw_value(axes, rep, view, chosen, shown)
    else:
        draw_gradient(axes, rep, view, chosen, shown, values)
    _title(axes, rep, view)
    return axes


def _diagram(axes: Any, rep: Any, kind: str, *, own: bool) -> None:
    if kind == "dag":
        if rep.of is None:
            raise Unsupported("expected a representation of a function, got one without; give of=…")
        draw_dag(axes, rep.of, own=own)
        return
    if not isinstance(rep, PolyhedralRepresentation):
        raise Unsupported(
            f"expected a derived representation for the kind {kind}, got a stated one; "
            "draw f.represent()"
        )
    if kind == "hasse":
        draw_hasse(axes, rep.strata, own=own)
    else:
        draw_adjacency(axes, rep.strata)


def _one(plt: Any, ax: Any, kind: str) -> Any:
    """The user's axes, or new ones in a figure of their own."""
    if ax is not None:
        return ax
    below = (5.6, 5.8)  # a legend below
    sizes = {"partition": (6.4, 4.8), "surface": (6.4, 5.2), "field": below, "directions": below}
    figure = plt.figure(figsize=sizes.get(kind, (6.4, 4.2)), layout="constrained")
    return figure.add_subplot(projection="3d" if kind == "surface" else None)


def _two(plt: Any, ax: Any) -> tuple[Any, Any]:
    if ax is None:
        _, axes = plt.subplots(2, 1, sharex=True, figsize=(6.4, 5.4), layout="constrained")
        return axes[0], axes[1]
    try:
        upper, lower = ax
    except (TypeError, ValueError) as error:
        raise PiecewiseError(
            "expected two axes for the graphs of f and its gradient, got one object; give "
            "ax=(upper, lower), or choose kind='value' or 'gradient'"
        ) from error
    return upper, lower


def _title(axes: Any, rep: Any, view: View) -> None:
    if axes.get_title():
        return
    text = summary(rep)
    text = text if len(text) <= 70 else summary(rep, named=False)
    if view.fixed:
        text += " (" + ", ".join(f"{n} = {v}" for n, v in view.fixed.items()) + ")"
    axes.set_title(mathtext(text, rep.names), fontsize="medium")
