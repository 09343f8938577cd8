"""Strata that a linear program finds one by one, where there are too many to refine all of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any, final

from piecewise_mt.calculus.evaluation.selections import Say
from piecewise_mt.calculus.partition.smooth_kinks import by_label, constraint_rows
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.exact.lexicographic import Lexicographic
from piecewise_mt.exact.linear import Row, echelon
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, Witness, feasible_point
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.geometry.canonical import affine_hull
from piecewise_mt.geometry.cells import relative_interior
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import Inequality
from piecewise_mt.memory import cached_property


@final
class Region(PolyhedralStratum):
    """The stratum of a point, with the equations of its affine hull."""

    def __init__(
        self, strata: PolyhedralStrata, point: tuple[Fraction, ...], equations: Sequence[Row]
    ) -> None:
        super().__init__(strata, 0, 0)
        self._point = point
        self._equations = tuple(equations)

    @property
    def word(self) -> int:
        """None of a complex, as there is none."""
        return 0

    @property
    def dimension(self) -> int:
        return len(self._strata.names) - len(self._equations)

    @cached_property
    def label_keys(self) -> tuple[Label, ...]:
        return self._strata.program.labels_at(self._point)

    @cached_property
    def point(self) -> tuple[Fraction, ...]:
        return self._point

    @cached_property
    def generators(self) -> Sequence[Sequence[int]]:
        cell = relative_interior(self.polyhedron)
        assert cell is not None, "the point is in it"
        return cell.complex.generators

    @cached_property
    def hull(self) -> AffineHull:
        return AffineHull.of_equations(self._strata.names, self._equations)

    def described(
        self, say: Say, *, interior: bool, generators: Sequence[Sequence[int]] | None = None
    ) -> Polyhedron:
        cells = self._strata
        equations, inequalities = constraint_rows(cells.program, self.label_keys, say, (), ())
        if cells.domain is not None:
            equations += cells.domain.equations
            for row, strict in cells.domain.inequalities:
                # what is zero at a point of the relative interior is zero on the stratum
                height = sum((c * v for c, v in zip(row[1:], self._point)), fraction(row[0]))
                inequalities.append((row, strict or (interior and height != 0)))
        found = Polyhedron(cells.names, equations, inequalities)
        linear = [(0, *row[1:]) for row in (*found.equations, *(r for r, _ in found.inequalities))]
        # independent rows are all needed
        return found if len(echelon(linear)) == len(linear) else found.irredundant()


def region_beside(cells: PolyhedralStrata, point: Sequence[Fraction]) -> Region:
    """A full-dimensional stratum whose closure has an inner point of the domain."""
    a, program = len(cells.names), cells.program
    axes = [[Fraction(int(i == j)) for j in range(a)] for i in range(a)]
    near: Any = [Lexicographic((p, *axis)) for p, axis in zip(point, axes, strict=True)]
    labels = program.labels_at(near)
    _, rows = constraint_rows(program, labels, by_label, (), ())
    if cells.domain is not None:
        rows += cells.domain.inequalities
    answer = feasible_point([], [(row, True) for row, _ in rows if any(row[1:])], variables=a)
    assert isinstance(answer, Witness), "the point moved by infinitesimals is in it"
    return Region(cells, answer.point, ())


def top_region(cells: PolyhedralStrata, position: int) -> Region | None:
    """A full-dimensional stratum by its position among all strata, without enumerating these.

    Where a formula counts the strata, all combinations of labels occur, so that one is found by
    counting, and its point by a linear program. None if the position is not one of these, or the
    labels of a unit are not known.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> strata = mt.max(mt.vector("x", 30)).strata()
    >>> top_region(strata, 29).labels, top_region(strata, 30)
    (('{30}',), None)
    """
    program = cells.program
    if cells.counts is None or not 0 <= position < cells.counts[-1]:
        return None
    known = [_top_labels(unit.atom) for unit in program.units]
    if prod(map(len, known)) != cells.counts[-1]:
        return None
    labels: list[Label] = []
    # the last unit is the one that changes fastest
    for own in reversed(known):
        position, place = divmod(position, len(own))
        labels.insert(0, own[place])
    _, rows = constraint_rows(program, tuple(labels), by_label, (), ())
    answer = feasible_point([], [(row, True) for row, _ in rows], variables=len(program.names))
    assert isinstance(answer, Witness), "all combinations of labels occur"
    return Region(cells, answer.point, ())


def _top_labels(atom: Atom) -> list[Label]:
    """The labels that an atom has on open sets, in order; [] if they are not known."""
    if atom.arity == 1 and atom.breaks is not None:
        forms = [kink.form for kink in atom.kinks()]
        ends = sorted(Fraction(-form.constant) / Fraction(form.terms[0][1]) for form in forms)
        inside = [(low + high) / 2 for low, high in pairwise(ends)]
        return sorted({atom.label_at([v]) for v in (ends[0] - 1, *inside, ends[-1] + 1)})
    if atom.rank in (0, atom.arity - 1):
        far = Fraction(1 if atom.rank else -1)
        rows = [[far if i == j else Fraction(0) for j in range(atom.arity)]
                for i in range(atom.arity)]  # fmt: skip
        return sorted(atom.label_at(row) for row in rows)
    return []


def half_open_tops(cells: PolyhedralStrata) -> list[list[PolyhedralStratum]] | None:
    """The largest stratum of each piece of one unit whose rule joins every tie to one operand.

    None if the function is another. A linear program for each operand finds its piece.
    """
    program = cells.program
    if program.is_smooth or len(program.units) != 1:
        return None
    (unit,) = program.units
    branches = unit.atom.half_open_branches()
    if branches is None:
        return None
    a = len(program.names)
    operands = [[row.get(i, 0) for i in range(a + 1)] for row in unit.operands]
    domain = cells.domain
    equations = () if domain is None else domain.equations
    found: list[list[PolyhedralStratum]] = []
    for branch in branches:
        rows: list[Inequality] = []
        for (coefficients, _), relation in unit.atom.branch_constraints(branch, branch):
            pairs = [(c, operand) for c, operand in zip(coefficients, operands, strict=True) if c]
            row = [sum(c * operand[i] for c, operand in pairs) for i in range(a + 1)]
            rows.append((primitive(row), relation == ">"))
        rows += () if domain is None else domain.inequalities
        if isinstance(feasible_point(equations, rows, variables=a), Farkas):
            continue
        hull = affine_hull(equations, rows, a)
        found.append([Region(cells, hull.point, hull.equations)])
    return found
