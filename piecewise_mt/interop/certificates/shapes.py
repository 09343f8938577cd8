"""Certificates of Lipschitz constants, convexity and monotonicity, and of the opposite."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.properties.lipschitz import lipschitz_report
from piecewise_mt.errors import PiecewiseError, UnknownVariable
from piecewise_mt.geometry.points import variable_name
from piecewise_mt.interop.certificates.asked import (
    Asked,
    Data,
    axis,
    flat,
    inside,
    interior_of_domain,
    is_broad,
    is_inside,
    leaves_of,
    moved,
    numbers,
    point_of,
    positive_at,
    step_inside,
)
from piecewise_mt.interop.certificates.continuity import (
    Jump,
    discontinuous,
    joints,
    jumping,
)
from piecewise_mt.interop.certificates.regions import Leaf, grown, written
from piecewise_mt_check.lipschitz import gradients
from piecewise_mt_check.rows import Related, Row, difference, negative


def lipschitz(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    order = "inf" if str(given["ord"]) in ("inf", "oo") else given["ord"]
    if order not in (1, 2, "inf"):
        raise PiecewiseError(f"expected ord 1, 2 or 'inf', got {order!r}; choose one")
    walk = own.walk()
    entries = grown(walk)
    leaves = leaves_of(entries)
    interior_of_domain(walk.root.path, walk.width)
    try:
        proofs = joints(walk, leaves)
    except Jump as jump:
        return discontinuous(own, walk, jump)

    def norm(leaf: Leaf) -> Fraction:
        rows = gradients(walk.values(leaf.region))
        if order == 2:
            return sum((c * c for c in rows[0]), Fraction(0))
        lines = rows if order == "inf" else list(zip(*rows))
        return max(sum(map(abs, line), Fraction(0)) for line in lines)

    broad = list(filter(is_broad, leaves))
    if order == 2 and len(own.function.outputs) > 1:
        proof: Any = given.get("found") or lipschitz_report(own.f, 2, given["domain"]).proof
        attained = list(map(list, proof.attained))
        # the gradient is that of a region, so there is one
        (best, *_) = [x for x in broad if gradients(walk.values(x.region)) == attained]
        bounds = {
            "power": numbers([proof.upper])[0],
            "lower": numbers([proof.lower])[0],
            "direction": numbers(proof.direction),
        }
    else:
        best = max(broad, key=norm)
        bounds = {"power": numbers([norm(best)])[0]}
    return {
        "kind": "lipschitz",
        **own.head,
        "ord": order,
        **bounds,
        "point": numbers(inside(best)),
        "tree": written(entries, flat),
        **proofs,
    }


def max_affine(subject: Any, given: Data, sense: str) -> Data:
    own = Asked(subject, given["domain"])
    own.require_one_output()
    walk = own.walk()
    entries = grown(walk)
    leaves = leaves_of(entries)
    # regions that lie in a hyperplane take the row of a neighbour
    broad = [leaf for leaf in leaves if is_broad(leaf)]
    of = {walk.values(leaf.region)[0]: leaf for leaf in reversed(broad or leaves)}
    forms = list(of)[::-1]
    proofs: dict[int, Data] = {}
    for leaf in leaves:
        (value,) = walk.values(leaf.region)
        rows = [_turned(difference(value, form), sense) for form in forms]
        above = [leaf.implies(Related(">=", row)) for row in rows]
        equal = [leaf.implies(Related("=", difference(value, form))) for form in forms]
        found = next(((k, proof) for k, proof in enumerate(equal) if proof is not None), None)
        if found is None or None in above:
            ends = [(row, of[form]) for row, form, proof in zip(rows, forms, above) if not proof]
            return _not_convex(own, sense, leaf, ends, broad)
        proofs[id(leaf)] = {"row": found[0], "is": found[1], "over": above}
    return {
        "kind": "max_affine",
        **own.head,
        "sense": sense,
        "rows": [numbers([Fraction(c, form.denominator) for c in form.row]) for form in forms],
        "tree": written(entries, lambda leaf: proofs[id(leaf)]),
    }


def _turned(row: Row, sense: str) -> Row:
    return row if sense == "max" else negative(row)


def _not_convex(
    own: Asked, sense: str, leaf: Leaf, ends: Sequence[tuple[Row, Leaf]], broad: Sequence[Leaf]
) -> Data:
    """A segment on which the function is above the chord.

    Either from a point at which the function is below the form of another region, through that
    region; or one around a point at which it jumps up.
    """
    sign = 1 if sense == "max" else -1
    for row, other in ends:
        start = positive_at(leaf, negative(row))
        assert start is not None, "a relation that does not follow fails at a point"
        there = inside(other) if is_broad(other) else point_of(other)
        step = _excess(own, sign, start, there)
        if step is not None:
            end = moved(there, step, [b - a for a, b in zip(start, there, strict=True)])
            return _segment(own, sense, (start, end), 1 / (1 + step))
    middle = point_of(leaf)
    for other in broad:
        way = [b - a for a, b in zip(middle, inside(other), strict=True)]
        for power in range(60):
            found = [moved(middle, Fraction(s, 2**power), way) for s in (-1, 1)]
            if all(is_inside(own.domain, end) for end in found) and (
                sign * (2 * _value(own, middle) - sum(_value(own, end) for end in found)) > 0
            ):
                return _segment(own, sense, (found[0], found[1]), Fraction(1, 2))
    word = "convex" if sense == "max" else "concave"
    raise PiecewiseError(
        f"expected a {word} function, or one with a segment against it, got neither; ask "
        "mt.is_convex"
    )


def _excess(
    own: Asked, sign: int, start: Sequence[Fraction], middle: Sequence[Fraction]
) -> Fraction | None:
    """How far the segment goes on behind the middle, in parts of what is before it."""
    way = [b - a for a, b in zip(start, middle, strict=True)]
    for power in range(60):
        step = Fraction(1, 2**power)
        end = moved(middle, step, way)
        if not is_inside(own.domain, end):
            continue
        mean = (step * _value(own, start) + _value(own, end)) / (1 + step)
        if sign * (_value(own, middle) - mean) > 0:
            return step
    return None


def _value(own: Asked, point: Sequence[Fraction]) -> Fraction:
    return own.function.value(point)[0]


def _segment(
    own: Asked, sense: str, ends: tuple[list[Fraction], list[Fraction]], at: Fraction
) -> Data:
    return {
        "kind": "not_convex",
        **own.head,
        "sense": sense,
        "segment": [numbers(end) for end in ends],
        "at": numbers([at])[0],
    }


def monotone(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    own.require_one_output()
    places = list(given.get("places") or range(len(own.names)))
    if given["variable"] is not None:
        name = variable_name(given["variable"])
        if name not in own.names:
            raise UnknownVariable(
                f"expected one of the variables {list(own.names)}, got {name}; name one of them"
            )
        places = [own.names.index(name)]
    walk = own.walk()
    entries = grown(walk)
    leaves = leaves_of(entries)
    point = interior_of_domain(walk.root.path, walk.width)
    head: Data = {**own.head, "places": places}
    for leaf in filter(is_broad, leaves):
        (form,) = walk.values(leaf.region)
        for place in places:
            if form.row[1 + place] < 0:
                start, way = inside(leaf), axis(place, len(own.names))
                end = moved(start, step_inside(leaf.region.path, start, way), way)
                segment = [numbers(start), numbers(end)]
                return {"kind": "not_monotone", **head, "segment": segment}
    try:
        proofs = joints(walk, leaves)
    except Jump:
        raise jumping() from None
    return {
        "kind": "monotone",
        **head,
        "point": numbers(point),
        "tree": written(entries, flat),
        **proofs,
    }
