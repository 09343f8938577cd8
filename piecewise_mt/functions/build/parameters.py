"""Parameters: variables that are not differentiated, with assumptions on their signs."""

from __future__ import annotations

from collections.abc import Iterable

from piecewise_mt.errors import PiecewiseError
from piecewise_mt.functions.build.builders import variable, variables
from piecewise_mt.functions.nodes import Variable

ANY = 7
ASSUMPTIONS = {"positive": 4, "negative": 1, "nonnegative": 6, "nonpositive": 3, "nonzero": 5}
"""The masks of signs that the assumptions leave."""


def parameter(
    name: str,
    *,
    positive: bool | None = None,
    negative: bool | None = None,
    nonnegative: bool | None = None,
    nonpositive: bool | None = None,
    nonzero: bool | None = None,
) -> Variable:
    """A symbolic weight: a variable that gradients do not differentiate.

    Parameters
    ----------
    name : str
        A Python identifier.
    positive, negative, nonnegative, nonpositive, nonzero : bool, optional
        What is known of its sign; False says the contrary, as in SymPy.

    Raises
    ------
    PiecewiseError
        If `name` is not one identifier, or no number is as assumed.

    See Also
    --------
    mt.parameters : Several at once.
    DerivedRepresentation.cases : The pieces for each condition on the parameters.
    Expression.on : Makes variables of parameters, and gradients in all of them.
    Expression.subs : Gives them values.

    References
    ----------
    - B. Després, *A functional framework for nonsmooth autodiff with maxpooling functions*, HAL
      hal-04846612, 2024; Transactions on Machine Learning Research, 2025.

    Examples
    --------
    R(w0·x), with its tie x = 0 for each sign of w0, and in both variables:

    >>> import piecewise_mt as mt
    >>> x, w0 = mt.variable("x"), mt.parameter("w0", nonzero=True)
    >>> f = mt.relu(w0 * x)
    >>> f.variables, f.parameters
    ((x,), (w0,))
    >>> for condition, table in f.represent().cases():
    ...     print(condition, [(p.condition, p.gradient) for p in table][-1])
    w0 < 0 (Eq(x, 0), Matrix([[w0*z]]))
    w0 > 0 (Eq(x, 0), Matrix([[w0*z]]))
    >>> f.on(x, w0).gradient((0, 2)), f.gradient({x: 0, w0: 2})
    (Matrix([[2*z, 0]]), Matrix([[2*z]]))
    """
    given = {
        "positive": positive,
        "negative": negative,
        "nonnegative": nonnegative,
        "nonpositive": nonpositive,
        "nonzero": nonzero,
    }
    own = variable(name)
    return Variable(own.names, (), (), _mask(name, given))


def parameters(
    names: str | Iterable[str],
    *,
    positive: bool | None = None,
    negative: bool | None = None,
    nonnegative: bool | None = None,
    nonpositive: bool | None = None,
    nonzero: bool | None = None,
) -> tuple[Variable, ...]:
    """Several parameters with the same assumptions, always as a tuple.

    Parameters
    ----------
    names : str
        As for :func:`mt.variables`.
    positive, negative, nonnegative, nonpositive, nonzero : bool, optional
        As for :func:`mt.parameter`.

    See Also
    --------
    mt.parameter : One.

    Examples
    --------
    The maximum of two lines through 0, whose ties are x = 0, or everywhere if a = b:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> a, b = mt.parameters("a b")
    >>> [case.condition for case in mt.max(a * x, b * x).represent().cases()]
    [a < b, Eq(a, b), a > b]
    """
    given = {
        "positive": positive,
        "negative": negative,
        "nonnegative": nonnegative,
        "nonpositive": nonpositive,
        "nonzero": nonzero,
    }
    mask = _mask(str(names), given)
    return tuple(Variable(own.names, (), (), mask) for own in variables(names))


def _mask(name: str, given: dict[str, bool | None]) -> int:
    mask = ANY
    for assumption, value in given.items():
        if value is None:
            continue
        if not isinstance(value, bool):
            raise PiecewiseError(
                f"expected {assumption}=True or False for the parameter {name}, got {value!r}; "
                "write one of these"
            )
        mask &= ASSUMPTIONS[assumption] if value else ANY & ~ASSUMPTIONS[assumption]
    if not mask:
        told = ", ".join(f"{key}={value}" for key, value in given.items() if value is not None)
        raise PiecewiseError(
            f"expected assumptions that some number fulfils, got {told} for the parameter {name}; "
            "leave one out"
        )
    return mask
