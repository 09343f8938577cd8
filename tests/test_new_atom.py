"""A new nonsmooth function is one class: nothing else in the package knows of these two."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.functions.atoms import (
    Atom,
    Constraint,
    Form,
    Kink,
    Mixture,
    max_atom,
    min_atom,
    order_atom,
    piecewise_linear_atom,
    where_atom,
)
from piecewise_mt.functions.atoms.base import difference, value
from piecewise_mt.functions.atoms.near import Near, local_form
from piecewise_mt.functions.nodes import Piecewise


class KthAbsolute(Atom):
    """The k-th largest of |y1|, …, |yn|, k from 1; tied operands share the weight equally.

    Labels: the signs of all operands, then those of |yi| less the value.
    """

    kind = "KthAbsolute"
    name = "kthabs"
    told_at_infinity = True

    def __init__(self, n, k):
        self.arity, self.k = n, k
        self.parameters = (str(k),)

    @property
    def key(self):
        return (KthAbsolute, self.arity, self.k)

    def _sorting(self):
        n = self.arity
        kinks = [Kink(value(i), ((value(i), value(i, -1)),)) for i in range(n)]
        order = list(range(n, 2 * n))
        fresh = 2 * n
        for end in range(n - 1, 0, -1):
            for i in range(end):
                a, b = order[i], order[i + 1]
                larger = (value(b), value(a))
                kinks.append(Kink(difference(b, a), (larger, larger[::-1])))
                order[i], order[i + 1] = fresh, fresh + 1
                fresh += 2
        return tuple(kinks), order[self.k - 1]

    def kinks(self):
        return self._sorting()[0]

    def marks(self):
        n, found = self.arity, self._sorting()[1]
        return (*map(value, range(n)), *(difference(n + i, found) for i in range(n)))

    def label(self, bits):
        return self.signs(bits)

    def label_text(self, label):
        return "".join("+" if s > 0 else "-" if s else "0" for s in label)

    def _equal(self, label):
        return [i for i in range(self.arity) if not label[self.arity + i]]

    def _absolute(self, label, i, factor=1):
        turn = -factor if label[i] < 0 else factor
        return [turn * int(i == j) for j in range(self.arity)]

    def constraints(self, label):
        n = self.arity
        found = []
        for i in range(n):
            row = self._absolute(label, i)
            found.append(Constraint(Form(tuple(row), 0), ">" if label[i] else "="))
        first = self._equal(label)[0]
        for i in range(n):
            turn = label[n + i] or 1
            pair = zip(
                self._absolute(label, i, turn), self._absolute(label, first, -turn), strict=True
            )
            form = Form(tuple(a + b for a, b in pair), 0)
            if any(form.coefficients):
                found.append(Constraint(form, ">" if label[n + i] else "="))
        return found

    def outputs(self):
        n = self.arity
        return tuple(
            Form(tuple(turn * int(i == j) for j in range(n)), 0)
            for i in range(n)
            for turn in (1, -1)
        )

    def output(self, label):
        first = self._equal(label)[0]
        return 2 * first + (label[first] < 0)

    def branch(self, label):
        return label

    def branch_constraints(self, branch, label):
        return self.constraints(label)

    def weights(self, label, parameter):
        equal = self._equal(label)
        share = Fraction(1, len(equal))
        return tuple(label[i] * share if i in equal else 0 for i in range(self.arity)), 0


class SoftThreshold(Atom):
    """relu(y - t) - relu(-y - t) of y and t, free where y = t or y = -t.

    Labels: the signs of y - t and of y + t.
    """

    arity = 2
    kind = name = "soft"

    @property
    def key(self):
        return (SoftThreshold,)

    def kinks(self):
        return Kink(difference(0, 1)), Kink(Mixture(((0, 1), (1, 1))))

    def label(self, bits):
        return self.signs(bits)

    def label_text(self, label):
        return str(label)

    def constraints(self, label):
        rows = ((1, -1), (1, 1))
        return [
            Constraint(Form(tuple((s or 1) * c for c in row), 0), ">" if s else "=")
            for s, row in zip(label, rows, strict=True)
        ]

    def outputs(self):
        return Form((0, 0), 0), Form((1, -1), 0), Form((1, 1), 0), Form((2, 0), 0)

    def output(self, label):
        return (label[0] > 0) + 2 * (label[1] < 0)

    def branch(self, label):
        return label

    def branch_constraints(self, branch, label):
        return self.constraints(label)

    def weights(self, label, parameter):
        first = parameter(0) if not label[0] else int(label[0] > 0)
        second = parameter(1) if not label[1] else int(label[1] < 0)
        return (first + second, second - first), 0

    def parameter_count(self):
        return 2


def kth_absolute(y, k):
    n = y.size
    return Piecewise((y,), [(KthAbsolute(n, k), range(n))], (), "kthabs", (str(k),))


def soft(y, t):
    return Piecewise((y, t), [(SoftThreshold(), (0, 1))], (), "soft")


def composed_kth(y, k):
    return mt.kth(mt.abs(y, at_zero=0), y.size + 1 - k, ties="average")


def composed_soft(y, t):
    return mt.relu(y - t) - mt.relu(-y - t)


small = st.integers(-2, 2)


def affine(data, x, count):
    rows = data.draw(st.lists(st.lists(small, min_size=2, max_size=2), min_size=count,
                              max_size=count))  # fmt: skip
    return mt.affine(rows, x, data.draw(st.lists(small, min_size=count, max_size=count)))


@st.composite
def pairs(draw):
    """A function of new atoms, and the same composed of nodes that there are."""
    data = draw(st.data())
    x = mt.vector("x", 2)
    if draw(st.booleans()):
        y = affine(data, x, n := draw(st.integers(1, 3)))
        k = draw(st.integers(1, n))
        f, g = kth_absolute(y, k), composed_kth(y, k)
    else:
        y = affine(data, x, 2)
        f, g = soft(y[0], y[1]), composed_soft(y[0], y[1])
    if draw(st.booleans()):
        # a unit above it, and one that reads both
        f, g = mt.relu(f - 1) - f, mt.relu(g - 1) - g
    return f.on(*x), g.on(*x)


@given(both=pairs())
@settings(max_examples=25, deadline=None)
def test_a_new_atom_is_the_composed_function(both):
    f, g = both
    strata, expected = f.strata(), g.strata()
    assert strata.f_vector == expected.f_vector
    rep, other = f.represent(), g.represent()
    assert len(rep) == len(other)
    points = [stratum.point for stratum in expected]
    for point in points:
        assert f.value(point) == g.value(point) == rep.value(point)
        assert f.gradient(point) == g.gradient(point) == rep.gradient(point)
        piece = rep.piece_at(point)
        assert other.piece_at(point).gradient == piece.gradient
        same = other.piece_at(point).polyhedron
        assert [same.contains(p) for p in points] == [piece.polyhedron.contains(p) for p in points]
        assert rep.chain_rule(piece.alpha).product == piece.gradient
    for point in points[-4:]:
        at, same = f.at(point), g.at(point)
        assert at.gradient == same.gradient
        assert set(at.bouligand) == set(same.bouligand)
        for d in product((-1, 0, 1), repeat=2):
            assert at.directional_derivative(d) == same.directional_derivative(d)


@given(both=pairs())
@settings(max_examples=10, deadline=None)
def test_a_new_atom_is_shown_and_stored(both):
    f, _ = both
    rep = f.represent()
    back = mt.Representation.from_json(rep.to_json(), of=False)
    assert len(back) == len(rep)
    for own, other in zip(rep, back, strict=True):
        assert (own.formula, own.gradient) == (other.formula, other.gradient)
        assert (own.polyhedron,) == other.parts
    text = rep.to_latex()
    assert all(f"${own.alpha}$ &" in text for own in rep)
    assert mt.check(rep).ok


def test_a_new_atom_is_written_with_its_name():
    x, t = mt.variables("x t")
    f = soft(x, t) + kth_absolute(mt.stack([x, t]), 1)
    assert repr(f) == "soft(x, t) + kthabs(x, t, 1)"
    text = mt.derivation(f).to_latex()
    assert r"\varphi_{1}(x, t)" in text and r"\varphi_{2}(x, t)" in text
    # two units of one atom have one table
    twice = soft(x, t) + 2 * soft(t, x)
    assert r"\varphi_{1}(t, x)" in mt.derivation(twice).to_latex()


def test_a_new_atom_behind_smooth_operands():
    x, y = mt.variables("x y")
    # the kinks read y - t and y + t, of which x*y cancels in one only
    f = kth_absolute(mt.stack([x * y - y * x + x, y]), 2)
    g = composed_kth(mt.stack([x, y]), 2)
    for point in ((0, 0), (1, -1), (2, 1), (0, 3)):
        assert f.value(point) == g.value(point)
        assert f.gradient(point) == g.gradient(point)
    assert len(f.strata()) == len(g.strata())
    with pytest.raises(mt.NotPolyhedral, match="for the kink of"):
        kth_absolute(mt.stack([x * y, y]), 2).strata()


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_all_operands_share_is_in_no_kink(data):
    x = mt.vector("x", 2)
    y = affine(data, x, n := data.draw(st.integers(1, 3)))
    k = data.draw(st.integers(1, n))
    make = data.draw(st.sampled_from([lambda v: mt.kth(v, k), mt.max, mt.min]))
    shared = data.draw(st.sampled_from([x[0] * x[1], mt.exp(x[1])]))
    f, g = make(y + shared), make(y)
    assert f.on(*x).strata().f_vector == g.on(*x).strata().f_vector
    for point in product((-1, 0, 1), repeat=2):
        assert f.on(*x).value(point) == g.on(*x).value(point) + shared.on(*x).value(point)
        own = f.on(*x).represent().gradient(point)
        assert own == f.on(*x).gradient(point)


KNOWN = [
    *(make(n) for make in (max_atom, min_atom) for n in (1, 2, 3)),
    *(order_atom(n, k) for n in (1, 2, 3) for k in range(n)),
    piecewise_linear_atom([-1, 0, 2], [1, -2, "1/2", 3], anchor=(0, 1)),
    *(where_atom(op) for op in ("<", "<=", ">", ">=")),
    mt.apply(
        mt.Representation("s t", [("s > t", "s"), ("s < t", "t"), ("s = t", "2*s - t")]),
        *mt.variables("x y"),
    ).units[0][0],
]


@given(atom=st.sampled_from(KNOWN), data=st.data())
@settings(max_examples=300)
def test_what_kinks_say_of_a_point_is_what_atoms_declare(atom, data):
    def draw():
        return [Fraction(data.draw(small)) for _ in range(atom.arity)]

    def evaluated(own, values):
        weights, constant = own.selection(own.label_at(values))
        return sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(constant))

    values, step = draw(), draw()
    declared, taken = local_form(atom, values)
    near = Near(atom, values)
    assert evaluated(declared, [step[i] for i in taken]) == evaluated(near, step)
    # small steps stay where the local form holds
    moved = [v + s / 1000 for v, s in zip(values, step, strict=True)]
    if atom.sides is None:
        assert evaluated(atom, moved) - evaluated(atom, values) == evaluated(near, step) / 1000
    # it is homogeneous, so near zero it is itself
    assert evaluated(Near(near, [Fraction(0)] * atom.arity), step) == evaluated(near, step)
    label = near.label_at(step)
    for form, relation in near.constraints(label):
        height = sum(c * s for c, s in zip(form.coefficients, step, strict=True))
        assert height == 0 if relation == "=" else height > 0


def test_atoms_are_immutable():
    atom = max_atom(2)
    with pytest.raises(AttributeError, match="immutable"):
        atom.sign = -1
    with pytest.raises(AttributeError, match="immutable"):
        del atom.sign


def test_a_where_at_the_excluded_edge_of_an_open_domain_is_that_of_its_faces():
    x, y = mt.variables("x y")
    f = mt.relu(mt.where(x > 0, 1, 0 * x) - "1/2")
    rep = f.represent(domain=x > 0)
    assert [piece.formula for piece in rep] == [Fraction(1, 2)]
    g = mt.max(mt.where(x > y, x + 1, y), 0)
    rep = g.represent(domain=x > y)
    for point in ((0, -1), (-1, -2), (-3, -4), (1, "1/2")):
        assert rep.value(point) == g.value(point)
