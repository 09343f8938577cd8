"""Piecewise polynomial functions of one variable: infima, Lipschitz constants, and shapes.

The program cuts the line itself. A *cell* is a real algebraic number or an open interval between
two of them, and on it the function is one polynomial: the cells are cut at all roots of each
polynomial whose sign a unit asks for, so every sign on an interval is that at any number in it.
Values are compared by Sturm's theorem, so a certificate needs to give no more than the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cmp_to_key
from typing import Any, NamedTuple

from piecewise_mt_check.algebraic import (
    Point,
    Root,
    Whole,
    derivative,
    isolated,
    read_root,
    sign,
    sign_at,
    sign_at_root,
    square_free,
)
from piecewise_mt_check.atoms import Formula
from piecewise_mt_check.following import allowed
from piecewise_mt_check.functions import Function, Operand, Unit, read_function
from piecewise_mt_check.optimum import read_sense
from piecewise_mt_check.polynomials import (
    Polynomial,
    coefficients,
    constant,
    minus,
    negative,
    plus,
    primitive,
    substituted,
    symbol,
    times,
)
from piecewise_mt_check.reading import (
    Invalid,
    Unsupported,
    integer,
    items,
    keys,
    number,
    spend,
)
from piecewise_mt_check.rows import read_rows

X = "x"
"""The variable, whatever its name is in the function."""
MAX_ROOTS = 200
MAX_SIZE = 100_000
"""So large may the square of a degree times the binary digits of a coefficient be."""
HEAD = {"format", "version", "kind", "function", "domain"}
Value = Fraction | Root


class Cell(NamedTuple):
    """A number, or an open interval, on which the function is a polynomial."""

    place: Root | None
    """The number; None for an interval."""
    sample: Fraction
    """A number in the interval."""
    left: Root | None
    right: Root | None
    """The ends of the interval; None for no end."""
    polynomial: Polynomial = {}


class _Unknown(Exception):
    """A polynomial whose roots are not known yet."""

    def __init__(self, polynomial: Whole) -> None:
        self.polynomial = polynomial


def whole(p: Polynomial) -> Whole:
    """A positive multiple as a list of coefficients by powers."""
    turn, own = primitive(p)
    return limited([turn * int(row.get((), 0)) for row in coefficients(own, X)])


def limited(p: Whole) -> Whole:
    """The polynomial, unless remainders of it would take long."""
    if len(p) > 2 and len(p) ** 2 * max(c.bit_length() for c in p) > MAX_SIZE:
        raise Unsupported(
            "a polynomial in one variable has a degree and numbers that are too large"
        )
    return p


def rational(c: Fraction) -> Root:
    return Root((-c.numerator, c.denominator), c - 1, c + 1)


def roots(p: Sequence[int]) -> list[Root]:
    """The real roots, ascending."""
    own = tuple(square_free(p))
    return [Root(own, low, high) for low, high in isolated(own)]


def narrowed(root: Root) -> Root:
    """The same root of a square-free polynomial, in half the interval."""
    middle = (root.low + root.high) / 2
    there = sign_at(root.polynomial, middle)
    if not there:
        quarter = (root.high - root.low) / 4
        return Root((-middle.numerator, middle.denominator), middle - quarter, middle + quarter)
    if there == sign_at(root.polynomial, root.low):
        return root._replace(low=middle)
    return root._replace(high=middle)


def side(root: Root, x: Fraction) -> int:
    """The sign of root - x."""
    if x <= root.low or x >= root.high:
        return 1 if x <= root.low else -1
    return sign_at_root([-x.numerator, x.denominator], root)


def order(one: Root, two: Root) -> int:
    """The sign of one - two."""
    if one.high <= two.low or two.high <= one.low:
        return -1 if one.high <= two.low else 1
    if not sign_at_root(two.polynomial, one) and side(one, two.low) > 0 > side(one, two.high):
        return 0  # two is the only root of its polynomial there
    while True:
        for end, turn in ((two.low, -1), (two.high, 1)):
            if turn * side(one, end) >= 0:
                return turn
        two = narrowed(two)


def distinct(found: Sequence[Root]) -> list[Root]:
    """Ascending, each number once, in intervals that do not overlap."""
    made: list[Root] = []
    for root in sorted(found, key=cmp_to_key(order)):
        if not made or order(made[-1], root):
            made.append(root)
    for i in range(len(made) - 1):
        while made[i].high > made[i + 1].low:
            made[i], made[i + 1] = narrowed(made[i]), narrowed(made[i + 1])
    return made


def cells(found: Sequence[Root]) -> list[Cell]:
    """The line cut at these numbers."""
    if not found:
        return [Cell(None, Fraction(0), None, None)]
    made = [Cell(None, found[0].low, None, found[0])]
    for i, root in enumerate(found):
        last = i == len(found) - 1
        following = None if last else found[i + 1]
        sample = root.high if following is None else (root.high + following.low) / 2
        made += [Cell(root, sample, None, None), Cell(None, sample, root, following)]
    return made


def read_line(data: Any) -> list[Cell]:
    """The cells of the domain, each with the polynomial that the function is there."""
    function = read_function(data["function"], curved=True)
    if len(function.names) != 1 or len(function.outputs) != 1:
        raise Invalid("expected a function of one variable with one output")
    domain = read_rows(data["domain"], 2)
    known: dict[tuple[int, ...], list[Root]] = {}

    def learn(p: Whole) -> None:
        known[tuple(square_free(p))] = roots(p)
        if sum(map(len, known.values())) > MAX_ROOTS:
            raise Unsupported(f"a line is cut at more than {MAX_ROOTS} numbers")

    for _, (c, slope) in domain:
        if slope:
            learn([c, slope])
    while True:
        made, unknown = [], []
        for cell in cells(distinct([root for own in known.values() for root in own])):
            signs = _Signs(cell, known)
            if all(allowed(relation, signs.of(_linear(row))) for relation, row in domain):
                try:
                    made.append(cell._replace(polynomial=_polynomial(function, signs)))
                except _Unknown as error:
                    unknown.append(error.polynomial)
        if not unknown:
            return made
        for p in unknown:
            learn(p)


class _Signs:
    """The signs of polynomials on a cell."""

    def __init__(self, cell: Cell, known: dict[tuple[int, ...], list[Root]]) -> None:
        self.cell, self.known = cell, known

    def of(self, p: Polynomial) -> int:
        own = whole(p)
        if len(own) <= 1:
            return sign(own[0]) if own else 0
        if self.cell.place is not None:
            return sign_at_root(own, self.cell.place)
        if tuple(square_free(own)) not in self.known:
            raise _Unknown(own)
        return sign_at(own, self.cell.sample)


def _linear(row: Sequence[int]) -> Polynomial:
    return plus(constant(Fraction(row[0])), {(X,): row[1]} if row[1] else {})


def _polynomial(function: Function, signs: _Signs) -> Polynomial:
    slots = [constant(Fraction(1)), symbol(X)]
    for unit in function.units:
        slots.append(_slot(unit, slots, signs))
    return _operand(function.outputs[0], slots)


def _operand(operand: Operand, slots: Sequence[Polynomial]) -> Polynomial:
    spend(len(operand.terms))
    terms = (times(constant(Fraction(c, operand.denominator)), slots[i]) for i, c in operand.terms)
    return plus(*terms)


def _slot(unit: Unit, slots: Sequence[Polynomial], signs: _Signs) -> Polynomial:
    atom = unit.atom
    given = [_operand(o, slots) for o in unit.operands]
    if isinstance(atom, Formula):
        return substituted(atom.polynomial, dict(zip(atom.names, given)))

    def combined(terms: Sequence[tuple[int, Fraction]], rest: Fraction) -> Polynomial:
        return plus(constant(rest), *(times(constant(c), given[i]) for i, c in terms))

    state: Any = ()
    while (children := atom.split(state)) is not None:
        for child in children:
            spend(len(child.conditions))
            if all(allowed(r, signs.of(combined(t, c))) for r, t, c in child.conditions):
                state = child.state
                break
        else:
            raise Unsupported("a split does not cover a point")
    found = atom.value(state)
    return combined(found.terms, found.constant)


# -- values ----------------------------------------------------------------------------------


def read_value(data: Any) -> Value:
    """A number, or a root as in ``algebraic``."""
    if not isinstance(data, dict):
        return number(data)
    own = keys(data, {"polynomial", "low", "high"})["polynomial"]
    limited(list(map(integer, items(own))))
    root = read_root(data)
    own = square_free(root.polynomial)
    return root._replace(polynomial=tuple(own if own[-1] > 0 else [-c for c in own]))


def shown(value: Value) -> str:
    if isinstance(value, Fraction):
        return str(value)
    powers = ("", "*t", *(f"*t^{k}" for k in range(2, len(value.polynomial))))
    terms = " + ".join(f"{c}{power}" for c, power in zip(value.polynomial, powers) if c)
    return f"the root of {terms} between {value.low} and {value.high}"


def compared(p: Polynomial, place: Root, value: Value) -> int:
    """The sign of p(place) - value."""
    return compared_at(Point({X: (Fraction(0), Fraction(1))}, place), p, value)


def compared_at(point: Point, p: Polynomial, value: Value) -> int:
    """The sign of p(point) - value."""
    if isinstance(value, Fraction):
        return point.sign(minus(p, constant(value)))
    if point.sign(minus(p, constant(value.low))) <= 0:
        return -1
    if point.sign(minus(p, constant(value.high))) >= 0:
        return 1
    # the value is the only root of its polynomial there, where its sign changes
    own: Polynomial = {("v",) * k: c for k, c in enumerate(value.polynomial) if c}
    found = Point({"v": point.value(p)}, point.root).sign(own)
    return found and (-1 if found == sign_at(value.polynomial, value.low) else 1)


def slope(p: Polynomial) -> Polynomial:
    return {m[1:]: c * len(m) for m, c in p.items() if m}


def is_inside(root: Root, cell: Cell) -> bool:
    if cell.place is not None:
        return not order(root, cell.place)
    return (cell.left is None or order(cell.left, root) < 0) and (
        cell.right is None or order(root, cell.right) < 0
    )


def extremes(p: Polynomial, cell: Cell) -> Iterator[tuple[Root, bool]]:
    """Numbers at which the lowest and highest values of p are, and whether they are in the cell.

    Where p tends to infinity there is none.
    """
    if cell.place is not None:
        yield cell.place, True
        return
    own = whole(p)
    if len(own) <= 1:
        yield rational(cell.sample), True
        return
    for end in (cell.left, cell.right):
        if end is not None:
            yield end, False
    for root in roots(derivative(own)):
        if is_inside(root, cell):
            yield root, True


def falls(p: Polynomial, cell: Cell) -> bool:
    """Whether p tends to minus infinity in the cell."""
    own = whole(p)
    if cell.place is not None or len(own) <= 1:
        return False
    lead = sign(own[-1])
    return (cell.right is None and lead < 0) or (
        cell.left is None and lead * (-1) ** (len(own) - 1) < 0
    )


def is_nowhere_negative(p: Polynomial, cell: Cell) -> bool:
    return not falls(p, cell) and all(
        compared(p, place, Fraction(0)) >= 0 for place, _ in extremes(p, cell)
    )


# -- the kinds -------------------------------------------------------------------------------


def check_line_infimum(data: Any) -> str:
    """The value, and if it is attained a number where it is."""
    keys(data, HEAD | {"sense", "value"}, {"point"})
    turn, word = read_sense(data["sense"])
    line = read_line(data)
    if not line:
        raise Invalid("the domain has no point")
    unbounded = any(falls(p if turn > 0 else negative(p), cell) for cell, p in _with(line))
    if data["value"] is None:
        keys(data, HEAD | {"sense", "value"})
        if not unbounded:
            raise Invalid("the function is bounded")
        return f"the function has no {word}: it is unbounded"
    value = read_value(data["value"])
    if unbounded:
        raise Invalid("the function is unbounded")
    found = set()
    for cell, p in _with(line):
        for place, is_in in extremes(p, cell):
            against = turn * compared(p, place, value)
            if against < 0:
                raise Invalid(f"the function goes beyond the {word}")
            found |= {is_in} if not against else set()
    if "point" in data:
        at = _read_place(data["point"])
        if not any(is_inside(at, cell) and not compared(p, at, value) for cell, p in _with(line)):
            raise Invalid("the function does not have the value at the point")
    elif found != {False}:
        raise Invalid("the value is attained, or not tended to")
    where = "attained" if "point" in data else "tended to"
    return f"the {word} is {shown(value)}, which is {where}"


def _with(line: Sequence[Cell]) -> Iterator[tuple[Cell, Polynomial]]:
    return ((cell, cell.polynomial) for cell in line)


def _read_place(data: Any) -> Root:
    found = read_value(data)
    return rational(found) if isinstance(found, Fraction) else found


def check_line_lipschitz(data: Any) -> str:
    """The largest absolute slope of a continuous function."""
    keys(data, HEAD | {"value"})
    line = read_line(data)
    if all(cell.place is not None for cell in line):
        raise Invalid("the domain has no interior")
    if any(compared(minus(p, q), place, Fraction(0)) for place, p, q in _joints(line)):
        raise Invalid("the function jumps")
    slopes = [(cell, slope(p)) for cell, p in _with(line) if cell.place is None]
    signed = [(cell, q) for cell, p in slopes for q in (p, negative(p))]
    unbounded = any(falls(q, cell) for cell, q in signed)
    if data["value"] is None:
        if not unbounded:
            raise Invalid("the slopes are bounded")
        return "the function has no Lipschitz constant: its slopes are unbounded"
    value = read_value(data["value"])
    if unbounded:
        raise Invalid("the slopes are unbounded")
    signs = {compared(q, place, value) for cell, q in signed for place, _ in extremes(q, cell)}
    if max(signs) > 0:
        raise Invalid("a slope is larger")
    if 0 not in signs:
        raise Invalid("all slopes are smaller")
    return f"the Lipschitz constant is {shown(value)}"


def _joints(line: Sequence[Cell]) -> Iterator[tuple[Root, Polynomial, Polynomial]]:
    """The numbers where two cells meet, with the polynomials from left to right."""
    for one, two in zip(line, line[1:]):
        place = one.place or two.place
        if place is None:
            raise Unsupported("two intervals of a line follow each other")
        yield place, one.polynomial, two.polynomial


SHAPES = {"convex": (2, 1), "concave": (2, -1), "monotone": (1, 1)}


def check_line_shape(data: Any) -> str:
    """Convex or concave, or that the function does not decrease.

    On intervals by the sign of a derivative; where cells meet, f may not jump the wrong way, and
    the slopes of convex functions increase. A convex function may jump up at an end of the domain.
    """
    keys(data, HEAD | {"shape"})
    shape = data["shape"]
    if not isinstance(shape, str) or shape not in SHAPES:
        raise Invalid(f"expected a shape, one of {', '.join(SHAPES)}")
    times_derived, turn = SHAPES[shape]
    line = [
        cell._replace(polynomial=p if turn > 0 else negative(p))
        for cell, p in _with(read_line(data))
    ]
    for cell, p in _with(line):
        for _ in range(times_derived):
            p = slope(p)
        if cell.place is None and not is_nowhere_negative(p, cell):
            raise Invalid(f"the function is not {shape} on an interval")
    joints = list(_joints(line))
    for i, (place, p, q) in enumerate(joints):
        jump = compared(minus(q, p), place, Fraction(0))
        is_first = i == 0 and line[0].place is not None
        is_last = i == len(joints) - 1 and line[-1].place is not None
        permitted = {0, 1} if times_derived == 1 else {0, -1 if is_first else 1 if is_last else 0}
        if jump not in permitted:
            raise Invalid(f"the function jumps, and is not {shape}")
    if times_derived == 2:
        for one, two, three in zip(line, line[1:], line[2:]):
            if two.place is not None:
                bend = minus(slope(three.polynomial), slope(one.polynomial))
                if compared(bend, two.place, Fraction(0)) < 0:
                    raise Invalid(f"the function bends, and is not {shape}")
    what = "does not decrease" if shape == "monotone" else f"is {shape}"
    return f"the function {what} on the domain"
