"""The operations of a face complex, one after the other: all engines do the same to faces and rows.

Faces are compared with the covectors of their hyperplanes, found by brute force: all signs at the
lines where hyperplanes meet, closed under composition. Columns are compared with what they stand
for, evaluated at the coordinates of every generator.
"""

import copy
import pickle
import random
from fractions import Fraction
from itertools import combinations

import pytest

from piecewise_mt.errors import TooManyPieces
from piecewise_mt.exact.linear import echelon
from piecewise_mt.geometry import engine as engines
from piecewise_mt.geometry.columns import Combination
from piecewise_mt.geometry.compiled import CompiledComplex
from piecewise_mt.geometry.complex import FaceComplex
from piecewise_mt.geometry.generators import REAL, Reads
from piecewise_mt.geometry.kernel_rows import Unsuited

BITS = 128  # two chunks, and not one bit more


def sign(value):
    return (value > 0) - (value < 0)


def value(form, row):
    """A combination at a row, exactly; it is an integer wherever it is read."""
    found = Fraction(sum(c * row[column] for column, c in form.terms), form.denominator)
    assert found.denominator == 1
    return int(found)


def rank(rows):
    return len(echelon(rows))


SIGN = {0: 0, 1: 1, -1: 2}


def started(dimension, max_faces=10**6):
    """The whole space by every engine that is here: by lists, in C, in C with floats, by arrays."""
    reports = {"python": []}
    found = {"python": FaceComplex(dimension, max_faces, reports["python"].append)}
    kernel = engines._kernel()[0]
    if kernel is not None:
        for name in ("integers", "floats"):
            reports[name] = []
            own = reports[name].append
            found[name] = CompiledComplex(kernel, dimension, max_faces, own, BITS)
        found["floats"]._promote()
    if engines._has_numpy():
        from piecewise_mt.geometry.vectorised import ArrayComplex

        reports["arrays"] = []
        own = FaceComplex(dimension, max_faces, reports["arrays"].append)
        found["arrays"] = ArrayComplex(own, BITS)
    return found, reports


def state(cells):
    """All that can be read off a complex, in the order in which it keeps it."""
    counts = cells.bit_counts()
    packed = cells.packed_words()
    if packed is not None:
        raw, size = packed
        words = [
            [int.from_bytes(own[i : i + size], "little") for i in range(0, len(own), size)]
            for own in raw
        ]
        assert words == cells.face_words()[1:]
    top = len(cells.levels) - 1
    return {
        "rows": [list(row) for row in cells.generators],
        "lines": cells.lines,
        "words": list(cells.words),
        "levels": [sorted(own) if k < 2 else own for k, own in enumerate(cells.levels)],
        "face words": cells.face_words()[1:],
        "sizes": list(cells.level_sizes()),
        "length": len(cells),
        "bits": counts + [0] * (BITS + 200 - len(counts)),
        "real": cells.count(REAL)[1:],
        "inside": cells.inside,
        "members": cells.generator_sets(top),
        "one": [(cells.generators_of(k, 0), cells.coordinates_of(k, 0))
                for k, own in enumerate(cells.levels) if own],
    }  # fmt: skip


