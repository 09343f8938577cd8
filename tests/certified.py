"""Certificates that must be valid and of the published form, and changes that must be refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import sympy

import piecewise_mt as mt
from piecewise_mt_check import check_data

SCHEMA = json.loads(
    Path(sys.modules["piecewise_mt_check"].__file__)
    .with_name("schema.json")
    .read_text(encoding="utf-8")
)


def certified(f, question, **given):
    data = json.loads(mt.certify(f, question, **given))
    kind = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{data['kind']}"}
    jsonschema.Draft202012Validator(kind).validate(data)
    verdict = check_data(data)
    assert verdict.answer == "valid"
    return data, verdict.reason


def refused(data, word, **changes):
    changed = {key: value for key, value in (data | changes).items() if value != "none"}
    verdict = check_data(changed)
    assert verdict.answer == "invalid" and word in verdict.reason, verdict
    return verdict


def number(data):
    """A stated number, for SymPy."""
    if not isinstance(data, dict):
        return sympy.Rational(data)
    t = sympy.Symbol("t")
    p = sympy.Poly(sum(c * t**k for k, c in enumerate(data["polynomial"])), t)
    low, high = sympy.Rational(data["low"]), sympy.Rational(data["high"])
    (found,) = {root for root in p.real_roots() if low < root < high}
    return found
