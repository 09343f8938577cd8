"""JAX's primitives by name, under its tie rules.

A handler takes the importer, the equation, then the operands: expressions, conditions, or arrays
of known numbers.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from piecewise_mt.conventions import jax
from piecewise_mt.errors import Unsupported
from piecewise_mt.functions import shapes
from piecewise_mt.functions.build import arithmetic, builders, smooth_nodes, windows
from piecewise_mt.functions.build.selection import select
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.nodes import Linear
from piecewise_mt.interop import masks
from piecewise_mt.interop.jax.moves import MOVES, moved, rearrangement, scatter_add
from piecewise_mt.interop.jax.products import convolution, dot_general
from piecewise_mt.interop.jax.values import Importer, Unused, expanded, flat, is_known, shape_of

Handler = Callable[..., Any]
_U = smooth_nodes.placeholder(0)
_ONE = Fraction(1)
JUMPS = frozenset("ceil floor nextafter rem round sign".split())
INDICES = frozenset(("argmax", "argmin"))


def _smooth(name: str, formula: sympy.Expr) -> Handler:
    return lambda importer, equation, x: smooth_nodes.elementwise(name, formula, importer.value(x))


def _of_two(function: Callable[..., Expression]) -> Handler:
    return lambda importer, equation, x, y: function(importer.value(x), importer.value(y))


def _mul(importer: Importer, equation: Any, x: Any, y: Any) -> Any:
    for mask, other in ((x, y), (y, x)):
        if isinstance(mask, Condition):
            return masks.product(importer, mask, other)
    return arithmetic.multiply(importer.value(x), importer.value(y))


def _extremum(function: Callable[..., Expression], absent: float) -> Handler:
    """The greater or lesser of two; an infinite one never ties."""

    def handler(importer: Importer, equation: Any, x: Any, y: Any) -> Expression:
        shape = equation.outvars[0].aval.shape
        for one, other in ((x, y), (y, x)):
            if is_known(one) and all(entry == absent for entry in flat(one)):
                return expanded(importer.value(other), shape)
        return function(importer.value(x), importer.value(y))

    return handler


def _reduced(function: Callable[..., Expression]) -> Handler:
    def handler(importer: Importer, equation: Any, x: Any) -> Expression:
        axes, node = tuple(equation.params["axes"]), importer.value(x)
        kept = tuple(n for a, n in enumerate(node.shape) if a not in axes)
        return function(node, axes).reshape(kept) if axes else node

    return handler


def _sum(x: Expression, axes: tuple[int, ...]) -> Expression:
    shape, groups = shapes.reduction(x.shape, axes)
    rows = [[(i, _ONE) for i in group] for group in groups]
    return Linear((x,), rows, (Fraction(0),) * len(rows), shape)


def _product(x: Expression, axes: tuple[int, ...]) -> Expression:
    shape, groups = shapes.reduction(x.shape, axes)
    columns = [x._gather(shape, [group[k] for group in groups]) for k in range(len(groups[0]))]
    return functools.reduce(arithmetic.multiply, columns)


def _cumulative_sum(importer: Importer, equation: Any, x: Any) -> Expression:
    node, axis = importer.value(x), equation.params["axis"]
    step, length = shapes.strides(node.shape)[axis], node.shape[axis]
    rows = []
    for i in range(node.size):
        place = i // step % length
        others = range(place, length) if equation.params["reverse"] else range(place + 1)
        rows.append([(i + step * (k - place), _ONE) for k in others])
    return Linear((node,), rows, (Fraction(0),) * len(rows), node.shape)


def _cumulative_product(importer: Importer, equation: Any, x: Any) -> Expression:
    node, axis = importer.value(x), equation.params["axis"]
    lead = (slice(None),) * axis
    parts = [node[(*lead, slice(k, k + 1))] for k in range(node.shape[axis])]
    if equation.params["reverse"]:
        parts.reverse()
    found = list(itertools.accumulate(parts, arithmetic.multiply))
    if equation.params["reverse"]:
        found.reverse()
    return arithmetic.concat(found, axis)


def _cumulative_extremum(function: Callable[..., Expression]) -> Handler:
    """jax differentiates its parallel scan, so the tie weights are those of the scan's pairs."""

    def handler(importer: Importer, equation: Any, x: Any) -> Expression:
        node, axis = importer.value(x), equation.params["axis"]
        lead = (slice(None),) * axis
        parts = [node[(*lead, slice(k, k + 1))] for k in range(node.shape[axis])]
        step = -1 if equation.params["reverse"] else 1
        return arithmetic.concat(_scanned(function, parts[::step])[::step], axis)

    return handler


