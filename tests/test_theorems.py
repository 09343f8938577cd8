"""The chain rule (14) and Stampacchia's theorem on given functions: they hold, and can fail."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings

import piecewise_mt as mt
from piecewise_mt.calculus.consistency.theorems import _independent, interpolated_gradient
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.strata import spanning
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.atoms.rules import with_free_ties
from piecewise_mt.functions.atoms.ties import TieRule
from piecewise_mt.functions.nodes import Piecewise
from piecewise_mt.functions.traversal import topological


class HalfEach(TieRule):
    """An unchecked rule: every tied operand weighs 1/2, so three of them sum to 3/2."""

    text = "ties=half"

    def weights(self, tied, n, parameter):
        return (Fraction(1, 2),) * len(tied) if len(tied) > 1 else (Fraction(1),)


x, y = mt.variables("x y")
line = [
    mt.max(x, x),
    mt.relu(x) - mt.relu(-x),
    mt.abs(x),
    mt.max(x, -x),
    mt.relu(x) + mt.relu(-x),
    2 * mt.relu(x) - x,
]


@pytest.mark.parametrize("f", line, ids=str)
def test_chain_rule_holds(f):
    report = mt.verify_chain_rule(f)
    assert report.ok
    assert not report.failures
    assert [check.verdict for check in report.checks] == ["passed", "passed"]


def test_paradox_is_named():
    report = mt.verify_chain_rule(mt.max(x, x, ties="first"))
    assert report.ok
    assert report.notes == (
        "on the whole space the tie {1, 2} of max(x, x, ties=first) has a full-dimensional "
        "preimage",
    )
    assert mt.verify_chain_rule(mt.abs(x)).notes == ()


def test_three_ties_that_fill_a_line():
    f = mt.max(x, mt.relu(x), mt.max(x, x))
    report = mt.verify_chain_rule(f)
    assert report.ok
    outer = [note for note in report.notes if "{1, 2, 3}" in note]
    assert len(outer) == 1
    assert outer[0].startswith("on {x > 0} the tie {1, 2, 3} of max(x, ")


def test_ties_of_constants_and_of_where_are_named():
    report = mt.verify_chain_rule(mt.relu(0 * x) + mt.where(x >= x, x, 2 * x))
    assert report.ok
    assert len(report.notes) == 2
    assert "the tie = 0 of relu" in report.notes[0]
    assert "the tie tie of where" in report.notes[1]


def test_wrong_node_fails_with_both_matrices():
    report = mt.verify_chain_rule(mt.max(x, x, x, ties=HalfEach()))
    assert not report.ok
    (failure,) = report.failures
    assert failure.data["found"] == sympy.Matrix([["3/2"]])
    assert failure.data["expected"] == sympy.Matrix([[1]])
    assert failure.data["stratum"].dimension == 1
    assert len(failure.point) == 1
    assert "3/2" in failure.message
    assert "not ok" in str(report)
    # a pair of tied operands gets 1/2 + 1/2, which is no mistake
    assert mt.verify_chain_rule(mt.max(x, x, ties=HalfEach())).ok


def test_wrong_node_that_is_right_almost_everywhere_passes():
    assert mt.verify_chain_rule(mt.max(x, y, 0, ties=HalfEach())).ok


def test_domain():
    assert mt.verify_chain_rule(mt.max(x, y), "x >= 0").ok
    with pytest.raises(mt.PiecewiseError, match="full-dimensional domain"):
        mt.verify_chain_rule(mt.max(x, y), "x = y")
    with pytest.raises(mt.PiecewiseError, match="full-dimensional domain"):
        mt.check_stampacchia(mt.max(x, y) - x, "x = y")


@given(functions())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_chain_rule_holds_on_random_networks(f):
    report = mt.verify_chain_rule(f)
    assert report.ok, str(report)


@given(functions())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_stampacchia_holds_on_random_networks(f):
    assert mt.check_stampacchia(f).ok


@pytest.mark.parametrize(
    "w",
    [
        mt.relu(x) - mt.relu(x),
        mt.max(x, y) - mt.max(y, x),
        x - x,
        mt.relu(x) - mt.relu(-x) - x,
        mt.relu(mt.relu(-mt.abs(x))),
        mt.stack([mt.relu(x) - mt.max(x, 0), mt.relu(x)]),
    ],
    ids=str,
)
def test_stampacchia_holds(w):
    report = mt.check_stampacchia(w)
    assert report.ok
    assert len(report.checks) == w.size


def test_stampacchia_lists_the_null_set():
    report = mt.check_stampacchia(mt.max(x, y) - mt.max(y, x))
    assert report.checks[0].detail == "2 of 2 full-dimensional strata have w = 0"
    assert report.notes == (
        "w vanishes on the null set {x = y}, where the product is [z1 + z2 - 1, -z1 - z2 + 1]",
    )
    # {w = 0} need not be a union of strata of w
    assert mt.check_stampacchia(x + y).notes[0].endswith("where the product is [1, 1]")


def test_stampacchia_can_fail():
    w = mt.max(x, x, x, ties=HalfEach()) - x
    report = mt.check_stampacchia(w)
    assert not report.ok
    assert {failure.data["found"] for failure in report.failures} == {
        sympy.ImmutableMatrix([["1/2"]])
    }


def test_stampacchia_takes_outputs_one_by_one():
    w = mt.stack([mt.relu(x), mt.relu(-x)])
    report = mt.check_stampacchia(w)
    assert [check.detail for check in report.checks] == [
        "1 of 2 full-dimensional strata have w1 = 0",
        "1 of 2 full-dimensional strata have w2 = 0",
    ]


def test_free_ties_keep_sharing_values_and_space():
    shared = mt.relu(mt.max(x, y, ties="first"), at_zero=0)
    f = (shared + mt.clip(shared, -1, 1, at_edges=0)).on(y, x)
    g = with_free_ties(f)
    assert len(topological(g)) == len(topological(f))
    assert [v.name for v in g.variables] == ["y", "x"]
    assert g.value((2, 1)) == f.value((2, 1)) == 3
    nodes = [node for node in topological(g) if isinstance(node, Piecewise)]
    assert all(atom.rule_text in ("", "ties=free") for node in nodes for atom, _ in node.units)
    assert g.gradient((0, 0)) != f.gradient((0, 0))


def test_free_ties_of_a_deep_network():
    f = x
    for _ in range(3000):
        f = mt.relu(f, at_zero=0)
    assert with_free_ties(f).value((1,)) == 1


@settings(max_examples=60, deadline=None)
@given(functions())
def test_the_true_gradient_is_the_slope_between_any_two_points_of_a_stratum(f):
    """It is found by elimination on integers; here values are compared point by point."""
    cells = f.strata()
    for stratum in cells:
        if stratum.dimension < len(cells.names):
            continue
        points = _independent(stratum, cells)
        assert len(points) == len(cells.names) + 1

        def values(point):
            return values_at(f, cells.names, [Fraction(v, point[0]) for v in point[1:]])

        gradient = interpolated_gradient(points, list(map(values, points)))
        first, *others = spanning(stratum, cells)
        for other in others:
            step = [Fraction(b, other[0]) - Fraction(a, first[0])
                    for a, b in zip(first[1:], other[1:], strict=True)]  # fmt: skip
            pairs = zip(values(first), values(other), strict=True)
            for row, (start, end) in zip(gradient, pairs, strict=True):
                assert sum(c * d for c, d in zip(row, step, strict=True)) == end - start


@pytest.mark.parametrize("domain", [None, "sqrt(2)*x <= y"])
def test_irrational_slopes_are_found_by_elimination_too(domain):
    root = sympy.sqrt(2)
    x, y = mt.variables("x y")
    f = mt.stack([mt.max(root * x, y, 2 * x + y), mt.relu(x - root) - mt.relu(root * y - x) / 3])
    cells = f.strata(domain)
    full = [stratum for stratum in cells if stratum.dimension == 2]
    assert full
    for stratum in full:
        points = _independent(stratum, cells)
        values = [f.value([to_rational(quotient(v, p[0])) for v in p[1:]]) for p in points]
        own = [list(map(to_number, value)) for value in values]
        found = interpolated_gradient(points, own)
        matrix = f.gradient(stratum.witness)
        assert [[to_rational(c) for c in row] for row in found] == matrix.tolist()
    assert mt.verify_chain_rule(f, domain).ok


def test_a_wrong_product_of_several_outputs_is_told_with_the_gradients():
    f = mt.stack([2 * x - y + 3, mt.max(x + y, x + y, x + y, ties=HalfEach()) - mt.relu(y)])
    report = mt.verify_chain_rule(f)
    assert [str(check.verdict) for check in report.checks] == ["passed", "failed"]
    found = {tuple(failure.data["expected"]) for failure in report.failures}
    assert found == {(2, -1, 1, 1), (2, -1, 1, 0)}
    assert {failure.data["found"][1, 0] for failure in report.failures} == {sympy.Rational(3, 2)}
