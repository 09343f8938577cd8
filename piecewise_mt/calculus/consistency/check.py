"""``mt.check``: is a stated representation one, and of that function? Decided exactly.

Space is split recursively by the rows of the conditions, and only where some piece is not yet
decided. On every cell that is left each piece is wholly in or out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from piecewise_mt.calculus.consistency.asked import (
    IsRepresentation,
    both_contain,
    differs,
    uncovered,
)
from piecewise_mt.calculus.consistency.continuity import touching
from piecewise_mt.calculus.consistency.curved import check_derived
from piecewise_mt.calculus.consistency.curved_check import check_curved, is_curved
from piecewise_mt.calculus.consistency.large import large_difference, large_leaves
from piecewise_mt.calculus.consistency.stated_gradients import gradient_checks
from piecewise_mt.calculus.evaluation.outputs import formulas_of
from piecewise_mt.calculus.evaluation.program import Affine, Program, selected
from piecewise_mt.calculus.partition.conditions import on_names
from piecewise_mt.calculus.partition.domain import empty_domain
from piecewise_mt.calculus.partition.progress import reporting
from piecewise_mt.calculus.partition.refinement import refine_by
from piecewise_mt.calculus.partition.smooth_kinks import by_label
from piecewise_mt.calculus.partition.trust import is_trusted, read_trust
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.curved import CurvedPiece
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicPiece,
    SemialgebraicRepresentation,
)
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.results.foundations import foundations
from piecewise_mt.calculus.results.report import (
    Check,
    Failure,
    Report,
    exact_point,
    resting_on,
    verdict_check,
)
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.calculus.smooth.formulas import Formula, Region, SmoothFormula
from piecewise_mt.calculus.smooth.identities import Answer
from piecewise_mt.errors import NotPolyhedral, PiecewiseError, Unsupported
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.polynomials import Monomial, Polynomial
from piecewise_mt.functions.atoms import Label
from piecewise_mt.geometry.cells import Cell
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.cover import Leaf, leaves_of
from piecewise_mt.geometry.row_cells import RowCell
from piecewise_mt.semialgebraic.sets import SemialgebraicSet


def check(
    rep: Representation,
    progress: bool | Callable[[int], None] | None = None,
    *,
    budget: float = 30.0,
    trust: Any = False,
) -> Report:
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
    budget : float
        Seconds for decisions about polynomial conditions; what they leave open is undecided.
    trust : bool, str or sequence of str
        Whether it counts as proved that a set is empty if only a solver says so, or the names of
        the solvers, such as ``"z3"``, for which it does.

    Returns
    -------
    Report

    See Also
    --------
    mt.Representation : States one.
    Expression.represent : Derives one.
    mt.verify_chain_rule : The chain rule (14) of an expression.

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    §4.2 as printed has the formulas of P1 and P2 exchanged:

    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> printed = [("y1 < y2", "y1"), ("y1 > y2", "y2"), ("y1 = y2", "y1")]
    >>> report = mt.check(mt.Representation("y1 y2", printed, of=mt.max(y1, y2)))
    >>> report.ok, report.failures[0].check
    (False, 'formulas')

    Pieces of a derived representation may be curved:

    >>> w, x = mt.variables("w x")
    >>> mt.check(mt.relu(w * x).represent()).ok
    True
    """
    solvers = read_trust(trust)
    return _checked(rep, progress, budget, solvers).asked(IsRepresentation(rep, budget, solvers))


def _checked(
    rep: Representation,
    progress: bool | Callable[[int], None] | None,
    budget: float,
    solvers: tuple[str, ...],
) -> Report:
    if rep.domain is not None and rep.domain.is_empty:
        raise empty_domain(rep.domain)
    if isinstance(rep, SemialgebraicRepresentation):
        return check_derived(rep, solvers)
    written = parametric_rows(rep)
    rep = restated(rep)
    if is_curved(rep):
        return check_curved(rep, budget, is_trusted("z3", solvers))
    try:
        return _check_polyhedra(rep, written, progress)
    except NotPolyhedral as error:
        reason = error
    # polyhedra may be pieces of a function with curved kinks
    try:
        return check_curved(rep, budget, is_trusted("z3", solvers))
    except (NotPolyhedral, Unsupported):
        raise reason from None


