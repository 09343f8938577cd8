"""``mt.from_onnx``: an ONNX file as an expression."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.arithmetic import constant_values
from piecewise_mt.functions.build.builders import tensor
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.rounding import Rounding

MAX_BYTES = 2**28
"""The longest file that is read."""
MAX_NODES = 10**5
MAX_BITS = 10**5
MIN_OPSET = 7
"""The first version in which operators broadcast as they do now."""


@dataclass(frozen=True)
class Context:
    """What the translations of operators need to know."""

    opset: int
    dtype: str
    ties: Any
    at_zero: Any
    at_edges: Any
    rounding: Rounding

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
        if array.dtype.kind not in "fV":
            raise Unsupported(f"expected real numbers, got an array of {array.dtype}; convert it")
        flat = [self.scalar(float(v)) for v in array.reshape(-1)]
        return Constant(flat, tuple(map(int, array.shape)))


def from_onnx(
    path: Any,
    *,
    name: str = "x",
    input_shape: Any = None,
    batched: bool = True,
    output: str | None = None,
    ties: Any = None,
    at_zero: Any = None,
    at_edges: Any = None,
    limit_denominator: int | None = None,
) -> Expression:
    """The network in an ONNX file as an expression.

    ONNX defines values and no gradients. The tie rules are PyTorch's, for the functions of torch
    that export to each operator, unless they are given here. Weights count as the dyadic
    rationals that they are, and operations as the exact ones: the rounding of intermediate
    results is not modelled.

    Parameters
    ----------
    path : str or path
        A file with one input that is not a weight. It is read as data: nothing in it is run, and
        weights in other files are refused.
    name : str
        The variables are those of ``mt.tensor(name, shape)`` for one sample's shape.
    input_shape : int or tuple of int, optional
        The shape of one sample, where the file does not fix it.
    batched : bool
        The first axis of the input counts samples: it must have length 1 or be free, and is
        taken off the input and the result. With False the network takes the sample itself.
    output : str, optional
        The name of the output to take, where there are several.
    ties
        The rule of Max, Min, MaxPool, GlobalMaxPool, ReduceMax and ReduceMin, as for
        :func:`mt.max`. By default torch's: 1/2 each in Max and Min of two (of more, two at a
        time from the left), the first position in pooling, 1/k each in reductions. torch's newer
        exporter writes adaptive pooling to one entry as ReduceMax: give ``ties="first"`` for it.
    at_zero
        The derivative at 0 of Relu, LeakyRelu, PRelu and Abs. By default torch's: 0, and the
        slope of the left for the leaky ones.
    at_edges
        The derivative at the edges of Clip and HardSigmoid. By default those of ``torch.clamp``
        and ``hardsigmoid``: 1 and 0. ``nn.Hardtanh`` and ``nn.ReLU6`` export to Clip, too, and
        have 0 there, which the file does not tell: give ``at_edges=0`` for these.
    limit_denominator : int, optional
        Round every weight to the nearest fraction with a denominator up to this.

    Returns
    -------
    expression

    Raises
    ------
    Unsupported
        For an operator that is not supported, with the names of its node and the file.
    PiecewiseError
        For a file that is missing, too long, or not a valid ONNX model.
    ImportError
        If onnx is not installed.

    See Also
    --------
    mt.from_torch : A module, with torch's rules for certain.
    mt.parse, mt.from_sympy : Other ways in.

    Examples
    --------
    A file that holds the maximum of two features has torch's 1/2 at the tie:

    >>> import piecewise_mt as mt
    >>> f = mt.from_onnx("max.onnx")                                     # doctest: +SKIP
    >>> f.gradient((0, 0))                                               # doctest: +SKIP
    Matrix([[1/2, 1/2]])
    >>> mt.from_onnx("max.onnx", ties="free").gradient((0, 0))           # doctest: +SKIP
    Matrix([[z, 1 - z]])
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError("mt.from_onnx needs onnx; pip install piecewise_mt[onnx]") from error
    file = os.fspath(path)
    model = _loaded(file, onnx)
    graph = model.graph
    weights = {weight.name: weight for weight in graph.initializer}
    given = [entry for entry in graph.input if entry.name not in weights]
    if len(given) != 1:
        raise Unsupported(
            f"expected one input, got {len(given)} in {file} "
            f"({', '.join(str(entry.name) for entry in given)}); fix the others before the export"
        )
    rounding = Rounding(limit_denominator)
    context = Context(
        _opset(model, file), _dtype(given[0], file), ties, at_zero, at_edges, rounding
    )
    space: Expression = tensor(name, _sample_shape(given[0], input_shape, batched, file))
    inner = space.reshape((1, *space.shape)) if batched else space
    wanted = _output(graph, output, file)
    values: dict[str, Any] = {given[0].name: inner}
    for key, weight in weights.items():
        values[key] = context.constant(_array(weight, file))
    for node in graph.node:
        values[node.output[0]] = _call(node, context, values, file)
    rounding.say()
    result = values.get(wanted)
    if not isinstance(result, Expression):
        raise Unsupported(f"expected a real tensor as the output {wanted!r} of {file}; use another")
    if batched and result.shape[:1] == (1,):
        result = result.reshape(result.shape[1:])
    return result.on(space)


