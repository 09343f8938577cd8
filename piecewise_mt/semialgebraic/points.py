"""Points with algebraic coordinates: read from SymPy's numbers, and written as such."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.algebraic_points import ExactPoint, Root
from piecewise_mt.exact.numbers import as_fraction, to_rational
from piecewise_mt.exact.real_roots import count_roots, root_bound, sturm_chain
from piecewise_mt.geometry.points import in_order, is_irrational, read_point

MAX_DEGREE = 40
"""The largest degree of the one number in which all coordinates are written."""


def read_exact_point(point: Any, names: tuple[str, ...]) -> ExactPoint:
    """The point that a user gives, with rational or algebraic coordinates.

    Raises
    ------
    PiecewiseError
        For a point of the wrong length, or a coordinate that is no real algebraic number.

    Examples
    --------
    >>> p = read_exact_point((sympy.sqrt(2), 1 + sympy.sqrt(2)), ("x", "y"))
    >>> p.root.polynomial, point_expressions(p)
    ((-2, 0, 1), (sqrt(2), 1 + sqrt(2)))
    """
    values = in_order(point, names)
    numbers = [v for v in values if is_irrational(v)]
    if not numbers:
        exact = read_point(point, names)
        return ExactPoint(tuple((value,) if value else () for value in exact))
    if len(values) != len(names):
        read_point((0,) * len(values), names)
    t = sympy.Dummy("t")
    polynomial, weights, elements = sympy.primitive_element(numbers, t, ex=True)
    if sympy.degree(polynomial, t) > MAX_DEGREE:
        raise PiecewiseError(
            f"expected coordinates in one field of degree at most {MAX_DEGREE}, got "
            f"{sympy.degree(polynomial, t)}; give simpler numbers"
        )
    _, whole = sympy.Poly(polynomial, t).clear_denoms(convert=True)
    coefficients = tuple(int(c) for c in reversed(whole.all_coeffs()))
    number = sympy.Add(*(w * v for w, v in zip(weights, numbers, strict=True)))
    root = _isolated(coefficients, number)
    found = iter(elements)
    coordinates = []
    for value in values:
        if is_irrational(value):
            element = [as_fraction(sympy.Rational(c)) for c in reversed(next(found))]
        else:
            element = read_point((value,), ("x",))
        while element and not element[-1]:
            element.pop()
        coordinates.append(tuple(element))
    return ExactPoint(tuple(coordinates), root)


def _isolated(polynomial: tuple[int, ...], number: sympy.Expr) -> Root:
    """The root of an irreducible polynomial that a number is, in an interval with no other."""
    chain = sturm_chain(polynomial)
    digits = 20
    while True:
        value = as_fraction(sympy.Rational(str(sympy.N(number, digits))))
        # the value is good to all its digits but a few; and some root is the number
        radius = (abs(value) + 1) * Fraction(1, 10 ** (digits - 5))
        if count_roots(chain, value - radius, value + radius) == 1:
            return Root(polynomial, value - radius, value + radius)
        digits *= 2


def point_expressions(point: ExactPoint) -> tuple[sympy.Expr, ...]:
    """The coordinates as SymPy numbers; roots are ``CRootOf``, or square roots.

    Examples
    --------
    >>> from piecewise_mt.exact.algebraic_points import Root
    >>> root = Root((-2, 0, 1), Fraction(1), Fraction(2))
    >>> point_expressions(ExactPoint(((Fraction(0), Fraction(1, 2)),), root))
    (sqrt(2)/2,)
    """
    if point.root is None or point.is_rational:
        return tuple(to_rational(value) for value in point.rational)
    t = sympy.Symbol("t")
    p = point.root.polynomial
    chain = sturm_chain(p)
    index = count_roots(chain, -root_bound(p), point.root.low)
    number = sympy.rootof(sum(c * t**k for k, c in enumerate(p)), t, index, radicals=len(p) <= 3)
    return tuple(
        sympy.expand(sympy.Add(*(to_rational(c) * number**k for k, c in enumerate(element))))
        if len(p) <= 3
        else sympy.Add(*(to_rational(c) * number**k for k, c in enumerate(element)))
        for element in point.coordinates
    )
