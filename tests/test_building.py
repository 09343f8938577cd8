"""Building expressions: shapes, operands, nodes, printing, and the passes over the DAG."""

from __future__ import annotations

import copy
import itertools
import keyword
import pickle
import random
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Variable
from piecewise_mt.functions.traversal import topological


def values(root: mt.Expression, point: dict[str, Any]) -> np.ndarray:
    """An evaluator of its own, in numpy object arrays, by the names of the nodes."""
    known: dict[int, list[Any]] = {}
    for node in topological(root):
        v = [x for arg in node.args for x in known[id(arg)]]
        if isinstance(node, Variable):
            out = [Fraction(point[name]) for name in node.names]
        elif isinstance(node, Constant):
            out = list(node.values)
        elif isinstance(node, Linear):
            out = [
                b + sum(c * v[i] for i, c in r) for r, b in zip(node.rows, node.bias, strict=True)
            ]
        elif isinstance(node, Gather):
            out = [v[i] for i in node.indices]
        else:
            assert isinstance(node, Piecewise)
            out = [_unit(node, [v[i] for i in ops]) for _, ops in node.units]
        assert len(out) == node.size
        known[id(node)] = out
    result = np.empty(len(known[id(root)]), dtype=object)
    result[:] = known[id(root)]
    return result.reshape(root.shape)


def _unit(node: Piecewise, ops: list[Fraction]) -> Fraction:
    name = node.name
    if name == "max" or name.startswith("maxpool"):
        return max(ops)
    if name == "min":
        return min(ops)
    if name == "relu":
        return max(ops[0], Fraction(0))
    if name == "abs":
        return abs(ops[0])
    assert name == "where"
    lhs, rhs, a, b = ops
    op = node.arguments[0]
    holds = {"<": lhs < rhs, "<=": lhs <= rhs, ">": lhs > rhs, ">=": lhs >= rhs}[op]
    return a if holds else b


def random_array(rng: random.Random, shape: tuple[int, ...], nonzero: bool = False) -> np.ndarray:
    choices = [k for k in range(-5, 6) if k or not nonzero]
    array = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        array[index] = rng.choice(choices)
    return array


def leaf(rng: random.Random, name: str, shape: tuple[int, ...]) -> tuple[Any, np.ndarray, dict]:
    x = mt.tensor(name, shape)
    array = random_array(rng, shape)
    return x, array, dict(zip(x.names, array.ravel().tolist(), strict=True))


def same(actual: mt.Expression, expected: Any, point: dict[str, Any]) -> None:
    expected = np.array(expected, dtype=object)
    assert actual.shape == expected.shape
    assert (values(actual, point) == expected).all()


SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (2, 1, 3), (4, 2, 3), (1, 1, 1), (0,), (0, 3)]
OPERATORS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
]


# -- broadcasting and operands -------------------------------------------------------------


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("shapes", itertools.product(SHAPES, SHAPES))
def test_arithmetic_broadcasts_as_numpy(operator: Any, shapes: Any) -> None:
    rng = random.Random(str(shapes))
    x, array, point = leaf(rng, "x", shapes[0])
    other = random_array(rng, shapes[1])
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        for call in (lambda: operator(x, other), lambda: operator(other, x)):
            with pytest.raises(mt.ShapeError, match="broadcast"):
                call()
        return
    same(operator(x, other), operator(array, other), point)
    same(operator(other, x), operator(other, array), point)
    if other.size:
        same(operator(x, other.tolist()), operator(array, other), point)
        same(operator(other.tolist(), x), operator(other, array), point)


@pytest.mark.parametrize("shapes", itertools.product(SHAPES[:8], SHAPES[:8]))
def test_two_expressions_broadcast_as_numpy(shapes: Any) -> None:
    rng = random.Random(str(shapes))
    x, a, point = leaf(rng, "x", shapes[0])
    y, b, more = leaf(rng, "y", shapes[1])
    point |= more
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(mt.ShapeError):
            mt.maximum(x, y)
        return
    same(x + y, a + b, point)
    same(x - y, a - b, point)
    same(mt.maximum(x, y), np.maximum(a, b), point)
    same(mt.minimum(x, y), np.minimum(a, b), point)
    same(mt.where(x > y, x, 2), np.where(np.array(a > b, dtype=bool), a, 2), point)
    same(mt.where(x <= y, y, x), np.where(np.array(a <= b, dtype=bool), b, a), point)


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)),
        ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 2)),
        ((0, 3), (3,)), ((2, 0), (0,)),
    ],
)  # fmt: skip
def test_matmul_as_numpy(shapes: Any) -> None:
    rng = random.Random(str(shapes))
    x, a, point = leaf(rng, "x", shapes[0])
    b = random_array(rng, shapes[1])
    expected = np.matmul(a.astype(int), b.astype(int))
    same(x @ b, expected, point)
    y, c, point = leaf(rng, "y", shapes[1])
    b = random_array(rng, shapes[0])
    same(b @ y, np.matmul(b.astype(int), c.astype(int)), point)


