"""Conditions without the factors and the conditions that the others imply."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from piecewise_mt.exact.case_trees import NEGATIVE, POSITIVE, ZERO
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, terms
from piecewise_mt.semialgebraic.states import turned
from piecewise_mt.semialgebraic.systems import Empty, System, Terms, TooHard

SYMBOLS = {1: "<", 2: "=", 3: "<=", 4: ">", 5: "!=", 6: ">="}
NONZERO = 5
SECONDS = 1.0


def irredundant(
    names: Sequence[str], conditions: Sequence[tuple[Terms, int]]
) -> tuple[tuple[Terms, int], ...]:
    """The same set with fewer conditions on polynomials of lower degree.

    A condition stays if it is not decided at once that the others imply it.

    Examples
    --------
    >>> wx, wvx = {(1, 1, 0): 1}, {(1, 1, 1): 1}
    >>> [(p, m) for p, m in irredundant(("w", "x", "v"), [(wx, 4), (wvx, 1)])]
    [({(1, 1, 0): 1}, 4), ({(0, 0, 1): 1}, 1)]
    """
    ring = Ring(names)
    try:
        kept = _divided(ring, _radicals(ring, conditions))
    except TooHard:
        return tuple(conditions)
    for own in list(kept):
        others = [c for c in kept if c != own]
        if others and _implied(names, ring, own, others):
            kept = others
    return tuple((dict(terms(p)), mask) for p, mask in kept)


def _radicals(ring: Ring, conditions: Sequence[tuple[Terms, int]]) -> list[tuple[Polynomial, int]]:
    """Primitive and different, of low powers."""
    kept: list[tuple[Polynomial, int]] = []
    masks: dict[Polynomial, list[int]] = {}
    for given, mask in conditions:
        turn, p = ring.primitive(ring.from_terms(dict(given)))
        if not p or p.is_ground:
            continue
        radical, own = _radical(ring, p), mask if turn > 0 else turned(mask)
        masks[radical] = masks.get(radical, []) + [own]
    for p, found in masks.items():
        both = reduce(and_, found)
        # masks that exclude each other stay as they are
        kept += [(p, mask) for mask in ([both] if both else dict.fromkeys(found))]
    return kept


def _radical(ring: Ring, p: Polynomial) -> Polynomial:
    """With exponents 1 and 2 in place of odd and even ones: the signs are the same."""
    result = ring.one
    for factor, k in ring.factors(p)[1]:
        result = result * (factor if k % 2 else factor**2)
    return result


def _divided(ring: Ring, given: list[tuple[Polynomial, int]]) -> list[tuple[Polynomial, int]]:
    """Without factors whose sign another condition says."""
    found = list(given)
    changed = True
    while changed:
        changed = False
        for j, (q, sign) in enumerate(found):
            if sign not in (POSITIVE, NEGATIVE, NONZERO):
                continue
            for i, (p, mask) in enumerate(found):
                if i == j or len(p) < len(q) or p == q:
                    continue
                if sign == NONZERO and mask not in (ZERO, NONZERO):
                    continue
                rest, remainder = p.div(q)
                if remainder:
                    continue
                turn, rest = ring.primitive(rest)
                own = mask if (turn > 0) == (sign == POSITIVE) else turned(mask)
                found[i] = (rest, own)
                changed = True
        for i, (p, mask) in enumerate(found):
            if mask == ZERO and len(ring.factors(p)[1]) >= 1:
                plain = ring.one
                for factor, _ in ring.factors(p)[1]:
                    plain = plain * factor
                if plain != p:
                    found[i] = (plain, mask)
                    changed = True
    return list(dict.fromkeys((ring.primitive(p)[1], m) for p, m in found if not p.is_ground))


def _implied(
    names: Sequence[str],
    ring: Ring,
    own: tuple[Polynomial, int],
    others: Sequence[tuple[Polynomial, int]],
) -> bool:
    p, mask = own
    base = [(dict(terms(q)), m) for q, m in others]
    for sign in (NEGATIVE, ZERO, POSITIVE):
        if mask & sign:
            continue
        system = System(tuple(names), (*base, (dict(terms(p)), sign)))
        if not isinstance(decide(system, SECONDS, ring=ring, use_solver=False), Empty):
            return False
    return True


def relation_text(names: Sequence[str], given: Terms, mask: int) -> str:
    """A condition as text: the polynomial in SymPy's spelling against zero.

    Examples
    --------
    >>> relation_text(("x", "y"), {(2, 0): 1, (0, 1): -1}, 4)
    'x**2 - y > 0'
    """
    return f"{Ring(names).from_terms(dict(given)).as_expr()} {SYMBOLS[mask]} 0"
