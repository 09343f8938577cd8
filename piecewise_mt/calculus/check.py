"""``mt.check``: is a stated representation one, and of that function? Decided exactly.

Space is split recursively by the rows of the conditions, and only where some piece is not yet
decided. On every cell that is left each piece is wholly in or out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.conditions import on_names
from piecewise_mt.calculus.partition import refine_by
from piecewise_mt.calculus.program import Program
from piecewise_mt.calculus.progress import reporting
from piecewise_mt.calculus.report import Check, Failure, Report, Verdict
from piecewise_mt.calculus.representation import DerivedRepresentation
from piecewise_mt.calculus.stated import Representation, Rows, StatedPiece
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.arithmetic import stack
from piecewise_mt.functions.builders import affine, relu, variable
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.polyhedron import Polyhedron

MAX_FAILURES = 5
"""So many counterexamples a check are kept; the search for others goes on."""
MAX_CONTINUITY_CELLS = 400

Part = list[tuple[Row, str]]
"""The rows of a polyhedron that are not yet decided on a cell."""
Candidates = dict[int, list[Part]]
"""By piece (0 is the domain) the parts that are neither excluded nor met."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A cell on which every piece is wholly in or out."""

    cell: Cell
    inside: tuple[int, ...]
    path: tuple[tuple[Row, int], ...]


def check(rep: Representation, progress: bool | Callable[[int], None] | None = None) -> Report:
    """Whether a representation is one, and, if it says so, of its function.

    Checks that the pieces are disjoint, that they cover the domain, that fᵅ = f on Pᵅ (without
    ``of``: that Σ 1_P fᵅ is continuous), and for stated gradients that they are ∇fᵅ, satisfy
    (15), and equal ∇f almost everywhere. Every failure has an exact counterexample.

    Parameters
    ----------
    rep : Representation
        As stated, or derived by ``f.represent()``.
    progress : None, True or callable
        True for a counter on stderr; a function is called with the number of cells decided so far.

    Returns
    -------
    Report

    Examples
    --------
    §4.2 as printed has the formulas of P1 and P2 exchanged:

    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> printed = [("y1 < y2", "y1"), ("y1 > y2", "y2"), ("y1 = y2", "y1")]
    >>> report = mt.check(mt.Representation("y1 y2", printed, of=mt.max(y1, y2)))
    >>> report.ok, report.failures[0].check
    (False, 'formulas')
    """
    rep = restated(rep)
    with reporting(progress, "cells") as report:
        leaves = list(_leaves(rep, report))
    checks = [_disjoint(rep, leaves), _covers(rep, leaves)]
    checks.append(_formulas(rep, leaves) if rep.of is not None else _continuous(rep, leaves))
    checks += _gradients(rep, leaves, checks[-1].verdict)
    title = f"check of {len(rep)} pieces" + (f" against {rep.of}" if rep.of is not None else "")
    return Report(title, tuple(checks))


def restated(rep: Representation) -> Representation:
    """A derived representation as if it had been typed in; parameters are refused."""
    if not isinstance(rep, DerivedRepresentation):
        return rep
    pieces = []
    for piece in rep:
        parts = (piece.polyhedron,)
        given = StatedPiece(piece.alpha, rep.names, parts, piece.affine, None, piece.is_scalar)
        stated = tuple(row[1:] for row in given.rational)
        pieces.append(
            StatedPiece(piece.alpha, rep.names, parts, piece.affine, stated, piece.is_scalar)
        )
    return Representation.of_pieces(rep.names, pieces, of=rep.function, domain=rep.domain)


# -- splitting ---------------------------------------------------------------------------------


def _rows(polyhedron: Polyhedron) -> Part:
    rows: Part = [(row, "=") for row in polyhedron.equations]
    return rows + [(row, ">" if strict else ">=") for row, strict in polyhedron.inequalities]


def _leaves(rep: Representation, progress: Callable[[int], None] | None) -> Iterator[Leaf]:
    start: Candidates = {e.alpha: [_rows(p) for p in e.parts] for e in rep.entries}
    if rep.domain is not None:
        start[0] = [_rows(rep.domain)]
    return _split(len(rep.names), start, progress)


def _split(
    dimension: int, start: Candidates, progress: Callable[[int], None] | None
) -> Iterator[Leaf]:
    pending: list[tuple[Cell, Candidates, frozenset[int], tuple[tuple[Row, int], ...]]] = [
        (Cell.space(dimension), start, frozenset(), ())
    ]
    decided = 0
    while pending:
        cell, candidates, inside, path = pending.pop()
        left: Candidates = {}
        found = set(inside)
        dropped = False
        for alpha, parts in candidates.items():
            open_parts = [p for p in (_undecided(cell, part) for part in parts) if p is not None]
            if any(not part for part in open_parts):
                found.add(alpha)
            elif open_parts:
                left[alpha] = open_parts
            elif alpha == 0:
                dropped = True
                break
        if dropped:
            continue
        if not left:
            decided += 1
            if progress is not None:
                progress(decided)
            yield Leaf(cell, tuple(sorted(found - {0})), path)
            continue
        # the domain first; then the piece that is nearest to being decided
        alpha = 0 if 0 in left else min(left, key=lambda k: (sum(map(len, left[k])), k))
        row = left[alpha][0][0][0]
        for part, sign in zip(cell.split(row), (1, 0, -1), strict=True):
            pending.append((part, left, frozenset(found), (*path, (row, sign))))


