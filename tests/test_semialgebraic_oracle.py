"""Random polynomials against z3 and QEPCAD, in the plane against a cylindrical decomposition."""

import itertools
import os
import random
import re
import shutil
import subprocess
import sys

import pytest
import sympy
import z3

from piecewise_mt.exact.algebraic_points import ExactPoint, Root, sign_at_point
from piecewise_mt.exact.case_trees import check_case_tree
from piecewise_mt.exact.real_roots import isolated, sign_columns
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Alternative, enumerate_labels
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System, Undecided

NAMES = ("x", "y", "z")


def polynomial(rng, n):
    """Of degree two, singular and degenerate ones on purpose."""
    exponents = [e for e in itertools.product(range(3), repeat=n) if sum(e) <= 2]
    kind = rng.randrange(4)
    if kind == 0:  # a product of two affine forms, often parallel or equal
        lines = [e for e in exponents if sum(e) <= 1]
        first = {e: rng.randint(-2, 2) for e in lines}
        second = first if rng.random() < 0.3 else {e: rng.randint(-2, 2) for e in lines}
        total = {}
        for (e, a), (g, b) in itertools.product(first.items(), second.items()):
            key = tuple(map(int.__add__, e, g))
            total[key] = total.get(key, 0) + a * b
        return {e: c for e, c in total.items() if c}
    if kind == 1:  # spheres, cones, points, nothing
        return {e: c for e in exponents if all(k % 2 == 0 for k in e) and (c := rng.randint(-2, 2))}
    return {
        e: rng.choice((-3, -2, -1, 1, 2, 3)) for e in rng.sample(exponents, min(3, len(exponents)))
    }


def in_z3(p, names):
    total = z3.RealVal(0)
    for exponents, c in p.items():
        term = z3.RealVal(c)
        for name, power in zip(names, exponents):
            for _ in range(power):
                term = term * z3.Real(name)
        total = total + term
    return total


def answer_of_z3(conditions, names):
    """True, False, or None if z3 does not know in time."""
    solver = z3.Tactic("qfnra-nlsat").solver()
    solver.set("timeout", 3000)
    for p, mask in conditions:
        t = in_z3(p, names)
        solver.add({1: t < 0, 2: t == 0, 3: t <= 0, 4: t > 0, 5: t != 0, 6: t >= 0}[mask])
    found = solver.check()
    return None if found == z3.unknown else found == z3.sat


def in_qepcad(p, names):
    terms = []
    for exponents, c in p.items():
        powers = " ".join(f"{v}^{k}" for v, k in zip(names, exponents) if k)
        terms.append(f"({c}) {powers}")
    return " + ".join(terms) or "0"


def answers_of_qepcad(questions, names):
    """Whether each system has a real point, by QEPCAD's cylindrical decomposition."""
    relations = {1: "<", 2: "=", 4: ">"}
    found = []
    for conditions in questions:
        matrix = " /\\ ".join(f"{in_qepcad(p, names)} {relations[m]} 0" for p, m in conditions)
        quantifiers = "".join(f"(E {v})" for v in names)
        text = f"[ q ]\n({','.join(names)})\n0\n{quantifiers}[ {matrix} ].\nfinish\n"
        run = subprocess.run(
            ["qepcad", "+N1000000"], input=text, capture_output=True, text=True, timeout=60
        )
        answer = re.search(r"quantifier-free formula:\s+(TRUE|FALSE)", run.stdout)
        assert answer, run.stdout
        found.append(answer[1] == "TRUE")
    return found


def sign_patterns(rng, case):
    """Two or three random polynomials with all their patterns, without the chain's own z3."""
    n = rng.randint(1, 3)
    names = NAMES[:n]
    kinks = [polynomial(rng, n) for _ in range(2 if case % 5 else 3)]
    found = enumerate_labels(
        names,
        len(kinks),
        lambda labels: [Alternative(mask, ((kinks[len(labels)], mask),)) for mask in (1, 4, 2)],
        budget=4,
        use_solver=False,
    )
    return names, kinks, found


