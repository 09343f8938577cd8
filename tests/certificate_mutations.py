"""Changes of certificates at random: each is refused, or what is stated is still true.

``python tests/certificate_mutations.py --count 100000`` prints how many of each. What is stated are
the function, the domain, the names of parameters, and the pieces with formulas and gradients; the
rest is proof. Where a changed statement is accepted, the package itself is asked whether it is true.
"""

from __future__ import annotations

import argparse
import copy
import functools
import itertools
import json
import math
import random
import time
from collections import Counter
from fractions import Fraction

import sampled_statements
import sympy

import piecewise_mt as mt
from piecewise_mt.exact.polynomials import coefficient_to_sympy
from piecewise_mt.functions.function_data import (
    coefficient_from_data,
    function_from_data,
    polyhedron_from_data,
)
from piecewise_mt_check import check_data

PROOF = {
    "infimum": ("tree", "point", "to", "ray"),
    "lipschitz": ("tree", "point", "joints", "direction"),
    "max_affine": ("tree", "rows"),
    "equal": ("tree",),
    "different": ("point",),
    "empty": ("proof",),
    "quadratic_infimum": ("tree", "point", "to", "ray"),
    "polynomial_infimum": ("tree", "point", "curve"),
    "line_infimum": ("point",),
    "line_lipschitz": (),
    "line_shape": (),
    "bound": ("box", "inside", "tree"),
    "lipschitz_bound": ("box", "inside", "tree"),
    "empty_set": ("proofs",),
    "inhabited_set": ("part", "point"),
    "in_clarke": ("weights", "directions", "tree", "joints"),
    "not_in_clarke": ("tree", "separation", "inside", "joints"),
    "differentiable": ("tree", "inside", "joints"),
    "not_differentiable": ("directions", "coefficients"),
    "extremum": ("tree", "up", "down"),
    "continuous": ("tree", "joints"),
    "discontinuous": ("direction",),
    "not_convex": ("segment", "at"),
    "monotone": ("tree", "point", "joints"),
    "not_monotone": ("segment",),
    "holds": ("tree",),
    "fails": ("point",),
    "symmetries": (),
    "inverse": ("there", "back"),
    "constrained_stationary": ("weights", "directions", "multipliers", "inside", "tree", "joints"),
    "not_constrained_stationary": ("direction", "inside", "tree", "joints"),
    "conjugate": ("tree", "generators", "outside"),
}
"""What is no part of the statement, by kind."""
STATED = ("kind", "function", "parameters", "domain", "product", "symbols")
TABLES = ("table", "curved_table")


def certificates():
    """Small certificates with ties of all kinds."""
    w, x, y = mt.variables("w x y")
    functions = [
        (mt.relu(x) - mt.max(x, y), None),
        (mt.max(w, x, y), "w + x <= 1"),
        (mt.max(x, y, 0, ties="first") + mt.relu(-y, at_zero=0), None),
        (mt.stack([mt.abs(x, at_zero="1/2"), mt.min(x, y, ties="average")]), None),
        (mt.median(mt.stack([w, x, y])), None),
        (mt.sort(mt.stack([x, y, 1]), ties="stable"), "x > 0"),
        (mt.clip(x - y, -1, "1/2"), "x = 2*y"),
        (mt.where(x > y, x, y) * 2, None),
        (mt.max(x, x) - mt.relu(0 * x), None),
        (mt.relu(mt.relu(x - y) - mt.relu(y - 1), at_zero=1), "x >= 0 and y >= 0"),
    ]
    found = [json.loads(f.represent(domain).certificate()) for f, domain in functions]
    f = mt.max(x, y)
    stated = [("x > y or x = y", "x"), ("x < y", "y")]
    found.append(json.loads(mt.Representation([x, y], stated, of=f).certificate()))
    return found


