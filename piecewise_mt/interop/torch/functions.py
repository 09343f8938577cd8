"""PyTorch's functions and tensor methods by name, as ``mt.from_torch`` translates them.

A handler takes the importer, then the arguments of the call, with expressions for tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from piecewise_mt.conventions import pytorch
from piecewise_mt.conventions.base import reduced
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, layers, smooth_nodes
from piecewise_mt.functions.build.arithmetic import concat, stack
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Linear

Handler = Callable[..., Any]


def per_sample(
    function: Callable[..., Expression], x: Expression, dims: int, *args: Any
) -> Expression:
    """A layer of tensors (C, …) with `dims` axes after the channels, on them or on a batch."""
    if x.ndim != dims + 2:
        return function(x, *args)
    return stack([function(sample, *args) for sample in x])


def permuted(x: Expression, axes: Any) -> Expression:
    """The array whose axis k is axis ``axes[k]`` of `x`."""
    order = [shapes.to_axis(a, x.ndim) for a in axes]
    steps = shapes.strides(x.shape)
    indices = shapes.outer([steps[a] * k for k in range(x.shape[a])] for a in order)
    return x._gather(tuple(x.shape[a] for a in order), indices)


def mean_or_sum(x: Expression, dim: Any, keepdim: bool, mean: bool) -> Expression:
    def reduce(node: Expression, axis: Any, ties: str) -> Expression:
        shape, groups = shapes.reduction(node.shape, axis)
        weight = Fraction(1, len(groups[0])) if mean else Fraction(1)
        rows = [[(i, weight) for i in group] for group in groups]
        return Linear((node,), rows, (Fraction(0),) * len(rows), shape)

    return reduced(reduce, x, dim, keepdim, "")


def eval_only(training: bool, what: str) -> None:
    if training:
        raise Unsupported(
            f"expected {what} in evaluation mode, got training mode; call module.eval()"
        )


def _extremum(whole: Handler, by_dim: Handler, pairwise: Handler) -> Handler:
    def handler(
        importer: Any, x: Any, dim: Any = None, keepdim: bool = False, other: Any = None
    ) -> Any:
        if isinstance(dim, Expression):
            dim, other = None, dim
        if other is not None:
            return pairwise(x, other)
        return whole(x) if dim is None else Pair(by_dim(x, dim, keepdim))

    return handler


class Pair:
    """The result (values, indices) of an operation; only the values are known."""

    def __init__(self, values: Expression) -> None:
        self.values = values

    def __getitem__(self, index: int) -> Expression:
        if index != 0:
            raise Unsupported("expected the values of an operation, got its indices; use [0]")
        return self.values


def _pairs(function: Callable[..., Expression]) -> Handler:
    return lambda importer, x, *args, **kwargs: Pair(function(x, *args, **kwargs))


def _plain(function: Callable[..., Expression]) -> Handler:
    """A function of the same arguments, in which floats are the network's own."""

    def handler(importer: Any, *args: Any, **kwargs: Any) -> Expression:
        return function(
            *(importer.scalar(a) for a in args),
            **{key: importer.scalar(value) for key, value in kwargs.items()},
        )

    return handler


def _with_mode(function: Callable[..., Expression]) -> Handler:
    def handler(importer: Any, *args: Any, **kwargs: Any) -> Expression:
        plain = _plain(lambda *a, **k: function(*a, **k, mode=importer.mode))
        result: Expression = plain(importer, *args, **kwargs)
        return result

    return handler


def _sampled(function: Callable[..., Expression], dims: int, names: tuple[str, ...]) -> Handler:
    """A layer on (C, …) or on a batch of these, with its arguments by position or name."""

    def handler(importer: Any, x: Expression, *args: Any, **kwargs: Any) -> Expression:
        given = dict(zip(names, args, strict=False)) | kwargs
        if given.pop("return_indices", False):
            raise Unsupported("expected max pooling without indices; write return_indices=False")
        return per_sample(lambda sample: function(sample, **given), x, dims)

    return handler


_CONV = ("weight", "bias", "stride", "padding", "dilation", "groups")
_MAX = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_AVG = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_SIZE = ("output_size", "return_indices")


def _add(importer: Any, x: Any, y: Any, alpha: Any = 1) -> Expression:
    return arithmetic.add(importer.scalar(x), _times(importer, y, alpha))


