"""Affine subspaces by equations, and SymPy formulas in their coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import sympy

from piecewise_mt.calculus.smooth.rewriting import expanded, is_long, symbols_of, tidied
from piecewise_mt.exact.exponentials import in_exponentials
from piecewise_mt.exact.linear import Row, echelon, kernel
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number


class Hull(Protocol):
    """A set on which formulas are compared, by what they are reduced to on it."""

    @property
    def names(self) -> tuple[str, ...]: ...
    def restricted(self, expression: sympy.Expr) -> sympy.Expr:
        """An expression of the same values on the set."""


@dataclass(frozen=True)
class AffineHull:
    """An affine subspace of the space of `names`, by equations row·(1, x) = 0.

    Later variables are written in the earlier ones, so that formulas on a tie x = y are in x.

    Examples
    --------
    >>> hull = AffineHull.of_equations(("x", "y"), [(0, 1, -1)])
    >>> x, y = symbols_of(("x", "y"))
    >>> hull.restricted(x * y)
    x**2
    """

    names: tuple[str, ...]
    equations: tuple[Row, ...]
    substitution: tuple[tuple[sympy.Symbol, sympy.Expr], ...]

    @classmethod
    def of_equations(cls, names: Sequence[str], equations: Iterable[Row]) -> AffineHull:
        """The subspace where all equations hold."""
        symbols = (sympy.Integer(1), *symbols_of(names))
        given = tuple(equations)
        found = tuple(
            (
                symbols[place],
                sympy.Add(*(to_rational(c) * x for c, x in zip(form, symbols, strict=True) if c)),
            )
            for place, form in _solved(given)
        )
        return cls(tuple(names), given, found)

    @classmethod
    def of_generators(cls, names: Sequence[str], generators: Iterable[Sequence[int]]) -> AffineHull:
        """The affine hull of homogeneous generators (x0, x) and lines."""
        return cls.of_equations(names, kernel([tuple(row) for row in generators], len(names) + 1))

    @property
    def free(self) -> tuple[sympy.Symbol, ...]:
        """The variables that are coordinates of the subspace."""
        solved = {symbol for symbol, _ in self.substitution}
        return tuple(symbol for symbol in symbols_of(self.names) if symbol not in solved)

    def restricted(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression in the coordinates of the subspace."""
        return expression.xreplace(dict(self.substitution)) if self.substitution else expression

    def restricted_row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """An affine form (c0, c1, …, ca) in the coordinates of the subspace.

        Examples
        --------
        >>> hull = AffineHull.of_equations(("x", "y"), [(-3, 1, 1)])
        >>> [str(c) for c in hull.restricted_row((1, 2, 1))]
        ['4', '1', '0']
        """
        total = list(row)
        for place, form in _solved(self.equations):
            c = total[place]
            if c:
                total[place] = Fraction(0)
                total = [t + c * v for t, v in zip(total, form, strict=True)]
        return tuple(total)

    def affine_row(self, expression: sympy.Expr) -> list[Fraction] | None:
        """Rational coefficients (c0, c1, …, ca) of what equals `expression` here, else None."""
        on = tidied(self.restricted(expression))
        free = set(self.free)
        row = []
        rest = on
        for symbol in symbols_of(self.names):
            slope = _constant(sympy.diff(on, symbol), free) if symbol in free else sympy.Integer(0)
            if slope is None:
                return None
            row.append(to_number(slope))
            rest = rest - slope * symbol
        constant = _constant(rest, free)
        if constant is None:
            return None
        return [to_number(constant), *row]


def _solved(equations: Iterable[Row]) -> Iterator[tuple[int, list[Fraction]]]:
    """The places of later variables, and the affine forms in earlier ones that they equal."""
    for row in echelon([(row[0], *reversed(row[1:])) for row in equations]):
        pivot = next(i for i, c in enumerate(row) if i and c)
        form = [quotient(-c, row[pivot]) for c in (row[0], *reversed(row[1:]))]
        place = len(row) - pivot
        form[place] = Fraction(0)
        yield place, form


def _constant(expression: sympy.Expr, variables: set[sympy.Symbol]) -> sympy.Rational | None:
    """The rational number that an expression is, None if it is not known to be one."""
    expression = expanded(expression)
    if expression.is_Rational:
        return expression
    if not expression.free_symbols & variables:
        return None
    written = None if is_long(expression) else in_exponentials(expression)
    found = None if written is None else written.constant
    if found is not None or (written is not None and written.is_complete):
        return found
    if is_long(expression):
        return None
    # for roots, logarithms, sines
    found = sympy.simplify(expression)
    return found if found.is_Rational else None


def constant_term(expression: sympy.Expr, variables: Sequence[sympy.Symbol]) -> sympy.Expr | None:
    """What a formula is that does not vary with the variables; None if it is not known not to.

    Examples
    --------
    >>> x, z = sympy.symbols("x z", real=True)
    >>> constant_term((x + z) ** 2 - x**2 - 2 * x * z, [x]), constant_term(x + z, [x])
    (z**2, None)
    """
    found = expanded(expression)
    if found.is_Rational:
        return found
    written = in_exponentials(found)
    constant = None if written is None else written.constant
    if constant is not None:
        return constant
    return None if found.free_symbols & set(variables) else found
