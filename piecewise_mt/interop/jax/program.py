"""A traced function, run equation by equation.

What does not depend on the input jax computes itself, in its own floats; what does becomes an
expression. Calls within the function are entered, loops of a fixed length are written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.functions.build.arithmetic import stack
from piecewise_mt.functions.conditions import Condition
from piecewise_mt.interop import masks
from piecewise_mt.interop.jax.cases import cases, interpolated
from piecewise_mt.interop.jax.own_rules import OWN_RULES
from piecewise_mt.interop.jax.primitives import INDICES, JUMPS, PRIMITIVES
from piecewise_mt.interop.jax.shifts import Shift, shifted
from piecewise_mt.interop.jax.values import Importer, Unused, is_known

_CALLS = frozenset("jit pjit closed_call core_call remat remat2 checkpoint".split())
_MAX_STEPS = 10**4
"""The most steps of a loop, each of which is written out."""


def run(closed: Any, args: Sequence[Any], importer: Importer) -> list[Any]:
    """The results of a jaxpr, closed or without constants."""
    jaxpr = getattr(closed, "jaxpr", closed)
    values = dict(zip(jaxpr.constvars, getattr(closed, "consts", ()), strict=True))
    values |= dict(zip(jaxpr.invars, args, strict=True))
    for equation in _needed(jaxpr):
        operands = [_read(atom, values) for atom in equation.invars]
        results = _applied(equation, operands, importer)
        values |= dict(zip(equation.outvars, results, strict=True))
    return [_read(atom, values) for atom in jaxpr.outvars]


def _read(atom: Any, values: dict[Any, Any]) -> Any:
    import numpy

    if hasattr(atom, "val"):  # a number in the text, of the type that the text says
        return numpy.asarray(atom.val, dtype=atom.aval.dtype)
    return values[atom]


def _needed(jaxpr: Any) -> list[Any]:
    """The equations that the results depend on, in order."""
    wanted = {atom for atom in jaxpr.outvars if not hasattr(atom, "val")}
    found = []
    for equation in reversed(jaxpr.eqns):
        if not wanted.isdisjoint(equation.outvars):
            found.append(equation)
            wanted.update(atom for atom in equation.invars if not hasattr(atom, "val"))
    return found[::-1]


def _applied(equation: Any, operands: list[Any], importer: Importer) -> list[Any]:
    name, params = equation.primitive.name, equation.params
    if name in ("jit", "pjit") and _is_of_jax(params["jaxpr"], "_interp"):
        found = interpolated(equation, operands, importer)
        if found is not None:
            return [found]
    if name in _CALLS or (name == "custom_jvp_call" and all(map(is_known, operands))):
        return run(params.get("jaxpr", params.get("call_jaxpr")), operands, importer)
    if all(map(is_known, operands)):
        return _computed(equation, operands)
    where = f"the operation {name}{_source(equation)}"
    if name == "scan":
        return _scanned(params, operands, importer, where)
    if name == "custom_jvp_call":
        return _by_own_rule(params, operands, importer, where)
    if name in ("custom_vjp_call", "custom_vjp_call_jaxpr"):
        raise _own_derivative(where)
    if name == "cond" and is_known(operands[0]):
        branches = params["branches"]
        place = min(max(int(operands[0]), 0), len(branches) - 1)
        return run(branches[place], operands[1:], importer)
    if name == "while":
        raise Unsupported(
            f"expected a graph of operations, got {where}, which jax does not differentiate in "
            "reverse; write a fori_loop with known bounds, or scan"
        )
    if name == "cond":
        raise Unsupported(
            f"expected a graph of operations, got {where}, whose way depends on the input; write "
            "jax.numpy.where"
        )
    try:
        found = shifted(name, params, operands, importer, equation)
        if found is not None:
            return found
        chosen = cases(name, equation, operands, importer)
        if chosen is not None:
            return [chosen]
        for operand in operands:
            if isinstance(operand, Unused):
                raise operand.refusal()
        if name in JUMPS:
            raise Unsupported(
                f"expected a continuous function, got {name}, which jumps; leave it out"
            )
        if name in INDICES:
            return [Unused(f"the result of {name}")]
        handler = PRIMITIVES.get(name)
        if handler is not None:
            result = handler(importer, equation, *operands)
            return result if isinstance(result, list) else [result]
    except PiecewiseError as error:
        raise type(error)(f"{error} (at {where})") from error
    except (
        TypeError,
        AttributeError,
        RuntimeError,
        LookupError,
        ValueError,
        ArithmeticError,
    ) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise Unsupported(
            f"expected operands that mt.from_jax knows, got {where} with others; write the "
            f"operation in a plainer way ({reason})"
        ) from error
    raise Unsupported(
        f"expected an operation that mt.from_jax knows, got {where}; replace it, or build that "
        "part with piecewise_mt.conventions.jax"
    )


def _computed(equation: Any, operands: list[Any]) -> list[Any]:
    given = equation.primitive.get_bind_params(equation.params)
    functions, params = given if isinstance(given, tuple) else ((), given)  # as jax has it
    result = equation.primitive.bind(*functions, *operands, **params)
    return list(result) if equation.primitive.multiple_results else [result]


def _by_own_rule(params: Any, operands: list[Any], importer: Importer, where: str) -> list[Any]:
    """A function that has a derivative of its own: one of jax's, whose rule is known."""
    told = _source_of(params["call_jaxpr"])
    name = told.partition(" at ")[0]
    handler = OWN_RULES.get(name)
    if handler is None or not _is_of_jax(params["call_jaxpr"], name):
        raise _own_derivative(f"{where} of {told or 'an unknown function'}")
    return [handler(*(importer.value(operand) for operand in operands))]


