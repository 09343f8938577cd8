"""Compositions that this program makes itself: affine maps that keep a function, and inverses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt_check.formulas import require_equal
from piecewise_mt_check.functions import (
    Function,
    affine_map,
    composed,
    joined,
    read_function,
)
from piecewise_mt_check.reading import Invalid, items, keys, number
from piecewise_mt_check.rows import (
    Affine,
    Related,
    combined,
    difference,
    primitive,
    read_rows,
    require_implied,
)
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function"}


def kept_by(function: Function, rows: Any) -> Function:
    """The outputs of f, and those of f after an affine map, given by a row for each variable."""
    own = [list(map(number, items(row, function.width))) for row in items(rows)]
    return joined(function, composed(function, affine_map(function.names, own)))


def check_symmetries(data: Any) -> str:
    keys(data, HEAD | {"maps"})
    function = read_function(data["function"])
    maps = items(data["maps"])
    for entry in maps:
        keys(entry, {"rows", "tree"})
        walk = Walk(kept_by(function, entry["rows"]), [])
        checked_tree(walk, entry["tree"], require_equal(walk))
    return f"each of the affine maps of the variables ({len(maps)}) leaves the function as it is"


def there_and_back(one: Function, two: Function) -> Function:
    """The outputs of one, then of two after one, which are to be the variables."""
    return joined(one, composed(two, one))


def image_row(related: Related, forms: Sequence[Affine]) -> Related:
    """A relation of the values as one of the variables."""
    relation, (c0, *rest) = related
    one = Affine((1, *[0] * (len(forms[0].row) - 1)), 1)
    terms = list(zip((c0, *rest), (one, *forms)))
    return Related(relation, primitive(combined(terms, 1).row))


def check_inverse(data: Any) -> str:
    """f maps the domain into the image, g maps back; both compositions are the identity."""
    keys(data, HEAD | {"second", "domain", "image", "there", "back"})
    f, g = read_function(data["function"]), read_function(data["second"])
    if f.names != g.names or not len(f.names) == len(f.outputs) == len(g.outputs):
        raise Invalid("the functions have other variables, or not as many outputs")
    domain, image = read_rows(data["domain"], f.width), read_rows(data["image"], f.width)
    for one, two, start, end, tree in (
        (f, g, domain, image, data["there"]),
        (g, f, image, domain, data["back"]),
    ):
        walk = Walk(there_and_back(one, two), start)
        _require_identity(walk, end, tree)
    return "the functions are inverse to each other, between the domain and the image"


def _require_identity(walk: Walk, end: Sequence[Related], tree: Any) -> None:
    own = walk.function.start()[1:]

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        keys(entry, {"in", "equal"})
        forms = walk.values(region)
        values, back = forms[: len(own)], forms[len(own) :]
        for row, proof in zip(end, items(entry["in"], len(end))):
            require_implied(proof, image_row(row, values), region.path)
        for form, x, proof in zip(back, own, items(entry["equal"], len(own))):
            require_implied(proof, Related("=", difference(form, x)), region.path)

    checked_tree(walk, tree, leaf)
