"""Values and gradients at many points of floats, against exact arithmetic at each."""

from __future__ import annotations

import builtins
import pickle
from fractions import Fraction
from itertools import product

import numpy
import pytest
import sympy
from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.float_pass import FloatPass, is_let_in
from piecewise_mt.calculus.evaluation.program import compile_program

ordinary = st.floats(-4, 4, allow_subnormal=True)
grid = st.integers(-8, 8).map(lambda k: k / 4)
thirds = st.integers(-6, 6).map(lambda k: k / 3)
strange = st.sampled_from(
    [
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        1e-310,
        2.0**-500,
        1e-30,
        1 + 2.0**-52,
        1 - 2.0**-53,
        2.0**60,
        1e200,
    ]
)
coordinates = st.one_of(ordinary, grid, thirds, strange)


def exactly(point):
    return [Fraction(c) for c in point]


def fraction(value):
    return Fraction(int(value.p), int(value.q))


def with_numbers(matrix, names="z"):
    """Free parameters get different numbers, so that mixing them up shows."""
    symbols = sorted(matrix.free_symbols, key=lambda s: int(s.name[1:] or 0))
    return {s.name: Fraction(int(s.name[1:] or 0) + 1, 3) for s in symbols}


@given(functions(), st.data())
def test_values_are_within_their_bounds_and_gradients_are_rounded_once(f, data):
    width = len(f.variables)
    points = data.draw(st.lists(st.lists(coordinates, min_size=width, max_size=width), max_size=6))
    # repeated points, and points where coordinates are equal
    points += points[:2] + [[points[0][0]] * width for _ in points[:1]]
    try:
        rep = f.represent()
    except mt.NotContinuous:
        return
    array = numpy.array(points, dtype=float).reshape(-1, width)
    values, bounds = rep.values(array, bounds=True)
    assert values.shape == bounds.shape == (len(points), *rep.shape)
    assert values.dtype == numpy.float64
    assert (rep.values(array) == values).all()
    used: dict[str, Fraction] = {}
    expected = [f.gradient(exactly(point)) for point in points]
    for matrix in expected:
        used |= with_numbers(matrix)
    gradients = rep.gradients(array, parameters=used)
    assert gradients.shape == (len(points), f.size, width)
    numbers = {
        sympy.Symbol(k, real=True): sympy.Rational(*v.as_integer_ratio()) for k, v in used.items()
    }
    for i, point in enumerate(points):
        exact = f.value(exactly(point))
        entries = [exact] if rep.shape == () else list(exact)
        for value, bound, entry in zip(values[i].flat, bounds[i].flat, entries, strict=True):
            assert abs(Fraction(float(value)) - fraction(entry)) <= Fraction(float(bound))
        wanted = [float(fraction(c)) for c in expected[i].xreplace(numbers)]
        assert gradients[i].reshape(-1).tolist() == wanted


@given(functions(), st.data())
def test_labels_of_points_that_are_not_doubtful_are_the_exact_ones(f, data):
    program = compile_program(f)
    width = len(f.variables)
    points = data.draw(
        st.lists(st.lists(coordinates, min_size=width, max_size=width), min_size=1, max_size=6)
    )
    assert is_let_in(program)
    found = FloatPass(program).run(numpy.array(points).T, labels=True)
    for i, point in enumerate(points):
        if not found.doubtful[i]:
            word = sum(int(column[i]) << (64 * k) for k, column in enumerate(found.words))
            assert program.labels(word) == program.labels_at(exactly(point))


def test_ties_on_a_grid_need_no_exact_arithmetic():
    x, y = mt.variables("x y")
    f = mt.relu(mt.max(x + y, x - y, 2 * x - 1) / 4) + mt.abs(mt.relu(x) - y)
    points = numpy.array(list(product(numpy.arange(-16, 17) / 8, repeat=2)))
    found = FloatPass(compile_program(f.on(x, y))).run(points.T, labels=True)
    assert not found.doubtful.any()
    values, bounds = f.on(x, y).represent().values(points, bounds=True)
    assert not bounds.any()
    assert values.tolist() == [float(f.value({x: Fraction(a), y: Fraction(b)})) for a, b in points]


