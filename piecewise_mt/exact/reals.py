"""Exact real numbers that are not rational, such as exp(1): SymPy decides their signs, or nobody.

Rational numbers stay ``fractions.Fraction``; :func:`real` makes the one or the other.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import sympy

from piecewise_mt.errors import OutsideDomain, PiecewiseError, Undecided, Unsupported
from piecewise_mt.exact.exponentials import vanishes
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import as_fraction, to_rational

Coordinate: TypeAlias = "Fraction | Real"
"""A rational number, or one that is not known to be."""


def real(value: sympy.Expr) -> Fraction | Real:
    """A SymPy number as a Fraction where it is known to be rational, else as a :class:`Real`.

    Raises
    ------
    OutsideDomain
        If the number is nan, infinite or not real.

    Examples
    --------
    >>> real(sympy.exp(0)), real(sympy.exp(1)) > 2
    (Fraction(1, 1), True)
    """
    if value.is_Rational:
        return as_fraction(value)
    found = _no_real(value)
    if found:
        raise OutsideDomain(
            f"expected a real number, got a formula with {found} there; evaluate it where it is "
            "defined"
        )
    return Real(value)


def _no_real(value: sympy.Expr) -> str:
    """What a SymPy number is that is no real one; empty if nothing says so."""
    if value.has(sympy.nan):
        return "no value"
    if value.has(sympy.zoo, sympy.oo, -sympy.oo):
        return "an infinite value"
    return "a complex value" if value.is_real is False else ""


def number_expr(value: Fraction | int | Real | Missing) -> sympy.Expr:
    """The SymPy number that a value is."""
    if isinstance(value, Missing):
        raise value.error
    return value.expression if isinstance(value, Real) else to_rational(value)


def sign_of(value: sympy.Expr) -> int | None:
    """The sign of a SymPy number, None if SymPy cannot decide it.

    Examples
    --------
    >>> root = sympy.sqrt(2)
    >>> sign_of(root - 1), sign_of(root**2 - 2), sign_of((1 + root) ** 2 - 3 - 2 * root)
    (1, 0, 0)
    """
    if value.is_Rational:
        return int(value.p > 0) - int(value.p < 0)
    if value.is_positive:
        return 1
    if value.is_negative:
        return -1
    if value.is_zero or sympy.expand(value).is_zero or vanishes(value) or value.equals(0):
        return 0
    return None


def _sign_of_roots(value: sympy.Expr) -> int | None:
    """The sign of a number with a ``CRootOf``, in its field: SymPy takes minutes to see a zero."""
    if not value.has(sympy.CRootOf):
        return None
    # which reads the signs of other numbers here
    from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic

    try:
        number = algebraic(value)
    except (NotAlgebraic, Unsupported):
        return None
    return int(number > 0) - int(number < 0)


def _with_numbers(operation: Callable[[Real, Any], Any]) -> Callable[[Real, Any], Any]:
    """What is no number, such as a Missing, knows itself what comes of it."""

    def with_number(self: Real, other: Any) -> Any:
        known = isinstance(other, int | Fraction | Algebraic | Real)
        return operation(self, other) if known else NotImplemented

    return with_number


class Real:
    """An exact real number with the arithmetic and order of Fractions.

    A comparison raises :class:`~piecewise_mt.errors.Undecided` where SymPy finds no answer.
    """

    __slots__ = ("expression",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expression: sympy.Expr) -> None:
        self.expression = expression

    def _sign_against(self, other: Any) -> int:
        difference = self.expression - number_expr(other)
        sign = _sign_of_roots(difference)
        if sign is None:
            sign = sign_of(difference)
        if sign is None:
            raise Undecided(
                f"expected a number whose sign SymPy decides, got {difference}; choose another "
                "point, or simplify the formula"
            )
        return sign

    @_with_numbers
    def __eq__(self, other: Any) -> bool:
        return self._sign_against(other) == 0

    @_with_numbers
    def __lt__(self, other: Any) -> bool:
        return self._sign_against(other) < 0

    @_with_numbers
    def __le__(self, other: Any) -> bool:
        return self._sign_against(other) <= 0

    @_with_numbers
    def __gt__(self, other: Any) -> bool:
        return self._sign_against(other) > 0

    @_with_numbers
    def __ge__(self, other: Any) -> bool:
        return self._sign_against(other) >= 0

    def __bool__(self) -> bool:
        return self._sign_against(0) != 0

    @_with_numbers
    def __add__(self, other: Any) -> Any:
        return real(self.expression + number_expr(other))

    __radd__ = __add__

    @_with_numbers
    def __mul__(self, other: Any) -> Any:
        return real(self.expression * number_expr(other))

    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return real(-self.expression)

    @_with_numbers
    def __sub__(self, other: Any) -> Any:
        return real(self.expression - number_expr(other))

    @_with_numbers
    def __rsub__(self, other: Any) -> Any:
        return real(number_expr(other) - self.expression)

    @_with_numbers
    def __truediv__(self, other: Any) -> Any:
        return _quotient(self, other)

    @_with_numbers
    def __rtruediv__(self, other: Any) -> Any:
        return _quotient(other, self)

    def __str__(self) -> str:
        return str(self.expression)

    def __repr__(self) -> str:
        return f"Real({self.expression})"


def _quotient(above: Any, below: Any) -> Fraction | Real:
    if below == 0:
        raise ZeroDivisionError(f"{above} / 0")
    quotient = number_expr(above) / number_expr(below)
    return real(sympy.radsimp(sympy.expand(quotient)))


class Missing:
    """The value of a node that is not defined at a point; whoever needs it gets the error.

    Sums and multiples of it are missing, too. A ``where`` does not look at the side that it does
    not take.
    """

    __slots__ = ("error",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, error: PiecewiseError) -> None:
        self.error = error

    def _same(self, other: Any = None) -> Missing:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _same

    def _refuse(self, other: Any = None) -> bool:
        raise self.error

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = _refuse


def real_or_missing(function: Callable[[list[sympy.Expr]], sympy.Expr], values: Any) -> Any:
    """The value of a formula at numbers, a :class:`Missing` where it has none."""
    try:
        return real(function([number_expr(value) for value in values]))
    except OutsideDomain as error:
        return Missing(error)
