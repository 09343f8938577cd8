"""ONNX's operators that make constants, of shapes and of numbers."""

from __future__ import annotations

from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.onnx.moves import integers, shape_of, whole


def constant(context: Any, attributes: Any) -> Any:
    import numpy

    own = {key: value for key, value in attributes.items() if key.startswith("value")}
    ((key, value),) = own.items()
    if key == "value":
        return value
    if key not in ("value_float", "value_floats", "value_int", "value_ints"):
        raise Unsupported(f"expected a constant of numbers, got the attribute {key}; write numbers")
    kind = numpy.float64 if "float" in key else numpy.int64
    return context.constant(numpy.array(value, dtype=kind))


def constant_of_shape(context: Any, attributes: Any, shape: Any) -> Any:
    import numpy

    lengths = tuple(integers(shape, "lengths for ConstantOfShape"))
    shapes.check_size(lengths)
    value = attributes.get("value")
    if value is None:
        return Constant([context.scalar(0.0)] * prod(lengths), lengths)
    if whole(value):
        return numpy.full(lengths, value.reshape(-1)[0])
    return Constant([value.values[0]] * prod(lengths), lengths)


def shape(context: Any, attributes: Any, x: Any) -> Any:
    import numpy

    found = shape_of(x)[attributes.get("start", 0) : attributes.get("end")]
    return numpy.array(found, dtype="int64")


def size(context: Any, attributes: Any, x: Any) -> Any:
    import numpy

    return numpy.array(prod(shape_of(x)), dtype="int64")


def arange(context: Any, attributes: Any, start: Any, limit: Any, delta: Any) -> Any:
    import numpy

    if whole(start):
        first, last, step = (int(v.reshape(-1)[0]) for v in (start, limit, delta))
        shapes.check_size((max(-(-(last - first) // step), 0),))
        return numpy.arange(first, last, step)
    ends = [arithmetic.constant_values(v) for v in (start, limit, delta)]
    known = [values[0] for values in ends if values is not None]
    if len(known) < len(ends):
        raise Unsupported("expected constant limits of Range, got an expression; fix them")
    count = max(-((known[0] - known[1]) // known[2]), 0)
    shapes.check_size((count,))
    return Constant([known[0] + k * known[2] for k in range(count)], (count,))


def eye_like(context: Any, attributes: Any, x: Any) -> Any:
    import numpy

    rows, columns = shape_of(x)
    made = numpy.eye(rows, columns, k=int(attributes.get("k", 0)), dtype="int64")
    return made if whole(x) else arithmetic.as_expression(made)


def nonzero(context: Any, attributes: Any, x: Any) -> Any:
    import numpy

    if not whole(x):
        values = arithmetic.constant_values(x)
        if values is None:
            raise Unsupported("expected a constant for NonZero, got an expression; fix it")
        x = numpy.array([bool(v) for v in values]).reshape(x.shape)
    return numpy.stack(numpy.nonzero(x))
