"""Joining pieces that need not be told apart: fewest polyhedra, or one piece a formula.

Where pieces are joined by formula alone, a point of a tie belongs to the piece of full dimension
that one meets at x + ε²(1, ε, ε², …), moved towards a point of the domain by ε first if there is
one. What belongs to one polyhedron in this way is convex again, as x ↦ x + ε(c − x) + … is affine:
each of its facets is in it or not, by the sign in which the form of the facet changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from operator import mul
from typing import Any, TypeVar

from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.smooth.c1 import require_c1
from piecewise_mt.calculus.smooth.formulas import Formula, Region
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.fewest import MANY, fewest_alike
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import trimmed

T = TypeVar("T", bound=Hashable)
Formulas = tuple[Formula, ...]
BY = ("gradient", "formula")


def checked_by(by: Any) -> bool:
    """Whether pieces are joined by formula alone."""
    if by not in BY:
        raise PiecewiseError(
            f"expected by='gradient' or by='formula', got {by!r}; leave it out to join pieces "
            "with the same formula and gradient"
        )
    return bool(by == "formula")


def merged(rep: PolyhedralRepresentation, by: Any = "gradient") -> Representation:
    """See :meth:`DerivedRepresentation.merged`."""
    by_formula = checked_by(by)
    unions: Iterable[tuple[tuple[Polyhedron, ...], Formulas]]
    if by_formula:
        entries = _half_open(rep)
        if entries is None:
            entries = [(piece.polyhedron, piece.formulas) for piece in rep]
        unions = _unions(entries)
    else:
        found = fewest_alike([(piece.polyhedron, piece.formulas) for piece in rep])
        unions = [((polyhedron,), formulas) for polyhedron, formulas in found]
    pieces = [
        StatedPiece(alpha, rep.names, parts, formulas, None, rep.shape == ())
        for alpha, (parts, formulas) in enumerate(unions, start=1)
    ]
    return _merged(rep, pieces, by_formula)


def merged_stated(rep: StatedRepresentation, by: Any = "gradient") -> Representation:
    """See :meth:`Representation.merged`."""
    by_formula = checked_by(by)
    entries: list[tuple[Polyhedron, Any]] = []
    for piece in rep.entries:
        if piece.is_curved:
            raise rep._no_polyhedra("merged pieces")
        stated = None if piece.stated is None or by_formula else tuple(map(tuple, piece.stated))
        own = (piece.formulas, stated, piece.is_scalar)
        entries += [(part, own) for part in piece.parts if not part.is_empty]
    if by_formula:
        unions = _unions(_absorbed(entries, rep))
    else:
        unions = [((part,), own) for part, own in fewest_alike(entries)]
    pieces = [
        StatedPiece(alpha, rep.names, parts, formulas, stated, scalar)
        for alpha, (parts, (formulas, stated, scalar)) in enumerate(unions, start=1)
    ]
    return _merged(rep, pieces, by_formula)


def _merged(
    rep: Representation, pieces: Sequence[StatedPiece], by_formula: bool
) -> StatedRepresentation:
    title = f"{rep.title if rep.of is None else rep.of}, merged"
    found = StatedRepresentation.of_pieces(
        rep.names, pieces, rep.of, rep.domain, title + " by formula" * by_formula
    )
    found._asked = rep.asked
    return found


def _unions(entries: Sequence[tuple[Polyhedron, T]]) -> list[tuple[tuple[Polyhedron, ...], T]]:
    """For each formula the fewest polyhedra that make up where it is attached."""
    found: dict[T, list[Polyhedron]] = {}
    for part, own in fewest_alike(entries):
        found.setdefault(own, []).append(part)
    return [(tuple(parts), own) for own, parts in found.items()]


def _directions(domain: Polyhedron | None, width: int) -> list[Row]:
    """Where a point of a tie is moved to, one after the other, as forms are applied to them."""
    if domain is None:
        return [tuple(int(i == j) for j in range(width + 1)) for i in range(1, width + 1)]
    inner = relative_interior(domain)
    assert inner is not None, "represented domains have points"
    return [primitive([Fraction(1), *inner.point]), *((0, *d) for d in domain.tangent_basis())]


def _enters(row: Row, directions: Sequence[Row]) -> bool:
    """Whether a form becomes positive where a point at which it is 0 is moved."""
    changes = (sum(map(mul, row, direction)) for direction in directions)
    return next((change > 0 for change in changes if change), True)


def _half_open(rep: PolyhedralRepresentation) -> list[tuple[Polyhedron, Formulas]] | None:
    """The largest pieces with the parts of their boundaries that belong to them by the rule.

    None if a formula is not C¹ there.
    """
    directions = _directions(rep.domain, len(rep.names))
    outside = [] if rep.domain is None else [own for own in rep.domain.inequalities if own[1]]
    largest = max((piece.dimension for piece in rep), default=0)
    found = []
    for piece in rep:
        if piece.dimension < largest:
            break  # pieces come by descending dimension
        own = piece.polyhedron
        rows = [(row, not _enters(row, directions)) for row, _ in own.inequalities]
        part = trimmed(Polyhedron(rep.names, own.equations, rows + outside))
        try:
            for formula in piece.formulas:
                require_c1(formula, [part])
        except PiecewiseError:
            return None
        found.append((part, piece.formulas))
    return found


def _absorbed(
    entries: list[tuple[Polyhedron, Any]], rep: StatedRepresentation
) -> list[tuple[Polyhedron, Any]]:
    """Lower parts with the formula of a largest part around them that is proved to hold there."""
    if len(entries) > MANY:
        return entries  # every part would be asked about every other
    directions = _directions(rep.polyhedral_domain, len(rep.names))
    largest = max((part.dimension for part, _ in entries), default=0)
    tops = [(part, own) for part, own in entries if part.dimension == largest]
    found = []
    for part, own in entries:
        if part.dimension < largest:
            cell = relative_interior(part)
            assert cell is not None, "empty parts were left out"
            faces = cell.complex
            region = Region(rep.names, faces.generators, faces.lines)
            point = tuple(map(sum, zip(*faces.generators, strict=True)))
            for top, other in sorted(
                tops, key=lambda entry: not _meets(entry[0], point, directions)
            ):
                if _is_around(top, cell) and _agree(own[0], other[0], region, part):
                    own = other
                    break
        found.append((part, own))
    return found


def _meets(top: Polyhedron, point: Row, directions: Sequence[Row]) -> bool:
    """Whether a point that is moved comes into a polyhedron."""
    heights = ((row, sum(map(mul, row, point))) for row, _ in top.inequalities)
    return all(height > 0 or (not height and _enters(row, directions)) for row, height in heights)


def _is_around(top: Polyhedron, cell: Any) -> bool:
    """Whether a cell lies in the closure of a polyhedron."""
    if any(cell.sign(row) != 0 for row in top.equations):
        return False
    return all(cell.sign(row) in (0, 1) for row, _ in top.inequalities)


def _agree(mine: Formulas, others: Formulas, region: Region, part: Polyhedron) -> bool:
    """Whether formulas are proved to be the same on a part, and the others are C¹ there."""
    try:
        for one, other in zip(mine, others, strict=True):
            require_c1(other, [part])
            if one.minus(other).zero_on(region)[0] is not True:
                return False
    except PiecewiseError:
        return False
    return True
