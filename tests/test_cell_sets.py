"""Unions of faces of arrangements: closed, open, bounded, connected, and their homology.

All by brute force, from which faces lie in the closures of which: a face's signs are those of the
other or zero.
"""

import random

import pytest

from piecewise_mt.exact.linear import echelon
from piecewise_mt.geometry.cell_sets import CellSet
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.generators import REAL

# rows (constant, slopes), and whether the first two bound the space to where they are >= 0
SPACES = [
    ([(0, 1), (2, -1)], False),
    ([(0, 1), (2, -1), (1, -1)], True),
    ([(0, 1, 0), (0, 0, 1)], False),
    ([(1, 1, 0), (1, -1, 0)], False),  # a line in all faces
    ([(1, 1, 0), (1, -1, 0), (0, 1, 0)], True),
    ([(1, 1, 0), (1, 0, 1), (1, -1, -1)], True),
    ([(0, 1, 0), (0, 0, 1), (1, -1, -1)], False),
    ([(0, 1, 0, 0), (0, 0, 1, 0)], True),
    ([(0, 1, 0, 0), (0, 0, 1, 0), (1, -1, -1, -1)], False),
]


class Known:
    """A complex, the signs of its faces, and a set of them."""

    def __init__(self, rows, bounded, draw):
        cells = FaceComplex(len(rows[0]) - 1, 10**6)
        bits = [1 + 2 * k for k in range(len(rows))]
        for row, bit in zip(rows, bits, strict=True):
            cells.cut(Combination.of(row), bit)
        if bounded:
            cells.drop(2 << bits[0] | 2 << bits[1])
        self.cells = cells
        self.bounded = bounded
        self.signs = [
            [(w & REAL, *((w >> b & 1) - (w >> b + 1 & 1) for b in bits)) for w in words]
            for words in cells.face_words()
        ]
        self.places = [
            (k, i) for k in range(1, len(cells.levels)) for i in range(len(self.signs[k]))
        ]
        self.sign_of = {(k, i): self.signs[k][i] for k, i in self.places}
        self.real = [[bool(own[0]) for own in level] for level in self.signs]
        every = [place for place in self.places if self.sign_of[place][0]]
        kind = draw.choice(["any", "few", "closed", "open", "between", "all"])
        if kind == "all":
            chosen = set(every)
        else:
            chosen = set(draw.sample(every, draw.randint(0, min(len(every), 3))))
            if kind == "any":
                chosen = {place for place in every if draw.random() < 0.5}
            if kind in ("closed", "between"):
                chosen = {p for p in every if any(self.under(p, c) for c in chosen)}
            if kind == "open":
                chosen = {p for p in every if any(self.under(c, p) for c in chosen)}
            if kind == "between":
                chosen = {p for p in chosen if draw.random() < 0.8}
        self.chosen = chosen
        inside = [[(k, i) in chosen for i in range(len(own))] for k, own in enumerate(self.signs)]
        self.set = CellSet(cells.levels, self.real, inside, len(cells.lines))

    def under(self, one, other):
        """Whether a face lies in the closure of another one."""
        return all(a in (0, b) for a, b in zip(self.sign_of[one], self.sign_of[other], strict=True))

    def is_real(self, place):
        return bool(self.sign_of[place][0])


def every(count=40):
    for number in range(count):
        yield Known(*SPACES[number % len(SPACES)], random.Random(number))


def flags(known, chosen):
    """By level from 1 on, which faces are among some."""
    return [[(k, i) in chosen for i in range(len(own))] for k, own in enumerate(known.signs) if k]


def test_closed_open_bounded_and_counted():
    seen = set()
    for known in every(120):
        own, chosen = known.set, known.chosen
        closure = {p for p in known.places if any(known.under(p, c) for c in chosen)}
        lacking = {p for p in closure - chosen if known.is_real(p)}
        above = {p for p in known.places if any(known.under(c, p) for c in chosen)}
        ends = {
            p
            for p in known.places
            if all(known.is_real(q) for q in known.places if known.under(q, p))
        }
        assert own.is_closed == (not lacking)
        assert own.is_open == (above <= chosen)
        assert own.closure[1:] == flags(known, closure)
        assert own.is_locally_closed == all(
            p in lacking for p in known.places for q in lacking
            if known.under(p, q) and known.is_real(p)
        )  # fmt: skip
        assert own.bounded[1:] == flags(known, ends)
        lines = len(known.cells.lines)
        compact = not chosen if lines else not lacking and chosen <= ends
        assert own.is_compact == compact
        assert list(own.places()) == sorted(chosen)
        counts = [0] * (known.cells.dimension + 1)
        for level, _ in chosen:
            counts[own.dimension_of(level)] += 1
        while counts and not counts[-1]:
            counts.pop()
        assert list(own.counts) == counts and own.dimension == len(counts) - 1
        seen.add((own.is_closed, own.is_open, own.is_locally_closed, own.is_compact))
    assert len(seen) >= 6


def test_the_rim_is_where_one_full_face_ends():
    for known in every(20):
        top = len(known.cells.levels) - 1
        facets = {
            p
            for p in known.places
            if p[0] == top - 1 and sum(known.under(p, q) for q in known.places if q[0] == top) == 1
        }
        expected = {p for p in known.places if any(known.under(p, q) for q in facets)}
        assert known.set.rim[1:] == flags(known, expected)


