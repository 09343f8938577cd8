"""Whether the root of one field is in another: guessed by an integer relation, proved exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath import mp, mpf, pslq

from piecewise_mt.exact.number_fields import Field, Number

_BITS = 96
"""For every term of a relation, so that no accidental one is found."""


def root_in(field: Field, other: Field) -> Number | None:
    """The root of another field by the powers of this one's, None if it is not found there.

    Notes
    -----
    Rounded numbers only propose coefficients. They are right if the other polynomial vanishes and
    the number is in the interval of its root.

    Examples
    --------
    >>> import sympy
    >>> from piecewise_mt.exact.reading_numbers import algebraic
    >>> big, small = algebraic(sympy.root(2, 4)), algebraic(sympy.sqrt(2) + 1)
    >>> str(root_in(big.field, small.field)), root_in(small.field, big.field)
    ('sqrt(2)', None)
    """
    if field.degree % other.degree:
        return None
    bits = _BITS * (field.degree + 1)
    with mp.workprec(bits):
        powers = [_rounded(own, bits) for own in field.powers(bits)[: field.degree]]
        target = _rounded(other.powers(bits)[1], bits)
        relation = pslq([target, *powers], maxcoeff=1 << _BITS, maxsteps=100_000)
    if relation is None or not relation[0]:
        return None
    lead, *rest = map(int, relation)
    sign = -1 if lead > 0 else 1
    found = field.number([sign * c for c in rest], abs(lead))
    total: Any = Fraction(0)
    for c in reversed(other.root.polynomial):
        total = total * found + c
    inside = other.root.low < found < other.root.high
    return found if total == 0 and inside else None


def _rounded(ends: tuple[int, int], bits: int) -> Any:
    return mpf(ends[0] + ends[1]) / (1 << (bits + 1))
