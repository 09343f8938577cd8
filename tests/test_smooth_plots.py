"""Plots of smooth formulas: what is drawn is compared with closed formulas in floating point."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

matplotlib = pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
matplotlib.use("Agg")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib import pyplot  # noqa: E402

import piecewise_mt as mt  # noqa: E402
from piecewise_mt.display.plots.line import graph, kinks, shown_pieces  # noqa: E402
from piecewise_mt.display.plots.plane import draw_surface  # noqa: E402
from piecewise_mt.display.plots.shapes import View, choose_window  # noqa: E402
from piecewise_mt.display.plots.style import colored  # noqa: E402

x, y = mt.variables("x y")


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def points(axes, label):
    found = []
    for line in lines(axes, label):
        found += zip(map(float, line.get_xdata()), map(float, line.get_ydata()), strict=True)
    return sorted(found)


def huber():
    return mt.where(mt.abs(x) <= 1, mt.square(x) / 2, mt.abs(x) - mt.exact(0.5))


def huber_by_hand(s):
    return s * s / 2 if abs(s) <= 1 else abs(s) - 0.5


@pytest.mark.parametrize(
    ("f", "value", "slope"),
    [
        (mt.square(mt.relu(x)), lambda s: max(s, 0) ** 2, lambda s: 2 * max(s, 0)),
        (huber(), huber_by_hand, lambda s: max(-1, min(1, s))),
        (mt.exp(mt.abs(x)), lambda s: math.exp(abs(s)), None),
    ],
)
def test_curves_are_those_of_the_closed_formula(f, value, slope):
    upper, lower = f.represent().plot(window=(-2, 3))
    drawn = points(upper, "$f$")
    assert len(drawn) > 30 and (drawn[0][0], drawn[-1][0]) == (-2, 3)
    for s, v in drawn:
        assert v == pytest.approx(value(s), rel=1e-12)
    curves = points(lower, r"$\widetilde\nabla f$") + points(lower, "_more")
    for s, v in curves:
        if slope is not None:
            assert v == pytest.approx(slope(s), rel=1e-12)


def test_kinks_are_marked_where_slopes_differ_and_nowhere_else():
    # square(relu) and Huber's function are C¹; exp(|x|) has slopes -1 and 1 at 0
    for f, expected in ((mt.square(mt.relu(x)), []), (huber(), []), (mt.exp(mt.abs(x)), [(0, 1)])):
        upper, _ = f.represent().plot()
        assert points(upper, "_kinks") == expected
    # slopes that SymPy has to compare
    f = mt.exp(x) * mt.exp(-x)
    upper, _ = (f + mt.square(mt.abs(x))).represent().plot()
    assert points(upper, "_kinks") == []


def test_open_and_closed_dots_at_the_tie():
    _, lower = mt.exp(mt.abs(x, at_zero="1/2")).represent().plot()
    assert points(lower, "_closed") == [(0, 0.5)]
    assert points(lower, "_open") == [(0, -1), (0, 1)]
    _, lower = mt.exp(mt.abs(x, at_zero=1)).represent().plot()
    assert points(lower, "_closed") == [(0, 1)] and points(lower, "_open") == [(0, -1)]


def test_a_free_parameter_is_labelled_or_given():
    rep = mt.exp(2 * mt.abs(x) + 1).represent()
    _, lower = rep.plot()
    assert [text.get_text() for text in lower.texts] == ["$2 e z$"]
    _, lower = rep.plot(parameters={"z": 1})
    assert points(lower, "_closed") == [(0, pytest.approx(2 * math.e))]


def test_a_slice_of_a_smooth_function():
    upper, _ = (mt.square(x) * mt.abs(y)).represent().plot(at={"x": 3})
    for s, v in points(upper, "$f$"):
        assert v == 9 * abs(s)


def test_where_there_is_no_value_nothing_is_drawn():
    rep = (mt.log(x) + mt.abs(x - 1)).represent(domain="0 < x < 2")
    upper, _ = rep.plot(window=(0, 2))
    drawn = points(upper, "$f$")
    assert math.isnan(drawn[0][1])
    assert all(v == pytest.approx(math.log(s) + abs(s - 1)) for s, v in drawn[1:])


def test_a_surface_lies_on_the_function():
    f = mt.square(mt.max(x, y))
    rep = f.represent()
    view = View(rep.names)
    axes = pyplot.figure().add_subplot(projection="3d")
    facets = draw_surface(axes, rep, view, choose_window(rep, view), 0)
    assert len(facets) > 500
    for facet in facets[::37]:
        for a, b, value in facet:
            assert value == max(a, b) ** 2
    # they cover the window: the areas add up to that of [-1, 1]²
    area = Fraction(0)
    for (a, b, _), (c, d, _), (e, g, _) in facets:
        area += abs((c - a) * (g - b) - (e - a) * (d - b)) / 2
    assert area == 4


def test_varying_gradients_are_coloured_by_piece():
    # both outer pieces have the gradient (1, 0), the others vary
    f = mt.where(mt.abs(y) <= 1, mt.square(y), 2 * mt.abs(y) - 1) + x
    rep = f.represent()
    keys = list(colored([piece for piece in rep if piece.dimension == 2]))
    assert keys == ["piece 1", "(1, -2)", "piece 3", "(1, 2)"]
    axes = rep.plot(arrows=True, names=True)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [
        "$P^{1}$: $(1,\\, 2 y)$",
        "$(1,\\, {-}2)$",
        "$P^{3}$: $(1,\\, 2 y)$",
        "$(1,\\, 2)$",
    ]


def test_long_gradients_are_named_in_the_legend():
    rep = mt.softmax(mt.stack([mt.relu(x), y])).represent()
    labels = [text.get_text() for text in rep.plot().get_legend().get_texts()]
    assert labels == ["$P^{1}$", "$P^{2}$"]


def test_the_page_shows_smooth_formulas():
    text = mt.square(mt.max(x, y)).represent().to_html()
    assert 'data-formula="x**2"' in text and 'data-gradient="(2*x*z, -2*x*z + 2*x)"' in text
    assert "= 2*x on P3: holds" in text


def test_straight_and_curved_edges_have_as_many_points():
    # matplotlib 3.9 makes one array of them
    figure = pyplot.figure()
    axes = (
        (mt.square(mt.relu(x)) + mt.abs(y))
        .represent()
        .plot("surface", ax=figure.add_subplot(projection="3d"))
    )
    figure.canvas.draw()
    (edges,) = [c for c in axes.collections if type(c).__name__ == "Line3DCollection"]
    assert len({len(edge) for edge in edges._segments3d}) == 1


def test_a_surface_without_ties_has_no_edges():
    axes = (mt.exp(x) * y).represent().plot("surface")
    assert axes.get_title() == r"exp($x$)·$y$ on $\mathbb{R}^{2}$, ($x$, $y$): 1 piece"


SMALL = st.integers(-2, 2)
LINES = st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=3)


@settings(max_examples=30, deadline=None)
@given(LINES, st.sampled_from([mt.square, mt.exp, lambda u: u * u * u - u]), SMALL)
def test_any_curve_is_the_function_and_kinks_are_jumps_of_the_derivative(terms, outer, shift):
    inner = sum((mt.relu(a * x + b) for a, b in terms), shift * x)
    f = outer(inner)
    rep = f.represent()
    view = View(rep.names)
    window = choose_window(rep, view)
    shown = shown_pieces(rep, view, window)
    curve = graph(shown, view, window, 0)
    for s, value in curve[:: max(1, len(curve) // 12)]:
        assert float(value) == pytest.approx(float(f.value((s,))), abs=1e-12)
    # the limits of gradients at a point are found by another way
    marked = {s for s, _ in kinks(shown, view, curve, 0)}
    for s in {-Fraction(b, a) for a, b in terms if a}:
        if outer is not mt.exp:  # whose derivatives are not rational
            assert (s in marked) == (not f.at((s,)).is_differentiable)
