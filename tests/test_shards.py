"""Strata on disk: the same as those in memory, however often the writing was interrupted.

The oracle is the enumeration in memory.
"""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest

import piecewise_mt as mt
from piecewise_mt.interop import shards as module

pytest.importorskip("pyarrow")


def network(seed=3, widths=(2, 5, 5)):
    rng = random.Random(seed)
    h = mt.vector("x", widths[0])
    for size in widths[1:]:
        weights = [[rng.randint(-3, 3) for _ in range(h.size)] for _ in range(size)]
        h = mt.relu(mt.affine(weights, h, [rng.randint(-2, 2) for _ in range(size)]))
    return h


def in_memory(f, domain=None):
    return Counter((s.dimension, s.labels) for s in f.strata(domain))


@pytest.mark.parametrize("domain", [None, "x1 > 0 and x1 <= 3"])
@pytest.mark.parametrize("f", [network(), mt.max(*mt.variables("x1 x2 x3")), network(5, (1, 2))])
def test_shards_are_the_strata(tmp_path, f, domain):
    shards = mt.write_shards(f, tmp_path / "s", domain, block=20)
    assert shards.is_complete and Counter(shards) == in_memory(f, domain)
    assert shards.f_vector == f.strata(domain).f_vector and len(shards) == len(f.strata(domain))
    again = mt.read_shards(tmp_path / "s", f, domain)
    assert Counter(again) == Counter(shards)
    # nothing is left to do, and nothing is done
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "s").iterdir()}
    mt.write_shards(f, tmp_path / "s", domain, block=20)
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "s").iterdir()} == before


KILLED = """
    import os, signal, sys
    import piecewise_mt as mt
    from piecewise_mt.interop import shards
    sys.path.insert(0, {tests!r})
    from test_shards import network
    shards.MOST = 1
    lines = 0
    def after(count):
        global lines
        lines += 1
        if lines == {lines}:
            os.kill(os.getpid(), signal.SIGKILL)
    mt.write_shards(network(), {folder!r}, block=20, progress=after)
"""


def test_a_run_that_was_killed_goes_on(tmp_path, monkeypatch):
    f, folder = network(), tmp_path / "s"
    for lines in (1, 3):
        code = textwrap.dedent(KILLED).format(
            tests=os.path.dirname(__file__), folder=str(folder), lines=lines
        )
        ended = subprocess.run([sys.executable, "-c", code], check=False)
        assert ended.returncode == -signal.SIGKILL
        part = mt.read_shards(folder, f)
        assert not part.is_complete and part.left
        assert sum(part.f_vector) == len(list(part)) < sum(f.strata().f_vector)
    # a line that was cut off, and a file that belongs to none
    with (folder / module.JOURNAL).open("a") as journal:
        journal.write('{"path": [[0, [1')
    (folder / "0123.parquet").write_bytes(b"rubbish")
    whole = mt.write_shards(f, folder, block=20)
    assert whole.is_complete and Counter(whole) == in_memory(f)
    assert whole.f_vector == f.strata().f_vector


def test_a_broken_pool_keeps_what_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    f, folder = network(), tmp_path / "s"
    executor = ProcessPoolExecutor(2)

    def after(count):
        for process in executor._processes.values():
            process.kill()

    with pytest.raises(mt.BrokenPool, match="mt.write_shards to keep") as caught:
        mt.write_shards(f, folder, block=20, executor=executor, progress=after)
    assert isinstance(caught.value.__cause__, BrokenProcessPool)
    executor.shutdown()
    part = mt.read_shards(folder, f)
    assert not part.is_complete and len(part) > 0
    with ProcessPoolExecutor(2) as another:
        whole = mt.write_shards(f, folder, block=20, executor=another)
    assert whole.is_complete and Counter(whole) == in_memory(f)


