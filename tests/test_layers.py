"""Layers against slow definitions written out here, with loops over padded arrays."""

from __future__ import annotations

import math
import random
import struct
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.exact.floating import rounded, rounded_sqrt

small = st.integers(-2, 2)


def flat_value(f, point):
    value = f.value(point)
    return [value] if f.shape == () else list(value)


def cell(values, shape, index):
    """Entry of a row-major array, None outside."""
    if any(not 0 <= i < n for i, n in zip(index, shape, strict=True)):
        return None
    place = 0
    for i, n in zip(index, shape, strict=True):
        place = place * n + i
    return values[place]


@st.composite
def geometries(draw, dims, least=1):
    """Lengths, kernel, stride, padding and dilation along each axis; the window fits."""
    result = []
    for _ in range(dims):
        k, s, d = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
        p = draw(st.integers(0, k // 2))
        n = draw(st.integers(max(least, d * (k - 1) + 1 - 2 * p), 5))
        result.append((n, k, s, p, d))
    return result


def columns(geometry):
    return [tuple(axis[i] for axis in geometry) for i in range(5)]


@given(st.data(), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_convolution_is_its_definition(data, dims, groups):
    geometry = data.draw(geometries(dims))
    lengths, kernel, stride, padding, dilation = columns(geometry)
    channels, outputs = groups * data.draw(st.integers(1, 2)), groups * data.draw(st.integers(1, 2))
    share = channels // groups
    shape, wshape = (channels, *lengths), (outputs, share, *kernel)
    x = [data.draw(small) for _ in range(math.prod(shape))]
    w = [data.draw(small) for _ in range(math.prod(wshape))]
    b = [data.draw(small) for _ in range(outputs)]
    nested = w
    for n in reversed(wshape[1:]):
        nested = [nested[i : i + n] for i in range(0, len(nested), n)]
    conv = mt.conv1d if dims == 1 else mt.conv2d
    arguments = (b, stride, padding, dilation, groups)
    f = conv(mt.tensor("x", shape), nested, *arguments)
    sizes = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in geometry]
    expected = []
    for o, *place in product(range(outputs), *map(range, sizes)):
        total = b[o]
        for c in range(share):
            for m in product(*map(range, kernel)):
                position = [
                    s * i + d * j - p
                    for i, j, s, d, p in zip(place, m, stride, dilation, padding, strict=True)
                ]
                source = o // (outputs // groups) * share + c
                entry = cell(x, shape, (source, *position))
                total += (entry or 0) * cell(w, wshape, (o, c, *m))
        expected.append(total)
    assert f.shape == (outputs, *sizes)
    assert flat_value(f, x) == expected
    # with the data fixed it is the same function of its weights
    data_first = x
    for n in reversed(shape[1:]):
        data_first = [data_first[i : i + n] for i in range(0, len(data_first), n)]
    g = conv(data_first, mt.tensor("w", wshape), *arguments)
    assert flat_value(g.on(mt.tensor("w", wshape)), w) == expected


def pool_windows(geometry, ceil_mode):
    """The positions of every window, by the size formula of PyTorch's documentation.

    "When ceil_mode=True, sliding windows are allowed to go off-bounds if they start within the
    left padding or the input."
    """
    axes = []
    for n, k, s, p, d in geometry:
        size = Fraction(n + 2 * p - d * (k - 1) - 1, s) + 1
        count = math.ceil(size) if ceil_mode else math.floor(size)
        starts = [s * i - p for i in range(count) if s * i - p < n]
        axes.append([[start + d * j for j in range(k)] for start in starts])
    return product(*axes)


@given(st.data(), st.sampled_from([1, 2, 3]), st.booleans())
def test_maxpool_is_its_definition(data, dims, ceil_mode):
    geometry = data.draw(geometries(dims))
    lengths, kernel, stride, padding, dilation = columns(geometry)
    shape = (1, *lengths)
    x = [data.draw(small) for _ in range(math.prod(shape))]
    pool = (mt.maxpool1d, mt.maxpool2d, mt.maxpool3d)[dims - 1]
    try:
        f = pool(mt.tensor("x", shape), kernel, stride, padding, dilation, ceil_mode, "first")
    except mt.ShapeError as error:
        assert "padding only" in str(error)
        return
    expected, first = [], []
    for window in pool_windows(geometry, ceil_mode):
        entries = [(cell(x, shape, (0, *at)), (0, *at)) for at in product(*window)]
        inside = [(v, at) for v, at in entries if v is not None]
        best = max(v for v, _ in inside)
        expected.append(best)
        place = next(at for v, at in inside if v == best)
        first.append([int(at == place) for at in product(*map(range, shape))])
    assert flat_value(f, x) == expected
    assert f.gradient(x) == sympy.Matrix(first)


@given(st.data(), st.sampled_from([1, 2]), st.booleans(), st.booleans())
def test_avgpool_is_its_definition(data, dims, ceil_mode, include):
    geometry = [(n, k, s, p, 1) for n, k, s, p, _ in data.draw(geometries(dims, 3))]
    lengths, kernel, stride, padding, _ = columns(geometry)
    shape = (1, *lengths)
    x = [data.draw(small) for _ in range(math.prod(shape))]
    pool = (mt.avgpool1d, mt.avgpool2d)[dims - 1]
    f = pool(mt.tensor("x", shape), kernel, stride, padding, ceil_mode, include)
    expected = []
    for window in pool_windows(geometry, ceil_mode):
        places = list(product(*window))
        inside = [v for v in (cell(x, shape, (0, *at)) for at in places) if v is not None]
        padded = [
            at for at in places
            if all(i < n + p for i, n, p in zip(at, lengths, padding, strict=True))
        ]  # fmt: skip
        expected.append(Fraction(sum(inside), len(padded) if include else len(inside)))
    assert flat_value(f, x) == [sympy.Rational(v.numerator, v.denominator) for v in expected]


@given(st.lists(small, min_size=1, max_size=6), st.integers(1, 7))
def test_adaptive_maxpool_is_its_definition(x, n):
    f = mt.adaptive_maxpool1d(mt.tensor("x", (1, len(x))), n, ties="average")
    length = len(x)
    windows = [x[math.floor(i * length / n) : math.ceil((i + 1) * length / n)] for i in range(n)]
    assert flat_value(f, x) == [max(w) for w in windows]
    assert all(sum(f.gradient(x).row(i)) == 1 for i in range(n))


def test_adaptive_maxpool_of_an_image_is_one_over_rows_and_columns():
    x = mt.tensor("x", (1, 3, 5))
    f = mt.adaptive_maxpool2d(x, (2, 3))
    rng = random.Random(0)
    for _ in range(5):
        point = [rng.randint(-2, 2) for _ in range(15)]
        by_rows = mt.adaptive_maxpool1d(x[0], 3)
        nested = mt.adaptive_maxpool1d(by_rows.T, 2).T
        assert f.value(point) == nested.value(point)


def test_weights_of_padded_windows_belong_to_the_whole_window():
    weights = [1, 2, 3]
    f = mt.maxpool1d(mt.tensor("x", (1, 2)), 3, padding=1, ties=weights)
    assert list(f.gradient((0, 0))) == [sympy.Rational(2, 5), sympy.Rational(3, 5)]


@pytest.mark.parametrize("build, slow", [
    (mt.hardtanh, lambda v: min(max(v, -1), 1)),
    (mt.relu6, lambda v: min(max(v, 0), 6)),
    (mt.hardsigmoid, lambda v: min(max(v / 6 + Fraction(1, 2), 0), 1)),
    (mt.softshrink, lambda v: v - Fraction(1, 2) if v > Fraction(1, 2)
        else v + Fraction(1, 2) if v < -Fraction(1, 2) else 0),
    (lambda x: mt.prelu(x, "1/4"), lambda v: v if v > 0 else v / 4),
])  # fmt: skip
def test_activations_are_their_formulas(build, slow):
    f = build(mt.variable("x"))
    for k in range(-28, 29):
        v = Fraction(k, 4)
        want = Fraction(slow(v))
        assert f.value((v,)) == sympy.Rational(want.numerator, want.denominator)


@given(st.lists(small, min_size=3, max_size=3), st.sampled_from(["free", 0, 1, "1/3"]))
def test_clip_by_expressions(point, rule):
    x, lo, hi = mt.variables("x lo hi")
    f = mt.clip(x, lo, hi, at_edges=rule).on(x, lo, hi)
    v, a, b = point
    assert f.value(point) == min(max(v, a), b)
    assert sum(f.gradient(point)) == 1
    if rule != "free" and v == a < b:
        assert f.gradient(point)[0] == sympy.Rational(rule)


def test_clip_by_expressions_takes_one_rule_a_bound():
    x, lo, hi = mt.variables("x lo hi")
    f = mt.clip(x, lo, hi, at_edges=[1, 0]).on(x, lo, hi)
    assert list(f.gradient((0, 0, 1))) == [1, 0, 0]
    assert list(f.gradient((1, 0, 1))) == [0, 0, 1]
    with pytest.raises(mt.InvalidTieRule, match="one a bound"):
        mt.clip(x, lo, None, at_edges=[1, 0])


@given(st.lists(small, min_size=3, max_size=3), st.integers(0, 2))
def test_hinge_losses(s, t):
    scores = mt.vector("s", 3)
    others = [j for j in range(3) if j != t]
    weston = sympy.Rational(sum(max(0, 1 - s[t] + s[j]) for j in others), 3)
    assert mt.multi_margin(scores, t).value(s) == weston
    crammer = max(0, *(1 + s[j] - s[t] for j in others))
    assert mt.multiclass_hinge(scores, t).value(s) == crammer
    assert list(mt.hinge(scores, [1, -1, 1]).value(s)) == [
        max(0, 1 - v * y) for v, y in zip(s, [1, -1, 1], strict=True)
    ]
    assert mt.norm1(scores).value(s) == sum(map(abs, s))
    assert mt.norm_inf(scores).value(s) == max(map(abs, s))


def test_maxout_groups_consecutive_channels():
    f = mt.maxout(mt.tensor("x", (4, 2)), 2)
    assert f.shape == (2, 2)
    assert list(f.value((1, 2, 3, 0, 5, 6, 7, 8))) == [3, 2, 7, 8]
    with pytest.raises(mt.ShapeError, match="divides the 4 channels"):
        mt.maxout(mt.tensor("x", (4, 2)), 3)


@given(st.integers(-(2**60), 2**60), st.integers(-200, 200))
def test_rounding_is_that_of_the_machine(numerator, exponent):
    value = Fraction(numerator) * Fraction(2) ** exponent
    assert rounded(value, "float64") == Fraction(float(value))
    if abs(value) < 2**127:
        packed = struct.unpack("f", struct.pack("f", float(value)))[0]
        if Fraction(float(value)) == value:  # else struct rounds twice
            assert rounded(value, "float32") == Fraction(packed)


@given(st.floats(0, 1e300))
def test_square_roots_are_those_of_the_machine(value):
    assert rounded_sqrt(Fraction(value), "float64") == Fraction(math.sqrt(value))


@pytest.mark.parametrize("call, message", [
    (lambda: mt.conv1d(mt.tensor("x", (2, 3)), [[[1, 1]]]), "groups=1"),
    (lambda: mt.conv1d(mt.tensor("x", (1, 3)), [[1, 1]]), "weight of shape"),
    (lambda: mt.conv1d(mt.tensor("x", (1, 1)), [[[1, 1]]]), "kernel that fits"),
    (lambda: mt.conv1d(mt.tensor("x", (1, 3)), [[[1, 1]]], [1, 2]), "bias of shape"),
    (lambda: mt.conv2d(mt.tensor("x", (1, 3)), [[[[1]]]]), r"\(C, H, W\)"),
    (lambda: mt.prelu(mt.vector("x", 3), [1, 2]), "one a channel"),
    (lambda: mt.batch_norm(mt.vector("x", 2), [1], [0]), "one number for each channel"),
    (lambda: mt.avgpool2d(mt.tensor("x", (1, 2, 2)), 2, divisor_override=0), "nonzero"),
    (lambda: mt.adaptive_maxpool1d(mt.tensor("x", (1, 0)), 1), "with entries"),
    (lambda: mt.multi_margin(mt.vector("x", 2), 2), "class from 0 to 1"),
])  # fmt: skip
def test_wrong_shapes_are_refused(call, message):
    with pytest.raises(mt.ShapeError, match=message):
        call()


def test_products_of_expressions_are_refused():
    with pytest.raises(mt.NotPolyhedral, match="constant input or a constant weight"):
        mt.conv1d(mt.tensor("x", (1, 3)), mt.tensor("w", (1, 1, 2)))


def test_a_small_cnn_has_the_pieces_of_its_pointwise_gradient():
    """1×6×6 input restricted to a 2-parameter slice; every layer kind once."""
    s, t = mt.variables("s t")
    rng = random.Random(3)
    pattern = [[[rng.randint(-1, 1) for _ in range(6)] for _ in range(6)] for _ in range(2)]
    x = mt.stack([[[s * a + t * b for a, b in zip(ra, rb, strict=True)]
                   for ra, rb in zip(*pattern, strict=True)]])  # fmt: skip
    w = [[[[rng.randint(-1, 1) for _ in range(3)] for _ in range(3)]] for _ in range(2)]
    h = mt.relu(mt.conv2d(x, w, [1, 0], padding=1, stride=2), at_zero=0)
    h = mt.maxpool2d(h, 2, stride=1, ties="first")
    h = mt.dropout(mt.batch_norm(h, ["1/2", 1], [0, -1]))
    f = mt.affine([[1, -1], [0, 1]], mt.avgpool2d(h, 2).reshape((-1,)))
    rep = f.represent()
    for piece in rep:
        assert f.gradient(piece.witness) == piece.gradient
    for _ in range(20):
        point = [Fraction(rng.randint(-4, 4), 2) for _ in range(2)]
        assert rep.value(point) == f.value(point)
        assert rep.gradient(point) == f.gradient(point)


@pytest.mark.parametrize("text, same", [
    ("relu6(x, at_edges=0)", "clip(x, 0, 6, at_edges=0)"),
    ("hardtanh(x)", "clip(x, -1, 1)"),
    ("hardtanh(x, -2, 1/2, at_edges=1)", "clip(x, -2, 1/2, at_edges=1)"),
    ("softshrink(x, 1)", "piecewise_linear(x, [-1, 1], [1, 0, 1])"),
    ("hardsigmoid(x)", "piecewise_linear(x, [-3, 3], [0, 1/6, 0], at=(-3, 0))"),
])  # fmt: skip
def test_activations_in_the_grammar(text, same):
    assert repr(mt.parse(text)) == repr(mt.parse(same))


def test_a_convolution_keeps_one_pattern():
    """Rows are made when asked for: they are those of the definition, also after a pickle."""
    import pickle
    import tracemalloc

    weight = [[[[1, 0], [-2, 3]]], [[[0, 0], [0, 5]]]]
    f = mt.conv2d(mt.tensor("x", (1, 2, 3)), weight)
    for node in (f, pickle.loads(pickle.dumps(f))):
        expected = [((0, 1), (3, -2), (4, 3)), ((1, 1), (4, -2), (5, 3)), ((4, 5),), ((5, 5),)]
        assert [tuple(row) for row in node.rows] == expected == list(node.rows[:])
        assert node.rows[-1] == ((5, 5),) and len(node.rows) == 4
    tracemalloc.start()
    large = mt.conv2d(mt.tensor("x", (8, 16, 16)), [[[[1] * 3] * 3] * 8] * 8, padding=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    terms = sum(map(len, large.rows))
    assert terms == 8 * 8 * (16 * 3 - 2) ** 2  # the taps in the padding are left out
    assert peak < 16 * terms  # a stored term takes 80 bytes
