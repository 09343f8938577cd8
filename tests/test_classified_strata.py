"""Rungs on strata from coefficients, against SymPy matrices judged at the witness."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.functions.atoms.rules import with_free_ties

x, y, z = mt.variables("x y z")
half = Fraction(1, 2)
BOTH = frozenset({0, 1})
a, b = sympy.symbols("a b", real=True)


def compare(rep):
    """Every judgement: its rung, its certificate and its conditions."""
    count = 0
    for entry in rep.classify().strata:
        slow = LocalAnalysis(rep.of, entry.stratum.point, domain=rep.domain)
        expected = slow.judge(rep[entry.alpha - 1].gradient)
        found = entry.judgement
        assert found.rung == expected.rung, (entry, expected)
        if found.reason == "no unit has a tie":
            continue
        assert (found.reason, found.cases) == (expected.reason, expected.cases)
        assert found.refuted == expected.refuted
        assert str(found.certificate) == str(expected.certificate)
        count += 1
    return count


domains = st.sampled_from([None, "x1 >= 0", "x1 > -1 and x1 <= 1", "x1 = 0"])


@settings(max_examples=60, deadline=None)
@given(functions(max_layers=2), domains, st.booleans())
def test_random_functions(f, domain, is_free):
    f = f.on(*sorted({"x1", *(v.names[0] for v in f.variables)}))
    try:
        rep = (with_free_ties(f) if is_free else f).represent(domain)
        if len(rep.strata) > 60:
            return
    except mt.NotContinuous:
        return
    compare(rep)


FIXED = [
    mt.relu(x) - mt.relu(x),
    mt.relu(mt.relu(x) - mt.relu(-x)) / 3,
    mt.max(x, y, 0) - mt.abs(x - y, at_zero=a) / 2,
    mt.max(x, -x, ties={BOTH: [a, 1 - a]}) + mt.relu(y, at_zero=a * b),
    mt.max(x, y, ties={BOTH: [sympy.sqrt(2) / 2, 1 - sympy.sqrt(2) / 2]}),
    mt.max(x, y, ties={BOTH: [1 / (1 + a**2), 1 - 1 / (1 + a**2)]}),
    mt.stack([mt.relu(x + y), mt.relu(mt.relu(x) - y, at_zero=2), 3 * x]),
    mt.relu(x, at_zero=half) + mt.relu(-x, at_zero="free") + mt.median([x, y, 1]),
    mt.where(x >= y, mt.relu(x - y) + x, x),
]


@pytest.mark.parametrize("f", FIXED, ids=str)
@pytest.mark.parametrize("domain", [None, "x >= 0"])
def test_every_kind_of_coefficient(f, domain):
    assert compare(f.represent(domain)) > 0


root = sympy.sqrt(2)
IRRATIONAL = [
    mt.relu(root * x - y) + abs(x),
    mt.max(root * x, y, 2 * x + y),
    mt.relu(x - root) + mt.relu(y),
    root * mt.relu(x - y) - mt.relu(mt.max(x, root * y)),
]


@pytest.mark.parametrize("is_free", [False, True])
@pytest.mark.parametrize("f", IRRATIONAL, ids=str)
@pytest.mark.parametrize("domain", [None, "x >= 0", "sqrt(2)*x <= y", "x <= sqrt(2)"])
def test_irrational_coefficients_points_and_domains(f, domain, is_free):
    assert compare((with_free_ties(f) if is_free else f).represent(domain)) > 0


@pytest.mark.parametrize("domain", ["sqrt(2)*x <= y", "x <= sqrt(2)"])
def test_rational_functions_on_irrational_domains(domain):
    assert compare(with_free_ties(mt.max(x, y) + mt.relu(x)).represent(domain)) > 0
