"""``where`` with polynomial conditions: reading, values, and jumps at ties that are curves."""

import itertools
import math
import operator
import pickle
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition.semialgebraic import semialgebraic_strata

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
CAP = "where(x**2 + y**2 < 1, 1 - x**2 - y**2, 0)"


@pytest.mark.parametrize(
    "f",
    [
        mt.where("x**2 + y**2 < 1", 1 - x**2 - y**2, 0),
        mt.where(x**2 + y**2 < 1, 1 - x**2 - y**2, 0),
        mt.where(X**2 + Y**2 < 1, 1 - x**2 - y**2, 0),
        mt.from_sympy(sympy.Piecewise((1 - X**2 - Y**2, X**2 + Y**2 < 1), (0, True))),
        mt.parse(CAP),
    ],
)
def test_a_polynomial_condition_in_every_spelling(f):
    assert str(f) == CAP or f.value(("1/3", "1/2")) == Fraction(23, 36)
    assert f.value((0, "1/2")) == Fraction(3, 4) and f.value((1, 0)) == f.value((2, 3)) == 0
    assert f.gradient((0, "1/2")) == sympy.Matrix([[0, -1]])
    assert f.gradient((1, 0)) == f.gradient((2, 3)) == sympy.Matrix([[0, 0]])
    assert semialgebraic_strata(f).f_vector == (0, 1, 2)


def test_texts_and_pickles_of_functions_come_back():
    for text in (
        CAP,
        "where(x*y > 0 and x**2 < 2, x*y*(2 - x**2), 0)",
        "where(1 <= x**2 <= 4 or x*y = 1, x, x)",
        "where(max(x*y, 0) < 1, x, x)",
    ):
        f = mt.parse(text)
        assert str(mt.parse(str(f))) == str(f)
        again = pickle.loads(pickle.dumps(f))
        for point in itertools.product((-1, 0, Fraction(1, 2), 2), repeat=2):
            assert again.value(point) == mt.parse(str(f)).value(point) == f.value(point)


def test_chains_and_combinations_hold_where_they_say():
    f = mt.where("1 <= x**2 + y**2 <= 4 and x*y > 0", 1, 0)
    h = mt.where((x**2 + y**2 < 1) | ~(x * y > 0), 1, 0)
    for a, b in itertools.product([Fraction(k, 2) for k in range(-5, 6)], repeat=2):
        norm = a * a + b * b
        assert f.value((a, b)) == (1 <= norm <= 4 and a * b > 0)
        assert h.value((a, b)) == (norm < 1 or a * b <= 0)


@pytest.mark.parametrize("question", ["at", "gradient"])
@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("where(x**2 + y**2 < 1, 1, 0)", (1, 0)),
        ("where(x**2 + y**2 < 1, 1, 0)", ("3/5", "-4/5")),
        ("where(x**2 + y**2 <= 0, 1, 0) + x", (0, 0)),
        ("where(x*y > 0, x, 0)", (1, 0)),
        ("where(x**2 + y**2 = 1, x, 1)", (0, 1)),
    ],
)
def test_a_jump_at_a_point_is_refused_with_the_point(question, text, point):
    with pytest.raises(mt.NotContinuous) as caught:
        getattr(mt.parse(text), question)(point)
    assert caught.value.point == tuple(map(sympy.Rational, point))


@pytest.mark.parametrize("question", ["at", "gradient"])
def test_a_jump_as_near_as_one_likes_is_refused(question):
    # at (0, 1) both sides are 0, beside it they are not
    f = mt.parse("where(x**2 + y**2 < 1, x, 0)")
    with pytest.raises(mt.NotContinuous) as caught:
        getattr(f, question)((0, 1))
    a, b = caught.value.point
    assert sympy.simplify(a**2 + b**2 - 1) == 0 and a != 0
    assert abs(a) < Fraction(1, 2**11)


def test_a_jump_does_no_harm_elsewhere():
    f = mt.parse("where(x**2 + y**2 < 1, 1, 0) + relu(x)")
    assert f.at((3, 3)).is_differentiable and not f.at((0, 0)).is_differentiable
    # a tie where the sides agree, far from where they do not
    g = mt.parse("where((x**2 + y**2 - 1)*(x - 5) < 0, (x**2 + y**2 - 1)*(y + 10), 0)")
    assert g.gradient((1, 0)) == sympy.Matrix([[0, 0]])


