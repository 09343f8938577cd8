"""The line over a sample point: one variable left, the others have values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from piecewise_mt.semialgebraic.fields import (
    Field,
    Row,
    Sample,
    adjoined,
    integers,
    moved,
    norm,
    row_sign,
    row_square_free,
)
from piecewise_mt.semialgebraic.lines import (
    Column,
    RealRoot,
    between,
    columns,
    distinct_roots,
    irreducible,
)
from piecewise_mt.semialgebraic.polynomials import Polynomial
from piecewise_mt.semialgebraic.states import mask_of_sign
from piecewise_mt.semialgebraic.systems import Budget

Fact = tuple[Polynomial, int]


def fibre(facts: Sequence[Fact], sample: Sample, variable: int, budget: Budget) -> list[Column]:
    """The columns of the line, with the signs of all facts' polynomials."""
    return columns_of(sample.field, [sample.row(p, variable) for p, _ in facts], budget)


def columns_of(field: Field, rows: Sequence[Row], budget: Budget) -> list[Column]:
    """The line cut at the real roots of polynomials over a field, with the signs of all."""
    if field.root is None:
        return columns([integers(row) for row in rows], budget)
    free = [row_square_free(field, row) if row else row for row in rows]
    factors: list[tuple[int, ...]] = []
    for row in free:
        if len(row) > 1:
            factors += irreducible(norm(field, row, budget))
    roots = distinct_roots(factors, budget)
    places = between(roots)
    result: list[Column] = []
    signs = [tuple(row_sign(field, row, x) for row in rows) for x in places]
    inner = [tuple(row_sign(field, row, x) for row in free) for x in places]
    for k, x in enumerate(places):
        budget.check()
        result.append(Column(x, True, signs[k]))
        if k < len(roots):
            at_root = tuple(
                0 if (inner[k][j] * inner[k + 1][j] < 0 or not rows[j]) else signs[k + 1][j]
                for j in range(len(rows))
            )
            if 0 in [s for s, row in zip(at_root, rows, strict=True) if row]:
                exact = roots[k].exact
                result.append(Column(roots[k] if exact is None else exact, False, at_root))
    return result


def fits(column: Column, facts: Sequence[Fact]) -> bool:
    """Whether all signs are allowed."""
    return all(mask_of_sign(s) & mask for s, (_, mask) in zip(column.signs, facts, strict=True))


def extended(
    sample: Sample, variable: int, column: Column, facts: Sequence[Fact], budget: Budget
) -> Sample:
    """The sample with the column's place as one more coordinate."""
    place = column.place
    if isinstance(place, Fraction):
        return sample.with_value(variable, (place,) if place else ())
    rows: list[Row] = [
        sample.row(p, variable)
        for (p, _), sign in zip(facts, column.signs, strict=True)
        if sign == 0
    ]
    return with_root(sample, variable, min((row for row in rows if row), key=len), place, budget)


def with_power(sample: Sample, variable: int, power: int, budget: Budget) -> Sample:
    """The sample with the largest real root of that degree in place of a coordinate."""
    value = sample.values[variable]
    if not value:
        return sample
    row: Row = [sample.field.add((), value, -1), *[()] * (power - 1), (Fraction(1),)]
    line = columns_of(sample.field, [row], budget)
    place = next(c.place for c in reversed(line) if not c.is_interval)
    if isinstance(place, Fraction):
        return sample.with_value(variable, (place,))
    return with_root(sample, variable, row, place, budget)


def with_root(sample: Sample, variable: int, row: Row, place: RealRoot, budget: Budget) -> Sample:
    """The sample with a real root of a row as one more coordinate."""
    field, old, new = adjoined(sample.field, row, place, budget)
    base = (
        moved(sample, field, old) if sample.field.root is not None else Sample(field, sample.values)
    )
    return base.with_value(variable, new)
