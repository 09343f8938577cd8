"""Certificates of tables, each checked by the program that shares nothing with this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sympy
from generators import functions
from hypothesis import given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt_check import check_file, check_text

x, y = mt.variables("x y")


def valid(rep):
    verdict = check_text(rep.certificate())
    assert verdict.answer == "valid", verdict
    return verdict.reason


@settings(max_examples=40, deadline=None)
@given(functions(max_layers=2))
def test_every_table_has_a_certificate(f):
    # small integers, repeated rows and zeros: ties of all kinds and rules
    assert "products (14)" in valid(f.represent())


@settings(max_examples=15, deadline=None)
@given(functions(max_variables=2, max_layers=1), st.sampled_from(["x1 >= 0", "x1 = 0", "x1 > 1"]))
def test_on_half_spaces_and_lines(f, domain):
    if "x1" in {v.name for v in f.variables}:
        valid(f.represent(domain))


@pytest.mark.parametrize(
    "pieces",
    [
        [("x > y or x = y", "x"), ("x < y", "y")],
        [("x > y", "x", [1, 0]), ("x < y", "y", [0, 1]), ("x = y", "x", [2, -1])],
        [("x >= y and x > 0 or x >= y and x <= 0", "x"), ("x < y", "y")],
    ],
)
def test_stated_tables(pieces):
    # a stated gradient need not be a product (14)
    reason = valid(mt.Representation([x, y], pieces, of=mt.max(x, y)))
    assert "(15)" in reason and "(14)" not in reason


@pytest.mark.parametrize(
    ("pieces", "word"),
    [
        ([("x >= y", "x"), ("x <= y", "y")], "disjoint"),
        ([("x > y", "x"), ("x < y", "y")], "cover"),
        ([("x > y", "y"), ("x <= y", "x")], "formula"),
        ([("x > y", "x"), ("x < y", "y"), ("x = y", "x", [2, 2])], "(15)"),
    ],
)
def test_wrong_tables_have_none(pieces, word):
    rep = mt.Representation([x, y], pieces, of=mt.max(x, y))
    assert not mt.check(rep).ok
    with pytest.raises(mt.PiecewiseError, match=word.replace("(", r"\(").replace(")", r"\)")):
        rep.certificate()


def test_merged_pieces_and_unions():
    f = mt.relu(x, at_zero=0) - mt.relu(x, at_zero=0) + mt.max(x, y, ties="first")
    valid(f.represent().merged())


@pytest.mark.parametrize("f", [mt.exp(x), mt.relu(x) * mt.sin(x), mt.leaky_relu(x, sympy.sqrt(2))])
def test_what_the_format_does_not_hold_is_refused(f):
    with pytest.raises(mt.Unsupported):
        f.represent().certificate()


def test_a_table_of_no_function_has_none():
    with pytest.raises(mt.PiecewiseError, match="of a function"):
        mt.Representation([x], [("x >= 0", "x"), ("x < 0", "0")]).certificate()


def test_written_to_a_path(tmp_path):
    path = tmp_path / "table.json"
    text = mt.max(x, y).represent().certificate(path)
    assert path.read_text(encoding="utf-8") == text
    assert check_file(str(path)).answer == "valid"


def test_the_same_bytes_again():
    f = mt.max(x, y, 0) - mt.relu(x - y)
    assert f.represent().certificate() == f.represent().certificate()


def test_no_third_party_and_nothing_of_the_package(tmp_path):
    # a fresh interpreter, without site-packages
    import subprocess
    import sys

    path = tmp_path / "table.json"
    mt.relu(x).represent().certificate(path)
    root = Path(mt.__file__).parents[1]
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import piecewise_mt_check\n"
        "print(piecewise_mt_check.check_file(sys.argv[2]).answer)\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('piecewise_mt', 'sympy', 'numpy')])"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(root), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n")[:2] == ["valid", "[]"]


def test_the_text_is_json_and_small():
    rep = mt.max(*mt.variables("x1:6"), ties="average").represent()
    text = rep.certificate()
    assert json.loads(text)["kind"] == "table"
    # linear in pieces times kinks
    assert len(text) < 200 * len(rep) * 4
