"""Smooth functions of expressions: exp, softmax, products, and any C¹ SymPy formula.

A unit of a :class:`~piecewise_mt.functions.nodes.Smooth` node is a SymPy formula in the
placeholders u1, …, un. Where it is C¹ only under a condition, such as log(u1) for u1 > 0, that
is kept as a :class:`Requirement`, to be decided on the pieces where the function is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.errors import PiecewiseError, ShapeError, UnknownVariable, Unsupported
from piecewise_mt.exact.numbers import is_number, real_number, to_fraction, to_rational
from piecewise_mt.functions.build.arithmetic import as_expression, constant_values, stack
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant, Smooth
from piecewise_mt.functions.shapes import broadcast_indices, broadcast_shapes, to_axis
from piecewise_mt.memory import cached_property

ENTIRE = (
    sympy.exp,
    sympy.sin,
    sympy.cos,
    sympy.sinh,
    sympy.cosh,
    sympy.tanh,
    sympy.atan,
    sympy.asinh,
    sympy.erf,
    sympy.erfc,
)
"""Functions that are smooth wherever their argument is."""
MAX_EXPONENT = 100


class Requirement(NamedTuple):
    """``form`` must be "positive", "nonnegative" or "nonzero" for a formula to be C¹."""

    form: sympy.Expr
    kind: str

    def is_met(self) -> bool | None:
        """What SymPy's assumptions say, None if nothing."""
        met: bool | None = getattr(self.form, f"is_{self.kind}")
        return met


def placeholder(index: int) -> sympy.Symbol:
    """The symbol that stands for the operand `index`, counted from 0."""
    return sympy.Symbol(f"u{index + 1}", real=True)


def requirements(expression: sympy.Expr) -> tuple[Requirement, ...]:
    """The conditions under which a formula is C¹ in its symbols; () if it is everywhere.

    Raises
    ------
    PiecewiseError
        If the formula has a function that is not C¹, or is not known to be.

    Examples
    --------
    >>> t = sympy.Symbol("t", real=True)
    >>> requirements(sympy.exp(t) / (1 + sympy.exp(t)))
    ()
    >>> requirements(sympy.log(t))
    (Requirement(form=t, kind='positive'),)
    """
    found: dict[Requirement, None] = {}
    for part in sympy.preorder_traversal(expression):
        for requirement in _of_part(part, expression):
            met = requirement.is_met()
            if met is False:
                raise PiecewiseError(
                    f"expected a formula that is C¹, got {expression}, where {requirement.form} "
                    f"is not {requirement.kind}; use a formula that is defined and smooth"
                )
            if met is None:
                found[requirement] = None
    return tuple(found)


def _of_part(part: Any, whole: sympy.Expr) -> tuple[Requirement, ...]:
    if part.is_Symbol or part.is_number or part.is_Add or part.is_Mul or isinstance(part, ENTIRE):
        if part.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            raise PiecewiseError(
                f"expected a formula with values, got {whole}, which is not defined; restrict the "
                "domain, or change the formula"
            )
        if part.has(sympy.I) or part.is_Float:
            raise PiecewiseError(
                f"expected a formula with exact real numbers, got {part} in {whole}; write "
                "rationals"
            )
        return ()
    if isinstance(part, sympy.log):
        return (Requirement(part.args[0], "positive"),)
    if isinstance(part, sympy.tan):
        return (Requirement(sympy.cos(part.args[0]), "nonzero"),)
    if part.is_Pow:
        base, exponent = part.args
        if exponent.is_Integer:
            return () if exponent > 0 else (Requirement(base, "nonzero"),)
        if exponent.is_Rational and exponent > 1:
            return (Requirement(base, "nonnegative"),)
        return (Requirement(base, "positive"),)
    names = ", ".join(function.__name__ for function in ENTIRE)
    raise PiecewiseError(
        f"expected a C¹ formula of +, -, *, /, **, log, tan, {names}, got "
        f"{_as_typed(part.func.__name__)} in {_as_typed(str(whole))}; write kinks as "
        "mt.abs, mt.max, … of expressions"
    )


def _as_typed(text: str) -> str:
    """SymPy's names of kinks as they are typed here: abs for Abs."""
    return re.sub(r"\b(Abs|Max|Min)\b", lambda found: found[0].lower(), text)


