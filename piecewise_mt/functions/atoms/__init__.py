"""Atoms: the nonsmooth functions of one unit, each a small representation.

Add a nonsmooth function here, in a module of its own: one class derived from ``Atom``.
"""

from piecewise_mt.functions.atoms.base import (
    Atom,
    Constraint,
    Form,
    Kink,
    Label,
    Lattice,
    Mixture,
    Sides,
    Weights,
)
from piecewise_mt.functions.atoms.extremum import max_atom, min_atom
from piecewise_mt.functions.atoms.line import (
    abs_atom,
    clip_atom,
    leaky_relu_atom,
    piecewise_linear_atom,
    relu_atom,
)
from piecewise_mt.functions.atoms.order import order_atom
from piecewise_mt.functions.atoms.where import where_atom

__all__ = [
    "Atom",
    "Constraint",
    "Form",
    "Kink",
    "Label",
    "Lattice",
    "Mixture",
    "Sides",
    "Weights",
    "abs_atom",
    "clip_atom",
    "leaky_relu_atom",
    "max_atom",
    "min_atom",
    "order_atom",
    "piecewise_linear_atom",
    "relu_atom",
    "where_atom",
]
