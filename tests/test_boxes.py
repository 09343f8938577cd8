"""Questions on boxes whose own faces are too many, against the face complex and closed forms."""

from __future__ import annotations

import time
from fractions import Fraction
from importlib import import_module

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

BOXES = import_module("piecewise_mt.calculus.properties.in_boxes")
CUBES = import_module("piecewise_mt.exact.cube_programs")
SIMPLEX = import_module("piecewise_mt.exact.simplex")
small = st.integers(-2, 2)
KINDS = {
    "relu": lambda a, b, c: mt.relu(a, at_zero=0),
    "abs": lambda a, b, c: mt.abs(a, at_zero=0),
    "clip": lambda a, b, c: mt.clip(a, -1, 1),
    "max": lambda a, b, c: mt.max(a, b, ties="first"),
    "max of three": lambda a, b, c: mt.max(a, b, c, ties="first"),
    "min": lambda a, b, c: mt.min(a, b, c, ties="last"),
    "median": lambda a, b, c: mt.kth(mt.stack([a, b, c]), 2, ties="first"),
}


@st.composite
def networks(draw, outputs=1):
    """A network of small integers in up to three variables, and a box, flat sides included."""
    n = draw(st.integers(1, 3))
    xs = mt.variables(f"x1:{n + 1}")
    layer = list(xs)
    for _ in range(draw(st.integers(1, 2))):
        new = []
        for _ in range(draw(st.integers(1, 3))):
            forms = [_combination(draw, layer) for _ in range(3)]
            new.append(KINDS[draw(st.sampled_from(sorted(KINDS)))](*forms))
        layer = new
    f = mt.stack([_combination(draw, layer) for _ in range(outputs)]).on(*xs)
    lows = [draw(small) for _ in xs]
    box = {f"x{i}": (low, low + draw(st.sampled_from([0, 1, 1, 2])))
           for i, low in enumerate(lows, start=1)}  # fmt: skip
    return f, box


def _combination(draw, layer):
    total = layer[0] * draw(small) + draw(small)
    for own in layer[1:]:
        total = total + draw(small) * own
    return total


@settings(max_examples=40, deadline=None)
@given(networks())
def test_the_least_value_is_that_of_the_face_complex(case):
    f, box = case
    expected = mt.infimum(f[0], box)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BOXES, "MANY_FACES", 0)
        report = mt.infimum_report(f[0], box)
        assert mt.infimum(f[0], box) == report.value == expected
        assert report.verify()
    assert f.value(report.point)[0] == expected


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("rule", ["first", "stable"])
def test_order_statistics_of_which_several_signs_tell_the_operand(k, rule, monkeypatch):
    """They grow with every operand, so that the least one in a box is that of the least operands."""
    x, y, z, w = mt.variables("x y z w")
    box = {"x": (0, 3), "y": (-1, 2), "z": (1, 5), "w": (-2, 4)}
    own = mt.kth(mt.stack([x, y, z, w]), k, ties=rule)
    lows, highs = sorted(low for low, _ in box.values()), sorted(high for _, high in box.values())
    tilted = own - mt.kth(mt.stack([x - y, z, w - x, y]), 5 - k, ties=rule) / 2
    expected = mt.infimum(tilted, box)
    monkeypatch.setattr(BOXES, "MANY_FACES", 0)
    report = mt.infimum_report(own, box)
    assert report.value == lows[k - 1] and report.verify()
    assert mt.infimum(-own, box) == -highs[k - 1]
    assert mt.infimum(tilted, box) == expected


rows_of_numbers = st.integers(1, 3).flatmap(
    lambda n: st.lists(
        st.lists(st.fractions(0, 3, max_denominator=3), min_size=n, max_size=n),
        min_size=1, max_size=3,
    )
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows_of_numbers)
def test_bounds_of_norms(rows):
    """The largest column and row sums are attained at signs; ‖M‖² is at most either bound of it."""
    columns = list(zip(*rows, strict=True))
    assert BOXES.norm_bound(rows, 1) == max(map(sum, columns))
    assert BOXES.norm_bound(rows, sympy.oo) == max(map(sum, rows))
    square = BOXES.norm_bound(rows, 2)
    assert square <= sum(c * c for row in rows for c in row)
    assert square <= max(map(sum, columns)) * max(map(sum, rows))
    for v in [(1,) * len(columns), *zip(*(rows if any(map(any, rows)) else [[1] * len(columns)]))]:
        v = [*v, *[0] * len(columns)][: len(columns)]
        image = [sum(c * x for c, x in zip(row, v, strict=True)) for row in rows]
        assert sum(y * y for y in image) <= square * sum(x * x for x in v)


