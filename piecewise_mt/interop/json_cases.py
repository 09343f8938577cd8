"""Functions with parameters as JSON, case by case: texts to read, and the function to derive from.

What is read again is the function with its parameters and its domain; the cases are derived anew
and compared, as nothing in a file is believed.
"""

from __future__ import annotations

from typing import Any

from piecewise_mt.calculus.partition.conditions import on_names
from piecewise_mt.calculus.representation.cases import Case
from piecewise_mt.calculus.representation.deriving import represent
from piecewise_mt.calculus.representation.parametric import ParametricRepresentation
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions.build.parameters import parameter
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.grammar.tokens import shortened
from piecewise_mt.functions.nodes import Variable
from piecewise_mt.functions.traversal import parameter_signs
from piecewise_mt.typeset.affine import entry_text

FORMAT = "piecewise_mt.cases"
FORMAT_VERSION = 1
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SIGNS = {"<": 1, "=": 2, "<=": 3, ">": 4, "!=": 5, ">=": 6, "any": 7}
_PIECE = {
    "type": "object",
    "required": ["alpha", "dimension", "condition", "formulas", "gradient"],
    "properties": {
        "alpha": {"type": "integer", "minimum": 1},
        "dimension": {"type": "integer", "minimum": 0},
        "condition": {"type": "string"},
        "formulas": _TEXTS,
        "gradient": {"type": "array", "items": _TEXTS},
        "labels": _TEXTS,
        "witness": _TEXTS,
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["format", "version", "function", "variables", "parameters", "domain", "cases"],
    "properties": {
        "format": {"const": FORMAT},
        "version": {"const": FORMAT_VERSION},
        "function": {"type": "string"},
        "variables": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "parameters": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "sign"],
                "properties": {"name": {"type": "string"}, "sign": {"enum": sorted(_SIGNS)}},
            },
        },
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "domain": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "cases": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["condition", "pieces"],
                "properties": {
                    "condition": {"type": "string"},
                    "witness": {"type": "object", "additionalProperties": {"type": "string"}},
                    "pieces": {"type": "array", "minItems": 1, "items": _PIECE},
                },
            },
        },
    },
}
"""What ``rep.to_json()`` writes for a function with parameters, as a JSON schema."""


def cases_data(rep: ParametricRepresentation) -> dict[str, Any]:
    """The cases as plain lists, dicts, ints and strings, ready for ``json.dumps``.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, w = mt.variable("x"), mt.parameter("w", positive=True)
    >>> data = cases_data(mt.relu(w * x).represent())
    >>> data["parameters"], data["cases"][0]["pieces"][2]["gradient"]
    ([{'name': 'w', 'sign': '>'}], [['w*z']])
    """
    sign_of = {mask: sign for sign, mask in _SIGNS.items()}
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "function": rep.title,
        "variables": list(rep.names),
        "parameters": [
            {"name": name, "sign": sign_of[mask]}
            for name, mask in parameter_signs(rep.function).items()
        ],
        "shape": list(rep.shape),
        "domain": rep.domain_text or None,
        "cases": [_case_data(case) for case in rep.cases()],
    }


def _case_data(case: Case) -> dict[str, Any]:
    return {
        "condition": case.condition_text,
        "witness": {symbol.name: str(value) for symbol, value in case.witness.items()},
        "pieces": [_piece_data(piece) for piece in case.representation],
    }


def _piece_data(piece: Piece) -> dict[str, Any]:
    return {
        "alpha": piece.alpha,
        "dimension": piece.dimension,
        "condition": piece.condition_text,
        "formulas": [formula.text for formula in piece.formulas],
        "gradient": [[entry_text(c) for c in row] for row in piece.gradient_rows],
        "witness": [str(value) for value in piece.point],
        "labels": list(piece.labels),
    }


def read_cases(data: Any, of: Expression | str | bool | None) -> ParametricRepresentation:
    """The representation that such data describe, derived anew and compared."""
    if of is False:
        raise PiecewiseError(
            "expected a function to derive the cases from, got of=False; leave it out"
        )
    names = tuple(data["variables"])
    signs = {entry["name"]: _SIGNS[entry["sign"]] for entry in data["parameters"]}
    own = {name: Variable(parameter(name).names, (), (), mask) for name, mask in signs.items()}
    text = of if isinstance(of, str) else data["function"]
    f = of if isinstance(of, Expression) else _function(text, names, own)
    rep = represent(f.on(*names), data["domain"])
    if not isinstance(rep, ParametricRepresentation) or parameter_signs(f) != signs:
        raise PiecewiseError(
            f"expected a function with the parameters {', '.join(signs)}, got "
            f"{shortened(str(f), 200)}; give the function with of="
        )
    for number, (case, given) in enumerate(zip(rep.cases(), data["cases"], strict=False), 1):
        if _texts(_case_data(case)) != _texts(given):
            raise PiecewiseError(
                f"expected what is derived anew, got another case {number}, "
                f"{shortened(given['condition'], 200)}; write the file anew"
            )
    if len(rep.cases()) != len(data["cases"]):
        raise PiecewiseError(
            f"expected {len(rep.cases())} cases, got {len(data['cases'])}; write the file anew"
        )
    return rep


def _texts(case: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("alpha", "dimension", "condition", "formulas", "gradient")
    return case["condition"], [[piece[key] for key in keys] for piece in case["pieces"]]


def _function(text: str, names: tuple[str, ...], own: dict[str, Variable]) -> Expression:
    try:
        f = parse(text)
        on_names(f, (*names, *own))
    except PiecewiseError as error:
        raise Unsupported(
            f"expected the text of a function in the grammar, got {shortened(text, 200)}; give the "
            "function, Representation.from_json(path, of=f)"
        ) from error
    return f.subs(own)
