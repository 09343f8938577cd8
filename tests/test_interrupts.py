"""What is filled in lazily is whole or absent, after any interrupt and seen from any thread."""

import random
import sys
import threading
from pathlib import Path

import pytest

import piecewise_mt as mt
from piecewise_mt.calculus.ladder.classify import LocalStrata
from piecewise_mt.calculus.properties.lipschitz import lipschitz_report
from piecewise_mt.typeset.tables import Cell, Column, Table

PACKAGE = str(Path(mt.__file__).parent)
x, y = mt.variables("x y")
F = mt.max(x, y, 0) + mt.abs(x - y, at_zero=0)
WHERE = mt.exp(mt.relu(x)) * y + mt.relu(x - y)


def _table():
    columns = [Column(Cell.plain("n"))]

    def rows():
        for n in range(6):
            yield [Cell.plain(str(n))]

    return Table("numbers", columns, rows)


def _polyhedron():
    return mt.Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 1, 0), True), ((1, 0, 1), False)])


def _all_rungs(cells):
    local = LocalStrata(cells)
    return lambda: [str(local.judge(s, local.at(s).gradient).rung) for s in cells]


def _graph(graph):
    return sorted(graph.nodes(data="dimension")), sorted(graph.edges())


QUESTIONS = {
    "list": (F.strata, lambda s: [str(c.polyhedron) for c in s]),
    "poset": (F.strata, lambda s: _graph(s.poset())),
    "adjacency": (F.strata, lambda s: _graph(s.adjacency())),
    "pieces": (F.represent, lambda r: [(str(p.polyhedron), p.formula, p.gradient) for p in r]),
    "smooth": (WHERE.represent, lambda r: [(str(p.polyhedron), p.formula, p.gradient) for p in r]),
    "table": (lambda: F.represent().table(), lambda t: (len(t), t.to_text(), t.to_latex())),
    "strata": (lambda: F.strata().table(), lambda t: (len(t.rows), t.to_text())),
    "head": (_table, lambda t: (str(t.head(2)), len(t), t.to_text())),
    "chain": (F.represent, lambda r: [(c.product, c.branches, str(c.table()))
                                      for c in map(r.chain_rule, range(1, len(r) + 1))]),
    "local": (lambda: F.at((0, 0)), lambda a: (a.bouligand, a.clarke.vertices, a.gradient,
                                               a.is_differentiable, str(a.clarke.facets))),
    "frechet": (lambda: mt.abs(x).at((0,)), lambda a: (str(a.frechet), a.frechet.dimension)),
    "products": (lambda: F.at((0, 0)), lambda a: [a.products.contains(g) for g in a.bouligand]),
    "polyhedron": (_polyhedron, lambda p: (p.dimension, p.witness(), str(p.canonical()), hash(p))),
    "lipschitz": (lambda: lipschitz_report(F), lambda r: (r.constant, r.layers_bound, str(r))),
    "rungs": (lambda: _all_rungs(F.strata()), lambda ask: ask()),
    "stated": (lambda: mt.Representation("x", [("x >= 0", "x"), ("x < 0", "-x")]),
               lambda r: [(str(p.parts), p.gradient, p.dimension) for p in r]),
}  # fmt: skip


def _interrupted(call, at):
    """How many lines of the package ran, until the `at`-th raised as Ctrl-C does."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            count += 1
            if count == at:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_after_an_interrupt_is_that_of_a_new_object(name):
    make, ask = QUESTIONS[name]
    expected = ask(make())
    one = make()
    lines = _interrupted(lambda: ask(one), 0)
    assert lines and ask(one) == expected
    rng = random.Random(18)
    for at in sorted({*range(1, min(lines, 12)), *(rng.randint(1, lines) for _ in range(25))}):
        one = make()
        assert _interrupted(lambda one=one: ask(one), at) == at
        assert ask(one) == expected


@pytest.mark.parametrize("name", QUESTIONS)
def test_threads_that_ask_at_once_get_the_same(name):
    make, ask = QUESTIONS[name]
    expected = ask(make())
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(3):
            one, seen = make(), []
            barrier = threading.Barrier(4)

            def run(one=one, seen=seen, barrier=barrier):
                barrier.wait()
                try:
                    seen.append(ask(one))
                except Exception as error:
                    seen.append(error)

            threads = [threading.Thread(target=run) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert seen == [expected] * 4
    finally:
        sys.setswitchinterval(before)


def test_threads_share_the_strata():
    cells = mt.sort(mt.vector("x", 4)).strata()
    found = []
    barrier = threading.Barrier(4)

    def run():
        barrier.wait()
        found.append(list(map(id, cells)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == found[0] for own in found) and found[0] == list(map(id, cells))
