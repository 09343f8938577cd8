"""How results show themselves: one-line forwards to the display layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from piecewise_mt.typeset.tables import Table


class Tabled(ABC):
    """What has a table, and shows it in a notebook."""

    __slots__ = ()

    @abstractmethod
    def table(self) -> Table:
        """The result as a table."""

    def _repr_html_(self) -> str:
        return self.table().to_html()

    def _repr_latex_(self) -> str:
        return self.table()._repr_latex_()


class ShownAnalysis(Tabled):
    """The methods of a local analysis that write or draw it."""

    def table(self) -> Table:
        """Point, active nodes, limits of gradients, the subdifferentials, gradient and rung.

        Long lists are cut, and more than 200 limits of gradients are not enumerated for it.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x = mt.variable("x")
        >>> print(abs(x).at((0,)).table().to_text())
        abs(x) near a point
        <BLANKLINE>
        quantity                  value
        ────────────────────────  ───────────────
        point                     x = 0
        active nodes              abs(x) at = 0
        limits of gradients       -1, 1
        Clarke's vertices         -1, 1
        Fréchet subdifferential   -1 <= g1 <= 1
        limiting subdifferential  {-1 <= g1 <= 1}
        Clarke's least norm       0
        regular                   yes
        associated gradient       z
        its rung                  associated
        in Clarke's set iff       -1 <= z <= 1
        """
        from piecewise_mt.display.door import local_table

        return local_table(self)

    def plot(self, ax: Any = None, parameters: Mapping[Any, Any] | None = None) -> Any:
        """Clarke's subdifferential of a scalar function of one or two variables, with matplotlib.

        The associated gradient is a filled diamond inside it, an open red one outside; while it
        has free tie parameters it is named in the legend only.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; by default a new figure.
        parameters : mapping, optional
            Values for free tie parameters.

        Returns
        -------
        Axes

        Raises
        ------
        PiecewiseError
            If the function is not scalar, or has more than two variables.

        Examples
        --------
        The gradient of backpropagation at a tie where Clarke's set is {0}, as in Table 2:

        >>> import piecewise_mt as mt
        >>> t = mt.variable("t")
        >>> f = mt.max(t, 4 * t, ties="first") - mt.max(4 * t, t, ties="first")
        >>> axes = f.at((0,)).plot()
        >>> axes.get_legend().get_texts()[-1].get_text()
        'associated gradient $-3$, outside the hull'
        """
        from piecewise_mt.display.door import draw_clarke

        return draw_clarke(self, ax, parameters)


class ShownArtifacts(Tabled):
    """The table of artifacts."""

    __slots__ = ()

    def table(self) -> Table:
        """The strata with what is returned there."""
        from piecewise_mt.display.door import artifacts_table

        return artifacts_table(self)


class ShownCritical(Tabled):
    """The table of critical points."""

    __slots__ = ()

    def table(self) -> Table:
        """The strata with their kinds and values, spurious ones after them."""
        from piecewise_mt.display.door import critical_table

        return critical_table(self)


class ShownLipschitz(Tabled):
    """The table of a Lipschitz constant."""

    def table(self) -> Table:
        """The constant, where it is attained and by which gradient, and the layers' bound."""
        from piecewise_mt.display.door import lipschitz_table

        return lipschitz_table(self)