class SmoothFunction:
    """A C¹ formula in placeholders, with its partial derivatives."""

    def __init__(self, expression: sympy.Expr, arity: int) -> None:
        self.expression = expression
        self.arity = arity
        self.requirements = requirements(expression)

    @cached_property
    def partials(self) -> tuple[sympy.Expr, ...]:
        """The partial derivatives, one an operand."""
        return tuple(sympy.diff(self.expression, placeholder(i)) for i in range(self.arity))

    def at(self, operands: Sequence[sympy.Expr]) -> sympy.Expr:
        """The value at these operands."""
        return put(self.expression, operands)


def put(expression: sympy.Expr, operands: Sequence[sympy.Expr]) -> sympy.Expr:
    """A formula in placeholders with operands put in, all at once."""
    return expression.xreplace({placeholder(i): value for i, value in enumerate(operands)})


def elementwise(name: str, expression: sympy.Expr, *args: Any) -> Smooth:
    """One formula in u1, …, un at every entry of the broadcast operands."""
    nodes = [as_expression(arg) for arg in args]
    shape = broadcast_shapes(*(node.shape for node in nodes))
    starts = [sum(node.size for node in nodes[:i]) for i in range(len(nodes))]
    columns = [
        [start + i for i in broadcast_indices(node.shape, shape)]
        for start, node in zip(starts, nodes, strict=True)
    ]
    function = SmoothFunction(expression, len(nodes))
    return Smooth(nodes, [(function, row) for row in zip(*columns, strict=True)], shape, name)


def smooth(expression: Any, substitution: Mapping[Any, Any]) -> Expression:
    """A C¹ SymPy formula of expressions.

    Parameters
    ----------
    expression : sympy.Expr, or a list of them (a vector of outputs)
        A formula of +, -, ``*``, /, ``**``, exp, log, sin, cos, tanh, … in symbols.
    substitution : mapping
        For every symbol an expression or number; arrays are broadcast, entry by entry.

    Returns
    -------
    expression
        Of the broadcast shape; a list of formulas adds an axis in front.

    Raises
    ------
    PiecewiseError
        If the formula has a kink (Abs, Max, Piecewise, …), a float or an unknown function.
    UnknownVariable
        If a symbol has no expression.

    See Also
    --------
    mt.exp, mt.square, mt.softmax : Common ones by name.
    mt.from_sympy : A formula that has kinks, too.

    Examples
    --------
    The pieces of a smooth function of max(x, y) are those of the max; at the tie the gradient
    keeps the free parameter:

    >>> import sympy
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> t = sympy.Symbol("t")
    >>> f = mt.smooth(t**2 + sympy.exp(t), {t: mt.max(x, y)})
    >>> f.gradient((0, 0))
    Matrix([[z, 1 - z]])
    >>> [str(p.polyhedron) for p in f.represent()]
    ['x > y', 'x < y', 'x = y']
    """
    if isinstance(expression, (list, tuple, sympy.MatrixBase)):
        return stack([smooth(entry, substitution) for entry in expression])
    if not isinstance(expression, sympy.Expr):
        raise PiecewiseError(
            f"expected a SymPy formula, got {type(expression).__name__}; write for instance "
            "mt.smooth(sympy.exp(t), {t: x})"
        )
    if not isinstance(substitution, Mapping):
        raise PiecewiseError(
            f"expected a mapping from symbols to expressions, got {substitution!r}; write for "
            "instance mt.smooth(sympy.exp(t), {t: x})"
        )
    given = {getattr(key, "name", str(key)): value for key, value in substitution.items()}
    symbols = sorted(expression.free_symbols, key=str)
    missing = [symbol.name for symbol in symbols if symbol.name not in given]
    if missing:
        raise UnknownVariable(
            f"expected an expression for every symbol, got none for {', '.join(missing)}; add it "
            "to the mapping"
        )
    if expression.is_Rational:
        raise PiecewiseError(
            f"expected a formula with a symbol, got the number {expression}; add it as a number"
        )
    if not symbols:
        return elementwise("smooth", real_number(expression), 0)
    # refused, if at all, in the words of the formula as it was given
    require_smooth(expression)
    replaced = {symbol: placeholder(i) for i, symbol in enumerate(symbols)}
    own = expression.xreplace(replaced)
    return elementwise("smooth", own, *(given[symbol.name] for symbol in symbols))


