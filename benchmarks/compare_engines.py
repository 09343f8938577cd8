"""Compare the compiled engine and NumPy's with the Python engine on degenerate random functions.

``python benchmarks/compare_engines.py --count 100000`` is a night's run. Every function is cut by
all engines that are here; faces, words, exact rows and f-vectors must be the same, in the same
order. Weights are small integers, fractions, 53-bit floats or integers that soon need more than 64
bits. NumPy's engine has arrays from the first face on, or from a few faces on.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition import refinement
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.geometry import engine as engines
from piecewise_mt.geometry.compiled import CompiledComplex
from piecewise_mt.geometry.complex import FaceComplex

Weight = Callable[[], Any]
KINDS = [
    "relu", "abs", "leaky", "clip", "max", "min", "pool", "where", "pl", "kth", "sort", "bounds",
    "stated", "smooth",
]  # fmt: skip


def weights(draw: random.Random, size: str) -> Weight:
    """What makes the weights of one function."""
    if size == "small":
        return lambda: draw.randint(-2, 2)
    if size == "fraction":
        return lambda: Fraction(draw.randint(-3, 3), draw.choice([1, 2, 3]))
    if size == "float":
        return lambda: Fraction(draw.choice([draw.uniform(-1, 1), draw.randint(-1, 1), 0.1]))
    return lambda: draw.choice([draw.randint(-(2**40), 2**40), draw.randint(-1, 1)])


def layer(draw: random.Random, w: Weight, y: Any, kind: str) -> Any:
    """One nonsmooth layer on a vector."""
    n = y.size
    if kind == "relu":
        return mt.relu(y)
    if kind == "abs":
        return mt.abs(y)
    if kind == "leaky":
        return mt.leaky_relu(y, "1/3")
    if kind == "clip":
        return mt.clip(y, -1, 1)
    if kind == "pl":
        return mt.piecewise_linear(y, [-1, 0, 1], [0, 1, -1, "1/2"])
    if kind == "pool" and n > 1:
        return mt.maxpool1d(y.reshape((1, n)), 2, stride=1).reshape((-1,))
    if kind == "kth":
        return mt.stack([mt.kth(y, draw.randint(1, n)), y[0]])
    if kind == "sort":
        return mt.sort(y)
    if kind == "bounds" and n > 2:
        return mt.stack([mt.clip(y[0], y[1], y[2]), y[1]])
    if kind == "where" and n > 1:
        jump = draw.random() < 0.1
        high, low = y[0] + w(), y[1] + (w() if jump else 0)
        return mt.stack(
            [
                mt.where(y[0] >= y[1], y[0] + (w() if jump else 0), low),
                mt.where(y[0] < 0, -y[0], y[0]),
                high,
            ]
        )
    if kind == "stated":
        t = mt.variable("t")
        name = str(t)
        rep = mt.Representation(
            name,
            [
                (f"{name} > 1", f"2*{name} - 1"),
                (f"{name} <= 1 and {name} >= -1", name),
                (f"{name} < -1", "-1"),
            ],
        )
        return mt.stack([mt.apply(rep, y[0]), *(y[i] for i in range(1, n))])
    if kind == "smooth" and n > 1:
        return mt.stack([mt.relu(y[0] * y[1] - y[1] * y[0] + y[0]), y[1]])
    combine = mt.min if kind == "min" else mt.max
    return mt.stack([combine(y), y[0]])


def layers_of_one_node(kind: str, size: str) -> Any:
    """Two layers of one kind of node, with a tie of rows in each, always the same."""
    draw = random.Random(f"{kind} {size}")
    w = weights(draw, size)
    h = mt.vector("x", 2)
    for width in (3, 3):
        rows = [[w() for _ in range(h.size)] for _ in range(width)]
        rows[2] = [a + b for a, b in zip(rows[0], rows[1], strict=True)]
        h = layer(draw, w, mt.affine(rows, h, [w(), w(), 0]), kind)
    return mt.affine([[1] * h.size], h)[0]


def function(draw: random.Random, size: str) -> mt.Expression:
    """A random network of one to three layers, and one output."""
    w = weights(draw, size)
    x = mt.vector("x", draw.choice([1, 2, 2, 2, 3]))
    h: Any = x
    for _ in range(draw.randint(1, 3)):
        width = draw.randint(1, 3)
        rows = [[w() for _ in range(h.size)] for _ in range(width)]
        if draw.random() < 0.3:
            rows[-1] = rows[0]
        h = layer(draw, w, mt.affine(rows, h, [w() for _ in range(width)]), draw.choice(KINDS))
    return mt.affine([[w() for _ in range(h.size)]], h)[0]


def domain(draw: random.Random, names: tuple[str, ...]) -> Any:
    """No domain, or a polyhedron with closed, strict and equal rows."""
    if draw.random() < 0.5:
        return None
    parts = []
    for _ in range(draw.randint(1, 3)):
        form = " + ".join(f"({draw.randint(-2, 2)})*{name}" for name in names)
        parts.append(f"{form} {draw.choice(['<=', '<', '<=', '<', '=='])} {draw.randint(-1, 2)}")
    return " and ".join(parts)


def by_engine(name: str, program: Any, region: Any, limit: int) -> Any:
    """The complex of one engine, or what it raises."""
    os.environ["PIECEWISE_MT_ENGINE"] = name
    try:
        return refinement.partition(program, region, limit)
    except PiecewiseError as error:
        return type(error), str(error)


def others() -> list[str]:
    """The engines that are here, beside the one in Python."""
    before = os.environ.get("PIECEWISE_MT_ENGINE")
    found = []
    for name in ("compiled", "numpy"):
        os.environ["PIECEWISE_MT_ENGINE"] = name
        try:
            found.append(engines.engine().name)
        except PiecewiseError:
            pass
    os.environ.pop("PIECEWISE_MT_ENGINE")
    os.environ.update({} if before is None else {"PIECEWISE_MT_ENGINE": before})
    return found


@contextmanager
def early(floats: bool, many: int) -> Iterator[None]:
    """Let engines begin with wide numbers: with floats, and lists of integers; and arrays early."""
    start, before = CompiledComplex.__init__, engines.MANY

    def doubles(self: CompiledComplex, *given: Any) -> None:
        start(self, *given)
        self._promote()

    engines.MANY = many
    if floats:
        CompiledComplex.__init__ = doubles  # type: ignore[method-assign]
    try:
        from piecewise_mt.geometry import array_rows
    except ImportError:
        array_rows = None  # type: ignore[assignment]
    limit = array_rows and array_rows.LIMIT
    if array_rows and floats:
        array_rows.LIMIT = 8
    try:
        yield
    finally:
        CompiledComplex.__init__ = start  # type: ignore[method-assign]
        engines.MANY = before
        if array_rows:
            array_rows.LIMIT = limit


def compare(
    program: Any,
    region: Any,
    limit: int,
    floats: bool,
    names: Sequence[str] = ("compiled",),
    many: int = 0,
) -> str:
    """What all engines say of a program; the kinds of numbers that they had.

    `floats` lets them begin with wide numbers, and NumPy's has arrays from so `many` faces on.
    """
    first = by_engine("python", program, region, limit)
    with early(floats, many):
        found = [(name, by_engine(name, program, region, limit)) for name in names]
    return ", ".join(_compared(first, name, second, many) for name, second in found)


def _compared(first: Any, name: str, second: Any, many: int) -> str:
    if isinstance(first, tuple) or isinstance(second, tuple):
        assert first == second, (name, first, second)
        return f"{name} raised"
    one, other = first.cells, second.cells
    if isinstance(other, FaceComplex) and not many:
        return f"{name} unsuited"
    assert first.strict == second.strict, name
    assert one.levels[2:] == other.levels[2:], f"faces differ, {name}"
    assert one.face_words()[1:] == other.face_words()[1:], f"words differ, {name}"
    assert one.lines == other.lines, f"lines differ, {name}"
    assert one.generators == other.generators, f"rows differ, {name}"
    assert one.count(first.strict) == other.count(first.strict), f"f-vectors differ, {name}"
    top = len(one.levels) - 1
    for index in range(min(3, len(one.levels[top]))):
        assert one.coordinates_of(top, index) == other.coordinates_of(top, index)
    return f"{name} {getattr(other, 'tier', 'lists')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-faces", type=int, default=20_000)
    options = parser.parse_args()
    names = others()
    if not names:
        sys.exit(f"no other engine: {engines.engine().reason}")
    seen: dict[str, int] = {}
    begin = time.time()
    for seed in range(options.seed, options.seed + options.count):
        draw = random.Random(seed)
        size = draw.choice(["small", "small", "fraction", "float", "large"])
        floats = draw.random() < 0.3
        try:
            program = compile_program(function(draw, size))
            region = read_domain(domain(draw, program.names), program.names)
        except PiecewiseError:
            seen["refused"] = seen.get("refused", 0) + 1
            continue
        many = draw.choice([0, 0, 20])
        try:
            own = compare(program, region, options.max_faces, floats, names, many)
        except BaseException:
            print(f"seed {seed}: {size} weights, floats from the start: {floats}", file=sys.stderr)
            raise
        seen[own] = seen.get(own, 0) + 1
    print(f"{options.count} functions in {time.time() - begin:.0f} s, no difference: {seen}")


if __name__ == "__main__":
    main()
