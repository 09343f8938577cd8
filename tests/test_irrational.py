"""Irrational constants, and symbols whose names are no identifiers, in what comes from SymPy."""

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

X, Y = sympy.symbols("X Y", real=True)
x = mt.variable("x")
R, M = sympy.Rational, sympy.ImmutableMatrix
t = sympy.Symbol("t", real=True)


@pytest.mark.parametrize(
    "expression, formulas",
    [
        (
            sympy.log(2 * sympy.pi) / 2 + sympy.Max(X, 0) ** 2 / 2,
            ["log(2*pi)/2", "X**2/2 + log(2*pi)/2", "X**2*(1 - z)**2/2 + log(2*pi)/2"],
        ),
        (sympy.pi * sympy.Abs(X), ["-pi*X", "pi*X", "pi*X*z"]),
        (sympy.sqrt(2) * sympy.Abs(X), ["-sqrt(2)*X", "sqrt(2)*X", "sqrt(2)*X*z"]),
        (sympy.pi + sympy.Abs(X), ["pi - X", "X + pi", "X*z + pi"]),
        (sympy.pi * X, ["pi*X"]),
        (sympy.pi * sympy.Piecewise((X, X > 0), (0, True)), ["pi*X", "0"]),
        (sympy.Piecewise((X + sympy.E, X > 0), (sympy.E, True)), ["X + E", "E"]),
    ],
)
def test_irrational_constants_are_read(expression, formulas):
    rep = mt.from_sympy(expression).represent()
    assert [str(p.formula) for p in rep] == formulas
    assert mt.check(rep).ok


def test_an_irrational_number_alone_is_a_function_of_any_space():
    f = mt.from_sympy(sympy.pi, ("x",))
    assert f.value((0,)) == sympy.pi and f.gradient((0,)) == sympy.Matrix([[0]])
    assert mt.smooth(sympy.sqrt(2), {}).value(()) == sympy.sqrt(2)


def test_irrational_kinks_are_evaluated_at_points_and_said_to_be_unsupported():
    f = mt.from_sympy(sympy.Max(X, sympy.pi))
    assert f.value((3,)) == sympy.pi and f.gradient((4,)) == sympy.Matrix([[1]])
    with pytest.raises(
        mt.NotPolyhedral, match=r"rational coefficients, got X - pi for .* not supp"
    ):
        f.represent()


@pytest.mark.parametrize(
    "build, kind, message",
    [
        (lambda: sympy.pi * mt.abs(x), mt.Unsupported, r"got pi, .* mt\.smooth\(sympy\.pi\*t"),
        (lambda: x + sympy.log(2), mt.Unsupported, r"got log\(2\), .* mt\.smooth"),
        (lambda: mt.parse("pi*abs(x)"), mt.ParseError, "got pi, .* mt.smooth for an irrational"),
        (lambda: mt.from_sympy(sympy.I * X), mt.Unsupported, "expected real numbers, got I"),
        (lambda: mt.smooth(sympy.I, {}), mt.Unsupported, "expected real numbers, got I"),
        (lambda: mt.from_sympy(sympy.pi * 0.5 * X), mt.InexactNumber, "got the float 1.57"),
        (lambda: mt.from_sympy(sympy.zoo), mt.InexactNumber, "exact number"),
    ],
)
def test_other_numbers_are_refused_with_the_remedy(build, kind, message):
    with pytest.raises(kind, match=message):
        build()


numbers = st.sampled_from(
    [1, -2, R(2, 3), sympy.pi, -sympy.sqrt(2), sympy.E / 3, sympy.log(2), 1 + sympy.sqrt(3)]
)
whole = st.integers(-2, 2)
affine = st.builds(lambda a, b, c: a * X + b * Y + c, whole, whole, whole)
kinks = st.one_of(
    affine,
    st.builds(sympy.Abs, affine),
    st.builds(sympy.Max, affine, affine),
    st.builds(lambda u, v: sympy.Min(u, v, 1), affine, affine),
    st.builds(lambda u: sympy.Max(u, 0) ** 2, affine),
    st.just(sympy.Integer(1)),
)
sums = st.lists(st.tuples(numbers, kinks), min_size=1, max_size=3).map(
    lambda terms: sympy.Add(*(c * part for c, part in terms))
)


