"""Polyhedra in the plane, and what is asked of them, against all faces of one arrangement.

All rows are among twelve lines, x, y, x + y and x - y at -1, 0 and 1. A set of such rows is a union
of faces of their arrangement, so that one point a face says everything about it.
"""

import random
from fractions import Fraction
from itertools import combinations, product

import pytest
from test_complex_operations import covectors

from piecewise_mt.errors import UnknownVariable
from piecewise_mt.exact.linear import echelon
from piecewise_mt.geometry.arrangement import arrangement
from piecewise_mt.geometry.canonical import affine_hull, reduced_row
from piecewise_mt.geometry.cells import Cell, inner_points, relative_interior
from piecewise_mt.geometry.cover import covered_cells, leaves_of, uncovered
from piecewise_mt.geometry.fewest import Member, fewest, fewest_alike, union_of
from piecewise_mt.geometry.polyhedral_set import PolyhedralSet
from piecewise_mt.geometry.polyhedron import Polyhedron, irredundant
from piecewise_mt.geometry.relations import allows, apart, related
from piecewise_mt.geometry.row_cells import (
    RowCell,
    differing_point,
    height,
    row_leaves,
    undecided_pieces,
)
from piecewise_mt.geometry.unions import has, joined, joined_alike, trimmed, union

NAMES = ("x", "y")
LINES = [(c, *own) for own in ((1, 0), (0, 1), (1, 1), (1, -1)) for c in (-1, 0, 1)]
ROWS = [*LINES, *(tuple(-c for c in row) for row in LINES)]
GRID = [(Fraction(a, 4), Fraction(b, 4)) for a, b in product(range(-14, 15), repeat=2)]


def sign(value):
    return (value > 0) - (value < 0)


def at(row, point):
    if (row, point) in SIGN:
        return SIGN[row, point]
    return row[0] + row[1] * point[0] + row[2] * point[1]


SIGN = {}
FACES = {}
"""A point for every face, by the signs of the lines."""
for grid_point in sorted(GRID, key=lambda p: sum(map(abs, p))):
    FACES.setdefault(tuple(sign(at(row, grid_point)) for row in LINES), grid_point)
POINTS = list(FACES.values())
SIGNS = {point: signs for signs, point in FACES.items()}
SIGN |= {
    (tuple(turn * c for c in row), point): turn * own
    for turn in (1, -1)
    for point, signs in SIGNS.items()
    for row, own in zip(LINES, signs, strict=True)
}
DIMENSION = {
    point: 2 - len(echelon([row[1:] for row, own in zip(LINES, signs, strict=True) if not own]))
    for signs, point in FACES.items()
}


def test_the_points_are_one_for_each_face():
    assert set(FACES) == {own[1:] for own in covectors([list(row) for row in LINES]) if own[0]}


def points_of(polyhedron):
    """By the relations as they stand."""
    return {
        p
        for p in POINTS
        if all(at(row, p) == 0 for row in polyhedron.equations)
        and all(at(r, p) > 0 or (not s and at(r, p) == 0) for r, s in polyhedron.inequalities)
    }


def drawn(draw, most=4, nonempty=False):
    while True:
        rows = draw.sample(ROWS, draw.randint(0, most))
        equal = [rows.pop()] if rows and draw.random() < 0.2 else []
        own = Polyhedron(NAMES, equal, [(row, draw.random() < 0.5) for row in rows])
        if not nonempty or points_of(own):
            return own


def dimension_of(points):
    return max((DIMENSION[p] for p in points), default=-1)


BELOW = {
    own: {
        other
        for other in POINTS
        if all(a in (0, b) for a, b in zip(SIGNS[other], SIGNS[own], strict=True))
    }
    for own in POINTS
}
"""For the point of a face those of the faces in its closure."""


def closure_of(points):
    return set().union(*(BELOW[p] for p in points))


SYSTEMS = [drawn(random.Random(k)) for k in range(48)]
FILLED = [drawn(random.Random(k), nonempty=True) for k in range(48)]


