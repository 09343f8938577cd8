"""Proofs that a relation follows from others, or that no point satisfies all of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from piecewise_mt.exact.objectives import Objectives
from piecewise_mt.exact.simplex import Witness, feasible_point
from piecewise_mt_check.rows import Related, Row

Proof = list[int]


class Known:
    """Relations with places in a longer list, and what follows from them."""

    def __init__(self, places: Sequence[tuple[int, Related]], width: int) -> None:
        self.places = list(places)
        self.width = width
        self._at = {related.row: (i, related.relation) for i, related in self.places}
        own = [(i, r) for i, r in places if r.relation == "="]
        self._order = own + [(i, r) for i, r in places if r.relation != "="]
        self._equal = len(own)
        self._objectives: Objectives | None = None

    @property
    def objectives(self) -> Objectives:
        if self._objectives is None:
            rows = [related.row for _, related in self._order]
            self._objectives = Objectives(rows[: self._equal], rows[self._equal :], self.width)
        return self._objectives

    def along(self, path: Sequence[Related]) -> Known:
        """The same, with the longer list: a claim that is in it needs no further proof."""
        made = Known(self.places, self.width)
        made._objectives = self._objectives
        for i, related in enumerate(path):
            if related.relation != ">=":  # which may be weaker than another of the same row
                made._at[related.row] = i, related.relation
        return made

    def also(self, rows: Sequence[Related], first: int) -> Known:
        """These and more, which have places from `first`."""
        places = [(first + k, row) for k, row in enumerate(rows)]
        made = Known([*self.places, *places], self.width)
        if self._objectives is not None and all(row.relation != "=" for row in rows):
            made._objectives = self._objectives.also([row.row for row in rows])
        return made

    def empty_with(self, conditions: Sequence[Related], first: int) -> Proof | Witness:
        """A proof that no point satisfies the conditions as well, which have places from `first`.

        Otherwise a point that does.
        """
        for k, condition in enumerate(conditions):
            for sign in (1, -1) if condition.relation == "=" else (1,):
                found = self._bounded(tuple(sign * c for c in condition.row))
                if found is None:
                    continue
                value, proof, scale, strict = found
                if value < 0 or (not value and (strict or condition.relation == ">")):
                    return [*proof, first + k, sign * scale]
        every = [*self._order, *((first + k, c) for k, c in enumerate(conditions))]
        equal = [(i, r.row) for i, r in every if r.relation == "="]
        above = [(i, r) for i, r in every if r.relation != "="]
        answer = feasible_point(
            [row for _, row in equal],
            [(r.row, r.relation == ">") for _, r in above],
            variables=self.width - 1,
        )
        if isinstance(answer, Witness):
            return answer
        proof = []
        for (i, _), m in zip(equal, answer.equations, strict=True):
            proof += [i, m] if m else []
        for (i, _), m in zip(above, answer.inequalities, strict=True):
            proof += [i, m] if m else []
        return proof

    def _bounded(self, row: Row) -> tuple[int, Proof, int, bool] | None:
        """(v, Σ m·known, scale, strict): scale·row + Σ m·known = v is largest."""
        found = self.objectives.maximum(row)
        if found is None:
            return None
        value, scale, multipliers = found
        proof: Proof = []
        strict = False
        for (i, related), m in zip(self._order, multipliers, strict=True):
            if m:
                proof += [i, m]
                strict = strict or related.relation == ">"
        return value, proof, scale, strict

    def implies(self, claim: Related) -> list[Any] | None:
        """A proof of the claim as the checker reads it, or None if it does not follow."""
        at_hand = self._at.get(claim.row)
        if at_hand is not None and (
            at_hand[1] == claim.relation or (claim.relation == ">=" and at_hand[1] in "=>")
        ):
            return [1, at_hand[0], 1]
        if claim.relation == "=":
            return self._equation(claim)
        found = self._bounded(tuple(-c for c in claim.row))
        if found is None:
            return None
        value, proof, scale, strict = found
        if value < 0 or (not value and (strict or claim.relation == ">=")):
            return [scale, *proof]
        if value > 0:
            return None
        # the maximum 0 may be taken nowhere, by other multipliers
        last = max((i for i, _ in self.places), default=-1) + 1
        own = self.empty_with([Related(">=", tuple(-c for c in claim.row))], last)
        if isinstance(own, Witness):
            return None
        scale = sum(own[k + 1] for k in range(0, len(own), 2) if own[k] == last)
        rest = [v for k in range(0, len(own), 2) if own[k] != last for v in own[k : k + 2]]
        return [scale, *rest]

    def _equation(self, claim: Related) -> list[Any] | None:
        equations = [(i, r) for i, r in self.places if r.relation == "="]
        if equations and len(equations) < len(self.places):
            own = Known(equations, self.width)._equation(claim)
            if own is not None:
                return own
        above = self.implies(Related(">=", claim.row))
        below = self.implies(Related(">=", tuple(-c for c in claim.row)))
        if above is None or below is None:
            return None
        if len(equations) == len(self.places):
            return above  # only equations take part
        return [above, below]


def at_point(row: Row, point: Sequence[int]) -> int:
    """The value of a row at a homogeneous point (x0, x) with x0 > 0, times x0."""
    return sum(c * v for c, v in zip(row, point, strict=True))


def homogeneous(point: Sequence[Fraction]) -> tuple[int, ...]:
    """(x0, x0·x) with integers."""
    below = lcm(*(v.denominator for v in point))
    return (below, *(v.numerator * (below // v.denominator) for v in point))


def allowed(related: Related, point: Sequence[int]) -> bool:
    """Whether a relation holds at a homogeneous point."""
    value = at_point(related.row, point)
    return value == 0 if related.relation == "=" else value > 0 or (
        value == 0 and related.relation == ">="
    )  # fmt: skip
