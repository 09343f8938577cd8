"""TensorFlow's functions as expressions under its tie rules."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.conventions.base import number, reduced, slide
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import is_number
from piecewise_mt.functions.build import builders, extrema, layers, order
from piecewise_mt.functions.build.windows import numbers
from piecewise_mt.functions.expression import Expression


def relu(x: Any) -> Expression:
    """``tf.nn.relu(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.relu(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.relu(x, at_zero=0)


def relu6(x: Any) -> Expression:
    """``tf.nn.relu6(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0 and at 6. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.relu6(mt.variable("x")).gradient((6,))
    Matrix([[0]])
    """
    return layers.relu6(x, at_edges=0)


def leaky_relu(x: Any, alpha: Any = 0.2) -> Expression:
    """``tf.nn.leaky_relu(x, alpha)``; a float counts as the dyadic that it is.

    Notes
    -----
    Tie rule: derivative `alpha` at 0. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.leaky_relu(mt.variable("x"), 0.25).gradient((0,))
    Matrix([[1/4]])
    """
    slope = number(alpha)
    return builders.leaky_relu(x, slope, at_zero=slope)


def hard_sigmoid(x: Any) -> Expression:
    """``tf.keras.activations.hard_sigmoid(x)``, min(max(x/6 + 1/2, 0), 1).

    Notes
    -----
    Tie rule: derivative 0 at −3 and at 3. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.hard_sigmoid(mt.variable("x")).gradient((3,))
    Matrix([[0]])
    """
    return layers.hardsigmoid(x, at_edges=0)


def hard_tanh(x: Any) -> Expression:
    """``tf.keras.activations.hard_tanh(x)``.

    Notes
    -----
    Tie rule: derivative 1 at −1 and at 1. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.hard_tanh(mt.variable("x")).gradient((1,))
    Matrix([[1]])
    """
    return layers.hardtanh(x, at_edges=1)


def soft_shrink(x: Any, threshold: Any = Fraction(1, 2)) -> Expression:
    """``tf.keras.activations.soft_shrink(x, threshold)``.

    Notes
    -----
    Tie rule: derivative 0 at both edges. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.soft_shrink(mt.variable("x"), 1).gradient((1,))
    Matrix([[0]])
    """
    return layers.softshrink(x, number(threshold), at_edges=0)


def abs(x: Any) -> Expression:
    """``tf.abs(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.abs(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.abs(x, at_zero=0)


def maximum(x: Any, y: Any) -> Expression:
    """``tf.maximum(x, y)``.

    Notes
    -----
    Tie rule: weight 1 on `x`. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.maximum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return extrema.maximum(x, y, ties="first")


def minimum(x: Any, y: Any) -> Expression:
    """``tf.minimum(x, y)``.

    Notes
    -----
    Tie rule: weight 1 on `x`. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.minimum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return extrema.minimum(x, y, ties="first")


def reduce_max(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``tf.reduce_max(x, axis, keepdims)``.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.reduce_max(mt.vector("x", 3)).gradient((1, 0, 1))
    Matrix([[1/2, 0, 1/2]])
    """
    return reduced(extrema.max, x, axis, keepdims, "average")


def reduce_min(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``tf.reduce_min(x, axis, keepdims)``.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.reduce_min(mt.vector("x", 3)).gradient((0, 0, 1))
    Matrix([[1/2, 1/2, 0]])
    """
    return reduced(extrema.min, x, axis, keepdims, "average")


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any) -> Expression:
    """``tf.clip_by_value(t, clip_value_min, clip_value_max)`` with numbers or tensors as bounds.

    It is max(min(t, clip_value_max), clip_value_min), so that the lower bound wins where it
    exceeds the upper one, unlike in PyTorch and JAX.

    Notes
    -----
    Tie rule: weight 1 on `t` at a bound, and on the upper bound where it ties with the lower
    one below t. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.clip_by_value(*mt.variables("x y z")).gradient((0, 0, 0))
    Matrix([[1, 0, 0]])
    """
    lo, hi = (number(b) if isinstance(b, float) else b for b in (clip_value_min, clip_value_max))
    if is_number(lo) and is_number(hi):
        return builders.clip(t, lo, hi, at_edges=1)
    return extrema.maximum(extrema.minimum(t, hi, ties="first"), lo, ties="first")


def sort(x: Any, axis: int = -1, direction: str = "ASCENDING") -> Expression:
    """``tf.sort(x, axis, direction)``.

    Notes
    -----
    Tie rule: equal entries keep their order, in both directions. Observed: tensorflow 2.21.0,
    reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.sort(mt.vector("x", 2), direction="DESCENDING")[0].gradient((0, 0))
    Matrix([[1, 0]])
    """
    return order.sort(x, axis=axis, descending=direction == "DESCENDING", ties="stable")


def top_k(x: Any, k: int = 1) -> Expression:
    """The values of ``tf.math.top_k(x, k)``, along the last axis.

    Notes
    -----
    Tie rule: the first of equal entries comes first. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.top_k(mt.vector("x", 2)).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return order.topk(x, k, ties="stable")


def norm(x: Any, ord: Any) -> Expression:
    """``tf.norm(x, ord)`` of a vector for the orders 1 and inf.

    Raises
    ------
    PiecewiseError
        For another order.

    Notes
    -----
    Tie rule: the sign of an entry is 0 at 0, and k tied entries get 1/k each. Observed:
    tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> x = mt.vector("x", 2)
    >>> tensorflow.norm(x, "inf").gradient((1, -1)), tensorflow.norm(x, 1).gradient((0, -1))
    (Matrix([[1/2, -1/2]]), Matrix([[0, -1]]))
    """
    if str(ord) == "inf":
        return layers.norm_inf(x, ties="average", at_zero=0)
    if str(ord) in ("1", "1.0"):
        return layers.norm1(x, at_zero=0)
    raise PiecewiseError(
        f"expected the order 1 or inf, got {ord!r}, for which the norm is not piecewise linear; "
        "choose one of these"
    )


def max_pool1d(x: Any, ksize: int, strides: int, padding: str) -> Expression:
    """``tf.nn.max_pool1d`` on (L, C), channels last and without a batch.

    Parameters
    ----------
    x : expression or array-like, shape (L, C)
    ksize, strides : int
    padding : {"VALID", "SAME"}

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window; the padding never ties.
    Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.max_pool1d(mt.tensor("x", (2, 1)), 2, 2, "VALID").gradient((0, 0))
    Matrix([[1, 0]])
    """
    return slide(x, (ksize, 1), (strides, 1), padding)


def max_pool2d(x: Any, ksize: Any, strides: Any, padding: str) -> Expression:
    """``tf.nn.max_pool2d`` on (H, W, C), channels last and without a batch.

    Parameters
    ----------
    x : expression or array-like, shape (H, W, C)
    ksize, strides : int or pair of int
    padding : {"VALID", "SAME"}

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window, row by row; the padding never
    ties. Observed: tensorflow 2.21.0, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import tensorflow
    >>> tensorflow.max_pool2d(mt.tensor("x", (1, 2, 1)), (1, 2), 1, "VALID").gradient((0, 0))
    Matrix([[1, 0]])
    """
    return slide(
        x, (*numbers(ksize, 2, "ksize", 1), 1), (*numbers(strides, 2, "strides", 1), 1), padding
    )
