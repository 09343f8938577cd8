"""``f.at(x)`` where ties are curved: limits of gradients, Clarke's set, proofs, thin cells."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.local.clarke import rows_of
from piecewise_mt.calculus.local.thin_cells import CurveLimit
from piecewise_mt.display.local import local_table

x, y, z, w = mt.variables("x y z w")
X, Y = sympy.symbols("x y", real=True)
R = sympy.Rational
calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
STEP = Fraction(1, 10**6)
BOUND = 10**4
"""Gradients and quotients at the distance STEP are this multiple of it from their limit."""


def row(*entries):
    return sympy.ImmutableMatrix([list(entries)])


# -- named points ------------------------------------------------------------------------------


def test_a_circle():
    at = abs(x**2 + y**2 - 1).at(("3/5", "4/5"))
    assert at.bouligand == (row(R(-6, 5), R(-8, 5)), row(R(6, 5), R(8, 5)))
    assert at.directional_derivative((1, 1)) == R(14, 5)
    assert at.directional_derivative((4, -3)) == 0
    assert at.clarke.contains([[0, 0]]) and at.is_stationary and not at.is_differentiable
    assert at.stationarity_proof.verify() and at.differentiability_proof.verify()
    rungs = [str(at.classify(g)) for g in ([0, 0], ["6/5", "8/5"], [3, 4], [0, 1])]
    assert rungs == ["clarke", "bouligand", "associated", "inconsistent"]


def test_a_symbolic_weight_at_the_origin():
    at = mt.relu(w * x).on(w, x).at((0, 0))
    assert at.bouligand == (row(0, 0),) and at.is_differentiable
    assert at.derivative == row(0, 0) and at.directional_derivative((1, -1)) == 0
    # the stratum is a cross, and (15) says nothing where its lines meet
    assert [str(at.classify(g)) for g in ([0, 0], [1, 0])] == ["differentiable", "associated"]
    beside = mt.relu(w * x).on(w, x).at((2, 0))
    assert beside.bouligand == (row(0, 0), row(0, 2))
    assert [str(beside.classify(g)) for g in ([0, 1], [1, 0])] == ["clarke", "inconsistent"]


def test_a_tie_is_judged_by_the_difference_of_the_operands():
    at = mt.from_sympy(sympy.Max(X**2, X**2 + X)).at((0,))
    assert at.bouligand == (row(0), row(1)) and str(at.classify([0])) == "bouligand"
    assert at.clarke.contains([["1/3"]]) and not at.clarke.contains([[2]])
    same = mt.max(x**2 + x, x * (x + 1)).at((3,))
    assert same.is_differentiable and same.bouligand == (row(7),)
    twice = (mt.max(-(x**2), -(x**2)) + mt.relu(-(x**2)) - x).at((0,))
    assert twice.bouligand == (row(-1),)


def test_a_saddle_of_two_parabolas_has_a_thin_cell():
    at = (mt.relu(y - x**2) + mt.relu(-y - x**2)).at((0, 0))
    assert at.bouligand == (row(0, -1), row(0, 0), row(0, 1))
    thin = at.limits[1]
    assert isinstance(thin, CurveLimit) and thin.verify() and thin.cone.dimension == 1
    assert at.directional_derivative((3, -2)) == 2 and not at.is_differentiable
    assert [str(at.classify(g)) for g in ([0, 0], [0, "1/2"])] == ["bouligand", "clarke"]


def test_parabolas_that_turn_away_leave_no_thin_cell():
    # one of y > -x², y < x² holds everywhere: both relus never vanish together but at 0
    f = mt.relu(y + x**2) + mt.relu(x**2 - y)
    assert f.at((0, 0)).bouligand == (row(0, -1), row(0, 0), row(0, 1))
    # the cell with both is thin, and has a gradient of its own only with another weight
    g = mt.relu(y + x**2) + 2 * mt.relu(x**2 - y)
    assert g.at((0, 0)).bouligand == (row(0, -2), row(0, -1), row(0, 1))
    # both negative: y < -x² and y > x², excluded by y + x² + (x² - y) ≥ 0
    h = mt.relu(y + x**2) * 3 + mt.relu(x**2 - y) + mt.relu(-y - x**2)
    assert row(0, 0) not in h.at((0, 0)).bouligand


def test_a_derivative_need_not_be_the_only_limit():
    at = (mt.relu(y - x**2) - mt.relu(y - 2 * x**2)).on(x, y).at((0, 0))
    assert at.is_differentiable and at.derivative == row(0, 0)
    assert at.differentiability_proof.verify()
    assert at.bouligand == (row(0, 0), row(0, 1))
    rungs = [str(at.classify(g)) for g in ([0, 0], [0, 1], [0, "1/2"], [0, 2], [1, 1])]
    # the stratum is the point, so that (15) says nothing
    assert rungs == ["differentiable", "bouligand", "clarke", "associated", "associated"]
    # min(|y|, x²)
    median = mt.median(mt.stack([x**2, y, -y])).at((0, 0))
    assert median.is_differentiable and median.bouligand == (row(0, -1), row(0, 0), row(0, 1))


def test_the_hull_of_a_maximum_is_that_of_active_gradients_whatever_touches():
    at = mt.max(x**2 * y + x, x, x + y**3, -x).at((0, 0))
    assert at.clarke.vertices == (row(-1, 0), row(1, 0))
    # a function between two others may or may not be the largest somewhere: Clarke does not mind
    odd = mt.max(-y, y, x**3 + mt.exp(y) - 1 - y).at((0, 0))
    assert odd.clarke.vertices == (row(0, -1), row(0, 1))


def test_undecided_says_what_is_known():
    at = (mt.relu(abs(x) ** R(3, 2) - y) + mt.relu(y)).at((0, 0))
    assert at.directional_derivative((1, -1)) == 1 and not at.is_differentiable
    assert at.lexicographic([(0, 1)]) == row(0, 1)
    with pytest.raises(mt.Undecided, match="directional_derivative, lexicographic or f.gradient"):
        at.limits
    # 0 between -1 and 1 is in the hull, whether it is a limit or not
    assert [at.lifted(own) for own in at.open_limits] == [row(0, 0)]
    assert at.clarke.vertices == (row(0, -1), row(0, 1))
    assert at.clarke.contains([[0, 0]]) and str(at.classify([0, 0])) == "undecided"
    assert str(at.classify([0, "1/2"])) == "clarke"
    assert "limits of gradients       undecided" in str(local_table(at))


def test_an_open_limit_outside_the_known_hull():
    at = (3 * mt.relu(abs(x) ** R(3, 2) - y) - mt.relu(-y)).at((0, 0))
    assert at.open_limits and at.clarke.contains([[0, -2]]) and not at.clarke.contains([[0, 2]])
    assert not at.clarke.certificate([[0, 2]]).holds([[0, 2]], [[[0, 2]]])
    with pytest.raises(mt.Undecided):
        at.clarke.vertices
    with pytest.raises(mt.Undecided):
        at.clarke.contains([[0, "-5/2"]])


def test_terms_of_one_sign_and_second_derivatives_exclude_cells():
    # e^x ≥ 1 + x: no point has y > e^x - 1 and y < x
    f = mt.relu(y - mt.exp(x) + 1) + 2 * mt.relu(x - y)
    assert f.at((0, 0)).bouligand == (row(-1, 1), row(0, 0), row(2, -2))
    # (x + y)² has a mixed term
    g = mt.relu(z - (x + y) ** 2) + 2 * mt.relu(-z - (x + y) ** 2)
    assert g.at((0, 0, 0)).bouligand == (row(0, 0, -2), row(0, 0, 0), row(0, 0, 1))
    # (x² + y²)^(3/2) is no polynomial, but not negative
    root = mt.relu(z - (x**2 + y**2) ** R(3, 2)) + 2 * mt.relu(-z - (x**2 + y**2) ** R(3, 2))
    assert root.at((0, 0, 0)).bouligand == (row(0, 0, -2), row(0, 0, 0), row(0, 0, 1))
    # exp(-x²) is positive, but 1 - exp(-x²) is what counts
    bell = mt.relu(y - 1 + mt.exp(-(x**2))) + mt.relu(1 - mt.exp(-(x**2)) - 2 * y)
    assert bell.at((0, 0)).bouligand == (row(0, -2), row(0, 0), row(0, 1))
    well = 2 * mt.relu(y + 1 - mt.exp(-(x**2))) + 3 * mt.relu(1 - mt.exp(-(x**2)) - y)
    assert well.at((0, 0)).bouligand == (row(0, -3), row(0, -1), row(0, 2))
    # x⁴ - x²y + y² > 0 away from 0: decided as a polynomial system
    p = x**4 - x**2 * y + y**2
    h = mt.relu(z - p) + 2 * mt.relu(-z - p)
    assert h.at((0, 0, 0)).bouligand == (row(0, 0, -2), row(0, 0, 0), row(0, 0, 1))


def test_kinks_behind_kinks_and_smooth_nodes():
    at = (mt.relu(y) + mt.relu(mt.relu(x) ** 2 - y)).at((0, 0))
    assert at.bouligand == (row(0, -1), row(0, 0), row(0, 1))
    assert not at.is_exact
    network = mt.relu(w * mt.relu(z * x + y) + x).on(w, x, y, z)
    at = network.at((1, 0, 0, 2))
    assert at.is_exact and len(at.bouligand) == 3


def test_a_domain():
    f = mt.relu(y - x**2) - mt.relu(y - 2 * x**2)
    assert f.at((0, 0), "y <= 0").bouligand == (row(0, 0),)
    assert f.at((0, 0), "y >= 0").bouligand == (row(0, 0), row(0, 1))
    at = f.at((0, 0), "x >= 0")
    assert at.bouligand == (row(0, 0), row(0, 1)) and at.is_differentiable
    assert at.differentiability_proof.verify()


def test_a_where_with_a_curved_condition():
    huber = mt.where(x**2 + y**2 <= 1, (x**2 + y**2) / 2, x**2 + y**2 - R(1, 2))
    assert huber.at((1, 0)).bouligand == (row(1, 0), row(2, 0))
    with pytest.raises(mt.NotContinuous):
        mt.where(x**2 + y**2 <= 1, x, 2 * x).at((1, 0))
    with pytest.raises(mt.NotContinuous):
        # the sides agree at the point, and at no other of the circle near it
        mt.where(x**2 + y**2 <= 1, y, 2 * y).at((1, 0))
    with pytest.raises(mt.Unsupported, match="expected a where whose condition has a derivative"):
        mt.where(x**2 > 0, x, 2 * x).at((0,))


# -- test problems of nonsmooth optimisation ------------------------------------------------------


MINIMA = {
    "CB3": (mt.max(x**4 + y**2, (2 - x) ** 2 + (2 - y) ** 2, 2 * mt.exp(y - x)), (1, 1), 2),
    "DEM": (mt.max(5 * x + y, -5 * x + y, x**2 + y**2 + 4 * y), (0, -3), -3),
    "QL": (
        mt.max(
            x**2 + y**2,
            x**2 + y**2 + 10 * (-4 * x - y + 4),
            x**2 + y**2 + 10 * (-x - 2 * y + 6),
        ),
        ("6/5", "12/5"),
        R(36, 5),
    ),
    "Mifflin 1": (-x + 20 * mt.max(x**2 + y**2 - 1, 0), (1, 0), -1),
    "Mifflin 2": (-x + 2 * (x**2 + y**2 - 1) + R(7, 4) * abs(x**2 + y**2 - 1), (1, 0), -1),
    "Crescent": (
        mt.max(x**2 + (y - 1) ** 2 + y - 1, -(x**2) - (y - 1) ** 2 + y + 1),
        (0, 0),
        0,
    ),
    "Chebyshev-Rosenbrock": (
        (x - 1) ** 2 / 4 + abs(y - 2 * x**2 + 1) + abs(z - 2 * y**2 + 1),
        (1, 1, 1),
        0,
    ),
}


def rosen_suzuki():
    o = x**2 + y**2 + 2 * z**2 + w**2 - 5 * x - 5 * y - 21 * z + 7 * w
    g1 = x**2 + y**2 + z**2 + w**2 + x - y + z - w - 8
    g2 = x**2 + 2 * y**2 + z**2 + 2 * w**2 - x - w - 10
    g3 = x**2 + y**2 + z**2 + 2 * x - y - w - 5
    return mt.max(o, o + 10 * g1, o + 10 * g2, o + 10 * g3).on(x, y, z, w)


MINIMA["Rosen-Suzuki"] = (rosen_suzuki(), (0, 1, 2, -1), -44)


@pytest.mark.parametrize("name", MINIMA)
def test_published_minima_are_stationary(name):
    f, point, value = MINIMA[name]
    at = f.at(point)
    assert f.value(point) == value
    assert at.is_stationary and not at.is_differentiable
    proof = at.stationarity_proof
    assert proof.holds and proof.verify()
    # multipliers: weights of active gradients
    certificate = proof.certificate
    total = sympy.zeros(1, len(f.variables))
    for weight, matrix in zip(certificate.weights, certificate.matrices, strict=True):
        assert weight >= 0 and matrix in at.bouligand
        total += weight * matrix
    assert total == sympy.zeros(1, len(f.variables)) and sum(certificate.weights) == 1
    moved = f.at([sympy.sympify(v) + R(1, 7) for v in point])
    assert not moved.is_stationary and moved.stationarity_proof.verify()


def test_gradients_of_active_functions():
    f, point, _ = MINIMA["QL"]
    assert f.at(point).bouligand == (
        row(R(-38, 5), R(-76, 5)),
        row(R(12, 5), R(24, 5)),
    )  # the second constraint is not active: only two gradients, on one line
    f, point, _ = MINIMA["DEM"]
    assert f.at(point).bouligand == (row(-5, 1), row(0, -2), row(5, 1))


# -- random functions ---------------------------------------------------------------------------


@st.composite
def polynomials(draw):
    """Polynomials in x and y without a constant, of few terms: many are tangent at the origin."""
    terms = draw(
        st.lists(
            st.tuples(
                st.sampled_from([(1, 0), (0, 1), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0)]),
                st.sampled_from([-2, -1, 1, 2]),
            ),
            min_size=1,
            max_size=3,
        )
    )
    total = 0 * x
    for (i, j), c in terms:
        total = total + c * x**i * y**j
    return total


@st.composite
def curved(draw):
    """Sums of kinks of polynomials, and of kinks of kinks, all tied at the origin."""
    first = draw(st.lists(polynomials(), min_size=2, max_size=3))
    kinks = [mt.relu(first[0]), mt.max(*first), abs(first[-1])]
    if draw(st.booleans()):
        kinks.append(mt.relu(draw(st.sampled_from(kinks)) ** 2 - draw(polynomials())))
    total = draw(polynomials())
    for kink in draw(st.lists(st.sampled_from(kinks), min_size=1, max_size=3)):
        total = total + draw(st.sampled_from([-2, -1, 1, 3])) * kink
    return total.on(x, y)


def nearby():
    """Points at the distance STEP, along lines and along curves that touch the axes."""
    small = STEP**2
    for s in (STEP, -STEP):
        for c in (
            -3,
            -2,
            -1,
            Fraction(-1, 2),
            Fraction(-1, 3),
            Fraction(1, 3),
            Fraction(2, 3),
            2,
            3,
        ):
            yield s, s * c
            yield s * c, s
        for k in range(-13, 14):
            yield s, small * Fraction(k, 4) + small / 17
            yield small * Fraction(k, 4) + small / 17, s


def gradient_without_ties(program, f, point):
    """The gradient, if no tie parameter is in it: ties of equal operands do not matter."""
    units = program.units_at(point)
    if any(
        relation == "="
        for unit, here in zip(program.units, units, strict=True)
        for _, relation in unit.atom.constraints(here.label)
    ):
        gradient = f.gradient(point).applyfunc(sympy.expand)
        return None if gradient.free_symbols else rows_of(gradient)[0]
    (found,) = rows_of(f.gradient(point))
    return found


def distance(one, two):
    return max(abs(a - b) for a, b in zip(one, two, strict=True))


@given(curved())
@calm
def test_gradients_nearby_tend_to_limits_and_only_to_these(f):
    at = f.at((0, 0))
    known = [rows_of(limit.gradient)[0] for limit in at.known_limits]
    wider = known + [rows_of(at.lifted(own))[0] for own in at.open_limits]
    program = compile_program(f)
    for point in nearby():
        found = gradient_without_ties(program, f, point)
        if found is not None:
            assert min(distance(found, own) for own in wider) <= BOUND * STEP
    t = sympy.Symbol("t")
    for limit in at.known_limits:
        if isinstance(limit, CurveLimit):
            assert limit.verify()
            steps = [v.subs(t, R(1, 10**6)) for v in limit.curve.increments(t)]
            there = [Fraction(int(v.p), int(v.q)) for v in steps]
            found = gradient_without_ties(program, f, there)
            assert found is not None
            assert distance(found, rows_of(limit.gradient)[0]) <= BOUND * STEP


@given(curved(), st.tuples(st.integers(-3, 3), st.integers(-3, 3)))
@calm
def test_directional_derivatives_are_limits_of_quotients(f, d):
    at = f.at((0, 0))
    (here,) = values_at(f, ("x", "y"), (Fraction(0), Fraction(0)))
    (there,) = values_at(f, ("x", "y"), [STEP * v for v in d])
    quotient = Fraction(there - here) / STEP
    expected = at.directional_derivative(d)
    assert abs(quotient - Fraction(int(expected.p), int(expected.q))) <= BOUND * STEP
    along = at.lexicographic([d])
    assert along * sympy.Matrix(d) == sympy.Matrix([expected])
    assert along in [limit.gradient for limit in at.known_limits]


@given(curved())
@calm
def test_proofs_hold_and_rungs_follow_the_sets(f):
    at = f.at((0, 0))
    assert at.differentiability_proof.verify()
    if at.is_differentiable:
        assert str(at.classify(at.derivative)) == "differentiable"
    for limit in at.known_limits:
        assert at.clarke.contains(limit.gradient)
        assert str(at.classify(limit.gradient)) in ("differentiable", "bouligand")
    if not at.open_limits:
        assert at.stationarity_proof.verify()
        frechet = at.frechet
        if not frechet.is_empty:
            assert at.clarke.contains(frechet.witness())
    off = at.classify([97, 89])
    assert off in ("associated", "inconsistent", "undecided")
