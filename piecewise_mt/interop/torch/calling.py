"""The module itself, called and differentiated at a point."""

from __future__ import annotations

from typing import Any

from piecewise_mt.errors import PiecewiseError, Unsupported
from piecewise_mt.interop.checking.comparison import direction
from piecewise_mt.interop.torch.exported import leaves


class Call:
    """The module itself at a point: its values, and gradients of sums of them."""

    def __init__(self, module: Any, shape: Any, dtype: str, forward: bool, torch: Any) -> None:
        self.module, self.shape, self.forward, self.torch = module, shape, forward, torch
        self.dtype = getattr(torch, dtype)

    def __call__(self, point: list[float], weights: list[list[int]]) -> Any:
        try:
            with self.torch.enable_grad():
                return (
                    self._forward(point, weights) if self.forward else self._reverse(point, weights)
                )
        except PiecewiseError:
            raise
        except Exception as error:  # whatever the module raises
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise Unsupported(
                f"expected a module that can be called and differentiated, got an error from "
                f"{type(self.module).__name__}: {reason.rstrip('.')}; mend it first"
            ) from error

    def _reverse(self, point: list[float], weights: list[list[int]]) -> Any:
        torch = self.torch
        x = torch.tensor(point, dtype=self.dtype).requires_grad_()
        y = self._output(x)
        self._refuse_own_backward(y)
        rows = []
        for row in weights:
            found = None
            if y.requires_grad:
                factors = torch.tensor(row, dtype=y.dtype)
                (found,) = torch.autograd.grad(y, x, factors, retain_graph=True, allow_unused=True)
            rows.append([0.0] * len(point) if found is None else found.tolist())
        return y.detach().tolist(), rows

    def _refuse_own_backward(self, y: Any) -> None:
        """Refuse a backward function that is not torch's: at a tie nobody looks it may be wrong."""
        todo, seen = [y.grad_fn], {None}
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            todo += [following for following, _ in node.next_functions]
            own = getattr(type(node), "_forward_cls", None)
            if own is not None and own.__module__.split(".")[0] != "torch":
                raise Unsupported(
                    f"expected gradients by torch's own rules, got the autograd.Function "
                    f"{own.__qualname__} in {type(self.module).__name__}, whose backward may "
                    "return anything; write its forward with torch's operations"
                )

    def _forward(self, point: list[float], weights: list[list[int]]) -> Any:
        torch = self.torch
        x = torch.tensor(point, dtype=self.dtype)
        step = torch.tensor(direction(len(point)), dtype=self.dtype)
        y, slope = torch.func.jvp(self._output, (x,), (step,))
        rows = [[float((torch.tensor(row, dtype=torch.float64) * slope).sum())] for row in weights]
        return y.detach().tolist(), rows

    def _output(self, x: Any) -> Any:
        # a copy, because a module may write into its input
        result = self.module(x.clone().reshape(self.shape))
        tensors = [part for part in leaves(result) if isinstance(part, self.torch.Tensor)]
        if len(tensors) != 1:
            raise Unsupported(
                f"expected a module with one tensor as its result, got {type(result).__name__} "
                f"with {len(tensors)} of them; select one in a wrapper module"
            )
        return tensors[0].reshape(-1)
