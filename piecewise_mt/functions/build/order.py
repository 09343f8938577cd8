"""Sorting, top-k, the k-th smallest and the median: continuous order statistics."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Gather, Linear, Piecewise

_DESCENDING = {"stable": "reverse", "reverse": "stable"}


def kth(x: Any, k: Any, axis: Any = None, ties: Any = "free") -> Expression:
    r"""The k-th smallest entry :math:`y_{(k)}`, counted with multiplicity.

    Its labels are the sets of entries below, equal to, and above the value; the gradient puts
    weights that sum to 1 on the equal ones.

    Parameters
    ----------
    x : expression or array-like
        A nonempty array.
    k : int
        From 1, for the minimum, to the number of entries.
    axis : int or tuple of int, optional
        The axes that are ordered together; by default all.
    ties : {"free", "stable", "reverse", "first", "last", "average"}, weights, mapping or mt.mix
        "stable" ranks equal entries by position, so that the branch of one entry is a half-open
        polyhedron, and "reverse" by position from the end; "first" and "last" take the first or
        last of all that equal the value; the others are as for :func:`mt.max`.

    Returns
    -------
    expression
        Of the shape of `x` without `axis`.

    Raises
    ------
    ShapeError
        If `x` is empty or `k` is out of range.
    InvalidTieRule
        If `ties` does not fit the number of operands.

    See Also
    --------
    mt.sort, mt.topk : Several order statistics.
    mt.median : The middle one.
    mt.max, mt.min : The extreme ones.

    Examples
    --------
    The second smallest of (1, 1, 0) is one of the two ones:

    >>> import piecewise_mt as mt
    >>> y = mt.vector("y", 3)
    >>> mt.kth(y, 2).gradient((1, 1, 0))
    Matrix([[z4, 1 - z4, 0]])
    >>> mt.kth(y, 2, ties="stable").gradient((1, 1, 1))
    Matrix([[0, 1, 0]])
    """
    node, shape, groups = _groups(x, axis, "kth")
    n = len(groups[0])
    rank = shapes.to_int(k, "k")
    if not 1 <= rank <= n:
        raise ShapeError(
            f"expected k from 1 to {n}, the number of entries, got {rank}; the smallest has k = 1"
        )
    return _statistic(node, shape, groups, rank - 1, ties)


def sort(x: Any, axis: Any = -1, descending: bool = False, ties: Any = "free") -> Expression:
    r"""The entries along an axis in increasing order :math:`y_{(1)} \le … \le y_{(n)}`.

    Each entry of the result is an order statistic of its own, see :func:`mt.kth`; free tie
    weights of different entries are independent of each other.

    Parameters
    ----------
    x : expression or array-like
        An array of at least one axis.
    axis : int
        The axis to sort along.
    descending : bool
        In decreasing order instead.
    ties
        As for :func:`mt.kth`; "stable" keeps the order of equal entries, ascending or
        descending, and then the gradient is a permutation matrix everywhere.

    Returns
    -------
    expression
        Of the shape of `x`.

    Raises
    ------
    ShapeError, InvalidTieRule
        As for :func:`mt.kth`.

    See Also
    --------
    mt.kth : One order statistic, and its labels.
    mt.topk : The first few.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y = mt.vector("y", 3)
    >>> mt.sort(y, ties="stable").gradient((1, 0, 1)).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    """
    node = _array(x, "sort")
    place = shapes.to_axis(axis, node.ndim)
    return _sorted(node, place, range(node.shape[place]), descending, ties)


def topk(x: Any, k: Any, axis: Any = -1, largest: bool = True, ties: Any = "free") -> Expression:
    """The k largest entries along an axis in decreasing order (or the smallest, increasing).

    Parameters
    ----------
    x : expression or array-like
        An array of at least one axis.
    k : int
        From 1 to the length of the axis.
    axis : int
        The axis to select along.
    largest : bool
        The largest or the smallest entries.
    ties
        As for :func:`mt.sort`.

    Returns
    -------
    expression
        Of the shape of `x` with length k along `axis`.

    Raises
    ------
    ShapeError, InvalidTieRule
        As for :func:`mt.kth`.

    See Also
    --------
    mt.sort : All of them.
    mt.kth : One of them.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.topk(mt.vector("y", 3), 2, ties="average").gradient((1, 0, 1)).tolist()
    [[1/2, 0, 1/2], [1/2, 0, 1/2]]
    """
    node = _array(x, "topk")
    place = shapes.to_axis(axis, node.ndim)
    count = shapes.to_int(k, "k")
    if not 1 <= count <= node.shape[place]:
        raise ShapeError(
            f"expected k from 1 to {node.shape[place]}, the length of the axis, got {count}; "
            "choose one of those"
        )
    return _sorted(node, place, range(count), largest, ties)


def median(x: Any, axis: Any = None, ties: Any = "free") -> Expression:
    r"""The median: the middle entry in order, the mean of the two middle ones for an even number.

    Parameters
    ----------
    x : expression or array-like
        A nonempty array.
    axis : int or tuple of int, optional
        The axes that are ordered together; by default all.
    ties
        As for :func:`mt.kth`.

    Returns
    -------
    expression
        Of the shape of `x` without `axis`.

    Raises
    ------
    ShapeError, InvalidTieRule
        As for :func:`mt.kth`.

    See Also
    --------
    mt.kth : Any order statistic.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.median(mt.vector("y", 3), ties="average").gradient((0, 0, 1))
    Matrix([[1/2, 1/2, 0]])
    """
    node, shape, groups = _groups(x, axis, "median")
    n = len(groups[0])
    upper = _statistic(node, shape, groups, n // 2, ties)
    if n % 2:
        return upper
    lower = _statistic(node, shape, groups, n // 2 - 1, ties)
    half = Fraction(1, 2)
    rows = [[(i, half), (lower.size + i, half)] for i in range(lower.size)]
    return Linear((lower, upper), rows, (Fraction(0),) * lower.size, shape)


def _array(x: Any, function: str) -> Expression:
    node = as_expression(x)
    if not node.shape or not node.size:
        given = f"the shape {node.shape}" if node.shape else "a scalar"
        raise ShapeError(
            f"expected an array with entries for mt.{function}, got {given}; give a vector, or a "
            "list such as [x, y]"
        )
    return node


def _groups(x: Any, axis: Any, function: str) -> tuple[Expression, shapes.Shape, list[list[int]]]:
    node = _array(x, function)
    shape, groups = shapes.reduction(node.shape, axis)
    return node, shape, groups


def _statistic(
    node: Expression, shape: shapes.Shape, groups: Sequence[Sequence[int]], rank: int, ties: Any
) -> Expression:
    atom = atoms.order_atom(len(groups[0]), rank, ties)
    return Piecewise((node,), [(atom, g) for g in groups], shape, "kth", (str(rank + 1),))


def _sorted(
    node: Expression, axis: int, places: Sequence[int], descending: bool, ties: Any
) -> Expression:
    """The order statistics of the given places in the sorted order, along an axis."""
    n = node.shape[axis]
    rest, groups = shapes.reduction(node.shape, axis)
    if descending and isinstance(ties, str):
        ties = _DESCENDING.get(ties, ties)
    ranks = [n - 1 - p if descending else p for p in places]
    parts = [_statistic(node, rest, groups, rank, ties) for rank in ranks]
    shape = (*rest[:axis], len(parts), *rest[axis:])
    steps = shapes.strides(rest)
    steps.insert(axis, len(groups))
    indices = shapes.outer(
        [step * i for i in range(length)] for length, step in zip(shape, steps, strict=True)
    )
    return Gather(parts, indices, shape)
