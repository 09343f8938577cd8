"""Threads that ask at once get what one alone gets, and a child forked meanwhile does not wait for them."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from questions import QUESTIONS, answer

import piecewise_mt as mt

can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def _at_once(count, call):
    """What each of so many threads returns, or the exception."""
    seen, barrier = [None] * count, threading.Barrier(count)

    def run(index):
        barrier.wait()
        try:
            seen[index] = call()
        except Exception as error:
            seen[index] = error

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive(), "the threads wait for each other"
    finally:
        sys.setswitchinterval(before)
    return seen


@pytest.mark.parametrize("name", QUESTIONS)
def test_eight_threads_get_the_same(name):
    make, ask = QUESTIONS[name]
    expected = answer(name)
    one = make()
    assert _at_once(8, lambda: repr(ask(one))) == [expected] * 8


def test_threads_ask_different_things_of_one_function():
    x = mt.vector("x", 3)
    f = mt.max(x) + mt.relu(x[0] - x[1]) - mt.median(x)

    def asked(g):
        return [
            str(g.represent()), g.strata().f_vector, str(g.at((0, 0, 0)).clarke.vertices),
            str(mt.lipschitz_report(g)), str(g.to_max_min()),
        ]  # fmt: skip

    expected = asked(mt.max(x) + mt.relu(x[0] - x[1]) - mt.median(x))
    order = iter(range(8))

    def run():
        shift = next(order) % 5
        found = [None] * 5
        questions = [
            lambda: str(f.represent()), lambda: f.strata().f_vector,
            lambda: str(f.at((0, 0, 0)).clarke.vertices), lambda: str(mt.lipschitz_report(f)),
            lambda: str(f.to_max_min()),
        ]  # fmt: skip
        for k in range(5):
            i = (k + shift) % 5
            found[i] = questions[i]()
        return found

    assert _at_once(8, run) == [expected] * 8


def test_threads_share_the_strata():
    cells = mt.sort(mt.vector("x", 4)).strata()
    found = _at_once(4, lambda: list(map(id, cells)))
    assert all(own == found[0] for own in found) and found[0] == list(map(id, cells))


@pytest.fixture
def busy():
    """Strata that another thread is refining, which reports until it is told to end."""
    inside, end = threading.Event(), threading.Event()

    class Ended(Exception):
        pass

    def report(_):
        inside.set()
        if end.is_set():
            raise Ended
        time.sleep(0.001)

    # a formula counts so many faces that they are cut when asked for
    cells = mt.max(mt.vector("x", 16)).strata(progress=report)
    assert cells.is_left_for_later

    def run():
        try:
            cells.cut()
        except Ended:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert inside.wait(60)
    yield cells
    end.set()
    thread.join(60)
    assert not thread.is_alive()


@can_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_forked_while_a_thread_refines_does_not_hang(busy):
    expected = answer("pieces of a network")
    child = os.fork()
    if child == 0:  # never returns to pytest
        code = 1
        try:
            signal.alarm(100)
            # the same object, whose lock the parent's thread has, asked until the first report
            code = 2

            class Heard(Exception):
                pass

            def report(_):
                raise Heard

            later = busy._later
            try:
                later.cutting.run(report)
            except Heard:
                code = 3
            if code == 3 and answer("pieces of a network") == expected:
                code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def _answer_of(name, found):
    found.put(answer(name))


@can_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_multiprocessing_by_fork_while_a_thread_refines(busy):
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    for name in ("local", "lipschitz", "json"):
        expected = answer(name)
        child = context.Process(target=_answer_of, args=(name, found), daemon=True)
        child.start()
        child.join(60)
        assert child.exitcode == 0 and found.get() == expected


def test_no_lock_is_shared_by_all_objects_of_a_class():
    # that of functools is, under Python 3.11: two threads that ask in opposite orders wait for ever
    sources = [p for p in Path(mt.__file__).parent.rglob("*.py") if p.name != "memory.py"]
    assert len(sources) > 400
    for source in sources:
        text = source.read_text(encoding="utf-8")
        for line in text.splitlines():
            assert not (line.startswith("from functools") and "cached_property" in line), source
        assert "functools.cached_property" not in text, source
