"""The infimum (or supremum) of a function of one output over a domain.

On every region of the tree the bound is proved. That it is best is shown by a point that has the
value; by a point and another one "to" which the function tends to it, along a segment in one
region; or, where there is no bound (value null), by a ray along which the function falls for
ever.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.reading import Invalid, items, keys, number
from piecewise_mt_check.rows import Affine, Related, primitive, read_rows, require_implied
from piecewise_mt_check.tree import Region, Walk, checked_tree

KEYS = {"format", "version", "kind", "function", "domain", "sense", "value", "point"}


def read_point(data: Any, function: Function) -> list[Fraction]:
    return [number(c) for c in items(data, len(function.names))]


def read_sense(data: Any) -> tuple[int, str]:
    """The sign that makes it an infimum, and the word for it."""
    if data not in ("min", "max"):
        raise Invalid("expected the sense 'min' or 'max'")
    return (1, "infimum") if data == "min" else (-1, "supremum")


def read_end(data: Any, function: Function, point: list[Fraction], region: Any) -> list[Fraction]:
    """The point itself, or the end of a segment that begins there and stays in its region."""
    if "to" not in data:
        return point
    end = read_point(data["to"], function)
    if not all(
        following.allowed("=" if relation == "=" else ">=", following.at(end)(row))
        for relation, row in region.path
    ):
        raise Invalid("the segment leaves its region before its end")
    return end


def less(form: Affine, value: Fraction, sign: int) -> list[Fraction]:
    """sign · (form - value) as a row."""
    row = [Fraction(sign * c, form.denominator) for c in form.row]
    row[0] -= sign * value
    return row


def value_on(form: Affine, point: list[Fraction]) -> Fraction:
    return sum((c * v for c, v in zip(form.row, [Fraction(1), *point])), Fraction(0)) / (
        form.denominator
    )


def check_infimum(data: Any) -> str:
    keys(data, KEYS, {"to", "ray", "tree"})
    function = read_function(data["function"])
    if len(function.outputs) != 1:
        raise Invalid("expected a function of one output")
    domain = read_rows(data["domain"], function.width)
    sign, word = read_sense(data["sense"])
    walk = Walk(function, domain)
    point = read_point(data["point"], function)
    if data["value"] is None:
        keys(data, KEYS | {"ray"})
        ray = read_point(data["ray"], function)
        (form,) = walk.values(following.region_at(walk, following.far(point, ray)))
        slope = sum(c * v for c, v in zip(form.row[1:], ray))
        if sign * slope >= 0:
            raise Invalid("the function does not go on for ever along the ray")
        return f"the function has no {word}: it is unbounded"
    value = number(data["value"])
    keys(data, KEYS | {"tree"}, {"to"})

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        (form,) = walk.values(region)
        claim = Related(">=", primitive(less(form, value, sign)))
        require_implied(keys(entry, {"bound"})["bound"], claim, region.path)

    checked_tree(walk, data["tree"], leaf)
    region = following.region_at(walk, following.at(point))
    end = read_end(data, function, point, region)
    (form,) = walk.values(region)
    if value_on(form, end) != value:
        raise Invalid("the function does not have the value there")
    where = "tended to" if "to" in data else "attained"
    return f"the {word} is {value}, which is {where}"
