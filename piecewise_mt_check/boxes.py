"""Bounds of a function, and of its slopes, on boxes: kinds "bound" and "lipschitz_bound".

The domain lies in a box, by proofs from its rows. The certificate says how the box is split: a list
in preorder, with ``[k, c]`` for a box that is split at c in variable k, and 0 for one that is not.
On each of those the function is enclosed here, in intervals, or a row of the domain holds nowhere.

Beside the natural enclosure counts what slopes tell. On a box f is a function g of all points whose
Clarke gradients have their entries in the slopes, at kinks too (by the chain rule for them; g is f,
but linear parts of kinks go on where the box ends). So the mean value theorem of Lebourg holds: on
a box B with centre c, f(x) is in f(c) + Σ slope(B)·(x - c), and where a slope has one sign, f is
smallest and largest at the ends of that side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt_check.atoms import Extremum, Line, OrderStatistic, Where
from piecewise_mt_check.expressions import Jet, SmoothFormula, combined, constant
from piecewise_mt_check.functions import Function, Operand, Unit, read_function
from piecewise_mt_check.intervals import ONE, ZERO, Interval, NotKnown, hull, point, rounded, scaled
from piecewise_mt_check.reading import Invalid, Unsupported, index, items, keys, number
from piecewise_mt_check.rows import Related, primitive, read_rows, require_implied

Box = tuple[Interval, ...]
HEAD = {"format", "version", "kind", "function", "domain", "box", "inside", "tree"}


def read_smooth(data: Any) -> Function:
    return read_function(data, smooth=SmoothFormula)


def jets(function: Function, box: Box) -> list[Jet]:
    """The outputs on a box, with their slopes."""
    slots = [constant(ONE), *(Jet(side, {k: ONE}) for k, side in enumerate(box))]
    for unit in function.units:
        slots.append(_unit(unit, [_operand(o, slots) for o in unit.operands]))
    return [_operand(o, slots) for o in function.outputs]


def _operand(operand: Operand, slots: Sequence[Jet]) -> Jet:
    terms = [(Fraction(c, operand.denominator), slots[slot]) for slot, c in operand.terms]
    value = sum((scaled(jet.value, c) for c, jet in terms), ZERO)
    return combined([(point(c), jet) for c, jet in terms], value)


def _unit(unit: Unit, given: Sequence[Jet]) -> Jet:
    atom = unit.atom
    if isinstance(atom, SmoothFormula):
        return atom.jet(given)
    if isinstance(atom, Extremum):
        if atom.sign < 0:
            turned = _largest([_turned(jet) for jet in given])
            return _turned(turned)
        return _largest(given)
    if isinstance(atom, Line):
        return _line(atom, given[0])
    if isinstance(atom, OrderStatistic):
        lows, highs = (sorted(getattr(j.value, end) for j in given) for end in ("low", "high"))
        value = Interval(lows[atom.rank], highs[atom.rank])
        near = [j for j in given if j.value.low <= value.high and value.low <= j.value.high]
        return Jet(value, _slopes(near))
    if isinstance(atom, Where):
        return _where(atom, given)
    raise Unsupported("the function has an atom that is not enclosed")


def _turned(jet: Jet) -> Jet:
    slopes = jet.slopes
    return Jet(-jet.value, None if slopes is None else {k: -s for k, s in slopes.items()})


def _slopes(jets: Sequence[Jet]) -> dict[int, Interval] | None:
    """The hull of slopes."""
    if any(jet.slopes is None for jet in jets):
        return None
    own = [jet.slopes or {} for jet in jets]
    names = sorted({k for slopes in own for k in slopes})
    return {k: hull([slopes.get(k, ZERO) for slopes in own]) for k in names}


def _largest(given: Sequence[Jet]) -> Jet:
    low = max(jet.value.low for jet in given)
    high = max(jet.value.high for jet in given)
    # on the box the others are at most the one with this low end
    first = next(jet for jet in given if jet.value.low == low)
    active = [jet for jet in given if jet is first or jet.value.high > low]
    return Jet(Interval(low, high), _slopes(active))


def _line(atom: Line, operand: Jet) -> Jet:
    low, high = operand.value.low, operand.value.high
    if low == high:
        return constant(point(atom.at([low])))
    values = [atom.at([end]) for end in (low, *(b for b in atom.points if low < b < high), high)]
    # the pieces beyond an end of the operand's values do not count
    first, last = sum(b <= low for b in atom.points), sum(b < high for b in atom.points)
    slopes = atom.slopes[first : last + 1]
    factor = Interval(min(slopes), max(slopes))
    return combined([(factor, operand)], rounded(min(values), max(values)))


def _where(atom: Where, given: Sequence[Jet]) -> Jet:
    one, two, yes, no = given
    if atom.op[0] == "<":
        one, two = two, one
    difference = one.value - two.value
    closed = len(atom.op) == 2
    if difference.low > 0 or (closed and difference.low >= 0):
        return yes
    if difference.high < 0 or (not closed and difference.high <= 0):
        return no
    # it may jump
    return Jet(hull([yes.value, no.value]), None)


def lower_bound(function: Function, place: int, box: Box, sign: int) -> Fraction:
    """A number that sign · (an output) is not below on the box."""
    (jet,) = [_signed(jets(function, box)[place], sign)]
    found = jet.value.low
    if jet.slopes is None:
        return found
    smaller = tuple(
        point(side.low) if slope.low >= 0 else point(side.high) if slope.high <= 0 else side
        for side, slope in ((side, jet.slopes.get(k, ZERO)) for k, side in enumerate(box))
    )
    if smaller != box:
        jet = _signed(jets(function, smaller)[place], sign)
        found = max(found, jet.value.low)
    centre = tuple(point((side.low + side.high) / 2) for side in smaller)
    if jet.slopes is None or centre == smaller:
        return found
    total = _signed(jets(function, centre)[place], sign).value
    for k, (side, middle) in enumerate(zip(smaller, centre)):
        if k in jet.slopes:
            total = total + jet.slopes[k] * (side - middle)
    return max(found, total.low)


def _signed(jet: Jet, sign: int) -> Jet:
    return jet if sign > 0 else _turned(jet)


def is_outside(domain: Sequence[Related], box: Box) -> bool:
    """Whether a row of the domain holds nowhere in the box."""
    for relation, row in domain:
        low, high = Fraction(row[0]), Fraction(row[0])
        for c, side in zip(row[1:], box):
            low += c * (side.low if c > 0 else side.high)
            high += c * (side.high if c > 0 else side.low)
        if high < 0 or (high == 0 and relation == ">") or (relation == "=" and low > 0):
            return True
    return False


def read_box(data: Any, proofs: Any, domain: Sequence[Related], width: int) -> Box:
    """Sides [low, high], each with proofs that the domain lies between."""
    box = []
    for k, (side, own) in enumerate(zip(items(data, width - 1), items(proofs, width - 1))):
        low, high = map(number, items(side, 2))
        if low > high:
            raise Invalid("expected a side of a box, got one that ends before it begins")
        for proof, end, sign in zip(items(own, 2), (low, high), (1, -1)):
            row = [Fraction(0)] * width
            row[0], row[k + 1] = -sign * end, Fraction(sign)
            require_implied(proof, Related(">=", primitive(row)), domain)
        box.append(Interval(low, high))
    return tuple(box)


def leaves(box: Box, data: Any) -> Iterator[Box]:
    """The boxes that are not split further."""
    given = iter(items(data))
    pending = [box]
    while pending:
        box = pending.pop()
        entry = next(given, None)
        if entry == 0 and type(entry) is int:
            yield box
            continue
        if entry is None:
            raise Invalid("the list of boxes ends too early")
        which, place = items(entry, 2)
        k, at = index(which, len(box)), number(place)
        if not box[k].low < at < box[k].high:
            raise Invalid("a box is not split inside")
        left, right = list(box), list(box)
        left[k], right[k] = Interval(box[k].low, at), Interval(at, box[k].high)
        pending += [tuple(right), tuple(left)]
    if next(given, given) is not given:
        raise Invalid("the list of boxes goes on after its end")


def check_bound(data: Any) -> str:
    keys(data, HEAD, {"low", "high"})
    function, domain, box = _read(data)
    bounds = [(sign, number(data[key])) for key, sign in (("low", 1), ("high", -1)) if key in data]
    if not bounds:
        raise Invalid("expected a bound 'low' or 'high'")
    for own in leaves(box, data["tree"]):
        if is_outside(domain, own):
            continue
        for place in range(len(function.outputs)):
            for sign, value in bounds:
                if _lower(function, place, own, sign) < sign * value:
                    raise Invalid("the enclosure on a box does not show the bound")
    shown = [f"{'at least' if sign > 0 else 'at most'} {value}" for sign, value in bounds]
    what = "the function is" if len(function.outputs) == 1 else "all entries of the function are"
    return f"{what} {' and '.join(shown)} on the domain"


def _lower(function: Function, place: int, box: Box, sign: int) -> Fraction:
    try:
        return lower_bound(function, place, box, sign)
    except NotKnown as error:
        raise Invalid(f"on a box of the proof {error}") from None


def slope_power(function: Function, box: Box, order: Any) -> Fraction:
    """A bound of the norms of all gradients on a box; of their squares for order 2 (Frobenius)."""
    rows = []
    for jet in jets(function, box):
        if jet.slopes is None:
            raise NotKnown("a slope is not known")
        rows.append([jet.slopes.get(k, ZERO).magnitude() for k in range(len(box))])
    if order == 2:
        return sum((c * c for row in rows for c in row), Fraction(0))
    lines = rows if order == "inf" else list(zip(*rows))
    return max(sum(line, Fraction(0)) for line in lines)


def check_lipschitz_bound(data: Any) -> str:
    """|f(x) - f(y)| ≤ L·|x - y|: the domain is convex, and the gradients are no larger."""
    keys(data, HEAD | {"ord", "power"})
    function, domain, box = _read(data)
    order, power = data["ord"], number(data["power"])
    if type(order) is bool or order not in (1, 2, "inf"):
        raise Invalid("expected ord 1, 2 or 'inf'")
    for own in leaves(box, data["tree"]):
        if is_outside(domain, own):
            continue
        try:
            found = slope_power(function, own, order)
        except NotKnown as error:
            raise Invalid(f"on a box of the proof {error}") from None
        if found > power:
            raise Invalid("the enclosure of the slopes on a box does not show the bound")
    shown = f"the square root of {power}" if order == 2 else str(power)
    return f"{shown} is a Lipschitz constant (ord {order}) on the domain"


def _read(data: Any) -> tuple[Function, list[Related], Box]:
    function = read_smooth(data["function"])
    domain = read_rows(data["domain"], function.width)
    return function, domain, read_box(data["box"], data["inside"], domain, function.width)
