"""The Jacobians that installed frameworks compute, in reverse and in forward mode, in float64.

Each class asks one framework for the gradient of a function of its arrays at a point. A framework
is imported when it is asked, never before.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, ClassVar

from piecewise_mt.errors import PiecewiseError, Unsupported

Rows = list[list[float]]
Answer = tuple[list[float], Rows]
"""The flat values and the rows of the Jacobian, one an output."""


class Framework(ABC):
    """How to ask one framework."""

    name: ClassVar[str]
    package: ClassVar[str]
    modes: ClassVar[tuple[str, ...]] = ("reverse", "forward")
    means: ClassVar[Mapping[str, str]]
    """What is called in each mode."""

    def module(self) -> Any:
        """The framework.

        Raises
        ------
        Unsupported
            If it is not installed.
        """
        try:
            return importlib.import_module(self.package)
        except ImportError as error:
            raise Unsupported(
                f"expected {self.package} to be installed, got {error}; install it with pip"
            ) from error

    def version(self) -> str:
        """The version that is installed."""
        return str(self.module().__version__)

    def jacobian(
        self,
        function: Callable[..., Any],
        parts: Sequence[Sequence[float]],
        shapes: Sequence[tuple[int, ...]],
        arguments: Mapping[str, Any],
        mode: str = "reverse",
    ) -> Answer:
        """The value and Jacobian of ``function(*operands, **arguments)``."""
        if mode not in self.modes:
            raise PiecewiseError(
                f"expected one of the modes {', '.join(self.modes)} of {self.name}, got {mode!r}; "
                "choose one of these"
            )
        return self._jacobian(function, parts, shapes, arguments, mode)

    @abstractmethod
    def _jacobian(
        self,
        function: Callable[..., Any],
        parts: Sequence[Sequence[float]],
        shapes: Sequence[tuple[int, ...]],
        arguments: Mapping[str, Any],
        mode: str,
    ) -> Answer: ...


class PyTorch(Framework):
    """``torch.autograd.grad`` row by row, ``torch.autograd.forward_ad`` column by column."""

    name = "pytorch"
    package = "torch"
    means = {"reverse": "torch.autograd.grad", "forward": "torch.autograd.forward_ad"}

    def _jacobian(
        self, function: Any, parts: Any, shapes: Any, arguments: Mapping[str, Any], mode: str
    ) -> Answer:
        torch = self.module()
        operands = [
            torch.tensor(part, dtype=torch.float64).reshape(shape)
            for part, shape in zip(parts, shapes, strict=True)
        ]
        given = {
            key: torch.tensor(value, dtype=torch.float64) if isinstance(value, list) else value
            for key, value in as_floats(dict(arguments)).items()
        }
        if mode == "forward":
            return self._forward(torch, lambda *xs: function(*xs, **given), operands)
        operands = [x.requires_grad_() for x in operands]
        output = function(*operands, **given).reshape(-1)
        rows = []
        for entry in output:
            gradients = torch.autograd.grad(
                entry, operands, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            rows.append([v for g in gradients for v in g.reshape(-1).tolist()])
        return output.tolist(), rows

    @staticmethod
    def _forward(torch: Any, function: Any, operands: list[Any]) -> Answer:
        columns = []
        values: list[float] = []
        dual = torch.autograd.forward_ad
        for place, operand in enumerate(operands):
            for k in range(operand.numel()):
                with dual.dual_level():
                    tangents = [torch.zeros_like(x) for x in operands]
                    tangents[place].view(-1)[k] = 1
                    duals = [dual.make_dual(x, t) for x, t in zip(operands, tangents, strict=True)]
                    primal, tangent = dual.unpack_dual(function(*duals))
                    if tangent is None:
                        tangent = torch.zeros_like(primal)
                    columns.append(tangent.reshape(-1).tolist())
                    values = primal.reshape(-1).tolist()
        return values, [list(row) for row in zip(*columns, strict=True)]


class JAX(Framework):
    """``jax.vjp`` row by row, ``jax.jvp`` column by column."""

    name = "jax"
    package = "jax"
    means = {"reverse": "jax.vjp", "forward": "jax.jvp"}

    def _jacobian(
        self, function: Any, parts: Any, shapes: Any, arguments: Mapping[str, Any], mode: str
    ) -> Answer:
        jax = self.module()
        before = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
        try:
            operands = [
                jax.numpy.array(part, dtype=jax.numpy.float64).reshape(shape)
                for part, shape in zip(parts, shapes, strict=True)
            ]
            given = as_floats(dict(arguments))
            compute = self._forward if mode == "forward" else self._reverse
            return compute(jax, lambda *xs: function(*xs, **given), operands)
        finally:
            jax.config.update("jax_enable_x64", before)

    @staticmethod
    def _reverse(jax: Any, function: Any, operands: list[Any]) -> Answer:
        value, pull = jax.vjp(function, *operands)
        rows = []
        for k in range(value.size):
            seed = jax.numpy.zeros(value.size).at[k].set(1.0).reshape(value.shape)
            rows.append([float(v) for g in pull(seed) for v in g.reshape(-1)])
        return [float(v) for v in value.reshape(-1)], rows

    @staticmethod
    def _forward(jax: Any, function: Any, operands: list[Any]) -> Answer:
        columns = []
        value: Any = None
        for place, operand in enumerate(operands):
            for k in range(operand.size):
                tangents = [jax.numpy.zeros_like(x) for x in operands]
                flat = tangents[place].reshape(-1).at[k].set(1.0)
                tangents[place] = flat.reshape(operand.shape)
                value, tangent = jax.jvp(function, tuple(operands), tuple(tangents))
                columns.append([float(v) for v in tangent.reshape(-1)])
        rows = [list(row) for row in zip(*columns, strict=True)]
        return [float(v) for v in value.reshape(-1)], rows


class TensorFlow(Framework):
    """``tf.GradientTape``."""

    name = "tensorflow"
    package = "tensorflow"
    modes = ("reverse",)
    means = {"reverse": "tf.GradientTape"}

    def _jacobian(
        self, function: Any, parts: Any, shapes: Any, arguments: Mapping[str, Any], mode: str
    ) -> Answer:
        tf = self.module()
        operands = [
            tf.reshape(tf.constant(part, dtype=tf.float64), shape)
            for part, shape in zip(parts, shapes, strict=True)
        ]
        with tf.GradientTape(persistent=True) as tape:
            for operand in operands:
                tape.watch(operand)
            value = tf.reshape(function(*operands, **as_floats(dict(arguments))), (-1,))
            entries = [value[k] for k in range(value.shape[0])]
        rows = []
        for entry in entries:
            gradients = tape.gradient(entry, operands, unconnected_gradients="zero")
            rows.append([float(v) for g in gradients for v in tf.reshape(g, (-1,))])
        return [float(v) for v in value], rows


class Autograd(Framework):
    """``autograd.jacobian``."""

    name = "numpy_autograd"
    package = "autograd"
    modes = ("reverse",)
    means = {"reverse": "autograd.jacobian"}

    def version(self) -> str:
        from importlib.metadata import version

        self.module()
        return version("autograd")

    def _jacobian(
        self, function: Any, parts: Any, shapes: Any, arguments: Mapping[str, Any], mode: str
    ) -> Answer:
        autograd = self.module()
        numpy = importlib.import_module("autograd.numpy")
        operands = [
            numpy.array(part, dtype=float).reshape(shape)
            for part, shape in zip(parts, shapes, strict=True)
        ]
        given = as_floats(dict(arguments))
        value = numpy.atleast_1d(function(*operands, **given)).reshape(-1)
        blocks = [
            autograd.jacobian(lambda *xs: function(*xs, **given), k)(*operands)
            for k in range(len(operands))
        ]
        flat = [
            block.reshape(len(value), prod(shape))
            for block, shape in zip(blocks, shapes, strict=True)
        ]
        return value.tolist(), numpy.hstack(flat).tolist()


class CasADi(Framework):
    """``casadi.jacobian`` of a function of symbols, SX unless ``symbols="MX"`` is an argument."""

    name = "casadi"
    package = "casadi"
    modes = ("reverse",)
    means = {"reverse": "casadi.jacobian"}

    def _jacobian(
        self, function: Any, parts: Any, shapes: Any, arguments: Mapping[str, Any], mode: str
    ) -> Answer:
        casadi = self.module()
        given = as_floats(dict(arguments))
        kind = getattr(casadi, given.pop("symbols", "SX"))
        point = [v for part in parts for v in part]
        whole = kind.sym("x", len(point))
        operands, start = [], 0
        for shape in shapes:
            operands.append(whole[start : start + prod(shape)])
            start += prod(shape)
        output = casadi.densify(function(*operands, **given))
        slopes = casadi.densify(casadi.jacobian(output, whole))
        values, rows = casadi.Function("J", [whole], [output, slopes])(point)
        return [float(v) for row in values.full() for v in row], rows.full().tolist()


FRAMEWORKS: Mapping[str, Framework] = {
    framework.name: framework
    for framework in (PyTorch(), JAX(), TensorFlow(), Autograd(), CasADi())
}


def framework_named(name: str) -> Framework:
    """The adapter of a framework.

    Raises
    ------
    PiecewiseError
        If there is none of that name.
    """
    if name not in FRAMEWORKS:
        raise PiecewiseError(
            f"expected one of the frameworks {', '.join(FRAMEWORKS)}, got {name!r}; choose one"
        )
    return FRAMEWORKS[name]


def as_floats(value: Any) -> Any:
    """Fractions as floats, inside lists and mappings too."""
    if isinstance(value, dict):
        return {key: as_floats(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_floats(entry) for entry in value]
    return float(value) if isinstance(value, Fraction) else value


def split(point: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> list[list[float]]:
    """The flat point as one list of floats for each operand."""
    parts, start = [], 0
    for shape in shapes:
        parts.append([float(v) for v in point[start : start + prod(shape)]])
        start += prod(shape)
    return parts
