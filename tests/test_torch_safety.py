"""What a module does beside its operations: imported as it is, or refused with the reason."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch_of import Of  # noqa: E402

nn, F = torch.nn, torch.nn.functional
pytestmark = pytest.mark.filterwarnings("ignore")


def linear(size=2):
    module = nn.Sequential(nn.Linear(size, size), nn.ReLU()).double()
    with torch.no_grad():
        module[0].weight.copy_(torch.eye(size))
        module[0].bias.zero_()
    return module


def hooked():
    module = linear()
    module[0].register_forward_hook(lambda m, args, out: out * 2 - 1)
    return module


def pre_hooked():
    module = linear()
    module[1].register_forward_pre_hook(lambda m, args: (args[0] * 3,))
    return module


def patched():
    module = linear()
    module[1].forward = lambda x: F.leaky_relu(x, 0.25)
    return module


def patched_itself():
    module = nn.ReLU()
    module.forward = lambda x: F.relu(x) - x
    return module


def old_weight_norm():
    module = nn.Sequential(nn.utils.weight_norm(nn.Linear(2, 2)), nn.ReLU()).double()
    state = {key: torch.ones_like(value) for key, value in module.state_dict().items()}
    module.load_state_dict(state)  # the attribute weight is stale now
    return module


def old_spectral_norm():
    module = nn.Sequential(nn.utils.spectral_norm(nn.Linear(2, 2)), nn.ReLU()).double()
    module.load_state_dict({k: v * 0 + 1 for k, v in module.state_dict().items()})
    return module.eval()


def pruned():
    from torch.nn.utils import prune

    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).double()
    prune.l1_unstructured(module[0], "weight", 2)
    module.load_state_dict({k: v * 0 + 1 for k, v in module.state_dict().items()})
    return module


def aliased(self, x):
    h = 2 * x
    skip = h
    h += 1
    return h + skip


def view_written(self, x):
    h = x * 2
    h.view(-1)[0] = 0
    return F.relu(h)


HONEST = {
    "forward hook": hooked, "pre-hook": pre_hooked, "patched part": patched,
    "patched module": patched_itself, "old weight_norm": old_weight_norm,
    "old spectral_norm": old_spectral_norm, "prune": pruned, "aliased": lambda: Of(aliased),
    "a view that is written": lambda: Of(view_written),
    "data of a parameter": lambda: Of(lambda s, x: x.relu() * s.part.weight.data[0], part=linear()[0]),
    "constants without gradients": lambda: Of(
        lambda s, x: x.relu() * s.c.detach() + torch.ones(2).double(), c=torch.ones(2).double()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_the_function_is_what_the_module_does(name):
    module = HONEST[name]().double()
    f = mt.from_torch(module, 2)
    for point in [(0.0, 0.0), (1.0, -1.0), (-0.5, 2.0)]:
        x = torch.tensor(point, dtype=torch.float64).requires_grad_()
        output = module(x.clone()[None])[0]
        exact = [Fraction(c) for c in point]
        assert [float(v) for v in f.value(exact)] == pytest.approx(output.tolist(), abs=1e-12)
        for k in range(2):
            (row,) = torch.autograd.grad(output[k], x, retain_graph=True)
            own = [float(v) for v in f.gradient(exact).row(k)]
            assert own == pytest.approx(row.tolist(), abs=1e-12)


def test_an_alias_sees_what_is_added_in_place():
    f = mt.from_torch(Of(aliased), 1)
    assert list(f.value((1,))) == [6]


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 7


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g


class OneAtZero(torch.autograd.Function):
    """Relu, with another derivative at 0 only."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g * (ctx.saved_tensors[0] >= 0)


def without_gradient(self, x):
    with torch.no_grad():
        factor = F.relu(x)
    return factor * x


def counting(self, x):
    self.count += 1
    return x + self.count


def backward_hooked():
    module = linear()
    module[1].register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    return module


def gradient_hooked(self, x):
    h = 2 * x
    if h.requires_grad:
        h.register_hook(lambda g: g * 3)
    return h


