"""The conjugate f*(s) = sup s·x - f(x) over a domain of x: a function g, and where it is finite.

*Generators*, points s_j and rays r_j, have bounds that a tree of f proves for all x of the domain:
s_j·x - f(x) ≤ value_j, and r_j·x ≤ value_j. On a leaf of g, s is a combination of generators with
affine coefficients λ_j(s) ≥ 0, those of points with sum 1; so f*(s) ≤ Σ λ_j(s)·value_j, which is
≤ g(s). And g(s) ≤ s·x - f(x) for one point x. A condition c0 + c·s ≥ 0 on where g is finite is
needed, if f has the slope c0 far along a ray -c: where it fails, f* is infinite.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, index, items, keys, number, spend
from piecewise_mt_check.rows import (
    Affine,
    Related,
    Row,
    negative,
    primitive,
    read_rows,
    require_implied,
)
from piecewise_mt_check.tree import Region, Walk, checked_tree

KEYS = {"format", "version", "kind", "function", "domain", "second", "finite", "generators"}
Numbers = list[Fraction]


class Generator:
    """A point or a ray, and its bound, which is proved here."""

    def __init__(self, data: Any, walk: Walk) -> None:
        self.is_point = "point" in data if isinstance(data, dict) else False
        proof = "tree" if self.is_point else "proof"
        keys(data, {"point" if self.is_point else "ray", "value", proof})
        self.vector = read_point(data["point" if self.is_point else "ray"], walk.function)
        self.value = number(data["value"])
        bound = [self.value, *(-c for c in self.vector)]
        if not self.is_point:
            require_implied(data["proof"], Related(">=", primitive(bound)), walk.root.path)
            return

        def leaf(region: Region, entry: dict[str, Any]) -> None:
            (form,) = walk.values(region)
            row = primitive([b + Fraction(c, form.denominator) for b, c in zip(bound, form.row)])
            require_implied(keys(entry, {"bound"})["bound"], Related(">=", row), region.path)

        checked_tree(walk, data["tree"], leaf)


def check_conjugate(data: Any) -> str:
    keys(data, KEYS | {"outside", "tree"})
    f, g = read_function(data["function"]), read_function(data["second"])
    if len(f.names) != len(g.names) or not len(f.outputs) == len(g.outputs) == 1:
        raise Invalid("expected two functions of one output and as many variables")
    walk = Walk(f, read_rows(data["domain"], f.width))
    finite = read_rows(data["finite"], g.width)
    generators = [Generator(entry, walk) for entry in items(data["generators"])]
    dual = Walk(g, finite)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        keys(entry, {"coefficients", "sums", "bound", "at", "below"})
        (form,) = dual.values(region)
        bound = _combined(entry, generators, region, dual.width)
        # g is at least the combination of the bounds, and at most what one point gives
        _require(entry["bound"], _minus(form, bound), region)
        x = read_point(entry["at"], f)
        following.region_at(walk, following.at(x))  # which is in the domain
        own = [-f.value(x)[0], *x]
        _require(entry["below"], [-c for c in _minus(form, own)], region)

    checked_tree(dual, data["tree"], leaf)
    needed = [row for related in finite for row in _sides(related)]
    for row, entry in zip(needed, items(data["outside"], len(needed))):
        _require_infinite(entry, row, f, walk)
    return "the second function is the conjugate of the first, which is infinite elsewhere"


def _combined(entry: Any, generators: list[Generator], region: Region, width: int) -> Numbers:
    """Σ λ_j·value_j as a row, for coefficients that combine the generators to s."""
    spend(width**2)
    total = [[Fraction(0)] * width for _ in range(width)]
    bound = [Fraction(0)] * width
    for own in items(entry["coefficients"]):
        j, row, proof = items(own, 3)
        weight = [number(c) for c in items(row, width)]
        _require(proof, weight, region)
        chosen = generators[index(j, len(generators))]
        for place, c in enumerate([Fraction(chosen.is_point), *chosen.vector]):
            if c:
                spend(50 * width)
                total[place] = [t + c * w for t, w in zip(total[place], weight)]
        bound = [b + chosen.value * w for b, w in zip(bound, weight)]
    for place, proof in enumerate(items(entry["sums"], width)):
        # the weights of points sum to 1, and the generators to s
        own_sum = list(total[place])
        own_sum[place] -= 1
        require_implied(proof, Related("=", primitive(own_sum)), region.path)
    return bound


def _minus(form: Affine, row: Numbers) -> Numbers:
    return [Fraction(c, form.denominator) - r for c, r in zip(form.row, row)]


def _require(proof: Any, row: Numbers, region: Region) -> None:
    require_implied(proof, Related(">=", primitive(row)), region.path)


def _sides(related: Related) -> list[Row]:
    """A closed condition as inequalities."""
    if related.relation == ">":
        raise Invalid("a conjugate is finite on a closed set")
    return [related.row] + ([negative(related.row)] if related.relation == "=" else [])


def _require_infinite(entry: Any, row: Row, f: Function, walk: Walk) -> None:
    """Where c0 + c·s < 0, s·x - f(x) grows for ever along the ray x = point - t·c."""
    point = read_point(keys(entry, {"point"})["point"], f)
    ray = [Fraction(-c) for c in row[1:]]
    (form,) = walk.values(following.region_at(walk, following.far(point, ray)))
    slope = sum((c * d for c, d in zip(form.row[1:], ray)), Fraction(0)) / form.denominator
    if slope != row[0]:
        raise Invalid("the function has another slope along a ray")
