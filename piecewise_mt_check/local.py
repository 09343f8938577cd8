"""Gradients at one point: membership in Clarke's set, and differentiability.

A *direction* d from the point p shows a limit of gradients: the region that p + t·d lies in for
all small t > 0 must have it in its interior. That a list of limits is complete needs a tree: that
of the regions near p, where the row of a condition that is not zero at p has its sign there, so
that the condition holds or fails, and of the others the linear part counts. Only children whose
conditions do not fail at p have entries. Leaves that lie in a hyperplane have no interior, and no
gradient.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.atoms import Child
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.lipschitz import Matrix, gradients
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, items, keys, number
from piecewise_mt_check.rows import Related
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function", "point"}


class NearWalk(Walk):
    """The regions near a point, as cones of directions."""

    def __init__(self, function: Function, point: list[Fraction]) -> None:
        self.sign = following.at(point)
        super().__init__(function, [])

    def children(self, region: Region) -> list[tuple[list[Related], Child]]:
        found = []
        for rows, child in super().children(region):
            signs = [self.sign(row) for _, row in rows]
            closed = (">=" if relation == ">" else relation for relation, _ in rows)
            if all(following.allowed(relation, sign) for relation, sign in zip(closed, signs)):
                linear = [
                    Related(relation, (0, *row[1:]))
                    for (relation, row), sign in zip(rows, signs)
                    if not sign
                ]
                found.append((linear, child))
        return found


def _read(data: Any) -> tuple[Function, list[Fraction]]:
    function = read_function(data["function"])
    function.require_continuous()
    return function, read_point(data["point"], function)


def _matrix(data: Any, function: Function) -> Matrix:
    rows = items(data, len(function.outputs))
    return [[number(c) for c in items(row, len(function.names))] for row in rows]


def _times(one: Matrix, two: Matrix) -> Fraction:
    pairs = ((a, b) for x, y in zip(one, two) for a, b in zip(x, y))
    return sum((a * b for a, b in pairs), Fraction(0))


def check_in_clarke(data: Any) -> str:
    keys(data, HEAD | {"matrix", "weights", "directions"})
    function, point = _read(data)
    matrix = _matrix(data["matrix"], function)
    walk = Walk(function, [])
    weights = [number(w) for w in items(data["weights"])]
    directions = items(data["directions"], len(weights))
    if any(w < 0 for w in weights) or sum(weights) != 1:
        raise Invalid("expected weights that are not negative and sum to 1")
    total = [[Fraction(0)] * len(row) for row in matrix]
    for weight, direction in zip(weights, directions):
        there = following.near(point, read_point(direction, function))
        region = following.region_at(walk, there)
        following.require_interior(region, there)
        limit = gradients(walk.values(region))
        total = [[t + weight * c for t, c in zip(a, b)] for a, b in zip(total, limit)]
    if total != matrix:
        raise Invalid("the limits of gradients do not combine to the matrix")
    return "the matrix is in Clarke's set, a convex combination of limits of gradients"


def check_not_in_clarke(data: Any) -> str:
    keys(data, HEAD | {"matrix", "separation", "tree"})
    function, point = _read(data)
    matrix = _matrix(data["matrix"], function)
    separation = _matrix(data["separation"], function)
    height = _times(separation, matrix)
    walk = NearWalk(function, point)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        if not following.is_flat(region, entry, walk.width):
            if _times(separation, gradients(walk.values(region))) >= height:
                raise Invalid("a limit of gradients is not on the other side")

    checked_tree(walk, data["tree"], leaf)
    return "the matrix is not in Clarke's set: a hyperplane separates it from all limits"


def check_differentiable(data: Any) -> str:
    keys(data, HEAD | {"gradient", "tree"})
    function, point = _read(data)
    gradient = _matrix(data["gradient"], function)
    walk = NearWalk(function, point)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        if following.is_flat(region, entry, walk.width):
            return
        if gradients(walk.values(region)) != gradient:
            raise Invalid("a limit of gradients is another")

    checked_tree(walk, data["tree"], leaf)
    return "the function is differentiable at the point, and this is its gradient"
