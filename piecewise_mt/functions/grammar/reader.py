"""The one pass over the tokens, by operator precedence with a stack of open brackets."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.errors import ParseError, PiecewiseError
from piecewise_mt.exact.names import CONSTANTS
from piecewise_mt.exact.numbers import MAX_DIGITS, number_from_text
from piecewise_mt.functions.build import arithmetic, builders
from piecewise_mt.functions.build.selection import of_comparisons
from piecewise_mt.functions.conditions import Joined
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.frames import (
    Conditions,
    Frame,
    Name,
    Negated,
    Refusal,
    argument,
    free_standing_rule,
    gathered,
    kind,
    mixed,
    of_parameters,
    rule_value,
)
from piecewise_mt.functions.grammar.tokens import (
    CALLS,
    COMPARISONS,
    MAX_NESTING,
    NAMED_TIES,
    NUMBERS,
    SIGN,
    Token,
    calculate,
    fits,
    root_power,
    shortened,
    suggestion,
    tokenize,
)
from piecewise_mt.functions.nodes import Constant
from piecewise_mt.functions.other_names import advice, meant

Triple = tuple[str, Any, Any]
"""(op, left, right): op is one of =, <, <=, >, >=; a side is an Expression or a Fraction."""
_BINARY = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_OPERATIONS = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}


class Reader:
    """One pass over the tokens; `frames` are the open brackets, outermost first."""

    def __init__(self, text: str, ties: Any, at_zero: Any) -> None:
        self.tokens = tokenize(text)
        self.text = text
        self.index = 0
        self.ties = ties
        self.at_zero = at_zero
        self.comparing = False
        self.rule_operators = 0
        self.variables: dict[str, Expression] = {}
        self.frames = [Frame(self.tokens[0], "")]

    # -- the three kinds of text ---------------------------------------------------------

    def expression(self) -> Expression:
        start = self.tokens[0]
        return self.as_expression(self.read(), start)

    def conditions(self) -> list[Any]:
        """Comparisons as triples and unions as conditions, all of which must hold."""
        self.comparing = True
        value = self.read()
        if not isinstance(value, Conditions):
            raise self.error(
                f"expected a comparison, got an expression without one; write for instance "
                f"{shortened(self.text)} >= 0",
                self.tokens[-1],
            )
        return value.all

    def rule(self) -> Any:
        self.frames[0].rule = True
        return self.checked(self.tokens[0], free_standing_rule, self.read())

    def error(self, message: str, token: Token) -> ParseError:
        return ParseError(message, self.text, token.position)

    def checked(self, token: Token, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of a call; what it refuses, refused at the place of `token`."""
        try:
            return call(*args, **kwargs)
        except Refusal as refusal:
            raise self.error(str(refusal), token) from None
        except PiecewiseError as error:
            error.source, error.position = self.text, token.position
            raise

    # -- the pass ------------------------------------------------------------------------

    def read(self) -> Any:
        operand = True
        while True:
            token = self.tokens[self.index]
            self.index += 1
            if operand:
                operand = self.read_operand(token)
            elif token.kind == "end":
                return self.finished(token)
            else:
                operand = self.read_operator(token)

    def read_operand(self, token: Token) -> bool:
        """Read the start of an operand; whether another start must follow."""
        frame = self.frames[-1]
        following = self.tokens[min(self.index, len(self.tokens) - 1)]
        if token.kind == "number":
            frame.values.append(self.number(token))
        elif token.kind == "name" and token.text not in ("and", "or"):
            if following.text == "(":
                self.index += 1
                return self.open_call(token, following)
            if frame.name and frame.fresh and following.text == "=":
                self.index += 1
                return self.open_keyword(token)
            frame.values.append(self.named(token, frame))
        elif token.text in ("+", "-"):
            frame.add_sign(token)
            return True
        elif token.text == "(":
            point = frame.keyword is not None and frame.keyword.text == "at" and frame.fresh
            self.open(Frame(token, ")", "point" if point else "", rule=frame.rule))
            return True
        elif token.text == "[" and frame.fresh and (frame.has_items or frame.rule):
            self.open(Frame(token, "]", rule=frame.rule))
            return True
        elif token.text and token.text == frame.closer and frame.has_items and not frame.items:
            self.close(frame, empty=True)  # which complains about a call or list of nothing
        else:
            raise self.error(
                f"expected a number, a name or '(', got {token.shown()}; "
                + ("complete the expression" if token.kind == "end" else "put an operand there"),
                token,
            )
        self.frames[-1].signed = False
        return False

    def read_operator(self, token: Token) -> bool:
        """Read what follows an operand; whether an operand must follow that."""
        frame = self.frames[-1]
        if token.text in _BINARY:
            precedence = _BINARY[token.text]
            # ** groups to the right, the others to the left
            self.reduce(frame, precedence + (token.text == "**"))
            frame.operators.append((precedence, token))
            return True
        if token.text in COMPARISONS:
            self.compare(frame, token)
            return True
        if token.text == "or":
            frame.alternatives.append(frame.joined + self.chain(frame, token))
            frame.joined = []
            return True
        if token.text == "and" or (token.text == "," and self.comparing and frame.closer == ""):
            frame.joined += self.chain(frame, token)
            return True
        if token.text == "," and frame.has_items:
            self.finish_item(frame, token)
            return True
        if token.text and token.text == frame.closer:
            self.close(frame)
            return False
        value = frame.values[-1]
        if token.text == "[" and isinstance(value, Expression) and value.shape:
            frame.values[-1] = self.entry(value, token)
            return False
        if token.kind in ("number", "name") or token.text in ("(", "["):
            remedy = (
                "an index is one whole number, of an array"
                if token.text == "["
                else "write products with *"
            )
        elif token.text == ",":
            remedy = "commas separate the arguments of a call or the entries of a list"
        else:
            remedy = f"close {frame.token.shown()} first" if frame.closer else "remove it"
        raise self.error(f"expected an operator or the end, got {token.shown()}; {remedy}", token)

    def finished(self, token: Token) -> Any:
        frame = self.frames[-1]
        if frame.closer:
            raise self.error(
                f"expected {frame.closer!r}, got the end of the text; close the bracket of "
                f"{frame.token.shown()} at offset {frame.token.position}",
                token,
            )
        return self.item(frame, token)

    # -- operands ------------------------------------------------------------------------

    def number(self, token: Token) -> Fraction:
        try:
            value = number_from_text(token.text)
        except PiecewiseError as error:
            raise self.error(str(error), token) from error
        if not fits(value):
            raise self.error(
                f"expected a number of at most {MAX_DIGITS} digits, got {shortened(token.text)}; "
                "use a smaller exponent",
                token,
            )
        return value

    def named(self, token: Token, frame: Frame) -> Any:
        name = token.text
        if name == "None":
            return None
        if frame.rule:
            return Name(name)
        if name in CONSTANTS:
            raise self.error(
                f"expected a variable or an exact rational number, got {name}, which is the name "
                "of a constant; write a rational number, mt.smooth for an irrational one, or give "
                "the variable another name",
                token,
            )
        if name not in self.variables:
            self.variables[name] = builders.variable(name)
        return self.variables[name]

    def entry(self, array: Expression, bracket: Token) -> Expression:
        """An entry of an array, whose index follows: softmax(x, y)[0]."""
        position, closer = self.tokens[self.index : self.index + 2]
        if not position.text.isdecimal() or closer.text != "]":
            raise self.error(
                f"expected an index of digits and ']', got {position.shown()}; write for instance "
                "softmax(x, y)[0]",
                position,
            )
        self.index += 2
        return self.checked(bracket, array.__getitem__, int(self.number(position)))  # type: ignore[no-any-return]

    def open(self, frame: Frame) -> None:
        if len(self.frames) > MAX_NESTING:
            raise self.error(
                f"expected at most {MAX_NESTING} nested brackets, got more; "
                "build the function in Python instead",
                frame.token,
            )
        self.frames.append(frame)

    def open_call(self, token: Token, bracket: Token) -> bool:
        name, rule = token.text, self.frames[-1].rule
        if rule and name != "mix":
            raise self.error(
                f"expected a number or a name as a rule, got the function {token.shown()}; "
                "the only function there is mix(beta)",
                token,
            )
        if not rule and name not in CALLS:
            raise self.error(
                f"expected one of the functions {', '.join(CALLS)}, got {token.shown()}"
                f"{suggestion(name, tuple(CALLS))}; " + self.instead(name),
                token,
            )
        self.open(Frame(token, ")", name, rule=rule))
        return True

    def instead(self, name: str) -> str:
        """What to write for a function that there is not."""
        if name == "mix":
            return "write ties=mix(beta)"
        own = meant(name, tuple(CALLS))
        if own is not None:
            return f"write {CALLS[own].usage}"
        return advice(name) or "write products with *"

    def open_keyword(self, token: Token) -> bool:
        frame = self.frames[-1]
        known = CALLS[frame.name].keywords if frame.name in CALLS else ()
        if token.text not in known or token.text in frame.keywords:
            repeated = "a second " if token.text in frame.keywords else ""
            allowed = " or ".join(f"{keyword}=" for keyword in known) or "no keyword"
            usage = CALLS[frame.name].usage if frame.name in CALLS else "mix(beta)"
            raise self.error(
                f"expected {allowed} in a call of {frame.name}, got {repeated}"
                f"{shortened(token.text)}=; write {usage}",
                token,
            )
        frame.keyword, frame.rule = token, True
        self.rule_operators = 0
        return True

    # -- operators -----------------------------------------------------------------------

    def reduce(self, frame: Frame, precedence: int) -> None:
        """Apply the pending operators that bind at least as tightly as `precedence`."""
        while frame.operators and frame.operators[-1][0] >= precedence:
            level, token = frame.operators.pop()
            right = self.operand(frame.values.pop(), token)
            if level == SIGN:
                is_node = token.text == "-" and isinstance(right, Expression)
                right = Negated(right) if is_node else -right if token.text == "-" else right
                frame.values.append(right)
                continue
            left = frame.values.pop()
            if isinstance(left, Negated) and token.text == "/" and isinstance(right, Fraction):
                # -x/2 is written for the one node x*(-1/2)
                left, right = left.node, -right
            left = self.operand(left, token)
            frame.values.append(self.combined(token, left, right))

    def operand(self, value: Any, token: Token) -> Any:
        if isinstance(value, Negated):
            return -value.node
        if isinstance(value, Name) and value.text not in NAMED_TIES:
            return sympy.Symbol(value.text, real=True)
        if isinstance(value, (*NUMBERS, Expression, sympy.Expr)):
            return value
        raise self.error(
            f"expected numbers and expressions beside {token.shown()}, got {kind(value)}; "
            "put it where it belongs, outside sums and products",
            token,
        )

    def combined(self, token: Token, left: Any, right: Any) -> Any:
        if isinstance(left, NUMBERS) and isinstance(right, NUMBERS):
            if token.text == "**" and isinstance(right, Fraction) and right.denominator != 1:
                found = root_power(left, right)
                if found is not None:
                    return found
                # another irrational number stays the node of which it is the value
                if left > 0 and left != 1:
                    return self.checked(token, arithmetic.power, left, Constant((right,)))
                return self.checked(token, arithmetic.power, Constant((left,)), right)
            result = calculate(token.text, left, right)
            if isinstance(result, str):
                raise self.error(result, token)
            return result
        if isinstance(left, sympy.Expr) or isinstance(right, sympy.Expr):
            self.rule_operators += 1
            return self.checked(token, of_parameters, token.text, left, right, self.rule_operators)
        if token.text == "/" and isinstance(right, NUMBERS) and not right:
            raise self.error(str(calculate("/", Fraction(1), right)), token)
        return self.checked(token, _OPERATIONS[token.text], _plain(left), _plain(right))

    def as_expression(self, value: Any, token: Token) -> Expression:
        if isinstance(value, NUMBERS):
            return Constant((value,))
        if isinstance(value, Expression):
            return value
        raise self.error(f"expected an expression, got {kind(value)}; complete it", token)

    # -- comparisons ---------------------------------------------------------------------

    def compare(self, frame: Frame, token: Token) -> None:
        condition = frame.name == "where" and not frame.items and not frame.keyword
        grouped = frame.closer == ")" and not frame.name and not frame.rule
        if not (condition or grouped or (self.comparing and not frame.closer)):
            raise self.error(
                f"expected an expression, got the comparison {token.shown()}; comparisons "
                "belong into a condition or into where(x > y, a, b)",
                token,
            )
        self.reduce(frame, 0)
        frame.sides.append(self.operand(frame.values.pop(), token))
        frame.comparisons.append(token)

    def chain(self, frame: Frame, token: Token) -> list[Any]:
        """The comparisons since the last "and" or "or", which end at `token`."""
        self.reduce(frame, 0)
        value = frame.values.pop()
        if not frame.sides:
            if isinstance(value, Conditions):
                return value.all
            raise self.error(
                f"expected a comparison before {token.shown()}, got {kind(value)}; "
                "write one of = < <= > >=",
                token,
            )
        sides = [*frame.sides, self.operand(value, frame.comparisons[-1])]
        operators = ["=" if token.text == "==" else token.text for token in frame.comparisons]
        frame.sides, frame.comparisons = [], []
        return list(zip(operators, sides, sides[1:]))

    def item(self, frame: Frame, token: Token) -> Any:
        """The value of everything since the last comma or the opening bracket."""
        if frame.sides or frame.joined or frame.alternatives:
            found = frame.joined + self.chain(frame, token)
            frame.joined = []
            if frame.alternatives:
                union = [of_comparisons(part) for part in (*frame.alternatives, found)]
                found, frame.alternatives = [Joined("or", tuple(union))], []
            return Conditions(found)
        self.reduce(frame, 0)
        value = frame.values.pop()
        return -value.node if isinstance(value, Negated) else value

    # -- calls and lists -----------------------------------------------------------------

    def finish_item(self, frame: Frame, token: Token) -> None:
        value = self.item(frame, token)
        if frame.keyword is not None:
            keyword = frame.keyword
            frame.keywords[keyword.text] = self.checked(keyword, rule_value, keyword.text, value)
            frame.keyword, frame.rule = None, False
            return
        if frame.keywords:
            raise self.error(
                f"expected {next(iter(frame.keywords))}= after all other arguments, got an "
                "argument behind it; move it forward",
                frame.token if token.kind == "end" else token,
            )
        frame.items.append(value)

    def close(self, frame: Frame, *, empty: bool = False) -> None:
        token = self.tokens[self.index - 1]
        if frame.has_items:
            if not empty:
                self.finish_item(frame, token)
            value = self.called(frame) if frame.name else self.entries(frame)
        else:
            value = self.item(frame, token)
        self.frames.pop()
        self.frames[-1].values.append(value)
        self.frames[-1].signed = False

    def entries(self, frame: Frame) -> list[Any]:
        kinds = (*NUMBERS, list, Name, sympy.Expr) if frame.rule else (*NUMBERS, list, Expression)
        for entry in frame.items:
            if not isinstance(entry, kinds):
                raise self.error(
                    f"expected numbers or expressions in a list, got {kind(entry)}; remove it",
                    frame.token,
                )
        return frame.items

    def called(self, frame: Frame) -> Any:
        if frame.name == "point":
            return frame.items
        if frame.name == "mix":
            return self.checked(frame.token, mixed, frame.items)
        call = CALLS[frame.name]
        arguments = [
            _plain(self.checked(frame.token, argument, frame.name, call, value, i))
            for i, value in enumerate(gathered(frame.name, frame.items))
        ]
        if len(arguments) < call.least or len(arguments) > call.most:
            plural = "s" if call.least > 1 else ""
            most = "at least " if call.most > call.least else ""
            raise self.error(
                f"expected {most}{call.least} argument{plural} of {frame.name}, "
                f"got {len(arguments)}; write {call.usage}",
                frame.token,
            )
        if frame.name == "sqrt" and isinstance(arguments[0], (int, *NUMBERS)):
            found = root_power(arguments[0], Fraction(1, 2))
            if found is not None:
                return found
        keywords = dict(frame.keywords)
        for keyword in call.keywords[:1] if "at_zero" not in call.keywords else call.keywords:
            default = self.ties if keyword == "ties" else self.at_zero
            if default is not None:
                keywords.setdefault(keyword, default)
        return self.checked(frame.token, call.build, *arguments, **keywords)


def _plain(value: Any) -> Any:
    """A whole number as an int, which messages show better."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value
