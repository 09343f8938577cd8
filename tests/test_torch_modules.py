"""Small modules as people write them: imported and equal to autograd at ties, or refused by name.

Each is called with 64-bit floats at points with ties; where all numbers are floats of few digits
the value and the gradient must be equal, elsewhere they may differ by rounding.
"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.interop.checking.roundoff import Pass, Undecided

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch_of import Of  # noqa: E402

nn, F = torch.nn, torch.nn.functional
pytestmark = pytest.mark.filterwarnings("ignore")


def of(function):
    return lambda: Of(lambda self, x: function(x))


def small(module):
    """The module with small whole numbers for weights."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-2, 3, parameter.shape, generator=generator))
    return module.eval()


def in_place(x):
    h = 2 * x
    skip = h
    h += 1
    return h + skip


def index_assignment(x):
    y = x.clone()
    y[:, 0] = 0
    y[:, 2] = x[:, 1].abs()
    return y


def mask_assignment(x):
    y = x.clone()
    y[y < 0] = 0
    return y


def attention(x):
    a = x.reshape(1, 2, 2)
    scores = torch.bmm(a, a.transpose(1, 2))
    return torch.bmm(F.softmax(scores, dim=-1), F.relu(a)).flatten(1)


def causal(x):
    a = x.reshape(1, 2, 2)
    scores = (a @ a.transpose(1, 2)).masked_fill(~torch.tril(torch.ones(2, 2)).bool(), -math.inf)
    return (F.softmax(scores / 2, dim=-1) @ F.relu(a)).flatten(1)


def stacked(x):
    a, b = x.chunk(2, dim=1)
    c, d = torch.split(x, [1, 3], dim=1)
    return torch.stack([*a.unbind(1), *b.unbind(1), c.squeeze(1), d.amax(1)], dim=1)


def normal():
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.LayerNorm(4))


def integer_shapes(x):
    n = x.size(0) * x.shape[1] // 2
    return x.view(-1, n).sum(0).view(1, n) * x.numel() + x.shape[-1]


def loop(x):
    total = x[:, 0]
    for k in range(1, x.shape[1]):
        total = torch.maximum(total, x[:, k])
    return total


