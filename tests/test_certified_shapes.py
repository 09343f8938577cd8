"""Certificates of answers that are no, of functions that may jump, and of conditions and inverses.

Expected are closed formulas, values on a grid, or the package's own answers, which go through the
faces of its complex where certificates go through linear programs.
"""

from __future__ import annotations

import itertools
import json
from fractions import Fraction

import pytest
import sympy
from certificate_mutations import PROOF, extremum_by_values, is_true, refusals, run
from generators import functions
from hypothesis import given, settings
from test_certified_answers import VALIDATORS, certified

import piecewise_mt as mt
from piecewise_mt_check import check_data, check_text

x, y = mt.variables("x y")
t = mt.variable("t")
TIE = [0, 0]
# max(x, y) - min(x, 0), written with nodes that may jump, and functions that do
JOINED = mt.where(x > y, x, y) - mt.where(x < 0, x, 0)
JUMP = mt.where(x > 0, x + 1, y)


def kind(*args, **given):
    return certified(*args, **given)["kind"]


@pytest.mark.parametrize("data", refusals(), ids=lambda data: data["kind"])
def test_the_published_form(data):
    VALIDATORS[data["kind"]].validate(data)
    assert check_data(data).answer == "valid"


@settings(max_examples=8, deadline=None)
@given(functions(max_layers=1, scalar=True))
def test_the_answers_of_the_package(f):
    f = (f if f.shape == () else f[0]) + 0 * mt.variable("x1")
    for name in (v.name for v in f.variables):
        held = mt.is_monotone(f, name).holds
        assert (kind(f, "monotone", variable=name) == "monotone") == held
    origin = [0] * len(f.variables)
    here = f.at(origin)
    assert (kind(f, "stationary", point=origin) == "in_clarke") == here.is_stationary
    claim = certified(f, "extremum", point=origin)["claim"]
    assert claim == extremum_by_values(f, origin, None)
    assert kind(f, "continuous") == "continuous"


@pytest.mark.parametrize(
    ("f", "claim"),
    [
        (mt.abs(x) + mt.relu(y), "minimum"),
        (mt.min(x, y, 0) - mt.abs(x), "maximum"),
        (mt.abs(x) - mt.abs(y), "neither"),
        (mt.relu(x - y) - mt.relu(x - y) + 0 * x, "constant"),  # repeated rows that cancel
        (0 * x + mt.max(x, x) - mt.relu(x) + mt.relu(-x) + 0 * y, "constant"),  # x - |x|₊ + |-x|₊
        (mt.relu(0 * x + 0 * y) - mt.relu(y), "maximum"),  # a zero row; x is lineality
        (mt.where(x > 0, 1, 0) + 0 * y, "minimum"),  # jumps up at once
        (mt.where(x > 0, x + 1, y), "neither"),
    ],
)
def test_local_extrema(f, claim):
    f = f.on("x", "y")
    assert certified(f, "extremum", point=TIE)["claim"] == claim
    assert extremum_by_values(f, TIE, None) == claim


@pytest.mark.parametrize(
    ("domain", "point", "claim"),
    [
        ("x >= 0", (0, 0), "minimum"),  # x on the half-plane, with ties along the edge
        ("x = 0", (0, 1), "constant"),  # an equality domain
        ("x >= 0 and x <= 0", (0, 1), "constant"),  # inequalities that make it flat
        ("x >= 0 and x <= 1", (1, 5), "maximum"),
        ("x >= 0", (1, 1), "neither"),
    ],
)
def test_local_extrema_on_a_domain(domain, point, claim):
    assert certified((x + 0 * y), "extremum", point=point, domain=domain)["claim"] == claim


def test_outside_and_empty_domains():
    for question in ("extremum", "stationary", "differentiable"):
        with pytest.raises(mt.PiecewiseError, match="not in the domain"):
            mt.certify(mt.max(x, y), question, point=(-1, 0), domain="x >= 0")
    for question in ("monotone", "lipschitz", "convex"):
        with pytest.raises(mt.PiecewiseError, match="empty"):
            mt.certify(mt.max(x, y), question, domain=mt.Polyhedron(("x", "y"), [(1, 0, 0)]))
    for question in ("monotone", "lipschitz"):
        with pytest.raises(mt.PiecewiseError, match="flat"):
            mt.certify(mt.max(x, y), question, domain="x = y")
    empty = mt.Polyhedron(("x", "y"), [(1, 0, 0)])
    assert kind(JUMP, "continuous", domain=empty) == "continuous"
    assert kind(mt.max(x, y) > x, "holds", domain=empty) == "holds"


