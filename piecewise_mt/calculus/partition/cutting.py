"""Cut by the kinks of an atom, merge by its marks, pick its outputs: the engine for every atom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import itemgetter
from typing import TypeAlias

from piecewise_mt.calculus.evaluation.plans import Marks, Moves, Plan, Step, Sum, plan_of
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.errors import NotContinuous
from piecewise_mt.functions.atoms.base import Atom
from piecewise_mt.geometry.complex import REAL, FaceComplex

Reader: TypeAlias = Callable[[list[int]], int]


def cut(
    cells: FaceComplex, atom: Atom, bit: int, unit: int, *, picks: bool = True
) -> tuple[list[int], list[int]]:
    """Refine `cells` by an atom whose columns are on top, set the words' bits, pop the columns.

    Parameters
    ----------
    bit : int
        The first of the bits that the marks set.
    unit : int
        The columns are this times the forms of the plan.
    picks : bool
        Whether outputs are asked for; without them the columns are the plan's for formulas.

    Returns
    -------
    tuple
        The output, times `unit` and the plan's scale, at the generators and on the lines.

    Raises
    ------
    NotContinuous
        If the atom has sides that differ where both are reached.
    """
    plan = plan_of(atom)
    width = len(plan.columns) if picks else len(plan.formulas)
    start = len(cells.generators[0]) - width
    if plan.direct < 0:
        _cut_stepwise(cells, plan, bit, unit, start)
    else:
        _cut_directly(cells, plan.direct, bit)
    if not picks:
        outputs: list[int] = []
        on_lines: list[int] = []
    else:
        outputs, on_lines = _Picker(cells, atom, plan, bit, unit, start).run()
    if len(cells.generators[0]) == start + 1:
        for row in (*cells.generators, *cells.lines):
            row.pop()
    else:
        for row in (*cells.generators, *cells.lines):
            del row[start:]
    return outputs, on_lines


def _cut_directly(cells: FaceComplex, count: int, bit: int) -> None:
    """Cut by the last columns, the last one first; in the end they are in the same order."""
    for j in range(count):
        cells.refine(1 << (bit + 2 * j), 2 << (bit + 2 * j))
        if count > 1:
            for row in (*cells.generators, *cells.lines):
                row.insert(len(row) - count, row.pop())


def _cut_stepwise(cells: FaceComplex, plan: Plan, bit: int, unit: int, start: int) -> None:
    """Cut by one kink after the other, select, and merge faces that nothing tells apart."""
    # a face may have been cut in vain since faces were last merged
    changed = marked = False
    for step in plan.steps:
        pair = step.form.pair
        if pair is not None:
            i, j = start + pair[0], start + pair[1]
            for row in (*cells.generators, *cells.lines):
                row.append(row[i] - row[j])
        else:
            form = _reader(step.form, start, unit)
            for row in (*cells.generators, *cells.lines):
                row.append(form(row))
        cells.refine(0, 0)
        changed |= _select(cells, step, start, unit)
        if step.told.sums and changed:
            _mark(cells, step.told, bit, start, unit)
            cells.merge()
            changed = False
            marked = plan.ends_told and step is plan.steps[-1]
            if not marked:
                keep = ~(((1 << (2 * len(step.told.sums))) - 1) << bit)
                cells.words = [word & keep for word in cells.words]
    if not marked:
        _mark(cells, plan.marks, bit, start, unit)
        # the signs of a single kink are all told apart by the marks
        if changed and len(plan.steps) > 1:
            cells.merge()


def _select(cells: FaceComplex, step: Step, start: int, unit: int) -> bool:
    """Pop the kink's column and write the selected values; whether it was positive anywhere."""
    below = _writer(step.otherwise, start, unit) if step.otherwise.targets else None
    if step.positive.copied and not (step.positive.copied[1:] or below or step.grown):
        return _select_one(cells, start + step.positive.targets[0], start + step.positive.copied[0])
    above = _writer(step.positive, start, unit)
    grown = [0] * step.grown
    positive = False
    for row in cells.generators:
        height = row.pop()
        if grown:
            row += grown
        if height > 0:
            positive = True
            above(row)
        elif below is not None:
            below(row)
    for row in cells.lines:
        row.pop()
        if grown:
            row += grown
        if below is not None:
            below(row)
    return positive


def _select_one(cells: FaceComplex, target: int, source: int) -> bool:
    """The same where one column is copied onto another where the kink is positive."""
    positive = False
    for row in cells.generators:
        if row.pop() > 0:
            positive = True
            row[target] = row[source]
    for row in cells.lines:
        row.pop()
    return positive


def _writer(moves: Moves, start: int, unit: int) -> Callable[[list[int]], None]:
    """What writes the selected values into a row."""
    targets = [start + target for target in moves.targets]
    if moves.copied is None:
        readers = [_reader(s, start, unit) for s in moves.sums]

        def write(row: list[int]) -> None:
            for target, value in zip(targets, [read(row) for read in readers]):
                row[target] = value

        return write
    sources = [start + source for source in moves.copied]
    if len(targets) == 1:
        (to,), (at,) = targets, sources

        def copy(row: list[int]) -> None:
            row[to] = row[at]

        return copy

    def copy_all(row: list[int]) -> None:
        for target, value in zip(targets, [row[source] for source in sources]):
            row[target] = value

    return copy_all


