"""A gradient that comes from elsewhere, judged stratum by stratum (the ladder of DESIGN §2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import sympy

from piecewise_mt.calculus.consistency.asked import OfFunction, table_anew, table_text
from piecewise_mt.calculus.consistency.check import restated
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.ladder.classify import LocalStrata, classify, rung_nearby
from piecewise_mt.calculus.ladder.curved_gradients import CurvedJudge, PartVerdict
from piecewise_mt.calculus.ladder.float_points import (
    POINTS,
    is_representable,
    representable_points,
)
from piecewise_mt.calculus.ladder.given_points import PointVerdict
from piecewise_mt.calculus.ladder.sympy_gradients import SwitchedGradient
from piecewise_mt.calculus.local.analysis import LocalAnalysis
from piecewise_mt.calculus.local.rungs import Rung, verdict_on, weakest
from piecewise_mt.calculus.partition.domain import read_any_domain, read_domain
from piecewise_mt.calculus.partition.semialgebraic import SemialgebraicStratum
from piecewise_mt.calculus.partition.strata import (
    PolyhedralStrata,
    PolyhedralStratum,
    spanning_points,
    strata,
)
from piecewise_mt.calculus.partition.trust import read_trust
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.pieces import to_matrix
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.proof import rebuilt
from piecewise_mt.calculus.results.report import (
    Check,
    Failure,
    Report,
    Verdict,
    exact_point,
    resting_on,
)
from piecewise_mt.calculus.smooth.identities import zero_or_point
from piecewise_mt.calculus.smooth.rewriting import expanded, symbols_of
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, UnknownVariable, Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.balls import rounded_up
from piecewise_mt.exact.linear import kernel
from piecewise_mt.exact.matrices import measured_entry, read_matrix
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.functions.build.arithmetic import concat
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression


@dataclass(frozen=True)
class StratumVerdict:
    """The verdict on one stratum, or on the part of it where the candidate does not switch."""

    stratum: PolyhedralStratum
    rung: Rung
    points: int
    """How many points were tried; 0 if the verdict is a proof for the whole stratum."""
    holds: bool = False
    """Whether (15) is proved on the whole of the stratum, whatever the points say beyond that."""

    @property
    def verdict(self) -> Verdict:
        """Passed iff the rung is known and (15) is proved on the whole of the stratum."""
        reached = verdict_on([self.rung])
        partial = self.points and self.stratum.dimension and not self.holds
        # nothing is refuted at some points of many, and nothing is proved
        return Verdict.undecided if partial and reached is Verdict.passed else reached


@dataclass(frozen=True, repr=False)
class GradientReport(Report):
    """A report with the verdicts as data."""

    verdicts: tuple[StratumVerdict | PartVerdict | PointVerdict, ...] = ()
    untested: tuple[PolyhedralStratum | SemialgebraicStratum, ...] = ()
    """Strata without a point that is exactly representable in floating point."""

    @property
    def holds_where_tried(self) -> bool:
        """Whether every gradient that was looked at is an associated one or better.

        All that can be said of a callable: ``ok`` needs a proof on every stratum.
        """
        return all(verdict_on([verdict.rung]) is Verdict.passed for verdict in self.verdicts)


def check_gradient(
    f: Expression,
    candidate: Any,
    domain: Any = None,
    *,
    tolerance: Any = 0,
    exact_at: Callable[[Sequence[Fraction]], bool] | None = None,
    budget: float = 30.0,
    trust: Any = None,
) -> GradientReport:
    r"""Judge somebody's gradient of `f` on every stratum.

    With T the tangent space of a stratum P of f, a matrix G is at least ``associated`` iff (15)
    holds, :math:`G\,t = D(f|_P)\,t` for every t in T; the stronger rungs are those of
    :meth:`LocalAnalysis.classify`, the same all along P. Otherwise G is ``inconsistent``, or
    ``undefined`` where there is no real b×a matrix at all.

    Parameters
    ----------
    f : Expression
        A function with a variables and b outputs.
    candidate : callable, SymPy matrix, sequence of SymPy expressions, or Representation
        A callable takes the list of coordinates as floats, or as Rationals where it refuses
        floats as `f.gradient` does, and returns b×a numbers, or a row if b = 1; free parameters
        are judged for all their values, and are undecided if (15) holds for some only.
        A SymPy gradient may contain Heaviside, sign, Piecewise, Max, Min and Abs.
    domain : Polyhedron, str or mapping, optional
        A set to stay in.
    tolerance : exact number or callable
        How large an error of an entry of a callable's matrix counts as rounding; a callable says
        it for each point.
    exact_at : callable, optional
        Says at which points a callable may be judged; all others are left out.
    budget : float
        Seconds for each list of strata that are no polyhedra, where kinks or switches are
        polynomials.
    trust : bool, str or sequence of str, optional
        Solvers whose answers count as proofs, such as ``"z3"``; without it they are undecided.

    Returns
    -------
    GradientReport
        ``ok`` iff on every stratum the gradient is proved ``associated`` or better. A SymPy
        gradient's switching sets refine the strata, and where it is constant the verdict is a
        proof. A callable can only be tried: where no point of a stratum violates (15) the row is
        "no violation at k points" and undecided, unless the stratum is one point; strata without
        an exactly representable point are in ``untested``. `holds_where_tried` sums that up.
        Where kinks are polynomials, each regular and each singular part of a stratum has a row:
        that {part, (G − ∇f)·t ≠ 0} is empty for its tangent fields t is decided, or not. Rungs
        above ``associated`` are not decided there.

    Raises
    ------
    NotPolyhedral
        If a SymPy gradient switches on a set that is not given by polynomials.
    UnknownVariable
        If it has other symbols than the variables of `f`.

    See Also
    --------
    Representation.classify : The gradients of a representation.
    LocalAnalysis.classify : A matrix at one point.
    mt.audit : A framework's gradient.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.
    - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation, stochastic
      gradient methods and deep learning*, Mathematical Programming 188, 2021.

    Examples
    --------
    SymPy's derivative of Max sums to 3/2 at the triple tie:

    >>> import sympy
    >>> import piecewise_mt as mt
    >>> x, y, z = f_symbols = sympy.symbols("x y z", real=True)
    >>> f = mt.max(*mt.variables("x y z"))
    >>> candidate = [sympy.diff(sympy.Max(x, y, z), v) for v in f_symbols]
    >>> report = mt.check_gradient(f, candidate)
    >>> print(report.failures[0].message)
    expected G·t = 1 for output 1 and t = (1, 1, 1), got 3/2 on {x = y = z}; this refutes every
    representation

    The constant gradient (1, 0) of R(w·x), on the parts of its tie:

    >>> w, x = mt.variables("w x")
    >>> report = mt.check_gradient(mt.relu(w * x), [1, 0])
    >>> [(check.name, str(check.verdict)) for check in report.checks][2:]
    [('x = 0, w != 0', 'failed'), ('w = 0, x != 0', 'passed'), ('w = 0, x = 0', 'passed')]
    """
    trusted = read_trust(trust)
    try:
        report = _on_polyhedra(f, candidate, domain, tolerance, exact_at)
    except (NotPolyhedral, Unsupported) as error:
        try:
            report = _on_curved_parts(f, candidate, domain, tolerance, exact_at, budget, trusted)
        except Unsupported:
            raise error from None
    if not isinstance(candidate, Representation):
        if _is_called(candidate):
            return report  # nobody knows what it returns when it is asked again
        formula = SwitchedGradient(candidate, names_of(f), f.size)
        candidate = sympy.ImmutableMatrix(*formula.shape, formula.entries)
    names = candidate.names if isinstance(candidate, Representation) else names_of(f)
    region = read_any_domain(domain, names)
    return report.asked(OfGradient(f, region, budget, trusted, candidate))


def _is_called(candidate: Any) -> bool:
    return callable(candidate) and not isinstance(candidate, (sympy.Basic, sympy.MatrixBase))


@dataclass(frozen=True)
class OfGradient(OfFunction):
    """:func:`mt.check_gradient` of a matrix or a representation."""

    candidate: Any

    @property
    def theorem(self) -> str:
        """What is said to be a gradient."""
        own = self.candidate
        given = table_text(own) if isinstance(own, Representation) else str(own.tolist())
        return f"The gradient {given}"

    def asked_anew(self) -> Report:
        """The verdicts on a copy of plain data."""
        function, domain, rest = self._anew()
        own = self.candidate
        anew = table_anew(own) if isinstance(own, Representation) else rebuilt(own)
        return check_gradient(function, anew, domain, **rest)


def _on_polyhedra(
    f: Expression,
    candidate: Any,
    domain: Any,
    tolerance: Any,
    exact_at: Callable[[Sequence[Fraction]], bool] | None,
) -> GradientReport:
    if isinstance(candidate, Representation):
        return _of_representation(f, candidate, domain)
    names = names_of(f)
    own = strata(f, domain)
    slack_at = slack_by_point(tolerance)
    results: list[tuple[StratumVerdict, Failure | None]] = []
    untested: list[PolyhedralStratum] = []
    judge = _Judge(own)
    if _is_called(candidate):
        judge.is_rounded = True
        for stratum in own:
            points = representable_points(stratum, own)
            if exact_at is not None:
                points = [point for point in points if exact_at(point)]
            if points:
                returned = [(p, returned_by(candidate, p, names, judge.shape)) for p in points]
                results.append(judge.verdict(stratum, stratum, returned, False, slack_at))
            else:
                untested.append(stratum)
    else:
        formula = SwitchedGradient(candidate, names, f.size)
        flat = f.on(*names).ravel()
        kinks = [relu(kink, at_zero=0).ravel() for kink in formula.kinks]
        cells = strata(concat([flat, *kinks]).on(*names), domain)
        for cell in cells:
            points = spanning_points(cell, cells, POINTS)
            parent = judge.parent(cell)
            if own.program.is_smooth:
                given = formula.without_switches(points[0])
                results.append(judge.identity(cell, parent, given, points))
                continue
            proof, returned = formula.on(points)
            results.append(judge.verdict(cell, parent, returned, proof))
    own_checks = (_as_check(verdict, failure) for verdict, failure in results)
    checks = resting_on(foundations(f), own_checks)
    notes = rung_counts([verdict for verdict, _ in results], untested)
    verdicts = tuple(verdict for verdict, _ in results)
    return GradientReport(
        f"Gradient of {f!r} from elsewhere", checks, notes, verdicts, tuple(untested)
    )


def _on_curved_parts(
    f: Expression,
    candidate: Any,
    domain: Any,
    tolerance: Any,
    exact_at: Callable[[Sequence[Fraction]], bool] | None,
    budget: float,
    trust: tuple[str, ...],
) -> GradientReport:
    """The same where strata are given by polynomials."""
    checks: list[Check] = []
    if isinstance(candidate, Representation):
        region = candidate.domain if domain is None else domain
        judge = CurvedJudge(f.on(*candidate.names), region, budget, trust)
        checks += judge.uncovered(candidate)
        verdicts = list(judge.representation(candidate))
    else:
        judge = CurvedJudge(f, domain, budget, trust)
        if _is_called(candidate):

            def called(point: ExactPoint) -> Any:
                return returned_by(candidate, point.rational, judge.names, judge.shape)

            def allowed(point: ExactPoint) -> bool:
                own = point.rational
                return all(map(is_representable, own)) and (exact_at is None or exact_at(own))

            slack_at = slack_by_point(tolerance)
            verdicts = list(judge.callable(called, allowed, lambda p: slack_at(p.rational)))
        else:
            formula = SwitchedGradient(candidate, judge.names, f.size)
            verdicts = list(judge.formula(formula))
    checks = [*(verdict.check() for verdict in verdicts), *checks, *judge.unknown()]
    tried = tuple(verdict for verdict in verdicts if verdict.is_tried)
    untested = tuple(verdict.stratum for verdict in verdicts if not verdict.is_tried)
    title = f"Gradient of {f!r} from elsewhere"
    found = resting_on(["SymPy", *judge.rests_on], checks)
    return GradientReport(title, found, rung_counts(tried, untested), tried, untested)


def _of_representation(f: Expression, rep: Representation, domain: Any) -> GradientReport:
    """The gradients of a representation's pieces, on every stratum of `f` that each meets."""
    region = rep.polyhedral_domain if domain is None else read_domain(domain, rep.names)
    pieces = restated(rep).entries
    against = StatedRepresentation.of_pieces(rep.names, pieces, of=f.on(*rep.names), domain=region)
    found = [entry for piece in classify(against).pieces for entry in piece.strata]
    verdicts = tuple(StratumVerdict(entry.stratum, entry.rung, 0) for entry in found)
    checks = []
    for entry, verdict in zip(found, verdicts, strict=True):
        failure = None
        if entry.rung in (Rung.inconsistent, Rung.undefined):
            reason = f"on piece {entry.alpha}: {entry.judgement.reason}"
            failure = Failure(_text(entry.stratum), reason, entry.stratum.witness)
        checks.append(_as_check(verdict, failure))
    title = f"Gradient of {f!r} from a representation"
    own = resting_on(foundations(f), checks)
    return GradientReport(title, own, rung_counts(verdicts, ()), verdicts)


