"""Infima of piecewise polynomial functions of several variables, by cases.

On every region of the tree a proof by cases shows that no point has a lower value; two proofs,
where the value is irrational. That it is best is shown by a point, or by a curve on which f tends
to it for t → ∞: each coordinate is a sum of c·tᵏ with a whole k, so signs for all large t are those
of the highest powers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check.algebraic import Root, read_point, sign, sign_at
from piecewise_mt_check.cases import NEGATIVE, POSITIVE, ZERO, Condition, require_no_point
from piecewise_mt_check.curves import CurvedRegion, CurvedWalk
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.line import Value, compared_at, read_value, shown
from piecewise_mt_check.optimum import read_sense
from piecewise_mt_check.polynomials import (
    Polynomial,
    constant,
    length,
    minus,
    negative,
    plus,
    substituted,
)
from piecewise_mt_check.reading import Invalid, Unsupported, integer, items, keys, number, spend
from piecewise_mt_check.rows import Related, read_rows
from piecewise_mt_check.tree import checked_tree

Laurent = dict[int, Fraction]
HEAD = {"format", "version", "kind", "function", "domain", "sense", "value"}
MAX_POWER = 100
MASKS = {"=": ZERO, ">": POSITIVE, ">=": ZERO | POSITIVE}


def polynomial_walk(function: Function, domain: Sequence[Related]) -> CurvedWalk:
    """The regions of a function on a polyhedral domain."""
    conditions = []
    for relation, row in domain:
        own: Polynomial = {(name,): c for name, c in zip(function.names, row[1:]) if c}
        conditions.append(Condition(plus(constant(Fraction(row[0])), own), MASKS[relation]))
    return CurvedWalk(function, conditions)


def systems(p: Polynomial, value: Value, turn: int) -> list[list[Condition]]:
    """Conditions of which one holds where turn·(p - value) is negative.

    An irrational value is the only root of a polynomial between two numbers: p is beyond the first
    of them, or between both, where the polynomial at p has its sign at the first.
    """
    if isinstance(value, Fraction):
        return [[_beyond(p, value, turn, NEGATIVE)]]
    first = value.low if turn > 0 else value.high
    signs = NEGATIVE if sign_at(value.polynomial, first) < 0 else POSITIVE
    return [
        [_beyond(p, first, turn, NEGATIVE | ZERO)],
        [*between(p, value), Condition(at(value, p), signs)],
    ]


def between(p: Polynomial, value: Root) -> list[Condition]:
    """That p is in the interval of a root."""
    return [_beyond(p, value.low, 1, POSITIVE), _beyond(p, value.high, 1, NEGATIVE)]


def at(value: Root, p: Polynomial) -> Polynomial:
    """The polynomial of a root at p."""
    own: Polynomial = {("v",) * k: c for k, c in enumerate(value.polynomial) if c}
    return substituted(own, {"v": p})


def _beyond(p: Polynomial, value: Fraction, turn: int, mask: int) -> Condition:
    own = minus(p, constant(value))
    return Condition(own if turn > 0 else negative(own), mask)


def region_where(walk: CurvedWalk, sign_of: Callable[[Polynomial], int]) -> CurvedRegion:
    """The leaf where polynomials have these signs; Invalid outside the domain."""
    region = walk.root
    if not all(own.allows(sign_of(own.polynomial)) for own in region.path):
        raise Invalid("a point or curve is not in the domain")
    while True:
        region = walk.settled(region)
        if walk.unit(region) is None:
            return region
        for said, child in walk.children(region):
            if all(own.allows(sign_of(own.polynomial)) for own in said):
                region = walk.below(region, said, child.state)
                break
        else:
            raise Unsupported("a split does not cover a point")


class Curve:
    """t ↦ (Σ c·tᵏ for each variable), for t → ∞."""

    def __init__(self, data: Any, names: Sequence[str]) -> None:
        self.coordinates: dict[str, Laurent] = {}
        for name, terms in zip(names, items(data, len(names))):
            own: Laurent = {}
            for term in items(terms):
                c, k = items(term, 2)
                if abs(integer(k)) > MAX_POWER:
                    raise Unsupported(f"a curve has a power above {MAX_POWER}")
                own[k] = own.get(k, Fraction(0)) + number(c)
            self.coordinates[name] = own

    def along(self, p: Polynomial) -> Laurent:
        """A polynomial on the curve, by powers of t."""
        total: Laurent = {}
        for monomial, c in p.items():
            term: Laurent = {0: Fraction(c)}
            for name in monomial:
                term = _times(term, self.coordinates[name])
            spend(10 * len(term), max(map(length, (*term.values(), *total.values())), default=0))
            for k, d in term.items():
                total[k] = total.get(k, Fraction(0)) + d
        return {k: c for k, c in total.items() if c}

    def sign(self, p: Polynomial) -> int:
        """The sign for all large t."""
        found = self.along(p)
        return sign(found[max(found)]) if found else 0


def _times(one: Laurent, two: Laurent) -> Laurent:
    bits = max(map(length, one.values()), default=0) + max(map(length, two.values()), default=0)
    spend(10 * len(one) * len(two), bits)
    found: Laurent = {}
    for i, a in one.items():
        for j, b in two.items():
            found[i + j] = found.get(i + j, Fraction(0)) + a * b
    return found


def check_polynomial_infimum(data: Any) -> str:
    """A bound on every region, and a point or a curve."""
    keys(data, HEAD, {"point", "curve", "tree"})
    function = read_function(data["function"], curved=True)
    if len(function.outputs) != 1:
        raise Invalid("expected a function of one output")
    turn, word = read_sense(data["sense"])
    walk = polynomial_walk(function, read_rows(data["domain"], function.width))
    if data["value"] is None:
        keys(data, HEAD | {"curve"})
        curve = Curve(data["curve"], function.names)
        (own,) = walk.values(region_where(walk, curve.sign))
        if turn * curve.sign(own) >= 0 or max(curve.along(own)) <= 0:
            raise Invalid("the function does not go on for ever along the curve")
        return f"the function has no {word}: it is unbounded"
    value = read_value(data["value"])
    is_attained = "point" in data
    keys(data, HEAD | {"tree", "point" if is_attained else "curve"})

    def leaf(region: Any, entry: dict[str, Any]) -> None:
        (own,) = walk.values(region)
        asked = systems(own, value, turn)
        for system, proof in zip(asked, items(keys(entry, {"bound"})["bound"], len(asked))):
            require_no_point(proof, (*region.path, *system))

    checked_tree(walk, data["tree"], leaf)
    if is_attained:
        point = read_point(data["point"], function.names)
        (own,) = walk.values(region_where(walk, point.sign))
        if compared_at(point, own, value):
            raise Invalid("the function does not have the value there")
    else:
        curve = Curve(data["curve"], function.names)
        (own,) = walk.values(region_where(walk, curve.sign))
        found = curve.along(own)
        if isinstance(value, Root) or max(found, default=0) > 0 or found.get(0, 0) != value:
            raise Invalid("the function does not tend to the value along the curve")
    return f"the {word} is {shown(value)}, which is {'attained' if is_attained else 'tended to'}"
