"""Functions that are not convex, and those that do or do not decrease in some variables.

That a function is convex is shown by a maximum of affine functions (``formulas``). One that is
continuous on a convex domain with interior does not decrease in a variable iff the slope in it is
nowhere negative on the regions with interior: almost every segment along the variable meets the
others in finitely many points, and the rest are limits of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.continuity import Joints
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, index, items, keys, number
from piecewise_mt_check.rows import Related, holds_at, homogeneous, read_rows
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function", "domain"}


def _read(data: Any) -> tuple[Function, list[Related]]:
    function = read_function(data["function"])
    if len(function.outputs) != 1:
        raise Invalid("expected a function of one output")
    return function, read_rows(data["domain"], function.width)


def _segment(data: Any, function: Function, domain: Sequence[Related]) -> list[list[Fraction]]:
    ends = [read_point(end, function) for end in items(data, 2)]
    for end in map(homogeneous, ends):
        if not all(holds_at(row, end) for row in domain):
            raise Invalid("an end of the segment is not in the domain")
    return ends


def check_not_convex(data: Any) -> str:
    """At start + at·(end - start) f is above the chord (sense "min": below it)."""
    keys(data, HEAD | {"sense", "segment", "at"})
    function, domain = _read(data)
    if data["sense"] not in ("max", "min"):
        raise Invalid("expected the sense 'max' or 'min'")
    start, end = _segment(data["segment"], function, domain)
    t = number(data["at"])
    if not 0 < t < 1:
        raise Invalid("expected a place between 0 and 1 on the segment")
    between = [(1 - t) * a + t * b for a, b in zip(start, end)]
    first, middle, last = (function.value(point)[0] for point in (start, between, end))
    excess = middle - (1 - t) * first - t * last
    if (excess if data["sense"] == "max" else -excess) <= 0:
        raise Invalid("the values on the segment do not contradict")
    word, side = ("convex", "above") if data["sense"] == "max" else ("concave", "below")
    return f"the function is not {word} on the domain: it is {side} a chord"


def _places(data: Any, function: Function) -> list[int]:
    places = [index(i, len(function.names)) for i in items(data)]
    if not places or places != sorted(set(places)):
        raise Invalid("expected different places of variables in order, at least one")
    return places


def check_monotone(data: Any) -> str:
    keys(data, HEAD | {"places", "point", "tree"}, {"joints"})
    function, domain = _read(data)
    places = _places(data["places"], function)
    walk = Walk(function, domain)
    following.require_interior(walk.root, following.at(read_point(data["point"], function)))
    joints = Joints(walk, data)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        joints.add(region)
        if not following.is_flat(region, entry, walk.width):
            (form,) = walk.values(region)
            if any(form.row[1 + i] < 0 for i in places):
                raise Invalid("a slope is negative")

    checked_tree(walk, data["tree"], leaf)
    joints.check()
    return f"the function does not decrease in {_named(places, function)} on the domain"


def check_not_monotone(data: Any) -> str:
    keys(data, HEAD | {"places", "segment"})
    function, domain = _read(data)
    places = _places(data["places"], function)
    start, end = _segment(data["segment"], function, domain)
    steps = [b - a for a, b in zip(start, end)]
    if any(step < 0 or (step and i not in places) for i, step in enumerate(steps)):
        raise Invalid("the segment does not go up in the variables that are asked for")
    if function.value(start)[0] <= function.value(end)[0]:
        raise Invalid("the function does not decrease along the segment")
    return f"the function decreases in {_named(places, function)} along a segment of the domain"


def _named(places: Sequence[int], function: Function) -> str:
    return f"{len(places)} of the {len(function.names)} variables"
