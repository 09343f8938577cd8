"""The command that draws examples for a long time finds what is wrong, and repeats it by its seed."""

import itertools
import types

import fuzz
from hypothesis import given, settings
from hypothesis import strategies as st

SEEN: list[int] = []


@given(st.integers(0, 10**6))
@settings(max_examples=3, derandomize=True)
def wrong_from_a_thousand_on(n):
    SEEN.append(n)
    assert n < 1000


@given(st.integers(0, 10**6))
def right(n):
    SEEN.append(n)


def test_every_group_has_tests_that_need_nothing():
    for group in fuzz.GROUPS:
        found = [name for name, _ in fuzz.oracles(group)]
        assert len(found) >= 3 and len(set(found)) == len(found), group


def test_what_fails_is_told_with_its_seed(monkeypatch, capsys):
    monkeypatch.setattr(
        fuzz, "oracles", lambda _: [("wrong", wrong_from_a_thousand_on), ("right", right)]
    )
    clock = itertools.count()  # a second passes whenever one looks
    monkeypatch.setattr(fuzz, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    assert fuzz.run(0.2, 7, ["engines"], examples=20) == 1
    told = capsys.readouterr().out
    assert "FAILED wrong, seed" in told and "n=1000" in told and "1 failed: wrong" in told


def test_a_seed_repeats_a_run_and_another_draws_other_examples():
    runs = []
    for seed in (1, 1, 2):
        SEEN.clear()
        fuzz.draw(right, seed, 30)
        runs.append(list(SEEN))
    assert runs[0] == runs[1] != runs[2] and len(runs[0]) == 30