def _scanned(function: Callable[..., Expression], parts: list[Expression]) -> list[Expression]:
    """``jax.lax.associative_scan`` of a list."""
    if len(parts) < 2:
        return parts
    pairs = [function(*parts[k : k + 2]) for k in range(0, len(parts) - 1, 2)]
    odd = _scanned(function, pairs)
    even = [parts[0], *(function(*own) for own in zip(odd, parts[2::2], strict=False))]
    return [own for pair in itertools.zip_longest(even, odd) for own in pair if own is not None]


def _cumulative_logsumexp(importer: Importer, equation: Any, x: Any) -> Expression:
    node, axis = importer.value(x), equation.params["axis"]
    lead, n = (slice(None),) * axis, node.shape[axis]
    spans = [slice(k, n) if equation.params["reverse"] else slice(0, k + 1) for k in range(n)]
    return arithmetic.stack(
        [smooth_nodes.logsumexp(node[(*lead, span)], axis) for span in spans], axis
    )


def _select(importer: Importer, equation: Any, which: Any, *cases: Any) -> Any:
    shape = equation.outvars[0].aval.shape
    if is_known(which):
        return _picked(importer, which, cases, shape)
    condition = masks.as_condition(importer, which)
    no, yes = cases
    if str(equation.outvars[0].aval.dtype) == "bool":
        one, two = (masks.as_condition(importer, case) for case in (yes, no))
        return (condition & one) | (~condition & two)
    return select(
        condition, expanded(importer.value(yes), shape), expanded(importer.value(no), shape)
    )


def _picked(importer: Importer, which: Any, cases: Any, shape: Any) -> Any:
    """A choice that does not depend on the input; what is not chosen need not be a number."""
    import numpy

    choices = numpy.broadcast_to(numpy.asarray(which), shape).reshape(-1).astype(int).tolist()
    if len(set(choices)) == 1:
        return cases[choices[0]]
    parts = []
    for k, case in enumerate(cases):
        if is_known(case):
            used = numpy.asarray(choices).reshape(shape) == k
            case = numpy.where(used, numpy.asarray(case), 0)
        parts.append(importer.value(case))
    size = parts[0].size
    whole = arithmetic.concat([part.ravel() for part in parts], 0)
    return whole._gather(tuple(shape), [size * k + i for i, k in enumerate(choices)])


def _compared(op: str) -> Handler:
    def handler(importer: Importer, equation: Any, x: Any, y: Any) -> Any:
        import numpy

        if x is y:  # jax's test for what is no number
            return numpy.full(shape_of(x), op in ("=", "<=", ">="))
        shape = equation.outvars[0].aval.shape
        for known, above in ((y, (">", ">=")), (x, ("<", "<="))):
            side = _infinite(known)
            if side:  # on one side of all numbers
                return numpy.full(shape, op == "!=" or (op != "=" and (op in above) == (side < 0)))
        return arithmetic.compare(op, importer.value(x), importer.value(y))

    return handler


def _infinite(value: Any) -> int:
    """The sign of an array of one infinite number, else 0."""
    entries = set(flat(value)) if is_known(value) else set()
    return next((s for s in (-1, 1) if entries == {s * float("inf")}), 0)


def _joined(kind: str) -> Handler:
    return lambda importer, equation, x, y: masks.joined(kind)(importer, None, x, y)


