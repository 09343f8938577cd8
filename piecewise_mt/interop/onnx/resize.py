"""ONNX's Resize and Upsample: affine maps, axis by axis, with rational coordinates."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod
from typing import Any

from piecewise_mt.budget import require_bytes
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.interop.onnx.moves import integers

Row = dict[int, Fraction]
_HALF = Fraction(1, 2)
ROW = 2000
"""The bytes of one row, with its fractions."""


def upsample(context: Any, attributes: Any, x: Expression, scales: Any = None) -> Expression:
    """Upsample, which Resize replaced: asymmetric coordinates, rounded down."""
    factors = attributes["scales"] if scales is None else arithmetic.constant_values(scales)
    if factors is None:
        raise Unsupported("expected constant scales or sizes for Resize, got none; fix them")
    ratios = [_ratio(value) for value in factors]
    mode = attributes.get("mode", "nearest")
    for n, ratio in zip(x.shape, ratios, strict=True):
        require_bytes(ROW * floor(n * ratio), "the rows of Resize")
        between = any((i / ratio).denominator > 1 for i in range(floor(n * ratio)))
        if mode == "nearest" and ratio < 1 and between:
            raise Unsupported(
                f"expected the scale 1 or more before version 11, got {ratio}, where runtimes "
                "differ in the entry that is nearest; use Resize of version 11"
            )
    own = {"mode": mode, "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return _resized(context, own, x, ratios, None, list(range(x.ndim)), None)


def resize(
    context: Any, attributes: Any, x: Expression, roi: Any = None, scales: Any = None,
    sizes: Any = None,
) -> Expression:  # fmt: skip
    if context.opset < 11:  # Resize of version 10 has no region and Upsample's coordinates
        return upsample(context, attributes, x, roi)
    axes = [shapes.to_axis(int(a), x.ndim) for a in attributes.get("axes", range(x.ndim))]
    lengths = None if sizes is None or not _size(sizes) else integers(sizes, "sizes for Resize")
    if lengths is None:
        values = None if scales is None else arithmetic.constant_values(
            arithmetic.as_expression(scales)
        )  # fmt: skip
        if not values:
            raise Unsupported("expected constant scales or sizes for Resize, got none; fix them")
        ratios = [_ratio(value) for value in values]
    else:
        ratios = [Fraction(n, x.shape[a]) for n, a in zip(lengths, axes, strict=True)]
        policy = attributes.get("keep_aspect_ratio_policy", "stretch")
        if policy != "stretch":
            ratio = (min if policy == "not_larger" else max)(ratios)
            ratios = [ratio] * len(ratios)
            lengths = [floor(ratio * x.shape[a] + _HALF) for a in axes]
    region = None
    if attributes.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        region = None if roi is None else arithmetic.constant_values(roi)
        if not region:
            raise Unsupported("expected a constant region for Resize, got none; fix it")
    return _resized(context, attributes, x, ratios, lengths, axes, region)


def _size(value: Any) -> int:
    return int(value.size)


def _ratio(value: Any) -> Fraction:
    """The scale that a float32 stands for: the plainest fraction that rounds to it.

    A third is no float, and exact multiples of the nearest one would fall short of the whole
    numbers that were meant, which runtimes reach by rounding.
    """
    import numpy

    exact = Fraction(value)
    near = exact.limit_denominator(1000)
    return near if Fraction(float(numpy.float32(float(near)))) == exact else exact


def _resized(
    context: Any,
    attributes: Any,
    x: Expression,
    ratios: list[Fraction],
    lengths: list[int] | None,
    axes: list[int],
    region: Any,
) -> Expression:
    if attributes.get("antialias"):
        raise Unsupported("expected Resize without antialias, got some; use AveragePool or Conv")
    if len(ratios) != len(axes) or any(ratio <= 0 for ratio in ratios):
        raise Unsupported(
            f"expected {len(axes)} positive scales, got {[str(r) for r in ratios]}; write "
            "one an axis"
        )
    result = x
    for k, (axis, ratio) in enumerate(zip(axes, ratios, strict=True)):
        n = x.shape[axis]
        count = floor(n * ratio) if lengths is None else lengths[k]
        ends = None if region is None else (region[k], region[k + len(region) // 2])
        if ratio == 1 and count == n and ends is None:
            continue
        own = (*result.shape[:axis], count, *result.shape[axis + 1 :])
        require_bytes(ROW * prod(own), "the rows of Resize")
        rows = [_row(attributes, i, n, count, ratio, ends) for i in range(count)]
        if count == n and ratio != 1 and rows != [{i: Fraction(1)} for i in range(n)]:
            raise Unsupported(
                f"expected a scale that changes the length {n}, got {ratio}, with which runtimes "
                "copy and the standard mixes; write sizes"
            )
        outside = context.scalar(attributes.get("extrapolation_value", 0.0))
        result = _along(context, result, axis, rows, outside)
    return result


def _row(attributes: Any, i: int, n: int, count: int, ratio: Fraction, ends: Any) -> Row | None:
    """The weights of the entries that make entry `i`; None where it lies outside the region."""
    mode = attributes.get("coordinate_transformation_mode", "half_pixel")
    at = _COORDINATES[mode](i, n, count, ratio, ends)
    if ends is not None and not 0 <= at <= n - 1:
        return None
    kind = attributes.get("mode", "nearest")
    if kind == "nearest":
        rounding = attributes.get("nearest_mode", "round_prefer_floor")
        decided = at if rounding in ("floor", "ceil") else at - _HALF
        inexact = ratio.denominator & (ratio.denominator - 1)  # no power of two: not in floats
        if mode == "half_pixel_symmetric" and inexact and decided.denominator == 1:
            raise Unsupported(
                f"expected coordinates that rounding cannot move, got {at} with the scale {ratio} "
                "and half_pixel_symmetric, where runtimes differ; use half_pixel"
            )
        return {min(max(_ROUNDED[rounding](at), 0), n - 1): Fraction(1)}
    start, part = floor(at), at - floor(at)
    if kind == "linear" or kind == "bilinear":
        taps = {start: 1 - part, start + 1: part}
    elif kind == "cubic":
        a = Fraction(attributes.get("cubic_coeff_a", -0.75))
        taps = {start + k: _cubic(abs(part - k), a) for k in (-1, 0, 1, 2)}
    else:
        raise Unsupported(f"expected the mode nearest, linear or cubic, got {kind!r}; use another")
    if attributes.get("exclude_outside"):
        taps = {k: w for k, w in taps.items() if 0 <= k < n}
        total = sum(taps.values())
        taps = {k: w / total for k, w in taps.items()}
    row: Row = {}
    for k, weight in taps.items():
        place = min(max(k, 0), n - 1)
        row[place] = row.get(place, Fraction(0)) + weight
    return row


def _cubic(s: Fraction, a: Fraction) -> Fraction:
    """The kernel of cubic convolution (Keys 1981) at the distance s."""
    if s <= 1:
        return ((a + 2) * s - (a + 3)) * s * s + 1
    return ((a * s - 5 * a) * s + 8 * a) * s - 4 * a


def _aligned(i: int, n: int, count: int, ratio: Fraction, ends: Any) -> Fraction:
    return Fraction(i * (n - 1), count - 1) if count > 1 else Fraction(0)


def _symmetric(i: int, n: int, count: int, ratio: Fraction, ends: Any) -> Fraction:
    adjustment = Fraction(count) / (n * ratio)
    return Fraction(n, 2) * (1 - adjustment) + (i + _HALF) / ratio - _HALF


def _cropped(i: int, n: int, count: int, ratio: Fraction, ends: Any) -> Fraction:
    start, end = (Fraction(own) for own in ends)
    if count == 1:
        return (start + end) * (n - 1) / 2
    return start * (n - 1) + i * (end - start) * (n - 1) / (count - 1)


_COORDINATES: dict[str, Callable[[int, int, int, Fraction, Any], Fraction]] = {
    "half_pixel": lambda i, n, count, ratio, ends: (i + _HALF) / ratio - _HALF,
    "half_pixel_symmetric": _symmetric,
    "pytorch_half_pixel": lambda i, n, count, ratio, ends: (
        (i + _HALF) / ratio - _HALF if count > 1 else Fraction(0)
    ),
    "tf_half_pixel_for_nn": lambda i, n, count, ratio, ends: (i + _HALF) / ratio,
    "align_corners": _aligned,
    "asymmetric": lambda i, n, count, ratio, ends: i / ratio,
    "tf_crop_and_resize": _cropped,
}
_ROUNDED: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda at: ceil(at - _HALF),
    "round_prefer_ceil": lambda at: floor(at + _HALF),
}


def _along(
    context: Any, x: Expression, axis: int, rows: list[Row | None], outside: Fraction
) -> Expression:
    """The entries along an axis mixed by rows."""
    step, n = shapes.strides(x.shape)[axis], x.shape[axis]
    shape = (*x.shape[:axis], len(rows), *x.shape[axis + 1 :])
    shapes.check_size(shape)
    blocks = x.size // n
    context.budget.take(blocks * sum(len(row or ()) for row in rows), "Resize")
    if all(row is not None and list(row.values()) == [1] for row in rows):
        chosen = [next(iter(row)) for row in rows if row]
        return x._gather(shape, _places(x.size, step, n, chosen))
    terms: list[list[tuple[int, Fraction]]] = []
    bias: list[Fraction] = []
    for block in range(blocks // step):
        for row in rows:
            for inner in range(step):
                start = block * n * step + inner
                terms.append([(start + k * step, w) for k, w in (row or {}).items() if w])
                bias.append(outside if row is None else Fraction(0))
    return Linear((x,), terms, bias, shape)


def _places(size: int, step: int, n: int, chosen: list[int]) -> list[int]:
    return [
        block * n * step + k * step + inner
        for block in range(size // (n * step))
        for k in chosen
        for inner in range(step)
    ]
