"""Files as they are: nodes in any order, several inputs, old versions, conditions, jumps."""

from __future__ import annotations

import os
import random
from fractions import Fraction
from math import prod
from pathlib import Path

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
from test_from_onnx import DOUBLE, f64, helper, i64, node, np, rationals, saved  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
FLOAT = onnx.TensorProto.FLOAT


def written(path, nodes, inputs, weights=None, opset=21, outputs=("y",), domains=()):
    """A model with several inputs, whose nodes are written in the order given."""
    graph = helper.make_graph(
        nodes, "graph",
        [helper.make_tensor_value_info(key, FLOAT, shape) for key, shape in inputs.items()],
        [helper.make_tensor_value_info(key, FLOAT, ["any"]) for key in outputs],
        [onnx.numpy_helper.from_array(np.asarray(v), key) for key, v in (weights or {}).items()],
    )  # fmt: skip
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 3) for d in domains)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10 if opset > 8 else 3)
    if opset <= 8:  # weights are inputs, too
        for key, value in (weights or {}).items():
            kind = INT64 if np.asarray(value).dtype == np.int64 else FLOAT
            entry = helper.make_tensor_value_info(key, kind, np.asarray(value).shape)
            model.graph.input.append(entry)
    onnx.save(model, str(path))
    return path


INT64 = onnx.TensorProto.INT64


def f32(*values):
    return np.array(values, dtype=np.float32)


@st.composite
def graphs(draw):
    """Nodes in a chain and across, with the value that numpy gives them at a point."""
    point = [draw(st.integers(-3, 3)) for _ in range(2)]
    values = {"x": np.array([point], dtype=float)}
    nodes = []
    for k in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(["Add", "Sub", "Max", "Relu", "Neg", "Constant", "Abs"]))
        left, right = (draw(st.sampled_from(sorted(values))) for _ in range(2))
        name = f"v{k}"
        if kind == "Constant":
            value = np.array([[draw(st.integers(-2, 2)), 1.0]])
            tensor = onnx.numpy_helper.from_array(value.astype(np.float32))
            nodes.append(helper.make_node(kind, [], [name], value=tensor))
            values[name] = value
            continue
        pair = kind in ("Add", "Sub", "Max")
        nodes.append(helper.make_node(kind, [left, right] if pair else [left], [name]))
        a, b = values[left], values[right]
        values[name] = {
            "Add": a + b, "Sub": a - b, "Max": np.maximum(a, b), "Relu": np.maximum(a, 0),
            "Neg": -a, "Abs": abs(a),
        }[kind]  # fmt: skip
    nodes.append(helper.make_node("Add", [f"v{len(nodes) - 1}", "x"], ["y"]))
    values["y"] = values[nodes[-1].input[0]] + values["x"]
    return nodes, point, values["y"], draw(st.randoms(use_true_random=False))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_the_order_of_the_nodes_does_not_matter(tmp_path_factory, case):
    nodes, point, expected, generator = case
    generator.shuffle(nodes)
    path = written(tmp_path_factory.mktemp("order") / "net.onnx", nodes, {"x": [1, 2]})
    f = mt.from_onnx(path)
    assert rationals(f.value(point)) == [Fraction(v) for v in expected.reshape(-1).tolist()]


