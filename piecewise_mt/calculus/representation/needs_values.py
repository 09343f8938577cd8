"""What is known of a function with parameters only once these have values, and is refused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NoReturn

from piecewise_mt.errors import Unsupported


class NeedsValues(ABC):
    """The methods of a representation that need numbers for the parameters."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters."""

    def plot(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.subs(…)`` has pictures."""
        raise needs_values("a picture", self.parameters)

    def lambdify(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have one."""
        raise needs_values("a function of floats", self.parameters)

    def values(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have them."""
        raise needs_values("values at many points", self.parameters)

    def gradients(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have them."""
        raise needs_values("gradients at many points", self.parameters)

    def classify(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have them."""
        raise needs_values("rungs", self.parameters)

    def artifacts(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have them."""
        raise needs_values("artifacts", self.parameters)

    def chain_rule(self, alpha: int) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have one."""
        raise needs_values("factors of the chain rule", self.parameters)

    def tangential_conditions(self) -> NoReturn:
        """Refused; ``f.on(…)`` and ``f.subs(…)`` have them."""
        raise needs_values("conditions (15)", self.parameters)

    def subs(self, *arguments: Any, **keywords: Any) -> NoReturn:
        """Refused; ``f.subs(…)`` gives values, and the entries of ``cases()`` have pieces."""
        raise needs_values("values for tie parameters", self.parameters)

    def merged(self, by: str = "gradient") -> NoReturn:
        """Refused; ``f.subs(…)`` has them."""
        raise needs_values("merged pieces", self.parameters)


def needs_values(what: str, parameters: Sequence[str]) -> Unsupported:
    """What is said where something is known for numbers only.

    Examples
    --------
    >>> print(needs_values("a picture", ("w",)))
    expected a picture of a function without parameters, got one with w; make variables of them by
    f.on(…), or give values by f.subs(…)
    """
    shown = ", ".join(parameters)
    return Unsupported(
        f"expected {what} of a function without parameters, got one with {shown}; make variables "
        "of them by f.on(…), or give values by f.subs(…)"
    )
