"""How many faces a domain has before any kink cuts it."""

from __future__ import annotations

from math import prod

from piecewise_mt.errors import TooManyPieces
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
    flat = {j for row in domain.equations for j in _places(row)}
    sides: dict[int, set[bool]] = {}
    for row, _ in domain.inequalities:
        places = _places(row)
        if len(places) == 1 and places[0] not in flat:
            sides.setdefault(places[0], set()).add(row[places[0]] > 0)
    return prod(1 + len(own) for own in sides.values())


def require_few_faces(domain: Polyhedron, most: int) -> None:
    """Refuse a domain that has more faces of its own than may arise, before they are cut out.

    Raises
    ------
    TooManyPieces
        If all its rows are bounds of single variables that leave more faces than these.
    """
    rows = [*domain.equations, *(row for row, _ in domain.inequalities)]
    if any(len(_places(row)) > 1 for row in rows):
        # what other rows cut off is not counted
        return
    count, most = own_faces(domain), min(most, MOST)
    if count > most:
        shown = str(count) if count < 10**15 else f"about 10**{len(str(count)) - 1}"
        raise TooManyPieces(
            f"expected at most {most} faces, got a box that has {shown} of its own; ask mt.infimum "
            "or mt.lipschitz on it, f.at at a point, or bound fewer variables"
        )


def _places(row: tuple[int, ...]) -> list[int]:
    return [j for j, c in enumerate(row) if c and j]