def test_segments_against_convexity():
    # |x| - |y| is convex in x, and not in y
    f = mt.abs(x) - mt.abs(y)
    data = certified(f, "convex")
    start, end = (list(map(Fraction, own)) for own in data["segment"])
    s = Fraction(data["at"])
    middle = [(1 - s) * a + s * b for a, b in zip(start, end)]

    def value(p):
        return abs(p[0]) - abs(p[1])

    assert value(middle) > (1 - s) * value(start) + s * value(end)
    assert kind(f, "concave") == "not_convex" and kind(f, "convex", domain="y >= 0") == "max_affine"
    # with a jump: up inside the domain, and only at its end, where a convex function may
    assert kind(mt.where(t >= 0, 1, 0), "convex") == "not_convex"
    with pytest.raises(mt.PiecewiseError, match="got neither"):
        mt.certify(mt.where(t <= 0, 1, 0), "convex", domain="t >= 0")


def test_monotone_in_places():
    f = mt.max(x, y) - 2 * mt.relu(y)
    assert kind(f, "monotone", variable="x") == "monotone"
    data = certified(f, "monotone", variable="y")
    start, end = data["segment"]
    assert data["kind"] == "not_monotone" and start[0] == end[0]
    assert kind(f, "monotone", domain="y < 0 and x > y") == "monotone"
    with pytest.raises(mt.PiecewiseError, match="one of the variables"):
        mt.certify(f, "monotone", variable="w")


def test_slopes_against_a_derivative():
    # f'(0; d) = max(d1, d2) and 0 = d1 - d2 + (d2 - d1) of any f with three cones
    for f in (mt.max(x, y), mt.stack([0 * x + y, mt.max(x, 2 * y, x + y)]), mt.relu(x - y) - y):
        data = certified(f, "differentiable", point=TIE)
        assert data["kind"] == "not_differentiable"
        ways = [list(map(Fraction, d)) for d in data["directions"]]
        total = [
            sum(Fraction(c) * d[i] for c, d in zip(data["coefficients"], ways)) for i in (0, 1)
        ]
        assert total == [0, 0]
        rise = sum(
            (sympy.Rational(c) * sympy.Matrix([f.value(d)]) for c, d in zip(data["coefficients"], ways)),
            sympy.zeros(*sympy.Matrix([f.value(TIE)]).shape),
        )  # fmt: skip
        assert any(rise)  # f is positively homogeneous, so its values are its slopes
    assert kind(mt.relu(x) + y, "differentiable", point=TIE, domain="x >= 0") == "differentiable"


# -- nodes that may jump ----------------------------------------------------------------------


def test_where_that_does_not_jump():
    same = mt.max(x, y) - mt.min(x, 0)
    for question, given_too, entry in (
        ("lipschitz", {}, "power"),
        ("monotone", {"variable": "y"}, "places"),
        ("clarke", {"point": TIE, "matrix": [[0, "1/2"]]}, "kind"),
        ("clarke", {"point": TIE, "matrix": [[-1, 0]]}, "kind"),
        ("stationary", {"point": TIE}, "kind"),
        ("differentiable", {"point": TIE}, "kind"),
        ("differentiable", {"point": (1, 0)}, "gradient"),
    ):
        one, two = (certified(own, question, **given_too) for own in (JOINED, same))
        assert one["kind"] == two["kind"] and one[entry] == two[entry], question
        if one["kind"] != "not_differentiable":
            assert "joints" in one and "joints" not in two
            # without the proof that it does not jump nothing is said
            assert check_data({k: v for k, v in one.items() if k != "joints"}).answer != "valid"


