"""A network of depth k and width 2 with 2^k linear pieces on [0, 1].

The tent map g(x) = 2 relu(x) - 4 relu(x - 1/2) folds [0, 1] onto itself; composing it k times
gives the sawtooth of Telgarsky, the standard example of what depth buys.
"""

from __future__ import annotations

from sympy import Rational

import piecewise_mt as mt


def sawtooth(depth: int) -> mt.Expression:
    """The tent map composed ``depth`` times."""
    x = mt.variable("x")
    for _ in range(depth):
        x = 2 * mt.relu(x) - 4 * mt.relu(x - Rational(1, 2))
    return x


def main() -> None:
    for depth in range(1, 9):
        f = sawtooth(depth)
        strata = f.strata(domain={"x": (0, 1)})
        points, intervals = strata.f_vector
        print(f"depth {depth}: {intervals} open intervals, {points} breakpoints and end points")
        assert intervals == 2**depth
        assert points == 2**depth + 1
        assert f.value((Rational(1, 2**depth),)) == 1
        slopes = {
            abs(piece.gradient[0])
            for piece in f.represent(domain={"x": (0, 1)})
            if piece.dimension == 1
        }
        assert slopes == {2**depth}


if __name__ == "__main__":
    main()
