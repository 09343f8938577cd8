"""The checker of case trees by itself: its sets of signs against all numbers, its leaves by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piecewise_mt.exact import case_trees
from piecewise_mt.exact.case_trees import (
    ANY,
    NEGATIVE,
    POSITIVE,
    ZERO,
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
from piecewise_mt.exact.integer_polynomials import frozen, times
from piecewise_mt.exact.sign_tables import SignNotKnown

X, Y, ONE = {(1, 0): 1}, {(0, 1): 1}, {(0, 0): 1}
NUMBERS = (-2, -1, 0, 1, 2)
MASKS = range(8)


def mask_of(value):
    return NEGATIVE if value < 0 else POSITIVE if value > 0 else ZERO


def numbers_in(mask):
    return [v for v in NUMBERS if mask & mask_of(v)]


def union(values):
    found = 0
    for value in values:
        found |= mask_of(value)
    return found


def value_of(terms, point):
    total = 0
    for exponents, c in terms.items():
        for v, k in zip(point, exponents):
            c *= v**k
        total += c
    return total


def known_of(*pairs):
    own = case_trees._Known({})
    for terms, mask in pairs:
        own.learn(terms, mask)
    return own


def both(first, second):
    return {e: c for e in {*first, *second} if (c := first.get(e, 0) + second.get(e, 0))}


# sets of signs


def test_signs_of_products_squares_and_negatives():
    for first in MASKS:
        assert case_trees._square(first) == union(v * v for v in numbers_in(first))
        assert case_trees._turned(first) == union(-v for v in numbers_in(first))
        for second in MASKS:
            values = [a * b for a in numbers_in(first) for b in numbers_in(second)]
            assert case_trees._product(first, second) == union(values)


def test_signs_fit_masks():
    for signs in product((-1, 0, 1), repeat=2):
        for masks in product(MASKS, repeat=2):
            expected = all(mask & mask_of(sign) for sign, mask in zip(signs, masks))
            assert case_trees._fits(signs, masks) == expected


# what is known


few = st.integers(-2, 2)
exponents = st.tuples(st.integers(0, 2), st.integers(0, 2))
terms_of = st.dictionaries(exponents, few.filter(bool), max_size=3)


@settings(max_examples=80, deadline=None)
@given(st.tuples(few, few), st.lists(terms_of, max_size=3), terms_of, terms_of)
def test_masks_hold_the_signs_at_each_point(point, known, one, two):
    """What is told of a point is true of it, whatever is asked."""
    facts = [(p, mask_of(value_of(p, point))) for p in (X, *known)]
    own = known_of(*facts)
    asked = [one, two, times(one, two), times(one, one), *(times(one, p) for p in known)]
    asked.append({e: -c for e, c in one.items()})
    for terms in asked:
        assert own.mask(terms) & mask_of(value_of(terms, point))
        assert not own.contradicts(terms)
    for terms, mask in facts:
        assert own.mask(terms) & ~mask == 0
    # powers of x
    if point[0] >= 0:
        for power in (2, 3):
            higher = known_of(
                *((({(power * a, b): c for (a, b), c in p.items()}), m) for p, m in facts)
            )
            lower = higher.of_powers(0, power)
            for terms, mask in lower.masks.items():
                assert mask & mask_of(value_of(dict(terms), point))


@pytest.mark.parametrize(
    ("facts", "terms", "expected"),
    [
        ([], {}, ZERO),
        ([], {(0, 0): 3}, POSITIVE),
        ([], {(0, 0): -3}, NEGATIVE),
        ([], X, ANY),
        ([], {(2, 0): 1}, ZERO | POSITIVE),
        ([], {(2, 0): -1}, ZERO | NEGATIVE),
        ([], {(2, 0): 1, (0, 0): 1}, POSITIVE),
        ([], {(2, 0): 1, (0, 2): 1}, ZERO | POSITIVE),
        ([], {(2, 0): 1, (0, 0): -1}, ANY),
        ([], {(3, 0): 1}, ANY),
        ([], {(4, 2): -1, (0, 0): -2}, NEGATIVE),
        ([(X, POSITIVE)], {(1, 0): -2}, NEGATIVE),
        ([({(1, 0): -1}, POSITIVE)], X, NEGATIVE),
        ([(X, POSITIVE), (Y, NEGATIVE)], {(1, 1): 1}, NEGATIVE),
        ([(X, POSITIVE), (Y, NEGATIVE)], {(1, 2): 1}, POSITIVE),
        ([(X, NEGATIVE), (Y, NEGATIVE)], {(1, 1): 1, (0, 0): 1}, POSITIVE),
        ([(X, ZERO)], {(1, 1): 1}, ZERO),
        ([(X, ZERO)], {(1, 1): 1, (0, 0): 1}, POSITIVE),
        ([(X, ZERO)], {(2, 0): 1}, ZERO),
        ([(X, ZERO), (Y, ZERO)], {(1, 0): 1, (0, 1): 1}, ZERO),
        ([(X, ZERO | POSITIVE), (Y, ZERO | POSITIVE)], {(1, 0): 1, (0, 1): 1}, ZERO | POSITIVE),
        ([(X, NEGATIVE), (Y, ZERO | NEGATIVE)], {(1, 0): 1, (0, 1): 1}, NEGATIVE),
        ([(X, NEGATIVE | POSITIVE)], {(2, 0): 1}, POSITIVE),
        ([(X, NEGATIVE | POSITIVE)], {(3, 0): 1}, NEGATIVE | POSITIVE),
        # a factor that is no variable
        ([({(1, 0): 1, (0, 1): -1}, POSITIVE), (X, NEGATIVE)], {(2, 0): 1, (1, 1): -1}, NEGATIVE),
        ([({(1, 0): 1, (0, 1): -1}, POSITIVE)], {(2, 0): 1, (1, 1): -2, (0, 2): 1}, POSITIVE),
        ([({(1, 0): 1, (0, 1): 1}, ZERO | NEGATIVE)], {(2, 0): 1, (1, 1): 2, (0, 2): 1}, ZERO | POSITIVE),
        ([({(1, 0): 1, (0, 1): -1}, NEGATIVE), ({(1, 0): 1, (0, 1): 1}, NEGATIVE)], {(2, 0): 1, (0, 2): -1}, POSITIVE),
        # and what is left is known
        ([({(1, 0): 1, (0, 1): -1}, POSITIVE), ({(2, 0): 1, (1, 1): -1}, NEGATIVE)], {(2, 0): 1, (1, 1): -1}, NEGATIVE),
        # a product is known better than its factors
        ([({(1, 1): 1}, POSITIVE), ({(1, 0): 1, (0, 0): -1}, POSITIVE)], {(2, 1): 1, (1, 1): -1}, POSITIVE),
        ([(X, NEGATIVE | POSITIVE), (Y, NEGATIVE | POSITIVE), ({(1, 1): 1}, POSITIVE), ({(1, 0): 1, (0, 0): -1}, POSITIVE)],
         {(2, 1): 1, (1, 1): -1}, POSITIVE),
        # constants and the polynomial itself are passed over
        ([(ONE, POSITIVE), (X, POSITIVE), ({(1, 0): 1, (0, 1): -1}, POSITIVE), ({(2, 0): 1, (1, 1): -1}, ANY)],
         {(2, 0): 1, (1, 1): -1}, POSITIVE),
        # x²+y² is a factor that is never negative
        ([({(2, 0): 1, (0, 2): 1, (0, 0): 1}, ANY), (X, NEGATIVE)],
         {(3, 0): 1, (1, 2): 1, (1, 0): 1}, NEGATIVE),
    ],
)  # fmt: skip
def test_what_follows_of_a_polynomial(facts, terms, expected):
    own = known_of(*facts)
    assert own.mask(terms) == expected
    if expected in (NEGATIVE, ZERO, POSITIVE):
        assert own.sign(terms) == {NEGATIVE: -1, ZERO: 0, POSITIVE: 1}[expected]
    else:
        with pytest.raises(SignNotKnown):
            own.sign(terms)
    # each polynomial with the other sign
    turned = {e: -c for e, c in terms.items()}
    assert own.mask(turned) == case_trees._turned(expected)


def test_copies_do_not_learn():
    own = known_of((X, POSITIVE | ZERO))
    copied = own.copy()
    assert copied.learn(X, NEGATIVE | ZERO) == ZERO
    assert copied.mask(X) == ZERO and own.mask(X) == POSITIVE | ZERO
    assert copied.learn({(1, 0): -3}, POSITIVE) == 0
    with pytest.raises(case_trees._NoSign):
        copied.sign(X)


# trees

XY = {(1, 1): 1}
LINE = {(1, 0): 1, (0, 1): -1}
LEAF = Signs(frozen(X))
CONTRADICTION = [(X, POSITIVE), ({(1, 0): 2}, NEGATIVE)]


@pytest.mark.parametrize(
    ("conditions", "tree"),
    [
        (CONTRADICTION, LEAF),
        ([(X, POSITIVE), ({(1, 0): -1}, ZERO)], LEAF),
        ([({(2, 0): 1}, NEGATIVE)], Signs(frozen({(2, 0): 1}))),
        ([({(2, 0): 1, (0, 0): 1}, NEGATIVE | ZERO)], Signs(frozen({(2, 0): 1, (0, 0): 1}))),
        ([(ONE, NEGATIVE)], Signs(frozen(ONE))),
        ([({}, POSITIVE)], Signs(())),
        ([({}, NEGATIVE | POSITIVE)], Signs(())),
        ([(X, NEGATIVE), (Y, NEGATIVE), (XY, NEGATIVE)], Signs(frozen(XY))),
        # a split: a case that is impossible needs no leaf, and closes itself
        (CONTRADICTION, Split(frozen(Y), ((NEGATIVE, LEAF), (ZERO, LEAF), (POSITIVE, LEAF)))),
        (CONTRADICTION, Split(frozen(Y), ((NEGATIVE | ZERO, LEAF), (ZERO | POSITIVE, LEAF)))),
        ([*CONTRADICTION, (Y, POSITIVE)], Split(frozen(Y), ((POSITIVE, LEAF),))),
        ([(X, POSITIVE), (XY, POSITIVE), (Y, NEGATIVE)],
         Split(frozen(XY), ((NEGATIVE, Trusted("nobody")), (POSITIVE, Signs(frozen(XY)))))),
        # y = x put into 2·x < y
        ([(X, POSITIVE), ({(1, 0): 2, (0, 1): -1}, NEGATIVE), (LINE, ZERO)], Solve(1, frozen(LINE), LEAF)),
        # x·y = 1 put into x·y² > 2·y
        ([(X, POSITIVE), ({(1, 2): 1, (0, 1): -2}, POSITIVE), ({(1, 1): 1, (0, 0): -1}, ZERO)],
         Solve(1, frozen({(1, 1): 1, (0, 0): -1}), LEAF)),
        # x = 0, so that x·y² + y has no square
        ([(X, ZERO), ({(1, 2): 1, (0, 1): 1}, POSITIVE), (Y, NEGATIVE)], Lower(1, frozen({(1, 2): 1, (0, 1): 1}), Signs(frozen(Y)))),
        # x² as a variable: it is not negative
        ([({(2, 0): 1, (0, 0): 1}, NEGATIVE)], Powers(0, 2, Signs(frozen({(1, 0): 1, (0, 0): 1})))),
        ([({(2, 0): 1}, NEGATIVE)], Powers(0, 2, LEAF)),
        ([({(4, 1): 1}, NEGATIVE), (Y, POSITIVE)], Powers(0, 4, Signs(frozen(XY)))),
        ([({(3, 0): 1}, NEGATIVE), ({(6, 0): 1, (3, 0): 1}, NEGATIVE), ({(3, 0): 1, (0, 0): 1}, NEGATIVE)],
         Powers(0, 3, Signs(frozen({(2, 0): 1, (1, 0): 1})))),
        # lines
        ([(X, POSITIVE), ({(1, 0): 1, (0, 0): 1}, NEGATIVE)], Line(0, (frozen(X), frozen({(1, 0): 1, (0, 0): 1})))),
        ([({(2, 0): 1, (0, 0): -2}, ZERO), ({(1, 0): 1, (0, 0): -1}, NEGATIVE), (X, POSITIVE)],
         Line(0, (frozen({(2, 0): 1, (0, 0): -2}), frozen({(1, 0): 1, (0, 0): -1}), frozen(X)))),
        ([({(0, 2): 1, (0, 0): 1}, ZERO)], Line(1, (frozen({(0, 2): 1, (0, 0): 1}),))),
        # tables: x > y and x < 0 with y > 0
        ([(LINE, POSITIVE), (X, NEGATIVE), (Y, POSITIVE)], Table(0, (frozen(LINE), frozen(X)))),
        ([(LINE, ZERO), (X, NEGATIVE), (Y, POSITIVE)], Table(0, (frozen(LINE), frozen(X)))),
        ([({(2, 0): 1, (0, 1): 1}, ZERO), (Y, POSITIVE)], Table(0, (frozen({(2, 0): 1, (0, 1): 1}),))),
    ],
)  # fmt: skip
def test_right_proofs(conditions, tree):
    assert check_case_tree(conditions, tree)
    # each condition is needed, but for those that repeat
    if len(conditions) <= 3 and not isinstance(tree, Split):
        for k in range(len(conditions)):
            rest = conditions[:k] + conditions[k + 1 :]
            assert not check_case_tree(rest, tree)


@pytest.mark.parametrize(
    ("conditions", "tree"),
    [
        ([], LEAF),
        ([(X, POSITIVE)], Split(frozen(X), ())),
        # the sign 0 is left out, and the sign that it has
        (CONTRADICTION[:1], Split(frozen(Y), ((NEGATIVE, Trusted("s")), (POSITIVE, Trusted("s"))))),
        (CONTRADICTION[:1], Split(frozen(X), ((NEGATIVE, LEAF), (ZERO, LEAF)))),
        (CONTRADICTION, Split(frozen(Y), ((ZERO, LEAF), (POSITIVE, LEAF)))),
        (CONTRADICTION, Split(frozen(Y), ((NEGATIVE, LEAF), (POSITIVE, LEAF)))),
        (CONTRADICTION, Split(frozen(Y), ((NEGATIVE, LEAF), (ZERO, LEAF)))),
        ([(LINE, POSITIVE), (X, NEGATIVE)], Table(0, (frozen(LINE), frozen(X)))),
        ([(X, POSITIVE)], Trusted("another")),
        ([(X, POSITIVE)], Table(0, ())),
        # of one case only the leaf is wrong
        ([(X, POSITIVE)], Split(frozen(Y), ((NEGATIVE, LEAF), (ZERO | POSITIVE, LEAF)))),
        ([(X, POSITIVE | ZERO)], Split(frozen(X), ((POSITIVE, LEAF), (ZERO | NEGATIVE, Signs(frozen(Y)))))),
        # an equation of degree two, one without the variable
        ([({(2, 0): 1, (0, 0): -1}, ZERO)], Solve(0, frozen({(2, 0): 1, (0, 0): -1}), Signs(()))),
        ([(X, ZERO), (Y, POSITIVE), (Y, NEGATIVE)], Solve(1, frozen(X), Signs(frozen(Y)))),
        # x·y - 1 = 0 where x may be 0: that case is lost
        ([({(1, 1): 1, (0, 0): -1}, ZERO | POSITIVE), (X, POSITIVE), (Y, NEGATIVE)],
         Solve(1, frozen({(1, 1): 1, (0, 0): -1}), LEAF)),
        ([({(1, 1): 1}, ZERO), (Y, POSITIVE), (X, POSITIVE | ZERO)], Solve(1, frozen(XY), Signs(frozen(Y)))),
        # the leading coefficient is not zero, or may not be
        ([(X, ZERO | POSITIVE), ({(1, 2): 1, (0, 1): 1}, POSITIVE), (Y, NEGATIVE)],
         Lower(1, frozen({(1, 2): 1, (0, 1): 1}), Signs(frozen(Y)))),
        ([], Lower(1, (), Signs(()))),
        ([({(1, 0): 1}, NEGATIVE)], Powers(0, 1, Signs(frozen({(2, 0): 1})))),
        ([({(3, 0): 1}, NEGATIVE)], Powers(0, 3, Signs(frozen({(1, 0): 1})))),
        ([({(2, 0): 1, (1, 1): 1}, NEGATIVE), (X, POSITIVE)], Powers(0, 2, Signs(frozen({(1, 0): 1})))),
        # two variables, of which the other one is not known
        ([(X, POSITIVE), (LINE, NEGATIVE)], Line(0, (frozen(X), frozen(LINE)))),
        ([(X, POSITIVE)], Line(0, (frozen(X),))),
        ([(X, POSITIVE)], Table(0, (frozen(X),))),
        ([(LINE, POSITIVE), (X, NEGATIVE), (Y, NEGATIVE)], Table(0, (frozen(LINE), frozen(X)))),
        ([(X, POSITIVE)], None),
        ([(X, POSITIVE)], "no tree"),
        # data of another number of variables
        ([(X, POSITIVE)], Solve(5, frozen(X), LEAF)),
        ([(X, POSITIVE)], Signs((((1,), 1),))),
        ([(X, POSITIVE)], Powers(7, 2, LEAF)),
        ([(X, POSITIVE)], Split(3, ())),
        ([(X, POSITIVE)], Signs(frozen({(1, 0): 0.5}))),
    ],
)  # fmt: skip
def test_wrong_proofs(conditions, tree):
    assert check_case_tree(conditions, tree, trust=["other"]) is False


def test_a_case_that_cannot_be_closes_others_do_not():
    # the first case closes at once (x has no sign there), the second one has a wrong leaf
    table = Table(0, (frozen(LINE), frozen(X)))
    conditions = [(LINE, POSITIVE), (X, NEGATIVE), (Y, POSITIVE)]
    assert check_case_tree(
        conditions, Split(frozen(Y), ((NEGATIVE, LEAF), (ZERO | POSITIVE, table)))
    )
    # closed by a polynomial without a sign, before and after a wrong case
    impossible = [({(2, 0): 1}, NEGATIVE), (Y, POSITIVE)]
    closed = Table(1, (frozen({(2, 1): 1, (0, 0): 1}),))
    wrong = Signs(frozen(Y))
    for branches in (
        ((NEGATIVE | ZERO, closed), (POSITIVE, wrong)),
        ((POSITIVE, wrong), (NEGATIVE | ZERO, closed)),
    ):
        assert not check_case_tree(impossible, Split(frozen({(1, 1): 1}), branches))


def test_all_solvers_are_named():
    leaf = Trusted("b")
    tree = Split(
        frozen(X),
        (
            (NEGATIVE, Solve(0, frozen(X), Trusted("a"))),
            (ZERO, Lower(0, frozen(X), Powers(0, 2, Trusted("c")))),
            (POSITIVE, Split(frozen(Y), ((ANY, leaf), (ZERO, leaf), (ZERO, LEAF)))),
        ),
    )
    assert check_case_tree([(X, ANY)], Split(frozen(X), ((ANY, leaf),)), trust=["b"]) is True
    assert trusted_solvers(tree) == ("a", "b", "c") and trusted_solvers(LEAF) == ()


@settings(max_examples=100, deadline=None)
@given(terms_of, st.integers(-2, 2), few, few, st.integers(0, 1))
def test_an_equation_is_put_into_polynomials(terms, a, b, other, variable):
    """-b/a for a variable, against fractions: the sign is that of the value."""
    if not a:
        return
    point = [Fraction(-b, a), other] if variable == 0 else [other, Fraction(-b, a)]
    mask = mask_of(value_of(terms, point))
    solved = known_of((terms, mask)).solved(variable, {(0, 0): a}, {(0, 0): b} if b else {})
    for own, signs in solved.masks.items():
        assert all(e[variable] == 0 for e, _ in own)
        assert signs & mask_of(value_of(dict(own), point))
    # by a polynomial that is not constant: (other)·v + b = 0
    if other:
        rest = {(0, 1) if variable == 0 else (1, 0): 1}
        place = [Fraction(-b, other)] * 2
        place[1 - variable] = Fraction(other)
        mask = mask_of(value_of(terms, place))
        solved = known_of((terms, mask)).solved(variable, rest, {(0, 0): b} if b else {})
        assert all(
            signs & mask_of(value_of(dict(own), place)) for own, signs in solved.masks.items()
        )


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(few, few),
    st.lists(st.tuples(terms_of, terms_of), min_size=1, max_size=3),
    terms_of,
    st.integers(0, 1),
)
def test_no_tree_refutes_a_point(point, pairs, other, variable):
    """Whatever the tree says, a system that has a point is not called empty."""
    polynomials = [p for pair in pairs for p in pair]
    conditions = [(p, mask_of(value_of(p, point))) for p in polynomials]
    keys = [frozen(p) for p in (*polynomials, other, both(polynomials[0], other))]
    leaves = [Signs(key) for key in keys]
    leaves += [
        Line(variable, tuple(keys[:2])),
        Table(variable, tuple(keys[:2])),
        Table(variable, tuple(keys)),
    ]
    for leaf in leaves:
        trees = [leaf, Powers(variable, 2, leaf)]
        for key in keys:
            trees += [Solve(variable, key, leaf), Lower(variable, key, leaf)]
            trees.append(Split(key, ((NEGATIVE, leaf), (ZERO, leaf), (POSITIVE, leaf))))
        assert not any(check_case_tree(conditions, tree) for tree in trees)
