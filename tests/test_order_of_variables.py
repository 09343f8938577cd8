"""A sequence point is refused where the call that made the variables had another order."""

import pickle
import re

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
    rep = mt.max(w, b).represent()
    # before: "max(w, b) on R^2 in the order (b, w): 3 pieces", and nothing where it is natural
    for text in (
        rep.table().to_text(),
        rep.table().to_latex(),
        rep.table().to_markdown(),
        repr(mt.derivation(mt.max(w, b))),
    ):
        assert "max(w, b) on R^2, (b, w): 3 pieces" in text.replace("\\^", "^")
    for text in (rep.table().to_html(), rep.to_html()):
        assert "f(b,w)=max(w,b) on ℝ2: 3 pieces" in re.sub("<[^>]+>", "", text)
    assert "on R^2, (w, b): 3 pieces" in mt.max(w, b).on(w, b).represent().table().to_text()
    assert "on R^2, (b, w): 3 strata" in str(mt.max(w, b).strata())
    assert "on {b >= 0}, (b, w): 3 pieces" in str(mt.max(w, b).represent("b >= 0").table())
    x, y = mt.variables("x y")
    assert "on R^2, (x, y)" in mt.max(x, y).represent().table().to_text()
    assert "on R, (x): 3 pieces" in str(mt.relu(x).represent().table())
    assert "relu(x*y) on R^2, (x, y): " in str(mt.relu(x * y).represent().table())
    many = mt.vector("x", 20)
    assert "on R^20, (x1, x2, x3, …, x20): " in str(mt.relu(many[0] + many[19]).on(many).strata())
    # an order of one's own is never abbreviated
    turned = mt.relu(many[0] + many[19]).on(*reversed(list(many)))
    assert "(x20, x19, x18, x17," in str(turned.strata())
    parameter = mt.parameter("p")
    assert "on R^2, (b, w), with the parameter p: " in str(
        mt.relu(parameter * w + b).represent().table()
    )


def test_documents_and_pictures_say_the_order():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    w, b = mt.variables("w b")
    rep = mt.max(w, b).represent()
    assert "$f(b, w) = \\max(w, b)$" in rep.to_latex(standalone=True)
    assert "($b$, $w$)" in rep.plot().get_title()
    long = sum((mt.max(w, b - k) for k in range(9)), start=0 * w)
    assert long.represent().plot().get_title().endswith("pieces on $\\mathbb{R}^{2}$, ($b$, $w$)")
    # the points that pictures ask for are not mistaken for a user's sequence
    assert rep.plot(kind="surface").get_title() == rep.plot().get_title()
    with_corners = (mt.max(w, b) + mt.relu(w)).represent()
    assert with_corners.to_html() and with_corners.plot(kind="surface")
    pyplot.close("all")


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


def test_columns_by_name_are_never_refused():
    w, b = mt.variables("w b")
    columns = {"w": [0.5, 1.0], "b": [2.0, 1.0]}
    smooth = mt.exp(mt.max(w, b, ties="first")).represent()
    merged = mt.max(w, b, ties="first").represent().merged()
    assert merged.values(columns).tolist() == [2.0, 1.0]
    assert merged.gradients(columns).tolist() == [[[1.0, 0.0]], [[0.0, 1.0]]]
    assert smooth.gradients(columns).shape == (2, 1, 2)
    with pytest.raises(mt.UnknownVariable, match=r"f\.on\(w, b\)"):
        merged.values([(1, 2)])
    # an order that somebody wrote down is an order
    stated = mt.Representation("b w", [("b > w", "b"), ("b <= w", "w")], of=mt.max(w, b))
    assert stated.values([(1, 2)]) == [2] and stated.value((1, 2)) == 2


def test_a_direction_is_refused_as_a_point_is():
    w, b = mt.variables("w b")
    at = mt.max(w, b).at({w: 1, b: 1})
    with pytest.raises(mt.UnknownVariable, match=r"f\.on\(w, b\)"):
        at.directional_derivative((1, 0))
    assert at.directional_derivative({w: 1, b: 0}) == 1
    assert mt.max(w, b).on(w, b).at((1, 1)).directional_derivative((-1, -2)) == -1
    curved = (abs(w * w + b) + b).at({w: 0, b: 0})
    assert curved.directional_derivative({w: 0, b: 1}) == 2
    assert curved.clarke is not None


@pytest.mark.parametrize(
    "ask",
    [
        lambda f, p: f.value(p),
        lambda f, p: f.at(p),
        lambda f, p: f.enclosure(p),
        lambda f, p: f.represent().gradient(p),
        lambda f, p: f.represent().merged().value(p),
        lambda f, p: f.represent().values([p]),
        lambda f, p: f.represent().lambdify()(*p),
    ],
)
def test_a_point_of_the_wrong_length_is_told_of_the_order(ask):
    """Before: "got 1; give one value a variable", with no word of how the order is chosen."""
    x, y = mt.variables("x y")
    for point in ((1,), (1, 2, 3)):
        with pytest.raises(mt.PiecewiseError, match=r"in the order \['x', 'y'\].*f\.on\(x, y\)"):
            ask(mt.max(x, y), point)


def test_one_variable_has_one_value():
    x, y = mt.variables("x y")
    f = mt.max(x, y)
    for ask in (f.value, f.at, f.represent().value, mt.zero_set(f).contains):
        with pytest.raises(mt.UnknownVariable, match="expected one value for x, got two"):
            ask({x: 1, "x": 2, "y": 3})
        with pytest.raises(mt.UnknownVariable, match=r"no value for \['y'\].*f\.on"):
            ask({"x": 1})