def test_a_circle_is_an_error_of_the_package(tmp_path):
    nodes = [node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Neg", ["a"])]
    path = written(tmp_path / "net.onnx", nodes, {"x": [1, 2]})
    with pytest.raises(mt.PiecewiseError, match="sorted"):
        mt.from_onnx(path)


def test_only_what_the_output_needs_is_read(tmp_path):
    nodes = [node("Floor", ["x"], "z"), node("Strange", ["z"], "w", domain="com.example"), node("Relu", ["x"])]  # fmt: skip
    path = written(tmp_path / "net.onnx", nodes, {"x": [1, 2]}, outputs=("y", "z"), domains=["com.example"])  # fmt: skip
    assert mt.from_onnx(path, output="y").value((-1, 2)).tolist() == [[0], [2]]
    with pytest.raises(mt.Unsupported, match="Floor"):
        mt.from_onnx(path, output="z")


def test_several_inputs_and_several_outputs(tmp_path):
    nodes = [
        node("Gemm", ["a", "w", "v"], "g", transA=1), node("Relu", ["g"], "r"),
        node("Add", ["r", "b"]),
    ]  # fmt: skip
    weights = {"w": f32(1, -1, 0, 2).reshape(2, 2), "v": f32(0, 1)}
    inputs = {"a": [2, 1], "b": [1, 2]}
    path = written(tmp_path / "net.onnx", nodes, inputs, weights, outputs=("y", "r"))
    f = mt.from_onnx(path, output="y", batched=False)
    assert [v.name for v in f.variables] == ["x1_1", "x1_2", "x2_1", "x2_2"]
    assert f.shape == (1, 2) and f.value((1, 1, 5, 6)).tolist() == [[6], [8]]
    named = mt.from_onnx(path, output="y", batched=False, name=["a", "b"])
    assert [v.name for v in named.variables] == ["a1", "a2", "b1", "b2"]
    one = mt.from_onnx(path, output="y", batched=False, fixed={"b": f32(5, 6).reshape(1, 2)})
    assert [v.name for v in one.variables] == ["x1", "x2"]
    assert one.value((1, 1)) == f.value((1, 1, 5, 6))
    other = mt.from_onnx(path, output="r", batched=False)
    assert len(other.variables) == 4  # also those that this output does not depend on
    for wrong in ({"name": ["a"]}, {"fixed": {"c": f32(1)}}):
        with pytest.raises(mt.UnknownVariable, match="inputs"):
            mt.from_onnx(path, output="y", batched=False, **wrong)
    with pytest.raises(mt.Unsupported, match="not fixed"):
        mt.from_onnx(path, output="y", batched=False, fixed={"a": f32(1), "b": f32(1)})


def test_free_shapes_of_several_inputs_go_by_name(tmp_path):
    path = written(tmp_path / "net.onnx", [node("Add", ["a", "b"])], {"a": ["n"], "b": ["n"]})
    f = mt.from_onnx(path, batched=False, input_shape={"a": 2, "b": (2,)})
    assert f.shape == (2,) and len(f.variables) == 4
    with pytest.raises(mt.ShapeError, match="mapping"):
        mt.from_onnx(path, batched=False, input_shape=2)


def test_a_split_has_all_of_its_outputs(tmp_path):
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2),
        node("Mul", ["a", "w"], "c"), node("Sub", ["c", "b"]),
    ]  # fmt: skip
    path = written(tmp_path / "net.onnx", nodes, {"x": [2, 6]}, {"w": f32(2)})
    f = mt.from_onnx(path, batched=False)
    assert f.shape == (2, 3)
    assert rationals(f.value(range(12))) == [2 * k - (k + 3) for k in (0, 1, 2, 6, 7, 8)]


JUMPS = {
    "Sign": [node("Sign", ["x"])],
    "Floor": [node("Floor", ["x"])],
    "Ceil": [node("Ceil", ["x"], "c"), node("Mul", ["c", "x"])],
    "Round": [node("Round", ["x"], "r"), node("Add", ["r", "x"])],
    "Cast": [node("Greater", ["x", "z"], "c"), node("Cast", ["c"], to=FLOAT)],
    "ArgMax": [node("ArgMax", ["x"])],
    "Hardmax": [node("Hardmax", ["x"])],
}


@pytest.mark.parametrize("name", JUMPS)
def test_what_jumps_is_refused_by_name(name, tmp_path):
    path = written(tmp_path / "net.onnx", JUMPS[name], {"x": [1, 2]}, {"z": f32(0)})
    with pytest.raises(mt.Unsupported, match=rf"continuous function, got .*\({name}\).*jumps"):
        mt.from_onnx(path)


CONTINUOUS = {
    "|x|": ([node("Sign", ["x"], "s"), node("Mul", ["x", "s"])], abs),
    "|x| the other way": ([node("Sign", ["x"], "s"), node("Mul", ["s", "x"])], abs),
    "relu": ([node("Greater", ["x", "z"], "c"), node("Cast", ["c"], "i", to=FLOAT), node("Mul", ["i", "x"])], lambda v: max(v, 0)),
    "x·|x|": ([node("Sign", ["x"], "s"), node("Mul", ["x", "x"], "q"), node("Mul", ["s", "q"])], lambda v: v * abs(v)),
    "floor of what stays between": ([node("Clip", ["x", "a", "b"], "c"), node("Floor", ["c"], "f"), node("Add", ["f", "x"])], lambda v: v),
    "sign of what is positive": ([node("Relu", ["x"], "r"), node("Add", ["r", "b"], "p"), node("Sign", ["p"], "s"), node("Add", ["s", "x"])], lambda v: v + 1),
    "where": ([node("Less", ["x", "z"], "c"), node("GreaterOrEqual", ["x", "z"], "d"), node("Or", ["c", "d"], "e"), node("Not", ["c"], "n"), node("And", ["e", "n"], "k"), node("Where", ["k", "x", "z"])], lambda v: max(v, 0)),
    "xor": ([node("Less", ["x", "z"], "c"), node("Less", ["x", "b"], "d"), node("Xor", ["c", "d"], "e"), node("Clip", ["x", "z", "b"], "k"), node("Where", ["e", "x", "k"])], lambda v: min(max(v, 0), Fraction(3, 4))),
    "equal": ([node("Equal", ["x", "z"], "c"), node("Where", ["c", "z", "x"])], lambda v: v),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTINUOUS)
