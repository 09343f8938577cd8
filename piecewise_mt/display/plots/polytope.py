"""The convex hull of limits of gradients, with a gradient in it or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.display.local import function_text
from piecewise_mt.display.plots.style import (
    INK,
    LONGEST,
    PALETTE,
    legend_below,
    mathtext,
    pyplot,
)
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.geometry.polytope import Polytope
from piecewise_mt.typeset.affine import gradient_latex, latex_name
from piecewise_mt.typeset.latex_layout import latex_width, loosened

Point = tuple[Fraction, Fraction]
_OUT = "#d1495b"


def draw_clarke(local: Any, ax: Any = None, parameters: Mapping[Any, Any] | None = None) -> Any:
    """Clarke's subdifferential of a local analysis; see :meth:`LocalAnalysis.plot`."""
    b, a = local.shape
    if b != 1 or a > 2:
        raise PiecewiseError(
            f"expected a scalar function of one or two variables to draw Clarke's subdifferential "
            f"of, got {b} output{'s' * (b != 1)} and {a} variable{'s' * (a != 1)}; take one "
            "output, f[k], or hold variables fixed with f.subs({x: value})"
        )
    values = {str(key): to_rational(to_fraction(v)) for key, v in (parameters or {}).items()}
    gradient = local.gradient
    known = {s: values[s.name] for s in gradient.free_symbols if s.name in values}
    gradient = gradient.xreplace(known)
    text = loosened(gradient_latex([list(gradient)]))
    called = "associated gradient"
    if latex_width(text) <= LONGEST:
        called += f" ${text}$"
    free = bool(gradient.free_symbols)
    axes = draw_polytope(
        local.bouligand, None if free else gradient, ax, names=local.names, called=called
    )
    if free:
        axes.plot([], [], " ", label=f"{called}, free")
        legend_below(axes)
    if not axes.get_title():
        place = ", ".join(f"{n} = {v}" for n, v in zip(local.names, local.point, strict=True))
        title = mathtext(f"{function_text(local.function)} at {place}", local.names)
        axes.set_title(title, fontsize="medium")
    return axes


def draw_polytope(
    vertices: Sequence[Any],
    gradient: Any = None,
    ax: Any = None,
    *,
    names: Sequence[str] = ("1", "2"),
    called: str = "gradient",
) -> Any:
    """The convex hull of gradients of a function of one or two variables.

    Parameters
    ----------
    vertices : sequence of 1×a matrices or rows, a ≤ 2
        The limits of gradients, such as Bouligand's subdifferential.
    gradient : 1×a matrix or row, optional
        A gradient to mark: filled inside the hull, open and red outside. Exactly decided.
    ax : Axes, optional
    names : sequence of str
        The variables, for the axes.
    called : str
        What the marked gradient is called in the legend.

    Returns
    -------
    Axes
    """
    points = [_point(vertex) for vertex in vertices]
    if not points:
        raise PiecewiseError("expected at least one gradient to draw the hull of, got none")
    widths = {len(list(vertex)) for vertex in vertices}
    body = Polytope(points)
    corners = _around([(x, y) for x, y in body.vertices])
    plt = pyplot()
    axes = ax
    if axes is None:
        axes = plt.figure(figsize=(4.8, 4.8), layout="constrained").add_subplot()
    xs, ys = ([float(p[k]) for p in corners] for k in (0, 1))
    if len(corners) > 2:
        axes.fill(xs, ys, facecolor=PALETTE[0], edgecolor=INK, label="convex hull")
    else:
        axes.plot(xs, ys, color=PALETTE[0], lw=5, solid_capstyle="round", label="convex hull")
    marks = sorted(set(points))
    axes.plot(
        [float(p[0]) for p in marks], [float(p[1]) for p in marks], "o", color=INK, ms=5,
        label="limits of gradients",
    )  # fmt: skip
    if gradient is not None:
        point = _point(gradient)
        inside = body.contains(point)
        axes.plot(
            float(point[0]), float(point[1]), "D", ms=8, mew=1.6, mec=INK if inside else _OUT,
            mfc=INK if inside else "none", zorder=5,
            label=f"{called}, {'in' if inside else 'outside'} the hull",
        )  # fmt: skip
    axes.set_xlabel(rf"$\partial_{{{latex_name(names[0])}}} f$")
    if widths == {1}:
        axes.set_yticks([])
    else:
        axes.set_ylabel(rf"$\partial_{{{latex_name(names[1])}}} f$")
        axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.2)
    legend_below(axes)
    return axes


def _point(row: Any) -> Point:
    values = [to_fraction(value) for value in row]
    if len(values) not in (1, 2):
        raise PiecewiseError(
            f"expected gradients with one or two entries to draw, got {len(values)}; draw a slice "
            "or fewer variables"
        )
    return (values[0], values[1] if len(values) == 2 else Fraction(0))


def _turn(a: Point, b: Point, c: Point) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _around(corners: Sequence[Point]) -> list[Point]:
    """The corners of a polygon in the order of drawing: those below the diagonal, then above.

    >>> square = [(Fraction(x), Fraction(y)) for x in (0, 2) for y in (0, 2)]
    >>> [(int(x), int(y)) for x, y in _around(square)]
    [(0, 0), (2, 0), (2, 2), (0, 2)]
    """
    ordered = sorted(corners)
    first, last = ordered[0], ordered[-1]
    below = [point for point in ordered if _turn(first, last, point) < 0]
    above = [point for point in ordered[1:-1] if _turn(first, last, point) > 0]
    return [first, *below, last, *reversed(above)] if len(ordered) > 1 else ordered
