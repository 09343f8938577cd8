"""Arithmetic of shapes and flat row-major indices, after numpy's rules; no arrays here.

An array of shape ``s`` is a flat tuple in row-major order.  Whatever moves entries about
(broadcasting, indexing, transposing, reducing) is a list of flat indices.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from piecewise_mt.errors import ShapeError

Shape = tuple[int, ...]
MAX_ENTRIES = 10**7
"""The most entries that one expression may have."""


def to_int(value: Any, what: str) -> int:
    """`value` as an int; floats, booleans and the like are refused."""
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise ShapeError(f"expected an integer for {what}, got {value!r}; write a whole number")


def to_shape(value: Any) -> Shape:
    """An int or a sequence of nonnegative ints as a shape."""
    entries = value if isinstance(value, (tuple, list)) else (value,)
    shape = tuple(to_int(entry, "a length in a shape") for entry in entries)
    if any(entry < 0 for entry in shape):
        raise ShapeError(f"expected nonnegative lengths, got the shape {shape}; write lengths ≥ 0")
    check_size(shape)
    return shape


def require_scalar(shape: Shape) -> None:
    """Refuse every shape but ().

    Raises
    ------
    ShapeError
        If there are axes.

    Examples
    --------
    >>> require_scalar((2,))
    Traceback (most recent call last):
    piecewise_mt.errors.ShapeError: expected a scalar function, got the shape (2,); take one entry
    """
    if shape != ():
        raise ShapeError(f"expected a scalar function, got the shape {shape}; take one entry")


def check_size(shape: Shape) -> None:
    """Refuse shapes with more than :data:`MAX_ENTRIES` entries."""
    if prod(shape) > MAX_ENTRIES:
        raise ShapeError(
            f"expected at most {MAX_ENTRIES} entries, got the shape {shape}; "
            "split the array into smaller ones"
        )


def strides(shape: Shape) -> list[int]:
    """The row-major strides, in entries."""
    result = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        result[axis] = result[axis + 1] * shape[axis + 1]
    return result


def outer(offsets: Iterable[Iterable[int]]) -> list[int]:
    """All sums of one offset from each list, the last list running fastest."""
    result = [0]
    for axis in offsets:
        axis = list(axis)
        result = [start + step for start in result for step in axis]
    return result


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The common shape of numpy's broadcasting.

    Raises
    ------
    ShapeError
        If two lengths of one axis differ and neither is 1.
    """
    ndim = max((len(shape) for shape in shapes), default=0)
    result: list[int] = []
    for axis in range(-ndim, 0):
        lengths = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        if len(lengths) > 1:
            given = " and ".join(str(shape) for shape in shapes)
            raise ShapeError(
                f"expected shapes that broadcast together, got {given}; "
                "reshape or slice one of them"
            )
        result.append(lengths.pop() if lengths else 1)
    check_size(tuple(result))
    return tuple(result)


def broadcast_indices(shape: Shape, to: Shape) -> Sequence[int]:
    """For each entry of the shape `to`, the flat index into `shape` that it shows."""
    if shape == to:
        return range(prod(shape))
    padded = (1,) * (len(to) - len(shape)) + shape
    return outer(
        [step * k if have != 1 else 0 for k in range(want)]
        for have, want, step in zip(padded, to, strides(padded), strict=True)
    )


def reshape(shape: Shape, given: Sequence[Any]) -> Shape:
    """The new shape that ``reshape(given)`` asks for; one length may be −1."""
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = given[0]
    new = [to_int(length, "a length in a shape") for length in given]
    if any(length < -1 for length in new) or new.count(-1) > 1:
        raise ShapeError(
            f"expected lengths ≥ 0 and at most one -1, got {tuple(new)}; write the lengths out"
        )
    total = prod(shape)
    if -1 in new:
        known = prod(length for length in new if length != -1)
        if known and total % known == 0:
            new[new.index(-1)] = total // known
    if -1 in new or prod(new) != total:
        raise ShapeError(
            f"expected a shape with {total} entries, got {tuple(given)} for an array of shape "
            f"{shape}; write -1 for the length that follows from the others"
        )
    return tuple(new)


