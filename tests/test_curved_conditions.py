"""The conditions (15) on curved pieces: by hand, along rational curves, and with z3."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.semialgebraic.manifolds import refined
from piecewise_mt.semialgebraic.tangents import normal_fields, tangent_fields

X, Y, T = sympy.symbols("x y t", real=True)
CURVES = {
    # a polynomial, and rational curves that fill its zero set but for some points
    X**2 + Y**2 - 1: [((1 - T**2) / (1 + T**2), 2 * T / (1 + T**2))],
    X * Y: [(T, 0 * T), (0 * T, T)],
    X**3 - Y**2: [(T**2, T**3)],
    X**2 - Y**2: [(T, T), (T, -T)],
    X**2 * Y - 1: [(T, 1 / T**2)],
    Y**2 - X**2 * (X + 1): [(T**2 - 1, T * (T**2 - 1))],
    (X - Y) ** 2: [(T, T)],
    X * Y - 1: [(T, 1 / T)],
    X * Y * (X + Y - 1): [(T, 0 * T), (0 * T, T), (T, 1 - T)],
}


def ours(expression):
    x, y = mt.variables("x y")
    terms = sympy.Poly(expression, X, Y).terms()
    parts = [Fraction(int(c.p), int(c.q)) * x**i * y**j for (i, j), c in terms]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total.on("x", "y")


def texts(f):
    return [str(condition) for condition in f.represent().tangential_conditions()]


def test_on_a_circle_the_derivative_along_it_is_fixed():
    x, y = mt.variables("x y")
    conditions = (abs(x**2 + y**2 - 1) + 3 * x).represent().tangential_conditions()
    assert [str(c) for c in conditions] == ["x*∂f3/∂y - y*∂f3/∂x = -3*y on P3"]
    (only,) = conditions
    assert only.direction == (-Y, X) and only.normals == ((X, Y),)
    assert conditions.ok and only.part is None
    assert only.to_latex() == (
        r"x\, \partial_{y} f^{3} - y\, \partial_{x} f^{3} = - 3 y \text{ on } P^{3}"
    )
    f3 = sympy.Function("f3")(X, Y)
    assert only.equation == sympy.Eq(-Y * f3.diff(X) + X * f3.diff(Y), -3 * Y, evaluate=False)


def test_the_first_example_of_the_paper_in_its_weight_and_variable():
    w0, x = mt.variables("w0 x")
    conditions = mt.relu(w0 * x).represent().tangential_conditions()
    assert [str(c) for c in conditions] == [
        "∂f3/∂w0 = 0 on P3 ∩ {x = 0, w0 != 0}",
        "∂f3/∂x = 0 on P3 ∩ {w0 = 0, x != 0}",
    ]
    assert conditions.ok and not conditions.undecided
    ((alpha, origin),) = conditions.empty_parts
    assert alpha == 3 and origin.contains((0, 0)) and not origin.contains((0, 1))
    assert conditions.to_latex() == (
        "\\begin{align}\n"
        r"\partial_{w_{0}} f^{3} &= 0 \text{ on } P^{3} \cap \{x = 0,\; w_{0} \neq 0\} \\"
        "\n"
        r"\partial_{x} f^{3} &= 0 \text{ on } P^{3} \cap \{w_{0} = 0,\; x \neq 0\}"
        "\n\\end{align}"
    )
    text = str(conditions)
    assert "P3 ∩ {w0 = 0, x = 0} is of dimension 0" in text and "2, all hold" in text


def test_a_triple_tie_of_products_has_parts_of_three_dimensions():
    a, b, c, x = mt.variables("a b c x")
    found = texts(mt.max(a * x, b * x, c * x).on("a", "b", "c", "x"))
    own = [text for text in found if "P7" in text]
    assert "∂f7/∂a + ∂f7/∂b + ∂f7/∂c = x on P7 ∩ {a = b, a = c, x != 0}" in own
    assert "∂f7/∂x = a on P7 ∩ {a = b, a = c, x != 0}" in own
    assert "∂f7/∂a + ∂f7/∂b + ∂f7/∂c = 0 on P7 ∩ {a = b, a = c, x = 0}" in own
    assert sum("{x = 0, a != b or x = 0, a != c}" in text for text in own) == 3
    assert len(own) == 6


def test_on_a_sphere_three_fields_are_needed_and_on_a_twisted_cubic_one():
    x, y, z = mt.variables("x y z")
    sphere = mt.relu(x**2 + y**2 + z**2 - 1) + x * y
    assert texts(sphere) == [
        "x*∂f3/∂y - y*∂f3/∂x = x**2 - y**2 on P3",
        "x*∂f3/∂z - z*∂f3/∂x = -y*z on P3",
        "y*∂f3/∂z - z*∂f3/∂y = -x*z on P3",
    ]
    cubic = mt.max(y - x**2, z - x**3, 0)
    tie = texts(cubic)[-1]
    assert tie == "∂f7/∂x + 2*x*∂f7/∂y + 3*y*∂f7/∂z = 0 on P7"


def test_pieces_of_a_rule_have_conditions_on_their_thin_parts_only():
    w, x = mt.variables("w x")
    assert texts(mt.relu(w * x, at_zero=0)) == []
    assert texts(mt.stack([mt.relu(w * x), w * mt.abs(w * x)]))[:2] == [
        "∂f3_1/∂w = 0 on P3 ∩ {x = 0, w != 0}",
        "∂f3_2/∂w = 0 on P3 ∩ {x = 0, w != 0}",
    ]


def test_what_is_no_polynomial_is_compared_by_its_coefficients():
    x, y = mt.variables("x y")
    conditions = (mt.relu(x**2 - y) + mt.exp(x)).represent().tangential_conditions()
    assert [str(c) for c in conditions] == ["∂f3/∂x + 2*x*∂f3/∂y = exp(x) on P3"]
    assert conditions.ok


@pytest.mark.parametrize("p", CURVES, ids=str)
def test_fields_span_the_tangents_of_curves(p):
    terms = {e: int(c) for e, c in sympy.Poly(p, X, Y).terms()}
    found = refined(("x", "y"), ((terms, 2),))
    assert not found.undecided
    for manifold in found.parts:
        fields = tangent_fields(("x", "y"), manifold)
        assert len(fields) == manifold.dimension
        for field in fields:
            for normal in normal_fields(("x", "y"), manifold):
                assert sum(a * b for a, b in zip(field, normal)) == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(CURVES)),
    st.lists(st.integers(-3, 3), min_size=6, max_size=6),
    st.fractions(-3, 3, max_denominator=4),
    st.sampled_from(["relu", "abs", "max"]),
)
def test_along_rational_curves_the_conditions_are_the_derivatives(p, numbers, time, kind):
    monomials = [1, X, Y, X * Y, X**2, Y**3]
    q = sympy.Add(*(c * m for c, m in zip(numbers, monomials)))
    h = ours(p)
    kink = {"relu": mt.relu(h), "abs": mt.abs(h), "max": mt.max(h, -2 * h)}[kind]
    f = (kink + ours(q) if q != 0 else kink).on("x", "y")
    conditions = f.represent().tangential_conditions()
    assert conditions.ok
    for curve in CURVES[p]:
        denominators = [sympy.denom(sympy.together(c)).subs(T, time) for c in curve]
        assume(0 not in denominators)
        point = [sympy.Rational(c.subs(T, time)) for c in curve]
        velocity = [c.diff(T).subs(T, time) for c in curve]
        along = q.subs({X: curve[0], Y: curve[1]}, simultaneous=True) if q != 0 else sympy.S.Zero
        assert f.value(point) == along.subs(T, time)
        derivative = sympy.together(along).diff(T).subs(T, time)
        here = [c for c in conditions if c.part is None or c.part.contains(point)]
        # nothing is said at crossings and cusps only
        simple = sympy.factor_list(p)[1]
        radical = sympy.Mul(*(factor for factor, _ in simple))
        slopes = [radical.diff(v).subs(dict(zip((X, Y), point))) for v in (X, Y)]
        assert bool(here) == any(slopes)
        for condition in here:
            at = dict(zip((X, Y), point))
            t = [sympy.sympify(e).subs(at) for e in condition.direction]
            assert t[0] * velocity[1] == t[1] * velocity[0]
            for i in range(2):
                expected = sympy.sympify(condition.expected).subs(at)
                assert expected * velocity[i] == t[i] * derivative


def test_z3_finds_no_point_of_a_part_where_a_field_is_not_tangent():
    z3 = pytest.importorskip("z3")
    for p in CURVES:
        terms = {e: int(c) for e, c in sympy.Poly(p, X, Y).terms()}
        values = dict(zip((X, Y), z3.Reals("x y")))
        for manifold in refined(("x", "y"), ((terms, 2),)).parts:
            fields = [[e.as_expr(X, Y) for e in f] for f in tangent_fields(("x", "y"), manifold)]
            for field in fields:
                for part in manifold.parts:
                    solver = z3.Solver()
                    solver.set("timeout", 5000)
                    for condition, mask in part:
                        own = _z3(sympy.Poly.from_dict(dict(condition), X, Y).as_expr(), values)
                        solver.add({1: own < 0, 2: own == 0, 4: own > 0, 5: own != 0}[mask])
                    derivative = sympy.expand(field[0] * p.diff(X) + field[1] * p.diff(Y))
                    zero = [_z3(e, values) == 0 for e in field]
                    # it is tangent, and nowhere zero
                    solver.add(z3.Or(_z3(derivative, values) != 0, z3.And(zero)))
                    assert solver.check() == z3.unsat


def _z3(expression, values):
    total = 0
    for (i, j), c in sympy.Poly(expression, X, Y).terms():
        total = total + int(c) * values[X] ** i * values[Y] ** j
    return total
