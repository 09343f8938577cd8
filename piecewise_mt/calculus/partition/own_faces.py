"""How many faces a domain has before any kink cuts it."""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.geometry.polyhedron import Polyhedron

MOST = 10**12
"""Nobody waits for more, in whatever blocks they are enumerated."""


def own_faces(domain: Polyhedron) -> int:
    """The faces of what the bounds of single variables leave; other rows are not counted.

    Examples
    --------
    A square has 9, a flat one 3, and a half-plane 2:

    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.partition.domain import read_domain
    >>> square = read_domain({"x": (0, 1), "y": (0, 1)}, ("x", "y"))
    >>> own_faces(square), own_faces(read_domain("0 <= x <= 1, y = 0", ("x", "y")))
    (9, 3)
    >>> own_faces(read_domain("x >= 0", ("x", "y")))
    2
    """
    lows: dict[int, Any] = {}
    highs: dict[int, Any] = {}
    signed = [(row, sign) for row in domain.equations for sign in (1, -1)]
    signed += [(row, 1) for row, _ in domain.inequalities]
    for row, sign in signed:
        place = _only(row)
        if place:
            end, c = quotient(-row[0], row[place]), sign * row[place]
            if c > 0:
                lows[place] = max(lows.get(place, end), end)
            else:
                highs[place] = min(highs.get(place, end), end)
    both = [place for place in lows if place in highs]
    flat = sum(not lows[place] < highs[place] for place in both)
    return int(3 ** (len(both) - flat) * 2 ** (len(lows) + len(highs) - 2 * len(both)))


def require_few_faces(domain: Polyhedron, most: int) -> None:
    """Refuse a domain that has more faces of its own than may arise, before they are cut out.

    Raises
    ------
    TooManyPieces
        If all its rows are bounds of single variables that leave more faces than these.
    """
    rows = [*domain.equations, *(row for row, _ in domain.inequalities)]
    if not all(map(_only, rows)):
        # what other rows cut off is not counted
        return
    count, most = own_faces(domain), min(most, MOST)
    if count > most:
        shown = str(count) if count < 10**15 else f"about 10**{len(str(count)) - 1}"
        raise TooManyPieces(
            f"expected at most {most} faces, got a box that has {shown} of its own; ask mt.infimum "
            "or mt.lipschitz on it, f.at at a point, or bound fewer variables"
        )


def _only(row: Row) -> int:
    """The one variable of a row; 0 if there are more, or none."""
    rest = row[1:]
    if rest.count(0) != len(rest) - 1:
        return 0
    return next(j for j, c in enumerate(rest, start=1) if c)
