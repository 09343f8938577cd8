"""What would have too many terms is counted before it is written out."""

from __future__ import annotations

import time
from importlib import import_module

import pytest

import piecewise_mt as mt

SHARED = import_module("piecewise_mt.functions.shared_rows")
PROGRAM = import_module("piecewise_mt.calculus.evaluation.program")


def test_terms_of_a_convolution_are_those_of_its_rows():
    """Weights that vanish, strides and paddings: against the rows themselves."""
    x = mt.tensor("x", (2, 5, 6))
    for stride, padding in ((1, 0), (2, 1), (1, 2)):
        weights = [[[[(i + 2 * j + a * b) % 3 - 1 for a in range(3)] for b in range(2)]
                    for j in range(2)] for i in range(3)]  # fmt: skip
        rows = mt.conv2d(x, weights, stride=stride, padding=padding).rows
        assert isinstance(rows, SHARED.SharedRows)
        assert rows.term_count == sum(map(len, rows))


def test_a_convolution_of_millions_of_terms_is_refused_at_once():
    # along an axis six of 64 times five entries of the kernel fall outside
    count = (64 * 5 - 6) ** 2 * 128
    x = mt.tensor("x", (1, 64, 64))
    kernel = [[[[1] * 5 for _ in range(5)] for _ in range(1)] for _ in range(128)]
    f = mt.relu(mt.conv2d(x, kernel, padding=2), at_zero=0)
    start = time.perf_counter()
    with pytest.raises(mt.TooManyPieces, match=f"at most 8000000 terms .* got {count} or"):
        f.strata()
    # written out they would take gigabytes, and minutes
    assert time.perf_counter() - start < 20


def test_terms_of_products_are_counted_as_they_multiply(monkeypatch):
    """Two sums of eight, one of the other, have 8·8·8 products, and 64 terms."""
    monkeypatch.setattr(PROGRAM, "MOST_PRODUCTS", 500)
    x = mt.vector("x", 8)
    full = [[1 + (i * j) % 3 for j in range(8)] for i in range(8)]
    once = mt.affine(full, x)
    PROGRAM.compile_program(mt.relu(once, at_zero=0))
    with pytest.raises(mt.TooManyPieces, match="at most 500 products .* got 576 or more"):
        PROGRAM.compile_program(mt.relu(mt.affine(full, once), at_zero=0))
