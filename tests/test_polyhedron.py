"""Polyhedra as sets: canonical form, inclusion, irredundancy, and engine 1 against engine 2."""

from __future__ import annotations

from operator import mul

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.errors import UnknownVariable
from piecewise_mt.exact.certificates import check_farkas, check_witness
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.relations import allows, apart, related

NAMES = ("x", "y", "z")


@st.composite
def systems(draw, max_variables=3):
    """Few small integers, so that zeros, repeated rows and ties are frequent."""
    a = draw(st.integers(1, max_variables))
    row = st.tuples(*[st.integers(-2, 2)] * (a + 1))
    equations = draw(st.lists(row, max_size=2))
    inequalities = draw(st.lists(st.tuples(row, st.booleans()), max_size=6))
    if inequalities and draw(st.booleans()):
        inequalities.append(draw(st.sampled_from(inequalities)))
    return a, equations, inequalities


def z3_relations(z3, a, equations, inequalities):
    x = [z3.Real(f"x{i}") for i in range(a)]

    def height(row):
        return z3.RealVal(row[0]) + sum(c * v for c, v in zip(row[1:], x, strict=True))

    return [height(row) == 0 for row in equations] + [
        height(row) > 0 if strict else height(row) >= 0 for row, strict in inequalities
    ]


def polyhedron(system):
    a, equations, inequalities = system
    return mt.Polyhedron(NAMES[:a], equations, inequalities)


def z3_set(z3, p):
    rows = z3_relations(z3, len(p.variables), p.equations, p.inequalities)
    return z3.And(*rows) if rows else z3.BoolVal(True)


def is_valid(z3, claim):
    solver = z3.Solver()
    solver.add(z3.Not(claim))
    return solver.check() == z3.unsat


@given(systems(2), st.data())
@settings(max_examples=200)
def test_equality_and_inclusion_agree_with_z3(system, data):
    z3 = pytest.importorskip("z3")
    p = polyhedron(system)
    a, equations, inequalities = system
    # a near relative: rows shuffled, scaled, one dropped, one made of two others
    rows = [
        (tuple(2 * c for c in row), flag) for row, flag in data.draw(st.permutations(inequalities))
    ]
    if len(rows) > 1:
        mixed = tuple(u + v for u, v in zip(rows[0][0], rows[1][0], strict=True))
        rows.append((mixed, rows[0][1] or rows[1][1]))
    if rows and data.draw(st.booleans()):
        rows.pop(data.draw(st.integers(0, len(rows) - 1)))
    q = mt.Polyhedron(NAMES[:a], equations, rows)
    inside = is_valid(z3, z3.Implies(z3_set(z3, q), z3_set(z3, p)))
    around = is_valid(z3, z3.Implies(z3_set(z3, p), z3_set(z3, q)))
    assert p.includes(q) == inside
    assert q.includes(p) == around
    assert (p == q) == (inside and around)
    if p == q:
        assert hash(p) == hash(q)


@given(systems())
@settings(max_examples=200)
def test_canonical_and_irredundant_keep_the_set_and_nothing_can_be_dropped(system):
    z3 = pytest.importorskip("z3")
    p = polyhedron(system)
    for form in (p.canonical(), p.irredundant()):
        assert is_valid(z3, z3_set(z3, p) == z3_set(z3, form))
        for i in range(len(form.inequalities)):
            rest = form.inequalities[:i] + form.inequalities[i + 1 :]
            loose = mt.Polyhedron(p.variables, form.equations, rest)
            assert not is_valid(z3, z3_set(z3, loose) == z3_set(z3, p))
    assert p.canonical().canonical() is p.canonical()
    if p.is_empty:
        proof = p.emptiness_certificate()
        multipliers = (proof.equations, proof.inequalities)
        assert check_farkas(multipliers, p.equations, p.inequalities)
        assert p.witness() is None and p.dimension == -1 and p.tangent_basis() == ()
    else:
        assert check_witness(p.witness(), p.equations, p.inequalities)
        assert p.contains(p.witness()) and p.emptiness_certificate() is None
        assert p.dimension == len(p.tangent_basis())


@given(systems(), st.data())
@settings(max_examples=60)
def test_forms_do_not_depend_on_the_order_of_the_relations(system, data):
    a, equations, inequalities = system
    p = polyhedron(system)
    q = polyhedron((a, equations[::-1], data.draw(st.permutations(inequalities))))
    for one, two in ((p.irredundant(), q.irredundant()), (p.canonical(), q.canonical())):
        assert (one.equations, one.inequalities) == (two.equations, two.inequalities)


