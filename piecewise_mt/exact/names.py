"""What a name may be: of a variable, of a tie parameter, of anything that is printed."""

from __future__ import annotations

import keyword
import unicodedata

from piecewise_mt.errors import PiecewiseError

MAX_LENGTH = 1000
CONSTANTS = frozenset({"pi", "E", "I", "nan", "NaN", "inf", "infinity", "oo", "zoo"})
"""Names that are read as numbers elsewhere; a variable of this name would be a silent mistake."""
TIE_WORDS = frozenset({"free", "first", "last", "average"})
"""Words for rules, which no tie parameter may be named: at_zero=free is a rule, not a symbol."""


def checked_name(name: str) -> str:
    r"""The name as Python reads identifiers, refused if it is none.

    So nothing that a name holds is a command of LaTeX, a tag, or the end of a line.

    Raises
    ------
    PiecewiseError
        If it is no identifier.

    Examples
    --------
    >>> checked_name("x_1"), checked_name("α")
    ('x_1', 'α')
    >>> checked_name("a b")
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a name that is a Python identifier, got 'a b'; ...
    """
    name = unicodedata.normalize("NFKC", name)
    if not name.isidentifier() or keyword.iskeyword(name) or len(name) > MAX_LENGTH:
        raise PiecewiseError(
            f"expected a name that is a Python identifier, got {name[:60]!r}; "
            "use letters, digits and underscores, with no digit in front and no keyword"
        )
    return name


def checked_parameter(name: str) -> str:
    """The name of a tie parameter: a name that is not a word for a rule.

    Raises
    ------
    PiecewiseError
        If it is such a word, or no name at all.

    Examples
    --------
    >>> checked_parameter("beta")
    'beta'
    >>> checked_parameter("free")
    Traceback (most recent call last):
    ...
    piecewise_mt.errors.PiecewiseError: expected a name for a tie parameter, got 'free', which ...
    """
    name = checked_name(name)
    if name in TIE_WORDS:
        raise PiecewiseError(
            f"expected a name for a tie parameter, got {name!r}, which is a word for a rule; "
            "choose another name"
        )
    return name
