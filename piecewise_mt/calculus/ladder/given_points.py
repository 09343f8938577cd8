"""Somebody's gradient at one point, judged up to rounding, however large the function is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.ladder.classify import rung_nearby
from piecewise_mt.calculus.local.analysis import at
from piecewise_mt.calculus.local.enclosure import enclose
from piecewise_mt.calculus.local.reduction import ties_of
from piecewise_mt.calculus.local.rungs import Judgement, Rung, verdict_on
from piecewise_mt.calculus.results.report import Check, Failure, Verdict, exact_point
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, TooManyPieces, Undecided, Unsupported
from piecewise_mt.exact.balls import rounded_up
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.reals import sign_of
from piecewise_mt.functions.atoms import Atom
from piecewise_mt.functions.expression import Expression

_GOOD = (Rung.differentiable, Rung.bouligand, Rung.clarke)


@dataclass(frozen=True)
class PointVerdict:
    """The verdict on one matrix at one point."""

    point: tuple[Fraction, ...]
    rung: Rung
    reason: str
    points: int = 1

    @property
    def name(self) -> str:
        """The point in words."""
        return f"({', '.join(map(str, self.point))})"

    @property
    def verdict(self) -> Verdict:
        """Whether the matrix is an associated gradient at the point."""
        return verdict_on([self.rung])

    def check(self) -> Check:
        """The row of a report."""
        failures: tuple[Failure, ...] = ()
        if self.verdict is Verdict.failed:
            message = f"{self.reason} at {self.name}"
            failures = (Failure(self.name, message, exact_point(self.point), {"rung": self.rung}),)
        return Check(self.name, self.verdict, str(self.rung), failures)


def verdict_at(
    f: Expression, point: Sequence[Fraction], given: Any, slack: Fraction, domain: Any = None
) -> PointVerdict:
    """The rung of a matrix of Rationals whose entries may be off by the slack.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.relu(mt.variable("x"))
    >>> given, point = sympy.Matrix([["9/8"]]), [Fraction(0)]
    >>> [str(verdict_at(f, point, given, Fraction(slack)).rung) for slack in ("0", "1/4")]
    ['associated', 'bouligand']
    >>> print(verdict_at(f, [Fraction(1)], given, Fraction(0)).reason)
    expected the derivative 1 of output 1 by coordinate 1, got 1.1250000000000000, a defect of
    1.3e-1
    """
    place = tuple(point)
    if isinstance(given, str):
        b, a = f.size, len(names_of(f))
        reason = f"expected a real {b}×{a} matrix, got {given}"
        return PointVerdict(place, Rung.undefined, reason)
    try:
        bounds = None if domain is not None else _derivative(f, place)
        if bounds is not None:
            return _against(place, given, bounds, slack)
        local = at(f, place, domain)
        found = local.judge(given)
        if not slack or found.rung in _GOOD:
            return PointVerdict(place, found.rung, found.reason)
        return PointVerdict(place, *_up_to(local, given, found, slack))
    except (NotPolyhedral, TooManyPieces, Undecided, Unsupported) as error:
        return PointVerdict(place, Rung.undecided, str(error))


def _derivative(
    f: Expression, point: tuple[Fraction, ...]
) -> list[tuple[Fraction, Fraction]] | None:
    """Bounds of all entries of the derivative, row-major, if there is no tie at the point."""
    found = enclose(f, dict(zip(names_of(f), map(to_rational, point), strict=True)), 30)
    try:
        gradient = found.gradient
    except PiecewiseError:
        return None
    for unit in found.units():
        if unit is None:
            return None
        if isinstance(unit.function, Atom) and ties_of(unit.function, unit.label):
            return None
    if not found.is_inside:
        return None
    pairs = zip(gradient.lower, gradient.upper, strict=True)
    return [(to_fraction(low), to_fraction(high)) for low, high in pairs]


def _against(
    point: tuple[Fraction, ...],
    given: Any,
    bounds: Sequence[tuple[Fraction, Fraction]],
    slack: Fraction,
) -> PointVerdict:
    columns = given.cols
    for k, (entry, (low, high)) in enumerate(zip(given, bounds, strict=True)):
        value = to_fraction(entry)
        if low - slack <= value <= high + slack:
            continue
        row, column = divmod(k, columns)
        off = max(low - value, value - high)
        expected = low if low == high else sympy.N(to_rational((low + high) / 2), 17)
        allowed = f", with at most {rounded_up(slack)} from rounding" if slack else ""
        reason = (
            f"expected the derivative {expected} of output {row + 1} by coordinate {column + 1}, "
            f"got {sympy.N(entry, 17)}, a defect of {rounded_up(off)}{allowed}"
        )
        return PointVerdict(point, Rung.inconsistent, reason)
    return PointVerdict(point, Rung.differentiable, "it is the derivative")


def _up_to(local: Any, given: Any, found: Judgement, slack: Fraction) -> tuple[Rung, str]:
    """What an exact judgement becomes if entries may be off."""
    if found.rung is Rung.inconsistent:
        defect = found.certificate
        if isinstance(defect, tuple):
            _, t, value, expected = defect
            off = abs(to_fraction(value) - to_fraction(expected))
            if off > slack * sum(abs(to_fraction(c)) for c in t):
                return found.rung, found.reason
        elif not _is_known_limit(local, given, slack):
            return Rung.undecided, "whether rounding explains the defect is not decided"
        else:
            return Rung.bouligand, "it is the gradient in a cone nearby, up to rounding"
    try:
        nearby = rung_nearby(local, given, slack)
    except PiecewiseError as error:
        return (found.rung, found.reason) if found.rung is not Rung.inconsistent else (
            Rung.undecided, str(error)
        )  # fmt: skip
    if nearby is Rung.associated and found.rung is Rung.inconsistent:
        return Rung.undecided, "the first defect is one of rounding, others were not looked at"
    return nearby, f"{nearby}, up to rounding"


def _is_known_limit(local: Any, given: Any, slack: Fraction) -> bool:
    """Whether the entries are those of a limit of gradients, which may be irrational."""
    allowed = to_rational(slack)
    try:
        return any(
            all(
                sign_of(allowed - sympy.Abs(entry - known)) in (0, 1)
                for entry, known in zip(given, limit, strict=True)
            )
            for limit in local.bouligand
        )
    except (PiecewiseError, TypeError):
        return False
