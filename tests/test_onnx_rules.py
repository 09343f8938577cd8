"""``rules=`` of mt.from_onnx: which framework's derivative an operator has at its tie.

PyTorch's are compared with autograd where torch is installed, JAX's with
``piecewise_mt.conventions.jax``, which other tests compare with JAX.
"""

from __future__ import annotations

import pickle
import re
from fractions import Fraction
from pathlib import Path

import pytest

import piecewise_mt as mt
from piecewise_mt.conventions import jax

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
from test_from_onnx import f64, i64, node, np, saved  # noqa: E402

from piecewise_mt.interop.onnx.rules import FRAMEWORKS, RULES, chosen_rules  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
HALF = Fraction(1, 2)


def functional():
    return pytest.importorskip("torch", reason="torch is not installed").nn.functional


CASES = {
    "Relu": ([node("Relu", ["x"])], [1, 1], {}, [(0,)], lambda x: functional().relu(x), jax.relu),
    "LeakyRelu": ([node("LeakyRelu", ["x"], alpha=0.25)], [1, 1], {}, [(0,)], lambda x: functional().leaky_relu(x, 0.25), lambda x: jax.leaky_relu(x, 0.25)),
    "PRelu": ([node("PRelu", ["x", "w"])], [1, 1], {"w": f64(0.25)}, [(0,)], lambda x: functional().prelu(x, torch().tensor([0.25], dtype=torch().float64)), lambda x: jax.leaky_relu(x, 0.25)),
    "Abs": ([node("Abs", ["x"])], [1, 1], {}, [(0,)], lambda x: x.abs(), jax.abs),
    "ReduceL1": ([node("ReduceL1", ["x"], keepdims=0)], [1, 2], {}, [(0, -1), (0, 0)], lambda x: torch().linalg.vector_norm(x, 1), lambda x: jax.norm(x.reshape(-1), 1)),
    "Elu": ([node("Elu", ["x"], alpha=0.5)], [1, 1], {}, [(0,)], lambda x: functional().elu(x, 0.5), None),
    "Selu": ([node("Selu", ["x"], alpha=1.5, gamma=0.5)], [1, 1], {}, [(0,)], None, None),
    "Clip": ([node("Clip", ["x", "lo", "hi"])], [1, 1], {"lo": np.float64(-1), "hi": np.float64(1)}, [(-1,), (1,)], lambda x: x.clamp(-1, 1), lambda x: jax.clip(x, -1, 1)),
    "HardSigmoid": ([node("HardSigmoid", ["x"], alpha=1 / 6)], [1, 1], {}, [], None, None),
    "HardSwish": ([node("HardSwish", ["x"])], [1, 1], {}, [(-3,), (3,)], lambda x: functional().hardswish(x), lambda x: x * jax.relu6(x + 3) / 6),
    "Shrink": ([node("Shrink", ["x"], lambd=0.5, bias=0.5)], [1, 1], {}, [(HALF,), (-HALF,)], lambda x: functional().softshrink(x, 0.5), None),
    "Max": ([node("Max", ["x", "w"])], [1, 1], {"w": f64(0)}, [(0,)], lambda x: torch().maximum(x, 0 * x.detach()), lambda x: jax.maximum(x, 0)),
    "Min": ([node("Min", ["x", "w"])], [1, 1], {"w": f64(0)}, [(0,)], lambda x: torch().minimum(x, 0 * x.detach()), lambda x: jax.minimum(x, 0)),
    "ReduceMax": ([node("ReduceMax", ["x"])], [1, 2], {}, [(0, 0)], lambda x: x.amax(), jax.max),
    "ReduceMin": ([node("ReduceMin", ["x"])], [1, 2], {}, [(0, 0)], lambda x: x.amin(), jax.min),
    "MaxPool": ([node("MaxPool", ["x"], kernel_shape=[2])], [1, 1, 2], {}, [(0, 0)], lambda x: functional().max_pool1d(x, 2), lambda x: jax.reduce_window_max(x, (1, 1, 2))),
    "GlobalMaxPool": ([node("GlobalMaxPool", ["x"])], [1, 1, 2], {}, [(0, 0)], lambda x: functional().adaptive_max_pool1d(x, 1), jax.max),
}  # fmt: skip


def torch():
    return pytest.importorskip("torch", reason="torch is not installed")


def read(name, tmp_path, **options):
    nodes, shape, weights, *_ = CASES[name]
    path = saved(tmp_path / "net.onnx", nodes, shape, weights)
    return mt.from_onnx(path, batched=False, **options)


