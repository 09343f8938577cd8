"""Titles of tables on a page, sets, and what stands beside a table: words typeset, no lost sign.

Expected LaTeX is written by hand from the definitions.
"""

from __future__ import annotations

import re

import pytest

import piecewise_mt as mt
from piecewise_mt.display.derivation.titles import title_latex
from piecewise_mt.display.plots.style import gradient_math
from piecewise_mt.typeset.text_layout import wrapped

x, y, b, w, f = mt.variables("x y b w f")


@pytest.mark.parametrize(
    ("rep", "expected"),
    [
        (mt.max(x, y), r"$f(x, y) = \max(x, y)$ on $\mathbb{R}^{2}$: 3 pieces"),
        (mt.max(x, x), r"$f(x) = \max(x, x)$ on $\mathbb{R}$: 1 piece"),
        (
            mt.max(x, y, ties="first"),
            r"$f(x, y) = \max(x, y)$, \texttt{ties=first} on $\mathbb{R}^{2}$: 2 pieces",
        ),
        (mt.max(x, y).represent().subs(z=0), r"$f(x, y) = \max(x, y)$ with z = 0 on $"),
        (mt.max(x, y).represent().merged(by="formula"), r"\max(x, y)$, merged by formula on $"),
        (
            mt.relu(w).on(w, b).represent("b = w"),
            r"$f(w, b) = \max(0, w)$ on $\{w = b\}$: 3 pieces",
        ),
        (mt.relu(x).represent("x**2 <= 4"), r"on $\{x^{2} \leq 4\}$: 3 pieces"),
    ],
)
def test_the_function_and_its_space_are_typeset(rep, expected):
    rep = rep if hasattr(rep, "merged") else rep.represent()
    assert expected in title_latex(rep)
    caption = re.search(r"<caption>(.*?)</caption>", rep._repr_html_())
    assert "R^" not in caption[1] and "<math>" in caption[1]


def test_the_heading_of_a_page_is_typeset_too():
    page = mt.max(x, y).represent().to_html()
    heading = re.search(r"<h1>(.*?)</h1>", page)[1]
    assert heading.startswith("<math><mi>f</mi>") and heading.endswith("</math>: 3 pieces")
    assert "<title>max(x, y) on R^2, (x, y): 3 pieces</title>" in page


@pytest.mark.parametrize(
    "rep",
    [
        mt.max(f, x).represent(),  # f is a variable
        mt.relu(mt.relu(x, at_zero=0) - mt.relu(x)).represent(),  # a rule for one node only
        mt.max(mt.vector("x", 6)).represent(),
        mt.Representation("x", [("x < 0", "0"), ("x >= 0", "x")]),
        mt.relu(mt.parameter("a") * x).represent(),
    ],
)
def test_a_title_that_no_formula_says_stays_text(rep):
    caption = re.search(r"<caption>(.*?)</caption>", rep._repr_html_())
    assert "<math" not in caption[1] and caption[1]


def test_the_whole_space_stands_in_no_braces():
    whole = mt.zero_set(0 * mt.max(x, y))
    assert whole.to_latex() == r"\mathbb{R}^{2}"
    assert mt.zero_set(0 * mt.relu(x * y)).to_latex() == r"\mathbb{R}^{2}"
    assert mt.zero_set(mt.relu(x)).to_latex() == r"\{x \leq 0\}"
    assert mt.level_set(mt.abs(x), -1).to_latex() == r"\emptyset"


def test_a_comma_stays_on_the_line_of_its_condition():
    g = mt.exp(mt.relu(x - y) / 2) / (1 + mt.square(mt.abs(x)))
    for rep in (g.represent(), mt.max(mt.vector("x", 4)).represent()):
        lines = rep.to_latex("cases").splitlines()
        assert not [line for line in lines if re.search(r"&\s*[.,]", line)]


def test_tables_of_a_derivation_keep_apart_and_to_their_sentence():
    text = mt.derivation(mt.max(x, y) + mt.relu(x)).to_latex()
    tables = text.split(r"\begin{tabular}")
    assert len(tables) == 4
    for before, after in zip(tables, tables[1:]):
        assert before.endswith("\n\\nopagebreak\\smallskip\\noindent\n") or "% max" in before[-60:]
        assert after.split(r"\end{tabular}")[1].startswith("\n\\par\\smallskip")


def test_numbers_in_displayed_lines_are_no_higher_than_their_parentheses():
    text = mt.derivation(mt.max(x / 3, y)).to_latex()
    assert r"\max(\tfrac{1}{3} x, y)" in text
    sets = mt.relu(x - mt.parse("1/2")).represent("x <= 2").to_latex("indicator")
    assert r"x < \tfrac{1}{2}\}" in sets
    page = mt.derivation(mt.max(x / 3, y))._repr_html_()
    assert '<mstyle displaystyle="false"><mfrac><mn>1</mn><mn>3</mn></mfrac></mstyle>' in page


def test_reports_say_formulas_and_points_in_mathematics():
    entries = [("x < y", "x"), ("x > y", "y"), ("x = y", "(x + y)/2")]
    latex = mt.check(mt.Representation("x y", entries, of=mt.max(x, y))).table().to_latex()
    assert r"formulas & failed & $f^{\alpha} = f$ on every piece" in latex
    assert (
        r"(15) & undecided & no gradient is stated, so it is $\widetilde\nabla f^{\alpha}$" in latex
    )
    assert r"\noindent formulas: $f^{1}$ is $-1$ at $(-1, 0)$ of piece 1, but $f$ is 0" in latex


def test_a_negative_entry_of_a_legend_is_one_number():
    labels = {gradient_math(piece) for piece in mt.max(-y, 0 * x).represent()}
    assert r"$(0,\, {-}1)$" in labels


def test_the_value_of_a_variable_is_put_into_the_other_conditions():
    g = mt.relu(mt.square(x) + mt.square(y) + 3 * y - 5 * x) + mt.relu(x)
    found = [str(piece.condition_text) for piece in g.represent()]
    assert "x = 0, y**2 + 3*y < 0" in found and found[-1] == "x = 0, y**2 + 3*y = 0"
    h = mt.relu(1 - x * y) + mt.relu(2 * x + 3)
    sets = [piece.set for piece in h.represent()]
    assert str(sets[-1]) == "{2*x = -3, 3*y = -2}"
    assert sets[-1].contains(("-3/2", "-2/3")) and not sets[-1].contains(("-3/2", "2/3"))
    below = next(own for own in sets if str(own) == "{2*x = -3, 3*y < -2}")
    assert below.contains(("-3/2", -1)) and not below.contains(("-3/2", 0))


def test_a_comparison_is_not_torn_apart_where_a_comma_is_near():
    assert wrapped("x**2 + y**2 < 5*x, x < 0", 22) == ["x**2 + y**2 < 5*x,", "x < 0"]
    assert wrapped("α**2 + y**2 < 5*α, α < 0", 22) == ["α**2 + y**2 < 5*α,", "α < 0"]
    assert wrapped("x1 + x2 + x3 < x4 + x5", 16) == ["x1 + x2 + x3 <", "x4 + x5"]
