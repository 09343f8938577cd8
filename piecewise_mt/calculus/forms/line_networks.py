"""One hidden layer for a function of one variable, with as few neurons as can be.

With p pieces there are p - 1 kinks, each of which needs a neuron, and p neurons do (Arora, Basu,
Mianjy, Mukherjee 2018, Theorem 2.2). With p - 1 each neuron bends at one kink and opens to the
right or to the left, so that the slope at -∞ is minus the sum of the bends of those that open to
the left: whether some bends have that sum decides between the two.
"""

from __future__ import annotations

from fractions import Fraction

from piecewise_mt.calculus.forms.base import Minimality
from piecewise_mt.calculus.forms.cells import Cell, Cells
from piecewise_mt.calculus.forms.network_layers import Layer

MOST_SUMS = 200_000
"""So many sums of bends are looked at."""


def line_layers(cells: Cells) -> tuple[list[Layer], Minimality]:
    """The layers, and what is known of their size.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.forms.cells import cells_of
    >>> x = mt.variable("x")
    >>> for f in (mt.clip(x, 0, 1), x + mt.relu(x)):
    ...     layers, minimality = line_layers(cells_of(f))
    ...     print(len(layers[0][0]), minimality.known)
    2 True
    2 True
    """
    pieces = _pieces(cells)
    kinks = []
    for (slope, constant), (new_slope, new_constant) in zip(pieces, pieces[1:], strict=False):
        bend = new_slope - slope
        kinks.append(((constant - new_constant) / bend, bend))
    left, constant = pieces[0]
    if not kinks:
        rows: tuple[tuple[Fraction, ...], ...] = ((left,),)
        return [(rows, (constant,))], Minimality(True, "as small as any: it is affine")
    turned = _with_sum([bend for _, bend in kinks], -left)
    if turned is None or turned == "unknown":
        known = turned is None
        reason = (
            "as small as any with one hidden layer: one neuron more than kinks, and bends of kinks "
            "do not add up to the slope at the left end"
            if known
            else "one neuron more than kinks; whether one less does is not decided for so many"
        )
        # the slope on the left by a second neuron at the first kink
        neurons = [(-1, kinks[0][0], -left)] if left else []
        first = kinks[0][1] + left
        neurons += [(1, kinks[0][0], first)] if first else []
        neurons += [(1, b, bend) for b, bend in kinks[1:]]
    else:
        known, reason = True, "as small as any with one hidden layer: a neuron for each kink"
        neurons = [(-1 if i in turned else 1, b, bend) for i, (b, bend) in enumerate(kinks)]
    b0 = kinks[0][0]
    at_b0 = left * b0 + constant
    offset = at_b0 - sum((w * max(Fraction(0), s * (b0 - b)) for s, b, w in neurons), Fraction(0))
    weights = tuple((Fraction(s),) for s, _, _ in neurons)
    biases = tuple(-s * b for s, b, _ in neurons)
    last = (tuple(w for _, _, w in neurons),)
    return [(weights, biases), (last, (offset,))], Minimality(known, reason)


def _pieces(cells: Cells) -> list[tuple[Fraction, Fraction]]:
    """Slopes and constants from left to right, neighbours that are equal once."""

    def inside(cell: Cell) -> Fraction:
        x0, x = cell.cone.inner
        return Fraction(x, x0)

    own = sorted(cells.cells, key=inside)
    found: list[tuple[Fraction, Fraction]] = []
    for cell in own:
        constant, slope = cell.rows[0]
        if not found or found[-1] != (slope, constant):
            found.append((slope, constant))
    return found


def _with_sum(bends: list[Fraction], wanted: Fraction) -> set[int] | str | None:
    """Places of bends with this sum; None if there are none, "unknown" beyond the limit."""
    sums: dict[Fraction, tuple[int, ...]] = {Fraction(0): ()}
    for i, bend in enumerate(bends):
        for total, places in list(sums.items()):
            sums.setdefault(total + bend, (*places, i))
        if len(sums) > MOST_SUMS:
            return "unknown"
    return set(sums[wanted]) if wanted in sums else None
