"""The statements of the paper, checked: representations as printed, (15), and the theorems."""

from __future__ import annotations

from fractions import Fraction

import sympy

from piecewise_mt.calculus.consistency.check import check
from piecewise_mt.calculus.consistency.theorems import verify_chain_rule
from piecewise_mt.calculus.ladder.check_gradient import check_gradient
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.polyhedral import represent
from piecewise_mt.display.local import local_table
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.paper.checked import Checked
from piecewise_mt.paper.variants import (
    MAX4,
    NAMES,
    absolute_values,
    equation_19,
    mistakes,
    remark_2,
    wrong_node,
)
from piecewise_mt.typeset.affine import entry_latex
from piecewise_mt.typeset.tables import Cell, Column, Table


def equation_17() -> Representation:
    """(17) with (18) as stated gradients, as the paper prints them."""
    entries = [
        ("x1 >= max(x2, x3, x4)", "x1", (1, 0, 0, 0)),
        ("x2 > x1 and x2 >= max(x3, x4)", "x2", (0, 1, 0, 0)),
        ("x3 > max(x1, x2) and x3 >= x4", "x3", (0, 0, 1, 0)),
        ("x4 > max(x1, x2, x3)", "x4", (0, 0, 0, 1)),
    ]
    return Representation(NAMES, entries, of=parse(MAX4))


def section_4_2(*, corrected: bool) -> Representation:
    """The three pieces of §4.2, as printed (P1 and P2 exchanged) or corrected."""
    first, second = ("y1 > y2", "y1 < y2") if corrected else ("y1 < y2", "y1 > y2")
    entries = [(first, "y1"), (second, "y2"), ("y1 = y2", "(y1 + y2)/2")]
    return Representation("y1 y2", entries, of=parse("max(y1, y2)"))


def _sympy_gradient() -> sympy.Matrix:
    """What SymPy returns for the gradient of Max(x, y, z)."""
    symbols = sympy.symbols("x y z", real=True)
    return sympy.Matrix([[sympy.diff(sympy.Max(*symbols), symbol) for symbol in symbols]])


TABLE_POINTS = tuple(map(Fraction, ("-1", "-1/2", "-1/100", "0", "1/100", "1/2", "1")))
"""The t of Tables 2 and 3, where f.value and f.gradient are asked without enumeration."""
TABLE_2 = "max(t, 2*t, 3*t, 4*t, ties=first) - max(t, 2*t, 3*t, 4*t, ties=average)"
TABLE_3 = "max(t, 4*t, ties=first) - max(4*t, t, ties=first)"


def derivatives(text: str) -> Table:
    """The derivative at the t of Tables 2 and 3, laid out as there."""
    f = parse(text)
    found = [f.gradient((t,))[0] for t in TABLE_POINTS]
    columns = [Column(Cell("t", "t"))]
    columns += [Column(Cell(str(t), entry_latex(to_rational(t))), "r") for t in TABLE_POINTS]
    row = [Cell("f'(t)", "f'(t)"), *(Cell(str(value), entry_latex(value)) for value in found)]
    return Table("The derivative of f by the chain rule", columns, [row])


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
        "§4.3, Remark 2",
        "(19) and (20) do not depend on the order of the operands.",
        remark_2,
    ),
    Checked(
        "§4.3, mistakes",
        "One thing in (19) changed at a time; f5 = 3 x1 - 2 x2 equals max on P5, so it passes.",
        mistakes,
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
        "§2.2, an absolute value",
        "Off the tie the product is 1 or -1 however |x| is written; at the tie gradients differ.",
        absolute_values,
    ),
    Checked(
        "§2.2, a wrong node",
        "Three ties that weigh 1/2 each are no representation, and the check finds that.",
        lambda: wrong_node().table(),
    ),
    Checked(
        "SymPy at a triple tie",
        "The gradient that SymPy derives of Max(x, y, z), with Heaviside(0) = 1/2: on pairwise "
        "ties an associated gradient, at the triple tie none of any representation.",
        lambda: check_gradient(parse("max(x, y, z)"), _sympy_gradient()).table(),
    ),
    Checked(
        "§4.3, Table 2 as printed",
        "The values at the t of the paper.",
        lambda: derivatives(TABLE_2),
    ),
    Checked(
        "§4.3, Table 2",
        "At t = 0 the tangent space is {0}: the gradient -3/2 there is consistent.",
        lambda: _conditions_15(TABLE_2),
    ),
    Checked(
        "§4.4, Table 3 as printed",
        "The same for Table 3.",
        lambda: derivatives(TABLE_3),
    ),
    Checked(
        "§4.4, Table 3",
        "The same for -3.",
        lambda: _conditions_15(TABLE_3),
    ),
    Checked(
        "§4.3, what -3/2 is",
        "Table 2's function is differentiable at 0, with the derivative 0: -3/2 is a product that "
        "backpropagation may form, and no element of Clarke's subdifferential.",
        lambda: local_table(parse(TABLE_2).at((0,))),
    ),
    Checked(
        "§4.4, what -3 is",
        "The same for Table 3.",
        lambda: local_table(parse(TABLE_3).at((0,))),
    ),
)
