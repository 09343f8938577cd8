"""``f.at(x)`` where the point or derivatives are irrational, against the rational analysis.

Algebraic numbers go through the same engine; others, such as e, through one of their own.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.local.clarke import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.local.real_analysis import RealAnalysis
from piecewise_mt.exact.ordered_hulls import combination_or_separation
from piecewise_mt.exact.reals import Real, real
from piecewise_mt.geometry.polytope import Combination, Polytope

x, y = mt.variables("x y")
R, sqrt = sympy.Rational, sympy.sqrt
half = sqrt(2) / 2
calm = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def row(*entries):
    return sympy.ImmutableMatrix([list(entries)])


coefficients = st.integers(-2, 2)


@st.composite
def tied(draw):
    """A function of u and v with many ties at (2, 3)."""
    u, v = mt.variables("u v")
    pairs = draw(st.lists(st.tuples(coefficients, coefficients), min_size=2, max_size=4))
    forms = [a * (u - 2) + b * (v - 3) for a, b in pairs]
    kinks = [mt.relu(forms[0]), mt.max(*forms), mt.min(*forms[:2]), abs(forms[-1])]
    kinks.append(mt.relu(draw(st.sampled_from(kinks)) - 2 * draw(st.sampled_from(kinks))))
    total = 0 * u + 0 * v
    for kink in draw(st.lists(st.sampled_from(kinks), min_size=1, max_size=3)):
        total = total + draw(st.sampled_from([-1, 1, 3])) * kink
    return total.on(u, v)


def test_a_circle_at_an_algebraic_point():
    at = abs(x**2 + y**2 - 1).at((half, half))
    assert at.bouligand == (row(-sqrt(2), -sqrt(2)), row(sqrt(2), sqrt(2)))
    assert at.directional_derivative((1, 1)) == 2 * sqrt(2) and at.rank == 1
    assert at.directional_derivative((1, -1)) == 0
    assert at.is_stationary and not at.is_differentiable
    rungs = [at.classify(g) for g in ([0, 0], [sqrt(2), sqrt(2)], [2, 2], [1, 0], [1, 1])]
    assert list(map(str, rungs)) == ["clarke", "bouligand", "associated", "inconsistent", "clarke"]
    assert at.lexicographic([(1, 0)]) == row(sqrt(2), sqrt(2))
    assert at.clarke.dimension == 1 and "sqrt(2)" in str(at.table())


def test_lq_is_smallest_at_an_irrational_point():
    f = mt.max(-x - y, -x - y + x**2 + y**2 - 1)
    at = f.at((half, half))
    assert f.value((half, half)) == -sqrt(2) and at.is_stationary
    assert at.bouligand == (row(-1, -1), row(sqrt(2) - 1, sqrt(2) - 1))
    certificate = at.clarke.certificate([[0, 0]])
    assert isinstance(certificate, ConvexCombination)
    total = sympy.zeros(1, 2)
    for weight, matrix in zip(certificate.weights, certificate.matrices, strict=True):
        assert weight > 0
        total += weight * matrix
    assert total.applyfunc(sympy.simplify) == sympy.zeros(1, 2)
    assert sympy.simplify(sum(certificate.weights)) == 1
    outside = at.clarke.certificate([[1, 1]])
    assert isinstance(outside, SeparatingDirection)
    heights = [outside.direction.dot(limit) for limit in at.bouligand]
    assert outside.direction.dot(row(1, 1)) > max(heights)
    assert not f.at((sqrt(3), 0)).is_stationary


@given(tied(), st.lists(coefficients, min_size=2, max_size=2))
@calm
def test_many_ties_times_e(f, pair):
    """e times a function has e times its limits; the numbers are not algebraic."""
    plain = f.at((2, 3))
    at = (f.on("u", "v") * mt.exp(mt.variable("w"))).on("u", "v", "w").at((2, 3, 1))
    assert isinstance(at, RealAnalysis) and at.is_exact
    limits = {sympy.ImmutableMatrix([[sympy.E * v for v in (*own, 0)]]) for own in plain.bouligand}
    assert set(at.bouligand) == limits and at.is_differentiable == plain.is_differentiable
    assert at.directional_derivative((*pair, 7)) == sympy.E * plain.directional_derivative(pair)
    own = [[*(sympy.E * v for v in pair), 0]]
    assert at.classify(own) == plain.classify(pair)
    assert at.clarke.contains(own) == plain.clarke.contains(pair)
    assert at.lexicographic([(*pair, 0)]) in limits


def test_irrational_derivatives_at_rational_points():
    at = mt.exp(abs(x)).at((1,))
    assert at.is_differentiable and at.derivative == row(sympy.E)
    assert str(at.classify([sympy.E])) == "differentiable"
    assert str(at.classify([2])) == "inconsistent"
    edge = (mt.relu(x) * mt.exp(y)).at((0, 1))
    assert edge.bouligand == (row(0, 0), row(sympy.E, 0))
    assert [str(edge.classify([v, 0])) for v in (2, 3)] == ["clarke", "associated"]


def test_deep_and_repeated_kinks():
    at = (mt.relu(x**2 - 2) - mt.relu(2 - x**2)).at((sqrt(2),))
    assert at.is_differentiable and at.derivative == row(2 * sqrt(2))
    assert str(at.classify([0])) == "autodiff"
    deep = (mt.relu(mt.relu(x**2 - 2) + y) - abs(x**2 - 2)).at((sqrt(2), 0))
    s = 2 * sqrt(2)
    assert deep.bouligand == (row(-s, 0), row(0, 1), row(s, 0), row(s, 1))


def test_what_is_refused_or_open():
    fine = abs(mt.exp(x) - mt.exp(1 + 0 * x)).at((1,))
    assert isinstance(fine, RealAnalysis) and fine.bouligand == (row(-sympy.E), row(sympy.E))
    for ask in (
        lambda: fine.frechet.reduced,
        lambda: fine.frechet.is_empty,
        lambda: fine.mordukhovich.parts,
        lambda: fine.mordukhovich.certificate([0]),
        lambda: fine.regularity_proof,
        lambda: fine.constrained_stationarity,
        lambda: fine.local,
        lambda: fine.limits[0].cone,
        lambda: fine.clarke.facets,
        lambda: fine.differentiability_proof,
        lambda: mt.exp(abs(x)).at((1,), "x > 0"),
    ):
        with pytest.raises(mt.Unsupported):
            ask()
    with pytest.raises(mt.NotContinuous):
        mt.where(x**2 > 2, x, 2 * x).at((sqrt(2),))
    assert str(fine.classify([sympy.Symbol("z", real=True)])) == "associated"
    assert fine.stationarity_proof.verify() and fine.stationarity_proof.rests_on == ("SymPy",)


def test_a_parabola_and_its_tangent_at_an_irrational_point():
    at = (mt.relu(x**2 - y) + 3 * mt.relu(y - 2 - sqrt_of(8) * (x - sqrt_of(2)))).at((sqrt(2), 2))
    s = sqrt(2)
    # the parabola is above the tangent: between them both are positive, nowhere both negative
    assert at.bouligand == (row(-6 * s, 3), row(-4 * s, 2), row(2 * s, -1))
    assert at.stationarity_proof.verify() and at.differentiability_proof.verify()
    assert not at.frechet.is_empty and at.is_stationary


def test_subgradients_with_entries_that_are_not_algebraic():
    e = sympy.E
    convex = (mt.exp(y) * abs(x)).at((0, 1))
    assert isinstance(convex, RealAnalysis) and convex.is_regular
    assert [convex.frechet.contains([v, 0]) for v in (0, 2, e, 3)] == [True, True, True, False]
    assert convex.frechet.ascent([3, 0])[1] == e and convex.frechet.ascent([0, 1])[1] == 0
    assert convex.mordukhovich.contains([2, 0]) and not convex.mordukhovich.contains([3, 0])
    assert convex.clarke.min_norm == row(0, 0)
    concave = (x - mt.exp(y) * abs(x)).at((0, 1))
    assert not concave.is_regular and not concave.frechet.contains([1, 0])
    found = [concave.mordukhovich.contains([v, 0]) for v in (1 + e, 1 - e, 1, 9)]
    assert found == [True, True, False, False]
    # kinks of a piecewise linear function beside a smooth one: two segments
    saddle = (mt.exp(y) + abs(x) - abs(x - y + 1)).at((0, 1))
    inside = [(-1, 1 + e), (0, 1 + e), (1, e - 1), (2, e - 1)]
    outside = [(0, e), (1, 1 + e), (3, e - 1), (0, 0)]
    assert all(map(saddle.mordukhovich.contains, inside))
    assert not any(map(saddle.mordukhovich.contains, outside))
    assert saddle.clarke.min_norm == row(0, e - 1)
    tilted = mt.max(x * mt.exp(y), 2 * y - 2).at((0, 1))
    least = tilted.clarke.min_norm
    assert sympy.simplify(least[0] - 4 * e / (e**2 + 4)) == 0
    assert sympy.simplify(least[1] - 2 * e**2 / (e**2 + 4)) == 0
    shown = {cells[0].text: cells[1].text for cells in saddle.table().rows}
    assert shown["regular"] == "no" and "Fréchet subdifferential" not in shown


def sqrt_of(n):
    return mt.smooth(sqrt(n + sympy.Symbol("t", real=True)), {"t": 0 * x})


@given(functions(max_layers=2), st.data())
@calm
def test_squares_of_variables_are_as_the_function_itself(f, data):
    """At (√a, √b), f(x², y²) is f at (a, b) after a change of coordinates with a diagonal matrix."""
    names = names_of(f)
    if not names:
        return
    inside = " and ".join(f"{name} >= 1/2" for name in names)
    strata = [own for own in f.strata(inside, max_faces=20000)
              if all(f.at(own.point).point) and f.at(own.point).rank]  # fmt: skip
    if not strata:
        return
    stratum = data.draw(st.sampled_from(strata))
    point = list(stratum.point)
    squared = f(*(mt.variable(name) ** 2 for name in names)).on(*names)
    roots = [sqrt(R(v.numerator, v.denominator)) for v in point]
    plain = f.at(point)
    try:
        at = squared.at(roots)
    except (mt.Unsupported, mt.Undecided) as error:
        assert "where" in str(error)
        return
    scale = sympy.diag(*(2 * root for root in roots))
    expected = [(own * scale).applyfunc(sympy.radsimp) for own in plain.bouligand]
    assert at.is_exact and set(at.bouligand) == set(map(sympy.ImmutableMatrix, expected))
    assert at.is_differentiable == plain.is_differentiable
    assert at.rank == plain.rank
    d = [data.draw(st.integers(-2, 2)) for _ in names]
    moved = [v / (2 * root) for v, root in zip(d, roots, strict=True)]
    found = sympy.Matrix([at.directional_derivative(moved)])
    assert sympy.simplify(found - sympy.Matrix([plain.directional_derivative(d)])).is_zero_matrix
    rows = [[data.draw(st.integers(-2, 2)) for _ in names] for _ in range(f.size)]
    own = sympy.Matrix(rows) * scale
    assert at.differentiability_proof.verify()
    if plain.clarke.dimension < 4:
        assert at.classify(own) == plain.classify(rows)
        assert at.clarke.contains(own) == plain.clarke.contains(rows)


@given(tied(), st.lists(coefficients, min_size=2, max_size=2))
@calm
def test_many_ties_in_squares(f, pair):
    plain = f.at((2, 3))
    at = f(x**2, y**2).on(x, y).at((sqrt(2), sqrt(3)))
    scale = sympy.diag(2 * sqrt(2), 2 * sqrt(3))
    assert at.is_exact and at.stationarity_proof.verify() and at.differentiability_proof.verify()
    assert at.frechet.is_empty == plain.frechet.is_empty
    expected = {sympy.ImmutableMatrix(own * scale) for own in plain.bouligand}
    assert set(at.bouligand) == expected and len(at.limits) == len(expected)
    assert set(at.clarke.vertices) == {
        sympy.ImmutableMatrix(own * scale) for own in plain.clarke.vertices
    }
    assert at.clarke.dimension == plain.clarke.dimension
    assert at.is_stationary == plain.is_stationary
    own = sympy.Matrix([pair]) * scale
    assert at.classify(own) == plain.classify(pair)
    moved = [v * w for v, w in zip(pair, (1 / (2 * sqrt(2)), 1 / (2 * sqrt(3))), strict=True)]
    found = at.directional_derivative(moved)
    assert sympy.simplify(found - plain.directional_derivative(pair)) == 0
    along = at.lexicographic([moved])
    assert along in expected and (along * sympy.Matrix(moved))[0].equals(found)
    for limit in at.limits:
        assert at.lexicographic([limit.direction]) == limit.gradient


fractions = st.fractions(min_value=-2, max_value=2, max_denominator=3)


@given(st.integers(1, 3), st.data())
@settings(max_examples=100, deadline=None)
def test_the_simplex_method_agrees_with_the_polytope(n, data):
    points = data.draw(
        st.lists(st.lists(fractions, min_size=n, max_size=n), min_size=1, max_size=6)
    )
    target = data.draw(st.lists(fractions, min_size=n, max_size=n))
    inside = isinstance(Polytope(points).certificate(tuple(target)), Combination)
    factor = data.draw(st.sampled_from([Fraction(1), real(sqrt(2))]))
    scaled = [[factor * v for v in point] for point in points]
    goal = [factor * v for v in target]
    weights, direction = combination_or_separation(goal, scaled)
    assert (weights is not None) == inside
    if weights is not None:
        assert all(w >= 0 for w in weights) and sum(weights) == 1
        for i in range(n):
            assert sum(w * p[i] for w, p in zip(weights, scaled, strict=True)) == goal[i]
    else:
        height = sum(d * v for d, v in zip(direction, goal, strict=True))
        for point in scaled:
            assert height > sum(d * v for d, v in zip(direction, point, strict=True))


def test_reals_are_divided():
    root = real(sqrt(2))
    assert isinstance(root, Real) and 2 / root == root and root / root == 1
    assert isinstance(root / real(sqrt(8)), Fraction)
    with pytest.raises(ZeroDivisionError):
        root / 0


def test_domains_at_an_irrational_point():
    f = abs(x**2 + y**2 - 1)
    both = (row(-sqrt(2), -sqrt(2)), row(sqrt(2), sqrt(2)))
    edge = f.at((half, half), "x <= y")
    assert edge.bouligand == both and edge.on_boundary
    outside = f.at((half, half), "x - y <= 0 and x + y >= 1")
    assert outside.bouligand == both
    inside = f.at((half, half), "x**2 + y**2 <= 2")
    assert inside.bouligand == both and not inside.on_boundary
    with pytest.raises(mt.Unsupported, match="on its boundary, which is curved"):
        f.at((half, half), "x**2 + y**2 <= 1")
    with pytest.raises(mt.OutsideDomain):
        f.at((half, half), "x > 5")


def inactive(kind, f, u, v):
    """f near (2, 3), written with what does not matter there and has irrational derivatives."""
    level = f.value((2, 3))
    wave = mt.exp(u - v)
    return {
        "max": lambda: mt.max(f, wave + level - 3),
        "min": lambda: mt.min(wave * v + level + 3, f),
        "middle": lambda: mt.kth([f, wave + level + 3, level - 2 - wave], 2),
        "relu": lambda: f + mt.relu(wave - 1),
        "where": lambda: mt.where(u + v > 0, f, wave),
        "condition": lambda: mt.where(wave < 1, f, 0),
        "nested": lambda: mt.max(f, abs(mt.max(wave, v - 3)) + level - 4),
    }[kind]()


@pytest.mark.parametrize("kind", ["max", "min", "middle", "relu", "where", "condition", "nested"])
@given(tied())
@settings(calm, max_examples=6)
def test_inactive_operands_may_have_irrational_derivatives(kind, f):
    u, v = mt.variables("u v")
    at, plain = inactive(kind, f, u, v).on(u, v).at((2, 3)), f.at((2, 3))
    assert not isinstance(at, RealAnalysis)
    assert at.bouligand == plain.bouligand and at.clarke.vertices == plain.clarke.vertices
    assert at.is_stationary == plain.is_stationary and at.rank == plain.rank
    assert at.stationarity_proof.verify() and at.differentiability_proof.verify()
    assert str(at.frechet) == str(plain.frechet)


def test_cb2_at_its_solution_has_a_proof():
    """The third operand is inactive, with a transcendental value."""
    t = sympy.Symbol("t")
    r = sympy.CRootOf(2 * t**7 - 3 * t**5 + 10 * t**4 + t**3 - 6 * t**2 + 16 * t - 16, 0)
    f = mt.max(x**2 + y**4, (2 - x) ** 2 + (2 - y) ** 2, 2 * mt.exp(y - x))
    proof = f.at((2 - r + r**2 / 4 - r**4 / 4, r)).stationarity_proof
    assert proof.holds and proof.verify() and len(proof.certificate.weights) == 2
    # where it is active, its derivatives count
    assert isinstance(mt.max(mt.exp(x), mt.exp(y)).at((1, 1)), RealAnalysis)
