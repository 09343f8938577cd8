"""mt.from_sympy against SymPy's own values, and against the same function built by hand.

Gradients are compared off the ties with SymPy's derivatives, at ties with the hand-built node.
"""

from __future__ import annotations

import itertools

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import Abs, And, Eq, Max, Min, Ne, Not, Or, Piecewise, Rational, exp, log, sin, sqrt

import piecewise_mt as mt

x, y = sympy.symbols("x y", real=True)
vx, vy = mt.variables("x y")
GRID = list(itertools.product([-2, -1, Rational(-1, 2), 0, Rational(1, 2), 1, 2], repeat=2))


def value(expression, point):
    return sympy.simplify(expression.subs(dict(zip((x, y), point, strict=True))))


def leaves():
    numbers = st.integers(-2, 2).map(lambda n: Rational(n, 2))
    return st.one_of(st.sampled_from([x, y]), numbers)


def grown(children):
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: Max(*p, evaluate=False)),
        pairs.map(lambda p: Min(*p)),
        children.map(Abs),
        st.tuples(st.integers(-3, 3), children).map(lambda p: p[0] * p[1] / 2),
        pairs.map(lambda p: Piecewise((p[0] - p[1], p[0] > p[1]), (0, True))),
        pairs.map(lambda p: p[0] * p[1]),
        children.map(lambda c: c**2),
    )


@settings(max_examples=60, deadline=None)
@given(st.recursive(leaves(), grown, max_leaves=6))
def test_values_are_those_of_sympy_at_ties_too(expression):
    f = mt.from_sympy(expression, (x, y))
    assert [v.names[0] for v in f.variables] == ["x", "y"]
    for point in [(0, 0), (1, 1), (-1, 1), (Rational(1, 2), -2)]:
        assert sympy.simplify(f.value(point) - value(expression, point)) == 0


def derivative(expression, symbol, point):
    """SymPy's derivative, nan at a tie of Max, Min or Abs."""
    formula = expression.diff(symbol)
    formula = formula.replace(sympy.sign, lambda a: 2 * sympy.Heaviside(a, sympy.nan) - 1)
    formula = formula.replace(sympy.Heaviside, lambda a, *_: sympy.Heaviside(a, sympy.nan))
    return value(formula, point)


@settings(max_examples=60, deadline=None)
@given(st.recursive(leaves(), grown, max_leaves=6), st.sampled_from([1, -1, 3]))
def test_gradients_are_those_of_sympy_off_the_ties(expression, factor):
    f = mt.from_sympy(expression, (x, y))
    point = (Rational(factor, 7), Rational(3, 11))
    wanted = [derivative(expression, symbol, point) for symbol in (x, y)]
    assume(not any(entry.has(sympy.nan) for entry in wanted))
    assert all(sympy.simplify(a - b) == 0 for a, b in zip(f.gradient(point), wanted, strict=True))


PIECEWISE = {
    "relu": (Piecewise((x, x > 0), (0, True)), mt.relu(vx)),
    "abs": (Piecewise((-x, x < 0), (x, True)), mt.abs(vx)),
    "sum of relus": (
        Piecewise((x + y, And(x > 0, y > 0)), (x, x > 0), (y, y > 0), (0, True)),
        mt.relu(vx) + mt.relu(vy),
    ),
    "min": (Piecewise((y, Or(x > y, x > y + 1)), (x, True)), mt.min(vx, vy)),
    "clip": (Piecewise((-1, x <= -1), (x, And(x > -1, x <= 1)), (1, True)), mt.clip(vx, -1, 1)),
    "equation": (Piecewise((x, Eq(x, y)), (Max(x, y), True)), mt.max(vx, vy)),
    "not equal": (Piecewise((Max(x, y), Ne(x, y)), (y, True)), mt.max(vx, vy)),
    "either": (Piecewise((Max(x, y, 1), Or(x > 1, y > 1)), (1, True)), mt.max(vx, vy, 1)),
    "shared, in other words": (
        Piecewise((0, And(x <= 0, y <= 0)), (x, And(x > 0, y <= 0)), (y, x <= 0), (x + y, True)),
        mt.relu(vx) + mt.relu(vy),
    ),
    "negation": (Piecewise((Min(x, y), Not(And(x > 0, y > 0))), (Min(x, y), True)), mt.min(vx, vy)),
    "condition with a kink": (Piecewise((x, Max(x, -y) > 0), (Min(x, 0), True)),
                              mt.where(mt.max(vx, -vy) > 0, vx, mt.min(vx, 0))),
    "covered": (Piecewise((x, x > y), (y, x < y), (x, Eq(x, y))), mt.max(vx, vy)),
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in PIECEWISE if n != "condition with a kink"])
def test_piecewise_is_the_function_it_says(name):
    expression, expected = PIECEWISE[name]
    f = mt.from_sympy(expression, (x, y))
    assert mt.equal(f, expected.on("x", "y"))
    for point in GRID:
        assert f.value(point) == value(expression, point)