def test_where_that_jumps():
    for question in ("continuous", "lipschitz"):
        data = certified(JUMP, question)
        point, way = ([sympy.Rational(v) for v in data[key]] for key in ("point", "direction"))
        assert data["kind"] == "discontinuous"
        near = JUMP.value([p + d / 10**6 for p, d in zip(point, way)])
        assert abs(near - JUMP.value(point)) > sympy.Rational(1, 10)
    assert kind(JUMP, "differentiable", point=TIE) == "discontinuous"
    assert kind(JUMP, "lipschitz", domain="x > 0") == "lipschitz"
    # both sides agree on x = 0 = y - 1 only
    assert kind(JUMP, "differentiable", point=(0, 2)) == "discontinuous"
    assert kind(JUMP, "differentiable", point=(0, 1)) == "not_differentiable"
    # 5y on the line x = 0, and x beside it: continuous at 0, and not near it
    line = mt.where(x > 0, x, mt.where(x < 0, x, 5 * y))
    for f, question, point in ((JUMP, "stationary", (0, 1)), (line, "differentiable", TIE)):
        with pytest.raises(mt.PiecewiseError, match="one that jumps"):
            mt.certify(f, question, point=point)


def test_jumps_that_cancel():
    step = mt.where(t > 0, 1, 0)
    assert certified(step - step + 3 * mt.relu(t), "lipschitz")["power"] == 9
    assert kind(step - step, "differentiable", point=(0,)) == "differentiable"
    assert kind(step + mt.where(t > 0, 0, 1), "continuous") == "continuous"
    assert kind(step + mt.where(t >= 0, 0, 1), "continuous") == "discontinuous"


def test_jumps_that_are_not_in_the_domain():
    step = mt.where(t > 0, 1, 0)
    for domain in ("t > 0", "t <= 0", "t = 0", "t >= 1"):
        assert kind(step, "continuous", domain=domain) == "continuous"
    assert kind(step, "continuous", domain="t >= 0") == "discontinuous"
    # a step inside a branch that is taken elsewhere
    hidden = mt.where(t >= 1, mt.where(t > 0, t - 1, 5), 0)
    assert certified(hidden, "lipschitz")["power"] == 1


def test_stated_tables():
    v = mt.Representation("t", [("t < 0", "-t"), ("t = 0", "0"), ("t > 0", "t")])
    f = mt.apply(v, x - y)
    assert certified(f, "lipschitz")["power"] == 2
    assert kind(f, "stationary", point=(1, 1)) == "in_clarke"
    assert certified(f, "extremum", point=(1, 1))["claim"] == "minimum"
    assert kind(f, "differentiable", point=(1, 1)) == "not_differentiable"
    assert kind(f, "monotone", variable="x") == "not_monotone"
    assert kind(f, "equal", second=mt.abs(x - y)) == "equal"


# -- conditions, symmetries, inverses ----------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "domain"),
    [
        ((mt.max(x, y) > x) | (mt.max(x, y) > y), None),
        ((mt.max(x, y) > x) | (mt.max(x, y) > y), "x > y"),
        (mt.max(x, y) >= (x + y) / 2, None),
        (mt.relu(x) <= x, "x >= 0"),
        (mt.relu(x) <= x, None),
        ((x > 0) | (x <= 0), None),
        ((x > 0) | (x < 0), None),
        (mt.stack([x, y]) >= mt.stack([0 * x, y]), None),
        (mt.stack([mt.abs(x), y]) >= mt.stack([x, y]), None),
        (~(mt.abs(x) < 0) & (0 * x <= 0), None),
        (mt.Comparison("!=", x, y) | (x >= y), None),
    ],
)
def test_conditions(condition, domain):
    held = mt.holds(condition, domain).holds
    data = certified(condition, "holds", domain=domain)
    assert (data["kind"] == "holds") == held
    assert held or is_true(data)


def test_conditions_that_are_none():
    for condition in ("max(x, y) >= x", mt.max(x, y) >= x):
        assert kind(condition, "holds") == "holds"
    with pytest.raises(mt.PiecewiseError):
        mt.certify(mt.max(x, y), "holds")


