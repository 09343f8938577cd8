r"""``piecewise-mt tex``: the tables of a document, written anew by make."""

import io
import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.cli import main
from piecewise_mt.cli.tex import rewritten

CALL = r"\piecewisetable"


def _table(expression, style="table", **rules):
    return mt.parse(expression, **rules).represent().to_latex(style).strip("\n")


def test_the_table_is_that_of_to_latex():
    new = rewritten(CALL + "[ties=first]{max(y1, y2)}\n", "paper.tex")
    assert new == (
        f"% piecewise_mt: {CALL}[ties=first]{{max(y1, y2)}}\n"
        + _table("max(y1, y2)", ties="first")
        + "\n% piecewise_mt: end\n"
    )


@pytest.mark.parametrize(
    "options, expected",
    [
        ("", _table("max(a, b)")),
        ("[]", _table("max(a, b)")),
        ("[style=cases]", _table("max(a, b)", "cases")),
        ("[style={indicator}, ties = average]", _table("max(a, b)", "indicator", ties="average")),
        ("[strata]", mt.parse("max(a, b)").strata().table().to_latex().strip("\n")),
        ("[merged]", mt.parse("max(a, b)").represent().merged().to_latex().strip("\n")),
        (
            "[vars={b, a}, columns={alpha, gradient}]",
            mt.parse("max(a, b)").on("b", "a").represent()
            .to_latex(columns=("alpha", "gradient")).strip("\n"),
        ),
        (
            "[domain={a >= 0, b >= 0}, width=100pt]",
            mt.parse("max(a, b)").represent("a >= 0 and b >= 0").to_latex(width=100).strip("\n"),
        ),
    ],
)  # fmt: skip
def test_options(options, expected):
    new = rewritten(f"{CALL}{options}{{max(a, b)}}", "paper.tex")
    assert new.split("\n", 1)[1] == expected + "\n% piecewise_mt: end"


def test_a_changed_option_gives_another_table():
    once = rewritten(CALL + "{max(a, b)}", "paper.tex")
    assert "z a" in once
    again = rewritten(once.replace(CALL + "{", CALL + "[ties=last]{"), "paper.tex")
    assert "z a" not in again and again.count("end") == once.count("end")
    # a table that somebody edited is written anew
    assert rewritten(once.replace("z a", "q"), "paper.tex") == once