def test_matmul_of_lists_and_matrices_on_both_sides() -> None:
    x = mt.vector("x", 2)
    point = {"x1": 5, "x2": -7}
    rows = [[1, 2], [3, Fraction(1, 2)]]
    expected = [1 * 5 - 14, 15 - Fraction(7, 2)]
    for W in (rows, np.array(rows, dtype=object), sympy.Matrix(rows), sympy.ImmutableMatrix(rows)):
        same(W @ x, expected, point)
        same(mt.affine(W, x), expected, point)
        same(x @ W, [5 - 21, 10 - Fraction(7, 2)], point)


@pytest.mark.parametrize("shapes", [((), (3,)), ((2,), (3,)), ((2, 3), (2,)), ((3,), ())])
def test_matmul_shape_errors(shapes: Any) -> None:
    with pytest.raises(mt.ShapeError):
        mt.tensor("x", shapes[0]) @ random_array(random.Random(0), shapes[1])


@pytest.mark.parametrize(
    "number",
    [2, Fraction(2), sympy.Integer(2), sympy.Rational(4, 2), "2", "2.0", Decimal("2.0"),
     np.int64(2), np.int8(2), np.array(2)],
)  # fmt: skip
def test_numbers_on_both_sides(number: Any) -> None:
    x, point = mt.variable("x"), {"x": 7}
    for actual, expected in [
        (x + number, 9), (number + x, 9), (x - number, 5), (number - x, -5),
        (x * number, 14), (number * x, 14), (x / number, Fraction(7, 2)),
    ]:  # fmt: skip
        same(actual, expected, point)
    for comparison, op in [
        (x > number, ">"), (number > x, "<"), (x <= number, "<="), (number >= x, "<="),
    ]:  # fmt: skip
        assert isinstance(comparison, mt.Comparison)
        assert comparison.op == op and comparison.lhs is x


def test_sympy_column_is_a_vector_beside_one_dimension() -> None:
    x, b = mt.vector("x", 2), sympy.Matrix([3, "1/2"])
    point = {"x1": 1, "x2": 2}
    expected = [4, Fraction(5, 2)]
    for f in (x + b, b + x, mt.affine(sympy.eye(2), x, b), sympy.eye(2) @ x + b):
        same(f, expected, point)
    same(mt.maximum(b, x), [3, 2], point)
    assert (mt.variable("t") + b).shape == (2, 1)
    assert (mt.tensor("y", (2, 1)) + b).shape == (2, 1)


def test_star_with_a_sympy_matrix_is_refused_as_ambiguous() -> None:
    x = mt.vector("x", 2)
    for call in (lambda: sympy.eye(2) * x, lambda: x * sympy.eye(2)):
        with pytest.raises(mt.ShapeError, match="@"):
            call()
    same(mt.variable("x1") * sympy.eye(2), [[3, 0], [0, 3]], {"x1": 3})
    same(sympy.eye(2) * mt.variable("x1"), [[3, 0], [0, 3]], {"x1": 3})


@pytest.mark.parametrize(
    "number", [0.5, np.float64(0.5), np.array([0.5]), [1, 0.5], sympy.Float("0.5"), float("nan")]
)
def test_floats_are_refused(number: Any) -> None:
    x = mt.vector("x", 1)
    for call in (
        lambda: x + number, lambda: number + x, lambda: x * number, lambda: number * x,
        lambda: x - number, lambda: x / number, lambda: number > x, lambda: mt.maximum(x, number),
    ):  # fmt: skip
        with pytest.raises(mt.InexactNumber):
            call()
    same(x + mt.exact(0.5), [Fraction(3, 2)], {"x1": 1})


