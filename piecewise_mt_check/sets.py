"""Unions of sets of polynomials, each {p = 0, …, q > 0, …}: that one has no point, or a point."""

from __future__ import annotations

from typing import Any

from piecewise_mt_check.algebraic import read_point
from piecewise_mt_check.cases import Condition, read_conditions, require_no_point
from piecewise_mt_check.reading import Invalid, index, items, keys, text

HEAD = {"format", "version", "kind", "variables", "parts"}


def _read(data: Any) -> tuple[list[str], list[list[Condition]]]:
    names = list(map(text, items(data["variables"])))
    if len(set(names)) < len(names):
        raise Invalid("expected variables with different names")
    return names, [read_conditions(part, set(names)) for part in items(data["parts"])]


def check_empty_set(data: Any) -> str:
    keys(data, HEAD | {"proofs"})
    _, parts = _read(data)
    for part, proof in zip(parts, items(data["proofs"], len(parts))):
        require_no_point(proof, part)
    return "no real point is in the set"


def check_inhabited_set(data: Any) -> str:
    keys(data, HEAD | {"part", "point"})
    names, parts = _read(data)
    point = read_point(data["point"], names)
    for condition in parts[index(data["part"], len(parts))]:
        if not condition.allows(point.sign(condition.polynomial)):
            raise Invalid("the point is not in the set")
    return "the point is in the set"
