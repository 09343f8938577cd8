"""The engine on NumPy's arrays: the Python engine's faces, exactly, whatever the numbers are."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

numpy = pytest.importorskip("numpy")

from generators import functions  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import piecewise_mt as mt  # noqa: E402
from piecewise_mt.calculus.evaluation.program import compile_program  # noqa: E402
from piecewise_mt.calculus.partition import refinement  # noqa: E402
from piecewise_mt.calculus.partition.blocks import blocks  # noqa: E402
from piecewise_mt.errors import PiecewiseError, TooManyPieces  # noqa: E402
from piecewise_mt.geometry import array_labels, array_rows  # noqa: E402
from piecewise_mt.geometry import engine as engines  # noqa: E402
from piecewise_mt.geometry.array_rows import LIMIT, IntRows, ListRows, TooLarge, rows_of  # noqa: E402
from piecewise_mt.geometry.columns import Combination  # noqa: E402
from piecewise_mt.geometry.complex import FaceComplex  # noqa: E402
from piecewise_mt.geometry.kernel_rows import Unsuited  # noqa: E402
from piecewise_mt.geometry.vectorised import ArrayComplex  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import compare_engines  # noqa: E402
from cases import arrangement, network  # noqa: E402

x, y = mt.variables("x y")


@pytest.fixture
def arrays(monkeypatch):
    """Arrays from the first face on."""
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "numpy")
    monkeypatch.setattr(engines, "MANY", 0)
    return monkeypatch


def both(f, domain=None, many=0):
    """The strata of f by the Python engine and by arrays."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "MANY", many)
        for name in ("python", "numpy"):
            patch.setenv("PIECEWISE_MT_ENGINE", name)
            found.append(f.strata(domain))
    assert isinstance(found[0].partition.cells, FaceComplex)
    return found


def same(one, other):
    """Whether two complexes are the same, in the same order."""
    assert isinstance(other, ArrayComplex)
    assert one.levels[2:] == other.levels[2:]
    assert one.face_words()[1:] == other.face_words()[1:]
    assert one.lines == other.lines
    assert one.generators == other.generators
    return True


# -- equal answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(0, 400, 20))
def test_random_functions_of_every_node_have_the_same_faces(seed, monkeypatch):
    """Faces, words, exact rows, also with rows as lists from the start, and arrays later on."""
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "numpy")
    tiers = set()
    for own in range(seed, seed + 20):
        draw = random.Random(own)
        size = draw.choice(["small", "small", "fraction", "float", "large"])
        program = compile_program(compare_engines.function(draw, size))
        region = compare_engines.read_domain(
            compare_engines.domain(draw, program.names), program.names
        )
        for in_lists, many in ((False, 0), (True, 0), (False, 20)):
            tier = compare_engines.compare(program, region, 20_000, in_lists, ["numpy"], many)
            # kinks behind smooth nodes ask for lists
            assert tier != "numpy unsuited" or program.is_smooth
            tiers.add(tier)
    assert {"numpy 64-bit integers", "numpy lists"} <= tiers


@settings(max_examples=60, deadline=None)
@given(f=functions(max_variables=2), strict=st.booleans(), many=st.sampled_from([0, 10]))
def test_strata_are_the_same_to_a_user(f, strict, many):
    box = " and ".join(f"{n} {'<' if strict else '<='} 2" for n in compile_program(f).names)
    try:
        one, other = both(f, box, many)
    except PiecewiseError as error:
        with pytest.raises(type(error)):
            f.strata(domain=box)
    else:
        told = [
            (s.f_vector, [(p.labels, p.dimension, p.witness, str(p.polyhedron)) for p in s])
            for s in (one, other)
        ]
        assert told[0] == told[1]
        assert sorted(one.poset().edges) == sorted(other.poset().edges)


@pytest.mark.parametrize("size", ["float", "large"])
@pytest.mark.parametrize("kind", [k for k in compare_engines.KINDS if k != "smooth"])
def test_layers_of_one_node_have_the_same_faces(kind, size):
    """With 53-bit and with 40-bit weights, which leave 64 bits; ties among them."""
    one, other = both(compare_engines.layers_of_one_node(kind, size))
    assert same(one.partition.cells, other.partition.cells)
    assert one.f_vector == other.f_vector


