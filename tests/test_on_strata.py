"""Local functions on strata from forms alone: as one pass at the witness finds them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local.model import _walls
from piecewise_mt.calculus.local.on_strata import StratumReducer
from piecewise_mt.calculus.local.reduction import reduce_at

x, y, z = mt.variables("x y z")
half = Fraction(1, 2)


def written(program):
    """All of a local program, the order of its terms included."""
    units = [(u.atom.key, [list(row.items()) for row in u.operands], u.level, u.bit)
             for u in program.units]  # fmt: skip
    return program.names, units, [list(row.items()) for row in program.outputs]


def compare(f, domain=None):
    cells = f.strata(domain)
    reducer = StratumReducer(cells.program)
    for stratum in cells:
        tight, flat = _walls(cells.domain, stratum.point)
        walls = [*flat, *tight]
        slow = reduce_at(cells.program, stratum.point, walls)
        found = reducer.at(stratum.label_keys, stratum.point, walls)
        assert tuple(found.units) == slow.units
        for name in ("point", "active", "basis", "pivots", "base", "taken"):
            assert getattr(found, name) == getattr(slow, name), (stratum, name)
        assert written(found.program) == written(slow.program)
        assert all(type(c) is Fraction for row in found.base for c in row)
    return len(cells)


@settings(max_examples=80, deadline=None)
@given(functions(), st.sampled_from([None, "x1 >= 0", "x1 > -1 and x1 <= 1", "x1 = 0"]))
def test_random_functions(f, domain):
    f = f.on(*sorted({"x1", *(v.names[0] for v in f.variables)}))
    try:
        compare(f, domain)
    except mt.NotContinuous:
        return


FIXED = [
    mt.relu(mt.relu(x - half) - mt.relu(-x) / 3 + y) - mt.max(x, x, y / 7),
    mt.sort([x, y, x + y])[1] + mt.median([x, -x, mt.relu(y)]),
    mt.where(x >= y, mt.relu(x - y) + x, x) * 2,
    mt.apply(mt.Representation("t", [("t <= 0", "-t"), ("t > 0", "t")]), mt.relu(x) - y / 3),
    mt.stack([mt.relu(x) - mt.relu(x), mt.relu(mt.relu(x) - mt.relu(x) + y), 0 * x]),
    mt.clip(mt.max(x, y, ties="first"), -1, half)
    - mt.min(x, y, 0, ties=[half, half / 2, half / 2]),
    mt.max(x, y, z, mt.relu(x, at_zero=0)) + 0 * z,
]


@pytest.mark.parametrize("f", FIXED, ids=str)
def test_every_kind_of_node(f):
    assert compare(f) > 1
    assert compare(f, "-1 <= x <= 2") > 1
