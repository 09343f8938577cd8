"""``rep.to_svg()``: the package's own picture, by the number of free variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from piecewise_mt.display.pieces import summary
from piecewise_mt.display.plots.line import line_window
from piecewise_mt.display.plots.shapes import View, Window, choose_window, refuse_curved
from piecewise_mt.display.svg.line import line_svg
from piecewise_mt.display.svg.plane import plane_svg
from piecewise_mt.display.svg.space import space_svg
from piecewise_mt.exact.numbers import to_fraction

LONGEST = 76
"""A title has no more characters."""


def picture(
    rep: Any,
    path: str | Path | None = None,
    *,
    window: Any = None,
    at: Mapping[Any, Any] | None = None,
    parameters: Mapping[Any, Any] | None = None,
) -> str:
    """A representation as SVG; see :meth:`Representation.to_svg`."""
    view = View(rep.names, at)
    if len(view.free) != 1:
        refuse_curved(rep, "svg")
    found, _ = drawing(rep, view, window_of(rep, view, window), parameters)
    if path is not None:
        Path(path).write_text(f"{found}\n", encoding="utf-8")
    return found


def window_of(rep: Any, view: View, window: Any) -> Window:
    """What is shown of one, two or three free variables."""
    if len(view.free) == 1:
        return line_window(rep, view, window)
    return choose_window(rep, view, window, most=3)


def drawing(
    rep: Any, view: View, window: Window, parameters: Mapping[Any, Any] | None = None
) -> tuple[str, str]:
    """The ``<svg>`` element of one, two or three free variables; of three, what a script reads."""
    title = headline_of(rep, view)
    if len(view.free) == 3:
        return space_svg(rep, view, window, title)
    if len(view.free) == 2:
        return plane_svg(rep, view, window, title), ""
    values = {str(key): to_fraction(value) for key, value in (parameters or {}).items()}
    return line_svg(rep, view, window, title, values), ""


def headline_of(rep: Any, view: View) -> str:
    """The title of a picture: the function and its space, or the number of pieces."""
    title = summary(rep)
    if len(title) > LONGEST:
        title = f"{len(rep)} pieces"
    if view.fixed:
        title += " (" + ", ".join(f"{n} = {v}" for n, v in view.fixed.items()) + ")"
    return title
