"""Every answer that has a proof, on vector-valued functions with degenerate rows: it verifies."""

from fractions import Fraction

import sympy
from generators import functions, slopes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.local.bouligand import unit_directions
from piecewise_mt.calculus.local.clarke import ConvexCombination
from piecewise_mt.calculus.local.proofs import limit_agrees, limit_holds

calm = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
numbers = st.sampled_from([0, 0, 1, -1, 2, Fraction(1, 2), Fraction(-1, 3)])


@st.composite
def vectors(draw, most=4):
    """Zero rows, repeated, negated and scaled ones, rows of different scalar functions."""
    h = draw(functions(max_layers=2))
    x = mt.vector("x", 3 if draw(st.booleans()) else 2)  # what h does not read is lineality
    kinks = mt.piecewise_linear(x, [0], [draw(numbers), draw(numbers)], draw(slopes))
    entries = [h[0], h[-1], kinks[0], kinks[-1], mt.relu(x[0] - x[1]) - mt.relu(x[1] - x[0])]
    rows = []
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(["zero", "constant", "entry", "sum", "again", "scaled"]))
        if kind == "zero":
            rows.append(0 * x[0])
        elif kind == "constant":
            rows.append(0 * x[0] + draw(numbers))
        elif kind in ("again", "scaled") and rows:
            own = draw(st.sampled_from(rows))
            rows.append(own if kind == "again" else draw(numbers) * own)
        else:
            one, other = (draw(st.sampled_from(entries)) for _ in range(2))
            rows.append(one if kind == "entry" else draw(numbers) * one + other)
    return mt.stack(rows).on(*x)


def domain_of(f, kind):
    if kind == "box":
        return dict.fromkeys((s.name for s in f.symbols), (-1, 1))
    return {"half": "x1 >= 0", "wedge": "x1 >= x2 and x2 > -1"}.get(kind)


domains = st.sampled_from([None, "box", "half", "wedge"])


@given(vectors(), domains)
@calm
def test_lipschitz_constants(f, kind):
    domain = domain_of(f, kind)
    for norm in (1, 2, sympy.oo):
        report = mt.lipschitz_report(f, norm, domain)
        assert report.proof.verify()
        assert report.constant == mt.lipschitz(f, norm, domain)


@given(vectors(), domains, st.lists(st.integers(-1, 1), min_size=3, max_size=3))
@calm
def test_answers_at_a_point(f, kind, values):
    domain = domain_of(f, kind)
    point = [Fraction(v) for v in values[: len(f.variables)]]
    if kind in ("half", "wedge"):
        point = [Fraction(0)] * len(point)
    at = f.at(point, domain)
    assert at.differentiability_proof.verify()
    for limit in at.limits:
        if domain is None:
            assert limit_agrees(at, limit)
            assert limit_holds(at, limit.gradient, [limit.ray, *unit_directions(at.rank)])
    zero = sympy.zeros(f.size, len(point))
    mean = sum((limit.gradient for limit in at.limits), zero) / len(at.limits)
    free = dict.fromkeys(at.gradient.free_symbols, 3)
    for matrix in (mean, zero, at.gradient.subs(free), mean + sympy.ones(*mean.shape)):
        for hull, members in ((at.clarke, at.bouligand), (at.products, None)):
            proof = hull.certificate(matrix)
            assert isinstance(proof, ConvexCombination) == hull.contains(matrix)
            if isinstance(proof, ConvexCombination):
                assert proof.holds(matrix)
                assert members is None or set(proof.matrices) <= set(members)
            elif members is not None:
                assert proof.holds(matrix, members)
    assert at.clarke.contains(mean)


@given(vectors(), domains)
@calm
def test_answers_on_single_rows(f, kind):
    domain = domain_of(f, kind)
    for k in range(f.size):
        row = f[k].on(*f.variables)
        assert mt.infimum_report(row, domain).verify()
        assert mt.is_convex(row, domain).verify()
        assert mt.is_monotone(row, domain=domain).verify()
        at = row.at([0] * len(f.variables))
        assert at.stationarity_proof.verify()
        assert at.stationarity_proof.holds == at.is_stationary
        assert at.differentiability_proof.verify()
        for entry in mt.critical_points(row, domain).strata:
            assert entry.proof.verify()


@given(vectors(most=2), domains)
@settings(calm, max_examples=20)
def test_identities(f, kind):
    domain = domain_of(f, kind)
    assert mt.verify_chain_rule(f, domain)
    rep = f.represent(domain)
    assert mt.check(rep) and all(condition.holds for condition in rep.tangential_conditions())


@given(st.lists(st.sampled_from(["sin", "tanh", "square", "exp", "zero", "kink"]), min_size=1,
                max_size=3), st.sampled_from([1, 2, sympy.oo]), st.booleans())  # fmt: skip
@settings(calm, max_examples=20)
def test_lipschitz_bounds_of_smooth_rows(kinds, norm, bounded):
    x, y = mt.variables("x y")
    made = {"sin": lambda: mt.sin(mt.relu(x)), "tanh": lambda: mt.tanh(abs(x - y)),
            "square": lambda: mt.square(x), "exp": lambda: mt.exp(mt.relu(y)),
            "zero": lambda: 0 * x, "kink": lambda: mt.max(x, y)}  # fmt: skip
    f = mt.stack([made[kind]() for kind in kinds]).on(x, y)
    report = mt.lipschitz_report(f, norm, {"x": (0, 1), "y": (0, 1)} if bounded else None)
    assert report.proof is None or report.proof.verify()
    if bounded:
        assert report.constant != sympy.oo
    # f(p) - f(q) is no longer than the constant allows, at rational points
    pairs = [((0, 0), (1, 1)), ((0, 1), (1, 0)), ((Fraction(1, 2), 0), (Fraction(1, 2), 1))]
    for p, q in pairs:
        gap = f.value(p) - f.value(q)
        step = sympy.Matrix([sympy.Rational(a - b) for a, b in zip(p, q, strict=True)])
        assert float(gap.norm(norm)) <= float(report.constant * step.norm(norm)) + 1e-9
