"""What all representations (6) with associated gradients (7) have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import sympy

from piecewise_mt.calculus.representation.pieces import Piece, gradient_at
from piecewise_mt.calculus.results.shown import Shown
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.geometry.points import read_coordinates
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.memory import collector_frozen
from piecewise_mt.semialgebraic.sets import SemialgebraicSet

if TYPE_CHECKING:
    from piecewise_mt.calculus.ladder.classify import Artifacts, Classification
    from piecewise_mt.calculus.representation.stated_pieces import StatedPiece


class Representation(Shown, Sequence[Piece]):
    """f = Σ_α 1_{Pᵅ} fᵅ, (6), as somebody wrote it down, to be checked by :func:`mt.check`.

    What :meth:`Expression.represent` derives is a representation too, and knows more.

    Parameters
    ----------
    variables : sequence of variables, symbols or names, or a text such as ``"x1 x2"``
        The coordinates and their order.
    entries : list of (condition, formula) or (condition, formula, gradient), or sympy.Piecewise
        Conditions are texts such as ``"x1 = x2 > max(x3, x4)"``, sympy relations, Polyhedra, or
        a list of these (a union); formulas are affine or C¹. A Piecewise is read whole: the first
        condition that holds wins.
    of : Expression or str, optional
        The function that is represented, or its text.
    domain : optional
        As for :meth:`Expression.represent`.
    parameters : sequence of names or symbols, or a text such as ``"z1 z2"``, optional
        The free tie parameters of the formulas. By default those that this package prints, z, z1,
        z2, …, as far as they are no variables, and those of the rules of `of`.

    Raises
    ------
    PiecewiseError
        For an entry that cannot be read, naming the piece.

    See Also
    --------
    Expression.represent : Derives one.
    mt.check : Whether this is one.
    mt.apply : Composes it with expressions.

    Notes
    -----
    Conditions with max and min in them are read by the max-min forms of their sides (Ovchinnikov).

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.
    - S. Ovchinnikov, *Max-min representation of piecewise linear functions*, Beiträge zur Algebra
      und Geometrie 43, 2002.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> y1, y2 = mt.variables("y1 y2")
    >>> rep = mt.Representation("y1 y2", [("y1 >= y2", "y1"), ("y1 < y2", "y2")],
    ...                         of=mt.max(y1, y2))
    >>> mt.check(rep).ok
    True

    A table that the package printed can be typed in, its free parameters included; what is checked
    holds for all of their values:

    >>> typed = [("x < 0", "0"), ("x > 0", "x"), ("x = 0", "z*x", "z")]
    >>> mt.check(mt.Representation("x", typed, of="relu(x)")).ok
    True
    """

    names: tuple[str, ...]
    """The variables, in the order of points and gradients."""
    of: Expression | None
    """The function that is represented, if it is known."""
    domain: Polyhedron | SemialgebraicSet | None
    """Where it is represented; None is the whole space."""

    @property
    def polyhedral_domain(self) -> Polyhedron | None:
        """The domain, where only a polyhedron will do.

        Raises
        ------
        Unsupported
            If the domain is curved.
        """
        if isinstance(self.domain, SemialgebraicSet):
            raise Unsupported(
                f"expected a polyhedron as domain here, got {self.domain}, which is not "
                "supported yet; ask strata, represent, value or gradient"
            )
        return self.domain

    def __new__(cls, *arguments: Any, **keywords: Any) -> Representation:
        if cls is Representation:
            # the kind that users write; the other one is made by Expression.represent
            from piecewise_mt.calculus.representation.stated import StatedRepresentation

            cls = StatedRepresentation
        return object.__new__(cls)

    def __init__(
        self,
        variables: Any,
        entries: Any,
        of: Expression | str | None = None,
        domain: Any = None,
        parameters: Any = None,
    ) -> None:
        raise NotImplementedError

    @classmethod
    def from_json(cls, path: Any, of: Expression | str | bool | None = None) -> Representation:
        """A representation that :meth:`to_json` wrote, or anybody else in that format.

        Parameters
        ----------
        path : str or Path
            Of a file, or the text itself, which begins with a brace. Either is data: texts are
            parsed by the project's grammar.
        of : expression, str or False, optional
            The function that is represented, where the file's text does not say it (tie rules
            given as mappings, smooth formulas); False leaves it out.

        Raises
        ------
        PiecewiseError
            If the file cannot be read or does not fit the schema ``interop.json.SCHEMA``.
        Unsupported
            If the function of the file cannot be read from its text and `of` is not given, or
            without jsonschema, ``pip install piecewise_mt[json]``.

        See Also
        --------
        Representation.to_json : Writes it.

        Notes
        -----
        The function is read from its text, so that :func:`mt.check` can compare; nothing in the
        file is believed.

        Examples
        --------
        The free parameter of the tie comes back as well:

        >>> import piecewise_mt as mt
        >>> text = mt.relu(mt.variable("x")).represent().to_json()
        >>> again = mt.Representation.from_json(text)
        >>> mt.check(again).ok, again[-1].gradient
        (True, Matrix([[z]]))
        """
        from piecewise_mt.interop.json import read_json

        return read_json(path, of)

    @classmethod
    def of_pieces(
        cls,
        names: tuple[str, ...],
        pieces: Sequence[StatedPiece],
        of: Expression | None,
        domain: Polyhedron | SemialgebraicSet | None,
        title: str | None = None,
    ) -> Representation:
        """A stated representation of pieces that exist already.

        `title` says what they are of, where that is no expression.

        Raises
        ------
        PiecewiseError
            If they have not all as many outputs as the function.
        """
        from piecewise_mt.calculus.representation.stated import StatedRepresentation

        return StatedRepresentation.of_pieces(names, pieces, of, domain, title)

    @property
    def asked(self) -> Expression | None:
        """Whose variables give the order of points; None if it was written down."""
        return self.of

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values: () if the formulas are single expressions."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The function in text, or that it is stated."""
        raise NotImplementedError

    @property
    def entries(self) -> tuple[StatedPiece, ...]:
        """The pieces as stated, with their unions and stated gradients."""
        raise self._no_polyhedra("entries")

    def _no_polyhedra(self, what: str) -> Unsupported:
        """The error of what is done with polyhedra alone."""
        return Unsupported(
            f"expected {what} of pieces that are polyhedra, got those of {self.title}; ask every "
            "piece for its .set"
        )

    def __len__(self) -> int:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Piece]:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> Piece: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Piece]: ...
    def __getitem__(self, index: int | slice) -> Piece | Sequence[Piece]:
        raise NotImplementedError

    def piece_at(self, point: Any) -> Piece:
        """The first piece that contains an exact point.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> rep = mt.Representation("x", [("x < 0", "-x"), ("x > 0", "x"), ("x = 0", "0", "1/2")])
        >>> rep.piece_at((0,)).alpha
        3
        """
        raise NotImplementedError

    def value(self, point: Any) -> sympy.Expr | sympy.ImmutableMatrix:
        """fᵅ at a point of Pᵅ.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> rep = mt.Representation("x", [("x < 0", "-x"), ("x > 0", "x"), ("x = 0", "0", "1/2")])
        >>> rep.value((-2,)), rep.value((0,))
        (2, 0)
        """
        raise NotImplementedError

    def gradient(self, point: Any) -> sympy.ImmutableMatrix:
        """The gradient of the piece that contains the point, a b×a matrix.

        Examples
        --------
        The stated one, where the entry has one:

        >>> import piecewise_mt as mt
        >>> rep = mt.Representation("x", [("x < 0", "-x"), ("x > 0", "x"), ("x = 0", "0", "1/2")])
        >>> rep.gradient((-2,)), rep.gradient((0,))
        (Matrix([[-1]]), Matrix([[1/2]]))
        """
        return gradient_at(self.piece_at(point), read_coordinates(point, self.names))

    def values(self, points: Any, *, bounds: bool = False) -> Any:
        """f at many points: exactly at exact points, in float64 at floats.

        Parameters
        ----------
        points : array of shape (n, a), a sequence of points, or a mapping
            In the order of the variables, or a column of n numbers by each name. An array of
            floats, or a list with floats in it, means the dyadic rationals that the floats are;
            anything else is exact, as in :meth:`value`. Of one variable (a = 1) n numbers will do.
        bounds : bool
            Return a pair: the values, and for each a number that its error does not exceed.

        Returns
        -------
        list or numpy.ndarray
            For exact points a list of what :meth:`value` gives. For floats an array of float64 of
            the shape (n,) and that of f.

        Raises
        ------
        OutsideDomain
            If some point is not in the domain, naming the first.
        InexactNumber
            For nan and inf, and for values beyond the range of float64.
        Unsupported
            For floats without NumPy; for bounds of floats where a function is smooth or stated.

        See Also
        --------
        Representation.gradients : The gradients likewise.
        Representation.lambdify : One function of coordinates.

        Notes
        -----
        A derived, piecewise linear function takes about a microsecond a point and layer of ten
        units: one forward pass in floats, in which every value carries a proven bound of its
        error, so that it is known which of all kinks have which sign. Where a bound does not tell
        (a tie, or a point closer to one than rounding errors) the point is decided in exact
        arithmetic, and so is its value, which is rounded once. Smooth and stated functions are
        asked point by point.

        References
        ----------
        - N. J. Higham, *Accuracy and stability of numerical algorithms*, SIAM, 2002.

        Examples
        --------
        At a tie the value is that of both sides:

        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> rep = mt.max(x, y).represent()
        >>> rep.values([(1, 2), ("1/2", "1/2")])
        [2, 1/2]
        >>> rep.values([(0.1, 0.2), (0.1, 0.1)])
        array([0.2, 0.1])
        """
        from piecewise_mt.calculus.representation.batches import values

        return values(self, points, bounds)

    def gradients(self, points: Any, *, parameters: Any = None) -> Any:
        """The associated gradient at many points: exactly, or in float64 at floats.

        Parameters
        ----------
        points : array of shape (n, a), a sequence of points, or a mapping
            As for :meth:`values`.
        parameters : mapping, optional
            Numbers for the free tie parameters, by name or symbol. Floats need them only if a
            point lies on such a tie.

        Returns
        -------
        list or numpy.ndarray
            For exact points a list of what :meth:`gradient` gives. For floats an array of float64
            of shape (n, b, a). Which piece a point lies in is decided exactly, and each entry is
            the double next to the exact one.

        Raises
        ------
        OutsideDomain
            If some point is not in the domain, naming the first.
        PiecewiseError
            If a point of floats lies on a tie whose parameter has no number.

        See Also
        --------
        Representation.values : The values likewise.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> rep = mt.max(x, y).represent()
        >>> rep.gradients([(0.1, 0.2), (0.1, 0.1)], parameters={"z": "1/4"}).tolist()
        [[[0.0, 1.0]], [[0.25, 0.75]]]
        """
        from piecewise_mt.calculus.representation.batches import gradients

        return gradients(self, points, parameters)

    def classify(self, *, max_pieces: int = 10**6) -> Classification:
        """What the gradient of every piece *is*, on every stratum of f that the piece meets.

        Returns
        -------
        Classification
            A report; ``pieces`` have their weakest rung and the rungs of their ``strata``, each
            with a certificate. For free parameters, ``clarke_condition`` says which of them put
            the gradient into Clarke's subdifferential.

        See Also
        --------
        LocalAnalysis.classify : One matrix at one point.
        Representation.artifacts : The strata below Clarke's rung.

        References
        ----------
        - F. H. Clarke, *Optimization and nonsmooth analysis*, SIAM, 1990.
        - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation,
          stochastic gradient methods and deep learning*, Mathematical Programming 188, 2021.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> [str(p.rung) for p in (abs(x) - abs(x)).represent().classify().pieces]
        ['differentiable', 'differentiable', 'associated']
        >>> mt.relu(x).represent().classify().strata[-1].clarke_condition
        (z >= 0) & (z <= 1)
        """
        from piecewise_mt.calculus import asking

        return asking.classify(self, max_pieces)

    def artifacts(self, *, max_pieces: int = 10**6) -> Artifacts:
        """The strata of f where the gradient is not in Clarke's subdifferential.

        Returns
        -------
        Artifacts
            With ``dimension``, that of their union; strata that depend on free parameters are in
            ``conditional``.

        See Also
        --------
        Representation.classify : The rung of every piece.

        References
        ----------
        - J. Bolte, E. Pauwels, *Conservative set valued fields, automatic differentiation,
          stochastic gradient methods and deep learning*, Mathematical Programming 188, 2021.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> mt.relu(x, at_zero=2).represent().artifacts()
        1 stratum outside Clarke's subdifferential, of dimension 0
          {x = 0}: associated
        """
        from piecewise_mt.calculus import asking

        return asking.artifacts(self, max_pieces)

    def subs(self, replacements: Any = None, /, **named: Any) -> Representation:
        """The same pieces with values for free tie parameters.

        Parameters
        ----------
        replacements : mapping, optional
            From the parameters, as names or SymPy symbols, to exact numbers, or to expressions in
            other symbols.
        **named
            The same by keyword, ``rep.subs(z=0)``.

        Returns
        -------
        Representation
            Formulas and gradients with the values; pieces and their numbers are the same.

        Raises
        ------
        UnknownVariable
            For a variable, and for a parameter that no piece has; the message says which there are.

        See Also
        --------
        Piece.subs : One piece.
        Expression.subs : Replaces variables, in the function.

        Notes
        -----
        All symbols of this package are ``Symbol(name, real=True)``. SymPy's own
        ``matrix.subs("z", 0)`` makes another symbol of the name, which is not real, and so changes
        nothing; here keys are matched by name.

        Examples
        --------
        On the tie, the gradient that a framework would return:

        >>> import piecewise_mt as mt
        >>> y1, y2 = mt.variables("y1 y2")
        >>> rep = mt.max(y1, y2).represent()
        >>> rep.subs(z="1/2").gradient((1, 1)), rep.subs({"z": 1})[-1].formula
        (Matrix([[1/2, 1/2]]), y1)
        """
        from piecewise_mt.calculus.representation.substituting import substituted

        return substituted(self, replacements, named)

    def merged(self, by: str = "gradient") -> Representation:
        """The same function from fewer pieces.

        Parameters
        ----------
        by : {"gradient", "formula"}
            What the pieces that are joined have in common: by default their formula and gradient,
            so that the associated gradient is the same at every point. With ``"formula"`` the
            pieces are those of f itself, one for each of its formulas.

        Returns
        -------
        Representation
            By gradient, every piece is one polyhedron. By formula, a piece may be a union: then
            ``p.polyhedron`` raises, ``p.set`` and ``p.parts`` answer.

        Raises
        ------
        Unsupported
            If pieces are curved.

        See Also
        --------
        mt.linear_pieces : Counts, however the function is written.
        PolyhedralSet.merged : The same for sets.

        Notes
        -----
        Of up to 16 pieces that have the same formula and gradient, no fewer polyhedra make up the
        union, half-open ones included, unless a thousand unions tried do not decide that. Of more,
        the whole, pairs, and some larger unions are tried; if there are more than 1000 pieces in
        all, pairs. What is joined takes the place of the first of its pieces.

        By formula, a tie has no formula of its own: x belongs to the piece of full dimension that
        contains x + ε(1, ε, ε², …) for all small ε > 0. With a domain, x is moved towards a point
        inside by ε before, and then by ε² times this. So ``abs(x)`` has the pieces x < 0 and x ≥ 0.
        This is another representation of f, whose associated gradient at ties is another one. Where
        smooth formulas are not C¹ on the boundaries of their pieces, ties stay apart.

        References
        ----------
        - A. Bemporad, K. Fukuda, F. D. Torrisi, *Convexity recognition of the union of polyhedra*,
          Computational Geometry 18, 2001.

        Examples
        --------
        The middle one of three numbers is x1 in two cones, and so on:

        >>> import piecewise_mt as mt
        >>> rep = mt.median(mt.vector("x", 3), ties="average").represent()
        >>> middle = rep.merged(by="formula")
        >>> len(rep), len(middle), middle[0].formula, middle[0]
        (13, 3, x1, StatedPiece(1: x3 > x1 >= x2 or x2 > x1 >= x3))
        >>> middle[0].set
        PolyhedralSet({x3 > x1 >= x2} ∪ {x2 > x1 >= x3})
        >>> mt.check(middle).ok
        True

        A tie that is needed to tell gradients apart stays:

        >>> t = mt.variable("t")
        >>> rep = (mt.relu(t) - mt.relu(t, at_zero=0)).represent()
        >>> [str(p.polyhedron) for p in rep.merged()], len(rep.merged(by="formula"))
        (['t < 0', 't > 0', 't = 0'], 1)
        """
        raise self._no_polyhedra("merged pieces")

    def to_piecewise(self) -> sympy.Expr | sympy.Matrix:
        """f as a SymPy ``Piecewise`` in the variables and free parameters; else a column Matrix.

        See Also
        --------
        mt.from_sympy : The way back.

        Examples
        --------
        The tie of relu is a piece of its own:

        >>> import piecewise_mt as mt
        >>> mt.relu(mt.variable("t")).represent().to_piecewise()
        Piecewise((0, t < 0), (t, t > 0), (t*z, Eq(t, 0)))
        """
        from piecewise_mt.calculus.representation.numeric import to_piecewise

        return to_piecewise(self)

    def lambdify(self, *, gradient: bool = False, parameters: Any = None) -> Callable[..., Any]:
        """A fast function of floats: the value, or the associated gradient, at a point.

        Parameters
        ----------
        gradient : bool
            Return the b×a gradient, as nested lists, rather than the value.
        parameters : mapping, optional
            Numbers for the free tie parameters, by name or symbol.

        Returns
        -------
        callable
            Of a floats. Which piece a point lies in is decided exactly, floats being the dyadic
            rationals that they are; only the formula is evaluated in floating point. Of arrays,
            which are broadcast together, it returns an array of float64, by :meth:`values` or
            :meth:`gradients`; the value then needs no parameters.

        See Also
        --------
        Representation.values : Many points at once.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> g = mt.max(*mt.variables("y1 y2"), ties="average").represent().lambdify(gradient=True)
        >>> g(0.1, 0.1), g(0.1, 0.2)
        ([[0.5, 0.5]], [[0.0, 1.0]])
        """
        from piecewise_mt.calculus.representation.numeric import numeric_function

        return numeric_function(self, gradient, parameters)

    def certificate(self, path: str | Path | None = None) -> str:
        r"""A proof of the whole table that another program checks, as JSON; written to `path`.

        It holds the function as data, the domain, the pieces with formulas and gradients, and a
        tree of splits of the domain along the nodes of the function. Farkas multipliers, or proofs
        by cases where there are polynomials, show which regions are empty, that each of the others
        lies in its piece, and that each piece lies in its regions. So :math:`P^\alpha` are
        disjoint and cover the domain, :math:`f^\alpha = f` on :math:`P^\alpha`, the gradients are
        the products (14) and satisfy (15).
        ``python -m piecewise_mt_check FILE`` and ``piecewise-mt verify FILE`` check it.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it.

        Returns
        -------
        str
            The text. A table that was stated has no products (14) to prove.

        Raises
        ------
        PiecewiseError
            If the table is not one of a function, or if its pieces do not partition the domain.
        Unsupported
            If a formula is no polynomial, a number irrational, or if only a solver says that a
            region is empty.
        Undecided
            If it takes too long to find a proof about polynomials.

        See Also
        --------
        mt.check : The same questions, answered by this package itself.
        Representation.to_json : The table without a proof.

        References
        ----------
        - J. Farkas, *Theorie der einfachen Ungleichungen*, Journal für die reine und angewandte
          Mathematik 124, 1902.

        Examples
        --------
        The tie of two operands is a piece, with the free parameter z:

        >>> import piecewise_mt as mt
        >>> from piecewise_mt_check import check_text
        >>> text = mt.max(*mt.variables("y1 y2")).represent().certificate()
        >>> check_text(text).answer, check_text(text.replace('"z"', '"y1"')).answer
        ('valid', 'invalid')
        """
        from piecewise_mt.interop.certificates.table import certificate

        return certificate(self, path)

    def to_json(self, path: str | Path | None = None) -> str:
        """The representation as JSON text, written to `path` if one is given.

        Numbers are strings such as ``"-1/2"``, so nothing is rounded;
        :meth:`Representation.from_json` reads it again.

        See Also
        --------
        Representation.from_json : Reads it.

        Examples
        --------
        >>> import json
        >>> import piecewise_mt as mt
        >>> text = mt.max(*mt.variables("y1 y2")).represent().to_json()
        >>> json.loads(text)["pieces"][2]["gradient"]
        [['z', '1 - z']]
        """
        from pathlib import Path

        from piecewise_mt.interop.json import json_text

        with collector_frozen(kept=True):
            text = json_text(self)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text

    def __repr__(self) -> str:
        return str(self.table(limit=50))
