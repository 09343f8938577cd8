"""Text of tables, against a layout that goes from part to part; and a collector let be."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt import memory
from piecewise_mt.display import pieces
from piecewise_mt.memory import collector_frozen
from piecewise_mt.typeset.tables import Cell, Column, Table
from piecewise_mt.typeset.text_layout import display_width, wrapped

words = st.sampled_from(
    ["x1", "<", "<=", ">=", "=", "-", "+", "z*x", "1/2", ",", "y,", "or;", ";", "", " ", "-1", "<,"]
    + ["a\nb", "∇f", "面,", "f\u0303", "averyverylongname", "x1<=2", ",,", " =", "\t"]
)
texts = st.lists(words, max_size=12).map(" ".join)


def parts_of(text):
    """Each to its end after a comma, a semicolon or an operator and a space."""
    *parts, last = re.split(r"(?<=[,;]) |(?<= [-+=<>]) |(?<= [<>]=) ", text)
    return [*[part + " " for part in parts], last]


def slowly_wrapped(text, limit):
    if display_width(text) <= limit:
        return [text]
    lines = [""]
    for part in parts_of(text):
        longer = lines[-1] + part
        if lines[-1] and display_width(longer.rstrip()) > limit:
            own = lines[-1].rstrip()
            if re.search(r" (?:[<>]=?|=)$", own) and ", " in own:
                # the last comparison goes to the next line as a whole
                cut = own.rindex(", ")
                lines[-1:] = [own[: cut + 1], own[cut + 2 :] + " "]
                if display_width((lines[-1] + part).rstrip()) <= limit:
                    lines[-1] += part
                    continue
            lines[-1] = lines[-1].rstrip()
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


@given(texts, st.integers(0, 30))
def test_text_is_broken_as_if_part_by_part(text, limit):
    assert wrapped(text, limit) == slowly_wrapped(text, limit)


def slow_text(headers, aligns, rows, width):
    total = width - 2 * (len(headers) - 1)
    columns = list(zip(headers, *rows))
    natural = [max(map(display_width, column)) for column in columns]
    least = [
        full
        if full <= 8
        else max(display_width(part.rstrip()) for text in column for part in parts_of(text))
        for column, full in zip(columns, natural)
    ]
    widths, cap = natural, max(natural)
    while cap > 8 and sum(widths) > total:
        cap -= 1
        widths = [max(low, min(full, cap)) for low, full in zip(least, natural)]

    def line(cells):
        filled = []
        for text, wide, align in zip(cells, widths, aligns):
            room = max(0, wide - display_width(text))
            left = {"l": 0, "r": room, "c": room // 2}[align]
            filled.append(" " * left + text + " " * (room - left))
        return "  ".join(filled).rstrip()

    broken = [[slowly_wrapped(text, wide) for text, wide in zip(row, widths)] for row in rows]
    tall = any(len(lines) > 1 for row in broken for lines in row)
    result = ["T", "", line(headers), "  ".join("─" * wide for wide in widths)]
    for number, row in enumerate(broken):
        result += [""] if tall and number else []
        for k in range(max(map(len, row))):
            result.append(line([lines[k] if k < len(lines) else "" for lines in row]))
    return "\n".join(result)


@given(st.data(), st.integers(1, 3), st.integers(8, 60))
def test_tables_are_laid_out_as_if_cell_by_cell(data, width, total):
    row = st.lists(texts, min_size=width, max_size=width)
    headers, rows = data.draw(row), data.draw(st.lists(row, max_size=5))
    aligns = data.draw(st.lists(st.sampled_from("lcr"), min_size=width, max_size=width))
    columns = [Column(Cell.plain(text), align) for text, align in zip(headers, aligns)]
    table = Table("T", columns, [[Cell.plain(text) for text in own] for own in rows])
    assert table.to_text(total) == slow_text(headers, aligns, rows, total)


KEPT_IS_OLD = """
import gc
from piecewise_mt import memory

memory.MANY = 100
for kept in (False, True):
    made = []  # what is freed meanwhile would be taken off the count
    gc.collect()
    with memory.collector_frozen(kept):
        assert not gc.isenabled()
        made = [[i] for i in range(5000)]
    assert gc.isenabled() and gc.get_freeze_count() == 0
    young = {id(entry) for g in (0, 1) for entry in gc.get_objects(generation=g)}
    assert all(id(entry) in young for entry in made) != kept
"""


def test_what_is_kept_is_old_when_the_collector_is_turned_on_again():
    # in a process of its own, where no other test has left the collector off or its objects
    subprocess.run([sys.executable, "-c", KEPT_IS_OLD], check=True, timeout=120)


def test_a_collector_that_is_off_or_frozen_is_left_as_it_is():
    gc.disable()
    try:
        with collector_frozen(kept=True):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with mock.patch.object(memory, "MANY", 0), collector_frozen(kept=True):
            made = [[i] for i in range(2000)]
        assert gc.isenabled() and len(made) < before <= gc.get_freeze_count() + len(made)
    finally:
        gc.unfreeze()


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 13))
def test_blocks_of_pieces_make_the_table_of_single_ones(first, block, limit):
    x = mt.vector("x", 2)
    rep = (mt.relu(mt.affine([[1, 2], [1, -1], [0, 1]], x, [0, 1, 2])) @ [1, 1, 1]).represent()
    with mock.patch.multiple(pieces, ONE_BY_ONE=first, BLOCK=block):
        table, cut = rep.table(), rep.table(limit=limit)
        texts, latex = table.to_text(), table.to_latex()
        few = [[cell.text for cell in row] for row in cut.rows]
    singly = rep.table()
    assert len(rep) > 13 and (texts, latex) == (singly.to_text(), singly.to_latex())
    assert few == [[cell.text for cell in row] for row in singly.rows[:limit]]


def test_a_head_asks_no_more_pieces_than_it_shows():
    rep = (mt.relu(mt.vector("x", 4)) @ [1, 1, 1, 1]).represent()
    looked_at: list[int] = []

    def condition(piece):
        looked_at.append(piece.alpha)
        return Cell("c", "c")

    with mock.patch.object(pieces, "condition_cell", condition):
        rep.table().head(9)
    assert len(rep) == 81 and looked_at == list(range(1, 11))
