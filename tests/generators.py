"""Random functions with frequent ties: small integer weights, repeated rows, zeros."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

import piecewise_mt as mt

small = st.integers(-2, 2)
points = st.fractions(min_value=-2, max_value=2, max_denominator=2)
rules = st.sampled_from(["free", "first", "last", "average"])
orders = st.sampled_from(["free", "stable", "reverse", "first", "average"])
slopes = st.sampled_from(["free", 0, 1, Fraction(1, 2)])


@st.composite
def layers(draw, x, width):
    """One affine map and one nonsmooth layer on a vector."""
    rows = draw(st.lists(st.lists(small, min_size=x.size, max_size=x.size),
                         min_size=width, max_size=width))  # fmt: skip
    bias = draw(st.lists(small, min_size=width, max_size=width))
    y = mt.affine(rows, x, bias)
    kinds = ["relu", "abs", "leaky", "clip", "max", "min", "pool", "where", "pl", "kth", "sort"]
    kind = draw(st.sampled_from([*kinds, "bounds", "conv"]))
    if kind == "relu":
        return mt.relu(y, at_zero=draw(slopes))
    if kind == "abs":
        return mt.abs(y, at_zero=draw(slopes))
    if kind == "leaky":
        return mt.leaky_relu(y, "1/2", at_zero=draw(slopes))
    if kind == "clip":
        return mt.clip(y, -1, 1, at_edges=draw(slopes))
    if kind == "pl":
        return mt.piecewise_linear(y, [-1, 0, 1], [0, 1, -1, "1/2"], at_breaks=draw(slopes))
    if kind == "pool" and width > 1:
        return mt.maxpool1d(y.reshape((1, width)), 2, stride=1, ties=draw(rules)).reshape((-1,))
    if kind == "kth":
        return mt.stack([mt.kth(y, draw(st.integers(1, width)), ties=draw(orders)), y[0]])
    if kind == "sort":
        return mt.sort(y, descending=draw(st.booleans()), ties=draw(orders))
    if kind == "bounds" and width > 2:
        return mt.stack([mt.clip(y[0], y[1], y[2], at_edges=draw(slopes)), y[1]])
    if kind == "conv":
        signal = mt.conv1d(y.reshape((1, width)), [[[draw(small), draw(small)]]], padding=1)
        return mt.relu(signal.reshape((-1,))[:width], at_zero=draw(slopes))
    if kind == "where" and width > 1:
        return mt.stack([mt.where(y[0] >= y[1], y[0], y[1]), mt.where(y[0] < 0, -y[0], y[0])])
    combine = mt.min if kind == "min" else mt.max
    return mt.stack([combine(y, ties=draw(rules)), y[0]])


@st.composite
def functions(draw, max_variables=2, max_layers=3, scalar=False):
    """A network of 1 to `max_layers` layers, with a last affine map."""
    x = mt.vector("x", draw(st.integers(1, max_variables)))
    h = x
    for _ in range(draw(st.integers(1, max_layers))):
        h = draw(layers(h, draw(st.integers(1, 3))))
    outputs = 1 if scalar else draw(st.integers(1, 2))
    rows = draw(st.lists(st.lists(small, min_size=h.size, max_size=h.size),
                         min_size=outputs, max_size=outputs))  # fmt: skip
    return mt.affine(rows, h)


@st.composite
def convex_functions(draw, domains=True):
    """A convex piecewise linear or quadratic function of one or two variables, and a domain.

    A maximum of affine functions with repeats and ties, or a sum of two, perhaps with squares.
    """
    v = mt.vector("x", draw(st.integers(1, 2)))

    def form():
        return mt.affine([[draw(small) for _ in range(v.size)]], v, [draw(small)])[0]

    def maximum():
        forms = [form() for _ in range(draw(st.integers(1, 4)))]
        return mt.max(*forms) if len(forms) > 1 else forms[0]

    f = maximum() + draw(st.sampled_from([0, 1])) * maximum()
    if draw(st.booleans()):
        f = f + draw(st.sampled_from([1, 2, "1/2"])) * mt.square(form())
    if draw(st.booleans()):
        f = f + mt.square(mt.relu(form()))
    if not domains:
        return f, None
    places = ["x1 >= 0", "-1 <= x1 <= 1", "x1 = 1", "x1 <= 2"]
    if v.size == 2:
        places += ["x1 = x2", "x1 + x2 <= 1", "x1 >= 0, x2 >= 0, x1 + x2 <= 2", "x1 = 1, x2 = -1"]
    return f, draw(st.sampled_from([None, None, *places]))
