"""PyTorch's layers on unbatched tensors, and its losses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import to_array
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import builders, convolution, layers, pooling
from piecewise_mt.functions.build.arithmetic import as_expression, matmul, multiply
from piecewise_mt.functions.expression import Expression


def linear(x: Any, weight: Any, bias: Any = None) -> Expression:
    """``torch.nn.functional.linear(x, weight, bias)``, x Wᵀ + b; one of x and W is constant.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.relu(pytorch.linear(mt.vector("x", 2), [[1, -1]], [0])).gradient((1, 1))
    Matrix([[0, 0]])
    """
    product = matmul(x, as_expression(weight).T)
    return product if bias is None else product + bias


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Expression:
    """``torch.nn.functional.conv1d`` on (C, L); see :func:`mt.conv1d`.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> y = pytorch.conv1d(mt.tensor("x", (1, 3)), [[[1, -1]]])
    >>> pytorch.max(y).gradient((0, 0, 0))
    Matrix([[1/2, 0, -1/2]])
    """
    return convolution.conv1d(x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Expression:
    """``torch.nn.functional.conv2d`` on (C, H, W); see :func:`mt.conv2d`.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> y = pytorch.conv2d(mt.tensor("x", (1, 1, 3)), [[[[1, -1]]]])
    >>> pytorch.max_pool2d(y, (1, 2)).gradient((0, 0, 0))
    Matrix([[1, -1, 0]])
    """
    return convolution.conv2d(x, weight, bias, stride, padding, dilation, groups)


def max_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Expression:
    """``torch.nn.functional.max_pool1d`` on (C, L); see :func:`mt.maxpool1d`.

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window; the padding never ties.
    Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max_pool1d(mt.tensor("x", (1, 2)), 2).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return pooling.maxpool1d(x, kernel_size, stride, padding, dilation, ceil_mode, "first")


def max_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Expression:
    """``torch.nn.functional.max_pool2d`` on (C, H, W); see :func:`mt.maxpool2d`.

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window, row by row; the padding never
    ties. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max_pool2d(mt.tensor("x", (1, 2, 2)), 2).gradient((0, 1, 1, 1))
    Matrix([[0, 1, 0, 0]])
    """
    return pooling.maxpool2d(x, kernel_size, stride, padding, dilation, ceil_mode, "first")


def max_pool3d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Expression:
    """``torch.nn.functional.max_pool3d`` on (C, D, H, W); see :func:`mt.maxpool3d`.

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window in row-major order. Observed:
    torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max_pool3d(mt.tensor("x", (1, 1, 1, 2)), (1, 1, 2)).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return pooling.maxpool3d(x, kernel_size, stride, padding, dilation, ceil_mode, "first")


def adaptive_max_pool1d(x: Any, output_size: Any) -> Expression:
    """``torch.nn.functional.adaptive_max_pool1d`` on (C, L); see :func:`mt.adaptive_maxpool1d`.

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window. Observed: torch 2.13.0, reverse
    and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.adaptive_max_pool1d(mt.tensor("x", (1, 2)), 1).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return pooling.adaptive_maxpool1d(x, output_size, "first")


def adaptive_max_pool2d(x: Any, output_size: Any) -> Expression:
    """``torch.nn.functional.adaptive_max_pool2d`` on (C, H, W); see :func:`mt.adaptive_maxpool2d`.

    Notes
    -----
    Tie rule: weight 1 on the first tied position of the window, row by row. Observed: torch
    2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.adaptive_max_pool2d(mt.tensor("x", (1, 2, 1)), 1).gradient((0, 0))
    Matrix([[1, 0]])
    """
    return pooling.adaptive_maxpool2d(x, output_size, "first")


