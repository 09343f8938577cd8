"""Cumulative products and sums of exponentials."""

from __future__ import annotations

import itertools
from typing import Any

from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression


def product(importer: Any, target: Any, x: Expression, dim: int, **_: Any) -> Expression:
    """``torch.cumprod``."""
    axis = shapes.to_axis(dim, x.ndim)
    lead = (slice(None),) * axis
    parts = [x[(*lead, slice(k, k + 1))] for k in range(x.shape[axis])]
    return arithmetic.concat(list(itertools.accumulate(parts, arithmetic.multiply)), axis)


def logsumexp(importer: Any, target: Any, x: Expression, dim: int) -> Expression:
    """``torch.logcumsumexp``: log Σ exp of all entries up to each."""
    axis = shapes.to_axis(dim, x.ndim)
    lead = (slice(None),) * axis
    sums = [smooth_nodes.logsumexp(x[(*lead, slice(0, k + 1))], axis) for k in range(x.shape[axis])]
    return arithmetic.stack(sums, axis)