class Shown:
    """The methods of a representation that write or draw it."""

    def table(self, limit: int | None = None) -> Table:
        """The table of pieces, formulas and associated gradients.

        See Also
        --------
        Representation.to_latex : For a paper.
        Representation.to_html : A page.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> x, y = mt.variables("x y")
        >>> print(mt.max(x, y).represent().table().to_text())
        max(x, y) on R^2, (x, y): 3 pieces
        <BLANKLINE>
        α  Pᵅ     dim  fᵅ               ∇fᵅ
        ─  ─────  ───  ───────────────  ──────────
        1  x > y    2  x                (1, 0)
        2  x < y    2  y                (0, 1)
        3  x = y    1  z*x + (1 - z)*y  (z, 1 - z)
        """
        from piecewise_mt.display.door import pieces_table

        return pieces_table(self, limit)

    def to_latex(
        self,
        style: str = "table",
        *,
        standalone: bool = False,
        columns: Sequence[str] | None = None,
        symbols: Mapping[str, str] | None = None,
        piece_names: Any = None,
        width: float | None = None,
    ) -> str:
        r"""The representation in LaTeX.

        Parameters
        ----------
        style : {"table", "cases", "indicator"}
            A booktabs table, a longtable if it is long; f and its gradient by cases; or the sums
            of (6) and (7) with the sets written out.
        standalone : bool
            Whether to write a complete document.
        columns : sequence of str, optional
            Of a table: "alpha", "piece", "dimension", "formula", "gradient".
        symbols : mapping, optional
            LaTeX for "piece" (``P``), "function" (``f``), "index" (``\alpha``), "gradient"
            (``\widetilde\nabla``) and "parameter" (``z``). Letters that a variable has are
            avoided unless they are given.
        piece_names : sequence or mapping of int to str, optional
            LaTeX for single pieces, in order or by number.
        width : float, optional
            Points to keep to: by default 345, the text width of ``article``, or what the
            standalone document has.

        Notes
        -----
        Needs ``\usepackage{amsmath, amssymb, booktabs, longtable}``. Free parameters that occur
        are numbered from 1 without gaps, a lone one is z; the objects keep the numbers that they
        have in the whole function.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> rep = mt.max(*mt.variables("y1 y2")).represent()
        >>> print(rep.to_latex("cases", symbols={"gradient": r"\tilde\nabla"}))
        \[
        f(y_{1}, y_{2}) =
        \begin{cases}
        y_{1} & \text{if } y_{1} > y_{2}, \\
        y_{2} & \text{if } y_{1} < y_{2}, \\
        z y_{1} + (1 - z) y_{2} & \text{if } y_{1} = y_{2}.
        \end{cases}
        \]
        \[
        \tilde\nabla f(y_{1}, y_{2}) =
        \begin{cases}
        (1,\, 0) & \text{if } y_{1} > y_{2}, \\
        (0,\, 1) & \text{if } y_{1} < y_{2}, \\
        (z,\, 1 - z) & \text{if } y_{1} = y_{2}.
        \end{cases}
        \]
        """
        from piecewise_mt.display.door import representation_latex

        return representation_latex(
            self,
            style,
            standalone=standalone,
            columns=columns,
            symbols=symbols,
            piece_names=piece_names,
            width=width,
        )

    def plot(
        self,
        kind: str | None = None,
        *,
        ax: Any = None,
        window: Any = None,
        at: Mapping[Any, Any] | None = None,
        parameters: Mapping[Any, Any] | None = None,
        arrows: bool = False,
        names: bool = False,
        output: int = 0,
    ) -> Any:
        r"""Draw the representation with matplotlib (``pip install piecewise_mt[plot]``).

        Parameters
        ----------
        kind : str, optional
            With one variable "graph" (f above its gradient, the default), "value" or "gradient";
            with two "partition" (the default), "surface", "field" (the gradient on every stratum)
            or "directions" (tangent and normal to every tie, as in Remark 1, with (15)); with any
            number "hasse", "adjacency" (of the strata) and "dag" (of the expression).
        ax : Axes, optional
            Where to draw, two of them for "graph"; by default a new figure.
        window : optional
            ``[(low, high), …]`` or a mapping by variable; by default the vertices with a margin.
        at : mapping, optional
            Exact values of variables that are held fixed, so that one or two are left.
        parameters : mapping, optional
            Values for free tie parameters in the graph of the gradient and in a field.
        arrows, names : bool
            In a partition, the gradients as arrows, and the pieces' names.
        output : int
            Which output of a vector-valued function a surface, field or directions show.

        Returns
        -------
        Axes, or two of them for "graph"

        See Also
        --------
        Representation.to_svg : A picture without matplotlib.

        Notes
        -----
        At a tie a filled dot is the value of :math:`\widetilde\nabla f` there, an open one is a
        limit that is not taken. A field shows on an edge with free parameters the part along it,
        which (15) fixes (Remark 1). All that is drawn is exact and rounded at the end.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> t = mt.variable("t")
        >>> upper, lower = mt.relu(t, at_zero=0).represent().plot()
        >>> lower.get_xlabel(), lower.get_ylabel()
        ('$t$', '$\\widetilde\\nabla f(t)$')
        """
        from piecewise_mt.display.door import plot

        return plot(
            self,
            kind,
            ax=ax,
            window=window,
            at=at,
            parameters=parameters,
            arrows=arrows,
            names=names,
            output=output,
        )

    def to_svg(
        self,
        path: str | Path | None = None,
        *,
        window: Any = None,
        at: Mapping[Any, Any] | None = None,
        parameters: Mapping[Any, Any] | None = None,
    ) -> str:
        r"""The representation as an SVG picture, written to `path` if one is given.

        No drawing library is needed. With one free variable it is the graph of f above that of
        :math:`\widetilde\nabla f`; with two it is the partition, coloured by gradient; with three
        the pieces within a box, moved apart.

        Parameters
        ----------
        path : str or Path, optional
            The file to write; the text is returned in any case.
        window, at, parameters
            As for :meth:`plot`.

        Raises
        ------
        PiecewiseError
            If there are more than three free variables, or curved pieces.

        See Also
        --------
        Representation.plot : More kinds, with matplotlib.
        Representation.to_html : A page in which the picture answers to the mouse.

        Notes
        -----
        At a tie a filled dot is the value of :math:`\widetilde\nabla f` there, an open one is a
        limit that is not taken. Coordinates are exact and rounded when they are written.

        Examples
        --------
        The gradient of a ReLU with R'(0) = 0 has the value 0 at the tie and tends to 1:

        >>> import piecewise_mt as mt
        >>> t = mt.variable("t")
        >>> picture = mt.relu(t, at_zero=0).represent().to_svg()
        >>> picture.count('class="dot closed"'), picture.count('class="dot open"')
        (1, 1)
        """
        from piecewise_mt.display.door import picture

        return picture(self, path, window=window, at=at, parameters=parameters)

    def to_html(
        self,
        path: str | Path | None = None,
        *,
        window: Any = None,
        at: Mapping[Any, Any] | None = None,
    ) -> str:
        """One self-contained page, written to `path` if one is given.

        With one free variable the graphs of f and of its gradient are drawn, with two the
        partition, and with three the pieces as bodies that can be turned and moved apart. Moving
        over a piece, a tie or a tie point shows its condition, formula, gradient and what (15)
        says of it; the table of pieces is below. The page needs neither a network nor a server.

        Parameters
        ----------
        path : str or Path, optional
            The file to write; the text is returned in any case.
        window, at
            As for :meth:`plot`.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> page = mt.max(*mt.variables("y1 y2")).represent().to_html()
        >>> page.count("<polygon"), 'data-gradient="(z, 1 - z)"' in page
        (2, True)
        """
        from piecewise_mt.display.door import page

        return page(self, path, window=window, at=at)

    def _repr_html_(self) -> str:
        return self.table(limit=100).to_html()

    def _repr_latex_(self) -> str:
        return self.table(limit=30)._repr_latex_()
