"""Infima of piecewise polynomial functions of one variable, by the real roots of derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy

from piecewise_mt.calculus.properties.in_words import InWords, infimum_text, point_text
from piecewise_mt.calculus.properties.line_pieces import Line, LinePiece, line_pieces
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.exact.line_polynomials import (
    derivative_of,
    is_among,
    less,
    lies_between,
    roots_of,
    sign_at_infinity,
    value_at,
)
from piecewise_mt.exact.line_polynomials import same as same_number
from piecewise_mt.exact.number_rows import normal_row
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron
from piecewise_mt.geometry.unions import joined
from piecewise_mt.memory import cached_property


def candidates(piece: LinePiece) -> Iterator[Any]:
    """The ends and stationary points of a piece; some point of it, if f is constant there."""
    yield from (x for x in (piece.low, piece.high) if x is not None)
    yield from (
        x
        for x in roots_of(derivative_of(piece.coefficients))
        if lies_between(piece.low, x, piece.high)
    )


def falls(piece: LinePiece) -> int:
    """The end, -1 or 1, at which f tends to -∞ on a piece; 0 if at none."""
    p = piece.coefficients
    if len(p) < 2:
        return 0
    for side, end in ((-1, piece.low), (1, piece.high)):
        if end is None and sign_at_infinity(p, side) < 0:
            return side
    return 0


@dataclass(frozen=True, repr=False)
class LineInfimum(InWords, Proof):
    """The infimum of a piecewise polynomial function of one variable, with its proof.

    ``verify`` finds the real roots of all derivatives anew (Sturm), compares the values there
    and at the breakpoints, and checks the polynomials by values of f. The kinks
    are found anew, too.
    """

    value: sympy.Expr
    point: tuple[Any, ...]
    """Where it is attained or approached; a point of the piece on which f tends to -∞."""
    ray: tuple[int] | None
    """The end of the line at which f tends to -∞."""
    is_attained: bool
    """Whether some point of the domain has the value."""
    pieces: tuple[LinePiece, ...]
    _function: Expression = field(repr=False)
    _name: str = field(repr=False)
    _region: Polyhedron | None = field(default=None, repr=False)
    """The domain."""

    def __str__(self) -> str:
        if self.ray is not None:
            return f"-oo, as {self._name} tends to {'' if self.ray[0] > 0 else '-'}oo"
        return infimum_text(self.value, point_text(self.point), self.is_attained)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        along = "" if self.ray is None else f" along {numbers_text(self.ray)}"
        how = "attained" if self.is_attained else "not attained"
        return (
            f"The infimum over {domain_text(self._region)} is {self.value}, {how}, at "
            f"{numbers_text(self.point)}{along}, for {function_text(self._function)}."
        )

    def _question(self) -> Question:
        value = None if self.value == -sympy.oo else self.value
        answer = {"kind": "line_infimum", "value": value}
        return Question(self._function, "minimum", {"domain": self._region}, answer)

    def _check(self) -> bool:
        line = line_pieces(self._function, self._region)
        if not same(LineOptimum(line).report, self):
            return False
        if not all(piece.agrees(self._function, self._name) for piece in self.pieces):
            return False
        if self.ray is not None:
            return self.value == -sympy.oo and any(
                falls(piece) == self.ray[0] and piece.has(self.point[0]) for piece in self.pieces
            )
        lowest = to_number(self.value)
        if not self.pieces:
            own = self._region
            if own is None or own.dimension != 0 or not own.contains(self.point):
                return False
            # the domain is this point
            found = self._function.value((to_rational(self.point[0]),))
            return same_number(to_number(found), lowest)
        here = [value_at(own.coefficients, self.point[0]) for own in self.pieces
                if own.has(self.point[0])]  # fmt: skip
        return (
            self._covered()
            and bool(here)
            and all(same_number(v, lowest) for v in here)
            and not any(map(falls, self.pieces))
            and not any(
                less(value_at(own.coefficients, x), lowest)
                for own in self.pieces
                for x in candidates(own)
            )
        )

    def _covered(self) -> bool:
        """Whether the pieces follow each other, and leave out no part of the domain."""
        if any(a.high != b.low for a, b in zip(self.pieces, self.pieces[1:], strict=False)):
            return False
        low, high = self.pieces[0].low, self.pieces[-1].high
        if self._region is None:
            return low is None and high is None
        outside = [
            (tuple(-c for c in row), True)
            for row, _ in closed_interval(self._name, low, high).inequalities
        ]
        beyond = (Polyhedron((self._name,), (), [own]) for own in outside)
        return all((self._region & own).is_empty for own in beyond)


class LineOptimum:
    """What minimises a piecewise polynomial function of one variable.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.line_pieces import line_pieces
    >>> x = mt.variable("x")
    >>> own = LineOptimum(line_pieces(x**4 - 2 * x**2 + abs(x), None))
    >>> own.report.verify(), own.report.is_attained, own.report.value < 0
    (True, True, True)
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.falling: tuple[LinePiece, int] | None = None
        self.value: Any = None
        self.points: list[Any] = []
        """Where the values of the pieces are lowest, in the closure of the domain."""
        if not line.pieces:
            self.value, self.points = line.value(line.low), [line.low]
        for piece in line.pieces:
            side = falls(piece)
            if side:
                self.falling = piece, side
                self.value, self.points = None, []
                return
            known = [(value_at(piece.coefficients, x), x) for x in candidates(piece)]
            if not known:
                # constant on the whole line, or monotone in a half-line without end
                known = [(value_at(piece.coefficients, 0), 0)]
            for value, x in known:
                if self.value is None or less(value, self.value):
                    self.value, self.points = value, []
                if same_number(value, self.value) and not is_among(x, self.points):
                    self.points.append(x)

    def argmin(self) -> PolyhedralSet:
        """Where the infimum is attained."""
        line = self.line
        found: list[Polyhedron] = []
        for piece in line.pieces:
            if self.value is not None and piece.coefficients in ((), (self.value,)):
                if value_at(piece.coefficients, 0) == self.value:
                    found.append(closed_interval(line.name, piece.low, piece.high))
        # points that are left are no ends of intervals
        points = [Polyhedron((line.name,), [tuple(normal_row([-x, 1]))]) for x in self.points
                  if not any(own.contains((x,)) for own in found)]  # fmt: skip
        if line.region is not None:
            found, points = ([own & line.region for own in parts] for parts in (found, points))
        found = joined([own.irredundant() for own in found if not own.is_empty])
        found += [own.irredundant() for own in points if not own.is_empty]
        return PolyhedralSet((line.name,), found, max((p.dimension for p in found), default=-1))

    @cached_property
    def report(self) -> LineInfimum:
        """The proof."""
        line = self.line
        if self.falling is not None:
            piece, side = self.falling
            inner = piece.high if side < 0 else piece.low
            point = (0 if inner is None else inner,)
            return LineInfimum(-sympy.oo, point, (side,), False, line.pieces, line.function,
                               line.name, line.region)  # fmt: skip
        inside = [x for x in self.points if line.has(x)]
        attained = bool(inside) or not self.argmin().is_empty
        point = (*inside, *self.points)[:1]
        return LineInfimum(to_rational(self.value), point, None, attained, line.pieces,
                           line.function, line.name, line.region)  # fmt: skip


def closed_interval(name: str, low: Any, high: Any) -> Polyhedron:
    """The closed interval between two numbers; None stands for no bound."""
    rows: list[Inequality] = []
    if low is not None:
        rows.append((tuple(normal_row([-low, 1])), False))
    if high is not None:
        rows.append((tuple(normal_row([high, -1])), False))
    return Polyhedron((name,), [], rows)


def open_interval(name: str, low: Any, high: Any) -> Polyhedron:
    """The open interval between two numbers; None stands for no bound."""
    inner = closed_interval(name, low, high)
    return Polyhedron((name,), [], [(row, True) for row, _ in inner.inequalities])