def uncovered(region: Polyhedron, parts: tuple[Polyhedron, ...]) -> tuple[Fraction, ...] | None:
    """A point of `region` in none of the polyhedra, None if they cover it."""
    start: Candidates = {i: [_rows(part)] for i, part in enumerate(parts, start=1)}
    start[0] = [_rows(region)]
    for leaf in _split(len(region.variables), start, None):
        if not leaf.inside:
            return leaf.cell.point
    return None


def _undecided(cell: Cell, part: Part) -> Part | None:
    """The rows of a part that change sign on the cell; None if the part misses the cell."""
    rest: Part = []
    for row, relation in part:
        sign = cell.sign(row)
        if sign is None:
            rest.append((row, relation))
        elif sign < 0 or (sign == 0 and relation == ">") or (sign > 0 and relation == "="):
            return None
    return rest


# -- the checks --------------------------------------------------------------------------------


def _exact(point: tuple[Fraction, ...]) -> tuple[Any, ...]:
    return tuple(map(to_rational, point))


def _verdict(name: str, detail: str, failures: list[Failure]) -> Check:
    verdict = Verdict.failed if failures else Verdict.passed
    return Check(name, verdict, detail, tuple(failures[:MAX_FAILURES]))


def _disjoint(rep: Representation, leaves: list[Leaf]) -> Check:
    failures = []
    for leaf in leaves:
        if len(leaf.inside) > 1:
            i, j = leaf.inside[:2]
            point = _exact(leaf.cell.point)
            failures.append(
                Failure(
                    "disjoint",
                    f"pieces {i} and {j} both contain {point}",
                    point,
                    {"pieces": (i, j)},
                )  # fmt: skip
            )
    return _verdict("disjoint", f"{len(rep)} pieces on {len(leaves)} cells", failures)


def _covers(rep: Representation, leaves: list[Leaf]) -> Check:
    failures = []
    for leaf in leaves:
        if not leaf.inside:
            point = _exact(leaf.cell.point)
            failures.append(Failure("cover", f"no piece contains {point}", point))
    return _verdict("cover", "the whole domain" if rep.domain else "the whole space", failures)


def _difference(f: Expression, piece: StatedPiece) -> Program:
    """The signs of f - fᵅ, output by output, as the labels of relus."""
    x = stack([variable(name) for name in piece.names])
    formula = affine([row[1:] for row in piece.rational], x, [row[0] for row in piece.rational])
    return on_names(relu(f.reshape(-1) - formula), piece.names)


def _formulas(rep: Representation, leaves: list[Leaf]) -> Check:
    f = rep.of
    assert f is not None
    programs: dict[int, Program] = {}
    failures = []
    for leaf in leaves:
        for alpha in leaf.inside:
            piece = rep.entries[alpha - 1]
            if alpha not in programs:
                programs[alpha] = _difference(f, piece)
            point = _where_nonzero(leaf.cell, programs[alpha], f.size)
            if point is None:
                continue
            exact = _exact(point)
            expected = f.on(*rep.names).value(point)
            found = _value(piece.rational, point)
            shown = found[0] if len(found) == 1 else list(found)
            failures.append(
                Failure(
                    "formulas",
                    f"f{alpha} is {shown} at {exact} of piece {alpha}, but f is {expected}",
                    exact,
                    {"piece": alpha, "found": found, "expected": expected},
                )
            )
    return _verdict("formulas", "fᵅ = f on every piece", failures)


def _value(affine_rows: Rows, point: tuple[Fraction, ...]) -> tuple[Any, ...]:
    values = (Fraction(1), *point)
    return tuple(
        to_rational(sum((c * x for c, x in zip(row, values, strict=True)), Fraction(0)))
        for row in affine_rows
    )


def _where_nonzero(cell: Cell, program: Program, outputs: int) -> tuple[Fraction, ...] | None:
    """A point of the cell where some output of a difference is not 0, None if there is none."""
    faces = cell.complex.copy()
    refine_by(faces, program)
    # the difference is continuous: if it vanishes on the largest faces, it vanishes on the cell
    words = faces.face_words()[-1]
    signs = 0
    for unit in program.units[-outputs:]:
        signs |= 3 << unit.bit
    for index, word in enumerate(words):
        if word & signs:
            rows = [faces.generators[g] for g in faces.generators_of(len(faces.levels) - 1, index)]
            total = [sum(column) for column in zip(*rows, strict=True)]
            return tuple(Fraction(v, total[0]) for v in total[1 : faces.dimension + 1])
    return None


