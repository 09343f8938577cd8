"""That a function does not jump, though some of its nodes may; or a point where it does.

With the branches of all nodes that may jump held fixed (``Region.branch``), a function is
continuous everywhere. So it is continuous on a domain iff any two regions of different branches
have equal forms wherever, in the domain, their closures meet. The list "joints" has a proof for
each such pair of leaves, in order, whose forms are not the same: ``{"apart": proof}`` where they do
not meet, or for each output why the difference is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from piecewise_mt_check import following
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.optimum import read_point, value_on
from piecewise_mt_check.reading import Invalid, Unsupported, items, keys, spend
from piecewise_mt_check.rows import Related, Row, read_rows, require_empty, require_implied
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function", "domain"}


class Pair(NamedTuple):
    """Two leaves: where their closures meet in the domain, and the differences of the outputs."""

    one: Region
    two: Region
    known: list[Related]
    rows: list[Row]


def pairs(walk: Walk, regions: Sequence[Region]) -> Iterator[Pair]:
    """Those that are to be compared."""
    domain = walk.root.path

    def closed(region: Region) -> Iterator[Related]:
        for relation, row in region.path[len(domain) :]:
            yield Related("=" if relation == "=" else ">=", row)

    for j, two in enumerate(regions):
        for one in regions[:j]:
            spend(50 * (1 + len(two.branch)))
            if one.branch == two.branch:
                continue
            spend(100 * len(walk.function.outputs) * walk.width)
            rows = walk.differences(one, two)
            if any(map(any, rows)):
                yield Pair(one, two, [*domain, *closed(one), *closed(two)], rows)


class Joints:
    """The proofs of a certificate; without any, no node may jump."""

    def __init__(self, walk: Walk, data: dict[str, Any]) -> None:
        self.walk = walk
        self.proofs = items(data.get("joints", []))
        self.is_needed = walk.function.may_jump
        if self.is_needed and "joints" not in data:
            raise Unsupported("the function has nodes that may jump, and no proof that it does not")
        self.regions: list[Region] = []

    def add(self, region: Region) -> None:
        """One leaf after the other."""
        if self.is_needed:
            self.regions.append(region)

    def check(self) -> None:
        """When all leaves are known."""
        proofs = iter(self.proofs)
        for pair in pairs(self.walk, self.regions):
            proof = next(proofs, None)
            if isinstance(proof, dict):
                require_empty(keys(proof, {"apart"})["apart"], pair.known, self.walk.width)
                continue
            for row, own in zip(pair.rows, items(proof, len(pair.rows))):
                require_implied(own, Related("=", row), pair.known)
        if next(proofs, proofs) is not proofs:
            raise Invalid("there are more proofs than pairs of regions that may jump")


def check_continuous(data: Any) -> str:
    keys(data, HEAD | {"tree"}, {"joints"})
    function = read_function(data["function"])
    walk = Walk(function, read_rows(data["domain"], function.width))
    joints = Joints(walk, data)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        keys(entry, set())
        joints.add(region)

    checked_tree(walk, data["tree"], leaf)
    joints.check()
    return "the function is continuous on the domain"


def check_discontinuous(data: Any) -> str:
    """Along a direction into the domain the function does not tend to its value."""
    keys(data, HEAD | {"point", "direction"})
    function = read_function(data["function"])
    walk = Walk(function, read_rows(data["domain"], function.width))
    point = read_point(data["point"], function)
    following.region_at(walk, following.at(point))  # which is in the domain
    there = following.near(point, read_point(data["direction"], function))
    forms = walk.values(following.region_at(walk, there))
    if [value_on(form, point) for form in forms] == function.value(point):
        raise Invalid("the function tends to its value along the direction")
    return "the function is not continuous at the point, so it has no Lipschitz constant nearby"
