"""Representations whose pieces are semialgebraic: formulas, gradients, regular and singular parts.

The worked cases of ``data/semialgebraic_cases.json`` give conditions, formulas and gradients.
"""

import json
import pickle
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.semialgebraic.manifolds import refined
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

CASES = json.loads((Path(__file__).parent / "data" / "semialgebraic_cases.json").read_text())
BY_NAME = {case["name"]: case for case in CASES if not case["domain"]}


def expression(text, names):
    """A formula of the data in real symbols; other letters are tie parameters."""
    real = {name: sympy.Symbol(name, real=True) for name in names}
    return sympy.sympify(text.replace("^", "**"), locals=real)


def holds(condition, names, point):
    at = dict(zip((sympy.Symbol(name, real=True) for name in names), point, strict=True))
    for part in condition.split(" and "):
        left, relation, right = part.rsplit(" ", 2)
        value = sympy.simplify((expression(left, names) - sympy.Integer(right)).xreplace(at))
        if not {"<": value < 0, "=": sympy.Eq(value, 0), ">": value > 0}[relation]:
            return False
    return True


def same_parameters(own, names):
    """Tie parameters by the order in which they are numbered, as the data number others."""
    found = sorted(own.free_symbols - {sympy.Symbol(n, real=True) for n in names}, key=str)
    return found


@pytest.mark.parametrize("name", [name for name, case in BY_NAME.items() if case["strata"]])
def test_the_worked_cases_have_these_formulas_and_gradients(name):
    case = BY_NAME[name]
    names = case["variables"]
    rep = mt.parse(case["input"]).on(*(mt.variable(n) for n in names)).represent()
    assert len(rep) == len(case["strata"])
    for dimension, condition, formula, gradient in case["strata"]:
        (piece,) = [p for p in rep if holds(condition, names, p.witness)]
        assert piece.dimension == dimension
        hull = piece.hull
        own = [piece.formula, *piece.gradient]
        expected = [expression(text, names) for text in (formula, *gradient)]
        # the data's tie parameters are plain symbols
        plain = {z: sympy.Symbol(z.name) for e in own for z in same_parameters(e, names)}
        for found, text in zip(own, expected, strict=True):
            difference = sympy.expand(found.xreplace(plain) - text)
            reduced = hull.restricted(difference) if difference.free_symbols else difference
            if name == "c24" and piece.dimension == 0:  # one point: all that vanishes there is 0
                reduced = reduced.subs(dict(zip(rep.symbols, piece.witness, strict=True)))
            assert reduced == 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_piece_at_a_point_has_the_value_and_the_gradient_of_the_function(data):
    case = data.draw(st.sampled_from([c for c in BY_NAME.values() if len(c["variables"]) <= 4]))
    names = case["variables"]
    f = mt.parse(case["input"]).on(*(mt.variable(n) for n in names))
    rep = REPRESENTED.setdefault(case["name"], None) or f.represent()
    REPRESENTED[case["name"]] = rep
    small = st.fractions(min_value=-2, max_value=2, max_denominator=2)
    point = tuple(data.draw(small) for _ in names)
    assert rep.value(point) == f.value(point)
    assert rep.gradient(point) == f.gradient(point)
    (own,) = [p for p in rep if p.set.contains(point)]
    assert own is rep.piece_at(point)
    if own.dimension < len(names):
        assert own.regular.contains(point) != own.singular.contains(point)
    assert own.proof.verify()


REPRESENTED = {}


def test_the_cross_is_singular_at_its_centre_only():
    w, x = mt.variables("w x")
    tie = mt.relu(w * x).represent()[-1]
    assert not tie.singular.contains((0, 1)) and tie.regular.contains((0, 1))
    assert tie.singular.contains((0, 0)) and not tie.regular.contains((0, 0))
    assert str(tie.singular) == "{w = 0, x = 0}"
    with pytest.raises(mt.NotPolyhedral, match=r"\.set"):
        _ = tie.polyhedron


def test_pieces_with_affine_conditions_are_polyhedra():
    x, y = mt.variables("x y")
    rep = (mt.relu(x * y) + abs(x)).represent()
    assert any(str(p.polyhedron) == "x = 0" for p in rep if p.condition_text == "x = 0")
    flat = mt.abs(x).represent()
    assert str(flat[0].regular.polyhedra[0]) == flat[0].condition_text
    assert flat[0].singular.is_empty


