"""Values and Jacobians that torch 2.13 returned at tie points (tests/data/torch_samples.json).

The file was recorded in float64 at points where every intermediate value is exact, so the
numbers are compared as fractions. Networks with convolutions wait for that layer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sympy

import piecewise_mt as mt

DATA = json.loads((Path(__file__).parent / "data" / "torch_samples.json").read_text())
SUPPORTED = {"Linear", "ReLU", "LeakyReLU", "Abs", "Hardtanh", "Clamp", "Reshape", "Flatten",
             "MaxPool1d", "MaxPool2d", "MaxAll", "AMaxDim", "MaxDim"}  # fmt: skip
NETWORKS = [n for n in DATA["networks"] if {layer["type"] for layer in n["layers"]} <= SUPPORTED]


def apply(layer, h):
    kind = layer["type"]
    pool = {key: layer[key] for key in ("kernel", "stride", "padding", "dilation") if key in layer}
    return {
        "Linear": lambda: mt.affine(layer["W"], h, layer["b"]),
        "ReLU": lambda: mt.relu(h, at_zero=0),
        "LeakyReLU": lambda: mt.leaky_relu(h, layer["slope"], at_zero=layer["slope"]),
        "Abs": lambda: mt.abs(h, at_zero=0),
        "Hardtanh": lambda: mt.clip(h, layer["lo"], layer["hi"], at_edges=0),
        "Clamp": lambda: mt.clip(h, layer["lo"], layer["hi"], at_edges=1),
        "Reshape": lambda: h.reshape(layer["shape"]),
        "Flatten": lambda: h.reshape((-1,)),
        "MaxPool1d": lambda: mt.maxpool1d(h, **pool, ties="first"),
        "MaxPool2d": lambda: mt.maxpool2d(h, **pool, ties="first"),
        "MaxAll": lambda: mt.max(h, ties="average"),
        "AMaxDim": lambda: mt.max(h, axis=layer.get("dim"), ties="average"),
        "MaxDim": lambda: mt.max(h, axis=layer.get("dim"), ties="first"),
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


def test_enough_networks_are_covered():
    assert len(NETWORKS) >= 4
