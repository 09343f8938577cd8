"""How results and errors behave at a prompt and in a notebook."""

from __future__ import annotations

import builtins
import time

import pytest

import piecewise_mt as mt
from piecewise_mt.calculus.partition import progress
from piecewise_mt.typeset.tables import Cell, Column, Table
from piecewise_mt.typeset.text_layout import display_width

y1, y2 = mt.variables("y1 y2")
t = mt.variable("t")


# progress=


def network():
    x = mt.vector("x", 3)
    return sum((mt.relu(x[0] * i + x[1] * (i * i % 7) + x[2] - i) for i in range(1, 8)), mt.abs(t))


def test_a_function_is_called_with_growing_counts():
    counts: list[int] = []
    strata = mt.max(mt.vector("x", 4)).strata(progress=counts.append)
    assert counts == sorted(counts) and counts[-1] >= len(strata) == 15
    cells: list[int] = []
    entries = [("t >= 0", "t"), ("t < 0", "0")]
    assert mt.check(mt.Representation([t], entries, of=mt.relu(t)), progress=cells.append).ok
    assert cells == list(range(1, len(cells) + 1)) and cells


@pytest.mark.parametrize("rich", [True, False])
def test_true_counts_on_stderr(monkeypatch, capsys, rich):
    if rich:
        pytest.importorskip("rich")
    else:
        real = builtins.__import__

        def without(name, *args, **kwargs):
            if name.split(".")[0] == "rich":
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    network().represent(progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert ("faces: " in captured.err and captured.err.endswith("\n")) if not rich else True


def test_short_work_shows_nothing(capsys):
    mt.max(y1, y2).represent(progress=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", [3, "yes"])
def test_anything_else_is_refused(value):
    with pytest.raises(mt.PiecewiseError, match="None, True or a function"):
        mt.relu(t).represent(progress=value)
    for none in (None, False):
        assert len(mt.relu(t).represent(progress=none)) == 3


# printing


def test_printing_fits_a_hundred_columns():
    x = mt.vector("x", 6)
    weights = [[i * j - 7 for i in range(6)] for j in range(3)]
    rep = mt.max(mt.affine(weights, x, [1, 2, 3])).represent()
    stated = mt.Representation(
        [f"x{i}" for i in range(1, 7)], [(str(p.polyhedron), "0") for p in rep]
    )
    for text in (str(rep), str(stated), str(rep.tangential_conditions()), str(rep.strata)):
        assert max(map(display_width, text.splitlines())) <= 100
    # nothing is cut: every operator and number of a condition is still there
    condition = str(rep[0].polyhedron)
    first = " ".join(str(rep).split())
    assert all(part in first for part in condition.split())


def test_many_pieces_show_the_first_rows_and_the_count_at_once():
    rep = mt.max(mt.vector("x", 12)).represent()
    begin = time.perf_counter()
    lines = repr(rep).splitlines()
    elapsed = time.perf_counter() - begin
    assert lines[0].endswith("): 4095 pieces")
    assert lines[-1] == "… and 4045 more pieces"
    assert elapsed < 3  # 50 rows; the margin is for slow machines
    assert "4085 more pieces" in str(rep.table(limit=10))


def test_rich_prints_brackets_as_they_are():
    rich = pytest.importorskip("rich.console")
    console = rich.Console(width=100, record=True, file=open("/dev/null", "w"))
    console.print(Table("t[b]", [Column(Cell.plain("x"))], [[Cell("[1, 2]", "")]], ["[red]n"]))
    text = console.export_text()
    assert "[1, 2]" in text and "t[b]" in text and "[red]n" in text


# notebooks


def shown():
    rep = mt.max(y1, y2).represent()
    stated = mt.Representation("y1 y2", [("y1 >= y2", "y1"), ("y1 < y2", "y2")], of=mt.max(y1, y2))
    return {
        "representation": rep,
        "stated": stated,
        "table": rep.table(),
        "conditions": rep.tangential_conditions(),
        "strata": rep.strata,
        "report": mt.check(stated),
        "derivation": mt.derivation(mt.max(y1, y2)),
    }


@pytest.mark.parametrize("name", shown())
def test_notebooks_show_tables(name):
    text = shown()[name]._repr_html_()
    own = "div" if name == "derivation" else "table"
    assert text.startswith((f"<{own}>", f"<{own} ")) and text.rstrip().endswith(f"</{own}>")


@pytest.mark.parametrize("name", ["representation", "stated", "table", "conditions", "report"])
def test_notebooks_show_latex(name):
    text = shown()[name]._repr_latex_()
    assert text.startswith("$$\\begin{array}") and text.endswith("$$")


def test_pieces_and_products_show_as_formulas():
    rep = mt.max(y1, y2).represent()
    assert r"\widetilde\nabla f^{3} = (z,\, 1 - z)" in rep[2]._repr_latex_()
    vector = mt.stack([mt.relu(t), t]).represent()
    assert r"f^{1} = \begin{pmatrix} 0 \\ t \end{pmatrix}" in vector[0]._repr_latex_()
    assert rep.chain_rule(3)._repr_latex_().startswith("$$")


def test_errors_in_notebooks_are_a_few_lines():
    with pytest.raises(mt.PiecewiseError) as caught:
        mt.max(y1, y2, ties="firstt").represent()
    lines = caught.value._render_traceback_()
    assert len(lines) <= 6 and "firstt" in lines[-1] and "ties=" in "\n".join(lines)
    assert "piecewise_mt/functions" not in "\n".join(lines)
    with pytest.raises(mt.ParseError) as caught:
        mt.parse("max(y1,, y2)")
    lines = caught.value._render_traceback_()
    assert lines[-1].strip() == "^" and len(lines) <= 6


# names


def test_completion_offers_public_names_only():
    assert dir(mt) == sorted([*mt.__all__, "__version__"])
    rep = mt.max(y1, y2).represent()
    public = {name for name in dir(rep) if not name.startswith("_")}
    assert {"table", "to_latex", "plot", "to_html", "chain_rule", "piece_at"} <= public
    for name in public:
        assert hasattr(rep, name)


def test_help_of_every_public_callable_has_an_example_or_is_an_error():
    for name in mt.__all__:
        documented = getattr(mt, name)
        assert documented.__doc__, name
