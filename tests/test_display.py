"""Text and LaTeX of forms, conditions and tables; conditions against their meaning at points."""

from __future__ import annotations

import itertools
import json
import random
import time
from fractions import Fraction
from types import SimpleNamespace

import pytest
import sympy

from piecewise_mt.display.pieces import pieces_table, strata_table
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.interop.json import json_data
from piecewise_mt.typeset.affine import (
    affine_latex,
    affine_text,
    coefficient_latex,
    coefficient_text,
    gradient_latex,
    gradient_text,
    latex_name,
)
from piecewise_mt.typeset.conditions import (
    chains,
    condition_expr,
    condition_latex,
    condition_text,
    relations,
)
from piecewise_mt.typeset.tables import Cell, Column, Table
from piecewise_mt.typeset.text_layout import display_width

X = ("x1", "x2", "x3", "x4")
z, z1, z2 = map(Polynomial.generator, ("z", "z1", "z2"))


def polyhedron(variables, equations=(), inequalities=()):
    return SimpleNamespace(
        variables=tuple(variables), equations=echelon(equations), inequalities=tuple(inequalities)
    )


def greater(i, j, strict=True, a=4):
    """The inequality x_i > x_j (or ≥)."""
    return tuple(int(k == i) - int(k == j) for k in range(a + 1)), strict


def equal(i, j, a=4):
    return greater(i, j, a=a)[0]


# forms


@pytest.mark.parametrize(
    ("row", "text", "latex"),
    [
        ((1, 2, Fraction(-1, 3)), "2*x1 - x2/3 + 1", r"2 x_{1} - \frac{1}{3} x_{2} + 1"),
        ((0, 0, 0), "0", "0"),
        ((Fraction(-1, 2), 0, 0), "-1/2", r"-\frac{1}{2}"),
        ((0, -1, Fraction(2, 3)), "-x1 + 2*x2/3", r"-x_{1} + \frac{2}{3} x_{2}"),
        ((0, z, 1 - z), "z*x1 + (1 - z)*x2", r"z x_{1} + (1 - z) x_{2}"),
        ((z - 1, -z, -z - z1), "-z*x1 - (z + z1)*x2 + z - 1",
         r"-z x_{1} - (z + z_{1}) x_{2} + z - 1"),
    ],
)  # fmt: skip
def test_affine_forms(row, text, latex):
    assert affine_text(row, ("x1", "x2")) == text
    assert affine_latex(row, ("x1", "x2")) == latex


def test_affine_text_means_the_form():
    generator = random.Random(1)
    values = dict(zip((*X, "z", "z1"), sympy.symbols("x1:5 z z1"), strict=True))
    for _ in range(200):
        row = [
            generator.choice([0, 1, -1, Fraction(2, 3), z, 1 - z, z * z1 - 2, -z * z / 5])
            for _ in range(5)
        ]
        got = sympy.parse_expr(affine_text(row, X), values)
        want = sum(
            (c.to_sympy() if isinstance(c, Polynomial) else sympy.Rational(str(c))) * v
            for c, v in zip(row, (1, *sympy.symbols("x1:5")), strict=True)
        )
        real = {sympy.Symbol(n, real=True): sympy.Symbol(n) for n in ("z", "z1")}
        assert sympy.expand(got - sympy.sympify(want).subs(real)) == 0


@pytest.mark.parametrize(
    ("value", "text", "latex"),
    [
        (1 - z, "1 - z", "1 - z"),
        (2 * z - 1, "2*z - 1", "2 z - 1"),
        (1 - z1 - z2, "1 - z1 - z2", "1 - z_{1} - z_{2}"),
        (z1 * z1 * z2 / 3, "z1**2*z2/3", r"\frac{1}{3} z_{1}^{2} z_{2}"),
        (z2 - z1, "z2 - z1", "z_{2} - z_{1}"),
        (Polynomial.generator(sympy.sqrt(2)) * z, "sqrt(2)*z", r"\sqrt{2} z"),
        (Fraction(0), "0", "0"),
    ],
)
def test_coefficients(value, text, latex):
    assert (coefficient_text(value), coefficient_latex(value)) == (text, latex)


def test_parameters_are_in_natural_order():
    total = sum((Polynomial.generator(f"z{i}") for i in (10, 9, 2)), Fraction(0))
    assert coefficient_text(total) == "z2 + z9 + z10"


def test_names():
    assert [latex_name(n) for n in ("x12", "z", "alpha", "beta2", "x_1_2", "foo")] == [
        "x_{12}", "z", r"\alpha", r"\beta_{2}", "x_{1,2}", r"\mathrm{foo}",
    ]  # fmt: skip


