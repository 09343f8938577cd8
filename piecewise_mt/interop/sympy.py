"""``mt.from_sympy``: a SymPy expression as one of this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from piecewise_mt.calculus.apply import apply
from piecewise_mt.calculus.partition.conditions import read_condition
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.branches import disjoint_branches
from piecewise_mt.errors import NotContinuous, PiecewiseError, UnknownVariable, Unsupported
from piecewise_mt.exact.names import checked_name
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import variable
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.sympy_reader import SympyReader, ends_in_true
from piecewise_mt.geometry.cover import uncovered
from piecewise_mt.geometry.polyhedron import Polyhedron


def from_sympy(
    expr: Any,
    variables: Any = None,
    *,
    names: Mapping[Any, str] | None = None,
    ties: Any = "free",
    at_zero: Any = "free",
) -> Expression:
    r"""A SymPy expression as an expression, with the kinks that SymPy has left in it.

    Sums and rational multiples become affine maps; Max, Min and Abs become :func:`mt.max`,
    :func:`mt.min` and :func:`mt.abs`; Piecewise becomes :func:`mt.where` of its conditions; C¹
    functions of all these, and multiples by irrational numbers, become :func:`mt.smooth`. Equal
    subexpressions become one shared node.

    Parameters
    ----------
    expr : sympy.Expr, Matrix, N-dimensional array, or a list of these
        A matrix gives an expression of its shape. A string is refused: see :func:`mt.parse`.
    variables : sequence of symbols, variables or names, optional
        The space of the result and its order; the symbols in natural order by default. Symbols
        count by name, as real numbers, whatever their assumptions.
    names : mapping of symbols or their names to names, optional
        The variables that symbols become, for those whose names are no identifiers, such as
        ``x_{12}`` or ``lambda``.
    ties, at_zero
        The tie rules of Max and Min, and of Abs; operands count in SymPy's order.

    Returns
    -------
    expression

    Raises
    ------
    InexactNumber
        For a float; the remedy is in the message.
    Unsupported
        For a function with jumps (Heaviside, sign, floor), a number that is not real, and a
        Piecewise without a value somewhere.
    PiecewiseError
        For what is not a SymPy expression, a function that is not known to be C¹, and a name that
        is no identifier.

    See Also
    --------
    mt.parse : Text.
    mt.where : What a Piecewise becomes.
    mt.smooth : What C¹ functions become.
    Representation.to_piecewise : The way back.

    Notes
    -----
    A Piecewise becomes nested ``where``: comparisons that several conditions share are decided
    first; all of several other ones are tested as one minimum, some as one maximum, unless they
    join < with <=. Where such a ``where`` jumps, if only where an outer one hides it, the branches
    of all levels become one stated representation (if they have no Max, Min or Abs); a jump that
    is left is refused where pieces are derived (:class:`mt.NotContinuous`).

    SymPy evaluates as it builds, so what it has taken away cannot be read: nested Max are
    flattened, operands sorted and repeated ones dropped, comparable ones decided.

    >>> from sympy import Abs, Heaviside, Matrix, Max, Min, Piecewise, Symbol, exp, pi, symbols
    >>> x, y = symbols("x y", real=True)
    >>> Max(x, x), Max(1, 2), Max(x, x + 1), Min(x, Max(x, y))
    (x, 2, x + 1, x)
    >>> Max(y, Max(x, 0)), Abs(-x), Abs(x)**2, Piecewise((x, x > 0), (0, x <= 0))
    (Max(0, x, y), Abs(x), x**2, Piecewise((x, x > 0), (0, True)))

    ``mt.max(x, x)`` is a node with a tie everywhere; from SymPy it is x:

    >>> import piecewise_mt as mt
    >>> mt.from_sympy(Max(x, x)), mt.max(mt.variable("x"), mt.variable("x"))
    (x, max(x, x))

    Examples
    --------
    >>> f = mt.from_sympy(Max(x, y) - Abs(x) / 3, (y, x))
    >>> f, f.gradient((0, 0))
    (-abs(x)/3 + max(x, y), Matrix([[1 - z2, -z1/3 + z2]]))
    >>> mt.from_sympy(exp(Max(x, y)), ties="first").gradient((0, 0))
    Matrix([[1, 0]])
    >>> for piece in mt.from_sympy(Piecewise((x**2, x > 0), (0, True))).represent():
    ...     print(piece.polyhedron, piece.gradient)
    x > 0 Matrix([[2*x]])
    x <= 0 Matrix([[0]])
    >>> mt.from_sympy(Matrix([[x, Max(x, 0)]])).shape
    (1, 2)
    >>> mt.from_sympy(pi * Abs(x)).gradient((-2,))
    Matrix([[-pi]])
    >>> mt.from_sympy(Symbol("x_{12}") + 1, names={"x_{12}": "x12"})
    x12 + 1
    >>> mt.from_sympy(Heaviside(x))
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.Unsupported: expected a formula of Max, Min, Abs, Piecewise and C¹
    functions, got Heaviside(x), which has jumps and is not read, even where a product with it has
    none; write x*sign(x) as Abs(x), x*Heaviside(x) as Max(x, 0), and others as a Piecewise
    """
    reader = SympyReader(ties, at_zero, _covers, _repaired)
    renamed = _renaming(_symbols(expr), {} if names is None else names)
    try:
        result = _read(_with_names(expr, renamed), reader)
    except RecursionError as error:
        raise Unsupported(
            "expected an expression that is nested less deeply, got one beyond Python's stack; "
            "build the function with mt.max, mt.relu, …"
        ) from error
    if variables is None:
        return result
    given = variables if _is_sequence(variables) else (variables,)
    by_name = {symbol.name: new.name for symbol, new in renamed.items()}
    return result.on(
        *(by_name.get(v.name, v.name) if isinstance(v, sympy.Symbol) else v for v in given)
    )


def _symbols(expr: Any) -> set[sympy.Symbol]:
    if isinstance(expr, (list, tuple)):
        return {symbol for entry in expr for symbol in _symbols(entry)}
    return set(getattr(expr, "free_symbols", ()))


def _renaming(
    symbols: set[sympy.Symbol], names: Mapping[Any, str]
) -> dict[sympy.Symbol, sympy.Symbol]:
    """The symbols that change their names, with the new ones; all names are identifiers then."""
    if not isinstance(names, Mapping):
        raise PiecewiseError(
            f"expected a mapping of symbols to names, got {type(names).__name__}; write for "
            'instance names={"x_{12}": "x12"}'
        )
    given = {str(getattr(key, "name", key)): value for key, value in names.items()}
    old = {symbol.name for symbol in symbols}
    unknown = sorted(set(given) - old)
    if unknown:
        raise UnknownVariable(
            f"expected names= for symbols of the expression, got {unknown[0][:60]!r}, which it "
            "does not have; leave it out"
        )
    found: dict[str, str] = {}
    for name in sorted(old):
        new = given.get(name, name)
        text = getattr(new, "name", new)
        if not isinstance(text, str):
            raise PiecewiseError(
                f"expected a name for the symbol {name[:60]!r}, got {type(new).__name__}; write it "
                "as text"
            )
        try:
            text = checked_name(text)
        except PiecewiseError as error:
            if name in given:
                raise
            raise PiecewiseError(
                f"expected symbols whose names are Python identifiers, got {name[:60]!r}; give it "
                f"another name with names={{{name[:60]!r}: ...}}"
            ) from error
        if text in found:
            raise PiecewiseError(
                f"expected different names for different symbols, got {text!r} for "
                f"{found[text][:60]!r} and {name[:60]!r}; change names="
            )
        found[text] = name
    new_of = {name: text for text, name in found.items()}
    return {
        symbol: sympy.Symbol(new_of[symbol.name], **symbol.assumptions0)
        for symbol in symbols
        if new_of[symbol.name] != symbol.name
    }


def _with_names(expr: Any, renamed: dict[sympy.Symbol, sympy.Symbol]) -> Any:
    if not renamed:
        return expr
    if isinstance(expr, (list, tuple)):
        return [_with_names(entry, renamed) for entry in expr]
    return expr.xreplace(renamed) if hasattr(expr, "xreplace") else expr


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, Expression))


def _read(expr: Any, reader: SympyReader) -> Expression:
    if isinstance(expr, sympy.MatrixBase):
        return _shaped(expr.flat(), expr.shape, reader)
    if isinstance(expr, sympy.NDimArray):
        return _shaped(sympy.flatten(expr.tolist()), expr.shape, reader)
    if isinstance(expr, (list, tuple)):
        return stack([_read(entry, reader) for entry in expr])
    if isinstance(expr, sympy.Expr):
        return reader.read(expr)
    remedy = "write mt.parse(...)" if isinstance(expr, str) else "give a sympy.Expr or a Matrix"
    raise PiecewiseError(f"expected a SymPy expression, got {type(expr).__name__}; {remedy}")


def _shaped(entries: Any, shape: Any, reader: SympyReader) -> Expression:
    return stack([reader.read(entry) for entry in entries]).reshape(tuple(map(int, shape)))


def _covers(whole: sympy.Piecewise) -> bool:
    """Whether some condition of a Piecewise holds everywhere, decided by exact geometry."""
    if ends_in_true(whole):
        return True
    conditions = [branch.cond for branch in whole.args]
    symbols = {symbol.name for condition in conditions for symbol in condition.free_symbols}
    names = tuple(sorted(symbols))
    return uncovered(Polyhedron(names), read_condition(conditions, names)) is None


MAX_FACES = 10**4
"""Up to so many faces a Piecewise is tried as nested ``where``."""


def _repaired(whole: sympy.Piecewise, nested: Expression) -> Expression:
    """The nested ``where`` of a Piecewise, or its branches as a stated representation.

    A ``where`` must be continuous on the whole space, also where another one hides it. If one is
    not, space is split by all comparisons of all levels, the first branch whose conditions hold is
    looked up on every cell, and continuity is decided once, of the whole.
    """
    if not nested.variables:
        return nested
    try:
        nested.strata(max_faces=MAX_FACES)
        return nested
    except NotContinuous:
        pass
    except PiecewiseError:
        return nested
    names = tuple(sorted({symbol.name for symbol in whole.free_symbols}))
    try:
        return apply(Representation(names, disjoint_branches(whole, names)), *map(variable, names))
    except PiecewiseError:
        # nothing better: the first jump is named where pieces are derived
        return nested