@pytest.mark.skipif(shutil.which("qepcad") is None, reason="QEPCAD is not installed")
@pytest.mark.parametrize("seed", range(int(os.environ.get("QEPCAD_SEEDS", "1"))))
def test_the_same_sign_patterns_as_qepcad(seed):
    """The cases that are compared with z3, 50 a seed; QEPCAD_SEEDS=10 compares all 500."""
    rng = random.Random(seed)
    for case in range(50):
        names, kinks, found = sign_patterns(rng, case)
        ours = {c.labels for c in found.found}
        unknown = [o.labels for o in found.undecided]
        asked = [
            labels
            for labels in itertools.product((1, 4, 2), repeat=len(kinks))
            if not any(labels[: len(prefix)] == prefix for prefix in unknown)
        ]
        theirs = answers_of_qepcad([list(zip(kinks, labels)) for labels in asked], names)
        assert [labels in ours for labels in asked] == theirs, kinks


@pytest.mark.parametrize("seed", range(10))
def test_the_same_sign_patterns_as_z3(seed):
    """50 cases each: all patterns of two or three polynomials, without the chain's own z3."""
    rng = random.Random(seed)
    undecided = 0
    for case in range(50):
        names, kinks, found = sign_patterns(rng, case)
        ours = {c.labels for c in found.found}
        unknown = [o.labels for o in found.undecided]
        undecided += bool(unknown)
        for labels in itertools.product((1, 4, 2), repeat=len(kinks)):
            if any(labels[: len(prefix)] == prefix for prefix in unknown):
                continue
            theirs = answer_of_z3(list(zip(kinks, labels)), names)
            assert theirs is None or theirs == (labels in ours), (kinks, labels)
        for combination in found.found:
            # an open set, or one without interior, as z3 sees it
            strict = [(p, mask & 5) for p, mask in zip(kinks, combination.labels) if p]
            has_interior = all(mask for _, mask in strict) and answer_of_z3(strict, names)
            if combination.is_largest and has_interior is not None:
                assert (combination.dimension == len(names)) == bool(has_interior)
    assert undecided <= 2


@pytest.mark.parametrize("seed", range(5))
def test_the_same_answers_to_systems_as_z3(seed):
    rng = random.Random(100 + seed)
    for _ in range(60):
        n = rng.randint(1, 3)
        names = NAMES[:n]
        conditions = tuple(
            (polynomial(rng, n), rng.choice((1, 2, 2, 3, 4, 4, 5, 6)))
            for _ in range(rng.randint(1, 4))
        )
        answer = decide(System(names, conditions), 2, use_solver=False)
        theirs = answer_of_z3(conditions, names)
        if theirs is not None and isinstance(answer, NonEmpty | Empty):
            assert isinstance(answer, NonEmpty) == theirs, conditions


X, Y = sympy.symbols("x y")


def univariate(p, symbol):
    """Integer coefficients by the powers of one variable, zero polynomials as []."""
    p = sympy.Poly(p, symbol)
    scale = sympy.ilcm(1, 1, *(c.q for c in p.all_coeffs()))
    row = [int(c * scale) for c in reversed(p.all_coeffs())]
    return row if any(row) else []


