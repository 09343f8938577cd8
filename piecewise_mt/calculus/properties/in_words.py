"""Answers with long proofs, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any


class InWords:
    """What is shown in one line, without its proof."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    def _repr_html_(self) -> str:
        answer, colon, reason = str(self).partition(":")
        if not colon:
            return escape(answer)
        return f"<b>{escape(answer)}</b>:{escape(reason)}"


def point_text(point: Sequence[Any]) -> str:
    """A point, on a line without brackets.

    >>> from fractions import Fraction
    >>> point_text([Fraction(1, 2)]), point_text([1, Fraction(-1, 2)])
    ('1/2', '(1, -1/2)')
    """
    parts = [str(value) for value in point]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def infimum_text(value: Any, place: str, is_attained: bool | None) -> str:
    """An infimum and where it is attained or approached, as far as is known.

    >>> infimum_text(0, "(1, 1)", True), infimum_text(0, "x = (1/t, t)", False)
    ('0, attained at (1, 1)', '0, not attained, approached at x = (1/t, t)')
    """
    if is_attained:
        return f"{value}, attained at {place}"
    return f"{value}{', not attained' if is_attained is False else ''}, approached at {place}"
