"""Boustany's max pooling rules: beta times the average plus (1 - beta) times the first."""

from sympy import Rational, Symbol

import piecewise_mt as mt


def main() -> None:
    beta = Symbol("beta", real=True)
    f = mt.maxpool2d(mt.tensor("x", (1, 2, 2)), 2, ties=mt.mix(beta))[0, 0, 0]

    # One stratum for each active set. The weights sum to 1 for every beta, so that each of these
    # gradients is an associated one; Clarke's subdifferential needs them nonnegative as well.
    edges = {}
    for stratum in f.strata():
        gradient = f.gradient(stratum.witness)
        assert sum(gradient).expand() == 1
        tied = len(stratum.labels[0].split(","))
        for weight in gradient:
            slope = weight.coeff(beta)
            if slope < 0:  # nonnegative up to this beta
                edge = -weight.subs(beta, 0) / slope
                edges[tied] = min(edge, edges.get(tied, edge))

    for tied, edge in sorted(edges.items()):
        print(f"{tied} tied: in Clarke's subdifferential for 0 <= beta <= {edge}")
    assert edges == {2: 2, 3: Rational(3, 2), 4: Rational(4, 3)}

    outside = f.gradient((0, 0, 0, 0)).subs(beta, 10)
    print("beta = 10, all four tied:", outside)
    assert list(outside) == [Rational(-13, 2), *[Rational(5, 2)] * 3]


if __name__ == "__main__":
    main()
