"""On which side of a tie the pieces of a merged representation are: where its points are moved."""

from fractions import Fraction
from itertools import product

import pytest

from piecewise_mt.calculus.representation.merging import _directions, _enters
from piecewise_mt.geometry.polyhedron import Polyhedron

STEP = Fraction(1, 1000)
SQUARE = Polyhedron(
    ("x", "y"),
    [],
    [((0, 1, 0), False), ((2, -1, 0), True), ((0, 0, 1), False), ((2, 0, -1), False)],
)
SEGMENT = Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 1, 0), False), ((1, -1, 0), False)])


@pytest.mark.parametrize("domain", [None, SQUARE, SEGMENT])
def test_a_form_enters_if_it_is_positive_after_small_steps(domain):
    """Each step is much smaller than the one before; inwards first, if there is a domain."""
    moves = _directions(domain, 2)
    for row in product((-2, -1, 0, 1, 2), repeat=3):
        # of a form that is 0 at a point
        changes = [sum(a * b for a, b in zip(row, move, strict=True)) for move in moves]
        moved = sum(STEP**k * change for k, change in enumerate(changes, start=1))
        assert _enters(row, moves) is (moved >= 0)
    if domain is not None:
        point = [Fraction(v, moves[0][0]) for v in moves[0][1:]]
        assert domain.contains(point) and len(moves) == domain.dimension + 1
        assert all(not move[0] for move in moves[1:])
