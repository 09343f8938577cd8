"""``f.to_milp``: the minimum over a bounded domain as a mixed-integer linear program."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from piecewise_mt.calculus.evaluation.program import Program, Unit, selected
from piecewise_mt.calculus.forms.cells import linear_program_of
from piecewise_mt.calculus.forms.graph_forms import of_two_sides
from piecewise_mt.calculus.forms.switching import Form, Switches, total
from piecewise_mt.calculus.models.alternatives import whole
from piecewise_mt.calculus.models.building import FORMULATIONS, MixedIntegerBuilder
from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.calculus.models.ranges import METHODS
from piecewise_mt.calculus.partition.domain import empty_domain, read_domain
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, strata
from piecewise_mt.errors import NotContinuous, PiecewiseError, ShapeError
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron


def require_scalar(f: Expression) -> None:
    """Refuse what has no minimum."""
    if f.shape != ():
        raise ShapeError(
            f"expected a scalar function to minimise, got the shape {f.shape}; take one entry"
        )


def closed(domain: Polyhedron) -> Polyhedron:
    """The closure of a domain that has points."""
    if domain.is_empty:
        raise empty_domain(domain)
    rows = [(row, False) for row, _ in domain.inequalities]
    return Polyhedron(domain.variables, domain.equations, rows)


def mixed_integer(f: Expression, domain: Any, formulation: str, bounds: str) -> OptimisationModel:
    """See :meth:`Expression.to_milp`."""
    require_scalar(f)
    if formulation not in FORMULATIONS:
        raise PiecewiseError(
            f"expected the formulation 'big-M' or 'convex hull', got {formulation!r}; take one"
        )
    if bounds not in METHODS:
        raise PiecewiseError(
            f"expected bounds by 'interval' or 'relaxation', got {bounds!r}; take one"
        )
    program = linear_program_of(f, "model")
    region = read_domain(domain, program.names) or Polyhedron(program.names)
    space = closed(region)
    builder = MixedIntegerBuilder(space, formulation, bounds)
    a = len(program.names)
    objective = builder.bounded(builder.of_value(), Fraction(0), Fraction(0), "the value")
    output = None
    if _sides_agree(f, program, space):
        output = _node_by_node(builder, program)
    if output is None:
        # a node that may be anything at its ties: cell by cell
        builder = MixedIntegerBuilder(space, formulation, bounds)
        builder.bounded(builder.of_value(), Fraction(0), Fraction(0), "the value")
        output = _cell_by_cell(builder, strata(f, region))
    own = builder.columns[a]
    builder.columns[a] = type(own)(own.name, None, None, False, own.meaning)
    builder.row([(1, objective), (-1, output)], equation=True)
    return OptimisationModel(f, region, builder.columns, builder.rows, a, formulation)


def _node_by_node(builder: MixedIntegerBuilder, program: Program) -> Form | None:
    """The output over the columns; None if the alternatives of a node are not known."""
    slots: list[Form] = [{slot: Fraction(1)} for slot in range(len(program.names) + 1)]
    for unit in program.units:
        operands = [_over(row, slots) for row in unit.operands]
        found = builder.node(unit.atom, operands, unit.text)
        if found is None:
            return None
        slots.append(found)
    return _over(program.outputs[0], slots)


def _over(row: Any, slots: Sequence[Form]) -> Form:
    return total([(Fraction(c), slots[slot]) for slot, c in sorted(row.items())])


def _cell_by_cell(builder: MixedIntegerBuilder, cut: PolyhedralStrata) -> Form:
    """One alternative for each stratum of the largest dimension."""
    names = cut.names
    top = cut[0].dimension
    conditions, rows = [], []
    for stratum in cut:
        if stratum.dimension < top:
            break
        (row,) = cut.program.affine(stratum.label_keys, selected).outputs
        rows.append(tuple(Fraction(c) for c in row))  # type: ignore[arg-type]
        conditions.append([tuple(own) for own, _ in stratum.polyhedron.inequalities])
    operands: list[Form] = [{slot: Fraction(1)} for slot in range(1, len(names) + 1)]
    return builder.chosen(whole(conditions, rows), operands, "the function")


def _sides_agree(f: Expression, program: Program, space: Polyhedron) -> bool:
    """Whether each `where` may take any side at its ties, all over the closed domain."""
    asked = [
        i
        for i, unit in enumerate(program.units)
        if unit.atom.sides is not None and not _is_maximum(unit, len(program.names))
    ]
    if not asked:
        return True
    try:
        cut = strata(f, space)
    except NotContinuous:
        # at a part of the boundary that is not in the domain
        return False
    for stratum in cut:
        labels = stratum.label_keys
        operands = cut.program.affine(labels, selected).operands
        for i in asked:
            atom = program.units[i].atom
            assert atom.sides is not None
            if labels[i] != atom.sides.tie:
                continue
            jump = atom.jump()
            total_row = [Fraction(jump.constant), *[Fraction(0)] * len(cut.names)]
            for c, own in zip(jump.coefficients, operands[i], strict=True):
                total_row = [
                    t + Fraction(c) * Fraction(v)  # type: ignore[arg-type]
                    for t, v in zip(total_row, own)
                ]
            if any(sum(map(mul, total_row, generator)) for generator in stratum.generators):
                return False
    return True


def _is_maximum(unit: Unit, a: int) -> bool:
    """Whether the sides differ by a multiple of the condition, and so agree at every tie."""
    lattice = Switches(a + len(unit.operands), False)
    # every slot that is read stands for itself
    forms = [{s: Fraction(c) for s, c in row.items()} for row in unit.operands]
    return of_two_sides(unit, forms, lattice) is not None