def _all_or_any(kind: str) -> Handler:
    """All of the conditions along some axes, or one of them."""

    def handler(importer: Importer, equation: Any, x: Any) -> Condition:
        condition, shape = masks.as_condition(importer, x), equation.outvars[0].aval.shape
        _, groups = shapes.reduction(shape_of(condition), tuple(equation.params["axes"]))
        columns = [
            masks.rearranged(condition, rearrangement([group[k] for group in groups], shape))
            for k in range(len(groups[0]))
        ]
        return functools.reduce(lambda a, b: a & b if kind == "and" else a | b, columns)

    return handler


def _finite(importer: Importer, equation: Any, x: Any) -> Any:
    import numpy

    return numpy.full(shape_of(x), True)


def _converted(importer: Importer, equation: Any, x: Any) -> Any:
    kind = str(equation.params["new_dtype"])
    if isinstance(x, Condition):
        return x
    if kind not in ("float32", "float64"):
        raise Unsupported(
            f"expected float32 or float64, got a conversion to {kind}, which rounds to few digits "
            "or jumps; leave it out"
        )
    if kind == "float32":
        importer.coarsest = kind  # the function rounds to this on its way
    return x


def _clamp(importer: Importer, equation: Any, low: Any, x: Any, high: Any) -> Expression:
    """With one bound for all entries, or one each; 0 at a bound."""
    if not (is_known(low) and is_known(high)):
        raise Unsupported(
            "expected known bounds of clamp, got some that depend on the input, for which jax "
            "returns no associated gradient at a bound; use jax.numpy.clip"
        )
    node = importer.value(x)
    lows, highs = (_broadcast(importer.constant(side).values, node.size) for side in (low, high))
    bounds = list(zip(lows, highs, strict=True))
    if len(set(bounds)) == 1:
        return builders.clip(node, bounds[0][0], bounds[0][1], at_edges=0)
    entries = [
        builders.clip(entry, bound[0], bound[1], at_edges=0)
        for entry, bound in zip(node.ravel(), bounds, strict=True)
    ]
    return arithmetic.stack(entries).reshape(node.shape)


def _broadcast(values: Any, size: int) -> list[Any]:
    return list(values) * size if len(values) == 1 else list(values)


def _sorted(importer: Importer, equation: Any, *operands: Any) -> Any:
    if equation.params["num_keys"] != 1 or not isinstance(operands[0], Expression):
        raise Unsupported("expected one array to sort, got several keys; sort one")
    if not equation.params["is_stable"]:
        raise Unsupported("expected a stable order, got is_stable=False; leave that out")
    values = jax.sort(operands[0], equation.params["dimension"])
    return [values, *(Unused("what is sorted along") for _ in operands[1:])]


def _top_k(importer: Importer, equation: Any, x: Any) -> Any:
    node, axis = importer.value(x), equation.params.get("axis", -1)
    if axis not in (-1, node.ndim - 1):
        raise Unsupported("expected top_k along the last axis, got another; move it to the end")
    return [jax.top_k(node, equation.params["k"]), Unused("the indices of top_k")]


def _power(importer: Importer, equation: Any, x: Any, y: Any) -> Expression:
    if is_known(y):
        exponents = set(flat(y))
        if len(exponents) == 1:
            return smooth_nodes.power(importer.value(x), Fraction(exponents.pop()))
    bases = set(flat(x)) if is_known(x) else set()
    base = Fraction(bases.pop()) if len(bases) == 1 else importer.value(x)
    return smooth_nodes.power(base, importer.value(y))


def _integer_power(importer: Importer, equation: Any, x: Any) -> Expression:
    return smooth_nodes.power(importer.value(x), Fraction(int(equation.params["y"])))


