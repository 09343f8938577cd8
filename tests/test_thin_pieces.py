"""A piece has the dimension that it says, also where its condition lies behind smooth nodes."""

from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt

x, y = mt.variables("x y")
small = st.integers(-1, 1)


@st.composite
def hidden(draw):
    """Piecewise linear functions whose kinks read affine forms plus a smooth zero."""

    def form():
        zero = draw(st.sampled_from([x * x - mt.square(x), x * y - y * x, 0]))
        return draw(small) * x + draw(small) * y + zero

    if draw(st.booleans()):
        return mt.max(form(), form(), form(), ties=draw(st.sampled_from(["first", "last"])))
    slope = draw(st.sampled_from([0, 1]))
    return mt.relu(form(), at_zero=slope) + mt.relu(form(), at_zero=slope)


def test_the_tie_of_three_is_a_point():
    rep = mt.max(x * x - mt.square(x) + x, 2 * x, 0, ties="first").represent()
    assert [str(piece.polyhedron) for piece in rep] == ["x > 0", "x < 0", "x = 0"]
    assert mt.check(rep).ok


@given(hidden())
@settings(max_examples=60)
def test_the_polyhedron_has_the_dimension_of_the_piece(f):
    rep = f.on(x, y).represent()
    assert all(piece.polyhedron.dimension == piece.dimension for piece in rep)
    assert mt.check(rep).ok
