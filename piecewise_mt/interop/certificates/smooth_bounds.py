"""Certificates of bounds of smooth functions, and of their slopes, by enclosures on small boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.simplex import Optimum, maximize
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, number_data, rows_data
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.interop.certificates.farkas import Known
from piecewise_mt_check.boxes import (
    Box,
    is_outside,
    jets,
    lower_bound,
    read_smooth,
    slope_power,
)
from piecewise_mt_check.expressions import FUNCTIONS
from piecewise_mt_check.functions import Function
from piecewise_mt_check.intervals import ZERO, Interval, NotKnown, point
from piecewise_mt_check.rows import Related, primitive, read_rows

Data = dict[str, Any]
MAX_BOXES = 20_000
SMALLEST = Fraction(1, 2**30)
"""Boxes with sides below this part of the first box are not split further."""


def smooth_function_data(f: Expression) -> Data:
    """A function as data, with formulas as nested lists instead of texts."""
    data = function_data(f)
    if "formulas" in data:
        data["formulas"] = [
            {
                "expression": formula_data(formula_from_text(entry["formula"])),
                "arity": entry["arity"],
            }
            for entry in data["formulas"]
        ]
    return data


def formula_data(formula: sympy.Expr) -> Any:
    """A SymPy formula as nested lists.

    Raises
    ------
    Unsupported
        If it has another function than those of :data:`piecewise_mt_check.expressions.FUNCTIONS`.

    Examples
    --------
    >>> t = sympy.Symbol("u1")
    >>> formula_data(sympy.exp(-t) / 2 + sympy.sqrt(t))
    ['+', ['^', 'u1', '1/2'], ['*', '1/2', ['exp', ['*', -1, 'u1']]]]
    """
    if formula.is_Symbol:
        return str(formula)
    if formula.is_Rational:
        return number_data(to_fraction(formula))
    if formula is sympy.pi:
        return ["pi"]
    if formula is sympy.E:
        return ["exp", 1]
    below = formula.args
    if formula.is_Add or formula.is_Mul:
        return ["+" if formula.is_Add else "*", *map(formula_data, below)]
    if formula.is_Pow and below[1].is_Rational:
        return ["^", formula_data(below[0]), formula_data(below[1])]
    if formula.is_Pow:
        return ["exp", ["*", formula_data(below[1]), ["log", formula_data(below[0])]]]
    name = formula.func.__name__
    if name not in FUNCTIONS:
        raise Unsupported(
            f"expected a formula of {', '.join(FUNCTIONS)} for a certificate, got {name}; rewrite "
            "it, or ask without a certificate"
        )
    return [name, formula_data(below[0])]


class _Asked:
    """A function in a box around a domain."""

    def __init__(self, f: Expression, domain: Any) -> None:
        self.data = smooth_function_data(f)
        self.function: Function = read_smooth(self.data)
        read = read_domain(domain, names_of(f))
        self.domain_data = [] if read is None else rows_data(read)
        self.domain = read_rows(self.domain_data, self.function.width)
        self.box, self.inside = self._around()

    def head(self, tree: list[Any]) -> Data:
        return {
            "function": self.data,
            "domain": self.domain_data,
            "box": [[number_data(side.low), number_data(side.high)] for side in self.box],
            "inside": self.inside,
            "tree": tree,
        }

    def _around(self) -> tuple[Box, list[Any]]:
        """The smallest box that holds the domain, with proofs of each side."""
        width = self.function.width
        equations = [r.row for r in self.domain if r.relation == "="]
        above = [(r.row, r.relation == ">") for r in self.domain if r.relation != "="]
        known = Known(list(enumerate(self.domain)), width)
        box, proofs = [], []
        for k in range(1, width):
            ends, own = [], []
            for sign in (-1, 1):
                goal = tuple(sign * int(i == k) for i in range(width))
                found = maximize(goal, equations, [(row, False) for row, _ in above])
                if not isinstance(found, Optimum):
                    raise Unsupported(
                        "expected a bounded domain with points for a certificate of a smooth "
                        "function, got another; give each variable an interval"
                    )
                end = found.point[k - 1]
                row = [Fraction(0)] * width
                row[0], row[k] = sign * end, Fraction(-sign)
                ends.append(end)
                own.append(known.implies(Related(">=", primitive(row))))
            box.append(Interval(*ends))
            proofs.append(own)
        return tuple(box), proofs

    def tree(self, holds: Callable[[Box], bool], refute: Callable[[Box], None]) -> list[Any]:
        """How the box is split until a statement holds on every part that meets the domain."""
        entries: list[Any] = []
        pending = [self.box]
        while pending:
            box = pending.pop()
            if is_outside(self.domain, box) or holds(box):
                entries.append(0)
                continue
            if len(entries) > MAX_BOXES or self._is_tiny(box):
                raise Unsupported(
                    f"expected enclosures on at most {MAX_BOXES} boxes that show the bound, got "
                    f"none near {_shown(box)}; give a weaker bound or a smaller domain"
                )
            refute(tuple(point((side.low + side.high) / 2) for side in box))
            k, at = self._cut(box)
            entries.append([k, number_data(at)])
            pending.append((*box[:k], Interval(at, box[k].high), *box[k + 1 :]))
            pending.append((*box[:k], Interval(box[k].low, at), *box[k + 1 :]))
        return entries

    def _is_tiny(self, box: Box) -> bool:
        return all(
            side.high - side.low <= SMALLEST * (whole.high - whole.low)
            for side, whole in zip(box, self.box)
        )

    def _cut(self, box: Box) -> tuple[int, Fraction]:
        """Across the side along which the function changes most, near the middle."""
        sizes = [side.high - side.low for side in box]
        try:
            found = [jet.slopes or {} for jet in jets(self.function, box)]
        except NotKnown:
            found = []
        changes = [
            max((slopes.get(k, ZERO).magnitude() for slopes in found), default=Fraction(1)) * size
            for k, size in enumerate(sizes)
        ]
        order = changes if any(changes) else sizes
        k = max(range(len(box)), key=lambda k: (order[k], sizes[k]))
        return k, _simple(box[k])


def _simple(side: Interval) -> Fraction:
    """The simplest number in the middle third."""
    third = (side.high - side.low) / 3
    low, high = side.low + third, side.high - third
    if low <= 0 <= high:
        return Fraction(0)
    below = 1
    while True:
        found = Fraction(-(-low.numerator * below // low.denominator), below)
        if found <= high:
            return found
        below *= 2


def _shown(box: Sequence[Interval]) -> str:
    return f"({', '.join(f'{float((side.low + side.high) / 2):.6g}' for side in box)})"


def bound(f: Expression, domain: Any, low: Any, high: Any) -> Data:
    """That all values are at least `low` and at most `high`."""
    own = _Asked(f, domain)
    bounds = [
        (sign, to_fraction(value)) for sign, value in ((1, low), (-1, high)) if value is not None
    ]
    if not bounds:
        raise PiecewiseError("expected low= or high=, got neither; give a bound to certify")
    places = range(len(own.function.outputs))

    def holds(box: Box) -> bool:
        try:
            return all(
                lower_bound(own.function, place, box, sign) >= sign * value
                for place in places
                for sign, value in bounds
            )
        except NotKnown:
            return False

    def refute(place: Box) -> None:
        """Stop at a point of the domain at which the bound fails."""
        if not _is_inside(own.domain, place):
            return
        try:
            found = [jet.value for jet in jets(own.function, place)]
        except NotKnown:
            return
        for sign, value in bounds:
            if any((own.high if sign > 0 else -own.low) < sign * value for own in found):
                raise PiecewiseError(
                    f"expected a bound that holds, got {value}, which fails near {_shown(place)}; "
                    "give another"
                )

    tree = own.tree(holds, refute)
    named = {("low" if sign > 0 else "high"): number_data(value) for sign, value in bounds}
    return {"kind": "bound", **own.head(tree), **named}


def lipschitz_bound(f: Expression, domain: Any, order: Any, constant: Any) -> Data:
    """That a number, or its square root for order 2, is a Lipschitz constant."""
    own = _Asked(f, domain)
    value = to_fraction(constant)
    power = value * value if order == 2 else value
    if value < 0:
        raise PiecewiseError(f"expected a constant from 0 on, got {constant}; give one")

    def holds(box: Box) -> bool:
        try:
            return slope_power(own.function, box, order) <= power
        except NotKnown:
            return False

    tree = own.tree(holds, lambda place: None)
    return {
        "kind": "lipschitz_bound",
        **own.head(tree),
        "ord": order,
        "power": number_data(power),
    }


def _is_inside(domain: Sequence[Related], place: Box) -> bool:
    values = [Fraction(1), *(side.low for side in place)]
    signs = [sum(c * v for c, v in zip(row, values)) for _, row in domain]
    return all(
        s == 0 if relation == "=" else s > 0 or (relation == ">=" and s == 0)
        for s, (relation, _) in zip(signs, domain)
    )