@pytest.mark.parametrize("kind", ["relu", "max"])
def test_words_of_more_than_64_bits(kind):
    """Also where faces are joined by them, and where kinks meet in many old vertices."""
    if kind == "relu":
        f = arrangement("", 2, 50, seed=1).build()
        f = f + sum((mt.relu(x1) for x1 in (x, y, x + y, x - y)), 0 * x)
    else:
        draw = random.Random(1)
        parts = []
        for _ in range(3):
            rows = [[draw.randint(-9, 9) for _ in range(2)] for _ in range(14)]
            bias = [draw.randint(-9, 9) for _ in range(14)]
            parts.append(mt.max(mt.affine(rows, mt.vector("x", 2), bias)))
        f = parts[0] + parts[1] - parts[2]
    one, other = both(f)
    assert same(one.partition.cells, other.partition.cells)
    assert len(other.partition.cells._words) > 1
    assert one.f_vector == other.f_vector


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_hyperplanes_through_few_points(dimension):
    """Small integers in every dimension: kinks go through faces of every level, and repeat."""
    draw = random.Random(dimension)
    for _ in range(6):
        count = {1: 6, 2: 9, 3: 8, 4: 6}[dimension]
        rows = [[draw.randint(-1, 1) for _ in range(dimension)] for _ in range(count)]
        bias = [draw.randint(-1, 1) for _ in range(count)]
        z = mt.affine(rows, mt.vector("x", dimension), bias)
        one, other = both(mt.affine([[1] * count], mt.relu(z))[0])
        assert same(one.partition.cells, other.partition.cells)
        assert one.f_vector == other.f_vector


def test_lines_that_no_kink_crosses_stay():
    x, y, z = mt.variables("x y z")
    f = (mt.relu(x + y) + mt.abs(mt.relu(x + y) - 2) + mt.max(x + y, 1, 2 * (x + y))).on(x, y, z)
    one, other = both(f)
    assert same(one.partition.cells, other.partition.cells)
    assert other.partition.cells.lines != []


# -- numbers -------------------------------------------------------------------------------------

near = st.one_of(
    st.integers(-3, 3),
    st.integers(-LIMIT + 1, LIMIT - 1),
    st.sampled_from([2**31, -(2**31), 2**61, LIMIT - 1, 1 - LIMIT]),
)
small = st.one_of(st.integers(-3, 3), st.sampled_from([2**30, -(2**31), 2**62, 2**70]))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_rows_in_64_bits_are_those_of_lists_or_tell(data):
    """No operation wraps: it answers as integers of any size do, or changes nothing."""
    width = data.draw(st.integers(2, 4))
    rows = [
        [1, *data.draw(st.lists(near, min_size=width - 1, max_size=width - 1))]
        for _ in range(data.draw(st.integers(2, 5)))
    ]
    fast, slow = rows_of([list(row) for row in rows]), ListRows([list(row) for row in rows])
    assert isinstance(fast, IntRows)

    def form():
        terms = [(c, data.draw(small)) for c in range(width)]
        return Combination([(c, v) for c, v in terms if v])

    def asked(ask):
        """What both answer; False if 64 bits were too few, and nothing has changed."""
        before = fast.lists()
        try:
            found = ask(fast)
        except TooLarge:
            assert fast.lists() == before
            return False
        other = ask(slow)
        assert found is None or (found == other).all()
        assert fast.lists() == slow.lists()
        assert all(abs(v) <= r for row in fast.lists() for v, r in zip(row, fast.reach))
        return True

    kink = form()
    if not asked(lambda own: own.cut(kink)):
        return
    heights = fast.heights.tolist()
    assert heights == slow.heights
    plus = [i for i, h in enumerate(heights) if h > 0]
    minus = [i for i, h in enumerate(heights) if h < 0]
    if plus and minus:
        pairs = [numpy.array(own) for own in zip(*[(p, q) for p in plus for q in minus])]
        if not asked(lambda own: own.meet(*pairs)):
            return
        assert not any(kink.read(row) for row in fast.lists()[len(rows) :])
    if not asked(lambda own: own.cut(kink)):
        return
    sides = fast.sides(kink)
    assert (sides == slow.sides(kink)).all()
    places = (sides % 4).astype(int)
    factors = [data.draw(small) for _ in range(3)]
    positive, otherwise, outputs = [(0, form())], [(1, form())], [form() for _ in range(3)]
    for ask in (
        lambda own: own.choose_multiple(factors, places),
        lambda own: own.choose(outputs, places),
        lambda own: own.append(outputs[:2]),
        lambda own: own.select(1, positive, otherwise, sides),
        lambda own: own.delete(range(1, 2)),
    ):
        if not asked(ask):
            return


def test_single_rows_that_do_not_fit_are_made_exactly():
    """One edge of many has large numbers: its vertex is found in any size, and fits again."""
    big = 2**40
    rows = rows_of([[1, 1], [1, -1], [1, big], [3, -big]])
    kink = Combination([(1, 1)])
    rows.cut(kink)
    rows.meet(numpy.array([0, 2]), numpy.array([1, 3]))
    assert isinstance(rows, IntRows)
    assert rows.lists()[4:] == [[1, 0], [1, 0]]


