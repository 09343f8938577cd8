"""The lattice form: a maximum of minima of the affine functions that a function consists of.

On a cell where f is gᵢ let Sᵢ be the set of the j with gⱼ ≥ gᵢ on it. Then f is the maximum over
the cells of the minimum over Sᵢ of gⱼ, on a convex domain (S. Ovchinnikov, "Max-min representation
of piecewise linear functions", 2002). What is superfluous there is left out: functions of a
minimum while it stays below f, and minima that others cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.forms.base import (
    CanonicalForm,
    Minimality,
    affine_expressions,
    maximum,
    minimum,
    not_equal,
)
from piecewise_mt.calculus.forms.cells import (
    AffineRow,
    Cells,
    Cone,
    cells_of,
    distinct,
    minus,
)
from piecewise_mt.calculus.results.proof import same
from piecewise_mt.functions.expression import Expression
from piecewise_mt.typeset.affine import affine_latex, affine_text

Terms = tuple[tuple[AffineRow, ...], ...]
"""The function max over the terms of the min over each term's rows."""


class MaxMinForm(CanonicalForm):
    """A function as maxima of minima of its components; :meth:`Expression.to_max_min`.

    Attributes
    ----------
    terms : tuple, one entry an output
        For each output the minima, each a tuple of affine functions (c0, c1, …, ca).
    components : tuple, one entry an output
        The distinct affine functions that it is on some full-dimensional cell.
    """

    title = "max-min form"

    def __init__(self, cells: Cells, terms: Sequence[Terms], prove: bool) -> None:
        self.function = cells.function
        self.domain = cells.domain
        self.terms = tuple(terms)
        self._cells = cells
        self.components = _components(cells)
        self._proved = prove and self._prove()

    def _outputs(self) -> list[Expression]:
        names = self._cells.names
        return [
            maximum([minimum(affine_expressions(term, names)) for term in terms])
            for terms in self.terms
        ]

    def _check(self) -> bool:
        return self._prove() and same(self.components, _components(self._cells))

    def _prove(self) -> bool:
        """Prove on every cell that some minimum is at least f, and that none exceeds f anywhere."""
        for k, terms in enumerate(self.terms):
            for cell in self._cells.cells:
                own = cell.rows[k]
                if not any(_covers(term, own, cell.cone) for term in terms):
                    x0, *inside = cell.cone.inner
                    raise not_equal(self, [Fraction(c, x0) for c in inside])
                for term in terms:
                    point = cell.cone.point_above([minus(row, own) for row in term])
                    if point is not None:
                        raise not_equal(self, point)
        return True

    @property
    def minimality(self) -> Minimality:
        """Known where every component occurs once, as for convex and for concave outputs."""
        pairs = zip(self.terms, self.components, strict=True)
        if all(sum(map(len, terms)) == len(own) for terms, own in pairs):
            return Minimality(
                True, "as short as any: every component is in every max-min form, here once"
            )
        return Minimality(
            False,
            "every component is needed, and no function of a minimum can be left out; whether "
            "another form is shorter is not known",
        )

    @property
    def size_text(self) -> str:
        parts = []
        for terms, own in zip(self.terms, self.components, strict=True):
            length = sum(map(len, terms))
            parts.append(f"minima: {len(terms)}, components: {len(own)}, length: {length}")
        return "; ".join(parts)

    def to_text(self) -> str:
        texts = [self._text(terms) for terms in self.terms]
        return texts[0] if self.function.shape == () else f"[{', '.join(texts)}]"

    def _text(self, terms: Terms) -> str:
        names = self._cells.names
        inner = [[affine_text(row, names) for row in term] for term in terms]
        parts = [own[0] if len(own) == 1 else f"min({', '.join(own)})" for own in inner]
        return parts[0] if len(parts) == 1 else f"max({', '.join(parts)})"

    def _latex(self, terms: Terms) -> str:
        names = self._cells.names
        inner = [[affine_latex(row, names) for row in term] for term in terms]
        parts = [own[0] if len(own) == 1 else call_latex("min", own) for own in inner]
        return parts[0] if len(parts) == 1 else call_latex("max", parts)

    def to_latex(self) -> str:
        r"""The form in LaTeX, in math mode; outputs in rows of an ``aligned``.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(mt.clip(x, 0, 1).to_max_min().to_latex())
        \max\left\{0,\; \min\left\{x,\; 1\right\}\right\}
        """
        return aligned([(label, latex) for _, label, _, latex in self._lines()], self.function)

    def _lines(self) -> list[tuple[str, str, str, str]]:
        return [
            (label, label_latex, self._text(terms), self._latex(terms))
            for (label, label_latex), terms in zip(self._output_names(), self.terms, strict=True)
        ]