Slack = Callable[[Sequence[Fraction]], Any]
"""What counts as rounding at a point, a Rational."""


def _none(_: Sequence[Fraction]) -> Any:
    return sympy.S.Zero


def slack_by_point(tolerance: Any) -> Slack:
    """A tolerance, which may be a number, as what counts as rounding at each point."""
    if callable(tolerance):
        return lambda point: to_rational(to_fraction(tolerance(point)))
    fixed = to_rational(to_fraction(tolerance))
    return lambda _: fixed


class _Judge:
    """Decides the rung of matrices on the strata of f."""

    def __init__(self, own: PolyhedralStrata) -> None:
        self.own = own
        self.is_rounded = False
        """Whether the matrices come as floats, of which none is an irrational number."""
        self.shape = (own.function.size, len(own.names))
        self.local = LocalStrata(own)
        self.by_labels: dict[Any, list[PolyhedralStratum]] = {}
        for stratum in own:
            self.by_labels.setdefault(stratum.label_keys, []).append(stratum)

    def parent(self, cell: PolyhedralStratum) -> PolyhedralStratum:
        """The stratum of f that contains a cell of a refinement, whose first units are f's."""
        found = self.by_labels[cell.label_keys[: len(self.own.program.units)]]
        if len(found) == 1:
            return found[0]
        return next(stratum for stratum in found if stratum.polyhedron.contains(cell.point))

    def verdict(
        self,
        cell: PolyhedralStratum,
        parent: PolyhedralStratum,
        returned: Sequence[Any],
        proof: bool,
        slack_at: Slack = _none,
    ) -> tuple[StratumVerdict, Failure | None]:
        count = 0 if proof else len(returned)
        rungs = set()
        for point, given in returned:
            rung, message, data = self._rung(cell, parent, given, slack_at(point), point)
            if rung in (Rung.inconsistent, Rung.undefined):
                exact = exact_point(point)
                full = MappingProxyType({"stratum": cell, "rung": rung, **data})
                failure = Failure(_text(cell), message, exact, full)
                return StratumVerdict(cell, rung, count), failure
            rungs.add(rung)
        return StratumVerdict(cell, weakest(rungs), count), None

    def identity(
        self,
        cell: PolyhedralStratum,
        parent: PolyhedralStratum,
        given: Any,
        points: Sequence[tuple[Fraction, ...]],
    ) -> tuple[StratumVerdict, Failure | None]:
        """The verdict on a matrix of SymPy formulas where f is smooth: (15) along the cell.

        On a full-dimensional stratum an identity is a proof; on a thinner one the stronger rungs
        may vary, and are those at a few points.
        """
        if isinstance(given, str):
            return self.verdict(cell, parent, [(points[0], given)], True)
        true = self._derivative(parent)
        undecided = False
        for direction in kernel([r[1:] for r in parent.polyhedron.equations], self.shape[1]):
            t = sympy.ImmutableMatrix(self.shape[1], 1, list(direction))
            for entry in (given - true) * t:
                vanishes, point = zero_or_point(entry, cell.hull, points)
                if point is not None:
                    at = dict(zip(symbols_of(self.own.names), map(to_rational, point), strict=True))
                    return self.verdict(cell, parent, [(point, given.xreplace(at))], True)
                undecided = undecided or vanishes is None
        if undecided:
            return StratumVerdict(cell, Rung.undecided, 0), None
        if parent.dimension == self.shape[1]:
            return StratumVerdict(cell, Rung.differentiable, 0), None
        everywhere = self.local.judge_all_along(parent, given, cell.dimension)
        if parent.dimension and everywhere.rung != Rung.undecided:
            return StratumVerdict(cell, everywhere.rung, 0, holds=True), None
        symbols = symbols_of(self.own.names)
        returned = [
            (p, given.xreplace(dict(zip(symbols, map(to_rational, p), strict=True))))
            for p in points
        ]
        reached, failure = self.verdict(cell, parent, returned, False)
        return replace(reached, holds=failure is None), failure

    def _derivative(self, stratum: PolyhedralStratum) -> Any:
        """A matrix whose products with tangent vectors are the derivatives of f on the stratum."""
        formulas = formulas_of(self.own.program, stratum.label_keys, selected)
        return to_matrix([formula.gradient(stratum) for formula in formulas], self.shape[1])

    def _rung(
        self,
        cell: PolyhedralStratum,
        parent: PolyhedralStratum,
        given: Any,
        slack: Any,
        point: Sequence[Fraction],
    ) -> tuple[Rung, str, dict[str, Any]]:
        where = f"on {{{_text(cell)}}}"
        if isinstance(given, str):
            b, a = self.shape
            return Rung.undefined, f"expected a real {b}×{a} matrix {where}, got {given}", {}
        true = self._derivative(parent)
        if self.own.program.is_smooth:
            at = zip(symbols_of(self.own.names), map(to_rational, point), strict=True)
            true = true.xreplace(dict(at))
        equations = [row[1:] for row in parent.polyhedron.equations]
        for direction in kernel(equations, self.shape[1]):
            t = sympy.ImmutableMatrix(self.shape[1], 1, list(direction))
            found, expected = given * t, true * t
            for k in range(self.shape[0]):
                defect = expanded(found[k] - expected[k])
                if defect.free_symbols:
                    # it holds for some values of the parameters at most
                    return Rung.undecided, "", {}
                # every entry may be off
                allowed = slack * sum(map(abs, t))
                small = _small(defect, allowed)
                if small is None:
                    return Rung.undecided, "", {}
                if not small:
                    if self.is_rounded and not slack and not defect.is_Rational:
                        return Rung.undecided, "", {}
                    which = (
                        "every representation"
                        if cell.dimension == parent.dimension
                        else "these strata only, as the set is thinner than its stratum"
                    )
                    message = (
                        f"expected G·t = {expected[k]} for output {k + 1} and t = "
                        f"({', '.join(map(str, direction))}), got {found[k]} {where}"
                        f"{_beyond(defect, allowed)}; this refutes {which}"
                    )
                    data = {
                        "matrix": given,
                        "output": k + 1,
                        "direction": direction,
                        "found": found[k],
                        "expected": expected[k],
                    }
                    return Rung.inconsistent, message, data
        if not self.own.program.is_smooth:
            reached = self.local.rung(parent, given, 0)
            if slack and reached not in (Rung.differentiable, Rung.bouligand, Rung.clarke):
                reached = self.local.rung(parent, given, slack)
            return reached, "", {}
        if parent.dimension == self.shape[1]:
            return Rung.differentiable, "", {}
        try:
            own = LocalAnalysis(self.own.function, tuple(point), program=self.own.program)
            if slack:
                return rung_nearby(own, given, to_fraction(slack)), "", {}
            return own.judge(given).rung, "", {}
        except (NotPolyhedral, Unsupported):
            return Rung.undecided, "", {}


