"""Linear complementarity as a piecewise linear equation.

Find x ≥ 0 with w = Mx + q ≥ 0 and x·w = 0. As min(a, b) = 0 iff a, b ≥ 0 and one of them is 0,
this is min(x, Mx + q) = 0, one kinked equation a variable. All solutions are enumerated, isolated or
not, and compared with those of all complementary bases. If all principal minors of M are positive
(M is a P-matrix), the equation min(x, Mx + q) = 0 has one solution for every q, because
x ↦ Mx⁺ − x⁻ is a homeomorphism; `mt.inverse` decides that, and its inverse solves all of them.

Run: python examples/complementarity.py
"""

from itertools import product

import piecewise_mt as mt


def solutions(M, q):
    """All solutions of the linear complementarity problem, as disjoint polyhedra."""
    x = mt.vector("x", len(q))
    return mt.zero_set(mt.minimum(x, mt.affine(M, x, q)))


def bases(M, q):
    """The same from all choices of what is 0, which are 2ⁿ polyhedra, empty or not."""
    n = len(q)
    names = tuple(f"x{i + 1}" for i in range(n))
    units = [(0, *(int(i == j) for j in range(n))) for i in range(n)]
    slacks = [(q[i], *M[i]) for i in range(n)]
    found = []
    for choice in product((False, True), repeat=n):
        zero = [slacks[i] if basic else units[i] for i, basic in enumerate(choice)]
        above = [(units[i] if basic else slacks[i], False) for i, basic in enumerate(choice)]
        part = mt.Polyhedron(names, zero, above)
        if not part.is_empty:
            found.append(part)
    return found


def agree(M, q):
    """Whether every solution of one list is in the other."""
    one, two = solutions(M, q), bases(M, q)
    return all(one.contains(part.witness()) for part in two) and all(
        any(part.includes(own) for part in two) for own in one
    )


def main():
    problems = {
        "P-matrix: one solution": ([[2, 1], [1, 2]], [-5, -6]),
        "three solutions": ([[1, 2], [2, 1]], [-1, -1]),
        "a segment of solutions": ([[1, 1], [1, 1]], [-1, -1]),
        "none": ([[0, 1], [-1, -1]], [1, -1]),
        "degenerate, x = w = 0": ([[1, 0], [0, 1]], [0, -1]),
        "three variables": ([[1, 2, 0], [0, 1, 2], [2, 0, 1]], [-1, -1, -1]),
    }
    for name, (M, q) in problems.items():
        found = solutions(M, q)
        print(f"{name}: {'no point' if found.is_empty else found}")
        assert agree(M, q)

    x = mt.vector("x", 2)
    plus, minus = mt.relu(x), mt.relu(-x)
    normal = mt.affine([[2, 1], [1, 2]], plus) - minus
    # z solves Mz⁺ - z⁻ = -q, then x = z⁺ and w = z⁻
    inverse = mt.inverse(normal)
    print(inverse)
    assert inverse.verify()
    z = inverse.value((5, 6))
    print("x =", tuple(max(v, 0) for v in z), "for q = (-5, -6)")
    try:
        mt.inverse(mt.affine([[1, 2], [2, 1]], plus) - minus)
    except mt.NotInvertible as error:
        print(error)


if __name__ == "__main__":
    main()
