"""Affine forms of a program under weights without parameters, kept for all that share them.

Which operand a unit selects says what its form is, on ties as beside them: a tie of a maximum has
the forms of the regions that meet there. So forms are kept by the selections below them, in a tree
whose levels are those of units, and most faces find all of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.evaluation.whole import (
    Mixed,
    Weighed,
    Whole,
    combined,
    difference,
    mixed_of,
    moved,
    primitive_of,
    summed,
    weighted,
    word_of,
)
from piecewise_mt.exact.linear import Row
from piecewise_mt.functions.atoms import Label

if TYPE_CHECKING:
    from piecewise_mt.calculus.evaluation.program import Program, Unit

Say = Callable[["Unit", Label], Any]
"""Chooses the constraints of a unit at a label."""
Said = tuple[tuple[Row, str], ...]
"""Constraints in the variables, as primitive rows and relations."""
MOST = 1 << 21
"""So many references are kept, with all they lead to, before the tree is begun anew."""
UNKNOWN = -1
"""The selection of a unit of which nothing is known, and that of a relayed one."""
_NEVER = -1
"""What a unit reads whose operands have no affine forms."""


class _Node:
    """What is known when all selections below a level are."""

    __slots__ = ("above", "forms", "said", "slots", "under")

    def __init__(self, slots: list[Whole | None], forms: list[list[Whole] | None]) -> None:
        self.slots = slots
        """The forms of the slots below the level; those of the others are None."""
        self.forms = forms
        """Those of the operands of every unit of the level; past the last one, of the outputs."""
        self.under: list[dict[int, Whole | None]] = [{} for _ in forms]
        """For every unit its own form, by its selection."""
        self.said: dict[Say, list[dict[Label | None, Said]]] = {}
        """For every unit what its labels say."""
        self.above: dict[tuple[int, ...], _Node] = {}
        """The nodes of the next level, by the selections of this one."""


class Selections:
    """The forms of a program by what its units select.

    Threads may share it: a node is never changed but for what it gathers, and a tree that is begun
    anew leaves the old one whole.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> from piecewise_mt.calculus.evaluation.program import compile_program, selected
    >>> from piecewise_mt.calculus.evaluation.whole import weights_of
    >>> program = compile_program(mt.relu(mt.variable("x")) / 3 - 1)
    >>> forms = Selections(program)
    >>> numbers = [forms.number(0, weights_of(selected(program.units[0], (k,)))) for k in (0, 1)]
    >>> [forms.outputs((number,))[0].row for number in numbers]
    [[-1, 0], [-3, 1]]
    """

    def __init__(self, program: Program) -> None:
        self._units = program.units
        self._width = len(program.names) + 1
        depth = sorted({unit.level for unit in program.units})
        self._levels = [
            [i for i, unit in enumerate(program.units) if unit.level == level] for level in depth
        ]
        rows = [[summed(row) for row in unit.operands] for unit in program.units]
        reads = [
            _NEVER if unit.relayed else word_of(unit.operands, self._width)
            for unit in program.units
        ]
        self._rows = [[rows[i] for i in level] for level in self._levels]
        self._reads = [[reads[i] for i in level] for level in self._levels]
        outputs = () if program.smooth else program.outputs
        self._rows.append([[summed(row) for row in outputs]])
        self._reads.append([word_of(outputs, self._width)])
        # in most programs the units of a level stand together, in order
        self._order = [i for level in self._levels for i in level]
        self._where = {
            i: (level, place)
            for level, own in enumerate(self._levels)
            for place, i in enumerate(own)
        }
        self._is_in_order = self._order == sorted(self._order)
        self._numbers: list[dict[Any, int]] = [{} for _ in program.units]
        self._weights: list[list[Weighed]] = [[] for _ in program.units]
        self._mixed: list[dict[Any, list[tuple[Mixed, str]]]] = [{} for _ in program.units]
        self._start()

    def _start(self) -> None:
        self._size = 0
        self._last: list[_Node | None] = [None] * len(self._rows)
        self._leaves: dict[tuple[int, ...], list[Whole]] = {}
        self._root = self._made(0, [None] * (self._width + len(self._units)))

    def number(self, index: int, weights: Weighed) -> int:
        """The number of a selection of a unit, which is to have no parameters."""
        key = weights.denominator, tuple(weights.terms), tuple(weights.constants)
        known = self._numbers[index].get(key)
        if known is None:
            # whoever comes second finds weights of the same value further up
            self._weights[index].append(weights)
            known = self._numbers[index].setdefault(key, self._weights[index].index(weights))
        return known

    def outputs(self, chosen: tuple[int, ...]) -> list[Whole]:
        """The forms of the outputs where every unit has the selection of this number."""
        found = self._leaves.get(chosen)
        if found is None:
            *_, last = self._path(chosen)
            if self._levels:
                last = self._next(len(self._levels) - 1, last, self._of_level(chosen, -1))
            own = last.forms[0]
            assert own is not None
            # forms alone: their slots are not needed again
            self._size += len(chosen) + self._width * len(own)
            found = self._leaves.setdefault(chosen, own)
        return found

    def operands(self, chosen: tuple[int, ...]) -> list[list[Whole] | None]:
        """The forms of the operands of every unit; None for relayed ones and those not known."""
        result: list[list[Whole] | None] = [None] * len(chosen)
        for level, node in zip(self._levels, self._path(chosen)):
            for i, forms in zip(level, node.forms):
                if chosen[i] != UNKNOWN:
                    result[i] = forms
        return result

    def rows(
        self, chosen: tuple[int, ...], labels: Sequence[Label | None], say: Say
    ) -> list[Said | None]:
        """What `say` says of the operands of every unit, as primitive rows of the variables.

        None for relayed units and those not known.
        """
        found: list[Said | None] = []
        for level, node in enumerate(self._path(chosen) if chosen else ()):
            own = self._of_level(labels, level)
            known = node.said.get(say)
            if known is None:
                known = node.said.setdefault(say, [{} for _ in own])
            try:
                found += [said[label] for said, label in zip(known, own)]
            except KeyError:
                places = zip(self._levels[level], node.forms, known, own)
                found += [self._said(*place, say) for place in places]
        if self._is_in_order:
            return found
        result: list[Said | None] = [None] * len(found)
        for i, said in zip(self._order, found):
            result[i] = said
        return result

    def rows_of(
        self,
        units: Iterable[int],
        chosen: tuple[int, ...],
        labels: Sequence[Label | None],
        say: Say,
    ) -> list[Said | None]:
        """Those of some units."""
        found: list[Said | None] = []
        path = self._path(chosen)
        for i in units:
            level, place = self._where[i]
            node, label = path[level], labels[i]
            known = node.said.get(say)
            if known is None:
                known = node.said.setdefault(say, [{} for _ in node.forms])
            own = known[place].get(label)
            if own is None:
                own = self._said(i, node.forms[place], known[place], label, say)
            found.append(own)
        return found

    def _said(
        self,
        i: int,
        operands: list[Whole] | None,
        said: dict[Label | None, Said],
        label: Label | None,
        say: Say,
    ) -> Said | None:
        unit = self._units[i]
        if operands is None or label is None or unit.relayed:
            return None
        own = said.get(label)
        if own is None:
            mixed = self._mixed[i].get((say, label))
            if mixed is None:
                given = [(mixed_of(form), relation) for form, relation in say(unit, label)]
                mixed = self._mixed[i].setdefault((say, label), given)
            own = said[label] = tuple([(primitive_of(m, operands), r) for m, r in mixed])
        return own

    def _of_level(self, given: Sequence[Any], level: int) -> tuple[Any, ...]:
        """The entries of a level's units."""
        return tuple([given[i] for i in self._levels[level]])

    def _path(self, chosen: tuple[int, ...]) -> list[_Node]:
        """The nodes of all levels on the way of these selections."""
        if self._size > MOST:
            self._start()
        node = self._root
        path = [node]
        for level in range(len(self._levels) - 1):
            own = self._of_level(chosen, level)
            above = node.above.get(own)
            if above is None:
                above = self._next(level, node, own)
                self._size += 2 * len(above.slots) + 8 * len(above.forms)
                # what a few labels say takes as much again as the operands
                self._size += 3 * self._width * sum(map(len, self._rows[level + 1]))
                above = node.above.setdefault(own, above)
            node = above
            path.append(node)
        return path

    def _next(self, level: int, node: _Node, own: tuple[int, ...]) -> _Node:
        slots = list(node.slots)
        for i, forms, under, number in zip(self._levels[level], node.forms, node.under, own):
            if number == UNKNOWN or forms is None:
                continue
            form = under.get(number)
            if form is None:
                form = weighted(self._weights[i][number], forms, self._width)
                form = under.setdefault(number, form)
            slots[self._width + i] = form
        return self._made(level + 1, slots)

    def _made(self, level: int, slots: list[Whole | None]) -> _Node:
        """A node, its forms from those of the node of this level that was made before it."""
        width = self._width
        before = self._last[level]
        changed: list[int] = []
        if before is not None:
            pairs = zip(slots, before.slots)
            changed = [slot for slot, (form, former) in enumerate(pairs) if form is not former]
        word = sum([1 << (slot - width) for slot in changed])
        steps: dict[int, Whole | None] = {}
        missing = sum([1 << k for k, form in enumerate(slots[width:]) if form is None])
        forms: list[list[Whole] | None] = []
        for place, (rows, reads) in enumerate(zip(self._rows[level], self._reads[level])):
            if reads == _NEVER or reads & missing:
                forms.append(None)
                continue
            old = None if before is None else before.forms[place]
            if old is None or before is None:
                forms.append([combined(row, slots, width) for row in rows])
                continue
            if not reads & word:
                forms.append(old)
                continue
            by = {}
            for slot in changed:
                if reads >> (slot - width) & 1:
                    if slot not in steps:
                        steps[slot] = difference(before.slots[slot], slots[slot])
                    by[slot] = steps[slot]
            forms.append([moved(row, form, by, slots, width) for row, form in zip(rows, old)])
        node = _Node(slots, forms)
        self._last[level] = node
        return node