def test_one_polyhedron():
    for own in SYSTEMS:
        points = points_of(own)
        assert own.is_empty == (not points) and own.dimension == dimension_of(points)
        assert all(own.contains(p) == (p in points) for p in POINTS)
        assert all(has(own, (4, int(4 * p[0]), int(4 * p[1]))) == (p in points) for p in POINTS)
        assert (own.witness() is None) == (not points)
        assert not points or own.contains(own.witness())
        assert (own.emptiness_certificate() is None) == bool(points)
        basis = own.tangent_basis()
        assert len(basis) == max(dimension_of(points), 0)
        for form in (own.canonical(), own.irredundant()):
            assert points_of(form) == points and form == own and hash(form) == hash(own)
            if points:
                assert all(not sum(a * b for a, b in zip(row[1:], v, strict=True))
                           for row in form.equations for v in basis)  # fmt: skip
                rows = related(form)
                assert apart(rows) == ([*form.equations], [*form.inequalities])
                for k in range(len(rows)):
                    less = Polyhedron(NAMES, *apart(rows[:k] + rows[k + 1 :]))
                    assert less != own
        if points:
            assert trimmed(own) == own
            assert len(related(trimmed(own))) == len(related(own.irredundant()))


def test_two_polyhedra():
    draw = random.Random(0)
    for one in SYSTEMS:
        other = draw.choice(SYSTEMS)
        if draw.random() < 0.4:
            other = Polyhedron(NAMES, other.equations, [*other.inequalities, *one.inequalities])
        first, second = points_of(one), points_of(other)
        assert points_of(one & other) == first & second
        assert one.includes(other) == (second <= first)
        assert (one == other) == (first == second)
        turned = Polyhedron(
            ("y", "x"),
            [(row[0], row[2], row[1]) for row in other.equations],
            [((row[0], row[2], row[1]), strict) for row, strict in other.inequalities],
        )
        assert one.includes(turned) == (second <= first)
        assert points_of(one & turned) == first & second


def test_relations_that_cut_off_single_corners_are_kept():
    """Of the square, the corners (0, 0) and (1, 1); of the cube, too, an edge and a corner of it."""
    square = [((0, 1, 0), False), ((1, -1, 0), False), ((0, 0, 1), False), ((1, 0, -1), False)]
    corners = [((0, 1, 1), True), ((2, -1, -1), True)]
    own = Polyhedron(NAMES, [], [*square, *corners])
    form = trimmed(own)
    assert set(form.inequalities) == {*square, *corners} == set(own.irredundant().inequalities)
    rows = [tuple(int(i == j) for j in range(4)) for i in (1, 2, 3)]
    sides = [(row, False) for row in rows]
    edge, corner = ((0, 1, 1, 0), True), ((0, 1, 1, 1), True)
    own = Polyhedron(("x", "y", "z"), [], [*sides, corner, edge])
    for form in (trimmed(own), own.irredundant()):
        assert set(form.inequalities) == {*sides, edge}


def test_relations_that_always_hold_are_left_out():
    for always in ([((1, 0, 0), True)], [((0, 0, 0), False)]):
        rows = [*always, ((0, 1, 0), False), *always, ((0, 0, 1), True)]
        own = Polyhedron(NAMES, [], rows)
        for form in (trimmed(own), own.irredundant()):
            assert set(form.inequalities) == {((0, 1, 0), False), ((0, 0, 1), True)}


def test_only_polyhedra_are_intersected():
    assert (SYSTEMS[0] == Polyhedron(("x", "z"))) is False
    assert (SYSTEMS[0] == 3) is False and SYSTEMS[0] != 3
    with pytest.raises(TypeError):
        SYSTEMS[0] & 3
    with pytest.raises(UnknownVariable, match="in the variables"):
        SYSTEMS[0] & Polyhedron(("x", "z"))


def test_relative_interiors():
    for own in SYSTEMS:
        points = points_of(own)
        cell = relative_interior(own)
        assert (cell is None) == (not points)
        if cell is None:
            continue
        assert cell.dimension == dimension_of(points)
        assert own.contains(cell.point)
        assert len(echelon(cell.directions())) == cell.dimension
        assert len(cell.directions()) == len(cell.complex.generators) + len(cell.complex.lines) - 1
        for row in ROWS:
            seen = {SIGN[row, p] for p in points}
            # on the relative interior a row that is ≥ 0 and somewhere positive is positive
            expected = 0 if seen == {0} else 1 if -1 not in seen else -1 if 1 not in seen else None
            assert cell.sign(row) == expected
            if expected is None:
                parts = cell.split(row)
                assert [part.sign(row) for part in parts] == [1, 0, -1]
                size = cell.dimension
                assert [part.dimension for part in parts] == [size, size - 1, size]
            for signs in ((1,), (-1,), (0,)):
                met = cell.meets_closed([(row, signs[0])])
                expected = {p for p in closure_of(points) if SIGN[row, p] in (0, signs[0])}
                assert (met is None) == (not expected)
                assert met is None or met.dimension == dimension_of(expected)
        found = list(inner_points(cell.complex.generators, cell.complex.lines, 7))
        assert len(found) <= 7 and all(own.contains(p) for p in found)
        if cell.dimension:
            assert len(set(found)) > 1
        assert found[0] == cell.point
    assert len(list(inner_points([[1, 0, 0]], [[0, 1, 0], [0, 0, 1]]))) == 10
    assert len(list(inner_points([[1, 0, 0]], [[0, 1, 0], [0, 0, 1]], 4))) == 4


