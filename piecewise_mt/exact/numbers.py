"""Conversion of everything that counts as an exact number to ``fractions.Fraction``."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeVar

import sympy

from piecewise_mt.errors import InexactNumber, PiecewiseError, ShapeError, Unsupported

_DECIMAL = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\s*\Z", re.ASCII)
_RATIO = re.compile(r"\s*([+-]?\d+)\s*/\s*(\d+)\s*\Z", re.ASCII)
_T = TypeVar("_T")
MAX_DIGITS = 4000
"""The longest number, in digits, that is read from text (CPython's own limit is 4300)."""


def number_from_text(text: str) -> Fraction:
    """The rational that a decimal string (``"0.1"``) or a ratio (``"-1/3"``) writes.

    Raises
    ------
    InexactNumber
        If the text is not such a number, or is longer than :data:`MAX_DIGITS`.
    """
    if len(text) > MAX_DIGITS:
        raise InexactNumber(
            f"expected a number of at most {MAX_DIGITS} characters, got {len(text)}; "
            "build it with fractions.Fraction instead"
        )
    ratio = _RATIO.match(text)
    if ratio:
        if int(ratio[2]) == 0:
            raise InexactNumber(
                f"expected a number, got {text.strip()!r}, which divides by zero; "
                "write a nonzero denominator"
            )
        return Fraction(int(ratio[1]), int(ratio[2]))
    if _DECIMAL.match(text):
        return Fraction(text.strip())
    raise InexactNumber(
        f"expected an exact number such as '0.1' or '1/3', got the text {_short(text)!r}; "
        "write digits, or mt.parse(...) for an expression"
    )


def is_number(value: object) -> bool:
    """Whether `value` would be read as one number (exact or not), not as an array."""
    # an ImmutableMatrix is an Expr, but an array here
    return isinstance(value, numbers.Number | Decimal | str | sympy.Expr) and not getattr(
        value, "is_Matrix", False
    )


def to_fraction(value: Any) -> Fraction:
    """`value` as a ``Fraction``; floats and symbols are refused with the remedy.

    Examples
    --------
    >>> to_fraction("0.1"), to_fraction(sympy.Rational(2, 4)), to_fraction(3)
    (Fraction(1, 10), Fraction(1, 2), Fraction(3, 1))
    """
    if isinstance(value, Fraction):
        if type(value.numerator) is int and type(value.denominator) is int:
            return value
        # parts of NumPy's would overflow later
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Integral):
        return Fraction(int(value))
    if isinstance(value, sympy.Expr):
        return _from_sympy(value)
    if isinstance(value, str):
        return number_from_text(value)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, Decimal):
        if value.is_finite():
            return Fraction(value)
        raise InexactNumber(f"expected a finite number, got {value}; remove it from the input")
    if isinstance(value, numbers.Real):
        raise InexactNumber(
            f"expected an exact number, got the float {value!r}; write mt.exact({value!r}) for "
            "the binary fraction that it is, or Rational(1, 10) or '0.1' for the decimal you mean"
        )
    raise PiecewiseError(
        f"expected a number, got {_short(repr(value))} of type {type(value).__name__}; "
        "give an int, a Fraction, a sympy Rational or a decimal string"
    )


def _from_sympy(value: sympy.Expr) -> Fraction:
    if value.is_Rational:
        return Fraction(int(value.p), int(value.q))
    if value.has(sympy.Float, sympy.nan, sympy.oo, sympy.zoo, -sympy.oo):
        raise InexactNumber(
            f"expected an exact number, got {value}; write sympy.Rational(...) "
            "or mt.exact(...) for a finite float"
        )
    if value.free_symbols:
        raise Unsupported(
            f"expected a number, got the symbolic coefficient {value}: symbolic coefficients are "
            "not supported yet; substitute a number, or make it a variable with mt.variable"
        )
    raise Unsupported(
        f"expected a rational or algebraic number, got {value}, which is not supported as a "
        "coefficient; write a smooth function with it, such as mt.smooth(sympy.pi*t, {t: x}), or "
        "a Rational that is close enough"
    )


def real_number(number: sympy.Expr) -> sympy.Expr:
    """A SymPy number, if it is exact, finite and real.

    Raises
    ------
    InexactNumber
        If it is a float, or not finite.
    Unsupported
        If it is not known to be real.
    """
    if number.has(sympy.Float):
        shown = float(number) if number.is_real else number
        raise InexactNumber(
            f"expected exact numbers, got the float {shown}; write sympy.Rational(1, 10) "
            "or sympy.nsimplify for the number you mean, mt.exact for the binary fraction it is"
        )
    if not number.is_Rational:
        number = number.doit()
    if number.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        to_fraction(number)  # which refuses it
    if not number.is_real:
        raise Unsupported(
            f"expected real numbers, got {number}, which is not known to be real; write it with "
            "rational numbers, pi, E and roots and logarithms of positive numbers"
        )
    return number


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def exact(value: Any) -> Any:
    """A float as the exact dyadic rational that it is; an array entry by entry.

    Parameters
    ----------
    value : float, int, Rational, or an array-like of them
        A numpy array, a nested list or anything with ``tolist()``.

    Returns
    -------
    sympy.Rational, or the same nesting of them
        A numpy object array for a numpy array, nested lists otherwise.

    Raises
    ------
    InexactNumber
        For nan and the infinities.

    See Also
    --------
    mt.parse : Reads 0.1 as one tenth.
    mt.from_torch : Weights, by the same rule.

    Examples
    --------
    The float ``0.1`` is not one tenth, so two kinks that look equal need not be:

    >>> exact(0.1)
    3602879701896397/36028797018963968
    >>> exact([0.5, 1])
    [1/2, 1]
    """
    return _exact(value, 0)


