"""Expressions: an immutable DAG of affine maps, piecewise linear nodes and smooth ones.

``expression`` and ``nodes`` are the core; ``atoms`` the nonsmooth functions with their tie
rules, ``build`` the sugar, ``grammar`` the texts. Imports from ``geometry`` and ``exact``; what
needs the calculus goes through ``calculus.asking``.
"""

from piecewise_mt.functions.build.arithmetic import concat, stack
from piecewise_mt.functions.build.builders import (
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
from piecewise_mt.functions.build.convolution import conv1d, conv2d
from piecewise_mt.functions.build.extrema import max, maximum, min, minimum, where
from piecewise_mt.functions.build.layers import (
    batch_norm,
    dropout,
    hardsigmoid,
    hardtanh,
    hinge,
    maxout,
    multi_margin,
    multiclass_hinge,
    norm1,
    norm_inf,
    prelu,
    relu6,
    softshrink,
)
from piecewise_mt.functions.build.order import kth, median, sort, topk
from piecewise_mt.functions.build.parameters import parameter, parameters
from piecewise_mt.functions.build.pooling import (
    adaptive_maxpool1d,
    adaptive_maxpool2d,
    avgpool1d,
    avgpool2d,
    maxpool1d,
    maxpool2d,
    maxpool3d,
)
from piecewise_mt.functions.build.smooth_nodes import (
    cos,
    exp,
    log,
    logsumexp,
    sigmoid,
    sin,
    smooth,
    softmax,
    softplus,
    sqrt,
    square,
    tanh,
)
from piecewise_mt.functions.conditions import Comparison, Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable

__all__ = [
    "Comparison",
    "Condition",
    "Constant",
    "Expression",
    "Gather",
    "Linear",
    "Piecewise",
    "Smooth",
    "Variable",
    "abs",
    "adaptive_maxpool1d",
    "adaptive_maxpool2d",
    "affine",
    "avgpool1d",
    "avgpool2d",
    "batch_norm",
    "clip",
    "concat",
    "conv1d",
    "conv2d",
    "cos",
    "dropout",
    "exp",
    "hardsigmoid",
    "hardtanh",
    "hinge",
    "kth",
    "leaky_relu",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "maxout",
    "maxpool1d",
    "maxpool2d",
    "maxpool3d",
    "median",
    "min",
    "minimum",
    "multi_margin",
    "multiclass_hinge",
    "norm1",
    "norm_inf",
    "parameter",
    "parameters",
    "piecewise_linear",
    "prelu",
    "relu",
    "relu6",
    "sigmoid",
    "sin",
    "smooth",
    "softmax",
    "softplus",
    "softshrink",
    "sort",
    "sqrt",
    "square",
    "stack",
    "tanh",
    "tensor",
    "topk",
    "variable",
    "variables",
    "vector",
    "where",
]
