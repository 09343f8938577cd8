"""A message speaks of what the user typed, and gives no reason that is not true."""

import re

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
X, Y, U, V = sympy.symbols("x y u v", real=True)
R = sympy.Rational
FORBIDDEN = re.compile(
    r"\bnan\b|\bzoo\b|\bI\*|SymPy cannot|\bu\d+\b|pieces are not polyhedra|denominator|smooth\("
)
QUESTIONS = {
    "represent": lambda f: f.represent(),
    "strata": lambda f: f.strata(),
    "lipschitz": lambda f: mt.lipschitz(f),
    "equal": lambda f: mt.equal(f, 0 * f),
    "zero_set": lambda f: mt.zero_set(f),
    "value": lambda f: f.value((0, 0)),
    "gradient": lambda f: f.gradient((0, 0)),
    "bouligand": lambda f: f.at((0, 0)).bouligand,
    "chain rule": lambda f: mt.verify_chain_rule(f),
    "derivation": lambda f: mt.derivation(f),
}
LEAVES = [x, y, x - 1, x + 2 * y, mt.abs(x - 1), mt.relu(y), mt.max(x, y)]
INNER = [
    lambda a, b: a * b,
    lambda a, b: a**2 - 1,
    lambda a, b: a**2 + b**2 + 1,
    lambda a, b: a**-1,
    lambda a, b: b / a,
    lambda a, b: mt.log(a + 2),
    lambda a, b: mt.exp(a) - mt.exp(b),
    lambda a, b: a ** R(1, 2),
    lambda a, b: (a**2) ** R(1, 2) - 1,
    lambda a, b: mt.smooth(sympy.sin(U) * sympy.sqrt(U**2 + V**2), {U: a, V: b}),
    lambda a, b: mt.smooth(1 / U - sympy.log(V), {U: a, V: b}),
    lambda a, b: mt.smooth(sympy.pi * U, {U: a}),
]
OUTER = [
    lambda a, b: a,
    lambda a, b: mt.abs(a),
    lambda a, b: mt.relu(a),
    lambda a, b: mt.max(a, b),
    lambda a, b: mt.min(a, b, 0),
    lambda a, b: mt.relu([b, a])[1],
    lambda a, b: mt.where(a > 0, a, 0),
    lambda a, b: mt.where(b > 0, a, 1),
    lambda a, b: mt.clip(a, 0, 1),
]
leaves = st.sampled_from(LEAVES)
functions = st.builds(
    lambda outer, inner, a, b, c: outer(inner(a, b), c).on(x, y),
    st.sampled_from(OUTER),
    st.sampled_from(INNER),
    leaves,
    leaves,
    leaves,
)


def _message(question, f):
    try:
        QUESTIONS[question](f)
    except mt.PiecewiseError as error:
        return str(error)
    return ""


def _check(message, f):
    assert not FORBIDDEN.search(message), message
    assert not message or ("expected" in message and ", got " in message)
    assert "Abs(" not in message and "stack(" not in message, message
    named = re.search(r"kink of (.*) on (?:\{|the whole)|formula, got (.*), where ", message)
    if named:
        assert (named[1] or named[2]) in str(f), message


@settings(max_examples=150)
@given(functions, st.sampled_from(sorted(QUESTIONS)))
@example(((abs(x - 1) ** 2) ** R(1, 2) - 1).on(x, y), "represent")
def test_no_message_has_words_that_nobody_typed(f, question):
    _check(_message(question, f), f)


