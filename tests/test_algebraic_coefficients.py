"""Roots as coefficients: the engine, conditions, formulas, checks and exchange."""

import pickle
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Matrix, Rational, cbrt, rootof, sqrt

import piecewise_mt as mt

x, y = mt.variables("x y")
z = sympy.Symbol("z", real=True)
t = sympy.Symbol("t", real=True)
kink = mt.max(sqrt(2) * x, y)
crossing = kink + mt.relu(x + sqrt(2) * y - 1)
OTHERS = [
    mt.leaky_relu(x - y, sqrt(2) - 1),
    mt.clip(x + sqrt(3) * y, 0, sqrt(2)),
    mt.where(x > sqrt(2) * y, x, sqrt(2) * y),
    mt.relu(mt.affine(Matrix([[sqrt(2), 1], [0, cbrt(3)]]), [x, y], [0, -sqrt(2)])),
    mt.max(sqrt(2) * x, sqrt(3) * y, sqrt(6) * (x + y)),
    mt.relu(kink - sqrt(2) * mt.relu(x - 1)),
    mt.kth(mt.stack([sqrt(2) * x, y, x + y]), 2),
    mt.abs(x + (1 + sqrt(2)) * y) / sqrt(2),
    mt.piecewise_linear(x, [-sqrt(2), sqrt(2)], [0, sqrt(2), 1]),
    mt.relu(2 ** Rational(1, 4) * x - y) - mt.relu(sqrt(2) * x),
]


def test_a_maximum_with_a_root_has_the_gradients_of_its_sides():
    rep = kink.represent()
    assert [p.gradient for p in rep] == [
        Matrix([[sqrt(2), 0]]),
        Matrix([[0, 1]]),
        Matrix([[sqrt(2) * z, 1 - z]]),
    ]
    assert [str(p.polyhedron) for p in rep] == [
        "sqrt(2)*x > y",
        "sqrt(2)*x < y",
        "sqrt(2)*x = y",
    ]
    assert rep[2].witness == (0, 0) and rep[0].condition == (sqrt(2) * rep_x() > rep_y())


def rep_x():
    return sympy.Symbol("x", real=True)


def rep_y():
    return sympy.Symbol("y", real=True)


def test_kinks_that_meet_at_an_irrational_point():
    strata = crossing.strata()
    assert strata.f_vector == (1, 4, 4)
    assert strata[-1].witness == (Rational(1, 3), sqrt(2) / 3)
    assert str(strata[-1].polyhedron) == "x = 1/3, y = sqrt(2)/3"
    vertex = crossing.at(strata[-1].witness)
    assert len(vertex.bouligand) == 4 and not vertex.is_differentiable
    assert vertex.clarke.contains(Matrix([[sqrt(2) / 2, Rational(1, 2)]]))
    assert not vertex.clarke.contains(Matrix([[sqrt(2) / 2, Rational(1, 2) - cbrt(2)]]))
    assert crossing.value(strata[-1].witness) == sqrt(2) / 3


@pytest.mark.parametrize("f", [kink, crossing, *OTHERS], ids=str)
def test_everything_about_a_function_with_roots(f):
    rep = f.represent()
    strata = f.strata()
    assert sum((-1) ** k * n for k, n in enumerate(strata.f_vector)) == (-1) ** len(f.variables)
    for p in rep:
        assert f.value(p.witness) == rep.value(p.witness) and p.polyhedron.contains(p.witness)
        assert f.gradient(p.witness) == p.gradient
    assert mt.check(rep).ok and mt.verify_chain_rule(f).ok and mt.check_stampacchia(f).ok
    assert all(condition.holds for condition in rep.tangential_conditions())
    back = mt.Representation.from_json(rep.to_json())
    assert mt.check(back).ok
    assert [(p.condition, p.gradient) for p in back] == [(p.condition, p.gradient) for p in rep]
    again = pickle.loads(pickle.dumps(rep))
    assert [p.gradient for p in again] == [p.gradient for p in rep]
    assert r"\sqrt" in rep.table().to_latex() or r"\sqrt[" in rep.table().to_latex()
    assert mt.derivation(f).to_latex()


