"""Matrices as people write them: one reader, which is told what kind of entries is meant.

Text in a matrix is never handed to SymPy, which would evaluate it: a kind that admits text reads
it by a grammar of this package.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import sympy

from piecewise_mt.errors import InexactNumber, PiecewiseError, ShapeError
from piecewise_mt.exact.numbers import is_number, to_fraction, to_rational
from piecewise_mt.exact.reading_numbers import to_number

_NOT_FINITE = (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)
_T = TypeVar("_T")


def read_matrix(
    given: Any, shape: tuple[int, int], entry: Callable[[Any], _T]
) -> tuple[tuple[_T, ...], ...]:
    """The rows of a b×a matrix, one an output, one column a variable.

    Parameters
    ----------
    given
        Nested lists, an array, a SymPy matrix, or a list of rows of these kinds. If b or a is 1, a
        flat list will do; if b is 1, a column, too; if both are, the entry alone.
    shape : (int, int)
        (b, a).
    entry : callable
        What reads one entry, and refuses it if it is not of the kind that is meant.

    Raises
    ------
    ShapeError
        If the shape is another.

    Examples
    --------
    >>> read_matrix([["1/2", 1.0]], (1, 2), exact_entry)
    ((Fraction(1, 2), Fraction(1, 1)),)
    >>> read_matrix(sympy.Matrix([3, 4]), (1, 2), int), read_matrix([3, 4], (2, 1), int)
    (((3, 4),), ((3,), (4,)))
    """
    found = _listed(given)
    if not isinstance(found, list):
        try:
            found = [found] if is_number(found) else list(found)
        except TypeError:  # it has no parts
            found = [found]
    # a row may be a SymPy matrix of its own, whose entries are one list however it lies
    rows = [list(r) if isinstance(r, sympy.MatrixBase) else _listed(r) for r in found]
    if not any(isinstance(row, list) for row in rows):
        rows = [[value] for value in rows]
    if shape[0] == 1 and all(isinstance(row, list) and len(row) == 1 for row in rows):
        rows = [[value for (value,) in rows]]
    if len(rows) != shape[0] or any(
        not isinstance(row, list) or len(row) != shape[1] for row in rows
    ):
        raise ShapeError(
            f"expected a matrix with {shape[0]} rows and {shape[1]} columns, got {given!r}; give "
            "one row an output, one column a variable"
        )
    return tuple(tuple(map(entry, row)) for row in rows)


def _listed(value: Any) -> Any:
    """The parts of a list or an array; anything else as it is."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, (list, tuple)) else value


def exact_entry(value: Any) -> Fraction:
    """A rational number; a float only if it is whole, as in numpy.eye(2).

    Raises
    ------
    InexactNumber
        For any other finite float.
    PiecewiseError
        For nan and the infinities, which are no entries at all.
    """
    if isinstance(value, (float, sympy.Float)):
        if value in (float("inf"), float("-inf")) or value != value:
            raise PiecewiseError(f"expected a finite number, got {value!r}; remove it")
        # SymPy's 1.0 is not equal to 1
        if not value - int(value):
            return Fraction(int(value))
        return to_fraction(value)  # which refuses it and names the remedy
    try:
        number: Fraction = to_number(value)
        return number
    except InexactNumber as error:
        raise PiecewiseError(str(error)) from error


def real_entry(value: Any) -> Fraction | sympy.Expr:
    """A rational number as a Fraction, else a SymPy expression that may be real.

    Raises
    ------
    PiecewiseError
        If it is not real, or not finite.
    """
    if not isinstance(value, sympy.Expr) or value.is_Rational or value.is_Float:
        return exact_entry(value)
    if value.is_extended_real is False or value.has(*_NOT_FINITE):
        raise PiecewiseError(f"expected real numbers, got {value}; remove it from the matrix")
    return value


def measured_entry(value: Any) -> sympy.Expr:
    """What a program returned: a float as the dyadic rational that it is, or a SymPy expression.

    Raises
    ------
    PiecewiseError
        If it is not a real number, nor an exact expression in free parameters.
    """
    if isinstance(value, sympy.Basic) and not isinstance(value, sympy.Float):
        if isinstance(value, sympy.Expr) and value.free_symbols:
            # free parameters: to be judged for all their values
            known = not value.has(*_NOT_FINITE, sympy.I, sympy.Float)
        else:
            known = bool(value.is_comparable and value.is_finite)
        if not known:
            raise PiecewiseError(f"expected a real number, got {value}")
        return value
    if isinstance(value, (str, complex)):
        raise PiecewiseError(f"expected a real number, got {value!r}")
    return to_rational(Fraction(value if isinstance(value, (int, Fraction)) else float(value)))
