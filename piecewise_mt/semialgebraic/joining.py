"""Unions of sign cells written shortly: few conjunctions of few conditions, and the same set.

Each cell is widened as far as it meets no cell of another case, as prime implicants are; then as
few of the wide ones are kept as cover all cells. Whatever is not decided is left as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from piecewise_mt.semialgebraic.fibre_cells import Masks, ParameterCell
from piecewise_mt.semialgebraic.polynomials import Polynomial, size
from piecewise_mt.semialgebraic.states import ANY, mask_of_sign
from piecewise_mt.semialgebraic.systems import Answer, Empty

DEFINITE = (1, 2, 4)
WIDER = (5, 3, 6)
"""Not zero, not positive, not negative."""


@dataclass(frozen=True)
class Joining:
    """Disjoint cells that together are all parameters of a region.

    Parameters
    ----------
    cells : sequence of ParameterCell
        All of them.
    region : masks
        What all parameters fulfil.
    decided : callable
        Whether some parameters have given signs.
    """

    cells: Sequence[ParameterCell]
    region: Masks
    decided: Callable[[Masks], Answer]
    _signs: dict[tuple[int, Polynomial], int] = field(default_factory=dict)
    """The signs of polynomials at the samples of cells, by the identity of the cell."""

    def short(self, own: Sequence[int]) -> tuple[Masks, ...]:
        """The union of the cells of these numbers, as a union of few conjunctions."""
        inside = set(own)
        others = [cell for k, cell in enumerate(self.cells) if k not in inside]
        chosen = [self.cells[k] for k in own]
        parts: list[dict[Polynomial, int]] = []
        left = list(chosen)
        while left:
            part = self._widened(left[0], others, chosen)
            if part not in parts:
                parts.append(part)
            left = [cell for cell in left[1:] if not self._covers(part, cell)]
        for part in list(parts):
            rest = [other for other in parts if other is not part]
            if rest and all(any(self._covers(p, cell) for p in rest) for cell in chosen):
                parts = rest
        return tuple(parts)

    def _widened(
        self,
        cell: ParameterCell,
        others: Sequence[ParameterCell],
        chosen: Sequence[ParameterCell],
    ) -> dict[Polynomial, int]:
        part = {p: mask for p, mask in cell.masks.items() if mask != ANY}
        for p in sorted(part, key=size, reverse=True):
            wider = {q: mask for q, mask in part.items() if q != p}
            if self._is_apart(wider, others):
                part = wider
        for p in sorted(part, key=size):
            for mask in WIDER:
                if part[p] & ~mask or part[p] == mask:
                    continue
                wider = {**part, p: mask}
                more = any(self._holds(wider, c) and not self._holds(part, c) for c in chosen)
                if more and self._is_apart(wider, others):
                    part = wider
        return part

    def _is_apart(self, part: Masks, others: Sequence[ParameterCell]) -> bool:
        """Whether a set meets no other case, and stays in the region."""
        if any(self._holds(part, cell) for cell in others):
            return False
        if not all(self._is_empty(part, cell.masks) for cell in others):
            return False
        return all(self._is_empty(part, {p: ANY & ~mask}) for p, mask in self.region.items())

    def _covers(self, part: Masks, cell: ParameterCell) -> bool:
        if not self._holds(part, cell):
            return False
        return all(
            not cell.masks.get(p, ANY) & ~mask or self._is_empty(cell.masks, {p: ANY & ~mask})
            for p, mask in part.items()
        )

    def _is_empty(self, one: Masks, other: Masks) -> bool:
        """Whether it is proved that no parameters have both signs."""
        both = dict(one)
        for p, mask in other.items():
            both[p] = both.get(p, ANY) & mask
            if not both[p]:
                return True
        return isinstance(self.decided(both), Empty)

    def _holds(self, masks: Masks, cell: ParameterCell) -> bool:
        """Whether the sample of a cell has these signs."""
        return all(mask & self._mask_at(cell, p) for p, mask in masks.items())

    def _mask_at(self, cell: ParameterCell, p: Polynomial) -> int:
        known = cell.masks.get(p, ANY)
        if known in DEFINITE:
            return known
        key = (id(cell), p)
        found = self._signs.get(key)
        if found is None:
            found = self._signs[key] = mask_of_sign(cell.sample.sign(p))
        return found
