"""Certificates at a point: Clarke's set, differentiability, local extrema."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.interop.certificates.asked import (
    Asked,
    Data,
    axis,
    flat,
    inside,
    interior,
    interior_of_domain,
    is_broad,
    moved,
    numbers,
    point_of,
    positive_at,
    step_inside,
)
from piecewise_mt.interop.certificates.continuity import Jump, joints, jumping
from piecewise_mt.interop.certificates.regions import Leaf, grown, written
from piecewise_mt_check import following
from piecewise_mt_check.lipschitz import Matrix, gradients
from piecewise_mt_check.local import NearWalk
from piecewise_mt_check.rows import Related, primitive


class _Near:
    """A function at a point of a domain, and the regions nearby."""

    def __init__(self, subject: Any, given: Data) -> None:
        self.own = Asked(subject, given["domain"])
        if given["point"] is None:
            raise PiecewiseError("expected point=, got none; give one number a variable")
        self.point = [
            fraction(v)  # type: ignore[arg-type]
            for v in read_coordinates(given["point"], self.own.names)
        ]
        self.function = self.own.function
        self.walk = NearWalk(self.function, self.point, self.own.domain)
        self.entries = grown(self.walk)
        self.leaves = [entry for entry in self.entries if isinstance(entry, Leaf)]
        self.values = self.function.value(self.point)

    @property
    def head(self) -> Data:
        made: Data = {"function": self.own.data, "point": numbers(self.point)}
        return made | ({"domain": self.own.domain_data} if self.own.domain else {})

    def with_interior(self) -> Data:
        """The same, where the domain must have interior."""
        way = interior_of_domain(self.walk.root.path, self.walk.width)
        return self.head | ({"inside": numbers(way)} if self.own.domain else {})

    def tree(self) -> Data:
        """The regions nearby, and why the function does not jump."""
        try:
            proofs = joints(self.walk, self.leaves)
        except Jump:
            raise jumping() from None
        return {"tree": written(self.entries, flat), **proofs}

    def broad(self) -> list[tuple[Leaf, Matrix]]:
        """The regions with interior, and their gradients."""
        return [
            (leaf, gradients(self.walk.values(leaf.region)))
            for leaf in self.leaves
            if is_broad(leaf)
        ]

    def jump(self) -> Data | None:
        """That the function is not continuous at the point, if it is not."""
        for leaf in self.leaves:
            forms = self.walk.values(leaf.region)
            if [self.walk.height(form) for form in forms] != self.values:
                return {
                    "kind": "discontinuous",
                    **self.own.head,
                    "point": numbers(self.point),
                    "direction": numbers(point_of(leaf)),
                }
        return None


def differentiable(subject: Any, given: Data) -> Data:
    near = _Near(subject, given)
    jump = near.jump()
    if jump is not None:
        return jump
    head = near.with_interior()
    (first, gradient), *others = near.broad()
    for leaf, other in others:
        if other != gradient:
            return _not_linear(near, (first, gradient), (leaf, other))
    return {
        "kind": "differentiable",
        **head,
        "gradient": [numbers(row) for row in gradient],
        **near.tree(),
    }


def _not_linear(near: _Near, one: tuple[Leaf, Matrix], two: tuple[Leaf, Matrix]) -> Data:
    """Directions in the first cone that combine to one in the second, and slopes that do not."""
    count = near.walk.width - 1
    start, way = inside(one[0]), inside(two[0])
    path, far = one[0].region.path, two[0].region.path
    rises = [[a - b for a, b in zip(r, s)] for r, s in zip(one[1], two[1])]
    if not any(_dot(row, way) for row in rises):
        place = next(i for row in rises for i, c in enumerate(row) if c)
        unit = axis(place, count)
        way = moved(way, step_inside(far, way, unit), unit)
    directions, factors = [start, way], [Fraction(0), Fraction(-1)]
    for place, c in enumerate(way):
        if c:
            unit = axis(place, count)
            step = step_inside(path, start, unit)
            directions.append(moved(start, step, unit))
            factors.append(c / step)
            factors[0] -= c / step
    return {
        "kind": "not_differentiable",
        **near.head,
        "directions": [numbers(d) for d in directions],
        "coefficients": numbers(factors),
    }


def _dot(one: Sequence[Fraction], two: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(one, two)), Fraction(0))


def clarke(subject: Any, given: Data) -> Data:
    near = _Near(subject, given)
    rows = given["matrix"]
    try:
        matrix = [[to_fraction(c) for c in row] for row in _listed(rows)]
    except TypeError as error:
        raise PiecewiseError(f"expected matrix=, rows of numbers, got {rows!r}") from error
    width, count = len(near.own.names), len(near.function.outputs)
    if len(matrix) != count or any(len(row) != width for row in matrix):
        raise PiecewiseError(
            f"expected a {count}x{width} matrix, got another shape; give one row an output"
        )
    head = near.with_interior()
    limits: dict[tuple[Fraction, ...], Leaf] = {}
    for leaf, own_rows in near.broad():
        limits.setdefault(tuple(c for row in own_rows for c in row), leaf)
    claim: Data = {"matrix": [numbers(row) for row in matrix]}
    weights = _combination([c for row in matrix for c in row], list(limits))
    tree = near.tree()
    if isinstance(weights, list):
        used = [(w, leaf) for w, leaf in zip(weights, limits.values()) if w]
        return {
            "kind": "in_clarke",
            **near.head,
            **claim,
            "weights": numbers([w for w, _ in used]),
            "directions": [numbers(inside(leaf)) for _, leaf in used],
            **(tree if near.function.may_jump else {}),
        }
    separation = [weights[k : k + width] for k in range(0, len(weights), width)]
    return {
        "kind": "not_in_clarke",
        **head,
        **claim,
        "separation": [numbers(row) for row in separation],
        **tree,
    }


def stationary(subject: Any, given: Data) -> Data:
    own = Asked(subject, given["domain"])
    own.require_one_output()
    return clarke(own.f, given | {"matrix": [[0] * len(own.names)]})


def constrained(subject: Any, given: Data) -> Data:
    near = _Near(subject, given)
    near.own.require_one_output()
    root = near.walk.root
    is_flat = following.has_equation(root) or not interior(root.path, near.walk.width)[0]
    free = _Near(subject, given | {"domain": None}) if is_flat else near
    limits: dict[tuple[Fraction, ...], Leaf] = {}
    for leaf, (row,) in free.broad():
        limits.setdefault(tuple(row), leaf)
    sign = near.walk.sign
    tight = [(i, r) for i, r in enumerate(near.own.domain) if not sign(r.row) and any(r.row)]
    head: Data = {
        "function": near.own.data,
        "point": numbers(near.point),
        "domain": near.own.domain_data,
        "limits": "all" if is_flat else "inside",
    }
    if near.own.domain and not is_flat:
        head["inside"] = near.with_interior()["inside"]
    # Σ w·limit - Σ m·row = 0 and Σ w = 1
    count = near.walk.width - 1
    columns: list[Sequence[Fraction | int]] = [
        *limits,
        *(tuple(-c for c in r.row[1:]) for _, r in tight),
    ]
    raw = [[Fraction(column[k]) for column in ((0,) * count, *columns)] for k in range(count)]
    equations = [primitive(row) for row in raw]
    equations.append((-1, *[1] * len(limits), *[0] * len(tight)))
    signed = [k for k in range(len(columns)) if k < len(limits) or (
        tight[k - len(limits)][1].relation != "=")]  # fmt: skip
    above = [((0, *(int(i == k) for i in range(len(columns)))), False) for k in signed]
    found = feasible_point(equations, above, variables=len(columns))
    tree = free.tree()
    if not isinstance(found, Witness):
        way = [m * _scale(row) for m, row in zip(found.equations, raw)]
        kind = "not_constrained_stationary"
        return {"kind": kind, **head, "direction": numbers(way), **tree}
    used = [(w, leaf) for w, leaf in zip(found.point, limits.values()) if w]
    factors = zip(tight, found.point[len(limits) :])
    return {
        "kind": "constrained_stationary",
        **head,
        "weights": numbers([w for w, _ in used]),
        "directions": [numbers(inside(leaf)) for _, leaf in used],
        "multipliers": [[i, *numbers([m])] for (i, _), m in factors if m],
        **(tree if near.function.may_jump else {}),
    }


def _listed(rows: Any) -> Any:
    return rows.tolist() if hasattr(rows, "tolist") else rows


def _combination(
    target: Sequence[Fraction], points: Sequence[Sequence[Fraction]]
) -> list[Fraction] | tuple[Fraction, ...]:
    """Weights (a list) that combine the points to the target, or a direction (a tuple) apart."""
    count = len(points)
    equations = [primitive([-t, *(p[k] for p in points)]) for k, t in enumerate(target)]
    equations.append((-1, *[1] * count))
    above = [((0, *(int(i == k) for i in range(count))), False) for k in range(count)]
    found = feasible_point(equations, above)
    if isinstance(found, Witness):
        return list(found.point)
    # Σ m·equation + Σ n·weight is a negative constant: so m·p <= r at the points, m·target > r
    scales = (_scale([-t, *(p[k] for p in points)]) for k, t in enumerate(target))
    return tuple(m * scale for m, scale in zip(found.equations, scales))


def _scale(row: Sequence[Fraction]) -> Fraction:
    """What :func:`primitive` multiplies a row with."""
    whole = primitive(row)
    return next((Fraction(w) / c for w, c in zip(whole, row) if c), Fraction(1))


def extremum(subject: Any, given: Data) -> Data:
    near = _Near(subject, given)
    near.own.require_one_output()
    ways: dict[int, list[Fraction]] = {}
    proofs: dict[tuple[int, int], Any] = {}
    for leaf in near.leaves:
        (form,) = near.walk.values(leaf.region)
        jump = near.walk.height(form) - near.values[0]
        for sign in (1, -1):
            # whether f goes up (sign 1) or down at once on the region, or a proof that it does not
            row = primitive([0, *(sign * c for c in form.row[1:])])
            against = tuple(-c for c in row)
            way = point_of(leaf) if sign * jump > 0 else None
            if not jump:
                proofs[id(leaf), -sign] = leaf.implies(Related(">=", against))
                if proofs[id(leaf), -sign] is None:
                    way = positive_at(leaf, row)
            if way is not None:
                ways.setdefault(sign, way)
    claim = {
        (True, False): "minimum",
        (False, True): "maximum",
        (True, True): "neither",
        (False, False): "constant",
    }[1 in ways, -1 in ways]
    senses = [sign for sign in (1, -1) if -sign not in ways]
    head = {"kind": "extremum", **near.head, "claim": claim}
    head |= {key: numbers(ways[sign]) for key, sign in (("up", 1), ("down", -1)) if sign in ways}
    if not senses:
        return head

    def bounds(leaf: Leaf) -> Data:
        own = [proofs[id(leaf), sign] for sign in senses if (id(leaf), sign) in proofs]
        return {"bounds": own} if own else {}

    return head | {"tree": written(near.entries, bounds)}
