"""What is drawn, in exact coordinates: pieces clipped to a window of one or two coordinates.

A piece is clipped as its closure; that a strict inequality leaves nothing of it is found at the
centre of what is left, since an affine form that vanishes there and is nowhere negative on the
rest vanishes on all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm
from typing import Any

from piecewise_mt.errors import PiecewiseError, UnknownVariable, Unsupported
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import to_fraction
from piecewise_mt.exact.polynomials import Coefficient, Polynomial
from piecewise_mt.geometry.relations import Related, allows, related
from piecewise_mt.typeset.conditions import Conditions

Point = tuple[Fraction, ...]
Row = tuple[Fraction, ...]
Window = tuple[tuple[Fraction, Fraction], ...]
"""For every free coordinate its lowest and highest value."""
Relation = Related[Row]
"""row·(1, x) = 0, >= 0 or > 0."""


@dataclass(frozen=True)
class Shape:
    """A clipped convex set: its corners in order, and what it belongs to."""

    dimension: int
    corners: tuple[Point, ...]
    owner: Any
    """The piece or stratum."""
    closed: tuple[bool, ...] = ()
    """Of an interval: whether its ends belong to it; an end of the window counts as closed."""

    @property
    def center(self) -> Point:
        """The mean of the corners, a point of the relative interior."""
        return mean(self.corners)


def mean(points: Sequence[Point]) -> Point:
    """The mean of some points."""
    return tuple(sum(column, Fraction(0)) / len(points) for column in zip(*points, strict=True))


class View:
    """The free coordinates of a drawing, the others being held fixed.

    Parameters
    ----------
    names : sequence of str
        All variables.
    at : mapping, optional
        Values of the variables that are held fixed, by name or variable.
    """

    def __init__(self, names: Sequence[str], at: Mapping[Any, Any] | None = None) -> None:
        self.names = tuple(names)
        self.fixed: dict[str, Fraction] = {}
        for key, value in (at or {}).items():
            name = key if isinstance(key, str) else getattr(key, "name", str(key))
            if name not in self.names:
                raise UnknownVariable(
                    f"expected variables among {', '.join(self.names)} in at=, got {name!r}; "
                    "correct the name"
                )
            self.fixed[name] = to_fraction(value)
        self.free = tuple(i for i, name in enumerate(self.names) if name not in self.fixed)
        self.free_names = tuple(self.names[i] for i in self.free)

    def row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """An affine form of all variables as one of the free ones."""
        constant = row[0]
        for i, name in enumerate(self.names):
            if name in self.fixed:
                constant = constant + row[i + 1] * self.fixed[name]
        return (constant, *(row[i + 1] for i in self.free))

    def relations(self, polyhedron: Conditions) -> list[Relation] | None:
        """The relations in the free coordinates; None if the fixed values contradict them."""
        found: list[Relation] = []
        for row, relation in related(polyhedron):
            own = tuple(fraction(c) for c in self.row(row))
            if any(own[1:]):
                found.append(Related(own, relation))
            elif not allows(relation, own[0]):
                return None
        return found


def height(row: Sequence[Fraction], point: Sequence[Fraction]) -> Fraction:
    """The value of an affine form at a point."""
    return row[0] + sum((c * x for c, x in zip(row[1:], point, strict=True)), Fraction(0))


def clipped(relations: Sequence[Relation], window: Window, owner: Any) -> Shape | None:
    """What is left of a set in the window, None if nothing is."""
    if len(window) == 1:
        return _interval(relations, window[0], owner)
    (left, right), (low, high) = window
    corners: list[Point] = [(left, low), (right, low), (right, high), (left, high)]
    for row, relation in relations:
        corners = _cut(corners, row)
        if relation == "=":
            corners = _cut(corners, tuple(-c for c in row))
        if not corners:
            return None
    corners = _proper(corners)
    center = mean(corners)
    if not all(allows(relation, height(row, center)) for row, relation in relations):
        return None
    return Shape(min(len(corners), 3) - 1, tuple(corners), owner)


def _cut(corners: Sequence[Point], row: Row) -> list[Point]:
    """The part of a convex polygon with row ≥ 0 (Sutherland and Hodgman)."""
    kept: list[Point] = []
    heights = [height(row, corner) for corner in corners]
    for i, corner in enumerate(corners):
        before = i - 1
        if heights[i] * heights[before] < 0:
            part = heights[before] / (heights[before] - heights[i])
            kept.append(
                tuple(a + part * (b - a) for a, b in zip(corners[before], corner, strict=True))
            )
        if heights[i] >= 0:
            kept.append(corner)
    return kept


def _proper(corners: Sequence[Point]) -> list[Point]:
    """Without repetitions and without corners inside an edge: 1, 2, or at least 3 points."""
    distinct = list(dict.fromkeys(corners))
    if len(distinct) < 3:
        return distinct
    kept = [
        corner
        for i, corner in enumerate(distinct)
        if _turn(distinct[i - 1], corner, distinct[(i + 1) % len(distinct)])
    ]
    return kept if kept else [min(distinct), max(distinct)]


def _turn(a: Point, b: Point, c: Point) -> Fraction:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _interval(
    relations: Sequence[Relation], window: tuple[Fraction, Fraction], owner: Any
) -> Shape | None:
    low, high = window
    closed = [True, True]
    for (constant, slope), relation in relations:
        end = -constant / slope
        strict = relation == ">"
        if (slope > 0 or relation == "=") and (end > low or (end == low and strict)):
            low, closed[0] = end, not strict
        if (slope < 0 or relation == "=") and (end < high or (end == high and strict)):
            high, closed[1] = end, not strict
    if low > high or (low == high and not all(closed)):
        return None
    if low == high:
        return Shape(0, ((low,),), owner, (True,))
    return Shape(1, ((low,), (high,)), owner, (closed[0], closed[1]))


def parts_of(piece: Any) -> tuple[Conditions, ...]:
    """The polyhedra of a piece or stratum: several for a stated union."""
    found: tuple[Conditions, ...] = tuple(getattr(piece, "parts", None) or (piece.polyhedron,))
    return found


def shapes(pieces: Iterable[Any], view: View, window: Window) -> list[Shape]:
    """What the window shows of the pieces, in their order."""
    return list(_shapes(pieces, view, window))


def _shapes(pieces: Iterable[Any], view: View, window: Window) -> Iterator[Shape]:
    for piece in pieces:
        for part in parts_of(piece):
            relations = view.relations(part)
            if relations is not None:
                shape = clipped(relations, window, piece)
                if shape is not None:
                    yield shape


def vertices(pieces: Iterable[Any], view: View) -> list[Point]:
    """The vertices of the closures of the pieces, in the free coordinates.

    If there is none, the boundary lines are parallel, and the feet of the perpendiculars from the
    origin stand for them.
    """
    pieces = list(pieces)
    return _vertices(pieces, view) or _feet(pieces, view)


def _feet(pieces: Iterable[Any], view: View) -> list[Point]:
    found: dict[Point, None] = {}
    for piece in pieces:
        for part in parts_of(piece):
            for row, _ in view.relations(part) or []:
                norm = sum(c * c for c in row[1:])
                found[tuple(-row[0] * c / norm for c in row[1:])] = None
    return list(found)


def _vertices(pieces: Iterable[Any], view: View) -> list[Point]:
    found: dict[Point, None] = {}
    for piece in pieces:
        for part in parts_of(piece):
            relations = view.relations(part) or []
            for point in _meetings([row for row, _ in relations], len(view.free)):
                if all(
                    height(row, point) == 0 if relation == "=" else height(row, point) >= 0
                    for row, relation in relations
                ):
                    found[point] = None
    return list(found)


def _meetings(rows: Sequence[Row], dimension: int) -> Iterator[Point]:
    if dimension == 1:
        yield from ((-row[0] / row[1],) for row in rows)
        return
    if dimension == 3:
        yield from _corners_in_space(rows)
        return
    for (a, b, c), (d, e, f) in combinations(rows, 2):
        determinant = b * f - c * e
        if determinant:
            yield ((c * d - a * f) / determinant, (a * e - b * d) / determinant)


def refuse_curved(rep: Iterable[Any], kind: str) -> None:
    """Pieces are drawn as polygons and segments, so they have to be polyhedra."""
    if any(piece.is_curved for piece in rep):
        raise Unsupported(
            f"expected polyhedra as pieces for the kind {kind}, got curved ones, which are not "
            "drawn yet; print rep.table(), or draw a restriction of f by f.subs({…})"
        )


def integers(row: Row) -> tuple[int, ...]:
    """A positive multiple of the row with integer entries; products of these are fast."""
    factor = lcm(*(c.denominator for c in row))
    return tuple(c.numerator * (factor // c.denominator) for c in row)


Corner = tuple[int, int, int, int]
"""(w, wx, wy, wz) with w > 0 and no common factor."""


def meeting(one: tuple[int, ...], two: tuple[int, ...], three: tuple[int, ...]) -> Corner | None:
    """Where three planes meet, None if that is not exactly one point (Cramer's rule)."""
    a0, a1, a2, a3 = one
    b0, b1, b2, b3 = two
    c0, c1, c2, c3 = three
    # the minors of the last two rows
    m01, m02, m03 = b0 * c1 - b1 * c0, b0 * c2 - b2 * c0, b0 * c3 - b3 * c0
    m12, m13, m23 = b1 * c2 - b2 * c1, b1 * c3 - b3 * c1, b2 * c3 - b3 * c2
    w = a1 * m23 - a2 * m13 + a3 * m12
    if not w:
        return None
    x = -(a0 * m23 - a2 * m03 + a3 * m02)
    y = a0 * m13 - a1 * m03 + a3 * m01
    z = -(a0 * m12 - a1 * m02 + a2 * m01)
    common = gcd(w, x, y, z) * (1 if w > 0 else -1)
    return w // common, x // common, y // common, z // common


def _corners_in_space(rows: Sequence[Row]) -> Iterator[Point]:
    for three in combinations([integers(row) for row in rows], 3):
        corner = meeting(*three)
        if corner is not None:
            w, *rest = corner
            yield tuple(Fraction(c, w) for c in rest)


def choose_window(
    pieces: Sequence[Any], view: View, window: Any = None, *, most: int = 2
) -> Window:
    """The window: as given, or the vertices with a margin, at least 1 on every side.

    Parameters
    ----------
    window : sequence of (low, high), mapping of variable to (low, high), or (low, high)
        Floats are taken as the rationals they are.
    most : int
        So many free variables can be drawn.
    """
    if not 1 <= len(view.free) <= most:
        wanted = "one or two" if most == 2 else "one to three"
        raise PiecewiseError(
            f"expected {wanted} free variables to draw, got {len(view.free)} "
            f"({', '.join(view.free_names)}); hold the others fixed with at={{name: value}}"
        )
    if window is not None:
        return _given_window(window, view)
    points = vertices(pieces, view) or [(Fraction(0),) * len(view.free)]
    lows = [min(column) for column in zip(*points, strict=True)]
    highs = [max(column) for column in zip(*points, strict=True)]
    # the same scale on both axes as far as the vertices allow
    margin = max([Fraction(1), *((b - a) * 3 / 10 for a, b in zip(lows, highs, strict=True))])
    return tuple((a - margin, b + margin) for a, b in zip(lows, highs, strict=True))


def _given_window(window: Any, view: View) -> Window:
    if isinstance(window, Mapping):
        named = {
            key if isinstance(key, str) else getattr(key, "name", str(key)): value
            for key, value in window.items()
        }
        window = [named.get(name) for name in view.free_names]
    elif len(view.free) == 1 and not isinstance(window[0], (tuple, list)):
        window = [window]
    found: list[tuple[Fraction, Fraction]] = []
    for bounds in window:
        try:
            low, high = (Fraction(v) if isinstance(v, float) else to_fraction(v) for v in bounds)
        except PiecewiseError:
            raise
        except (TypeError, ValueError) as error:
            raise PiecewiseError(
                f"expected a window such as [(-1, 1), (0, 2)], got {bounds!r} for one "
                "coordinate; give its lowest and highest value"
            ) from error
        if low >= high:
            raise PiecewiseError(
                f"expected low < high in the window, got ({low}, {high}); exchange them"
            )
        found.append((low, high))
    if len(found) != len(view.free):
        raise PiecewiseError(
            f"expected a window of {len(view.free)} intervals, got {len(found)}; give one for each "
            f"of {', '.join(view.free_names)}"
        )
    return tuple(found)


def number(value: Coefficient, parameters: Mapping[str, Fraction]) -> Fraction | None:
    """A coefficient with values for its parameters, None if one has no value."""
    if not isinstance(value, Polynomial):
        return Fraction(value)
    total = Fraction(0)
    for monomial, c in value.terms.items():
        for generator in monomial:
            given = parameters.get(str(generator))
            if given is None:
                return None
            c = c * given
        total += c
    return total


def value_at(row: Sequence[Coefficient], point: Sequence[Fraction]) -> Coefficient:
    """The value of a formula at a point; on its piece the parameters cancel."""
    total = row[0]
    for c, x in zip(row[1:], point, strict=True):
        total = total + c * x
    return total