@pytest.mark.parametrize(
    ("f", "count"), [(mt.max(*mt.variables("x1:4")), 2), (mt.abs(x) + mt.abs(y), 3), (x + 2 * y, 0)]
)
def test_symmetries(f, count):
    data = certified(f, "symmetries")
    assert len(data["maps"]) == len(mt.symmetries(f).generators) == count
    # every map keeps the values on a grid
    size = len(f.variables)
    for own in data["maps"]:
        for point in itertools.product((-2, 0, 1), repeat=size):
            image = [row[0] + sum(c * v for c, v in zip(row[1:], point)) for row in own["rows"]]
            assert f.value(image) == f.value(point)
    if data["maps"]:
        data["maps"][0]["rows"][0][0] = 1
        assert check_data(data).answer == "invalid"


def test_inverses():
    # 2t + relu(t) on t >= -1 has the inverse y/2 below 0 and y/3 above
    data = certified(2 * t + mt.relu(t), "inverse", domain="t >= -1")
    text = json.dumps(data)
    assert data["image"] == [[">=", 2, 1]] and check_text(text).answer == "valid"
    # a larger image or a smaller domain is another statement, which is false
    for key, rows in (("image", []), ("image", [[">=", 3, 1]]), ("domain", [[">=", 0, 1]])):
        assert check_data(data | {key: rows}).answer == "invalid"
    assert check_data(data | {"second": data["function"]}).answer == "invalid"
    shear = mt.stack([x + mt.relu(y), y])
    back = certified(shear, "inverse")
    g = mt.stack([x - mt.relu(y), y])
    own = certified(g, "inverse")
    assert kind(g, "equal", second=mt.inverse(shear).expression) == "equal"
    assert check_data(back | {"second": own["second"]}).answer == "invalid"
    with pytest.raises(mt.NotInvertible):
        mt.certify(mt.abs(t), "inverse")


@pytest.mark.parametrize(
    ("f", "domain", "points"),
    [
        (mt.abs(t), None, [(0,), (1,), ("-1/2",)]),
        (mt.relu(t), "t >= -1", [(-5,), (0,), (1,)]),
        (0 * t, "t = 3", [(-1,), (7,)]),  # g is affine along a line
        (2 * t + 1, None, [(2,)]),  # finite at one point
        (mt.max(x, y), None, [(0, 1), ("1/3", "2/3")]),
        (mt.abs(x) + 0 * y, "y >= 0", [(0, -1), (1, 0)]),
        (0 * x + 0 * y, {x: (-1, 1), y: (-1, 1)}, [(0, 0), (2, -3)]),  # |s1| + |s2|
        (mt.max(x, y, 0) + mt.abs(x - y), None, [(0, 0), (1, 0), (2, -1)]),
    ],
)
def test_conjugates(f, domain, points):
    data = certified(f, "conjugate", domain=domain)
    g = mt.conjugate(f, domain)
    # the supremum at some s, as an infimum of f - s·x
    for s in points:
        linear = sum((sympy.Rational(c) * v for c, v in zip(s, f.variables)), 0 * f.variables[0])
        assert g.value(s) == -mt.infimum((f - linear).on(*f.variables), domain)
    # another value at a generator, another function, and a larger or smaller set are refused
    low = json.loads(json.dumps(data))
    low["generators"][0]["value"] = str(sympy.Rational(data["generators"][0]["value"]) - 1)
    assert check_data(low).answer == "invalid"
    for change in (
        {"function": json.loads(mt.certify(f + 1, "minimum", domain=domain))["function"]},
        {"finite": [[">=", 1000] + [1] * len(f.variables)]},
        {"finite": [["=", 0] + [1] * len(f.variables)]},
    ):
        if data["finite"] != change.get("finite", 0):
            assert check_data(data | change).answer == "invalid"


def test_conjugates_with_quadratic_formulas_have_none():
    with pytest.raises(mt.Unsupported):
        mt.certify(mt.abs(t) + t**2, "conjugate")


