"""Random functions by a seed, with ties, lower-dimensional pieces and constant branches."""

from __future__ import annotations

from fractions import Fraction

import piecewise_mt as mt

RULES = ("free", "first", "last", "average")


def random_function(rng):
    """One or two outputs of one to three variables; small numbers, repeated and zero rows.

    Nodes: relu, abs, clip, leaky relu, functions with several breakpoints, max and min of repeated
    operands, order statistics, `where` with equal sides and constant branches, and representations
    with pieces that are lines or points.
    """
    n = rng.choice((1, 2, 2, 2, 3))
    x = [mt.variable(f"x{i + 1}") for i in range(n)]
    values = [_row(rng, x) for _ in range(rng.randint(2, 4))]
    for _ in range(rng.randint(2, 4 if n < 3 else 3)):
        values.append(_node(rng, values))
    outputs = [_row(rng, rng.sample(values, min(3, len(values))) + values[-1:])
               for _ in range(rng.choice((1, 1, 1, 2)))]  # fmt: skip
    whole = outputs[0] if len(outputs) == 1 else mt.stack(outputs)
    return whole.on(*x)


def _row(rng, operands):
    # zeros and repetitions are frequent
    total = rng.choice((0, 0, 1, -1)) + 0 * operands[0]
    for operand in operands:
        total = total + rng.choice((0, 1, 1, -1, -1, 2, Fraction(1, 2))) * operand
    return total


def _node(rng, values):
    y, z = _row(rng, rng.sample(values, 2)), rng.choice(values)
    kind = rng.randrange(11)
    if kind == 0:
        return mt.relu(y, at_zero=rng.choice(("free", 0, 1)))
    if kind == 1:
        return mt.abs(y)
    if kind == 2:
        return mt.clip(y, -1, 1, at_edges=rng.choice(("free", 0)))
    if kind == 3:
        return mt.leaky_relu(y, "1/2")
    if kind == 4:
        return mt.piecewise_linear(y, [-1, 0, 1], [0, 1, -1, "1/2"])
    if kind == 5:  # y twice: a tie on a set with interior
        return mt.max(y, z, y, 0, ties=rng.choice(RULES))
    if kind == 6:
        return mt.min(y, z, 1, ties=rng.choice(RULES))
    if kind == 7:
        return mt.kth(mt.stack([y, z, 0 * y, y]), rng.randint(1, 4))
    if kind == 8:  # a constant branch, and sides that agree at the tie
        return mt.where(y >= z, 0, y - z) if rng.random() < 0.5 else mt.where(y > 0, y, 0)
    if kind == 9:  # a piece that is a point, and one that is a half-line
        pieces = [("t < 0", "0"), ("t = 0", "5*t"), ("t > 0", "t")]
        return mt.apply(mt.Representation("t", pieces, of="relu(t)"), y)
    return mt.relu(0 * y) + mt.relu(y) - mt.relu(-y)
