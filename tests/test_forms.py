"""Other forms of piecewise linear functions against published examples, bounds and brute force.

``PIECEWISE_MT_FORMS=500`` makes the round trips on so many random functions; a few by default.
"""

from __future__ import annotations

import copy
import os
import pickle
import random
import shutil
import subprocess
from fractions import Fraction
from itertools import combinations, product
from math import ceil, comb, log2

import pytest
import sympy
from functions_with_ties import random_function
from generators import functions
from hypothesis import HealthCheck, given, settings

import piecewise_mt as mt
from piecewise_mt.calculus.forms.base import Minimality
from piecewise_mt.calculus.forms.cells import cells_of
from piecewise_mt.calculus.forms.difference import DifferenceForm
from piecewise_mt.calculus.forms.max_min import MaxMinForm

x, y, z = mt.variables("x y z")
x1, x2 = mt.variables("x1 x2")
half = Fraction(1, 2)
COUNT = int(os.environ.get("PIECEWISE_MT_FORMS", "12"))
FORMS = ("to_max_min", "to_difference_of_convex", "to_tropical", "to_abs_normal", "to_relu_network")
PDFLATEX = shutil.which("pdflatex")

OVCHINNIKOV = mt.piecewise_linear(x, [1, 2], [2, -2, "1/2"]) + 1
"""2x + 1 up to 1, 5 - 2x up to 2, x/2 from there on: Figure 1 of the paper."""
HALF_PIPE = mt.max(2 * x2 - 1 - mt.max(x1, 0), 0)
"""Griewank's max(x2² - max(x1, 0), 0), linearised at (1, 1)."""
NAMED = {
    "Ovchinnikov": OVCHINNIKOV,
    "half pipe": HALF_PIPE,
    "abs": abs(x),
    "clip": mt.clip(x, 0, 1),
    "saddle": abs(x) - abs(y),
    "median": mt.median([x, y, 0]),
    "where": mt.where(x > y, x, y) - abs(x - y - 1),
    "outputs": mt.stack([mt.max(x, y), mt.relu(x) - mt.relu(-x), mt.kth([x, y, x + y, 1], 2)]),
}


def every_form(f, domain=None):
    forms = [getattr(f, name)(domain) for name in FORMS]
    return [*forms, f.to_relu_network(domain, shallow=True)]


def plain_values(form, point):
    """The outputs of a form by Fractions alone, from its own numbers."""
    point = list(map(Fraction, point))

    def at(row):
        return row[0] + sum(c * v for c, v in zip(row[1:], point))

    if hasattr(form, "terms"):
        return [max(min(map(at, term)) for term in terms) for terms in form.terms]
    if hasattr(form, "numerators"):
        return [
            max(at((c, *e)) for c, e in p.terms) - max(at((c, *e)) for c, e in q.terms)
            for p, q in zip(form.numerators, form.denominators)
        ]
    if hasattr(form, "g_rows"):
        return [max(map(at, g)) - max(map(at, h)) for g, h in zip(form.g_rows, form.h_rows)]
    if hasattr(form, "Z"):
        vector, switches = sympy.Matrix(point), sympy.zeros(form.switching_variables, 1)
        for i in range(form.switching_variables):
            switches[i] = abs((form.c + form.Z * vector + form.L * switches)[i])
        return list(form.b + form.J * vector + form.Y * switches)
    vector = sympy.Matrix(point)
    for number, (weights, bias) in enumerate(form.layers):
        vector = weights * vector + bias
        if number < form.hidden_layers:
            vector = vector.applyfunc(lambda v: max(v, 0))
    return list(vector)


def values(f, point):
    found = f.value(point)
    return [found] if f.shape == () else list(found)


