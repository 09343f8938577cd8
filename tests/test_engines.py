"""The compiled engine and the one in Python: the same faces, exactly, whatever the numbers are."""

import copy
import ctypes
import gc
import os
import pickle
import platform
import random
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition import refinement
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.errors import PiecewiseError, TooManyPieces
from piecewise_mt.geometry import engine as engines
from piecewise_mt.geometry.columns import Combination, between
from piecewise_mt.geometry.compiled import CompiledComplex
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.pairs import OutOfRange, pair, triple

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import compare_engines
from cases import arrangement, network

compiled = pytest.mark.skipif(engines.engine().name != "compiled", reason="no compiled engine here")
x, y = mt.variables("x y")


def both(monkeypatch, f, **given):
    """The strata of f by the Python engine and by the compiled one."""
    found = []
    for name in ("python", "compiled"):
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", name)
        found.append(f.strata(**given))
    one, other = found
    assert isinstance(one.partition.cells, FaceComplex)
    assert isinstance(other.partition.cells, CompiledComplex)
    return one, other


def told(strata):
    """All that a user sees of strata."""
    return (
        strata.f_vector,
        [(s.labels, s.dimension, s.witness, str(s.polyhedron)) for s in strata],
        sorted(strata.poset().edges),
    )


# -- equal answers -------------------------------------------------------------------------------


@compiled
@pytest.mark.parametrize("seed", range(0, 400, 20))
def test_random_functions_of_every_node_have_the_same_faces(seed, monkeypatch):
    """Faces, words, exact rows: benchmarks/compare_engines.py does the same by the hundred
    thousand."""
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    for own in range(seed, seed + 20):
        draw = random.Random(own)
        size = draw.choice(["small", "small", "fraction", "float", "large"])
        floats = draw.random() < 0.3
        program = compile_program(compare_engines.function(draw, size))
        region = compare_engines.read_domain(
            compare_engines.domain(draw, program.names), program.names
        )
        assert compare_engines.compare(program, region, 20_000, floats) != "compiled unsuited"


@compiled
@settings(max_examples=40, deadline=None)
@given(f=functions(max_variables=2), strict=st.booleans())
def test_strata_are_the_same_to_a_user(f, strict):
    box = " and ".join(f"{n} {'<' if strict else '<='} 2" for n in compile_program(f).names)
    with pytest.MonkeyPatch.context() as patch:
        try:
            one, other = both(patch, f, domain=box)
        except PiecewiseError as error:
            with pytest.raises(type(error)):
                f.strata(domain=box)
        else:
            assert told(one) == told(other)


@compiled
@pytest.mark.parametrize("size", ["float", "large"])
@pytest.mark.parametrize(
    "kind", ["relu", "clip", "max", "where", "kth", "sort", "pl", "pool", "stated"]
)
def test_wide_weights_have_the_same_faces(kind, size, monkeypatch):
    """Layers of one node with 53-bit and with 40-bit weights, ties among them."""
    one, other = both(monkeypatch, compare_engines.layers_of_one_node(kind, size))
    assert one.f_vector == other.f_vector
    cells, twin = one.partition.cells, other.partition.cells
    assert cells.face_words()[1:] == twin.face_words()[1:]
    assert cells.levels[2:] == twin.levels[2:]
    assert cells.generators == twin.generators
    assert [s.witness for s in one[:20]] == [s.witness for s in other[:20]]


@compiled
def test_words_of_more_than_64_bits(monkeypatch):
    one, other = both(monkeypatch, arrangement("", 2, 70, seed=1).build())
    assert one.f_vector == other.f_vector
    assert one.partition.cells.face_words()[1:] == other.partition.cells.face_words()[1:]


ENGINES = ["python", *compare_engines.others()]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("bound", [5, 10**9])
def test_strata_and_pieces_are_pickled_and_copied(bound, engine, monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
    monkeypatch.setattr(engines, "MANY", 0)
    f = network([2, 4, 3, 1], bound=bound).build()
    strata = f.strata()
    for other in (pickle.loads(pickle.dumps(strata)), copy.deepcopy(strata)):
        assert told(other) == told(strata)
    rep = f.represent()
    again = pickle.loads(pickle.dumps(rep))
    assert [(str(p.polyhedron), p.gradient) for p in again] == [
        (str(p.polyhedron), p.gradient) for p in rep
    ]


@compiled
def test_lines_that_no_kink_crosses_stay(monkeypatch):
    x, y, z = mt.variables("x y z")
    f = (mt.relu(x + y) + mt.abs(mt.relu(x + y) - 2) + mt.max(x + y, 1, 2 * (x + y))).on(x, y, z)
    one, other = both(monkeypatch, f)
    assert told(one) == told(other)
    assert one.partition.cells.lines == other.partition.cells.lines != []


class Forgetful(dict):
    """Knows nothing of what has been refined by."""

    def get(self, key):
        return None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [k for k in compare_engines.KINDS if k != "smooth"])