class Walk:
    """Random operations on the complexes of all engines, each of which is valid."""

    def __init__(self, seed, size):
        self.draw = random.Random(seed)
        self.dimension = self.draw.choice([1, 2, 2, 3])
        self.cells, self.reports = started(self.dimension)
        self.width = self.dimension + 1
        self.size = size
        self.bit = self.draw.choice([1, 55, 61])  # pairs of bits lie across bit 64, too
        self.kinks = {}
        """Kinks of coordinates by their bits."""
        self.multiples = {}
        """Columns all of whose values are multiples of a number."""
        self.piecewise = False
        self.bounds = set()
        """Bits of kinks that faces have been dropped by."""
        self.kept = []
        self.told = []
        """What makes the columns of a row, one after the other, from its coordinates."""

    def do(self, name, *given, **named):
        """One operation on all complexes; an engine may say that it is unsuited."""
        found = {}
        for engine, cells in list(self.cells.items()):
            try:
                found[engine] = getattr(cells, name)(*given, **named)
            except Unsuited:
                assert engine != "python"
                del self.cells[engine]
        assert all(own == found["python"] for own in found.values()), (name, found)
        self.same()
        return found["python"]

    def same(self):
        first = state(self.cells["python"])
        for engine, cells in self.cells.items():
            own = state(cells)
            differing = {key: (first[key], own[key]) for key in first if first[key] != own[key]}
            assert not differing, engine
        return first

    def by_coordinates(self, row):
        """A generator's or line's columns from its coordinates alone."""
        found = list(row[: self.dimension + 1])
        for tell in self.told:
            tell(found)
        return found

    def coefficient(self):
        if self.size == "wide" and self.draw.random() < 0.2:
            return self.draw.randint(-(2**40), 2**40)
        return self.draw.randint(-2, 2)

    def form(self, width=None):
        return Combination.of([self.coefficient() for _ in range(width or self.width)])

    def added(self, form, kink, factor):
        """The form plus a multiple of the kink: the same where the kink vanishes."""
        total = dict(form.terms)
        for column, c in kink.terms:
            total[column] = total.get(column, 0) + factor * c
        return Combination([(column, c) for column, c in sorted(total.items()) if c])

    @property
    def small(self):
        return len(self.cells["python"]) < 500

    def fresh(self, count=2):
        bit, self.bit = self.bit, self.bit + count
        return bit

    # the operations

    def cut(self):
        if not self.small or self.bit > BITS - 4:
            return
        kind = self.draw.choice(["coordinates", "coordinates", "columns", "again"])
        width = self.width if kind == "columns" else self.dimension + 1
        kink = self.form(width)
        if kind == "again" and self.kinks:
            kink = self.draw.choice(list(self.kinks.values()))
        is_flat = not any(map(kink.read, self.cells["python"].lines))
        bit = -1 if is_flat and self.draw.random() < 0.2 else self.fresh()
        before = len(self.cells["python"])
        self.do("cut", kink, bit)
        if len(self.cells["python"]) > before:
            assert {self.reports[engine][-1] for engine in self.cells} == {
                len(self.cells["python"])
            }
        if bit >= 0 and kind != "columns":
            self.kinks[bit] = kink
        after = self.draw.choice(["select", "sides", "multiples", None])
        if after == "select":
            grown = self.draw.randint(0, 2)
            new = range(self.width, self.width + grown)
            old = range(self.dimension + 1, self.width)
            targets = [*new, *self.draw.sample(old, min(len(old), 1))]
            self.draw.shuffle(targets)
            above, below = [], []
            for target in targets:
                base = self.form()
                above.append((target, self.added(base, kink, self.coefficient())))
                below.append((target, self.added(base, kink, self.coefficient())))
                self.multiples.pop(target, None)
            if self.draw.random() < 0.3:
                # values that stay where the kink is not positive
                above = [(t, self.added(Combination(((t, 1),)), kink, 2)) for t in targets]
                below = []
            self.do("select", grown, above, below)

            def tell(row):
                moves = above if value(kink, row) > 0 else below
                row += [0] * grown
                for target, found in [(target, value(own, row)) for target, own in moves]:
                    row[target] = found

            self.told.append(tell)
            self.width += grown
            self.piecewise = True
        elif after is not None:
            base = self.form() if after == "sides" else Combination(())
            outputs = [self.added(base, kink, self.coefficient()) for _ in range(4)]
            places = [self.draw.randrange(4) for _ in range(3)]
            given = (range(bit, bit + 2), outputs, places.__getitem__, Reads.SIDES)
            self.do("pick", *given)
            self.tell_by_sign(kink, [outputs[place] for place in places])
            self.width += 1
            self.piecewise = True
        if bit < 0 and not self.piecewise:
            self.do("merge")

    def tell_by_sign(self, kink, outputs):
        self.told.append(lambda row: row.append(value(outputs[SIGN[sign(value(kink, row))]], row)))

    def append(self):
        if self.width > self.dimension + 7:
            return
        by = self.draw.choice([1, 1, 6])
        forms = [self.form() for _ in range(self.draw.randint(0, 3))]
        forms = [Combination([(c, by * v) for c, v in own.terms]) for own in forms]
        self.do("append", forms)
        self.told.append(lambda row: row.extend([value(own, row) for own in forms]))
        for own in range(self.width, self.width + len(forms)):
            self.multiples[own] = by
        self.width += len(forms)

    def divided(self):
        """The same column twice, once by a division; and where they differ."""
        own = [column for column, by in self.multiples.items() if by == 6]
        if not own:
            return
        column = self.draw.choice(own)
        first, second = Combination(((column, 2),), 6), Combination(((column, 1),), 3)
        third = Combination(((column, 1),), 2)
        places = range(len(self.cells["python"].generators))
        every = [*self.cells["python"].generators, *self.cells["python"].lines]
        assert self.do("differ", first, second, places) is False
        vanishes = not any(row[column] for row in every)
        assert self.do("differ", first, third, places) is not vanishes
        self.do("append", [first, third])
        self.told.append(lambda row: row.extend([value(own, row) for own in (first, third)]))
        self.width += 2
        assert self.do("differ", first, Combination(((self.width - 2, 1),)), places) is False

    def delete(self):
        first = self.draw.randint(self.dimension + 1, self.width)
        last = self.draw.randint(first, self.width)
        self.do("delete", range(first, last))
        self.told.append(lambda row: row.__delitem__(slice(first, last)))
        self.width -= last - first
        self.multiples = {
            c if c < first else c - (last - first): by
            for c, by in self.multiples.items()
            if not first <= c < last
        }

    def append_values(self):
        """Values that are told for every generator and line."""
        form = self.form()
        cells = self.cells["python"]
        rows = [[form.read(row)] for row in cells.generators]
        self.do("append_values", rows, [[form.read(row)] for row in cells.lines])
        self.told.append(lambda row: row.append(value(form, row)))
        self.width += 1

    def bits(self):
        """Signs once more, by marks and by copies."""
        if not self.kinks or self.bit > BITS - 8:
            return
        own = self.draw.sample(list(self.kinks), min(2, len(self.kinks)))
        bit = self.fresh(2 * len(own))
        self.do("mark", bit, [self.kinks[b] for b in own])
        words = self.cells["python"].words
        for k, known in enumerate(own):
            assert all((w >> known & 3) == (w >> bit + 2 * k & 3) for w in words)
        self.do("clear", bit, 2 * len(own))
        known = own[0]
        swapped = self.draw.random() < 0.5
        self.do("copy_bits", known, bit, 2, swapped=swapped)
        turn = (0, 2, 1) if swapped else (0, 1, 2)
        assert all(turn[w >> known & 3] == w >> bit & 3 for w in self.cells["python"].words)
        self.do("clear", bit, 2)

    def forget(self):
        """Join what one kink has cut; nothing but affine columns may depend on it."""
        if self.piecewise or not self.kinks:
            return
        bit = self.draw.choice(list(self.kinks))
        rows = [[1] + [0] * self.dimension]
        for own, kink in self.kinks.items():
            if own != bit:
                rows.append([dict(kink.terms).get(c, 0) for c in range(self.dimension + 1)])
        if bit in self.bounds or rank(rows) + len(self.cells["python"].lines) <= self.dimension:
            return  # the others would not tell where faces end
        del self.kinks[bit]
        self.do("clear", bit, 2)
        self.do("merge")

    def fewer(self):
        """Half-spaces, hyperplanes, and closures of some faces."""
        if not self.kinks:
            return
        bit = self.draw.choice(list(self.kinks))
        mask = self.draw.choice([1, 2, 3]) << bit
        words = [word for own in self.cells["python"].face_words()[1:] for word in own]
        if self.draw.random() < 0.5:
            if any(not word & mask and word & REAL for word in words):
                self.do("drop", mask)
                self.bounds.add(bit)
                if self.draw.random() < 0.3:
                    for cells in self.cells.values():
                        cells.inside |= (3 << bit) & ~mask
        else:
            other = self.draw.choice(list(self.kinks))
            needed = REAL | self.draw.choice([0, 1, 2]) << other
            if any(word & (mask | needed) == needed for word in words) and not mask & needed:
                self.do("carve", mask, needed)
                self.bounds |= {bit, other}

    def picked(self):
        if not self.kinks or self.width > self.dimension + 7:
            return
        bit = self.draw.choice(list(self.kinks))
        kink, base = self.kinks[bit], self.form()
        outputs = [self.added(base, kink, self.coefficient()) for _ in range(3)]
        how = self.draw.choice([Reads.GENERATORS, Reads.FACES])
        self.do("pick", range(bit, bit + 2), outputs, (0, 1, 2, 0).__getitem__, how)
        self.tell_by_sign(kink, outputs)
        self.width += 1
        self.piecewise = True

    def ties(self):
        if not self.kinks:
            return
        bit = self.draw.choice(list(self.kinks))
        kinds = [self.draw.choice([0, 1, 2]) for _ in range(4)]
        found = self.do("ties_reached", range(bit, bit + 2), kinds.__getitem__)
        self.do("differ", self.form(), self.form(), found)

    def copied(self):
        """Go on with copies; what they are copies of does not change."""
        self.kept.append((self.cells, self.same()))
        how = self.draw.choice([lambda own: own.copy(), copy.deepcopy])
        self.cells = {
            engine: cells.copy() if engine == "python" else how(cells)
            for engine, cells in self.cells.items()
        }
        self.same()

    def run(self, steps):
        every = [
            *[self.cut] * 4, self.append, self.divided, self.delete, self.append_values, self.bits,
            self.forget, self.forget, self.fewer, self.picked, self.ties, self.copied,
        ]  # fmt: skip
        for _ in range(steps):
            self.draw.choice(every)()
        own = self.cells["python"]
        for row in (*own.generators, *own.lines):
            assert row == self.by_coordinates(row)
        for cells, before in self.kept:
            assert all(state(own) == before for own in cells.values())
        return self.cells


