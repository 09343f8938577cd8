"""SymPy objects as expressions: sums, Max, Min, Abs, Piecewise, and C¹ functions of them.

The one reader for ``mt.from_sympy`` and for the conditions of a stated representation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sympy

from piecewise_mt.errors import NotPolyhedral, Unsupported
from piecewise_mt.exact.numbers import real_number, to_fraction
from piecewise_mt.exact.reading_numbers import NotAlgebraic, algebraic
from piecewise_mt.functions.build import builders, extrema
from piecewise_mt.functions.build.selection import from_boolean, no_condition, select
from piecewise_mt.functions.build.smooth_nodes import elementwise, placeholder, requirements
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Constant

_KINKS = (sympy.Max, sympy.Min, sympy.Abs, sympy.Piecewise)
_RELATIONS: tuple[Any, ...] = (sympy.Gt, sympy.Ge, sympy.Lt, sympy.Le, sympy.Eq, sympy.Ne)
MAX_SPLITS = 1000
Covers = Callable[[sympy.Piecewise], bool]
"""Whether one of the conditions of a SymPy Piecewise holds at every point."""

Repaired = Callable[[sympy.Piecewise, Expression], Expression]


def ends_in_true(whole: sympy.Piecewise) -> bool:
    """Whether the last condition is True, as it is written."""
    return bool(whole.args[-1].cond == sympy.true)


class SympyReader:
    """Translates scalar SymPy expressions; equal subexpressions become one shared node.

    Parameters
    ----------
    ties, at_zero
        The tie rules of Max and Min, and of Abs.
    covers
        Decides whether the last branch of a Piecewise may be read as "otherwise".
    repaired
        Given a Piecewise and the nested ``where`` that it became: that, or another node of the
        same values, where a ``where`` that another one hides would jump.
    """

    def __init__(
        self,
        ties: Any = "free",
        at_zero: Any = "free",
        covers: Covers = ends_in_true,
        repaired: Repaired | None = None,
    ) -> None:
        self.ties = ties
        self.at_zero = at_zero
        self.covers = covers
        self.repaired = repaired
        self._known: dict[Any, Expression] = {}
        self._splits = 0

    def read(self, expression: sympy.Expr) -> Expression:
        """The expression of a SymPy one.

        Raises
        ------
        InexactNumber
            For a float.
        Unsupported
            For a function that is neither a kink of the list above nor known to be C¹.
        """
        todo = [expression]
        while todo:  # no recursion: sums of sums may be deep
            part = todo[-1]
            if part in self._known:
                todo.pop()
                continue
            missing = [arg for arg in _inner(part) if arg not in self._known]
            if missing:
                todo.extend(reversed(missing))
            else:
                self._known[part] = self._node(part)
                todo.pop()
        return self._known[expression]

    def _node(self, part: Any) -> Expression:
        known = self._known
        if part.is_Symbol:
            return builders.variable(part.name)
        if part.is_number:
            return _number(part)
        if part.is_Add:
            total = known[part.args[0]]
            for arg in part.args[1:]:
                total = total + known[arg]
            return total
        if part.is_Mul and (scaled := _scaled(part)) is not None:
            factor, rest = scaled
            exact = _algebraic(factor)
            if exact is not None:
                product: Expression = known[rest] * exact
                return product
            # not algebraic: a smooth function of what is piecewise linear
            return elementwise("smooth", real_number(factor) * placeholder(0), known[rest])
        if isinstance(part, sympy.Max):
            return extrema.max(*(known[arg] for arg in part.args), ties=self.ties)
        if isinstance(part, sympy.Min):
            return extrema.min(*(known[arg] for arg in part.args), ties=self.ties)
        if isinstance(part, sympy.Abs):
            return builders.abs(known[part.args[0]], at_zero=self.at_zero)
        if isinstance(part, sympy.Piecewise):
            return self._piecewise(part)
        return self._smooth(part)

    def _smooth(self, part: sympy.Expr) -> Expression:
        """One C¹ node of the symbols and of the outermost kinks in a formula."""
        if (real := _in_reals(part)) is not part:
            return self._known[real]
        leaves = _inner(part)
        # refused, if at all, in the words of the formula as it was given
        requirements(part.xreplace({leaf: _real_symbol(str(leaf)) for leaf in leaves}))
        own = part.xreplace({leaf: placeholder(i) for i, leaf in enumerate(leaves)})
        return elementwise("smooth", own, *(self._known[leaf] for leaf in leaves))

    def _piecewise(self, part: sympy.Piecewise) -> Expression:
        if not self.covers(part):
            raise Unsupported(
                f"expected a Piecewise with a value everywhere, got {part}; add a last branch "
                "(value, True), or write mt.Representation(variables, piecewise), which has a "
                "domain"
            )
        conditions = [_normal(branch.cond) for branch in part.args]
        conditions[-1] = sympy.true
        nested = self._decided(
            [(branch.expr, cond) for branch, cond in zip(part.args, conditions, strict=True)]
        )
        return nested if self.repaired is None else self.repaired(part, nested)

    def _decided(self, branches: list[tuple[Any, Any]]) -> Expression:
        """The first branch whose condition holds, as nested ``where``.

        A comparison that several conditions share is decided before all of them, so that what
        is hidden by an earlier branch is as rarely as possible left with a jump.
        """
        (expression, condition), *rest = branches
        if condition == sympy.true:
            return self._known[expression]
        if condition == sympy.false:
            return self._decided(rest)
        shared = next((r for r in _relations(condition) if _recurs(r, rest)), None)
        if shared is None:
            return self._where(condition, self._known[expression], self._decided(rest))
        self._splits += 1
        if self._splits > MAX_SPLITS:
            raise Unsupported(
                f"expected a Piecewise that {MAX_SPLITS} comparisons decide, got more; write it "
                "with Max and Min, or as a sum"
            )
        yes, no = (
            self._decided([(e, c.xreplace(_truths(shared, holds))) for e, c in branches])
            for holds in (sympy.true, sympy.false)
        )
        return self._where(shared, yes, no)

    def _where(self, condition: Any, yes: Expression, no: Expression) -> Expression:
        """`yes` where a SymPy condition of known sides holds, else `no`."""
        return select(from_boolean(condition, self._known.__getitem__), yes, no)


def _relations(condition: Any) -> list[Any]:
    """The comparisons of a condition, in the order of writing."""
    if isinstance(condition, (sympy.And, sympy.Or)):
        return [relation for arg in condition.args for relation in _relations(arg)]
    return [] if condition in (sympy.true, sympy.false) else [condition]


def _truths(relation: Any, holds: Any) -> dict[Any, Any]:
    """What a comparison's truth says of its other spellings."""
    fails = sympy.Not(holds)
    other = relation.negated
    return {relation: holds, relation.reversed: holds, other: fails, other.reversed: fails}


