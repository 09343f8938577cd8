"""PyTorch's reductions: extrema, order statistics, cumulative extrema and norms."""

from __future__ import annotations

from typing import Any

from piecewise_mt.conventions.base import reduced
from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import builders, extrema, layers, order
from piecewise_mt.functions.build.arithmetic import as_expression, stack
from piecewise_mt.functions.expression import Expression


def max(x: Any) -> Expression:
    """``torch.max(x)``, the full reduction.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max(mt.vector("x", 3)).gradient((1, 0, 1))
    Matrix([[1/2, 0, 1/2]])
    """
    return extrema.max(as_expression(x), ties="average")


def min(x: Any) -> Expression:
    """``torch.min(x)``, the full reduction.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.min(mt.vector("x", 3)).gradient((0, 0, 1))
    Matrix([[1/2, 1/2, 0]])
    """
    return extrema.min(as_expression(x), ties="average")


def amax(x: Any, dim: Any = None, keepdim: bool = False) -> Expression:
    """``torch.amax(x, dim)``.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.amax(mt.tensor("x", (1, 2)), 1).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return reduced(extrema.max, x, dim, keepdim, "average")


def amin(x: Any, dim: Any = None, keepdim: bool = False) -> Expression:
    """``torch.amin(x, dim)``.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.amin(mt.tensor("x", (1, 2)), 1).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return reduced(extrema.min, x, dim, keepdim, "average")


def max_dim(x: Any, dim: int, keepdim: bool = False) -> Expression:
    """The values of ``x.max(dim)``.

    Notes
    -----
    Tie rule: weight 1 on the first tied entry, unlike :func:`amax`. Observed: torch 2.13.0,
    reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max_dim(mt.tensor("x", (1, 2)), 1).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return reduced(extrema.max, x, dim, keepdim, "first")


def min_dim(x: Any, dim: int, keepdim: bool = False) -> Expression:
    """The values of ``x.min(dim)``.

    Notes
    -----
    Tie rule: weight 1 on the first tied entry. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.min_dim(mt.tensor("x", (1, 2)), 1).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return reduced(extrema.min, x, dim, keepdim, "first")


def cummax(x: Any, dim: int) -> Expression:
    """The values of ``torch.cummax(x, dim)``: entry i is the maximum of the first i + 1.

    Notes
    -----
    Tie rule: weight 1 on the last tied entry. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.cummax(mt.vector("x", 2), 0)[1].gradient((0, 0))
    Matrix([[0, 1]])
    """
    return _cumulative(extrema.max, x, dim)


def cummin(x: Any, dim: int) -> Expression:
    """The values of ``torch.cummin(x, dim)``: entry i is the minimum of the first i + 1.

    Notes
    -----
    Tie rule: weight 1 on the last tied entry. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.cummin(mt.vector("x", 2), 0)[1].gradient((0, 0))
    Matrix([[0, 1]])
    """
    return _cumulative(extrema.min, x, dim)


def sort(x: Any, dim: int = -1, descending: bool = False) -> Expression:
    """The values of ``torch.sort(x, dim, descending)``.

    Notes
    -----
    Tie rule: equal entries keep their order. Observed: torch 2.13.0, reverse and forward mode,
    up to 16 entries; beyond, torch promises this for ``stable=True`` only.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.sort(mt.vector("x", 3))[2].gradient((1, 0, 1))
    Matrix([[0, 0, 1]])
    """
    return order.sort(x, axis=dim, descending=descending, ties="stable")


def topk(x: Any, k: int, dim: int = -1, largest: bool = True) -> Expression:
    """The values of ``torch.topk(x, k, dim, largest)``.

    Notes
    -----
    Tie rule: one of the tied entries, which one is unspecified; the weights are left free.
    Observed: torch 2.13.0 took the third of (0, 1, 1, 1), and the second of (1, 1, 0, 0).

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.topk(mt.vector("x", 2), 1).gradient((0, 0))
    Matrix([[z, 1 - z]])
    """
    return order.topk(x, k, axis=dim, largest=largest, ties="free")


def kthvalue(x: Any, k: int, dim: int = -1) -> Expression:
    """The values of ``torch.kthvalue(x, k, dim)``, the k-th smallest entry.

    Notes
    -----
    Tie rule: one of the tied entries, which one is unspecified; the weights are left free.
    Observed: torch 2.13.0 took the fourth of (0, 1, 1, 1, 2) for k = 2.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.kthvalue(mt.vector("x", 2), 1).gradient((0, 0))
    Matrix([[z, 1 - z]])
    """
    return order.kth(x, k, axis=dim, ties="free")


def median(x: Any) -> Expression:
    """``torch.median(x)``, the full reduction; the lower of two middle entries.

    Notes
    -----
    Tie rule: 1/k each on the k entries that equal the median. Observed: torch 2.13.0, reverse
    and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.median(mt.vector("x", 4)).gradient((1, 0, 0, 1))
    Matrix([[0, 1/2, 1/2, 0]])
    """
    node = as_expression(x)
    return order.kth(node, (node.size + 1) // 2, ties="average")


def vector_norm(x: Any, ord: Any, dim: Any = None) -> Expression:
    """``torch.linalg.vector_norm(x, ord, dim)`` for the orders 1 and ±infinity.

    Parameters
    ----------
    x : expression or array-like
    ord : 1, float("inf"), float("-inf"), or the text "inf" or "-inf"
    dim : int or tuple of int, optional

    Raises
    ------
    ShapeError
        For another order, for which the norm is not piecewise linear.

    Notes
    -----
    Tie rule: the sign of an entry is 0 at 0, and k tied entries get 1/k each. Observed: torch
    2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> x = mt.vector("x", 2)
    >>> [pytorch.vector_norm(x, o).gradient((0, 0)) for o in (1, "inf")]
    [Matrix([[0, 0]]), Matrix([[0, 0]])]
    >>> pytorch.vector_norm(x, "inf").gradient((1, -1))
    Matrix([[1/2, -1/2]])
    """
    kind = str(ord)
    if kind == "inf":
        return layers.norm_inf(x, axis=dim, ties="average", at_zero=0)
    if kind == "-inf":
        return extrema.min(builders.abs(x, at_zero=0), axis=dim, ties="average")
    if kind in ("1", "1.0"):
        return layers.norm1(x, axis=dim, at_zero=0)
    raise ShapeError(
        f"expected the order 1, inf or -inf, got {ord!r}, for which the norm is not piecewise "
        "linear; choose one of these"
    )


def _cumulative(reduce: Any, x: Any, dim: int) -> Expression:
    node = as_expression(x)
    axis = shapes.to_axis(dim, node.ndim)
    cut = (slice(None),) * axis
    starts = [node[(*cut, slice(0, i + 1))] for i in range(node.shape[axis])]
    return stack([reduce(start, axis=axis, ties="last") for start in starts], axis=axis)