@pytest.mark.parametrize(
    ("domain", "held", "limits"),
    [
        # 0 = Σ w·limit + normals, where the limits of max(x, y) are (1, 0) and (0, 1)
        ("x >= 0 and y >= 0", True, "inside"),
        ("x <= 0 and y <= 0", False, "inside"),
        ("x = 0 and y = 0", True, "all"),
        ("x + y = 0", True, "all"),
        ("x = y", False, "all"),
        ("x >= 0 and x <= 0", True, "all"),  # max(0, y) on the axis of y
        ("x >= y and x >= 0", True, "inside"),  # (1, 0) - 1·(1, 0)
        ("x + y >= 0 and x + y >= 0 and 2*x + 2*y >= 0", True, "inside"),  # repeated rows
        ("x >= -1", False, "inside"),  # no condition is tight
        (None, False, "inside"),
    ],
)
def test_stationarity_under_constraints(domain, held, limits):
    data = certified(mt.max(x, y), "constrained stationary", point=TIE, domain=domain)
    assert data["limits"] == limits
    assert (data["kind"] == "constrained_stationary") == held
    if held:
        multipliers = data["multipliers"]
        for i in range(len(multipliers)):
            fewer = multipliers[:i] + multipliers[i + 1 :]
            assert check_data(data | {"multipliers": fewer}).answer == "invalid"
    else:
        for way in ([0, 0], [1, 1]):
            assert check_data(data | {"direction": way}).answer == "invalid"


# -- changed statements -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "given", "key", "values"),
    [
        ((-mt.abs(t), "convex"), {}, "segment", [[[-1], [-1]], [[0], [1]], [[1], [2]], []]),
        ((-mt.abs(t), "convex"), {}, "at", [0, 1, 2, "-1/2"]),
        ((-mt.abs(t), "convex"), {}, "sense", ["min", 1]),
        ((t, "monotone"), {}, "places", [[], [0, 0], [1], [-1]]),
        ((t, "monotone"), {"domain": "t >= 0"}, "point", [[0], [-1]]),
        ((t, "monotone"), {}, "domain", [[["=", 0, 1]], [[">=", 0, 1], [">=", 0, -1]]]),
        ((-t, "monotone"), {}, "segment", [[[0], [0]], [[1], [0]]]),
        ((mt.abs(t), "extremum"), {"point": [0]}, "claim", ["maximum", "neither", "constant", 1]),
        ((mt.abs(t), "extremum"), {"point": [0]}, "point", [[1], [-1]]),
        ((mt.abs(t), "extremum"), {"point": [0]}, "up", [[0], []]),
        ((mt.abs(t) - t, "extremum"), {"point": [0]}, "up", [[1]]),
        ((mt.abs(t), "differentiable"), {"point": [0]}, "coefficients", [[1, 0], [0, 0], [1, 1]]),
        ((mt.abs(t), "differentiable"), {"point": [0]}, "point", [[1], [-1]]),
        ((mt.where(t > 0, 1, 0), "continuous"), {}, "direction", [[-1], [0]]),
        ((mt.where(t > 0, 1, 0), "continuous"), {}, "point", [[1]]),
        ((t > 1, "holds"), {}, "point", [[2]]),
        ((t > 1, "holds"), {}, "condition", [[0, "<="], ["xor"], [1, ">"], ["and"]]),
        ((t > 1, "holds"), {"domain": "t > 2"}, "condition", [[0, "<="], [0, "="], ["or"], []]),
        ((t > 1, "holds"), {"domain": "t > 2"}, "domain", [[[">=", -1, 1]], []]),
        ((mt.where(t > 0, t, 0), "continuous"), {}, "joints", [[], [[[1]], [[1]]]]),
    ],
)
def test_false_statements_are_refused(args, given, key, values):
    data = json.loads(mt.certify(*args, **given))
    for value in values:
        if data.get(key) == value:
            continue
        verdict = check_data(data | {key: value})
        assert verdict.answer == "invalid", (value, verdict)


def test_a_flat_domain_is_no_neighbourhood():
    # on a line every matrix would be the derivative, as there are no limits of gradients
    data = certified(mt.relu(x) + y, "differentiable", point=TIE, domain="x >= 0")
    flat = data | {"domain": [["=", 0, 1, 0]], "tree": [{}]}
    assert check_data(flat).answer == "invalid"
    assert check_data(flat | {"domain": [[">=", 0, 1, 0], [">=", 0, -1, 0]]}).answer == "invalid"


def test_changes_at_random():
    sources = refusals()
    assert {data["kind"] for data in sources} <= set(PROOF)
    counts, false = run(250, seed=2, sources=sources)
    assert not false and counts["invalid"] > 150, (counts, false)
