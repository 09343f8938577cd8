"""The nonsmooth functions of one unit: where they branch, and what they are on each branch.

An atom is asked step by step. In a *state* (the first is ``()``) it either is *known*, or it
*splits*: ``split(state)`` lists children, each with conditions on the operands y0, y1, … and a
new state. **The conditions of the children exclude each other, and one of them always holds**:
that is what the proof that a table is a partition rests on, so each split below says why. Where
the state is known, ``value(state)`` is a combination of operands that the atom equals there, and
``rule(state, symbols)`` the one whose gradient the tie rule picks, with polynomials in symbols as
weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt_check.polynomials import Polynomial, constant, minus, plus, symbol, times
from piecewise_mt_check.polynomials import read as read_coefficient
from piecewise_mt_check.polynomials import value as value_of
from piecewise_mt_check.reading import (
    Invalid,
    Unsupported,
    field,
    index,
    integer,
    items,
    keys,
    number,
)
from piecewise_mt_check.rows import Row, negative, read_rows

MAX_OPERANDS = 1000
State = tuple[Any, ...]
Symbols = Callable[[State, int], Sequence[str]]
"""The names of the free parameters of a tie: as many as are asked for."""


class Condition(NamedTuple):
    """constant + Σ c·y is =, >= or > 0, over pairs (operand, c)."""

    relation: str
    terms: tuple[tuple[int, Fraction], ...]
    constant: Fraction = Fraction(0)


class Child(NamedTuple):
    """One side of a split."""

    conditions: tuple[Condition, ...]
    state: State


class Value(NamedTuple):
    """constant + Σ c·y."""

    terms: tuple[tuple[int, Fraction], ...]
    constant: Fraction = Fraction(0)


class Rule(NamedTuple):
    """constant + Σ w·y with polynomials as weights."""

    terms: tuple[tuple[int, Polynomial], ...]
    constant: Polynomial


def over(i: int, j: int, relation: str) -> Condition:
    """y_i - y_j against 0."""
    return Condition(relation, ((i, Fraction(1)), (j, Fraction(-1))))


class Atom(ABC):
    """A continuous, piecewise linear function of `arity` operands with a tie rule."""

    arity: int
    is_continuous = True

    @abstractmethod
    def split(self, state: State) -> list[Child] | None:
        """The children of a state, None where it is known."""

    @abstractmethod
    def value(self, state: State) -> Value:
        """What it equals."""

    def rule(self, state: State, symbols: Symbols) -> Rule | None:
        """What the tie rule picks; None for the same as :meth:`value`."""
        return None

    def symbols(self) -> set[str]:
        """The symbols that its rule names."""
        return set()

    @abstractmethod
    def at(self, operands: Sequence[Fraction]) -> Fraction:
        """The value at numbers, from the definition."""


class TieRule:
    """The weights of tied operands: "free", "first", "last", "average", weights, sets or mix."""

    def __init__(self, data: Any, n: int) -> None:
        self.n = n
        self.kind, self.weights = "", list[Polynomial]()
        self.table: dict[tuple[int, ...], list[Polynomial]] = {}
        if isinstance(data, str):
            self.kind = data
            if data not in ("free", "first", "last", "average"):
                raise Unsupported("unknown tie rule")
        elif set(keys(data, set(), {"weights", "sets", "mix"})) == {"weights"}:
            self.kind = "weights"
            self.weights = [constant(number(w)) for w in items(data["weights"], n)]
            if any(w.get((), 0) <= 0 for w in self.weights):
                raise Invalid("expected positive weights")
        elif set(data) == {"mix"}:
            self.kind, self.weights = "mix", [read_coefficient(data["mix"])]
        elif set(data) == {"sets"}:
            self.kind = "sets"
            for entry in items(data["sets"]):
                tied, weights = items(entry, 2)
                key = tuple(index(i, n) for i in items(tied))
                own = list(map(read_coefficient, items(weights, len(key))))
                if list(key) != sorted(set(key)) or key in self.table:
                    raise Invalid("expected different increasing sets in a tie rule")
                if plus(*own) != constant(1):
                    raise Invalid("expected weights that sum to 1")
                self.table[key] = own
        else:
            raise Invalid("expected one tie rule")

    def symbols(self) -> set[str]:
        own = [*self.weights, *(w for row in self.table.values() for w in row)]
        return {name for w in own for monomial in w for name in monomial}

    def of(self, tied: tuple[int, ...], state: State, symbols: Symbols) -> Rule | None:
        """The weights on a set of tied operands; None for weight 1 on the first one."""
        k = len(tied)
        if k == 1 or self.kind == "first":
            return None
        if self.kind == "free":
            own = [symbol(name) for name in symbols(state, k - 1)]
            own.append(minus(constant(1), plus(*own)))
        elif self.kind == "last":
            own = [*[constant(0)] * (k - 1), constant(1)]
        elif self.kind == "average":
            own = [constant(Fraction(1, k))] * k
        elif self.kind == "weights":
            total = plus(*(self.weights[i] for i in tied))[()]
            own = [constant(Fraction(self.weights[i][()]) / total) for i in tied]
        elif self.kind == "mix":
            share = times(self.weights[0], constant(Fraction(1, k)))
            own = [share] * k
            own[0] = plus(constant(1), minus(share, self.weights[0]))
        else:
            if tied not in self.table:
                raise Invalid("a tie rule has no weights for a set")
            own = self.table[tied]
        return Rule(tuple(zip(tied, own)), {})


class Extremum(Atom):
    """max (sign 1) or min (sign -1) of n operands."""

    def __init__(self, data: Any, sign: int) -> None:
        keys(data, {"atom", "n", "ties"})
        self.arity = _arity(data)
        self.ties = TieRule(data["ties"], self.arity)
        self.sign = sign

    def _over(self, i: int, j: int, relation: str) -> Condition:
        return over(i, j, relation) if self.sign > 0 else over(j, i, relation)

    def split(self, state: State) -> list[Child] | None:
        n, joined = self.arity, self.ties.kind in ("first", "last")
        if not state:
            if n == 1:
                return None
            # exactly one i is the first (the last) of those that attain the maximum
            last = self.ties.kind == "last"
            return [
                Child(
                    tuple(
                        self._over(i, j, ">=" if (j < i) == last else ">")
                        for j in range(n)
                        if j != i
                    ),
                    ((i,), i + 1),
                )
                for i in range(n)
            ]
        tied, j = state
        if joined or j == n:
            return None
        # y_i >= y_j is known: it is > or =
        i = tied[0]
        return [
            Child((self._over(i, j, ">"),), (tied, j + 1)),
            Child((self._over(i, j, "="),), ((*tied, j), j + 1)),
        ]

    def _tied(self, state: State) -> tuple[int, ...]:
        tied: tuple[int, ...] = state[0] if state else (0,)
        return tied

    def value(self, state: State) -> Value:
        return Value(((self._tied(state)[0], Fraction(1)),))

    def rule(self, state: State, symbols: Symbols) -> Rule | None:
        # under "first" and "last" the state has one operand
        return self.ties.of(self._tied(state), self._tied(state), symbols)

    def symbols(self) -> set[str]:
        return self.ties.symbols()

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        return max(operands) if self.sign > 0 else min(operands)


class Line(Atom):
    """A continuous piecewise linear function of one variable."""

    arity = 1

    def __init__(self, data: Any) -> None:
        keys(data, {"atom", "breakpoints", "slopes", "value", "at_breaks"})
        self.points = [number(b) for b in items(data["breakpoints"])]
        m = len(self.points)
        self.slopes = [number(s) for s in items(data["slopes"], m + 1)]
        if not m or any(a >= b for a, b in zip(self.points, self.points[1:])):
            raise Invalid("expected increasing breakpoints, one or more")
        # the value at each breakpoint; the data have that at the first one
        self.values = [number(data["value"])]
        for j in range(1, m):
            rise = self.slopes[j] * (self.points[j] - self.points[j - 1])
            self.values.append(self.values[-1] + rise)
        self.rules = [
            None if rule == "free" else read_coefficient(rule)
            for rule in items(data["at_breaks"], m)
        ]
        self.joins = list(map(self._joined, range(m)))
        self.children = self._intervals()

    def _joined(self, j: int) -> int | None:
        """The interval, j or j + 1, whose slope the rule takes at breakpoint j, if it does."""
        for interval in (j, j + 1):
            if self.rules[j] == constant(self.slopes[interval]):
                return interval
        return None

    def split(self, state: State) -> list[Child] | None:
        return None if state else self.children

    def _intervals(self) -> list[Child]:
        """From left to right: intervals, and the breakpoints that belong to none."""
        one = Fraction(1)
        children = []
        for k in range(len(self.slopes)):
            conditions = []
            if k:
                closed = self.joins[k - 1] == k
                below = -self.points[k - 1]
                conditions.append(Condition(">=" if closed else ">", ((0, one),), below))
            if k < len(self.points):
                closed = self.joins[k] == k
                above = self.points[k]
                conditions.append(Condition(">=" if closed else ">", ((0, -one),), above))
            children.append(Child(tuple(conditions), ("interval", k)))
            if k < len(self.points) and self.joins[k] is None:
                tie = Condition("=", ((0, one),), -self.points[k])
                children.append(Child((tie,), ("breakpoint", k)))
        return children

    def value(self, state: State) -> Value:
        kind, k = state
        if kind == "breakpoint":
            return Value((), self.values[k])
        knot = max(k - 1, 0)
        slope = self.slopes[k]
        return Value(((0, slope),), self.values[knot] - slope * self.points[knot])

    def rule(self, state: State, symbols: Symbols) -> Rule | None:
        kind, k = state
        if kind == "interval":
            return None
        slope = self.rules[k]
        if slope is None:
            slope = symbol(symbols((k,), 1)[0])
        rest = minus(constant(self.values[k]), times(slope, constant(self.points[k])))
        return Rule(((0, slope),), rest)

    def symbols(self) -> set[str]:
        return {name for rule in self.rules if rule for monomial in rule for name in monomial}

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        y = operands[0]
        k = sum(b <= y for b in self.points)
        knot = max(k - 1, 0)
        return self.values[knot] + self.slopes[k] * (y - self.points[knot])


class Where(Atom):
    """where(y0 op y1, y2, y3)."""

    arity = 4
    is_continuous = False

    def __init__(self, data: Any) -> None:
        self.op = keys(data, {"atom", "op"})["op"]
        if self.op not in (">", ">=", "<", "<="):
            raise Invalid("expected a comparison")

    def split(self, state: State) -> list[Child] | None:
        if state:
            return None
        # the comparison, and its contrary
        i, j = (0, 1) if self.op[0] == ">" else (1, 0)
        closed = len(self.op) == 2
        return [
            Child((over(i, j, ">=" if closed else ">"),), (2,)),
            Child((over(j, i, ">" if closed else ">="),), (3,)),
        ]

    def value(self, state: State) -> Value:
        return Value(((state[0], Fraction(1)),))

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        a, b, yes, no = operands
        holds = {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b}[self.op]
        return yes if holds else no


class OrderStatistic(Atom):
    """The operand of rank k, from 0, in increasing order.

    The operands are sorted by insertion. A state is (groups, j, place): the groups of equal
    operands so far in increasing order, the next operand, and the group it is compared with.
    """

    def __init__(self, data: Any) -> None:
        keys(data, {"atom", "n", "rank", "ties"})
        self.arity = _arity(data)
        self.rank = index(data["rank"], self.arity)
        self.by_place = data["ties"] in ("stable", "reverse")
        self.reverse = data["ties"] == "reverse"
        self.ties = TieRule("free" if self.by_place else data["ties"], self.arity)

    def split(self, state: State) -> list[Child] | None:
        groups, j, place = state or (((0,),), 1, 0)
        if j == self.arity:
            return None
        i = groups[place][0]
        before = (*groups[:place], (j,), *groups[place:])
        after = (*groups[: place + 1], (j,), *groups[place + 1 :])
        last = place + 1 == len(groups)
        # y_j is below, equal to or above y_i; with ties broken by position, before or after it
        further = self._inserted(after, j) if last else (groups, j, place + 1)
        if self.by_place:
            return [
                Child((over(i, j, ">=" if self.reverse else ">"),), self._inserted(before, j)),
                Child((over(j, i, ">" if self.reverse else ">="),), further),
            ]
        among = (*groups[:place], (*groups[place], j), *groups[place + 1 :])
        return [
            Child((over(i, j, ">"),), self._inserted(before, j)),
            Child((over(i, j, "="),), self._inserted(among, j)),
            Child((over(j, i, ">"),), further),
        ]

    def _inserted(self, groups: tuple[tuple[int, ...], ...], j: int) -> State:
        """What is above the operand of rank k stays above it, whatever comes."""
        kept, total = 0, 0
        while kept < len(groups) and total <= self.rank:
            total += len(groups[kept])
            kept += 1
        return groups[:kept], j + 1, 0

    def _sets(self, state: State) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Those equal to the value, and those below it."""
        groups = state[0] if state else ((0,),)
        below = sorted(i for group in groups[:-1] for i in group)
        return groups[-1], tuple(below)

    def value(self, state: State) -> Value:
        return Value(((self._sets(state)[0][0], Fraction(1)),))

    def rule(self, state: State, symbols: Symbols) -> Rule | None:
        equal, below = self._sets(state)
        return self.ties.of(equal, (equal, below), symbols)

    def symbols(self) -> set[str]:
        return self.ties.symbols()

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        return sorted(operands)[self.rank]


