"""The classical test problems of nonsmooth optimisation at their published solutions, exactly.

Formulas, starting points and solutions are those of L. Lukšan and J. Vlček, "Test problems for
nonsmooth unconstrained and linearly constrained optimization" (2000), and of Gürbüzbalaban and
Overton (2012) for Nesterov's functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import CRootOf, Expr, Poly, Rational, Symbol, div, sqrt

import piecewise_mt as mt


@dataclass(frozen=True)
class Problem:
    """A function, its value at the usual starting point, and its published solution."""

    name: str
    function: mt.Expression
    start: tuple[Any, ...]
    start_value: Any
    solution: tuple[Any, ...]
    value: Any


def cb2_solution() -> tuple[Expr, Expr]:
    """Where the first two operands of CB2 tie and their gradients are opposite.

    x2 is a root of a polynomial of degree 7. The literature prints (1.139286, 0.899365), which has
    the right value to seven digits, but only three right digits of x1 and x2.
    """
    t = Symbol("t")
    r = CRootOf(2 * t**7 - 3 * t**5 + 10 * t**4 + t**3 - 6 * t**2 + 16 * t - 16, 0)
    return 2 - r + r**2 / 4 - r**4 / 4, r


def rosen_suzuki() -> mt.Expression:
    x = mt.vector("x", 4)
    first = mt.affine([[-5, -5, -21, 7]], x)[0] + sum(
        c * x[i] ** 2 for i, c in enumerate((1, 1, 2, 1))
    )
    rest = [
        ((1, 1, 1, 1), (1, -1, 1, -1), -8),
        ((1, 2, 1, 2), (-1, 0, 0, -1), -10),
        ((2, 1, 1, 0), (2, -1, 0, -1), -5),
    ]
    operands = [first]
    for squares, row, constant in rest:
        own = mt.affine([row], x)[0] + sum(c * x[i] ** 2 for i, c in enumerate(squares) if c)
        operands.append(first + 10 * (own + constant))
    return mt.max(*operands)


def wolfe() -> mt.Expression:
    """A convex function on which steepest descent with exact line searches goes to (0, 0)."""
    x1, x2 = mt.variables("x1 x2")
    a, b = Symbol("a"), Symbol("b")
    norm = mt.smooth(5 * sqrt(9 * a**2 + 16 * b**2), {a: x1, b: x2})
    left = 9 * x1 + 16 * abs(x2)
    return mt.where(x1 >= abs(x2), norm, left - mt.where(x1 > 0, 0, x1**9))


def first_nesterov(n: int) -> mt.Expression:
    """(x1 - 1)²/4 + Σ |x_{i+1} - 2 x_i² + 1|."""
    x = mt.vector("x", n)
    return (x[0] - 1) ** 2 / 4 + sum(abs(x[i + 1] - 2 * x[i] ** 2 + 1) for i in range(n - 1))


def second_nesterov(n: int) -> mt.Expression:
    """|x1 - 1|/4 + Σ |x_{i+1} - 2 |x_i| + 1|."""
    x = mt.vector("x", n)
    return abs(x[0] - 1) / 4 + sum(abs(x[i + 1] - 2 * abs(x[i]) + 1) for i in range(n - 1))


def problems() -> list[Problem]:
    x1, x2 = mt.variables("x1 x2")
    near = (2 - x1) ** 2 + (2 - x2) ** 2
    exponential = 2 * mt.exp(x2 - x1)
    circle = x1**2 + x2**2 - 1
    disc = x1**2 + (x2 - 1) ** 2 - 1
    plain = x1**2 + x2**2
    half = sqrt(2) / 2
    r = cb2_solution()[1]
    return [
        Problem("CB2", mt.max(x1**2 + x2**4, near, exponential), (1, "-1/10"), Rational(541, 100),
                cb2_solution(), cb2_solution()[0] ** 2 + r**4),
        Problem("CB3", mt.max(x1**4 + x2**2, near, exponential), (2, 2), 20, (1, 1), 2),
        Problem("DEM", mt.max(5 * x1 + x2, -5 * x1 + x2, plain + 4 * x2), (1, 1), 6, (0, -3), -3),
        Problem("QL", mt.max(plain, plain + 10 * (-4 * x1 - x2 + 4), plain + 10 * (-x1 - 2 * x2 + 6)),
                (-1, 5), 56, (Rational(6, 5), Rational(12, 5)), Rational(36, 5)),
        Problem("LQ", mt.max(-x1 - x2, -x1 - x2 + circle), ("-1/2", "-1/2"), 1,
                (half, half), -sqrt(2)),
        Problem("Mifflin 1", -x1 + 20 * mt.relu(circle), ("4/5", "3/5"), Rational(-4, 5), (1, 0), -1),
        Problem("Mifflin 2", -x1 + 2 * circle + Rational(7, 4) * abs(circle), (-1, -1),
                Rational(19, 4), (1, 0), -1),
        Problem("Rosen–Suzuki", rosen_suzuki(), (0, 0, 0, 0), 0, (0, 1, 2, -1), -44),
        Problem("Wolfe", wolfe(), (3, 2), 5 * sqrt(145), (-1, 0), -8),
        Problem("Crescent", mt.max(disc + x2, x2 - disc), ("-3/2", 2), Rational(17, 4), (0, 0), 0),
        Problem("Nesterov 1, n = 3", first_nesterov(3), (-1, 1, 1), 1, (1, 1, 1), 0),
        Problem("Nesterov 2, n = 3", second_nesterov(3), (-1, 1, 1), Rational(1, 2), (1, 1, 1), 0),
    ]  # fmt: skip


def wolfe_is_at_least_its_minimum() -> bool:
    """f ≥ 0 for x1 ≥ 0, and f ≥ 9 x1 - x1⁹ ≥ -8 for x1 ≤ 0: (x1 + 1)² times what has no root."""
    t = Symbol("t")
    quotient, rest = div(Poly(9 * t - t**9 + 8, t), Poly((t + 1) ** 2, t))
    return bool(rest.is_zero and quotient.eval(0) > 0 and quotient.count_roots(None, 0) == 0)


def why(problem: Problem) -> str:
    """What is proved beyond stationarity."""
    try:
        verdict = mt.is_minimum(problem.function, problem.solution)
    except mt.Undecided:
        if problem.name == "Wolfe":
            assert wolfe_is_at_least_its_minimum()
            return "global, piece by piece"
        assert mt.infimum(problem.function) == problem.value
        return "global, by enumeration"
    assert verdict.holds and verdict.verify()
    proof = verdict.proof
    convex_operands = len(proof.convex) == len(proof.formulas)
    return "global, convex operands" if convex_operands else "global, convex combination"


def shown(number: Any) -> str:
    number = Rational(number) if not isinstance(number, Expr) else number
    return str(number) if not number.has(CRootOf) else f"{number.evalf(7)}…"


def row(problem: Problem) -> list[str]:
    """The line of the table, everything in it computed."""
    f = problem.function
    assert (f.value(problem.start) - problem.start_value).equals(0)
    assert (f.value(problem.solution) - problem.value).equals(0)
    at = f.at(problem.solution)
    zero = [[0] * len(f.variables)]
    combination = at.clarke.certificate(zero)
    assert combination.holds(zero) and all(
        G in f.at(problem.solution).bouligand for G in combination.matrices
    )
    pairs = zip(combination.matrices, combination.weights, strict=True)
    weights = [w for _, w in sorted(pairs, key=lambda pair: list(map(float, pair[0])))]
    return [
        problem.name,
        "(" + ", ".join(map(shown, problem.solution)) + ")",
        shown(problem.value),
        ", ".join(map(shown, weights)),
        why(problem),
    ]


HEAD = ["problem", "solution", "value", "multipliers", "minimum"]


def table() -> str:
    lines = [HEAD, ["---"] * len(HEAD), *map(row, problems())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    print(table())

    # All points where 0 is in Clarke's subdifferential of Nesterov's second function.
    for n in (2, 3):
        found = mt.critical_points(second_nesterov(n)).strata
        print(f"\nNesterov 2, n = {n}: {len(found)} stationary points")
        for entry in found:
            print(" ", entry)
    proof = second_nesterov(3).at((0, 0, -1)).stationarity_proof
    assert proof.holds and proof.verify()
    print("\n0 at (0, 0, -1):")
    for weight, gradient in zip(proof.certificate.weights, proof.certificate.matrices, strict=True):
        print(f"  {weight} of {gradient.tolist()[0]}")


if __name__ == "__main__":
    main()
