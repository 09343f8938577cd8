"""Imported functions against jax itself: values and gradients, at ties too, exactly."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

jax = pytest.importorskip("jax", reason="jax is not installed")
jnp, lax, nn = jax.numpy, jax.lax, jax.nn

WEIGHT = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
KERNEL = np.array([[[[1.0, -1.0], [2.0, 0.5]]], [[[0.0, 1.0], [1.0, 0.0]]]])

LAST = np.arange(-8.0, 24.0).reshape(2, 2, 2, 4)


@pytest.fixture(autouse=True, scope="module")
def double():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def compiled(function, shape):
    """The values and the gradients of all of them, flat, at a point."""
    both = jax.jit(lambda x: (function(x), jax.jacrev(function)(x)))

    def at(point):
        values, rows = both(jnp.asarray(np.array(point, dtype=float).reshape(shape)))
        flat = np.asarray(rows).reshape(-1, len(point))
        return np.asarray(values).reshape(-1).tolist(), flat.tolist()

    return at


def rationals(values):
    return [Fraction(int(v.p), int(v.q)) for v in values]


def ties(shape):
    """All points of -1, 0, 1, or those that tie most."""
    size = int(np.prod(shape))
    if size <= 2:
        return list(itertools.product((-1, 0, 1), repeat=size))
    return [(0,) * size, (1,) * size, tuple(k % 2 for k in range(size)),
            tuple((2, 0, 1, 2)[k % 4] - 1 for k in range(size)), tuple(-(k % 2) for k in range(size))]  # fmt: skip


def argument(shape):
    return shape if isinstance(shape, tuple) else (shape,)


def agree(f, function, shape, points, tolerance=None):
    reference = compiled(function, shape)
    for point in points:
        values, rows = reference(point)
        found = f.value(point)
        own = list(found) if f.shape else [found]
        gradient = f.gradient(point).tolist()
        if tolerance is None:
            assert rationals(own) == [Fraction(v) for v in values], point
            assert [rationals(row) for row in gradient] == [
                [Fraction(v) for v in row] for row in rows
            ], point
        else:
            assert [float(v) for v in own] == pytest.approx(values, abs=tolerance)
            assert [[float(v) for v in row] for row in gradient] == [
                pytest.approx(row, abs=tolerance) for row in rows
            ]


PIECEWISE = {
    "relu": (nn.relu, 2),
    "relu6": (lambda x: nn.relu6(6 * x), 2),
    "hard_tanh": (nn.hard_tanh, 2),
    "hard_sigmoid": (lambda x: 6 * nn.hard_sigmoid(3 * x), 2),
    "leaky_relu": (lambda x: nn.leaky_relu(x, 0.25), 2),
    "abs": (jnp.abs, 2),
    "a number": (nn.relu, ()),
    "maximum": (lambda x: jnp.maximum(x[0], x[1]), 2),
    "maximum with a number": (lambda x: jnp.maximum(x, 0), 2),
    "minimum": (lambda x: jnp.minimum(x[:2], x[1:]), 3),
    "fmax": (lambda x: jnp.fmax(x[0], x[1]), 2),
    "fmin": (lambda x: jnp.fmin(x[0], x[1]), 2),
    "max": (lambda x: 6 * jnp.max(x), 3),
    "max of an axis": (lambda x: jnp.max(x, axis=1, keepdims=True), (2, 2)),
    "min": (lambda x: jnp.min(6 * x), 3),
    "ptp": (jnp.ptp, 3),
    "clip": (lambda x: jnp.clip(x, -1, 1), 2),
    "clip by the input": (lambda x: jnp.clip(x[0], x[1], x[2]), 3),
    "clamp": (lambda x: lax.clamp(-1.0, x, 1.0), 2),
    "clamp by arrays": (lambda x: lax.clamp(np.array([-1.0, 0.0]), x, np.array([1.0, 0.5])), 2),
    "where": (lambda x: jnp.where(x > 0, x, 2 * x), 2),
    "mask": (lambda x: (x >= 0) * x, 2),
    "conditions": (lambda x: jnp.where(~((x < 0) | (x <= 0)), x, 0 * x), 2),
    "all and any": (
        lambda x: jnp.where(jnp.all(x >= 0, axis=1) | jnp.any(x >= 1, axis=1), 1.0, 1.0) * x[:, 0],
        (2, 2),
    ),
    "where of any": (lambda x: jnp.where(jnp.any(x > 0), jnp.max(nn.relu(x)), 0 * x[0]), 2),
    "where of all": (lambda x: jnp.where(jnp.all(x > 0), jnp.min(nn.relu(x)), 0.0), 2),
    "sort": (jnp.sort, 3),
    "descending": (lambda x: jnp.sort(x, descending=True), 3),
    "median": (jnp.median, 4),
    "top_k": (lambda x: lax.top_k(x, 2)[0], 3),
    "cummax": (lambda x: 16 * lax.cummax(x, 0), 5),
    "cummin": (lambda x: 4 * lax.cummin(x, 1, reverse=True), (2, 3)),
    "interp": (lambda x: jnp.interp(x, jnp.array([-1.0, 0.0, 2.0]), jnp.array([0.0, 3.0, 1.0])), 2),
    "interp beyond": (
        lambda x: jnp.interp(x, jnp.array([-1.0, 1.0]), jnp.array([0.0, 4.0]), left="extrapolate"),
        2,
    ),
    "interp of values": (lambda x: jnp.interp(0.5, jnp.array([0.0, 1.0, 2.0]), x), 3),
    "select": (lambda x: jnp.select([x < 0, x < 1], [0 * x, x], 2 * x - 1), 2),
    "select of overlapping": (lambda x: jnp.select([x >= 0, x >= -1], [x, x], 2 * x + 1), 2),
    "select_n of three": (lambda x: lax.select_n(np.array([0, 2, 1]), x, 2 * x, -x), 3),
    "norm 1": (lambda x: jnp.linalg.norm(x, 1), 3),
    "norm inf": (lambda x: jnp.linalg.norm(x, np.inf), 2),
    "linear": (lambda x: WEIGHT @ x + 0.5, 3),
    "network": (lambda x: nn.relu(WEIGHT @ x) @ WEIGHT, 3),
    "einsum": (lambda x: jnp.einsum("ij,kj->ik", x, WEIGHT), (2, 3)),
    "convolution": (lambda x: lax.conv(x, KERNEL, (2, 1), "SAME"), (1, 1, 3, 3)),
    "transposed": (
        lambda x: lax.conv_transpose(x, KERNEL.transpose(2, 3, 1, 0), (2, 2), "SAME"),
        (1, 2, 2, 1),
    ),
    "dilated convolution, channels last": (
        lambda x: lax.conv_general_dilated(
            x, LAST, (1, 2), [(1, 1), (-1, 2)], (2, 1), (1, 2), ("NHWC", "HWIO", "NHWC")
        ),
        (1, 2, 3, 2),
    ),
    "grouped convolution, other axes": (
        lambda x: lax.conv_general_dilated(
            x, LAST[:, :, :1], (1, 1), "SAME", dimension_numbers=("HWCN", "HWIO", "CNHW"),
            feature_group_count=2,
        ),
        (2, 2, 2, 1),
    ),
    "batched products": (lambda x: jnp.matmul(x, x.transpose(0, 2, 1)), (2, 1, 2)),
    "max pooling": (
        lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2), (1, 1, 1), "SAME"),
        (1, 2, 2),
    ),
    "min pooling": (lambda x: lax.reduce_window(x, jnp.inf, lax.min, (2,), (1,), "VALID"), 3),
    "sum pooling": (lambda x: lax.reduce_window(x, 0.0, lax.add, (2,), (2,), "SAME"), 3),
    "vmap": (jax.vmap(lambda row: jnp.max(nn.relu(row))), (2, 2)),
    "jit": (jax.jit(lambda x: jnp.abs(x) - nn.relu(x)), 2),
    "checkpoint": (jax.checkpoint(lambda x: nn.relu(x) * 2), 2),
    "cumsum": (lambda x: jnp.abs(jnp.cumsum(x)), 3),
    "reverse cumsum": (lambda x: lax.cumsum(x, reverse=True), 3),
    "scan": (lambda x: lax.scan(lambda c, a: (nn.relu(c + a), c - a), 0.0, x)[1], 3),
    "fori_loop": (lambda x: lax.fori_loop(0, 3, lambda i, c: jnp.abs(c - i), x), 2),
    "cond by a number": (lambda x: lax.cond(True, nn.relu, jnp.abs, x), 2),
    "indices": (lambda x: x[jnp.array([2, 0])] - x[1], 3),
    "index assignment": (lambda x: x.at[0].set(2.0).at[1:].set(x[:-1]), 3),
    "pad": (lambda x: jnp.pad(x, 1, constant_values=2), 2),
    "pad by reflection": (lambda x: jnp.pad(x, 1, mode="reflect"), 3),
    "moves": (lambda x: jnp.concatenate([jnp.roll(x, 1), x[::-1]]).reshape(2, 3).T, 3),
    "tril": (lambda x: jnp.tril(nn.relu(x)), (2, 2)),
    "split": (lambda x: jnp.maximum(*jnp.split(x, 2)), 4),
    "random numbers of a fixed key": (
        lambda x: x + jax.random.randint(jax.random.PRNGKey(0), (2,), -3, 3), 2
    ),
    "added to entries": (lambda x: nn.relu(x.at[np.array([0, 0, 5])].add(x)), 3),
    "cumprod": (lambda x: jnp.cumprod(x), 3),
    "reverse cumprod": (lambda x: lax.cumprod(x, reverse=True), 3),
    "nan_to_num": (lambda x: nn.relu(jnp.nan_to_num(x)), 2),
    "no entries": (lambda x: jnp.concatenate([x[:0], x]), 2),
    "a constant": (lambda x: jnp.ones(2), 2),
    "relu of a derivative": (lambda x: nn.relu(jax.grad(lambda y: jnp.sum(y**3))(x)), 2),
    "mean": (lambda x: jnp.mean(jnp.abs(x)), 2),
    "product": (lambda x: jnp.prod(x) + x[0] * x[1], 3),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECEWISE)
def test_value_and_gradient_are_those_of_jax_at_ties(name):
    function, shape = PIECEWISE[name]
    agree(mt.from_jax(function, shape), function, argument(shape), ties(argument(shape)))


SMOOTH = {
    "softmax": nn.softmax,
    "log_softmax": nn.log_softmax,
    "logsumexp": nn.logsumexp,
    "softmax by rows": lambda x: nn.softmax(jnp.outer(x, x), axis=1),
    "softplus": nn.softplus,
    "silu": nn.silu,
    "gelu": nn.gelu,
    "exact gelu": lambda x: nn.gelu(x, approximate=False),
    "elu": nn.elu,
    "selu": nn.selu,
    "celu": nn.celu,
    "mish": nn.mish,
    "tanh": jnp.tanh,
    "logistic": nn.sigmoid,
    "variance": jnp.var,
    "roots and powers": lambda x: jnp.sqrt(x**2 + 1) + (x**2 + 2) ** 1.5 - lax.rsqrt(x**2 + 1),
    "powers of 2": lambda x: 2**x,
    "derivative of softplus": jax.grad(lambda x: jnp.sum(nn.softplus(x))),
    "attention": lambda x: nn.softmax(jnp.outer(x, x) / 2, axis=-1) @ x,
    "logaddexp": lambda x: jnp.logaddexp(x[0], x[1]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_agree_up_to_rounding(name):
    f = mt.from_jax(SMOOTH[name], 3)
    agree(f, SMOOTH[name], (3,), [(0, 0, 0), (1, -1, 2), (0, 3, -2)], 1e-9)


def test_softmax_is_a_softmax_without_the_stopped_maximum():
    assert str(mt.from_jax(nn.softmax, 2)[0]) == "softmax(x1, x2)[0]"
    assert str(mt.from_jax(nn.logsumexp, 2)) == "logsumexp(x1, x2)"


def test_the_result_says_whose_rules_it_has():
    assert mt.from_jax(nn.relu, 1).rules == "jax"


def test_numbers_are_those_of_the_float_type():
    assert mt.from_jax(lambda x: 0.1 * x, 1).gradient((0,))[0, 0] == sympy.Rational(Fraction(0.1))
    jax.config.update("jax_enable_x64", False)
    try:
        single = mt.from_jax(lambda x: nn.relu(0.1 * x), 1)
    finally:
        jax.config.update("jax_enable_x64", True)
    assert single.gradient((1,))[0, 0] == sympy.Rational(13421773, 134217728)


def test_networks_of_single_precision_agree_up_to_rounding():
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=size).astype(np.float32) for size in ((6, 4), (2, 6)))

    def network(x):
        return nn.log_softmax(second @ nn.relu(first @ nn.standardize(x) / 3 + 0.1))

    jax.config.update("jax_enable_x64", False)
    try:
        f = mt.from_jax(network, 4)
        expected = network(jnp.array([1.0, 2.0, 4.0, -1.0])).tolist()
    finally:
        jax.config.update("jax_enable_x64", True)
    value = f.value((1, 2, 4, -1))
    assert [float(v) for v in value] == pytest.approx(expected, abs=1e-5)


def test_denominators_are_limited_on_request():
    with pytest.warns(mt.RoundedWeights):
        f = mt.from_jax(lambda x: 0.1 * x, 1, limit_denominator=100)
    assert f.gradient((0,))[0, 0] == sympy.Rational(1, 10)


@jax.custom_jvp
def straight(x):
    return jnp.maximum(x, 0)


straight.defjvp(lambda primals, tangents: (straight(*primals), tangents[0]))


@jax.custom_vjp
def doubled(x):
    return x


doubled.defvjp(lambda x: (x, None), lambda _, g: (2 * g,))


@pytest.mark.parametrize(
    "function, message",
    [
        (straight, "derivatives by jax's own rules, got the operation custom_jvp_call"),
        (doubled, "derivatives by jax's own rules, got the operation custom_vjp_call"),
        (jnp.sign, "expected a continuous function, got sign"),
        (jnp.floor, "expected a continuous function, got floor"),
        (lambda x: x[jnp.argmax(x)], "the result of argmax"),
        (lambda x: x - lax.stop_gradient(x) / 2, "got stop_gradient"),
        (lambda x: lax.stop_gradient(x), "got stop_gradient"),
        (lambda x: lax.scan(lambda c, a: (c, c - a), x[0], lax.stop_gradient(x))[1], "got stop_grad"),
        (lambda x: lax.cond(x[0] > 0, jnp.abs, jnp.negative, x), "the operation cond"),
        (lambda x: lax.while_loop(lambda c: c[0] < 3, lambda c: c + 1, x), "the operation while"),
        (lambda x: x if x[0] > 0 else -x, "jax.make_jaxpr can trace"),
        (lambda x: jnp.arctan2(x, x), "an operation that mt.from_jax knows, got the operation atan2"),
        (lambda x: jnp.interp(x, jnp.arange(2.0), jnp.arange(2.0), left=3), "without left, right and period"),
        (lambda x: jnp.interp(x, jnp.zeros(2), jnp.arange(2.0)), "increasing points"),
        (lambda x: (x, x), "one array as its result, got 2"),
        (lambda x: x > 0, "expected real numbers as results"),
        (lambda x: x.astype(int) * 1.0, "a conversion to int64"),
        (lambda x: x.astype(jnp.bfloat16).astype(float), "a conversion to bfloat16"),
        (lambda x: lax.clamp(x[0], x, x[0] + 1), "known bounds of clamp"),
        (lambda x: lax.sort(x, is_stable=False), "expected a stable order"),
        (lambda x: jnp.ones((3 * 10**6, 2)) @ x, "at most 5000000 terms in a product, got 6000000"),
        (lambda x: x * jnp.inf, "expected finite numbers"),
        (lambda x: lax.dynamic_slice(x, (jnp.argmax(x),), (1,)), "argmax"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_by_name(function, message):
    with pytest.raises(mt.Unsupported, match=message):
        mt.from_jax(function, 2)


def test_what_is_no_function_is_refused():
    with pytest.raises(mt.PiecewiseError, match="a function of one array, got int"):
        mt.from_jax(3, 2)


def test_a_function_that_changes_is_refused_with_the_point():
    calls = []

    def function(x):
        calls.append(None)
        return nn.relu(x) * len(calls)

    with pytest.raises(mt.Unsupported, match="from the function; a hook.*leave it out"):
        mt.from_jax(function, 2)


UNARY = [nn.relu, jnp.abs, lambda x: jnp.clip(x, -1, 1), lambda x: 2 * x - 1, nn.hard_tanh,
         lambda x: jnp.sort(x), lambda x: jnp.where(x > 0, x, -x), lambda x: x[::-1]]  # fmt: skip
BINARY = [jnp.maximum, jnp.minimum, jnp.add, jnp.subtract, jnp.fmax]


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_compositions_agree_at_ties(data):
    inner, outer = (data.draw(st.sampled_from(UNARY)) for _ in range(2))
    join = data.draw(st.sampled_from(BINARY))
    factor = data.draw(st.sampled_from([0, 1, -1]))  # 0 ties everywhere

    def function(x):
        return join(outer(inner(x)), factor * outer(x))

    point = data.draw(st.tuples(*[st.sampled_from([-1, 0, 1])] * 2))
    agree(mt.from_jax(function, 2), function, (2,), [(0, 0), point])
