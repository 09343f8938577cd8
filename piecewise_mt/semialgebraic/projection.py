"""Which signs of coefficients decide the signs along one variable, near a sample point.

The recursion is that of Cohen and Hörmander: leading coefficients of a polynomial, of its slope,
of the others and of the remainders. It is kept apart from ``exact.sign_tables``, which checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd
from typing import TypeAlias

from piecewise_mt.semialgebraic.polynomials import Polynomial
from piecewise_mt.semialgebraic.systems import Budget, TooHard

Row: TypeAlias = list[Polynomial]
SignOf: TypeAlias = Callable[[Polynomial], int]
MAX_ROWS = 60
MAX_TERMS = 3000


def _stripped(row: Sequence[Polynomial], sign_of: SignOf) -> Row:
    result = list(row)
    while result and (not result[-1] or sign_of(result[-1]) == 0):
        result.pop()
    return result


def _remainder(p: Row, q: Row, sign_of: SignOf) -> Row:
    rest = list(p)
    turn = 1
    sign = sign_of(q[-1])
    while len(rest) >= len(q):
        top = rest.pop()
        if not top:
            continue
        shift = len(rest) - len(q) + 1
        rest = [q[-1] * c for c in rest]
        for i, c in enumerate(q[:-1]):
            rest[shift + i] = rest[shift + i] - top * c
        turn *= sign
    content = gcd(*(v for c in rest for v in c.values())) or 1
    if sum(map(len, rest)) > MAX_TERMS:
        raise TooHard
    return [c.quo_ground(turn * content) for c in rest]


def consult(rows: Sequence[Row], equal: Sequence[bool], sign_of: SignOf, budget: Budget) -> None:
    """Ask `sign_of` for every sign that decides those of the rows along their variable.

    Rows marked `equal` are zero: only where they are does anything matter.

    Raises
    ------
    TooHard
        If there are too many remainders.
    """
    found = [_stripped(row, sign_of) for row in rows]
    while True:
        usable = [i for i, row in enumerate(found) if equal[i] and len(row) > 1]
        if not usable:
            break
        divisor = min(usable, key=lambda i: len(found[i]))
        others = [
            i for i, row in enumerate(found) if i != divisor and len(row) >= len(found[divisor])
        ]
        if not others:
            break
        for i in others:
            budget.check()
            found[i] = _stripped(_remainder(found[i], found[divisor], sign_of), sign_of)
    _consult(found, sign_of, budget)


def _consult(rows: Sequence[Row], sign_of: SignOf, budget: Budget) -> None:
    while True:
        budget.check()
        if len(rows) > MAX_ROWS:
            raise TooHard
        own = [_stripped(row, sign_of) for row in rows]
        varying = [i for i, row in enumerate(own) if len(row) > 1]
        for row in own:
            if len(row) == 1:
                sign_of(row[0])
        if not varying:
            return
        first = max(varying, key=lambda i: len(own[i]))
        p = own[first]
        below = [own[i] for i in varying if i != first]
        slope = [c * k for k, c in enumerate(p)][1:]
        divisors = [slope, *below] if len(slope) > 1 else below
        rows = [slope, *below, *(_remainder(p, q, sign_of) for q in divisors)]