def _beyond(defect: Any, allowed: Any) -> str:
    """How a defect compares with what rounding may do."""
    if not allowed:
        return ""
    size = abs(sympy.N(defect, 3))
    return f", a defect of {size} with at most {rounded_up(to_fraction(allowed))} from rounding"


def _small(value: Any, slack: Any) -> bool | None:
    """Whether |value| ≤ slack, None if SymPy does not know."""
    if value.is_Rational:
        return bool(abs(value) <= slack)
    size = sign_of(value)
    sign = size if size is None else sign_of(slack - size * value)
    return sign if sign is None else sign >= 0


def _text(stratum: PolyhedralStratum | SemialgebraicStratum) -> str:
    return str(stratum.polyhedron) if isinstance(stratum, PolyhedralStratum) else str(stratum)


def _as_check(verdict: StratumVerdict, failure: Failure | None) -> Check:
    detail = str(verdict.rung)
    if failure is None and verdict.points:
        plural = "point" if verdict.points == 1 else "points"
        detail += f": no violation at {verdict.points} {plural}"
        if verdict.holds:
            detail += ", associated by an identity"
    if verdict.rung == Rung.associated and not verdict.stratum.dimension:
        detail += " (the tangent space is {0}, the condition empty)"
    failures = () if failure is None else (failure,)
    return Check(_text(verdict.stratum), verdict.verdict, detail, failures)


