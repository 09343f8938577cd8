"""The strata of a function: polyhedra, or sets of polynomial conditions where these must be."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition import strata as polyhedral
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.partition.progress import Progress
from piecewise_mt.calculus.partition.semialgebraic import (
    SemialgebraicStrata,
    semialgebraic_strata,
)
from piecewise_mt.calculus.partition.strata import Strata
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def strata(
    f: Expression,
    domain: Any = None,
    *,
    max_faces: int | None = None,
    executor: Any = None,
    progress: bool | Progress | None = None,
    budget: float = 30.0,
) -> Strata | SemialgebraicStrata:
    """See :meth:`Expression.strata`.

    Kinks that are affine on every stratum give polyhedra, unless the domain is curved.
    """
    region = read_any_domain(domain, names_of(f))
    if isinstance(region, SemialgebraicSet):
        return semialgebraic_strata(f, region, budget=budget)
    try:
        return polyhedral.strata(
            f, region, max_faces=max_faces, executor=executor, progress=progress
        )
    except NotPolyhedral as error:
        try:
            return semialgebraic_strata(f, region, budget=budget)
        except Unsupported:
            raise error from None
