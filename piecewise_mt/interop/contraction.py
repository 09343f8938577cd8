"""Sums of products of the entries of two arrays."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import smooth_nodes
from piecewise_mt.functions.build.arithmetic import constant_values
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear

_ONE = Fraction(1)
Pairs = list[list[tuple[int, int]]]
"""For every entry of a result, the entries of two arrays whose products are summed."""


def contraction(left: Expression, right: Expression, pairs: Pairs, shape: Any) -> Expression:
    """Σ left·right over the pairs of each entry; affine if one of the two is constant."""
    shapes.check_size(shape)
    for one, other, place in ((left, right, 0), (right, left, 1)):
        weights = constant_values(other)
        if weights is not None:
            rows = [
                [
                    (pair[place], weights[pair[1 - place]])
                    for pair in row
                    if weights[pair[1 - place]]
                ]
                for row in pairs
            ]
            return Linear((one,), rows, (Fraction(0),) * len(rows), shape)
    flat = [pair for row in pairs for pair in row]
    shapes.check_size((len(flat),))
    node = smooth_nodes.product(
        Gather((left,), [i for i, _ in flat], (len(flat),)),
        Gather((right,), [j for _, j in flat], (len(flat),)),
    )
    sums, start = [], 0
    for row in pairs:
        sums.append([(start + k, _ONE) for k in range(len(row))])
        start += len(row)
    return Linear((node,), sums, (Fraction(0),) * len(sums), shape)
