"""Pieces, numbering, free parameters and errors; expected values from Després 2024 and by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
import sympy
from sympy import Matrix, Rational, symbols

import piecewise_mt as mt

z, z1, z2, z3 = symbols("z z1 z2 z3", real=True)


def conditions(rep):
    return [str(p.polyhedron) for p in rep]


def test_max_of_two_has_the_tie_as_third_piece():
    y1, y2 = mt.variables("y1 y2")
    rep = mt.max(y1, y2).represent()
    assert conditions(rep) == ["y1 > y2", "y1 < y2", "y1 = y2"]
    assert [p.alpha for p in rep] == [1, 2, 3]
    assert [p.dimension for p in rep] == [2, 2, 1]
    assert [p.gradient for p in rep] == [Matrix([[1, 0]]), Matrix([[0, 1]]), Matrix([[z, 1 - z]])]
    s1, s2 = rep.symbols
    assert rep[2].formula.expand() == (z * s1 + (1 - z) * s2).expand()
    assert rep[2].condition == sympy.Eq(s1, s2, evaluate=False)


def test_equation_17_and_18():
    rep = mt.max(mt.vector("x", 4), ties="first").represent()
    assert conditions(rep) == [
        "x1 >= max(x2, x3, x4)",
        "x2 > x1, x2 >= max(x3, x4)",
        "x3 > max(x1, x2), x3 >= x4",
        "x4 > max(x1, x2, x3)",
    ]
    assert Matrix.vstack(*[p.gradient for p in rep]) == sympy.eye(4)


def test_equation_19_and_20():
    rep = mt.max(mt.vector("x", 4), ties="average").represent()
    assert len(rep) == 15
    sets = [tied for k in range(1, 5) for tied in combinations(range(1, 5), k)]
    for piece, tied in zip(rep, sets, strict=True):
        weights = [Rational(int(i in tied), len(tied)) for i in range(1, 5)]
        assert piece.gradient == Matrix([weights])
        assert piece.dimension == 5 - len(tied)
        assert piece.labels == ("{" + ", ".join(map(str, tied)) + "}",)
    assert conditions(rep)[4] == "x1 = x2 > max(x3, x4)"
    assert conditions(rep)[-1] == "x1 = x2 = x3 = x4"


def test_relu_family_of_section_4_1():
    t = mt.variable("t")
    rep = mt.relu(t).represent()
    assert conditions(rep) == ["t < 0", "t > 0", "t = 0"]
    assert [p.gradient[0] for p in rep] == [0, 1, z]
    assert conditions(mt.relu(t, at_zero=0).represent()) == ["t <= 0", "t > 0"]
    assert conditions(mt.relu(t, at_zero=1).represent()) == ["t < 0", "t >= 0"]
    half = mt.relu(t, at_zero="1/2").represent()
    assert [p.gradient[0] for p in half] == [0, 1, Rational(1, 2)]


def test_the_paradox_of_section_2_2():
    x = mt.variable("x")
    (piece,) = mt.max(x, x).represent()
    assert piece.gradient == Matrix([[1]]) and str(piece.polyhedron) == "everywhere"
    assert piece.labels == ("{1, 2}",)
    (piece,) = mt.relu(0 * x).represent()
    assert piece.gradient == Matrix([[0]])


@pytest.mark.parametrize(("left", "right", "at_zero"),
                         [("first", "average", Rational(-3, 2)), ("first", "last", -3)])  # fmt: skip
def test_tables_2_and_3(left, right, at_zero):
    t = mt.variable("t")
    f = mt.max(t, 2 * t, 3 * t, 4 * t, ties=left) - mt.max(t, 2 * t, 3 * t, 4 * t, ties=right)
    assert f.value((0,)) == 0 and f.value((-7,)) == 0 and f.value((5,)) == 0
    assert f.gradient((0,)) == Matrix([[at_zero]])
    rep = f.represent()
    assert {p.gradient[0] for p in rep if p.dimension == 1} == {0}
    assert rep.gradient((0,)) == Matrix([[at_zero]])


def test_half_open_piece_that_needs_a_relation_which_is_no_facet():
    x, y = mt.variables("x y")
    f = mt.relu(x, at_zero=1) + mt.relu(y, at_zero=1) + mt.relu(x + y, at_zero=0)
    rep = f.represent()
    assert "x >= 0, y >= 0, x + y > 0" in conditions(rep)
    assert rep.piece_at((0, 0)).polyhedron.contains((0, 0))


def test_free_parameters_are_numbered_from_the_root_outwards():
    x = mt.variable("x")
    f = mt.relu(mt.relu(x))
    assert f.gradient((0,)) == Matrix([[z1 * z2]])
    a, b, c = mt.variables("a b c")
    assert mt.max(a, b, c).gradient((0, 0, 0)) == Matrix([[symbols("z4", real=True),
        symbols("z5", real=True), 1 - symbols("z4", real=True) - symbols("z5", real=True)]])  # fmt: skip
    assert (mt.relu(a) + mt.relu(b) + mt.relu(c)).gradient((0, 0, 0)) == Matrix([[z1, z2, z3]])


def test_names_of_variables_and_user_symbols_are_skipped():
    v = mt.variable("z")
    assert mt.relu(v).gradient((0,)) == Matrix([[z1]])
    w = mt.variable("z1")
    f = mt.relu(w, at_zero=sympy.Symbol("z2")) + mt.relu(w) + mt.relu(w)
    names = {s.name for s in f.gradient((0,)).free_symbols}
    assert names == {"z2", "z3", "z4"}


def test_a_parameter_that_cancels_is_gone():
    x, y = mt.variables("x y")
    m = mt.max(x, y)
    assert (m - m).gradient((1, 1)) == Matrix([[0, 0]])
    assert mt.max(x, x).gradient((3,)) == Matrix([[1]])


def test_symbolic_slope_and_boustany_mix():
    t = mt.variable("t")
    beta = sympy.Symbol("beta")
    assert mt.relu(t, at_zero=beta).gradient((0,))[0].name == "beta"
    x, y = mt.variables("x y")
    row = mt.max(x, y, ties=mt.mix(beta)).gradient((0, 0))
    assert sum(row) == 1 and mt.max(x, y, ties=mt.mix(10)).gradient((0, 0)) == Matrix([[-4, 5]])


def test_explicit_weights_and_mappings():
    x, y, w = mt.variables("x1 x2 x3")
    f = mt.max(x, y, w, ties=[1, 2, 3])
    assert f.gradient((0, 0, 0)) == Matrix([[Rational(1, 6), Rational(1, 3), Rational(1, 2)]])
    assert f.gradient((1, 0, 1)) == Matrix([[Rational(1, 4), 0, Rational(3, 4)]])
    g = mt.max(x, y, ties={frozenset({0, 1}): ("-1", "2")})
    assert g.gradient((1, 1)) == Matrix([[-1, 2]])
    for bad in ([1, 2], [0, 1, 1], "frist", {frozenset({0, 1}): (1, 1)}, 7):
        with pytest.raises(mt.InvalidTieRule):
            mt.max(x, y, w, ties=bad)


def test_where_takes_its_branches_as_written():
    x, y = mt.variables("x y")
    strict, loose = mt.where(x > y, x, y), mt.where(x >= y, x, y)
    assert conditions(strict.represent()) == ["x > y", "x <= y"]
    assert loose.gradient((1, 1)) == Matrix([[1, 0]]) and strict.gradient((1, 1)) == Matrix(
        [[0, 1]]
    )
    assert len(strict.strata()) == 3
    always = mt.where(x >= x, x, 5)
    assert conditions(always.represent()) == ["everywhere"]


def test_where_that_jumps_is_refused_with_the_point():
    x, y = mt.variables("x y")
    with pytest.raises(mt.NotContinuous) as caught:
        mt.where(x > y, x, y + 1).strata()
    point = caught.value.point
    assert point[0] == point[1] and str(point) in str(caught.value)
    # equal at the origin only, so the jump shows along a ray
    with pytest.raises(mt.NotContinuous) as caught:
        mt.where(x > y, x, 2 * y).strata()
    point = caught.value.point
    assert point[0] == point[1] != 0
    # the jump of the inner function lies outside the domain
    assert mt.where(x > 0, 1, 0).on(x).strata(domain="x >= 1").f_vector == (1, 1)
    # value and gradient at a point still work
    assert mt.where(x > y, x, y + 1).value((1, 1)) == 2


def test_piece_at_respects_the_domain():
    x = mt.variable("x")
    rep = mt.abs(x).represent(domain={x: (0, 2)})
    assert conditions(rep) == ["0 < x <= 2", "x = 0"]
    with pytest.raises(mt.OutsideDomain):
        rep.piece_at((3,))


def test_vector_valued_and_lineality():
    x, y, w = mt.variables("x y w")
    f = mt.stack([mt.max(x, y), mt.relu(x - y)]).on(x, y, w)
    rep = f.represent()
    assert [p.dimension for p in rep] == [3, 3, 2]
    assert rep[0].gradient.shape == (2, 3)
    assert rep.value((1, 2, 7)) == Matrix([2, 0])
    assert all(p.polyhedron.contains(p.witness) for p in rep)


def test_bad_input_is_one_clear_sentence():
    x, y = mt.variables("x y")
    f = mt.max(x, y)
    cases = [
        (mt.UnknownVariable, lambda: f.value({"x": 1, "w": 2})),
        (mt.UnknownVariable, lambda: f.value({"x": 1})),
        (mt.PiecewiseError, lambda: f.value((1, 2, 3))),
        (mt.InexactNumber, lambda: f.value((0.5, 1))),
        (mt.InexactNumber, lambda: mt.affine([[0.5]], mt.vector("x", 1))),
        (mt.Unsupported, lambda: mt.affine([[sympy.Symbol("a")]], mt.vector("x", 1))),
        (mt.PiecewiseError, lambda: mt.max(1, 2).strata()),
        (mt.TooManyPieces, lambda: mt.max(mt.vector("x", 6)).represent(max_pieces=10)),
        (mt.UnknownVariable, lambda: f.strata(domain="q > 0")),
        (mt.NotPolyhedral, lambda: f.strata(domain="max(x, y) > 0")),
        (mt.ShapeError, lambda: mt.max()),
    ]
    for kind, call in cases:
        with pytest.raises(kind) as caught:
            call()
        message = str(caught.value)
        assert "expected" in message and "\n" not in message and ";" in message, message


def test_five_layers():
    x = mt.vector("x", 2)
    h = x
    for k in range(5):
        h = mt.relu([[1, -1], [k - 2, 1], [0, 1]] @ h[:2] + [0, -1, 1])
    rep = h.represent()
    for piece in rep:
        assert piece.gradient == h.gradient(piece.witness)
        assert piece.formula.subs(dict(zip(rep.symbols, piece.witness, strict=True))) == h.value(
            piece.witness
        )
    assert Fraction(1, 2) not in {c for p in rep for row in p.polyhedron.equations for c in row}
