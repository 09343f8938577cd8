"""Small loops written out for speed, against the plain way: sums, breaks, reduced conditions."""

from __future__ import annotations

import re
from fractions import Fraction

import sympy
from hypothesis import given
from hypothesis import strategies as st

from piecewise_mt.calculus.evaluation.forward import combined
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reals import Real
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.typeset.conditions import _read_equations, condition_text
from piecewise_mt.typeset.text_layout import parts_of

words = [*" ,;+-=<>x", "<=", ">=", "y2", "é", "  ", ", ", " - "]
numbers = st.one_of(st.integers(-5, 5), st.fractions(-3, 3, max_denominator=7))


@given(st.lists(st.sampled_from(words)).map("".join))
def test_cells_are_broken_after_stops_and_operators(text):
    breaks = re.compile(r"(?<=[,;] )|(?<= [+<>=-] )|(?<= <= )|(?<= >= )")
    assert parts_of(text) == breaks.split(text)


@given(st.lists(st.tuples(numbers, numbers.map(Fraction))), numbers)
def test_sums_over_one_denominator(terms, constant):
    values = [value for _, value in terms]
    found = combined([(i, c) for i, (c, _) in enumerate(terms)], values, constant)
    assert type(found) is Fraction
    assert found == sum((c * value for c, value in terms), Fraction(constant))


def test_sums_with_reals_among_values_and_coefficients():
    root = Real(sympy.sqrt(2))
    assert combined([(0, 2), (1, Fraction(1, 2))], [Fraction(1, 3), root], 1) - root * Fraction(
        1, 2
    ) == Fraction(5, 3)
    assert combined([(0, root)], [Fraction(3)]) == root * 3


rows = st.lists(st.integers(-3, 3), min_size=4, max_size=4).map(tuple)


@given(st.lists(rows, max_size=2), rows)
def test_rows_are_reduced_to_positive_multiples_modulo_the_equations(equations, row):
    polyhedron = Polyhedron(("x", "y", "z"), equations, [(row, False)])
    if any(e[0] and not any(e[1:]) for e in polyhedron.equations):
        assert condition_text(polyhedron) == "nowhere"
        return
    known = _read_equations(polyhedron.equations)
    for found in (known.reduced(row), known.simplest(row)):
        # found - t·row is a combination of the equations for some t > 0
        unknown = [sympy.Symbol(f"t{i}") for i in range(1 + len(polyhedron.equations))]
        sums = [
            found[k]
            - unknown[0] * row[k]
            - sum(u * e[k] for u, e in zip(unknown[1:], polyhedron.equations, strict=True))
            for k in range(4)
        ]
        solutions = sympy.linsolve(sums, unknown)
        assert solutions
        (solution,) = solutions
        scale = solution[0]
        assert scale.free_symbols or scale > 0
        assert tuple(found) == primitive(found)
