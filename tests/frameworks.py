"""What the tests against the frameworks share: points of every stratum, and which are exact."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from piecewise_mt.calculus.domain import read_domain
from piecewise_mt.calculus.gradients import representable_points
from piecewise_mt.calculus.pointwise import _forward, names_of
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.functions.traversal import topological


def is_exact(f, point):
    """Whether every value that decides a tie is exact in float64, in any order of summation."""
    values = _forward(f, dict(zip(names_of(f), point, strict=True)))
    decisive = {id(arg) for node in topological(f) if hasattr(node, "units") for arg in node.args}
    deep = [n for n in topological(f) if id(n) in decisive]
    needed = {id(node) for root in deep for node in topological(root)}
    for node in topological(f):
        if id(node) not in needed:
            continue
        if not all(dyadic(v) for v in values[id(node)]):
            return False
        if isinstance(node, Linear):
            operands = [v for arg in node.args for v in values[id(arg)]]
            for bias, row in zip(node.bias, node.rows, strict=True):
                terms = [bias, *(c * operands[i] for i, c in row)]
                if not all(dyadic(c) for _, c in row) or not summable(terms):
                    return False
    return True


def dyadic(value):
    return Fraction(float(value)) == value


def summable(terms):
    """Whether every partial sum of the terms is exact: all are multiples of one unit."""
    if not all(dyadic(t) for t in terms):
        return False
    unit = max((t.denominator for t in terms), default=1)
    return sum(abs(t) for t in terms) * unit <= 2**53


def cases(f, exceptions=()):
    """Points of the strata of f where all is exact, and the number of strata without one."""
    strata = f.strata()
    outside = [read_domain(text, strata.names) for text in exceptions]
    points, untested = [], 0
    for stratum in strata:
        exact = [p for p in representable_points(stratum, strata) if is_exact(f, p)]
        untested += not exact
        points += [(p, any(d.contains(p) for d in outside)) for p in exact]
    return points, untested


def same(ours, returned):
    """Whether a float is this rational: exactly if it is dyadic, else up to its rounding."""
    if dyadic(ours):
        return Fraction(returned) == ours
    return Fraction(returned).limit_denominator(1000) == ours


def matrices_agree(ours, rows):
    got = [value for row in rows for value in row]
    want = [Fraction(int(v.p), int(v.q)) for v in ours]
    return len(got) == len(want) and all(map(same, want, got))


def split(point, shapes):
    """The flat point as one list of floats for each operand."""
    parts, start = [], 0
    for shape in shapes:
        parts.append([float(v) for v in point[start : start + prod(shape)]])
        start += prod(shape)
    return parts


def floats(value):
    """Fractions as floats, inside lists too."""
    if isinstance(value, list):
        return [floats(entry) for entry in value]
    return float(value) if isinstance(value, Fraction) else value
