"""Every break of continuity that is reported is one: its point and both values hold."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Matrix

import piecewise_mt as mt

small = st.integers(-2, 2)


def _genuine(rep, failure):
    high, low = failure.data["pieces"]
    point = failure.point
    assert rep.domain is None or rep.domain.contains(point)
    assert rep.entries[low - 1].contains(point)
    # the point is in the closure of the other piece: every relation holds weakly
    closed = [
        all(row[0] + Matrix(row[1:]).dot(Matrix(point)) == 0 for row in part.equations)
        and all(row[0] + Matrix(row[1:]).dot(Matrix(point)) >= 0 for row, _ in part.inequalities)
        for part in rep.entries[high - 1].parts
    ]
    assert any(closed)
    one, other = (_at(rep, alpha, point) for alpha in (high, low))
    assert one != other
    assert f"tends to {one} at" in failure.message and f"is {other} there" in failure.message


def _at(rep, alpha, point):
    return rep[alpha - 1].formula.subs(dict(zip(_symbols(rep), point, strict=True)))


def _symbols(rep):
    from sympy import Symbol

    return [Symbol(name, real=True) for name in rep.names]


def test_one_break_inside_a_domain():
    entries = [("x < y", "x + y"), ("x >= y", "y")]
    rep = mt.Representation("x y", entries, domain="x <= 1 and y <= 1")
    report = mt.check(rep)
    (failure,) = report.failures
    assert failure.data["pieces"] == (1, 2)
    _genuine(rep, failure)


@st.composite
def stated(draw):
    row = f"{draw(small)}*x + {draw(small)}*y + {draw(small)}"
    other = f"{draw(small)}*x + {draw(small)}*y"
    formulas = [f"{draw(small)}*x + {draw(small)}*y + {draw(small)}" for _ in range(3)]
    entries = [
        (f"{row} > 0", formulas[0]),
        (f"{row} <= 0 and {other} >= 0", formulas[1]),
        (f"{row} <= 0 and {other} < 0", formulas[2]),
    ]
    domain = draw(st.sampled_from([None, "x <= 1 and y <= 1", "x < 1", "x >= 0 and y < 2"]))
    return entries, domain


@given(stated())
@settings(max_examples=150)
def test_breaks_are_genuine_and_named_once(given_entries):
    entries, domain = given_entries
    try:
        rep = mt.Representation("x y", entries, domain=domain)
        failures = mt.check(rep).failures
    except mt.PiecewiseError:
        return
    breaks = [failure for failure in failures if failure.check == "continuity"]
    for failure in breaks:
        _genuine(rep, failure)
    pairs = [failure.data["pieces"] for failure in breaks]
    assert len(set(pairs)) == len(pairs)
