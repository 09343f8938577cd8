"""The seconds that value and gradient of a 4-256-256-4 tanh network take, in enclosures.

Run as ``python benchmarks/smooth_network.py [width] [digits]``.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any

import piecewise_mt as mt


def network(width: int, seed: int = 2024) -> mt.Expression:
    """Floating-point weights, uniform as PyTorch's are at first."""
    draw = random.Random(seed)
    x = mt.vector("x", 4)
    for outputs, inputs in ((width, 4), (width, width), (4, width)):
        bound = inputs**-0.5
        rows = [[draw.uniform(-bound, bound) for _ in range(inputs)] for _ in range(outputs)]
        bias = [draw.uniform(-bound, bound) for _ in range(outputs)]
        x = mt.affine(mt.exact(rows), x, mt.exact(bias))
        if inputs != width or outputs != 4:
            x = mt.tanh(x)
    return x


def timed(what: str, ask: Callable[[], Any]) -> Any:
    """The answer, and a line about its time."""
    start = time.perf_counter()
    found = ask()
    print(f"{what:30s} {time.perf_counter() - start:8.3f} s")
    return found


def main(width: int = 256, digits: int = 15) -> None:
    point = mt.exact([0.1, -0.7, 0.3, 0.25])
    mt.tanh(mt.variable("t")).enclosure((1,)).gradient  # noqa: B018, what is imported once
    f = timed(f"build 4-{width}-{width}-4", lambda: network(width))
    enclosure = f.enclosure(point, digits)
    timed("value", lambda: enclosure.value)
    timed("gradient", lambda: enclosure.gradient)
    print(f"{'width of the gradient':30s} {float(enclosure.gradient.width):8.1e}")
    at = timed("f.at", lambda: f.at(point))
    print(f"{'is_differentiable':30s} {at.is_differentiable}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
