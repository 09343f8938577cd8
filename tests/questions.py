"""Questions of every kind with answers in plain text, for tests of interrupts, threads and hash seeds.

Each has what makes a new object and what asks it; nothing is kept between two of the objects. As a
script it prints all answers.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import piecewise_mt as mt
from piecewise_mt.calculus.ladder.classify import LocalStrata
from piecewise_mt.typeset.tables import Cell, Column, Table

x, y = mt.variables("x y")
w, v = mt.parameters("w v")
SQUARE = {x: (0, 1), y: (0, 1)}


def network():
    """Two layers with a tie at the origin."""
    return mt.max(x, y, 0) + mt.abs(x - y, at_zero=0)


def deep():
    u = mt.relu(mt.affine([[1, -1], [1, 1], [0, 1]], mt.stack([x, y]), [0, -1, 0]))
    return mt.max(u[0] - u[1], u[2], ties="average") - mt.clip(x, -1, 1)


def smooth():
    return mt.exp(mt.relu(x)) * y + mt.relu(x - y)


def curved():
    return mt.max(x**2 + y**2 - 1, x - y, 0)


def irrational():
    return mt.max(x**2 - 2, y, 0)


def stated():
    return mt.Representation(
        "x y", [("x > y", "x"), ("x <= y, y > 0", "y"), ("x <= y, y <= 0", "y")], of=mt.max(x, y)
    )


def pieces(rep):
    return [(str(p.condition), p.formula, p.gradient, p.labels, p.witness) for p in rep]


def texts(rep):
    table = rep.table()
    return [
        str(rep), table.to_text(), table.to_markdown(), table.to_html(), table.to_latex(),
        *(rep.to_latex(style) for style in ("table", "cases", "indicator")),
    ]  # fmt: skip


def graph(found):
    return sorted(found.nodes(data="dimension")), sorted(found.edges())


def numbers():
    columns = [Column(Cell.plain("n"))]
    return Table("numbers", columns, lambda: ([Cell.plain(str(n))] for n in range(6)))


def polyhedron():
    return mt.Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 1, 0), True), ((1, 0, 1), False)])


def rungs(cells):
    local = LocalStrata(cells)
    return [str(local.judge(s, local.at(s).gradient).rung) for s in cells]


def local(a):
    return [
        a.active, a.bouligand, a.clarke.vertices, str(a.clarke.facets), a.gradient, a.is_differentiable,
        a.directional_derivative((1, -1)), str(a.mordukhovich), str(a), str(a.table()),
        [str(a.classify(g)) for g in ([[0, 0]], [[1, 1]], [[5, 5]])], [str(a.clarke.certificate([[0, 0]]))],
    ]  # fmt: skip


def shards(f):
    with TemporaryDirectory() as folder:
        mt.write_shards(f, folder)
        return [(p.name, p.read_bytes()) for p in sorted(Path(folder).iterdir())]


def shown(report):
    """A report as text and, if it has that, in LaTeX."""
    return str(report), report.to_latex() if hasattr(report, "to_latex") else repr(report)


def form(name):
    def ask(f):
        found = getattr(f, name)()
        return str(found), str(found.table()) if hasattr(found, "table") else "", found.verify()

    return ask


QUESTIONS = {
    # of strata and of polyhedral representations
    "list": (lambda: network().strata(), lambda s: [str(c.polyhedron) for c in s]),
    "stream": (lambda: deep().strata(), lambda s: ([str(c) for c in s.stream()], s.f_vector)),
    "poset": (lambda: network().strata(), lambda s: graph(s.poset())),
    "adjacency": (lambda: network().strata(), lambda s: graph(s.adjacency())),
    "strata table": (lambda: network().strata().table(), lambda t: (len(t.rows), t.to_text())),
    "pieces": (lambda: network().represent(), pieces),
    "pieces of a network": (lambda: deep().represent(SQUARE), pieces),
    "texts": (lambda: deep().represent(), texts),
    "table": (lambda: network().represent().table(), lambda t: (len(t), t.to_text(), t.to_latex())),
    "head": (numbers, lambda t: (str(t.head(2)), len(t), t.to_text())),
    "merged": (lambda: deep().represent(), lambda r: str(r.merged())),
    "json": (lambda: deep().represent(), lambda r: r.to_json()),
    "read json": (lambda: deep().represent().to_json(), lambda t: str(mt.Representation.from_json(t))),
    "shards": (deep, shards),
    "svg": (lambda: network().represent(), lambda r: r.to_svg()),
    "values": (lambda: deep().represent(), lambda r: (r.values([(0, 0), (1, 2)]), r.gradients([(0, 0)]))),
    "chain rule": (
        lambda: network().represent(),
        lambda r: [(c.product, c.branches, str(c.table())) for c in map(r.chain_rule, range(1, len(r) + 1))],
    ),
    "tangential": (
        lambda: network().represent(),
        lambda r: [(c.alpha, c.direction, c.equation, c.holds, c.to_latex()) for c in r.tangential_conditions()],
    ),
    "stated": (stated, lambda r: [(str(p.parts), p.gradient, p.dimension) for p in r]),
    "derivation": (network, lambda f: mt.derivation(f).to_latex()),
    "artifacts": (lambda: (mt.relu(x) - mt.relu(-x)).represent(), lambda r: (str(r.artifacts()), str(r.classify()))),
    "polyhedron": (polyhedron, lambda p: (p.dimension, p.witness(), str(p.canonical()))),
    # pieces that are not polyhedra, smooth nodes, parameters
    "smooth": (lambda: smooth().represent(), pieces),
    "curved": (lambda: curved().represent(), lambda r: [(str(p.condition), p.formula, p.gradient) for p in r]),
    "irrational": (lambda: irrational().represent(), texts),
    "cases": (lambda: mt.max(w * x, v).represent(), lambda r: (str(r), str(r.cases()))),
    # at a point
    "local": (lambda: network().at((0, 0)), local),
    "local of a network": (lambda: deep().at((0, 1)), local),
    "frechet": (lambda: mt.abs(x).at((0,)), lambda a: (str(a.frechet), a.frechet.dimension)),
    "products": (lambda: network().at((0, 0)), lambda a: [a.products.contains(g) for g in a.bouligand]),
    "enclosure": (smooth, lambda f: str(f.enclosure((2, 1)))),
    "rungs": (lambda: network().strata(), rungs),
    "proofs": (lambda: network().at((0, 0)), lambda a: [
        (type(p).__name__, p.verify()) for p in (
            a.differentiability_proof, a.regularity_proof, a.stationarity_proof, a.min_norm_proof)]),
    # reports
    "check": (stated, lambda r: shown(mt.check(r))),
    "refuted check": (lambda: mt.Representation("x y", [("x < y", "x"), ("x >= y", "y")], of=mt.max(x, y)),
                      lambda r: shown(mt.check(r))),
    "check gradient": (network, lambda f: shown(mt.check_gradient(f, f.represent()))),
    "theorems": (network, lambda f: (shown(mt.verify_chain_rule(f)), shown(mt.check_stampacchia(f)))),
    "critical points": (deep, lambda f: str(mt.critical_points(f, SQUARE))),
    "lipschitz": (network, lambda f: str(mt.lipschitz_report(f))),
    "lipschitz of a network": (deep, lambda f: [str(mt.lipschitz_report(f, ord=p)) for p in (1, 2)]),
    "lipschitz of a smooth one": (smooth, lambda f: str(mt.lipschitz_report(f, domain=SQUARE))),
    "infimum": (lambda: mt.abs(x - 1) + mt.relu(y), lambda f: (shown(mt.infimum_report(f)), str(mt.argmin(f)))),
    "infimum of squares": (lambda: mt.square(x - y) + mt.abs(x), lambda f: shown(mt.infimum_report(f))),
    "verdicts": (network, lambda f: [str(q(f)) for q in (mt.is_convex, mt.is_monotone)]
                 + [str(mt.is_minimum(f, (0, 0)))]),
    "convex": (lambda: mt.max(x, 1 - x, 2), lambda f: [
        str(mt.conjugate(f)), str(mt.proximal_map(f)), str(mt.moreau_envelope(f))]),
    # sets and equality
    "sets": (network, lambda f: [str(mt.level_set(f, 1)), str(mt.sublevel_set(f, 1)), str(mt.zero_set(f))]),
    "differences": (lambda: (mt.max(x, y, ties="first"), mt.max(x, y, ties="average")), lambda p: [
        mt.equal(*p), str(mt.difference_set(*p)),
        str(mt.gradient_difference_set(p[0].represent(), p[1].represent())), str(mt.distance(*p))]),
    "counts": (deep, lambda f: (mt.f_vector(f), str(mt.linear_pieces(f)))),
    "symmetries": (network, lambda f: (str(mt.symmetries(f)), repr(mt.symmetries(f)))),
    "symmetries of three": (lambda: mt.median(mt.vector("x", 3)), lambda f: str(mt.symmetries(f))),
    # other forms
    **{name: (lambda: mt.median([x, y, 0]), form(name)) for name in (
        "to_max_min", "to_difference_of_convex", "to_tropical", "to_abs_normal", "to_relu_network")},
    # measures
    "integrals": (deep, lambda f: (mt.integral(f, SQUARE), mt.mean(f, SQUARE), mt.total_variation(f, SQUARE))),
    "volumes": (lambda: network().represent(SQUARE), lambda r: [mt.volume(p) for p in r]),
    "shares": (deep, lambda f: list(mt.gradient_shares(f, SQUARE).items())),
    "distribution": (lambda: mt.clip(x + y, 0, 1), lambda f: shown(mt.distribution(f, SQUARE))),
    "by parts": (lambda: mt.relu(mt.min(x, 0), at_zero=5), lambda f: shown(mt.check_integration_by_parts(f, {x: (-1, 2)}))),
}  # fmt: skip

if find_spec("pyarrow") is None:
    # files of shards are written by it
    del QUESTIONS["shards"]


def answer(name: str) -> str:
    """What a new object answers."""
    make, ask = QUESTIONS[name]
    return repr(ask(make()))


if __name__ == "__main__":
    for asked in sys.argv[1:] or QUESTIONS:
        print(f"{asked}: {answer(asked)}")
