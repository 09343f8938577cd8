"""Is a function continuous near a point? Only a ``where`` can jump; decided on its ties there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import Program, Slots, Unit, compile_program
from piecewise_mt.calculus.local.bouligand import reduced_domain
from piecewise_mt.calculus.local.reduction import Reduction, make_program, reduce_at
from piecewise_mt.calculus.partition.conditions import polyhedral_conditions
from piecewise_mt.calculus.partition.jumps import require_no_jumps_in
from piecewise_mt.calculus.partition.refinement import partition
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.errors import NotContinuous, NotPolyhedral, TooManyPieces, Undecided, Unsupported
from piecewise_mt.exact.case_trees import POSITIVE, ZERO
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.reals import Coordinate, Real, number_expr
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.systems import integer_terms

MAX_FACES = 10**5
"""How many faces the ties near a point may have."""
RADII = (Fraction(1), Fraction(1, 2**6), Fraction(1, 2**12))
"""Of the balls in which polynomial ties are looked for."""
BUDGET = 5.0
"""Seconds for one of them."""


def require_continuous(
    program: Program, reduction: Reduction, walls: Sequence[Row], domain: Polyhedron | None
) -> None:
    """Refuse a function that jumps at the point of a reduction, or as near to it as one likes.

    `program` is the function's, before its smooth nodes became tangents.

    Raises
    ------
    NotContinuous
        If it does.
    Undecided
        If a ``where`` with a tie has smooth sides and the pieces cannot be enumerated.
    """
    source = reduction.source
    jumping = [
        place
        for place, index in enumerate(reduction.active)
        if source.units[index].atom.sides is not None
    ]
    if not jumping:
        return
    spanned = reduce_at(source, reduction.point, walls, with_seams=True)
    try:
        for place in jumping:
            _require_one(spanned, place, walls)
    except NotContinuous:
        jumps = ((source.units[i].atom.jump(), reduction.units[i].operands)
                 for i in (reduction.active[place] for place in jumping))  # fmt: skip
        if program.is_smooth and not any(_at(*jump) for jump in jumps):
            # whose ties may be curved: a point on them is not told by directions
            with suppress(Undecided):
                _require_everywhere(program, domain, reduction.point)
        raise
    if program.is_smooth:
        # to first order there is no jump; whether there is one is a question about formulas
        _require_everywhere(program, domain, reduction.point)


def require_continuous_at(f: Expression, point: tuple[Coordinate, ...]) -> None:
    """The same for a function at a point, also where this or derivatives are irrational."""
    program = compile_program(f)
    rational = [value for value in point if not isinstance(value, Real)]
    if len(rational) < len(point):
        _require_around(program, None, point, "the point is irrational")
        return
    try:
        reduction = reduce_at(program, rational)
    except (NotPolyhedral, Unsupported):
        _require_everywhere(program, None, point)
        return
    require_continuous(program, reduction, (), None)


def _require_everywhere(program: Program, domain: Polyhedron | None, point: Sequence[Any]) -> None:
    try:
        partition(program, domain, MAX_FACES)
    except NotPolyhedral as error:
        _require_around(program, domain, point, str(error))
    except TooManyPieces as error:
        raise Undecided(
            "expected a where whose sides agree near the point, got smooth sides, whose ties could "
            f"not be enumerated ({error}); ask at a point without a tie"
        ) from error


def _require_around(
    program: Program, domain: Polyhedron | None, point: Sequence[Any], reason: str
) -> None:
    """The same for polynomial ties: in a ball around the point there is no jump."""
    given = () if domain is None else polyhedral_conditions(domain)
    last: NotContinuous | None = None
    for radius in RADII:
        around = (*given, _ball(point, radius))
        try:
            require_no_jumps_in(program, around, budget=BUDGET)
        except NotContinuous as error:
            if last is None and all(type(v) is Fraction for v in point):
                # rather the point itself, if it is one
                require_no_jumps_in(program, around, at=_only(point), budget=BUDGET)
            last = error
        except Unsupported:
            raise Undecided(
                "expected a where whose sides agree near the point, got smooth sides, whose ties "
                f"could not be enumerated ({reason}); ask at a point without a tie"
            ) from None
        else:
            return
    if last is not None:
        raise last


def _ball(point: Sequence[Any], radius: Fraction) -> tuple[dict[tuple[int, ...], int], int]:
    """An open ball of rational centre that has the point in it, as a condition."""
    centre = [_near(value) for value in point]
    apart = sum(((v - c) * (v - c) for v, c in zip(point, centre, strict=True)), Fraction(0))
    if not apart < radius * radius:
        raise Undecided(
            f"expected a point with a rational one next to it, got {point}; ask at a rational one"
        )
    n = len(centre)
    zero = (0,) * n
    terms = {zero: radius**2 - sum(c * c for c in centre)}
    for i, c in enumerate(centre):
        terms[(*zero[:i], 1, *zero[i + 1 :])] = 2 * c
        terms[(*zero[:i], 2, *zero[i + 1 :])] = Fraction(-1)
    return integer_terms(terms), POSITIVE


def _only(point: Sequence[Fraction]) -> tuple[tuple[dict[tuple[int, ...], int], int], ...]:
    """The point itself, as conditions."""
    n = len(point)
    zero = (0,) * n
    rows = ({zero: -c, (*zero[:i], 1, *zero[i + 1 :]): Fraction(1)} for i, c in enumerate(point))
    return tuple((integer_terms(row), ZERO) for row in rows)


def _near(value: Any) -> Fraction:
    """A rational number near a real one; how near is not relied on."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    return Fraction(str(sympy.N(number_expr(value), 20)))


