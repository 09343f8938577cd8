"""The strata of a function: nonempty combinations of the labels of all its units."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from sys import maxsize
from typing import TYPE_CHECKING, Any, overload

import sympy

from piecewise_mt.budget import allowed_faces
from piecewise_mt.calculus.evaluation.defined import has_requirements, require_defined
from piecewise_mt.calculus.evaluation.program import Program, compile_program, selected
from piecewise_mt.calculus.evaluation.selections import Say
from piecewise_mt.calculus.partition.assumed import domain_of
from piecewise_mt.calculus.partition.base import Strata, Stratum
from piecewise_mt.calculus.partition.blocks import blocks
from piecewise_mt.calculus.partition.completeness import require_all
from piecewise_mt.calculus.partition.counts import independent_counts
from piecewise_mt.calculus.partition.early import refuse_early
from piecewise_mt.calculus.partition.label_order import label_order, packed_label_order
from piecewise_mt.calculus.partition.near_units import NearUnits
from piecewise_mt.calculus.partition.progress import Progress as Progress
from piecewise_mt.calculus.partition.progress import reporting
from piecewise_mt.calculus.partition.refinement import (
    Cutting,
    Partition,
    counted,
    generator_rows,
)
from piecewise_mt.calculus.partition.smooth_kinks import by_label, constraint_rows
from piecewise_mt.calculus.partition.tasks import partition_over, require_executor
from piecewise_mt.calculus.results.certifying import is_certifying
from piecewise_mt.calculus.smooth.affine_hull import AffineHull
from piecewise_mt.errors import PiecewiseError, TooManyPieces
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import checked_index, to_rational
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron, irredundant
from piecewise_mt.memory import cached_property, collector_frozen
from piecewise_mt.typeset.conditions import condition_latex

if TYPE_CHECKING:
    import networkx


MOST_AT_ONCE = 200_000
"""If there are more faces than this, the rest are cut when they are asked for."""
FEW = 100
"""So many strata are found one by one, without the others."""
MAX_AT_ONCE = 20_000
"""If there are more strata, and a formula counts them, nothing is cut before they are asked for."""


class PolyhedralStratum(Stratum):
    """A relatively open convex polyhedron on which every unit keeps its label."""

    def __init__(self, strata: PolyhedralStrata, level: int, index: int) -> None:
        self._strata = strata
        self._level = level
        self._index = index

    @property
    def word(self) -> int:
        """The labels of all units, and the bits of a domain, in one number."""
        return self._strata._words[self._level][self._index]

    @property
    def dimension(self) -> int:
        """The dimension, 0 for a point."""
        return self._level + len(self._strata.partition.cells.lines) - 1

    @cached_property
    def label_keys(self) -> tuple[Label, ...]:
        """The label of every unit as an orderable key (see ``functions.atoms``)."""
        return self._strata.program.labels(self.word)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of every unit, as text: argmax sets count operands from 1."""
        units = self._strata.program.units
        return tuple(
            unit.atom.label_text(label) for unit, label in zip(units, self.label_keys, strict=True)
        )

    @cached_property
    def generators(self) -> Sequence[Sequence[int]]:
        """Vertices (x0 > 0) and rays (x0 = 0) of the closure, modulo lines, as (x0, x)."""
        return generator_rows(self._strata.partition.cells, self._level, self._index)

    @cached_property
    def point(self) -> tuple[Fraction, ...]:
        """A point of the stratum: the sum of its generators."""
        total = [sum(column) for column in zip(*self.generators, strict=True)]
        return tuple(quotient(value, total[0]) for value in total[1:])

    @property
    def witness(self) -> tuple[sympy.Rational, ...]:
        """An exact rational point of the stratum."""
        return tuple(map(to_rational, self.point))

    @cached_property
    def hull(self) -> AffineHull:
        """The affine hull, on which SymPy formulas of the stratum live."""
        width = len(self._strata.names) + 1
        lines = [line[:width] for line in self._strata.partition.cells.lines]
        return AffineHull.of_generators(self._strata.names, [*self.generators, *lines])

    @cached_property
    def polyhedron(self) -> Polyhedron:
        """The stratum as an irredundant polyhedron."""
        return self.described(by_label, interior=True)

    def described(
        self, say: Say, *, interior: bool, generators: Sequence[Sequence[int]] | None = None
    ) -> Polyhedron:
        """The irredundant polyhedron of what `say` says of the operands of all units.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> tie = mt.max(x, y).strata()[-1]
        >>> tie.described(lambda unit, label: unit.atom.constraints(label), interior=True)
        Polyhedron(x = y)
        """
        return self._strata.described(self, say, interior=interior, generators=generators)

    @property
    def set(self) -> PolyhedralSet:
        """The points of the stratum."""
        return PolyhedralSet(self._strata.names, [self.polyhedron], self.dimension)

    @property
    def condition_text(self) -> str:
        """The conditions in one line."""
        return str(self.polyhedron)

    @property
    def condition_latex(self) -> str:
        """The conditions in LaTeX."""
        return condition_latex(self.polyhedron)

    @property
    def condition(self) -> Any:
        """The irredundant conditions, as a SymPy Boolean."""
        return self.polyhedron.condition

    def __repr__(self) -> str:
        return f"Stratum({self.polyhedron}, dimension={self.dimension})"


