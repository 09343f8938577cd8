"""Max and min, of arrays, of scalars and entry by entry, and where."""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build.arithmetic import align, as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise


def max(*args: Any, ties: Any = "free", axis: Any = None) -> Expression:
    r"""The maximum :math:`\max(y_1, …, y_n)` of an array, or of several scalars.

    Parameters
    ----------
    *args
        One array-like, which is reduced, or several scalar expressions and numbers.
    ties : {"free", "first", "last", "average"}, weights, mapping or mt.mix(beta)
        Which weights the tied operands get: "first" is (17), "average" (19)–(20), "free" keeps
        them symbolic.  Operands count row-major from 0.
    axis : int or tuple of int, optional
        Reduce only these axes of the one array.

    Raises
    ------
    ShapeError
        For the maximum of nothing, or several arrays (use :func:`mt.maximum`).
    InvalidTieRule
        If `ties` does not fit the number of operands.

    See Also
    --------
    mt.min : The minimum.
    mt.maximum : Two arrays, entry by entry.
    mt.maxpool2d : Over windows.
    mt.mix : Boustany's ties.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.
    - R. Boustany, *On the numerical reliability of nonsmooth autodiff: a MaxPool case study*,
      Transactions on Machine Learning Research, 2024.

    Examples
    --------
    At the tie of the first two operands, which exceed the third, two weights are left:

    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> mt.max(y1, y2, 0).gradient((1, 1))
    Matrix([[z1, 1 - z1]])
    >>> f = mt.max(y1, y2, 0, ties="first")
    >>> f, f.gradient((1, 1))
    (max(y1, y2, 0, ties=first), Matrix([[1, 0]]))
    """
    return _extremum("max", args, ties, axis)


def min(*args: Any, ties: Any = "free", axis: Any = None) -> Expression:
    r"""The minimum :math:`\min(y_1, …, y_n)` of an array, or of several scalars.

    Parameters, errors and tie rules are those of :func:`mt.max`, with argmin sets.

    Parameters
    ----------
    *args
        One array-like, which is reduced, or several scalar expressions and numbers.
    ties, axis
        As for :func:`mt.max`.

    Raises
    ------
    ShapeError, InvalidTieRule
        As for :func:`mt.max`.

    See Also
    --------
    mt.max : The maximum, −min(−y).
    mt.minimum : Two arrays, entry by entry.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.min(mt.vector("y", 2), ties="average")
    >>> f, f.gradient((0, 0))
    (min(y1, y2, ties=average), Matrix([[1/2, 1/2]]))
    """
    return _extremum("min", args, ties, axis)


def _extremum(name: str, args: tuple[Any, ...], ties: Any, axis: Any) -> Expression:
    make = atoms.max_atom if name == "max" else atoms.min_atom
    nodes = [as_expression(arg) for arg in args]
    if len(nodes) > 1:
        if any(node.shape for node in nodes) or axis is not None:
            raise ShapeError(
                f"expected one array or several scalars for mt.{name}, got the shapes "
                f"{', '.join(str(node.shape) for node in nodes)}"
                f"{'' if axis is None else f' and axis {axis}'}; use mt.{name}imum(x, y) for "
                f"arrays entry by entry, axis=… to reduce along an axis"
            )
        return Piecewise(nodes, [(make(len(nodes), ties), range(len(nodes)))], (), name)
    if not nodes or not nodes[0].size:
        given = f"an array of shape {nodes[0].shape}" if nodes else "no argument"
        raise ShapeError(
            f"expected at least one operand for mt.{name}, got {given}; "
            f"the {name}imum of nothing is undefined, so give operands"
        )
    shape, groups = shapes.reduction(nodes[0].shape, axis)
    atom = make(len(groups[0]), ties)
    return Piecewise(nodes, [(atom, group) for group in groups], shape, name)


def maximum(x: Any, y: Any, ties: Any = "free") -> Expression:
    """The maximum of two arrays, entry by entry, broadcast.

    Parameters
    ----------
    x, y : expressions or array-likes
        Of shapes that broadcast together.
    ties
        As for :func:`mt.max` of two operands.

    See Also
    --------
    mt.minimum : The minimum.
    mt.max : Of one array, or of several scalars.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.maximum(mt.vector("x", 2), 0, ties="last")
    >>> f, f.gradient((0, 1)).tolist()
    (stack([max(x1, 0, ties=last), max(x2, 0, ties=last)]), [[0, 0], [0, 1]])
    """
    return _pairwise("max", x, y, ties)


def minimum(x: Any, y: Any, ties: Any = "free") -> Expression:
    """The minimum of two arrays, entry by entry, broadcast; see :func:`mt.maximum`.

    Parameters
    ----------
    x, y : expressions or array-likes
        Of shapes that broadcast together.
    ties
        As for :func:`mt.max` of two operands.

    See Also
    --------
    mt.maximum : The maximum.
    mt.min : Of one array, or of several scalars.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.minimum(mt.vector("x", 2), [0, 1], ties="last")
    >>> f, f.gradient((0, 1)).tolist()
    (stack([min(x1, 0, ties=last), min(x2, 1, ties=last)]), [[0, 0], [0, 0]])
    """
    return _pairwise("min", x, y, ties)


def _pairwise(name: str, x: Any, y: Any, ties: Any) -> Expression:
    nodes, shape = align(x, y)
    atom = (atoms.max_atom if name == "max" else atoms.min_atom)(2, ties)
    return Piecewise(nodes, [(atom, row) for row in operand_rows(nodes, shape)], shape, name)


def operand_rows(nodes: list[Expression], shape: shapes.Shape) -> list[tuple[int, ...]]:
    """For each entry of `shape`, the broadcast entry of every node in the concatenation."""
    columns: list[list[int]] = []
    offset = 0
    for node in nodes:
        columns.append([offset + k for k in shapes.broadcast_indices(node.shape, shape)])
        offset += node.size
    return list(zip(*columns, strict=True))


def where(condition: Any, a: Any, b: Any) -> Expression:
    r""":math:`a` where the condition holds and :math:`b` elsewhere, broadcast.

    Parameters
    ----------
    condition : Condition, str or SymPy relation
        ``x > y`` (or <, <=, >=) of two expressions; several joined by ``&``, ``|`` and ``~``; a
        text such as ``"0 <= x <= 1"``; a SymPy relation or Boolean of such.
    a, b : expressions, numbers or array-likes
        They must agree where both are reached at a tie, which is checked when the pieces are
        derived (:class:`mt.NotContinuous`).

    Raises
    ------
    PiecewiseError
        If `condition` is not a condition.

    See Also
    --------
    mt.from_sympy : Reads a SymPy Piecewise, whose hidden branches may jump.
    mt.piecewise_linear : Of one variable, by breakpoints and slopes.
    mt.Condition : What may stand for the condition.

    Notes
    -----
    Comparisons that are all strict, or all weak, become one comparison of their minimum or
    maximum with 0. Others are nested, ``where(c1, where(c2, a, b), b)`` for both of two, and each
    ``where`` must be continuous on the whole space, also where an outer one hides it.

    Examples
    --------
    The tie x = y belongs to the branch as written:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.where(x > y, x, y)
    where(x > y, x, y)
    >>> mt.where((x >= 0) & (x <= 1), x, mt.clip(x, 0, 1)).gradient({"x": 1})
    Matrix([[1]])
    """
    from piecewise_mt.functions.build.selection import as_condition, select

    return select(as_condition(condition), a, b)
