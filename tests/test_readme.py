"""README and tutorial are tested: every example in them is run and its output compared."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    "docs/index.md",
    "docs/ladder.md",
    "docs/notation.md",
    "docs/tutorial.md",
    "docs/architecture.md",
    "docs/kernel.md",
    "docs/theory.md",
    "docs/curved.md",
    "docs/forms.md",
    "docs/certificates.md",
    "docs/models.md",
    "docs/howto_derive.md",
    "docs/howto_latex.md",
    "docs/howto_check.md",
    "docs/howto_local.md",
    "docs/gallery.rst",
    "docs/api.md",
    "docs/comparison.md",
    "docs/importers.md",
    "docs/test_problems.md",
    "docs/data_fitting.md",
    "docs/trust.md",
]
PICTURES = ("docs/gallery.rst", "docs/test_problems.md")
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", read(page), flags=re.M | re.S)


def console_examples(page: str) -> list[tuple[str, str]]:
    """(command, expected output) for every ``$ command`` of the console blocks of a page."""
    found = []
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_python_examples(page):
    if page in PICTURES:
        pytest.importorskip("matplotlib").use("Agg")
    # A fence is not output: blank lines end the expected output before it.
    text = re.sub(r"^```.*$", "", read(page), flags=re.M)
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, page, page, 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize(
    ("command", "expected"), [pair for page in PAGES for pair in console_examples(page)]
)
def test_command_line_examples(command, expected):
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "piecewise_mt"]
    done = subprocess.run(
        [sys.executable, *words[1:]],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1"},
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    got = [line.rstrip() for line in done.stdout.strip("\n").split("\n")]
    want = [line.rstrip() for line in expected.strip("\n").split("\n")]
    assert got == want


def test_set_up_is_two_commands():
    commands = [block for block in blocks("README.md", "sh") if "python3 -m venv" in block]
    assert len(commands) == 2
    for block, environment in zip(commands, [".venv", ".venv-test"], strict=True):
        assert block.count("\n") == 1
        assert block.startswith(f"python3 -m venv {environment} && ")


def test_links_between_pages_exist():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", read(page)):
            if not target.startswith("http"):
                assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_every_public_name_is_in_the_reference():
    import piecewise_mt

    listed = re.findall(r"^   ([A-Za-z_]\w*)$", read("docs/api.md"), flags=re.M)
    assert sorted(listed) == sorted(piecewise_mt.__all__)


def test_every_page_is_in_the_table_of_contents():
    (tree,) = re.findall(
        r"^```\{toctree\}\n:hidden:\n\n(.*?)^```$", read("docs/index.md"), flags=re.M | re.S
    )
    pages = {path.stem for path in (ROOT / "docs").glob("*.[mr]*")} - {"index"}
    assert set(tree.split()) == pages
