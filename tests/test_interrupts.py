"""What is filled in lazily is whole or absent, after Ctrl-C, a lack of memory or a report that raises.

The expected answers are those of objects that were not interrupted.
"""

import gc
import random
import sys
import zlib
from pathlib import Path

import pytest
from questions import QUESTIONS, answer, deep, network, stated

import piecewise_mt as mt
from piecewise_mt import memory

PACKAGE = str(Path(mt.__file__).parent)
KINDS = [KeyboardInterrupt, MemoryError]


# Python handles signals at calls and at jumps back: none comes between a block's end and the call
# that turns the collector on again
_SOURCE = Path(memory.__file__).read_text(encoding="utf-8").splitlines()
_LINES = [
    n for n, line in enumerate(_SOURCE, 1) if line.strip() == "gc.enable() if enabled else None"
]
WITHOUT_SIGNALS = {memory.__file__: _LINES}
assert len(_LINES) == 1


def _interrupted(call, at, kind=KeyboardInterrupt):
    """How many lines of the package ran, until the `at`-th raised."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line" and frame.f_lineno not in WITHOUT_SIGNALS.get(
            frame.f_code.co_filename, ()
        ):
            count += 1
            if count == at:
                raise kind
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except kind:
        pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_after_an_interrupt_is_that_of_a_new_object(name):
    make, ask = QUESTIONS[name]
    one = make()
    lines = _interrupted(lambda: ask(one), 0)
    expected = answer(name)
    assert lines and repr(ask(one)) == expected
    rng = random.Random(zlib.crc32(name.encode()))
    # each costs up to two answers, one of them traced: fewer for long ones
    often = max(3, min(12, 120_000 // lines))
    for k in range(often):
        at = k + 1 if k < 2 else rng.randint(1, lines)
        one = make()
        _interrupted(lambda one=one: ask(one), at, KINDS[k % 2])
        assert gc.isenabled()
        assert repr(ask(one)) == expected, at


@pytest.mark.parametrize("kind", [KeyboardInterrupt, MemoryError, ZeroDivisionError])
@pytest.mark.parametrize(
    "ask",
    [
        lambda f, progress: f.strata(progress=progress).f_vector,
        lambda f, progress: str(f.represent(progress=progress)),
        lambda f, progress: str(mt.check(f, progress=progress)),
    ],
    ids=["strata", "represent", "check"],
)
def test_a_report_that_raises_is_heard_and_leaves_the_function_usable(ask, kind):
    reader = ask.__code__.co_names
    subject = stated() if "check" in reader else deep()
    counts = []
    expected = ask(subject, counts.append)
    assert counts
    for at in {1, len(counts) // 2 + 1, len(counts)}:
        own = stated() if "check" in reader else deep()
        seen = []

        def report(count, at=at, seen=seen):
            seen.append(count)
            if len(seen) == at:
                raise kind

        with pytest.raises(kind):
            ask(own, report)
        assert len(seen) == at and gc.isenabled()
        assert ask(own, None) == expected


def test_strata_that_are_left_for_later_survive_a_report_that_raises():
    f = mt.sort(mt.vector("x", 5))
    expected = [str(s) for s in f.strata()]
    asked = []

    def report(count):
        asked.append(count)
        if len(asked) == 5:
            raise KeyboardInterrupt

    # refined when they are asked for, as there are many
    cells = mt.max(mt.vector("x", 20)).strata(progress=report)
    assert len(cells) == 2**20 - 1
    with pytest.raises(KeyboardInterrupt):
        f.strata(progress=report)
    cells = f.strata(progress=report)
    assert [str(s) for s in cells] == expected


def test_a_report_may_ask_for_what_is_reported():
    cells, seen = None, []

    def report(count):
        seen.append(count)
        if cells is not None and len(seen) == 1:
            seen.append(("inner", len(cells)))

    f = mt.sort(mt.vector("x", 3)) + network()
    whole = len(f.strata())
    cells = f.strata()
    later = f.strata(progress=report)
    assert len(later) == whole and ("inner", whole) in seen
