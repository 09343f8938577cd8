"""Combinations of columns and what is done with them, on single rows."""

import pickle
from fractions import Fraction
from itertools import product
from math import gcd

import pytest
import sympy

from piecewise_mt.exact.reading_numbers import in_one_field, to_number
from piecewise_mt.geometry.columns import Combination, between, shifted, without, writer
from piecewise_mt.geometry.complex import generators_in, members
from piecewise_mt.geometry.generators import Known, primitive_row
from piecewise_mt.geometry.tight import Tight

ROWS = [[5, -7, 4, 0], [0, 0, 0, 0], [1, 2, 3, 10**30], [-6, 12, 18, 24]]


@pytest.mark.parametrize("coefficients", list(product((-1, 0, 1, 3), repeat=3)))
def test_combinations_are_sums(coefficients):
    """Of any number of terms, whatever way they are read: also with gaps, twice, and divided."""
    for columns in ((0, 1, 2), (0, 3, 3), (3, 1, 0)):
        terms = [(k, c) for k, c in zip(columns, coefficients, strict=True) if c]
        own = Combination(terms)
        six = Combination([(k, 6 * c) for k, c in terms], 3)
        twin = pickle.loads(pickle.dumps(six))
        assert (twin.terms, twin.denominator) == (six.terms, 3)
        for row in ROWS:
            expected = sum(c * row[k] for k, c in terms)
            assert own.read(row) == expected
            assert six.read(row) == twin.read(row) == 2 * expected
    row = [coefficients[0], *coefficients]
    assert Combination.of(row).terms == tuple((k, c) for k, c in enumerate(row) if c)


def test_multiples():
    def make(*row, under=1):
        own = Combination.of(row)
        return Combination(own.terms, under)

    assert make(2, 0, -4).multiple_of(make(1, 0, -2)) == 2
    assert make(-1, 2).multiple_of(make(1, -2)) == -1
    assert make(0, 0).multiple_of(make(1, -2)) == 0
    assert make(1, -2).multiple_of(make(2, -4)) is None  # no integer
    assert make(2, -3).multiple_of(make(1, -2)) is None
    assert make(2, 0, -4).multiple_of(make(1, -2)) is None  # another column
    assert make(2, -4, 1).multiple_of(make(1, -2)) is None
    assert make(2, -4).multiple_of(make(1, -2, 1)) is None
    assert make(2, -4, under=2).multiple_of(make(1, -2)) is None
    assert make(2, -4).multiple_of(make(1, -2, under=3)) is None


def test_values_are_written_at_once():
    row = [1, 2, 3]
    writer([(0, Combination(((1, 1),))), (1, Combination(((0, 1),)))])(row)
    assert row == [2, 1, 3]
    writer([(2, Combination(((0, 1), (1, 1))))])(row)
    assert row == [2, 1, 3]
    writer([])(row)
    writer([(2, Combination(()))])(row)
    assert row == [2, 1, 0]
    without(row, (2, 0))
    assert row == [1]


@pytest.mark.parametrize("heights", [(1, 1), (2, 4), (3, 1), (1, 6)])
def test_rows_between_and_along_lines(heights):
    """A kink vanishes there; the row is a positive combination, and has no common divisor."""
    above, below = heights
    plus, minus, line = [1, above, 4], [2, -below, 6], [0, above, 2]
    kink = Combination(((1, 1),))
    row = between(plus, minus, above, below)
    assert kink.read(row) == 0 and gcd(*row) == 1
    whole = [below * u + above * v for u, v in zip(plus, minus, strict=True)]
    assert [gcd(*whole) * v for v in row] == whole
    row = shifted(minus, line, -below, above)
    assert kink.read(row) == 0 and gcd(*row) == 1
    whole = [above * u + below * v for u, v in zip(minus, line, strict=True)]
    assert [gcd(*whole) * v for v in row] == whole
    assert shifted([3, 0, 6], line, 0, above) == [3, 0, 6]
    assert primitive_row([4, -6, 0]) == [2, -3, 0] and primitive_row([3, 2]) == [3, 2]
    assert primitive_row([0, 0]) == [0, 0]


def test_choices_are_made_once_for_all_words_with_the_same_bits():
    asked = []
    known = Known(range(2, 4), lambda bits: asked.append(bits) or 10 + bits)
    assert [known[word] for word in (0, 0b1100, 0b11100, 0b0111, 0b1100)] == [10, 13, 13, 11, 13]
    assert asked == [0, 3, 1]


def test_generators_of_faces():
    square = [[()], [(0,)] * 4, [(0, 1), (1, 2), (2, 3), (3, 0)], [(0, 1, 2, 3)]]
    assert members(square, 0) == [frozenset()]
    assert members(square, 1) == [frozenset((k,)) for k in range(4)]
    assert members(square, 2) == [frozenset(own) for own in square[2]]
    assert members(square, 3) == [frozenset(range(4))]
    assert generators_in(square, 0, 0) == [] and generators_in(square, 1, 2) == [2]
    assert generators_in(square, 2, 3) == [0, 3] and generators_in(square, 3, 0) == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [1, 10**20])
def test_where_rows_are_zero(size):
    """All generators at once, by digits of long numbers, against one after the other."""
    for generators in (
        [],
        [(1, 0, 0)],
        [(1, 0, 0), (2, size, -size), (0, 1, 1), (0, -size, size)],
        [(1, 1, 1), (1, -1, 1), (1, 1, -1), (1, -1, -1)],
    ):
        rows = [
            (0, 0, 0),
            (1, 1, 0),
            (size, 1, 1),
            (0, size, -1),
            (2, 1, 1),
            (0, 1, 1),
            (-1, 0, 0),
            (-size, -9, -3),
        ]
        tight = Tight(generators, rows)
        found = dict(tight.on(rows))
        assert tight.everything.bit_count() == len(generators)
        assert tight.vertices.bit_count() == sum(g[0] > 0 for g in generators)
        places = [1 << k for k in range(tight.everything.bit_length()) if tight.everything >> k & 1]
        for k, row in enumerate(rows):
            zero = [not sum(a * b for a, b in zip(row, g, strict=True)) for g in generators]
            mask = sum(bit for bit, on in zip(places, zero, strict=True) if on)
            assert found.get(k, 0) == mask
            assert k in found or not (mask or not generators)
        for bit, generator in zip(places, generators, strict=True):
            assert bool(tight.vertices & bit) == (generator[0] > 0)


def test_where_rows_are_zero_at_irrational_generators():
    root, one, nought = in_one_field([to_number(sympy.sqrt(2)), Fraction(1), Fraction(0)])
    generators = [(one, nought), (one, root), (nought, one)]
    rows = [(one, nought), (root, -one), (nought, one), (root, one), (nought, nought)]
    tight = Tight(generators, rows)
    assert (tight.everything, tight.vertices) == (0b111, 0b011)
    assert dict(tight.on(rows)) == {0: 0b100, 1: 0b010, 2: 0b001, 4: 0b111}
