"""The ATen operators that a traced module consists of, by name without overload.

A handler takes the importer, the operator itself, then its arguments, with expressions for what
depends on the input, conditions for truth values that do, and tensors for everything else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.build import arithmetic, order, smooth_nodes
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop import masks
from piecewise_mt.interop.torch import (
    activations,
    algebra,
    convolutions,
    cumulative,
    distances,
    normalisation,
    resampled,
)
from piecewise_mt.interop.torch.exported import Indices
from piecewise_mt.interop.torch.functions import FUNCTIONS, Pair, log_softmax
from piecewise_mt.interop.torch.moving import MOVES, SUMS, moved, summed

Handler = Callable[..., Any]
_U = smooth_nodes.placeholder(0)
_SETTINGS = frozenset("device dtype generator layout memory_format non_blocking pin_memory".split())
"""Arguments that say nothing of the values."""


def _known(name: str) -> Handler:
    """A function of the table for ``torch.fx``, whose arguments are the same."""
    function = FUNCTIONS[name]

    def handler(importer: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
        given = {key: value for key, value in kwargs.items() if key not in _SETTINGS}
        result = function(
            importer,
            *(_plain(importer, part) for part in args),
            **{key: _plain(importer, part) for key, part in given.items()},
        )
        return [result.values, Indices(name)] if isinstance(result, Pair) else result

    return handler


def _plain(importer: Any, part: Any) -> Any:
    """Tensors and masks as expressions; lists of axes and all other arguments as they are."""
    if isinstance(part, Condition) or hasattr(part, "detach"):
        return importer.value(part)
    if isinstance(part, list):
        return tuple(_plain(importer, entry) for entry in part)
    return part


def _with_indices(name: str) -> Handler:
    """A function whose values the operator returns beside their indices."""
    function = _known(name)
    return lambda importer, target, *args: [function(importer, target, *args), Indices(name)]


def _smooth(name: str, formula: sympy.Expr) -> Handler:
    return lambda importer, target, x: smooth_nodes.elementwise(name, formula, x)


def _mul(importer: Any, target: Any, x: Any, y: Any) -> Any:
    for mask, other in ((x, y), (y, x)):
        if isinstance(mask, Condition):
            return masks.product(importer, mask, other)
    return arithmetic.multiply(importer.value(x), importer.value(y))


def _sub(importer: Any, target: Any, x: Any, y: Any, alpha: Any = 1) -> Any:
    if isinstance(y, Condition) and alpha == 1 and not isinstance(x, (Expression, Condition)):
        given = importer.value(x)
        if set(given.values) == {Fraction(1)} and given.size == 1:
            return ~y  # 1 - mask is the opposite mask
    return FUNCTIONS["sub"](importer, importer.value(x), importer.value(y), alpha)


def _rsub(importer: Any, target: Any, x: Any, y: Any, alpha: Any = 1) -> Any:
    return _sub(importer, target, y, x, alpha)


def _div(importer: Any, target: Any, x: Any, y: Any, rounding_mode: Any = None) -> Expression:
    if rounding_mode is not None:
        raise Unsupported(
            f"expected a continuous function, got a division with rounding_mode={rounding_mode!r}, "
            "which jumps; leave it out"
        )
    return arithmetic.divide(importer.value(x), importer.value(y))


def _cast(importer: Any, target: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    """A float type is no rounding here; whole numbers and truth values jump."""
    kinds = [part for part in [*args, *kwargs.values()] if str(part).startswith("torch.")]
    floats = ("float64", "float32", "memory", "strided", "contiguous", "preserve")
    for kind in kinds:
        text = str(kind).removeprefix("torch.")
        if isinstance(x, Condition) and text.startswith(("int", "bool", "uint")):
            continue
        if text == "float32":
            importer.coarsest = text  # the module rounds to this on its way
        if not text.startswith(floats):
            raise Unsupported(
                f"expected float32 or float64, got a conversion to {text}, which rounds to few "
                "digits or jumps; leave it out"
            )
    return x


def _clamp(importer: Any, target: Any, x: Any, min: Any = None, max: Any = None) -> Expression:
    bounds = {"min": min, "max": max}
    given = {
        key: bound if bound is None or isinstance(bound, Expression)
        else importer.constant(bound) if hasattr(bound, "detach") else importer.number(bound)
        for key, bound in bounds.items()
    }  # fmt: skip
    return pytorch.clamp(x, **given, mode=importer.mode)


def _medians(importer: Any, target: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Of all entries, or along an axis: there one of the tied entries, torch does not say which."""
    if dim is None:
        return pytorch.median(x)
    result = order.kth(x, (x.shape[dim] + 1) // 2, axis=dim, ties="free")
    if keepdim:
        place = dim % x.ndim
        result = result.reshape((*x.shape[:place], 1, *x.shape[place + 1 :]))
    return [result, Indices("median")]


def _kth(importer: Any, target: Any, x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    result = pytorch.kthvalue(x, k, dim)
    if keepdim:
        place = dim % x.ndim
        result = result.reshape((*x.shape[:place], 1, *x.shape[place + 1 :]))
    return [result, Indices("kthvalue")]


def _topk(
    importer: Any, target: Any, x: Any, k: int, dim: int = -1, largest: bool = True,
    sorted: bool = True,
) -> Any:  # fmt: skip
    return [pytorch.topk(x, k, dim, largest), Indices("topk")]


def _sorted(importer: Any, target: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    names = [argument.name for argument in target._schema.arguments[1:]]
    given = dict(zip(names, args, strict=False)) | kwargs
    if x.shape and x.shape[given.get("dim", -1)] > 16 and not given.get("stable"):
        raise Unsupported("expected at most 16 entries to sort, got more; write stable=True")
    result = pytorch.sort(x, given.get("dim", -1), bool(given.get("descending", False)))
    return [result, Indices("sort")]


def _aminmax(importer: Any, target: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return [pytorch.amin(x, dim, keepdim), pytorch.amax(x, dim, keepdim)]


def _reduced(mean: bool) -> Handler:
    def handler(
        importer: Any, target: Any, x: Any, dim: Any = None, keepdim: bool = False, **_: Any
    ) -> Expression:
        return algebra.total(importer.value(x), dim or None if dim != 0 else 0, keepdim, mean)

    return handler


def _addmm(
    importer: Any, target: Any, x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1
) -> Expression:
    value = importer.value
    product: Expression = arithmetic.matmul(value(a), value(b)) * importer.number(alpha)
    return product if beta == 0 else arithmetic.add(value(x) * importer.number(beta), product)


def _lerp(importer: Any, x: Any, y: Any, weight: Any) -> Expression:
    start, end = importer.value(x), importer.value(y)
    return arithmetic.add(start, arithmetic.multiply(end - start, importer.value(weight)))


def _addcmul(importer: Any, target: Any, x: Any, a: Any, b: Any, value: Any = 1) -> Expression:
    product = arithmetic.multiply(importer.value(a), importer.value(b))
    return arithmetic.add(importer.value(x), product * importer.number(value))


def _addcdiv(importer: Any, target: Any, x: Any, a: Any, b: Any, value: Any = 1) -> Expression:
    quotient = arithmetic.divide(importer.value(a), importer.value(b))
    return arithmetic.add(importer.value(x), quotient * importer.number(value))


def _hypot(importer: Any, target: Any, x: Any, y: Any) -> Expression:
    squares = (smooth_nodes.square(importer.value(part)) for part in (x, y))
    return smooth_nodes.power(arithmetic.add(*squares), Fraction(1, 2))


def _logaddexp(importer: Any, target: Any, x: Any, y: Any) -> Expression:
    one, two = importer.value(x), importer.value(y)
    return arithmetic.add(two, smooth_nodes.softplus(arithmetic.subtract(one, two)))


def _var_mean(importer: Any, target: Any, x: Any, *args: Any, **kwargs: Any) -> list[Expression]:
    first = args[0] if args and not isinstance(args[0], bool) else kwargs.get("dim")
    keepdim = bool(args[2] if len(args) > 2 else kwargs.get("keepdim", False))
    variance = normalisation.moment(root=False)(importer, target, x, *args, **kwargs)
    return [variance, algebra.total(x, first or None if first != 0 else 0, keepdim, mean=True)]


def _mse(importer: Any, target: Any, x: Any, y: Any, reduction: int = 1) -> Expression:
    squares = smooth_nodes.square(arithmetic.subtract(importer.value(x), importer.value(y)))
    return squares if reduction == 0 else algebra.total(squares, mean=reduction == 1)


def _matmul(importer: Any, target: Any, x: Any, y: Any) -> Expression:
    return arithmetic.matmul(importer.value(x), importer.value(y))


def _outer(importer: Any, target: Any, x: Any, y: Any) -> Expression:
    left, right = importer.value(x), importer.value(y)
    return arithmetic.multiply(left.reshape((-1, 1)), right.reshape((1, -1)))


def _linear(importer: Any, target: Any, x: Any, weight: Any, bias: Any = None) -> Expression:
    product = arithmetic.matmul(importer.value(x), importer.value(weight).T)
    return product if bias is None else arithmetic.add(product, importer.value(bias))


def _extremum(whole: Handler, by_dim: Handler, pairwise: Handler, name: str) -> Handler:
    def handler(importer: Any, target: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if isinstance(dim, Expression) or hasattr(dim, "detach"):
            return pairwise(importer.value(x), importer.value(dim))
        return whole(x) if dim is None else [by_dim(x, dim, keepdim), Indices(name)]

    return handler


def _pairwise(function: Callable[..., Expression], has_modes: bool = False) -> Handler:
    def handler(importer: Any, target: Any, x: Any, y: Any) -> Expression:
        modes = {"mode": importer.mode} if has_modes else {}
        return function(importer.value(x), importer.value(y), **modes)

    return handler


def _power(importer: Any, target: Any, x: Any, exponent: Any) -> Expression:
    if hasattr(exponent, "detach") and exponent.numel() == 1:
        exponent = exponent.item()
    power = exponent if isinstance(exponent, Expression) else importer.number(exponent)
    base = importer.number(x) if isinstance(x, (int, float)) else importer.value(x)
    return smooth_nodes.power(base, power)


def _product(importer: Any, target: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    place = None if dim is None else dim % x.ndim
    parts = list(x.ravel()) if place is None else [
        x[(*(slice(None),) * place, slice(i, i + 1))] for i in range(x.shape[place])
    ]  # fmt: skip
    result: Expression = functools.reduce(arithmetic.multiply, parts)
    if place is not None and not keepdim:
        result = result.reshape((*x.shape[:place], *x.shape[place + 1 :]))
    return result


def _same(importer: Any, target: Any, x: Any, *_: Any, **__: Any) -> Any:
    return x


def _log_softmax(importer: Any, target: Any, x: Any, dim: int, *_: Any, **__: Any) -> Expression:
    return log_softmax(x, dim)


def _softmax(importer: Any, target: Any, x: Any, dim: int, *_: Any, **__: Any) -> Expression:
    return smooth_nodes.softmax(x, dim)


def _logsumexp(importer: Any, target: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return FUNCTIONS["logsumexp"](importer, x, *args, **kwargs)


def _size(importer: Any, target: Any, x: Any, dim: Any = None) -> Any:
    shape = x.shape if isinstance(x, Expression) else masks.shape_of(x)
    return list(shape) if dim is None else shape[dim]


_HALF = sympy.Rational(1, 2)
OPERATORS: Mapping[str, Handler] = {
    **dict.fromkeys(MOVES, moved),
    **{
        name: _known(name)
        for name in (
            "relu relu6 hardtanh hardsigmoid softshrink leaky_relu abs amax amin "
            "vector_norm cummax cummin max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d "
            "dropout add neg softplus silu l1_loss "
        ).split()
    },
    **{name: _with_indices(name) for name in ("adaptive_max_pool1d", "adaptive_max_pool2d")},
    **{f"max_pool{d}d_with_indices": _with_indices(f"max_pool{d}d") for d in (1, 2, 3)},
    **{
        name: _smooth(name, formula)
        for name, formula in {
            "exp": sympy.exp(_U), "log": sympy.log(_U), "sin": sympy.sin(_U),
            "cos": sympy.cos(_U), "tan": sympy.tan(_U), "tanh": sympy.tanh(_U),
            "sigmoid": 1 / (1 + sympy.exp(-_U)), "square": _U**2, "sqrt": _U**_HALF,
            "rsqrt": _U**-_HALF, "reciprocal": 1 / _U, "expm1": sympy.exp(_U) - 1,
            "log1p": sympy.log(1 + _U), "erf": sympy.erf(_U), "sinh": sympy.sinh(_U),
            "cosh": sympy.cosh(_U), "atan": sympy.atan(_U), "asinh": sympy.asinh(_U),
            "log2": sympy.log(_U) / sympy.log(2), "log10": sympy.log(_U) / sympy.log(10),
            "log_sigmoid": -sympy.log(1 + sympy.exp(-_U)), "exp2": 2**_U,
            "mish": _U * sympy.tanh(sympy.log(1 + sympy.exp(_U))),
        }.items()
    },
    **{name: masks.comparison(op) for name, op in masks.COMPARISONS.items()},
    **dict.fromkeys(("logical_and", "bitwise_and", "__and__"), masks.joined("and")),
    **dict.fromkeys(("logical_or", "bitwise_or", "__or__"), masks.joined("or")),
    **dict.fromkeys(("logical_not", "bitwise_not"), masks.negated),
    **dict.fromkeys(("mul", "multiply"), _mul),
    **dict.fromkeys(("sub", "subtract"), _sub),
    **dict.fromkeys(("div", "divide", "true_divide"), _div),
    **dict.fromkeys(("to", "_to_copy", "type_as", "float", "double"), _cast),
    **dict.fromkeys(("clamp", "clip"), _clamp),
    **dict.fromkeys(("mm", "bmm", "matmul", "mv", "dot", "vdot"), _matmul),
    **dict.fromkeys(("feature_dropout", "alpha_dropout", "feature_alpha_dropout"),
                    _known("dropout")),
    **dict.fromkeys(("negative",), _known("neg")),
    **dict.fromkeys(("absolute",), _known("abs")),
    **dict.fromkeys(("norm", "linalg_norm", "linalg_vector_norm"), normalisation.norm),
    **dict.fromkeys(("softmax", "_softmax"), _softmax),
    **dict.fromkeys(("log_softmax", "_log_softmax"), _log_softmax),
    **dict.fromkeys(("detach", "detach_copy", "nan_to_num"), _same),
    "lerp": lambda importer, target, x, y, weight: _lerp(importer, x, y, weight),
    "addcmul": _addcmul,
    "addcdiv": _addcdiv,
    "hypot": _hypot,
    "logaddexp": _logaddexp,
    "var_mean": _var_mean,
    "mse_loss": _mse,
    "numpy_T": moved,
    "rsub": _rsub,
    "add": lambda importer, target, x, y, alpha=1: FUNCTIONS["add"](
        importer, importer.value(x), importer.value(y), alpha
    ),
    "clamp_min": lambda importer, target, x, bound: _clamp(importer, target, x, bound),
    "clamp_max": lambda importer, target, x, bound: _clamp(importer, target, x, None, bound),
    "hardswish": lambda importer, target, x: x * pytorch.hardsigmoid(x),
    "elu": activations.elu,
    "celu": activations.celu,
    "selu": activations.selu,
    "gelu": activations.gelu,
    "glu": activations.glu,
    "rrelu": activations.rrelu,
    "softmin": activations.softmin,
    "threshold": activations.threshold,
    "max": _extremum(pytorch.max, pytorch.max_dim, pytorch.maximum, "max"),
    "min": _extremum(pytorch.min, pytorch.min_dim, pytorch.minimum, "min"),
    "maximum": _pairwise(pytorch.maximum),
    "minimum": _pairwise(pytorch.minimum),
    "fmax": _pairwise(pytorch.fmax, has_modes=True),
    "fmin": _pairwise(pytorch.fmin),
    "median": _medians,
    "kthvalue": _kth,
    "topk": _topk,
    "sort": _sorted,
    "msort": lambda importer, target, x: pytorch.sort(x, 0),
    "aminmax": _aminmax,
    "sum": _reduced(mean=False),
    "mean": _reduced(mean=True),
    "var": normalisation.moment(root=False),
    "std": normalisation.moment(root=True),
    "prod": _product,
    "cumsum": algebra.cumulative_sum,
    "cumprod": cumulative.product,
    "logcumsumexp": cumulative.logsumexp,
    **{
        f"upsample_{name}": resampled.upsample("cubic" if "cubic" in name else "linear")
        for name in ("linear1d", "bilinear2d", "trilinear3d", "bicubic2d")
    },
    **dict.fromkeys(("_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa"), resampled.antialiased),
    **dict.fromkeys(("cdist", "_cdist_forward"), distances.cdist),
    **dict.fromkeys(("pdist", "_pdist_forward"), distances.pdist),
    **dict.fromkeys(SUMS, summed),
    "logsumexp": _logsumexp,
    "pow": _power,
    "addmm": _addmm,
    "baddbmm": _addmm,
    "addmv": _addmm,
    "outer": _outer,
    "ger": _outer,
    "linear": _linear,
    "einsum": algebra.einsum,
    "conv1d": convolutions.convolution(1),
    "conv2d": convolutions.convolution(2),
    "conv3d": convolutions.convolution(3),
    "conv_transpose1d": convolutions.convolution(1, transposed=True),
    "conv_transpose2d": convolutions.convolution(2, transposed=True),
    "conv_transpose3d": convolutions.convolution(3, transposed=True),
    "adaptive_avg_pool1d": convolutions.adaptive_mean(1),
    "adaptive_avg_pool2d": convolutions.adaptive_mean(2),
    "adaptive_avg_pool3d": convolutions.adaptive_mean(3),
    "batch_norm": normalisation.batch_norm,
    "_native_batch_norm_legit_no_training": lambda importer, target, x, w, b, m, v, momentum, eps: [
        normalisation.batch_norm(importer, target, x, w, b, m, v, False, momentum, eps)
    ],
    "layer_norm": normalisation.layer_norm,
    "group_norm": normalisation.group_norm,
    "instance_norm": normalisation.instance_norm,
    "rms_norm": normalisation.rms_norm,
    "scaled_dot_product_attention": algebra.attention,
    "prelu": algebra.prelu,
    "getitem": lambda importer, target, parts, key: parts[key],
    "size": _size,
}  # fmt: skip
