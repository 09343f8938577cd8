"""The package's own pictures: SVG text is read as XML and compared with exact values."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

import pytest
import sympy

import piecewise_mt as mt
from piecewise_mt.display.plots.line import shown_pieces
from piecewise_mt.display.plots.shapes import View
from piecewise_mt.display.svg.frame import (
    free_place,
    headline,
    label_box,
    meet,
    name_svg,
    ticks,
    whole,
    width_of,
)

t = mt.variable("t")
y1, y2 = mt.variables("y1 y2")
SVG = "{http://www.w3.org/2000/svg}"
entries = [t, 2 * t, 3 * t, 4 * t]
FUNCTIONS = [
    mt.relu(t),
    mt.relu(t, at_zero=0),
    mt.max(entries, ties="first") - mt.max(entries, ties="average"),
    mt.abs(t - 1) - mt.relu(t) + mt.clip(t, -1, 2, at_edges=0),
    mt.where(mt.abs(t) <= 1, mt.square(t) / 2, mt.abs(t) - mt.exact(0.5)),
    mt.abs(3 * t - 1) - mt.relu(7 * t - 2),
    mt.stack([mt.relu(t), mt.abs(t), 2 - t]),
    mt.relu(t - 10**6) * 10**9,
    sum((mt.abs(t - k) for k in range(1, 9)), mt.abs(t)),
    mt.max(y1, y2),
    mt.max(y1, y2, 0, ties="average"),
    mt.abs(y1) + mt.abs(y2 - 2 * y1 + 1),
    mt.square(mt.max(y1, y2)),
    mt.stack([mt.max(y1, y2), mt.relu(y1)]),
    y1 + 2 * y2,
]


def read(text):
    return ElementTree.fromstring(text)


def found(root, kind, tag="*"):
    return [
        e
        for e in root.iter(SVG + tag if tag != "*" else None)
        if kind in e.get("class", "").split()
    ]


def place(circle):
    return float(circle.get("cx")), float(circle.get("cy"))


def texts(root):
    return ["".join(e.itertext()) for e in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_it_is_xml_and_every_piece_is_there(f):
    rep = f.represent()
    root = read(rep.to_svg())
    keys = {e.get("data-key") for e in root.iter() if e.get("data-key")}
    assert keys == {str(piece.alpha) for piece in rep}
    width, tall = float(root.get("width")), float(root.get("height"))
    for circle in root.iter(f"{SVG}circle"):
        x, y = place(circle)
        assert 0 <= x <= width and 0 <= y <= tall


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_no_label_covers_another_one(f):
    """By the package's own, wide estimate of how wide a text is."""
    root = read(f.represent().to_svg())
    boxes = [
        label_box(float(e.get("x")), float(e.get("y")), width_of("".join(e.itertext())))
        for e in found(root, "label", "text")
    ]
    assert not any(meet(a, b) for k, a in enumerate(boxes) for b in boxes[:k])


@pytest.mark.parametrize("f", FUNCTIONS, ids=str)
def test_the_legend_is_beside_the_frame(f):
    root = read(f.represent().to_svg())
    frames = [e for e in root.iter(f"{SVG}rect") if e.get("fill") == "none"]
    right = max(float(e.get("x")) + float(e.get("width")) for e in frames)
    for e in found(root, "key"):
        x = float(e.get("x") or e.get("x1"))
        assert right < x < float(root.get("width"))


def test_dots_of_a_half_open_piece():
    # R'(0) = 0: closed at (0, 0), open at (0, 1), which is above
    root = read(mt.relu(t, at_zero=0).represent().to_svg())
    (closed,), (opened,) = found(root, "closed"), found(root, "open")
    assert place(closed)[0] == place(opened)[0] and place(closed)[1] > place(opened)[1]
    assert opened.get("fill") == "#ffffff" != closed.get("fill")


def test_table_2_has_one_value_apart():
    f = FUNCTIONS[2]
    root = read(f.represent().to_svg())
    (closed,) = found(root, "closed")
    assert {place(e) for e in found(root, "open")} == {
        (place(closed)[0], place(found(root, "open")[0])[1])
    }
    assert place(closed)[1] > place(found(root, "open")[0])[1]  # −3/2 is below 0


def test_a_free_tie_is_dotted_until_it_has_a_value():
    rep = mt.relu(t).represent()
    root = read(rep.to_svg())
    assert len(found(root, "free")) == 1 and "z" in texts(root) and not found(root, "closed")
    root = read(rep.to_svg(parameters={"z": "1/2"}))
    assert not found(root, "free") and len(found(root, "closed")) == 1


def test_a_stated_function_that_jumps_is_cut_there():
    """f jumps at 0 (value on the right), at 1 (a value of its own), and has a gap from 2 to 3."""
    parts = [("t < 0", "0"), ("0 <= t < 1", "1 + t"), ("t = 1", "5"), ("1 < t <= 2", "t"), ("t > 3", "t")]  # fmt: skip
    root = read(mt.Representation([t], parts).to_svg())
    # of f: closed at (0, 1), (1, 5), (2, 2); open at (0, 0), (1, 2), (1, 1), (3, 3)
    upper = [e for e in found(root, "dot") if place(e)[1] < 230]
    assert sum("closed" in e.get("class") for e in upper) == 3
    assert sum("open" in e.get("class") for e in upper) == 4


