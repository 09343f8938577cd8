"""Points and case trees are checked with integers, by code that the solver does not use."""

import dataclasses
import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact.algebraic_points import ExactPoint, Root, check_point, sign_at_point
from piecewise_mt.exact.case_trees import (
    Line,
    Lower,
    Powers,
    Signs,
    Solve,
    Split,
    Table,
    Trusted,
    check_case_tree,
    trusted_solvers,
)
from piecewise_mt.exact.integer_polynomials import frozen, quotient, times
from piecewise_mt.exact.real_roots import count_roots, sign_columns, square_free, sturm_chain
from piecewise_mt.exact.sign_tables import sign_table
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.systems import Empty, NonEmpty, System, Undecided

NEG, ZERO, POS = 1, 2, 4
MASKS = (1, 2, 2, 3, 4, 4, 5, 6)
small = st.integers(-3, 3)


@st.composite
def polynomials(draw, n, degree=2):
    """Of degree two, often degenerate: products of lines, sums of squares, few terms."""
    exponents = [e for e in itertools.product(range(degree + 1), repeat=n) if sum(e) <= degree]
    kind = draw(st.sampled_from(["product", "squares", "few"]))
    if kind == "product":
        lines = [e for e in exponents if sum(e) <= 1]
        first, second = ({e: draw(small) for e in lines} for _ in range(2))
        return times({e: c for e, c in first.items() if c}, {e: c for e, c in second.items() if c})
    if kind == "squares":
        even = [e for e in exponents if all(k % 2 == 0 for k in e)]
        return {e: c for e in even if (c := draw(small))}
    chosen = draw(st.lists(st.sampled_from(exponents), min_size=1, max_size=4, unique=True))
    return {e: draw(small.filter(bool)) for e in chosen}


@st.composite
def systems(draw, max_variables=3):
    n = draw(st.integers(1, max_variables))
    count = draw(st.integers(1, 4))
    conditions = [(draw(polynomials(n)), draw(st.sampled_from(MASKS))) for _ in range(count)]
    return System(("x", "y", "z")[:n], tuple(conditions))


@settings(max_examples=200)
@given(systems())
def test_every_answer_passes_its_check(system):
    answer = decide(system, 2, use_solver=False)
    if isinstance(answer, NonEmpty):
        assert check_point(system.conditions, answer.point)
    elif isinstance(answer, Empty):
        assert answer.trusted == () or "groebner" in answer.trusted[0]
        assert check_case_tree(system.conditions, answer.proof, answer.trusted)
    else:
        # a failed check would be said, and would be a mistake of the solver
        assert "check" not in answer.reason


@settings(max_examples=200)
@given(systems(), st.lists(st.fractions(-2, 2, max_denominator=2), min_size=3, max_size=3))
def test_a_system_with_a_point_is_never_called_empty(system, values):
    point = ExactPoint(tuple((v,) for v in values[: len(system.names)]))
    masks = [(p, mask | (1, 2, 4)[sign_at_point(p, point) + 1]) for p, mask in system.conditions]
    assert check_point(masks, point)
    answer = decide(System(system.names, tuple(masks)), 2, use_solver=False)
    assert isinstance(answer, NonEmpty | Undecided)


@settings(max_examples=150)
@given(systems(2), systems(2), st.data())
def test_no_proof_of_something_else_is_accepted(system, other, data):
    """The tree of an empty system proves nothing of a system that has a point."""
    answer = decide(system, 1, use_solver=False)
    if not isinstance(answer, Empty):
        return
    conditions = list(system.conditions)
    place = data.draw(st.integers(0, len(conditions) - 1))
    conditions[place] = (conditions[place][0], data.draw(st.integers(1, 7)))
    if data.draw(st.booleans()) and len(other.names) == len(system.names):
        conditions[place] = other.conditions[0]
    changed = decide(System(system.names, tuple(conditions)), 1, use_solver=False)
    if isinstance(changed, NonEmpty):
        assert not check_case_tree(conditions, answer.proof)