def _recurs(relation: Any, branches: list[tuple[Any, Any]]) -> bool:
    spellings = _truths(relation, sympy.true)
    return any(r in spellings for _, condition in branches for r in _relations(condition))


def _number(number: Any) -> Expression:
    """A constant; an irrational one is a smooth function of nothing."""
    number = real_number(number)
    try:
        exact: Any = algebraic(number)
    except NotAlgebraic:
        return elementwise("smooth", number, 0)
    return Constant((exact,))


def _algebraic(number: Any) -> Any:
    """The number, None if it is not algebraic."""
    try:
        return algebraic(real_number(number))
    except NotAlgebraic:
        return None


def _scaled(product: sympy.Expr) -> tuple[Any, Any] | None:
    """(number, rest) for a number times something that is linear, or not a product; else None."""
    factor = sympy.Mul(*(arg for arg in product.args if arg.is_number))
    others = [arg for arg in product.args if not arg.is_number]
    if len(others) != 1 or not (factor.is_Rational or factor.is_Float or _is_linear(others[0])):
        return None  # a formula, with its number
    return factor, others[0]


def _is_linear(part: Any) -> bool:
    """Whether a part is a sum of symbols and kinks, without a smooth function outside these."""
    if part.is_Symbol or part.is_number or isinstance(part, _KINKS):
        return True
    if part.is_Mul:
        return sum(not arg.is_number for arg in part.args) < 2 and all(map(_is_linear, part.args))
    return bool(part.is_Add) and all(map(_is_linear, part.args))


