"""Where a claim about a function near a point is made; whoever checks it analyses f there anew."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.local.reduction import Matrix
from piecewise_mt.calculus.results.proof import (
    Proof,
    Question,
    domain_text,
    function_text,
    numbers_text,
)
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.reals import Real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import definite_names
from piecewise_mt.geometry.polyhedron import Polyhedron

NUMBERS = (int, Fraction, Algebraic, Real)
"""What the numbers of a proof are, beside those of SymPy."""

if TYPE_CHECKING:
    from piecewise_mt.calculus.local.analysis import LocalAnalysis
    from piecewise_mt.calculus.local.rungs import Judgement


@dataclass(frozen=True)
class Place:
    """A function, a point of its domain, and a bound on what is enumerated there.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> place = mt.max(*mt.variables("x y")).at((0, 0)).place
    >>> print(place.text)
    f(x, y) = max(x, y) at (0, 0)
    >>> place.analysis().is_differentiable
    False
    """

    function: Expression
    point: tuple[Any, ...]
    domain: Polyhedron | None
    max_pieces: int

    @property
    def text(self) -> str:
        """The function, the point and the domain."""
        beside = "" if self.domain is None else f", on the domain {domain_text(self.domain)}"
        return f"{function_text(self.function)} at {numbers_text(self.point)}{beside}"

    def judged(self, matrix: Any) -> Judgement:
        """The rung of a matrix at the point, with nothing found out before."""
        return self.analysis().judge(matrix)

    def analysis(self) -> LocalAnalysis:
        """The analysis at the point with nothing found out yet.

        Raises
        ------
        ValueError
            If the point is none of the domain, or there are not as many numbers as variables.
        """
        from piecewise_mt.calculus.local.analysis import LocalAnalysis
        from piecewise_mt.calculus.local.real_analysis import RealAnalysis
        from piecewise_mt.calculus.local.tangent_program import IrrationalDerivative

        names = definite_names(self.function)
        given = exact_vector(self.point, len(names))
        if type(self.max_pieces) is not int:
            raise ValueError("expected a whole number of pieces")
        domain = self.domain
        if domain is not None and (
            type(domain) is not Polyhedron
            or domain.variables != names
            or not domain.contains(given)
        ):
            raise ValueError("expected a point of the domain")
        if any(isinstance(v, Real) for v in given):
            return RealAnalysis(self.function, given, max_pieces=self.max_pieces)
        point = tuple(map(fraction, given))
        try:
            found = LocalAnalysis(self.function, point, domain=domain, max_pieces=self.max_pieces)
        except IrrationalDerivative:
            return RealAnalysis(self.function, point, max_pieces=self.max_pieces)
        found.require_continuous()
        return found


def exact_vector(values: Any, width: int) -> tuple[Any, ...]:
    """A tuple of this many exact numbers, as a proof has them.

    Raises
    ------
    ValueError
        If it is anything else: a text, a truth value, too few numbers or too many.
    """
    if type(values) is not tuple or len(values) != width:
        raise ValueError(f"expected {width} numbers")
    if not all(type(v) in NUMBERS or isinstance(v, sympy.Expr) for v in values):
        raise ValueError("expected exact numbers")
    return tuple(to_number(v) if isinstance(v, sympy.Expr) else v for v in values)


def exact_rows(matrix: Any, shape: tuple[int, int]) -> Matrix:
    """The rows of a matrix of exact numbers of this shape, as a proof has it.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    rows = matrix if type(matrix) is tuple else tuple(map(tuple, matrix.tolist()))
    if len(rows) != shape[0]:
        raise ValueError(f"expected {shape[0]} rows")
    return tuple(exact_vector(row, shape[1]) for row in rows)


class LocalProof(Proof):
    """A proof of what is said of a function at one place."""

    __slots__ = ()
    place: Any  # a Place, but what claims nothing of a function may have none

    @property
    @abstractmethod
    def claim(self) -> str:
        """What is said, as the end of a sentence."""

    def _question_there(self, name: str, **answer: Any) -> Question:
        """A question of the function at the point."""
        place = self.place
        given = {"point": place.point, "domain": place.domain}
        return Question(place.function, name, given, answer)

    @property
    def statement(self) -> str:
        """The function, the point, the domain, and what is said."""
        return f"{self.place.text}: {self.claim}."
