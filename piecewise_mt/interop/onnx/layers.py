"""ONNX's convolutions: affine maps whose terms are counted before they are built."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import ShapeError, Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, layers
from piecewise_mt.functions.build.convolution import bilinear
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.onnx.windows import Tap, each, padding, spans

Axis = list[list[Tap]]
"""For each position along one axis the pairs (place in the kernel, position in the input)."""


def convolution(context: Any, attributes: Any, x: Any, weight: Any, bias: Any = None) -> Expression:
    image, kernel = arithmetic.as_expression(x), arithmetic.as_expression(weight)
    dims = _dims(image, kernel, "Conv")
    groups = int(attributes.get("group", 1))
    outputs, channels = kernel.shape[:2]
    if groups < 1 or outputs % groups or channels * groups != image.shape[1]:
        raise ShapeError(
            f"expected {image.shape[1]} channels in groups of {channels} and {outputs} outputs "
            f"shared among the groups, got group={groups}; the weight's shape is (O, C/group, …)"
        )
    sizes = kernel.shape[2:]
    steps, gaps = each(attributes, "strides", dims), each(attributes, "dilations", dims)
    pads = padding(attributes, image.shape[2:], sizes, steps, gaps)
    axes = [spans(*row) for row in zip(image.shape[2:], sizes, steps, gaps, pads, strict=True)]
    firsts = [o // (outputs // groups) * channels for o in range(outputs)]
    places = [(o * channels, 1) for o in range(outputs)]
    return _windowed(context, "Conv", image, kernel, bias, axes, firsts, places, channels)


def transposed_convolution(
    context: Any, attributes: Any, x: Any, weight: Any, bias: Any = None
) -> Expression:
    image, kernel = arithmetic.as_expression(x), arithmetic.as_expression(weight)
    dims = _dims(image, kernel, "ConvTranspose")
    groups = int(attributes.get("group", 1))
    inputs, share = kernel.shape[:2]
    if groups < 1 or inputs != image.shape[1] or inputs % groups:
        raise ShapeError(
            f"expected {image.shape[1]} channels in the weight, in groups of one size, got "
            f"{inputs} and group={groups}; the weight's shape is (C, O/group, …)"
        )
    sizes = kernel.shape[2:]
    steps, gaps = each(attributes, "strides", dims), each(attributes, "dilations", dims)
    extra = list(attributes.get("output_padding", [0] * dims))
    wanted = attributes.get("output_shape")
    auto = attributes.get("auto_pad", "NOTSET")
    pads = list(attributes.get("pads", [0] * (2 * dims))) if auto == "NOTSET" else [0] * (2 * dims)
    axes: list[Axis] = []
    for a, (n, k, s, d) in enumerate(zip(image.shape[2:], sizes, steps, gaps, strict=True)):
        full = s * (n - 1) + extra[a] + d * (k - 1) + 1
        before, length = pads[a], full - pads[a] - pads[dims + a]
        if wanted is not None or auto.startswith("SAME"):
            length = int(wanted[len(wanted) - dims + a]) if wanted is not None else n * s
            if wanted is None and full < length:
                raise Unsupported(
                    f"expected ConvTranspose with auto_pad and a kernel that fills the {length} "
                    f"entries along axis {a + 2}, got one that reaches {full}, where runtimes "
                    "differ; write pads and output_padding"
                )
            total = max(full - length, 0)
            before = total // 2 if auto == "SAME_UPPER" else total - total // 2
        if length < 1:
            raise ShapeError(
                f"expected a result with entries, got the length {length} along axis {a + 2}; "
                "use less padding"
            )
        axes.append(_reached(n, k, s, d, before, length))
    channels = inputs // groups
    outputs = share * groups
    firsts = [o // share * channels for o in range(outputs)]
    # entry (c, o, …) of the weight: the channels are along its first axis
    places = [(o // share * channels * share + o % share, share) for o in range(outputs)]
    return _windowed(context, "ConvTranspose", image, kernel, bias, axes, firsts, places, channels)


def _reached(n: int, k: int, s: int, d: int, before: int, length: int) -> Axis:
    """For each position of the result the taps (m, i) with s·i + d·m - before there."""
    axis: Axis = [[] for _ in range(length)]
    for i in range(n):
        for m in range(k):
            at = s * i + d * m - before
            if 0 <= at < length:
                axis[at].append((m, i))
    return axis


def _windowed(
    context: Any,
    what: str,
    image: Expression,
    kernel: Expression,
    bias: Any,
    axes: Sequence[Axis],
    firsts: Sequence[int],
    places: Sequence[tuple[int, int]],
    channels: int,
) -> Expression:
    """Σ image·kernel over the taps of each position, for every sample and output channel.

    Output o sees `channels` input channels from ``firsts[o]`` on. With ``places[o] = (p, q)`` its
    weights for the channel c of these begin at (p + q·c) times the size of one kernel.
    """
    samples, outputs = image.shape[0], len(firsts)
    shape = (samples, outputs, *map(len, axes))
    shapes.check_size(shape)
    taps = prod(sum(map(len, axis)) for axis in axes)
    context.budget.take(samples * outputs * channels * taps, what, shared=True)
    if all(arithmetic.constant_values(own) is None for own in (image, kernel)):
        raise Unsupported(
            f"expected a constant weight or input for {what}, got two expressions; fix one of them"
        )
    steps, sizes = shapes.strides(image.shape), shapes.strides(kernel.shape)
    windows = []
    for chosen in product(*axes):
        inputs = shapes.outer([s * i for _, i in t] for t, s in zip(chosen, steps[2:], strict=True))
        spots = shapes.outer([s * m for m, _ in t] for t, s in zip(chosen, sizes[2:], strict=True))
        windows.append(list(zip(inputs, spots, strict=True)))
    blocks = [
        [
            (sample * steps[0] + (first + c) * steps[1], (start + stride * c) * sizes[1])
            for c in range(channels)
        ]
        for sample in range(samples)
        for first, (start, stride) in zip(firsts, places, strict=True)
    ]
    result = bilinear(image, kernel, windows, blocks, shape)
    if bias is None:
        return result
    wide = (outputs, *(1 for _ in axes))
    return arithmetic.add(result, arithmetic.as_expression(bias).reshape(wide))


def _dims(x: Expression, weight: Expression, name: str) -> int:
    dims = x.ndim - 2
    if not 1 <= dims <= 3 or weight.ndim != x.ndim or not all(weight.shape):
        raise Unsupported(
            f"expected {name} along 1 to 3 axes with a weight of as many, got the shapes "
            f"{x.shape} and {weight.shape}; flatten some of the axes"
        )
    return dims


def batch_norm(
    context: Any, attributes: Any, x: Expression, scale: Any, shift: Any, mean: Any, var: Any
) -> Expression:
    if attributes.get("training_mode"):
        raise Unsupported("expected BatchNormalization in evaluation mode; export with eval()")
    parts = [arithmetic.constant_values(part) for part in (mean, var, scale, shift)]
    if None in parts:
        raise Unsupported("expected constant parameters of BatchNormalization; fix them")
    means, variances, factors, shifts = parts
    eps = attributes.get("epsilon", 9.999999747378752e-06)  # 1e-5 in float32
    own = pytorch.batch_norm_parameters(means, variances, factors, shifts, eps, context.dtype)
    if x.ndim == 1:
        x = x.reshape((-1, 1))
        return arithmetic.stack([layers.batch_norm(sample, *own) for sample in x]).reshape(-1)
    return arithmetic.stack([layers.batch_norm(sample, *own) for sample in x])


def gemm(context: Any, attributes: Any, a: Any, b: Any, c: Any = None) -> Expression:
    left, right = arithmetic.as_expression(a), arithmetic.as_expression(b)
    left = left.T if attributes.get("transA") else left
    right = right.T if attributes.get("transB") else right
    result = matmul(context, attributes, left, right)
    alpha, beta = (context.scalar(attributes.get(key, 1.0)) for key in ("alpha", "beta"))
    result = result if alpha == 1 else result * alpha
    return result if c is None else arithmetic.add(result, c if beta == 1 else c * beta)


def matmul(context: Any, attributes: Any, x: Any, y: Any) -> Expression:
    left, right = arithmetic.as_expression(x), arithmetic.as_expression(y)
    if left.ndim and right.ndim:
        columns = right.shape[-1] if right.ndim > 1 else 1
        batch = shapes.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        rows = prod((left.shape if left.ndim > 1 else (1, 1))[-2:-1])
        context.budget.take(prod(batch) * rows * left.shape[-1] * columns, "MatMul or Gemm")
    return arithmetic.matmul(left, right)
