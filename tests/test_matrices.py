"""One matrix, however it is written: every question that is asked of a matrix reads the same."""

from fractions import Fraction

import numpy
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.matrices import exact_entry, measured_entry, read_matrix, real_entry

x, y = mt.variables("x y")
RAN = []
entries = st.fractions(min_value=-2, max_value=2, max_denominator=3)


@st.composite
def matrices(draw):
    b, a = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return draw(st.lists(st.lists(entries, min_size=a, max_size=a), min_size=b, max_size=b))


def spellings(rows):
    """The ways in which people write a matrix of Fractions."""
    b, a = len(rows), len(rows[0])
    rationals = [[sympy.Rational(v.numerator, v.denominator) for v in row] for row in rows]
    yield rows
    yield tuple(map(tuple, rows))
    yield rationals
    yield sympy.Matrix(rationals)
    yield sympy.ImmutableMatrix(rationals)
    yield [sympy.Matrix([row]) for row in rationals]
    yield numpy.array(rows, dtype=object)
    yield [numpy.array(row, dtype=object) for row in rows]
    yield [[str(v) for v in row] for row in rows]
    flat = [v for row in rationals for v in row]
    if 1 in (b, a):
        yield flat
        yield numpy.array(flat, dtype=object)
    if b == 1:
        yield sympy.Matrix(flat)
        yield [[v] for v in flat]
    if b == a == 1:
        yield flat[0]
        yield rows[0][0]


def linear(rows):
    """The linear function that has a given gradient."""
    return mt.affine(rows, mt.vector("x", len(rows[0])), [0] * len(rows))


@settings(max_examples=40, deadline=None)
@given(matrices(), st.data())
def test_every_spelling_is_the_gradient_at_every_door(rows, data):
    f = linear(rows)
    at = f.at([0] * len(rows[0]))
    for spelled in spellings(rows):
        assert at.classify(spelled) == mt.Rung.differentiable
        assert at.clarke.contains(spelled)
        assert at.clarke.condition(spelled) == at.clarke.span_condition(spelled) == sympy.true
    spelled = data.draw(st.sampled_from([*spellings(rows)]))
    assert mt.check_gradient(f, spelled).ok
    stated = mt.Representation(f.represent().names, [(True, f, spelled)])
    assert stated[0].gradient.tolist() == sympy.Matrix(rows).tolist()
    exact = [[Fraction(round(2 * v), 2) for v in row] for row in rows]
    for returned in spellings(exact):
        if not isinstance(returned, list) or not isinstance(returned[0], list) or (
            not isinstance(returned[0][0], str)
        ):  # fmt: skip
            assert mt.check_gradient(linear(exact), lambda point: returned).holds_where_tried  # noqa: B023


@settings(max_examples=40, deadline=None)
@given(matrices(), st.integers(0, 2), st.integers(0, 2), entries.filter(bool))
def test_another_matrix_is_another_in_every_spelling(rows, i, j, change):
    f = linear(rows)
    other = [list(row) for row in rows]
    other[i % len(rows)][j % len(rows[0])] += change
    at = f.at([0] * len(rows[0]))
    for spelled in spellings(other):
        assert at.classify(spelled) == mt.Rung.inconsistent
        assert not at.clarke.contains(spelled)
        assert at.clarke.span_condition(spelled) == sympy.false


