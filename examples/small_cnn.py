"""A small CNN on a plane of images: strata, pieces, gradients, and a softmax at the end.

The network is a ``torch.nn.Module`` where torch is installed; without it the same network is
built with the functions of ``piecewise_mt.conventions.pytorch``, and the results are the same.
"""

from fractions import Fraction
from typing import Any

from sympy import Matrix, simplify

import piecewise_mt as mt
from piecewise_mt.conventions import pytorch

SHAPE = (1, 6, 6)
"""One channel of 6 × 6."""
KERNELS = [
    [[[1, 0, -1], [2, 0, -2], [1, 0, -1]]],  # vertical edges
    [[[0, 1, 0], [1, -4, 1], [0, 1, 0]]],  # spots
]
BIASES = [0, Fraction(-1, 2)]
WEIGHTS = [
    [1, 0, -1, 1, Fraction(1, 2), 0, 1, 0],
    [0, 1, 1, -1, 0, Fraction(1, 2), 0, -1],
]
OFFSETS = [-6, 1]  # so that both scores are equal at s = t = 0

# The plane of images BASE + s·FIRST + t·SECOND.
BASE = [[int(column == row) for column in range(6)] for row in range(6)]
FIRST = [[int(column >= 3) for column in range(6)] for _ in range(6)]
SECOND = [[(row * column) % 3 - 1 for column in range(6)] for row in range(6)]
HALF = Fraction(1, 2)
DOMAIN = {"s": (-HALF, HALF), "t": (-HALF, HALF)}


def torch_module(torch: Any) -> Any:
    """The network as a module, in float64, in which its weights are exact."""
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2)
    ).double()
    with torch.no_grad():
        module[0].weight.copy_(torch.tensor(KERNELS))
        module[0].bias.copy_(torch.tensor([float(b) for b in BIASES]))
        module[4].weight.copy_(torch.tensor([[float(w) for w in row] for row in WEIGHTS]))
        module[4].bias.copy_(torch.tensor([float(b) for b in OFFSETS]))
    return module


def built() -> mt.Expression:
    """The same network without torch."""
    x = mt.tensor("x", SHAPE)
    features = pytorch.max_pool2d(pytorch.relu(pytorch.conv2d(x, KERNELS, BIASES)), 2)
    return pytorch.linear(pytorch.flatten(features), WEIGHTS, OFFSETS).on(x)


def on_plane(f: mt.Expression) -> mt.Expression:
    """A function of images as one of (s, t)."""
    s, t = mt.variables("s t")
    entries = zip(*(sum(image, []) for image in (BASE, FIRST, SECOND)), strict=True)
    pixels = [base + s * first + t * second for base, first, second in entries]
    return f.subs(dict(zip(f.variables, pixels, strict=True))).on(s, t)


def network() -> mt.Expression:
    """The two scores as a function of the image."""
    try:
        import torch
    except ImportError:
        print("torch is not installed: the network is built with piecewise_mt.conventions.pytorch")
        return built()
    return mt.from_torch(torch_module(torch), SHAPE)


def main() -> None:
    scores = on_plane(network())
    strata = scores.strata(DOMAIN)
    print("strata by dimension:", strata.f_vector)
    vertices, edges, regions = strata.f_vector
    assert vertices - edges + regions == 1  # Euler's relation on a square

    rep = scores.represent(DOMAIN)
    print(f"pieces under PyTorch's tie rules: {len(rep)}, with equal formulas joined: "
          f"{len(rep.merged())}")  # fmt: skip
    for piece in list(rep)[:3]:
        print(f"  {piece.polyhedron}: {piece.formula.T.tolist()[0]}, {piece.gradient.tolist()}")

    # The chain rule (14) at one point agrees with the pieces, on every stratum.
    for stratum in strata:
        assert scores.gradient(stratum.witness) == rep.piece_at(stratum.witness).gradient

    # (1) with a final softmax: the same strata, smooth formulas.
    probabilities = mt.softmax(scores)
    smooth = probabilities.represent(DOMAIN)
    assert [p.condition for p in smooth] == [p.condition for p in rep]
    print(f"with a softmax: {len(smooth)} pieces, the same sets; the first formula is")
    print(f"  {smooth[0].formula[0]}")
    tie = (0, 0)
    assert not scores.at(tie).is_differentiable
    print("at the tie (0, 0):")
    print("  gradient of the scores:", scores.gradient(tie).tolist())
    print("  probabilities:", probabilities.value(tie).T.tolist()[0])
    gradient = probabilities.gradient(tie).applyfunc(simplify)
    print("  their gradient:", gradient.tolist())

    # The softmax's Jacobian diag(p) − p pᵀ times the scores' gradient, and p sums to 1.
    p = probabilities.value(tie)
    jacobian = Matrix(2, 2, lambda i, j: p[i] * (int(i == j) - p[j]))
    assert (jacobian * scores.gradient(tie) - gradient).applyfunc(simplify).is_zero_matrix


if __name__ == "__main__":
    main()
