"""Conditions on all names, written shortly for parameters of which something is known."""

from __future__ import annotations

from collections.abc import Sequence

from sympy.polys.domains import QQ
from sympy.polys.groebnertools import groebner

from piecewise_mt.memory import cached_property
from piecewise_mt.semialgebraic.decide import decide
from piecewise_mt.semialgebraic.fibre_cells import Masks, ParameterCell
from piecewise_mt.semialgebraic.labels import Conditions
from piecewise_mt.semialgebraic.polynomials import Polynomial, Ring, terms
from piecewise_mt.semialgebraic.reduction import irredundant
from piecewise_mt.semialgebraic.states import ANY, NEGATIVE, POSITIVE, ZERO, mask_of_sign, turned
from piecewise_mt.semialgebraic.systems import Budget, Empty, System

FOREVER = 3600.0
SECONDS = 1.0
"""For one decision; what is not decided is written out."""


class Given:
    """What is known of the parameters in one case.

    Parameters
    ----------
    ring : Ring
        In all names.
    cells : sequence of ParameterCell
        The case: all parameters in one of them.
    parts : sequence of masks
        The same set, written shortly.
    budget : Budget, optional
        For all decisions.

    Examples
    --------
    >>> from piecewise_mt.semialgebraic.fields import Field, Sample
    >>> ring = Ring(("x", "w"))
    >>> x, w = ring.variables
    >>> cell = ParameterCell({w: NEGATIVE}, Sample(Field(), {1: (-1,)}), ())
    >>> case = Given(ring, [cell], [{w: NEGATIVE}])
    >>> case.shortened((({(1, 1): 1}, POSITIVE), ({(0, 1): 1}, NEGATIVE)))
    (({(1, 0): 1}, 1),)
    """

    def __init__(
        self,
        ring: Ring,
        cells: Sequence[ParameterCell],
        parts: Sequence[Masks],
        budget: Budget | None = None,
    ) -> None:
        self.ring = ring
        self.cells = tuple(cells)
        self.parts = tuple(parts)
        self.budget = budget or Budget(FOREVER)

    @cached_property
    def facts(self) -> Masks:
        """The signs that hold in the whole case."""
        first = self.cells[0].masks
        found = {}
        for p, mask in first.items():
            for cell in self.cells[1:]:
                mask |= cell.masks.get(p, ANY)
            if mask != ANY:
                found[p] = mask
        return found

    @property
    def equations(self) -> list[Polynomial]:
        """The polynomials in the parameters that vanish in the whole case."""
        return [p for p, mask in self.facts.items() if mask == ZERO]

    def shortened(self, conditions: Conditions) -> Conditions:
        """Conditions that say the same in this case, without what it says itself."""
        found = []
        for given, mask in conditions:
            p, own = self._divided(self._lowered(self.ring.from_terms(dict(given))), mask)
            if own != ANY and not (p.is_ground and mask_of_sign(_sign(p)) & own):
                found.append((dict(terms(p)), own))
        kept = list(irredundant(self.ring.names, found))
        for condition in list(kept):
            others = [c for c in kept if c != condition]
            if self._implied(condition, others):
                kept = others
        return tuple(kept)

    @cached_property
    def _basis(self) -> list[Polynomial]:
        """A Gröbner basis of what vanishes in the case, over the rationals."""
        if not self.equations:
            return []
        rational = self.ring.one.ring.clone(domain=QQ)
        found: list[Polynomial] = groebner([p.set_ring(rational) for p in self.equations], rational)
        return found

    def _lowered(self, p: Polynomial) -> Polynomial:
        """The same polynomial in the whole case, up to a positive factor, modulo the equations."""
        if not self._basis:
            return p
        rest = p.set_ring(self._basis[0].ring).rem(self._basis)
        return rest.clear_denoms()[1].set_ring(p.ring)

    def _divided(self, p: Polynomial, mask: int) -> tuple[Polynomial, int]:
        """Without factors whose sign is known, and a mask in which the rest counts."""
        sign, factors = self.ring.factors(p)
        if sign == 0:
            return self.ring.zero, mask
        own = mask if sign > 0 else turned(mask)
        kept = self.ring.one
        for factor, k in factors:
            known = self.facts.get(factor, ANY)
            if known == ZERO:
                return self.ring.zero, mask
            if known == NEGATIVE:
                own = turned(own) if k % 2 else own
            elif known != POSITIVE and not (not known & ZERO and (k % 2 == 0 or mask == ZERO)):
                kept = kept * factor**k
        return kept, own

    def _implied(self, condition: tuple[object, int], others: Sequence[tuple[object, int]]) -> bool:
        p, mask = condition
        for sign in (NEGATIVE, ZERO, POSITIVE):
            if mask & sign:
                continue
            for part in self.parts:
                known = tuple((dict(terms(q)), m) for q, m in part.items())
                system = System(self.ring.names, (*known, *others, (p, sign)))  # type: ignore[arg-type]
                self.budget.check()
                seconds = min(SECONDS, self.budget.left)
                answer = decide(system, seconds, ring=self.ring, use_solver=False)
                if not isinstance(answer, Empty):
                    return False
        return True


def _sign(p: Polynomial) -> int:
    c = p.LC if p else 0
    return (c > 0) - (c < 0)
