"""A gradient from elsewhere on strata that are no polyhedra: (15) decided part by part.

On a part with tangent fields t the gradient G is consistent iff (G - ∇f)·t vanishes on it, a
question whether {part, (G - ∇f)·t ≠ 0} is empty. Regular and singular parts are all looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.ladder.sympy_gradients import SwitchedGradient
from piecewise_mt.calculus.local.rungs import Rung, verdict_on
from piecewise_mt.calculus.partition.domain import conditions_of
from piecewise_mt.calculus.partition.semialgebraic import (
    SemialgebraicStratum,
    semialgebraic_strata,
)
from piecewise_mt.calculus.partition.trust import (
    foreign,
    is_trusted,
    not_accepted,
    open_questions,
    solvers_of,
)
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved_tangential import directional, entries_of
from piecewise_mt.calculus.representation.semialgebraic import SemialgebraicRepresentation
from piecewise_mt.calculus.results.report import Check, Failure, Verdict
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.deciding import at_exact, vanishing
from piecewise_mt.calculus.smooth.polynomials import polynomial_of
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.exact.algebraic_points import ExactPoint, check_point, sign_at_point
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression
from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Alternative, Conditions, enumerate_labels
from piecewise_mt.semialgebraic.manifolds import Manifold, Refinement, refined
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System
from piecewise_mt.semialgebraic.tangents import tangent_fields

SECONDS = 5.0
"""For one decision."""
QUICK = 0.3
"""For one that only makes a text shorter."""


@dataclass(frozen=True)
class PartVerdict:
    """What is found of a gradient on the points of one part of a stratum."""

    stratum: SemialgebraicStratum
    part: SemialgebraicSet
    dimension: int
    """Of the manifold that the part lies in."""
    rung: Rung
    points: int = 0
    """How many points were tried; 0 if the verdict is a proof."""
    is_tried: bool = True
    """Whether the gradient was looked at here at all."""
    message: str = ""
    """What is violated."""
    point: tuple[sympy.Expr, ...] = ()
    data: dict[str, Any] | None = None
    note: str = ""
    """Why it is not decided, or what the answer rests on."""
    rests_on: tuple[str, ...] = ()
    """The solvers whose word is taken."""

    @property
    def verdict(self) -> Verdict:
        """Passed iff (15) is proved on all of the part."""
        reached = verdict_on([self.rung])
        # nothing is refuted at some points of many, and nothing is proved
        return Verdict.undecided if self.points and reached is Verdict.passed else reached

    @property
    def failure(self) -> Failure | None:
        """The exact counterexample, if (15) is refuted."""
        if self.verdict is not Verdict.failed:
            return None
        data = {"stratum": self.stratum, "part": self.part, "rung": self.rung, **(self.data or {})}
        return Failure(self.part.text, self.message, self.point, data)

    def check(self) -> Check:
        """The row of a report."""
        detail = str(self.rung)
        if self.rung is Rung.associated and not self.points:
            if self.dimension:
                detail += ", decided on the whole part; whether it is more is not"
            else:
                detail += " (the tangent space is {0}, the condition empty)"
        if self.failure is None and self.points:
            plural = "point" if self.points == 1 else "points"
            detail += f": no violation at {self.points} {plural}"
        if self.note:
            detail += f": {self.note}"
        failures = () if self.failure is None else (self.failure,)
        return Check(self.part.text, self.verdict, detail, failures, self.rests_on)


@dataclass(frozen=True)
class Given:
    """A gradient where some conditions hold: a matrix of formulas, or why there is none."""

    conditions: Conditions
    matrix: sympy.ImmutableMatrix | str


class CurvedJudge:
    """Decides (15) on the parts of the strata of a function of polynomials."""

    def __init__(self, f: Expression, domain: Any, budget: float, trust: Sequence[str]) -> None:
        self.f = f
        self.names = names_of(f)
        self.domain = domain
        self.budget = budget
        self.trust = tuple(trust)
        self.own = semialgebraic_strata(f.on(*self.names), domain, budget=budget)
        self.shape = (f.size, len(self.names))
        self._refined: dict[Any, Refinement] = {}
        self.open: list[str] = open_questions(self.own, self.trust)
        """What is not known of the strata."""
        self.rests_on: dict[str, None] = dict.fromkeys(self._accepted(solvers_of(self.own)))
        """The solvers whose word is taken of what all verdicts rest on."""

    def _accepted(self, solvers: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for name in foreign(solvers) if is_trusted(name, self.trust))

    @cached_property
    def by_labels(self) -> dict[Any, SemialgebraicStratum]:
        return {stratum.label_keys: stratum for stratum in self.own}

    def refinement(self, stratum: SemialgebraicStratum) -> Refinement:
        """The parts of a stratum, each a manifold."""
        found = self._refined.get(stratum.label_keys)
        if found is None:
            found = refined(self.names, stratum.given, self.budget)
            self._refined[stratum.label_keys] = found
            where = f"the parts of {{{stratum}}}"
            self.open += [f"{where}: {reason}" for reason in found.undecided]
            why = not_accepted(found.trusted, self.trust)
            self.open += [f"that these are {where} {why}"] if why else []
            self.rests_on.update(dict.fromkeys(self._accepted(found.trusted)))
        return found

    def derivative(self, stratum: SemialgebraicStratum) -> list[sympy.Expr]:
        """Formulas of f on the stratum."""
        return [f.expr for f in formulas_of(self.own.program, stratum.label_keys, selected)]

    # -- candidates ----------------------------------------------------------------------

    def formula(self, formula: SwitchedGradient) -> Iterator[PartVerdict]:
        """The verdicts on a SymPy gradient, whose switches refine the strata."""
        kinks = [kink.ravel() for kink in formula.kinks]
        cuts = [relu(kink, at_zero=0) for kink in kinks]
        joint = concat([self.f.on(*self.names).ravel(), *cuts, *kinks]).on(*self.names)
        cells = semialgebraic_strata(joint, self.domain, budget=self.budget)
        self.open += open_questions(cells, self.trust)
        units = len(self.own.program.units)
        for cell in cells:
            stratum = self.by_labels.get(cell.label_keys[:units])
            if stratum is None:
                self.open.append(f"the stratum of {{{cell}}} was not found")
                continue
            forms = formulas_of(cells.program, cell.label_keys, selected)
            values = [form.expr for form in forms[len(forms) - len(kinks) :]] if kinks else []
            signs = [_sign(value, cell.point, self.names) for value in values]
            given = Given(cell.given, formula.with_signs(signs))
            yield from self.verdicts(stratum, given)

    def representation(self, rep: Representation) -> Iterator[PartVerdict]:
        """The verdicts on the gradients of a representation's pieces."""
        for stratum in self.own:
            for piece in rep:
                found = piece.set
                parts = (
                    found.parts
                    if isinstance(found, SemialgebraicSet)
                    else [conditions_of(part) for part in piece.parts]
                )
                for part in parts:
                    both = System(self.names, (*stratum.given, *part))
                    # most strata meet one piece; what is open here is asked part by part
                    if not isinstance(decide(both, QUICK, use_solver=False), Empty):
                        yield from self.verdicts(stratum, Given(part, piece.gradient))

    def uncovered(self, rep: Representation) -> Iterator[Check]:
        """Points of the domain in no piece of a representation, as failed checks."""
        if isinstance(rep, SemialgebraicRepresentation):
            self.open += [*rep.undecided, *open_questions(rep.strata, self.trust)]
            return
        parts: list[Conditions] = []
        for piece in rep:
            own = piece.set
            parts += (
                own.parts
                if isinstance(own, SemialgebraicSet)
                else [conditions_of(part) for part in piece.parts]
            )

        def alternatives(labels: tuple[Any, ...]) -> list[Alternative]:
            part = parts[len(labels)]
            return [Alternative(k, (*part[:k], (p, 7 - mask))) for k, (p, mask) in enumerate(part)]

        found = enumerate_labels(
            self.names, len(parts), alternatives, domain=self.own.outside, budget=self.budget
        )
        self.open += [f"whether the pieces cover the domain: {o.reason}" for o in found.undecided]
        solvers = [n for o in found.impossible for n in o.trusted]
        why = not_accepted(solvers, self.trust)
        self.open += [f"that the pieces cover the domain {why}"] if why else []
        self.rests_on.update(dict.fromkeys(self._accepted(solvers)))
        for cell in found.found:
            at = point_expressions(cell.point)
            message = f"expected a piece that contains ({', '.join(map(str, at))}), got none"
            yield Check("cover", Verdict.failed, "", (Failure("cover", message, at),))

    def unknown(self) -> Iterator[Check]:
        """What is not known of the strata, as undecided checks."""
        for reason in dict.fromkeys(self.open):
            yield Check("strata", Verdict.undecided, reason)

    def callable(
        self,
        called: Callable[[ExactPoint], Any],
        allowed: Callable[[ExactPoint], bool],
        slack_at: Callable[[ExactPoint], sympy.Rational],
    ) -> Iterator[PartVerdict]:
        """The verdicts on a gradient that can be tried at points only."""
        for stratum in self.own:
            for manifold in self.refinement(stratum).parts:
                points = [p for p in (manifold.point, stratum.point) if p.is_rational]
                points = [
                    p
                    for p in dict.fromkeys(points)
                    if allowed(p) and any(check_point(c, p) for c in manifold.parts)
                ]
                part = SemialgebraicSet(self.names, manifold.parts)
                if not points:
                    why = "no point of it that is exactly representable was found"
                    yield PartVerdict(
                        stratum, part, manifold.dimension, Rung.undecided, is_tried=False, note=why
                    )
                for point in points:
                    given = Given((), called(point))
                    at = tuple(_at(own, point) for own in manifold.parts if check_point(own, point))
                    slack = slack_at(point)
                    found = self._judged(stratum, manifold, given, at[:1], part, point, slack)
                    yield replace(found, points=1 if manifold.dimension else 0)

    # -- one part ------------------------------------------------------------------------

    def verdicts(self, stratum: SemialgebraicStratum, given: Given) -> Iterator[PartVerdict]:
        """The verdicts on a gradient on all parts of a stratum that its conditions meet."""
        for manifold in self.refinement(stratum).parts:
            kept: list[Conditions] = []
            point = None
            for own in manifold.parts:
                both = System(self.names, (*own, *given.conditions))
                answer = decide(both, SECONDS)
                if isinstance(answer, NonEmpty):
                    point = point or answer.point
                    kept.append(self._joined(own, given.conditions))
                elif not isinstance(answer, Empty):
                    self.open.append(f"the points of {{{stratum}}}: {answer.reason}")
                elif why := not_accepted(answer.trusted, self.trust):
                    self.open.append(f"which points {{{stratum}}} has {why}")
                else:
                    self.rests_on.update(dict.fromkeys(self._accepted(answer.trusted)))
            if point is not None:
                part = SemialgebraicSet(self.names, tuple(kept))
                yield self._judged(stratum, manifold, given, kept, part, point)

    def _joined(self, own: Conditions, more: Conditions) -> Conditions:
        """A part's conditions with those of others that they do not imply."""
        rest = []
        for p, mask in more:
            opposite = System(self.names, (*own, (p, 7 - mask)))
            if not isinstance(decide(opposite, QUICK, use_solver=False), Empty):
                rest.append((p, mask))
        return irredundant(self.names, (*own, *rest)) if rest else own

    def _judged(
        self,
        stratum: SemialgebraicStratum,
        manifold: Manifold,
        given: Given,
        parts: Sequence[Conditions],
        part: SemialgebraicSet,
        point: ExactPoint,
        slack: sympy.Rational = sympy.S.Zero,
    ) -> PartVerdict:
        def verdict(rung: Rung, **more: Any) -> PartVerdict:
            return PartVerdict(stratum, part, manifold.dimension, rung, **more)

        if isinstance(given.matrix, str):
            b, a = self.shape
            message = f"expected a real {b}×{a} matrix on {{{part.text}}}, got {given.matrix}"
            return verdict(Rung.undefined, message=message, point=point_expressions(point))
        hull = CurvedHull.of_terms(self.names, manifold.equations)
        note = ""
        trusted: tuple[str, ...] = ()
        formulas = self.derivative(stratum)
        for field in tangent_fields(self.names, manifold):
            direction = entries_of(field, self.names)
            for k, formula in enumerate(formulas):
                true = directional(formula, direction, self.names)
                found = sympy.Add(
                    *(g * t for g, t in zip(given.matrix.row(k), direction, strict=True))
                )
                answer = vanishing(
                    self.names, parts, found - true, hull=hull, budget=SECONDS, points=[point]
                )
                trusted = (*trusted, *answer.trusted)
                if answer.point is not None:
                    values = [
                        at_exact(sympy.sympify(e), answer.point, self.names)
                        for e in (found, true, *direction)
                    ]
                    if values[0].free_symbols:
                        note = note or "(15) holds for some values of the parameters at most"
                        continue
                    allowed = slack * sum(map(abs, values[2:]))
                    within = sign_of(allowed - abs(values[0] - values[1])) if slack else -1
                    if within is None:
                        note = note or "SymPy cannot compare a defect with the tolerance"
                    if within != -1:
                        continue
                    return self._violated(verdict, given, manifold, part, answer, k, values)
                if answer.holds is None:
                    note = note or answer.reason
        note = note or not_accepted(trusted, self.trust)
        if note:
            return verdict(Rung.undecided, note=note)
        is_open = manifold.dimension == len(self.names)
        return verdict(
            Rung.differentiable if is_open else Rung.associated,
            note=f"trusting {foreign(trusted)[0]}" if foreign(trusted) else "",
            rests_on=foreign(trusted),
        )

    def _violated(
        self,
        verdict: Callable[..., PartVerdict],
        given: Given,
        manifold: Manifold,
        part: SemialgebraicSet,
        answer: Any,
        k: int,
        values: Sequence[sympy.Expr],
    ) -> PartVerdict:
        found, expected, *direction = values
        at = point_expressions(answer.point)
        which = (
            "every representation"
            if answer.dimension >= manifold.dimension
            else "these strata only, as the set is thinner than its stratum"
        )
        message = (
            f"expected G·t = {expected} for output {k + 1} and t = "
            f"({', '.join(map(str, direction))}) at ({', '.join(map(str, at))}), got {found} on "
            f"{{{part.text}}}; this refutes {which}"
        )
        matrix = given.matrix
        if not isinstance(matrix, str):
            matrix = matrix.xreplace(dict(zip(symbols_of(self.names), at, strict=True)))
        data = {
            "matrix": matrix,
            "output": k + 1,
            "direction": tuple(direction),
            "found": found,
            "expected": expected,
        }
        return verdict(Rung.inconsistent, message=message, point=at, data=data)


def _sign(value: sympy.Expr, point: ExactPoint, names: Sequence[str]) -> int:
    terms = polynomial_of(value, names)
    assert terms is not None, "values are polynomials"
    return sign_at_point(terms, point)


def _at(conditions: Conditions, point: ExactPoint) -> Conditions:
    """A point as conditions."""
    n = len(point.coordinates)
    origin = (0,) * n
    found = []
    for i, value in enumerate(point.rational):
        unit = tuple(int(i == j) for j in range(n))
        terms = {unit: value.denominator}
        if value:
            terms[origin] = -value.numerator
        found.append((terms, 2))
    return (*conditions, *found)