def _exact(value: Any, axes: int) -> Any:
    _require_few_axes(axes)
    mantissa = getattr(value, "_mpf_", None)
    if mantissa is not None and (not isinstance(value, sympy.Expr) or value.is_Float):
        return _from_mantissa(mantissa, value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        # a longdouble has more bits than a float, and a wider range
        number: Any = value if hasattr(value, "as_integer_ratio") else float(value)
        if number != number or number in (float("inf"), float("-inf")):
            raise InexactNumber(
                f"expected a finite number, got {value!r}; remove nan and inf from the input"
            )
        above, below = number.as_integer_ratio()
        return sympy.Rational(int(above), int(below))
    if is_number(value):
        number_ = to_fraction(value)
        return sympy.Rational(number_.numerator, number_.denominator)
    if hasattr(value, "tolist"):
        nested = _exact(value.tolist(), axes)
        if type(value).__module__.split(".")[0] == "numpy" and isinstance(nested, list):
            import numpy

            result = numpy.empty(value.shape, dtype=object)
            result[...] = numpy.array(nested, dtype=object).reshape(value.shape)
            return result
        return nested
    if isinstance(value, Sequence):
        return [_exact(entry, axes + 1) for entry in value]
    raise PiecewiseError(
        f"expected a float or an array of floats, got {type(value).__name__}; "
        "give a number, a nested list or an array"
    )


def _from_mantissa(parts: Any, value: Any) -> sympy.Rational:
    """(-1)^sign · mantissa · 2^exponent with all bits, of SymPy's and mpmath's floats."""
    sign, whole, exponent, _ = parts
    if not whole and exponent:
        raise InexactNumber(
            f"expected a finite number, got {value!r}; remove nan and inf from the input"
        )
    size = -int(whole) if sign else int(whole)
    power = int(exponent)
    return sympy.Rational(size << power) if power >= 0 else sympy.Rational(size, 1 << -power)


MAX_AXES = 64
"""NumPy's own limit; a list that holds itself ends there, too."""


def _require_few_axes(axes: int) -> None:
    if axes > MAX_AXES:
        raise ShapeError(
            f"expected an array of at most {MAX_AXES} axes, got lists that are nested more deeply; "
            "write them flat"
        )


def to_array(
    value: Any, read: Callable[[Any], Any] = to_fraction, axes: int = 0
) -> tuple[list[Any], tuple[int, ...]]:
    """The entries (row-major) and the shape of an array-like of exact numbers.

    `axes` are those of the lists around it.
    """
    _require_few_axes(axes)
    if is_number(value):
        return [read(value)], ()
    if hasattr(value, "tolist") and hasattr(value, "shape"):
        shape = tuple(int(n) for n in value.shape)
        nested = value.tolist()
        if len(shape) == 0:
            return [read(nested)], ()
        flat: list[Any] = nested
        if str(getattr(value, "dtype", "")).startswith("float"):
            return [_whole_coefficient(entry) for entry in _leaves(nested)], shape
        # sympy matrices' tolist() of an empty matrix is [], so flatten by depth, not by shape
        for _ in shape[1:]:
            flat = [entry for part in flat for entry in part]
        return [read(entry) for entry in flat], shape
    if isinstance(value, Sequence):
        parts = [to_array(entry, read, axes + 1) for entry in value]
        shapes = {shape for _, shape in parts}
        if len(shapes) > 1:
            raise ShapeError(
                f"expected a rectangular array, got rows of shapes {sorted(shapes)}; "
                "make all rows equally long"
            )
        inner = parts[0][1] if parts else ()
        return [entry for entries, _ in parts for entry in entries], (len(parts), *inner)
    raise PiecewiseError(
        f"expected an array of exact numbers, got {type(value).__name__}; "
        "give nested lists, a numpy array or a sympy Matrix"
    )


def _leaves(nested: Any) -> list[Any]:
    found = [nested]
    while any(isinstance(entry, list) for entry in found):
        found = [e for entry in found for e in (entry if isinstance(entry, list) else [entry])]
    return found


def _whole_coefficient(value: Any) -> Fraction:
    """An entry of an array of floats such as numpy.eye(2); only whole numbers are meant exactly."""
    if isinstance(value, float) and value.is_integer():
        return Fraction(int(value))
    return to_fraction(value)


def as_fraction(value: Any) -> Fraction:
    """A SymPy Rational as a Fraction; its parts may be numbers of gmpy2, so they are rebuilt."""
    return Fraction(int(value.p), int(value.q))


def to_rational(value: Fraction | int) -> sympy.Rational:
    """A ``Fraction`` as a SymPy ``Rational``."""
    if type(value.numerator) is not int:
        # a number that is not rational knows what it is
        return getattr(value, "expression", None) or sympy.Rational(value)
    return sympy.Rational(value.numerator, value.denominator)


def common_denominator(values: Iterable[Fraction | int]) -> int:
    """The least positive integer that makes every value an integer."""
    return lcm(*(value.denominator for value in values))


def primitive(row: Sequence[Fraction | int]) -> tuple[int, ...]:
    """The primitive integer row that is a *positive* multiple of `row` (zero stays zero)."""
    scale = common_denominator(row)
    ints = [value.numerator * (scale // value.denominator) for value in row]
    try:
        divisor = gcd(*ints) or 1
    except TypeError:
        from piecewise_mt.exact.number_rows import normal_row

        return tuple(normal_row(ints))
    return tuple(value // divisor for value in ints)


def checked_index(index: _T) -> _T:
    """An index or a slice as it is; True and False, which Python takes for 1 and 0, refused.

    Raises
    ------
    PiecewiseError
        For a boolean.
    """
    if isinstance(index, bool):
        raise PiecewiseError(f"expected an index, got {index}; write a whole number")
    return index
