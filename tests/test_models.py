"""Linear and mixed-integer models against mt.infimum, brute force over the choices, and solvers.

HiGHS, Pyomo and CVXPY are asked where they are installed.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import islice, product

import pytest
import sympy
from functions_with_ties import random_function
from generators import convex_functions, functions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.models.exact_programs import Rows, minimum_with_fixed
from piecewise_mt.exact.simplex import Farkas, maximize

x, y, z = mt.variables("x y z")
FORMULATIONS = ("big-M", "convex hull")
SQUARE = {x: (-1, 2), y: (-2, 1)}
third = Fraction(1, 3)


def scalar(f):
    return f if f.shape == () else f.ravel()[0].on(*f.variables)


def domain_of(f, rng):
    return {v.name: (rng.choice((-2, -1, 0)), rng.choice((0, 1, 2))) for v in f.variables}


def values_at(model, point):
    """Least and largest value of the model at a point, over all choices, by exact programs."""
    found = []
    for choice in product((0, 1), repeat=len(model.integers)):
        rows = Rows.of(model, dict(zip(model.integers, choice)))
        width = len(rows.free) + 1
        pins = []
        for j, v in enumerate(point):
            row = [0] * width
            row[0], row[1 + rows.free.index(j)] = -Fraction(v).numerator, Fraction(v).denominator
            pins.append(row)
        for sign in (1, -1):
            goal = [sign * c for c in rows.objective]
            answer = maximize(goal, [*rows.equations, *pins], rows.inequalities)
            if not isinstance(answer, Farkas):
                found.append(-sign * answer.value)
    return min(found), max(found)


NODES = {
    "relu": mt.relu(x - y) - mt.relu(x),
    "abs": abs(x) - 2 * abs(y + x),
    "clip": mt.clip(x - y, -1, "1/2"),
    "breaks": mt.piecewise_linear(x + y, [-1, 0, 1], [0, 1, -1, "1/2"]),
    "max": mt.max(x, y, x, 0) - x,
    "min": mt.min(x, x + y, third),
    "kth": mt.kth([x, y, x, x + y], 2),
    "median": mt.median([x, y, 0]),
    "where": mt.where(x > y, x, y) - x,
    "where with free sides": mt.where(mt.relu(x) > 0, x, 0),
    "where with a tie of another kind": mt.where(abs(x) <= 0, 5 * x, 2 * x),
    "apply": mt.apply(
        mt.Representation("t", [("t < 0", "0"), ("t = 0", "5*t"), ("t > 0", "t")]), x - y
    ),
    "constant": 0 * x + mt.relu(0 * y - 1) + third + 0 * y,
    "deep": mt.relu(mt.max(x, -y) - mt.relu(x + y) - third),
    "equal nodes": mt.relu(x) + mt.relu(x, at_zero=0) - mt.relu(y - 1),
}


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("name", NODES)
def test_every_choice_gives_the_value_of_the_function(name, formulation):
    f = NODES[name].on(x, y)
    model = f.to_milp(SQUARE, formulation=formulation)
    points = [(0, 0), (1, 1), (-1, -2), (2, Fraction(-1, 3)), (Fraction(-1, 2), 1)]
    # 2^n choices: fewer points of the largest, and branch and bound below has them all
    count = {0: 5, 1: 5, 2: 5, 3: 5, 4: 3, 5: 2, 6: 1, 7: 1, 8: 1}.get(len(model.integers), 0)
    for point in points[:count]:
        assert values_at(model, point) == (f.value(point),) * 2, point


@pytest.mark.parametrize(
    "formulation, bounds",
    [("big-M", "interval"), ("big-M", "relaxation"), ("convex hull", "interval")],
)
@pytest.mark.parametrize("name", NODES)
def test_exact_branch_and_bound_finds_the_infimum(name, formulation, bounds):
    f = NODES[name].on(x, y)
    for own in (f, -f):
        solution = own.to_milp(SQUARE, formulation=formulation, bounds=bounds).solve("exact")
        assert solution.value == mt.infimum(own, SQUARE)
        assert solution.is_optimal and solution and solution.verify()
        assert own.value(solution.point) == solution.value


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(functions(max_layers=2, scalar=True), st.sampled_from(FORMULATIONS), st.data())
def test_random_networks(f, formulation, data):
    f = scalar(f)
    ends = st.sampled_from([(-1, 1), (0, 2), (1, 1), (Fraction(-1, 3), Fraction(2, 7))])
    domain = {v.name: data.draw(ends) for v in f.variables}
    model = f.to_milp(domain, formulation=formulation)
    assume(len(model.integers) <= 12)
    solution = model.solve("exact")
    assert solution.value == mt.infimum(f, domain) and solution.verify()


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_domains_of_all_kinds(formulation):
    f = mt.max(x, y) - mt.relu(x + y)
    for domain in ("x >= 0, y >= 0, x + y <= 1", "x = y, -1 <= x <= 2", "x = 1, y = third",
                   "0 < x < 1, -1 < y <= x", "x = 0, y = 0"):  # fmt: skip
        domain = domain.replace("third", "1/3")
        solution = f.to_milp(domain, formulation=formulation).solve("exact")
        assert solution.value == mt.infimum(f, domain) and solution.verify()


def test_a_jump_at_an_open_end_of_the_domain_stays_outside():
    f = mt.where(x > 0, x + 1, 0 * x)
    assert f.to_milp("0 < x <= 1").solve("exact").value == mt.infimum(f, "0 < x <= 1") == 1
    with pytest.raises(mt.NotContinuous):
        f.to_milp("0 <= x <= 1")


def test_relu_has_the_rows_of_the_literature():
    # y ≥ 0, y ≥ z, y ≤ u·b, y ≤ z - l·(1 - b) with -1 ≤ z ≤ 2
    text = (mt.relu(x) - 2 * mt.relu(x)).to_milp({x: (-1, 2)}).to_lp_text()
    for row in ("- x + u1 >= 0", "- u1 + 2 b1 >= 0", "x - u1 - b1 >= -1", "0 <= u1 <= 2"):
        assert row in text


def test_stable_nodes_take_no_choice():
    f = mt.relu(x + 2) + mt.relu(x - 2) + mt.max(x, 3, y) + mt.kth([x, x, x], 2) - abs(y + 2)
    model = f.to_milp(SQUARE)
    assert not model.is_mixed_integer
    assert model.solve("exact").value == mt.infimum(f, SQUARE)


def test_convex_hulls_are_as_tight_as_a_node_allows():
    # the relaxation of the hull of one node has the integers' own minimum; big M has not
    f = mt.piecewise_linear(x, [-1, 0, 1], [0, 1, -1, "1/2"])
    for sign in (1, -1):
        own = sign * f
        values = []
        for formulation in FORMULATIONS:
            model = own.to_milp({x: (-2, 3)}, formulation=formulation)
            rows = Rows.of(model, {})
            values.append(-rows.solve().value)
        assert values[1] == mt.infimum(own, {x: (-2, 3)}) >= values[0]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(convex_functions(), st.booleans())
def test_linear_programs_of_convex_functions(pair, negated):
    f, domain = pair
    try:
        model = f.to_lp(domain)
    except mt.Unsupported:
        return
    solution = model.solve("exact")
    assert not model.is_mixed_integer
    assert solution.value == mt.infimum(f, domain) and solution.verify() and solution.is_optimal


def test_convexity_that_no_node_shows_is_proved():
    f = mt.relu(x) - mt.relu(-x) + abs(x)  # max(0, 2x), by a concave part and two convex ones
    model = f.to_lp()
    assert model.solve("exact").value == 0
    assert [row.terms for row in model.rows] == [((1, 1),), ((0, -2), (1, 1))]
    with pytest.raises(mt.PiecewiseError, match="expected a convex function for a linear program"):
        (abs(x) - abs(y)).to_lp()
    # convex on a part of the space
    assert (abs(x) - abs(y)).to_lp("y >= 1, x + 2*y <= 4").solve("exact").value == -2 - 0
    assert mt.min(-mt.max(x, y), 0).to_milp(SQUARE).solve("exact").value == -2
    # a concave node with a negative sign is convex: no enumeration
    big = sum(mt.max(*(mt.variable(f"v{i}") * (i + k) for i in range(12))) for k in range(12))
    model = (big - mt.min(*(mt.variable(f"v{i}") for i in range(12)))).to_lp()
    assert model.counts["rows"] == 12 * 12 + 12 + 1


@pytest.mark.parametrize(
    "domain", ["x = y", "y = 1, x > 0", "x = 2*y, 0 <= y", "x = 3, y = 1", "x = y + 1, y <= -2"]
)
def test_functions_that_are_convex_on_a_flat_domain(domain):
    f = abs(x) - abs(y)
    solution = f.to_lp(domain).solve("exact")
    assert solution.value == mt.infimum(f, domain) and solution.verify()


def test_a_function_that_is_not_convex_on_a_flat_domain():
    with pytest.raises(mt.PiecewiseError, match="where x = 1, y > -2, as from -1/2 to 1/2"):
        (abs(x) - abs(y)).to_lp("x = 1, y > -2")


def test_unbounded_linear_programs_have_a_ray():
    solution = (x + mt.relu(y)).to_lp("y >= x").solve("exact")
    assert solution.value == -sympy.oo == mt.infimum(x + mt.relu(y), "y >= x")
    assert solution.verify() and solution.is_optimal and "falling from" in str(solution)


def test_refusals():
    with pytest.raises(mt.PiecewiseError, match="without upper bound of y"):
        mt.max(x, y).to_milp("0 <= x <= 1, y >= 0")
    with pytest.raises(mt.PiecewiseError, match="without lower bound of x"):
        mt.relu(x).to_milp()
    with pytest.raises(mt.OutsideDomain):
        mt.relu(x).to_milp("x > 1, x < 0")
    with pytest.raises(mt.OutsideDomain):
        mt.relu(x).to_lp("x > 1, x < 0")
    with pytest.raises(mt.ShapeError, match="expected a scalar function to minimise"):
        mt.stack([x, y]).to_milp(SQUARE)
    with pytest.raises(mt.Unsupported, match="expected a piecewise linear function"):
        mt.exp(x).to_lp()
    with pytest.raises(mt.PiecewiseError, match="expected the formulation"):
        x.to_milp({x: (0, 1)}, formulation="ideal")
    with pytest.raises(mt.PiecewiseError, match="expected bounds by"):
        x.to_milp({x: (0, 1)}, bounds="guess")
    with pytest.raises(mt.TooManyPieces, match="alternatives of a node"):
        v = mt.vector("v", 12)
        mt.median(v).to_milp({f"v{i}": (0, 1) for i in range(1, 13)}, formulation="convex hull")
    model = mt.relu(x).to_milp({x: (-1, 1)})
    for bad in ({"solver": "simplex"}, {"solver": "exact", "proof": "hope"}):
        with pytest.raises(mt.PiecewiseError, match="expected the "):
            model.solve(**bad)
    with pytest.raises(mt.Undecided, match="at most 1 nodes"):
        NODES["kth"].on(x, y).to_milp(SQUARE).solve("exact", max_nodes=1)
    with pytest.raises(mt.PiecewiseError, match="ends in .lp or .mps"):
        model.write("model.txt")


def test_names_that_the_lp_format_does_not_allow():
    e1, st_, value, u1 = mt.variables("e1 st value u1")
    f = mt.max(e1, st_, value, u1) + mt.relu(e1 - u1)
    model = f.to_milp({v.name: (0, 1) for v in f.variables})
    names = [column.name for column in model.columns]
    assert len(set(names)) == len(names)
    assert names[:5] == ["x_e1", "x_st", "u1", "value", "value_1"]
    assert "\\ x_e1 is e1" in model.to_lp_text()
    assert model.solve("exact").value == mt.infimum(f, {v.name: (0, 1) for v in f.variables})


def test_numbers_without_a_decimal_text_are_in_rows_of_integers():
    model = mt.relu(x * third).to_milp({x: (-third, Fraction(22, 7))})
    text = model.to_lp_text()
    assert " r1: 3 x >= -1" in text and " r2: - 7 x >= -22" in text and "-1 <= x <= 4" in text
    assert not model.is_feasible([Fraction(-1, 2), 0, 0, 0])
    # a dyadic number is a decimal
    assert "-0.125 <= x <= 0.75" in x.to_milp({x: ("-1/8", "3/4")}).to_lp_text()


def test_a_wrong_proof_is_no_proof():
    from dataclasses import replace

    solution = (mt.relu(x) - abs(x - third)).to_milp({x: (-1, 1)}).solve("exact")
    assert solution.verify()
    tree = solution.proof
    assert not replace(solution, proof=replace(tree, leaves=tree.leaves[1:])).verify()
    assert not replace(solution, proof=replace(tree, bound=tree.bound - 1)).verify()
    assert not replace(solution, value=solution.value + 1).verify()
    leaf = replace(
        tree.leaves[0],
        multipliers=tuple(tuple(2 * m for m in part) for part in tree.leaves[0].multipliers),
    )
    assert not replace(solution, proof=replace(tree, leaves=(leaf, *tree.leaves[1:]))).verify()


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("name", ["abs", "max", "kth", "deep", "where"])
def test_fixed_integers_by_elimination_and_by_the_whole_program(name, formulation):
    for domain in (SQUARE, "x = 0, y = 0", "x = y, 0 <= x <= 1"):
        model = NODES[name].on(x, y).to_milp(domain, formulation=formulation)
        for choice in islice(product((0, 1), repeat=len(model.integers)), 16):
            fixed = dict(zip(model.integers, choice))
            answer = Rows.of(model, fixed).solve()
            values = minimum_with_fixed(model, fixed)
            if isinstance(answer, Farkas):
                assert values is None
            else:
                assert model.is_feasible(values) and values[model.objective] == -answer.value


# -- solvers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_highs_finds_the_infimum_of_random_functions(seed):
    pytest.importorskip("highspy")
    rng = random.Random(seed)
    f = scalar(random_function(rng))
    domain = domain_of(f, rng)
    lowest = mt.infimum(f, domain)
    for formulation in FORMULATIONS:
        solution = f.to_milp(domain, formulation=formulation).solve()
        assert solution.value == lowest and solution.is_optimal and solution.verify()
        if solution.model.is_mixed_integer:
            assert solution.proved_by == "infimum"
            assert abs(solution.solver_value - float(lowest)) < 1e-6


def test_what_is_not_proved_is_said():
    pytest.importorskip("highspy")
    model = (mt.relu(x) - abs(x - third)).to_milp({x: (-1, 1)})
    bare = model.solve(proof=None)
    assert bare.lower_bound is None and not bare.is_optimal and not bare and bare.verify()
    assert "no proved lower bound" in str(bare) and bare.proved_by == "nothing"
    tree = model.solve(proof="branch and bound")
    assert tree.is_optimal and tree.verify() and tree.value == bare.value == Fraction(-4, 3)


@pytest.mark.parametrize("ending", ["lp", "mps"])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_texts_are_read_back(ending, formulation, tmp_path):
    highspy = pytest.importorskip("highspy")
    for f in (NODES["deep"], NODES["kth"], NODES["breaks"], NODES["constant"]):
        f = f.on(x, y)
        domain = {x: (-third, 2), y: (-2, "1/2")}
        model = f.to_milp(domain, formulation=formulation)
        path = tmp_path / f"model.{ending}"
        model.write(path)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
        program = solver.getLp()
        assert program.num_row_ == len(model.rows) and program.num_col_ == len(model.columns)
        solver.run()
        found = solver.getInfo().objective_function_value
        assert abs(found - float(mt.infimum(f, domain))) < 1e-6
        by_name = {name: j for j, name in enumerate(program.col_names_)}
        inf = highspy.kHighsInf
        for column in model.columns:
            j = by_name[column.name]
            low = -inf if column.lower is None else float(column.lower)
            high = inf if column.upper is None else float(column.upper)
            assert (program.col_lower_[j], program.col_upper_[j]) == (low, high)


def test_pyomo_and_cvxpy_have_the_same_minimum():
    f = mt.max(x, y) - mt.relu(x + y - third) + mt.median([x, y, 0])
    lowest = float(mt.infimum(f, SQUARE))
    model = f.to_milp(SQUARE)
    seen = 0
    pytest.importorskip("highspy")
    try:
        import pyomo.environ as pyo
    except ImportError:
        pass
    else:
        made = model.to_pyomo()
        pyo.SolverFactory("appsi_highs").solve(made)
        assert abs(pyo.value(made.obj) - lowest) < 1e-6
        seen += 1
    try:
        import cvxpy
    except ImportError:
        pass
    else:
        problem = model.to_cvxpy()
        assert abs(problem.solve(solver=cvxpy.HIGHS) - lowest) < 1e-6
        seen += 1
    if not seen:
        pytest.skip("neither Pyomo nor CVXPY is installed")


@pytest.mark.parametrize(
    "package, method",
    [("highspy", "to_highs"), ("pyomo.environ", "to_pyomo"), ("cvxpy", "to_cvxpy")],
)
def test_what_is_not_installed_is_named(package, method, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, package, None)
    extra = {"highspy": "highs"}.get(package, package.split(".")[0])
    with pytest.raises(mt.Unsupported, match=rf"pip install piecewise_mt\[{extra}\]"):
        getattr(mt.relu(x).to_lp(), method)()


def test_how_a_model_is_shown():
    model = mt.relu(x).to_milp({x: (-1, 2)})
    assert repr(model) == "mixed-integer program (big-M): 4 columns (1 integer), 4 rows"
    assert "which side of relu(x)" in str(model.table())
    told = [line.strip() for line in str(model.table()).splitlines()]
    assert sum(line.endswith((">= 0", "= 0")) for line in told) == len(model.rows) == 4
    assert model.table().to_latex() and model.table().to_html()
