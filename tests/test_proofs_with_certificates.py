"""``proof.certify()``: the file states what the proof does, or there is one clear error."""

from __future__ import annotations

import importlib
import json
import pkgutil
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy
from generators import functions
from hypothesis import given, settings

import piecewise_mt as mt
from piecewise_mt.calculus.forms.base import CanonicalForm
from piecewise_mt.calculus.results.proof import Proof
from piecewise_mt.interop.certificates.proofs import WITH_CERTIFICATE
from piecewise_mt_check import check_file, check_text

x, y = mt.variables("x y")
t = mt.variable("t")
HALF = mt.exact("1/2")
BENDS = mt.abs(t) + mt.relu(t - 1) + mt.relu(t - 2)


def certified(proof):
    text = proof.certify()
    assert check_text(text).answer == "valid"
    return json.loads(text)


def kinds(kind):
    found = kind.__subclasses__()
    return found + [own for below in found for own in kinds(below)]


def test_the_list_of_proofs_that_have_one():
    for module in pkgutil.walk_packages(mt.__path__, "piecewise_mt."):
        if ".calculus." in module.name:
            importlib.import_module(module.name)
    own = {kind.__name__ for kind in kinds(Proof) if "_question" in vars(kind)}
    assert own == set(WITH_CERTIFICATE)


@pytest.mark.parametrize(
    ("proof", "kind", "entries"),
    [
        (mt.infimum_report(mt.max(x, y), "x + y >= 1"), "infimum", {"value": "1/2"}),
        (mt.infimum_report(mt.max(x, y)), "infimum", {"value": None}),
        (mt.infimum_report(mt.relu(x) + 0 * y, "x > 1"), "infimum", {"value": 1, "to": [1, 0]}),
        (mt.lipschitz_report(mt.max(x, y) + mt.abs(x)).proof, "lipschitz", {"power": 4}),
        (mt.lipschitz_report(mt.max(x, 2 * y), 1).proof, "lipschitz", {"power": 2}),
        (mt.lipschitz_report(mt.max(x, y) + y, sympy.oo).proof, "lipschitz", {"power": 2}),
        (mt.lipschitz_report(mt.where(x > 0, x, 0) + y).proof, "lipschitz", {"power": 2}),
        (mt.is_convex(mt.max(x, y)), "max_affine", {"sense": "max"}),
        (mt.is_convex(-mt.max(x, y)), "not_convex", {"sense": "max"}),
        (mt.is_monotone(mt.max(x, y), y), "monotone", {"places": [1]}),
        (mt.is_monotone(-mt.max(x, y), y, "x >= 0"), "not_monotone", {"places": [1]}),
        (mt.distance(mt.relu(t), mt.abs(t) / 2, {t: (-1, 2)}), "infimum", {"value": 1}),
        (mt.distance(mt.relu(t), t), "infimum", {"value": None, "sense": "max"}),
        (
            mt.distance(mt.stack([t, 2 * t]), mt.stack([t, t]), {t: (-2, 1)}),
            "infimum",
            {"value": 2},
        ),
        (mt.holds(mt.max(x, y) >= x), "holds", {}),
        (mt.holds(mt.max(x, y) > x), "fails", {}),
        (mt.simplest_between(BENDS - HALF, BENDS + HALF, {t: (-3, 3)}), "holds", {}),
        (mt.symmetries(mt.abs(x) + mt.abs(y)), "symmetries", {}),
        (mt.symmetries(mt.max(x, y).represent()), "symmetries", {}),
        (mt.conjugate(mt.max(x, y)), "conjugate", {}),
        (mt.inverse(2 * t + mt.relu(t), "t >= -1"), "inverse", {"image": [[">=", 2, 1]]}),
        ((mt.max(x, y) - mt.relu(x)).to_max_min(), "equal", {}),
    ],
    ids=lambda own: type(own).__name__ if isinstance(own, Proof) else None,
)
def test_proofs_of_a_whole_domain(proof, kind, entries):
    data = certified(proof)
    assert data["kind"] == kind and proof.verify()
    assert {key: data[key] for key in entries} == entries


@settings(max_examples=6, deadline=None)
@given(functions(max_layers=1, scalar=True))
def test_proofs_at_a_point(f):
    f = f if f.shape == () else f[0]
    here = f.at([0] * len(f.variables))
    data = certified(here.differentiability_proof)
    assert (data["kind"] == "differentiable") == here.is_differentiable
    assert (certified(here.stationarity_proof)["kind"] == "in_clarke") == here.is_stationary
    zero = [[0] * len(f.variables)]
    assert (certified(here.clarke.certificate(zero))["kind"] == "in_clarke") == here.is_stationary
    for stratum in mt.critical_points(f).strata:
        names = {
            "local minimum": "minimum",
            "local maximum": "maximum",
            "locally constant": "constant",
            "neither": "neither",
        }
        assert certified(stratum.proof)["claim"] == names[str(stratum.kind)]


