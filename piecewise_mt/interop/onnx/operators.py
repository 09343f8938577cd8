"""ONNX's operators by name, as ``mt.from_onnx`` translates them.

A handler takes the context, the attributes, then the inputs: expressions for real tensors, numpy
arrays for whole numbers (shapes, axes, indices) and truth values, conditions for comparisons of
expressions, None for an optional one that is left out. It gives the first output, or a tuple.
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
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.onnx import (
    activations,
    conditions,
    constants,
    layers,
    moves,
    reductions,
    windows,
)
from piecewise_mt.interop.onnx.moves import shape_of, whole
from piecewise_mt.interop.onnx.reductions import REDUCTIONS
from piecewise_mt.interop.onnx.resize import resize, upsample

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
    if not y.all():
        raise Unsupported("expected a nonzero divisor, got 0; divide by another number")
    return abs(x) // abs(y) * ((x >= 0) == (y >= 0)) - abs(x) // abs(y) * ((x >= 0) != (y >= 0))


def _unary(function: Callable[[Any], Any]) -> Handler:
    return lambda context, attributes, x: function(x)


def _softmax(function: Callable[[Expression, int], Expression]) -> Handler:
    def handler(context: Any, attributes: Any, x: Expression) -> Expression:
        if context.opset >= 13:
            return function(x, attributes.get("axis", -1))
        # until version 12, over all axes from the given one on
        axis = shapes.to_axis(attributes.get("axis", 1), x.ndim)
        flat = x.reshape((prod(x.shape[:axis]), prod(x.shape[axis:])))
        return function(flat, 1).reshape(x.shape)

    return handler


def _log_softmax(x: Expression, axis: int) -> Expression:
    """x − log Σ exp(x) along an axis."""
    place = shapes.to_axis(axis, x.ndim)
    total = smooth_nodes.logsumexp(x, place)
    return x - total.reshape((*x.shape[:place], 1, *x.shape[place + 1 :]))


def _identity(context: Any, attributes: Any, x: Any, *more: Any) -> Any:
    return x


def _dropout(context: Any, attributes: Any, x: Any, ratio: Any = None, training: Any = None) -> Any:
    if training is not None and bool(training):
        raise Unsupported("expected Dropout in evaluation mode, got training; export with eval()")
    import numpy

    return x, numpy.ones(shape_of(x), dtype=bool)


def _sum(context: Any, attributes: Any, *parts: Any) -> Any:
    return reduce(arithmetic.add, parts)


def _mean(context: Any, attributes: Any, *parts: Any) -> Any:
    return arithmetic.multiply(reduce(arithmetic.add, parts), Fraction(1, len(parts)))


OPERATORS: Mapping[str, Handler] = {
    "Gemm": layers.gemm,
    "MatMul": layers.matmul,
    "Add": _binary(arithmetic.add, operator.add),
    "Sub": _binary(arithmetic.subtract, operator.sub),
    "Mul": conditions.product,
    "Div": _binary(arithmetic.divide, _truncated),
    "Sum": _sum,
    "Mean": _mean,
    "Neg": _unary(operator.neg),
    "Relu": activations.relu,
    "LeakyRelu": activations.leaky,
    "PRelu": activations.prelu,
    "ThresholdedRelu": activations.thresholded_relu,
    "Abs": activations.absolute,
    "Clip": activations.clip,
    "HardSigmoid": activations.hardsigmoid,
    "HardSwish": activations.hardswish,
    "Shrink": activations.shrink,
    "Elu": activations.elu,
    "Selu": activations.selu,
    "Celu": activations.celu,
    "Gelu": activations.gelu,
    "Swish": activations.swish,
    "Softsign": activations.softsign,
    "Max": activations.extremum("Max"),
    "Min": activations.extremum("Min"),
    **REDUCTIONS,
    "CumSum": reductions.cumulative_sum,
    "MaxPool": windows.max_pool,
    "AveragePool": windows.average_pool,
    "GlobalMaxPool": windows.global_pool("max"),
    "GlobalAveragePool": windows.global_pool("mean"),
    "Conv": layers.convolution,
    "ConvTranspose": layers.transposed_convolution,
    "Resize": resize,
    "Upsample": upsample,
    "BatchNormalization": layers.batch_norm,
    "LayerNormalization": reductions.layer_norm,
    "RMSNormalization": reductions.rms_norm,
    "InstanceNormalization": reductions.instance_norm,
    "GroupNormalization": reductions.group_norm,
    "MeanVarianceNormalization": reductions.mean_variance_norm,
    "LpNormalization": reductions.lp_norm,
    "Pad": windows.pad,
    "Exp": _unary(smooth_nodes.exp),
    "Log": _unary(smooth_nodes.log),
    "Sin": _unary(smooth_nodes.sin),
    "Cos": _unary(smooth_nodes.cos),
    "Tanh": _unary(smooth_nodes.tanh),
    "Sigmoid": _unary(smooth_nodes.sigmoid),
    "Sqrt": _unary(lambda x: smooth_nodes.power(x, Fraction(1, 2))),
    "Reciprocal": _unary(lambda x: arithmetic.divide(1, x)),
    "Softplus": _unary(smooth_nodes.softplus),
    **activations.SMOOTH,
    "Pow": activations.power,
    "Softmax": _softmax(smooth_nodes.softmax),
    "LogSoftmax": _softmax(_log_softmax),
    "Flatten": moves.flatten,
    "Reshape": moves.reshape,
    "Transpose": moves.transpose,
    "Concat": moves.concat,
    "Split": moves.split,
    "Slice": moves.slices,
    "Gather": moves.gather,
    "GatherElements": moves.gather_elements,
    "GatherND": moves.gather_nd,
    "Scatter": moves.scatter_elements,
    "ScatterElements": moves.scatter_elements,
    "ScatterND": moves.scatter_nd,
    "Squeeze": moves.squeeze,
    "Unsqueeze": moves.unsqueeze,
    "Expand": moves.expand,
    "Tile": moves.tile,
    "Trilu": moves.trilu,
    "DepthToSpace": moves.depth_to_space,
    "SpaceToDepth": moves.space_to_depth,
    "Shape": constants.shape,
    "Size": constants.size,
    "Range": constants.arange,
    "EyeLike": constants.eye_like,
    "NonZero": constants.nonzero,
    "Cast": conditions.cast,
    "CastLike": conditions.cast_like,
    "Constant": constants.constant,
    "ConstantOfShape": constants.constant_of_shape,
    "Identity": _identity,
    "Dropout": _dropout,
    "Greater": conditions.compare(">"),
    "GreaterOrEqual": conditions.compare(">="),
    "Less": conditions.compare("<"),
    "LessOrEqual": conditions.compare("<="),
    "Equal": conditions.compare("="),
    "And": conditions.logical("and"),
    "Or": conditions.logical("or"),
    "Xor": conditions.logical("xor"),
    "Not": conditions.negation,
    "Where": conditions.where,
    "Sign": conditions.rounded("Sign"),
    "Floor": conditions.rounded("Floor"),
    "Ceil": conditions.rounded("Ceil"),
    "Round": conditions.rounded("Round"),
}
