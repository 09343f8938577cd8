"""The conditions of a polyhedron as a person writes them: x1 = x2 > max(x3, x4).

The irredundant rows are only regrouped, never simplified away: ties of variables become one
chain of equalities, rows that share a side become one comparison with a max or a min, two
bounds on one form become a two-sided one, and comparisons that meet become one chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any, Protocol

import sympy

from piecewise_mt.exact.linear import Row, make_primitive
from piecewise_mt.exact.number_rows import normal_row, quotient
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.typeset.affine import Form, affine_latex, affine_text, space_latex

_LATEX = {"=": "=", ">": ">", ">=": r"\geq", "<": "<", "<=": r"\leq"}
FLIPPED = {"=": "=", ">": "<", ">=": "<=", "<": ">", "<=": ">="}

Relation = tuple[Form, str, Form]
"""Left side, one of ``= > >= < <=``, right side."""


class Conditions(Protocol):
    """What is read of a polyhedron: rows (c0, c1, …, ca) of affine forms = 0, ≥ 0 or > 0."""

    @property
    def variables(self) -> tuple[str, ...]: ...
    @property
    def equations(self) -> Iterable[Sequence[int]]: ...
    @property
    def inequalities(self) -> Iterable[tuple[Sequence[int], bool]]: ...


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a form, the max or min of some, or equal variables."""

    kind: str
    forms: tuple[Form, ...]

    @property
    def is_constant(self) -> bool:
        return self.kind == "form" and not any(self.forms[0][1:])

    @property
    def variables(self) -> tuple[int, ...]:
        if len(self.forms) == 1:
            return _support(self.forms[0])
        return tuple(sorted({i for form in self.forms for i, c in enumerate(form[1:]) if c}))

    def text(self, names: Sequence[str]) -> str:
        parts = [affine_text(form, names) for form in self.forms]
        if self.kind in ("max", "min"):
            return f"{self.kind}({', '.join(parts)})"
        return " = ".join(parts)

    def latex(self, names: Sequence[str]) -> str:
        parts = [affine_latex(form, names) for form in self.forms]
        if self.kind in ("max", "min"):
            return f"\\{self.kind}({', '.join(parts)})"
        return " = ".join(parts)


@dataclass
class Chain:
    """Sides with the operators between them, written in one go."""

    sides: list[Side]
    operators: list[str]

    def flip(self) -> None:
        """Write the chain the other way round."""
        self.sides.reverse()
        self.operators = [FLIPPED[op] for op in reversed(self.operators)]

    def text(self, names: Sequence[str]) -> str:
        parts = [self.sides[0].text(names)]
        for op, side in zip(self.operators, self.sides[1:], strict=True):
            parts += [op, side.text(names)]
        return " ".join(parts)

    def latex(self, names: Sequence[str]) -> str:
        parts = [self.sides[0].latex(names)]
        for op, side in zip(self.operators, self.sides[1:], strict=True):
            parts += [_LATEX[op], side.latex(names)]
        return " ".join(parts)

    def sort_key(self) -> tuple[Any, ...]:
        found = [
            side.variables[:1] if side.kind == "equal" else side.variables
            for side in self.sides
            if not side.is_constant
        ]
        lead = found[0] if found else ()
        return (len(lead) if any(op != "=" for op in self.operators) else 0, lead, found[1:])


def _support(form: Form) -> tuple[int, ...]:
    """The places of the variables of a form, from 0."""
    return tuple([i for i, c in enumerate(form[1:]) if c])


def _place(chain: Chain) -> tuple[Any, ...]:
    return chain.sort_key()


class _Single(Chain):
    """One comparison of two forms that is shared by all conditions that say it; never changed."""

    def __init__(self, high: Form, low: Form, strict: bool) -> None:
        own, other = _support(high), _support(low)
        sides = [Side("form", (high,)), Side("form", (low,))]
        super().__init__(sides, [">" if strict else ">="])
        if other and (not own or other < own):
            self.flip()
            own, other = other, own
        self._key = (len(own or other), own or other, [other] if own and other else [])
        self._text: tuple[Sequence[str], str] = ((), "")

    def sort_key(self) -> tuple[Any, ...]:
        return self._key

    def text(self, names: Sequence[str]) -> str:
        known, text = self._text
        if known != names or not names:
            text = super().text(names)
            self._text = (tuple(names), text)
        return text