def _sub(importer: Any, x: Any, y: Any, alpha: Any = 1) -> Expression:
    return arithmetic.subtract(importer.scalar(x), _times(importer, y, alpha))


def _times(importer: Any, y: Any, alpha: Any) -> Any:
    return importer.scalar(y) if alpha == 1 else arithmetic.multiply(y, importer.scalar(alpha))


def _reshape(importer: Any, x: Expression, *shape: Any) -> Expression:
    return x.reshape(*shape)


def _squeeze(importer: Any, x: Expression, dim: Any = None) -> Expression:
    given = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    axes = {shapes.to_axis(a, x.ndim) for a in given}
    return x.reshape(tuple(n for a, n in enumerate(x.shape) if a not in axes or n != 1))


def _unsqueeze(importer: Any, x: Expression, dim: int) -> Expression:
    place = shapes.to_axis(dim, x.ndim + 1)
    return x.reshape((*x.shape[:place], 1, *x.shape[place:]))


def _transpose(importer: Any, x: Expression, dim0: int, dim1: int) -> Expression:
    axes = list(range(x.ndim))
    a, b = shapes.to_axis(dim0, x.ndim), shapes.to_axis(dim1, x.ndim)
    axes[a], axes[b] = axes[b], axes[a]
    return permuted(x, axes)


def _permute(importer: Any, x: Expression, *dims: Any) -> Expression:
    return permuted(x, dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims)


def _size(importer: Any, x: Expression, dim: Any = None) -> Any:
    return x.shape if dim is None else x.shape[dim]


def _getattr(importer: Any, x: Any, name: str) -> Any:
    if name == "T" and isinstance(x, Expression):
        return x.T
    if name == "data":
        return _detach(importer, x)
    if name in ("shape", "values", "ndim"):
        return getattr(x, name)
    raise Unsupported(f"expected the attribute shape, ndim, T or values, got {name!r}; avoid it")


def _detach(importer: Any, x: Any) -> Any:
    if isinstance(x, Constant):
        return x
    raise Unsupported(
        "expected gradients through every operation, got detach() or data of a value that depends "
        "on the input; leave it out"
    )


def _dropout(
    importer: Any, x: Expression, p: float = 0.5, training: bool = True, **_: Any
) -> Expression:
    eval_only(training, "dropout")
    return x


def _batch_norm(
    importer: Any,
    x: Expression,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: Any = None,
    eps: float = 1e-5,
) -> Expression:
    eval_only(training or running_mean is None, "batch normalisation")
    mean, var, factor, offset = (
        None if part is None else part.values for part in (running_mean, running_var, weight, bias)
    )
    scale, shift = pytorch.batch_norm_parameters(mean, var, factor, offset, eps, importer.dtype)
    return stack([layers.batch_norm(sample, scale, shift) for sample in x])


def _prelu(importer: Any, x: Expression, weight: Any) -> Expression:
    def one(sample: Any) -> Expression:
        return pytorch.prelu(sample, list(weight.values), mode=importer.mode)

    return one(x) if len(weight.values) == 1 or x.ndim < 2 else stack([one(s) for s in x])


def _softmax(importer: Any, x: Expression, dim: Any = None, **ignored: Any) -> Expression:
    return smooth_nodes.softmax(x, _one_axis("softmax", dim, ignored))


def _log_softmax(importer: Any, x: Expression, dim: Any = None, **ignored: Any) -> Expression:
    return log_softmax(x, _one_axis("log_softmax", dim, ignored))


def _logsumexp(importer: Any, x: Expression, dim: Any, keepdim: bool = False) -> Expression:
    axis = _one_axis("logsumexp", dim, {})
    result = smooth_nodes.logsumexp(x, axis)
    return _unsqueeze(importer, result, shapes.to_axis(axis, x.ndim)) if keepdim else result


def _one_axis(name: str, dim: Any, others: Mapping[str, Any]) -> int:
    axis = dim[0] if isinstance(dim, (tuple, list)) and len(dim) == 1 else dim
    if not isinstance(axis, int) or others.get("dtype") is not None:
        raise Unsupported(
            f"expected one axis and no dtype for {name}, got dim={dim!r} and "
            f"{dict(others)}; write {name}(x, dim=…)"
        )
    return axis


