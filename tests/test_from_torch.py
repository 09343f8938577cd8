"""Imported modules against torch itself: values and gradients, at ties too, exactly.

Weights are small integers in float64, so that every value at the points tried is exact.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

import piecewise_mt as mt

torch = pytest.importorskip("torch", reason="torch is not installed")
nn, F = torch.nn, torch.nn.functional
pytestmark = pytest.mark.filterwarnings("ignore")


def with_small_weights(module, seed=0):
    generator = torch.Generator().manual_seed(seed)
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-2, 3, parameter.shape, generator=generator))
        for name, buffer in module.named_buffers():
            if name.endswith("running_var"):
                buffer.copy_(4 ** torch.randint(-1, 2, buffer.shape, generator=generator).double())
            elif name.endswith("running_mean"):
                buffer.copy_(torch.randint(-1, 2, buffer.shape, generator=generator))
    for part in module.modules():
        if hasattr(part, "running_var"):
            part.eps = 0.0
    return module


def exact(values):
    return [Fraction(v) for v in values]


def rationals(values):
    return [Fraction(int(v.p), int(v.q)) for v in values]


def agree(module, f, shape, points, batched=True):
    """Equal values and equal reverse-mode gradients at all points."""
    for given in points:
        point = exact(given)
        x = torch.tensor(given, dtype=torch.float64).reshape(shape).requires_grad_()
        output = module(x[None] if batched else x).reshape(-1)
        value = f.value(point)
        assert rationals(value if f.shape else [value]) == exact(output.tolist()), point
        for k in range(len(output)):
            (row,) = torch.autograd.grad(output[k], x, retain_graph=True)
            assert rationals(f.gradient(point).row(k)) == exact(row.reshape(-1).tolist()), point


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 4)
        self.second = nn.Linear(4, 2)
        self.scale = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = F.relu(self.first(x))
        y = x + 0.5 * self.second(h) - self.scale
        left, right = y[:, 0], y[:, 1]
        top = torch.maximum(left, right).unsqueeze(1)
        both = torch.cat([y.clamp(-1, 1), top, torch.abs(y)], dim=1)
        return both.max(dim=1).values - y.amax(1) + torch.sort(y, dim=1)[0].sum(1)


class Views(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 2, 2, padding=1)
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        y = self.norm(self.conv(x.view(x.size(0), 1, -1)))
        y = F.max_pool1d(y, kernel_size=2, stride=1).permute(0, 2, 1)
        return F.leaky_relu(y, 0.25).reshape(x.shape[0], -1).mean(dim=1, keepdim=True)


MODULES = {
    "mlp": (nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.Hardtanh(), nn.Linear(3, 2)), (2,)),
    "leaky": (nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.25), nn.PReLU(2), nn.Softshrink()), (2,)),
    "residual": (Residual(), (2,)),
    "views": (Views(), (4,)),
    "pools": (nn.Sequential(nn.MaxPool1d(2, stride=1, padding=1), nn.AvgPool1d(2), nn.Flatten(), nn.ReLU6()), (1, 3)),
    "adaptive": (nn.Sequential(nn.AdaptiveMaxPool1d(2), nn.Flatten(), nn.Dropout(), nn.Identity()), (1, 3)),
    "inplace": (nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True), nn.Linear(2, 1)), (2,)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("seed", range(3))
def test_imported_modules_agree_with_torch(name, seed):
    module, shape = MODULES[name]
    module = with_small_weights(module, seed)
    f = mt.from_torch(module, shape)
    size = len(f.variables)
    grid = [-1.0, 0.0, 0.5] if size > 2 else [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]
    agree(module, f, shape, list(itertools.product(grid, repeat=size)))
    assert len(f.strata()) > 1


def test_a_small_cnn():
    module = with_small_weights(
        nn.Sequential(
            nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.BatchNorm2d(2), nn.ReLU(),
            nn.MaxPool2d(2, stride=1), nn.Flatten(), nn.Linear(8, 2),
        )
    )  # fmt: skip
    f = mt.from_torch(module, (1, 6, 6))
    assert f.shape == (2,)
    generator = torch.Generator().manual_seed(1)
    points = [torch.randint(-1, 2, (36,), generator=generator).tolist() for _ in range(8)]
    agree(module, f, (1, 6, 6), [[0] * 36, [1] * 36, *points])
    s, t = mt.variables("s t")
    slice_ = f.subs({v: s * a + t * b for v, a, b in zip(f.variables, *points[:2], strict=True)})
    rep = slice_.represent()
    for piece in rep:
        assert slice_.gradient(piece.witness) == piece.gradient


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(2, 3), nn.Linear(2, 3)

    def forward(self, x):
        gate = F.relu(self.first(x))
        return gate * self.second(x) + gate.square().amax(1, keepdim=True) - gate.pow(3)


@pytest.mark.parametrize("seed", range(3))
def test_products_of_two_tensors_agree_with_torch_exactly(seed):
    module = with_small_weights(Gated(), seed)
    f = mt.from_torch(module, 2)
    agree(module, f, (2,), list(itertools.product([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0], repeat=2)))


class Smooth(nn.Module):
    """Every smooth function after kinks, so that there are ties."""

    def forward(self, x):
        y = F.relu(x)
        parts = [torch.exp(y), torch.sigmoid(y), y.tanh(), F.softplus(y), torch.softmax(y, dim=-1)]
        parts += [F.log_softmax(y, dim=1), F.silu(y), torch.sin(y), torch.log(y + 1)]
        return torch.cat([*parts, torch.logsumexp(y, 1, keepdim=True)], dim=1)


SMOOTH = {
    "functions": Smooth(),
    **{
        name: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), part)
        for name, part in {
            "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softplus": nn.Softplus(2),
            "silu": nn.SiLU(), "softmax": nn.Softmax(dim=1), "log_softmax": nn.LogSoftmax(dim=-1),
        }.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_agree_with_torch_up_to_its_rounding(name):
    """Torch rounds exp; the derived value is exact, and is rounded here for the comparison."""
    module = with_small_weights(SMOOTH[name])
    f = mt.from_torch(module, 2)
    for given in itertools.product([-1.0, 0.0, 0.5], repeat=2):
        x = torch.tensor(given, dtype=torch.float64)
        expected = module(x[None])[0].tolist()
        jacobian = torch.autograd.functional.jacobian(lambda x: module(x[None])[0], x).tolist()
        point = exact(given)
        assert [float(v) for v in f.value(point)] == pytest.approx(expected, abs=1e-12)
        for row, wanted in zip(f.gradient(point).tolist(), jacobian, strict=True):
            assert [float(v) for v in row] == pytest.approx(wanted, abs=1e-12), given


def test_softmax_without_an_axis_takes_the_one_that_torch_takes():
    f = mt.from_torch(nn.Sequential(nn.Softmax()), 2)
    assert list(f.value((0, 0))) == [Fraction(1, 2)] * 2


def test_a_module_of_one_sample():
    class Pair(nn.Module):
        def forward(self, x):
            return torch.fmax(x[0], x[1]) + torch.max(x)

    f = mt.from_torch(Pair(), 2, batched=False)
    agree(Pair(), f, (2,), [(0.0, 0.0), (1.0, 0.0)], batched=False)
    forward = mt.from_torch(Pair(), 2, batched=False, mode="forward")
    assert list(forward.gradient((0, 0))) == [Fraction(1, 2), Fraction(3, 2)]


def test_weights_are_dyadic_unless_rounded():
    module = nn.Sequential(nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        module[0].weight.fill_(0.1)
    assert mt.from_torch(module, 1).gradient((0,))[0] == mt.exact(float(torch.tensor(0.1)))
    with pytest.warns(mt.RoundedWeights, match="of . numbers were rounded"):
        near = mt.from_torch(module, 1, limit_denominator=100)
    assert near.gradient((0,))[0] == Fraction(1, 10)


class InPlaceResidual(nn.Module):
    def forward(self, x):
        y = x * 2
        return F.relu(y, inplace=True) + y


class InPlaceView(nn.Module):
    def forward(self, x):
        y = x * 2
        y.view(-1).relu_()
        return y


def relu(x):
    return x * x


pytest.importorskip("torch.fx").wrap("relu")


class Disguised(nn.Module):
    def forward(self, x):
        return relu(x)


class InPlaceModules(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat, self.relu = nn.Flatten(), nn.ReLU(inplace=True)

    def forward(self, x):
        y = x * 2
        return self.relu(self.flat(y)) + y


class Stepped(nn.Module):
    def forward(self, x):
        return torch.floor(x)


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize("module, message", [
    (Stepped(), r"the node 'floor' \(floor\) in .*test_from_torch.py, line \d+"),
    (nn.Sequential(nn.Hardshrink()), r"the node 'hardshrink' \(hardshrink\) in the part 0 \(.*Hardshrink\)"),
    (Branching(), "control flow"),
    (nn.Sequential(nn.Dropout()).train(), "evaluation mode"),
])  # fmt: skip
def test_what_is_not_supported_is_named(module, message):
    with pytest.raises(mt.Unsupported, match=message):
        mt.from_torch(module, 2)


@pytest.mark.parametrize(
    "module", [InPlaceResidual(), InPlaceView(), InPlaceModules(), Disguised()]
)
def test_what_is_written_in_place_or_under_another_name_is_what_it_does(module):
    agree(module, mt.from_torch(module, 2), (2,), [(0.0, 1.0), (-1.0, 0.0), (2.0, -0.5)])


def test_shape_errors_name_the_node():
    with pytest.raises(mt.ShapeError, match=r"the node '_1' \(Linear\)"):
        mt.from_torch(nn.Sequential(nn.ReLU(), nn.Linear(3, 1)), 2)


def test_the_result_says_whose_rules_it_has():
    assert mt.from_torch(nn.ReLU(), 2).rules == "pytorch"
