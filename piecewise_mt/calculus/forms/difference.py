"""A piecewise linear function as the difference of two maxima of affine functions.

Three ways, the shortest of which is taken. Node by node: max(gᵢ - hᵢ) = max(gᵢ + Σ hₖ) - Σ hₖ with
k ≠ i in the first sum. And by hinges: where f bends downwards across a facet, a multiple of
max(0, ℓ), with the hyperplane ℓ = 0 of the facet, makes up for it, so that f plus their sum h is
convex; the same of -f. In one variable the hinges are the kinks themselves, and nothing is shorter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

from piecewise_mt.calculus.forms.base import (
    CanonicalForm,
    Minimality,
    affine_expressions,
    maximum,
    not_equal,
)
from piecewise_mt.calculus.forms.cells import (
    AffineRow,
    Cells,
    Cone,
    cells_of,
    distinct,
    irredundant_maximum,
    linear_program_of,
    minus,
    plus,
)
from piecewise_mt.calculus.forms.graph_forms import TooLong, composed
from piecewise_mt.calculus.forms.max_min import aligned, call_latex
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.functions.atoms.base import Lattice
from piecewise_mt.functions.build.builders import relu
from piecewise_mt.functions.expression import Expression
from piecewise_mt.typeset.affine import affine_latex, affine_text

Rows = tuple[AffineRow, ...]
"""The maximum of these affine functions."""
Pair = tuple[Rows, Rows]
"""g and h of g - h."""

MOST_ROWS = 120
"""A maximum that is composed node by node is given up beyond so many affine functions."""
MOST_CELLS = 1000
"""So many cells of the hinges' hyperplanes at most are tried, in two or more variables."""
Hinge = tuple[AffineRow, Fraction]
"""A hyperplane ℓ = 0, and the factor of max(0, ℓ)."""


class DifferenceForm(CanonicalForm):
    """g - h with maxima g and h of affine functions.

    Attributes
    ----------
    g_rows, h_rows : tuple, one entry an output
        The affine functions (c0, c1, …, ca) of the two maxima; none can be left out.
    """

    title = "difference of convex functions"

    def __init__(self, cells: Cells, pairs: Sequence[Pair], prove: bool) -> None:
        self.function = cells.function
        self.domain = cells.domain
        self.g_rows = tuple(g for g, _ in pairs)
        self.h_rows = tuple(h for _, h in pairs)
        self._cells = cells
        self._proved = prove and self._prove()

    @property
    def g(self) -> tuple[Expression, ...]:
        """The convex function g of each output."""
        return tuple(self._maximum(rows) for rows in self.g_rows)

    @property
    def h(self) -> tuple[Expression, ...]:
        """The convex function h of each output, which is subtracted."""
        return tuple(self._maximum(rows) for rows in self.h_rows)

    def _maximum(self, rows: Rows) -> Expression:
        return maximum(affine_expressions(rows, self._cells.names)).on(*self._cells.names)

    def _outputs(self) -> list[Expression]:
        return [one - two for one, two in zip(self.g, self.h, strict=True)]

    def _prove(self) -> bool:
        """Prove on every cell that no function of g exceeds f + h, and none of f + h exceeds g."""
        for k, (g, h) in enumerate(zip(self.g_rows, self.h_rows, strict=True)):
            for cell in self._cells.cells:
                moved = [plus(row, cell.rows[k]) for row in h]
                for one, other in ((g, moved), (moved, g)):
                    for row in one:
                        point = cell.cone.point_above([minus(row, second) for second in other])
                        if point is not None:
                            raise not_equal(self, point)
        return True

    @property
    def minimality(self) -> Minimality:
        """Known in one variable, and for convex and for concave outputs."""
        if len(self._cells.names) == 1:
            return Minimality(
                True,
                "as short as any: g has a kink wherever f bends upwards, h wherever it bends "
                "downwards, and there are no others",
            )
        if all(len(g) == 1 or len(h) == 1 for g, h in zip(self.g_rows, self.h_rows, strict=True)):
            return Minimality(
                True, "as short as any: every output is convex or concave, one function a component"
            )
        return Minimality(
            False,
            "no function of g or h can be left out; whether another difference is shorter is not "
            "known",
        )

    @property
    def size_text(self) -> str:
        return "; ".join(
            f"affine functions of g: {len(g)}, of h: {len(h)}"
            for g, h in zip(self.g_rows, self.h_rows, strict=True)
        )

    def to_text(self) -> str:
        texts = [text for _, _, text, _ in self._lines()]
        return texts[0] if self.function.shape == () else f"[{', '.join(texts)}]"

    def to_latex(self) -> str:
        r"""The form in LaTeX, in math mode; outputs in rows of an ``aligned``.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.clip(x, 0, 1).to_difference_of_convex().to_latex())
        \max\left\{0,\; x\right\} - \max\left\{0,\; x - 1\right\}
        """
        return aligned([(label, latex) for _, label, _, latex in self._lines()], self.function)

    def _lines(self) -> list[tuple[str, str, str, str]]:
        found = []
        names = self._cells.names
        for k, (label, label_latex) in enumerate(self._output_names()):
            texts, formulas = [], []
            for rows in (self.g_rows[k], self.h_rows[k]):
                inner = [affine_text(row, names) for row in rows]
                texts.append(inner[0] if len(inner) == 1 else f"max({', '.join(inner)})")
                parts = [affine_latex(row, names) for row in rows]
                formulas.append(parts[0] if len(parts) == 1 else call_latex("max", parts))
            if not any(any(row) for row in self.h_rows[k]):
                found.append((label, label_latex, texts[0], formulas[0]))
                continue
            if not any(any(row) for row in self.g_rows[k]):
                texts[0] = formulas[0] = ""
            text = f"{texts[0]} - {_grouped(texts[1])}".strip()
            latex = f"{formulas[0]} - {_grouped(formulas[1])}".strip()
            found.append((label, label_latex, text, latex))
        return found