@settings(max_examples=60, deadline=None)
@given(matrices(), st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_another_shape_is_refused_by_one_sentence(rows, shape):
    given_shape = len(rows), len(rows[0])
    f = linear([[1] * shape[1]] * shape[0])
    at = f.at([0] * shape[1])
    # a column is a row if there is one output
    if given_shape == shape or (shape[0] == 1 and given_shape == shape[::-1]):
        assert read_matrix(rows, shape, Fraction)
        return
    sentence = f"expected a matrix with {shape[0]} rows and {shape[1]} columns, got"
    for spelled in (rows, numpy.array(rows, dtype=object), tuple(rows)):
        assert sentence in at.judge(spelled).reason
        for ask in (
            lambda s: at.clarke.contains(s),
            lambda s: at.clarke.condition(s),
            lambda s: mt.check_gradient(f, s),
            lambda s: mt.Representation(f.represent().names, [(True, f, s)]),
        ):
            with pytest.raises(mt.ShapeError, match=sentence):
                ask(spelled)
        (failure,) = mt.check_gradient(f, lambda point: spelled).failures  # noqa: B023
        assert sentence in failure.message


@pytest.mark.parametrize("bad", [None, 5, "1", [1, [2]], [[1, 2], 3], [[[1, 2]]], [], [[]], {}])
def test_what_is_no_matrix_has_the_wrong_shape(bad):
    at = mt.max(x, y).at((0, 0))
    assert at.classify(bad) == mt.Rung.undefined
    for ask in (at.clarke.contains, at.clarke.condition, at.frechet.contains):
        with pytest.raises(mt.ShapeError, match="1 rows and 2 columns"):
            ask(bad)
    with pytest.raises(mt.ShapeError, match="1 rows and 2 columns"):
        mt.check_gradient(mt.max(x, y), bad)


def test_one_number_is_a_gradient_of_one_variable():
    assert mt.check_gradient(3 * x, 3).ok and mt.check_gradient(3 * x, "3").ok
    assert mt.Representation("x", [(True, 3 * x, 3)])[0].gradient == sympy.Matrix([[3]])
    assert (3 * x).at((0,)).classify(numpy.array(3)) == mt.Rung.differentiable


def test_text_in_a_matrix_is_never_run():
    text = [f"__import__('{__name__}', fromlist=['RAN']).RAN.append(1)", "0"]
    at = mt.max(x, y).at((0, 0))
    for ask in (
        lambda: mt.check_gradient(mt.max(x, y), text),
        lambda: at.clarke.condition(text),
        lambda: at.clarke.span_condition(text),
        lambda: mt.Representation("x y", [("x >= y", x, text), ("x < y", y)]),
    ):
        with pytest.raises(mt.PiecewiseError):
            ask()
    assert at.classify(text) == mt.Rung.undefined
    assert not RAN


def test_text_in_a_gradient_is_a_formula():
    f = x * mt.exp(y)
    assert mt.check_gradient(f, ["exp(y)", "x*exp(y)"]).ok
    assert mt.check_gradient(f, ["exp(y)", "exp(y)"]).failures


@pytest.mark.parametrize("entry", [None, object(), [1]])
def test_an_entry_that_is_no_number_is_refused(entry):
    with pytest.raises(mt.PiecewiseError):
        mt.check_gradient(mt.max(x, y), [[entry, 0]])
    assert mt.max(x, y).at((0, 0)).classify([[entry, 0]]) == mt.Rung.undefined


def test_an_expression_is_no_matrix_of_numbers():
    for expression in (x, mt.stack([x, y]), [x, y]):
        assert mt.max(x, y).at((0, 0)).classify(expression) == mt.Rung.undefined


@pytest.mark.parametrize(
    "infinite",
    [float("inf"), -float("inf"), float("nan"), sympy.oo, -sympy.oo, sympy.nan, sympy.zoo],
)
@pytest.mark.parametrize("read", [exact_entry, real_entry, measured_entry])
def test_what_is_not_finite_is_no_entry(read, infinite):
    with pytest.raises((mt.PiecewiseError, ValueError, OverflowError)):
        read(infinite)


def test_exact_entries():
    assert (
        exact_entry(1.0) == 1 == exact_entry(sympy.Float(1)) and type(exact_entry(-2.0)) is Fraction
    )
    assert exact_entry("1/2") == Fraction(1, 2) == exact_entry(sympy.S.Half)
    for inexact in (0.5, sympy.Float(0.5)):
        with pytest.raises(mt.InexactNumber):
            exact_entry(inexact)
    for bad in ("0.5.1", sympy.pi, sympy.Symbol("a"), None):
        with pytest.raises(mt.PiecewiseError):
            exact_entry(bad)


def test_real_entries():
    a = sympy.Symbol("a", real=True)
    for kept in (sympy.pi, sympy.sqrt(2), a, 1 / (1 + a)):
        assert real_entry(kept) is kept
    assert real_entry(sympy.S.Half) == Fraction(1, 2) and type(real_entry(sympy.S.Half)) is Fraction
    assert real_entry(2) == 2 and real_entry(sympy.Float(3)) == 3
    for bad in (sympy.I, sympy.sqrt(-2), sympy.I * sympy.pi, a + sympy.oo, a * sympy.zoo):
        with pytest.raises(mt.PiecewiseError, match="real"):
            real_entry(bad)


def test_measured_entries():
    a = sympy.Symbol("a")
    assert (
        measured_entry(0.1)
        == sympy.Rational(*(0.1).as_integer_ratio())
        == measured_entry(sympy.Float(0.1))
    )
    assert measured_entry(2) == 2 and measured_entry(Fraction(1, 3)) == sympy.Rational(1, 3)
    assert (
        measured_entry(numpy.float32(0.5)) == sympy.S.Half and measured_entry(sympy.pi) is sympy.pi
    )
    assert measured_entry(a + 1) == a + 1
    for bad in (0.5 * a, sympy.I * a, a + sympy.oo, sympy.I, "1", 1j, sympy.S.true, sympy.EmptySet):
        with pytest.raises(mt.PiecewiseError, match="expected a real number"):
            measured_entry(bad)


@pytest.mark.parametrize(
    "given_matrix, shape, expected",
    [
        ([[1, 2]], (1, 2), ((1, 2),)),
        ([[1], [2]], (1, 2), ((1, 2),)),
        ([[1], [2]], (2, 1), ((1,), (2,))),
        ([1, 2], (2, 1), ((1,), (2,))),
        (5, (1, 1), ((5,),)),
        ([], (0, 2), ()),
        ((numpy.array([1, 2]), sympy.Matrix([3, 4])), (2, 2), ((1, 2), (3, 4))),
        (range(2), (1, 2), ((0, 1),)),
    ],
)
def test_matrices_by_hand(given_matrix, shape, expected):
    assert read_matrix(given_matrix, shape, int) == expected


@pytest.mark.parametrize(
    "given_matrix, shape",
    [
        ([[1, 2]], (2, 1)),
        ([[1, 2], [3]], (2, 2)),
        ([[1, 2], 3], (2, 2)),
        ([1, 2, 3], (1, 2)),
        (5, (1, 2)),
        (None, (1, 1)),
        ([[1, 2], [3, 4]], (1, 2)),
        ([[1, 2]], (2, 2)),
    ],
)
def test_matrices_of_another_shape_by_hand(given_matrix, shape):
    with pytest.raises((mt.ShapeError, TypeError)):
        read_matrix(given_matrix, shape, int)
