"""Every primitive of conventions.casadi against casadi's own Jacobians, on every stratum."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest

from piecewise_mt.audit.asking import simplest
from piecewise_mt.audit.exact_floats import is_exact_at
from piecewise_mt.calculus.ladder.float_points import representable_points
from piecewise_mt.conventions import casadi as convention


@pytest.mark.parametrize("name", convention.PRIMITIVES)
def test_casadi_returns_the_derived_gradient(name):
    casadi = pytest.importorskip("casadi", reason="casadi is not installed")
    primitive = convention.PRIMITIVES[name]
    f = primitive.expression()
    kind = getattr(casadi, primitive.arguments.get("symbols", "SX"))
    whole = kind.sym("x", len(f.variables))
    operands, start = [], 0
    for shape in primitive.shapes:
        operands.append(whole[start : start + prod(shape)])
        start += prod(shape)
    output = primitive.reference()(*operands)
    jacobian = casadi.Function("J", [whole], [casadi.densify(casadi.jacobian(output, whole))])
    strata = f.strata()
    for stratum in strata:
        points = [p for p in representable_points(stratum, strata) if is_exact_at(f, p)]
        assert points, f"untested: {stratum}"
        for point in points:
            rows = jacobian([float(v) for v in point]).full().tolist()
            returned = [simplest(v) for row in rows for v in row]
            assert returned == [Fraction(int(v.p), int(v.q)) for v in f.gradient(point)], point
