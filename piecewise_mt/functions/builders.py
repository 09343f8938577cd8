"""The functions that build expressions: variables, affine maps, and the nonsmooth nodes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from math import prod
from typing import Any

from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import to_array, to_fraction
from piecewise_mt.functions import arithmetic, atoms, shapes
from piecewise_mt.functions.arithmetic import align, as_expression
from piecewise_mt.functions.expression import Comparison, Expression
from piecewise_mt.functions.nodes import Piecewise, Variable

MAX_VARIABLES = 10**6
_RANGE = re.compile(r"(?P<stem>.*?)(?P<start>[0-9]*):(?P<stop>[0-9]+)\Z")


def _checked_name(name: str) -> str:
    name = unicodedata.normalize("NFKC", name)  # as Python itself reads identifiers
    if not name.isidentifier() or keyword.iskeyword(name) or len(name) > 1000:
        raise PiecewiseError(
            f"expected a name that is a Python identifier, got {name[:60]!r}; "
            "use letters, digits and underscores, with no digit in front and no keyword"
        )
    return name


def _names(text: Any) -> list[str]:
    if not isinstance(text, str):
        if isinstance(text, Iterable):
            return [name for part in text for name in _names(part)]
        raise PiecewiseError(
            f'expected names in a string, got {text!r}; write for instance "x1 x2" or "x1:5"'
        )
    names: list[str] = []
    for part in text.replace(",", " ").split():
        match = _RANGE.match(part)
        if match is None:
            names.append(_checked_name(part))
            continue
        if len(match["start"]) > 9 or len(match["stop"]) > 9:
            raise PiecewiseError(
                f"expected at most {MAX_VARIABLES} variables, got {part[:60]!r}; use a shorter range"
            )
        start, stop = int(match["start"] or 0), int(match["stop"])
        if stop - start + len(names) > MAX_VARIABLES:
            raise PiecewiseError(
                f"expected at most {MAX_VARIABLES} variables, got {part!r}; use a shorter range"
            )
        names += [_checked_name(f"{match['stem']}{k}") for k in range(start, stop)]
    return names


def variables(names: str | Iterable[str]) -> tuple[Variable, ...]:
    """Scalar variables, always as a tuple.

    Parameters
    ----------
    names : str
        Names separated by spaces or commas; ``"x1:5"`` is x1 … x4, ``"x:3"`` is x0 … x2, as in
        :func:`sympy.symbols`.

    Raises
    ------
    PiecewiseError
        If there is no name, a repeated one, or one that is not an identifier.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.variables("y1 y2"), mt.variables("x1:4")
    ((y1, y2), (x1, x2, x3))
    """
    found = _names(names)
    if not found or len(set(found)) < len(found):
        raise PiecewiseError(
            f"expected one or more different names, got {names!r}; name each variable once"
        )
    return tuple(Variable((name,)) for name in found)


def variable(name: str) -> Variable:
    """One scalar variable; a variable *is* its name.

    Parameters
    ----------
    name : str
        A Python identifier.

    Raises
    ------
    PiecewiseError
        If `name` is not one identifier.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> t == mt.variable("t"), mt.max(t, t)
    (True, max(t, t))
    """
    if not isinstance(name, str):
        raise PiecewiseError(f'expected a name, got {name!r}; write for instance "x1"')
    return Variable((_checked_name(name.strip()),))


def vector(name: str, n: Any) -> Variable:
    """A vector of `n` variables, named from 1 on.

    Parameters
    ----------
    name : str
        The stem; after a final digit an underscore is put before the number.
    n : int
        The length.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.vector("x", 3)
    >>> x[0] == mt.variable("x1"), mt.max(x)
    (True, max(x1, x2, x3))
    """
    return tensor(name, (n,))


def tensor(name: str, shape: Any) -> Variable:
    """An array of variables, numbered row-major from 1 on.

    Parameters
    ----------
    name : str
        The stem; after a final digit an underscore is put before the number.
    shape : tuple of int
        The shape; ``()`` gives the scalar variable `name`.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.tensor("x", (1, 2, 2))
    stack([[[x1, x2], [x3, x4]]])
    """
    stem = variable(name).name
    dims = shapes.to_shape(shape)
    if prod(dims) > MAX_VARIABLES:
        raise ShapeError(
            f"expected at most {MAX_VARIABLES} variables, got the shape {dims}; make it smaller"
        )
    if dims == ():
        return Variable((stem,))
    stem += "_" if stem[-1].isdigit() else ""
    return Variable((f"{stem}{k}" for k in range(1, prod(dims) + 1)), dims)


def affine(W: Any, x: Any, b: Any = None) -> Expression:
    r"""The affine map :math:`W x + b`.

    Parameters
    ----------
    W : array-like of exact numbers, shape (m, n)
    x : expression, shape (n,)
    b : array-like of exact numbers, shape (m,), optional
        A SymPy column Matrix counts as a vector.

    Raises
    ------
    ShapeError
        If the shapes do not fit.
    InexactNumber
        For floats; :func:`mt.exact` turns them into what they are.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.affine([[2, -1], [0, 1]], mt.vector("x", 2), [1, 0])
    stack([2*x1 - x2 + 1, x2])
    """
    product = arithmetic.matmul(W, x)
    if b is None:
        return product
    (_, bias), shape = align(product, b)
    if shape != product.shape:
        raise ShapeError(
            f"expected a bias that fits the shape {product.shape}, got the shape {bias.shape}; "
            "give one number for each row of W"
        )
    return arithmetic.add(product, b)


def _elementwise(x: Any, atom: atoms.Atom, name: str, parameters: Iterable[str] = ()) -> Expression:
    node = as_expression(x)
    units = ((atom, (k,)) for k in range(node.size))
    return Piecewise((node,), units, node.shape, name, parameters)


def relu(x: Any, at_zero: Any = "free") -> Expression:
    r"""The rectifier :math:`R(x) = \max(0, x)`, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    at_zero : number, SymPy symbol or "free"
        The derivative at 0.  0 or 1 joins the tie to a neighbouring piece; anything else makes
        {x = 0} a piece of its own, with a free parameter z for "free" (R̃'_z of §4.1).

    Raises
    ------
    InvalidTieRule
        If `at_zero` is none of these.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.relu(mt.variable("x"), at_zero=0)
    relu(x, at_zero=0)
    """
    return _elementwise(x, atoms.relu_atom(at_zero), "relu")


def abs(x: Any, at_zero: Any = "free") -> Expression:
    r"""The absolute value :math:`|x|`, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    at_zero : number, SymPy symbol or "free"
        The derivative at 0, as for :func:`mt.relu`.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.abs(mt.variable("x"), at_zero=-1)
    abs(x, at_zero=-1)
    """
    return _elementwise(x, atoms.abs_atom(at_zero), "abs")


def leaky_relu(x: Any, slope: Any, at_zero: Any = "free") -> Expression:
    r""":math:`x` for :math:`x > 0` and :math:`s x` for :math:`x < 0`, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    slope : exact number
        The slope s on the left.
    at_zero : number, SymPy symbol or "free"
        The derivative at 0, as for :func:`mt.relu`.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.leaky_relu(mt.variable("x"), "0.1", at_zero=1)
    leaky_relu(x, 1/10, at_zero=1)
    """
    atom = atoms.leaky_relu_atom(slope, at_zero)
    return _elementwise(x, atom, "leaky_relu", (_text(slope),))


def clip(x: Any, lo: Any, hi: Any, at_edges: Any = "free") -> Expression:
    r""":math:`\min(\max(x, lo), hi)`, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    lo, hi : exact numbers or None
        The bounds, lo < hi; None for no bound.
    at_edges : number, SymPy symbol, "free", or a list of one for each bound
        The derivative where x is a bound.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.clip(mt.variable("x"), 0, 6, at_edges=0)
    clip(x, 0, 6, at_edges=0)
    """
    atom = atoms.clip_atom(lo, hi, at_edges)
    return _elementwise(x, atom, "clip", (_text(lo), _text(hi)))


def piecewise_linear(
    x: Any,
    breakpoints: Any,
    slopes: Any,
    at_breaks: Any = "free",
    *,
    at: tuple[Any, Any] = (0, 0),
) -> Expression:
    r"""The continuous function of one variable with given slopes, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    breakpoints : sequence of m increasing exact numbers
    slopes : sequence of m + 1 exact numbers
        Left to right.
    at_breaks : number, SymPy symbol, "free", or a list of one for each breakpoint
        The derivative at the breakpoints.
    at : pair of exact numbers
        A point of the graph; by default f(0) = 0.

    Raises
    ------
    ShapeError
        If the numbers of breakpoints and slopes do not fit.

    Examples
    --------
    The absolute value, with the derivative 0 at the tie:

    >>> import piecewise_mt as mt
    >>> mt.piecewise_linear(mt.variable("x"), [0], [-1, 1], at_breaks=0)
    piecewise_linear(x, [0], [-1, 1], at_breaks=0)
    """
    points, rates = to_array(list(breakpoints))[0], to_array(list(slopes))[0]
    if not isinstance(at, (tuple, list)) or len(at) != 2:
        raise ShapeError(f"expected at=(x0, value), got {at!r}; give a point of the graph")
    anchor = (to_fraction(at[0]), to_fraction(at[1]))
    atom = atoms.piecewise_linear_atom(points, rates, at_breaks, anchor=anchor)
    parameters = [f"[{', '.join(map(str, numbers))}]" for numbers in (points, rates)]
    if anchor != (0, 0):
        parameters.append(f"at=({anchor[0]}, {anchor[1]})")
    return _elementwise(x, atom, "piecewise_linear", parameters)


def _text(value: Any) -> str:
    return "None" if value is None else str(to_fraction(value))


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

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> mt.max(y1, y2, 0, ties="first")
    max(y1, y2, 0, ties=first)
    """
    return _extremum("max", args, ties, axis)


def min(*args: Any, ties: Any = "free", axis: Any = None) -> Expression:
    r"""The minimum :math:`\min(y_1, …, y_n)` of an array, or of several scalars.

    Parameters, errors and tie rules are those of :func:`mt.max`, with argmin sets.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.min(mt.vector("y", 2), ties="average")
    min(y1, y2, ties=average)
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
        return Piecewise(
            nodes, [(make(len(nodes), ties), range(len(nodes)))], (), name
        )
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

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.maximum(mt.vector("x", 2), 0)
    stack([max(x1, 0), max(x2, 0)])
    """
    return _pairwise("max", x, y, ties)


def minimum(x: Any, y: Any, ties: Any = "free") -> Expression:
    """The minimum of two arrays, entry by entry, broadcast; see :func:`mt.maximum`.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.minimum(mt.vector("x", 2), [0, 1], ties="last")
    stack([min(x1, 0, ties=last), min(x2, 1, ties=last)])
    """
    return _pairwise("min", x, y, ties)


def _pairwise(name: str, x: Any, y: Any, ties: Any) -> Expression:
    nodes, shape = align(x, y)
    atom = (atoms.max_atom if name == "max" else atoms.min_atom)(2, ties)
    return Piecewise(nodes, [(atom, row) for row in _operands(nodes, shape)], shape, name)


def _operands(nodes: list[Expression], shape: shapes.Shape) -> list[tuple[int, ...]]:
    """For each entry of `shape`, the broadcast entry of every node in the concatenation."""
    columns: list[list[int]] = []
    offset = 0
    for node in nodes:
        columns.append([offset + k for k in shapes.broadcast_indices(node.shape, shape)])
        offset += node.size
    return list(zip(*columns, strict=True))


def where(condition: Comparison, a: Any, b: Any) -> Expression:
    r""":math:`a` where the comparison holds and :math:`b` elsewhere, broadcast.

    Parameters
    ----------
    condition : comparison
        ``x > y`` (or <, <=, >=) of two expressions.
    a, b : expressions, numbers or array-likes
        They must agree where both are reached at a tie, which is checked when the pieces are
        derived (:class:`mt.NotContinuous`).

    Raises
    ------
    PiecewiseError
        If `condition` is not a comparison of expressions.

    Examples
    --------
    The tie x = y belongs to the branch as written:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.where(x > y, x, y)
    where(x > y, x, y)
    """
    if not isinstance(condition, Comparison):
        raise PiecewiseError(
            f"expected a comparison such as x > y, got {condition!r}; "
            "compare two expressions with <, <=, > or >="
        )
    nodes, shape = align(condition.lhs, condition.rhs, a, b)
    atom = atoms.where_atom(condition.op)
    units = [(atom, row) for row in _operands(nodes, shape)]
    return Piecewise(nodes, units, shape, "where", (condition.op,))
