"""Exact Lipschitz constants of piecewise polynomial functions of one variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy

from piecewise_mt.calculus.properties.line_optimum import candidates
from piecewise_mt.calculus.properties.line_pieces import Line, LinePiece, line_pieces
from piecewise_mt.calculus.results.proof import Proof, Question, domain_text, function_text, same
from piecewise_mt.exact.line_polynomials import derivative_of, less, value_at
from piecewise_mt.exact.line_polynomials import same as same_number
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True)
class LineBound(Proof):
    """The largest absolute slope is at an end of a piece, or where the slope is stationary.

    ``verify`` finds the kinks, the polynomials between them and the real roots of second
    derivatives anew.
    """

    constant: sympy.Expr
    pieces: tuple[LinePiece, ...]
    steepest: LinePiece
    _function: Expression = field(repr=False)
    _name: str = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"The best Lipschitz constant over {domain_text(self._domain)} is {self.constant}, "
            f"for {function_text(self._function)}."
        )

    def _question(self) -> Question:
        value = None if self.constant == sympy.oo else self.constant
        answer = {"kind": "line_lipschitz", "value": value}
        return Question(self._function, "lipschitz", {"domain": self._domain}, answer)

    def _check(self) -> bool:
        if not same(line_bound(line_pieces(self._function, self._domain)), self):
            return False
        found = steepest(self.pieces)
        if found is None:
            return bool(self.constant == sympy.oo)
        return bool(self.constant != sympy.oo and same_number(found[0], to_number(self.constant)))


def steepest(pieces: tuple[LinePiece, ...]) -> tuple[Any, LinePiece] | None:
    """The largest absolute slope with its piece, None if slopes are unbounded."""
    best: tuple[Any, LinePiece] | None = None
    for piece in pieces:
        slope = derivative_of(piece.coefficients)
        if len(slope) > 1 and (piece.low is None or piece.high is None):
            return None
        own = LinePiece(piece.low, piece.high, slope)
        # a constant slope is that at any point
        for x in candidates(own) if len(slope) > 1 else (0,):
            size = abs(value_at(slope, x))
            if best is None or less(best[0], size):
                best = size, piece
    return best


def line_bound(line: Line) -> LineBound:
    """The constant of a function on an interval with inner points.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.properties.line_pieces import line_pieces
    >>> x = mt.variable("x")
    >>> line_bound(line_pieces(mt.max(x**2 - 2 * x, x), {"x": (-1, 4)})).constant
    6
    """
    found = steepest(line.pieces)
    if found is None:
        constant, piece = sympy.oo, line.pieces[-1 if line.high is None else 0]
    else:
        constant, piece = to_rational(found[0]), found[1]
    return LineBound(constant, line.pieces, piece, line.function, line.name,
                     line.region)  # fmt: skip