def test_shards_of_another_function_say_what_differs(tmp_path):
    pytest.importorskip("pyarrow")
    x, y = mt.variables("x y")
    f, folder = mt.relu(x), tmp_path / "s"
    mt.write_shards(f, folder, "x > 0")

    def said(*given):
        with pytest.raises(mt.PiecewiseError) as caught:
            mt.read_shards(folder, *given)
        expected, found = str(caught.value).split(", got ")
        assert expected not in found
        return str(caught.value)

    assert "relu(x), got relu(x + y); give" in said(mt.relu(x + y))
    assert "relu(x) in the variables ['x'], got it in ['x', 'y']" in said(f.on("x", "y"))
    assert "relu(x) on x > 0, got it on x > 1" in said(f, "x > 1")
    assert "relu(x) on x > 0, got it on all of it" in said(f)
    # two that no text tells apart
    journal = folder / module.JOURNAL
    head, rest = journal.read_text().split("\n", 1)
    other = {**json.loads(head), "fingerprint": "another"}
    journal.write_text(json.dumps(other) + "\n" + rest)
    assert "got a function that is written alike but has other" in said(f, "x > 0")


def test_other_functions_and_folders_are_refused(tmp_path):
    x, y = mt.variables("x1 x2")
    f = mt.max(x, y)
    mt.write_shards(f, tmp_path / "s")
    for other, domain in ((mt.min(x, y), None), (mt.max(x, 2 * y), None), (f, "x1 > 0")):
        with pytest.raises(mt.PiecewiseError, match="expected the function and domain"):
            mt.read_shards(tmp_path / "s", other, domain)
        with pytest.raises(mt.PiecewiseError, match="expected the function and domain"):
            mt.write_shards(other, tmp_path / "s", domain)
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "letter.txt").write_text("mine")
    with pytest.raises(mt.PiecewiseError, match="expected an empty folder"):
        mt.write_shards(f, tmp_path / "t")
    with pytest.raises(mt.PiecewiseError, match="without journal"):
        mt.read_shards(tmp_path / "none", f)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: {**line, "files": ["../other.parquet"]},
        lambda line: {**line, "files": ["/etc/passwd"]},
        lambda line: {**line, "path": [["__import__", [], 0]]},
        lambda line: {"path": []},
        lambda line: [1, 2],
    ],
)
def test_a_journal_is_only_data(tmp_path, change):
    f = mt.max(*mt.variables("x1 x2"))
    mt.write_shards(f, tmp_path)
    journal = tmp_path / module.JOURNAL
    head, line = journal.read_text().splitlines()
    journal.write_text(head + "\n" + json.dumps(change(json.loads(line))) + "\n")
    with pytest.raises(mt.PiecewiseError, match="expected the (journal|path)"):
        list(mt.read_shards(tmp_path, f).left)
        list(mt.read_shards(tmp_path, f))


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(mt.Unsupported, match=r"pip install 'piecewise_mt\[arrow\]'"):
        mt.write_shards(mt.relu(mt.variable("x")), tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_two_writers_at_once_are_refused(tmp_path):
    f = network()
    tried = []

    def meanwhile(count):
        if not tried:
            code = textwrap.dedent(KILLED).format(
                tests=os.path.dirname(__file__), folder=str(tmp_path), lines=0
            )
            tried.append(
                subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
            )

    whole = mt.write_shards(f, tmp_path, block=20, progress=meanwhile)
    assert tried[0].returncode == 1 and "nobody else writes to" in tried[0].stderr
    assert whole.is_complete and Counter(whole) == in_memory(f)


def test_what_is_no_folder_is_refused(tmp_path):
    f = mt.relu(mt.variable("x"))
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", None, 3, "a\0b"):
        with pytest.raises(mt.PiecewiseError, match="expected (a folder|the path of a folder)"):
            mt.write_shards(f, folder)


def test_a_file_that_is_gone_is_said(tmp_path):
    f = mt.max(*mt.variables("x1 x2"))
    shards = mt.write_shards(f, tmp_path)
    shards.files[0].unlink()
    with pytest.raises(mt.PiecewiseError, match="expected the file"):
        list(mt.read_shards(tmp_path, f))
