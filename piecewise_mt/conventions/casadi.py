"""CasADi's names, argument orders and tie rules; casadi is not imported.

Observed: casadi 3.8.2, November 2026, ``jacobian`` of SX and MX expressions, at ties that are
exactly representable; ``tests/test_against_casadi.py`` repeats it where casadi is installed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from piecewise_mt.conventions.base import Primitive, table
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.build import builders, extrema, layers
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.expression import Expression

VERSION = "3.8.2"
"""The version of casadi that was observed."""


def fabs(x: Any) -> Expression:
    """``casadi.fabs(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: casadi 3.8.2, SX and MX.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.fabs(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.abs(x, at_zero=0)


def fmax(x: Any, y: Any) -> Expression:
    """``casadi.fmax(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: casadi 3.8.2, SX and MX.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.fmax(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.maximum(x, y, ties="average")


def fmin(x: Any, y: Any) -> Expression:
    """``casadi.fmin(x, y)``.

    Notes
    -----
    Tie rule: 1/2 each. Observed: casadi 3.8.2, SX and MX.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.fmin(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.minimum(x, y, ties="average")


def mmax(x: Any, symbols: str = "SX") -> Expression:
    """``casadi.mmax(x)``, the maximum of all entries.

    Parameters
    ----------
    x : expression or array-like
    symbols : {"SX", "MX"}
        SX expands it to a fold of :func:`fmax` from the left, MX keeps one node.

    Notes
    -----
    Tie rule: that of the fold for SX, 1/k each on k tied entries for MX. Observed: casadi 3.8.2.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> [casadi.mmax(mt.vector("x", 3), kind).gradient((0, 0, 0)) for kind in ("SX", "MX")]
    [Matrix([[1/4, 1/4, 1/2]]), Matrix([[1/3, 1/3, 1/3]])]
    """
    return _extremum(x, symbols, fmax, extrema.max)


def mmin(x: Any, symbols: str = "SX") -> Expression:
    """``casadi.mmin(x)``, the minimum of all entries; see :func:`mmax`.

    Notes
    -----
    Tie rule: that of the fold for SX, 1/k each on k tied entries for MX. Observed: casadi 3.8.2.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.mmin(mt.vector("x", 3)).gradient((0, 0, 0))
    Matrix([[1/4, 1/4, 1/2]])
    """
    return _extremum(x, symbols, fmin, extrema.min)


def norm_1(x: Any) -> Expression:
    """``casadi.norm_1(x)`` of a vector.

    Notes
    -----
    Tie rule: the sign of an entry is 0 at 0. Observed: casadi 3.8.2, SX and MX.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.norm_1(mt.vector("x", 2)).gradient((0, -1))
    Matrix([[0, -1]])
    """
    return layers.norm1(x, at_zero=0)


def norm_inf(x: Any, symbols: str = "SX") -> Expression:
    """``casadi.norm_inf(x)`` of a vector, :func:`mmax` of :func:`fabs`.

    Notes
    -----
    Tie rule: that of :func:`mmax`, with sign 0 at 0. Observed: casadi 3.8.2.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import casadi
    >>> casadi.norm_inf(mt.vector("x", 2)).gradient((1, -1))
    Matrix([[1/2, -1/2]])
    """
    return mmax(fabs(x), symbols)


def _extremum(
    x: Any, symbols: str, pair: Callable[..., Expression], whole: Callable[..., Expression]
) -> Expression:
    node = as_expression(x)
    if symbols not in ("SX", "MX"):
        raise PiecewiseError(
            f"expected symbols to be 'SX' or 'MX', got {symbols!r}; choose one of these"
        )
    if symbols == "MX" or node.size < 2:
        return whole(node, ties="average")
    return functools.reduce(pair, node.ravel())


_N = "casadi:"
_AVERAGE = "1/k each on k tied"
PRIMITIVES: Mapping[str, Primitive] = table(
    [
        Primitive("fabs", _N + "fabs", fabs, ((2,),), "0 at 0"),
        Primitive("fmax", _N + "fmax", fmax, ((), ()), _AVERAGE),
        Primitive("fmin", _N + "fmin", fmin, ((), ()), _AVERAGE),
        Primitive("mmax", _N + "mmax", mmax, ((4,),), "the left fold's", {"symbols": "SX"}),
        Primitive("mmax_MX", _N + "mmax", mmax, ((4,),), _AVERAGE, {"symbols": "MX"}),
        Primitive("mmin", _N + "mmin", mmin, ((3,),), "the left fold's", {"symbols": "SX"}),
        Primitive("mmin_MX", _N + "mmin", mmin, ((3,),), _AVERAGE, {"symbols": "MX"}),
        Primitive("norm_1", _N + "norm_1", norm_1, ((2,),), "sign 0 at 0"),
        Primitive("norm_inf", _N + "norm_inf", norm_inf, ((3,),), "as mmax", {"symbols": "SX"}),
        Primitive("norm_inf_MX", _N + "norm_inf", norm_inf, ((2,),), "as mmax", {"symbols": "MX"}),
    ]
)

__all__ = [
    "PRIMITIVES",
    "VERSION",
    "fabs",
    "fmax",
    "fmin",
    "mmax",
    "mmin",
    "norm_1",
    "norm_inf",
]
