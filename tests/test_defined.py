"""A smooth node is defined and C¹ where its value is used, or the function is refused by name."""

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
X = sympy.Symbol("x", real=True)
small = st.integers(-2, 2)


@pytest.mark.parametrize(
    "question",
    [
        lambda f: f.represent(),
        lambda f: f.strata(),
        lambda f: mt.lipschitz(f),
        lambda f: mt.verify_chain_rule(f),
        lambda f: mt.equal(f, f),
        lambda f: f.value((0,)),
        lambda f: f.gradient((0,)),
        lambda f: f.at((0,)),
    ],
)
@pytest.mark.parametrize("text", ["abs(x)/x", "x/x", "relu(x)/x**2*x", "(x*x)/(x*x)"])
def test_a_quotient_is_refused_where_its_divisor_is_zero(question, text):
    with pytest.raises(mt.PiecewiseError) as caught:
        question(mt.parse(text))
    assert re.search(r"is zero at \(0,\)|there; evaluate it where", str(caught.value))


def test_a_quotient_is_what_it_is_where_it_is_defined():
    (piece,) = mt.parse("abs(x)/x").represent("x > 0")
    assert piece.formula == 1 and list(piece.gradient) == [0]
    with pytest.raises(mt.PiecewiseError, match="got x/x, where x is zero"):
        mt.equal(mt.parse("x/x"), mt.parse("0*x + 1"))


def test_a_branch_that_is_not_taken_is_not_evaluated():
    f = mt.where(x > 1, mt.log(x) + 1, x)
    assert (f.value((-1,)), f.value((0,)), f.value((1,))) == (-1, 0, 1)
    assert f.value((2,)) == 1 + sympy.log(2)
    assert f.gradient((-1,))[0] == 1 and f.gradient((2,))[0] == sympy.Rational(1, 2)
    assert f.at((-1,)).is_differentiable and f.at((0,)).is_differentiable
    assert f.represent().piece_at((-1,)).alpha == 2
    guarded = mt.where(y > 1, x / y, x)
    assert guarded.value((1, 0)) == 1
    with pytest.raises(mt.OutsideDomain):
        mt.where(x > -1, mt.log(x), 0).value((0,))


def test_powers_at_the_edge_of_their_domain_have_a_gradient():
    rep = (mt.relu(x) ** sympy.Rational(5, 2)).represent()
    assert [piece.formula for piece in rep] == [0, X ** sympy.Rational(5, 2), 0]
    assert list(rep[2].gradient) == [0] and rep.gradient((0,)) == rep.function.gradient((0,))
    assert mt.check(rep).ok and rep.classify().ok
    tie = (mt.max(x, y, 0) ** sympy.Rational(5, 2)).represent()[-1]
    assert tie.formula == 0 and list(tie.gradient) == [0, 0]


@st.composite
def guarded(draw):
    """Quotients, logarithms and powers of piecewise linear functions of x, perhaps in a where."""

    def form():
        kind = draw(st.sampled_from(["affine", "relu", "abs"]))
        own = draw(small) * x + draw(small)
        return {"affine": own, "relu": mt.relu(own), "abs": abs(own)}[kind] + draw(small)

    inner = form()
    node = draw(
        st.sampled_from(
            [
                lambda: form() / inner,
                lambda: mt.log(inner),
                lambda: inner ** Fraction(5, 2),
                lambda: mt.exp(inner) / (inner * inner),
                lambda: 1 / (1 / inner),
            ]
        )
    )()
    if draw(st.booleans()):
        level = draw(small)
        # both sides are the same function where the first is defined, so that nothing jumps
        return mt.where(x > level, node, node) + form()
    return node + form()


@given(guarded())
@settings(max_examples=100)
def test_what_has_no_value_at_some_point_has_no_representation(f):
    f = f.on("x")
    points = [Fraction(k, 2) for k in range(-6, 7)]
    missing = []
    for point in points:
        try:
            f.value((point,))
        except mt.OutsideDomain as error:
            assert not re.search(r"\b(nan|zoo|oo|I)\b", str(error))
            missing.append(point)
    try:
        rep = f.represent()
    except mt.PiecewiseError as error:
        assert not re.search(r"\b(nan|zoo|oo|I)\b", str(error))
        return
    assert not missing
    assert not re.search(r"\b(nan|zoo|oo|I)\b", rep.table().to_text())
    for point in points:
        assert rep.value((point,)) == f.value((point,)) or sympy.simplify(
            rep.value((point,)) - f.value((point,))
        ).equals(0)
        assert sympy.simplify(rep.gradient((point,))[0] - f.gradient((point,))[0]) == 0


# -- the place is named ------------------------------------------------------------------------


U, V = sympy.symbols("u v", real=True)


@pytest.mark.parametrize(
    "formula, said",
    [
        (sympy.sqrt(U**2 + V**2), "x**2 + y**2 is not positive at (0, 0)"),
        (1 / (U**2 - 3), "x**2 - 3 is zero at (-sqrt(3),)"),
        (1 / (U * V - 3), "x*y - 3 is zero between (0, 0) and (2, 2)"),
        (1 / (sympy.exp(U) - 3), "exp(x) - 3 is zero between (0,) and (2,)"),
        (sympy.log((3 * U - 1) ** 4 + (V - 7) ** 2), "(y - 7)**2 is not positive at (1/3, 7)"),
        (sympy.log((U - V) ** 4), "(x - y)**4 is not positive at (0, 0)"),
    ],
)
def test_where_a_formula_is_not_c1_is_named(formula, said):
    values = {s: {"u": x, "v": y}[s.name] for s in formula.free_symbols}
    with pytest.raises(mt.PiecewiseError) as caught:
        mt.smooth(formula, values).represent()
    assert said in str(caught.value)
    assert not isinstance(caught.value, mt.Undecided)


rationals = st.fractions(-5, 5, max_denominator=7)


@settings(max_examples=40)
@given(rationals, rationals, st.sampled_from([2, 4]), st.integers(1, 3), st.integers(0, 2))
def test_the_zero_of_a_sum_of_even_powers_is_named(p, q, power, a, kind):
    distance = a * (U - sympy.Rational(p)) ** power + (V - sympy.Rational(q)) ** 2
    formula = [sympy.sqrt, sympy.log, lambda t: 1 / t][kind](distance)
    f = mt.smooth(formula, {U: x, V: y})
    with pytest.raises(mt.PiecewiseError) as caught:
        f.represent()
    assert f" at ({p}, {q}); " in str(caught.value)
    away = f"x > {p} + 1 and x < {p} + 2"
    assert len(f.represent(away)) == 1


def test_an_argument_that_jumps_at_a_shared_corner_is_refused():
    # the faces of max(x, y) around (1, 0) met two values of the argument at one corner
    quotient = mt.abs(x - 1) / (x - 1)
    for f in (mt.relu([mt.max(x, y), quotient])[1], mt.max(x, y) + 0 * x + mt.relu(quotient)):
        with pytest.raises(mt.PiecewiseError, match="expected"):
            f.on(x, y).strata()
        with pytest.raises(mt.PiecewiseError, match="expected"):
            f.on(x, y).represent()


@pytest.mark.parametrize(
    "text", ["log(x)", "x/(x + 1)", "1/(relu(x) + x + 1)", "x + log(abs(x) - 1)"]
)
def test_a_gradient_is_asked_only_where_there_is_a_value(text):
    f = mt.parse(text)
    for question in (f.value, f.gradient):
        with pytest.raises(mt.PiecewiseError, match="expected a real number"):
            question((-1,))
    assert f.gradient((2,)).shape == (1, 1)
