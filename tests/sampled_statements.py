"""Whether statements of certificates are true at many points: floats, and nothing of the package.

A judge of changed certificates: it reads the function's data itself, so it shares no code with the
checker, the writer or the engines. It may miss a false statement that fails by little.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

NEAR = 1e-7
FINE = [k / 24 for k in range(-144, 145)]
FAR = [-1e4, -1e3, -100, -30, 30, 100, 1e3, 1e4]
COARSE = {1: FINE, 2: [k / 6 for k in range(-24, 25)], 3: [k / 2 for k in range(-6, 7)]}


def evaluated(function, point):
    """The entries of the function at a point."""
    place = dict(zip(function["variables"], point, strict=True))
    made = []
    for node in function["nodes"]:
        v = [entry for i in node.get("args", []) for entry in made[i]]
        kind = node["node"]
        if kind == "variable":
            made.append([place[name] for name in node["names"]])
        elif kind == "constant":
            made.append([number(c) for c in node["values"]])
        elif kind == "linear":
            made.append(
                [
                    sum(number(c) * v[i] for i, c in row) + number(b)
                    for row, b in zip(node["rows"], node["bias"], strict=True)
                ]
            )
        elif kind == "gather":
            made.append([v[i] for i in node["indices"]])
        else:
            known = function["atoms" if kind == "piecewise" else "formulas"]
            ask = branch if kind == "piecewise" else smooth
            made.append(
                [ask(known[which], [v[i] for i in given]) for which, given in node["units"]]
            )
    return made[-1]


def number(data):
    return float(Fraction(data))


def branch(atom, y):
    """An atom at numbers."""
    kind = atom["atom"]
    if kind in ("max", "min"):
        return max(y) if kind == "max" else min(y)
    if kind == "order":
        return sorted(y)[atom["rank"]]
    if kind == "where":
        a, b, yes, no = y
        return yes if {">": a > b, ">=": a >= b, "<": a < b, "<=": a <= b}[atom["op"]] else no
    points, slopes = (list(map(number, atom[key])) for key in ("breakpoints", "slopes"))
    value, at, (x,) = number(atom["value"]), points[0], y
    if x <= at:
        return value + slopes[0] * (x - at)
    for following, slope in itertools.zip_longest(points[1:], slopes[1:]):
        if following is None or x <= following:
            return value + slope * (x - at)
        value, at = value + slope * (following - at), following
    raise AssertionError("the last slope has no end")


def smooth(formula, u):
    """A formula at numbers."""
    if "terms" in formula:
        return sum(
            number(c) * math.prod(u[int(name[1:]) - 1] for name in names)
            for c, *names in formula["terms"]
        )
    return _expression(formula["expression"], u)


def _expression(data, u):
    if not isinstance(data, list):
        return u[int(data[1:]) - 1] if str(data).startswith("u") else number(data)
    name, *rest = data
    if name == "^":
        return _expression(rest[0], u) ** float(Fraction(rest[1]))
    below = [_expression(own, u) for own in rest]
    if name in ("+", "*"):
        return sum(below) if name == "+" else math.prod(below)
    return getattr(math, name)(*below) if name != "pi" else math.pi


def algebraic(data):
    """A stated number."""
    if not isinstance(data, dict):
        return number(data)
    low, high = number(data["low"]), number(data["high"])

    def value(x):
        return sum(c * x**k for k, c in enumerate(data["polynomial"]))

    # an odd multiplicity changes the sign; roots of squares do not occur in what is written
    start = value(low) > 0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if (value(middle) > 0) == start else (low, middle)
    return (low + high) / 2


def coordinates(data):
    """A point whose coordinates may be powers of a root."""
    root = algebraic(data["root"]) if "root" in data else 0.0
    return [
        sum(number(c) * root**k for k, c in enumerate(own))
        if isinstance(own, list)
        else number(own)
        for own in data["coordinates"]
    ]


def on_curve(data, t):
    return [sum(number(c) * t**k for c, k in terms) for terms in data]


def points(data):
    """Points of the domain, with values."""
    function = data["function"]
    n = len(function["variables"])
    rows = [(relation, list(map(Fraction, row))) for relation, *row in data["domain"]]
    ends = set()
    if n == 1:
        cuts = [float(-row[0] / row[1]) for _, row in rows if row[1]]
        ends = {c + d for c in cuts for d in (-1e-6, 0, 1e-6)}
        far = (-1e24, 1e24) if data.get("value", 0) is None else ()
        columns = [sorted({*FINE, *FAR, *far, *ends, *places(data)})]
    elif "box" in data:
        columns = [
            [number(a) + (number(b) - number(a)) * k / 8 for k in range(9)] for a, b in data["box"]
        ]
    else:
        columns = [COARSE[n]] * n
    every = list(itertools.product(*columns))
    if n > 1 and "box" not in data:
        # whether f is unbounded may show only far beyond all breakpoints
        far = 1e24 if data.get("value", 0) is None else 1e3
        every += itertools.product([-far, 0.0, far], repeat=n)
    found = []
    for point in every:
        exact = [1, *map(Fraction, point)]
        heights = [(r, sum(c * v for c, v in zip(row, exact, strict=True))) for r, row in rows]
        if all(h == 0 if r == "=" else h > 0 or (h == 0 and r == ">=") for r, h in heights):
            found.append((point, evaluated(function, point)))
    return found


def places(data):
    return [algebraic(data["point"])] if data.get("point") is not None else []


def is_plausible(data):
    """Whether nothing is seen that contradicts the statement."""
    return JUDGES[data["kind"]](data, points(data))


def _infimum(data, known):
    turn = 1 if data["sense"] == "min" else -1
    values = [turn * value for _, (value,) in known]
    if data["value"] is None:
        return True if not values else min(values) < -50
    lowest = turn * algebraic(data["value"])
    scale = 1 + abs(lowest)
    if any(value < lowest - NEAR * scale * (1 + max(map(abs, point)) ** 2)
           for (point, _), value in zip(known, values, strict=True)):  # fmt: skip
        return False
    if data["kind"] == "polynomial_infimum":
        at = [coordinates(data["point"])] if "point" in data else [on_curve(data["curve"], 1e4)]
    elif data["kind"] == "line_infimum":
        at = [[algebraic(data["point"])]] if "point" in data else []
    else:
        at = [[number(c) for c in data["to" if "to" in data else "point"]]]
        if "to" in data:
            start = [number(c) for c in data["point"]]
            at = [[a + (b - a) * (1 - 1e-9) for a, b in zip(start, at[0], strict=True)]]
    if not at:
        return not values or min(values) <= lowest + 1e-3 * scale
    (value,) = evaluated(data["function"], at[0])
    return abs(turn * value - lowest) <= (1e-5 if "curve" not in data else 1e-2) * scale


def _quotients(known, norm):
    if not known:
        return
    steps = (
        zip(known, known[1:]) if len(known[0][0]) == 1 else itertools.combinations(known[::3], 2)
    )
    for (p, v), (q, w) in steps:
        yield norm(a - b for a, b in zip(v, w)) / norm(a - b for a, b in zip(p, q))


def _line_lipschitz(data, known):
    near = [(p, v) for p, v in known if abs(p[0]) < 50]
    found = max(_quotients(near, _norm(2)), default=0)
    if data["value"] is None:
        return max(_quotients(known, _norm(2)), default=0) > 50
    value = algebraic(data["value"])
    return value * 0.9 - 0.2 <= found <= value + 1e-4 * (1 + value)


def _line_shape(data, known):
    turn = -1 if data["shape"] == "concave" else 1
    known = [(p[0], turn * v[0]) for p, v in known if abs(p[0]) < 50]
    if data["shape"] == "monotone":
        return all(v <= w + NEAR for (_, v), (_, w) in zip(known, known[1:]))
    return all(
        (r - q) * u + (q - p) * w >= (r - p) * v - NEAR
        for (p, u), (q, v), (r, w) in zip(known, known[1:], known[2:])
    )


def _bound(data, known):
    low, high = (number(data[k]) if k in data else None for k in ("low", "high"))
    return all(
        (low is None or v >= low - NEAR * (1 + abs(low)))
        and (high is None or v <= high + NEAR * (1 + abs(high)))
        for _, values in known
        for v in values
    )


def _lipschitz_bound(data, known):
    power = number(data["power"])
    constant = math.sqrt(power) if data["ord"] == 2 else power
    found = max(_quotients(known, _norm(data["ord"])), default=0) if known else 0
    return found <= constant * (1 + NEAR) + NEAR


def _norm(order):
    def norm(entries):
        sizes = [abs(v) for v in entries]
        return {1: sum, 2: lambda s: math.hypot(*s), "inf": max}[order](sizes)

    return norm


JUDGES = {
    "line_infimum": _infimum,
    "quadratic_infimum": _infimum,
    "polynomial_infimum": _infimum,
    "line_lipschitz": _line_lipschitz,
    "line_shape": _line_shape,
    "bound": _bound,
    "lipschitz_bound": _lipschitz_bound,
}
