"""ONNX files against torch (values and gradients, ties included) and ONNX's reference evaluator.

Weights are small dyadic numbers, so that every value at the points tried is exact.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import re
from fractions import Fraction
from pathlib import Path

import pytest

import piecewise_mt as mt

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
reference = pytest.importorskip("onnx.reference", reason="onnx is not installed")
np = pytest.importorskip("numpy", reason="numpy is not installed")
helper, DOUBLE, INT64 = onnx.helper, onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64
pytestmark = pytest.mark.filterwarnings("ignore")


def saved(path, nodes, shape, weights=None, opset=21, outputs=("y",), kind=DOUBLE):
    """A model with the input x, written to a file; weights by name as lists or arrays."""
    initializers = [
        onnx.numpy_helper.from_array(np.asarray(value), key)
        for key, value in (weights or {}).items()
    ]
    graph = helper.make_graph(
        nodes, "graph", [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(key, kind, ["any"]) for key in outputs], initializers,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.save(model, str(path))
    return path


def node(kind, inputs, output="y", **attributes):
    return helper.make_node(kind, inputs, [output], name=f"the_{kind}", **attributes)


def rationals(values):
    return [Fraction(int(v.p), int(v.q)) for v in values]


def f64(*values):
    return np.array(values, dtype=np.float64)


def i64(*values):
    return np.array(values, dtype=np.int64)


ONES = np.ones((1, 1, 2, 2))
SINGLE = {
    "Gemm": ([node("Gemm", ["x", "w", "b"], alpha=0.5, beta=2.0, transB=1)], [1, 2], {"w": f64(1, 2, -1, 0, 3, 1).reshape(3, 2), "b": f64(1, 0, -1)}),
    "MatMul": ([node("MatMul", ["x", "w"])], [1, 2], {"w": f64(1, 2, -1, 0).reshape(2, 2)}),
    "Add": ([node("Add", ["x", "w"])], [1, 2], {"w": f64(1, 2)}),
    "Sub": ([node("Sub", ["w", "x"])], [1, 2], {"w": f64(1, 2)}),
    "Mul": ([node("Mul", ["x", "x"])], [1, 2], {}),
    "Div": ([node("Div", ["x", "w"])], [1, 2], {"w": f64(2)}),
    "Sum": ([node("Sum", ["x", "x", "w"])], [1, 2], {"w": f64(2)}),
    "Mean": ([node("Mean", ["x", "w"])], [1, 2], {"w": f64(2)}),
    "Neg": ([node("Neg", ["x"])], [1, 2], {}),
    "Relu": ([node("Relu", ["x"])], [1, 2], {}),
    "LeakyRelu": ([node("LeakyRelu", ["x"], alpha=0.25)], [1, 2], {}),
    "PRelu": ([node("PRelu", ["x", "w"])], [1, 2, 2], {"w": f64(0.5, 2).reshape(2, 1)}),
    "Abs": ([node("Abs", ["x"])], [1, 2], {}),
    "Clip": ([node("Clip", ["x", "lo", "hi"])], [1, 2], {"lo": np.float64(-1), "hi": np.float64(0.5)}),
    "Clip above": ([node("Clip", ["x", "", "hi"])], [1, 2], {"hi": np.float64(0.5)}),
    "HardSigmoid": ([node("HardSigmoid", ["x"], alpha=0.25, beta=0.5)], [1, 2], {}),
    "Max": ([node("Max", ["x", "w", "v"])], [1, 2], {"w": f64(0, 1), "v": f64(0.5)}),
    "Min": ([node("Min", ["x", "w"])], [1, 2], {"w": f64(0, 1)}),
    "ReduceMax": ([node("ReduceMax", ["x", "a"], keepdims=0)], [1, 2, 2], {"a": i64(-1)}),
    "ReduceMin all": ([node("ReduceMin", ["x"])], [1, 2, 2], {}),
    "ReduceSum": ([node("ReduceSum", ["x", "a"])], [1, 2, 2], {"a": i64(1)}),
    "ReduceMean": ([node("ReduceMean", ["x", "a"], keepdims=0)], [1, 2, 2], {"a": i64(1, 2)}),
    "MaxPool": ([node("MaxPool", ["x"], kernel_shape=[2, 2], strides=[1, 1], pads=[1, 0, 1, 0])], [1, 1, 2, 2], {}),
    "MaxPool ceil": ([node("MaxPool", ["x"], kernel_shape=[2], strides=[2], ceil_mode=1)], [1, 1, 3], {}),
    "AveragePool": ([node("AveragePool", ["x"], kernel_shape=[2, 2], strides=[1, 1], pads=[0, 1, 0, 1])], [1, 1, 2, 2], {}),
    "AveragePool padded": ([node("AveragePool", ["x"], kernel_shape=[2], pads=[1, 1], count_include_pad=1)], [1, 1, 4], {}),
    "GlobalMaxPool": ([node("GlobalMaxPool", ["x"])], [1, 2, 2], {}),
    "GlobalAveragePool": ([node("GlobalAveragePool", ["x"])], [1, 2, 2], {}),
    "Conv": ([node("Conv", ["x", "w", "b"], pads=[1, 0, 0, 1], strides=[1, 2])], [1, 1, 2, 2], {"w": ONES, "b": f64(-1)}),
    "Conv groups": ([node("Conv", ["x", "w"], group=2, pads=[1, 1], dilations=[2])], [1, 2, 2], {"w": f64(1, -1, 2, 1).reshape(2, 1, 2)}),
    "Pad": ([node("Pad", ["x", "p", "v"])], [1, 3], {"p": i64(0, 1, 0, -1), "v": np.float64(2)}),
    "BatchNormalization": ([node("BatchNormalization", ["x", "s", "b", "m", "v"], epsilon=0.0)], [1, 2], {"s": f64(2, 1), "b": f64(1, 0), "m": f64(0, 1), "v": f64(4, 0.25)}),
    "Flatten": ([node("Flatten", ["x"])], [1, 2, 2], {}),
    "Reshape": ([node("Reshape", ["x", "s"])], [1, 2, 2], {"s": i64(0, -1)}),
    "Transpose": ([node("Transpose", ["x"], perm=[0, 2, 1])], [1, 2, 2], {}),
    "Concat": ([node("Concat", ["x", "w"], axis=1)], [1, 2], {"w": f64(3).reshape(1, 1)}),
    "Slice": ([node("Slice", ["x", "b", "e", "a", "s"])], [1, 4], {"b": i64(3), "e": i64(-99), "a": i64(1), "s": i64(-2)}),
    "Gather": ([node("Gather", ["x", "i"], axis=1)], [1, 3], {"i": i64(2, 0)}),
    "Gather one": ([node("Gather", ["x", "i"], axis=1)], [1, 3], {"i": np.int64(-1)}),
    "Squeeze": ([node("Squeeze", ["x", "a"])], [1, 1, 3], {"a": i64(1)}),
    "Unsqueeze": ([node("Unsqueeze", ["x", "a"])], [1, 3], {"a": i64(1, -1)}),
    "Expand": ([node("Expand", ["x", "s"])], [1, 2, 1], {"s": i64(1, 1, 2)}),
    "Identity": ([node("Identity", ["x"])], [1, 2], {}),
    "Dropout": ([node("Dropout", ["x"])], [1, 2], {}),
    "Pow": ([node("Pow", ["x", "e"])], [1, 2], {"e": f64(3)}),
    "Where": ([node("Greater", ["x", "z"], "c"), node("Neg", ["x"], "n"), node("Where", ["c", "x", "n"])], [1, 2], {"z": f64(0)}),
    "Not": ([node("LessOrEqual", ["x", "z"], "l"), node("Not", ["l"], "c"), node("Mul", ["x", "x"], "n"), node("Where", ["c", "x", "z"])], [1, 2], {"z": f64(0)}),
    "Constant": ([helper.make_node("Constant", [], ["c"], value=onnx.numpy_helper.from_array(f64(2))), node("Mul", ["x", "c"])], [1, 2], {}),
    "Shape": ([node("Shape", ["x"], "s"), node("Slice", ["s", "i", "j"], "k"), node("Concat", ["k", "m"], "t", axis=0), node("Reshape", ["x", "t"])], [1, 2, 2], {"i": i64(0), "j": i64(1), "m": i64(-1)}),
    "Cast": ([node("Cast", ["x"], to=DOUBLE)], [1, 2], {}),
}  # fmt: skip
SMOOTH = {
    **{kind: ([node("Relu", ["x"], "r"), node(kind, ["r"])], [1, 2], {}) for kind in ("Exp", "Tanh", "Sigmoid", "Softplus", "Softmax", "LogSoftmax", "Sin", "Cos")},
    "Log": ([node("Add", ["x", "w"], "r"), node("Log", ["r"])], [1, 2], {"w": f64(3)}),
    "Sqrt": ([node("Add", ["x", "w"], "r"), node("Sqrt", ["r"])], [1, 2], {"w": f64(3)}),
    "Reciprocal": ([node("Add", ["x", "w"], "r"), node("Reciprocal", ["r"])], [1, 2], {"w": f64(3)}),
}  # fmt: skip
VALUES = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]


def points(size):
    return itertools.product(VALUES if size < 3 else [-1.0, 0.0, 0.5], repeat=size)


REFERENCE_FAILS = {
    "MaxPool": "padding along one axis alone comes out wrong (onnx 1.23.2)",
    "GlobalMaxPool": "the maximum is taken over the channels, too (onnx 1.23.2)",
    "Pad": "negative pads are not known (onnx 1.23.2)",
}  # fmt: skip


def run(evaluator, path, name):
    """The function that an evaluator makes of a file."""
    if evaluator == "reference":
        if name in REFERENCE_FAILS:
            pytest.skip(f"ONNX's reference fails: {REFERENCE_FAILS[name]}")
        return reference.ReferenceEvaluator(str(path)).run
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    return runtime.InferenceSession(str(path), options).run


@pytest.mark.parametrize("evaluator", ["reference", "onnxruntime"])
@pytest.mark.parametrize("name", SINGLE)
def test_operators_have_the_values_of_the_reference(name, evaluator, tmp_path):
    """onnx.reference is ONNX's own executable definition of its operators, in float64 here.

    onnxruntime has some operators in float32 only, in which these values are exact, too.
    """
    nodes, shape, weights = SINGLE[name]
    single = evaluator == "onnxruntime" and name not in ("Cast", "Constant")
    kind, dtype = (onnx.TensorProto.FLOAT, np.float32) if single else (DOUBLE, np.float64)
    if single:
        weights = {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in weights.items()}
    path = saved(tmp_path / "net.onnx", nodes, shape, weights, kind=kind)
    f = mt.from_onnx(path)
    evaluate = run(evaluator, path, name)
    for point in points(len(f.variables)):
        (expected,) = evaluate(None, {"x": np.array(point, dtype=dtype).reshape(shape)})
        value = f.value([Fraction(v) for v in point])
        assert f.shape == expected.shape[expected.shape[:1] == (1,) :]
        assert rationals(value if f.shape else [value]) == [
            Fraction(float(v)) for v in expected.flat
        ]


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_operators_up_to_rounding(name, tmp_path):
    nodes, shape, weights = SMOOTH[name]
    path = saved(tmp_path / "net.onnx", nodes, shape, weights)
    f = mt.from_onnx(path)
    session = reference.ReferenceEvaluator(str(path))
    for point in itertools.product([-1.0, 0.0, 0.5], repeat=2):
        (expected,) = session.run(None, {"x": np.array(point).reshape(shape)})
        got = [float(v) for v in f.value([Fraction(v) for v in point])]
        assert got == pytest.approx(expected.reshape(-1).tolist(), abs=1e-12)


def passed_on_the_page():
    """How many of onnx's own tests of an operator pass (tests/test_onnx_nodes.py)."""
    page = (Path(__file__).parent.parent / "docs" / "onnx_operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| \d+ \| (\d+) \|$", page, re.M)
    return {name: int(count) for name, count in rows}


