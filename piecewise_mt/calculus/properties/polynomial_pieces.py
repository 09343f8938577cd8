"""A piecewise polynomial function of several variables as systems of conditions on its strata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any, TypeAlias

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.partition.semialgebraic import semialgebraic_strata
from piecewise_mt.calculus.partition.trust import open_questions
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import Undecided, Unsupported
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.real_roots import count_roots, sturm_chain, value_sign
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System, integer_terms

Terms: TypeAlias = Mapping[tuple[int, ...], Fraction]
SECONDS = 5.0
"""For each decision."""
BUDGET = 30.0
"""For all strata together."""


def slope_terms(p: Terms, place: int) -> dict[tuple[int, ...], Fraction]:
    """The derivative by one variable.

    Examples
    --------
    >>> slope_terms({(2, 1): Fraction(3), (0, 1): Fraction(1)}, 0)
    {(1, 1): Fraction(6, 1)}
    """
    return {
        tuple(e - (i == place) for i, e in enumerate(own)): c * own[place]
        for own, c in p.items()
        if own[place]
    }


def sum_of(one: Terms, two: Terms, factor: Any = 1) -> dict[tuple[int, ...], Fraction]:
    """one + factor·two."""
    total = dict(one)
    for own, c in two.items():
        total[own] = total.get(own, Fraction(0)) + factor * c
    return {own: c for own, c in total.items() if c}


def product_of(one: Terms, two: Terms) -> dict[tuple[int, ...], Fraction]:
    """one·two."""
    total: dict[tuple[int, ...], Fraction] = {}
    for e, c in one.items():
        for f, d in two.items():
            key = tuple(a + b for a, b in zip(e, f, strict=True))
            total[key] = total.get(key, Fraction(0)) + c * d
    return {own: c for own, c in total.items() if c}


def value_of(p: Terms, point: tuple[Any, ...]) -> Any:
    """The value at a point with rational or algebraic coordinates."""
    total: Any = Fraction(0)
    for exponents, c in p.items():
        term: Any = c
        for x, e in zip(point, exponents, strict=True):
            if e:
                term = term * x**e
        total = total + term
    return total


def constant(names: tuple[str, ...], value: Any) -> dict[tuple[int, ...], Fraction]:
    """A constant polynomial."""
    return {(0,) * len(names): Fraction(value)} if value else {}


@dataclass(frozen=True, eq=False)
class PolynomialPiece:
    """A stratum: its conditions, and what f is on it."""

    names: tuple[str, ...]
    conditions: Conditions
    terms: Terms
    dimension: int
    point: tuple[Any, ...]
    """One of the stratum."""

    @cached_property
    def stationary(self) -> list[dict[tuple[int, ...], Fraction]]:
        """Polynomials that vanish where f is stationary along the stratum.

        Affine equations leave some directions. With one more equation h = 0 the gradients of f and
        h along these are dependent; with more of them nothing is said.
        """
        n = len(self.names)
        equations = [terms for terms, mask in self.conditions if mask == 2]
        affine = [own for own in equations if all(sum(e) < 2 for e in own)]
        curved = [own for own in equations if own not in affine]
        if len(curved) > 1:
            return []
        units = [tuple(int(i == j) for i in range(n)) for j in range(n)]
        directions = kernel([[own.get(e, 0) for e in units] for own in affine], n)
        slopes = [self._along(self.terms, d) for d in directions]
        if not curved:
            return [own for own in slopes if own]
        rational = {e: Fraction(c) for e, c in curved[0].items()}
        other = [self._along(rational, d) for d in directions]
        minors = [
            sum_of(product_of(slopes[i], other[j]), product_of(slopes[j], other[i]), -1)
            for i in range(len(directions))
            for j in range(i)
        ]
        return [own for own in minors if own]

    def _along(self, p: Terms, direction: Sequence[int]) -> dict[tuple[int, ...], Fraction]:
        total: dict[tuple[int, ...], Fraction] = {}
        for j, c in enumerate(direction):
            if c:
                total = sum_of(total, slope_terms(p, j), c)
        return total

    def sides(self) -> Iterator[PolynomialPiece]:
        """The stratum, and its parts where affine inequalities ≥ 0 are tight, as many as can be."""
        loose = [
            i
            for i, (terms, mask) in enumerate(self.conditions)
            if mask in (3, 6) and all(sum(e) < 2 for e in terms)
        ]
        for count in range(min(len(loose), len(self.names)) + 1):
            for tight in combinations(loose, count):
                conditions = tuple(
                    (terms, 2 if i in tight else mask)
                    for i, (terms, mask) in enumerate(self.conditions)
                )
                yield replace(self, conditions=conditions)

    def with_condition(self, *more: tuple[Terms, int]) -> System:
        """The stratum with more conditions."""
        added = tuple((integer_terms(terms), mask) for terms, mask in more)
        return System(self.names, (*self.conditions, *added))


@dataclass(frozen=True, eq=False)
class PolynomialPieces:
    """All strata of a scalar function in a domain."""

    function: Expression
    program: Program
    domain: Polyhedron | None
    pieces: tuple[PolynomialPiece, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables."""
        return self.program.names

    @property
    def top(self) -> Iterator[PolynomialPiece]:
        """The full-dimensional ones."""
        return (own for own in self.pieces if own.dimension == len(self.names))