def test_values_and_gradients_at_algebraic_points():
    x, y = mt.variables("x y")
    f = abs(x**2 + y**2 - 1)
    rep = f.represent()
    half = sympy.sqrt(2) / 2
    z, real_z = sympy.Symbol("z"), sympy.Symbol("z", real=True)
    for owner in (f, rep):
        assert owner.value((half, half)) == 0
        assert owner.gradient((half, half))[0].subs(real_z, z) == sympy.sqrt(2) * z
        assert owner.value({"x": 2 * half, "y": 0}) == 1
    # the tie of a cubic
    root = sympy.root(2, 3)
    g = mt.relu(x**3 - 2)
    assert g.value((root,)) == 0 and g.represent().piece_at((root,)).dimension == 0
    assert f.value((sympy.pi, 0)) == sympy.pi**2 - 1


def test_tie_rules_join_strata_to_pieces():
    x, y = mt.variables("x y")
    rep = mt.max(x * y, 0, ties="first").represent()
    assert [(p.condition_text, str(p.formula)) for p in rep] == [
        ("x*y >= 0", "x*y"),
        ("x*y < 0", "0"),
    ]
    assert [p.condition_text for p in mt.relu(x * y, at_zero=0).represent()] == [
        "x*y <= 0",
        "x*y > 0",
    ]


def test_pieces_are_written_and_pickled():
    x, y = mt.variables("x y")
    rep = abs(x**2 + y**2 - 1).represent()
    assert r"$x^{2} + y^{2} = 1$" in rep.table().to_latex()
    again = pickle.loads(pickle.dumps(rep))
    assert [p.condition_text for p in again] == [p.condition_text for p in rep]
    assert sympy.Or(*(p.condition for p in rep)).subs({"x": 0}) is not None


def points_of(part):
    return [(Fraction(a, 2), Fraction(b, 2)) for a in range(-6, 7) for b in range(-6, 7)]


@pytest.mark.parametrize(
    "text",
    ["x*y", "x**2 - y**3", "x**2 + y**2", "(x - y)*(x**2 + x*y + y**2)", "x**2*y", "x**2 - y**2*x"],
)
def test_the_parts_of_a_refinement_are_disjoint_and_cover_the_set(text):
    """On a grid: every zero of the polynomial is in one part; there the rank is full."""
    x, y = sympy.symbols("x y", real=True)
    p = sympy.Poly(sympy.sympify(text, locals={"x": x, "y": y}), x, y)
    found = refined(("x", "y"), (({e: int(c) for e, c in p.terms()}, 2),))
    assert not found.undecided
    for point in points_of(found):
        inside = [
            part for part in found.parts if SemialgebraicSet(("x", "y"), part.parts).contains(point)
        ]
        assert len(inside) == (p.eval(point) == 0)
        for part in inside:
            own = [sympy.Poly.from_dict(dict(e), x, y) for e in part.equations]
            assert all(q.eval(point) == 0 for q in own)
            jacobian = sympy.Matrix([[q.diff(v).eval(point) for v in (x, y)] for q in own])
            assert jacobian.rank() == len(own) == 2 - part.dimension


def test_what_the_budget_does_not_decide_is_said():
    x, y = mt.variables("x y")
    f = mt.relu(x**5 + y**5 - x * y + 1) + mt.relu(x**4 - y**4 * x + y - 2) + mt.relu(x * y - 3)
    with pytest.raises(mt.Undecided, match="budget"):
        f.represent(budget=0.01)
    rep = f.represent(budget=0.01, partial=True)
    assert rep.undecided


def test_nodes_that_have_no_value_on_a_curved_piece_are_refused():
    """As on polyhedra: what a formula cancels, or a branch does not read, is still decided."""
    x, y = mt.variables("x y")
    for f in (mt.relu(x * y) / x, mt.relu(x * y - 1) / x, mt.log(mt.relu(x * y))):
        for ask in (f.strata, f.represent):
            with pytest.raises(mt.PiecewiseError, match="expected a C¹ formula"):
                ask()
    f = mt.relu(x * y) / x
    assert [str(p.formula) for p in f.represent("x > 0")] == ["0", "y", "y*z"]
    assert len(mt.log(mt.relu(x * y) + 1).represent()) == 3


