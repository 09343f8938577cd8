"""The frameworks' modules without the frameworks: names, examples, and rules that compose."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.conventions import casadi, jax, numpy_autograd, pytorch, tensorflow
from piecewise_mt.functions.atoms.rules import with_free_ties

MODULES = {
    m.__name__.rsplit(".", 1)[-1]: m for m in (casadi, jax, numpy_autograd, pytorch, tensorflow)
}
PRIMITIVES = [(m, name) for m, module in MODULES.items() for name in module.PRIMITIVES]


def test_no_framework_is_imported():
    code = (
        "import sys; from piecewise_mt.conventions import pytorch, jax, tensorflow, casadi; "
        "from piecewise_mt.conventions import numpy_autograd; "
        "print({'torch', 'jax', 'tensorflow', 'casadi', 'autograd'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("module, name", PRIMITIVES)
def test_every_primitive_follows_its_strata(module, name):
    """On every stratum the gradient satisfies (15): t ↦ G·t is the derivative along it."""
    primitive = MODULES[module].PRIMITIVES[name]
    for mode in ("reverse", "forward") if primitive.has_modes else ("reverse",):
        f = primitive.expression(mode)
        free = with_free_ties(f)
        strata = f.strata()
        for stratum in list(strata)[:: max(1, len(strata) // 12)]:
            point = stratum.witness
            rows = [row[1:] for row in stratum.polyhedron.equations]
            basis = sympy.Matrix(rows or [[0] * len(point)]).nullspace()
            difference = f.gradient(point) - free.gradient(point)
            for direction in basis:
                assert (difference * direction).expand().is_zero_matrix


@pytest.mark.parametrize("module", MODULES)
def test_functions_are_exported_and_documented(module):
    for name in MODULES[module].__all__:
        assert getattr(MODULES[module], name).__doc__ or name in ("VERSION", "PRIMITIVES")


@pytest.mark.parametrize("framework, weights", [
    (pytorch, ["1/8", "1/8", "1/4", "1/2"]),
    (jax, ["1/8", "1/8", "1/4", "1/2"]),
    (tensorflow, [1, 0, 0, 0]),
])  # fmt: skip
def test_a_reduction_tree_is_a_composition(framework, weights):
    f = functools.reduce(framework.maximum, mt.vector("x", 4))
    assert list(f.gradient([0] * 4)) == [sympy.Rational(w) for w in weights]


def test_observed_derivatives_along_a_line():
    """max₁(t·(1, 2, 3, 4)) − another maximum at t = 0, for four ways to write max₁."""
    t = mt.variable("t")
    y = mt.affine([[1], [2], [3], [4]], t.reshape((1,)))
    loop = functools.reduce(lambda a, b: mt.where(b > a, b, a), y)
    loop_last = functools.reduce(lambda a, b: mt.where(b >= a, b, a), y)
    tree = functools.reduce(pytorch.maximum, y)
    whole, by_dim = pytorch.max(y), pytorch.max_dim(y, 0)
    differences = [loop - whole, loop_last - whole, tree - whole, loop - by_dim]
    gradients = [f.gradient((0,))[0] for f in differences]
    assert gradients == [sympy.Rational(v) for v in ("-3/2", "3/2", "5/8", "0")]
    assert (pytorch.relu(t) - pytorch.relu(-t)).gradient((0,))[0] == 0


def test_the_documentation_lists_every_primitive():
    page = (Path(__file__).parent.parent / "docs" / "frameworks.md").read_text(encoding="utf-8")
    for module in MODULES.values():
        assert module.VERSION in page
        for primitive in module.PRIMITIVES.values():
            target = primitive.target.replace(":", ".")
            row = [line for line in page.splitlines() if line.startswith(f"| `{target}")]
            assert any(f"| {primitive.rule} |" in line for line in row), primitive.name


def test_modes_are_checked():
    with pytest.raises(mt.PiecewiseError, match="'reverse' or 'forward'"):
        pytorch.fmax(0, mt.variable("x"), mode="backward")


def test_batch_norm_parameters_in_both_types():
    """1/sqrt(1 + 2**-30) is 1 in float32, and one place below 1 plus rounding in float64."""
    eps = Fraction(1, 2**30)
    assert pytorch.batch_norm_parameters([0], [1], eps=eps) == ([1], [0])
    ((scale,), _) = pytorch.batch_norm_parameters([0], [1], eps=eps, dtype="float64")
    assert abs(scale - (1 - eps / 2)) < Fraction(1, 2**52)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_batch_norm_is_torchs_bit_by_bit():
    import torch

    torch.manual_seed(0)
    for dtype in ("float32", "float64"):
        kind = getattr(torch, dtype)
        mean, weight, bias = (torch.randn(50, dtype=kind) for _ in range(3))
        variance = torch.rand(50, dtype=kind)
        given = (mean, variance, weight, bias)
        scale, shift = pytorch.batch_norm_parameters(*given, 1e-5, dtype)
        zero = torch.zeros((1, 50, 2), dtype=kind)
        at_zero = torch.nn.functional.batch_norm(zero, *given, training=False)[0, :, 0]
        given = (mean * 0, variance, weight, bias * 0)
        at_one = torch.nn.functional.batch_norm(zero + 1, *given, training=False)[0, :, 0]
        assert shift == [Fraction(v) for v in at_zero.tolist()]
        assert scale == [Fraction(v) for v in at_one.tolist()]
