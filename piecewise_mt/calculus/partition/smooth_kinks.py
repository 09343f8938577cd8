"""Kinks behind smooth nodes: arguments affine on every stratum, or of one sign.

A unit that reads a smooth node, such as the relu of relu(x*y - y*x + x), has SymPy formulas as
operands. On every full face of the complex so far these must be affine; then they are pushed on
the generators like any other kink. One that is proved to be positive everywhere, or negative, is
pushed as a constant. Other kinks are not supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from operator import mul
from typing import NamedTuple

import sympy

from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Unit, selected
from piecewise_mt.calculus.evaluation.selections import Say
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import sign_on
from piecewise_mt.calculus.smooth.identities import zero_or_point
from piecewise_mt.errors import NotContinuous, NotPolyhedral, PiecewiseError, Undecided
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.atoms import Constraint, Label
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.functions.printing import spelled
from piecewise_mt.geometry.cells import inner_points
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.generators import REAL
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant


def relayed_columns(
    cells: AnyComplex, program: Program, index: int
) -> tuple[int, list[list[int]], list[list[int]]]:
    """A relayed unit's kinks at the generators and on the lines, times a common scale.

    Returns (scale, rows for the generators, rows for the lines), one value a kink.

    Raises
    ------
    NotPolyhedral
        If a kink is not affine on a face and may change its sign, naming the node and the stratum.
    PiecewiseError
        If its argument has no values on a face.
    NotContinuous
        If its argument jumps between two faces.
    """
    unit = program.units[index]
    slot = len(program.names) + 1 + index
    plan = plan_of(unit.atom)
    kinks, turns = zip(*plan.formulas, strict=True) if plan.formulas else ((), ())
    width = len(program.names) + 1
    at_generators: list[list[Fraction]] = [[] for _ in cells.generators]
    on_lines: list[list[Fraction]] = [[] for _ in cells.lines]
    top = len(cells.levels) - 1
    words = cells.face_words()[top]
    sets = [sorted(members) for members in cells.generator_sets(top)]
    # faces with the forms of the kinks on them
    read: list[tuple[_Face, list[sympy.Expr], list[list[Fraction] | None]]] = []
    for word, members in zip(words, sets, strict=True):
        rows = [cells.generators[g][:width] for g in members]
        labels = _known_labels(program, word, unit.level)
        operands = program.formulas(labels, selected).operands[slot]
        hull = AffineHull.of_generators(program.names, [*rows, *(r[:width] for r in cells.lines)])
        expressions = [hull.restricted(_combination(kink, operands)) for kink in kinks]
        face = _Face(program, labels, rows, [row[:width] for row in cells.lines])
        if any(e.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I) for e in expressions):
            raise PiecewiseError(
                f"expected a kink whose argument has values, got {unit.text}, which has none on "
                f"{_region(program, labels, rows)}; restrict the domain, or change the argument"
            )
        read.append((face, expressions, [hull.affine_row(e) for e in expressions]))
    for k in range(len(kinks)):
        if any(forms[k] is None for _, _, forms in read):
            one_sign = _one_sign(unit, [(f, e[k], forms[k]) for f, e, forms in read])
            constant = [fraction(one_sign), *[Fraction(0)] * (width - 1)]
            for _, _, forms in read:
                forms[k] = constant
    for members, (_, _, found) in zip(sets, read, strict=True):
        known = [form for form in found if form is not None]
        for g in members:
            heights = _heights(known, cells.generators[g])
            if at_generators[g] and at_generators[g] != heights:
                raise _jump(unit, cells.generators[g][:width])
            at_generators[g] = heights
        for line, heights in zip(cells.lines, on_lines, strict=True):
            if not heights:
                heights += _heights(known, line)
    scale = lcm(1, *(v.denominator for row in (*at_generators, *on_lines) for v in row))
    scale *= plan.factor
    return scale, _scaled(at_generators, turns, scale), _scaled(on_lines, turns, scale)


class _Face(NamedTuple):
    """A full face: the labels that are known on it, its generators and the lines."""

    program: Program
    labels: Sequence[Label | None]
    rows: Sequence[Sequence[int]]
    lines: Sequence[Sequence[int]]

    def around(self) -> Polyhedron:
        """A closed polyhedron around the face: the labels' conditions, and the face's box."""
        names = self.program.names
        equations, inequalities = _conditions(self.program, self.labels, self.rows)
        closed = [(row, False) for row, _ in inequalities]
        for i in range(1, len(names) + 1):
            if any(line[i] for line in self.lines):
                continue
            for sign in (1, -1):
                if all(sign * row[i] >= 0 for row in self.rows if not row[0]):
                    bound = min(quotient(sign * row[i], row[0]) for row in self.rows if row[0])
                    form = [Fraction(0)] * (len(names) + 1)
                    form[0], form[i] = -bound, fraction(sign)
                    closed.append((primitive(form), False))
        return Polyhedron(names, equations, closed)


def _one_sign(
    unit: Unit, read: Sequence[tuple[_Face, sympy.Expr, Sequence[Fraction] | None]]
) -> int:
    """The sign that a kink has on all faces: then it is none, whatever its formulas are.

    Raises
    ------
    NotPolyhedral
        If that is not proved, naming a face on which the kink is not affine.
    """
    signs: list[int | None] = []
    for face, expression, _ in read if plan_of(unit.atom).by_signs else ():
        signs.append(sign_on(expression, face.around(), face.program.names))
        if signs[-1] is None or signs[-1] != signs[0]:
            break
    else:
        if signs and signs[0] is not None:
            return signs[0]
    affine = [form is not None for _, _, form in read]
    # the face on which the sign is not proved, if the kink is not affine there
    last = max(len(signs) - 1, 0)
    face, expression, _ = read[affine.index(False) if affine[last] else last]
    raise NotPolyhedral(
        f"expected an argument that is affine on every stratum, with rational coefficients, got "
        f"{spelled(expression)} for the kink of {unit.text} on "
        f"{_region(face.program, face.labels, face.rows)}, which is not supported yet; f.value and "
        "f.gradient at a point still work"
    )


def _jump(unit: Unit, generator: Sequence[int]) -> NotContinuous:
    """The error for an argument with two limits at a generator that faces share."""
    scale = generator[0] or 1
    point = tuple(to_rational(quotient(value, scale)) for value in generator[1:])
    where = f"at {point}" if generator[0] else f"in the direction {point}"
    return NotContinuous(
        f"expected an argument that is continuous up to the ends of the domain, got {unit.text}, "
        f"whose argument has two limits {where}; restrict the domain, or change the argument",
        point,
    )


def _scaled(
    rows: Sequence[Sequence[Fraction]], turns: Sequence[int], scale: int
) -> list[list[int]]:
    return [
        [v.numerator * (scale // v.denominator) * turn for v, turn in zip(row, turns, strict=True)]
        for row in rows
    ]


def _heights(forms: Sequence[Sequence[Fraction]], generator: Sequence[int]) -> list[Fraction]:
    return [sum(map(mul, form, generator), Fraction(0)) for form in forms]


def _known_labels(program: Program, word: int, level: int) -> list[Label | None]:
    """The labels of the units of the levels below, which are final on the faces so far."""
    return [
        unit.atom.label((word >> unit.bit) & ((1 << unit.atom.bits) - 1))
        if unit.level < level
        else None
        for unit in program.units
    ]


def _combination(form: Form, operands: Sequence[sympy.Expr]) -> sympy.Expr:
    return sympy.Add(
        to_rational(fraction(form.constant)),
        *(
            to_rational(fraction(c)) * y
            for c, y in zip(form.coefficients, operands, strict=True)
            if c
        ),
    )


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
            labels = _known_labels(program, word, unit.level)
            jump = _combination(form, program.formulas(labels, selected).operands[slot])
            lines = [line[:width] for line in cells.lines]
            hull = AffineHull.of_generators(program.names, [*rows, *lines])
            if hull.restricted(jump).has(sympy.nan, sympy.zoo, sympy.oo):
                raise PiecewiseError(
                    f"expected sides of {unit.text} that have values at the ties, got one that is "
                    "not defined there; restrict the domain, or change that side"
                )
            vanishes, point = zero_or_point(jump, hull, inner_points(rows, lines))
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


def by_label(unit: Unit, label: Label) -> list[Constraint]:
    """What a label says of the operands of its unit."""
    return unit.atom.constraints(label)


def by_branch(unit: Unit, label: Label) -> list[Constraint]:
    """What the branch of a label says of the operands of its unit, near that label."""
    return unit.atom.branch_constraints(unit.atom.branch(label), label)


def constraint_rows(
    program: Program,
    labels: Sequence[Label | None],
    say: Say,
    generators: Sequence[Sequence[int]],
    lines: Sequence[Sequence[int]],
    units: Sequence[int] | None = None,
) -> tuple[list[Row], list[Inequality]]:
    """Constraints on the operands of all units as equations and inequalities in the variables.

    `say` is :func:`by_label` or :func:`by_branch`; units with the label None say nothing. Only
    some `units` are asked if they are given.
    """
    hull: AffineHull | None = None
    formulas: dict[int, list[sympy.Expr]] = {}
    equations: dict[Row, None] = {}
    inequalities: dict[Inequality, None] = {}
    said: Sequence[tuple[Row, str]] | None
    known = program.following(selected).rows(labels, say, units)
    for index, said in zip(range(len(labels)) if units is None else units, known):
        label = labels[index]
        if label is None:
            continue
        if said is None:
            if hull is None:
                hull = AffineHull.of_generators(program.names, [*generators, *lines])
                formulas = program.formulas(labels, selected).operands
            own = say(program.units[index], label)
            said = _relayed_rows(hull, own, formulas[len(program.names) + 1 + index])
        for row, relation in said:
            if relation == "=":
                equations[row] = None
            else:
                inequalities[row, relation == ">"] = None
    return list(equations), list(inequalities)


def _relayed_rows(
    hull: AffineHull, constraints: Sequence[Constraint], operands: list[sympy.Expr]
) -> list[tuple[Row, str]]:
    """Constraints on operands that are formulas, as far as these are affine on the hull."""
    rows: list[tuple[Row, str]] = []
    for form, relation in constraints:
        if relation == "=":  # it holds all over the hull, so the hull's equations say it
            rows += [(row, "=") for row in hull.equations]
            continue
        found = hull.affine_row(_combination(form, operands))
        if found is None:  # the refinement has proved that it has one sign
            continue
        if not any(found):
            # it is zero all over the hull, and off it its sign is not known
            rows += [(row, "=") for row in hull.equations]
            continue
        rows.append((primitive(found), relation))
    return rows


def _region(
    program: Program, labels: Sequence[Label | None], generators: Sequence[Sequence[int]]
) -> str:
    """The stratum of the labels that are known, as text."""
    rows = _conditions(program, labels, generators)
    polyhedron: Polyhedron = irredundant(program.names, *rows, generators)
    if any(rows):
        return f"{{{polyhedron}}}"
    # with no kink before it, the face is the whole space, of which the origin is the generator,
    # or a domain
    is_space = len(generators) == 1 and not any(generators[0][1:])
    return "the whole space" if is_space else "the domain"


def _conditions(
    program: Program, labels: Sequence[Label | None], generators: Sequence[Sequence[int]]
) -> tuple[list[Row], list[Inequality]]:
    """What the labels that are known say, as far as their units have affine operands."""
    known = [
        None if unit.relayed else label for unit, label in zip(program.units, labels, strict=True)
    ]
    return constraint_rows(program, known, by_label, generators, ())
