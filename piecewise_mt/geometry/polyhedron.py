"""Polyhedra with any mix of =, < and ≤, as primitive integer rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from piecewise_mt.errors import PiecewiseError, UnknownVariable
from piecewise_mt.exact.linear import Row, echelon, kernel, make_primitive
from piecewise_mt.exact.numbers import primitive
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.exact.reals import Real
from piecewise_mt.exact.simplex import Farkas, Witness, feasible_point
from piecewise_mt.geometry.canonical import (
    Description,
    affine_hull,
    canonical_rows,
    irredundant_rows,
)
from piecewise_mt.geometry.canonical import weight as _weight
from piecewise_mt.geometry.relations import Inequality as Inequality
from piecewise_mt.geometry.tight import Tight
from piecewise_mt.typeset.mathml import InNotebooks

MOST_SHOWN = 10**4
"""With more entries, nothing is decided only to be shown."""


class Polyhedron(InNotebooks):
    """The set of x with row·(1, x) = 0 for every equation and ≥ 0 or > 0 for every inequality.

    Parameters
    ----------
    variables : sequence of str
        The names of the coordinates.
    equations : iterable of integer rows (c0, c1, …, ca)
    inequalities : iterable of (row, strict)

    See Also
    --------
    mt.PolyhedralSet : A union of several.
    mt.Condition : Another way to write one.

    Notes
    -----
    The polyhedra that pieces and strata report are irredundant, with equations in reduced
    echelon form. One that was built from a user's conditions keeps the rows as given.

    Two polyhedra are equal iff they are the same set of tuples in the same variables; both
    ``==`` and ``hash`` go through :meth:`canonical`, which is computed when first needed.

    Examples
    --------
    The tie x1 = x2 > x3:

    >>> tie = Polyhedron(("x1", "x2", "x3"), [(0, 1, -1, 0)], [((0, 1, 0, -1), True)])
    >>> tie.contains((1, 1, 0)), tie.contains((1, 1, 1))
    (True, False)
    >>> tie.dimension, tie.tangent_basis()
    (2, ((1, 1, 0), (0, 0, 1)))
    """

    __slots__ = ("_answer", "_canonical", "_hull", "equations", "inequalities", "variables")

    def __init__(
        self,
        variables: Sequence[str],
        equations: Iterable[Sequence[int]] = (),
        inequalities: Iterable[tuple[Sequence[int], bool]] = (),
    ) -> None:
        equations, inequalities = tuple(equations), tuple(inequalities)
        try:
            self.variables: tuple[str, ...] = tuple(variables)
            self.equations: tuple[Row, ...] = echelon(equations)
            self.inequalities: tuple[Inequality, ...] = tuple(
                (make_primitive(row), strict) for row, strict in inequalities
            )
        except (TypeError, ValueError):
            self._read(variables, equations, inequalities)
        self._answer: Witness | Farkas | None = None
        self._canonical: Polyhedron | None = None
        self._hull: Description | None = None
        width = len(self.variables) + 1
        for row in (*self.equations, *[row for row, _ in self.inequalities]):
            if len(row) != width:
                raise PiecewiseError(
                    f"expected rows of {len(self.variables) + 1} integers, got {len(row)}; "
                    "give the constant term and one coefficient a variable"
                )

    def _read(self, variables: Any, equations: Any, inequalities: Any) -> None:
        """Rows that are not of plain integers, as somebody typed them."""
        if not isinstance(variables, (list, tuple)) or not all(
            isinstance(name, str) for name in variables
        ):
            raise PiecewiseError(
                f'expected the names of the variables, got {variables!r}; write ("x", "y")'
            )
        self.variables = tuple(variables)
        try:
            equal = [[to_number(c) for c in row] for row in equations]
            above = [([to_number(c) for c in row], bool(strict)) for row, strict in inequalities]
        except PiecewiseError:
            raise
        except (TypeError, ValueError) as error:
            raise PiecewiseError(
                "expected rows (c0, c1, …) of exact numbers, and pairs (row, strict) as "
                f"inequalities, got {[*equations, *inequalities]!r}; write them so"
            ) from error
        self.equations = echelon([primitive(row) for row in equal])
        self.inequalities = tuple((primitive(row), strict) for row, strict in above)

    def contains(self, point: Sequence[Any]) -> bool:
        """Whether an exact point lies in the set.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> half = mt.relu(mt.variable("x")).represent()[1].polyhedron
        >>> half, half.contains((0,)), half.contains((1,))
        (Polyhedron(x > 0), False, True)
        """
        # coordinates that were read already may be real numbers such as pi
        own = (v if isinstance(v, Real) else to_number(v) for v in point)
        values: list[Any] = [Fraction(1), *own]
        if len(values) != len(self.variables) + 1:
            raise PiecewiseError(
                f"expected a point with {len(self.variables)} coordinates, got "
                f"{len(values) - 1}; give one value a variable"
            )

        def height(row: Row) -> Any:
            # walls of a box in hundreds of variables read one each
            return sum((c * v for c, v in zip(row, values, strict=True) if c), Fraction(0))

        return all(height(row) == 0 for row in self.equations) and all(
            height(row) > 0 or (not strict and height(row) == 0)
            for row, strict in self.inequalities
        )

    __contains__ = contains

    def _solved(self) -> Witness | Farkas:
        if self._answer is None:
            self._answer = feasible_point(
                self.equations, self.inequalities, variables=len(self.variables)
            )
        return self._answer

    def _affine_hull(self) -> Description:
        """The affine hull, if the set is not empty."""
        if self._hull is None:
            self._hull = affine_hull(self.equations, self.inequalities, len(self.variables))
        return self._hull

    @property
    def is_empty(self) -> bool:
        """Whether no point satisfies all relations."""
        return isinstance(self._solved(), Farkas)

    @property
    def _is_shown_empty(self) -> bool:
        """Whether it is known to be empty, or is so and small enough to be asked for showing."""
        size = (len(self.equations) + len(self.inequalities)) * len(self.variables)
        if self._answer is None and size > MOST_SHOWN:
            return False
        return self.is_empty

    def witness(self) -> tuple[Fraction, ...] | None:
        """A rational point of the set, None if it is empty.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> half = mt.relu(mt.variable("x")).represent()[1].polyhedron
        >>> half.witness()
        (Fraction(1, 1),)
        """
        answer = self._solved()
        return answer.point if isinstance(answer, Witness) else None

    def emptiness_certificate(self) -> Farkas | None:
        """Multipliers of :attr:`equations` and :attr:`inequalities` that prove the set empty.

        Examples
        --------
        On the tie x = y, x > y has no point; None says that a set is not empty:

        >>> Polyhedron(("x", "y"), [(0, 1, -1)], [((0, 1, -1), True)]).emptiness_certificate()
        Farkas(equations=(-1,), inequalities=(1,))
        >>> Polyhedron(("x", "y"), [(0, 1, -1)]).emptiness_certificate()
        """
        answer = self._solved()
        return answer if isinstance(answer, Farkas) else None

    @property
    def dimension(self) -> int:
        """The dimension of the affine hull, -1 for the empty set."""
        if self.is_empty:
            return -1
        return len(self.variables) - len(self._affine_hull().equations)

    def tangent_basis(self) -> tuple[Row, ...]:
        """An integer basis of the direction space of the affine hull, () for the empty set.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).represent()[-1].polyhedron.tangent_basis()
        ((1, 1),)
        """
        if self.is_empty:
            return ()
        return kernel([row[1:] for row in self._affine_hull().equations], len(self.variables))

    def _matched(self, other: Polyhedron) -> Polyhedron:
        """`other` with its coordinates in the order of this polyhedron's variables."""
        if other.variables == self.variables:
            return other
        if sorted(other.variables) != sorted(self.variables):
            raise UnknownVariable(
                f"expected a polyhedron in the variables ({', '.join(self.variables)}), got one in "
                f"({', '.join(other.variables)}); write both in the same variables"
            )
        place = [0, *(other.variables.index(name) + 1 for name in self.variables)]
        return Polyhedron(
            self.variables,
            [tuple(row[i] for i in place) for row in other.equations],
            [(tuple(row[i] for i in place), strict) for row, strict in other.inequalities],
        )

    def intersection(self, other: Polyhedron) -> Polyhedron:
        """The points in both; the variables are matched by name.

        Raises
        ------
        UnknownVariable
            If the two do not have the same variables.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> one, two, tie = (p.polyhedron for p in mt.max(x, y).represent())
        >>> one.intersection(two).is_empty, tie.intersection(tie) == tie
        (True, True)
        """
        moved = self._matched(other)
        return Polyhedron(
            self.variables,
            [*self.equations, *moved.equations],
            [*self.inequalities, *moved.inequalities],
        )

    def __and__(self, other: object) -> Polyhedron:
        return self.intersection(other) if isinstance(other, Polyhedron) else NotImplemented

    def includes(self, other: Polyhedron) -> bool:
        """Whether every point of `other` lies in this set; strictness counts.

        Examples
        --------
        The tie x = y lies in x ≥ y, not in x > y:

        >>> tie = Polyhedron(("x", "y"), [(0, 1, -1)])
        >>> Polyhedron(("x", "y"), [], [((0, 1, -1), False)]).includes(tie)
        True
        >>> Polyhedron(("x", "y"), [], [((0, 1, -1), True)]).includes(tie)
        False
        """
        moved = self._matched(other)
        negations: list[Inequality] = []
        for row in self.equations:
            negations += [(row, True), (tuple(-value for value in row), True)]
        for row, strict in self.inequalities:
            negations.append((tuple(-value for value in row), not strict))
        return all(
            isinstance(feasible_point(moved.equations, [*moved.inequalities, outside]), Farkas)
            for outside in negations
        )

    def irredundant(self) -> Polyhedron:
        """The same set by those of its relations that are needed, in a fixed order.

        Examples
        --------
        >>> quadrant = [((0, 1, 0), False), ((0, 0, 1), False)]
        >>> Polyhedron(("x", "y"), [], [((0, 1, 1), False), *quadrant]).irredundant().inequalities
        (((0, 0, 1), False), ((0, 1, 0), False))
        """
        if self.is_empty:
            return self.canonical()
        rows = irredundant_rows(self._affine_hull(), len(self.variables))
        return Polyhedron(self.variables, *rows)

    def canonical(self) -> Polyhedron:
        """The one description that depends on the set alone.

        Equations in reduced echelon form; facets of the closure reduced modulo them, primitive
        and sorted, each strict or not; and the largest excluded faces that lie in no strict
        facet, each as the sum of the facets tight on it. The empty set is 1 = 0.

        Examples
        --------
        Both leave the tie x = y = 0 out of the quadrant:

        >>> quadrant = [((0, 1, 0), False), ((0, 0, 1), False)]
        >>> one = Polyhedron(("x", "y"), [], [*quadrant, ((0, 1, 1), True)])
        >>> two = Polyhedron(("x", "y"), [], [*quadrant, ((0, 1, 2), True)])
        >>> one == two, two.canonical().inequalities[-1]
        (True, ((0, 1, 1), True))
        """
        if self._canonical is None:
            if self.is_empty:
                form = Polyhedron(self.variables, [(1, *[0] * len(self.variables))])
            else:
                rows = canonical_rows(self._affine_hull(), len(self.variables))
                form = Polyhedron(self.variables, *rows)
            form._canonical = form
            self._canonical = form
        return self._canonical

    def _rows(self) -> tuple[tuple[str, ...], tuple[Row, ...], tuple[Inequality, ...]]:
        return self.variables, self.equations, self.inequalities

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Polyhedron):
            return NotImplemented
        if self is other or self._rows() == other._rows():
            return True
        if self.variables != other.variables:
            return False
        return self.canonical()._rows() == other.canonical()._rows()

    def __hash__(self) -> int:
        return hash(self.canonical()._rows())

    @property
    def condition(self) -> Any:
        """The conjunction of the relations, as a SymPy Boolean; false for the empty set."""
        from piecewise_mt.typeset.conditions import condition_expr

        return condition_expr(self.canonical() if self._is_shown_empty else self)

    def __str__(self) -> str:
        from piecewise_mt.typeset.conditions import condition_text

        return "∅" if self._is_shown_empty else condition_text(self)

    def __repr__(self) -> str:
        return f"Polyhedron({self})"

    def _repr_latex_(self) -> str:
        from piecewise_mt.typeset.conditions import condition_latex

        return r"$\emptyset$" if self._is_shown_empty else f"${condition_latex(self)}$"


