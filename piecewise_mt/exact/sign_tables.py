"""Signs of polynomials along one variable whose coefficients are polynomials of known sign.

The method of Cohen and Hörmander: the signs of p between the roots of p' and of the others follow
from the signs of p at these roots, which are those of the remainders of p.

References
----------
- L. Hörmander, *The Analysis of Linear Partial Differential Operators II*, Springer 1983, A.2.
- S. McLaughlin, J. Harrison, *A proof-producing decision procedure for real arithmetic*, CADE 2005.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from piecewise_mt.exact.integer_polynomials import Terms, plus, primitive, times

Row: TypeAlias = Sequence[Terms]
"""A polynomial in the variable: its coefficients by the powers 0, 1, …"""
SignOf: TypeAlias = Callable[[Terms], int]
MAX_ROWS = 60


class SignNotKnown(Exception):
    """The sign of a coefficient does not follow from what is known."""


def _stripped(row: Row, sign_of: SignOf) -> Row:
    """Without leading coefficients that are zero."""
    result = list(row)
    while result and (not result[-1] or sign_of(result[-1]) == 0):
        result.pop()
    return result


def _remainder(p: Row, q: Row, sign_of: SignOf) -> Row:
    """A polynomial with the sign of p wherever q, of positive degree, is zero."""
    rest = list(p)
    turn = 1
    sign = sign_of(q[-1])
    while len(rest) >= len(q):
        top = rest.pop()
        if not top:
            continue
        shift = len(rest) - len(q) + 1
        rest = [times(q[-1], c) for c in rest]
        for i, c in enumerate(q[:-1]):
            rest[shift + i] = plus(rest[shift + i], times(top, c), -1)
        turn *= sign
    return [c if turn > 0 else {e: -v for e, v in c.items()} for c in _reduced(rest)]


def rows_where_zero(rows: Sequence[Row], equal: Sequence[bool], sign_of: SignOf) -> list[Row]:
    """Rows with the same signs wherever those marked `equal` are zero, of lower degree.

    All others are divided by the equation of the lowest degree, as long as that helps.
    """
    found: list[Row] = [_stripped(row, sign_of) for row in rows]
    while True:
        usable = [i for i, row in enumerate(found) if equal[i] and len(row) > 1]
        if not usable:
            return found
        divisor = min(usable, key=lambda i: len(found[i]))
        others = [
            i for i, row in enumerate(found) if i != divisor and len(row) >= len(found[divisor])
        ]
        if not others:
            return found
        for i in others:
            found[i] = _stripped(_remainder(found[i], found[divisor], sign_of), sign_of)


def _reduced(row: Sequence[Terms]) -> Row:
    """Divided by the content of all coefficients."""
    joined = {(k, *e): v for k, c in enumerate(row) for e, v in c.items()}
    sign, joined = primitive(joined)
    found: list[dict[tuple[int, ...], int]] = [{} for _ in row]
    for (k, *e), v in joined.items():
        found[k][tuple(e)] = sign * v
    return [dict(c) for c in found]


def _derivative(row: Row) -> Row:
    return [{e: k * v for e, v in c.items()} for k, c in enumerate(row)][1:]


def sign_table(rows: Sequence[Row], sign_of: SignOf) -> list[tuple[int, ...]]:
    """The signs of all rows on intervals and points, left to right: at all roots, and between.

    A few points more may be there, such as roots of a derivative.

    Raises
    ------
    SignNotKnown
        By `sign_of`, or if there are too many remainders.

    Examples
    --------
    The signs of x + a and x - a for a positive a:

    >>> a, one = {(1,): 1}, {(0,): 1}
    >>> def known(terms):
    ...     return 1 if max(terms.values()) > 0 else -1
    >>> sign_table([[a, one], [{(1,): -1}, one]], known)
    [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
    """
    if len(rows) > MAX_ROWS:
        raise SignNotKnown
    own = [_stripped(row, sign_of) for row in rows]
    constant = {i: sign_of(row[0]) if row else 0 for i, row in enumerate(own) if len(row) <= 1}
    varying = [i for i in range(len(own)) if i not in constant]
    if not varying:
        return [tuple(constant[i] for i in range(len(own)))]
    first = max(varying, key=lambda i: len(own[i]))
    others = [i for i in varying if i != first]
    p = own[first]
    below = [own[i] for i in others]
    slope = _derivative(p)
    divisors = [slope, *below] if len(slope) > 1 else below
    remainders = [_remainder(p, q, sign_of) for q in divisors]
    columns = sign_table([slope, *below, *remainders], sign_of)
    start = 1 if len(slope) > 1 else 0
    kept = 1 + len(below)
    # the points at which only remainders vanish go
    points: list[tuple[tuple[int, ...], int]] = []
    between = [columns[0][:kept]]
    for place in range(1, len(columns), 2):
        signs = columns[place]
        at = [j for j in range(len(divisors)) if signs[1 - start + j] == 0]
        if at:
            points.append((signs[:kept], signs[kept + at[0]]))
            between.append(columns[place + 1][:kept])
    top = sign_of(p[-1])
    heights = [top * (-1) ** (len(p) - 1), *(height for _, height in points), top]
    found: list[tuple[tuple[int, ...], int]] = []
    for place, signs in enumerate(between):
        left, right = heights[place], heights[place + 1]
        if left * right < 0:
            found += [(signs, left), (signs, 0), (signs, right)]
        elif left or right:
            found.append((signs, left or right))
        else:  # no polynomial vanishes at both ends of an interval on which its slope does not
            raise SignNotKnown
        if place < len(points):
            found.append(points[place])
    result = []
    for signs, height in found:
        column = dict(constant)
        column[first] = height
        column.update(zip(others, signs[1:], strict=True))
        result.append(tuple(column[i] for i in range(len(own))))
    return result
