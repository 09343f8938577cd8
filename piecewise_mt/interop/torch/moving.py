"""Operations that move entries about: torch itself moves their numbers, and they are read off.

Any rearrangement, repetition, slicing, padding or scattering works alike on numbers 1, 2, … in
the places of the entries; a 0 in the result is a place that was filled.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Gather, Linear
from piecewise_mt.interop.torch.exported import leaves

MOVES = frozenset(
    "alias as_strided block_diag broadcast_tensors cartesian_prod cat channel_shuffle chunk "
    "clone combinations concat concatenate constant_pad_nd contiguous copy diag diag_embed "
    "diagonal diagonal_scatter embedding expand expand_as fill flatten flip fliplr flipud "
    "gather hsplit hstack im2col index index_copy index_put index_select lift_fresh "
    "lift_fresh_copy masked_fill matrix_H mH mT movedim narrow numpy_T pad permute "
    "pixel_shuffle pixel_unshuffle ravel reflection_pad1d reflection_pad2d reflection_pad3d "
    "repeat repeat_interleave replication_pad1d replication_pad2d replication_pad3d reshape "
    "reshape_as roll rot90 scatter select select_scatter slice slice_scatter split "
    "split_with_sizes squeeze squeeze_copy stack swapaxes swapdims t take take_along_dim "
    "tensor_split tile transpose tril triu unbind unflatten unfold unsafe_chunk unsafe_split "
    "unsqueeze upsample_nearest1d upsample_nearest2d upsample_nearest3d view view_as vsplit "
    "vstack where _unsafe_view _reshape_copy _unsafe_index masked_scatter masked_select "
    "as_strided_scatter".split()
)
SUMS = frozenset("col2im index_add nansum scatter_add trace".split())
"""Operations that add entries up, once each."""
_TENSORS = (
    "self", "tensors", "tensor", "input", "other", "src", "source", "value", "values", "weight",
)  # fmt: skip
"""Arguments that hold entries."""
_CHOICES = frozenset(("condition", "index", "indices", "mask", "sizes", "size", "dims", "repeats"))
"""Arguments whose tensors say where entries go."""
_ENTRIES = frozenset(("fill", "index_put", "masked_fill", "scatter", "where"))
"""Operations whose numbers are entries, too."""


def moved(importer: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
    """What the operation `target` makes of its arguments, some of them expressions."""
    import torch

    names = [argument.name for argument in target._schema.arguments]
    name = target._schema.name.split("::")[-1]
    given = dict(zip(names, args, strict=False)) | kwargs
    if given.get("accumulate") or given.get("reduce") == "add":
        return summed(importer, target, *args, **kwargs)
    if given.get("reduce") is not None:
        raise Unsupported("expected entries to be replaced or added, got a product; write it out")
    if any(isinstance(part, Condition) for part in leaves(given)):
        return _of_condition(importer, target, name, given)
    fill = Fraction(0)
    if name in ("pad", "constant_pad_nd") and given.get("value") is not None:
        fill = importer.number(given["value"])
        given["value"] = 0.0
    parts: list[Expression] = []

    def numbered(part: Any) -> Any:
        if isinstance(part, (tuple, list)):
            return [numbered(entry) for entry in part]
        if isinstance(part, torch.Tensor):
            part = importer.constant(part)
        elif isinstance(part, (int, float)) and name in _ENTRIES:
            part = Constant((importer.number(part),))
        if not isinstance(part, Expression):
            return part
        start = 1 + sum(node.size for node in parts)
        parts.append(part)
        places = torch.arange(start, start + part.size, dtype=torch.float64)
        return places.reshape(part.shape)

    entries = _TENSORS
    for key, value in given.items():
        if key in _CHOICES and any(isinstance(entry, Expression) for entry in _flat(value)):
            raise Unsupported("expected constant indices, got some that depend on the input")
        if key in entries:
            given[key] = numbered(value)
    with torch.no_grad():
        result = _call(target, name, given, torch)
    return _read(result, parts, fill)


def summed(importer: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
    """What an operation of :data:`SUMS` makes of its arguments; torch adds one entry at a time."""
    import torch

    names = [argument.name for argument in target._schema.arguments]
    given = dict(zip(names, args, strict=False)) | kwargs
    if given.get("dtype") is not None:
        raise Unsupported("expected a sum in the type of its entries, got a dtype; leave it out")
    parts: dict[str, Expression] = {}
    for key, value in given.items():
        if key in _CHOICES and isinstance(value, Expression):
            raise Unsupported("expected constant indices, got some that depend on the input")
        if key in _TENSORS:
            parts[key] = importer.value(value)
    if given.pop("alpha", 1) != 1:
        raise Unsupported("expected entries added up as they are, got alpha; multiply before")
    zeros = {key: torch.zeros(part.shape, dtype=torch.float64) for key, part in parts.items()}
    with torch.no_grad():
        shape = tuple(target(**{**given, **zeros}).shape)
        rows: list[list[tuple[int, Fraction]]] = [[] for _ in range(prod(shape))]
        place = 0
        for key, part in parts.items():
            for k in range(part.size):
                one = zeros[key].clone()
                one.view(-1)[k] = 1
                column = target(**{**given, **zeros, key: one}).reshape(-1)
                for i in column.nonzero().reshape(-1).tolist():
                    rows[i].append((place + k, Fraction(column[i].item())))
            place += part.size
    return Linear(list(parts.values()), rows, (Fraction(0),) * len(rows), shape)


def _flat(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value]


def _call(target: Any, name: str, given: dict[str, Any], torch: Any) -> Any:
    if name in ("masked_fill", "fill") and isinstance(given["value"], torch.Tensor):
        value = given["value"]
        if name == "fill":
            return value.expand(given["self"].shape)
        return torch.where(given["mask"], value, given["self"])
    if name in ("where", "scatter", "index_put"):  # overloads for numbers take tensors as well
        if name == "where":
            return torch.where(given["condition"], given["self"], given["other"])
        if name == "scatter" and "value" in given:
            source = given["value"].expand(given["index"].shape)
            return torch.scatter(given["self"], given["dim"], given["index"], source)
    if name in ("copy", "view_as", "reshape_as", "expand_as") and name == "copy":
        return given["src"].expand(given["self"].shape)
    return target(**given)


def _is_one(value: Any) -> bool:
    """Whether an array has a single entry."""
    size = getattr(value, "size", None)
    return (size() == () or value.numel() == 1) if callable(size) else size == 1


def _read(result: Any, parts: list[Expression], fill: Fraction) -> Any:
    if isinstance(result, (tuple, list)):
        return [_read(part, parts, fill) for part in result]
    shape = tuple(result.shape)
    places = [int(number) for number in result.reshape(-1).tolist()]
    parts, places = _used(parts, places)
    if all(places):
        if len(parts) == 1:
            return parts[0]._gather(shape, [place - 1 for place in places])
        return Gather(parts, [place - 1 for place in places], shape)
    rows = [[(place - 1, Fraction(1))] if place else [] for place in places]
    return Linear(parts, rows, [Fraction(0) if place else fill for place in places], shape)


def _of_condition(importer: Any, target: Any, name: str, given: dict[str, Any]) -> Any:
    """An operation by a condition, or a rearrangement of conditions."""
    from piecewise_mt.interop.masks import chosen, rearranged, shape_of

    own = given.get("self")
    if name == "where":
        return chosen(importer, given["condition"], given["self"], given["other"])
    if name == "masked_fill":
        return chosen(importer, given["mask"], given["value"], own)
    if name == "index_put" and len(given["indices"]) == 1 and _is_one(given["values"]):
        (mask,) = given["indices"]
        if isinstance(mask, Condition) and own is not None and shape_of(mask) == own.shape:
            return chosen(importer, mask, importer.value(given["values"]).reshape(()), own)
    if isinstance(own, (Comparison, Joined)):
        others = {key: value for key, value in given.items() if key != "self"}
        return rearranged(own, lambda x: moved(importer, target, x, **others))
    raise Unsupported(
        "expected a choice by torch.where, got entries picked by a condition on the input; their "
        "number differs from point to point, so write torch.where"
    )


def _used(parts: list[Expression], places: list[int]) -> tuple[list[Expression], list[int]]:
    """The parts whose numbers are there, and the places counted among these."""
    present = set(places)
    kept, new, start, shift = [], {0: 0}, 1, 0
    for part in parts:
        own = range(start, start + part.size)
        start += part.size
        if len(parts) == 1 or not present.isdisjoint(own):
            kept.append(part)
            new.update((place, place - shift) for place in own)
        else:
            shift += part.size
    return kept, [new[place] for place in places]