def mutated(tree):
    """Trees with one thing changed: a branch left out, a mask, a polynomial of a leaf."""
    if isinstance(tree, Split):
        for k, (mask, child) in enumerate(tree.branches):
            rest = tree.branches[:k] + tree.branches[k + 1 :]
            yield Split(tree.polynomial, rest)
            for own in mutated(child):
                yield Split(tree.polynomial, (*tree.branches[:k], (mask, own), *rest[k:]))
    elif isinstance(tree, Solve | Lower | Powers):
        for child in mutated(tree.child):
            yield dataclasses.replace(tree, child=child)
    elif isinstance(tree, Line | Table):
        for k in range(len(tree.polynomials)):
            yield dataclasses.replace(
                tree, polynomials=tree.polynomials[:k] + tree.polynomials[k + 1 :]
            )
    elif isinstance(tree, Signs):
        yield Signs(())


EMPTY = {
    "combined bounds": [({(1, 1): 1, (0, 0): -1}, POS), ({(1, 1): 1}, NEG)],
    "a solved equation": [
        ({(1, 1): 1, (0, 0): -1}, ZERO),
        ({(1, 0): 1}, POS),
        ({(0, 1): 1}, NEG),
    ],
    "a circle and a far line": [
        ({(2, 0): 1, (0, 2): 1, (0, 0): -1}, ZERO),
        ({(1, 0): 1, (0, 1): 1, (0, 0): -3}, POS),
    ],
    "a parabola under a line": [
        ({(2, 0): 1, (0, 1): -1}, NEG),
        ({(0, 1): 1, (0, 0): 1}, NEG),
    ],
    "squares": [
        ({(4, 0): 1, (2, 2): 1, (0, 0): -1}, ZERO),
        ({(2, 0): 1, (0, 0): -2}, POS),
    ],
    "one variable": [({(3, 0): 1, (1, 0): -3, (0, 0): 3}, ZERO), ({(1, 0): 1}, POS)],
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_tree_with_a_part_missing_is_refused(name):
    conditions = EMPTY[name]
    answer = decide(System(("x", "y"), tuple(conditions)), use_solver=False)
    assert isinstance(answer, Empty) and answer.trusted == ()
    assert check_case_tree(conditions, answer.proof)
    changed = list(mutated(answer.proof))
    assert changed
    # none of these says less than it needs: the solver keeps the facts of a conflict minimal
    refused = [tree for tree in changed if not check_case_tree(conditions, tree)]
    assert len(refused) >= len(changed) / 2
    for k in range(len(conditions)):
        fewer = conditions[:k] + conditions[k + 1 :]
        assert not check_case_tree(fewer, answer.proof)


X, Y = {(1, 0): 1}, {(0, 1): 1}


@pytest.mark.parametrize(
    ("conditions", "tree"),
    [
        # a case is missing
        ([(X, POS), (X, NEG)], Split(frozen(Y), ((POS, Signs(frozen(X))),))),
        # a leaf that contradicts nothing
        ([(X, POS)], Signs(frozen(X))),
        ([(X, POS)], Signs(())),
        # an equation that is not known, or whose coefficient may be zero
        ([(Y, POS), (X, NEG)], Solve(0, frozen(X), Signs(frozen(Y)))),
        ([({(1, 1): 1}, ZERO), (X, POS), (Y, POS)], Solve(1, frozen({(1, 1): 1}), Signs(()))),
        # a leading coefficient that is not known to be zero
        ([({(1, 1): 1}, POS)], Lower(0, frozen({(1, 1): 1}), Signs(()))),
        # a power that is none, and one that forgets what the leaf needs
        ([(X, POS), (X, NEG)], Powers(0, 1, Signs(frozen(X)))),
        ([(X, NEG), (Y, POS)], Powers(0, 3, Signs(frozen(X)))),
        ([({(3, 0): 1}, NEG)], Powers(0, 3, Signs(frozen(X)))),
        ([({(2, 0): 1, (1, 0): 1}, NEG)], Powers(0, 2, Signs(frozen(X)))),
        # a line and tables that leave something out
        ([(X, POS), (Y, NEG)], Line(0, (frozen(X),))),
        ([(X, POS), (Y, NEG)], Line(0, (frozen(X), frozen(Y)))),
        ([(X, POS), (Y, NEG)], Line(0, ())),
        ([(X, POS), (Y, NEG)], Table(0, (frozen(X),))),
        ([(X, POS), (Y, NEG)], Table(0, ())),
        # x > y and x < 0 with y of unknown sign
        ([({(1, 0): 1, (0, 1): -1}, POS), (X, NEG)],
         Table(0, (frozen({(1, 0): 1, (0, 1): -1}), frozen(X)))),
        # nobody said that this solver is trusted
        ([(X, POS), (X, NEG)], Trusted("z3 0")),
    ],
)  # fmt: skip
def test_a_wrong_proof_is_refused(conditions, tree):
    assert not check_case_tree(conditions, tree)


def test_a_solver_has_to_be_trusted_by_name():
    tree = Split(frozen(X), ((POS, Trusted("z3 5")), (3, Signs(frozen(X)))))
    assert trusted_solvers(tree) == ("z3 5",)
    assert check_case_tree([(X, POS)], tree, trust=["z3 5"])
    assert not check_case_tree([(X, POS)], tree, trust=["z3 4"])


GOLDEN = Root((-1, -1, 1), Fraction(1), Fraction(2))


def test_a_wrong_point_is_refused():
    golden = ExactPoint(((Fraction(0), Fraction(1)), (Fraction(1),)), GOLDEN)
    condition = ({(2, 0): 1, (1, 1): -1, (0, 1): -1}, ZERO)
    assert check_point([condition, (X, POS)], golden)
    assert not check_point([condition, (X, NEG)], golden)
    moved = dataclasses.replace(golden, coordinates=((Fraction(1), Fraction(1)), (Fraction(1),)))
    assert not check_point([condition], moved)
    # an interval without the root, with two, with one at its end, and no root at all
    for root in (
        Root((-1, -1, 1), Fraction(2), Fraction(3)),
        Root((-1, -1, 1), Fraction(-1), Fraction(2)),
        Root((-2, 1), Fraction(2), Fraction(3)),
        Root((1, -2, 1), Fraction(0), Fraction(2)),
        Root((5,), Fraction(0), Fraction(2)),
        None,
    ):
        assert not check_point([condition], dataclasses.replace(golden, root=root))


coefficients = st.lists(st.integers(-4, 4), min_size=1, max_size=4)


@settings(max_examples=300)
@given(st.lists(coefficients, min_size=1, max_size=2))
def test_tables_and_lines_see_the_same_signs(rows):
    """Two methods: remainders of Cohen and Hörmander, and isolated roots."""

    def sign_of(terms):
        total = sum(terms.values())
        return (total > 0) - (total < 0)

    table = sign_table([[{(): c} if c else {} for c in row] for row in rows], sign_of)

    def changes(columns):
        return [c for k, c in enumerate(columns) if k == 0 or c != columns[k - 1]]

    assert changes(table) == changes(sign_columns(rows))


@settings(max_examples=200)
@given(st.lists(st.tuples(small, st.integers(1, 3)), min_size=1, max_size=4))
def test_roots_are_counted_once(pairs):
    """A product of linear factors, whose roots are known."""
    product, roots = [1], set()
    for root, power in pairs:
        roots.add(root)
        for _ in range(power):
            shifted = [0, *product]
            for k, c in enumerate(product):
                shifted[k] -= root * c
            product = shifted
    chain = sturm_chain(square_free(product))
    for low in range(-5, 4):
        expected = sum(1 for root in roots if low < root <= 3)
        assert count_roots(chain, Fraction(low), Fraction(3)) == expected


@settings(max_examples=200)
@given(polynomials(2), polynomials(2))
def test_division_undoes_multiplication(p, q):
    if q:
        assert quotient(times(p, q), q) == p
    if p and q:
        plus_one = dict(times(p, q))
        plus_one[(0, 0)] = plus_one.get((0, 0), 0) + 1
        found = quotient({e: c for e, c in plus_one.items() if c}, q)
        assert found is None or times(found, q) == {e: c for e, c in plus_one.items() if c}