@pytest.mark.parametrize("seed", range(COUNT))
def test_random_functions_come_back(seed):
    rng = random.Random(seed)
    f = random_function(rng)
    n = len(f.variables)
    points = [[Fraction(rng.randint(-6, 6), rng.choice((1, 2, 3))) for _ in range(n)]
              for _ in range(4)] + [[0] * n]  # fmt: skip
    forms = [getattr(f, name)() for name in FORMS]
    if seed % 10 == 1:  # with the most neurons
        forms.append(f.to_relu_network(shallow=True))
    for form in forms:
        assert form.equal and mt.equal(f, form.expression), form.title
        assert form.expression.shape == f.shape
        for point in points:
            assert plain_values(form, point) == values(f, point), form.title


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(functions(max_layers=2))
def test_layers_of_all_kinds_come_back(f):
    for name in FORMS:
        form = getattr(f, name)()
        assert form.equal and mt.equal(f, form.expression), form.title


@pytest.mark.parametrize("name", NAMED)
def test_named_functions_come_back(name):
    f = NAMED[name]
    for form in every_form(f):
        assert bool(form) and mt.equal(f, form) and mt.difference_set(form, f).is_empty
        assert "proved" in form.table().notes[0] and form._repr_html_().startswith("<table ")
        again = pickle.loads(pickle.dumps(form))
        assert str(again) == str(form) == str(copy.deepcopy(form)) and again.equal


# -- the lattice form -------------------------------------------------------------------------


def test_ovchinnikovs_example_has_his_form():
    # (1) of the paper: f = [g1 ∧ g2] ∨ [g1 ∧ g3]
    g1, g2, g3 = (1, 2), (5, -2), (0, half)
    (terms,) = OVCHINNIKOV.to_max_min().terms
    assert [set(term) for term in terms] == [{g1, g2}, {g1, g3}]


@pytest.mark.parametrize("f", [OVCHINNIKOV, abs(x) - abs(y), mt.median([x, y, 0]), HALF_PIPE])
def test_nothing_can_be_left_out_of_a_minimum(f):
    form = f.to_max_min()
    (terms,) = form.terms
    cells = cells_of(f)
    for i, term in enumerate(terms):
        for row in term if len(term) > 1 else ():
            shorter = tuple(other for other in term if other != row)
            with pytest.raises(mt.PiecewiseError, match="got another value at"):
                MaxMinForm(cells, [(*terms[:i], shorter, *terms[i + 1 :])], True)


@pytest.mark.parametrize("name", ["clip", "saddle", "median", "half pipe", "where"])
def test_nothing_can_be_left_out_of_a_difference(name):
    form = NAMED[name].to_difference_of_convex()
    cells = cells_of(NAMED[name])
    g, h = form.g_rows[0], form.h_rows[0]
    shorter = [(g[:i] + g[i + 1 :], h) for i in range(len(g)) if len(g) > 1]
    shorter += [(g, h[:i] + h[i + 1 :]) for i in range(len(h)) if len(h) > 1]
    for pair in shorter:
        with pytest.raises(mt.PiecewiseError, match="got another value at"):
            DifferenceForm(cells, [pair], True)


def test_convex_functions_are_as_short_as_can_be():
    # 5 of 7 functions are the maximum somewhere; the others touch it or are below
    f = mt.max(x, -x, y, -y, 0, (x + y) / 2, 1)
    form = f.to_max_min()
    assert form.is_minimal and form.minimality and len(form.terms[0]) == mt.linear_pieces(f) == 5
    assert all(len(term) == 1 for term in form.terms[0])
    (term,) = (-f).to_max_min().terms[0]
    assert (-f).to_max_min().is_minimal and len(term) == 5
    difference = f.to_difference_of_convex()
    assert difference.is_minimal and len(difference.g_rows[0]) == 5
    assert difference.h_rows == (((0, 0, 0),),)


