"""One unit at one point: the step that every forward pass takes, over nodes or over a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from piecewise_mt.errors import OutOfBudget, OutsideDomain
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.reals import Real, number_expr, real, real_or_missing
from piecewise_mt.functions.atoms import Atom, Label
from piecewise_mt.functions.build.smooth_nodes import SmoothFunction, put
from piecewise_mt.functions.nodes import Smooth
from piecewise_mt.functions.printing import unit_text

MAX_BITS = 2**16
"""Powers of longer numbers fill the memory after a few steps more."""


class UnitAt(NamedTuple):
    """What a unit is at a point: rational, a Real, or Missing."""

    function: Atom | SmoothFunction
    operands: list[Any]
    value: Any
    label: Label = ()
    """That of an atom; a smooth unit has none."""
    weights: tuple[Any, ...] = ()
    """Those of the selection that an atom makes at its label."""

    @property
    def is_seam(self) -> bool:
        """Whether the unit may jump here: a ``where`` with a tie."""
        sides = self.function.sides if isinstance(self.function, Atom) else None
        return sides is not None and self.label == sides.tie


def combined(terms: Iterable[tuple[int, Any]], values: Any, constant: int | Fraction = 0) -> Any:
    """The constant plus Σ c·value; what is rational is summed over one denominator.

    Coefficients and values may be Reals, or whatever else has their arithmetic.

    Examples
    --------
    >>> combined([(0, 2), (1, Fraction(1, 3))], [Fraction(1, 2), Fraction(3, 4)])
    Fraction(5, 4)
    """
    above, below = constant.numerator, constant.denominator
    rest: list[tuple[Any, Any]] = []
    for i, c in terms:
        value = values[i]
        if type(value) is not Fraction or not (type(c) is int or type(c) is Fraction):
            rest.append((c, value))
            continue
        own = value.denominator if type(c) is int else c.denominator * value.denominator
        if own == below:
            above += c.numerator * value.numerator
        else:
            shared = lcm(below, own)
            above = above * (shared // below) + c.numerator * value.numerator * (shared // own)
            below = shared
    total: Any = quotient(above, below)
    for c, value in rest:
        total = total + c * value
    return total


def unit_at(function: Atom | SmoothFunction, operands: list[Any]) -> UnitAt:
    """A unit where its operands have these values.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> ((atom, _),) = mt.relu(mt.variable("t")).units
    >>> here = unit_at(atom, [Fraction(2)])
    >>> here.value, atom.label_text(here.label)
    (Fraction(2, 1), '> 0')
    """
    if isinstance(function, SmoothFunction):
        for operand in operands:
            if type(operand) is Fraction and _bits(operand) > MAX_BITS:
                raise OutOfBudget(
                    f"expected numbers of at most {MAX_BITS} bits in a smooth function, got a "
                    "longer one; take a point of shorter numbers, or ask for f.enclosure"
                )
        return UnitAt(function, operands, real_or_missing(function.at, operands))
    label = function.label_at(operands)
    weights, total = function.selection(label)
    # the side of a where that is not taken may be missing
    for w, y in zip(weights, operands, strict=True):
        if w:
            total = total + (y if w == 1 else w * y)
    return UnitAt(function, operands, total, label, weights)


def _bits(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def partials_at(node: Smooth, position: int, operands: list[Any]) -> Iterator[Fraction | Real]:
    """The partial derivatives of an entry of a smooth node.

    Raises
    ------
    OutsideDomain
        If an operand is missing, or a partial derivative is.
    """
    at = [number_expr(operand) for operand in operands]
    for partial in node.units[position][0].partials:
        try:
            yield real(put(partial, at))
        except OutsideDomain as error:
            values = ", ".join(map(str, at))
            raise OutsideDomain(
                f"expected a point where {unit_text(node, position)} has a derivative, got one "
                f"where its arguments are {values}; ask where it is C¹"
            ) from error