def _inner(part: Any) -> list[Any]:
    """What must be read before a part: its operands, or a smooth formula's leaves."""
    if part.is_Symbol or part.is_number:
        return []
    if part.is_Add:
        return list(part.args)
    if part.is_Mul and (scaled := _scaled(part)) is not None:
        return [scaled[1]]
    if isinstance(part, sympy.Piecewise):
        sides = [side for branch in part.args for side in _sides(_normal(branch.cond))]
        return [*(branch.expr for branch in part.args), *sides]
    if isinstance(part, _KINKS):
        return list(part.args)
    _check_smooth(part)
    return _leaves(part) if (real := _in_reals(part)) is part else [real]


def _in_reals(formula: Any) -> Any:
    """The formula of real symbols of the same names: sqrt(x**2) is Abs(x) then."""
    symbols = {s: _real_symbol(s.name) for s in formula.free_symbols if not s.is_real}
    return formula.xreplace(symbols) if symbols else formula


def _real_symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


def _normal(condition: Any) -> Any:
    """A condition with every Not, Xor, … worked into its comparisons."""
    if isinstance(condition, sympy.logic.boolalg.BooleanFunction):
        return condition.to_nnf(simplify=False)
    return condition


def _sides(condition: Any) -> list[Any]:
    if condition in (sympy.true, sympy.false):
        return []
    if isinstance(condition, (sympy.And, sympy.Or)):
        return [side for arg in condition.args for side in _sides(arg)]
    if isinstance(condition, _RELATIONS):
        return list(condition.args)
    raise no_condition(condition)


def _leaves(formula: sympy.Expr) -> list[Any]:
    """The symbols and the outermost kinks of a smooth formula, in the order of writing."""
    found: dict[Any, None] = {}
    walk: Any = sympy.preorder_traversal(formula)
    for part in walk:
        if part.is_Symbol or isinstance(part, _KINKS):
            found[part] = None
            walk.skip()
    return list(found)


def _check_smooth(part: Any) -> None:
    jumps = part.atoms(sympy.Heaviside, sympy.sign, sympy.floor, sympy.ceiling)
    if jumps:
        found = min(jumps, key=sympy.default_sort_key)
        where = "" if found == part else f" in {part}"
        raise Unsupported(
            f"expected a formula of Max, Min, Abs, Piecewise and C¹ functions, got {found}{where}, "
            "which has jumps and is not read, even where a product with it has none; write "
            "x*sign(x) as Abs(x), x*Heaviside(x) as Max(x, 0), and others as a Piecewise"
        )
    if not isinstance(part, sympy.Expr):
        raise Unsupported(
            f"expected a SymPy expression, got {type(part).__name__}; translate its sides instead"
        )


def expression_of(value: Any, *, polynomial: bool = False) -> Expression:
    """A piecewise linear SymPy expression as an expression of ours, or a piecewise polynomial one.

    Examples
    --------
    >>> a, x = sympy.symbols("a x", real=True)
    >>> expression_of(a * sympy.Max(x, 0) ** 2, polynomial=True)
    a*(max(0, x)**2)
    """
    read = partial(expression_of, polynomial=polynomial)
    if value.is_Symbol:
        return builders.variable(value.name)
    if value.is_Rational:
        return Constant((to_fraction(value),))
    if isinstance(value, sympy.Add):
        first, *others = map(read, value.args)
        for other in others:
            first = first + other
        return first
    if isinstance(value, sympy.Mul):
        coefficient, rest = value.as_coeff_Mul()
        if coefficient.is_Rational and coefficient != 1:
            return to_fraction(coefficient) * read(rest)
        if polynomial:
            left, right = value.as_two_terms()
            return read(left) * read(right)
    if polynomial and isinstance(value, sympy.Pow) and value.exp.is_Integer and value.exp > 0:
        return read(value.base) ** int(value.exp)
    if isinstance(value, sympy.Max):
        return extrema.max(*map(read, value.args))
    if isinstance(value, sympy.Min):
        return extrema.min(*map(read, value.args))
    if isinstance(value, sympy.Abs):
        return builders.abs(read(value.args[0]))
    raise NotPolyhedral(
        f"expected a gradient that switches where piecewise polynomials change sign, got "
        f"a switch at {value} = 0; check f.gradient at points instead"
    )