def test_conditions_and_jumps_that_are_continuous(name, tmp_path):
    nodes, function = CONTINUOUS[name]
    weights = {"z": np.float32(0), "a": np.float32(0.25), "b": np.float32(0.75)}
    f = mt.from_onnx(written(tmp_path / "net.onnx", nodes, {"x": [1, 1]}, weights))
    for v in (-2, Fraction(-1, 2), 0, Fraction(1, 4), Fraction(3, 4), 3):
        assert rationals(f.value((v,))) == [function(Fraction(v))]
    # as a representation, too, for which continuity is proved
    assert mt.check(f.reshape(()).represent()).ok


def test_where_that_jumps_is_refused_when_pieces_are_derived(tmp_path):
    nodes = [node("Less", ["x", "z"], "c"), node("Where", ["c", "x", "w"])]
    f = mt.from_onnx(
        written(tmp_path / "net.onnx", nodes, {"x": [1, 1]}, {"z": f32(0), "w": f32(1)})
    )
    with pytest.raises(mt.NotContinuous):
        f.represent()


@pytest.mark.parametrize("kind", ["TreeEnsembleRegressor", "TreeEnsembleClassifier"])
def test_trees_are_refused_with_the_reason(kind, tmp_path):
    nodes = [node(kind, ["x"], domain="ai.onnx.ml")]
    path = written(tmp_path / "net.onnx", nodes, {"x": [1, 2]}, domains=["ai.onnx.ml"])
    with pytest.raises(mt.Unsupported, match="constant on boxes and jumps .* discontinuous"):
        mt.from_onnx(path)


def test_terms_are_counted_before_they_are_built(tmp_path, monkeypatch):
    nodes = [node("Conv", ["x", "w"], "c"), node("Flatten", ["c"], "f"), node("MatMul", ["f", "m"])]
    weights = {"w": np.ones((2, 1, 2, 2), np.float32), "m": np.ones((18, 3), np.float32)}
    path = written(tmp_path / "net.onnx", nodes, {"x": [1, 1, 4, 4]}, weights)
    place = "piecewise_mt.interop.onnx.sums."
    for name, count, kind in (("MAX_SHARED", 2 * 9 * 4, "Conv"), ("MAX_TERMS", 18 * 3, "MatMul")):
        with monkeypatch.context() as patch:
            patch.setattr(place + name, count)
            assert mt.from_onnx(path).shape == (3,)
            patch.setattr(place + name, count - 1)
            with pytest.raises(
                mt.Unsupported,
                match=f"most {count - 1} terms .* got {count} with the {count} of {kind}",
            ):
                mt.from_onnx(path)


def test_a_huge_convolution_is_refused_at_once(tmp_path):
    weights = {"w": np.ones((64, 64, 3, 3), np.float32)}
    path = written(
        tmp_path / "net.onnx", [node("Conv", ["x", "w"])], {"x": [1, 64, 56, 48]}, weights
    )
    with pytest.raises(mt.Unsupported, match=r"got 91570176 with the 91570176 of Conv"):
        mt.from_onnx(path)