def _loaded(file: str, onnx: Any) -> Any:
    """The checked model of a file."""
    from google.protobuf.message import DecodeError

    try:
        size = os.path.getsize(file)
    except OSError as error:
        raise PiecewiseError(
            f"expected an ONNX file, got {file}, which cannot be read; check the path"
        ) from error
    if not 0 < size <= MAX_BYTES:
        raise PiecewiseError(
            f"expected an ONNX file of 1 to {MAX_BYTES} bytes, got {size} in {file}; build large "
            "networks with piecewise_mt.conventions"
        )
    try:
        model = onnx.load(file, format="protobuf", load_external_data=False)
    except (DecodeError, OSError, ValueError) as error:
        raise _broken(file, error) from error
    _check_operators(model, file)
    for weight in model.graph.initializer:
        _check_inside(weight, file)
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        raise _broken(file, error) from error
    return model


def _broken(file: str, error: Exception) -> PiecewiseError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return PiecewiseError(
        f"expected an ONNX model, got {file}, which onnx refuses ({reason}); export it again"
    )


def _check_operators(model: Any, file: str) -> None:
    if len(model.graph.node) > MAX_NODES:
        raise Unsupported(
            f"expected at most {MAX_NODES} nodes, got {len(model.graph.node)} in {file}; split "
            "the network"
        )
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or node.op_type not in operators() or not node.output:
            raise Unsupported(
                f"expected an operator that mt.from_onnx knows, got {_where(node, file)}; replace "
                "it, or build that part with piecewise_mt.conventions.pytorch"
            )


def _where(node: Any, file: str) -> str:
    kind = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    outputs = ", ".join(map(str, node.output))  # bytes where a broken file has no text
    return f"the node {node.name or f'with output {outputs}'!r} ({kind}) in {file}"


def _check_inside(weight: Any, file: str) -> None:
    if weight.data_location or weight.external_data:
        raise Unsupported(
            f"expected all weights in one file, got {weight.name!r} of {file} in another; save it "
            "with onnx.save(model, path, save_as_external_data=False)"
        )


def _array(weight: Any, file: str) -> Any:
    """The numpy array of a weight."""
    from onnx import numpy_helper

    _check_inside(weight, file)
    try:
        return numpy_helper.to_array(weight)
    except (ValueError, TypeError, KeyError) as error:
        raise _broken(file, error) from error


def _opset(model: Any, file: str) -> int:
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    if not versions or versions[0] < MIN_OPSET:
        raise Unsupported(
            f"expected version {MIN_OPSET} or later of ONNX's operators, got {versions} in "
            f"{file}; convert it with onnx.version_converter"
        )
    return int(versions[0])


def _dtype(entry: Any, file: str) -> str:
    names = {1: "float32", 10: "float16", 11: "float64"}
    kind = entry.type.tensor_type.elem_type
    if kind not in names:
        raise Unsupported(
            f"expected an input of a float type, got the type number {kind} in {file}; export it "
            "with floats"
        )
    return names[kind]


def _sample_shape(entry: Any, given: Any, batched: bool, file: str) -> shapes.Shape:
    """The shape of one sample, from the file as far as it says, else as given."""
    axes = entry.type.tensor_type.shape.dim
    lengths = [int(a.dim_value) if a.HasField("dim_value") else None for a in axes]
    if batched:
        if not lengths or lengths[0] not in (None, 1):
            raise ShapeError(
                f"expected a batch of length 1 as the first axis of {entry.name!r} in {file}, got "
                f"the shape {lengths}; export with one sample, or write batched=False"
            )
        lengths = lengths[1:]
    if given is None:
        if None in lengths:
            raise ShapeError(
                f"expected lengths of all axes, got {lengths} for {entry.name!r} in {file}; write "
                "input_shape=(…)"
            )
        return shapes.to_shape([n for n in lengths if n is not None])
    shape = shapes.to_shape(given)
    fits = len(shape) == len(lengths) and all(n in (None, m) for n, m in zip(lengths, shape))
    if not fits or not prod(shape):
        raise ShapeError(
            f"expected an input_shape that fits {lengths} of {entry.name!r} in {file}, got "
            f"{shape}; leave it out where the file fixes it"
        )
    return shape


def _output(graph: Any, wanted: str | None, file: str) -> str:
    names = [str(entry.name) for entry in graph.output]
    if wanted is None and len(names) == 1:
        return str(names[0])
    if wanted not in names:
        raise Unsupported(
            f"expected one output, got {', '.join(names)} in {file}; choose one with output=…"
        )
    return str(wanted)


def _call(node: Any, context: Context, values: dict[str, Any], file: str) -> Any:
    from onnx.helper import get_attribute_value

    where = _where(node, file)
    inputs = [values.get(key) if key else None for key in node.input]
    missing = [key for key in node.input if key and key not in values]
    if missing:
        raise Unsupported(
            f"expected the first output of every node alone, got {', '.join(map(str, missing))} "
            f"used by {where}; compute it in another way"
        )
    attributes = {}
    for attribute in node.attribute:
        value = get_attribute_value(attribute)
        if hasattr(value, "data_type"):
            value = context.constant(_array(value, file))
        attributes[attribute.name] = value.decode() if isinstance(value, bytes) else value
    try:
        result = operators()[node.op_type](context, attributes, *inputs)
        return _folded(result, inputs) if isinstance(result, Expression) else result
    except PiecewiseError as error:
        raise type(error)(f"{error} (at {where})") from error
    except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError) as error:
        raise Unsupported(
            f"expected inputs and attributes that mt.from_onnx knows, got {where} with others; "
            f"write the operation in a plainer way ({error})"
        ) from error


def operators() -> Mapping[str, Any]:
    """The operators that are known; imported when asked for, as most who import us do not."""
    from piecewise_mt.interop.onnx.operators import OPERATORS

    return OPERATORS


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
