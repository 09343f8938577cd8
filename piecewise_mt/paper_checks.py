"""The statements of the paper, checked: representations as printed, (15), and the theorems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import sympy

from piecewise_mt.calculus.check import check
from piecewise_mt.calculus.gradients import check_gradient
from piecewise_mt.calculus.representation import represent
from piecewise_mt.calculus.stated import Representation
from piecewise_mt.calculus.theorems import verify_chain_rule
from piecewise_mt.display.tables import Table
from piecewise_mt.functions.parser import parse

_MAX4 = "max(x1, x2, x3, x4)"
_NAMES = ("x1", "x2", "x3", "x4")


@dataclass(frozen=True)
class Checked:
    """One statement: a heading, a remark, and the table of the check, made anew when asked."""

    heading: str
    remark: str
    make: Callable[[], Table]


def equation_17() -> Representation:
    """(17) with (18) as stated gradients, as the paper prints them."""
    entries = [
        ("x1 >= max(x2, x3, x4)", "x1", (1, 0, 0, 0)),
        ("x2 > x1 and x2 >= max(x3, x4)", "x2", (0, 1, 0, 0)),
        ("x3 > max(x1, x2) and x3 >= x4", "x3", (0, 0, 1, 0)),
        ("x4 > max(x1, x2, x3)", "x4", (0, 0, 0, 1)),
    ]
    return Representation(_NAMES, entries, of=parse(_MAX4))


def equation_19() -> Representation:
    """(19) with (20) as stated gradients, as the paper prints them."""
    entries = []
    for size in range(1, 5):
        for tied in combinations(range(4), size):
            others = [_NAMES[j] for j in range(4) if j not in tied]
            chain = " = ".join(_NAMES[i] for i in tied)
            condition = f"{chain} > max({', '.join(others)})" if others else chain
            formula = " + ".join(f"{_NAMES[i]}/{size}" for i in tied)
            entries.append((condition, formula, [Fraction(int(j in tied), size) for j in range(4)]))
    return Representation(_NAMES, entries, of=parse(_MAX4))


def section_4_2(*, corrected: bool) -> Representation:
    """The three pieces of §4.2, as printed (P1 and P2 exchanged) or corrected."""
    first, second = ("y1 > y2", "y1 < y2") if corrected else ("y1 < y2", "y1 > y2")
    entries = [(first, "y1"), (second, "y2"), ("y1 = y2", "(y1 + y2)/2")]
    return Representation("y1 y2", entries, of=parse("max(y1, y2)"))


def _sympy_gradient() -> sympy.Matrix:
    """What SymPy returns for the gradient of Max(x, y, z)."""
    symbols = sympy.symbols("x y z", real=True)
    return sympy.Matrix([[sympy.diff(sympy.Max(*symbols), symbol) for symbol in symbols]])


def _conditions_15(text: str) -> Table:
    return represent(parse(text)).tangential_conditions().table()


CHECKS = (
    Checked(
        "§4.2, (15)",
        "The condition on the tie of a max of two, and the direction in which nothing is required.",
        lambda: _conditions_15("max(y1, y2)"),
    ),
    Checked(
        "§4.2 as printed",
        "With P1 = {y1 < y2} and f1 = y1 the formulas are not those of max.",
        lambda: check(section_4_2(corrected=False)).table(),
    ),
    Checked(
        "§4.2 corrected",
        "With P1 and P2 exchanged they are.",
        lambda: check(section_4_2(corrected=True)).table(),
    ),
    Checked(
        "§4.3, (17) and (18) as printed",
        "Typed in as text, with the gradients as stated.",
        lambda: check(equation_17()).table(),
    ),
    Checked(
        "§4.3, (19) and (20) as printed",
        "Typed in as text, with the gradients as stated.",
        lambda: check(equation_19()).table(),
    ),
    Checked(
        "§2.2, the chain rule",
        "All ties left free, the product (14) is the true gradient almost everywhere, although "
        "the tie set of max has the whole line as its preimage.",
        lambda: verify_chain_rule(parse("max(x, x)")).table(),
    ),
    Checked(
        "§2.2, kinks that cancel",
        "relu(x) - relu(-x) is x: the product is 1 for every choice at the ties.",
        lambda: verify_chain_rule(parse("relu(x) - relu(-x)")).table(),
    ),
    Checked(
        "§2.2, a tie of three that fills a half-line",
        "The ties {1, 2} and {1, 2, 3} of max(x, x, 0).",
        lambda: verify_chain_rule(parse("max(x, x, 0)")).table(),
    ),
    Checked(
        "SymPy at a triple tie",
        "The gradient that SymPy derives of Max(x, y, z), with Heaviside(0) = 1/2: on pairwise "
        "ties an associated gradient, at the triple tie none of any representation.",
        lambda: check_gradient(parse("max(x, y, z)"), _sympy_gradient()).table(),
    ),
    Checked(
        "§4.4, Table 2",
        "At t = 0 the tangent space is {0}: the gradient -3/2 there is consistent.",
        lambda: _conditions_15(
            "max(t, 2*t, 3*t, 4*t, ties=first) - max(t, 2*t, 3*t, 4*t, ties=average)"
        ),
    ),
    Checked(
        "§4.4, Table 3",
        "The same for -3.",
        lambda: _conditions_15("max(t, 4*t, ties=first) - max(4*t, t, ties=first)"),
    ),
)
