"""The grammar: what it means, what it refuses, and that it prints what it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, Symbol

import piecewise_mt as mt
from piecewise_mt.functions.grammar.parser import parse_conditions


@pytest.mark.parametrize(
    ("text", "point", "value"),
    [
        ("0.1*x + 1/3", {"x": 1}, Rational(13, 30)),
        ("1e-3*x", {"x": 1}, Rational(1, 1000)),
        ("-2**2*x", {"x": 1}, -4),
        ("2**-1*x", {"x": 1}, Rational(1, 2)),
        ("--x - -x", {"x": 3}, 6),
        ("2*(x + 3) - x/4", {"x": 4}, 13),
        ("max([x, 2*x, 3])", {"x": 2}, 4),
        ("where(x <= 1, 1, x)", {"x": 5}, 5),
        ("clip(x, -1, 1) + leaky_relu(x, 1/2)", {"x": -4}, -3),
        ("piecewise_linear(x, [0, 1], [0, 1, 0])", {"x": 7}, 1),
        ("maximum(x, y) - minimum(x, y)", {"x": 1, "y": 4}, 3),
    ],
)
def test_values(text, point, value):
    assert mt.parse(text).value(point) == value


def test_rules():
    at = {"x": 0, "y": 0}
    assert mt.parse("max(x, y, ties=last)").gradient(at) == Matrix([[0, 1]])
    assert mt.parse("max(x, y, ties=[1, 3])").gradient(at) == Matrix(
        [[Rational(1, 4), Rational(3, 4)]]
    )
    assert mt.parse("max(x, y, ties=mix(1/2))").gradient(at) == Matrix(
        [[Rational(3, 4), Rational(1, 4)]]
    )
    assert mt.parse("relu(x, at_zero=alpha)").gradient((0,))[0] == Symbol("alpha", real=True)
    assert mt.parse("clip(x, 0, 1, at_edges=[1, 0])").gradient((0,))[0] == 1
    both = mt.parse("max(x, y) + relu(x) + relu(y, at_zero=1)", ties="first", at_zero=0)
    assert both.gradient(at) == Matrix([[1, 1]])


def test_conditions():
    found = parse_conditions("x1 = x2 > max(x3, x4) and 0 <= x1 < 1, x4 == 2")
    assert [op for op, _, _ in found] == ["=", ">", "<=", "<", "="]
    with pytest.raises(mt.ParseError, match="one by one"):
        parse_conditions("x < 0 or x > 1")
    with pytest.raises(mt.ParseError, match="comparison"):
        parse_conditions("x + 1")


@pytest.mark.parametrize(
    ("text", "position"),
    [("x + @", 4), ("x.y", 1), ("f(x)", 0), ("relu(x", 6), ("relu(x, ties=first)", 8), ("x = 1", 2),
     ("__class__", 0), ("lambda", 0), ("max(x, 2**99999)", 8), ("1/0", 1), ("x**(y+1)", 1)],
)  # fmt: skip
def test_errors_have_a_place(text, position):
    with pytest.raises(mt.PiecewiseError) as caught:
        mt.parse(text)
    assert caught.value.source == text and caught.value.position == position
    assert caught.value.caret().splitlines()[1].index("^") == position


@given(st.text(alphabet="xy0123456789.+-*/()[],=<> maxrelutiswhd_'\"\\{}:@é", max_size=40))
def test_no_text_does_anything_but_parse_or_raise_a_piecewise_error(text):
    try:
        f = mt.parse(text)
    except mt.PiecewiseError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(f, mt.Expression)


expressions = st.recursive(
    st.sampled_from(["x", "y", "z2"])
    | st.fractions(-3, 3, max_denominator=4).map(lambda q: f"({q})"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        inner.map(lambda t: f"relu({t}, at_zero=1/2)"),
        inner.map(lambda t: f"(-3/2)*{t}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda t: f"max({', '.join(t)}, ties=last)"),
        st.tuples(inner, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[0]}, {t[1]})"),
    ),
    max_leaves=8,
)


@given(expressions, st.lists(st.fractions(-2, 2, max_denominator=2), min_size=3, max_size=3))
def test_printed_text_reads_back_as_the_same_function(text, values):
    names = ("x", "y", "z2")
    f = mt.parse(text).on(*names)
    g = mt.parse(str(f)).on(*names)
    assert g.value(values) == f.value(values)
    assert g.gradient(values) == f.gradient(values)
