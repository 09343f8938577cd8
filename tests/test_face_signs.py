"""Kinks whose sign is that of an affine form, and roots and |…| on faces where signs are known."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.calculus.smooth.signs import Spanned, with_signs
from piecewise_mt.exact.reals import sign_of

x, y = mt.variables("x y")
X, Y = sympy.symbols("x y", real=True)
HALF = Fraction(1, 2)
few = settings(max_examples=15, deadline=None)


def polyhedra(f, domain=None):
    return [str(piece.polyhedron) for piece in f.represent(domain)]


# -- roots and absolute values ------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, domain, formula",
    [
        (mt.max((25 * x**2) ** HALF, 5 * x), "x >= 1", 5 * X),
        (mt.abs((25 * x**2) ** HALF - 5 * x), "x >= 1", 0),
        (mt.max((25 * x**2) ** HALF, 5 * x), "x <= -1", -5 * X),
        (mt.min((25 * x**2) ** HALF, 5 * x), "x <= -1", 5 * X),
        (mt.max((4 * x**2 - 12 * x + 9) ** HALF, 2 * x - 3), "x >= 2", 2 * X - 3),
        (mt.max(((x + y) ** 2) ** HALF, x + y), "x + y >= 1", X + Y),
        (mt.max((x - y) ** 2**1, (y - x) ** 2), None, (X - Y) ** 2),
        (mt.max((x**6) ** HALF, x**3), "x > 0", X**3),
    ],
)
def test_signs_of_the_face_are_used_on_ties(f, domain, formula):
    (piece,) = f.represent(domain)
    names = [sympy.Symbol(name, real=True) for name in f.on(*f.variables).represent(domain).names]
    assert sympy.expand(piece.formula - formula) == 0
    for name, entry in zip(names, piece.gradient, strict=True):
        assert sympy.expand(entry - sympy.diff(formula, name)) == 0
    assert mt.check(f.represent(domain)).ok


def test_signs_that_are_not_known_are_not_guessed():
    with pytest.raises(mt.NotPolyhedral):
        mt.max((25 * x**2) ** HALF, 5 * x).represent("x >= -1")
    with pytest.raises(mt.PiecewiseError, match="is not positive at"):
        mt.max((25 * x**2) ** HALF, 5 * x).represent("x >= 0")


rows = st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(-3, 3))
terms = st.tuples(rows, st.sampled_from(["abs", "root", "fourth", "square", "product"]))


@few
@given(
    st.lists(terms, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(-3, 3)), max_size=3),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
)
def test_formulas_keep_their_values_on_the_face(summands, generators, vertex):
    total = sympy.Integer(0)
    for (c, a, b), kind in summands:
        form = c + a * X + b * Y
        total += {
            "abs": sympy.Abs(form),
            "root": sympy.sqrt(sympy.expand(9 * form**2)),
            "fourth": sympy.Pow(form**4, sympy.Rational(1, 4)),
            "square": form**2,
            "product": sympy.Abs(sympy.expand(form * (1 + X**2))),
        }[kind]
    face = Spanned(("x", "y"), [(1, *vertex), *generators])
    hull = AffineHull.of_equations(("x", "y"), [])
    found = with_signs(total, face.sign_of(hull))
    for weights in [(1, 0, 0, 0), (1, 1, 0, 0), (2, 1, 3, 1), (1, 0, 5, 2)]:
        row = [
            sum(w * g[i] for w, g in zip(weights, face.generators, strict=False)) for i in range(3)
        ]
        at = {X: sympy.Rational(row[1], row[0]), Y: sympy.Rational(row[2], row[0])}
        assert sympy.simplify(found.xreplace(at) - total.xreplace(at)) == 0
    # and |…| is left only where a form has both signs
    signs = {(c, a, b): face.sign((c, a, b)) for (c, a, b), _ in summands}
    if None not in signs.values():
        assert not found.has(sympy.Abs)


# -- signs of increasing functions ---------------------------------------------------------------


@pytest.mark.parametrize(
    "f, expected",
    [
        (mt.relu(mt.tanh(x)), ["x < 0", "x > 0", "x = 0"]),
        (mt.relu(mt.exp(x) - 1), ["x < 0", "x > 0", "x = 0"]),
        (mt.max(mt.exp(x), mt.exp(-x)), ["x > 0", "x < 0", "x = 0"]),
        (mt.relu(x * mt.exp(x)), ["x < 0", "x > 0", "x = 0"]),
        (mt.max(mt.sigmoid(x), mt.sigmoid(2 * y + 1)), ["x > 2*y + 1", "x < 2*y + 1", "x = 2*y + 1"]),
        (mt.max(mt.tanh(x), mt.tanh(mt.relu(y))), None),
        (mt.relu(mt.exp(mt.relu(x) - y) - 1), None),
    ],
)  # fmt: skip
def test_kinks_with_the_sign_of_an_affine_form(f, expected):
    rep = f.represent()
    if expected is not None:
        assert [str(piece.polyhedron) for piece in rep] == expected
    assert mt.check(rep).ok
    for stratum in f.strata():
        assert sign_of(rep.value(stratum.witness) - f.value(stratum.witness)) == 0


increasing = st.sampled_from([mt.exp, mt.tanh, mt.sigmoid, mt.softplus])


@few
@given(increasing, rows, rows)
def test_strata_are_those_of_the_arguments(function, one, other):
    a, b = (c + p * x + q * y for c, p, q in (one, other))
    plain = mt.max(a, b).on("x", "y")
    smooth = mt.max(function(a), function(b)).on("x", "y")
    found = [(str(s.polyhedron), s.labels) for s in smooth.strata()]
    assert found == [(str(s.polyhedron), s.labels) for s in plain.strata()]


def test_zeros_at_irrational_places_are_named():
    for f, place in (
        (mt.max(mt.tanh(x), mt.sigmoid(x)), r"x = log\(1 \+ sqrt\(2\)\)"),
        (mt.relu(mt.exp(x - y) - 3), r"x - y = log\(3\)"),
    ):
        with pytest.raises(mt.NotPolyhedral, match=place):
            f.represent()
    # where they are not on the domain, one operand is the larger: log(1 + √2) is about 0.88
    (piece,) = mt.max(mt.tanh(x), mt.sigmoid(x)).represent("x >= 1")
    assert piece.formula == sympy.tanh(X)
    (piece,) = mt.max(mt.tanh(x), mt.sigmoid(x)).represent("x <= 4/5")
    assert piece.formula == 1 / (1 + sympy.exp(-X))


def test_a_zero_of_even_order_is_no_sign():
    for kink in (mt.exp(x) + mt.exp(-x) - 2, x**2 * mt.exp(x)):
        with pytest.raises(mt.NotPolyhedral):
            mt.relu(kink).represent()


def test_odd_powers_have_the_kinks_of_their_bases():
    assert polyhedra(mt.max(x**3, (2 * y - 1) ** 3)) == [
        "x + 1 > 2*y", "x + 1 < 2*y", "x + 1 = 2*y"
    ]  # fmt: skip


def test_gradients_on_a_tie_know_its_signs():
    # on y = 0 the derivative 9x/√(9x² + 16y²) is 3·sign(x)
    f = mt.parse("sqrt(9*x**2 + 16*y**2) + relu(y)")
    for domain, slope in (("x >= 1", 3), ("x <= -1", -3)):
        tie = f.represent(domain)[-1]
        assert str(tie.gradient) == f"Matrix([[{slope}, z]])"