def call_latex(name: str, parts: Sequence[str]) -> str:
    """max or min of some formulas in LaTeX."""
    inner = ",\\; ".join(parts)
    return f"\\{name}\\left\\{{{inner}\\right\\}}"


def aligned(lines: Sequence[tuple[str, str]], f: Expression) -> str:
    """The one line there is, or all with their labels."""
    if f.shape == ():
        return lines[0][1]
    rows = r" \\ ".join(f"{label} &= {latex}" for label, latex in lines)
    return f"\\begin{{aligned}} {rows} \\end{{aligned}}"


def _components(cells: Cells) -> tuple[tuple[AffineRow, ...], ...]:
    """The distinct affine functions that each output is on some cell."""
    return tuple(
        tuple(distinct(cell.rows[k] for cell in cells.cells)) for k in range(cells.function.size)
    )


def max_min(f: Expression, domain: Any = None, *, prove: bool = True) -> MaxMinForm:
    """See :meth:`Expression.to_max_min`."""
    cells = cells_of(f, domain)
    terms = [lattice_terms(cells, k) for k in range(f.size)]
    return MaxMinForm(cells, terms, prove)


def lattice_terms(cells: Cells, output: int) -> Terms:
    """The minima of one output, without what is superfluous.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> [len(term) for term in lattice_terms(cells_of(mt.clip(x, 0, 1)), 0)]
    [1, 2]
    """
    own = [(cell.rows[output], cell.cone) for cell in cells.cells]
    rows = distinct(row for row, _ in own)
    sets: dict[frozenset[AffineRow], None] = {}
    for row, cone in own:
        above = [other for other in rows if cone.is_nonnegative(minus(other, row))]
        sets[frozenset(above)] = None
    # min over a subset is larger, so a set that contains another one is superfluous
    minimal = [one for one in sets if not any(other < one for other in sets)]
    order = {row: i for i, row in enumerate(rows)}
    terms = [_shortened(sorted(one, key=order.__getitem__), own) for one in minimal]
    terms = list(dict.fromkeys(map(tuple, terms)))
    return tuple(_covering([tuple(term) for term in terms], own))


def _shortened(
    term: list[AffineRow], own: Sequence[tuple[AffineRow, Cone]]
) -> tuple[AffineRow, ...]:
    """A minimum without functions that can be left out while it stays below f."""
    kept = list(term)
    for row in term[::-1]:
        others = [other for other in kept if other is not row]
        if others and all(
            cone.point_above([minus(other, f) for other in others]) is None for f, cone in own
        ):
            kept = others
    return tuple(kept)


def _covering(
    terms: list[tuple[AffineRow, ...]], own: Sequence[tuple[AffineRow, Cone]]
) -> list[tuple[AffineRow, ...]]:
    """Terms without those whose cells others cover; the longest are left out first."""
    covered = [
        {i for i, (row, cone) in enumerate(own) if _covers(term, row, cone)} for term in terms
    ]
    kept = list(range(len(terms)))
    for t in sorted(kept, key=lambda t: (-len(terms[t]), -t)):
        others = [s for s in kept if s != t]
        if others and covered[t] <= set().union(*(covered[s] for s in others)):
            kept = others
    return [terms[t] for t in kept]


def _covers(term: Sequence[AffineRow], row: AffineRow, cone: Cone) -> bool:
    """Whether a minimum is at least an affine function on a cell."""
    return all(cone.is_nonnegative(minus(other, row)) for other in term)