def test_a_domain_ends_in_dots():
    root = read(mt.abs(t).represent("-1 <= t < 2").to_svg())
    upper = [e for e in found(root, "dot") if place(e)[1] < 230]
    assert [e.get("class") for e in sorted(upper, key=place)] == ["dot closed", "dot open"]


@pytest.mark.parametrize("name", ["<script>", "a&b", "x\"y'", "]]>", "y<1"])
def test_texts_are_escaped(name):
    """The package refuses such names; pictures do not rely on it. Conditions have < and >."""
    drawn = name_svg(name) + headline(name) + whole(1, 1, name, [])
    root = ElementTree.fromstring(f"<a>{drawn}</a>")
    assert "<script>" not in drawn and "".join(root.itertext()).strip() == name + name
    assert root[-1].get("aria-label") == name
    f = mt.where(y1 < y2, y1, y2)
    title = texts(read(f.represent("y1 > -1").to_svg()))[0]
    assert title.startswith("where(y1 < y2, y1, y2) on {y1 > -1}, (y1, y2): ")


@pytest.mark.parametrize("name", ["α1", "x_1", "x12", "length", "Δx"])
def test_names_are_whole(name):
    rep = mt.max(mt.variable(name), mt.variable("y")).represent()
    assert name in texts(read(rep.to_svg()))


def test_a_slice_and_a_window():
    rep = mt.max(mt.vector("x", 3)).represent()
    root = read(rep.to_svg(at={"x3": 1}, window=[(0, 2), (0, 2)]))
    assert len(list(root.iter(f"{SVG}polygon"))) == 3
    assert "max(x1, x2, x3) on R^3, (x1, x2, x3): 7 pieces (x3 = 1)" in texts(root)


def test_the_file_is_what_is_returned(tmp_path):
    path = tmp_path / "picture.svg"
    assert path.write_text("") == 0
    assert mt.max(y1, y2).represent().to_svg(path) == path.read_text(encoding="utf-8").rstrip("\n")


def test_what_is_refused():
    with pytest.raises(mt.Unsupported, match="expected polyhedra as pieces for the kind svg"):
        mt.max(mt.square(y1), y2).represent().to_svg()
    with pytest.raises(mt.PiecewiseError, match="one to three free variables"):
        mt.max(mt.vector("x", 4)).represent().to_svg()


def test_kinks_at_roots_of_polynomials():
    """max(t², 2): the kinks ±√2, slopes 2t outside and 0 inside; R'(0) = 0 closes the inside."""
    rep = mt.max(mt.square(t), 2).represent()
    root = read(rep.to_svg())
    assert len(found(root, "free")) == 2 and {"2*t*z"} <= set(texts(root))
    shown = shown_pieces(rep, View(rep.names), ((Fraction(-2), Fraction(2)),))
    assert [shape.dimension for shape in shown] == [1, 0, 1, 0, 1]
    assert [shape.corners[0][0] for shape in shown][1] == -sympy.sqrt(2)
    root = read(mt.relu(mt.square(t) - 2, at_zero=0).represent().to_svg())
    assert len(found(root, "closed")) == len(found(root, "open")) == 2
    # a kink of two variables, of which one is held fixed: t² + 1/4 = 1
    rep = mt.max(mt.square(y1) + mt.square(y2), 1).represent()
    shown = shown_pieces(rep, View(rep.names, {"y2": "1/2"}), ((Fraction(-2), Fraction(2)),))
    assert shown[1].corners == ((-sympy.sqrt(3) / 2,),)


def test_polynomial_conditions_without_roots_and_a_domain():
    rep = mt.relu(mt.square(t) + 1).represent()
    assert len(found(read(rep.to_svg()), "graph")) == 2
    root = read(mt.max(mt.square(t), 2).represent("-1 <= t < 3").to_svg())
    upper = [e for e in found(root, "dot") if place(e)[1] < 230]
    assert [e.get("class") for e in sorted(upper, key=place)] == ["dot closed", "dot open"]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-1, Fraction(1, 3)), (10**40, 10**40 + 1), (Fraction(1, 10**9), Fraction(1, 10**8))]
)  # fmt: skip
def test_ticks_are_inside_and_few(low, high):
    marks = ticks(Fraction(low), Fraction(high))
    assert 2 <= len(marks) <= 8
    assert all(low <= value <= high for value, _ in marks)
    for value, label in marks:
        assert Fraction(label.replace("−", "-")) == value


def test_a_label_without_room_stays_where_it_belongs():
    full = [(0.0, 0.0, 100.0, 100.0)]
    assert free_place(10, 50, 30, full, full[0]) == (18, 54)


def test_a_flat_domain_is_coloured_by_gradient():
    """On {y1 + y2 = 1} there are two half-lines; on {x1 + x2 + x3 = 1} three sectors."""
    root = read(mt.max(y1, y2).represent("y1 + y2 = 1").to_svg())
    colors = {e.get("stroke") for e in found(root, "seg")}
    assert len(colors) == 2 and {"(1, 0)", "(0, 1)"} <= set(texts(root))
    root = read(mt.max(mt.vector("x", 3)).represent("x1 + x2 + x3 = 1").to_svg())
    assert len({e.get("fill") for e in root.iter(f"{SVG}polygon")}) == 3
    assert {"(1, 0, 0)", "(0, 1, 0)", "(0, 0, 1)"} <= set(texts(root))
