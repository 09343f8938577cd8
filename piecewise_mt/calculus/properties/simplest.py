"""A function with the fewest pieces between two others, in one variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from piecewise_mt.calculus.evaluation.pointwise import values_at
from piecewise_mt.calculus.partition.domain import read_domain
from piecewise_mt.calculus.properties.holding import holds
from piecewise_mt.calculus.properties.line_pieces import line_pieces
from piecewise_mt.calculus.properties.shape import linear_pieces
from piecewise_mt.calculus.results.proof import Proof, Question, domain_text
from piecewise_mt.errors import PiecewiseError, ShapeError, Unsupported
from piecewise_mt.exact.corridors import fewest_links
from piecewise_mt.exact.number_fields import Algebraic
from piecewise_mt.exact.numbers import to_rational
from piecewise_mt.functions.build.arithmetic import as_expression
from piecewise_mt.functions.build.builders import piecewise_linear
from piecewise_mt.functions.conditions import Comparison
from piecewise_mt.functions.expression import Expression
from piecewise_mt.functions.substitute import in_order_of
from piecewise_mt.geometry.polyhedron import Polyhedron


@dataclass(frozen=True, eq=False)
class Simplest(Proof):
    """A continuous piecewise affine function between two others, and how many pieces it needs.

    See Also
    --------
    mt.simplest_between : Makes it.
    """

    expression: Expression
    """The function, affine beyond the domain as at its ends."""
    pieces: int
    """How many affine pieces it has; no function between the two has fewer."""
    below: Expression = field(repr=False)
    above: Expression = field(repr=False)
    domain: Polyhedron = field(repr=False)

    @property
    def statement(self) -> str:
        """What is proved, as a sentence."""
        return (
            f"On {domain_text(self.domain)} {self.expression} has {self.pieces} affine pieces, "
            f"and lies between {self.below} and {self.above}; no function between them has fewer."
        )

    def _question(self) -> Question:
        """That it lies between the two."""
        between = Comparison("<=", self.below, self.expression) & Comparison(
            "<=", self.expression, self.above
        )
        return Question(between, "holds", {"domain": self.domain}, {"kind": "holds"})

    def _check(self) -> bool:
        """Prove that it lies between the two, count its pieces, and look for fewer anew."""
        anew = simplest_between(self.below, self.above, self.domain)
        return (
            anew.pieces == self.pieces
            and linear_pieces(self.expression, self.domain) == self.pieces
            and all(
                holds(Comparison("<=", one, other), self.domain).holds
                for one, other in ((self.below, self.expression), (self.expression, self.above))
            )
        )


def simplest_between(g: Any, h: Any, domain: Any) -> Simplest:
    """A continuous piecewise affine function f with g ≤ f ≤ h and the fewest pieces.

    With g = f₀ - e and h = f₀ + e it is the simplest approximation of f₀ up to an error of e.

    Parameters
    ----------
    g, h : Expression or exact numbers
        Of shape (), of at most one variable together, piecewise affine, g ≤ h.
    domain : Polyhedron, str or mapping
        A bounded interval with rational ends.

    Returns
    -------
    Simplest
        ``.expression`` and ``.pieces``.

    Raises
    ------
    Unsupported
        For functions of several variables, where the fewest pieces are hard to find, for functions
        that are not piecewise affine, and for irrational kinks.
    PiecewiseError
        If g > h somewhere, or the interval is not bounded.

    See Also
    --------
    mt.distance : How far two functions are apart.

    References
    ----------
    - H. Imai, M. Iri, *An optimal algorithm for approximating a piecewise linear function*,
      Journal of Information Processing 9, 1986.
    - S. Suri, *A linear time algorithm for minimum link paths inside a simple polygon*, Computer
      Vision, Graphics, and Image Processing 35, 1986.

    Examples
    --------
    A sum of three kinks, up to an error of 1/2:

    >>> import piecewise_mt as mt
    >>> x = mt.variable("x")
    >>> f = mt.abs(x) + mt.relu(x - 1) + mt.relu(x - 2)
    >>> half = mt.exact("1/2")
    >>> found = mt.simplest_between(f - half, f + half, {x: (-3, 3)})
    >>> found.pieces, found.verify(), mt.linear_pieces(f, {x: (-3, 3)})
    (2, True, 4)
    """
    low, high = as_expression(g), as_expression(h)
    if low.shape != () or high.shape != ():
        raise ShapeError(
            f"expected two scalar functions, got the shapes {low.shape} and {high.shape}; take "
            "entries"
        )
    difference = in_order_of(high - low, low, high)
    names = tuple(v.name for v in difference.variables)
    if len(names) != 1:
        raise Unsupported(
            f"expected functions of one variable, got {', '.join(names) or 'none'}; fix the others "
            "by f.subs"
        )
    region = read_domain(domain, names)
    own_low, own_high = (own.on(*names) for own in (low, high))
    lines = [line_pieces(own, region) for own in (own_low, own_high)]
    left, right = lines[0].low, lines[0].high
    if region is None or left is None or right is None:
        raise PiecewiseError(
            f"expected a bounded interval, got {domain}; give bounds such as {{{names[0]}: (0, 1)}}"
        )
    for line in lines:
        for piece in line.pieces:
            if len(piece.coefficients) > 2:
                raise Unsupported(
                    f"expected piecewise affine functions, got {line.function!r}; approximate it "
                    "by one from above and from below first"
                )
    places = sorted({left, right, *lines[0].breaks, *lines[1].breaks})
    if any(isinstance(x, Algebraic) for x in places) or len(places) < 2:
        raise Unsupported(
            "expected an interval of positive length and rational kinks, got "
            f"{', '.join(map(str, places))}; round them outwards"
        )
    heights = [[values_at(own, names, [x])[0] for x in places] for own in (own_low, own_high)]
    for x, one, other in zip(places, *heights, strict=True):
        if one > other:
            raise PiecewiseError(
                f"expected g <= h on the domain, got {one} > {other} at {names[0]} = {x}; exchange "
                "the functions"
            )
    found = fewest_links([Fraction(x) for x in places], heights[0], heights[1])
    breaks = [(d - c) / (m - n) for (m, c), (n, d) in zip(found, found[1:], strict=False)]
    (x,) = difference.variables
    slopes = [to_rational(m) for m, _ in found]
    constant = to_rational(found[0][1])
    if breaks:
        bent = piecewise_linear(x, [to_rational(t) for t in breaks], slopes)
        first = to_rational(values_at(bent, names, [breaks[0]])[0])
        start = slopes[0] * to_rational(breaks[0]) + constant
        expression = bent + (start - first) if start != first else bent
    else:
        expression = slopes[0] * x + constant
    return Simplest(expression, len(found), own_low, own_high, region)
