"""The maximum of two values, as in §4.1 and §4.2 of Després's paper.

Three pieces: two open half-planes and the line y1 = y2, on which the associated gradient is
(z, 1 - z) for a free z. The tie rules fix z, and composing with x -> (x, x) makes it cancel.
"""

from sympy import Matrix, Rational

import piecewise_mt as mt


def main() -> None:
    y1, y2 = mt.variables("y1 y2")
    f = mt.max(y1, y2)
    rep = f.represent()
    print(rep)

    assert f.strata().f_vector == (0, 1, 2)
    assert [piece.dimension for piece in rep] == [2, 2, 1]
    assert rep[0].gradient == Matrix([[1, 0]])
    assert rep[1].gradient == Matrix([[0, 1]])
    # Tangential consistency (15) on the tie: the direction (1, 1) sees the slope 1, whatever z is.
    tie = rep[2].gradient
    assert tie.free_symbols
    assert (tie * Matrix([1, 1]))[0].expand() == 1

    # A tie rule fixes the parameter. "first" is (17): two half-open pieces instead of three.
    first = mt.max(y1, y2, ties="first")
    average = mt.max(y1, y2, ties="average")
    assert len(first.represent()) == 2
    assert first.gradient((1, 1)) == Matrix([[1, 0]])
    assert average.gradient((1, 1)) == Matrix([[Rational(1, 2), Rational(1, 2)]])

    # x -> max(x, x) is x: the chain rule gives 1 = z + (1 - z) at every point.
    (x,) = mt.variables("x")
    doubled = f(x, x).represent()
    print(doubled)
    assert len(doubled) == 1
    assert doubled[0].gradient == Matrix([[1]])


if __name__ == "__main__":
    main()
