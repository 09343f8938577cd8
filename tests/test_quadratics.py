"""Piecewise quadratic functions: infima, stationary points, shape, Lipschitz constants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import pytest
import sympy
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.properties.critical import Kind
from piecewise_mt.calculus.properties.quadratic_lipschitz import VertexBound
from piecewise_mt.exact.copositive import negative_ray
from piecewise_mt.exact.quadratics import Quadratic, dot

x, y = mt.variables("x y")
calm = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-2, 2)
HALF = Fraction(1, 2)
HUBER = mt.where(abs(x) <= 1, x**2 / 2, abs(x) - HALF)
GRID = [(Fraction(i, 2), Fraction(j, 2)) for i, j in product(range(-5, 6), repeat=2)]


@dataclass
class Both:
    """A function in x and y for the package, and the same for z3."""

    f: mt.Expression
    z: z3.ArithRef
    domain: str | None
    inside: z3.BoolRef

    def value(self, point):
        return values_at(self.f, ("x", "y"), point)[0]

    def holds(self, *conditions):
        """Whether some point of the domain satisfies conditions on the value."""
        solver = z3.Solver()
        solver.set("timeout", 5000)
        solver.add(self.inside, *conditions)
        return solver.check()


X, Y = z3.Reals("x y")


@st.composite
def factors(draw):
    """An affine function, or one kink of it, in both worlds."""
    a, b, c = draw(small), draw(small), draw(st.integers(-1, 1))
    inner, zinner = a * x + b * y + c, a * X + b * Y + c
    kind = draw(st.sampled_from(["affine", "relu", "abs", "max"]))
    if kind == "relu":
        return mt.relu(inner), z3.If(zinner > 0, zinner, 0)
    if kind == "abs":
        return abs(inner), z3.If(zinner > 0, zinner, -zinner)
    if kind == "max":
        return mt.max(inner, y), z3.If(zinner > Y, zinner, Y)
    return inner, zinner


DOMAINS = [
    (None, z3.BoolVal(True)),
    ("-1 <= x, x <= 1, -1 <= y, y <= 2", z3.And(-1 <= X, X <= 1, -1 <= Y, Y <= 2)),
    ("x > -1, x < 1, y > 0, y < 2", z3.And(-1 < X, X < 1, 0 < Y, Y < 2)),
    ("x >= 0, y > 0", z3.And(X >= 0, Y > 0)),
    ("x + y = 1", X + Y == 1),
    ("0 <= x, x <= y, y < 1", z3.And(0 <= X, X <= Y, Y < 1)),
    ("x = 1, y = 0", z3.And(X == 1, Y == 0)),
]


@st.composite
def quadratics(draw, domains=DOMAINS):
    """Sums of products of two factors, with repeated and opposite ones on purpose."""
    pool = draw(st.lists(factors(), min_size=2, max_size=3))
    total, ztotal = x * 0 + y * 0, z3.RealVal(0)
    for _ in range(draw(st.integers(1, 3))):
        c = draw(st.sampled_from([-1, 1, 1, 2]))
        (f, zf), (g, zg) = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        if draw(st.booleans()):
            total, ztotal = total + c * f * g, ztotal + c * zf * zg
        else:
            total, ztotal = total + c * f, ztotal + c * zf
    domain, inside = draw(st.sampled_from(domains))
    total = total + mt.square(x) - mt.square(x)  # also sums without products have smooth nodes
    return Both(total.on("x", "y"), ztotal, domain, inside)


@given(quadratics())
@calm
def test_infima_against_z3(own):
    report = mt.infimum_report(own.f, own.domain)
    assert report.verify() and report.value == mt.infimum(own.f, own.domain)
    lowest = mt.argmin(own.f, own.domain)
    if report.value == -sympy.oo:
        assert own.holds(own.z < -1000) != z3.unsat
        assert lowest.is_empty and not report.is_attained
        still = replace(report.evidence, ray=(Fraction(0), Fraction(0)))
        assert report.ray is not None and not replace(report, evidence=still).verify()
        return
    v = Fraction(int(report.value.p), int(report.value.q))
    limit = z3.Q(v.numerator, v.denominator)
    assert own.holds(own.z < limit) != z3.sat
    assert own.holds(own.z < limit + z3.Q(1, 1000)) != z3.unsat
    attained = own.holds(own.z == limit)
    if attained != z3.unknown:
        assert report.is_attained == (attained == z3.sat)
    assert lowest.is_empty != report.is_attained
    assert own.value(report.point) == v
    for part in lowest:
        assert own.value(part.witness()) == v
    assert not replace(report, value=report.value + 1).verify()
    assert not replace(report, value=report.value - 1).verify()


@given(quadratics(domains=DOMAINS[:1]))
@calm
def test_minimisers_on_a_grid(own):
    value = mt.infimum(own.f)
    lowest = mt.argmin(own.f)
    for point in GRID:
        assert own.value(point) >= value
        assert lowest.contains(point) == (own.value(point) == value)


@given(quadratics(domains=DOMAINS[:1]), st.data())
@calm
def test_stationary_points_against_the_local_analysis(own, data):
    try:
        critical = mt.critical_points(own.f)
    except mt.Undecided:
        return
    points = data.draw(st.lists(st.sampled_from(GRID), min_size=4, max_size=4))
    points += [(0, 0), *(entry.stratum.point for entry in critical.strata[:6])]
    for point in points:
        inside = [e for e in critical.strata if e.stratum.polyhedron.contains(point)]
        assert bool(inside) == own.f.at(point).is_stationary and len(inside) <= 1
    epsilon = Fraction(1, 10**6)
    for entry in critical.strata[:6]:
        assert entry.certificate.holds([[0, 0]]) and entry.proof.verify()
        point = entry.stratum.point
        here = own.value(point)
        assert here == entry.value
        around = [own.value([p + epsilon * s for p, s in zip(point, step, strict=True)]) - here
                  for step in GRID]  # fmt: skip
        if entry.kind in (Kind.minimum, Kind.constant):
            assert min(around) >= 0
        if entry.kind in (Kind.maximum, Kind.constant):
            assert max(around) <= 0
        if entry.proof.up is not None:
            assert not replace(entry.proof, up=None).verify()
        if entry.proof.up is not None and entry.proof.down is not None:
            swapped = replace(entry.proof, up=entry.proof.down, down=entry.proof.up)
            assert not swapped.verify()


@given(quadratics(domains=DOMAINS[:4]), st.data())
@calm
def test_shapes(own, data):
    near = [p for p in GRID if inside(own.domain, p)]
    convex = mt.is_convex(own.f, own.domain)
    rising = mt.is_monotone(own.f, None, own.domain)
    assert convex.verify() and rising.verify()
    pairs = data.draw(st.lists(st.tuples(*[st.sampled_from(near)] * 2), min_size=30, max_size=30))
    for p, q in pairs:
        middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
        if convex:
            assert 2 * own.value(middle) <= own.value(p) + own.value(q)
        if rising and all(a <= b for a, b in zip(p, q, strict=True)):
            assert own.value(p) <= own.value(q)
    for verdict in (convex, rising):
        if not verdict:
            assert all(inside(own.domain, end) for end in verdict.segment)


def inside(domain, point):
    px, py = point
    return {
        DOMAINS[0][0]: True,
        DOMAINS[1][0]: -1 <= px <= 1 and -1 <= py <= 2,
        DOMAINS[2][0]: -1 < px < 1 and 0 < py < 2,
        DOMAINS[3][0]: px >= 0 and py > 0,
    }[domain]


@given(quadratics(domains=[DOMAINS[1], DOMAINS[5]]), st.sampled_from([1, 2, "inf"]))
@calm
def test_lipschitz_constants_on_bounded_domains(own, ord):
    report = mt.lipschitz_report(own.f, ord, own.domain)
    assert report.is_best and report.proof.verify()
    constant = report.constant
    near = [(p, q) for p, q in GRID if 0 <= p <= q <= 1]
    for p in near:
        for q in near:
            gap = [b - a for a, b in zip(p, q, strict=True)]
            size = {1: abs(gap[0]) + abs(gap[1]), "inf": max(map(abs, gap))}.get(ord)
            rise = abs(own.value(p) - own.value(q))
            if size is None:
                assert rise**2 <= constant**2 * (gap[0] ** 2 + gap[1] ** 2)
            else:
                assert rise <= constant * size


@given(st.lists(st.integers(-2, 3), min_size=10, max_size=10), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_copositivity_against_points(entries, n):
    matrix = [[0] * n for _ in range(n)]
    own = iter(entries)
    for i in range(n):
        for j in range(i, n):
            matrix[i][j] = matrix[j][i] = next(own)

    def form(v):
        return sum(matrix[i][j] * v[i] * v[j] for i in range(n) for j in range(n))

    found = negative_ray(matrix)
    if found is None:
        assert all(form(v) >= 0 for v in product(range(5), repeat=n))
    else:
        assert min(found) >= 0 and form(found) < 0


# -- by name ----------------------------------------------------------------------------------

INFIMA = [
    (abs(x) + x**2, None, 0, "x = 0", True),
    ((x - 1) ** 2 + mt.relu(x - 2), None, 0, "x = 1", True),
    (HUBER, None, 0, "x = 0", True),
    (x**2 - abs(x), None, "-1/4", "x = 1/2 | x = -1/2", True),
    (mt.square(mt.relu(x)), None, 0, "x <= 0", True),
    (x * y, {"x": (0, 1), "y": (-1, 1)}, -1, "x = 1, y = -1", True),
    (x**2, "x > 1", 1, "", False),
    (x * y, "x > 0, y > 0", 0, "", False),
    ((x - 3) ** 2 + (y - 3) ** 2, "x + y < 1, x >= 0", "25/2", "", False),
    ((x - y) ** 2, None, 0, "x = y", True),
    (x**2 + y**2, "x + y = 1", "1/2", "x = y = 1/2", True),
    (x * abs(x), None, -sympy.oo, "", False),
    (x**2 - y, None, -sympy.oo, "", False),
    (mt.max(x, y) - y**2, None, -sympy.oo, "", False),
    (x * y - x, "x >= 0, y >= 0", -sympy.oo, "", False),
]


@pytest.mark.parametrize(("f", "domain", "value", "where", "attained"), INFIMA)
def test_infima_by_name(f, domain, value, where, attained):
    report = mt.infimum_report(f, domain)
    assert report.value == sympy.sympify(value) and report.is_attained is attained
    assert report.verify()
    assert [str(part) for part in mt.argmin(f, domain)] == [w for w in where.split(" | ") if w]


CRITICAL = [
    (abs(x) + x**2, ["local minimum 0 on {x = 0}"]),
    (x**2 - abs(x), ["local minimum -1/4 on {x = 1/2}", "local minimum -1/4 on {x = -1/2}",
                     "local maximum 0 on {x = 0}"]),
    (abs(x) * x, ["neither 0 on {x = 0}"]),
    (mt.square(mt.relu(x)), ["locally constant 0 on {x < 0}", "local minimum 0 on {x = 0}"]),
    (mt.max(x, y) - y**2, ["local maximum 1/4 on {y = 1/2, x < 1/2}",
                           "neither 1/4 on {x = y = 1/2}"]),
    (x * y, ["neither 0 on {x = y = 0}"]),
    (x**2 - y, []),
    (abs(x) * y, ["local minimum 0 on {x = 0, y > 0}", "neither 0 on {x = y = 0}",
                  "local maximum 0 on {x = 0, y < 0}"]),
    # the hessians of the pieces are indefinite, and copositive on the quadrants
    (3 * abs(x) * abs(y) + x**2 + y**2, ["local minimum 0 on {x = y = 0}"]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "expected"), CRITICAL)
def test_stationary_points_by_name(f, expected):
    found = mt.critical_points(f)
    assert [repr(entry)[1:-1] for entry in found.strata] == expected
    assert all(e.proof.verify() for e in found.strata)


def test_stationary_points_in_a_domain_and_spurious_ones():
    assert mt.critical_points(x**2, "x > 1").strata == ()
    (found,) = mt.critical_points(abs(x) * y, "y >= 1").strata
    assert str(found.stratum.polyhedron) == "x = 0, y >= 1" and found.stratum.set.dimension == 1
    f = mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0) + y**2
    critical = mt.critical_points(f)
    assert critical.strata == () and str(critical.spurious[0].stratum.polyhedron) == "x = y = 0"
    assert "neither" in mt.critical_points(abs(x) * x).table().to_text()


def test_shapes_by_name():
    assert mt.is_convex(HUBER) and mt.is_convex(mt.max(x**2, x**2 + x))
    assert mt.is_convex(mt.square(mt.relu(x))) and not mt.is_convex(x * abs(x))
    assert mt.is_monotone(x * abs(x)) and not mt.is_monotone(x**2)
    assert mt.is_monotone(x**2, domain="x >= 0") and mt.is_monotone(x * y, x, "y > 0")
    # a bend that is upwards on one part of a facet only
    assert not mt.is_convex(abs(x) * (y - 1)) and not mt.is_convex(y**2 + x**2 + abs(x) * y)
    assert mt.is_convex(y**2 + x**2 + abs(x) * y, "y >= 0")


def test_lipschitz_constants_at_vertices():
    triangle = "0 <= y, y <= x, x <= 1"
    report = mt.lipschitz_report(mt.stack([x * y, x**2]), 2, triangle)
    assert isinstance(report.proof, VertexBound) and report.proof.verify()
    assert report.constant == sympy.sqrt(3 + sympy.sqrt(5)) and "from" in repr(report)
    # gradients do not change along the strip
    strip = mt.lipschitz_report(x + (x - y) ** 2, 2, "x - y <= 1, x - y >= -1")
    assert strip.constant == sympy.sqrt(13) and strip.proof.verify()
    assert mt.lipschitz(HUBER) == 1
    assert "sqrt(13)" in strip.table().to_text()
    forged = replace(strip.proof, pieces=strip.proof.pieces[:0])
    assert not forged.verify()


# -- problems of statistics -------------------------------------------------------------------


def test_lasso_and_support_vectors():
    v = mt.vector("v", 3)
    total = v[0] + v[1] + v[2]
    lasso = sum((mt.square(v[i] - i) + abs(v[i]) for i in range(3)), start=total * total)
    a, b, c = mt.variables("a b c")
    machine = (a**2 + b**2) / 2
    for (p, q), label in (((1, 2), 1), ((2, -1), -1), ((-1, 0), 1), ((0, 1), -1)):
        machine = machine + mt.relu(1 - label * (p * a + q * b + c))
    for f, value, where in (
        (lasso, "23/6", "v1 = -1/6, v2 = 0, v3 = 5/6"),
        (machine, "9/4", "a = -1/2, b = c = 1/2"),
    ):
        report = mt.infimum_report(f)
        assert report.value == sympy.Rational(value) and report.verify()
        (lowest,) = mt.argmin(f)
        assert str(lowest) == where and f.at(lowest.witness()).is_stationary
        (critical,) = mt.critical_points(f).strata
        assert critical.stratum.polyhedron == lowest and critical.proof.verify()
        convex = mt.is_convex(f)
        assert convex and convex.verify()


ROWS = st.lists(st.integers(-3, 3), min_size=3, max_size=3)


@given(ROWS, ROWS, st.lists(st.fractions(-2, 2, max_denominator=3), min_size=4, max_size=4))
@settings(max_examples=40, deadline=None)
def test_quadratics_have_the_values_of_what_made_them(one, two, numbers):
    *point, u, factor = numbers
    q = Quadratic.product(one, two)
    left, right = (row[0] + row[1] * point[0] + row[2] * point[1] for row in (one, two))
    assert q.value(point) == left * right and Quadratic.of(q.terms(), 2) == q
    assert q.plus(Quadratic.affine(two), factor).value(point) == (left + factor) * right
    # along a line, which need not be one
    inner = [(one[0], two[1]), (two[0], one[2])]
    there = [row[0] + row[1] * u for row in inner]
    assert q.after(inner).value([u]) == q.value(there)
    for j in range(2):
        ahead, back = ([v + s * (i == j) for i, v in enumerate(point)] for s in (1, -1))
        slope = (q.value(ahead) - q.value(back)) / 2
        axis = [int(i == j) for i in range(2)]
        assert q.gradient(point)[j] == slope == dot(q.slope(axis), (1, *point))