class PolyhedralStrata(Strata):
    """The faces of an arrangement, cut out by the kinks of a function.

    Only integers are stored; conditions, witnesses and polyhedra are made when asked for. Where a
    formula counts many strata, the first ones are found one by one, and the rest are not enumerated
    before something needs them.
    """

    domain: Polyhedron | None

    def __init__(
        self,
        f: Expression,
        program: Program,
        domain: Polyhedron | None,
        cut: Partition | _Later,
    ) -> None:
        self.function = f
        self.program = program
        self.domain = domain
        self._later = cut if isinstance(cut, _Later) else None
        self.counts = None if self._later is None else self._later.counts
        """How many strata there are of each dimension, if a formula tells."""
        if isinstance(cut, Partition):
            self.__dict__["partition"] = cut
        self._lists: dict[str, list[PolyhedralStratum]] = {}

    @cached_property
    def partition(self) -> Partition:
        """The refined complex."""
        later = self._later
        if later is not None:
            with later.cutting.lock.held():
                # another thread may have been first
                if "partition" not in vars(self):
                    vars(self)["partition"] = later.run()
                    if is_certifying():
                        require_all(self)
        found: Partition = vars(self)["partition"]
        return found

    @property
    def is_left_for_later(self) -> bool:
        """Whether there are so many faces that they are cut when they are asked for."""
        return self._later is not None and self._later.is_long

    def cut(self) -> None:
        """Refine now, and let go of what reports progress.

        Examples
        --------
        The ties of many operands are counted by a formula, and cut when they are asked for:

        >>> import piecewise_mt as mt
        >>> strata = mt.max(mt.vector("x", 20)).strata()
        >>> len(strata), "partition" in vars(strata)
        (1048575, False)
        """
        self.__dict__["partition"] = self.partition
        self._later = None

    def stream(self) -> Iterator[PolyhedralStratum]:
        if "partition" in vars(self):
            yield from _found_in(self, self.partition)
            return
        for own in blocks(self.program, self.domain):
            whole = Partition(own.cells, own.owned)
            yield from _found_in(
                PolyhedralStrata(self.function, self.program, self.domain, whole), whole
            )

    @cached_property
    def _words(self) -> list[list[int]]:
        """The words of all faces, level by level."""
        return self.partition.cells.face_words()

    @cached_property
    def _places(self) -> list[list[int]]:
        """The faces of each level that are strata."""
        strict = self.partition.strict
        return [
            [i for i, word in enumerate(level) if word & strict == strict] for level in self._words
        ]

    @cached_property
    def _near_units(self) -> NearUnits:
        return NearUnits(self.program)

    @cached_property
    def _counts(self) -> tuple[int, ...]:
        """How many faces of each dimension are strata."""
        return counted(self.partition.cells, self.partition.strict)

    @property
    def f_vector(self) -> tuple[int, ...]:
        if self.counts is not None:
            return self.counts
        return self._counts

    def _sorted(self) -> list[PolyhedralStratum]:
        found = self._lists.get("all")
        if found is None:
            with collector_frozen(kept=True):
                found = [
                    PolyhedralStratum(self, level, index)
                    for level, order in self._orders()
                    for index in order
                ]
            # published when it is whole, and once: an interrupt or another thread never sees a
            # part, and all threads the same strata
            found = self._lists.setdefault("all", found)
        return found

    def _orders(self) -> Iterator[tuple[int, list[int]]]:
        """The levels from the largest dimension on, and the order of the strata of each."""
        cut, units = self.partition, self.program.units
        packed = cut.cells.packed_words()
        # those of the lowest level, which is no face of any dimension, have no word
        for level in range(len(cut.cells.level_sizes()) - 1, 0, -1):
            order = None
            if packed is not None:
                words, size = packed
                order = packed_label_order(units, words[level - 1], size, cut.strict)
            if order is None:
                places = self._places[level]
                own = list(map(self._words[level].__getitem__, places))
                order = [places[i] for i in label_order(units, own)]
            yield level, order

    def __len__(self) -> int:
        count = sum(self.f_vector)
        if count > maxsize:
            raise TooManyPieces(
                f"expected a number of strata that len can say, got {count}; ask sum(f_vector)"
            )
        return count

    def __iter__(self) -> Iterator[PolyhedralStratum]:
        return iter(self._sorted())

    @overload
    def __getitem__(self, index: int) -> PolyhedralStratum: ...
    @overload
    def __getitem__(self, index: slice) -> list[PolyhedralStratum]: ...
    def __getitem__(self, index: int | slice) -> PolyhedralStratum | list[PolyhedralStratum]:
        found = self._first_ones(checked_index(index))
        return self._sorted()[index] if found is None else found

    def _first_ones(self, index: int | slice) -> Any:
        """Some of the full-dimensional strata, if nothing is cut yet and there are many in all."""
        if self.counts is None or "partition" in vars(self) or not self.is_left_for_later:
            return None
        # which has a subclass of what is in here
        from piecewise_mt.calculus.partition.regions import top_region

        if not isinstance(index, slice):
            return top_region(self, operator.index(index))
        asked = range(*index.indices(sum(self.counts)))
        if len(asked) > FEW or any(position >= self.counts[-1] for position in asked):
            return None
        found = [top_region(self, position) for position in asked]
        return None if None in found else found

    def described(
        self,
        stratum: PolyhedralStratum,
        say: Say,
        *,
        interior: bool,
        generators: Sequence[Sequence[int]] | None = None,
    ) -> Polyhedron:
        """The irredundant polyhedron of what `say` says of the operands of all units.

        The forms of the operands are those on `stratum`, whose closure the polyhedron shares,
        unless other `generators` are given.
        With `interior`, the domain's inequalities that are not tight on the stratum are strict.
        """
        cells, labels = self.partition.cells, stratum.label_keys
        lines = [line[: len(self.names) + 1] for line in cells.lines]
        near = None
        if not self.program.smooth and (generators is None or generators is stratum.generators):
            places = cells.generators_of(stratum._level, stratum._index)
            words = map(self._words[1].__getitem__, places)
            near = self._near_units.of(stratum.word, labels, words)
        equations, inequalities = constraint_rows(
            self.program, labels, say, stratum.generators, lines, near
        )
        if self.domain is not None:
            equations += self.domain.equations
            inequalities += [(row, strict or interior) for row, strict in self.domain.inequalities]
        spanned = stratum.generators if generators is None else generators
        return irredundant(self.names, equations, inequalities, spanned)

    def _numbers(self) -> list[dict[int, int]]:
        """Position in iteration order of the faces of each level that are strata."""
        numbers: list[dict[int, int]] = [{} for _ in self._places]
        for position, stratum in enumerate(self._sorted()):
            numbers[stratum._level][stratum._index] = position
        return numbers

    def poset(self) -> networkx.DiGraph:
        import networkx

        graph = networkx.DiGraph()
        for position, stratum in enumerate(self._sorted()):
            graph.add_node(position, dimension=stratum.dimension)
        numbers = self._numbers()
        for level in range(1, len(numbers)):
            faces = self.partition.cells.levels[level]
            for index, position in sorted(numbers[level].items()):
                for facet in faces[index]:
                    if facet in numbers[level - 1]:
                        graph.add_edge(numbers[level - 1][facet], position)
        return graph

    def adjacency(self) -> networkx.Graph:
        import networkx

        graph = networkx.Graph()
        poset = self.poset()
        full = len(self.names)
        graph.add_nodes_from(n for n, d in poset.nodes(data="dimension") if d == full)
        for node, dimension in poset.nodes(data="dimension"):
            if dimension == full - 1:
                above = sorted(poset.successors(node))
                if len(above) == 2:
                    graph.add_edge(*above, facet=node)
        return graph

    def __repr__(self) -> str:
        return f"<{sum(self.f_vector)} strata of {self.function!r}, f-vector {self.f_vector}>"