def _check_polyhedra(
    rep: Representation,
    written: dict[int, Sequence[Affine]],
    progress: bool | Callable[[int], None] | None,
) -> Report:
    with reporting(progress, "cells") as report:
        parts = {entry.alpha: entry.parts for entry in rep.entries}
        found = large_leaves(rep, parts, report)
        leaves = found or list(leaves_of(len(rep.names), parts, rep.polyhedral_domain, report))
    checks = [_disjoint(rep, leaves), _covers(rep, leaves)]
    checks.append(
        _formulas(rep, leaves, written) if rep.of is not None else _continuous(rep, leaves)
    )
    checks += gradient_checks(rep, leaves, checks[-1].verdict, written)
    title = f"check of {len(rep)} pieces" + (f" against {rep.of}" if rep.of is not None else "")
    smooth = any(entry.is_smooth for entry in rep.entries if entry.alpha not in written)
    return Report(title, resting_on(["SymPy"] * smooth or foundations(rep.of), checks))


def require_checked(rep: Representation) -> None:
    """Refuse a representation that does not pass :func:`check`, with what the matter is.

    Raises
    ------
    PiecewiseError
        If it fails, or is undecided.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> require_checked(mt.Representation("x", [("x <= 0", "0"), ("x >= 0", "x")]))
    Traceback (most recent call last):
    piecewise_mt.errors.PiecewiseError: expected a representation that passes mt.check, got one
    where pieces 1 and 2 both contain (0,); correct it
    """
    report = check(rep)
    if not report.ok:
        problem = report.failures[0].message if report.failures else "it is undecided"
        raise PiecewiseError(
            f"expected a representation that passes mt.check, got one where {problem}; correct it"
        )


def restated(rep: Representation) -> Representation:
    """A derived representation as if it had been typed in.

    Formulas with free tie parameters become SymPy's, so that what is checked holds for all values
    of the parameters.
    """
    pieces: list[StatedPiece] = []
    for piece in rep:
        formulas = piece.formulas
        stated = piece.stated if isinstance(piece, StatedPiece) else piece.jacobian
        if any(formula.has_parameters for formula in formulas):
            formulas = tuple(SmoothFormula(rep.names, formula.expr) for formula in formulas)
            if stated is not None:
                stated = tuple(tuple(map(as_expr, row)) for row in stated)
        elif isinstance(piece, StatedPiece):
            pieces.append(piece)
            continue
        rest = formulas, stated, piece.is_scalar
        region = piece.set if isinstance(piece, SemialgebraicPiece | CurvedPiece) else None
        if isinstance(region, SemialgebraicSet):
            pieces.append(CurvedPiece(piece.alpha, rep.names, region.parts, *rest))
        else:
            pieces.append(StatedPiece(piece.alpha, rep.names, piece.parts, *rest))
    return StatedRepresentation.of_pieces(rep.names, pieces, of=rep.of, domain=rep.domain)


def parametric_rows(rep: Representation) -> dict[int, Sequence[Affine]]:
    """The affine formulas with free tie parameters, by the numbers of their pieces."""
    return {
        piece.alpha: piece.rows
        for piece in rep
        if not piece.is_smooth and any(formula.has_parameters for formula in piece.formulas)
    }


def rows_between(first: Affine | list[Any], second: Affine) -> list[Row]:
    """The rows, one for every monomial of parameters, of the difference of two affine forms."""
    terms: dict[Monomial, list[Any]] = {}
    for k, (one, other) in enumerate(zip(first, second, strict=True)):
        rest = one - other
        own = rest.terms if isinstance(rest, Polynomial) else {(): rest}
        for monomial, c in own.items():
            terms.setdefault(monomial, [0] * len(second))[k] = c
    return list(map(primitive, terms.values()))


def _disjoint(rep: Representation, leaves: list[Leaf]) -> Check:
    failures = []
    for leaf in leaves:
        if len(leaf.inside) > 1:
            i, j = leaf.inside[:2]
            point = exact_point(leaf.cell.point)
            failures.append(both_contain(i, j, point))
    return verdict_check("disjoint", f"{len(rep)} pieces on {len(leaves)} cells", failures)


def _covers(rep: Representation, leaves: list[Leaf]) -> Check:
    failures = []
    for leaf in leaves:
        if not leaf.inside:
            point = exact_point(leaf.cell.point)
            failures.append(uncovered(point))
    return verdict_check("cover", "the whole domain" if rep.domain else "the whole space", failures)