@settings(max_examples=60)
@given(sums, st.fractions(-3, 3, max_denominator=5), st.fractions(-3, 3, max_denominator=7))
def test_values_and_gradients_are_those_of_sympy(expression, p, q):
    at = {X: R(p.numerator, p.denominator), Y: R(q.numerator, q.denominator)}
    f = mt.from_sympy(expression, (X, Y))
    value = f.value((p, q))
    assert sympy.simplify(value - expression.subs(at)) == 0
    assume(all(_apart(kink, at) for kink in expression.atoms(sympy.Max, sympy.Min, sympy.Abs)))
    expected = [sympy.diff(expression, s).doit().subs(at) for s in (X, Y)]
    found = f.gradient((p, q))
    assert all(sympy.simplify(a - b) == 0 for a, b in zip(found, expected, strict=True))
    rep = f.represent()
    assert sympy.simplify(rep.value((p, q)) - value) == 0
    assert (rep.gradient((p, q)) - found).applyfunc(sympy.simplify).is_zero_matrix


def _apart(kink, at):
    """Whether the operands of a kink differ at the point, and those of an Abs from 0."""
    operands = [arg.subs(at) for arg in kink.args]
    operands += [sympy.Integer(0)] if isinstance(kink, sympy.Abs) else []
    return len(set(operands)) == len(operands)


# -- local analysis ----------------------------------------------------------------------------

quarter = st.integers(-8, 8).map(lambda n: R(n, 4))
# -1 is where the tangent of the logarithm less its constant vanishes
shift = st.one_of(st.just(R(-1)), quarter)


@given(
    st.lists(st.tuples(quarter, shift), max_size=3),
    st.lists(st.tuples(quarter, st.sampled_from([R(2), R(1, 2), R(3)])), max_size=2),
    st.sampled_from([R(2), R(1, 2), R(3)]),
)
@settings(max_examples=60, deadline=None)
def test_an_irrational_value_is_on_its_side_of_a_kink(curved, straight, p):
    """Σ c |log(x) + b| + Σ d |x - s| at a rational p: the logarithm is irrational, so untied."""
    f = x + 0
    slope, ties = R(1), R(0)
    for c, b in curved:
        f = f + c * mt.abs(mt.log(x) + b)
        slope += c * sympy.sign(sympy.log(p) + b) / p
    for d, s in straight:
        f = f + d * mt.abs(x - s)
        slope += d * sympy.sign(p - s)
        ties += d if p == s else 0
    at = f.at((p,))
    assert set(at.bouligand) == {M([[slope + sign * ties]]) for sign in (1, -1)}
    assert at.directional_derivative((1,)) == slope + ties
    assert at.directional_derivative((-1,)) == ties - slope
    assert at.differentiability_proof.verify()
    free = {z: R(1, 3) for z in f.gradient((p,)).free_symbols}
    assert at.gradient.subs(free) == f.gradient((p,)).subs(free)


Z = mt.variable("Z")


@pytest.mark.parametrize(
    "build",
    [
        lambda a, b, c: mt.max(a, b, c),
        lambda a, b, c: mt.max(c, a, b),
        lambda a, b, c: mt.min(a, c, b),
        lambda a, b, c: mt.median(mt.stack([a, c, b])),
        lambda a, b, c: mt.sort(mt.stack([c, a, b]))[1],
        lambda a, b, c: mt.clip(a, b, c),
        lambda a, b, c: mt.where(a > b, a + c, b + c),
        lambda a, b, c: mt.relu(a) + mt.max(mt.relu(b) + c, mt.relu(c) - 3),
    ],
)
@pytest.mark.parametrize("shift", [R(-1), R(-2), R(1), R(0)])
def test_ties_beside_an_irrational_operand(build, shift):
    """The logarithm at 2 against its tangent with another rational constant on the same side."""
    c = mt.log(Z) + shift
    near = R(693, 1000) + shift + (Z - 2) / 2
    first, second = build(x, 2 * x, c), build(x, 2 * x, near)
    one, two = first.at({"x": 0, "Z": 2}), second.at({"x": 0, "Z": 2})
    assert one.rank == two.rank and len(one.active) == len(two.active)
    assert set(one.bouligand) == set(two.bouligand)
    assert one.differentiability_proof.verify()


