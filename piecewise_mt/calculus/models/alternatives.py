"""A nonsmooth node as alternatives: closed sets of operands, and the affine function on each.

The function is continuous, so that any alternative whose set contains the operands is right. Only
a `where` may differ at its ties from one of its sides; who asks has to prove that it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from itertools import combinations
from math import comb

from piecewise_mt.errors import TooManyPieces
from piecewise_mt.functions.atoms.base import Atom, Form
from piecewise_mt.functions.atoms.extremum import Extremum
from piecewise_mt.functions.atoms.line import PiecewiseLinear
from piecewise_mt.functions.atoms.order import OrderStatistic
from piecewise_mt.functions.atoms.stated import Stated
from piecewise_mt.functions.atoms.where import Where

LIMIT = 500
"""Of the alternatives of one node."""


@dataclass(frozen=True)
class Alternative:
    """The affine function `output` where all `conditions`, forms of the operands, are ≥ 0."""

    conditions: tuple[Form, ...]
    output: Form


@dataclass(frozen=True)
class Alternatives:
    """All alternatives of a node, and whether it is the maximum or the minimum of the outputs.

    `envelope` is 1 for a maximum, -1 for a minimum, and 0 for neither.
    """

    members: tuple[Alternative, ...]
    envelope: int = 0


@singledispatch
def alternatives_of(atom: Atom) -> Alternatives | None:
    """The alternatives of an atom; None for one that is not known here.

    Examples
    --------
    The two sides of a relu meet at the tie 0:

    >>> from piecewise_mt.functions.atoms.line import relu_atom
    >>> [tuple(map(str, a.output)) for a in alternatives_of(relu_atom()).members]
    [('(Fraction(0, 1),)', '0'), ('(Fraction(1, 1),)', '0')]
    """
    return None


@alternatives_of.register
def _(atom: PiecewiseLinear) -> Alternatives:
    found = []
    points, last = atom.breakpoints, len(atom.slopes) - 1
    for i, output in enumerate(atom.outputs()):
        above = [Form((1,), -points[i - 1])] if i else []
        below = [Form((-1,), points[i])] if i < last else []
        found.append(Alternative((*above, *below), output))
    rising = all(a <= b for a, b in zip(atom.slopes, atom.slopes[1:], strict=False))
    falling = all(a >= b for a, b in zip(atom.slopes, atom.slopes[1:], strict=False))
    return Alternatives(tuple(found), 1 if rising else -1 if falling else 0)


def _gap(n: int, i: int, j: int) -> Form:
    """Operand i less operand j."""
    return Form(tuple(int(k == i) - int(k == j) for k in range(n)), 0)


@alternatives_of.register
def _(atom: Extremum) -> Alternatives:
    return _extremum(atom.arity, atom.outputs(), atom.sign)


def _extremum(n: int, outputs: tuple[Form, ...], sign: int) -> Alternatives:
    found = []
    for i, output in enumerate(outputs):
        others = [j for j in range(n) if j != i]
        gaps = tuple(_gap(n, i, j) if sign > 0 else _gap(n, j, i) for j in others)
        found.append(Alternative(gaps, output))
    return Alternatives(tuple(found), sign)


@alternatives_of.register
def _(atom: OrderStatistic) -> Alternatives:
    n, k, outputs = atom.arity, atom.rank, atom.outputs()
    if k in (0, n - 1):
        return _extremum(n, outputs, 1 if k else -1)
    if n * comb(n - 1, k) > LIMIT:
        raise TooManyPieces(
            f"expected at most {LIMIT} alternatives of a node, got {n * comb(n - 1, k)} of an "
            'order statistic; take formulation="big-M"'
        )
    found = []
    for i in range(n):
        others = [j for j in range(n) if j != i]
        for below in combinations(others, k):
            gaps = [_gap(n, i, j) if j in below else _gap(n, j, i) for j in others]
            found.append(Alternative(tuple(gaps), outputs[i]))
    return Alternatives(tuple(found))


@alternatives_of.register
def _(atom: Stated) -> Alternatives:
    found = []
    for (parts, _), output in zip(atom.pieces, atom.outputs(), strict=True):
        for part in parts:
            if part.dimension < len(part.variables):
                continue
            conditions = []
            for row, _ in part.irredundant().inequalities:
                wide = (*row[1:], *[0] * (atom.arity + 1 - len(row)))
                conditions.append(Form(wide, row[0]))
            found.append(Alternative(tuple(conditions), output))
    return Alternatives(tuple(found))


@alternatives_of.register
def _(atom: Where) -> Alternatives:
    gap = Form((atom.sign, -atom.sign, 0, 0), 0)
    turned = Form((-atom.sign, atom.sign, 0, 0), 0)
    first, second = atom.outputs()
    return Alternatives((Alternative((gap,), first), Alternative((turned,), second)))


def whole(
    conditions: Sequence[Sequence[tuple[int, ...]]], rows: Sequence[tuple[Fraction, ...]]
) -> Alternatives:
    """A function of the variables, cell by cell: closed conditions and affine functions.

    Rows are (c0, c1, …, ca).
    """
    return Alternatives(
        tuple(
            Alternative(tuple(Form(tuple(c[1:]), c[0]) for c in own), Form(tuple(row[1:]), row[0]))
            for own, row in zip(conditions, rows, strict=True)
        )
    )