def test_what_is_refined_by_twice_is_cut_by_once(kind, engine, monkeypatch):
    """A function less another one with the same layers: labels as if every unit were cut by."""
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", engine)
    monkeypatch.setattr(engines, "MANY", 0)

    def built(seed, turn):
        draw = random.Random(seed)
        w = compare_engines.weights(draw, "small")
        h = mt.vector("x", 2)
        for width in (3, 2):
            rows = [[turn * w() for _ in range(h.size)] for _ in range(width)]
            bias = [turn * w() for _ in range(width)]
            h = compare_engines.layer(draw, w, mt.affine(rows, h, bias), kind)
        return mt.affine([[1] * h.size], h)[0]

    cuts = []
    cut = refinement.Refinement._cut_once
    monkeypatch.setattr(
        refinement.Refinement,
        "_cut_once",
        lambda self, *given: cuts.append(cut(self, *given)) or cuts[-1],
    )
    for seed in range(6):
        program = compile_program(built(seed, 1) - 2 * built(seed, 1) + built(seed, -1))
        cells = partition(program, None, 10**6).cells
        start = refinement.Refinement.__init__

        def forgetful(self, *given, start=start):
            start(self, *given)
            self.known_kinks, self.known_units = Forgetful(), Forgetful()
            self.known_outputs = Forgetful()

        with monkeypatch.context() as patch:
            patch.setattr(refinement.Refinement, "__init__", forgetful)
            twin = partition(program, None, 10**6).cells
        assert cells.face_words() == twin.face_words()
        assert cells.levels[2:] == twin.levels[2:]
    assert not cuts or False in cuts


# -- numbers -------------------------------------------------------------------------------------


@compiled
def test_rows_go_on_as_double_doubles_once_they_do_not_fit(monkeypatch):
    """A network of small integers whose vertices soon have more than 64 bits."""
    f = network([2, 9, 9, 9, 1], seed=5, bound=10**5).build()
    one, other = both(monkeypatch, f)
    assert other.partition.cells.tier == "double-doubles"
    assert one.f_vector == other.f_vector
    assert one.partition.cells.generators == other.partition.cells.generators


@compiled
def test_signs_in_doubt_are_decided_exactly(monkeypatch):
    """Lines through one point with no short coordinates: their heights there are exactly zero."""
    asked = []
    exact = CompiledComplex._exact_height

    def counted(self, index, kink):
        asked.append(index)
        return exact(self, index, kink)

    monkeypatch.setattr(CompiledComplex, "_exact_height", counted)
    draw = random.Random(3)
    point = [Fraction(draw.getrandbits(60), 3**30) for _ in range(2)]
    lines = [[Fraction(draw.uniform(-1, 1)) for _ in range(2)] for _ in range(9)]
    bias = [-sum(a * b for a, b in zip(row, point)) for row in lines]
    f = mt.affine([[1] * 9], mt.relu(mt.affine(lines, mt.vector("x", 2), bias)))[0]
    one, other = both(monkeypatch, f)
    assert other.partition.cells.tier == "double-doubles"
    assert len(asked) >= 7
    assert one.f_vector == other.f_vector == (1, 18, 18)
    assert other[-1].witness == tuple(point)
    # as close to the point as 2^-200: no zero, and no double-double tells
    bias[-1] += Fraction(1, 2**200)
    f = mt.affine([[1] * 9], mt.relu(mt.affine(lines, mt.vector("x", 2), bias)))[0]
    one, other = both(monkeypatch, f)
    assert one.f_vector == other.f_vector == (9, 33, 25)


@compiled
@pytest.mark.parametrize("size", [2**70, 2**300, Fraction(1, 2**300), 2**900])
def test_weights_of_any_size(size, monkeypatch):
    """Numbers that underflow or overflow are left to the Python engine, or scaled."""
    f = mt.relu(size * x + y - 1) + mt.relu(x - size * y) + mt.relu(x + y)
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "python")
    one = told(f.strata())
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    assert told(f.strata()) == one


