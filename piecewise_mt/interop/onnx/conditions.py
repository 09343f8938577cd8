"""Comparisons, what joins them, Where, and operators that jump.

A function that jumps is no function of this package. What comes out of Sign, Floor or a cast of a
comparison is kept as a :class:`Jump` until it is known whether a product makes it continuous.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, builders, extrema
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.interop.onnx.moves import shape_of, whole
from piecewise_mt.interop.onnx.ranges import ranges

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


class Jump:
    """A discontinuous result: what it was, and how it is multiplied, if that is known."""

    def __init__(
        self, why: str, shape: shapes.Shape, times: Callable[[Any], Expression] | None = None
    ) -> None:
        self.why = why
        self.shape = shape
        self.times = times
        self.where = ""
        """The node that it comes from, in words."""


def rounded(kind: str) -> Callable[..., Any]:
    """Sign, Floor, Ceil or Round: of constants, or where the argument stays between the jumps."""

    def handler(context: Any, attributes: Any, x: Any) -> Any:
        function = _STEPS[kind]
        if whole(x):
            return (x > 0).astype(x.dtype) - (x < 0).astype(x.dtype) if kind == "Sign" else x
        values = arithmetic.constant_values(x)
        if values is not None:
            return Constant([Fraction(function(v)) for v in values], x.shape)
        ends = ranges(x)
        steps = [
            None if low is None or high is None or function(low) != function(high) else low
            for low, high in ends
        ]
        if kind == "Sign":
            steps = [
                Fraction(1)
                if low is not None and low > 0
                else Fraction(-1)
                if high is not None and high < 0
                else None
                for low, high in ends
            ]
        known = [step for step in steps if step is not None]
        if len(known) == len(steps):
            return arithmetic.multiply(x, 0) + Constant(
                [Fraction(function(v)) for v in known], x.shape
            )
        where = {"Sign": "at 0", "Round": "at halves"}.get(kind, "at whole numbers")
        return Jump(f"jumps {where}", x.shape, _times_sign(context, x) if kind == "Sign" else None)

    return handler


_STEPS: dict[str, Callable[[Fraction], int]] = {
    "Sign": lambda v: (v > 0) - (v < 0),
    "Floor": floor,
    "Ceil": ceil,
    "Round": round,  # to even, as in ONNX
}


def _times_sign(context: Any, x: Expression) -> Callable[[Any], Expression]:
    def times(other: Any) -> Expression:
        if other is x:
            return builders.abs(x, context.rule("Abs"))
        positive = arithmetic.compare(">", x, 0)
        negative = arithmetic.compare("<", x, 0)
        opposite = arithmetic.negate(arithmetic.as_expression(other))
        return extrema.where(positive, other, extrema.where(negative, opposite, 0))

    return times


def product(context: Any, attributes: Any, x: Any, y: Any) -> Any:
    """Mul, also with one factor that jumps."""
    if isinstance(y, Jump):
        x, y = y, x
    if isinstance(x, Jump):
        if isinstance(y, Jump) or x.times is None:
            return x
        return x.times(y)
    if whole(x) and whole(y):
        shapes.check_size(shapes.broadcast_shapes(x.shape, y.shape))
        return x * y
    return arithmetic.multiply(x, y)


def compare(op: str) -> Callable[..., Any]:
    """A comparison: an array of truth values if both sides are constant."""

    def handler(context: Any, attributes: Any, x: Any, y: Any) -> Any:
        if whole(x) and whole(y):
            return _OPERATORS[op](x, y)
        if isinstance(x, Condition) or isinstance(y, Condition):
            if op != "=":
                raise Unsupported(
                    "expected numbers to compare, got truth values; use And, Or and Not"
                )
            return ~_xor(_condition(x), _condition(y))
        (a, b), shape = arithmetic.align(x, y)
        left, right = arithmetic.constant_values(a), arithmetic.constant_values(b)
        if left is None or right is None:
            return arithmetic.compare(op, a, b)
        import numpy

        pairs = zip(
            shapes.broadcast_indices(a.shape, shape),
            shapes.broadcast_indices(b.shape, shape),
            strict=True,
        )
        found = [_OPERATORS[op](left[i], right[j]) for i, j in pairs]
        return numpy.array(found, dtype=bool).reshape(shape)

    return handler


def logical(kind: str) -> Callable[..., Any]:
    """And, Or or Xor of conditions and arrays of truth values."""

    def handler(context: Any, attributes: Any, x: Any, y: Any) -> Any:
        if whole(x) and whole(y):
            return {"and": operator.and_, "or": operator.or_, "xor": operator.xor}[kind](x, y)
        left, right = _condition(x), _condition(y)
        return _xor(left, right) if kind == "xor" else Joined(kind, (left, right))

    return handler


def _xor(x: Condition, y: Condition) -> Condition:
    return (x & ~y) | (~x & y)


def _condition(value: Any) -> Condition:
    """A condition, also from an array of truth values."""
    if isinstance(value, Condition):
        return value
    if whole(value) and value.dtype.kind == "b":
        return arithmetic.compare(">", value.astype("int64"), Fraction(1, 2))
    raise Unsupported("expected a condition, got numbers; compare them with 0")


def negation(context: Any, attributes: Any, condition: Any) -> Any:
    return ~condition


def where(context: Any, attributes: Any, condition: Any, x: Any, y: Any) -> Any:
    if whole(condition) and whole(x) and whole(y):
        import numpy

        return numpy.where(condition, x, y)
    if whole(condition):
        nodes, _ = arithmetic.align(x, y)
        shape = shapes.broadcast_shapes(condition.shape, *(node.shape for node in nodes))
        chosen = condition.reshape(-1).tolist()
        rows = zip(
            shapes.broadcast_indices(condition.shape, shape),
            *(shapes.broadcast_indices(node.shape, shape) for node in nodes),
            strict=True,
        )
        both = arithmetic.concat([node.reshape(-1) for node in nodes])
        first = nodes[0].size
        return both._gather(shape, [i if chosen[c] else first + j for c, i, j in rows])
    if not isinstance(condition, (Comparison, Joined)):
        raise Unsupported(
            "expected Where of Greater, Less or one of their kind, got another condition; write "
            "it as a comparison"
        )
    return extrema.where(condition, x, y)


_FLOATS = (1, 10, 11, 16)
_BOOL = 9
_INTEGERS = {2: (0, 8), 3: (1, 7), 4: (0, 16), 5: (1, 15), 6: (1, 31), 7: (1, 63), 12: (0, 32),
             13: (0, 64)}  # fmt: skip
"""The types of whole numbers: whether they have a sign, and their bits without it."""


def cast(context: Any, attributes: Any, x: Any) -> Any:
    to = attributes["to"]
    if isinstance(x, (Comparison, Joined)):
        if to == _BOOL:
            return x
        condition = x
        return Jump(
            "jumps where its condition changes",
            shape_of(x),
            lambda other: extrema.where(condition, other, 0),
        )
    if isinstance(x, Expression):
        if to in _FLOATS:
            return x
        values = arithmetic.constant_values(x)
        if values is None or to not in (_BOOL, *_INTEGERS):
            raise Unsupported("expected a cast to a float type, got one that jumps; remove it")
        import numpy

        if to == _BOOL:
            return numpy.array([bool(v) for v in values], dtype=bool).reshape(x.shape)
        return _fitting(numpy.array([int(v) for v in values], dtype=object), to).reshape(x.shape)
    if to in _FLOATS:
        return arithmetic.as_expression(x.astype("int64"))
    return x.astype(bool) if to == _BOOL else _fitting(x, to)


def _fitting(x: Any, to: int) -> Any:
    """Whole numbers that the type can hold; what runtimes make of others differs."""
    if to not in _INTEGERS:
        raise Unsupported(f"expected a cast to a number, got the type number {to}; remove it")
    signed, bits = _INTEGERS[to]
    if x.size and not (-signed * 2**bits <= int(x.min()) and int(x.max()) < min(2**bits, 2**63)):
        raise Unsupported(
            f"expected whole numbers that the type number {to} can hold, got {x.min()} to "
            f"{x.max()}; cast to int64"
        )
    return x.astype("int64")


def cast_like(context: Any, attributes: Any, x: Any, like: Any) -> Any:
    if isinstance(like, Expression):
        return cast(context, {"to": 1}, x)
    if isinstance(like, Condition) or like.dtype.kind == "b":
        return cast(context, {"to": _BOOL}, x)
    return cast(context, {"to": _TYPE_NUMBERS.get(like.dtype.name, 0)}, x)


_TYPE_NUMBERS = {
    "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "uint32": 12,
    "uint64": 13,
}  # fmt: skip
