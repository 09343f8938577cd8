"""The modules of ``torch.nn`` by class name, as ``mt.from_torch`` translates them.

A handler takes the importer, the module, and the expression of its input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from piecewise_mt.errors import Unsupported
from piecewise_mt.functions.expression import Expression
from piecewise_mt.interop.torch.functions import FUNCTIONS, eval_only

Handler = Callable[..., Expression]


def _function(name: str, *attributes: str, **renamed: str) -> Handler:
    """A module that calls a function with attributes of its own, by name."""

    def handler(importer: Any, module: Any, x: Expression) -> Expression:
        names = {attribute: attribute for attribute in attributes} | renamed
        given = {key: getattr(module, attribute) for key, attribute in names.items()}
        result: Expression = FUNCTIONS[name](importer, x, **given)
        return result

    return handler


def _tensor(importer: Any, value: Any) -> Any:
    return None if value is None else importer.constant(value)


def _linear(importer: Any, module: Any, x: Expression) -> Expression:
    weight, bias = _tensor(importer, module.weight), _tensor(importer, module.bias)
    result: Expression = FUNCTIONS["linear"](importer, x, weight, bias)
    return result


def _convolution(importer: Any, module: Any, x: Expression) -> Expression:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise Unsupported(
            f"expected padding by a number of zeros, got padding_mode={module.padding_mode!r} and "
            f"padding={module.padding!r}; write the numbers"
        )
    weight, bias = _tensor(importer, module.weight), _tensor(importer, module.bias)
    geometry = (module.stride, module.padding, module.dilation, module.groups)
    name = f"conv{len(module.stride)}d"
    result: Expression = FUNCTIONS[name](importer, x, weight, bias, *geometry)
    return result


def _batch_norm(importer: Any, module: Any, x: Expression) -> Expression:
    eval_only(module.training or module.running_mean is None, "batch normalisation")
    parts = (module.running_mean, module.running_var, module.weight, module.bias)
    exact = [_tensor(importer, part) for part in parts]
    result: Expression = FUNCTIONS["batch_norm"](importer, x, *exact, eps=module.eps)
    return result


def _dropout(importer: Any, module: Any, x: Expression) -> Expression:
    eval_only(module.training, "dropout")
    return x


def _prelu(importer: Any, module: Any, x: Expression) -> Expression:
    result: Expression = FUNCTIONS["prelu"](importer, x, _tensor(importer, module.weight))
    return result


def _max_pool(name: str) -> Handler:
    return _function(
        name, "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"
    )


MODULES: Mapping[str, Handler] = {
    "Linear": _linear,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "BatchNorm3d": _batch_norm,
    "Dropout": _dropout,
    "Dropout1d": _dropout,
    "Dropout2d": _dropout,
    "Identity": lambda importer, module, x: x,
    "PReLU": _prelu,
    "ReLU": _function("relu"),
    "ReLU6": _function("relu6"),
    "Hardtanh": _function("hardtanh", "min_val", "max_val"),
    "Hardsigmoid": _function("hardsigmoid"),
    "Softshrink": _function("softshrink", "lambd"),
    "LeakyReLU": _function("leaky_relu", "negative_slope"),
    "Sigmoid": _function("sigmoid"),
    "Tanh": _function("tanh"),
    "SiLU": _function("silu"),
    "Softplus": _function("softplus", "beta", "threshold"),
    "Softmax": _function("softmax", "dim"),
    "LogSoftmax": _function("log_softmax", "dim"),
    "Flatten": _function("flatten", "start_dim", "end_dim"),
    "MaxPool1d": _max_pool("max_pool1d"),
    "MaxPool2d": _max_pool("max_pool2d"),
    "MaxPool3d": _max_pool("max_pool3d"),
    "AvgPool1d": _function(
        "avg_pool1d", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"
    ),
    "AvgPool2d": _function(
        "avg_pool2d",
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    ),
    "AdaptiveMaxPool1d": _function("adaptive_max_pool1d", "output_size", "return_indices"),
    "AdaptiveMaxPool2d": _function("adaptive_max_pool2d", "output_size", "return_indices"),
}
