"""Where relu'(0) = alpha matters in three layers: the bifurcation zone of Bertoin et al."""

from sympy import Symbol

import piecewise_mt as mt


def network(rule: object) -> mt.Expression:
    """Three layers of ReLUs of two inputs, with small whole weights that make ties frequent."""
    h = mt.vector("x", 2)
    for W, b in [
        ([[1, 1], [1, -1], [-1, 2]], [0, 0, 1]),
        ([[1, -1, 0], [0, 1, -1]], [0, 1]),
        ([[1, -1], [1, 1]], [0, -1]),
    ]:
        h = mt.relu(mt.affine(W, h, b), at_zero=rule)
    return mt.affine([[1, 1]], h)[0]


def main() -> None:
    alpha = Symbol("alpha", real=True)
    f = network(alpha)
    dependent = [s for s in f.strata() if f.gradient(s.witness).has(alpha)]
    print(f"{len(dependent)} of {len(f.strata())} strata depend on alpha, by dimension:")
    for stratum in dependent[:5]:
        print(" ", stratum.dimension, stratum.polyhedron, f.gradient(stratum.witness).tolist()[0])

    # They have no interior, and they are not all of the kinks.
    assert all(stratum.dimension < 2 for stratum in dependent)
    kinks = [s for s in f.strata() if s.dimension < 2]
    assert 0 < len(dependent) < len(kinks)

    # With a number for alpha the gradient is the same polynomial, evaluated.
    for value in (0, 1):
        g = network(value)
        for stratum in dependent:
            point = stratum.witness
            assert g.gradient(point) == f.gradient(point).subs(alpha, value)


if __name__ == "__main__":
    main()