def _formulas(
    rep: Representation, leaves: list[Leaf], written: Mapping[int, Sequence[Affine]]
) -> Check:
    f = rep.of
    assert f is not None
    own = on_names(f, rep.names)
    failures = []
    undecided: list[int] = []
    entries = rep.entries
    agreeing = _Agreeing(own, written)
    sure = agreeing.everywhere(entries, leaves)
    for leaf in leaves:
        # pieces that overlap may have one formula: on one cell it is compared once
        known: dict[tuple[Formula, ...], Answer] = {}
        for alpha in leaf.inside:
            piece = entries[alpha - 1]
            if alpha in sure:
                continue
            answer = known.get(piece.formulas) if known else None
            if answer is None:
                agrees = agreeing.holds(leaf.cell, piece)
                answer = (True, None) if agrees else _difference(leaf.cell, own, piece)
                if len(leaf.inside) > 1:
                    known[piece.formulas] = answer
            vanishes, point = answer
            if vanishes is None:
                undecided.append(alpha)
            if point is None:
                continue
            failure = differs(rep, piece, exact_point(point))
            assert failure is not None, "the formula and the function differ there"
            failures.append(failure)
    return verdict_check("formulas", "fᵅ = f on every piece", failures, undecided)


class _Agreeing:
    """Whether f is the formula of a piece all over a cell, where f has no kink in the cell.

    Most cells of a representation lie in one piece of f, and next to a cell that does; then only
    signs at their generators are looked at.
    """

    def __init__(
        self, program: Program, written: Mapping[int, Sequence[Affine]] | None = None
    ) -> None:
        self._program = program
        self._written = written or {}
        """The coefficients of pieces whose formulas are SymPy's as they have parameters."""
        # a where may jump at the boundary of a cell, which the refinement looks at
        self._is_apt = not (program.is_smooth or any(unit.atom.sides for unit in program.units))
        levels: dict[int, list[int]] = {}
        for i, unit in enumerate(program.units):
            levels.setdefault(unit.level, []).append(i)
        self._levels = [levels[level] for level in sorted(levels)]
        self._of_piece: dict[int, tuple[Label, ...]] = {}
        self._last: tuple[Label, ...] | None = None

    def everywhere(self, pieces: Sequence[StatedPiece], leaves: list[Leaf]) -> set[int]:
        """Pieces that are seen to agree on all of their cells.

        The cells of the largest dimension are dense in a convex piece, and f is continuous, as
        is the piece's formula.
        """
        if not self._is_apt or any(isinstance(leaf.cell, RowCell) for leaf in leaves[:1]):
            return set()
        largest: dict[int, list[Cell]] = {}
        for leaf in leaves:
            for alpha in leaf.inside:
                found = largest.setdefault(alpha, [])
                if found and found[0].dimension < leaf.cell.dimension:
                    found.clear()
                if not found or found[0].dimension == leaf.cell.dimension:
                    found.append(leaf.cell)
        return {
            alpha
            for alpha, cells in largest.items()
            if len(pieces[alpha - 1].parts) == 1
            and all(self.holds(cell, pieces[alpha - 1]) for cell in cells)
        }

    def holds(self, cell: Cell, piece: StatedPiece) -> bool:
        """Whether it is so; if not, nothing is said."""
        rows = self._written.get(piece.alpha)
        if rows is None:
            rows = None if piece.is_smooth else piece.rows
        if not self._is_apt or rows is None or isinstance(cell, RowCell):
            return False
        start = self._of_piece.get(piece.alpha, self._last)
        labels = self._labels(cell, start or self._program.labels_at(cell.point))
        if labels is None:
            return False
        self._of_piece[piece.alpha] = self._last = labels
        outputs = self._program.following(selected).outputs(labels)
        return all(
            found == list(row) or all(cell.sign(own) == 0 for own in rows_between(found, row))
            for found, row in zip(outputs, rows, strict=True)
        )

    def _labels(self, cell: Cell, start: tuple[Label, ...]) -> tuple[Label, ...] | None:
        """The labels of all units if they are the same all over the cell; else None.

        From those of a neighbour the wrong ones are put right, level by level: the forms of a
        unit's operands are known when the labels below it are.
        """
        following = self._program.following(selected)
        labels = list(start)
        said = following.rows(labels, by_label)
        for members in self._levels:
            wrong = [i for i in members if not _says(cell, said[i] or ())]
            if not wrong:
                continue
            total = [sum(column) for column in zip(*cell.complex.generators, strict=True)]
            operands = following.operands(labels)
            for i in wrong:
                values = [
                    quotient(sum(map(mul, form.row, total)), form.denominator * total[0])
                    for form in operands[i] or ()
                ]
                found = self._program.units[i].atom.label_at(values)
                if found == labels[i]:
                    return None
                labels[i] = found
            said = following.rows(labels, by_label)
            if not all(_says(cell, said[i] or ()) for i in wrong):
                return None
        return tuple(labels)


