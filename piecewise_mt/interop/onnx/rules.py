"""Which derivative the nonsmooth operators get at their ties, by the framework that made a file.

ONNX defines values alone. The rules of PyTorch and JAX are those of the functions that export to
an operator, as observed (:mod:`piecewise_mt.conventions`); ``"onnx"`` is what the standard says,
nothing: every tie stays a free parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from piecewise_mt.errors import InvalidTieRule

FRAMEWORKS = ("onnx", "pytorch", "jax")


class Rule(NamedTuple):
    """The rule of one operator: the keyword that overrides it, and what it is where."""

    keyword: str
    pytorch: Any
    jax: Any


_HALF = Fraction(1, 2)
RULES: Mapping[str, Rule] = {
    "Relu": Rule("at_zero", 0, 0),
    "LeakyRelu": Rule("at_zero", "slope", 1),
    "PRelu": Rule("at_zero", "weight", 1),
    "Abs": Rule("at_zero", 0, 1),
    "ReduceL1": Rule("at_zero", 0, 1),
    "Elu": Rule("at_zero", "left", "left"),
    "Selu": Rule("at_zero", "left", "left"),
    "Clip": Rule("at_edges", 1, _HALF),
    "HardSigmoid": Rule("at_edges", 0, 0),
    "HardSwish": Rule("at_edges", 0, 0),
    "Shrink": Rule("at_edges", 0, 0),
    "Max": Rule("ties", "average", "average"),
    "Min": Rule("ties", "average", "average"),
    "ReduceMax": Rule("ties", "average", "average"),
    "ReduceMin": Rule("ties", "average", "average"),
    "MaxPool": Rule("ties", "first", "first"),
    "GlobalMaxPool": Rule("ties", "first", "average"),
}
"""Every operator that has a kink, in the order of the page about importers."""


def chosen_rules(rules: Any, producer: str) -> str:
    """The rules that are asked for, by default those of the framework that wrote the file."""
    if rules is None:
        return "jax" if "jax" in producer.lower() else "pytorch"
    if rules not in FRAMEWORKS:
        raise InvalidTieRule(
            f'expected rules "onnx", "pytorch" or "jax", got {rules!r}; choose one of these'
        )
    return str(rules)


def rule_of(kind: str, rules: str, given: Mapping[str, Any]) -> Any:
    """The rule of an operator: as given by its keyword, else that of the framework."""
    row = RULES[kind]
    own = given[row.keyword]
    if own is not None:
        return own
    return "free" if rules == "onnx" else getattr(row, rules)
