"""The text of an expression, read again, is the same text and the same function."""

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.functions.grammar.tokens import CALLS

NAMES = ["x", "y", "x", "y", "exp", "max", "mix", "first", "x_1", "α"]
numbers = st.one_of(
    st.integers(-3, 3), st.fractions(min_value=-3, max_value=3, max_denominator=4)
).map(Fraction)
positive = numbers.filter(lambda value: value > 0)
beta, s = sympy.symbols("beta s")
parameters = st.sampled_from([beta, s, sympy.Symbol("relu"), beta / 2, 1 - beta, beta**2 - 3 * s, 1 / (1 + s), beta * s / (1 + s) ** 2])  # fmt: skip
ties_at_a_point = st.one_of(st.just("free"), numbers, parameters)


@st.composite
def ties(draw, n):
    """A rule of every kind that has a text."""
    named = st.sampled_from(["free", "first", "last", "average"])
    weights = st.lists(positive, min_size=n, max_size=n)
    return draw(st.one_of(named, weights, st.one_of(numbers, parameters).map(mt.mix)))


@st.composite
def line(draw, x):
    """A function of one variable under a rule of its own."""
    kind = draw(st.sampled_from(["relu", "abs", "leaky", "clip", "pl", "prelu", "hard"]))
    rule = draw(ties_at_a_point)
    if kind in ("relu", "abs"):
        return (mt.relu if kind == "relu" else mt.abs)(x, at_zero=rule)
    if kind == "leaky":
        return mt.leaky_relu(x, draw(numbers), at_zero=rule)
    if kind == "prelu":
        slopes = [draw(numbers), draw(numbers)]
        return mt.prelu(mt.stack([x, -x]), slopes, at_zero=draw(st.just("weight") | numbers))[1]
    if kind == "hard":
        return mt.hardsigmoid(x, at_edges=rule)
    low = draw(numbers)
    high = low + draw(positive)
    if kind == "clip":
        bounds = draw(st.sampled_from([(low, high), (None, high), (low, None)]))
        return mt.clip(x, *bounds, at_edges=rule)
    slopes = draw(st.lists(numbers, min_size=3, max_size=3))
    rules = draw(st.just(rule) | st.lists(ties_at_a_point, min_size=2, max_size=2))
    anchor = (draw(numbers), draw(numbers))
    return mt.piecewise_linear(x, [low, high], slopes, at_breaks=rules, at=anchor)


@st.composite
def smooth(draw, x, y):
    """A smooth node, also of a number, with every exponent that has a text."""
    one = [mt.exp, mt.sin, mt.cos, mt.tanh, mt.sigmoid, mt.softplus, mt.square]
    made = [lambda: draw(st.sampled_from(one))(x), lambda: x * y, lambda: mt.exp(x) / mt.exp(y),
            lambda: x ** draw(st.sampled_from([2, 3, Fraction(5, 2)])),
            lambda: mt.exp(x) ** draw(numbers),
            lambda: mt.softmax(mt.stack([x, y]))[draw(st.integers(0, 1))],
            lambda: mt.logsumexp(mt.stack([x, y])),
            lambda: sympy.Rational(draw(positive.filter(lambda c: c != 1))) ** x,
            lambda: x / draw(numbers.filter(bool)), lambda: draw(numbers) / mt.exp(x)]  # fmt: skip
    return draw(st.sampled_from(made))()


@st.composite
def kink(draw, parts):
    """A node of several operands, or a where that is continuous."""
    kind = draw(st.sampled_from(["max", "min", "kth", "sort", "where"]))
    n = len(parts)
    if kind == "where":
        a, b = parts[0], parts[-1]
        over = draw(st.booleans())
        return mt.where(a > b, a, b) if over else mt.where(a <= b, a + b, 2 * b)
    if kind in ("max", "min"):
        return (mt.max if kind == "max" else mt.min)(mt.stack(parts), ties=draw(ties(n)))
    rule = draw(st.one_of(st.sampled_from(["stable", "reverse"]), ties(n)))
    if kind == "kth":
        return mt.kth(mt.stack(parts), draw(st.integers(1, n)), ties=rule)
    down = draw(st.booleans())
    return mt.sort(mt.stack(parts), descending=down, ties=rule)[draw(st.integers(0, n - 1))]