def test_a_point_that_floats_cannot_decide_is_decided_exactly():
    """0.1 + 0.2 > 0.3 in floats, and for the dyadic numbers that they are it is so as well."""
    a, b, c = mt.variables("a b c")
    rep = mt.max(a + b, c, ties="first").represent()
    points = [(0.1, 0.2, 0.3), (0.1, 0.2, 0.1 + 0.2), (1.0, 1e-300, 1.0), (1e200, -1e200, 0.0)]
    gradients = rep.gradients(points)
    for point, found in zip(points, gradients, strict=True):
        assert found.tolist() == [[float(g) for g in rep.gradient(exactly(point))]]
    # the sum in floats is larger than the sum, so that c wins
    assert gradients[1].tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize("n", [4, 5, 8, 9, 12, 40])
def test_maxima_of_many_with_repeated_operands(n):
    """Marks of 16, 18, 24 and 80 bits; the last operand is the first once more."""
    x = mt.vector("x", 3)
    draw = numpy.random.default_rng(n)
    rows = draw.integers(-3, 4, size=(n - 1, 3)).tolist()
    f = mt.max(mt.affine([*rows, rows[0]], x), ties="average")
    points = numpy.vstack([draw.normal(size=(40, 3)), draw.integers(-2, 3, size=(40, 3)) / 1.0])
    program = compile_program(f)
    found = FloatPass(program).run(points.T, labels=True)
    assert not found.doubtful.any()
    for i, point in enumerate(points.tolist()):
        word = sum(int(column[i]) << (64 * k) for k, column in enumerate(found.words))
        assert program.labels(word) == program.labels_at(exactly(point))
        value, radius = (float(part[0, i]) for part in (found.values, found.radii))
        assert abs(fraction(f.value(exactly(point))) - Fraction(value)) <= Fraction(radius)


def test_a_sum_that_is_zero_everywhere_is_a_tie_everywhere():
    x = mt.variable("x")
    f = mt.abs(mt.relu(x, at_zero=0) - mt.relu(-x, at_zero=0) - x, at_zero="1/2") + mt.relu(
        x, at_zero=0
    )
    points = [0.1, -0.3, 0.0, 1 / 3]
    gradients = f.represent().gradients(points).reshape(-1).tolist()
    assert gradients == [float(f.gradient((Fraction(p),))[0]) for p in points]


def test_numbers_that_the_proof_does_not_cover_are_exact():
    x = mt.variable("x")
    f = mt.relu(x * (Fraction(1) / 10**40) - Fraction(1, 10**41)) * 10**41
    rep = f.represent()
    assert rep.float_pass is None
    assert rep.values([0.5, 0.1, 1.0]).tolist() == [
        float(fraction(f.value((Fraction(p),)))) for p in (0.5, 0.1, 1.0)
    ]


def test_values_beyond_the_range_of_doubles_are_refused_not_infinite():
    x, y = mt.variables("x y")
    rep = mt.max(10 * x, y).represent()
    assert rep.gradients([(1e308, 0.0)]).tolist() == [[[10.0, 0.0]]]
    with pytest.raises(mt.InexactNumber, match="range of float64"):
        rep.values([(1e308, 0.0)])
    # an overflow on the way is none in the result
    rep = (mt.relu(10 * x) - mt.relu(10 * x - y)).represent()
    assert rep.values([(1e308, 3.0)]).tolist() == [3.0]


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8))
def test_points_outside_the_domain_are_named(points):
    x, y = mt.variables("x y")
    rep = mt.max(x, y).represent("x + 3*y <= 1 and x > -1 and 2*x = 2*x")
    inside = [rep.domain.contains(exactly(p)) for p in points]
    if all(inside):
        assert rep.values(points).tolist() == [float(max(p)) for p in points]
    else:
        with pytest.raises(mt.OutsideDomain, match=f"as point {inside.index(False)},"):
            rep.values(points)


