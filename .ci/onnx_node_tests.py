"""ONNX's own tests of single operators against ``mt.from_onnx``; needs onnx.

``python .ci/onnx_node_tests.py --write`` runs every test whose operators are all claimed and writes
the table of docs/onnx_operators.md. Real inputs are variables, all of them or else the first
one alone or none; whole numbers and truth values are fixed. Truth values and whole numbers that
come out are made real by Where and Cast. The values must be those of the test, within its
own tolerance.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from fractions import Fraction
from operator import mul
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import sympy
from onnx import TensorProto, helper, numpy_helper

import piecewise_mt as mt
from piecewise_mt.functions.build.smooth_nodes import placeholder
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Smooth, Variable
from piecewise_mt.functions.traversal import topological
from piecewise_mt.interop.onnx.operators import OPERATORS

PAGE = Path(__file__).parent.parent / "docs" / "onnx_operators.md"
MARK = "<!-- written by .ci/onnx_node_tests.py -->"
FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
MAX_ENTRIES = 50_000
"""Tests with more entries than this take too long in rationals."""


SUBJECTS: dict[str, str] = {}
"""The operator that each test of one node is about."""


def cases() -> list[Any]:
    """The node tests of onnx all of whose operators are claimed, in alphabetical order."""
    from onnx.backend.test.case import node as room

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.iter_modules(room.__path__):
            importlib.import_module(f"{room.__name__}.{module.name}")
    found = {str(case.name): case for case in room._NodeTestCases}
    known = {
        name
        for name, case in found.items()
        if all(n.op_type in OPERATORS and not n.domain for n in case.model.graph.node)
    }
    direct = {name for name in known if len(found[name].model.graph.node) == 1}
    spelled = {name for name in known - direct if name.split("_expanded")[0] in direct}
    SUBJECTS.update((name, found[name].model.graph.node[0].op_type) for name in direct)
    return [found[name] for name in sorted(direct | spelled)]


def _array(value: Any) -> Any:
    own = isinstance(value, TensorProto)
    return np.asarray(numpy_helper.to_array(value) if own else value)


def _kind(entry: Any) -> int:
    return int(entry.type.tensor_type.elem_type)


def _made_real(model: Any, k: int, free: tuple[str, ...]) -> Any:
    """The model with its output k alone, as real numbers, and an input of its own if none is."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.ir_version = max(copy.ir_version, 8)  # in which a weight need not be an input
    entry = copy.graph.output[k]
    name, kind = entry.name, _kind(entry)
    dims = [f"d{axis}" for axis in range(len(entry.type.tensor_type.shape.dim))]
    versions = [own.version for own in copy.opset_import if own.domain in ("", "ai.onnx")]
    old = versions[0] < 7
    if kind == TensorProto.BOOL and free:
        for key, value in (("one", 1.0), ("zero", 0.0)):
            copy.graph.initializer.append(numpy_helper.from_array(np.float32(value), f"real {key}"))
        copy.graph.node.append(helper.make_node("Where", [name, "real one", "real zero"], ["real"]))
        name = "real"
    elif kind not in FLOATS:
        copy.graph.node.append(
            helper.make_node(
                "Cast", [name], ["real"], to="FLOAT" if versions[0] < 6 else TensorProto.FLOAT
            )
        )
        name = "real"
    if free == ():  # 0 times an input of its own
        dims = dims or ["d"]
        wide = {"broadcast": 1} if old else {}
        copy.graph.input.append(helper.make_tensor_value_info("real x", TensorProto.FLOAT, [1]))
        copy.graph.initializer.append(numpy_helper.from_array(np.float32(0), "real 0"))
        copy.graph.node.append(helper.make_node("Mul", ["real x", "real 0"], ["real n"], **wide))
        copy.graph.node.append(helper.make_node("Add", [name, "real n"], ["real y"], **wide))
        name = "real y"
    del copy.graph.output[:]
    copy.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))
    return copy


_IN_DOUBT = (
    "the test takes the length before it is rounded, the standard's text and onnxruntime the "
    "length of the result"
)
KNOWN = {
    "test_resize_downsample_scales_cubic_align_corners": _IN_DOUBT,
    "test_resize_downsample_scales_linear_align_corners": _IN_DOUBT,
}
"""Tests whose own values are in doubt."""


def outcome(case: Any, folder: Path) -> str:
    """The empty text if a test passes, else the reason why it does not or cannot."""
    if case.name in KNOWN:
        return KNOWN[case.name]
    model = case.model
    entries = {entry.name: entry for entry in model.graph.input}
    real = [name for name, entry in entries.items() if _kind(entry) in FLOATS]
    inputs, outputs = case.data_sets[0]
    if any(not entry.type.HasField("tensor_type") for entry in entries.values()):
        return "an input is no tensor"
    given = {name: _array(value) for name, value in zip(entries, inputs)}
    if any(not np.isfinite(np.asarray(given[name], dtype=np.float64)).all() for name in real):
        return "an input is nan or infinite"
    if not all(given[name].size for name in real):
        return "an input has no entries"
    if any(np.asarray(given[name]).size > MAX_ENTRIES for name in real):
        return "too large to be computed in rationals here"
    reason = ""
    attempts = [tuple(real), tuple(real[:1]), *([] if len(real) == 1 else [()])]
    for free in dict.fromkeys(attempts):
        try:
            wrong = ""
            for k in range(len(outputs)):
                wrong = wrong or _compared(case, given, outputs[k], free, k, folder)
            return wrong
        except mt.PiecewiseError as error:
            reason = reason if reason and not free else _short(str(error))
    return reason