def answers():
    """Certificates of the other kinds."""
    w, x, y = mt.variables("w x y")
    tie = {"point": [0, 0]}
    asked = [
        (mt.max(x, y), "minimum", {"domain": "x + y >= 1"}),
        (mt.max(w, x, 1 - y), "minimum", {"domain": "0 < w and x >= 0 and y < 1"}),
        (mt.relu(x) - mt.abs(y), "minimum", {}),
        (mt.min(x, y, 2), "maximum", {}),
        (mt.relu(x) - 2 * mt.relu(y), "lipschitz", {}),
        (mt.stack([mt.relu(x - y), 2 * y]), "lipschitz", {"ord": 1}),
        (mt.max(x, y) + mt.abs(y), "convex", {}),
        (mt.min(x, y), "concave", {"domain": "x >= 0"}),
        (mt.max(x, y), "equal", {"second": mt.relu(x - y) + y}),
        (mt.max(x, y), "equal", {"second": x + 0 * y}),
        (mt.max(x, y), "equal", {"second": x + 0 * y, "domain": "x >= y"}),
        (mt.max(x, y) - mt.relu(x), "clarke", tie | {"matrix": [["-1/4", "1/2"]]}),
        (mt.max(x, y) - mt.relu(x), "clarke", tie | {"matrix": [[1, 1]]}),
        (mt.max(x, y) - mt.relu(x - y), "differentiable", tie),
        (mt.Polyhedron(("x", "y"), [(1, 1, 0)], [((0, 1, 0), True)]), "empty", {}),
    ]
    return [json.loads(mt.certify(f, question, **given)) for f, question, given in asked]


@functools.cache
def curved():
    """Tables with polynomials, and sets of them: crosses, circles, isolated points, parameters."""
    w, x, y = mt.variables("w x y")
    a, p = mt.parameter("a"), mt.parameter("p", positive=True)
    functions = [
        (mt.abs(x * y, at_zero="1/2"), None),
        (mt.relu(a * x), None),
        (mt.relu(p * x - y), None),
        (mt.max(x, y * x, 0, ties="average"), None),
        (mt.max(w * x, y * x), "w >= 0"),
        (mt.abs(x**2 + y**2 - 1), "x**2 + y**2 <= 4"),
        (mt.abs(x**2 + y**2), None),
        (mt.relu(mt.relu(x) * y, at_zero=1), None),
        (mt.relu(x) ** 2 - y * mt.abs(y), None),
        (mt.stack([mt.relu(x * y - y * x), mt.min(x**2, y)]), None),
        (mt.where(x * y > 0, x * y, 0 * x), "x >= -1"),
        (mt.median(mt.stack([x * y, x, 1])), None),
    ]
    found = [json.loads(f.represent(domain).certificate()) for f, domain in functions]
    cap = [("x**2 + y**2 < 1", "1 - x**2 - y**2"), ("x**2 + y**2 >= 1", "0")]
    normal = [*cap[:1], ("x**2 + y**2 > 1", 0), ("x**2 + y**2 = 1", 0, ["x/3", "y/3"])]
    for stated in (cap, normal):
        rep = mt.Representation([x, y], stated, of=mt.relu(1 - x**2 - y**2))
        found.append(json.loads(rep.certificate()))
    circle = mt.abs(x**2 + y**2 - 2).represent()[-1].set
    found.append(json.loads(mt.certify(circle, "nonempty")))
    one, other = {(1, 0): 1, (0, 1): -1}, {(3, 0): 1, (0, 3): -1, (0, 0): 1}
    for parts in ([((one, 2), (other, 1)), (({(2, 0): 1, (0, 2): 1}, 1),)], [((one, 6),)]):
        own = mt.SemialgebraicSet(("x", "y"), tuple(parts))
        found.append(json.loads(mt.certify(own, "empty" if own.is_empty else "nonempty")))
    return found