def test_the_irredundant_form_from_generators():
    for own in FILLED:
        cell = relative_interior(own)
        extra = [((row), strict) for row in ROWS for strict in (True, False)
                 if Polyhedron(NAMES, [], [(row, strict)]).includes(own)]  # fmt: skip
        form = irredundant(NAMES, own.equations, [*own.inequalities, *extra],
                           cell.complex.generators)  # fmt: skip
        assert form == own and len(related(form)) == len(related(own.canonical()))


def test_cells_by_their_rows():
    draw = random.Random(1)
    for own in SYSTEMS:
        points = points_of(own)
        cell = RowCell.of(2, own.equations, own.inequalities)
        assert (cell is None) == (not points)
        if cell is None:
            continue
        assert cell.dimension == dimension_of(points) and own.contains(cell.point)
        assert len(echelon(cell.directions())) == cell.dimension
        assert relative_interior(own).dimension == cell.dimension
        assert len(cell.complex.levels) == len(relative_interior(own).complex.levels)
        for row in ROWS:
            signs = {SIGN[row, p] for p in points}
            assert [s for s, _ in cell.parts(row)] == [s for s in (1, 0, -1) if s in signs]
            assert cell.sign(row) == (next(iter(signs)) if len(signs) == 1 else None)
            for s, part in cell.parts(row):
                assert own.contains(part.point) and sign(at(row, part.point)) == s
            for relation in ("=", ">", ">="):
                holds = {allows(relation, s) for s in signs}
                found = cell.decides(row, relation)
                assert found is None or holds == {found}
                if (row, True) in own.inequalities and relation != "=":
                    assert found is True
            apart_from_zero = differing_point(cell, [Fraction(c, 2) for c in row])
            assert (apart_from_zero is None) == (signs == {0})
            if apart_from_zero is not None:
                assert own.contains(apart_from_zero) and height(row, apart_from_zero)
        assert cell.decides((2, 0, 0), ">") is True and cell.decides((-2, 0, 0), ">=") is False
        other = draw.choice(SYSTEMS)
        rest = cell.undecided(related(other))
        if rest is None:
            assert not points & points_of(other)
        else:
            assert points_of(Polyhedron(NAMES, *apart(rest))) & points == points & points_of(other)
            assert set(rest) <= set(related(other))


def test_space_split_by_pieces():
    draw = random.Random(2)
    for turn in range(25):
        pieces = {k: draw.sample(SYSTEMS, draw.randint(1, 2)) for k in range(1, draw.randint(2, 4))}
        covers = {k: set().union(*map(points_of, own)) for k, own in pieces.items()}
        domain = draw.choice([None, *FILLED])
        inside = set(POINTS) if domain is None else points_of(domain)
        counts = []
        found = list(leaves_of(2, pieces, domain, counts.append))
        assert counts == list(range(1, len(found) + 1))
        by_rows = [RowCell.of(2, [], [])]
        if domain is not None:
            by_rows = [RowCell.of(2, domain.equations, domain.inequalities)]
        counts = []
        second = list(row_leaves(by_rows, pieces, counts.append))
        assert counts == list(range(1, len(second) + 1))
        for leaves in (found, second):
            held = {}
            for number, leaf in enumerate(leaves):
                own = {p for p in inside if all(SIGN[row, p] == s for row, s in leaf.path)}
                assert all(held.setdefault(p, number) == number for p in own)
                assert all(
                    leaf.inside == tuple(k for k in sorted(pieces) if p in covers[k]) for p in own
                )
            assert set(held) == inside
        assert turn < 0 or undecided_pieces(by_rows[0], {7: [[]], 8: []}) == ({}, frozenset({7}))

        region = draw.choice(FILLED)
        parts = tuple(draw.sample(SYSTEMS, 3))
        missing = points_of(region) - set().union(*map(points_of, parts))
        point = uncovered(region, parts)
        assert (point is None) == (not missing)
        if point is not None:
            assert region.contains(point) and not any(part.contains(point) for part in parts)
        cells = list(covered_cells(region, list(pieces.values())))
        for p in points_of(region):
            ((_, held),) = [(cell, own) for cell, own in cells if cell.contains(p)]
            assert held == tuple(k for k in sorted(pieces) if p in covers[k])
        assert set().union(*(points_of(cell) for cell, _ in cells)) <= points_of(region)


