"""Convex piecewise linear-quadratic functions as closed polyhedra with quadratic formulas.

Read from an expression or a representation, on a closed polyhedral domain of any dimension, and
proved convex: every formula is on its piece, and no facet between two pieces bends downwards (see
:func:`mt.is_convex`). A function is +∞ outside its domain, so that 0 is the indicator of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.consistency.check import require_checked, restated
from piecewise_mt.calculus.evaluation.pointwise import names_of
from piecewise_mt.calculus.partition.domain import empty_domain, read_domain
from piecewise_mt.calculus.properties.facet_bends import jump_row, where_negative
from piecewise_mt.calculus.properties.shape_verdict import chord_around, midpoint_and_mean
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.formulas import Formula
from piecewise_mt.calculus.smooth.rewriting import symbols_of
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.bowls import Bowl, shape_along
from piecewise_mt.exact.enclosures import polynomial_terms
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.quadratics import Quadratic, identity_map, moved
from piecewise_mt.functions.atoms.rules import with_first_ties
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import require_scalar
from piecewise_mt.geometry.cells import Cell, relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.unions import joined_alike
from piecewise_mt.memory import cached_property

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class QuadraticPiece:
    """A closed polyhedron, and the formula of the function on it."""

    region: Polyhedron
    formula: Quadratic


@dataclass(frozen=True)
class ConvexPieces:
    """A closed convex function: formulas on closed pieces that make up its domain.

    The pieces have the dimension of the domain, and meet in their boundaries only.
    """

    title: str
    names: tuple[str, ...]
    domain: Polyhedron
    pieces: tuple[QuadraticPiece, ...]

    @cached_property
    def along(self) -> tuple[tuple[int, ...], ...]:
        """A basis of the directions of the domain."""
        return self.domain.tangent_basis()

    def value(self, point: Sequence[Fraction]) -> Fraction | None:
        """The value at a point, None for +∞."""
        for piece in self.pieces:
            if piece.region.contains(point):
                return piece.formula.value(point)
        return None

    def section(self, equations: Sequence[tuple[int, ...]]) -> ConvexPieces:
        """The function where some equations hold, which crosses the domain."""
        part = Polyhedron(self.names, equations)
        pieces = [
            QuadraticPiece(piece.region.intersection(part), piece.formula) for piece in self.pieces
        ]
        return ConvexPieces(self.title, self.names, self.domain.intersection(part), tuple(pieces))


def convex_pieces(f: Any, domain: Any = None) -> ConvexPieces:
    """Read a function, and prove it convex.

    Parameters
    ----------
    f : Expression, Representation, or what has a ``representation``
        Scalar, piecewise linear or piecewise quadratic on polyhedra.
    domain : Polyhedron, str or mapping, optional
        Closed; f is +∞ outside.

    Raises
    ------
    ShapeError, Unsupported
        If f is not of that kind.
    PiecewiseError
        If f is not convex, with a segment, or the domain is not closed.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> [str(piece.region) for piece in convex_pieces(abs(x), "x <= 1").pieces]
    ['x <= 0', '0 <= x <= 1']
    """
    rep, title = _represented(f, domain)
    names = rep.names
    whole = rep.polyhedral_domain or Polyhedron(names)
    if isinstance(rep.domain, Polyhedron) and not isinstance(f, Expression):
        own = read_domain(domain, names)
        whole = whole if own is None else whole.intersection(own)
    if whole.is_empty:
        raise empty_domain(whole)
    whole = whole.irredundant()
    if any(strict for _, strict in whole.inequalities):
        raise PiecewiseError(
            f"expected a closed domain, got {{{whole}}}; write its bounds with <= or >="
        )
    parts = [(part, piece) for piece in rep for part in piece.parts]
    pieces = _closed(names, whole, parts)
    found = ConvexPieces(title, names, whole, tuple(pieces))
    _require_convex(found)
    return found


def _represented(f: Any, domain: Any) -> tuple[Representation, str]:
    """The pieces of what is given, without free parameters."""
    if isinstance(f, Expression):
        require_scalar(f.shape)
        if not f.variables:
            raise PiecewiseError(
                f"expected a function of at least one variable, got {f}; write 0*x + {f}"
            )
        if f.parameters:
            raise _unsupported(f"{f} with parameters")
        derived = with_first_ties(f).represent(read_domain(domain, names_of(f)))
        if not isinstance(derived, PolyhedralRepresentation):
            raise _unsupported(f"{f} with curved pieces")
        return derived, str(f)
    rep = getattr(f, "representation", f)
    if not isinstance(rep, Representation):
        raise PiecewiseError(
            f"expected an expression or a representation, got {type(f).__name__}; build one from "
            "mt.variables"
        )
    require_scalar(rep.shape)
    require_checked(rep)
    return restated(rep), rep.title


def _closed(
    names: tuple[str, ...], whole: Polyhedron, parts: Sequence[tuple[Polyhedron, Piece]]
) -> list[QuadraticPiece]:
    """The closures of the largest parts, those joined that have one formula on the domain."""
    hull = AffineHull.of_equations(names, whole.equations)
    reduced = [hull.restricted_row(row) for row in identity_map(len(names))]
    entries = []
    for part, piece in parts:
        region = part.intersection(whole)
        if region.dimension < whole.dimension:
            continue
        closure = Polyhedron(
            names, region.equations, [(row, False) for row, _ in region.inequalities]
        )
        entries.append(
            (closure.irredundant(), quadratic_of(piece.formulas[0], names).after(reduced))
        )
    return [QuadraticPiece(*entry) for entry in joined_alike(entries)]


def quadratic_of(formula: Formula, names: tuple[str, ...]) -> Quadratic:
    """A formula of degree two at most."""
    if not formula.is_smooth:
        if not all(isinstance(c, (int, Fraction)) for c in formula.raw):
            raise _unsupported(formula.text)
        return Quadratic.affine([Fraction(c) for c in formula.raw])
    terms = polynomial_terms(formula.expr, symbols_of(names))
    found = None if terms is None else Quadratic.of(terms, len(names))
    if found is None:
        raise _unsupported(formula.text)
    return found


def _unsupported(text: str) -> Unsupported:
    return Unsupported(
        "expected a piecewise linear or piecewise quadratic function with rational coefficients, "
        f"got {text}; ask f.at for what is local"
    )


def _require_convex(f: ConvexPieces) -> None:
    """Refuse what is not convex, with the ends of a segment on whose middle f is too large."""
    for piece in f.pieces:
        shape = shape_along(piece.formula, f.along)
        if not isinstance(shape, Bowl):
            raise _not_convex(f, _inside(piece.region).point, shape)
    for i, one in enumerate(f.pieces):
        for two in f.pieces[:i]:
            facet = relative_interior(one.region.intersection(two.region))
            if facet is None or facet.dimension < len(f.along) - 1:
                continue
            step = moved(_inside(one.region).point, -1, facet.point)
            row = jump_row(two.formula, one.formula, step)
            where = where_negative(row, facet.point, *_vertices_and_rays(facet))
            if where is not None:
                raise _not_convex(f, where, step)


def _inside(region: Polyhedron) -> Cell:
    inside = relative_interior(region)
    assert inside is not None, "pieces have points"
    return inside


def _vertices_and_rays(cell: Cell) -> tuple[list[Point], list[Point]]:
    """What generates the closure of a cell, with both directions of its lines."""
    faces = cell.complex
    vertices = [tuple(quotient(v, g[0]) for v in g[1:]) for g in faces.generators if g[0]]
    rays = [tuple(map(fraction, g[1:])) for g in faces.generators if not g[0]]
    rays += [
        tuple(fraction(sign * c) for c in line[1:]) for line in faces.lines for sign in (1, -1)
    ]
    return vertices, rays


def _not_convex(f: ConvexPieces, middle: Point, step: Point) -> PiecewiseError:
    def value(point: Sequence[Fraction]) -> Fraction:
        found = f.value(point)
        assert found is not None, "the domain has the point"
        return found

    ends = chord_around(value, f.domain, middle, step)
    here, mean = midpoint_and_mean(value, *ends)
    first, second = (tuple(map(to_rational, end)) for end in ends)
    return PiecewiseError(
        f"expected a convex function, got {f.title}, which is {here} at the midpoint of {first} "
        f"and {second}, but {mean} on the mean of the two; give a domain on which it is convex"
    )