@functools.cache
def smooth():
    """Answers about polynomials and smooth functions: kinks, double roots, jumps, flat domains."""
    x, y = mt.variables("x y")
    box = {"x": (-1, 1), "y": (0, 1)}
    asked = [
        (mt.max(x**2 - 2, x), "minimum", {}),
        (mt.max(x**2 - 2, x), "minimum", {"domain": "x > -1"}),
        (x**3 - x + mt.relu(x - 2), "minimum", {"domain": "x >= 0"}),
        (x**2 * (x - 1) ** 2, "minimum", {}),
        (x**3, "maximum", {}),
        (mt.where(x > 0, x**2 + 1, x), "monotone", {}),
        (mt.min(x**2, 2), "lipschitz", {"domain": {"x": (0, 3)}}),
        (x**2, "lipschitz", {}),
        (mt.max(x**4, x), "convex", {}),
        (mt.median(mt.stack([x**3, x, 1])), "monotone", {}),
        (x**2 + y**2 - mt.abs(x - 1), "minimum", {}),
        (x * y + mt.abs(x), "minimum", {"domain": box}),
        ((x + 1) ** 2 + mt.relu(y), "minimum", {"domain": "x > 0 and y > 0"}),
        (x**2 - mt.relu(y), "minimum", {}),
        (mt.relu(x * y) + x**2 - y, "minimum", {"domain": {"x": (-1, 1), "y": (-1, 1)}}),
        ((x * y - 1) ** 2 + x**2, "minimum", {}),
        (x**2 * y - mt.relu(x), "minimum", {}),
        (mt.exp(x) - x, "bound", {"domain": {"x": (-1, 1)}, "low": 1, "high": 2}),
        (mt.max(mt.sin(x), y**3), "bound", {"domain": box, "low": 0, "high": 1}),
        (mt.tanh(x - y) * mt.relu(x), "bound", {"domain": "x + y <= 1 and x >= 0 and y >= 0",
                                                "low": "-1/4"}),
        (mt.log(1 + mt.exp(x)), "lipschitz", {"domain": {"x": (-1, 1)}, "bound": "9/10"}),
        (mt.stack([mt.sin(x), mt.max(x, 2 * y)]), "lipschitz",
         {"domain": box, "bound": 3, "ord": "inf"}),
    ]  # fmt: skip
    return [json.loads(mt.certify(f, question, **given)) for f, question, given in asked]


