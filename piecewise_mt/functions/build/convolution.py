"""Convolutions (cross-correlations) of unbatched tensors: sparse affine maps."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from piecewise_mt.budget import require_bytes
from piecewise_mt.errors import NotPolyhedral, ShapeError
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.arithmetic import add, as_expression, constant_values
from piecewise_mt.functions.build.windows import TAP, numbers, spatial_tensor, taps
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.functions.shared_rows import Pairs, SharedRows


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Expression:
    r"""The cross-correlation of a signal with a kernel, as in PyTorch.

    :math:`y_{o,i} = b_o + \sum_{c,m} w_{o,c,m}\, x_{c,\, s i + d m - p}`, where x is 0 in the
    padding. One of `x` and `weight` must be constant: with fixed data the layer is affine in its
    weights.

    Parameters
    ----------
    x : expression or array-like, shape (C, L)
    weight : array-like of exact numbers or expression, shape (O, C / groups, k)
    bias : array-like or expression, shape (O,), optional
    stride, padding, dilation : int
    groups : int
        Output channels see the input channels of their own group only.

    Returns
    -------
    expression, shape (O, L')

    Raises
    ------
    ShapeError
        If the shapes or `groups` do not fit, or the kernel does not fit into the signal.
    NotPolyhedral
        If neither `x` nor `weight` is constant.
    InexactNumber
        For floats; :func:`mt.exact` turns them into what they are.

    See Also
    --------
    mt.conv2d : Of images.
    mt.affine : A dense matrix.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.relu(mt.conv1d(mt.tensor("x", (1, 3)), [[[1, -1]]]), at_zero=0)
    >>> f, f.gradient((2, 1, 1)).tolist()
    (stack([[relu(x1 - x2, at_zero=0), relu(x2 - x3, at_zero=0)]]), [[1, -1, 0], [0, 0, 0]])
    """
    return _convolution(x, weight, bias, 1, stride, padding, dilation, groups)


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> Expression:
    r"""The cross-correlation of an image with a kernel, as in PyTorch; see :func:`mt.conv1d`.

    Parameters
    ----------
    x : expression or array-like, shape (C, H, W)
    weight : array-like of exact numbers or expression, shape (O, C / groups, kh, kw)
    bias : array-like or expression, shape (O,), optional
    stride, padding, dilation : int or pair of int
    groups : int

    Returns
    -------
    expression, shape (O, H', W')

    Raises
    ------
    ShapeError, NotPolyhedral, InexactNumber
        As for :func:`mt.conv1d`.

    See Also
    --------
    mt.conv1d : Of signals.
    mt.batch_norm : Often the next layer.
    mt.maxpool2d : Pools its result.

    Examples
    --------
    Two windows tie after the convolution, and both share the middle column:

    >>> import piecewise_mt as mt
    >>> y = mt.conv2d(mt.tensor("x", (1, 1, 3)), [[[[1, 1]]]])
    >>> mt.max(y, ties="average").gradient((1, 5, 1))
    Matrix([[1/2, 1, 1/2]])
    """
    return _convolution(x, weight, bias, 2, stride, padding, dilation, groups)


def _convolution(
    x: Any,
    weight: Any,
    bias: Any,
    dims: int,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Expression:
    node = spatial_tensor(x, dims, f"conv{dims}d")
    kernel = as_expression(weight)
    share = shapes.to_int(groups, "groups")
    if kernel.ndim != dims + 2 or not all(kernel.shape):
        wanted = ("(O, C/groups, k)", "(O, C/groups, kh, kw)")[dims - 1]
        raise ShapeError(
            f"expected a weight of shape {wanted} with entries for conv{dims}d, got the shape "
            f"{kernel.shape}; add the missing axes"
        )
    outputs, channels = kernel.shape[:2]
    if share < 1 or outputs % share or channels * share != node.shape[0]:
        raise ShapeError(
            f"expected {node.shape[0]} input channels in groups of {channels} and {outputs} output "
            f"channels shared among the groups, got groups={share}; the weight's shape is "
            "(O, C/groups, …), and groups divides O"
        )
    axes = _taps(
        node.shape[1:],
        kernel.shape[2:],
        numbers(stride, dims, "stride", 1),
        numbers(padding, dims, "padding", 0),
        numbers(dilation, dims, "dilation", 1),
    )
    shape = (outputs, *map(len, axes))
    shapes.check_size(shape)
    result = bilinear(node, kernel, *_pattern(node, kernel, axes, share), shape)
    if bias is None:
        return result
    shift = as_expression(bias)
    if shift.shape != (outputs,):
        raise ShapeError(
            f"expected a bias of shape ({outputs},), got the shape {shift.shape}; give one number "
            "for each output channel"
        )
    return add(result, shift.reshape((outputs, *(1,) * dims)))


Tap = tuple[int, int]
"""A place in the kernel and the position in the input that it meets, along one axis."""


def _taps(
    lengths: Sequence[int],
    kernels: Sequence[int],
    steps: Sequence[int],
    pads: Sequence[int],
    gaps: Sequence[int],
) -> list[list[list[Tap]]]:
    """Along each axis, for each output position, the taps outside the padding."""
    axes, counts = [], []
    for n, k, s, p, d in zip(lengths, kernels, steps, pads, gaps, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        if room < 0:
            raise ShapeError(
                f"expected a kernel that fits, got size {k} with dilation {d} for length {n} and "
                f"padding {p}; use a smaller kernel or more padding"
            )
        counts.append(room // s + 1)
        require_bytes(TAP * (1 + min(k, n)) * counts[-1], "the windows of a convolution")
    shapes.check_size(tuple(counts))
    for n, k, s, p, d, count in zip(lengths, kernels, steps, pads, gaps, counts, strict=True):
        axes.append([taps(i * s - p, n, k, d) for i in range(count)])
    return axes


def _pattern(
    node: Expression, kernel: Expression, axes: list[list[list[Tap]]], groups: int
) -> tuple[list[Pairs], list[Pairs]]:
    """The windows and blocks of pairs (entry of the input, entry of the kernel)."""
    steps, places = shapes.strides(node.shape), shapes.strides(kernel.shape)
    outputs, channels = kernel.shape[:2]
    windows: list[Pairs] = []
    for chosen in product(*axes):
        inputs = shapes.outer(
            [s * i for _, i in taps] for taps, s in zip(chosen, steps[1:], strict=True)
        )
        weights = shapes.outer(
            [s * m for m, _ in taps] for taps, s in zip(chosen, places[2:], strict=True)
        )
        windows.append(list(zip(inputs, weights, strict=True)))
    blocks: list[Pairs] = []
    for o in range(outputs):
        first = o // (outputs // groups) * channels
        blocks.append(
            [(steps[0] * (first + c), places[0] * o + places[1] * c) for c in range(channels)]
        )
    return windows, blocks


def bilinear(
    node: Expression,
    kernel: Expression,
    windows: Sequence[Pairs],
    blocks: Sequence[Pairs],
    shape: shapes.Shape,
) -> Expression:
    """Σ input·kernel over the terms of each entry, where one of the two is constant.

    The terms are those of :class:`~piecewise_mt.functions.shared_rows.SharedRows`.
    """
    bias = (Fraction(0),) * prod(shape)
    weights = constant_values(kernel)
    if weights is not None:
        return Linear((node,), SharedRows(windows, blocks, weights), bias, shape)
    values = constant_values(node)
    if values is None:
        raise NotPolyhedral(
            "expected a constant input or a constant weight for a convolution, got two "
            "expressions, and their product is not piecewise linear; fix one of them"
        )
    others, outer = ([[(m, i) for i, m in pairs] for pairs in own] for own in (windows, blocks))
    return Linear((kernel,), SharedRows(others, outer, values), bias, shape)
