"""Bounds for Lipschitz constants of functions with smooth nodes, and proofs that there are none.

On every full-dimensional stratum each entry of the gradient is bounded on a box around the stratum,
see :mod:`piecewise_mt.exact.enclosures`. Where an entry grows along a ray of a stratum, f is not
Lipschitz.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.calculus.evaluation.program import selected
from piecewise_mt.calculus.partition.strata import PolyhedralStrata, PolyhedralStratum, strata
from piecewise_mt.calculus.properties.gradient_suprema import Suprema, norm_supremum
from piecewise_mt.calculus.results.proof import (
    Proof,
    domain_text,
    function_text,
    numbers_text,
    same,
)
from piecewise_mt.calculus.results.report import exact_point
from piecewise_mt.calculus.smooth.c1 import require_c1
from piecewise_mt.calculus.smooth.formulas import SmoothFormula
from piecewise_mt.calculus.smooth.rewriting import expanded, symbols_of, tidied
from piecewise_mt.errors import Undecided
from piecewise_mt.exact.bernstein import check_bernstein
from piecewise_mt.exact.enclosures import (
    Interval,
    at_least,
    enclosure,
    magnitude,
    polynomial_terms,
)
from piecewise_mt.exact.norms import square_root
from piecewise_mt.exact.number_rows import quotient
from piecewise_mt.exact.numbers import as_fraction
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedron import Polyhedron

Entries = list[list[sympy.Expr]]


@dataclass(frozen=True)
class EntryBounds(Proof):
    """|∂fᵢ/∂xⱼ| ≤ bounds[i][j] on a box that holds a stratum.

    ``verify`` finds the gradient, the box and the bounds anew. Those of polynomial entries it
    checks by Bernstein coefficients with Fractions alone; others follow from monotonicity and
    critical points, in SymPy's exact numbers, and rest on SymPy.
    """

    region: Polyhedron
    """The stratum."""
    gradient: sympy.ImmutableMatrix
    box: tuple[Interval, ...]
    bounds: sympy.ImmutableMatrix
    norm: sympy.Expr
    suprema: Suprema
    """What the norm is the exact supremum by, if it is known to be that on the stratum."""
    ord: Any
    _function: Expression = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        how = "with the exact supremum" if self.suprema else "with the bound"
        return (
            f"On {domain_text(self.region)} the gradient is {self.gradient.tolist()}, its entries "
            f"are up to {self.bounds.tolist()} in absolute value, on the box {self.box}, {how} "
            f"{self.norm} of its {self.ord}-norm, for {function_text(self._function)}."
        )

    @property
    def polynomial(self) -> tuple[tuple[int, int], ...]:
        """The entries whose bounds are proved by Bernstein coefficients."""
        return tuple(place for place, _, _ in self._polynomials())

    def _polynomials(self) -> list[tuple[tuple[int, int], Any, list[Interval]]]:
        symbols = symbols_of(self.region.variables)
        found = []
        for i in range(self.gradient.rows):
            for j in range(self.gradient.cols):
                entry = self.gradient[i, j]
                used = [k for k, s in enumerate(symbols) if s in entry.free_symbols]
                sides = [self.box[k] for k in used]
                terms = polynomial_terms(entry, [symbols[k] for k in used])
                if terms is not None and all(v.is_Rational for side in sides for v in side):
                    found.append(((i, j), terms, sides))
        return found

    def _check(self) -> bool:
        cells = strata(self._function, self.region)
        anew = _bounds_on(cells, cells[0], self.ord)
        return same(anew, self) and self._is_bounded()

    def _is_bounded(self) -> bool:
        """The suprema, or the bounds of polynomial entries, by a way of their own."""
        if self.suprema:
            return all(own.verify() for own in self.suprema)
        return all(
            check_bernstein(terms, [(_fraction(a), _fraction(b)) for a, b in sides],
                            _fraction(self.bounds[place]))
            for place, terms, sides in self._polynomials()
            if self.bounds[place].is_Rational
        )  # fmt: skip


@dataclass(frozen=True)
class GrowingEntry(Proof):
    """An entry of the gradient whose absolute value grows for ever along a ray of a stratum.

    ``along`` is the entry at point + t·ray; its fastest growing term is a constant times
    t^power·exp(rate·t), with a rate > 0, or rate 0 and a power ≥ 1.
    """

    region: Polyhedron
    """The stratum."""
    place: tuple[int, int]
    point: tuple[sympy.Rational, ...]
    ray: tuple[int, ...]
    along: sympy.Expr
    rate: sympy.Rational
    power: int
    _function: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"Over {domain_text(self._domain)} there is no Lipschitz constant: the entry "
            f"{numbers_text(self.place)} of the gradient, from 0 on, at "
            f"{numbers_text(self.point)} + t·{numbers_text(self.ray)} in "
            f"{domain_text(self.region)} is {self.along}, whose fastest term has the power "
            f"{self.power} of t and the rate {self.rate}, for {function_text(self._function)}."
        )

    def _check(self) -> bool:
        region, (i, j) = self.region, self.place
        cells = strata(self._function, self._domain)
        own = next((s for s in cells if s.polyhedron == region), None)
        if own is None or own.dimension != len(cells.names) or min(i, j) < 0:
            return False
        moved = {s: p + _TIME * r for s, p, r in
                 zip(symbols_of(cells.names), self.point, self.ray, strict=True)}  # fmt: skip
        along = sympy.expand(_entries(cells, own)[i][j].xreplace(moved))
        rows = [row for row, _ in region.inequalities]
        stays = all(sum(c * v for c, v in zip(row[1:], self.ray, strict=True)) >= 0 for row in rows)
        return (
            stays
            and region.contains(tuple(map(as_fraction, self.point)))
            and same(along, self.along)
            and same(_growth(along), (self.rate, self.power))
        )


@dataclass(frozen=True)
class SmoothBound(Proof):
    """The bounds on all full-dimensional strata, see :class:`EntryBounds`."""

    strata: tuple[EntryBounds, ...]
    attained: tuple[sympy.Rational, ...] | None
    """A point of the closure where the gradient has this norm, if one is known."""
    ord: Any
    constant: sympy.Expr
    _function: Expression = field(repr=False)
    _domain: Polyhedron | None = field(repr=False)

    @property
    def is_best(self) -> bool:
        """Whether no smaller constant will do."""
        exact = any(own.suprema and own.norm == self.constant for own in self.strata)
        return self.attained is not None or exact

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        where = "" if self.attained is None else f", attained at {numbers_text(self.attained)}"
        return (
            f"{'The best' if self.is_best else 'A'} Lipschitz constant in the {self.ord}-norm over "
            f"{domain_text(self._domain)} is {self.constant}{where}, for "
            f"{function_text(self._function)}."
        )

    def _check(self) -> bool:
        from piecewise_mt.calculus.properties.lipschitz import evidence_of

        anew = evidence_of(self._function, self.ord, self._domain)
        return same(anew, self) and all(own._is_bounded() for own in self.strata)


def smooth_bounds(
    cells: PolyhedralStrata, ord: Any
) -> (
    tuple[list[EntryBounds], EntryBounds, PolyhedralStratum]
    | tuple[GrowingEntry, PolyhedralStratum]
):
    """The bounds of all full-dimensional strata and the largest, or a proof that there is none.

    Each with its stratum.

    Raises
    ------
    Undecided
        If an entry is not known to be bounded, nor to grow.
    PiecewiseError
        If a formula is not C¹ on a stratum.
    """
    found: list[EntryBounds] = []
    best: tuple[EntryBounds, PolyhedralStratum] | None = None
    for stratum in cells:
        if stratum.dimension < len(cells.names):
            break
        own = _bounds_on(cells, stratum, ord)
        if own is None:
            entries = _entries(cells, stratum)
            growing = _growing(cells, stratum, entries)
            if growing is not None:
                return growing, stratum
            raise Undecided(
                f"expected gradients with a known bound, got {entries} on {{{stratum.polyhedron}}};"
                " give a smaller domain, bounded and away from poles"
            )
        found.append(own)
        if best is None or not at_least(best[0].norm, own.norm):
            best = own, stratum
    assert best is not None, "there is a full-dimensional stratum"
    return found, *best


def _bounds_on(cells: PolyhedralStrata, stratum: PolyhedralStratum, ord: Any) -> EntryBounds | None:
    """The bounds on a full-dimensional stratum, None if some entry has none."""
    entries = _entries(cells, stratum)
    box = _box(cells, stratum)
    sides = dict(zip(symbols_of(cells.names), box, strict=True))
    bounds = [[magnitude(enclosure(entry, sides)) for entry in row] for row in entries]
    gradient = sympy.ImmutableMatrix(len(entries), len(cells.names), sum(entries, []))
    given = (ord, cells.function)
    own = None
    if not any(b == sympy.oo for row in bounds for b in row):
        whole = sympy.ImmutableMatrix(*gradient.shape, sum(bounds, []))
        norm = norm_bound(whole, ord)
        own = EntryBounds(stratum.polyhedron, gradient, tuple(box), whole, norm, (), *given)
    if own is None or attained_at(own, stratum) is None:
        exact = norm_supremum(entries, ord, sides, _is_product(stratum))
        if exact is not None:
            norm, suprema = exact
            whole = sympy.ImmutableMatrix(*gradient.shape, [norm] * len(gradient))
            own = EntryBounds(stratum.polyhedron, gradient, tuple(box), whole, norm, suprema,
                              *given)  # fmt: skip
    return own


def norm_bound(bounds: sympy.ImmutableMatrix, ord: Any) -> sympy.Expr:
    """A bound of the operator norm of all matrices with entries up to these: sharp for 1 and ∞.

    For 2 the Frobenius norm, which is sharp for one row or column.
    """
    if ord == 2:
        return square_root(sympy.Add(*(b**2 for b in bounds)))
    matrix = bounds.T if ord == 1 else bounds
    best: Any = sympy.Integer(0)
    for i in range(matrix.rows):
        total = sympy.Add(*matrix.row(i))
        best = best if at_least(best, total) else total
    return best


def attained_at(best: EntryBounds, stratum: PolyhedralStratum) -> tuple[sympy.Rational, ...] | None:
    """A vertex of the stratum's closure whose gradient has the bound as its norm, if there is one.

    Then the bound is the best constant: the gradient is continuous up to there.
    """
    symbols, ord = symbols_of(best.region.variables), best.ord
    points = [[quotient(v, g[0]) for v in g[1:]] for g in stratum.generators if g[0]]
    for point in [*points, list(stratum.point)]:
        exact = exact_point(point)
        values = dict(zip(symbols, exact, strict=True))
        here = best.gradient.xreplace(values)
        if ord == 2 and min(here.shape) > 1:
            return None
        size = norm_bound(here.applyfunc(sympy.Abs), ord)
        if size.is_finite and at_least(size, best.norm):
            return exact
    return None


def _entries(cells: PolyhedralStrata, stratum: PolyhedralStratum) -> Entries:
    outputs = cells.program.formulas(stratum.label_keys, selected).outputs
    if any(unit.function.requirements for unit in cells.program.smooth):
        for row in outputs:
            require_c1(SmoothFormula(cells.names, row), [stratum.polyhedron])
    symbols = symbols_of(cells.names)
    return [[tidied(sympy.diff(row, s)) for s in symbols] for row in outputs]


def _box(cells: PolyhedralStrata, stratum: PolyhedralStratum) -> list[Interval]:
    """The smallest box with rational or infinite sides around the closure of a stratum."""
    width = len(cells.names) + 1
    lines = [line[:width] for line in cells.partition.cells.lines]
    both = [*lines, *([-v for v in line] for line in lines)]
    box: list[Interval] = []
    for j in range(1, width):
        values = [quotient(g[j], g[0]) for g in stratum.generators if g[0]]
        steps = [row[j] for row in (*both, *(g for g in stratum.generators if not g[0]))]
        low = -sympy.oo if any(s < 0 for s in steps) else coefficient_to_sympy(min(values))
        high = sympy.oo if any(s > 0 for s in steps) else coefficient_to_sympy(max(values))
        box.append((low, high))
    return box


def _is_product(stratum: PolyhedralStratum) -> bool:
    """Whether a stratum is the product of its projections to the axes."""
    rows = [row for row, _ in stratum.polyhedron.inequalities]
    return all(sum(1 for c in row[1:] if c) <= 1 for row in rows)


def _growing(
    cells: PolyhedralStrata, stratum: PolyhedralStratum, entries: Entries
) -> GrowingEntry | None:
    width = len(cells.names) + 1
    symbols = symbols_of(cells.names)
    rays = [tuple(g[1:width]) for g in stratum.generators if not g[0]]
    for line in cells.partition.cells.lines:
        rays += [tuple(line[1:width]), tuple(-v for v in line[1:width])]
    if not rays:
        return None
    rays.append(tuple(sum(column) for column in zip(*rays, strict=True)))
    for ray in dict.fromkeys(rays):
        moved = {s: p + _TIME * r for s, p, r in zip(symbols, stratum.witness, ray, strict=True)}
        for i, row in enumerate(entries):
            for j, entry in enumerate(row):
                along = sympy.expand(entry.xreplace(moved))
                growth = _growth(along)
                if growth is not None:
                    return GrowingEntry(stratum.polyhedron, (i, j), stratum.witness, ray, along,
                                        *growth, cells.function, cells.domain)  # fmt: skip
    return None


_TIME = sympy.Symbol("t", positive=True)


def _growth(along: sympy.Expr) -> tuple[sympy.Rational, int] | None:
    """(rate, power) of the fastest growing term of Σ c·t^power·exp(rate·t), if it grows."""
    terms: dict[tuple[Any, int], Any] = {}
    for term in sympy.Add.make_args(expanded(along)):
        rate, power, factor = sympy.Integer(0), 0, sympy.Integer(1)
        for part in sympy.Mul.make_args(sympy.powsimp(term)):
            if isinstance(part, sympy.exp):
                exponent = sympy.expand(part.args[0])
                rate = rate + exponent.coeff(_TIME, 1)
                factor = factor * sympy.exp(exponent.coeff(_TIME, 0))
                if exponent.coeff(_TIME, 0) + exponent.coeff(_TIME, 1) * _TIME != exponent:
                    return None
            elif part == _TIME or (part.is_Pow and part.base == _TIME and part.exp.is_Integer):
                power += int(part.as_base_exp()[1])
            elif part.free_symbols:
                return None
            else:
                factor = factor * part
        if not rate.is_Rational:
            return None
        terms[rate, power] = terms.get((rate, power), 0) + factor
    key = max(terms)
    nonzero = terms[key].is_positive or terms[key].is_negative
    return key if nonzero and key > (0, 0) else None


def _fraction(value: Any) -> Fraction:
    return as_fraction(value)
