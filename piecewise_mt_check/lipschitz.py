"""The Lipschitz constant of a continuous function on a domain with interior.

It is the largest norm of the gradients on the regions with interior (the domain is convex, and the
others have measure zero). For one output and ord = 2 the data state its square. Operator norms of
ord 1 are the largest sums of a column's absolute values, of "inf" those of a row's. The square of
the spectral norm of several outputs need not be rational; the data state that it is at least
"lower", as the gradient at the point stretches a direction so much, and at most "power", as
power - G·Gᵀ is positive semidefinite for every gradient G.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.continuity import Joints
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, keys, number, spend
from piecewise_mt_check.rows import Affine, read_rows
from piecewise_mt_check.tree import Region, Walk, checked_tree

KEYS = {"format", "version", "kind", "function", "domain", "ord", "power", "point", "tree"}
Matrix = list[list[Fraction]]


def gradients(forms: list[Affine]) -> Matrix:
    """The linear parts."""
    return [[Fraction(c, form.denominator) for c in form.row[1:]] for form in forms]


def check_lipschitz(data: Any) -> str:
    keys(data, KEYS, {"joints", "lower", "direction"})
    function = read_function(data["function"])
    power = number(data["power"])
    walk = Walk(function, read_rows(data["domain"], function.width))
    order = data["ord"]
    if type(order) is bool or order not in (1, 2, "inf"):
        raise Invalid("expected ord 1, 2 or 'inf'")
    spectral = order == 2 and len(function.outputs) > 1
    keys(data, KEYS | ({"lower", "direction"} if spectral else set()), {"joints"})

    def norm(region: Region) -> Fraction:
        rows = gradients(walk.values(region))
        if order == 2:
            return sum((c * c for c in rows[0]), Fraction(0))
        lines = rows if order == "inf" else list(zip(*rows))
        return max(sum(map(abs, line), Fraction(0)) for line in lines)

    def is_bounded(region: Region) -> bool:
        return _is_semidefinite(_less_gram(power, gradients(walk.values(region))))

    joints = Joints(walk, data)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        joints.add(region)
        if following.is_flat(region, entry, walk.width):
            return
        if not is_bounded(region) if spectral else norm(region) > power:
            raise Invalid("a gradient is larger")

    checked_tree(walk, data["tree"], leaf)
    joints.check()
    there = following.at(read_point(data["point"], function))
    region = following.region_at(walk, there)
    following.require_interior(region, there)
    if spectral:
        lower = number(data["lower"])
        if lower < 0:
            raise Invalid("expected bounds that are not negative")
        _require_stretched(gradients(walk.values(region)), data["direction"], lower, function)
        if lower < power:
            return f"the Lipschitz constant (ord 2) is between the roots of {lower} and {power}"
        return f"the Lipschitz constant (ord 2) is the square root of {power}"
    if norm(region) != power:
        raise Invalid("the gradient at the point has another norm")
    shown = f"the square root of {power}" if order == 2 else str(power)
    return f"the Lipschitz constant (ord {order}) is {shown}"


def _less_gram(power: Fraction, matrix: Matrix) -> Matrix:
    """power·I - G·Gᵀ, or with Gᵀ·G if that is smaller."""
    lines = matrix if len(matrix) <= len(matrix[0]) else [list(row) for row in zip(*matrix)]
    spend(50 * len(lines) ** 2 * (len(lines) + len(lines[0])))  # with the elimination
    return [
        [(power if i == j else 0) - _dot(one, two) for j, two in enumerate(lines)]
        for i, one in enumerate(lines)
    ]


def _is_semidefinite(matrix: Matrix) -> bool:
    """Whether a symmetric matrix is positive semidefinite, by elimination."""
    rest = matrix
    while rest:
        pivot, *others = rest[0]
        if pivot < 0 or (not pivot and any(others)):
            return False
        below = [row[1:] for row in rest[1:]]
        if pivot:
            below = [
                [c - row[0] / pivot * p for c, p in zip(own, others)]
                for own, row in zip(below, rest[1:])
            ]
        rest = below
    return True


def _require_stretched(matrix: Matrix, data: Any, lower: Fraction, function: Function) -> None:
    direction = read_point(data, function)
    image = [_dot(row, direction) for row in matrix]
    if not any(direction) or _dot(image, image) < lower * _dot(direction, direction):
        raise Invalid("the gradient at the point does not stretch the direction so much")


def _dot(one: list[Fraction], two: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, two)), Fraction(0))
