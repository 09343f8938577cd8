"""Certificates of infima of quadratics and polynomials, against values found by hand."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
import sympy
from certificate_mutations import run, smooth
from certified import certified, number, refused

import piecewise_mt as mt
from piecewise_mt_check import check_data
from piecewise_mt_check.quadratics import is_sum_of_squares

w, x, y = mt.variables("w x y")
SQUARE = {"x": (-2, 1), "y": (-1, 3)}


# -- quadratics ------------------------------------------------------------------------------

QUADRATICS = [
    (x**2 + y**2 - mt.abs(x - 1), None, "minimum", "-5/4", "attained"),
    (mt.relu(x) ** 2 + y**2 - x * y, "x >= 0 and y >= 0 and x + y <= 3", "minimum", "0", "attained"),
    (x * y + mt.abs(x), SQUARE, "minimum", "-4", "attained"),
    (-(x**2) - y**2 + mt.abs(x - y), SQUARE, "minimum", "-8", "attained"),
    (-(x**2) - y**2 + mt.abs(x - y), SQUARE, "maximum", "1/2", "attained"),
    ((x - y) ** 2 + mt.relu(x), "x > 0 and y < 1", "minimum", "0", "tended"),
    ((x + 1) ** 2 + mt.relu(y), "x > 0 and y > 0", "minimum", "1", "tended"),
    (x * y, None, "minimum", None, ""),
    (x**2 - y, None, "minimum", None, ""),
    ((x - y) ** 2 - mt.relu(-w), None, "minimum", None, ""),
    (mt.max(x, y) * mt.min(x, y), "x + y = 1 and x >= 0", "maximum", "1/4", "attained"),
    ((w + x + y - 1) ** 2 + mt.abs(w) + mt.abs(x) + mt.abs(y), None, "minimum", "3/4", "attained"),
    (x**2 + 0 * y, "x = 2 and y = 3", "maximum", "4", "attained"),
    ((x - y) ** 2, "x = y", "minimum", "0", "attained"),
    (mt.max(x, 1) ** 2 + y, "x > 2 and y > 1 and x + y <= 5", "minimum", "5", "tended"),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, question, value, how", QUADRATICS, ids=lambda v: str(v)[:30])
def test_infima_of_quadratics(f, domain, question, value, how):
    data, reason = certified(f, question, domain=domain)
    assert data["kind"] == "quadratic_infimum" and how in reason
    if value is None:
        assert data["value"] is None
        refused(data, "ray", ray=[0] * len(data["point"]))
        return
    assert data["value"] == (int(value) if "/" not in value else value)
    # neither a value beyond it is attained, nor one before it a bound
    down = Fraction(1, 7) if question == "minimum" else -Fraction(1, 7)
    refused(data, "", value=str(Fraction(value) + down))
    refused(data, "does not have the value", value=str(Fraction(value) - down))
    refused(data, "", tree=[])


def test_proofs_of_faces_that_do_not_hold():
    data, _ = certified(x * y, "minimum", domain={"x": (0, 1), "y": (0, 1)})
    (leaf,) = data["tree"]
    assert set(leaf["bound"]) == {"along", "faces"}

    def changed(bound, word):
        refused(data, word, tree=[{"bound": bound}])

    own = leaf["bound"]
    changed(own | {"along": [1, 1]}, "direction")
    changed(own | {"along": [0, 0]}, "direction")
    changed(own | {"faces": own["faces"][:-1]}, "entries")
    changed({"multipliers": []}, "multipliers")
    changed({"multipliers": [0, -1]}, "negative")
    changed({"multipliers": [0]}, "without a multiplier")
    changed({"empty": [0, 1]}, "no contradiction")
    changed(None, "object")


def test_sums_of_squares_are_told_from_others():
    # oracle: SymPy's eigenvalues of the matrix in (1, a, b)
    a, b = sympy.symbols("a b")
    for c in range(-2, 3):
        for d in range(-2, 3):
            for e in range(-1, 3):
                p = sympy.Poly(a**2 + c * a * b + e * b**2 + d * b + 1, a, b)
                own = {("a",) * i + ("b",) * j: Fraction(int(v)) for (i, j), v in p.terms()}
                matrix = sympy.Matrix([[1, 0, sympy.Rational(d, 2)], [0, 1, sympy.Rational(c, 2)],
                                       [sympy.Rational(d, 2), sympy.Rational(c, 2), e]])  # fmt: skip
                assert is_sum_of_squares(own, ("a", "b")) == bool(matrix.is_positive_semidefinite)


# -- polynomials of several variables --------------------------------------------------------

POLYNOMIALS = [
    # -1 at (0, 1): there is no relu for x < 0, and x² + x·y - y is at least -y elsewhere
    (mt.relu(x * y) + x**2 - y, {"x": (-1, 1), "y": (-1, 1)}, "minimum", "-1", "attained"),
    (x**4 + y**4 - x * y, None, "minimum", "-1/8", "attained"),
    ((x * y - 1) ** 2 + x**2, None, "minimum", "0", "tended"),
    (x**3 + y**3, "x > 1 and y > 1", "minimum", "2", "tended"),
    (x**2 * y - mt.abs(x), {"x": (-1, 1), "y": (0, 1)}, "minimum", "-1", "attained"),
    (mt.abs(x**2 - 2) + x + y**2, "x >= 0", "minimum", "sqrt(2)", "attained"),
    (x**2 * y - mt.relu(x), None, "minimum", None, ""),
]  # fmt: skip


@pytest.mark.parametrize("f, domain, question, value, how", POLYNOMIALS, ids=lambda v: str(v)[:30])
def test_infima_of_polynomials(f, domain, question, value, how):
    data, reason = certified(f, question, domain=domain)
    assert data["kind"] == "polynomial_infimum" and how in reason
    if value is None:
        assert data["value"] is None
        refused(data, "for ever", curve=[[], []])
        return
    if isinstance(data["value"], dict):
        assert number(data["value"]) == sympy.sympify(value)
        other = data["value"] | {"polynomial": [-3, 0, 1]}
        refused(data, "", value=other)
    else:
        assert Fraction(data["value"]) == Fraction(value)
        for step in (-1, 1):
            refused(data, "", value=str(Fraction(value) + step))
    refused(data, "", tree=[])
    if how == "attained":
        refused(data, "", point={"coordinates": [3, 5]})
    else:
        refused(data, "", curve=[[[1, 0]], [[3, 0]]])


PROOFS = [
    (mt.infimum_report(mt.max(x**2 - 2, x)), "line_infimum", -1),
    (mt.infimum_report(x**3), "line_infimum", None),
    (mt.infimum_report(x**3 - 2 * x, "x >= 0"), "line_infimum", "-4*sqrt(6)/9"),
    (mt.infimum_report(x**2 - mt.relu(x)), "line_infimum", "-1/4"),
    (mt.infimum_report(x**2 - mt.abs(y), {"y": (-1, 1)}), "quadratic_infimum", -1),
    (mt.infimum_report((x * y - 1) ** 2 + x**2), "polynomial_infimum", 0),
    (mt.lipschitz_report(mt.min(x**2, 2)).proof, "line_lipschitz", "2*sqrt(2)"),
    (mt.lipschitz_report(mt.max(x**2, 2 * x)).proof, "line_lipschitz", None),
]


@pytest.mark.parametrize("proof, kind, value", PROOFS, ids=lambda v: str(v)[:30])
def test_certificates_of_proofs_in_hand(proof, kind, value):
    data = json.loads(proof.certify())
    assert data["kind"] == kind and check_data(data).answer == "valid"
    if value is None:
        assert data["value"] is None
    else:
        assert number(data["value"]) == sympy.sympify(value)


def test_shapes_in_hand():
    for verdict in (mt.is_convex(mt.max(x**4, x)), mt.is_monotone(x**3 + x, x)):
        assert json.loads(verdict.certify())["kind"] == "line_shape"
    with pytest.raises(mt.Unsupported, match="one variable"):
        mt.is_convex(x**2 + mt.abs(y)).certify()


def test_changes_at_random():
    counts, false = run(200, seed=4, sources=smooth())
    assert not false and counts["invalid"] > 100, (counts, false)
