"""``torch.cdist`` and ``torch.pdist``: distances of rows, of order 1 or 2."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions import pytorch
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.torch.algebra import total

_FEW = 25
"""With more rows torch takes the order 2 from a matrix product, which cancels."""


def cdist(
    importer: Any, target: Any, x: Any, y: Any, p: float = 2.0, compute_mode: Any = None
) -> Expression:
    """The distances of all rows of `x` to all rows of `y`."""
    left, right = importer.value(x), importer.value(y)
    rows = max(left.shape[-2], right.shape[-2])
    if p == 2 and (compute_mode == 1 or (not compute_mode and rows > _FEW)):
        raise Unsupported(
            "expected cdist from differences, got one from a matrix product, whose rounding hides "
            "small distances; write compute_mode='donot_use_mm_for_euclid_dist'"
        )
    left = left.reshape((*left.shape[:-1], 1, left.shape[-1]))
    right = right.reshape((*right.shape[:-2], 1, *right.shape[-2:]))
    return _norms("cdist", arithmetic.subtract(left, right), p)


def pdist(importer: Any, target: Any, x: Any, p: float = 2.0) -> Expression:
    """The distances of all pairs of rows, in the order (1, 2), (1, 3), …, (2, 3), …"""
    node = importer.value(x)
    n, m = node.shape
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    if not pairs:
        raise Unsupported("expected two rows or more for pdist, got less; leave it out")
    first, second = (
        node._gather((len(pairs), m), [pair[k] * m + c for pair in pairs for c in range(m)])
        for k in (0, 1)
    )
    return _norms("pdist", first - second, p)


def _norms(name: str, x: Expression, p: float) -> Expression:
    if p == 1:
        return total(pytorch.abs(x), -1)
    if p == 2:
        return smooth_nodes.power(total(smooth_nodes.square(x), -1), Fraction(1, 2))
    if p == float("inf"):
        raise Unsupported(
            f"expected {name} of order 1 or 2, got p=inf, for which torch returns no associated "
            "gradient where two differences tie; use torch.linalg.vector_norm of the differences"
        )
    if p == 0:
        raise Unsupported(
            f"expected a continuous function, got {name} with p=0, which jumps; leave it out"
        )
    raise Unsupported(
        f"expected {name} of order 1 or 2, got p={p:g}; write the powers of differences out"
    )
