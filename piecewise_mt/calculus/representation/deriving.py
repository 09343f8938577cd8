"""The choice between polyhedra and semialgebraic sets, made by what the function needs."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import read_any_domain
from piecewise_mt.calculus.partition.strata import Progress
from piecewise_mt.calculus.representation import polyhedral, semialgebraic
from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.parametric import parametric
from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.traversal import parameter_signs
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def represent(
    f: Expression,
    domain: Any = None,
    *,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
    max_pieces: int = 10**6,
    budget: float = 30.0,
    partial: bool = False,
) -> DerivedRepresentation:
    """See :meth:`Expression.represent`.

    Kinks that are affine on every stratum give polyhedra, at the speed of the exact engine; those
    that are not are decided by the chain for polynomials. A function with parameters has cases.
    """
    if parameter_signs(f):
        return parametric(f, domain, budget=budget, partial=partial)
    region = read_any_domain(domain, names_of(f))
    if isinstance(region, SemialgebraicSet):
        return semialgebraic.represent(f, region, budget=budget, partial=partial)
    try:
        return polyhedral.represent(
            f, region, executor=executor, progress=progress, max_pieces=max_pieces
        )
    except NotPolyhedral as error:
        reason = error
    try:
        return semialgebraic.represent(f, region, budget=budget, partial=partial)
    except Unsupported:
        raise reason from None
