"""Nodes that are not C¹ at a point, as 2-norms at their zero: refused at once, naming the point."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

V = mt.variables("v1:10")
HALF = Fraction(1, 2)


def norm(*entries):
    return sum((c**2 for c in entries[1:]), entries[0] ** 2) ** HALF


KINKS = {
    "sum": lambda c: sum(mt.relu(v) for v in V) + norm(*(v - k for v, k in zip(V, c, strict=True))),
    "abs": lambda c: norm(*(mt.abs(v - k) for v, k in zip(V, c, strict=True))),
    "group": lambda c: sum(mt.abs(v) for v in V[2:]) + norm(V[0] - c[0], V[1] - c[1]),
    "doubled": lambda c: mt.relu(V[0]) * 2 + norm(*(2 * mt.abs(3 * v - 3 * k) for v, k in zip(V, c, strict=True))),
}  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(sorted(KINKS)), st.lists(st.integers(-2, 2), min_size=9, max_size=9))
def test_many_pieces_are_not_enumerated_first(kind, center):
    f = KINKS[kind](center)
    shown = ", ".join(map(str, center if kind != "group" else center[:2]))
    for ask in (f.represent, f.strata):
        started = time.perf_counter()
        with pytest.raises(mt.PiecewiseError, match="expected a C¹ formula") as caught:
            ask()
        assert f"is not positive at ({shown}" in str(caught.value)
        # 3⁹ strata took minutes
        assert time.perf_counter() - started < 20


def test_a_domain_without_the_zero_is_none_to_refuse():
    f = norm(*V[:2]) + sum(mt.abs(v - w) for v in V[:3] for w in V[3:5])
    with pytest.raises(mt.PiecewiseError, match="is not positive at"):
        f.strata()
    assert len(norm(*(mt.abs(v) for v in V[:2])).represent("v1 >= 1, v2 >= 1")) == 1


def test_few_pieces_are_named_with_the_point():
    with pytest.raises(mt.PiecewiseError, match=r"in piece 4, {v1 > 0, v2 > 0}: .* at \(1, 2\)"):
        (norm(V[0] - 1, V[1] - 2) + mt.abs(V[0]) + mt.abs(V[1])).represent()


def test_a_norm_that_is_not_read_at_its_zero_is_allowed():
    x, y, *rest = V[:5]
    many = sum(mt.relu(v) for v in rest)
    with pytest.raises(mt.PiecewiseError, match=r"is not positive at \(0, 0"):
        (norm(x, x + y) + many + mt.abs(y)).strata()
    # where x > 0 the norm has no zero
    f = mt.where(x > 0, norm(x, x + y), mt.abs(y)) + many
    assert len([s for s in f.strata() if s.dimension == 5]) == 2**5


def test_at_the_zero_itself_the_norm_is_named():
    f = norm(V[0] - 1, mt.relu(V[1]))
    assert f.value((1, 0)) == 0 and f.gradient((2, 0)).shape == (1, 2)
    for ask in (f.gradient, lambda point: f.at(point).clarke):
        with pytest.raises(mt.OutsideDomain) as caught:
            ask((1, 0))
        text = (
            "((v1 - 1)**2 + relu(v2)**2)**(1/2) has a derivative, got one where its arguments are 0"
        )
        assert text in str(caught.value)
