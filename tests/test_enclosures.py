"""Enclosures: the elementary functions of balls, and value and gradient of whole functions."""

from __future__ import annotations

import pickle
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation import written
from piecewise_mt.calculus.local.enclosed_analysis import EnclosedAnalysis
from piecewise_mt.exact.ball_functions import FUNCTIONS, root
from piecewise_mt.exact.balls import Ball, ball_of, interval_text, joined
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.functions.nodes import Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.traversal import topological

t = mt.variable("t")
x, y = mt.variables("x y")
small = st.fractions(-4, 4, max_denominator=12)
PRECISE = mpmath.MPContext()
PRECISE.dps = 60


def precise(value):
    return PRECISE.mpf(value.numerator) / value.denominator


def exactly(number):
    """An mpf as the Fraction it is; 0 if it is tiny."""
    sign, mantissa, exponent, _ = number._mpf_
    if exponent < -20_000:
        return Fraction(0)
    return Fraction(-mantissa if sign else mantissa) * Fraction(2) ** exponent


def within(low, high, number, slack="1e-50"):
    """Whether mpmath's number is in an interval, but for mpmath's own error."""
    value = exactly(number)
    allowed = Fraction(slack) * max(1, abs(value))
    return low - allowed <= value <= high + allowed


# balls

numbers = st.one_of(
    st.fractions(-30, 30), st.fractions(-1, 1).map(lambda v: v / 10**9), st.integers(-9, 9)
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FUNCTIONS)), numbers, st.sampled_from([53, 64, 128, 333]),
       st.integers(0, 40))  # fmt: skip
def test_functions_of_balls_hold_what_mpmath_finds(name, number, bits, radius):
    ball = ball_of(Fraction(number), bits) + Ball(0, radius, -60, bits)
    low, high = ball.ends()
    if name == "log" and low <= 0:
        with pytest.raises((mt.Undecided, mt.OutsideDomain)):
            FUNCTIONS[name](ball)
        return
    found = FUNCTIONS[name](ball)
    reference = getattr(PRECISE, name)
    for point in (low, Fraction(number), high):
        assert within(*found.ends(), reference(precise(point)))
    if not radius and name not in ("exp", "sinh", "cosh"):
        assert found.ends()[1] - found.ends()[0] < Fraction(1, 2 ** (bits - 12))


@pytest.mark.parametrize("name", ["tanh", "atan", "erf", "erfc", "asinh"])
@pytest.mark.parametrize("size", [11, 12, 13, 100, 10**6, 10**40])
@pytest.mark.parametrize("sign", [1, -1])
def test_functions_far_out(name, size, sign):
    found = FUNCTIONS[name](ball_of(Fraction(sign * size), 128))
    assert within(*found.ends(), getattr(PRECISE, name)(PRECISE.mpf(sign * size)))
    assert found.ends()[1] - found.ends()[0] < Fraction(1, 10**30)


@given(st.fractions(0, 10**6).filter(bool), st.sampled_from([2, 3, 5]))
@settings(max_examples=50, deadline=None)
def test_roots(number, degree):
    low, high = root(ball_of(number, 128), degree).ends()
    assert low**degree <= number <= high**degree
    assert high - low < Fraction(1, 10**25)


@given(small, small, st.integers(0, 3), st.integers(0, 3), st.sampled_from([20, 64]))
@settings(max_examples=100, deadline=None)
def test_arithmetic_holds_all_results(one, two, first, second, bits):
    a = ball_of(one, bits) + Ball(0, first, -bits, bits)
    b = ball_of(two, bits) + Ball(0, second, -bits - 90 * first, bits)
    for p in a.ends():
        for q in b.ends():
            pairs = [(a + b, p + q), (a - b, p - q), (a * b, p * q), (-a, -p), (a + two, p + two)]
            pairs += [(a * two, p * two), (joined(a, b), p), (joined(a, b), q)]
            try:
                pairs.append((a / b, p / q))
            except (mt.Undecided, mt.OutsideDomain):
                assert b.ends()[0] <= 0 <= b.ends()[1]
            for found, value in pairs:
                low, high = (found, found) if isinstance(found, Fraction) else found.ends()
                assert low <= value <= high
    # a comparison that is answered is true of all numbers in the balls
    try:
        assert (a < b) == (a.ends()[1] < b.ends()[0])
    except mt.Undecided:
        assert a.ends()[0] <= b.ends()[1] and b.ends()[0] <= a.ends()[1]


