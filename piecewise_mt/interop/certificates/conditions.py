"""Certificates that a condition on functions holds on a domain, or fails at a point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from piecewise_mt.calculus.properties.holding import differences_of, names_in, stack_of
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.build.selection import as_condition
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.interop.certificates.asked import Asked, Data, numbers, point_of
from piecewise_mt.interop.certificates.farkas import Proof
from piecewise_mt.interop.certificates.regions import Leaf, cut, grown
from piecewise_mt_check.conditions import PROVED, read_condition
from piecewise_mt_check.rows import Related, negative, primitive


def holds(subject: Any, given: Data) -> Data:
    condition = as_condition(subject)
    differences = differences_of(condition)
    names = names_in(differences, given["domain"])
    if not names:
        raise PiecewiseError(
            f"expected a condition with variables, got {condition!r}; its value says it all"
        )
    own = Asked(stack_of(differences, names), given["domain"])
    head: Data = {**own.head, "condition": _data(condition, iter(range(len(own.function.outputs))))}
    is_true = read_condition(head["condition"], own.function)
    walk = own.walk()
    tree: list[Any] = []
    pending: list[None | Proof | Leaf] = grown(walk)[::-1]
    while pending:
        entry = pending.pop()
        if not isinstance(entry, Leaf):
            tree.append(entry)
            continue
        signs, said, open_row = [], [], None
        for k, form in enumerate(walk.values(entry.region)):
            row = primitive(form.row)
            found = _sign(entry, row)
            if found is None:
                signs.append({-1, 0, 1})
                open_row = open_row or row
                continue
            sign, relation, proof = found
            signs.append(PROVED[relation, sign])
            said.append([k, sign, relation, proof])
        if is_true(signs):
            tree.append({"signs": said})
            continue
        values = own.function.value(point_of(entry))
        if not is_true([{(v > 0) - (v < 0)} for v in values]):
            return {"kind": "fails", **head, "point": numbers(point_of(entry))}
        assert open_row is not None, "signs that are all known are those at the point"
        tree.append({"cut": list(open_row)})
        pending.extend(cut(walk, entry, open_row)[::-1])
    return {"kind": "holds", **head, "tree": tree}


def _sign(leaf: Leaf, row: tuple[int, ...]) -> tuple[int, str, Any] | None:
    """What is known of the sign on a leaf; >= and <= count as nothing, as = may be against it."""
    for sign, relation in ((1, "="), (1, ">"), (-1, ">")):
        proof = leaf.implies(Related(relation, row if sign > 0 else negative(row)))
        if proof is not None:
            return sign, relation, proof
    return None


def _data(condition: Condition, outputs: Iterator[int]) -> list[Any]:
    if isinstance(condition, Joined):
        return [condition.kind, *(_data(part, outputs) for part in condition.parts)]
    assert isinstance(condition, Comparison), "there are no other conditions"
    size = condition.lhs.size if condition.lhs.shape == condition.shape else condition.rhs.size
    return ["and", *([next(outputs), condition.op] for _ in range(size))]