def _found_in(owner: PolyhedralStrata, cut: Partition) -> Iterator[PolyhedralStratum]:
    """The strata of a complex, the largest dimension first, in the order of its faces."""
    for level in range(len(owner._words) - 1, -1, -1):
        for index, word in enumerate(owner._words[level]):
            if word & cut.strict == cut.strict:
                yield PolyhedralStratum(owner, level, index)


def strata(
    f: Expression,
    domain: Any = None,
    *,
    max_faces: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
) -> PolyhedralStrata:
    """See :meth:`Expression.strata`."""
    found = uncut(f, domain, max_faces=max_faces, executor=executor, progress=progress)
    refuse_early(found.program, found.domain, selected)
    if not found.is_left_for_later:
        found.cut()
    if has_requirements(found.program):
        for stratum in found:
            require_defined(found.program, stratum.label_keys, selected, stratum.polyhedron)
    return found


def enumerated(
    f: Expression,
    domain: Any,
    *,
    max_faces: int | None,
    executor: Executor | None,
    progress: bool | Progress | None,
) -> PolyhedralStrata:
    """The strata, whether or not smooth nodes are defined on them."""
    found = uncut(f, domain, max_faces=max_faces, executor=executor, progress=progress)
    if not found.is_left_for_later:
        found.cut()
    return found


