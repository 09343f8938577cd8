"""A Dask cluster on the loopback address: the same counts, also if a worker dies in the middle."""

import os
import signal
import warnings

import pytest

import piecewise_mt as mt
from piecewise_mt.calculus.partition import tasks

distributed = pytest.importorskip("distributed")


@pytest.fixture
def client(monkeypatch):
    # the nannies of workers start them with the variables of this process
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "5")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        )
    try:
        with distributed.Client(cluster) as client:
            yield client
    finally:
        cluster.close()


def network():
    import random

    rng = random.Random(3)
    h = mt.vector("x", 3)
    for size in (6, 6):
        weights = [[rng.randint(-3, 3) for _ in range(h.size)] for _ in range(size)]
        h = mt.relu(mt.affine(weights, h, [rng.randint(-2, 2) for _ in range(size)]))
    return h


@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_loses_its_tasks_only(client, monkeypatch):
    monkeypatch.setattr(tasks, "FIRST", 50)
    f = network()
    alone = f.strata()
    executor = client.get_executor()
    assert mt.f_vector(f, executor=executor) == alone.f_vector
    killed = []

    def after(count):
        if not killed:
            # a worker of the two, while tasks are under way
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    assert mt.f_vector(f, executor=executor, block=300, progress=after) == alone.f_vector
    assert killed


@pytest.mark.filterwarnings("ignore")
def test_strata_and_pieces_are_the_same(client):
    f = mt.relu(mt.max(*mt.variables("x y")) - 1)
    many = f.represent(executor=client.get_executor())
    assert str(many.table()) == str(f.represent().table())


def test_the_client_itself_is_refused(client):
    with pytest.raises(mt.PiecewiseError, match="give its get_executor"):
        mt.relu(mt.variable("x")).strata(executor=client)
