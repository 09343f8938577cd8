"""The audit finds by itself what is known of the frameworks (observed on their own)."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.audit.asking import simplest
from piecewise_mt.audit.audit import audit_framework
from piecewise_mt.audit.frameworks import FRAMEWORKS
from piecewise_mt.audit.probes import primitives_of
from piecewise_mt.audit.reference import read_reference
from piecewise_mt.calculus.local.rungs import Rung
from piecewise_mt.cli import main
from piecewise_mt.display.reference_text import refreshed

pytestmark = pytest.mark.filterwarnings("ignore")


def rungs(framework, name, mode="reverse"):
    """The rung of every stratum, by its condition."""
    audit = audit_framework(framework, names=[name], modes=[mode])
    (result,) = audit.results
    return {str(v.stratum.polyhedron): str(v.rung) for v in result.report.verdicts}


def test_sympy_max_of_three():
    audit = audit_framework("sympy")
    bad = {r.primitive.name: [str(s.polyhedron) for s in r.worst] for r in audit.results}
    assert bad == {
        "abs": [],
        "relu as Max(x, 0)": [],
        "max2": [],
        "max3": ["x1 = x2 = x3"],
        "min3": ["x1 = x2 = x3"],
    }
    assert not audit.ok


def test_sympy_sums_to_three_halves():
    x = sympy.symbols("x1 x2 x3", real=True)
    gradient = [sympy.diff(sympy.Max(*x), v) for v in x]
    report = mt.check_gradient(mt.max(mt.vector("x", 3)), gradient)
    assert report.failures[0].data["found"] == sympy.Rational(3, 2)


def test_torch_clamp_with_tensor_bounds():
    pytest.importorskip("torch", reason="torch is not installed")
    found = rungs("pytorch", "clamp_tensors")
    assert [where for where, rung in found.items() if rung == "inconsistent"] == ["y = z > x"]
    assert "inconsistent" not in rungs("pytorch", "clamp_tensors", "forward").values()


def test_torch_traps():
    pytest.importorskip("torch", reason="torch is not installed")
    assert rungs("pytorch", "sqrt(x**2)")["x = 0"] == "undefined"
    assert list(rungs("pytorch", "pdist(p=inf)").values()).count("inconsistent") == 4
    undefined = rungs("pytorch", "where(x > 1, sqrt(x), 1)")
    assert undefined == {"x > 1": "differentiable", "x < 1": "undefined", "x = 1": "bouligand"}
    assert (
        rungs("pytorch", "max_pool2d (channels last)").keys()
        == rungs("pytorch", "adaptive_max_pool3d").keys()
    )
    assert rungs("pytorch", "norm(p=2)")["x1 = 0"] == "clarke"
    assert list(rungs("pytorch", "cdist(p=inf)").values()).count("inconsistent") == 4
    at_zero = rungs("pytorch", "relu(t) - relu(-t)")["x = 0"]
    assert at_zero == "autodiff"  # 0, although f' = 1
    assert rungs("pytorch", "Table 2")["x = 0"] == "autodiff"  # -3/2, although f' = 0


def test_jax_traps():
    pytest.importorskip("jax", reason="jax is not installed")
    found = rungs("jax", "lax.clamp(bounds)")
    assert {where for where, rung in found.items() if rung == "inconsistent"} >= {"y = z > x"}
    assert rungs("jax", "sqrt(x**2)")["x = 0"] == "undefined"
    assert rungs("jax", "norm(ord=2)")["x1 = 0"] == "undefined"


def test_a_users_function():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    f = mt.maximum(*mt.variables("x y"))
    report = mt.audit(lambda v: torch.maximum(v[0], v[1]), f)
    assert report.holds_where_tried and report.verdicts[-1].rung is Rung.clarke
    assert not report.ok  # it was only tried
    pair = mt.audit(torch.maximum, f, shapes=[(), ()], mode="forward")
    assert [v.rung for v in pair.verdicts] == [v.rung for v in report.verdicts]
    with pytest.raises(mt.PiecewiseError, match="expected the value"):
        mt.audit(lambda v: torch.minimum(v[0], v[1]), f)
    with pytest.raises(mt.ShapeError, match="2 entries in all"):
        mt.audit(torch.maximum, f, shapes=[(2,), (2,)])


def test_bad_frameworks_are_refused():
    f = mt.relu(mt.variable("x"))
    with pytest.raises(mt.PiecewiseError, match="expected one of the frameworks"):
        mt.audit(abs, f, framework="theano")


def test_returned_floats_are_read_as_simple_rationals():
    assert simplest(1 / 3) * 3 == 1
    assert simplest(0.1) * 10 == 1
    assert simplest(2**-30) * 2**30 == 1
    assert simplest(1 / 3 + 2**-54) != simplest(1 / 3)


def test_command_line(capsys):
    assert main(["audit", "--framework", "sympy"]) == 0
    assert "x1 = x2 = x3" in capsys.readouterr().out
    assert main(["audit", "--framework", "sympy", "--format", "latex"]) == 0
    assert r"\\begin{" in capsys.readouterr().out.replace("\\", "\\\\")


def test_the_reference_is_data_and_a_page(capsys, tmp_path):
    assert main(["audit", "--framework", "sympy", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    rows = {row["primitive"]: row for row in data["rows"]}
    assert rows["max3"]["rung"] == "inconsistent" and rows["max3"]["fails_on"] == ["x1 = x2 = x3"]
    # what is known of another framework stays, and what is observed anew is replaced
    elsewhere = {**rows["abs"], "framework": "jax", "function": "<jax>"}
    old = {**rows["abs"], "version": "0"}
    data["rows"] = [old, elsewhere]
    known = tmp_path / "known.json"
    known.write_text(json.dumps(data), encoding="utf-8")
    assert main(["audit", "--framework", "sympy", "--format", "html", "--known", str(known)]) == 0
    page = capsys.readouterr().out
    assert page.count("<tr data-") == len(rows) + 1 and "<jax>" not in page
    assert "&lt;jax&gt;" in page and "http" not in page
    known.write_text("[1]", encoding="utf-8")
    assert main(["audit", "--framework", "sympy", "--format", "json", "--known", str(known)]) == 2
    assert "expected what audit --format json writes" in capsys.readouterr().err
    assert main(["relu(x)", "--format", "html"]) == 2
    assert main(["audit", "--known", str(known)]) == 2


def test_the_page_has_the_table_that_the_data_gives():
    """docs/frameworks.md between its marks; the command is .ci/frameworks."""
    docs = Path(__file__).parent.parent / "docs"
    rows = read_reference(json.loads((docs / "frameworks.json").read_text(encoding="utf-8")))
    page = (docs / "frameworks.md").read_text(encoding="utf-8")
    assert refreshed(page, rows) == page, "run python .ci/frameworks --write"
    # every row of the data is there: rule, rung, where it fails, how it was observed
    for row in rows:
        (line,) = (
            line
            for line in page.splitlines()
            if line.startswith(f"| `{row.function}`")
            and f"| {row.example} | {row.rule} |".replace("|x|", "&#124;x&#124;") in line
            and (row.primitive in line or "(" not in row.primitive)
        )
        assert row.rung in line and all(stratum in line for stratum in row.fails_on)
        assert row.observed in page


def test_the_table_in_markdown(capsys, tmp_path):
    assert main(["audit", "--framework", "sympy", "--format", "json"]) == 0
    known = tmp_path / "known.json"
    known.write_text(capsys.readouterr().out, encoding="utf-8")
    command = ["audit", "--framework", "sympy", "--format", "markdown", "--known", str(known)]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert "### SymPy" in text and "| inconsistent | x1 = x2 = x3 | all / 13 |" in text
    with pytest.raises(mt.PiecewiseError, match="marks of the generated table"):
        refreshed("# a page", [])


def test_the_published_reference_has_every_primitive():
    path = Path(__file__).parent.parent / "docs" / "frameworks.json"
    rows = read_reference(json.loads(path.read_text(encoding="utf-8")))
    for framework in FRAMEWORKS:
        module = importlib.import_module(f"piecewise_mt.conventions.{framework}")
        own = {row.primitive: row for row in rows if row.framework == framework}
        wanted = primitives_of(framework)
        assert {p.name: p.rule for p in wanted} == {n: row.rule for n, row in own.items()}
        assert {row.version for row in own.values()} == {module.VERSION}
