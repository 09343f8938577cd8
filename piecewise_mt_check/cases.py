"""Proofs by cases that no real point satisfies polynomial conditions.

A condition is a polynomial with a *mask*, the signs that it may have: 1 for negative, 2 for zero, 4
for positive, and sums of these. In the data a mask is a relation to 0: "<", "=", "<=", ">", "!=",
">=". A proof lists its steps in preorder; each says something that follows from what is known, and
the last of every case is a contradiction:

- ``["split", p, relation, …]``: p has one of these signs; a proof for each comes next;
- ``["solve", x, p]``: p = a·x + b is 0 and a is not, so -b/a is put for x everywhere;
- ``["lower", x, p]``: the coefficient of the highest power of x in p is 0, so p is without it;
- ``["powers", x, k]``: only powers of xᵏ count, which is the variable x from now on;
- ``["signs", p]``: p has no possible sign, by its factors or its terms;
- ``["sum", [c, p], …]``: Σ c·p is the polynomial 0, no product is negative, and one is positive;
- ``["line", x, p, …]``: no number x gives these polynomials in x alone their signs;
- ``["table", x, p, …]``: no x does, whatever the other variables are (see ``sign_tables``).

An empty list says that the last of the conditions contradicts the others by its factors or terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from piecewise_mt_check.algebraic import sign_columns
from piecewise_mt_check.polynomials import (
    Monomial,
    Polynomial,
    coefficients,
    degree,
    minus,
    negative,
    plus,
    power,
    primitive,
    quotient,
    read,
    times,
    variables,
)
from piecewise_mt_check.reading import Invalid, Unsupported, integer, items, shown, spend, text
from piecewise_mt_check.sign_tables import SignNotKnown, rows_where_zero, sign_table

NEGATIVE, ZERO, POSITIVE, ANY = 1, 2, 4, 7
MASKS = {"<": 1, "=": 2, "<=": 3, ">": 4, "!=": 5, ">=": 6}
MAX_KNOWN = 1000
Key = frozenset[tuple[Monomial, Any]]


class Condition(NamedTuple):
    """A polynomial, and the signs that it may have."""

    polynomial: Polynomial
    mask: int

    @property
    def contrary(self) -> Condition:
        return Condition(self.polynomial, ANY - self.mask)

    def allows(self, sign: int) -> bool:
        return bool(_of(sign) & self.mask)


def read_mask(data: Any) -> int:
    if not isinstance(data, str) or data not in MASKS:
        raise Invalid("expected a relation '<', '=', '<=', '>', '!=' or '>='")
    return MASKS[data]


def read_conditions(data: Any, names: set[str]) -> list[Condition]:
    """A list of [relation, polynomial]."""
    found = []
    for entry in items(data):
        relation, own = items(entry, 2)
        found.append(Condition(read(own, names), read_mask(relation)))
    return found


def require_no_point(proof: Any, conditions: Sequence[Condition]) -> None:
    """Refuse unless the proof shows that no point satisfies all conditions."""
    known = Known()
    for own in conditions:
        known.learn(own)
    if not items(proof):
        if not conditions or not known.contradicts(conditions[-1].polynomial):
            raise Invalid("a condition does not contradict the others at once")
        return
    given: Iterator[Any] = iter(proof)
    pending = [known]
    while pending:
        known = pending.pop()
        if known.is_closed:
            _pass_over(given, 1)
        else:
            pending += reversed(_step(given, known))
    if next(given, given) is not given:
        raise Invalid("a proof by cases goes on after its end")


def require_implied(proof: Any, claim: Condition, known: Sequence[Condition]) -> None:
    """Refuse unless the proof shows that a condition follows: its contrary has no point."""
    require_no_point(proof, [*known, claim.contrary])


def _step(given: Iterator[Any], known: Known) -> list[Known]:
    """One step: what is known in each of the cases that follow."""
    kind, *rest = items(_next(given)) or [""]
    if not isinstance(kind, str):
        raise Invalid("expected the kind of a step of a proof")
    try:
        if kind == "split":
            return list(_split(rest, known, given))
        if kind in _FURTHER:
            return [_FURTHER[kind](rest, known)]
        if kind not in _LAST:
            if kind == "solver":
                name = shown(rest[0]) if rest else "a solver"
                raise Unsupported(f"a proof rests on {name} alone")
            raise Unsupported("a proof has a step of an unknown kind")
        _LAST[kind](rest, known)
    except SignNotKnown:
        raise Invalid("a sign does not follow from what is known") from None
    except Contradiction:
        # what is known cannot be, which ends the case
        _pass_over(given, _below(kind, rest))
    return []


def _next(given: Iterator[Any]) -> Any:
    try:
        return next(given)
    except StopIteration:
        raise Invalid("a proof by cases ends too early") from None


def _below(kind: Any, rest: Sequence[Any]) -> int:
    """How many proofs follow a step."""
    return max(len(rest) - 1, 0) if kind == "split" else int(kind in ("solve", "lower", "powers"))


def _pass_over(given: Iterator[Any], count: int) -> None:
    """Pass over proofs that are not needed."""
    while count:
        kind, *rest = items(_next(given)) or [""]
        count += _below(kind, rest) - 1


def _split(rest: Sequence[Any], known: Known, given: Iterator[Any]) -> Iterator[Known]:
    if not rest:
        raise Invalid("a step of a proof has another form")
    own, masks = read(rest[0]), list(map(read_mask, rest[1:]))
    covered = 0
    for mask in masks:
        covered |= mask
    if known.mask(own) & ~covered:
        raise Invalid("the cases of a proof leave out a sign")
    for mask in masks:
        case = known.copy()
        case.learn(Condition(own, mask))
        yield case


def _solve(rest: Sequence[Any], known: Known) -> Known:
    name, own = _named(rest)
    rows = coefficients(own, name)
    if known.mask(own) != ZERO or len(rows) != 2 or known.mask(rows[1]) & ZERO:
        raise Invalid("an equation of a proof cannot be solved")
    return known.solved(name, rows[1], rows[0])


def _lower(rest: Sequence[Any], known: Known) -> Known:
    name, own = _named(rest)
    rows = coefficients(own, name)
    if not rows or known.mask(rows[-1]) != ZERO:
        raise Invalid("a coefficient of a proof is not 0")
    top: Polynomial = {(name,) * (len(rows) - 1): 1}
    case = known.copy()
    case.learn(Condition(minus(own, times(rows[-1], top)), known.mask(own)))
    return case


def _powers(rest: Sequence[Any], known: Known) -> Known:
    name, exponent = items(list(rest), 2)
    if integer(exponent) < 2:
        raise Invalid("expected a power of 2 or more in a proof")
    return known.of_powers(text(name), exponent)


def _signs(rest: Sequence[Any], known: Known) -> None:
    (own,) = map(read, items(list(rest), 1))
    if not known.contradicts(own):
        raise Invalid("a polynomial of a proof may have a sign")


def _sum(rest: Sequence[Any], known: Known) -> None:
    products, is_positive = [], False
    for entry in rest:
        factor, own = map(read, items(entry, 2))
        mask = _product(known.mask(factor), known.mask(own))
        if mask & NEGATIVE:
            raise Invalid("a product of a proof may be negative")
        is_positive = is_positive or not mask & ZERO
        products.append(times(factor, own))
    if plus(*products) or not is_positive:
        raise Invalid("a sum of a proof is no contradiction")


def _line(rest: Sequence[Any], known: Known) -> None:
    name, own = _several(rest)
    if any(not p or variables(p) - {name} for p in own):
        raise Invalid("a polynomial of a proof has another variable")
    rows = [[int(c.get((), 0)) for c in coefficients(primitive(p)[1], name)] for p in own]
    masks = [known.mask(primitive(p)[1]) for p in own]
    if any(_fits(signs, masks) for signs in sign_columns(rows)):
        raise Invalid("a number satisfies the conditions of a proof")


def _table(rest: Sequence[Any], known: Known) -> None:
    name, own = _several(rest)
    masks = list(map(known.mask, own))
    rows = [coefficients(p, name) for p in own]
    rows = rows_where_zero(rows, [mask == ZERO for mask in masks], known.sign)
    if any(_fits(signs, masks) for signs in sign_table(rows, known.sign)):
        raise Invalid("a sign table of a proof has a column with the signs")


_FURTHER = {"solve": _solve, "lower": _lower, "powers": _powers}
_LAST = {"signs": _signs, "sum": _sum, "line": _line, "table": _table}


def _named(rest: Sequence[Any]) -> tuple[str, Polynomial]:
    name, own = items(list(rest), 2)
    return text(name), read(own)


def _several(rest: Sequence[Any]) -> tuple[str, list[Polynomial]]:
    if len(rest) < 2:
        raise Invalid("a step of a proof has another form")
    return text(rest[0]), list(map(read, rest[1:]))


class Contradiction(Exception):
    """A polynomial has no possible sign: what is known cannot be."""


class Known:
    """The signs that polynomials may have, by their primitive form."""

    def __init__(self) -> None:
        self.masks: dict[Key, tuple[Polynomial, int]] = {}
        self.is_closed = False
        """Whether two of the conditions contradict each other."""

    def copy(self) -> Known:
        spend(len(self.masks))
        made = Known()
        made.masks, made.is_closed = dict(self.masks), self.is_closed
        return made

    def learn(self, condition: Condition) -> None:
        spend(4 + len(condition.polynomial))
        sign, own = primitive(condition.polynomial)
        key = frozenset(own.items())
        mask = condition.mask if sign > 0 else _turned(condition.mask)
        self.masks[key] = own, self._stated(own) & mask
        if len(self.masks) > MAX_KNOWN:
            raise Unsupported(f"a proof knows the signs of more than {MAX_KNOWN} polynomials")
        self.is_closed = self.is_closed or not self.masks[key][1]

    def _stated(self, own: Polynomial) -> int:
        return self.masks.get(frozenset(own.items()), (own, ANY))[1]

    def mask(self, p: Polynomial) -> int:
        """The signs that a polynomial may have."""
        if not p:
            return ZERO
        sign, own = primitive(p)
        found = self._stated(own) & self._implied(own)
        return found if sign > 0 else _turned(found)

    def sign(self, p: Polynomial) -> int:
        """The only sign that a polynomial may have."""
        mask = self.mask(p)
        if not mask:
            raise Contradiction
        if mask not in (NEGATIVE, ZERO, POSITIVE):
            raise SignNotKnown
        return {NEGATIVE: -1, ZERO: 0, POSITIVE: 1}[mask]

    def contradicts(self, p: Polynomial) -> bool:
        """Whether a polynomial has no possible sign."""
        _, own = primitive(p)
        return not self._stated(own) & (self._implied(own) if own else ZERO)

    def _implied(self, own: Polynomial) -> int:
        """The possible signs by factors and by terms."""
        if not degree(own):
            return POSITIVE  # a primitive constant is 1
        factors = sorted((pair for pair in self.masks.values()), key=lambda pair: degree(pair[0]))
        mask = self._by_terms(own) & self._by_factors(own, factors)
        if mask not in (NEGATIVE, ZERO, POSITIVE):
            # a product may be known better than its factors
            mask &= self._by_factors(own, reversed(factors))
        return mask

    def _by_factors(self, own: Polynomial, factors: Iterable[tuple[Polynomial, int]]) -> int:
        """The possible signs of the product of what divides, in this order, and of the rest."""
        rest, mask = own, POSITIVE
        for factor, given in factors:
            if factor == own or degree(factor) < 1:
                continue
            spend(8 + len(factor))
            odd, divides = False, False
            while (smaller := quotient(rest, factor)) is not None:
                rest, odd, divides = smaller, not odd, True
            if divides:
                single = given & self._by_terms(factor)
                mask = _product(mask, single if odd else _square(single))
        if rest is own:
            return ANY
        sign, rest = primitive(rest)
        last = POSITIVE
        if degree(rest) > 0:
            last = self._stated(rest) & self._by_terms(rest)
        return _product(mask, last if sign > 0 else _turned(last))

    def _by_terms(self, own: Polynomial) -> int:
        """The possible signs of a sum of terms."""
        total = ZERO
        spend(len(own))
        for monomial, c in own.items():
            mask = POSITIVE if c > 0 else NEGATIVE
            for name in set(monomial):
                single = self._stated({(name,): 1})
                mask = _product(mask, single if monomial.count(name) % 2 else _square(single))
            total = _added(total, mask)
        return total

    def of_powers(self, name: str, exponent: int) -> Known:
        """What is said of powers of xᵏ, with x for it; the rest is forgotten."""
        found = Known()
        for p, mask in self.masks.values():
            rows = coefficients(p, name)
            if any(row and k % exponent for k, row in enumerate(rows)):
                continue
            terms = [times(row, {(name,) * k: 1}) for k, row in enumerate(rows[::exponent])]
            found.learn(Condition(plus(*terms), mask))
        if exponent % 2 == 0:
            found.learn(Condition({(name,): 1}, ZERO | POSITIVE))
        return found

    def solved(self, name: str, a: Polynomial, b: Polynomial) -> Known:
        """With -b/a for a variable, and all polynomials times an even power of a."""
        found = Known()
        for p, mask in self.masks.values():
            rows = coefficients(p, name)
            top = len(rows) - 1 + (len(rows) - 1) % 2
            if len(rows) > 1:
                terms = [
                    times(row, times(power(negative(b), k), power(a, top - k)))
                    for k, row in enumerate(rows)
                ]
                p = plus(*terms)
            found.learn(Condition(p, mask))
        return found


def _of(sign: int) -> int:
    return (ZERO, POSITIVE, NEGATIVE)[sign]


def _fits(signs: Sequence[int], masks: Sequence[int]) -> bool:
    return all(_of(sign) & mask for sign, mask in zip(signs, masks))


def _turned(mask: int) -> int:
    """The signs of the negative."""
    return mask & ZERO | (POSITIVE if mask & NEGATIVE else 0) | (NEGATIVE if mask & POSITIVE else 0)


def _square(mask: int) -> int:
    return mask & ZERO | (POSITIVE if mask & (NEGATIVE | POSITIVE) else 0)


def _product(one: int, two: int) -> int:
    """The signs of products."""
    return (
        (_turned(two) if one & NEGATIVE else 0)
        | (ZERO if one & ZERO and two else 0)
        | (two if one & POSITIVE else 0)
    )


def _added(one: int, two: int) -> int:
    """The signs of sums."""
    if not one or not two:
        return 0
    if (one | two) & NEGATIVE and (one | two) & POSITIVE:
        return ANY
    both = (one | two) & (NEGATIVE | POSITIVE)
    return both | (one & two & ZERO)
