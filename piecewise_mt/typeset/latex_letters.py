r"""Letters beyond ASCII for a LaTeX that knows only ``amsmath`` and ``amssymb``."""

from __future__ import annotations

import unicodedata

_ACCENTS = {
    "\u0300": ("grave", "`"), "\u0301": ("acute", "'"), "\u0302": ("hat", "^"),
    "\u0303": ("tilde", "~"), "\u0304": ("bar", "="), "\u0306": ("breve", "u"),
    "\u0307": ("dot", "."), "\u0308": ("ddot", '"'), "\u030a": ("mathring", "r"),
    "\u030c": ("check", "v"),
}  # fmt: skip
_SMALL = frozenset(
    """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi chi psi omega""".split()
)
_CAPITALS = frozenset("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split())
_SIGNS = {
    "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "×": r"\times", "−": "-", "∈": r"\in", "∩": r"\cap",
    "∞": r"\infty", "≈": r"\approx", "→": r"\to", "√": r"\surd",
}  # fmt: skip


def math_letter(letter: str) -> str:
    r"""One character in math mode; one that LaTeX has no name for by its code point.

    >>> [math_letter(c) for c in "aαΩñж"]
    ['a', '\\alpha', '\\Omega', '\\tilde{n}', '\\mathrm{[U0436]}']
    """
    if letter.isascii():
        return letter
    if letter in _SIGNS:
        return _SIGNS[letter]
    greek = _greek(letter)
    if greek:
        return greek
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if base.isascii() and len(marks) == 1 and marks[0] in _ACCENTS:
        return f"\\{_ACCENTS[marks[0]][0]}{{{base}}}"
    # in brackets, which no name has: the name U0436 is not this letter
    return f"\\mathrm{{[U{ord(letter):04X}]}}"


def text_letter(letter: str) -> str:
    r"""One character in text mode, see :func:`math_letter`.

    >>> [text_letter(c) for c in "aβé≤ж"]
    ['a', '$\\beta$', "\\'{e}", '$\\leq$', '[U0436]']
    """
    if letter.isascii():
        return letter
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if base.isascii() and len(marks) == 1 and marks[0] in _ACCENTS:
        return f"\\{_ACCENTS[marks[0]][1]}{{{base}}}"
    found = math_letter(letter)
    return f"[U{ord(letter):04X}]" if found.startswith(r"\mathrm{[U") else f"${found}$"


def _greek(letter: str) -> str:
    """The command of a Greek letter, if LaTeX has one: it has none for those like Latin ones."""
    words = unicodedata.name(letter, "").split()
    if words[:1] != ["GREEK"] or len(words) != 4 or words[2] != "LETTER":
        return ""
    name = "lambda" if words[3] == "LAMDA" else words[3].lower()
    if words[1] == "SMALL":
        return f"\\{name}" if name in _SMALL else ""
    name = name.capitalize()
    return f"\\{name}" if name in _CAPITALS else ""
