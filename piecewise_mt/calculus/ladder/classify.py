"""The ladder everywhere: the rung of a representation's gradient, stratum by stratum.

To first order f is the same at all points of one of its strata, so one point of each decides.
The strata are those of f; a piece that somebody stated is judged on every stratum that it meets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, overload

import sympy

from piecewise_mt.calculus.consistency.asked import OfTable, derived_anew, table_anew
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import Program, selected
from piecewise_mt.calculus.ladder.along_strata import Neighbours, judge_along
from piecewise_mt.calculus.ladder.smooth_summand import Split
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.certificates import ConvexCombination, SeparatingDirection
from piecewise_mt.calculus.local.clarke import MatrixHull
from piecewise_mt.calculus.local.on_strata import StratumReducer
from piecewise_mt.calculus.local.parameter_conditions import condition_text
from piecewise_mt.calculus.local.place import exact_vector
from piecewise_mt.calculus.local.rungs import Judgement, Rung, verdict_on, weakest
from piecewise_mt.calculus.partition.refinement import is_irrational_domain
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import domain_text, function_text, numbers_text
from piecewise_mt.calculus.results.report import Check, Failure, Report, resting_on
from piecewise_mt.calculus.results.shown import ShownArtifacts
from piecewise_mt.errors import (
    NotPolyhedral,
    PiecewiseError,
    TooManyPieces,
    Undecided,
    Unsupported,
)
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import checked_index, primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


class LocalStrata:
    """The local analysis at one point of every stratum, made when first needed."""

    def __init__(self, cells: PolyhedralStrata, max_pieces: int = 10**6) -> None:
        self.cells = cells
        self.max_pieces = max_pieces
        self._made: dict[int, LocalAnalysis] = {}
        self._neighbours = Neighbours(cells)
        self._split = Split.of(cells.program) if cells.program.is_smooth else None
        program = cells.program if self._split is None else self._split.linear
        # forms in whole numbers; with irrational ones everything is found point by point
        is_apt = program.is_rational and not is_irrational_domain(cells.domain)
        self._reducer = StratumReducer(program) if is_apt and not program.is_smooth else None
        self._linear: dict[int, LocalAnalysis] = {}

    def at(self, stratum: PolyhedralStratum) -> LocalAnalysis:
        """The analysis at the witness of a stratum, limits taken inside the domain."""
        return self._at(stratum, self.cells.program, self._made)

    def _at(
        self, stratum: PolyhedralStratum, program: Program, made: dict[int, LocalAnalysis]
    ) -> LocalAnalysis:
        key = id(stratum)
        if key not in made:
            is_apt = not program.is_smooth and self._is_rational(stratum)
            reducer = self._reducer if is_apt else None
            reduce = (
                None if reducer is None else partial(reducer.at, stratum.label_keys, stratum.point)
            )
            made[key] = LocalAnalysis(
                self.cells.function,
                stratum.point,
                program=program,
                domain=self.cells.domain,
                max_pieces=self.max_pieces,
                reducer=reduce,
            )
        return made[key]

    def _is_rational(self, stratum: PolyhedralStratum) -> bool:
        """Whether all numbers are that decide at the witness of a stratum."""
        return self._reducer is not None and not any(
            isinstance(value, Algebraic) for value in stratum.point
        )

    def rung(self, stratum: PolyhedralStratum, matrix: Any, slack: Any = 0) -> Rung:
        """The rung of a matrix that satisfies (15), up to a slack in every entry."""
        local = self.at(stratum)
        if slack:
            return rung_nearby(local, matrix, to_number(slack))
        return self.judge(stratum, matrix).rung

    def judge(self, stratum: PolyhedralStratum, matrix: Any) -> Judgement:
        """The same with certificates; a matrix may have irrational entries or symbols.

        Where formulas are not affine, a rung may vary along a stratum that is no point: undecided.
        """
        if self.cells.program.is_smooth:
            if stratum.dimension:
                reason = "formulas are not affine, so that the rung may vary along the stratum"
                return Judgement(Rung.undecided, reason)
            symbols = [sympy.Symbol(name, real=True) for name in self.cells.names]
            matrix = matrix.subs(dict(zip(symbols, stratum.witness, strict=True)))
        try:
            return self.at(stratum).judge(matrix)
        except (NotPolyhedral, Unsupported) as error:
            return Judgement(Rung.undecided, str(error))

    def judge_coefficients(
        self, stratum: PolyhedralStratum, rows: Sequence[Sequence[Any]]
    ) -> Judgement:
        """The same for the gradient of an affine formula."""
        if not self._is_rational(stratum):
            return self.judge(stratum, to_matrix(rows, len(self.cells.names)))
        try:
            return self.at(stratum).judge_coefficients(rows)
        except (NotPolyhedral, Unsupported) as error:
            return Judgement(Rung.undecided, str(error))

    def judge_all_along(
        self, stratum: PolyhedralStratum, formula: Any, dimension: int
    ) -> Judgement:
        """The rung of a gradient given as a formula, which may hold on a part of less dimension."""
        if not self.cells.program.is_smooth or dimension != stratum.dimension:
            return self.judge(stratum, formula)
        found = self._judge_linear(stratum, formula)
        if found is None and stratum.dimension:
            found = judge_along(self._neighbours, stratum, formula)
        if found is None:
            return self.judge(stratum, formula)
        return replace(found, place=self._along(stratum), matrix=formula)

    def derivative_on(self, stratum: PolyhedralStratum, rows: Any) -> Judgement:
        """The rung of the derivative where no unit has a tie."""
        return replace(_DERIVATIVE, place=self._along(stratum, True), matrix=rows)

    def _along(self, stratum: PolyhedralStratum, has_no_tie: bool = False) -> Along:
        own = self.cells
        return Along(own.function, stratum.point, own.domain, self.max_pieces, has_no_tie)

    def _judge_linear(self, stratum: PolyhedralStratum, formula: Any) -> Judgement | None:
        """The rung, if f is piecewise linear but for a smooth summand and that decides it."""
        if self._split is None:
            return None
        moved = self._split.moved(formula, stratum.hull)
        if moved is None:
            return None
        try:
            found = self._at(stratum, self._split.linear, self._linear).judge(moved)
        except (NotPolyhedral, Unsupported):
            return None
        reason = f"less the gradient of the smooth summand, all along the stratum, {found.reason}"
        # it is no statement about f at the point, but about its linear part
        return replace(
            found,
            reason=reason,
            certificate=_of_numbers(found.certificate),
            refuted=_of_numbers(found.refuted),
        )

    def is_smooth_on(self, stratum: PolyhedralStratum) -> bool:
        """Whether no unit has a tie on a full-dimensional stratum."""
        units = self.cells.program.units
        return stratum.dimension == len(self.cells.names) and not any(
            constraint.relation == "="
            for unit, label in zip(units, stratum.label_keys, strict=True)
            for constraint in unit.atom.constraints(label)
        )


@dataclass(frozen=True)
class Along:
    """The stratum of a point, all along which a formula is judged."""

    function: Expression
    point: tuple[Any, ...]
    domain: Polyhedron | None
    max_pieces: int
    has_no_tie: bool
    """Whether it is the derivative of a stratum without ties that is judged."""

    @property
    def text(self) -> str:
        """The function, the point and the domain."""
        beside = "" if self.domain is None else f", on the domain {domain_text(self.domain)}"
        where = f"all along the stratum of {numbers_text(self.point)}"
        return f"{function_text(self.function)}, {where}{beside}"

    def judged(self, matrix: Any) -> Judgement:
        """The rung of a formula along the stratum, which is found anew.

        Raises
        ------
        ValueError
            If the point is in no stratum, or the formula is not the derivative where it has to be.
        """
        cells = strata(self.function, self.domain)
        locals_ = LocalStrata(cells, self.max_pieces)
        point = exact_vector(self.point, len(cells.names))
        stratum = next((own for own in cells if own.polyhedron.contains(point)), None)
        if stratum is None:
            raise ValueError("expected a point of a stratum")
        if not self.has_no_tie:
            return locals_.judge_all_along(stratum, matrix, stratum.dimension)
        if not locals_.is_smooth_on(stratum):
            raise ValueError("expected a stratum of full dimension without a tie")
        formulas = formulas_of(cells.program, stratum.label_keys, selected)
        own = to_matrix(tuple(tuple(f.gradient(stratum)) for f in formulas), len(cells.names))
        if (own - matrix).applyfunc(sympy.simplify) != sympy.zeros(*own.shape):
            raise ValueError("expected the derivative")
        return _DERIVATIVE


def _of_numbers(certificate: Any) -> Any:
    """A certificate that names no function."""
    if isinstance(certificate, ConvexCombination | SeparatingDirection):
        return replace(certificate, of=None)
    return certificate


def rung_nearby(local: LocalAnalysis, matrix: Any, slack: Fraction) -> Rung:
    """The strongest rung that a matrix reaches when each entry may change by the slack."""
    rows = tuple(tuple(to_number(v) for v in matrix.row(i))
                 for i in range(matrix.rows))  # fmt: skip
    try:
        for limit in local.limits:
            if all(abs(v - w) <= slack for v, w in zip(matrix, limit.gradient, strict=True)):
                return Rung.differentiable if local.is_differentiable else Rung.bouligand
        if _is_near(local.clarke, rows, slack):
            return Rung.clarke
        if _is_near(local.products, rows, slack):
            return Rung.autodiff
    except (TooManyPieces, Undecided):
        return Rung.undecided
    return Rung.associated


def _is_near(hull: MatrixHull, rows: Sequence[Sequence[Fraction]], slack: Fraction) -> bool:
    """Whether weights ≥ 0 with sum 1 combine the vertices to within the slack, entry by entry."""
    vertices = [[to_number(v) for v in vertex] for vertex in hull.vertices]
    if not vertices:
        return False
    count = len(vertices)
    positive: list[tuple[tuple[int, ...], bool]] = [
        ((0, *(int(i == j) for j in range(count))), False) for i in range(count)
    ]
    flat = [value for row in rows for value in row]
    for place, value in enumerate(flat):
        column = [vertex[place] for vertex in vertices]
        positive.append((primitive([slack - value, *column]), False))
        positive.append((primitive([slack + value, *(-c for c in column)]), False))
    one = (-1, *[1] * count)
    return isinstance(feasible_point([one], positive), Witness)


@dataclass(frozen=True)
class StratumRung:
    """What the gradient of one piece is on one stratum of f."""

    stratum: PolyhedralStratum
    alpha: int
    """The piece."""
    judgement: Judgement
    dimension: int
    """The dimension of what the piece and the stratum have in common."""

    @property
    def rung(self) -> Rung:
        """For a gradient with free parameters, the rung that it reaches for all of them."""
        return self.judgement.rung

    @property
    def cases(self) -> tuple[tuple[Rung, Any], ...]:
        """Where the rung varies along the stratum: each rung with its condition on the point."""
        return self.judgement.cases

    @property
    def clarke_condition(self) -> Any:
        """When it is in Clarke's subdifferential: true, false, or a condition on the symbols.

        None if that is undecided.
        """
        if self.rung.is_clarke:
            return sympy.true
        if isinstance(self.judgement.refuted, sympy.logic.boolalg.Boolean):
            return self.judgement.refuted
        return None if self.rung == Rung.undecided else sympy.false

    def __repr__(self) -> str:
        return f"<{self.rung} on {{{self.stratum.polyhedron}}}, piece {self.alpha}>"


@dataclass(frozen=True)
class PieceRung:
    """The weakest rung of a piece, and what it is on each of the strata that it meets."""

    alpha: int
    rung: Rung
    strata: tuple[StratumRung, ...]


@dataclass(frozen=True, repr=False)
class Classification(Report):
    """A report with one line a piece; the rungs are data too.

    ``ok`` is false iff some gradient violates (15) or is undecided.
    """

    pieces: tuple[PieceRung, ...] = ()

    @property
    def strata(self) -> tuple[StratumRung, ...]:
        """The rungs of all pieces on all strata."""
        return tuple(entry for piece in self.pieces for entry in piece.strata)


class Artifacts(ShownArtifacts, Sequence[StratumRung]):
    """The strata on which an associated gradient is not in Clarke's subdifferential.

    Attributes
    ----------
    dimension : int
        The largest of their dimensions, -1 if there are none.
    conditional : tuple of StratumRung
        PolyhedralStrata on which it depends on free parameters (see ``clarke_condition``).
    undecided : tuple of StratumRung
    """

    def __init__(self, entries: Sequence[StratumRung]) -> None:
        self._entries = tuple(e for e in entries if e.clarke_condition == sympy.false)
        self.dimension = max((e.dimension for e in self._entries), default=-1)
        self.undecided = tuple(e for e in entries if e.clarke_condition is None)
        self.conditional = tuple(
            e for e in entries if e.clarke_condition not in (None, sympy.true, sympy.false)
        )

    @property
    def is_empty(self) -> bool:
        """Whether the gradient is in Clarke's subdifferential everywhere, proved."""
        return not (self._entries or self.conditional or self.undecided)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[StratumRung]:
        return iter(self._entries)

    @overload
    def __getitem__(self, index: int) -> StratumRung: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[StratumRung, ...]: ...
    def __getitem__(self, index: int | slice) -> StratumRung | tuple[StratumRung, ...]:
        return self._entries[checked_index(index)]

    def __repr__(self) -> str:
        word = "stratum" if len(self) == 1 else "strata"
        lines = [f"{len(self)} {word} outside Clarke's subdifferential, of dimension "
                 f"{self.dimension}"]  # fmt: skip
        lines += [f"  {{{e.stratum.polyhedron}}}: {e.rung}" for e in self._entries[:50]]
        lines += [
            f"  {{{e.stratum.polyhedron}}}: inside iff {condition_text(e.clarke_condition)}"
            for e in self.conditional[:50]
        ]
        lines += [f"  {{{e.stratum.polyhedron}}}: undecided" for e in self.undecided[:50]]
        return "\n".join(lines)