@given(st.fractions(), st.fractions(0, 1), st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_texts_hold_their_intervals(middle, radius, digits):
    low, high = middle - radius, middle + radius
    text = interval_text(low, high, digits)
    shown, _, wide = text.partition(" ± ")
    shown, wide = Fraction(shown), Fraction(wide or "0")
    assert shown - wide <= low <= high <= shown + wide
    assert wide < 2 * radius + 2 * abs(middle) / 10 ** (digits - 1) + Fraction(1, 10**digits)


# whole functions against a pass of mpmath at 60 digits


def by_mpmath(f, point):
    """Value and gradient by another pass: forward mode, SymPy's formulas by mpmath.

    And the least distance of a unit from a tie.
    """
    gap = PRECISE.mpf(1)
    names = [v.name for v in f.variables]
    width = len(names)
    known = {}
    for node in topological(f):
        given_ = [entry for arg in node.args for entry in known[id(arg)]]
        own = []
        if isinstance(node, Variable):
            for name in node.names:
                j = names.index(name)
                own.append((precise(point[j]), [PRECISE.mpf(i == j) for i in range(width)]))
        elif isinstance(node, Linear):
            for row, bias in zip(node.rows, node.bias):
                own.append(_mixed([(c, given_[i]) for i, c in row], bias, width))
        elif isinstance(node, Gather):
            own = [given_[i] for i in node.indices]
        elif isinstance(node, Smooth):
            for function, indices in node.units:
                pairs = [given_[i] for i in indices]
                symbols = sympy.symbols(f"u1:{len(pairs) + 1}", real=True)
                values = [value for value, _ in pairs]
                formulas = [function.expression, *function.partials]
                first, *slopes = sympy.lambdify(symbols, formulas, modules=PRECISE_MODULE)(*values)
                zero = [PRECISE.mpf(0)] * width
                row = [sum((s * p[1][j] for s, p in zip(slopes, pairs)), zero[0])
                       for j in range(width)]  # fmt: skip
                own.append((PRECISE.mpf(first), row))
        elif isinstance(node, Piecewise):
            for atom, indices in node.units:
                pairs = [given_[i] for i in indices]
                near = [v for v, _ in pairs] + ([PRECISE.mpf(0)] if len(pairs) == 1 else [])
                gaps = [abs(v - w) for i, v in enumerate(near) for w in near[:i]]
                gap = min([gap, *gaps])
                # values that agree to 50 digits are a tie
                rounded = [Fraction(round(exactly(v) * 10**50), 10**50) for v, _ in pairs]
                weights, constant = atom.weights(atom.label_at(rounded), lambda i: None)
                own.append(_mixed(list(zip(weights, pairs)), constant, width))
        else:
            own = [(precise(v), [PRECISE.mpf(0)] * width) for v in node.values]
        known[id(node)] = own
    return known[id(f)], gap


PRECISE_MODULE = [{name: getattr(PRECISE, name) for name in
                   ("exp", "log", "tanh", "erf", "sin", "cos", "sqrt", "pi", "mpf")}, "mpmath"]  # fmt: skip


def _mixed(terms, constant, width):
    value = precise(Fraction(constant))
    row = [PRECISE.mpf(0)] * width
    for c, (v, slopes) in terms:
        factor = precise(Fraction(c))
        value += factor * v
        row = [old + factor * new for old, new in zip(row, slopes)]
    return value, row


def require_as_mpmath(f, point, digits=None):
    enclosure = f.enclosure(point, digits)
    found, gap = by_mpmath(f, [Fraction(v) for v in point])
    value = enclosure.value
    try:
        gradient = enclosure.gradient
    except mt.Undecided:
        # equal numbers, perhaps by formulas that do not cancel
        assert gap < PRECISE.mpf(10) ** -50
        return enclosure
    lows, highs = map(list, (sympy.Matrix([value.lower]), sympy.Matrix([value.upper])))
    for low, high, (number, _) in zip(lows, highs, found, strict=True):
        assert within(Fraction(str(low)), Fraction(str(high)), number)
    entries = [entry for _, row in found for entry in row]
    for low, high, number in zip(gradient.lower, gradient.upper, entries, strict=True):
        assert within(Fraction(str(low)), Fraction(str(high)), number)
        assert high - low <= sympy.Rational(1, 10**10) * max(1, abs(low))
    assert value.width <= sympy.Rational(1, 10**10) * max(1, *map(abs, lows))
    return enclosure


def gelu(v):
    return v / 2 * (1 + mt.smooth(sympy.erf(sympy.Symbol("u")), {"u": v * Fraction(7, 10)}))


def layer_norm(v):
    centred = v - mt.stack([sum(v) / v.shape[0]] * v.shape[0])
    variance = sum(mt.square(centred)) / v.shape[0] + Fraction(1, 10)
    return centred / mt.stack([variance ** Fraction(1, 2)] * v.shape[0])


ACTIVATIONS = {
    "tanh": mt.tanh,
    "sigmoid": mt.sigmoid,
    "softplus": mt.softplus,
    "gelu": gelu,
    "softmax": mt.softmax,
    "layer norm": layer_norm,
    "relu": lambda v: mt.relu(v, at_zero=0),
    "abs": lambda v: mt.abs(v, at_zero="1/3"),
    "max": lambda v: mt.stack([mt.max(v, ties="average"), v[0]]),
    "min": lambda v: mt.stack([v[0] * v[1], mt.min(v, ties="last")]),
    "sin": mt.sin,
    "exp": lambda v: mt.exp(v / 8),
    "square": lambda v: mt.square(v) / 8,
}


@st.composite
def networks(draw, names=tuple(ACTIVATIONS)):
    """Small networks: weights of few numbers, so that rows and entries are zero or repeated."""
    weight = st.sampled_from([Fraction(v) for v in (0, 0, 1, -1, "1/2", "1/3", "-2/3")])
    v = mt.vector("x", 2)
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=4)):
        n, m = v.shape[0], draw(st.integers(2, 3))
        row = st.lists(weight, min_size=n, max_size=n)
        rows = draw(st.lists(row, min_size=m, max_size=m))
        if draw(st.booleans()):
            rows[-1] = rows[0]
        v = ACTIVATIONS[name](mt.affine(rows, v, draw(st.lists(weight, min_size=m, max_size=m))))
    return v.on(*mt.vector("x", 2))


