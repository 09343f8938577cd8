"""The names of the free parameters of ties, in the order in which the checker asks for them."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.evaluation.program import Unit
from piecewise_mt.exact.polynomials import Polynomial
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.order import OrderStatistic


def names_of_tie(unit: Unit, state: Any) -> list[str]:
    """The names of the free parameters of a unit at a tie, in the order of the checker."""
    atom = unit.atom
    label: Label
    if isinstance(atom, Extremum):
        label = (len(state), *state)
    elif isinstance(atom, OrderStatistic):
        equal, below = state
        label = (len(equal), len(below), *equal, *below)
    else:
        assert isinstance(atom, PiecewiseLinear)
        label = (len(atom.slopes) + state[0],)
    row, _ = atom.weights(label, unit.parameter)
    if isinstance(atom, PiecewiseLinear):
        return [_generator(row[0])]
    tied = state[0] if isinstance(atom, OrderStatistic) else state
    return [_generator(row[i]) for i in tied[:-1]]


def _generator(weight: Any) -> str:
    assert isinstance(weight, Polynomial)
    ((monomial, _),) = weight.terms.items()
    assert isinstance(monomial[0], str)
    return monomial[0]
