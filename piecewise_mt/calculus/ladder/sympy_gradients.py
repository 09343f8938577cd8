"""SymPy gradients with switches: Heaviside, sign, Piecewise, Max, Min and Abs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from piecewise_mt.errors import NotPolyhedral, UnknownVariable
from piecewise_mt.exact.matrices import read_matrix
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.functions.sympy_reader import expression_of

_STEPS = (sympy.Heaviside, sympy.sign, sympy.DiracDelta)


class SwitchedGradient:
    """A b×a matrix of SymPy expressions in the variables of a function.

    ``kinks`` are piecewise polynomial expressions whose signs decide every switch; so where they
    have constant signs, every switch does, the ties of a Max included. ``switching`` are the same
    as SymPy writes them.
    """

    def __init__(self, given: Any, names: tuple[str, ...], outputs: int) -> None:
        self.shape = (outputs, len(names))
        rows = read_matrix(given, self.shape, _entry)
        entries = [entry for row in rows for entry in row]
        self.symbols = [sympy.Symbol(name, real=True) for name in names]
        known = dict(zip(names, self.symbols, strict=True))
        for symbol in sorted(set().union(*(e.free_symbols for e in entries)), key=str):
            if symbol.name not in known:
                raise UnknownVariable(
                    f"expected a gradient in the variables {list(names)}, got {symbol}; "
                    "substitute a number for it"
                )
        self.entries = [e.xreplace({s: known[s.name] for s in e.free_symbols}) for e in entries]
        found: dict[Any, None] = {}
        for entry in self.entries:
            for node in sympy.preorder_traversal(entry):
                found.update(dict.fromkeys(_switches(node)))
        self.switching = [kink for kink in found if kink.free_symbols]
        self.kinks = [expression_of(kink, polynomial=True) for kink in self.switching]

    def without_switches(self, point: Sequence[Fraction]) -> Any:
        """The matrix on the cell of a point, in which no switch occurs, or why there is none."""
        at = dict(zip(self.symbols, map(to_rational, point), strict=True))
        entries = [_frozen(entry, at) for entry in self.entries]
        values = self._matrix([entry.subs(at) for entry in entries])
        return values if isinstance(values, str) else sympy.ImmutableMatrix(*self.shape, entries)

    def with_signs(self, signs: Sequence[int]) -> Any:
        """The matrix where the kinks have these signs, or why there is none.

        Examples
        --------
        >>> x = sympy.Symbol("x", real=True)
        >>> SwitchedGradient([x * sympy.Heaviside(x)], ("x",), 1).with_signs([0])
        Matrix([[x/2]])
        """
        known = dict(zip(self.switching, signs, strict=True))
        entries = [_signed(entry, known) for entry in self.entries]
        for entry in entries:
            if entry.has(sympy.DiracDelta, sympy.nan, sympy.zoo, sympy.oo, sympy.I):
                return str(entry)
        return sympy.ImmutableMatrix(*self.shape, entries)

    def on(
        self, points: Sequence[tuple[Fraction, ...]]
    ) -> tuple[bool, list[tuple[tuple[Fraction, ...], Any]]]:
        """Whether the matrix is constant on a cell without switches, and its values there.

        The matrix is exact, or a text that says why there is none; of a constant one only the
        first point is given.
        """
        at = dict(zip(self.symbols, map(to_rational, points[0]), strict=True))
        frozen = [_frozen(entry, at) for entry in self.entries]
        if not any(entry.free_symbols for entry in frozen):
            return True, [(points[0], self._matrix(frozen))]
        result = []
        for point in points:
            at = dict(zip(self.symbols, map(to_rational, point), strict=True))
            result.append((point, self._matrix([entry.subs(at) for entry in frozen])))
        return False, result

    def _matrix(self, entries: list[Any]) -> Any:
        for entry in entries:
            if not (entry.is_comparable and entry.is_finite) or entry.has(sympy.DiracDelta):
                return str(entry)
        return sympy.ImmutableMatrix(*self.shape, entries)


def _entry(value: Any) -> sympy.Basic:
    """An entry as SymPy understands it; text is read here, as SymPy would run it."""
    if isinstance(value, str):
        return formula_from_text(value)
    try:
        entry = sympy.sympify(value, strict=True)
    except sympy.SympifyError:
        entry = None
    return entry if isinstance(entry, sympy.Basic) else to_rational(to_fraction(value))


def _switches(node: Any) -> list[Any]:
    if isinstance(node, (*_STEPS, sympy.Abs)):
        return [node.args[0]]
    if isinstance(node, (sympy.Max, sympy.Min)):
        args = sorted(node.args, key=sympy.default_sort_key)
        return [a - b for i, a in enumerate(args) for b in args[i + 1 :]]
    if isinstance(node, sympy.core.relational.Relational):
        return [node.lhs - node.rhs]
    if isinstance(node, sympy.Piecewise):
        for _, condition in node.args:
            _refuse_other_conditions(condition)
    return []


def _refuse_other_conditions(condition: Any) -> None:
    """Only relations and their combinations tell where they switch."""
    if isinstance(condition, BooleanFunction):
        for part in condition.args:
            _refuse_other_conditions(part)
    elif not isinstance(condition, (sympy.core.relational.Relational, BooleanAtom)):
        raise NotPolyhedral(
            f"expected a gradient whose conditions are relations joined by And, Or and Not, got "
            f"{condition}; write inequalities"
        )


def _frozen(node: Any, at: dict[Any, Any]) -> Any:
    """The expression without its switches, as they are at a point."""
    if isinstance(node, _STEPS):
        return node.subs(at)
    if isinstance(node, sympy.Piecewise):
        for branch, condition in node.args:
            if condition.subs(at) == sympy.true:
                return _frozen(branch, at)
        return sympy.nan
    if isinstance(node, sympy.Abs):
        sign = sympy.sign(node.args[0].subs(at))
        return sign * _frozen(node.args[0], at)
    if isinstance(node, (sympy.Max, sympy.Min)):
        best = node.subs(at)
        active = [arg for arg in node.args if arg.subs(at) == best]
        return _frozen(min(active, key=sympy.default_sort_key), at)
    if not node.args:
        return node
    return node.func(*(_frozen(arg, at) for arg in node.args))


def _signed(node: Any, signs: Mapping[Any, int]) -> Any:
    """The expression without its switches, where those that vary have given signs."""

    def sign(kink: Any) -> Any:
        return sympy.Integer(signs[kink]) if kink in signs else sympy.sign(kink)

    if isinstance(node, _STEPS):
        return node.func(sign(node.args[0]), *node.args[1:])
    if isinstance(node, sympy.core.relational.Relational):
        return node.func(sign(node.lhs - node.rhs), 0)
    if isinstance(node, sympy.Piecewise):
        for branch, condition in node.args:
            if _signed(condition, signs) == sympy.true:
                return _signed(branch, signs)
        return sympy.nan
    if isinstance(node, sympy.Abs):
        return sign(node.args[0]) * _signed(node.args[0], signs)
    if isinstance(node, (sympy.Max, sympy.Min)):
        args = sorted(node.args, key=sympy.default_sort_key)
        turn = 1 if isinstance(node, sympy.Max) else -1
        best = args[0]
        for other in args[1:]:
            # a pair was switched on in this order
            if turn * sign(best - other) < 0:
                best = other
        return _signed(best, signs)
    if not node.args:
        return node
    return node.func(*(_signed(arg, signs) for arg in node.args))
