"""The command line in ordinary places: one sentence or the right table, never a traceback."""

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "piecewise_mt"]


SCRIPT = "import sys; from piecewise_mt.__main__ import main; sys.exit(main())"


def _run(*arguments, **keywords):
    environment = {**os.environ, **keywords.pop("env", {})}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        timeout=120,
        env=environment,
        **keywords,
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
def test_a_table_in_any_encoding(encoding):
    done = _run("max(y1, y2)", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert done.returncode == 0 and not done.stderr
    lines = done.stdout.decode(encoding).splitlines()
    assert lines[0] == "max(y1, y2) on R^2, (y1, y2): 3 pieces" and len(lines) == 7
    # the columns stay below their heads
    assert lines[4].split()[:4] == ["1", "y1", ">", "y2"]
    assert lines[3].index(lines[3].split()[1]) == lines[4].index("y1 > y2")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "relu(x)"], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: expected to write the output")
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_a_closed_output_is_one_sentence():
    line = f'"{sys.executable}" -m piecewise_mt "relu(x)" >&-'
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: expected an open standard output")
    assert len(done.stderr.decode().splitlines()) == 1


def test_numbers_of_any_length_are_printed():
    done = _run("max(10**3999*x, y/10**3999)")
    assert done.returncode == 0 and not done.stderr
    assert b"1" + b"0" * 3999 in done.stdout


def test_deep_nesting_is_one_sentence():
    done = _run("sigmoid(" * 80 + "x" + ")" * 80)
    assert done.returncode in (0, 2) and b"Traceback" not in done.stderr
    if done.returncode:
        assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize("text", ["x + \x1b[31m", "x +\x00", "\x07*x", "x + \u202e"])
def test_control_characters_do_not_reach_the_terminal(text):
    from piecewise_mt import ParseError, parse

    with pytest.raises(ParseError) as caught:
        parse(text)
    shown = f"{caught.value}\n{caught.value.caret()}"
    assert all(c.isprintable() or c == "\n" for c in shown)
    line, mark = caught.value.caret().split("\n")
    assert mark.index("^") <= len(line)


@pytest.mark.parametrize("start", [["-m", "piecewise_mt"], ["-c", SCRIPT]])
def test_an_interrupt_while_sympy_is_imported_is_one_word(tmp_path, start):
    # a SymPy whose import is interrupted stands for the seconds that the real one takes
    (tmp_path / "sympy.py").write_text("raise KeyboardInterrupt")
    found = subprocess.run(
        [sys.executable, *start, "relu(x)"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert (found.returncode, found.stdout, found.stderr.strip()) == (130, "", "interrupted")