def test_points_of_a_domain_of_lower_dimension():
    x, y = mt.variables("x y")
    rep = mt.relu(x - y).represent("3*x = y")
    assert rep.values([(0.5, 1.5), (0.0, 0.0), (-1.0, -3.0)]).tolist() == [0.0, 0.0, 2.0]
    with pytest.raises(mt.OutsideDomain, match="point 1"):
        rep.values([(0.0, 0.0), (0.1, 0.3)])


def test_exact_points_stay_exact():
    x, y = mt.variables("x y")
    rep = mt.stack([mt.max(x, y), x]).represent()
    points = [(1, 2), ("1/3", sympy.Rational(1, 3)), {"x": 1, "y": 0}]
    assert rep.values(points) == [rep.value(p) for p in points]
    assert rep.gradients(points) == [rep.gradient(p) for p in points]
    assert rep.gradients(points, parameters={"z": "1/4"})[1] == sympy.Matrix(
        [["1/4", "3/4"], [1, 0]]
    )
    assert rep.values(numpy.array([[1, 2], [3, 3]])) == [rep.value((1, 2)), rep.value((3, 3))]
    assert rep.values([(1, 2)], bounds=True) == ([rep.value((1, 2))], [0])


def test_what_counts_as_floats():
    x = mt.variable("x")
    rep = mt.abs(x).represent()
    assert rep.values([0.5, -2]).tolist() == [0.5, 2.0]
    assert rep.values(numpy.array([0.5, -2], dtype=numpy.float32)).tolist() == [0.5, 2.0]
    assert rep.values([[0.5], [-2]]).tolist() == [0.5, 2.0]
    assert rep.values(numpy.zeros((0, 1))).shape == (0,)
    assert rep.gradients(numpy.zeros((0, 1))).shape == (0, 1, 1)
    assert rep.values([]) == []
    with pytest.raises(mt.InexactNumber, match="1/3 among floats"):
        rep.values([0.5, "1/3"])
    with pytest.raises(mt.InexactNumber, match="nan or inf"):
        rep.values([float("nan")])
    with pytest.raises(mt.InexactNumber, match="longdouble|float128|float96"):
        rep.values(numpy.array([1], dtype=numpy.longdouble))
    for wrong in (3.5, "x", numpy.zeros((2, 2)), numpy.zeros(()), [(0.5, 1.0)]):
        with pytest.raises(mt.PiecewiseError, match="1 coordinates|numbers"):
            rep.values(wrong)
    with pytest.raises(mt.PiecewiseError, match="none for z"):
        rep.gradients([0.0, 1.0])


def test_columns_by_name_and_the_order_of_variables():
    y = mt.variable("y")
    x = mt.variable("x")
    rep = mt.max(x - y, ties="first").represent()
    columns = {"y": numpy.array([1.0, 2.0]), x: [0.5, 0]}
    assert rep.values(columns).tolist() == [-0.5, -2.0]
    assert rep.values({"x": [1, "1/2"], "y": [2, 3]}) == [-1, sympy.Rational(-5, 2)]
    assert rep.values({"x": [], "y": []}) == []
    with pytest.raises(mt.UnknownVariable, match="no value for"):
        rep.values({"x": [0.5]})
    with pytest.raises(mt.PiecewiseError, match="one length, got 1, 2"):
        rep.values({"x": [0.5], "y": [1, 2]})
    b, a = mt.variables("b a")
    rep = (mt.relu(a, at_zero=0) + b).represent()
    for points in ([(0.5, 1.0)], numpy.ones((2, 2)), [(1, 2)]):
        with pytest.raises(mt.UnknownVariable, match="by name"):
            rep.values(points)
    assert rep.gradients({"a": [0.5], "b": [1]}).tolist() == [[[1.0, 1.0]]]