PIECES = [
    "text", " ", "\n", "\n\n", "  ", "% comment", "{", "}", "\\%", "\\\\", "é",
    CALL + "{relu(x)}", CALL + "[ties=first]{max(a,\n b)}", CALL + " % why\n {abs(t)}",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_running_again_changes_nothing(text):
    """Whatever stands around it; the words of the text and the ends of paragraphs stay."""
    once = rewritten(text, "paper.tex")
    assert rewritten(once, "paper.tex") == once
    if CALL not in text:
        assert once == text


@pytest.mark.parametrize("before, after", [("a", "b"), ("a ", "b"), ("a", " b"), ("{", "}"), ("", ""), ("\t", "")])  # fmt: skip
def test_blanks_around_it_are_as_tex_reads_them(before, after):
    """An end of line is a blank to TeX, and one after % is none."""
    new = rewritten(f"{before}{CALL}{{relu(x)}}{after}", "paper.tex")
    lines = [line for line in new.split("\n") if not line.lstrip().startswith("%")]
    body = _table("relu(x)").split("\n")[1:]
    first = lines.index(before + body[0]) if before.isspace() else lines.index(body[0])
    if before.strip():
        lead = lines[first - 1]
        assert lead == (before if before.endswith(" ") else before + "%")
    last = next(i for i, line in enumerate(lines) if r"\end{tabular}" in line)
    assert lines[last].endswith("%") == (after in ("b", "}"))
    assert lines[last + 1 :] == ([after.strip()] if after else [])


@pytest.mark.parametrize(
    "text",
    [
        "% " + CALL + "{nothing(}", "\\begin{verbatim}\n" + CALL + "{(}\n\\end{verbatim}",
        "\\begin{lstlisting}\n" + CALL + "{(}\n\\end{lstlisting}", "\\verb|" + CALL + "{(}|",
        "\\newcommand{" + CALL + "}[2][]{\\texttt{#2}}", "\\newcommand*" + CALL + "[2][x]{#2}",
        "\\def" + CALL + "#1{#1}", "\\string" + CALL + "{(}", CALL + "s{(}",
        "\\end{document}\n" + CALL + "{(}", "\\\\% " + CALL, "",
    ],
)  # fmt: skip
def test_what_is_no_call_stays(text):
    assert rewritten(text, "paper.tex") == text


def test_a_comment_sign_that_is_escaped_begins_none():
    new = rewritten(r"10\% " + CALL + "{relu(x)}", "paper.tex")
    assert r"\begin{tabular}" in new


@pytest.mark.parametrize(
    "text, line, word",
    [
        (CALL + "{max(a,", 1, "'}'"), ("\n" + CALL + "[ties=first{max(a, b)}", 2, "']'"),
        ("\n\n" + CALL + " text", 3, "no brace"), (CALL, 1, "no brace"),
        ("\n" + CALL + "{max(a,\n\n b +)}", 4, "operand"), (CALL + "{}", 1, "expected"),
        (CALL + "[tie=first]{max(a, b)}", 1, "did you mean ties"),
        (CALL + "[ties=frist]{max(a, b)}", 1, "frist"), (CALL + "[style=tables]{a}", 1, "styles"),
        (CALL + "[ties=first, ties=last]{a}", 1, "two"), (CALL + "[ties]{a}", 1, "ties=…"),
        (CALL + "[strata=1]{a}", 1, "strata"), (CALL + "[strata, merged]{relu(a)}", 1, "merged"),
        (CALL + "[width=-3]{a}", 1, "points"), (CALL + "[domain={x <}]{relu(x)}", 1, "complete"),
        (CALL + "[columns=alpah]{relu(x)}", 1, "alpah"), (CALL + "{x**y}", 1, "expected"),
        ("% piecewise_mt: " + CALL + "{relu(x)}\nno end", 1, "end"),
        ("a\n% piecewise_mt: end\n", 2, "got none"),
        ("% piecewise_mt: " + CALL + "{a}\n" + "% piecewise_mt: " + CALL + "{a}\n% piecewise_mt: end", 1, "got none"),
        (CALL + "{__import__('os')}", 1, "expected"), (CALL + "[max-pieces=2]{a}", 1, "option"),
    ],
)  # fmt: skip
def test_errors_name_the_file_and_the_line(tmp_path, capsys, text, line, word):
    path = tmp_path / "paper.tex"
    path.write_text(text, encoding="utf-8")
    assert main(["tex", str(path)]) == 2
    captured = capsys.readouterr()
    first = captured.err.splitlines()[0]
    assert captured.out == "" and first.startswith(f"error: {path}:{line}: ") and word in first
    assert path.read_text(encoding="utf-8") == text


def test_the_caret_stands_in_the_expression(tmp_path, capsys):
    path = tmp_path / "paper.tex"
    path.write_text("\\section{x}\n" + CALL + "{max(y1,\n  y1 ** y2)}")
    assert main(["tex", str(path)]) == 2
    message, source, caret = capsys.readouterr().err.splitlines()
    assert f"{path}:3: " in message and source[caret.index("^")] == "*"


def test_in_place_the_file_changes_only_if_a_table_does(tmp_path):
    path = tmp_path / "paper.tex"
    path.write_bytes(b"\xef\xbb\xbfcaf\xe9\r\n" + CALL.encode() + b"{max(a, b)}\r\nend\r\n")
    assert main(["tex", str(path)]) == 0
    data = path.read_bytes()
    # bytes that are no UTF-8 and ends of lines stay as they are
    assert data.startswith(b"\xef\xbb\xbfcaf\xe9\r\n% piecewise_mt: ") and data.endswith(
        b"\r\nend\r\n"
    )
    assert data.count(b"\n") == data.count(b"\r\n")
    os.utime(path, (1, 1))
    assert main(["tex", str(path), str(path)]) == 0
    assert path.read_bytes() == data and path.stat().st_mtime == 1


def test_nothing_is_written_if_one_document_is_wrong(tmp_path):
    good, bad = tmp_path / "good.tex", tmp_path / "bad.tex"
    good.write_text(CALL + "{relu(x)}")
    bad.write_text(CALL + "{relu(x}")
    assert main(["tex", str(good), str(bad)]) == 2
    assert good.read_text() == CALL + "{relu(x)}"


def test_output_and_check(tmp_path, capsys, monkeypatch):
    path, out = tmp_path / "paper.tex", tmp_path / "out.tex"
    path.write_text("a\n" + CALL + "{relu(x)}\n")
    assert main(["tex", "--check", str(path)]) == 1
    assert capsys.readouterr().out == f"{path}:2: not what would be written\n"
    assert main(["tex", str(path), "-o", str(out)]) == 0
    assert path.read_text() == "a\n" + CALL + "{relu(x)}\n"
    assert main(["tex", "--check", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["tex", str(path), "--output", "-"]) == 0
    assert capsys.readouterr().out == out.read_text()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert main(["tex", "-"]) == 0
    assert capsys.readouterr().out == out.read_text()


@pytest.mark.parametrize(
    "arguments",
    [[], ["nowhere.tex"], ["a.tex", "b.tex", "-o", "c.tex"], ["."], ["--frobnicate", "a.tex"]],
)
def test_errors_of_the_command(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    assert main(["tex", *arguments]) == 2
    assert capsys.readouterr().err.startswith("error: expected ")


def test_too_many_pieces_is_said_with_the_line(tmp_path, capsys):
    path = tmp_path / "paper.tex"
    path.write_text("\n\n" + CALL + "{max(a, b, c)}")
    assert main(["tex", str(path), "--max-pieces", "3"]) == 2
    assert f"{path}:3: expected at most 3 pieces" in capsys.readouterr().err


def test_a_variable_named_tex(capsys):
    assert main(["relu(tex)"]) == 0
    assert "relu(tex) on R" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="needs make's rules as on POSIX")
def test_the_rule_of_make(tmp_path):
    """The recipe of docs/howto_cli.md, with cp for the engine."""
    command = f"{sys.executable} -m piecewise_mt"
    (tmp_path / "Makefile").write_text(
        f"build/paper.tex: paper.tex\n\tmkdir -p build\n\t{command} tex $< -o $@\n"
    )
    (tmp_path / "paper.tex").write_text(CALL + "{relu(x)}\n")
    if subprocess.run(["sh", "-c", "command -v make"], capture_output=True).returncode:
        pytest.skip("needs make")
    for expected in ("tex", "up to date"):
        done = subprocess.run(["make"], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0 and expected in done.stdout
    assert r"\toprule" in (tmp_path / "build" / "paper.tex").read_text()


DOCUMENT = rf"""\documentclass{{article}}
\usepackage{{amsmath, amssymb, booktabs, longtable}}
\providecommand{{{CALL}}}[2][]{{\texttt{{\detokenize{{#2}}}}}}
\begin{{document}}
\section{{Tables}}
\begin{{table}}\centering
  {CALL}[ties=average]{{max(y_1, y_2)}}
  \caption{{A tie.}}
\end{{table}}
\begin{{center}}\small{CALL}[merged, columns={{piece, gradient}}]{{abs(x) - relu(x)}}\end{{center}}
By \verb|{CALL}| and cases {CALL}[style=cases, domain={{x >= 0}}]{{relu(x - 1, at_zero=0)}} and
\fbox{{{CALL}[strata]{{relu(x)}}}} in a line.
\end{{document}}
"""


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
@pytest.mark.parametrize("generated", [False, True])
def test_the_document_compiles_before_and_after(tmp_path, generated):
    """The recipe of docs/howto_cli.md: a draft has the functions, the paper their tables."""
    path = tmp_path / "paper.tex"
    path.write_text(DOCUMENT)
    if generated:
        assert main(["tex", str(path)]) == 0
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
        cwd=tmp_path,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert "Overfull" not in log and (tmp_path / "paper.pdf").stat().st_size > 1000