@st.composite
def expressions(draw, smoothness=True, depth=3):
    """An expression of all kinds of nodes whose texts are those of the grammar."""
    if not depth or draw(st.integers(0, 9)) == 0:
        leaf = st.one_of(st.sampled_from(NAMES).map(mt.variable), numbers.map(_constant))
        return draw(leaf)
    kinds = ["sum", "sum", "line", "kink"] + ["smooth"] * smoothness + ["put"]
    kind = draw(st.sampled_from(kinds))
    parts = [draw(expressions(smoothness, depth - 1)) for _ in range(draw(st.integers(1, 3)))]
    if kind == "line":
        return draw(line(parts[0]))
    if kind == "kink":
        return draw(kink(parts))
    if kind == "smooth":
        return draw(smooth(parts[0], parts[-1]))
    if kind == "put":  # a number put in for a variable stays a node
        whole = sum(parts[1:], parts[0])
        names = [name for name in whole.variables if name != mt.variable("x")]
        return whole.subs({name: draw(numbers) for name in names[:1]}) if names else whole
    total = draw(numbers)
    for part in parts:
        step = draw(st.sampled_from(["+", "-", "*", "/", "neg"]))
        c = draw(numbers)
        if step == "neg":
            total = -part - total
        elif step in "+-":
            total = total + c * part if step == "+" else total - c * part
        else:
            total = part * c + total if step == "*" or not c else total - part / c
    return total if isinstance(total, mt.Expression) else _constant(total)


def _constant(value):
    return mt.stack([value, 0])[0]


def _same(first, second, parameters):
    """Equal, where free weights count as 1/3 and irrational numbers have 40 equal digits."""
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    pairs = [list(v) if isinstance(v, sympy.MatrixBase) else [v] for v in (first, second)]
    for one, other in zip(*pairs, strict=True):
        if one == other:
            continue
        free = (one.free_symbols | other.free_symbols) - parameters
        gap = (one - other).subs(dict.fromkeys(free, sympy.Rational(1, 3)))
        gap = sympy.expand(gap.subs(dict.fromkeys(gap.free_symbols, sympy.Rational(2, 7))))
        if gap != 0 and abs(gap.evalf(60)) > 10**-40:
            return False
    return True


def _asked(question, f, point):
    """The answer, or the kind of error instead of it."""
    try:
        return getattr(f, question)({name: point[name] for name in map(str, f.variables)})
    except mt.PiecewiseError as error:
        return type(error).__name__


@settings(max_examples=150, deadline=None)
@given(
    expressions(smoothness=False) | expressions(),
    st.lists(st.sampled_from([-1, 0, 0, 1, Fraction(1, 2)]), min_size=20, max_size=20),
)
def test_a_text_is_read_back(f, values):
    text = str(f)
    read = mt.parse(text)
    # a power of two numbers is read as the number that it is, if that is rational
    assert str(read) == text or (
        re.search(r"\d\)?\*\*\(\d+/\d", text) and str(mt.parse(str(read))) == str(read)
    )
    assert set(map(str, read.variables)) <= set(map(str, f.variables))
    point = dict(zip(dict.fromkeys(NAMES), values, strict=False))
    known = {sympy.Symbol(name, real=True) for name in ("beta", "s", "relu")}
    for question in ("value", "gradient"):
        found, again = _asked(question, f, point), _asked(question, read.on(*f.variables), point)
        assert _same(found, again, known), (question, found, again)


x, y = mt.variables("x y")
LONG = mt.relu(x + y)
for _ in range(12):
    LONG = mt.relu(LONG + 2 * LONG)
STATED = mt.Representation("t", [("t >= 0", "t"), ("t < 0", "0")])


@pytest.mark.parametrize(
    ("f", "word"),
    [
        (mt.smooth(sympy.atan(sympy.Symbol("t")), {"t": x}), "atan("),
        (mt.apply(STATED, x), "apply("),
        (mt.max(x, y, ties={frozenset({0, 1}): (0, 1)}), "ties={…}"),
        (mt.relu(x, at_zero=sympy.sqrt(2)), "sqrt(2)"),
        (mt.relu(10**5000 * x), "0x"),
        (mt.relu(mt.variable("pi")), "pi"),
        (mt.relu(mt.variable("__x")), "__x"),
        (LONG, "\nwhere %1 = "),
        (mt.stack([x, y])[:0], "of shape (0,)"),
    ],
)
def test_texts_that_are_no_input_are_refused(f, word):
    """Those of docs/limits.md: they say what a node is, and read nothing wrong."""
    assert word in str(f)
    with pytest.raises(mt.PiecewiseError):
        mt.parse(str(f))