@given(systems(), st.data())
@settings(max_examples=80, deadline=None)
def test_relations_say_what_a_polyhedron_says(system, data):
    # any multiple keeps a relation; equations change their sign, too
    p = polyhedron(system)
    point = [data.draw(st.integers(-2, 2)) for _ in p.variables]
    heights = [(sum(map(mul, row, (1, *point))), relation) for row, relation in related(p)]
    assert all(allows(relation, value) for value, relation in heights) == p.contains(point)
    scaled = []
    for row, relation in related(p) * 2:
        factor = data.draw(st.sampled_from((1, 3) if relation != "=" else (-2, 1)))
        scaled.append((tuple(factor * c for c in row), relation))
    assert mt.Polyhedron(p.variables, *apart(data.draw(st.permutations(scaled)))) == p


def test_excluded_corners():
    quadrant = [((0, 1, 0), False), ((0, 0, 1), False)]

    def without(*rows):
        return mt.Polyhedron(("x", "y"), [], [*quadrant, *((row, True) for row in rows)])

    assert without((0, 1, 1)) == without((0, 1, 2)) == without((0, 3, 1), (0, 1, 1))
    assert without((0, 1, 1)) != without() and without((0, 1, 1)) != without((0, 1, 0))
    assert without((1, 1, 1)) == without()
    assert len({without((0, 1, 1)), without((0, 1, 2)), without()}) == 2


def test_all_empty_sets_in_the_same_variables_are_equal():
    one = mt.Polyhedron(("x",), [(0, 1)], [((0, 1), True)])
    two = mt.Polyhedron(("x",), [(1, 0)])
    assert one == two and hash(one) == hash(two) and one.is_empty
    assert one != mt.Polyhedron(("y",), [(1, 0)])


def test_intersection_matches_variables_by_name():
    p = mt.Polyhedron(("x", "y"), [], [((0, 1, 0), True)])
    q = mt.Polyhedron(("y", "x"), [], [((0, 1, 0), False)])
    assert p & q == mt.Polyhedron(("x", "y"), [], [((0, 1, 0), True), ((0, 0, 1), False)])
    with pytest.raises(UnknownVariable, match="write both in the same variables"):
        p.intersection(mt.Polyhedron(("x", "z")))


def label_rows(program, labels):
    """What a combination of labels says of the variables, redundant, whether possible or not."""
    equations, inequalities = [], []
    for unit, label, operands in zip(
        program.units, labels, program.affine(labels, selected).operands, strict=True
    ):
        for (coefficients, constant), relation in unit.atom.constraints(label):
            total = [constant, *[0] * len(program.names)]
            for c, operand in zip(coefficients, operands, strict=True):
                total = [t + c * v for t, v in zip(total, operand, strict=True)]
            if relation == "=":
                equations.append(primitive(total))
            else:
                inequalities.append((primitive(total), relation == ">"))
    return equations, inequalities


@given(functions(max_layers=2), st.data())
@settings(max_examples=60)
def test_both_engines_find_the_same_strata(f, data):
    strata = list(f.strata())
    program = f.strata().program
    a = len(program.names)
    keys = [s.label_keys for s in strata]
    for stratum in strata[:25]:
        raw = mt.Polyhedron(program.names, *label_rows(program, stratum.label_keys))
        assert raw.dimension == stratum.dimension == stratum.polyhedron.dimension
        assert raw == stratum.polyhedron
        assert set(raw.irredundant().inequalities) == set(stratum.polyhedron.inequalities)
        assert raw.irredundant().equations == stratum.polyhedron.equations
    pairs = [(s, t) for i, s in enumerate(strata) for t in strata[:i]]
    for s, t in data.draw(st.permutations(pairs))[:10] if len(pairs) < 60 else pairs[:10]:
        assert (s.polyhedron & t.polyhedron).is_empty
    # the labels that each unit ever has, combined at random: infeasible iff not a stratum
    seen = [sorted(set(column)) for column in zip(*keys, strict=True)]
    for _ in range(10):
        labels = tuple(data.draw(st.sampled_from(column)) for column in seen)
        answer = feasible_point(*label_rows(program, labels), variables=a)
        assert isinstance(answer, Witness) == (labels in keys)


def test_the_empty_set_says_so():
    import sympy

    empty = mt.Polyhedron(("x",), [], [((0, 1), True), ((0, -1), True)]).canonical()
    assert str(empty) == "∅" and empty.condition is sympy.false
    assert empty._repr_latex_() == r"$\emptyset$"
