"""``torch.nn.functional.interpolate`` with weights: linear, bilinear, trilinear and bicubic."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.floating import rounded
from piecewise_mt.functions import shapes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear

Row = dict[int, Fraction]
"""The weights of the entries that make one, by their place."""


def upsample(kind: str) -> Callable[..., Expression]:
    """The handler of ``upsample_linear1d`` and its relatives, with scales as a list or not.

    The weights along an axis are those that torch computes, in the module's floats: a third is
    none, so ``align_corners`` may have weights that only nearly add up to 1.
    """

    def handler(
        importer: Any, target: Any, x: Any, size: Any, align_corners: bool, *scales: Any,
        **named: Any,
    ) -> Expression:  # fmt: skip
        node = importer.value(x)
        factors = [*scales, *named.values()]
        if factors and isinstance(factors[0], (tuple, list)):
            factors = list(factors[0])
        axes, inexact = [], False
        for k, n in enumerate(node.shape[2:]):
            factor = factors[k] if k < len(factors) else None
            count = int(n * float(factor)) if size is None and factor else int(size[k])
            axes.append(_rows(importer, kind, n, count, align_corners, factor))
            inexact |= not all(_is_short(w) for row in axes[-1] for w in row.values())
            inexact |= not (align_corners or _is_short(Fraction(n, count)))
        return _mixed(importer, node, axes, inexact)

    return handler


def _rows(
    importer: Any, kind: str, n: int, count: int, align_corners: bool, factor: Any
) -> list[Row]:
    """The weights along one axis: what torch makes of unit vectors."""
    import torch

    units = torch.eye(n, dtype=getattr(torch, importer.dtype))
    aten = torch.ops.aten
    with torch.no_grad():
        if kind == "cubic":
            mixed = aten.upsample_bicubic2d.default(
                units.reshape(n, 1, 1, n), [1, count], align_corners, None, factor
            )
        else:
            mixed = aten.upsample_linear1d.default(
                units.reshape(n, 1, n), [count], align_corners, factor
            )
    columns = mixed.reshape(n, count).T.tolist()
    return [{k: importer.rounding(w) for k, w in enumerate(column) if w} for column in columns]


def _is_short(weight: Fraction) -> bool:
    """Whether a number has so few binary digits that products of three and sums are floats."""
    return weight.denominator <= 2**6 and not weight.denominator & (weight.denominator - 1)


def _mixed(importer: Any, x: Expression, axes: list[list[Row]], inexact: bool) -> Expression:
    """One sum an entry: torch multiplies weights and entries in an order of its own.

    Beyond the ends torch takes the last entry twice. Where that is rounded each weight is the sum
    of two, so that the comparison with the module does not expect exact numbers.
    """
    steps = shapes.strides(x.shape)[2:]
    inner = prod(x.shape[2:])
    pattern = []
    for rows in itertools.product(*axes):
        terms = {0: Fraction(1)}
        for row, step in zip(rows, steps, strict=True):
            terms = {i + k * step: v * w for i, v in terms.items() for k, w in row.items()}
        pattern.append(list(terms.items()))
    args = x
    if inexact:
        args = x._gather((2 * x.size,), [*range(x.size), *range(x.size)])
        thirds = [[(i, w, rounded(w / 3, importer.dtype)) for i, w in terms] for terms in pattern]
        pattern = [
            [pair for i, w, third in terms for pair in ((i, w - third), (i + x.size, third))]
            for terms in thirds
        ]
    whole = [
        [(block * inner + i, w) for i, w in terms]
        for block in range(prod(x.shape[:2]))
        for terms in pattern
    ]
    shape = (*x.shape[:2], *map(len, axes))
    shapes.check_size(shape)
    return Linear((args,), whole, (Fraction(0),) * len(whole), shape)


def antialiased(importer: Any, target: Any, *args: Any, **kwargs: Any) -> Expression:
    """Refused by name."""
    raise Unsupported(
        "expected interpolate without antialias, got antialias=True; use an average pooling or a "
        "convolution"
    )