def test_products_powers_and_quotients_are_smooth_nodes() -> None:
    x, y = mt.variables("x y")
    at = {"x": 3, "y": 2}
    for f, value in (
        (x * y, 6), (x / y, Fraction(3, 2)), (x**2, 9), (x**-1, Fraction(1, 3)), (x**0, 1),
        (mt.stack([x, y]) @ mt.stack([x, y]), 13), (mt.affine([[x, 1]], mt.stack([x, y])), [11]),
        (y * x - x * y, 0),
    ):  # fmt: skip
        found = f.value({v: at[v.name] for v in f.variables})
        assert found == (sympy.Matrix(value) if f.shape else sympy.Rational(value))
    assert (1 / x).value((3,)) == sympy.Rational(1, 3) and (2**x).value((3,)) == 8
    assert x**1 is x
    for call in (lambda: x**y, lambda: 0**x, lambda: (-2) ** x):
        with pytest.raises(mt.Unsupported, match="exponent"):
            call()
    with pytest.raises(mt.Unsupported, match="a"):
        sympy.Symbol("a") * x
    for zero in (0, "0", [1, 0]):
        with pytest.raises(mt.PiecewiseError, match="zero"):
            x / zero
    # an expression without variables is a number
    two = mt.stack([x, 2])[1] * 1 + 0
    same(two * y, 6, {"y": 3})
    same(y / two, Fraction(3, 2), {"y": 3})


def test_builtins_and_unary() -> None:
    x, y = mt.variables("x y")
    point = {"x": -3, "y": 5}
    same(sum([x, y]), 2, point)
    same(-x, 3, point)
    same(abs(x), 3, point)
    assert +x is x
    with pytest.raises(mt.PiecewiseError, match=r"mt\.where.*mt\.max"):
        max(x, y)
    with pytest.raises(mt.PiecewiseError, match=r"mt\.where"):
        bool(0 < x < 1)
    both = (x > 0) & ~(y <= 0)
    assert repr(both) == "(x > 0) & (y > 0)" and repr(~both) == "(x <= 0) | (y <= 0)"
    with pytest.raises(mt.PiecewiseError, match="join conditions with &"):
        both and y


# -- variables -------------------------------------------------------------------------------


def test_variables() -> None:
    def names(text: Any) -> list[str]:
        return [v.name for v in mt.variables(text)]

    assert names("x1 x2") == names("x1, x2") == names("x1,x2") == names("x1:3") == ["x1", "x2"]
    assert names("x:3") == ["x0", "x1", "x2"]
    assert names("a x8:11 b") == ["a", "x8", "x9", "x10", "b"]
    assert names(["u", "v"]) == ["u", "v"]
    assert isinstance(mt.variables("t"), tuple)
    assert mt.variable("t") == mt.variable("t") and hash(mt.variable("t")) == hash(mt.variable("t"))
    assert mt.variable("t") != mt.variable("s") and mt.variable("t") != "t"
    assert mt.vector("x", 4)[0] == mt.variable("x1") == mt.tensor("x", (1, 2, 2))[0, 0, 0]
    assert mt.vector("x", 4) == mt.vector("x", 4) != mt.tensor("x", (2, 2))
    assert mt.tensor("x", (2, 2))[1, 0] == mt.variable("x3")
    assert mt.vector("x1", 2).names == ("x1_1", "x1_2")
    assert mt.tensor("x", ()) == mt.variable("x")


@pytest.mark.parametrize(
    "text", ["", " ", "x x", "1x", "x-y", "if", "x:0", "x1:1", "x:10000000", "x:" + "9" * 5000,
             "a:c", "x()", None, 3, "x.y", "__import__('os')"],
)  # fmt: skip
def test_bad_names(text: Any) -> None:
    with pytest.raises(mt.PiecewiseError):
        mt.variables(text)


@pytest.mark.parametrize("word", keyword.kwlist)
def test_keywords_are_no_names(word: str) -> None:
    with pytest.raises(mt.PiecewiseError, match="keyword"):
        mt.variable(word)


@pytest.mark.parametrize("shape", [-1, 2.0, "3", True, (2, -2), 10**9, (10**4, 10**4)])
def test_bad_shapes(shape: Any) -> None:
    with pytest.raises(mt.ShapeError):
        mt.tensor("x", shape)


def test_order_of_variables() -> None:
    x2, x10, a = mt.variables("x2 x10 a")
    f = mt.max(x10, x2) + mt.relu(a)
    assert f.variables == (a, x2, x10)
    assert [s.name for s in f.symbols] == ["a", "x2", "x10"] and all(s.is_real for s in f.symbols)
    v = mt.vector("x", 11)
    assert mt.relu(v[:1]).variables == tuple(v)  # a vector leaf brings all its entries
    assert mt.relu(v[0]).variables == (mt.variable("x1"),)


def test_on() -> None:
    x, y, z = mt.variables("x y z")
    f = mt.max(x, y)
    assert f.on(z, y, x).variables == (z, y, x) and f.variables == (x, y)
    assert f.on("y x").variables == f.on("y", sympy.Symbol("x")).variables == (y, x)
    assert f.on(mt.stack([y, x])).variables == f.on([y, x]).variables == (y, x)
    assert f.on(z, y, x).on(x, y).variables == (x, y)
    assert (f.on(z, y, x) + 1).variables == (x, y, z)
    assert f.on(y, x).args == f.args and x.on(x, y) == x
    for wrong, word in [((x,), "y"), ((x, y, x), "more than once"), ((x, y, x + 1), "expression")]:
        with pytest.raises(mt.UnknownVariable, match=word):
            f.on(*wrong)
    with pytest.raises(mt.UnknownVariable):
        f.on(3)