def test_sides_that_differ_by_an_irrational_number_jump():
    jumping = mt.where(x > 0, mt.log(x + 2), mt.log(x + 3))
    with pytest.raises(mt.NotContinuous, match=r"at \(0,\)"):
        jumping.at((0,)).require_continuous()
    with pytest.raises(mt.NotContinuous, match=r"at \(0,\)"):
        jumping.gradient((0,))
    meeting = mt.where(x > 0, mt.log(x + 2), mt.log(x + 2) - x)
    assert set(meeting.at((0,)).bouligand) == {M([[v]]) for v in (R(1, 2), -R(1, 2))}


def test_certificates_behind_smooth_nodes():
    at = (mt.relu(mt.square(x) - 1) + mt.abs(x - 3)).at((3,))
    assert at.differentiability_proof.verify()
    assert set(at.bouligand) == {M([[5]]), M([[7]])}


@pytest.mark.parametrize("order", [1, -1])
def test_a_side_that_is_not_taken_may_be_undefined_beside_an_irrational_value(order):
    terms = [mt.exp(x - 1), mt.log(x), 2 * mt.exp(x)][::order]
    f = mt.where(x > 0, terms[0] + terms[1] - terms[2], 3 * x)
    assert f.value((-1,)) == -3 and f.gradient((-1,)) == M([[3]])


# -- names -------------------------------------------------------------------------------------

LAMBDA, INDEXED = sympy.Symbol("lambda"), sympy.Symbol("x_{12}", real=True)


def test_symbols_get_names_that_are_identifiers():
    names = {INDEXED: "x12", "lambda": "lam"}
    f = mt.from_sympy(sympy.Max(2 * INDEXED, LAMBDA), names=names)
    assert str(f) in ("max(2*x12, lam)", "max(lam, 2*x12)")
    assert f.gradient({"x12": 1, "lam": 0}) == sympy.Matrix([[0, 2]])
    g = mt.from_sympy([LAMBDA, sympy.Abs(INDEXED)], (INDEXED, LAMBDA), names=names)
    assert [v.name for v in g.symbols] == ["x12", "lam"] and g.shape == (2,)
    piecewise = sympy.Piecewise((INDEXED, INDEXED > 0), (0, True))
    h = mt.from_sympy(sympy.Matrix([[piecewise]]), names={INDEXED: "y"})
    assert h.value((3,)) == sympy.Matrix([3])


def test_names_may_be_exchanged():
    assert mt.from_sympy(X + 2 * Y, names={X: "Y", Y: "X"}).gradient((0, 0)) == (
        sympy.Matrix([[2, 1]])
    )


@pytest.mark.parametrize(
    "expression, names, kind, message",
    [
        (INDEXED, None, mt.PiecewiseError, r"got 'x_\{12\}'; .* names=\{'x_\{12\}': "),
        (LAMBDA, None, mt.PiecewiseError, "got 'lambda'; .* names="),
        (X + Y, {X: "Y"}, mt.PiecewiseError, "got 'Y' for 'X' and 'Y'"),
        (X + Y, {X: "a", "Y": "a"}, mt.PiecewiseError, "got 'a' for 'X' and 'Y'"),
        (X, {Y: "a"}, mt.UnknownVariable, "symbols of the expression, got 'Y'"),
        (X, {X: "a b"}, mt.PiecewiseError, "identifier, got 'a b'"),
        (X, {X: 3}, mt.PiecewiseError, "a name for the symbol 'X', got int"),
        (X, ["a"], mt.PiecewiseError, "a mapping of symbols to names, got list"),
    ],
)
def test_bad_names_are_refused(expression, names, kind, message):
    with pytest.raises(kind, match=message):
        mt.from_sympy(expression, names=names)