@pytest.mark.parametrize("size", ["small", "wide"])
@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_every_engine_does_the_same(seed, size):
    ended = set()
    for own in range(seed, seed + 5):
        ended |= set(Walk(own, size).run(25))
    assert ended == set(started(1)[0])


# -- faces ---------------------------------------------------------------------------------------


def across(rows):
    """A vector that is orthogonal to d rows of d + 1 numbers: its entries are their minors."""

    def determinant(square):
        if not square:
            return 1
        first, *rest = square
        return sum(
            (-1) ** i * c * determinant([row[:i] + row[i + 1 :] for row in rest])
            for i, c in enumerate(first)
            if c
        )

    return [
        (-1) ** i * determinant([row[:i] + row[i + 1 :] for row in rows])
        for i in range(len(rows[0]))
    ]


def covectors(rows):
    """All signs that rows have together at a vector (x0, x) with x0 >= 0."""
    size = len(rows[0])
    every = [[int(i == j) for j in range(size)] for i in range(size)] + rows
    closed = {(0,) * len(every)}
    for chosen in combinations(every, size - 1):
        vector = across(chosen)
        if any(vector):
            heights = [sum(c * v for c, v in zip(row, vector, strict=True)) for row in every]
            closed |= {tuple(map(sign, heights)), tuple(-sign(h) for h in heights)}
    fresh = list(closed)
    while fresh:
        one = fresh.pop()
        for other in list(closed):
            both = tuple(a or b for a, b in zip(one, other, strict=True))
            if both not in closed:
                closed.add(both)
                fresh.append(both)
    return {(own[0], *own[size:]) for own in closed if own[0] >= 0}


