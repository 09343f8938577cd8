"""The interactive page: what it holds, and that hovering works in a real browser if there is one."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

import piecewise_mt as mt
from piecewise_mt.display.plots.style import gradient_label

y1, y2 = mt.variables("y1 y2")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)  # fmt: skip
VOID = {"meta", "input"}


def network():
    x = mt.vector("x", 2)
    return mt.max(mt.relu(mt.affine([[1, 1], [1, -1], [-2, 1]], x, [0, 0, 1])))


class Outline(HTMLParser):
    """The tags and attributes, and that what is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID and tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_every_piece_is_drawn_and_described(tmp_path):
    rep = network().represent()
    path = tmp_path / "page.html"
    text = rep.to_html(path)
    assert path.read_text(encoding="utf-8") == text
    page = Outline(text)
    assert len(page.all("polygon")) == 12
    keys = {a["data-key"] for _, a in page.found if "data-key" in a}
    assert keys == {str(piece.alpha) for piece in rep}
    records = {a["id"]: a for a in page.all("span")}
    for piece in rep:
        record = records[f"data-{piece.alpha}"]
        assert record["data-condition"] == str(piece.polyhedron)
        assert record["data-gradient"] == gradient_label(piece)
        assert record["data-formula"] and record["data-verdict"]
    assert records["data-13"]["data-verdict"].endswith("holds")
    assert "empty at a point" in records[f"data-{len(rep)}"]["data-verdict"]


def test_nothing_is_loaded_from_anywhere():
    text = network().represent().to_html()
    outside = re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", text)
    assert "http" not in outside and "src=" not in text and "@import" not in text
    assert not re.search(r"<link|<iframe|url\(", text)


def test_a_tie_belongs_to_the_half_open_piece_that_has_it():
    page = Outline(mt.max(y1, y2, ties="first").represent().to_html())
    (line,) = (a for a in page.all("g") if "data-key" in a)
    assert line["data-key"] == "1"  # y1 >= y2


def test_text_is_escaped():
    entries = [("y1 > y2", "y1"), ("y1 <= y2", "y2")]
    text = mt.Representation("y1 y2", entries).to_html()
    assert 'data-condition="y1 &gt; y2"' in text
    assert "see mt.check" in text
    Outline(text)


def test_four_variables_have_the_table_only_and_a_slice_is_drawn():
    rep = mt.max(mt.vector("x", 4)).represent()
    text = rep.to_html()
    assert "<svg" not in text and "here there are 4" in text and "<table " in text
    assert len(Outline(rep.to_html(at={"x3": 0, "x4": 0})).all("polygon")) == 3


def test_curved_pieces_have_the_table_only():
    text = mt.max(mt.square(y1), y2).represent().to_html()
    assert "<svg" not in text and "some pieces are curved" in text


def test_one_variable_is_drawn():
    rep = mt.relu(y1, at_zero=0).represent()
    page = Outline(rep.to_html())
    assert {a["data-key"] for a in page.all("g") if "data-key" in a} == {"1", "2"}
    kinds = [a["class"] for a in page.all("circle") if "dot" in a["class"]]
    assert sorted(kinds) == ["dot closed", "dot open"]


def test_a_kink_at_roots_is_a_tie_with_an_empty_condition():
    page = Outline(mt.max(mt.square(y1), 2).represent().to_html())
    records = {a["id"]: a for a in page.all("span")}
    assert records["data-3"]["data-condition"] == "y1**2 = 2"
    assert records["data-3"]["data-verdict"] == "empty at a point: holds"
    assert records["data-1"]["data-verdict"] == FULL


def scene(text):
    return json.loads(re.search(r'id="scene">(.*?)</script>', text, flags=re.S)[1])


def test_three_variables_can_be_turned():
    """max of three: three bodies, three half-planes and the line where they meet."""
    rep = mt.max(mt.vector("x", 3)).represent()
    text = rep.to_html()
    page = Outline(text)
    found = [item["dimension"] for item in scene(text)["items"]]
    assert (found.count(2), found.count(1), found.count(0)) == (3, 1, 0)
    drawn = page.all("polygon") + [a for a in page.all("polyline") if "data-item" in a]
    assert len(drawn) == len(found)
    assert {a["data-key"] for a in drawn} == {str(piece.alpha) for piece in rep}
    # the line x1 = x2 = x3 goes from corner to corner of the cube
    (line,) = (item for item in scene(text)["items"] if item["dimension"] == 1)
    assert sorted(line["corners"]) == [[-1, -1, -1], [1, 1, 1]]


