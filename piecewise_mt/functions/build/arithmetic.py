"""Arithmetic of expressions and exact numbers, with numpy's broadcasting.

One rule is added to numpy's: a SymPy column ``Matrix`` of shape (n, 1) beside a
one-dimensional operand counts as a vector of n entries, because SymPy has no vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from fractions import Fraction
from math import prod
from typing import Any

import sympy

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import MAX_AXES, is_number, to_array, to_fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.conditions import Comparison, Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear
from piecewise_mt.functions.rows import affine_rows
from piecewise_mt.functions.shapes import (
    Shape,
    broadcast_indices,
    broadcast_shapes,
    check_size,
    outer,
    strides,
    to_axis,
)

_ZERO, _ONE = Fraction(0), Fraction(1)


def _shown(value: Any) -> str:
    """A short text of an operand for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def as_expression(value: Any) -> Expression:
    """An expression as it is; numbers and arrays of them as a Constant; lists stacked."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, Condition):
        raise PiecewiseError(
            f"expected an expression, got the condition {value!r}; write mt.where(condition, a, b)"
        )
    if isinstance(value, sympy.MatrixBase):  # an immutable one is a sympy.Expr, too
        return Constant(map(to_number, value.flat()), value.shape)
    if is_number(value):
        return Constant((to_number(value),))
    if isinstance(value, (Mapping, Set)) or not (
        hasattr(value, "tolist") or isinstance(value, Iterable)
    ):
        raise PiecewiseError(
            f"expected an expression, an exact number or an array of them, got "
            f"{type(value).__name__}; give nested lists, a numpy array or a sympy Matrix"
        )
    if hasattr(value, "tolist"):
        if str(getattr(value, "dtype", "")) != "object" or not _mixed(value.tolist()):
            entries, shape = to_array(value, to_number)
            return Constant(entries, shape)
        value = value.tolist()
    value = value if isinstance(value, Sequence) else list(value)
    if _mixed(value):
        return value if isinstance(value, Expression) else stack(value)
    entries, shape = to_array(value, to_number)
    check_size(shape)
    return Constant(entries, shape)


def _mixed(value: Any) -> bool:
    """Whether a nested list has an expression in it, no deeper than an array has axes."""
    level = [value]
    for _ in range(MAX_AXES + 2):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, (Expression, Condition)):
                return True
            if isinstance(item, (list, tuple)):
                inner.extend(item)
            elif str(getattr(item, "dtype", "")) == "object":
                inner.append(item.tolist())
        if not inner:
            return False
        level = inner
    return False


def align(*values: Any) -> tuple[list[Expression], Shape]:
    """The operands as expressions, and the shape that they broadcast to."""
    result = [as_expression(value) for value in values]
    shape = result[0].shape
    if all(node.shape == shape for node in result):
        return result, shape
    columns = [isinstance(value, sympy.MatrixBase) and value.shape[1] == 1 for value in values]
    others = [node.ndim for node, column in zip(result, columns, strict=True) if not column]
    if any(columns) and max(others, default=0) == 1:
        result = [
            Constant(node.values, (node.size,)) if column and isinstance(node, Constant) else node
            for node, column in zip(result, columns, strict=True)
        ]
    return result, broadcast_shapes(*(node.shape for node in result))


def constant_values(node: Expression) -> Sequence[Fraction] | None:
    """The values of an expression built from numbers by affine maps alone, else None."""
    if isinstance(node, Constant):
        return node.values
    if not node._is_constant:  # known without a walk, which a long product would do for each factor
        return None
    rows = affine_rows(node, ())
    return None if rows is None else [constant for (constant,) in rows]


def add(left: Any, right: Any) -> Expression:
    """``left + right``, broadcast."""
    return _combine(left, right, _ONE)


def subtract(left: Any, right: Any) -> Expression:
    """``left - right``, broadcast."""
    return _combine(left, right, -_ONE)


def _combine(left: Any, right: Any, sign: Fraction) -> Expression:
    (a, b), shape = align(left, right)
    ia, ib = (broadcast_indices(node.shape, shape) for node in (a, b))
    if isinstance(b, Constant):
        bias = [sign * b.values[j] for j in ib]
        return Linear((a,), (((i, _ONE),) for i in ia), bias, shape)
    if isinstance(a, Constant):
        bias = [a.values[i] for i in ia]
        return Linear((b,), (((j, sign),) for j in ib), bias, shape)
    rows = (((i, _ONE), (a.size + j, sign)) for i, j in zip(ia, ib, strict=True))
    return Linear((a, b), rows, (_ZERO,) * len(ia), shape)


def negate(node: Expression) -> Expression:
    """``-node``."""
    rows = (((k, -_ONE),) for k in range(node.size))
    return Linear((node,), rows, (_ZERO,) * node.size, node.shape)


def multiply(left: Any, right: Any) -> Expression:
    """``left * right``, broadcast: affine if one of them is constant, else a smooth node."""
    for matrix, other in ((left, right), (right, left)):
        if (
            isinstance(matrix, sympy.MatrixBase)
            and matrix.shape[1] != 1
            and getattr(other, "shape", ()) != ()
        ):
            raise ShapeError(
                "expected * between arrays of numpy's kind, got a sympy Matrix, for which * "
                "means the matrix product; write @ for that, or Matrix.tolist() for entrywise *"
            )
    (a, b), shape = align(left, right)
    values = constant_values(b)
    if values is None:
        values = constant_values(a)
        if values is None:
            from piecewise_mt.functions.build.smooth_nodes import product

            return product(a, b)
        a, b = b, a
    return _scaled(a, [values[j] for j in broadcast_indices(b.shape, shape)], shape)


def _scaled(node: Expression, factors: Sequence[Fraction], shape: Shape) -> Expression:
    indices = broadcast_indices(node.shape, shape)
    rows = (((i, c),) for i, c in zip(indices, factors, strict=True))
    return Linear((node,), rows, (_ZERO,) * len(indices), shape)


def divide(left: Any, right: Any) -> Expression:
    """``left / right``, broadcast: a smooth node unless the divisor is constant."""
    (a, b), shape = align(left, right)
    values = constant_values(b)
    if values is None:
        from piecewise_mt.functions.build.smooth_nodes import quotient

        return quotient(a, b)
    if not all(values):
        raise PiecewiseError(
            f"expected a nonzero divisor, got a division of {_shown(a)} by zero; "
            "divide by a nonzero number"
        )
    factors = [1 / values[j] for j in broadcast_indices(b.shape, shape)]
    return _scaled(a, factors, shape)


def power(base: Any, exponent: Any) -> Expression:
    """``base ** exponent``: a smooth node, unless the exponent is 1."""
    from piecewise_mt.functions.build.smooth_nodes import power as smooth_power

    if not isinstance(exponent, Expression) and is_number(exponent) and to_fraction(exponent) == 1:
        return as_expression(base)
    return smooth_power(base, exponent)


def compare(op: str, left: Any, right: Any) -> Comparison:
    """The condition ``left op right``."""
    (a, b), _ = align(left, right)
    return Comparison(op, a, b)


def matmul(left: Any, right: Any) -> Expression:
    """``left @ right`` with numpy's rules; sums of products unless one of them is constant."""
    a, b = as_expression(left), as_expression(right)
    if not a.shape or not b.shape:
        raise ShapeError(
            f"expected two arrays for @, got the shapes {a.shape} and {b.shape}; "
            "write * for a scalar factor"
        )
    shape_a = a.shape if a.ndim > 1 else (1, *a.shape)
    shape_b = b.shape if b.ndim > 1 else (*b.shape, 1)
    if shape_a[-1] != shape_b[-2]:
        raise ShapeError(
            f"expected inner lengths that agree for @, got the shapes {a.shape} and {b.shape}; "
            "transpose or reshape one of them"
        )
    batch = broadcast_shapes(shape_a[:-2], shape_b[:-2])
    rows, inner, columns = shape_a[-2], shape_a[-1], shape_b[-1]
    shape = batch + ((rows,) if a.ndim > 1 else ()) + ((columns,) if b.ndim > 1 else ())
    check_size(shape)
    left_values = constant_values(a)
    right_values = None if left_values is not None else constant_values(b)
    starts_a = broadcast_indices(shape_a[:-2], batch)
    starts_b = broadcast_indices(shape_b[:-2], batch)
    result: list[list[tuple[int, Fraction]]] = []
    pairs: list[tuple[int, int]] = []
    for start_a, start_b in zip(starts_a, starts_b, strict=True):
        for i in range(rows):
            row = [(start_a * rows + i) * inner + k for k in range(inner)]
            for j in range(columns):
                column = [(start_b * inner + k) * columns + j for k in range(inner)]
                if left_values is not None:
                    terms: Iterable[tuple[int, Fraction]] = zip(
                        column, (left_values[p] for p in row), strict=True
                    )
                elif right_values is not None:
                    terms = zip(row, (right_values[q] for q in column), strict=True)
                else:
                    first = len(pairs)
                    pairs += zip(row, column, strict=True)
                    terms = ((first + k, _ONE) for k in range(inner))
                result.append([(index, c) for index, c in terms if c])
    if pairs:
        from piecewise_mt.functions.build.smooth_nodes import product

        one = Gather((a,), [i for i, _ in pairs], (len(pairs),))
        node = product(one, Gather((b,), [j for _, j in pairs], (len(pairs),)))
    else:
        node = b if left_values is not None else a
    return Linear((node,), result, (_ZERO,) * len(result), shape)


