"""JAX's functions that have a derivative rule of their own, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from piecewise_mt.conventions import jax
from piecewise_mt.functions.build import arithmetic, smooth_nodes
from piecewise_mt.functions.expression import Expression


def _logaddexp(x: Expression, y: Expression) -> Expression:
    return arithmetic.add(y, smooth_nodes.softplus(arithmetic.subtract(x, y)))


OWN_RULES: Mapping[str, Callable[..., Expression]] = {
    "relu": jax.relu,
    "relu6": jax.relu6,
    "logaddexp": _logaddexp,
}