@settings(max_examples=60, deadline=None)
@given(networks(), st.tuples(small, small))
def test_networks_hold_what_mpmath_finds(f, point):
    require_as_mpmath(f, point)


@settings(max_examples=40, deadline=None)
@given(networks(("relu", "abs", "max")), st.tuples(small, small))
def test_what_is_rational_is_exact(f, point):
    enclosure = f.enclosure(point)
    assert enclosure.value.width == enclosure.gradient.width == 0
    assert enclosure.value.lower == f.value(point)
    assert enclosure.gradient.lower == enclosure.gradient.upper == f.gradient(point)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_each_activation(name):
    v = mt.vector("x", 2)
    require_as_mpmath(ACTIVATIONS[name](mt.affine([[1, 2], [-1, 1]], v)), ("1/3", "-2/5"))


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (mt.logsumexp([x, y, 3]), (1, 2)),
        (mt.relu(mt.tanh(x) - y, at_zero=0), (1, "3/4")),
        (mt.relu(mt.tanh(x) - y, at_zero=0), (1, "4/5")),
        (mt.where(x > 0, mt.log(1 + x), x).on(x, y), ("1/2", 0)),
        (mt.leaky_relu(mt.exp(x) - 2, "1/10") + y, ("7/10", 1)),
        (mt.clip(mt.sin(x), "-1/2", "1/2") * y, (2, 3)),
        (mt.square(x) / (1 + mt.exp(-y)) + 2**y, (3, -2)),
        (mt.sigmoid(x) * mt.cos(y), (40, 1000)),
        (mt.sort(mt.stack([mt.exp(x), mt.sin(y), x])), (1, 2)),
    ],
)
def test_mixed_functions(f, point):
    require_as_mpmath(f, point, digits=30)


