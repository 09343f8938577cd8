"""Affine rows, relations, and the proofs that one follows from others (Farkas), in integers.

A row (c0, c1, …, ca) is the function c0 + c1·x1 + … + ca·xa. A relation is "=", ">=" or ">", of a
row to 0. All rows that proofs refer to are *primitive*: multiplied by a positive number so that
the entries are integers without a common divisor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

from piecewise_mt_check.reading import Invalid, Unsupported, index, integer, items, number

Row = tuple[int, ...]
MAX_BITS = 200_000


class Related(NamedTuple):
    """row = 0, row >= 0 or row > 0."""

    relation: str
    row: Row


class Affine(NamedTuple):
    """The function row / denominator."""

    row: Row
    denominator: int


def common_denominator(numbers: Iterable[int | Fraction]) -> int:
    """The least common multiple of the denominators, unless it becomes too long."""
    common = 1
    for c in numbers:
        if common % c.denominator:
            common = lcm(common, c.denominator)
            if common.bit_length() > MAX_BITS:
                raise Unsupported("the numbers become too long")
    return common


def primitive(row: Sequence[int | Fraction]) -> Row:
    """The row times a positive number: integers without a common divisor."""
    common = common_denominator(row)
    whole = [c.numerator * (common // c.denominator) for c in row] if common > 1 else row
    divisor = gcd(*map(int, whole)) or 1
    return tuple(int(c) // divisor for c in whole)


def difference(one: Affine, two: Affine) -> Row:
    """one - two, multiplied by a positive number."""
    pairs = zip(one.row, two.row)
    return primitive([a * two.denominator - b * one.denominator for a, b in pairs])


def negative(row: Row) -> Row:
    return tuple(-c for c in row)


def combined(terms: Sequence[tuple[int, Affine]], denominator: int) -> Affine:
    """(Σ c·f) / denominator."""
    if len(terms) == 1 and terms[0][0] == 1 == denominator:
        return terms[0][1]
    if len(terms) == 1 and terms[0][0] == -1 == -denominator:
        return Affine(negative(terms[0][1].row), terms[0][1].denominator)
    common = lcm(*(f.denominator for _, f in terms))
    scaled = [(c * (common // f.denominator), f.row) for c, f in terms]
    factors, rows = [c for c, _ in scaled], [row for _, row in scaled]
    total = [sum(c * v for c, v in zip(factors, column)) for column in zip(*rows)]
    below = common * denominator
    if max(below.bit_length(), *map(int.bit_length, total)) > MAX_BITS:
        raise Unsupported("the numbers become too long")
    divisor = gcd(below, *total)
    return Affine(tuple(c // divisor for c in total), below // divisor)


def read_rows(data: Any, width: int) -> list[Related]:
    """A list of [relation, c0, …, ca]."""
    return [read_row(entry, width) for entry in items(data)]


def read_row(data: Any, width: int) -> Related:
    relation, *row = items(data, width + 1)
    if relation not in ("=", ">=", ">"):
        raise Invalid("expected a relation '=', '>=' or '>'")
    return Related(relation, primitive([number(c) for c in row]))


def homogeneous(point: Sequence[Fraction]) -> Row:
    """A point x as integers (x0, x0·x) with x0 > 0."""
    return primitive([Fraction(1), *point])


def holds_at(known: Related, point: Row) -> bool:
    """Whether a relation holds at a homogeneous point."""
    value = sum(c * v for c, v in zip(known.row, point))
    return value == 0 if known.relation == "=" else value > 0 or (
        value == 0 and known.relation == ">="
    )  # fmt: skip


def _sum(
    multipliers: Sequence[Any], known: Sequence[Related], width: int
) -> tuple[list[int], bool, bool]:
    """Σ m·row, whether a strict inequality takes part, and whether only equations do.

    The multipliers are [i, m, j, n, …]: m times relation i. Those of inequalities are not negative.
    """
    if len(multipliers) % 2:
        raise Invalid("a proof has an index without a multiplier")
    total, strict, equal = [0] * width, False, True
    for place in range(0, len(multipliers), 2):
        relation, row = known[index(multipliers[place], len(known))]
        m = integer(multipliers[place + 1])
        if relation != "=" and m:
            if m < 0:
                raise Invalid("a proof has a negative multiplier of an inequality")
            equal = False
            strict = strict or relation == ">"
        total = [t + m * c for t, c in zip(total, row)]
    return total, strict, equal


def require_empty(proof: Any, known: Sequence[Related], width: int) -> None:
    """Refuse unless the combination is a constant that cannot be: negative, or 0 and > 0."""
    total, strict, _ = _sum(items(proof), known, width)
    if any(total[1:]) or total[0] > 0 or (total[0] == 0 and not strict):
        raise Invalid("a Farkas combination is no contradiction")


def require_flat(proof: Any, known: Sequence[Related], width: int) -> None:
    """Refuse unless the combination is 0 and has an inequality: which then holds with equality."""
    total, _, _ = _sum(items(proof), known, width)
    used = [known[i] for i, m in zip(proof[::2], proof[1::2]) if m]
    if any(total) or not any(r.relation != "=" and any(r.row[1:]) for r in used):
        raise Invalid("a combination does not show that a region is flat")


def require_implied(proof: Any, claim: Related, known: Sequence[Related]) -> None:
    """Refuse unless the claim follows from the known relations.

    The proof is [c, i, m, j, n, …] with c > 0: c·claim = Σ m·row + k with a constant k ≥ 0. For a
    strict claim, k > 0 or a strict relation takes part. An equation has c ≠ 0, k = 0, and only
    equations take part; or it has two such proofs, of row ≥ 0 and of -row ≥ 0.
    """
    parts = items(proof)
    if claim.relation == "=" and parts and isinstance(parts[0], list):
        require_implied(items(parts, 2)[0], Related(">=", claim.row), known)
        require_implied(parts[1], Related(">=", negative(claim.row)), known)
        return
    if not parts:
        raise Invalid("a proof is empty")
    c = integer(parts[0])
    total, strict, equal = _sum(parts[1:], known, len(claim.row))
    rest = [c * v - t for v, t in zip(claim.row, total)]
    if any(rest[1:]):
        raise Invalid("the combination of a proof is not the relation that it proves")
    if claim.relation == "=":
        if not c or rest[0] or not equal:
            raise Invalid("a proof of an equation needs equations")
    elif c <= 0 or rest[0] < 0 or (claim.relation == ">" and not rest[0] and not strict):
        raise Invalid("the combination of a proof is weaker than the relation that it proves")


class Hull:
    """The solutions of equations: rows are reduced until one that vanishes there is 0."""

    def __init__(self, known: Sequence[Related]) -> None:
        self.pivots: list[tuple[int, list[Fraction]]] = []
        for relation, row in known:
            if relation == "=":
                rest = self.reduced([Fraction(c) for c in row])
                place = next((i for i in range(1, len(rest)) if rest[i]), None)
                if place is not None:
                    self.pivots.append((place, [c / rest[place] for c in rest]))

    def reduced(self, row: Sequence[Fraction]) -> list[Fraction]:
        rest = list(row)
        for place, pivot in self.pivots:
            if rest[place]:
                factor = rest[place]
                rest = [c - factor * p for c, p in zip(rest, pivot)]
        return rest

    def vanishes(self, row: Sequence[Fraction]) -> bool:
        """Whether the affine function is 0 on all solutions, because it combines equations."""
        return not any(self.reduced(row))
