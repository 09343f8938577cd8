"""Stationarity under constraints: whether 0 is in Clarke's set plus the normal cone of the domain.

The limits of gradients are those inside the domain, or, as "limits" says, all of them, which is
meant for a domain without interior. Outward normals are -c of conditions c0 + c·x ≥ 0 that are
tight at the point, and multiples of c of equations.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.lipschitz import gradients
from piecewise_mt_check.local import HEAD, Place
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, index, items, keys, number
from piecewise_mt_check.tree import Region

KEYS = HEAD | {"domain", "limits"}


def _places(data: Any) -> tuple[Place, Place]:
    """The place, and the same without the domain if all limits count."""
    place = Place(data)
    if len(place.function.outputs) != 1:
        raise Invalid("expected a function of one output")
    if data["limits"] not in ("inside", "all"):
        raise Invalid("expected limits 'inside' or 'all'")
    if data["limits"] == "all":
        return place, Place(data | {"domain": []})
    place.require_interior()
    return place, place


def check_constrained(data: Any) -> str:
    keys(data, KEYS | {"weights", "directions", "multipliers"}, {"inside", "tree", "joints"})
    place, free = _places(data)
    free.require_continuous()
    weights = [number(w) for w in items(data["weights"])]
    if any(w < 0 for w in weights) or sum(weights) != 1:
        raise Invalid("expected weights that are not negative and sum to 1")
    total = [Fraction(0)] * len(place.function.names)
    for weight, direction in zip(weights, items(data["directions"], len(weights))):
        (limit,) = free.limit(direction)
        total = [t + weight * c for t, c in zip(total, limit)]
    sign = following.at(place.point)
    for entry in items(data["multipliers"]):
        i, factor = items(entry, 2)
        relation, row = place.domain[index(i, len(place.domain))]
        m = number(factor)
        if sign(row) or (relation != "=" and m < 0):
            raise Invalid("a multiplier is negative, or of a condition that is not tight")
        total = [t - m * c for t, c in zip(total, row[1:])]
    if any(total):
        raise Invalid("the limits of gradients and the normals do not combine to 0")
    return f"the point is stationary under the domain, by limits of gradients ({data['limits']})"


def check_not_constrained(data: Any) -> str:
    """A direction into the domain with a negative product with all limits."""
    keys(data, KEYS | {"direction", "tree"}, {"inside", "joints"})
    place, free = _places(data)
    way = read_point(data["direction"], place.function)
    place.along(data["direction"])  # which leads into the domain

    def leaf(region: Region) -> None:
        (limit,) = gradients(free.walk.values(region))
        if sum((c * d for c, d in zip(limit, way)), Fraction(0)) >= 0:
            raise Invalid("a limit of gradients does not fall along the direction")

    free.check_tree(leaf)
    return (
        "the point is not stationary under the domain: f falls along a direction into it, by "
        f"limits of gradients ({data['limits']})"
    )