class Stated(Atom):
    """A table of somebody's own: pieces, unions of polyhedra, with an affine formula each.

    A state is the signs so far of all rows that occur.
    """

    is_continuous = False

    def __init__(self, data: Any) -> None:
        keys(data, {"atom", "n", "coordinates", "pieces"})
        self.arity = _arity(data)
        width = index(data["coordinates"], self.arity + 1) + 1
        self.pieces = []
        for piece in items(data["pieces"]):
            keys(piece, {"parts", "formula"})
            parts = [read_rows(part, width) for part in items(piece["parts"])]
            self.pieces.append(
                (parts, [number(c) for c in items(piece["formula"], self.arity + 1)])
            )
        # rows that differ in the sign only are one
        rows = [max(row, negative(row)) for parts, _ in self.pieces for p in parts for _, row in p]
        self.rows = list(dict.fromkeys(rows))
        self.places = {row: (i, 1) for i, row in enumerate(self.rows)}
        self.places |= {negative(row): (i, -1) for i, row in enumerate(self.rows) if any(row)}

    def split(self, state: State) -> list[Child] | None:
        if len(state) == len(self.rows):
            return None
        # the next row is negative, zero or positive
        row = self.rows[len(state)]

        def turned(sign: int, relation: str) -> Condition:
            terms = tuple((i, Fraction(sign * c)) for i, c in enumerate(row[1:]) if c)
            return Condition(relation, terms, Fraction(sign * row[0]))

        return [
            Child((turned(-1, ">"),), (*state, -1)),
            Child((turned(1, "="),), (*state, 0)),
            Child((turned(1, ">"),), (*state, 1)),
        ]

    def _formula(self, signs: Sequence[int]) -> list[Fraction]:
        """That of the one piece with these signs."""
        allowed = {"=": (0,), ">": (1,), ">=": (0, 1)}

        def sign(row: Row) -> int:
            place, turn = self.places[row]
            return turn * signs[place]

        found = [
            formula
            for parts, formula in self.pieces
            if any(all(sign(row) in allowed[relation] for relation, row in p) for p in parts)
        ]
        if len(found) != 1:
            raise Invalid(f"a point is in {len(found)} pieces of a stated function")
        return found[0]

    def value(self, state: State) -> Value:
        formula = self._formula(state)
        terms = ((i, c) for i, c in enumerate(formula[1:]) if c)
        return Value(tuple(terms), formula[0])

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        values = [Fraction(1), *operands]
        heights = [sum((c * v for c, v in zip(row, values)), Fraction(0)) for row in self.rows]
        formula = self._formula([(h > 0) - (h < 0) for h in heights])
        return sum((c * v for c, v in zip(formula, values)), Fraction(0))


