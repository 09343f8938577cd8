"""The command line as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from piecewise_mt.cli import main


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "piecewise_mt", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_table_of_the_main_example(capsys):
    assert main(["max(y1, y2)"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "max(y1, y2) on R^2, (y1, y2): 3 pieces"
    assert lines[-1].split() == [
        "3",
        "y1",
        "=",
        "y2",
        "1",
        "z*y1",
        "+",
        "(1",
        "-",
        "z)*y2",
        "(z,",
        "1",
        "-",
        "z)",
    ]


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "json"])
@pytest.mark.parametrize("extra", [[], ["--at", "y1=0,y2=0"], ["--strata"]])
def test_every_format(capsys, form, extra):
    assert main(["max(y1, y2)", "--format", form, *extra]) == 0
    out = capsys.readouterr().out
    if form == "json":
        assert json.loads(out)["variables"] == ["y1", "y2"]
    else:
        assert "y" in out and "Poly" not in out


def test_options(capsys):
    assert main(["max(y1, y2)", "--ties", "first", "--vars", "y2,y1,y3"]) == 0
    assert "on R^3, (y2, y1, y3): 2 pieces" in capsys.readouterr().out
    assert main(["relu(x)", "--at-zero", "1/2", "--at", "x=0"]) == 0
    assert capsys.readouterr().out.split()[-1] == "1/2"
    assert (
        main(
            [
                "max(t, 2*t, 3*t, 4*t, ties=first) - max(t, 2*t, 3*t, 4*t, ties=average)",
                "--at",
                "t=0",
            ]
        )
        == 0
    )
    assert "-3/2" in capsys.readouterr().out
    assert main(["max(x, y)", "--domain", "x > y", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["pieces"]) == 1


def test_expression_that_begins_with_a_minus_sign(capsys):
    assert main(["-relu(x)"]) == 0
    assert "-relu(x) on R" in capsys.readouterr().out
    assert main(["--at-zero", "0", "-relu(x)+1"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["__import__('os')"], ["x.y"], ["lambda: x"], ["[x for x in y]"], ["f'{x}'"], ["9**9**9"],
        ["x**y"], ["relu(exp(x) - y)"], ["max()"], ["relu(x"], ["x y"], [""], ["1/0"], ["1/x"], ["3"], [],
        ["--frobnicate"], ["max(x, y)", "--ties", "frist"], ["max(x, y)", "--vars", "x"],
        ["max(x, y)", "--at", "x=0"], ["max(x, y)", "--at", "x=0,y=0,w=1"], ["relu(x)", "--format", "pdf"],
        ["max(a, b, c)", "--max-pieces", "2"], ["relu(x)", "--domain", "x < 0 and x > 1"],
        ["where(x > 0, 1, 0)"], ["a", "b"],
    ],
)  # fmt: skip
def test_errors_are_one_sentence_with_exit_code_2(capsys, arguments):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    message = captured.err.splitlines()[0]
    assert message.startswith("error: ") and "expected" in message


def test_caret_points_at_the_place(capsys):
    assert main(["max(y1, y1 ** y2)"]) == 2
    _, source, caret = capsys.readouterr().err.splitlines()
    assert source[caret.index("^")] == "*"


def test_long_input_in_a_process():
    signs = run("-" * 20_000 + "x")
    assert signs.returncode == 0 and "x on R" in signs.stdout
    total = run("+".join(["x"] * 5_000))
    assert total.returncode == 0 and "5000" in total.stdout and "Traceback" not in total.stderr
    bad = run("(" * 5_000 + "x")
    assert bad.returncode == 2 and "Traceback" not in bad.stderr and "^" in bad.stderr


def test_interrupt_stops_cleanly():
    wide = "+".join(f"abs(x{i}+x{i + 1}-{i})" for i in range(11))
    process = subprocess.Popen(
        [sys.executable, "-m", "piecewise_mt", wide, "--max-pieces", "100000000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # shells let what runs in their background ignore interrupts, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in err


@pytest.mark.parametrize("style", ["table", "cases", "indicator"])
def test_latex_styles_and_documents(capsys, style):
    assert main(["max(y1, y2)", "--format", "latex", "--style", style]) == 0
    body = capsys.readouterr().out
    mark = {"table": r"\toprule", "cases": r"\begin{cases}", "indicator": r"1_{P^{3}}"}[style]
    assert mark in body and r"\documentclass" not in body
    assert main(["max(y1, y2)", "--format", "latex", "--style", style, "--standalone"]) == 0
    document = capsys.readouterr().out
    assert mark in document and document.startswith(r"\documentclass")
    assert document.rstrip().endswith(r"\end{document}")


def test_standalone_strata_and_points(capsys):
    for extra in (["--strata"], ["--at", "x=0"]):
        assert main(["relu(x)", "--format", "latex", "--standalone", *extra]) == 0
        assert capsys.readouterr().out.startswith(r"\documentclass")


@pytest.mark.parametrize(
    "arguments",
    [
        ["relu(x)", "--style", "cases"], ["relu(x)", "--standalone"],
        ["relu(x)", "--standalone", "--format", "json"],
        ["paper", "--format", "latex", "--style", "cases"],
        ["relu(x)", "--format", "latex", "--style", "cases", "--strata"],
        ["relu(x)", "--format", "latex", "--style", "poem"],
    ],
)  # fmt: skip
def test_styles_that_do_not_fit_are_refused(capsys, arguments):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: expected")


def test_progress_is_on_stderr_and_only_where_asked(capsys, monkeypatch):
    from piecewise_mt.calculus.partition import progress

    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    plain = ["max(a, b, c, d)", "--ties", "first"]
    assert main(plain) == 0
    quiet = capsys.readouterr()
    assert quiet.err == ""
    for extra in ([], ["--strata"]):
        assert main([*plain, "--progress", *extra]) == 0
        loud = capsys.readouterr()
        assert "a" in loud.out and (loud.out == quiet.out or extra)


def test_a_terminal_gets_a_rich_table(capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["max(y1, y2)"]) == 0
    out = capsys.readouterr().out
    assert "┃" in out or "━" in out
    assert "(z, 1 - z)" in out


def test_without_rich_a_terminal_gets_plain_text(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert main(["max(y1, y2)"]) == 0
    assert "α  Pᵅ" in capsys.readouterr().out


def test_pipes_get_plain_text():
    assert run("max(y1, y2)").stdout.splitlines()[2].startswith("α  Pᵅ")
