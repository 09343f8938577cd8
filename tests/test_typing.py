"""What mypy, as a user runs it, sees of the public face: real types, no Any."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import piecewise_mt as mt

pytest.importorskip("mypy")

QUESTIONS = {
    "f": "piecewise_mt.functions.expression.Expression",
    "f.represent()": "piecewise_mt.calculus.representation.derived.DerivedRepresentation",
    "f.represent()[0]": "piecewise_mt.calculus.representation.derived.DerivedPiece",
    "f.represent().merged()": "piecewise_mt.calculus.representation.base.Representation",
    "f.strata()": "piecewise_mt.calculus.partition.base.Strata",
    "f.strata()[0]": "piecewise_mt.calculus.partition.base.Stratum",
    "f.at((0, 0))": "piecewise_mt.calculus.local.analysis.LocalAnalysis",
    "f.represent().classify()": "piecewise_mt.calculus.ladder.classify.Classification",
    "f.represent().artifacts()": "piecewise_mt.calculus.ladder.classify.Artifacts",
    'mt.Representation("x", [("x > 0", "x")])':
        "piecewise_mt.calculus.representation.base.Representation",
    "mt.check(f.represent())": "piecewise_mt.calculus.results.report.Report",
    "mt.check_gradient(f, f.gradient)":
        "piecewise_mt.calculus.ladder.check_gradient.GradientReport",
    "mt.conjugate(f)": "piecewise_mt.calculus.properties.conjugate.Conjugate",
    "mt.conjugate(f).representation": "piecewise_mt.calculus.representation.base.Representation",
    "mt.proximal_map(f).expression": "piecewise_mt.functions.expression.Expression",
    "mt.moreau_envelope(f).verify()": "bool",
    "f > 0": "piecewise_mt.functions.conditions.Comparison",
    "(f > 0) & ~(f > 1)": "piecewise_mt.functions.conditions.Condition",
    "f.represent().table().to_text()": "str",
}  # fmt: skip


def _found_by_mypy():
    """What lets mypy see an editable installation, which it does not follow by itself."""
    root = Path(mt.__file__).parents[1]
    return {} if root.name == "site-packages" else {"MYPYPATH": str(root)}


def test_public_questions_have_real_types(tmp_path):
    lines = ["import piecewise_mt as mt", 'f = mt.max(*mt.variables("x y"))']
    lines += [f"reveal_type({question})" for question in QUESTIONS]
    (tmp_path / "asks.py").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "asks.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**os.environ, **_found_by_mypy()},
    )
    found = [
        t.removeprefix("builtins.") for t in re.findall(r'Revealed type is "(.*)"', done.stdout)
    ]
    assert found == list(QUESTIONS.values()), done.stdout + done.stderr