class Formula(Atom):
    """A polynomial in the operands u1, u2, …: known everywhere, but no combination of them."""

    def __init__(self, data: Any) -> None:
        if isinstance(data, dict) and "formula" in data:
            raise Unsupported("the function has smooth nodes that are no polynomials")
        keys(data, {"terms", "arity"})
        self.arity = _arity(data, "arity")
        self.names = [f"u{i + 1}" for i in range(self.arity)]
        self.polynomial = read_coefficient({"terms": data["terms"]}, set(self.names))

    def split(self, state: State) -> list[Child] | None:
        return None

    def value(self, state: State) -> Value:
        raise Unsupported("the function has smooth nodes")

    def at(self, operands: Sequence[Fraction]) -> Fraction:
        return value_of(self.polynomial, dict(zip(self.names, operands)))


def _arity(data: Any, key: str = "n") -> int:
    n = integer(data[key])
    if n < 1:
        raise Invalid("expected one operand or more")
    if n > MAX_OPERANDS:
        raise Unsupported(f"an atom has more than {MAX_OPERANDS} operands")
    return n


def read_atom(data: Any) -> Atom:
    """The atom of the data."""
    kind = field(data, "atom")
    if kind in ("max", "min"):
        return Extremum(data, 1 if kind == "max" else -1)
    if kind == "piecewise_linear":
        return Line(data)
    if kind == "where":
        return Where(data)
    if kind == "order":
        return OrderStatistic(data)
    if kind == "stated":
        return Stated(data)
    raise Unsupported("the function has an atom of an unknown kind")
