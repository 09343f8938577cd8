"""Why a function whose nodes may jump does not, or where it does."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.simplex import Witness
from piecewise_mt.interop.certificates.asked import Asked, Data, numbers, point_of
from piecewise_mt.interop.certificates.farkas import Known
from piecewise_mt.interop.certificates.regions import Leaf, emptiness, grown, written
from piecewise_mt_check.continuity import pairs
from piecewise_mt_check.optimum import value_on
from piecewise_mt_check.rows import Related
from piecewise_mt_check.tree import Walk


class Jump(Exception):
    """A point at which two regions meet, and the function has other values on them."""

    def __init__(self, point: list[Fraction], leaves: tuple[Leaf, Leaf]) -> None:
        super().__init__()
        self.point, self.leaves = point, leaves


def joints(walk: Walk, leaves: Sequence[Leaf]) -> Data:
    """The part of a certificate that says so, which is empty if no node may jump.

    Raises
    ------
    Jump
        If it jumps.
    """
    if not walk.function.may_jump:
        return {}
    found: list[Any] = []
    of = {id(leaf.region): leaf for leaf in leaves}
    for pair in pairs(walk, [leaf.region for leaf in leaves]):
        apart = emptiness(pair.known, walk.width)
        if apart is not None:
            found.append({"apart": apart})
            continue
        known = Known(list(enumerate(pair.known)), walk.width)
        proofs = [known.implies(Related("=", row)) for row in pair.rows]
        for row, proof in zip(pair.rows, proofs):
            if proof is None:
                both = of[id(pair.one)], of[id(pair.two)]
                raise Jump(_apart(known, row), both)
        found.append(proofs)
    return {"joints": found}


def _apart(known: Known, row: tuple[int, ...]) -> list[Fraction]:
    for sign in (1, -1):
        found = known.empty_with([Related(">", tuple(sign * c for c in row))], 10**9)
        if isinstance(found, Witness):
            return list(found.point)
    raise AssertionError("a row that does not vanish has a sign somewhere")


def discontinuous(own: Asked, walk: Walk, jump: Jump) -> Data:
    """That the function is not continuous at the point of a jump."""
    values = own.function.value(jump.point)
    for leaf in jump.leaves:
        if [value_on(form, jump.point) for form in walk.values(leaf.region)] != values:
            way = [b - a for a, b in zip(jump.point, point_of(leaf), strict=True)]
            return {
                "kind": "discontinuous",
                **own.head,
                "point": numbers(jump.point),
                "direction": numbers(way),
            }
    raise AssertionError("two values differ, so one of them is not that of the function")


def continuous(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    walk = own.walk()
    entries = grown(walk)
    leaves = [entry for entry in entries if isinstance(entry, Leaf)]
    try:
        proofs = joints(walk, leaves)
    except Jump as jump:
        return discontinuous(own, walk, jump)
    tree = written(entries, lambda leaf: {})
    return {"kind": "continuous", **own.head, "tree": tree, **proofs}


def jumping() -> PiecewiseError:
    return PiecewiseError(
        "expected a continuous function, got one that jumps; ask 'continuous' for a point where"
    )
