"""docs/limits.md lists what is refused: every message is there, and none that is gone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = ("Unsupported", "NotPolyhedral", "Undecided", "TooManyPieces", "NotContinuous")
INTERNAL = ("expected a node of the core", "expected a node that can be evaluated")
"""For authors of nodes, whom no function that is built leads to."""


def text_of(node):
    """A string as it stands in the source, with … for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
    return ""


def raised():
    for path in sorted((ROOT / "piecewise_mt").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in KINDS and text_of(node.args[0]):
                    yield path.name, text_of(node.args[0])


def listed():
    rows = (ROOT / "docs" / "limits.md").read_text().splitlines()
    cells = [row.rsplit("|", 2)[1] for row in rows if row.startswith("|")]
    return [part for cell in cells for part in re.findall(r"`([^`]+)`", cell)]


def occurs(part, message):
    return all(piece.strip() in message for piece in part.split("…"))


def test_every_message_of_what_is_refused_is_listed():
    parts = listed()
    missing = [
        (name, message)
        for name, message in raised()
        if not message.startswith(INTERNAL) and not any(occurs(part, message) for part in parts)
    ]
    assert missing == []


def test_every_listed_message_is_in_the_source():
    strings = []
    for path in (ROOT / "piecewise_mt").rglob("*.py"):
        strings += filter(None, (text_of(node) for node in ast.walk(ast.parse(path.read_text()))))
    stale = [part for part in listed() if not any(occurs(part, message) for message in strings)]
    assert stale == []
