"""Random polynomials against z3, an independent decision procedure."""

import itertools
import random

import pytest
import z3

from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.labels import Alternative, enumerate_labels
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System

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


@pytest.mark.parametrize("seed", range(10))
def test_the_same_sign_patterns_as_z3(seed):
    """50 cases each: all patterns of two or three polynomials, without the chain's own z3."""
    rng = random.Random(seed)
    undecided = 0
    for case in range(50):
        n = rng.randint(1, 3)
        names = NAMES[:n]
        kinks = [polynomial(rng, n) for _ in range(2 if case % 5 else 3)]
        found = enumerate_labels(
            names,
            len(kinks),
            lambda labels, kinks=kinks: [
                Alternative(mask, ((kinks[len(labels)], mask),)) for mask in (1, 4, 2)
            ],
            budget=4,
            use_solver=False,
        )
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
                assert (combination.dimension == n) == bool(has_interior)
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


def test_z3_decides_what_is_too_hard_and_is_named():
    # x⁴ + y⁴ + z⁴ + … is positive, which no step before sees
    p = {(4, 0, 0): 1, (0, 4, 0): 1, (0, 0, 4): 1, (1, 1, 1): -2, (0, 0, 0): 2}
    hard = System(NAMES, ((p, 1),))
    without = decide(hard, 1, use_solver=False)
    answer = decide(hard, 10)
    assert isinstance(answer, Empty)
    if not isinstance(without, Empty):
        assert answer.trusted == (f"z3 {z3.get_version_string()}",)
        assert "seconds" in without.reason or "too large" in without.reason
