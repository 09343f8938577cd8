"""What a reader of the LaTeX and of a notebook sees: rows apart, letters, parameters, MathML.

The expected lines are written by hand from the definitions in the paper's notation; that the page
is right is asked of a real TeX and of ``pdftotext``, and of an XML parser.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.calculus.local.parameter_conditions import condition_cell, condition_text
from piecewise_mt.display.gradients import shown_gradient
from piecewise_mt.typeset.affine import latex_name
from piecewise_mt.typeset.latex_layout import document, joined_lines, matrix
from piecewise_mt.typeset.mathml import mathml, mathml_lines, prose_html

x, y, t, b = mt.variables("x y t b")
y1, y2, w1, w2 = mt.variables("y1 y2 w1 w2")
PDFLATEX, PDFTOTEXT = shutil.which("pdflatex"), shutil.which("pdftotext")


# rows and matrices


def test_lines_keep_apart_where_there_are_fractions():
    assert joined_lines(["1", "2"]) == r"1 \\ 2"
    assert joined_lines([r"\frac{1}{2}", "2"]) == r"\frac{1}{2} \\[3pt] 2"
    assert joined_lines(["2", r"\frac{t^{2}}{2}"]) == r"2 \\[7pt] \frac{t^{2}}{2}"
    assert matrix([["1"], [r"\frac{1}{2}"]]) == (
        r"\begin{pmatrix} 1 \\[3pt] \frac{1}{2} \end{pmatrix}"
    )
    table = mt.max(t / 4, -3 * t / 4).represent().to_latex()
    # three rows of fractions were set solid
    assert table.count(r"\addlinespace[3pt]") == 2
    assert r"\addlinespace" not in mt.max(y1, y2).represent().to_latex()


def test_jacobians_stay_matrices_in_narrow_columns():
    f = mt.stack([mt.relu(y1 - y2), mt.abs(y1 + y2), y1 / 2])
    text = f.represent().to_latex(width=300)
    assert r"\raggedright" in text and "[(" not in text
    assert text.count(r"\begin{pmatrix}") == 2 * len(f.represent())


# letters and parameters


def parameters(text):
    return set(re.findall(r"(?<![A-Za-z\\])z(?:_\{\d+\})?(?![A-Za-z_])", text))


def test_parameters_are_numbered_without_gaps_in_what_is_printed():
    f = mt.max(x, x) + mt.relu(mt.relu(y) + 1) + mt.relu(x)
    shown = {s.name for p in f.represent() for s in p.gradient.free_symbols if s.name[0] == "z"}
    assert shown == {"z3", "z4"}
    assert parameters(f.represent().to_latex()) == {"z_{1}", "z_{2}"}
    one = mt.max(x, x) + mt.relu(y)
    assert parameters(one.represent().to_latex("cases")) == {"z"}
    z, z1 = mt.variables("z z1")
    text = (mt.max(z, z1) + mt.relu(y)).represent().to_latex()
    assert "z_{2}" in text and "z_{3}" in text and "z_{4}" not in text


def test_one_parameter_has_one_name_in_a_derivation():
    text = mt.derivation(mt.max(y1, y2) - mt.relu(y1)).to_latex()
    nodes, result = text.split(r"\paragraph{The sets (9).}")[0], text.split("The result")[1]
    assert parameters(nodes) == parameters(result) == {"z_{1}", "z_{2}"}
    # that of the maximum is z1 in its own table and on the tie of the result
    assert r"$3$ & $x_{1} = x_{2}$ & $1$ & $z_{1} x_{1} + (1 - z_{1}) x_{2}$" in nodes
    assert r"(z_{1} - 1,\, 1 - z_{1})" in result
    same = mt.derivation(mt.relu(y1) + mt.relu(y2)).to_latex()
    assert r"The free parameter is $z_{1}$ for $u_{1}$, $z_{2}$ for $u_{2}$." in same


def test_dummies_are_no_names_of_the_user():
    f = mt.max(*mt.variables("f P")) - mt.relu(mt.variable("R"))
    text = mt.derivation(f).to_latex()
    assert r"g(P, R, f) &= u_{1} - u_{2}" in text and r"u_{2} &= \operatorname{relu}(R)" in text
    assert "P^{" not in text and "f^{" not in text and "R(" not in text
    text = mt.derivation(mt.max(*mt.variables("W1 Q"))).to_latex()
    assert "}_{W_{" not in text and "Q^{" not in text and "}_{M_{0}}" in text
    alpha = mt.max(*mt.variables("alpha u1")).represent().to_latex()
    assert r"$\beta$ & $P^{\beta}$" in alpha
    own = mt.max(y1, y2).represent().to_latex(symbols={"function": "h", "index": r"\nu"})
    assert r"$h^{\nu}$" in own


def test_names_are_never_alike():
    names = "x1 x_1 x1_2 x_12 x_1_2 alpha α Delta Δ Δx Deltax Dx _x x_ x__1 max speed3 speed_3"
    own = names.split()
    assert len({latex_name(name) for name in own}) == len(own)
    assert len({mathml(latex_name(name)) for name in own}) == len(own)


def test_where_and_nodes_of_the_user_are_written_by_cases():
    own = mt.relu(y1)
    text = mt.derivation(mt.where(y1 > y2, own, own)).to_latex()
    assert r"\begin{cases} u_{1} & \text{if } y_{1} > y_{2}, \\ u_{1} & \text{otherwise}" in text
    rep = mt.Representation("s", [("s > 0", "2*s"), ("s <= 0", "0")])
    text = mt.derivation(mt.apply(rep, y1 - y2)).to_latex()
    assert "\\varphi_{1}(x) =\n\\begin{cases}\n2 x & \\text{if } x > 0, \\\\\n0 &" in text


def test_formula_and_gradient_are_read_alike():
    f = mt.relu(1 - b - w1) + mt.square(w1) / 2
    tie = f.represent()[2]
    # by hand: d/dw1 of z(1 - b - w1) + w1²/2
    z, w = sympy.symbols("z w1", real=True)
    assert shown_gradient(tie) == ((-z, w - z),)
    assert f.represent().table().rows[2][4].text == "(-z, w1 - z)"
    on = {sympy.Symbol("b", real=True): 1 - w}
    shown = sympy.Matrix(shown_gradient(tie))
    assert (shown - tie.gradient).subs(on).expand().is_zero_matrix
    text = mt.derivation(f).to_latex()
    assert "w_{1} - z" in text and "- b - z + 1" not in text and "1 - b - z" not in text
    # what vanishes on the piece is not brought back
    assert shown_gradient(mt.where(mt.abs(t) <= 1, t**2 / 2, mt.abs(t) - "1/2").represent()[4]) == (
        (0,),
    )


def test_one_is_not_many():
    text = mt.derivation(2 * t + mt.relu(t * t + 1)).to_latex()
    assert "1 of the combinations is not empty" in text and "has one piece" in text
    text = mt.derivation(mt.max(y1, y2)).to_latex(pieces=1)
    assert "On the thin piece, for" in text and "It holds, identically" in text
    assert "3 of the combinations are not empty, the first of which is:" in text
    assert "From the outermost factor to the innermost, for the first piece:" in text
    conditions = mt.max(y1, y2).represent().tangential_conditions()
    assert conditions.table().title == "Tangential conditions: 1, which holds"
    assert mt.critical_points(mt.abs(t)).table().title == "Critical points: 1 stratum, 0 spurious"


def test_titles_are_mathematics():
    def title(text):
        return re.search(r"section\*\{\\raggedright (.*)\}", text)[1]

    f = mt.max(y1, y2) - mt.abs(-y1) / 2
    expected = r"$f(y_{1}, y_{2}) = \max(y_{1}, y_{2}) - \frac{1}{2} |{-}y_{1}|$"
    assert title(f.represent().to_latex(standalone=True)) == expected
    assert title(mt.derivation(f).to_latex(standalone=True)) == f"The gradient of {expected}"
    squared = mt.square(mt.relu(t - 1)).represent().to_latex(standalone=True)
    assert title(squared) == r"$f(t) = \max(0, t - 1)^{2}$"
    long = mt.max(mt.vector("x", 30), ties="first").represent().to_latex(standalone=True)
    assert title(long) == r"A representation of 30 pieces on $\mathbb{R}^{30}$"
    w = mt.parameter("w")
    assert title(mt.relu(w * t).represent().to_latex(standalone=True)) == (r"$f(t) = \max(0, t w)$")


# conditions on z


def test_conditions_on_parameters():
    z1, z2 = sympy.symbols("z1 z2", real=True)
    assert condition_text((z1 >= 0) & (z1 <= 1) & (z1 + z2 <= 5) & (z2 <= 3) & (z2 > 0)) == (
        "0 <= z1 <= 1, 0 < z2 <= 3"  # the third follows
    )
    cell = condition_cell((z1 * z2 <= 1) & (z1 * z2 >= 0) & (2 * z1 * z2 <= 1))
    assert cell.text == "0 <= z1*z2 <= 1/2"
    assert cell.latex == r"0 \leq z_{1} z_{2} \leq \frac{1}{2}"
    assert condition_text(sympy.Eq(-3 * z1 - 3 * z2 + 3, 0)) == "z1 + z2 = 1"
    assert condition_text((z1 > 1) | (z1 < 0)) == "z1 < 0 or z1 > 1"
    # not understood: as SymPy writes it
    assert condition_text(z1 >= sympy.exp(z2)) == "z1 >= exp(z2)"
    assert condition_text(z1 >= sympy.sqrt(2)) == "z1 >= sqrt(2)"
    report = mt.relu(x).represent().classify()
    assert "in Clarke's subdifferential iff 0 <= z <= 1" in str(report)
    assert "inside iff 0 <= z <= 1" in repr(mt.relu(x).represent().artifacts())


# MathML


@functools.cache
def shown():
    at = mt.max(x, y, 0).at((0, 0))
    rep = mt.max(x, y).represent()
    w = mt.parameter("w")
    return [
        rep, rep.table(), rep[2], rep[2].polyhedron, rep.chain_rule(3), rep.strata,
        rep.tangential_conditions(), rep.tangential_conditions()[0], at, at.clarke, at.frechet,
        at.mordukhovich,
        mt.zero_set(mt.max(x, y)), mt.relu(x * y).represent(), mt.relu(x * y).represent()[0].set,
        mt.is_convex(mt.abs(t)), mt.is_convex(-mt.abs(t)), mt.check(rep), rep.classify(),
        mt.derivation(mt.where(y1 > y2, mt.relu(y1), mt.relu(y1)) + mt.clip(t, 0, 1)),
        mt.derivation(mt.softmax(mt.stack([mt.relu(y1), y2]))), mt.derivation(t),
        mt.relu(w * x).represent(), mt.critical_points(mt.abs(t)),
        mt.relu(mt.parse("sqrt(2)*x - y")).represent(), mt.infimum_report(mt.abs(t)),
    ]  # fmt: skip


@pytest.mark.parametrize("place", range(len(shown())))
def test_notebooks_get_well_formed_html_that_loads_nothing(place):
    text = shown()[place]._repr_html_()
    ElementTree.fromstring(f"<div>{text.replace('<br>', '<br/>')}</div>")
    assert "http" not in text and "<script" not in text and "src=" not in text
    # no command of LaTeX is left over
    assert not re.search(r"\\[a-zA-Z]+", re.sub(r'alttext="[^"]*"', "", text))


def test_notebooks_show_what_is_asked_for():
    assert mt.is_convex(mt.abs(t))._repr_html_() == "<b>yes</b>: no facet bends downwards"
    clarke = mt.max(x, y).at((1, 1)).clarke
    assert repr(clarke) == "Clarke subdifferential: conv{(0, 1), (1, 0)}"
    assert clarke._repr_html_().startswith('<math display="block" alttext="conv{(0, 1), (1, 0)}">')
    many = sum((mt.abs(v) for v in mt.vector("x", 20)), mt.relu(x)).at([0] * 21).clarke
    assert repr(many) == "Clarke subdifferential: a set of 1×21 matrices"
    page = mt.derivation(mt.max(y1, y2))._repr_html_()
    for step in ("The function.", "The sets (9).", "The product (14).", "The result (6), (7)"):
        assert f"<b>{step}</b>" in page
    assert str(mt.derivation(mt.max(y1, y2))) == mt.derivation(mt.max(y1, y2)).to_text()


def test_no_name_is_markup():
    for name in ("<b>", "a&b", '"x"', "</math>", "a\\b", "$x$", "{", "x'"):
        text = mathml(latex_name(name), name)
        root = ElementTree.fromstring(text)
        assert root.attrib["alttext"] == name
        assert "".join(root.itertext()).replace("∧", "^") == name
        assert "<b>" not in prose_html(f"The ${latex_name(name)}$ of")


def test_formulas_in_mathml():
    assert mathml("-1 < x - 1") == (
        '<math><mo form="prefix">−</mo><mn>1</mn><mo>&lt;</mo><mi>x</mi><mo>−</mo><mn>1</mn></math>'
    )
    assert "<msup><mi>e</mi><msup><mi>y</mi><mn>2</mn></msup></msup>" in mathml("e^{y^{2}}")
    assert mathml(r"\frac{x}{\sqrt{2}}") == (
        "<math><mfrac><mi>x</mi><msqrt><mn>2</mn></msqrt></mfrac></math>"
    )
    rows = mathml(r"\begin{pmatrix} 1 & 0 \\[3pt] 0 & 1 \end{pmatrix}")
    assert rows.count("<mtr>") == 2 and rows.count("<mtd>") == 4 and "pt" not in rows
    assert mathml_lines([r"f &= \begin{pmatrix} 1 & 2 \end{pmatrix}"]).count("<math>") == 2
    # cut off, nested too deeply, not known: the text, never an error
    assert mathml(r"\frac{1", "1/") == '<math alttext="1/"><mtext>1/</mtext></math>'
    assert "<mtext>deep</mtext>" in mathml("{" * 5000 + "}" * 5000, "deep")
    assert mathml(r"\unknown") == "<math><mi>unknown</mi></math>"


# a real TeX


def functions():
    """Functions of practice and of bad manners."""
    one, three = mt.variable("t"), mt.vector("x", 3)
    z, z2, alpha, other = mt.variables("z z2 alpha α")
    layer = mt.relu(mt.affine([[1, 2], ["1/3", -1]], mt.stack([x, y]), [0, 1]))
    user = mt.Representation("s", [("s > 0", "2*s"), ("s <= 0", "0")])
    return {
        "maximum": mt.max(y1, y2),
        "average": mt.max(three, ties="average"),
        "1-norm": mt.abs(x) + mt.abs(y),
        "sup-norm": mt.max(mt.abs(x), mt.abs(y)),
        "hinge": mt.relu(1 - b - w1) + mt.relu(1 + b - w2),
        "svm": mt.relu(1 - b - w1) + (mt.square(w1) + mt.square(w2)) / 2,
        "huber": mt.where(mt.abs(one) <= 1, mt.square(one) / 2, mt.abs(one) - mt.exact(0.5)),
        "pinball": mt.max(one / 4, -3 * one / 4),
        "spread": mt.relu(one - 1) - mt.relu(one - 2),
        "median": mt.kth(three, 2),
        "threshold": mt.relu(one - 1) - mt.relu(-one - 1),
        "clip": mt.clip(one, -1, 1) + mt.leaky_relu(one, "1/10"),
        "where": mt.where(y1 > y2, mt.relu(y1) + y1, mt.relu(y2) + y2),
        "user": mt.apply(user, y1 - y2),
        "fractions": mt.stack([mt.relu(y1 / 2 + y2 / 3), mt.abs(y1) / 7]),
        "square": mt.square(mt.max(y1, y2)) / 3,
        "logarithm": mt.log(1 + mt.abs(y1 * 2 + y2)) + y1 * mt.abs(y2),
        "quotient": mt.relu(x) / (1 + mt.square(y)),
        "softmax": mt.softmax(mt.stack([mt.relu(y1), y2])),
        "weight": mt.relu(x * w1),
        "circle": mt.abs(x**2 + y**2 - 1) + x * y,
        "cusp": mt.relu(x**3 - y**2),
        "nesterov": mt.abs(x - 1) / 4 + mt.abs(y - 2 * mt.abs(x) + 1),
        "difference": mt.max(x, y, 0) - mt.max(x + y, 0),
        "tropical": mt.max(2 * x + 1, x + y + 2, 2 * y, 0),
        "table 2": mt.max([one, 2 * one], ties="first") - mt.max([one, 2 * one], ties="average"),
        "line": mt.max(one, one),
        "affine": 2 * one + 1,
        "layers": mt.relu(mt.affine([[1, 1], [1, -1]], layer, [0, 0])),
        "letters": mt.max(*mt.variables("f P")) - mt.relu(mt.variable("R")),
        "greek": mt.max(alpha, other),
        "indices": mt.max(*mt.variables("x1 x_1 x1_2")),
        "words": mt.relu(mt.variable("Δx") - mt.variable("Deltax")),
        "matrices": mt.max(*mt.variables("W1 B1")),
        "parameters": mt.max(z, z2) + mt.relu(y),
        "gaps": mt.relu(mt.relu(x) + 1) + mt.max(x, x),
        "pool": mt.maxpool1d(mt.tensor("x", (1, 4)), 2, ties="first"),
        "minimum": mt.min(one, 0, -one, ties="last"),
        "irrational": mt.relu(mt.parse("sqrt(2)*x - y")),
        "exponential": mt.max(mt.exp(x), 1) * mt.exp(-(y**2)),
    }


def collisions(pdf):
    """Words of letters and digits of different lines that overlap by more than 0.8 points."""
    command = [PDFTOTEXT, "-bbox", str(pdf), "-"]
    pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = []
    place = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">'
    for page in pages.split("<page ")[1:]:
        # delimiters and accents reach beyond their boxes by design
        words = [
            (*map(float, own[:4]), own[4])
            for own in re.findall(place + r"([0-9]+|[a-y]+[0-9]*)</word>", page)
        ]
        for i, (left, top, right, bottom, word) in enumerate(words):
            for other in words[i + 1 :]:
                across = min(right, other[2]) - max(left, other[0])
                down = min(bottom, other[3]) - max(top, other[1])
                if across > 0.5 and down > 0.8:
                    found.append((word, other[4]))
    return found


def compiled(folder, source):
    (folder / "all.tex").write_text(source, encoding="ascii")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    for _ in range(2):  # longtable writes its widths in the first run
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="latin-1", timeout=240
        )
    return re.findall(r"^(?:!|Overfull|Missing character).*", done.stdout, flags=re.M)


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex; Debian has it in texlive-latex-base")
def test_forty_functions_compile_in_one_document_without_collisions(tmp_path):
    own = functions()
    assert len(own) == 40
    parts = []
    for name, f in own.items():
        rep = f.represent()
        parts.append(f"\\section*{{{name}}}")
        parts += [rep.to_latex(style, width=481) for style in ("table", "cases", "indicator")]
        parts.append(mt.derivation(f).to_latex(width=481, pieces=4))
    assert compiled(tmp_path, document("\n\n".join(parts))) == []
    if PDFTOTEXT is not None:
        assert collisions(tmp_path / "all.pdf") == []


@pytest.mark.skipif(not (PDFLATEX and PDFTOTEXT), reason="no pdflatex or no pdftotext")
def test_set_solid_rows_do_collide(tmp_path):
    # what the lines are kept apart for: without it, the check above finds the collisions
    text = "\n\n".join(functions()[name].represent().to_latex() for name in ("huber", "fractions"))
    solid = re.sub(r"(?<=\\\\)\[\d+pt\]|\\addlinespace\[3pt\]\n", "", text)
    assert solid != text
    compiled(tmp_path, document(solid))
    assert collisions(tmp_path / "all.pdf")
