"""Expressions: an immutable DAG of affine maps and piecewise linear nodes."""

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
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Variable
from piecewise_mt.functions.tensors import maxpool1d, maxpool2d

__all__ = [
    "Comparison",
    "Constant",
    "Expression",
    "Gather",
    "Linear",
    "Piecewise",
    "Variable",
    "abs",
    "affine",
    "clip",
    "concat",
    "leaky_relu",
    "max",
    "maximum",
    "maxpool1d",
    "maxpool2d",
    "min",
    "minimum",
    "piecewise_linear",
    "relu",
    "stack",
    "tensor",
    "variable",
    "variables",
    "vector",
    "where",
]
