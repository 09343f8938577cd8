"""Chains, boundaries and cores of all small posets, against their definitions."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from piecewise_mt.exact.posets import (
    chain_boundaries,
    chains,
    core,
    euler_characteristic,
    restricted,
)


def posets(count):
    """All orders of 0, …, count - 1 in which no element is below a smaller number."""
    pairs = list(combinations(range(count), 2))
    for chosen in product((False, True), repeat=len(pairs)):
        own = {pair for pair, is_there in zip(pairs, chosen, strict=True) if is_there}
        if all((a, d) in own for a, b in own for c, d in own if b == c):
            yield [frozenset(a for a in range(count) if (a, b) in own) for b in range(count)]


SMALL = [below for count in range(5) for below in posets(count)]


def test_chains_are_the_sets_of_comparable_elements():
    assert len(SMALL) == 1 + 1 + 2 + 7 + 40
    for below in SMALL:
        own = chains(below)
        for k, chain_list in enumerate(own):
            expected = [
                c
                for c in combinations(range(len(below)), k + 1)
                if all(a in below[b] for a, b in combinations(c, 2))
            ]
            assert sorted(chain_list) == expected and expected
        assert (
            not any(
                all(a in below[b] for a, b in combinations(c, 2))
                for c in combinations(range(len(below)), len(own) + 1)
            )
            or not below
        )
        assert euler_characteristic(below) == sum((-1) ** k * len(c) for k, c in enumerate(own))


def test_boundaries_are_alternating_sums_and_have_none_themselves():
    for below in SMALL:
        own = chains(below)
        boundaries = chain_boundaries(own)
        assert len(boundaries) == len(own)
        assert all(row == {} for row in boundaries[0]) if boundaries else not below
        for k in range(1, len(own)):
            for chain, row in zip(own[k], boundaries[k], strict=True):
                assert {own[k - 1][place]: sign for place, sign in row.items()} == {
                    chain[:i] + chain[i + 1 :]: (-1) ** i for i in range(k + 1)
                }
                twice: dict[int, int] = {}
                for place, sign in row.items():
                    for other, c in boundaries[k - 1][place].items():
                        twice[other] = twice.get(other, 0) + sign * c
                assert not any(twice.values())


def of_no_account(below, k):
    """Whether the elements above have a least one, or those below a greatest one, by definition."""
    above = [j for j, own in enumerate(below) if k in own]
    return any(all(i == j or i in below[j] for j in above) for i in above) or any(
        all(i == j or j in below[i] for j in below[k]) for i in below[k]
    )


def test_a_core_has_no_element_of_no_account_and_the_same_characteristic():
    for below in SMALL:
        kept = core(below)
        own = restricted(below, kept)
        assert kept == sorted(set(kept)) and len(own) == len(kept)
        assert euler_characteristic(own) == euler_characteristic(below)
        assert len(own) <= 1 or not any(of_no_account(own, k) for k in range(len(own)))
        assert bool(kept) == bool(below)


def test_a_poset_with_a_least_or_a_greatest_element_is_a_point():
    for below in SMALL:
        is_cone = any(
            all(i == j or i in own for j, own in enumerate(below)) for i in range(len(below))
        )
        is_cone = is_cone or any(len(own) == len(below) - 1 for own in below)
        if below and is_cone:
            assert len(core(below)) == 1


@pytest.mark.parametrize(
    "kept, expected", [([2, 0], [set(), {0}]), ([1, 3], [set(), {0}]), ([], [])]
)
def test_restrictions_are_numbered_anew(kept, expected):
    below = [frozenset(), frozenset({0}), frozenset({0, 1}), frozenset({0, 1, 2})]
    assert restricted(below, kept) == expected
    assert restricted([frozenset(), frozenset(), frozenset({0, 1})], [1, 2]) == [set(), {0}]
