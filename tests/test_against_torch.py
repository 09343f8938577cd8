"""Every primitive of conventions.pytorch against the installed torch, on every stratum.

The expected values come from torch itself, in reverse mode (torch.autograd.grad, row by row) and
in forward mode (torch.autograd.forward_ad, column by column), in float64, at points where every
value that decides a tie is exact.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from frameworks import cases, floats, matrices_agree, same, split

from piecewise_mt.conventions import pytorch

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


def converted(arguments):
    """Lists as tensors and fractions as floats."""
    return {
        key: torch.tensor(floats(value), dtype=torch.float64)
        if isinstance(value, list)
        else floats(value)
        for key, value in arguments.items()
    }


def reverse(function, operands):
    operands = [x.requires_grad_() for x in operands]
    output = function(*operands).reshape(-1)
    rows = []
    for entry in output:
        gradients = torch.autograd.grad(
            entry, operands, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        rows.append([v for g in gradients for v in g.reshape(-1).tolist()])
    return output.tolist(), rows


def forward(function, operands):
    columns = []
    for place, operand in enumerate(operands):
        for k in range(operand.numel()):
            with torch.autograd.forward_ad.dual_level():
                tangents = [torch.zeros_like(x) for x in operands]
                tangents[place].view(-1)[k] = 1
                duals = [
                    torch.autograd.forward_ad.make_dual(x, t)
                    for x, t in zip(operands, tangents, strict=True)
                ]
                output = torch.autograd.forward_ad.unpack_dual(function(*duals))
                tangent = output.tangent
                if tangent is None:
                    tangent = torch.zeros_like(output.primal)
                columns.append(tangent.reshape(-1).tolist())
    return output.primal.reshape(-1).tolist(), list(zip(*columns, strict=True))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", pytorch.PRIMITIVES)
def test_torch_returns_the_derived_gradient(name, mode):
    primitive = pytorch.PRIMITIVES[name]
    if mode == "forward" and not primitive.has_forward:
        pytest.skip("torch has no forward mode for it")
    f = primitive.expression(mode)
    arguments = converted(primitive.arguments)
    reference = primitive.reference()
    exceptions = primitive.exceptions if mode == "reverse" else ()
    points, untested = cases(f, exceptions)
    assert untested == 0 and points
    for point, excepted in points:
        operands = [
            torch.tensor(part, dtype=torch.float64).reshape(shape)
            for part, shape in zip(split(point, primitive.shapes), primitive.shapes, strict=True)
        ]
        compute = reverse if mode == "reverse" else forward
        value, jacobian = compute(lambda *xs: reference(*xs, **arguments), operands)
        wanted = f.value(point)
        entries = list(wanted) if f.shape else [wanted]
        assert all(map(same, (Fraction(int(v.p), int(v.q)) for v in entries), value)), point
        agrees = matrices_agree(f.gradient(point), jacobian)
        assert agrees != excepted, (point, f.gradient(point), jacobian)