def _mark(cells: FaceComplex, marks: Marks, bit: int, start: int, unit: int) -> None:
    """Set the bits of the marks' signs at every generator."""
    words = cells.words
    if marks.pairs is not None:
        tests = [(1 << (bit + 2 * k), start + i, start + j) for k, (i, j) in enumerate(marks.pairs)]
        for index, row in enumerate(cells.generators):
            bits = 0
            for up, i, j in tests:
                first, second = row[i], row[j]
                if first != second:
                    bits |= up if first > second else up << 1
            words[index] |= bits
        return
    readers = [(1 << (bit + 2 * k), _reader(s, start, unit)) for k, s in enumerate(marks.sums)]
    for index, row in enumerate(cells.generators):
        for up, read in readers:
            height = read(row)
            if height:
                words[index] |= up if height > 0 else up << 1


def _reader(own: Sum, start: int, unit: int) -> Reader:
    """What reads a sum off a row, in the unit of the columns."""
    terms = [(start + place, c) for place, c in own.terms]
    constant, denominator = own.constant * unit, own.denominator
    if denominator == 1 and not constant:
        if not terms:
            return lambda row: 0
        if len(terms) == 1:
            ((place, c),) = terms
            return itemgetter(place) if c == 1 else lambda row: c * row[place]

    def read(row: list[int]) -> int:
        return (constant * row[0] + sum([c * row[place] for place, c in terms])) // denominator

    return read


class _Picker:
    """The outputs of a unit that has been cut by: at each generator one of the atom's."""

    def __init__(
        self, cells: FaceComplex, atom: Atom, plan: Plan, bit: int, unit: int, start: int
    ) -> None:
        self.cells = cells
        self.atom = atom
        self.readers = [_reader(own, start, unit) for own in plan.outputs]
        self.known: dict[int, int] = {}
        self.bit = bit
        self.mask = (1 << atom.bits) - 1
        self.has_one_kink = plan.direct == 1

    def run(self) -> tuple[list[int], list[int]]:
        if self.atom.sides is not None:
            self._check_sides()
        cells = self.cells
        if self.atom.told_at_infinity and self.has_one_kink:
            zero, up, down = (self.readers[self._output(bits << self.bit)] for bits in range(3))
            outputs = [
                (up if row[-1] > 0 else down if row[-1] else zero)(row) for row in cells.generators
            ]
            return outputs, list(map(zero, cells.lines))
        if self.atom.told_at_infinity:
            chosen = [self._output(word) for word in cells.words]
        else:
            chosen = self._by_faces()
        outputs = [self.readers[k](row) for k, row in zip(chosen, cells.generators, strict=True)]
        # lines are in every face
        return outputs, list(map(self.readers[chosen[0]], cells.lines))

    def _output(self, word: int) -> int:
        """Which of the outputs the label is, that a word says."""
        bits = (word >> self.bit) & self.mask
        found = self.known.get(bits)
        if found is None:
            found = self.known[bits] = self.atom.output(self.atom.label(bits))
        return found

    def _by_faces(self) -> list[int]:
        """At every generator the output of a full face; by continuity any will do."""
        cells = self.cells
        top = len(cells.levels) - 1
        chosen = [0] * len(cells.generators)
        for word, members in zip(cells.face_words()[top], cells.generator_sets(top), strict=True):
            output = self._output(word)
            for generator in members:
                chosen[generator] = output
        return chosen

    def _label(self, word: int) -> tuple[int, ...]:
        return self.atom.label((word >> self.bit) & self.mask)

    def _check_sides(self) -> None:
        """Refuse sides that differ on a face of ties that the other branch reaches too."""
        sides = self.atom.sides
        assert sides is not None
        cells = self.cells
        first, second = (self.readers[k] for k in sides.pair)
        is_tie = [self._label(word) == sides.tie for word in cells.words]
        words = cells.face_words()
        for level in range(1, len(cells.levels)):
            for word, members in zip(words[level], cells.generator_sets(level), strict=True):
                if not word & REAL or self._label(word) != sides.other:
                    continue
                ties = [g for g in sorted(members) if is_tie[g]]
                own = 0
                for g in ties:
                    own |= cells.words[g]
                if own & cells.inside == cells.inside:
                    self._check_jump(ties, first, second)

    def _check_jump(self, ties: Sequence[int], first: Reader, second: Reader) -> None:
        rows = self.cells.generators
        d = self.cells.dimension
        base = next(rows[g] for g in ties if rows[g][0])
        point = [Fraction(value, base[0]) for value in base[1 : d + 1]]
        for row in (*(rows[g] for g in ties), *self.cells.lines):
            if first(row) == second(row):
                continue
            if row[0]:
                point = [Fraction(value, row[0]) for value in row[1 : d + 1]]
            elif first(base) == second(base):
                point = [p + step for p, step in zip(point, row[1 : d + 1], strict=True)]
            exact = exact_point(point)
            raise NotContinuous(
                "expected a where whose sides agree at the ties that both of them reach, got two "
                f"values at the point {exact}; make the sides equal there, or use mt.max",
                exact,
            )