# ties


def test_ties_of_equal_entries_are_exact():
    row = mt.affine([[1, 2], [1, 2], [0, 1]], mt.stack([x, y]), ["1/3"] * 3)
    f = mt.max(mt.tanh(row), ties="average")
    enclosure = require_as_mpmath(f, (1, "1/7"))
    assert not enclosure.last.open
    g = mt.relu(mt.tanh(x) - mt.tanh(x), at_zero="1/4").on(x, y)
    assert g.enclosure((1, 2)).gradient.contains([0, 0])
    assert g.enclosure((1, 2)).value.width == 0
    # a smooth node of what cancels: the root of zero has a value
    h = (mt.tanh(x) - mt.tanh(x)) ** "1/2" + mt.exp(mt.tanh(y) - mt.tanh(y)).on(x, y)
    assert h.enclosure((1, 2)).value.lower == h.enclosure((1, 2)).value.upper == 1


def test_ties_of_rational_values_are_exact():
    f = mt.relu(mt.exp(t) - 1, at_zero="1/3") + mt.abs(mt.tanh(t), at_zero="1/5")
    assert f.enclosure((0,)).gradient.lower == sympy.Matrix([[sympy.Rational(8, 15)]])
    root_ = mt.relu(mt.square(t) ** "3/2" - 8, at_zero="1/2")
    assert root_.enclosure((2,)).gradient.lower == sympy.Matrix([[6]])


def test_sympy_is_asked_about_a_short_tie():
    f = mt.relu(mt.exp(t) - mt.exp(t / 2) * mt.exp(1 - t / 2), at_zero="1/3")
    # e - e^(1/2) e^(1/2), whose slope is e - 0
    low, high = f.enclosure((1,)).gradient.lower[0], f.enclosure((1,)).gradient.upper[0]
    assert low <= sympy.E / 3 <= high and high - low < sympy.Rational(1, 10**15)


def test_near_ties_are_decided_by_more_digits():
    near = sympy.Rational(str(sympy.exp(1).evalf(120)))
    for shift, slope in ((sympy.Rational(-1, 10**100), 1), (sympy.Rational(1, 10**100), 0)):
        f = mt.relu(mt.exp(t) * 1 - (near + shift), at_zero="1/2")
        # without SymPy: many terms
        g = f + 0 * t
        enclosure = g.enclosure((1,))
        assert bool(enclosure.gradient.contains(0)) == (slope == 0)


def long_tie():
    """A tie that is exact, between formulas that are too long to write."""
    v = mt.stack([t, 2 * t, -t])
    for k in range(4):
        v = mt.sin(mt.affine([[1, k, 2], [k, 1, 1], [2, 1, -k]], v))
    # sin² + cos² = 1
    u = sum(v)
    return mt.square(mt.sin(u)) + mt.square(mt.cos(u)) - 1


def test_what_stays_open_is_undecided():
    f = mt.relu(long_tie(), at_zero=0) + t
    enclosure = f.enclosure(("1/3",))
    # the value does not depend on the side
    assert enclosure.value.contains("1/3") is True or enclosure.value.width < 10**-15
    with pytest.raises(mt.Undecided, match="expected kinks whose side"):
        _ = enclosure.gradient
    # but for a tie that nobody reads
    assert (f - mt.relu(long_tie(), at_zero=0) * 0).enclosure(("1/3",)).value.width < 10**-15


def test_free_parameters_are_refused():
    f = mt.relu(mt.tanh(t))
    assert f.enclosure((0,)).value.upper == 0
    with pytest.raises(mt.InvalidTieRule, match="free parameter"):
        _ = f.enclosure((0,)).gradient
    assert isinstance(Polynomial.generator("z"), Polynomial)
    assert (f * 0 + t).enclosure((0,)).gradient.lower == sympy.Matrix([[1]])


# where there is no value


@pytest.mark.parametrize(
    ("f", "point"), [(mt.log(t), 0), (mt.log(t), -1), (1 / t, 0), (t ** "1/2", -1)]
)
def test_outside_of_the_domain(f, point):
    with pytest.raises(mt.OutsideDomain):
        _ = f.enclosure((point,)).value
    with pytest.raises(mt.OutsideDomain):
        _ = f.enclosure((point,)).gradient


