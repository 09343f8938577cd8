"""Pooling on unbatched tensors, with PyTorch's shapes: maximum, adaptive maximum, average."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from piecewise_mt.errors import InvalidTieRule, ShapeError
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.functions import shapes
from piecewise_mt.functions.atoms.ties import TieRule
from piecewise_mt.functions.build.windows import (
    Window,
    each,
    numbers,
    spatial_tensor,
    window_max,
    windows,
)
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear


def maxpool1d(
    x: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: Any = "free",
) -> Expression:
    r"""The maximum over windows of a signal.

    :math:`y_{c,i} = \max_{0 \le m < k} x_{c,\, s i + d m - p}`, where positions in the padding
    are absent and so never tie.

    Parameters
    ----------
    x : expression, shape (C, L)
    kernel, stride, padding, dilation : int
        As in PyTorch; the stride is `kernel` by default.
    ceil_mode : bool
        Allow a last window that reaches beyond the padded signal, if it starts inside.
    ties
        As for :func:`mt.max`; weights and sets count the positions of the whole window, from 0,
        row-major.

    Returns
    -------
    expression, shape (C, L')

    Raises
    ------
    ShapeError
        If `x` is not of that shape, no window fits, or the padding exceeds half of the kernel.

    See Also
    --------
    mt.maxpool2d, mt.maxpool3d : More axes.
    mt.adaptive_maxpool1d : Given the number of windows.
    mt.max : The node and its tie rules.

    Examples
    --------
    The first window ties, and its first entry gets the weight:

    >>> import piecewise_mt as mt
    >>> f = mt.maxpool1d(mt.tensor("x", (1, 4)), 2, ties="first")
    >>> f, f.gradient((1, 1, 0, 2)).tolist()
    (stack([[max(x1, x2, ties=first), max(x3, x4, ties=first)]]), [[1, 0, 0, 0], [0, 0, 0, 1]])
    """
    return _maxpool(x, 1, kernel, stride, padding, dilation, ceil_mode, ties)


def maxpool2d(
    x: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: Any = "free",
) -> Expression:
    r"""The maximum over windows of an image.

    :math:`y_{c,i,j} = \max_{m,n} x_{c,\, s_1 i + d_1 m - p_1,\, s_2 j + d_2 n - p_2}`, where
    positions in the padding are absent and so never tie.

    Parameters
    ----------
    x : expression, shape (C, H, W)
    kernel, stride, padding, dilation : int or pair of int
        As in PyTorch; the stride is `kernel` by default.
    ceil_mode, ties
        As for :func:`mt.maxpool1d`.

    Returns
    -------
    expression, shape (C, H', W')

    Raises
    ------
    ShapeError
        As for :func:`mt.maxpool1d`.

    See Also
    --------
    mt.maxpool1d, mt.maxpool3d : Other numbers of axes.
    mt.adaptive_maxpool2d : Given the number of windows.
    mt.avgpool2d : The mean.

    References
    ----------
    - R. Boustany, *On the numerical reliability of nonsmooth autodiff: a MaxPool case study*,
      Transactions on Machine Learning Research, 2024.

    Examples
    --------
    Two of the four entries tie:

    >>> import piecewise_mt as mt
    >>> f = mt.maxpool2d(mt.tensor("x", (1, 2, 2)), 2, ties="average")
    >>> f, f.gradient((1, 0, 0, 1))
    (stack([[[max(x1, x2, x3, x4, ties=average)]]]), Matrix([[1/2, 0, 0, 1/2]]))
    """
    return _maxpool(x, 2, kernel, stride, padding, dilation, ceil_mode, ties)


def maxpool3d(
    x: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    ties: Any = "free",
) -> Expression:
    r"""The maximum over windows of a volume, as :func:`mt.maxpool2d` with one axis more.

    Parameters
    ----------
    x : expression, shape (C, D, H, W)
    kernel, stride, padding, dilation : int or three ints
        As in PyTorch; the stride is `kernel` by default.
    ceil_mode, ties
        As for :func:`mt.maxpool1d`.

    Returns
    -------
    expression, shape (C, D', H', W')

    Raises
    ------
    ShapeError
        As for :func:`mt.maxpool1d`.

    See Also
    --------
    mt.maxpool1d, mt.maxpool2d : Fewer axes.

    Examples
    --------
    All eight tied, the first in row-major order gets the weight:

    >>> import piecewise_mt as mt
    >>> mt.maxpool3d(mt.tensor("x", (1, 2, 2, 2)), 2, ties="first").gradient([0] * 8)
    Matrix([[1, 0, 0, 0, 0, 0, 0, 0]])
    """
    return _maxpool(x, 3, kernel, stride, padding, dilation, ceil_mode, ties)


def adaptive_maxpool1d(x: Any, output_size: Any, ties: Any = "free") -> Expression:
    r"""The maximum over `n` windows that cover a signal of length L.

    :math:`y_{c,i} = \max\{x_{c,j} : \lfloor iL/n \rfloor \le j < \lceil (i+1)L/n \rceil\}`.

    Parameters
    ----------
    x : expression, shape (C, L)
    output_size : int
        The number n of windows.
    ties : {"free", "first", "last", "average"} or mt.mix(beta)
        As for :func:`mt.max`; windows differ in size, so weights cannot be listed.

    Returns
    -------
    expression, shape (C, n)

    Raises
    ------
    ShapeError
        If `x` is not of that shape or empty, or `output_size` is not positive.

    See Also
    --------
    mt.maxpool1d : Given the size of the windows.
    mt.adaptive_maxpool2d : Of images.

    Examples
    --------
    Windows overlap where n does not divide L:

    >>> import piecewise_mt as mt
    >>> f = mt.adaptive_maxpool1d(mt.tensor("x", (1, 3)), 2, ties="average")
    >>> f.gradient((0, 0, 0)).tolist()
    [[1/2, 1/2, 0], [0, 1/2, 1/2]]
    """
    return _adaptive(x, 1, output_size, ties)


def adaptive_maxpool2d(x: Any, output_size: Any, ties: Any = "free") -> Expression:
    r"""The maximum over a grid of windows that cover an image; see :func:`mt.adaptive_maxpool1d`.

    Parameters
    ----------
    x : expression, shape (C, H, W)
    output_size : int or pair of int
        The number of windows along each axis.
    ties
        As for :func:`mt.adaptive_maxpool1d`.

    Returns
    -------
    expression, shape (C, H', W')

    Raises
    ------
    ShapeError
        As for :func:`mt.adaptive_maxpool1d`.

    See Also
    --------
    mt.maxpool2d : Given the size of the windows.
    mt.adaptive_maxpool1d : Of signals.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.adaptive_maxpool2d(mt.tensor("x", (1, 2, 2)), 1, ties="first")
    >>> f.gradient((0, 1, 1, 1))
    Matrix([[0, 1, 0, 0]])
    """
    return _adaptive(x, 2, output_size, ties)


def avgpool1d(
    x: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Expression:
    r"""The mean over windows of a signal, an affine map.

    Parameters
    ----------
    x : expression, shape (C, L)
    kernel, stride, padding : int
        As in PyTorch; the padding is zeros, the stride is `kernel` by default.
    ceil_mode : bool
        Allow a last window that reaches beyond the padded signal, if it starts inside; what
        reaches beyond is not counted.
    count_include_pad : bool
        Divide by the number of positions with those in the padding, or without them.

    Returns
    -------
    expression, shape (C, L')

    Raises
    ------
    ShapeError
        As for :func:`mt.maxpool1d`.

    See Also
    --------
    mt.avgpool2d : Of images.
    mt.maxpool1d : The maximum.

    Examples
    --------
    A tie before the mean stays one, the mean itself has none:

    >>> import piecewise_mt as mt
    >>> f = mt.avgpool1d(mt.relu(mt.tensor("x", (1, 2)), at_zero=0), 2)
    >>> f, f.gradient((0, 1))
    (stack([[relu(x1, at_zero=0)/2 + relu(x2, at_zero=0)/2]]), Matrix([[0, 1/2]]))
    """
    return _avgpool(x, 1, kernel, stride, padding, ceil_mode, count_include_pad, None)


def avgpool2d(
    x: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Expression:
    r"""The mean over windows of an image, an affine map; see :func:`mt.avgpool1d`.

    Parameters
    ----------
    x : expression, shape (C, H, W)
    kernel, stride, padding : int or pair of int
        As in PyTorch; the padding is zeros, the stride is `kernel` by default.
    ceil_mode, count_include_pad : bool
        As for :func:`mt.avgpool1d`.
    divisor_override : exact number, optional
        Divide by this instead.

    Returns
    -------
    expression, shape (C, H', W')

    Raises
    ------
    ShapeError
        As for :func:`mt.maxpool1d`, or if `divisor_override` is 0.

    See Also
    --------
    mt.avgpool1d : Of signals.
    mt.maxpool2d : The maximum.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.max(mt.avgpool2d(mt.tensor("x", (1, 2, 4)), 2), ties="average")
    >>> f.gradient([0] * 8)
    Matrix([[1/8, 1/8, 1/8, 1/8, 1/8, 1/8, 1/8, 1/8]])
    """
    return _avgpool(x, 2, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _adaptive(x: Any, dims: int, output_size: Any, ties: Any) -> Expression:
    node = spatial_tensor(x, dims, f"adaptive_maxpool{dims}d")
    sizes = numbers(output_size, dims, "output_size", 1)
    if not all(node.shape[1:]):
        raise ShapeError(
            f"expected a tensor with entries for adaptive_maxpool{dims}d, got the shape "
            f"{node.shape}; the maximum of nothing is undefined"
        )
    if not isinstance(ties, (str, TieRule)):
        raise InvalidTieRule(
            f"expected ties to be a name or mt.mix(beta) where windows differ in size, got "
            f"{ties!r}; use mt.max on each window for anything else"
        )
    axes = [
        [list(enumerate(range(i * length // n, -(-(i + 1) * length // n)))) for i in range(n)]
        for length, n in zip(node.shape[1:], sizes, strict=True)
    ]
    widest = [max(map(len, axis)) for axis in axes]
    return window_max(node, (each(node.shape[0]), *axes), (1, *widest), ties)


def _avgpool(
    x: Any,
    dims: int,
    kernel: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: Any,
) -> Expression:
    node = spatial_tensor(x, dims, f"avgpool{dims}d")
    kernels = numbers(kernel, dims, "kernel", 1)
    steps = kernels if stride is None else numbers(stride, dims, "stride", 1)
    pads = numbers(padding, dims, "padding", 0)
    axes: list[list[Window]] = [each(node.shape[0])]
    counts: list[list[int]] = [[1] * node.shape[0]]
    for length, k, s, p in zip(node.shape[1:], kernels, steps, pads, strict=True):
        axes.append(windows(length, k, s, p, 1, ceil_mode))
        reach = length + p  # beyond this, ceil_mode's last window does not count
        counts.append(
            [
                min(i * s - p + k, reach) - (i * s - p) if count_include_pad else len(window)
                for i, window in enumerate(axes[-1])
            ]
        )
    fixed = None if divisor is None else to_fraction(divisor)
    if fixed == 0:
        raise ShapeError("expected a nonzero divisor_override, got 0; leave it out")
    strides = shapes.strides(node.shape)
    rows = []
    for chosen, count in zip(product(*axes), product(*counts), strict=True):
        weight = 1 / (Fraction(prod(count)) if fixed is None else fixed)
        indices = shapes.outer(
            [step * i for _, i in window] for window, step in zip(chosen, strides, strict=True)
        )
        rows.append([(index, weight) for index in indices])
    shape = tuple(map(len, axes))
    return Linear((node,), rows, (Fraction(0),) * len(rows), shape)


def _maxpool(
    x: Any,
    dims: int,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    ties: Any,
) -> Expression:
    node = spatial_tensor(x, dims, f"maxpool{dims}d")
    kernels = numbers(kernel, dims, "kernel", 1)
    steps = kernels if stride is None else numbers(stride, dims, "stride", 1)
    pads = numbers(padding, dims, "padding", 0)
    gaps = numbers(dilation, dims, "dilation", 1)
    given = zip(node.shape[1:], kernels, steps, pads, gaps, strict=True)
    axes = [windows(*row, ceil_mode) for row in given]
    return window_max(node, (each(node.shape[0]), *axes), (1, *kernels), ties, f"maxpool{dims}d")