def avg_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Expression:
    """``torch.nn.functional.avg_pool1d`` on (C, L); see :func:`mt.avgpool1d`.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.relu(pytorch.avg_pool1d(mt.tensor("x", (1, 2)), 2)).gradient((1, -1))
    Matrix([[0, 0]])
    """
    return pooling.avgpool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Expression:
    """``torch.nn.functional.avg_pool2d`` on (C, H, W); see :func:`mt.avgpool2d`.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.relu(pytorch.avg_pool2d(mt.tensor("x", (1, 1, 2)), (1, 2))).gradient((1, -1))
    Matrix([[0, 0]])
    """
    return pooling.avgpool2d(
        x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Expression:
    """``torch.flatten(x, start_dim, end_dim)``.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.max_dim(pytorch.flatten(mt.tensor("x", (2, 1))), 0).gradient((0, 0))
    Matrix([[1, 0]])
    """
    node = as_expression(x)
    if not node.shape:
        return node.reshape((1,))
    first, last = shapes.to_axis(start_dim, node.ndim), shapes.to_axis(end_dim, node.ndim)
    if first > last:
        raise ShapeError(
            f"expected start_dim before end_dim, got {start_dim} and {end_dim}; swap them"
        )
    length = 1
    for n in node.shape[first : last + 1]:
        length *= n
    return node.reshape((*node.shape[:first], length, *node.shape[last + 1 :]))


def dropout(x: Any, p: Any = Fraction(1, 2)) -> Expression:
    """``torch.nn.functional.dropout(x, p, training=False)``, the identity.

    Notes
    -----
    No tie of its own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.dropout(pytorch.relu(mt.variable("x"))).gradient((0,))
    Matrix([[0]])
    """
    return layers.dropout(x, p)


def hinge_embedding_loss(x: Any, y: Any, margin: Any = 1, reduction: str = "mean") -> Expression:
    """``torch.nn.functional.hinge_embedding_loss``: x where y = 1, max(0, margin − x) where −1.

    Notes
    -----
    Tie rule: the active side, derivative −1 by x where x = margin. Observed: torch 2.13.0,
    reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.hinge_embedding_loss(mt.vector("x", 2), [1, -1]).gradient((0, 1))
    Matrix([[1/2, -1/2]])
    """
    node = as_expression(x)
    labels = to_array(y)[0]
    if len(labels) != node.size or any(label not in (1, -1) for label in labels):
        raise PiecewiseError(
            f"expected a label 1 or -1 for each of the {node.size} entries, got "
            f"{list(map(str, labels))}; replace the others"
        )
    positive = [Fraction(label == 1) for label in labels]
    negative = [Fraction(label == -1) for label in labels]
    flat = node.ravel()
    loss = multiply(flat, positive) + multiply(builders.relu(margin - flat, at_zero=1), negative)
    return _reduce(loss.reshape(node.shape), reduction)


def margin_ranking_loss(
    x1: Any, x2: Any, y: Any, margin: Any = 0, reduction: str = "mean"
) -> Expression:
    """``torch.nn.functional.margin_ranking_loss``: max(0, −y (x1 − x2) + margin).

    Notes
    -----
    Tie rule: the active side, derivative 1 of the outer maximum at its edge. Observed: torch
    2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.margin_ranking_loss(*mt.variables("a b"), 1).gradient((0, 0))
    Matrix([[-1, 1]])
    """
    difference = as_expression(x2) - x1
    return _reduce(builders.relu(multiply(difference, y) + margin, at_zero=1), reduction)


def multi_margin_loss(x: Any, target: int, margin: Any = 1) -> Expression:
    """``torch.nn.functional.multi_margin_loss`` for one sample; see :func:`mt.multi_margin`.

    Notes
    -----
    Tie rule: derivative 0 at the edge. Observed: torch 2.13.0, reverse mode; there is no forward
    mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.multi_margin_loss(mt.vector("x", 2), 0).gradient((1, 0))
    Matrix([[0, 0]])
    """
    return layers.multi_margin(x, target, margin, at_zero=0)


def l1_loss(x: Any, y: Any, reduction: str = "mean") -> Expression:
    """``torch.nn.functional.l1_loss(x, y)``, the mean of |x − y|.

    Notes
    -----
    Tie rule: derivative 0 where x = y. Observed: torch 2.13.0, reverse and forward mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import pytorch
    >>> pytorch.l1_loss(*mt.variables("x y")).gradient((0, 0))
    Matrix([[0, 0]])
    """
    return _reduce(builders.abs(as_expression(x) - y, at_zero=0), reduction)


def _reduce(loss: Expression, reduction: str) -> Expression:
    if reduction == "none":
        return loss
    if reduction not in ("mean", "sum"):
        raise PiecewiseError(
            f"expected reduction to be 'mean', 'sum' or 'none', got {reduction!r}; choose one"
        )
    count = loss.size if reduction == "mean" else 1
    return matmul([Fraction(1, count)] * loss.size, loss.ravel())
