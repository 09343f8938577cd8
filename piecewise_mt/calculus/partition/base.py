"""What strata of all kinds have in common: faces of polyhedra, and semialgebraic sets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import sympy

from piecewise_mt.calculus.evaluation.program import Program
from piecewise_mt.functions.atoms import Label
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

if TYPE_CHECKING:
    import networkx

    from piecewise_mt.typeset.tables import Table


class Stratum(ABC):
    """A set on which every unit keeps its label: a relatively open polyhedron, or semialgebraic.

    See Also
    --------
    Expression.strata : Makes them.
    mt.Piece : A union of strata with one branch each.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> tie = mt.max(*mt.variables("x y")).strata()[-1]
    >>> tie.condition, tie.dimension, tie.labels, tie.witness
    (Eq(x, y), 1, ('{1, 2}',), (0, 0))
    """

    _compared: ClassVar[tuple[str, ...]] = ("dimension", "label_keys", "condition_text", "witness")

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The dimension, 0 for points; of a curved stratum the largest local one."""

    @property
    @abstractmethod
    def label_keys(self) -> tuple[Label, ...]:
        """The label of every unit as an orderable key (see ``functions.atoms``)."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """The label of every unit, as text: argmax sets count operands from 1."""

    @property
    def label_text(self) -> str:
        """All labels in one line."""
        return "; ".join(self.labels)

    @property
    @abstractmethod
    def witness(self) -> tuple[sympy.Expr, ...]:
        """An exact point of the stratum, rational or algebraic."""

    @property
    @abstractmethod
    def polyhedron(self) -> Polyhedron:
        """The stratum as an irredundant polyhedron.

        Raises
        ------
        NotPolyhedral
            If its conditions are not affine.
        """

    @property
    @abstractmethod
    def set(self) -> PolyhedralSet | SemialgebraicSet:
        """The points of the stratum."""

    @property
    @abstractmethod
    def condition(self) -> Any:
        """The irredundant conditions, as a SymPy Boolean."""

    @property
    @abstractmethod
    def condition_text(self) -> str:
        """The conditions in one line."""

    @property
    @abstractmethod
    def condition_latex(self) -> str:
        """The conditions in LaTeX."""


class Strata(Sequence[Stratum]):
    """All strata of a function, by dimension descending, then by their labels.

    See Also
    --------
    Expression.strata : Makes them.
    Expression.represent : The pieces, unions of strata.
    mt.linear_pieces : Counts that do not depend on how f is written.

    Notes
    -----
    Only integers are stored; conditions, witnesses and polyhedra are made when asked for. Where a
    formula counts many strata, the first ones are found one by one, and the rest are not enumerated
    before something needs them.

    References
    ----------
    - H. Edelsbrunner, J. O'Rourke, R. Seidel, *Constructing arrangements of lines and hyperplanes
      with applications*, SIAM Journal on Computing 15, 1986.
    - R. C. Buck, *Partition of space*, American Mathematical Monthly 50, 1943.

    Examples
    --------
    Three lines in general position have 3 ties of two, 9 ties of one, and 7 regions (Buck):

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> strata = (mt.relu(x) + mt.relu(y) + mt.relu(x + y - 1)).strata()
    >>> strata.f_vector, str(strata[-1].condition)
    ((3, 9, 7), 'Eq(x, 0) & Eq(y, 0)')
    """

    domain: Polyhedron | SemialgebraicSet | None
    """Where the strata lie; None is the whole space."""

    function: Expression
    """The function as written."""
    program: Program
    """The function as units."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, in order."""
        return self.program.names

    @property
    def title(self) -> str:
        """What heads a table: the function as it is written."""
        return str(self.function)

    @property
    @abstractmethod
    def f_vector(self) -> tuple[int, ...]:
        """How many strata there are of each dimension 0, …, a.

        References
        ----------
        - R. C. Buck, *Partition of space*, American Mathematical Monthly 50, 1943.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> (mt.relu(x) + mt.relu(y)).strata().f_vector
        (1, 4, 4)
        """

    @property
    def undecided(self) -> tuple[tuple[tuple[Label, ...], str], ...]:
        """Labels of the first units that were not decided in time, each with the reason.

        There are none where kinks are affine. With kinks that are polynomials, ``f.strata`` lists
        here what its ``budget`` of seconds left open.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.relu(x * y).strata().undecided
        ()
        """
        return ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __iter__(self) -> Iterator[Stratum]: ...

    @overload
    def __getitem__(self, index: int) -> Stratum: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Stratum]: ...
    @abstractmethod
    def __getitem__(self, index: int | slice) -> Stratum | Sequence[Stratum]: ...

    @abstractmethod
    def stream(self) -> Iterator[Stratum]:
        """The strata while they are enumerated, block by block, in the order of the engine.

        Memory is that of a block for each split on the way, whatever the total: what has been
        yielded and let go of is forgotten. Iteration itself keeps the order of the class, for
        which all strata must be there.

        See Also
        --------
        mt.f_vector : Counts them.
        mt.write_shards : Writes them into files.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> [(s.labels, s.dimension) for s in mt.max(x, y).strata().stream()]
        [(('{2}',), 2), (('{1}',), 2), (('{1, 2}',), 1)]
        """

    @abstractmethod
    def poset(self) -> networkx.DiGraph:
        """The Hasse diagram of the strata under inclusion of closures.

        Nodes are positions in this sequence (attribute ``dimension``); an edge leads from a
        stratum to each one of one dimension more whose closure contains it.

        Raises
        ------
        NotPolyhedral
            If a stratum is curved: its boundary need not be a union of strata.

        See Also
        --------
        Strata.adjacency : Regions and facets alone.

        Examples
        --------
        The tie is in the closure of both regions:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> sorted(mt.max(x, y).strata().poset().edges)
        [(2, 0), (2, 1)]
        """

    @abstractmethod
    def adjacency(self) -> networkx.Graph:
        """The graph of full-dimensional strata; an edge is a shared facet.

        The edge attribute ``facet`` is the position of the facet's stratum.

        Raises
        ------
        NotPolyhedral
            If a stratum is curved.

        See Also
        --------
        Strata.poset : All inclusions.

        Examples
        --------
        The two regions share the tie:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> list(mt.max(x, y).strata().adjacency().edges(data="facet"))
        [(0, 1, 2)]
        """

    def table(self, limit: int | None = None) -> Table:
        """The strata as a table: condition, dimension, labels.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(mt.max(x, y).strata().table().to_text())
        max(x, y) on R^2, (x, y): 3 strata
        <BLANKLINE>
        #  condition  dim  labels
        ─  ─────────  ───  ──────
        1  x > y        2  {1}
        2  x < y        2  {2}
        3  x = y        1  {1, 2}
        """
        from piecewise_mt.display.door import strata_table

        return strata_table(self, limit)

    def __str__(self) -> str:
        return str(self.table(limit=20))

    def _repr_html_(self) -> str:
        return self.table(limit=50).to_html()
