"""Affine forms that follow the labels from face to face, against fractions summed anew."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace
from fractions import Fraction
from unittest import mock

from generators import functions
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.evaluation import forms, selections
from piecewise_mt.calculus.evaluation.program import compile_program, picked, selected
from piecewise_mt.calculus.evaluation.whole import primitive_of
from piecewise_mt.exact.numbers import primitive


def summed(program, labels, pick):
    """Operands of every unit and outputs, by fractions and polynomials."""
    a = len(program.names)
    slots = [[Fraction(int(i == k)) for i in range(a + 1)] for k in range(a + 1)]

    def form(row):
        total = [Fraction(0)] * (a + 1)
        for slot, c in row.items():
            total = [t + c * v for t, v in zip(total, slots[slot], strict=True)]
        return total

    operands = []
    for unit, label in zip(program.units, labels, strict=True):
        weights, constant = pick(unit, label)
        own = [form(row) for row in unit.operands]
        total = [constant, *[0] * a]
        for weight, y in zip(weights, own, strict=True):
            total = [t + weight * v for t, v in zip(total, y, strict=True)]
        operands.append(own)
        slots.append(total)
    return operands, [form(row) for row in program.outputs]


@given(functions(), st.randoms(), st.sampled_from([picked, selected]))
def test_forms_do_not_depend_on_the_faces_before(f, draw, pick):
    try:
        strata = f.strata()
    except mt.NotContinuous:
        return
    program = strata.program
    faces = [stratum.label_keys for stratum in strata]
    faces = draw.sample(faces, min(len(faces), 8))
    for labels in faces + faces[:2]:
        operands, outputs = summed(program, labels, pick)
        found = program.affine(labels, pick)
        assert found.operands == operands
        assert found.outputs == outputs


@given(functions(), st.randoms())
def test_the_two_choices_of_weights_may_be_asked_in_turn(f, draw):
    try:
        strata = f.strata()
    except mt.NotContinuous:
        return
    program = strata.program
    faces = [stratum.label_keys for stratum in strata]
    for labels in draw.sample(faces, min(len(faces), 8)):
        for pick in draw.choice([(picked, selected), (selected, picked), (picked,), (selected,)]):
            assert program.affine(labels, pick).outputs == summed(program, labels, pick)[1]


@given(functions(), st.randoms(), st.sampled_from([0, 40, 400]))
def test_forms_that_are_kept_may_be_forgotten_at_any_time(f, draw, most):
    """Selections begin their tree anew, now between any two questions, now later."""
    try:
        strata = f.strata()
    except mt.NotContinuous:
        return
    program = strata.program
    faces = [stratum.label_keys for stratum in strata]
    with mock.patch.object(selections, "MOST", most):
        for labels in draw.sample(faces, min(len(faces), 6)):
            following = program.following(selected)
            rows = [following.rows(labels, _constraints) for _ in range(2)]
            operands, outputs = summed(program, labels, selected)
            assert rows[0] == rows[1]
            assert program.affine(labels, selected).outputs == outputs
            assert program.affine(labels, picked).outputs == summed(program, labels, picked)[1]
            assert program.operand_forms(labels, selected) == operands


ties = st.lists(st.sampled_from(["relu", "max", "half", "first"]), min_size=1, max_size=7)


@given(ties, st.lists(st.integers(-2, 2), min_size=7, max_size=7), st.booleans())
def test_few_and_many_parameters_give_the_same_polynomials(kinds, weights, is_deep):
    """All nodes tie at 0, where a form of 2, 4, …, 128 or 3^7 corners is asked for."""
    x, y = mt.variables("x y")
    nodes = {
        "relu": lambda c: mt.relu(x + c * y),
        "max": lambda c: mt.max(x, c * y, y - x),
        "half": lambda c: mt.relu(c * x, at_zero="1/2") / 3,
        "first": lambda c: mt.max(x, c * y, ties="first"),
    }
    total = sum((c * nodes[kind](c) for kind, c in zip(kinds, weights)), 0 * x + y)
    program = compile_program(mt.relu(total) - total / 2 if is_deep else total)
    labels = program.labels_at([0, 0])
    operands, outputs = summed(program, labels, picked)
    found = program.affine(labels, picked)
    assert found.outputs == outputs
    assert found.operands == operands
    with mock.patch.object(forms, "MOST_CORNERS", 1):
        assert program.affine(labels, picked).outputs == outputs


def test_threads_may_begin_the_tree_anew():
    x = mt.vector("x", 2)
    h = mt.relu(mt.affine([[1, 2], [3, -1], [-2, 1], [1, 1]], x, [1, -1, 0, 2]))
    strata = (mt.relu(mt.affine([[1, -2, 1, 1], [2, 1, -1, -3]], h)) @ [1, "1/3"]).strata()
    faces = [stratum.label_keys for stratum in strata]
    following = strata.program.following(selected)
    expected = [following.rows(labels, _constraints) for labels in faces]
    wrong: list[int] = []

    def ask(step):
        for i in range(3 * len(faces)):
            at = (i * step) % len(faces)
            if following.rows(faces[at], _constraints) != expected[at]:
                wrong.append(at)

    threads = [threading.Thread(target=ask, args=(step,)) for step in (1, 5, 7)]
    with mock.patch.object(selections, "MOST", 60):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(faces) > 40 and not wrong


@given(functions())
def test_rows_of_constraints_are_those_of_the_operands(f):
    try:
        strata = f.strata()
    except mt.NotContinuous:
        return
    program = strata.program
    following = program.following(selected)
    for stratum in list(strata)[:6]:
        labels = stratum.label_keys
        operands, _ = summed(program, labels, selected)
        for index, (unit, label) in enumerate(zip(program.units, labels, strict=True)):
            expected = []
            for form, relation in unit.atom.constraints(label):
                total = [form.constant, *[0] * len(program.names)]
                for c, y in zip(form.coefficients, operands[index], strict=True):
                    total = [t + c * v for t, v in zip(total, y, strict=True)]
                expected.append((primitive(total), relation))
            said = following.rows(labels, _constraints)[index]
            assert list(said) == expected
            whole = following.operands(labels)[index]
            assert [row.coefficients() for row in whole] == operands[index]


def _constraints(unit, label):
    return unit.atom.constraints(label)


def test_rows_of_fractions_and_zeros_are_primitive():
    from piecewise_mt.calculus.evaluation.whole import Whole, mixed_of
    from piecewise_mt.functions.atoms.base import Form

    half = Whole(2, [1, 4])
    assert primitive_of(mixed_of(Form((Fraction(-3, 5),), 0)), [half]) == (-1, -4)
    assert primitive_of(mixed_of(Form((1, -1), 0)), [half, half]) == (0, 0)
    assert primitive_of(mixed_of(Form((1, 2), Fraction(1, 3))), [half, Whole(3, [0, 1])]) == (5, 16)


def test_threads_share_forms_without_mixing_them():
    x = mt.vector("x", 2)
    h = mt.relu(mt.affine([[1, 2], [3, -1], [-2, 1], [1, 1]], x, [1, -1, 0, 2]))
    f = mt.relu(mt.affine([[1, -2, 1, 1], [2, 1, -1, -3]], h)) @ [1, "1/3"]
    strata = f.strata()
    faces = [stratum.label_keys for stratum in strata]
    expected = [summed(strata.program, labels, picked)[1] for labels in faces]
    wrong: list[int] = []

    def ask(step):
        for i in range(3 * len(faces)):
            at = (i * step) % len(faces)
            if strata.program.affine(faces[at], picked).outputs != expected[at]:
                wrong.append(at)

    threads = [threading.Thread(target=ask, args=(step,)) for step in (1, 5, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(faces) > 40 and not wrong


def test_forms_at_hand_are_not_pickled():
    f = mt.relu(mt.variable("x")) * 2
    rep = f.represent()
    before = pickle.dumps(rep)
    assert rep[1].gradient[0] == 2
    program = compile_program(f)
    program.affine(((0,),), picked)
    assert len(pickle.dumps(program)) == len(pickle.dumps(compile_program(f)))
    assert pickle.loads(before)[1].gradient[0] == 2


def test_a_program_with_other_outputs_has_forms_of_its_own():
    program = compile_program(mt.relu(mt.variable("x")) / 3)
    assert program.affine(((1,),), selected).outputs == [[0, Fraction(1, 3)]]
    scaled = replace(program, outputs=({2: 1},))
    assert scaled.affine(((1,),), selected).outputs == [[0, 1]]