@dataclass
class _Equations:
    """Equations sorted into ties of variables, fixed variables and the rest."""

    leaders: dict[int, int] = field(default_factory=dict)
    fixed: dict[int, Fraction] = field(default_factory=dict)
    general: list[Row] = field(default_factory=list)

    def ties(self) -> dict[int, list[int]]:
        """Leader (least member) and members, of every set of equal variables."""
        groups: dict[int, list[int]] = {}
        for i in sorted(self.leaders):
            groups.setdefault(self.leaders[i], []).append(i)
        return groups

    def reduced(self, row: Sequence[int]) -> Row:
        """The row with leaders for tied variables and values for fixed ones."""
        if not (self.fixed or self.leaders):
            return make_primitive(row)
        result = list(row)
        for i, c in enumerate(row[1:], start=1):
            if not c:
                continue
            if i in self.fixed:
                value = self.fixed[i]
                own, result[i] = result[i], 0
                if value.denominator != 1:
                    result = [value.denominator * v for v in result]
                result[0] += own * value.numerator
            elif i in self.leaders and self.leaders[i] != i:
                result[self.leaders[i]] += result[i]
                result[i] = 0
        return make_primitive(result)

    def simplest(self, row: Sequence[int]) -> Row:
        """The reduced row, or a shorter one that the other equations allow."""
        best = self.reduced(row)
        zeros = best.count(0)
        for equation in self.general:
            for i, c in enumerate(equation):
                if c and i and best[i]:
                    # a positive multiple of best - best[i]/c · equation
                    size, factor = (c, best[i]) if c > 0 else (-c, -best[i])
                    other = [size * a - factor * b for a, b in zip(best, equation)]
                    if other.count(0) > zeros:
                        best = make_primitive(other)
                        zeros = best.count(0)
        return best


def _read_equations(rows: Iterable[Sequence[int]]) -> _Equations:
    result = _Equations()
    rest: list[Sequence[int]] = []
    for row in rows:
        support = [i for i, c in enumerate(row[1:], start=1) if c]
        if len(support) == 1:
            result.fixed[support[0]] = quotient(-row[0], row[support[0]])
        elif len(support) == 2 and not row[0] and row[support[0]] == -row[support[1]]:
            one, two = (result.leaders.get(i, i) for i in support)
            least = min(one, two)
            for i in (*support, *(k for k, v in result.leaders.items() if v in (one, two))):
                result.leaders[i] = least
        else:
            rest.append(row)
    for row in rest:
        reduced = result.reduced(row)
        if any(reduced):
            result.general.append(reduced)
    return result


def _unit(i: int, width: int) -> Form:
    return tuple(int(k == i) for k in range(width))


def _constant(value: Fraction | int, width: int) -> Form:
    return (value, *[0] * (width - 1))


def _split(row: Row) -> tuple[Form, Form]:
    """Forms with `row` = first - second: positive terms first; a lone variable without factor.

    If all variables have the same sign, they stand on one side and the constant on the other.
    """
    support = [c for c in row[1:] if c]
    width = len(row)
    divisor = abs(support[0]) if len(support) == 1 else 1
    if all(c > 0 for c in support):
        left = row[1:] if divisor == 1 else [int(c > 0) for c in row[1:]]
        return (0, *left), _constant(_quotient(-row[0], divisor), width)
    if all(c < 0 for c in support):
        right = [-c for c in row[1:]] if divisor == 1 else [int(c < 0) for c in row[1:]]
        return _constant(_quotient(row[0], divisor), width), (0, *right)
    return tuple([c if c > 0 else 0 for c in row]), tuple([-c if c < 0 else 0 for c in row])


def _quotient(value: int, divisor: int) -> Fraction | int:
    try:
        return Fraction(value, divisor) if value % divisor else value // divisor
    except TypeError:
        return quotient(value, divisor)


def _first(form: Form) -> int:
    """The index of the first variable of a form, past the end for a constant."""
    for i in range(1, len(form)):
        if form[i]:
            return i
    return len(form)


