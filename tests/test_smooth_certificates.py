"""Certificates about polynomials and smooth functions; each oracle is a closed formula or SymPy."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
import sympy
from certified import certified, number, refused

import piecewise_mt as mt
from piecewise_mt_check import check_data, intervals
from piecewise_mt_check.algebraic import Root
from piecewise_mt_check.intervals import Interval, NotKnown, point
from piecewise_mt_check.line import compared, distinct, order, rational, roots

w, x, y = mt.variables("w x y")
SQUARE = {"x": (-2, 1), "y": (-1, 3)}


# -- intervals -------------------------------------------------------------------------------

FUNCTIONS = "exp log sin cos tan sinh cosh tanh atan asinh erf".split()
PLACES = [Fraction(s) for s in "-40/3 -7/2 -1 -1/2 -1/1000 0 1/7 1/2 1 3/2 355/113 22 61/3".split()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_enclosures_hold_the_values(name):
    enclose, exact = getattr(intervals, name), getattr(mpmath, name)
    with mpmath.workprec(400):
        for x in PLACES:
            if name == "log" and x <= 0:
                with pytest.raises(NotKnown):
                    enclose(point(x))
                continue
            found = enclose(point(x))
            value = exact(mpmath.mpf(x.numerator) / x.denominator)
            low, high = (mpmath.mpf(end.numerator) / end.denominator for end in
                         (found.low, found.high))  # fmt: skip
            assert low <= value <= high
            assert high - low <= abs(value) * mpmath.mpf(2) ** -60


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("log", "tan")])
def test_enclosures_of_intervals_hold_all_values_and_little_more(name):
    enclose, exact = getattr(intervals, name), getattr(mpmath, name)
    for low in PLACES:
        for width in (Fraction(1, 9), Fraction(2), Fraction(9)):
            found = enclose(Interval(low, low + width))
            values = [exact(float(low + width * k / 60)) for k in range(61)]
            slack = 1e-9 * float(1 + max(map(abs, values)))
            below, above = float(found.low), float(found.high)
            assert below <= min(values) + slack and max(values) - slack <= above
            # the ends and critical points are among the values, up to a step
            step = float(width) / 60 * max(map(abs, (mpmath.diff(exact, float(low + width * k / 60))
                                                    for k in range(0, 61, 10))))  # fmt: skip
            assert below >= min(values) - step - slack
            assert above <= max(values) + step + slack


def test_exact_values_stay_exact():
    assert [getattr(intervals, name)(point(0)) for name in ("exp", "cos", "cosh")] == [point(1)] * 3
    assert all(
        getattr(intervals, name)(point(0)) == point(0)
        for name in ("sin", "tan", "sinh", "tanh", "atan", "asinh", "erf")
    )
    assert intervals.root(point(Fraction(9, 4)), 2) == point(Fraction(3, 2))
    assert intervals.root(point(Fraction(8, 27)), 3) == point(Fraction(2, 3))
    assert Interval(Fraction(-2), Fraction(1)).power(2) == Interval(Fraction(0), Fraction(4))
    assert Interval(Fraction(-2), Fraction(1)).power(3) == Interval(Fraction(-8), Fraction(1))


def test_what_is_not_defined_is_not_enclosed():
    around = Interval(Fraction(-1), Fraction(1))
    for ask in (intervals.log, Interval.inverse, lambda own: intervals.root(own, 2)):
        with pytest.raises(NotKnown):
            ask(around)
    with pytest.raises(NotKnown, match="pole"):
        intervals.tan(Interval(Fraction(1), Fraction(2)))


# -- bounds of smooth functions --------------------------------------------------------------

BOUNDS = [
    # f, domain, low, high: minima and maxima by calculus
    (mt.exp(x) - x, {"x": (-3, 3)}, 1, 18),
    (mt.exp(mt.abs(x)), {"x": (-1, 2)}, 1, "37/5"),
    (mt.log(1 + mt.exp(x)) - mt.relu(x), {"x": (-5, 5)}, 0, "7/10"),
    (mt.sqrt(x) + 1 / x, "x >= 1/10 and x <= 4", "47/25", "52/5"),
    (mt.sin(x) * mt.cos(y), {"x": (-2, 2), "y": (-2, 2)}, -1, 1),
    (mt.tanh(x - y) * mt.relu(x), "x >= 0 and y >= 0 and x + y <= 3", -1, 3),
    (mt.max(x, mt.sin(x), y**3), {"x": (-1, 1), "y": (-1, 1)}, -1, 1),
    (mt.min(mt.exp(x), 1 - x, ties="first"), {"x": (-1, 1)}, 0, 1),
    (mt.median(mt.stack([mt.exp(x), y, 2])), {"x": (-1, 1), "y": (0, 1)}, "1/3", 2),
    (mt.stack([mt.exp(-x), x**3]), {"x": (0, 2)}, 0, 8),
    (mt.where(x >= 2, mt.exp(x), mt.exp(-x)), {"x": (0, 1)}, "1/3", 1),
    (mt.exp(x) + y, "x = 0 and y >= 1 and y <= 1", 2, 2),
    (mt.exp(x) * 0 + 3, {"x": (0, 1)}, 3, 3),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, low, high", BOUNDS, ids=lambda v: str(v)[:30])
def test_bounds(f, domain, low, high):
    data, reason = certified(f, "bound", domain=domain, low=low, high=high)
    assert f"at least {low} and at most {high}" in reason
    assert data["kind"] == "bound"
    # SymPy's values at the middle of the domain's box lie between
    middle = [(sympy.Rational(a) + sympy.Rational(b)) / 2 for a, b in data["box"]]
    values = f.on(*data["function"]["variables"]).value(middle)
    for value in values if f.shape else [values]:
        assert sympy.Rational(low) <= value <= sympy.Rational(high)
    # neither one box nor a smaller bound is enough
    refused(data, "", tree=data["tree"] + [0])
    refused(data, "enclosure", high=str(Fraction(low) - 1))


def test_an_empty_domain_has_all_bounds():
    data, _ = certified(mt.exp(x), "bound", domain={"x": (0, 1)}, low=1)
    contradiction = [[">=", -1, 1], [">=", 0, -1]]
    proofs = [[[1, 0, 1, 1, 1], [1, 1, 1]]]
    verdict = check_data(data | {"domain": contradiction, "inside": proofs, "box": [[1, 1]]})
    assert verdict.answer == "invalid"  # that is no proof of x >= 1
    proofs = [[[1, 0, 1], [1, 0, 1, 1, 2]]]
    verdict = check_data(
        data | {"domain": contradiction, "inside": proofs, "box": [[1, 1]], "tree": [0], "low": 9}
    )
    assert verdict.answer == "valid"


def test_bounds_that_do_not_hold_or_are_not_shown():
    with pytest.raises(mt.PiecewiseError, match="fails near"):
        mt.certify(mt.exp(x) - x, "bound", domain={"x": (-1, 1)}, low="1001/1000")
    with pytest.raises(mt.PiecewiseError, match="low= or high="):
        mt.certify(mt.exp(x), "bound", domain={"x": (-1, 1)})
    with pytest.raises(mt.Unsupported, match="bounded domain"):
        mt.certify(mt.exp(x), "bound", domain="x >= 0", low=1)
    with pytest.raises(mt.Unsupported, match="20000 boxes"):
        # the jump at 0 is in every box around it
        mt.certify(mt.where(x > 0, mt.exp(x), 1 - x), "bound", domain={"x": (-1, 1)}, low=1)
    data, _ = certified(mt.exp(x) - x, "bound", domain={"x": (-1, 1)}, low=1)
    refused(data, "ends too early", tree=[])
    refused(data, "goes on", tree=[*data["tree"], 0])
    refused(data, "split inside", tree=[[0, 1], 0, 0])
    refused(data, "enclosure", tree=[0])
    refused(data, "weaker", box=[[0, 1]])
    refused(data, "'low' or 'high'", low="none")
    log, _ = certified(mt.log(x), "bound", domain={"x": (1, 2)}, low=0)
    rows = [[">=", 1, 1], [">=", 2, -1]]
    refused(log, "logarithm", domain=rows, box=[[-1, 2]])


def test_the_checker_says_what_it_does_not_read():
    data, _ = certified(mt.exp(x), "bound", domain={"x": (0, 1)}, low=1)

    def verdict(expression):
        function = data["function"] | {"formulas": [{"expression": expression, "arity": 1}]}
        return check_data(data | {"function": function})

    assert verdict(["exp", "u1"]).answer == "valid"
    assert verdict(["gamma", "u1"]).answer == "unsupported"
    assert verdict(["exp", "u2"]).answer == "unsupported"  # no number either
    assert verdict(["exp"]).answer == "invalid"
    assert verdict(["exp", ["*", 10**6, "u1"]]).answer == "unsupported"
    assert verdict(["^", "u1", 10**6]).answer == "unsupported"
    assert verdict(["^", "u1", f"1/{10**6}"]).answer == "unsupported"
    deep = "u1"
    for _ in range(5000):
        deep = ["exp", deep]
    assert verdict(deep).answer == "unsupported"
    text = data["function"] | {"formulas": [{"formula": "exp(u1)", "arity": 1}]}
    assert check_data(data | {"function": text}).answer == "unsupported"


CONSTANTS = [
    # largest slopes by calculus: tanh' <= 1, sigmoid' <= 1/4, |sin x|, |cos x| <= 1
    (mt.tanh(x) + mt.relu(x), {"x": (-3, 3)}, 2, 2),
    (1 / (1 + mt.exp(-x)), {"x": (-3, 3)}, 2, "26/100"),
    (mt.sin(x) * y, {"x": (-3, 3), "y": (-1, 1)}, 2, "3/2"),
    (mt.stack([mt.sin(x), mt.cos(y)]), {"x": (-1, 1), "y": (-1, 1)}, "inf", 1),
    (mt.stack([mt.sin(x), mt.cos(x)]), {"x": (-1, 1)}, 1, 2),
    (mt.max(mt.exp(x), 2 * x), {"x": (0, 1)}, 2, "272/100"),
    (mt.max(x, 2 * y), {"x": (0, 1), "y": (0, 1)}, 1, 2),
]


@pytest.mark.parametrize("f, domain, order, constant", CONSTANTS, ids=lambda v: str(v)[:30])
def test_lipschitz_bounds(f, domain, order, constant):
    data, _ = certified(f, "lipschitz", domain=domain, ord=order, bound=constant)
    assert data["kind"] == "lipschitz_bound"
    refused(data, "slopes", power="1/1000")


def test_slopes_at_jumps_and_singular_roots_are_not_known():
    for f in (mt.where(x > 0, mt.exp(x), 1 + 0 * x), mt.sqrt(x) ** 2):
        with pytest.raises(mt.Unsupported, match="boxes"):
            mt.certify(f, "lipschitz", domain={"x": (0, 1)}, bound=100)


# -- the line --------------------------------------------------------------------------------

# value, where it is attained, found by hand
INFIMA = [
    (mt.max(x**2 - 2, x), None, "minimum", "-1", "-1"),
    (mt.max(x**2 - 2, x), "x > -1", "minimum", "-1", None),
    (x**3, None, "minimum", None, None),
    (-(x**2) + x, None, "maximum", "1/4", "1/2"),
    (x**4, "x >= 1", "maximum", None, None),
    (x**2 * (x - 1) ** 2, None, "minimum", "0", "0 1"),
    (x**3 - x, "x >= 0", "minimum", "-2*sqrt(3)/9", "sqrt(3)/3"),
    (x**3 - x, "x > 1 and x < 2", "maximum", "6", None),
    (x**2 - x**2 + 5, None, "minimum", "5", "any"),
    (mt.relu(x**2 - 2), None, "minimum", "0", "any"),
    (mt.abs(x**2 - 2) + mt.abs(x), None, "minimum", "sqrt(2)", "-sqrt(2) sqrt(2)"),
    (mt.where(x > 0, x**2, 1 + 0 * x), "x = 0", "minimum", "1", "0"),
    (x**2 - 3 * x, "x = 1/2", "maximum", "-5/4", "1/2"),
    (mt.median(mt.stack([x**2, x, 1])), None, "minimum", "0", "0"),
    (mt.max(x**5 - x - 1, 0), None, "minimum", "0", "any"),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, question, value, places", INFIMA, ids=lambda v: str(v)[:30])
def test_infima_on_the_line(f, domain, question, value, places):
    data, reason = certified(f, question, domain=domain)
    assert data["kind"] == "line_infimum"
    if value is None:
        assert data["value"] is None and "unbounded" in reason
        refused(data, "unbounded", value=0)
        return
    assert sympy.simplify(number(data["value"]) - sympy.sympify(value)) == 0
    if places is None:
        assert "point" not in data and "tended" in reason
    elif places != "any":
        found = number(data["point"])
        assert any(sympy.simplify(found - sympy.sympify(p)) == 0 for p in places.split())
    refused(data, "bounded", value=None, point="none")
    own = data["value"]
    if not isinstance(own, dict):
        down = 1 if question == "minimum" else -1
        refused(data, "", value=str(Fraction(own) - down))
        refused(data, "beyond", value=str(Fraction(own) + down))
    if places is not None:
        refused(data, "attained", point="none")
    else:
        refused(data, "value at the point", point=1)


CONSTANTS_ON_THE_LINE = [
    (x**3 - mt.relu(x**2 - 2), {"x": (-2, 3)}, "21"),
    (x**2, None, None),
    (x**3 - 3 * x, {"x": (-1, 1)}, "3"),
    (mt.relu(x) ** 2, {"x": (-1, 2)}, "4"),
    (mt.max(x**2, 2), {"x": (-2, 0)}, "4"),
    (mt.abs(x**2 - 2), {"x": (1, "3/2")}, "3"),
    (x**2 * 0 + 7, None, "0"),
    (x**4 - 2 * x, "x > 0 and x < 1", "2"),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, value", CONSTANTS_ON_THE_LINE, ids=lambda v: str(v)[:30])
def test_constants_on_the_line(f, domain, value):
    data, _ = certified(f, "lipschitz", domain=domain)
    assert data["kind"] == "line_lipschitz"
    if value is None:
        assert data["value"] is None
        refused(data, "unbounded", value=5)
        return
    assert number(data["value"]) == sympy.sympify(value)
    refused(data, "bounded", value=None)
    refused(data, "smaller", value=str(Fraction(value) + 1))
    refused(data, "larger", value=str(Fraction(value) - 1))


def test_an_irrational_constant():
    # the slope 2x of min(x², 2) is largest at its kink
    data, _ = certified(mt.min(x**2, 2), "lipschitz", domain={"x": (0, 9)})
    assert number(data["value"]) == 2 * sympy.sqrt(2)
    refused(data, "", value={"polynomial": [-8, 0, 1], "low": -3, "high": -2})
    refused(data, "one root", value={"polynomial": [-8, 0, 1], "low": -3, "high": 3})


SHAPES = [
    (mt.max(x**4, x), None, "convex"),
    (mt.abs(x**2 - 1), "x >= 0", ""),
    (mt.relu(x) ** 2 - mt.relu(-x), None, "monotone"),
    (x**3, "x >= 0", "convex monotone"),
    (x**3, None, "monotone"),
    (-(x**4) + x * 0, None, "concave"),
    (x**2 - x**2, None, "convex concave monotone"),
    (mt.where(x > 0, x**2, x * 0 + 1), "x >= 0", "convex"),
    (mt.where(x > 0, x**2 + 1, x), None, "monotone"),
    (mt.where(x > 0, x**2 - 1, x), None, ""),
    (x**2 * x - 3 * x, {"x": (-1, 1)}, ""),
    (x**2, "x = 1", "convex concave monotone"),
    (x**3 - 3 * x**2, "x >= 1", "convex"),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, shapes", SHAPES, ids=lambda v: str(v)[:30])
def test_shapes_on_the_line(f, domain, shapes):
    for shape in ("convex", "concave", "monotone"):
        if shape in shapes.split():
            data, _ = certified(f, shape, domain=domain)
            assert data["kind"] == "line_shape"
            if shapes.count(" ") < 2:
                others = {"convex", "concave", "monotone"} - {*shapes.split()}
                for other in others:
                    refused(data, "", shape=other)
        else:
            with pytest.raises(mt.PiecewiseError):
                mt.certify(f, shape, domain=domain)


def test_numbers_on_the_line_are_compared():
    t = sympy.Symbol("t")
    lists = [[-2, 0, 1], [2, -3, 0, 1], [0, 0, 1], [-1, 0, 3], [-8, 0, 0, 0, 1], [-2, 1], [-1, 1]]
    polynomials = [sympy.Poly(sum(c * t**k for k, c in enumerate(p)), t) for p in lists]
    expected = sorted({root for p in polynomials for root in p.real_roots()})
    found = distinct([root for p in lists for root in roots(p)])
    assert len(found) == len(expected)
    for root, value in zip(found, expected, strict=True):
        assert root.low < value < root.high
        # of x² - 1 there
        square = {("x", "x"): 1, (): -1}
        assert compared(square, root, Fraction(0)) == sympy.sign(value**2 - 1)
    for i, one in enumerate(found):
        for j, two in enumerate(found):
            assert order(one, two) == (i > j) - (i < j)
    # x² at the root of x⁴ = 8 is the root of x² = 8, and more than 2
    fourth = roots([-8, 0, 0, 0, 1])[1]
    eight = Root((-8, 0, 1), Fraction(2), Fraction(3))
    assert compared({("x", "x"): 1}, fourth, eight) == 0
    assert compared({("x", "x"): 1}, rational(Fraction(2)), eight) == 1
    assert compared({("x",): 1}, fourth, eight) == -1


def test_what_has_no_certificate_says_why():
    for f, question, word in [
        (mt.exp(x), "minimum", "'bound'"),
        (mt.exp(x) * y, "minimum", "'bound'"),
        (mt.exp(x), "lipschitz", "bound="),
        (x * y, "lipschitz", "bound="),
        (x * y, "convex", "one variable"),
        (mt.exp(x), "convex", "rational coefficients"),
    ]:
        with pytest.raises(mt.Unsupported, match=word):
            mt.certify(f, question)
    with pytest.raises(mt.PiecewiseError, match="one output"):
        mt.certify(mt.stack([x, x**2]), "minimum")


def test_no_certificate_keeps_the_checker_busy():
    data, _ = certified(mt.max(x**2 - 2, x), "minimum")
    formulas = data["function"]["formulas"]
    for power in (60, 99, 100, 101):
        other = [{"terms": [[3, *["u1"] * power], [7], [5, "u1"]], "arity": 1}]
        assert len(formulas) == 1
        verdict = check_data(data | {"function": data["function"] | {"formulas": other}})
        assert verdict.answer in ("invalid", "unsupported")
    box, _ = certified(mt.exp(x) - x, "bound", domain={"x": (-1, 1)}, low=1)
    deep = []
    for k in range(1, 3000):
        deep += [[0, f"1/{2**k}"]]
    verdict = check_data(box | {"tree": [*deep, *[0] * 3000]})
    assert verdict.answer in ("invalid", "unsupported")
