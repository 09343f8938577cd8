"""The order of strata and pieces from packed keys, against tuples of labels."""

from __future__ import annotations

import random
from fractions import Fraction
from unittest import mock

import pytest
from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation.program import compile_program
from piecewise_mt.calculus.partition import label_order as module
from piecewise_mt.calculus.partition.label_order import (
    branch_groups,
    label_order,
    packed_label_order,
)

domains = st.sampled_from([None, "x1 >= 0", "-1 <= x1 <= 1", "x1 > -1 and x1 <= 1", "x1 = 0"])
few_or_many = st.sampled_from([0, 10**9])


def by_tuples(program, words):
    return sorted(range(len(words)), key=lambda i: (program.labels(words[i]), words[i]))


def groups_by_tuples(program, words):
    found: dict = {}
    for i, word in enumerate(words):
        found.setdefault(program.branches(program.labels(word)), []).append(i)
    return [found[key] for key in sorted(found)]


@given(functions(), domains, few_or_many, st.randoms())
def test_packed_keys_order_as_tuples_of_labels_do(f, domain, many, draw):
    f = f.on(*sorted({"x1", *(v.names[0] for v in f.variables)}))
    try:
        strata = f.strata(domain)
    except mt.NotContinuous:
        return
    words = [stratum.word for stratum in strata]
    words += words[: len(words) // 2]  # repeated words stay in their order
    draw.shuffle(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MANY", many)
        assert label_order(strata.program.units, words) == by_tuples(strata.program, words)
        groups = branch_groups(strata.program.units, words)
        assert groups == groups_by_tuples(strata.program, words)


@pytest.mark.parametrize("many", [0, 10**9])
@pytest.mark.parametrize("wide", [8, 9, 20, 40])
def test_units_wider_than_a_field_and_more_columns_than_one(many, wide, monkeypatch):
    """Units of 16, 18, 40 and 80 bits, and 70 units of two bits: no enumeration could be asked."""
    monkeypatch.setattr(module, "MANY", many)
    x = mt.vector("x", wide)
    draw = random.Random(wide)
    weights = [[draw.randint(-3, 3) for _ in range(wide)] for _ in range(70)]
    f = mt.stack([mt.max(x), mt.min(x), *mt.relu(mt.affine(weights, x)).reshape(-1)])
    program = mt_program(f)
    words = []
    for _ in range(300):
        word = draw.getrandbits(4)
        for unit in program.units:
            for mark in range(unit.atom.bits // 2):
                # an operand is an argmax or it is not; a relu has all three signs
                signs = (0, 1) if unit.atom.arity > 1 else (0, 1, 2)
                word |= draw.choice(signs) << (unit.bit + 2 * mark)
        words.append(word)
    words += words[:50]
    assert label_order(program.units, words) == by_tuples(program, words)
    assert branch_groups(program.units, words) == groups_by_tuples(program, words)


def mt_program(f):

    return compile_program(f)


@given(functions(), domains)
def test_the_order_of_bytes_is_that_of_words(f, domain):
    """Strata are sorted by the bytes of the engine; here by all their labels, one by one."""
    f = f.on(*sorted({"x1", *(v.names[0] for v in f.variables)}))
    with mock.patch.object(module, "MANY", 0):
        try:
            strata = f.strata(domain)
            found = [(s.dimension, s.word) for s in strata]
        except (mt.NotContinuous, mt.OutsideDomain):
            return
    cut = strata.partition
    faces = [
        (level + len(cut.cells.lines) - 1, word)
        for level, words in enumerate(cut.cells.face_words())
        for word in words
        if word & cut.strict == cut.strict
    ]
    labels = strata.program.labels
    assert found == sorted(faces, key=lambda face: (-face[0], labels(face[1]), face[1]))


@given(
    st.lists(st.integers(0, 2**20 - 1), max_size=30, unique=True), st.sampled_from([0, 1, 2**17])
)
def test_words_of_bytes_may_have_bits_beyond_those_of_units(words, strict):
    units = compile_program(mt.relu(mt.variable("x")) + mt.relu(mt.variable("y"))).units
    raw = b"".join(word.to_bytes(3, "little") for word in words)
    kept = [i for i, word in enumerate(words) if word & strict == strict]
    with mock.patch.object(module, "MANY", 0):
        found = packed_label_order(units, raw, 3, strict)
    expected = [kept[i] for i in label_order(units, [words[i] for i in kept])]
    assert found == expected
    with mock.patch.object(module, "MANY", 31):
        assert packed_label_order(units, raw, 3, strict) is None


@pytest.mark.parametrize("many", [0, 10**9])
def test_no_units_and_no_words(many, monkeypatch):
    monkeypatch.setattr(module, "MANY", many)
    assert label_order((), [5, 3, 3]) == [1, 2, 0]
    assert label_order((), []) == []
    assert branch_groups((), [5, 3]) == [[0, 1]]
    assert branch_groups((), []) == []


def test_faces_of_a_domain_with_equal_labels_are_ordered_by_their_words(monkeypatch):
    monkeypatch.setattr(module, "MANY", 0)
    f = mt.relu(mt.variable("x")) + mt.variable("y") * Fraction(1, 2)
    strata = f.strata({"x": (-1, 1), "y": (0, 1)})
    expected = sorted(strata, key=lambda s: (-s.dimension, s.label_keys, s.word))
    assert [s.word for s in strata] == [s.word for s in expected]
    assert len({stratum.label_keys for stratum in strata}) == 3


def test_pieces_are_numbered_by_dimension_and_branches(monkeypatch):
    monkeypatch.setattr(module, "MANY", 0)
    x = mt.vector("x", 3)
    f = mt.relu(mt.affine([[1, 1, 0], [0, 1, -1], [2, 0, 1]], x)) + mt.max(x, ties="first")
    pieces = f.represent()
    keys = [(-p.dimension, p.branch_keys) for p in pieces]
    assert keys == sorted(set(keys)) and len(keys) > 20
