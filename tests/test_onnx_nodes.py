"""onnx's own tests of single operators: all pass, or are listed on the page with the reason."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")
ROOT = Path(__file__).parent.parent


def command():
    spec = importlib.util.spec_from_file_location("nodes", ROOT / ".ci" / "onnx_node_tests.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_command_writes():
    nodes = command()
    written = nodes.PAGE.read_text(encoding="utf-8")
    if f"against it ({onnx.__version__})" not in written:
        pytest.skip("the page is of another version of onnx")
    assert nodes.page(nodes.outcomes()) == written


def test_no_value_is_wrong_and_most_tests_pass():
    page = (ROOT / "docs" / "onnx_operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \|$", page, re.M)
    tried, passed = (sum(int(row[k]) for row in rows) for k in (1, 2))
    assert "WRONG" not in page
    assert passed > 800 and passed > 0.75 * tried
