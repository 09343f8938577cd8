"""The names, argument orders and tie rules of ``autograd.numpy``; autograd is not imported.

Observed: autograd 1.9.1, November 2026, float64, reverse mode (``autograd.jacobian``), at ties
that are exactly representable; ``tests/test_against_frameworks.py`` repeats it where autograd is
installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piecewise_mt.conventions.base import Primitive, number, reduced, table
from piecewise_mt.functions.build import builders, extrema
from piecewise_mt.functions.build.extrema import where
from piecewise_mt.functions.expression import Expression

VERSION = "1.9.1"
"""The version of autograd that was observed."""


def abs(x: Any) -> Expression:
    """``autograd.numpy.abs(x)``.

    Notes
    -----
    Tie rule: derivative 0 at 0. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.abs(mt.variable("x")).gradient((0,))
    Matrix([[0]])
    """
    return builders.abs(x, at_zero=0)


def maximum(x: Any, y: Any) -> Expression:
    """``autograd.numpy.maximum(x, y)``, also fmax.

    Notes
    -----
    Tie rule: 1/2 each. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.maximum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.maximum(x, y, ties="average")


def minimum(x: Any, y: Any) -> Expression:
    """``autograd.numpy.minimum(x, y)``, also fmin.

    Notes
    -----
    Tie rule: 1/2 each. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.minimum(*mt.variables("x y")).gradient((0, 0))
    Matrix([[1/2, 1/2]])
    """
    return extrema.minimum(x, y, ties="average")


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``autograd.numpy.max(x, axis, keepdims=keepdims)``, also amax.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.max(mt.vector("x", 3)).gradient((1, 0, 1))
    Matrix([[1/2, 0, 1/2]])
    """
    return reduced(extrema.max, x, axis, keepdims, "average")


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Expression:
    """``autograd.numpy.min(x, axis, keepdims=keepdims)``, also amin.

    Notes
    -----
    Tie rule: 1/k each on k tied entries. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.min(mt.vector("x", 3)).gradient((0, 0, 1))
    Matrix([[1/2, 1/2, 0]])
    """
    return reduced(extrema.min, x, axis, keepdims, "average")


def clip(x: Any, a_min: Any, a_max: Any) -> Expression:
    """``autograd.numpy.clip(x, a_min, a_max)`` with numbers as bounds.

    Notes
    -----
    Tie rule: derivative 0 at both bounds. Observed: autograd 1.9.1, reverse mode.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.conventions import numpy_autograd
    >>> numpy_autograd.clip(mt.variable("x"), -1, 1).gradient((1,))
    Matrix([[0]])
    """
    return builders.clip(x, number(a_min), number(a_max), at_edges=0)


_N = "autograd.numpy:"
_AVERAGE = "1/k each on k tied"
PRIMITIVES: Mapping[str, Primitive] = table(
    [
        Primitive("abs", _N + "abs", abs, ((2,),), "0 at 0"),
        Primitive("maximum", _N + "maximum", maximum, ((), ()), _AVERAGE),
        Primitive("minimum", _N + "minimum", minimum, ((), ()), _AVERAGE),
        Primitive("max", _N + "max", max, ((4,),), _AVERAGE),
        Primitive("min", _N + "min", min, ((2, 2),), _AVERAGE, {"axis": 1, "keepdims": True}),
        Primitive("clip", _N + "clip", clip, ((2,),), "0 at the bounds", {"a_min": -1, "a_max": 1}),
    ]
)

__all__ = ["PRIMITIVES", "VERSION", "abs", "clip", "max", "maximum", "min", "minimum", "where"]
