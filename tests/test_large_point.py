"""A 784-64-32-10 network at a point with 20 ties that span 4 dimensions, or 12 independent ones."""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from local_cases import tied_network

from piecewise_mt.calculus.local.certificates import ConvexCombination, flat
from piecewise_mt.calculus.local.proofs import limit_agrees
from piecewise_mt.geometry.polytope import Polytope


@pytest.fixture(scope="module")
def tied():
    f, point = tied_network(16, 4, 4)
    return f[0] - f[1], point


def test_every_question_at_twenty_ties(tied):
    f, point = tied
    at = f.at(point)
    assert (len(at.active), at.rank, at.shape) == (20, 4, (1, 784))
    assert not at.is_differentiable
    assert at.gradient == f.gradient(point)
    reduced = {limit.reduced for limit in at.limits}
    assert len(reduced) == len(at.limits) > 16
    draw = random.Random(3)
    for _ in range(5):
        # an independent way: the network without ties, a little way along a random direction
        d = [draw.randint(-5, 5) for _ in point]
        near = [p + Fraction(v, 10**9) for p, v in zip(point, d, strict=True)]
        gradient = f.gradient(near)
        assert not f.at(near).active
        assert at.classify(gradient) == "bouligand"
        assert at.lexicographic([d]) == gradient
        slope = (gradient * sympy.Matrix(d))[0]
        assert at.directional_derivative(d) == slope
    first, last = at.limits[0], at.limits[-1]
    mean = (first.gradient + last.gradient) / 2
    assert at.classify(mean) == "clarke"
    beyond = 2 * first.gradient - last.gradient
    certificate = at.clarke.certificate(beyond)
    assert certificate.holds(beyond, [limit.gradient for limit in at.limits[::20]])
    assert isinstance(at.clarke.certificate(mean), ConvexCombination)
    assert at.clarke.certificate(mean).holds(mean)
    assert limit_agrees(at, first) and at.differentiability_proof.verify()
    assert at.stationarity_proof.holds == at.is_stationary and at.stationarity_proof.verify()
    # a limit of gradients is a Fréchet subgradient only if no cone falls below it
    frechet = at.frechet
    assert frechet.is_empty or frechet.contains(list(frechet.witness()))
    assert frechet.is_empty == (frechet.witness() is None) and len(frechet.reduced.variables) == 4
    if not frechet.contains(first.gradient):
        d, slope = frechet.ascent(first.gradient)
        assert at.directional_derivative(d) == slope < (first.gradient * sympy.Matrix(d))[0]
    off = at.gradient + sympy.ImmutableMatrix(1, 784, [1] * 784)
    assert at.classify(off) == "inconsistent"


def test_all_limits_of_twelve_independent_ties():
    f, point = tied_network(12, 0, 12)
    at = f[2].at(point)
    assert (len(at.active), at.rank) == (12, 12)
    # every combination of signs occurs nearby; gradients differ unless a unit has no way out
    assert len(at.limits) == 2**12
    assert at.classify(at.limits[1234].gradient) == "bouligand"
    # independent kinks make a parallelotope, all of whose corners are extreme
    points = [flat(limit.reduced) for limit in at.limits]
    assert Polytope(points).vertices == tuple(points)
