"""A gradient that comes from elsewhere, judged at given points only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.ladder.check_gradient import (
    GradientReport,
    returned_by,
    rung_counts,
    slack_by_point,
)
from piecewise_mt.calculus.ladder.float_points import is_representable
from piecewise_mt.calculus.ladder.given_points import PointVerdict, verdict_at
from piecewise_mt.calculus.local.directional import read_vector
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.report import resting_on
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.functions.expression import Expression


def check_at_points(
    f: Expression,
    candidate: Callable[[Any], Any],
    points: Sequence[Any],
    domain: Any = None,
    *,
    tolerance: Any = 0,
    exact_at: Callable[[Sequence[Fraction]], bool] | None = None,
) -> GradientReport:
    """Judge what a callable returns at these points only; a row each.

    Raises
    ------
    PiecewiseError
        If a point is not one of floats, which the callable takes.
    """
    names = names_of(f)
    shape = (f.size, len(names))
    slack_at = slack_by_point(tolerance)
    verdicts: list[PointVerdict] = []
    left_out: list[str] = []
    for given in points:
        point = tuple(map(to_fraction, read_vector(given, names)))
        if not all(map(is_representable, point)):
            shown = ", ".join(map(str, point))
            raise PiecewiseError(
                f"expected points whose coordinates are floats, got ({shown}); round them first"
            )
        if exact_at is not None and not exact_at(point):
            left_out.append(f"({', '.join(map(str, point))})")
            continue
        returned = returned_by(candidate, point, names, shape)
        slack = to_fraction(slack_at(point))
        verdicts.append(verdict_at(f, point, returned, slack, domain))
    notes = rung_counts(verdicts, ())
    if left_out:
        notes = (
            *notes,
            "left out, as rounding may decide a tie there: " + ", ".join(left_out),
        )
    checks = resting_on(foundations(f), (verdict.check() for verdict in verdicts))
    return GradientReport(f"Gradient of {f!r} from elsewhere", checks, notes, tuple(verdicts), ())
