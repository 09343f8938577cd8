"""Keras models on the jax backend against jax's own values and gradients, at ties too."""

from __future__ import annotations

import os
from fractions import Fraction
from math import isclose, prod

import numpy as np
import pytest

import piecewise_mt as mt
from piecewise_mt.interop.checking.roundoff import Pass, Undecided

os.environ.setdefault("KERAS_BACKEND", "jax")
jax = pytest.importorskip("jax", reason="jax is not installed")
keras = pytest.importorskip("keras", reason="keras is not installed")
if keras.backend.backend() != "jax":
    pytest.skip("keras has another backend", allow_module_level=True)
L = keras.layers
pytestmark = pytest.mark.filterwarnings("ignore")


def functional():
    given = keras.Input((3,))
    hidden = L.Dense(3, activation="relu")(given)
    joined = L.Maximum()([L.Add()([hidden, given]), hidden])
    return keras.Model(given, L.Concatenate()([joined, L.Multiply()([hidden, given])]))


# name: (layers after the input, the shape of one sample)
MODELS = {
    "dense": (lambda: [L.Dense(4, activation="relu"), L.Dense(2)], (3,)),
    "convolutional": (
        lambda: [L.Conv2D(2, 3, activation="relu"), L.MaxPooling2D(2), L.Flatten(), L.Dense(2)],
        (4, 4, 1),
    ),
    "same padding": (
        lambda: [L.Conv1D(1, 3, padding="same", activation="relu"), L.MaxPooling1D(2, padding="same")],
        (5, 1),
    ),
    "normalised": (lambda: [L.Dense(2), L.BatchNormalization(), L.ReLU(), L.Dropout(0.5)], (2,)),
    "upsampled": (lambda: [L.UpSampling2D(2, interpolation="bilinear"), L.ReLU()], (2, 2, 1)),
    "activations": (lambda: [L.LeakyReLU(0.25), L.PReLU(), L.Activation("hard_tanh")], (3,)),
    "relu with bounds": (lambda: [L.ReLU(max_value=6.0, negative_slope=0.25)], (2,)),
    "smooth": (lambda: [L.Dense(2, activation="softplus"), L.Softmax()], (2,)),
    "recurrent": (lambda: [L.SimpleRNN(1, activation="relu")], (2, 2)),
    "functional": (None, (3,)),
}  # fmt: skip


def built(name):
    """The model with small whole numbers for weights, which sum without rounding."""
    make, shape = MODELS[name]
    model = functional() if make is None else keras.Sequential([keras.Input(shape), *make()])
    for k, weight in enumerate(model.weights):
        if "moving_variance" not in weight.path:
            size = prod(weight.shape)
            entries = [((j + k) * (j + 2) % 5 - 2) for j in range(size)]
            weight.assign(np.array(entries, dtype="float32").reshape(weight.shape))
    return model, (1, *shape)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_agrees_with_jax(name):
    model, shape = built(name)
    f = mt.from_jax(model, shape)
    assert f.rules == "jax"
    size = prod(shape)
    rows = jax.jit(lambda x: (model(x).reshape(-1), jax.jacrev(lambda x: model(x).reshape(-1))(x)))
    compared = 0
    for pattern in ((0,), (1, 0), (-1, 2, -1), (0.5, -3, 3, 0.5), (-1,)):
        point = [Fraction(pattern[k % len(pattern)]) for k in range(size)]
        values, gradients = rows(np.array([float(v) for v in point], "float32").reshape(shape))
        here = Pass(f, point, "float32")
        for k, near in enumerate(here.values()):
            assert abs(float(near.value) - float(values[k])) <= near.error
            try:
                own = here.row([int(i == k) for i in range(f.size)])
            except Undecided:
                continue
            got = np.asarray(gradients[k]).reshape(-1).tolist()
            for entry, other in zip(own, got, strict=True):
                assert abs(float(entry.value) - other) <= entry.error
            compared += 1
    assert compared


def test_max_pooling_takes_the_first_of_a_window():
    net = keras.Sequential([keras.Input((2, 2, 1)), L.MaxPooling2D(2)])
    f = mt.from_jax(net, (1, 2, 2, 1))
    assert list(f.gradient((0, 0, 0, 0))) == [1, 0, 0, 0]
    assert list(f.gradient((0, 1, 1, 0))) == [0, 1, 0, 0]


def test_a_softmax_is_smooth():
    net = keras.Sequential([keras.Input((2,)), L.Softmax()])
    assert isclose(float(mt.from_jax(net, (1, 2)).value((0, 0))[0]), 0.5)