def test_a_wrong_form_is_refuted_at_a_point():
    f = abs(x) - abs(y)
    cells = cells_of(f)
    g, h = (((0, 1, 0), (0, -1, 0)), ((0, 0, 1), (0, 0, -1)))
    rows = [tuple(tuple(map(Fraction, row)) for row in part) for part in (g, h)]
    assert DifferenceForm(cells, [tuple(rows)], True).equal
    with pytest.raises(mt.PiecewiseError, match="got another value at"):
        DifferenceForm(cells, [(rows[0], rows[1][:1])], True)
    with pytest.raises(mt.PiecewiseError, match="got another value at"):
        DifferenceForm(
            cells, [(rows[0], (*rows[1], (Fraction(1), Fraction(0), Fraction(0))))], True
        )


# -- differences and tropical quotients -------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_on_a_line_the_difference_has_as_many_functions_as_kinks(seed):
    # Tran and Wang 2024: in one variable the shortest is unique; it has one function more than
    # kinks of each kind
    rng = random.Random(seed)
    slopes = [rng.randint(-3, 3) for _ in range(6)]
    f = mt.piecewise_linear(x, [-2, 0, 1, 3, 4], slopes)
    form = f.to_difference_of_convex()
    up = sum(b > a for a, b in zip(slopes, slopes[1:]))
    down = sum(b < a for a, b in zip(slopes, slopes[1:]))
    assert (len(form.g_rows[0]), len(form.h_rows[0])) == (up + 1, down + 1)
    assert form.is_minimal


def test_order_statistics_are_differences_of_sums_of_the_largest():
    # the m-th largest is the sum of the m largest less that of the m - 1 largest
    v = mt.vector("v", 4)
    for m in range(1, 5):
        form = mt.kth(v, 5 - m).to_difference_of_convex()
        size = (len(form.g_rows[0]), len(form.h_rows[0]))
        assert sum(size) <= comb(4, m) + comb(4, m - 1) and form.equal


@pytest.mark.parametrize("hinges", [2, 3, 4])
def test_newton_polytope_of_a_sum_of_hinges_is_a_zonotope(hinges):
    # the Minkowski sum of k segments in the plane, no two of them parallel, has 2k vertices
    f = sum(mt.relu(x + k * y + k * k) for k in range(1, hinges)) + mt.relu(x)
    form = f.to_tropical()
    assert len(form.numerator.newton_vertices) == 2 * hinges
    assert form.numerator.newton_vertices[0] == (0, 0) and form.degree_denominator == 1
    # an arrangement of k lines in general position has 1 + k + C(k, 2) cells
    assert len(form.numerator.terms) == mt.linear_pieces(f) <= 1 + hinges + comb(hinges, 2)


def test_newton_vertices_against_all_directions():
    form = (mt.norm1(mt.stack([x, y])) + mt.max(x, 0, x + y)).to_tropical()
    exponents = [e for _, e in form.numerator.terms]
    extreme = set()
    for d in product(range(-7, 8), repeat=2):
        best = max(a * d[0] + b * d[1] for a, b in exponents)
        top = {e for e in exponents if e[0] * d[0] + e[1] * d[1] == best}
        extreme |= top if len(top) == 1 else set()
    assert set(form.numerator.newton_vertices) == extreme


def test_tropical_text():
    form = (mt.max(x / 2 - 1, 3) - mt.relu(-y)).to_tropical()
    assert str(form) == "(3 ⊕ (-1)⊗x^(1/2)) ⊘ (y^(-1) ⊕ 0)" and form.degree_denominator == 2
    assert form.to_latex() == (
        r"\left(3 \oplus (-1) \otimes x^{\frac{1}{2}}\right) \oslash \left(y^{-1} \oplus 0\right)"
    )


# -- abs-normal form --------------------------------------------------------------------------


