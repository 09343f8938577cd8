"""ONNX's operators by name, as ``mt.from_onnx`` translates them.

A handler takes the context, the attributes, then the inputs: expressions for real tensors, numpy
arrays for whole numbers (shapes, axes, indices), None for an optional one that is left out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, builders, extrema, layers, smooth_nodes
from piecewise_mt.functions.conditions import Comparison
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.onnx.layers import (
    average_pool,
    batch_norm,
    convolution,
    global_pool,
    max_pool,
    pad,
)
from piecewise_mt.interop.onnx.moves import (
    axes_of,
    expand,
    flatten,
    gather,
    moved,
    reshape,
    slices,
    squeeze,
    unsqueeze,
    whole,
)
from piecewise_mt.interop.torch.functions import log_softmax, mean_or_sum

Handler = Callable[..., Any]


def _binary(function: Callable[[Any, Any], Any], on_whole: Callable[[Any, Any], Any]) -> Handler:
    """An operator on expressions, or on two arrays of whole numbers."""

    def handler(context: Any, attributes: Any, x: Any, y: Any) -> Any:
        if whole(x) and whole(y):
            shapes.check_size(shapes.broadcast_shapes(x.shape, y.shape))
            return on_whole(x, y)
        return function(x, y)

    return handler


def _truncated(x: Any, y: Any) -> Any:
    """The quotient of whole numbers, rounded towards 0."""
    return abs(x) // abs(y) * ((x >= 0) == (y >= 0)) - abs(x) // abs(y) * ((x >= 0) != (y >= 0))


def _unary(function: Callable[[Any], Expression]) -> Handler:
    return lambda context, attributes, x: function(x)


def _gemm(context: Any, attributes: Any, a: Any, b: Any, c: Any = None) -> Expression:
    left = a.T if attributes.get("transA") else a
    right = b.T if attributes.get("transB") else b
    result: Expression = arithmetic.matmul(left, right)
    alpha, beta = (context.scalar(attributes.get(key, 1.0)) for key in ("alpha", "beta"))
    result = result if alpha == 1 else result * alpha
    return result if c is None else result + (c if beta == 1 else c * beta)


def _relu(context: Any, attributes: Any, x: Any) -> Expression:
    return builders.relu(x, 0 if context.at_zero is None else context.at_zero)


def _abs(context: Any, attributes: Any, x: Any) -> Expression:
    return builders.abs(x, 0 if context.at_zero is None else context.at_zero)


def _leaky(context: Any, attributes: Any, x: Any) -> Expression:
    slope = context.scalar(attributes.get("alpha", 0.009999999776482582))  # 0.01 in float32
    return builders.leaky_relu(x, slope, slope if context.at_zero is None else context.at_zero)


def _prelu(context: Any, attributes: Any, x: Expression, slope: Any) -> Expression:
    values = arithmetic.constant_values(arithmetic.as_expression(slope))
    if values is None:
        raise Unsupported("expected a constant slope for PRelu, got an expression; fix it")
    indices = shapes.broadcast_indices(slope.shape, x.shape)
    at_zero = "weight" if context.at_zero is None else context.at_zero
    flat: Expression = layers.prelu(x.reshape(-1), [values[i] for i in indices], at_zero)
    return flat.reshape(x.shape)


def _clip(context: Any, attributes: Any, x: Any, lo: Any = None, hi: Any = None) -> Expression:
    bounds = []
    for given, key in ((lo, "min"), (hi, "max")):
        values = None if given is None else arithmetic.constant_values(given)
        if given is not None and (values is None or len(values) != 1):
            raise Unsupported(
                "expected numbers as the bounds of Clip, got tensors; use Max and Min"
            )
        own = attributes.get(key) if values is None else values[0]
        # before version 11, the largest float stood for no bound
        bounds.append(None if isinstance(own, float) and abs(own) > 3.4e38 else context.scalar(own))
    if bounds == [None, None]:
        return arithmetic.as_expression(x)
    at_edges = 1 if context.at_edges is None else context.at_edges
    return builders.clip(x, bounds[0], bounds[1], at_edges)


def _hardsigmoid(context: Any, attributes: Any, x: Any) -> Expression:
    alpha = context.scalar(attributes.get("alpha", 0.20000000298023224))  # 0.2 in float32
    beta = context.scalar(attributes.get("beta", 0.5))
    at_edges = 0 if context.at_edges is None else context.at_edges
    if isinstance(at_edges, (list, tuple)):
        at_edges = [edge if isinstance(edge, str) else edge / alpha for edge in at_edges]
    elif not isinstance(at_edges, str):
        at_edges = at_edges / alpha  # of the clip inside, so that the whole has this slope
    return builders.clip(x * alpha + beta, 0, 1, at_edges)


def _pairwise(name: str) -> Handler:
    def handler(context: Any, attributes: Any, *operands: Any) -> Any:
        if context.ties is None or len(operands) < 3:
            ties = "average" if context.ties is None else context.ties
            pair = extrema.maximum if name == "max" else extrema.minimum
            return reduce(lambda x, y: pair(x, y, ties), operands)
        nodes, shape = arithmetic.align(*operands)
        wide = [n._gather(shape, shapes.broadcast_indices(n.shape, shape)) for n in nodes]
        gathered = extrema.max if name == "max" else extrema.min
        return gathered(arithmetic.stack(wide), axis=0, ties=context.ties)

    return handler


def _reduced(name: str) -> Handler:
    def handler(context: Any, attributes: Any, x: Expression, axes: Any = None) -> Expression:
        chosen = axes_of(attributes, axes)
        if not chosen:
            if attributes.get("noop_with_empty_axes"):
                return x
            chosen = tuple(range(x.ndim))
        keep = bool(attributes.get("keepdims", 1))
        if name in ("mean", "sum"):
            return mean_or_sum(x, chosen, keep, name == "mean")
        gathered = extrema.max if name == "max" else extrema.min
        ties = "average" if context.ties is None else context.ties
        result = gathered(x, axis=chosen, ties=ties)
        if not keep:
            return result
        gone = {shapes.to_axis(a, x.ndim) for a in chosen}
        return result.reshape(tuple(1 if a in gone else n for a, n in enumerate(x.shape)))

    return handler


def _softmax(function: Callable[[Expression, int], Expression]) -> Handler:
    def handler(context: Any, attributes: Any, x: Expression) -> Expression:
        if context.opset >= 13:
            return function(x, attributes.get("axis", -1))
        # until version 12, over all axes from the given one on
        axis = shapes.to_axis(attributes.get("axis", 1), x.ndim)
        flat = x.reshape((prod(x.shape[:axis]), prod(x.shape[axis:])))
        return function(flat, 1).reshape(x.shape)

    return handler


def _softplus(context: Any, attributes: Any, x: Any) -> Expression:
    return smooth_nodes.softplus(x)


def _pow(context: Any, attributes: Any, x: Any, y: Any) -> Expression:
    exponent = arithmetic.as_expression(y)
    values = arithmetic.constant_values(exponent)
    if values is None or len(set(values)) != 1:
        raise Unsupported("expected one constant exponent for Pow, got others; use Exp and Log")
    if max(abs(values[0].numerator), values[0].denominator) > smooth_nodes.MAX_EXPONENT:
        raise Unsupported(
            f"expected an exponent of numbers up to {smooth_nodes.MAX_EXPONENT}, got {values[0]}; "
            "use Exp and Log"
        )
    return arithmetic.power(x, values[0])


def _identity(context: Any, attributes: Any, x: Any, *more: Any) -> Any:
    return x


def _dropout(context: Any, attributes: Any, x: Any, ratio: Any = None, training: Any = None) -> Any:
    if training is not None and bool(training):
        raise Unsupported("expected Dropout in evaluation mode, got training; export with eval()")
    return x


def _constant(context: Any, attributes: Any) -> Any:
    import numpy

    ((key, value),) = attributes.items()
    if key == "value":
        return value
    if key not in ("value_float", "value_floats", "value_int", "value_ints"):
        raise Unsupported(f"expected a constant of numbers, got the attribute {key}; write numbers")
    kind = numpy.float64 if "float" in key else numpy.int64
    return context.constant(numpy.array(value, dtype=kind))


def _cast(context: Any, attributes: Any, x: Any) -> Any:
    to_float = attributes["to"] in (1, 10, 11, 16)
    if isinstance(x, Expression):
        if not to_float:
            raise Unsupported("expected a cast to a float type, got one that jumps; remove it")
        return x
    return arithmetic.as_expression(x) if to_float else x.astype("int64")


def _shape(context: Any, attributes: Any, x: Any) -> Any:
    import numpy

    return numpy.array(x.shape[attributes.get("start", 0) : attributes.get("end")], dtype="int64")


def _concat(context: Any, attributes: Any, *parts: Any) -> Any:
    if all(map(whole, parts)):
        import numpy

        shapes.check_size((sum(part.size for part in parts),))
        return numpy.concatenate(parts, axis=attributes["axis"])
    return arithmetic.concat(parts, attributes["axis"])


def _transpose(context: Any, attributes: Any, x: Any) -> Any:
    return moved(x, lambda i: i.transpose(attributes.get("perm")))


def _compare(op: str) -> Handler:
    return lambda context, attributes, x, y: arithmetic.compare(op, x, y)


def _not(context: Any, attributes: Any, condition: Any) -> Any:
    return ~condition


def _where(context: Any, attributes: Any, condition: Any, x: Any, y: Any) -> Any:
    if not isinstance(condition, Comparison):
        raise Unsupported(
            "expected Where of Greater, Less or one of their kind, got another condition; write "
            "it as a comparison"
        )
    return extrema.where(condition, x, y)


OPERATORS: Mapping[str, Handler] = {
    "Gemm": _gemm,
    "MatMul": lambda context, attributes, x, y: arithmetic.matmul(x, y),
    "Add": _binary(arithmetic.add, operator.add),
    "Sub": _binary(arithmetic.subtract, operator.sub),
    "Mul": _binary(arithmetic.multiply, operator.mul),
    "Div": _binary(arithmetic.divide, _truncated),
    "Sum": lambda context, attributes, *parts: reduce(arithmetic.add, parts),
    "Mean": lambda context, attributes, *parts: (
        reduce(arithmetic.add, parts) * Fraction(1, len(parts))
    ),
    "Neg": lambda context, attributes, x: -x,
    "Relu": _relu,
    "LeakyRelu": _leaky,
    "PRelu": _prelu,
    "Abs": _abs,
    "Clip": _clip,
    "HardSigmoid": _hardsigmoid,
    "Max": _pairwise("max"),
    "Min": _pairwise("min"),
    "ReduceMax": _reduced("max"),
    "ReduceMin": _reduced("min"),
    "ReduceSum": _reduced("sum"),
    "ReduceMean": _reduced("mean"),
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalMaxPool": global_pool("max"),
    "GlobalAveragePool": global_pool("mean"),
    "Conv": convolution,
    "BatchNormalization": batch_norm,
    "Pad": pad,
    "Exp": _unary(smooth_nodes.exp),
    "Log": _unary(smooth_nodes.log),
    "Sin": _unary(smooth_nodes.sin),
    "Cos": _unary(smooth_nodes.cos),
    "Tanh": _unary(smooth_nodes.tanh),
    "Sigmoid": _unary(smooth_nodes.sigmoid),
    "Sqrt": _unary(lambda x: smooth_nodes.power(x, Fraction(1, 2))),
    "Reciprocal": _unary(lambda x: arithmetic.divide(1, x)),
    "Softplus": _softplus,
    "Pow": _pow,
    "Softmax": _softmax(smooth_nodes.softmax),
    "LogSoftmax": _softmax(log_softmax),
    "Flatten": flatten,
    "Reshape": reshape,
    "Transpose": _transpose,
    "Concat": _concat,
    "Slice": slices,
    "Gather": gather,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Expand": expand,
    "Shape": _shape,
    "Cast": _cast,
    "Constant": _constant,
    "Identity": _identity,
    "Dropout": _dropout,
    "Greater": _compare(">"),
    "GreaterOrEqual": _compare(">="),
    "Less": _compare("<"),
    "LessOrEqual": _compare("<="),
    "Not": _not,
    "Where": _where,
}
