"""The factors of (14) and the conditions (15)."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from sympy import Derivative, Eq, Function, Matrix, symbols

import piecewise_mt as mt
from piecewise_mt.functions.atoms.ties import TieRule

z = symbols("z", real=True)


@given(functions(max_layers=3))
@settings(max_examples=60)
def test_the_product_of_the_factors_is_the_gradient(f):
    rep = f.represent()
    for piece in rep:
        chain = rep.chain_rule(piece.alpha)
        product = sympy.eye(chain.factors[0].rows)
        for factor in chain.factors:
            product = product * factor
        assert product.applyfunc(sympy.expand) == piece.gradient == chain.product


def test_factors_of_the_paradox():
    x = mt.variable("x")
    chain = mt.max(x, x).represent().chain_rule(1)
    assert chain.names == ("W1", "B1", "W0")
    assert chain.factors == (Matrix([[1]]), Matrix([[z, 1 - z]]), Matrix([1, 1]))
    assert chain.branches[0].label == "{1, 2}"
    with pytest.raises(mt.PiecewiseError, match="from 1 to 1"):
        mt.max(x, x).represent().chain_rule(2)


def test_a_value_that_skips_a_level_is_carried_by_an_identity():
    x = mt.variable("x")
    f = mt.relu(mt.abs(x, at_zero=0) - 1, at_zero=0) + x
    chain = f.represent().chain_rule(1)
    assert [factor.shape for factor in chain.factors] == [(1, 2), (2, 2), (2, 2), (2, 2), (2, 1)]
    assert "\\underbrace" in chain.to_latex() and "level" in chain.to_text()


def test_the_condition_15_of_the_paper():
    conditions = mt.max(*mt.variables("y1 y2")).represent().tangential_conditions()
    (condition,) = conditions
    y1, y2 = symbols("y1 y2", real=True)
    f3 = Function("f3")(y1, y2)
    assert condition.equation == Eq(Derivative(f3, y1) + Derivative(f3, y2), 1)
    assert condition.holds and condition.direction == (1, 1) and condition.normals == ((1, -1),)
    assert str(condition) == "∂f3/∂y1 + ∂f3/∂y2 = 1 on P3"
    assert r"\partial_{y_{1}} f^{3} + \partial_{y_{2}} f^{3} &= 1" in conditions.to_latex()


def test_on_an_argmax_set_the_partials_sum_to_1_and_the_others_vanish():
    rep = mt.max(mt.vector("x", 4), ties="average").represent()
    sets = [set(tied) for k in range(1, 5) for tied in combinations(range(4), k)]
    found = {}
    for condition in rep.tangential_conditions():
        support = {i for i, t in enumerate(condition.direction) if t}
        found.setdefault(condition.alpha, []).append((support, condition.expected))
        assert set(condition.direction) <= {0, 1} and condition.holds
    for alpha, rows in found.items():
        tied = sets[alpha - 1]
        assert (tied, 1) in rows
        assert sorted(rows, key=str) == sorted(
            [(tied, 1)] + [({j}, 0) for j in range(4) if j not in tied], key=str
        )


def test_conditions_at_points_are_empty_and_wrong_weights_violate():
    t = mt.variable("t")
    table2 = mt.max(t, 2 * t, 3 * t, 4 * t, ties="first") - mt.max(
        t, 2 * t, 3 * t, 4 * t, ties="average"
    )
    conditions = table2.represent().tangential_conditions()
    assert len(conditions) == 0 and conditions.empty == (3,) and "empty" in str(conditions)

    class Halves(TieRule):
        """Weights 1/2 on every tied operand: what no representation allows at a triple tie."""

        def weights(self, tied, n, parameter):
            return (Fraction(1),) if len(tied) == 1 else (Fraction(1, 2),) * len(tied)

    conditions = mt.max(*mt.variables("x y w"), ties=Halves()).represent().tangential_conditions()
    assert {c.alpha: c.holds for c in conditions}[7] is False and not conditions.ok
    assert all(c.holds for c in conditions if c.alpha < 7)


@given(functions(max_layers=2))
@settings(max_examples=60)
def test_every_derived_gradient_is_tangentially_consistent(f):
    assert f.represent().tangential_conditions().ok