def _says(cell: Cell, said: Sequence[tuple[Row, str]]) -> bool:
    """Whether conditions hold all over a cell."""
    return all(cell.sign(row) == (0 if relation == "=" else 1) for row, relation in said)


def _value(piece: StatedPiece, point: tuple[Fraction, ...]) -> tuple[Any, ...]:
    return tuple(formula.value(point) for formula in piece.formulas)


def _difference(cell: Cell, program: Program, piece: StatedPiece) -> Answer:
    """Whether the formulas of f and of a piece agree on a cell, or a point where they do not."""
    if isinstance(cell, RowCell):
        return large_difference(cell, program, piece)
    faces = cell.complex.copy()
    refine_by(faces, program)
    top = len(faces.levels) - 1
    width = faces.dimension + 1
    lines = [line[:width] for line in faces.lines]
    answer: Answer = (True, None)
    for index, word in enumerate(faces.face_words()[top]):
        own = faces.generators_of(top, index)
        rows = [faces.generators[g][:width] for g in own]
        formulas = formulas_of(program, program.labels(word), selected)
        vanishes, point = _differ(formulas, piece.formulas, Region(piece.names, rows, lines))
        if point is not None:
            if not (program.is_smooth or piece.is_smooth):
                point = _beside_zeros(faces, set(own), formulas, piece.formulas)
            return False, point
        if vanishes is None:
            answer = (None, None)
    return answer


def _beside_zeros(
    faces: FaceComplex, own: set[int], first: Sequence[Formula], second: Sequence[Formula]
) -> tuple[Fraction, ...]:
    """A point of a face in the middle of where differences of affine formulas have one sign."""
    width = faces.dimension + 1
    face = faces.copy()
    face.generators = [row[:width] for row in face.generators]
    face.lines = [row[:width] for row in face.lines]
    face.words = [int(index not in own) for index in range(len(face.words))]
    face.drop(1)
    cell = Cell(face)
    for one, other in zip(first, second, strict=True):
        row = primitive(one.minus(other).raw)
        if cell.sign(row) is None:
            cell = cell.split(row)[0]
    return cell.point


def _differ(first: Sequence[Formula], second: Sequence[Formula], region: Region) -> Answer:
    """Whether formulas agree on a region, output by output, or a point where they do not."""
    answer: Answer = (True, None)
    for one, other in zip(first, second, strict=True):
        vanishes, point = one.minus(other).zero_on(region)
        if point is not None:
            return False, point
        if vanishes is None:
            answer = (None, None)
    return answer


def _continuous(rep: Representation, leaves: list[Leaf]) -> Check:
    failures = []
    undecided: list[int] = []
    numbers: dict[Any, int] = {}
    formula = [
        numbers.setdefault(rep.entries[leaf.inside[0] - 1].formulas, len(numbers))
        if leaf.inside
        else -1
        for leaf in leaves
    ]
    broken: set[tuple[int, int]] = set()
    for outer, inner, shared in touching(leaves, formula, len(rep.names)):
        high = rep.entries[leaves[outer].inside[0] - 1]
        low = rep.entries[leaves[inner].inside[0] - 1]
        # one break a pair of pieces, however many of their cells meet there
        if (high.alpha, low.alpha) in broken:
            continue
        # compare where the closure of one cell meets the other cell itself
        vanishes, point = _jump(shared, high, low)
        if vanishes is None:
            undecided += [high.alpha, low.alpha]
        if point is not None:
            broken.add((high.alpha, low.alpha))
            exact = exact_point(point)
            failures.append(
                Failure(
                    "continuity",
                    f"f{high.alpha} tends to {_value(high, point)[0]} at {exact}, but "
                    f"f{low.alpha} is {_value(low, point)[0]} there",
                    exact,
                    {"pieces": (high.alpha, low.alpha)},
                )
            )
    return verdict_check("continuity", "of Σ 1_P fᵅ", failures, undecided)


def _jump(cell: Cell, high: StatedPiece, low: StatedPiece) -> Answer:
    """Whether two formulas agree on a cell."""
    region = Region(high.names, cell.complex.generators, cell.complex.lines)
    return _differ(high.formulas, low.formulas, region)
