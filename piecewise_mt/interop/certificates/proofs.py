"""Certificates of what proofs state, :meth:`Proof.certify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sympy

from piecewise_mt.calculus.results.proof import Proof, Question
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.interop.certificates.line_answers import root_data
from piecewise_mt.interop.certificates.questions import certified

WITH_CERTIFICATE = (
    "Infimum", "LipschitzProof", "SeparateProof", "ShapeVerdict", "Distance", "Truth", "Simplest",
    "Symmetries", "Inverse", "Conjugate", "Solution", "NotLinear", "CommonGradient",
    "ConvexCombination", "SeparatingDirection", "StationarityProof", "ExtremumProof",
    "ConstrainedStationarity", "CanonicalForm", "LineInfimum", "QuadraticInfimum",
    "PolynomialInfimum", "LineBound",
)  # fmt: skip


def certificate_of(proof: Proof, question: Question | None, path: str | Path | None) -> str:
    """The certificate of a question, which must state what the proof does."""
    if question is None:
        if any(kind.__name__ in WITH_CERTIFICATE for kind in type(proof).__mro__):
            raise PiecewiseError(
                "expected a claim that certificates hold, got one of another hull than Clarke's, "
                f"or a {type(proof).__name__} without a bound or a function; ask its verify()"
            )
        raise PiecewiseError(
            f"expected a proof with a certificate ({', '.join(WITH_CERTIFICATE)}), got "
            f"{type(proof).__name__}; ask its verify()"
        )
    asked = dict.fromkeys(("domain", "second", "point", "matrix", "variable")) | {"ord": 2}
    text = certified(question.subject, question.name, asked | dict(question.given))
    stated = json.loads(text)
    for key, value in question.answer.items():
        if stated.get(key) != _data(value):
            raise PiecewiseError(
                f"expected a proof whose {key} can be found again, got one that states another; "
                "ask its verify()"
            )
    if path is not None:
        Path(path).write_text(text + "\n", encoding="utf-8")
    return text


def _data(value: Any) -> Any:
    """A statement of a proof as in a certificate."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (tuple, list)):
        return [_data(own) for own in value]
    return root_data(to_number(value) if isinstance(value, sympy.Expr) else value)
