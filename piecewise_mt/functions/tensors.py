"""Layers on unbatched tensors, with PyTorch's conventions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise


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

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.maxpool1d(mt.tensor("x", (1, 4)), 2, ties="first")
    stack([[max(x1, x2, ties=first), max(x3, x4, ties=first)]])
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

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.maxpool2d(mt.tensor("x", (1, 2, 2)), 2, ties="average")
    stack([[[max(x1, x2, x3, x4, ties=average)]]])
    """
    return _maxpool(x, 2, kernel, stride, padding, dilation, ceil_mode, ties)


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
    node = as_expression(x)
    if node.ndim != dims + 1:
        wanted = "(C, L)" if dims == 1 else "(C, H, W)"
        raise ShapeError(
            f"expected an unbatched tensor of shape {wanted} for maxpool{dims}d, got the shape "
            f"{node.shape}; index a batch, or write x[None] to add a channel"
        )
    kernels = _numbers(kernel, dims, "kernel", 1)
    steps = kernels if stride is None else _numbers(stride, dims, "stride", 1)
    pads = _numbers(padding, dims, "padding", 0)
    gaps = _numbers(dilation, dims, "dilation", 1)
    spatial = shapes.strides(node.shape)[1:]
    # along each axis, for each window, pairs (place in the window, offset in the tensor)
    axes: list[list[list[tuple[int, int]]]] = []
    for length, k, s, p, d, step in zip(
        node.shape[1:], kernels, steps, pads, gaps, spatial, strict=True
    ):
        windows = _windows(length, k, s, p, d, ceil_mode)
        axes.append([[(m, step * i) for m, i in window] for window in windows])
    if dims == 1:
        axes.insert(0, [[(0, 0)]])
        kernels = (1, *kernels)
    channel = shapes.strides(node.shape)[0]
    size = kernels[0] * kernels[1]
    made: dict[tuple[int, ...], Any] = {}
    units: list[tuple[Any, tuple[int, ...]]] = []
    for c in range(node.shape[0]):
        for rows in axes[0]:
            for columns in axes[1]:
                cells = [
                    (m * kernels[1] + n, channel * c + i + j) for m, i in rows for n, j in columns
                ]
                present = tuple(place for place, _ in cells)
                if present not in made:
                    made[present] = atoms.max_atom(len(present), _restricted(ties, present, size))
                units.append((made[present], tuple(index for _, index in cells)))
    shape = (node.shape[0], *(len(windows) for windows in axes[2 - dims :]))
    return Piecewise((node,), units, shape, f"maxpool{dims}d")


def _numbers(value: Any, dims: int, what: str, least: int) -> tuple[int, ...]:
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims
    result = tuple(shapes.to_int(entry, f"the {what}") for entry in given)
    if len(result) != dims or any(entry < least for entry in result):
        raise ShapeError(
            f"expected {what} to be {'an int' if dims == 1 else 'an int or a pair of ints'} "
            f"≥ {least}, got {value!r}; write one number for each axis"
        )
    return result


def _windows(
    length: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> list[list[tuple[int, int]]]:
    """For each window along one axis, (place in the window, position) where it is present."""
    if 2 * padding > kernel:
        raise ShapeError(
            f"expected a padding of at most half of the kernel {kernel}, got {padding}; reduce it"
        )
    room = length + 2 * padding - dilation * (kernel - 1) - 1
    count = (room + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= length + padding:
        count -= 1  # the last window must start inside the input or the left padding
    if count < 1 or not length:
        raise ShapeError(
            f"expected a window that fits, got kernel {kernel} with dilation {dilation} for length "
            f"{length} and padding {padding}; use a smaller kernel"
        )
    result: list[list[tuple[int, int]]] = []
    for start in range(-padding, count * stride - padding, stride):
        places = ((m, start + dilation * m) for m in range(kernel))
        window = [(m, i) for m, i in places if 0 <= i < length]
        if not window:
            raise ShapeError(
                "expected every window to meet the input, got one that lies in the padding only; "
                "reduce the padding or the dilation"
            )
        result.append(window)
    return result


def _restricted(ties: Any, present: tuple[int, ...], size: int) -> Any:
    """The tie rule for the positions of a window that are present."""
    if len(present) == size or isinstance(ties, str):
        return ties
    number = {place: i for i, place in enumerate(present)}
    if isinstance(ties, Mapping):
        return {
            frozenset(number[place] for place in tied): weights
            for tied, weights in ties.items()
            if all(place in number for place in tied)
        }
    if isinstance(ties, (list, tuple)) or hasattr(ties, "tolist"):
        weights = list(ties)
        # a wrong number of weights goes on as it is, for the rule to refuse
        return [weights[place] for place in present] if len(weights) == size else weights
    return ties
