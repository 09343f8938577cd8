"""Cut by the kinks of an atom, merge by its marks, pick its outputs: the engine for every atom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from piecewise_mt.calculus.evaluation.plans import Moves, Plan, plan_of
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.errors import NotContinuous
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.functions.atoms.base import Atom
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.engine import AnyComplex
from piecewise_mt.geometry.generators import REAL, Reads


def cut_directly(cells: AnyComplex, kinks: Iterable[Combination], bit: int) -> None:
    """Refine by kinks of the operands alone; their signs set the words' bits from `bit` on."""
    for j, kink in enumerate(kinks):
        cells.cut(kink, bit + 2 * j)


def cut_stepwise(cells: AnyComplex, plan: Plan, bit: int, unit: int, start: int) -> None:
    """Cut by one kink after the other, select, and merge faces that nothing tells apart.

    The columns from `start` on are `unit` times the forms of the plan.
    """

    def moves(written: Moves) -> list[tuple[int, Combination]]:
        return [(start + target, own.at(start, unit)) for target, own in written]

    # a face may have been cut in vain since faces were last merged
    changed = marked = False
    for step in plan.steps:
        cells.cut(step.form.at(start, unit))
        changed |= cells.select(step.grown, moves(step.positive), moves(step.otherwise))
        if step.told and changed:
            cells.mark(bit, [own.at(start, unit) for own in step.told])
            cells.merge()
            changed = False
            marked = plan.ends_told and step is plan.steps[-1]
            if not marked:
                cells.clear(bit, 2 * len(step.told))
    if not marked:
        cells.mark(bit, [own.at(start, unit) for own in plan.marks])
        # the signs of a single kink are all told apart by the marks
        if changed and len(plan.steps) > 1:
            cells.merge()


def pick(
    cells: AnyComplex,
    atom: Atom,
    bit: int,
    outputs: Sequence[Combination],
    *,
    is_last: bool = True,
) -> None:
    """Append the output of a unit that has been cut by: at each generator one of the atom's.

    Parameters
    ----------
    is_last : bool
        Whether the last cut was the unit's.

    Raises
    ------
    NotContinuous
        If the atom has sides that differ where both are reached.
    """
    bits = range(bit, bit + atom.bits)
    if atom.sides is not None:
        _check_sides(cells, atom, bits, outputs)
    if not atom.told_at_infinity:
        how = Reads.FACES
    else:
        by_sides = is_last and plan_of(atom).direct == 1
        how = Reads.SIDES if by_sides else Reads.GENERATORS
    cells.pick(bits, outputs, lambda own: atom.output(atom.label(own)), how)


def _check_sides(
    cells: AnyComplex, atom: Atom, bits: range, outputs: Sequence[Combination]
) -> None:
    """Refuse sides that differ on a face of ties that the other branch reaches too."""
    sides = atom.sides
    assert sides is not None
    kinds = {sides.tie: 0, sides.other: 1}
    ties = cells.ties_reached(bits, lambda own: kinds.get(atom.label(own), 2))
    first, second = (outputs[k] for k in sides.pair)
    if ties and cells.differ(first, second, ties):
        raise _jump(cells, atom, bits, first, second)


def _jump(
    cells: AnyComplex, atom: Atom, bits: range, first: Combination, second: Combination
) -> NotContinuous:
    """The error, with a point of ties where the sides differ that the other branch reaches."""
    sides = atom.sides
    assert sides is not None
    mask = (1 << len(bits)) - 1
    words = cells.face_words()
    labels = [[atom.label((word >> bits.start) & mask) for word in own] for own in words]
    for level in range(1, len(cells.levels)):
        for word, label, members in zip(
            words[level], labels[level], cells.generator_sets(level), strict=True
        ):
            if not word & REAL or label != sides.other:
                continue
            ties = [g for g in sorted(members) if labels[1][g] == sides.tie]
            own = 0
            for g in ties:
                own |= cells.words[g]
            if own & cells.inside == cells.inside:
                found = _point(cells, ties, first, second)
                if found is not None:
                    exact = exact_point(found)
                    return NotContinuous(
                        "expected a where whose sides agree at the ties that both of them reach, "
                        f"got two values at the point {exact}; make the sides equal there, or use "
                        "mt.max",
                        exact,
                    )
    raise AssertionError("sides that differ at no ties")


def _point(
    cells: AnyComplex, ties: Sequence[int], first: Combination, second: Combination
) -> list[Fraction] | None:
    """A point among the ties where the sides differ, if there is one."""
    rows = cells.generators
    d = cells.dimension
    base = next(rows[g] for g in ties if rows[g][0])
    point = [quotient(value, base[0]) for value in base[1 : d + 1]]
    for row in (*(rows[g] for g in ties), *cells.lines):
        if first.read(row) == second.read(row):
            continue
        if row[0]:
            point = [quotient(value, row[0]) for value in row[1 : d + 1]]
        elif first.read(base) == second.read(base):
            point = [p + step for p, step in zip(point, row[1 : d + 1], strict=True)]
        return point
    return None
