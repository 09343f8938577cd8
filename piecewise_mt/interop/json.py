"""Representations as JSON and back: data only, checked against a schema before use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from math import prod
from operator import is_
from typing import Any

from piecewise_mt.budget import check
from piecewise_mt.calculus.partition.conditions import on_names
from piecewise_mt.calculus.partition.refinement import is_irrational_domain
from piecewise_mt.calculus.representation.base import Representation
from piecewise_mt.calculus.representation.case_pieces import CaseRepresentation
from piecewise_mt.calculus.representation.curved import CurvedPiece, sets_of
from piecewise_mt.calculus.representation.needs_values import needs_values
from piecewise_mt.calculus.representation.parametric import ParametricRepresentation
from piecewise_mt.calculus.representation.pieces import Piece
from piecewise_mt.calculus.representation.polyhedral import PolyhedralRepresentation
from piecewise_mt.calculus.representation.stated import StatedRepresentation
from piecewise_mt.calculus.representation.stated_pieces import StatedPiece
from piecewise_mt.calculus.smooth.formulas import (
    AffineFormula,
    Formula,
    SmoothFormula,
    formula_of,
)
from piecewise_mt.errors import PiecewiseError, Unsupported, shown
from piecewise_mt.exact.linear import Row
from piecewise_mt.exact.names import checked_name
from piecewise_mt.exact.numbers import primitive, to_fraction
from piecewise_mt.exact.polynomials import Coefficient, to_coefficient
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.build.builders import MAX_VARIABLES
from piecewise_mt.functions.build.smooth_nodes import requirements
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.functions.grammar.parser import parse
from piecewise_mt.functions.grammar.tokens import shortened
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.interop import json_cases
from piecewise_mt.interop.json_text import parsed, read_text
from piecewise_mt.semialgebraic.labels import Conditions as SemialgebraicConditions
from piecewise_mt.semialgebraic.sets import SemialgebraicSet
from piecewise_mt.typeset.affine import affine_texts, entry_text
from piecewise_mt.typeset.conditions import Conditions, condition_text

FORMAT = "piecewise_mt.representation"
FORMAT_VERSION = 1

_NUMBER = {"type": "string", "pattern": r"^-?[0-9]+(/[0-9]+)?$|sqrt|\*\*"}
_ENTRY = {"type": "string", "minLength": 1}
_CONDITIONS = {
    "type": "object",
    "required": ["equations", "inequalities"],
    "properties": {
        "condition": {"type": "string"},
        "equations": {"type": "array", "items": {"type": "array", "items": _NUMBER}},
        "inequalities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "strict"],
                "properties": {
                    "row": {"type": "array", "items": _NUMBER},
                    "strict": {"type": "boolean"},
                },
            },
        },
    },
}
_CURVED = {
    "type": "object",
    "required": ["condition"],
    "properties": {"condition": {"type": "string"}},
    "not": {"required": ["equations"]},
}
"""Polynomial conditions, which have no rows."""
_ROWS = {"type": "array", "items": {"type": "array", "items": _ENTRY}}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["format", "version", "function", "variables", "shape", "domain", "pieces"],
    "properties": {
        "format": {"const": FORMAT},
        "version": {"const": FORMAT_VERSION},
        "function": {"type": "string"},
        "of": {"type": "boolean"},
        "variables": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "domain": {"anyOf": [{"type": "null"}, _CONDITIONS, _CURVED]},
        "pieces": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["alpha", "parts", "formulas", "affine", "gradient"],
                "properties": {
                    "alpha": {"type": "integer", "minimum": 1},
                    "parts": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"anyOf": [_CONDITIONS, _CURVED]},
                    },
                    "formulas": {"type": "array", "minItems": 1, "items": _ENTRY},
                    "affine": {"anyOf": [{"type": "null"}, _ROWS]},
                    "gradient": _ROWS,
                },
            },
        },
    },
}
"""What ``rep.to_json()`` writes, as a JSON schema."""


def read_json(source: Any, of: Expression | str | bool | None = None) -> Representation:
    """See :meth:`Representation.from_json`."""
    data = _loaded(source)
    given = data.get("variables") if isinstance(data, dict) else None
    if isinstance(given, list) and len(given) > MAX_VARIABLES:
        raise PiecewiseError(
            f"expected at most {MAX_VARIABLES} variables in the file, got {len(given)}; split it"
        )
    own = json_cases if isinstance(data, dict) and data.get("format") == json_cases.FORMAT else None
    _validate(data, SCHEMA if own is None else own.SCHEMA)
    try:
        return _read(data, of) if own is None else own.read_cases(data, of)
    except PiecewiseError:
        raise
    except _OTHERS as error:
        raise PiecewiseError(
            f"expected a representation as rep.to_json() writes it, got one with "
            f"{shown(error, 150) or type(error).__name__}; correct the file"
        ) from error


_OTHERS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError)
"""What SymPy and Python raise for texts that nobody writes, RecursionError among them."""


def _read(data: Any, of: Expression | str | bool | None) -> Representation:
    # which refuses everything that is no name
    names = tuple(checked_name(name) for name in data["variables"])
    if len(set(names)) < len(names):
        raise PiecewiseError(
            "expected different variables in the file, got one of them twice; correct the file"
        )
    domain = None if data["domain"] is None else _domain(data["domain"], names)
    scalar = data["shape"] == []
    outputs = prod(data["shape"])
    pieces = []
    for piece in data["pieces"]:
        check()
        pieces.append(_piece(piece, names, scalar))
        if len(pieces[-1].formulas) != outputs:
            raise PiecewiseError(
                f"expected formulas of the shape {shown(tuple(data['shape']))} in piece "
                f"{piece['alpha']}, got {len(pieces[-1].formulas)}; correct the file"
            )
    if [piece.alpha for piece in pieces] != list(range(1, len(pieces) + 1)):
        raise PiecewiseError(
            "expected pieces numbered 1, 2, … in order, got other numbers; sort the pieces"
        )
    function = _of(data, names, of)
    # what is stated of another function than that of the file has its shape
    if function is not None and of is None and list(function.shape) != data["shape"]:
        raise PiecewiseError(
            f"expected the shape {function.shape} of the function in the file, got "
            f"{shown(tuple(data['shape']))}; correct the file"
        )
    return StatedRepresentation.of_pieces(names, pieces, of=function, domain=domain)


def _loaded(source: Any) -> Any:
    if isinstance(source, str) and source.lstrip()[:1] in ("{", "["):
        return parsed(source, "the text")
    if not isinstance(source, (str, os.PathLike)):
        raise PiecewiseError(
            f"expected the path of a JSON file, or its text, got {shown(type(source).__name__)}; "
            "give a text or a Path"
        )
    return parsed(read_text(source), f"the file {shown(source)}")


def _validate(data: Any, schema: dict[str, Any]) -> None:
    try:
        import jsonschema
    except ImportError as error:
        raise Unsupported(
            "expected jsonschema to be installed, got none; pip install piecewise_mt[json]"
        ) from error
    try:
        jsonschema.validate(data, schema)
    except jsonschema.ValidationError as error:
        place = "/".join(map(str, error.absolute_path)) or "the top"
        raise PiecewiseError(
            f"expected a representation as rep.to_json() writes it, got at {shown(place)}: "
            f"{shown(error.message, 200)}; correct the file"
        ) from None


def _row(texts: Sequence[str], width: int) -> Row:
    if len(texts) != width:
        raise PiecewiseError(
            f"expected rows of {width} numbers, the constant and one a variable, got {len(texts)}; "
            "correct the file"
        )
    return primitive([_number(text) for text in texts])


def _domain(data: Any, names: tuple[str, ...]) -> Polyhedron | SemialgebraicSet:
    if "equations" in data:
        return _polyhedron(data, names)
    return SemialgebraicSet(names, _sets([data], names))


def _polyhedron(data: Any, names: tuple[str, ...]) -> Polyhedron:
    width = len(names) + 1
    equations = [_row(row, width) for row in data["equations"]]
    inequalities = [(_row(entry["row"], width), entry["strict"]) for entry in data["inequalities"]]
    return Polyhedron(names, equations, inequalities)


def _piece(data: Any, names: tuple[str, ...], scalar: bool) -> StatedPiece:
    curved = any("equations" not in part for part in data["parts"])
    sets = _sets(data["parts"], names) if curved else ()
    parts = () if curved else tuple(_polyhedron(part, names) for part in data["parts"])
    formulas: tuple[Formula, ...]
    if data["affine"] is not None:
        formulas = tuple(
            AffineFormula(names, tuple(map(_coefficient, row))) for row in data["affine"]
        )
        if any(len(row) != len(names) + 1 for row in data["affine"]):
            raise PiecewiseError(
                f"expected rows of {len(names) + 1} coefficients in piece {data['alpha']}, got "
                "others; correct the file"
            )
    else:
        formulas = tuple(SmoothFormula(names, _expression(text)) for text in data["formulas"])
    gradient = tuple(tuple(_entry(text, names) for text in row) for row in data["gradient"])
    if len(gradient) != len(formulas) or any(len(row) != len(names) for row in gradient):
        raise PiecewiseError(
            f"expected a {len(formulas)}x{len(names)} gradient in piece {data['alpha']}, got "
            "another shape; correct the file"
        )
    if curved:
        return CurvedPiece(data["alpha"], names, sets, formulas, gradient, scalar)
    return StatedPiece(data["alpha"], names, parts, formulas, gradient, scalar)


def _sets(parts: Any, names: tuple[str, ...]) -> tuple[SemialgebraicConditions, ...]:
    """The sets of parts that have conditions only."""
    found: list[SemialgebraicConditions] = []
    for part in parts:
        own = sets_of(part["condition"], names)
        if own is None:
            raise PiecewiseError(
                f"expected a condition on polynomials, got {part['condition']!r}; correct the file"
            )
        found += own
    return tuple(found)


def _expression(text: str) -> Any:
    """A formula in variables and tie parameters as a SymPy expression; never evaluated as code."""
    expression = formula_from_text(text)
    requirements(expression)  # which refuses what has no values
    return expression


def _coefficient(text: str) -> Coefficient:
    return to_coefficient(_expression(text))


def _entry(text: str, names: tuple[str, ...]) -> Any:
    value = _expression(text)
    symbols = {symbol.name for symbol in value.free_symbols}
    # a polynomial in parameters alone, as a derived gradient has it
    constant = value.is_Rational or (symbols and symbols.isdisjoint(names))
    return to_coefficient(value) if constant else value


def _of(
    data: Any, names: tuple[str, ...], given: Expression | str | bool | None
) -> Expression | None:
    """The function: the one given, else that of the file, which must not be lost in silence."""
    if given is False:
        return None
    if isinstance(given, (Expression, str)):
        f = parse(given) if isinstance(given, str) else given
        on_names(f, names)
        return f.on(*names)
    found = _function(data["function"], names)
    if found is None and data.get("of"):
        raise Unsupported(
            f"expected the text of a function in the grammar, got "
            f"{shortened(data['function'], 200)}; give the function, "
            "Representation.from_json(path, of=f), or leave it out with of=False"
        )
    return found


def _function(title: str, names: tuple[str, ...]) -> Expression | None:
    """The function, if its text is one of the grammar in these variables."""
    try:
        f = parse(title)
        on_names(f, names)
    except PiecewiseError:
        return None
    return f.on(*names)


def _number(text: str) -> Any:
    """A rational number, or one with roots."""
    if "sqrt" in text or "**" in text:
        return to_number(formula_from_text(text))
    return to_fraction(text)


def _conditions_data(polyhedron: Conditions) -> dict[str, Any]:
    return {
        "condition": condition_text(polyhedron),
        "equations": [[str(c) for c in row] for row in polyhedron.equations],
        "inequalities": [
            {"row": [str(c) for c in row], "strict": strict}
            for row, strict in polyhedron.inequalities
        ],
    }


def json_data(representation: Representation) -> dict[str, Any]:
    """A representation as plain lists, dicts, ints and strings, ready for ``json.dumps``.

    Numbers are strings such as ``"-1/2"``, so nothing is rounded; a row is the constant
    followed by one coefficient a variable, and coefficients may contain tie parameters. A smooth
    formula has no rows: ``"affine"`` is null.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> data = json_data(mt.relu(mt.variable("t")).represent())
    >>> data["pieces"][2]["condition"], data["pieces"][2]["gradient"]
    ('t = 0', [['z']])
    """
    if isinstance(representation, ParametricRepresentation):
        return json_cases.cases_data(representation)
    if isinstance(representation, CaseRepresentation):
        raise needs_values("JSON", representation.parameters)
    names, shape = representation.names, representation.shape
    pieces = [_piece_data(piece, names, shape) for piece in representation]
    return _head(representation) | {"pieces": pieces}


def _head(representation: Representation) -> dict[str, Any]:
    domain = getattr(representation, "domain", None)
    of = getattr(representation, "of", None)
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "function": representation.title if of is None else str(of),
        "of": of is not None,
        "variables": list(representation.names),
        "shape": list(representation.shape),
        "domain": None if domain is None else _domain_data(domain),
    }


def json_text(representation: Representation) -> str:
    """:func:`json_data` as ``json.dumps(data, indent=2, ensure_ascii=False)`` writes it.

    That encoder is in Python as soon as lines are indented, and takes as long as all the rest; here
    the layout is known, and what many pieces share, such as a facet, is written once.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> rep = mt.relu(mt.variable("t")).represent()
    >>> json_text(rep) == json.dumps(json_data(rep), indent=2, ensure_ascii=False)
    True
    """
    if not isinstance(representation, PolyhedralRepresentation) or _is_irrational(representation):
        # cases and stated tables; equal roots that are written in two ways
        return json.dumps(json_data(representation), indent=2, ensure_ascii=False)
    names, shape = representation.names, representation.shape
    # one thing after the other finds more in the memory at hand than piece by piece
    for piece in representation:
        piece.prepare()
    for piece in representation:
        _ = piece.rows
    head = json.dumps(_head(representation), indent=2, ensure_ascii=False)
    pieces = [_piece_text(piece, names, shape) for piece in representation]
    # the head without its last brace
    return f'{head[:-2]},\n  "pieces": {_block(pieces, 2)}\n}}'


def _is_irrational(representation: PolyhedralRepresentation) -> bool:
    strata = representation.strata
    return not strata.program.is_rational or is_irrational_domain(strata.domain)


def _block(parts: Iterable[str], depth: int, brackets: str = "[]") -> str:
    """Texts as an indented list or object."""
    pad = "\n" + " " * depth
    text = f",{pad}  ".join(parts)
    return f"{brackets[0]}{pad}  {text}{pad}{brackets[1]}" if text else brackets


@lru_cache(1 << 14)
def _numbers(row: tuple[int, ...], depth: int) -> str:
    return _block([f'"{c}"' for c in row], depth)


@lru_cache(1 << 14)
def _inequality(row: tuple[int, ...], strict: bool) -> str:
    return _block(
        (f'"row": {_numbers(row, 14)}', f'"strict": {"true" if strict else "false"}'), 12, "{}"
    )


def _part_text(part: Conditions, condition: str) -> str:
    equations = [_numbers(tuple(row), 12) for row in part.equations]
    inequalities = [_inequality(tuple(row), strict) for row, strict in part.inequalities]
    entries = (
        f'"condition": {condition}',
        f'"equations": {_block(equations, 10)}',
        f'"inequalities": {_block(inequalities, 10)}',
    )
    return _block(entries, 8, "{}")


def _matrix(rows: Iterable[Iterable[str]], depth: int) -> str:
    return _block([_block(map(_quoted, row), depth + 2) for row in rows], depth)


def _piece_text(piece: Piece, names: tuple[str, ...], shape: tuple[int, ...]) -> str:
    parts = piece.parts
    conditions = list(map(condition_text, parts))
    written = [_part_text(part, _quoted(text)) for part, text in zip(parts, conditions)]
    data = _rest_data(piece, names, shape)
    affine = data["affine"]
    entries = (
        f'"alpha": {piece.alpha}',
        f'"dimension": {piece.dimension}',
        f'"condition": {_quoted(" or ".join(conditions))}',
        f'"parts": {_block(written, 6)}',
        f'"formula": {_quoted(data["formula"])}',
        f'"formulas": {_block(map(_quoted, data["formulas"]), 6)}',
        f'"affine": {"null" if affine is None else _matrix(affine, 6)}',
        f'"gradient": {_matrix(data["gradient"], 6)}',
        f'"witness": {_block(map(_quoted, data["witness"]), 6)}',
        f'"labels": {_block(map(_quoted, data["labels"]), 6)}',
    )
    return _block(entries, 4, "{}")


def _domain_data(domain: Polyhedron | SemialgebraicSet) -> dict[str, Any]:
    if isinstance(domain, SemialgebraicSet):
        return {"condition": domain.text}
    return _conditions_data(domain)


def _parts_data(piece: Piece) -> list[dict[str, Any]]:
    """The parts of a piece; a curved one has a condition and no rows."""
    if piece.is_curved and isinstance(piece.set, SemialgebraicSet):
        return [{"condition": part.text} for part in piece.set]
    return [_conditions_data(part) for part in piece.parts]


def _piece_data(piece: Piece, names: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    parts = _parts_data(piece)
    return {
        "alpha": piece.alpha,
        "dimension": piece.dimension,
        "condition": " or ".join(part["condition"] for part in parts),
        "parts": parts,
    } | _rest_data(piece, names, shape)


def _rest_data(piece: Piece, names: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """What follows the condition."""
    rows = piece.rows
    affine: list[list[str]] | None = None
    if piece.is_smooth:
        formulas = [formula_of(row, names).text for row in rows]
    else:
        written = [affine_texts(row, names) for row in rows]
        formulas, affine = [text for text, _ in written], [own for _, own in written]
    given = piece.gradient_rows
    if affine is not None and all(map(_is_slope, given, rows)):
        gradient = [row[1:] for row in affine]
    else:
        gradient = [[entry_text(c) for c in row] for row in given]
    return {
        "formula": formulas[0] if shape == () else f"[{', '.join(formulas)}]",
        "formulas": formulas,
        "affine": affine,
        "gradient": gradient,
        "witness": [str(value) for value in piece.point],
        "labels": list(piece.labels),
    }


def _is_slope(gradient: Sequence[Any], row: Sequence[Any]) -> bool:
    """Whether a row of a gradient is seen to be that of an affine form."""
    return len(gradient) == len(row) - 1 and all(map(is_, gradient, row[1:]))