@settings(max_examples=25, deadline=None)
@given(networks(outputs=2), st.sampled_from([1, 2, sympy.oo]))
def test_the_steepest_gradient_is_that_of_the_face_complex(case, norm):
    f, box = case
    try:
        expected = mt.lipschitz(f, norm, box)
    except mt.PiecewiseError as error:
        assert "full-dimensional domain" in str(error)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BOXES, "MANY_FACES", 0)
        assert mt.lipschitz(f, norm, box) == expected
        report = mt.lipschitz_report(f, norm, box)
        assert report.proof.verify()
    assert report.constant == expected
    assert f.gradient(report.stratum.witness) == report.gradient


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_linear_programs_on_a_cube_are_those_of_the_simplex(data):
    n = data.draw(st.integers(1, 4))
    row = st.lists(small, min_size=n + 1, max_size=n + 1)
    rows = data.draw(st.lists(row, max_size=5))
    # repeated rows, and equations written as two rows
    rows += [[-c for c in own] for own in rows[:1]] + rows[1:2]
    form = data.draw(row)
    unit = [[int(i == j) for i in range(n + 1)] for j in range(1, n + 1)]
    sides = [own for u in unit for own in (u, [1, *(-c for c in u[1:])])]
    expected = SIMPLEX.maximize(form, [], [(own, False) for own in (*rows, *sides)])
    found = CUBES.maximize_on_cube(CUBES.CubeRow(form), list(map(CUBES.CubeRow, rows)))
    if isinstance(expected, SIMPLEX.Farkas):
        assert isinstance(found, CUBES.CubeFarkas)
        below = Fraction(-1, 10**12)
        assert CUBES.check_cube_bound(below, [0] * (n + 1), rows, found.multipliers)
        return
    assert found.value == expected.value
    assert CUBES.check_cube_bound(found.value, form, rows, found.multipliers)
    d, point = found.point
    assert all(0 <= v <= d for v in point)
    assert all(own[0] * d + sum(map(int.__mul__, own[1:], point)) >= 0 for own in rows)


def test_a_sum_of_absolute_values_in_hundreds_of_variables():
    """Closed form: Σ|x_i - 1/3| on [0, 1]^300 with weights, and a ramp that switches once."""
    n = 300
    x = mt.vector("x", n)
    mean = mt.affine([[Fraction(1, n)] * n], x)[0]
    f = mt.relu(mean - Fraction(1, 2), at_zero=0) - 3 * mt.relu(mean - Fraction(3, 4), at_zero=0)
    box = {f"x{i}": (0, 1) for i in range(1, n + 1)}
    assert mt.infimum(f, box) == Fraction(1, 2) - Fraction(3, 4)
    assert mt.infimum(-f, box) == -Fraction(1, 4)
    # the slopes of the mean are 0, 1 and -2
    assert mt.lipschitz(f, 1, box) == Fraction(2, n)
    assert mt.lipschitz(f, "inf", box) == 2
    assert mt.lipschitz(f, 2, box) == 2 / sympy.sqrt(n)
    assert mt.lipschitz(f, "inf", {**box, "x1": (0, 1), "x2": (0, 1)}) == 2


def test_a_ball_around_a_point_of_784_variables():
    """Every unit reads a block of its own, so that least values and norms add up."""
    n, size = 784, 196
    x = mt.vector("x", n)
    weights = [[(-1) ** j * (1 + j % 3) if k * size <= j < (k + 1) * size else 0 for j in range(n)]
               for k in range(4)]  # fmt: skip
    y = mt.relu(mt.affine(weights, x), at_zero=0)
    f = sum((y[k] for k in range(1, 4)), y[0])
    radius = Fraction(1, 255)
    box = {f"x{i}": (-radius, radius) for i in range(1, n + 1)}
    start = time.perf_counter()
    total = sum(abs(w) for row in weights for w in row)
    assert mt.infimum(f, box) == 0
    assert mt.infimum(-f, box) == -radius * total
    assert mt.lipschitz(f, "inf", box) == total
    assert time.perf_counter() - start < 30


def test_what_would_enumerate_the_faces_of_a_box_says_how_many_there_are():
    x = mt.vector("x", 784)
    f = mt.relu(mt.affine([[1] * 784], x)[0])
    box = {f"x{i}": (0, 1) for i in range(1, 785)}
    start = time.perf_counter()
    for ask in (f.strata, lambda own: mt.f_vector(f, own)):
        with pytest.raises(mt.TooManyPieces, match=r"a box that has about 10\*\*374 of its own"):
            ask(box)
    assert time.perf_counter() - start < 20


def test_variables_that_are_fixed_are_no_faces():
    x = mt.vector("x", 60)
    f = mt.relu(mt.affine([[1] * 3 + [0] * 57], x)[0], at_zero=0)
    box = {f"x{i}": (0, 1) if i == 1 else (-1, -1) if i == 2 else (0, 0) for i in range(1, 61)}
    # on the segment the sum of x1 and -1 is negative but for the end, where it is 0
    assert sum(f.strata(box).f_vector) == 3


def test_a_box_that_is_empty_or_flat_or_meets_too_many_kinks():
    n = 30
    x = mt.vector("x", n)
    box = {f"x{i}": (-1, 1) for i in range(1, n + 1)}
    f = mt.relu(x, at_zero=0)
    g = sum((f[i] for i in range(1, n)), f[0])
    # separate kinks, so that the bounds by lines are exact at a corner
    assert mt.infimum(g, box) == 0
    assert mt.lipschitz(g, 1, {**box, "x1": (1, 2)}) == 1
    flat = {**box, "x1": (1, 1)}
    assert mt.infimum(g, flat) == 1
    with pytest.raises(mt.PiecewiseError, match="full-dimensional"):
        mt.lipschitz(g, 1, flat)
    with pytest.raises(mt.PiecewiseError, match="at least one point"):
        mt.infimum(g, {**box, "x1": (2, 1)})


def test_too_many_cells_are_refused_by_their_number(monkeypatch):
    monkeypatch.setattr(import_module("piecewise_mt.calculus.partition.box_cells"), "MOST_CELLS", 5)
    x = mt.vector("x", 12)
    f = mt.abs(mt.affine([[(i * j) % 5 - 2 for j in range(12)] for i in range(8)], x), at_zero=0)
    g = sum(((-1) ** i * f[i] for i in range(1, 8)), f[0])
    with pytest.raises(mt.TooManyPieces, match="expected at most 5 cells on the box"):
        mt.lipschitz(g, 2, {f"x{i}": (-1, 1) for i in range(1, 13)})
