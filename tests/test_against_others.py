"""Every primitive of conventions.numpy_autograd and .casadi against these, on every stratum."""

from __future__ import annotations

from math import prod

import pytest
from frameworks import cases, matrices_agree, split

from piecewise_mt.conventions import casadi as casadi_convention
from piecewise_mt.conventions import numpy_autograd


@pytest.mark.parametrize("name", numpy_autograd.PRIMITIVES)
def test_autograd_returns_the_derived_gradient(name):
    autograd = pytest.importorskip("autograd", reason="autograd is not installed")
    numpy = pytest.importorskip("autograd.numpy")
    primitive = numpy_autograd.PRIMITIVES[name]
    f = primitive.expression()
    reference = primitive.reference()
    points, untested = cases(f)
    assert untested == 0 and points
    for point, _ in points:
        operands = [
            numpy.array(part).reshape(shape)
            for part, shape in zip(split(point, primitive.shapes), primitive.shapes, strict=True)
        ]
        blocks = [
            autograd.jacobian(lambda *xs: reference(*xs, **primitive.arguments), k)(*operands)
            for k in range(len(operands))
        ]
        parts = [b.reshape(f.size, prod(s)) for b, s in zip(blocks, primitive.shapes, strict=True)]
        assert matrices_agree(f.gradient(point), numpy.hstack(parts).tolist()), point


@pytest.mark.parametrize("name", casadi_convention.PRIMITIVES)
def test_casadi_returns_the_derived_gradient(name):
    casadi = pytest.importorskip("casadi", reason="casadi is not installed")
    primitive = casadi_convention.PRIMITIVES[name]
    f = primitive.expression()
    kind = getattr(casadi, primitive.arguments.get("symbols", "SX"))
    whole = kind.sym("x", len(f.variables))
    operands, start = [], 0
    for shape in primitive.shapes:
        operands.append(whole[start : start + prod(shape)])
        start += prod(shape)
    output = primitive.reference()(*operands)
    jacobian = casadi.Function("J", [whole], [casadi.densify(casadi.jacobian(output, whole))])
    points, untested = cases(f)
    assert untested == 0 and points
    for point, _ in points:
        rows = jacobian([float(v) for v in point]).full().tolist()
        assert matrices_agree(f.gradient(point), rows), (point, rows)
