"""Conditions, domains and candidates in the spellings that people use."""

from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.conditions import read_condition

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
small = st.integers(-2, 2)


@pytest.mark.parametrize("domain", ["x > 0", X > 0, x > 0, ["x > 0"], {"x": (0, None)}])
def test_a_domain_in_every_spelling(domain):
    rep = mt.relu(x).represent(domain)
    assert {p.formula for p in rep if p.dimension == 1} == {X}
    assert mt.relu(x).at((1,), domain).is_differentiable


def test_domains_that_are_none():
    with pytest.raises(mt.NotPolyhedral, match="a union"):
        mt.relu(x).represent(["x > 0", "x < -1"])
    with pytest.raises(mt.OutsideDomain):
        mt.relu(x).represent(sympy.And(X > 0, X < 0))


def test_candidates_and_functions_in_every_spelling():
    f = mt.max(x, y)
    entries = [("x >= y", "x"), ("x < y", "y")]
    assert mt.check(mt.Representation("x y", entries, of="max(x, y)"))
    assert not mt.check(mt.Representation("x y", entries, of="min(x, y)"))
    first, last = (mt.max(x, y, ties=t) for t in ("first", "last"))
    assert str(mt.gradient_difference_set(first, last).polyhedra[0]) == "x = y"
    assert mt.check_gradient(f, first.represent())
    assert mt.check_gradient(f, mt.Representation("x y", entries))
    report = mt.check_gradient(f, mt.min(x, y, ties="first").represent())
    assert not report and report.failures
    whole = mt.Representation("x", sympy.Piecewise((X, True)))
    assert len(whole) == 1 and whole.value((3,)) == 3


def test_polyhedra_of_exact_numbers_of_every_kind():
    half = mt.Polyhedron(("x",), [], [((sympy.Rational(1, 2), 1), False)])
    assert half == mt.Polyhedron(("x",), [], [((Fraction(1, 2), "1"), False)])
    assert half == mt.Polyhedron(("x",), [], [((1, 2), False)])
    for bad in (
        lambda: mt.Polyhedron(3),
        lambda: mt.Polyhedron(("x",), [(1,)]),
        lambda: mt.Polyhedron(("x",), [3]),
        lambda: mt.Polyhedron(("x",), [], [(0, 1)]),
        lambda: mt.Polyhedron(("x",), [(0.5, 1)]),
    ):
        with pytest.raises(mt.PiecewiseError):
            bad()


def test_a_condition_that_explodes_is_refused_at_once():
    names = sympy.symbols("a0:10", real=True)
    huge = sympy.And(*(sympy.Or(a > 1, a < -1, sympy.Eq(a, 0)) for a in names))
    with pytest.raises(mt.NotPolyhedral, match="at most"):
        read_condition(huge, tuple(str(a) for a in names))


@st.composite
def booleans(draw, depth=2):
    kinds = ["atom", "not", "and", "or", "xor", "ite", "implies"] if depth else ["atom"]
    kind = draw(st.sampled_from(kinds))
    if kind == "atom":
        left = draw(small) * X + draw(small) * Y
        relation = draw(
            st.sampled_from([sympy.Gt, sympy.Ge, sympy.Lt, sympy.Le, sympy.Eq, sympy.Ne])
        )
        return relation(left, draw(small))
    own = [draw(booleans(depth=depth - 1)) for _ in range(3)]
    if kind == "not":
        return sympy.Not(own[0])
    if kind == "ite":
        return sympy.ITE(*own)
    make = {"and": sympy.And, "or": sympy.Or, "xor": sympy.Xor, "implies": sympy.Implies}[kind]
    return make(*own[:2])


@given(booleans())
@settings(max_examples=150, deadline=None)
def test_a_boolean_is_the_union_that_it_says(condition):
    # the points lie on the boundaries of all comparisons, too
    parts = read_condition(condition, ("x", "y"))
    grid = [Fraction(k, 2) for k in range(-4, 5)]
    for a, b in product(grid, grid):
        at = {X: sympy.Rational(a), Y: sympy.Rational(b)}
        truth = condition if condition in (True, False) else condition.xreplace(at)
        assert any(part.contains((a, b)) for part in parts) == bool(truth)
