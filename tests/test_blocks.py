"""Faces in blocks: each is owned once, whatever the engine, and paths lead back to blocks."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition.blocks import blocks
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.errors import NotContinuous, OutsideDomain, PiecewiseError
from piecewise_mt.geometry import engine as engines
from piecewise_mt.geometry.compiled import CompiledComplex
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.kernel_rows import Unsuited

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import compare_engines
from cases import arrangement, network

NAMES = ["python", *compare_engines.others()]
x, y = mt.variables("x y")


def owned(found):
    """{word: level} of the faces that blocks own; no word may come twice."""
    words = {}
    for block in found:
        for level, own in enumerate(block.cells.face_words()):
            for word in own:
                if level and word & block.owned == block.owned:
                    assert word not in words
                    words[word] = level
    return words


def whole(program, region):
    cut = partition(program, region, 10**6)
    return {
        word: level
        for level, own in enumerate(cut.cells.face_words())
        for word in own
        if level and word & cut.strict == cut.strict
    }


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize("seed", range(0, 240, 20))
def test_every_face_is_in_one_block(seed, engine, monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
    monkeypatch.setattr(engines, "MANY", 0)
    several = 0
    for own in range(seed, seed + 20):
        draw = random.Random(own)
        size = draw.choice(["small", "small", "fraction", "float", "large"])
        program = compile_program(compare_engines.function(draw, size))
        text = compare_engines.domain(draw, program.names)
        budget = draw.choice([3, 10, 30])
        try:
            region = read_domain(text, program.names)
            expected = whole(program, region)
        except PiecewiseError as error:
            with pytest.raises(type(error)):
                list(blocks(program, read_domain(text, program.names), budget))
            continue
        found = list(blocks(program, region, budget))
        several += len(found) > 1
        assert owned(found) == expected
        for block in found[:3]:
            (again,) = blocks(program, region, budget, block.path)
            assert (again.path, again.owned) == (block.path, block.owned)
            assert again.cells.levels[2:] == block.cells.levels[2:]
    assert several


@settings(max_examples=40, deadline=None)
@given(f=functions(max_variables=2, scalar=True), block=st.integers(1, 40), data=st.data())
def test_counts_are_those_of_strata(f, block, data):
    names = compile_program(f).names
    box = " and ".join(f"{n} {data.draw(st.sampled_from(['<', '<=']))} 1" for n in names)
    domain = data.draw(st.sampled_from([None, box]))
    assert mt.f_vector(f, domain, block=block) == f.strata(domain).f_vector


@pytest.mark.parametrize("engine", NAMES)
def test_a_block_is_about_as_large_as_asked_for(engine, monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
    monkeypatch.setattr(engines, "MANY", 0)
    program = compile_program(arrangement("", 3, 14).build())
    found = list(blocks(program, None, 500))
    assert len(found) >= 6
    assert max(len(block.cells) for block in found) < 1000
    assert len(owned(found)) == len(whole(program, None))


@pytest.mark.parametrize("engine", NAMES)
def test_maxima_are_split_by_their_operands(engine, monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
    monkeypatch.setattr(engines, "MANY", 0)
    draw = random.Random(4)
    rows = [[draw.randint(-9, 9) for _ in range(2)] for _ in range(12)]
    z = mt.affine(rows, mt.vector("x", 2), [draw.randint(-9, 9) for _ in range(12)])
    f = mt.max(z[:4]) + mt.max(z[4:8]) + mt.min(z[8:])
    program = compile_program(f)
    found = list(blocks(program, None, 10))
    assert len(found) > 2 and any(len(bits) == 4 for b in found for _, bits, _ in b.path)
    assert owned(found) == whole(program, None)


def test_jumps_and_empty_domains_are_refused():
    f = mt.where(x > y, x, x + 1) + mt.relu(x) + mt.relu(y)
    with pytest.raises(NotContinuous):
        mt.f_vector(f, block=1)
    with pytest.raises(OutsideDomain):
        mt.f_vector(mt.relu(x), "x > 1 and x < 0")
    for wrong in (0, True, 2.5, "many"):
        with pytest.raises(PiecewiseError, match="number of faces from 1 on as block"):
            mt.f_vector(mt.relu(x), block=wrong)


def test_smooth_nodes_and_progress():
    f = mt.relu(x * y - y * x + x) * y + mt.relu(y)
    assert mt.f_vector(f, block=1) == f.strata().f_vector == (1, 4, 4)
    counts = []
    assert mt.f_vector(mt.relu(x) + mt.relu(y), block=5, progress=counts.append) == (1, 4, 4)
    assert counts == sorted(counts) and counts[-1] == 9


@pytest.mark.skipif("compiled" not in NAMES, reason="no compiled engine here")
def test_a_block_that_the_compiled_engine_gives_up_is_done_in_python(monkeypatch):
    """Each block on its own: the path leads to it in Python, too."""
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    program = compile_program(network([2, 6, 6, 6, 1]).build())
    expected = whole(program, None)
    cut, calls = CompiledComplex.cut, []

    def tired(self, kink, bit=-1):
        calls.append(kink)
        if len(calls) == 40:
            raise Unsuited("enough")
        cut(self, kink, bit)

    monkeypatch.setattr(CompiledComplex, "cut", tired)
    found = list(blocks(program, None, 40))
    kinds = {type(block.cells) for block in found}
    assert kinds == {CompiledComplex, FaceComplex}
    assert owned(found) == expected


@pytest.mark.skipif("compiled" not in NAMES, reason="no compiled engine here")
def test_memory_is_bounded():
    """More than a million faces in the memory of a block or two."""
    pytest.importorskip("resource")
    code = """if True:
        import resource, sys
        sys.path.insert(0, "benchmarks")
        import piecewise_mt as mt
        from cases import arrangement
        small, large = (arrangement("", 4, n).build() for n in (4, 38))
        mt.f_vector(small)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        counts = mt.f_vector(large, block=20_000)
        print(sum(counts), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        cwd=Path(__file__).resolve().parent.parent,
    )
    faces, kilobytes = map(int, done.stdout.split())
    assert faces > 10**6
    assert kilobytes < 30_000
