"""Domains of polynomial conditions: strata, pieces, and questions that do not take them."""

import inspect
import itertools
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition.conditions import read_condition, read_sets
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point

z3 = pytest.importorskip("z3")
x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
DISC = "x**2 + y**2 <= 4"
GRID = [Fraction(k, 2) for k in range(-4, 5)]
POINTS = [*itertools.product(GRID, repeat=2), (Fraction(3, 5), Fraction(-4, 5))]
SIDES = {
    "x": lambda a, b: a,
    "x - y": lambda a, b: a - b,
    "x + 2*y - 1": lambda a, b: a + 2 * b - 1,
    "x**2 + y**2 - 1": lambda a, b: a * a + b * b - 1,
    "x**2 + y**2": lambda a, b: a * a + b * b,
    "x*y": lambda a, b: a * b,
    "y - x**2": lambda a, b: b - a * a,
    "x**2 - y**2": lambda a, b: a * a - b * b,
    "x**2 + 1": lambda a, b: a * a + 1,
}
RELATIONS = {
    "<": lambda v: v < 0,
    "<=": lambda v: v <= 0,
    ">": lambda v: v > 0,
    ">=": lambda v: v >= 0,
    "=": lambda v: v == 0,
}
comparisons = st.tuples(st.sampled_from([*SIDES]), st.sampled_from([*RELATIONS]))
conjunctions = st.lists(comparisons, min_size=1, max_size=2)


def text_of(parts, joint=" and "):
    return joint.join(f"{side} {op} 0" for side, op in parts)


def holds(parts, point):
    return all(RELATIONS[op](SIDES[side](*point)) for side, op in parts)


def in_z3(parts):
    a, b = z3.Reals("x y")
    solver = z3.Tactic("qfnra-nlsat").solver()
    for side, op in parts:
        value = SIDES[side](a, b)
        solver.add(value == 0 if op == "=" else RELATIONS[op](value))
    return solver.check()


@pytest.mark.parametrize(
    "domain", [DISC, x**2 + y**2 <= 4, X**2 + Y**2 <= 4, [DISC], "4 >= x**2 + y**2"]
)
def test_a_curved_domain_in_every_spelling(domain):
    f = mt.relu(x + y)
    strata = f.strata(domain)
    assert strata.f_vector == (0, 1, 2)
    assert all(s.witness[0] ** 2 + s.witness[1] ** 2 <= 4 for s in strata)
    rep = f.represent(domain)
    assert {str(p.formula) for p in rep if p.dimension == 2} == {"0", "x + y"}
    assert rep.value((1, 1)) == 2 and rep.gradient((-1, 0)) == sympy.Matrix([[0, 0]])
    with pytest.raises(mt.OutsideDomain):
        rep.value((2, 1))
    again = f.strata(rep.domain)
    assert again.f_vector == strata.f_vector


def test_a_curved_domain_is_printed():
    shown = str(mt.relu(x).represent("x**2 < 2"))
    assert shown.startswith("relu(x) on {x**2 < 2}, (x): 3 pieces")
    assert "x < 0" in str(mt.relu(x).strata("x**2 < 2"))
    # a domain where the tie is a point, and one where it is not met
    assert mt.relu(x).strata("x**2 <= 2").f_vector == (1, 2)
    assert mt.relu(x).strata("x**2 > 2").f_vector == (0, 2)


@pytest.mark.parametrize("domain", ["x**2 < 0", "x**2 + y**2 + 1 <= 0", "x*y > 0 and x*y < 0"])
def test_an_empty_domain(domain):
    for question in (mt.relu(x - y).strata, mt.relu(x - y).represent, mt.relu(x * y).strata):
        with pytest.raises(mt.OutsideDomain, match="which is empty"):
            question(domain)


def test_unions_are_refused_unless_one_part_is_left():
    for domain in ("x*y > 1 or x*y < -1", ["x*y > 1", "x*y < -1"], "max(x, y)**2 < 1"):
        with pytest.raises(mt.NotPolyhedral, match="a union"):
            mt.relu(x - y).strata(domain)
    assert mt.relu(x - y).strata("x*y > 1 or x**2 + y**2 < 0").f_vector == (0, 1, 2)


def test_names_and_functions_that_a_domain_does_not_know():
    with pytest.raises(mt.UnknownVariable, match="got 'u'"):
        mt.relu(x).strata("u**2 < 1")
    with pytest.raises(mt.NotPolyhedral, match="sides"):
        mt.relu(x).strata("sin(x) < 1")


def test_points_inside_a_curved_domain_are_those_without_it():
    f = mt.relu(x + y)
    assert f.at((0, 0), DISC).bouligand == f.at((0, 0)).bouligand
    with pytest.raises(mt.OutsideDomain):
        f.at((3, 0), DISC)
    with pytest.raises(mt.Unsupported, match="boundary"):
        f.at((2, 0), DISC)


# questions that take such a domain, and one of functions of a single variable
ELSEWHERE = ("check_stampacchia", "verify_chain_rule", "simplest_between")


