"""The audit of networks that have too many strata: at points."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from pathlib import Path

import pytest
from test_audit_rounding import audited

import piecewise_mt as mt
from piecewise_mt.calculus.local.rungs import Rung

PLACES = [folder / "shared" / "networks" for folder in Path(__file__).resolve().parents]


def backpropagated(layers):
    """A relu network of float64 rows and biases, and the rows of its Jacobian, 0 at ties."""

    def function(*point):
        values, slopes = list(point), [[float(i == j) for j in range(len(point))]
                                       for i in range(len(point))]  # fmt: skip
        for depth, (rows, bias) in enumerate(layers):
            sums = [sum(w * v for w, v in zip(r, values, strict=True)) + b
                    for r, b in zip(rows, bias, strict=True)]  # fmt: skip
            slopes = [
                [sum(w * s[j] for w, s in zip(r, slopes, strict=True)) for j in range(len(point))]
                for r in rows
            ]
            if depth < len(layers) - 1:
                slopes = [s if v > 0 else [0.0] * len(point)
                          for s, v in zip(slopes, sums, strict=True)]  # fmt: skip
                sums = [max(v, 0.0) for v in sums]
            values = sums
        return values, slopes

    return function


def expression(layers):
    h = mt.vector("x", len(layers[0][0][0]))
    for depth, (rows, bias) in enumerate(layers):
        exact = [[Fraction(w) for w in row] for row in rows]
        h = mt.affine(exact, h, [Fraction(b) for b in bias])
        h = mt.relu(h, at_zero=0) if depth < len(layers) - 1 else h
    return h


@pytest.fixture(scope="module")
def layers():
    draw = random.Random(3)
    sizes = (4, 12, 12, 3)
    return [
        ([[draw.gauss(0, 1) for _ in range(a)] for _ in range(b)], [0.0] * b)
        for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]


def test_a_network_at_points(layers):
    f, function = expression(layers), backpropagated(layers)
    points = [[Fraction(v) for v in p] for p in ([0.3, 0.1, -0.7, 0.9], [1, 2, 3, 4], [0] * 4)]
    report = audited(f, function, points)
    # at 0 all units of the first layer are at their ties, exactly
    assert [v.rung for v in report.verdicts][:2] == [Rung.differentiable] * 2
    assert report.verdicts[2].rung in (Rung.bouligand, Rung.clarke, Rung.autodiff)
    assert "from rounding" not in str(report.failures)


def test_one_wrong_entry_is_found(layers):
    right = backpropagated(layers)

    def wrong(*point):
        values, rows = right(*point)
        rows[1][2] += 1e-10
        return values, rows

    report = audited(expression(layers), wrong, [[Fraction(v) for v in (0.3, 0.1, -0.7, 0.9)]])
    (failure,) = report.failures
    assert "of output 2 by coordinate 3" in failure.message and "from rounding" in failure.message


def read_off(nodes, arrays):
    """The rows and biases of a graph of products, sums and relus."""
    found = []
    for node in nodes:
        own = [arrays[name] for name in node.input if name in arrays]
        if node.op_type == "MatMul":
            left = node.input[0] in arrays
            found.append(own[0] if left else [list(column) for column in zip(*own[0], strict=True)])
        elif node.op_type == "Add":
            found.append(own[0])
    return list(zip(found[::2], found[1::2], strict=True))


def test_acas_xu_at_the_points_of_its_property():
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    folder = next((place for place in PLACES if place.is_dir()), None)
    if folder is None:
        pytest.skip("the network files are not there")
    model = onnx.load(folder / "acasxu_1_7.onnx")
    arrays = {
        a.name: onnx.numpy_helper.to_array(a).astype(float).tolist()
        for a in model.graph.initializer
    }
    network = read_off(model.graph.node, arrays)
    text = (folder / "acasxu_prop_3.vnnlib").read_text(encoding="utf-8")
    ends = {
        (name, int(index)): float(value)
        for name, index, value in re.findall(r"\((<=|>=) X_(\d) ([-\d.e]+)\)", text)
    }
    low, high = ([ends[name, i] for i in range(5)] for name in (">=", "<="))
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    points = [list(map(Fraction, p)) for p in (low, high, middle)]
    f = mt.from_onnx(folder / "acasxu_1_7.onnx", batched=False)
    report = audited(f, backpropagated(network), points)
    assert [v.rung for v in report.verdicts] == [Rung.differentiable] * 3, report
