"""The nodes of an ONNX graph: which are needed, in which order, and what each becomes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported, cleaned, shown
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.arithmetic import constant_values
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.onnx.rules import rule_of
from piecewise_mt.interop.rounding import Rounding

MAX_NODES = 10**5
MAX_BITS = 10**5
ML = "ai.onnx.ml"
JUMPING = {
    "TreeEnsembleRegressor": "is constant on boxes and jumps from one to the next",
    "TreeEnsembleClassifier": "is constant on boxes and jumps from one to the next",
    "TreeEnsemble": "is constant on boxes and jumps from one to the next",
    "ArgMax": "is a whole number that jumps where entries tie",
    "ArgMin": "is a whole number that jumps where entries tie",
    "Hardmax": "jumps where entries tie",
    "OneHot": "jumps from one whole number to the next",
    "QuantizeLinear": "rounds to whole numbers and so jumps",
    "DynamicQuantizeLinear": "rounds to whole numbers and so jumps",
    "Mod": "jumps at multiples of the divisor",
    "Binarizer": "jumps at its threshold",
}
"""Operators that are discontinuous in every input that is not constant, with the reason."""


@dataclass(frozen=True)
class Context:
    """What the translations of operators need to know."""

    opset: int
    dtype: str
    rules: str
    ties: Any
    at_zero: Any
    at_edges: Any
    rounding: Rounding
    budget: Any = field(default=None)

    def rule(self, kind: str) -> Any:
        """What an operator does at its ties."""
        given = {"ties": self.ties, "at_zero": self.at_zero, "at_edges": self.at_edges}
        return rule_of(kind, self.rules, given)

    def is_given(self, keyword: str) -> bool:
        """Whether a maximum of many is one node: as was asked for, or as the standard has it."""
        return self.rules == "onnx" or getattr(self, keyword) is not None

    def scalar(self, value: Any) -> Any:
        """A number of the file: a float as the dyadic rational that it is."""
        if not isinstance(value, float):
            return value
        return self.rounding(value)

    def constant(self, array: Any) -> Any:
        """An array of floats as a constant; whole numbers stay a numpy array."""
        shapes.check_size(tuple(map(int, array.shape)))
        if array.dtype.kind in "iub":
            return array
        if array.dtype.name in ("int4", "uint4", "int2", "uint2"):
            return array.astype("int64")
        if array.dtype.kind not in "fV":
            raise Unsupported(f"expected real numbers, got an array of {array.dtype}; convert it")
        flat = [self.scalar(float(v)) for v in array.reshape(-1)]
        return Constant(flat, tuple(map(int, array.shape)))


def named(node: Any, file: str) -> str:
    """A node in words."""
    kind = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    # bytes where a broken file has no text
    outputs = ", ".join(shown(name, 30) for name in node.output[:3])
    name = shown(node.name) if node.name else f"with output {outputs}"
    return f"the node '{name}' ({shown(kind, 40)}) in {file}"


def shown_path(file: str, limit: int = 120) -> str:
    """The path of a file for a message; of a long one its end."""
    own = cleaned(file[-limit - 1 :])
    return own if len(own) <= limit else "…" + own[1 - limit :]


def _inputs(node: Any) -> Iterable[Any]:
    """What a node reads, also inside its branches and loops."""
    yield from node.input
    for attribute in node.attribute:
        for graph in [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]:
            for inner in graph.node:
                yield from _inputs(inner)


def sort_nodes(graph: Any) -> None:
    """Put the nodes into an order in which every one comes after what it reads, if there is one.

    Runtimes do so when they load a file, so it need not be the order of the file. Nodes keep
    their order as far as they can.
    """
    maker = {key: k for k, node in enumerate(graph.node) for key in node.output if key}
    waits = [
        {maker[key] for key in _inputs(node) if key in maker and maker[key] != k}
        for k, node in enumerate(graph.node)
    ]
    if all(max(before, default=-1) < k for k, before in enumerate(waits)):
        return
    readers: dict[int, list[int]] = {}
    for k, before in enumerate(waits):
        for other in before:
            readers.setdefault(other, []).append(k)
    left = [len(before) for before in waits]
    ready = [k for k, n in enumerate(left) if not n]
    order: list[int] = []
    while ready:
        k = heapq.heappop(ready)
        order.append(k)
        for reader in readers.get(k, ()):
            left[reader] -= 1
            if not left[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(left):
        return  # a circle, which the check of the model refuses
    nodes = [type(node).FromString(node.SerializeToString()) for node in graph.node]
    del graph.node[:]
    graph.node.extend(nodes[k] for k in order)


def needed(graph: Any, wanted: str) -> list[Any]:
    """The nodes that an output depends on, in their order."""
    keys, found = {wanted}, []
    for node in reversed(graph.node):
        if keys & set(node.output):
            found.append(node)
            keys.update(_inputs(node))
    return found[::-1]


def check_operators(nodes: Sequence[Any], file: str) -> None:
    """Refuse nodes that are not known, by name, before anything is built."""
    if len(nodes) > MAX_NODES:
        raise Unsupported(
            f"expected at most {MAX_NODES} nodes, got {len(nodes)} in {file}; split the network"
        )
    for node in nodes:
        known = node.op_type in operators() and node.domain in ("", "ai.onnx")
        if known and node.output:
            continue
        if node.op_type in JUMPING and node.domain in ("", "ai.onnx", ML):
            raise Unsupported(
                f"expected a continuous function, got {named(node, file)}, which "
                f"{JUMPING[node.op_type]}; it is discontinuous, so it has no gradient here: take "
                "an output before it"
            )
        raise Unsupported(
            f"expected an operator that mt.from_onnx knows, got {named(node, file)}; replace "
            "it, or build that part with piecewise_mt.conventions.pytorch"
        )


def operators() -> Mapping[str, Any]:
    """The operators that are known; imported when asked for, as most who import us do not."""
    from piecewise_mt.interop.onnx.operators import OPERATORS

    return OPERATORS


def call(node: Any, context: Context, values: dict[str, Any], file: str) -> None:
    """Put what a node gives into `values`, under the names of its outputs."""
    from piecewise_mt.interop.onnx.conditions import Jump

    where = named(node, file)
    missing = [key for key in node.input if key and key not in values]
    if missing:
        raise Unsupported(
            f"expected the first output of every node alone, got {', '.join(map(str, missing))} "
            f"used by {where}; compute it in another way"
        )
    inputs = [values.get(key) if key else None for key in node.input]
    if node.op_type not in ("Mul", "Identity"):
        for value in inputs:
            if isinstance(value, Jump):
                raise jumping(value, f"{where} takes it")
    attributes = _attributes(node, context, file)
    try:
        results = _called(node.op_type, context, attributes, inputs)
    except PiecewiseError as error:
        raise type(error)(f"{error} (at {where})") from error
    except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError) as error:
        raise Unsupported(
            f"expected inputs and attributes that mt.from_onnx knows, got {where} with others; "
            f"write the operation in a plainer way ({error})"
        ) from error
    entries = sum(getattr(result, "size", 0) for result in results)
    context.budget.hold(entries, where)
    for key, result in zip(node.output, results):
        if isinstance(result, Jump):
            result.where = result.where or where
        values[key] = result


def jumping(jump: Any, how: str) -> Unsupported:
    """The refusal of a discontinuous result, with the node that it comes from."""
    return Unsupported(
        f"expected a continuous function, got {jump.where}, which {jump.why}, and {how}; multiply "
        "it with what vanishes there, or write the whole with Where, Abs or Relu"
    )


def _called(kind: str, context: Context, attributes: Any, inputs: list[Any]) -> tuple[Any, ...]:
    from piecewise_mt.interop.onnx.legacy import adapted

    own, given = adapted(kind, context.opset, attributes, inputs)
    result = operators()[kind](context, own, *given)
    results = result if isinstance(result, tuple) else (result,)
    return tuple(_folded(r, given) if isinstance(r, Expression) else r for r in results)


def _attributes(node: Any, context: Context, file: str) -> dict[str, Any]:
    from onnx.helper import get_attribute_value

    from piecewise_mt.interop.onnx.moves import OUTPUTS

    attributes: dict[str, Any] = {OUTPUTS: len(node.output)}
    for attribute in node.attribute:
        value = get_attribute_value(attribute)
        if hasattr(value, "data_type"):
            value = context.constant(array_of(value, file))
        try:
            attributes[attribute.name] = value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError as error:
            raise broken(file, error) from error
    return attributes


def array_of(weight: Any, file: str) -> Any:
    """The numpy array of a weight."""
    from onnx import numpy_helper

    check_inside(weight, file)
    try:
        return numpy_helper.to_array(weight)
    except (ValueError, TypeError, KeyError) as error:
        raise broken(file, error) from error


def check_inside(weight: Any, file: str) -> None:
    """Refuse a weight whose numbers are in another file."""
    if weight.data_location or weight.external_data:
        raise Unsupported(
            f"expected all weights in one file, got {weight.name!r} of {file} in another; save it "
            "with onnx.save(model, path, save_as_external_data=False)"
        )


def broken(file: str, error: Exception) -> PiecewiseError:
    """The error for a file that is no ONNX model."""
    reason = (str(error)[:1000].strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    reason = shown(reason, 150)
    return PiecewiseError(
        f"expected an ONNX model, got {file}, which onnx refuses ({reason}); export it again"
    )


def _folded(result: Expression, inputs: list[Any]) -> Expression:
    """A result that depends on weights alone as a constant, so that its digits stay bounded."""
    if any(isinstance(entry, Expression) and not isinstance(entry, Constant) for entry in inputs):
        return result
    values = constant_values(result)
    if values is None:
        return result
    if any(max(abs(v.numerator), v.denominator).bit_length() > MAX_BITS for v in values):
        raise Unsupported(
            f"expected constants of at most {MAX_BITS} bits, got longer ones; compute them before "
            "the export"
        )
    return Constant(values, result.shape)
