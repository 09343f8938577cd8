"""``f.to_lp``: the minimum of a convex function as a linear program, by its epigraph.

Either node by node: a node that is convex and counts with a positive sign, or is concave and
counts with a negative one, may be replaced by the rows that bound it (disciplined convex
programming; M. Grant, S. Boyd, Y. Ye, 2006). Or, if the function is convex but not by that
rule, as the maximum of its affine functions, of which none is superfluous.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit
from piecewise_mt.calculus.forms.cells import cells_of, irredundant_maximum, linear_program_of
from piecewise_mt.calculus.forms.switching import Form, total
from piecewise_mt.calculus.models.alternatives import alternatives_of
from piecewise_mt.calculus.models.building import Builder
from piecewise_mt.calculus.models.mixed_integer import closed, require_scalar
from piecewise_mt.calculus.models.model import OptimisationModel
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.in_words import point_text
from piecewise_mt.calculus.properties.shape import is_convex
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.quadratics import composed
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.build.builders import affine
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.geometry.polyhedron import Polyhedron


def epigraph(f: Expression, domain: Any) -> OptimisationModel:
    """See :meth:`Expression.to_lp`."""
    require_scalar(f)
    program = linear_program_of(f, "model")
    region = read_domain(domain, program.names)
    space = closed(region or Polyhedron(program.names))
    signs = _signs(program)
    rows = _maximum(f, region) if signs is None else []
    builder = Builder(program.names)
    lower, upper = _bounds(space, 1), _bounds(space, -1)
    for i, name in enumerate(program.names):
        builder.column(
            builder.of_variable(name), lower.get(i), upper.get(i), f"the variable {name}"
        )
    builder.polyhedron(space)
    value = builder.column(builder.of_value(), None, None, "the value, at least f")
    if signs is not None:
        output = _node_by_node(builder, program, signs)
        builder.row([(1, value), (-1, output)])
    for row in rows:
        builder.row([(1, value), (-1, row)])
    return OptimisationModel(
        f, region, builder.columns, builder.rows, len(program.names), "epigraph"
    )


def _maximum(f: Expression, region: Polyhedron | None) -> list[Form]:
    """The affine functions of which f is the maximum on a domain, if it is convex there.

    On a flat domain they are functions of those variables that its equations leave free.
    """
    own, inner, place = f, region, list(range(1, len(f.variables) + 1))
    if region is not None and (equations := region.irredundant().equations):
        own, inner, place = _on_hull(f, region, equations)
        if not place:
            here = values_at(f, region.variables, region.witness() or ())
            return [{0: here[0]}]
    verdict = is_convex(own, inner)
    if not verdict:
        where = "" if own is f else f" where {region}"
        ends = " to ".join(map(point_text, verdict.segment))
        raise PiecewiseError(
            f"expected a convex function for a linear program, got {own!r}{where}, as from "
            f"{ends} {verdict.reason}; f.to_milp on a bounded domain takes it"
        )
    cells = cells_of(own, inner)
    found = irredundant_maximum((c.rows[0] for c in cells.cells), cells.whole)
    slots = [0, *place]
    return [{slot: c for slot, c in zip(slots, row, strict=True) if c} for row in found]


def _on_hull(
    f: Expression, region: Polyhedron, equations: Sequence[Row]
) -> tuple[Expression, Polyhedron, list[int]]:
    """A function and a domain in the free variables, and the places of these, from 1."""
    names = region.variables
    pivots: dict[int, Row] = {}
    for row in equations:
        # in reduced echelon form one variable is in no other equation
        pivots[next(i for i in range(1, len(row)) if row[i])] = row
    place = [i for i in range(1, len(names) + 1) if i not in pivots]
    solved: dict[int, list[Fraction]] = {}
    for i, row in pivots.items():
        solved[i] = [Fraction(-row[j], row[i]) for j in (0, *place)]
    maps = [
        solved.get(i, [Fraction(int(j == i)) for j in (0, *place)])
        for i in range(1, len(names) + 1)
    ]
    free = tuple(names[i - 1] for i in place)
    rows = [(primitive(composed(row, maps)), strict) for row, strict in region.inequalities]
    inner = Polyhedron(free, [], rows)
    if not free:
        return f, inner, []
    point = stack([Variable((name,)) for name in free])
    values = affine([row[1:] for row in maps], point, [row[0] for row in maps])
    own = f(*(values[k] for k in range(len(names))))
    return own.on(*free), inner, place


def _bounds(domain: Polyhedron, sign: int) -> dict[int, Fraction]:
    """The bounds that single rows say, by variable."""
    found: dict[int, Fraction] = {}
    for row, _ in domain.inequalities:
        places = [i for i, c in enumerate(row[1:]) if c]
        if len(places) == 1 and row[places[0] + 1] * sign > 0:
            (i,) = places
            at = Fraction(-row[0], row[i + 1])
            best = max if sign > 0 else min
            found[i] = best(found[i], at) if i in found else at
    return found


def _signs(program: Program) -> list[int] | None:
    """For every unit 1 if it may be too large, -1 if too small, 0 if nobody reads it.

    None if that a node may be so does not follow from the rule.
    """
    first = len(program.names) + 1
    found = [0] * len(program.units)

    def require(row: Slots, sign: int) -> bool:
        for slot, c in row.items():
            if slot < first:
                continue
            wanted = sign if c > 0 else -sign
            if found[slot - first] == -wanted or not sign:
                return False
            found[slot - first] = wanted
        return True

    if not require(program.outputs[0], 1):
        return None
    for k in range(len(program.units) - 1, -1, -1):
        unit, sign = program.units[k], found[k]
        if sign and not _may_be(unit, sign, require):
            return None
    return found


def _may_be(unit: Unit, sign: int, require: Any) -> bool:
    """Whether a unit is a maximum (or minimum), and its operands may be as it needs them."""
    atom = unit.atom
    if atom.arity == 1 or atom.rank in (0, atom.arity - 1):
        own = alternatives_of(atom)
        if own is not None and (own.envelope == sign or len(own.members) == 1):
            for i, operand in enumerate(unit.operands):
                slopes = [member.output.coefficients[i] for member in own.members]
                up, down = all(c >= 0 for c in slopes), all(c <= 0 for c in slopes)
                # where it rises, an operand that is too large makes it too large
                if not require(operand, sign if up else -sign if down else 0):
                    return False
            return True
    return False


def _node_by_node(builder: Builder, program: Program, signs: Sequence[int]) -> Form:
    slots: list[Form] = [{slot: Fraction(1)} for slot in range(len(program.names) + 1)]
    # the column of the value comes after the variables
    for unit, sign in zip(program.units, signs, strict=True):
        if not sign:
            slots.append({})
            continue
        operands = [_over(row, slots) for row in unit.operands]
        own = alternatives_of(unit.atom)
        assert own is not None, "the rule knows it"
        outputs = []
        for member in own.members:
            pairs = zip(member.output.coefficients, operands, strict=True)
            form = total([*pairs, (Fraction(member.output.constant), {0: Fraction(1)})])
            if form not in outputs:
                outputs.append(form)
        if len(outputs) == 1:
            slots.append(outputs[0])
            continue
        y = builder.column(builder.fresh("u"), None, None, unit.text)
        for form in outputs:
            builder.row([(sign, y), (-sign, form)])
        slots.append(y)
    return _over(program.outputs[0], slots)


def _over(row: Slots, slots: Sequence[Form]) -> Form:
    return total([(Fraction(c), slots[slot]) for slot, c in sorted(row.items())])