def test_a_jump_is_refused_where_pieces_are_derived():
    expression, _ = PIECEWISE["condition with a kink"]
    assert mt.from_sympy(expression).value((-1, 0)) == -1
    with pytest.raises(mt.NotContinuous):
        mt.from_sympy(Piecewise((1, x > 0), (0, True))).represent()


def test_conditions_keep_the_branch_as_written_at_the_tie():
    strict = mt.from_sympy(Piecewise((x, x > 0), (0, True)))
    closed = mt.from_sympy(Piecewise((x, x >= 0), (0, True)))
    assert (strict.gradient((0,))[0], closed.gradient((0,))[0]) == (0, 1)
    both = mt.from_sympy(Piecewise((Min(x, y), And(x >= 0, y >= 0)), (Min(x, y, 0), True)))
    assert both.value((0, 0)) == 0


def test_smooth_functions_of_kinks_are_one_node():
    f = mt.from_sympy(exp(Max(x, y) / 2) * sin(x) + Abs(x), (x, y))
    g = mt.exp(mt.max(vx, vy) / 2) * mt.sin(vx) + mt.abs(vx)
    for point in GRID:
        assert sympy.simplify(f.value(point) - g.value(point)) == 0
        assert (f.gradient(point) - g.gradient(point)).applyfunc(sympy.simplify).is_zero_matrix
    assert [str(p.polyhedron) for p in mt.from_sympy(Max(x, y) ** 2).represent()] == [
        "x > y", "x < y", "x = y",
    ]  # fmt: skip


def test_symbols_count_as_real():
    c, d = sympy.symbols("x y")
    assert mt.equal(mt.from_sympy(sqrt(c**2) + Max(c, d)), mt.abs(vx) + mt.max(vx, vy))
    assert mt.equal(
        mt.from_sympy(c + Abs(x) + sqrt((c + d) ** 2)), vx + mt.abs(vx) + mt.abs(vx + vy)
    )


def test_equal_subexpressions_are_shared():
    top = Max(x, y)
    f = mt.from_sympy(top + Abs(top))
    assert len([n for n, d in f.graph().nodes(data=True) if "max" in str(d)]) == 1


def test_matrices_and_arrays_keep_their_shapes():
    matrix = sympy.Matrix([[Max(x, 0), 1, y], [x, x * y, 0]])
    assert mt.from_sympy(matrix).shape == (2, 3)
    assert mt.from_sympy(sympy.ImmutableMatrix(matrix))[1, 0].value((2,)) == 2
    assert mt.from_sympy(sympy.Array([[[x, y]]])).shape == (1, 1, 2)
    assert mt.from_sympy([x, Max(x, y)]).shape == (2,)
    assert mt.from_sympy(sympy.Integer(3), (x,)).value((0,)) == 3


@pytest.mark.parametrize("expression, kind, message", [
    ("Max(x, y)", mt.PiecewiseError, "mt.parse"),
    (x > 0, mt.PiecewiseError, "expected a SymPy expression"),
    (0.5 * x, mt.InexactNumber, "float 0.5.*Rational"),
    (Max(x, 0.1), mt.InexactNumber, "float 0.1"),
    (exp(0.5 * x), mt.PiecewiseError, "rationals"),
    (sympy.I * 0.5 * x, mt.InexactNumber, "float"),
    (sympy.Heaviside(x), mt.Unsupported, "Heaviside"),
    (exp(sympy.sign(x)), mt.Unsupported, "jumps"),
    (x + sympy.sign(x), mt.Unsupported, "jumps"),
    (sympy.Function("f")(x), mt.PiecewiseError, "C¹"),
    (Piecewise((x, x > 0)), mt.Unsupported, "value everywhere"),
    (Piecewise((x, x > 0), (0, x < 0)), mt.Unsupported, "value everywhere"),
    (x + sympy.I * y, mt.PiecewiseError, "I"),
    (sympy.oo + sympy.S.Zero * x, mt.PiecewiseError, "exact number"),
    (log(-1 - x**2), mt.PiecewiseError, "positive"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused(expression, kind, message):
    with pytest.raises(kind, match=message):
        mt.from_sympy(expression)


def test_the_space_must_have_every_symbol():
    with pytest.raises(mt.UnknownVariable):
        mt.from_sympy(Max(x, y), (x,))


def test_deep_sums_do_not_overflow():
    total = x
    for k in range(150):
        total = Max(total, y + k, evaluate=False) + sympy.Mul(-1, y, evaluate=False)
    assert mt.from_sympy(total, (x, y)).value((1, 0)) is not None
