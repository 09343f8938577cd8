"""Files that torch exports, read by mt.from_onnx, against the torch module itself.

Values and gradients are equal at exactly representable points, ties included; so are the two
importers' gradients.
"""

from __future__ import annotations

import itertools

import pytest

import piecewise_mt as mt

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
from test_from_torch import MODULES, Views, agree, exact, with_small_weights  # noqa: E402

nn, F = torch.nn, torch.nn.functional
pytestmark = pytest.mark.filterwarnings("ignore")


class Mixed(nn.Module):
    """What torch's functions export to, one after another."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 4), nn.Linear(2, 4)

    def forward(self, x):
        left, right = self.first(x), self.second(x)
        top, bottom = torch.maximum(left, right), torch.minimum(left, 0 * right)
        both = torch.cat([top, bottom.clamp(-1, 1), torch.abs(left)], dim=1)
        pooled = both.reshape(x.shape[0], 6, 2).amax(dim=2)  # pairs: 1/k stays exact
        chosen = torch.where(left > right, left - right, 0 * left)
        return torch.cat([pooled, chosen[:, 1:3], both[:, 4:].mean(dim=1, keepdim=True)], dim=1)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 3)

    def forward(self, x):
        y = F.relu(self.linear(x))
        return y * self.linear(x) - y.pow(2)


class Chunks(nn.Module):
    """Parts, masks and old spellings, as modules have them."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 4)

    def forward(self, x):
        first, second = self.linear(x).chunk(2, dim=1)
        both = (first > 0) & (second > 0)
        least = torch.where(both, torch.minimum(first, second), 0 * first)
        return torch.cat([least, first * (first > 0), F.relu(second).sum(1, keepdim=True)], dim=1)


CASES = {
    "mlp": (*MODULES["mlp"], {"at_edges": 0}),
    "pools": (*MODULES["pools"], {"at_edges": 0}),
    "inplace": (*MODULES["inplace"], {}),
    "views": (Views(), (4,), {}),
    "leaky": (nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.25), nn.PReLU(2)), (2,), {}),
    "mixed": (Mixed(), (2,), {}),
    "gated": (Gated(), (2,), {}),
    "adaptive": (nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Dropout()), (2, 2), {}),
    "chunks": (Chunks(), (2,), {}),
    "upsampling": (nn.Sequential(nn.ConvTranspose2d(1, 2, 2, stride=2), nn.ReLU(), nn.Upsample(scale_factor=2, mode="bilinear"), nn.MaxPool2d(3, 2)), (1, 1, 2), {}),
    "nearest": (nn.Sequential(nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), nn.Conv2d(1, 1, 2, padding="same"), nn.ReLU()), (1, 1, 2), {}),
    "three axes": (nn.Sequential(nn.Conv3d(1, 2, 2, padding=1), nn.ReLU(), nn.AvgPool3d(2)), (1, 1, 1, 2), {}),
    "averages": (nn.Sequential(nn.AvgPool2d(2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.ReLU()), (1, 2, 3), {}),
}  # fmt: skip


def exported(module, shape, path, dynamo):
    if dynamo:
        pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    x = torch.zeros((1, *shape), dtype=torch.float64)
    options = {"external_data": False} if dynamo else {}
    torch.onnx.export(module, (x,), str(path), dynamo=dynamo, **options)
    return path


@pytest.mark.parametrize("dynamo", [False, True], ids=["torchscript", "dynamo"])
@pytest.mark.parametrize("name", CASES)
def test_exported_modules_agree_with_torch(name, dynamo, tmp_path):
    module, shape, rules = CASES[name]
    if name == "adaptive" and dynamo:
        rules = {"ties": "first"}  # this exporter writes the pooling as ReduceMax
    module = with_small_weights(module, 1)
    f = mt.from_onnx(exported(module, shape, tmp_path / "net.onnx", dynamo), **rules)
    size = len(f.variables)
    grid = [-1.0, 0.0, 0.5] if size > 2 else [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
    agree(module, f, shape, itertools.islice(itertools.product(grid, repeat=size), 100))


def cnn():
    return with_small_weights(
        nn.Sequential(
            nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(18, 2),
        )
    )  # fmt: skip


@pytest.mark.parametrize("dynamo", [False, True], ids=["torchscript", "dynamo"])
def test_a_cnn_by_way_of_a_file(dynamo, tmp_path):
    module, shape = cnn(), (1, 6, 6)
    f = mt.from_onnx(exported(module, shape, tmp_path / "net.onnx", dynamo))
    direct = mt.from_torch(module, shape)
    generator = torch.Generator().manual_seed(1)
    points = [torch.randint(-1, 2, (36,), generator=generator).tolist() for _ in range(6)]
    points = [[float(v) for v in p] for p in [[0] * 36, [1] * 36, *points]]
    agree(module, f, shape, points)
    for point in map(exact, points):
        assert f.gradient(point) == direct.gradient(point)


def test_a_softmax_at_the_end(tmp_path):
    """At equal scores softmax is exact: 1/2 each."""
    module = with_small_weights(
        nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Softmax(1))
    )
    f = mt.from_onnx(exported(module, (2,), tmp_path / "net.onnx", False))
    agree(module, f, (2,), [(0.0, 0.0)])
