"""Graphs: the Hasse diagram of the strata, their adjacency, and the expression DAG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from piecewise_mt.display.plots.shapes import View, choose_window, shapes
from piecewise_mt.display.plots.style import INK, PALETTE
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.conditions import condition_text

MOST_NODES = 400
"""More nodes than this would be a blot."""
_NAMED, _WRITTEN = 40, 6

Places = Mapping[Any, tuple[float, float]]


def _refuse_large(count: int, what: str) -> None:
    if count > MOST_NODES:
        raise PiecewiseError(
            f"expected at most {MOST_NODES} {what} to draw, got {count}; restrict the domain"
        )


def draw_hasse(axes: Any, strata: Any) -> None:
    """The strata by dimension, an edge where one lies in the closure of the next."""
    _refuse_large(len(strata), "strata")
    poset = strata.poset()
    levels: dict[int, list[int]] = {}
    for node, dimension in poset.nodes(data="dimension"):
        levels.setdefault(dimension, []).append(node)
    ordered = _untangled([levels[d] for d in sorted(levels)], poset)
    texts = {
        node: _short(condition_text(stratum.polyhedron)) for node, stratum in enumerate(strata)
    }
    places = _layered(ordered)
    _edges(axes, poset.edges, places)
    for dimension, nodes in zip(sorted(levels), ordered, strict=True):
        color = PALETTE[dimension % len(PALETTE)]
        _nodes(axes, {n: places[n] for n in nodes}, texts, color, len(poset) <= _NAMED)
    axes.set_yticks(range(len(ordered)), [str(d) for d in sorted(levels)])
    axes.set_ylabel("dimension")
    _bare(axes, keep_left=True)
    axes.set_ylim(-0.5, len(ordered) - 0.5)


def draw_adjacency(axes: Any, strata: Any) -> None:
    """The full-dimensional strata, an edge where two share a facet."""
    graph = strata.adjacency()
    _refuse_large(len(graph), "full-dimensional strata")
    if len(strata.names) == 2:
        view = View(strata.names)
        window = choose_window(list(strata), view)
        found = {id(shape.owner): shape.center for shape in shapes(strata, view, window)}
        centers = {n: found.get(id(strata[n]), strata[n].point) for n in graph}
        places = {n: (float(x), float(y)) for n, (x, y) in centers.items()}
    else:
        import networkx

        raw = networkx.spring_layout(graph, seed=1)
        places = {n: (float(x), float(y)) for n, (x, y) in raw.items()}
    _edges(axes, graph.edges, places)
    if len(graph) <= _WRITTEN:
        texts = {n: _short(condition_text(strata[n].polyhedron)) for n in graph}
    else:  # conditions would cover each other; the numbers are those of the strata's table
        texts = {n: str(n + 1) for n in graph}
    _nodes(axes, places, texts, PALETTE[0], len(graph) <= _NAMED)
    axes.margins(0.2)
    _bare(axes)


def draw_dag(axes: Any, f: Any) -> None:
    """The expression's nodes, arguments below what is made of them."""
    graph = f.graph()
    _refuse_large(len(graph), "nodes")
    level: dict[int, int] = {}
    for node in graph:  # in topological order
        level[node] = 1 + max((level[before] for before in graph.predecessors(node)), default=-1)
    rows: list[list[int]] = [[] for _ in range(max(level.values()) + 1)]
    for node, place in level.items():
        rows[place].append(node)
    places = _layered(_untangled(rows, graph))
    for a, b in graph.edges:
        axes.annotate(
            "", places[b], xytext=places[a],
            arrowprops={"arrowstyle": "-|>", "color": "#777777", "shrinkA": 12, "shrinkB": 12},
        )  # fmt: skip
    kinds = {"Variable": 0, "Constant": 2, "Linear": 4, "Piecewise": 1}
    for node in graph:
        data = graph.nodes[node]
        color = PALETTE[kinds.get(data["type"], 6)]
        _nodes(axes, {node: places[node]}, {node: data["label"]}, color, True)
    axes.margins(0.25)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    _bare(axes)


def _untangled(rows: list[list[int]], graph: Any) -> list[list[int]]:
    """The rows, each ordered by the mean place of its neighbours in the row before."""
    result = [list(row) for row in rows]
    for _ in range(4):
        for one, two in [*zip(result, result[1:], strict=False)]:
            place = {n: i - (len(one) - 1) / 2 for i, n in enumerate(one)}
            key = {}
            for i, n in enumerate(two):
                near = [place[m] for m in graph.predecessors(n) if m in place]
                key[n] = (sum(near) / len(near) if near else i - (len(two) - 1) / 2, i)
            two.sort(key=key.__getitem__)
    return result


def _layered(rows: Sequence[Sequence[int]]) -> dict[int, tuple[float, float]]:
    widest = max(map(len, rows))
    return {
        node: ((i + 0.5) * widest / len(row), float(y))
        for y, row in enumerate(rows)
        for i, node in enumerate(row)
    }


def _edges(axes: Any, edges: Any, places: Places) -> None:
    for edge in edges:
        xs, ys = zip(*(places[node] for node in edge[:2]), strict=True)
        axes.plot(xs, ys, color="#999999", linewidth=0.9, zorder=1, label="_edge")


def _nodes(axes: Any, places: Places, texts: Mapping[Any, str], color: str, named: bool) -> None:
    if not named:
        xs, ys = zip(*places.values(), strict=True)
        axes.plot(xs, ys, "o", markersize=6, markerfacecolor=color, markeredgecolor=INK)
        return
    for node, (x, y) in places.items():
        # the dot is what autoscaling and tests see; the box hides it
        axes.plot([x], [y], "o", markersize=3, color=color, zorder=2)
        axes.text(
            x, y, texts[node], ha="center", va="center", fontsize=8, zorder=3, color=INK,
            bbox={"boxstyle": "round,pad=0.3", "fc": color, "ec": INK, "lw": 0.6},
        )  # fmt: skip


def _short(text: str, limit: int = 26) -> str:
    """A condition over several lines, cut at the end if need be."""
    lines = [""]
    for part in text.split(", "):
        if lines[-1] and len(lines[-1]) + len(part) > limit:
            lines.append(part)
        else:
            lines[-1] = f"{lines[-1]}, {part}" if lines[-1] else part
    if len(lines) > 3:
        lines = [*lines[:2], "…"]
    return "\n".join(lines)


def _bare(axes: Any, keep_left: bool = False) -> None:
    axes.set_xticks([])
    if not keep_left:
        axes.set_yticks([])
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