def test_too_many_pieces_in_space_are_not_drawn():
    rep = mt.abs(mt.stack([x - k for x in mt.vector("x", 3) for k in range(4)])).represent()
    assert len(rep) == 9**3
    assert "expected at most 400 pieces and ties" in rep.to_html()
    with pytest.raises(mt.PiecewiseError, match="at most 400 pieces"):
        rep.to_svg()


FULL = "nothing to check: the piece is full-dimensional"
HOVERED = [
    (
        mt.max(y1, y2),
        f"P1 | y1 > y2 | y1 | (1, 0) | {FULL}",
        "P3 | y1 = y2 | z*y1 + (1 - z)*y2 | (z, 1 - z) | ∂f3/∂y1 + ∂f3/∂y2 = 1 on P3: holds",
    ),
    (
        mt.square(mt.max(y1, y2, ties="average")),
        f"P1 | y1 > y2 | y1**2 | (2*y1, 0) | {FULL}",
        "P3 | y1 = y2 | (y1/2 + y2/2)**2 | (y1, y1) | ∂f3/∂y1 + ∂f3/∂y2 = 2*y1 on P3: holds",
    ),
]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; Debian has it as chromium")
@pytest.mark.parametrize(("f", "first", "third"), HOVERED)
def test_hovering_shows_the_piece_in_chromium(tmp_path, f, first, third):
    rep = f.represent()
    probe = """<script>
    const seen = [];
    for (const key of ["1", "3"]) {
      document.querySelector('.shape[data-key="' + key + '"]').dispatchEvent(new Event("mouseenter"));
      seen.push(["name", "condition", "formula", "gradient", "verdict"].map(
        field => document.getElementById("show-" + field).textContent).join(" | "));
      seen.push(String(document.querySelectorAll(".on").length));
    }
    const box = document.querySelector("svg").getBoundingClientRect();
    seen.push(box.width > 300 && box.height > 300 ? "visible" : "hidden");
    const out = document.createElement("pre");
    out.id = "probe";
    out.textContent = seen.join("\\n");
    document.body.appendChild(out);
    </script></body>"""
    path = tmp_path / "page.html"
    path.write_text(rep.to_html().replace("</body>", probe), encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
        "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    match = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, flags=re.S)
    assert match, done.stderr[-500:]
    assert html.unescape(match[1]).split("\n") == [
        first,
        "1",
        third,
        "1",
        "visible",
    ]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; Debian has it as chromium")
def test_turning_moves_the_pieces_in_chromium(tmp_path):
    """The script draws at first what the file says, and something else after a key."""
    rep = mt.max(mt.vector("x", 3)).represent()
    text = rep.to_html()
    written = re.findall(r'data-item="(\d+)" points="([^"]*)"', text)
    probe = """<script>
    const points = () => [...document.querySelectorAll("#space [points]")]
      .sort((a, b) => a.dataset.item - b.dataset.item).map(e => e.getAttribute("points"));
    const seen = [points()];
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
    seen.push(points());
    document.getElementById("home").click();
    seen.push(points());
    document.getElementById("bodies").click();
    seen.push([...document.querySelectorAll(".body")].map(e => e.getAttribute("visibility")));
    const out = document.createElement("pre");
    out.id = "probe";
    out.textContent = JSON.stringify(seen);
    document.body.appendChild(out);
    </script></body>"""
    path = tmp_path / "page.html"
    path.write_text(text.replace("</body>", probe), encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
        "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    match = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, flags=re.S)
    assert match, done.stderr[-500:]
    first, turned, home, bodies = json.loads(html.unescape(match[1]))
    numbers = [points for _, points in sorted(written, key=lambda own: int(own[0]))]
    assert first == numbers == home != turned
    assert set(bodies) == {"hidden"}
