"""The node types: Variable, Constant, Linear, Gather, one Piecewise node, and Smooth.

Everything else is sugar over these.  A node with arguments addresses their entries by an
index into the *concatenation* of the flat (row-major) entries of all arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, final

from piecewise_mt.errors import ShapeError
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.shapes import Shape
from piecewise_mt.functions.shared_rows import Row, SharedRows

Rows = Sequence[Row]
Units = tuple[tuple[Any, tuple[int, ...]], ...]
"""For each output entry an atom (see :mod:`piecewise_mt.functions.atoms`) and its operands."""


@final
class Variable(Expression):
    """A variable, or an array of them; equal to every other of the same names and shape.

    Made by :func:`mt.variables`, :func:`mt.vector`, …. Variables are real, and so are their SymPy
    symbols, ``Symbol(name, real=True)``. A *parameter* is a variable that is not differentiated,
    with the signs that it may have.
    """

    __slots__ = ("called", "names", "signs")
    _payload = ("names", "called", "signs")
    names: tuple[str, ...]
    called: tuple[str, ...]
    """The names of the call that made it, if they were not in natural order; else empty.

    A variable is its name, so this takes no part in comparisons. It is there to refuse a sequence
    point that may have been meant in the order of the call.
    """
    signs: int | None
    """Of a parameter the mask of its signs: 1 negative, 2 zero, 4 positive, and sums of these."""

    def __init__(
        self,
        names: Iterable[str],
        shape: Shape = (),
        called: Iterable[str] = (),
        signs: int | None = None,
    ) -> None:
        self._fill((), shape, names=tuple(names), called=tuple(called), signs=signs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Variable):
            return NotImplemented
        return (self.names, self.shape, self.signs) == (other.names, other.shape, other.signs)

    def __hash__(self) -> int:
        return hash((self.names, self.shape, self.signs))

    @property
    def is_parameter(self) -> bool:
        """Whether it was made by :func:`mt.parameter`."""
        return self.signs is not None

    @property
    def name(self) -> str:
        """The name of a scalar variable."""
        if len(self.names) != 1:
            raise ShapeError(
                f"expected a scalar variable, got an array of shape {self.shape}; "
                "use .names, or index it"
            )
        return self.names[0]


@final
class Constant(Expression):
    """An array of exact numbers."""

    __slots__ = ("values",)
    _is_affine = True
    _payload = ("values",)
    values: tuple[Fraction, ...]

    def __init__(self, values: Iterable[Fraction], shape: Shape = ()) -> None:
        self._fill((), shape, values=tuple(values))


@final
class Linear(Expression):
    """An affine map: entry k is ``bias[k] + sum(c*v[i] for i, c in rows[k])``."""

    __slots__ = ("bias", "rows")
    _is_affine = True
    _payload = ("rows", "bias")
    rows: Rows
    bias: tuple[Fraction, ...]

    def __init__(
        self,
        args: Iterable[Expression],
        rows: Iterable[Iterable[tuple[int, Fraction]]],
        bias: Iterable[Fraction],
        shape: Shape,
    ) -> None:
        own = rows if isinstance(rows, SharedRows) else tuple(tuple(row) for row in rows)
        self._fill(args, shape, rows=own, bias=tuple(bias))


@final
class Gather(Expression):
    """A rearrangement: entry k is ``v[indices[k]]``."""

    __slots__ = ("indices",)
    _is_affine = True
    _payload = ("indices",)
    indices: tuple[int, ...]

    def __init__(self, args: Iterable[Expression], indices: Iterable[int], shape: Shape) -> None:
        self._fill(args, shape, indices=tuple(indices))


@final
class Piecewise(Expression):
    """The nonsmooth node: entry k is the atom of unit k at the entries it names.

    ``name`` and ``arguments`` (the texts of those after the operands) are for printing
    only; what the node means is in the atoms.
    """

    __slots__ = ("arguments", "name", "units")
    _payload = ("units", "name", "arguments")
    units: Units
    name: str
    arguments: tuple[str, ...]

    def __init__(
        self,
        args: Iterable[Expression],
        units: Iterable[tuple[Any, Sequence[int]]],
        shape: Shape,
        name: str,
        arguments: Iterable[str] = (),
    ) -> None:
        self._fill(
            args,
            shape,
            units=tuple((atom, tuple(operands)) for atom, operands in units),
            name=name,
            arguments=tuple(arguments),
        )


@final
class Smooth(Expression):
    """The C¹ node: entry k is the smooth function of unit k at the entries it names.

    ``name`` is for printing only; the functions (see ``functions.smooth_nodes``) are
    SymPy formulas in placeholders.
    """

    __slots__ = ("name", "units")
    _payload = ("units", "name")
    units: Units
    name: str

    def __init__(
        self,
        args: Iterable[Expression],
        units: Iterable[tuple[Any, Sequence[int]]],
        shape: Shape,
        name: str,
    ) -> None:
        self._fill(
            args,
            shape,
            units=tuple((function, tuple(operands)) for function, operands in units),
            name=name,
        )


Entry = tuple[Expression, int]
"""A node and the flat index of one of its entries."""


def concatenation(args: Iterable[Expression]) -> list[Entry]:
    """The entries that a node's indices address, in order."""
    return [(arg, k) for arg in args for k in range(arg.size)]


def source(node: Expression, index: int) -> Entry:
    """The entry that entry `index` of `node` shows, looking through every Gather."""
    while isinstance(node, Gather):
        index = node.indices[index]
        for arg in node.args:
            if index < arg.size:
                node = arg
                break
            index -= arg.size
    return node, index


def entry(node: Expression, index: int) -> Expression:
    """Entry `index` as a scalar: the variable or scalar itself where it is one."""
    node, index = source(node, index)
    if isinstance(node, Variable):
        return node if node.shape == () else Variable((node.names[index],))
    if node.shape == ():
        return node
    if isinstance(node, Constant):
        return Constant((node.values[index],))
    return Gather((node,), (index,), ())


def assemble(entries: Sequence[Entry], shape: Shape) -> Expression:
    """The array with these entries; the node itself if they are all of its entries in order."""
    first = entries[0][0] if entries else None
    if (
        first is not None
        and first.shape == shape
        and all(node is first and k == index for k, (node, index) in enumerate(entries))
    ):
        return first
    if shape == () and entries:
        return entry(*entries[0])
    args: list[Expression] = []
    offsets: dict[int, int] = {}
    total = 0
    for node, _ in entries:
        if id(node) not in offsets:
            offsets[id(node)] = total
            args.append(node)
            total += node.size
    return Gather(args, (offsets[id(node)] + index for node, index in entries), shape)
