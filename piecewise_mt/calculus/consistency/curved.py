"""Checks and theorems on pieces that are no polyhedra, by decisions on polynomials.

Of a derived representation it is by construction that pieces are disjoint: a point has one label a
unit. The rest is decided: that no labels are missing, and that formulas and gradients agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.program import Program, compile_program, selected
from piecewise_mt.calculus.partition.semialgebraic import (
    SemialgebraicStrata,
    SemialgebraicStratum,
    semialgebraic_strata,
)
from piecewise_mt.calculus.partition.trust import (
    foreign,
    not_accepted,
    open_questions,
    solvers_of,
)
from piecewise_mt.calculus.representation.chain_rule import ChainRule
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicPiece,
    SemialgebraicRepresentation,
)
from piecewise_mt.calculus.results.report import MAX_FAILURES, Check, Failure, Report, Verdict
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.deciding import Vanishing, at_exact, vanishing
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.atoms.rules import with_free_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.points import point_expressions


@dataclass
class _Line:
    """A check while it is made: its failures, and what is not decided."""

    name: str
    detail: str
    trust: Sequence[str]
    failures: list[Failure] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    rests_on: dict[str, None] = field(default_factory=lambda: {"SymPy": None})

    def note(self, where: str, answer: Vanishing, failure: Failure | None) -> None:
        if failure is not None:
            self.failures.append(failure)
        elif answer.holds is None:
            self.open.append(f"{where}: {answer.reason}")
        elif why := not_accepted(answer.trusted, self.trust):
            self.open.append(f"{where} {why}")
        else:
            self.rest_on(answer.trusted)

    def rest_on(self, solvers: Iterable[str]) -> None:
        """Solvers whose word is taken."""
        self.rests_on.update(dict.fromkeys(foreign(solvers)))

    def excludes(self, strata: SemialgebraicStrata) -> None:
        """That there are no other strata."""
        found = open_questions(strata, self.trust)
        self.open += found
        if not found:
            self.rest_on(solvers_of(strata))

    def check(self) -> Check:
        verdict = (
            Verdict.failed if self.failures else Verdict.undecided if self.open else Verdict.passed
        )
        detail = "; ".join([self.detail, *dict.fromkeys(self.open[:MAX_FAILURES])])
        failures = tuple(self.failures[:MAX_FAILURES])
        return Check(self.name, verdict, detail, failures, tuple(self.rests_on))


def check_derived(rep: SemialgebraicRepresentation, trust: Sequence[str]) -> Report:
    """See :func:`mt.check`."""
    lines = {
        "formulas": _Line("formulas", "fᵅ = f on every piece", trust),
        "stated": _Line("stated gradients", "equal to ∇fᵅ", trust),
        "(15)": _Line("(15)", "∇fᵅ·t = D(f|P)·t on every part of every piece", trust),
        "almost": _Line("Corollary 1", "equal to ∇f almost everywhere", trust),
    }
    for piece in rep:
        _piece(rep, piece, lines)
    conditions = rep.tangential_conditions()
    lines["(15)"].open += conditions.undecided
    if why := not_accepted(conditions.trusted, trust):
        lines["(15)"].open.append(f"that there are no other parts {why}")
    else:
        lines["(15)"].rest_on(conditions.trusted)
    for condition in conditions:
        answer = Vanishing(condition.holds, trusted=condition.trusted, reason="not decided")
        failure = None
        if condition.holds is False:
            message = f"expected {condition}, got another derivative"
            data = {"piece": condition.alpha, "condition": condition}
            failure = Failure("(15)", message, rep[condition.alpha - 1].witness, data)
        lines["(15)"].note(str(condition), answer, failure)
    covers = _Line("cover", "no other branches: " + _counted(rep.strata), trust)
    covers.excludes(rep.strata)
    disjoint = Check("disjoint", Verdict.passed, f"{len(rep)} pieces: one branch a unit at a point")
    checks = (disjoint, covers.check(), *(line.check() for line in lines.values()))
    return Report(f"check of {len(rep)} pieces against {rep.of}", checks)


def _counted(strata: SemialgebraicStrata) -> str:
    count = len(strata.enumeration.impossible)
    return f"{count} {'combination' if count == 1 else 'combinations'} of labels proved empty"


def _piece(
    rep: SemialgebraicRepresentation, piece: SemialgebraicPiece, lines: dict[str, _Line]
) -> None:
    names = rep.names
    symbols = symbols_of(names)
    written = [formula.expr for formula in piece.formulas]
    where = f"piece {piece.alpha}"
    for member in piece.members:
        true = [f.expr for f in formulas_of(rep.strata.program, member.label_keys, selected)]
        hull = _hull(names, member)
        is_open = member.dimension == len(names)

        def compared(
            name: str,
            one: sympy.Expr,
            other: sympy.Expr,
            what: str,
            own: SemialgebraicStratum = member,
            on: CurvedHull = hull,
        ) -> None:
            answer = vanishing(names, (own.given,), one - other, hull=on, points=[own.point])
            failure = None
            if answer.point is not None:
                at = point_expressions(answer.point)
                found, expected = (at_exact(e, answer.point, names) for e in (one, other))
                message = (
                    f"{what} is {found} at ({', '.join(map(str, at))}) of piece {piece.alpha}, "
                    f"but f has {expected}"
                )
                data = {"piece": piece.alpha, "found": found, "expected": expected}
                failure = Failure(lines[name].name, message, at, data)
            lines[name].note(where, answer, failure)

        for formula, other, row in zip(written, true, piece.gradient_rows, strict=True):
            compared("formulas", formula, other, f"f{piece.alpha}")
            for symbol, entry in zip(symbols, row, strict=True):
                own = sympy.sympify(entry)
                what = f"the derivative of f{piece.alpha} in {symbol}"
                compared("stated", own, sympy.diff(formula, symbol), what)
                if is_open:
                    compared("almost", own, sympy.diff(other, symbol), what)


def _hull(names: Sequence[str], stratum: SemialgebraicStratum) -> CurvedHull:
    return CurvedHull.of_terms(names, [p for p, mask in stratum.given if mask == 2])


CONSTANT = "the product of (14) is free of z"
TRUE = "the product of (14) is the gradient"


def verify_curved_chain_rule(
    f: Expression, domain: Any, budget: float, trust: Sequence[str]
) -> Report:
    """See :func:`mt.verify_chain_rule`."""
    free = with_free_ties(f)
    cells = semialgebraic_strata(free, domain, budget=budget)
    full = _full_dimensional(cells)
    written = compile_program(f)
    detail = f"{len(full)} full-dimensional {'stratum' if len(full) == 1 else 'strata'}"
    constant, true = (_Line(name, detail, trust) for name in (CONSTANT, TRUE))
    notes = []
    for stratum in full:
        product = _product(cells.program, stratum)
        expected = _derivative(cells.program, stratum)
        for line, other in (
            (constant, _without_parameters(product, cells.names)),
            (true, expected),
        ):
            _compared(line, stratum, product, other, expected)
        for unit, label in zip(written.units, stratum.label_keys, strict=True):
            if any(c.relation == "=" for c in unit.atom.constraints(label)):
                notes.append(
                    f"on {{{stratum}}} the tie {unit.atom.label_text(label)} of {unit.text} has a "
                    "full-dimensional preimage"
                )
    for line in (constant, true):
        line.excludes(cells)
    return Report(f"Chain rule (14) for {f!r}", (constant.check(), true.check()), tuple(notes))


def curved_stampacchia(w: Expression, domain: Any, budget: float, trust: Sequence[str]) -> Report:
    """See :func:`mt.check_stampacchia`."""
    names = names_of(w)
    flat = w.ravel()
    checks = []
    notes = []
    for k in range(flat.size):
        own = (w if w.shape == () else flat[k]).on(*names)
        text = "w" if w.shape == () else f"w{k + 1}"
        cells = semialgebraic_strata(with_free_ties(own), domain, budget=budget)
        full = _full_dimensional(cells)
        line = _Line(f"the product of (14) vanishes with {text}", "", trust)
        count = 0
        for stratum in full:
            formula = formulas_of(cells.program, stratum.label_keys, selected)[0].expr
            answer = vanishing(cells.names, (stratum.given,), formula, points=[stratum.point])
            if answer.holds is None:
                line.open.append(f"whether {text} = 0 on {{{stratum}}}: {answer.reason}")
            if answer.holds is not True:
                continue
            count += 1
            product = _product(cells.program, stratum)
            zero = sympy.zeros(1, len(cells.names)).as_immutable()
            _compared(line, stratum, product, zero, zero)
        line.detail = f"{count} of {len(full)} full-dimensional strata have {text} = 0"
        line.excludes(cells)
        checks.append(line.check())
        notes.append(f"the null set where {text} vanishes otherwise is not listed; ask mt.zero_set")
    return Report(f"Stampacchia (11), (22) for {w!r}", tuple(checks), tuple(notes))


def _compared(
    line: _Line,
    stratum: SemialgebraicStratum,
    product: sympy.ImmutableMatrix,
    other: sympy.ImmutableMatrix,
    expected: sympy.ImmutableMatrix,
) -> None:
    names = stratum.cells.names
    for entry, true in zip(product, other, strict=True):
        answer = vanishing(names, (stratum.given,), entry - true, points=[stratum.point])
        failure = None
        if answer.point is not None:
            at = point_expressions(answer.point)
            message = (
                f"expected {expected.tolist()} on {{{stratum}}}, got the product "
                f"{product.tolist()}, another one at ({', '.join(map(str, at))})"
            )
            data = {"stratum": stratum, "found": product, "expected": expected}
            failure = Failure(line.name, message, at, MappingProxyType(data))
        line.note(f"{{{stratum}}}", answer, failure)
        if failure is not None:
            return


def _product(program: Program, stratum: SemialgebraicStratum) -> sympy.ImmutableMatrix:
    """The product (14) on a stratum, from its factors."""
    on: Any = _OnStratum(CurvedHull(program.names, ()))
    return ChainRule(on, program, stratum.label_keys).product


@dataclass(frozen=True)
class _OnStratum:
    """What the factors ask of a piece."""

    hull: CurvedHull


def _derivative(program: Program, stratum: SemialgebraicStratum) -> sympy.ImmutableMatrix:
    """The gradient of f's own formula on the stratum."""
    formulas = formulas_of(program, stratum.label_keys, selected)
    symbols = symbols_of(program.names)
    rows = [[sympy.diff(formula.expr, symbol) for symbol in symbols] for formula in formulas]
    return sympy.ImmutableMatrix(rows)


def _without_parameters(
    product: sympy.ImmutableMatrix, names: Sequence[str]
) -> sympy.ImmutableMatrix:
    others = product.free_symbols - set(symbols_of(names))
    return product.xreplace(dict.fromkeys(others, sympy.S.Zero))


def _full_dimensional(cells: SemialgebraicStrata) -> list[SemialgebraicStratum]:
    a = len(cells.names)
    full = [stratum for stratum in cells if stratum.dimension == a]
    if not full and not cells.undecided:
        raise PiecewiseError(
            f"expected a full-dimensional domain in {a} variables, got {cells.domain}, a null "
            "set, of which almost everywhere says nothing; give a domain with interior points"
        )
    return full