# -- indexing --------------------------------------------------------------------------------

KEYS: list[Any] = [
    0, -1, slice(None), slice(1, None), slice(None, None, -1), slice(5, 1), None, ..., (), (0, 1),
    (..., 0), (0, ...), (slice(None), -1), (None, 0), (0, None, ..., None), (1, 2, 3), (..., 1, 2),
    (slice(None, None, 2), slice(1, 2), slice(-1, None)), [0, 1, 1], (slice(None), [2, 0]),
    np.int64(1), np.array([1, 0]), (0, 0, 0), (1, ..., slice(None, None, -2)),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_as_numpy(key: Any) -> None:
    x, array, point = leaf(random.Random(1), "x", (2, 3, 4))
    same(x[key], array[key], point)
    same(mt.relu(x)[key], np.maximum(array, 0)[key], point)


@pytest.mark.parametrize(
    "key", [2, -3, (0, 0, 0, 0), 1.0, "a", True, (..., ...), ([0], [1]), (0, [1]),
            slice(None, None, 0), slice(0.5, 1), [5]], ids=str,
)  # fmt: skip
def test_bad_indices(key: Any) -> None:
    with pytest.raises(mt.ShapeError):
        mt.tensor("x", (2, 3, 4))[key]


def test_entries_of_arrays_are_the_scalars_themselves() -> None:
    x1, x2 = mt.variables("x1 x2")
    f = mt.max(x1, x2)
    stacked = mt.stack([f, x1])
    assert stacked[0] is f and stacked[1] is x1 and list(stacked)[0] is f
    assert stacked[::-1].reshape(1, 2)[0, 1] is f
    assert mt.vector("x", 3)[1:][0] == x2
    assert len(stacked) == 2 and x1 in stacked and x2 not in stacked
    with pytest.raises(TypeError):
        len(f)
    with pytest.raises(TypeError):
        iter(f)
    with pytest.raises(mt.ShapeError):
        f[0]


def test_reshape_transpose() -> None:
    x, array, point = leaf(random.Random(2), "x", (2, 3, 4))
    same(x.T, array.T, point)
    for shape in [(-1,), (6, 4), (4, -1), (2, 3, 4, 1)]:
        same(x.reshape(shape), array.reshape(shape), point)
        same(x.reshape(*shape), array.reshape(shape), point)
    same(x.ravel(), array.ravel(), point)
    same(x.flatten(), array.ravel(), point)
    assert mt.vector("x", 0).ravel().shape == (0,)
    for bad in [(5,), (-1, -1), (-1, 5), (-2, 12), (2.0, 12), (0, -1)]:
        with pytest.raises(mt.ShapeError):
            x.reshape(bad)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_stack_and_concat_as_numpy(axis: int) -> None:
    rng = random.Random(3)
    x, a, point = leaf(rng, "x", (2, 3))
    y, b, more = leaf(rng, "y", (2, 3))
    same(mt.stack([x, y, b], axis=axis), np.stack([a, b, b], axis=axis), point | more)
    if axis in (0, 1, -1):
        c = random_array(rng, (2, 3))
        same(mt.concat([x, y, c], axis=axis), np.concatenate([a, b, c], axis=axis), point | more)
        wide = random_array(rng, tuple(5 if i == axis % 2 else n for i, n in enumerate((2, 3))))
        same(mt.concat([x, wide], axis), np.concatenate([a, wide], axis), point)


def test_stack_and_concat_errors() -> None:
    x, y = mt.vector("x", 2), mt.vector("y", 3)
    for call in (
        lambda: mt.stack([]), lambda: mt.stack([x, y]), lambda: mt.stack([x], axis=2),
        lambda: mt.stack(3), lambda: mt.concat([]), lambda: mt.concat([x[0]]),
        lambda: mt.concat([x, y[None]]), lambda: mt.concat([x[None], y[None]]),
    ):  # fmt: skip
        with pytest.raises(mt.ShapeError):
            call()
    same(mt.max([[x[0], 1], [2, x[1]]], axis=0), [3, 4], {"x1": 3, "x2": 4})
    same(np.array([[1, 2]]) @ np.array([x[0], x[1]]) + 0 * x[:1], [11], {"x1": 3, "x2": 4})


# -- nonsmooth nodes ---------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, (0, 2), (2, 0), (0, 1, 2), ()], ids=str)
def test_max_and_min_reduce_as_numpy(axis: Any) -> None:
    x, array, point = leaf(random.Random(4), "x", (2, 3, 4))
    same(mt.max(x, axis=axis), np.max(array.astype(int), axis=axis), point)
    same(mt.min(x, axis=axis), np.min(array.astype(int), axis=axis), point)


def test_operands_stay_row_major() -> None:
    node = mt.max(mt.tensor("x", (2, 2, 2)), axis=(2, 0))
    assert isinstance(node, Piecewise)
    assert [operands for _, operands in node.units] == [(0, 1, 4, 5), (2, 3, 6, 7)]


def test_nothing_is_simplified() -> None:
    x = mt.variable("x")
    node = mt.max(x, x)
    assert isinstance(node, Piecewise) and node.args == (x, x) and node.units[0][1] == (0, 1)
    assert str(mt.max(mt.max(x, 1), 1)) == "max(max(x, 1), 1)"
    assert len(topological(mt.relu(mt.relu(x)))) == 3
    assert mt.max(x).units[0][0].arity == 1
    assert str(x - x) == "x - x" and str(0 * x) == "0*x" and (0 * x).variables == (x,)


def test_max_errors() -> None:
    x, s = mt.vector("x", 2), mt.variable("s")
    for call in (
        lambda: mt.max(), lambda: mt.max([]), lambda: mt.max(x[:0]), lambda: mt.max(x, x),
        lambda: mt.max(x, 1), lambda: mt.max(s, 1, axis=0), lambda: mt.max(x, axis=1),
        lambda: mt.max(s, axis=0), lambda: mt.max(x[None], axis=(0, -2)),
        lambda: mt.max(mt.tensor("x", (2, 0)), axis=0), lambda: mt.max(mt.tensor("x", (2, 0)), axis=1),
    ):  # fmt: skip
        with pytest.raises(mt.ShapeError):
            call()
    for ties in ("frist", [1], [1, 0], [1, 2, 3], 3, {frozenset({0, 1}): [1, 1]}, {}):
        with pytest.raises(mt.InvalidTieRule):
            mt.max(x, ties=ties)
    for wrong in ({s}, {"a": 1}, None, object(), s > 0):
        with pytest.raises(mt.PiecewiseError):
            mt.max(s, wrong)


def test_where_and_one_variable_errors() -> None:
    s = mt.variable("s")
    for condition in (True, s == 0, s, None, "s"):
        with pytest.raises(mt.PiecewiseError, match="expected a (condition|comparison)"):
            mt.where(condition, s, s)
    for call in (
        lambda: mt.clip(s, None, None), lambda: mt.clip(s, 1, 1), lambda: mt.clip(s, 2, 1),
        lambda: mt.clip(s, 0.5, 1), lambda: mt.leaky_relu(s, 0.1), lambda: mt.relu(s, at_zero="x"),
        lambda: mt.piecewise_linear(s, [0], [1]), lambda: mt.piecewise_linear(s, [1, 0], [1, 2, 3]),
        lambda: mt.piecewise_linear(s, [0], [1, 2], at=3),
    ):  # fmt: skip
        with pytest.raises(mt.PiecewiseError):
            call()


def brute_windows(length: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> list[list[int]]:
    """Windows counted one by one on the padded signal, rather than by the formula."""
    result, start = [], -p
    while True:
        last = start + d * (k - 1)
        fits = last <= length - 1 + p
        # in ceil mode a window may run over by less than a stride, if it starts inside
        runs_over = ceil_mode and last - s < length - 1 + p and start < length
        if not fits and not runs_over:
            return result
        result.append([i for i in range(start, last + 1, d) if 0 <= i < length])
        start += s


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("p", [0, 1])
@pytest.mark.parametrize("s", [None, 1, 2, 3])
@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("length", [5, 6, 7, 8])
def test_maxpool1d_windows(
    length: int, k: int, s: int | None, p: int, d: int, ceil_mode: bool
) -> None:
    node = mt.maxpool1d(mt.tensor("x", (2, length)), k, s, p, d, ceil_mode)
    windows = brute_windows(length, k, s or k, p, d, ceil_mode)
    assert isinstance(node, Piecewise) and node.shape == (2, len(windows))
    expected = [tuple(c * length + i for i in window) for c in range(2) for window in windows]
    assert [operands for _, operands in node.units] == expected
    assert all(atom.arity == len(operands) for atom, operands in node.units)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {"kernel": 2},
        {"kernel": 3, "stride": 2, "padding": 1},
        {"kernel": (2, 3), "stride": (1, 2)},
        {"kernel": (3, 2), "stride": 2, "padding": (1, 0), "dilation": (1, 2)},
        {"kernel": 2, "stride": 3},
    ],
    ids=str,
)
def test_maxpool2d_windows(options: dict[str, Any], ceil_mode: bool) -> None:
    height, width = 6, 7
    node = mt.maxpool2d(mt.tensor("x", (2, height, width)), **options, ceil_mode=ceil_mode)

    def pair(value: Any) -> tuple[int, int]:
        return value if isinstance(value, tuple) else (value, value)

    kernel = pair(options["kernel"])
    stride = pair(options.get("stride", kernel))
    padding, dilation = pair(options.get("padding", 0)), pair(options.get("dilation", 1))
    rows, columns = (
        brute_windows(n, kernel[i], stride[i], padding[i], dilation[i], ceil_mode)
        for i, n in enumerate((height, width))
    )
    assert isinstance(node, Piecewise) and node.shape == (2, len(rows), len(columns))
    assert [operands for _, operands in node.units] == [
        tuple((c * height + i) * width + j for i in r for j in s)
        for c in range(2) for r in rows for s in columns
    ]  # fmt: skip


