"""Which engine refines: the compiled one where it was built, else NumPy's, or the one in Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.geometry.compiled import CompiledComplex
from piecewise_mt.geometry.complex import FaceComplex

if TYPE_CHECKING:
    from piecewise_mt.geometry.vectorised import ArrayComplex

AnyComplex: TypeAlias = "FaceComplex | CompiledComplex | ArrayComplex"
VARIABLE = "PIECEWISE_MT_ENGINE"
NAMES = ("compiled", "numpy", "python")
MANY = 500
"""From so many faces on, arrays are faster than lists."""
IMPORTING = 20_000
"""From so many faces on, even importing NumPy pays, where nothing else has."""


@dataclass(frozen=True)
class Engine:
    """Which engine enumerates faces, and why.

    See Also
    --------
    mt.engine : The one at work.

    Examples
    --------
    >>> import piecewise_mt as mt
    >>> mt.engine().name in ("compiled", "numpy", "python")
    True
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def engine() -> Engine:
    """Which engine enumerates faces, and why it is that one.

    ``compiled`` is an extension in C that is built with the package where a C compiler is;
    ``python`` is the same in Python, some ten times as slow or more; ``numpy``, the one at work
    where NumPy is but no extension, goes on with arrays once there are many faces. Their answers
    are the same and exact. Functions with irrational coefficients, such as ``sqrt(2)*x``, are
    always refined by the one in Python. Setting the environment variable ``PIECEWISE_MT_ENGINE`` to
    one of these names chooses it.

    Returns
    -------
    Engine
        Its `name`, and the `reason` in a sentence.

    Raises
    ------
    PiecewiseError
        If the variable names no engine, or one that is not there.

    See Also
    --------
    Expression.strata : What an engine makes.

    Examples
    --------
    >>> import os
    >>> import piecewise_mt as mt
    >>> before = os.environ.get("PIECEWISE_MT_ENGINE")
    >>> os.environ["PIECEWISE_MT_ENGINE"] = "python"
    >>> print(mt.engine())
    python: PIECEWISE_MT_ENGINE asks for it
    >>> mt.relu(mt.variable("x")).strata().f_vector
    (1, 2)
    >>> _ = os.environ.pop("PIECEWISE_MT_ENGINE")
    >>> os.environ.update({} if before is None else {"PIECEWISE_MT_ENGINE": before})
    """
    asked = os.environ.get(VARIABLE, "")
    if asked and asked not in NAMES:
        raise PiecewiseError(
            f"expected PIECEWISE_MT_ENGINE to be one of {list(NAMES)}, got {asked!r}; unset it"
        )
    if asked == "python":
        return Engine("python", f"{VARIABLE} asks for it")
    if asked == "numpy":
        if not _has_numpy():
            raise PiecewiseError(
                f"expected NumPy, as {VARIABLE} asks for it, got none; unset it, or install numpy"
            )
        return Engine("numpy", f"{VARIABLE} asks for it")
    kernel, reason = _kernel()
    if kernel is None:
        if asked:
            raise PiecewiseError(
                f"expected a compiled engine, as {VARIABLE} asks for it, got none: {reason}; "
                "unset it, or build the package where a C compiler is"
            )
        return Engine("numpy" if _has_numpy() else "python", reason)
    return Engine("compiled", reason)


@cache
def _kernel() -> tuple[Any, str]:
    """The kernel's type, None if there is none, and why."""
    try:
        found = import_module("piecewise_mt.geometry._kernel").Kernel
    except ImportError as error:
        place = Path(__file__).with_name("_kernel_reason.txt")
        try:
            return None, place.read_text(encoding="utf-8").strip()
        except OSError:
            return None, f"the extension is not there ({error})"
    return found, "the extension in C was built with the package"


@cache
def _has_numpy() -> bool:
    """Whether NumPy is installed; it is imported when arrays are needed."""
    return find_spec("numpy") is not None


def new_complex(
    dimension: int, max_faces: int, on_cut: Callable[[int], None] | None, bits: int
) -> AnyComplex:
    """The whole space in one face, for words of so many bits."""
    if engine().name == "compiled" and 1 <= dimension <= 250:
        return CompiledComplex(_kernel()[0], dimension, max_faces, on_cut, bits)
    return FaceComplex(dimension, max_faces, on_cut)


def fitting(cells: AnyComplex, bits: int) -> AnyComplex:
    """The same complex in arrays if it has many faces, in lists if it has few.

    `bits` is how many bits words have.
    """
    if isinstance(cells, CompiledComplex):
        return cells
    count = len(cells)
    if isinstance(cells, FaceComplex):
        if count < (MANY if "numpy" in sys.modules else max(MANY, IMPORTING)):
            return cells
        try:
            from piecewise_mt.geometry.vectorised import ArrayComplex
        except ImportError:  # an installation of NumPy that is broken
            return cells
        return ArrayComplex(cells, bits)
    # a part of a split may have few again
    return cells if 8 * count >= MANY else cells.in_lists()