@pytest.mark.parametrize("name", sorted({*CALLS, "mix", "ties", "at_zero", "free", "stable"}))
def test_a_name_without_a_bracket_is_a_variable(name):
    t = mt.variable(name)
    f = mt.max(2 * t, mt.relu(t, at_zero=0), 1)
    assert mt.parse(name) == t and str(mt.parse(str(f))) == str(f)
    rep = mt.Representation(name, [(f"{name} >= 0", name), (f"{name} < 0", "0")], of=mt.relu(t, 1))
    assert mt.check(rep)


@pytest.mark.parametrize("name", ["and", "or", "None", "True", "if"])
def test_words_of_the_grammar_are_no_names(name):
    with pytest.raises(mt.PiecewiseError, match="expected a name"):
        mt.variable(name)


@pytest.mark.parametrize("name", ["free", "first", "last", "average"])
def test_words_for_rules_are_no_parameters(name):
    symbol = sympy.Symbol(name)
    for make in (lambda: mt.relu(x, at_zero=symbol), lambda: mt.max(x, y, ties=mt.mix(symbol)),
                 lambda: mt.clip(x, y, None, at_edges=1 - symbol)):  # fmt: skip
        with pytest.raises(mt.PiecewiseError, match="a word for a rule"):
            make()


@pytest.mark.parametrize(
    "text",
    ["relu(x, at_zero=1/(s - s))", "relu(x, at_zero=(a + b)**2)", "relu(x, at_zero=s**s)",
     "relu(x, at_zero=(a + b)*(c + d))", "relu(x, at_zero=s**11)", "relu(x, at_zero=free + 1)",
     "relu(x, at_zero=1" + "+s" * 30 + ")", "x[0]", "softmax(x, y)[2]", "softmax(x, y)[-1]",
     "softmax(x, y)[0", "kth(2)", "kth(x, y, 1/2)", "kth(x, y, 3)", "max(x, y, ties=stable)"],
)  # fmt: skip
def test_refused_in_one_sentence(text):
    with pytest.raises(mt.PiecewiseError, match="^expected"):
        mt.parse(text)


@pytest.mark.parametrize("index", [True, False])
def test_true_and_false_are_no_numbers_of_pieces(index):
    f = mt.max(x, y)
    rep = f.represent()
    sequences = [rep, f.strata(), STATED, rep.tangential_conditions(), rep.artifacts()]
    for asked in [*(s.__getitem__ for s in sequences), rep.chain_rule,
                  lambda k: mt.kth(mt.stack([x, y]), k), lambda k: mt.lipschitz(f, k),
                  lambda k: mt.derivation(f).to_latex(pieces=k)]:  # fmt: skip
        with pytest.raises(mt.PiecewiseError, match="^expected"):
            asked(index)


def test_parameters_of_one_name_are_one_symbol():
    a = sympy.Symbol("a")
    f = mt.relu(x, at_zero=1 / (1 + a)) + mt.relu(x, at_zero=a)
    assert f.gradient((0,)).free_symbols == {sympy.Symbol("a", real=True)}


@settings(max_examples=60, deadline=None)
@given(expressions(smoothness=False, depth=2), st.lists(st.integers(-1, 1), min_size=20,
                                                        max_size=20))  # fmt: skip
def test_the_local_model_is_read_back(f, values):
    point = dict(zip(dict.fromkeys(NAMES), values, strict=False))
    try:
        local = f.at({name: point[name] for name in map(str, f.variables)}).local
    except mt.PiecewiseError:
        assume(False)
    assert str(mt.parse(str(local))) == str(local)


def test_the_local_model_of_a_where_of_kinks():
    f = mt.where(x > y, mt.relu(x), mt.relu(y))
    assert str(f.at((0, 0)).local) == "where(d1 > d2, relu(d1), relu(d2))"