def polynomial_pieces(f: Expression, domain: Any) -> PolynomialPieces:
    """The strata of a function in the closure of a domain.

    Raises
    ------
    Unsupported
        If it is no polynomial on some stratum.
    Undecided
        If not all strata are known within the budget.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> len(polynomial_pieces(mt.max(x**2 + y, y**2), None).pieces)
    3
    """
    region = read_domain(domain, tuple(v.name for v in f.variables))
    closure = None if region is None else closed(region)
    cells = semialgebraic_strata(f, closure, budget=BUDGET)
    unknown = open_questions(cells, ())
    if unknown:
        raise Undecided(
            f"expected all strata within {BUDGET:g} seconds, got an open question: {unknown[0]}; "
            "simplify the kinks"
        )
    pieces = []
    for own in cells:
        (formula,) = formulas_of(cells.program, own.label_keys, selected)
        terms = polynomial_terms(formula.expr, symbols_of(cells.names))
        if terms is None:
            raise Unsupported(
                f"expected a piecewise polynomial function with rational coefficients, got "
                f"{formula.expr} on {{{own}}}; leave smooth nodes that are no polynomials out"
            )
        pieces.append(
            PolynomialPiece(
                cells.names,
                own.given,
                dict(terms),
                own.dimension,
                tuple(map(to_number, own.witness)),
            )
        )
    return PolynomialPieces(f, cells.program, region, tuple(pieces))


def closed(region: Polyhedron) -> Polyhedron:
    """A polyhedron, which is not empty, with its boundary."""
    rows = [(row, False) for row, _ in region.inequalities]
    return Polyhedron(region.variables, region.equations, rows)


def point_in(system: System) -> tuple[Any, ...] | Empty:
    """A point of a system with exact coordinates, or a proof that it has none.

    Raises
    ------
    Undecided
        If some seconds do not tell, or the answer rests on a solver.

    Examples
    --------
    >>> point_in(System.of(("x",), [({(2,): 1, (0,): -2}, "="), ({(1,): 1}, ">")]))
    (Algebraic(sqrt(2)),)
    """
    answer = decide(system, SECONDS)
    if isinstance(answer, NonEmpty):
        return tuple(map(to_number, point_expressions(answer.point)))
    if isinstance(answer, Empty) and not answer.trusted:
        return answer
    reason = "only z3 says so" if isinstance(answer, Empty) else answer.reason
    raise Undecided(
        f"expected a decision of a system of polynomials within {SECONDS:g} seconds, got none: "
        f"{reason}; give a smaller domain or simplify the function"
    )


def below(piece: PolynomialPiece, value: Any) -> list[System]:
    """Systems that have no points iff f is at least a number on the stratum."""
    if not isinstance(value, Algebraic):
        return [piece.with_condition((sum_of(piece.terms, constant(piece.names, value), -1), 1))]
    low, high, minimal, sign = root_conditions(piece, value)
    return [piece.with_condition((low, 3)),
            piece.with_condition((low, 4), (high, 1), (minimal, sign))]  # fmt: skip


def equal_to(piece: PolynomialPiece, value: Any) -> System:
    """The points of the stratum at which f is a number."""
    if not isinstance(value, Algebraic):
        return piece.with_condition((sum_of(piece.terms, constant(piece.names, value), -1), 2))
    low, high, minimal, _ = root_conditions(piece, value)
    return piece.with_condition((low, 4), (high, 1), (minimal, 2))


def root_conditions(piece: PolynomialPiece, value: Algebraic) -> tuple[Terms, Terms, Terms, int]:
    """p - low, p - high, m(p) for the minimal polynomial m, and the sign of m on (low, value)."""
    t = sympy.Symbol("t")
    minimal = sympy.Poly(sympy.minimal_polynomial(value.expression, t), t)
    coefficients = [int(c) for c in reversed(minimal.all_coeffs())]
    chain = sturm_chain(coefficients)
    bits = 8
    while True:
        low = Fraction(value.floor(bits) - 1, 1 << bits)
        high = low + Fraction(3, 1 << bits)
        if count_roots(chain, low, high) == 1 and value_sign(coefficients, low):
            break
        bits *= 2
    total: dict[tuple[int, ...], Fraction] = {}
    for c in reversed(coefficients):
        total = sum_of(product_of(total, piece.terms), constant(piece.names, c))
    ends = [sum_of(piece.terms, constant(piece.names, end), -1) for end in (low, high)]
    return ends[0], ends[1], total, 4 if value_sign(coefficients, low) > 0 else 1


def distance(names: tuple[str, ...], point: tuple[Any, ...]) -> dict[tuple[int, ...], Fraction]:
    """The square of the distance to a rational point.

    Examples
    --------
    >>> distance(("x",), (Fraction(1),))
    {(2,): Fraction(1, 1), (1,): Fraction(-2, 1), (0,): Fraction(1, 1)}
    """
    total: dict[tuple[int, ...], Fraction] = {}
    for j, v in enumerate(point):
        axis = {tuple(int(i == j) for i in range(len(names))): Fraction(1)}
        own = sum_of(axis, constant(names, v), -1)
        total = sum_of(total, product_of(own, own))
    return total
