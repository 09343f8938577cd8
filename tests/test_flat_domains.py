"""A domain is as flat as its affine hull, however it was written, and an empty one is refused."""

import subprocess
import sys

import pytest

import piecewise_mt as mt

x, y = mt.variables("x y")
FLAT = [
    ("x = 0", {"x": (0, 0)}),
    ("x = 0", "x <= 0 and x >= 0"),
    ("x + y = 1", "x + y <= 1 and x + y >= 1"),
    ("x = 0 and y >= 0", "x + y >= 0 and y - x >= 0 and x <= 0 and x >= 0"),
]


@pytest.mark.parametrize(("equations", "inequalities"), FLAT)
@pytest.mark.parametrize("point", [(0, 1), (0, 0)])
def test_inequalities_that_force_an_equation_are_one(equations, inequalities, point):
    f = mt.relu(y).on(x, y)
    try:
        one = f.at(point, equations)
    except mt.OutsideDomain:
        with pytest.raises(mt.OutsideDomain):
            f.at(point, inequalities)
        return
    other = f.at(point, inequalities)
    assert other.is_differentiable is one.is_differentiable is False
    assert other.bouligand == one.bouligand == ()
    assert other.rank >= 1
    with pytest.raises(mt.PiecewiseError, match="point of differentiability"):
        _ = other.derivative


def test_the_corner_of_a_box_is_not_flat():
    at = mt.relu(y).on(x, y).at((0, 1), {"x": (0, 1), "y": (0, 1)})
    assert at.is_differentiable and list(at.derivative) == [0, 1]


def test_questions_that_need_a_point_or_an_interior_say_so():
    entries = [("x <= 0", "0"), ("x > 0", "x")]
    with pytest.raises(mt.OutsideDomain, match="at least one point"):
        mt.check(mt.Representation("x y", entries, domain="x < 0 and x > 0"))
    with pytest.raises(mt.OutsideDomain, match="inner points"):
        mt.linear_pieces(mt.relu(y).on(x, y), {"x": (0, 0)})


@pytest.mark.parametrize(("at", "code"), [("x=-1", 2), ("x=0", 2), ("x=1", 0)])
def test_a_point_outside_of_the_domain_is_refused_on_the_command_line(at, code):
    command = [sys.executable, "-m", "piecewise_mt", "relu(x)", "--domain", "x > 0", "--at", at]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert ("expected a point of the domain x > 0" in done.stderr) == (code == 2)