def test_gradients():
    assert gradient_text([(1, 0)]) == "(1, 0)"
    assert gradient_text([(z,)]) == "z"
    assert gradient_text([(1, 0), (0, 1 - z)]) == "[(1, 0), (0, 1 - z)]"
    assert gradient_latex([(1, Fraction(1, 2))]) == r"(1,\, \frac{1}{2})"
    assert gradient_latex([(1, 0), (0, z)]) == r"\begin{pmatrix} 1 & 0 \\ 0 & z \end{pmatrix}"


# conditions

CASES = [
    # equation (17)
    ((), [greater(1, j, False) for j in (2, 3, 4)], "x1 >= max(x2, x3, x4)"),
    ((), [greater(2, 1), greater(2, 3, False), greater(2, 4, False)], "x2 > x1, x2 >= max(x3, x4)"),
    ((), [greater(3, 1), greater(3, 2), greater(3, 4, False)], "x3 > max(x1, x2), x3 >= x4"),
    ((), [greater(4, 1), greater(4, 2), greater(4, 3)], "x4 > max(x1, x2, x3)"),
    # ties, with other members of the group in the rows
    ([equal(1, 4), equal(2, 4), equal(3, 4)], (), "x1 = x2 = x3 = x4"),
    ([equal(1, 2)], [greater(1, 3), greater(2, 4)], "x1 = x2 > max(x3, x4)"),
    ([equal(2, 4)], [greater(4, 3), greater(4, 1)], "x2 = x4 > max(x1, x3)"),
    ([equal(2, 3), equal(3, 4)], [greater(4, 1)], "x2 = x3 = x4 > x1"),
    ([equal(1, 2), equal(3, 4)], [greater(2, 4)], "x1 = x2 > x3 = x4"),
    ([equal(1, 2), equal(3, 4)], (), "x1 = x2, x3 = x4"),
    ([equal(1, 2)], [greater(2, 3), greater(1, 4, False)], "x1 = x2, x1 > x3, x1 >= x4"),
    # minima, chains, single comparisons
    ((), [greater(1, 4), greater(2, 4)], "x4 < min(x1, x2)"),
    ((), [greater(1, 2), greater(2, 3)], "x1 > x2 > x3"),
    ((), [greater(2, 1)], "x1 < x2"),
    ((), [greater(2, 1, False)], "x1 <= x2"),
    # constants
    ([(-1, 2, 0, 0, 0)], (), "x1 = 1/2"),
    ([(0, 1, 0, 0, 0), (-1, 0, 1, 0, 0)], (), "x1 = 0, x2 = 1"),
    ([(-1, 2, -1, 0, 0)], (), "2*x1 = x2 + 1"),
    ((), [((-1, 2, 0, 0, 0), True)], "x1 > 1/2"),
    ((), [((0, -1, 0, 0, 0), True)], "x1 < 0"),
    ((), [((1, 1, 0, 0, 0), False), ((1, -1, 0, 0, 0), True)], "-1 <= x1 < 1"),
    ((), [((0, 1, 1, 0, 0), True), ((1, -1, -1, 0, 0), True)], "0 < x1 + x2 < 1"),
    ((), [((0, 1, 0, 0, 0), False), greater(1, 2, False)], "x1 >= max(x2, 0)"),
    ((), [((0, 1, 1, 0, 0), True), ((0, 0, 1, 0, 0), False), ((0, 1, 0, 0, 0), False)],
     "x1 >= 0, x2 >= 0, x1 + x2 > 0"),
    ([(0, 1, 0, 0, 0)], [greater(1, 2)], "x1 = 0, x2 < 0"),
    ((), (), "everywhere"),
]  # fmt: skip


@pytest.mark.parametrize(("equations", "inequalities", "text"), CASES)
def test_conditions(equations, inequalities, text):
    assert condition_text(polyhedron(X, equations, inequalities)) == text


def test_condition_latex():
    tie = polyhedron(X, [equal(1, 2)], [greater(1, 3), greater(2, 4)])
    assert condition_latex(tie) == r"x_{1} = x_{2} > \max(x_{3}, x_{4})"
    second = polyhedron(X, (), CASES[1][1])
    assert condition_latex(second) == r"x_{2} > x_{1},\; x_{2} \geq \max(x_{3}, x_{4})"
    assert condition_latex(polyhedron(("x", "y"))) == r"\mathbb{R}^{2}"


