"""Spans of many sparse rows, against the elimination of integers."""

from fractions import Fraction
from itertools import product
from math import isqrt, lcm

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact import spans
from piecewise_mt.exact.linear import echelon
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.spans import FEW, MODULUS, span_of

WIDTH = 24
numbers = st.sampled_from([1, -1, 2, 3, -7, 2**24 - 1, 13421773, -(2**53) + 1])
sparse = st.dictionaries(st.integers(0, WIDTH - 1), numbers, min_size=1, max_size=4)


def by_elimination(rows: list[dict[int, int]]) -> tuple[tuple[int, ...], list[list[Fraction]]]:
    reduced = echelon([(0, *(row.get(i, 0) for i in range(WIDTH))) for row in rows])
    pivots = tuple(next(j for j, c in enumerate(row) if c) - 1 for row in reduced)
    basis = [
        [Fraction(c, row[p + 1]) for c in row[1:]] for row, p in zip(reduced, pivots, strict=True)
    ]
    return pivots, basis


@st.composite
def degenerate(draw: st.DrawFn) -> list[dict[int, int]]:
    """More rows than their rank: multiples, and sums of others with small and with odd factors."""
    own = draw(st.lists(sparse, min_size=3, max_size=14))
    rows = list(own)
    factors = st.sampled_from([0, 1, -1, 2, 5, 2**40 + 1])
    for _ in range(draw(st.integers(FEW - 3, FEW + 6))):
        total: dict[int, int] = {}
        for row in draw(st.lists(st.sampled_from(own), min_size=1, max_size=3)):
            c = draw(factors)
            for column, value in row.items():
                total[column] = total.get(column, 0) + c * value
        rows.append(total)
    return draw(st.permutations(rows))


@settings(max_examples=40)
@given(degenerate())
def test_the_span_is_that_of_the_elimination(rows: list[dict[int, int]]) -> None:
    span = span_of(rows, WIDTH)
    pivots, basis = by_elimination(rows)
    assert span.pivots == pivots
    assert [list(row) for row in span.basis] == basis


@pytest.mark.parametrize("prime", [2, 3, 101, 2**31 - 1])
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(rows=degenerate())
def test_the_span_is_right_whatever_the_prime(
    monkeypatch: pytest.MonkeyPatch, prime: int, rows: list[dict[int, int]]
) -> None:
    """Small primes divide many minors: the pivots may be others then, and the span must not be."""
    monkeypatch.setattr(spans, "MODULUS", prime)
    span = span_of(rows, WIDTH)
    assert len(span.pivots) == len(span.basis)
    for k, row in enumerate(span.basis):
        assert len(row) == WIDTH and [row[p] for p in span.pivots] == [
            int(j == k) for j in range(len(span.pivots))
        ]
    own = [{i: c for i, c in enumerate(primitive(row)) if c} for row in span.basis]
    assert by_elimination(own) == by_elimination(rows)


def test_few_rows_rows_of_zeros_and_no_rows() -> None:
    for rows in ([], [{}], [{3: 0}]):
        assert (span_of(rows, 5).pivots, span_of(rows, 5).basis) == ((), ())
    span = span_of([{1: 2, 4: -4}, {1: -1, 4: 2}, {1: 0}], 5)
    assert span.pivots == (1,) and span.basis == ((0, 1, 0, 0, -2),) and span.is_known
    many = span_of([{0: k, 2: 1} for k in range(1, 2 * FEW)], 3)
    assert many.pivots == (0, 2) and not many.is_known
    assert many.basis == ((1, 0, 0), (0, 0, 1)) and many.is_known


fractions_of_few_bits = st.fractions(-(10**6), 10**6, max_denominator=10**6)


@given(st.lists(fractions_of_few_bits, max_size=3), st.sampled_from([2**127 - 1, 2**61 - 1]))
def test_numbers_are_found_from_their_residues(own: list[Fraction], prime: int) -> None:
    """If they fit over a common denominator; what is found has the residues in any case."""
    residues = [c.numerator * pow(c.denominator, -1, prime) % prime for c in own]
    common = lcm(*(c.denominator for c in own))
    bound = isqrt(prime // 2)
    found = spans._rational(residues, prime, 1)
    fits = common <= bound and all(abs(c * common) <= bound for c in own)
    if fits:
        assert found is not None
    if found is not None:
        values, denominator = found
        assert 0 < denominator <= bound
        assert all(
            (v - r * denominator) % prime == 0 for v, r in zip(values, residues, strict=True)
        )
        if common * denominator * 10**6 < bound:
            assert [Fraction(v, denominator) for v in values] == own
        # a denominator that is known already is kept, or multiplied
        if fits:
            assert spans._rational(residues, prime, denominator) == found


def test_large_solutions_are_lifted_until_they_hold() -> None:
    """A band matrix with a solution of more bits than the prime has."""
    count = 20
    rows = [
        {i: 2**40 + 3 * i + 1, (i + 1) % (count + 2): 2**39 - i, (i + 5) % (count + 2): -(3**21)}
        for i in range(count)
    ]
    span = span_of(rows, WIDTH)
    pivots, basis = by_elimination(rows)
    assert span.pivots == pivots and len(pivots) == count
    assert [list(row) for row in span.basis] == basis
    assert max(v.denominator for row in basis for v in row) > 2**600


def test_a_relation_that_is_one_of_residues_only_is_not_believed() -> None:
    # the last two rows are equal modulo the prime, and not to each other
    rows = [{i: 1} for i in range(FEW + 2)]
    rows += [{20: 1, 21: 1}, {20: 1, 21: 1 + MODULUS}]
    span = span_of(rows, WIDTH)
    assert span.pivots == (*range(FEW + 2), 20, 21)
    assert [list(row) for row in span.basis] == by_elimination(rows)[1]


def test_a_relation_with_long_factors_is_proven_by_the_basis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spans, "echelon", None)
    own = [{i: 1, i + 1: 3} for i in range(FEW + 2)]
    last: dict[int, int] = {}
    for k, row in enumerate(own):
        for column, c in row.items():
            last[column] = last.get(column, 0) + (7**150 + k) * c
    span = span_of([*own, last], WIDTH)
    assert span.pivots == tuple(range(FEW + 2))
    assert [list(row) for row in span.basis] == by_elimination(own)[1]


