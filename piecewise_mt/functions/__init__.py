"""Expressions: an immutable DAG of affine maps, piecewise linear nodes and smooth ones."""

from piecewise_mt.functions.arithmetic import concat, stack
from piecewise_mt.functions.builders import (
    abs,
    affine,
    clip,
    leaky_relu,
    piecewise_linear,
    relu,
    tensor,
    variable,
    variables,
    vector,
)
from piecewise_mt.functions.expression import Comparison, Expression
from piecewise_mt.functions.extrema import max, maximum, min, minimum, where
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.smooth_nodes import (
    cos,
    exp,
    log,
    logsumexp,
    sigmoid,
    sin,
    smooth,
    softmax,
    softplus,
    square,
    tanh,
)
from piecewise_mt.functions.tensors import maxpool1d, maxpool2d
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Variable
from piecewise_mt.functions.order import kth, median, sort, topk
from piecewise_mt.functions.pooling import maxpool1d, maxpool2d

__all__ = [
    "Comparison",
    "Constant",
    "Expression",
    "Gather",
    "Linear",
    "Piecewise",
    "Smooth",
    "Variable",
    "abs",
    "affine",
    "clip",
    "concat",
    "cos",
    "exp",
    "leaky_relu",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "maxpool1d",
    "maxpool2d",
    "min",
    "minimum",
    "piecewise_linear",
    "relu",
    "sigmoid",
    "sin",
    "smooth",
    "softmax",
    "softplus",
    "square",
    "stack",
    "tanh",
    "tensor",
    "variable",
    "variables",
    "vector",
    "where",
]
