"""Single nodes with many operands at the tie of all of them: questions and their seconds.

``python benchmarks/large_nodes.py`` prints the table that ``run.py`` puts on its page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import piecewise_mt as mt

N = 50
SORTED = 30


def functions() -> Iterator[tuple[str, mt.Expression]]:
    """Maxima of 50 variables, all tied at 0."""
    x = mt.vector("x", N)
    yield "max xᵢ", mt.max(x)
    yield "MAXL, max |xᵢ|", mt.max(abs(x))
    yield "GOFFIN, n max xᵢ - Σ xᵢ", N * mt.max(x) - sum(x[i] for i in range(N))


def local_questions(at: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    zero = [0] * N
    yield ".is_differentiable", lambda: at.is_differentiable
    yield ".bouligand", lambda: f"{len(at.bouligand)} gradients"
    yield ".clarke.contains(0)", lambda: at.clarke.contains([zero])
    yield ".directional_derivative", lambda: at.directional_derivative([1, *zero[1:]])
    yield ".is_stationary", lambda: at.is_stationary
    yield ".stationarity_proof.verify()", lambda: at.stationarity_proof.verify()
    yield ".frechet.contains(0)", lambda: at.frechet.contains(zero)
    yield ".classify(0)", lambda: str(at.classify(zero))


def whole_questions(f: mt.Expression) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "mt.lipschitz", lambda: mt.lipschitz(f)
    yield "mt.is_convex", lambda: bool(mt.is_convex(f))
    yield "mt.infimum", lambda: mt.infimum(f)
    yield "mt.argmin", lambda: f"dimension {mt.argmin(f).dimension}"


def sorting_questions() -> Iterator[tuple[str, Callable[[], Any]]]:
    n = SORTED
    f = mt.sort(mt.vector("x", n))
    at = f.at([0] * n)
    mean = [[Fraction(1, n)] * n for _ in range(n)]
    identity = [[int(i == j) for j in range(n)] for i in range(n)]
    yield "value", lambda: f"{len(f.value([0] * n))} zeros"
    yield "gradient", lambda: f"{n}×{f.gradient([0] * n).cols} matrix"
    yield ".directional_derivative", lambda: f"{len(at.directional_derivative(range(n)))} entries"
    yield ".clarke.contains(mean)", lambda: at.clarke.contains(mean)
    yield ".clarke.certificate(mean)", lambda: f"{len(at.clarke.certificate(mean).weights)} limits"
    yield ".classify(identity)", lambda: str(at.classify(identity))
    yield ".bouligand", lambda: at.bouligand
    yield ".represent()", lambda: f.represent()
    yield "f.strata().f_vector", lambda: f"{sum(f.strata().f_vector)} strata"


def timed(question: Callable[[], Any]) -> tuple[float, str]:
    start = time.process_time()
    try:
        answer = str(question())
    except mt.TooManyPieces as error:
        answer = f"refused: {error}"
    return time.process_time() - start, answer if len(answer) < 100 else answer[:99] + "…"


def rows() -> Iterator[list[str]]:
    """[function, question, CPU seconds, answer]."""
    for name, f in functions():
        at = f.at([0] * N)
        for text, question in (*local_questions(at), *whole_questions(f)):
            seconds, answer = timed(question)
            yield [name, f"`{text}`", f"{seconds:.3f}", answer]
    for text, question in sorting_questions():
        seconds, answer = timed(question)
        yield [f"sort of {SORTED}", f"`{text}`", f"{seconds:.3f}", answer]
    first = mt.max(mt.vector("x", N), ties="first")
    seconds, answer = timed(lambda: f"{len(first.represent())} pieces")
    yield [f"max of {N}, ties first", "`.represent()`", f"{seconds:.3f}", answer]
    seconds, answer = timed(lambda: f"{len(mt.max(mt.vector('x', 20)).strata())}")
    yield ["max of 20", "`len(f.strata())`", f"{seconds:.3f}", answer]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
