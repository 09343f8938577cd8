"""Conditions, domains and candidates in the spellings that people use."""

from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition.conditions import read_condition

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


small_forms = st.sampled_from(["x", "y", "x - y", "2*x + 1", "1", "0", "y - 1"])


@st.composite
def piecewise_linear_texts(draw, depth=2):
    """Sums, max, min, abs, relu, clip and leaky_relu of small forms, nested."""
    if not depth:
        return draw(small_forms)
    one, other = (draw(piecewise_linear_texts(depth=depth - 1)) for _ in range(2))
    shape = draw(
        st.sampled_from(
            ["max({0}, {1})", "min({0}, {1})", "abs({0})", "relu({0})", "clip({0}, -1, 1)",
             "{0} - 2*abs({1})", "{0} + {1}", "leaky_relu({0}, 1/2) - {1}"]
        )
    )  # fmt: skip
    return shape.format(f"({one})", f"({other})")


@given(
    piecewise_linear_texts(),
    piecewise_linear_texts(depth=1),
    st.sampled_from(["<", "<=", ">", ">=", "="]),
)
@settings(max_examples=150, deadline=None)
def test_comparisons_of_piecewise_linear_sides_hold_where_their_values_do(left, right, op):
    # the oracle: the values of both sides at points on a grid, on kinks and on ties
    first, second = mt.parse(left).on("x", "y"), mt.parse(right).on("x", "y")
    try:
        parts = read_condition(f"{left} {op} {right}", ("x", "y"))
    except mt.NotPolyhedral as error:
        assert "at most" in str(error) or "sums of few affine forms" in str(error)
        return
    grid = [Fraction(k, 2) for k in range(-4, 5)]
    holds = {"<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__", "=": "__eq__"}[op]
    for point in product(grid, grid):
        a, b = (Fraction(str(f.value(point))) for f in (first, second))
        assert any(part.contains(point) for part in parts) == getattr(a, holds)(b)


x, y = mt.variables("x y")
inside = [
    (x >= 0) & (x <= 1), ~((x < 0) | (x > 1)), "0 <= x <= 1", "x >= 0 and x <= 1",
    (x >= 0) & "x <= 1", sympy.true & ((x >= 0) & (x <= 1)), "0 <= x and (x <= 1 or 2*x < 1)", mt.abs(2 * x - 1) <= 1,
    (X >= 0) & (X <= 1), ~((X < 0) | (X > 1)), "abs(2*x - 1) <= 1",
]  # fmt: skip


@pytest.mark.parametrize("condition", inside, ids=str)
def test_a_condition_in_every_spelling_through_every_door(condition):
    unit = mt.Polyhedron(("x",), [], [((0, 1), False), ((1, -1), False)])
    f = mt.relu(x).represent(condition)
    assert f.domain == unit
    chosen = mt.where(condition, x, mt.clip(x, 0, 1, at_edges=0))
    for value, gradient in ((-1, 0), (0, 1), ("1/2", 1), (1, 1), (2, 0)):
        assert chosen.value((value,)) == max(0, min(1, Fraction(value)))
        assert chosen.gradient((value,))[0] == gradient
    outside = ~condition if not isinstance(condition, str) else "x < 0 or x > 1"
    if not isinstance(condition, str) and not isinstance(condition, mt.Condition):
        outside = sympy.Not(condition)
    stated = mt.Representation("x", [(condition, "x"), (outside, "2*x")])
    assert stated.value(("1/2",)) == sympy.Rational(1, 2) and stated.value((2,)) == 4


def test_a_union_is_no_domain_and_the_remedy_is_named():
    for domain in ([x >= 0, x <= 1], "x <= 0 or x >= 1", (x <= 0) | (x >= 1), abs(x) >= 1):
        with pytest.raises(mt.NotPolyhedral, match="&"):
            mt.relu(x).represent(domain)
    assert mt.relu(x).represent(abs(x) <= 0).domain == mt.relu(x).represent("x = 0").domain


