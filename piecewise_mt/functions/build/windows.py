"""Windows that slide over the axes of a tensor, with PyTorch's arithmetic of sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, TypeAlias

from piecewise_mt.budget import require_bytes
from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise

Window: TypeAlias = list[tuple[int, int]]
"""Pairs (place in the full window, position in the input), where it is present."""
TAP = 200
"""The bytes of one of them and of what is made of it."""


def window_max(
    node: Expression,
    axes: Sequence[Sequence[Window]],
    sizes: Sequence[int],
    ties: Any,
    name: str = "max",
) -> Expression:
    """The maximum over every product of one window from each axis, in row-major order.

    `sizes` are the lengths of the full windows, whose places the tie rule counts.
    """
    steps = shapes.strides(node.shape)
    full = shapes.strides(tuple(sizes))
    size = prod(sizes)
    made: dict[tuple[int, ...], Any] = {}
    units: list[tuple[Any, tuple[int, ...]]] = []
    for chosen in product(*axes):
        places = shapes.outer(
            [unit * m for m, _ in window] for window, unit in zip(chosen, full, strict=True)
        )
        present = tuple(places)
        if present not in made:
            made[present] = atoms.max_atom(len(present), _restricted(ties, present, size))
        indices = shapes.outer(
            [step * i for _, i in window] for window, step in zip(chosen, steps, strict=True)
        )
        units.append((made[present], tuple(indices)))
    return Piecewise((node,), units, tuple(map(len, axes)), name)


def spatial_tensor(x: Any, dims: int, function: str) -> Expression:
    """`x` as an expression of 1 + `dims` axes."""
    node = as_expression(x)
    if node.ndim != dims + 1:
        wanted = ("(C, L)", "(C, H, W)", "(C, D, H, W)")[dims - 1]
        raise ShapeError(
            f"expected an unbatched tensor of shape {wanted} for {function}, got the shape "
            f"{node.shape}; index a batch, or write x[None] to add a channel"
        )
    return node


def each(count: int) -> list[Window]:
    """The windows of one entry along an axis that is not pooled."""
    return [[(0, i)] for i in range(count)]


def numbers(value: Any, dims: int, what: str, least: int) -> tuple[int, ...]:
    """One integer for each axis, from a number or a sequence."""
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims
    result = tuple(shapes.to_int(entry, f"the {what}") for entry in given)
    if len(result) != dims or any(entry < least for entry in result):
        raise ShapeError(
            f"expected {what} to be {'an int' if dims == 1 else f'an int or {dims} ints'} "
            f"≥ {least}, got {value!r}; write one number for each axis"
        )
    return result


def windows(
    length: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> list[Window]:
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
    require_bytes(TAP * count * min(kernel, length), "the windows along one axis")
    result: list[Window] = []
    for start in range(-padding, count * stride - padding, stride):
        window = taps(start, length, kernel, dilation)
        if not window:
            raise ShapeError(
                "expected every window to meet the input, got one that lies in the padding only; "
                "reduce the padding or the dilation"
            )
        result.append(window)
    return result


def taps(start: int, length: int, kernel: int, dilation: int) -> Window:
    """The places of a window and the positions that they meet; not one by one in the padding.

    Examples
    --------
    >>> taps(-2, 3, 5, 2), taps(-(10**9), 3, 10**9 + 2, 1)
    ([(1, 0), (2, 2)], [(1000000000, 0), (1000000001, 1)])
    """
    first = max(0, -(start // dilation))
    last = min(kernel - 1, (length - 1 - start) // dilation)
    return [(m, start + dilation * m) for m in range(first, last + 1)]


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
