"""What reports are about, as data: a table of pieces, or a function, with a domain.

A report is verified by asking again, of a copy of these data in which nothing is left that was
found out earlier.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sympy

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved import CurvedPiece
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.deriving import represent
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicPiece,
    SemialgebraicRepresentation,
)
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.results.proof import (
    domain_text,
    function_text,
    numbers_text,
    rebuilt,
)
from piecewise_mt.calculus.results.report import Failure, Question, Report
from piecewise_mt.calculus.results.same import alike
from piecewise_mt.exact.reals import real
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

Domain = Polyhedron | SemialgebraicSet | None


def table_text(rep: Representation) -> str:
    """The pieces with their formulas and stated gradients, the function and the domain.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> print(table_text(mt.relu(mt.variable("x")).represent()))
    P1 = {x < 0} with 0, P2 = {x > 0} with x, P3 = {x = 0} with z*x of f(x) = relu(x) on the
    whole space
    """
    pieces = []
    for piece in rep:
        parts = " ∪ ".join(f"{{{part}}}" for part in _regions(piece))
        formulas = ", ".join(formula.text for formula in piece.formulas)
        stated = getattr(piece, "stated", None)
        gradient = ""
        if stated is not None:
            gradient = f", gradient {'; '.join(map(numbers_text, stated))}"
        pieces.append(f"P{piece.alpha} = {parts} with {formulas}{gradient}")
    of = "" if rep.of is None else f" of {function_text(rep.of)}"
    return f"{', '.join(pieces)}{of} on {_on(rep.domain)}"


def _regions(piece: Any) -> Sequence[Any]:
    if isinstance(piece, SemialgebraicPiece):
        return (piece.condition_text,)
    return (piece,) if isinstance(piece, CurvedPiece) else piece.parts


def _on(domain: Domain) -> str:
    return str(domain) if isinstance(domain, SemialgebraicSet) else domain_text(domain)


def table_anew(rep: Representation) -> Representation:
    """A copy of plain data, with nothing that was found out earlier.

    Pieces that were derived where kinks are polynomials are derived again, and must be the same.

    Raises
    ------
    TypeError
        If there is anything else in it than exact data.
    """
    if type(rep) is SemialgebraicRepresentation:
        return derived_anew(rep)
    names, of, domain = rebuilt((rep.names, rep.of, rep.domain))
    pieces: list[StatedPiece] = []
    for piece in rep:
        stated = piece.stated if isinstance(piece, StatedPiece) else piece.jacobian
        alpha, formulas, gradient, scalar = rebuilt(
            (piece.alpha, piece.formulas, stated, piece.is_scalar)
        )
        rest = formulas, gradient, scalar
        if isinstance(piece, CurvedPiece):
            pieces.append(CurvedPiece(alpha, names, rebuilt(piece.sets), *rest))
        else:
            pieces.append(StatedPiece(alpha, names, rebuilt(tuple(piece.parts)), *rest))
    if [piece.alpha for piece in pieces] != [*range(1, len(pieces) + 1)]:
        raise TypeError("not the numbers of pieces")
    title = rebuilt(getattr(rep, "_title", None))
    return StatedRepresentation.of_pieces(names, pieces, of=of, domain=domain, title=title)


def derived_anew(rep: DerivedRepresentation) -> Representation:
    """The representation of the same function, if that has the same pieces.

    Raises
    ------
    TypeError
        If it has not.
    """
    of, domain = rebuilt((rep.of, rep.domain))
    if of is None:
        raise TypeError("not the pieces of a function")
    budget = rep.budget if isinstance(rep, SemialgebraicRepresentation) else 30.0
    found = represent(of, domain, budget=budget)
    if type(found) is not type(rep) or not alike([*map(_said, rep)], [*map(_said, found)]):
        raise TypeError("not the pieces of the function")
    return found


def _said(piece: Any) -> tuple[Any, ...]:
    """What a derived piece says, its set by its conditions."""
    rows = tuple(tuple(map(str, row)) for row in piece.jacobian)
    return piece.alpha, piece.condition_text, piece.formulas, rows


@dataclass(frozen=True)
class OfTable(Question):
    """What is asked of a table of pieces."""

    table: Representation

    @property
    def text(self) -> str:
        return table_text(self.table)


@dataclass(frozen=True)
class IsRepresentation(OfTable):
    """:func:`mt.check` of a table, with its seconds, and the solvers that it trusts."""

    budget: float
    trust: tuple[str, ...]

    def asked_anew(self) -> Report:
        from piecewise_mt.calculus.consistency.check import check

        return check(table_anew(self.table), budget=self.budget, trust=rebuilt(self.trust))

    def confirms(self, failure: Failure) -> bool | None:
        """Whether the pieces at the point are as the counterexample says.

        Values and conditions at a point are all that is looked at: no cells, no search.
        """
        is_derived = isinstance(self.table, SemialgebraicRepresentation)
        if is_derived or failure.check not in ("disjoint", "cover", "formulas"):
            return None
        table = table_anew(self.table)
        point = rebuilt(failure.point)
        if len(point) != len(table.names) or not _is_in(table.domain, point):
            return False
        around = [piece for piece in table.entries if piece.contains(point)]
        found: list[Failure | None] = []
        if failure.check == "disjoint":
            alphas = [piece.alpha for piece in around]
            found = [both_contain(i, j, point) for i, j in combinations(alphas, 2)]
        elif failure.check == "cover":
            found = [] if around else [uncovered(point)]
        elif table.of is not None:
            found = [differs(table, piece, point) for piece in around]
        return any(own is not None and alike(failure, own) for own in found)


def _is_in(domain: Domain, point: Sequence[Any]) -> bool:
    return domain is None or domain.contains(point)


def both_contain(i: int, j: int, point: tuple[Any, ...]) -> Failure:
    """The counterexample that a point is in two pieces.

    Examples
    --------
    >>> both_contain(1, 2, (0,)).message
    'pieces 1 and 2 both contain (0,)'
    """
    message = f"pieces {i} and {j} both contain {point}"
    return Failure("disjoint", message, point, {"pieces": (i, j)})


def uncovered(point: tuple[Any, ...]) -> Failure:
    """The counterexample that a point is in no piece.

    Examples
    --------
    >>> uncovered((0,)).message
    'no piece contains (0,)'
    """
    return Failure("cover", f"no piece contains {point}", point)


def differs(rep: Representation, piece: Any, point: Sequence[Any]) -> Failure | None:
    """The counterexample that a formula is not the function at a point of its piece, if it is one.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> rep = mt.Representation("x", [(True, "x")], of="relu(x)")
    >>> one = sympy.Integer(1)
    >>> differs(rep, rep[0], (-one,)).message, differs(rep, rep[0], (one,))
    ('f1 is -1 at (-1,) of piece 1, but f is 0', None)
    """
    assert rep.of is not None
    expected = rep.of.on(*rep.names).value(point)
    values = tuple(formula.value([*map(real, point)]) for formula in piece.formulas)
    flat = expected.flat() if isinstance(expected, sympy.MatrixBase) else [expected]
    if all((value - own).equals(0) for value, own in zip(values, flat, strict=True)):
        return None
    shown = values[0] if len(values) == 1 else list(values)
    message = f"f{piece.alpha} is {shown} at {point} of piece {piece.alpha}, but f is {expected}"
    data = {"piece": piece.alpha, "found": values, "expected": expected}
    return Failure("formulas", message, tuple(point), data)


@dataclass(frozen=True)
class OfFunction(Question):
    """What is asked of a function on a domain, with its seconds and the solvers it trusts."""

    function: Expression
    domain: Domain
    budget: float
    trust: tuple[str, ...]

    @property
    @abstractmethod
    def theorem(self) -> str:
        """What is to be proved."""

    @property
    def text(self) -> str:
        return f"{self.theorem} for {function_text(self.function)} on {_on(self.domain)}"

    def _anew(self) -> tuple[Expression, Domain, dict[str, Any]]:
        rest = {"budget": self.budget, "trust": rebuilt(self.trust)}
        return rebuilt(self.function), rebuilt(self.domain), rest


class ChainRule(OfFunction):
    """:func:`mt.verify_chain_rule`."""

    theorem = "The chain rule (14)"

    def asked_anew(self) -> Report:
        from piecewise_mt.calculus.consistency.theorems import verify_chain_rule

        function, domain, rest = self._anew()
        return verify_chain_rule(function, domain, **rest)


class Stampacchia(OfFunction):
    """:func:`mt.check_stampacchia`."""

    theorem = "Stampacchia's theorem (11), (22)"

    def asked_anew(self) -> Report:
        from piecewise_mt.calculus.consistency.theorems import check_stampacchia

        function, domain, rest = self._anew()
        return check_stampacchia(function, domain, **rest)
