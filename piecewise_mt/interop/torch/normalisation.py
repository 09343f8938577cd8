"""Moments, norms of vectors, and the layers that divide by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.torch.algebra import total


def variance(x: Expression, dim: Any, keepdim: bool, correction: Any) -> Expression:
    """Σ (x − mean)² / (n − correction) over axes."""
    whole = total(smooth_nodes.square(x - total(x, dim, True, mean=True)), dim, keepdim)
    count = x.size // max(whole.size, 1) - (1 if correction is None else correction)
    if count <= 0:
        raise Unsupported(
            f"expected more entries than the correction of a variance, got a divisor of {count}; "
            "write correction=0"
        )
    return whole / Fraction(count)


def moment(root: bool) -> Callable[..., Expression]:
    """``torch.var`` or ``torch.std``."""

    def handler(
        importer: Any, target: Any, x: Expression, dim: Any = None, unbiased: Any = None,
        keepdim: bool = False, correction: Any = None,
    ) -> Expression:  # fmt: skip
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        by = correction if correction is not None else None if unbiased is None else int(unbiased)
        result = variance(x, dim, keepdim, by)
        return smooth_nodes.power(result, Fraction(1, 2)) if root else result

    return handler


def norm(importer: Any, target: Any, x: Any, *args: Any, **kwargs: Any) -> Expression:
    """``torch.norm``, ``torch.linalg.norm`` and ``vector_norm`` of order 1, 2 or infinite."""
    given = dict(zip((a.name for a in target._schema.arguments[1:]), args, strict=False)) | kwargs
    order = next((given[key] for key in ("p", "ord") if given.get(key) is not None), 2)
    dim, keepdim = given.get("dim"), bool(given.get("keepdim"))
    dim = None if dim is None or dim == [] else dim
    axes = dim if isinstance(dim, (tuple, list)) else range(x.ndim) if dim is None else (dim,)
    is_matrix = "vector" not in target._schema.name and (order != 2 or given.get("ord") is not None)
    if "linalg" in target._schema.name and is_matrix and len(axes) != 1 and order != "fro":
        raise Unsupported("expected a norm of vectors, got one of matrices; use vector_norm")
    axis = tuple(axes)
    if order in (2, "fro"):
        squares = total(smooth_nodes.square(x), axis, keepdim)
        return smooth_nodes.power(squares, Fraction(1, 2))
    result = pytorch.vector_norm(x, order, axis)
    gone = {shapes.to_axis(a, x.ndim) for a in axis}
    if keepdim:
        return result.reshape(tuple(1 if a in gone else n for a, n in enumerate(x.shape)))
    return result


def normalised(x: Expression, axes: Sequence[int], eps: Any) -> Expression:
    """(x − mean) / √(variance + eps) over axes."""
    spread = variance(x, tuple(axes), True, 0) + eps
    centred = x - total(x, tuple(axes), True, mean=True)
    return centred * smooth_nodes.power(spread, Fraction(-1, 2))


def layer_norm(
    importer: Any, target: Any, x: Expression, normalized_shape: Any, weight: Any = None,
    bias: Any = None, eps: float = 1e-5, *_: Any,
) -> Expression:  # fmt: skip
    """``torch.layer_norm``."""
    axes = range(x.ndim - len(normalized_shape), x.ndim)
    return _scaled(importer, normalised(x, axes, importer.exact(eps)), weight, bias)


def group_norm(
    importer: Any, target: Any, x: Expression, num_groups: int, weight: Any = None,
    bias: Any = None, eps: float = 1e-5, *_: Any,
) -> Expression:  # fmt: skip
    """``torch.group_norm`` on (N, C, …)."""
    grouped = x.reshape((x.shape[0], num_groups, -1))
    result = normalised(grouped, (2,), importer.exact(eps)).reshape(x.shape)
    return _by_channel(importer, result, weight, bias)


def instance_norm(
    importer: Any, target: Any, x: Expression, weight: Any, bias: Any, mean: Any, var: Any,
    use_input_stats: bool, momentum: Any, eps: float, *_: Any,
) -> Expression:  # fmt: skip
    """``torch.instance_norm`` by the statistics of the input itself."""
    if not use_input_stats:
        return batch_norm(importer, target, x, weight, bias, mean, var, False, momentum, eps)
    result = normalised(x, range(2, x.ndim), importer.exact(eps))
    return _by_channel(importer, result, weight, bias)


def rms_norm(
    importer: Any, target: Any, x: Expression, normalized_shape: Any, weight: Any = None,
    eps: Any = None,
) -> Expression:  # fmt: skip
    """``torch.rms_norm``."""
    small = importer.eps if eps is None else importer.exact(eps)
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    mean = total(smooth_nodes.square(x), axes, True, mean=True) + small
    return _scaled(importer, x * smooth_nodes.power(mean, Fraction(-1, 2)), weight, None)


def batch_norm(
    importer: Any, target: Any, x: Expression, weight: Any, bias: Any, mean: Any, var: Any,
    training: bool = False, momentum: Any = None, eps: float = 1e-5, *_: Any,
) -> Expression:  # fmt: skip
    """``torch.batch_norm`` by running statistics."""
    from piecewise_mt.interop.torch.functions import FUNCTIONS

    parts = [None if p is None else importer.value(p) for p in (mean, var, weight, bias)]
    result: Expression = FUNCTIONS["batch_norm"](importer, x, *parts, training, momentum, eps)
    return result


def _scaled(importer: Any, x: Expression, weight: Any, bias: Any) -> Expression:
    result = x if weight is None else arithmetic.multiply(x, importer.value(weight))
    return result if bias is None else arithmetic.add(result, importer.value(bias))


def _by_channel(importer: Any, x: Expression, weight: Any, bias: Any) -> Expression:
    shape = (x.shape[1], *(1,) * (x.ndim - 2))
    parts = [None if p is None else importer.value(p).reshape(shape) for p in (weight, bias)]
    return _scaled(importer, x, *parts)
