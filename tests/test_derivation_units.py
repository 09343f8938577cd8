"""A derivation gives nodes one letter iff they are the same function under the same rule."""

import itertools
import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.functions.atoms.ties import TieRule

v = mt.vector("v", 3)
x, y = mt.variables("x y")
HALVES = {frozenset({0, 1}): ("1/2", "1/2")}
THIRDS = {frozenset({0, 1}): ("1/3", "2/3")}


def _stated(slope):
    entries = [("t >= 0", f"{slope}*t"), ("t < 0", "0")]
    return mt.Representation("t", entries)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mt.kth(v, 1), mt.kth(v, 2)),
        (mt.max(x, y, ties=HALVES), mt.max(x, y, ties=THIRDS)),
        (mt.max(x, y, ties=mt.mix(2)), mt.max(x, y, ties=mt.mix(3))),
        (mt.apply(_stated(1), x), mt.apply(_stated(2), x)),
        (mt.kth(v, 1, ties="average"), mt.kth(v, 1, ties="first")),
    ],
)
def test_different_nodes_are_told_apart(first, second):
    (one, _), (other, _) = first.units[0], second.units[0]
    assert one.key != other.key
    text = mt.derivation(first + 2 * second).to_latex()
    alone = mt.derivation(first + 2 * first).to_latex()
    assert text != alone and "The nodes of $u_{1}, u_{2}$" not in text


def test_equal_nodes_share_their_table():
    for make in (
        lambda: mt.max(x, y, ties=HALVES),
        lambda: mt.max(x, y, ties=["1", Fraction(2)]),
        lambda: mt.kth(v, 2, ties="average"),
        lambda: mt.apply(_stated(1), x),
        lambda: mt.relu(x, at_zero="1/2"),
    ):
        assert make().units[0][0].key == make().units[0][0].key


class Own(TieRule):
    """A rule of somebody's own, of which two with one name differ."""

    text = "ties=own"

    def __init__(self, share):
        self.share = share

    def weights(self, tied, n, parameter):
        rest = (1 - self.share) / max(len(tied) - 1, 1)
        return (self.share if len(tied) > 1 else Fraction(1), *[rest] * (len(tied) - 1))


small = st.sampled_from([Fraction(n, 2) for n in (-2, -1, 0, 1, 2)])
slopes = st.one_of(st.just("free"), small, st.just(sympy.Symbol("s")))
rules = st.one_of(
    st.sampled_from(["free", "first", "last", "average"]),
    st.lists(st.sampled_from([1, 2]), min_size=3, max_size=3).map(tuple),
    small.map(lambda beta: ("mix", beta)),
    small.map(lambda share: ("own", share)),
)
orders = rules | st.sampled_from(["stable", "reverse"])
specifications = st.one_of(
    st.tuples(st.just("pl"), small, st.tuples(small, small), slopes, small),
    st.tuples(st.just("leaky"), small, slopes),
    st.tuples(st.just("clip"), st.sampled_from([-1, 0]), st.sampled_from([1, 2]), slopes),
    st.tuples(st.just("kth"), st.integers(1, 3), orders),
    st.tuples(st.just("apply"), st.sampled_from([1, 2]), st.sampled_from([0, 1])),
    st.tuples(st.just("where"), st.sampled_from([">", ">=", "<", "<="])),
)


def _rule(rule):
    if isinstance(rule, tuple) and rule[0] in ("mix", "own"):
        return mt.mix(rule[1]) if rule[0] == "mix" else Own(rule[1])
    return list(rule) if isinstance(rule, tuple) else rule


def _built(kind, *given):
    """The node that a specification describes, made anew."""
    if kind == "pl":
        point, rates, rule, value = given
        return mt.piecewise_linear(x, [point], rates, rule, at=(0, value))
    if kind == "leaky":
        return mt.leaky_relu(x, given[0], at_zero=given[1])
    if kind == "clip":
        return mt.clip(x, *given[:2], at_edges=given[2])
    if kind == "kth":
        return mt.kth(mt.stack([x, y, 2 * x - y]), given[0], ties=_rule(given[1]))
    if kind == "apply":
        tie = [("t >= 0", f"{given[0]}*t"), ("t < 0", "0")]
        other = [("t > 0", f"{given[0]}*t"), ("t <= 0", "0")]
        return mt.apply(mt.Representation("t", tie if given[1] else other), x)
    comparisons = {">": x > y, ">=": x >= y, "<": x < y, "<=": x <= y}
    a, b = (x, y) if given[0][0] == ">" else (y, x)
    return mt.where(comparisons[given[0]], a, b)


def _meaning(node):
    return [(str(p.polyhedron), p.formula, p.gradient) for p in node.represent()]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(specifications, min_size=2, max_size=3), st.booleans())
def test_letters_stand_for_functions_under_rules(specs, again):
    specs = [*specs, specs[0]] if again else specs
    nodes = [_built(*spec) for spec in specs]
    keys = [node.units[0][0].key for node in nodes]
    total = sum((2**k * node for k, node in enumerate(nodes)), 0 * y)
    text = mt.derivation(total).to_latex(pieces=0)
    letters = re.findall(r"^u_\{\d+\} &= (\||R|\\varphi_\{\d+\}|\\begin\{cases\}.*)", text, re.M)
    assert len(letters) == len(nodes)
    for i, j in itertools.combinations(range(len(nodes)), 2):
        if specs[i] == specs[j]:
            assert keys[i] == keys[j] and letters[i] == letters[j]
        if _meaning(nodes[i]) != _meaning(nodes[j]):
            assert keys[i] != keys[j]
        # |·| and R have one sign under every rule, and where has none
        if letters[i][:2] == letters[j][:2] == r"\v":
            assert (keys[i] == keys[j]) == (letters[i] == letters[j])


def test_one_function_written_in_two_ways_has_one_letter():
    one = mt.leaky_relu(x, 2, at_zero="1/2") + mt.piecewise_linear(x, [0], [2, 1], ["1/2"])
    text = mt.derivation(one).to_latex()
    assert text.count(r"\varphi_{1}(x)") == 2 and r"\varphi_{2}" not in text


def test_rules_of_one_name_are_told_apart():
    made = [type("Rule", (Own,), {"weights": Own.weights})(Fraction(k, 2)) for k in (1, 1)]
    first, second = (mt.kth(mt.stack([x, y]), 1, ties=rule) for rule in made)
    assert first.units[0][0].key != second.units[0][0].key