def test_maxpool_ties_in_the_padding() -> None:
    x = mt.tensor("x", (1, 3))
    node = mt.maxpool1d(x, 3, 1, 1, ties=[1, 2, 3])
    assert isinstance(node, Piecewise)
    assert [atom.rule.given for atom, _ in node.units] == [(2, 3), (1, 2, 3), (1, 2)]
    table = {
        frozenset({0, 1}): ["1/4", "3/4"], frozenset({0, 2}): ["1/2", "1/2"],
        frozenset({1, 2}): ["1/3", "2/3"], frozenset({0, 1, 2}): ["1/2", "1/4", "1/4"],
    }  # fmt: skip
    node = mt.maxpool1d(x, 3, 1, 1, ties=table)
    assert [atom.rule.table[(0, 1)] for atom, _ in node.units] == [
        (Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 4), Fraction(3, 4)),
        (Fraction(1, 4), Fraction(3, 4)),
    ]  # fmt: skip
    with pytest.raises(mt.InvalidTieRule):
        mt.maxpool1d(x, 3, 1, 1, ties=[1, 2])


def test_maxpool_errors() -> None:
    x, image = mt.tensor("x", (1, 4)), mt.tensor("x", (1, 4, 4))
    for call in (
        lambda: mt.maxpool1d(x[0], 2), lambda: mt.maxpool1d(image, 2), lambda: mt.maxpool2d(x, 2),
        lambda: mt.maxpool2d(image[None], 2), lambda: mt.maxpool1d(x, 5), lambda: mt.maxpool1d(x, 0),
        lambda: mt.maxpool1d(x, 2, 0), lambda: mt.maxpool1d(x, 2, padding=2),
        lambda: mt.maxpool1d(x, 2, padding=-1), lambda: mt.maxpool1d(x, 3, padding=2),
        lambda: mt.maxpool1d(x, 2.0), lambda: mt.maxpool2d(image, (2, 2, 2)),
        lambda: mt.maxpool1d(x[:, :1], 2, padding=1, dilation=2), lambda: mt.maxpool1d(x[:, :0], 1),
    ):  # fmt: skip
        with pytest.raises(mt.ShapeError):
            call()


