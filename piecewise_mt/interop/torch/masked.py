"""Arrays with −∞ at known places, as a mask puts it before a softmax or a maximum.

No expression has such a value, so the places are kept beside it until a softmax gives them the
weight 0, or a maximum leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import smooth_nodes
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear


class Masked:
    """An expression and whether each of its entries is −∞ instead."""

    def __init__(self, value: Expression, hidden: Sequence[bool]) -> None:
        self.value = value
        self.hidden = tuple(hidden)

    @property
    def shape(self) -> shapes.Shape:
        """That of the expression."""
        return self.value.shape


def is_infinite(value: Any) -> bool:
    """Whether a constant tensor or number has −∞ in it."""
    if hasattr(value, "detach"):
        return bool(value.is_floating_point() and (value == -float("inf")).any())
    return isinstance(value, float) and value == -float("inf")


def hidden_by(x: Expression, mask: Any) -> Masked:
    """`x` with −∞ where a constant mask of truth values is true."""
    shape = shapes.broadcast_shapes(x.shape, tuple(mask.shape))
    indices = shapes.broadcast_indices(x.shape, shape)
    return Masked(x._gather(shape, indices), mask.expand(shape).reshape(-1).tolist())


def added(x: Expression, constant: Any, importer: Any) -> Masked:
    """x + constant, where the constant has −∞ in it."""
    places = constant == -float("inf")
    rest = constant.masked_fill(places, 0)
    return hidden_by(x + importer.constant(rest), places)


def causal(rows: int, columns: int) -> Any:
    """Which columns each row may see: those up to its own place."""
    import torch

    return torch.ones(rows, columns, dtype=torch.bool).tril()


def moved(x: Masked, move: Callable[[Expression], Expression], numbers: Any, torch: Any) -> Masked:
    """A rearrangement: of the entries by `move`, of the places by torch itself."""
    flags = torch.tensor(x.hidden, dtype=torch.float64).reshape(x.shape)
    return Masked(move(x.value), [bool(flag) for flag in numbers(flags).reshape(-1).tolist()])


def softmax(x: Masked, dim: int) -> Expression:
    """Weights that are 0 at the hidden places."""
    axis = shapes.to_axis(dim, x.value.ndim)
    _, groups = shapes.reduction(x.shape, axis)
    parts, places, size = [], [0] * x.value.size, 0
    for group in groups:
        kept = [i for i in group if not x.hidden[i]]
        if not kept:
            raise Unsupported("expected an entry that is not −∞ for softmax, got none; mask fewer")
        parts.append(smooth_nodes.softmax(Gather((x.value,), kept, (len(kept),)), 0))
        for k, i in enumerate(kept):
            places[i] = size + k + 1
        size += len(kept)
    one = Fraction(1)
    rows = [[(place - 1, one)] if place else [] for place in places]
    return Linear(parts, rows, (Fraction(0),) * len(rows), x.shape)


def reduced(x: Masked, function: Callable[[Expression], Expression], dim: Any) -> Expression:
    """A maximum, or a sum of exponentials, of the entries that are there, along an axis."""
    axis = shapes.to_axis(dim[0] if isinstance(dim, (tuple, list)) else dim, x.value.ndim)
    shape, groups = shapes.reduction(x.shape, axis)
    parts = []
    for group in groups:
        kept = [i for i in group if not x.hidden[i]]
        if not kept:
            raise Unsupported("expected an entry that is not −∞ to reduce, got none; mask fewer")
        parts.append(function(Gather((x.value,), kept, (len(kept),))))
    return stack(parts).reshape(shape)


def asked(importer: Any, target: Any, name: str, args: Any, kwargs: Any) -> Any:
    """An operation of which an argument is −∞ somewhere; None if there is no such argument.

    Raises
    ------
    Unsupported
        If the operation is no addition, scaling by a positive number, view, softmax or maximum.
    """
    import torch

    given = dict(zip((a.name for a in target._schema.arguments), args, strict=False)) | kwargs
    own = given.get("self")
    if isinstance(own, Expression) and name == "masked_fill" and is_infinite(given["value"]):
        mask = given["mask"]
        if hasattr(mask, "detach"):
            return hidden_by(own, mask)
    if name == "where" and isinstance(own, Expression) and is_infinite(given["other"]):
        if hasattr(given["condition"], "detach"):
            return hidden_by(own, ~given["condition"])
    if name == "add" and given.get("alpha", 1) == 1:
        for x, y in ((own, given["other"]), (given["other"], own)):
            if isinstance(x, Expression) and hasattr(y, "detach") and is_infinite(y):
                return added(x, y, importer)
    if name == "baddbmm" and hasattr(own, "detach") and is_infinite(own):
        from piecewise_mt.interop.torch.operators import OPERATORS

        product = OPERATORS["bmm"](importer, None, given["batch1"], given["batch2"])
        scaled = product * importer.number(given.get("alpha", 1))
        return added(scaled, own * given.get("beta", 1), importer)
    if not any(isinstance(part, Masked) for part in given.values()):
        return None
    if isinstance(own, Masked):
        return _of_masked(importer, target, name, own, given, torch)
    raise _unknown(name)


def _of_masked(
    importer: Any, target: Any, name: str, own: Masked, given: dict[str, Any], torch: Any
) -> Any:
    from piecewise_mt.conventions import pytorch
    from piecewise_mt.interop.torch import moving

    dim = given.get("dim")
    others = {key: value for key, value in given.items() if key != "self"}
    if name in ("softmax", "_softmax"):
        return softmax(own, int(given["dim"]))
    if name in ("amax", "logsumexp", "max") and dim not in (None, []) and not given.get("keepdim"):
        if name == "logsumexp":
            return reduced(own, lambda x: smooth_nodes.logsumexp(x, 0), dim)
        if name == "amax":
            return reduced(own, lambda x: pytorch.amax(x, 0), dim)
        return [reduced(own, lambda x: pytorch.max_dim(x, 0), dim), None]
    if name in moving.MOVES and name not in ("cat", "stack", "where", "masked_fill"):
        return moved(
            own,
            lambda x: moving.moved(importer, target, x, **others),
            lambda flags: target(flags, **others),
            torch,
        )
    factor = given.get("other")
    if name in ("mul", "div") and isinstance(factor, (int, float)) and factor > 0:
        number = importer.number(factor)
        return Masked(own.value * (number if name == "mul" else 1 / number), own.hidden)
    raise _unknown(name)


def _unknown(name: str) -> Unsupported:
    return Unsupported(
        f"expected a softmax, a maximum or a view of entries with −∞, got {name}; mask right "
        "before the softmax"
    )