def require_smooth(expression: sympy.Expr) -> None:
    """Refuse a formula of real symbols that is not C¹ anywhere, or not known to be."""
    real = expression.xreplace(
        {s: sympy.Symbol(s.name, real=True) for s in expression.free_symbols}
    )
    try:
        requirements(real)
    except PiecewiseError as error:
        if str(real) == str(expression):
            raise
        raise type(error)(f"in {expression}, for real numbers: {error}") from error


_U, _V = placeholder(0), placeholder(1)


def exp(x: Any) -> Expression:
    """The exponential, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.log : Its inverse.
    mt.smooth : Any C¹ formula.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> mt.exp(mt.relu(t)).gradient((0,))
    Matrix([[z]])
    """
    return elementwise("exp", sympy.exp(_U), x)


def log(x: Any) -> Expression:
    """The natural logarithm, entry by entry, where the argument is positive.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    Raises
    ------
    PiecewiseError
        When pieces are derived on which the argument is not positive.

    See Also
    --------
    mt.exp : Its inverse.
    mt.logsumexp : Of a sum of exponentials.

    Examples
    --------
    The argument is positive at the tie too:

    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> f = mt.log(1 + mt.relu(t))
    >>> f.gradient((0,)), f.gradient((1,))
    (Matrix([[z]]), Matrix([[1/2]]))
    """
    return elementwise("log", sympy.log(_U), x)


def sin(x: Any) -> Expression:
    """The sine, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.cos : Its derivative.

    Examples
    --------
    The derivative of the tie keeps its parameter:

    >>> import piecewise_mt as mt
    >>> mt.sin(mt.relu(mt.variable("t"))).gradient((0,))
    Matrix([[z]])
    """
    return elementwise("sin", sympy.sin(_U), x)


def cos(x: Any) -> Expression:
    """The cosine, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.sin : The sine.

    Examples
    --------
    The tie of the relu is at a maximum of the cosine, which hides it:

    >>> import piecewise_mt as mt
    >>> mt.cos(mt.relu(mt.variable("t"))).gradient((0,))
    Matrix([[0]])
    """
    return elementwise("cos", sympy.cos(_U), x)


def tanh(x: Any) -> Expression:
    """The hyperbolic tangent, entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.hardtanh : The piecewise linear relative.
    mt.sigmoid : (1 + tanh(x/2)) / 2.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.tanh(mt.max(x, y)).gradient((0, 0))
    Matrix([[z, 1 - z]])
    """
    return elementwise("tanh", sympy.tanh(_U), x)


def sigmoid(x: Any) -> Expression:
    """1 / (1 + exp(-x)), entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.hardsigmoid : The piecewise linear relative.
    mt.softplus : Its antiderivative.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.sigmoid(mt.max(x, y)).gradient((0, 0))
    Matrix([[z/4, 1/4 - z/4]])
    """
    return elementwise("sigmoid", 1 / (1 + sympy.exp(-_U)), x)


def softplus(x: Any) -> Expression:
    """log(1 + exp(x)), entry by entry: the smooth relative of relu.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.relu : What it smooths, without a tie.
    mt.logsumexp : Of several operands.

    Examples
    --------
    Where relu has a tie softplus has the derivative 1/2:

    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> mt.softplus(t).gradient((0,)), mt.relu(t).gradient((0,))
    (Matrix([[1/2]]), Matrix([[z]]))
    """
    return elementwise("softplus", sympy.log(1 + sympy.exp(_U)), x)


def square(x: Any) -> Expression:
    """x², entry by entry.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    See Also
    --------
    mt.smooth : Any C¹ formula.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> t = mt.variable("t")
    >>> for piece in mt.square(mt.relu(t)).represent():
    ...     print(piece.polyhedron, piece.formula, piece.gradient)
    t < 0 0 Matrix([[0]])
    t > 0 t**2 Matrix([[2*t]])
    t = 0 t**2*z**2 Matrix([[0]])
    """
    return elementwise("square", _U**2, x)


def sqrt(x: Any) -> Expression:
    r"""The square root, entry by entry: C¹ where its operand is positive.

    Parameters
    ----------
    x : expression or array-like
        Of any shape, which the result has too.

    Raises
    ------
    PiecewiseError
        On asking, where the operand is not positive on some piece: the root is not Lipschitz at 0.

    See Also
    --------
    mt.norm1, mt.norm_inf : Norms that are piecewise linear.
    mt.square : The other way.

    Examples
    --------
    At the tie of the maximum, which is positive:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = mt.sqrt(1 + mt.square(mt.max(x, y)))
    >>> f.value((1, 1)), f.gradient((1, 1))
    (sqrt(2), Matrix([[sqrt(2)*z/2, -sqrt(2)*z/2 + sqrt(2)/2]]))
    """
    return as_expression(x) ** Fraction(1, 2)


