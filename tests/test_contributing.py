"""CONTRIBUTING.md, CITATION.cff and the workflow against what is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import piecewise_mt as mt
from piecewise_mt.display.latex_styles import STYLES
from piecewise_mt.interop.onnx.operators import OPERATORS
from piecewise_mt.interop.torch.functions import FUNCTIONS
from piecewise_mt.interop.torch.modules import MODULES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
in_checkout = pytest.mark.skipif(
    not (ROOT / ".ci" / "run").exists(), reason="needs a checkout, an archive has no .ci"
)


@in_checkout
def test_the_paths_exist():
    paths = re.findall(r"`((?:piecewise_mt|tests|docs|benchmarks|\.ci)/[\w/.]*)`", PAGE)
    paths += re.findall(r"\]\(([^)]+)\)", PAGE)
    assert len(set(paths)) > 25
    assert [path for path in paths if not (ROOT / path).exists()] == []


@in_checkout
def test_the_checks_are_those_of_ci():
    run = "".join((ROOT / ".ci" / name).read_text(encoding="utf-8") for name in ("run", "checks"))
    rows = re.findall(r"^\|.*\|$", PAGE.split("## Checks")[1].split("## ")[0], re.M)[2:]
    asked = [re.findall(r"`([^`]+)`", row.split("|")[2]) for row in rows]
    assert len(asked) >= 10
    # the first is the README's command, which .ci/run takes from there; speed is not in CI, and
    # neither is what takes a night
    elsewhere = {"python -m pytest -q", "python benchmarks/run.py --print", "--write"}
    elsewhere.add("python benchmarks/compare_engines.py --count 100000")
    elsewhere |= {"python -m tests.fuzz --minutes 30", "bash .ci/versions"}
    elsewhere |= {"python .ci/mutants record", "python .ci/mutants sample exact geometry"}
    for command in {command for commands in asked for command in commands} - elsewhere:
        # .ci/run gives several files to one pytest, and writes its own paths
        assert command.removeprefix("python -m pytest -q ").removeprefix("bash ") in run, command
    for tool in ("ruff check", "ruff format", "mypy", "lint-imports", "sphinx-build", "doctest"):
        assert tool in PAGE and tool in run


def test_the_set_up_installs_what_the_checks_need():
    block = re.findall(r"```sh\n(.*?)```", PAGE, re.S)[0].strip().split("\n")
    assert len(block) == 2
    extras = re.search(r"\.\[([a-z,]+)\]", block[0])[1].split(",")
    needed = " ".join(part for extra in extras for part in PROJECT["optional-dependencies"][extra])
    assert all(tool in needed for tool in ("pytest", "hypothesis", "ruff", "mypy", "import-linter"))


def test_the_tables_that_it_names_are_there():
    assert "cases" in STYLES and "Relu" in OPERATORS and FUNCTIONS and MODULES
    assert all(f"`{name}`" in PAGE for name in ("STYLES", "OPERATORS", "FUNCTIONS", "MODULES"))


def test_the_readme_links_to_it():
    assert "(CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_citation_is_of_this_version():
    top = dict(re.findall(r"^([a-z-]+): +(\S.*)$", CITATION, re.M))
    assert top["cff-version"] == "1.2.0" and top["type"] == "software"
    assert (top["title"], top["version"]) == (PROJECT["name"], mt.__version__)
    assert top["version"] == PROJECT["version"] and top["license"] == PROJECT["license"]


def test_the_citation_cites_the_papers():
    yaml = pytest.importorskip("yaml")
    data = yaml.safe_load(CITATION)
    assert set(data) <= {
        "abstract", "authors", "cff-version", "keywords", "license", "message", "references",
        "title", "type", "version",
    }  # fmt: skip
    assert data["keywords"] == PROJECT["keywords"]
    assert data["authors"] == PROJECT["authors"]
    sources = " ".join((ROOT / "docs" / "index.md").read_text(encoding="utf-8").split())
    for reference in data["references"]:
        assert {"type", "title", "authors", "journal", "year"} <= set(reference)
        assert f"*{reference['title']}*, " in sources
        assert all(author["family-names"] in sources for author in reference["authors"])
        assert str(reference["year"]) in sources and reference["journal"] in sources
    assert [r["authors"][0]["family-names"] for r in data["references"]] == ["Després", "Murat"]


@in_checkout
def test_the_workflow_runs_the_checks_on_every_python():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert re.search(r"^ +- run: bash \.ci/run$", text, re.M)
    versions = re.findall(r'"(\d\.\d+)"', re.search(r"python: \[(.*)\]", text)[1])
    claimed = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if " :: 3." in c]
    assert versions == claimed
    assert PROJECT["requires-python"] == f">={versions[0]}"
