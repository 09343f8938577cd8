"""``stop_gradient`` where it stands for a shift that cancels: softmax, log_softmax, logsumexp.

jax subtracts the stopped maximum m before it takes exponentials. Values and gradients are those
without m as soon as it is out again, so m is kept as a name for each entry, x − m and
Σ exp(x − m) as pairs with these names, and a quotient, or a sum with m, drops them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.jax.moves import MOVES, places
from piecewise_mt.interop.jax.values import Importer, Unused, expanded, picked, shape_of

_names = count()


class Shift(Unused):
    """Stopped values: the name of one for each entry."""

    def __init__(self, names: Sequence[int], shape: shapes.Shape) -> None:
        self.names, self.shape = list(names), tuple(shape)

    def refusal(self) -> Unsupported:
        """The error to raise."""
        return Unsupported(
            "expected gradients through every operation, got stop_gradient on a value that depends "
            "on the input; the result would have no associated gradient, so leave it out"
        )


class Shifted(Shift):
    """An expression minus a stopped value at each entry."""

    def __init__(self, value: Expression, names: Sequence[int]) -> None:
        super().__init__(names, value.shape)
        self.value = value


class Sums(Shift):
    """Sums of exponentials of entries of `logits`, each times exp(−m)."""

    def __init__(
        self, logits: Expression, groups: Sequence[Sequence[int]], names: Sequence[int], shape: Any
    ) -> None:
        super().__init__(names, shape)
        self.logits, self.groups = logits, [tuple(group) for group in groups]


class _Pair(NamedTuple):
    one: Any
    two: Any


def shifted(
    name: str, params: Any, operands: Sequence[Any], importer: Importer, equation: Any
) -> list[Any] | None:
    """The results of an operation on stopped values, None if there are none.

    Raises
    ------
    Unsupported
        If a stopped value would not drop out.
    """
    if name == "stop_gradient":
        (x,) = operands
        if isinstance(x, Shift):
            raise x.refusal()
        shape = shape_of(x)
        return [Shift([next(_names) for _ in range(importer.value(x).size)], shape)]
    given = next((operand for operand in operands if isinstance(operand, Shift)), None)
    if given is None:
        return None
    result = None
    if len(operands) == 2 and name in ("add", "sub", "div"):
        result = _of_two(name, _Pair(*operands), importer)
    elif name in MOVES and len(operands) == 1:
        indices, shape = places(equation, operands)[0]
        result = _moved(given, [i - 1 for i in indices], shape)
    elif name == "exp" and type(given) is Shifted:
        singles = [(i,) for i in range(given.value.size)]
        result = Sums(given.value.ravel(), singles, given.names, given.shape)
    elif name == "abs" and type(given) is Sums:
        result = given  # they are positive
    elif name == "log" and type(given) is Sums:
        result = Shifted(_logsumexp(given), given.names)
    elif name == "reduce_sum" and type(given) is Sums:
        result = _summed(given, tuple(params["axes"]))
    if result is None:
        raise given.refusal()
    return [result]


def _moved(x: Shift, indices: Sequence[int], shape: Any) -> Any:
    names = [x.names[i] for i in indices]
    if isinstance(x, Shifted):
        return Shifted(picked((x.value,), indices, shape), names)
    if isinstance(x, Sums):
        return Sums(x.logits, [x.groups[i] for i in indices], names, shape)
    return Shift(names, shape)


def _of_two(name: str, pair: _Pair, importer: Importer) -> Any:
    shape = shapes.broadcast_shapes(*(shape_of(part) for part in pair))
    one: Any
    two: Any
    one, two = (
        _moved(part, shapes.broadcast_indices(part.shape, shape), shape)
        if isinstance(part, Shift)
        else expanded(importer.value(part), shape)
        for part in pair
    )
    kinds = type(one), type(two)
    if name == "sub" and isinstance(one, Expression) and kinds[1] is Shift:
        return Shifted(one, two.names)
    if name == "add":
        for x, m in ((one, two), (two, one)):
            if type(x) is Shifted and type(m) is Shift and x.names == m.names:
                return x.value
            if type(x) is Shifted and isinstance(m, Expression):
                return Shifted(arithmetic.add(x.value, m), x.names)
    if name == "sub" and kinds[0] is Shifted and isinstance(two, Expression):
        return Shifted(arithmetic.subtract(one.value, two), one.names)
    if name == "sub" and kinds == (Shifted, Shifted) and one.names == two.names:
        return arithmetic.subtract(one.value, two.value)
    if name == "div" and isinstance(one, Sums) and isinstance(two, Sums) and one.names == two.names:
        return _quotient(one, two, shape)
    return None


def _summed(x: Sums, axes: tuple[int, ...]) -> Any:
    kept = tuple(n for a, n in enumerate(x.shape) if a not in axes)
    _, groups = shapes.reduction(x.shape, axes)
    names = []
    for group in groups:
        if len({x.names[i] for i in group}) != 1:
            return None
        names.append(x.names[group[0]])
    return Sums(x.logits, [[j for i in g for j in x.groups[i]] for g in groups], names, kept)


def _logsumexp(x: Sums) -> Expression:
    parts = [
        smooth_nodes.logsumexp(picked((x.logits,), group, (len(group),)), 0) for group in x.groups
    ]
    if len({len(group) for group in x.groups}) == 1:
        flat = [i for group in x.groups for i in group]
        rows = picked((x.logits,), flat, (len(x.groups), len(x.groups[0])))
        return smooth_nodes.logsumexp(rows, 1).reshape(x.shape)
    return arithmetic.stack(parts).reshape(x.shape)


def _quotient(one: Sums, two: Sums, shape: Any) -> Any:
    """Entries of softmax, if each numerator is one term of its denominator."""
    if one.logits is not two.logits:
        return None
    groups = list(dict.fromkeys(two.groups))
    starts, size = {}, 0
    for group in groups:
        starts[group] = size
        size += len(group)
    indices = []
    for single, group in zip(one.groups, two.groups, strict=True):
        if len(single) != 1 or single[0] not in group:
            return None
        indices.append(starts[group] + group.index(single[0]))
    shares = [
        smooth_nodes.softmax(picked((one.logits,), group, (len(group),)), 0) for group in groups
    ]
    return picked(shares, indices, shape)