def stack(parts: Any, axis: Any = 0) -> Expression:
    """Arrays of one shape, joined along a new axis.

    Parameters
    ----------
    parts : sequence of expressions, numbers or array-likes
        All of the same shape; at least one.
    axis : int
        Where the new axis stands in the result.

    Raises
    ------
    ShapeError
        If the shapes differ or there is nothing to stack.

    See Also
    --------
    mt.concat : Joins along an axis that exists.
    Expression.reshape : The same entries in another shape.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> mt.stack([mt.max(y1, y2), 1])
    stack([max(y1, y2), 1])
    """
    nodes = _nonempty(parts, "stack")
    shape = nodes[0].shape
    if any(node.shape != shape for node in nodes):
        raise ShapeError(
            f"expected parts of one shape, got {sorted({node.shape for node in nodes})}; "
            "reshape them, or use mt.concat"
        )
    place = to_axis(axis, len(shape) + 1)
    steps = [*strides(shape)]
    steps.insert(place, prod(shape))
    result = (*shape[:place], len(nodes), *shape[place:])
    check_size(result)
    indices = outer([step * k for k in range(n)] for n, step in zip(result, steps, strict=True))
    return Gather(nodes, indices, result)


def concat(parts: Any, axis: Any = 0) -> Expression:
    """Arrays joined along an axis that they have.

    Parameters
    ----------
    parts : sequence of expressions or array-likes
        Of at least one axis each, of equal lengths except along `axis`.
    axis : int
        The axis to join along.

    Raises
    ------
    ShapeError
        If the other lengths differ, a part is a scalar, or there is nothing to join.

    See Also
    --------
    mt.stack : Joins along a new axis.

    Examples
    --------
    Two copies of one tie, each with a parameter of its own:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.concat([mt.relu(x).reshape(1), mt.relu(-x).reshape(1)]).gradient((0,))
    Matrix([
    [ z1],
    [-z2]])
    """
    nodes = _nonempty(parts, "concat")
    if any(node.shape == () for node in nodes):
        raise ShapeError("expected arrays to join, got a scalar; use mt.stack for scalars")
    place = to_axis(axis, nodes[0].ndim)
    rest = {(*node.shape[:place], *node.shape[place + 1 :]) for node in nodes}
    if len(rest) > 1 or len({node.ndim for node in nodes}) > 1:
        raise ShapeError(
            f"expected equal lengths except along axis {place}, got "
            f"{[node.shape for node in nodes]}; slice or reshape the parts"
        )
    shape = nodes[0].shape
    total = sum(node.shape[place] for node in nodes)
    result = (*shape[:place], total, *shape[place + 1 :])
    check_size(result)
    indices: list[int] = []
    block = prod(shape[place + 1 :])
    for outer_index in range(prod(shape[:place])):
        offset = 0
        for node in nodes:
            run = node.shape[place] * block
            indices.extend(range(offset + outer_index * run, offset + (outer_index + 1) * run))
            offset += node.size
    return Gather(nodes, indices, result)


def _nonempty(parts: Any, function: str) -> list[Expression]:
    if is_number(parts) or (isinstance(parts, Expression) and not parts.shape):
        raise ShapeError(
            f"expected a list of parts for mt.{function}, got one scalar; put it into a list"
        )
    if not isinstance(parts, (Iterable, Expression)):
        as_expression(parts)
    nodes = [as_expression(part) for part in parts]
    if not nodes:
        raise ShapeError(f"expected at least one part for mt.{function}, got none; give one")
    return nodes
