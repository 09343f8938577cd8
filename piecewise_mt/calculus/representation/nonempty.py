"""The proof that a polyhedral piece is one of the function's pieces, and not empty: a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from piecewise_mt.calculus.evaluation.program import Program, compile_program
from piecewise_mt.calculus.partition.smooth_kinks import by_branch, by_label, constraint_rows
from piecewise_mt.calculus.results.proof import Proof, domain_text, function_text
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


@final
@dataclass(frozen=True)
class NonemptyPiece(Proof):
    """The proof that a polyhedron is a piece of a function: a point of it.

    ``verify`` passes through the function once, at the point: that gives the branch of every unit,
    and the branches give the conditions, with which the polyhedron is compared as a set. The strata
    are not enumerated, unless the function has smooth nodes.

    See Also
    --------
    Representation.certificate : The proof of a whole table, as a file.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> proof = mt.max(*mt.variables("y1 y2")).represent()[-1].proof
    >>> print(proof.statement)
    f(y1, y2) = max(y1, y2): y1 = y2 is a piece on the whole space, with the point (0, 0).
    >>> proof.verify()
    True
    """

    function: Expression
    domain: Polyhedron | None
    polyhedron: Polyhedron
    point: tuple[Fraction, ...]

    @property
    def statement(self) -> str:
        """The function, the domain, the piece and the point."""
        where = f"({', '.join(map(str, self.point))})"
        return (
            f"{function_text(self.function)}: {self.polyhedron} is a piece on "
            f"{domain_text(self.domain)}, with the point {where}."
        )

    def _check(self) -> bool:
        program = compile_program(self.function)
        return (
            self.polyhedron.variables == program.names
            and len(self.point) == len(program.names)
            and (self.domain is None or self.domain.contains(self.point))
            and self.polyhedron.contains(self.point)
            and self.polyhedron == self._piece(program, program.labels_at(self.point))
        )

    def _piece(self, program: Program, labels: Sequence[Label]) -> Polyhedron:
        """Where all units have the branches that they have at the point."""
        if program.smooth:
            from piecewise_mt.calculus.representation.polyhedral import represent

            return represent(self.function, self.domain).piece_at(self.point).polyhedron
        # a branch may say y >= 0 of a tie at y = 0, and the tie's own form be 0: so the equations
        # are those of the stratum, which has the same affine hull
        equations, inequalities = constraint_rows(program, labels, by_branch, (), ())
        equations = [*equations, *constraint_rows(program, labels, by_label, (), ())[0]]
        if self.domain is not None:
            equations += self.domain.equations
            inequalities += self.domain.inequalities
        return Polyhedron(program.names, equations, inequalities)

    def __repr__(self) -> str:
        return f"NonemptyPiece({self.polyhedron}, {', '.join(map(str, self.point))})"
