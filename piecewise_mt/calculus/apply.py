"""``mt.apply``: a representation that somebody wrote down as a node of an expression."""

from __future__ import annotations

from typing import Any

import sympy

from piecewise_mt.calculus.consistency.check import require_checked, restated
from piecewise_mt.calculus.representation.as_node import node_of
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.errors import PiecewiseError, ShapeError
from piecewise_mt.functions.build.arithmetic import as_expression, concat
from piecewise_mt.functions.expression import Expression


def apply(rep: Representation, *args: Any) -> Expression:
    """v∘u for a representation v and expressions u, by Theorem 1 again a representation.

    Parameters
    ----------
    rep : Representation
        As stated, on the whole space; it must pass :func:`mt.check`. On a piece the composed
        gradient uses ∇vᵅ, the gradient of the formula.
    *args : expressions or numbers
        One entry for each variable of `rep`, in order; arrays count with all their entries.

    Returns
    -------
    expression
        Of shape () if the formulas of `rep` are scalar, else (b,).

    Raises
    ------
    PiecewiseError
        If `rep` does not pass the check, has a domain or free parameters.
    ShapeError
        If the number of arguments does not fit.

    See Also
    --------
    mt.Representation : States v.
    mt.check : Which v must pass.
    Expression.subs : Composes where v is an expression.

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    The absolute value, written down with the tie on the left:

    >>> import piecewise_mt as mt
    >>> v = mt.Representation("t", [("t <= 0", "-t"), ("t > 0", "t")])
    >>> x = mt.variable("x")
    >>> mt.apply(v, 2 * x).gradient((0,))
    Matrix([[-2]])
    """
    if rep.domain is not None:
        raise PiecewiseError(
            f"expected a representation of the whole space, got the domain {rep.domain}; state "
            "pieces that cover the space"
        )
    operands = concat([as_expression(arg).reshape(-1) for arg in args]) if args else None
    given = 0 if operands is None else operands.size
    if operands is None or given != len(rep.names):
        raise ShapeError(
            f"expected {len(rep.names)} arguments, in the order {list(rep.names)}, got {given}; "
            "give one a variable"
        )
    require_checked(rep)
    entries = restated(rep).entries
    parameters = {s.name for piece in entries for s in sympy.Matrix([piece.formula]).free_symbols}
    unknown = sorted(parameters - set(rep.names))
    if unknown:
        raise PiecewiseError(
            f"expected numeric tie weights, got the parameters {', '.join(unknown)}; choose a tie "
            "rule"
        )
    return node_of(rep.names, entries, operands)
