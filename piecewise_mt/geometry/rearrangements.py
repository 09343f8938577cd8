"""The hull of all arrangements of n columns over n places: permutahedra, Birkhoff's polytope.

A matrix G with n columns is in it iff G = C W for a W ≥ 0 that has, for each different column of
C, the sum of its multiplicity, and for every place the sum 1 (Birkhoff; Hoffman and Kruskal for
repeated columns). So no arrangement is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from math import factorial, lcm, prod
from typing import TypeAlias

from piecewise_mt.exact.linear import echelon, kernel
from piecewise_mt.exact.number_rows import fraction, quotient
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.simplex import Farkas, feasible_point
from piecewise_mt.geometry.polytope import Point, dot
from piecewise_mt.memory import cached_property

Arranged: TypeAlias = tuple[Point, ...]
"""One column for each place."""
Weights: TypeAlias = list[list[Fraction]]
"""W: a row for each different column, an entry for each place."""
_ZERO = Fraction(0)


class Rearrangements:
    """All arrangements of columns, given in increasing order of their ranks.

    Examples
    --------
    Where three numbers tie, the median takes any one of them:

    >>> median = Rearrangements([(0,), (1,), (0,)])
    >>> median.count, median.contains([(Fraction(1, 3),)] * 3), median.contains([(2,), (0,), (-1,)])
    (3, True, False)
    """

    def __init__(self, columns: Sequence[Sequence[Fraction | int]]) -> None:
        self.columns: Arranged = tuple(tuple(map(fraction, column)) for column in columns)
        self.total: Point = tuple(sum(row, _ZERO) for row in zip(*self.columns, strict=True))
        counted = Counter(self.columns)
        self.classes = sorted(counted)
        self.sizes = [counted[column] for column in self.classes]

    @property
    def count(self) -> int:
        """How many there are."""
        return factorial(len(self.columns)) // prod(map(factorial, self.sizes))

    @property
    def dimension(self) -> int:
        """The dimension of the hull."""
        return (len(echelon([primitive([0, 1, *c]) for c in self.classes])) - 1) * (
            len(self.columns) - 1
        )

    def __iter__(self) -> Iterator[Arranged]:
        left, chosen = list(self.sizes), [0] * len(self.columns)

        def fill(place: int) -> Iterator[Arranged]:
            if place == len(chosen):
                yield tuple(self.classes[r] for r in chosen)
                return
            for r, size in enumerate(left):
                if size:
                    left[r] -= 1
                    chosen[place] = r
                    yield from fill(place + 1)
                    left[r] += 1

        return fill(0)

    def has(self, arranged: Sequence[Point]) -> bool:
        """Whether this is one of them."""
        return Counter(arranged) == Counter(self.columns)

    def ranks(self, arranged: Sequence[Point]) -> list[int]:
        """A rank for each place, with these columns."""
        left: dict[Point, list[int]] = {}
        for rank, column in enumerate(self.columns):
            left.setdefault(column, []).append(rank)
        return [left[column].pop(0) for column in arranged]

    def furthest(self, heights: Sequence[Fraction]) -> Arranged:
        """For columns of one entry, an arrangement that makes Σ height·entry largest."""
        places = sorted(range(len(heights)), key=lambda i: heights[i])
        arranged = dict(zip(places, sorted(self.columns), strict=True))
        return tuple(arranged[i] for i in range(len(heights)))

    def contains(self, columns: Sequence[Sequence[Fraction | int]]) -> bool:
        """Whether a matrix, whose columns have the right sum, is in the hull."""
        return isinstance(self._solved([tuple(map(fraction, c)) for c in columns]), list)

    def certificate(
        self, columns: Sequence[Point]
    ) -> list[tuple[Arranged, Fraction]] | tuple[Arranged, Fraction]:
        """Arrangements with weights; or a functional, one vector a place, and its bound on all."""
        solved = self._solved(columns)
        return self._combined(solved) if isinstance(solved, list) else solved

    def _solved(self, columns: Sequence[Point]) -> Weights | tuple[Arranged, Fraction]:
        """W with C W = columns, or what separates."""
        if self._inverse is not None:
            return self._only(columns, self._inverse)
        if len(self.total) == 1:
            return self._majorized(columns)
        return self._by_program(columns)

    def _at(
        self, place: int, vector: Sequence[Fraction], bound: Fraction
    ) -> tuple[Arranged, Fraction]:
        zero = (_ZERO,) * len(self.total)
        functional = [zero] * len(self.columns)
        functional[place] = tuple(vector)
        return tuple(functional), bound

    @cached_property
    def _inverse(self) -> list[Point] | None:
        """Forms (constant, …) that tell the weights, if the columns are affinely independent."""
        m, b = len(self.classes), len(self.total)
        rows = [
            primitive([0, 1, *column, *(int(i == r) for i in range(m))])
            for r, column in enumerate(self.classes)
        ]
        reduced = echelon(rows)
        pivots = [next(j for j, c in enumerate(row) if c) for row in reduced]
        if any(p > b + 1 for p in pivots):
            return None
        forms = [[_ZERO] * (b + 1) for _ in range(m)]
        for row, p in zip(reduced, pivots, strict=True):
            for r in range(m):
                forms[r][p - 1] = quotient(row[b + 2 + r], row[p])
        return [tuple(form) for form in forms]

    def _only(
        self, columns: Sequence[Point], inverse: Sequence[Point]
    ) -> Weights | tuple[Arranged, Fraction]:
        """The only W that is possible."""
        spanned = kernel([primitive([1, *c]) for c in self.classes], len(self.total) + 1)
        weights: Weights = [[] for _ in self.classes]
        for place, column in enumerate(columns):
            for normal in spanned:
                height = dot(normal, (1, *column))
                if height:
                    sign = 1 if height > 0 else -1
                    vector = [fraction(sign * v) for v in normal[1:]]
                    return self._at(place, vector, fraction(-sign * normal[0]))
            for row, form in zip(weights, inverse, strict=True):
                weight = dot(form, (1, *column))
                if weight < 0:
                    # the weight is 0 or 1 for every arrangement
                    return self._at(place, [-v for v in form[1:]], form[0])
                row.append(weight)
        return weights

    def _majorized(self, columns: Sequence[Point]) -> Weights | tuple[Arranged, Fraction]:
        """W for columns of one entry (Rado; Hardy, Littlewood and Pólya)."""
        n = len(columns)
        places = sorted(range(n), key=lambda i: -columns[i][0])
        target = [columns[i][0] for i in places]
        ranked = sorted(range(n), key=lambda s: -self.columns[s][0])
        current = [self.columns[s][0] for s in ranked]
        bounds = list(accumulate(current))
        for j, (height, bound) in enumerate(zip(accumulate(target), bounds, strict=True)):
            if height > bound:
                above = set(places[: j + 1])
                return tuple((Fraction(int(i in above)),) for i in range(n)), bound
        mixed = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
        while current != target:
            # transfers towards the mean, each of which settles one entry
            high = max(i for i in range(n) if current[i] > target[i])
            low = min(i for i in range(high, n) if current[i] < target[i])
            step = min(current[high] - target[high], target[low] - current[low])
            part = step / (current[high] - current[low])
            pairs = list(zip(mixed[high], mixed[low], strict=True))
            mixed[high] = [a + part * (b - a) if a != b else a for a, b in pairs]
            mixed[low] = [b + part * (a - b) if a != b else b for a, b in pairs]
            current[high] -= step
            current[low] += step
        weights: Weights = [[_ZERO] * n for _ in self.classes]
        index = {column: r for r, column in enumerate(self.classes)}
        for place, row in zip(places, mixed, strict=True):
            for s, weight in zip(ranked, row, strict=True):
                weights[index[self.columns[s]]][place] += weight
        return weights

    def _by_program(self, columns: Sequence[Point]) -> Weights | tuple[Arranged, Fraction]:
        """W by a linear program in its entries."""
        m, n, b = len(self.classes), len(columns), len(self.total)
        width = m * n
        equations: list[list[Fraction | int]] = []
        for r, size in enumerate(self.sizes):
            equations.append([-size, *(int(p // n == r) for p in range(width))])
        for i in range(n):
            equations.append([-1, *(int(p % n == i) for p in range(width))])
        for i, column in enumerate(columns):
            for j in range(b):
                row = [self.classes[p // n][j] if p % n == i else 0 for p in range(width)]
                equations.append([-column[j], *row])
        whole = [primitive(row) for row in equations]
        above = [((0, *(int(p == q) for q in range(width))), False) for p in range(width)]
        answer = feasible_point(whole, above, variables=width)
        if isinstance(answer, Farkas):
            # the multipliers of the entries of G are the functional, the others bound it
            scales = [
                Fraction(next(a for a in row if a)) / next(Fraction(v) for v in given if v)
                for row, given in zip(whole, equations, strict=True)
            ]
            own = [e * s for e, s in zip(answer.equations, scales, strict=True)]
            functional = tuple(tuple(own[m + n + i * b + j] for j in range(b)) for i in range(n))
            return functional, -dot(own[:m], self.sizes) - sum(own[m : m + n], _ZERO)
        return [list(answer.point[r * n : (r + 1) * n]) for r in range(m)]

    def _combined(self, weights: Weights) -> list[tuple[Arranged, Fraction]]:
        """W as a convex combination of arrangements: each takes what its smallest entry allows."""
        scale = lcm(*(w.denominator for row in weights for w in row))
        left = [[w.numerator * (scale // w.denominator) for w in row] for row in weights]
        n = len(self.columns)
        taken: list[int | None] = [None] * n
        found = []
        rest = scale
        while rest:
            for place in range(n):
                if taken[place] is None:
                    self._augment(place, left, taken, set())
            chosen = [r for r in taken if r is not None]
            step = min(left[r][place] for place, r in enumerate(chosen))
            found.append((tuple(self.classes[r] for r in chosen), quotient(step, scale)))
            rest -= step
            for place, r in enumerate(chosen):
                left[r][place] -= step
                if not left[r][place]:
                    taken[place] = None
        return found

    def _augment(
        self, place: int, left: list[list[int]], taken: list[int | None], tried: set[int]
    ) -> bool:
        """Give a place a column of positive weight, moving others on if it must be."""
        for r, row in enumerate(left):
            if row[place] and r not in tried:
                tried.add(r)
                holders = [i for i, own in enumerate(taken) if own == r]
                if len(holders) < self.sizes[r] or any(
                    self._augment(i, left, taken, tried) for i in holders
                ):
                    taken[place] = r
                    return True
        return False
