"""Values and gradients at many points at once: floats in, floats out, pieces decided exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any

import sympy

from piecewise_mt.calculus.evaluation.float_pass import FloatPass, Passed, exact_pass
from piecewise_mt.calculus.evaluation.float_rows import Heights, patterns
from piecewise_mt.calculus.evaluation.program import picked
from piecewise_mt.calculus.smooth.entries import as_expr
from piecewise_mt.errors import InexactNumber, OutsideDomain, PiecewiseError, Unsupported
from piecewise_mt.exact.numbers import to_fraction, to_rational
from piecewise_mt.exact.polynomials import Coefficient, Polynomial
from piecewise_mt.functions.traversal import require_order
from piecewise_mt.geometry.points import read_point, variable_name
from piecewise_mt.geometry.polyhedron import Polyhedron

if TYPE_CHECKING:
    from piecewise_mt.calculus.representation.base import Representation

Given = Mapping[sympy.Symbol, sympy.Rational]


def values(rep: Representation, points: Any, bounds: bool) -> Any:
    """See :meth:`Representation.values`."""
    points = _in_order(rep, points)
    floats = _floats(points, rep.names)
    if floats is None:
        exact = [rep.value(point) for point in _listed(points)]
        return (exact, [Fraction(0)] * len(exact)) if bounds else exact
    import numpy

    program = _program(rep)
    if program is None:
        if bounds:
            raise Unsupported(
                "expected a derived, piecewise linear representation for bounds of floats, got "
                f"{rep.title}; give exact points, or leave bounds out"
            )
        found = [_entries(rep.value(_named(rep, row)), {}) for row in floats.tolist()]
        return numpy.array(found, dtype=float).reshape(len(floats), *rep.shape)
    result = numpy.empty((len(floats), len(program.program.outputs)))
    radii = numpy.empty_like(result)
    for block, passed in _blocks(rep, program, floats, labels=False):
        result[block], radii[block] = passed.values.T, passed.radii.T
        for i in numpy.flatnonzero(passed.doubtful).tolist():
            at = block.start + i
            _, outputs = exact_pass(program.program, list(map(Fraction, floats[at].tolist())))
            for k, value in enumerate(outputs):
                result[at, k] = rounded = _float(value)
                off = abs(Fraction(rounded) - value)
                radii[at, k] = abs(rounded) * 2.0**-52 + 2.0**-1074 if off else 0.0
    shape = (len(floats), *rep.shape)
    return (result.reshape(shape), radii.reshape(shape)) if bounds else result.reshape(shape)


def gradients(rep: Representation, points: Any, parameters: Mapping[Any, Any] | None) -> Any:
    """See :meth:`Representation.gradients`."""
    given = read_parameters(parameters)
    points = _in_order(rep, points)
    floats = _floats(points, rep.names)
    if floats is None:
        exact = [rep.gradient(point) for point in _listed(points)]
        return [matrix.xreplace(given) for matrix in exact] if given else exact
    import numpy

    outputs = len(rep[0].formulas)
    shape = (len(floats), outputs, len(rep.names))
    program = _program(rep)
    if program is None:
        found = [_entries(rep.gradient(_named(rep, row)), given) for row in floats.tolist()]
        return numpy.array(found, dtype=float).reshape(shape)
    table = _Gradients(program, given)
    places = numpy.empty(len(floats), dtype=numpy.int64)
    for block, passed in _blocks(rep, program, floats, labels=True):
        sure = numpy.flatnonzero(~passed.doubtful)
        words, place = patterns(numpy, [column[sure] for column in passed.words], len(sure))
        if words and len(sure):
            places[block.start + sure] = numpy.array(list(map(table.of_word, words)))[place]
        for i in numpy.flatnonzero(passed.doubtful).tolist():
            at = block.start + i
            labels, _ = exact_pass(program.program, list(map(Fraction, floats[at].tolist())))
            places[at] = table.of_labels(labels)
    return numpy.array(table.rows, dtype=float).reshape(-1, *shape[1:])[places]


def read_parameters(parameters: Mapping[Any, Any] | None) -> dict[sympy.Symbol, sympy.Rational]:
    """Numbers for free parameters, by their symbols."""
    if parameters is not None and not isinstance(parameters, Mapping):
        raise PiecewiseError(
            f"expected parameters as a mapping, got {parameters!r}; give {{'z': '1/2'}}"
        )
    return {
        sympy.Symbol(variable_name(key), real=True): to_rational(to_fraction(value))
        for key, value in (parameters or {}).items()
    }


def missing_parameters(free: Sequence[str]) -> PiecewiseError:
    """What is said if a free parameter has no number."""
    return PiecewiseError(
        f"expected a number for every free parameter, got none for {', '.join(free)}; "
        "give parameters={...}, or choose a tie rule"
    )


class _Gradients:
    """The different gradients that points have, each entry rounded once."""

    def __init__(self, program: FloatPass, given: Given) -> None:
        self.program = program.program
        self.given = given
        self.rows: list[list[float]] = []
        self._places: dict[Any, int] = {}
        self._words: dict[int, int] = {}

    def of_word(self, word: int) -> int:
        """The place of the gradient where the units' marks have these signs."""
        place = self._words.get(word)
        if place is None:
            place = self._words[word] = self.of_labels(self.program.labels(word))
        return place

    def of_labels(self, labels: tuple[Any, ...]) -> int:
        """The place of the gradient on a piece."""
        branches = self.program.branches(labels)
        place = self._places.get(branches)
        if place is None:
            forms = self.program.affine(labels, picked).outputs
            self.rows.append([self._rounded(c) for form in forms for c in form[1:]])
            place = self._places[branches] = len(self.rows) - 1
        return place

    def _rounded(self, c: Coefficient) -> float:
        return _number(as_expr(c), self.given) if isinstance(c, Polynomial) else _float(c)


