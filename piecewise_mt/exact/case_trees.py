"""Proofs that no real point satisfies a system of polynomial sign conditions, and their checker.

A proof is a tree of cases. The checker keeps what the cases on the way assert, as sets of signs of
polynomials with integer coefficients, and closes every leaf by itself; it shares no code with what
made the tree. A set of signs is a mask: 1 for negative, 2 for zero, 4 for positive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from piecewise_mt.exact.integer_polynomials import (
    Frozen,
    Terms,
    coefficients_in,
    frozen,
    is_constant,
    plus,
    primitive,
    quotient,
    times,
    variables_in,
)
from piecewise_mt.exact.real_roots import sign_columns
from piecewise_mt.exact.sign_tables import Row, SignNotKnown, rows_where_zero, sign_table

NEGATIVE, ZERO, POSITIVE, ANY = 1, 2, 4, 7


@dataclass(frozen=True, slots=True)
class Split:
    """The cases of one polynomial's sign, which together leave out no possible one."""

    polynomial: Frozen
    branches: tuple[tuple[int, Tree], ...]


@dataclass(frozen=True, slots=True)
class Solve:
    """An equation a·v + b = 0 with a known not to be zero, put into all conditions for v."""

    variable: int
    equation: Frozen
    child: Tree


@dataclass(frozen=True, slots=True)
class Lower:
    """A polynomial in v whose leading coefficient is known to be zero, without that term."""

    variable: int
    polynomial: Frozen
    child: Tree


@dataclass(frozen=True, slots=True)
class Powers:
    """A power of v as a variable of its own, for conditions that have no other powers of it."""

    variable: int
    power: int
    child: Tree


@dataclass(frozen=True, slots=True)
class Signs:
    """A leaf: the signs of its factors, or of its terms, contradict those of the polynomial."""

    polynomial: Frozen


