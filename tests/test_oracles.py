"""Strata, values and gradients against methods that share no code with the engine."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations, product

import pytest
import sympy
from generators import functions, points
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt


@given(functions(), st.data())
@settings(max_examples=150)
def test_represent_agrees_with_the_pointwise_chain_rule(f, data):
    rep = f.represent()
    a = len(f.variables)
    samples = [tuple(data.draw(points) for _ in range(a)) for _ in range(3)]
    samples += [p.witness for p in rep]
    for point in samples:
        assert rep.value(point) == f.value(point)
        assert rep.gradient(point) == f.gradient(point)
        assert [p.alpha for p in rep if p.polyhedron.contains(point)] == [rep.piece_at(point).alpha]


@given(functions(max_layers=2))
@settings(max_examples=40)
def test_strata_partition_and_every_witness_lies_in_its_own_stratum(f):
    strata = f.strata()
    assert len({s.label_keys for s in strata}) == len(strata)
    a = len(f.variables)
    assert sum((-1) ** k * n for k, n in enumerate(strata.f_vector)) == (-1) ** a
    for stratum in strata:
        inside = [s for s in strata if s.polyhedron.contains(stratum.witness)]
        assert inside == [stratum]
        assert stratum.dimension == a - len(stratum.polyhedron.equations)


@given(functions(scalar=True), st.data())
@settings(max_examples=40)
def test_gradient_on_open_strata_is_the_difference_quotient(f, data):
    """On an open piece f is affine, so difference quotients of values alone are exact."""
    for stratum in f.strata():
        if stratum.dimension < len(f.variables):
            continue
        x = stratum.witness
        gradient = f.gradient(x)
        for i in range(len(x)):
            step = sympy.Rational(1)
            while True:
                moved = tuple(v + step * int(i == k) for k, v in enumerate(x))
                if stratum.polyhedron.contains(moved):
                    break
                step /= 2
            quotient = (f.value(moved) - f.value(x)) / step
            assert sympy.Matrix([quotient])[0] == gradient[0, i]


def _z3_label_sets(rows_by_layer, d):
    """All sign vectors of a relu network, by brute force over signs with z3's exact reals."""
    z3 = pytest.importorskip("z3")
    solver = z3.Solver()
    x = [z3.Real(f"x{i}") for i in range(d)]
    found = set()

    def descend(layer, values, signs):
        if layer == len(rows_by_layer):
            found.add(signs)
            return
        units = [
            z3.RealVal(b) + sum(w * v for w, v in zip(row, values, strict=True))
            for b, row in rows_by_layer[layer]
        ]
        for combination in product((-1, 0, 1), repeat=len(units)):
            solver.push()
            for sign, unit in zip(combination, units, strict=True):
                solver.add(unit < 0 if sign < 0 else unit == 0 if sign == 0 else unit > 0)
            if solver.check() == z3.sat:
                outputs = [
                    u if s > 0 else z3.RealVal(0) for s, u in zip(combination, units, strict=True)
                ]
                descend(layer + 1, outputs, signs + combination)
            solver.pop()

    descend(0, x, ())
    return found


@pytest.mark.parametrize("seed", range(10))
def test_strata_of_relu_networks_agree_with_z3(seed):
    rng = random.Random(seed)
    d, widths = rng.choice([(1, (3, 2)), (2, (3, 2)), (2, (2, 2, 2)), (3, (3,))])
    layers, size = [], d
    for width in widths:
        rows = [
            (rng.randint(-1, 1), [rng.randint(-1, 1) for _ in range(size)]) for _ in range(width)
        ]
        layers.append(rows)
        size = width
    h = mt.vector("x", d)
    for rows in layers:
        h = mt.relu(mt.affine([row for _, row in rows], h, [b for b, _ in rows]))
    sign_of = {(0,): -1, (1,): 1, (2,): 0}
    ours = [tuple(sign_of[label] for label in s.label_keys) for s in h.strata()]
    assert len(ours) == len(set(ours))
    assert set(ours) == _z3_label_sets(layers, d)


