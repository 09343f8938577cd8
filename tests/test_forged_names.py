"""A proof about a node that computes something else than it is called is refused.

By hand: abs(x) has 0 in Clarke's subdifferential at 0 between -1 and 1, relu(x) between 0 and 1.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.results.wording import require_own_words
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.nodes import Piecewise, Smooth
from piecewise_mt.functions.traversal import topological
from piecewise_mt.paper.variants import HalfEach

x, y, z = mt.variables("x y z")
v = mt.vector("v", 4)
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))
MANY = [
    mt.clip(x, 0, 1), mt.clip(x, y, z), mt.leaky_relu(x, "1/2"), mt.prelu(v, ["1/2", 1, 2, 3]),
    mt.median([x, y, z]), mt.topk(v, 2), mt.where((x >= 0) & (y < 1), x, y), mt.norm_inf(v),
    mt.piecewise_linear(x, [0, 1], [1, 2, "1/2"], at_breaks=0), mt.maxpool1d(v.reshape((1, 4)), 2),
    mt.hardsigmoid(x), mt.softshrink(x, 1), mt.softmax(v), mt.logsumexp(v), x / y, x * y, x**-2,
    2**x, mt.sigmoid(x), mt.square(x), mt.relu(x, at_zero=0), mt.max(x, y, ties="average"),
    mt.max(x, y, ties={(0, 1): (1, 0)}), mt.max(x, x, x, ties=HalfEach()),
    mt.apply(mt.relu(x).represent().subs(z=0), x - y), mt.leaky_relu(x, sympy.sqrt(2)),
    mt.smooth(sympy.sin(sympy.Symbol("x", real=True)) ** 2, {"x": x}), mt.multiclass_hinge(v, 0),
]  # fmt: skip


@pytest.mark.parametrize("f", MANY, ids=str)
def test_functions_are_what_they_are_called(f):
    require_own_words(f)


@given(functions(max_variables=3))
@settings(calm, max_examples=60)
def test_random_ones_too(f):
    require_own_words(f)


def renamed(f, name, arguments=None):
    """The last node under another name."""
    if isinstance(f, Smooth):
        return Smooth(f.args, f.units, f.shape, name)
    return Piecewise(
        f.args, f.units, f.shape, name, f.arguments if arguments is None else arguments
    )


def test_another_name_is_refused():
    proof = abs(x).at((0,)).stationarity_proof
    forged = replace(proof, place=replace(proof.place, function=renamed(abs(x), "relu")))
    assert "relu(x)" in forged.statement and not forged.verify()
    report = mt.infimum_report(mt.max(x, y, 0))
    forged = replace(report, _function=renamed(mt.max(x, y, 0), "min"))
    assert "min(x, y, 0)" in forged.statement and not forged.verify()
    own = (mt.exp(x) + abs(x)).at((0,)).differentiability_proof
    assert own.verify()
    exp = next(node for node in topological(own.place.function) if isinstance(node, Smooth))
    with pytest.raises(ValueError):
        require_own_words(renamed(exp, "cos") + abs(x))
    joined = with_first_ties(abs(x))
    require_own_words(joined)
    assert str(joined) == "abs(x, at_breaks=[-1])"
    ((atom, operands),) = joined.units
    given = atom.breakpoints, atom.slopes, atom.tie_slopes, (0, 0)
    other = PiecewiseLinear(*given, "at_breaks=[1]")
    for changed in (
        Piecewise(joined.args, [(other, operands)], (), "abs"),
        renamed(mt.leaky_relu(x, "1/2"), "leaky_relu", ("1/3",)),
        renamed(mt.kth([x, y, z], 2), "kth", ("1",)),
        renamed(mt.max(x, x, x, ties=HalfEach()), "min"),
        renamed(mt.max(x, y), "softmax"),
    ):
        with pytest.raises(ValueError):
            require_own_words(changed)


@given(
    functions(max_layers=2), st.sampled_from(["relu", "abs", "max", "min", "sort", "kth", "clip"])
)
@settings(calm, max_examples=60)
def test_under_another_name_a_function_is_the_same_or_refused(f, name):
    for node in topological(f):
        if isinstance(node, Piecewise) and node.name != name:
            other = renamed(node, name)
            try:
                require_own_words(other)
                read = [mt.parse(str(part)) for part in other.ravel()]
            except (ValueError, mt.PiecewiseError):
                continue
            symbols = [s.name for s in node.symbols]
            for k in range(-2, 3):
                point = [k + i for i in range(len(symbols))]
                values = dict(zip(symbols, point, strict=True))
                for own, said in zip(node.ravel(), read, strict=True):
                    assert said.on(*symbols).value(values) == own.on(*symbols).value(values)