def test_a_chain_of_comparisons_in_python_names_the_remedy():
    with pytest.raises(mt.PiecewiseError, match=r"join conditions with & and \|"):
        mt.relu(x).represent(0 <= x <= 1)


def test_mixed_comparisons_are_nested_and_hold_at_ties_as_written():
    cone = mt.where((x > 0) & (y >= 0), mt.min(x, y, ties="first"), mt.min(x, y, 0, ties="last"))
    with pytest.raises(mt.NotContinuous):
        mt.where((x > 0) & (y >= 0), 1, 0).represent()
    for point in product((-1, 0, 1), repeat=2):
        inside = point[0] > 0 and point[1] >= 0
        assert cone.value(point) == (min(point) if inside else min(*point, 0))


def test_a_piecewise_without_a_value_somewhere_has_a_domain():
    tent = sympy.Piecewise((X, (X >= 0) & (X <= 1)), (2 - X, (X > 1) & (X < 3)))
    rep = mt.Representation("x", tent)
    assert str(rep.domain) == "0 <= x < 3" and mt.check(rep).ok
    assert [str(piece.parts[0]) for piece in rep.entries] == ["0 <= x <= 1", "1 < x < 3"]
    # its branches leave a gap: no polyhedron, so the check of the cover says where
    gap = mt.Representation("x", sympy.Piecewise((X, X < 0), (1, X > 1)))
    found = [f for f in mt.check(gap).failures if f.check == "cover"]
    assert gap.domain is None and found and all(0 <= f.point[0] <= 1 for f in found)
    assert mt.Representation("x", tent, domain="0 <= x <= 1").domain != rep.domain
    assert mt.Representation("x", sympy.Piecewise((X, X > 0), (0, True))).domain is None
    with pytest.raises(mt.Unsupported, match="mt.Representation"):
        mt.from_sympy(tent)


def test_a_value_is_missing_where_an_inner_piecewise_has_none():
    # the first condition that holds is X < 1; its branch has no value on X <= 0
    inner = sympy.Piecewise((X, X > 0))
    rep = mt.Representation("x", sympy.Piecewise((inner, X < 1), (2, True)))
    assert rep.value(("1/2",)) == sympy.Rational(1, 2) and rep.value((1,)) == 2
    with pytest.raises(mt.OutsideDomain):
        rep.value((0,))
    assert str(rep.domain) == "x > 0"


@pytest.mark.parametrize("make", [
    lambda v, s: (v > 0) & (v < 1), lambda v, s: (v >= 0) | (v <= -1),
    lambda v, s: (v > 0) & (s > 0), lambda v, s: ~((v <= 0) | (s <= 0)) & (v < 3),
    lambda v, s: (v > 0) & (v <= 1),
])  # fmt: skip
def test_conditions_on_arrays_hold_entry_by_entry(make):
    v, s = mt.vector("v", 3), mt.variable("s")
    chosen = mt.where(make(v, s), v, v)
    assert chosen.shape == (3,)
    for k in range(3):
        single = mt.where(make(v[k], s), v[k] + 1, v[k])
        both = mt.where(make(v, s), v + 1, v)[k]
        for entries in product((-1, 0, 1), repeat=2):
            at = {f"v{i + 1}": entries[0] for i in range(3)} | {"s": entries[1]}
            names = {x.name for x in single.variables}, {x.name for x in both.variables}
            first, second = (
                f.value({n: at[n] for n in own})
                for f, own in zip((single, both), names, strict=True)
            )
            assert first == second


def test_parameters_have_names_that_are_neither_words_nor_constants():
    for name in ("free", "pi", "x"):
        with pytest.raises(mt.PiecewiseError, match="expected"):
            mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")], parameters=name)
    with pytest.raises(mt.PiecewiseError, match="mapping"):
        mt.smooth(sympy.exp(X), mt.variable("x"))
