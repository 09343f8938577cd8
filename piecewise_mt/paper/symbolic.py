"""§2.1, §4.1 and §5 with symbolic weights: the associated gradient in the weights, too.

Kinks such as w0·x are polynomials in all variables, so that pieces are semialgebraic sets.
"""

from __future__ import annotations

import sympy

from piecewise_mt.calculus.ladder.check_gradient import check_gradient
from piecewise_mt.calculus.representation.semialgebraic import (
    SemialgebraicRepresentation,
    represent,
)
from piecewise_mt.display.pieces import pieces_table
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.paper.checked import Checked

W0, X = sympy.symbols("w0 x", real=True)


def first_example() -> Expression:
    """R(w0·x) as a function of w0 and x."""
    return parse("relu(w0*x)").on("w0", "x")


def one_neuron() -> Expression:
    """v·R(w·x + b) as a function of its weights v and w, its bias b, and x."""
    return parse("v*relu(w*x + b)").on("v", "w", "b", "x")


def _represented(f: Expression) -> SemialgebraicRepresentation:
    return represent(f)


SYMBOLIC = (
    Checked(
        "§2.1, w0 symbolic",
        "The first example as a function of its weight and of x: the tie is the cross w0 x = 0, "
        "and there the derivative in x is z times w0, which is 0 for w0 = 0 whatever z is.",
        lambda: pieces_table(_represented(first_example())),
    ),
    Checked(
        "§2.1, (3) as a product (14)",
        "On the tie, the derivative of R at 0 is z: a number for every w0, also for w0 = 0.",
        lambda: _represented(first_example()).chain_rule(3).table(),
    ),
    Checked(
        "§4.1, (15) for w0 and x",
        "On either arm of the cross the derivative along it is fixed and the other one is free; at "
        "the point where they cross nothing is required.",
        lambda: _represented(first_example()).tangential_conditions().table(),
    ),
    Checked(
        "§4.1, z symbolic",
        "The family with the parameter z is an associated gradient on every part, for all z.",
        lambda: check_gradient(first_example(), _represented(first_example())).table(),
    ),
    Checked(
        "§4.1, a gradient that is none",
        "The constant (1, 0) belongs to no representation: a point of each part that refutes it.",
        lambda: check_gradient(first_example(), [1, 0]).table(),
    ),
    Checked(
        "§4.1, SymPy's derivative",
        "Heaviside(0) = 1/2 is the choice z = 1/2.",
        lambda: check_gradient(
            first_example(), [sympy.diff(sympy.Max(W0 * X, 0), v) for v in (W0, X)]
        ).table(),
    ),
    Checked(
        "§5, one neuron",
        "The associated gradient with respect to all variables, v, w, b and x, of v R(w x + b). "
        "The bias makes the tie smooth.",
        lambda: pieces_table(_represented(one_neuron())),
    ),
    Checked(
        "§5, (15) for one neuron",
        "What every associated gradient fulfils on the tie, and the one direction that is free.",
        lambda: _represented(one_neuron()).tangential_conditions().table(),
    ),
    Checked(
        "§5, one neuron as a product (14)",
        "Backpropagation on the tie: the choice z enters the derivatives in w, b and x.",
        lambda: _represented(one_neuron()).chain_rule(3).table(),
    ),
)
