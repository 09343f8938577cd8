"""Signs of polynomials along one variable, whose coefficients are polynomials of known sign.

The method of Cohen and Hörmander: p changes its sign between roots of its derivative and of the
other polynomials only as its signs at these roots say, and those are the signs of remainders of p.
A *row* is the list of the coefficients by the powers 0, 1, … of the variable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import gcd

from piecewise_mt_check.polynomials import Polynomial, constant, minus, negative, times
from piecewise_mt_check.reading import Unsupported

Row = list[Polynomial]
SignOf = Callable[[Polynomial], int]
MAX_ROWS = 60


class SignNotKnown(Exception):
    """The sign of a coefficient does not follow from what is known."""


def sign_table(rows: Sequence[Row], sign_of: SignOf) -> list[tuple[int, ...]]:
    """The signs of all rows at their roots and between them, from left to right."""
    if len(rows) > MAX_ROWS:
        raise Unsupported(f"a sign table has more than {MAX_ROWS} polynomials")
    own = [_stripped(row, sign_of) for row in rows]
    fixed = {i: sign_of(row[0]) if row else 0 for i, row in enumerate(own) if len(row) <= 1}
    if len(fixed) == len(own):
        return [tuple(fixed[i] for i in range(len(own)))]
    varying = [i for i in range(len(own)) if i not in fixed]
    first = max(varying, key=lambda i: len(own[i]))
    p, others = own[first], [i for i in varying if i != first]
    slope = [times(constant(k), c) for k, c in enumerate(p)][1:]
    # p has the signs of its remainders where one of these is 0
    divisors = [slope, *(own[i] for i in others)] if len(slope) > 1 else [own[i] for i in others]
    remainders = [_remainder(p, q, sign_of) for q in divisors]
    kept = 1 + len(others)
    columns = sign_table([slope, *(own[i] for i in others), *remainders], sign_of)
    points: list[tuple[tuple[int, ...], int]] = []
    between = [columns[0][:kept]]
    for at_root, after in zip(columns[1::2], columns[2::2]):
        for zero, height in zip(at_root[kept - len(divisors) : kept], at_root[kept:]):
            if zero == 0:
                points.append((at_root[:kept], height))
                between.append(after[:kept])
                break
        # if only remainders are 0 there, it is no place to stop at
    top = sign_of(p[-1])
    ends = [top * (-1) ** (len(p) - 1), *(height for _, height in points), top]
    found: list[tuple[tuple[int, ...], int]] = []
    for place, signs in enumerate(between):
        left, right = ends[place], ends[place + 1]
        if left * right < 0:
            found += [(signs, left), (signs, 0), (signs, right)]
        elif left or right:
            found.append((signs, left or right))
        else:  # which cannot be, as the derivative is not 0 in between
            raise SignNotKnown
        if place < len(points):
            found.append(points[place])
    columns = []
    for signs, height in found:
        column = {**fixed, first: height, **dict(zip(others, signs[1:]))}
        columns.append(tuple(column[i] for i in range(len(own))))
    return columns


def rows_where_zero(rows: Sequence[Row], is_zero: Sequence[bool], sign_of: SignOf) -> list[Row]:
    """Rows with the same signs wherever those marked are 0: remainders by the shortest of these."""
    found = [_stripped(row, sign_of) for row in rows]
    while True:
        divisors = [i for i, row in enumerate(found) if is_zero[i] and len(row) > 1]
        if not divisors:
            return found
        least = min(divisors, key=lambda i: len(found[i]))
        longer = [i for i, row in enumerate(found) if i != least and len(row) >= len(found[least])]
        if not longer:
            return found
        for i in longer:
            found[i] = _stripped(_remainder(found[i], found[least], sign_of), sign_of)


def _stripped(row: Row, sign_of: SignOf) -> Row:
    """Without leading coefficients that are 0."""
    found = list(row)
    while found and (not found[-1] or sign_of(found[-1]) == 0):
        found.pop()
    return found


def _remainder(p: Row, q: Row, sign_of: SignOf) -> Row:
    """A row with the sign of p wherever q, of positive degree, is 0."""
    rest, turn, sign = list(p), 1, sign_of(q[-1])
    while len(rest) >= len(q):
        top = rest.pop()
        if not top:
            continue
        shift = len(rest) - len(q) + 1
        rest = [times(q[-1], c) for c in rest]
        for i, c in enumerate(q[:-1]):
            rest[shift + i] = minus(rest[shift + i], times(top, c))
        turn *= sign
    return _shortened(rest if turn > 0 else list(map(negative, rest)))


def _shortened(row: Row) -> Row:
    """Divided by the greatest common divisor of all numbers, if they are whole."""
    numbers = [c for entry in row for c in entry.values()]
    if not numbers or any(c.denominator != 1 for c in numbers):
        return row
    divisor = gcd(*(c.numerator for c in numbers))
    return [{m: c.numerator // divisor for m, c in entry.items()} for entry in row]
