"""Time the questions of a network on a small box against the Python engine's enumeration.

``python benchmarks/network_questions.py [model.onnx]``: the network is 4-50-50-50-1 with random
dyadic weights, or the first output of a model, such as ACAS Xu, around the middle of a box. Every
question is asked of an expression that is built anew. A question costs too much if it takes ten
times the enumeration, or more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import piecewise_mt as mt

WIDTHS = (4, 50, 50, 50, 1)
RADIUS = Fraction(1, 512)


def network(widths: tuple[int, ...] = WIDTHS, seed: int = 3) -> mt.Expression:
    """A network of relus with weights of 24 binary digits, as float32 has."""
    draw = Random(seed)

    def number(size: float) -> Fraction:
        return Fraction(round(draw.gauss(0, size) * 2**24), 2**24)

    layer: Any = mt.vector("x", widths[0])
    for depth, (n, m) in enumerate(zip(widths, widths[1:]), start=1):
        weights = [[number((2 / n) ** 0.5) for _ in range(n)] for _ in range(m)]
        layer = mt.affine(weights, layer, [number(0.1) for _ in range(m)])
        if depth < len(widths) - 1:
            layer = mt.relu(layer, at_zero=0)
    return layer[0]


def questions(f: mt.Expression, box: Any) -> dict[str, Callable[[mt.Expression], Any]]:
    """The questions, each of a function."""
    middle = [(low + high) / 2 for low, high in box.values()]
    return {
        "strata": lambda own: own.strata(box).f_vector,
        "value": lambda own: own.value(middle),
        "gradient": lambda own: own.gradient(middle),
        "lipschitz 1": lambda own: mt.lipschitz(own, 1, box),
        "lipschitz 2": lambda own: mt.lipschitz(own, 2, box),
        "lipschitz oo": lambda own: mt.lipschitz(own, "inf", box),
        "infimum": lambda own: mt.infimum(own, box),
        "equal": lambda own: mt.difference_set(own, own + 0, box).is_empty,
        "level_set": lambda own: mt.level_set(own, own.value(middle), box).dimension,
        "zero_set": lambda own: mt.zero_set(own, box).dimension,
    }


def built(model: str | None, radius: Fraction) -> tuple[mt.Expression, dict[str, Any]]:
    """The function, and the box around the origin."""
    f = network() if model is None else mt.from_onnx(model, batched=False)[0]
    box = {str(name): (-radius, radius) for name in f.variables}
    return f, box


def main() -> None:
    """Print the seconds of each question, and how many enumerations that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--radius", type=Fraction, default=RADIUS)
    given = parser.parse_args()
    if os.environ.get("PIECEWISE_MT_ENGINE") != "python":
        # the enumeration of the Python engine is the measure
        os.environ["PIECEWISE_MT_ENGINE"] = "python"
        raise SystemExit(subprocess.call([sys.executable, *sys.argv]))
    whole = 0.0
    for name in questions(*built(given.model, given.radius)):
        f, box = built(given.model, given.radius)
        ask = questions(f, box)[name]
        start = time.perf_counter()
        answer = str(ask(f))
        seconds = time.perf_counter() - start
        whole = whole or seconds
        print(f"{name:14}{seconds:8.2f} s {seconds / whole:8.1f} x   {answer[:60]}", flush=True)


if __name__ == "__main__":
    main()