@pytest.mark.parametrize(
    ("text", "f_vector"),
    [
        (CAP, (0, 1, 2)),
        # true nowhere, and nothing tells the sides apart
        ("where(x**2 + y**2 < 0, 1, 0) + x", (1, 0, 1)),
        ("where(-(x**2 + y**2 - 1)**2 > 0, x, x + 1)", (0, 1, 1)),
        # true but on the circle, where both sides are the same
        ("where((x**2 + y**2 - 1)**2 > 0, x, x**2 + y**2 + x - 1)", (0, 1, 1)),
        ("where(x**3 > y**2, x**3 - y**2, 0)", (0, 1, 2)),
        ("where(x**2 + y**2 < 1 and x*y > 0, x*y*(1 - x**2 - y**2), 0)", (1, 4, 4)),
        ("where(x**2 < 2, 2 - x**2, relu(y)*0)", (1, 4, 4)),
        ("where(relu(x*y) < 1, relu(x*y), 1)", (0, 2, 3)),
    ],
)
def test_what_does_not_jump_has_strata(text, f_vector):
    found = semialgebraic_strata(mt.parse(text))
    assert not found.undecided and sum(found.f_vector) >= len(f_vector) - 1
    assert found.f_vector == f_vector


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("where(x**2 + y**2 < 1, 1, 0)", X**2 + Y**2 - 1),
        ("where(x**2 + y**2 <= 0, 1, 0) + x", X**2 + Y**2),
        ("where(x**2 < 2, y, 0)", X**2 - 2),
        ("where(x**3 > 2, x, y)", X**3 - 2),
        ("where(x**3 > y**2, 1, 0)", X**3 - Y**2),
        ("where((x**2 + y**2 - 1)**2 > 0, x, x + 1)", X**2 + Y**2 - 1),
    ],
)
def test_strata_refuse_a_jump_with_an_exact_point(text, relation):
    with pytest.raises(mt.NotContinuous) as caught:
        semialgebraic_strata(mt.parse(text))
    at = dict(zip((X, Y), caught.value.point, strict=True))
    assert sympy.minimal_polynomial(relation.subs(at), X) == X


def test_a_tie_that_is_not_decided_is_not_called_continuous():
    # inside the wedge between two parabolas that touch
    f = mt.parse("where(x**2 < y, where(y < 2*x**2, 1 + x, 1), 1)")
    with pytest.raises((mt.Undecided, mt.NotContinuous)):
        semialgebraic_strata(f)


FACTORS = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "(x - y)": lambda x, y: x - y,
    "(x**2 + y**2 - 1)": lambda x, y: x * x + y * y - 1,
    "(x**2 + y**2)": lambda x, y: x * x + y * y,
    "(y - x**2)": lambda x, y: y - x * x,
    "(x*y - 1)": lambda x, y: x * y - 1,
    "1": lambda x, y: 1,
    "2": lambda x, y: 2,
}
OPS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
HALVES = [Fraction(k, 2) for k in range(-4, 5)]
TIES = [
    *((Fraction(0), v) for v in HALVES),
    *((v, Fraction(0)) for v in HALVES),
    *((v, v) for v in HALVES),
    *((v, v * v) for v in HALVES),
    *((v, 1 / v) for v in HALVES if v),
    *((Fraction(a, 5), Fraction(b, 5)) for a in (-3, 3) for b in (-4, 4)),
]
# the steepest of the products has a slope of some thousands
AROUND = [Fraction(k, 10**9) for k in range(-3, 4)]


@settings(max_examples=100, deadline=None)
@given(
    ties=st.lists(st.sampled_from([*FACTORS][:7]), min_size=1, max_size=3),
    sign=st.sampled_from([1, -1]),
    op=st.sampled_from([*OPS]),
    sides=st.lists(st.sampled_from([*FACTORS]), min_size=1, max_size=3),
)
def test_jumps_are_those_that_points_show(ties, sign, op, sides):
    sides = [*dict.fromkeys(sides)]
    f = mt.parse(f"where(({sign}*{'*'.join(ties)}) {op} 0, {'*'.join(sides)} + x, x)").on(x, y)

    def added(point):
        holds = OPS[op](sign * product_of(ties, point), 0)
        return product_of(sides, point) if holds else 0

    def jumps_at(point):
        """Whether values next to a point differ by more than they should."""
        near = ((point[0] + a, point[1] + b) for a in AROUND for b in AROUND)
        return any(abs(added(other) - added(point)) > Fraction(1, 1000) for other in near)

    assert f.value(TIES[5]) == added(TIES[5]) + TIES[5][0]
    try:
        found = semialgebraic_strata(f, budget=10)
    except mt.NotContinuous as error:
        if all(v.is_rational for v in error.point):
            assert jumps_at([Fraction(int(v.p), int(v.q)) for v in error.point])
    else:
        assert not any(map(jumps_at, TIES)) and not found.undecided


def product_of(factors, point):
    return math.prod(FACTORS[name](*point) for name in factors)


def test_gradients_at_irrational_ties():
    half = sympy.sqrt(2) / 2
    f = mt.parse(CAP)
    assert f.value((half, half)) == 0
    assert f.gradient((half, half)) == sympy.Matrix([[0, 0]])
    with pytest.raises(mt.NotContinuous):
        mt.parse("where(x**2 + y**2 < 1, 1, 0)").gradient((half, half))
    with pytest.raises(mt.NotContinuous):
        mt.where(x > y, 1, 0).gradient((half, half))
    assert mt.where(x > y, x, y).gradient((half, half)) == sympy.Matrix([[0, 1]])