def _source_of(closed: Any) -> str:
    """The name of the function that was traced, and where it is."""
    return str(getattr(closed.jaxpr.debug_info, "func_src_info", ""))


def _is_of_jax(closed: Any, name: str) -> bool:
    """Whether a traced function is jax's own of this name."""
    import jax

    own, _, place = _source_of(closed).partition(" at ")
    return own == name and place.startswith(jax.__file__.removesuffix("__init__.py"))


def _own_derivative(where: str) -> Unsupported:
    return Unsupported(
        f"expected derivatives by jax's own rules, got {where}, whose derivative may be anything; "
        "write the function without a derivative of its own"
    )


def _scanned(params: Any, operands: list[Any], importer: Importer, where: str) -> list[Any]:
    fixed, carried, length = params["num_consts"], params["num_carry"], params["length"]
    if not 0 < length <= _MAX_STEPS:
        raise Unsupported(
            f"expected a loop of 1 to {_MAX_STEPS} steps, got {length} in {where}; write fewer"
        )
    constants, carry = operands[:fixed], operands[fixed : fixed + carried]
    columns = operands[fixed + carried :]
    steps = range(length)[::-1] if params["reverse"] else range(length)
    rows: dict[int, list[Any]] = {}
    for step in steps:
        given = [_entry(column, step) for column in columns]
        results = run(params["jaxpr"], [*constants, *carry, *given], importer)
        carry, rows[step] = results[:carried], results[carried:]
    return [
        *carry,
        *(
            _stacked(parts, importer)
            for parts in zip(*(rows[k] for k in range(length)), strict=True)
        ),
    ]


def _entry(column: Any, step: int) -> Any:
    if isinstance(column, Shift):
        raise column.refusal()
    if isinstance(column, Condition):
        return masks.rearranged(column, lambda part: part[step])
    return column if isinstance(column, Unused) else column[step]


def _stacked(parts: Sequence[Any], importer: Importer) -> Any:
    import numpy

    if all(map(is_known, parts)):
        return numpy.stack([numpy.asarray(part) for part in parts])
    if any(isinstance(part, Unused) for part in parts):
        return Unused("the indices of a loop")
    return stack([importer.value(part) for part in parts])


def _source(equation: Any) -> str:
    """The line that made an equation, where jax tells it."""
    try:
        from jax._src import source_info_util

        told = source_info_util.summarize(equation.source_info).strip()
        return f" in {told}" if told else ""
    except Exception:  # of jax's inner parts, which come and go
        return ""