def _short(message: str) -> str:
    """What was expected and got, without the names of this run and the remedy."""
    message = re.sub(r"/\S*/test\.onnx", "the file", message)
    text = re.sub(r"the node '[^']*' \((\w+)\) in the file", r"\1", message.split("; ")[0])
    text = re.sub(r"and it is the output .*", "and it is the output", text)
    return text.split(" (at ")[0].replace("|", "\\|")


def _compared(
    case: Any, given: dict[str, Any], expected: Any, free: tuple[str, ...], k: int, folder: Path
) -> str:
    wanted = _array(expected)
    if wanted.dtype.kind == "f" and not np.isfinite(wanted.astype(np.float64)).all():
        return "the result is nan or infinite"
    path = folder / "test.onnx"
    onnx.save(_made_real(case.model, k, free), str(path))
    fixed = {name: np.asarray(value) for name, value in given.items() if name not in free}
    f = mt.from_onnx(path, batched=False, fixed=fixed, input_shape={
        name: np.asarray(given[name]).shape for name in free
    })  # fmt: skip
    point = [
        Fraction(float(v)) for name in free for v in np.asarray(given[name]).reshape(-1).tolist()
    ]
    point = point or [Fraction(1)]
    if f.shape != (wanted.shape if free else wanted.shape or (1,)):
        return f"WRONG: the shape {f.shape} instead of {wanted.shape}"
    try:
        got = np.array(_values(f, point), dtype=np.float64)
    except (ArithmeticError, ValueError):  # too large for floats, or the function has no value
        value = f.value(point)
        got = np.array([float(v) for v in (value if f.shape else [value])])
    small = wanted.dtype.itemsize < 4 and wanted.dtype.kind != "b"  # floats of 16 bits
    close = np.allclose(
        got,
        wanted.astype(np.float64).reshape(-1),
        rtol=1e-2 if small else max(case.rtol, 1e-6),
        atol=1e-2 if small else case.atol + 1e-6,
    )
    return "" if close else f"WRONG: {got[:3]} instead of {wanted.reshape(-1)[:3]}"


def _values(f: Any, point: list[Fraction]) -> list[float]:
    """The entries of f: exact ones as they are, smooth nodes in floats, which is much faster."""
    nodes = topological(f)
    if not any(isinstance(node, Smooth) for node in nodes):
        value = f.value(point)
        return [float(v) for v in (value if f.shape else [value])]
    at = dict(zip((v.name for v in f.variables), map(float, point), strict=True))
    found: dict[int, list[float]] = {}
    made: dict[Any, Any] = {}
    for node in nodes:
        inputs = [v for arg in node.args for v in found[id(arg)]]
        if isinstance(node, Variable):
            own = [at[name] for name in node.names]
        elif isinstance(node, Constant):
            own = [float(v) for v in node.values]
        elif isinstance(node, Gather):
            own = [inputs[i] for i in node.indices]
        elif isinstance(node, Linear):
            own = [
                float(b) + sum(float(c) * inputs[i] for i, c in row)
                for row, b in zip(node.rows, node.bias, strict=True)
            ]
        elif isinstance(node, Smooth):
            own = []
            for function, operands in node.units:
                if function not in made:
                    symbols = [placeholder(i) for i in range(function.arity)]
                    made[function] = sympy.lambdify(symbols, function.expression, "math")
                own.append(float(made[function](*(inputs[i] for i in operands))))
        else:
            own = []
            for atom, operands in node.units:
                values = [Fraction(inputs[i]) for i in operands]
                form = atom.outputs()[atom.output(atom.label_at(values))]
                own.append(float(form.constant + sum(map(mul, form.coefficients, values))))
        found[id(node)] = own
    return found[id(f)]


def outcomes(only: Any = None) -> dict[str, dict[str, str]]:
    """By operator the reason of every test that does not pass, the empty text of one that does."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            kind = SUBJECTS[case.name.split("_expanded")[0]]
            if only is not None and kind not in only:
                continue
            start = time.monotonic()
            reason = outcome(case, Path(folder))
            found[kind][case.name] = reason
            if time.monotonic() - start > 2 or reason.startswith("WRONG"):
                print(case.name, round(time.monotonic() - start, 1), reason, file=sys.stderr)
    return found


def page(found: dict[str, dict[str, str]]) -> str:
    """The page of the documentation."""
    rows = []
    for kind in sorted(OPERATORS):
        reasons = found.get(kind, {})
        passed = sum(not reason for reason in reasons.values())
        rows.append(f"| {kind} | {len(reasons)} | {passed} |")
    listed: dict[str, list[str]] = defaultdict(list)
    for reasons in found.values():
        for name, reason in reasons.items():
            if reason:
                listed[reason].append(name.removeprefix("test_"))
    others = [f"| {reason} | {', '.join(sorted(names))} |" for reason, names in listed.items()]
    return "\n".join([
        "# Operators of ONNX", "", MARK, "",
        "`mt.from_onnx` knows the operators below. onnx's own tests of single operators ran",
        f"against it ({onnx.__version__}): the values are those of the test, at its point, within",
        "its tolerance. A test counts where all of its operators are known, also spelled out in",
        "other operators; those that do not pass are in the second table, with the reason.",
        "`python .ci/onnx_node_tests.py --write` writes this page.", "",
        "| operator | tests | passed |", "|---|---|---|", *rows, "",
        "## Tests that do not pass", "", "| reason | tests |", "|---|---|", *sorted(others), "",
    ])  # fmt: skip


if __name__ == "__main__":
    text = page(outcomes())
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
