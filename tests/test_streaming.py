"""Questions about many faces in little memory: streams, Lipschitz constants, infima.

The oracles are the strata in memory, and the reports that keep all of them.
"""

import random
import resource
import subprocess
import sys
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sympy
from test_executors import random_functions

import piecewise_mt as mt
from piecewise_mt.calculus.partition import blocks, strata


def network(widths, seed):
    rng = random.Random(seed)
    h = mt.vector("x", widths[0])
    for size in widths[1:]:
        weights = [[rng.randint(-3, 3) for _ in range(h.size)] for _ in range(size)]
        h = mt.relu(mt.affine(weights, h, [rng.randint(-2, 2) for _ in range(size)]))
    return h


@pytest.fixture
def in_small_blocks(monkeypatch):
    """Blocks of a few faces, and strata that are left for later."""
    monkeypatch.setattr(strata, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(blocks.blocks, "__defaults__", (7, ()))


def told(stratum):
    return stratum.dimension, stratum.labels, stratum.witness, stratum.polyhedron


@pytest.mark.parametrize(("number", "f", "domain"), list(random_functions(25)))
def test_a_stream_has_the_strata(in_small_blocks, number, f, domain):
    later = f.strata(domain)
    streamed = [told(s) for s in later.stream()]
    assert len(streamed) == len(set(streamed))
    if len(streamed) > 9:
        assert "partition" not in vars(later)  # nothing was kept
    assert sorted(streamed, key=str) == sorted(map(told, later), key=str)
    # what is there is streamed from where it is
    assert Counter(map(told, later.stream())) == Counter(streamed)


def test_a_stream_begins_before_the_end(in_small_blocks, monkeypatch):
    f = network((3, 5, 5), 1)
    finished = []
    step = blocks.Refinement.step
    monkeypatch.setattr(blocks.Refinement, "step", lambda self: (finished.append(1), step(self))[1])
    stream = f.strata().stream()
    next(stream)
    begun = len(finished)
    assert sum(1 for _ in stream) + 1 == sum(f.strata().f_vector)
    assert begun < len(finished) / 4


@pytest.mark.parametrize(("number", "f", "domain"), list(random_functions(25)))
def test_constants_are_those_of_the_reports(in_small_blocks, number, f, domain):
    for ord in (1, 2, "inf"):
        assert mt.lipschitz(f, ord, domain) == mt.lipschitz_report(f, ord, domain).constant
    assert mt.infimum(f, domain) == mt.infimum_report(f, domain).value
    assert mt.infimum(-f, domain) == mt.infimum_report(-f, domain).value
    with ThreadPoolExecutor(2) as executor:
        assert mt.infimum(f, domain, executor=executor) == mt.infimum(f, domain)
        assert mt.lipschitz(f, 2, domain, executor=executor) == mt.lipschitz(f, 2, domain)


def test_flat_domains_lines_and_rays():
    x, y = mt.variables("x y")
    f = abs(x) - y
    assert mt.infimum(f) == -sympy.oo and mt.infimum(f, "y = 2") == -2
    assert mt.infimum(f, "y < 2") == -2 and mt.infimum(f, "x = 3 and y <= x") == 0
    assert mt.infimum(mt.relu(x).on(x, y)) == 0  # with a line on which it is constant
    with pytest.raises(mt.PiecewiseError, match="no interior"):
        mt.lipschitz(f, 2, "x = 1")


def test_an_interrupted_cutting_is_begun_anew(monkeypatch):
    monkeypatch.setattr(strata, "MOST_AT_ONCE", 5)
    f = network((2, 4, 4), 2)
    later, count = f.strata(), [0]

    def interrupted(self, faces, on_cut):
        own = advanced(self, 60, on_cut)
        count[0] += 1
        if count[0] == 1:
            raise KeyboardInterrupt
        return own if faces <= 60 else advanced(self, faces, on_cut)

    from piecewise_mt.calculus.partition.refinement import Cutting

    advanced = Cutting._advanced
    monkeypatch.setattr(Cutting, "_advanced", interrupted)
    with pytest.raises(KeyboardInterrupt):
        len(later)
    assert later.f_vector == network((2, 4, 4), 2).strata().f_vector


def test_many_faces_are_counted_in_little_memory():
    code = """
        import resource, sys
        sys.path.insert(0, {tests!r})
        from test_streaming import network
        import piecewise_mt as mt
        f = network((3, 12, 12, 8), 5)
        if mt.engine().name != "compiled":
            print(0, 0)
        else:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            counts = mt.f_vector(f, block=20000)
            print(sum(counts), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    code = textwrap.dedent(code).format(tests=__file__.rsplit("/", 1)[0])
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    faces, kilobytes = map(int, out.stdout.split())
    if not faces:
        pytest.skip("the engine in Python takes long for so many")
    unit = 1 if sys.platform == "darwin" else 1024
    assert faces > 50_000 and kilobytes * unit < 60 * 2**20, resource.__name__


def test_counts_by_formula_need_no_faces():
    assert sum(mt.f_vector(mt.max(mt.vector("y", 40)))) == 2**40 - 1
    assert mt.f_vector(mt.max(mt.vector("y", 5))) == mt.max(mt.vector("y", 5)).strata().f_vector


@pytest.mark.parametrize("size", [3, 16])
def test_domains_that_only_strictness_empties_are_refused(size):
    f = mt.max(mt.vector("x", size))
    for question in (mt.infimum, mt.infimum_report, mt.argmin):
        with pytest.raises(mt.OutsideDomain):
            question(f, "x1 > 0 and x1 < 0")


@pytest.mark.parametrize("given", ["a", 1.5, True])
def test_max_faces_is_a_number_of_faces(given):
    with pytest.raises(mt.PiecewiseError, match="expected a number of faces as max_faces"):
        mt.relu(mt.variable("x")).strata(max_faces=given)


def test_points_that_are_none_are_refused():
    numpy = pytest.importorskip("numpy")
    x, y = mt.variables("x y")
    rep = mt.max(x, y).represent()
    for points in (numpy.zeros((2, 0)), numpy.zeros((0, 3)), {"x": 1.0, "y": 2.0}):
        with pytest.raises(mt.PiecewiseError, match="expected"):
            rep.values(points)
    with pytest.raises(mt.PiecewiseError, match="expected parameters as a mapping"):
        rep.gradients([(1.0, 1.0)], parameters=[1])
    with pytest.raises(mt.InexactNumber, match="in the range of float64"):
        mt.exp(mt.relu(mt.variable("x"), at_zero=0)).represent().values([0.0, 1.0, 800.0])