@compiled
@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or os.name == "nt", reason="fesetround by number"
)
def test_another_rounding_mode_is_noticed(monkeypatch):
    f = network([2, 5, 5, 1], bound=10**9).build()
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    found = f.strata()
    assert found.partition.cells.tier == "double-doubles"
    libm = ctypes.CDLL(None)
    upward, nearest = 0x800, 0
    libm.fesetround(upward)
    try:
        other = f.strata()
    finally:
        libm.fesetround(nearest)
    assert isinstance(other.partition.cells, FaceComplex)
    assert found.f_vector == other.f_vector


big = st.integers(-(2**200), 2**200)


@given(n=big, d=st.integers(1, 2**120), shift=st.integers(-300, 300))
def test_pairs_of_floats_are_close(n, d, shift):
    high, low, exact = pair(n, d, shift)
    value = Fraction(n, d) * Fraction(2) ** shift
    error = abs(Fraction(high) + Fraction(low) - value)
    assert error <= abs(value) / 2**105
    assert not exact or error == 0
    high, low, radius = triple(n, d, shift)
    assert abs(Fraction(high) + Fraction(low) - value) <= Fraction(radius)


def test_pairs_of_floats_do_not_overflow():
    with pytest.raises(OutOfRange):
        pair(2**1000)
    with pytest.raises(OutOfRange):
        pair(1, 3, -1000)


@compiled
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_radii_hold(data):
    """Every float of a complex is within its radius of the exact row, up to one factor a row."""
    numbers = st.integers(-(2**40), 2**40)
    cells = CompiledComplex(engines._kernel()[0], 2, 10**6, None, 64)
    cells._promote()
    for _ in range(data.draw(st.integers(1, 6))):
        row = [data.draw(numbers) for _ in range(cells._width)]
        if data.draw(st.booleans()):
            row[2:] = [0] * len(row[2:])
        cells.cut(Combination.of(row))
        if data.draw(st.booleans()):
            cells.append([Combination.of([data.draw(numbers) for _ in row])])
    for index, exact in enumerate(cells.generators):
        given = cells._kernel.row(index)
        lead = max(range(3), key=lambda c: abs(given[3 * c]))
        own = Fraction(given[3 * lead]) + Fraction(given[3 * lead + 1])
        # the factor of a vertex is 1/x0; that of a direction is known up to the lead's radius
        factor = Fraction(1, exact[0]) if exact[0] else own / exact[lead]
        slack = 0 if exact[0] else Fraction(given[3 * lead + 2]) / abs(own)
        for column, value in enumerate(exact):
            high, low, radius = map(Fraction, given[3 * column : 3 * column + 3])
            true = value * factor / Fraction(2) ** cells._exponents[column]
            assert abs(high + low - true) <= radius + slack * abs(true)


def test_between_two_rows_the_kink_vanishes():
    kink = Combination(((0, -3), (1, 1)))
    row = between([1, 5, 0], [2, 2, 6], kink.read([1, 5, 0]), -kink.read([2, 2, 6]))
    assert row == [2, 6, 3] and kink.read(row) == 0


# -- limits and interrupts -----------------------------------------------------------------------


@compiled
def test_limits_and_progress_are_those_of_the_python_engine(monkeypatch):
    f = network([3, 6, 6, 1]).build()
    counts = {}
    for name in ("python", "compiled"):
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", name)
        counts[name] = []
        f.strata(progress=counts[name].append)
        with pytest.raises(TooManyPieces, match="expected at most 200 faces, got ") as error:
            f.strata(max_faces=200)
        counts[name].append(str(error.value))
    assert [c for c in counts["python"] if c != 1] == [c for c in counts["compiled"] if c != 1]


