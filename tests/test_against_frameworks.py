"""Every primitive of the conventions against the installed frameworks, on every stratum.

The expected values come from the framework itself, in reverse and in forward mode, in float64, at
points where every value that decides a tie is exact.
"""

from __future__ import annotations

import importlib
from fractions import Fraction

import pytest

from piecewise_mt.audit.asking import simplest
from piecewise_mt.audit.exact_floats import is_exact_at
from piecewise_mt.audit.frameworks import FRAMEWORKS, split
from piecewise_mt.calculus.ladder.float_points import representable_points
from piecewise_mt.calculus.partition.domain import read_domain

pytestmark = pytest.mark.filterwarnings("ignore")
CASES = [
    pytest.param(framework, name, mode, id=f"{framework.name}-{name}-{mode}")
    for framework in FRAMEWORKS.values()
    for name, primitive in importlib.import_module(
        f"piecewise_mt.conventions.{framework.name}"
    ).PRIMITIVES.items()
    for mode in framework.modes
    if mode == "reverse" or primitive.has_forward
]


def exact(entry):
    return Fraction(int(entry.p), int(entry.q))


@pytest.mark.parametrize(("framework", "name", "mode"), CASES)
def test_the_framework_returns_the_derived_gradient(framework, name, mode):
    pytest.importorskip(framework.package, reason=f"{framework.package} is not installed")
    module = importlib.import_module(f"piecewise_mt.conventions.{framework.name}")
    primitive = module.PRIMITIVES[name]
    f = primitive.expression(mode)
    strata = f.strata()
    exceptions = primitive.exceptions if mode == "reverse" else ()
    outside = [read_domain(text, strata.names) for text in exceptions]
    reference = primitive.reference()
    for stratum in strata:
        points = [p for p in representable_points(stratum, strata) if is_exact_at(f, p)]
        assert points, f"untested: {stratum}"
        for point in points:
            parts = split(point, primitive.shapes)
            values, rows = framework.jacobian(
                reference, parts, primitive.shapes, primitive.arguments, mode
            )
            wanted = f.value(point)
            assert list(map(simplest, values)) == [
                exact(v) for v in (wanted if f.shape else [wanted])
            ], point
            agrees = [simplest(v) for row in rows for v in row] == list(
                map(exact, f.gradient(point))
            )
            assert agrees != any(domain.contains(point) for domain in outside), (point, rows)
