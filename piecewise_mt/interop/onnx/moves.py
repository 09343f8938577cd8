"""ONNX's operators that move entries about: every one is a gather of flat indices."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression

OUTPUTS = "the number of outputs"
"""The key of :class:`attributes <dict>` under which a handler finds how many outputs a node has."""


def whole(value: Any) -> bool:
    """Whether an input is a numpy array, and so of whole numbers or truth values."""
    return not isinstance(value, Expression) and hasattr(value, "dtype")


def shape_of(value: Any) -> shapes.Shape:
    """The shape of an expression, an array or a condition."""
    if isinstance(value, Joined):
        return shapes.broadcast_shapes(*map(shape_of, value.parts))
    return tuple(int(n) for n in value.shape)


def integers(value: Any, what: str) -> list[int]:
    """A constant of whole numbers, flat."""
    if whole(value):
        return [int(n) for n in value.reshape(-1)]
    values = arithmetic.constant_values(value) if isinstance(value, Expression) else None
    if values is None or any(v.denominator != 1 for v in values):
        raise Unsupported(f"expected constant {what}, got an expression; fix them")
    return [int(v) for v in values]


def moved(x: Any, move: Callable[[Any], Any]) -> Any:
    """An array whose entries numpy's function `move` takes from `x`."""
    if whole(x):
        return move(x)
    import numpy

    shape = shape_of(x)
    if isinstance(x, Condition):
        return _moved_condition(x, lambda i: move(numpy.broadcast_to(i, shape)))
    indices = move(numpy.arange(prod(shape)).reshape(shape))
    shapes.check_size(indices.shape)
    return x._gather(tuple(map(int, indices.shape)), indices.reshape(-1).tolist())


def _moved_condition(condition: Any, move: Callable[[Any], Any]) -> Condition:
    if isinstance(condition, Joined):
        return Joined(condition.kind, tuple(_moved_condition(p, move) for p in condition.parts))
    assert isinstance(condition, Comparison)
    sides = (moved(side, move) for side in (condition.lhs, condition.rhs))
    return Comparison(condition.op, *sides)


def axes_of(attributes: Any, given: Any) -> tuple[int, ...]:
    """Axes: an input since version 13 (18 in reductions), before that an attribute."""
    if given is None:
        return tuple(attributes.get("axes", ()))
    return tuple(integers(given, "axes"))


def flatten(context: Any, attributes: Any, x: Any) -> Any:
    axis = attributes.get("axis", 1)
    axis = axis + len(x.shape) if axis < 0 else axis
    return x.reshape((prod(x.shape[:axis]), prod(x.shape[axis:])))


def reshape(context: Any, attributes: Any, x: Any, shape: Any) -> Any:
    wanted = integers(shape, "lengths for Reshape")
    if not attributes.get("allowzero"):
        wanted = [shape_of(x)[a] if n == 0 else n for a, n in enumerate(wanted)]
    if isinstance(x, Condition):
        return moved(x, lambda i: i.reshape(tuple(wanted)))
    return x.reshape(tuple(wanted))


def transpose(context: Any, attributes: Any, x: Any) -> Any:
    return moved(x, lambda i: i.transpose(attributes.get("perm")))


def concat(context: Any, attributes: Any, *parts: Any) -> Any:
    if all(map(whole, parts)):
        import numpy

        shapes.check_size((sum(part.size for part in parts),))
        return numpy.concatenate(parts, axis=attributes["axis"])
    return arithmetic.concat(parts, attributes["axis"])


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
    shape = shape_of(x)
    chosen = range(len(starts)) if axes is None else [int(a) for a in axes]
    key = [slice(None)] * len(shape)
    for k, axis in enumerate(chosen):
        step = 1 if steps is None else int(steps[k])
        start, end = int(starts[k]), int(ends[k])
        length = shape[axis]
        # from the last entry to the first, an end before the first one is written None
        stop = None if step < 0 and end < -length else end
        key[axis] = slice(start, stop, step)
    return moved(x, lambda i: i[tuple(key)])