def refusals():
    """Certificates of answers that are no, and of functions whose nodes may jump."""
    x, y = mt.variables("x y")
    t = mt.variable("t")
    tie, wedge = {"point": [0, 0]}, {"domain": "x >= 0 and x + y >= 0"}
    joined, jump = mt.where(x > y, x, y) - mt.where(x < 0, x, 0), mt.where(x > 0, x + 1, y)
    step = mt.where(t > 0, 1, 0)
    asked = [
        (mt.max(x, y) - mt.abs(x), "convex", wedge),
        (mt.max(x, y), "concave", {"domain": "x < 1"}),
        (mt.max(x, y) - mt.relu(y), "monotone", {"variable": "x"}),
        (mt.max(x, y) - mt.relu(y), "monotone", {"variable": "y"}),
        (joined, "monotone", {"domain": "x + y > 0"}),
        (mt.max(x, y), "differentiable", tie),
        (mt.stack([mt.relu(x), mt.max(x, y)]), "differentiable", tie | wedge),
        (mt.relu(x) + y, "differentiable", tie | wedge),
        (mt.abs(x) - mt.relu(y - x), "stationary", tie),
        (mt.max(x, y), "stationary", tie | wedge),
        (mt.abs(x) + mt.relu(y), "extremum", tie),
        (mt.min(x, y, 0), "extremum", tie),
        (mt.relu(x) - mt.relu(x) + 0 * y, "extremum", tie),
        (mt.abs(x) - mt.abs(y), "extremum", tie),
        (jump, "extremum", tie),
        (mt.abs(x) + mt.abs(y), "extremum", {"point": [0, 1], "domain": "y <= 1"}),
        (joined, "lipschitz", {}),
        (joined, "continuous", wedge),
        (jump, "continuous", {}),
        (jump, "lipschitz", wedge),
        (step - step + mt.relu(t), "lipschitz", {}),
        (joined, "clarke", tie | {"matrix": [["-1/2", "1/2"]]}),
        (joined, "clarke", tie | {"matrix": [[2, 1]]}),
        (joined, "differentiable", {"point": [1, 0]}),
        ((mt.max(x, y) > x) | (mt.max(x, y) >= y), "holds", {}),
        ((mt.max(x, y) > x) & (x > 0), "holds", {"domain": "y > x and x >= 1"}),
        ((mt.max(x, y) > x) | (x < y) | (y < 0), "holds", {}),
        (mt.abs(x) + mt.abs(y), "symmetries", {}),
        (2 * t + mt.relu(t), "inverse", {"domain": "t >= -1"}),
        (mt.stack([x + mt.relu(y), y]), "inverse", {}),
        (mt.max(x, y) - 2 * x, "constrained stationary", tie | {"domain": "x <= 0 and y >= 0"}),
        (mt.max(x, y), "constrained stationary", tie | {"domain": "x + y = 0"}),
        (mt.max(x, y), "constrained stationary", tie | wedge),
        (mt.stack([mt.relu(x - y), 2 * y]), "lipschitz", {}),
        (mt.stack([mt.max(3 * x, 4 * x), 4 * x + y]), "lipschitz", {"domain": "x <= 0"}),
        (mt.relu(t), "conjugate", {"domain": "t >= -1"}),
        (mt.max(x, y) + mt.abs(x), "conjugate", {}),
    ]
    return [json.loads(mt.certify(f, question, **given)) for f, question, given in asked]


def places(data, path=()):
    """The paths of all entries."""
    yield path
    if isinstance(data, dict):
        for key in data:
            yield from places(data[key], (*path, key))
    elif isinstance(data, list):
        for i in range(len(data)):
            yield from places(data[i], (*path, i))


def entry(data, path):
    for step in path:
        data = data[step]
    return data


def mutated(data, known, draw):
    """A copy with one change."""
    data = copy.deepcopy(data)
    path = draw.choice(known)
    while not path:
        path = draw.choice(known)
    above, last = entry(data, path[:-1]), path[-1]
    old = above[last]
    kind = draw.randrange(8)
    if isinstance(above, list) and kind == 0:
        del above[last]
    elif isinstance(above, list) and kind == 1:
        above.insert(last, copy.deepcopy(old))
    elif isinstance(above, list) and kind == 2 and len(above) > 1:
        other = draw.randrange(len(above))
        above[last], above[other] = above[other], above[last]
    elif isinstance(above, dict) and kind == 0:
        above[draw.choice(["x", "part", "terms", "cut"])] = above.pop(last)
    elif kind in (1, 2, 3):
        above[last] = copy.deepcopy(entry(data, draw.choice(known)))
    elif type(old) is int and kind in (4, 5, 6):
        changes = [old + 1, old - 1, -old, 0, 2 * old, f"{old}/2", -1, 10**20, True]
        above[last] = draw.choice(changes)
    elif isinstance(old, str) and kind in (4, 5, 6):
        words = [
            "convex",
            "monotone",
            "exp",
            "u1",
            "=",
            ">",
            ">=",
            "<",
            "!=",
            "x",
            "y",
            "z",
            "z1",
            "max",
            "min",
            "free",
            "first",
            "last",
            "1/2",
        ]
        above[last] = draw.choice(words)
    else:
        above[last] = draw.choice([None, True, False, 0, 1, [], {}, [[]], "", [1, 0, 1], 0.5])
    return data


