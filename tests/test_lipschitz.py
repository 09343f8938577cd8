"""Lipschitz constants: against sampled slopes and floating-point singular values."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy
import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.exact.norms import LargestRoot, gram_polynomial

x, y = mt.variables("x y")
calm = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
NORMS = {1: lambda v: sum(map(abs, v)), sympy.oo: lambda v: max(map(abs, v), default=0)}


@given(functions(max_layers=2), st.sampled_from([1, sympy.oo]), st.data())
@calm
def test_no_slope_exceeds_it_and_one_attains_it(f, ord, data):
    report = mt.lipschitz_report(f, ord)
    names = [v.name for v in f.variables]
    coordinate = st.fractions(min_value=-3, max_value=3, max_denominator=6)
    p, q = ([data.draw(coordinate) for _ in names] for _ in range(2))
    rise = [a - b for a, b in zip(values_at(f, names, p), values_at(f, names, q), strict=True)]
    run = [a - b for a, b in zip(p, q, strict=True)]
    assert NORMS[ord](rise) <= report.constant * NORMS[ord](run)
    assert f.at(report.stratum.point).bouligand == (report.gradient,)
    # the unit ball's corners: a corner of the cube or of the cross-polytope attains the norm
    corners = product((-1, 1), repeat=len(names)) if ord != 1 else sympy.eye(len(names)).tolist()
    attained = max(NORMS[ord](list(report.gradient * sympy.Matrix(corner))) for corner in corners)
    assert attained == report.constant
    assert report.constant <= report.layers_bound


@given(functions())
@calm
def test_norm_2_against_singular_values(f):
    found = mt.lipschitz(f)
    gradients = {
        f.at(s.point).lexicographic()
        for s in f.strata(max_faces=20000)
        if s.dimension == len(f.variables)
    }
    largest = max(numpy.linalg.norm(numpy.array(g.tolist(), dtype=float), 2) for g in gradients)
    assert abs(float(found) - largest) <= 1e-9 * (1 + largest)
    assert float(found) <= float(mt.lipschitz_report(f).layers_bound) + 1e-9
    if f.size == 1 or len(f.variables) == 1:
        assert (found**2).is_Rational


def test_kinks_that_bend_against_each_other():
    # the slope of relu(x) - relu(-x) is 1; the layers' norms are multiplied to 2
    report = mt.lipschitz_report(mt.relu(x) - mt.relu(-x), "inf")
    assert (report.constant, report.layers_bound) == (1, 2)


def test_golden_ratio():
    # the largest singular value of [[1, 1], [0, 1]]
    f = mt.affine([[1, 1], [0, 1]], mt.stack([x, y]))
    assert sympy.simplify(mt.lipschitz(f) - (1 + sympy.sqrt(5)) / 2) == 0


def test_domain():
    assert mt.lipschitz(mt.relu(x), 1, {"x": (-2, -1)}) == 0
    with pytest.raises(mt.PiecewiseError, match="no interior"):
        mt.lipschitz(mt.relu(x), 1, "x = 0")
    with pytest.raises(mt.PiecewiseError, match="1, 2 or oo"):
        mt.lipschitz(x + 0, 3)


@given(st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=4))
@calm
def test_gram_polynomial_is_the_characteristic_one(rows):
    m = sympy.Matrix(rows)
    gram = m * m.T if m.rows <= 3 else m.T * m
    expected = [Fraction(str(c)) for c in gram.charpoly().all_coeffs()]
    assert list(gram_polynomial([list(map(Fraction, r)) for r in rows])) == expected


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=4),
    st.lists(st.integers(-3, 3), min_size=1, max_size=4),
)
@calm
def test_largest_roots_are_ordered_as_numbers(one, two):
    def poly(roots):
        s = sympy.Symbol("s")
        return [
            Fraction(str(c)) for c in sympy.Poly(sympy.prod(s - r for r in roots), s).all_coeffs()
        ]

    p, q = LargestRoot(poly(one)), LargestRoot(poly(two))
    assert (p > q, p == q, p < q) == (
        max(one) > max(two),
        max(one) == max(two),
        max(one) < max(two),
    )
