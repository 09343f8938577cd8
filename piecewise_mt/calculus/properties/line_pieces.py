"""A piecewise polynomial function of one variable: polynomials between breakpoints.

The breakpoints are the kinks, rational or algebraic, also those of kinks that are polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.partition.assumed import domain_of
from piecewise_mt.calculus.partition.semialgebraic import semialgebraic_strata
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.partition.trust import open_questions
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import NotPolyhedral, Undecided, Unsupported
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.line_polynomials import (
    Coefficients,
    between,
    is_among,
    less,
    lies_between,
    roots_of,
    same,
    stripped,
    value_at,
)
from piecewise_mt.exact.number_rows import normal_row, quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron
from piecewise_mt.memory import cached_property

BUDGET = 30.0
"""Seconds for the strata where kinks are polynomials."""


@dataclass(frozen=True)
class LinePiece:
    """An open interval, on which f is a polynomial."""

    low: Any
    """None for no bound."""
    high: Any
    coefficients: Coefficients

    def agrees(self, function: Expression, name: str) -> bool:
        """Whether f has its values at as many points as determine a polynomial of its degree."""
        one = between(self.low, self.high)
        points = [one]
        for _ in self.coefficients:
            points.append(between(points[-1], self.high))
        return all(values_at(function, (name,), (x,))[0] == value_at(self.coefficients, x)
                   for x in points)  # fmt: skip

    @property
    def interval_text(self) -> str:
        """The interval, as it is written in a statement."""
        low = "-oo" if self.low is None else self.low
        return f"({low}, {'oo' if self.high is None else self.high})"

    def is_of(self, function: Expression, name: str) -> bool:
        """Whether f is the polynomial all over the interval: its kinks there are found anew."""
        if self.low is not None and self.high is not None and not less(self.low, self.high):
            return False
        rows = [] if self.low is None else [(tuple(normal_row([-self.low, 1])), False)]
        rows += [] if self.high is None else [(tuple(normal_row([self.high, -1])), False)]
        line = line_pieces(function, Polyhedron((name,), [], rows) if rows else None)
        return line.name == name and [own.coefficients for own in line.pieces] == [
            self.coefficients
        ]

    def has(self, x: Any) -> bool:
        """Whether a number is in the closed interval."""
        return not (self.low is not None and less(x, self.low)) and not (
            self.high is not None and less(self.high, x)
        )


@dataclass(frozen=True, eq=False)
class Line:
    """The pieces of a function in an interval, or its value at the only point of that."""

    function: Expression
    program: Program
    region: Polyhedron | None
    pieces: tuple[LinePiece, ...]
    """From left to right; none if the interval is a point."""
    low: Any
    high: Any
    kinks: tuple[Any, ...] = ()
    """Inner points at which a unit has a tie, those that cancel included."""

    @property
    def name(self) -> str:
        """The variable."""
        return self.program.names[0]

    def around(self, x: Any) -> tuple[LinePiece, LinePiece]:
        """The pieces on the left and on the right of an inner point."""
        own = [piece for piece in self.pieces if piece.has(x)]
        return own[0], own[-1]

    @cached_property
    def breaks(self) -> tuple[Any, ...]:
        """The breakpoints between two pieces."""
        return tuple(piece.low for piece in self.pieces[1:])

    def has(self, x: Any) -> bool:
        """Whether the domain has a point."""
        return self.region is None or self.region.contains((x,))

    def value(self, x: Any) -> Any:
        """The value at a number in the closed interval."""
        for piece in self.pieces:
            if piece.has(x):
                return value_at(piece.coefficients, x)
        return to_number(self.function.value((to_rational(x),)))


def line_pieces(f: Expression, domain: Any) -> Line:
    """The pieces of a scalar function of one variable.

    Raises
    ------
    Unsupported
        If it is no polynomial on some piece.
    Undecided
        If its kinks are polynomials and the budget does not tell all of them.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> line = line_pieces(mt.max(x**2 - 2 * x, x), None)
    >>> [int(v) for v in line.breaks], [len(piece.coefficients) - 1 for piece in line.pieces]
    ([0, 3], [2, 1, 2])
    """
    kinks, program = _kinks(f, domain)
    region = domain_of(f, domain, program.names)
    low, high = _ends(region)
    if low is not None and high is not None and same(low, high):
        return Line(f, program, region, (), low, high)
    inner: list[Any] = []
    for x in kinks:
        if lies_between(low, x, high) and not is_among(x, inner):
            inner.append(x)
    ordered = sorted(inner, key=cmp_to_key(lambda a, b: less(b, a) - less(a, b)))
    ends = [low, *ordered, high]
    pieces: list[LinePiece] = []
    for a, b in zip(ends, ends[1:], strict=False):
        coefficients = _polynomial(program, between(a, b))
        if pieces and pieces[-1].coefficients == coefficients:
            # kinks that cancel, or a root of what bounds no piece
            pieces[-1] = LinePiece(pieces[-1].low, b, coefficients)
        else:
            pieces.append(LinePiece(a, b, coefficients))
    return Line(f, program, region, tuple(pieces), low, high, tuple(ordered))


def _kinks(f: Expression, domain: Any) -> tuple[list[Any], Program]:
    """Numbers among which are all kinks."""
    try:
        cells = strata(f, domain)
    except NotPolyhedral as error:
        try:
            curved = semialgebraic_strata(f, domain, budget=BUDGET)
        except Unsupported:
            raise error from None
        unknown = open_questions(curved, ())
        if unknown:
            raise Undecided(
                f"expected all kinks within {BUDGET:g} seconds, got an open question: "
                f"{unknown[0]}; simplify the kinks"
            ) from None
        polynomials = {tuple(sorted(terms.items())) for own in curved for terms, _ in own.given}
        found = []
        for terms in sorted(polynomials):
            own = [Fraction(0)] * (max((e for (e,), _ in terms), default=0) + 1)
            for (e,), c in terms:
                own[e] += c
            found += roots_of(stripped(own))
        return found, curved.program
    return [own.point[0] for own in cells if own.dimension == 0], cells.program


def _ends(region: Polyhedron | None) -> tuple[Any, Any]:
    low = high = None
    rows: Sequence[Inequality] = ()
    if region is not None:
        both = [(tuple(-c for c in row), False) for row in region.equations]
        rows = (*region.inequalities, *((row, False) for row in region.equations), *both)
    for (constant, c), _ in rows:
        if not c:
            continue
        at = quotient(-constant, c)
        if c > 0 and (low is None or less(low, at)):
            low = at
        if c < 0 and (high is None or less(at, high)):
            high = at
    return low, high


def _polynomial(program: Program, sample: Fraction) -> Coefficients:
    (formula,) = formulas_of(program, program.labels_at([sample]), selected)
    terms = polynomial_terms(formula.expr, symbols_of(program.names))
    if terms is None:
        raise Unsupported(
            f"expected a piecewise polynomial function with rational coefficients, got "
            f"{formula.expr} at {program.names[0]} = {sample}; leave smooth nodes that are no "
            "polynomials out"
        )
    own = [Fraction(0)] * (max((e for (e,) in terms), default=0) + 1)
    for (e,), c in terms.items():
        own[e] += c
    return stripped(own)


def polynomial_of(coefficients: Coefficients, name: str) -> sympy.Expr:
    """A polynomial for SymPy."""
    (symbol,) = symbols_of((name,))
    return sympy.Add(*(to_rational(c) * symbol**k for k, c in enumerate(coefficients)))