def _grouped(text: str) -> str:
    """What is subtracted, in parentheses if it is a sum."""
    return text if text.startswith(("max", "\\max")) else f"({text})"


def difference(f: Expression, domain: Any = None, *, prove: bool = True) -> DifferenceForm:
    """See :meth:`Expression.to_difference_of_convex`."""
    cells = cells_of(f, domain)
    return DifferenceForm(cells, shortest_pairs(cells), prove)


def shortest_pairs(cells: Cells) -> list[Pair]:
    """For each output the shortest difference that is found."""
    by_nodes = _by_nodes(cells)
    found = []
    for k in range(cells.function.size):
        # the first of equal length is the one that is as the function is written
        candidates = [None if by_nodes is None else by_nodes[k]]
        candidates += [_by_hinges(cells, k, 1), _by_hinges(cells, k, -1)]
        pairs = [_tidy(pair) for pair in candidates if pair is not None]
        if not pairs:
            pairs = [_tidy(_hinged(cells, k, 1, _hinges(cells, k, 1)))]
        found.append(min(pairs, key=lambda pair: len(pair[0]) + len(pair[1])))
    return found


def _tidy(pair: Pair) -> Pair:
    """A maximum of one affine function is made 0, and what is common to h's functions goes."""
    g, h = pair
    own = h[0] if len(h) == 1 or len(g) > 1 else g[0]
    if len(g) > 1 and len(h) > 1:
        return g, h
    return tuple(minus(row, own) for row in g), tuple(minus(row, own) for row in h)


# -- by hinges --------------------------------------------------------------------------------


def _by_hinges(cells: Cells, output: int, sign: int) -> Pair | None:
    """f plus hinges where sign·f bends downwards; None if they make too many cells."""
    hinges = _hinges(cells, output, sign)
    a = len(cells.names)
    if a > 1 and sum(comb(len(hinges), j) for j in range(a + 1)) > MOST_CELLS:
        return None
    return _hinged(cells, output, sign, hinges)


def _hinged(cells: Cells, output: int, sign: int, hinges: Sequence[Hinge]) -> Pair:
    own = cells.function.ravel()[output].on(*cells.names)
    if not hinges:
        h: Rows = ((Fraction(0),) * (len(cells.names) + 1),)
        return _signed(tuple(_components(cells, output)), h, sign)
    bent = affine_expressions([row for row, _ in hinges], cells.names)
    total = sum((factor * relu(e) for (_, factor), e in zip(hinges[1:], bent[1:], strict=True)),
                hinges[0][1] * relu(bent[0]))  # fmt: skip
    h = _rows_of(total.on(*cells.names), cells.domain)
    g = _rows_of((sign * own + total).on(*cells.names), cells.domain)
    return (g, h) if sign > 0 else (h, g)


def _signed(rows: Rows, zero: Rows, sign: int) -> Pair:
    """f itself, which is convex; or -f, which is."""
    if sign > 0:
        return rows, zero
    return zero, tuple(tuple(-c for c in row) for row in rows)


def _components(cells: Cells, output: int) -> list[AffineRow]:
    return distinct(cell.rows[output] for cell in cells.cells)


def _rows_of(convex: Expression, domain: Any) -> Rows:
    """The affine functions that a convex function is the maximum of."""
    found = cells_of(convex, domain)
    return tuple(sorted(_components(found, 0), key=lambda row: (row[1:], row[0])))