def test_half_pipe_by_griewanks_rule():
    # max(u, v) = (u + v + |u - v|)/2 by hand: z1 = x1, z2 = 2 x2 - 1 - (x1 + |z1|)/2
    form = HALF_PIPE.to_abs_normal()
    assert form.c == sympy.Matrix([0, -1])
    assert form.Z == sympy.Matrix([[1, 0], [-half, 2]])
    assert form.L == sympy.Matrix([[0, 0], [-half, 0]])
    assert form.b == sympy.Matrix([-half])
    assert form.J == sympy.Matrix([[-half / 2, 1]])
    assert form.Y == sympy.Matrix([[-half / 2, half]])


def test_chained_lq_as_adol_c_has_it():
    # Σ max(u, u + xᵢ² + xᵢ₊₁² - 1), u = -xᵢ - xᵢ₊₁, linearised at (-1/2, -1/2, -1/2): the numbers
    # that ADOL-C (Walther, Griewank) gives in the tests of ADOLC.jl; z may have the other sign
    v = mt.vector("v", 3)
    f = sum(mt.max(-a - b, -a - b - (a + b) - Fraction(3, 2)) for a, b in [v[:2], v[1:]])
    form = f.to_abs_normal()
    assert form.J == sympy.Matrix([[-3 * half, -3, -3 * half]])
    assert form.Y == sympy.Matrix([[half, half]]) and form.L == sympy.zeros(2, 2)
    assert [form.Z.row(i) for i in (0, 1)] in (
        [sympy.Matrix([[s, s, 0]]), sympy.Matrix([[0, t, t]])] for s in (1, -1) for t in (1, -1)
    )


def test_maxima_as_published():
    # Streubel, Griewank, Radons, Bernt 2014: max(x, y) = (x + y + |x - y|)/2 and
    # max(x, y, z) = max(max(x, y), z)
    two = mt.max(x, y).to_abs_normal()
    assert (two.Z, two.J, two.Y) == (
        sympy.Matrix([[1, -1]]), sympy.Matrix([[half, half]]), sympy.Matrix([[half]])
    )  # fmt: skip
    three = mt.max(x, y, z).to_abs_normal()
    assert three.Z.row(1) == sympy.Matrix([[half, half, -1]]) and three.L[1, 0] == half
    assert (three.switching_variables, three.switching_depth) == (2, 2)


def test_multiples_are_one_switching_variable():
    form = (abs(2 * x - 2) + mt.relu(1 - x) - mt.max(3 * x, 3)).to_abs_normal()
    assert form.switching_variables == 1 and form.is_minimal
    gone = (mt.relu(x) - mt.relu(-x)).to_abs_normal()
    assert gone.switching_variables == 0 and str(gone) == "f = x" and gone.L.shape == (0, 0)


@pytest.mark.parametrize("seed", range(6))
def test_switching_depth_is_the_index_of_nilpotency(seed):
    form = random_function(random.Random(100 + seed)).to_abs_normal()
    assert form.L.is_lower and all(form.L[i, i] == 0 for i in range(form.L.rows))
    ones = form.L.applyfunc(lambda c: int(c != 0))
    depth = form.switching_depth
    if depth:
        assert ones**depth == sympy.zeros(*ones.shape)
        assert depth == 1 or ones ** (depth - 1) != sympy.zeros(*ones.shape)


# -- ReLU networks ----------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 9))
def test_maximum_of_zero_and_n_variables_has_the_depth_of_arora_and_others(n):
    # ⌈log2(n + 1)⌉ hidden layers; for n = 4 that is one more than the least (Bakaev, Brunck,
    # Hertrich, Stade, Yehudayoff, "Better neural network expressivity", 2025)
    v = mt.vector("v", n)
    form = mt.max(0, *v).to_relu_network(prove=n < 5)
    assert form.hidden_layers == ceil(log2(n + 1))
    if n < 5:
        assert form.equal


