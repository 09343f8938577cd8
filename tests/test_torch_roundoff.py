"""The bounds on rounding, by which imported modules are compared, against arithmetic that rounds.

Float32 is imitated by rounding exact numbers after every operation, in an order that is drawn.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.floating import rounded
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.interop.checking.comparison import compare, points
from piecewise_mt.interop.checking.roundoff import Pass, Undecided

WEIGHTS = st.sampled_from([Fraction(n, d) for n in (-3, -1, 0, 1, 2) for d in (1, 2, 3, 7)]).map(
    lambda w: rounded(w, "float32")
)
INPUTS = st.sampled_from([Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(2)])


def single(value):
    return rounded(value, "float32")


def float_sum(terms, order):
    total = Fraction(0)
    for k in sorted(range(len(terms)), key=lambda k: order[k % len(order)]):
        total = single(total + terms[k])
    return total


def float_layer(matrix, bias, x, order):
    rows = []
    for row, shift in zip(matrix, bias, strict=True):
        rows.append(
            float_sum([shift, *(single(w * v) for w, v in zip(row, x, strict=True))], order)
        )
    return rows


@st.composite
def networks(draw):
    sizes = [2, draw(st.integers(1, 3)), draw(st.integers(1, 3)), 1]
    layers = [
        (
            [[draw(WEIGHTS) for _ in range(n)] for _ in range(m)],
            [draw(WEIGHTS) for _ in range(m)],
        )
        for n, m in zip(sizes, sizes[1:], strict=False)
    ]
    return layers, draw(st.permutations(range(4)))


@settings(max_examples=40, deadline=None)
@given(networks(), st.tuples(INPUTS, INPUTS).map(lambda p: [single(c) for c in p]))
def test_no_float_evaluation_of_a_network_leaves_the_bound(network, point):
    layers, order = network
    f = x = mt.vector("x", 2)
    values, active = list(point), []
    for depth, (matrix, bias) in enumerate(layers):
        f = mt.affine(matrix, f, bias)
        values = float_layer(matrix, bias, values, order)
        if depth < len(layers) - 1:
            f = mt.relu(f, at_zero=0)
            active.append([v > 0 for v in values])
            values = [max(v, Fraction(0)) for v in values]
    here = Pass(f.on(x), point, "float32")
    (near,) = here.values()
    assert near.value == Fraction(int((v := f.value(point)[0]).p), int(v.q))
    assert abs(values[0] - near.value) <= near.error
    row = [Fraction(1)]
    for depth in reversed(range(len(layers))):
        if depth < len(layers) - 1:
            row = [w if on else Fraction(0) for w, on in zip(row, active[depth], strict=True)]
        columns = list(zip(*layers[depth][0], strict=True))
        row = [
            float_sum([single(r * w) for r, w in zip(row, c, strict=True)], order) for c in columns
        ]
    try:
        exact = here.row([1])
    except Undecided:
        assert near.error or any(n.error for units in here.near.values() for n in units)
        return
    assert all(abs(a - b.value) <= b.error for a, b in zip(row, exact, strict=True))


SMOOTH = {
    "exp": (mt.exp, math.exp), "tanh": (mt.tanh, math.tanh), "sin": (mt.sin, math.sin),
    "sigmoid": (mt.sigmoid, lambda t: 1 / (1 + math.exp(-t))), "square": (mt.square, lambda t: t * t),
    "softplus": (mt.softplus, lambda t: math.log1p(math.exp(t))), "cos": (mt.cos, math.cos),
    "root": (lambda x: (x + 4) ** Fraction(1, 2), lambda t: math.sqrt(t + 4)),
    "reciprocal": (lambda x: 1 / (x + 4), lambda t: 1 / (t + 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
@settings(max_examples=10, deadline=None)
@given(at=st.integers(-30, 30))
def test_smooth_functions_of_floats_are_within_their_bound(name, at):
    build, function = SMOOTH[name]
    x = mt.variable("x")
    t = Fraction(at, 8)
    (near,) = Pass(build(x), [t], "float64").values()
    assert abs(Fraction(function(float(t))) - near.value) <= near.error
    assert near.error <= 1e-12 * max(1.0, abs(float(near.value)))
    step = 2.0**-20
    slope = (function(float(t) + step) - function(float(t) - step)) / (2 * step)
    assert float(Pass(build(x), [t], "float64").row([1])[0].value) == pytest.approx(
        slope, rel=1e-5, abs=1e-5
    )


@pytest.mark.parametrize("build", [mt.softmax, mt.logsumexp])
def test_shares_are_those_of_the_formula(build):
    node = build(mt.relu(mt.tensor("x", (2, 3)), at_zero=0), 1)
    written = Smooth(node.args, node.units, node.shape, "another name")
    point = [Fraction(k, 4) for k in (-3, 0, 5, 9, -1, 2)]
    own, other = (Pass(f, point, "float64") for f in (node, written))
    for pair in (
        (own.values(), other.values()),
        *((own.row(w), other.row(w)) for w in ([1, 0, 2, 3, -1, 5][: node.size], [1] * node.size)),
    ):
        assert all(abs(a.value - b.value) < Fraction(1, 10**25) for a, b in zip(*pair, strict=True))
        assert all(0 < a.error < 1e-12 for a in pair[0] if a.value)


@pytest.mark.parametrize("build", [mt.softmax, mt.logsumexp, mt.sigmoid, mt.tanh, mt.exp])
@pytest.mark.parametrize("far", [10**5, -(10**5)])
def test_far_from_zero_there_are_values_as_far_as_floats_have_them(build, far):
    x = mt.vector("x", 2)
    try:
        here = Pass(build(x), [Fraction(far), Fraction(0)], "float64")
    except Undecided:
        assert (build, far > 0) in ((mt.exp, True), (mt.sigmoid, False))  # exp(100000)
        return
    value = here.values()[0].value
    wanted = {mt.logsumexp: max(far, 0), mt.tanh: 1 if far > 0 else -1}.get(build, int(far > 0))
    assert abs(value - wanted) <= here.values()[0].error < 1e-8
    assert here.row([1] * build(x).size)


def test_ties_that_rounding_decides_are_left_out_and_exact_ones_are_not():
    x = mt.variable("x")
    third = rounded(Fraction(1, 3), "float64")
    assert Pass(mt.relu(x - x, at_zero=0), [Fraction(1)], "float64").row([1])[0].error == 0
    blurred = mt.relu(third * x + third * x - 2 * third * x, at_zero=0)
    with pytest.raises(Undecided):
        Pass(blurred, [third], "float64").row([1])
    free = mt.max(x, 0)
    with pytest.raises(Undecided):
        Pass(free, [Fraction(0)], "float64").row([1])


def test_points_have_ties_and_are_few_for_large_functions():
    x = mt.vector("x", 4)
    found = [tuple(point) for point in points(mt.max(x, ties="first"))]
    assert (0,) * 4 in found and len(set(found)) == len(found) >= 6
    big = mt.affine([[1] * 400] * 400, mt.vector("x", 400))
    assert len(list(points(big))) == 2


@pytest.mark.parametrize("wrong", ["value", "gradient", "count", "nan"])
def test_a_difference_is_refused_with_its_point(wrong):
    f = mt.relu(mt.variable("x"), at_zero=0)

    def call(point, weights):
        (x,) = point
        value, slope = max(x, 0.0), float(x > 0)
        if wrong == "value":
            value += 2.0**-40
        if wrong == "gradient" and x == 0:
            slope = 1.0
        if wrong == "nan" and x == 1:
            value = math.nan
        return [value] * (2 if wrong == "count" else 1), [[slope] for _ in weights]

    with pytest.raises(mt.Unsupported, match=r"at x = \("):
        compare(f, call, "float64", forward=False)


def test_a_bias_may_be_the_first_term_of_a_sum():
    """Weights whose sum is a float, and no longer where the bias comes first, as in a convolution.

    They are what torch draws for Conv1d(1, 1, 3) from the seed 5.
    """
    first, second, bias = (Fraction(v) for v in (
        0.38134199380874634, -0.43172991275787354, 0.3694199025630951
    ))  # fmt: skip
    x = mt.vector("x", 2)
    f = mt.affine([[first, second]], x) + bias
    here = Pass(f, [Fraction(1), Fraction(1)], "float32")
    (near,) = here.values()
    got = single(single(bias + first) + second)
    assert got != near.value and abs(got - near.value) <= near.error
    # nothing is rounded in any order
    (near,) = Pass(f, [Fraction(0), Fraction(0)], "float32").values()
    assert near.error == 0
