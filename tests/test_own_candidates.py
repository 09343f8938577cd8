"""The package's own gradients as candidates: called at exact points, with free parameters."""

import pytest
import sympy
from hypothesis import given, settings

import piecewise_mt as mt
from piecewise_mt.calculus.local.rungs import Rung
from tests.generators import functions

x, y = mt.variables("x y")
Z = sympy.Symbol("z", real=True)


@pytest.mark.parametrize(
    "f", [mt.relu(x) * mt.exp(x), mt.relu(x - 1) * mt.exp(x), mt.max(x, y), mt.relu(x) * mt.sin(y)]
)
def test_the_own_gradient_is_defined(f):
    report = mt.check_gradient(f, f.gradient)
    assert not report.failures
    assert not {v.rung for v in report.verdicts} & {Rung.undefined, Rung.inconsistent}


@settings(max_examples=25, deadline=None)
@given(functions(max_layers=2))
def test_the_own_gradient_of_any_function_passes(f):
    report = mt.check_gradient(f, f.gradient)
    assert report.holds_where_tried and not report.failures


def test_parameters_count_for_all_values():
    on_tie = mt.check_gradient(mt.max(x, y), lambda p: [Z, 1 - Z] if p[0] == p[1] else
                               [p[0] > p[1], p[0] < p[1]])  # fmt: skip
    assert on_tie.holds_where_tried
    some = mt.check_gradient(mt.max(x, y), lambda p: [Z, Z] if p[0] == p[1] else
                             [p[0] > p[1], p[0] < p[1]])  # fmt: skip
    assert not some.holds_where_tried and some.undecided and not some.failures
    for wrong in (sympy.nan, Z + sympy.zoo, Z * sympy.I):
        report = mt.check_gradient(mt.relu(x), lambda p, wrong=wrong: [wrong])
        assert {v.rung for v in report.verdicts} == {Rung.undefined}


def test_floats_are_still_what_a_candidate_is_called_with():
    seen = []
    mt.check_gradient(mt.relu(x), lambda p: seen.append(p[0]) or [p[0] > 0])
    assert {type(value) for value in seen} == {float}


def test_own_gradients_are_called_by_name_where_the_order_is_not_plain():
    a, b = mt.variables("x t")
    f = mt.max(a, b)
    assert mt.check_gradient(f, f.gradient).holds_where_tried


def test_floats_do_not_refute_what_is_irrational():
    f = mt.exp(mt.relu(x))
    report = mt.check_gradient(f, lambda p: [2.718281828459045 ** p[0] if p[0] > 0 else 0.0])
    assert not report.failures and report.undecided and not report.holds_where_tried