def statement(data):
    """What a certificate states, as text."""
    if data["kind"] == "symmetries":
        data = data | {"maps": [own["rows"] for own in data["maps"]]}
    if data["kind"] not in TABLES:
        return json.dumps([data[k] for k in sorted(data) if k not in PROOF[data["kind"]]])
    own = [data.get(key) for key in STATED]
    key = "rows" if data["kind"] == "table" else "conditions"
    for piece in data["pieces"]:
        own.append([piece["formula"], piece["gradient"], [p[key] for p in piece["parts"]]])
    return json.dumps(own, sort_keys=True)


def is_true(data):
    """Whether the package agrees with the statement; it shares nothing with the checker here."""
    if data["kind"] == "curved_table":
        return is_true_curved(data)
    if data["kind"] in sampled_statements.JUDGES:
        return sampled_statements.is_plausible(data)
    if data["kind"] != "table":
        return is_true_answer(data)
    f = function_from_data(data["function"])
    names = tuple(v.name for v in f.variables)
    domain = polyhedron_from_data(data["domain"], names)
    pieces = []
    for piece in data["pieces"]:
        parts = [polyhedron_from_data(part["rows"], names) for part in piece["parts"]]
        rows = [[expr(c) for c in row] for row in piece["formula"]]
        symbols = [1, *f.symbols]
        formulas = [sum(c * s for c, s in zip(row, symbols)) for row in rows]
        gradient = [[expr(c) for c in row] for row in piece["gradient"]]
        scalar = f.shape == ()
        pieces.append(
            (parts, formulas[0] if scalar else formulas, gradient[0] if scalar else gradient)
        )
    if not mt.check(mt.Representation(names, pieces, of=f, domain=domain)).ok:
        return False
    if not data["product"]:
        return True
    # the names of parameters may be others, so gradients are compared with all of them at 1/3
    derived = f.represent(domain)
    for stated, piece in zip(pieces, data["pieces"]):
        for part in stated[0]:
            for own in derived:
                both = own.polyhedron & part
                differ = at_thirds(own.gradient) != at_thirds(matrix(piece["gradient"]))
                if differ and not both.is_empty:
                    return False
    return True


def is_true_curved(data):
    """Whether the table is right at the points of a grid, where the package derives all anew."""
    data = json.loads(json.dumps(data))
    for own in data["function"].get("formulas", []):
        own["formula"] = str(expr({"terms": own.pop("terms")}))  # as the package writes it
    f = function_from_data(data["function"])
    names = tuple(v.name for v in f.variables)
    rep = f.represent(set_of([data["domain"]], names)) if data["domain"] else f.represent()
    columns = [i for i, name in enumerate(names) if name not in data.get("parameters", [])]
    pieces = []
    for piece in data["pieces"]:
        formulas = sympy.Matrix([[expr(c)] for c in piece["formula"]])
        pieces.append((piece, formulas, matrix(piece["gradient"])))
    for row in itertools.product(GRID[len(names)], repeat=len(names)):
        point = dict(zip(names, row, strict=True))
        inside = all(holds(own, point) for own in data["domain"])
        found = [
            own
            for own in pieces
            if any(all(holds(c, point) for c in part["conditions"]) for part in own[0]["parts"])
        ]
        if len(found) != inside:
            return False
        if not inside:
            continue
        _, formulas, gradient = found[0]
        if at_point(formulas, point) != sympy.Matrix([f.value(row)]).reshape(f.size, 1):
            return False
        own = at_point(rep.piece_at(row).gradient, point)
        same = own.extract(list(range(own.rows)), columns) == at_point(gradient, point)
        if not same and (data["product"] or rep.piece_at(row).dimension == len(names)):
            return False
    return data["product"] or satisfies_15(data, f, names, pieces)


