"""Whether a condition on the outputs of a function holds on a whole domain.

The condition is a comparison [k, op] of output k, from 0 on, with 0, or ["and", …], ["or", …] of
conditions. A leaf lists signs of outputs that it proves, [k, sign, relation, proof]: sign times
output k is =, >= or > 0. These must make the condition true.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, Unsupported, index, integer, items, keys
from piecewise_mt_check.rows import (
    Related,
    holds_at,
    homogeneous,
    negative,
    primitive,
    read_rows,
    require_implied,
)
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function", "domain", "condition"}
SIGNS = {">": {1}, ">=": {0, 1}, "<": {-1}, "<=": {-1, 0}, "=": {0}, "!=": {-1, 1}}
PROVED = {("=", 1): {0}, ("=", -1): {0}, (">=", 1): {0, 1}, (">=", -1): {-1, 0},
          (">", 1): {1}, (">", -1): {-1}}  # fmt: skip
MAX_DEPTH = 100

Truth = Callable[[list[set[int]]], bool]
"""Whether a condition is true whatever signs the outputs have, of those that are possible."""


def read_condition(data: Any, function: Function, depth: int = 0) -> Truth:
    if depth > MAX_DEPTH:
        raise Unsupported("the condition is nested too deeply")
    head, *rest = items(data) or [None]
    if isinstance(head, str) and head in ("and", "or"):
        parts = [read_condition(part, function, depth + 1) for part in rest]
        every = all if head == "and" else any
        return lambda signs: every(part(signs) for part in parts)
    k, op = items(data, 2)
    place = index(k, len(function.outputs))
    if not isinstance(op, str) or op not in SIGNS:
        raise Invalid("expected a comparison '>', '>=', '<', '<=', '=' or '!='")
    return lambda signs: signs[place] <= SIGNS[op]


def check_holds(data: Any) -> str:
    keys(data, HEAD | {"tree"})
    function = read_function(data["function"])
    condition = read_condition(data["condition"], function)
    walk = Walk(function, read_rows(data["domain"], function.width))

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        forms = walk.values(region)
        signs = [{-1, 0, 1} for _ in forms]
        for own in items(keys(entry, {"signs"})["signs"]):
            k, sign, relation, proof = items(own, 4)
            place = index(k, len(forms))
            if integer(sign) not in (1, -1) or relation not in ("=", ">=", ">"):
                raise Invalid("expected a sign 1 or -1 and a relation '=', '>=' or '>'")
            row = primitive(forms[place].row)
            claim = Related(relation, row if sign > 0 else negative(row))
            require_implied(proof, claim, region.path)
            signs[place] &= PROVED[relation, sign]
        if not condition(signs):
            raise Invalid("the signs on a region do not make the condition true")

    checked_tree(walk, data["tree"], leaf)
    return "the condition holds on the whole domain"


def check_fails(data: Any) -> str:
    keys(data, HEAD | {"point"})
    function = read_function(data["function"])
    condition = read_condition(data["condition"], function)
    point = read_point(data["point"], function)
    own = homogeneous(point)
    if not all(holds_at(row, own) for row in read_rows(data["domain"], function.width)):
        raise Invalid("the point is not in the domain")
    if condition([{_sign(value)} for value in function.value(point)]):
        raise Invalid("the condition holds at the point")
    return "the condition fails at a point of the domain"


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
