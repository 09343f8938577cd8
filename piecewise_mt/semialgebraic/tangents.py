"""Vector fields tangent to a manifold {h₁ = … = h_k = 0}: constant ones, or cofactors of ∇h."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from math import gcd

from piecewise_mt.exact.linear import kernel
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.manifolds import ZERO, Manifold, determinant
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, terms, variables_of
from piecewise_mt.semialgebraic.systems import Empty, System, TooHard

Field = tuple[Polynomial, ...]
"""One polynomial a variable: the components of a vector that moves with the point."""

SECONDS = 0.5
"""For the question whether a polynomial vanishes somewhere on a part; a yes only costs fields."""
MAX_MINORS = 200
"""So many minors are looked at for one that vanishes nowhere."""


def tangent_fields(names: Sequence[str], manifold: Manifold) -> tuple[Field, ...]:
    """Fields that span the tangent space at every point of a manifold.

    As many as its dimension where some minor of the gradients vanishes nowhere on it; else the
    cofactor vectors of all choices of k + 1 variables. Equations that share no variable are looked
    at apart, and affine ones give constant fields.

    Examples
    --------
    >>> from piecewise_mt.semialgebraic.manifolds import refined
    >>> circle = {(2, 0): 1, (0, 2): 1, (0, 0): -1}
    >>> tangent_fields(("x", "y"), refined(("x", "y"), ((circle, 2),)).parts[0])
    ((-y, x),)
    >>> arm = refined(("w", "x"), (({(1, 1): 1}, 2),)).parts[0]
    >>> arm.equations, tangent_fields(("w", "x"), arm)
    (({(0, 1): 1},), ((1, 0),))
    """
    return _Fields(tuple(names), manifold).all()


def normal_fields(names: Sequence[str], manifold: Manifold) -> tuple[Field, ...]:
    """The gradients of the equations, which span the normal space.

    Examples
    --------
    >>> from piecewise_mt.semialgebraic.manifolds import refined
    >>> normal_fields(("x", "y"), refined(("x", "y"), (({(2, 0): 1, (0, 1): -1}, 2),)).parts[0])
    ((2*x, -1),)
    """
    ring = Ring(names)
    found = []
    for equation in manifold.equations:
        p = ring.from_terms(dict(equation))
        found.append(_plain(ring, tuple(p.diff(v) for v in ring.variables)))
    return tuple(found)


class _Fields:
    def __init__(self, names: tuple[str, ...], manifold: Manifold) -> None:
        self.names = names
        self.manifold = manifold
        self.ring = Ring(names)
        self.vanishes_nowhere = cache(self._vanishes_nowhere)

    def all(self) -> tuple[Field, ...]:
        equations = [self.ring.from_terms(dict(e)) for e in self.manifold.equations]
        found: list[Field] = []
        for own, columns in _apart(equations, len(self.names)):
            if all(sum(exponents) <= 1 for p in own for exponents in p):
                found += self._constant(own, columns)
            else:
                found += self._cofactors(own, columns)
        return tuple(dict.fromkeys(found))

    def _constant(self, own: Sequence[Polynomial], columns: Sequence[int]) -> Iterator[Field]:
        rows = [tuple(int(p.diff(self.ring.variables[j]).coeff(1)) for j in columns) for p in own]
        for vector in kernel(rows, len(columns)):
            field = [self.ring.zero] * len(self.names)
            for j, c in zip(columns, vector, strict=True):
                field[j] = self.ring.one * c
            yield tuple(field)

    def _cofactors(self, own: Sequence[Polynomial], columns: Sequence[int]) -> Iterator[Field]:
        rows = [[p.diff(v) for v in self.ring.variables] for p in own]

        def minor(chosen: Sequence[int]) -> Polynomial:
            return determinant([[row[j] for j in chosen] for row in rows], self.ring)

        pivot = None
        for count, chosen in enumerate(combinations(columns, len(own))):
            if count >= MAX_MINORS:
                break
            if self.vanishes_nowhere(minor(chosen)):
                pivot = set(chosen)
                break
        for more in combinations(columns, len(own) + 1):
            # with a pivot, those that add one variable to it are a basis
            if pivot is not None and not pivot <= set(more):
                continue
            field = [self.ring.zero] * len(self.names)
            for place, j in enumerate(more):
                field[j] = (-1) ** place * minor([i for i in more if i != j])
            if any(field):
                yield self._shortened(tuple(field))

    def _shortened(self, field: Field) -> Field:
        """Without common factors that vanish nowhere, the last entry with a positive leader."""
        common = self.ring.zero
        for entry in field:
            common = common.gcd(entry)
        try:
            factors = self.ring.factors(common)[1]
        except TooHard:
            factors = ()
        for factor, power in factors:
            if self.vanishes_nowhere(factor):
                field = tuple(entry.exquo(factor**power) for entry in field)
        return _plain(self.ring, field, turned=True)

    def _vanishes_nowhere(self, p: Polynomial) -> bool:
        """Whether it is proved that a polynomial has no zero on the manifold."""
        if not p or p.is_ground:
            return bool(p)
        own = (dict(terms(p)), ZERO)
        return all(
            isinstance(
                decide(System(self.names, (*part, own)), SECONDS, ring=self.ring, use_solver=False),
                Empty,
            )
            for part in self.manifold.parts
        )


def _apart(equations: Sequence[Polynomial], count: int) -> list[tuple[list[Polynomial], list[int]]]:
    """Equations grouped by the variables that they share; a variable in none is a group."""
    groups: list[tuple[list[Polynomial], set[int]]] = [([], {j}) for j in range(count)]
    for p in equations:
        touched = [g for g in groups if g[1] & set(variables_of(p))]
        rest = [g for g in groups if not any(g is t for t in touched)]
        own = [q for g in touched for q in g[0]]
        groups = [*rest, ([*own, p], {j for g in touched for j in g[1]})]
    ordered = sorted(groups, key=lambda g: min(g[1]))
    return [(own, sorted(columns)) for own, columns in ordered]


def _plain(ring: Ring, field: Field, turned: bool = False) -> Field:
    """With coprime coefficients, and turned so that the last entry begins with a positive one."""
    content = gcd(*(int(c) for entry in field for c in entry.values()))
    last = next((entry for entry in reversed(field) if entry), ring.one)
    scale = -content if turned and last.LC < 0 else content
    if scale in (0, 1):
        return field
    return tuple(ring.from_terms({e: int(c) // scale for e, c in entry.items()}) for entry in field)
