"""What pictures promise of their artists: legends beside the data, labels clear of each other,
no edge behind a box, names typeset. Nothing here looks at pixels."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest

matplotlib = pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
matplotlib.use("Agg")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from matplotlib import pyplot  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402

import piecewise_mt as mt  # noqa: E402
from piecewise_mt.display.plots.dag_texts import dag_texts  # noqa: E402
from piecewise_mt.display.plots.field import direction, tangential_part  # noqa: E402
from piecewise_mt.display.plots.layers import Layers  # noqa: E402
from piecewise_mt.display.plots.shapes import Shape, View  # noqa: E402

t = mt.variable("t")
y1, y2 = mt.variables("y1 y2")
x = mt.vector("x", 2)
NETWORK = mt.max(mt.relu(mt.affine([[1, 1], [1, -1], [-2, 1]], x, [0, 0, 1])))
CRESCENT = mt.max(
    mt.square(y1) + mt.square(y2 - 1) + y2 - 1, -mt.square(y1) - mt.square(y2 - 1) + y2 + 1
)
HUBER = mt.where(mt.abs(t) <= 1, mt.square(t) / 2, mt.abs(t) - mt.exact(0.5))


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def boxes(artists):
    return [artist.get_window_extent() for artist in artists]


def apart(one, two):
    return one.x1 <= two.x0 or two.x1 <= one.x0 or one.y1 <= two.y0 or two.y1 <= one.y0


def drawn(axes):
    axes.figure.draw_without_rendering()
    return axes


def clarke(f):
    return f.at((0,) * len(f.variables)).plot()


@pytest.mark.parametrize(
    "picture",
    [
        lambda: clarke(CRESCENT),
        lambda: clarke(mt.abs(y1) + mt.abs(y2)),
        lambda: clarke(mt.max(y1, y2, 0, ties="average")),
        lambda: clarke(mt.parse("max(min(y1, y2), min(max(y1, y2), 0))")),
        lambda: NETWORK.represent().plot(),
        lambda: NETWORK.represent().plot("field"),
        lambda: NETWORK.represent().plot("directions"),
        lambda: mt.stack([mt.relu(t), mt.abs(t), 2 - t]).represent().plot()[0],
        lambda: mt.stack([mt.relu(t), mt.abs(t), 2 - t]).represent().plot()[1],
    ],
)
def test_a_legend_is_never_on_the_data(picture):
    axes = drawn(picture())
    assert apart(axes.get_legend().get_window_extent(), axes.get_window_extent())


@pytest.mark.parametrize(
    "f", [mt.max(y1, y2, 0), mt.abs(y1) + mt.abs(y2), mt.square(mt.max(y1, y2)), mt.abs(y1 + y2 - 7)]
)  # fmt: skip
def test_names_and_arrows_avoid_each_other(f):
    axes = drawn(f.represent().plot(arrows=True, names=True))
    names = boxes(axes.texts)
    assert all(apart(*pair) for pair in combinations(names, 2))
    for arrows in axes.collections:
        ends = zip(arrows.get_offsets(), zip(arrows.U, arrows.V))
        for (a, b), (u, v) in ends:
            for k in range(21):
                spot = axes.transData.transform((a + u * k / 20, b + v * k / 20))
                assert not any(box.contains(*spot) for box in names)


@pytest.mark.parametrize(
    "f", [mt.abs(3 * t - 1) - mt.relu(7 * t - 2), sum((mt.abs(t - k) for k in range(1, 9)), mt.abs(t))]
)  # fmt: skip
def test_labels_of_free_ties_are_apart(f):
    axes = drawn(f.represent().plot()[1])
    assert len(axes.texts) > 1
    assert all(apart(*pair) for pair in combinations(boxes(axes.texts), 2))


def test_arrows_stay_in_the_window():
    axes = NETWORK.represent().plot(arrows=True)
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    (arrows,) = axes.collections
    for (a, b), u, v in zip(arrows.get_offsets(), arrows.U, arrows.V):
        for p, q in ((a, b), (a + u, b + v)):
            assert low - 1e-9 <= p <= high + 1e-9 and bottom - 1e-9 <= q <= top + 1e-9


# diagrams


def test_affine_nodes_have_their_formula():
    f = mt.max(y1 + y2, mt.relu(y1, at_zero=0)) - 2 * mt.relu(y1, at_zero=0)
    texts = set(dag_texts(f).values())
    assert {"$y_{1}$", "$y_{1} + y_{2}$"} <= texts
    assert any(text.startswith("$u_{") and text.endswith("max") for text in texts)
    assert not any("affine" in text for text in texts)
    # the letter is one that no variable begins with; a vector's entries have two indices
    u = mt.vector("u", 2)
    texts = dag_texts(mt.max(mt.affine([[1, 2], [3, 4]], u, [5, 6]))).values()
    assert any(r"v_{1,1} = u_{1} + 2 u_{2}" in text for text in texts)


@pytest.mark.parametrize("kind", ["dag", "hasse"])
@pytest.mark.parametrize(
    "f",
    [
        mt.max(y1 + y2, mt.relu(y1, at_zero=0)) - mt.relu(y1, at_zero=0),
        mt.abs(t - 1) - mt.relu(t) + mt.clip(t, -1, 2, at_edges=0),
        mt.max([t, 2 * t, 3 * t], ties="first") - mt.max([t, 2 * t, 3 * t], ties="average"),
        mt.max(y1, y2, 0),
        NETWORK,
        HUBER,
    ],
)
def test_boxes_are_apart_and_no_edge_is_behind_one(kind, f):
    axes = drawn(f.represent().plot(kind))
    found = [p.get_window_extent() for p in axes.patches if p.get_label() == "_box"]
    assert len(found) == len(axes.texts)
    assert all(apart(*pair) for pair in combinations(found, 2))
    for text in axes.texts:  # and every text is in its box
        inside = text.get_window_extent()
        assert any(b.x0 <= inside.x0 and inside.x1 <= b.x1 for b in found)
    for edge in (p for p in axes.patches if p.get_label() == "_edge"):
        corners = edge._path_original.vertices
        for (a, b), (c, d) in zip(corners, corners[1:]):
            for k in range(1, 20):
                spot = axes.transData.transform((a + (c - a) * k / 20, b + (d - b) * k / 20))
                # the ends touch their own boxes; nothing is deeper inside one than its border
                assert not any(b.padded(-3).contains(*spot) for b in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15))
def test_edges_pass_between_boxes(pairs):
    """Any DAG in rows, with repeated edges and nodes without any."""
    nodes = range(10)
    edges = sorted({(min(p), max(p)) for p in pairs if min(p) // 2 < max(p) // 2})
    sizes = {n: (20.0 + 15 * n, 10.0 + n) for n in nodes}
    rows = [[2 * k, 2 * k + 1] for k in range(5)]
    layers = Layers(rows, edges, sizes)
    for n, m in combinations(nodes, 2):
        (a, b), (c, d) = layers.places[n], layers.places[m]
        beside = abs(a - c) >= (sizes[n][0] + sizes[m][0]) / 2
        above = abs(b - d) >= (sizes[n][1] + sizes[m][1]) / 2
        assert beside or above
    for path in layers.paths:
        for (a, b), (c, d) in zip(path, path[1:]):
            for k in range(1, 16):
                p, q = a + (c - a) * k / 16, b + (d - b) * k / 16
                for n in nodes:
                    u, v = layers.places[n]
                    assert abs(p - u) >= sizes[n][0] / 2 or abs(q - v) >= sizes[n][1] / 2


def test_small_axes_of_the_user_get_small_texts():
    _, axes = pyplot.subplots(figsize=(2, 2))
    assert NETWORK.represent().plot("dag", ax=axes) is axes
    assert {text.get_fontsize() < 9 for text in axes.texts} == {True}


# surfaces, fields, directions


def test_a_surface_is_lit():
    """Facets of one gradient have one colour, others are darker or lighter: |y1| + |y2|."""
    axes = (mt.abs(y1) + mt.abs(y2)).represent().plot("surface")
    (surface,) = [c for c in axes.collections if type(c).__name__ == "Poly3DCollection"]
    colors = surface.get_facecolor()[:, :3]
    plain = [to_rgb(c) for c in ("#8ecae6", "#ffb703", "#a7c957", "#e5989b")]
    light = sorted(round(float(sum(c) / sum(p)), 3) for c, p in zip(colors, plain))
    assert light[0] < 0.7 < 0.9 < light[-1] <= 1


def arrows(axes, name):
    found = [c for c in axes.collections if name in str(c.get_label())]
    return [(u, v) for c in found for u, v in zip(c.U, c.V)]


def test_the_field_of_a_max():
    """On pieces (1, 0) and (0, 1); on the tie (z, 1 - z), whose part along (1, 1) is (½, ½)."""
    rep = mt.max(y1, y2).represent()
    axes = rep.plot("field", window=[(-1, 1), (-1, 1)])
    assert {(u > 0, v > 0) for u, v in arrows(axes, "on pieces")} == {(True, False), (False, True)}
    (part,) = set(arrows(axes, "tangential part"))
    assert part[0] == part[1] == pytest.approx(max(map(max, arrows(axes, "on pieces"))) / 2)
    # with z = 1 the arrows of the tie are those of the first piece
    axes = rep.plot("field", parameters={"z": 1}, window=[(-1, 1), (-1, 1)])
    assert not arrows(axes, "tangential part")
    assert set(arrows(axes, "on edges")) < set(arrows(axes, "on pieces"))


def test_the_field_of_half_open_pieces_and_vertices():
    """R'(0) = 0: on {y1 = 0} the field is that of {y1 < 0}; a vertex is free only with |y2|'s z."""
    rep = (mt.relu(y1, at_zero=0) + y2).represent()
    axes = rep.plot("field")
    assert {u for u, _ in arrows(axes, "on edges")} == {0}
    axes = (mt.relu(y1, at_zero=0) + mt.abs(y2)).represent().plot("field")
    assert "free at vertices" in [text.get_text() for text in axes.get_legend().get_texts()]
    axes = mt.max(y1, y2, 0, ties="average").represent().plot("field")
    ((u, v),) = arrows(axes, "at vertices")  # (1/3, 1/3)
    assert u == v > 0


def test_directions_of_remark_1():
    """Max of two on {y1 = y2}: t = (1, 1), the condition is ∂₁f + ∂₂f = 1, the normal (1, −1)."""
    axes = drawn(mt.max(y1, y2).represent().plot("directions"))
    assert [a.get_text() for a in axes.texts] == [r"$\partial_{y_{1}} f + \partial_{y_{2}} f = 1$"]
    ((a, b),), ((c, d),) = arrows(axes, "tangent"), arrows(axes, "normal")
    assert a == b > 0 and c == -d and a * c + b * d == 0
    axes = mt.max(y1, y2, 0).represent().plot("directions")
    assert "no tangent: free" in [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(a.get_text() for a in axes.texts) == [
        r"$\partial_{y_{1}} f + \partial_{y_{2}} f = 1$",
        r"$\partial_{y_{1}} f = 0$",
        r"$\partial_{y_{2}} f = 0$",
    ]


def test_the_tangential_part_does_not_depend_on_z():
    """By (15); compared with the gradient at several values of z."""
    rep = mt.max(2 * y1, y1 + y2, 3 * y2).represent()
    view = View(rep.names)
    for piece in rep:
        if piece.dimension == 1:
            point = tuple(map(Fraction, map(str, piece.witness)))
            t_ = direction(Shape(1, ((Fraction(0),) * 2, point), piece))
            known = tangential_part(piece, view, point, t_, 0)
            expected = float(rep.value(point)) / (point[0] ** 2 + point[1] ** 2)  # f is homogeneous
            assert known == pytest.approx(tuple(expected * float(c) for c in point))


@pytest.mark.parametrize("kind", ["field", "directions"])
@pytest.mark.parametrize(
    "rep",
    [
        (y1 + 2 * y2).represent(),
        mt.max(y1, y2, 0).represent({"y1": (-1, 1), "y2": (0, 2)}),
        mt.max(y1, y2, 0).represent("y1 + y2 = 1"),
        mt.exp(mt.relu(y1 - y2)).represent(),
        mt.Representation("y1 y2", [("y1 > y2", "y1"), ("y1 <= y2", "y2")]),
        mt.stack([mt.max(y1, y2), mt.relu(y1)]).represent(),
    ],
)
def test_degenerate_pictures_are_drawn(kind, rep):
    drawn(rep.plot(kind))


def test_names_are_typeset():
    alpha, w = mt.variables("alpha w_in")
    axes = mt.max(alpha, 2 * w).represent().plot()
    title = r"max($\alpha$, 2·$w_{\mathrm{in}}$) on $\mathbb{R}^{2}$, ($\alpha$, $w_{\mathrm{in}}$): 3 pieces"
    assert axes.get_title() == title
    assert axes.get_xlabel() == r"$\alpha$"
    drawn(axes)


def test_a_stated_function_that_jumps_is_not_joined():
    parts = [("t < 0", "0"), ("0 <= t < 1", "1 + t"), ("t = 1", "5"), ("t > 1", "t")]
    axes = mt.Representation([t], parts).plot("value")
    kinds = [line.get_label() for line in axes.lines]
    assert kinds.count("$f$") + kinds.count("_more") == 3
    assert (kinds.count("_closed"), kinds.count("_open")) == (2, 3)


def test_a_flat_domain_has_a_legend():
    axes = mt.max(y1, y2).represent("y1 + y2 = 1").plot()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "$(1,\\, 0)$",
        "$(0,\\, 1)$",
    ]
