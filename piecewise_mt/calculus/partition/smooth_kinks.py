"""Kinks behind smooth nodes: arguments affine on every stratum, or with the sign of what is.

A unit that reads a smooth node, such as the relu of relu(x*y - y*x + x), has SymPy formulas as
operands. On every full face of the complex so far these must be affine; then they are pushed on
the generators like any other kink. For one that is proved to have the sign of an affine form, such
as tanh(x), that form is pushed, and a constant for one that is positive everywhere, or negative.
Other kinks are not supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from operator import mul
from typing import Any, NamedTuple

import sympy

from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Program, Unit, selected
from piecewise_mt.calculus.evaluation.selections import Say
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.sign_forms import irrational_zero, sign_form
from piecewise_mt.calculus.smooth.signs import Spanned, with_signs
from piecewise_mt.errors import NotContinuous, NotPolyhedral, PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive, to_rational
from piecewise_mt.functions.atoms import Constraint, Label
from piecewise_mt.functions.atoms.base import Form
from piecewise_mt.functions.printing import spelled
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.polyhedron import Inequality, Polyhedron, irredundant
from piecewise_mt.typeset.affine import affine_text


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
        labels = known_labels(program, word, unit.level)
        operands = program.formulas(labels, selected).operands[slot]
        hull = AffineHull.of_generators(program.names, [*rows, *(r[:width] for r in cells.lines)])
        face = _Face(program, labels, rows, [row[:width] for row in cells.lines], hull)
        expressions = [face.restricted(combination_of(kink, operands)) for kink in kinks]
        if any(e.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I) for e in expressions):
            raise PiecewiseError(
                f"expected a kink whose argument has values, got {unit.text}, which has none on "
                f"{_region(program, labels, rows)}; restrict the domain, or change the argument"
            )
        read.append((face, expressions, [hull.affine_row(e) for e in expressions]))
    for k in range(len(kinks)):
        if any(forms[k] is None for _, _, forms in read):
            alike = _with_equal_signs(unit, [(f, e[k], forms[k]) for f, e, forms in read], cells)
            for (_, _, forms), own in zip(read, alike, strict=True):
                forms[k] = own
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
    hull: AffineHull

    @property
    def spanned(self) -> Spanned:
        """The closure of the face."""
        return Spanned(self.program.names, self.rows, self.lines)

    def restricted(self, expression: sympy.Expr) -> sympy.Expr:
        """A formula in the coordinates of the face, without |…| where a sign is known."""
        return with_signs(self.hull.restricted(expression), self.spanned.sign_of(self.hull))

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


def _with_equal_signs(
    unit: Unit,
    read: Sequence[tuple[_Face, sympy.Expr, list[Fraction] | None]],
    cells: AnyComplex,
) -> list[list[Fraction]]:
    """Affine forms with the signs of a kink on all faces: then these say the same as it does.

    Raises
    ------
    NotPolyhedral
        If there are none that fit together, naming a face on which the kink is not affine.
    """
    by_signs = plan_of(unit.atom).by_signs
    found: list[list[Fraction]] = []
    for face, expression, affine in read:
        own = affine
        if by_signs and own is None:
            own = sign_form(expression, face.hull).on(face.spanned, face.around())
        if own is None or not by_signs:
            break
        found.append(list(map(fraction, primitive(own))))
    else:
        found = _joined(found, [face.spanned for face, _, _ in read])
        if _agree(found, read, cells):
            return found
    # the face on which the sign is not proved, if the kink is not affine there
    last = min(len(found), len(read) - 1)
    not_affine = [affine is None for _, _, affine in read]
    face, expression, _ = read[last if not_affine[last] else not_affine.index(True)]
    zero = irrational_zero(sign_form(expression, face.hull), face.spanned) if by_signs else None
    reason = "which is not supported yet"
    if zero is not None:
        form, value = zero
        place = f"{affine_text(form, face.program.names)} = {value}"
        reason = f"which is not supported, as it has a zero where {place}"
    raise NotPolyhedral(
        f"expected an argument that is affine on every stratum, with rational coefficients, got "
        f"{spelled(expression)} for the kink of {unit.text} on "
        f"{_region(face.program, face.labels, face.rows)}, {reason}; f.value and "
        "f.gradient at a point still work"
    )


def _joined(forms: Sequence[list[Fraction]], closures: Sequence[Spanned]) -> list[list[Fraction]]:
    """The forms with those of other faces in place of constants of the same sign there."""
    varying = {tuple(form): form for form in forms if any(form[1:])}
    found = []
    for form, closure in zip(forms, closures, strict=True):
        own = form
        if form[0] and not any(form[1:]):
            sign = 1 if form[0] > 0 else -1
            alike = (
                v for v in varying.values() if closure.sign(v) == sign and closure.is_nonzero(v)
            )
            own = next(alike, form)
        found.append(own)
    return found


def _agree(
    forms: Sequence[Sequence[Fraction]], read: Sequence[tuple[_Face, Any, Any]], cells: AnyComplex
) -> bool:
    """Whether the forms of all faces have the same values at the generators that these share."""
    heights: dict[tuple[int, ...], Fraction] = {}
    for form, (face, _, _) in zip(forms, read, strict=True):
        for row in face.rows:
            (height,) = _heights([form], row)
            if heights.setdefault(tuple(row), height) != height:
                return False
    lines = {
        tuple(v for line in face.lines for v in _heights([form], line))
        for form, (face, _, _) in zip(forms, read, strict=True)
    }
    return len(lines) <= 1


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


def known_labels(program: Program, word: int, level: int) -> list[Label | None]:
    """The labels of the units of the levels below, which are final on the faces so far."""
    return [
        unit.atom.label((word >> unit.bit) & ((1 << unit.atom.bits) - 1))
        if unit.level < level
        else None
        for unit in program.units
    ]


def combination_of(form: Form, operands: Sequence[sympy.Expr]) -> sympy.Expr:
    """The formula of an affine form of operands that are formulas."""
    return sympy.Add(
        to_rational(fraction(form.constant)),
        *(
            to_rational(fraction(c)) * y
            for c, y in zip(form.coefficients, operands, strict=True)
            if c
        ),
    )


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
            closure = Spanned(program.names, generators, lines)
            said = _relayed_rows(hull, closure, own, formulas[len(program.names) + 1 + index])
        for row, relation in said:
            if relation == "=":
                equations[row] = None
            else:
                inequalities[row, relation == ">"] = None
    return list(equations), list(inequalities)


def _relayed_rows(
    hull: AffineHull,
    closure: Spanned,
    constraints: Sequence[Constraint],
    operands: list[sympy.Expr],
) -> list[tuple[Row, str]]:
    """Constraints on operands that are formulas, as far as these are affine on the hull."""
    rows: list[tuple[Row, str]] = []
    for form, relation in constraints:
        if relation == "=":  # it holds all over the hull, so the hull's equations say it
            rows += [(row, "=") for row in hull.equations]
            continue
        kink = with_signs(hull.restricted(combination_of(form, operands)), closure.sign_of(hull))
        found = hull.affine_row(kink)
        if found is None:  # the refinement has proved that what else it depends on has one sign
            for factor in sign_form(kink, hull).rows:
                sign = closure.sign(factor)
                if sign:
                    rows.append((primitive([sign * c for c in factor]), relation))
                elif sign == 0:
                    rows += [(row, "=") for row in hull.equations]
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
