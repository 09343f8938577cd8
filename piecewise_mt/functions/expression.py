"""The base class of all expressions: immutable nodes of a DAG, with numpy's shapes.

The operators live in :mod:`piecewise_mt.functions.build.arithmetic` and are imported inside the
methods, because the node types derive from this class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions import shapes
from piecewise_mt.functions.traversal import (
    next_depth,
    parameter_signs,
    require_order,
    topological,
    variable_names,
)

if TYPE_CHECKING:
    import networkx
    import sympy

    from piecewise_mt.calculus.forms.abs_normal import AbsNormalForm
    from piecewise_mt.calculus.forms.difference import DifferenceForm
    from piecewise_mt.calculus.forms.max_min import MaxMinForm
    from piecewise_mt.calculus.forms.relu_network import ReluNetwork
    from piecewise_mt.calculus.forms.tropical import TropicalForm
    from piecewise_mt.calculus.local.analysis import LocalAnalysis
    from piecewise_mt.calculus.local.enclosure import Enclosure
    from piecewise_mt.calculus.models.model import OptimisationModel
    from piecewise_mt.calculus.partition.base import Strata
    from piecewise_mt.calculus.representation.derived import DerivedRepresentation
    from piecewise_mt.functions.conditions import Comparison
    from piecewise_mt.functions.nodes import Variable

Self = TypeVar("Self", bound="Expression")


class Expression:
    """A function of its variables, built from affine maps and piecewise linear nodes.

    Made by :func:`mt.variable`, :func:`mt.vector`, … and by arithmetic; never directly.
    Expressions are immutable and compare by identity (variables by name).

    See Also
    --------
    mt.variable, mt.vector, mt.tensor : Where expressions begin.
    mt.parse : From a text.
    mt.Representation : A function that is written down by pieces.

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    One function, asked for its value, its gradient and its pieces at a tie:

    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> f = 2 * mt.max(x, y) - x
    >>> f.value((1, 1)), f.gradient((1, 1)), f.represent().piece_at((1, 1)).condition
    (1, Matrix([[2*z - 1, 2 - 2*z]]), Eq(x, y))
    >>> f.at((1, 1)).is_differentiable
    False
    """

    __slots__ = ("__weakref__", "_depth", "_is_constant", "_rules", "_space", "args", "shape")
    __array_ufunc__ = None
    _op_priority = 1e6
    _payload: ClassVar[tuple[str, ...]] = ()
    _is_affine: ClassVar[bool] = False
    """Whether nodes of this kind are affine in their arguments, and no variables."""
    shape: shapes.Shape
    args: tuple[Expression, ...]
    _space: tuple[str, ...] | None
    _rules: str | None
    _depth: int
    """How many nodes are one above the other, this one with them."""
    _is_constant: bool
    """Whether it is built of numbers by affine maps alone."""

    def _fill(self, args: Iterable[Expression], shape: shapes.Shape, **payload: Any) -> None:
        assign = object.__setattr__
        own = tuple(args)
        assign(self, "args", own)
        assign(self, "shape", tuple(shape))
        assign(self, "_depth", next_depth(own))
        assign(self, "_is_constant", self._is_affine and all(arg._is_constant for arg in own))
        assign(self, "_space", None)
        assign(self, "_rules", None)
        for name, value in payload.items():
            assign(self, name, value)

    def _copy(self: Self, args: tuple[Expression, ...], space: tuple[str, ...] | None) -> Self:
        payload = [getattr(self, name) for name in self._payload]
        return _restored(type(self), args, self.shape, space, payload)

    def with_args(self: Self, args: Iterable[Expression]) -> Self:
        """The same node over other arguments of the same shapes."""
        new = tuple(args)
        old_shapes = [arg.shape for arg in self.args]
        if [arg.shape for arg in new] != old_shapes:
            raise ShapeError(
                f"expected arguments of the shapes {old_shapes}, got "
                f"{[arg.shape for arg in new]}; reshape them"
            )
        return self._copy(new, None)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("expressions are immutable; build a new one instead")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("expressions are immutable; build a new one instead")

    def __copy__(self: Self) -> Self:
        return self

    def __deepcopy__(self: Self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., Expression], tuple[Any, ...]]:
        nodes = topological(self)
        number = {id(node): i for i, node in enumerate(nodes)}
        records = [
            (
                type(node),
                tuple(number[id(arg)] for arg in node.args),
                node.shape,
                (node._space, node._rules),
                [getattr(node, name) for name in node._payload],
            )
            for node in nodes
        ]
        return _from_records, (records,)

    # -- shape ---------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)

    @property
    def ndim(self) -> int:
        """The number of axes; 0 for a scalar."""
        return len(self.shape)

    def reshape(self, *shape: Any) -> Expression:
        """The same entries, row-major, in another shape; one length may be −1.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> v = mt.maximum(mt.vector("x", 4), 0, ties="first")
        >>> v.reshape(2, -1).shape, v.reshape(2, -1)[1, 0]
        ((2, 2), max(x3, 0, ties=first))
        """
        return self._gather(shapes.reshape(self.shape, shape), range(self.size))

    def ravel(self) -> Expression:
        """The entries as a vector, row-major."""
        return self.reshape(-1) if self.size else self.reshape(0)

    def flatten(self) -> Expression:
        """The entries as a vector, row-major.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> v = mt.maximum(mt.vector("x", 4), 0, ties="first")
        >>> v.reshape(2, 2).flatten().shape
        (4,)
        """
        return self.ravel()

    @property
    def T(self) -> Expression:
        """The transpose: the axes in reverse order.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> v = mt.maximum(mt.vector("x", 4), 0, ties="first")
        >>> v.reshape(2, 2).T[0, 1]
        max(x3, 0, ties=first)
        """
        steps = shapes.strides(self.shape)
        indices = shapes.outer(
            [step * k for k in range(length)]
            for length, step in zip(self.shape[::-1], steps[::-1], strict=True)
        )
        return self._gather(self.shape[::-1], indices)

    def __getitem__(self, key: Any) -> Expression:
        from piecewise_mt.functions.nodes import entry

        shape, indices = shapes.index(self.shape, key)
        if shape == () and self.shape != ():
            return entry(self, indices[0])
        return self._gather(shape, indices)

    def _gather(self, shape: shapes.Shape, indices: Iterable[int]) -> Expression:
        from piecewise_mt.functions.nodes import Gather

        return Gather((self,), indices, shape)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a scalar expression has no length; expected an array")
        return self.shape[0]

    def __iter__(self) -> Iterator[Expression]:
        if not self.shape:
            raise TypeError("a scalar expression cannot be iterated; expected an array")
        return (self[k] for k in range(self.shape[0]))

    def __bool__(self) -> bool:
        return True

    def __contains__(self, item: object) -> bool:
        if not self.shape:
            raise TypeError("a scalar expression contains nothing; expected an array")
        return any(item is part or item == part for part in self)

    # -- variables -----------------------------------------------------------------------

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The scalar variables, in natural order of names unless :meth:`on` fixed another."""
        from piecewise_mt.functions.nodes import Variable

        return tuple(Variable((name,)) for name in variable_names(self))

    @property
    def parameters(self) -> tuple[Variable, ...]:
        """The parameters (see :func:`mt.parameter`), in natural order of their names.

        Those that :meth:`on` made variables are none any more.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, w0 = mt.variable("x"), mt.parameter("w0")
        >>> f = mt.relu(w0 * x)
        >>> f.parameters, f.on(x, w0).parameters
        ((w0,), ())
        """
        from piecewise_mt.functions.nodes import Variable

        return tuple(Variable((n,), (), (), mask) for n, mask in parameter_signs(self).items())

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The variables as real SymPy symbols, in the same order."""
        import sympy

        return tuple(sympy.Symbol(name, real=True) for name in variable_names(self))

    def on(self: Self, *variables: Any) -> Self:
        """The same function with its variables, and their order, fixed.

        Parameters
        ----------
        *variables : variables, names, SymPy symbols, or arrays of variables
            All variables of the function; others may be added. Parameters that are named become
            variables, so that gradients are in them, too.

        Raises
        ------
        UnknownVariable
            If one of the function's variables is missing or one is repeated.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> y1, y2, y3 = mt.variables("y1:4")
        >>> [v.name for v in mt.max(y1, y2).on(y3, y2, y1).variables]
        ['y3', 'y2', 'y1']
        """
        from piecewise_mt.functions.substitute import space

        return self._copy(self.args, space(self, variables))

    @property
    def rules(self) -> str | None:
        """The framework whose tie rules an importer took: "pytorch", "jax", "onnx" for free ones.

        None for what was not imported. It belongs to the imported expression itself, and what is
        made of it does not have it.
        """
        return self._rules

    def with_rules(self: Self, rules: str | None) -> Self:
        """The same function that says which framework's tie rules it has, as importers use it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> f = mt.relu(mt.variable("x"), at_zero=0)
        >>> f.rules, f.with_rules("pytorch").rules
        (None, 'pytorch')
        """
        copy = self._copy(self.args, self._space)
        object.__setattr__(copy, "_rules", rules)
        return copy

    def subs(self, replacements: Any) -> Expression:
        """The function with variables replaced, all at once.

        Parameters
        ----------
        replacements : mapping
            From variables, names, SymPy symbols or arrays of variables to expressions or
            numbers.  As in SymPy, variables that the function does not have are ignored.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).subs({x: y, y: x})
        max(y, x)
        """
        from piecewise_mt.functions.substitute import substitute_mapping

        return substitute_mapping(self, replacements)

    def __call__(self, *arguments: Any) -> Expression:
        """Composition: the flattened arguments replace :attr:`variables`, in their order."""
        from piecewise_mt.functions.substitute import compose

        return compose(self, arguments)

    def graph(self) -> networkx.DiGraph:
        """The DAG as a networkx graph.

        Nodes are numbered in topological order and carry ``type``, ``label`` and ``shape``;
        edges point from an argument to the node that uses it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> graph = (mt.relu(x) - mt.relu(x)).graph()
        >>> graph.number_of_nodes(), sorted(data["label"] for _, data in graph.nodes(data=True))
        (4, ['affine', 'relu', 'relu', 'x'])
        """
        from piecewise_mt.functions.graph import to_networkx

        return to_networkx(self)

    # -- operators -----------------------------------------------------------------------

    def __add__(self, other: Any) -> Expression:
        return _applied("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return _applied("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return _applied("subtract", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return _applied("subtract", other, self)

    def __mul__(self, other: Any) -> Expression:
        return _applied("multiply", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return _applied("multiply", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return _applied("divide", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return _applied("divide", other, self)

    def __matmul__(self, other: Any) -> Expression:
        return _applied("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Expression:
        return _applied("matmul", other, self)

    def __pow__(self, exponent: Any) -> Expression:
        return _applied("power", self, exponent)

    def __rpow__(self, base: Any) -> Expression:
        return _applied("power", base, self)

    def __neg__(self) -> Expression:
        return _applied("negate", self)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        from piecewise_mt.functions.build import builders

        return builders.abs(self)

    def __lt__(self, other: Any) -> Comparison:
        return _compared("<", self, other)

    def __le__(self, other: Any) -> Comparison:
        return _compared("<=", self, other)

    def __gt__(self, other: Any) -> Comparison:
        return _compared(">", self, other)

    def __ge__(self, other: Any) -> Comparison:
        return _compared(">=", self, other)

    # -- text ----------------------------------------------------------------------------

    def __str__(self) -> str:
        from piecewise_mt.functions.printing import to_text

        return to_text(self)

    def __repr__(self) -> str:
        from piecewise_mt.functions.printing import to_short_text

        return to_short_text(self)

    # -- forwards to later layers --------------------------------------------------------

    def value(self, point: Any) -> sympy.Expr | sympy.Matrix:
        """The exact value at a point, by one pass and no enumeration.

        A point is a sequence in the order of :attr:`variables`, or a mapping by variable or name.
        The value is an Expr for the shape (), else a column Matrix, row-major.

        Parameters
        ----------
        point : sequence or mapping
            Exact numbers in the order of :attr:`variables`, or by variable or name.

        See Also
        --------
        Representation.value : Of the piece that contains the point.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.max(x, y).value((1, 1)), mt.max(x, y).value({"x": 0, "y": "1/2"})
        (1, 1/2)
        """
        require_order(self, point)
        from piecewise_mt.calculus import asking

        return asking.value(self, point)

    def gradient(self, point: Any) -> sympy.Matrix:
        """The associated gradient at a point, by the chain rule (14) under the tie rules.

        Parameters
        ----------
        point : sequence or mapping
            As for :meth:`value`.

        Returns
        -------
        ImmutableMatrix, shape (b, a)
            Free parameters of ties are symbols.

        See Also
        --------
        Expression.represent : On all pieces.
        Expression.at : What the matrix is worth.
        mt.check_gradient : Another gradient.

        Examples
        --------
        A tie, and a point without one:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> f = mt.max(x, y)
        >>> f.gradient((1, 1)), f.gradient((1, 2))
        (Matrix([[z, 1 - z]]), Matrix([[0, 1]]))
        """
        require_order(self, point)
        from piecewise_mt.calculus import asking

        return asking.gradient(self, point)

    def enclosure(self, point: Any, digits: int | None = None) -> Enclosure:
        """Value and associated gradient at a point in rigorous intervals, however large f is.

        For smooth networks, whose exact formulas have millions of terms. All rounding is counted;
        what is rational stays exact, with bounds that are equal.

        Parameters
        ----------
        point : sequence or mapping
            As for :meth:`value`.
        digits : int, optional
            Bounds differ by 10**-digits at most, times the size of numbers above 1; 15 if left
            out.

        Returns
        -------
        Enclosure
            With ``value`` and ``gradient``, whose ``lower`` and ``upper`` are SymPy Rationals.

        Raises
        ------
        PiecewiseError
            If `digits` is no number from 1 to 1000.

        See Also
        --------
        Expression.value, Expression.gradient : Exact formulas.
        Expression.at : Whether the gradient is a derivative.

        Notes
        -----
        Errors at the point, such as ``Undecided`` for a tie that enclosures of 1024 bits (300
        digits) do not decide, are raised by ``value`` and ``gradient``.

        Examples
        --------
        A tie and a value that is not rational:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> enclosure = mt.exp(mt.max(x, y, ties="average")).enclosure((1, 1), digits=6)
        >>> enclosure.value, enclosure.gradient
        (2.7182818 ± 2.9e-8, [[1.3591409 ± 1.5e-8, 1.3591409 ± 1.5e-8]])
        >>> enclosure.value.width < 10**-6
        True
        """
        require_order(self, point)
        from piecewise_mt.calculus import asking

        return asking.enclosure(self, point, digits)

    def at(self, point: Any, domain: Any = None, *, max_pieces: int = 10**6) -> LocalAnalysis:
        """Everything local at an exact point: subdifferentials, derivatives, the ladder.

        A point is given as for :meth:`value`. With a domain, limits of gradients are taken inside
        it.

        Parameters
        ----------
        point : sequence or mapping
            As for :meth:`value`. Where derivatives are not algebraic, such as e, directional
            derivatives, limits of gradients, Clarke's subdifferential, rungs and whether a vector
            is a subgradient are answered, and no more.
        domain : Polyhedron, str or mapping, optional
            A set to stay in; limits of gradients are taken inside it, and its normal cone at the
            point counts for stationarity under constraints.
        max_pieces : int
            A bound on what is enumerated.

        Returns
        -------
        LocalAnalysis

        Raises
        ------
        OutsideDomain
            If the point is not in the domain.

        See Also
        --------
        Expression.gradient : The associated gradient alone.
        Representation.classify : On all strata at once.

        Notes
        -----
        Smooth nodes count with their tangents at the point, as in Griewank's piecewise
        linearization: derivatives along directions are the same. So are limits of gradients, but
        for cells between kinks that agree to first order; those are decided by higher terms, or
        ``Undecided`` is raised where these do not tell.

        References
        ----------
        - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.
        - A. Griewank, *On stable piecewise linearization and generalized algorithmic
          differentiation*, Optimization Methods and Software 28, 2013.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> at = mt.max(x, y).at((1, 1))
        >>> at.bouligand, str(at.classify(["1/2", "1/2"]))
        ((Matrix([[0, 1]]), Matrix([[1, 0]])), 'clarke')
        """
        require_order(self, point)
        from piecewise_mt.calculus import asking

        return asking.at(self, point, domain, max_pieces)

    def strata(
        self,
        domain: Any = None,
        *,
        max_faces: int | None = None,
        executor: Any = None,
        progress: Any = None,
        budget: float = 30.0,
    ) -> Strata:
        """The strata of the function as written, whatever its tie rules.

        `progress` is None, True for a counter on stderr, or a function of the faces so far. With
        an `executor` of ``concurrent.futures`` its workers enumerate (docs/scale.md). More than
        `max_faces` faces on the way are refused; by default as many as fit into the memory.

        Kinks that are polynomials in the variables are decided within `budget` seconds; the
        labels that are not are in ``undecided``.

        See Also
        --------
        mt.f_vector : Counts strata that do not fit into the memory.
        Expression.represent : The pieces under the tie rules.
        mt.linear_pieces : Counts that do not depend on how f is written.

        References
        ----------
        - H. Edelsbrunner, J. O'Rourke, R. Seidel, *Constructing arrangements of lines and
          hyperplanes with applications*, SIAM Journal on Computing 15, 1986.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> [(stratum.label_text, stratum.dimension) for stratum in mt.max(x, y).strata()]
        [('{1}', 2), ('{2}', 2), ('{1, 2}', 1)]
        """
        from piecewise_mt.calculus import asking

        return asking.strata(self, domain, max_faces, executor, progress, budget)

    def represent(
        self,
        domain: Any = None,
        *,
        executor: Any = None,
        progress: Any = None,
        max_pieces: int = 10**6,
        budget: float = 30.0,
        partial: bool = False,
    ) -> DerivedRepresentation:
        """The representation (6) that the tie rules pick, with its associated gradient (7).

        Parameters
        ----------
        domain : optional
            Conditions on the variables; by default the whole space.
        executor, progress, max_pieces
            For polyhedra; see :meth:`strata`.
        budget : float
            Seconds for the decisions of which kinks that are polynomials in the variables are in
            need.
        partial : bool
            Whether pieces may be missing that this budget does not decide; they are said in
            ``undecided``.

        Raises
        ------
        Undecided
            If the budget leaves something undecided, and `partial` is not set.
        NotPolyhedral
            If a kink is neither affine on every stratum nor a polynomial.

        `progress` is None, True for a counter on stderr, or a function of the faces so far. With
        an `executor` of ``concurrent.futures`` its workers enumerate (docs/scale.md).

        See Also
        --------
        Expression.strata : The finer sets that no tie rule joins.
        mt.check : Whether it is a representation.
        mt.derivation : How it comes about.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> for piece in mt.max(x, y, ties="first").represent():
        ...     print(piece.polyhedron, piece.formula, piece.gradient)
        x >= y x Matrix([[1, 0]])
        x < y y Matrix([[0, 1]])
        """
        from piecewise_mt.calculus import asking

        return asking.represent(self, domain, executor, progress, max_pieces, budget, partial)

    # -- other forms of the same function ------------------------------------------------

    def to_max_min(self, domain: Any = None, *, prove: bool = True) -> MaxMinForm:
        r"""The lattice form: a maximum of minima of the affine functions that f consists of.

        :math:`f = \max_i \min_{j \in S_i} g_j` with the set :math:`S_i` of the components
        :math:`g_j \ge g_i` on a cell where f is :math:`g_i`; what is superfluous is left out.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A full-dimensional convex set, on which the form is equal to f; outside it need not be.
        prove : bool
            Whether the proof that it is f is made now, or when ``equal`` is asked for.

        Returns
        -------
        MaxMinForm
            With ``terms``, ``components``, an ``expression``, ``equal``, ``verify()`` and
            ``minimality``.

        Raises
        ------
        Unsupported
            If f is not piecewise linear with rational coefficients.
        PiecewiseError
            If the domain has no interior.

        See Also
        --------
        Expression.to_difference_of_convex : Two maxima.
        Expression.represent : The pieces.
        mt.equal : Compares any two functions.

        References
        ----------
        - S. Ovchinnikov, *Max-min representation of piecewise linear functions*, Beiträge zur
          Algebra und Geometrie 43, 2002.

        Examples
        --------
        Ovchinnikov's first example, with its form (1):

        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> f = mt.piecewise_linear(x, [1, 2], [2, -2, "1/2"]) + 1
        >>> form = f.to_max_min()
        >>> print(form, form.equal)
        max(min(2*x + 1, -2*x + 5), min(2*x + 1, x/2)) True

        A tie of three is one component more:

        >>> y = mt.variable("y")
        >>> mt.max(x, y, 0).to_max_min(), bool(mt.max(x, y, 0).to_max_min().minimality)
        (max(x, y, 0), True)
        """
        from piecewise_mt.calculus import asking

        return asking.to_max_min(self, domain, prove)

    def to_difference_of_convex(self, domain: Any = None, *, prove: bool = True) -> DifferenceForm:
        r"""The function as g − h with maxima g and h of affine functions.

        The shortest that is found node by node or by hinges at the facets where f bends downwards
        (or upwards); in one variable, and for convex and concave functions, there is no shorter.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A full-dimensional convex set, on which the form is equal to f; outside it need not be.
        prove : bool
            Whether the proof that it is f is made now, or when ``equal`` is asked for.

        Returns
        -------
        DifferenceForm
            With ``g``, ``h``, ``g_rows``, ``h_rows``, an ``expression``, ``equal``, ``verify()``
            and ``minimality``.

        Raises
        ------
        Unsupported
            If f is not piecewise linear with rational coefficients.
        PiecewiseError
            If the domain has no interior.

        See Also
        --------
        Expression.to_tropical : The same as a quotient.
        mt.is_convex : Whether h can be 0.

        References
        ----------
        - A. Griewank, A. Walther, *Polyhedral DC decomposition and DCA optimization of piecewise
          linear functions*, Algorithms 13, 2020.
        - N. M. Tran, J. Wang, *Minimal representations of tropical rational functions*, Algebraic
          Statistics 15, 2024.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> mt.clip(x, 0, 1).to_difference_of_convex()
        max(0, x) - max(0, x - 1)

        The second largest of three, with ties of two and of three:

        >>> form = mt.median([x, y, 0]).to_difference_of_convex()
        >>> form, form.h[0], form.equal
        (max(x + y, x, y) - max(x, y, 0), max(x, y, 0), True)
        """
        from piecewise_mt.calculus import asking

        return asking.to_difference_of_convex(self, domain, prove)

    def to_tropical(self, domain: Any = None, *, prove: bool = True) -> TropicalForm:
        r"""The rational tropical form p ⊘ q, with the vertices of the Newton polytopes.

        With :math:`a \oplus b = \max(a, b)` and :math:`a \otimes b = a + b` the affine function
        c + e·x is the monomial :math:`c \otimes x^{\otimes e}`, whose exponents may be negative and
        rational here. No monomial is superfluous.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A full-dimensional convex set, on which the form is equal to f; outside it need not be.
        prove : bool
            Whether the proof that it is f is made now, or when ``equal`` is asked for.

        Returns
        -------
        TropicalForm
            With ``numerator`` and ``denominator`` (``numerators`` and ``denominators`` for several
            outputs), each with ``terms`` and ``newton_vertices``.

        Raises
        ------
        Unsupported
            If f is not piecewise linear with rational coefficients.
        PiecewiseError
            If the domain has no interior.

        See Also
        --------
        Expression.to_difference_of_convex : The same as a difference.

        References
        ----------
        - L. Zhang, G. Naitzat, L.-H. Lim, *Tropical geometry of deep neural networks*,
          International Conference on Machine Learning, 2018.
        - N. M. Tran, J. Wang, *Minimal representations of tropical rational functions*, Algebraic
          Statistics 15, 2024.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> form = (mt.max(x, y, 1) - mt.relu(2 * x)).to_tropical()
        >>> print(form)
        (1 ⊕ y ⊕ x) ⊘ (0 ⊕ x^2)
        >>> form.numerator.newton_vertices == ((0, 0), (0, 1), (1, 0)), form.equal
        (True, True)
        """
        from piecewise_mt.calculus import asking

        return asking.to_tropical(self, domain, prove)

    def to_abs_normal(self, domain: Any = None, *, prove: bool = True) -> AbsNormalForm:
        r"""Griewank's abs-normal form: z = c + Z x + L|z|, y = b + J x + Y|z|.

        L is strictly lower triangular, so that the switching variables z come out one by one. They
        are read off the nodes of the function, by :math:`\max(u, v) = (u + v + |u - v|)/2`.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A full-dimensional convex set, on which the form is equal to f.
        prove : bool
            Whether the proof that it is f, which enumerates strata, is made now, or when ``equal``
            is asked for; without it networks of any size are converted.

        Returns
        -------
        AbsNormalForm
            With the matrices ``c``, ``Z``, ``L``, ``b``, ``J``, ``Y`` of SymPy, and
            ``switching_depth``.

        Raises
        ------
        Unsupported
            If f is not piecewise linear with rational coefficients.

        See Also
        --------
        Expression.to_relu_network : Layers instead.
        Expression.at : Piecewise linearization of smooth functions.

        References
        ----------
        - A. Griewank, *On stable piecewise linearization and generalized algorithmic
          differentiation*, Optimization Methods and Software 28, 2013.
        - A. Griewank, J.-U. Bernt, M. Radons, T. Streubel, *Solving piecewise linear systems in
          abs-normal form*, Linear Algebra and its Applications 471, 2015.

        Examples
        --------
        The half pipe max(x2² − max(x1, 0), 0), linearised at (1, 1), has ties of two and of three:

        >>> import piecewise_mt as mt
        >>> x1, x2 = mt.variables("x1 x2")
        >>> form = mt.max(2 * x2 - 1 - mt.max(x1, 0), 0).to_abs_normal()
        >>> print(form)
        z1 = x1
        z2 = -x1/2 + 2*x2 - |z1|/2 - 1
        f = -x1/4 + x2 - |z1|/4 + |z2|/2 - 1/2
        >>> form.L, form.Y, form.switching_depth, form.equal
        (Matrix([
        [   0, 0],
        [-1/2, 0]]), Matrix([[-1/4, 1/2]]), 2, True)
        """
        from piecewise_mt.calculus import asking

        return asking.to_abs_normal(self, domain, prove)

    def to_relu_network(
        self, domain: Any = None, *, shallow: bool = False, prove: bool = True
    ) -> ReluNetwork:
        r"""The function as a ReLU network :math:`W_\ell R(\dots R(W_0 x + b_0) \dots) + b_\ell`.

        Taken from the nodes of f. In one variable it has one hidden layer if no more neurons are
        in that, and it is decided whether a neuron for each kink suffices.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A full-dimensional convex set, on which the network is equal to f.
        shallow : bool
            Whether there are to be at most :math:`\lceil \log_2(n + 1) \rceil` hidden layers for n
            variables, as by Arora and others, whatever number of neurons that takes.
        prove : bool
            Whether the proof that it is f, which enumerates strata, is made now, or when ``equal``
            is asked for; without it functions of any size are converted.

        Returns
        -------
        ReluNetwork
            With ``layers``, the pairs (W_r, b_r), and ``widths``, ``size``, ``minimality``.

        Raises
        ------
        Unsupported
            If f is not piecewise linear with rational coefficients.
        TooManyPieces
            If a shallow network takes too many maxima.

        See Also
        --------
        Expression.to_abs_normal : Absolute values instead.
        mt.from_torch, mt.from_onnx : The other way round.

        References
        ----------
        - R. Arora, A. Basu, P. Mianjy, A. Mukherjee, *Understanding deep neural networks with
          rectified linear units*, International Conference on Learning Representations, 2018.
        - S. Wang, X. Sun, *Generalization of hinging hyperplanes*, IEEE Transactions on Information
          Theory 51, 2005.
        - C. Hertrich, A. Basu, M. Di Summa, M. Skutella, *Towards lower bounds on the depth of ReLU
          neural networks*, SIAM Journal on Discrete Mathematics 37, 2023.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(mt.max(x, y, 0).to_relu_network())
        h1_1 = relu(x - y)
        h1_2 = relu(y)
        h1_3 = relu(-y)
        h2_1 = relu(h1_1 + h1_2 - h1_3)
        f = h2_1

        Kinks at 0 and 1, whose bends 1 and −1 do not give the slope 2 on the left:

        >>> network = (mt.clip(x, 0, 1) + 2 * x).to_relu_network()
        >>> network.widths, network.minimality.known, network.equal
        ((3,), True, True)
        """
        from piecewise_mt.calculus import asking

        return asking.to_relu_network(self, domain, shallow, prove)

    # -- optimisation models -------------------------------------------------------------

    def to_milp(
        self, domain: Any = None, *, formulation: str = "big-M", bounds: str = "interval"
    ) -> OptimisationModel:
        r"""The minimum over a bounded domain as a mixed-integer linear program, exact.

        A node such as a maximum is a choice by 0 or 1 of its alternatives: with big M a row that
        holds for one choice only is relaxed by the most that it can be violated by, an exact bound
        from the domain; with convex hulls every alternative has copies of the node's operands.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A bounded convex set; without one, what is not bounded is refused. The model is over its
            closure.
        formulation : {"big-M", "convex hull"}
            Small and loose, or large and tight: the hull of every node by itself.
        bounds : {"interval", "relaxation"}
            Bounds of nodes from those of their operands, or by a linear program on the model so
            far, which takes longer and is tighter.

        Returns
        -------
        OptimisationModel
            With ``columns``, ``rows``, ``to_lp_text()``, ``to_mps()``, ``write(path)``,
            ``to_highs()``, ``to_pyomo()``, ``to_cvxpy()`` and ``solve()``.

        Raises
        ------
        PiecewiseError
            If the domain is not bounded, with the variable.
        ShapeError
            If f is not scalar.
        Unsupported
            If f is not piecewise linear with rational coefficients.

        See Also
        --------
        Expression.to_lp : Without integers, if f is convex.
        mt.infimum : By enumeration.

        References
        ----------
        - E. Balas, *Disjunctive programming*, Annals of Discrete Mathematics 5, 1979.
        - J. P. Vielma, *Mixed integer linear programming formulation techniques*, SIAM Review 57,
          2015.
        - R. Anderson, J. Huchette, W. Ma, C. Tjandraatmadja, J. P. Vielma, *Strong mixed-integer
          programming formulations for trained neural networks*, Mathematical Programming 183, 2020.

        Examples
        --------
        At the tie x = 0 either choice is right:

        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> model = (x / 2 - mt.relu(x)).to_milp({x: (-1, 2)})
        >>> model
        mixed-integer program (big-M): 4 columns (1 integer), 4 rows
        >>> print(model.to_lp_text())
        \ minimum of x/2 - relu(x)
        minimize
         obj: value
        subject to
         r1: - x + u1 >= 0
         r2: - u1 + 2 b1 >= 0
         r3: x - u1 - b1 >= -1
         r4: - x + 2 value + 2 u1 = 0
        bounds
         -1 <= x <= 2
         value free
         0 <= u1 <= 2
        binary
         b1
        end
        <BLANKLINE>
        >>> model.solve("exact")
        Solution(-1, optimal, attained at 2)
        """
        from piecewise_mt.calculus import asking

        return asking.to_milp(self, domain, formulation, bounds)

    def to_lp(self, domain: Any = None) -> OptimisationModel:
        r"""The minimum of a convex function as a linear program, by its epigraph.

        Node by node, if that f is convex follows from its nodes; else as the maximum of its affine
        functions, after :func:`mt.is_convex` has proved it.

        Parameters
        ----------
        domain : Polyhedron, str or mapping, optional
            A convex set, bounded or not. The program is over its closure.

        Returns
        -------
        OptimisationModel
            Without integers.

        Raises
        ------
        PiecewiseError
            If f is not convex, with a segment on which it is not.
        ShapeError
            If f is not scalar.
        Unsupported
            If f is not piecewise linear with rational coefficients.

        See Also
        --------
        Expression.to_milp : For any other function.
        mt.is_convex : The proof.

        References
        ----------
        - M. Grant, S. Boyd, Y. Ye, *Disciplined convex programming*, in Global optimization: from
          theory to implementation, Springer, 2006.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> (mt.max(x, y) + abs(x + y)).to_lp().solve("exact")
        Solution(0, optimal, attained at (0, 0))
        >>> try:
        ...     mt.min(x, y).to_lp()
        ... except mt.PiecewiseError as error:
        ...     print(error)
        expected a convex function for a linear program, got min(x, y), as from (-1/2, 0) to
        (1/2, 0) f is 0 at the midpoint, -1/4 on the mean of the ends; f.to_milp on a bounded domain
        takes it
        """
        from piecewise_mt.calculus import asking

        return asking.to_lp(self, domain)


def _applied(operation: str, *operands: Any) -> Expression:
    from piecewise_mt.functions.build import arithmetic

    result: Expression = getattr(arithmetic, operation)(*operands)
    return result


def _compared(op: str, lhs: Any, rhs: Any) -> Comparison:
    from piecewise_mt.functions.build.arithmetic import compare

    return compare(op, lhs, rhs)


def _restored(
    kind: type[Self],
    args: tuple[Expression, ...],
    shape: shapes.Shape,
    space: tuple[str, ...] | None,
    payload: list[Any],
) -> Self:
    node = object.__new__(kind)
    node._fill(args, shape, **dict(zip(kind._payload, payload, strict=True)))
    object.__setattr__(node, "_space", space)
    return node


def _from_records(records: list[tuple[Any, ...]]) -> Expression:
    """The root that the flat topological list of a pickle describes."""
    nodes: list[Expression] = []
    for kind, args, shape, (space, rules), payload in records:
        node = _restored(kind, tuple(nodes[i] for i in args), shape, space, payload)
        object.__setattr__(node, "_rules", rules)
        nodes.append(node)
    return nodes[-1]
