"""JAX's functions as expressions under its tie rules."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import number, reduced, slide
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import is_number
from piecewise_mt.functions.build import builders, extrema, layers, order
from piecewise_mt.functions.expression import Expression


def relu(x: Any) -> Expression:
    """``jax.nn.relu(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.relu(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.relu(x, at_zero=0)


def relu6(x: Any) -> Expression:
    """``jax.nn.relu6(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0 and at 6. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.relu6(mt.variable("x")).gradient((6,))
    Matrix([[0]])
    """
    return layers.relu6(x, at_edges=0)


def hard_tanh(x: Any) -> Expression:
    """``jax.nn.hard_tanh(x)``.

    Notes
    -----
    Tie rule: derivative 1 at −1 and at 1. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.hard_tanh(mt.variable("x")).gradient((1,))
    Matrix([[1]])
    """
    return layers.hardtanh(x, at_edges=1)


def hard_sigmoid(x: Any) -> Expression:
    """``jax.nn.hard_sigmoid(x)``, min(max(x/6 + 1/2, 0), 1).

    Notes
    -----
    Tie rule: derivative 0 at −3 and at 3. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.hard_sigmoid(mt.variable("x")).gradient((3,))
    Matrix([[0]])
    """
    return layers.hardsigmoid(x, at_edges=0)


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Expression:
    """``jax.nn.leaky_relu(x, negative_slope)``; a float counts as the dyadic that it is.

    Notes
    -----
    Tie rule: derivative 1 at 0. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.leaky_relu(mt.variable("x"), 0.25).gradient((0,))
    Matrix([[1]])
    """
    return builders.leaky_relu(x, number(negative_slope), at_zero=1)


def abs(x: Any) -> Expression:
    """``jax.numpy.abs(x)``.

    Notes
    -----
    Tie rule: derivative 1 at 0. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.abs(mt.variable("x")).gradient((0,))
    Matrix([[1]])
    """
    return builders.abs(x, at_zero=1)


def maximum(x: Any, y: Any) -> Expression:
    """``jax.numpy.maximum(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.maximum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.maximum(x, y, ties="average")


def minimum(x: Any, y: Any) -> Expression:
    """``jax.numpy.minimum(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.minimum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.minimum(x, y, ties="average")


def fmax(x: Any, y: Any) -> Expression:
    """``jax.numpy.fmax(x, y)``.

    Notes
    -----
    Tie rule: weight 1 on `y`. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.fmax(*mt.variables("x y")).gradient((0, 0))
    Matrix([[0, 1]])
    """
    return extrema.maximum(x, y, ties="last")


def fmin(x: Any, y: Any) -> Expression:
    """``jax.numpy.fmin(x, y)``.

    Notes
    -----
    Tie rule: weight 1 on `y`. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.fmin(*mt.variables("x y")).gradient((0, 0))
    Matrix([[0, 1]])
    """
    return extrema.minimum(x, y, ties="last")


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``jax.numpy.max(x, axis)``, also amax.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.max(mt.vector("x", 3)).gradient((1, 0, 1))
    Matrix([[1/2, 0, 1/2]])
    """
    return reduced(extrema.max, x, axis, keepdims, "average")


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``jax.numpy.min(x, axis)``, also amin.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.min(mt.vector("x", 3)).gradient((0, 0, 1))
    Matrix([[1/2, 1/2, 0]])
    """
    return reduced(extrema.min, x, axis, keepdims, "average")


def clip(x: Any, min: Any = None, max: Any = None) -> Expression:
    """``jax.numpy.clip(x, min, max)``, the minimum with max of the maximum with min.

    Notes
    -----
    Tie rule: 1/2 each to x and a bound, and to the maximum and max where all tie. Observed: jax
    0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.clip(*mt.variables("x y z")).gradient((0, 0, 0))
    Matrix([[1/4, 1/4, 1/2]])
    """
    half = Fraction(1, 2)
    lo, hi = (number(b) if isinstance(b, float) else b for b in (min, max))
    return builders.clip(x, lo, hi, at_edges=half)


def lax_clamp(min: Any, x: Any, max: Any) -> Expression:
    """``jax.lax.clamp(min, x, max)`` with numbers as bounds.

    With traced bounds jax returns 0 for all three operands where x is a bound: that is no
    associated gradient, so expressions are refused as bounds.

    Raises
    ------
    PiecewiseError
        If a bound is not a number.

    Notes
    -----
    Tie rule: derivative 0 at both bounds. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.lax_clamp(-1, mt.variable("x"), 1).gradient((1,))
    Matrix([[0]])
    """
    if not (is_number(min) and is_number(max)):
        raise PiecewiseError(
            "expected numbers as bounds of lax_clamp, got an expression, for which jax returns no "
            "associated gradient at a bound; use jax.clip"
        )
    return builders.clip(x, number(min), number(max), at_edges=0)


def sort(x: Any, axis: int = -1, descending: bool = False) -> Expression:
    """``jax.numpy.sort(x, axis, descending=descending)``.

    Notes
    -----
    Tie rule: equal entries keep their order; descending is the ascending order reversed, so
    that there the last comes first. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.sort(mt.vector("x", 2), descending=True)[0].gradient((0, 0))
    Matrix([[0, 1]])
    """
    return order.sort(
        x, axis=axis, descending=descending, ties="reverse" if descending else "stable"
    )


def top_k(x: Any, k: int) -> Expression:
    """The values of ``jax.lax.top_k(x, k)``, along the last axis.

    Notes
    -----
    Tie rule: the first of equal entries comes first. Observed: jax 0.10.2, reverse and forward
    mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.top_k(mt.vector("x", 2), 1).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return order.topk(x, k, ties="stable")


def median(x: Any, axis: Any = None) -> Expression:
    """``jax.numpy.median(x, axis)``, the mean of two middle entries for an even number.

    Notes
    -----
    Tie rule: each middle entry is one entry, that of the stable order. Observed: jax 0.10.2,
    reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.median(mt.vector("x", 4)).gradient((1, 1, 0, 0))
    Matrix([[1/2, 0, 0, 1/2]])
    """
    return order.median(x, axis=axis, ties="stable")


def norm(x: Any, ord: Any) -> Expression:
    """``jax.numpy.linalg.norm(x, ord)`` of a vector for the orders 1 and inf.

    Raises
    ------
    PiecewiseError
        For another order.

    Notes
    -----
    Tie rule: the derivative of the absolute value is 1 at 0, and k tied entries get 1/k each;
    inf is a maximum with 0 besides, which has the weight 1/2 at the origin. Observed: jax
    0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> x = mt.vector("x", 2)
    >>> jax.norm(x, "inf").gradient((1, -1)), jax.norm(x, 1).gradient((0, -1))
    (Matrix([[1/2, -1/2]]), Matrix([[1, -1]]))
    """
    if str(ord) == "inf":
        # the reduction starts from 0, which ties at the origin
        return extrema.maximum(layers.norm_inf(x, ties="average", at_zero=1), 0, ties="average")
    if str(ord) in ("1", "1.0"):
        return layers.norm1(x, at_zero=1)
    raise PiecewiseError(
        f"expected the order 1 or inf, got {ord!r}, for which the norm is not piecewise linear; "
        "choose one of these"
    )


def reduce_window_max(
    x: Any, window_dimensions: Any, window_strides: Any = None, padding: str = "VALID"
) -> Expression:
    """``jax.lax.reduce_window(x, -inf, lax.max, window_dimensions, window_strides, padding)``.

    Parameters
    ----------
    x : expression or array-like
    window_dimensions, window_strides : tuples of int, one for each axis
        The strides are 1 by default, as in jax.
    padding : {"VALID", "SAME"}

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window in row-major order; the padding
    never ties. Observed: jax 0.10.2, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import jax
    >>> jax.reduce_window_max(mt.vector("x", 2), (2,)).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return slide(x, window_dimensions, window_strides, padding)
