"""Rounding of floats is no finding of the audit, and what is beyond it is."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.audit.asking import Asked, is_rounding_of
from piecewise_mt.audit.frameworks import Framework
from piecewise_mt.audit.rounding import Rounding
from piecewise_mt.calculus.local.rungs import Rung
from piecewise_mt.exact.floating import rounded


class Floats(Framework):
    """A framework of Python floats: the function returns values and rows."""

    name = "floats"
    package = "math"

    def _jacobian(self, function, parts, shapes, arguments, mode):
        return function(*(v for part in parts for v in part))


def audited(f, function, points=None, tolerance=0):
    asked = Asked(Floats(), function, f, [(len(f.variables),)], {}, "reverse", tolerance)
    return asked.on_strata(None) if points is None else asked.at_points(points, None)


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


x, y = mt.variables("x y")
SMOOTH = {
    "sin": (mt.sin(x), lambda t: ([math.sin(t)], [[math.cos(t)]])),
    "exp": (mt.exp(x), lambda t: ([math.exp(t)], [[math.exp(t)]])),
    "sigmoid": (mt.sigmoid(x), lambda t: ([sigmoid(t)], [[sigmoid(t) * (1 - sigmoid(t))]])),
    "x*clip(x, 0, 1)/3": (
        x * mt.clip(x, 0, 1) / 3,
        lambda t: (
            [t * min(max(t, 0.0), 1.0) / 3],
            [[(min(max(t, 0.0), 1.0) + (t if 0 < t < 1 else 0.0)) / 3]],
        ),
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_rounding_refutes_nothing(name):
    f, function = SMOOTH[name]
    report = audited(f, function)
    assert report.holds_where_tried, report
    assert not report.untested
    assert Rung.differentiable in {v.rung for v in report.verdicts}
    assert "assumed: " in report.notes[-1]


def softmax(*given):
    powers = [math.exp(v - max(given)) for v in given]
    shares = [power / sum(powers) for power in powers]
    rows = [[s * ((i == j) - t) for j, t in enumerate(shares)] for i, s in enumerate(shares)]
    return shares, rows


def test_softmax_is_right_up_to_rounding():
    report = audited(mt.softmax(mt.vector("x", 3)), softmax)
    assert report.holds_where_tried and not report.untested
    assert report.verdicts[0].points == 5


@pytest.mark.parametrize("name", SMOOTH)
def test_a_defect_beyond_rounding_is_one(name):
    f, function = SMOOTH[name]

    def wrong(t):
        values, ((slope,),) = function(t)
        # at 0 all numbers are floats, and nothing is rounded
        return values, [[slope * (1 + 1e-9) + 1e-9 if t else slope]]

    report = audited(f, wrong)
    assert report.failures
    assert "from rounding" in "".join(e.message for e in report.failures)
    assert audited(f, wrong, tolerance="1/1000").holds_where_tried


def test_an_exactly_representable_point_has_no_slack():
    report = audited(mt.relu(x), lambda t: ([max(t, 0.0)], [[1 + 2**-52 if t > 0 else 0.0]]))
    (failure,) = report.failures
    assert "from rounding" not in failure.message and failure.data["stratum"].dimension == 1


def test_float32_of_the_exact_value_is_equal():
    tenth = 13421773 / 134217728
    at_one = audited(mt.relu(x) / 10, lambda t: ([tenth], [[tenth]]), [[1]])
    assert [v.rung for v in at_one.verdicts] == [Rung.differentiable]
    with pytest.raises(mt.PiecewiseError, match="expected the value 1/10"):
        audited(mt.relu(x) / 10, lambda t: ([tenth + 2**-27], [[tenth]]), [[1]])


def test_points_of_a_kink_and_beside_it():
    f = mt.relu(mt.sin(x) + x)
    report = audited(
        f,
        lambda t: (
            [max(math.sin(t) + t, 0.0)],
            [[math.cos(t) + 1 if t > 0 else 0.0 if t < 0 else 1.0]],
        ),
        [[1], [-1], [0]],
    )
    assert [v.rung for v in report.verdicts] == [
        Rung.differentiable, Rung.differentiable, Rung.clarke,
    ]  # fmt: skip
    bad = audited(f, lambda t: ([max(math.sin(t) + t, 0.0)], [[0.5]]), [[1]])
    assert bad.verdicts[0].rung is Rung.inconsistent and "from rounding" in str(bad)


def test_a_point_that_rounding_takes_to_a_tie_is_left_out():
    f = mt.relu(3 * x / 10 - "9/40")
    report = audited(f, lambda t: ([0.0], [[0.0]]), [["3/4"]])
    assert not report.verdicts and "rounding may decide a tie" in str(report.notes)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(mt.PiecewiseError, match="expected a tolerance"):
        audited(mt.relu(x), lambda t: ([t], [[1.0]]), tolerance=-1)


@st.composite
def networks(draw):
    """A small network with numbers that are no floats, and its float twin with its gradient."""
    number = st.fractions(-3, 3, max_denominator=12)
    rows = draw(st.lists(st.tuples(number, number, number), min_size=1, max_size=3))
    last = draw(st.lists(number, min_size=len(rows), max_size=len(rows)))
    smooth = draw(st.sampled_from(["relu", "tanh", "square"]))
    point = draw(st.tuples(*[st.integers(-16, 16).map(lambda n: Fraction(n, 8))] * 2))
    hidden = [mt.affine([[a, b]], mt.stack([x, y]), [c])[0] for a, b, c in rows]
    acts = {"relu": mt.relu, "tanh": mt.tanh, "square": lambda h: h * h}
    f = mt.affine([last], mt.stack([acts[smooth](h) for h in hidden]))[0].on(x, y)

    def twin(s, t):
        value, slopes = 0.0, [0.0, 0.0]
        for (a, b, c), w in zip(rows, map(float, last), strict=True):
            h = float(b) * t + float(c) + float(a) * s
            act, slope = {
                "relu": (max(h, 0.0), float(h > 0)),
                "tanh": (math.tanh(h), 1 - math.tanh(h) ** 2),
                "square": (h * h, 2 * h),
            }[smooth]
            value += w * act
            slopes = [slopes[0] + float(a) * (slope * w), slopes[1] + float(b) * (slope * w)]
        return [value], [slopes]

    return f, point, twin


@settings(max_examples=25, deadline=None)
@given(networks())
def test_floats_are_within_the_bounds(case):
    f, point, twin = case
    bound = Rounding(f, point)
    values, (row,) = twin(*map(float, point))
    exact = f.enclosure(point, digits=30)
    if not bound.follows_ties:
        return
    low, high = exact.value.lower, exact.value.upper
    assert low - bound.values[0] <= Fraction(values[0]) <= high + bound.values[0]
    report = audited(f, twin, [point])
    assert report.holds_where_tried, report
    assert bound.gradient < Fraction(1, 2**30)


@given(st.fractions(-100, 100), st.sampled_from(["float32", "float64"]))
def test_roundings_are_known(value, dtype):
    near = float(rounded(value, dtype))
    assert is_rounding_of(near, (value, value))
    assert not is_rounding_of(near * (1 + 2**-20) + 2**-40, (value, value))