# style: (how it is made, the shape of one sample)
IMPORTED = {
    "chunk, split, unbind, stack": (of(stacked), (4,)),
    "pad": (of(lambda x: F.pad(F.relu(x), (1, 2), value=0.5)), (3,)),
    "reflection pad": (lambda: nn.Sequential(nn.ReflectionPad1d(1), nn.ReLU()), (1, 3)),
    "where": (of(lambda x: torch.where(x > 0, x, 0.5 * x)), (3,)),
    "where with two inputs": (of(lambda x: torch.where(x[:, :2] >= x[:, 2:], x[:, :2], x[:, 2:])), (4,)),
    "mask times value": (of(lambda x: (x > 0).float() * x), (3,)),
    "mask and its opposite": (of(lambda x: (x > 0) * x + (1 - (x > 0).double()) * x * 2), (3,)),
    "joined masks": (of(lambda x: torch.where((x > 0) & (x < 1), x * (1 - x), 0 * x)), (2,)),
    "masked_fill": (of(lambda x: x.masked_fill(x < 0, 0)), (3,)),
    "constant mask": (of(lambda x: x.masked_fill(torch.eye(3).bool()[0], -5).amax(1)), (3,)),
    "clamp_min, clamp_max": (of(lambda x: x.clamp_min(0) + x.clamp_max(1)), (3,)),
    "clamp by a tensor": (lambda: Of(lambda s, x: x.clamp(max=s.top), top=torch.tensor([0.0, 1.0])), (2,)),
    "hardswish": (lambda: nn.Sequential(nn.Hardswish()), (3,)),
    "gelu": (lambda: nn.Sequential(nn.ReLU(), nn.GELU()), (3,)),
    "gelu by tanh": (lambda: nn.Sequential(nn.ReLU(), nn.GELU("tanh")), (3,)),
    "elu": (lambda: nn.Sequential(nn.ELU(2.0)), (3,)),
    "selu": (lambda: nn.Sequential(nn.SELU(inplace=True)), (3,)),
    "celu": (lambda: nn.Sequential(nn.CELU(0.5)), (3,)),
    "mish, logsigmoid, tanhshrink": (lambda: nn.Sequential(nn.Mish(), nn.LogSigmoid(), nn.Tanhshrink()), (2,)),
    "softsign": (lambda: nn.Sequential(nn.Softsign()), (3,)),
    "glu": (lambda: nn.Sequential(nn.ReLU(), nn.GLU(dim=1)), (4,)),
    "threshold": (lambda: nn.Sequential(nn.Threshold(1.0, 1.0)), (3,)),
    "rrelu": (lambda: nn.Sequential(nn.RReLU()), (3,)),
    "adaptive average pooling": (lambda: nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool1d(3)), (1, 4)),
    "global average pooling": (lambda: nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1)), (2, 2, 2)),
    "einsum": (lambda: Of(lambda s, x: torch.einsum("bi,io->bo", F.relu(x), s.w), w=torch.arange(6.0).view(3, 2)), (3,)),
    "einsum of the input": (of(lambda x: torch.einsum("bi,bj->bij", F.relu(x), x)), (3,)),
    "bmm, softmax": (of(attention), (4,)),
    "var, std": (of(lambda x: x.relu().var(dim=1, keepdim=True) + (x.std(1, correction=0) + 1)), (3,)),
    "norm p=1": (of(lambda x: torch.norm(x, p=1, dim=1) + torch.linalg.vector_norm(x, 1)), (3,)),
    "norm p=inf": (of(lambda x: torch.linalg.vector_norm(x, float("inf"), dim=1, keepdim=True)), (3,)),
    "norm p=2": (of(lambda x: x.norm(dim=1) + torch.linalg.norm(x)), (3,)),
    "normalize": (of(lambda x: F.normalize(x, dim=1)), (3,)),
    "repeat, expand, tile": (of(lambda x: x.repeat(1, 2).amax(1, keepdim=True).expand(1, 3).tile(1, 2)), (3,)),
    "roll, flip": (of(lambda x: torch.maximum(x.roll(1, 1), x.flip(1))), (3,)),
    "zeros_like, clone": (of(lambda x: torch.maximum(torch.zeros_like(x), x.clone()) + torch.ones_like(x)), (3,)),
    "dtype casts": (of(lambda x: x.float().double().relu().to(torch.float64).type_as(x)), (3,)),
    "median(dim)": (of(lambda x: x.median(1)[0]), (3,)),
    "cumsum": (of(lambda x: x.relu().cumsum(1)), (3,)),
    "cummax": (of(lambda x: torch.cummax(x, 1)[0]), (3,)),
    "transposed convolution": (lambda: nn.Sequential(nn.ConvTranspose1d(2, 2, 3, stride=2, padding=1, output_padding=1), nn.ReLU()), (2, 3)),
    "transposed convolution in groups": (lambda: nn.ConvTranspose1d(2, 4, 2, groups=2, dilation=2), (2, 2)),
    "conv3d": (lambda: nn.Sequential(nn.Conv3d(1, 2, 2, padding=1), nn.ReLU(), nn.MaxPool3d(2)), (1, 2, 2, 2)),
    "padding same": (lambda: nn.Sequential(nn.Conv1d(1, 2, 4, padding="same", dilation=1), nn.ReLU()), (1, 5)),
    "circular padding": (lambda: nn.Sequential(nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), nn.ReLU()), (1, 4)),
    "layer norm": (normal, (4,)),
    "group norm": (lambda: nn.Sequential(nn.ReLU(), nn.GroupNorm(2, 4)), (4, 2)),
    "instance norm": (lambda: nn.Sequential(nn.ReLU(), nn.InstanceNorm1d(2)), (2, 3)),
    "parametrised weight_norm": (lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), nn.ReLU()), (3,)),
    "parametrised spectral_norm": (lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)), nn.ReLU()), (3,)),
    "multi-head attention": (lambda: Of(lambda s, x: s.mha(x, x, x)[0], mha=nn.MultiheadAttention(2, 1, batch_first=True)), (2, 2)),
    "transformer layer": (lambda: nn.TransformerEncoderLayer(2, 1, 2, batch_first=True), (2, 2)),
    "max with indices unused": (of(lambda x: (lambda v, i: v)(*x.max(1))), (3,)),
    "topk unpacked": (of(lambda x: x.topk(2, dim=1).values.sum(1) + torch.sort(x, dim=1)[0][:, 1]), (3,)),
    "integer shape arithmetic": (of(integer_shapes), (4,)),
    "a loop over entries": (of(loop), (4,)),
    "aliased in-place arithmetic": (of(in_place), (3,)),
    "in-place relu on a shared value": (of(lambda x: (lambda y: F.relu(y, inplace=True) + y)(2 * x)), (3,)),
    "index assignment": (of(index_assignment), (3,)),
    "mask assignment": (of(mask_assignment), (3,)),
    "upsample, pixel shuffle": (lambda: nn.Sequential(nn.Upsample(scale_factor=2), nn.PixelUnshuffle(2), nn.ReLU()), (1, 1, 2)),
    "gather, index_select": (of(lambda x: x.gather(1, torch.tensor([[2, 0]])) + x.index_select(1, torch.tensor([1, 1]))), (3,)),
    "logsumexp, prod": (of(lambda x: torch.logsumexp(x, 1) + x.relu().prod(1)), (3,)),
    "addmm": (lambda: Of(lambda s, x: torch.addmm(s.b, x, s.w, alpha=2).relu(), b=torch.ones(2), w=torch.arange(6.0).view(3, 2)), (3,)),
    "causal mask": (of(causal), (4,)),
    "attention in one call": (of(lambda x: F.scaled_dot_product_attention(x, x.relu(), x, is_causal=True)), (2, 2)),
    "attention with a mask": (of(lambda x: F.scaled_dot_product_attention(x, x, x.relu(), attn_mask=torch.tensor([[True, False], [True, True]]))), (2, 2)),
    "causal attention": (lambda: Of(lambda s, x: s.mha(x, x, x, attn_mask=s.mask)[0], mask=torch.triu(torch.full((2, 2), -math.inf), 1), mha=nn.MultiheadAttention(1, 1, batch_first=True)), (2, 1)),
    "maximum of what is not masked": (of(lambda x: x.masked_fill(torch.tensor([True, False, False]), -math.inf).amax(1) + torch.where(torch.tensor([True, False, True]), x, -math.inf).max(1)[0]), (3,)),
    "recurrent": (lambda: Of(lambda s, x: s.net(x)[0], net=nn.RNN(2, 2, nonlinearity="relu", batch_first=True)), (2, 2)),
    "gated recurrent": (lambda: Of(lambda s, x: s.net(x)[0], net=nn.GRU(2, 1, batch_first=True)), (2, 2)),
    "what torch composes": (of(lambda x: torch.diff(x.relu()).sum(1) + torch.tensordot(x, torch.ones(3, 1), dims=1).squeeze(1) + F.pairwise_distance(x, x.relu() + 1)), (3,)),
    "linear upsampling": (lambda: nn.Sequential(nn.Upsample(scale_factor=2, mode="linear"), nn.ReLU()), (1, 3)),
    "bilinear upsampling": (of(lambda x: F.interpolate(x.relu(), size=(3, 5), mode="bilinear")), (1, 2, 3)),
    "upsampling of the corners": (lambda: nn.Sequential(nn.UpsamplingBilinear2d(scale_factor=2), nn.ReLU()), (1, 2, 2)),
    "downsampling": (of(lambda x: F.interpolate(x, scale_factor=0.4, mode="linear", align_corners=True).abs()), (1, 5)),
    "cubic upsampling": (of(lambda x: F.interpolate(x, scale_factor=2, mode="bicubic").relu()), (1, 2, 2)),
    "distances p=1": (of(lambda x: torch.cdist(x, x[:, :1].relu(), p=1)), (2, 2)),
    "distances p=2": (of(lambda x: torch.cdist(x, torch.ones(1, 2))), (2, 2)),
    "pairs p=1": (lambda: Of(lambda s, x: torch.pdist(x[0], p=1)), (3, 2)),
    "pairs p=2": (lambda: Of(lambda s, x: torch.pdist(x[0])), (3, 2)),
    "cummin": (of(lambda x: torch.cummin(x, 1).values), (3,)),
    "cumulative products": (of(lambda x: torch.cumprod(x.relu(), 1) + torch.logcumsumexp(x, 1)), (3,)),
    "sums at places": (of(lambda x: torch.zeros(1, 2).index_add(1, torch.tensor([0, 1, 0]), x.relu()) + torch.zeros(1, 2).scatter_add(1, torch.tensor([[1, 0, 1]]), x)), (3,)),
    "added in place": (of(lambda x: torch.zeros(1, 2).index_put((torch.tensor([0, 0, 0]), torch.tensor([1, 0, 1])), x[0].relu(), accumulate=True) + x.masked_select(torch.tensor([[True, False, True]]))), (3,)),
    "unfold and fold": (lambda: nn.Sequential(nn.Unfold((2, 2)), nn.ReLU(), nn.Fold((2, 3), (2, 2))), (1, 2, 3)),
    "embedding, take": (of(lambda x: F.embedding(torch.tensor([1, 0]), x.reshape(2, 2)).relu() + x.take(torch.tensor([3]))), (4,)),
    "hypot, logaddexp": (of(lambda x: torch.hypot(x[:, :1], x[:, 1:]) + torch.logaddexp(x[:, :1], x[:, 1:].relu())), (2,)),
    "dropout and identity": (lambda: nn.Sequential(nn.Dropout(), nn.AlphaDropout(), nn.Identity(), nn.ReLU()), (2,)),
}  # fmt: skip