def test_proofs_on_a_domain():
    for f in (mt.abs(x) + y, mt.relu(x) + y, mt.max(x, y)):
        here = f.at((0, 0), domain="x >= 0 and x + y >= 0")
        for proof in (
            here.differentiability_proof, here.stationarity_proof, here.constrained_stationarity
        ):  # fmt: skip
            assert certified(proof)["domain"] == [[">=", 0, 1, 0], [">=", 0, 1, 1]]


def test_forms_are_all_of_one_kind():
    # a form's certificate is that of an equation, whichever form it is
    f = mt.max(x, y, 0) - mt.relu(x - y)
    forms = [
        f.to_max_min(), f.to_difference_of_convex(), f.to_relu_network(), f.to_abs_normal(),
        f.to_tropical(), f.to_max_min("x >= 0"),
    ]  # fmt: skip
    for form in forms:
        assert isinstance(form, CanonicalForm) and certified(form)["kind"] == "equal"


@pytest.mark.parametrize("made", ["to_lp", "to_milp"])
def test_solutions_of_models(made):
    f = mt.max(x, y) + mt.abs(x)
    # on the line x + y = 1 it is 1 for 0 <= x <= 1/2, and more elsewhere
    domain = "x + y > 1 and -5 <= x <= 5 and -5 <= y <= 5"
    solution = getattr(f, made)(domain=domain).solve(solver="exact")
    data = certified(solution)
    assert solution.is_optimal and data["value"] == 1 and data["domain"][0] == [">=", -1, 1, 1]
    # a bound that is not the infimum is certified as a condition, and none as nothing
    weaker = replace(solution, lower_bound=sympy.Integer(0))
    assert certified(weaker)["kind"] == "holds"
    with pytest.raises(mt.PiecewiseError, match="without a bound"):
        replace(solution, lower_bound=None).certify()
    with pytest.raises(mt.PiecewiseError, match="states another"):
        replace(solution, lower_bound=sympy.Integer(2)).certify()


def test_a_path(tmp_path):
    path = tmp_path / "proof.json"
    text = mt.is_convex(mt.max(x, y)).certify(path)
    assert path.read_text(encoding="utf-8") == text + "\n"
    assert check_file(str(path)).answer == "valid"


def test_the_same_as_of_the_question():
    f = mt.max(x, y)
    assert mt.infimum_report(f, "x + y >= 1").certify() == mt.certify(
        f, "minimum", domain="x + y >= 1"
    )
    assert mt.is_convex(f).certify() == mt.certify(f, "convex")


def test_proofs_without_one():
    for proof in (mt.moreau_envelope(mt.abs(t)), mt.proximal_map(mt.abs(t))):
        with pytest.raises(mt.PiecewiseError, match=type(proof).__name__) as caught:
            proof.certify()
        assert len(str(caught.value)) <= 500 and "Infimum, LipschitzProof" in str(caught.value)
    products = mt.max(t, 2 * t, ties="first").at((0,)).products
    with pytest.raises(mt.PiecewiseError, match="of another hull"):
        products.certificate([[1]]).certify()
    with pytest.raises(mt.Unsupported, match="one variable"):
        mt.is_convex(x**2 + mt.abs(y)).certify()


@pytest.mark.parametrize(
    "proof",
    [
        replace(mt.infimum_report(mt.abs(t)), value=sympy.Integer(-1)),
        replace(mt.lipschitz_report(mt.abs(t)).proof, constant=sympy.Integer(2)),
        replace(mt.is_convex(mt.abs(t)), holds=False),
        replace(mt.abs(t).at((0,)).stationarity_proof, place=mt.abs(t).at((1,)).place),
        replace(mt.holds(mt.abs(t) >= t), holds=False),
    ],
    ids=lambda proof: type(proof).__name__,
)
def test_forged_proofs_have_none(proof):
    with pytest.raises(mt.PiecewiseError, match="states another"):
        proof.certify()


def test_numbers_in_lowest_terms():
    report = mt.infimum_report(mt.abs(t - HALF) + HALF)
    assert certified(report)["value"] == "1/2" and Fraction(str(report.value)) == Fraction(1, 2)
