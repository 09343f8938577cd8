"""At one point: membership in Clarke's set, differentiability, and local extrema.

A *direction* d from the point p shows a limit of gradients: the region that p + t·d lies in for
all small t > 0 must have it in its interior. That a list of limits is complete needs a tree: that
of the regions near p, where the row of a condition that is not zero at p has its sign there, so
that the condition holds or fails, and of the others the linear part counts. Only children whose
conditions do not fail at p have entries. Leaves that lie in a hyperplane have no interior, and no
gradient.

With a domain only what is in it counts, near p a cone again. Where gradients count, it must have
interior, which the direction "inside" shows. Where nodes may jump, a tree with "joints" proves that
the function does not, near p (``continuity``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check import following
from piecewise_mt_check.atoms import Child
from piecewise_mt_check.continuity import Joints
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.lipschitz import Matrix, gradients
from piecewise_mt_check.optimum import read_point, value_on
from piecewise_mt_check.reading import Invalid, items, keys, number
from piecewise_mt_check.rows import Affine, Related, Row, primitive, read_rows, require_implied
from piecewise_mt_check.tree import Region, Walk, checked_tree

HEAD = {"format", "version", "kind", "function", "point"}
PLACE = {"domain", "inside"}


class NearWalk(Walk):
    """The regions near a point of the domain, as cones of directions."""

    def __init__(
        self, function: Function, point: list[Fraction], domain: Sequence[Related] = ()
    ) -> None:
        self.point = point
        self.sign = following.at(point)
        linear = self._near(domain)
        if linear is None or not all(following.allowed(r, self.sign(row)) for r, row in domain):
            raise Invalid("the point is not in the domain")
        super().__init__(function, linear)

    def _near(self, rows: Sequence[Related]) -> list[Related] | None:
        """What the conditions say of directions; None where they fail nearby."""
        signs = [self.sign(row) for _, row in rows]
        closed = (">=" if relation == ">" else relation for relation, _ in rows)
        if not all(following.allowed(relation, sign) for relation, sign in zip(closed, signs)):
            return None
        return [
            Related(relation, (0, *row[1:]))
            for (relation, row), sign in zip(rows, signs)
            if not sign
        ]

    def children(self, region: Region) -> list[tuple[list[Related], Child]]:
        split = ((self._near(rows), child) for rows, child in super().children(region))
        return [(linear, child) for linear, child in split if linear is not None]

    def height(self, form: Affine) -> Fraction:
        """The value of a form at the point."""
        return value_on(form, self.point)

    def differences(self, one: Region, two: Region) -> list[Row]:
        """As functions of the direction."""
        pairs = zip(self.values(one), self.values(two))
        return [
            primitive(
                [self.height(a) - self.height(b)]
                + [Fraction(c, a.denominator) - Fraction(d, b.denominator)
                   for c, d in zip(a.row[1:], b.row[1:])]
            )
            for a, b in pairs
        ]  # fmt: skip


class Place:
    """The function, the point and the domain of a certificate."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.function = read_function(data["function"])
        self.point = read_point(data["point"], self.function)
        self.domain = read_rows(data.get("domain", []), self.function.width)
        self.walk = NearWalk(self.function, self.point, self.domain)
        """That of the regions nearby."""
        self.whole = Walk(self.function, self.domain)

    def require_interior(self) -> None:
        """Refuse a domain that is flat near the point."""
        if self.domain:
            keys(self.data, {"inside"}, set(self.data))
            there = following.at(read_point(self.data["inside"], self.function))
            following.require_interior(self.walk.root, there)

    def along(self, direction: Any) -> tuple[Region, following.Sign, list[Fraction]]:
        """The region that is met at once in a direction, which leads into the domain."""
        way = read_point(direction, self.function)
        there = following.near(self.point, way)
        return following.region_at(self.whole, there), there, way

    def limit(self, direction: Any) -> Matrix:
        """The gradient of the region that has a direction in its interior."""
        region, there, _ = self.along(direction)
        following.require_interior(region, there)
        return gradients(self.whole.values(region))

    def slopes(self, direction: Any) -> list[tuple[Fraction, Fraction]]:
        """By how much each output jumps at once in a direction, and its slope then."""
        region, _, way = self.along(direction)
        values = self.function.value(self.point)
        forms = self.whole.values(region)
        return [
            (value_on(form, self.point) - value, _dot(form.row[1:], way) / form.denominator)
            for form, value in zip(forms, values)
        ]

    def require_continuous(self) -> None:
        """Refuse a function that may jump near the point, unless a tree proves that it does not."""
        if self.function.may_jump:
            keys(self.data, {"tree"}, set(self.data))
            self.check_tree(lambda region: None)

    def check_tree(self, check_leaf: Callable[[Region], None]) -> None:
        """Check all regions nearby that have interior, and that the function does not jump."""
        joints = Joints(self.walk, self.data)

        def leaf(region: Region, entry: dict[str, Any]) -> None:
            joints.add(region)
            if not following.is_flat(region, entry, self.walk.width):
                check_leaf(region)

        checked_tree(self.walk, self.data["tree"], leaf)
        joints.check()

    def matrix(self, data: Any) -> Matrix:
        rows = items(data, len(self.function.outputs))
        return [[number(c) for c in items(row, len(self.function.names))] for row in rows]