DEEP = {
    "attention in one call", "attention with a mask", "bmm, softmax", "gated recurrent", "causal attention", "causal mask", "group norm", "instance norm", "layer norm", "mish, logsigmoid, tanhshrink",
    "multi-head attention", "transformer layer",
}  # fmt: skip
"""Formulas in formulas, which are evaluated with many digits here, and not written out."""


def rational(value):
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else None


def grid(size):
    patterns = [
        (0.0,),
        (1.0,),
        (1.0, 0.0),
        (-1.0, 2.0, -1.0),
        (0.5, -3.0, 3.0, 0.5),
        (-1.0, 0.0, 1.0),
    ]
    return [[pattern[k % len(pattern)] for k in range(size)] for pattern in patterns]


def close(exact, got):
    """Equal where the exact number is a float of few digits, else up to rounding."""
    value = rational(exact)
    if value is not None and value.denominator & (value.denominator - 1) == 0:
        return float(value) == got or value.denominator > 2**40
    return math.isclose(float(exact), got, rel_tol=1e-8, abs_tol=1e-8)


def derived(name, f, point):
    """The value and the rows of the gradient; None for a row with free weights."""
    if name in DEEP:
        here = Pass(f, point, "float64")
        rows = [here.row([int(i == k) for i in range(f.size)]) for k in range(f.size)]
        if any(near.error > 1e-5 for row in [here.values(), *rows] for near in row):
            raise Undecided  # a division by nearly zero
        return [[sympy.Float(float(near.value)) for near in row] for row in (here.values(), *rows)]
    value, gradient = f.value(point), f.gradient(point)
    rows = [gradient.row(k) for k in range(f.size)]
    return [value if f.shape else [value], *(None if row.free_symbols else row for row in rows)]


