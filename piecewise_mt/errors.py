"""The exceptions of the package: one family, every message one sentence.

A message says what was expected, what was given, and what to do about it.
"""

from __future__ import annotations

import os
import traceback


class PiecewiseError(Exception):
    """Base class of every error that the package raises on purpose.

    An error that concerns a place in a text carries the text in ``source`` and the offset of
    the place in ``position``; :meth:`caret` shows both.
    """

    source: str = ""
    position: int = 0

    def caret(self, width: int = 78) -> str:
        """Two lines: the text around the offending place, and a caret under it."""
        start = max(0, self.position - width // 2)
        shown = self.source[start : start + width]
        # one character for one, so that the caret stays below its place; none drives a terminal
        line = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in shown)
        return f"{line}\n{' ' * (self.position - start)}^"

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the caller's line and the message, not the frames in here.

        The exception keeps its full traceback, for ``traceback.print_exception(error)``.
        """
        package = os.path.dirname(os.path.abspath(__file__))
        frames = traceback.extract_tb(self.__traceback__)
        own = [frame for frame in frames if not frame.filename.startswith(package)]
        lines = []
        for frame in own[-1:]:
            lines.append(f"line {frame.lineno} of {frame.filename}, in {frame.name}")
            lines += [f"    {line}" for line in (frame.line or "").splitlines()[:3]]
        lines.append(f"{type(self).__name__}: {self}")
        if self.source:
            lines += self.caret().split("\n")
        return lines


class InexactNumber(PiecewiseError):
    """A float, nan or inf where an exact number is needed."""


class ShapeError(PiecewiseError):
    """Shapes that do not fit together, or an index outside a shape."""


class UnknownVariable(PiecewiseError):
    """A variable that the function does not have, or one that is missing."""


class InvalidTieRule(PiecewiseError):
    """A tie rule that is not one of those that the node knows."""


class NotPolyhedral(PiecewiseError):
    """An expression whose pieces are not polyhedra, or are not known to be."""


class Unsupported(PiecewiseError):
    """Something that is meaningful but not supported (yet)."""


class NotContinuous(PiecewiseError):
    """A ``where`` whose two sides differ at a tie that both of them reach.

    The point (a tuple of Rationals) is kept in :attr:`point`.
    """

    def __init__(self, message: str, point: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.point = point


class Undecided(PiecewiseError):
    """A question about smooth formulas that SymPy could not decide."""


class OutsideDomain(PiecewiseError):
    """A point outside the domain, or a domain without a point."""


class TooManyPieces(PiecewiseError):
    """More faces or pieces than the caller allowed."""


class ParseError(PiecewiseError):
    """Text that is not in the grammar."""

    def __init__(self, message: str, source: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.source = source
        self.position = position


class RoundedWeights(UserWarning):
    """An imported network's weights were rounded, as asked for."""
