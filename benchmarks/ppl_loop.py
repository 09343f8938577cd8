"""The faces of arrangements by the Parma Polyhedra Library, one polyhedron split after another.

``pip install pplpy``, then ``python benchmarks/ppl_loop.py``: what one writes with a library of
polyhedra, as the measure of the engines. Every cell is an NNC polyhedron; a kink splits it into
where it is positive, zero and negative, and what is empty is dropped. The counts must be equal.
"""

from __future__ import annotations

import random
import time
from importlib.metadata import version

import ppl

import piecewise_mt as mt

CASES = [("40 lines in the plane", 2, 40), ("16 planes in R³", 3, 16),
         ("10 hyperplanes in R⁴", 4, 10)]  # fmt: skip


def kinks(dimension: int, count: int) -> list[list[int]]:
    """Rows (c0, c1, …, ca) of random hyperplanes."""
    draw = random.Random(7)
    return [[draw.randint(-99, 99) for _ in range(dimension + 1)] for _ in range(count)]


def by_ppl(dimension: int, rows: list[list[int]]) -> int:
    """How many faces the arrangement has."""
    x = [ppl.Variable(i) for i in range(dimension)]
    cells = [ppl.NNC_Polyhedron(dimension, "universe")]
    for constant, *slopes in rows:
        form = sum((c * v for c, v in zip(slopes, x, strict=True)), ppl.Linear_Expression(constant))
        split = []
        for cell in cells:
            for condition in (form > 0, form == 0, form < 0):
                part = ppl.NNC_Polyhedron(cell)
                part.add_constraint(condition)
                if not part.is_empty():
                    split.append(part)
        cells = split
    return len(cells)


def by_strata(dimension: int, rows: list[list[int]]) -> int:
    """The same by this package."""
    x = mt.vector("x", dimension)
    f = mt.relu(mt.affine([row[1:] for row in rows], x, [row[0] for row in rows]))
    return sum(f.strata().f_vector)


def best_of(rounds: int, run: object, *given: object) -> tuple[float, int]:
    """The least processor time, and the count."""
    times = []
    found = 0
    for _ in range(rounds):
        start = time.process_time()
        found = run(*given)  # type: ignore[operator]
        times.append(time.process_time() - start)
    return min(times), found


def rows() -> list[list[str]]:
    """Case, faces, seconds of either, ratio.

    Raises
    ------
    AssertionError
        If the counts differ.
    """
    result = []
    for name, dimension, count in CASES:
        planes = kinks(dimension, count)
        theirs, expected = best_of(2, by_ppl, dimension, planes)
        ours, found = best_of(20, by_strata, dimension, planes)
        assert found == expected, f"{name}: {found} faces instead of {expected}"
        result.append([name, str(found), f"{theirs:.3f}", f"{ours:.5f}", f"{theirs / ours:.0f}"])
    return result


HEADER = ["case", "faces", "PPL, s", "strata, s", "ratio"]

if __name__ == "__main__":
    print(f"engine: {mt.engine()}; pplpy {version('pplpy')}")
    for row in (HEADER, *rows()):
        print(" | ".join(row))
