"""A function as data and back: the same data, values and gradients, names of z included."""

from __future__ import annotations

import json
import random

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.functions.function_data import function_data, function_from_data

w, x, y = mt.variables("w x y")
b = sympy.Symbol("b")
SETS = {
    frozenset({0, 1}): (b, 1 - b),
    frozenset({0, 2}): (1, 0),
    frozenset({1, 2}): ("1/3", "2/3"),
    frozenset({0, 1, 2}): (b, b, 1 - 2 * b),
}
FUNCTIONS = [
    mt.relu(x) - mt.max(x, y) + mt.abs(y, at_zero="1/2"),
    mt.max(x, y, w, ties=SETS),
    mt.max(x, y, w, ties=[1, 2, 3]),
    mt.sort(mt.stack([x, y, w])),
    mt.median(mt.stack([x, y, w]), ties="average"),
    mt.exp(mt.relu(x)) * y,
    mt.where(x > y, x, y),
    mt.min(x, y, ties=mt.mix(b)),
    mt.clip(x, -1, "1/2"),
    mt.leaky_relu(x, "1/10", at_zero=b),
    mt.maxpool2d(mt.tensor("t", (1, 3, 3)), 2, stride=1, ties="last"),
    mt.apply(mt.max(x, y, ties="first").represent(), x + 1, 2 * y),
    mt.relu(x).on("y", "x"),
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_data_and_back(f):
    text = json.dumps(function_data(f))
    again = function_from_data(json.loads(text))
    assert json.dumps(function_data(again)) == text
    assert [v.name for v in again.variables] == [v.name for v in f.variables]
    for point in ([0] * len(f.variables), [(-1) ** i * i for i in range(len(f.variables))]):
        assert again.value(point) == f.value(point)
        assert again.gradient(point) == f.gradient(point)


def test_nodes_stay_shared():
    f = x
    for _ in range(60):
        f = mt.relu(f) + f
    data = function_data(f)
    assert len(data["nodes"]) == 121
    assert len(function_data(function_from_data(data))["nodes"]) == 121


def _places(data, path=()):
    yield path
    if isinstance(data, dict):
        for key in data:
            yield from _places(data[key], (*path, key))
    elif isinstance(data, list):
        for i in range(len(data)):
            yield from _places(data[i], (*path, i))


def _changed(data, path, value):
    data = json.loads(json.dumps(data))
    if not path:
        return value
    own = data
    for step in path[:-1]:
        own = own[step]
    own[path[-1]] = value
    return data


def test_any_other_data_is_refused_in_one_sentence():
    # brute force: every place of the data of every function, with values of other types
    rng = random.Random(0)
    for f in FUNCTIONS:
        data = function_data(f)
        for path in _places(data):
            for value in rng.sample([None, True, -1, 10**30, 0.5, "", "x", [], {}, [[]], "1/0"], 3):
                try:
                    function_from_data(_changed(data, path, value))
                except mt.PiecewiseError as error:
                    assert len(str(error)) < 500