def satisfies_15(data, f, names, pieces):
    """What the package says of a table that states other gradients than the products."""
    if data.get("parameters"):
        return False
    stated = [
        (
            set_of([part["conditions"] for part in piece["parts"]], names),
            formulas[0] if f.shape == () else list(formulas),
            list(gradient) if f.shape == () else gradient.tolist(),
        )
        for piece, formulas, gradient in pieces
    ]
    domain = set_of([data["domain"]], names) if data["domain"] else None
    report = mt.check(mt.Representation(names, stated, of=f, domain=domain))
    return all(
        own.verdict.value in ("passed", "implied")
        for own in report.checks
        if own.name != "stated gradients"
    )


GRID = {
    n: [Fraction(v) for v in values.split()]
    for n, values in [
        (1, "-2 -1 -1/2 0 1/3 1 2"),
        (2, "-2 -1 -3/5 0 1/3 4/5 1 2"),
        (3, "-1 -1/2 0 1 2"),
    ]
}


def at_point(entries, point):
    """The numbers at a point by name, with 1/3 for all other symbols."""
    return entries.subs(
        {s: sympy.Rational(point.get(s.name, Fraction(1, 3))) for s in entries.free_symbols}
    )


def holds(condition, point):
    """Whether a relation [relation, polynomial] holds at a point by name."""
    relation, data = condition
    terms = data["terms"] if isinstance(data, dict) else [[data]]
    value = Fraction(0)
    for c, *factors in terms:
        term = Fraction(c)
        for name in factors:
            term *= point[name]
        value += term
    sign = (value > 0) - (value < 0)
    return (
        sign
        in {"<": (-1,), "=": (0,), "<=": (-1, 0), ">": (1,), "!=": (-1, 1), ">=": (0, 1)}[relation]
    )


def set_of(parts, names):
    """The set of stated conditions."""
    masks = {"<": 1, "=": 2, "<=": 3, ">": 4, "!=": 5, ">=": 6}
    found = []
    for part in parts:
        own = []
        for relation, data in part:
            own_names = [sympy.Symbol(name, real=True) for name in names]
            p = sympy.Poly(expr(data), *own_names)
            scale = math.lcm(*(int(c.q) for c in p.coeffs()))
            own.append(({e: int(c * scale) for e, c in p.terms() if c}, masks[relation]))
        found.append(tuple(own))
    return mt.SemialgebraicSet(names, tuple(found))


