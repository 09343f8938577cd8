"""For pytest-benchmark: ``python -m pytest benchmarks/bench_strata.py``.

What is timed is ``f.strata()`` with its ``f_vector``, every label included. The expression is
built anew before every round, so that no cache of an earlier round helps.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import CASES, SMALL_CASES, Case, count_with_z3


def faces(function) -> int:
    return sum(function.strata().f_vector)


@pytest.mark.parametrize("case", CASES + SMALL_CASES, ids=lambda case: case.name)
def test_strata(benchmark, case: Case) -> None:
    count = benchmark.pedantic(faces, setup=lambda: ((case.build(),), {}), rounds=5)
    benchmark.extra_info["faces"] = count


@pytest.mark.parametrize("case", SMALL_CASES, ids=lambda case: case.name)
def test_z3(benchmark, case: Case) -> None:
    pytest.importorskip("z3")
    count = benchmark.pedantic(count_with_z3, args=(case,), rounds=1)
    assert count == faces(case.build())
