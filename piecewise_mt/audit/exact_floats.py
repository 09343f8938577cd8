"""At which points is a float64 evaluation of a function exact, in any order of summation?

There a framework meets the same ties as the function, so that what it returns can be judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import forward, names_of
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear, Piecewise
from piecewise_mt.functions.traversal import topological

DIGITS = 53


def is_dyadic(value: Any) -> bool:
    """Whether a number is a float64, exactly."""
    try:
        return isinstance(value, int | Fraction) and Fraction(float(value)) == value
    except OverflowError:
        return False


def is_summable(terms: Sequence[Fraction]) -> bool:
    """Whether every partial sum is exact: all terms are multiples of one unit, and not too large.

    Examples
    --------
    >>> is_summable([Fraction(1), Fraction(1, 2**52)]), is_summable([Fraction(1), Fraction(1, 3)])
    (True, False)
    """
    if not all(map(is_dyadic, terms)):
        return False
    unit = max((t.denominator for t in terms), default=1)
    total: Fraction = sum(map(abs, terms), Fraction(0))
    return bool(total * unit <= 2**DIGITS)


def is_exact_at(f: Expression, point: Sequence[Fraction]) -> bool:
    """Whether every value that decides a tie of `f` is exact in float64, however it is summed."""
    decisive = {
        id(node)
        for kink in topological(f)
        if isinstance(kink, Piecewise)
        for arg in kink.args
        for node in topological(arg)
    }
    for node, operands, values, _ in forward(f, names_of(f), point):
        if id(node) not in decisive:
            continue
        if not all(map(is_dyadic, values)):
            return False
        if isinstance(node, Linear):
            for bias, row in zip(node.bias, node.rows, strict=True):
                if not all(is_dyadic(c) for _, c in row) or not is_summable(
                    [bias, *(c * operands[i] for i, c in row)]
                ):
                    return False
    return True
