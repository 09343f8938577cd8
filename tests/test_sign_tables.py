"""Tables of signs with a parameter, against Sturm's theorem where the parameter has a value."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.real_roots import sign_columns
from piecewise_mt.exact.sign_tables import MAX_ROWS, SignNotKnown, rows_where_zero, sign_table

coefficients = st.dictionaries(
    st.tuples(st.integers(0, 1)), st.sampled_from([-2, -1, 1, 2]), max_size=2
)
"""a0 + a1·p by the exponent of the parameter p."""
rows = st.lists(coefficients, max_size=3)


def at(terms, parameter):
    return sum(c * parameter ** exponents[0] for exponents, c in terms.items())


def sign(v):
    return (v > 0) - (v < 0)


def by_value(parameter):
    return lambda terms: sign(at(terms, parameter))


def numeric(own, parameter):
    """The row at a value n/2 of the parameter, times two."""
    return [int(2 * at(c, parameter)) for c in own]


def merged(columns):
    """Without points at which no sign changes, such as those where a derivative vanishes."""
    found = list(columns[:1])
    for point, right in zip(columns[1::2], columns[2::2], strict=True):
        if not found[-1] == point == right:
            found += [point, right]
    return found


@given(st.lists(rows, max_size=2), st.integers(-4, 4))
@settings(max_examples=100)
def test_the_table_is_that_of_the_numbers(given_rows, twice):
    parameter = Fraction(twice, 2)
    found = sign_table(given_rows, by_value(parameter))
    assert merged(found) == sign_columns([numeric(row, parameter) for row in given_rows])


@pytest.mark.parametrize(
    "own",
    [
        [],
        [[], [0]],
        [[0, 1]],
        [[5], [0, -1]],
        [[0, 1], [0, 1], [0, 2]],
        [[0, 0, 1], [0, -1]],
        [[1, 0, 1], [-1, 0, 1], [0, -1, 0, 1]],
        [[4, 0, -5, 0, 1], [2, -3, 1]],
        [[-1, 3, -3, 1], [1, -2, 1], [-1, 1]],
    ],
)
def test_tables_of_repeated_rows_common_and_multiple_roots(own):
    def known(terms):
        return sign(terms.get((), 0))

    given_rows = [[{(): c} if c else {} for c in row] for row in own]
    assert merged(sign_table(given_rows, known)) == sign_columns(own)
    opposite = [[{(): -c} if c else {} for c in row] for row in own]
    assert merged(sign_table(opposite, known)) == sign_columns([[-c for c in row] for row in own])


def test_a_wrong_sign_and_too_many_rows_end():
    one = {(): 1}
    with pytest.raises(SignNotKnown):
        sign_table([[one]] * (MAX_ROWS + 1), lambda terms: 1)
    assert sign_table([[one]] * MAX_ROWS, lambda terms: 1) == [(1,) * MAX_ROWS]


linear = st.integers(-2, 2)


def product_of(roots, factor):
    own = [factor]
    for root in roots:
        own = [
            (own[k - 1] if k else 0) - root * (own[k] if k < len(own) else 0)
            for k in range(len(own) + 1)
        ]
    return own


split = st.builds(product_of, st.lists(linear, max_size=3), st.sampled_from([-3, -1, 0, 1, 2]))
"""Polynomials whose roots are whole numbers, and zero."""


@given(st.lists(st.tuples(split, st.booleans()), min_size=1, max_size=4))
@settings(max_examples=200)
def test_rows_are_reduced_by_equations_without_another_sign_at_their_roots(marked):
    own = [p for p, _ in marked]
    equal = [mark for _, mark in marked]
    given_rows = [[{(): c} if c else {} for c in p] for p in own]
    found = rows_where_zero(given_rows, equal, lambda terms: sign(terms.get((), 0)))

    def signs(some, place):
        return [sign(sum(c.get((), 0) * place**k for k, c in enumerate(row))) for row in some]

    for place in range(-5, 6):
        before, after = signs(given_rows, place), signs(found, place)
        zero_before = not any(s for s, mark in zip(before, equal, strict=True) if mark)
        zero_after = not any(s for s, mark in zip(after, equal, strict=True) if mark)
        assert zero_before == zero_after
        if zero_before:
            assert before == after
    # at most one equation has a variable, and all others are of lower degree
    lengths = [len(row) for row, mark in zip(found, equal, strict=True) if mark and len(row) > 1]
    if lengths:
        assert len(lengths) == 1 and sum(len(row) >= lengths[0] for row in found) == 1
