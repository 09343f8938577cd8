"""Certificates of symmetries and inverses, whose compositions the checker makes itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.calculus.properties.inverse import inverse
from piecewise_mt.calculus.properties.symmetry import symmetries
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.function_data import function_data, rows_data
from piecewise_mt.interop.certificates.asked import Asked, Data
from piecewise_mt.interop.certificates.regions import Leaf, grown, written
from piecewise_mt_check.compositions import image_row, kept_by, there_and_back
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.rows import Related, difference, read_rows
from piecewise_mt_check.tree import Walk


def symmetric(subject: Any, given: Data) -> Data:
    own = Asked(subject, None)
    generators = given.get("generators")
    if generators is None:
        generators = symmetries(own.f).signed
    width = own.function.width
    maps = []
    for signed in generators:
        rows = [[sign * (i == place + 1) for i in range(width)] for place, sign in signed]
        walk = Walk(kept_by(own.function, rows), [])
        count = len(own.function.outputs)

        def equal(leaf: Leaf, walk: Walk = walk, count: int = count) -> Data:
            forms = walk.values(leaf.region)
            pairs = zip(forms, forms[count:])
            return {"equal": [_proved(leaf, Related("=", difference(a, b))) for a, b in pairs]}

        maps.append({"rows": rows, "tree": written(grown(walk), equal)})
    return {"kind": "symmetries", "function": own.data, "maps": maps}


def inverted(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    found = given.get("found") or inverse(own.f, given["domain"])
    data = function_data(found.expression.on(*own.names))
    second = read_function(data)
    image_data = [] if found.image is None else rows_data(found.image)
    image = read_rows(image_data, own.function.width)
    return {
        "kind": "inverse",
        **own.head,
        "second": data,
        "image": image_data,
        "there": _identity(own.function, second, own.domain, image),
        "back": _identity(second, own.function, image, own.domain),
    }


def _identity(
    one: Function, two: Function, start: Sequence[Related], end: Sequence[Related]
) -> list[Any]:
    """The tree of two∘one on a set that is mapped into another."""
    walk = Walk(there_and_back(one, two), start)
    own = walk.function.start()[1:]

    def proofs(leaf: Leaf) -> Data:
        forms = walk.values(leaf.region)
        values, back = forms[: len(own)], forms[len(own) :]
        return {
            "in": [_proved(leaf, image_row(row, values)) for row in end],
            "equal": [_proved(leaf, Related("=", difference(b, x))) for b, x in zip(back, own)],
        }

    return written(grown(walk), proofs)


def _proved(leaf: Leaf, claim: Related) -> Any:
    proof = leaf.implies(claim)
    if proof is None:
        raise PiecewiseError(
            "expected functions that are equal, got a region on which they differ; ask verify()"
        )
    return proof
