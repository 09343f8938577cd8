"""The example of a small CNN against torch: every grid point of the slice, ties included."""

from __future__ import annotations

import importlib.util
import itertools
from fractions import Fraction
from pathlib import Path

import pytest

import piecewise_mt as mt

FILE = Path(__file__).resolve().parent.parent / "examples" / "small_cnn.py"
GRID = [Fraction(k, 8) for k in range(-8, 9)]
"""Values of which all sums and products in the network are exact in float64."""


@pytest.fixture(scope="module")
def cnn():
    spec = importlib.util.spec_from_file_location("small_cnn", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="torch is not installed")


def on_plane(cnn, torch, s, t):
    images = [torch.tensor(i, dtype=torch.float64) for i in (cnn.BASE, cnn.FIRST, cnn.SECOND)]
    return (images[0] + s * images[1] + t * images[2])[None, None]


def test_module_and_expression_agree_at_every_grid_point(cnn, torch):
    module = cnn.torch_module(torch)
    scores = cnn.on_plane(mt.from_torch(module, cnn.SHAPE))
    for point in itertools.product(GRID, repeat=2):
        s, t = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in point)
        output = module(on_plane(cnn, torch, s, t))[0]
        assert list(scores.value(point)) == [Fraction(v) for v in output.tolist()]
        rows = [torch.autograd.grad(o, (s, t), retain_graph=True) for o in output]
        wanted = [[Fraction(g.item()) for g in row] for row in rows]
        assert scores.gradient(point).tolist() == wanted, point


def test_the_builders_make_the_same_function(cnn, torch):
    imported, built = (
        cnn.on_plane(f) for f in (mt.from_torch(cnn.torch_module(torch), cnn.SHAPE), cnn.built())
    )
    assert mt.equal(imported, built)
    for point in itertools.product(GRID[::2], repeat=2):
        assert imported.gradient(point) == built.gradient(point)


def test_the_softmax_agrees_up_to_rounding(cnn, torch):
    module = cnn.torch_module(torch)
    with_softmax = torch.nn.Sequential(*module, torch.nn.Softmax(dim=1))
    f = cnn.on_plane(mt.from_torch(with_softmax, cnn.SHAPE))
    assert list(f.value((0, 0))) == [Fraction(1, 2)] * 2
    for point in itertools.product(GRID[::4], repeat=2):
        s, t = (torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in point)
        output = with_softmax(on_plane(cnn, torch, s, t))[0]
        assert [float(v) for v in f.value(point)] == pytest.approx(output.tolist(), abs=1e-12)
        for k, row in enumerate(f.gradient(point).tolist()):
            wanted = torch.autograd.grad(output[k], (s, t), retain_graph=True)
            assert [float(v) for v in row] == pytest.approx([g.item() for g in wanted], abs=1e-12)


def test_the_grid_meets_ties_of_the_network(cnn):
    """A tie: no neighbourhood in which one formula holds."""
    scores = cnn.on_plane(cnn.built())
    points = itertools.product(GRID[::2], repeat=2)
    assert sum(not scores.at(point).is_differentiable for point in points) > 10