def _hinges(cells: Cells, output: int, sign: int) -> list[Hinge]:
    """Hyperplanes across which sign·f bends downwards somewhere, and by how much at most."""
    found: dict[tuple[int, ...], Fraction] = {}
    for u, v in cells.facets:
        jump = minus(cells.cells[v].rows[output], cells.cells[u].rows[output])
        if not any(jump):
            continue
        inside = cells.cells[v].cone.inner
        bend = sign * sum((j * c for j, c in zip(jump, inside, strict=True)), Fraction(0))
        if bend > 0:
            continue
        wall = primitive(jump)
        place = next(i for i in (*range(1, len(wall)), 0) if wall[i])
        factor = abs(jump[place] / wall[place])
        if wall[place] < 0:
            wall = tuple(-c for c in wall)
        found[wall] = max(found.get(wall, Fraction(0)), factor)
    return [(tuple(map(Fraction, wall)), factor) for wall, factor in sorted(found.items())]


# -- node by node -----------------------------------------------------------------------------


def _by_nodes(cells: Cells) -> list[Pair] | None:
    """The differences of all outputs, composed along the nodes; None beyond the limit."""
    program = linear_program_of(cells.function)
    a = len(cells.names)
    zero: Rows = ((Fraction(0),) * (a + 1),)
    start = [((tuple(Fraction(int(i == k)) for i in range(a + 1)),), zero) for k in range(a + 1)]
    try:
        return composed(program, start, _Differences(a + 1, cells.whole), _by_sums)
    except TooLong:
        return None


def _by_sums(operands: Sequence[Pair], rank: int, lattice: Lattice[Pair]) -> Pair:
    """The m-th largest is the sum of the m largest, less that of the m - 1 largest.

    Both are maxima of sums, so convex where the operands are.
    """
    m = len(operands) - rank

    def largest(count: int) -> Pair:
        if comb(len(operands), count) > MOST_ROWS:
            raise TooLong
        own = combinations(operands, count)
        return lattice.maximum([lattice.affine([(1, f) for f in some], 0) for some in own])

    return lattice.affine([(1, largest(m)), (-1, largest(m - 1))], 0)


class _Differences:
    """Differences of maxima as the lattice of :meth:`Atom.max_min`."""

    def __init__(self, width: int, cone: Cone) -> None:
        self.zero: AffineRow = (Fraction(0),) * width
        self.cone = cone

    def affine(self, terms: Sequence[tuple[Any, Pair]], constant: Any) -> Pair:
        g: list[AffineRow] = [(Fraction(constant), *self.zero[1:])]
        h: list[AffineRow] = [self.zero]
        for c, (own_g, own_h) in terms:
            first, second = (own_g, own_h) if c > 0 else (own_h, own_g)
            g = self.sum(g, _scaled(abs(c), first))
            h = self.sum(h, _scaled(abs(c), second))
        return self.normal(g, h)

    def maximum(self, functions: Sequence[Pair]) -> Pair:
        rows: list[AffineRow] = []
        for i, (own, _) in enumerate(functions):
            part = list(own)
            for k, (_, other) in enumerate(functions):
                if k != i:
                    part = self.sum(part, other)
            rows += part
        total: list[AffineRow] = [self.zero]
        for _, own in functions:
            total = self.sum(total, own)
        return self.normal(self.pruned(rows), total)

    def minimum(self, functions: Sequence[Pair]) -> Pair:
        h, g = self.maximum([(own_h, own_g) for own_g, own_h in functions])
        return g, h

    def sum(self, one: Sequence[AffineRow], two: Sequence[AffineRow]) -> list[AffineRow]:
        if len(one) == 1 or len(two) == 1:
            return [plus(a, b) for a in one for b in two]
        if len(one) * len(two) > 4 * MOST_ROWS:
            raise TooLong
        return self.pruned(plus(a, b) for a in one for b in two)

    def pruned(self, rows: Iterable[AffineRow]) -> list[AffineRow]:
        found = distinct(rows)
        if len(found) > 4 * MOST_ROWS:
            raise TooLong
        found = irredundant_maximum(found, self.cone)
        if len(found) > MOST_ROWS:
            raise TooLong
        return found

    def normal(self, g: Sequence[AffineRow], h: Sequence[AffineRow]) -> Pair:
        """Equal maxima cancel, and so does a second one of one function."""
        if len(h) == 1:
            return tuple(minus(row, h[0]) for row in g), (self.zero,)
        step = minus(g[0], h[0])
        if len(g) == len(h) and {minus(row, step) for row in g} == set(h):
            return (step,), (self.zero,)
        return tuple(g), tuple(h)


def _scaled(factor: Any, rows: Sequence[AffineRow]) -> list[AffineRow]:
    return [tuple(factor * c for c in row) for row in rows]
