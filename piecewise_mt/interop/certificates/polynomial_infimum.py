"""Certificates of infima of piecewise polynomial functions of several variables."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.polynomial_optimum import PolynomialOptimum
from piecewise_mt.calculus.properties.polynomial_pieces import polynomial_pieces
from piecewise_mt.errors import Unsupported
from piecewise_mt.exact.algebraic_points import ExactPoint
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import number_data, rows_data
from piecewise_mt.interop.certificates.cases import point_data
from piecewise_mt.interop.certificates.curved_table import Deciding
from piecewise_mt.interop.certificates.line_answers import rational_function_data, root_data
from piecewise_mt_check.cases import ZERO, Condition
from piecewise_mt_check.curves import CurvedRegion, CurvedWalk
from piecewise_mt_check.functions import read_function
from piecewise_mt_check.line import Value, read_value
from piecewise_mt_check.polynomial_infimum import Curve, at, between, polynomial_walk, systems
from piecewise_mt_check.polynomials import constant, minus
from piecewise_mt_check.rows import read_rows

Data = dict[str, Any]


def polynomial_infimum(f: Expression, domain: Any, sense: str) -> Data:
    """The infimum or supremum, with proofs by cases that nothing is beyond it."""
    names = tuple(v.name for v in f.variables)
    read = read_domain(domain, names)
    rows = [] if read is None else rows_data(read)
    data = rational_function_data(f)
    function = read_function(data, curved=True)
    walk = polynomial_walk(function, read_rows(rows, function.width))
    turn = 1 if sense == "min" else -1
    report = PolynomialOptimum(polynomial_pieces(f if turn > 0 else -f, read)).report
    head: Data = {"kind": "polynomial_infimum", "function": data, "domain": rows, "sense": sense}
    moves = None
    if report.curve is not None:
        moves = [[[number_data(Fraction(c)), k]] for c, k in report.curve.moves]
    if report.value.is_infinite:
        return head | {"value": None, "curve": moves}
    head["value"] = root_data(turn * to_number(report.value))
    value = read_value(head["value"])
    ask = Deciding(names)
    entries = list(_grown(walk, ask))
    head["tree"] = [
        {"bound": _bound(walk, ask, entry, value, turn)}
        if isinstance(entry, CurvedRegion)
        else entry
        for entry in entries
    ]
    leaves = [entry for entry in entries if isinstance(entry, CurvedRegion)]
    if report.is_attained:
        return head | {"point": _attained(walk, ask, leaves, value)}
    if moves is None:
        assert report.point is not None, "there is a point or a curve"
        moves = _segment(walk, ask, leaves, value, report.point)
    return head | {"curve": moves}


def _grown(walk: CurvedWalk, ask: Deciding) -> Iterator[Any]:
    """The tree in preorder: None where it is split, a proof where it is empty, or a leaf."""
    pending = [walk.root]
    while pending:
        region = pending.pop()
        proof = ask.empty(tuple(region.path)) if region.path else None
        if isinstance(proof, list):
            yield proof
            continue
        region = walk.settled(region)
        if walk.unit(region) is None:
            yield region
            continue
        yield None
        split = walk.children(region)
        pending += [walk.below(region, said, child.state) for said, child in reversed(split)]


def _bound(
    walk: CurvedWalk, ask: Deciding, region: CurvedRegion, value: Value, turn: int
) -> list[Any]:
    (own,) = walk.values(region)
    found = []
    for system in systems(own, value, turn):
        proof = ask.empty((*region.path, *system))
        if isinstance(proof, ExactPoint):
            raise Unsupported("expected a bound, got one that is not proved; ask mt.infimum")
        found.append(proof)
    return found


def _attained(walk: CurvedWalk, ask: Deciding, leaves: list[CurvedRegion], value: Value) -> Data:
    """A point with the value."""
    for region in leaves:
        (own,) = walk.values(region)
        if isinstance(value, Fraction):
            equal = [Condition(minus(own, constant(value)), ZERO)]
        else:
            equal = [*between(own, value), Condition(at(value, own), ZERO)]
        found = ask.empty((*region.path, *equal))
        if isinstance(found, ExactPoint):
            return point_data(found)
    raise AssertionError("the value is attained in some region")


def _segment(
    walk: CurvedWalk, ask: Deciding, leaves: list[CurvedRegion], value: Value, end: Any
) -> list[Any]:
    """A segment from inside a region to a point where f tends to the value, as a curve."""
    names = walk.function.names
    for region in leaves:
        inside = ask.empty(tuple(region.path)) if region.path else ExactPoint(((Fraction(0),),))
        if not isinstance(inside, ExactPoint) or not inside.is_rational:
            continue
        if not all(isinstance(v, (int, Fraction)) for v in end):
            break
        moves = [
            [[number_data(Fraction(e)), 0], [number_data(p - e), -1]]
            for p, e in zip(inside.rational, end, strict=True)
        ]
        curve = Curve(moves, names)
        (own,) = walk.values(region)
        if all(c.allows(curve.sign(c.polynomial)) for c in region.path) and (
            curve.along(own).get(0, Fraction(0)) == value
        ):
            return moves
    raise Unsupported(
        "expected an infimum that is attained, or tended to along a simple curve, for a "
        "certificate, got another; ask mt.infimum"
    )
