"""Where a ``where`` with polynomial ties or sides jumps: at a tie that the other side reaches.

An engine that knows polyhedra looks at its faces instead; see ``smooth_kinks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.calculus.partition.polynomial_kinks import Kinks
from piecewise_mt.errors import NotContinuous, Undecided
from piecewise_mt.functions.atoms import Label
from piecewise_mt.semialgebraic.closures import closure_meets
from piecewise_mt.semialgebraic.labels import Conditions, enumerate_labels
from piecewise_mt.semialgebraic.points import point_expressions
from piecewise_mt.semialgebraic.systems import Budget, NonEmpty
from piecewise_mt.semialgebraic.systems import Undecided as Open

ZERO = 2
NONZERO = 5
LEAST = 1.0
"""The fewest seconds for the question whether there is a jump."""


def require_no_jumps(
    kinks: Kinks,
    labels: Iterable[tuple[Label, ...]],
    *,
    domain: Conditions = (),
    at: Conditions = (),
    budget: float = 10.0,
    use_solver: bool = True,
) -> tuple[str, ...]:
    """Refuse a function that jumps; else the solvers that it rests on that there is no jump.

    Parameters
    ----------
    kinks : Kinks
        Of the program.
    labels : iterable of tuples of labels
        All combinations that points of the domain may have, perhaps of the first units only.
    domain : conditions
        What holds everywhere.
    at : conditions
        Where jumps are sought.
    budget : float
        Seconds of wall clock.
    use_solver : bool
        Whether z3 may be asked.

    Raises
    ------
    NotContinuous
        At a point where the sides of a ``where`` differ and both are reached.
    Undecided
        If the budget does not tell.
    """
    known = list(labels)
    clock = Budget(max(budget, LEAST))
    trusted: dict[str, None] = {}
    for index, unit in enumerate(kinks.program.units):
        sides = unit.atom.sides
        if sides is None:
            continue
        of_other = (own for own in known if len(own) > index and own[index] == sides.other)
        for prefix in dict.fromkeys(own[:index] for own in of_other):
            jump = kinks.combination(prefix, unit.atom.jump())
            if not jump:
                continue
            options = {own.label: own.conditions for own in kinks.alternatives(prefix)}
            before = kinks.conditions(prefix)
            inner = (*domain, *before, *options[sides.other])
            ties = (*domain, *at, *options[sides.tie], (jump, NONZERO))
            for edge in _edges(domain, before):
                found = closure_meets(
                    kinks.program.names,
                    inner,
                    (*ties, *edge),
                    max(clock.left, LEAST),
                    use_solver=use_solver,
                )
                if isinstance(found, NonEmpty):
                    point = point_expressions(found.point)
                    raise NotContinuous(
                        "expected a where whose sides agree at the ties that both of them reach, "
                        f"got two values at the point {point}; make the sides equal there, or use "
                        "mt.max",
                        point,
                    )
                if isinstance(found, Open):
                    raise Undecided(
                        f"expected sides of {unit.text} that agree at the ties that both of them "
                        f"reach, got a difference of which that is not decided: {found.reason}"
                    )
                trusted.update(dict.fromkeys(found.trusted))
    return tuple(trusted)


def _edges(domain: Conditions, before: Conditions) -> Iterator[Conditions]:
    """Where jumps next to a stratum with these conditions are to be sought, as a union.

    What a stratum of a smaller dimension reaches inside the domain, one with interior reaches too.
    """
    is_flat = any(mask == ZERO and any(p.values()) for p, mask in before)
    if not is_flat or any(mask == ZERO and any(p.values()) for p, mask in domain):
        yield ()
        return
    for p, mask in domain:
        if mask & ZERO:
            yield ((p, ZERO),)


def require_no_jumps_in(
    program: Program,
    domain: Conditions,
    *,
    at: Conditions = (),
    budget: float = 10.0,
    use_solver: bool = True,
) -> tuple[str, ...]:
    """The same for a program whose strata are not known; only those that matter are enumerated.

    Raises
    ------
    Unsupported
        If the argument of a kink is no polynomial.
    """
    last = max((i for i, u in enumerate(program.units) if u.atom.sides is not None), default=-1)
    if last < 0:
        return ()
    kinks = Kinks(program)
    clock = Budget(budget)
    found = enumerate_labels(
        program.names,
        last + 1,
        kinks.alternatives,
        domain=domain,
        budget=budget / 2,
        use_solver=use_solver,
    )
    if found.undecided:
        raise Undecided(
            "expected ties of where that can be enumerated, got some that are not decided: "
            f"{found.undecided[0].reason}"
        )
    labels: list[Any] = [own.labels for own in found.found]
    trusted = require_no_jumps(
        kinks, labels, domain=domain, at=at, budget=clock.left, use_solver=use_solver
    )
    unproved = [solver for own in found.impossible for solver in own.trusted]
    return tuple(dict.fromkeys((*trusted, *unproved)))
