"""Conditions on the input: comparisons, masks that are multiplied, and choices by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic
from piecewise_mt.functions.build.selection import select
from piecewise_mt.functions.conditions import FALSE, TRUE, Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression

COMPARISONS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=", "ne": "!="}


def comparison(op: str) -> Callable[..., Condition]:
    """A comparison of two values entry by entry."""

    def handler(importer: Any, target: Any, x: Any, y: Any) -> Condition:
        return arithmetic.compare(op, importer.value(x), importer.value(y))

    return handler


def joined(kind: str) -> Callable[..., Condition]:
    """Both of two conditions, or one of them."""

    def handler(importer: Any, target: Any, x: Any, y: Any) -> Condition:
        one, two = (as_condition(importer, part) for part in (x, y))
        return one & two if kind == "and" else one | two

    return handler


def negated(importer: Any, target: Any, x: Any) -> Condition:
    """A condition's opposite."""
    return ~as_condition(importer, x)


def as_condition(importer: Any, value: Any) -> Condition:
    """A mask of known truth values as a comparison of numbers, a condition as it is."""
    if isinstance(value, Condition):
        return value
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, Expression):
        raise Unsupported("expected a condition, got numbers used as truth values; compare them")
    return arithmetic.compare(">", importer.constant(value), 0)


def chosen(importer: Any, condition: Any, yes: Any, no: Any) -> Expression:
    """``torch.where`` by a condition on the input."""
    return select(as_condition(importer, condition), importer.value(yes), importer.value(no))


def product(importer: Any, condition: Condition, other: Any) -> Any:
    """A mask of ones and zeros times a value, or times another mask."""
    if isinstance(other, Condition):
        return condition & other
    value = importer.value(other)
    shape = shapes.broadcast_shapes(value.shape, shape_of(condition))
    return select(condition, _expanded(value, shape), _expanded(value * 0, shape))


def numbers(importer: Any, condition: Condition) -> Expression:
    """A mask as ones and zeros."""
    return select(condition, arithmetic.as_expression(1), arithmetic.as_expression(0))


def shape_of(condition: Condition) -> shapes.Shape:
    """The shape that a condition's comparisons broadcast to."""
    if isinstance(condition, Comparison):
        return condition.shape
    parts = condition.parts if isinstance(condition, Joined) else ()
    return shapes.broadcast_shapes(*(shape_of(part) for part in parts))


def rearranged(condition: Condition, move: Callable[[Expression], Any]) -> Condition:
    """A condition whose entries are moved about."""
    shape = shape_of(condition)

    def of(part: Condition) -> Condition:
        if isinstance(part, Joined):
            return Joined(part.kind, tuple(of(inner) for inner in part.parts))
        assert isinstance(part, Comparison)
        left, right = (move(_expanded(side, shape)) for side in (part.lhs, part.rhs))
        if not isinstance(left, Expression):
            raise Unsupported("expected one condition, got several parts of one; compare the parts")
        return Comparison(part.op, left, right)

    return of(condition)


def _expanded(value: Expression, shape: shapes.Shape) -> Expression:
    if value.shape == shape:
        return value
    return value._gather(shape, shapes.broadcast_indices(value.shape, shape))
