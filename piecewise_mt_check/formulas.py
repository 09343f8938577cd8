"""Two functions compared, maxima of affine functions (convexity), and empty polyhedra."""

from __future__ import annotations

from typing import Any

from piecewise_mt_check.functions import Function, joined, read_function
from piecewise_mt_check.optimum import read_point
from piecewise_mt_check.reading import Invalid, index, items, keys, number, text
from piecewise_mt_check.rows import (
    Affine,
    Related,
    difference,
    holds_at,
    homogeneous,
    negative,
    read_rows,
    require_empty,
    require_implied,
)
from piecewise_mt_check.tree import ReadLeaf, Region, Walk, checked_tree

HEAD = {"format", "version", "kind"}


def _two(data: Any) -> tuple[Function, Function]:
    one, two = read_function(data["function"]), read_function(data["second"])
    if one.names != two.names or one.shape != two.shape:
        raise Invalid("the functions have other variables or shapes")
    return one, two


def require_equal(walk: Walk) -> ReadLeaf:
    """Of a leaf {"equal": proofs}: the first half of the outputs is the second half."""
    count = len(walk.function.outputs) // 2

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        forms = walk.values(region)
        proofs = items(keys(entry, {"equal"})["equal"], count)
        for a, b, proof in zip(forms, forms[count:], proofs):
            require_implied(proof, Related("=", difference(a, b)), region.path)

    return leaf


def check_equal(data: Any) -> str:
    keys(data, HEAD | {"function", "second", "domain", "tree"})
    one, two = _two(data)
    walk = Walk(joined(one, two), read_rows(data["domain"], one.width))
    checked_tree(walk, data["tree"], require_equal(walk))
    return "the two functions are equal on the domain"


def check_different(data: Any) -> str:
    keys(data, HEAD | {"function", "second", "domain", "point"})
    one, two = _two(data)
    point = read_point(data["point"], one)
    own = homogeneous(point)
    if not all(holds_at(row, own) for row in read_rows(data["domain"], one.width)):
        raise Invalid("the point is not in the domain")
    if one.value(point) == two.value(point):
        raise Invalid("the functions have the same value at the point")
    return "the two functions differ at a point of the domain"


def check_max_affine(data: Any) -> str:
    """On each leaf f is one of the rows, and at least (sense "min": at most) each of them."""
    keys(data, HEAD | {"function", "domain", "sense", "rows", "tree"})
    function = read_function(data["function"])
    if len(function.outputs) != 1:
        raise Invalid("expected a function of one output")
    if data["sense"] not in ("max", "min"):
        raise Invalid("expected the sense 'max' or 'min'")
    forms = []
    for entry in items(data["rows"]):
        own = [number(c) for c in items(entry, function.width)]
        below = 1
        for c in own:
            below *= c.denominator
        forms.append(Affine(tuple(int(c * below) for c in own), below))
    walk = Walk(function, read_rows(data["domain"], function.width))
    sign = data["sense"] == "max"

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        keys(entry, {"row", "is", "over"})
        (value,) = walk.values(region)
        own = forms[index(entry["row"], len(forms))]
        require_implied(entry["is"], Related("=", difference(value, own)), region.path)
        for form, proof in zip(forms, items(entry["over"], len(forms))):
            row = difference(value, form)
            require_implied(proof, Related(">=", row if sign else negative(row)), region.path)

    checked_tree(walk, data["tree"], leaf)
    word, kind = ("largest", "convex") if sign else ("smallest", "concave")
    return f"the function is the {word} of {len(forms)} affine functions, so {kind} on the domain"


def check_empty(data: Any) -> str:
    keys(data, HEAD | {"variables", "rows", "proof"})
    names = list(map(text, items(data["variables"])))
    require_empty(data["proof"], read_rows(data["rows"], len(names) + 1), len(names) + 1)
    return "no point satisfies the conditions"