def softmax(x: Any, axis: Any = -1) -> Expression:
    r"""exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, the last node of many a network.

    Parameters
    ----------
    x : expression or array-like
        With at least one axis.
    axis : int
        The axis along which the result sums to 1.

    Returns
    -------
    expression
        Of the same shape.

    See Also
    --------
    mt.logsumexp : Whose gradient it is.
    mt.max : Whose weights are on the largest entries alone.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.softmax([mt.max(x, y), 0]).gradient((0, 0))
    Matrix([
    [ z/4, 1/4 - z/4],
    [-z/4, z/4 - 1/4]])
    """
    return _along_axis("softmax", x, axis)


def logsumexp(x: Any, axis: Any = -1) -> Expression:
    """log Σ exp(xⱼ) along an axis, which goes: the smooth relative of max.

    Parameters
    ----------
    x : expression or array-like
        With at least one axis.
    axis : int
        The axis that is summed over.

    Returns
    -------
    expression
        Of the shape of `x` without `axis`.

    Raises
    ------
    ShapeError
        If `x` is a scalar or the axis is empty.

    See Also
    --------
    mt.softmax : Its gradient.
    mt.max : What it smooths.

    Examples
    --------
    Where max has a tie the weights are equal:

    >>> import piecewise_mt as mt
    >>> y = mt.vector("y", 2)
    >>> mt.logsumexp(y).gradient((1, 1)), mt.max(y).gradient((1, 1))
    (Matrix([[1/2, 1/2]]), Matrix([[z, 1 - z]]))
    """
    return _along_axis("logsumexp", x, axis)


def _along_axis(name: str, x: Any, axis: Any) -> Expression:
    node = as_expression(x)
    if not node.shape:
        raise ShapeError(
            f"expected an array for mt.{name}, got a scalar; put the scalars into a list"
        )
    place = to_axis(axis, node.ndim)
    n = node.shape[place]
    if not n:
        raise ShapeError(f"expected entries for mt.{name}, got an axis of length 0; leave it out")
    symbols = [placeholder(i) for i in range(n)]
    total = sympy.Add(*map(sympy.exp, symbols))
    block = 1
    for length in node.shape[place + 1 :]:
        block *= length
    if name == "softmax":
        functions = [SmoothFunction(sympy.exp(symbol) / total, n) for symbol in symbols]
        shape = node.shape
    else:
        functions = [SmoothFunction(sympy.log(total), n)]
        shape = (*node.shape[:place], *node.shape[place + 1 :])
    units = []
    for outer in range(node.size // (n * block)):
        for k in range(len(functions)):
            for inner in range(block):
                start = outer * n * block + inner
                units.append((functions[k], [start + i * block for i in range(n)]))
    return Smooth((node,), units, shape, name)


def product(left: Any, right: Any) -> Expression:
    """``left * right`` of two expressions neither of which is constant."""
    return elementwise("*", _U * _V, left, right)


def quotient(left: Any, right: Any) -> Expression:
    """``left / right``, where the divisor is nowhere zero."""
    return elementwise("/", _U / _V, left, right)


def power(base: Any, exponent: Any) -> Expression:
    """``base ** exponent`` for a rational exponent, or a positive rational base."""
    if not isinstance(exponent, Expression) and is_number(exponent):
        value = to_fraction(exponent)
        node = as_expression(base)
        values = constant_values(node)
        if values is not None and value.denominator == 1 and (value > 0 or all(values)):
            return Constant([entry ** int(value) for entry in values], node.shape)
        if value == 0:
            return node * 0 + 1
        if abs(value.numerator) > MAX_EXPONENT or value.denominator > MAX_EXPONENT:
            raise Unsupported(
                f"expected an exponent of numbers up to {MAX_EXPONENT}, got {value}; write it with "
                "mt.exp and mt.log"
            )
        return elementwise(f"**{value}", _U ** to_rational(value), base)
    if isinstance(exponent, Expression) and is_number(base):
        value = to_fraction(base)
        if value > 0 and value != 1:
            return elementwise(f"{value}**", to_rational(value) ** _U, exponent)
    raise Unsupported(
        f"expected a number as the exponent, or a positive number as the base, got "
        f"({base})**({exponent}); write it with mt.exp and mt.log"
    )