@pytest.mark.parametrize("f", [kink, crossing, *OTHERS[:3], *OTHERS[4:]], ids=str)
def test_the_text_of_a_function_with_roots_is_read_back(f):
    g = mt.parse(str(f)).on(*f.variables)
    assert str(g) == str(f) and mt.equal(f, g)


def test_bounds_and_level_sets():
    assert mt.lipschitz(kink) == sqrt(2) and mt.lipschitz(kink, ord=1) == sqrt(2)
    assert sympy.simplify(mt.lipschitz(crossing) - sqrt(5 + 2 * sqrt(2))) == 0
    assert mt.infimum(kink, domain="x >= sqrt(2), y >= -1") == 2
    assert mt.level_set(kink, sqrt(2)).dimension == 1
    assert not mt.equal(kink, mt.max(sqrt(3) * x, y))
    assert mt.difference_set(kink, mt.max(sqrt(2) * x, y)).is_empty


def test_a_gradient_that_a_program_returns_is_judged_at_irrational_ties():
    right = mt.check_gradient(kink, lambda p: [sqrt(2), 0] if p[0] * sqrt(2) > p[1] else [0, 1])
    assert not right.failures and not right.untested
    stated = [("sqrt(2)*x > y", "sqrt(2)*x", [1, 0]), ("sqrt(2)*x <= y", "y")]
    report = mt.check(mt.Representation(("x", "y"), stated, of=kink))
    assert "stated gradients" in {failure.check for failure in report.failures}


def test_stated_pieces_with_roots_are_checked():
    pieces = [("sqrt(2)*x >= y", "sqrt(2)*x"), ("sqrt(2)*x < y", "y")]
    assert mt.check(mt.Representation(("x", "y"), pieces, of=kink)).ok
    wrong = [("3/2*x >= y", "sqrt(2)*x"), ("3/2*x < y", "y")]
    assert not mt.check(mt.Representation(("x", "y"), wrong, of=kink)).ok


def test_domains_and_weights_of_ties_with_roots():
    strata = mt.relu(x - y).strata(domain={"x": (0, sqrt(2)), "y": (0, 1)})
    assert strata.f_vector == (5, 6, 2)
    assert mt.relu(x).strata(domain="x <= 2**(1/2)").f_vector == (2, 2)
    rep = mt.relu(x, at_zero=sqrt(2) / 2).represent()
    assert rep[-1].gradient == Matrix([[sqrt(2) / 2]])
    weighted = mt.max(x, y, ties=mt.mix(sqrt(2) / 2)).represent()
    assert sympy.simplify(sum(weighted[-1].gradient) - 1) == 0


def test_a_root_without_radicals():
    root = rootof(sympy.Symbol("s") ** 5 - sympy.Symbol("s") - 1, 0)
    f = mt.max(root * x, y, ties="first") + mt.relu(x + y - 1, at_zero=0)
    assert f.strata().f_vector == (1, 4, 4) and mt.check(f.represent()).ok
    assert f.gradient((1, 0)) == Matrix([[root, 0]])


@pytest.mark.parametrize("number", [sympy.pi, sympy.E, sympy.log(2), sympy.pi * sqrt(2)])
def test_other_numbers_are_refused_and_the_remedy_works(number):
    with pytest.raises(mt.Unsupported, match=r"algebraic number, got .* mt\.smooth"):
        number * mt.abs(x)
    f = mt.smooth(number * t, {t: mt.abs(x)})
    assert [p.gradient for p in f.represent()][:2] == [Matrix([[-number]]), Matrix([[number]])]
    assert mt.check(f.represent()).ok


# -- oracles ------------------------------------------------------------------------------------

small = st.integers(-2, 2)
forms = st.tuples(small, small, small)


def affine(form, u, v):
    return form[0] * u + form[1] * v + form[2]


