"""Values and Jacobians that torch 2.13 returned at tie points (tests/data/torch_samples.json).

The file was recorded in float64 at points where every intermediate value is exact, so the
numbers are compared as fractions. The networks are built with PyTorch's own names.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.conventions import pytorch

DATA = json.loads((Path(__file__).parent / "data" / "torch_samples.json").read_text())
NETWORKS = DATA["networks"]


def apply(layer, h):
    kind = layer["type"]
    pool = {key: layer[key] for key in ("stride", "padding", "dilation") if key in layer}
    return {
        "Linear": lambda: pytorch.linear(h, layer["W"], layer["b"]),
        "ReLU": lambda: pytorch.relu(h),
        "LeakyReLU": lambda: pytorch.leaky_relu(h, layer["slope"]),
        "Abs": lambda: pytorch.abs(h),
        "Hardtanh": lambda: pytorch.hardtanh(h, layer["lo"], layer["hi"]),
        "Clamp": lambda: pytorch.clamp(h, layer["lo"], layer["hi"]),
        "Reshape": lambda: h.reshape(layer["shape"]),
        "Flatten": lambda: pytorch.flatten(h),
        "Conv1d": lambda: pytorch.conv1d(h, layer["W"], layer["b"], **pool),
        "Conv2d": lambda: pytorch.conv2d(h, layer["W"], layer["b"], **pool),
        "MaxPool1d": lambda: pytorch.max_pool1d(h, layer["kernel"], **pool),
        "MaxPool2d": lambda: pytorch.max_pool2d(h, layer["kernel"], **pool),
        "MaxAll": lambda: pytorch.max(h),
        "AMaxDim": lambda: pytorch.amax(h, layer["dim"]),
        "MaxDim": lambda: pytorch.max_dim(h, layer["dim"]),
    }[kind]()


@pytest.mark.parametrize("network", NETWORKS, ids=[n["name"] for n in NETWORKS])
def test_torch_network(network):
    f = mt.vector("x", network["inputs"])
    for layer in network["layers"]:
        f = apply(layer, f)
    rep = f.represent()
    for sample in network["points"]:
        value = sympy.Matrix([sympy.Rational(v) for v in sample["value"]])
        jacobian = sympy.Matrix([[sympy.Rational(v) for v in row] for row in sample["jacobian"]])
        assert sympy.Matrix([f.value(sample["x"])]) == value
        assert f.gradient(sample["x"]) == jacobian
        assert rep.gradient(sample["x"]) == jacobian


def test_all_networks_and_points_are_there():
    assert len(NETWORKS) == 5
    assert sum(len(network["points"]) for network in NETWORKS) == 475
