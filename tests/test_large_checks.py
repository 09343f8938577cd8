"""Checks of large maxima, by the rows of cells instead of all of their faces."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.consistency import large
from piecewise_mt.calculus.results.report import Verdict
from piecewise_mt.geometry import row_cells

calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
N = 50


def by_rows(question, *given):
    kept, large.LARGE = large.LARGE, 0
    try:
        return question(*given)
    finally:
        large.LARGE = kept


@st.composite
def stated(draw):
    """A representation of a maximum or minimum, right or with a piece that is not."""
    a = draw(st.integers(1, 3))
    x = mt.vector("x", a)
    row = st.lists(st.integers(-1, 1), min_size=a, max_size=a)
    rows = draw(st.lists(row, min_size=2, max_size=4))
    forms = mt.affine(
        rows, x, draw(st.lists(st.integers(-1, 1), min_size=len(rows), max_size=len(rows)))
    )
    build = draw(st.sampled_from([mt.max, mt.min]))
    ties = draw(st.sampled_from(["first", "last", "free"]))
    f = build(forms, ties=ties).on(*x.variables)
    domain = draw(st.sampled_from([None, None, "x1 >= 0", "x1 < 1 and x1 > -1", "x1 = 0"]))
    wrong = draw(st.sampled_from(["", "", "strict", "formula", "missing", "twice"]))
    texts = [[str(piece.polyhedron), str(piece.formula)] for piece in f.represent(domain)]
    at = draw(st.integers(0, len(texts) - 1))
    if wrong == "strict":
        texts[at][0] = texts[at][0].replace(">=", ">").replace("<=", "<")
    elif wrong == "formula":
        texts[at][1] += f" + {draw(st.sampled_from(['x1', '1', 'x1 - 1']))}"
    elif wrong == "missing" and len(texts) > 1:
        del texts[at]
    elif wrong == "twice":
        texts.append(texts[at])
    own = build(forms, ties=draw(st.sampled_from(["first", "free"]))).on(*x.variables)
    return own, texts, domain, wrong


@given(stated())
@calm
def test_verdicts_are_those_of_the_faces(drawn):
    f, texts, domain, wrong = drawn
    try:
        rep = mt.Representation([v.name for v in f.variables], texts, of=f, domain=domain)
    except mt.PiecewiseError:
        event("not stated")
        return
    expected, found = mt.check(rep), by_rows(mt.check, rep)
    event(f"{wrong}: {expected.ok}")
    assert [(c.name, c.verdict) for c in found.checks] == [
        (c.name, c.verdict) for c in expected.checks
    ]
    for failure in found.failures:
        inside = [p.alpha for p in rep if all(part.contains(failure.point) for part in p.parts)]
        if failure.check == "cover":
            assert not inside
        elif failure.check == "disjoint":
            assert len(inside) > 1
        elif failure.check == "formulas":
            piece = rep[failure.data["piece"] - 1]
            assert piece.alpha in inside
            assert piece.formulas[0].value(failure.point) != f.value(failure.point)


@given(stated())
@calm
def test_derived_representations_pass(drawn):
    f, _, domain, _ = drawn
    assert by_rows(mt.check, f.represent(domain)).ok


@pytest.fixture
def leaves(monkeypatch):
    found = []
    ask = large.row_leaves

    def kept(*given):
        found[:] = ask(*given)
        return found

    monkeypatch.setattr(large, "row_leaves", kept)
    return found


@pytest.mark.parametrize("rule", ["first", "last"])
@pytest.mark.parametrize("build", [mt.max, mt.min])
def test_a_maximum_of_many_operands(rule, build, leaves):
    x = mt.vector("x", 30)
    report = mt.check(build(x, ties=rule).represent())
    assert report.ok and len(leaves) == 30
    assert {check.verdict for check in report.checks} == {Verdict.passed}


def test_fifty_operands_as_stated(leaves):
    names = [f"x{i + 1}" for i in range(N)]
    f = mt.max(mt.vector("x", N))

    def pieces(last):
        return [
            (" and ".join(f"{own} {'>=' if last == (j < i) else '>'} {names[j]}"
                          for j in range(N) if j != i), own)
            for i, own in enumerate(names)
        ]  # fmt: skip

    good = pieces(last=False)
    assert mt.check(mt.Representation(names, good, of=f)).ok and len(leaves) == N
    hole = [(good[0][0].replace(">=", ">"), "x1"), *good[1:]]
    report = mt.check(mt.Representation(names, hole, of=f))
    assert [failure.check for failure in report.failures][:1] == ["cover"]
    exchanged = [(good[0][0], "x2"), *good[1:]]
    (failure,) = mt.check(mt.Representation(names, exchanged, of=f)).failures
    assert failure.check == "formulas" and failure.point[0] == max(failure.point)
    assert failure.point[1] < failure.point[0]


def test_cells_of_pieces_that_no_rule_makes_are_limited(monkeypatch):
    monkeypatch.setattr(row_cells, "MOST_LEAVES", 5)
    x = mt.vector("x", 12)
    rep = mt.Representation(
        [f"x{i + 1}" for i in range(12)],
        [(" and ".join(f"x1 > x{j}" for j in range(2, 13)), "x1")],
        of=mt.max(x),
    )
    with pytest.raises(mt.TooManyPieces, match="at most 5 cells"):
        mt.check(rep)