def below(one, other):
    """Whether a covector is that of a proper face of another one's cone."""
    return one != other and all(a in (0, b) for a, b in zip(one, other, strict=True))


def faces_of(cells, bits):
    """The covectors of faces, each with those of its facets, read off the words."""

    def covector(word):
        return word & REAL, *((word >> b & 1) - (word >> b + 1 & 1) for b in bits)

    words = cells.face_words()
    found = {}
    for level in range(1, len(cells.levels)):
        for word, face in zip(words[level], cells.levels[level], strict=True):
            assert covector(word) not in found
            found[covector(word)] = {covector(words[level - 1][facet]) for facet in face}
    return found


def lattice(vectors):
    """Covectors but the least one, each with the largest below it."""
    if not vectors:
        return {}
    least = min(vectors, key=lambda own: sum(map(abs, own)))
    found = {}
    for own in vectors - {least}:
        lower = [other for other in vectors if below(other, own)]
        found[own] = {one for one in lower if not any(below(one, other) for other in lower)}
    return found


@pytest.mark.parametrize("seed", range(24))
def test_faces_are_the_covectors_of_the_hyperplanes(seed):
    """Incidences, too; cut, dropped, carved and joined again; degenerate on purpose."""
    draw = random.Random(seed)
    dimension = 1 + seed % 3
    count = {1: 5, 2: 4, 3: 3}[dimension]
    rows = [[draw.randint(-1, 1) for _ in range(dimension + 1)] for _ in range(count)]
    rows[-1] = draw.choice([rows[0], [-c for c in rows[0]], [1] + [0] * dimension, rows[-1]])
    bits = [1 + 2 * k for k in range(count)]
    every = covectors(rows)
    whole = lattice(every)
    half = lattice({own for own in every if own[1] >= 0})
    wanted = [own for own in every if own[0] and own[1] >= 0 and own[2] > 0]
    closure = lattice({own for own in every if any(below(own, w) or own == w for w in wanted)})
    space = [1] + [0] * dimension
    # whether the other hyperplanes have the same lineality space
    rest = rank([space, *rows[1:]]) == rank([space, *rows]) and lattice(covectors(rows[1:]))
    for cells in started(dimension)[0].values():
        for row, bit in zip(rows, bits, strict=True):
            cells.cut(Combination.of(row), bit)
        assert faces_of(cells, bits) == whole
        twin = cells.copy()
        twin.drop(2 << bits[0])
        assert faces_of(twin, bits) == half
        if wanted:
            twin = cells.copy()
            twin.carve(2 << bits[0], REAL | 1 << bits[1])
            assert faces_of(twin, bits) == closure
        if rest:
            cells.clear(bits[0], 2)
            cells.merge()
            assert faces_of(cells, bits[1:]) == rest


