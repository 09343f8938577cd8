"""Answers are the same, byte for byte, whatever the seed of Python's hashes is."""

import os
import subprocess
import sys
from pathlib import Path

import piecewise_mt as mt

TESTS = Path(__file__).parent
SEEDS = ["0", "1", "123456"]


def test_answers_do_not_depend_on_the_hash_seed():
    path = os.pathsep.join([str(Path(mt.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    asked = [
        subprocess.Popen(
            [sys.executable, str(TESTS / "questions.py")],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed in SEEDS
    ]  # fmt: skip
    told = [one.communicate(timeout=600) for one in asked]
    assert [one.returncode for one in asked] == [0] * len(SEEDS), told[0][1].decode()[-2000:]
    first, *others = [out.decode().splitlines() for out, _ in told]
    assert len(first) > 50
    for other in others:
        different = [a for a, b in zip(first, other) if a != b]
        assert not different and len(first) == len(other), different[0][:200]
    assert " at 0x" not in "".join(first)