def test_components_and_what_is_below():
    for known in every(80):
        order = sorted(known.chosen)
        assert [set(own) for own in known.set.below] == [
            {k for k, other in enumerate(order) if other != place and known.under(other, place)}
            for place in order
        ]
        numbers = {}
        for place in order:
            if place not in numbers:
                number = len(set(numbers.values()))
                pending = [place]
                while pending:
                    one = pending.pop()
                    if one not in numbers:
                        numbers[one] = number
                        pending += [q for q in order if known.under(q, one) or known.under(one, q)]
        assert known.set.components == numbers


def rank(columns, modulo):
    """Of sparse columns, over the rationals or modulo 2."""
    if not modulo:
        width = 1 + max((i for own in columns for i in own), default=0)
        return len(echelon([[own.get(i, 0) for i in range(width)] for own in columns if own]))
    pivots = {}
    for column in columns:
        left = {i for i, c in column.items() if c % 2}
        while left and max(left) in pivots:
            left ^= pivots[max(left)]
        if left:
            pivots[max(left)] = left
    return len(pivots)


def betti(boundaries, modulo=0):
    """The dimensions of the homology; a boundary of a boundary is zero."""
    for lower, columns in zip(boundaries, boundaries[1:]):
        for column in columns:
            total = {}
            for i, c in column.items():
                for j, d in lower[i].items():
                    total[j] = total.get(j, 0) + c * d
            assert not any(v % 2 if modulo else v for v in total.values())
    ranks = [rank(own, modulo) for own in boundaries] + [0]
    found = [len(own) - ranks[k] - ranks[k + 1] for k, own in enumerate(boundaries)]
    while found and not found[-1]:
        found.pop()
    return found


def chains_of(known):
    """The order complex of all faces of the set, without any reduction."""
    order = sorted(known.chosen)
    longest = [[(p,) for p in order]]
    while longest[-1]:
        longest.append([
            (*own, p) for own in longest[-1] for p in order if p > own[-1] and known.under(own[-1], p)
        ])  # fmt: skip
    found = [[{} for _ in order]]
    for shorter, own in zip(longest, longest[1:]):
        place = {chain: k for k, chain in enumerate(shorter)}
        found.append([{place[c[:i] + c[i + 1 :]]: (-1) ** i for i in range(len(c))} for c in own])
    return found


def test_homology_is_that_of_the_order_complex():
    seen = set()
    for known in every(90):
        own = known.set
        expected = betti(chains_of(known))
        assert betti(own.order_complex()) == expected
        assert betti(own.chain_complex()) == expected
        # no torsion in so small a space
        assert betti(own.chain_complex(signed=False), 2) == expected
        seen.add((own.is_closed, own.is_open, tuple(expected)))
        if expected:
            assert expected[0] == len(set(own.components.values()))
    assert {(c, o) for c, o, _ in seen} == {(a, b) for a in (False, True) for b in (False, True)}
    assert any(len(found) > 1 for _, _, found in seen)


def test_relative_homology_of_cells_relatively_open_in_their_closure():
    """By one of its open cells R^k each, in the Euler characteristic; R^n itself has one class."""
    wholes = 0
    for known in every(60):
        own = known.set
        if not own.is_locally_closed:
            continue
        for signed in (True, False):
            found = betti(own.relative_complex(signed), 0 if signed else 2)
            alternating = sum((-1) ** k * n for k, n in enumerate(own.counts))
            assert sum((-1) ** k * n for k, n in enumerate(found)) == alternating
            if not known.bounded and len(known.chosen) == sum(map(sum, known.real)):
                assert found == [0] * known.cells.dimension + [1]
                wholes += 1
        if own.is_compact:
            assert betti(own.relative_complex()) == betti(own.chain_complex())
    assert wholes


def test_signs_of_facets():
    for known in every(30):
        closure = known.set.closure
        for level in range(2, len(known.cells.levels)):
            for index, own in enumerate(known.set.signs[level]):
                face = known.cells.levels[level][index]
                if closure[level][index]:
                    assert own[0] == 1 and set(own) <= {1, -1} and len(own) == len(face)
                    total = {}
                    for facet, sign in zip(face, own, strict=True):
                        ridges = known.cells.levels[level - 1][facet]
                        inner = known.set.signs[level - 1][facet]
                        for ridge, other in zip(ridges, inner, strict=True):
                            total.setdefault(ridge, []).append(sign * other)
                    assert all(sorted(pair) == [-1, 1] for pair in total.values())
                else:
                    assert own == ()


@pytest.mark.parametrize("count", [0, 1])
def test_the_empty_set_and_the_whole_line(count):
    cells = FaceComplex(1, 100)
    cells.cut(Combination.of([0, 1]), 1)
    real = [[False]] + [[bool(w & REAL) for w in own] for own in cells.face_words()[1:]]
    inside = real if count else [[False] * len(own) for own in real]
    own = CellSet(cells.levels, real, inside, 0)
    assert own.counts == ((1, 2) if count else ()) and own.dimension == (1 if count else -1)
    assert own.is_closed and own.is_open and own.is_compact == (not count)
    assert len(set(own.components.values())) == count
