"""Affine forms, gradients and names as text and as LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.exact.polynomials import Coefficient, Generator, Monomial, Polynomial
from piecewise_mt.typeset.latex_layout import matrix
from piecewise_mt.typeset.latex_letters import math_letter

Form = tuple[Fraction | int, ...]
"""An affine form (c0, c1, …, ca) with rational coefficients."""
GREEK = frozenset(
    """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi
    pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta
    Lambda Xi Pi Sigma Upsilon Phi Psi Omega""".split()
)
_NAME = re.compile(r"(.*?)([0-9]*)\Z", re.DOTALL)
_ENDLESS = re.compile(r"(\\[A-Za-z]+)\0(?=[A-Za-z])")
_SPECIAL = str.maketrans(
    {c: "\\" + c for c in "_#$%&{}"} | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "}
)


def latex_name(name: str) -> str:
    r"""A variable's name in LaTeX: digits and what follows an underscore become indices.

    No two names are written alike. Where two spellings would be, the rarer one shows what it
    has: ``x_1`` beside ``x1`` its underscore, ``α`` beside ``alpha`` a ring, and a name with an
    underscore in front, at the end or doubled is written out.

    Examples
    --------
    >>> [latex_name(name) for name in ("x12", "z", "alpha", "x_1_2", "speed3", "w_in")]
    ['x_{12}', 'z', '\\alpha', 'x_{1,2}', '\\mathrm{speed}_{3}', 'w_{\\mathrm{in}}']
    >>> [latex_name(name) for name in ("x_1", "x1_2", "α", "_x")]
    ['x_{\\_1}', 'x_{1\\_2}', '\\mathring{\\alpha}', '\\mathrm{\\_x}']
    """
    name = unicodedata.normalize("NFC", name)
    head, *tail = name.split("_")
    if not head or not all(tail):
        return f"\\mathrm{{{_letters(name)}}}"
    match = _NAME.match(head)
    base, digits = (match[1], match[2]) if match and match[1] else (head, "")
    indices = [i if i.isascii() and i.isdigit() else _latex_word(i) for i in tail]
    subscript = ",".join(indices)
    if digits:
        subscript = rf"{digits}\_{subscript}" if tail else digits
    elif len(tail) == 1 and tail[0].isascii() and tail[0].isdigit():
        subscript = rf"\_{subscript}"
    return _latex_word(base) + (f"_{{{subscript}}}" if subscript else "")


def _latex_word(word: str) -> str:
    if word in GREEK:
        return f"\\{word}"
    letters = _letters(word)
    if len(word) > 1:
        return f"\\mathrm{{{letters}}}"
    return rf"\mathring{{{letters}}}" if letters[1:] in GREEK else letters


def _letters(word: str) -> str:
    if word.isascii():
        return word.translate(_SPECIAL)
    # a command ends where its letters end: \Delta x, not \Deltax
    parts = "\0".join(c.translate(_SPECIAL) if c.isascii() else math_letter(c) for c in word)
    return _ENDLESS.sub(r"\1 ", parts).replace("\0", "")


def number_latex(value: Fraction | int) -> str:
    r"""A rational in LaTeX.

    >>> number_latex(Fraction(-1, 2)), number_latex(3)
    ('-\\frac{1}{2}', '3')
    """
    if isinstance(value, Algebraic):
        return expression_latex(value.expression)
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _joined(terms: Sequence[tuple[bool, str]]) -> str:
    """Signed terms (is negative, text of the absolute value) as a sum."""
    if not terms:
        return "0"
    negative, first = terms[0]
    parts = [("-" if negative else "") + first]
    parts += [f" {'-' if negative else '+'} {text}" for negative, text in terms[1:]]
    return "".join(parts)


def _term(value: Fraction | int, factor: str, latex: bool) -> tuple[bool, str]:
    """A number times a factor ("" for the number alone): its sign and its absolute value."""
    above, below = value.numerator, value.denominator
    negative = above < 0
    if type(above) is not int:
        shown = to_rational(value)
        if not shown.is_Add:
            # a root that is negative may be written without a sign
            negative = shown.could_extract_minus_sign()
        return negative, _irrational(-value if negative else value, factor, latex)
    if negative:
        above = -above
    if not factor:
        if latex and below != 1:
            return negative, f"\\frac{{{above}}}{{{below}}}"
        return negative, str(above) if below == 1 else f"{above}/{below}"
    if below == 1:
        if above == 1:
            return negative, factor
        return negative, f"{above} {factor}" if latex else f"{above}*{factor}"
    if latex:
        return negative, f"\\frac{{{above}}}{{{below}}} {factor}"
    return negative, f"{factor}/{below}" if above == 1 else f"{above}*{factor}/{below}"


def _irrational(value: Any, factor: str, latex: bool) -> str:
    """An irrational number without a minus sign times a factor, "" for the number alone."""
    if not factor:
        return expression_latex(value.expression) if latex else _alone(str(value), value)
    above, below = value.written
    if latex:
        text = expression_latex(above)
        text = f"\\left({text}\\right)" if above.is_Add else text
        fraction = f"\\frac{{1}}{{{below}}} " if below != 1 else ""
        return f"{fraction}{text} {factor}"
    text = f"({above})" if above.is_Add else str(above)
    return f"{text}*{factor}" if below == 1 else f"{text}*{factor}/{below}"


def _alone(text: str, value: Algebraic) -> str:
    """A number among others of a sum, whose sign is that of all of it."""
    return f"({text})" if value.expression.is_Add else text


def _generator(generator: Generator, power: int, latex: bool) -> str:
    if isinstance(generator, str):
        base = latex_name(generator) if latex else generator
    elif latex:
        base = expression_latex(generator)
        if generator.is_Add or power > 1:
            base = f"\\left({base}\\right)"
    else:
        base = str(generator)
        root = generator.is_Pow and generator.exp == sympy.Rational(1, 2)
        if not (generator.is_Atom or generator.is_Function or root):
            base = f"({base})"
    if power == 1:
        return base
    return f"{base}^{{{power}}}" if latex else f"{base}**{power}"


@lru_cache(maxsize=4096)
def _monomial(monomial: Monomial, latex: bool) -> str:
    counts: dict[Generator, int] = {}
    for generator in monomial:
        counts[generator] = counts.get(generator, 0) + 1
    return (" " if latex else "*").join(_generator(g, n, latex) for g, n in counts.items())


@lru_cache(maxsize=4096)
def _place(monomial: Monomial) -> tuple[int, list[tuple[int, int, str]]]:
    """The key of a monomial: highest degree first, then by name."""
    return -len(monomial), _natural(" ".join(map(str, monomial)))


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [
        (1, int(part), "") if part.isdigit() else (0, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    ]


def _ordered(terms: Mapping[Monomial, Fraction]) -> list[tuple[Monomial, Fraction]]:
    """Highest degree first, the constant last; a positive term is moved to the front."""
    items = sorted(terms.items(), key=lambda item: _place(item[0]))
    if items and items[0][1].numerator < 0:
        for i in range(len(items) - 1, 0, -1):
            if items[i][1].numerator > 0 and (
                not items[i][0] or not any(c.numerator > 0 for _, c in items[:i])
            ):
                items.insert(0, items.pop(i))
                break
    return items


def _polynomial_terms(value: Coefficient, latex: bool) -> list[tuple[bool, str]]:
    if isinstance(value, Polynomial):
        return [
            _term(c, _monomial(monomial, latex) if monomial else "", latex)
            for monomial, c in _ordered(value.terms)
        ]
    return [_term(value, "", latex)] if value else []


def coefficient_text(value: Coefficient) -> str:
    """A coefficient as text that can be parsed again.

    Examples
    --------
    >>> z = Polynomial.generator("z")
    >>> coefficient_text(1 - z), coefficient_text(2 * z - 1), coefficient_text(-z * z / 2)
    ('1 - z', '2*z - 1', '-z**2/2')
    """
    return _joined(_polynomial_terms(value, False)) if isinstance(value, Polynomial) else str(value)


def coefficient_latex(value: Coefficient) -> str:
    r"""A coefficient in LaTeX.

    >>> coefficient_latex(Polynomial.generator("z1") / 2 - 1)
    '\\frac{1}{2} z_{1} - 1'
    """
    return _joined(_polynomial_terms(value, True))


def _affine_terms(
    row: Sequence[Coefficient], names: Sequence[str], latex: bool
) -> list[tuple[bool, str]]:
    terms: list[tuple[bool, str]] = []
    for c, name in zip(row[1:], names, strict=True):
        if not c:
            continue
        factor = latex_name(name) if latex else name
        if not isinstance(c, Polynomial):
            terms.append(_term(c, factor, latex))
            continue
        terms.append(_product(_polynomial_terms(c, latex), factor, latex))
    return terms + _polynomial_terms(row[0], latex)


def _product(own: Sequence[tuple[bool, str]], factor: str, latex: bool) -> tuple[bool, str]:
    """The terms of a polynomial times a factor."""
    negative = all(sign for sign, _ in own)
    inner = _joined([(sign != negative, text) for sign, text in own])
    if len(own) > 1:
        inner = f"({inner})"
    return negative, f"{inner} {factor}" if latex else f"{inner}*{factor}"


def affine_text(row: Sequence[Coefficient], names: Sequence[str]) -> str:
    """The affine form c0 + c1*x1 + … as text that can be parsed again, the constant last.

    Parameters
    ----------
    row : sequence of int, Fraction or Polynomial
        The coefficients (c0, c1, …, ca).
    names : sequence of str
        The a names of the variables.

    Examples
    --------
    >>> affine_text((1, 2, Fraction(-1, 3)), ("x1", "x2"))
    '2*x1 - x2/3 + 1'

    On the tie y1 = y2 of a max, z is free:

    >>> z = Polynomial.generator("z")
    >>> affine_text((0, z, 1 - z), ("y1", "y2"))
    'z*y1 + (1 - z)*y2'
    """
    if all(type(c) is int for c in row):
        return _whole_text(row, names)
    return _joined(_affine_terms(row, names, False))


def affine_texts(row: Sequence[Coefficient], names: Sequence[str]) -> tuple[str, list[str]]:
    """:func:`affine_text`, and :func:`coefficient_text` of every coefficient, in one go.

    Examples
    --------
    >>> z = Polynomial.generator("z")
    >>> affine_texts((0, z, 1 - z), ("y1", "y2"))
    ('z*y1 + (1 - z)*y2', ['0', 'z', '1 - z'])
    """
    texts = []
    terms: list[tuple[bool, str]] = []
    for c, name in zip((*row[1:], row[0]), (*names, ""), strict=True):
        if isinstance(c, Polynomial):
            own = _polynomial_terms(c, False)
            texts.append(_joined(own))
            terms += [_product(own, name, False)] if name else own
        else:
            texts.append(str(c))
            if c:
                terms.append(_term(c, name, False))
    return _joined(terms), [texts[-1], *texts[:-1]]


def _whole_text(row: Sequence[Any], names: Sequence[str]) -> str:
    """The text of a form of whole numbers, as most of them are."""
    parts = []
    for c, name in zip(row[1:], names, strict=True):
        if c:
            size = name if -2 < c < 2 else f"{abs(c)}*{name}"
            parts.append(f" - {size}" if c < 0 else f" + {size}")
    c = row[0]
    if c:
        parts.append(f" - {-c}" if c < 0 else f" + {c}")
    if not parts:
        return "0"
    first = parts[0]
    parts[0] = first[3:] if first[1] == "+" else "-" + first[3:]
    return "".join(parts)


def combination_latex(row: Sequence[Coefficient], factors: Sequence[str]) -> str:
    r"""The affine form of what is written in LaTeX already.

    >>> combination_latex((1, 2, -1), ("x", r"\max(x, 0)"))
    '2 x - \\max(x, 0) + 1'
    """
    terms: list[tuple[bool, str]] = []
    for c, factor in zip(row[1:], factors, strict=True):
        if isinstance(c, Polynomial):
            terms.append(_product(_polynomial_terms(c, True), factor, True))
        elif c:
            terms.append(_term(c, factor, True))
    return _joined(terms + _polynomial_terms(row[0], True))


def affine_latex(row: Sequence[Coefficient], names: Sequence[str]) -> str:
    r"""The affine form c0 + c1 x1 + … in LaTeX, see :func:`affine_text`.

    Examples
    --------
    >>> affine_latex((1, 2, Fraction(-1, 3)), ("x1", "x2"))
    '2 x_{1} - \\frac{1}{3} x_{2} + 1'
    """
    return _joined(_affine_terms(row, names, True))


def expression_latex(expression: sympy.Expr) -> str:
    """A SymPy expression in LaTeX, with this package's names of symbols."""
    names = {symbol: latex_name(symbol.name) for symbol in expression.free_symbols}
    return str(sympy.latex(expression, symbol_names=names))


