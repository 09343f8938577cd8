"""``python -m piecewise_mt paper``: what is printed, against the paper's numbers."""

from __future__ import annotations

import json

import pytest
from sympy import Matrix, Rational, sqrt, symbols

import piecewise_mt as mt
from piecewise_mt.paper.appendix import (
    APPENDIX,
    EPSILON,
    FIRST,
    PHI,
    SECOND,
    Regularisation,
    W,
    X,
    comparison,
    integrals,
    stampacchia,
)
from piecewise_mt.paper.checks import (
    CHECKS,
    TABLE_2,
    TABLE_3,
    derivatives,
    equation_17,
    equation_19,
    section_4_2,
)
from piecewise_mt.paper.examples import EXAMPLES, TABLE_POINTS, render
from piecewise_mt.paper.symbolic import SYMBOLIC, first_example, one_neuron

BY_HEADING = {example.heading: example for example in EXAMPLES}


def test_order_and_numbers_of_pieces():
    headings = [example.heading.split(",")[0] for example in EXAMPLES]
    assert headings == ["§2.1", "§2.1", "§2.2", "§4.1", "§4.2", "§4.3", "§4.3", "§4.3", "§4.4"]
    assert [len(example.represent()) for example in EXAMPLES] == [1, 3, 1, 3, 3, 4, 15, 3, 3]


@pytest.mark.parametrize(("table", "at_zero"), [("Table 2", Rational(-3, 2)), ("Table 3", -3)])
def test_tables_2_and_3(table, at_zero):
    section = {"Table 2": "§4.3", "Table 3": "§4.4"}[table]
    f = BY_HEADING[f"{section}, {table}"].function
    for t in TABLE_POINTS:
        assert f.value((t,)) == 0
        assert f.gradient((t,))[0] == (at_zero if t == 0 else 0)


@pytest.mark.parametrize(("text", "at_zero"), [(TABLE_2, "-3/2"), (TABLE_3, "-3")])
def test_tables_2_and_3_as_printed(text, at_zero):
    """Seven columns as in the paper; -1.5 there is -3/2."""
    lines = [line.split() for line in derivatives(text).to_text().splitlines()]
    assert lines[2] == ["t", "-1", "-1/2", "-1/100", "0", "1/100", "1/2", "1"]
    assert lines[4] == ["f'(t)", "0", "0", "0", at_zero, "0", "0", "0"]


def test_tangential_condition_15_on_the_tie():
    (tie,) = [p for p in BY_HEADING["§4.2"].represent() if p.dimension == 1]
    assert sum(tie.gradient) == 1 and tie.gradient.free_symbols


def test_text_holds_the_derived_rows():
    text = render()
    for row in ("x1 = x2 > max(x3, x4)", "(1/4, 1/4, 1/4, 1/4)", "(z, 1 - z)", "-3/2", "  -3\n"):
        assert row in text + "\n"
    assert max(map(len, text.splitlines())) <= 100


def test_other_formats():
    document = render("latex")
    assert document.startswith("\\documentclass") and document.rstrip().endswith("\\end{document}")
    # at a point (15) is empty, so for Tables 2 and 3 a sentence stands for the table
    tables = document.count("\\begin{tabular}") + document.count("\\begin{longtable}")
    assert tables == len(EXAMPLES) + len(CHECKS) - 2 + len(SYMBOLIC) + len(APPENDIX)
    assert document.count("so the condition is empty there") == 3
    assert document.isascii()
    blocks = len(EXAMPLES) + len(CHECKS) + len(SYMBOLIC) + len(APPENDIX)
    assert render("markdown").count("\n## ") == blocks - 1
    data = json.loads(render("json"))
    assert data["examples"][-1]["points"][3]["gradient"] == [["-3"]]
    assert [entry["heading"] for entry in data["symbolic"]] == [own.heading for own in SYMBOLIC]
    with pytest.raises(mt.PiecewiseError, match="expected text"):
        render("html")


def test_what_is_printed_passes_where_it_is_right():
    assert mt.check(equation_17()).ok and mt.check(equation_19()).ok
    assert mt.check(section_4_2(corrected=True)).ok
    assert [f.check for f in mt.check(section_4_2(corrected=False)).failures][0] == "formulas"


def test_the_first_example_and_one_neuron_have_gradients_in_their_weights():
    w0, x, v, w, b, z = symbols("w0 x v w b z", real=True)
    tie = first_example().represent()[-1]
    assert tie.dimension == 1 and tie.gradient == Matrix([[x * z, w0 * z]])
    neuron = one_neuron().represent()
    assert [piece.dimension for piece in neuron] == [4, 4, 3]
    assert neuron[1].gradient == Matrix([[b + w * x, v * x, v, v * w]])
    text = render()
    assert text.index("§5, one neuron") < text.index("Appendix, first regularisation")
    assert "∂f3/∂x = 0 on P3 ∩ {w0 = 0, x != 0}   yes" in text
    assert "3  b + w*x = 0    3  v*z*(b + w*x)  (0, v*x*z, v*z, v*w*z)" in text


def test_the_two_regularisations_of_the_appendix():
    """Factors of the integrals in (23) and (24), by hand; at x = 0 they hold for every epsilon."""
    assert FIRST.slope_limits == (1, -1, 0)
    assert SECOND.slope_limits == (1, -1, 1 / sqrt(2))
    assert FIRST.slope.subs(X, 0) == 0 and SECOND.slopes[2] == 1 / sqrt(2)
    # the second is the first moved by sqrt(epsilon), and both are 1 - epsilon/g**2 away from 1
    assert FIRST.formula.subs(X, X + sqrt(EPSILON)) == SECOND.formula
    for own in (FIRST, SECOND):
        assert own.check().ok and own.gap == EPSILON / own.formula**2
    text = comparison().to_text(200)
    assert "(23)" in text and "- int_{w<0} grad w.phi + 1/sqrt(2) int_{w=0} grad w.phi" in text
    assert text.splitlines()[-1].split(maxsplit=3)[:3] == ["(22)", "grad", "w"]


@pytest.mark.parametrize(
    ("formula", "broken"),
    [
        (2 * sqrt(X**2 + EPSILON), "second regularisation"),
        (sqrt(X**2 + EPSILON) + 1, "second regularisation"),
        (X, "(23) = (24) off {w = 0}"),
        (abs(X), "second regularisation"),  # no C1 function, whatever its slope at 0 is said to be
        (sqrt(X**2 + EPSILON**2), "(22)"),
        (sqrt((X + EPSILON**2) ** 2 + EPSILON**2), "(22)"),
    ],
)
def test_a_proof_with_another_regularisation_fails(formula, broken):
    """Not to |x|, not the signs, or nothing left on {w = 0}: no conclusion, so no line (22)."""
    other = Regularisation("second", formula)
    report = stampacchia(FIRST, other)
    assert not report.ok
    assert broken in {check.name for check in report.checks if check.verdict == "failed"}
    assert "(22)" not in comparison(FIRST, other).to_text()


@pytest.mark.parametrize("text", W)
def test_23_and_24_on_examples(text):
    """By Riemann sums, which know nothing of pieces; the integral over {w = 0} is 0 by (22)."""
    t = symbols("t", real=True)
    whole, above, below, zero = integrals(text)
    assert zero == 0 and whole == above - below
    w, slope = mt.parse(text).on("t"), PHI.diff(t)
    points = [Rational(k, 20) for k in range(-60, 61)]
    rough = sum(-abs(w.value((s,))) * slope.subs(t, s) for s in points) / 20
    assert abs(rough - whole) < 1