def dimension_in_the_plane(conditions):
    """2 or 1, or 0 for what is finite or empty, by cells over the y-axis.

    Over an interval of y without a zero of a leading coefficient, discriminant or resultant the
    roots in x neither appear nor meet, so that one rational y tells everything. Over the zeros
    only open intervals of x are looked for: the rest is finite.
    """
    polys = [sympy.Add(*(c * X ** e[0] * Y ** e[1] for e, c in p.items())) for p, _ in conditions]
    masks = [mask for _, mask in conditions]

    def holds(signs):
        return all(mask & (1, 2, 4)[sign + 1] for mask, sign in zip(masks, signs))

    factors = {f for p in polys if p != 0 for f, _ in sympy.factor_list(p, X, Y)[1]}
    projected = []
    for f in factors:
        own = sympy.Poly(f, X)
        projected.append(own.LC())
        if own.degree() > 1:
            projected.append(sympy.discriminant(f, X))
    for f, g in itertools.combinations(factors, 2):
        if sympy.degree(f, X) > 0 and sympy.degree(g, X) > 0:
            projected.append(sympy.resultant(f, g, X))
    product = [1]
    for p in projected:
        row = univariate(p, Y)
        if len(row) > 1:
            both = sympy.Poly(product[::-1], Y) * sympy.Poly(row[::-1], Y)
            product = univariate(both.sqf_part().as_expr(), Y)
    roots = isolated(product)
    ends = [roots[0][0] if roots else 0, *(high for _, high in roots)]
    best = 0
    for y in ends:
        at = sympy.Rational(y.numerator, y.denominator)
        columns = sign_columns([univariate(p.subs(Y, at), X) for p in map(sympy.sympify, polys)])
        for place, signs in enumerate(columns):
            if holds(signs):
                best = max(best, 1 + (place % 2 == 0))
    over = sympy.Poly(product[::-1], Y).factor_list()[1] if best < 1 else []
    pieces = [univariate(g.as_expr(), Y) for g, _ in over]
    for row, (low, high) in ((g, cell) for g in pieces for cell in isolated(g)):
        # over a zero of the projections, between all possible roots in x
        root = Root(tuple(row), low, high)
        walls = [1]
        for p in polys:
            wall = univariate(sympy.resultant(p, sympy.Poly(row[::-1], Y).as_expr(), Y), X)
            if len(wall) > 1:
                both = sympy.Poly(walls[::-1], X) * sympy.Poly(wall[::-1], X)
                walls = univariate(both.sqf_part().as_expr(), X)
        cuts = isolated(walls)
        for x in [cuts[0][0] if cuts else low * 0, *(right for _, right in cuts)]:
            point = ExactPoint(((x,), (low * 0, low * 0 + 1)), root)
            if holds([sign_at_point(p, point) for p, _ in conditions]):
                best = 1
    return best


@pytest.mark.parametrize("seed", range(4))
def test_the_same_dimensions_as_a_cylindrical_decomposition(seed):
    rng = random.Random(200 + seed)
    seen = {0: 0, 1: 0, 2: 0}
    for _ in range(40):
        conditions = tuple(
            (polynomial(rng, 2), rng.choice((2, 2, 2, 3, 4, 5, 6)))
            for _ in range(rng.randint(1, 3))
        )
        answer = decide(System(("x", "y"), conditions), 4, use_solver=False)
        expected = dimension_in_the_plane(conditions)
        if isinstance(answer, NonEmpty):
            assert not answer.is_largest or answer.dimension == expected, conditions
            assert answer.dimension <= expected
            seen[expected] += 1
        elif isinstance(answer, Empty):
            assert expected == 0, conditions
    assert all(seen.values())


# x³y - xy + 3y > 0, x⁴ + y⁴ + x² = 1 and x²y + y²/2 < 0: the remainders grow too long
HARD = System(
    ("x", "y"),
    (
        ({(1, 3): 1, (1, 1): -1, (0, 1): 3}, 4),
        ({(0, 0): -2, (0, 4): 2, (2, 0): 2, (4, 0): 2}, 2),
        ({(0, 2): 1, (2, 1): 2}, 1),
    ),
)


def test_z3_decides_what_is_too_hard_and_is_named():
    answer = decide(HARD, 6)
    assert isinstance(answer, Empty)
    # if the steps before decide it one day, there is a proof instead
    names = {f"z3 {z3.get_version_string()}", f"sympy {sympy.__version__} (groebner)"}
    assert set(answer.trusted) <= names
    assert check_case_tree(HARD.conditions, answer.proof, trust=list(answer.trusted))
    assert check_case_tree(HARD.conditions, answer.proof) == (not answer.trusted)


def test_without_z3_the_reason_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "z3", None)
    answer = decide(HARD, 0.02)
    assert isinstance(answer, Undecided)
    assert "pip install piecewise_mt[algebraic]" in answer.reason


def test_z3_is_not_imported_before_it_is_asked():
    code = (
        "import sys, piecewise_mt as mt\n"
        "from piecewise_mt.calculus.partition.semialgebraic import semialgebraic_strata\n"
        "semialgebraic_strata(mt.parse('relu(w*x)'))\n"
        "assert 'z3' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