def entry_text(value: Any) -> str:
    """A coefficient, or a SymPy expression, as text."""
    return str(value) if isinstance(value, sympy.Expr) else coefficient_text(value)


def entry_latex(value: Any) -> str:
    """A coefficient, or a SymPy expression, in LaTeX."""
    return expression_latex(value) if isinstance(value, sympy.Expr) else coefficient_latex(value)


def gradient_text(rows: Sequence[Sequence[Any]]) -> str:
    """The b×a matrix of a gradient as text: a row for b = 1, a list of rows otherwise.

    Examples
    --------
    >>> gradient_text([(1, 0)]), gradient_text([(1, 0), (0, 1)]), gradient_text([(1,)])
    ('(1, 0)', '[(1, 0), (0, 1)]', '1')
    """
    if len(rows) == 1 and len(rows[0]) == 1:
        return entry_text(rows[0][0])
    parts = [f"({', '.join(map(entry_text, row))})" for row in rows]
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def gradient_latex(rows: Sequence[Sequence[Any]]) -> str:
    r"""The b×a matrix of a gradient in LaTeX: a row vector for b = 1, a matrix otherwise.

    Examples
    --------
    >>> gradient_latex([(1, 0)]), gradient_latex([(1, 0), (0, 1)])
    ('(1,\\, 0)', '\\begin{pmatrix} 1 & 0 \\\\ 0 & 1 \\end{pmatrix}')
    """
    if len(rows) == 1:
        if len(rows[0]) == 1:
            return entry_latex(rows[0][0])
        return "(" + ",\\, ".join(map(entry_latex, rows[0])) + ")"
    return matrix([list(map(entry_latex, row)) for row in rows])


def space_latex(dimension: int) -> str:
    r"""``\mathbb{R}^{a}``, without the exponent 1."""
    return r"\mathbb{R}" if dimension == 1 else f"\\mathbb{{R}}^{{{dimension}}}"


def union_latex(conditions: Sequence[str], dimension: int) -> str:
    r"""Sets of points given by their conditions, united; the whole space is no set of sets.

    >>> print(union_latex(["x = 0", "x > 1"], 1), union_latex([r"\mathbb{R}"], 1))
    \{x = 0\} \cup \{x > 1\} \mathbb{R}
    >>> print(union_latex([], 1))
    \emptyset
    """
    space = space_latex(dimension)
    parts = [own if own == space else rf"\{{{own}\}}" for own in conditions]
    return r" \cup ".join(parts) or r"\emptyset"
