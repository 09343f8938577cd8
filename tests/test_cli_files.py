"""Pictures, pages, checks of files and completion on the command line."""

import json
import shutil
import subprocess
import sys

import pytest

import piecewise_mt as mt
from piecewise_mt.cli import main
from piecewise_mt.cli.files import write

TITLE = "max(y1, y2) on R^2, (y1, y2): 3 pieces"


def _table_of(capsys):
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


@pytest.mark.parametrize("suffix, magic", [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_table_comes_first_and_the_picture_is_a_file(tmp_path, capsys, suffix, magic):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"out.{suffix}"
    assert main(["max(y1, y2)", "--plot", str(path)]) == 0
    assert _table_of(capsys)[0] == TITLE
    assert path.read_bytes().startswith(magic)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_the_own_picture_needs_no_matplotlib(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path = tmp_path / "out.SVG"
    assert main(["max(y1, y2)", "--ties", "first", "--plot", str(path)]) == 0
    assert "2 pieces" in _table_of(capsys)[0]
    drawn = mt.parse("max(y1, y2)", ties="first").represent().to_svg()
    assert path.read_text(encoding="utf-8") == drawn and drawn.startswith("<svg")
    # four variables have no picture, and no table is printed without it
    assert main(["max(a, b, c, d)", "--plot", str(tmp_path / "no.svg")]) == 2
    assert capsys.readouterr().out == "" and len(list(tmp_path.iterdir())) == 1


def test_a_page(tmp_path, capsys):
    path = tmp_path / "page.html"
    assert main(["max(y1, y2)", "--html", str(path), "--vars", "y2,y1,y3"]) == 0
    assert _table_of(capsys)[0] == "max(y1, y2) on R^3, (y2, y1, y3): 3 pieces"
    f = mt.parse("max(y1, y2)").on("y2", "y1", "y3")
    assert path.read_text(encoding="utf-8") == f.represent().to_html()


def test_latex_is_the_format(capsys):
    assert main(["max(y1, y2)", "--latex", "--style", "cases"]) == 0
    short = capsys.readouterr().out
    assert main(["max(y1, y2)", "--format", "latex", "--style", "cases"]) == 0
    assert capsys.readouterr().out == short
    assert main(["max(y1, y2)", "--latex", "--format", "json"]) == 2


def test_merged(capsys):
    # relu(t) - relu(t) is 0, whatever its two kinks
    assert main(["relu(t, at_zero=0) - relu(t, at_zero=0)", "--merged", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["pieces"]) == 1


@pytest.fixture
def stated(tmp_path):
    """§4.2 as printed, with the formulas of P1 and P2 exchanged; and the right one."""
    pieces = [("y1 < y2", "y1"), ("y1 > y2", "y2"), ("y1 = y2", "y1")]
    wrong = mt.Representation("y1 y2", pieces, of="max(y1, y2)")
    wrong.to_json(tmp_path / "printed.json")
    mt.parse("max(y1, y2)").represent().to_json(tmp_path / "right.json")
    return tmp_path


@pytest.mark.parametrize("expression", [[], ["max(y1, y2)"]])
def test_check_of_a_file(stated, capsys, expression):
    assert main([*expression, "--check", str(stated / "right.json")]) == 0
    assert _table_of(capsys)[0] == "check of 3 pieces against max(y1, y2): ok"
    assert main([*expression, "--check", str(stated / "printed.json"), "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    failed = [check for check in data["checks"] if check["verdict"] == "failed"]
    assert not data["ok"] and failed[0]["name"] == "formulas"
    y1, y2 = map(int, failed[0]["failures"][0]["point"])
    assert y1 != y2  # both formulas are right on the tie alone


def test_the_function_given_counts(stated, capsys):
    assert main(["min(y1, y2)", "--check", str(stated / "right.json"), "--latex"]) == 1
    assert r"\begin{tabular}" in capsys.readouterr().out
    # on the tie line alone max and min agree
    assert main(["y1", "--vars", "y1,y2", "--check", str(stated / "right.json")]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["max(a, b)", "--plot", "nowhere/out.png"], ["max(a, b)", "--plot", "out"],
        ["max(a, b)", "--plot", "out.doc"], ["max(a, b)", "--html", "nowhere/page.html"],
        ["max(a, b)", "--at", "a=0,b=0", "--plot", "out.svg"], ["max(a, b)", "--strata", "--merged"],
        ["paper", "--html", "page.html"], ["audit", "--plot", "out.svg"], ["--plot", "out.svg"],
        ["--check", "nowhere.json"], ["max(a, b)", "--check", "nowhere.json", "--strata"],
        ["max(a, b)", "--check", "nowhere.json", "--plot", "out.svg"],
        ["max(a, b)", "--check", "nowhere.json", "--domain", "a > 0"],
        ["paper", "--check", "nowhere.json"], ["max(a, b)", "--print-completion", "sh"],
    ],
)  # fmt: skip
def test_errors_are_one_sentence_and_write_nothing(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: expected ")
    assert not list(tmp_path.iterdir())


def test_a_file_is_whole_or_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.html"
    link.symlink_to(path)
    write(link, b"new")
    assert link.is_symlink() and path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(mt.PiecewiseError, match="No space left"):
        write(path, b"half")
    assert path.read_text() == "new" and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_names_every_option(capsys, shell):
    pytest.importorskip("shtab")
    assert main(["--print-completion", shell]) == 0
    text = capsys.readouterr().out
    assert "piecewise-mt" in text and "python -m" not in text
    for option in ("ties", "plot", "html", "check", "latex"):
        assert option in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_in_bash(tmp_path, capsys):
    pytest.importorskip("shtab")
    assert main(["--print-completion", "bash"]) == 0
    script = tmp_path / "completion"
    script.write_text(capsys.readouterr().out)
    (tmp_path / "paper.json").write_text("{}")
    ask = (
        "source completion; COMP_WORDS=(piecewise-mt {}); COMP_CWORD={}; "
        '_shtab_piecewise_mt; echo "${{COMPREPLY[@]}}"'
    )

    def completed(words):
        line = ask.format(words, len(words.split()))
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        return done.stdout.split()

    assert "--format" in completed("--fo")
    assert completed("--format js") == ["json"]
    assert "paper.json" in completed("--check pap")
    assert set(completed("pa")) >= {"paper"}


def test_without_shtab_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    assert "pip install piecewise_mt[cli]" in capsys.readouterr().err