def test_rows_that_span_all_their_columns_need_no_relations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spans, "_rational", None)
    rows = [{i % 17: 2**53 - i, (i + 1) % 17: 3**30 + i, (5 * i) % 17: -7} for i in range(60)]
    span = span_of(rows, WIDTH)
    assert span.pivots == tuple(range(17))
    assert [list(row) for row in span.basis] == by_elimination(rows)[1]


def test_rows_of_roots_are_eliminated_as_they_are() -> None:
    root = sympy.sqrt(2)
    x, y = mt.variables("x y")
    f = mt.relu(root * x - y) + sum((mt.relu(k * x + y) for k in range(1, FEW + 3)), 0 * x)
    at = f.at((0, 0))
    assert at.rank == 2 and len(at.active) == FEW + 3


# -- networks on flat images: hundreds of ties of small rank --------------------------------


def flat_network(size: int) -> tuple[mt.Expression, list[int]]:
    """A convolution whose bias its weights make up for on a flat image, and a pooling of it."""
    x = mt.tensor("x", (1, size, size))
    kernels = [
        [[[3, -1, 2], [1, 5, -4], [2, -3, 1]]],
        [[[-2, 7, 1], [3, -5, 1], [1, 4, -6]]],
    ]
    sums = [sum(sum(row) for row in kernel[0]) for kernel in kernels]
    convolved = mt.relu(mt.conv2d(x, kernels, [-s for s in sums]))
    return mt.maxpool2d(convolved, 2), [1] * size**2


def test_ties_of_a_flat_image_span_what_the_elimination_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    f, flat = flat_network(6)
    at = f.at(flat)
    # 2·4·4 rectifiers and 2·2·2 poolings, all with a tie
    assert len(at.active) == 40
    monkeypatch.setattr(spans, "FEW", 10**6)
    slow = f.at(flat)
    assert (at.rank, at.reduction.pivots) == (slow.rank, slow.reduction.pivots)
    assert at.reduction.basis == slow.reduction.basis
    assert at.reduction.base == slow.reduction.base
    assert at.gradient == slow.gradient == f.gradient(flat)


def test_the_gradient_and_differentiability_do_not_wait_for_the_basis() -> None:
    f, flat = flat_network(6)
    at = f.at(flat)
    assert not at.is_differentiable
    assert at.gradient == f.gradient(flat)
    assert not at.reduction.span.is_known


def test_pixels_that_nothing_reads_have_no_part_in_ties() -> None:
    """The background is flat, and every unit is off there: ties without a gradient."""
    x = mt.tensor("x", (1, 8, 8))
    h = mt.relu(mt.conv2d(x, [[[[1, 2], [3, 4]]]], [-1]))
    at = mt.maxpool2d(h, 2).at([0] * 64)
    assert len(at.active) > 0 and at.rank == 0 and at.is_differentiable


def test_sums_of_summands_that_see_many_directions() -> None:
    """Pooled differences: the summands' own spans are those of many forms, too."""
    x = mt.vector("x", 2 * FEW + 4)
    pooled = sum(
        (mt.max(x[i], 3 * x[i + 1], 0) - mt.relu(x[i]) for i in range(0, x.size, 2)), 0 * x[0]
    )
    at = pooled.at([0] * x.size)
    hull = at.tangent_hull
    assert hull is not None and not hull.is_point and len(hull.summands) == FEW + 2
    for one, other in product(range(len(hull.basis)), repeat=2):
        heights = [d * b for d, b in zip(hull.dual[one], hull.basis[other], strict=True)]
        assert sum(heights) == (one == other)


def test_a_box_of_hundreds_of_pixels_has_no_faces_made() -> None:
    """Two walls and two kinks, one of which is a wall: that is all, whatever the box."""
    count = 200
    x = mt.vector("x", count)
    f = mt.relu(sum(x)) + mt.relu(x[0] + 1)
    box = dict.fromkeys(f.variables, (-1, 1))
    inside, wall = f.at([0] * count, domain=box), f.at([-1, 1, *[0] * (count - 2)], domain=box)
    assert (inside.rank, inside.on_boundary) == (1, False)
    assert (wall.rank, wall.on_boundary) == (3, True)
    with pytest.raises(mt.OutsideDomain):
        f.at([2, *[0] * (count - 1)], domain=box)