@compiled
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_an_interrupt_stops_a_run(monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    f = arrangement("", 4, 60).build()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            len(f.strata(max_faces=10**8))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert arrangement("", 2, 3).build().strata().f_vector == (3, 9, 7)


@compiled
def test_an_interrupted_change_is_not_gone_on_with():
    kernel = engines._kernel()[0](4, 200)
    draw = random.Random(1)
    cells = CompiledComplex(lambda *given: kernel, 4, 10**9, None, 200)

    def stop(*given):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            while True:
                cells.cut(Combination.of([draw.randint(-50, 50) for _ in range(5)]))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # either it stopped between two changes, or the kernel refuses to go on
    try:
        cells.cut(Combination(((1, 1),)))
    except RuntimeError as error:
        assert "interrupted" in str(error)
    else:
        sizes = kernel.sizes()
        assert sum((-1) ** k * n for k, n in enumerate(sizes)) == 0


@compiled
def test_nothing_crashes_the_kernel():
    """What no caller does is refused with an exception."""
    kernel = engines._kernel()[0]
    for wrong in ((0, 1), (1000, 1), (2, 0), (2, 2**30)):
        with pytest.raises(ValueError):
            kernel(*wrong)
    own = kernel(2, 5)
    form = ([0, 1], [1, -1], 1)
    calls = [
        ("cut", (([9], [1], 1), -1, 0, None), IndexError),
        ("cut", (([0], [1, 2], 1), -1, 0, None), ValueError),
        ("cut", (([0], [1], 0), -1, 0, None), ValueError),
        ("cut", (([0], [2**70], 1), -1, 0, None), OverflowError),
        ("cut", (form, 63, 0, None), IndexError),
        ("cut", ("no form", -1, 0, None), TypeError),
        ("append", ("no list",), TypeError),
        ("append", ([7],), TypeError),
        ("select", (1, [], []), RuntimeError),
        ("pick", ([form] * 3, None, None), RuntimeError),
        ("pick", ([form], b"", None), ValueError),
        ("pick", ([form], b"\7\0\0\0", None), IndexError),
        ("delete", (0, 1), IndexError),
        ("delete", (2, 9), IndexError),
        ("clear", (60, 9), IndexError),
        ("drop", (b"short",), ValueError),
        ("count", (b"short",), ValueError),
        ("load", ([], []), ValueError),
        ("load", ([[1, 2]], [0]), ValueError),
        ("load", ([[1, 2, 2**64]], [0]), OverflowError),
        ("set_row", (0, [0.0]), ValueError),
        ("patterns", (0, 99, False), IndexError),
        ("faces", (7,), IndexError),
        ("generators_of", (1, 5), IndexError),
        ("row", (-1,), IndexError),
        ("parents", (0,), IndexError),
    ]
    for name, arguments, error in calls:
        with pytest.raises(error):
            getattr(own, name)(*arguments)
    assert own.sizes() == [1, 1] and own.row(0) == [1, 0, 0]


@compiled
def test_memory_is_given_back(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
    programs = [compile_program(network([3, 8, 8, 1], bound=bound).build()) for bound in (5, 10**9)]
    f = mt.max(x, y, x + y, 1) + mt.where(x > y, x, y)
    programs.append(compile_program(f))

    def run(times):
        for _ in range(times):
            for program in programs:
                cells = partition(program, None, 10**6).cells
                cells.count(1)
                cells.face_words()
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = run(5)
    assert run(40) < before + 8_000  # kilobytes; what is leaked once a run would be more


# -- which engine runs ---------------------------------------------------------------------------


def test_the_environment_chooses_the_engine(monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "python")
    assert mt.engine().name == "python"
    assert str(mt.engine()) == "python: PIECEWISE_MT_ENGINE asks for it"
    assert isinstance((mt.relu(x)).strata().partition.cells, FaceComplex)
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "fortran")
    with pytest.raises(PiecewiseError, match=r"one of \['compiled', 'numpy', 'python'\], got 'f"):
        mt.engine()


def test_without_an_extension_the_reason_is_told(monkeypatch, tmp_path):
    """The reason that the installation has left, or that of the import."""
    monkeypatch.delenv("PIECEWISE_MT_ENGINE", raising=False)
    monkeypatch.setitem(sys.modules, "piecewise_mt.geometry._kernel", None)
    monkeypatch.setattr(engines, "__file__", str(tmp_path / "engine.py"))
    monkeypatch.setattr(engines, "_has_numpy", lambda: False)
    engines._kernel.cache_clear()
    try:
        assert mt.engine().name == "python"
        assert "the extension is not there" in mt.engine().reason
        assert mt.max(x, y).strata().f_vector == (0, 1, 2)
        (tmp_path / "_kernel_reason.txt").write_text("no compiler\n", encoding="utf-8")
        engines._kernel.cache_clear()
        assert mt.engine() == engines.Engine("python", "no compiler")
        monkeypatch.setattr(engines, "_has_numpy", lambda: True)
        assert mt.engine() == engines.Engine("numpy", "no compiler")
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
        with pytest.raises(PiecewiseError, match="got none: no compiler; "):
            mt.engine()
    finally:
        engines._kernel.cache_clear()


def test_importing_the_package_does_not_load_the_extension():
    code = "import sys, piecewise_mt; print('piecewise_mt.geometry._kernel' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"