def test_maxpool_as_torch() -> None:
    torch = pytest.importorskip("torch")
    array = torch.randint(-9, 9, (2, 7, 8)).float()
    x = mt.tensor("x", (2, 7, 8))
    point = dict(zip(x.names, map(int, array.flatten().tolist()), strict=True))
    for k, s, p, d, c in itertools.product([2, 3], [1, 2, 3], [0, 1], [1, 2], [False, True]):
        expected = torch.nn.functional.max_pool2d(array, k, s, p, d, c)
        same(mt.maxpool2d(x, k, s, p, d, c), expected.int().tolist(), point)


# -- substitution ------------------------------------------------------------------------------


def test_subs_is_simultaneous() -> None:
    x, y = mt.variables("x y")
    f = mt.max(x, 2 * y)
    assert str(f.subs({x: y, y: x})) == "max(y, 2*x)"
    assert str(f.subs({"x": 1})) == "max(1, 2*y)"
    assert str(f.subs({sympy.Symbol("y"): mt.relu(x)})) == "max(x, 2*relu(x))"
    assert f.subs({"absent": 1}) is f
    for bad in ({x: mt.vector("v", 2)}, {x: 0.5}, {x + y: 1}, 3, {x: 1, "x": 2}):
        with pytest.raises(mt.PiecewiseError):
            f.subs(bad)


