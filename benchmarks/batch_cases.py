"""What follows an enumeration: orders, points, tables, JSON and checks, each beside a slow way.

``python benchmarks/batch_cases.py`` prints a Markdown table. The slow way is timed in the same run,
on a sample, and both answers are compared: tuples of labels for packed keys, exact arithmetic at
every point for floats, fractions summed anew for the forms of every piece, and the refinement of
every cell for the check.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from unittest import mock

import piecewise_mt as mt
from piecewise_mt.calculus.consistency import check as check_module
from piecewise_mt.calculus.consistency.check import restated
from piecewise_mt.calculus.evaluation.program import _summed_forms, picked
from piecewise_mt.calculus.partition.label_order import label_order


def network(widths: list[int], at_zero: Any = "free", seed: int = 2024) -> mt.Expression:
    """A ReLU network of whole weights from -5 to 5."""
    draw = random.Random(seed)
    value: Any = mt.vector("x", widths[0])
    for k, (before, after) in enumerate(zip(widths, widths[1:])):
        rows = [[draw.randint(-5, 5) for _ in range(before)] for _ in range(after)]
        value = mt.affine(rows, value, [draw.randint(-5, 5) for _ in range(after)])
        if k < len(widths) - 2:
            value = mt.relu(value, at_zero=at_zero)
    return value[0]


def timed(question: Callable[[], Any]) -> tuple[Any, float]:
    """The answer and the processor time it took."""
    start = time.process_time()
    answer = question()
    return answer, time.process_time() - start


Row = tuple[str, int, float, float]
"""(what, how many, seconds each, seconds each of the slow way)."""


def label_orders() -> Row:
    strata = network([3, 12, 12, 12, 1]).strata()
    units, count = strata.program.units, len(strata)
    words = [stratum.word for stratum in strata]
    random.Random(1).shuffle(words)
    order, quick = timed(lambda: label_order(units, words))
    sample = words[:20_000]
    key = strata.program.labels
    atoms = [(u.atom, u.bit, (1 << u.atom.bits) - 1) for u in units]

    def labels(word: int) -> Any:
        return tuple(atom.label((word >> bit) & mask) for atom, bit, mask in atoms)

    slow, seconds = timed(
        lambda: sorted(range(len(sample)), key=lambda i: (labels(sample[i]), sample[i]))
    )
    assert slow == label_order(units, sample) and key(words[order[0]]) <= key(words[order[-1]])
    return "order of strata, 3-12-12-12-1", count, quick / count, seconds / len(sample)


def all_strata() -> Row:
    """All strata of a complex that is cut, in their order."""
    import numpy  # noqa: F401 - its import is no part of what is timed

    strata = network([3, 12, 12, 12, 1]).strata()
    count = len(strata)
    found, quick = timed(lambda: list(strata))
    words, bits = strata.partition.cells.face_words(), strata.partition.strict

    def slowly(level: int) -> list[int]:
        own = [word for word in words[level] if word & bits == bits]
        return sorted(own, key=lambda word: (strata.program.labels(word), word))

    slow, seconds = timed(lambda: [w for k in range(len(words) - 1, -1, -1) for w in slowly(k)])
    assert [stratum.word for stratum in found] == slow
    return "`for s in f.strata()`, 3-12-12-12-1", count, quick / count, seconds / count


def points() -> list[Row]:
    import numpy

    rep = network([2, 16, 16, 1]).represent()
    floats = numpy.random.default_rng(1).normal(size=(10**6, 2))
    (values, bounds), quick = timed(lambda: rep.values(floats, bounds=True))
    gradients, quick_gradients = timed(lambda: rep.gradients(floats))
    exact = [[Fraction(c) for c in row] for row in floats[:300].tolist()]
    slow, seconds = timed(lambda: [rep.value(point) for point in exact])
    slow_gradients, gradient_seconds = timed(lambda: [rep.gradient(point) for point in exact])
    for i, value in enumerate(slow):
        off = Fraction(int(value.p), int(value.q)) - Fraction(float(values[i]))
        assert abs(off) <= Fraction(float(bounds[i]))
        assert gradients[i].reshape(-1).tolist() == [float(c) for c in slow_gradients[i]]
    return [
        ("`rep.values`, 2-16-16-1", 10**6, quick / 10**6, seconds / len(exact)),
        ("`rep.gradients`", 10**6, quick_gradients / 10**6, gradient_seconds / len(exact)),
    ]


def texts(at_zero: Any, named: str) -> list[Row]:
    rep = network([3, 12, 12, 1], at_zero).represent()
    sample = list(rep)[:: max(1, len(rep) // 300)]
    program = rep.strata.program
    labels = [piece.label_keys for piece in sample]
    slow, seconds = timed(lambda: [_summed_forms(program, own, picked).outputs for own in labels])
    forms, quick = timed(lambda: [[list(row) for row in piece.rows] for piece in rep])
    assert slow == [forms[piece.alpha - 1] for piece in sample]
    rows: list[Row] = [
        (f"formulas, 3-12-12-1, {named}", len(rep), quick / len(rep), seconds / len(sample))
    ]
    again = network([3, 12, 12, 1], at_zero).represent()
    _, quick = timed(again.table().to_text)
    rows.append((f"`rep.table().to_text()`, {named}", len(rep), quick / len(rep), float("nan")))
    again = network([3, 12, 12, 1], at_zero).represent()
    _, quick = timed(again.to_json)
    rows.append((f"`rep.to_json()`, {named}", len(rep), quick / len(rep), float("nan")))
    return rows


def checks() -> Row:
    stated = restated(network([2, 48, 48, 1], 0).represent())
    report, quick = timed(lambda: mt.check(stated))
    small = restated(network([2, 16, 16, 1], 0).represent())
    agreeing = check_module._Agreeing
    with (
        mock.patch.object(agreeing, "everywhere", lambda *_: set()),
        mock.patch.object(agreeing, "holds", lambda *_: False),
    ):
        other, seconds = timed(lambda: mt.check(small))
    assert report.ok and other.ok and str(other) == str(mt.check(small))
    return (
        "`mt.check`, 2-48-48-1 (by refining cells: 2-16-16-1)",
        len(stated),
        quick / len(stated),
        seconds / len(small),
    )


def batch_rows() -> list[list[str]]:
    """The table of all cases, as cells."""
    found: list[Row] = [label_orders(), all_strata(), *points()]
    found += texts("free", "free ties") + texts(0, "ties at zero") + [checks()]
    return [
        [what, f"{count:,}", f"{1e6 * quick:,.2f}"]
        + (["", ""] if slow != slow else [f"{1e6 * slow:,.1f}", f"{slow / quick:,.0f}"])
        for what, count, quick, slow in found
    ]


HEADER = ["question", "how many", "µs each", "slow way, µs each", "ratio"]

if __name__ == "__main__":
    for cells in [HEADER, ["---"] + ["---:"] * 4, *batch_rows()]:
        print("| " + " | ".join(cells) + " |", flush=True)