def is_true_answer(data):
    kind = data["kind"]
    if kind in ("empty_set", "inhabited_set"):
        return set_of(data["parts"], tuple(data["variables"])).is_empty == (kind == "empty_set")
    if kind == "empty":
        return polyhedron_from_data(data["rows"], tuple(data["variables"])).is_empty
    f = function_from_data(data["function"])
    names = tuple(v.name for v in f.variables)
    if "domain" in data:
        domain = polyhedron_from_data(data["domain"], names)
    if kind in ("infimum", "lipschitz", "max_affine"):
        # a shape (1,) counts as one output
        f = f.reshape(()) if f.size == 1 else f
    if kind == "infimum":
        sign = 1 if data["sense"] == "min" else -1
        value = sign * mt.infimum(sign * f, domain)
        return (
            value.is_infinite if data["value"] is None else value == sympy.Rational(data["value"])
        )
    if kind == "lipschitz":
        order = sympy.oo if data["ord"] == "inf" else data["ord"]
        found = mt.lipschitz(f, ord=order, domain=domain)
        if "lower" in data:
            return sympy.Rational(data["lower"]) <= found**2 <= sympy.Rational(data["power"])
        return (found**2 if order == 2 else found) == sympy.Rational(data["power"])
    if kind == "max_affine":
        return mt.is_convex(f if data["sense"] == "max" else -f, domain).holds
    if kind in ("equal", "different"):
        second = function_from_data(data["second"])
        empty = mt.difference_set(f, second, domain).is_empty
        return empty if kind == "equal" else not empty
    if kind == "not_convex":
        return not mt.is_convex(f if data["sense"] == "max" else -f, domain).holds
    if kind in ("monotone", "not_monotone"):
        held = all(mt.is_monotone(f, names[i], domain).holds for i in data["places"])
        return held == (kind == "monotone")
    if kind == "continuous":
        return is_continuous(f, domain)
    if kind == "discontinuous":
        return not is_continuous(f, domain)
    if kind in ("holds", "fails"):
        return mt.holds(condition(data["condition"], f.ravel()), domain).holds == (kind == "holds")
    if kind == "symmetries":
        images = ([affine_of(row, names) for row in own["rows"]] for own in data["maps"])
        return all(mt.equal(f, f(*image).on(*names)) for image in images)
    if kind == "inverse":
        g = function_from_data(data["second"])
        image = polyhedron_from_data(data["image"], names)
        return are_inverse(f, g, domain, image) and are_inverse(g, f, image, domain)
    if kind == "conjugate":
        g = function_from_data(data["second"])
        own = mt.conjugate(f.reshape(()), domain, variables=g.variables)
        finite = polyhedron_from_data(data["finite"], tuple(v.name for v in g.variables))
        g = g.reshape(()) if g.size == 1 else g
        whole = own.domain or mt.Polyhedron(finite.variables)
        return whole == finite and mt.difference_set(own.expression, g, finite).is_empty
    point = list(map(sympy.Rational, data["point"]))
    where = polyhedron_from_data(data["domain"], names) if data.get("domain") else None
    if kind == "extremum":
        return data["claim"] == extremum_by_values(f, point, where)
    here = f.at(point, domain=where)
    if kind in ("constrained_stationary", "not_constrained_stationary"):
        if (where is not None and where.dimension < len(names)) != (data["limits"] == "all"):
            raise mt.PiecewiseError("the package takes other limits")
        return here.constrained_stationarity.holds == (kind == "constrained_stationary")
    if kind == "not_differentiable":
        return not here.is_differentiable
    matrix = sympy.Matrix(
        [list(map(sympy.Rational, row)) for row in data.get("matrix", data.get("gradient"))]
    )
    if kind == "differentiable":
        return here.is_differentiable and here.derivative == matrix
    return here.clarke.contains(matrix) == (kind == "in_clarke")


def is_continuous(f, domain):
    """A function that jumps has no Lipschitz constant; one on a flat domain is asked by values."""
    try:
        mt.lipschitz(f, ord=1, domain=domain)
    except mt.NotContinuous:
        return False
    return True


def condition(data, outputs):
    head, *rest = data
    if head in ("and", "or"):
        parts = [condition(part, outputs) for part in rest]
        true = mt.relu(outputs[0]) >= 0
        start = true if head == "and" else ~true
        for part in parts:
            start = start & part if head == "and" else start | part
        return start
    return mt.Comparison(rest[0], outputs[head], 0 * outputs[head])


def affine_of(row, names):
    point = mt.variables(" ".join(names)) if len(names) > 1 else [mt.variable(names[0])]
    c0, *rest = map(sympy.Rational, row)
    return sum((c * v for c, v in zip(rest, point)), 0 * point[0] + c0)


def are_inverse(f, g, start, end):
    """Whether f maps start into end, and g after f is the identity there."""
    names = [v.name for v in f.variables]
    values = f.ravel()
    own = g.ravel()(*(values[i] for i in range(values.size))).on(*names)
    same = mt.stack([affine_of([0, *axis], names) for axis in sympy.eye(len(names)).tolist()])
    if not mt.difference_set(own, same.on(*names), start).is_empty:
        return False
    rows = [(row, "=") for row in end.equations]
    rows += [(row, ">" if strict else ">=") for row, strict in end.inequalities]
    for (c0, *rest), op in rows:
        form = sum((c * values[i] for i, c in enumerate(rest)), 0 * values[0] + c0)
        if not mt.holds(mt.Comparison(op, form.on(*names), 0 * form.on(*names)), start).holds:
            return False
    return True


