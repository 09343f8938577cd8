"""How f.at(x), artifacts and critical points show themselves, and the picture of Clarke's set.

Clarke's subdifferential of a max at a tie is the hull of the unit vectors of the tied entries; the
values of Tables 2 and 3 are the paper's.
"""

from __future__ import annotations

import time

import pytest

import piecewise_mt as mt
from piecewise_mt.audit.audit import FrameworkAudit

x, y, t = mt.variables("x y t")


def table_2():
    entries = [t, 2 * t, 3 * t, 4 * t]
    return mt.max(entries, ties="first") - mt.max(entries, ties="average")


def table_3():
    return mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")


def shown(table):
    return {row[0].text: row[1].text for row in table.rows}


@pytest.mark.parametrize(("f", "value"), [(table_2(), "-3/2"), (table_3(), "-3")])
def test_tables_2_and_3_are_autodiff(f, value):
    rows = shown(f.at((0,)).table())
    assert rows["limits of gradients"] == rows["Clarke's vertices"] == "0"
    assert rows["associated gradient"] == value and rows["its rung"] == "autodiff"


def test_free_parameters_come_with_the_condition():
    rows = shown(mt.max(x, y).at((1, 1)).table())
    assert rows["associated gradient"] == "(z, 1 - z)"
    assert rows["in Clarke's set iff"] == "0 <= z <= 1"
    assert rows["point"] == "x = 1, y = 1"


@pytest.mark.parametrize(
    "result",
    [
        mt.max(x, y, 0).at((0, 0)),
        mt.stack([mt.relu(x), mt.abs(x)]).at((0,)),
        mt.exp(mt.abs(x)).at((0,)),
        table_2().represent().artifacts(),
        mt.relu(x).represent().artifacts(),
        mt.relu(x).represent().classify(),
        mt.critical_points(mt.abs(x) + mt.abs(y)),
        mt.lipschitz_report(mt.max(x, 2 * y)),
        FrameworkAudit("none", "0", []),
    ],
)
def test_results_show_themselves_in_notebooks(result):
    assert result._repr_html_().startswith("<table ")
    assert result._repr_latex_().startswith("$$\\begin{array}")


def test_artifacts_and_critical_points_as_tables():
    (row,) = table_3().represent().artifacts().table().rows
    assert [cell.text for cell in row] == ["t = 0", "P3", "outside", "autodiff"]
    (row,) = mt.relu(x).represent().artifacts().table().rows
    assert [cell.text for cell in row] == ["x = 0", "P3", "outside unless", "0 <= z <= 1"]
    f = mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0)
    (row,) = mt.critical_points(f).table().rows
    assert [cell.text for cell in row] == ["x = 0", "spurious", ""]
    (row,) = mt.critical_points(mt.abs(x) + 2).table().rows
    assert [cell.text for cell in row] == ["x = 0", "local minimum", "2"]


def test_a_point_with_many_ties_shows_at_once():
    layer = mt.affine([[(i * j) % 7 - 3 for j in range(40)] for i in range(30)], mt.vector("x", 40))
    at = (mt.max(mt.relu(layer)) - mt.max(-layer)).at([0] * 40)
    begin = time.perf_counter()
    rows = shown(at.table())
    assert time.perf_counter() - begin < 5
    assert rows["limits of gradients"] == "more than 200, not listed"
    assert rows["active nodes"].endswith("more") and rows["associated gradient"] == "1×40 matrix"
    # what is shown does not limit what is asked later
    assert at.max_pieces == 10**6 and "limits" not in vars(at)


# pictures

matplotlib = pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_triangle_of_a_max_with_its_gradient_inside():
    axes = mt.max(x, y, 0, ties="average").at((0, 0)).plot()
    (patch,) = axes.patches
    assert {tuple(map(float, p)) for p in patch.get_xy()} == {(0, 0), (1, 0), (0, 1)}
    assert labels(axes)[-1] == r"associated gradient $(\frac{1}{3},\, \frac{1}{3})$, in the hull"
    (mark,) = [line for line in axes.lines if line.get_label() == labels(axes)[-1]]
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )
    assert axes.get_xlabel() == r"$\partial_{x} f$"
    assert axes.get_title() == "max($x$, $y$, 0, ties=average) at $x$ = 0, $y$ = 0"


def test_outside_free_and_given():
    assert (
        labels(table_2().at((0,)).plot())[-1]
        == r"associated gradient $- \frac{3}{2}$, outside the hull"
    )
    at = mt.max(x, y).at((0, 0))
    assert labels(at.plot())[-1] == r"associated gradient $(z,\, 1 - z)$, free"
    assert labels(at.plot(parameters={"z": 2}))[-1].endswith(r"$(2,\, -1)$, outside the hull")
    _, axes = pyplot.subplots()
    assert at.plot(ax=axes) is axes


@pytest.mark.parametrize("f", [mt.max(mt.vector("x", 3)), mt.stack([mt.relu(x), x])])
def test_what_cannot_be_drawn_is_said(f):
    with pytest.raises(mt.PiecewiseError, match="one or two variables"):
        f.at([0] * len(f.variables)).plot()
