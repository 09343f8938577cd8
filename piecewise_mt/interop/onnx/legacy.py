"""Operators of old versions in the words of the later ones, where their meaning is clear."""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.interop.onnx.moves import shape_of

_BROADCAST = {
    "Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less",
}  # fmt: skip
_TYPES = {
    "FLOAT": 1, "UINT8": 2, "INT8": 3, "UINT16": 4, "INT16": 5, "INT32": 6, "INT64": 7, "BOOL": 9,
    "FLOAT16": 10, "DOUBLE": 11, "UINT32": 12, "UINT64": 13,
}  # fmt: skip
MODERN = 9
"""From this version on nothing here is needed."""


def adapted(
    kind: str, opset: int, attributes: dict[str, Any], inputs: list[Any]
) -> tuple[dict[str, Any], list[Any]]:
    """Attributes and inputs as they were written later, for an operator of an old version."""
    if opset >= MODERN:
        return attributes, inputs
    import numpy

    own, given = dict(attributes), list(inputs)
    own.pop("consumed_inputs", None)
    if kind in ("BatchNormalization", "Dropout") and opset < 7 and not own.pop("is_test", 0):
        raise Unsupported(
            f"expected {kind} in evaluation mode, got training mode, the default before version 7; "
            "export with is_test=1"
        )
    if kind == "BatchNormalization" and not own.pop("spatial", 1):
        raise Unsupported(
            "expected BatchNormalization with one statistic a channel, got spatial=0; use Mul "
            "and Add"
        )
    if opset >= 7:
        return own, given
    if kind in _BROADCAST:
        given = _broadcast(own, given)
    elif kind == "PRelu" and len(given[1].shape) == 1 and given[1].shape[0] > 1:
        # one slope for each channel
        given[1] = given[1].reshape((-1, *(1 for _ in shape_of(given[0])[2:])))
    elif kind == "Concat":
        own.setdefault("axis", 1)
    elif kind == "Reshape" and len(given) == 1:
        given.append(numpy.array(own["shape"], dtype="int64"))
    elif kind == "Pad":
        own.setdefault("pads", own.get("paddings"))
    elif kind == "Cast" and isinstance(own.get("to"), str):
        own["to"] = _TYPES.get(own["to"], 0)
    elif kind == "Upsample" and "scales" not in own:
        own["scales"] = [1.0, 1.0, own["height_scale"], own["width_scale"]]
    elif kind == "Selu" and opset < 6:
        own.setdefault("alpha", 1.6732)
        own.setdefault("gamma", 1.0507)
    return own, given


def _broadcast(attributes: dict[str, Any], inputs: list[Any]) -> list[Any]:
    """Before version 7 the second operand was stretched only if asked, from a given axis on."""
    x, y = inputs
    left, right = shape_of(x), shape_of(y)
    if not attributes.get("broadcast"):
        if left != right:
            raise ShapeError(
                f"expected operands of one shape, got {left} and {right} without broadcast=1; "
                "set it"
            )
        return inputs
    axis = attributes.get("axis")
    if axis is None or not right:
        return inputs
    place = axis + len(left) if axis < 0 else axis
    return [x, y.reshape((*right, *(1,) * (len(left) - place - len(right))))]