def test_relations_and_expression():
    p = polyhedron(("x", "y"), (), [((1, -1, 0), False), ((0, 1, -1), True)])
    assert relations(p) == [
        ((0, 1, 0), "<=", (1, 0, 0)),
        ((0, 1, 0), ">", (0, 0, 1)),
    ]
    x, y = sympy.symbols("x y", real=True)
    assert condition_expr(p) == sympy.And(x <= 1, x > y)
    assert condition_expr(polyhedron(("x",))) is sympy.true
    tie = polyhedron(("x", "y"), [(0, 1, -1)])
    assert condition_expr(tie) == sympy.Eq(x, y, evaluate=False)


def _row(generator):
    row = tuple(generator.choice([0, 0, 0, 1, -1, 1, -1, 2, -2]) for _ in range(4))
    return row if any(row[1:]) else (row[0], 1, 0, -1)


def test_conditions_mean_the_polyhedron():
    """Rows may be redundant or contradictory here: the text must still say what they say."""
    generator = random.Random(7)
    points = list(itertools.product([Fraction(k, 2) for k in range(-2, 3)], repeat=3))
    names = ("x", "y", "w")
    hits = 0
    for _ in range(400):
        p = polyhedron(
            names,
            [_row(generator) for _ in range(generator.choice([0, 0, 1, 1, 2]))],
            [(_row(generator), generator.random() < 0.5) for _ in range(generator.randrange(6))],
        )
        found = [chain.text(names).replace(" = ", " == ") for chain in chains(p)]
        code = compile(" and ".join(f"({text})" for text in found) or "True", "condition", "eval")
        for point in points:
            heights = [sum(c * v for c, v in zip(r, (1, *point), strict=True)) for r in p.equations]
            inside = not any(heights)
            for row, strict in p.inequalities:
                height = sum(c * v for c, v in zip(row, (1, *point), strict=True))
                inside = inside and (height > 0 or (height == 0 and not strict))
            scope = {"max": max, "min": min, **dict(zip(names, point, strict=True))}
            assert eval(code, scope) is inside, (found, point)
            hits += inside
    assert hits > 1000


# tables


def small():
    """The maximum of two variables, written by hand."""
    names = ("y1", "y2")
    parts = [
        (2, polyhedron(names, (), [greater(1, 2, a=2)]), (0, 1, 0)),
        (2, polyhedron(names, (), [greater(2, 1, a=2)]), (0, 0, 1)),
        (1, polyhedron(names, [(0, 1, -1)]), (0, z, 1 - z)),
    ]

    class Pieces(list):
        names = ("y1", "y2")
        shape = ()
        title = "max(y1, y2)"

    return Pieces(
        SimpleNamespace(
            alpha=k, dimension=d, polyhedron=p, parts=(p,), condition_text=condition_text(p), condition_latex=condition_latex(p), rows=(row,), jacobian=(row[1:],), gradient_rows=(row[1:],), is_smooth=False,
            labels=("{1}",), label_text="{1}", point=(Fraction(1, 2), Fraction(0)), is_curved=False, prepare=lambda: None,
        )
        for k, (d, p, row) in enumerate(parts, start=1)
    )  # fmt: skip


def test_text_table():
    assert str(pieces_table(small())).splitlines() == [
        "max(y1, y2) on R^2, (y1, y2): 3 pieces",
        "",
        "α  Pᵅ       dim  fᵅ                 ∇fᵅ",
        "─  ───────  ───  ─────────────────  ──────────",
        "1  y1 > y2    2  y1                 (1, 0)",
        "2  y1 < y2    2  y2                 (0, 1)",
        "3  y1 = y2    1  z*y1 + (1 - z)*y2  (z, 1 - z)",
    ]


def test_limit_counts_the_rest():
    lines = str(pieces_table(small(), limit=1)).splitlines()
    assert lines[-1] == "… and 2 more pieces" and len(lines) == 6
    assert str(strata_table(small(), limit=2)).endswith("… and 1 more stratum")


