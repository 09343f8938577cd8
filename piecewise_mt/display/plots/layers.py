"""Boxes in rows: as wide as their texts, clear of each other and of every edge."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from piecewise_mt.display.plots.style import INK

GAP, PAD = 16.0, 5.0
"""Points between neighbours of a row, and between a text and its box."""
LINE = "#888888"
_SIZE, _LEAST = 9.0, 4.0
_ROUNDS = 8

Node = Hashable
Path = list[tuple[float, float]]


class Layers:
    """Nodes in rows from below, and edges that pass between the boxes of the rows they skip.

    Coordinates are points of 1/72 inch; an edge over several rows gets a slot in each of them
    (Sugiyama, Tagawa and Toda's dummy vertices), so that no box lies on it.

    Parameters
    ----------
    rows : sequence of sequences of nodes
    edges : iterable of (lower, upper)
    sizes : mapping of node to (width, height)
        Of the boxes, in points.

    References
    ----------
    K. Sugiyama, S. Tagawa, M. Toda, *Methods for visual understanding of hierarchical system
    structures*, IEEE Trans. SMC 11 (1981).

    Examples
    --------
    The edge from 0 to 2 goes around the box of 1:

    >>> layers = Layers([[0], [1], [2]], [(0, 1), (1, 2), (0, 2)], {k: (40, 10) for k in range(3)})
    >>> [len(path) for path in layers.paths]
    [2, 2, 4]
    >>> layers.places[1][0] != layers.paths[2][1][0]
    True
    """

    def __init__(
        self,
        rows: Sequence[Sequence[Node]],
        edges: Iterable[tuple[Node, Node]],
        sizes: Mapping[Any, tuple[float, float]],
    ) -> None:
        self.sizes: dict[Node, tuple[float, float]] = dict(sizes)
        level = {node: k for k, row in enumerate(rows) for node in row}
        grown: list[list[Node]] = [list(row) for row in rows]
        chains: list[list[Node]] = []
        for a, b in edges:
            chain: list[Node] = [a]
            for between in range(level[a] + 1, level[b]):
                slot = ("slot", a, b, between)
                grown[between].append(slot)
                self.sizes[slot] = (2.0, 0.0)
                chain.append(slot)
            chains.append([*chain, b])
        links = [pair for chain in chains for pair in pairwise(chain)]
        self._rows = _untangled(grown, links)
        across = self._across(links)
        heights = [max(self.sizes[n][1] for n in row) for row in self._rows]
        self.places: dict[Node, tuple[float, float]] = {}
        y = heights[0] / 2
        for k, row in enumerate(self._rows):
            if k:
                spread = 34.0 + max(len(row), len(self._rows[k - 1])) * 2.5
                y += heights[k - 1] / 2 + spread + heights[k] / 2
            self.places |= {node: (across[node], y) for node in row}
        self.levels = [self.places[row[0]][1] for row in self._rows]
        self.width = max(across[n] + self.sizes[n][0] / 2 for row in self._rows for n in row)
        self.height = y + heights[-1] / 2
        self.paths = [self._path(chain) for chain in chains]

    def _path(self, chain: Sequence[Node]) -> Path:
        """From the upper side of one box to the lower side of another, upright past the others."""
        (x1, y1), (x2, y2) = self.places[chain[0]], self.places[chain[-1]]
        path = [(x1, y1 + self.sizes[chain[0]][1] / 2)]
        for slot in chain[1:-1]:
            x, y = self.places[slot]
            half = self._tall(slot) / 2 + 3
            path += [(x, y - half), (x, y + half)]
        return [*path, (x2, y2 - self.sizes[chain[-1]][1] / 2)]

    def _tall(self, slot: Node) -> float:
        (row,) = (row for row in self._rows if slot in row)
        return max(self.sizes[n][1] for n in row)

    def _across(self, links: Sequence[tuple[Node, Node]]) -> dict[Node, float]:
        """Places in every row: near the mean of the neighbours, in order and apart."""
        near: dict[Node, list[Node]] = {}
        for a, b in links:
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
        x: dict[Node, float] = {}
        for row in self._rows:
            for node, wish in zip(row, self._apart(row, [0.0] * len(row)), strict=True):
                x[node] = wish
        for turn in range(_ROUNDS):
            for row in self._rows if turn % 2 else reversed(self._rows):
                wishes = [
                    sum(x[m] for m in near[n]) / len(near[n]) if n in near else x[n] for n in row
                ]
                x |= dict(zip(row, self._apart(row, wishes), strict=True))
        left = min(x[n] - self.sizes[n][0] / 2 for n in x)
        return {n: place - left for n, place in x.items()}

    def _apart(self, row: Sequence[Node], wishes: Sequence[float]) -> list[float]:
        """The places closest to the wishes that keep the order and the gaps (pooling)."""
        offsets = [0.0]
        for a, b in pairwise(row):
            offsets.append(offsets[-1] + (self.sizes[a][0] + self.sizes[b][0]) / 2 + GAP)
        blocks: list[tuple[float, int]] = []
        for wish, offset in zip(wishes, offsets, strict=True):
            total, count = wish - offset, 1
            while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
                more, number = blocks.pop()
                total, count = total + more, count + number
            blocks.append((total, count))
        shifts = [total / count for total, count in blocks for _ in range(count)]
        return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _untangled(
    rows: Sequence[Sequence[Node]], links: Sequence[tuple[Node, Node]]
) -> list[list[Node]]:
    """The rows, each ordered by the mean place of its neighbours in the row before or after."""
    result = [list(row) for row in rows]
    lower: dict[Node, list[Node]] = {}
    upper: dict[Node, list[Node]] = {}
    for a, b in links:
        lower.setdefault(b, []).append(a)
        upper.setdefault(a, []).append(b)
    for _ in range(4):
        for order, near in ((result, lower), (result[::-1], upper)):
            for one, two in pairwise(order):
                place = {n: i - (len(one) - 1) / 2 for i, n in enumerate(one)}
                key = {}
                for i, n in enumerate(two):
                    own = [place[m] for m in near.get(n, []) if m in place]
                    key[n] = (sum(own) / len(own) if own else i - (len(two) - 1) / 2, i)
                two.sort(key=key.__getitem__)
    return result


def measured(figure: Any, texts: Mapping[Any, str], size: float) -> dict[Any, tuple[float, float]]:
    """How large the boxes of some texts come out, in points."""
    found = {}
    scale = 72 / figure.dpi
    for node, text in texts.items():
        artist = figure.text(0, 0, text, fontsize=size, linespacing=1.35)
        extent = artist.get_window_extent()
        artist.remove()
        found[node] = (extent.width * scale + 2 * PAD, extent.height * scale + 2 * PAD)
    return found


def draw_layers(
    axes: Any,
    rows: Sequence[Sequence[Any]],
    edges: Sequence[tuple[Any, Any]],
    texts: Mapping[Any, str],
    colors: Mapping[Any, str],
    *,
    arrows: bool,
    own: bool,
) -> Layers:
    """Boxes with texts, edges as lines or arrows; one unit of the axes is a point.

    Parameters
    ----------
    own : bool
        Whether the figure is the package's own and may be made as large as it has to be; in
        other axes the texts are made smaller.
    """
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
    from matplotlib.path import Path as Outline

    figure, size = axes.figure, _SIZE
    layers = Layers(rows, edges, measured(figure, texts, size))
    margin = 8.0
    if own:
        figure.set_size_inches(
            max(layers.width + 2 * margin + 70, 216) / 72, (layers.height + 2 * margin + 50) / 72
        )
    else:
        box = axes.get_window_extent()
        room = 72 / figure.dpi * min(box.width / layers.width, box.height / layers.height)
        if room < 1:
            size = max(_LEAST, size * room * 0.97)
    axes.set_xlim(-margin, layers.width + margin)
    axes.set_ylim(-margin, layers.height + margin)
    for path in layers.paths:
        patch = FancyArrowPatch(
            path=Outline(path), arrowstyle="-|>" if arrows else "-", color=LINE, lw=0.9,
            mutation_scale=9, shrinkA=0, shrinkB=0, zorder=1, label="_edge",
        )  # fmt: skip
        axes.add_patch(patch)
    for node, text in texts.items():
        x, y = layers.places[node]
        width, height = layers.sizes[node]
        axes.add_patch(
            FancyBboxPatch(
                (x - width / 2 + 2, y - height / 2 + 2), width - 4, height - 4,
                boxstyle="round,pad=2", fc=colors[node], ec=INK, lw=0.6, zorder=2, label="_box",
            )
        )  # fmt: skip
        axes.text(
            x, y, text, ha="center", va="center", fontsize=size, zorder=3, color=INK,
            linespacing=1.35,
        )  # fmt: skip
    return layers
