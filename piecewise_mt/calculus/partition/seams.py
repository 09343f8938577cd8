"""Do the sides of a ``where`` agree at the ties that both of them reach, if they are smooth?"""

from __future__ import annotations

import sympy

from piecewise_mt.calculus.evaluation.program import Program, Unit, selected
from piecewise_mt.calculus.partition.smooth_kinks import combination_of, known_labels
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.identities import zero_or_point
from piecewise_mt.calculus.smooth.signs import Spanned
from piecewise_mt.errors import NotContinuous, PiecewiseError, Undecided
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.printing import spelled
from piecewise_mt.geometry.cells import inner_points
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.generators import REAL


def check_seams(cells: AnyComplex, program: Program, unit: Unit, slot: int) -> None:
    """Refuse a ``where`` with smooth sides that differ at ties which both of them reach.

    Raises
    ------
    NotContinuous
        At a point where they differ.
    Undecided
        If SymPy cannot tell.
    """
    sides = unit.atom.sides
    if sides is None:
        return
    form = unit.atom.jump()
    width = len(program.names) + 1
    mask = (1 << unit.atom.bits) - 1
    words = cells.face_words()
    reached = _closures(cells, unit, sides.other)
    for level in range(1, len(cells.levels)):
        for index, members in enumerate(cells.generator_sets(level)):
            word = words[level][index]
            if word & cells.inside != cells.inside or index not in reached[level]:
                continue
            if unit.atom.label((word >> unit.bit) & mask) != sides.tie:
                continue
            rows = [cells.generators[g][:width] for g in sorted(members)]
            labels = known_labels(program, word, unit.level)
            jump = combination_of(form, program.formulas(labels, selected).operands[slot])
            lines = [line[:width] for line in cells.lines]
            hull = AffineHull.of_generators(program.names, [*rows, *lines])
            if hull.restricted(jump).has(sympy.nan, sympy.zoo, sympy.oo):
                raise PiecewiseError(
                    f"expected sides of {unit.text} that have values at the ties, got one that is "
                    "not defined there; restrict the domain, or change that side"
                )
            sign = Spanned(program.names, rows, lines).sign_of(hull)
            vanishes, point = zero_or_point(jump, hull, inner_points(rows, lines), sign)
            if vanishes is None:
                raise Undecided(
                    f"expected sides of {unit.text} that agree at the ties, got the difference "
                    f"{spelled(jump)}, which is not decided to be 0; simplify the sides"
                )
            if point is not None:
                exact = exact_point(point)
                raise NotContinuous(
                    "expected a where whose sides agree at the ties that both of them reach, got "
                    f"two values at the point {exact}; make the sides equal there, or use mt.max",
                    exact,
                )


def _closures(cells: AnyComplex, unit: Unit, label: Label) -> list[set[int]]:
    """By level, the faces in the closure of a face with this label."""
    mask = (1 << unit.atom.bits) - 1
    reached: list[set[int]] = [set() for _ in cells.levels]
    words = cells.face_words()
    for level in range(len(cells.levels) - 1, 0, -1):
        for index, word in enumerate(words[level]):
            if word & REAL and unit.atom.label((word >> unit.bit) & mask) == label:
                reached[level].add(index)
        if level > 1:
            for index in reached[level]:
                reached[level - 1].update(cells.levels[level][index])
    return reached
