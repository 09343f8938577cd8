"""How many strata there are, in bounded memory and by many processes."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition.assumed import domain_of
from piecewise_mt.calculus.partition.blocks import ANY, BUDGET, require_block
from piecewise_mt.calculus.partition.counts import independent_counts
from piecewise_mt.calculus.partition.progress import Progress, reporting
from piecewise_mt.calculus.partition.strata import strata
from piecewise_mt.calculus.partition.tasks import answers, f_vector_of
from piecewise_mt.functions.expression import Expression


def f_vector(
    f: Expression,
    domain: Any = None,
    *,
    block: int = BUDGET,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
) -> tuple[int, ...]:
    """How many strata f has of each dimension 0, …, a, counted in bounded memory.

    The same as ``f.strata(domain).f_vector``, for functions with more faces than fit into memory:
    faces are enumerated block by block and counted, and no limit is set to them.

    Parameters
    ----------
    f : Expression
        The function.
    domain : Polyhedron, condition, str, dict or None
        Where strata are counted; None for the whole space.
    block : int
        The faces of a block, from which on it is split. Memory grows with it, some hundred bytes
        a face.
    executor : concurrent.futures.Executor, optional
        Many processes, or many machines, count; see docs/scale.md.
    progress : bool, callable or None
        True for a counter on stderr, or a function of the count of faces so far.

    Returns
    -------
    tuple of int
        The counts.

    Raises
    ------
    NotPolyhedral
        If a kink is not affine on a stratum.
    NotContinuous
        If a ``where`` jumps.
    OutsideDomain
        If the domain is empty.
    PiecewiseError
        For a `block` that is no number of faces.

    See Also
    --------
    Expression.strata : The strata themselves.
    mt.engine : What enumerates them.

    Notes
    -----
    A function with smooth nodes is enumerated at once, as ``f.strata`` does.

    References
    ----------
    - R. C. Buck, *Partition of space*, American Mathematical Monthly 50, 1943.

    Examples
    --------
    Two crossing lines cut the plane into 4 regions, here a few faces at a time:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> mt.f_vector(mt.relu(x) + mt.abs(y))
    (1, 4, 4)
    >>> mt.f_vector(mt.relu(x) + mt.abs(y), "x > 0", block=5)
    (0, 1, 2)
    """
    require_block(block)
    program = compile_program(f)
    if program.is_smooth:
        return strata(f, domain, max_faces=ANY, progress=progress).f_vector
    region = domain_of(f, domain, program.names)
    told = independent_counts(program) if region is None else None
    if told is not None:
        with reporting(progress, "faces") as report:
            if report is not None:
                report(sum(told))
        return told
    counts = (0,) * (len(program.names) + 1)
    with reporting(progress, "faces") as report:
        for own in answers(f, program, region, f_vector_of, executor, block=block):
            counts = tuple(map(sum, zip(counts, own, strict=True)))
            if report is not None:
                report(sum(counts))
    return counts
