"""What the grammar refuses, reads exactly, and survives."""

from __future__ import annotations

from fractions import Fraction

import pytest

import piecewise_mt as mt
from piecewise_mt.functions.grammar.parser import parse, parse_conditions, parse_rule


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("__import__('os')", 0), ("x.y", 1), ("lambda x: x", 0), ("[x for x in y]", 3),
        ("f'{x}'", 1), ("x + __y", 4), ("x²", 0), ("2*True", 2), ("x[0]", 1), ("foo(x)", 0),
        ("max(x, ties=frist)", 7), ("relu(x, at_zero=last)", 8),
        ("where(x = y, 1, 2)", 6), ("x < 1", 2), ("9**9**9", 1), ("1e4001", 0),
        ("9e999*9e999*9e999*9e999*9e999*x", 23), ("(" * 201 + "x", 200), ("1/0", 1), ("x/0", 1),
        ("2x", 1), ("x y", 2), ("relu(x", 6), ("x)", 1), ("max(x,)", 6), ("x or y", 2), ("", 0),
        ("x" * 100_001, 100_000), ("leaky_relu(x, y)", 0),
        ("None", 0), ("1 + None", 2), ("max(x, y, z=1)", 10), ("relu(x, ties=first)", 8),
    ],
)  # fmt: skip
def test_refused_with_the_place(text: str, position: int) -> None:
    with pytest.raises(mt.ParseError, match="expected .*; ") as caught:
        parse(text)
    assert (caught.value.source, caught.value.position) == (text, position)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x**2", 9), ("2**x", 8), ("x*x", 9), ("1/x", "1/3"), ("x**-2", "1/9"), ("2*x**2/x", 6),
        ("square(x) - x**2", 0), ("exp(0*x)", 1), ("sin(x-x) + cos(0*x)", 1),
    ],
)  # fmt: skip
def test_smooth_arithmetic_at_three(text: str, value: object) -> None:
    assert parse(text).value({"x": 3}) == mt.parse(str(value)).value(())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-relu(x)*-2", 6), ("-relu(x)--2", -1), ("-(x)*-2", 6), ("clip(-relu(x), -1, 1)", -1),
        ("max(-abs(x), -2)", -2), ("-max(x, 1)*-(-2)", -6),
    ],
)  # fmt: skip
def test_signs_after_a_call_with_a_sign(text: str, value: object) -> None:
    assert parse(text).value({"x": 3}) == value


@pytest.mark.parametrize("text", ["x**y", "0**x", "(-2)**x", "x**1000", "x**2**99"])
def test_unsupported_powers(text: str) -> None:
    with pytest.raises(mt.Unsupported) as caught:
        parse(text)
    assert text[caught.value.position] == "*"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1*t", "1/10"), ("1e-3*t", "1/1000"), ("t/3", "1/3"), ("-2**2*t", -4), ("2**-1*t", "1/2"),
        ("2**3**2*t", 512), ("8/2/2*t", 2), ("10 - 3 - 2 + 0*t", 5), ("t - (-t)", 2), ("−3·t", -3),
        ("1**(10**300)*t", 1), ("---t", -1), ("+-+t", -1), ("2*-t", -2), ("(-1)**3*t", -1),
    ],
)  # fmt: skip
def test_exact_arithmetic_at_one(text: str, value: object) -> None:
    assert parse(text).value({"t": 1}) == mt.parse(str(value)).value(())


def test_length_and_depth_do_not_overflow() -> None:
    deep = parse("1+max(" * 200 + "x" + ",y)" * 200)
    assert deep.value({"x": 0, "y": 0}) == 200
    assert parse("+".join(["x"] * 5000)).gradient({"x": 1})[0] == 5000
    assert parse("-" * 20_000 + "x").gradient({"x": 1})[0] == 1

    def below(frames: int) -> mt.Expression:
        return below(frames - 1) if frames else parse("(" * 200 + "x" + ")" * 200)

    assert str(below(700)) == "x"


@pytest.mark.parametrize(
    "text",
    [
        "clip(x, None, 6)", "stack([x, max(x, y)])", "max(x, y, ties=[1, 1/2])",
        "piecewise_linear(x, [0], [-1, 1], at=(1, 2))", "max(x, y, ties=mix(b))",
        "relu(x, at_zero=s)", "clip(x, 0, 1, at_edges=[0, 1])",
    ],
)  # fmt: skip
def test_what_is_printed_is_read_back(text: str) -> None:
    assert str(parse(text)) == text


def test_conditions() -> None:
    chain = parse_conditions("(x1 = x2 > 0) and x3 ≤ 1/2, x4 == 0")
    assert [op for op, _, _ in chain] == ["=", ">", "<=", "="]
    assert chain[2][2] == Fraction(1, 2)
    for text in ("x", "x > 0 or x < 0", "x != 1", "x > 0 and", "max(x, y)"):
        with pytest.raises(mt.ParseError):
            parse_conditions(text)


def test_defaults_and_rules() -> None:
    f = parse("max(t, 2*t) + relu(t)", ties="last", at_zero=1)
    assert f.gradient({"t": 0})[0] == 3
    assert parse("max(t, 2*t, ties=first)", ties="last").gradient({"t": 0})[0] == 1
    assert parse_rule("[1, 2]") == [1, 2] and parse_rule("1/2") == Fraction(1, 2)
    assert parse_rule("free") == "free" and str(parse_rule("s")) == "s"
