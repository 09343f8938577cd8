"""Operations that move entries: jax itself moves their numbers, and the entries follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear
from piecewise_mt.interop import masks
from piecewise_mt.interop.jax.values import Importer, is_known, shape_of

MOVES: Mapping[str, tuple[int, ...] | None] = {
    **dict.fromkeys(
        (
            "broadcast_in_dim copy copy_p dynamic_slice expand_dims gather reshape rev slice "
            "split squeeze tile transpose"
        ).split(),
        (0,),
    ),
    **dict.fromkeys(("concatenate", "optimization_barrier", "stack"), None),
    "dynamic_update_slice": (0, 1),
    "pad": (0, 1),
    "scatter": (0, 2),
}
"""Which operands hold the entries; None for all of them."""


def places(equation: Any, operands: Sequence[Any]) -> list[tuple[list[int], tuple[int, ...]]]:
    """For each result the number, from 1, that each of its entries has among the operands'."""
    import numpy

    data = MOVES[equation.primitive.name]
    given, start = [], 1
    for k, operand in enumerate(operands):
        if data is not None and k not in data:
            if not is_known(operand):
                raise Unsupported(
                    "expected known indices, got some that depend on the input; leave them out"
                )
            given.append(operand)
            continue
        shape = shape_of(operand)
        size = prod(shape)
        given.append(numpy.arange(start, start + size, dtype=numpy.int32).reshape(shape))
        start += size
    results = equation.primitive.bind(*given, **equation.params)
    if not equation.primitive.multiple_results:
        results = [results]
    found = []
    for result in results:
        numbers = numpy.asarray(result).reshape(-1).tolist()
        if not all(0 < number < start for number in numbers):
            raise Unsupported(
                "expected indices within the array, got some outside; jax fills in what is no "
                "number there"
            )
        found.append((numbers, tuple(result.shape)))
    return found


def moved(importer: Importer, equation: Any, *operands: Any) -> list[Any]:
    """The results of an operation that moves entries of expressions, or of one condition."""
    data = MOVES[equation.primitive.name]
    parts = [part for k, part in enumerate(operands) if data is None or k in data]
    found = places(equation, operands)
    if len(parts) == 1 and isinstance(parts[0], Condition):
        return [
            masks.rearranged(parts[0], rearrangement([i - 1 for i in at], shape))
            for at, shape in found
        ]
    values = tuple(importer.value(part) for part in parts)
    return [Gather(values, [i - 1 for i in at], shape) for at, shape in found]


def rearrangement(indices: list[int], shape: tuple[int, ...]) -> Callable[[Expression], Expression]:
    """What takes the entries of the given numbers, from 0."""
    return lambda side: Gather((side,), indices, shape)


def scatter_add(
    importer: Importer, equation: Any, x: Any, indices: Any, updates: Any
) -> Expression:
    """An array with others added to some of its entries."""
    import jax
    import numpy

    if not is_known(indices):
        raise Unsupported(
            "expected known indices, got some that depend on the input; leave them out"
        )
    node, other = importer.value(x), importer.value(updates)
    kind = equation.outvars[0].aval.dtype
    zeros = numpy.zeros(node.shape, dtype=kind)
    _, back = jax.vjp(
        lambda given: equation.primitive.bind(zeros, indices, given, **equation.params),
        numpy.zeros(other.shape, dtype=kind),
    )
    # the gradient of an entry is taken from where the entry went, and 0 if it was dropped
    numbers = numpy.arange(1, node.size + 1, dtype=kind).reshape(node.shape)
    rows = [[(i, Fraction(1))] for i in range(node.size)]
    for k, place in enumerate(numpy.asarray(back(numbers)[0]).reshape(-1).astype(int).tolist()):
        if place:
            rows[place - 1].append((node.size + k, Fraction(1)))
    return Linear((node, other), rows, (Fraction(0),) * len(rows), node.shape)
