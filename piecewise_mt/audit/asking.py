"""A framework asked at points for values and gradients, which are judged up to rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.audit.frameworks import Framework, split
from piecewise_mt.audit.rounding import ASSUMED, Rounding
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.ladder.at_points import check_at_points
from piecewise_mt.calculus.ladder.check_gradient import GradientReport, check_gradient
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.balls import rounded_up
from piecewise_mt.exact.floating import rounded
from piecewise_mt.exact.numbers import as_fraction, exact
from piecewise_mt.functions.expression import Expression

MAX_DENOMINATOR = 1000
MANY_DIGITS = 30
"""Of enclosures of what is no rational number."""

Point = Sequence[Fraction]


class Asked:
    """One function of a framework, and what it should be."""

    def __init__(
        self,
        adapter: Framework,
        function: Callable[..., Any],
        f: Expression,
        shapes: Sequence[tuple[int, ...]],
        arguments: Mapping[str, Any],
        mode: str,
        tolerance: Any = 0,
    ) -> None:
        self.adapter = adapter
        self.function = function
        self.f = f
        self.shapes = shapes
        self.arguments = arguments
        self.mode = mode
        self.tolerance = as_fraction(exact(tolerance))
        if self.tolerance < 0:
            raise PiecewiseError(
                f"expected a tolerance ≥ 0, got {self.tolerance}; leave it out, or give a small "
                "number"
            )
        self.differing: list[str] = []
        self.bounds: dict[tuple[Fraction, ...], Rounding] = {}
        self.slack: dict[tuple[Fraction, ...], Fraction] = {}
        """What counts as rounding in the gradients, by point."""

    def on_strata(self, domain: Any) -> GradientReport:
        """At points of every stratum."""
        report = check_gradient(
            self.f, self._returned, domain, tolerance=self._slack_at, exact_at=self._follows
        )
        return self._finished(report)

    def at_points(self, points: Sequence[Any], domain: Any) -> GradientReport:
        """At these points only."""
        report = check_at_points(
            self.f,
            self._returned,
            points,
            domain,
            tolerance=self._slack_at,
            exact_at=self._follows,
        )
        return self._finished(report)

    def _finished(self, report: GradientReport) -> GradientReport:
        if self.differing:
            raise PiecewiseError(self.differing[0])
        largest = max(self.slack.values(), default=Fraction(0))
        bound = rounded_up(largest) if largest else "0"
        note = f"what counts as rounding, at most {bound} an entry; {ASSUMED}"
        return replace(report, notes=(*report.notes, note))

    def _rounding(self, point: Point) -> Rounding:
        key = tuple(point)
        found = self.bounds.get(key)
        if found is None:
            found = self.bounds[key] = Rounding(self.f, key)
        return found

    def _follows(self, point: Point) -> bool:
        rounding = self._rounding(point)
        # the derivatives, too, may have no bound
        return rounding.follows_ties and rounding.gradient >= 0 and rounding.follows_ties

    def _slack_at(self, point: Point) -> Fraction:
        key = tuple(point)
        if key not in self.slack:
            self.slack[key] = max(self._rounding(point).gradient, self.tolerance)
        return self.slack[key]

    def _returned(self, point: Sequence[float]) -> list[list[Fraction | float]]:
        values, rows = self.adapter.jacobian(
            self.function, split(point, self.shapes), self.shapes, self.arguments, self.mode
        )
        place = tuple(Fraction(v) for v in point)
        self._compare(values, place)
        wanted = self._derivatives(place)
        if wanted is None:
            return [[simplest(entry) for entry in row] for row in rows]
        return [
            [self._read(entry, bounds, place) for entry, bounds in zip(*pair, strict=True)]
            for pair in zip(rows, wanted, strict=True)
        ]

    def _compare(self, values: Sequence[float], place: tuple[Fraction, ...]) -> None:
        rounding = self._rounding(place)
        if len(values) != self.f.size:
            self.differing.append(
                f"expected {self.f.size} values of {self.f!r}, got {len(values)} from "
                f"{self.adapter.name}; audit the function that the framework computes"
            )
            return
        for k, (value, error) in enumerate(zip(values, rounding.values, strict=True)):
            bounds = rounding.value_bounds(k)
            allowed = max(error, self.tolerance)
            if is_rounding_of(value, bounds) or (
                _is_finite(value) and bounds[0] - allowed <= Fraction(value) <= bounds[1] + allowed
            ):
                continue
            shown = ", ".join(map(str, place))
            text = bounds[0] if bounds[0] == bounds[1] else sympy.N(sum(bounds) / 2, 17)
            bound = rounded_up(allowed) if allowed else "0"
            self.differing.append(
                f"expected the value {text} of {self.f!r} at ({shown}), got {value} from "
                f"{self.adapter.name}, with at most {bound} from rounding; audit the function "
                "that the framework computes, or give a tolerance"
            )

    def _derivatives(self, place: tuple[Fraction, ...]) -> list[list[tuple[Fraction, ...]]] | None:
        """Bounds of the entries of f's own gradient, or None where there is none."""
        named = dict(zip(names_of(self.f), place, strict=True))
        try:
            found = self.f.enclosure(named, digits=MANY_DIGITS).gradient
            rows, columns = found.shape
            lower, upper = found.lower, found.upper
            return [
                [(as_fraction(lower[i, j]), as_fraction(upper[i, j])) for j in range(columns)]
                for i in range(rows)
            ]
        except PiecewiseError:
            return None

    def _read(
        self, entry: float, bounds: tuple[Fraction, ...], place: tuple[Fraction, ...]
    ) -> Fraction | float:
        """The number that an entry is the rounding of, as far as is known."""
        low, high = bounds
        if is_rounding_of(entry, (low, high)):
            if low == high:
                return low
            # which has no name; as far off as it is, it is right
            off = max(abs(Fraction(entry) - low), abs(Fraction(entry) - high))
            self.slack[place] = max(self._slack_at(place), off)
            return Fraction(entry)
        return simplest(entry)


def is_rounding_of(value: float, bounds: tuple[Fraction, Fraction]) -> bool:
    """Whether a float is all numbers between two bounds, rounded to float64 or to float32.

    Examples
    --------
    >>> tenth = (Fraction(1, 10), Fraction(1, 10))
    >>> is_rounding_of(13421773 / 134217728, tenth), is_rounding_of(0.1, tenth)
    (True, True)
    >>> is_rounding_of(0.125, tenth)
    False
    """
    if not _is_finite(value):
        return False
    given = Fraction(value)
    return any(all(_rounded(end, dtype) == given for end in bounds) for dtype in _TYPES)


_TYPES = ("float64", "float32")


def _rounded(value: Fraction, dtype: str) -> Fraction | None:
    try:
        return rounded(value, dtype)
    except PiecewiseError:
        return None


def _is_finite(value: float) -> bool:
    return value == value and value not in (float("inf"), float("-inf"))


def simplest(value: float) -> Fraction | float:
    """The rational of small denominator that rounds to a float, else the float as it is.

    Rounding to float32 counts, too: some float64 kernels have constants of that type.

    Examples
    --------
    >>> simplest(1 / 3), simplest(0.5), simplest(float("nan"))
    (Fraction(1, 3), Fraction(1, 2), nan)
    """
    if not _is_finite(value):
        return value
    found = Fraction(value).limit_denominator(MAX_DENOMINATOR)
    exact = Fraction(value)
    is_rounding = float(found) == value or rounded(found, "float32") == exact
    return found if is_rounding else exact
