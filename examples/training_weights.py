"""The weights of one layer as variables: gradient steps under two tie rules at zero.

With the data fixed a layer is affine in its weights and bias, so the loss of a ReLU network is
piecewise linear in them, and its associated gradient with respect to W and b is exact.
"""

from sympy import Matrix, Rational

import piecewise_mt as mt

DATA = [((1, 0), 1), ((0, 1), -1), ((1, 1), 1)]
"""Points of the plane with a label 1 or -1."""


def loss(at_zero: object) -> mt.Expression:
    """Mean hinge loss of relu(W x + b) summed over two units, minus one; in (W, b)."""
    W, b = mt.tensor("W", (2, 2)), mt.vector("b", 2)
    total = 0
    for x, label in DATA:
        hidden = mt.relu(W @ list(x) + b, at_zero=at_zero)
        total = total + mt.hinge(hidden[0] + hidden[1] - 1, label, at_zero=0)
    return (total / len(DATA)).on(W, b)


def train(at_zero: object, steps: int) -> list[Rational]:
    """The losses along exact gradient steps of length 1/2 from zero weights."""
    f = loss(at_zero)
    point = Matrix([0] * len(f.variables))
    losses = [f.value(tuple(point))]
    for _ in range(steps):
        point = point - f.gradient(tuple(point)).T / 2
        losses.append(f.value(tuple(point)))
    return losses


def main() -> None:
    stuck, moving = train(0, 6), train(1, 6)
    print("relu'(0) = 0:", ", ".join(map(str, stuck)))
    print("relu'(0) = 1:", ", ".join(map(str, moving)))
    # At zero weights every unit is at its tie: with relu'(0) = 0 the gradient vanishes there.
    assert stuck == [stuck[0]] * 7
    assert min(moving) < moving[0]


if __name__ == "__main__":
    main()