def extremum_by_values(f, point, domain):
    """By values in many directions close to the point."""
    here, signs = f.value(point), set()
    steps = [range(-7, 8)] * len(point)
    for way in itertools.product(*steps):
        near = [p + sympy.Rational(d, 10**6) for p, d in zip(point, way)]
        if domain is None or domain.contains(near):
            signs.add(sympy.sign(f.value(near) - here))
    return {
        (True, False): "minimum",
        (False, True): "maximum",
        (True, True): "neither",
        (False, False): "constant",
    }[1 in signs, -1 in signs]


def is_true_by_values(data):
    """On a grid around 0, for statements on values of a function."""
    f = function_from_data(data["function"])
    names = tuple(v.name for v in f.variables)
    f = f.reshape(()) if f.size == 1 else f
    domain = polyhedron_from_data(data.get("domain", []), names)
    ticks = [sympy.Rational(k, 2) for k in range(-6, 7)]
    grid = [p for p in itertools.product(ticks, repeat=len(names)) if domain.contains(p)]
    values = {p: f.value(p) for p in grid}
    pairs = list(itertools.combinations(grid, 2))
    if data["kind"] == "lipschitz":
        power = 2 if data["ord"] == 2 else 1
        size = max if data["ord"] == "inf" else sum
        quotients = (
            abs(values[p] - values[q]) ** power / size(abs(a - b) ** power for a, b in zip(p, q))
            for p, q in pairs
        )
        return max(quotients) == sympy.Rational(data["power"])
    if data["kind"] == "not_monotone":
        return any(
            values[p] > values[q]
            and all(a == b or (a < b and i in data["places"]) for i, (a, b) in enumerate(zip(p, q)))
            for one in pairs
            for p, q in (one, one[::-1])
        )
    if data["kind"] == "not_convex":
        sign = 1 if data["sense"] == "max" else -1
        middles = [(p, q, tuple((a + b) / 2 for a, b in zip(p, q))) for p, q in pairs]
        return any(sign * (2 * f.value(m) - values[p] - values[q]) > 0 for p, q, m in middles)
    raise mt.PiecewiseError(f"no statement on values: {data['kind']}")


def expr(data):
    value = coefficient_from_data(data)
    return coefficient_to_sympy(value)


def matrix(rows):
    return sympy.Matrix([[expr(c) for c in row] for row in rows])


def at_thirds(gradient):
    return gradient.subs({s: sympy.Rational(1, 3) for s in gradient.free_symbols})


def sources_of():
    return certificates() + answers() + refusals() + curved() + smooth()


def judged(data):
    try:
        try:
            held = is_true(data)
        except mt.NotContinuous:
            # the package refuses nodes that jump, even if the function does not
            held = is_true_by_values(data)
    except mt.PiecewiseError as error:
        return f"not judged: {error}"
    return "true statement" if held else "false"


def run(count, seed=0, sources=None):
    """Counts of refused, unsupported, equal and true statements, and the false ones accepted."""
    draw = random.Random(seed)
    sources = [(data, list(places(data)), statement(data)) for data in sources or sources_of()]
    counts, false = Counter(), []
    for _ in range(count):
        data, known, stated = draw.choice(sources)
        other = mutated(data, known, draw)
        verdict = check_data(other)
        if verdict.answer != "valid":
            counts[verdict.answer] += 1
        elif statement(other) == stated:
            counts["same statement"] += 1
        else:
            answer = judged(other)
            counts[answer.split(":")[0]] += 1
            if answer != "true statement":
                false.append((answer, other))
    return counts, false


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["curved", "smooth"], help="one group of certificates")
    options = parser.parse_args()
    start = time.time()
    group = {"curved": curved, "smooth": smooth}.get(options.only, sources_of)()
    counts, false = run(options.count, options.seed, group)
    print(f"{options.count} mutations in {time.time() - start:.0f} s: {dict(counts)}")
    for answer, data in false[:5]:
        print(answer, json.dumps(data))
