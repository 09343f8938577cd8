"""Activations, losses and other layers, each a short composition of the core nodes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import to_array
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build import arithmetic, builders, extrema
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear, Piecewise


def hardtanh(x: Any, lo: Any = -1, hi: Any = 1, at_edges: Any = "free") -> Expression:
    r""":math:`\min(\max(x, lo), hi)` with the bounds −1 and 1 by default; see :func:`mt.clip`.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    lo, hi : exact numbers
        lo < hi.
    at_edges : number, SymPy symbol, "free", or a list of one for each bound
        The derivative where x is a bound.

    Raises
    ------
    ShapeError
        If not lo < hi.

    See Also
    --------
    mt.clip : Any bounds.
    mt.tanh : The smooth relative.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.hardtanh(mt.vector("x", 2), at_edges=0).gradient((0, 1)).tolist()
    [[1, 0], [0, 0]]
    """
    return builders.clip(x, lo, hi, at_edges)


def relu6(x: Any, at_edges: Any = "free") -> Expression:
    r""":math:`\min(\max(x, 0), 6)`, entry by entry; see :func:`mt.clip`.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    at_edges : number, SymPy symbol, "free", or a list of two of these
        The derivative at 0 and at 6.

    See Also
    --------
    mt.clip : Any bounds.
    mt.relu : Without the bound above.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.relu6(mt.vector("x", 2), at_edges=[0, 1]).gradient((0, 6)).tolist()
    [[0, 0], [0, 1]]
    """
    return builders.clip(x, 0, 6, at_edges)


def hardsigmoid(x: Any, at_edges: Any = "free") -> Expression:
    r""":math:`\min(\max(x/6 + 1/2, 0), 1)`, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    at_edges : number, SymPy symbol, "free", or a list of two of these
        The derivative at −3 and at 3.

    See Also
    --------
    mt.clip : Any bounds.
    mt.sigmoid : The smooth relative.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.hardsigmoid(mt.vector("x", 2), at_edges=0).gradient((0, 3)).tolist()
    [[1/6, 0], [0, 0]]
    """
    return builders.piecewise_linear(x, [-3, 3], [0, Fraction(1, 6), 0], at_edges, at=(-3, 0))


def softshrink(x: Any, lambd: Any = Fraction(1, 2), at_edges: Any = "free") -> Expression:
    r""":math:`x - λ` for :math:`x > λ`, :math:`x + λ` for :math:`x < -λ`, else 0, entrywise.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    lambd : exact number
        λ > 0.
    at_edges : number, SymPy symbol, "free", or a list of two of these
        The derivative at −λ and at λ.

    Raises
    ------
    PiecewiseError
        If λ is not positive.

    See Also
    --------
    mt.relu : R(x − λ) − R(−x − λ) is the same function.
    mt.piecewise_linear : Any breakpoints and slopes.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.softshrink(mt.vector("x", 2), 1, at_edges=0).gradient((1, 2)).tolist()
    [[0, 0], [0, 1]]
    """
    edge = to_number(lambd)
    if edge <= 0:
        raise PiecewiseError(
            f"expected a positive lambd for softshrink, got {edge}; with 0 it is the identity"
        )
    return builders.piecewise_linear(x, [-edge, edge], [1, 0, 1], at_edges)


def prelu(x: Any, weight: Any, at_zero: Any = "free") -> Expression:
    r"""Leaky relu whose slope on the left is a parameter, one for all entries or one a channel.

    Parameters
    ----------
    x : expression or array-like
        The channels are the first axis of an array.
    weight : exact number, or array-like of shape (1,) or (C,)
        The slopes for x < 0.
    at_zero : number, SymPy symbol, "free" or "weight"
        The derivative at 0; "weight" stands for the channel's own slope.

    Raises
    ------
    ShapeError
        If `weight` has neither one entry nor one a channel.

    See Also
    --------
    mt.leaky_relu : One slope for all.

    References
    ----------
    - K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers: surpassing human-level
      performance on ImageNet classification*, IEEE International Conference on Computer Vision,
      2015.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.prelu(mt.vector("x", 2), ["1/4", 2], at_zero="weight").gradient((0, 0)).tolist()
    [[1/4, 0], [0, 2]]
    """
    node = as_expression(x)
    slopes, shape = to_array(weight, to_number)
    channels = node.shape[0] if node.shape else 1
    if len(shape) > 1 or len(slopes) not in (1, channels):
        raise ShapeError(
            f"expected one slope or {channels}, one a channel, got the shape {shape}; the "
            "channels are the first axis"
        )
    own = isinstance(at_zero, str) and at_zero == "weight"
    made = [atoms.leaky_relu_atom(s, s if own else at_zero) for s in slopes]
    block = node.size // len(made) or 1
    units = [(made[k // block], (k,)) for k in range(node.size)]
    text = str(slopes[0]) if len(slopes) == 1 else f"[{', '.join(map(str, slopes))}]"
    return Piecewise((node,), units, node.shape, "leaky_relu" if len(slopes) == 1 else "prelu",
                     (text,))  # fmt: skip


def maxout(x: Any, pieces: Any, axis: Any = 0, ties: Any = "free") -> Expression:
    r"""The maximum over groups of consecutive channels: :math:`y_i = \max_{m<k} x_{ki+m}`.

    After Goodfellow et al., *Maxout networks* (2013).

    Parameters
    ----------
    x : expression or array-like
        An array whose length along `axis` is a multiple of `pieces`.
    pieces : int
        The size k of a group.
    axis : int
        The axis of the channels.
    ties
        As for :func:`mt.max` of k operands.

    Raises
    ------
    ShapeError
        If `pieces` does not divide the number of channels.

    See Also
    --------
    mt.max : Of all entries.
    mt.maxpool1d : Over windows along an axis.

    References
    ----------
    - I. J. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, *Maxout networks*,
      International Conference on Machine Learning, 2013.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.maxout(mt.vector("x", 4), 2, ties="last").gradient((0, 0, 1, 0)).tolist()
    [[0, 1, 0, 0], [0, 0, 1, 0]]
    """
    node = as_expression(x)
    place = shapes.to_axis(axis, node.ndim)
    size, length = shapes.to_int(pieces, "pieces"), node.shape[place]
    if size < 1 or length % size:
        raise ShapeError(
            f"expected a number of pieces that divides the {length} channels, got {size}; "
            "choose a divisor"
        )
    shape = (*node.shape[:place], length // size, size, *node.shape[place + 1 :])
    return extrema.max(node.reshape(shape), axis=place + 1, ties=ties)


def norm1(x: Any, axis: Any = None, at_zero: Any = "free") -> Expression:
    r"""The norm :math:`\sum_i |x_i|`.

    Parameters
    ----------
    x : expression or array-like
    axis : int or tuple of int, optional
        The axes that are summed over; by default all.
    at_zero
        The derivative of the absolute value at 0, as for :func:`mt.abs`.

    See Also
    --------
    mt.norm_inf : The dual norm.
    mt.abs : Entry by entry.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.norm1(mt.vector("x", 2), at_zero=0).gradient((0, -1))
    Matrix([[0, -1]])
    """
    return _sum(builders.abs(x, at_zero), axis)


def norm_inf(x: Any, axis: Any = None, ties: Any = "free", at_zero: Any = "free") -> Expression:
    r"""The norm :math:`\max_i |x_i|`.

    Parameters
    ----------
    x : expression or array-like
    axis : int or tuple of int, optional
        The axes that are reduced; by default all.
    ties
        As for :func:`mt.max`.
    at_zero
        The derivative of the absolute value at 0, as for :func:`mt.abs`.

    Raises
    ------
    ShapeError
        If `x` is empty.

    See Also
    --------
    mt.norm1 : The dual norm.
    mt.max, mt.abs : What it is composed of.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.norm_inf(mt.vector("x", 2), ties="average", at_zero=0).gradient((1, -1))
    Matrix([[1/2, -1/2]])
    """
    return extrema.max(builders.abs(x, at_zero), axis=axis, ties=ties)


def hinge(score: Any, label: Any, margin: Any = 1, at_zero: Any = "free") -> Expression:
    r"""The hinge loss :math:`\max(0, margin - label · score)`, entry by entry.

    Parameters
    ----------
    score : expression or array-like
    label : exact number or array-like
        Usually 1 or −1; broadcast with `score`.
    margin : exact number
    at_zero
        The derivative of the relu at its edge, as for :func:`mt.relu`.

    See Also
    --------
    mt.multiclass_hinge, mt.multi_margin : Several classes.
    mt.relu : Its kink.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.hinge(mt.variable("s"), -1, at_zero=1).gradient((-1,))
    Matrix([[1]])
    """
    return builders.relu(margin - arithmetic.multiply(score, label), at_zero)


def multiclass_hinge(scores: Any, target: Any, margin: Any = 1, ties: Any = "free") -> Expression:
    r"""The multiclass hinge loss :math:`\max_j (s_j + margin·[j ≠ t]) - s_t`.

    After Crammer and Singer, *On the algorithmic implementation of multiclass kernel-based
    vector machines* (2001). Its one nonsmooth node is a maximum over all classes.

    Parameters
    ----------
    scores : expression or array-like, shape (n,)
    target : int
        The true class t, from 0.
    margin : exact number
    ties
        As for :func:`mt.max` of n operands.

    Raises
    ------
    ShapeError
        If `scores` is not a vector or `target` is out of range.

    See Also
    --------
    mt.multi_margin : A sum over the classes instead of a maximum.
    mt.hinge : Two classes.

    References
    ----------
    - K. Crammer, Y. Singer, *On the algorithmic implementation of multiclass kernel-based vector
      machines*, Journal of Machine Learning Research 2, 2001.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.multiclass_hinge(mt.vector("s", 2), 0, ties="average").gradient((1, 0))
    Matrix([[-1/2, 1/2]])
    """
    node, t = _scores(scores, target)
    margins = [to_number(margin) * (j != t) for j in range(node.size)]
    return extrema.max(arithmetic.add(node, margins), ties=ties) - node[t]


def multi_margin(scores: Any, target: Any, margin: Any = 1, at_zero: Any = "free") -> Expression:
    r"""The multiclass margin loss :math:`\frac1n \sum_{j≠t} \max(0, margin - s_t + s_j)`.

    After Weston and Watkins, *Support vector machines for multi-class pattern recognition*
    (1999), divided by the number of classes as in PyTorch.

    Parameters
    ----------
    scores : expression or array-like, shape (n,)
    target : int
        The true class t, from 0.
    margin : exact number
    at_zero
        The derivative of the relu at its edge, as for :func:`mt.relu`.

    Raises
    ------
    ShapeError
        If `scores` is not a vector or `target` is out of range.

    See Also
    --------
    mt.multiclass_hinge : A maximum over the classes instead of a sum.
    mt.hinge : Two classes.

    References
    ----------
    - J. Weston, C. Watkins, *Support vector machines for multi-class pattern recognition*,
      European Symposium on Artificial Neural Networks, 1999.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.multi_margin(mt.vector("s", 2), 0, at_zero=1).gradient((1, 0))
    Matrix([[-1/2, 1/2]])
    """
    node, t = _scores(scores, target)
    others = [j for j in range(node.size) if j != t]
    return _sum(builders.relu(node[others] - node[t] + margin, at_zero), None) / node.size


def batch_norm(x: Any, scale: Any, shift: Any) -> Expression:
    r"""Batch normalisation in evaluation mode: :math:`y_c = scale_c\, x_c + shift_c`.

    Parameters
    ----------
    x : expression or array-like, shape (C, …)
    scale, shift : array-likes of exact numbers, shape (C,)
        As the framework computed them; ``piecewise_mt.conventions.pytorch.batch_norm_parameters``
        has PyTorch's arithmetic.

    Raises
    ------
    ShapeError
        If there is not one number for each channel.

    See Also
    --------
    mt.affine : A full matrix.
    mt.from_torch : Reads the layer with its statistics.

    References
    ----------
    - S. Ioffe, C. Szegedy, *Batch normalization: accelerating deep network training by reducing
      internal covariate shift*, International Conference on Machine Learning, 2015.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.relu(mt.batch_norm(mt.vector("x", 2), [2, "1/2"], [0, 1]), at_zero=0)
    >>> f, f.gradient((0, 0)).tolist()
    (stack([relu(2*x1, at_zero=0), relu(x2/2 + 1, at_zero=0)]), [[0, 0], [0, 1/2]])
    """
    node = as_expression(x)
    (factors, wide), (shifts, long) = to_array(scale, to_number), to_array(shift, to_number)
    channels = node.shape[:1]
    if not channels or wide != channels or long != channels:
        raise ShapeError(
            f"expected a tensor (C, …) with a scale and a shift of shape (C,), got the shapes "
            f"{node.shape}, {wide} and {long}; give one number for each channel"
        )
    block = node.size // channels[0] if channels[0] else 1
    rows = [[(k, factors[k // block])] for k in range(node.size)]
    return Linear((node,), rows, [shifts[k // block] for k in range(node.size)], node.shape)


def dropout(x: Any, p: Any = Fraction(1, 2)) -> Expression:
    """Dropout in evaluation mode, the identity.

    Parameters
    ----------
    x : expression or array-like
    p : number
        Not used.

    See Also
    --------
    mt.from_torch : Reads the layer.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.dropout(mt.relu(mt.variable("x"), at_zero=0))
    relu(x, at_zero=0)
    """
    return as_expression(x)


def _sum(node: Expression, axis: Any) -> Expression:
    shape, groups = shapes.reduction(node.shape, axis)
    rows = [[(i, Fraction(1)) for i in group] for group in groups]
    return Linear((node,), rows, (Fraction(0),) * len(rows), shape)


def _scores(scores: Any, target: Any) -> tuple[Expression, int]:
    node = as_expression(scores)
    if node.ndim != 1 or not node.size:
        raise ShapeError(
            f"expected a vector of scores, got the shape {node.shape}; flatten it with .ravel()"
        )
    t = shapes.to_int(target, "the target")
    if not 0 <= t < node.size:
        raise ShapeError(
            f"expected a class from 0 to {node.size - 1}, got {t}; choose one of those"
        )
    return node, t
