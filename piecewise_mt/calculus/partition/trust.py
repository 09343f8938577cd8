"""What is not proved of strata: labels left open, and those that only a solver excludes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from piecewise_mt.calculus.partition.semialgebraic import SemialgebraicStrata
from piecewise_mt.errors import PiecewiseError


def foreign(solvers: Iterable[str]) -> tuple[str, ...]:
    """The solvers other than SymPy, whose Gröbner bases count as the identities that it proves do.

    >>> foreign(["z3 4.13", "sympy 1.14.0 (groebner)", "z3 4.13"])
    ('z3 4.13',)
    """
    return tuple(dict.fromkeys(name for name in solvers if name.split()[0] != "sympy"))


def read_trust(trust: Any) -> tuple[str, ...]:
    """The solvers whose answers count as proofs: none, their names, or * for all.

    >>> read_trust(None), read_trust("z3"), read_trust(True)
    ((), ('z3',), ('*',))
    """
    if trust is None or trust is False:
        return ()
    if trust is True:
        return ("*",)
    names = (trust,) if isinstance(trust, str) else trust
    if not isinstance(names, (list, tuple, set, frozenset)):
        names = (names,)
    for name in names:
        if not isinstance(name, str):
            raise PiecewiseError(
                f"expected the name of a solver to trust, got {name!r}; write trust='z3'"
            )
    return tuple(names)


def is_trusted(solver: str, trust: Sequence[str]) -> bool:
    """Whether a solver, such as ``z3 4.13``, is among those that are trusted, by name or version.

    >>> is_trusted("z3 4.13", ["z3"]), is_trusted("z3 4.13", []), is_trusted("z3 4.13", ["z3 4.12"])
    (True, False, False)
    """
    return "*" in trust or solver in trust or solver.split()[0] in trust


def not_accepted(solvers: Iterable[str], trust: Sequence[str]) -> str:
    """Why an answer of solvers that are not trusted is no proof; empty if all are.

    >>> not_accepted(["z3 4.13"], [])
    "rests on z3 4.13; give trust='z3'"
    """
    found = next((name for name in foreign(solvers) if not is_trusted(name, trust)), None)
    return "" if found is None else f"rests on {found}; give trust={found.split()[0]!r}"


def open_questions(strata: SemialgebraicStrata, trust: Sequence[str]) -> list[str]:
    """What is not proved of strata, in words; nothing if all of them are known."""
    found = list(strata.open_questions)
    for what, solvers in (
        ("there are no other strata", _of_labels(strata)),
        ("the function does not jump", strata.continuity),
    ):
        why = not_accepted(solvers, trust)
        found += [f"that {what} {why}"] if why else []
    return found


def solvers_of(strata: SemialgebraicStrata) -> tuple[str, ...]:
    """The solvers that alone say that there are no other strata, and that f does not jump."""
    return foreign((*_of_labels(strata), *strata.continuity))


def _of_labels(strata: SemialgebraicStrata) -> tuple[str, ...]:
    return tuple(name for own in strata.enumeration.impossible for name in own.trusted)