@dataclass(frozen=True, slots=True)
class Line:
    """A leaf: no value of the one variable gives all the polynomials in it their signs."""

    variable: int
    polynomials: tuple[Frozen, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A leaf: whatever the other variables are, no value of v gives the polynomials their signs.

    That follows from the known signs of polynomials in the other variables.
    """

    variable: int
    polynomials: tuple[Frozen, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """A leaf that only a solver vouches for, such as ``z3 4.13``."""

    solver: str


Tree: TypeAlias = "Split | Solve | Lower | Powers | Signs | Line | Table | Trusted"
TREES = (Split, Solve, Lower, Powers, Signs, Line, Table, Trusted)
Condition: TypeAlias = tuple[Terms, int]
"""A polynomial and the mask of the signs that it may have."""


def trusted_solvers(tree: Tree) -> tuple[str, ...]:
    """The solvers that a proof rests on; () if it can be checked as a whole."""
    found: dict[str, None] = {}
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, Trusted):
            found[node.solver] = None
        elif isinstance(node, Split):
            todo += [child for _, child in node.branches]
        elif isinstance(node, Solve | Lower | Powers):
            todo.append(node.child)
    return tuple(sorted(found))


def check_case_tree(
    conditions: Sequence[Condition], tree: Tree, trust: Collection[str] = ()
) -> bool:
    """Whether the tree proves that no real point satisfies all conditions.

    Leaves of solvers count only if they are in `trust`.

    Examples
    --------
    Nothing satisfies x > 0 and -2·x > 0:

    >>> x = ((((1,), 1),))
    >>> check_case_tree([({(1,): 1}, POSITIVE), ({(1,): -2}, POSITIVE)], Signs(x))
    True
    >>> check_case_tree([({(1,): 1}, POSITIVE)], Signs(x))
    False
    """
    start = _Known({})
    for terms, mask in conditions:
        start.learn(terms, mask)
    todo: list[tuple[Tree, _Known]] = [(tree, start)]
    try:
        while todo:
            node, known = todo.pop()
            try:
                further = _step(node, known, trust)
            except _NoSign:
                continue
            if further is None:
                return False
            todo += further
    except SignNotKnown:
        return False
    except (IndexError, StopIteration, TypeError, ValueError):
        # a tree from elsewhere need not fit the conditions at all
        return False
    return True


def _step(node: Tree, known: _Known, trust: Collection[str]) -> list[tuple[Tree, _Known]] | None:
    """What is left to check below a node, None if the node is wrong."""
    if isinstance(node, Split):
        terms = dict(node.polynomial)
        covered = 0
        below = []
        for mask, child in node.branches:
            covered |= mask
            case = known.copy()
            if case.learn(terms, mask):
                below.append((child, case))
        return below if known.mask(terms) & ~covered == 0 else None
    if isinstance(node, Solve):
        equation = dict(node.equation)
        if known.mask(equation) != ZERO:
            return None
        rows = coefficients_in(equation, node.variable)
        if len(rows) != 2 or known.mask(rows[1]) & ZERO:
            return None
        return [(node.child, known.solved(node.variable, rows[1], rows[0]))]
    if isinstance(node, Lower):
        terms = dict(node.polynomial)
        rows = coefficients_in(terms, node.variable)
        if not rows or known.mask(rows[-1]) != ZERO:
            return None
        lead = tuple((len(rows) - 1) * (i == node.variable) for i in range(_width(terms)))
        lower = known.copy()
        lower.learn(plus(terms, times(rows[-1], {lead: 1}), -1), known.mask(terms))
        return [(node.child, lower)]
    if isinstance(node, Powers):
        if node.power < 2:
            return None
        return [(node.child, known.of_powers(node.variable, node.power))]
    if isinstance(node, Signs):
        return [] if known.contradicts(dict(node.polynomial)) else None
    if isinstance(node, Line):
        return [] if _line_is_empty(node, known) else None
    if isinstance(node, Table):
        return [] if _table_is_empty(node, known) else None
    if isinstance(node, Trusted):
        return [] if node.solver in trust else None
    return None


def _width(terms: Terms) -> int:
    return len(next(iter(terms)))


def _line_is_empty(leaf: Line, known: _Known) -> bool:
    polynomials = [dict(p) for p in leaf.polynomials]
    if not polynomials or not variables_in(polynomials) <= {leaf.variable}:
        return False
    rows = [coefficients_in(p, leaf.variable) for p in polynomials]
    numbers = [[sum(c.values()) for c in row] for row in rows]
    masks = [known.mask(p) for p in polynomials]
    return not any(_fits(signs, masks) for signs in sign_columns(numbers))


def _table_is_empty(leaf: Table, known: _Known) -> bool:
    polynomials = [dict(p) for p in leaf.polynomials]
    rows: list[Row] = [list(coefficients_in(p, leaf.variable)) for p in polynomials]
    masks = [known.mask(p) for p in polynomials]
    rows = rows_where_zero(rows, [mask == ZERO for mask in masks], known.sign)
    return not any(_fits(signs, masks) for signs in sign_table(rows, known.sign))


def _fits(signs: Sequence[int], masks: Sequence[int]) -> bool:
    return all((2 << sign if sign >= 0 else 1) & mask for sign, mask in zip(signs, masks))


def _product(first: int, second: int) -> int:
    """The possible signs of a product."""
    found = 0
    if (first | second) & ZERO and first and second:
        found = ZERO
    if (first & POSITIVE and second & POSITIVE) or (first & NEGATIVE and second & NEGATIVE):
        found |= POSITIVE
    if (first & POSITIVE and second & NEGATIVE) or (first & NEGATIVE and second & POSITIVE):
        found |= NEGATIVE
    return found


def _square(mask: int) -> int:
    """The possible signs of a square."""
    return mask & ZERO | (POSITIVE if mask & (NEGATIVE | POSITIVE) else 0)


def _turned(mask: int) -> int:
    """The possible signs of the negative."""
    return mask & ZERO | (POSITIVE if mask & NEGATIVE else 0) | (NEGATIVE if mask & POSITIVE else 0)


def _degree(key: Frozen) -> int:
    """The total degree."""
    return max((sum(exponents) for exponents, _ in key), default=0)


class _NoSign(Exception):
    """A polynomial has no sign left: what is known contradicts itself, so the case is closed."""


class _Known:
    """The masks of polynomials, by their primitive form."""

    def __init__(self, masks: dict[Frozen, int]) -> None:
        self.masks = masks

    def copy(self) -> _Known:
        return _Known(dict(self.masks))

    def learn(self, terms: Terms, mask: int) -> int:
        """One more condition; the mask that the polynomial has now."""
        sign, own = primitive(terms)
        key = frozen(own)
        turned = mask if sign > 0 else _turned(mask)
        self.masks[key] = self.masks.get(key, ANY) & turned
        return self.masks[key]

    def mask(self, terms: Terms) -> int:
        """The signs that a polynomial may have."""
        if not terms:
            return ZERO
        sign, own = primitive(terms)
        found = self.masks.get(frozen(own), ANY) & self._implied(own)
        return found if sign > 0 else _turned(found)

    def sign(self, terms: Terms) -> int:
        """The sign of a polynomial.

        Raises
        ------
        SignNotKnown
            If there are several possible ones.
        """
        mask = self.mask(terms)
        if not mask:
            raise _NoSign
        if mask not in (NEGATIVE, ZERO, POSITIVE):
            raise SignNotKnown
        return (-1, 0, 1)[mask >> 1]

    def contradicts(self, terms: Terms) -> bool:
        """Whether what is known of a polynomial cannot be."""
        if not terms:
            return not self.masks.get((), ANY) & ZERO
        _, own = primitive(terms)
        return not self.masks.get(frozen(own), ANY) & self._implied(own)

    def _implied(self, own: Terms) -> int:
        """The possible signs by factors of known signs, and by terms."""
        if is_constant(own):
            return POSITIVE
        keys = sorted(self.masks, key=_degree)
        found = self._by_factors(own, keys)
        if found not in (NEGATIVE, ZERO, POSITIVE):
            # a product may be known better than its factors
            found &= self._by_factors(own, reversed(keys))
        return found

    def _by_factors(self, own: Terms, keys: Iterable[Frozen]) -> int:
        """The possible signs of the product of the polynomials that divide, in this order."""
        rest = own
        signs = POSITIVE
        for key in keys:
            factor = dict(key)
            if factor == own or is_constant(factor):
                continue
            power = 0
            while (smaller := quotient(rest, factor)) is not None:
                rest = smaller
                power += 1
            if power:
                single = self.masks[key] & self._by_terms(factor)
                signs = _product(signs, single if power % 2 else _square(single))
        turn, rest = primitive(rest)
        if rest == own:
            return self._by_terms(own)
        last = POSITIVE
        if not is_constant(rest):
            last = self.masks.get(frozen(rest), ANY) & self._by_terms(rest)
        return _product(signs, last if turn > 0 else _turned(last))

    def _by_terms(self, terms: Terms) -> int:
        """The possible signs of a sum, by those of its terms."""
        up, down, apart = False, False, False
        for exponents, c in terms.items():
            mask = POSITIVE if c > 0 else NEGATIVE
            for i, power in enumerate(exponents):
                if power:
                    name = tuple(int(i == k) for k in range(len(exponents)))
                    own = self.masks.get(((name, 1),), ANY)
                    mask = _product(mask, own if power % 2 else _square(own))
            up = up or bool(mask & POSITIVE)
            down = down or bool(mask & NEGATIVE)
            apart = apart or not mask & ZERO
        if up and down:
            return ANY
        return (POSITIVE if up else 0) | (NEGATIVE if down else 0) | (0 if apart else ZERO)

    def of_powers(self, variable: int, power: int) -> _Known:
        """What is said of a power of the variable; anything else is forgotten."""
        result = _Known({})
        width = 0
        for key, mask in self.masks.items():
            width = max(width, len(key[0][0]) if key else 0)
            if all(exponents[variable] % power == 0 for exponents, _ in key):
                lower = {
                    tuple(k // power if i == variable else k for i, k in enumerate(exponents)): c
                    for exponents, c in key
                }
                result.learn(lower, mask)
        if power % 2 == 0 and width:
            result.learn({tuple(int(i == variable) for i in range(width)): 1}, ZERO | POSITIVE)
        return result

    def solved(self, variable: int, a: Terms, b: Terms) -> _Known:
        """With -b/a for the variable, all polynomials times an even power of a."""
        result = _Known({})
        minus_b = {e: -c for e, c in b.items()}
        for key, mask in self.masks.items():
            rows = coefficients_in(dict(key), variable)
            degree = max(len(rows) - 1, 0)
            top = degree + degree % 2
            powers: list[Terms] = [{(0,) * len(next(iter(a))): 1}]
            for _ in range(top):
                powers.append(times(powers[-1], a))
            total: Terms = {}
            bs: Terms = powers[0]
            for k, c in enumerate(rows):
                total = plus(total, times(times(c, bs), powers[top - k]))
                bs = times(bs, minus_b)
            result.learn(total, mask)
        return result