@pytest.fixture(autouse=True)
def wide_floats():
    """Modules without parameters compute in the default type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("name", IMPORTED)
def test_a_module_agrees_with_autograd(name):
    make, shape = IMPORTED[name]
    torch.manual_seed(0)
    module = small(make()).double()
    f = mt.from_torch(module, shape)
    compared = 0
    for entries in grid(len(f.variables)):
        x = torch.tensor(entries, dtype=torch.float64).requires_grad_()
        output = module(x.clone().reshape(1, *shape)).reshape(-1)
        try:
            value, *rows = derived(name, f, [Fraction(entry) for entry in entries])
        except (mt.OutsideDomain, Undecided):
            continue  # where a norm has no gradient, or rounding decides
        assert all(map(close, value, output.tolist())), entries
        for own, entry in zip(rows, output, strict=True):
            (row,) = torch.autograd.grad(entry, x, retain_graph=True)
            if own is not None:
                assert all(map(close, own, row.tolist())), entries
                compared += 1
    assert compared


@pytest.mark.parametrize("name", ["clamp by a tensor", "hardswish", "cumsum", "where", "einsum"])
def test_forward_mode_agrees_with_jacfwd(name):
    make, shape = IMPORTED[name]
    module = small(make()).double()
    f = mt.from_torch(module, shape, mode="forward")
    for entries in grid(len(f.variables)):
        x = torch.tensor(entries).reshape(1, *shape)
        wanted = torch.func.jacfwd(lambda x: module(x).reshape(-1))(x).reshape(f.size, -1)
        gradient = f.gradient([Fraction(entry) for entry in entries])
        assert all(map(close, gradient, wanted.reshape(-1).tolist())), entries


MOVES = {
    "flip": lambda x: x.flip(-1), "roll": lambda x: x.roll((1, 2), (0, 1)),
    "transpose": lambda x: x.transpose(0, 1), "permute": lambda x: x.t().contiguous(),
    "repeat": lambda x: x.repeat(1, 2)[:, : x.shape[1]], "pad": lambda x: F.pad(x, (1, 0), value=2.0),
    "crop": lambda x: F.pad(x, (0, -1)) if x.shape[1] > 1 else x, "tril": torch.tril,
    "chunk": lambda x: torch.cat(x.chunk(2, dim=1)[::-1], dim=1), "expand": lambda x: x[:1].expand(2, -1),
    "split": lambda x: torch.vstack(x.split(1)), "view": lambda x: x.reshape(-1, x.shape[0]),
    "scatter": lambda x: x.scatter(1, torch.zeros(x.shape[0], 1, dtype=torch.long), 3.0),
    "unfold": lambda x: x.unfold(1, 1, 1).squeeze(-1), "stack": lambda x: torch.stack(x.unbind(0), 1),
    "diagonal": lambda x: torch.diag_embed(torch.diagonal(x)), "write": lambda x: x.clone().fill_(1.5) + x * 0,
}  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(sorted(MOVES)), min_size=1, max_size=4))
def test_any_moves_of_entries_are_those_of_torch(names):
    def forward(self, x):
        y = x[0]
        for name in names:
            y = MOVES[name](y)
        return y.abs()

    module = Of(forward)
    f = mt.from_torch(module, (2, 3))
    given_values = [-1.0, 0.5, 0.0, 2.0, -3.0, 1.0]
    wanted = module(torch.tensor(given_values).reshape(1, 2, 3))
    assert f.shape == tuple(wanted.shape)[wanted.shape[0] == 1 :]
    value = f.value([Fraction(v) for v in given_values])
    assert [float(v) for v in (value if f.shape else [value])] == wanted.reshape(-1).tolist()


@settings(max_examples=12, deadline=None)
@given(
    st.booleans(), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.integers(1, 2),
    st.sampled_from([(1, 2, 1), (2, 2, 2), (2, 4, 2)]), st.integers(1, 3),
)  # fmt: skip
def test_convolutions_of_any_geometry_are_those_of_torch(
    transposed, kernel, stride, padding, dilation, channels, dims
):
    inputs, outputs, groups = channels
    size = (2 + 2 * dilation,) * 1 + (2,) * (dims - 1)
    kernels = (kernel,) + (1,) * (dims - 1)
    paddings = (min(padding, dilation * (kernel - 1)),) + (0,) * (dims - 1)
    kind = getattr(nn, f"Conv{'Transpose' if transposed else ''}{dims}d")
    module = kind(
        inputs, outputs, kernels, stride=stride, padding=paddings, dilation=dilation, groups=groups
    )
    module = small(module).double()
    f = mt.from_torch(module, (inputs, *size))
    given_values = [float((3 * k * k + k) % 7 - 3) for k in range(len(f.variables))]
    wanted = module(torch.tensor(given_values).reshape(1, inputs, *size))[0]
    assert f.shape == tuple(wanted.shape)
    value = f.value([Fraction(v) for v in given_values])
    assert [float(v) for v in value] == wanted.reshape(-1).tolist()
