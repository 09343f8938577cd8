"""Certificates that a set of polynomial conditions has no point, or a point."""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.partition.conditions import polyhedral_conditions
from piecewise_mt.calculus.representation.semialgebraic import Inhabited
from piecewise_mt.errors import PiecewiseError, Undecided
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.case_trees import Tree
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop.certificates.cases import cases_data, conditions_data, point_data
from piecewise_mt.semialgebraic import systems
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.systems import System

Data = dict[str, Any]
SECONDS = 10.0
"""For one part of a set."""


def empty_set(subject: Any) -> Data:
    """That a set, or the set of a proof, has no point."""
    if isinstance(subject, systems.Empty) and subject.system is not None:
        own = subject.system
        return _empty(own.names, [own.conditions], [subject.proof])
    names, parts = _parts(subject)
    proofs = []
    for part in parts:
        answer = _decided(names, part)
        if isinstance(answer, systems.NonEmpty):
            raise PiecewiseError("expected an empty set, got one with points; ask for 'nonempty'")
        proofs.append(answer.proof)
    return _empty(names, parts, proofs)


def inhabited_set(subject: Any) -> Data:
    """That a set, or the set of a proof, has a point."""
    if isinstance(subject, Inhabited):
        return _inhabited(subject.names, [subject.conditions], 0, subject.point)
    if isinstance(subject, systems.NonEmpty) and subject.system is not None:
        own = subject.system
        return _inhabited(own.names, [own.conditions], 0, subject.point)
    names, parts = _parts(subject)
    for place, part in enumerate(parts):
        answer = _decided(names, part)
        if isinstance(answer, systems.NonEmpty):
            return _inhabited(names, parts, place, answer.point)
    raise PiecewiseError("expected a set with points, got an empty one; ask for 'empty'")


def _parts(subject: Any) -> tuple[tuple[str, ...], list[Conditions]]:
    if isinstance(subject, SemialgebraicSet):
        return subject.names, list(subject.parts)
    if isinstance(subject, Polyhedron):
        return subject.variables, [polyhedral_conditions(subject)]
    raise PiecewiseError(
        f"expected a set, got {type(subject).__name__}; give a mt.Polyhedron, or the .set of a "
        "piece"
    )


def _decided(names: tuple[str, ...], part: Conditions) -> systems.Empty | systems.NonEmpty:
    answer = decide(System(names, part), SECONDS)
    if isinstance(answer, systems.Undecided):
        raise Undecided(
            f"expected a decision whether a set is empty, got none: {answer.reason}; simplify it"
        )
    return answer


def _empty(names: tuple[str, ...], parts: list[Conditions], proofs: list[Tree]) -> Data:
    return {
        "kind": "empty_set",
        "variables": list(names),
        "parts": [conditions_data(names, part) for part in parts],
        "proofs": [cases_data(names, proof) for proof in proofs],
    }


def _inhabited(
    names: tuple[str, ...], parts: list[Conditions], place: int, point: ExactPoint
) -> Data:
    return {
        "kind": "inhabited_set",
        "variables": list(names),
        "parts": [conditions_data(names, part) for part in parts],
        "part": place,
        "point": point_data(point),
    }