def _continuous(rep: Representation, leaves: list[Leaf]) -> Check:
    if len(leaves) > MAX_CONTINUITY_CELLS:
        detail = f"{len(leaves)} cells are too many to compare pairwise; give of="
        return Check("continuity", Verdict.undecided, detail)
    failures = []
    owned = [(leaf, rep.entries[leaf.inside[0] - 1]) for leaf in leaves if leaf.inside]
    for outer, high in owned:
        for inner, low in owned:
            if inner is outer or high.affine == low.affine:
                continue
            shared = outer.cell.meets_closed(inner.path)
            if shared is None:
                continue
            # compare where the closure of one cell meets the other cell itself
            if any(shared.sign(row) != sign for row, sign in inner.path):
                continue
            point = _affine_nonzero(shared, high.rational, low.rational)
            if point is not None:
                exact = _exact(point)
                failures.append(
                    Failure(
                        "continuity",
                        f"f{high.alpha} tends to {_value(high.rational, point)[0]} at {exact}, but "
                        f"f{low.alpha} is {_value(low.rational, point)[0]} there",
                        exact,
                        {"pieces": (high.alpha, low.alpha)},
                    )
                )
    return _verdict("continuity", "of Σ 1_P fᵅ", failures)


def _affine_nonzero(cell: Cell, first: Rows, second: Rows) -> tuple[Fraction, ...] | None:
    """A point of the cell where two affine forms differ."""
    rows = cell.complex.generators
    total = [sum(column) for column in zip(*rows, strict=True)]
    for a, b in zip(first, second, strict=True):
        difference = [p - q for p, q in zip(a, b, strict=True)]
        # the sum of the generators lies in the cell, and still does with one of them added
        for extra in ([0] * len(total), *rows, *cell.complex.lines):
            moved = [t + e for t, e in zip(total, extra, strict=True)]
            if sum(c * x for c, x in zip(difference, moved, strict=True)):
                return tuple(Fraction(v, moved[0]) for v in moved[1:])
    return None


def _gradients(rep: Representation, leaves: list[Leaf], formulas: Verdict) -> list[Check]:
    """Stated gradients against ∇fᵅ, (15), and ∇f almost everywhere (Corollary 1)."""
    names = ("stated gradients", "(15)", "Corollary 1")
    if all(piece.stated is None for piece in rep.entries):
        implied = Verdict.implied if formulas is Verdict.passed else Verdict.undecided
        detail = "no gradient is stated, so it is ∇fᵅ"
        return [Check(name, implied, detail) for name in names[1:]]
    unequal, tangential, almost = [], [], []
    for piece in rep.entries:
        if piece.stated is not None and piece.stated != piece.jacobian:
            message = (
                f"the stated gradient of piece {piece.alpha} is {_shown(piece.stated)}, but its "
                f"formula has {_shown(tuple(row[1:] for row in piece.rational))}"
            )
            unequal.append(Failure(names[0], message, (), {"piece": piece.alpha}))
    for leaf in leaves:
        for alpha in leaf.inside:
            piece = rep.entries[alpha - 1]
            defect = _tangential_defect(leaf.cell, piece)
            if defect is None:
                continue
            direction, found, expected = defect
            point = _exact(leaf.cell.point)
            message = (
                f"along {direction} on piece {alpha} the stated gradient gives {found} at {point}, "
                f"but f changes by {expected}"
            )
            data = {"piece": alpha, "direction": direction, "found": found, "expected": expected}
            tangential.append(Failure(names[1], message, point, data))
            if leaf.cell.dimension == len(rep.names):
                almost.append(Failure(names[2], message, point, data))
    return [
        _verdict(names[0], "equal to ∇fᵅ", unequal),
        _verdict(names[1], "∇fᵅ·t = D(f|P)·t on every piece", tangential),
        _verdict(names[2], "equal to ∇f almost everywhere", almost),
    ]


def _shown(rows: Rows) -> str:
    texts = [f"({', '.join(map(str, row))})" for row in rows]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _tangential_defect(
    cell: Cell, piece: StatedPiece
) -> tuple[tuple[int, ...], Fraction, Fraction] | None:
    """A tangent vector along which the stated gradient and the formula differ."""
    if piece.stated is None:
        return None
    for direction in cell.directions():
        for stated, own in zip(piece.stated, (row[1:] for row in piece.rational), strict=True):
            found = sum((g * t for g, t in zip(stated, direction, strict=True)), Fraction(0))
            expected = sum((g * t for g, t in zip(own, direction, strict=True)), Fraction(0))
            if found != expected:
                return direction, found, expected
    return None