@pytest.mark.parametrize("seed", range(8))
def test_strata_of_a_max_agree_with_z3(seed):
    z3 = pytest.importorskip("z3")
    rng = random.Random(100 + seed)
    d, n = 2, 4
    rows = [[rng.randint(-1, 1) for _ in range(d + 1)] for _ in range(n)]
    x = mt.vector("x", d)
    f = mt.max(mt.affine([row[1:] for row in rows], x, [row[0] for row in rows]))
    ours = {label[1:] for s in f.strata() for label in s.label_keys}
    assert len(f.strata()) == len(ours)
    v = [z3.Real(f"x{i}") for i in range(d)]
    y = [row[0] + sum(w * t for w, t in zip(row[1:], v, strict=True)) + 0 * v[0] for row in rows]
    expected = set()
    for size in range(1, n + 1):
        for tied in combinations(range(n), size):
            solver = z3.Solver()
            for i in range(n):
                solver.add(y[i] == y[tied[0]] if i in tied else y[i] < y[tied[0]])
            if solver.check() == z3.sat:
                expected.add(tied)
    assert ours == expected


def test_irredundant_conditions_are_irredundant():
    """Dropping any one relation of a piece lets in a point that is not in it (brute force)."""
    x, y = mt.variables("x y")
    f = (
        mt.relu(x, at_zero=1)
        + mt.relu(y, at_zero=1)
        + mt.relu(x + y, at_zero=0)
        + mt.max(x, 2 * y, -1)
    )
    grid = [(Fraction(i, 4), Fraction(j, 4)) for i in range(-12, 13) for j in range(-12, 13)]
    for piece in f.represent():
        poly = piece.polyhedron
        inside = {p for p in grid if poly.contains(p)}
        for drop in range(len(poly.inequalities)):
            rest = poly.inequalities[:drop] + poly.inequalities[drop + 1 :]
            loose = mt.Polyhedron(poly.variables, poly.equations, rest)
            assert {p for p in grid if loose.contains(p)} > inside


def closure_contains(polyhedron, point):
    closed = [(row, False) for row, _ in polyhedron.inequalities]
    return mt.Polyhedron(polyhedron.variables, polyhedron.equations, closed).contains(point)


@given(functions(max_layers=2))
@settings(max_examples=80)
def test_poset_is_inclusion_of_closures(f):
    """An edge where a stratum's witness is in the closure of one of one dimension more."""
    strata = list(f.strata())
    expected = {
        (i, j)
        for i, low in enumerate(strata)
        for j, high in enumerate(strata)
        if high.dimension == low.dimension + 1 and closure_contains(high.polyhedron, low.witness)
    }
    assert set(f.strata().poset().edges) == expected


@given(functions(max_layers=2), st.data())
@settings(max_examples=150)
def test_domain_cuts_the_representation_of_the_whole_space(f, data):
    names = [v.name for v in f.variables]
    bounds = {
        name: data.draw(st.sampled_from([(-1, 1), (0, None), (None, 1), (0, 0)])) for name in names
    }
    inequality = data.draw(st.sampled_from(["<", "<=", "="]))
    text = f" {inequality} ".join([names[0], "1/2"])
    for domain in (bounds, text):
        rep = f.represent(domain=domain)
        whole = f.represent()
        for piece in rep:
            assert whole.gradient(piece.witness) == piece.gradient
            assert rep.domain.contains(piece.witness)
        for _ in range(4):
            point = tuple(data.draw(points) for _ in names)
            holders = [p for p in rep if p.polyhedron.contains(point)]
            if rep.domain.contains(point):
                assert holders == [rep.piece_at(point)]
                assert holders[0].gradient == f.gradient(point)
            else:
                assert holders == []
        for stratum in f.strata(domain=domain):
            assert stratum.polyhedron.contains(stratum.witness)
            assert stratum.dimension == len(names) - len(stratum.polyhedron.equations)


@given(functions(max_variables=3, max_layers=3))
@settings(max_examples=150)
def test_euler_characteristic_and_every_piece_has_one_top_stratum(f):
    strata = f.strata()
    a = len(f.variables)
    assert sum((-1) ** k * n for k, n in enumerate(strata.f_vector)) == (-1) ** a
    tops = {}
    for stratum in strata:
        branches = strata.program.branches(stratum.label_keys)
        tops.setdefault(branches, []).append(stratum.dimension)
    for dimensions in tops.values():
        assert dimensions.count(max(dimensions)) == 1