def test_a_root_at_zero_has_a_value_and_no_gradient():
    f = (x**2 + y**2) ** "1/2"
    assert f.enclosure((0, 0)).value.upper == 0 and f.enclosure((3, 4)).value.upper == 5
    with pytest.raises(mt.OutsideDomain):
        _ = f.enclosure((0, 0)).gradient


def test_the_side_that_is_not_taken_need_not_be_defined():
    f = mt.where(t > 0, mt.log(t), t)
    assert f.enclosure((-1,)).gradient.lower == sympy.Matrix([[1]])
    with pytest.raises(mt.PiecewiseError):
        _ = f.enclosure((0,)).gradient


def test_huge_numbers():
    assert mt.sigmoid(t).enclosure((-(10**9),)).value.width < sympy.Rational(1, 10**1000)
    low = mt.log(mt.exp(-t)).enclosure((10**5,), digits=20).value.lower
    assert abs(low + 10**5) < sympy.Rational(1, 10**14)
    with pytest.raises(mt.Unsupported, match="expected numbers up to"):
        _ = mt.exp(t).enclosure((10**9,)).value
    with pytest.raises(mt.Unsupported, match="expected exponentials of"):
        _ = mt.exp(t).enclosure((10**40,)).value


def test_irrational_points_and_weights():
    f = mt.square(x) * y + mt.affine([[sympy.sqrt(3), 0]], mt.stack([x, y]))[0]
    found = f.enclosure((sympy.sqrt(2), 1), digits=40)
    for array, exact in (
        (found.value, 2 + sympy.sqrt(6)),
        (found.gradient[0, 0] if 0 else None, 0),
    ):
        if array is not None:
            assert array.lower <= exact <= array.upper
    slope = 2 * sympy.sqrt(2) + sympy.sqrt(3)
    assert found.gradient.lower[0] <= slope <= found.gradient.upper[0]


def test_parameters_get_their_values_by_name():
    w = mt.parameter("w")
    f = mt.tanh(w * x)
    found = f.enclosure({"x": 1, "w": 2}).gradient
    assert found.lower[0] <= 2 / sympy.cosh(2) ** 2 <= found.upper[0]


@pytest.mark.parametrize("digits", [0, -1, 1001, 1.5, True, "3"])
def test_digits_are_checked(digits):
    with pytest.raises(mt.PiecewiseError, match="expected digits from 1 to 1000"):
        mt.exp(t).enclosure((1,), digits=digits)


@pytest.mark.parametrize("digits", [1, 50, 700])
def test_as_many_digits_as_are_asked_for(digits):
    found = mt.exp(mt.tanh(t)).enclosure((1,), digits)
    assert found.value.width <= 3 * sympy.Rational(1, 10**digits)
    assert found.gradient.width <= 3 * sympy.Rational(1, 10**digits)


# f.at, and formulas that are too long


def network(width, depth=2, last=mt.tanh):
    """A network with weights that are pseudorandom binary fractions."""
    state = 1
    v = mt.vector("x", 3)
    for _ in range(depth):
        rows = []
        for _ in range(width):
            row = []
            for _ in range(v.shape[0]):
                state = state * 6364136223846793005 % 2**64
                row.append(Fraction(state >> 40, 2**24) - Fraction(1, 2))
            rows.append(row)
        v = last(mt.affine(rows, v))
    return v[0] + v[1]


POINT = ("1/2", "-1/3", "1/5")


def test_at_a_point_of_a_large_network():
    f = network(30, 3)
    at = f.at(POINT)
    assert isinstance(at, EnclosedAnalysis) and at.is_differentiable and not at.active
    require_as_mpmath(f, POINT)
    slope = at.directional_derivative((1, 0, 2))
    gradient = at.gradient
    assert slope.lower <= gradient.midpoint[0] + 2 * gradient.midpoint[2] <= slope.upper
    assert slope.width < sympy.Rational(1, 10**12)
    assert str(at.classify([0, 0, 0])) == "inconsistent" and at.is_stationary is False
    assert str(at.classify(list(gradient.midpoint))) == "undecided"
    assert str(at.classify(gradient)) == "differentiable"
    assert at.clarke.contains([[0, 0, 0]]) is False
    with pytest.raises(mt.Undecided):
        at.clarke.contains(gradient.midpoint)
    assert "derivative" in at.table().to_text() and "no active units" in repr(at)
    with pytest.raises(mt.Unsupported, match="shorter formula"):
        _ = at.frechet