def test_latex_table():
    assert pieces_table(small()).to_latex().splitlines() == [
        "% max(y1, y2) on R^2, (y1, y2): 3 pieces",
        r"\begin{tabular}{rlrll}",
        r"\toprule",
        r"$\alpha$ & $P^{\alpha}$ & $\dim$ & $f^{\alpha}$ & $\widetilde\nabla f^{\alpha}$ \\",
        r"\midrule",
        r"$1$ & $y_{1} > y_{2}$ & $2$ & $y_{1}$ & $(1,\, 0)$ \\",
        r"$2$ & $y_{1} < y_{2}$ & $2$ & $y_{2}$ & $(0,\, 1)$ \\",
        r"$3$ & $y_{1} = y_{2}$ & $1$ & $z y_{1} + (1 - z) y_{2}$ & $(z,\, 1 - z)$ \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_long_latex_tables_break_across_pages():
    column = [Column(Cell.plain("n"))]
    assert "tabular" in Table("", column, [[Cell.plain("1")]] * 40).to_latex()
    long = Table("", column, [[Cell.plain("[1]")]] * 41).to_latex()
    assert long.startswith(r"\begin{longtable}{l}") and r"\endhead" in long and "\n{}[1]" in long


def test_jupyter_latex_is_one_array():
    text = pieces_table(small(), limit=2)._repr_latex_()
    assert text.startswith("$$\\begin{array}{rlrll}\n") and text.endswith("\n\\end{array}$$")
    assert text.count("$") == 4 and "\\text{… and 1 more piece}" in text
    strata = strata_table(small())._repr_latex_()
    assert r"\text{\#} & \text{condition} & \dim & \text{labels} \\ \hline" in strata
    assert r"\text{\{1\}}" in strata


def test_markdown_and_html_escape():
    table = Table(
        "a|b*", [Column(Cell.plain("x|y"))], [[Cell("a | b < c", "a")], [Cell.plain("<_|")]]
    )
    assert table.to_markdown().splitlines() == [
        r"**a\|b\***", "", r"| x\|y |", "| --- |", r"| `a \| b < c` |", r"| \<\_\| |",
    ]  # fmt: skip
    page = table.to_html()
    assert '<td style="text-align: left"><math alttext="a | b &lt; c">' in page
    assert "<_" not in page
    assert "y1 &lt; y2" in pieces_table(small())._repr_html_()


def test_long_cells_wrap_and_are_never_cut():
    names = [f"variable{i}" for i in range(30)]
    long = f"{names[0]} > max({', '.join(names[1:])})"
    total = " + ".join(names)
    table = Table("t", [Column(Cell("a", "a")), Column(Cell("b", "b"))], [[Cell(long, ""), Cell(total, "")]])  # fmt: skip
    lines = str(table).splitlines()
    assert max(map(display_width, lines)) <= 100 and len(lines) > 6
    body = " ".join(" ".join(lines[3:]).split())
    assert all(name in body for name in names)
    uncut = "x" * 150
    assert uncut in str(Table("", [Column(Cell("a", "a"))], [[Cell(uncut, "")]]))


def test_rows_are_made_on_demand():
    made = []

    def rows():
        for n in itertools.count():
            made.append(n)
            yield [Cell(str(n), str(n))]

    head = Table("naturals", [Column(Cell("n", "n"), "r")], rows).head(3)
    assert made == [0, 1, 2, 3] and len(head) == 3 and str(head).endswith("…")


def test_json_data():
    data = json.loads(json.dumps(json_data(small())))
    assert (data["format"], data["version"]) == ("piecewise_mt.representation", 1)
    assert data["variables"] == ["y1", "y2"] and data["shape"] == []
    assert data["pieces"][2] == {
        "alpha": 3,
        "dimension": 1,
        "condition": "y1 = y2",
        "parts": [{"condition": "y1 = y2", "equations": [["0", "1", "-1"]], "inequalities": []}],
        "formula": "z*y1 + (1 - z)*y2",
        "formulas": ["z*y1 + (1 - z)*y2"],
        "affine": [["0", "z", "1 - z"]],
        "gradient": [["z", "1 - z"]],
        "witness": ["1/2", "0"],
        "labels": ["{1}"],
    }


def test_a_thousand_pieces_in_ten_variables_are_fast():
    names = tuple(f"x{i}" for i in range(1, 11))

    class Pieces(list):
        shape = ()
        title = "max"

    pieces = Pieces()
    pieces.names = names
    for k in range(1, 11):
        for tied in itertools.combinations(range(1, 11), k):
            rest = [j for j in range(1, 11) if j not in tied]
            p = polyhedron(
                names,
                [equal(tied[0], i, 10) for i in tied[1:]],
                [greater(tied[-1], j, a=10) for j in rest],
            )
            weights = [Polynomial.generator(f"z{i}") for i in tied[1:]]
            last = 1 - sum(weights, Fraction(0))
            row = [Fraction(0)] * 11
            for i, weight in zip(tied, [last, *weights], strict=True):
                row[i] = weight
            pieces.append(
                SimpleNamespace(alpha=len(pieces) + 1, dimension=11 - k, polyhedron=p,
                                parts=(p,), condition_text=condition_text(p), condition_latex=condition_latex(p), rows=(tuple(row),), gradient_rows=(tuple(row[1:]),), is_curved=False, prepare=lambda: None)
            )  # fmt: skip
    start = time.perf_counter()
    text = str(pieces_table(pieces))
    elapsed = time.perf_counter() - start
    assert len(pieces) == 1023 and "x1 = x2 > max(" in text
    assert elapsed < 4  # 0.5 s here; the margin is for slow machines
