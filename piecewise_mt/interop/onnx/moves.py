"""ONNX's operators that move entries about: every one is a gather of flat indices."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression


def whole(value: Any) -> bool:
    """Whether an input is a numpy array, and so of whole numbers."""
    return not isinstance(value, Expression) and hasattr(value, "dtype")


def moved(x: Any, move: Callable[[Any], Any]) -> Any:
    """An array whose entries numpy's function `move` takes from `x`."""
    if whole(x):
        return move(x)
    import numpy

    indices = move(numpy.arange(x.size).reshape(x.shape))
    shapes.check_size(indices.shape)
    return x._gather(tuple(map(int, indices.shape)), indices.reshape(-1).tolist())


def axes_of(attributes: Any, given: Any) -> tuple[int, ...]:
    """Axes: an input since version 13 (18 in reductions), before that an attribute."""
    if given is None:
        return tuple(attributes.get("axes", ()))
    return tuple(int(a) for a in given.reshape(-1))


def flatten(context: Any, attributes: Any, x: Expression) -> Expression:
    axis = attributes.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return x.reshape((prod(x.shape[:axis]), prod(x.shape[axis:])))


def reshape(context: Any, attributes: Any, x: Any, shape: Any) -> Any:
    wanted = [int(n) for n in shape]
    if not attributes.get("allowzero"):
        wanted = [x.shape[a] if n == 0 else n for a, n in enumerate(wanted)]
    return x.reshape(tuple(wanted))


def slices(
    context: Any,
    attributes: Any,
    x: Any,
    starts: Any = None,
    ends: Any = None,
    axes: Any = None,
    steps: Any = None,
) -> Any:
    if starts is None:
        starts, ends = attributes["starts"], attributes["ends"]
        axes = attributes.get("axes")
    chosen = range(len(starts)) if axes is None else [int(a) for a in axes]
    key = [slice(None)] * len(x.shape)
    for k, axis in enumerate(chosen):
        step = 1 if steps is None else int(steps[k])
        start, end = int(starts[k]), int(ends[k])
        length = x.shape[axis]
        # from the last entry to the first, an end before the first one is written None
        stop = None if step < 0 and end < -length else end
        key[axis] = slice(start, stop, step)
    return moved(x, lambda i: i[tuple(key)])


def gather(context: Any, attributes: Any, x: Any, indices: Any) -> Any:
    if not whole(indices):
        raise Unsupported("expected constant indices for Gather, got an expression; fix them")
    axis = shapes.to_axis(attributes.get("axis", 0), len(x.shape))
    shapes.check_size((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))
    return moved(x, lambda i: i.take(indices, axis=axis))


def squeeze(context: Any, attributes: Any, x: Any, axes: Any = None) -> Any:
    chosen = axes_of(attributes, axes)
    return moved(x, lambda i: i.squeeze(chosen) if chosen else i.squeeze())


def unsqueeze(context: Any, attributes: Any, x: Any, axes: Any = None) -> Any:
    import numpy

    chosen = axes_of(attributes, axes)
    return moved(x, lambda i: numpy.expand_dims(i, chosen))


def expand(context: Any, attributes: Any, x: Any, shape: Any) -> Any:
    import numpy

    wanted = tuple(int(n) for n in shape)
    result = shapes.broadcast_shapes(tuple(x.shape), wanted)
    shapes.check_size(result)
    return moved(as_expression(x), lambda i: numpy.broadcast_to(i, result))
