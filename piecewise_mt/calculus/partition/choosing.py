"""The choice between faces of polyhedra and semialgebraic sets, by what the function needs."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition import semialgebraic
from piecewise_mt.calculus.partition import strata as polyhedral
from piecewise_mt.calculus.partition.base import Strata
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.partition.strata import Progress
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def strata(
    f: Expression,
    domain: Any = None,
    *,
    max_faces: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
    budget: float = 30.0,
) -> Strata:
    """See :meth:`Expression.strata`."""
    region = read_any_domain(domain, names_of(f))
    if isinstance(region, SemialgebraicSet):
        return semialgebraic.semialgebraic_strata(f, region, budget=budget)
    try:
        return polyhedral.strata(
            f, region, max_faces=max_faces, executor=executor, progress=progress
        )
    except NotPolyhedral as error:
        reason = error
    try:
        return semialgebraic.semialgebraic_strata(f, region, budget=budget)
    except Unsupported:
        raise reason from None
