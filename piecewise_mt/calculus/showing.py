"""How a representation shows itself: one-line forwards to the display layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from piecewise_mt.display.tables import Table


class Shown:
    """The methods of a representation that write or draw it."""

    def table(self, limit: int | None = None) -> Table:
        """The table of pieces, formulas and associated gradients."""
        from piecewise_mt.display.pieces import pieces_table

        return pieces_table(self, limit)  # type: ignore[arg-type]

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
            LaTeX for "piece" (``P``), "function" (``f``), "gradient" (``\widetilde\nabla``) and
            "parameter" (``z``).
        piece_names : sequence or mapping of int to str, optional
            LaTeX for single pieces, in order or by number.
        width : float, optional
            Points to keep to: by default 345, the text width of ``article``, or what the
            standalone document has.

        Notes
        -----
        Needs ``\usepackage{amsmath, amssymb, booktabs, longtable}``.

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
        from piecewise_mt.display.latex_styles import representation_latex

        return representation_latex(
            self,
            style,
            standalone=standalone,
            columns=columns,
            symbols=symbols,
            piece_names=piece_names,
            width=width,
        )

    def _repr_html_(self) -> str:
        return self.table(limit=100).to_html()
