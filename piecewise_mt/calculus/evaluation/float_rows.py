"""Affine rows at many points of floats, each with a proven bound of its error.

Every quantity is held as a double ``v`` and a radius ``r`` with ``|v - exact value| <= r``.

- A row ``y = Σ c·v`` of n terms is summed in doubles, in any order. Let ``u = 2⁻⁵³`` be the unit of
  rounding and ``γ = n·u / (1 - n·u)``. The error is at most
  ``(γ + u)·Σ|c||v| + Σ|c|·r + n·2⁻¹⁰²²``: the roundings of the sum, that of each coefficient, and
  the radii (N. J. Higham, *Accuracy and stability of numerical algorithms*, SIAM, 2002, (3.5)).
  With ``S = Σ|c||v|``, ``T = Σ|c|·r`` as computed, ``(T + (n + 4)·2⁻⁵²·S)·(1 + 2⁻³⁰) + 2⁻⁴⁰⁰`` is
  more: ``(n + 4)·2⁻⁵²`` is twice what is asked and so enough for any direction of rounding, the
  factor covers the roundings of S, of T and of the radius for ``n < 2²⁰``, and the last term every
  underflow, as ``2⁻¹⁰⁰ <= |c| <= 2¹⁰⁰`` for the coefficients that are let in.
- Where the radii below are 0 and every product is a whole multiple of one power of two, g, and
  ``S <= 2⁵²·g``, every partial sum is one, of at most 53 bits: nothing is rounded and the radius is
  0. So ties on grids are found without exact arithmetic. The lowest bit of each point and of the
  coefficients on the way says what g is; it is not followed below 2⁻⁹⁰⁰, where products underflow.
- A row with ``|v| > r`` has its sign, and one with ``r = 0``; any other is in doubt, and so is what
  is not finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ldexp
from typing import Any

from piecewise_mt.calculus.evaluation.program import Slots

LARGEST = 2**100
"""No coefficient that is let in is larger, and its inverse is the smallest but zero."""
FLOOR = 2.0**-400
FINEST = 600
"""Finer grids than this power of two are not followed."""
WIDEST = 2**20
"""So many terms a row the proof allows."""


def let_in(c: Any) -> bool:
    """Whether the proof covers a coefficient."""
    return not c or bool(abs(c) <= LARGEST and abs(c) * LARGEST >= 1)


def columns(numpy: Any, flags: Any) -> list[Any]:
    """Bits along the first axis, packed into columns of 64."""
    packed = numpy.packbits(flags, axis=0, bitorder="little")
    words = numpy.ascontiguousarray(packed.T).view("<u8")
    return [words[:, k] for k in range(words.shape[1])]


def lowest_bits(numpy: Any, points: Any) -> Any:
    """The lowest bit of all coordinates of each point, and at most 1."""
    mantissa, exponent = numpy.frexp(points)
    whole = numpy.ldexp(mantissa, 53).astype(numpy.int64)
    _, low = numpy.frexp((whole & -whole).astype(float))
    bits = numpy.where(whole == 0, 0, exponent - 54 + low)
    return numpy.ldexp(1.0, numpy.minimum(bits.min(axis=0, initial=0), 0))


def grid_of(terms: Iterable[tuple[int | Fraction, int]]) -> int | None:
    """The g such that a sum of terms c·v, with v multiples of 2⁻ⁱ, is one of 2⁻ᵍ."""
    finest = 0
    for c, below in terms:
        denominator = c.denominator
        own = denominator.bit_length() - 1 + below
        if denominator & (denominator - 1) or own > FINEST:
            return None
        finest = max(finest, own)
    return finest


def limit_of(grid: int | None) -> float:
    """The largest S, over the lowest bit, of which nothing is rounded; zeros are on any grid."""
    return 0.0 if grid is None else ldexp(1.0, 52 - grid)


def radius_of(carried: Any, size: Any, terms: Any, limit: Any, lowest: Any) -> Any:
    """The radius of computed rows, from T = `carried` and S = `size`; 0 where they are exact."""
    radius = (carried + ((terms + 4) * 2.0**-52) * size) * (1 + 2.0**-30) + FLOOR
    # below this lowest bit nothing is followed
    exact = (carried == 0) & (size <= limit * lowest) & (lowest >= 2.0**-300)
    radius[exact] = 0
    return radius


class Rows:
    """Different rows of slots as a matrix, and where each of those asked for is among them."""

    def __init__(self, numpy: Any, rows: Sequence[Slots], grids: Sequence[int]) -> None:
        different: dict[frozenset[tuple[int, int | Fraction]], int] = {}
        self.places = [different.setdefault(frozenset(row.items()), len(different)) for row in rows]
        unlike = [dict(row) for row in different]
        slots = sorted({slot for row in unlike for slot in row})
        column = {slot: i for i, slot in enumerate(slots)}
        self.matrix = numpy.zeros((len(unlike), len(slots)))
        for i, row in enumerate(unlike):
            for slot, c in row.items():
                self.matrix[i, column[slot]] = float(c)
        self.sizes = abs(self.matrix)
        self.slots: Any = slots
        if slots and slots[-1] - slots[0] == len(slots) - 1:
            self.slots = slice(slots[0], slots[-1] + 1)
        found = [grid_of((c, grids[slot]) for slot, c in row.items()) for row in unlike]
        self.grids = [grid or 0 for grid in found]
        self.terms = numpy.array([[float(len(row))] for row in unlike]).reshape(-1, 1)
        self.limits = numpy.array([[limit_of(grid)] for grid in found]).reshape(-1, 1)

    def at(self, values: Any, radii: Any, lowest: Any) -> tuple[Any, Any]:
        """Values and radii of the different rows, from those of all slots."""
        own = values[self.slots]
        size, carried = self.sizes @ abs(own), self.sizes @ radii[self.slots]
        return self.matrix @ own, radius_of(carried, size, self.terms, self.limits, lowest)


class Heights:
    """The signs of affine forms of the variables at points."""

    def __init__(self, numpy: Any, rows: Iterable[Sequence[int]]) -> None:
        self.numpy = numpy
        forms: list[Slots] = [{i: c for i, c in enumerate(row) if c} for row in rows]
        self.is_let_in = all(map(let_in, (c for form in forms for c in form.values())))
        width = 1 + max((slot for form in forms for slot in form), default=0)
        self._rows = Rows(numpy, forms if self.is_let_in else [], [0] * width)

    def signs(self, points: Any) -> list[tuple[Any, Any]]:
        """Where each form is certainly positive, and where certainly zero."""
        numpy = self.numpy
        values = numpy.vstack([numpy.ones((1, points.shape[1])), points])
        lowest = lowest_bits(numpy, points)
        with numpy.errstate(all="ignore"):
            value, radius = self._rows.at(values, numpy.zeros_like(values), lowest)
        places = self._rows.places
        return [(value[i] > radius[i], (radius[i] == 0) & (value[i] == 0)) for i in places]


def patterns(numpy: Any, columns: Sequence[Any], count: int) -> tuple[list[int], Any]:
    """The different words of columns of 64 bits, and which of them every point has."""
    if not columns:
        return [0], numpy.zeros(count, dtype=numpy.int64)
    if len(columns) == 1:
        found, place = numpy.unique(columns[0], return_inverse=True)
        return found.tolist(), place.reshape(-1)
    order = numpy.lexsort(columns)
    first = numpy.zeros(count, dtype=bool)
    first[:1] = True
    for column in columns:
        own = column[order]
        first[1:] |= own[1:] != own[:-1]
    place = numpy.empty(count, dtype=numpy.int64)
    place[order] = numpy.cumsum(first) - 1
    firsts = order[first]
    words = [column[firsts].tolist() for column in columns]
    return [sum(part << (64 * k) for k, part in enumerate(own)) for own in zip(*words)], place
