"""Every primitive of conventions.tensorflow against the installed tensorflow, on every stratum.

The expected values come from tensorflow itself (tf.GradientTape, float64), at points where every
value that decides a tie is exact.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from frameworks import cases, floats, matrices_agree, same, split

from piecewise_mt.conventions import tensorflow as convention

tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


def reverse(function, operands):
    with tf.GradientTape(persistent=True) as tape:
        for operand in operands:
            tape.watch(operand)
        value = tf.reshape(function(*operands), (-1,))
        entries = [value[k] for k in range(value.shape[0])]
    rows = []
    for entry in entries:
        gradients = tape.gradient(entry, operands, unconnected_gradients="zero")
        rows.append([float(v) for g in gradients for v in tf.reshape(g, (-1,))])
    return value, rows


@pytest.mark.parametrize("name", convention.PRIMITIVES)
def test_tensorflow_returns_the_derived_gradient(name):
    primitive = convention.PRIMITIVES[name]
    f = primitive.expression()
    arguments = {key: floats(value) for key, value in primitive.arguments.items()}
    reference = primitive.reference()
    points, untested = cases(f)
    assert untested == 0 and points
    for point, _ in points:
        operands = [
            tf.reshape(tf.constant(part, dtype=tf.float64), shape)
            for part, shape in zip(split(point, primitive.shapes), primitive.shapes, strict=True)
        ]
        value, jacobian = reverse(lambda *xs: reference(*xs, **arguments), operands)
        wanted = f.value(point)
        entries = [Fraction(int(v.p), int(v.q)) for v in (wanted if f.shape else [wanted])]
        assert all(map(same, entries, [float(v) for v in value])), point
        assert matrices_agree(f.gradient(point), jacobian), (point, f.gradient(point), jacobian)