def _equality(row: Row) -> tuple[Form, Form]:
    left, right = _split(row)
    return (right, left) if _first(right) < _first(left) else (left, right)


def relations(polyhedron: Conditions) -> list[Relation]:
    """The conditions one by one, equations first, positive terms on the left.

    Returns
    -------
    list of (left, operator, right)
        Sides are affine forms (c0, c1, …, ca); a constant never stands alone on the left.
    """
    width = len(polyhedron.variables) + 1
    equations = _read_equations(polyhedron.equations)
    found: list[Relation] = []
    for leader, members in equations.ties().items():
        found += [(_unit(leader, width), "=", _unit(i, width)) for i in members if i != leader]
    for i, value in sorted(equations.fixed.items()):
        found.append((_unit(i, width), "=", _constant(value, width)))
    for row in equations.general:
        left, right = _equality(row)
        found.append((left, "=", right))
    for row, strict in _inequalities(polyhedron, equations):
        high, low = _split(row)
        op = ">" if strict else ">="
        if any(high[1:]) or not any(low[1:]):
            found.append((high, op, low))
        else:
            found.append((low, FLIPPED[op], high))
    return found


def _inequalities(polyhedron: Conditions, equations: _Equations) -> list[tuple[Row, bool]]:
    """The reduced rows, without those that became true constants and without copies."""
    found: dict[tuple[Row, bool], None] = {}
    plain = not (equations.fixed or equations.leaders or equations.general)
    for row, strict in polyhedron.inequalities:
        form = make_primitive(row) if plain else equations.simplest(row)
        true = not any(form[1:]) and (form[0] > 0 or (form[0] == 0 and not strict))
        if not true:
            found[form, strict] = None
    return list(found)