def irredundant(
    variables: Sequence[str],
    equations: Iterable[Row],
    inequalities: Iterable[Inequality],
    generators: Sequence[Sequence[int]],
) -> Polyhedron:
    """The irredundant form of a nonempty polyhedron whose generators are known.

    Parameters
    ----------
    equations, inequalities
        A description, redundant or not, with every facet among it.
    generators : rows (x0, x1, …, xa)
        Vertices (x0 > 0) and rays (x0 = 0) of the closure, modulo its lines.

    Notes
    -----
    An inequality is a facet iff the set of generators on it is largest among the proper ones
    and holds a vertex. A strict inequality that is no facet is still needed iff it cuts off a
    face of the closure that no strict facet cuts off, as x + y > 0 does in {x, y ≥ 0, x + y > 0}.
    """
    given = list(inequalities)
    if not given:
        return _made(variables, equations, ())
    rows = [row for row, _ in given]
    tight = Tight(generators, rows)
    vertices = tight.vertices
    everything = tight.everything
    equal = list(equations)
    on: dict[int, list[Inequality]] = {}
    for place, mask in tight.on(rows):
        if not any(rows[place][1:]):
            continue
        if mask == everything:
            equal.append(rows[place])
        elif mask & vertices:
            on.setdefault(mask, []).append(given[place])
    facets = [m for m in on if not any(m != other and m & other == m for other in on)]
    chosen: list[Inequality] = []
    closed_off = []
    for mask in facets:
        strict = any(flag for _, flag in on[mask])
        if strict:
            closed_off.append(mask)
        row = on[mask][0][0]
        if len(on[mask]) > 1:
            row = min((row for row, _ in on[mask]), key=_weight)
        chosen.append((row, strict))
    extra = {
        mask: [row for row, flag in own if flag]
        for mask, own in on.items()
        if mask not in facets
        and any(flag for _, flag in own)
        and not any(mask & cut == mask for cut in closed_off)
    }
    for mask, cutting in extra.items():
        if not any(mask != other and mask & other == mask for other in extra):
            chosen.append((min(cutting, key=_weight), True))
    return _made(variables, equal, chosen)


def _made(
    variables: Sequence[str], equations: Iterable[Row], inequalities: Iterable[Inequality]
) -> Polyhedron:
    """A polyhedron from rows of integers of its width."""
    made = Polyhedron.__new__(Polyhedron)
    made.variables = tuple(variables)
    made.equations = echelon(equations)
    made.inequalities = tuple([(make_primitive(row), strict) for row, strict in inequalities])
    made._answer = made._canonical = made._hull = None
    return made