def _window_axes(equation: Any, x: Expression) -> list[list[list[tuple[int, int]]]]:
    params = equation.params
    if {*params["base_dilation"], *params["window_dilation"]} != {1}:
        raise Unsupported("expected windows without dilation, got some with it; slice before")
    axes = []
    for n, k, s, (low, high) in zip(
        x.shape, params["window_dimensions"], params["window_strides"], params["padding"],
        strict=True,
    ):  # fmt: skip
        count = max((n + low + high - k) // s + 1, 0)
        starts = [s * i - low for i in range(count)]
        axes.append([[(m, i + m) for m in range(k) if 0 <= i + m < n] for i in starts])
    return axes


def _window_max(importer: Importer, equation: Any, x: Any) -> Expression:
    node = importer.value(x)
    axes = _window_axes(equation, node)
    if not all(all(axis) for axis in axes):
        raise Unsupported("expected windows that meet the array, got one in the padding; pad less")
    return windows.window_max(node, axes, equation.params["window_dimensions"], "first")


def _window_min(importer: Importer, equation: Any, x: Any) -> Expression:
    negative = arithmetic.negate(importer.value(x))
    return arithmetic.negate(_window_max(importer, equation, negative))


def _window_sum(importer: Importer, equation: Any, x: Any) -> Expression:
    node = importer.value(x)
    axes = _window_axes(equation, node)
    steps = shapes.strides(node.shape)
    rows = []
    for chosen in itertools.product(*axes):
        group = shapes.outer([s * i for _, i in w] for w, s in zip(chosen, steps, strict=True))
        rows.append([(i, _ONE) for i in group])
    return Linear((node,), rows, (Fraction(0),) * len(rows), tuple(map(len, axes)))


_HALF = sympy.Rational(1, 2)
PRIMITIVES: Mapping[str, Handler] = {
    **dict.fromkeys(MOVES, moved),
    **{
        name: _smooth(name, formula)
        for name, formula in {
            "exp": sympy.exp(_U), "exp2": 2**_U, "expm1": sympy.exp(_U) - 1, "log": sympy.log(_U),
            "log1p": sympy.log(1 + _U), "sin": sympy.sin(_U), "cos": sympy.cos(_U),
            "tan": sympy.tan(_U), "sinh": sympy.sinh(_U), "cosh": sympy.cosh(_U),
            "tanh": sympy.tanh(_U), "atan": sympy.atan(_U), "asinh": sympy.asinh(_U),
            "logistic": 1 / (1 + sympy.exp(-_U)), "erf": sympy.erf(_U), "square": _U**2,
            "erfc": 1 - sympy.erf(_U), "sqrt": _U**_HALF, "rsqrt": _U**-_HALF,
        }.items()
    },
    **{name: _compared(op) for name, op in masks.COMPARISONS.items()},
    "and": _joined("and"),
    "or": _joined("or"),
    "not": lambda importer, equation, x: masks.negated(importer, None, x),
    "reduce_and": _all_or_any("and"),
    "reduce_or": _all_or_any("or"),
    "is_finite": _finite,
    "neg": lambda importer, equation, x: arithmetic.negate(importer.value(x)),
    "abs": lambda importer, equation, x: jax.abs(importer.value(x)),
    "add": _of_two(arithmetic.add),
    "add_any": _of_two(arithmetic.add),
    "sub": _of_two(arithmetic.subtract),
    "mul": _mul,
    "div": _of_two(arithmetic.divide),
    "pow": _power,
    "integer_pow": _integer_power,
    "max": _extremum(jax.maximum, -float("inf")),
    "min": _extremum(jax.minimum, float("inf")),
    "clamp": _clamp,
    "select_n": _select,
    "convert_element_type": _converted,
    "reduce_max": _reduced(lambda x, axes: jax.max(x, axes)),
    "reduce_min": _reduced(lambda x, axes: jax.min(x, axes)),
    "reduce_sum": _reduced(_sum),
    "reduce_prod": _reduced(_product),
    "cumsum": _cumulative_sum,
    "cumprod": _cumulative_product,
    "cummax": _cumulative_extremum(jax.maximum),
    "cummin": _cumulative_extremum(jax.minimum),
    "cumlogsumexp": _cumulative_logsumexp,
    "scatter-add": scatter_add,
    "sort": _sorted,
    "top_k": _top_k,
    "dot_general": dot_general,
    "conv_general_dilated": convolution,
    "reduce_window_max": _window_max,
    "reduce_window_min": _window_min,
    "reduce_window_sum": _window_sum,
}  # fmt: skip
