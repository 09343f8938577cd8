"""Order statistics against sorting, and the numbers of strata and pieces against formulas."""

from __future__ import annotations

import pickle
import random
from itertools import product
from math import comb

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.functions.atoms.rules import with_first_ties, with_free_ties

RULES = ["free", "stable", "reverse", "first", "last", "average", [1, 2, 3, 4], mt.mix(2)]
small = st.integers(-1, 1)


@pytest.mark.parametrize("n, fubini", [(1, 1), (2, 3), (3, 13), (4, 75), (5, 541)])
def test_strata_of_sort_are_the_weak_orders(n, fubini):
    assert len(mt.sort(mt.vector("y", n)).strata()) == fubini


@pytest.mark.parametrize("n, k", [(n, k) for n in range(1, 6) for k in range(1, n + 1)])
def test_strata_and_stable_pieces_of_one_statistic(n, k):
    """Strata: choose e equal and b below with b < k <= b + e; stable pieces: n·C(n - 1, k - 1)."""
    f = mt.kth(mt.vector("y", n), k, ties="stable")
    count = sum(
        comb(n, e) * comb(n - e, b)
        for e in range(1, n + 1)
        for b in range(n - e + 1)
        if b < k <= b + e
    )
    assert len(f.strata()) == count
    assert len(f.represent()) == n * comb(n - 1, k - 1)


@given(st.lists(small, min_size=4, max_size=4), st.integers(1, 4), st.sampled_from(RULES))
def test_value_and_gradient_of_one_statistic(point, k, rule):
    f = mt.kth(mt.vector("y", 4), k, ties=rule)
    gradient = f.gradient(point)
    value = sorted(point)[k - 1]
    assert f.value(point) == value
    assert sympy.expand(sum(gradient)) == 1
    assert all(g == 0 for g, v in zip(gradient, point, strict=True) if v != value)


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_representation_agrees_with_the_pointwise_gradient(rule, k):
    rule = rule[:3] if isinstance(rule, list) else rule
    f = mt.kth(mt.vector("y", 3), k, ties=rule)
    rep = f.represent()
    for point in product((-1, 0, 1), repeat=3):
        assert rep.value(point) == f.value(point)
        assert rep.gradient(point) == f.gradient(point)
        inside = [p.alpha for p in rep if p.polyhedron.contains(point)]
        assert inside == [rep.piece_at(point).alpha]


@given(st.lists(small, min_size=4, max_size=4), st.booleans())
def test_stable_sort_is_pythons(point, descending):
    """Python's sort is stable in both directions."""
    y = mt.vector("y", 4)
    f = mt.sort(y, descending=descending, ties="stable")
    order = sorted(range(4), key=lambda i: point[i], reverse=descending)
    assert list(f.value(point)) == [point[i] for i in order]
    assert f.gradient(point) == sympy.Matrix(4, 4, lambda r, c: int(order[r] == c))
    top = mt.topk(y, 2, largest=descending, ties="stable")
    assert top.gradient(point) == f.gradient(point)[:2, :]


def test_extreme_ranks_are_min_and_max():
    y = mt.vector("y", 3)
    assert mt.equal(mt.kth(y, 1), mt.min(y))
    assert mt.equal(mt.kth(y, 3), mt.max(y))
    for point in product((0, 1), repeat=3):
        assert mt.kth(y, 1, ties="stable").gradient(point) == mt.min(y, ties="first").gradient(
            point
        )
        assert mt.kth(y, 3, ties="stable").gradient(point) == mt.max(y, ties="last").gradient(point)


def test_median_of_three_is_an_expression_of_maxima():
    a, b, c = mt.variables("a b c")
    other = mt.max(mt.min(a, b), mt.min(mt.max(a, b), c))
    assert mt.equal(mt.median([a, b, c]).on(a, b, c), other.on(a, b, c))


def test_sums_over_all_ranks_are_the_sum():
    y = mt.vector("y", 4)
    ones = [[1, 1, 1, 1]]
    assert mt.equal(mt.affine(ones, mt.sort(y)), mt.affine(ones, y))


def test_sort_along_an_axis():
    f = mt.sort(mt.tensor("y", (2, 3)), axis=0)
    assert list(f.value((3, 1, 2, 0, 5, 2))) == [0, 1, 2, 3, 5, 2]
    assert mt.topk(mt.tensor("y", (2, 3)), 2).shape == (2, 2)


def test_free_parameters_of_different_labels_differ():
    """Over all weak orders of 4 operands a label with e equal has e - 1 symbols of its own."""
    f = mt.kth(mt.vector("y", 4), 2)
    families = {}
    for stratum in f.strata():
        (key,) = stratum.label_keys
        symbols = f.gradient(stratum.witness).free_symbols
        assert len(symbols) == key[0] - 1
        for symbol in symbols:
            assert families.setdefault(symbol, key) == key


@pytest.mark.parametrize("seed", range(8))
def test_networks_with_order_statistics(seed):
    rng = random.Random(seed)
    rows = [[rng.randint(-1, 1) for _ in range(2)] for _ in range(4)]
    h = mt.affine(rows, mt.vector("x", 2), [rng.randint(-1, 1) for _ in range(4)])
    h = mt.sort(h, ties=rng.choice(["stable", "average"]))[[0, 1, 3]]
    rows = [[rng.randint(-1, 1) for _ in range(3)] for _ in range(3)]
    f = mt.median(mt.affine(rows, h), ties=rng.choice(["stable", "free", "first"]))
    strata = f.strata()
    assert sum((-1) ** k * n for k, n in enumerate(strata.f_vector)) == 1
    for stratum in strata:
        assert [s for s in strata if s.polyhedron.contains(stratum.witness)] == [stratum]
    rep = f.represent()
    for piece in rep:
        assert f.gradient(piece.witness) == piece.gradient
        assert f.value(piece.witness) == rep.value(piece.witness)


def test_checks_know_order_statistics():
    f = mt.kth(mt.vector("y", 3), 2, ties="stable")
    assert mt.verify_chain_rule(f).ok
    assert with_free_ties(f).gradient((0, 0, 1)).free_symbols
    assert len(with_first_ties(mt.kth(mt.vector("y", 3), 2)).represent()) == 6


@pytest.mark.parametrize("call, kind, message", [
    (lambda y: mt.kth(y, 0), mt.ShapeError, "k from 1 to 3"),
    (lambda y: mt.topk(y, 4), mt.ShapeError, "k from 1 to 3"),
    (lambda y: mt.sort(y[0]), mt.ShapeError, "a scalar"),
    (lambda y: mt.kth(y, 1, ties="stabel"), mt.InvalidTieRule, "'stable'"),
    (lambda y: mt.kth(y, 1, ties=[1, 2]), mt.InvalidTieRule, "3 positive weights"),
])  # fmt: skip
def test_wrong_arguments_are_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call(mt.vector("y", 3))


def test_pickled_statistics_keep_their_parameters():
    f = mt.kth(mt.vector("y", 4), 2)
    again = pickle.loads(pickle.dumps(f))
    for point in product((0, 1), repeat=4):
        assert again.gradient(point) == f.gradient(point)


def test_tables_and_texts():
    f = mt.median(mt.vector("y", 3), ties="stable")
    assert str(f) == "kth(y1, y2, y3, 2, ties=stable)"
    assert "{1} < {2} < {3}" in f.strata().table().to_text()
    assert r"y_{1}" in f.represent().table().to_latex()
