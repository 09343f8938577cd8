"""What a question is about, as the checker reads it, and what questions have in common."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.function_data import function_data, number_data, rows_data
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.interop.certificates.farkas import Proof
from piecewise_mt.interop.certificates.regions import Leaf
from piecewise_mt_check import following
from piecewise_mt_check.functions import Function, read_function
from piecewise_mt_check.rows import Related, Row, read_rows
from piecewise_mt_check.tree import Walk

Data = dict[str, Any]


class Asked:
    """The function and the domain of a question."""

    def __init__(self, f: Any, domain: Any) -> None:
        own = parse(f) if isinstance(f, str) else f
        if not isinstance(own, Expression):
            raise PiecewiseError(
                f"expected a function, got {type(f).__name__}; build one, or give its text"
            )
        self.f = own
        self.names = names_of(own)
        self.data = function_data(own)
        self.function: Function = read_function(self.data)
        read = read_domain(domain, self.names)
        self.domain_data = [] if read is None else rows_data(read)
        self.domain = read_rows(self.domain_data, self.function.width)

    @property
    def head(self) -> Data:
        return {"function": self.data, "domain": self.domain_data}

    def walk(self) -> Walk:
        return Walk(self.function, self.domain)

    def require_one_output(self) -> None:
        count = len(self.function.outputs)
        if count != 1:
            raise PiecewiseError(f"expected a function of one output, got {count}; choose an entry")


def numbers(row: Sequence[Any]) -> list[int | str]:
    return [number_data(c) for c in row]


def point_of(leaf: Leaf) -> list[Fraction]:
    return [Fraction(c, leaf.point[0]) for c in leaf.point[1:]]


def leaves_of(entries: Sequence[None | Proof | Leaf]) -> list[Leaf]:
    """The leaves of a tree; an error if there are none."""
    found = [entry for entry in entries if isinstance(entry, Leaf)]
    if not found:
        raise PiecewiseError("expected a domain with points, got an empty one; change the domain")
    return found


def interior(path: Sequence[Related], width: int) -> tuple[list[Fraction], Proof]:
    """A point at which every row that is not zero is positive; or a proof that there is none."""
    places = [(i, r.row) for i, r in enumerate(path) if any(r.row)]
    found = feasible_point([], [(row, True) for _, row in places], variables=width - 1)
    if isinstance(found, Witness):
        return list(found.point), []
    used = zip(places, found.inequalities)
    return [], [v for (i, _), m in used if m for v in (i, m)]


def interior_of_domain(path: Sequence[Related], width: int) -> list[Fraction]:
    """A point in the interior; an error if the domain is flat."""
    point: list[Fraction] = []
    if not any(relation == "=" and any(row) for relation, row in path):
        point, _ = interior(path, width)
    if not point:
        raise PiecewiseError(
            "expected a domain with interior, got a flat one; restrict the function to it"
        )
    return point


def is_broad(leaf: Leaf) -> bool:
    """Whether a leaf has interior."""
    return not following.has_equation(leaf.region) and "flat" not in flat(leaf)


def flat(leaf: Leaf) -> Data:
    """What is said of a leaf: that inequalities make it flat, if they do."""
    if following.has_equation(leaf.region):
        return {}
    _, proof = interior(leaf.region.path, len(leaf.point))
    return {"flat": proof} if proof else {}


def inside(leaf: Leaf) -> list[Fraction]:
    """A point of the interior of a leaf that has some."""
    return interior(leaf.region.path, len(leaf.point))[0]


def positive_at(leaf: Leaf, row: Row) -> list[Fraction] | None:
    """A point of a leaf at which a row is positive."""
    found = leaf.known.empty_with([Related(">", row)], 10**9)
    return list(found.point) if isinstance(found, Witness) else None


def moved(point: Sequence[Fraction], step: Fraction, way: Sequence[Fraction]) -> list[Fraction]:
    return [p + step * d for p, d in zip(point, way, strict=True)]


def axis(place: int, count: int) -> list[Fraction]:
    return [Fraction(int(i == place)) for i in range(count)]


def is_inside(path: Sequence[Related], point: Sequence[Fraction]) -> bool:
    """Whether a point satisfies all conditions."""
    sign = following.at(point)
    return all(following.allowed(relation, sign(row)) for relation, row in path)


def step_inside(
    path: Sequence[Related], point: Sequence[Fraction], way: Sequence[Fraction]
) -> Fraction:
    """A step from an interior point that stays in the interior."""
    open_path = [Related(">", row) for _, row in path if any(row)]
    step = Fraction(1)
    while not is_inside(open_path, moved(point, step, way)):
        step /= 2
    return step
