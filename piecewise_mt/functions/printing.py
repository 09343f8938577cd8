"""Expressions as text that the grammar reads back, as far as it goes.

Text is made entry by entry: a rearrangement is invisible, and a scalar function of a vector
shows the vector's entries.  Fragments are shared as the expression is, and laid out at the end
without recursion; when writing shared ones out again and again would be too long, they are
named %1, %2, … and listed below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import sympy
from sympy.printing.str import StrPrinter

from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import (
    Constant,
    Entry,
    Linear,
    Piecewise,
    Smooth,
    Variable,
    concatenation,
    source,
)
from piecewise_mt.functions.shapes import Shape
from piecewise_mt.functions.traversal import topological, variable_names

SHORT = 2000
"""The longest ``repr``, and the longest text in which shared parts are written out."""
_NAMED_FROM = 12
_WORK = 100_000
_LONG = 10_000
_SUM, _PRODUCT, _ATOM = 0, 1, 2
_Key = tuple[int, int]


class _Ref(NamedTuple):
    """Another fragment in place, in parentheses if it binds less than `least`."""

    key: _Key
    least: int


class _Fragment(NamedTuple):
    parts: tuple[str | _Ref, ...]
    binding: int
    value: Fraction | None = None
    """The number that it is, if it is one."""


def to_text(root: Expression) -> str:
    """The complete text of an expression."""
    return _text([source(root, k) for k in range(root.size)], root.shape)


def unit_text(root: Expression, index: int) -> str:
    """The text of one entry, cut with … where it is long."""
    text = _text([source(root, index)], ())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _text(tops: list[Entry], shape: Shape) -> str:
    fragments, order = _fragments(tops)
    uses: dict[_Key, int] = {}
    lengths: dict[_Key, int] = {}
    for key in order:
        total = 0
        for part in fragments[key].parts:
            if isinstance(part, str):
                total += len(part)
            else:
                uses[part.key] = uses.get(part.key, 0) + 1
                total += lengths[part.key] + 2
        lengths[key] = total
    keys = [_key(top) for top in tops]
    for key in keys:
        uses[key] = uses.get(key, 0) + 1
    names: dict[_Key, str] = {}
    if sum(lengths[key] for key in keys) > SHORT:
        shared = [
            key
            for key in order
            if uses.get(key, 0) > 1 and lengths[key] > _NAMED_FROM and not _is_alias(fragments[key])
        ]
        names = {key: f"%{i}" for i, key in enumerate(shared, 1)}
    body = _layout(shape, [_flat(_Ref(key, _SUM), fragments, names) for key in keys])
    if not names:
        return body
    return body + "\nwhere " + ",\n      ".join(_definitions(names, fragments))


def _definitions(names: dict[_Key, str], fragments: dict[_Key, _Fragment]) -> Iterator[str]:
    for key, name in names.items():
        text = "".join(
            part if isinstance(part, str) else _flat(part, fragments, names)
            for part in fragments[key].parts
        )
        yield f"{name} = {text}"


def to_short_text(root: Expression, limit: int = SHORT) -> str:
    """The text, cut with … after `limit` characters; a summary for very large expressions."""
    work = 0
    nodes = topological(root)
    for node in nodes:
        work += node.size
        if isinstance(node, Linear):
            work += sum(map(len, node.rows))
        elif isinstance(node, Piecewise | Smooth):
            work += sum(len(operands) for _, operands in node.units)
    if work > _WORK:
        return (
            f"<expression of shape {root.shape} in {len(variable_names(root))} variables, "
            f"{len(nodes)} nodes>"
        )
    text = to_text(root)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def rule_text(node: Piecewise) -> str:
    """The tie rule as a keyword argument; empty when it is "free" or the units differ."""
    texts = {str(atom.rule_text) for atom, _ in node.units}
    return texts.pop() if len(texts) == 1 else ""


def number_text(value: Fraction) -> str:
    """An exact number, whole or as a ratio; hexadecimal where Python refuses decimals."""
    try:
        return str(value)
    except ValueError:  # longer than sys.get_int_max_str_digits()
        ratio = "" if value.denominator == 1 else f"/{value.denominator:#x}"
        return f"{value.numerator:#x}{ratio}"


def _key(entry: Entry) -> _Key:
    return id(entry[0]), entry[1]


def _is_alias(fragment: _Fragment) -> bool:
    return len(fragment.parts) == 1


def formula_text(node: Smooth, index: int, formula: sympy.Expr) -> str:
    """A formula in the placeholders of an entry of a node, as text in the entry's operands."""
    entries = [source(*entry) for entry in concatenation(node.args)]
    operands = [entries[i] for i in node.units[index][1]]
    fragments, _ = _fragments(operands)
    written = _formula(formula, [_key(entry) for entry in operands])
    parts = (p if isinstance(p, str) else _flat(p, fragments, {}) for p in written.parts)
    text = "".join(parts)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