def test_a_large_network_with_a_tie_is_refused():
    f = network(30, 3) + mt.relu(mt.vector("x", 3)[0])
    assert f.at(POINT).is_differentiable
    with pytest.raises(mt.Unsupported, match="with a tie"):
        f.at((0, "1/3", "1/5"))


def test_formulas_that_are_too_long_are_refused_at_once():
    f = network(60, 3)
    for ask in (f.value, f.gradient):
        with pytest.raises(mt.Unsupported, match="f.enclosure"):
            ask(POINT)
    # where all is rational nothing is written
    assert f.value((0, 0, 0)) == 0
    assert written.written_size(f) > 10**6


def test_relu_behind_tanh_is_decided_by_enclosures():
    f = network(20, 3, last=lambda v: mt.tanh(mt.relu(mt.tanh(v), at_zero=0)))
    require_as_mpmath(f, POINT)
    assert f.at(POINT).is_differentiable


# printing


def test_printing():
    found = mt.softmax(mt.stack([x, y])).enclosure((0, 0))
    assert repr(found.value) == "[[1/2],\n [1/2]]"
    assert str(found) == "value\n[[1/2],\n [1/2]]\ngradient\n[[1/4, -1/4],\n [-1/4, 1/4]]"
    assert repr(found).startswith("<Enclosure at x = 0, y = 0: [[1/2]")
    big = mt.tanh(mt.affine([[1] * 5] * 6, mt.vector("x", 5))).enclosure((1,) * 5)
    assert repr(big.gradient).startswith("6×5 entries of width ")
    with pytest.raises(mt.PiecewiseError, match="expected 2 numbers, got 1"):
        found.value.contains([1])


def test_enclosures_are_pickled():
    f = network(30, 3) + mt.relu(mt.vector("x", 3)[0], at_zero=0)
    at = f.at(POINT)
    assert at.value.width < 1
    again = pickle.loads(pickle.dumps(at))
    assert again.gradient.lower == at.gradient.lower and again.value.upper == at.value.upper
    assert pickle.loads(pickle.dumps(at.gradient)).upper == at.gradient.upper


# PyTorch


def test_torch_finds_the_same():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layers = [torch.nn.Linear(4, 24), torch.nn.Tanh(), torch.nn.Linear(24, 24), torch.nn.GELU()]
    layers += [torch.nn.Linear(24, 16), torch.nn.Sigmoid(), torch.nn.Linear(16, 4)]
    module = torch.nn.Sequential(*layers, torch.nn.Softmax(dim=-1)).double()
    v = mt.vector("x", 4)
    activations = {torch.nn.Tanh: mt.tanh, torch.nn.Sigmoid: mt.sigmoid, torch.nn.GELU: exact_gelu,
                   torch.nn.Softmax: mt.softmax}  # fmt: skip
    for part in module:
        if isinstance(part, torch.nn.Linear):
            weight, bias = part.weight.detach().numpy(), part.bias.detach().numpy()
            v = mt.affine(mt.exact(weight), v, mt.exact(bias))
        else:
            v = activations[type(part)](v)
    point = torch.tensor([0.5, -1.25, 2.0, 0.125], dtype=torch.float64)
    found = v.enclosure(mt.exact(point.numpy()))
    value, jacobian = module(point), torch.autograd.functional.jacobian(module, point)
    assert max(abs(float(a) - b) for a, b in zip(found.value.midpoint, value.tolist())) < 1e-12
    pairs = zip(found.gradient.midpoint, jacobian.flatten().tolist())
    assert max(abs(float(a) - b) for a, b in pairs) < 1e-12
    assert found.gradient.width < sympy.Rational(1, 10**14)


def exact_gelu(v):
    u = sympy.Symbol("u")
    return mt.smooth(u / 2 * (1 + sympy.erf(u / sympy.sqrt(2))), {"u": v})