def _require_one(reduction: Reduction, place: int, walls: Sequence[Row]) -> None:
    index = reduction.active[place]
    unit = reduction.source.units[index]
    jump = _at(unit.atom.jump(), reduction.units[index].operands)
    part = _below(reduction.program, place, jump)
    try:
        partition(part, reduced_domain(reduction, walls), MAX_FACES)
    except NotContinuous as error:
        point = reduction.point if jump else _nearby(reduction, place, error.point)
        exact = exact_point(point)
        raise NotContinuous(
            "expected a function that is continuous near the point, got two values of "
            f"{unit.text} at {exact}; make its sides equal where they meet, or use mt.max",
            exact,
        ) from None
    except TooManyPieces as error:
        raise Undecided(
            f"expected at most {MAX_FACES} faces of ties at the point below {unit.text}, got more; "
            "ask at a point with fewer ties"
        ) from error


def _at(form: Any, values: Sequence[Fraction]) -> Fraction:
    terms = (c * v for c, v in zip(form.coefficients, values, strict=True) if c)
    return sum(terms, fraction(form.constant))


def _below(program: Program, place: int, jump: Fraction) -> Program:
    """The unit at a place of a local program with all that it reads, its sides `jump` apart."""
    first = len(program.names) + 1
    needed = {place}
    for index in range(place, -1, -1):
        if index in needed:
            rows = program.units[index].operands
            needed |= {slot - first for row in rows for slot in row if slot >= first}
    kept = sorted(needed)
    slot = {first + index: first + i for i, index in enumerate(kept)}

    def moved(row: Slots) -> Slots:
        return {slot.get(s, s): c for s, c in row.items()}

    units: list[tuple[Any, list[Slots]]] = []
    for index in kept:
        unit: Unit = program.units[index]
        operands = [moved(row) for row in unit.operands]
        if index == place and jump:
            i, c = next((i, c) for i, c in enumerate(unit.atom.jump().coefficients) if c)
            # to scale the jump scales the ties only, and it may be irrational
            operands[i] = {**operands[i], 0: fraction(1 if jump > 0 else -1) / c}
        units.append((unit.atom, operands))
    return make_program(program.names, units, [{}])


def _nearby(reduction: Reduction, place: int, reduced: Sequence[Any]) -> tuple[Fraction, ...]:
    """A point near that of the reduction, in this direction, where the sides differ indeed."""
    direction = reduction.spread([to_number(v) for v in reduced])
    index = reduction.active[place]
    form = reduction.source.units[index].atom.jump()
    step = Fraction(1)
    for _ in range(60):
        point = tuple(p + step * d for p, d in zip(reduction.point, direction, strict=True))
        here = reduction.source.units_at(point)[index]
        if here.is_seam and _at(form, here.operands):
            return point
        step /= 2
    return reduction.point