def _number(entry: sympy.Expr, given: Given) -> float:
    """A real number of SymPy's, after parameters have got theirs, as the double next to it."""
    entry = entry.xreplace(given)
    free = sorted(symbol.name for symbol in entry.free_symbols)
    if free:
        raise missing_parameters(free)
    if entry.is_Rational:
        return _float(Fraction(int(entry.p), int(entry.q)))
    found = float(sympy.N(entry, 30))
    if math.isinf(found):
        raise _beyond("results", entry)
    return found


def _entries(found: Any, given: Given) -> list[float]:
    return [
        _number(sympy.sympify(entry), given) for entry in getattr(found, "flat", lambda: [found])()
    ]


def _float(value: int | Fraction, what: str = "results") -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise _beyond(what, sympy.Rational(value.numerator, value.denominator)) from error


def _beyond(what: str, value: sympy.Expr) -> InexactNumber:
    """What is said of a number that no double is near to, whatever made it so large."""
    return InexactNumber(
        f"expected {what} in the range of float64, at most about 1.8e308 in size, got "
        f"{sympy.N(value, 3)}; give exact points, which have exact results"
    )


def _program(rep: Representation) -> FloatPass | None:
    """The pass for a representation whose program is known and has a proof."""
    from piecewise_mt.calculus.representation.derived import DerivedRepresentation

    return rep.float_pass if isinstance(rep, DerivedRepresentation) else None


def _blocks(
    rep: Representation, program: FloatPass, floats: Any, *, labels: bool
) -> Iterator[tuple[slice, Passed]]:
    """The points block by block, each in the domain, with what the pass found."""
    columns = floats.T
    domain = rep.polyhedral_domain
    inside = None if domain is None else _Inside(domain, program)
    for start in range(0, len(floats), program.block):
        block = slice(start, min(start + program.block, len(floats)))
        own = columns[:, block]
        if inside is not None:
            inside.require(own, start)
        yield block, program.run(own, labels=labels)


class _Inside:
    """Whether points lie in a domain, each decided by a bound or exactly."""

    def __init__(self, domain: Polyhedron, program: FloatPass) -> None:
        self.domain = domain
        self.numpy = program.numpy
        rows = [*domain.equations, *(row for row, _ in domain.inequalities)]
        self.heights = Heights(program.numpy, rows)

    def require(self, points: Any, start: int) -> None:
        """Refuse a point outside."""
        numpy, equations = self.numpy, len(self.domain.equations)
        sure = numpy.full(points.shape[1], self.heights.is_let_in)
        for k, (positive, zero) in enumerate(self.heights.signs(points)):
            closed = k >= equations and not self.domain.inequalities[k - equations][1]
            sure &= zero if k < equations else positive | zero if closed else positive
        for i in numpy.flatnonzero(~sure).tolist():
            point = list(map(Fraction, points[:, i].tolist()))
            if not self.domain.contains(point):
                raise OutsideDomain(
                    f"expected points of the domain {self.domain}, got "
                    f"({', '.join(map(str, point))}) as point {start + i}, counted from 0; leave "
                    "it out, or represent the function on a larger domain"
                )


def require_unmasked(given: Any) -> None:
    """Refuse NumPy's masked arrays: what is behind a mask is no number.

    Raises
    ------
    Unsupported
        If it is one, masked in part or not at all.
    """
    if hasattr(given, "mask") and hasattr(given, "filled"):
        raise Unsupported(
            "expected arrays without masks, got a masked array; give array.compressed(), or "
            "array.data of the points that are not masked"
        )


