"""PyTorch's names, argument orders and tie rules, on unbatched arrays; torch is not imported.

Observed: torch 2.13.0 on CPU, November 2026, in float64 and float32 alike, reverse mode
(``torch.autograd.grad``) and forward mode (``torch.func.jacfwd``), at ties that are exactly
representable; ``tests/test_against_frameworks.py`` repeats it on every stratum of every entry of
:data:`PRIMITIVES` where torch is installed. Where forward mode differs, a function has
``mode="forward"``.
"""

from piecewise_mt.conventions.pytorch.activations import (
    abs,
    clamp,
    clip,
    fmax,
    fmin,
    hardsigmoid,
    hardtanh,
    leaky_relu,
    maximum,
    minimum,
    prelu,
    relu,
    relu6,
    softshrink,
)
from piecewise_mt.conventions.pytorch.layers import (
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    conv1d,
    conv2d,
    dropout,
    flatten,
    hinge_embedding_loss,
    l1_loss,
    linear,
    margin_ranking_loss,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    multi_margin_loss,
)
from piecewise_mt.conventions.pytorch.normalisation import batch_norm, batch_norm_parameters
from piecewise_mt.conventions.pytorch.primitives import PRIMITIVES
from piecewise_mt.conventions.pytorch.reductions import (
    amax,
    amin,
    cummax,
    cummin,
    kthvalue,
    max,
    max_dim,
    median,
    min,
    min_dim,
    sort,
    topk,
    vector_norm,
)
from piecewise_mt.functions.build.extrema import where

VERSION = "2.13.0"
"""The version of torch that was observed."""

__all__ = [
    "PRIMITIVES",
    "VERSION",
    "abs",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "amax",
    "amin",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "batch_norm_parameters",
    "clamp",
    "clip",
    "conv1d",
    "conv2d",
    "cummax",
    "cummin",
    "dropout",
    "flatten",
    "fmax",
    "fmin",
    "hardsigmoid",
    "hardtanh",
    "hinge_embedding_loss",
    "kthvalue",
    "l1_loss",
    "leaky_relu",
    "linear",
    "margin_ranking_loss",
    "max",
    "max_dim",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "maximum",
    "median",
    "min",
    "min_dim",
    "minimum",
    "multi_margin_loss",
    "prelu",
    "relu",
    "relu6",
    "softshrink",
    "sort",
    "topk",
    "vector_norm",
    "where",
]