class Restless(nn.Module):
    """Its attribute changes with every call."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls


def scripted():
    return torch.jit.script(nn.Linear(2, 2))


def compiled_in_place():
    module = nn.Linear(2, 2)
    module.compile()
    return module


REFUSED = {
    "custom backward": (lambda: Of(lambda s, x: Doubled.apply(x)), "autograd.Function Doubled in Of"),
    "straight through": (lambda: Of(lambda s, x: StraightThrough.apply(x)), "autograd.Function StraightThrough"),
    "no_grad": (lambda: Of(without_gradient), r"torch.no_grad\(\) on a value .*torch_of.py"),
    "detach": (lambda: Of(lambda s, x: x.relu().detach() * x), r"detach\(\) on a value"),
    "data": (lambda: Of(lambda s, x: x.data * x), "detach.* or data of a value"),
    "another rule at a tie": (lambda: Of(lambda s, x: OneAtZero.apply(x)), "autograd.Function OneAtZero"),
    "backward hook": (backward_hooked, "a partial derivative"),
    "gradient hook": (lambda: Of(gradient_hooked), "a partial derivative"),
    "another value each time": (Restless, " at x = "),
    "changed buffer": (lambda: Of(counting, count=torch.zeros(2)), "changes count"),
    "batchnorm in training": (lambda: nn.BatchNorm1d(2), "evaluation mode"),
    "dropout in training": (lambda: nn.Dropout(), "evaluation mode"),
    "random": (lambda: Of(lambda s, x: x + torch.rand_like(x)), "random numbers"),
    "scripted": (scripted, "TorchScript"),
    "scripted part": (lambda: nn.Sequential(scripted(), nn.ReLU()), "TorchScript"),
    "compiled": (lambda: torch.compile(nn.Linear(2, 2)), "torch.compile"),
    "compiled in place": (compiled_in_place, "torch.compile"),
    "control flow": (lambda: Of(lambda s, x: x if x.sum() > 0 else -x), "control flow"),
    "a number taken out": (lambda: Of(lambda s, x: x * x.sum().item()), r"tensors all along.*\(item\)"),
    "picked by a mask": (lambda: Of(lambda s, x: x[x > 0].sum()), "torch.where"),
    "a while loop": (lambda: Of(lambda s, x: [x := x / 2 for _ in iter(lambda: bool(x.sum() > 1), False)] and x), "trace"),
    "no result": (lambda: Of(lambda s, x: None), "one tensor as its result, got None"),
    "a number as result": (lambda: Of(lambda s, x: 1.0), "one tensor as its result, got float"),
    "two results": (lambda: Of(lambda s, x: (x, x)), "one tensor"),
    "floor": (lambda: Of(lambda s, x: x.floor()), r"continuous .*\(floor\).* jumps"),
    "whole numbers": (lambda: Of(lambda s, x: x.int() * x), "conversion to int32"),
    "indices": (lambda: Of(lambda s, x: x.max(1)[1] + x[:, 0]), "on the indices of max"),
    "threshold that jumps": (lambda: nn.Threshold(1.0, 0.0), "jumps"),
    "vmap": (lambda: Of(lambda s, x: torch.vmap(torch.relu)(x)), "higher-order"),
    "a gradient inside": (lambda: Of(lambda s, x: torch.func.grad(lambda y: (y**2).sum())(x)), "trace|higher-order"),
    "an error of its own": (lambda: Of(lambda s, x: s.missing(x)), "missing"),
    "an unknown operator": (lambda: Of(lambda s, x: torch.atan2(x, x + 1)), r"\(atan2\)"),
    "distances p=inf": (lambda: Of(lambda s, x: torch.cdist(x, x + 1, p=float("inf"))), "no associated gradient"),
    "distances p=3": (lambda: Of(lambda s, x: torch.cdist(x, x + 1, p=3)), "order 1 or 2, got p=3"),
    "distances p=0": (lambda: Of(lambda s, x: torch.cdist(x, x + 1, p=0)), "jumps"),
    "distances by a product": (lambda: Of(lambda s, x: torch.cdist(x, x + 1, compute_mode="use_mm_for_euclid_dist")), "matrix product"),
    "antialias": (lambda: Of(lambda s, x: F.interpolate(x[None, None], (1, 1), mode="bilinear", antialias=True)), "without antialias"),
    "the mean of nothing": (lambda: Of(lambda s, x: x[:, 2:].mean(1)), "."),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_is_refused_with_the_reason(name):
    make, message = REFUSED[name]
    with pytest.raises(mt.Unsupported, match=message) as caught:
        mt.from_torch(make(), 2)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("expected ")


@pytest.mark.parametrize("wrap", [lambda y: (y,), lambda y: [y], lambda y: {"logits": y}])
def test_one_result_may_be_in_a_container(wrap):
    f = mt.from_torch(Of(lambda s, x: wrap(x.relu())), 2)
    assert f.gradient((0, 1)).tolist() == [[0, 0], [0, 1]]


def test_a_module_is_left_as_it_was():
    module = nn.BatchNorm1d(2)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    with pytest.raises(mt.Unsupported):
        mt.from_torch(module, 2)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    attributes = set(vars(hooked())), set(vars(Restless()))
    for make, kept in zip((hooked, Restless), attributes, strict=True):
        module = make()
        try:
            mt.from_torch(module, 2)
        except mt.Unsupported:
            pass
        assert set(vars(module)) == kept
        assert all(p.grad is None for p in module.parameters())


STEPS = {
    "double": lambda x: x.mul_(2), "shift": lambda x: x.add_(1), "relu": lambda x: x.relu_(),
    "clamp": lambda x: x.clamp_(-1, 1), "first": lambda x: x.view(-1)[:1].add_(1),
    "swap": lambda x: x.copy_(x.flip(1)), "zero": lambda x: x[:, 1].zero_(),
}  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.booleans()), min_size=1, max_size=4),
    st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=2, max_size=2),
)
def test_any_writing_in_place_counts_at_every_name(steps, point):
    """Steps in place on one tensor, some of which are remembered under another name before."""

    def forward(self, x):
        h = x * 2
        kept = []
        for name, keep in steps:
            if keep:
                kept.append(h)
            STEPS[name](h)
        return h + sum(kept) if kept else h

    module = Of(forward)
    x = torch.tensor(point).requires_grad_()
    output = module(x[None])[0]
    try:
        rows = [
            torch.autograd.grad(entry, x, retain_graph=True, allow_unused=True)[0]
            for entry in output
            if entry.requires_grad
        ]
    except RuntimeError:  # torch has lost a value that the gradient needs
        with pytest.raises(mt.Unsupported, match="inplace operation"):
            mt.from_torch(module, 2)
        return
    f = mt.from_torch(module, 2)
    exact = [Fraction(c) for c in point]
    assert [float(v) for v in f.value(exact)] == output.tolist()
    for k, row in enumerate(rows):
        wanted = [0.0, 0.0] if row is None else row.tolist()
        assert [float(v) for v in f.gradient(exact).row(k)] == wanted
