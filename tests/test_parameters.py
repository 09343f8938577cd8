"""Parameters: variables that are not differentiated, and the functions that have them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest
import sympy

import piecewise_mt as mt

x, y = mt.variables("x y")
w = mt.parameter("w")


def test_parameters_are_no_variables():
    f = mt.relu(w * x) + mt.parameter("b2") * mt.parameter("b10")
    assert [v.name for v in f.variables] == ["x"]
    assert [p.name for p in f.parameters] == ["b2", "b10", "w"]
    assert [s.name for s in f.symbols] == ["x"]
    assert f.parameters[2] == w


def test_on_promotes_them():
    f = mt.relu(w * x)
    assert [v.name for v in f.on(x, w).variables] == ["x", "w"] and f.on(x, w).parameters == ()
    # a function of a promoted one has variables, too
    g = f.on(x, w) + w
    assert [v.name for v in g.variables] == ["w", "x"] and g.parameters == ()
    assert [p.name for p in f.on(x).parameters] == ["w"]


def test_a_promoted_function_has_gradients_in_all():
    f = mt.relu(w * x).on(x, w)
    z = sympy.Symbol("z", real=True)
    assert f.gradient((0, 2)) == sympy.Matrix([[2 * z, 0]])
    assert f.gradient((3, 0)) == sympy.Matrix([[0, 3 * z]])
    plain = mt.relu(mt.variable("w") * x).on(x, "w")
    assert [(p.condition_text, p.formula, p.gradient) for p in f.represent()] == [
        (p.condition_text, p.formula, p.gradient) for p in plain.represent()
    ]


def test_equality_is_by_name_and_assumptions():
    assert mt.parameter("w") == w and hash(mt.parameter("w")) == hash(w)
    assert mt.parameter("w", positive=True) != w
    assert mt.variable("w") != w


@pytest.mark.parametrize("other", [mt.variable("w"), mt.parameter("w", positive=True)])
def test_two_meanings_of_a_name_are_refused(other):
    f = mt.relu(w * x) + other
    for ask in (
        lambda: f.variables,
        lambda: f.parameters,
        lambda: f.represent(),
        lambda: f.on(x, "w"),
    ):
        with pytest.raises(mt.PiecewiseError, match="expected one w"):
            ask()


def test_they_survive_copies_and_pickles():
    own = mt.parameter("w", nonnegative=True)
    f = mt.relu(own * x)
    for g in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert g.parameters == (own,) and str(g) == "relu(w*x)"


@pytest.mark.parametrize(
    "assumptions, inside, outside",
    [
        ({"positive": True}, [1], [-1, 0]),
        ({"negative": True}, [-1], [1, 0]),
        ({"nonnegative": True}, [0, 1], [-1]),
        ({"nonpositive": True}, [0, -1], [1]),
        ({"nonzero": True}, [1, -1], [0]),
        ({"nonzero": True, "nonnegative": True}, [1], [0, -1]),
        ({"nonzero": False}, [0], [1, -1]),
        ({"positive": False}, [0, -1], [1]),
    ],
)
def test_assumptions_hold_wherever_a_value_is_given(assumptions, inside, outside):
    own = mt.parameter("w", **assumptions)
    f = mt.relu(own * x)
    for value in inside:
        assert f.value({x: 3, own: value}) == max(3 * value, 0)
        assert f.subs({own: value}).parameters == ()
        (mt.relu(x) + own).on(x, own).at((1, value))
    for value in outside:
        with pytest.raises(mt.PiecewiseError, match="assumed"):
            f.value({x: 3, own: value})
        with pytest.raises(mt.PiecewiseError, match="assumed"):
            f.on(x, own).subs({own: value})
        with pytest.raises(mt.OutsideDomain):
            (mt.relu(x) + own).on(x, own).at((1, value))
    whole = f.on(x, own).represent()
    for value in outside:
        with pytest.raises(mt.OutsideDomain):
            whole.piece_at((1, value))
    # every value that is assumed is of one case, and the others of none
    cases = f.represent().cases()
    for value in (-1, 0, 1):
        assert sum(case.set.contains((value,)) for case in cases) == (value in inside)


def test_contradictory_assumptions_are_refused():
    with pytest.raises(mt.PiecewiseError, match="some number fulfils"):
        mt.parameter("w", positive=True, negative=True)
    with pytest.raises(mt.PiecewiseError, match="positive=True or False"):
        mt.parameter("w", positive=1)
    with pytest.raises(mt.PiecewiseError):
        mt.parameter("a b")


def test_several_at_once():
    a, b = mt.parameters("a b", positive=True)
    assert a == mt.parameter("a", positive=True) and b.name == "b"
    with pytest.raises(mt.PiecewiseError):
        mt.parameters("a a")


def test_assumptions_are_the_domain_of_a_promoted_function():
    own = mt.parameter("w", positive=True)
    f = mt.relu(own + x).on(x, own)
    assert f.strata().f_vector == (0, 1, 2)
    shown = [str(p.polyhedron) for p in f.represent()]
    assert shown == ["w > 0, x + w < 0", "w > 0, x + w > 0", "x + w = 0, w > 0"]
    with pytest.raises(mt.OutsideDomain):
        f.represent().piece_at((1, -1))
    assert str(f.represent("x > 0").domain) == "x > 0, w > 0"
    assert mt.f_vector(f) == (0, 1, 2)


def test_points_give_values_to_parameters_by_name():
    f = mt.relu(w * x)
    z = sympy.Symbol("z", real=True)
    assert f.value({x: 3, "w": 2}) == 6
    assert f.gradient({x: 0, w: 2}) == sympy.Matrix([[2 * z]])
    assert f.gradient({x: 5, w: 0}) == sympy.Matrix([[0]])
    assert f.at({x: 0, w: 2}).bouligand == (sympy.Matrix([[0]]), sympy.Matrix([[2]]))
    assert f.at({x: 0, w: 2}).gradient == sympy.Matrix([[2 * z]])


def test_z_skips_the_names_of_parameters():
    f = mt.relu(mt.parameter("z") * x)
    here = f.on(x, "z").gradient((0, 2))
    assert here == sympy.Matrix([[2 * sympy.Symbol("z1", real=True), 0]])
    assert "z1" in f.represent().cases()[0].representation[-1].formulas[0].text


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: f.value((1,)),
        lambda f: f.value({x: 1}),
        lambda f: f.gradient((1,)),
        lambda f: f.at((1,)),
        lambda f: f.strata(),
        lambda f: mt.lipschitz(f),
        lambda f: mt.f_vector(f),
        lambda f: mt.zero_set(f),
        lambda f: mt.equal(f, f),
        lambda f: mt.verify_chain_rule(f),
        lambda f: mt.check_stampacchia(f),
        lambda f: mt.critical_points(f),
        lambda f: mt.derivation(f).to_latex(),
        lambda f: mt.infimum(f),
        lambda f: mt.is_convex(f),
    ],
)
def test_what_needs_numbers_says_what_to_do(ask):
    with pytest.raises(mt.PiecewiseError, match="a function without parameters"):
        ask(mt.relu(w * x))


@pytest.mark.parametrize(
    "ask",
    [
        lambda rep: rep.plot(),
        lambda rep: rep.lambdify(),
        lambda rep: rep.values([(1,)]),
        lambda rep: rep.gradients([(1,)]),
        lambda rep: rep.classify(),
        lambda rep: rep.artifacts(),
        lambda rep: rep.chain_rule(1),
        lambda rep: rep.tangential_conditions(),
        lambda rep: rep.merged(),
    ],
)
def test_what_representations_refuse(ask):
    rep = mt.relu(w * x).represent()
    for own in (rep, rep.cases()[0].representation):
        with pytest.raises(mt.Unsupported, match=r"f\.on.*f\.subs"):
            ask(own)


def test_numbers_make_products_affine():
    f = mt.relu(w * (x + y) + w * w)
    assert [str(p.polyhedron) for p in f.subs({w: 2}).represent()] == [
        "x + y < -2",
        "x + y > -2",
        "x + y = -2",
    ]
    assert f.subs({w: 2}).at((-2, 0)).is_differentiable is False
    assert mt.relu(w * x).subs({w: 0}).represent()[0].gradient == sympy.Matrix([[0]])
    array = (mt.vector("v", 2) * mt.vector("u", 2)).subs({mt.vector("u", 2): mt.stack([2, 3])})
    assert array.value((5, 7)) == sympy.Matrix([10, 21])


def test_a_parameter_that_is_replaced_by_a_variable():
    f = mt.relu(w * x).subs({w: y})
    assert f.parameters == () and [v.name for v in f.variables] == ["x", "y"]
    assert f.gradient((2, 3)) == sympy.Matrix([[3, 2]])


def test_the_import_is_light():
    code = "import sys, piecewise_mt; piecewise_mt.parameter('w'); assert 'z3' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
