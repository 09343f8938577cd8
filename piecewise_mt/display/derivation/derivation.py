r"""A whole derivation in LaTeX: functions, their pieces, the sets (9), (14), (15), the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from piecewise_mt.calculus.representation.derived import DerivedRepresentation
from piecewise_mt.calculus.representation.deriving import represent
from piecewise_mt.exact.numbers import checked_index

# what writes is imported when it is asked to write, so that importing the package stays light
if TYPE_CHECKING:
    from piecewise_mt.functions.expression import Expression

SHOWN = 20
"""How many pieces are written out in the middle of a derivation, unless told."""
HTML_WIDTH = 640
"""Points that formulas keep to on a page."""


def derivation(f: Expression, domain: Any = None) -> Derivation:
    r"""The derivation of a function's pieces and associated gradients, as it is written on paper.

    Parameters
    ----------
    f : Expression
    domain : optional
        As for :meth:`Expression.represent`.

    Returns
    -------
    Derivation
        With ``to_latex(standalone=…)`` and ``to_text()``.

    See Also
    --------
    Expression.represent : The result alone.
    DerivedRepresentation.chain_rule : The factors on one piece.
    DerivedRepresentation.tangential_conditions : The conditions (15).

    Notes
    -----
    The steps: the function (1); the pieces of its nonsmooth nodes; the sets
    :math:`U^\alpha` (9); the products (14); the conditions (15); the table (6), (7).

    References
    ----------
    - F. Murat, C. Trombetti, *A chain rule formula for the composition of a vector-valued function
      by a piecewise smooth function*, Bollettino dell'Unione Matematica Italiana 6, 2003.
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    The tie of max(x, x) is the whole line, and z cancels in the product:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> text = mt.derivation(mt.max(x, x)).to_latex()
    >>> r"\underbrace{\begin{pmatrix} z & 1 - z \end{pmatrix}}_{\widetilde B_{1}}" in text
    True
    """
    return Derivation(represent(f, domain))


class Derivation:
    """A representation with the way to it; see :func:`mt.derivation`."""

    def __init__(self, rep: DerivedRepresentation) -> None:
        self.representation = rep

    def to_latex(
        self,
        *,
        standalone: bool = False,
        pieces: int = SHOWN,
        symbols: Mapping[str, str] | None = None,
        piece_names: Any = None,
        width: float | None = None,
    ) -> str:
        r"""The derivation in LaTeX.

        Parameters
        ----------
        standalone : bool
            Whether to write a complete document.
        pieces : int
            For how many pieces the sets (9) and products (14) are written out; a sentence
            counts the rest. The last table has all.
        symbols, piece_names, width
            As for :meth:`Representation.to_latex`.
        """
        from piecewise_mt.display.derivation.steps import Steps
        from piecewise_mt.display.derivation.titles import function_latex
        from piecewise_mt.display.latex_styles import own_names, read_notation
        from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, TEXT_WIDTH, document

        shown = checked_index(pieces)
        room = width if width is not None else PAGE_WIDTH if standalone else TEXT_WIDTH
        rep = self.representation
        notation = read_notation(symbols, piece_names, own_names(rep))
        text = Steps(rep, notation, room, shown).text()
        if not standalone:
            return text
        function = function_latex(rep, notation)
        return document(text, f"The gradient of {function}" if function else "Derivation")

    def to_text(self, pieces: int = SHOWN) -> str:
        """The same steps as text: active branches, products and conditions, then the table."""
        from piecewise_mt.display.derivation.factors import condition_15_text, part_text

        rep = self.representation
        parts = [rep.chain_rule(p.alpha).to_text() for p in rep[: checked_index(pieces)]]
        conditions = rep.tangential_conditions()
        parts += [condition_15_text(c) for c in conditions]
        parts += [
            f"on {part_text(*own)} the tangent space is {{0}}: nothing is required"
            for own in conditions.empty_parts
        ]
        parts += [f"not decided: {reason}" for reason in conditions.undecided]
        return "\n\n".join([*parts, rep.table().to_text()])

    def __repr__(self) -> str:
        from piecewise_mt.display.pieces import summary

        return f"<derivation: {summary(self.representation)}>"

    def __str__(self) -> str:
        return self.to_text()

    def to_html(self, pieces: int = SHOWN) -> str:
        """The derivation for a page or a notebook, its formulas in MathML; nothing is loaded.

        Examples
        --------
        >>> import piecewise_mt as mt
        >>> page = mt.derivation(mt.max(*mt.variables("y1 y2"))).to_html()
        >>> page.count("<table "), "<b>The product (14).</b>" in page
        (2, True)
        """
        from piecewise_mt.display.derivation.blocks import html_of
        from piecewise_mt.display.derivation.steps import Steps
        from piecewise_mt.display.latex_styles import own_names, read_notation

        rep = self.representation
        notation = read_notation(None, None, own_names(rep))
        return html_of(Steps(rep, notation, HTML_WIDTH, checked_index(pieces)).blocks())

    def _repr_html_(self) -> str:
        return self.to_html()