def _dot(one: Sequence[int], two: Sequence[Fraction]) -> Fraction:
    return sum((c * v for c, v in zip(one, two)), Fraction(0))


def _times(one: Matrix, two: Matrix) -> Fraction:
    pairs = ((a, b) for x, y in zip(one, two) for a, b in zip(x, y))
    return sum((a * b for a, b in pairs), Fraction(0))


def check_in_clarke(data: Any) -> str:
    keys(data, HEAD | {"matrix", "weights", "directions"}, {"domain", "tree", "joints"})
    place = Place(data)
    matrix = place.matrix(data["matrix"])
    place.require_continuous()
    weights = [number(w) for w in items(data["weights"])]
    directions = items(data["directions"], len(weights))
    if any(w < 0 for w in weights) or sum(weights) != 1:
        raise Invalid("expected weights that are not negative and sum to 1")
    total = [[Fraction(0)] * len(row) for row in matrix]
    for weight, direction in zip(weights, directions):
        limit = place.limit(direction)
        total = [[t + weight * c for t, c in zip(a, b)] for a, b in zip(total, limit)]
    if total != matrix:
        raise Invalid("the limits of gradients do not combine to the matrix")
    named = "the matrix" if any(map(any, matrix)) else "the point is stationary: 0"
    return f"{named} is in Clarke's set, a convex combination of limits of gradients"


def check_not_in_clarke(data: Any) -> str:
    keys(data, HEAD | {"matrix", "separation", "tree"}, PLACE | {"joints"})
    place = Place(data)
    place.require_interior()
    matrix = place.matrix(data["matrix"])
    separation = place.matrix(data["separation"])
    height = _times(separation, matrix)

    def leaf(region: Region) -> None:
        if _times(separation, gradients(place.walk.values(region))) >= height:
            raise Invalid("a limit of gradients is not on the other side")

    place.check_tree(leaf)
    named = "the matrix" if any(map(any, matrix)) else "the point is not stationary: 0"
    return f"{named} is not in Clarke's set: a hyperplane separates it from all limits"


def check_differentiable(data: Any) -> str:
    keys(data, HEAD | {"gradient", "tree"}, PLACE | {"joints"})
    place = Place(data)
    place.require_interior()
    gradient = place.matrix(data["gradient"])

    def leaf(region: Region) -> None:
        if gradients(place.walk.values(region)) != gradient:
            raise Invalid("a limit of gradients is another")

    place.check_tree(leaf)
    return "the function is differentiable at the point, and this is its gradient"


def check_not_differentiable(data: Any) -> str:
    """Σ c·d = 0, and Σ c·f'(p; d) is not 0: a derivative would be linear."""
    keys(data, HEAD | {"directions", "coefficients"}, {"domain"})
    place = Place(data)
    factors = [number(c) for c in items(data["coefficients"])]
    directions = items(data["directions"], len(factors))
    total = [Fraction(0)] * len(place.function.names)
    rise = [Fraction(0)] * len(place.function.outputs)
    for c, direction in zip(factors, directions):
        found = place.slopes(direction)
        if any(jump for jump, _ in found):
            raise Invalid("the function jumps along a direction, so it has no slope")
        total = [t + c * d for t, d in zip(total, read_point(direction, place.function))]
        rise = [t + c * slope for t, (_, slope) in zip(rise, found)]
    if any(total) or not any(rise):
        raise Invalid("the slopes along the directions may be those of a derivative")
    return "the function is not differentiable at the point: its slopes are not linear"


CLAIMS = {
    "minimum": "has a local minimum at the point, and is not constant nearby",
    "maximum": "has a local maximum at the point, and is not constant nearby",
    "constant": "is constant near the point",
    "neither": "has no local extremum at the point",
}


def check_extremum(data: Any) -> str:
    """On each region nearby the value at the point is a bound; "up" and "down" show the rest."""
    keys(data, HEAD | {"claim"}, {"domain", "tree", "up", "down"})
    claim = data["claim"]
    if not isinstance(claim, str) or claim not in CLAIMS:
        raise Invalid(f"expected one of {', '.join(CLAIMS)}")
    senses = {"minimum": (1,), "maximum": (-1,), "constant": (1, -1), "neither": ()}[claim]
    shown = [key for key, sign in (("up", -1), ("down", 1)) if sign not in senses]
    keys(data, HEAD | {"claim", *shown} | ({"tree"} if senses else set()), {"domain"})
    place = Place(data)
    if len(place.function.outputs) != 1:
        raise Invalid("expected a function of one output")
    for key in shown:
        ((jump, slope),) = place.slopes(data[key])
        if (jump or slope) * (1 if key == "up" else -1) <= 0:
            raise Invalid("the function does not go up or down along a direction as is said")
    (value,) = place.function.value(place.point)

    def leaf(region: Region, entry: dict[str, Any]) -> None:
        (form,) = place.walk.values(region)
        jump = place.walk.height(form) - value
        if any(sign * jump < 0 for sign in senses):
            raise Invalid("the function has a larger or smaller value near the point")
        if jump:
            keys(entry, set())
            return
        for sign, proof in zip(senses, items(keys(entry, {"bounds"})["bounds"], len(senses))):
            row = primitive([0, *(sign * c for c in form.row[1:])])
            require_implied(proof, Related(">=", row), region.path)

    if senses:
        checked_tree(place.walk, data["tree"], leaf)
    return f"the function {CLAIMS[claim]}"
