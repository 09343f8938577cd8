"""PyTorch's functions of one entry, and of two arrays entry by entry."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import is_forward, number
from piecewise_mt.exact.numbers import is_number
from piecewise_mt.functions.build import builders, extrema, layers
from piecewise_mt.functions.expression import Expression


def relu(x: Any) -> Expression:
    """``torch.relu(x)``, max(0, x).

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.relu(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.relu(x, at_zero=0)


def relu6(x: Any) -> Expression:
    """``torch.nn.functional.relu6(x)``, min(max(x, 0), 6).

    Notes
    -----
    Tie rule: derivative 0 at 0 and at 6. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.relu6(mt.variable("x")).gradient((6,))
    Matrix([[0]])
    """
    return layers.relu6(x, at_edges=0)


def hardtanh(x: Any, min_val: Any = -1, max_val: Any = 1) -> Expression:
    """``torch.nn.functional.hardtanh(x, min_val, max_val)``, min(max(x, min_val), max_val).

    Notes
    -----
    Tie rule: derivative 0 at both edges, unlike :func:`clamp`. Observed: torch 2.13.0, reverse
    and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.hardtanh(mt.variable("x")).gradient((1,))
    Matrix([[0]])
    """
    return layers.hardtanh(x, number(min_val), number(max_val), at_edges=0)


def hardsigmoid(x: Any) -> Expression:
    """``torch.nn.functional.hardsigmoid(x)``, min(max(x/6 + 1/2, 0), 1).

    Notes
    -----
    Tie rule: derivative 0 at −3 and at 3. Observed: torch 2.13.0, reverse and forward mode. The
    slope 1/6 is rounded in floating point.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.hardsigmoid(mt.variable("x")).gradient((3,))
    Matrix([[0]])
    """
    return layers.hardsigmoid(x, at_edges=0)


def softshrink(x: Any, lambd: Any = Fraction(1, 2)) -> Expression:
    """``torch.nn.functional.softshrink(x, lambd)``, x ∓ lambd outside [−lambd, lambd], else 0.

    Notes
    -----
    Tie rule: derivative 0 at both edges. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.softshrink(mt.variable("x"), 1).gradient((1,))
    Matrix([[0]])
    """
    return layers.softshrink(x, number(lambd), at_edges=0)


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Expression:
    """``torch.nn.functional.leaky_relu(x, negative_slope)``.

    A float counts as the dyadic rational that it is; in float32 give that of the rounded slope.

    Notes
    -----
    Tie rule: derivative `negative_slope` at 0. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.leaky_relu(mt.variable("x"), 0.25).gradient((0,))
    Matrix([[1/4]])
    """
    slope = number(negative_slope)
    return builders.leaky_relu(x, slope, at_zero=slope)


def prelu(x: Any, weight: Any, mode: str = "reverse") -> Expression:
    """``torch.nn.functional.prelu(x, weight)`` with a constant weight.

    The channels of `weight` are the first axis of `x`, which has no batch; torch takes the
    second axis, so give it ``x[None]``.

    Parameters
    ----------
    x : expression or array-like
    weight : exact number, or array-like of shape (1,) or (C,)
    mode : {"reverse", "forward"}

    Notes
    -----
    Tie rule: derivative by x at 0 equal to the weight in reverse mode, 1 in forward mode.
    Observed: torch 2.13.0.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> x = mt.variable("x")
    >>> [pytorch.prelu(x, "1/4", mode=m).gradient((0,)) for m in ("reverse", "forward")]
    [Matrix([[1/4]]), Matrix([[1]])]
    """
    return layers.prelu(x, weight, at_zero=1 if is_forward(mode) else "weight")


def abs(x: Any) -> Expression:
    """``torch.abs(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.abs(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.abs(x, at_zero=0)


def clamp(x: Any, min: Any = None, max: Any = None, mode: str = "reverse") -> Expression:
    """``torch.clamp(x, min, max)`` with numbers or tensors as bounds; see :func:`mt.clip`.

    Parameters
    ----------
    x : expression or array-like
    min, max : numbers, expressions or array-likes, or None
        Numbers with min < max.
    mode : {"reverse", "forward"}
        Matters only with one tensor as bound.

    Notes
    -----
    Tie rule: derivative 1 by x at a bound, also for ``clamp(x, min=0)``, unlike :func:`relu`;
    with two tensor bounds min gets 1 where max ties with it above x. With one tensor bound in
    forward mode the bound gets 1. Observed: torch 2.13.0.

    In reverse mode torch returns 0 for x, min and max alike where min = max > x: that is no
    associated gradient of any representation, and this function differs there.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> x, a, b = mt.variables("x a b")
    >>> pytorch.clamp(x, -1, 1).gradient((1,))
    Matrix([[1]])
    >>> pytorch.clamp(x, a, b).on(x, a, b).gradient((0, 0, 0))
    Matrix([[1, 0, 0]])
    """
    bounds = [bound for bound in (min, max) if bound is not None]
    lo, hi = (number(b) if is_float(b) else b for b in (min, max))
    tensors = [bound for bound in bounds if not is_number(bound)]
    to_bound = is_forward(mode) and len(bounds) == 1 == len(tensors)
    return builders.clip(x, lo, hi, at_edges=0 if to_bound else 1)


def is_float(value: Any) -> bool:
    return isinstance(value, float)


clip = clamp


def maximum(x: Any, y: Any) -> Expression:
    """``torch.maximum(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: torch 2.13.0, reverse and forward mode. A reduction tree of
    these is a composition, with weights of its own:

    Examples
    --------
    >>> import functools
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> functools.reduce(pytorch.maximum, mt.vector("x", 4)).gradient((0, 0, 0, 0))
    Matrix([[1/8, 1/8, 1/4, 1/2]])
    """
    return extrema.maximum(x, y, ties="average")


def minimum(x: Any, y: Any) -> Expression:
    """``torch.minimum(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.minimum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.minimum(x, y, ties="average")


def fmax(x: Any, y: Any, mode: str = "reverse") -> Expression:
    """``torch.fmax(x, y)``, the maximum of numbers.

    Notes
    -----
    Tie rule: weight 1 on `x` in reverse mode, on `y` in forward mode. Observed: torch 2.13.0.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> x, y = mt.variables("x y")
    >>> [pytorch.fmax(x, y, mode=m).gradient((0, 0)) for m in ("reverse", "forward")]
    [Matrix([[1, 0]]), Matrix([[0, 1]])]
    """
    return extrema.maximum(x, y, ties="last" if is_forward(mode) else "first")


def fmin(x: Any, y: Any) -> Expression:
    """``torch.fmin(x, y)``, the minimum of numbers.

    Notes
    -----
    Tie rule: weight 1 on `x`. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.fmin(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return extrema.minimum(x, y, ties="first")
