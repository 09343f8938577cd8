"""Plots: what is drawn is compared with exact values; the drawing library is matplotlib."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest

matplotlib = pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
matplotlib.use("Agg")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib import pyplot  # noqa: E402

import piecewise_mt as mt  # noqa: E402
from piecewise_mt.display.plots.plane import draw_surface  # noqa: E402
from piecewise_mt.display.plots.polytope import draw_polytope  # noqa: E402
from piecewise_mt.display.plots.shapes import (  # noqa: E402
    View,
    choose_window,
    clipped,
    height,
    number,
    shapes,
)

t = mt.variable("t")
y1, y2 = mt.variables("y1 y2")


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def network():
    x = mt.vector("x", 2)
    return mt.max(mt.relu(mt.affine([[1, 1], [1, -1], [-2, 1]], x, [0, 0, 1])))


def table_2():
    entries = [t, 2 * t, 3 * t, 4 * t]
    return mt.max(entries, ties="first") - mt.max(entries, ties="average")


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def dots(axes, filled):
    return sorted(
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in lines(axes, "_closed" if filled else "_open")
    )


# one variable


def test_the_curve_has_the_exact_values_at_ends_and_kinks():
    f = mt.abs(t - 1) - mt.clip(t, -1, 2)
    rep = f.represent()
    upper, _ = rep.plot(window=(-3, "7/2"))
    (curve,) = lines(upper, "$f$")
    for x, y in zip(curve.get_xdata(), curve.get_ydata()):
        assert y == float(f.value((Fraction(x),)))
    assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == (-3, 3.5)
    (kinks,) = lines(upper, "_kinks")
    assert list(kinks.get_xdata()) == [-1, 1, 2]


def test_table_2_is_seen():
    upper, lower = table_2().represent().plot()
    assert set(lines(upper, "$f$")[0].get_ydata()) == {0}
    assert dots(lower, True) == [(0, -1.5)]
    assert dots(lower, False) == [(0, 0), (0, 0)]
    low, high = lower.get_ylim()
    assert low < -1.5 < 0 < high


def test_half_open_pieces_have_closed_and_open_ends():
    _, lower = mt.relu(t, at_zero=0).represent().plot()
    assert (dots(lower, True), dots(lower, False)) == ([(0, 0)], [(0, 1)])


def test_a_free_parameter_is_a_dotted_line_until_it_has_a_value():
    rep = mt.relu(t).represent()
    axes = rep.plot("gradient")
    (free,) = lines(axes, "_free")
    assert list(free.get_ydata()) == [0, 1] and [a.get_text() for a in axes.texts] == ["$z$"]
    axes = rep.plot("gradient", parameters={"z": "1/4"})
    assert dots(axes, True) == [(0, 0.25)] and not lines(axes, "_free")


def test_vector_valued_functions_have_a_curve_an_output():
    upper, lower = mt.stack([mt.relu(t), mt.abs(t)]).represent().plot()
    assert len(lines(upper, "$f_{1}$")) == len(lines(upper, "$f_{2}$")) == 1
    assert upper.get_legend() is not None


def test_stated_representations_are_drawn_with_their_stated_gradients():
    entries = [(["t < 0", "t > 0"], "0", [0]), ("t = 0", "0", [5])]
    axes = mt.Representation([t], entries).plot("gradient")
    assert dots(axes, True) == [(0, 5)]


# two variables


def polygons(axes):
    return [patch for patch in axes.patches if patch.get_closed()]


def test_one_polygon_for_every_full_dimensional_piece_that_meets_the_window():
    rep = network().represent()
    axes = rep.plot()
    assert len(polygons(axes)) == sum(p.dimension == 2 for p in rep) == 12
    # all three ReLUs are as they are at (1, 1/2), so one cell and no tie meets this window
    axes = rep.plot(window=[("9/10", "11/10"), ("45/100", "55/100")])
    assert len(polygons(axes)) == 1


def test_strata_are_drawn_as_lines_and_dots():
    # max of three: three half-lines and the point where they meet, under any tie rule
    for ties in ("free", "first"):
        axes = mt.max(y1, y2, 0, ties=ties).represent().plot()
        assert len(lines(axes, "_tie")) == 3
        (point,) = lines(axes, "_tie point")
        assert list(point.get_xdata()) == [0] and list(point.get_ydata()) == [0]


def test_equal_gradients_have_equal_colours_and_one_legend_entry():
    axes = network().represent().plot()
    assert len({patch.get_facecolor() for patch in polygons(axes)}) == 3
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == [r"$(-2,\, 1)$", r"$(1,\, {-}1)$", r"$(1,\, 1)$"]


def test_arrows_are_the_gradients():
    axes = mt.max(y1, y2).represent().plot(arrows=True, window=[(-1, 1), (-1, 1)])
    (arrows,) = axes.collections
    assert list(arrows.U) == [0.25, 0] and list(arrows.V) == [0, 0.25]


def test_names_of_pieces():
    axes = mt.max(y1, y2).represent().plot(names=True)
    assert sorted(text.get_text() for text in axes.texts) == ["$P^{1}$", "$P^{2}$", "$P^{3}$"]


def test_a_slice_of_more_variables():
    rep = mt.max(mt.vector("x", 3)).represent()
    axes = rep.plot(at={"x3": 1})
    assert len(polygons(axes)) == 3
    (point,) = lines(axes, "_tie point")
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (1, 1)
    with pytest.raises(mt.PiecewiseError, match="hold the others fixed"):
        rep.plot()
    with pytest.raises(mt.UnknownVariable, match="got 'x9'"):
        rep.plot(at={"x9": 0})


def test_the_surface_has_the_values_of_f_at_its_corners():
    f = network()
    rep = f.represent()
    axes = pyplot.figure().add_subplot(projection="3d")
    view = View(rep.names)
    facets = draw_surface(axes, rep, view, choose_window(rep, view), 0)
    assert len(facets) == 12
    for facet in facets:
        for x, y, value in facet:
            assert f.value((x, y)) == value


def test_a_surface_needs_3d_axes():
    rep = mt.max(y1, y2).represent()
    assert rep.plot("surface").name == "3d"
    with pytest.raises(mt.PiecewiseError, match="projection"):
        rep.plot("surface", ax=pyplot.figure().add_subplot())


# diagrams


def patches(axes, label):
    return [patch for patch in axes.patches if patch.get_label() == label]


def test_hasse_diagram_has_a_node_a_stratum_and_an_edge_a_facet():
    rep = mt.max(y1, y2, 0).represent()
    axes = rep.plot("hasse")
    assert len(axes.texts) == 7  # 2³ − 1 active sets
    # a segment's facet or a cell's facets: 3 lines end in the point, each cell has 2 of 3 lines
    assert len(patches(axes, "_edge")) == 3 + 6
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2"]


def test_adjacency_and_dag():
    f = mt.max(y1, y2, 0)
    rep = f.represent()
    axes = rep.plot("adjacency")
    assert (len(axes.texts), len(lines(axes, "_edge"))) == (3, 3)
    axes = rep.plot("dag")
    texts = {text.get_text() for text in axes.texts}
    assert texts == {"$y_{1}$", "$y_{2}$", "0", "max"}
    with pytest.raises(mt.PiecewiseError, match="at most 400 strata"):
        mt.max(mt.vector("x", 9)).represent().plot("hasse")


# hulls of gradients


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_table_2_is_outside_the_hull_and_an_average_is_inside():
    # Clarke's set of the zero function is {0}
    axes = draw_polytope([[0]], ["-3/2"])
    assert labels(axes)[-1] == "gradient, outside the hull"
    # of max at the tie: the segment from (1, 0) to (0, 1)
    for gradient, where in (((1, 0), "in"), (("1/2", "1/2"), "in"), ((2, -1), "outside")):
        axes = draw_polytope([(1, 0), (0, 1)], gradient)
        assert labels(axes)[-1] == f"gradient, {where} the hull"


def test_the_hull_of_a_triangle():
    axes = draw_polytope([(1, 0), (0, 1), (0, 0), ("1/3", "1/3")], ("1/2", "1/2"))
    (patch,) = axes.patches
    assert len(patch.get_xy()) == 4  # closed
    assert labels(axes)[-1] == "gradient, in the hull"
    with pytest.raises(mt.PiecewiseError, match="one or two entries"):
        draw_polytope([(1, 0, 0)])
    with pytest.raises(mt.PiecewiseError, match="got none"):
        draw_polytope([])


# axes and errors


def test_axes_of_the_user_are_used():
    figure, (left, right) = pyplot.subplots(1, 2)
    right.set_title("mine")
    rep = mt.max(y1, y2).represent()
    assert rep.plot(ax=left) is left and rep.plot(ax=right) is right
    assert right.get_title() == "mine" and left.get_title().startswith("max($y_{1}$, $y_{2}$) on")
    assert len(figure.axes) == 2
    with pytest.raises(mt.PiecewiseError, match="expected two axes"):
        mt.relu(t).represent().plot(ax=left)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "pie"}, "one of the kinds"),
        ({"window": [(1, 0), (0, 1)]}, "low < high"),
        ({"window": [(0, 1)]}, "a window of 2 intervals"),
        ({"kind": "surface", "output": 3}, "an output from 0 to 0"),
        ({"kind": "value"}, "1 free variable for"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(mt.PiecewiseError, match=message):
        mt.max(y1, y2).represent().plot(**arguments)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(mt.PiecewiseError, match=r"pip install piecewise_mt\[plot\]"):
        mt.relu(t).represent().plot()


def test_a_stated_representation_has_no_strata():
    rep = mt.Representation([t], [("t >= 0", "t"), ("t < 0", "0")])
    with pytest.raises(mt.Unsupported, match="derived representation"):
        rep.plot("hasse")
    with pytest.raises(mt.Unsupported, match="representation of a function"):
        rep.plot("dag")


# clipping, against containment


small = st.integers(-2, 2)
relation = st.tuples(st.tuples(small, small, small), st.sampled_from(["=", ">", ">="]))


@settings(max_examples=200, deadline=None)
@given(st.lists(relation.filter(lambda r: any(r[0][1:])), max_size=4))
def test_clipping_keeps_exactly_what_is_in_the_window(relations):
    """On the grid of quarters: inside the shape iff in the set; degenerate sets are common."""
    window = ((Fraction(-1), Fraction(1)), (Fraction(-1), Fraction(1)))
    rows = [(tuple(map(Fraction, row)), relation) for row, relation in relations]
    shape = clipped(rows, window, None)
    grid = [Fraction(i, 4) for i in range(-4, 5)]
    inside = [
        (x, y)
        for x in grid
        for y in grid
        if all(
            {"=": value == 0, ">": value > 0, ">=": value >= 0}[relation]
            for row, relation in rows
            for value in [height(row, (x, y))]
        )
    ]
    if shape is None:
        assert inside == []
        return
    assert all(height(row, corner) >= 0 for row, _ in rows for corner in shape.corners)
    center = shape.center
    assert all(
        {"=": value == 0, ">": value > 0, ">=": value >= 0}[relation]
        for row, relation in rows
        for value in [height(row, center)]
    )
    if shape.dimension == 2:
        corners = shape.corners
        for x, y in inside:
            for a, b in zip(corners, (*corners[1:], corners[0])):
                # counterclockwise, so inside is on the left of every edge
                assert (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0
    elif shape.dimension == 0:
        assert set(inside) <= {shape.corners[0]}


def test_every_piece_meets_the_chosen_window():
    for f in (network(), mt.max(y1, y2, 0), mt.abs(y1 + y2 - 7)):
        rep = f.represent()
        view = View(rep.names)
        owners = {shape.owner.alpha for shape in shapes(rep, view, choose_window(rep, view))}
        assert owners == {piece.alpha for piece in rep}


def test_numbers_with_parameters():
    gradient = mt.max(y1, y2).represent()[2].jacobian[0]
    assert number(gradient[1], {}) is None
    assert number(gradient[1], {"z": Fraction(1, 3)}) == Fraction(2, 3)