def _in_order(rep: Representation, points: Any) -> Any:
    """The points as a sequence, if they are given as columns by name."""
    require_unmasked(points)
    if not isinstance(points, Mapping):
        if rep.asked is not None:
            require_order(rep.asked, ())
        return points
    columns = {
        key: _listed(column) if hasattr(column, "tolist") else column
        for key, column in points.items()
    }
    for key, column in columns.items():
        if not isinstance(column, (list, tuple)):
            raise PiecewiseError(
                f"expected a column of numbers for {key}, got {column!r}; give lists or arrays, or "
                "ask rep.value at one point"
            )
    if len({len(column) for column in columns.values()}) > 1:
        raise PiecewiseError(
            "expected columns of one length, got "
            f"{', '.join(str(len(column)) for column in columns.values())}; give one number a point"
        )
    # which refuses wrong names
    places = read_point({key: i for i, key in enumerate(columns)}, rep.names)
    found = list(columns.values())
    rows = list(zip(*(found[int(place)] for place in places)))
    return [dict(zip(rep.names, row)) for row in rows] if not _any_float(rows) else rows


def _named(rep: Representation, row: Sequence[float]) -> dict[str, Fraction]:
    """A point in the order that was accepted already, by name."""
    return dict(zip(rep.names, map(Fraction, row)))


def _listed(points: Any) -> list[Any]:
    if not hasattr(points, "tolist"):
        return list(points)
    require_unmasked(points)
    found: list[Any] = points.tolist()
    return found


def _any_float(rows: Sequence[Sequence[Any]]) -> bool:
    return any(_is_float(entry) for row in rows for entry in row)


def _is_float(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, Rational)


def _floats(points: Any, names: tuple[str, ...]) -> Any:
    """The points as an array of doubles, one row a point, if they are floats; else None."""
    dtype = getattr(points, "dtype", None)
    if dtype is None:
        if isinstance(points, str) or not hasattr(points, "__iter__"):
            raise _unread(names, type(points).__name__)
        points = [_listed(row) if hasattr(row, "tolist") else row for row in points]
        if not _any_float([row if isinstance(row, (list, tuple)) else [row] for row in points]):
            return None
    numpy = _numpy()
    if dtype is None:
        array = _array(numpy, points, names)
    else:
        array = numpy.asarray(points)
        if array.dtype.kind != "f":
            if array.dtype.kind in "iuO" and not any(
                map(_is_float, array.reshape(-1)[:1].tolist())
            ):
                return None
            raise _unread(names, f"an array of {array.dtype}")
        if array.dtype.itemsize > 8:
            raise InexactNumber(
                f"expected an array of float64, got one of {array.dtype}; round it, or give exact "
                "points"
            )
        array = array.astype(float)
    if array.ndim == 1 and len(names) == 1:
        array = array.reshape(-1, 1)
    # a point may itself be an array of any shape, as an image is
    if array.ndim < 2 or math.prod(array.shape[1:]) != len(names):
        raise _unread(names, f"an array of shape {array.shape}")
    array = array.reshape(len(array), len(names))
    if not numpy.isfinite(array).all():
        raise InexactNumber(
            "expected finite numbers, got nan or inf among them; remove those points"
        )
    return array


def _array(numpy: Any, points: Sequence[Any], names: tuple[str, ...]) -> Any:
    rows = [row if isinstance(row, (list, tuple)) else [row] for row in points]
    if any(len(row) != len(names) for row in rows):
        found = sorted({len(row) for row in rows})
        raise _unread(names, f"points of {', '.join(map(str, found))} coordinates")
    return numpy.array([exact_doubles(row) for row in rows], dtype=float)


def exact_doubles(entries: Sequence[Any]) -> list[float]:
    """Floats and exact numbers as doubles, which the exact ones must be.

    Raises
    ------
    InexactNumber
        For an exact number that is none.
    """
    result = []
    for entry in entries:
        own = float(entry) if _is_float(entry) else _float(to_fraction(entry), "points")
        if not _is_float(entry) and Fraction(own) != to_fraction(entry):
            raise InexactNumber(
                f"expected floats or exact numbers, got {entry} among floats, which is no float; "
                "make all of them exact with mt.exact, or all of them floats"
            )
        result.append(own)
    return result


def _unread(names: tuple[str, ...], got: str) -> PiecewiseError:
    return PiecewiseError(
        f"expected points of {len(names)} coordinates each, in the order {list(names)}, got {got}; "
        "give a list of points, or an array with one row a point"
    )


def _numpy() -> Any:
    try:
        import numpy
    except ImportError as error:
        raise Unsupported(
            "expected NumPy to be installed for points of floats, got none; pip install numpy, or "
            "give exact points"
        ) from error
    return numpy
