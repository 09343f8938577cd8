"""Batch normalisation in evaluation mode, with the numbers that PyTorch itself computes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import number
from piecewise_mt.errors import ShapeError
from piecewise_mt.exact.floating import rounded, rounded_sqrt
from piecewise_mt.functions.build import layers
from piecewise_mt.functions.expression import Expression


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    eps: Any = 1e-5,
    dtype: str = "float32",
) -> Expression:
    """``torch.nn.functional.batch_norm`` with ``training=False`` on (C, …).

    Parameters
    ----------
    x : expression or array-like, shape (C, …)
    running_mean, running_var, weight, bias : array-likes of shape (C,)
        Floats count as the dyadic rationals that they are.
    eps : number
    dtype : {"float32", "float64"}
        The float type of the network; see :func:`batch_norm_parameters`.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> f = pytorch.batch_norm(mt.vector("x", 1), [1], [4], eps=0)
    >>> f, pytorch.relu(f).gradient((1,))
    (stack([x1/2 - 1/2]), Matrix([[0]]))
    """
    return layers.batch_norm(
        x, *batch_norm_parameters(running_mean, running_var, weight, bias, eps, dtype)
    )


def batch_norm_parameters(
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    eps: Any = 1e-5,
    dtype: str = "float32",
) -> tuple[list[Fraction], list[Fraction]]:
    r"""Scale and shift of batch normalisation in evaluation mode, as torch computes them.

    In the float type, with one rounding (RN) after every operation,
    :math:`scale = RN(RN(1 / RN(\sqrt{RN(var + eps)})) · weight)` and
    :math:`shift = RN(bias - mean · scale)`, a fused operation; then y = scale·x + shift.

    Parameters
    ----------
    running_mean, running_var, weight, bias : array-likes of shape (C,)
        `weight` is 1 and `bias` 0 by default.
    eps : number
        Rounded to the float type.
    dtype : {"float32", "float64"}

    Returns
    -------
    scale, shift : lists of Fraction

    Raises
    ------
    ShapeError
        If the arrays differ in length.
    InexactNumber
        For nan, infinities, and a variance below −eps.

    Notes
    -----
    Observed: torch 2.13.0 on a CPU with fused multiply-add, float32 and float64: the values at
    0 and at 1 agree bit by bit with these. In float32 reverse mode computes the inverse root in
    float64 before it rounds, so that its gradient may differ from the scale in the last bit; in
    float64 it is the scale.

    Examples
    --------
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.batch_norm_parameters([0], [1], eps=0.125)
    ([Fraction(988607, 1048576)], [Fraction(0, 1)])
    """
    means, variances = _numbers(running_mean), _numbers(running_var)
    factors = [Fraction(1)] * len(means) if weight is None else _numbers(weight)
    shifts = [Fraction(0)] * len(means) if bias is None else _numbers(bias)
    if {len(variances), len(factors), len(shifts)} != {len(means)}:
        raise ShapeError(
            f"expected one entry for each channel, got {len(means)} means, {len(variances)} "
            f"variances, {len(factors)} weights and {len(shifts)} biases; make them equally long"
        )
    small = rounded(number(eps), dtype)
    scale: list[Fraction] = []
    shift: list[Fraction] = []
    for mean, variance, factor, offset in zip(means, variances, factors, shifts, strict=True):
        root = rounded_sqrt(rounded(variance + small, dtype), dtype)
        if not root:
            raise ShapeError("expected a positive variance plus eps, got 0; raise eps")
        scale.append(rounded(rounded(1 / root, dtype) * factor, dtype))
        shift.append(rounded(offset - mean * scale[-1], dtype))
    return scale, shift


def _numbers(values: Any) -> list[Fraction]:
    given = values.tolist() if hasattr(values, "tolist") else list(values)
    return [number(value) for value in given]