def test_subs_in_vectors() -> None:
    x = mt.vector("x", 3)
    y = mt.vector("y", 3)
    f = mt.max(mt.relu(x))
    g = f.subs({"x2": y[0]})
    assert str(g) == "max(relu(x1), relu(y1), relu(x3))"
    assert [v.name for v in g.variables] == ["x1", "x3", "y1"]
    assert f.subs({x: y}).args[0].args[0] is y
    assert str(f.subs({x: x[::-1]})) == "max(relu(x3), relu(x2), relu(x1))"


def test_composition() -> None:
    x1, x2, x10 = mt.variables("x1 x2 x10")
    f = mt.max(x10, 2 * x2) - x1
    assert str(f(7, 8, 9)) == "max(9, 16) - 7"
    assert str(f.on("x10 x2 x1")(7, 8, 9)) == "max(7, 16) - 9"
    v = mt.vector("v", 2)
    assert str(f(v, 1)) == str(f([v[0], v[1]], 1)) == "max(1, 2*v2) - v1"
    assert f.on("x10 x2 x1")(1, x2, x10).variables == (x2, x10)
    for wrong in ((), (1, 2), (1, 2, 3, 4), (v, v)):
        with pytest.raises(mt.ShapeError):
            f(*wrong)
    shared = mt.relu(x1)
    assert len(topological(mt.max(shared, shared)(x2 + 1))) == 4


def test_spaces_through_substitution() -> None:
    x, y, z = mt.variables("x y z")
    f = mt.relu(x).on(y, x)
    assert f.subs({x: z + 1}).variables == (y, z)
    assert f.subs({y: 1}).variables == (x,)
    assert f(1, z).variables == (z,)


# -- depth, sharing, pickling ------------------------------------------------------------------


def deep(n: int = 5000) -> mt.Expression:
    f: mt.Expression = mt.variable("x")
    for _ in range(n):
        f = mt.relu(f + 1)
    return f


def doubled(n: int = 200) -> mt.Expression:
    f: mt.Expression = mt.variable("x")
    for _ in range(n):
        f = mt.max(f, f)
    return f


@pytest.mark.parametrize("make", [deep, doubled])
def test_depth_and_sharing(make: Callable[[], mt.Expression]) -> None:
    f = make()
    count = len(topological(f))
    assert len(topological(pickle.loads(pickle.dumps(f)))) == count
    assert str(pickle.loads(pickle.dumps(f))) == str(f)
    assert copy.deepcopy(f) is f and copy.copy(f) is f
    y = mt.variable("y")
    assert len(topological(f.subs({"x": y}))) == len(topological(f(y))) == count
    assert f.subs({"x": y}).variables == (y,) and f.variables == (mt.variable("x"),)
    assert len(repr(f)) <= 2000 and repr(f).endswith("…")
    assert f.graph().number_of_nodes() == count
    assert sys.getrecursionlimit() < 5000


def test_str_is_complete() -> None:
    assert str(deep()).count("relu(") == 5000
    text = str(doubled())
    assert text.startswith("max(%199, %199)\nwhere %1 = max(x, x),\n      %2 = max(%1, %1),")
    assert text.endswith("%199 = max(%198, %198)")
    assert str(doubled(2)) == "max(max(x, x), max(x, x))"


def test_pickle_keeps_space_shape_and_leaves() -> None:
    f = mt.maxpool1d(mt.tensor("x", (1, 4)) * 2 + 1, 2, ties="first")[0].on("x4 x3 x2 x1")
    g = pickle.loads(pickle.dumps(f))
    assert g.variables == f.variables and g.shape == f.shape and str(g) == str(f)
    x = mt.vector("x", 3)
    assert pickle.loads(pickle.dumps(x)) == x
    c = pickle.loads(pickle.dumps(x > 1))
    assert c.op == ">" and str(c.lhs) == str(x)


def test_nodes_are_immutable_and_compare_by_identity() -> None:
    x = mt.variable("x")
    f = mt.relu(x)
    for name in ("args", "shape", "name", "new"):
        with pytest.raises(AttributeError):
            setattr(f, name, 1)
    with pytest.raises(AttributeError):
        (x > 0).op = "<"
    with pytest.raises(AttributeError):
        del f.args
    assert f != mt.relu(x) and f == f and len({f, mt.relu(x), x, mt.variable("x")}) == 3
    assert mt.Expression.__array_ufunc__ is None
    assert f.with_args([mt.variable("y")]).args[0].name == "y"
    with pytest.raises(mt.ShapeError):
        f.with_args([mt.vector("x", 2)])


