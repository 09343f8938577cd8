"""Every primitive of conventions.jax against the installed jax, on every stratum.

The expected values come from jax itself, in reverse mode (jax.vjp) and in forward mode (jax.jvp),
in float64, at points where every value that decides a tie is exact.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from frameworks import cases, floats, matrices_agree, same, split

from piecewise_mt.conventions import jax as convention

jax = pytest.importorskip("jax", reason="jax is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _float64():
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def reverse(function, operands):
    value, pull = jax.vjp(function, *operands)
    rows = []
    for k in range(value.size):
        seed = jax.numpy.zeros(value.size).at[k].set(1.0).reshape(value.shape)
        rows.append([float(v) for g in pull(seed) for v in g.reshape(-1)])
    return value, rows


def forward(function, operands):
    columns = []
    for place, operand in enumerate(operands):
        for k in range(operand.size):
            tangents = [jax.numpy.zeros_like(x) for x in operands]
            flat = tangents[place].reshape(-1).at[k].set(1.0)
            tangents[place] = flat.reshape(operand.shape)
            value, tangent = jax.jvp(function, tuple(operands), tuple(tangents))
            columns.append([float(v) for v in tangent.reshape(-1)])
    return value, list(zip(*columns, strict=True))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", convention.PRIMITIVES)
def test_jax_returns_the_derived_gradient(name, mode):
    primitive = convention.PRIMITIVES[name]
    f = primitive.expression(mode)
    arguments = {key: floats(value) for key, value in primitive.arguments.items()}
    reference = primitive.reference()
    points, untested = cases(f)
    assert untested == 0 and points
    for point, _ in points:
        operands = [
            jax.numpy.array(part).reshape(shape)
            for part, shape in zip(split(point, primitive.shapes), primitive.shapes, strict=True)
        ]
        compute = reverse if mode == "reverse" else forward
        value, jacobian = compute(lambda *xs: reference(*xs, **arguments), operands)
        wanted = f.value(point)
        entries = [Fraction(int(v.p), int(v.q)) for v in (wanted if f.shape else [wanted])]
        assert all(map(same, entries, [float(v) for v in value.reshape(-1)])), point
        assert matrices_agree(f.gradient(point), jacobian), (point, f.gradient(point), jacobian)


def test_clamp_with_traced_bounds_returns_no_associated_gradient():
    gradient = jax.jacrev(jax.lax.clamp, argnums=(0, 1, 2))(1.0, 1.0, 2.0)
    assert [float(g) for g in gradient] == [0.0, 0.0, 0.0]