def log_softmax(x: Expression, axis: int) -> Expression:
    """x − log Σ exp(x) along an axis."""
    total = smooth_nodes.logsumexp(x, axis)
    return x - _unsqueeze(None, total, shapes.to_axis(axis, x.ndim))


def _softplus(importer: Any, x: Expression, beta: Any = 1, threshold: Any = 20) -> Expression:
    factor = importer.scalar(beta)
    result: Expression = smooth_nodes.softplus(x * factor) / factor
    return result


def _pow(importer: Any, x: Any, exponent: Any) -> Expression:
    return smooth_nodes.power(importer.scalar(x), importer.scalar(exponent))


def _linear(importer: Any, x: Expression, weight: Any, bias: Any = None) -> Expression:
    return pytorch.linear(x, weight, bias)


FUNCTIONS: Mapping[str, Handler] = {
    **{
        name: _plain(getattr(pytorch, name))
        for name in (
            "relu", "relu6", "hardtanh", "hardsigmoid", "softshrink", "leaky_relu", "abs",
            "maximum", "minimum", "fmin", "amax", "amin", "flatten", "l1_loss",
            "vector_norm", "hinge_embedding_loss",
        )
    },
    **{name: _with_mode(getattr(pytorch, name)) for name in ("clamp", "clip", "fmax")},
    **{
        name: _pairs(getattr(pytorch, name))
        for name in ("sort", "topk", "kthvalue", "cummax", "cummin")
    },
    "max": _extremum(pytorch.max, pytorch.max_dim, pytorch.maximum),
    "min": _extremum(pytorch.min, pytorch.min_dim, pytorch.minimum),
    "median": _plain(pytorch.median),
    "conv1d": _sampled(pytorch.conv1d, 1, _CONV),
    "conv2d": _sampled(pytorch.conv2d, 2, _CONV),
    "max_pool1d": _sampled(pytorch.max_pool1d, 1, _MAX),
    "max_pool2d": _sampled(pytorch.max_pool2d, 2, _MAX),
    "max_pool3d": _sampled(pytorch.max_pool3d, 3, _MAX),
    "avg_pool1d": _sampled(pytorch.avg_pool1d, 1, _AVG[:-1]),
    "avg_pool2d": _sampled(pytorch.avg_pool2d, 2, _AVG),
    "adaptive_max_pool1d": _sampled(pytorch.adaptive_max_pool1d, 1, _SIZE),
    "adaptive_max_pool2d": _sampled(pytorch.adaptive_max_pool2d, 2, _SIZE),
    "batch_norm": _batch_norm,
    "dropout": _dropout,
    "linear": _linear,
    "prelu": _prelu,
    "add": _add,
    "iadd": _add,
    "sub": _sub,
    "isub": _sub,
    "mul": _plain(arithmetic.multiply),
    "imul": _plain(arithmetic.multiply),
    "div": _plain(arithmetic.divide),
    "truediv": _plain(arithmetic.divide),
    **{
        name: _plain(getattr(smooth_nodes, name))
        for name in ("exp", "log", "sin", "cos", "tanh", "sigmoid", "square")
    },
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "softplus": _softplus,
    "silu": lambda importer, x: x * smooth_nodes.sigmoid(x),
    "pow": _pow,
    "neg": _plain(arithmetic.negate),
    "matmul": _plain(arithmetic.matmul),
    "mm": _plain(arithmetic.matmul),
    "cat": lambda importer, parts, dim=0: concat(parts, dim),
    "stack": lambda importer, parts, dim=0: stack(parts, dim),
    "reshape": _reshape,
    "view": _reshape,
    "ravel": lambda importer, x: x.ravel(),
    "detach": _detach,
    "contiguous": lambda importer, x: x,
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "transpose": _transpose,
    "permute": _permute,
    "t": lambda importer, x: x.T,
    "size": _size,
    "numel": lambda importer, x: prod(x.shape),
    "getitem": lambda importer, x, key: x[key],
    "getattr": _getattr,
    "mean": lambda importer, x, dim=None, keepdim=False: mean_or_sum(x, dim, keepdim, True),
    "sum": lambda importer, x, dim=None, keepdim=False: mean_or_sum(x, dim, keepdim, False),
}  # fmt: skip
