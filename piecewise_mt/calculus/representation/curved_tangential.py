"""Tangential consistency (15) on pieces that are no polyhedra, part by part.

On a part {h₁ = … = h_k = 0} with independent ∇h the tangent vectors are those normal to all ∇hᵢ.
Fields of polynomials span them, so (15) is one equation a field, as on a polyhedron. Every regular
and every singular part has its own: fewer tangent vectors on the smaller ones, none at a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.trust import foreign, solvers_of
from piecewise_mt.calculus.representation.tangential import (
    TangentialCondition,
    TangentialConditions,
)
from piecewise_mt.calculus.smooth.curved_hull import CurvedHull
from piecewise_mt.calculus.smooth.deciding import vanishing
from piecewise_mt.calculus.smooth.rewriting import symbols_of, tidied
from piecewise_mt.semialgebraic.manifolds import Manifold
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.semialgebraic.tangents import Field, normal_fields, tangent_fields

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.semialgebraic import (
        SemialgebraicPiece,
        SemialgebraicRepresentation,
    )


def curved_conditions(rep: SemialgebraicRepresentation) -> TangentialConditions:
    """See :meth:`Representation.tangential_conditions`."""
    found: list[TangentialCondition] = []
    empty: list[int] = []
    empty_parts: list[tuple[int, SemialgebraicSet]] = []
    undecided: list[str] = list(rep.undecided)
    trusted = [*solvers_of(rep.strata)]
    for piece in rep:
        if piece.dimension == len(rep.names):
            continue
        refinement = piece.refinement
        undecided += [f"the parts of P{piece.alpha}: {reason}" for reason in refinement.undecided]
        trusted += refinement.trusted
        is_whole = len(refinement.parts) == 1 and not refinement.undecided
        for k, own in enumerate(piece.refinements):
            for manifold in own.parts:
                part = None if is_whole else SemialgebraicSet(rep.names, manifold.parts)
                if manifold.dimension:
                    found += _conditions_of(piece, k, manifold, part, rep)
                elif part is None:
                    empty.append(piece.alpha)
                else:
                    empty_parts.append((piece.alpha, part))
    return TangentialConditions(found, empty, empty_parts, undecided, foreign(trusted))


def _conditions_of(
    piece: SemialgebraicPiece,
    member: int,
    manifold: Manifold,
    part: SemialgebraicSet | None,
    rep: SemialgebraicRepresentation,
) -> Iterator[TangentialCondition]:
    names = rep.names
    hull = CurvedHull.of_terms(names, manifold.equations)
    # any formula without parameters that equals f on the part has the right derivative along it
    labels = piece.members[member].label_keys
    right = [f.expr for f in formulas_of(rep.strata.program, labels, selected)]
    own = [f.expr for f in piece.formulas]
    normals = tuple(entries_of(field, names) for field in normal_fields(names, manifold))
    seen = set()
    for field in tangent_fields(names, manifold):
        direction = tuple(hull.restricted(entry) for entry in entries_of(field, names))
        if not any(direction):
            continue
        for output, (formula, written) in enumerate(zip(right, own, strict=True)):
            expected = tidied(hull.restricted(directional(formula, direction, names)))
            if (direction, output) in seen:
                continue
            seen.add((direction, output))
            answer = vanishing(
                names,
                manifold.parts,
                directional(written, direction, names) - expected,
                hull=hull,
                points=[manifold.point],
            )
            yield TangentialCondition(
                piece.alpha,
                output,
                direction,
                expected,
                answer.holds,
                normals,
                names,
                rep.shape == (),
                part,
                foreign(answer.trusted),
            )


def entries_of(field: Field, names: Sequence[str]) -> tuple[sympy.Expr, ...]:
    """The components of a field as SymPy expressions."""
    symbols = symbols_of(names)
    return tuple(entry.as_expr(*symbols) for entry in field)


def directional(formula: sympy.Expr, direction: Sequence[Any], names: Sequence[str]) -> sympy.Expr:
    """Df·t of a formula.

    Examples
    --------
    >>> x, y = symbols_of(("x", "y"))
    >>> directional(x * y, (-y, x), ("x", "y"))
    x**2 - y**2
    """
    pairs = zip(direction, symbols_of(names), strict=True)
    return sympy.Add(*(t * sympy.diff(formula, symbol) for t, symbol in pairs if t))
