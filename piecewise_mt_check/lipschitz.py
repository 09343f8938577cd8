"""The Lipschitz constant of a continuous function on a domain with interior.

It is the largest norm of the gradients on the regions with interior (the domain is convex, and the
others have measure zero). For one output and ord = 2 the data state its square. Operator norms of
ord 1 are the largest sums of a column's absolute values, of "inf" those of a row's.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.continuity import Joints
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, Unsupported, keys, number
from piecewise_mt_check.rows import Affine, read_rows
from piecewise_mt_check.tree import Region, Walk, checked_tree

KEYS = {"format", "version", "kind", "function", "domain", "ord", "power", "point", "tree"}
Matrix = list[list[Fraction]]


def gradients(forms: list[Affine]) -> Matrix:
    """The linear parts."""
    return [[Fraction(c, form.denominator) for c in form.row[1:]] for form in forms]


def check_lipschitz(data: Any) -> str:
    keys(data, KEYS, {"joints"})
    function = read_function(data["function"])
    power = number(data["power"])
    walk = Walk(function, read_rows(data["domain"], function.width))
    order = data["ord"]
    if type(order) is bool or order not in (1, 2, "inf"):
        raise Invalid("expected ord 1, 2 or 'inf'")
    if order == 2 and len(function.outputs) > 1:
        raise Unsupported("spectral norms of matrices are not checked")

    def norm(region: Region) -> Fraction:
        rows = gradients(walk.values(region))
        if order == 2:
            return sum((c * c for c in rows[0]), Fraction(0))
        lines = rows if order == "inf" else list(zip(*rows))
        return max(sum(map(abs, line), Fraction(0)) for line in lines)

    joints = Joints(walk, data)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        joints.add(region)
        if not following.is_flat(region, entry, walk.width) and norm(region) > power:
            raise Invalid("a gradient is larger")

    checked_tree(walk, data["tree"], leaf)
    joints.check()
    there = following.at(read_point(data["point"], function))
    region = following.region_at(walk, there)
    following.require_interior(region, there)
    if norm(region) != power:
        raise Invalid("the gradient at the point has another norm")
    shown = f"the square root of {power}" if order == 2 else str(power)
    return f"the Lipschitz constant (ord {order}) is {shown}"
