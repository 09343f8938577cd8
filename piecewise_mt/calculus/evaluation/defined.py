"""Is every smooth node defined, and C¹, where its value is used? Decided before SymPy cancels.

A quotient x/x is the formula 1 to SymPy, but the node has no value at 0. So what a node requires
is asked of the formulas of its operands, on every piece where the output reads the node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.plans import plan_of
from piecewise_mt.calculus.evaluation.program import Picked, Program, Slots, SmoothUnit
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.c1 import Written, broken, require
from piecewise_mt.calculus.smooth.identities import differentiated
from piecewise_mt.calculus.smooth.rewriting import expanded, symbols_of, tidied
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.exact.reals import Missing, number_expr
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.build.smooth_nodes import Requirement, put
from piecewise_mt.geometry.polyhedron import Polyhedron


def has_requirements(program: Program) -> bool:
    """Whether some smooth node is not defined everywhere, as far as its own formula shows."""
    return any(unit.function.requirements for unit in program.smooth)


def require_defined(
    program: Program, labels: Sequence[Label], pick: Picked, part: Polyhedron
) -> None:
    """Refuse a polyhedron on which a node that the outputs read is not defined and C¹.

    Raises
    ------
    PiecewiseError
        Naming the node and, where that can be had, a point.
    Undecided
        If it cannot be decided.
    """
    for requirement, written in requirements_of(program, labels, pick):
        require(requirement, written, part, program.names)


def require_defined_at(program: Program, point: Sequence[Any], pick: Picked) -> None:
    """Refuse a point at which a node that the outputs read is known not to be defined and C¹.

    Raises
    ------
    PiecewiseError
        Naming the node and the point, in the words of :func:`require_defined`.
    """
    passed = list(program.forward(point))
    labels = [here.label for slot, _, here in passed if slot > 0]
    read = _read(program, labels, pick)
    for slot, unit, here in passed:
        if slot not in read or not isinstance(unit, SmoothUnit):
            continue
        if any(isinstance(value, Missing) for value in here.operands):
            continue
        values = [number_expr(value) for value in here.operands]
        for requirement in unit.function.requirements:
            if requirement._replace(form=put(requirement.form, values)).is_met() is False:
                written = Written(unit.text, unit.written(requirement.form))
                raise broken(written, requirement.kind, f" at {exact_point(point)}")


def requirements_of(
    program: Program, labels: Sequence[Label], pick: Picked
) -> Iterator[tuple[Requirement, Written]]:
    """What the nodes that the outputs read require, of forms in the variables, and in words."""
    if not has_requirements(program):
        return
    read = _read(program, labels, pick)
    operands = program.formulas(labels, pick).operands
    for slot, unit in program.ordered():
        if slot in read and isinstance(unit, SmoothUnit):
            for requirement in unit.function.requirements:
                form = put(requirement.form, operands[slot])
                written = Written(unit.text, unit.written(requirement.form))
                yield requirement._replace(form=form), written


def _read(program: Program, labels: Sequence[Label], pick: Picked) -> set[int]:
    """The slots of the units that the outputs depend on: not those of a branch not taken."""
    first = len(program.names) + 1
    read = {slot for row in program.outputs for slot, c in row.items() if c}
    # what nobody reads has cancelled, as in f - f, which is defined only where f is
    rows = [row for _, unit in program.ordered() for row in unit.operands]
    known = read | {slot for row in rows for slot in row}
    read |= {slot for slot, _ in program.ordered() if slot not in known}
    for slot, unit in reversed(list(program.ordered())):
        if slot not in read:
            continue
        rows = list(unit.operands)
        if not isinstance(unit, SmoothUnit):
            weights, _ = pick(unit, labels[slot - first])
            taken = {i for i, w in enumerate(weights) if w != 0}
            # a kink is looked at whatever is picked
            taken |= plan_of(unit.atom).read
            rows = [unit.operands[i] for i in sorted(taken)]
        read |= {s for row in rows for s, c in row.items() if c}
    return read


def is_at_an_edge(
    program: Program,
    labels: Sequence[Label],
    pick: Picked,
    hull: AffineHull,
    rows: Sequence[sympy.Expr],
) -> bool:
    """Whether formulas are composed at the edge of where a node is defined, all over a hull.

    There a root of a form that is zero on the hull has values on one side at most.
    """
    entries = (entry for row in rows for entry in differentiated(row, hull))
    if any(entry.has(sympy.nan, sympy.zoo, sympy.oo) for entry in entries):
        return True
    operands = program.formulas(labels, pick).operands
    for slot in _read(program, labels, pick):
        if slot < 0:
            for requirement in program.smooth[-1 - slot].function.requirements:
                form = put(requirement.form, operands[slot])
                if requirement.kind == "nonnegative" and form != 0 and hull.restricted(form) == 0:
                    return True
    return False


def tangent_formulas(
    program: Program, labels: Sequence[Label], pick: Picked, hull: AffineHull
) -> tuple[sympy.Expr, ...]:
    """Formulas C¹ near a hull, with the values and gradients that the program has on it.

    What SymPy composes need not be C¹ there: (z x)**(5/2) at x = 0 has no value on one side. The
    value on the hull plus the derivative across it, by the chain rule of the nodes, does.
    """
    formulas = program.formulas(labels, pick)
    symbols = symbols_of(program.names)
    rows = [_gradient(row, program, labels, pick, hull) for row in program.outputs]
    result = []
    for value, row in zip(formulas.outputs, rows, strict=True):
        across = dict(zip(symbols, row, strict=True))
        steps = ((s - right) * across[s] for s, right in hull.substitution)
        result.append(tidied(sympy.Add(hull.restricted(value), *steps)))
    return tuple(result)


def _gradient(
    output: Slots, program: Program, labels: Sequence[Label], pick: Picked, hull: AffineHull
) -> list[sympy.Expr]:
    """One row of the product (14) on the hull, from the output inwards."""
    first = len(program.names) + 1
    operands = program.formulas(labels, pick).operands
    adjoint: dict[int, sympy.Expr] = {s: to_rational(c) for s, c in output.items()}
    for slot, unit in reversed(list(program.ordered())):
        own = adjoint.pop(slot, sympy.S.Zero)
        if own == 0:
            continue
        weights: list[sympy.Expr]
        if isinstance(unit, SmoothUnit):
            at = [hull.restricted(operand) for operand in operands[slot]]
            weights = [put(partial, at) for partial in unit.function.partials]
        else:
            weights = [coefficient_to_sympy(w) for w in pick(unit, labels[slot - first])[0]]
        for weight, row in zip(weights, unit.operands, strict=True):
            for s, c in row.items():
                adjoint[s] = adjoint.get(s, sympy.S.Zero) + own * weight * to_rational(c)
    return [expanded(adjoint.get(i, sympy.S.Zero)) for i in range(1, first)]
