"""The inputs of the benchmarks, and the same enumeration done with z3.

A network is a list of layers (W, b) of exact numbers; all but the last are followed by a ReLU.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import piecewise_mt as mt

Layer = tuple[list[list[Any]], list[Any]]


@dataclass(frozen=True)
class Case:
    """A network to enumerate: ``deep`` cases have more than one hidden layer."""

    name: str
    inputs: int
    layers: tuple[Layer, ...]

    @property
    def deep(self) -> bool:
        return len(self.layers) > 2

    def build(self) -> mt.Expression:
        """A new expression for the network: nothing is shared with an earlier one."""
        value = mt.vector("x", self.inputs)
        for weights, bias in self.layers[:-1]:
            value = mt.relu(mt.affine(weights, value, bias))
        weights, bias = self.layers[-1]
        return mt.affine(weights, value, bias)[0]


def arrangement(name: str, dimension: int, count: int, seed: int = 2024) -> Case:
    """f = sum of relu(w·x + b) over ``count`` random hyperplanes, integers in [-50, 50]."""
    draw = random.Random(seed)
    weights = [[draw.randint(-50, 50) for _ in range(dimension)] for _ in range(count)]
    bias = [draw.randint(-50, 50) for _ in range(count)]
    return Case(name, dimension, ((weights, bias), ([[1] * count], [0])))


def dyadic_network(widths: Sequence[int], bits: int, seed: int = 7) -> Case:
    """A fully connected network whose weights have so many bits after a leading one."""
    draw = random.Random(seed)
    top = 2**bits

    def weight(size: int) -> Fraction:
        return Fraction(draw.randint(-top, top), size)

    layers = []
    for before, after in zip(widths, widths[1:]):
        weights = [[weight(top // 2) for _ in range(before)] for _ in range(after)]
        layers.append((weights, [weight(top) for _ in range(after)]))
    name = f"network {'-'.join(map(str, widths))}, {bits}-bit weights"
    return Case(name, widths[0], tuple(layers))


def network(widths: Sequence[int], seed: int = 2024, bound: int = 5) -> Case:
    """A fully connected network with random integer weights in [-bound, bound]."""
    draw = random.Random(seed)
    layers: list[Layer] = []
    for before, after in zip(widths, widths[1:]):
        weights = [[draw.randint(-bound, bound) for _ in range(before)] for _ in range(after)]
        layers.append((weights, [draw.randint(-bound, bound) for _ in range(after)]))
    return Case("network " + "-".join(map(str, widths)), widths[0], tuple(layers))


CASES = [
    arrangement("40 random lines in the plane", 2, 40),
    arrangement("20 random planes in R^3", 3, 20),
    arrangement("10 random hyperplanes in R^4", 4, 10),
    network([2, 16, 16, 1]),
    network([2, 16, 16, 16, 16, 1]),
    network([3, 8, 8, 8, 1]),
]

# All engines in one run.
ENGINE_CASES = [
    arrangement("40 random lines in the plane", 2, 40),
    arrangement("16 random planes in R^3", 3, 16),
    arrangement("10 random hyperplanes in R^4", 4, 10),
    arrangement("32 random planes in R^3", 3, 32),
    arrangement("20 random hyperplanes in R^4", 4, 20),
    arrangement("320 random lines in the plane", 2, 320),
    dyadic_network([4, 10, 10, 10, 2], 53),
    dyadic_network([3, 12, 12, 12, 1], 24),
    dyadic_network([2, 16, 16, 16, 16, 1], 53),
]

# Done in well under a second by a solver that is asked about every cell.
SMALL_CASES = [
    arrangement("8 random lines in the plane", 2, 8),
    arrangement("6 random planes in R^3", 3, 6),
    arrangement("6 random hyperplanes in R^4", 4, 6),
    network([2, 4, 4, 1]),
]


def count_with_z3(case: Case) -> int:
    """The number of nonempty sign patterns of the ReLUs, by depth-first search with z3.

    The solver is incremental (push and pop), and the sign that the model at hand shows is not
    asked about again, so that each node costs at most two queries.
    """
    import z3

    unknowns = [z3.Real(f"x{i + 1}") for i in range(case.inputs)]
    solver = z3.SolverFor("QF_LRA")
    solver.check()
    hidden = case.layers[:-1]

    def linear(row: Sequence[int]) -> Any:
        terms = [c * x for c, x in zip(row[1:], unknowns) if c]
        return z3.Sum([z3.RealVal(row[0]), *terms])

    def at(row: Sequence[int], point: Sequence[Any]) -> Any:
        return row[0] + sum(c * p for c, p in zip(row[1:], point))

    def witness() -> list[Any]:
        model = solver.model()
        values = [model.eval(x, model_completion=True) for x in unknowns]
        return [value.as_fraction() for value in values]

    # Rows (constant, coefficients) of the inputs of the first layer.
    identity = [[0] + [int(i == j) for j in range(case.inputs)] for i in range(case.inputs)]

    def visit(layer: int, inputs: list[list[int]], done: list[list[int]], point: list[Any]) -> int:
        weights, bias = hidden[layer]
        unit = len(done)
        if unit == len(weights):
            if layer + 1 == len(hidden):
                return 1
            return visit(layer + 1, done, [], point)
        row = [bias[unit]] + [0] * case.inputs
        for weight, source in zip(weights[unit], inputs):
            row = [r + weight * s for r, s in zip(row, source)]
        here = at(row, point)
        known = (here > 0) - (here < 0)
        form = linear(row)
        off = [0] * len(row)
        count = 0
        for sign in (-1, 0, 1):
            constant = not any(row[1:])
            if constant and sign != known:
                continue
            solver.push()
            solver.add(form < 0 if sign < 0 else form > 0 if sign > 0 else form == 0)
            if sign == known:
                count += visit(layer, inputs, [*done, row if sign > 0 else off], point)
            elif solver.check() == z3.sat:
                count += visit(layer, inputs, [*done, row if sign > 0 else off], witness())
            solver.pop()
        return count

    return visit(0, identity, [], [0] * case.inputs)
