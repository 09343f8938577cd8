"""The units that a stratum's irredundant conditions may come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.functions.atoms import Label


@final
class NearUnits:
    """Which units say an equation or a facet of a stratum, and perhaps others.

    A label that says strict inequalities only says nothing that is zero on a generator with the
    same label. So all others are the units whose bits change on a generator, which are few, and
    those whose label says more, as that of a tie does.

    Examples
    --------
    On the stratum x > 0 = y the first unit is at its kink in the vertex (0, 0), and the second
    one is at its own throughout; the third is at none.

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> strata = (mt.relu(x) + mt.relu(y) + mt.relu(x + 1)).strata()
    >>> stratum = next(s for s in strata if str(s.polyhedron) == "y = 0, x > 0")
    >>> cells = strata.partition.cells
    >>> generators = cells.generators_of(stratum._level, stratum._index)
    >>> words = [cells.face_words()[1][g] for g in generators]
    >>> NearUnits(strata.program).of(stratum.word, stratum.label_keys, words)
    [0, 1]
    """

    def __init__(self, program: Program) -> None:
        self._units = program.units
        by_atom: dict[int, dict[Label, bool]] = {}
        self._says_more = [by_atom.setdefault(id(u.atom), {}) for u in self._units]
        self._owners = {
            bit: (i, ~(((1 << u.atom.bits) - 1) << u.bit))
            for i, u in enumerate(self._units)
            for bit in range(u.bit, u.bit + u.atom.bits)
        }
        self._bits = sum(1 << bit for bit in self._owners)

    def of(self, word: int, labels: Sequence[Label], words: Iterable[int]) -> list[int]:
        """The units, by the stratum's word and labels and the words of its generators."""
        try:
            found = [i for i, (own, k) in enumerate(zip(self._says_more, labels)) if own[k]]
        except KeyError:
            for unit, own, label in zip(self._units, self._says_more, labels):
                if label not in own:
                    own[label] = any(r.relation != ">" for r in unit.atom.constraints(label))
            return self.of(word, labels, words)
        common = word
        for own_word in words:
            common &= own_word
        left = word & ~common & self._bits
        while left:
            i, others = self._owners[(left & -left).bit_length() - 1]
            found.append(i)
            left &= others
        return sorted(found)
