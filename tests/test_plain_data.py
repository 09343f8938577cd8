"""What a proof may be made of: exact plain data, rebuilt, and nothing that only looks like it."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.calculus.results.proof import rebuilt
from piecewise_mt.calculus.results.report import Verdict
from piecewise_mt.functions.conditions import Comparison, Condition, Joined
from piecewise_mt.geometry.polyhedron import Polyhedron

x, y = mt.variables("x y")


class Number(int):
    """Says what it likes."""


class Text(str):
    pass


class Pair(tuple):
    pass


class Quotient(Fraction):
    pass


class Sly(Comparison):
    """A comparison that may hold whenever it is asked."""


class Other(Condition):
    pass


class Colour(Enum):
    red = 1


class Own(sympy.Function):
    pass


@dataclass(frozen=True)
class Record:
    value: int


ABOVE = x > 0
SLY = object.__new__(Sly)
for slot in ("lhs", "rhs"):
    object.__setattr__(SLY, slot, getattr(ABOVE, slot))


def joined(*parts):
    own = Joined("and", ())
    object.__setattr__(own, "parts", parts)
    return own


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, "text", Fraction(1, 3), (1, (2, "a")), [1, [2]], {"a": (1, None)},
        sympy.sqrt(2) + sympy.Symbol("x"), x + 1, mt.relu(x), ABOVE, ABOVE & (y >= 1),
        (ABOVE & (y > 0)) | ~(x < y), Verdict.passed,
        Polyhedron(("x",), [], [((0, 1), True)]),
    ],
    ids=str,
)  # fmt: skip
def test_plain_data_stays_what_it_is(value):
    found = rebuilt(value)
    assert type(found) is type(value) and str(found) == str(value)
    assert str(rebuilt((value,))) == str((value,))


@pytest.mark.parametrize(
    "value",
    [
        0.5, 1j, b"raw", {1}, object(), Number(1), Text("a"), Pair((1,)), Quotient(1, 2), Colour.red,
        Record(1), sympy.Float(0.5), sympy.nan, sympy.zoo, 1 + sympy.Float(2) * sympy.Symbol("x"),
        Own(sympy.Symbol("x")), SLY, object.__new__(Other),
        joined(ABOVE, SLY), joined(SLY), joined(ABOVE, joined(ABOVE, SLY)), joined(ABOVE, 3),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_only_looks_like_it_is_refused(value):
    for given in (value, (value,), [1, value], {"a": value}):
        with pytest.raises(TypeError, match="not plain data|not an exact number"):
            rebuilt(given)
