"""``python -m piecewise_mt paper``: what is printed, against the paper's numbers."""

from __future__ import annotations

import json

import pytest
from sympy import Matrix, Rational, symbols

import piecewise_mt as mt
from piecewise_mt.paper.checks import CHECKS, equation_17, equation_19, section_4_2
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
    assert tables == len(EXAMPLES) + len(CHECKS) - 2 + len(SYMBOLIC)
    assert document.count("so the condition is empty there") == 3
    assert document.isascii()
    blocks = len(EXAMPLES) + len(CHECKS) + len(SYMBOLIC)
    assert render("markdown").count("\n## ") == blocks - 1
    data = json.loads(render("json"))
    assert data["examples"][-1]["points"][2]["gradient"] == [["-3"]]
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
    assert text.index("Appendix, a regularised modulus") < text.index("§2.1, w0 symbolic")
    assert "∂f3/∂x = 0 on P3 ∩ {w0 = 0, x != 0}   yes" in text
    assert "3  b + w*x = 0    3  v*z*(b + w*x)  (0, v*x*z, v*z, v*w*z)" in text