EXPRESSIONS = [
    1 / sympy.Abs(X - 1),
    sympy.Max(sympy.sin(X), 0),
    sympy.sqrt(X**2 + Y**2),
    sympy.sqrt((X - 1) ** 2 + (Y - R(1, 3)) ** 2),
    sympy.log(sympy.Max(X, Y)) * sympy.Abs(Y),
    sympy.Max(sympy.pi * X, Y) / (1 + X),
    sympy.Min(X * Y, 1, sympy.exp(X)),
    sympy.Piecewise((X * Y, X > 0), (0, True)) / X,
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_nor_do_those_about_what_comes_from_sympy(expression, question):
    f = mt.from_sympy(expression, (X, Y))
    _check(_message(question, f), f)


@pytest.mark.parametrize(
    "expression, text",
    [
        (1 / sympy.Abs(X - 1), "1/abs(x - 1)"),
        (sympy.Max(sympy.sin(X), 0), "max(0, sin(x))"),
        (sympy.exp(X + Y) * sympy.Abs(X), "abs(x)*exp(x + y)"),
        (sympy.sqrt(2) * sympy.Max(X, Y) - sympy.pi, "-pi + sqrt(2)*max(x, y)"),
        (sympy.Max(X, 0) ** 2 / (1 + sympy.Abs(Y)), "max(0, x)**2/(abs(y) + 1)"),
        (sympy.exp(-sympy.Max(X, Y + 1)), "exp(-max(x, y + 1))"),
    ],
)
def test_smooth_nodes_are_written_as_formulas_of_their_operands(expression, text):
    assert str(mt.from_sympy(expression)) == text


@settings(max_examples=80)
@given(leaves, leaves, st.sampled_from(range(5)))
def test_written_formulas_that_can_be_read_have_the_same_values(a, b, kind):
    t = [U * V - U, -(U**2) * V, sympy.exp(U) / (1 + V**2), (U + V) ** 3, U - sympy.tanh(V)][kind]
    f = (2 - 3 * mt.smooth(t, {U: a, V: b})).on(x, y)
    again = mt.parse(str(f)).on(x, y)
    for point in [(0, 0), (2, -1), (R(-1, 2), 3)]:
        assert sympy.simplify(again.value(point) - f.value(point)) == 0


@pytest.mark.parametrize(
    "expression, found",
    [
        (X * sympy.sign(X), "sign(x) in x*sign(x), "),
        (sympy.sign(X) * sympy.Abs(X - 1), "sign(x) in Abs(x - 1)*sign(x), "),
        (sympy.Heaviside(X), "Heaviside(x), "),
        (sympy.exp(sympy.floor(X)), "floor(x) in exp(floor(x)), "),
    ],
)
def test_functions_with_jumps_are_not_read_and_said_so(expression, found):
    with pytest.raises(mt.Unsupported) as caught:
        mt.from_sympy(expression)
    message = str(caught.value)
    assert f"got {found}which has jumps and is not read" in message
    assert "x*sign(x) as Abs(x)" in message and "continuous function" not in message


def test_functions_that_are_not_known_are_named_as_typed():
    for build in [
        lambda: mt.from_sympy(sympy.Function("g")(X) * sympy.Abs(X)),
        lambda: mt.smooth(sympy.Function("g")(X) * X, {X: y}),
    ]:
        with pytest.raises(mt.PiecewiseError, match=r"got g in .*g\(x\)"):
            build()
    with pytest.raises(
        mt.PiecewiseError, match=r"in sqrt\(x\*\*2\), for real numbers: .* abs\(x\)"
    ):
        mt.smooth(sympy.sqrt(sympy.Symbol("x") ** 2), {"x": y})


def test_zeros_that_are_no_polynomials_are_not_supported():
    for ask in [
        lambda: mt.zero_set(x * mt.exp(y) - 1),
        lambda: mt.difference_set(mt.exp(x), mt.exp(y) + 1),
    ]:
        with pytest.raises(mt.NotPolyhedral) as caught:
            ask()
        assert "whose zeros are not supported yet" in str(caught.value)
        assert "relu" not in str(caught.value)
    with pytest.raises(mt.NotPolyhedral, match=r"for the kink of abs\(x\*exp\(y\) - 1\)"):
        mt.zero_set(mt.abs(x * mt.exp(y) - 1))
    # those of polynomials are semialgebraic sets
    assert str(mt.zero_set(x * y - 1)) == "{x*y = 1}"
    assert str(mt.zero_set(mt.abs(x * y))) == "{x*y = 0}"


def test_a_side_without_a_value_at_the_tie_is_no_undecided_one():
    for side in [1 / x, mt.log(x)]:
        with pytest.raises(mt.PiecewiseError, match="that have values at the ties"):
            mt.where(x > 0, side, 0).represent()


def test_an_argument_without_values_is_named():
    for f in [mt.abs(y / mt.relu(y)), mt.relu(mt.log(mt.relu(y))), mt.abs(mt.log(-2 - mt.relu(y)))]:
        with pytest.raises(mt.PiecewiseError) as caught:
            f.represent()
        assert str(caught.value).startswith("expected a kink whose argument has values, got ")
        assert f"{f}, which has none on {{y < 0}}; " in str(caught.value)


def test_the_domain_is_not_called_the_whole_space():
    power = mt.exp(x) - 2
    with pytest.raises(mt.NotPolyhedral, match="on the whole space, which is not supported"):
        mt.relu(power).represent()
    with pytest.raises(mt.NotPolyhedral, match="on the domain, which is not supported"):
        mt.relu(power).represent("0 < x < 2")
