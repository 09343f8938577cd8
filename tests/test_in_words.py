"""Reports say their answer in one line; the values are closed formulas."""

import pytest

import piecewise_mt as mt

x, y = mt.variables("x y")


@pytest.mark.parametrize(
    ("f", "domain", "text"),
    [
        (x, None, "Infimum(-oo, from 0 along -1)"),
        (mt.abs(x), None, "Infimum(0, attained at 0)"),
        (x + 1, "x > 0", "Infimum(1, approached at 0)"),
        (mt.abs(x) + 2 * mt.abs(y), "x > 1", "Infimum(1, approached at (1, 0))"),
        (
            mt.max(x**2 + y**2, (x - 2) ** 2 + y**2),
            None,
            "QuadraticInfimum(1, attained at (1, 0))",
        ),
        (x**2, "x > 1", "QuadraticInfimum(1, not attained, approached at 1)"),
        (x**3, None, "LineInfimum(-oo, as x tends to -oo)"),
        (x**4 - 2 * x**2, "x >= 0", "LineInfimum(-1, attained at 1)"),
        (
            (x * y - 1) ** 2 + x**2,
            None,
            "PolynomialInfimum(0, not attained, approached at (1/t, t) for large t)",
        ),
    ],
)
def test_infima(f, domain, text):
    report = mt.infimum_report(f, domain=domain)
    assert repr(report) == text
    assert report.verify()


def test_shapes():
    assert str(mt.is_monotone(mt.relu(x))) == "yes: no slope is negative"
    assert repr(mt.is_convex(-mt.abs(x))) == (
        "ShapeVerdict(no: f is 0 at the midpoint, -1/2 on the mean of the ends, from -1/2 to 1/2)"
    )


def test_minima():
    f = mt.max(x, -x)
    assert str(mt.is_minimum(f, [0])) == "yes: 0 at 0 is least, by the weights (1/2, 1/2)"
    assert str(mt.is_minimum(f, [1])) == "no: f is less than 1 at 0"