class _Spelling(StrPrinter):  # type: ignore[misc]
    """SymPy's text with the functions of this package."""

    def _print_Abs(self, expr: sympy.Abs) -> str:
        return f"abs({self.stringify(expr.args, ', ')})"

    def _print_Max(self, expr: sympy.Max) -> str:
        return f"max({self.stringify(expr.args, ', ')})"

    def _print_Min(self, expr: sympy.Min) -> str:
        return f"min({self.stringify(expr.args, ', ')})"


def spelled(formula: sympy.Expr) -> str:
    """A formula that SymPy has made of somebody's expression, as the expression would be typed.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> spelled(2 * sympy.Abs(x - 1))
    '2*abs(x - 1)'
    """
    text: str = _Spelling().doprint(formula)
    return text


def _fragments(tops: list[Entry]) -> tuple[dict[_Key, _Fragment], list[_Key]]:
    """A fragment for every entry that is shown, and their postorder."""
    inputs: dict[int, list[Entry]] = {}
    fragments: dict[_Key, _Fragment] = {}
    order: list[_Key] = []
    stack: list[tuple[Entry, bool]] = [(top, False) for top in reversed(tops)]
    while stack:
        (node, index), ready = stack.pop()
        key = (id(node), index)
        if key in fragments:
            continue
        if id(node) not in inputs:
            inputs[id(node)] = [source(*entry) for entry in concatenation(node.args)]
        entries = inputs[id(node)]
        if ready or not node.args:
            fragments[key] = _fragment(node, index, entries, fragments)
            order.append(key)
            continue
        stack.append(((node, index), True))
        stack.extend((entries[i], False) for i in reversed(_operands(node, index)))
    return fragments, order


def _operands(node: Expression, index: int) -> list[int]:
    if isinstance(node, Linear):
        return [i for i, _ in node.rows[index]]
    if isinstance(node, Piecewise | Smooth):
        return list(node.units[index][1])
    raise TypeError(f"unknown node type {type(node).__name__}")


def _fragment(
    node: Expression, index: int, entries: list[Entry], known: dict[_Key, _Fragment]
) -> _Fragment:
    if isinstance(node, Variable):
        return _Fragment((node.names[index],), _ATOM)
    if isinstance(node, Constant):
        return _number(node.values[index])
    if isinstance(node, Linear):
        terms = [(_key(entries[i]), c) for i, c in node.rows[index]]
        return _sum(terms, node.bias[index], known)
    if isinstance(node, Smooth):
        operands = [_key(entries[i]) for i in node.units[index][1]]
        return _affine(node.name, operands, known) or _smooth(node, index, operands)
    assert isinstance(node, Piecewise)
    return _call(node, index, [_key(entries[i]) for i in node.units[index][1]])


def _number(value: Fraction) -> _Fragment:
    if isinstance(value, Algebraic):
        above, below = value.written
        binding = _SUM if value < 0 or above.is_Add else _PRODUCT
    else:
        binding = _SUM if value < 0 else _ATOM if value.denominator == 1 else _PRODUCT
    return _Fragment((number_text(value),), binding, value)


def _affine(name: str, operands: list[_Key], known: dict[_Key, _Fragment]) -> _Fragment | None:
    """A product, quotient or power whose operands are numbers, as it is read back."""
    values = [known[key].value for key in operands]
    if name == "*" and values[1] is not None:
        return _sum([(operands[0], values[1])], Fraction(0), known)
    if name == "*" and values[0] is not None:
        return _sum([(operands[1], values[0])], Fraction(0), known)
    if name == "/" and values[1]:
        return _sum([(operands[0], 1 / values[1])], Fraction(0), known)
    base, exponent = values[0], None
    if name.startswith("**"):
        exponent = Fraction(name[2:])
    elif name.endswith("**"):
        base, exponent = Fraction(name[:-2]), values[0]
    if base is None or exponent is None or exponent.denominator > 1 or (not base and exponent < 0):
        return None
    if abs(exponent) * max(base.numerator.bit_length(), base.denominator.bit_length()) > _LONG:
        return None
    return _number(base ** int(exponent))


def _call(node: Piecewise, index: int, operands: list[_Key]) -> _Fragment:
    atom = node.units[index][0]
    refs: list[str | _Ref] = [_Ref(key, _SUM) for key in operands]
    parameters = list(node.arguments)
    name = "max" if node.name.startswith("maxpool") else node.name
    if name == "prelu":  # the slopes are those of the whole array
        name, parameters = "leaky_relu", [number_text(fraction(atom.outputs()[0].coefficients[0]))]
    parts: list[str | _Ref] = [f"{name}("]
    if name == "where":
        parts += [refs[0], f" {parameters.pop(0)} ", refs[1]]
        refs = refs[2:]
    for ref in refs:
        if len(parts) > 1:
            parts.append(", ")
        parts.append(ref)
    tail = [*parameters, *([str(atom.rule_text)] if atom.rule_text else [])]
    parts.append("".join(f", {text}" for text in tail) + ")")
    return _Fragment(tuple(parts), _ATOM)