def uncut(
    f: Expression,
    domain: Any,
    *,
    max_faces: int | None,
    executor: Executor | None = None,
    progress: bool | Progress | None = None,
) -> PolyhedralStrata:
    """The strata, to be cut when they are asked for."""
    program = compile_program(f)
    region = domain_of(f, domain, program.names)
    if max_faces is not None and (isinstance(max_faces, bool) or not isinstance(max_faces, int)):
        raise PiecewiseError(
            f"expected a number of faces as max_faces, got {max_faces!r}; give an int, or leave it "
            "out"
        )
    limit = allowed_faces(max_faces)
    workers = None if executor is None else require_executor(executor)
    counts = independent_counts(program) if region is None else None
    # kinks behind smooth nodes look at all full faces, so these are not shared out
    if workers is not None and program.is_smooth:
        workers = None
    later = _Later(f, Cutting(program, region, limit), workers, progress, counts)
    return PolyhedralStrata(f, program, region, later)


@dataclass(frozen=True, eq=False)
class _Later:
    """The refinement of strata, in part or whole."""

    function: Expression
    cutting: Cutting
    workers: Executor | None
    progress: bool | Progress | None
    counts: tuple[int, ...] | None

    def run(self) -> Partition:
        """All of it."""
        own = self.cutting
        if self.counts is not None and sum(self.counts) > own.max_faces:
            raise TooManyPieces(
                f"expected at most {own.max_faces} strata, got {sum(self.counts)}; ask f.at at a "
                "point, or raise the limit (max_pieces, max_faces)"
            )
        with reporting(self.progress, "faces") as report:
            if self.workers is None:
                return own.run(report)
            return partition_over(
                self.workers, self.function, own.program, own.domain, own.max_faces, report
            )

    @cached_property
    def is_long(self) -> bool:
        """Whether there is so much that it is left for when it is asked for."""
        if self.workers is not None or self.cutting.program.is_smooth:
            return False
        if self.counts is not None:
            return sum(self.counts) > MAX_AT_ONCE
        with reporting(self.progress, "faces") as report:
            return not self.cutting.is_done_by(MOST_AT_ONCE, report)


def spanning(
    stratum: PolyhedralStratum, cells: PolyhedralStrata, step: int = 1
) -> Iterable[list[int]]:
    """Points of the stratum, homogeneous, that span its affine hull."""
    width = len(cells.names) + 1
    total = [sum(column) for column in zip(*stratum.generators, strict=True)]
    yield total
    for row in (*stratum.generators, *cells.partition.cells.lines):
        yield [a + step * b for a, b in zip(total, row[:width], strict=True)]


def spanning_points(
    stratum: PolyhedralStratum, cells: PolyhedralStrata, count: int
) -> list[tuple[Fraction, ...]]:
    """Up to `count` different points of the stratum, its witness first."""
    found: dict[tuple[Fraction, ...], None] = {}
    for step in range(1, count + 1):
        for point in spanning(stratum, cells, step):
            found[tuple(quotient(value, point[0]) for value in point[1:])] = None
            if len(found) == count:
                return list(found)
    return list(found)
