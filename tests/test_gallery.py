"""The gallery of functions: every entry is built, and one fact of it is known in closed form.

Numbers of pieces and limits of gradients at the tie are worked out by hand from the definitions,
not taken from the package.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sympy import Matrix, Rational

import piecewise_mt as mt
from piecewise_mt.typeset.latex_layout import PAGE_WIDTH, document

PDFLATEX = shutil.which("pdflatex")
ROOT = Path(__file__).resolve().parent.parent


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


gallery = load("gallery", ROOT / "examples" / "gallery.py")
ENTRIES = {own.name: own for own in gallery.ENTRIES}
half, third = Rational(1, 2), Rational(1, 3)


def rows(*vectors):
    """Gradients of a scalar function, each as one row."""
    return {Matrix([list(v) if isinstance(v, tuple) else [v]]).as_immutable() for v in vectors}


def matrices(*given):
    return {Matrix(m).as_immutable() for m in given}


FLAT = [[0, 0], [0, 0]]
UP, DOWN = [[half, half], [half, half]], [[half, -half], [-half, half]]
# pieces, a tie, and the limits of gradients there
FACTS = {
    # 3^n sign vectors
    "norm_1": (9, (0, 0), rows((1, 1), (1, -1), (-1, 1), (-1, -1))),
    # four regions, four half-diagonals, the origin
    "norm_inf": (9, (2, -2), rows((1, 0), (0, -1))),
    "norm_2": (1, (3, 4), rows((Rational(3, 5), Rational(4, 5)))),
    # eight chambers of the group of signs and permutations, eight rays, the origin
    "owl": (17, (1, 1), rows((2, 1), (1, 2))),
    "total_variation": (9, (0, 0, 5), rows((1, 0 - 2, 1), (-1, 0, 1))),
    "distance_to_a_box": (17, (1, 1), rows((1, 0), (0, 1), (0, 0))),
    "hinge": (3, (1,), rows(0, -1)),
    "squared_hinge": (3, (1,), rows(0)),
    "huber": (3, (1,), rows(1)),
    "pinball": (3, (0,), rows(Rational(3, 4), Rational(-1, 4))),
    "eps_insensitive": (5, (half,), rows(0, 1)),
    "ranking": (3, (3, 2), rows((0, 0), (-1, 1))),
    "multiclass_hinge": (7, (1, 0, 0), rows((0, 0, 0), (-1, 1, 0), (-1, 0, 1))),
    # 2u - 9/2 in u, 2v - 1/2 ± 1 in v: 0 lies between
    "lasso": (9, (Rational(9, 4), 0), rows((0, half), (0, -half - 1))),
    "svm": (9, (1, 0), rows((half, 0), (-half, -1), (-half, 1), (half - 2, 0))),
    "call_spread": (5, (1,), rows(0, 1)),
    "butterfly": (7, (2,), rows(1, -1)),
    "straddle": (3, (2,), rows(1, -1)),
    "rainbow": (7, (1, 1), rows((1, 0), (0, 1), (0, 0))),
    "box": (9, (1, 0), matrices([[1, 0], [0, 1]], [[0, 0], [0, 1]])),
    "simplex_2": (3, (1, 0), matrices(FLAT, DOWN)),
    "simplex_3": (
        7,
        (half, half, 0),
        matrices(
            [[2 * third, -third, -third], [-third, 2 * third, -third], [-third, -third, 2 * third]],
            [[half, -half, 0], [-half, half, 0], [0, 0, 0]],
        ),
    ),
    "ball_1": (9, (0, 1), matrices([[1, 0], [0, 1]], FLAT, DOWN, UP)),
    "half_space": (
        3,
        (0, 1),
        matrices([[1, 0], [0, 1]], [[1 - third * 3 / 5, -third * 6 / 5], [-third * 6 / 5, third * 3 / 5]]),
    ),
    "soft_threshold": (5, (1,), rows(0, 1)),
    "hard_tanh": (5, (-1,), rows(0, 1)),
    "tropical_quadratic": (5, (1,), rows(1, 2)),
    "tropical_line": (7, (0, 0), rows((1, 0), (0, 1), (0, 0))),
    # 3! orders, 2 · 3 ties of two, one of three
    "median_3": (13, (0, 0, 1), rows((1, 0, 0), (0, 1, 0))),
    "two_largest": (7, (1, 0, 0), rows((1, 1, 0), (1, 0, 1))),
    "minimax": (6, (0, 0), rows((1, 0), (0, 1), (-1, 0))),
    "group_sort": (3, (0, 0), matrices([[1, 0], [0, 1]], [[0, 1], [1, 0]])),
    "relu6": (3, (6,), rows(0, 1)),
    "maxout": (5, (1,), rows(0, 2)),
    # 2^2 slopes in [0, 1], and one piece on either side
    "sawtooth": (6, (half,), rows(4, -4)),
    "margin": (3, (half, 0), rows((0, 2), (2, 1))),
    "decision": (4, (half, half), rows((1, 1), (2, 0))),
    "quadratics": (5, (half,), rows(1, 3)),
    "nesterov": (15, (1, 1), rows(*((sign * third * 3 / 4 - 2 * s, s) for sign in (1, -1) for s in (1, -1)))),
    "crescent": (3, (0, 0), rows((0, -1), (0, 3))),
    "dem": (7, (0, -3), rows((5, 1), (-5, 1), (0, -2))),
    "dc": (9, (0, 0), rows((1, 1), (1, -1), (-1, 1), (-1, -1))),
    "cases": (2, (0, 0), rows((2, -1), (1, 0))),
}  # fmt: skip


def test_every_entry_has_a_fact_and_a_group():
    assert set(FACTS) == set(ENTRIES) and len(ENTRIES) >= 40
    assert {own.group for own in gallery.ENTRIES} == set(gallery.GROUPS)
    titles = [own.title for own in gallery.ENTRIES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", FACTS)
def test_pieces_and_limits_at_the_tie(name):
    own = ENTRIES[name]
    pieces, point, limits = FACTS[name]
    rep = own.represent()
    assert len(rep) == pieces
    made = own.make()
    f = made if isinstance(made, mt.Expression) else mt.apply(made, *mt.variables(made.names))
    assert set(f.at(point).bouligand) == limits
    for piece in rep:
        assert f.value(piece.witness) == rep.value(piece.witness)


@pytest.mark.parametrize("own", gallery.ENTRIES, ids=lambda own: own.name)
def test_table_code_and_sentence(own):
    assert 60 < len(own.sentence) < 260 and own.sentence.endswith(".")
    html = own.represent().table().to_html()
    assert html.count("<tr>") == FACTS[own.name][0] + 1
    scope = {"mt": mt}
    exec(own.code, scope)
    assert str(scope["rep"]) == str(own.represent())


def test_the_norm_is_refused_where_it_is_not_smooth():
    assert "not positive at (0, 0)" in ENTRIES["norm_2"].refusal
    assert not any(own.refusal for own in gallery.ENTRIES if own.name != "norm_2")


def test_claims_of_the_sentences():
    """Minimisers by convexity or by enumeration, derived there and checked here."""
    assert mt.is_minimum(ENTRIES["lasso"].make(), (Rational(9, 4), 0)).holds
    assert mt.is_minimum(ENTRIES["dem"].make(), (0, -3)).holds
    assert mt.is_minimum(ENTRIES["crescent"].make(), (0, 0)).holds
    nesterov = ENTRIES["nesterov"].make()
    (least,) = mt.argmin(nesterov).polyhedra
    assert str(least) == "x = y = 1"
    stuck = nesterov.at((0, -1))
    assert stuck.clarke.contains(Matrix([[0, 0]])) and stuck.directional_derivative((1, 2)) < 0
    dc = ENTRIES["dc"].make().at((0, 0))
    assert dc.clarke.contains(Matrix([[0, 0]])) and dc.directional_derivative((0, 1)) < 0
    assert ENTRIES["squared_hinge"].make().at((1,)).is_differentiable
    assert mt.is_convex(ENTRIES["two_largest"].make())
    assert not mt.is_convex(ENTRIES["butterfly"].make())


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex; Debian has it in texlive-latex-extra")
def test_the_latex_of_all_entries_compiles(tmp_path):
    text = "\n\n".join(own.represent().to_latex(width=PAGE_WIDTH) for own in gallery.ENTRIES)
    (tmp_path / "gallery.tex").write_text(document(text), encoding="ascii")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "gallery.tex"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="latin-1", timeout=120
    )
    assert re.findall(r"^(?:!|Overfull).*", done.stdout, flags=re.M) == []
    assert done.returncode == 0


@pytest.mark.parametrize("own", gallery.ENTRIES, ids=lambda own: own.name)
def test_pictures(own):
    matplotlib = pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = own.draw()
    figure.canvas.draw()
    assert figure.axes
    pyplot.close(figure)


def test_pages_of_the_documentation(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="pip install piecewise_mt[plot]")
    pages = load("gallery_pages", ROOT / "docs" / "gallery_pages.py")
    monkeypatch.setattr(pages, "draw", lambda own, path: None)
    pages.write_gallery(tmp_path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.iterdir()))
    assert text.count(".. image::") == len(ENTRIES) == text.count("<details>")
    assert "not positive at (0, 0)" in " ".join(text.split())
    index = (ROOT / "docs" / "gallery.rst").read_text(encoding="utf-8")
    assert all(f"generated/gallery/{group}" in index for group in gallery.GROUPS)