def _smooth(node: Smooth, index: int, operands: list[_Key]) -> _Fragment:
    """An operator between its operands, else a call; a formula of its own is written out."""
    name = node.name
    refs = [_Ref(key, _ATOM) for key in operands]
    if name in ("*", "/"):
        return _Fragment((_Ref(operands[0], _PRODUCT), name, refs[1]), _PRODUCT)
    if name.startswith("**"):
        exponent = name[2:] if name[2:].isdigit() else f"({name[2:]})"
        return _Fragment((refs[0], f"**{exponent}"), _PRODUCT)
    if name.endswith("**"):
        base = name[:-2] if name[:-2].isdigit() else f"({name[:-2]})"
        return _Fragment((f"{base}**", refs[0]), _PRODUCT)
    parts: list[str | _Ref] = []
    for key in operands:
        parts += [", " if parts else "", _Ref(key, _SUM)]
    if name == "smooth":
        return _formula(node.units[index][0].expression, operands)
    if name in ("softmax", "logsumexp"):
        entry = f"[{index}]" if name == "softmax" else ""
        return _Fragment((f"{name}(", *parts, f"){entry}"), _ATOM)
    return _Fragment((f"{name}(", *parts, ")"), _ATOM)


_PLACEHOLDER = re.compile(r"\bu(\d+)\b")


def _formula(formula: sympy.Expr, operands: list[_Key]) -> _Fragment:
    """A SymPy formula in u1, …, un with the operands written in their places."""
    text = str(formula)
    parts: list[str | _Ref] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        # as the only argument of a function an operand needs no parentheses
        alone = re.search(r"\w\($", before) and after.startswith(")")
        whole = not before and not after
        key = operands[int(found[1]) - 1]
        parts += [text[end : found.start()], _Ref(key, _SUM if alone or whole else _ATOM)]
        end = found.end()
    parts.append(text[end:])
    binding = _SUM if formula.is_Add or formula.could_extract_minus_sign() else _PRODUCT
    is_call = formula.is_Function or (formula.is_number and formula.is_Atom)
    return _Fragment(tuple(parts), _ATOM if is_call else binding)


def _positive(value: Fraction) -> str:
    """A number after a sign."""
    text = number_text(value)
    return f"({text})" if isinstance(value, Algebraic) and value.written[0].is_Add else text


def _sum(
    terms: list[tuple[_Key, Fraction]], bias: Fraction, known: dict[_Key, _Fragment]
) -> _Fragment:
    # numbers among the terms are one with the constant, as they are when the text is read
    numbers = [(known[key].value, c) for key, c in terms]
    bias += sum(c * value for value, c in numbers if value is not None)
    terms = [term for term in terms if known[term[0]].value is None]
    if not terms:
        return _number(bias)
    first_key, first = terms[0]
    if len(terms) == 1 and first == 1 and not bias:
        return _Fragment((_Ref(first_key, _SUM),), known[first_key].binding)
    parts: list[str | _Ref] = []
    bias_first = bias > 0 and first < 0
    if bias_first:
        parts.append(_positive(bias))
    for key, coefficient in terms:
        sign = "-" if coefficient < 0 else "+"
        if parts:
            parts.append(f" {sign} ")
        elif coefficient < 0:
            parts.append("-")
        size = abs(coefficient)
        if size == 1:
            alone = not parts
            least = _SUM if alone else _ATOM if parts == ["-"] else _PRODUCT
            parts.append(_Ref(key, least))
        elif isinstance(size, Algebraic):
            parts += [f"{_positive(size)}*", _Ref(key, _ATOM)]
        elif size.numerator == 1:
            parts += [_Ref(key, _ATOM), f"/{number_text(Fraction(size.denominator))}"]
        else:
            parts += [f"{number_text(size)}*", _Ref(key, _ATOM)]
    if bias and not bias_first:
        parts.append(f" {'-' if bias < 0 else '+'} {_positive(abs(bias))}")
    single = len(terms) == 1 and not bias and first >= 0
    return _Fragment(tuple(parts), _PRODUCT if single else _SUM)


def _flat(root: _Ref, fragments: dict[_Key, _Fragment], names: dict[_Key, str]) -> str:
    """A fragment with everything below it, down to the named ones, written out."""
    pieces: list[str] = []
    stack: list[str | _Ref] = [root]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            pieces.append(part)
        elif part.key in names:
            pieces.append(names[part.key])
        else:
            fragment = fragments[part.key]
            inside = fragment.binding < part.least
            if inside:
                stack.append(")")
            stack.extend(reversed(fragment.parts))
            if inside:
                stack.append("(")
    return "".join(pieces)


def _layout(shape: Shape, texts: list[str]) -> str:
    """Scalars as they are, arrays as the nested list in ``stack(...)``."""
    if not shape:
        return texts[0]
    if not texts:
        return f"stack([]) of shape {shape}"
    for length in reversed(shape):
        texts = ["[" + ", ".join(texts[i : i + length]) + "]" for i in range(0, len(texts), length)]
    return f"stack({texts[0]})"