def test_topological_is_left_to_right_postorder() -> None:
    x, y = mt.variables("x y")
    a, b = mt.relu(y), mt.abs(x)
    assert topological(mt.max(a, b, a))[:4] == [y, a, x, b]


def test_graph() -> None:
    x = mt.vector("x", 3)
    graph = mt.max(mt.relu(x, at_zero=0), ties="first").graph()
    assert [graph.nodes[i]["type"] for i in graph] == ["Variable", "Piecewise", "Piecewise"]
    assert graph.nodes[1]["label"] == "relu (at_zero=0)" and graph.nodes[1]["shape"] == (3,)
    assert list(graph.edges) == [(0, 1), (1, 2)]


# -- printing ------------------------------------------------------------------------------------

PRINTED = [
    "max(y1, y2) - relu(y1)", "2*y1 - y2 + 1/2", "where(y1 > y2, y1, y2)", "1 - y1", "-y1",
    "-(2*y1)", "y1 - (y2 + 1)", "y1/2", "3/2*y1", "2*(y1 + y2)", "relu(y1, at_zero=0)",
    "max(y1, y2, 0, ties=first)", "abs(y1) + (-y2)", "min(y1, -1)", "y1 + y2 + 0*y1",
    "leaky_relu(y1, 1/10)", "clip(y1, 0, 6, at_edges=1/2)", "y1 - (y2 - y1)", "-(y1 - y2)",
    "where(y1 <= 0, -y1, y1)", "max(-1/2, y1, ties=average)", "-(-y1)",
]  # fmt: skip


@pytest.mark.parametrize("text", PRINTED)
def test_text_round_trips_through_the_grammar(text: str) -> None:
    assert str(mt.parse(text)) == text


def test_printed_arrays() -> None:
    x = mt.vector("x", 2)
    assert str(x) == "stack([x1, x2])" and repr(x[0]) == "x1"
    assert str(mt.affine([[2, -1], [0, 0]], x, ["1/2", 3])) == "stack([2*x1 - x2 + 1/2, 3])"
    assert str(mt.tensor("x", (2, 2))) == "stack([[x1, x2], [x3, x4]])"
    assert str(x > [0, 1]) == "stack([x1, x2]) > stack([0, 1])"
    assert str(mt.max(mt.relu(x))) == "max(relu(x1), relu(x2))"
    assert str(x[:0]) == "stack([]) of shape (0,)"
    big = np.ones((400, 400), dtype=int) @ mt.vector("x", 400)
    assert repr(big) == "<expression of shape (400,) in 400 variables, 2 nodes>"
    huge = mt.variable("x") + 10**5000
    assert "0x" in repr(huge)


def test_printed_parameters() -> None:
    s = mt.variable("s")
    for f, text in [
        (mt.piecewise_linear(s, [0, 1], [0, 1, 0]), "piecewise_linear(s, [0, 1], [0, 1, 0])"),
        (
            mt.piecewise_linear(s, [0], ["1/2", 1], at=(0, 3), at_breaks=[1]),
            "piecewise_linear(s, [0], [1/2, 1], at=(0, 3), at_breaks=[1])",
        ),
        (mt.clip(s, None, 3), "clip(s, None, 3)"),
        (mt.max(s, 1, ties=mt.mix(10)), "max(s, 1, ties=mix(10))"),
        (mt.max(s, 1, ties=[1, 2]), "max(s, 1, ties=[1, 2])"),
        (mt.relu(s, at_zero=sympy.Symbol("c")), "relu(s, at_zero=c)"),
    ]:
        assert str(f) == text


def test_importing_the_functions_loads_no_numpy() -> None:
    import subprocess

    code = (
        "import sys; import piecewise_mt as mt; mt.vector('x', 3)[::-1] + 1; "
        "print([m for m in ('numpy', 'networkx', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_errors_are_the_fitting_built_in_ones_too() -> None:
    s = mt.variable("s")
    for call, builtin in (
        (lambda: s.value((0.5,)), TypeError),
        (lambda: mt.vector("v", 3).reshape(2), ValueError),
        (lambda: s.represent("t > 0"), LookupError),
        (lambda: mt.relu(mt.exp(s) - 2).represent(), ValueError),
        (lambda: mt.from_sympy(sympy.Heaviside(sympy.Symbol("s"))), NotImplementedError),
        (lambda: mt.where(s > 0, 1, 0).represent(), ValueError),
        (lambda: mt.relu(s).represent(max_pieces=1), RuntimeError),
        (lambda: mt.parse("relu("), ValueError),
    ):
        with pytest.raises(builtin) as caught:
            call()
        assert isinstance(caught.value, mt.PiecewiseError)