def _direction(row: Row) -> tuple[Any, tuple[Any, ...]]:
    """A positive number, and by it the coefficients of the variables in lowest terms."""
    own = row[1:]
    try:
        scale = gcd(*own)
        return scale, tuple([c // scale for c in own]) if scale > 1 else own
    except TypeError:
        whole = normal_row(own)
        place = next(i for i, c in enumerate(own) if c)
        return quotient(own[place], whole[place]), tuple(whole)


def _two_sided(rows: list[tuple[Row, bool]]) -> tuple[list[Chain], list[tuple[Row, bool]]]:
    """Chains lower < form < upper, and the rows that are in none."""
    bounds: dict[Row, list[tuple[bool, Fraction | int, bool, int]]] = {}
    for k, (row, strict) in enumerate(rows):
        scale, own = _direction(row)
        if not scale:
            continue
        lower = row[_first(row)] > 0
        key = own if lower else tuple([-c for c in own])
        value = _quotient(-row[0] if lower else row[0], scale)
        bounds.setdefault(key, []).append((lower, value, strict, k))
    chains, used = [], set()
    for key, entries in bounds.items():
        if len(entries) != 2 or entries[0][0] == entries[1][0]:
            continue
        low, high = sorted(entries, key=lambda entry: not entry[0])
        width = len(key) + 1
        sides: list[Form] = [_constant(low[1], width), (0, *key), _constant(high[1], width)]
        chains.append(
            Chain(
                [Side("form", (side,)) for side in sides],
                ["<" if entry[2] else "<=" for entry in (low, high)],
            )
        )
        used |= {low[3], high[3]}
    return chains, [row for k, row in enumerate(rows) if k not in used]


Comparison = tuple[Side, bool, Side]


def _grouped(rows: list[tuple[Row, bool]]) -> list[Comparison]:
    """Comparisons high > low, those with a common side united by a max or a min."""
    left = [(*_split(row), strict) for row, strict in rows]
    found: list[Comparison] = []
    while True:
        shared: dict[tuple[int, Form, bool], list[int]] = {}
        for k, (high, low, strict) in enumerate(left):
            for place, form in enumerate((high, low)):
                if any(form[1:]):
                    shared.setdefault((place, form, strict), []).append(k)
        if not shared:
            break
        (place, form, strict), members = min(
            shared.items(), key=lambda item: (-len(item[1]), item[0][0], _first(item[0][1]))
        )
        if len(members) < 2:
            break
        others = sorted((left[k][0] if place else left[k][1] for k in members), key=_form_key)
        side = Side("form", (form,))
        united = Side("min" if place else "max", tuple(others))
        found.append((united, strict, side) if place else (side, strict, united))
        left = [entry for k, entry in enumerate(left) if k not in set(members)]
    found += [(Side("form", (h,)), strict, Side("form", (lo,))) for h, lo, strict in left]
    return found


def _form_key(form: Form) -> tuple[bool, tuple[int, ...], tuple[Fraction | int, ...]]:
    support = tuple(i for i, c in enumerate(form) if i and c)
    return not support, support, form


def _linked(comparisons: list[Comparison]) -> list[Chain]:
    """Descending chains: a > b and b > c become a > b > c where b occurs once on either side."""
    ends: dict[Side, list[int]] = {}
    starts: dict[Side, list[int]] = {}
    for k, (high, _, low) in enumerate(comparisons):
        starts.setdefault(high, []).append(k)
        ends.setdefault(low, []).append(k)
    following: dict[int, int] = {}
    for k, (_, _, low) in enumerate(comparisons):
        if low.kind == "form" and not low.is_constant:
            after = starts.get(low, [])
            if len(after) == 1 and len(ends[low]) == 1:
                following[k] = after[0]
    chains, seen = [], set()
    heads = [k for k in range(len(comparisons)) if k not in set(following.values())]
    for head in [*heads, *range(len(comparisons))]:
        if head in seen:
            continue
        chain = Chain([comparisons[head][0]], [])
        place: int | None = head
        while place is not None and place not in seen:
            seen.add(place)
            _, strict, low = comparisons[place]
            chain.sides.append(low)
            chain.operators.append(">" if strict else ">=")
            place = following.get(place)
        chains.append(chain)
    return chains


def _orient(chains: list[Chain], tied: set[Side]) -> None:
    """Turn chains so that they read well: constants, maxima and minima on the right."""
    first = [chain.sides[0] for chain in chains]
    last = [chain.sides[-1] for chain in chains]
    for chain, high, low in zip(chains, first, last, strict=True):
        if high.is_constant or (high.kind == "min" and low.kind != "max"):
            turn = not low.is_constant
        elif low.is_constant or low.kind == "max" or len(chain.sides) > 2:
            turn = False
        elif first.count(high) > 1 or last.count(low) > 1:
            turn = first.count(high) == 1
        elif high in tied or low in tied:
            turn = high not in tied
        else:
            turn = low.variables < high.variables
        if turn:
            chain.flip()


@lru_cache(maxsize=1 << 15)
def _alone(row: Row, strict: bool) -> tuple[Row, Form | None, Form | None, _Single]:
    """A row's direction up to its sign, its sides that are no constants, and its own chain.

    The facets of one piece are those of its neighbours, so that most rows come again.
    """
    high, low = _split(row)
    _, direction = _direction(row)
    if row[_first(row)] < 0:
        direction = tuple([-c for c in direction])
    sides = [form if any(form[1:]) else None for form in (high, low)]
    return direction, sides[0], sides[1], _Single(high, low, strict)


def _apart(rows: list[tuple[Row, bool]]) -> list[Chain] | None:
    """The rows as chains of their own if no two of them share anything, else None."""
    if not all(any(row[1:]) for row, _ in rows):
        return None
    found = [_alone(row, strict) for row, strict in rows]
    if len({direction for direction, *_ in found}) < len(found):
        return None
    sides = [form for _, high, low, _ in found for form in (high, low) if form is not None]
    return None if len(set(sides)) < len(sides) else [chain for *_, chain in found]


def _compared(rows: list[tuple[Row, bool]], tied: set[Side]) -> list[Chain]:
    """Inequalities as chains, all of whose common sides are found."""
    if not tied and (apart := _apart(rows)) is not None:
        return apart
    bounds, rest = _two_sided(rows)
    compared = _linked(_grouped(rest))
    _orient(compared, tied)
    return compared + bounds


def chains(polyhedron: Conditions) -> list[Chain]:
    """The conditions as chains, equalities first; none for the whole space."""
    width = len(polyhedron.variables) + 1
    equations = _read_equations(polyhedron.equations)
    ties = {
        Side("form", (_unit(leader, width),)): tuple(_unit(i, width) for i in members)
        for leader, members in equations.ties().items()
    }
    compared = _compared(_inequalities(polyhedron, equations), set(ties))
    equal: list[Chain] = []
    for leader, forms in ties.items():
        places = [
            (chain, k) for chain in compared for k, s in enumerate(chain.sides) if s == leader
        ]
        if len(places) == 1:
            chain, k = places[0]
            chain.sides[k] = Side("equal", forms)
        else:
            equal.append(Chain([Side("form", (form,)) for form in forms], ["="] * (len(forms) - 1)))
    values: dict[Fraction, list[Form]] = {}
    for i, value in sorted(equations.fixed.items()):
        values.setdefault(value, []).append(_unit(i, width))
    for value, units in values.items():
        sides = [*units, _constant(value, width)]
        equal.append(Chain([Side("form", (form,)) for form in sides], ["="] * len(units)))
    for row in equations.general:
        equal.append(Chain([Side("form", (form,)) for form in _equality(row)], ["="]))
    return _in_order(equal) + _in_order(compared)


def _in_order(found: list[Chain]) -> list[Chain]:
    return sorted(found, key=_place) if len(found) > 1 else found


def condition_text(polyhedron: Conditions) -> str:
    """The conditions of a polyhedron in one line, ``everywhere`` for the whole space.

    The canonical form of the empty set is ``nowhere``.

    Examples
    --------
    A tie of the maximum of four variables:

    >>> from piecewise_mt.geometry.polyhedron import Polyhedron
    >>> tie = Polyhedron(
    ...     ("x1", "x2", "x3", "x4"),
    ...     [(0, 1, -1, 0, 0)],
    ...     [((0, 1, 0, -1, 0), True), ((0, 0, 1, 0, -1), True)],
    ... )
    >>> condition_text(tie)
    'x1 = x2 > max(x3, x4)'
    >>> condition_text(Polyhedron(("x",), (), [((1, 1), False), ((1, -1), True)]))
    '-1 <= x < 1'
    """
    names = polyhedron.variables
    if _says_no(polyhedron):
        return "nowhere"
    return ", ".join(chain.text(names) for chain in chains(polyhedron)) or "everywhere"


def _says_no(polyhedron: Conditions) -> bool:
    """Whether an equation is that of a number other than 0 with 0: the form of the empty set."""
    return any(row[0] and not any(row[1:]) for row in polyhedron.equations)


def condition_latex(polyhedron: Conditions) -> str:
    r"""The conditions of a polyhedron in LaTeX, :math:`\mathbb{R}^a` for the whole space.

    Examples
    --------
    >>> from piecewise_mt.geometry.polyhedron import Polyhedron
    >>> condition_latex(Polyhedron(("x1", "x2"), (), [((0, 1, -1), False)]))
    'x_{1} \\geq x_{2}'
    """
    names = polyhedron.variables
    if _says_no(polyhedron):
        return r"\text{nowhere}"
    if found := chains(polyhedron):
        return r",\; ".join(chain.latex(names) for chain in found)
    return space_latex(len(names))


def condition_expr(polyhedron: Conditions) -> Any:
    """The conditions as a SymPy conjunction of unevaluated relations.

    Symbols are ``Symbol(name, real=True)``; the whole space is ``sympy.true``.

    Examples
    --------
    >>> from piecewise_mt.geometry.polyhedron import Polyhedron
    >>> condition_expr(Polyhedron(("x", "y"), (), [((0, 1, -1), True)]))
    x > y
    """
    symbols = [sympy.Symbol(name, real=True) for name in polyhedron.variables]
    kinds = {"=": sympy.Eq, ">": sympy.Gt, ">=": sympy.Ge, "<": sympy.Lt, "<=": sympy.Le}

    def expression(form: Form) -> sympy.Expr:
        terms = [to_rational(c) * x for c, x in zip(form[1:], symbols, strict=True) if c]
        return sympy.Add(to_rational(form[0]), *terms)

    if _says_no(polyhedron):
        return sympy.false
    found = [
        kinds[op](expression(left), expression(right), evaluate=False)
        for left, op, right in relations(polyhedron)
    ]
    return sympy.true if not found else found[0] if len(found) == 1 else sympy.And(*found)
