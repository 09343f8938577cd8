"""The checks of a representation with polynomial conditions, each a question of emptiness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import sympy

from piecewise_mt.calculus.consistency.asked import both_contain, differs, uncovered
from piecewise_mt.calculus.consistency.questions import Questions
from piecewise_mt.calculus.consistency.stated_gradients import shown_rows
from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.partition.conditions import on_names, polyhedral_conditions
from piecewise_mt.calculus.partition.domain import conditions_of
from piecewise_mt.calculus.partition.jumps import require_no_jumps_in
from piecewise_mt.calculus.partition.polynomial_kinks import Kinks
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved import CurvedPiece
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.results.report import MAX_FAILURES, Check, Failure, Report, Verdict
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.rewriting import at_point, symbols_of
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE, ZERO
from piecewise_mt.exact.reals import real
from piecewise_mt.semialgebraic.labels import Conditions, enumerate_labels
from piecewise_mt.semialgebraic.manifolds import Manifold, refined
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

ANY = NEGATIVE | ZERO | POSITIVE
Part = tuple[StatedPiece, Conditions]


def is_curved(rep: Representation) -> bool:
    """Whether polyhedra are not enough for a representation."""
    return isinstance(rep.domain, SemialgebraicSet) or any(
        isinstance(piece, CurvedPiece) for piece in rep.entries
    )


def check_curved(rep: Representation, budget: float, trust: bool) -> Report:
    """See :func:`mt.check`; what the budget does not decide is undecided, never passed."""
    checking = _Checking(rep, budget, trust)
    checks = [checking.disjoint(), checking.covers()]
    checks.append(checking.formulas() if rep.of is not None else checking.continuous())
    checks += checking.gradients(checks[-1].verdict)
    title = f"check of {len(rep)} pieces" + (f" against {rep.of}" if rep.of is not None else "")
    return Report(title, tuple(checks))


class _Checking:
    def __init__(self, rep: Representation, budget: float, trust: bool) -> None:
        self.rep = rep
        self.names = rep.names
        self.ask = Questions(rep.names, budget, trust)
        self.domain = conditions_of(rep.domain)
        self.doubt = False
        """Whether the last check left something undecided."""
        self.parts: list[Part] = [(piece, own) for piece in rep.entries for own in _sets(piece)]

    def _check(self, name: str, detail: str, failures: Sequence[Failure]) -> Check:
        """What came out since the last check."""
        reasons = self.ask.reasons()
        self.doubt = bool(reasons)
        verdict = Verdict.passed
        if failures:
            verdict = Verdict.failed
        elif reasons:
            verdict = Verdict.undecided
        if reasons:
            detail += f"; not decided: {reasons[0]}"
        rests_on = tuple(self.ask.rests_on)
        return Check(name, verdict, detail, tuple(failures[:MAX_FAILURES]), rests_on)

    def disjoint(self) -> Check:
        """Whether no point lies in two pieces."""
        failures = []
        met: set[tuple[int, int]] = set()
        for (one, own), (other, others) in combinations(self.parts, 2):
            pair = one.alpha, other.alpha
            if one is other or pair in met:
                continue
            found = self.ask.point_of((*self.domain, *own, *others))
            if found is not None:
                met.add(pair)
                point = point_expressions(found)
                failures.append(both_contain(*pair, point))
        return self._check("disjoint", f"{len(self.rep)} pieces", failures)

    def covers(self) -> Check:
        """Whether each point of the domain lies in a piece: outside of all there is none."""
        found = self._uncovered()
        failures = []
        if found is not None:
            point = point_expressions(found)
            failures.append(uncovered(point))
        shown = "the whole space" if self.rep.domain is None else "the whole domain"
        return self._check("cover", shown, failures)

    def _uncovered(self) -> ExactPoint | None:
        todo: list[tuple[Conditions, int]] = [(self.domain, 0)]
        while todo:
            conditions, index = todo.pop()
            if index == len(self.parts):
                found = self.ask.point_of(conditions)
                if found is not None:
                    return found
                continue
            if index and self.ask.is_empty(conditions):
                continue
            part = self.parts[index][1]
            # the first condition of the part that fails
            for k, (p, mask) in enumerate(part):
                if mask != ANY:
                    todo.append(((*conditions, *part[:k], (p, ANY - mask)), index + 1))
        return None

    def formulas(self) -> Check:
        """Whether fᵅ = f on every piece."""
        f = self.rep.of
        assert f is not None
        program = on_names(f, self.names)
        try:
            trusted = require_no_jumps_in(program, self.domain, budget=self.ask.share())
        except Undecided as error:
            self.ask.note(str(error))
        else:
            self.ask.note_trusted(trusted)
        failures = []
        for piece, conditions in self.parts:
            found = self._differs(program, piece, (*self.domain, *conditions))
            if found is None:
                continue
            point = point_expressions(found)
            failure = differs(self.rep, piece, point)
            assert failure is not None, "the formula and the function differ there"
            failures.append(failure)
        return self._check("formulas", "fᵅ = f on every piece", failures)

    def _differs(
        self, program: Program, piece: StatedPiece, conditions: Conditions
    ) -> ExactPoint | None:
        """A point of a part where f and the formula of the piece differ."""
        kinks = Kinks(program)
        found = enumerate_labels(
            self.names,
            len(program.units),
            kinks.alternatives,
            domain=conditions,
            budget=self.ask.share(),
        )
        for cell in found.undecided:
            self.ask.note(cell.reason)
        for impossible in found.impossible:
            self.ask.note_trusted(impossible.trusted)
        for own in found.found:
            labels: Any = own.labels
            outputs = program.formulas(labels, selected).outputs
            for row, formula in zip(outputs, piece.formulas, strict=True):
                point = self.ask.where_not_zero(own.conditions, row - formula.expr, own.point)
                if point is not None:
                    return point
        return None

    def continuous(self) -> Check:
        """Whether Σ 1_P fᵅ is: formulas agree where the closure of a part meets another one."""
        failures = []
        broken: set[tuple[int, int]] = set()
        for high, outer in self.parts:
            for low, inner in self.parts:
                pair = high.alpha, low.alpha
                if high is low or pair in broken:
                    continue
                for one, other in zip(high.formulas, low.formulas, strict=True):
                    at = (*self.domain, *inner)
                    found = self.ask.where_closure_differs(
                        (*self.domain, *outer), at, one.expr - other.expr
                    )
                    if found is None:
                        continue
                    broken.add(pair)
                    point = point_expressions(found)
                    values = [formula.value([*map(real, point)]) for formula in (one, other)]
                    message = (
                        f"f{pair[0]} tends to {values[0]} at {point}, but f{pair[1]} is "
                        f"{values[1]} there"
                    )
                    failures.append(Failure("continuity", message, point, {"pieces": pair}))
                    break
        return self._check("continuity", "of Σ 1_P fᵅ", failures)

    def gradients(self, formulas: Verdict) -> list[Check]:
        """Stated gradients against ∇fᵅ, (15), and ∇f almost everywhere (Corollary 1)."""
        names = ("stated gradients", "(15)", "Corollary 1")
        if all(piece.stated is None for piece in self.rep.entries):
            implied = Verdict.implied if formulas is Verdict.passed else Verdict.undecided
            detail = "no gradient is stated, so it is ∇fᵅ"
            return [Check(name, implied, detail) for name in names[1:]]
        stated = [part for part in self.parts if part[0].stated is not None]
        unequal = [f for own in stated if (f := self._unequal(own)) is not None]
        checks = [self._check(names[0], "equal to ∇fᵅ", unequal)]
        tangential: list[Failure] = []
        almost: list[Failure] = []
        for piece, conditions in stated:
            for failure, is_full in self._defects(piece, conditions):
                tangential.append(failure)
                if is_full:
                    almost.append(Failure(names[2], failure.message, failure.point, failure.data))
        checks.append(self._check(names[1], "∇fᵅ·t = D(f|P)·t on every piece", tangential))
        # what is not decided about (15) may be about a set with interior
        verdict = Verdict.failed if almost else Verdict.undecided if self.doubt else Verdict.passed
        detail = "equal to ∇f almost everywhere"
        return [*checks, Check(names[2], verdict, detail, tuple(almost[:MAX_FAILURES]))]

    def _unequal(self, part: Part) -> Failure | None:
        piece, conditions = part
        for row in _differences(piece):
            for entry in row:
                found = self.ask.where_not_zero((*self.domain, *conditions), entry)
                if found is not None:
                    message = (
                        f"the stated gradient of piece {piece.alpha} is "
                        f"{shown_rows(piece.stated or ())}, which is not that of its formula at "
                        f"{point_expressions(found)}"
                    )
                    return Failure(
                        "stated gradients",
                        message,
                        point_expressions(found),
                        {"piece": piece.alpha},
                    )
        return None

    def _defects(
        self, piece: StatedPiece, conditions: Conditions
    ) -> Iterator[tuple[Failure, bool]]:
        """Where (15) fails on a part, and whether that is a set with interior."""
        rows = _differences(piece)
        if all(entry == 0 for row in rows for entry in row):
            return
        parts = refined(self.names, (*self.domain, *conditions), self.ask.share())
        for reason in parts.undecided:
            self.ask.note(reason)
        for manifold in parts.parts:
            for row in rows:
                found = self._tangential_defect(manifold, row)
                if found is None:
                    continue
                point = point_expressions(found)
                message = (
                    f"along the tangents of piece {piece.alpha} at {point} the stated gradient "
                    f"differs from D(f|P): by {self._at(row, point)} times the direction"
                )
                failure = Failure("(15)", message, point, {"piece": piece.alpha})
                yield failure, manifold.dimension == len(self.names)
                break

    def _at(self, row: Sequence[sympy.Expr], point: Sequence[sympy.Expr]) -> str:
        values = [at_point(entry, [*map(real, point)], self.names) for entry in row]
        return f"({', '.join(map(str, values))})"

    def _tangential_defect(
        self, manifold: Manifold, row: Sequence[sympy.Expr]
    ) -> ExactPoint | None:
        """A point of a manifold where a row is no combination of the gradients of its equations."""
        symbols = symbols_of(self.names)
        normals = []
        for terms in manifold.equations:
            h = sympy.Poly.from_dict(dict(terms), *symbols).as_expr()
            normals.append([sympy.diff(h, symbol) for symbol in symbols])
        matrix = sympy.Matrix([*normals, list(row)])
        k = len(normals)
        if k >= len(self.names):
            return None
        for columns in combinations(range(len(self.names)), k + 1):
            minor = sympy.expand(matrix[:, list(columns)].det(method="berkowitz"))
            for own in manifold.parts:
                found = self.ask.where_not_zero(own, minor)
                if found is not None:
                    return found
        return None


def _sets(piece: StatedPiece) -> tuple[Conditions, ...]:
    if isinstance(piece, CurvedPiece):
        return piece.sets
    return tuple(map(polyhedral_conditions, piece.parts))


def _differences(piece: StatedPiece) -> list[list[sympy.Expr]]:
    """The stated gradient minus that of the formula, taken as it is written."""
    assert piece.stated is not None
    symbols = symbols_of(piece.names)
    return [
        [
            sympy.expand(as_expr(entry) - sympy.diff(formula.expr, symbol))
            for entry, symbol in zip(row, symbols, strict=True)
        ]
        for row, formula in zip(piece.stated, piece.formulas, strict=True)
    ]