@pytest.mark.parametrize("seed", range(10))
def test_one_variable_has_p_neurons_or_one_less(seed):
    # Arora and others 2018, Theorem 2.2: p pieces take p neurons at most, and p - 1 at least;
    # all orientations of p - 1 neurons by brute force
    rng = random.Random(seed)
    slopes = [rng.randint(-2, 2) for _ in range(rng.randint(2, 5))]
    f = mt.piecewise_linear(x, range(len(slopes) - 1), slopes) + rng.randint(0, 2)
    form = f.to_relu_network()
    bends = [b - a for a, b in zip(slopes, slopes[1:]) if a != b]
    p = mt.linear_pieces(f)
    if not bends:
        assert form.hidden_layers == 0
        return
    possible = any(sum(some) == -slopes[0] for r in range(p) for some in combinations(bends, r))
    assert form.widths == (p - 1 if possible else p,) and form.is_minimal


def test_shallow_networks_keep_the_bound_on_layers():
    deep = mt.max(mt.relu(mt.relu(x) - y) - mt.relu(y), mt.min(x, abs(y) - 1), 0) - abs(x + y)
    own, shallow = deep.to_relu_network(), deep.to_relu_network(shallow=True)
    assert own.hidden_layers > shallow.hidden_layers == 2 and shallow.equal
    # a maximum of four in two variables is one of three at most: two layers, not with more
    assert mt.norm_inf(mt.stack([x, y])).to_relu_network(shallow=True).hidden_layers <= 2


def test_sawtooth_is_deep_where_that_is_smaller():
    # 2^k teeth take 2^k neurons or one more in one layer (Arora and others), and a multiple of k
    # if they are composed (M. Telgarsky, "Benefits of depth in neural networks", 2016)
    tooth, sizes = x, []
    for k in range(1, 7):
        tooth = 1 - abs(1 - 2 * mt.clip(tooth, 0, 1))
        form, flat = tooth.to_relu_network(), tooth.to_relu_network(shallow=True)
        assert flat.hidden_layers == 1 and flat.size == mt.linear_pieces(tooth) - 1 == 2**k + 1
        assert form.size == min(flat.size, 5 * k) and form.equal
        sizes.append(form.hidden_layers)
    assert sizes == [1, 1, 1, 1, 10, 12]


@pytest.mark.parametrize(
    ("f", "switches"),
    [
        (mt.where(x > y, x, y), 1),
        (mt.where(x <= y, 2 * x, x + y), 1),
        (mt.where(x >= 0, abs(x) + y, y - x), 1),
        (mt.where(x > y, x, x) + mt.where(x - x > 0, y, 0 * y), 0),
        (mt.where(x > y, mt.max(x, y), y), 1),  # by its lattice form
    ],
)
def test_where_is_a_maximum_if_its_sides_differ_by_its_condition(f, switches):
    forms = every_form(f)
    assert forms[3].switching_variables == switches
    assert all(mt.equal(f, form.expression) for form in forms)


def test_layers_are_those_of_the_expression():
    form = mt.stack([HALF_PIPE, abs(x1)]).to_relu_network()
    shapes = [weights.shape for weights, _ in form.layers]
    assert [rows for rows, _ in shapes] == [*form.widths, 2]
    assert [columns for _, columns in shapes] == [2, *form.widths]
    assert form.size == sum(form.widths) and isinstance(form.minimality, Minimality)


def test_layers_in_pytorch_are_the_function():
    torch = pytest.importorskip("torch")
    for f in (HALF_PIPE, NAMED["median"], NAMED["where"], mt.stack([abs(x) - y, mt.max(x, y, 1)])):
        modules = []
        for weights, bias in f.to_relu_network().layers:
            linear = torch.nn.Linear(weights.cols, weights.rows)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weights.tolist(), dtype=torch.float64))
                linear.bias.copy_(torch.tensor(list(map(float, bias))))
            modules += [linear, torch.nn.ReLU()]
        back = mt.from_torch(torch.nn.Sequential(*modules[:-1]), (len(f.variables),))
        assert mt.equal(back(*f.variables).ravel(), f.ravel())


