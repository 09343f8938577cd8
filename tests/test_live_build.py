"""What the live pages are made of, without the network: notebooks and the lock of the wheels."""

import hashlib
import importlib
import json
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def live():
    sys.path.insert(0, str(ROOT / "docs" / "live"))
    try:
        yield {name: importlib.import_module(name) for name in ("build", "notebooks", "function")}
    finally:
        sys.path.pop(0)
        for name in ("build", "notebooks", "function"):
            sys.modules.pop(name, None)


def _notebook(tmp_path, *cells):
    made = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source.splitlines(True),
         "execution_count": 1, "outputs": outputs}
        for i, (source, outputs) in enumerate(cells)
    ]  # fmt: skip
    path = tmp_path / "some.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": {"kernelspec": {"name": "python3"}}}))
    return path


def test_pictures_in_notebooks(live, tmp_path):
    stored = [{"output_type": "display_data", "data": {"image/png": "UE5H\n"}}]
    path = _notebook(
        tmp_path,
        ("import matplotlib.pyplot as plt\nimport piecewise_mt as mt\n", []),
        ("rep = mt.parse('max(a, b)').represent()\nupper, lower = rep.plot(names=True)", stored),
        ("at = rep.of.at((0, 0))\naxes = at.plot()", stored),
        ("axes = rep.plot('surface')", stored),
        ('axes = rep.plot("surface")', stored),
        ("plt.plot([1, 2])", stored),
    )
    notebook = live["notebooks"].live(path)
    assert notebook["metadata"]["kernelspec"]["name"] == "python"
    shown = [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]
    svg = "from IPython.display import SVG\n\nSVG(rep.to_svg())"
    assert shown[0] == ("code", "import piecewise_mt as mt\n")
    assert shown[1] == ("code", "rep = mt.parse('max(a, b)').represent()\n" + svg)
    assert shown[2] == ("code", "at = rep.of.at((0, 0))")
    assert shown[3][0] == "markdown" and "axes = at.plot()" in shown[3][1]
    assert "data:image/png;base64,UE5H" in shown[3][1]
    assert shown[-1][0] == shown[-2][0] == "markdown"
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.ipynb")), ids=lambda p: p.stem)
def test_every_notebook_of_the_examples(live, path):
    """No cell needs matplotlib, and none is lost."""
    notebook = live["notebooks"].live(path)
    before = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert len(notebook["cells"]) >= len(before)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            assert ".plot(" not in source and "plt." not in source and "matplotlib" not in source
            compile(source, path.name, "exec")


def test_a_notebook_runs_where_matplotlib_is_not(live, monkeypatch):
    pytest.importorskip("IPython")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    cells = live["notebooks"].live(ROOT / "examples" / "table_for_your_paper.ipynb")["cells"]
    names: dict = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "cell", "exec"), names)
    assert "SVG" in names


def test_the_answer_of_the_function_page(live):
    ask = live["function"].answer
    found = json.loads(ask("max(y1, y2)", "first", "", " y2, y1 "))
    assert "2 pieces" in found["table"] and found["picture"].startswith("<svg")
    assert r"\\toprule" in json.dumps(found["latex"])
    assert json.loads(ask("max(y1, y2", "", "", ""))["error"].endswith("^")
    assert "frist" in json.loads(ask("max(y1, y2)", "frist", "", ""))["error"]
    assert json.loads(ask("max(a, b, c, d)", "", "", ""))["note"].startswith("No picture: ")
    assert "<script" not in json.loads(ask("relu(x)", "", "", "x"))["table"]


def test_the_lock_of_a_wheel(live, tmp_path):
    """Its digest and its dependencies, but only those that are served and that no extra asks for."""
    path = tmp_path / "some_thing-1.2-py3-none-any.whl"
    meta = (
        "Metadata-Version: 2.1\nName: some_thing\nVersion: 1.2\nRequires-Dist: Sym.Py>=1.13\n"
        "Requires-Dist: comm; extra == 'x'\nRequires-Dist: numpy (>=1)\n\nText"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some_thing/__init__.py", "")
        archive.writestr("alone.py", "")
        archive.writestr("some_thing-1.2.dist-info/METADATA", meta)
    entry = live["build"].entry(path, {"sym-py", "comm"})
    assert entry["depends"] == ["sym-py"] and entry["imports"] == ["alone", "some_thing"]
    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (entry["name"], entry["version"], entry["file_name"]) == ("some_thing", "1.2", path.name)


def test_what_is_needed_is_followed_in_the_lock(live):
    packages = {
        name: {"version": "1", "depends": depends}
        for name, depends in {
            "micropip": [], "ipython": ["prompt_toolkit"], "prompt_toolkit": ["wcwidth"],
            "wcwidth": [], "jedi": ["parso"], "parso": [], "sympy": ["mpmath"], "mpmath": [],
            "networkx": ["numpy", "matplotlib", "decorator"], "decorator": [],
        }.items()
    }  # fmt: skip
    needed = live["build"].needed({"packages": packages})
    assert set(needed) == {
        "comm", "micropip", "ipython", "prompt-toolkit", "wcwidth", "jedi", "parso", "sympy",
        "mpmath", "networkx", "decorator",
    }  # fmt: skip
