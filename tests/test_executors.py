"""Enumeration by many processes: the same strata, pieces and counts as by one.

The oracle is the enumeration in this process; tasks are forced to be many by a small budget.
"""

import random
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition import tasks
from piecewise_mt.geometry import engine as engines


class Direct:
    """An executor that works at once, in this process."""

    def __init__(self):
        self.submitted = 0

    def submit(self, function, *given):
        self.submitted += 1
        future = Future()
        try:
            future.set_result(function(*given))
        except BaseException as error:
            future.set_exception(error)
        return future

    def map(self, function, *given):
        raise AssertionError("not asked for")


def total(v):
    return sum((v[i] for i in range(1, v.size)), v[0])


def small_tasks(monkeypatch):
    """Everything in tasks of a few faces, so that they return what is left."""
    monkeypatch.setattr(tasks, "FIRST", 5)
    monkeypatch.setattr(tasks, "TASKS", 3)
    results = tasks.results
    monkeypatch.setattr(
        tasks, "results", lambda *a, **k: results(*a, **{**k, "block": 7, "most": 10})
    )


def random_functions(count):
    rng = random.Random(12)
    for number in range(count):
        a = rng.randint(1, 3)
        x = mt.vector("x", a)

        def form(rng=rng, a=a, x=x):
            return sum((rng.randint(-2, 2) * x[i] for i in range(a)), rng.randint(-1, 1) + 0 * x[0])

        kinds = [
            lambda: mt.relu(form()),
            lambda: mt.abs(form()),
            lambda: mt.max(form(), form(), form()),
            lambda: mt.min(form(), mt.relu(form())),
            lambda: mt.median([form(), form(), mt.relu(form())]),
        ]
        inner = [rng.choice(kinds)() for _ in range(rng.randint(1, 3))]
        f = mt.relu(sum(inner[1:], inner[0]) - 1) + rng.choice(kinds)()
        domain = rng.choice([None, None, "x1 > -1", "x1 >= 0 and x1 < 2"])
        yield number, f, domain


def same(one, other):
    key = lambda s: (s.dimension, s.labels, s.polyhedron, s.witness)  # noqa: E731
    assert [key(s) for s in one] == [key(s) for s in other]
    assert one.f_vector == other.f_vector
    assert sorted(one.poset().edges) == sorted(other.poset().edges)


@pytest.mark.parametrize(("number", "f", "domain"), list(random_functions(25)))
def test_strata_are_those_of_one_process(monkeypatch, number, f, domain):
    small_tasks(monkeypatch)
    executor = Direct()
    alone = f.strata(domain)
    same(alone, f.strata(domain, executor=executor))
    assert mt.f_vector(f, domain, executor=executor) == alone.f_vector
    if sum(alone.f_vector) > 40:
        assert executor.submitted > 4  # what was too much came back


def test_tasks_return_what_is_left():
    f = total(mt.relu(mt.vector("x", 3))) + mt.max(*mt.variables("x1 x2 x3"))
    first = tasks.run(tasks.Task(f, None, (), tasks.f_vector_of, block=5, most=1))
    assert len(first.answers) == 1 and first.left
    rest = [tasks.run(tasks.Task(f, None, path, tasks.f_vector_of)) for path in first.left]
    counts = [sum(own) for done in (first, *rest) for own in done.answers]
    assert sum(counts) == sum(f.strata().f_vector)
    assert not any(done.left for done in rest)


def test_a_process_pool():
    x = mt.vector("x", 3)
    f = total(mt.relu(mt.affine([[1, 2, 3], [3, -1, 1], [1, 1, -2], [2, 0, 1]], x, [1, 0, 2, -1])))
    with ProcessPoolExecutor(2) as executor:
        same(f.strata(), f.strata(executor=executor))
        alone, many = f.represent(), f.represent(executor=executor)
        assert str(alone.table()) == str(many.table())
        assert mt.f_vector(f, executor=executor) == alone.strata.f_vector
        with pytest.raises(mt.NotContinuous) as caught:
            mt.where(x[0] > 0, x[1], 1 + x[2]).strata(executor=executor)
        assert len(caught.value.point) == 3
        with pytest.raises(mt.TooManyPieces, match="expected at most 10 faces"):
            f.strata(executor=executor, max_faces=10)


def test_smooth_functions_are_enumerated_here():
    x, y = mt.variables("x y")
    f = mt.relu(x) * mt.exp(y)
    executor = Direct()
    same(f.strata(), f.strata(executor=executor))
    assert executor.submitted == 0


def test_threads_do_too():
    x, y = mt.variables("x y")
    with ThreadPoolExecutor(2) as executor:
        assert mt.f_vector(mt.relu(x) + mt.abs(y), executor=executor) == (1, 4, 4)


@pytest.mark.parametrize("given", [2, object(), "processes", ProcessPoolExecutor])
def test_what_is_no_executor_is_refused(given):
    with pytest.raises(mt.PiecewiseError, match="expected an executor of concurrent.futures"):
        mt.relu(mt.variable("x")).strata(executor=given)


def test_a_broken_pool_says_so():
    class Broken(Direct):
        def submit(self, function, *given):
            future = Future()
            future.set_exception(BrokenProcessPool("a process died"))
            return future

    f = mt.relu(mt.variable("x"))
    for ask in (
        lambda: f.strata(executor=Broken()),
        lambda: f.represent(executor=Broken()),
        lambda: mt.lipschitz(f, executor=Broken()),
        lambda: mt.infimum(f, executor=Broken()),
        lambda: mt.f_vector(mt.relu(f - 1) + f, "x > 0", executor=Broken()),
    ):
        with pytest.raises(mt.BrokenPool, match=r"\(a process died\); give a new") as caught:
            ask()
        assert isinstance(caught.value.__cause__, BrokenProcessPool)
        assert isinstance(caught.value, mt.PiecewiseError)


def test_a_pool_that_is_shut_down_says_so():
    f = mt.relu(mt.variable("x"))
    with ThreadPoolExecutor(1) as executor:
        pass
    with pytest.raises(mt.BrokenPool, match="expected an executor that runs its tasks") as caught:
        f.strata(executor=executor)
    assert type(caught.value.__cause__) is RuntimeError

    class Cancelling(Direct):
        def submit(self, function, *given):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(mt.BrokenPool, match="one that cancelled them"):
        f.strata(executor=Cancelling())


def test_an_error_of_a_task_stays_what_it_is():
    class Inline(Direct):
        def submit(self, function, *given):
            future = Future()
            future.set_result(function(*given))
            return future

    x = mt.variable("x")
    jumps = mt.where(x > 0, x, x - 1) + mt.relu(x - 3)
    with pytest.raises(mt.NotContinuous):
        jumps.strata(executor=Inline())
    with pytest.raises(mt.TooManyPieces):
        mt.relu(x).strata(executor=Inline(), max_faces=1)


def test_paths_are_the_same_on_every_engine(monkeypatch):
    x = mt.vector("x", 3)
    pytest.importorskip("numpy")
    f = total(mt.relu(x)) + mt.max(x[0], x[1], x[2]) + mt.abs(x[0] - x[2] + 1)
    found = {}
    monkeypatch.setattr(engines, "MANY", 0)
    for engine in ("python", "", "numpy"):
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
        found[engine] = tasks.Walk(compile_program(f), None, 20).spread(8)
    assert found["python"] == found[""] == found["numpy"] and len(found[""]) >= 8
