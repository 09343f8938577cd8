"""Four ways to one gradient, for all atoms and rules at ties: they agree symbol by symbol."""

import importlib
import pkgutil
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.functions import atoms
from piecewise_mt.functions.atoms.near import Near
from piecewise_mt.functions.atoms.ties import TieRule
from piecewise_mt.functions.nodes import Piecewise

Z = sympy.Symbol("beta", real=True)
PAIRS = {frozenset(s): [Fraction(1, len(s))] * len(s) for s in ({0, 1}, {0, 2}, {1, 2}, {0, 1, 2})}
SKEW = {s: ["2", *[f"-1/{len(s) - 1}"] * (len(s) - 1)] for s in PAIRS}
TIES = [
    "free",
    "first",
    "last",
    "average",
    [1, 2, 3],
    PAIRS,
    SKEW,
    mt.mix(Fraction(1, 2)),
    mt.mix(Z),
]
ORDERS = [*TIES, "stable", "reverse"]
SLOPES = ["free", 0, 1, Fraction(1, 2), -3, Z]
PLANE = mt.Representation(
    "s t w", [("s > t", "s + w"), ("s < t", "t + w"), ("s = t", "2*s - t + w")]
)
BUILDERS = {
    "Extremum": [
        *(lambda y, r=r: mt.max(y, ties=r) for r in TIES),
        *(lambda y, r=r: mt.min(y, ties=r) for r in TIES),
    ],
    "OrderStatistic": [
        (lambda y, k=k, r=r: mt.kth(y, k, ties=r)) for k, r in product((1, 2, 3), ORDERS)
    ],
    "PiecewiseLinear": [
        make
        for s in SLOPES
        for make in (
            lambda y, s=s: mt.relu(y[0], at_zero=s) + y[1],
            lambda y, s=s: mt.abs(y[0] - y[1], at_zero=s),
            lambda y, s=s: mt.clip(y[2], -1, 1, at_edges=s),
            lambda y, s=s: mt.leaky_relu(y[0], "1/4", at_zero=s),
            lambda y, s=s: mt.piecewise_linear(y[0], [-1, 0], [1, -1, 2], at_breaks=s),
        )
    ],
    "Where": [
        lambda y: mt.where(y[0] > y[1], y[0], y[1]),
        lambda y: mt.where(y[0] >= y[1], y[0], y[1]),
        lambda y: mt.where(y[0] < y[1], y[2] - y[0], y[2] - y[1]),
        lambda y: mt.where(y[0] <= y[1], y[2] - y[0], y[2] - y[1]),
    ],
    "Near": [
        lambda y, a=a, at=at: Piecewise((y,), [(Near(a, at), range(3))], (), "near")
        for a in (atoms.max_atom(3), atoms.order_atom(3, 1))
        for at in ((0, 0, 0), (1, 1, 0), (0, 1, 1))
    ],
    "Stated": [lambda y: mt.apply(PLANE, y[0], y[1], y[2])],
}
CASES = [(name, i) for name, makes in BUILDERS.items() for i in range(len(makes))]


def test_every_atom_has_its_cases():
    for module in pkgutil.iter_modules(atoms.__path__, "piecewise_mt.functions.atoms."):
        importlib.import_module(module.name)
    known = set()
    pending = [atoms.Atom]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__.startswith("piecewise_mt") and not kind.__abstractmethods__:
            known.add(kind.__name__)
    assert known == set(BUILDERS)


small = st.integers(-1, 1)


@pytest.mark.parametrize(("name", "index"), CASES)
@given(data=st.data())
@settings(max_examples=25)
def test_the_four_ways_agree(name, index, data):
    x = mt.vector("x", 2)
    rows = data.draw(st.lists(st.lists(small, min_size=2, max_size=2), min_size=3, max_size=3))
    bias = data.draw(st.lists(small, min_size=3, max_size=3))
    y = mt.affine(rows, x, bias)
    # a second node above the first, so that weights are multiplied
    f = BUILDERS[name][index](y)
    if data.draw(st.booleans()):
        f = mt.relu(f, at_zero=data.draw(st.sampled_from(SLOPES))) - f
    f = f.on(*x)
    rep = f.represent()
    # on the thinnest strata, which are ties
    strata = list(f.strata())[-6:]
    for stratum in strata:
        point = stratum.point
        expected = f.gradient(point)
        piece = rep.piece_at(point)
        assert f.at(point).gradient == expected
        assert rep.gradient(point) == expected == piece.gradient
        assert rep.chain_rule(piece.alpha).product == expected


class Halves(TieRule):
    """Weights 1/2 on every tied operand, of three of which the sum is 3/2."""

    text = "ties=half"

    def weights(self, tied, n, parameter):
        return (Fraction(1, 2),) * len(tied) if len(tied) > 1 else (Fraction(1),)


def test_weights_that_do_not_sum_to_1_are_refused_where_the_node_is_built():
    y = mt.vector("y", 3)
    for build in (
        lambda: mt.kth(y, 2, ties=Halves()),
        lambda: mt.sort(y, ties=Halves()),
        lambda: mt.topk(y, 2, ties=Halves()),
        lambda: mt.median(y, ties=Halves()),
        lambda: mt.max(y, ties={**PAIRS, frozenset({0, 1}): (1, 1)}),
        lambda: mt.kth(y, 1, ties={**PAIRS, frozenset({0, 1}): (1, 1)}),
    ):
        with pytest.raises(mt.InvalidTieRule, match="sum to 1"):
            build()


def test_a_wrong_node_on_purpose_has_one_gradient_too():
    # a max may have unchecked weights, for the checks of theorems to find out
    f = mt.max(*mt.variables("a b c"), ties=Halves())
    halves = [sympy.Rational(1, 2)] * 3
    assert list(f.gradient((0, 0, 0))) == list(f.at((0, 0, 0)).gradient) == halves