def is_convex(points):
    """Whether a union of faces is convex: no point between two of the grid is missing."""
    faces = {SIGNS[p] for p in points}

    def is_in(p):
        return tuple(sign(at(row, p)) for row in LINES) in faces

    # some of one for each face, and of more of those that are large
    own = [*points, *(p for p in GRID[::11] if is_in(p))]
    own = own[:: 1 + len(own) // 110]
    return all(
        is_in(tuple((s * a + (8 - s) * b) / 8 for a, b in zip(one, other, strict=True)))
        for one, other in combinations(own, 2)
        for s in (1, 4)
    )


def has_half_an_edge(points):
    """Whether a convex set has some but not all of an edge of its closure: no relation says so."""
    closure = closure_of(points)
    for row in ROWS:
        if all(SIGN[row, p] >= 0 for p in points):
            edge = {p for p in closure if not SIGN[row, p]}
            if dimension_of(edge & points) == dimension_of(edge - points) == 1:
                return True
    return False


def is_polyhedron(points):
    return is_convex(points) and not has_half_an_edge(points)


@pytest.mark.parametrize("seed", range(4))
def test_unions_that_are_polyhedra(seed):
    """Of two, of three, half-open and flat ones."""
    draw = random.Random(seed)
    seen = set()
    for turn in range(12):
        whole = drawn(draw, 2, nonempty=True)
        row = draw.choice(ROWS)
        opposite = tuple(-c for c in row)
        cut = [
            Polyhedron(NAMES, whole.equations, [*whole.inequalities, own])
            for own in ((row, True), (opposite, draw.random() < 0.3))
        ]
        parts = [p for p in (cut if turn % 3 else draw.sample(FILLED, 2)) if points_of(p)]
        if len(parts) < 2:
            continue
        total = points_of(parts[0]) | points_of(parts[1])
        found = union(*parts)
        member = union_of([Member(part) for part in parts])
        assert (found is None) == (member is None)
        if found is None:
            assert not is_polyhedron(total)
        else:
            assert points_of(found) == total and member.part == found
            assert len(related(member.part)) == len(related(found.canonical()))
        seen.add(found is None)
        three = [*parts, draw.choice(FILLED)]
        member = union_of([Member(part) for part in three])
        total |= points_of(three[2])
        assert points_of(member.part) == total if member else not is_polyhedron(total)
        entries = [(part, draw.choice("ab")) for part in three]
        for joining in (joined_alike, fewest_alike):
            if joining is fewest_alike and any(
                points_of(p) & points_of(q) for p, q in combinations(three, 2)
            ):
                continue
            ended = joining(entries)
            for label in "ab":
                before = set().union(*(points_of(p) for p, own in entries if own == label))
                assert before == set().union(*(points_of(p) for p, own in ended if own == label))
            for p, q in combinations(ended, 2):
                assert p[1] != q[1] or union(p[0], q[0]) is None
    assert seen == {True, False}


def test_unions_in_a_line():
    """Of two segments, of a segment and a point, of a ray and a segment; equations stay."""
    for equation in ((0, 1, 0), (1, -1, 1)):

        def part(low, high, equation=equation):
            return Polyhedron(NAMES, [equation], [((-low, 0, 1), False), ((high, 0, -1), True)])

        one, two, ray = part(0, 1), part(1, 2), Polyhedron(NAMES, [equation], [((-2, 0, 1), False)])
        assert union(one, two) == union(two, one) == part(0, 2)
        assert union(one, ray) is None and union(union(one, two), ray) == Polyhedron(
            NAMES, [equation], [((0, 0, 1), False)]
        )
        point = Polyhedron(NAMES, [equation, (-1, 0, 1)])
        assert union(part(-1, 1), point).contains(point.witness())
        assert [p for p, _ in joined_alike([(one, 0), (two, 0)])] == [part(0, 2)]


def test_members():
    for own in FILLED:
        member, points = Member(own), points_of(own)
        for row in ROWS:
            signs = {SIGN[row, p] for p in points}
            assert member.lowest(row) == min(signs)
        assert own.contains([Fraction(v, member.point[0]) for v in member.point[1:]])
        for corner in member.corners:
            assert own.contains([Fraction(v, corner[0]) for v in corner[1:]])
        assert member.trimmed == own


def test_the_same_set_from_fewer():
    draw = random.Random(3)
    for _ in range(40):
        wholes = draw.sample(FILLED, 2)
        if points_of(wholes[0]) & points_of(wholes[1]):
            continue
        row = draw.choice(LINES)
        parts = [
            Polyhedron(NAMES, [*own.equations, *equal], [*own.inequalities, *above])
            for own in wholes
            for equal, above in (
                ([], [(row, True)]),
                ([row], []),
                ([], [(tuple(-c for c in row), True)]),
            )
        ]
        total = set().union(*map(points_of, wholes))
        found = fewest(parts)
        assert set().union(*map(points_of, found)) == total
        assert len(found) <= 2
        found = joined([p for p in parts if points_of(p)])
        assert set().union(*map(points_of, found)) == total
        shown = PolyhedralSet(NAMES, [p for p in parts if points_of(p)], dimension_of(total))
        assert all(shown.contains(p) == (p in total) for p in POINTS)
        assert len(shown.merged()) <= 2 and shown.merged().dimension == shown.dimension


def test_how_sets_of_polyhedra_are_shown():
    empty = PolyhedralSet(NAMES, [], -1)
    assert (str(empty), empty.to_latex(), len(empty), empty.is_empty) == (
        "∅",
        r"\emptyset",
        0,
        True,
    )
    parts = [Polyhedron(("x",), [], [((-k, 1), False), ((k + 1, -1), True)]) for k in range(51)]
    for count, shown in ((1, 1), (50, 1), (51, 51)):
        own = PolyhedralSet(("x",), parts[:count], 1)
        assert str(own).count("{") == shown and len(own.merged()) == 1


def test_rows_modulo_equations():
    for own in FILLED:
        hull = affine_hull(own.equations, own.inequalities, 2)
        points = points_of(own)
        assert len(hull.equations) == 2 - dimension_of(points)
        assert own.contains(hull.point)
        assert {row for row, _ in hull.inequalities} <= {row for row, _ in own.inequalities}
        assert all(at(row, hull.point) > 0 for row, _ in hull.inequalities)
        for row in ROWS:
            reduced = reduced_row(row, hull.equations)
            assert {sign(at(reduced, p)) for p in points} == {SIGN[row, p] for p in points}
            assert all(sign(at(reduced, p)) == SIGN[row, p] for p in points)


def test_unions_as_faces_of_an_arrangement():
    draw = random.Random(4)
    for _ in range(40):
        parts = draw.sample(FILLED, draw.randint(1, 3))
        total = set().union(*map(points_of, parts))
        own, places = arrangement(2, parts)
        assert own.is_closed == (closure_of(total) == total)
        if len(parts) > 1:
            assert own.is_open == all(p in total for p in POINTS if BELOW[p] & total)
        euler = sum((-1) ** DIMENSION[p] for p in total)
        assert sum((-1) ** k * n for k, n in enumerate(own.counts)) == euler
        assert own.dimension == dimension_of(total)
        left, pieces = set(total), 0
        while left:
            pieces += 1
            pending = [left.pop()]
            while pending:
                p = pending.pop()
                near = {q for q in left if p in BELOW[q] or q in BELOW[p]}
                left -= near
                pending += near
        assert len(set(own.components.values())) == pieces
        assert len(places) == len(parts) and set(places) <= set(own.components)
        for part, place in zip(parts, places, strict=True):
            # the first face of a part has the least dimension
            assert own.dimension_of(place[0]) <= part.dimension


def test_the_cell_of_all_space():
    cell = Cell.space(2)
    assert cell.dimension == 2 and cell.point == (0, 0) and cell.sign((0, 1, 0)) is None
    assert cell.sign((3, 0, 0)) == 1 and cell.sign((-1, 0, 0)) == -1 and cell.sign((0, 0, 0)) == 0
    for value in (-1, 0, Fraction(1, 2)):
        assert allows("=", value) == (value == 0)
        assert allows(">", value) == (value > 0) and allows(">=", value) == (value >= 0)