def test_every_operator_with_a_rule_is_tried():
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[4]])
def test_pytorch_rules_are_those_of_autograd(name, tmp_path):
    _, shape, _, points, function, _ = CASES[name]
    f = read(name, tmp_path, rules="pytorch")
    for point in points:
        x = torch().tensor([float(v) for v in point], dtype=torch().float64).reshape(shape)
        x.requires_grad_()
        (expected,) = torch().autograd.grad(function(x).sum(), x)
        assert [float(v) for v in f.gradient(point)] == expected.reshape(-1).tolist()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[5]])
def test_jax_rules_are_those_of_the_conventions(name, tmp_path):
    _, shape, _, points, _, function = CASES[name]
    f = read(name, tmp_path, rules="jax")
    expected = function(mt.tensor("x", tuple(shape)))
    for point in points:
        assert list(f.gradient(point)) == list(expected.gradient(point))


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][3]])
def test_the_rule_of_the_standard_is_that_ties_are_free(name, tmp_path):
    f = read(name, tmp_path, rules="onnx")
    for point in CASES[name][3]:
        gradient = f.gradient(point)
        assert f.symbols and gradient.free_symbols, (name, point)
        # and PyTorch's gradient is one of the family, for some values of the parameters
        strict = read(name, tmp_path, rules="pytorch").gradient(point)
        assert f.at(point).classify(strict) != "inconsistent"


def test_selu_and_elu_have_the_slope_of_the_left(tmp_path):
    """What torch's selu and elu return at 0, with numbers that are exact."""
    assert list(read("Selu", tmp_path).gradient((0,))) == [HALF * Fraction(3, 2)]
    assert list(read("Elu", tmp_path).gradient((0,))) == [HALF]
    assert list(read("Elu", tmp_path, at_zero=1).gradient((0,))) == [1]
    assert list(read("Selu", tmp_path, at_zero=HALF).gradient((0,))) == [HALF]


def test_a_keyword_goes_before_the_rules(tmp_path):
    for rules in FRAMEWORKS:
        assert list(read("Abs", tmp_path, rules=rules, at_zero=HALF).gradient((0,))) == [HALF]


def test_the_result_says_whose_rules_it_has(tmp_path):
    for rules in FRAMEWORKS:
        f = read("Relu", tmp_path, rules=rules)
        assert f.rules == rules
        assert pickle.loads(pickle.dumps(f)).rules == rules
    assert read("Relu", tmp_path).rules == "pytorch"
    assert mt.relu(mt.variable("x")).rules is None
    with pytest.raises(mt.InvalidTieRule, match='"onnx", "pytorch" or "jax"'):
        read("Relu", tmp_path, rules="caffe")


def test_the_producer_decides_where_nothing_is_said(tmp_path):
    nodes, shape, weights, *_ = CASES["Abs"]
    path = saved(tmp_path / "net.onnx", nodes, shape, weights)
    model = onnx.load(str(path))
    for producer, rules, derivative in (("jax2onnx", "jax", 1), ("pytorch", "pytorch", 0)):
        model.producer_name = producer
        onnx.save(model, str(path))
        f = mt.from_onnx(path)
        assert (f.rules, list(f.gradient((0,)))) == (rules, [derivative])
    assert chosen_rules(None, "") == "pytorch"


def test_a_maximum_of_three_is_one_node_under_the_standard(tmp_path):
    parts = [node("Gather", ["x", k], f"g{k}", axis=1) for k in "ijk"]
    path = saved(
        tmp_path / "net.onnx", [*parts, node("Max", ["gi", "gj", "gk"])], [1, 3],
        {"i": i64(0), "j": i64(1), "k": i64(2)},
    )  # fmt: skip
    f = mt.from_onnx(path, rules="onnx")
    assert str(f.gradient((0, 0, 0))) == "Matrix([[z4, z5, -z4 - z5 + 1]])"


def test_the_page_has_the_table_of_rules():
    page = (Path(__file__).parent.parent / "docs" / "importers.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| (`\w+=`.*) \|$", page, re.M))
    assert list(rows) == list(RULES)
    for name, row in rows.items():
        keyword, pytorch, jax_rule, _ = (cell.strip() for cell in row.split("|"))
        rule = RULES[name]
        assert (keyword, pytorch, jax_rule) == (
            f"`{rule.keyword}=`",
            str(rule.pytorch),
            str(rule.jax),
        )
