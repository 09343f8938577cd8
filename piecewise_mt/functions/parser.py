"""The grammar of the command line, of ``mt.parse`` and of conditions.

Text is data: it is cut into tokens by one regular expression, checked against limits, and read
by precedence climbing. Nothing is evaluated by Python, so there is nothing to escape from.

    condition   = chain (("and" | ",") chain)*
    chain       = sum (("=" | "==" | "<" | "<=" | ">" | ">=") sum)+
    sum         = product (("+" | "-") product)*
    product     = unary (("*" | "/") unary)*
    unary       = ("+" | "-")* power
    power       = atom ("**" unary)?
    atom        = NUMBER | NAME | NAME "(" arguments ")" | "(" sum ")"

A lone ``=`` is a keyword only as ``NAME =`` at the start of a call's argument.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import NotPolyhedral, ParseError, PiecewiseError
from piecewise_mt.exact.numbers import number_from_text
from piecewise_mt.functions import builders, extrema
from piecewise_mt.functions.expression import Comparison, Expression
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.functions.ties import mix
from piecewise_mt.functions.tokens import Token, shown, tokenize

MAX_NESTING = 100
MAX_EXPONENT = 64
MAX_BITS = 4096

_COMPARE = {"<", "<=", ">", ">=", "=", "=="}
Condition = tuple[str, Any, Any]
"""(op, left, right) with op one of =, <, <=, >, >=."""


# the calls of the grammar: the function, how many positional arguments, its rule keyword
_CALLS: dict[str, tuple[Callable[..., Any], range, str | None]] = {
    "relu": (builders.relu, range(1, 2), "at_zero"),
    "abs": (builders.abs, range(1, 2), "at_zero"),
    "leaky_relu": (builders.leaky_relu, range(2, 3), "at_zero"),
    "clip": (builders.clip, range(3, 4), "at_edges"),
    "max": (extrema.max, range(1, 10**6), "ties"),
    "min": (extrema.min, range(1, 10**6), "ties"),
    "maximum": (extrema.maximum, range(2, 3), "ties"),
    "minimum": (extrema.minimum, range(2, 3), "ties"),
    "where": (extrema.where, range(3, 4), None),
    "piecewise_linear": (builders.piecewise_linear, range(3, 4), "at_breaks"),
}


def parse(text: str, *, ties: Any = None, at_zero: Any = None) -> Expression:
    """The expression that a text such as ``"max(y1, y2) - relu(y1)"`` writes.

    Parameters
    ----------
    text : str
        Names are variables; the functions are relu, abs, leaky_relu, clip, max, min, maximum,
        minimum, where and piecewise_linear, with the rules ``ties=first``, ``at_zero=1/2``, ….
        Numbers are read exactly: ``0.1`` is 1/10.
    ties, at_zero : optional
        The rules of calls that do not state one (``at_zero`` also stands for ``at_edges`` and
        ``at_breaks``); free by default.

    Raises
    ------
    ParseError
        With the text and the offset of the place.

    Examples
    --------
    >>> f = parse("max(t, 2*t, ties=first) - max(t, 2*t, ties=last)")
    >>> f.gradient({"t": 0})
    Matrix([[-1]])
    """
    reader = _Reader(text, ties, at_zero)
    result = reader.sum()
    reader.expect_end()
    return result if isinstance(result, Expression) else Constant((result,), ())


def parse_conditions(text: str) -> list[Condition]:
    """The comparisons, all of which must hold, that a text such as ``"0 <= x < 1, y = x"`` writes.

    Raises
    ------
    ParseError
        With the text and the offset of the place.
    """
    reader = _Reader(text, None, None)
    result: list[Condition] = []
    while True:
        result += reader.chain()
        if reader.peek().text in ("and", ","):
            reader.take()
        else:
            break
    reader.expect_end()
    return result


def parse_rule(text: str) -> Any:
    """A rule as it stands after ``ties=`` or ``at_zero=``: a name, a number, weights, mix(…).

    Raises
    ------
    ParseError
        With the text and the offset of the place.
    """
    reader = _Reader(text, None, None)
    result = reader.rule_value()
    reader.expect_end()
    return result


class _Reader:
    def __init__(self, text: str, ties: Any, at_zero: Any) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.depth = 0
        self.ties = ties
        self.at_zero = at_zero

    # -- tokens ----------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def fail(self, message: str, token: Token) -> ParseError:
        return ParseError(message, self.text, token.position)

    def expect(self, text: str, remedy: str) -> Token:
        token = self.take()
        if token.text != text or token.kind != "op":
            raise self.fail(f"expected {text!r}, got {shown(token)}; {remedy}", token)
        return token

    def expect_end(self) -> None:
        token = self.peek()
        if token.kind == "end":
            return
        if token.text == "or":
            raise self.fail(
                "expected comparisons joined by 'and', got 'or'; give the parts of a union one "
                "by one",
                token,
            )
        if token.text in _COMPARE:
            raise self.fail(
                f"expected an expression, got the comparison {token.text!r}; a comparison goes "
                "into where(…) or a condition",
                token,
            )
        raise self.fail(
            f"expected the end or an operator, got {shown(token)}; write products with *", token
        )

    def nested(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fail(
                f"expected at most {MAX_NESTING} nested brackets, got more; name parts of the "
                "function in Python instead",
                token,
            )

    # -- expressions -----------------------------------------------------------------------

    def sum(self) -> Any:
        total = self.product()
        while self.peek().text in ("+", "-") and self.peek().kind == "op":
            token = self.take()
            right = self.product()
            total = self.combine(token, total, right)
        return total

    def product(self) -> Any:
        total = self.unary()
        while self.peek().text in ("*", "/"):
            token = self.take()
            total = self.combine(token, total, self.unary())
        return total

    def unary(self) -> Any:
        # a run of signs is read in a loop, so that its length does not matter
        negative = False
        while self.peek().text in ("+", "-") and self.peek().kind == "op":
            negative ^= self.take().text == "-"
        value = self.power()
        return -value if negative else value

    def power(self) -> Any:
        base = self.atom()
        token = self.peek()
        if token.text != "**":
            return base
        self.take()
        self.nested(token)
        exponent = self.unary()
        self.depth -= 1
        if isinstance(exponent, Expression) or exponent.denominator != 1:
            raise self.fail(
                "expected a whole number as an exponent, got something else; write it as digits",
                token,
            )
        if isinstance(base, Expression):
            if exponent == 1:
                return base
            error = NotPolyhedral(
                f"expected a piecewise linear expression, got the power **{exponent}; powers of "
                "variables are not supported"
            )
            raise self.located(error, token)
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(exponent) > MAX_EXPONENT or size * abs(exponent) > MAX_BITS:
            raise self.fail(
                f"expected a power of at most {MAX_BITS} bits and an exponent of at most "
                f"{MAX_EXPONENT}, got a larger one; compute the number in Python",
                token,
            )
        if base == 0 and exponent < 0:
            raise self.fail("expected a number, got a division by zero; change the base", token)
        return Fraction(base) ** int(exponent)

    def combine(self, token: Token, left: Any, right: Any) -> Any:
        try:
            if token.text == "+":
                return left + right
            if token.text == "-":
                return left - right
            if token.text == "*":
                return left * right
            if not isinstance(right, Expression) and right == 0:
                raise self.fail("expected a nonzero divisor, got 0; change the divisor", token)
            return left / right
        except PiecewiseError as error:
            # the same kind of error, now with the place
            raise self.located(error, token) from error

    def located(self, error: PiecewiseError, token: Token) -> PiecewiseError:
        if isinstance(error, ParseError):
            return error
        located = type(error)(str(error))
        located.source, located.position = self.text, token.position
        return located

    def atom(self) -> Any:
        token = self.take()
        if token.kind == "number":
            try:
                return number_from_text(token.text)
            except PiecewiseError as error:
                raise self.fail(str(error), token) from error
        if token.kind == "name":
            return self.named(token)
        if token.text == "(":
            self.nested(token)
            value = self.sum()
            self.expect(")", "close the bracket")
            self.depth -= 1
            return value
        raise self.fail(
            f"expected a number, a name or '(', got {shown(token)}; complete the expression",
            token,
        )

    def named(self, token: Token) -> Any:
        name = token.text
        if name.startswith("__") or name in ("lambda", "for", "if", "else", "and", "or", "not"):
            raise self.fail(
                f"expected a variable or a function, got {name!r}; choose another name", token
            )
        if self.peek().text == "(":
            return self.call(token)
        if name in _CALLS:
            raise self.fail(
                f"expected the arguments of {name}, got {shown(self.peek())}; write {name}(…)",
                token,
            )
        return builders.variable(name)

    def call(self, token: Token) -> Any:
        name = token.text
        if name not in _CALLS:
            raise self.fail(
                f"expected one of the functions {', '.join(sorted(_CALLS))}, got {name!r}; "
                "write products with *",
                token,
            )
        function, arity, rule = _CALLS[name]
        self.nested(self.take())
        arguments: list[Any] = []
        keywords: dict[str, Any] = {}
        while self.peek().text != ")":
            if self.peek().kind == "name" and self.peek(1).text == "=":
                key = self.take()
                self.take()
                if key.text != rule or key.text in keywords:
                    raise self.fail(
                        f"expected {'no keyword' if rule is None else repr(rule)} in {name}(…), "
                        f"got {key.text!r}; leave it out",
                        key,
                    )
                keywords[key.text] = self.rule_value()
            elif keywords:
                raise self.fail(
                    f"expected {rule}= as the last argument, got {shown(self.peek())}; move it "
                    "forward",
                    self.peek(),
                )
            else:
                arguments.append(self.argument(name, len(arguments)))
            if self.peek().text != ")":
                self.expect(",", "separate the arguments by commas and close the bracket")
        self.take()
        self.depth -= 1
        if len(arguments) not in arity:
            wanted = "at least 1" if len(arity) > 1 else str(arity.start)
            raise self.fail(
                f"expected {wanted} arguments of {name}, got {len(arguments)}; check the call",
                token,
            )
        default = self.ties if rule == "ties" else self.at_zero
        if rule is not None and default is not None:
            keywords.setdefault(rule, default)
        try:
            return function(*arguments, **keywords)
        except PiecewiseError as error:
            raise self.located(error, token) from error

    def argument(self, name: str, position: int) -> Any:
        if name == "where" and position == 0:
            start = self.peek()
            conditions = self.chain()
            if len(conditions) != 1 or conditions[0][0] == "=":
                raise self.fail(
                    "expected one comparison with <, <=, > or >= in where(…), got something "
                    "else; nest where(…) for more",
                    start,
                )
            op, left, right = conditions[0]
            sides = [
                side if isinstance(side, Expression) else Constant((side,), ())
                for side in (left, right)
            ]
            return Comparison(op, *sides)
        if self.peek().text == "[":
            return self.bracketed()
        return self.sum()

    def bracketed(self) -> list[Any]:
        self.nested(self.expect("[", "open the list"))
        entries: list[Any] = []
        while self.peek().text != "]":
            entries.append(self.sum())
            if self.peek().text != "]":
                self.expect(",", "separate the entries by commas and close the list")
        self.take()
        self.depth -= 1
        return entries

    def rule_value(self) -> Any:
        token = self.peek()
        if token.text == "[":
            return self.bracketed()
        if token.kind == "name" and self.peek(1).text == "(" and token.text == "mix":
            self.take()
            self.take()
            value = self.scalar_rule()
            self.expect(")", "close the bracket")
            return mix(value)
        return self.scalar_rule()

    def scalar_rule(self) -> Any:
        token = self.peek()
        if token.kind == "name" and self.peek(1).text in (",", ")", ""):
            self.take()
            if token.text in ("free", "first", "last", "average"):
                return token.text
            return sympy.Symbol(token.text, real=True)
        value = self.sum()
        if isinstance(value, Expression):
            raise self.fail(
                "expected a number or one name as a rule, got an expression; simplify it", token
            )
        return value

    def chain(self) -> list[Condition]:
        sides = [self.sum()]
        result: list[Condition] = []
        while self.peek().text in _COMPARE:
            token = self.take()
            sides.append(self.sum())
            result.append(("=" if token.text == "==" else token.text, sides[-2], sides[-1]))
        if not result:
            raise self.fail(
                f"expected a comparison, got {shown(self.peek())}; write one of = < <= > >=",
                self.peek(),
            )
        return result