def test_the_tests_cover_every_operator():
    from piecewise_mt.interop.onnx.operators import OPERATORS

    tried = {n.op_type for nodes, _, _ in [*SINGLE.values(), *SMOOTH.values()] for n in nodes}
    tried |= {name for name, count in passed_on_the_page().items() if count}
    # Floor and its kind jump: tests/test_onnx_graphs.py
    assert set(OPERATORS) - tried == {"Sign", "Floor", "Ceil", "Round"}


def test_the_page_lists_every_operator():
    from piecewise_mt.interop.onnx.operators import OPERATORS

    assert set(passed_on_the_page()) == set(OPERATORS)


def test_softmax_of_old_versions_runs_over_all_later_axes(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Softmax", ["x"])], [1, 2, 2], opset=11)
    assert mt.from_onnx(path).value((0, 0, 0, 0))[0] == Fraction(1, 4)


TIES = {
    "Max": ([node("Max", ["a", "b"])], (Fraction(1, 2), Fraction(1, 2)), {"ties": "first"}, (1, 0)),
    "ReduceMax": ([node("ReduceMax", ["x"])], (Fraction(1, 2), Fraction(1, 2)), {"ties": "last"}, (0, 1)),
    "GlobalMaxPool": ([node("Unsqueeze", ["x", "i"], "u"), node("GlobalMaxPool", ["u"])], (1, 0), {"ties": "last"}, (0, 1)),
    "Relu": ([node("Relu", ["a"])], (0, 0), {"at_zero": 1}, (1, 0)),
    "LeakyRelu": ([node("LeakyRelu", ["a"], alpha=0.5)], (Fraction(1, 2), 0), {"at_zero": 1}, (1, 0)),
    "Clip": ([node("Clip", ["a", "z"])], (1, 0), {"at_edges": 0}, (0, 0)),
    "HardSigmoid": ([node("HardSigmoid", ["a"], alpha=0.25, beta=0.0)], (0, 0), {"at_edges": Fraction(1, 8)}, (Fraction(1, 8), 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", TIES)
def test_tie_rules_are_torchs_unless_given(name, tmp_path):
    nodes, torchs, given, others = TIES[name]
    parts = [node("Gather", ["x", "i"], "a", axis=1), node("Gather", ["x", "j"], "b", axis=1)]
    weights = {"i": i64(1), "j": i64(1), "z": np.float64(0)}
    weights["i"] = i64(0) if name not in ("GlobalMaxPool",) else i64(1)
    path = saved(tmp_path / "net.onnx", [*parts, *nodes], [1, 2], weights)
    assert tuple(mt.from_onnx(path).gradient((0, 0))) == torchs
    assert tuple(mt.from_onnx(path, **given).gradient((0, 0))) == others


def test_a_maximum_of_three_goes_two_at_a_time(tmp_path):
    parts = [node("Gather", ["x", k], f"g{k}", axis=1) for k in "ijk"]
    path = saved(
        tmp_path / "net.onnx", [*parts, node("Max", ["gi", "gj", "gk"])], [1, 3],
        {"i": i64(0), "j": i64(1), "k": i64(2)},
    )  # fmt: skip
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert tuple(mt.from_onnx(path).gradient((0, 0, 0))) == (quarter, quarter, half)
    assert list(mt.from_onnx(path, ties="average").gradient((0, 0, 0))) == [Fraction(1, 3)] * 3


def test_weights_are_dyadic_unless_rounded(tmp_path):
    weight = np.array([0.1], dtype=np.float32)
    path = saved(
        tmp_path / "net.onnx", [node("Mul", ["x", "w"])], [1, 1], {"w": weight},
        kind=onnx.TensorProto.FLOAT,
    )  # fmt: skip
    assert mt.from_onnx(path).gradient((0,))[0] == mt.exact(float(weight[0]))
    with pytest.warns(mt.RoundedWeights, match="of . numbers were rounded"):
        near = mt.from_onnx(path, limit_denominator=100)
    assert near.gradient((0,))[0] == Fraction(1, 10)


def test_free_axes_need_a_shape(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Relu", ["x"])], ["N", "C"])
    with pytest.raises(mt.ShapeError, match="input_shape"):
        mt.from_onnx(path)
    assert mt.from_onnx(path, input_shape=3).shape == (3,)
    assert mt.from_onnx(path, input_shape=(2, 3), batched=False).shape == (2, 3)
    path = saved(tmp_path / "net.onnx", [node("Relu", ["x"])], [4, 2])
    with pytest.raises(mt.ShapeError, match="batched=False"):
        mt.from_onnx(path)


def test_several_outputs_are_chosen_by_name(tmp_path):
    nodes = [node("Relu", ["x"], "y"), node("Neg", ["x"], "z")]
    path = saved(tmp_path / "net.onnx", nodes, [1, 1], outputs=("y", "z"))
    assert mt.from_onnx(path, output="z").value((2,))[0] == -2
    with pytest.raises(mt.Unsupported, match="output="):
        mt.from_onnx(path)


@pytest.mark.parametrize("nodes, message", [
    ([node("Floor", ["x"])], r"the node 'the_Floor' \(Floor\) in .*net.onnx"),
    ([node("Relu", ["x"], domain="com.example")], r"\(com.example.Relu\)"),
    ([node("ArgMax", ["x"])], "ArgMax"),
    ([node("Pow", ["x", "x"])], r"the node 'the_Pow' \(Pow\)"),
    ([node("Conv", ["x", "w"], auto_pad="SAME")], "auto_pad"),
    ([node("Greater", ["x", "x"])], "a real tensor as the output"),
])  # fmt: skip
def test_what_is_not_supported_is_named(nodes, message, tmp_path):
    path = saved(tmp_path / "net.onnx", nodes, [1, 1, 2, 2], {"w": ONES})
    with pytest.raises(mt.Unsupported, match=message):
        mt.from_onnx(path)


@pytest.mark.parametrize("content", [
    b"", b"not a protocol buffer", b"\x08\x07", bytes(range(256)) * 8, b"\x80\x05K\x01.",
])  # fmt: skip
def test_a_broken_file_is_an_error_of_the_package(content, tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(mt.PiecewiseError, match=r"broken\.onnx"):
        mt.from_onnx(path)


def test_every_truncation_is_an_error_of_the_package(tmp_path):
    nodes, shape, weights = SINGLE["Gemm"]
    whole = saved(tmp_path / "net.onnx", nodes, shape, weights).read_bytes()
    path = tmp_path / "broken.onnx"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(mt.PiecewiseError):
            mt.from_onnx(path)


def test_changed_bytes_are_read_or_an_error_of_the_package(tmp_path):
    generator = random.Random(0)
    path = tmp_path / "net.onnx"
    for nodes, shape, weights in SINGLE.values():
        data = saved(path, nodes, shape, weights).read_bytes()
        for _ in range(30):
            changed = bytearray(data)
            for _ in range(generator.randint(1, 4)):
                changed[generator.randrange(len(data))] = generator.choice([0, 1, 127, 128, 255])
            path.write_bytes(changed)
            with contextlib.suppress(mt.PiecewiseError):
                mt.from_onnx(path)


def test_attributes_that_are_no_text_are_an_error_of_the_package(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Pad", ["x", "p"], mode="constant")], [1, 1], {"p": i64(0, 0, 0, 1)})  # fmt: skip
    path.write_bytes(path.read_bytes().replace(b"constant", b"constan\xff"))
    with pytest.raises(mt.PiecewiseError, match="export it again"):
        mt.from_onnx(path)


def test_constants_and_shapes_that_explode_are_refused(tmp_path):
    squares = [node("Mul", [f"w{k}", f"w{k}"], f"w{k + 1}") for k in range(60)]
    path = saved(
        tmp_path / "net.onnx", [*squares, node("Mul", ["x", "w60"])], [1, 1], {"w0": f64(3)}
    )
    with pytest.raises(mt.Unsupported, match="bits"):
        mt.from_onnx(path)
    doubled = [node("Concat", [f"w{k}", f"w{k}"], f"w{k + 1}", axis=0) for k in range(60)]
    path = saved(
        tmp_path / "net.onnx", [*doubled, node("Reshape", ["x", "w60"])], [1, 1], {"w0": i64(1)}
    )
    with pytest.raises(mt.OutOfBudget, match="entries"):
        mt.from_onnx(path)
    path = saved(
        tmp_path / "net.onnx",
        [node("Pow", ["w", "e"], "v"), node("Mul", ["x", "v"])],
        [1, 1],
        {"w": f64(3), "e": f64(1e9)},
    )
    with pytest.raises(mt.Unsupported, match="exponent"):
        mt.from_onnx(path)


def test_a_missing_file_and_one_that_is_too_long(tmp_path, monkeypatch):
    with pytest.raises(mt.PiecewiseError, match="check the path"):
        mt.from_onnx(tmp_path / "nowhere.onnx")
    path = saved(tmp_path / "net.onnx", [node("Relu", ["x"])], [1, 2])
    monkeypatch.setattr("piecewise_mt.interop.onnx.file.MAX_BYTES", 10)
    with pytest.raises(mt.PiecewiseError, match="1 to 10 bytes"):
        mt.from_onnx(path)


def test_weights_in_other_files_are_refused(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Add", ["x", "w"])], [1, 2], {"w": f64(1, 2)})
    model = onnx.load(str(path))
    onnx.save(model, str(path), save_as_external_data=True, size_threshold=0)
    with pytest.raises(mt.Unsupported, match="all weights in one file"):
        mt.from_onnx(path)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    path = saved(tmp_path / "net.onnx", [node("Add", ["x", "w"])], [1, 1], {"w": f64(float("nan"))})
    with pytest.raises(mt.InexactNumber):
        mt.from_onnx(path)
