"""Copies of plain data and refusals of all else, with which a check of unknown data begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest
import sympy

from piecewise_mt.exact.plain import plain_copy, require_sympy, succeeds


@dataclass(frozen=True)
class Record:
    value: object
    remembered: int = field(default=0, init=False)


class Whole(int):
    """A number with an arithmetic of its own."""


class Ratio(Fraction):
    pass


class Odd(Fraction):
    @property
    def numerator(self):
        return Whole(1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -3,
        "x",
        Fraction(2, 3),
        (),
        (1, ("a", None)),
        {},
        {"x": Fraction(1, 2), (1, 2): False},
    ],
)
def test_plain_data_is_copied(value):
    assert plain_copy(value) == value and type(plain_copy(value)) is type(value)


def test_records_of_given_kinds_forget_what_they_remember():
    own = Record((1, Record("x")))
    object.__setattr__(own, "remembered", 5)
    copy = plain_copy(own, (Record,))
    assert copy == Record((1, Record("x"))) and copy is not own and copy.remembered == 0
    with pytest.raises(TypeError):
        plain_copy(own)
    with pytest.raises(TypeError):
        plain_copy(Record(0.5), (Record,))


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        1j,
        b"x",
        [],
        [1],
        {1},
        frozenset(),
        Whole(1),
        Ratio(1, 2),
        Odd(1, 2),
        (1, 0.5),
        {"x": 0.5},
        {0.5: 1},
        sympy.Integer(1),
        int,
    ],
)
def test_everything_else_is_refused(value):
    with pytest.raises(TypeError, match="not plain data"):
        plain_copy(value)


def test_a_fraction_with_parts_of_another_kind_is_refused():
    forged = Fraction(1, 2)
    forged._numerator = Whole(1)
    with pytest.raises(TypeError):
        plain_copy(forged)
    forged = Fraction(1, 2)
    forged._denominator = Whole(2)
    with pytest.raises(TypeError):
        plain_copy(forged)


class Derived(sympy.Symbol):
    pass


Pretender = type("Pretender", (sympy.Symbol,), {"__module__": "sympy.core.symbol"})


@pytest.mark.parametrize(
    "value",
    [sympy.Integer(2), sympy.Symbol("x") ** 2 + sympy.pi, sympy.exp(sympy.sqrt(2)), sympy.oo],
)
def test_expressions_of_sympy_pass(value):
    require_sympy(value)


@pytest.mark.parametrize(
    "value",
    [
        sympy.Float(1),
        sympy.Symbol("x") * 0.5,
        Derived("x"),
        1 + Derived("x"),
        Pretender("x"),
        sympy.Function("f")(1),
    ],
)
def test_floats_and_derived_classes_do_not(value):
    with pytest.raises(TypeError, match="not an exact expression"):
        require_sympy(value)


def raising(error):
    raise error


def test_a_check_succeeds_only_by_true():
    assert succeeds(lambda: True) is True
    for answer in (False, None, 1, "yes"):
        assert succeeds(lambda answer=answer: answer) is False
    for error in (ValueError(), AttributeError(), RecursionError(), AssertionError()):
        assert succeeds(lambda error=error: raising(error)) is False
    for error in (MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            succeeds(lambda error=error: raising(error))
