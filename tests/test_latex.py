"""Representations and derivations in LaTeX: what is written, and that a real TeX compiles it.

Expected rows come from the paper (§4.2, (19)) and from max, whose pieces are known in closed form.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess

import pytest

import piecewise_mt as mt
from piecewise_mt.paper.examples import render
from piecewise_mt.typeset.latex_layout import breakable, column_widths, latex_width, matrix
from piecewise_mt.typeset.tables import Cell, Column, Table

y1, y2 = mt.variables("y1 y2")
t = mt.variable("t")
PDFLATEX = shutil.which("pdflatex")


def max2():
    return mt.max(y1, y2).represent()


def test_cases_have_a_line_for_every_piece_and_gradient():
    rep = mt.max(mt.vector("x", 4)).represent()
    text = rep.to_latex("cases")
    assert text.count(r"\begin{cases}") == 2
    assert text.count(r"\text{if }") == 2 * len(rep) == 30
    # (19): the tie of the first two, chained
    assert r"x_{1} = x_{2} > \max(x_{3}, x_{4})" in text


def test_cases_beyond_a_page_can_break():
    text = mt.max(mt.vector("x", 5)).represent().to_latex("cases")
    assert r"\begin{cases}" not in text and text.count(r"\text{if }") == 62


def test_indicator_is_6_and_7():
    text = max2().to_latex("indicator", symbols={"gradient": r"\tilde\nabla"})
    assert r"f &= \sum_{\alpha=1}^{3} 1_{P^{\alpha}}\, f^{\alpha}" in text
    assert r"\tilde\nabla f &= \sum_{\alpha=1}^{3} 1_{P^{\alpha}}\, \nabla f^{\alpha}" in text
    assert r"1_{P^{1}}\, y_{1} + 1_{P^{2}}\, y_{2}" in text
    assert r"1_{P^{3}}\, (z,\, 1 - z)" in text
    assert r"P^{3} &= \{(y_{1}, y_{2}) \in \mathbb{R}^{2} : y_{1} = y_{2}\}" in text


def test_symbols_columns_and_names():
    rep = max2()
    text = rep.to_latex(
        columns=("alpha", "gradient"),
        symbols={"function": "g", "gradient": r"\tilde\nabla", "parameter": r"\theta"},
        piece_names=["A", "B", "D"],
    )
    rows = [line for line in text.splitlines() if line.startswith("$")]
    assert rows == [
        r"$\alpha$ & $\tilde\nabla g^{\alpha}$ \\",
        r"$A$ & $(1,\, 0)$ \\",
        r"$B$ & $(0,\, 1)$ \\",
        r"$D$ & $(\theta,\, 1 - \theta)$ \\",
    ]
    one = rep.to_latex("indicator", piece_names={3: "D"})
    assert "1_{D}" in one and "1_{P^{3}}" not in one and "1_{P^{1}}" in one


def test_only_parameters_are_renamed():
    # z is a variable here, so the parameter of the tie is z1
    z, w = mt.variables("z zz")
    rep = mt.max(z, w).represent()
    text = rep.to_latex(symbols={"parameter": "s"})
    assert r"$s_{1} z + (1 - s_{1}) \mathrm{zz}$" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"style": "tables"}, "expected one of the styles"),
        ({"style": "cases", "columns": ("alpha",)}, "style table only"),
        ({"columns": ("alpha", "beta")}, "got 'beta'"),
        ({"columns": ()}, "at least one column"),
        ({"symbols": {"pieces": "Q"}}, "got 'pieces'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(mt.PiecewiseError, match=message):
        max2().to_latex(**arguments)


def test_stated_representations_with_unions_and_gradients():
    entries = [(["t > 0", "t < -1"], "t", [5]), ("-1 <= t <= 0", "t")]
    rep = mt.Representation([t], entries)
    text = rep.to_latex()
    assert r"t > 0 \text{ or } t < -1" in text and "$5$" in text
    assert "stated representation on R, (t): 2 pieces" in str(rep.table())
    assert "<table " in rep._repr_html_()


def test_wide_columns_break_and_narrow_ones_do_not():
    rows = [[Cell("1", "1"), Cell("", "(" + r",\, ".join(["1"] * 90) + ")")]]
    table = Table("", [Column(Cell("a", "a")), Column(Cell("b", "b"))], rows)
    text = table.to_latex()
    assert re.search(r"\{lp\{\d+pt\}\}", text) and text.count(r"\allowbreak") == 89
    assert r"\tabularnewline" in text and r"\\" not in text
    assert r"\begin{tabular}{ll}" in table.to_latex(width=2000)
    assert column_widths([[Cell("1", "1")]], 100) == ("", [None])


def test_widths_grow_with_what_is_written():
    assert latex_width("x_{1} + x_{2}") < latex_width("x_{1} + x_{2} + x_{3}")
    assert breakable(r"\max(x_{1}, x_{2})") == r"\max(x_{1}, \allowbreak x_{2})"


def test_more_than_ten_columns_are_an_array():
    # amsmath's pmatrix has at most ten columns
    assert matrix([["1"] * 10]).startswith(r"\begin{pmatrix}")
    assert matrix([["1"] * 11]).startswith(r"\left(\begin{array}{ccccccccccc}")


def test_names_beyond_ascii():
    a, b = mt.variables("α x_ñ")
    text = mt.max(a, b).represent().to_latex()
    assert text.isascii() and r"x_{\tilde{n}} > \mathring{\alpha}" in text


def test_derivation_has_every_step():
    f = mt.max(y1, y2) - mt.relu(y1, at_zero=0)
    d = mt.derivation(f)
    text = d.to_latex()
    steps = ["The function", "nonsmooth nodes", "The sets (9)", "The product (14)"]
    steps += ["The conditions (15)", "The result (6), (7)"]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert r"u_{1} &= \max(y_{1}, y_{2})" in text and r"u_{2} &= R(y_{1})" in text
    assert r"f(y_{1}, y_{2}) &= u_{1} - u_{2}" in text
    assert r"P^{1} &= \{y_{1} > y_{2}\} \cap \{y_{1} \leq 0\} = \{y_{2} < y_{1} \leq 0\}" in text
    assert text.count(r"\widetilde\nabla f^{1} ") == 1
    assert r"All of them hold" in text
    for piece in d.representation:
        assert rf"\widetilde\nabla f^{{{piece.alpha}}} &=" in text


def test_derivation_of_many_pieces_says_what_it_leaves_out():
    d = mt.derivation(mt.max(mt.vector("x", 4)))
    text = d.to_latex(pieces=2)
    assert "15 of the combinations are not empty, of which the first 2 are" in text
    assert r"\widetilde\nabla f^{2} &=" in text and r"\widetilde\nabla f^{3} &=" not in text
    assert r"x_{1} = x_{2} = x_{3} = x_{4}" in text  # the last row of the result


def test_the_domain_is_one_of_the_sets():
    text = mt.derivation(mt.relu(t), {"t": (-1, 1)}).to_latex()
    assert r"on $\{-1 \leq t \leq 1\} \subset \mathbb{R}$" in text
    assert r"P^{2} &= \{-1 \leq t \leq 1\} \cap \{t > 0\} = \{0 < t \leq 1\}" in text


def test_derivation_as_text_and_in_a_notebook():
    d = mt.derivation(mt.max(t, t))
    assert "W1 B1 W0 = [[1]]" in str(d) and "The product (14)" in d._repr_html_()
    assert repr(d) == "<derivation: max(t, t) on R, (t): 1 piece>"


# smooth nodes


def test_derivation_of_a_smooth_function():
    text = mt.derivation(mt.square(mt.max(y1, y2))).to_latex()
    assert r"u_{1} &= \max(y_{1}, y_{2})" in text and "u_{2} &= u_{1}^{2}" in text
    # the chain rule by hand: d(u²) = 2u du, and u is y1 on the tie
    assert r"P^{3} &= \{y_{1} = y_{2}\}" in text
    product = r"\begin{pmatrix} 2 y_{1} z & 2 y_{1} - 2 y_{1} z \end{pmatrix}"
    assert text.count(r"\underbrace{\begin{pmatrix} 2 y_{1} \end{pmatrix}}_{\widetilde B_{2}}") == 2
    assert product in text
    assert r"\partial_{y_{1}} f^{3} + \partial_{y_{2}} f^{3} &= 2 y_{1}" in text
    assert "It holds, identically in the free parameters." in text


def test_conditions_behind_smooth_nodes_are_those_of_the_pieces():
    # exp(relu(x)) cancels in the difference of the operands, which is then |y|
    f = mt.max(mt.exp(mt.relu(y1)), mt.exp(mt.relu(y1)) + mt.relu(y2) - 1)
    text = mt.derivation(f).to_latex()
    assert r"\cap \{y_{2} < 1\}" in text and r"\cap \{y_{2} = 1\}" in text


def test_formulas_are_not_broken_inside_braces():
    # a break between \left and \right or in an exponent does not compile
    (a, b) = (mt.exp(y1 + 2 * y2 + 3), mt.exp(3 * y1 - y2))
    total = sum((a * k + b * k**2 for k in range(1, 5)), y1)
    parts = mt.derivation(total / (a + b)).to_latex(width=200).split("\n")
    for part in parts:
        if "&" not in part:
            continue
        assert part.count("{") == part.count("}")
        assert part.count(r"\left") == part.count(r"\right")


def test_rows_that_fit_no_table_are_stacked():
    wide = Cell("", r"\frac{" + "a b c d e " * 12 + "}{x}")
    table = Table(
        "t", [Column(Cell("α", r"\alpha")), Column(Cell("f", "f"))], [[Cell("1", "1"), wide]]
    )
    text = table.to_latex(300)
    assert r"\begin{longtable}{p{276pt}}" in text and r"$\alpha$: $1$" in text
    assert "p{" not in table.to_latex(900)


# a real TeX


def network():
    x = mt.vector("x", 2)
    return mt.max(mt.relu(mt.affine([[1, 1], [1, -1], [-2, 1]], x, [0, 0, 1])))


def documents():
    """Name and source of what must compile without leaving the margins."""
    wide = mt.max(mt.vector("w", 12), ties="first")
    functions = {
        "max2": mt.max(y1, y2),
        "max4": mt.max(mt.vector("x", 4)),
        "max6": mt.max(mt.vector("x", 6), ties="average"),
        "network": network(),
        "vector": mt.stack([mt.relu(t), mt.abs(t)]),
        "line": mt.max(t, t),
        "wide": wide,
        "wide_rows": mt.stack([wide] * 3),
    }
    found = {}
    for name, f in functions.items():
        rep = f.represent()
        for style in ("table", "cases", "indicator"):
            found[f"{name}-{style}"] = rep.to_latex(style, standalone=True)
        if name != "max6":
            found[f"{name}-derivation"] = mt.derivation(f).to_latex(standalone=True)
    others = {
        "clip": mt.clip(t, -1, 1) + mt.leaky_relu(t, "1/10") - mt.min(t, 0),
        "where": mt.where(y1 > y2, y1, y2),
        "affine": 2 * t + 1,
        "minimum": mt.min(t, 0, -t, ties="last"),
        "applied": mt.apply(mt.Representation("s", [("s > 0", "2*s"), ("s <= 0", "0")]), y1 - y2),
        "pool": mt.maxpool2d(mt.tensor("x", (1, 3, 3)), 2, stride=1, ties="first"),
    }
    for name, f in others.items():
        found[f"{name}-derivation"] = mt.derivation(f).to_latex(standalone=True)
    smooth = {
        "square": mt.square(mt.max(y1, y2)),
        "huber": mt.where(mt.abs(t) <= 1, mt.square(t) / 2, mt.abs(t) - mt.exact(0.5)),
        "softmax": mt.softmax(mt.stack([mt.relu(y1), y2])),
        "smooth": mt.log(1 + mt.abs(y1 * 2 + y2)) + y1 * mt.abs(y2),
        "relayed": mt.max(mt.exp(mt.relu(y1)), mt.exp(mt.relu(y1)) + mt.abs(y2)),
    }
    hidden = mt.relu(mt.vector("x", 3))
    last = mt.softmax(mt.affine([[1, 2, 0], [0, 1, 1], [1, 0, -1]], hidden, [1, 2, 3]))
    # its table is too wide for any letters, so that the rows are written one below the other
    found["classifier-derivation"] = mt.derivation(last).to_latex(standalone=True, pieces=4)
    for name, f in smooth.items():
        found[f"{name}-derivation"] = mt.derivation(f).to_latex(standalone=True)
        for style in ("table", "cases", "indicator"):
            found[f"{name}-{style}"] = f.represent().to_latex(style, standalone=True)
    # networks with awkward numbers, always the same ones
    numbers = ["-1001/17", "22/7", -12, -3, -1, 0, 1, "1/3", 5]
    rng = random.Random(20)
    for k in range(4):
        x = mt.vector("x", rng.choice([1, 2, 3]))
        weights = [[rng.choice(numbers) for _ in range(x.size)] for _ in range(3)]
        hidden = mt.affine(weights, x, [rng.choice([0, 1, -2, "5/3"]) for _ in range(3)])
        f = mt.max(mt.relu(hidden)) - mt.abs(x[0])
        f = mt.stack([f, mt.relu(x[0] - 1), x[0]]) if k % 2 else f
        found[f"random{k}-table"] = f.represent().to_latex(standalone=True)
        found[f"random{k}-derivation"] = mt.derivation(f).to_latex(standalone=True)
    box = {"y1": (0, 1), "y2": (0, "1/2")}
    found["domain-derivation"] = mt.derivation(mt.max(y1, y2), box).to_latex(standalone=True)
    names = {"greek": "α Ω", "accents": "ñ élan", "cyrillic": "ж дом", "indices": "x_in Β1_2"}
    for name, text in names.items():
        a, b = mt.variables(text)
        found[f"{name}-derivation"] = mt.derivation(mt.max(a, b)).to_latex(standalone=True)
        found[f"{name}-table"] = mt.max(a, b).represent().to_latex(standalone=True)
    for name, f in curved().items():
        found[f"{name}-derivation"] = mt.derivation(f).to_latex(standalone=True)
    found["paper"] = render("latex")
    return found


def curved():
    """Functions whose kinks are polynomials."""
    a, b, c, w, x, y = mt.variables("a b c w0 x y")
    return {
        "weight": mt.relu(w * x),
        "circle": mt.abs(x**2 + y**2 - 1) + x * y,
        "products": mt.max(a * x, b * x, c * x),
        "layers": mt.relu(a * mt.relu(w * x) + b),
        "outputs": mt.stack([mt.relu(w * x), mt.max(x**2 - y, y**2)]),
        "cusp": mt.relu(x**3 - y**2) + mt.exp(x),
        "rule": mt.max(a * x, b * x, ties="first"),
    }


def test_the_derivation_of_curved_pieces_says_what_their_tables_do():
    weight = curved()["weight"]
    latex = mt.derivation(weight).to_latex()
    assert r"P^{3} &= \{w_{0} x = 0\}" in latex
    assert r"\partial_{w_{0}} f^{3} &= 0 \text{ on } P^{3} \cap \{x = 0,\; w_{0} \neq 0\}" in latex
    assert "The tangent space at $P^{3} " in latex and "identically in the free" in latex
    assert r"\begin{pmatrix} x z & w_{0} z \end{pmatrix}" in latex
    renamed = mt.derivation(weight).to_latex(symbols={"function": "g", "piece": "Q"})
    assert r"\partial_{w_{0}} g^{3} &= 0 \text{ on } Q^{3} \cap" in renamed
    assert "The tangent space at $Q^{3} " in renamed
    text = mt.derivation(weight).to_text()
    assert "W2 B2 W1 B1 W0 = [[x*z, w0*z]]" in text
    assert "∂f3/∂x = 0 on P3 ∩ {w0 = 0, x != 0}" in text
    assert "on P3 ∩ {w0 = 0, x = 0} the tangent space is {0}: nothing is required" in text
    circle = mt.derivation(curved()["circle"]).to_latex()
    assert "for fields that span the tangent vectors" in circle
    assert r"P^{1} &= \{x^{2} + y^{2} < 1\}" in circle


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex; Debian has it in texlive-latex-extra")
def test_documents_compile_and_keep_to_the_margins(tmp_path):
    bad = []
    for name, source in documents().items():
        (tmp_path / f"{name}.tex").write_text(source, encoding="ascii")
        command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
        for _ in range(2):  # longtable writes its widths in the first run
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120
            )
            if done.returncode:
                break
        log = done.stdout
        bad += [f"{name}: {line}" for line in re.findall(r"^(?:!|Overfull).*", log, flags=re.M)]
        if done.returncode:
            bad.append(f"{name}: exit code {done.returncode}")
    assert bad == []