def test_smooth_and_stated_representations_go_point_by_point():
    x = mt.variable("x")
    smooth = (mt.exp(x) + mt.relu(x, at_zero=0)).represent()
    values = smooth.values([0.0, 0.5])
    assert values.tolist() == pytest.approx([1.0, 2.1487212707001282], rel=1e-15)
    assert smooth.gradients([0.0, 0.5]).reshape(-1).tolist() == pytest.approx(
        [1.0, 2.6487212707001282], rel=1e-15
    )
    with pytest.raises(mt.Unsupported, match="bounds"):
        smooth.values([0.5], bounds=True)
    stated = mt.Representation("x", [("x < 0", "-x"), ("x > 0", "x"), ("x = 0", "0", "1/2")])
    assert stated.values([-0.1, 0.0, 2]).tolist() == [0.1, 0.0, 2.0]
    assert stated.gradients([-0.1, 0.0, 2]).reshape(-1).tolist() == [-1.0, 0.5, 1.0]


def test_lambdify_takes_arrays():
    x, y = mt.variables("x y")
    rep = mt.max(x, 2 * y, ties="average").represent()
    xs, ys = numpy.linspace(-1, 1, 5), numpy.linspace(-1, 1, 3)[:, None]
    found = rep.lambdify()(xs, ys)
    assert found.shape == (3, 5) and (found == numpy.maximum(xs, 2 * ys)).all()
    gradients = rep.lambdify(gradient=True)(xs, 0)
    assert gradients.shape == (5, 1, 2)
    assert gradients[2].tolist() == [[0.5, 1.0]]
    whole = rep.lambdify()(numpy.array([1, 2]), numpy.array([3, 4]))
    assert whole.tolist() == [6.0, 8.0]


def test_without_numpy_exact_points_work_and_floats_say_what_is_missing(monkeypatch):
    rep = mt.abs(mt.variable("x")).represent()
    real = builtins.__import__

    def without(name, *arguments, **keywords):
        if name == "numpy":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)
    assert rep.values([(1,), (-1,)]) == [1, 1]
    with pytest.raises(mt.Unsupported, match="pip install numpy"):
        rep.values([0.5])


def test_a_representation_that_was_asked_can_be_pickled():
    rep = mt.relu(mt.variable("x"), at_zero=0).represent()
    assert rep.values([0.5, -1.0]).tolist() == [0.5, 0.0]
    again = pickle.loads(pickle.dumps(rep))
    assert again.values([0.5, -1.0]).tolist() == [0.5, 0.0]


@pytest.mark.parametrize("mask", [False, [[0, 1], [0, 0]]])
def test_masked_arrays_are_refused_however_they_are_given(mask):
    x, y = mt.variables("x y")
    rep = (mt.relu(x) + y).represent()
    for kind in (float, int, object):
        m = numpy.ma.array([[1, 2], [3, 4]], mask=mask, dtype=kind)
        given = [m, [m[0], m[1]], {"x": m[:, 0], "y": m[:, 1]}]
        for points in given:
            for ask in (rep.values, rep.gradients):
                with pytest.raises(mt.Unsupported, match="got a masked array; give"):
                    ask(points)
        with pytest.raises(mt.Unsupported, match="got a masked array"):
            rep.lambdify()(m[:, 0], m[:, 1])
        plain = numpy.asarray(m.filled(7))
        assert len(rep.values(plain)) == 2


@given(st.integers(1, 300), st.integers(-1, 1), st.booleans())
def test_results_beyond_floats_say_how_large_they_are(power, x, is_gradient):
    t = mt.variable("t")
    rep = (10 ** (300 + power) * mt.max(0, t, ties="first") + t).represent()
    ask = rep.gradients if is_gradient else rep.values
    if x <= 0 or 300 + power <= 308:
        found = ask([[float(x)]])
        assert numpy.isfinite(found).all()
    else:
        with pytest.raises(mt.InexactNumber, match=rf"expected results .*E\+{300 + power};"):
            ask([[float(x)]])


def test_points_beyond_floats_are_called_points():
    rep = mt.relu(mt.variable("t")).represent()
    with pytest.raises(mt.InexactNumber, match=r"expected points .* got 1.00E\+400; give exact"):
        rep.values([[1.5], [10**400]])
    assert rep.values([[1], [10**400]]) == [1, 10**400]
