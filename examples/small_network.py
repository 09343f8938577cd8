"""A small ReLU network in the plane: all faces, all gradients, and one point on a tie."""

from sympy import Matrix

import piecewise_mt as mt


def main() -> None:
    x = mt.vector("x", 2)
    hidden = mt.relu(mt.affine([[1, 1], [1, -1], [-2, 1]], x, [0, 0, 1]), at_zero=0)
    hidden = mt.relu(mt.affine([[1, 0, -1], [-1, 2, 1]], hidden, [0, -1]), at_zero=0)
    f = mt.affine([[1, -1]], hidden)[0]

    strata = f.strata()
    print("strata by dimension:", strata.f_vector)
    # Euler characteristic of a subdivision of the plane.
    vertices, edges, regions = strata.f_vector
    assert vertices - edges + regions == 1

    rep = f.represent()
    print(rep)
    assert len(rep) <= len(strata)

    # The chain rule (14) at one point, without enumerating, agrees with the table.
    for stratum in strata:
        point = stratum.witness
        assert f.value(point) == rep.value(point)
        assert f.gradient(point) == rep.gradient(point)
        assert rep.piece_at(point).gradient == f.gradient(point)

    # The origin is a tie of two units of the first layer and of one of the second. The rule
    # relu'(0) = 0 switches all three off.
    print("gradient at the origin:", f.gradient((0, 0)))
    assert f.gradient((0, 0)) == Matrix([[0, 0]])


if __name__ == "__main__":
    main()
