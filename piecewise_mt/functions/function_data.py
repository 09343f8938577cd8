"""A function as data: the nodes of its DAG as lists, dicts, ints and strings, and back.

What a proof or a certificate states is about this data, so it holds all that the function means
(numbers, atoms, tie rules) and nothing that is only printed. An integer is an int, a fraction the
text ``"-1/2"``, an irrational number a text that the grammar reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.exact.names import checked_name, checked_parameter
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.number_rows import fraction
from piecewise_mt.exact.numbers import primitive, to_fraction
from piecewise_mt.exact.polynomials import Coefficient, Polynomial, to_coefficient
from piecewise_mt.exact.reading_numbers import to_number
from piecewise_mt.functions.atoms.base import Atom
from piecewise_mt.functions.atoms.extremum import Extremum, max_atom, min_atom
from piecewise_mt.functions.atoms.line import PiecewiseLinear, piecewise_linear_atom
from piecewise_mt.functions.atoms.order import OrderStatistic, order_atom
from piecewise_mt.functions.atoms.stated import Stated
from piecewise_mt.functions.atoms.ties import Average, Free, Mapped, Mix, OneOperand, Weighted, mix
from piecewise_mt.functions.atoms.where import Where, where_atom
from piecewise_mt.functions.build.smooth_nodes import SmoothFunction, placeholder
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.grammar.formula_text import formula_from_text
from piecewise_mt.functions.nodes import Constant, Gather, Linear, Piecewise, Smooth, Variable
from piecewise_mt.functions.traversal import topological
from piecewise_mt.geometry.polyhedron import Polyhedron
from piecewise_mt.geometry.relations import related

Data = dict[str, Any]
MAX_ENTRIES = 10**6
"""So many entries of all nodes together; of more, no function is read."""


def number_data(value: int | Fraction) -> int | str:
    """A number: an int, or a text.

    Examples
    --------
    >>> number_data(Fraction(4, 2)), number_data(Fraction(-1, 2))
    (2, '-1/2')
    """
    if isinstance(value, Algebraic):
        return str(value)
    own = fraction(value)
    return own.numerator if own.denominator == 1 else f"{own.numerator}/{own.denominator}"


def number_from_data(data: Any) -> int | Fraction:
    """The number that :func:`number_data` wrote.

    Raises
    ------
    PiecewiseError
        If it is neither an int nor such a text.
    """
    if type(data) is int:
        return data
    if not isinstance(data, str):
        raise _unlike("a number, an int or a text such as '-1/2'", data)
    if "sqrt" in data or "**" in data:
        found: int | Fraction = to_number(formula_from_text(data))
        return found
    return to_fraction(data)


def coefficient_data(value: Coefficient) -> Any:
    """A number, or a polynomial in tie parameters: {"terms": [[number, name, name, …], …]}.

    Examples
    --------
    >>> z = Polynomial.generator("z")
    >>> coefficient_data(1 - 2 * z)
    {'terms': [[1], [-2, 'z']]}
    """
    if not isinstance(value, Polynomial):
        return number_data(value)
    if any(not isinstance(g, str) for monomial in value.terms for g in monomial):
        # a generator such as 1/(1 + a)
        return {"formula": str(value.to_sympy())}
    names: Any = value.terms
    return {"terms": [[number_data(names[m]), *m] for m in sorted(names, key=_degree)]}


def _degree(monomial: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    return len(monomial), monomial


def coefficient_from_data(data: Any) -> Coefficient:
    """The coefficient that :func:`coefficient_data` wrote."""
    if not isinstance(data, dict):
        return number_from_data(data)
    if set(data) == {"formula"} and isinstance(data["formula"], str):
        return to_coefficient(formula_from_text(data["formula"]))
    if set(data) != {"terms"}:
        raise _unlike("a coefficient with terms", data)
    total: Coefficient = Fraction(0)
    for term in _list(data["terms"], "terms"):
        number, *names = _list(term, "a term") or [0]
        product: Coefficient = fraction(number_from_data(number))
        for name in names:
            if not isinstance(name, str):
                raise _unlike("a name in a term", name)
            product = product * Polynomial.generator(checked_parameter(name))
        total = total + product
    return total


def function_data(f: Expression) -> Data:
    """A function as data: the nodes of its DAG in topological order, the last one the function.

    Parameters
    ----------
    f : Expression
        Any function. A tie rule of a type of somebody's own cannot be written.

    Returns
    -------
    dict
        ``"variables"``, the names in order; ``"atoms"``, the nonsmooth functions of one unit that
        occur, each with its tie rule; ``"formulas"``, the smooth ones; and ``"nodes"``. A node
        reads the flat entries of its arguments, one after the other; ``"args"`` are places of
        earlier nodes.

    Raises
    ------
    Unsupported
        For a tie rule of somebody's own.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> x, y = mt.variables("x y")
    >>> data = function_data(mt.max(x, 2 * y, ties="first"))
    >>> data["atoms"], data["nodes"][-1]
    ([{'atom': 'max', 'n': 2, 'ties': 'first'}],
     {'node': 'piecewise', 'args': [0, 2], 'shape': [], 'units': [[0, [0, 1]]]})
    """
    nodes = topological(f)
    place = {id(node): i for i, node in enumerate(nodes)}
    atoms: dict[Any, int] = {}
    written: list[Data] = []
    formulas: dict[Any, int] = {}
    texts: list[Data] = []
    made: list[Data] = []
    known: dict[int, int] = {}

    def atom_place(atom: Atom) -> int:
        if id(atom) not in known:
            if atom.key not in atoms:
                written.append(atom_data(atom))
                atoms[atom.key] = len(atoms)
            known[id(atom)] = atoms[atom.key]
        return known[id(atom)]

    def formula_place(function: SmoothFunction) -> int:
        key = function.expression, function.arity
        if key not in formulas:
            formulas[key] = len(formulas)
            texts.append({"formula": str(function.expression), "arity": function.arity})
        return formulas[key]

    for node in nodes:
        entry: Data = {"node": _KINDS[type(node)]}
        if node.args:
            entry["args"] = [place[id(arg)] for arg in node.args]
        entry["shape"] = list(node.shape)
        entry |= _payload(node, atom_place, formula_place)
        made.append(entry)
    result: Data = {"variables": [v.name for v in f.variables], "atoms": written}
    if texts:
        result["formulas"] = texts
    return result | {"nodes": made}


_KINDS: dict[type, str] = {
    Variable: "variable",
    Constant: "constant",
    Linear: "linear",
    Gather: "gather",
    Piecewise: "piecewise",
    Smooth: "smooth",
}
Place = Callable[[Any], int]


@singledispatch
def _payload(node: Expression, atom: Place, formula: Place) -> Data:
    raise Unsupported(f"expected a node of the core, got {type(node).__name__}")


@_payload.register
def _(node: Variable, atom: Place, formula: Place) -> Data:
    own: Data = {"names": list(node.names)}
    return own if node.signs is None else own | {"signs": node.signs}


@_payload.register
def _(node: Constant, atom: Place, formula: Place) -> Data:
    return {"values": list(map(number_data, node.values))}


@_payload.register
def _(node: Linear, atom: Place, formula: Place) -> Data:
    rows = [[[i, number_data(c)] for i, c in row] for row in node.rows]
    return {"rows": rows, "bias": list(map(number_data, node.bias))}


@_payload.register
def _(node: Gather, atom: Place, formula: Place) -> Data:
    return {"indices": list(node.indices)}


@_payload.register
def _(node: Piecewise, atom: Place, formula: Place) -> Data:
    return {"units": [[atom(own), list(operands)] for own, operands in node.units]}


@_payload.register
def _(node: Smooth, atom: Place, formula: Place) -> Data:
    units = [[formula(own), list(operands)] for own, operands in node.units]
    return {"units": units, "name": node.name}


# -- atoms -----------------------------------------------------------------------------------


@singledispatch
def atom_data(atom: Atom) -> Data:
    """An atom with its tie rule as data; the schema of certificates says what it means."""
    raise Unsupported(
        f"expected an atom of this package, got {type(atom).__name__}; leave it out, or write it "
        "with mt.apply"
    )


@atom_data.register
def _(atom: Extremum) -> Data:
    return {"atom": atom.name, "n": atom.arity, "ties": _rule_data(atom.rule)}


@atom_data.register
def _(atom: PiecewiseLinear) -> Data:
    rules = [None if s is None else coefficient_data(s) for s in atom.tie_slopes]
    return {
        "atom": "piecewise_linear",
        "breakpoints": list(map(number_data, atom.breakpoints)),
        "slopes": list(map(number_data, atom.slopes)),
        "value": number_data(atom.knots[0]),
        "at_breaks": ["free" if rule is None else rule for rule in rules],
    }


@atom_data.register
def _(atom: OrderStatistic) -> Data:
    rule = atom.rule if isinstance(atom.rule, str) else _rule_data(atom.rule)
    return {"atom": "order", "n": atom.arity, "rank": atom.rank, "ties": rule}


@atom_data.register
def _(atom: Where) -> Data:
    return {"atom": "where", "op": atom.op}


@atom_data.register
def _(atom: Stated) -> Data:
    pieces = []
    for parts, formula in atom.pieces:
        rows = [[[rel, *map(number_data, row)] for row, rel in related(part)] for part in parts]
        pieces.append({"parts": rows, "formula": list(map(number_data, formula))})
    width = len(atom.pieces[0][0][0].variables)
    return {"atom": "stated", "n": atom.arity, "coordinates": width, "pieces": pieces}


def _rule_data(rule: Any) -> Any:
    if type(rule) is Free:
        return "free"
    if type(rule) is Average:
        return "average"
    if type(rule) is OneOperand:
        return "last" if rule.last else "first"
    if type(rule) is Weighted:
        return {"weights": list(map(number_data, rule.given))}
    if type(rule) is Mapped:
        sets = sorted(rule.table.items())
        return {"sets": [[list(tied), list(map(coefficient_data, w))] for tied, w in sets]}
    if type(rule) is Mix:
        return {"mix": coefficient_data(rule.beta)}
    raise Unsupported(
        f"expected a tie rule of this package, got {type(rule).__name__}; write its weights as a "
        "mapping {frozenset: weights}"
    )


def _rule_from_data(data: Any) -> Any:
    if isinstance(data, str):
        return data
    if isinstance(data, dict) and set(data) == {"weights"}:
        return [number_from_data(w) for w in _list(data["weights"], "weights")]
    if isinstance(data, dict) and set(data) == {"mix"}:
        return mix(_shown(data["mix"]))
    if not isinstance(data, dict) or set(data) != {"sets"}:
        raise _unlike("a tie rule", data)
    table = {}
    for entry in _list(data["sets"], "sets"):
        tied, weights = _pair(entry)
        table[frozenset(map(_index, _list(tied, "a set")))] = [
            _shown(w) for w in _list(weights, "weights")
        ]
    return table


def _shown(data: Any) -> Any:
    """A coefficient as the builders take it: a number or a SymPy expression."""
    value = coefficient_from_data(data)
    return value.to_sympy() if isinstance(value, Polynomial) else value


def _atom_from_data(data: Any) -> tuple[Atom, str, tuple[str, ...]]:
    """The atom, and how its node is printed: name and arguments."""
    kind = _field(data, "atom")
    atom: Atom
    if kind in ("max", "min"):
        make = max_atom if kind == "max" else min_atom
        atom = make(_index(_field(data, "n")), _rule_from_data(_field(data, "ties")))
        return atom, atom.name, ()
    if kind == "order":
        n, rank = _index(_field(data, "n")), _index(_field(data, "rank"))
        atom = order_atom(n, rank, _rule_from_data(_field(data, "ties")))
        return atom, atom.name, atom.parameters
    if kind == "where":
        op = _field(data, "op")
        if op not in ("<", "<=", ">", ">="):
            raise _unlike("a comparison", op)
        return where_atom(op), "where", (op,)
    if kind == "piecewise_linear":
        return _line_from_data(data)
    if kind == "stated":
        return _stated_from_data(data), "apply", ()
    raise _unlike("an atom", kind)


def _line_from_data(data: Any) -> tuple[Atom, str, tuple[str, ...]]:
    points = [number_from_data(b) for b in _list(_field(data, "breakpoints"), "breakpoints")]
    slopes = [number_from_data(s) for s in _list(_field(data, "slopes"), "slopes")]
    rules = [
        rule if rule == "free" else _shown(rule)
        for rule in _list(_field(data, "at_breaks"), "at_breaks")
    ]
    anchor = (points[0] if points else 0, number_from_data(_field(data, "value")))
    one = len(rules) == 1
    keyword = "at_zero" if points == [0] == [anchor[1]] and slopes[1:] == [1] else "at_breaks"
    at = rules[0] if one else rules
    atom = piecewise_linear_atom(points, slopes, at, anchor, keyword)
    if atom.name != "piecewise_linear":
        return atom, atom.name, ()
    if keyword == "at_zero":
        return atom, "leaky_relu", (str(slopes[0]),)
    texts = [f"[{', '.join(map(str, own))}]" for own in (points, slopes)]
    return atom, atom.name, (*texts, f"at=({anchor[0]}, {anchor[1]})")


def _stated_from_data(data: Any) -> Atom:
    width = _index(_field(data, "coordinates"))
    names = tuple(f"y{i + 1}" for i in range(width))
    pieces = []
    for piece in _list(_field(data, "pieces"), "pieces"):
        parts = tuple(
            polyhedron_from_data(part, names) for part in _list(_field(piece, "parts"), "parts")
        )
        formula = tuple(
            fraction(number_from_data(c)) for c in _list(_field(piece, "formula"), "formula")
        )
        pieces.append((parts, formula))
    n = _index(_field(data, "n"))
    if width > n or not pieces or any(len(f) != n + 1 or not p for p, f in pieces):
        raise _unlike("pieces with parts and a formula each", pieces)
    return Stated(pieces)


def rows_data(polyhedron: Polyhedron) -> list[list[Any]]:
    """The rows of a polyhedron: [relation, c0, c1, …, ca], where c0 + Σ c·x is = 0, >= 0 or > 0.

    Examples
    --------
    >>> rows_data(Polyhedron(("x", "y"), [(0, 1, -1)], [((1, 1, 0), True)]))
    [['=', 0, 1, -1], ['>', 1, 1, 0]]
    """
    return [[relation, *map(number_data, row)] for row, relation in related(polyhedron)]


def polyhedron_from_data(data: Any, names: tuple[str, ...]) -> Polyhedron:
    """The polyhedron that :func:`rows_data` wrote, in these variables."""
    equations, inequalities = [], []
    for entry in _list(data, "rows"):
        relation, *row = _list(entry, "a row") or [None]
        if relation not in ("=", ">", ">=") or len(row) != len(names) + 1:
            raise _unlike(f"a relation and {len(names) + 1} numbers", entry)
        numbers = primitive([number_from_data(c) for c in row])
        if relation == "=":
            equations.append(numbers)
        else:
            inequalities.append((numbers, relation == ">"))
    return Polyhedron(names, equations, inequalities)


# -- back ------------------------------------------------------------------------------------


def function_from_data(data: Any) -> Expression:
    """The function that :func:`function_data` wrote; data of any other kind is refused.

    The free parameters of its ties have the names that they had.

    Parameters
    ----------
    data : dict
        As JSON gives it back.

    Raises
    ------
    PiecewiseError
        If something is missing, of another type, or does not fit.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> f = mt.relu(mt.variable("x"), at_zero="1/2") - mt.max(*mt.variables("x y"))
    >>> again = function_from_data(function_data(f))
    >>> again, again.gradient((0, 0)) == f.gradient((0, 0))
    (relu(x, at_zero=1/2) - max(x, y), True)
    """
    atoms = [_atom_from_data(entry) for entry in _list(_field(data, "atoms"), "atoms")]
    formulas = [_formula_from_data(entry) for entry in _list(data.get("formulas", []), "formulas")]
    nodes: list[Expression] = []
    total = 0
    for entry in _list(_field(data, "nodes"), "nodes"):
        args = tuple(_chosen(nodes, i) for i in _list(entry_of(entry, "args", []), "args"))
        node = _node(entry, args, atoms, formulas)
        total += node.size
        if total > MAX_ENTRIES:
            raise PiecewiseError(
                f"expected at most {MAX_ENTRIES} entries of all nodes, got more; split the function"
            )
        nodes.append(node)
    if not nodes:
        raise _unlike("one node or more", nodes)
    names = [
        checked_name(name) if isinstance(name, str) else _refuse("a name", name)
        for name in _list(_field(data, "variables"), "variables")
    ]
    f = nodes[-1]
    return f if names == [v.name for v in f.variables] else f.on(*names)


def entry_of(data: Any, key: str, default: Any) -> Any:
    """A field that may be missing."""
    if not isinstance(data, dict):
        raise _unlike("an object", data)
    return data.get(key, default)


def _node(
    data: Data,
    args: tuple[Expression, ...],
    atoms: Sequence[tuple[Atom, str, tuple[str, ...]]],
    formulas: Sequence[SmoothFunction],
) -> Expression:
    shape = tuple(map(_index, _list(_field(data, "shape"), "shape")))
    size = 1
    for extent in shape:
        size *= extent
    read = sum(arg.size for arg in args)
    kind = _field(data, "node")

    def sized(key: str) -> list[Any]:
        found = _list(_field(data, key), key)
        if len(found) != size:
            raise _unlike(f"{size} entries in {key}", found)
        return found

    def index(i: Any) -> int:
        if _index(i) >= read:
            raise _unlike(f"a place below {read}", i)
        return int(i)

    def units(known: Sequence[Any], arity: Callable[[Any], int]) -> list[tuple[Any, list[int]]]:
        made = []
        for unit in sized("units"):
            which, operands = _pair(unit)
            own = _chosen(known, which)
            places = [index(i) for i in _list(operands, "operands")]
            if len(places) != arity(own):
                raise _unlike(f"{arity(own)} operands", places)
            made.append((own, places))
        return made

    if kind == "variable":
        names = [
            checked_name(n) if isinstance(n, str) else _refuse("a name", n) for n in sized("names")
        ]
        signs = data.get("signs")
        if signs is not None and (type(signs) is not int or not 1 <= signs <= 7):
            raise _unlike("signs from 1 to 7", signs)
        return Variable(names, shape, signs=signs)
    if kind == "constant":
        return Constant([fraction(number_from_data(v)) for v in sized("values")], shape)
    if kind == "linear":
        rows = [
            [(index(i), fraction(number_from_data(c))) for i, c in map(_pair, _list(row, "a row"))]
            for row in sized("rows")
        ]
        return Linear(args, rows, [fraction(number_from_data(b)) for b in sized("bias")], shape)
    if kind == "gather":
        return Gather(args, [index(i) for i in sized("indices")], shape)
    if kind == "piecewise":
        made = units(atoms, lambda own: int(own[0].arity))
        if not made:
            raise _unlike("one unit or more", made)
        _, name, arguments = made[0][0]
        return Piecewise(args, [(own[0], places) for own, places in made], shape, name, arguments)
    if kind == "smooth":
        return Smooth(args, units(formulas, lambda own: int(own.arity)), shape, _smooth_name(data))
    raise _unlike("a kind of node", kind)


def _smooth_name(data: Data) -> str:
    """Operators and functions are called by their names; anything else is written out."""
    name = data.get("name")
    known = {"*", "/", "smooth", "exp", "log", "sin", "cos", "tanh", "sqrt", "square", "softplus"}
    return name if isinstance(name, str) and name in known else "smooth"


def _formula_from_data(data: Any) -> SmoothFunction:
    text, arity = _field(data, "formula"), _index(_field(data, "arity"))
    if not isinstance(text, str):
        raise _unlike("the text of a formula", text)
    formula = formula_from_text(text)
    own = {placeholder(i).name: placeholder(i) for i in range(arity)}
    return SmoothFunction(
        formula.xreplace({s: own[s.name] for s in formula.free_symbols if s.name in own}), arity
    )


def _field(data: Any, key: str) -> Any:
    if not isinstance(data, dict) or key not in data:
        raise _unlike(f"an object with {key!r}", data)
    return data[key]


def _list(data: Any, what: str) -> list[Any]:
    if not isinstance(data, list):
        raise _unlike(f"a list of {what}", data)
    return data


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, list) or len(data) != 2:
        raise _unlike("a pair", data)
    return data[0], data[1]


def _index(data: Any) -> int:
    if type(data) is not int or data < 0:
        raise _unlike("a whole number from 0", data)
    return data


def _chosen(known: Sequence[Any], place: Any) -> Any:
    if _index(place) >= len(known):
        raise _unlike(f"a place below {len(known)}", place)
    return known[place]


def _refuse(what: str, data: Any) -> Any:
    raise _unlike(what, data)


def _unlike(what: str, data: Any) -> PiecewiseError:
    shown = repr(data) if isinstance(data, (int, str)) else type(data).__name__
    return PiecewiseError(
        f"expected {what} in the data of a function, got {shown[:80]}; write it with function_data"
    )
