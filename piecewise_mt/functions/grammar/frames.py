"""What is being read and its checks: open brackets, arguments and rule values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from piecewise_mt.functions.atoms.order import STABLE
from piecewise_mt.functions.atoms.ties import TieRule, mix
from piecewise_mt.functions.build.selection import of_comparisons
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.tokens import (
    NAMED_TIES,
    NUMBERS,
    SIGN,
    Call,
    Token,
    shortened,
    suggestion,
)

MAX_OPERATORS = 20
MAX_POWER = 10
"""So large may the value of a rule be in a text."""


class Name(NamedTuple):
    """A name in the value of a rule."""

    text: str


class Conditions(NamedTuple):
    """Comparisons where a value is expected: triples, and unions as conditions; all must hold."""

    all: list[Any]


class Negated(NamedTuple):
    """An operand after a minus sign, of which it is not yet known how far the sign reaches."""

    node: Expression


class Frame:
    """An open bracket, or the text itself, with the part of an item that has been read."""

    def __init__(self, token: Token, closer: str, name: str = "", *, rule: bool = False) -> None:
        self.token = token
        self.closer = closer
        self.name = name
        self.values: list[Any] = []
        self.operators: list[tuple[int, Token]] = []
        self.signed = False
        self.sides: list[Any] = []
        self.comparisons: list[Token] = []
        self.joined: list[Any] = []
        self.alternatives: list[list[Any]] = []
        self.items: list[Any] = []
        self.keywords: dict[str, Any] = {}
        self.keyword: Token | None = None
        self.rule = rule

    def add_sign(self, token: Token) -> None:
        """A run of signs is one sign, so that its length does not matter."""
        if not self.signed:
            self.operators.append((SIGN, token))
            self.signed = True
        elif token.text == "-":
            last = self.operators[-1][1].text
            self.operators[-1] = (SIGN, token._replace(text="+" if last == "-" else "-"))

    @property
    def fresh(self) -> bool:
        """Whether nothing of the item has been read yet."""
        return not (self.values or self.operators or self.sides or self.joined or self.alternatives)

    @property
    def has_items(self) -> bool:
        """Whether commas separate items here: a call or a list."""
        return bool(self.name) or self.closer == "]"


class Refusal(Exception):
    """Words that say what is wrong; the reader knows the place."""


def argument(name: str, call: Call, value: Any, position: int) -> Any:
    """An argument of a call as its builder takes it."""
    if name == "where" and position == 0:
        if not isinstance(value, Conditions):
            raise Refusal(f"expected comparisons in where, got {kind(value)}; write {call.usage}")
        return of_comparisons(value.all)
    lists = name in ("max", "min", "stack", "piecewise_linear")
    if position >= call.expressions:
        wanted = list if lists else NUMBERS
        good = isinstance(value, wanted) and not mentions(value)
        if not (good or (value is None and name == "clip")):
            raise Refusal(
                f"expected a {'list of numbers' if lists else 'number'} as argument "
                f"{position + 1} of {name}, got {kind(value)}; write {call.usage}"
            )
    elif not isinstance(value, (*NUMBERS, Expression, list)):
        raise Refusal(
            f"expected an expression as argument {position + 1} of {name}, got "
            f"{kind(value)}; write {call.usage}"
        )
    return value


_OF_ARRAYS = {
    "kth": 1,
    **dict.fromkeys(("softmax", "logsumexp", "median", "sort", "norm1", "norm_inf"), 0),
}
"""Functions of an array, and how many arguments they take after it."""


def gathered(name: str, items: list[Any]) -> list[Any]:
    """The arguments of a function of an array, whose entries may stand in the call itself."""
    end = len(items) - _OF_ARRAYS.get(name, 0)
    if name not in _OF_ARRAYS or end < 1:
        return items
    first = items[0]
    array = isinstance(first, list) or bool(getattr(first, "shape", ()))
    return items if array and end == 1 else [items[:end], *items[end:]]


def of_parameters(operator: str, left: Any, right: Any, count: int) -> sympy.Expr:
    """``left operator right`` in the value of a rule, where names are parameters."""
    if count > MAX_OPERATORS:
        raise Refusal(
            f"expected at most {MAX_OPERATORS} operators in a rule, got more; give the rule in "
            "Python instead"
        )
    a, b = (sympy.sympify(v) if isinstance(v, NUMBERS) else v for v in (left, right))
    if (operator == "/" and not b) or (operator == "**" and not a):
        raise Refusal("expected a nonzero divisor or base in a rule, got 0; change it")
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "/":
        operator, b = "*", 1 / b
    if operator == "*":
        if not (a.is_Add and b.is_Add):  # expanded, sums of products stay as long as written
            return a * b
        raise Refusal("expected a product with one sum in a rule, got two; multiply it out")
    if b.is_Integer and abs(int(b)) <= MAX_POWER and not (a.is_Add and b > 1):
        return a**b
    raise Refusal(
        f"expected a power of a parameter by a whole number up to {MAX_POWER} in a rule, got "
        f"({a})**({b}); give the rule in Python instead"
    )


def mixed(items: list[Any]) -> TieRule:
    """The rule ``mix(beta)``."""
    beta = items[0] if len(items) == 1 else None
    if isinstance(beta, Name):
        return mix(sympy.Symbol(beta.text, real=True))
    if isinstance(beta, (Fraction, sympy.Expr)):
        return mix(beta)
    raise Refusal("expected one number or name in mix, got something else; write mix(1/2)")


def rule_value(keyword: str, value: Any) -> Any:
    """The value of a rule keyword as the builders take it."""
    if keyword == "ties":
        return _ties(value)
    if keyword == "at":
        if isinstance(value, list) and [type(entry) for entry in value] == [Fraction] * 2:
            return value
        raise Refusal(
            f"expected a point (x, value) of the graph, got {kind(value)}; write at=(0, 0)"
        )
    if isinstance(value, list) and keyword != "at_zero":
        return [_derivative(keyword, entry) for entry in value]
    return _derivative(keyword, value)


def _ties(value: Any) -> Any:
    if isinstance(value, Name) and value.text in (*NAMED_TIES, *STABLE):
        return value.text
    if isinstance(value, TieRule) or (isinstance(value, list) and not mentions(value)):
        return value
    more = suggestion(value.text, NAMED_TIES) if isinstance(value, Name) else ""
    raise Refusal(
        f"expected ties to be {', '.join(NAMED_TIES)}, weights or mix(beta), got "
        f"{kind(value)}{more}; write for instance ties=first or ties=[1, 2]"
    )


def _derivative(keyword: str, value: Any) -> Any:
    if isinstance(value, NUMBERS) or value == Name("free"):
        return value if isinstance(value, NUMBERS) else "free"
    if isinstance(value, Name) and value.text not in NAMED_TIES:
        return sympy.Symbol(value.text, real=True)
    if isinstance(value, sympy.Expr):
        return value
    raise Refusal(
        f"expected {keyword} to be a number, free or the name of a parameter, got "
        f"{kind(value)}; write for instance {keyword}=1/2"
    )


def free_standing_rule(value: Any) -> Any:
    """The value of a rule that may be of either kind."""
    if isinstance(value, Name):
        return value.text if value.text in NAMED_TIES else sympy.Symbol(value.text, real=True)
    if isinstance(value, (*NUMBERS, TieRule, sympy.Expr)) or (
        isinstance(value, list) and not mentions(value)
    ):
        return value
    raise Refusal(
        f"expected a rule, got {kind(value)}; write for instance first, 1/2, [1, 2] or mix(1/2)"
    )


def mentions(value: Any) -> bool:
    """Whether a list has something other than numbers in it."""
    return isinstance(value, list) and not all(isinstance(entry, NUMBERS) for entry in value)


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if isinstance(value, Conditions):
        return "a comparison" if len(value.all) == 1 else f"{len(value.all)} comparisons"
    if isinstance(value, Name):
        return f"the name {shortened(value.text)!r}"
    if value is None:
        return "None"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, TieRule):
        return "a tie rule"
    return "a number" if isinstance(value, NUMBERS) else "an expression"
