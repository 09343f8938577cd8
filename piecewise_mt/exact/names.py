"""What a name may be: of a variable, of a tie parameter, of anything that is printed."""

from __future__ import annotations

import keyword
import unicodedata

from piecewise_mt.errors import PiecewiseError

MAX_LENGTH = 1000


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