def test_numbers_that_do_not_fit_go_on_as_lists(arrays):
    f = network([2, 5, 5, 1], bound=10**9).build()
    one, other = both(f)
    assert other.partition.cells.tier == "lists"
    assert same(one.partition.cells, other.partition.cells)
    _, other = both(network([2, 5, 5, 1]).build())
    assert other.partition.cells.tier == "64-bit integers"


@given(
    words=st.lists(st.integers(0, 2**130 - 1), min_size=1, max_size=8),
    start=st.integers(0, 120),
    length=st.integers(1, 70),
)
def test_words_in_chunks(words, start, length):
    words = [*words, *words[:2], 0]
    own = array_labels.chunked(words, 4)
    assert array_labels.integers(own) == words
    ids, count = array_labels.numbered(own)
    assert count == len(set(words)) == len(set(zip(words, ids.tolist())))
    bits = range(start, start + length)
    found, inverse = array_labels.patterns(own, bits)
    mask = (1 << length) - 1
    assert [found[i] for i in inverse] == [word >> start & mask for word in words]
    seen, place = array_labels.firsts(ids, count)
    assert seen == count
    assert [place[i] for i in ids] == [list(dict.fromkeys(words)).index(word) for word in words]
    assert array_labels.counted_bits(own)[:130] == [
        sum(word >> bit & 1 for word in words) for bit in range(130)
    ]


# -- limits, blocks, and which engine runs ---------------------------------------------------------


def test_limits_and_progress_are_those_of_the_python_engine(monkeypatch):
    f = network([3, 6, 6, 1]).build()
    counts = {}
    monkeypatch.setattr(engines, "MANY", 0)
    for name in ("python", "numpy"):
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", name)
        counts[name] = []
        f.strata(progress=counts[name].append)
        with pytest.raises(TooManyPieces, match="expected at most 200 faces, got ") as error:
            f.strata(max_faces=200)
        counts[name].append(str(error.value))
    assert counts["python"] == counts["numpy"]


def test_small_blocks_go_back_to_lists(monkeypatch):
    """Parts of a split are small again, and grow again."""
    monkeypatch.setattr(engines, "MANY", 300)
    program = compile_program(arrangement("", 3, 12).build())
    kinds, found = set(), {}
    for name in ("python", "numpy"):
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", name)
        own = list(blocks(program, None, 320))
        found[name] = [(block.path, block.f_vector, block.cells.face_words()) for block in own]
        kinds |= {(name, type(block.cells)) for block in own}
    assert found["python"] == found["numpy"] and len(found["numpy"]) > 4
    assert kinds == {("python", FaceComplex), ("numpy", ArrayComplex)}


def test_what_arrays_do_not_keep_is_done_in_python(arrays):
    f = network([2, 4, 4, 1]).build()
    expected = f.strata().f_vector
    cut, calls = ArrayComplex.cut, []

    def tired(self, kink, bit=-1):
        calls.append(kink)
        if len(calls) == 5:
            raise Unsuited("enough")
        cut(self, kink, bit)

    arrays.setattr(ArrayComplex, "cut", tired)
    found = f.strata()
    assert isinstance(found.partition.cells, FaceComplex)
    assert found.f_vector == expected


def test_a_copy_is_changed_by_itself(arrays):
    for bound in (5, 10**9):
        cells = refinement.partition(
            compile_program(network([2, 4, 4, 1], bound=bound).build()), None, 10**6
        ).cells
        before = cells.in_lists()
        twin, lists = cells.copy(), cells.in_lists()
        for own in (twin, lists):
            own.cut(Combination([(0, 3), (1, 2), (2, -5)]))
            own.clear(1, 2)
            own.delete(range(3, 4))
            own.drop(2 << 3)
            own.carve(1 << 4, 1)
        assert same(lists, twin)
        assert same(before, cells)


def test_the_environment_chooses_it(monkeypatch):
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "numpy")
    assert str(mt.engine()) == "numpy: PIECEWISE_MT_ENGINE asks for it"
    assert isinstance(mt.relu(x).strata().partition.cells, FaceComplex)
    large = arrangement("", 2, 20).build().strata()
    assert isinstance(large.partition.cells, ArrayComplex)
    monkeypatch.setattr(engines, "_has_numpy", lambda: False)
    with pytest.raises(PiecewiseError, match="expected NumPy, as PIECEWISE_MT_ENGINE asks"):
        mt.engine()


def test_a_small_function_does_not_import_numpy():
    code = (
        "import sys, piecewise_mt as mt; x = mt.variables('x'); mt.relu(x).strata().f_vector; "
        "print(mt.engine().name, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PIECEWISE_MT_ENGINE": "numpy"},
    )
    assert done.stdout.split() == ["numpy", "False"]


def test_the_limit_is_below_64_bits():
    assert array_rows.SAFE < LIMIT == 2**62