def classify(rep: Representation, *, max_pieces: int = 10**6) -> Classification:
    """See :meth:`Representation.classify`."""
    met: dict[int, list[tuple[LocalStrata, PolyhedralStratum, int]]] = {}
    for locals_, stratum, alpha, dimension in _pairs(rep, max_pieces):
        met.setdefault(alpha, []).append((locals_, stratum, dimension))
    derived = isinstance(rep, PolyhedralRepresentation)
    pieces = []
    checks = []
    for piece in rep:
        affine = derived and not piece.is_smooth
        gradient = piece.gradient_rows if affine else piece.gradient
        own = tuple(
            StratumRung(
                stratum,
                piece.alpha,
                locals_.derivative_on(stratum, piece.gradient_rows)
                if derived and locals_.is_smooth_on(stratum)
                else locals_.judge_coefficients(stratum, gradient)
                if affine
                else locals_.judge_all_along(stratum, gradient, dimension),
                dimension,
            )
            for locals_, stratum, dimension in met.get(piece.alpha, [])
        )
        worst = weakest(e.rung for e in own) if own else Rung.undecided
        pieces.append(PieceRung(piece.alpha, worst, own))
        failures = tuple(
            Failure(f"piece {piece.alpha}", e.judgement.reason, e.stratum.witness)
            for e in own
            if e.rung in (Rung.inconsistent, Rung.undefined)
        )
        verdict = verdict_on(e.rung for e in own)
        conditions = dict.fromkeys(e.clarke_condition for e in own if not e.rung.is_clarke)
        outside = [condition_text(c) for c in conditions if c not in (None, sympy.false)]
        varying = {f"{rung} iff {condition}": None for e in own for rung, condition in e.cases}
        if outside:
            varying[f"in Clarke's subdifferential iff {'; '.join(outside)}"] = None
        detail = "; ".join([str(worst), *varying])
        checks.append(Check(f"piece {piece.alpha}", verdict, detail, failures))
    title = f"What the gradient of {rep.of!r} is"
    found = Classification(title, resting_on(foundations(rep.of), checks), (), tuple(pieces))
    return found.asked(OfRungs(rep, max_pieces))


