"""Graphs: the Hasse diagram of the strata, their adjacency, and the expression DAG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from piecewise_mt.display.plots.dag_texts import dag_texts
from piecewise_mt.display.plots.layers import draw_layers
from piecewise_mt.display.plots.shapes import View, choose_window, shapes
from piecewise_mt.display.plots.style import INK, PALETTE
from piecewise_mt.errors import PiecewiseError
from piecewise_mt.typeset.conditions import condition_latex
from piecewise_mt.typeset.latex_layout import latex_width

MOST_NODES = 400
"""More nodes than this would be a blot."""
WIDE, LINE_WIDTH = 8, 110.0
"""Rows of more strata have numbers in place of conditions; a line of these has so many points."""
_NAMED, _WRITTEN = 40, 6

Places = Mapping[Any, tuple[float, float]]


def _refuse_large(count: int, what: str) -> None:
    if count > MOST_NODES:
        raise PiecewiseError(
            f"expected at most {MOST_NODES} {what} to draw, got {count}; restrict the domain"
        )


def draw_hasse(axes: Any, strata: Any, *, own: bool) -> None:
    """The strata by dimension, an edge where one lies in the closure of the next."""
    _refuse_large(len(strata), "strata")
    poset = strata.poset()
    levels: dict[int, list[int]] = {}
    for node, dimension in poset.nodes(data="dimension"):
        levels.setdefault(dimension, []).append(node)
    dimensions = sorted(levels)
    rows = [levels[d] for d in dimensions]
    if max(map(len, rows)) <= WIDE:
        texts = {node: condition_math(stratum) for node, stratum in enumerate(strata)}
    else:  # the numbers are those of the strata's table
        texts = {node: str(node + 1) for node in range(len(strata))}
    colors = {n: PALETTE[d % len(PALETTE)] for d in dimensions for n in levels[d]}
    level = {n: d for d, nodes in levels.items() for n in nodes}
    edges = [(a, b) if level[a] < level[b] else (b, a) for a, b in poset.edges]
    layers = draw_layers(axes, rows, edges, texts, colors, arrows=False, own=own)
    axes.set_yticks(layers.levels, [str(d) for d in dimensions])
    axes.set_ylabel("dimension")
    _bare(axes, keep_left=True)


def condition_math(stratum: Any) -> str:
    """A condition in mathtext, in lines of one or a few comparisons."""
    lines = [""]
    for part in condition_latex(stratum.polyhedron).split(",\\ "):
        joined = f"{lines[-1]},\\ {part}" if lines[-1] else part
        if lines[-1] and latex_width(joined) > LINE_WIDTH:
            lines.append(part)
        else:
            lines[-1] = joined
    if len(lines) > 3:
        lines = [*lines[:2], r"\ldots"]
    return "\n".join(f"${line}$" for line in lines)


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
    elif len(strata.names) == 1:
        places = {n: (float(strata[n].point[0]), 0.0) for n in graph}
    else:
        import networkx

        raw = networkx.spring_layout(graph, seed=1)
        places = {n: (float(x), float(y)) for n, (x, y) in raw.items()}
    _edges(axes, graph.edges, places)
    if len(graph) <= _WRITTEN:
        texts = {n: condition_math(strata[n]) for n in graph}
    else:  # conditions would cover each other; the numbers are those of the strata's table
        texts = {n: str(n + 1) for n in graph}
    _nodes(axes, places, texts, PALETTE[0], len(graph) <= _NAMED)
    axes.margins(0.3)
    _bare(axes)


def draw_dag(axes: Any, f: Any, *, own: bool) -> None:
    """The expression's nodes, arguments below what is made of them; affine ones with formulas."""
    graph = f.graph()
    _refuse_large(len(graph), "nodes")
    level: dict[int, int] = {}
    for node in graph:  # in topological order
        level[node] = 1 + max((level[before] for before in graph.predecessors(node)), default=-1)
    rows: list[list[int]] = [[] for _ in range(max(level.values()) + 1)]
    for node, place in level.items():
        rows[place].append(node)
    kinds = {"Variable": 0, "Constant": 2, "Linear": 4, "Piecewise": 1}
    colors = {n: PALETTE[kinds.get(data["type"], 6)] for n, data in graph.nodes(data=True)}
    draw_layers(axes, rows, list(graph.edges), dag_texts(f), colors, arrows=True, own=own)
    _bare(axes)


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


def _bare(axes: Any, keep_left: bool = False) -> None:
    axes.set_xticks([])
    if not keep_left:
        axes.set_yticks([])
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