def to_axis(value: Any, ndim: int) -> int:
    """An axis number, counted from the end if negative."""
    axis = to_int(value, "an axis")
    if not -ndim <= axis < ndim:
        raise ShapeError(
            f"expected an axis from {-ndim} to {ndim - 1}, got {axis}; choose one of those"
            if ndim
            else f"expected an array with axes, got a scalar and axis {axis}; leave axis out"
        )
    return axis % ndim


def reduction(shape: Shape, axis: Any) -> tuple[Shape, list[list[int]]]:
    """The shape that is left by a reduction, and for each entry the indices reduced to it."""
    if axis is None:
        return (), [list(range(prod(shape)))]
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = [to_axis(entry, len(shape)) for entry in given]
    if len(set(axes)) < len(axes):
        raise ShapeError(f"expected different axes, got {tuple(given)}; name each axis once")
    steps = strides(shape)
    inner = outer([steps[a] * k for k in range(n)] for a, n in enumerate(shape) if a in axes)
    kept = [a for a in range(len(shape)) if a not in axes]
    starts = outer([steps[a] * k for k in range(shape[a])] for a in kept)
    return tuple(shape[a] for a in kept), [[start + step for step in inner] for start in starts]


def index(shape: Shape, key: Any) -> tuple[Shape, list[int]]:
    """The shape and the flat indices of ``array[key]``.

    Integers, slices, ``...``, ``None`` as in numpy, and at most one list of integers,
    which may then not be mixed with integers.
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    consumed = sum(part is not None and part is not Ellipsis for part in parts)
    ellipses = sum(part is Ellipsis for part in parts)
    if consumed > len(shape) or ellipses > 1:
        raise ShapeError(
            f"expected at most {len(shape)} indices and one '...' for the shape {shape}, got "
            f"{len(parts)}; leave indices out"
            if shape
            else "expected an array to index, got a scalar; use it as it is"
        )
    if not ellipses:
        parts.append(Ellipsis)
    place = next(i for i, part in enumerate(parts) if part is Ellipsis)
    parts[place : place + 1] = [slice(None)] * (len(shape) - consumed)
    lists = [part for part in parts if isinstance(part, list) or hasattr(part, "tolist")]
    lists = [part for part in lists if getattr(part, "shape", None) != ()]
    if len(lists) > 1 or (lists and any(_is_integer(part) for part in parts)):
        raise ShapeError(
            "expected at most one list of indices, and slices besides it, got a mixture; "
            "index in two steps"
        )
    steps = strides(shape)
    new_shape: list[int] = []
    offsets: list[list[int]] = []
    axis = 0
    for part in parts:
        if part is None:
            new_shape.append(1)
            continue
        length, step = shape[axis], steps[axis]
        axis += 1
        if isinstance(part, slice):
            chosen = list(range(length)[_plain(part)])
            new_shape.append(len(chosen))
        elif any(part is entry for entry in lists):
            entries = part if isinstance(part, list) else part.tolist()
            chosen = [_position(entry, length) for entry in entries]
            new_shape.append(len(chosen))
        else:
            chosen = [_position(part, length)]
        offsets.append([step * k for k in chosen])
    return tuple(new_shape), outer(offsets)


def _is_integer(part: Any) -> bool:
    return part is not None and not isinstance(part, (slice, list)) and not hasattr(part, "tolist")


def _plain(part: slice) -> slice:
    bounds = [
        None if bound is None else to_int(bound, "a slice")
        for bound in (part.start, part.stop, part.step)
    ]
    if bounds[2] == 0:
        raise ShapeError("expected a nonzero step in a slice, got 0; leave the step out")
    return slice(*bounds)


def _position(value: Any, length: int) -> int:
    position = to_int(value, "an index")
    if not -length <= position < length:
        raise ShapeError(
            f"expected an index from {-length} to {length - 1}, got {position}; "
            "choose one inside the shape"
            if length
            else f"expected a nonempty axis to index, got index {position} of length 0; "
            "build an array with entries"
        )
    return position % length
