"""Convolutions, poolings, resizing and splitting with random numbers, against onnxruntime.

Everything is small and dyadic or a plain fraction, so values agree up to the rounding of a few
float32 operations. What onnxruntime refuses need not be refused here, and the other way round.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
np = pytest.importorskip("numpy", reason="numpy is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
QUICK = settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def each(dims, least, most):
    return st.lists(st.integers(least, most), min_size=dims, max_size=dims)


@st.composite
def sliding(draw, dims):
    """Attributes of what slides over `dims` axes."""
    found = {"strides": draw(each(dims, 1, 3)), "dilations": draw(each(dims, 1, 2))}
    pads = draw(st.sampled_from(["", "pads", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    if pads == "pads":
        found["pads"] = draw(each(2 * dims, 0, 2))
    elif pads:
        found["auto_pad"] = pads
    return found


def weight(draw, *shape):
    values = draw(st.lists(st.integers(-2, 2), min_size=prod(shape), max_size=prod(shape)))
    return np.array(values, dtype=np.float32).reshape(shape)


@st.composite
def convolutions(draw):
    dims = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["Conv", "ConvTranspose"]))
    group, left, right = (draw(st.integers(1, 2)) for _ in range(3))
    sizes, kernel = draw(each(dims, 1, 4)), draw(each(dims, 1, 3))
    own = {**draw(sliding(dims)), "group": group}
    shape = (group * right, left) if kind == "Conv" else (group * left, right)
    weights = {"w": weight(draw, *shape, *kernel)}
    if draw(st.booleans()):
        weights["b"] = weight(draw, group * right)
    if kind == "ConvTranspose" and draw(st.booleans()):
        own["output_padding"] = draw(each(dims, 0, 1))
    node = helper.make_node(kind, ["x", *weights], ["y"], **own)
    return node, [draw(st.integers(1, 2)), group * left, *sizes], weights, 19


@st.composite
def poolings(draw):
    dims = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(["MaxPool", "AveragePool"]))
    own = {**draw(sliding(dims)), "kernel_shape": draw(each(dims, 1, 3))}
    own["ceil_mode"] = draw(st.integers(0, 1))
    if kind == "AveragePool":
        own["count_include_pad"] = draw(st.integers(0, 1))
    node = helper.make_node(kind, ["x"], ["y"], **own)
    return node, [1, draw(st.integers(1, 2)), *draw(each(dims, 1, 5))], {}, 19


SCALES = [0.5, 0.6, 0.7, 1 / 3, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0]


@st.composite
def resizings(draw):
    sizes = draw(each(2, 1, 5))
    own = {
        "mode": draw(st.sampled_from(["nearest", "linear", "cubic"])),
        "coordinate_transformation_mode": draw(st.sampled_from([
            "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric",
        ])),
        "nearest_mode": draw(st.sampled_from(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])),
    }  # fmt: skip
    if own["mode"] == "cubic":
        own["exclude_outside"] = draw(st.integers(0, 1))
    if draw(st.booleans()):
        scales = [1.0, 1.0, *(draw(st.sampled_from(SCALES)) for _ in sizes)]
        node = helper.make_node("Resize", ["x", "", "s"], ["y"], **own)
        return node, [1, 1, *sizes], {"s": np.array(scales, dtype=np.float32)}, 19
    lengths = np.array([1, 1, *draw(each(2, 1, 8))], dtype=np.int64)
    node = helper.make_node("Resize", ["x", "", "", "s"], ["y"], **own)
    return node, [1, 1, *sizes], {"s": lengths}, 19


@st.composite
def upsamplings(draw):
    kind, opset = draw(st.sampled_from([("Upsample", 9), ("Resize", 10)]))
    factors = SCALES if kind == "Resize" else [1.0, 1.5, 2.0, 3.0]
    scales = [1.0, 1.0, *(draw(st.sampled_from(factors)) for _ in range(2))]
    mode = draw(st.sampled_from(["nearest", "linear"]))
    node = helper.make_node(kind, ["x", "s"], ["y"], mode=mode)
    return node, [1, 1, *draw(each(2, 1, 6))], {"s": np.array(scales, dtype=np.float32)}, opset


@st.composite
def splittings(draw):
    parts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    length = max(sum(parts), 1)
    outputs = ["y", *(f"z{k}" for k in range(len(parts) - 1))]
    if draw(st.booleans()) and sum(parts):
        weights = {"s": np.array(parts, dtype=np.int64)}
        return helper.make_node("Split", ["x", "s"], outputs, axis=1), [1, length], weights, 19
    assume(len(parts) <= length)
    node = helper.make_node("Split", ["x"], outputs, axis=1, num_outputs=len(parts))
    return node, [1, length], {}, 19


def compare(case, data, folder):
    node, shape, weights, opset = case
    rank = [f"d{axis}" for axis in range(len(shape))]
    graph = helper.make_graph(
        [node], "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, rank)],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )  # fmt: skip
    path = folder / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9), str(path))  # fmt: skip
    point = data.draw(st.lists(st.integers(-2, 3), min_size=prod(shape), max_size=prod(shape)))
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(str(path), options)
        (expected,) = session.run(None, {"x": np.array(point, dtype=np.float32).reshape(shape)})
    except Exception:
        return None
    try:
        f = mt.from_onnx(path, batched=False)
    except mt.PiecewiseError as error:
        return str(error)
    assert f.shape == expected.shape
    value = [float(v) for v in f.value([Fraction(v) for v in point])] if f.size else []
    assert value == pytest.approx(expected.reshape(-1).tolist(), rel=1e-4, abs=1e-4)
    return ""


@pytest.mark.parametrize(
    "cases, reasons",
    [
        (convolutions(), ("kernel that fits", "runtimes differ", "result with entries")),
        (poolings(), ("kernel that fits", "runtimes differ", "meet the input")),
        (resizings(), ("runtimes copy", "runtimes differ")),
        (upsamplings(), ("runtimes copy", "runtimes differ")),
        (splittings(), ()),
    ],
    ids=["convolutions", "poolings", "resizings", "upsamplings", "splittings"],
)
def test_random_windows_agree_with_onnxruntime(cases, reasons, tmp_path):
    seen = []

    @QUICK
    @given(cases, st.data())
    def check(case, data):
        refused = compare(case, data, tmp_path)
        seen.append(refused)
        assert not refused or any(reason in refused for reason in reasons), refused

    check()
    assert seen.count("") > len(seen) / 8