def test_too_many_faces_are_refused_by_every_engine():
    for cells in started(2, 12)[0].values():
        cells.cut(Combination.of([0, 1, 0]))
        assert len(cells) == 6
        with pytest.raises(TooManyPieces, match="expected at most 12 faces, got 18"):
            cells.cut(Combination.of([0, 0, 1]))
    for cells in started(2, 18)[0].values():
        cells.cut(Combination.of([0, 1, 0]))
        cells.cut(Combination.of([0, 0, 1]))
        assert cells.count(0) == [1, 5, 8, 4]


@pytest.mark.parametrize("sides", [[(0, 1)], [(0, 1, 0), (0, 0, 1), (1, -1, -1)]])
def test_arrays_refuse_faces_that_lose_their_facets(sides):
    """A half-line and a triangle whose ends would be joined with them."""
    for engine, cells in started(len(sides[0]) - 1)[0].items():
        for k, row in enumerate(sides):
            cells.cut(Combination.of(row), 1 + 2 * k)
            cells.drop(2 << 1 + 2 * k)
        cells.clear(1, 2 * len(sides))
        if engine == "arrays":
            with pytest.raises(Unsuited):
                cells.merge()


def test_nothing_is_joined_where_nothing_is_cut():
    for cells in started(2)[0].values():
        before = state(cells)
        cells.merge()
        assert state(cells) == before and cells.face_words() == [[0], [REAL]]
        cells.cut(Combination.of([0, 1, 0]), 1)
        before = state(cells)
        cells.merge()
        assert state(cells) == before and [len(own) for own in cells.face_words()] == [1, 3, 2]
        cells.cut(Combination.of([0, -2, 0]))
        cells.merge()
        assert state(cells) == before


def test_which_engine_begins(monkeypatch):
    """C where it is, but for no variables or very many; arrays where there are many faces."""
    if engines._kernel()[0] is not None:
        monkeypatch.setenv("PIECEWISE_MT_ENGINE", "compiled")
        kinds = [type(engines.new_complex(d, 10, None, 1)) for d in (0, 1, 250, 251)]
        assert kinds == [FaceComplex, CompiledComplex, CompiledComplex, FaceComplex]
        own = engines.new_complex(2, 10, None, 1)
        assert engines.fitting(own, 1) is own
    monkeypatch.setenv("PIECEWISE_MT_ENGINE", "python")
    cells = engines.new_complex(1, 100, None, 9)
    assert isinstance(cells, FaceComplex)
    for k in range(5):
        cells.cut(Combination.of([k, 1]), 1)
    assert len(cells) == 14
    monkeypatch.setattr(engines, "MANY", 15)
    assert engines.fitting(cells, 9) is cells
    if not engines._has_numpy():
        return
    import numpy  # noqa: F401  as importing it alone would ask for more faces

    from piecewise_mt.geometry.vectorised import ArrayComplex

    monkeypatch.setattr(engines, "MANY", 14)
    own = engines.fitting(cells, 9)
    assert isinstance(own, ArrayComplex) and own.levels[2:] == cells.levels[2:]
    monkeypatch.setattr(engines, "MANY", 8 * 14)
    assert engines.fitting(own, 9) is own
    monkeypatch.setattr(engines, "MANY", 8 * 14 + 1)
    assert isinstance(engines.fitting(own, 9), FaceComplex)


def test_a_pickle_is_read_as_lists():
    for cells in started(2)[0].values():
        cells.cut(Combination.of([1, 1, 0]), 1)
        twin = pickle.loads(pickle.dumps(cells))
        assert isinstance(twin, FaceComplex)
        assert (twin.dimension, twin.max_faces) == (2, 10**6) if twin is not cells else True
        assert state(twin) == state(cells)