@dataclass(frozen=True)
class OfRungs(OfTable):
    """:meth:`Representation.classify` of a table."""

    max_pieces: int

    @property
    def text(self) -> str:
        """The table."""
        return f"The gradients of {super().text}"

    def asked_anew(self) -> Report:
        """The rungs of a copy of plain data."""
        own = self.table
        anew = derived_anew(own) if isinstance(own, PolyhedralRepresentation) else table_anew(own)
        return classify(anew, max_pieces=self.max_pieces)


def artifacts(rep: Representation, *, max_pieces: int = 10**6) -> Artifacts:
    """See :meth:`Representation.artifacts`."""
    return Artifacts(classify(rep, max_pieces=max_pieces).strata)


_DERIVATIVE = Judgement(Rung.differentiable, "no unit has a tie")

Pair = tuple[LocalStrata, PolyhedralStratum, int, int]
"""With the number of the piece, and the dimension in which they meet."""


def _pairs(rep: Representation, max_pieces: int) -> Iterator[Pair]:
    """Every stratum of f with every piece that it meets."""
    if rep.of is None:
        raise PiecewiseError(
            "expected a representation of a known function, got one without; state it with of=f"
        )
    if isinstance(rep, PolyhedralRepresentation):
        locals_ = LocalStrata(rep.strata, max_pieces)
        for stratum in rep.strata:
            branches = rep.strata.program.branches(stratum.label_keys)
            yield locals_, stratum, rep.alpha_of(branches), stratum.dimension
        return
    cells = strata(with_first_ties(rep.of).on(*rep.names), rep.domain)
    locals_ = LocalStrata(cells, max_pieces)
    for stratum in cells:
        for piece in rep.entries:
            dimension = max((stratum.polyhedron & part).dimension for part in piece.parts)
            if dimension >= 0:
                yield locals_, stratum, piece.alpha, dimension