def test_every_other_question_refuses_a_curved_domain_clearly():
    f = mt.relu(x + y)
    square = mt.stack([f, y])
    conditions = ("holds", "betti", "connected_components", "euler_characteristic", "homology",
                  "plot_components")  # fmt: skip
    own = {"inverse": square, "fixed_points": square, **dict.fromkeys(conditions, f >= 0)}
    asked = 0
    for name in sorted(mt.__all__):
        question = getattr(mt, name)
        if not inspect.isfunction(question) or name in ("audit", "read_shards", "write_shards"):
            continue
        names = inspect.signature(question).parameters
        if "domain" not in names:
            continue
        others = [p for p in names.values() if p.default is p.empty and p.name != "domain"][1:]
        told = {"g": mt.relu(x), "candidate": [1, 1], "question": "minimum"}
        given = [told.get(p.name, 0) for p in others]
        asked += 1
        if name in (*ELSEWHERE, "derivation", "check_gradient"):
            continue
        with pytest.raises(mt.PiecewiseError, match="polyhedron|polynomials"):
            question(own.get(name, f), *given, domain=DISC)
    assert asked > 10


@pytest.mark.parametrize(
    ("text", "domain", "is_fine"),
    [
        ("where(x**2 + y**2 < 1, 1, 0)", "x**2 + y**2 >= 1", True),
        ("where(x**2 + y**2 <= 1, 1, 0)", "x**2 + y**2 <= 1", True),
        ("where(x**2 + y**2 <= 1, 1, 0)", "x**2 + y**2 >= 1", False),
        ("where(x**2 + y**2 <= 1, 1, 0)", "x**2 + y**2 < 1", True),
        ("where(x > 0, y, 0)", "x*y = 1", True),
        ("where(x > 0, y, 0)", "x**2 + y**2 = 1", False),
        ("where(x > 0, y, 0)", "x >= 0 and x**2 + y**2 = 1", False),
        ("where(x > 0, y, 0)", "x >= y**2", True),
        ("where(x > 0, 1 + y, 0)", "x >= y**2", False),
        ("where(x > 0, 1 + y, 0)", "x <= -y**2", True),
    ],
)
def test_jumps_are_looked_for_in_the_domain_only(text, domain, is_fine):
    f = mt.parse(text)
    if is_fine:
        assert len(f.on(x, y).strata(domain)) > 0
    else:
        with pytest.raises(mt.NotContinuous) as caught:
            f.on(x, y).strata(domain)
        (part,) = read_sets(domain, ("x", "y"))
        point = [Fraction(int(v.p), int(v.q)) for v in caught.value.point]
        assert check_point(part, ExactPoint(tuple((v,) for v in point)))


@settings(max_examples=60, deadline=None)
@given(parts=conjunctions, kinks=st.lists(st.sampled_from([*SIDES]), min_size=1, max_size=2))
def test_strata_in_a_random_domain_are_those_that_points_have(parts, kinks):
    # one condition at least is curved
    parts = [*parts, ("x**2 + y**2 - 1", parts[0][1])]
    f = mt.parse(" + ".join(f"relu({kink})" for kink in kinks)).on(x, y)
    try:
        strata = f.strata(text_of(parts), budget=20)
    except mt.OutsideDomain:
        assert in_z3(parts) == z3.unsat
        return
    assert in_z3(parts) != z3.unsat and not strata.undecided
    sign = {-1: "< 0", 0: "= 0", 1: "> 0"}
    found = {s.labels for s in strata}
    for point in POINTS:
        if holds(parts, point):
            values = [SIDES[kink](*point) for kink in kinks]
            expected = tuple(sign[(v > 0) - (v < 0)] for v in values)
            assert expected in found
            assert [s.labels for s in strata if s.set.contains(point)] == [expected]
        else:
            assert not any(s.set.contains(point) for s in strata)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(conjunctions, min_size=1, max_size=3))
def test_conditions_are_read_as_they_hold(parts):
    text = " or ".join(f"({text_of(own)})" for own in parts)
    sets = read_sets(text, ("x", "y"))
    for point in POINTS:
        exact = ExactPoint(tuple((value,) for value in point))
        expected = any(holds(own, point) for own in parts)
        assert any(check_point(part, exact) for part in sets) == expected


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_affine_conditions_are_the_same_in_both_readings(data):
    affine = ["x", "x - y", "x + 2*y - 1", "max(x, y) - 1", "abs(x) - relu(y)"]
    text = data.draw(st.sampled_from(affine)) + data.draw(
        st.sampled_from([" < 0", " >= 0", " = 0"])
    )
    regions, sets = read_condition(text, ("x", "y")), read_sets(text, ("x", "y"))
    for point in POINTS:
        exact = ExactPoint(tuple((value,) for value in point))
        inside = any(check_point(part, exact) for part in sets)
        assert inside == any(region.contains(point) for region in regions)


def test_affine_domains_stay_with_polyhedra():
    # what is affine never comes to the chain
    rep = mt.relu(x - y).represent("x <= 4")
    assert type(rep).__name__ == "PolyhedralRepresentation"