def rung_counts(
    verdicts: Sequence[StratumVerdict | PartVerdict | PointVerdict],
    untested: Sequence[PolyhedralStratum | SemialgebraicStratum],
) -> tuple[str, ...]:
    """How many verdicts are which rung, and what was not tested, in words."""
    counts = [(rung, sum(v.rung == rung for v in verdicts)) for rung in Rung]
    notes = ["; ".join(f"{rung}: {count}" for rung, count in counts)]
    if untested:
        shown = ", ".join(f"{{{_text(stratum)}}}" for stratum in untested)
        notes.append(f"untested, no exactly representable point found: {len(untested)}, {shown}")
    return tuple(notes)


def returned_by(
    candidate: Callable[[Any], Any], point: Sequence[Fraction], names: Sequence[str], shape: Any
) -> Any:
    """The exact matrix that a callable returned, or a text that says why there is none."""
    try:
        try:
            returned = candidate([float(value) for value in point])
        except PiecewiseError:
            # such as f.gradient, which refuses floats, and sequences where the order of the
            # variables is not plain; frameworks take nothing else
            named = dict(zip(names, map(to_rational, point), strict=True))
            try:
                returned = candidate(list(named.values()))
            except UnknownVariable:
                returned = candidate(named)
        return sympy.ImmutableMatrix(read_matrix(returned, shape, measured_entry))
    except Exception as error:  # whatever somebody else's code raises is a finding
        return f"{type(error).__name__}: {error}"
