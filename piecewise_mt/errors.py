"""The exceptions of the package: one family, every message one sentence.

A message says what was expected, what was given, and what to do about it.
"""

from __future__ import annotations

import os
import traceback
from concurrent.futures import BrokenExecutor

MAX_MESSAGE = 500
"""The most characters of a message, whatever the input holds that it quotes."""
_END = 140
"""So many of them are kept for the end, where the remedy is."""


def cleaned(text: str) -> str:
    r"""`text` with every character that is not printed, or that moves others, as an escape.

    So nothing that a file or a text holds ends a line, drives a terminal or turns the writing
    direction.

    Examples
    --------
    >>> print(cleaned("a\nb \x1b[31mc\u202e"))
    a\nb \x1b[31mc\u202e
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shown(text: object, limit: int = 60) -> str:
    r"""A name or a text of the input for a message: :func:`cleaned`, at most `limit` characters.

    Examples
    --------
    >>> shown("conv\n" * 1000, 12)
    'conv\\nconv\\…'
    """
    whole = str(text)
    own = cleaned(whole[: limit + 1])
    return own if len(own) <= limit else own[: limit - 1] + "…"


def _message(text: str) -> str:
    """A message of at most :data:`MAX_MESSAGE` printable characters; its middle is left out."""
    if len(text) > 2 * MAX_MESSAGE:
        text = text[:MAX_MESSAGE] + text[-MAX_MESSAGE:]
    own = cleaned(text)
    if len(own) <= MAX_MESSAGE:
        return own
    return f"{own[: MAX_MESSAGE - _END - 3]} … {own[-_END:]}"


class PiecewiseError(Exception):
    """Base class of every error that the package raises on purpose.

    Every kind is also the fitting built-in error: ``ParseError`` a ``ValueError``,
    ``UnknownVariable`` a ``LookupError``, ``Unsupported`` a ``NotImplementedError``, and so on.

    A message is one line of at most 500 printable characters, whatever the input holds that it
    quotes: control characters and marks of the writing direction are escapes, and the middle of
    what is longer is left out.

    An error that concerns a place in a text carries the text in ``source`` and the offset of
    the place in ``position``; :meth:`caret` shows both.

    See Also
    --------
    mt.ParseError : The one that has a place in a text.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> try:
    ...     mt.parse("max(y1, y2")
    ... except mt.PiecewiseError as error:
    ...     print(error.caret())
    max(y1, y2
              ^
    """

    source: str = ""
    position: int = 0

    def __init__(self, message: object = "", *details: object) -> None:
        super().__init__(_message(str(message)), *details)

    def __str__(self) -> str:
        # the message, whatever the built-in kind makes of its arguments
        return str(self.args[0]) if self.args else ""

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


class InexactNumber(PiecewiseError, TypeError):
    """A float, nan or inf where an exact number is needed.

    See Also
    --------
    mt.exact : A float as the rational that it is.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> try:
    ...     f = 0.5 * mt.relu(x)
    ... except mt.InexactNumber:
    ...     f = mt.exact(0.5) * mt.relu(x)
    >>> f
    relu(x)/2
    """


class ShapeError(PiecewiseError, ValueError):
    """Shapes that do not fit together, or an index outside a shape.

    See Also
    --------
    Expression.reshape : Changes a shape.
    """


class UnknownVariable(PiecewiseError, LookupError):
    """A variable that the function does not have, or one that is missing.

    See Also
    --------
    Expression.on : Fixes the variables and their order.
    """


class InvalidTieRule(PiecewiseError, ValueError):
    """A tie rule that is not one of those that the node knows.

    See Also
    --------
    mt.max : The rules of several operands.
    mt.relu : The rules of one.
    """


class NotPolyhedral(PiecewiseError, ValueError):
    """An expression whose pieces are not polyhedra, or are not known to be.

    See Also
    --------
    mt.smooth : Formulas that are not affine on their pieces.
    """


class Unsupported(PiecewiseError, NotImplementedError):
    """Something that is meaningful but not supported (yet).

    See Also
    --------
    mt.from_torch, mt.from_onnx, mt.from_sympy : Raise it for what they do not read.
    """


class NotContinuous(PiecewiseError, ValueError):
    """A ``where`` whose two sides differ at a tie that both of them reach.

    The point (a tuple of Rationals) is kept in :attr:`point`.

    See Also
    --------
    mt.where : Whose branches must agree at ties.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> try:
    ...     mt.where(x > 0, x, x - 1).represent()
    ... except mt.NotContinuous as error:
    ...     print(error.point)
    (0,)
    """

    def __init__(self, message: str, point: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.point = point


class NotInvertible(PiecewiseError, ValueError):
    """A function without inverse, with two points that have the same value.

    The two points are kept in :attr:`points`, their value in :attr:`value`, and in :attr:`missing`
    a value that no point has, or None; all are tuples of Rationals.

    See Also
    --------
    mt.inverse : Raises it.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> try:
    ...     mt.inverse(mt.relu(x))
    ... except mt.NotInvertible as error:
    ...     print(error.points, error.value, error.missing)
    ((-1,), (-1/2,)) (0,) (-1,)
    """

    def __init__(
        self,
        message: str,
        points: tuple[tuple[object, ...], ...] = (),
        value: tuple[object, ...] = (),
        missing: tuple[object, ...] | None = None,
    ) -> None:
        super().__init__(message)
        self.points = points
        self.value = value
        self.missing = missing


class Undecided(PiecewiseError, RuntimeError):
    """A question about smooth formulas that SymPy could not decide.

    See Also
    --------
    mt.smooth : Where such questions come from.
    """


class OutsideDomain(PiecewiseError, ValueError):
    """A point outside the domain, or a domain without a point.

    See Also
    --------
    Representation.piece_at : Raises it for a point outside the domain.
    """


class TooManyPieces(PiecewiseError, RuntimeError):
    """More faces or pieces than the caller allowed.

    See Also
    --------
    Expression.represent, Expression.at : Have a bound ``max_pieces``.
    """


class OutOfBudget(PiecewiseError, RuntimeError):
    """More seconds or bytes than :func:`mt.limits` allows, or than its defaults do.

    See Also
    --------
    mt.limits : Sets them.
    mt.TooManyPieces : The same for faces and pieces.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.relu(mt.variable("x"))
    >>> try:
    ...     with mt.limits(seconds=0):
    ...         f.represent()
    ... except mt.OutOfBudget as error:
    ...     print(error)
    expected an answer within 0 seconds, got none by then; raise seconds in mt.limits, or ask less
    """


class BrokenPool(PiecewiseError, BrokenExecutor):
    """An executor whose workers died, or that takes no tasks any more.

    What the executor itself said is the ``__cause__``.

    See Also
    --------
    mt.f_vector : Takes an executor, as ``f.strata``, ``f.represent`` and ``mt.lipschitz`` do.
    mt.write_shards : Keeps what is done, so that a new executor goes on.
    """


class ParseError(PiecewiseError, ValueError):
    """Text that is not in the grammar.

    See Also
    --------
    mt.parse : Raises it.
    """

    def __init__(self, message: str, source: str = "", position: int = 0) -> None:
        super().__init__(message)
        self.source = source
        self.position = position


class RoundedWeights(UserWarning):
    """An imported network's weights were rounded, as asked for.

    See Also
    --------
    mt.from_torch, mt.from_onnx : Warn with it if ``limit_denominator`` is given.
    """