def split(context: Any, attributes: Any, x: Any, sizes: Any = None) -> tuple[Any, ...]:
    shape = shape_of(x)
    axis = shapes.to_axis(attributes.get("axis", 0), len(shape))
    length, count = shape[axis], int(attributes[OUTPUTS])
    given = attributes.get("split") if sizes is None else integers(sizes, "lengths for Split")
    if given is None:
        count = int(attributes.get("num_outputs", count))
        if "num_outputs" not in attributes and length % count:
            raise ShapeError(
                f"expected a length that {count} outputs share, got {length}; write the lengths "
                "of the parts"
            )
        largest = -(-length // count)
        given = [min(largest, max(length - largest * k, 0)) for k in range(count)]
    lengths = [int(n) for n in given]
    if sum(lengths) != length or any(n < 0 for n in lengths):
        raise ShapeError(
            f"expected lengths of the parts with the sum {length}, got {lengths}; write others"
        )
    ends = list(accumulate(lengths))
    before = (slice(None),) * axis

    def part(k: int) -> Any:
        return moved(x, lambda i: i[(*before, slice(ends[k] - lengths[k], ends[k]))])

    return tuple(part(k) for k in range(len(lengths)))


def gather(context: Any, attributes: Any, x: Any, indices: Any) -> Any:
    if not whole(indices):
        raise Unsupported("expected constant indices for Gather, got an expression; fix them")
    shape = shape_of(x)
    axis = shapes.to_axis(attributes.get("axis", 0), len(shape))
    shapes.check_size((*shape[:axis], *indices.shape, *shape[axis + 1 :]))
    return moved(x, lambda i: i.take(indices, axis=axis))


def gather_elements(context: Any, attributes: Any, x: Any, indices: Any) -> Any:
    import numpy

    if not whole(indices):
        raise Unsupported("expected constant indices for Gather, got an expression; fix them")
    shape = shape_of(x)
    axis = shapes.to_axis(attributes.get("axis", 0), len(shape))
    places = numpy.where(indices < 0, indices + shape[axis], indices)
    # other axes may be shorter in the indices than in x
    room = tuple(slice(None) if a == axis else slice(n) for a, n in enumerate(indices.shape))
    return moved(x, lambda i: numpy.take_along_axis(i[room], places, axis))


def gather_nd(context: Any, attributes: Any, x: Any, indices: Any) -> Any:
    import numpy

    if not whole(indices):
        raise Unsupported("expected constant indices for Gather, got an expression; fix them")
    batch, depth = int(attributes.get("batch_dims", 0)), indices.shape[-1]

    def move(i: Any) -> Any:
        own = i.reshape((-1, *i.shape[batch:]))
        places = indices.reshape((len(own), -1, depth))
        rows = [part[tuple(numpy.moveaxis(p, -1, 0))] for part, p in zip(own, places)]
        kept = i.shape[batch + depth :]
        return numpy.stack(rows).reshape((*indices.shape[:-1], *kept))

    return moved(x, move)


def scatter_elements(context: Any, attributes: Any, x: Any, indices: Any, updates: Any) -> Any:
    import numpy

    axis = shapes.to_axis(attributes.get("axis", 0), len(shape_of(x)))

    def places() -> Any:
        own = numpy.where(indices < 0, indices + shape_of(x)[axis], indices)
        key = list(numpy.indices(indices.shape))
        key[axis] = own
        return tuple(key)

    return _scattered(context, attributes, x, indices, updates, places)


def scatter_nd(context: Any, attributes: Any, x: Any, indices: Any, updates: Any) -> Any:
    import numpy

    return _scattered(
        context, attributes, x, indices, updates, lambda: tuple(numpy.moveaxis(indices, -1, 0))
    )


def _scattered(
    context: Any, attributes: Any, x: Any, indices: Any, updates: Any, places: Callable[[], Any]
) -> Any:
    """`x` with other entries at constant places, or with entries joined by a reduction."""
    import numpy

    if not whole(indices):
        raise Unsupported("expected constant indices for Scatter, got an expression; fix them")
    how = attributes.get("reduction", "none")
    key = places()
    if whole(x) and whole(updates):
        result = x.copy()
        if how == "none":
            result[key] = updates
        else:
            _AT[how](numpy).at(result, key, updates)
        return result
    base, new = as_expression(x), as_expression(updates)
    flat = numpy.arange(base.size).reshape(base.shape)[key]
    if how == "none":
        both = arithmetic.concat([base.reshape(-1), new.reshape(-1)])
        chosen = numpy.arange(base.size)
        chosen[flat.reshape(-1)] = base.size + numpy.arange(new.size)
        return both._gather(base.shape, chosen.tolist())
    rows: list[list[int]] = [[k] for k in range(base.size)]
    for k, place in enumerate(flat.reshape(-1).tolist()):
        rows[place].append(base.size + k)
    from piecewise_mt.interop.onnx.reductions import joined

    return joined(context, how, (base, new), rows, base.shape)


_AT: dict[str, Callable[[Any], Any]] = {
    "add": lambda numpy: numpy.add,
    "mul": lambda numpy: numpy.multiply,
    "max": lambda numpy: numpy.maximum,
    "min": lambda numpy: numpy.minimum,
}


def squeeze(context: Any, attributes: Any, x: Any, axes: Any = None) -> Any:
    chosen = axes_of(attributes, axes)
    return moved(x, lambda i: i.squeeze(chosen) if chosen else i.squeeze())


def unsqueeze(context: Any, attributes: Any, x: Any, axes: Any = None) -> Any:
    import numpy

    chosen = axes_of(attributes, axes)
    return moved(x, lambda i: numpy.expand_dims(i, chosen))


def expand(context: Any, attributes: Any, x: Any, shape: Any) -> Any:
    import numpy

    result = shapes.broadcast_shapes(shape_of(x), tuple(integers(shape, "lengths for Expand")))
    shapes.check_size(result)
    return moved(x, lambda i: numpy.broadcast_to(i, result))


def tile(context: Any, attributes: Any, x: Any, repeats: Any) -> Any:
    import numpy

    times = integers(repeats, "repeats for Tile")
    shapes.check_size(tuple(n * t for n, t in zip(shape_of(x), times, strict=True)))
    return moved(x, lambda i: numpy.tile(i, times))


def depth_to_space(context: Any, attributes: Any, x: Any) -> Any:
    n, channels, height, width = shape_of(x)
    b = int(attributes["blocksize"])
    deep = channels // (b * b)

    def move(i: Any) -> Any:
        if attributes.get("mode", "DCR") == "DCR":
            parts = i.reshape((n, b, b, deep, height, width)).transpose((0, 3, 4, 1, 5, 2))
        else:
            parts = i.reshape((n, deep, b, b, height, width)).transpose((0, 1, 4, 2, 5, 3))
        return parts.reshape((n, deep, height * b, width * b))

    return moved(x, move)


def space_to_depth(context: Any, attributes: Any, x: Any) -> Any:
    n, channels, height, width = shape_of(x)
    b = int(attributes["blocksize"])
    first = (0, 3, 5, 1) if attributes.get("mode", "DCR") == "DCR" else (0, 1, 3, 5)

    def move(i: Any) -> Any:
        parts = i.reshape((n, channels, height // b, b, width // b, b))
        return parts.transpose((*first, 2, 4)).reshape((n, -1, height // b, width // b))

    return moved(x, move)


def trilu(context: Any, attributes: Any, x: Any, k: Any = None) -> Any:
    import numpy

    shift = 0 if k is None else integers(k, "diagonals for Trilu")[0]
    cut = numpy.triu if attributes.get("upper", 1) else numpy.tril
    if whole(x):
        return cut(x, shift)
    kept = cut(numpy.ones(x.shape, dtype="int64"), shift)
    return arithmetic.multiply(x, kept)