def test_irrational_coefficients_of_polynomial_kinks_have_a_remedy_that_works():
    s, x, y = mt.variables("s x y")
    for f in (abs(x**2 - sympy.sqrt(2)), mt.relu(x * y) + mt.relu(sympy.sqrt(2) * x - y)):
        with pytest.raises(mt.NotPolyhedral, match=r"s\*\*2 = 2, s > 0"):
            f.represent()
    rep = mt.max(s * x, y).on(s, x, y).represent("s**2 = 2, s > 0")
    assert [p.dimension for p in rep] == [2, 2, 1]
    assert list(map(str, rep[0].gradient)) == ["x", "s", "0"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-2, 2), min_size=4, max_size=4))
def test_values_at_roots_without_radicals_are_reduced(numbers):
    """Operands that are equal at a tie give no multiple of a free parameter there."""
    x, y = mt.variables("x y")
    a, b, c, d = numbers
    f = mt.max(y, x**2 + a, x**3 + b * x**2 + c * x + d).on(x, y)
    rep = f.represent()
    for piece in rep:
        if piece.dimension == 0:
            value = rep.value(piece.witness)
            assert not value.free_symbols
            assert abs((value - f.value(piece.witness)).evalf(30)) < 1e-20


def test_a_tie_at_a_root_of_a_quartic():
    x, y = mt.variables("x y")
    f = mt.max(-2 * x * (x + 1), y**2 + x, (3 - x - 3 * y) / 2)
    rep = f.represent()
    (point,) = [p.witness for p in rep if p.dimension == 0]
    root = point[0]
    assert root.is_Atom or root.func is sympy.CRootOf
    assert rep.value(point) == sympy.expand(f.value(point)) == -2 * root**2 - 2 * root


def test_what_polyhedra_alone_have_is_refused():
    x, y = mt.variables("x y")
    w = mt.parameter("w")
    own = abs(x * y).represent()
    for ask in (own.merged, lambda: own.entries, lambda: mt.relu(w * x).represent().entries):
        with pytest.raises(mt.Unsupported, match="pieces that are polyhedra"):
            ask()


def test_products_on_a_domain_with_irrational_bounds():
    """The requirements of products on x < sqrt(2) had a TypeError of SymPy."""
    x, y = mt.variables("x y")
    f = x**3 + 3 - x + mt.relu(y)
    for bound in ("x < sqrt(2)", "x <= sqrt(2)", "x > -sqrt(2)", "x < 1"):
        assert len(f.represent(bound)) == 3
    for bound in ("x < sqrt(2)", "y = sqrt(2)*x"):
        with pytest.raises(mt.NotPolyhedral, match=r"sqrt\(2\)"):
            abs(x * y).represent(bound)


def test_pages_have_the_table_of_curved_pieces_and_pictures_say_that_there_is_none():
    x, y = mt.variables("x y")
    rep = abs(x**2 + y**2 - 1).represent()
    page = rep.to_html()
    assert "some pieces are curved" in page and "x**2 + y**2 = 1" in page
    with pytest.raises(mt.Unsupported, match="curved"):
        rep.plot()


@pytest.mark.parametrize(
    "text, domain",
    [
        ("abs(x*y)", None),
        ("abs(x**2 + y**2 - 1) + abs(x - y)", None),
        ("max(x*y, 0, ties=first)", "x**2 + y**2 <= 4"),
        ("relu(x*y) + relu(x)", "x + y > 0"),
    ],
)
def test_tables_of_curved_pieces_come_back_from_json(text, domain):
    f = mt.parse(text)
    rep = f.represent(domain)
    again = mt.Representation.from_json(rep.to_json())
    assert len(again) == len(rep) and str(again.of) == str(f)
    for own, other in zip(rep, again, strict=True):
        assert not own.is_curved or own.condition_text == other.condition_text
        assert own.dimension == other.dimension
        assert sympy.expand(own.formula - other.formula) == 0
        for point in points_of(None)[::5]:
            assert own.set.contains(point) == other.set.contains(point)
    assert mt.check(again).ok


def test_curved_conditions_of_a_file_are_data():
    text = mt.parse("abs(x*y)").represent().to_json()
    for bad in ("__import__('os')", "exp(x) > 0", "x*y"):
        with pytest.raises(mt.PiecewiseError):
            mt.Representation.from_json(text.replace("x*y < 0", bad))
