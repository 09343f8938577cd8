"""Where a point lies, or what comes just after it: the one region, without any proof.

The conditions of the children of a split exclude each other and cover, so their signs decide: at a
point, near it in a direction, or far away along a ray.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check.reading import Invalid, Unsupported, keys
from piecewise_mt_check.rows import Row, homogeneous, require_flat
from piecewise_mt_check.tree import Region, Walk

Point = Sequence[Fraction]
Sign = Callable[[Row], int]
"""The sign of a row there."""


def at(point: Point) -> Sign:
    own = homogeneous(point)
    return lambda row: _sign(_dot(row, own))


def near(point: Point, direction: Point) -> Sign:
    """At point + t·direction for all small t > 0."""
    own, way = homogeneous(point), _direction(direction)
    return lambda row: _sign(_dot(row, own)) or _sign(_dot(row, way))


def far(point: Point, ray: Point) -> Sign:
    """At point + t·ray for all large t."""
    own, way = homogeneous(point), _direction(ray)
    return lambda row: _sign(_dot(row, way)) or _sign(_dot(row, own))


def _direction(direction: Point) -> Row:
    row = homogeneous(direction)
    return (0, *row[1:])


def _dot(row: Row, point: Row) -> int:
    return sum(c * v for c, v in zip(row, point))


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def allowed(relation: str, sign: int) -> bool:
    return sign == 0 if relation == "=" else sign > 0 or (sign == 0 and relation == ">=")


def region_at(walk: Walk, sign: Sign) -> Region:
    """The leaf there; Invalid outside the domain."""
    region = walk.root
    if not all(allowed(relation, sign(row)) for relation, row in region.path):
        raise Invalid("a point is not in the domain")
    while True:
        region = walk.settled(region)
        if walk.unit(region) is None:
            return region
        for rows, child in walk.children(region):
            if all(allowed(relation, sign(row)) for relation, row in rows):
                region = walk.below(region, rows, child.state)
                break
        else:
            raise Unsupported("a split does not cover a point")


def require_interior(region: Region, sign: Sign) -> None:
    """Refuse a place on the boundary of the region, or a region without interior."""
    for relation, row in region.path:
        if any(row) and (relation == "=" or sign(row) <= 0):
            raise Invalid("a point is not in the interior of a region")


def has_equation(region: Region) -> bool:
    """Whether one of the conditions says that the region lies in a hyperplane."""
    return any(relation == "=" and any(row[1:]) for relation, row in region.path)


def is_flat(region: Region, entry: dict[str, Any], width: int) -> bool:
    """Whether a leaf lies in a hyperplane, by an equation or by inequalities, {"flat": proof}."""
    keys(entry, set(), {"flat"})
    if "flat" in entry:
        require_flat(entry["flat"], region.path, width)
        return True
    return has_equation(region)