@st.composite
def functions(draw):
    """A function of two arguments, as what builds it; many kinks are equal or meet."""
    parts = draw(st.lists(st.tuples(st.integers(0, 3), forms, forms), min_size=1, max_size=3))

    def build(u, v):
        total = mt.relu(0 * u)
        for kind, one, two in parts:
            a, b = affine(one, u, v), affine(two, u, v)
            if kind == 0:
                total = total + mt.relu(a)
            elif kind == 1:
                total = total + mt.max(a, b, u)
            elif kind == 2:
                total = mt.abs(total - a)
            else:
                total = total + mt.min(a, mt.relu(b))
        return total.on(x, y)

    return build


MAPS = [
    (Matrix([[sqrt(2), 0], [0, 1]]), Matrix([0, 0])),
    (Matrix([[sqrt(2), 1], [1, sqrt(2)]]), Matrix([sqrt(2), 0])),
    (Matrix([[1, cbrt(3)], [0, 1]]), Matrix([0, 1 - cbrt(9)])),
    (Matrix([[sqrt(2), sqrt(3)], [-1, 1]]), Matrix([0, 0])),
]


@settings(max_examples=20, deadline=None)
@given(functions(), st.sampled_from(MAPS), st.tuples(small, small))
def test_an_irrational_change_of_variables_keeps_all_strata(build, change, point):
    matrix, shift = change
    u, v = (matrix[i, 0] * x + matrix[i, 1] * y + shift[i] for i in range(2))
    f, g = build(x, y), build(u, v).on(x, y)
    plain, moved = f.strata(), g.strata()
    assert moved.f_vector == plain.f_vector
    assert {s.labels: s.dimension for s in moved} == {s.labels: s.dimension for s in plain}
    assert sorted(dict(moved.poset().degree).values()) == sorted(
        dict(plain.poset().degree).values()
    )
    image = [sympy.expand(value) for value in matrix * Matrix(point) + shift]
    assert sympy.simplify(g.value(point) - f.value(image)) == 0
    gradients = {p.labels: p.gradient for p in f.represent()}
    for p in g.represent():
        expected = (gradients[p.labels] * matrix).expand()
        assert p.gradient.expand() == expected
    assert mt.check(g.represent()).ok


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(*[st.tuples(small, small)] * 3), min_size=1, max_size=3))
def test_the_same_labels_as_z3_finds(rows):
    z3 = pytest.importorskip("z3")
    number = [[a + b * sqrt(2) for a, b in row] for row in rows]
    f = sum((mt.relu(p * x + q * y + r) for p, q, r in number), 0 * x + 0 * y).on(x, y)
    found = {s.labels for s in f.strata()}
    s, a, b = z3.Reals("s a b")
    heights = [(p[0] + p[1] * s) * a + (q[0] + q[1] * s) * b + r[0] + r[1] * s for p, q, r in rows]
    texts = {"> 0": lambda h: h > 0, "< 0": lambda h: h < 0, "= 0": lambda h: h == 0}
    for labels in product(texts, repeat=len(rows)):
        solver = z3.Solver()
        solver.add(s * s == 2, s > 0)
        solver.add(*(texts[label](h) for label, h in zip(labels, heights, strict=True)))
        answer = solver.check()
        assert answer != z3.unknown
        assert (answer == z3.sat) == (labels in found), labels


@pytest.mark.parametrize("text", ["relu(a*x + b*y)", "max(a*b*x, y) + abs(b*y - a*a)", "a*b*x + y"])
def test_roots_for_parameters_make_products_affine(text):
    """What is built with roots at once is a function of the same pieces."""
    root, cube = sympy.sqrt(2), sympy.Rational(3) ** sympy.Rational(1, 3)
    for other in (sympy.Integer(1), root, cube):
        values = {"a": root, "b": other}
        symbolic = mt.parse(text).subs({n: mt.parameter(n) for n in values})
        f = symbolic.subs(values)
        rep = f.on("x", "y").represent()
        assert all(p.polyhedron.dimension == p.dimension for p in rep)
        for p in rep:
            at = dict(zip(("x", "y"), p.witness, strict=True))
            together = symbolic.value({**at, **values})
            assert sympy.simplify(rep.value(p.witness) - together) == 0