def test_large_networks_are_converted_without_a_proof():
    v = mt.vector("v", 40)
    weights = [[(i * j) % 7 - 3 for i in range(40)] for j in range(12)]
    f = mt.max(mt.relu(mt.affine(weights, v, [1] * 12)))
    for form in (f.to_abs_normal(prove=False), f.to_relu_network(prove=False)):
        assert "not asked" in form.table().notes[0]
        point = [(-1) ** i * i for i in range(40)]
        assert plain_values(form, point) == values(f, point)
    small = mt.max(x, y).to_abs_normal(prove=False)
    assert small.equal and "proved" in small.table().notes[0]


# -- domains, shapes, refusals ----------------------------------------------------------------


@pytest.mark.parametrize("domain", ["x > y", {"x": (0, 1), "y": (0, 2)}, "x + y <= 3, y < 1"])
def test_on_a_domain(domain):
    f = abs(x - y) - abs(x + y) + mt.where(x + 5 * y > -100, 0, 0 * x)
    for form in every_form(f, domain):
        assert form.equal and mt.difference_set(f, form.expression, domain).is_empty
        assert "where" in form.table().notes[0]


def test_a_domain_may_make_it_shorter_and_leave_jumps_outside():
    assert str((abs(x) + abs(y)).to_max_min({"x": (0, 1)})) == "max(x - y, x + y)"
    jumps = mt.where(x > 0, x, -1 + 0 * x)
    assert [str(form).split(" = ")[-1] for form in every_form(jumps, "x > 0")] == ["x"] * 6
    with pytest.raises(mt.NotContinuous):
        jumps.to_max_min()


def test_shape_and_order_of_variables():
    f = mt.max(2 * x, y, 1).on(y, x)
    square = mt.relu(mt.vector("v", 4)).reshape(2, 2)
    for form, grid in zip(every_form(f), every_form(square)):
        assert [v.name for v in form.expression.variables] == ["y", "x"]
        assert grid.expression.shape == (2, 2) and mt.equal(square, grid.expression)
    assert f.to_max_min().terms == (((( 0, 0, 2),), ((0, 1, 0),), ((1, 0, 0),)),)  # fmt: skip


@pytest.mark.parametrize(
    ("f", "kind", "message"),
    [
        (mt.exp(mt.relu(x)), mt.Unsupported, "expected a piecewise linear function .* exp"),
        (abs(x * y), mt.Unsupported, r"expected a piecewise linear function .* x\*y"),
        (mt.relu(sympy.sqrt(2) * x), mt.Unsupported, "expected rational coefficients"),
        (mt.relu(mt.parameter("w") * x), mt.Unsupported, "without parameters here, got one with w"),
        (mt.vector("v", 3)[:0], mt.ShapeError, "expected at least one output"),
        (mt.relu(x).subs({x: 1}), mt.PiecewiseError, "at least one variable"),
    ],
)
def test_what_is_refused(f, kind, message):
    for name in FORMS:
        with pytest.raises(kind, match=message):
            getattr(f, name)()


@pytest.mark.parametrize("name", FORMS)
def test_refused_domains(name):
    for domain, message in [("x = y", "no interior"), ("x > 1, x < 0", "at least one point")]:
        with pytest.raises(mt.PiecewiseError, match=message):
            getattr(abs(x) - abs(y), name)(domain)


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex; Debian has it in texlive-latex-extra")
def test_latex_compiles(tmp_path):
    body = []
    for f in NAMED.values():
        for form in every_form(f):
            body += [rf"\[ {form.to_latex()} \]", form.table().to_latex()]
    preamble = r"\documentclass{article}\usepackage{amsmath, amssymb, booktabs, longtable}"
    source = "\n".join([preamble, r"\begin{document}", *body, r"\end{document}"])
    (tmp_path / "forms.tex").write_text(source, encoding="ascii")
    done = subprocess.run(
        [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "forms.tex"],
        cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
