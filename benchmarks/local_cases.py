"""A large ReLU network at a point with many ties, and the questions that ``f.at`` answers there."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import piecewise_mt as mt

WIDTHS = (784, 64, 32, 10)


def tied_network(
    first: int, deep: int, rank: int, seed: int = 2024, widths: Sequence[int] = WIDTHS
) -> tuple[mt.Expression, list[Fraction]]:
    """A network with dyadic weights, and a point where `first` + `deep` of its ReLUs are tied.

    The gradients of the `first` tied units of the first layer span `rank` dimensions; the `deep`
    ones of the second layer read tied units only, so that their kinks lie in the same span.
    """
    draw = random.Random(seed)

    def dyadic() -> Fraction:
        return Fraction(draw.randint(-64, 64), 64)

    def coefficient() -> int:
        return draw.choice([-2, -1, 1, 2])

    point = [Fraction(draw.randint(0, 255), 256) for _ in range(widths[0])]
    layers = [
        ([[dyadic() for _ in range(n)] for _ in range(m)], [dyadic() for _ in range(m)])
        for n, m in zip(widths, widths[1:])
    ]
    weights, bias = layers[0]
    basis = [[dyadic() for _ in range(widths[0])] for _ in range(rank)]
    for i in range(first):
        mix = [coefficient() if i >= rank else int(i == j) for j in range(rank)]
        weights[i] = [sum(c * b[j] for c, b in zip(mix, basis)) for j in range(widths[0])]
        bias[i] = -sum(w * p for w, p in zip(weights[i], point))
    weights, bias = layers[1]
    for i in range(deep):
        weights[i] = [
            Fraction(coefficient()) if j < first else Fraction(0) for j in range(widths[1])
        ]
        bias[i] = Fraction(0)
    value: Any = mt.vector("x", widths[0])
    for weights, bias in layers[:-1]:
        value = mt.relu(mt.affine(weights, value, bias), at_zero=0)
    weights, bias = layers[-1]
    return mt.affine(weights, value, bias), point


def questions(f: mt.Expression, point: list[Fraction]) -> list[tuple[str, float, str]]:
    """(question, seconds, answer in short); every later one may use what earlier ones found."""
    rows: list[tuple[str, float, str]] = []

    def ask(text: str, question: Callable[[], Any], short: Callable[[Any], str]) -> Any:
        start = time.perf_counter()
        answer = question()
        rows.append((text, time.perf_counter() - start, short(answer)))
        return answer

    at = ask("`f.at(x)`", lambda: f.at(point), lambda at: f"{len(at.active)} ties, rank {at.rank}")
    shape = f"{at.shape[0]}×{at.shape[1]}"
    gradient = ask("`.gradient`", lambda: at.gradient, lambda g: shape)
    ask("`.directional_derivative(x)`", lambda: at.directional_derivative(point), lambda d: "exact")
    ask("`.is_differentiable`", lambda: at.is_differentiable, str)
    lexicographic = ask("`.lexicographic()`", lambda: at.lexicographic(), lambda g: shape)
    limits = ask("`.limits`", lambda: at.limits, lambda found: f"{len(found):,} limits")
    mean = (limits[0].gradient + limits[-1].gradient) / 2
    ask("`.classify(lexicographic)`", lambda: at.classify(lexicographic), str)
    ask("`.classify(mean of two limits)`", lambda: at.classify(mean), str)
    ask("`.classify(gradient)`", lambda: at.classify(gradient), str)
    beyond = 3 * limits[0].gradient - 2 * limits[-1].gradient
    ask("`.classify(beyond a limit)`", lambda: at.classify(beyond), str)
    if at.shape[0] == 1:
        ask("`.is_stationary`", lambda: at.is_stationary, str)
        ask(
            "`.bouligand` as SymPy matrices", lambda: at.bouligand, lambda b: f"{len(b):,} matrices"
        )
    return rows
