"""Single nodes with many operands: n gradients at a tie of n, never its 2ⁿ - 1 sets."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations
from math import factorial
from time import process_time

import pytest
import sympy
from generators import functions, small
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local import hulls
from piecewise_mt.calculus.local.clarke import ConvexCombination, rows_of
from piecewise_mt.calculus.partition import strata
from piecewise_mt.calculus.partition.regions import half_open_tops
from piecewise_mt.calculus.representation.polyhedral import (
    PolyhedralRepresentation as DerivedRepresentation,
)
from piecewise_mt.errors import TooManyPieces
from piecewise_mt.geometry.polytope import Polytope
from piecewise_mt.geometry.rearrangements import Rearrangements

calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
N = 50


@pytest.fixture(autouse=True)
def seconds():
    """No question here may take as long as an exponential one: that would be years."""
    start = process_time()
    yield
    assert process_time() - start < 300


def by_summands(f, point, small=0):
    """The analysis that never enumerates, if it is covered."""
    kept, hulls.SMALL = hulls.SMALL, small
    try:
        at = f.at(point)
        at.hull
        return at
    finally:
        hulls.SMALL = kept


def enumerated(f, point):
    """The analysis by the complex of all ties."""
    return by_summands(f, point, 10**100)


@st.composite
def sums(draw):
    """Sums, vectors and nests of maxima, minima and order statistics, degenerate on purpose."""
    x = mt.vector("x", draw(st.integers(1, 3)))
    row = st.lists(st.integers(-1, 1), min_size=x.size, max_size=x.size)

    def forms(least):
        rows = draw(st.lists(row, min_size=least, max_size=4))
        if draw(st.booleans()):
            # an operand twice, and one in the middle of two others
            rows += [rows[0], [Fraction(a + b, 2) for a, b in zip(rows[0], rows[-1], strict=True)]]
        return mt.affine(rows, x)

    parts = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["max", "min", "kth", "sort", "abs", "norm", "nested"]))
        y = forms(2)
        if kind == "max":
            parts.append(mt.max(y))
        elif kind == "min":
            parts.append(mt.min(y))
        elif kind == "kth":
            parts.append(mt.kth(y, draw(st.integers(1, y.size))))
        elif kind == "sort":
            order = mt.sort(x)
            parts += [order[i] for i in range(x.size)]
        elif kind == "abs":
            parts.append(abs(y[0]))
        elif kind == "norm":
            parts.append(mt.max(abs(y)))
        else:
            parts.append(mt.max(mt.max(y) + mt.relu(y[0]), mt.relu(y[1]), x[0]))
    if draw(st.booleans()):
        # another space beside it
        z = mt.vector("z", 2)
        parts.append(mt.max(z[0], z[1], 0) - mt.max(z[0], -z[1], 0))
        x = mt.concat([x, z])
    h = mt.stack([*parts, x[0]])
    b = draw(st.integers(1, 2))
    rows = draw(st.lists(st.lists(small, min_size=h.size, max_size=h.size), min_size=b, max_size=b))
    f = mt.affine(rows, h)
    f = f[0] if draw(st.booleans()) else f
    return f.on(*x.variables)


def agree(one, two, data):
    """The same answers, each with a proof that holds."""
    limits = {rows_of(m) for m in two.bouligand}
    assert {rows_of(m) for m in one.bouligand} == limits
    assert one.is_differentiable == two.is_differentiable
    for limit in one.limits:
        assert limit.cone.contains(limit.direction)
        assert limit.cone.dimension == one.shape[1]
        assert one.limit_with(limit.reduced).reduced == limit.reduced
    chosen = data.draw(st.lists(st.sampled_from(sorted(limits)), min_size=1, max_size=3))
    weights = [Fraction(data.draw(st.integers(-1, 3))) for _ in chosen]
    total = sum(weights)
    if total:
        b, a = one.shape
        matrix = [
            [
                sum(w * m[j][i] for w, m in zip(weights, chosen, strict=True)) / total
                for i in range(a)
            ]
            for j in range(b)
        ]
        expected = two.clarke.contains(matrix)
        assert one.clarke.contains(matrix) == expected
        found = one.clarke.certificate(matrix)
        assert isinstance(found, ConvexCombination) == expected
        if expected:
            assert found.holds(matrix)
            assert {rows_of(m) for m in found.matrices} <= limits
        else:
            assert found.holds(matrix, [list(map(list, m)) for m in limits])
        assert one.classify(matrix) == two.classify(matrix)
        if b == 1:
            assert one.frechet.contains(matrix) == two.frechet.contains(matrix)
    assert set(one.clarke.vertices) == set(two.clarke.vertices)
    assert one.clarke.dimension == two.clarke.dimension
    if one.shape[0] == 1:
        assert one.frechet.is_empty == two.frechet.is_empty
        assert one.frechet.dimension == two.frechet.dimension
        element = one.frechet.witness()
        assert (element is None) == one.frechet.is_empty
        assert element is None or two.frechet.contains(element)
        probe = [data.draw(small) for _ in range(one.shape[1])]
        steep = one.frechet.ascent(probe)
        assert (steep is None) == two.frechet.contains(probe)
        if steep is not None:
            d, slope = steep
            assert Fraction(str(sympy.Matrix([one.directional_derivative(d)])[0])) == slope
            assert slope < sum(p * v for p, v in zip(probe, d, strict=True))
        assert one.is_stationary == two.is_stationary
        assert one.stationarity_proof.verify()
    assert one.differentiability_proof.verify()


@given(sums(), st.data())
@calm
def test_summands_agree_with_the_enumeration_at_the_full_tie(f, data):
    agree(by_summands(f, [0] * len(f.variables)), enumerated(f, [0] * len(f.variables)), data)


@given(functions(), st.data())
@calm
def test_summands_agree_with_the_enumeration_on_strata(f, data):
    cells = f.strata(max_faces=20000)
    point = data.draw(st.sampled_from(list(cells))).point
    agree(by_summands(f, point), enumerated(f, point), data)


def test_what_is_covered():
    """That the property tests do compare two ways."""
    x, y, z = mt.variables("x y z")
    w = mt.vector("w", 4)
    zero = [0, 0, 0]
    covered = [
        mt.max(x, y, z),
        mt.min(x, y, x + y).on(x, y, z),
        mt.max(abs(x), abs(y), abs(z)),
        3 * mt.max(x, y, z) - x - y - z,
        mt.max(x, y) + abs(x - y) + mt.relu(x).on(x, y, z),
        abs(x) - abs(y) + z,
        mt.sort(mt.stack([x, y, z])),
        mt.stack([mt.max(x, y), mt.relu(z)]),
        mt.max(mt.max(x, y) + mt.relu(z), abs(x)),
        mt.maxpool1d(mt.stack([x, y, z]).reshape((1, 3)), 2, stride=2).reshape((-1,)).on(x, y, z),
    ]
    for f in covered:
        assert by_summands(f, zero).hull is not None, f
    assert by_summands(mt.median(w), [0] * 4).hull is not None
    assert by_summands(mt.topk(w, 2), [0] * 4).hull is not None
    # of neither kind: a difference of maxima that share directions
    shared = mt.max(x, y, 0) - mt.max(x, -y, 0)
    for f in (shared, mt.stack([mt.max(x, y, 0), mt.relu(x - y)])):
        assert by_summands(f, [0, 0]).hull is None
    # beside another summand, only its own ties are enumerated
    kinds = [type(b).__name__ for b in by_summands(shared + abs(z), zero).hull.summands]
    assert sorted(kinds) == ["ConvexSummand", "EnumeratedSummand"]


def test_an_operand_inside_the_hull_of_others_is_no_limit():
    x, y = mt.variables("x y")
    at = by_summands(mt.max(x, -x, y, -y, x / 2, 0), (0, 0))
    assert [list(m) for m in at.bouligand] == [[-1, 0], [0, -1], [0, 1], [1, 0]]


def test_max_of_fifty_at_the_full_tie():
    x = mt.vector("x", N)
    at = mt.max(x).at([0] * N)
    unit = {tuple(int(i == j) for j in range(N)) for i in range(N)}
    assert not at.is_differentiable and at.differentiability_proof.verify()
    assert {tuple(m) for m in at.bouligand} == unit
    assert at.clarke.contains([["1/50"] * N]) and at.clarke.contains([[1] + [0] * (N - 1)])
    assert not at.clarke.contains([[2, -1] + [0] * (N - 2)])
    assert at.directional_derivative([-1] * (N - 1) + [3]) == 3
    assert not at.is_stationary and at.stationarity_proof.verify()
    assert str(at.classify(["1/50"] * N)) == "clarke"
    assert str(at.classify([1] + [0] * (N - 1))) == "bouligand"
    assert str(at.classify([2, -1] + [0] * (N - 2))) == "associated"
    assert at.frechet.contains(["1/50"] * N) and at.frechet.dimension == N - 1
    limit = at.limits[0]
    assert limit.cone.contains(limit.direction) and len(limit.cone.inequalities) == N - 1


@pytest.mark.parametrize("sign", [1, -1])
def test_maxl(sign):
    x = mt.vector("x", N)
    at = (sign * mt.max(abs(x))).at([0] * N)
    assert not at.is_differentiable
    assert len(at.bouligand) == 2 * N == len(at.clarke.vertices)
    assert at.is_stationary and at.clarke.dimension == N
    assert at.stationarity_proof.verify()
    assert at.clarke.contains([["1/50", "-1/50"] * 25])
    assert not at.clarke.contains([["1/50", "-1/49"] * 25])
    assert at.directional_derivative([2, -3] + [0] * (N - 2)) == 3 * sign
    assert at.frechet.is_empty == (sign < 0)
    assert at.frechet.contains([0] * N) == (sign > 0)


def test_goffin():
    x = mt.vector("x", N)
    at = (N * mt.max(x) - sum(x[i] for i in range(N))).at([0] * N)
    assert len(at.bouligand) == N and not at.is_differentiable
    assert at.is_stationary and at.frechet.contains([0] * N)
    assert at.clarke.contains([[N - 1] + [-1] * (N - 1)])
    assert at.directional_derivative([1] * N) == 0
    assert at.directional_derivative([1] + [0] * (N - 1)) == N - 1


def test_norm_1_has_too_many_limits_but_a_hull():
    x = mt.vector("x", N)
    at = sum(abs(x[i]) for i in range(N)).at([0] * N)
    with pytest.raises(TooManyPieces, match=str(2**N)):
        at.bouligand
    assert at.is_stationary and at.stationarity_proof.verify()
    assert str(at.classify([1] * N)) == "bouligand"
    assert str(at.classify([1] * (N - 1) + ["1/2"])) == "clarke"
    assert not at.clarke.contains([[1] * (N - 1) + [2]])
    assert at.frechet.contains(["1/2"] * N) and at.clarke.dimension == N


def test_a_closed_chain_of_differences():
    """Dependent terms of one sign: a zonotope, whose vertices nobody lists."""
    x = mt.vector("x", 30)
    at = sum(abs(x[i] - x[(i + 1) % 30]) for i in range(30)).at([0] * 30)
    assert at.is_stationary and str(at.classify([0] * 30)) == "clarke"
    corner = at.lexicographic()
    assert str(at.classify(corner)) == "bouligand"
    assert not at.clarke.contains(2 * corner)


def test_many_small_summands_of_any_kind():
    """Differences of maxima, each on its own two variables: 6^20 cones in all."""
    x = mt.vector("x", 40)
    pairs = [(x[2 * i], x[2 * i + 1]) for i in range(20)]
    f = sum(mt.max(u, v, 0) - 2 * mt.max(u, -v, 0) for u, v in pairs)
    at = f.at([0] * 40)
    one = (mt.max(*pairs[0], 0) - 2 * mt.max(pairs[0][0], -pairs[0][1], 0)).at([0, 0])
    with pytest.raises(TooManyPieces, match=str(len(one.bouligand) ** 20)):
        at.bouligand
    corner = at.lexicographic()
    assert str(at.classify(corner)) == "bouligand" and not at.is_differentiable
    mean = [sum(column) / len(one.bouligand) for column in zip(*one.bouligand, strict=True)]
    assert str(at.classify([*mean] * 20)) == str(one.classify(mean))
    assert at.is_stationary == one.is_stationary and at.stationarity_proof.verify()
    assert at.clarke.dimension == 40


def test_sort_of_thirty():
    n = 30
    x = mt.vector("x", n)
    f = mt.sort(x)
    assert f.value([0] * n) == mt.exact(0) * f.value([1] * n)
    assert f.gradient([0] * n).shape == (n, n)
    at = f.at([0] * n)
    assert not at.is_differentiable
    assert list(at.directional_derivative(range(n, 0, -1))) == list(range(1, n + 1))
    assert at.clarke.dimension == (n - 1) ** 2
    rng = random.Random(3)
    orders = [rng.sample(range(n), n) for _ in range(8)]
    identity = [[int(i == j) for j in range(n)] for i in range(n)]
    mean = [[Fraction(sum(p[i] == j for p in orders), 8) for j in range(n)] for i in range(n)]
    assert str(at.classify(identity)) == "bouligand" and str(at.classify(mean)) == "clarke"
    assert at.clarke.certificate(mean).holds(mean)
    outside = [list(row) for row in identity]
    outside[0][:2], outside[1][:2] = [2, -1], [-1, 2]
    assert not at.clarke.contains(outside)
    with pytest.raises(TooManyPieces, match=str(factorial(n))):
        at.bouligand


def test_order_statistics_of_many():
    n = 31
    x = mt.vector("x", n)
    at = mt.median(x).at([0] * n)
    assert len(at.bouligand) == n and at.clarke.contains([[Fraction(1, n)] * n])
    weighted = sum(i * i * mt.sort(x)[i] for i in range(n)).at([0] * n)
    mean = Fraction(sum(i * i for i in range(n)), n)
    assert weighted.clarke.contains([[mean] * n])
    assert weighted.clarke.certificate([[mean] * n]).holds([[mean] * n])
    assert not weighted.clarke.contains([[mean + n * n, mean - n * n] + [mean] * (n - 2)])
    two = mt.topk(x, 2).at([0] * n)
    assert not two.clarke.contains([[1] + [0] * (n - 1)] * 2)
    assert two.clarke.contains([[Fraction(1, n)] * n] * 2)


columns = st.integers(1, 2).flatmap(
    lambda b: st.lists(st.tuples(*[st.integers(-1, 2)] * b), min_size=1, max_size=4)
)


@given(columns, st.data())
@calm
def test_rearrangements_agree_with_the_list_of_them(given_columns, data):
    own = Rearrangements(given_columns)
    every = {tuple(tuple(map(Fraction, c)) for c in p) for p in permutations(given_columns)}
    assert set(own) == every and own.count == len(every)
    shown = data.draw(st.lists(st.sampled_from(sorted(every)), min_size=1, max_size=3))
    weights = [Fraction(data.draw(st.integers(-1, 3))) for _ in shown]
    total = sum(weights)
    if not total:
        return
    b = len(given_columns[0])
    matrix = [
        tuple(
            sum(w * p[i][j] for w, p in zip(weights, shown, strict=True)) / total for j in range(b)
        )
        for i in range(len(given_columns))
    ]
    hull = Polytope([[v for c in p for v in c] for p in sorted(every)])
    expected = hull.contains([v for c in matrix for v in c])
    assert own.contains(matrix) == expected
    found = own.certificate(matrix)
    if expected:
        assert sum(w for _, w in found) == 1 and all(w > 0 and p in every for p, w in found)
        for i, column in enumerate(matrix):
            assert column == tuple(sum(w * p[i][j] for p, w in found) for j in range(b))
    else:
        functional, bound = found

        def height(p):
            return sum(f * v for own, c in zip(functional, p, strict=True)
                       for f, v in zip(own, c, strict=True))  # fmt: skip

        assert height(matrix) > bound >= max(map(height, every))


# strata and pieces


def test_len_of_strata_is_a_formula():
    cells = mt.max(mt.vector("x", 20)).strata()
    assert len(cells) == 2**20 - 1 and cells.f_vector[:4] == (0, 1, 20, 190)
    assert mt.max(mt.vector("x", 60)).strata().f_vector[59] == 60 * 59 // 2
    assert sum(mt.sort(mt.vector("x", 12)).strata().f_vector) == 28091567595  # weak orders
    relus = mt.relu(mt.vector("x", 40)) + 1
    assert relus.strata().f_vector[40] == 2**40 and sum(relus.strata().f_vector) == 3**40
    with pytest.raises(TooManyPieces, match=str(2**60 - 1)):
        list(mt.max(mt.vector("x", 60)).strata())
    with pytest.raises(TooManyPieces, match=str(3**41)):
        len(mt.relu(mt.vector("x", 41)).strata())


@st.composite
def layers_of_one_level(draw):
    x = mt.vector("x", draw(st.integers(2, 4)))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, 3))
        row = st.lists(st.integers(-1, 1), min_size=x.size, max_size=x.size)
        rows = draw(st.lists(row, min_size=size, max_size=size))
        y = mt.affine(rows, x, draw(st.lists(small, min_size=size, max_size=size)))
        kind = draw(st.sampled_from(["max", "min", "kth", "sort", "clip", "relu", "axes", "order"]))
        if kind in ("max", "min"):
            parts.append(getattr(mt, kind)(y))
        elif kind == "kth":
            parts.append(mt.kth(y, draw(st.integers(1, size))))
        elif kind == "sort":
            parts += [mt.sort(y)[i] for i in range(size)]
        elif kind == "clip":
            parts.append(mt.clip(y[0], -1, 1))
        elif kind == "relu":
            parts.append(mt.relu(y[0]))
        elif kind == "axes":
            parts.append(mt.max(x[: draw(st.integers(1, x.size))]))
        else:
            order = mt.sort(x)
            parts += [order[i] for i in range(x.size)]
    return mt.stack(parts).on(*x.variables)


@given(layers_of_one_level())
@calm
def test_counts_by_formula_are_those_of_the_complex(f):
    cells = f.strata(max_faces=50000)
    counts, cells.counts = cells.counts, None
    event("formula" if counts else "no formula")
    assert counts is None or counts == cells.f_vector


@given(layers_of_one_level())
@calm
def test_first_strata_are_those_of_the_enumeration(f):
    kept, strata.MAX_AT_ONCE = strata.MAX_AT_ONCE, -1
    try:
        cells, every = f.strata(max_faces=50000), list(f.strata(max_faces=50000))
        event("formula" if cells.counts else "no formula")
        for position in range(min(len(every), 30)):
            one, other = cells[position], every[position]
            if cells.counts and "partition" in vars(cells):
                cells = f.strata(max_faces=50000)
            assert one.label_keys == other.label_keys and one.dimension == other.dimension
            assert one.polyhedron == other.polyhedron and one.condition == other.condition
            assert other.polyhedron.contains(one.witness)
    finally:
        strata.MAX_AT_ONCE = kept


@pytest.mark.parametrize("f", [mt.max(mt.vector("x", 20)), mt.relu(mt.vector("x", 40))])
def test_the_first_strata_of_very_many_are_found_alone(f):
    cells = f.strata()
    first, second = cells[:2]
    assert first.dimension == second.dimension == len(cells.names)
    assert (cells[0].labels, cells[1].labels) == (first.labels, second.labels)
    assert first.labels != second.labels
    assert first.polyhedron.contains(first.witness)
    assert not second.polyhedron.contains(first.witness)
    assert cells[cells.counts[-1] - 1].dimension == len(cells.names)
    assert "partition" not in vars(cells)


@pytest.mark.parametrize("rule", ["first", "last"])
def test_pieces_of_a_large_maximum(rule):
    x = mt.vector("x", N)
    rep = mt.max(x, ties=rule).represent()
    assert len(rep) == N and [p.dimension for p in rep] == [N] * N
    zero = rep.piece_at([0] * N)
    assert zero.alpha == (1 if rule == "first" else N)
    assert zero.polyhedron.contains([0] * N) and zero.polyhedron.contains(zero.witness)
    for i, piece in enumerate(rep):
        assert list(piece.gradient) == [int(i == j) for j in range(N)]
        assert str(piece.formula) == f"x{i + 1}"
    assert rep.value([*range(N)]) == N - 1
    with pytest.raises(TooManyPieces, match=str(2**N - 1)):
        mt.max(x).represent()


def test_the_refusal_to_represent_a_sort_counts():
    for rule in ("free", "stable"):
        with pytest.raises(TooManyPieces, match=str(factorial(30))):
            mt.sort(mt.vector("x", 30), ties=rule).represent()


@given(st.data())
@calm
def test_half_open_pieces_agree_with_the_enumeration(data):
    """Repeated rows, operands inside the hull of others, pieces without interior, domains."""
    a = data.draw(st.integers(1, 3))
    x = mt.vector("x", a)
    row = st.lists(st.integers(-1, 1), min_size=a, max_size=a)
    rows = data.draw(st.lists(row, min_size=2, max_size=5))
    bias = data.draw(st.lists(st.integers(-1, 1), min_size=len(rows), max_size=len(rows)))
    rule = data.draw(st.sampled_from(["first", "last"]))
    kind = data.draw(st.sampled_from([mt.max, mt.min]))
    f = (2 * kind(mt.affine(rows, x, bias), ties=rule) - x[0]).on(*x.variables)
    domain = data.draw(st.sampled_from([None, "x1 >= 0", "-1 < x1 < 1", "x1 = 0"]))
    expected = f.represent(domain)
    cells = strata.uncut(f, None if domain is None else domain, max_faces=10**5, progress=None)
    tops = half_open_tops(cells)
    rep = DerivedRepresentation(cells, 100, tops)
    assert len(rep) == len(expected)
    for one, two in zip(rep, expected, strict=True):
        assert one.branch_keys == two.branch_keys and one.dimension == two.dimension
        assert one.polyhedron == two.polyhedron and one.gradient == two.gradient
        assert one.label_keys == two.label_keys and two.polyhedron.contains(one.witness)
        assert one.formula == two.formula
        assert one.hull.free == two.hull.free
        assert len(one.generators) == len(two.generators)
    assert rep.tangential_conditions().ok == expected.tangential_conditions().ok
