"""The functions that build expressions: variables, affine maps, and the nonsmooth nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from piecewise_mt.errors import InvalidTieRule, PiecewiseError, ShapeError, shown
from piecewise_mt.exact.names import checked_name
from piecewise_mt.exact.numbers import is_number, to_array
from piecewise_mt.exact.polynomials import rule_coefficient
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions import atoms, shapes
from piecewise_mt.functions.build import arithmetic, extrema
from piecewise_mt.functions.build.arithmetic import align, as_expression
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Piecewise, Variable
from piecewise_mt.functions.traversal import natural_sort

MAX_VARIABLES = 2 * 10**5
"""Images of 224 x 224 pixels in three colours have fewer."""
MAX_NESTING = 20
"""Of lists of names."""
_RANGE = re.compile(r"(?P<stem>.*?)(?P<start>[0-9]*):(?P<stop>[0-9]+)\Z")


def _names(text: Any) -> list[str]:
    names: list[str] = []
    todo: list[Iterator[Any]] = [iter([text])]
    while todo:
        own = next(todo[-1], None)
        if own is None:
            todo.pop()
        elif isinstance(own, str):
            _append(names, own)
        elif isinstance(own, Iterable) and len(todo) <= MAX_NESTING:
            todo.append(iter(own))
        else:
            given = "lists in lists" if isinstance(own, Iterable) else shown(repr(own))
            raise PiecewiseError(
                f'expected names in a string, got {given}; write for instance "x1 x2" or "x1:5"'
            )
    return names


def _append(names: list[str], text: str) -> None:
    """The names in a text, after those before."""
    for part in text.replace(",", " ").split():
        match = _RANGE.match(part)
        stop = 1
        if match is not None:
            whole = len(match["start"]) <= 9 and len(match["stop"]) <= 9
            start = int(match["start"] or 0) if whole else 0
            stop = int(match["stop"]) - start if whole else MAX_VARIABLES + 1
        if stop + len(names) > MAX_VARIABLES:
            raise PiecewiseError(
                f"expected at most {MAX_VARIABLES} variables, got {part[:60]!r} after "
                f"{len(names)} others; use a shorter range"
            )
        if match is None:
            names.append(checked_name(part))
        else:
            names += [checked_name(f"{match['stem']}{k}") for k in range(start, start + stop)]


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

    See Also
    --------
    mt.vector : A vector, for arrays rather than names.
    Expression.on : Fixes the variables and their order.

    Notes
    -----
    A function's variables are in natural order of their names. Where one call orders them
    otherwise, a point that is a sequence is refused until ``f.on`` has fixed the order.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.variables("y1 y2"), mt.variables("x1:4")
    ((y1, y2), (x1, x2, x3))
    >>> w, b = mt.variables("w b")
    >>> f = mt.max(w, b)
    >>> f.on(w, b).gradient((1, 5)), f.gradient({w: 1, b: 5})
    (Matrix([[0, 1]]), Matrix([[1, 0]]))
    """
    found = _names(names)
    if not found or len(set(found)) < len(found):
        raise PiecewiseError(
            f"expected one or more different names, got {names!r}; name each variable once"
        )
    called = () if tuple(found) == natural_sort(found) else found
    return tuple(Variable((name,), (), called) for name in found)


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

    See Also
    --------
    mt.variables : Several at once.
    mt.vector : A vector of numbered variables.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> t == mt.variable("t"), mt.max(t, t)
    (True, max(t, t))
    """
    if not isinstance(name, str):
        raise PiecewiseError(f'expected a name, got {name!r}; write for instance "x1"')
    return Variable((checked_name(name.strip()),))


def vector(name: str, n: Any) -> Variable:
    """A vector of `n` variables, named from 1 on.

    Parameters
    ----------
    name : str
        The stem; after a final digit an underscore is put before the number.
    n : int
        The length.

    See Also
    --------
    mt.tensor : Any shape.
    mt.variables : Names of one's own.

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

    See Also
    --------
    mt.vector : The case of one axis.
    mt.maxpool2d : Takes a tensor (C, H, W).

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.tensor("x", (1, 2, 2))
    >>> x
    stack([[[x1, x2], [x3, x4]]])
    >>> mt.maxpool2d(x, 2, ties="first").gradient((0, 0, 0, 0))
    Matrix([[1, 0, 0, 0]])
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

    See Also
    --------
    mt.conv2d : The sparse affine maps of images.
    mt.exact : Floats as the rationals that they are.

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

    See Also
    --------
    mt.abs, mt.leaky_relu : Other functions with one kink at 0.
    mt.max : Of several operands.
    mt.softplus : The smooth relative.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.
    - D. Bertoin, J. Bolte, S. Gerchinovitz, E. Pauwels, *Numerical influence of ReLU'(0) on
      backpropagation*, Advances in Neural Information Processing Systems 34, 2021.

    Examples
    --------
    The derivative at the tie is what the rule says; a free one is a parameter:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.relu(x).gradient((0,)), mt.relu(x, at_zero=0).gradient((0,))
    (Matrix([[z]]), Matrix([[0]]))
    >>> [str(piece.polyhedron) for piece in mt.relu(x, at_zero=0).represent()]
    ['x <= 0', 'x > 0']
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

    See Also
    --------
    mt.relu : The sum R(x) + R(−x) is the same function.
    mt.norm1, mt.norm_inf : Norms made of it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> mt.abs(x, at_zero=-1), mt.abs(x, at_zero=-1).gradient((0,)), abs(x).gradient((0,))
    (abs(x, at_zero=-1), Matrix([[-1]]), Matrix([[z]]))
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

    See Also
    --------
    mt.prelu : One slope a channel.
    mt.piecewise_linear : Any number of kinks.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.leaky_relu(mt.variable("x"), "0.1", at_zero=1)
    >>> f, f.gradient((0,)), f.gradient((-1,))
    (leaky_relu(x, 1/10, at_zero=1), Matrix([[1]]), Matrix([[1/10]]))
    """
    atom = atoms.leaky_relu_atom(slope, at_zero)
    return _elementwise(x, atom, "leaky_relu", (_text(slope),))


def clip(x: Any, lo: Any, hi: Any, at_edges: Any = "free") -> Expression:
    r""":math:`\min(\max(x, lo), hi)`, entry by entry.

    With bounds that are numbers it is one function of one variable. With expressions or arrays
    as bounds it is the composition of a maximum and a minimum of two, in this order, so that hi
    wins where lo > hi.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.
    lo, hi : exact numbers, expressions, array-likes, or None
        The bounds, broadcast with `x`; None for no bound. Numbers must satisfy lo < hi.
    at_edges : number, SymPy symbol, "free", or a list of one for each bound
        The derivative by x where x is a bound. With expressions as bounds it is the weight w of
        x in max(x, lo), and of that in min(…, hi), at a tie; the bound gets 1 − w.

    Raises
    ------
    ShapeError
        If both bounds are None, or numbers with lo ≥ hi.

    See Also
    --------
    mt.hardtanh, mt.relu6, mt.hardsigmoid : Clips with bounds of their own.
    mt.maximum, mt.minimum : What it is composed of where bounds are expressions.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.clip(mt.variable("x"), 0, 6, at_edges=0)
    clip(x, 0, 6, at_edges=0)
    >>> x, a = mt.variables("x a")
    >>> mt.clip(x, a, None, at_edges=1).on(x, a).gradient((0, 0))
    Matrix([[1, 0]])
    """
    if any(bound is not None and not is_number(bound) for bound in (lo, hi)):
        return _clip_by_expressions(x, lo, hi, at_edges)
    atom = atoms.clip_atom(lo, hi, at_edges)
    return _elementwise(x, atom, "clip", (_text(lo), _text(hi)))


def _clip_by_expressions(x: Any, lo: Any, hi: Any, at_edges: Any) -> Expression:
    bounds = [bound for bound in (lo, hi) if bound is not None]
    many = isinstance(at_edges, (list, tuple))
    rules = list(at_edges) if many else [at_edges] * len(bounds)
    if len(rules) != len(bounds):
        raise InvalidTieRule(
            f"expected {len(bounds)} rules, one a bound, got {len(rules)}; give one for all, or "
            "one each"
        )
    result = as_expression(x)
    if lo is not None:
        result = extrema.maximum(result, lo, _two(rules.pop(0)))
    return result if hi is None else extrema.minimum(result, hi, _two(rules.pop(0)))


def _two(weight: Any) -> Any:
    """The tie rule that gives the first of two operands this weight."""
    if isinstance(weight, str) and weight == "free":
        return weight
    share = rule_coefficient(weight)
    if share == 1:
        return "first"
    return "last" if share == 0 else {frozenset((0, 1)): (share, 1 - share)}


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

    See Also
    --------
    mt.abs, mt.relu, mt.clip : The usual ones by name.
    mt.where : Branches that are given by conditions.

    Examples
    --------
    The absolute value, with the derivative 0 at the tie:

    >>> import piecewise_mt as mt
    >>> f = mt.piecewise_linear(mt.variable("x"), [0], [-1, 1], at_breaks=0)
    >>> f, f.gradient((0,))
    (piecewise_linear(x, [0], [-1, 1], at_breaks=0), Matrix([[0]]))
    """
    points, rates = (to_array(list(own), to_number)[0] for own in (breakpoints, slopes))
    if not isinstance(at, (tuple, list)) or len(at) != 2:
        raise ShapeError(f"expected at=(x0, value), got {at!r}; give a point of the graph")
    anchor = (to_number(at[0]), to_number(at[1]))
    atom = atoms.piecewise_linear_atom(points, rates, at_breaks, anchor=anchor)
    parameters = [f"[{', '.join(map(str, numbers))}]" for numbers in (points, rates)]
    if any(anchor):
        parameters.append(f"at=({anchor[0]}, {anchor[1]})")
    return _elementwise(x, atom, "piecewise_linear", parameters)


def _text(value: Any) -> str:
    return "None" if value is None else str(to_number(value))
