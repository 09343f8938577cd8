"""That no stratum is missing is seen from how the faces meet, without what enumerated them.

Oracles: points of a grid, of which each lies in the closure of a stratum that is listed, or in none;
and an enumerator that loses cells on purpose.
"""

from __future__ import annotations

from itertools import product

import pytest
import sympy
from generators import functions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import piecewise_mt as mt
from piecewise_mt.calculus.partition.completeness import are_all
from piecewise_mt.calculus.partition.strata import _Later, strata
from piecewise_mt.geometry.relations import related
from piecewise_mt.geometry.subdivision import subdivides

x, y, z = mt.variables("x y z")
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))
DOMAINS = [None, "x1 >= 0", "x1 > -1, x1 < 1", "x1 = 0", "x1 >= 0, x1 <= 0", "box"]


def domain_of(f, kind):
    return {s.name: (-1, 1) for s in f.symbols} if kind == "box" else kind


@given(functions(max_variables=3, max_layers=2), st.sampled_from(DOMAINS))
@settings(calm, max_examples=40)
def test_what_is_enumerated_is_all(f, kind):
    assert are_all(strata(f, domain_of(f, kind)))


@pytest.mark.parametrize(
    ("f", "domain"),
    [
        (0 * x, None),
        ((0 * x + y).on(x, y), None),
        (mt.relu(mt.max(x, x)), None),
        (mt.relu(mt.relu(x)) - mt.relu(x), None),
        (mt.max(x, y, z), "x = y"),
        (mt.max(x, y, z), "x = y, y = z"),
        (mt.median([x, y, z, x + y]), None),
        (abs(mt.max(x, y)), {"x": (0, 1), "y": (0, 0)}),
        (mt.where(x >= y, x - y, 0), "x > y"),
        (mt.norm_inf(mt.vector("x", 3)), None),
        (abs(x - sympy.sqrt(2)) + mt.relu(y), "x >= 1"),
        (mt.relu(x) * mt.exp(x) + mt.relu(y - x), None),
        (x**2 * abs(y), "y >= x"),
    ],
)
def test_of_degenerate_functions_too(f, domain):
    assert are_all(strata(f, domain))


def parts(cells):
    """The complex of strata, what is said on each full face, the domain and its dimension."""
    found = {}
    for stratum in cells:
        if stratum.dimension == cells[0].dimension:
            found[stratum._index] = related(stratum.polyhedron)
    domain = cells.domain
    rows = [] if domain is None else related(domain)
    dimension = len(cells.names) if domain is None else domain.dimension
    return cells.partition.cells, found, rows, dimension


def covers(cells, kept, points):
    """Whether all points of a grid in the domain are in the closure of a cell that is kept."""
    closed = [
        related(stratum.polyhedron)
        for stratum in cells
        if stratum._index in kept and stratum.dimension == cells[0].dimension
    ]

    def lies_in(rows, point):
        values = [(sum(c * v for c, v in zip(row, (1, *point), strict=True)), r) for row, r in rows]
        return all(value == 0 if r == "=" else value >= 0 for value, r in values)

    inside = [p for p in points if cells.domain is None or cells.domain.contains(p)]
    return all(any(lies_in(rows, point) for rows in closed) for point in inside)


@given(st.data())
@settings(calm, max_examples=40)
def test_a_cell_that_is_left_out_is_missed(data):
    f = data.draw(functions(max_variables=2, max_layers=2))
    cells = strata(f, domain_of(f, data.draw(st.sampled_from(DOMAINS))))
    whole, said, rows, dimension = parts(cells)
    assert subdivides(whole, said, rows, dimension)
    assert not subdivides(whole, said, rows, dimension + 1)
    assume(len(said) > 1)
    lost = data.draw(st.sets(st.sampled_from(sorted(said)), min_size=1))
    rest = {index: own for index, own in said.items() if index not in lost}
    assert not subdivides(whole, rest, rows, dimension)
    grid = [*product(range(-4, 5), repeat=len(cells.names))]
    assert covers(cells, set(said), grid)


@given(st.data())
@settings(calm, max_examples=40)
def test_changed_faces_are_refused_or_cover_all_the_same(data):
    f = data.draw(functions(max_variables=2, max_layers=2))
    cells = strata(f, domain_of(f, data.draw(st.sampled_from(DOMAINS))))
    whole, said, rows, dimension = parts(cells)
    changed = whole.copy()
    how = data.draw(st.integers(0, 3))
    level = data.draw(st.integers(1, len(changed.levels) - 1))
    faces = changed.levels[level]
    k = data.draw(st.integers(0, len(faces) - 1))
    if how == 0:
        faces[k] = faces[k][1:]
    elif how == 1:
        faces[k] = (*faces[k], data.draw(st.integers(0, len(changed.levels[level - 1]))))
    elif how == 2:
        row = changed.generators[data.draw(st.integers(0, len(changed.generators) - 1))]
        row[data.draw(st.integers(0, len(cells.names)))] += data.draw(st.sampled_from([-1, 1]))
    else:
        other = data.draw(st.integers(0, len(faces) - 1))
        faces[k], faces[other] = faces[other], faces[k]
    if subdivides(changed, said, rows, dimension):
        grid = [*product(range(-4, 5), repeat=len(cells.names))]
        assert covers(cells, set(said), grid)


def test_conditions_that_do_not_hold_on_a_cell_are_refused():
    whole, said, rows, dimension = parts(strata(mt.max(x, y, 0)))
    one, other, *_ = said
    assert not subdivides(whole, {**said, one: said[other]}, rows, dimension)
    assert not subdivides(whole, {**said, one: []}, rows, dimension)
    assert not subdivides(whole, {**said, 99: said[one]}, rows, dimension)
    assert not subdivides(whole, {}, rows, dimension)


ASKED = {
    "infimum": lambda: mt.infimum_report(mt.max(x, y, 1)),
    "constant": lambda: mt.lipschitz_report(mt.max(x, y, 1) - mt.min(x, 2 * y)).proof,
    "condition": lambda: mt.holds(mt.max(x, y, 1) >= x),
    "stationary points": lambda: mt.critical_points(mt.max(x, y, 1)),
    "rungs": lambda: mt.max(x, y, 1).represent().classify(),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_enumerator_that_loses_cells_is_not_believed(name, monkeypatch):
    run = _Later.run

    def lossy(self):
        found = run(self)
        found.cells.levels[-1] = found.cells.levels[-1][:-1]
        return found

    assert ASKED[name]().verify()
    monkeypatch.setattr(_Later, "run", lossy)
    assert not ASKED[name]().verify()