OLD = {
    "broadcast along an axis": ([node("Add", ["x", "w"], broadcast=1, axis=1)], [1, 2, 2], {"w": f32(1, 2)}, 6, lambda x: x + np.array([[1], [2]])),
    "broadcast at the end": ([node("Mul", ["x", "w"], broadcast=1)], [1, 2, 2], {"w": f32(1, 2)}, 6, lambda x: x * np.array([1, 2])),
    "one slope a channel": ([node("PRelu", ["x", "w"])], [1, 2, 2], {"w": f32(0.5, 2)}, 6, lambda x: np.where(x < 0, x * np.array([[0.5], [2]]), x)),
    "reshape by attribute": ([node("Reshape", ["x"], shape=[1, 4])], [1, 2, 2], {}, 4, lambda x: x.reshape(1, 4)),
    "cast by name": ([node("Cast", ["x"], to="DOUBLE")], [1, 2], {}, 5, lambda x: x),
    "concat along 1": ([node("Concat", ["x", "x"])], [1, 2], {}, 1, lambda x: np.concatenate([x, x], 1)),
    "pad": ([node("Pad", ["x"], paddings=[0, 1, 0, 0])], [1, 2], {}, 1, lambda x: np.pad(x, [(0, 0), (1, 0)])),
    "dropout in evaluation": ([node("Dropout", ["x"], is_test=1)], [1, 2], {}, 6, lambda x: x),
    "upsample": ([node("Upsample", ["x"], scales=[1.0, 1.0, 2.0, 1.0])], [1, 1, 1, 2], {}, 7, lambda x: x.repeat(2, axis=2)),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_versions_where_their_meaning_is_clear(name, tmp_path):
    nodes, shape, weights, opset, function = OLD[name]
    f = mt.from_onnx(written(tmp_path / "net.onnx", nodes, {"x": shape}, weights, opset))
    x = np.arange(-1.0, prod(shape) - 1).reshape(shape)
    expected = function(x)
    assert f.shape == expected.shape[1:]
    assert rationals(f.value([Fraction(v) for v in x.flat])) == [Fraction(v) for v in expected.flat]


@pytest.mark.parametrize("nodes, weights, message", [
    ([node("Dropout", ["x"])], {}, "the default before version 7"),
    ([node("Add", ["x", "w"])], {"w": f32(1)}, "without broadcast=1"),
])  # fmt: skip
def test_old_versions_where_their_meaning_is_another(nodes, weights, message, tmp_path):
    path = written(tmp_path / "net.onnx", nodes, {"x": [1, 2]}, weights, 6)
    with pytest.raises(mt.PiecewiseError, match=message):
        mt.from_onnx(path)


def test_functions_of_the_file_are_written_out(tmp_path):
    own = helper.make_function(
        "own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 21)],
    )  # fmt: skip
    path = written(tmp_path / "net.onnx", [node("Twice", ["x"], domain="own")], {"x": [1, 1]}, domains=["own"])  # fmt: skip
    model = onnx.load(str(path))
    model.functions.append(own)
    onnx.save(model, str(path))
    assert mt.from_onnx(path).value((3,)).tolist() == [[6]]


def test_whole_numbers_that_a_type_cannot_hold_are_refused(tmp_path):
    nodes = [node("Cast", ["w"], "u", to=onnx.TensorProto.UINT8), node("Cast", ["u"], "v", to=DOUBLE), node("Add", ["x", "v"])]  # fmt: skip
    path = saved(tmp_path / "net.onnx", nodes, [1, 1], {"w": i64(300)})
    with pytest.raises(mt.Unsupported, match="can hold, got 300 to 300"):
        mt.from_onnx(path)
    path = saved(tmp_path / "net.onnx", nodes, [1, 1], {"w": f64(2.75)})
    assert mt.from_onnx(path).value((0,)).tolist() == [[2]]


NETWORKS = sorted(Path(os.environ.get("PIECEWISE_MT_NETWORKS", "/nowhere")).glob("*.onnx"))


@pytest.mark.skipif(not NETWORKS, reason="PIECEWISE_MT_NETWORKS names no folder with networks")
@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_real_networks_have_the_values_of_onnxruntime(path):
    """At zero and at random dyadic points; the gradient there is that of differences."""
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = runtime.InferenceSession(str(path))
    generator = random.Random(1)
    for output in session.get_outputs():
        try:
            f = mt.from_onnx(path, output=output.name)
        except mt.ShapeError:
            f = mt.from_onnx(path, output=output.name, batched=False)
        size = len(f.variables)
        for point in ([0] * size, [generator.randint(-4, 4) / 4 for _ in range(size)]):
            feeds, at = {}, 0
            for entry in session.get_inputs():
                shape = [n if isinstance(n, int) else 1 for n in entry.shape]
                own = np.array(point[at : at + prod(shape)], dtype=np.float32)
                feeds[entry.name], at = own.reshape(shape), at + prod(shape)
            (expected,) = session.run([output.name], feeds)
            value = f.value([Fraction(v) for v in point])
            got = [float(v) for v in (value if f.shape else [value])]
            assert got == pytest.approx(expected.reshape(-1).tolist(), rel=1e-5, abs=1e-5)
        if size < 200:
            direction = [generator.randint(-2, 2) for _ in range(size)]
            step = Fraction(1, 2**30)
            start = [Fraction(v) for v in point]
            ends = [[v + s * step * d for v, d in zip(start, direction)] for s in (1, -1)]
            after, before = (f.value(end) for end in ends)
            slope = (after - before) / (2 * step) if f.shape else [(after - before) / (2 * step)]
            gradient = f.gradient(start) * sympy.Matrix(direction)
            assert list(slope) == list(gradient)


def in_torch(model, output, x, torch):
    """A graph in torch, operator by operator, for the networks that are tried."""
    functional = torch.nn.functional
    graph = model.graph
    values = dict(x)
    for weight in graph.initializer:
        array = torch.from_numpy(onnx.numpy_helper.to_array(weight).copy())
        values[weight.name] = array.double() if array.is_floating_point() else array

    def padded(a, v, kernel, fill):
        if a.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID"):
            pads = a.get("pads", [0] * 4)
            return functional.pad(v, (pads[1], pads[3], pads[0], pads[2]), value=fill)
        sides = []
        for n, k, s in zip(v.shape[2:], kernel, a.get("strides", [1, 1])):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            less, more = total // 2, total - total // 2
            sides.append((less, more) if a["auto_pad"] == b"SAME_UPPER" else (more, less))
        return functional.pad(v, (*sides[1], *sides[0]), value=fill)

    def conv(a, v, w, b=None):
        stride = a.get("strides", [1, 1])
        return functional.conv2d(padded(a, v, w.shape[2:], 0.0), w, b, stride)

    def gemm(a, v, w, b):
        left, right = v.T if a.get("transA") else v, w.T if a.get("transB") else w
        return a.get("alpha", 1.0) * left @ right + a.get("beta", 1.0) * b

    def constant(a):
        array = torch.from_numpy(onnx.numpy_helper.to_array(a["value"]).copy())
        return array.double() if array.is_floating_point() else array

    operators = {
        "MatMul": lambda a, v, w: v @ w,
        "Gemm": gemm,
        "Add": lambda a, v, w: v + w,
        "Mul": lambda a, v, w: v * w,
        "Relu": lambda a, v: functional.relu(v),
        "Flatten": lambda a, v: v.reshape(v.shape[0], -1),
        "Reshape": lambda a, v, s: v.reshape(s.tolist()),
        "Transpose": lambda a, v: v.permute(a["perm"]),
        "Conv": conv,
        "ConvTranspose": lambda a, v, w, b: functional.conv_transpose2d(v, w, b, a["strides"], a["pads"][:2]),
        "MaxPool": lambda a, v: functional.max_pool2d(padded(a, v, a["kernel_shape"], -torch.inf), a["kernel_shape"], a["strides"]),
        "Split": lambda a, v, *s: v.split(a["split"], a["axis"]),
        "Constant": constant,
        "Cast": lambda a, v: v,
        "Identity": lambda a, v: v,
    }  # fmt: skip
    for _ in graph.node:  # in whatever order they are
        for entry in graph.node:
            if entry.output[0] in values or any(key and key not in values for key in entry.input):
                continue
            own = {a.name: onnx.helper.get_attribute_value(a) for a in entry.attribute}
            result = operators[entry.op_type](own, *(values[key] for key in entry.input if key))
            results = result if isinstance(result, tuple) else (result,)
            values.update(zip(entry.output, results))
    return values[output]


@pytest.mark.skipif(not NETWORKS, reason="PIECEWISE_MT_NETWORKS names no folder with networks")
@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_real_networks_have_the_gradients_of_autograd(path):
    """At zero, where windows and biases tie, at a constant input and at a random one."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    model, generator = onnx.load(str(path)), random.Random(2)
    weights = {weight.name for weight in model.graph.initializer}
    shapes = {
        entry.name: [d.dim_value or 1 for d in entry.type.tensor_type.shape.dim]
        for entry in model.graph.input if entry.name not in weights
    }  # fmt: skip
    for output in [entry.name for entry in model.graph.output]:
        try:
            f = mt.from_onnx(path, output=output)
        except mt.ShapeError:
            f = mt.from_onnx(path, output=output, batched=False)
        if f.size > 100:
            f = f.reshape(-1)[:3].on(*f.variables)
        size = len(f.variables)
        points = [[0] * size, [1] * size, [generator.randint(-4, 4) / 4 for _ in range(size)]]
        for point in points[: 1 if size > 500 else 3]:
            x, at = {}, 0
            for key, shape in shapes.items():
                own = torch.tensor(point[at : at + prod(shape)], dtype=torch.float64)
                x[key], at = own.reshape(shape).requires_grad_(), at + prod(shape)
            result = in_torch(model, output, x, torch).reshape(-1)[: f.size]
            expected = []
            for entry in result:
                rows = torch.autograd.grad(
                    entry, list(x.values()), retain_graph=True, allow_unused=True
                )
                for row, shape in zip(rows, shapes.values()):
                    expected += [0.0] * prod(shape) if row is None else row.reshape(-1).tolist()
            got = [float(v) for v in f.gradient([Fraction(v) for v in point])]
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-9), point[:3]
