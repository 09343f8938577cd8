"""A sequence point is refused where the call that made the variables had another order."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt

names = st.lists(st.sampled_from("abcdw"), min_size=2, max_size=4, unique=True)


@pytest.mark.parametrize(
    "question",
    [
        lambda f, p: f.value(p),
        lambda f, p: f.gradient(p),
        lambda f, p: f.at(p).gradient,
        lambda f, p: f.represent().value(p),
        lambda f, p: f.represent().gradient(p),
        lambda f, p: f.represent().piece_at(p).alpha,
    ],
)
def test_a_sequence_is_refused_and_a_mapping_is_not(question):
    w, b = mt.variables("w b")
    f = mt.relu(2 * w + b)
    for sequence in ((1, 5), [1, 5]):
        with pytest.raises(mt.UnknownVariable, match=r"f\.on\(w, b\), or write \{w: …, b: …\}"):
            question(f, sequence)
    assert question(f, {w: 1, "b": 5}) is not None
    # once the order is said, it holds
    assert question(f.on(w, b), (1, 5)) == question(f.on(w, b), {w: 1, b: 5})
    assert question(f.on(b, w), (5, 1)) == question(f.on(b, w), {w: 1, b: 5})


def test_composition_takes_no_sequence_of_arguments_either():
    w, b = mt.variables("w b")
    t = mt.variable("t")
    with pytest.raises(mt.UnknownVariable):
        (w - b)(t, 2 * t)
    assert mt.equal((w - b).on(w, b)(t, 2 * t), -t)


def test_the_title_says_the_order():
    w, b = mt.variables("w b")
    assert "in the order (b, w)" in mt.max(w, b).represent().table().to_text()
    assert "in the order" not in mt.max(w, b).on(w, b).represent().table().to_text()
    x, y = mt.variables("x y")
    assert "in the order" not in mt.max(x, y).represent().table().to_text()


def test_what_was_not_ordered_otherwise_is_as_before():
    w, b = mt.variables("w b")
    assert w == mt.variable("w") and hash(w) == hash(mt.variable("w"))
    assert mt.relu(w).value((3,)) == 3
    separate = mt.variable("w") - mt.variable("b")
    assert separate.value((1, 5)) == 4
    ten = mt.variables("x1:12")
    assert mt.max(*ten).value(range(11)) == 10
    # three, of which the two that occur are in natural order
    c, a, z = mt.variables("c a z")
    assert (a - z).value((1, 5)) == -4
    # a sum of squares is asked about in the package itself
    assert mt.check(mt.max(w, b, ties="first").represent())
    assert len(mt.critical_points(abs(w) + abs(b)).strata) >= 1


def test_the_order_is_kept_by_pickle():
    w, b = mt.variables("w b")
    with pytest.raises(mt.UnknownVariable):
        pickle.loads(pickle.dumps(w - b)).value((1, 5))


@given(names)
def test_a_sequence_means_the_order_of_the_call_or_nothing(chosen):
    made = mt.variables(" ".join(chosen))
    f = sum((3**i * v for i, v in enumerate(made)), start=mt.relu(made[0]) * 0)
    point = list(range(1, len(made) + 1))
    expected = sum(3**i * p for i, p in enumerate(point))
    try:
        found = f.value(point)
    except mt.UnknownVariable:
        assert chosen != sorted(chosen)
        found = f.on(*made).value(point)
    assert found == expected
